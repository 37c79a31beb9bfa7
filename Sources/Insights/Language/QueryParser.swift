import Values

/// Reads a query: commands between bars, each a word and what belongs to it.
///
/// Source: CloudWatch Logs Insights, query syntax.
struct QueryParser {
  var scanner: Scanner
  var token = Token.end
  var span = Span(start: 0, end: 0)
  /// Where the token before ended.
  var lastEnd = 0
  private var start = Scanner("")
  private var depth = 0
  /// Whether a period may stand here: only what functions are given has one.
  var takesPeriods = false

  private var stages = [Stage()]
  private var display: [Command.Column]?
  /// What may be named after a `stats`; before one, any field may.
  private var known: [String]?
  private var limit: Int?
  private var isAfterDedup = false

  /// Commands of AWS that the lab has not.
  private static let others = [
    "pattern", "diff", "anomaly", "unmask", "unnest", "lookup", "source", "join", "filterindex",
  ]
  static let commands = [
    "fields", "display", "filter", "stats", "sort", "limit", "parse", "dedup",
  ]
  /// Source: CloudWatch Logs Insights, stats: how many a query may have.
  private static let mostStats = 10
  /// Source: CloudWatch Logs Insights, limit.
  static let mostRows = 100_000
  static let usualRows = 10_000

  init(_ text: String) { scanner = Scanner(text) }

  mutating func parse() throws(InsightsError) -> InsightsQuery {
    try advance()
    if token == .end {
      throw InsightsError(
        "there is no command in this query", span, advice: "fields @timestamp, @message")
    }
    while true {
      try command()
      if token == .end { break }
      guard token == .sign("|") else { throw unexpected("between two commands stands |") }
      try advance()
    }
    return InsightsQuery(text: scanner.text, stages: stages, display: display, limit: limit)
  }

  // MARK: Tokens

  mutating func advance() throws(InsightsError) {
    lastEnd = span.end
    start = scanner
    (token, span) = try scanner.next()
  }

  func unexpected(_ rule: String) -> InsightsError {
    guard token != .end else {
      return InsightsError(
        "the query ends too early", Span(start: max(0, lastEnd - 1), end: max(1, lastEnd)),
        advice: rule)
    }
    return InsightsError("unexpected \(JSON.quoted(scanner.slice(span)))", span, advice: rule)
  }

  func isWord(_ word: String) -> Bool {
    if case .word(let found) = token { found.lowercased() == word } else { false }
  }

  mutating func take(word: String) throws(InsightsError) -> Bool {
    guard isWord(word) else { return false }
    try advance()
    return true
  }

  mutating func take(_ sign: String) throws(InsightsError) -> Bool {
    guard token == .sign(sign) else { return false }
    try advance()
    return true
  }

  mutating func expect(_ sign: String, _ rule: String) throws(InsightsError) {
    guard try take(sign) else { throw unexpected(rule) }
  }

  /// A regular expression where the current token begins, if one does.
  mutating func takeRegex() throws(InsightsError) -> (Regex, source: String, Span)? {
    guard token == .sign("/") else { return nil }
    var scanner = start
    guard let (source, place) = try scanner.regex() else { return nil }
    self.scanner = scanner
    span = Span(start: place.start - 1, end: place.end + 1)
    try advance()
    do throws(RegexProblem) {
      return (try Regex(source), source, place)
    } catch {
      throw InsightsError(
        error.problem,
        Span(start: place.start + error.start, end: place.start + max(error.end, error.start + 1)),
        advice: error.advice)
    }
  }

  mutating func nested<Result>(_ body: (inout Self) throws(InsightsError) -> Result)
    throws(InsightsError) -> Result
  {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else {
      throw InsightsError("parentheses within parentheses go too deep", span)
    }
    return try body(&self)
  }

  // MARK: Commands

