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
  /// Offset in the expression, in code points, for a syntax error.
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
  /// As the client's texts show it: a literal by its value.
  var text: String
  /// In code points.
  var offset: Int
}

/// Splits an expression into tokens, by code points: a mark behind a quote belongs to no quote.
struct JMESPathLexer {
  private let scalars: [Unicode.Scalar]
  private var place = 0

  init(_ expression: String) { scalars = Array(expression.unicodeScalars) }

  mutating func tokens() throws(JMESPathError) -> [JMESPathToken] {
    guard !scalars.isEmpty else {
      throw failure("Invalid JMESPath expression: cannot be empty.", at: 0, bare: true)
    }
    var tokens: [JMESPathToken] = []
    while place < scalars.count {
      if [" ", "\t", "\n", "\r"].contains(scalars[place]) {
        place += 1
        continue
      }
      tokens.append(try token())
    }
    tokens.append(JMESPathToken(kind: .end, text: "", offset: scalars.count))
    return tokens
  }

  private func failure(_ message: String, at offset: Int, bare: Bool = false) -> JMESPathError {
    JMESPathError(
      kind: .syntax,
      message: bare
        ? message : JMESPathError.located(message, Self.text(scalars[...]), offset), offset: offset)
  }

  private mutating func token() throws(JMESPathError) -> JMESPathToken {
    let start = place
    let scalar = scalars[place]
    func make(_ kind: JMESPathToken.Kind, _ length: Int) -> JMESPathToken {
      place = start + length
      return JMESPathToken(kind: kind, text: Self.text(scalars[start..<place]), offset: start)
    }
    let next = place + 1 < scalars.count ? scalars[place + 1] : nil
    switch scalar {
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
      guard Self.isNameStart(scalar) else {
        throw failure("Bad jmespath expression: Unknown token \(scalar):", at: start)
      }
      var end = place
      while end < scalars.count,
        Self.isNameStart(scalars[end]) || Self.isDigit(scalars[end])
      { end += 1 }
      let name = Self.text(scalars[start..<end])
      return make(.name(name), end - start)
    }
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }

  private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "_": true
    default: false
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9": true
    default: false
    }
  }

  private mutating func number() throws(JMESPathError) -> JMESPathToken {
    let start = place
    place += 1
    while place < scalars.count, Self.isDigit(scalars[place]) { place += 1 }
    let text = Self.text(scalars[start..<place])
    guard text != "-" else {
      throw failure("Bad jmespath expression: Unknown token '\(text)':", at: start)
    }
    // No list reaches as far as a number that is none here.
    let number = Int(text) ?? (text.hasPrefix("-") ? .min : .max)
    return JMESPathToken(kind: .number(number), text: String(number), offset: start)
  }

  /// The text up to an unescaped delimiter; where `unescapes`, with an escaped one as itself.
  private mutating func delimited(by mark: Unicode.Scalar, unescapes: Bool = false)
    throws(JMESPathError) -> String
  {
    let start = place
    place += 1
    var text: [Unicode.Scalar] = []
    while place < scalars.count, scalars[place] != mark {
      var length = 1
      if scalars[place] == "\\", place + 1 < scalars.count {
        length = 2
        if unescapes, scalars[place + 1] == mark {
          place += 1
          length = 1
        }
      }
      text += scalars[place..<place + length]
      place += length
    }
    guard place < scalars.count else {
      throw failure(
        "Bad jmespath expression: Unclosed \(mark) delimiter:", at: start)
    }
    place += 1
    return Self.text(text[...])
  }

  private mutating func raw() throws(JMESPathError) -> JMESPathToken {
    let start = place
    let text = try delimited(by: "'", unescapes: true)
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
    let all = try delimited(by: "`", unescapes: true).unicodeScalars
    let text = String(all.drop { $0.properties.isWhitespace })
    if let value = try? JSON(parsing: text) {
      return JMESPathToken(kind: .literal(value), text: value.pythonText, offset: start)
    }
    // Before the specification was settled a literal could be a bare word.
    guard let value = try? JSON(parsing: "\"\(text)\"") else {
      throw failure("Bad jmespath expression: Bad token \(text):", at: start)
    }
    return JMESPathToken(kind: .literal(value), text: value.pythonText, offset: start)
  }
}

extension JMESPathError {
  /// Message, expression, caret.
  static func located(_ message: String, _ expression: String, _ offset: Int) -> String {
    "\(message)\n\(expression)\n\(String(repeating: " ", count: offset))^"
  }
}
