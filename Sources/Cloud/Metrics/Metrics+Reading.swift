import Policies
import Values

extension Metrics {
  static let operations: [OperationRow] = [
    OperationRow(ListMetrics.self), OperationRow(GetMetricStatistics.self),
    OperationRow(GetMetricData.self), OperationRow(PutMetricData.self),
    OperationRow(PutMetricAlarm.self), OperationRow(DescribeAlarms.self),
    OperationRow(DescribeAlarmsForMetric.self), OperationRow(DescribeAlarmHistory.self),
    OperationRow(SetAlarmState.self), OperationRow(EnableAlarmActions.self),
    OperationRow(DisableAlarmActions.self), OperationRow(DeleteAlarms.self),
    OperationRow(TagResource.self), OperationRow(UntagResource.self),
    OperationRow(ListTagsForResource.self),
  ]

  enum Limits {
    /// Source: CloudWatch API Reference, GetMetricStatistics.
    static let datapoints = 1440

    /// Source: CloudWatch API Reference, GetMetricData: queries of a request.
    static let queries = 500

    /// Source: CloudWatch API Reference, GetMetricData: points of a page.
    static let pageDatapoints = 100_800

    /// Source: CloudWatch API Reference, ListMetrics, RecentlyActive: its one value is PT3H.
    static let recent = Duration.seconds(3 * 3600)

    /// Source: CloudWatch API Reference, ListMetrics: metrics of a page.
    static let listed = 500

    /// Source: CloudWatch API Reference, PutMetricData: metrics of a request.
    static let put = 1000

    /// Source: CloudWatch API Reference, PutMetricAlarm: seconds that an alarm looks at.
    static let alarmSeconds = 86_400
  }

  /// Source: CloudWatch API Reference, ListMetrics.
  struct ListMetrics: Operation {
    static let id = OperationID.listMetrics
    var namespace: String?
    var metric: String?
    var dimensions: [(name: String, value: String?)]
    var isRecent: Bool
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      namespace = input.optionalText("Namespace")
      metric = input.optionalText("MetricName")
      dimensions = (input["Dimensions"]?.array ?? []).map {
        ($0.text("Name"), $0.optionalText("Value"))
      }
      isRecent = input["RecentlyActive"] != nil
      page = try Page(input, limit: "", usual: Limits.listed, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let region = permit.call.region
      let oldest = cloud.world.now - Limits.recent
      let names = cloud.metricNames(in: region).filter { name in
        (namespace == nil || name.namespace == namespace)
          && (metric == nil || name.metric == metric)
          && dimensions.allSatisfy { wanted in
            name.dimensions.contains {
              $0.name == wanted.name && (wanted.value == nil || $0.value == wanted.value)
            }
          }
          && (!isRecent || cloud.knownSeries(name, in: region)?.hasAny(since: oldest) == true)
      }
      if names.contains(where: \.isOfTheGuide) { permit.rows.formUnion(ModelRows(.kmsMetrics)) }
      var reply = JSONObject([("Metrics", .array(page.slice(names).map(\.json)))])
      reply["NextToken"] = page.next(of: names.count).map { .string($0) }
      return .object(reply)
    }
  }

  /// Source: CloudWatch API Reference, GetMetricStatistics.
  struct GetMetricStatistics: Operation {
    static let id = OperationID.getMetricStatistics
    var name: Name
    var start: Instant
    var end: Instant
    var period: Int
    var statistics: [String]
    var extended: [String]

    init(_ input: JSON) throws(ServiceError) {
      name = Name(input)
      start = input.instant("StartTime") ?? Instant(milliseconds: 0)
      end = input.instant("EndTime") ?? Instant(milliseconds: 0)
      period = input.number("Period") ?? 60
      statistics = input.texts("Statistics")
      extended = input.texts("ExtendedStatistics")
    }

