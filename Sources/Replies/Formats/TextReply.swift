import Values

/// `--output text`: tab-separated columns, sorted by name, sections named in capitals.
/// Source: facts cli-v2.md, replies.
enum TextReply {
  /// Writes the value behind what is there; where the client stumbles, up to that place.
  static func write(_ value: JSON, _ text: inout String) throws(ReplyFormat.Failure) {
    try write(value, label: nil, columns: nil, &text)
  }

  /// `columns` are those of the list that an object stands in, so that its lines stay comparable.
  private static func write(
    _ value: JSON, label: String?, columns: [String]?, _ text: inout String
  ) throws(ReplyFormat.Failure) {
    switch value {
    case .object(let object): try write(object, label, columns, &text)
    case .array(let elements): try write(elements, label, &text)
    default: text += value.pythonText + "\n"
    }
  }

  private static func write(
    _ object: JSONObject, _ label: String?, _ columns: [String]?, _ text: inout String
  ) throws(ReplyFormat.Failure) {
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
      try write(member.value, label: member.name, columns: nil, &text)
    }
  }

  private static func write(_ elements: [JSON], _ label: String?, _ text: inout String)
    throws(ReplyFormat.Failure)
  {
    guard !elements.isEmpty else { return }
    if elements.contains(where: { $0.object != nil }) {
      var names: Set<String> = []
      for element in elements {
        guard let object = element.object else {
          // Source: seen in AWS CLI, which asks every element beside an object for its members.
          throw ReplyFormat.Failure(
            message: "'\(element.pythonClass)' object has no attribute 'items'")
        }
        for member in object.members where member.value.isScalar { names.insert(member.name) }
      }
      let columns = names.sorted()
      for element in elements { try write(element, label: label, columns: columns, &text) }
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
      try write(element, label: label, columns: nil, &text)
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
    let scalars = text.unicodeScalars
    let mark: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var quoted = String(mark)
    for scalar in scalars {
      switch scalar {
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\\", mark: quoted += "\\" + String(scalar)
      case " "..."~": quoted.unicodeScalars.append(scalar)
      default:
        quoted += isPrintable(scalar) ? String(scalar) : pythonEscape(of: scalar)
      }
    }
    return quoted + String(mark)
  }

  /// What Python prints as it is: no controls, no blanks but the plain one, nothing without a meaning.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      false
    default: true
    }
  }

  private static func pythonEscape(of scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16)
    let (mark, digits) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\" + mark + String(repeating: "0", count: max(0, digits - hex.utf8.count)) + hex
  }
}
