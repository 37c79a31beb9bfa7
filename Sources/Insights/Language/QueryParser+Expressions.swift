import Values

/// Expressions, loosest first: or, and, not, comparisons, sums, products, powers.
extension QueryParser {
  mutating func expression() throws(InsightsError) -> Expression {
    try nested { (parser: inout Self) throws(InsightsError) in
      var left = try parser.conjunction()
      while try parser.take(word: "or") {
        let right = try parser.conjunction()
        left = parser.joined(.either(left, right), from: left)
      }
      return left
    }
  }

  /// An expression that began where another did and ends here.
  private func joined(_ kind: Expression.Kind, from first: Expression) -> Expression {
    made(kind, from: first.span.start)
  }

  private func made(_ kind: Expression.Kind, from start: Int) -> Expression {
    let span = Span(start: start, end: max(start, lastEnd))
    return Expression(kind: kind, span: span, text: scanner.slice(span))
  }

  private mutating func conjunction() throws(InsightsError) -> Expression {
    var left = try negation()
    while try take(word: "and") {
      let right = try negation()
      left = joined(.both(left, right), from: left)
    }
    return left
  }

  private mutating func negation() throws(InsightsError) -> Expression {
    let start = span.start
    guard try take(word: "not") else { return try comparison() }
    let inner = try nested { (parser: inout Self) throws(InsightsError) in try parser.negation() }
    return made(.not(inner), from: start)
  }

  private mutating func comparison() throws(InsightsError) -> Expression {
    var left = try sum()
    while true {
      if case .sign(let sign) = token, let comparison = Comparison(rawValue: sign) {
        try advance()
        if token == .sign("=") { throw unexpected("one = is enough") }
        let right = try sum()
        left = joined(.comparison(comparison, left, right), from: left)
        continue
      }
      if try take("=~") {
        guard let (regex, source, _) = try takeRegex() else {
          throw unexpected("=~ wants a regular expression, /…/")
        }
        left = joined(.matches(left, Pattern(source, .regex(regex))), from: left)
        continue
      }
      let isNegated = try take(word: "not")
      guard let kind = try membership(of: left, isNegated) else { return left }
      left = joined(kind, from: left)
      if isNegated { left = joined(.not(left), from: left) }
    }
  }

  /// `like …` or `in […]`.
  private mutating func membership(of left: Expression, _ isNegated: Bool) throws(InsightsError)
    -> Expression.Kind?
  {
    if try take(word: "like") {
      if let (regex, source, _) = try takeRegex() {
        return .matches(left, Pattern(source, .regex(regex)))
      }
      return .contains(left, text: try sum())
    }
    if try take(word: "in") {
      guard try take("[") else { throw unexpected("in wants a list, [\"a\", \"b\"]") }
      var list: [Expression] = []
      if token != .sign("]") {
        repeat { list.append(try sum()) } while try take(",")
      }
      try expect("]", "a list ends with ]")
      return .isIn(left, list)
    }
    if isNegated { throw unexpected("not like, or not in") }
    return nil
  }

  private mutating func sum() throws(InsightsError) -> Expression {
    var left = try product()
    while case .sign(let sign) = token, sign == "+" || sign == "-",
      let operation = Arithmetic(rawValue: sign)
    {
      try advance()
      let right = try product()
      left = joined(.arithmetic(operation, left, right), from: left)
    }
    return left
  }

  private mutating func product() throws(InsightsError) -> Expression {
    var left = try power()
    while case .sign(let sign) = token, ["*", "/", "%"].contains(sign),
      let operation = Arithmetic(rawValue: sign)
    {
      try advance()
      let right = try power()
      left = joined(.arithmetic(operation, left, right), from: left)
    }
    return left
  }

  private mutating func power() throws(InsightsError) -> Expression {
    let left = try signed()
    guard try take("^") else { return left }
    let right = try nested { (parser: inout Self) throws(InsightsError) in try parser.power() }
    return joined(.arithmetic(.power, left, right), from: left)
  }

  private mutating func signed() throws(InsightsError) -> Expression {
    let start = span.start
    guard try take("-") else { return try primary() }
    let inner = try nested { (parser: inout Self) throws(InsightsError) in try parser.signed() }
    return made(.negative(inner), from: start)
  }

