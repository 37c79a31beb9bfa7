import Values

extension Kinesis {
  static let settingOperations = [
    OperationRow(IncreaseStreamRetentionPeriod.self),
    OperationRow(DecreaseStreamRetentionPeriod.self), OperationRow(UpdateStreamMode.self),
    OperationRow(UpdateMaxRecordSize.self), OperationRow(UpdateStreamWarmThroughput.self),
    OperationRow(EnableEnhancedMonitoring.self), OperationRow(DisableEnhancedMonitoring.self),
    OperationRow(DescribeLimits.self), OperationRow(DescribeAccountSettings.self),
    OperationRow(UpdateAccountSettings.self),
  ]

  struct IncreaseStreamRetentionPeriod: StreamOperation {
    static let id = OperationID.increaseStreamRetentionPeriod
    var stream: StreamReference
    var hours: Int

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      hours = input.number("RetentionPeriodHours") ?? 0
    }

    func validate() throws(ServiceError) {
      try stream.validate()
      try Limits.checkRetention(hours)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkActive(slot)
      let stream = cloud.world.streams[slot]
      guard hours >= stream.retentionHours else {
        throw .kinesisInput(
          "Requested retention period (\(hours) hours) for stream \(stream.name) can not be "
            + "shorter than existing retention period (\(stream.retentionHours) hours). Use "
            + "DecreaseRetentionPeriod API.")
      }
      cloud.world.begin(.retention(hours: hours), of: slot)
    }
  }

  struct DecreaseStreamRetentionPeriod: StreamOperation {
    static let id = OperationID.decreaseStreamRetentionPeriod
    var stream: StreamReference
    var hours: Int

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      hours = input.number("RetentionPeriodHours") ?? 0
    }

    func validate() throws(ServiceError) {
      try stream.validate()
      try Limits.checkRetention(hours)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkActive(slot)
      let stream = cloud.world.streams[slot]
      guard hours <= stream.retentionHours else {
        throw .kinesisInput(
          "Requested retention period (\(hours) hours) for stream \(stream.name) can not be "
            + "longer than existing retention period (\(stream.retentionHours) hours). Use "
            + "IncreaseRetentionPeriod API.")
      }
      cloud.world.begin(.retention(hours: hours), of: slot)
    }
  }

  /// Source: Kinesis API Reference, UpdateStreamMode: twice in 24 hours; the shards stay.
  struct UpdateStreamMode: StreamOperation {
    static let id = OperationID.updateStreamMode
    var stream: StreamReference
    var mode: Mode
    var warm: Int?

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      mode = Mode(rawValue: input["StreamModeDetails"]?.text("StreamMode") ?? "") ?? .provisioned
      warm = input.number("WarmThroughputMiBps")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkActive(slot)
      if warm != nil { try cloud.world.checkWarm(mode, permit.call.region) }
      let stream = cloud.world.streams[slot]
      let now = cloud.world.now
      let recent = stream.modeChanges.filter { $0 > now - Limits.day }
      guard recent.count < Limits.modeChanges else {
        throw .kinesis(
          .limit,
          "The mode of stream \(stream.name) under account \(cloud.world.account) was changed "
            + "\(recent.count) times in the last 24 hours. Limit: \(Limits.modeChanges).")
      }
      if mode == .onDemand, stream.mode == .provisioned {
        try cloud.world.checkOnDemandQuota(stream.region)
      }
      if mode == .provisioned, stream.mode == .onDemand {
        try cloud.world.checkShardQuota(stream.open.count, in: stream.region)
      }
      cloud.world.streams[slot].modeChanges = recent + [now]
      cloud.world.streams[slot].warmMebibytes = warm
      cloud.world.begin(.mode(mode), of: slot)
    }
  }

  struct UpdateMaxRecordSize: StreamOperation {
    static let id = OperationID.updateMaxRecordSize
    var stream: StreamReference
    var kibibytes: Int

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      kibibytes = input.number("MaxRecordSizeInKiB") ?? 0
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkActive(slot)
      cloud.world.begin(.recordSize(kibibytes: kibibytes), of: slot)
    }
  }

  /// Source: Kinesis API Reference, UpdateStreamWarmThroughput: on-demand streams of accounts that
  /// have committed to a minimum throughput.
  struct UpdateStreamWarmThroughput: StreamOperation {
    static let id = OperationID.updateStreamWarmThroughput
    var stream: StreamReference
    var mebibytes: Int

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      mebibytes = input.number("WarmThroughputMiBps") ?? 0
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkActive(slot)
      let stream = cloud.world.streams[slot]
      try cloud.world.checkWarm(stream.mode, stream.region)
      try Limits.checkWarmThroughput(mebibytes)
      cloud.world.begin(.warmThroughput(mebibytes: mebibytes), of: slot)
      return [
        "StreamARN": .string(stream.arn.description), "StreamName": .string(stream.name),
        "WarmThroughput": [
          "TargetMiBps": .integer(mebibytes), "CurrentMiBps": .integer(stream.open.count),
        ],
      ]
    }
  }

  /// Metrics that Kinesis publishes for each shard on request.
  /// Source: Kinesis API Reference, EnableEnhancedMonitoring.
  static let shardMetrics = [
    "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
    "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
  ]

  struct EnableEnhancedMonitoring: MonitoringOperation {
    static let id = OperationID.enableEnhancedMonitoring
    static let enables = true
    var stream: StreamReference
    var metrics: [String]

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      metrics = (input["ShardLevelMetrics"]?.array ?? []).compactMap(\.string)
    }
  }

  struct DisableEnhancedMonitoring: MonitoringOperation {
    static let id = OperationID.disableEnhancedMonitoring
    static let enables = false
    var stream: StreamReference
    var metrics: [String]

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      metrics = (input["ShardLevelMetrics"]?.array ?? []).compactMap(\.string)
    }
  }

  struct DescribeLimits: Operation {
    static let id = OperationID.describeLimits

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let region = permit.call.region
      return [
        "ShardLimit": .integer(
          cloud.world.limit(.shards, in: region, usual: Limits.shards(in: region))),
        "OpenShardCount": .integer(cloud.world.provisionedShards(in: region)),
        "OnDemandStreamCount": .integer(cloud.world.onDemandStreams(in: region)),
        "OnDemandStreamCountLimit": .integer(Limits.onDemandStreams),
      ]
    }
  }

  /// An account's promise to pay for a minimum of throughput in a Region.
  struct Commitment: Sendable {
    var started: Instant
    var ends: Instant?

    func isEnabled(at now: Instant) -> Bool { ends.map { now < $0 } ?? true }

    /// Source: Kinesis API Reference, MinimumThroughputBillingCommitmentOutput.
    func json(at now: Instant) -> JSON {
      let earliest = started + Limits.day
      var members: [(String, JSON)] = [
        (
          "Status",
          !isEnabled(at: now)
            ? "DISABLED" : ends == nil ? "ENABLED" : "ENABLED_UNTIL_EARLIEST_ALLOWED_END"
        ), ("StartedAt", .string(started.iso8601)),
      ]
      if let ends, now >= ends { members.append(("EndedAt", .string(ends.iso8601))) }
      members.append(("EarliestAllowedEndAt", .string(earliest.iso8601)))
      return .object(JSONObject(members))
    }
  }

  struct DescribeAccountSettings: Operation {
    static let id = OperationID.describeAccountSettings

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let world = cloud.world
      return [
        "MinimumThroughputBillingCommitment":
          world.streams.commitments[permit.call.region]?.json(at: world.now)
          ?? ["Status": "DISABLED"]
      ]
    }
  }

  struct UpdateAccountSettings: Operation {
    static let id = OperationID.updateAccountSettings
    var enables: Bool

    init(_ input: JSON) throws(ServiceError) {
      enables = input["MinimumThroughputBillingCommitment"]?.text("Status") == "ENABLED"
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    /// A commitment lasts 24 hours at least.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let (region, now) = (permit.call.region, cloud.world.now)
      var commitment = cloud.world.streams.commitments[region]
      if enables {
        if commitment?.isEnabled(at: now) != true { commitment = Commitment(started: now) }
        commitment?.ends = nil
      } else if let found = commitment, found.isEnabled(at: now) {
        commitment?.ends = max(now, found.started + Limits.day)
      }
      cloud.world.streams.commitments[region] = commitment
      cloud.world.streams.note("commitment \(region) \(enables)")
      return [
        "MinimumThroughputBillingCommitment": commitment?.json(at: now) ?? ["Status": "DISABLED"]
      ]
    }
  }
}