    func validate() throws(ServiceError) {
      guard statistics.isEmpty != extended.isEmpty else {
        throw .logs(
          statistics.isEmpty ? "MissingParameter" : "InvalidParameterCombination",
          statistics.isEmpty
            ? "At least one of Statistics and ExtendedStatistics must be given."
            : "Either Statistics or ExtendedStatistics, not both.")
      }
      try Metrics.check(period: period)
      guard start < end else {
        throw .logs(
          "InvalidParameterValue",
          "The parameter StartTime must be less than the parameter EndTime.")
      }
      let count = Int((end - start).milliseconds) / 1000 / period
      guard count <= Limits.datapoints else {
        throw .logs(
          "InvalidParameterCombination",
          "You have requested up to \(count) datapoints, which exceeds the limit of "
            + "\(Limits.datapoints). You may reduce the datapoints requested by increasing Period, "
            + "or decreasing the time range.")
      }
      for text in extended where MetricStatistic(text) == nil {
        throw .logs(
          "InvalidParameterValue",
          "The value \(text) for parameter ExtendedStatistics is not supported.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      if name.isOfTheGuide { permit.rows.formUnion(ModelRows(.kmsMetrics)) }
      let series = cloud.series(name, in: permit.call.region) ?? MinuteSeries()
      let unit = cloud.unit(of: name)
      var columns: [(name: String, values: [Instant: Double])] = []
      for text in ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] + extended
      where statistics.contains(text) || extended.contains(text) {
        guard let statistic = MetricStatistic(text) else { continue }
        let values = series.values(statistic, period: period, from: start, to: end).values
        columns.append((text, values))
      }
      let times = Set(columns.flatMap(\.values.keys)).sorted()
      let points = times.map { time -> JSON in
        var object = JSONObject([("Timestamp", .string(time.iso8601))])
        var others = JSONObject()
        for column in columns {
          guard let value = column.values[time] else { continue }
          if extended.contains(column.name) {
            others[column.name] = .double(value)
          } else {
            object[column.name] = .double(value)
          }
        }
        object["Unit"] = .string(unit)
        if !others.isEmpty { object["ExtendedStatistics"] = .object(others) }
        return .object(object)
      }
      return ["Label": .string(name.metric), "Datapoints": .array(points)]
    }
  }

  /// Source: CloudWatch API Reference, GetMetricData.
  struct GetMetricData: Operation {
    static let id = OperationID.getMetricData
    var queries: [MetricQuery] = []
    var start: Instant
    var end: Instant
    var isAscending: Bool
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(
        input, limit: "MaxDatapoints", usual: Limits.pageDatapoints, token: "NextToken")
      for query in input["MetricDataQueries"]?.array ?? [] {
        queries.append(try MetricQuery(query))
      }
      start = input.instant("StartTime") ?? Instant(milliseconds: 0)
      end = input.instant("EndTime") ?? Instant(milliseconds: 0)
      isAscending = input.optionalText("ScanBy") == "TimestampAscending"
    }

    func validate() throws(ServiceError) {
      guard (1...Limits.pageDatapoints).contains(page.limit) else {
        throw Metrics.invalid(
          "The parameter MaxDatapoints must be between 1 and \(Limits.pageDatapoints), not "
            + "\(page.limit).")
      }
      guard start < end else {
        throw Metrics.invalid("The parameter StartTime must be less than the parameter EndTime.")
      }
      guard queries.count <= Limits.queries else {
        throw Metrics.invalid("A request takes at most \(Limits.queries) queries.")
      }
      guard Set(queries.map(\.id)).count == queries.count else {
        throw Metrics.invalid("The values for parameter id in MetricDataQueries are not unique.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      if queries.contains(where: { $0.name?.isOfTheGuide == true }) {
        permit.rows.formUnion(ModelRows(.kmsMetrics))
      }
      cloud.metricViews.update(cloud)
      let values = try cloud.values(queries, in: permit.call.region, from: start, to: end)
      var results: [JSON] = []
      var before = 0
      for query in queries where query.returnsData {
        let all = values[query.id] ?? []
        for series in all {
          var points = series.points
          if !isAscending { points.reverse() }
          // A page ends after so many points, in the midst of a result where it must.
          let first = min(max(page.start - before, 0), points.count)
          let last = min(max(page.start + page.limit - before, first), points.count)
          let isHere =
            points.isEmpty
            ? before >= page.start && before < page.start + page.limit : first < last
          if isHere {
            results.append(
              [
                "Id": .string(query.id),
                "Label": .string(Self.label(query, series, isOneOfMany: all.count > 1)),
                "Timestamps": .array(points[first..<last].map { .string($0.at.iso8601) }),
                "Values": .array(points[first..<last].map { .double($0.value) }),
                "StatusCode": last == points.count ? "Complete" : "PartialData",
              ])
          }
          before += points.count
        }
      }
      var reply = JSONObject([("MetricDataResults", .array(results))])
      reply["NextToken"] = page.next(of: before).map { .string($0) }
      reply["Messages"] = []
      return .object(reply)
    }

    /// Of an expression that gives several, each one is labelled with the metric behind it.
    private static func label(_ query: MetricQuery, _ series: TimeSeries, isOneOfMany: Bool)
      -> String
    {
      guard isOneOfMany, !series.label.isEmpty else { return query.shownLabel }
      return query.label.map { "\($0) \(series.label)" } ?? series.label
    }
  }

