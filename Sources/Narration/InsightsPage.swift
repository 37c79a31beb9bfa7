import Cloud
import Insights
import Values

/// Pages about queries of CloudWatch Logs Insights: tables, charts, and what a query does that its words
/// do not say.
package enum InsightsPage {
  /// How a result is drawn.
  package enum Style: Sendable {
    case drawn
    /// Marks of ASCII alone.
    case plain
    /// Sentences.
    case narrated
  }

  /// The widest entry of a table that is shown whole.
  private static let widest = 90
  private static let barLength = 40
  private static let mostRows = 100

  package static func page(_ result: InsightsResult, _ style: Style) -> Page {
    var page = Page()
    if result.rows.isEmpty {
      page.add("No rows.")
    } else if let bin = result.bin, let chart = charts(result, bin.column, bin.period, style) {
      page.add(chart)
    } else if style == .narrated {
      page.add(sentences(result))
    } else {
      page.add(
        table: [result.columns] + result.rows.prefix(mostRows).map { $0.map(cell) },
        hasHeader: true)
    }
    if result.rows.count > mostRows, result.bin == nil {
      page.add(
        "the first \(mostRows) of \(result.rows.count) rows; limit and sort say which", .note)
    }
    page.add(
      "\(ShortNames.plural(result.scanned, "event")) read, \(result.matched) matched", .note)
    return page
  }

  private static func cell(_ value: InsightsValue) -> String {
    guard let shown = value.shown else { return "-" }
    let line = shown.split(separator: "\n").joined(separator: " ")
    return line.count > widest ? line.prefix(widest - 1) + "…" : String(line)
  }

  private static func sentences(_ result: InsightsResult) -> Page {
    var page = Page()
    for (place, row) in result.rows.prefix(mostRows).enumerated() {
      let parts = zip(result.columns, row).map { name, value in
        value.shown.map { "\(name) is \($0)" } ?? "\(name) is missing"
      }
      page.add("Row \(place + 1): \(parts.joined(separator: ", ")).")
    }
    return page
  }

  // MARK: Charts

  /// Bars by time, a chart for each column that was reckoned; nothing where one of them is no number.
  private static func charts(
    _ result: InsightsResult, _ column: Int, _ period: Period, _ style: Style
  ) -> Page? {
    let reckoned = result.columns.indices.filter {
      $0 != column && !result.groups.contains(result.columns[$0])
    }
    guard !reckoned.isEmpty else { return nil }
    var page = Page()
    for value in reckoned {
      guard let chart = chart(of: value, result, column, period, style) else { return nil }
      if !page.isEmpty { page.add("") }
      page.add(chart)
    }
    return page
  }

  /// Bars by time, the oldest first, one for each combination of the columns that are grouped by.
  private static func chart(
    of value: Int, _ result: InsightsResult, _ column: Int, _ period: Period, _ style: Style
  ) -> Page? {
    var bars: [(at: Instant, name: String, value: Double)] = []
    let others = result.columns.indices.filter {
      $0 != column && result.groups.contains(result.columns[$0])
    }
    for row in result.rows {
      guard case .number(let value) = row[value], case .time(let time) = row[column], value >= 0
      else {
        return nil
      }
      bars.append((time, others.map { cell(row[$0]) }.joined(separator: "  "), value))
    }
    bars.sort { ($0.at, $0.name) < ($1.at, $1.name) }
    var page = Page()
    page.add("\(result.columns[value]) by \(result.columns[column])", .heading)
    let drawn = Bars.lines(bars.map(\.value), length: barLength, style)
    var rows: [[String]] = []
    for (place, bar) in bars.enumerated() {
      // A period whose row was taken out had events all the same.
      if place > 0, bars[place - 1].at < bar.at, result.hasEveryGroup {
        let gap = TimeGap.between(bars[place - 1].at, bar.at) { period.next(after: $0) }
        rows += gap.rows(width: others.isEmpty ? 2 : 3, style) { label($0, period) }
      }
      let time = label(bar.at, period)
      if style == .narrated {
        rows.append(["\(time)\(bar.name.isEmpty ? "" : ", \(bar.name)"): \(number(bar.value))."])
      } else {
        rows.append(others.isEmpty ? [time, drawn[place]] : [time, bar.name, drawn[place]])
      }
    }
    page.add(table: rows)
    return page
  }

  private static func label(_ time: Instant, _ period: Period) -> String {
    switch period.unit {
    case .millisecond: time.insightsText
    case .second: "\(time.date) \(time.timeOfDay)"
    case .minute, .hour: "\(time.date) \(time.timeOfDay.prefix(5))"
    default: time.date
    }
  }

  static func number(_ value: Double) -> String { InsightsValue.number(value).shown ?? "" }

  // MARK: Mistakes and remarks

  /// The line of a query with a caret under what is wrong, and what would work.
  package static func mistake(_ error: InsightsError, in query: String) -> Page {
    var page = Page()
    page.add(error.problem.prefix(1).uppercased() + error.problem.dropFirst(), .bad)
    page.add(quoting: query, marking: error.span, indented: 2)
    if let advice = error.advice { page.add("  \(advice)", .next) }
    return page
  }

  /// What a query does that its words do not say, as far as its result shows it.
  package static func remarks(_ query: InsightsQuery, _ result: InsightsResult) -> [String] {
    misspelt(query, result) + notices(query, result)
  }

  /// Fields that no event of a trail has and that are nearly one, where nothing came of them.
  private static func misspelt(_ query: InsightsQuery, _ result: InsightsResult) -> [String] {
    guard result.scanned > 0 else { return [] }
    return query.eventFields.compactMap { name in
      let first = name.prefix { $0 != "." }
      guard !first.hasPrefix("@"), !EventFields.all.contains(String(first)) else { return nil }
      let isSilent =
        result.columns.firstIndex(of: name).map { column in
          result.rows.allSatisfy { $0[column].isMissing }
        } ?? (result.matched == 0)
      guard isSilent, let near = NearNames.of(String(first), among: EventFields.all).first else {
        return nil
      }
      return "no event has \(name); did you mean \(near)\(name.dropFirst(first.count))?"
    }
  }

  private static func notices(_ query: InsightsQuery, _ result: InsightsResult) -> [String] {
    query.remarks.filter { remark in
      guard case .groupWithout(_, let name) = remark else { return true }
      guard let column = result.columns.firstIndex(of: name) else { return false }
      return result.rows.contains { $0[column].isMissing }
    }.map { remark in
      switch remark {
      case .cappedBin(let period):
        "bin(\(period.count)\(period.unit.names[0])) counts as bin(\(period.text)): a count is cut at "
          + "the next unit, so name that unit"
      case .hiddenFields(let names):
        "after stats only what stats made shows: "
          + (names.count == 1 ? "\(names[0]) is" : "\(names.joined(separator: ", ")) are")
          + " not in the result"
      case .groupWithout(let name, _):
        "events without \(name) are counted too, in a row of their own"
          + (name == "errorCode"
            ? ": the calls that went well. | filter ispresent(errorCode) before stats leaves failures alone"
            : "")
      }
    }
  }
}

