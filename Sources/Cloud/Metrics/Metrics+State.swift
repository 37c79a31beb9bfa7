import Values

extension Metrics {
  package struct State: Sendable {
    /// What was put with `put-metric-data`, by Region.
    package private(set) var custom: [Region: [Name: MinuteSeries]] = [:]
    private(set) var units: [Name: String] = [:]
    /// The slot of a deleted one stays, for what the story says of it.
    package private(set) var alarms: [Alarm?] = []
    package private(set) var history: [HistoryItem] = []
    private(set) var digest = Fingerprint()

    /// Alarms of a Region with their slots, sorted by name.
    package func alarms(in region: Region) -> [(slot: Int, alarm: Alarm)] {
      alarms.enumerated().compactMap { slot, alarm in
        alarm.flatMap { $0.region == region ? (slot, $0) : nil }
      }.sorted { $0.alarm.name < $1.alarm.name }
    }

    var hasAlarms: Bool { alarms.contains { $0 != nil } }

    func slot(ofAlarm name: String, in region: Region) -> Int? {
      alarms.firstIndex { $0?.name == name && $0?.region == region }
    }

    mutating func put(
      _ value: Double, times: Double, _ name: Name, in region: Region, at instant: Instant,
      unit: String
    ) {
      custom[region, default: [:]][name, default: MinuteSeries()].add(
        value, times: times, at: instant)
      units[name] = unit
      digest.fold("put \(name.namespace) \(name.metric) \(value) \(times) \(instant.milliseconds)")
    }

    mutating func merge(
      _ sums: MetricSums, _ name: Name, in region: Region, at instant: Instant, unit: String
    ) {
      custom[region, default: [:]][name, default: MinuteSeries()].merge(
        sums, at: MinuteSeries.minute(of: instant))
      units[name] = unit
      digest.fold("set \(name.namespace) \(name.metric) \(sums.count) \(sums.sum)")
    }

    /// Puts an alarm in the place of one of the same name.
    mutating func put(_ alarm: Alarm) {
      if let slot = slot(ofAlarm: alarm.name, in: alarm.region) {
        alarms[slot] = alarm
      } else {
        alarms.append(alarm)
      }
      digest.fold("alarm \(alarm.arn) \(alarm.configuration.line)")
    }

    mutating func remove(_ slot: Int) {
      digest.fold("gone \(slot)")
      alarms[slot] = nil
    }

    mutating func change(_ slot: Int, noting what: String, _ body: (inout Alarm) -> Void) {
      guard var alarm = alarms[slot] else { return }
      body(&alarm)
      alarms[slot] = alarm
      digest.fold("\(slot) \(what)")
    }

    mutating func note(_ item: HistoryItem) { history.append(item) }
  }
}

extension Cloud {
  /// A metric's sums by minutes; nothing for one that was never measured.
  package mutating func series(_ name: Metrics.Name, in region: Region) -> MinuteSeries? {
    metricViews.update(self)
    return knownSeries(name, in: region)
  }

  func knownSeries(_ name: Metrics.Name, in region: Region) -> MinuteSeries? {
    if let custom = world.metrics.custom[region]?[name] { return custom }
    switch name.namespace {
    case "AWS/Kinesis": return kinesisSeries(name, region)
    case "AWS/KMS": return kmsSeries(name, region)
    case "AWS/Usage": return usageSeries(name, region)
    default: return filterSeries(name, region)
    }
  }

  private func kinesisSeries(_ name: Metrics.Name, _ region: Region) -> MinuteSeries? {
    if name.dimensions.count == 2 { return shardSeries(name, region) }
    guard let metric = StreamMetric(rawValue: name.metric), name.dimensions.count == 1,
      name.dimensions[0].name == "StreamName",
      let slot = world.streams.slot(named: name.dimensions[0].value, in: region),
      metricViews.streams.indices.contains(Int(slot))
    else { return nil }
    let series = metricViews.streams[Int(slot)][metric.index]
    return series.minutes.isEmpty ? nil : series
  }

