import Values

/// A query of CloudWatch Logs Insights, read and checked.
///
/// Source: CloudWatch Logs User Guide, CloudWatch Logs Insights language query syntax.
package struct InsightsQuery: Hashable, Sendable {
  package let text: String
  let stages: [Stage]
  let display: [Command.Column]?
  /// The last `limit`.
  let limit: Int?

  init(text: String, stages: [Stage], display: [Command.Column]?, limit: Int?) {
    self.text = text
    self.stages = stages
    self.display = display
    self.limit = limit
  }

  package init(_ text: String) throws(InsightsError) {
    var parser = QueryParser(text)
    self = try parser.parse()
  }

  /// Whether its rows are log events, and not what was reckoned over many.
  package var givesEvents: Bool { stages.count == 1 }

  /// What the query does that its words do not say.
  package var remarks: [InsightsRemark] {
    var remarks: [InsightsRemark] = []
    for column in stages.flatMap({ $0.stats?.groups ?? [] }) {
      column.expression.walk { part in
        if case .bin(let period) = part.kind, period.isCapped { remarks.append(.cappedBin(period)) }
      }
    }
    for stage in stages {
      guard let stats = stage.stats else { continue }
      let names = Set(stats.aggregates.map(\.name) + stats.groups.map(\.name))
      let hidden = stage.commands.flatMap { command -> [String] in
        if case .fields(let columns) = command { columns.map(\.name) } else { [] }
      }.filter { !names.contains($0) }
      if !hidden.isEmpty { remarks.append(.hiddenFields(hidden)) }
      for group in stats.groups {
        guard case .field(let name) = group.expression.kind,
          !stage.commands.contains(where: { $0.isPresenceFilter(of: name) })
        else { continue }
        remarks.append(.groupWithout(name.text, column: group.name))
      }
    }
    return remarks
  }

  /// The fields that it reads of events, each once, in order: what it named itself is none of them.
  package var eventFields: [String] {
    var named: Set<String> = []
    var found: [String] = []
    func read(_ expression: Expression) {
      expression.walk { part in
        guard case .field(let name) = part.kind, !named.contains(name.text),
          !found.contains(name.text)
        else { return }
        found.append(name.text)
      }
    }
    guard let stage = stages.first else { return [] }
    for command in stage.commands {
      switch command {
      case .fields(let columns):
        for column in columns {
          read(column.expression)
          named.insert(column.name)
        }
      case .filter(let condition): read(condition)
      case .parse(let parse):
        read(parse.from)
        named.formUnion(parse.names)
      case .sort(let keys): for key in keys { read(key.expression) }
      case .dedup(let fields): for field in fields { read(field) }
      case .limit: break
      }
    }
    for column in (stage.stats?.groups ?? []) + (stage.stats?.aggregates ?? []) {
      read(column.expression)
    }
    return found
  }

  /// Runs it over rows. `limit` is how many rows come back when the query does not say.
  package func run(over rows: some InsightsRows, limit: Int = 10_000, now: Instant)
    -> InsightsResult
  {
    QueryRun(query: self, limit: limit, now: now).run(rows)
  }
}

/// Something about a query that its author may not expect.
package enum InsightsRemark: Hashable, Sendable {
  /// `bin(300s)` counts as `bin(60s)`.
  case cappedBin(Period)
  /// `fields` before a `stats` do not show.
  case hiddenFields([String])
  /// Events without the field are a group of their own, under the column's name.
  case groupWithout(String, column: String)
}

extension Command {
  fileprivate func isPresenceFilter(of name: FieldName) -> Bool {
    guard case .filter(let condition) = self else { return false }
    var found = false
    condition.walk { part in
      switch part.kind {
      case .call("ispresent", let arguments): found = found || arguments.first?.kind == .field(name)
      case .comparison(let kind, let left, _):
        found = found || (kind != .unequal && left.kind == .field(name))
      case .isIn(let left, _), .contains(let left, _), .matches(let left, _):
        found = found || left.kind == .field(name)
      default: break
      }
    }
    return found
  }
}

/// Log events as a query reads them, oldest first.
package protocol InsightsRows {
  var count: Int { get }
  func column(_ path: [String]) -> InsightsColumn
  /// `@timestamp`
  func time(of row: Int) -> Instant
}

/// One field of all rows.
package enum InsightsColumn {
  case values((Int) -> InsightsValue)
  /// A field with few different values, each row's by its place among them.
  case coded([InsightsValue], (Int) -> Int)

  package static var missing: InsightsColumn { .coded([.missing], { _ in 0 }) }

  package func value(of row: Int) -> InsightsValue {
    switch self {
    case .values(let read): read(row)
    case .coded(let values, let code): values[code(row)]
    }
  }
}

package struct InsightsResult: Sendable {
  package internal(set) var columns: [String] = []
  /// As wide as the columns.
  package internal(set) var rows: [[InsightsValue]] = []
  /// The event of each row; empty where rows are no events.
  package internal(set) var events: [Int] = []
  /// Events that the filters took.
  package internal(set) var matched = 0
  package internal(set) var scanned = 0
  /// The column of a `bin` and its period, where the result is grouped by time.
  package internal(set) var bin: (column: Int, period: Period)?
  /// Whether every group of the last `stats` is there: nothing behind it took one out.
  package internal(set) var hasEveryGroup = false
  /// The columns that the last `stats` grouped by.
  package internal(set) var groups: Set<String> = []
}
