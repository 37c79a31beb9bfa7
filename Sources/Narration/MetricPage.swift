import Cloud
import Values

/// Pages about metrics: bars by time, or sentences.
package enum MetricPage {
  private static let barLength = 40
  private static let mostRows = 60

  /// How a metric is named on a page: `PutRecord.Success of orders (AWS/Kinesis)`.
  package static func name(_ name: Metrics.Name) -> String {
    let shown = name.dimensions.filter { !["Type", "Class", "Service"].contains($0.name) }
    // The stream before its shard.
    let ordered = shown.filter { $0.name != "ShardId" } + shown.filter { $0.name == "ShardId" }
    let things = ordered.map { $0.value.split(separator: "/").last.map(String.init) ?? $0.value }
    return name.metric + (things.isEmpty ? "" : " of \(things.joined(separator: ", "))")
      + " (\(name.namespace))"
  }

  package static func plot(
    _ name: Metrics.Name, _ series: TimeSeries, statistic: String, unit: String, period: Int,
    _ style: InsightsPage.Style
  ) -> Page {
    var page = Page()
    let shownUnit = unit == "None" || unit == "Count" ? "" : ", \(unit)"
    page.add("\(Self.name(name)): \(statistic) of each \(length(period))\(shownUnit)", .heading)
    let points = Array(series.points.suffix(mostRows))
    if points.isEmpty {
      page.add("nothing was measured in that time")
      return page
    }
    let bars = Bars.lines(points.map(\.value), length: barLength, style)
    var rows: [[String]] = []
    for (place, point) in points.enumerated() {
      if place > 0 {
        let gap = TimeGap.between(points[place - 1].at, point.at) { $0 + .seconds(period) }
        rows += gap.rows(width: 2, style) { label($0) }
      }
      rows.append(
        style == .narrated
          ? ["\(label(point.at)): \(InsightsPage.number(point.value))."]
          : [label(point.at), bars[place]])
    }
    page.add(table: rows)
    if series.points.count > mostRows {
      page.add("the last \(mostRows) of \(series.points.count) periods", .note)
    }
    return page
  }

  private static func length(_ period: Int) -> String {
    switch period {
    case 60: "minute"
    case 3600: "hour"
    case 86_400: "day"
    case _ where period % 3600 == 0: "\(period / 3600) hours"
    default: "\(period / 60) minutes"
    }
  }

  private static func label(_ instant: Instant) -> String {
    "\(instant.date) \(instant.timeOfDay.prefix(5))"
  }
}
