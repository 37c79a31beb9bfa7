import Insights
import Policies
import Values

extension Logs {
  /// Counts events of a log group, from its making on.
  ///
  /// Source: CloudWatch Logs User Guide, creating metrics from log events using filters.
  package struct MetricFilter: Sendable {
    package let name: String
    package let created: Instant
    let pattern: FilterPattern
    package let metric: String
    package let namespace: String
    let value: String
    let defaultValue: Double?
    let unit: String?
    /// Names, and the fields that their values come from.
    let dimensions: [(name: String, field: String)]
    /// What was counted: by the values of the dimensions, minutes with something in them.
    private var counted: [[Metrics.Dimension]: MinuteSeries] = [:]
    /// Minutes in which events came and none of them fitted, as far as a default value wants them.
    private var unmatched: Set<Int64> = []
  }

  struct PutMetricFilter: GroupOperation {
    static let id = OperationID.putMetricFilter
    var group: GroupReference
    var name: String
    var pattern: String
    var transformation: JSON

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName")
      name = input.text("filterName")
      pattern = input.text("filterPattern")
      transformation = input["metricTransformations"]?.array?.first ?? .null
    }

    func validate() throws(ServiceError) {
      let value = transformation.text("metricValue")
      guard value.hasPrefix("$") || InsightsValue.text(value).isNumber else {
        throw Logs.invalid(
          "Invalid metric transformation: metricValue must be a number or a field, not '\(value)'")
      }
      let dimensions = transformation.pairs("dimensions")
      guard dimensions.count <= 3 else {
        throw Logs.invalid("Invalid metric transformation: at most 3 dimensions")
      }
      if !dimensions.isEmpty, transformation["defaultValue"] != nil {
        throw Logs.invalid(
          "Invalid metric transformation: dimensions and default value are mutually exclusive "
            + "properties.")
      }
      if transformation.text("metricNamespace").hasPrefix("AWS/") {
        throw Logs.invalid(
          "Invalid metric transformation: namespaces beginning with AWS/ are AWS's")
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      let filter = MetricFilter(
        name: name, created: cloud.world.now, pattern: try FilterPattern(pattern),
        metric: transformation.text("metricName"),
        namespace: transformation.text("metricNamespace"),
        value: transformation.text("metricValue"),
        defaultValue: transformation["defaultValue"].flatMap(\.amount),
        unit: transformation.optionalText("unit"),
        dimensions: transformation.pairs("dimensions").map { ($0.0, $0.1) })
      let filters = cloud.world.logs.groups[index].filters.filter { $0.name != name }
      guard filters.count < Limits.filters else {
        throw .logs("LimitExceededException", "Resource limit exceeded.")
      }
      let noted = "filter \(name) \(pattern) \(transformation.line)"
      cloud.world.logs.change(index, noting: noted) { $0.filters = filters + [filter] }
    }
  }

  struct DescribeMetricFilters: Operation {
    static let id = OperationID.describeMetricFilters
    var group: String?
    var prefix: String
    var metric: String?
    var namespace: String?
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      group = input.optionalText("logGroupName")
      prefix = input.text("filterNamePrefix")
      metric = input.optionalText("metricName")
      namespace = input.optionalText("metricNamespace")
      page = try Page(input, limit: "limit", usual: Limits.page, token: "nextToken")
      if (metric == nil) != (namespace == nil) {
        throw Logs.invalid("metricName and metricNamespace must be given together.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      group.map { GroupReference(text: $0).subject(call, in: world) } ?? .none
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      if let group {
        _ = try GroupReference(text: group).index(permit.call.region, in: cloud.world)
      }
      let found = cloud.world.logs.all(in: permit.call.region).filter {
        group == nil || $0.name == group
      }.flatMap { group in
        group.filters.sorted { $0.name < $1.name }.filter {
          $0.name.hasPrefix(prefix)
            && (metric == nil || ($0.metric == metric && $0.namespace == namespace))
        }.map { $0.json(of: group) }
      }
      return page.output("metricFilters", found)
    }
  }

  struct DeleteMetricFilter: GroupOperation {
    static let id = OperationID.deleteMetricFilter
    var group: GroupReference
    var name: String

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName")
      name = input.text("filterName")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      guard cloud.world.logs.groups[index].filters.contains(where: { $0.name == name }) else {
        throw .logs("ResourceNotFoundException", "The specified metric filter does not exist.")
      }
      cloud.world.logs.change(index, noting: "without filter \(name)") { group in
        group.filters.removeAll { $0.name == name }
      }
    }
  }
}

