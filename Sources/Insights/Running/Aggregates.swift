import Values

/// Something that reckons over the events of each group.
protocol Tally: AnyObject {
  func add(_ row: Int, to group: Int)
  func result(of group: Int) -> InsightsValue
}

/// One row of the table of aggregates.
struct InsightsAggregate: Sendable {
  var name: String
  var others: [String] = []
  var arguments: ClosedRange<Int>
  var usage: String
  /// Readers of its arguments, and the time of a row.
  var make: @Sendable ([Reader], @escaping (Int) -> Instant) -> any Tally

  /// Arguments that are no field.
  func check(_ arguments: [Expression], _ span: Span) throws(InsightsError) {
    switch name {
    case "pct":
      guard case .value(.number(let percent)) = arguments[1].kind, (0...100).contains(percent)
      else {
        throw InsightsError(
          "pct wants a percentage from 0 to 100", arguments[1].span, advice: usage)
      }
    case "topk":
      guard case .value(.number(let count)) = arguments[0].kind, count >= 1, count <= 1000,
        count == count.rounded()
      else {
        throw InsightsError("topk wants a number first", arguments[0].span, advice: usage)
      }
    default: break
    }
  }
}

/// The aggregates of the language.
///
/// Source: CloudWatch Logs Insights, stats: functions.
enum Aggregates {
  static let table: [InsightsAggregate] = [
    row("count", [], 0...1, "count(*) or count(field)") { readers, _ in CountTally(readers.first) },
    row("count_distinct", ["countDistinct"], 1...1, "count_distinct(field)") { readers, _ in
      ListTally(readers[0]) { .number(Double(Set($0).count)) }
    },
    row("sum", [], 1...1, "sum(field)") { readers, _ in NumberTally(readers[0]) { $0.sum } },
    row("avg", [], 1...1, "avg(field)") { readers, _ in
      NumberTally(readers[0]) { $0.count > 0 ? $0.sum / $0.count : nil }
    },
    // Assumed: of the whole group, not of a sample.
    row("stddev", [], 1...1, "stddev(field)") { readers, _ in
      NumberTally(readers[0]) { $0.variance?.squareRoot() }
    },
    row("variance", [], 1...1, "variance(field)") { readers, _ in
      NumberTally(readers[0]) { $0.variance }
    },
    row("min", [], 1...1, "min(field)") { readers, _ in
      BestTally(readers[0]) { NaturalOrder.less($0, $1) }
    },
    row("max", [], 1...1, "max(field)") { readers, _ in
      BestTally(readers[0]) { NaturalOrder.less($1, $0) }
    },
    row("sortsFirst", [], 1...1, "sortsFirst(field)") { readers, _ in
      BestTally(readers[0]) { NaturalOrder.less($0, $1) }
    },
    row("sortsLast", [], 1...1, "sortsLast(field)") { readers, _ in
      BestTally(readers[0]) { NaturalOrder.less($1, $0) }
    },
    row("earliest", [], 1...1, "earliest(field)") { TimeTally($0[0], $1) { $0 < $1 } },
    row("latest", [], 1...1, "latest(field)") { TimeTally($0[0], $1) { $0 >= $1 } },
    // Assumed: the smallest value that at least so many percent do not exceed.
    row("pct", ["percentile"], 2...2, "pct(field, 95)") { readers, _ in
      let percent = readers[1](0).number ?? 0
      return ListTally(readers[0]) { values in
        let numbers = values.compactMap(\.number).sorted()
        guard !numbers.isEmpty else { return .missing }
        let place = Int((percent / 100 * Double(numbers.count)).rounded(.up)) - 1
        return .number(numbers[min(max(place, 0), numbers.count - 1)])
      }
    },
    row("values", [], 1...1, "values(field)") { readers, _ in
      ListTally(readers[0]) { values in
        var seen: Set<InsightsValue> = []
        return .tree(.array(values.filter { seen.insert($0).inserted }.map(\.json)))
      }
    },
    row("topk", [], 2...2, "topk(10, field)") { readers, _ in
      let most = Int(readers[0](0).number ?? 1)
      return ListTally(readers[1]) { values in
        var counts: [InsightsValue: (count: Int, first: Int)] = [:]
        for (place, value) in values.enumerated() {
          counts[value, default: (0, place)].count += 1
        }
        let best = counts.sorted {
          ($1.value.count, $0.value.first) < ($0.value.count, $1.value.first)
        }.prefix(most)
        return .tree(
          .array(best.map { .array([$0.key.json, .integer($0.value.count)]) }))
      }
    },
  ]

  private static let byName = Dictionary(
    table.flatMap { row in ([row.name] + row.others).map { ($0.lowercased(), row) } },
    uniquingKeysWith: { first, _ in first })

  static let names = table.map(\.name)

  static func named(_ name: String) -> InsightsAggregate? { byName[name.lowercased()] }

