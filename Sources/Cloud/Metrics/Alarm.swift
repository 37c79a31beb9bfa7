import Values

/// What an alarm says.
package enum AlarmState: String, Hashable, Sendable, CaseIterable {
  case good = "OK"
  case alarm = "ALARM"
  case unknown = "INSUFFICIENT_DATA"
}

/// An alarm over a metric or an expression.
///
/// Source: CloudWatch User Guide, using CloudWatch alarms. Simplified: it looks when a period has ended,
/// and only at as many periods as it is to look at.
package struct Alarm: Sendable {
  enum Comparison: String, Sendable {
    case atLeast = "GreaterThanOrEqualToThreshold"
    case above = "GreaterThanThreshold"
    case below = "LessThanThreshold"
    case atMost = "LessThanOrEqualToThreshold"

    func holds(_ value: Double, _ threshold: Double) -> Bool {
      switch self {
      case .atLeast: value >= threshold
      case .above: value > threshold
      case .below: value < threshold
      case .atMost: value <= threshold
      }
    }

    /// As reasons say it.
    var words: String {
      switch self {
      case .atLeast: "greater than or equal to"
      case .above: "greater than"
      case .below: "less than"
      case .atMost: "less than or equal to"
      }
    }
  }

  enum Missing: String, Sendable {
    case breaching, notBreaching, ignore, missing
  }

  package let name: String
  package let region: Region
  package let arn: ARN
  /// The members of the request, as they are described.
  let configuration: JSON
  let queries: [MetricQuery]
  /// The query that is watched.
  let watched: String
  let comparison: Comparison
  package let threshold: Double
  let period: Int
  let periods: Int
  let needed: Int
  let missing: Missing
  let updated: Instant
  package internal(set) var actionsEnabled: Bool
  package internal(set) var state = AlarmState.unknown
  package internal(set) var reason = "Unchecked: Initial alarm creation"
  /// What the reason says, as JSON for programs; nothing before the first look.
  var reasonData: String?
  package internal(set) var changed: Instant
  var transitioned: Instant
  package internal(set) var tags = Tags()

  /// The actions of a state: ARNs.
  package func actions(of state: AlarmState) -> [String] {
    switch state {
    case .good: configuration.texts("OKActions")
    case .alarm: configuration.texts("AlarmActions")
    case .unknown: configuration.texts("InsufficientDataActions")
    }
  }

  /// The name of the watched metric; nothing for an expression.
  package var metric: String? { queries.first { $0.id == watched }?.name?.metric }

  /// A member of the request, as it was put.
  package func setting(_ member: String) -> String? { configuration[member]?.string }

  /// The watched metric's dimensions, such as `StreamName=orders`.
  package var dimensions: [String] {
    queries.first { $0.id == watched }?.name?.dimensions.map { "\($0.name)=\($0.value)" } ?? []
  }

  /// What is watched, in a few words: `PutRecord.Success of orders`.
  package var subject: String {
    guard let query = queries.first(where: { $0.id == watched }) else { return watched }
    guard let name = query.name else { return query.label ?? query.text ?? watched }
    let things = name.dimensions.map {
      $0.value.split(separator: "/").last.map(String.init) ?? $0.value
    }
    return name.metric + (things.isEmpty ? "" : " of \(things.joined(separator: ", "))")
  }

  /// A state as the history has it.
  static func told(_ state: AlarmState, _ reason: String, _ data: String?) -> JSON {
    var object = JSONObject([
      ("stateValue", .string(state.rawValue)), ("stateReason", .string(reason)),
    ])
    object["stateReasonData"] = data.map { (try? JSON(parsing: $0)) ?? .string($0) }
    return .object(object)
  }

  // MARK: Judging

  struct Verdict {
    var state: AlarmState
    var reason: String
  }

  /// What follows from the values of the last periods, the oldest first, nothing where one is missing.
  func verdict(_ points: [(at: Instant, value: Double?)]) -> Verdict? {
    let known = points.filter { $0.value != nil }
    let gaps = points.count - known.count
    var breaching = known.filter { comparison.holds($0.value ?? 0, threshold) }.count
    var others = known.count - breaching
    switch missing {
    case .breaching: breaching += gaps
    case .notBreaching: others += gaps
    case .ignore:
      // The state stays unless what there is decides.
      if breaching < needed, others <= points.count - needed { return nil }
    case .missing:
      if known.isEmpty {
        return Verdict(
          state: .unknown,
          reason: "Insufficient Data: \(gaps) datapoint\(gaps == 1 ? " was" : "s were") unknown.")
      }
    }
    let wanted = missing == .missing ? min(needed, known.count) : needed
    return Verdict(
      state: breaching >= wanted ? .alarm : .good,
      reason: reason(points, isCrossed: breaching >= wanted, wanted))
  }

  /// The same for programs.
  /// Source: CloudWatch API Reference and AWS CLI, describe-alarms, StateReasonData.
  func data(_ points: [(at: Instant, value: Double?)], at time: Instant) -> JSON {
    let start = points.first { $0.value != nil }?.at
    var object = JSONObject([
      ("version", "1.0"), ("queryDate", .string(Self.stamp(time))),
    ])
    object["startDate"] = start.map { .string(Self.stamp($0)) }
    object["unit"] = configuration["Unit"]
    object["statistic"] = configuration["Statistic"] ?? configuration["ExtendedStatistic"]
    object["period"] = .integer(period)
    object["recentDatapoints"] = .array(points.compactMap { $0.value.map { .double($0) } })
    object["threshold"] = .double(threshold)
    object["evaluatedDatapoints"] = .array(
      points.reversed().compactMap { point in
        point.value.map {
          ["timestamp": .string(Self.stamp(point.at)), "value": .double($0)]
        }
      })
    return .object(object)
  }

  /// `2026-01-05T09:10:00.000+0000`
  private static func stamp(_ instant: Instant) -> String {
    "\(instant.date)T\(instant.timeOfDay).000+0000"
  }

  /// Source: CloudWatch, StateReason of alarms as the service writes it.
  private func reason(_ points: [(at: Instant, value: Double?)], isCrossed: Bool, _ wanted: Int)
    -> String
  {
    let shown = points.filter { point in
      point.value.map { comparison.holds($0, threshold) == isCrossed } ?? false
    }.map { "\(Self.digits($0.value ?? 0)) (\(Self.time($0.at)))" }.reversed()
    let plural = shown.count == 1 ? "" : "s"
    let was = shown.count == 1 ? "was" : "were"
    if shown.isEmpty {
      return "Threshold Crossed: no datapoints were received for \(points.count) "
        + "period\(points.count == 1 ? "" : "s") and \(points.count) missing "
        + "datapoint\(points.count == 1 ? " was" : "s were") treated as "
        + "[\(missing == .breaching ? "Breaching" : "NonBreaching")]."
    }
    let direction = isCrossed ? "OK -> ALARM" : "ALARM -> OK"
    let least = isCrossed ? wanted : max(1, points.count - wanted + 1)
    return "Threshold Crossed: \(shown.count) out of the last \(points.count) datapoints "
      + "[\(shown.joined(separator: ", "))] \(was) \(isCrossed ? "" : "not ")\(comparison.words) the "
      + "threshold (\(Self.digits(threshold))) (minimum \(least) datapoint\(least == 1 ? "" : "s") "
      + "for \(direction) transition)." + (plural.isEmpty ? "" : "")
  }

  private static func digits(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number)).0" : "\(number)"
  }

  /// `05/01/26 09:10:00`
  private static func time(_ instant: Instant) -> String {
    let date = instant.date.split(separator: "-")
    guard date.count == 3 else { return instant.zulu }
    return "\(date[2])/\(date[1])/\(date[0].suffix(2)) \(instant.timeOfDay)"
  }
}

