import Values

/// One of the queries of `get-metric-data`, or of an alarm.
package struct MetricQuery: Sendable {
  enum Source: Sendable {
    case metric(Metrics.Name, MetricStatistic, period: Int)
    case expression(MetricMath, text: String)
  }

  package let id: String
  let label: String?
  let returnsData: Bool
  let source: Source
  let period: Int?

  /// Source: CloudWatch API Reference, MetricDataQuery.
  init(_ json: JSON) throws(ServiceError) {
    id = json.text("Id")
    label = json.optionalText("Label")
    returnsData = json["ReturnData"]?.bool ?? true
    period = json.number("Period")
    guard id.utf8.first.map({ (97...122).contains($0) }) ?? false else {
      throw Metrics.invalid("The value '\(id)' for Id must begin with a small letter.")
    }
    if let text = json.optionalText("Expression") {
      guard json["MetricStat"] == nil else {
        throw Metrics.invalid("\(id): either MetricStat or Expression, not both.")
      }
      do throws(MetricMath.Problem) {
        source = .expression(try MetricMath(text), text: text)
      } catch {
        throw Metrics.invalid(
          "Error in expression '\(id)': \(error.text) at position \(error.place + 1) of \(text)")
      }
      return
    }
    guard let stat = json["MetricStat"], let metric = stat["Metric"] else {
      throw Metrics.invalid("\(id): MetricStat or Expression is required.")
    }
    guard let statistic = MetricStatistic(stat.text("Stat")) else {
      throw Metrics.invalid(
        "The value \(stat.text("Stat")) for parameter Stat is not supported: "
          + MetricStatistic.names.joined(separator: ", "))
    }
    let period = stat.number("Period") ?? 60
    try Metrics.check(period: period)
    source = .metric(Metrics.Name(metric), statistic, period: period)
  }

  /// A query for one metric.
  init(_ name: Metrics.Name, _ statistic: MetricStatistic, period: Int) {
    id = "m1"
    label = nil
    returnsData = true
    self.period = nil
    source = .metric(name, statistic, period: period)
  }

  var name: Metrics.Name? {
    if case .metric(let name, _, _) = source { name } else { nil }
  }

  /// The expression.
  var text: String? {
    if case .expression(_, let text) = source { text } else { nil }
  }

  var shownLabel: String {
    if let label { return label }
    switch source {
    case .metric(let name, _, _): return name.metric
    case .expression: return id
    }
  }
}

extension Metrics.Name {
  /// Of a `Metric` structure, or of a request that has its members.
  init(_ json: JSON) {
    self.init(
      json.text("Namespace"), json.text("MetricName"),
      (json["Dimensions"]?.array ?? []).map {
        Metrics.Dimension(name: $0.text("Name"), value: $0.text("Value"))
      })
  }

  var json: JSON {
    [
      "Namespace": .string(namespace), "MetricName": .string(metric),
      "Dimensions": .array(dimensions.map(\.json)),
    ]
  }
}

extension Metrics.Dimension {
  var json: JSON { ["Name": .string(name), "Value": .string(value)] }
}

extension Metrics {
  static func invalid(_ text: String) -> ServiceError { .logs("ValidationError", text) }

  /// Simplified: all data lie by minutes, so a period is a multiple of one.
  static func check(period: Int) throws(ServiceError) {
    guard period >= 60, period % 60 == 0, period <= 86_400 * 30 else {
      throw .logs(
        "InvalidParameterValue",
        "The parameter Period must be a multiple of 60 in this lab, not \(period): its data lie by "
          + "minutes.")
    }
  }

  /// The period with which queries are reckoned together: the longest of their metrics.
  static func period(of queries: [MetricQuery]) -> Int {
    queries.compactMap { query in
      if case .metric(_, _, let period) = query.source { period } else { query.period }
    }.max() ?? 60
  }
}

extension Cloud {
  /// Values of all queries by their ids: one series, or of an expression over a list several. Data must
  /// be up to date.
  func values(_ queries: [MetricQuery], in region: Region, from start: Instant, to end: Instant)
    throws(ServiceError) -> [String: [TimeSeries]]
  {
    var values = MetricMath.Values()
    values.period = Metrics.period(of: queries)
    let length = Int64(values.period) * 1000
    var time = start.milliseconds - start.milliseconds % length
    while time < end.milliseconds, values.times.count < 100_000 {
      values.times.append(Instant(milliseconds: time))
      time += length
    }
    for query in queries {
      guard case .metric(let name, let statistic, let period) = query.source else { continue }
      values.metrics.append(query.id)
      var series =
        knownSeries(name, in: region)?.values(statistic, period: period, from: start, to: end)
        ?? TimeSeries()
      series.label = query.shownLabel
      values.series[query.id] = series
    }
    let quota = world.usageQuotas(queries, in: region)
    values.quota = { quota[$0] }
    // An expression may name one that comes later; whoever waits in a circle is told so.
    var waiting = queries.filter { $0.name == nil }
    while !waiting.isEmpty {
      let count = waiting.count
      var left: [MetricQuery] = []
      for query in waiting {
        guard case .expression(let math, let text) = query.source else { continue }
        let open = math.names.filter { name in waiting.contains { $0.id == name } }
        if !open.isEmpty {
          left.append(query)
          continue
        }
        do throws(MetricMath.Problem) {
          switch try math.value(values) {
          case .series(let series): values.series[query.id] = series
          case .list(let list): values.lists[query.id] = list
          case .number(let number):
            values.series[query.id] = Self.series(number, values.times)
          }
        } catch {
          throw Metrics.invalid("Error in expression '\(query.id)': \(error.text) in \(text)")
        }
      }
      guard left.count < count else {
        throw Metrics.invalid("Error in expression '\(left[0].id)': it depends on itself")
      }
      waiting = left
    }
    return values.series.mapValues { [$0] }.merging(values.lists) { one, _ in one }
  }

  private static func series(_ number: Double, _ times: [Instant]) -> TimeSeries {
    var series = TimeSeries()
    if number.isFinite { for time in times { series.values[time] = number } }
    return series
  }
}

extension World {
  /// The quotas behind metrics of AWS/Usage, by the query's id, in calls a second.
  fileprivate func usageQuotas(_ queries: [MetricQuery], in region: Region) -> [String: Double] {
    var quotas: [String: Double] = [:]
    for query in queries where query.name?.namespace == "AWS/Usage" {
      quotas[query.id] = Double(kmsQuota(in: region).rate)
    }
    return quotas
  }
}
