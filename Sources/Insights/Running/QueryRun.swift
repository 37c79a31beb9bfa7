import Values

/// One run of a query over rows.
struct QueryRun {
  let query: InsightsQuery
  let limit: Int
  let now: Instant

  func run(_ rows: some InsightsRows) -> InsightsResult {
    var result = InsightsResult()
    result.scanned = rows.count
    var rows: any InsightsRows = rows
    for (place, stage) in query.stages.enumerated() {
      var run = StageRun(stage, rows, now: now, isFirst: place == 0)
      run.go()
      if let stats = stage.stats {
        let table = run.table(stats)
        if place == 0 { result.matched = run.matched }
        rows = table
        result.columns = table.names
        result.bin = stats.bin
        result.hasEveryGroup = true
        result.groups = Set(stats.groups.map(\.name))
        continue
      }
      let chosen = run.settled()
      if chosen.count < rows.count { result.hasEveryGroup = false }
      if place == 0 { result.matched = run.matched }
      finish(run, chosen, &result, isFirst: place == 0)
    }
    return result
  }

  /// The columns that show, and the rows of the last stage.
  private func finish(
    _ run: StageRun, _ chosen: [Int], _ result: inout InsightsResult, isFirst: Bool
  ) {
    var columns = run.shown
    if let display = query.display {
      columns = display.map { ($0.name, run.compiler.reader($0.expression)) }
    } else if isFirst, columns.isEmpty {
      columns = ["@timestamp", "@message"].map { name in
        let field = Expression(
          kind: .field(FieldName([name])), span: Span(start: 0, end: 0), text: name)
        return (name, run.compiler.reader(field))
      }
    } else if !isFirst {
      let made = result.columns.map { name in
        (name, run.compiler.rows.column([name]).value(of:))
      }
      columns = made + columns.filter { column in !result.columns.contains(column.0) }
    }
    if let bin = result.bin {
      let name = result.columns[bin.column]
      result.bin = columns.firstIndex { $0.0 == name }.map { ($0, bin.period) }
    }
    result.columns = columns.map(\.0)
    let most = query.limit ?? limit
    if chosen.count > most { result.hasEveryGroup = false }
    let chosen = chosen.prefix(most)
    result.rows = chosen.map { row in columns.map { $0.1(row) } }
    if isFirst { result.events = Array(chosen) }
  }
}

extension Stats {
  fileprivate var bin: (column: Int, period: Period)? {
    for (place, group) in groups.enumerated() {
      if case .bin(let period) = group.expression.kind { return (place, period) }
      if case .call(_, let arguments) = group.expression.kind, arguments.count == 2,
        case .period(let period) = arguments[1].kind
      {
        return (place, period)
      }
    }
    return nil
  }
}

/// The commands of one stage, over its rows.
private struct StageRun {
  let compiler: Compiler
  /// Columns that `fields` asked for, each once.
  private(set) var shown: [(String, Reader)] = []
  private(set) var matched = 0
  private let stage: Stage
  private let isFirst: Bool
  /// Filters that no row was asked yet.
  private var filters: [(Int) -> Bool] = []
  /// The rows that are left, in their order; nothing as long as all are.
  private var chosen: [Int]?
  /// Rows that the filters took and that `limit` or `dedup` left out: they count as matched.
  private var leftOut: [Int] = []

  init(_ stage: Stage, _ rows: any InsightsRows, now: Instant, isFirst: Bool) {
    self.stage = stage
    self.isFirst = isFirst
    compiler = Compiler(rows, now: now)
    if let table = rows as? TableRows {
      for name in table.names { compiler.name(name, table.column([name]).value(of:)) }
    }
  }

  mutating func go() {
    for command in stage.commands {
      switch command {
      case .fields(let columns):
        for column in columns {
          let reader = compiler.reader(column.expression)
          shown.removeAll { $0.0 == column.name && !column.isField }
          if !shown.contains(where: { $0.0 == column.name }) { shown.append((column.name, reader)) }
          if !column.isField {
            compiler.name(column.name, Compiler.remembering(reader))
          }
        }
      case .filter(let condition): filters.append(compiler.test(condition))
      case .parse(let parse): bind(parse)
      case .sort(let keys): sort(keys)
      case .limit(let count):
        let rows = settled()
        leftOut += rows.dropFirst(count)
        chosen = Array(rows.prefix(count))
      case .dedup(let names): dedup(names)
      }
    }
  }

  private mutating func bind(_ parse: Command.Parse) {
    let from = compiler.reader(parse.from)
    var place = -1
    var parts: [String?] = []
    let pattern = parse.pattern
    func read(_ row: Int) -> [String?] {
      if row != place {
        let value = from(row)
        parts = value.isMissing ? [] : pattern.parts(of: value.text) ?? []
        place = row
      }
      return parts
    }
    for (index, name) in parse.names.enumerated() {
      compiler.name(name) { row in
        let parts = read(row)
        return index < parts.count ? parts[index].map { .text($0) } ?? .missing : .missing
      }
    }
  }

