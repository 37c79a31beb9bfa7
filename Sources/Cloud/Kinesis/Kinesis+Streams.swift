import Policies
import Values

extension Kinesis {
  static let operations = [
    OperationRow(CreateStream.self), OperationRow(DescribeStream.self),
    OperationRow(DescribeStreamSummary.self), OperationRow(ListStreams.self),
    OperationRow(ListShards.self), OperationRow(DeleteStream.self), OperationRow(PutRecord.self),
    OperationRow(PutRecords.self), OperationRow(GetShardIterator.self),
    OperationRow(GetRecords.self), OperationRow(StartStreamEncryption.self),
    OperationRow(StopStreamEncryption.self),
  ]
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
    if named == nil || named?.account == world.account,
      let slot = world.streams.slot(named: name, in: region)
    {
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
    let all = streams.slots(in: region).map { streams[$0] }
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
      throw .streamNotActive(name: stream.name, account: account, status: stream.status)
    }
  }
}

extension Kinesis.Shard {
  var json: JSON {
    [
      "ShardId": .string(id),
      "HashKeyRange": [
        "StartingHashKey": .string(range.lowerBound.description),
        "EndingHashKey": .string(range.upperBound.description),
      ],
      "SequenceNumberRange": [
        "StartingSequenceNumber": .string(firstSequenceNumber.description)
      ],
    ]
  }
}

extension Kinesis {
  /// Makes a stream. With a key only under the described model, whose command line takes one.
  struct CreateStream: StreamOperation {
    static let id = OperationID.createStream
    var stream: StreamReference
    var name: String
    var shardCount: Int
    var keyID: String?

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      name = input.text("StreamName")
      let onDemand = input["StreamModeDetails"]?["StreamMode"]?.string == "ON_DEMAND"
      // Source: facts §2.4, a new on-demand stream has four shards.
      shardCount = input.number("ShardCount") ?? 4
      if onDemand { throw .notSimulated(service: "kinesis", operation: "CreateStream ON_DEMAND") }
      keyID = input.optionalText("KeyId")
      if keyID == nil, input.optionalText("EncryptionType") == "KMS" { keyID = managedKeyAlias }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let region = permit.call.region
      let account = cloud.world.account
      if cloud.world.streams.slot(named: name, in: region) != nil {
        throw .streamExists(name: name, account: account)
      }
      let current = cloud.world.streams.slots(in: region).reduce(0) {
        $0 + cloud.world.streams[$1].shardCount
      }
      let limit = Limits.shards(in: region)
      guard current + shardCount <= limit else {
        throw .shardLimit(
          asked: shardCount, limit: limit, current: current, account: account, region: region)
      }
      let before = cloud.world
      let slot = cloud.world.streams.add(
        Stream(
          name: name, region: region, account: account, requested: cloud.world.now,
          shardCount: shardCount, protection: .none))
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
      let later = stream.shards.filter { $0.id > after ?? "" }
      let shown = later.prefix(limit)
      var description: JSONObject = JSONObject([
        ("StreamName", .string(stream.name)), ("StreamARN", .string(stream.arn.description)),
        ("StreamStatus", .string(stream.status.rawValue)),
        ("StreamModeDetails", ["StreamMode": "PROVISIONED"]),
        ("Shards", .array(shown.map(\.json))),
        ("HasMoreShards", .bool(shown.count < later.count)), ("RetentionPeriodHours", 24),
        ("StreamCreationTimestamp", .string(stream.created.iso8601)),
        ("EnhancedMonitoring", [["ShardLevelMetrics": []]]),
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
        ("StreamModeDetails", ["StreamMode": "PROVISIONED"]), ("RetentionPeriodHours", 24),
        ("StreamCreationTimestamp", .string(stream.created.iso8601)),
        ("EnhancedMonitoring", [["ShardLevelMetrics": []]]),
        ("EncryptionType", .string(stream.protection.encryptionType)),
      ])
      summary["KeyId"] = stream.protection.keyID.map { .string($0) }
      summary["OpenShardCount"] = .integer(stream.shards.count)
      summary["ConsumerCount"] = 0
      summary["MaxRecordSizeInKiB"] = 1024
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
      let streams = cloud.world.streams.slots(in: permit.call.region)
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
            "StreamModeDetails": ["StreamMode": "PROVISIONED"],
            "StreamCreationTimestamp": .string(stream.created.iso8601),
          ]
        })
      return .object(reply)
    }
  }

  struct ListShards: StreamOperation {
    static let id = OperationID.listShards
    var stream: StreamReference
    var page: Page
    var after: String?
    var hasToken: Bool

    /// The token names its stream as well.
    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      hasToken = input["NextToken"] != nil
      if let token = input.optionalText("NextToken") {
        guard stream.name == nil else { throw .listShardsArguments(both: true) }
        guard let bytes = Base64.decode(token) else { throw .invalidToken(token) }
        let text = String(decoding: bytes, as: UTF8.self)
        stream.arn = text.split(separator: "|").first.map(String.init)
        after = text.split(separator: "|").last.map(String.init)
      } else {
        after = input.optionalText("ExclusiveStartShardId")
      }
      page = try Page(
        ["MaxResults": input["MaxResults"] ?? 1000], limit: "MaxResults", usual: 1000, token: "")
    }

    func validate() throws(ServiceError) {
      guard hasToken || stream.name != nil || stream.arn != nil else {
        throw .listShardsArguments(both: false)
      }
      try stream.validate()
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let stream = cloud.world.streams[try permit.stream(in: cloud.world)]
      let later = stream.shards.filter { $0.id > after ?? "" }
      let shown = later.prefix(page.limit)
      var reply: JSONObject = JSONObject([("Shards", .array(shown.map(\.json)))])
      if shown.count < later.count, let last = shown.last {
        reply["NextToken"] = .string(Base64.encode(Array("\(stream.arn)|\(last.id)".utf8)))
      }
      return .object(reply)
    }
  }

  struct DeleteStream: StreamOperation {
    static let id = OperationID.deleteStream
    var stream: StreamReference

    init(_ input: JSON) throws(ServiceError) { stream = StreamReference(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      let stream = cloud.world.streams[slot]
      guard stream.status == .active || stream.status == .updating else {
        throw .streamNotActive(
          name: stream.name, account: cloud.world.account, status: stream.status)
      }
      cloud.world.streams[slot].status = .deleting
      cloud.world.streams[slot].change = nil
      cloud.world.streams.note("deleting \(slot)")
      cloud.world.timers.add(.streamDeleted(slot), due: cloud.world.now + Limits.deletion)
    }
  }
}