  private static func row(
    _ name: String, _ others: [String], _ arguments: ClosedRange<Int>, _ usage: String,
    _ make: @escaping @Sendable ([Reader], @escaping (Int) -> Instant) -> any Tally
  ) -> InsightsAggregate {
    InsightsAggregate(name: name, others: others, arguments: arguments, usage: usage, make: make)
  }
}

extension InsightsValue {
  /// As a member of a list.
  var json: JSON {
    switch self {
    case .missing: .null
    case .number(let number):
      number == number.rounded() && abs(number) < 1e15 ? .integer(Int(number)) : .double(number)
    case .flag(let flag): .bool(flag)
    case .tree(let tree): tree
    case .text, .time: .string(text)
    }
  }
}

/// How many events, or how many that have a field.
final class CountTally: Tally {
  private let reader: Reader?
  private var counts: [Int] = []

  init(_ reader: Reader?) { self.reader = reader }

  /// Whether it counts every event, and needs to look at none.
  var countsAll: Bool { reader == nil }

  /// Takes what somebody else counted.
  func take(_ counts: [Int]) { self.counts = counts }

  func add(_ row: Int, to group: Int) {
    while counts.count <= group { counts.append(0) }
    if let reader, reader(row).isMissing { return }
    counts[group] += 1
  }

  func result(of group: Int) -> InsightsValue {
    .number(Double(group < counts.count ? counts[group] : 0))
  }
}

/// Sums of the numbers of a field.
private final class NumberTally: Tally {
  struct Sums {
    var count = 0.0
    var sum = 0.0
    /// The mean, and the sum of the squares of the distances from it, kept as numbers come.
    var mean = 0.0
    var squares = 0.0

    var variance: Double? { count > 0 ? squares / count : nil }

    mutating func add(_ number: Double) {
      count += 1
      sum += number
      let distance = number - mean
      mean += distance / count
      squares += distance * (number - mean)
    }
  }

  private let reader: Reader
  private let finish: (Sums) -> Double?
  private var sums: [Sums] = []

  init(_ reader: @escaping Reader, _ finish: @escaping (Sums) -> Double?) {
    self.reader = reader
    self.finish = finish
  }

  func add(_ row: Int, to group: Int) {
    while sums.count <= group { sums.append(Sums()) }
    if let number = reader(row).number { sums[group].add(number) }
  }

  func result(of group: Int) -> InsightsValue {
    guard group < sums.count, sums[group].count > 0 else { return .missing }
    return finish(sums[group]).result
  }
}

/// The first or last value in the natural order.
private final class BestTally: Tally {
  private let reader: Reader
  private let isBetter: (InsightsValue, InsightsValue) -> Bool
  private var best: [InsightsValue] = []

  init(_ reader: @escaping Reader, _ isBetter: @escaping (InsightsValue, InsightsValue) -> Bool) {
    self.reader = reader
    self.isBetter = isBetter
  }

  func add(_ row: Int, to group: Int) {
    while best.count <= group { best.append(.missing) }
    let value = reader(row)
    if !value.isMissing, best[group].isMissing || isBetter(value, best[group]) {
      best[group] = value
    }
  }

  func result(of group: Int) -> InsightsValue { group < best.count ? best[group] : .missing }
}

/// The value of the event that came first or last, of those that have one.
private final class TimeTally: Tally {
  private let reader: Reader
  private let time: (Int) -> Instant
  private let isBetter: (Instant, Instant) -> Bool
  private var found: [(time: Instant, value: InsightsValue)?] = []

  init(
    _ reader: @escaping Reader, _ time: @escaping (Int) -> Instant,
    _ isBetter: @escaping (Instant, Instant) -> Bool
  ) {
    self.reader = reader
    self.time = time
    self.isBetter = isBetter
  }

  func add(_ row: Int, to group: Int) {
    while found.count <= group { found.append(nil) }
    let value = reader(row)
    if value.isMissing { return }
    let time = time(row)
    if let old = found[group], !isBetter(time, old.time) { return }
    found[group] = (time, value)
  }

  func result(of group: Int) -> InsightsValue {
    group < found.count ? found[group]?.value ?? .missing : .missing
  }
}

/// All values of a field, for what cannot be reckoned one by one.
private final class ListTally: Tally {
  private let reader: Reader
  private let finish: ([InsightsValue]) -> InsightsValue
  private var lists: [[InsightsValue]] = []

  init(_ reader: @escaping Reader, _ finish: @escaping ([InsightsValue]) -> InsightsValue) {
    self.reader = reader
    self.finish = finish
  }

  func add(_ row: Int, to group: Int) {
    while lists.count <= group { lists.append([]) }
    let value = reader(row)
    if !value.isMissing { lists[group].append(value) }
  }

  func result(of group: Int) -> InsightsValue { finish(group < lists.count ? lists[group] : []) }
}