extension Kinesis.Limits {
  fileprivate static func checkRetention(_ hours: Int) throws(ServiceError) {
    guard hours >= retentionHours.lowerBound else {
      throw .kinesisInput(
        "Minimum allowed retention period is \(retentionHours.lowerBound) hours. Requested "
          + "retention period (\(hours) hours) is too short.")
    }
    guard hours <= retentionHours.upperBound else {
      throw .kinesisInput(
        "Maximum allowed retention period is \(retentionHours.upperBound) hours. Requested "
          + "retention period (\(hours) hours) is too long.")
    }
  }

  static func checkWarmThroughput(_ mebibytes: Int) throws(ServiceError) {
    guard mebibytes <= onDemandMebibytes else {
      throw .kinesis(
        .limit, "WarmThroughputMiBps \(mebibytes) is more than \(onDemandMebibytes) MiB/s.")
    }
  }
}

extension World {
  package func onDemandStreams(in region: Region) -> Int {
    streams.slots(in: region, of: active).count { streams[$0].mode == .onDemand }
  }

  func checkOnDemandQuota(_ region: Region) throws(ServiceError) {
    guard onDemandStreams(in: region) < Kinesis.Limits.onDemandStreams else {
      throw .kinesis(
        .limit,
        "This request would exceed the limit of \(Kinesis.Limits.onDemandStreams) on-demand "
          + "streams for the account \(account) in \(region).")
    }
  }