  private func shardSeries(_ name: Metrics.Name, _ region: Region) -> MinuteSeries? {
    func value(_ dimension: String) -> String? {
      name.dimensions.first { $0.name == dimension }?.value
    }
    guard let metric = ShardMetric(rawValue: name.metric), let stream = value("StreamName"),
      let slot = world.streams.slot(named: stream, in: region),
      let shard = world.streams[slot].shards.firstIndex(where: { $0.id == value("ShardId") }),
      let series = metricViews.shards[MetricViews.key(Int(slot), shard)]?[metric.index]
    else { return nil }
    return series.minutes.isEmpty ? nil : series
  }

  private func kmsSeries(_ name: Metrics.Name, _ region: Region) -> MinuteSeries? {
    func value(_ dimension: String) -> String? {
      name.dimensions.first { $0.name == dimension }?.value
    }
    func slot(_ text: String?) -> Int32? {
      text.flatMap { text in
        world.keys.keys.firstIndex {
          $0.owner == .home && ($0.id == text || $0.arn.description == text)
        }
      }.map { Int32($0) }
    }
    switch name.metric {
    case "SuccessfulRequest":
      if let source = slot(value("SourceKeyArn")), let target = slot(value("DestinationKeyArn")) {
        return metricViews.reEncryptions[MetricViews.key(Int(source), Int(target))]
      }
      guard let key = slot(value("KeyArn")), let operation = value("Operation"),
        let id = OperationID(rawValue: "kms:\(operation)"), name.dimensions.count == 2
      else { return nil }
      return metricViews.successes[MetricViews.key(Int(key), id.index)]
    case "ThrottledCount", "UserErrorCount":
      // The guide's names: AWS has no such metrics.
      guard world.model == .described, let key = slot(value("KeyId")), name.dimensions.count == 1
      else { return nil }
      return name.metric == "ThrottledCount"
        ? metricViews.throttled[key] : metricViews.userErrors[key]
    case "SecondsUntilKeyMaterialExpiration":
      guard let key = slot(value("KeyId")), name.dimensions.count == 1 else { return nil }
      return expirySeries(of: key)
    default: return nil
    }
  }

  /// Seconds that are left, at each of the last minutes. Simplified: of the last three hours.
  private func expirySeries(of key: Int32) -> MinuteSeries? {
    guard let end = world.keys[key].materials.compactMap(\.expires).max() else { return nil }
    var series = MinuteSeries()
    let last = MinuteSeries.minute(of: world.now)
    for minute in (last - 180)...last {
      let at = Instant(milliseconds: minute * 60_000)
      if at >= world.keys[key].created, at < end {
        series.add(Double((end - at).milliseconds / 1000), at: at)
      }
    }
    return series.minutes.isEmpty ? nil : series
  }

  private func usageSeries(_ name: Metrics.Name, _ region: Region) -> MinuteSeries? {
    guard name.metric == "CallCount", name.dimensions.count == 4,
      let resource = name.dimensions.first(where: { $0.name == "Resource" })?.value,
      name.dimensions.contains(Metrics.Dimension(name: "Service", value: "KMS"))
    else { return nil }
    let counted =
      resource == Self.cryptographicResource
      ? MetricViews.cryptographic : OperationID(rawValue: "kms:\(resource)")?.index
    return counted.flatMap { metricViews.calls[MetricViews.key(Int(region.index), $0)] }
  }

  private func filterSeries(_ name: Metrics.Name, _ region: Region) -> MinuteSeries? {
    var total: MinuteSeries?
    for group in world.logs.all(in: region) {
      for filter in group.filters
      where filter.namespace == name.namespace && filter.metric == name.metric {
        guard let series = filter.series[name.dimensions] else { continue }
        guard var sum = total else {
          total = series
          continue
        }
        for minute in series.minutes { sum.merge(minute.sums, at: minute.number) }
        total = sum
      }
    }
    return total
  }

  private static let cryptographicResource = "CryptographicOperationsSymmetric"

  static func usageName(_ resource: String) -> Metrics.Name {
    Metrics.Name(
      "AWS/Usage", "CallCount",
      [("Service", "KMS"), ("Type", "API"), ("Class", "None"), ("Resource", resource)].map {
        Metrics.Dimension(name: $0.0, value: $0.1)
      })
  }

