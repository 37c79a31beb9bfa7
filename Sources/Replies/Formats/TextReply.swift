import Values

/// `--output text`: tab-separated columns, sorted by name, sections named in capitals.
/// Source: facts cli-v2.md, replies.
enum TextReply {
  static func render(_ value: JSON) -> String {
    var text = ""
    write(value, label: nil, columns: nil, &text)
    return text
  }

  /// `columns` are those of the list that an object stands in, so that its lines stay comparable.
  private static func write(
    _ value: JSON, label: String?, columns: [String]?, _ text: inout String
  ) {
    switch value {
    case .object(let object): write(object, label, columns, &text)
    case .array(let elements): write(elements, label, &text)
    default: text += value.pythonText + "\n"
    }
  }

  private static func write(
    _ object: JSONObject, _ label: String?, _ columns: [String]?, _ text: inout String
  ) {
    let members = object.members.sorted { $0.name < $1.name }
    var scalars: [String]
    if let columns {
      scalars = columns.map { object[$0]?.pythonText ?? "" }
    } else {
      scalars = members.filter(\.value.isScalar).map(\.value.pythonText)
    }
    if !scalars.isEmpty {
      if let label { scalars.insert(label.uppercased(), at: 0) }
      text += scalars.joined(separator: "\t") + "\n"
    }
    for member in members where columns?.contains(member.name) != true {
      if columns == nil, member.value.isScalar { continue }
      write(member.value, label: member.name, columns: nil, &text)
    }
  }

  private static func write(_ elements: [JSON], _ label: String?, _ text: inout String) {
    guard !elements.isEmpty else { return }
    if elements.contains(where: { $0.object != nil }) {
      var names: Set<String> = []
      for element in elements {
        for member in element.object?.members ?? [] where member.value.isScalar {
          names.insert(member.name)
        }
      }
      let columns = names.sorted()
      for element in elements { write(element, label: label, columns: columns, &text) }
      return
    }
    let scalars = elements.filter(\.isScalar)
    if !scalars.isEmpty {
      // A labelled list takes a line each, a bare one a single line.
      if let label {
        for element in scalars { text += "\(label.uppercased())\t\(element.pythonText)\n" }
      } else {
        text += scalars.map(\.pythonText).joined(separator: "\t") + "\n"
      }
    }
    for element in elements where !element.isScalar {
      write(element, label: label, columns: nil, &text)
    }
  }
}

extension JSON {
  var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  /// The value as Python's `str` gives it, since the client is written in it.
  var pythonText: String {
    switch self {
    case .string(let text): text
    default: pythonLiteral
    }
  }

  /// The value as Python's `repr` gives it.
  private var pythonLiteral: String {
    switch self {
    case .null: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .integer, .double: line
    case .string(let text): Self.pythonQuoted(text)
    case .array(let elements): "[" + elements.map(\.pythonLiteral).joined(separator: ", ") + "]"
    case .object(let object):
      "{"
        + object.members.map { "\(Self.pythonQuoted($0.name)): \($0.value.pythonLiteral)" }
        .joined(separator: ", ") + "}"
    }
  }

  private static func pythonQuoted(_ text: String) -> String {
    let mark: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var quoted = String(mark)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\\", mark: quoted += "\\" + String(scalar)
      case "\0"..<" ", "\u{7F}": quoted += "\\x" + Hex.text([UInt8(scalar.value)])
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + String(mark)
  }
}