  mutating func primary() throws(InsightsError) -> Expression {
    let start = span.start
    switch token {
    case .string(let text):
      try advance()
      return made(.value(.text(text)), from: start)
    case .number(let number):
      try advance()
      return made(.value(.number(number)), from: start)
    case .period(let count, let unit):
      guard let unit = Period.Unit.named(unit) ?? Period.Unit.named(unit.lowercased()) else {
        throw InsightsError(
          "there is no unit \(JSON.quoted(unit))", span, advice: "ms, s, m, h, d, w, mo, q or y")
      }
      guard takesPeriods else {
        throw InsightsError(
          "a period stands only in bin, datefloor and dateceil", span, advice: "bin(5m)")
      }
      try advance()
      return made(.period(Period(count: count, unit: unit)), from: start)
    case .name(let name):
      try advance()
      return made(.field(name), from: start)
    case .word(let word):
      let place = span
      let lowered = word.lowercased()
      if ["and", "or", "by", "as", "like", "in", "asc", "desc"].contains(lowered) {
        throw unexpected("a field, a text or a number")
      }
      try advance()
      if token == .sign("("), span.start == lastEnd || Functions.named(word) != nil {
        return try call(word, at: place)
      }
      if lowered == "true" || lowered == "false" {
        return made(.value(.flag(lowered == "true")), from: start)
      }
      return made(.field(FieldName(word.split(separator: ".").map(String.init))), from: start)
    case .sign("("):
      try advance()
      let inner = try expression()
      try expect(")", "a ) for this (")
      return made(inner.kind, from: start)
    case .sign("/"): throw unexpected("a regular expression comes behind like or =~")
    default: throw unexpected("a field, a text or a number")
    }
  }

  private mutating func call(_ word: String, at place: Span) throws(InsightsError) -> Expression {
    let name = word.lowercased()
    let function = Functions.named(word)
    let aggregate = Aggregates.named(word)
    guard function != nil || aggregate != nil || name == "bin" else {
      throw InsightsError(
        "there is no function \(JSON.quoted(word))", place,
        advice: InsightsError.near(word, among: Functions.names + Aggregates.names + ["bin"]))
    }
    try expect("(", "an opening parenthesis")
    var arguments: [Expression] = []
    if name == "count", try take("*") {
      try expect(")", "count(*)")
      return made(.aggregate("count", []), from: place.start)
    }
    if token != .sign(")") {
      let tookPeriods = takesPeriods
      takesPeriods = name == "bin" || function != nil
      repeat { arguments.append(try expression()) } while try take(",")
      takesPeriods = tookPeriods
    }
    try expect(")", "a ) at the end of \(word)(…")
    let whole = Span(start: place.start, end: lastEnd)
    if name == "bin" {
      guard arguments.count == 1, case .period(let period) = arguments[0].kind else {
        throw InsightsError("bin wants a period", whole, advice: "bin(5m)")
      }
      return made(.bin(period), from: place.start)
    }
    if let aggregate {
      try check(word, aggregate.arguments, arguments, whole, aggregate.usage)
      for argument in arguments where argument.hasAggregate {
        throw InsightsError(
          "\(word) cannot reckon over what is reckoned over events already", argument.span)
      }
      try aggregate.check(arguments, whole)
      return made(.aggregate(aggregate.name, arguments), from: place.start)
    }
    guard let function else { throw InsightsError("bin wants a period", whole, advice: "bin(5m)") }
    try check(word, function.arguments, arguments, whole, function.usage)
    for (index, argument) in arguments.enumerated() {
      if case .period = argument.kind, !(function.rounds != nil && index == 1) {
        throw InsightsError("\(word) takes no period", argument.span, advice: function.usage)
      }
    }
    if function.rounds != nil {
      guard case .period = arguments[1].kind else {
        throw InsightsError("\(word) wants a period", arguments[1].span, advice: function.usage)
      }
    }
    return made(.call(function.name, arguments), from: place.start)
  }

  private func check(
    _ name: String, _ wanted: ClosedRange<Int>, _ arguments: [Expression], _ span: Span,
    _ usage: String
  ) throws(InsightsError) {
    if wanted.contains(arguments.count) { return }
    throw InsightsError(
      "\(name) does not take \(arguments.count == 1 ? "1 argument" : "\(arguments.count) arguments")",
      span, advice: usage)
  }
}
