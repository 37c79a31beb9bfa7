import Values

/// A parsed expression.
indirect enum JMESPathNode: Hashable, Sendable {
  case current
  case field(String)
  case index(Int)
  case slice(Int?, Int?, Int?)
  case literal(JSON)
  case sub(JMESPathNode, JMESPathNode)
  /// Right side for every element of the list on the left.
  case project(JMESPathNode, JMESPathNode)
  case projectValues(JMESPathNode, JMESPathNode)
  case filter(JMESPathNode, JMESPathNode, condition: JMESPathNode)
  case flatten(JMESPathNode)
  case pipe(JMESPathNode, JMESPathNode)
  case or(JMESPathNode, JMESPathNode)
  case and(JMESPathNode, JMESPathNode)
  case not(JMESPathNode)
  case compare(Comparison, JMESPathNode, JMESPathNode)
  case list([JMESPathNode])
  case hash([Pair])
  case call(String, [JMESPathNode])
  /// `&expression`
  case reference(JMESPathNode)

  struct Pair: Hashable, Sendable {
    var name: String
    var value: JMESPathNode
  }

  enum Comparison: String, Hashable, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }
}

/// A top-down operator-precedence parser for the grammar of the specification.
struct JMESPathParser {
  private let expression: String
  private var tokens: [JMESPathToken]
  private var place = 0
  private var depth = 0

  /// Bounds that keep a hostile expression from using up the stack.
  private static let deepest = 250
  private static let longest = 2000

  init(_ expression: String) throws(JMESPathError) {
    self.expression = expression
    var lexer = JMESPathLexer(expression)
    tokens = try lexer.tokens()
    guard tokens.count <= Self.longest else {
      throw JMESPathError(
        kind: .syntax, message: "Bad jmespath expression: longer than \(Self.longest) tokens",
        offset: tokens[Self.longest].offset)
    }
  }

  mutating func parse() throws(JMESPathError) -> JMESPathNode {
    let node = try parse(power: 0)
    guard current.kind == .end else { throw unexpected("Unexpected token: \(current.text)") }
    return node
  }

  private var current: JMESPathToken { tokens[place] }

  private mutating func advance() -> JMESPathToken {
    defer { place += 1 }
    return tokens[place]
  }

  /// The error at the current token: what ends too soon is incomplete, anything else has a reason.
  /// Source: the texts of the client's own library for queries, jmespath 1.0.
  private func unexpected(_ reason: String = "invalid token", evenAtEnd: Bool = false)
    -> JMESPathError
  {
    if current.kind == .end, !evenAtEnd {
      return failure(
        "Invalid jmespath expression: Incomplete expression:", at: expression.unicodeScalars.count)
    }
    return failure(
      "\(reason): Parse error at column \(current.offset), token \"\(current.text)\" "
        + "(\(current.kind.name.uppercased())), for expression:", at: current.offset)
  }

  /// The expression in quotes, and a caret under one of its characters.
  private func failure(_ message: String, at offset: Int) -> JMESPathError {
    let caret = String(repeating: " ", count: offset + 1) + "^"
    return JMESPathError(
      kind: .syntax, message: "\(message)\n\"\(expression)\"\n\(caret)", offset: offset)
  }

  private func expected(_ names: String, evenAtEnd: Bool = false) -> JMESPathError {
    unexpected("Expecting: \(names), got: \(current.kind.name)", evenAtEnd: evenAtEnd)
  }

  private mutating func expect(_ kind: JMESPathToken.Kind) throws(JMESPathError) {
    guard current.kind == kind else { throw expected(kind.name) }
    place += 1
  }

  private static func power(_ kind: JMESPathToken.Kind) -> Int {
    switch kind {
    case .pipe: 1
    case .or: 2
    case .and: 3
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 5
    case .flatten: 9
    case .star: 20
    case .filter: 21
    case .dot: 40
    case .not: 45
    case .leftBrace: 50
    case .leftBracket: 55
    case .leftParen: 60
    default: 0
    }
  }