extension Logs.MetricFilter {
  func json(of group: Logs.Group) -> JSON {
    var transformation = JSONObject([
      ("metricName", .string(metric)), ("metricNamespace", .string(namespace)),
      ("metricValue", .string(value)),
    ])
    transformation["defaultValue"] = defaultValue.map { .double($0) }
    if !dimensions.isEmpty {
      transformation["dimensions"] = .object(
        JSONObject(dimensions.map { ($0.name, .string($0.field)) }))
    }
    transformation["unit"] = unit.map { .string($0) }
    return [
      "filterName": .string(name), "filterPattern": .string(pattern.source),
      "metricTransformations": [.object(transformation)],
      "creationTime": .integer(Int(created.milliseconds)), "logGroupName": .string(group.name),
      "applyOnTransformedLogs": false,
    ]
  }

  init(
    name: String, created: Instant, pattern: FilterPattern, metric: String, namespace: String,
    value: String, defaultValue: Double?, unit: String?, dimensions: [(name: String, field: String)]
  ) {
    self.name = name
    self.created = created
    self.pattern = pattern
    self.metric = metric
    self.namespace = namespace
    self.value = value
    self.defaultValue = defaultValue
    self.unit = unit
    self.dimensions = dimensions
  }

  /// What was counted, and the default value of each minute in which events came and none fitted.
  /// Source: CloudWatch Logs User Guide, default value of a metric filter.
  var series: [[Metrics.Dimension]: MinuteSeries] {
    guard let defaultValue, !unmatched.isEmpty else { return counted }
    var all = counted
    for minute in unmatched.sorted() {
      all[[], default: MinuteSeries()].add(
        defaultValue, at: Instant(milliseconds: minute * 60_000))
    }
    return all
  }

  private mutating func noteUnmatched(at instant: Instant) {
    let minute = MinuteSeries.minute(of: instant)
    let start = Instant(milliseconds: minute * 60_000)
    if counted[[]]?.sums(from: start, to: start + .seconds(60)) == nil { unmatched.insert(minute) }
  }

  /// Counts events that came and fit, with their value.
  fileprivate mutating func count(_ rows: some InsightsRows, message: (Int) -> String) {
    var columns: [[String]: InsightsColumn] = [:]
    func path(_ text: String) -> [String] {
      text.dropFirst(text.hasPrefix("$.") ? 2 : 1).split(separator: ".").map(String.init)
    }
    let paths =
      pattern.paths + dimensions.map { path($0.field) }
      + (value.hasPrefix("$") ? [path(value)] : [])
    for path in paths { columns[path] = rows.column(path) }
    let fixed = value.hasPrefix("$") ? nil : Double(value)
    for row in 0..<rows.count {
      let fits = pattern.takes(
        { message(row) }, { columns[$0]?.value(of: row) ?? .missing })
      guard fits else {
        if defaultValue != nil { noteUnmatched(at: rows.time(of: row)) }
        continue
      }
      guard let amount = fixed ?? columns[path(value)]?.value(of: row).amount else { continue }
      var key: [Metrics.Dimension] = []
      for dimension in dimensions {
        guard let text = columns[path(dimension.field)]?.value(of: row).shown else { continue }
        key.append(Metrics.Dimension(name: dimension.name, value: text))
      }
      // Source: an event that lacks a dimension's field is not counted.
      guard key.count == dimensions.count else { continue }
      counted[key, default: MinuteSeries()].add(amount, at: rows.time(of: row))
      if !unmatched.isEmpty { unmatched.remove(MinuteSeries.minute(of: rows.time(of: row))) }
    }
  }
}

extension InsightsValue {
  fileprivate var isNumber: Bool { amount != nil }

  fileprivate var amount: Double? {
    switch self {
    case .number(let number): number
    case .text(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
    default: nil
    }
  }
}

extension JSON {
  /// A number, whole or not.
  var amount: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }
}

extension Cloud {
  /// Events that were put into a group.
  mutating func countFilters(of index: Int, put events: [LogEvent]) {
    guard !world.logs.groups[index].filters.isEmpty, !events.isEmpty else { return }
    let rows = LogEventRows(events, log: "")
    world.logs.count(index) { filters in
      for place in filters.indices { filters[place].count(rows) { events[$0].message } }
    }
  }

  /// Events that a trail brought to a group: read where they lie, once, and only if somebody counts.
  mutating func countFilters(
    of group: String, delivered delivery: CloudTrail.Delivery, by slot: Int32
  ) {
    guard let index = world.logGroup(group), !world.logs.groups[index].filters.isEmpty,
      let trail = world.trails[slot]
    else { return }
    let rows = GroupRows(delivery, of: trail, in: self)
    world.logs.count(index) { filters in
      for place in filters.indices { filters[place].count(rows) { rows.message(of: $0) } }
    }
  }
}
