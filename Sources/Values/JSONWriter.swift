extension JSON {
  /// The value on one line, as Python's `json.dumps` spaces it: `{"a": 1, "b": [2]}`.
  package var line: String { text(JSONWriter.Spacing(element: ", ", name: ": ")) }

  /// The value over several lines, four spaces a level, as the AWS CLI prints it. No newline at the end.
  package var pretty: String { indented(by: 4) }

  /// The value without a blank, as services write logs: `{"a":1,"b":[2]}`.
  package var compact: String { text(JSONWriter.Spacing(element: ",", name: ":")) }

  package func indented(by width: Int) -> String {
    text(JSONWriter.Spacing(element: ",", name: ": ", indent: width))
  }

  /// A string as a JSON literal. Text beyond ASCII stays as it is.
  package static func quoted(_ string: String) -> String { JSON.string(string).line }

  private func text(_ spacing: JSONWriter.Spacing) -> String {
    var writer = JSONWriter(spacing: spacing)
    writer.add(self, level: 0)
    return writer.text
  }
}

/// Writes a value as bytes: a text that grows by strings costs three times as much.
private struct JSONWriter {
  struct Spacing {
    /// Between two elements of a list, and between a name and its value.
    var element: StaticString
    var name: StaticString
    /// Blanks a level; nothing for one line.
    var indent: Int?
  }

  let spacing: Spacing
  private var bytes: [UInt8] = []

  init(spacing: Spacing) { self.spacing = spacing }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func add(_ value: JSON, level: Int) {
    switch value {
    case .null: add("null")
    case .bool(let flag): add(flag ? "true" : "false")
    case .integer(let number): bytes.append(contentsOf: String(number).utf8)
    case .double(let number): bytes.append(contentsOf: number.description.utf8)
    case .string(let string): add(quoted: string)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        begin(index, level)
        add(element, level: level + 1)
      }
      end(elements.isEmpty, level)
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        begin(index, level)
        add(quoted: member.name)
        add(spacing.name)
        add(member.value, level: level + 1)
      }
      end(object.members.isEmpty, level)
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private mutating func begin(_ index: Int, _ level: Int) {
    if index > 0 { add(spacing.element) }
    if spacing.indent != nil { newLine(level + 1) }
  }

  private mutating func end(_ isEmpty: Bool, _ level: Int) {
    if spacing.indent != nil, !isEmpty { newLine(level) }
  }

  private mutating func newLine(_ level: Int) {
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(
      contentsOf: repeatElement(UInt8(ascii: " "), count: (spacing.indent ?? 0) * level))
  }

  private mutating func add(_ literal: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Runs of characters that stand for themselves are added at once: most strings are one such run.
  private mutating func add(quoted string: String) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { text in
      var start = 0
      for place in text.indices where !Self.standsForItself(text[place]) {
        bytes.append(contentsOf: text[start..<place])
        bytes.append(contentsOf: Self.escaped(text[place]).utf8)
        start = place + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
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
