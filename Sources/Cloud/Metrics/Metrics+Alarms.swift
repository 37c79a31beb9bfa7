import Policies
import Values

extension Metrics {
  /// An alarm as requests name it.
  static func alarmARN(_ name: String, _ call: Call, _ world: World) -> ARN {
    ARN(
      service: "cloudwatch", region: call.region.description, account: world.account,
      resource: "alarm:\(name)")
  }

  static func noAlarm(_ name: String, in world: World, _ region: Region) -> ServiceError {
    .logs("ResourceNotFound", "Alarm \(name) does not exist")
  }

  /// Makes an alarm, or changes one of the same name; its state stays.
  ///
  /// Source: CloudWatch API Reference, PutMetricAlarm. Not simulated: anomaly detection, PromQL.
  struct PutMetricAlarm: Operation {
    static let id = OperationID.putMetricAlarm
    var name: String
    var input: JSON
    var queries: [MetricQuery]
    var watched: String
    var period: Int

    init(_ input: JSON) throws(ServiceError) {
      self.input = input
      name = input.text("AlarmName")
      if let list = input["Metrics"]?.array {
        guard input["MetricName"] == nil else {
          throw Metrics.invalid("Metrics list cannot be given together with MetricName.")
        }
        queries = []
        for query in list { queries.append(try MetricQuery(query)) }
        let shown = queries.filter(\.returnsData)
        guard shown.count == 1 else {
          throw Metrics.invalid(
            "Exactly one element of the metrics list should return data; \(shown.count) do.")
        }
        watched = shown[0].id
        period = Metrics.period(of: queries)
        return
      }
      guard input["MetricName"] != nil, input["Namespace"] != nil else {
        throw .logs("MissingParameter", "The parameter MetricName or Metrics must be given.")
      }
      guard let number = input.number("Period") else {
        throw .logs("MissingParameter", "The parameter Period must be given with MetricName.")
      }
      period = number
      try Metrics.check(period: period)
      let text = input.optionalText("Statistic") ?? input.optionalText("ExtendedStatistic") ?? ""
      guard let statistic = MetricStatistic(text) else {
        throw .logs(
          "MissingParameter", "The parameter Statistic or ExtendedStatistic must be given.")
      }
      queries = [MetricQuery(Name(input), statistic, period: period)]
      watched = "m1"
    }

    func validate() throws(ServiceError) {
      guard let periods = input.number("EvaluationPeriods") else {
        throw .logs("MissingParameter", "The parameter EvaluationPeriods must be given.")
      }
      guard input["ComparisonOperator"] != nil else {
        throw .logs("MissingParameter", "The parameter ComparisonOperator must be given.")
      }
      guard Alarm.Comparison(rawValue: input.text("ComparisonOperator")) != nil else {
        throw Metrics.invalid(
          "\(input.text("ComparisonOperator")) belongs to anomaly detection, which is not simulated."
        )
      }
      guard input["Threshold"]?.amount != nil else {
        throw .logs("MissingParameter", "The parameter Threshold must be given.")
      }
      guard periods <= Limits.alarmSeconds / max(period, 1) else {
        throw Metrics.invalid(
          "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= "
            + "86400).")
      }
      if let needed = input.number("DatapointsToAlarm"), needed > periods {
        throw Metrics.invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
      }
      if let text = input.optionalText("TreatMissingData"), Alarm.Missing(rawValue: text) == nil {
        throw Metrics.invalid(
          "\(text) is no TreatMissingData: breaching, notBreaching, ignore or missing.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(Metrics.alarmARN(name, call, world))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      if queries.contains(where: { $0.name?.isOfTheGuide == true }) {
        permit.rows.formUnion(ModelRows(.kmsMetrics))
      }
      // Mistakes that only reckoning shows.
      let values = try cloud.values(
        queries, in: permit.call.region, from: cloud.world.now - .seconds(period),
        to: cloud.world.now)
      if let count = values[watched]?.count, count != 1 {
        throw Metrics.invalid(
          "The expression '\(watched)' of an alarm must give one time series; it gives \(count).")
      }
      let region = permit.call.region
      let now = cloud.world.now
      let periods = input.number("EvaluationPeriods") ?? 1
      var alarm = Alarm(
        name: name, region: region, arn: Metrics.alarmARN(name, permit.call, cloud.world),
        configuration: input, queries: queries, watched: watched,
        comparison: Alarm.Comparison(rawValue: input.text("ComparisonOperator")) ?? .above,
        threshold: input["Threshold"]?.amount ?? 0, period: period, periods: periods,
        needed: input.number("DatapointsToAlarm") ?? periods,
        missing: Alarm.Missing(rawValue: input.text("TreatMissingData")) ?? .missing,
        updated: now, actionsEnabled: input["ActionsEnabled"]?.bool ?? true, changed: now,
        transitioned: now)
      let old = cloud.world.metrics.slot(ofAlarm: name, in: region).flatMap {
        cloud.world.metrics.alarms[$0]
      }
      if let old {
        (alarm.state, alarm.reason, alarm.changed) = (old.state, old.reason, old.changed)
        alarm.reasonData = old.reasonData
        (alarm.transitioned, alarm.tags) = (old.transitioned, old.tags)
      } else {
        alarm.tags = Tags(input["Tags"])
      }
      cloud.world.metrics.put(alarm)
      cloud.note(
        alarm, .configuration, "Alarm \"\(name)\" \(old == nil ? "created" : "updated")", at: now,
        ["version": "1.0", "type": old == nil ? "Create" : "Update"])
    }
  }

