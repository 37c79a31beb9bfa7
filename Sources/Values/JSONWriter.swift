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

  /// Runs of characters that stand for themselves are added at once: most strings are one such run.
  private static func writeString(_ string: String, to text: inout String) {
    text += "\""
    let bytes = string.utf8
    if bytes.allSatisfy(standsForItself) {
      text += string
    } else {
      var start = bytes.startIndex
      for place in bytes.indices where !standsForItself(bytes[place]) {
        text += string[start..<place]
        text += escaped(bytes[place])
        start = bytes.index(after: place)
      }
      text += string[start...]
    }
    text += "\""
  }

  @inline(__always)
  private static func standsForItself(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case UInt8(ascii: "\n"): "\\n"
    case UInt8(ascii: "\r"): "\\r"
    case UInt8(ascii: "\t"): "\\t"
    case 0x08: "\\b"
    case 0x0C: "\\f"
    default: "\\u00" + Hex.text([byte])
    }
  }
}
