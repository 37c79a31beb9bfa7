import Policies
import Values

extension Kinesis {
  static let operations =
    [
      OperationRow(CreateStream.self), OperationRow(DescribeStream.self),
      OperationRow(DescribeStreamSummary.self), OperationRow(ListStreams.self),
      OperationRow(ListShards.self), OperationRow(DeleteStream.self), OperationRow(PutRecord.self),
      OperationRow(PutRecords.self), OperationRow(GetShardIterator.self),
      OperationRow(GetRecords.self), OperationRow(StartStreamEncryption.self),
      OperationRow(StopStreamEncryption.self),
    ]
    + reshardingOperations + settingOperations + consumerOperations + tagOperations
}

/// Which stream a request means: by name, by ARN, or by a slot that is known already.
struct StreamReference: Hashable, Sendable {
  var name: String?
  var arn: String?
  var slot: Int32?

  init(_ input: JSON) {
    name = input.optionalText("StreamName")
    arn = input.optionalText("StreamARN")
  }

  init(slot: Int32) { self.slot = slot }

  func validate() throws(ServiceError) {
    if slot == nil, name == nil, arn == nil { throw .streamNameMissing }
    if let name, let arn, let parsed = ARN(arn), parsed.resourceName != name {
      throw .streamNameAndARNDisagree(name: name, arn: parsed)
    }
  }

  /// A stream that does not exist is still asked for by its ARN: who may not know does not learn.
  func resolve(_ call: Call, in world: World) -> Subject {
    if let slot { return .stream(slot) }
    let named = arn.flatMap { ARN($0) }
    let region = named.flatMap { Region($0.region) } ?? call.region
    let name = named?.resourceName ?? self.name ?? ""
    let owner = named.map { Account(id: $0.account) } ?? world.active
    if let owner, let slot = world.streams.slot(named: name, in: region, of: owner) {
      return .stream(slot)
    }
    return .named(
      named
        ?? ARN(
          service: "kinesis", region: region.description, account: world.account,
          resource: "stream/\(name)"))
  }
}

/// An operation on the stream that `StreamName` or `StreamARN` names.
protocol StreamOperation: Operation {
  var stream: StreamReference { get }
}

extension StreamOperation {
  package func validate() throws(ServiceError) { try stream.validate() }

  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    stream.resolve(call, in: world)
  }
}

extension Permit {
  /// The slot of the stream that the call is about; fails with `streamNotFound`.
  func stream(in world: World) throws(ServiceError) -> Int32 {
    switch subject {
    case .stream(let slot) where world.streams[slot].status != .gone: return slot
    case .stream(let slot): throw world.streamNotFound(world.streams[slot].arn)
    case .named(let arn): throw world.streamNotFound(arn)
    case .none, .key: preconditionFailure("the call is about no stream")
    }
  }
}

extension World {
  func streamNotFound(_ arn: ARN) -> ServiceError {
    let region = Region(arn.region) ?? .usEast1
    let owner = Account(id: arn.account) ?? .home
    let all = streams.slots(in: region, of: owner).map { streams[$0] }
    if let waiting = all.first(where: { $0.name == arn.resourceName && $0.status == .creating }) {
      return .streamBeingMade(name: waiting.name, account: arn.account)
    }
    let names = all.map(\.name)
    return .streamNotFound(
      name: arn.resourceName, account: arn.account,
      near: NearNames.of(arn.resourceName, among: names))
  }

  /// Fails with `streamNotActive` unless the stream is ready for a change.
  func checkActive(_ slot: Int32) throws(ServiceError) {
    let stream = streams[slot]
    guard stream.status == .active else {
      throw .streamNotActive(name: stream.name, account: stream.owner.id, status: stream.status)
    }
  }
}

extension Kinesis.Shard {
  package var parents: [Int32] { [parent, adjacentParent].compactMap { $0 } }

  var rangeJSON: JSON {
    [
      "StartingHashKey": .string(range.lowerBound.description),
      "EndingHashKey": .string(range.upperBound.description),
    ]
  }