/// The periods between two in which there was something.
enum TimeGap {
  case none
  case periods([Instant])
  /// Too many to draw each.
  case long(first: Instant, until: Instant)

  private static let most = 6

  static func between(_ before: Instant, _ after: Instant, _ next: (Instant) -> Instant) -> TimeGap
  {
    var periods: [Instant] = []
    var time = next(before)
    while time < after {
      if periods.count == most { return .long(first: periods[0], until: after) }
      periods.append(time)
      time = next(time)
    }
    return periods.isEmpty ? .none : .periods(periods)
  }

  /// As rows of a table whose last column is the bar.
  func rows(width: Int, _ style: InsightsPage.Style, _ label: (Instant) -> String) -> [[String]] {
    func row(_ first: String, _ last: String) -> [String] {
      if style == .narrated { return ["\(first): \(last)."] }
      return [first] + [String](repeating: "", count: max(0, width - 2)) + [last]
    }
    switch self {
    case .none: return []
    case .periods(let times):
      return times.map { row(label($0), style == .narrated ? "nothing" : "-") }
    case .long(let first, let after):
      let word = style == .narrated ? "nothing" : "-"
      return [row(label(first), "\(word) until \(label(after))")]
    }
  }
}

/// Bars made of signs.
enum Bars {
  static func lines(_ values: [Double], length: Int, _ style: InsightsPage.Style) -> [String] {
    let most = values.max() ?? 0
    return values.map { value in
      let width = most > 0 ? value / most * Double(length) : 0
      let bar: String
      if style == .plain {
        bar = String(repeating: "#", count: max(Int(width.rounded()), value > 0 ? 1 : 0))
      } else {
        let eighths = max(Int((width * 8).rounded()), value > 0 ? 1 : 0)
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        bar = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
      }
      return bar + (bar.isEmpty ? "" : " ") + InsightsPage.number(value)
    }
  }
}
