import Values

/// How a reply is printed: `--output`.
package enum ReplyFormat: String, CaseIterable, Sendable {
  case json, text, off

  /// Exactly what the CLI writes to standard output. An operation without output, and an empty one,
  /// print nothing.
  package func render(_ value: JSON?, operation: String) -> String {
    guard let value, value != .object(JSONObject()) else { return "" }
    switch self {
    case .json: return value.pretty + "\n"
    case .text: return TextReply.render(value)
    case .off: return ""
    }
  }
}

/// `--output text`: tab-separated columns, sorted by name, sections named in capitals.
/// Source: facts cli-v2.md, replies.
enum TextReply {
  static func render(_ value: JSON) -> String {
    var text = ""
    switch value {
    case .object(let object): write(object, label: nil, &text)
    case .array(let elements): write(elements, label: nil, &text)
    default: text += scalar(value) + "\n"
    }
    return text
  }

  private static func isScalar(_ value: JSON) -> Bool {
    switch value {
    case .array, .object: false
    default: true
    }
  }

  private static func scalar(_ value: JSON) -> String {
    switch value {
    case .null: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .string(let text): text
    default: value.line
    }
  }

  private static func write(_ object: JSONObject, label: String?, _ text: inout String) {
    let members = object.members.sorted { $0.name < $1.name }
    let columns = members.filter { isScalar($0.value) }.map { scalar($0.value) }
    if !columns.isEmpty {
      text += ((label.map { [$0.uppercased()] } ?? []) + columns).joined(separator: "\t") + "\n"
    }
    for member in members where !isScalar(member.value) {
      switch member.value {
      case .object(let inner): write(inner, label: member.name, &text)
      case .array(let elements): write(elements, label: member.name, &text)
      default: continue
      }
    }
  }

  private static func write(_ elements: [JSON], label: String?, _ text: inout String) {
    guard let first = elements.first else { return }
    if elements.allSatisfy(isScalar) {
      // A labelled list takes a line each, a bare one a single line.
      if let label {
        for element in elements { text += "\(label.uppercased())\t\(scalar(element))\n" }
      } else {
        text += elements.map(scalar).joined(separator: "\t") + "\n"
      }
      return
    }
    if case .object = first {
      // The columns are those of the whole list, so that lines stay comparable.
      var names: Set<String> = []
      for element in elements {
        for member in element.object?.members ?? [] where isScalar(member.value) {
          names.insert(member.name)
        }
      }
      for element in elements {
        guard let object = element.object else {
          text += scalar(element) + "\n"
          continue
        }
        var columns: [String] = []
        for name in names.sorted() { columns.append(object[name].map(scalar) ?? "") }
        if !columns.isEmpty {
          text += ((label.map { [$0.uppercased()] } ?? []) + columns).joined(separator: "\t") + "\n"
        }
        for member in object.members.sorted(by: { $0.name < $1.name }) {
          switch member.value {
          case .object(let inner): write(inner, label: member.name, &text)
          case .array(let inner): write(inner, label: member.name, &text)
          default: continue
          }
        }
      }
      return
    }
    for element in elements {
      switch element {
      case .array(let inner): write(inner, label: label, &text)
      case .object(let inner): write(inner, label: label, &text)
      default: text += scalar(element) + "\n"
      }
    }
  }
}