  /// All metrics that were ever measured in a Region, sorted.
  package mutating func metricNames(in region: Region) -> [Metrics.Name] {
    metricViews.update(self)
    var names = Array(world.metrics.custom[region, default: [:]].keys)
    for slot in world.streams.slots(in: region) where Int(slot) < metricViews.streams.count {
      for metric in StreamMetric.allCases
      where !metricViews.streams[Int(slot)][metric.index].minutes.isEmpty {
        names.append(
          Metrics.Name(
            "AWS/Kinesis", metric.rawValue,
            [Metrics.Dimension(name: "StreamName", value: world.streams[slot].name)]))
      }
      names += shardMetricNames(of: slot)
    }
    for key in metricViews.calls.keys {
      let (place, counted) = MetricViews.parts(key)
      guard place == Int(region.index) else { continue }
      names.append(
        Self.usageName(
          counted == MetricViews.cryptographic
            ? Self.cryptographicResource : OperationID.allCases[counted].operation))
    }
    names += keyMetricNames(in: region)
    for group in world.logs.all(in: region) {
      for filter in group.filters {
        names += filter.series.keys.map { Metrics.Name(filter.namespace, filter.metric, $0) }
      }
    }
    return Set(names).sorted()
  }

  private func shardMetricNames(of slot: Int32) -> [Metrics.Name] {
    let stream = world.streams[slot]
    return stream.shards.indices.flatMap { shard -> [Metrics.Name] in
      guard let series = metricViews.shards[MetricViews.key(Int(slot), shard)] else { return [] }
      return ShardMetric.allCases.filter { !series[$0.index].minutes.isEmpty }.map {
        Metrics.Name(
          "AWS/Kinesis", $0.rawValue,
          [
            Metrics.Dimension(name: "StreamName", value: stream.name),
            Metrics.Dimension(name: "ShardId", value: stream.shards[shard].id),
          ])
      }
    }
  }

  private func keyMetricNames(in region: Region) -> [Metrics.Name] {
    func dimension(_ name: String, _ value: String) -> Metrics.Dimension {
      Metrics.Dimension(name: name, value: value)
    }
    func isHere(_ slot: Int) -> Bool {
      world.keys[Int32(slot)].region == region && world.keys[Int32(slot)].owner == .home
    }
    func arn(_ slot: Int) -> String { world.keys[Int32(slot)].arn.description }
    var names: [Metrics.Name] = []
    for key in metricViews.successes.keys {
      let (slot, operation) = MetricViews.parts(key)
      guard isHere(slot) else { continue }
      names.append(
        Metrics.Name(
          "AWS/KMS", "SuccessfulRequest",
          [
            dimension("KeyArn", arn(slot)),
            dimension("Operation", OperationID.allCases[operation].operation),
          ]))
    }
    for key in metricViews.reEncryptions.keys {
      let (source, target) = MetricViews.parts(key)
      guard isHere(source) else { continue }
      names.append(
        Metrics.Name(
          "AWS/KMS", "SuccessfulRequest",
          [
            dimension("SourceKeyArn", arn(source)), dimension("DestinationKeyArn", arn(target)),
            dimension("Operation", "ReEncrypt"),
          ]))
    }
    for slot in world.keys.keys.indices where isHere(slot) {
      let id = [dimension("KeyId", world.keys[Int32(slot)].id)]
      if expirySeries(of: Int32(slot)) != nil {
        names.append(Metrics.Name("AWS/KMS", "SecondsUntilKeyMaterialExpiration", id))
      }
      guard world.model == .described else { continue }
      if metricViews.throttled[Int32(slot)] != nil {
        names.append(Metrics.Name("AWS/KMS", "ThrottledCount", id))
      }
      if metricViews.userErrors[Int32(slot)] != nil {
        names.append(Metrics.Name("AWS/KMS", "UserErrorCount", id))
      }
    }
    return names
  }

  /// The unit in which a metric is given.
  package func unit(of name: Metrics.Name) -> String {
    switch name.namespace {
    case "AWS/Kinesis":
      return StreamMetric(rawValue: name.metric)?.unit ?? ShardMetric(rawValue: name.metric)?.unit
        ?? "None"
    case "AWS/Usage": return "None"
    case "AWS/KMS": return name.metric == "SecondsUntilKeyMaterialExpiration" ? "Seconds" : "Count"
    default:
      for group in world.logs.groups {
        for filter in group.filters
        where filter.namespace == name.namespace && filter.metric == name.metric {
          return filter.unit ?? "None"
        }
      }
      return world.metrics.units[name] ?? "None"
    }
  }
}
