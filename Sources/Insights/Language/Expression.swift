import Values

/// Something that has a value for each log event.
struct Expression: Hashable, Sendable {
  indirect enum Kind: Hashable, Sendable {
    case value(InsightsValue)
    /// A period as a function's argument.
    case period(Period)
    case field(FieldName)
    case negative(Expression)
    case not(Expression)
    case both(Expression, Expression)
    case either(Expression, Expression)
    case arithmetic(Arithmetic, Expression, Expression)
    case comparison(Comparison, Expression, Expression)
    case contains(Expression, text: Expression)
    case matches(Expression, Pattern)
    case isIn(Expression, [Expression])
    case call(String, [Expression])
    case bin(Period)
    case aggregate(String, [Expression])
  }

  var kind: Kind
  var span: Span
  /// As it was written; the name of its column where it has no other.
  var text: String

  /// The same text without blanks and in small letters, by which a later command finds the column.
  var key: String { Self.key(text) }

  static func key(_ text: String) -> String {
    text.filter { !$0.isWhitespace && $0 != "`" }.lowercased()
  }

  /// All parts, itself included.
  func walk(_ body: (Expression) -> Void) {
    body(self)
    for part in parts { part.walk(body) }
  }

  private var parts: [Expression] {
    switch kind {
    case .value, .period, .field, .bin: []
    case .negative(let part), .not(let part), .matches(let part, _): [part]
    case .both(let left, let right), .either(let left, let right),
      .arithmetic(_, let left, let right), .comparison(_, let left, let right),
      .contains(let left, let right):
      [left, right]
    case .isIn(let part, let list): [part] + list
    case .call(_, let arguments), .aggregate(_, let arguments): arguments
    }
  }

  var hasAggregate: Bool {
    var found = false
    walk { if case .aggregate = $0.kind { found = true } }
    return found
  }
}

/// The name of a field: names and places in lists on the way to it.
struct FieldName: Hashable, Sendable {
  var steps: [String]

  init(_ steps: [String]) { self.steps = steps }

  var text: String { steps.joined(separator: ".") }
}

enum Arithmetic: String, Hashable, Sendable {
  case plus = "+"
  case minus = "-"
  case times = "*"
  case over = "/"
  case modulo = "%"
  case power = "^"
}

enum Comparison: String, Hashable, Sendable {
  case equal = "="
  case unequal = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}

/// One step of a query.
enum Command: Hashable, Sendable {
  case fields([Column])
  case filter(Expression)
  case parse(Parse)
  case sort([SortKey])
  case limit(Int)
  case dedup([Expression])

  /// An expression under a name.
  struct Column: Hashable, Sendable {
    var name: String
    var expression: Expression
  }

  struct SortKey: Hashable, Sendable {
    var expression: Expression
    var isDescending: Bool
  }

  struct Parse: Hashable, Sendable {
    var from: Expression
    var pattern: Pattern
    var names: [String]
  }
}

/// Commands up to a `stats`, or to the end.
struct Stage: Hashable, Sendable {
  var commands: [Command] = []
  var stats: Stats?
}

struct Stats: Hashable, Sendable {
  var aggregates: [Command.Column]
  var groups: [Command.Column]
}