  /// Source: CloudWatch API Reference, DescribeAlarms.
  struct DescribeAlarms: Operation {
    static let id = OperationID.describeAlarms
    var names: [String]?
    var prefix: String
    var state: String?
    var actionPrefix: String?
    var wantsMetricAlarms: Bool
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      names = input["AlarmNames"] == nil ? nil : input.texts("AlarmNames")
      prefix = input.text("AlarmNamePrefix")
      state = input.optionalText("StateValue")
      actionPrefix = input.optionalText("ActionPrefix")
      let types = input.texts("AlarmTypes")
      wantsMetricAlarms = types.isEmpty || types.contains("MetricAlarm")
      page = try Page(input, limit: "MaxRecords", usual: 50, token: "NextToken")
      if names != nil, !prefix.isEmpty {
        throw Metrics.invalid("AlarmNames and AlarmNamePrefix cannot be given together.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let found = cloud.world.metrics.alarms(in: permit.call.region).map(\.alarm).filter { alarm in
        (names?.contains(alarm.name) ?? true) && alarm.name.hasPrefix(prefix)
          && (state == nil || alarm.state.rawValue == state)
          && (actionPrefix.map { prefix in
            AlarmState.allCases.contains { alarm.actions(of: $0).contains { $0.hasPrefix(prefix) } }
          } ?? true)
      }
      var reply = JSONObject([
        ("CompositeAlarms", []),
        ("MetricAlarms", .array(wantsMetricAlarms ? page.slice(found).map(\.json) : [])),
      ])
      reply["NextToken"] = page.next(of: found.count).map { .string($0) }
      return .object(reply)
    }
  }

  struct DescribeAlarmsForMetric: Operation {
    static let id = OperationID.describeAlarmsForMetric
    var name: Name
    var statistic: String?
    var period: Int?

    init(_ input: JSON) throws(ServiceError) {
      name = Name(input)
      statistic = input.optionalText("Statistic") ?? input.optionalText("ExtendedStatistic")
      period = input.number("Period")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let found = cloud.world.metrics.alarms(in: permit.call.region).map(\.alarm).filter { alarm in
        alarm.queries.contains { query in
          guard case .metric(let watched, let stat, let length) = query.source else { return false }
          return watched == name && (period == nil || period == length)
            && (statistic == nil || MetricStatistic(statistic ?? "") == stat)
        }
      }
      return ["MetricAlarms": .array(found.map(\.json))]
    }
  }