  /// Warm throughput wants an on-demand stream and an account that has committed to a minimum.
  func checkWarm(_ mode: Kinesis.Mode, _ region: Region) throws(ServiceError) {
    guard mode == .onDemand else {
      throw .kinesis(
        .validation, "WarmThroughputMiBps is only supported for streams in On-Demand mode.")
    }
    guard streams.commitments[region]?.isEnabled(at: now) == true else {
      throw .kinesis(
        .validation,
        "WarmThroughputMiBps requires MinimumThroughputBillingCommitment to be ENABLED for account "
          + "\(account).")
    }
  }
}

/// An operation on the metrics of each shard.
protocol MonitoringOperation: StreamOperation {
  static var enables: Bool { get }
  var metrics: [String] { get }
}

extension MonitoringOperation {
  package func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
    let slot = try permit.stream(in: cloud.world)
    try cloud.world.checkActive(slot)
    let stream = cloud.world.streams[slot]
    let named = metrics.contains("ALL") ? Kinesis.shardMetrics : metrics
    let wanted = Kinesis.shardMetrics.filter {
      named.contains($0) ? Self.enables : stream.monitoring.contains($0)
    }
    cloud.world.streams[slot].monitoring = wanted
    cloud.world.streams.note("monitoring \(slot) \(wanted)")
    func list(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }
    return [
      "StreamName": .string(stream.name), "CurrentShardLevelMetrics": list(stream.monitoring),
      "DesiredShardLevelMetrics": list(wanted), "StreamARN": .string(stream.arn.description),
    ]
  }
}
