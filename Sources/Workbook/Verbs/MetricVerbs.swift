import Cloud
import Narration
import Values

extension Verb {
  static let metricVerbs: [Verb] = [
    Verb(
      "plot METRIC [--of NAME] [--stat STATISTIC] [--period 1m] [--since TIME] [--plain]", .looking,
      "a metric of CloudWatch as bars by time; --of a stream, a key or an operation",
      example: "plot PutRecord.Success --of my-existing-stream --stat Average --period 5m"
    ) { workbook, call, turn in
      workbook.plot(call, &turn)
    }
  ]
}

extension Workbook {
  /// What the verb `plot` was asked for.
  private struct Plot {
    var metric = ""
    var thing: String?
    var statistic: String?
    var period = 60
    var since: Instant?
    var isPlain = false
  }

  fileprivate mutating func plot(_ call: VerbCall, _ turn: inout Turn) {
    var plot = Plot()
    var words = call.words[...]
    while let word = words.popFirst() {
      if word == "--plain" {
        plot.isPlain = true
      } else if word.hasPrefix("--") {
        guard let value = words.popFirst() else {
          return turn.misuse(call, "\(word) wants a value")
        }
        if let problem = set(word, value, &plot) { return turn.misuse(call, problem) }
      } else if plot.metric.isEmpty {
        plot.metric = word
      } else {
        return turn.misuse(call, "plot wants one metric")
      }
    }
    let region = regionInUse
    let all = desk.cloud.metricNames(in: region)
    guard !plot.metric.isEmpty else {
      return turn.misuse(
        call,
        all.isEmpty
          ? "Nothing was measured yet in \(region)"
          : "plot wants a metric: \(unique(all.map(\.metric)).joined(separator: ", "))")
    }
    let wanted = plot.metric.split(separator: "/").last.map(String.init) ?? plot.metric
    let found = all.filter { name in
      name.metric.lowercased() == wanted.lowercased()
        && (plot.thing.map { thing in name.dimensions.contains { $0.value.contains(thing) } }
          ?? true)
    }
    guard !found.isEmpty else {
      // The metric is there, but not of that: then its dimensions help, and not its name.
      let others = all.filter { $0.metric.lowercased() == wanted.lowercased() }
      if let thing = plot.thing, !others.isEmpty {
        let values = unique(others.flatMap { $0.dimensions.map(\.value) })
        let near = NearNames.of(thing, among: values)
        return turn.misuse(
          call,
          "\(others[0].metric) was not measured of \(JSON.quoted(thing))"
            + (values.isEmpty
              ? ": it is of nothing in particular"
              : near.isEmpty
                ? "; it was of \(values.joined(separator: ", "))" : "; did you mean \(near[0])?"))
      }
      let near = NearNames.of(wanted, among: unique(all.map(\.metric)))
      if all.isEmpty { return turn.misuse(call, "Nothing was measured yet in \(region)") }
      return turn.misuse(
        call,
        "Nothing was measured as \(JSON.quoted(plot.metric))"
          + (region == .usEast1 ? "" : " in \(region)")
          + (plot.thing.map { " of \(JSON.quoted($0))" } ?? "")
          + (near.isEmpty
            ? "; there are \(unique(all.map(\.metric)).joined(separator: ", "))"
            : "; did you mean \(near[0])?"))
    }
    // Of a stream first, then of each of its shards.
    let ordered = (0...4).flatMap { count in
      found.filter { min($0.dimensions.count, 4) == count }
    }
    var page = Page()
    for name in ordered.prefix(4) {
      if !page.isEmpty { page.add("") }
      page.add(draw(name, plot))
    }
    if found.count > 4 {
      page.add("\(found.count - 4) more; --of says which", .note)
    }
    if found.contains(where: \.isOfTheGuide) {
      page.add(
        "a metric of the guide's: AWS has none of that name, see models, row kms-metrics", .note)
    }
    turn.print(page)
  }

  private func unique(_ names: [String]) -> [String] { Set(names).sorted() }

  /// Takes one option; what is wrong with its value.
  private func set(_ option: String, _ value: String, _ plot: inout Plot) -> String? {
    switch option {
    case "--of": plot.thing = value
    case "--stat":
      let near = MetricStatistic.names.first { $0.lowercased() == value.lowercased() } ?? value
      guard MetricStatistic(near) != nil else {
        return "\(JSON.quoted(value)) is no statistic: "
          + MetricStatistic.names.joined(separator: ", ")
      }
      plot.statistic = near
    case "--period":
      let seconds = LabDuration.parse(value).map { $0.milliseconds / 1000 }
      guard let seconds, seconds >= 60, seconds % 60 == 0, seconds <= 30 * 86_400 else {
        return "\(JSON.quoted(value)) is no period of full minutes such as 1m, 5m or 1h"
      }
      plot.period = Int(seconds)
    case "--since":
      guard let instant = Self.instant(value, before: desk.world.now) else {
        return "\(JSON.quoted(value)) is no time such as 10m, 2h or 2026-01-05T09:00:00Z"
      }
      plot.since = instant
    default:
      let near = NearNames.of(option, among: ["--of", "--stat", "--period", "--since", "--plain"])
      return "plot has no option \(JSON.quoted(option))"
        + (near.isEmpty ? "" : "; did you mean \(near[0])?")
    }
    return nil
  }

  private mutating func draw(_ name: Metrics.Name, _ plot: Plot) -> Page {
    // Of a share the mean says most, of an age the largest, of all else the sum.
    let usual =
      name.metric.hasSuffix(".Success")
      ? "Average" : name.metric.hasSuffix("Milliseconds") ? "Maximum" : "Sum"
    let text = plot.statistic ?? usual
    let statistic = MetricStatistic(text) ?? .sum
    let series = desk.cloud.series(name, in: regionInUse) ?? MinuteSeries()
    let values = series.values(
      statistic, period: plot.period, from: plot.since ?? Instant(milliseconds: 0),
      to: desk.world.now + .seconds(60))
    let style: InsightsPage.Style =
      explain == .narrated ? .narrated : plot.isPlain ? .plain : .drawn
    return MetricPage.plot(
      name, values, statistic: text, unit: desk.cloud.unit(of: name), period: plot.period, style)
  }
}