  /// Rows that the filters so far take, newest first unless they were sorted.
  mutating func settled() -> [Int] {
    defer { filters = [] }
    if let chosen {
      if filters.isEmpty { return chosen }
      let left = chosen.filter(takes)
      leftOut = leftOut.filter(takes)
      // Wherever a filter stands, an event matches that all of them take.
      matched = left.count + leftOut.count
      self.chosen = left
      return left
    }
    var found: [Int] = []
    found.reserveCapacity(filters.isEmpty ? compiler.rows.count : 1024)
    for row in 0..<compiler.rows.count where takes(row) { found.append(row) }
    matched = found.count
    // Source: CloudWatch Logs Insights: by default the newest events come first.
    if isFirst { found.reverse() }
    chosen = found
    return found
  }

  @inline(__always)
  private func takes(_ row: Int) -> Bool {
    for filter in filters where !filter(row) { return false }
    return true
  }

  private mutating func sort(_ keys: [Command.SortKey]) {
    let rows = settled()
    let readers = keys.map { compiler.reader($0.expression) }
    let values = rows.map { row in readers.map { $0(row) } }
    let order = rows.indices.sorted { left, right in
      for (place, key) in keys.enumerated() {
        let order = NaturalOrder.compare(values[left][place], values[right][place])
        if order != 0 { return key.isDescending ? order > 0 : order < 0 }
      }
      return left < right
    }
    chosen = order.map { rows[$0] }
  }

  /// The first of each kind stays; a row that lacks one of the fields is like no other.
  private mutating func dedup(_ names: [Expression]) {
    let readers = names.map { compiler.reader($0) }
    var seen: Set<[InsightsValue]> = []
    var left: [Int] = []
    for row in settled() {
      let key = readers.map { $0(row) }
      if key.contains(.missing) || seen.insert(key).inserted {
        left.append(row)
      } else {
        leftOut.append(row)
      }
    }
    chosen = left
  }

  // MARK: Stats

  mutating func table(_ stats: Stats) -> TableRows {
    var grouping = Grouping(stats.groups, compiler)
    var tallies: [(Expression, any Tally)] = []
    for column in stats.aggregates {
      column.expression.walk { part in
        guard case .aggregate(let name, let arguments) = part.kind,
          let row = Aggregates.named(name)
        else { return }
        let rows = compiler.rows
        tallies.append((part, row.make(arguments.map(compiler.reader), { rows.time(of: $0) })))
      }
    }
    let counters = tallies.compactMap { $0.1 as? CountTally }.filter(\.countsAll)
    if chosen != nil {
      for row in settled() {
        let group = grouping.group(of: row)
        for (_, tally) in tallies { tally.add(row, to: group) }
      }
    } else if counters.count == tallies.count {
      // Counting alone needs nothing of a row but its group.
      var counts: [Int] = []
      for row in 0..<compiler.rows.count where takes(row) {
        matched += 1
        let group = grouping.group(of: row)
        if group == counts.count { counts.append(1) } else { counts[group] += 1 }
      }
      for counter in counters { counter.take(counts) }
    } else {
      // In one go, without a list of rows.
      for row in 0..<compiler.rows.count where takes(row) {
        matched += 1
        let group = grouping.group(of: row)
        for (_, tally) in tallies { tally.add(row, to: group) }
      }
    }
    for (part, tally) in tallies { compiler.tallies[part] = tally.result(of:) }
    let readers = stats.aggregates.map { compiler.reader($0.expression) }
    // Without groups there is one row even of no events.
    let keys = stats.groups.isEmpty && grouping.keys.isEmpty ? [[]] : grouping.keys
    let names = (stats.groups + stats.aggregates).map(\.name)
    let table = keys.enumerated().map { group, key in key + readers.map { $0(group) } }
    guard case .aggregate("topk", _)? = stats.aggregates.first?.expression.kind else {
      return TableRows(names: names, table: table)
    }
    return TableRows(names: names + ["count"], table: table.flatMap(Self.spread))
  }

  /// Assumed: `topk` gives a row for each of its values, with how often it was met.
  private static func spread(_ row: [InsightsValue]) -> [[InsightsValue]] {
    guard case .tree(let tree)? = row.last, let pairs = tree.array else { return [] }
    return pairs.map { pair in
      row.dropLast() + [
        InsightsValue(pair.insightsMember(["0"])), InsightsValue(pair.insightsMember(["1"])),
      ]
    }
  }
}

extension Command.Column {
  /// Whether it is a field under its own name.
  fileprivate var isField: Bool {
    if case .field(let field) = expression.kind { field.text == name } else { false }
  }
}
