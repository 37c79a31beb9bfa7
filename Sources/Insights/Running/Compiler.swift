import Values

/// Reads something of a row, by the row's place.
typealias Reader = (Int) -> InsightsValue

/// Makes readers of expressions, for the rows of one stage of a query.
final class Compiler {
  let rows: any InsightsRows
  private let now: Instant
  /// Names that commands gave, and, after a `stats`, its columns by the key of their text.
  private var named: [String: Reader] = [:]
  private var byKey: [String: Reader] = [:]
  private var columns: [FieldName: InsightsColumn] = [:]
  /// Within the columns of a `stats`: what its aggregates came to, by group.
  var tallies: [Expression: Reader] = [:]

  init(_ rows: any InsightsRows, now: Instant) {
    self.rows = rows
    self.now = now
  }

  func name(_ name: String, _ reader: @escaping Reader) {
    named[name] = reader
    byKey[Expression.key(name)] = reader
  }

  // MARK: Fields

  /// A field of the rows themselves, unless a command gave the name to something else.
  func column(of expression: Expression) -> InsightsColumn? {
    guard case .field(let name) = expression.kind, binding(of: name) == nil else { return nil }
    if let column = columns[name] { return column }
    var column = rows.column(name.steps)
    if case .values(let read) = column { column = .values(Self.remembering(read)) }
    columns[name] = column
    return column
  }

  private func binding(of name: FieldName) -> Reader? {
    if let reader = named[name.text] { return reader }
    for length in stride(from: name.steps.count - 1, to: 0, by: -1) {
      guard let reader = named[name.steps[..<length].joined(separator: ".")] else { continue }
      let rest = name.steps[length...]
      return { reader($0).member(rest) }
    }
    return nil
  }

  /// The same, but a row that is read twice is worked out once.
  static func remembering(_ read: @escaping Reader) -> Reader {
    var place = -1
    var value = InsightsValue.missing
    return { row in
      if row != place {
        value = read(row)
        place = row
      }
      return value
    }
  }

  // MARK: Values

  func reader(_ expression: Expression) -> Reader {
    if let tally = tallies[expression] { return tally }
    if case .field(let name) = expression.kind {
      if let reader = binding(of: name) { return reader }
    } else if let reader = byKey[expression.key] {
      return reader
    }
    switch expression.kind {
    case .value(let value): return { _ in value }
    case .period, .aggregate: return { _ in .missing }
    case .field:
      switch column(of: expression) {
      case .values(let read)?: return read
      case .coded(let values, let code)?: return { values[code($0)] }
      case nil: return { _ in .missing }
      }
    case .negative(let inner):
      let inner = reader(inner)
      return { row in inner(row).number.map { -$0 }.result }
    case .arithmetic(let kind, let left, let right):
      let (left, right) = (reader(left), reader(right))
      return { Comparing.arithmetic(kind, left($0), right($0)) }
    case .not, .both, .either, .comparison, .contains, .matches, .isIn:
      let test = test(expression)
      return { .flag(test($0)) }
    case .bin(let period):
      let rows = rows
      return { .time(period.floor(rows.time(of: $0))) }
    case .call(let name, let arguments): return call(name, arguments)
    }
  }

  private func call(_ name: String, _ arguments: [Expression]) -> Reader {
    guard let function = Functions.named(name) else { return { _ in .missing } }
    if name == "now" {
      let seconds = InsightsValue.number(Double(now.seconds))
      return { _ in seconds }
    }
    if let rounds = function.rounds, case .period(let period) = arguments[1].kind {
      let inner = reader(arguments[0])
      return { row in
        guard case .time(let instant) = inner(row) else { return .missing }
        return .time(rounds(period, instant))
      }
    }
    let readers = arguments.map(reader)
    let apply = function.apply
    if readers.count == 1 {
      let inner = readers[0]
      return { apply([inner($0)]) }
    }
    return { row in apply(readers.map { $0(row) }) }
  }

  // MARK: Conditions

  /// What depends on one field of few values is found out once for each of them, if there are more
  /// rows than those.
  func test(_ expression: Expression) -> (Int) -> Bool {
    guard let (values, code) = onlyField(of: expression), values.count < rows.count else {
      return plainTest(expression)
    }
    let inner = Compiler(CodedRows(values: values), now: now)
    let holds = values.indices.map(inner.plainTest(expression))
    return { holds[code($0)] }
  }

  /// The only field that an expression reads, if it is one of few values.
  private func onlyField(of expression: Expression) -> ([InsightsValue], (Int) -> Int)? {
    var names: Set<FieldName> = []
    var field: Expression?
    var isPure = true
    expression.walk { part in
      switch part.kind {
      case .field(let name):
        names.insert(name)
        field = part
      case .bin, .aggregate: isPure = false
      case .call("now", _): isPure = false
      default: break
      }
    }
    guard isPure, names.count == 1, let field,
      case .coded(let values, let code)? = column(of: field)
    else { return nil }
    return (values, code)
  }

  private func plainTest(_ expression: Expression) -> (Int) -> Bool {
    switch expression.kind {
    case .not(let inner):
      let inner = test(inner)
      return { !inner($0) }
    case .both(let left, let right):
      let (left, right) = (test(left), test(right))
      return { left($0) && right($0) }
    case .either(let left, let right):
      let (left, right) = (test(left), test(right))
      return { left($0) || right($0) }
    case .comparison(let kind, let left, let right):
      let (left, right) = (reader(left), reader(right))
      return { Comparing.holds(kind, left($0), right($0)) }
    case .contains(let left, let text):
      let (left, text) = (reader(left), reader(text))
      return { row in
        let value = left(row)
        return !value.isMissing && value.text.holds(text(row).text)
      }
    case .matches(let left, let pattern):
      let left = reader(left)
      return { row in
        let value = left(row)
        return !value.isMissing && pattern.isFound(in: value.text)
      }
    case .isIn(let left, let list):
      let left = reader(left)
      let list = list.map(reader)
      return { row in
        let value = left(row)
        return list.contains { Comparing.holds(.equal, value, $0(row)) }
      }
    default:
      let reader = reader(expression)
      return { reader($0).isTrue }
    }
  }
}

/// The different values of one field as rows: whatever field is read, it is that one.
private struct CodedRows: InsightsRows {
  var values: [InsightsValue]

  var count: Int { values.count }
  func column(_ path: [String]) -> InsightsColumn {
    let values = values
    return .values { values[$0] }
  }
  func time(of row: Int) -> Instant { Instant(milliseconds: 0) }
}

/// What a `stats` made, as the rows of the next stage.
struct TableRows: InsightsRows {
  var names: [String]
  var table: [[InsightsValue]]

  var count: Int { table.count }

  func column(_ path: [String]) -> InsightsColumn {
    for length in stride(from: path.count, to: 0, by: -1) {
      guard let place = names.firstIndex(of: path[..<length].joined(separator: ".")) else {
        continue
      }
      let table = table
      let rest = path[length...]
      return .values { table[$0][place].member(rest) }
    }
    return .missing
  }

  /// Rows of a table have no time; their order stands for it.
  func time(of row: Int) -> Instant { Instant(milliseconds: Int64(row)) }
}