  private mutating func command() throws(InsightsError) {
    guard case .word(let word) = token else {
      throw unexpected("a command: \(Self.commands.joined(separator: ", "))")
    }
    let place = span
    let name = word.lowercased()
    if isAfterDedup, name != "limit" {
      throw InsightsError(
        "after dedup only limit may follow, not \(name)", place, advice: "put \(name) before dedup")
    }
    try advance()
    switch name {
    case "fields": try fields()
    case "display": try displayed()
    case "filter":
      let condition = try checked(try expression())
      if condition.hasAggregate { throw misplacedAggregate(condition) }
      add(.filter(condition))
    case "stats": try stats(at: place)
    case "sort": try sort()
    case "limit": try limited()
    case "parse": try parsed()
    case "dedup":
      add(.dedup(try names("dedup")))
      isAfterDedup = true
    default:
      if Self.others.contains(name) {
        throw InsightsError("\(name) is known to AWS, but this lab has it not", place)
      }
      throw InsightsError(
        "there is no command \(JSON.quoted(word))", place,
        advice: InsightsError.near(name, among: Self.commands)
          ?? "the commands are \(Self.commands.joined(separator: ", "))")
    }
  }

  private mutating func add(_ command: Command) {
    stages[stages.count - 1].commands.append(command)
  }

  private func misplacedAggregate(_ expression: Expression) -> InsightsError {
    var place = expression.span
    var name = ""
    expression.walk {
      if case .aggregate(let found, _) = $0.kind {
        place = $0.span
        name = found
      }
    }
    return InsightsError(
      "\(name) reckons over many events, so it belongs to stats", place,
      advice: "stats \(scanner.slice(place)) as n | filter n > 1")
  }

  private mutating func fields() throws(InsightsError) {
    let columns = try columns("fields @timestamp, @message")
    for column in columns where column.expression.hasAggregate {
      throw misplacedAggregate(column.expression)
    }
    add(.fields(columns))
    if known != nil { known?.append(contentsOf: columns.map(\.name)) }
  }

  private mutating func displayed() throws(InsightsError) {
    let columns = try columns("display eventName")
    for column in columns where column.expression.hasAggregate {
      throw misplacedAggregate(column.expression)
    }
    // Names given here are for the result alone.
    display = columns
  }

  /// A list of expressions, each perhaps with a name.
  private mutating func columns(_ example: String) throws(InsightsError) -> [Command.Column] {
    var columns: [Command.Column] = []
    repeat {
      let expression = try checked(try self.expression())
      columns.append(
        Command.Column(name: try alias() ?? columnName(expression), expression: expression))
    } while try takeComma(example)
    return columns
  }

  private mutating func takeComma(_ example: String) throws(InsightsError) -> Bool {
    guard try take(",") else {
      if token == .end || token == .sign("|") || isWord("by") { return false }
      throw unexpected("a comma between two of them, or | before the next command")
    }
    return true
  }

  private func columnName(_ expression: Expression) -> String {
    if case .field(let name) = expression.kind { return name.text }
    return expression.text
  }

  private mutating func alias() throws(InsightsError) -> String? {
    guard try take(word: "as") else { return nil }
    let name =
      switch token {
      case .word(let word): word
      case .name(let field): field.text
      default: throw unexpected("as wants a name")
      }
    try advance()
    return name
  }

  private mutating func stats(at place: Span) throws(InsightsError) {
    guard stages.count <= Self.mostStats else {
      throw InsightsError("a query has at most \(Self.mostStats) stats", place)
    }
    for command in stages[stages.count - 1].commands {
      guard stages.count > 1 else { break }
      switch command {
      case .sort, .limit:
        throw InsightsError(
          "sort and limit come after the last stats", place, advice: "move them to the end")
      default: break
      }
    }
    let aggregates = try columns("stats count(*) by eventName")
    for column in aggregates where !column.expression.hasAggregate {
      throw InsightsError(
        "stats wants something that reckons over many events", column.expression.span,
        advice: "count(*), or this behind by")
    }
    let isTop = aggregates.contains {
      if case .aggregate("topk", _) = $0.expression.kind { true } else { false }
    }
    if isTop, aggregates.count > 1 {
      throw InsightsError("topk stands alone in its stats", aggregates[0].expression.span)
    }
    var groups: [Command.Column] = []
    if try take(word: "by") {
      groups = try columns("by eventName")
      for column in groups where column.expression.hasAggregate {
        throw misplacedAggregate(column.expression)
      }
    }
    stages[stages.count - 1].stats = Stats(aggregates: aggregates, groups: groups)
    stages.append(Stage())
    known = (groups + aggregates).map(\.name)
    if isTop { known?.append("count") }
    display = nil
  }

