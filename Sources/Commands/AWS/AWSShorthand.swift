import API
import Values

/// The CLI's shorthand: `Key=a,Value=b`, `k1=v1,k2=v2`, nested `a={b=c}`, lists `a=[x,y]` and `a=x,y`.
enum AWSShorthand {
  struct Failure: Error {
    /// `Expected: '=', received: 'EOF' for input:`, the input, a caret.
    var text: String
  }

  static func parse(_ text: String, as shape: Shape, readFile: (String) -> [UInt8]?)
    throws(Failure) -> JSON
  {
    var parser = ShorthandParser(text)
    let value: JSON
    if shape.kind == .list {
      value = try parser.list()
    } else {
      value = try parser.pairs()
    }
    return shaped(value, shape)
  }

  /// Gives the strings of shorthand the types of the model.
  private static func shaped(_ value: JSON, _ shape: Shape) -> JSON {
    switch (shape.kind, value) {
    case (.structure, .object(let object)):
      return .object(
        JSONObject(
          object.members.map { member in
            (
              member.name,
              shape.member(member.name).map { shaped(member.value, $0.shape) } ?? member.value
            )
          }))
    case (.map, .object(let object)):
      return .object(
        JSONObject(
          object.members.map { member in
            (member.name, shape.value.map { shaped(member.value, $0) } ?? member.value)
          }))
    case (.list, .array(let elements)):
      return .array(
        shape.element.map { element in elements.map { shaped($0, element) } } ?? elements)
    case (.list, .string), (.list, .object):
      return .array([shape.element.map { shaped(value, $0) } ?? value])
    case (.integer, .string(let text)), (.long, .string(let text)):
      return Int(text).map { .integer($0) } ?? value
    case (.double, .string(let text)): return Double(text).map { .double($0) } ?? value
    case (.boolean, .string(let text)):
      switch text.lowercased() {
      case "true": return true
      case "false": return false
      default: return value
      }
    default: return value
    }
  }
}

private struct ShorthandParser {
  private let characters: [Character]
  private var place = 0
  private var depth = 0

  private static let deepest = 32

  init(_ text: String) { characters = Array(text) }

  private var current: Character? { place < characters.count ? characters[place] : nil }

  private func failure(_ expected: String) -> AWSShorthand.Failure {
    let received = current.map(String.init) ?? "EOF"
    let text = String(characters)
    let line = text.split(separator: "\n", omittingEmptySubsequences: false)[0]
    return AWSShorthand.Failure(
      text:
        "Expected: '\(expected)', received: '\(received)' for input:\n\(line)\n"
        + String(repeating: " ", count: min(place, line.count)) + "^")
  }

  private mutating func expect(_ character: Character) throws(AWSShorthand.Failure) {
    guard current == character else { throw failure(String(character)) }
    place += 1
  }

  private mutating func skipBlanks() {
    while let character = current, character.isWhitespace { place += 1 }
  }

  /// The whole input as `key=value,key=value`.
  mutating func pairs() throws(AWSShorthand.Failure) -> JSON {
    var object = JSONObject()
    try pair(into: &object)
    skipBlanks()
    while current != nil {
      try expect(",")
      try pair(into: &object)
      skipBlanks()
    }
    return .object(object)
  }

  /// The whole input as `a,b,c`.
  mutating func list() throws(AWSShorthand.Failure) -> JSON {
    var elements: [JSON] = []
    while true {
      elements.append(try value())
      skipBlanks()
      if current == nil { return .array(elements) }
      try expect(",")
    }
  }

  private mutating func pair(into object: inout JSONObject) throws(AWSShorthand.Failure) {
    skipBlanks()
    let name = key()
    skipBlanks()
    try expect("=")
    object[name] = try values()
  }

  private mutating func key() -> String {
    let start = place
    while let character = current, character != "=", character != ",", !character.isWhitespace {
      place += 1
    }
    return String(characters[start..<place])
  }

  /// One value, or several behind commas as long as they are not the next pair.
  private mutating func values() throws(AWSShorthand.Failure) -> JSON {
    skipBlanks()
    let first = try value()
    var all = [first]
    while current == ",", !nextIsPair {
      place += 1
      skipBlanks()
      if current == nil { break }
      all.append(try value())
      skipBlanks()
    }
    return all.count == 1 ? first : .array(all)
  }

  /// Whether behind the comma stands `name=`.
  private var nextIsPair: Bool {
    var ahead = place + 1
    while ahead < characters.count {
      switch characters[ahead] {
      case "=": return true
      case ",", "]", "}", "\"", "'", "{", "[": return false
      default: ahead += 1
      }
    }
    return false
  }

  private mutating func value() throws(AWSShorthand.Failure) -> JSON {
    skipBlanks()
    switch current {
    case "'", "\"": return .string(try quoted())
    case "[": return try bracketed()
    case "{": return try braced()
    default: return .string(plain())
    }
  }

  private mutating func quoted() throws(AWSShorthand.Failure) -> String {
    guard let quote = current else { return "" }
    place += 1
    var text = ""
    while let character = current, character != quote {
      place += 1
      if character == "\\", let next = current, next == quote || next == "\\" {
        text.append(next)
        place += 1
      } else {
        text.append(character)
      }
    }
    try expect(quote)
    return text
  }

  private mutating func plain() -> String {
    var text = ""
    while let character = current, character != ",", character != "]", character != "}" {
      place += 1
      if character == "\\", current == "," {
        text.append(",")
        place += 1
      } else {
        text.append(character)
      }
    }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  private mutating func bracketed() throws(AWSShorthand.Failure) -> JSON {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw failure("]") }
    try expect("[")
    var elements: [JSON] = []
    skipBlanks()
    while current != "]" {
      elements.append(try value())
      skipBlanks()
      if current != "]" { try expect(",") }
      skipBlanks()
    }
    try expect("]")
    return .array(elements)
  }

  private mutating func braced() throws(AWSShorthand.Failure) -> JSON {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw failure("}") }
    try expect("{")
    var object = JSONObject()
    skipBlanks()
    while current != "}" {
      try pair(into: &object)
      skipBlanks()
      if current != "}" { try expect(",") }
      skipBlanks()
    }
    try expect("}")
    return .object(object)
  }
}