  var json: JSON {
    var numbers = JSONObject([
      ("StartingSequenceNumber", .string(firstSequenceNumber.description))
    ])
    numbers["EndingSequenceNumber"] = lastSequenceNumber.map { .string($0.description) }
    var shard = JSONObject([("ShardId", .string(id))])
    shard["ParentShardId"] = parent.map { .string(Self.id(Int($0))) }
    shard["AdjacentParentShardId"] = adjacentParent.map { .string(Self.id(Int($0))) }
    shard["HashKeyRange"] = rangeJSON
    shard["SequenceNumberRange"] = .object(numbers)
    return .object(shard)
  }
}

extension Kinesis {
  /// Makes a stream. With a key only under the described model, whose command line takes one.
  struct CreateStream: StreamOperation {
    static let id = OperationID.createStream
    var stream: StreamReference
    var name: String
    var shardCount: Int?
    var mode: Mode
    var tags: Tags
    var warm: Int?
    var recordKibibytes: Int?
    var keyID: String?

    /// Assumed: without a mode, a stream with a shard count is provisioned, and one without is not.
    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      name = input.text("StreamName")
      shardCount = input.number("ShardCount")
      mode =
        input["StreamModeDetails"]?["StreamMode"]?.string.flatMap { Mode(rawValue: $0) }
        ?? (shardCount == nil ? .onDemand : .provisioned)
      tags = Tags(kinesis: input)
      warm = input.number("WarmThroughputMiBps")
      recordKibibytes = input.number("MaxRecordSizeInKiB")
      keyID = input.optionalText("KeyId")
      if keyID == nil, input.optionalText("EncryptionType") == "KMS" { keyID = managedKeyAlias }
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func validate() throws(ServiceError) {
      if mode == .onDemand, shardCount != nil {
        throw .kinesis(
          .validation, "ShardCount must not be specified for a stream in On-Demand mode.")
      }
      if mode == .provisioned, shardCount == nil {
        throw .kinesis(
          .validation, "ShardCount must be specified for a stream in Provisioned mode.")
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let region = permit.call.region
      let account = cloud.world.account
      let shardCount = max(shardCount ?? Limits.onDemandShards, warm ?? 0)
      if cloud.world.streams.slot(named: name, in: region, of: cloud.world.active) != nil {
        throw .streamExists(name: name, account: account)
      }
      let young = cloud.world.streams.slots(in: region, of: cloud.world.active).count {
        cloud.world.streams[$0].status == .creating
      }
      guard young < Limits.streamsInCreation else {
        throw .kinesis(
          .limit,
          "Account \(account) already has \(Limits.streamsInCreation) streams in status CREATING in "
            + "\(region).")
      }
      guard cloud.world.streams.streams.count < ForwardedAccess.mostStreams else {
        throw .kinesis(
          .limit,
          "This lab has had \(ForwardedAccess.mostStreams) streams, deleted ones included, and numbers no "
            + "more.")
      }
      if let warm {
        try cloud.world.checkWarm(mode, region)
        try Limits.checkWarmThroughput(warm)
      }
      switch mode {
      case .provisioned: try cloud.world.checkShardQuota(shardCount, in: region)
      case .onDemand: try cloud.world.checkOnDemandQuota(region)
      }
      try tags.checkForStream(name, account: account)
      let before = cloud.world
      let slot = cloud.world.streams.add(
        Stream(
          name: name, region: region, account: cloud.world.active, requested: cloud.world.now,
          shardCount: shardCount, protection: .none, mode: mode))
      cloud.world.streams[slot].warmMebibytes = warm
      if let recordKibibytes { cloud.world.streams[slot].recordKibibytes = recordKibibytes }
      if !tags.isEmpty { cloud.world.streams.setTags(of: slot) { $0 = tags } }
      if let keyID {
        permit.rows.formUnion(ModelRows(.createWithKey))
        do throws(ServiceError) {
          cloud.world.streams[slot].protection = try cloud.checkKey(keyID, for: slot, &permit)
          cloud.world.streams.note("protected \(slot) \(keyID)")
        } catch {
          cloud.world = before
          throw error
        }
      }
      cloud.world.timers.add(.streamCreated(slot), due: cloud.world.now + Limits.creation)
    }
  }