  struct DescribeAlarmHistory: Operation {
    static let id = OperationID.describeAlarmHistory
    var name: String?
    var kind: String?
    var start: Instant?
    var end: Instant?
    var isAscending: Bool
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      name = input.optionalText("AlarmName")
      kind = input.optionalText("HistoryItemType")
      start = input.instant("StartDate")
      end = input.instant("EndDate")
      isAscending = input.optionalText("ScanBy") == "TimestampAscending"
      page = try Page(input, limit: "MaxRecords", usual: 100, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      var items = cloud.world.metrics.history.filter { item in
        item.region == permit.call.region && (name == nil || item.alarm == name)
          && (kind == nil || item.kind.rawValue == kind) && (start.map { item.at >= $0 } ?? true)
          && (end.map { item.at <= $0 } ?? true)
      }
      if !isAscending { items.reverse() }
      var reply = JSONObject([
        (
          "AlarmHistoryItems",
          .array(
            page.slice(items).map { item in
              [
                "AlarmName": .string(item.alarm), "AlarmType": "MetricAlarm",
                "Timestamp": .string(item.at.iso8601),
                "HistoryItemType": .string(item.kind.rawValue),
                "HistorySummary": .string(item.summary), "HistoryData": .string(item.data.compact),
              ]
            })
        )
      ])
      reply["NextToken"] = page.next(of: items.count).map { .string($0) }
      return .object(reply)
    }
  }

  /// Sets a state for a test; the next look corrects it.
  /// Source: CloudWatch API Reference, SetAlarmState.
  struct SetAlarmState: Operation {
    static let id = OperationID.setAlarmState
    var name: String
    var state: String
    var reason: String
    var data: String?

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("AlarmName")
      state = input.text("StateValue")
      reason = input.text("StateReason")
      data = input.optionalText("StateReasonData")
    }

    func validate() throws(ServiceError) {
      guard let data else { return }
      guard (try? JSON(parsing: data)) != nil else {
        throw .logs("InvalidFormat", "StateReasonData must be JSON, not \(data.prefix(40))")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(Metrics.alarmARN(name, call, world))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      guard let slot = cloud.world.metrics.slot(ofAlarm: name, in: permit.call.region) else {
        throw Metrics.noAlarm(name, in: cloud.world, permit.call.region)
      }
      guard let state = AlarmState(rawValue: state) else {
        throw Metrics.invalid("\(state) is no state: OK, ALARM or INSUFFICIENT_DATA")
      }
      cloud.set(slot, state, reason, data, at: cloud.world.now)
    }
  }

  struct EnableAlarmActions: AlarmsOperation {
    static let id = OperationID.enableAlarmActions
    var names: [String]
    init(_ input: JSON) throws(ServiceError) { names = input.texts("AlarmNames") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.switchActions(of: names, permit.call.region, on: true)
    }
  }

  struct DisableAlarmActions: AlarmsOperation {
    static let id = OperationID.disableAlarmActions
    var names: [String]
    init(_ input: JSON) throws(ServiceError) { names = input.texts("AlarmNames") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.switchActions(of: names, permit.call.region, on: false)
    }
  }

  /// Deletes all alarms of a list, or none when one is not there.
  /// Source: CloudWatch API Reference, DeleteAlarms.
  struct DeleteAlarms: AlarmsOperation {
    static let id = OperationID.deleteAlarms
    var names: [String]
    init(_ input: JSON) throws(ServiceError) { names = input.texts("AlarmNames") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let region = permit.call.region
      var slots: [Int] = []
      for name in names {
        guard let slot = cloud.world.metrics.slot(ofAlarm: name, in: region) else {
          throw Metrics.noAlarm(name, in: cloud.world, region)
        }
        slots.append(slot)
      }
      for slot in slots { cloud.world.metrics.remove(slot) }
    }
  }

  // MARK: Tags

  struct TagResource: AlarmTagOperation {
    static let id = OperationID.tagAlarm
    var arn: String
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("ResourceARN")
      tags = Tags(input["Tags"])
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try slot(in: cloud.world)
      cloud.world.metrics.change(slot, noting: "tags \(tags.json.line)") { $0.tags.merge(tags) }
      return [:]
    }
  }

  struct UntagResource: AlarmTagOperation {
    static let id = OperationID.untagAlarm
    var arn: String
    var names: [String]

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("ResourceARN")
      names = input.texts("TagKeys")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try slot(in: cloud.world)
      cloud.world.metrics.change(slot, noting: "untag") { $0.tags.remove(names) }
      return [:]
    }
  }

  struct ListTagsForResource: AlarmTagOperation {
    static let id = OperationID.listAlarmTags
    var arn: String

    init(_ input: JSON) throws(ServiceError) { arn = input.text("ResourceARN") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try slot(in: cloud.world)
      return ["Tags": cloud.world.metrics.alarms[slot]?.tags.json ?? []]
    }
  }
}

