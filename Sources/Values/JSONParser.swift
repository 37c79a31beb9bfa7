/// Why a text is not JSON, in the words that Python's parser (and so the AWS CLI) uses.
package struct JSONError: Error, Hashable, Sendable {
  package var problem: String
  /// Byte offset into the text.
  package var offset: Int
  /// Line and column from 1 and character from 0, counted in Unicode scalars.
  package var line: Int
  package var column: Int
  package var character: Int

  package var description: String {
    "\(problem): line \(line) column \(column) (char \(character))"
  }
}

extension JSON {
  package init(parsing text: String) throws(JSONError) {
    self = try JSONTree(parsing: text).plain
  }
}

extension JSONTree {
  /// Parses one JSON text (RFC 8259; `NaN` and the infinities are refused).
  /// Fails with a `JSONError` that says where; deeper than 512 levels is refused too.
  package init(parsing text: String) throws(JSONError) {
    var copy = text
    let result = copy.withUTF8 { bytes in
      var parser = JSONParser(bytes: bytes)
      return parser.parseAll()
    }
    self = try result.get()
  }
}

private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0
  static let deepest = 512

  struct Failure: Error {
    var problem: String
    var offset: Int
  }

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func parseAll() -> Result<JSONTree, JSONError> {
    do throws(Failure) {
      skipBlanks()
      let value = try parseValue(depth: 0)
      skipBlanks()
      guard position == bytes.count else { throw Failure(problem: "Extra data", offset: position) }
      return .success(value)
    } catch {
      return .failure(located(error))
    }
  }

  private func located(_ failure: Failure) -> JSONError {
    var line = 1
    var column = 1
    var character = 0
    for byte in bytes.prefix(failure.offset) where byte & 0xC0 != 0x80 {
      character += 1
      column += 1
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      }
    }
    return JSONError(
      problem: failure.problem, offset: failure.offset, line: line, column: column,
      character: character)
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func parseValue(depth: Int) throws(Failure) -> JSONTree {
    let start = position
    guard depth <= Self.deepest else {
      throw Failure(problem: "Too deeply nested", offset: start)
    }
    guard let byte = peek() else { throw Failure(problem: "Expecting value", offset: start) }
    switch byte {
    case UInt8(ascii: "{"): return try parseObject(depth: depth)
    case UInt8(ascii: "["): return try parseArray(depth: depth)
    case UInt8(ascii: "\""):
      let text = try parseString()
      return JSONTree(kind: .string(text), span: Span(start: start, end: position))
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    default: throw Failure(problem: "Expecting value", offset: start)
    }
  }

  private mutating func parseWord(_ word: StaticString, _ kind: JSONTree.Kind) throws(Failure)
    -> JSONTree
  {
    let start = position
    for index in 0..<word.utf8CodeUnitCount {
      guard peek() == word.utf8Start[index] else {
        throw Failure(problem: "Expecting value", offset: start)
      }
      position += 1
    }
    return JSONTree(kind: kind, span: Span(start: start, end: position))
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    return position - start
  }

  private mutating func parseNumber() throws(Failure) -> JSONTree {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    if peek() == UInt8(ascii: "0") {
      position += 1
    } else if skipDigits() == 0 {
      throw Failure(problem: "Expecting value", offset: start)
    }
    var whole = true
    if peek() == UInt8(ascii: ".") {
      let point = position
      position += 1
      if skipDigits() == 0 { position = point } else { whole = false }
    }
    if whole || position < bytes.count, let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
      let mark = position
      position += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
      if skipDigits() == 0 { position = mark } else { whole = false }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let span = Span(start: start, end: position)
    if whole, let number = Int(text) { return JSONTree(kind: .integer(number), span: span) }
    guard let number = Double(text), number.isFinite else {
      throw Failure(problem: "Number out of range", offset: start)
    }
    return JSONTree(kind: .double(number), span: span)
  }

  private mutating func parseString() throws(Failure) -> String {
    let start = position
    position += 1
    var plainStart = position
    var collected: [UInt8]?
    while true {
      guard let byte = peek() else {
        throw Failure(problem: "Unterminated string starting at", offset: start)
      }
      switch byte {
      case UInt8(ascii: "\""):
        let tail = bytes[plainStart..<position]
        position += 1
        guard var collected else { return String(decoding: tail, as: UTF8.self) }
        collected.append(contentsOf: tail)
        return String(decoding: collected, as: UTF8.self)
      case UInt8(ascii: "\\"):
        var text = collected ?? []
        text.append(contentsOf: bytes[plainStart..<position])
        try parseEscape(into: &text, stringStart: start)
        collected = text
        plainStart = position
      case 0..<0x20:
        throw Failure(problem: "Invalid control character at", offset: position)
      default:
        position += 1
      }
    }
  }

  private mutating func parseEscape(into text: inout [UInt8], stringStart: Int) throws(Failure) {
    let start = position
    position += 1
    guard let byte = peek() else {
      throw Failure(problem: "Unterminated string starting at", offset: stringStart)
    }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var unit = try parseHex(escapeStart: start)
      if (0xD800..<0xDC00).contains(unit), peek() == UInt8(ascii: "\\"),
        position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u")
      {
        let mark = position
        position += 2
        let low = try parseHex(escapeStart: mark)
        if (0xDC00..<0xE000).contains(low) {
          unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
        } else {
          position = mark
        }
      }
      let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw Failure(problem: "Invalid \\escape", offset: start)
    }
  }

  private mutating func parseHex(escapeStart: Int) throws(Failure) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Hex.value(of: byte) else {
        throw Failure(problem: "Invalid \\uXXXX escape", offset: escapeStart + 1)
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  private mutating func parseArray(depth: Int) throws(Failure) -> JSONTree {
    let start = position
    position += 1
    var elements: [JSONTree] = []
    skipBlanks()
    if peek() == UInt8(ascii: "]") {
      position += 1
      return JSONTree(kind: .array([]), span: Span(start: start, end: position))
    }
    while true {
      skipBlanks()
      elements.append(try parseValue(depth: depth + 1))
      skipBlanks()
      switch peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return JSONTree(kind: .array(elements), span: Span(start: start, end: position))
      default: throw Failure(problem: "Expecting ',' delimiter", offset: position)
      }
    }
  }

  private mutating func parseObject(depth: Int) throws(Failure) -> JSONTree {
    let start = position
    position += 1
    var members: [JSONTree.Member] = []
    skipBlanks()
    if peek() == UInt8(ascii: "}") {
      position += 1
      return JSONTree(kind: .object([]), span: Span(start: start, end: position))
    }
    while true {
      skipBlanks()
      let nameStart = position
      guard peek() == UInt8(ascii: "\"") else {
        throw Failure(
          problem: "Expecting property name enclosed in double quotes", offset: position)
      }
      let name = try parseString()
      let nameSpan = Span(start: nameStart, end: position)
      skipBlanks()
      guard peek() == UInt8(ascii: ":") else {
        throw Failure(problem: "Expecting ':' delimiter", offset: position)
      }
      position += 1
      skipBlanks()
      let value = try parseValue(depth: depth + 1)
      members.append(JSONTree.Member(name: name, nameSpan: nameSpan, value: value))
      skipBlanks()
      switch peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return JSONTree(kind: .object(members), span: Span(start: start, end: position))
      default: throw Failure(problem: "Expecting ',' delimiter", offset: position)
      }
    }
  }
}
