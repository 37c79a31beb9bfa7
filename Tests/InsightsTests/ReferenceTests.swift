import Testing
import Values

@testable import Insights

/// Rows that stand in memory, with columns of both kinds.
private struct PlainRows: InsightsRows {
  var rows: [[String: InsightsValue]]
  var isCoded: Bool

  var count: Int { rows.count }
  func time(of row: Int) -> Instant { Sample.start + .seconds(row) }

  func column(_ path: [String]) -> InsightsColumn {
    let rows = rows
    let name = path[0]
    if name == "@timestamp" { return .values { .time(Sample.start + .seconds($0)) } }
    guard isCoded else { return .values { rows[$0][name] ?? .missing } }
    var values: [InsightsValue] = []
    let codes = rows.enumerated().map { index, row -> Int in
      let value = row[name] ?? .missing
      // Now and then a second code for the same value.
      if index % 3 > 0, let place = values.lastIndex(of: value) { return place }
      values.append(value)
      return values.count - 1
    }
    return .coded(values, { codes[$0] })
  }
}

/// A condition, as text and as what it means.
private struct Condition {
  var text: String
  var holds: ([String: InsightsValue]) -> Bool
}

@Suite struct ReferenceTests {
  private static func rows(_ chance: inout Chance) -> [[String: InsightsValue]] {
    (0..<chance.below(40)).map { _ in
      var row: [String: InsightsValue] = [:]
      if chance.below(4) > 0 { row["a"] = .number(Double(chance.below(5))) }
      if chance.below(5) > 0 { row["b"] = .text(["x", "y", "zebra"][chance.below(3)]) }
      if chance.below(3) > 0 { row["c"] = .text(["AccessDenied", "Throttling"][chance.below(2)]) }
      return row
    }
  }

  private static func condition(_ chance: inout Chance, depth: Int) -> Condition {
    if depth > 0, chance.below(2) == 0 {
      let left = condition(&chance, depth: depth - 1)
      switch chance.below(3) {
      case 0:
        return Condition(text: "not (\(left.text))") { !left.holds($0) }
      case 1:
        let right = condition(&chance, depth: depth - 1)
        return Condition(text: "(\(left.text)) and (\(right.text))") {
          left.holds($0) && right.holds($0)
        }
      default:
        let right = condition(&chance, depth: depth - 1)
        return Condition(text: "\(left.text) or (\(right.text))") {
          left.holds($0) || right.holds($0)
        }
      }
    }
    let bound = Double(chance.below(5))
    func number(_ row: [String: InsightsValue]) -> Double? {
      if case .number(let number)? = row["a"] { number } else { nil }
    }
    func text(_ row: [String: InsightsValue], _ name: String) -> String? {
      if case .text(let text)? = row[name] { text } else { nil }
    }
    switch chance.below(8) {
    case 0: return Condition(text: "a > \(Int(bound))") { number($0).map { $0 > bound } ?? false }
    case 1: return Condition(text: "a <= \(Int(bound))") { number($0).map { $0 <= bound } ?? false }
    case 2: return Condition(text: "a != \(Int(bound))") { number($0) != bound }
    case 3: return Condition(text: "b = 'x'") { text($0, "b") == "x" }
    case 4: return Condition(text: "ispresent(c)") { $0["c"] != nil }
    case 5:
      return Condition(text: "b in ['y', 'zebra']") { ["y", "zebra"].contains(text($0, "b")) }
    case 6: return Condition(text: "c like /^Acc/") { text($0, "c") == "AccessDenied" }
    default: return Condition(text: "b like 'br'") { text($0, "b") == "zebra" }
    }
  }

  @Test func randomQueriesCountAsAPlainLoopDoes() throws {
    var chance = Chance(11)
    for round in 0..<1500 {
      let rows = Self.rows(&chance)
      let condition = Self.condition(&chance, depth: 3)
      let query = try InsightsQuery(
        "filter \(condition.text) | stats count(*) as n, sum(a) as s, max(a) as m, count_distinct(c) as d by b"
      )
      var groups: [(key: InsightsValue, rows: [[String: InsightsValue]])] = []
      let taken = rows.filter(condition.holds)
      for row in taken {
        let key = row["b"] ?? .missing
        if let place = groups.firstIndex(where: { $0.key == key }) {
          groups[place].rows.append(row)
        } else {
          groups.append((key, [row]))
        }
      }
      let expected = groups.map { group -> [InsightsValue] in
        let numbers = group.rows.compactMap { $0["a"]?.number }
        return [
          group.key, .number(Double(group.rows.count)),
          numbers.isEmpty ? .missing : .number(numbers.reduce(0, +)),
          numbers.max().map { .number($0) } ?? .missing,
          .number(Double(Set(group.rows.compactMap { $0["c"] }).count)),
        ]
      }
      for isCoded in [false, true] {
        let result = query.run(
          over: PlainRows(rows: rows, isCoded: isCoded), now: Sample.start)
        #expect(result.rows == expected, "\(round) \(query.text)")
        #expect(result.matched == taken.count)
      }
    }
  }

  @Test func randomQueriesListAsAPlainLoopDoes() throws {
    var chance = Chance(13)
    for round in 0..<1500 {
      let rows = Self.rows(&chance)
      let condition = Self.condition(&chance, depth: 2)
      let limit = 1 + chance.below(10)
      let isDescending = chance.below(2) == 0
      let query = try InsightsQuery(
        "fields a, b | filter \(condition.text) | sort a \(isDescending ? "desc" : "asc") | limit \(limit)"
      )
      let taken = Array(rows.filter(condition.holds).reversed())
      let order = taken.indices.sorted { left, right in
        let first = taken[left]["a"]?.number ?? -1
        let second = taken[right]["a"]?.number ?? -1
        if first != second { return isDescending ? first > second : first < second }
        return left < right
      }
      let expected = order.prefix(limit).map { place in
        [taken[place]["a"] ?? .missing, taken[place]["b"] ?? .missing]
      }
      for isCoded in [false, true] {
        let result = query.run(
          over: PlainRows(rows: rows, isCoded: isCoded), now: Sample.start)
        #expect(result.rows == expected, "\(round) \(query.text)")
      }
    }
  }
}