  private mutating func sort() throws(InsightsError) {
    var keys: [Command.SortKey] = []
    repeat {
      let expression = try checked(try self.expression())
      var isDescending = false
      if try take(word: "desc") {
        isDescending = true
      } else {
        // Source: CloudWatch Logs Insights, sort: ascending unless said otherwise.
        _ = try take(word: "asc")
      }
      keys.append(Command.SortKey(expression: expression, isDescending: isDescending))
    } while try takeComma("sort @timestamp desc")
    add(.sort(keys))
  }

  private mutating func limited() throws(InsightsError) {
    guard case .number(let number) = token, number >= 1, number <= Double(Self.mostRows),
      number == number.rounded()
    else { throw unexpected("limit wants a number from 1 to \(Self.mostRows)") }
    add(.limit(Int(number)))
    limit = Int(number)
    try advance()
  }

  private mutating func names(_ command: String) throws(InsightsError) -> [Expression] {
    var names: [Expression] = []
    repeat {
      let expression = try checked(try self.expression())
      guard case .field = expression.kind else {
        throw InsightsError("\(command) wants names of fields", expression.span)
      }
      names.append(expression)
    } while try takeComma("\(command) eventName")
    return names
  }

  private mutating func parsed() throws(InsightsError) {
    let from: Expression
    if case .string = token {
      from = Expression(kind: .field(FieldName(["@message"])), span: span, text: "@message")
    } else if token == .sign("/") {
      from = Expression(kind: .field(FieldName(["@message"])), span: span, text: "@message")
    } else {
      from = try checked(try primary())
    }
    if let (regex, source, place) = try takeRegex() {
      let names = regex.names.compactMap { $0 }
      guard !names.isEmpty else {
        throw InsightsError(
          "this regular expression names no group", place,
          advice: "(?<name>…) around what is wanted")
      }
      add(.parse(Command.Parse(from: from, pattern: Pattern(source, .regex(regex)), names: names)))
      if known != nil { known?.append(contentsOf: names) }
      return
    }
    guard case .string(let text) = token else {
      throw unexpected("parse wants \"a text with *\" as names, or /a regular (?<name>expression)/")
    }
    let place = span
    let glob = Glob(text)
    guard glob.gaps > 0 else {
      throw InsightsError("this text has no * in it", place, advice: "\"user=*, \" as user")
    }
    try advance()
    guard try take(word: "as") else {
      throw unexpected("as and \(glob.gaps) names, one for each *")
    }
    var names: [String] = []
    repeat {
      switch token {
      case .word(let word): names.append(word)
      case .name(let name): names.append(name.text)
      default: throw unexpected("a name for each *")
      }
      try advance()
    } while try take(",")
    guard names.count == glob.gaps else {
      throw InsightsError(
        "there are \(glob.gaps) * and \(names.count) names", place, advice: "a name for each *")
    }
    add(.parse(Command.Parse(from: from, pattern: Pattern(text, .glob(glob)), names: names)))
    if known != nil { known?.append(contentsOf: names) }
  }

  // MARK: Names

  /// After a `stats` only what it made may be named.
  private func checked(_ expression: Expression) throws(InsightsError) -> Expression {
    guard let known else { return expression }
    if known.contains(where: { Expression.key($0) == expression.key }) { return expression }
    var problem: InsightsError?
    expression.walk { part in
      if case .bin = part.kind, !known.contains(where: { Expression.key($0) == part.key }) {
        problem = InsightsError("after stats there is no @timestamp for bin", part.span)
      }
      guard problem == nil, case .field(let name) = part.kind,
        !known.contains(where: { name.text == $0 || name.text.hasPrefix($0 + ".") })
      else { return }
      problem = InsightsError(
        "after stats there is no \(name.text)", part.span,
        advice: InsightsError.near(name.text, among: known)
          ?? "there are \(known.joined(separator: ", "))")
    }
    if let problem { throw problem }
    return expression
  }
}