  private mutating func parse(power: Int) throws(JMESPathError) -> JMESPathNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw JMESPathError(
        kind: .syntax,
        message: JMESPathError.located(
          "Bad jmespath expression: too deeply nested:", expression, current.offset),
        offset: current.offset)
    }
    var left = try prefix()
    while power < Self.power(current.kind) { left = try infix(left) }
    return left
  }

  private mutating func prefix() throws(JMESPathError) -> JMESPathNode {
    let token = current
    switch token.kind {
    case .literal(let value):
      place += 1
      return .literal(value)
    case .name(let name):
      place += 1
      return .field(name)
    case .quoted(let name):
      place += 1
      if current.kind == .leftParen {
        throw failure(
          "Quoted identifier not allowed for function names.: Parse error at column 0, "
            + "token \"(\" (LPAREN), for expression:", at: 0)
      }
      return .field(name)
    case .star:
      place += 1
      return .projectValues(.current, current.kind == .rightBracket ? .current : try right(of: 20))
    case .filter:
      place += 1
      return try filter(.current)
    case .leftBrace:
      place += 1
      return try hash()
    case .flatten:
      place += 1
      return .project(.flatten(.current), try right(of: 9))
    case .leftBracket: return try bracket()
    case .at:
      place += 1
      return .current
    case .ampersand:
      place += 1
      return .reference(try parse(power: 0))
    case .not:
      place += 1
      return .not(try parse(power: 45))
    case .leftParen:
      place += 1
      let inner = try parse(power: 0)
      try expect(.rightParen)
      return inner
    default: throw unexpected()
    }
  }

  /// `[0]`, `[1:2]`, `[*]`, or a list of expressions.
  private mutating func bracket() throws(JMESPathError) -> JMESPathNode {
    place += 1
    switch current.kind {
    case .number, .colon: return try indexed(.current)
    case .star where tokens[place + 1].kind == .rightBracket:
      place += 2
      return .project(.current, try right(of: 20))
    default: return try list()
    }
  }

  private mutating func infix(_ left: JMESPathNode) throws(JMESPathError) -> JMESPathNode {
    let token = current
    switch token.kind {
    case .dot:
      place += 1
      if current.kind == .star {
        place += 1
        // As the specification has it. The client's library reads on with the strength of the dot: its
        // projection ends behind one name, and `a.*.b.c` asks the list of all `b` for `c`, which is null.
        return .projectValues(left, try right(of: 20))
      }
      return .sub(left, try afterDot(power: 40))
    case .pipe:
      place += 1
      return .pipe(left, try parse(power: 1))
    case .or:
      place += 1
      return .or(left, try parse(power: 2))
    case .and:
      place += 1
      return .and(left, try parse(power: 3))
    case .leftParen:
      guard case .field(let name) = left, case .name = tokens[place - 1].kind else {
        let token = tokens[place - 1]
        throw failure(
          "Invalid function name '\(token.text)': Parse error at column \(token.offset), "
            + "token \"\(token.text)\" (\(token.kind.name.uppercased())), for expression:",
          at: token.offset)
      }
      place += 1
      return .call(name, try arguments())
    case .filter:
      place += 1
      return try filter(left)
    case .flatten:
      place += 1
      return .project(.flatten(left), try right(of: 9))
    case .leftBracket:
      place += 1
      if current.kind == .star {
        place += 1
        try expect(.rightBracket)
        return .project(left, try right(of: 20))
      }
      return try indexed(left)
    case .equal: return try comparison(.equal, left)
    case .notEqual: return try comparison(.notEqual, left)
    case .less: return try comparison(.less, left)
    case .lessOrEqual: return try comparison(.lessOrEqual, left)
    case .greater: return try comparison(.greater, left)
    case .greaterOrEqual: return try comparison(.greaterOrEqual, left)
    default: throw unexpected()
    }
  }

  private mutating func comparison(_ kind: JMESPathNode.Comparison, _ left: JMESPathNode)
    throws(JMESPathError) -> JMESPathNode
  {
    place += 1
    return .compare(kind, left, try parse(power: 5))
  }

  /// After `[`: an index or a slice, up to the `]`.
  private mutating func indexed(_ left: JMESPathNode) throws(JMESPathError) -> JMESPathNode {
    switch current.kind {
    case .number(let index) where tokens[place + 1].kind != .colon:
      place += 1
      try expect(.rightBracket)
      return .sub(left, .index(index))
    case .number, .colon: break
    default: throw expected("star")
    }
    var parts: [Int?] = [nil, nil, nil]
    var part = 0
    while current.kind != .rightBracket {
      switch current.kind {
      case .colon where part < 2: part += 1
      case .number(let number): parts[part] = number
      default: throw unexpected("syntax error", evenAtEnd: true)
      }
      place += 1
    }
    place += 1
    return .project(.sub(left, .slice(parts[0], parts[1], parts[2])), try right(of: 20))
  }

  private mutating func filter(_ left: JMESPathNode) throws(JMESPathError) -> JMESPathNode {
    let condition = try parse(power: 0)
    try expect(.rightBracket)
    let right = current.kind == .flatten ? JMESPathNode.current : try right(of: 21)
    return .filter(left, right, condition: condition)
  }

  /// What is done with each element of a projection.
  private mutating func right(of power: Int) throws(JMESPathError) -> JMESPathNode {
    if Self.power(current.kind) < 10 { return .current }
    switch current.kind {
    case .leftBracket, .filter: return try parse(power: power)
    case .dot:
      place += 1
      if current.kind == .star { return try parse(power: power) }
      return try afterDot(power: power)
    default: throw unexpected("syntax error", evenAtEnd: true)
    }
  }

  private mutating func afterDot(power: Int) throws(JMESPathError) -> JMESPathNode {
    switch current.kind {
    case .name, .quoted, .star: return try parse(power: power)
    case .leftBracket:
      place += 1
      return try list()
    case .leftBrace:
      place += 1
      return try hash()
    default:
      throw expected(
        "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']", evenAtEnd: true)
    }
  }

  private mutating func list() throws(JMESPathError) -> JMESPathNode {
    var elements: [JMESPathNode] = []
    while true {
      elements.append(try parse(power: 0))
      if current.kind == .rightBracket { break }
      try expect(.comma)
      if current.kind == .rightBracket { throw unexpected() }
    }
    place += 1
    return .list(elements)
  }

  private mutating func hash() throws(JMESPathError) -> JMESPathNode {
    var pairs: [JMESPathNode.Pair] = []
    while true {
      let name: String
      switch current.kind {
      case .name(let text), .quoted(let text): name = text
      default: throw expected("['quoted_identifier', 'unquoted_identifier']")
      }
      place += 1
      try expect(.colon)
      pairs.append(.init(name: name, value: try parse(power: 0)))
      if current.kind == .rightBrace { break }
      // As in the client, where the comma may be missing.
      if current.kind == .comma { place += 1 }
    }
    place += 1
    return .hash(pairs)
  }

  private mutating func arguments() throws(JMESPathError) -> [JMESPathNode] {
    var arguments: [JMESPathNode] = []
    while current.kind != .rightParen {
      arguments.append(try parse(power: 0))
      // As in the client, where the comma may be missing, and one at the end is no matter.
      if current.kind == .comma { place += 1 }
    }
    place += 1
    return arguments
  }
}