  struct DescribeStream: StreamOperation {
    static let id = OperationID.describeStream
    var stream: StreamReference
    var limit: Int
    var after: String?

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      limit = input.number("Limit") ?? 100
      after = input.optionalText("ExclusiveStartShardId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let stream = cloud.world.streams[try permit.stream(in: cloud.world)]
      let later = stream.listed(at: cloud.world.now).filter { $0.id > after ?? "" }
      let shown = later.prefix(limit)
      var description: JSONObject = JSONObject([
        ("StreamName", .string(stream.name)), ("StreamARN", .string(stream.arn.description)),
        ("StreamStatus", .string(stream.status.rawValue)),
        ("StreamModeDetails", ["StreamMode": .string(stream.mode.rawValue)]),
        ("Shards", .array(shown.map(\.json))),
        ("HasMoreShards", .bool(shown.count < later.count)),
        ("RetentionPeriodHours", .integer(stream.retentionHours)),
        ("StreamCreationTimestamp", .string(stream.created.iso8601)),
        ("EnhancedMonitoring", stream.monitoringJSON),
        ("EncryptionType", .string(stream.protection.encryptionType)),
      ])
      description["KeyId"] = stream.protection.keyID.map { .string($0) }
      return ["StreamDescription": .object(description)]
    }
  }

  struct DescribeStreamSummary: StreamOperation {
    static let id = OperationID.describeStreamSummary
    var stream: StreamReference

    init(_ input: JSON) throws(ServiceError) { stream = StreamReference(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let stream = cloud.world.streams[try permit.stream(in: cloud.world)]
      var summary: JSONObject = JSONObject([
        ("StreamName", .string(stream.name)), ("StreamARN", .string(stream.arn.description)),
        ("StreamStatus", .string(stream.status.rawValue)),
        ("StreamModeDetails", ["StreamMode": .string(stream.mode.rawValue)]),
        ("RetentionPeriodHours", .integer(stream.retentionHours)),
        ("StreamCreationTimestamp", .string(stream.created.iso8601)),
        ("EnhancedMonitoring", stream.monitoringJSON),
        ("EncryptionType", .string(stream.protection.encryptionType)),
      ])
      summary["KeyId"] = stream.protection.keyID.map { .string($0) }
      summary["OpenShardCount"] = .integer(stream.open.count)
      summary["ConsumerCount"] = .integer(stream.consumers.count { $0.status != .gone })
      var warm = stream.warmMebibytes
      if case .warmThroughput(let next) = stream.change { warm = next }
      if let warm {
        summary["WarmThroughput"] = [
          "TargetMiBps": .integer(warm), "CurrentMiBps": .integer(stream.open.count),
        ]
      }
      summary["MaxRecordSizeInKiB"] = .integer(stream.recordKibibytes)
      return ["StreamDescriptionSummary": .object(summary)]
    }
  }

  struct ListStreams: Operation {
    static let id = OperationID.listStreams
    var limit: Int
    var after: String?

    /// The token is the last name of the page before.
    init(_ input: JSON) throws(ServiceError) {
      limit = input.number("Limit") ?? 100
      after = input.optionalText("ExclusiveStartStreamName")
      if let token = input.optionalText("NextToken") {
        guard let bytes = Base64.decode(token) else { throw .invalidToken(token) }
        after = String(decoding: bytes, as: UTF8.self)
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let streams = cloud.world.streams.slots(in: permit.call.region, of: cloud.world.active)
        .map { cloud.world.streams[$0] }.filter { $0.name > after ?? "" }
      let shown = streams.prefix(limit)
      let hasMore = shown.count < streams.count
      var reply: JSONObject = JSONObject([
        ("StreamNames", .array(shown.map { .string($0.name) })),
        ("HasMoreStreams", .bool(hasMore)),
      ])
      if hasMore, let last = shown.last {
        reply["NextToken"] = .string(Base64.encode(Array(last.name.utf8)))
      }
      reply["StreamSummaries"] = .array(
        shown.map { stream in
          [
            "StreamName": .string(stream.name), "StreamARN": .string(stream.arn.description),
            "StreamStatus": .string(stream.status.rawValue),
            "StreamModeDetails": ["StreamMode": .string(stream.mode.rawValue)],
            "StreamCreationTimestamp": .string(stream.created.iso8601),
          ]
        })
      return .object(reply)
    }
  }

