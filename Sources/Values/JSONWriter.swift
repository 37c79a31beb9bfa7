extension JSON {
  /// The value on one line, as Python's `json.dumps` spaces it: `{"a": 1, "b": [2]}`.
  package var line: String {
    var text = ""
    write(to: &text, indent: nil, level: 0)
    return text
  }

  /// The value over several lines, four spaces a level, as the AWS CLI prints it. No newline at the end.
  package var pretty: String { indented(by: 4) }

  /// The value without a blank, as services write logs: `{"a":1,"b":[2]}`.
  package var compact: String {
    var text = ""
    writeCompact(to: &text)
    return text
  }

  private func writeCompact(to text: inout String) {
    switch self {
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.writeCompact(to: &text)
      }
      text += "]"
    case .object(let object):
      text += "{"
      for (index, member) in object.members.enumerated() {
        if index > 0 { text += "," }
        Self.writeString(member.name, to: &text)
        text += ":"
        member.value.writeCompact(to: &text)
      }
      text += "}"
    default: write(to: &text, indent: nil, level: 0)
    }
  }

  package func indented(by width: Int) -> String {
    var text = ""
    write(to: &text, indent: width, level: 0)
    return text
  }

  /// A string as a JSON literal. Text beyond ASCII stays as it is.
  package static func quoted(_ string: String) -> String {
    var text = ""
    writeString(string, to: &text)
    return text
  }

  private func write(to text: inout String, indent: Int?, level: Int) {
    switch self {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .integer(let number): text += String(number)
    case .double(let number): text += number.description
    case .string(let string): Self.writeString(string, to: &text)
    case .array(let elements):
      Self.writeList(
        elements, between: ("[", "]"), to: &text, indent: indent, level: level
      ) { element, text in
        element.write(to: &text, indent: indent, level: level + 1)
      }
    case .object(let object):
      Self.writeList(
        object.members, between: ("{", "}"), to: &text, indent: indent, level: level
      ) { member, text in
        Self.writeString(member.name, to: &text)
        text += ": "
        member.value.write(to: &text, indent: indent, level: level + 1)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], between marks: (String, String), to text: inout String, indent: Int?,
    level: Int, _ write: (Element, inout String) -> Void
  ) {
    text += marks.0
    for (index, element) in elements.enumerated() {
      if index > 0 { text += indent == nil ? ", " : "," }
      if let indent { text += "\n" + String(repeating: " ", count: indent * (level + 1)) }
      write(element, &text)
    }
    if let indent, !elements.isEmpty {
      text += "\n" + String(repeating: " ", count: indent * level)
    }
    text += marks.1
  }

  private static func writeString(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{08}": text += "\\b"
      case "\u{0C}": text += "\\f"
      case "\u{00}"..<"\u{20}": text += "\\u00" + Hex.text([UInt8(scalar.value)])
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