/// An operation on alarms by their names.
private protocol AlarmsOperation: Operation {
  var names: [String] { get }
}

extension AlarmsOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    names.first.map { .named(Metrics.alarmARN($0, call, world)) } ?? .none
  }

  package func others(_ call: Call, in world: World) throws(ServiceError) -> [Subject] {
    names.dropFirst().map { .named(Metrics.alarmARN($0, call, world)) }
  }
}

private protocol AlarmTagOperation: Operation {
  var arn: String { get }
}

extension AlarmTagOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    ARN(arn).map { .named($0) } ?? .none
  }

  func slot(in world: World) throws(ServiceError) -> Int {
    guard let slot = world.metrics.alarms.firstIndex(where: { $0?.arn.description == arn }) else {
      throw .logs("ResourceNotFoundException", "Unknown resource: \(arn)")
    }
    return slot
  }
}

extension Cloud {
  /// Names that are not there are passed over.
  /// Source: CloudWatch API Reference, EnableAlarmActions.
  fileprivate mutating func switchActions(of names: [String], _ region: Region, on isOn: Bool) {
    for name in names {
      guard let slot = world.metrics.slot(ofAlarm: name, in: region) else { continue }
      world.metrics.change(slot, noting: "actions \(isOn)") { $0.actionsEnabled = isOn }
    }
  }
}

extension Alarm {
  /// Source: CloudWatch API Reference, MetricAlarm.
  var json: JSON {
    var object = JSONObject([
      ("AlarmName", .string(name)), ("AlarmArn", .string(arn.description)),
    ])
    object["AlarmDescription"] = configuration["AlarmDescription"]
    object["AlarmConfigurationUpdatedTimestamp"] = .string(updated.iso8601)
    object["ActionsEnabled"] = .bool(actionsEnabled)
    for name in ["OKActions", "AlarmActions", "InsufficientDataActions"] {
      object[name] = configuration[name] ?? []
    }
    object["StateValue"] = .string(state.rawValue)
    object["StateReason"] = .string(reason)
    object["StateReasonData"] = reasonData.map { .string($0) }
    object["StateUpdatedTimestamp"] = .string(changed.iso8601)
    for name in ["MetricName", "Namespace", "Statistic", "ExtendedStatistic"] {
      object[name] = configuration[name]
    }
    if configuration["Metrics"] == nil {
      object["Dimensions"] = .array(
        (configuration["Dimensions"]?.array ?? []).map(Self.dimension))
    }
    for name in ["Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm"] {
      object[name] = configuration[name]
    }
    object["Threshold"] = .double(threshold)
    for name in ["ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile"] {
      object[name] = configuration[name]
    }
    object["Metrics"] = configuration["Metrics"]?.array.map { .array($0.map(described)) }
    object["StateTransitionedTimestamp"] = .string(transitioned.iso8601)
    return .object(object)
  }

  /// Members in the model's order, however they were typed.
  /// Source: CloudWatch API Reference, MetricDataQuery, MetricStat.
  private func described(_ query: JSON) -> JSON {
    var object = JSONObject()
    object["Id"] = query["Id"]
    if let stat = query["MetricStat"] {
      var metric = JSONObject()
      metric["Namespace"] = stat["Metric"]?["Namespace"]
      metric["MetricName"] = stat["Metric"]?["MetricName"]
      metric["Dimensions"] = .array(
        (stat["Metric"]?["Dimensions"]?.array ?? []).map(Self.dimension))
      var members = JSONObject([("Metric", .object(metric))])
      for name in ["Period", "Stat", "Unit"] { members[name] = stat[name] }
      object["MetricStat"] = .object(members)
    }
    for name in ["Expression", "Label"] { object[name] = query[name] }
    object["ReturnData"] = .bool(query["ReturnData"]?.bool ?? true)
    for name in ["Period", "AccountId"] { object[name] = query[name] }
    return .object(object)
  }

  private static func dimension(_ json: JSON) -> JSON {
    ["Name": json["Name"] ?? .null, "Value": json["Value"] ?? .null]
  }
}