  /// Source: CloudWatch API Reference, PutMetricData.
  struct PutMetricData: Operation {
    static let id = OperationID.putMetricData
    var namespace: String
    var data: [JSON]

    init(_ input: JSON) throws(ServiceError) {
      namespace = input.text("Namespace")
      data = input["MetricData"]?.array ?? []
    }

    func validate() throws(ServiceError) {
      guard !namespace.hasPrefix("AWS/") else {
        throw .logs(
          "InvalidParameterValue",
          "The value AWS/ for parameter Namespace is invalid: namespaces beginning with AWS/ are AWS's."
        )
      }
      // Source: the service's own answer to a request without data.
      guard !data.isEmpty else {
        throw .logs("MissingParameter", "The parameter MetricData is required.")
      }
      guard data.count <= Limits.put else {
        throw .logs("InvalidParameterValue", "A request takes at most \(Limits.put) metrics.")
      }
      for datum in data {
        let forms = ["Value", "StatisticValues", "Values"].filter { datum[$0] != nil }
        guard forms.count == 1 else {
          throw .logs(
            "InvalidParameterCombination",
            "\(datum.text("MetricName")): one of Value, StatisticValues and Values must be given.")
        }
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("cloudwatch:namespace", [namespace])]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let region = permit.call.region
      for datum in data {
        let at = datum.instant("Timestamp") ?? cloud.world.now
        let unit = datum.optionalText("Unit") ?? "None"
        let name = Name(datum.with("Namespace", .string(namespace)))
        if let set = datum["StatisticValues"] {
          let count = set["SampleCount"]?.amount ?? 0
          let sum = set["Sum"]?.amount ?? 0
          var sums = MetricSums()
          if count > 0 {
            sums.take(
              count: count, sum: sum, least: set["Minimum"]?.amount ?? 0,
              most: set["Maximum"]?.amount ?? 0)
            cloud.world.metrics.merge(sums, name, in: region, at: at, unit: unit)
          }
          continue
        }
        let values = datum["Values"]?.array ?? [datum["Value"] ?? .null]
        let counts = datum["Counts"]?.array ?? []
        for (place, value) in values.enumerated() {
          guard let value = value.amount else { continue }
          let times = place < counts.count ? counts[place].amount ?? 1 : 1
          if times > 0 {
            cloud.world.metrics.put(value, times: times, name, in: region, at: at, unit: unit)
          }
        }
      }
    }
  }
}

extension Metrics.Name {
  /// Names that the guide has and AWS has not.
  /// Source: models.md, row `kms-metrics`.
  package var isOfTheGuide: Bool {
    namespace == "AWS/KMS" && ["ThrottledCount", "UserErrorCount"].contains(metric)
  }
}

extension JSON {
  fileprivate func with(_ name: String, _ value: JSON) -> JSON {
    var object = self.object ?? JSONObject()
    object[name] = value
    return .object(object)
  }
}