/// A change of an alarm's state that the clock brought.
package struct AlarmChange: Hashable, Sendable {
  package let slot: Int32
  package let from: AlarmState
  package let to: AlarmState
}

extension Metrics {
  package struct HistoryItem: Sendable {
    package enum Kind: String, Sendable {
      case configuration = "ConfigurationUpdate"
      case state = "StateUpdate"
      case action = "Action"
    }

    package let alarm: String
    package let region: Region
    package let at: Instant
    package let kind: Kind
    package let summary: String
    let data: JSON
  }
}

extension Cloud {
  /// Lets alarms look at full minutes from now until an instant. After the longest time that an alarm
  /// looks back nothing changes any more: between two events of the clock no measurement is added.
  mutating func watchAlarms(until end: Instant) {
    guard world.metrics.hasAlarms else { return }
    metricViews.update(self)
    let minute: Int64 = 60_000
    var time = (world.now.milliseconds / minute + 1) * minute
    guard time <= end.milliseconds else { return }
    let longest =
      world.metrics.alarms.compactMap { alarm in
        alarm.map { Int64($0.period * ($0.periods + 2)) }
      }.max() ?? 0
    let last = min(end.milliseconds, time + (longest + 600) * 1000)
    while time <= last {
      world.now = Instant(milliseconds: time)
      for slot in world.metrics.alarms.indices { look(slot, at: Instant(milliseconds: time)) }
      time += minute
    }
    // An alarm over what is left of a key's material looks once more at the end.
    if last < end.milliseconds {
      let moment = Instant(milliseconds: end.milliseconds / minute * minute)
      world.now = moment
      for slot in world.metrics.alarms.indices { look(slot, at: moment, always: true) }
    }
  }

