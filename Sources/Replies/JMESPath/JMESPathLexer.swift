import Values

/// Why an expression cannot be read or evaluated.
package struct JMESPathError: Error, Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case syntax
    case invalidType = "invalid-type"
    case invalidArity = "invalid-arity"
    case invalidValue = "invalid-value"
    case unknownFunction = "unknown-function"
  }

  package var kind: Kind
  /// What the AWS CLI prints of it; for a syntax error with expression and caret.
  package var message: String
  /// Character offset in the expression, for a syntax error.
  package var offset: Int?
}

struct JMESPathToken: Hashable {
  enum Kind: Hashable {
    case end
    case name(String)
    case quoted(String)
    case number(Int)
    case literal(JSON)
    case dot, star, comma, colon, at, ampersand, not
    case flatten, filter, leftBracket, rightBracket, leftBrace, rightBrace, leftParen, rightParen
    case or, and, pipe
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

    /// The name that the client's texts give it.
    var name: String {
      switch self {
      case .end: "eof"
      case .name: "unquoted_identifier"
      case .quoted: "quoted_identifier"
      case .number: "number"
      case .literal: "literal"
      case .dot: "dot"
      case .star: "star"
      case .comma: "comma"
      case .colon: "colon"
      case .at: "current"
      case .ampersand: "expref"
      case .not: "not"
      case .flatten: "flatten"
      case .filter: "filter"
      case .leftBracket: "lbracket"
      case .rightBracket: "rbracket"
      case .leftBrace: "lbrace"
      case .rightBrace: "rbrace"
      case .leftParen: "lparen"
      case .rightParen: "rparen"
      case .or: "or"
      case .and: "and"
      case .pipe: "pipe"
      case .equal: "eq"
      case .notEqual: "ne"
      case .less: "lt"
      case .lessOrEqual: "lte"
      case .greater: "gt"
      case .greaterOrEqual: "gte"
      }
    }
  }

  var kind: Kind
  var text: String
  /// Character offset.
  var offset: Int
}

/// Splits an expression into tokens.
struct JMESPathLexer {
  private let characters: [Character]
  private var place = 0

  init(_ expression: String) { characters = Array(expression) }

  mutating func tokens() throws(JMESPathError) -> [JMESPathToken] {
    guard !characters.isEmpty else {
      throw failure("Invalid JMESPath expression: cannot be empty.", at: 0, bare: true)
    }
    var tokens: [JMESPathToken] = []
    while place < characters.count {
      if " \t\n\r\r\n".contains(characters[place]) || characters[place].isNewline {
        place += 1
        continue
      }
      tokens.append(try token())
    }
    tokens.append(JMESPathToken(kind: .end, text: "", offset: characters.count))
    return tokens
  }

  private func failure(_ message: String, at offset: Int, bare: Bool = false) -> JMESPathError {
    JMESPathError(
      kind: .syntax,
      message: bare
        ? message : JMESPathError.located(message, String(characters), offset), offset: offset)
  }

  private mutating func token() throws(JMESPathError) -> JMESPathToken {
    let start = place
    let character = characters[place]
    func make(_ kind: JMESPathToken.Kind, _ length: Int) -> JMESPathToken {
      place = start + length
      return JMESPathToken(kind: kind, text: String(characters[start..<place]), offset: start)
    }
    let next = place + 1 < characters.count ? characters[place + 1] : nil
    switch character {
    case ".": return make(.dot, 1)
    case "*": return make(.star, 1)
    case ",": return make(.comma, 1)
    case ":": return make(.colon, 1)
    case "@": return make(.at, 1)
    case "]": return make(.rightBracket, 1)
    case "{": return make(.leftBrace, 1)
    case "}": return make(.rightBrace, 1)
    case "(": return make(.leftParen, 1)
    case ")": return make(.rightParen, 1)
    case "[":
      if next == "]" { return make(.flatten, 2) }
      return next == "?" ? make(.filter, 2) : make(.leftBracket, 1)
    case "|": return next == "|" ? make(.or, 2) : make(.pipe, 1)
    case "&": return next == "&" ? make(.and, 2) : make(.ampersand, 1)
    case "!": return next == "=" ? make(.notEqual, 2) : make(.not, 1)
    case "<": return next == "=" ? make(.lessOrEqual, 2) : make(.less, 1)
    case ">": return next == "=" ? make(.greaterOrEqual, 2) : make(.greater, 1)
    case "=":
      if next == "=" { return make(.equal, 2) }
      throw failure("Bad jmespath expression: Unknown token '=':", at: start)
    case "`": return try literal()
    case "'": return try raw()
    case "\"": return try quoted()
    case "-", "0"..."9": return try number()
    default:
      guard Self.isNameStart(character) else {
        throw failure("Bad jmespath expression: Unknown token \(character):", at: start)
      }
      var end = place
      while end < characters.count,
        Self.isNameStart(characters[end]) || Self.isDigit(characters[end])
      { end += 1 }
      let name = String(characters[start..<end])
      return make(.name(name), end - start)
    }
  }

  private static func isNameStart(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character == "_")
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isNumber
  }

  private mutating func number() throws(JMESPathError) -> JMESPathToken {
    let start = place
    place += 1
    while place < characters.count, Self.isDigit(characters[place]) { place += 1 }
    let text = String(characters[start..<place])
    guard text != "-" else {
      throw failure("Bad jmespath expression: Unknown token '\(text)':", at: start)
    }
    // No list reaches as far as a number that is none here.
    let number = Int(text) ?? (text.hasPrefix("-") ? .min : .max)
    return JMESPathToken(kind: .number(number), text: String(number), offset: start)
  }

  /// The text up to an unescaped delimiter.
  private mutating func delimited(by mark: Character) throws(JMESPathError) -> String {
    let start = place
    place += 1
    while place < characters.count, characters[place] != mark {
      place += characters[place] == "\\" ? 2 : 1
    }
    guard place < characters.count else {
      throw failure(
        "Bad jmespath expression: Unclosed \(mark) delimiter:", at: start)
    }
    place += 1
    return String(characters[start + 1..<place - 1])
  }

  private mutating func raw() throws(JMESPathError) -> JMESPathToken {
    let start = place
    let text = try delimited(by: "'").replacing("\\'", with: "'")
    return JMESPathToken(kind: .literal(.string(text)), text: text, offset: start)
  }

  private mutating func quoted() throws(JMESPathError) -> JMESPathToken {
    let start = place
    let text = try delimited(by: "\"")
    let name: String
    do throws(JSONError) {
      name = try JSON(parsing: "\"\(text)\"").string ?? ""
    } catch {
      throw failure("Bad jmespath expression: \(error.problem):", at: start)
    }
    return JMESPathToken(kind: .quoted(name), text: name, offset: start)
  }

  private mutating func literal() throws(JMESPathError) -> JMESPathToken {
    let start = place
    var text = try delimited(by: "`").replacing("\\`", with: "`")
    while text.first?.isWhitespace == true { text.removeFirst() }
    if let value = try? JSON(parsing: text) {
      return JMESPathToken(kind: .literal(value), text: text, offset: start)
    }
    // Before the specification was settled a literal could be a bare word.
    guard let value = try? JSON(parsing: "\"\(text)\"") else {
      throw failure("Bad jmespath expression: Bad token \(text):", at: start)
    }
    return JMESPathToken(kind: .literal(value), text: text, offset: start)
  }
}

extension JMESPathError {
  /// Message, expression, caret.
  static func located(_ message: String, _ expression: String, _ offset: Int) -> String {
    "\(message)\n\(expression)\n\(String(repeating: " ", count: offset))^"
  }
}