  struct ListShards: StreamOperation {
    static let id = OperationID.listShards
    var stream: StreamReference
    var limit: Int
    var after: String?
    var filter: JSON?
    var token: NextToken?

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      limit = input.number("MaxResults") ?? 1000
      filter = input["ShardFilter"]
      if let text = input.optionalText("NextToken") {
        guard stream.name == nil else { throw .listShardsArguments(both: true) }
        let token = try NextToken(text)
        stream.arn = token.arn
        after = token.last
        self.token = token
      } else {
        after = input.optionalText("ExclusiveStartShardId")
      }
    }

    func validate() throws(ServiceError) {
      guard token != nil || stream.name != nil || stream.arn != nil else {
        throw .listShardsArguments(both: false)
      }
      try stream.validate()
      guard let filter else { return }
      let type = filter.text("Type")
      if type == "AFTER_SHARD_ID", filter.optionalText("ShardId") == nil {
        throw .kinesisInput("ShardId must be provided for shard filter type AFTER_SHARD_ID.")
      }
      if type.hasSuffix("_TIMESTAMP"), filter.instant("Timestamp") == nil {
        throw .kinesisInput("Timestamp must be provided for shard filter type \(type).")
      }
    }

    /// The shards that a filter lets through, of those that can still be read.
    /// Source: Kinesis API Reference, ShardFilter.
    private func filtered(_ stream: Stream, now: Instant) -> [Shard] {
      let all = stream.listed(at: now)
      let horizon = stream.horizon(at: now)
      let asked = max(filter?.instant("Timestamp") ?? horizon, horizon)
      func isOpen(_ shard: Shard, at instant: Instant) -> Bool {
        shard.created <= max(instant, stream.requested)
          && (shard.closed.map { $0 > instant } ?? true)
      }
      switch filter?.text("Type") {
      case "AFTER_SHARD_ID": return all.filter { $0.id > filter?.text("ShardId") ?? "" }
      case "AT_LATEST": return all.filter { $0.closed == nil }
      case "AT_TRIM_HORIZON": return all.filter { isOpen($0, at: horizon) }
      case "AT_TIMESTAMP": return all.filter { isOpen($0, at: asked) }
      case "FROM_TIMESTAMP": return all.filter { shard in shard.closed.map { $0 > asked } ?? true }
      default: return all
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let stream = cloud.world.streams[try permit.stream(in: cloud.world)]
      let now = cloud.world.now
      try token?.check(stream.arn, now: now)
      let later = filtered(stream, now: now).filter { $0.id > after ?? "" }
      let shown = later.prefix(limit)
      var reply: JSONObject = JSONObject([("Shards", .array(shown.map(\.json)))])
      if shown.count < later.count, let last = shown.last {
        reply["NextToken"] = .string(
          NextToken(arn: stream.arn.description, last: last.id, made: now).text)
      }
      return .object(reply)
    }
  }

  struct DeleteStream: StreamOperation {
    static let id = OperationID.deleteStream
    var stream: StreamReference
    var withConsumers: Bool

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      withConsumers = input.flag("EnforceConsumerDeletion")
    }

    /// Source: Kinesis API Reference, DeleteStream, EnforceConsumerDeletion.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      let stream = cloud.world.streams[slot]
      guard stream.status == .active || stream.status == .updating else {
        throw .streamNotActive(
          name: stream.name, account: stream.owner.id, status: stream.status)
      }
      guard withConsumers || !stream.consumers.contains(where: { $0.status != .gone }) else {
        throw .kinesis(
          .inUse,
          "Stream \(stream.name) under account \(stream.owner.id) has registered consumers. "
            + "Deregister them, or set EnforceConsumerDeletion.")
      }
      cloud.world.streams[slot].status = .deleting
      cloud.world.streams[slot].change = nil
      cloud.world.streams.note("deleting \(slot)")
      cloud.world.timers.add(.streamDeleted(slot), due: cloud.world.now + Limits.deletion)
    }
  }
}

extension Kinesis.Stream {
  fileprivate var monitoringJSON: JSON {
    [["ShardLevelMetrics": .array(monitoring.map { .string($0) })]]
  }
}