  private mutating func look(_ slot: Int, at time: Instant, always: Bool = false) {
    guard let alarm = world.metrics.alarms[slot], time > alarm.updated,
      always || time.milliseconds % (Int64(alarm.period) * 1000) == 0
    else { return }
    let length = Int64(alarm.period) * 1000
    let end = Instant(milliseconds: time.milliseconds / length * length)
    let start = Instant(milliseconds: end.milliseconds - Int64(alarm.periods) * length)
    // One more period before them, for what looks at changes.
    let before = Instant(milliseconds: start.milliseconds - length)
    guard
      let values = try? values(alarm.queries, in: alarm.region, from: before, to: end)[
        alarm.watched]?.first
    else { return }
    let points = (0..<alarm.periods).map { place -> (at: Instant, value: Double?) in
      let at = Instant(milliseconds: start.milliseconds + Int64(place) * length)
      return (at, values.values[at])
    }
    guard let verdict = alarm.verdict(points), verdict.state != alarm.state else { return }
    set(slot, verdict.state, verdict.reason, alarm.data(points, at: time).compact, at: time)
    happenings.append(
      Happening(
        at: time,
        transition: .alarm(AlarmChange(slot: Int32(slot), from: alarm.state, to: verdict.state)),
        after: journal.count))
  }

  /// Gives an alarm a state, and notes it and what it sets off.
  mutating func set(
    _ slot: Int, _ state: AlarmState, _ reason: String, _ data: String?, at time: Instant
  ) {
    guard let alarm = world.metrics.alarms[slot] else { return }
    world.metrics.change(slot, noting: "\(state.rawValue) \(time.milliseconds)") {
      if $0.state != state { $0.transitioned = time }
      $0.state = state
      $0.reason = reason
      $0.reasonData = data
      $0.changed = time
    }
    guard alarm.state != state else { return }
    note(
      alarm, .state, "Alarm updated from \(alarm.state.rawValue) to \(state.rawValue)", at: time,
      [
        "version": "1.0",
        "oldState": Alarm.told(alarm.state, alarm.reason, alarm.reasonData),
        "newState": Alarm.told(state, reason, data),
      ])
    guard alarm.actionsEnabled else { return }
    for action in alarm.actions(of: state) {
      note(
        alarm, .action, "Successfully executed action \(action)", at: time,
        ["actionState": "Succeeded", "notificationResource": .string(action)])
    }
  }

  mutating func note(
    _ alarm: Alarm, _ kind: Metrics.HistoryItem.Kind, _ summary: String, at time: Instant,
    _ data: JSON
  ) {
    world.metrics.note(
      Metrics.HistoryItem(
        alarm: alarm.name, region: alarm.region, at: time, kind: kind, summary: summary, data: data)
    )
  }
}
