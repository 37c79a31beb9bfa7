import API
import Ciphers
import Testing
import Values

@testable import Cloud

extension Lab {
  static let streamName = "my-secure-stream"
  static let streamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream"

  /// A call of Kinesis by the administrator on the lab's stream, by name.
  @discardableResult
  mutating func kinesis(_ name: String, _ input: JSON = [:], as profile: String = "admin") throws
    -> JSON
  {
    try call(
      profile, "kinesis", name, input.with([("StreamName", .string(Self.streamName))]))
  }

  /// The same for operations that take an ARN.
  @discardableResult
  mutating func kinesisByARN(_ name: String, _ input: JSON = [:]) throws -> JSON {
    try call("admin", "kinesis", name, input.with([("StreamARN", .string(Self.streamARN))]))
  }

  /// The refusal of a call, which then has changed nothing.
  mutating func refusal(_ name: String, _ input: JSON) -> ServiceError? {
    let digest = cloud.world.digest
    do {
      try call("admin", "kinesis", name, input)
      return nil
    } catch {
      #expect(cloud.world.digest == digest, "a refused \(name) changed the world")
      return error as? ServiceError
    }
  }

  mutating func refusalOfStream(_ name: String, _ input: JSON) -> ServiceError? {
    refusal(name, input.with([("StreamName", .string(Self.streamName))]))
  }

  mutating func wait(_ seconds: Int) { cloud.advance(by: .seconds(seconds)) }

  var stream: Kinesis.Stream { cloud.world.streams[slot] }

  mutating func iterator(_ shard: String, _ more: JSON = ["ShardIteratorType": "TRIM_HORIZON"])
    throws -> JSON
  {
    wait(1)
    return try kinesis("GetShardIterator", more.with([("ShardId", .string(shard))]))[
      "ShardIterator"] ?? .null
  }

  mutating func records(_ iterator: JSON) throws -> JSON {
    wait(1)
    return try call("consumer", "kinesis", "GetRecords", ["ShardIterator": iterator])
  }
}

@Suite struct ReshardingTests {
  private static let half = "170141183460469231731687303715884105728"

  @Test func aSplitClosesTheParentAndOpensTwoChildren() throws {
    var lab = try Lab()
    for text in ["a", "b", "c"] { try lab.put(text) }
    try lab.kinesis(
      "SplitShard",
      ["ShardToSplit": "shardId-000000000000", "NewStartingHashKey": .string(Self.half)])
    #expect(lab.stream.status == .updating)
    try lab.put("while it is UPDATING")
    #expect(lab.stream.shards.count == 1)
    lab.wait(10)
    #expect(lab.stream.status == .active)
    let shards = try #require(try lab.kinesis("ListShards")["Shards"]?.array)
    #expect(shards.count == 3)
    #expect(shards[0]["SequenceNumberRange"]?["EndingSequenceNumber"] != nil)
    for child in shards[1...] {
      #expect(child["ParentShardId"] == "shardId-000000000000")
      #expect(child["AdjacentParentShardId"] == nil)
      #expect(child["SequenceNumberRange"]?["EndingSequenceNumber"] == nil)
    }
    #expect(shards[1]["HashKeyRange"]?["StartingHashKey"] == "0")
    #expect(shards[2]["HashKeyRange"]?["StartingHashKey"]?.string == Self.half)
    // `a` hashes into the lower half and `user-1` into the upper one.
    #expect(try lab.put("x", key: "a")["ShardId"] == "shardId-000000000001")
    #expect(try lab.put("x", key: "user-1")["ShardId"] == "shardId-000000000002")
    let summary = try lab.kinesis("DescribeStreamSummary")["StreamDescriptionSummary"]
    #expect(summary?["OpenShardCount"] == 2)
  }

  @Test func aClosedShardIsReadToItsEndAndNamesItsChildren() throws {
    var lab = try Lab()
    for text in ["a", "b"] { try lab.put(text) }
    let open = try lab.iterator("shardId-000000000000", ["ShardIteratorType": "LATEST"])
    try lab.kinesis(
      "SplitShard",
      ["ShardToSplit": "shardId-000000000000", "NewStartingHashKey": .string(Self.half)])
    lab.wait(10)
    let first = try lab.iterator("shardId-000000000000")
    let part = try lab.call(
      "consumer", "kinesis", "GetRecords", ["ShardIterator": first, "Limit": 1])
    #expect(part["ChildShards"] == nil)
    let rest = try lab.records(try #require(part["NextShardIterator"]))
    #expect(rest["Records"]?.array?.count == 1)
    #expect(rest["NextShardIterator"] == nil)
    #expect(rest["MillisBehindLatest"] == 0)
    let children = try #require(rest["ChildShards"]?.array)
    #expect(children.map { $0["ShardId"] } == ["shardId-000000000001", "shardId-000000000002"])
    #expect(children[0]["ParentShards"] == ["shardId-000000000000"])
    // An iterator from before the split goes on working.
    let end = try lab.records(open)
    #expect(end["Records"]?.array?.count == 0)
    #expect(end["ChildShards"]?.array?.count == 2)
    // So does the ending number, after which there is nothing.
    let last = try #require(lab.stream.shards[0].lastSequenceNumber).description
    let after = try lab.iterator(
      "shardId-000000000000",
      ["ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": .string(last)])
    #expect(try lab.records(after)["ChildShards"]?.array?.count == 2)
  }

  @Test func aMergeOpensOneChildOfBothParents() throws {
    var lab = try Lab(shards: 3)
    #expect(
      lab.refusalOfStream(
        "MergeShards",
        [
          "ShardToMerge": "shardId-000000000000", "AdjacentShardToMerge": "shardId-000000000002",
        ])?.message
        == "Shards shardId-000000000000 and shardId-000000000002 in stream my-secure-stream under account 123456789012 are not an adjacent pair of shards eligible for merging"
    )
    try lab.kinesis(
      "MergeShards",
      ["ShardToMerge": "shardId-000000000001", "AdjacentShardToMerge": "shardId-000000000000"])
    lab.wait(10)
    let child = try #require(lab.stream.shards.last)
    #expect(child.parents == [1, 0])
    #expect(child.range.lowerBound == 0)
    #expect(child.range.upperBound == lab.stream.shards[1].range.upperBound)
    #expect(lab.stream.open == [3, 2])
    #expect(
      lab.refusalOfStream(
        "SplitShard",
        ["ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "12345"])?.code
        == "InvalidArgumentException")
  }

  @Test func aSplitPointLiesInsideTheShard() throws {
    var lab = try Lab(shards: 2)
    for start in ["0", "1", "170141183460469231731687303715884105727", Self.half] {
      let error = lab.refusalOfStream(
        "SplitShard",
        ["ShardToSplit": "shardId-000000000000", "NewStartingHashKey": .string(start)])
      #expect(error?.code == "InvalidArgumentException")
      #expect(
        error?.message.hasPrefix(
          "NewStartingHashKey \(start) used in SplitShard() on shard shardId-000000000000 in stream "
        ) == true)
    }
    #expect(
      lab.refusalOfStream(
        "SplitShard", ["ShardToSplit": "shardId-9", "NewStartingHashKey": "5"])?.message
        == "Could not find shard shardId-9 in stream my-secure-stream under account 123456789012.")
  }

  @Test(arguments: [(1, 2), (2, 4), (3, 2), (4, 3), (4, 6), (5, 7), (8, 5), (8, 4), (7, 7)])
  func aNewCountEndsInEqualShards(from: Int, to: Int) throws {
    var lab = try Lab(shards: from)
    for index in 0..<20 { try lab.put("\(index)", key: "key-\(index)") }
    let reply = try lab.kinesis(
      "UpdateShardCount",
      ["TargetShardCount": .integer(to), "ScalingType": "UNIFORM_SCALING"])
    #expect(reply["CurrentShardCount"]?.integer == from)
    #expect(reply["TargetShardCount"]?.integer == to)
    lab.wait(120)
    #expect(lab.stream.status == .active)
    let open = lab.stream.open.map { lab.stream.shards[Int($0)].range }
    #expect(open == Kinesis.Shard.ranges(to))
    // Nothing is lost, and every closed shard has children that cover it.
    #expect(lab.stream.shards.reduce(0) { $0 + $1.count } == 20)
    for shard in lab.stream.shards where shard.closed != nil {
      let children = lab.stream.children(of: shard.index)
      #expect(children.contains { $0.range.contains(shard.range.lowerBound) })
      #expect(children.contains { $0.range.contains(shard.range.upperBound) })
      #expect(children.allSatisfy { $0.created > shard.created })
    }
  }

  @Test func theCountHasLimits() throws {
    var lab = try Lab(shards: 4)
    func code(_ target: Int) -> String? {
      lab.refusalOfStream(
        "UpdateShardCount",
        ["TargetShardCount": .integer(target), "ScalingType": "UNIFORM_SCALING"])?.code
    }
    #expect(code(9) == "LimitExceededException")
    #expect(code(1) == "LimitExceededException")
    for round in 0..<10 {
      try lab.kinesis(
        "UpdateShardCount",
        [
          "TargetShardCount": .integer(round.isMultiple(of: 2) ? 8 : 4),
          "ScalingType": "UNIFORM_SCALING",
        ])
      #expect(code(4) == "ResourceInUseException")
      lab.wait(60)
    }
    #expect(code(4) == "LimitExceededException")
    lab.wait(86_400)
    #expect(code(4) == nil)
  }

  @Test func theAccountsShardsHaveAQuota() throws {
    var lab = try Lab()
    try lab.kinesis(
      "SplitShard",
      ["ShardToSplit": "shardId-000000000000", "NewStartingHashKey": .string(Self.half)])
    lab.wait(10)
    // The start world has one shard more.
    #expect(lab.cloud.world.provisionedShards(in: .usEast1) == 3)
    try lab.call(
      "admin", "kinesis", "CreateStream", ["StreamName": "large", "ShardCount": 19_997])
    let error = lab.refusalOfStream(
      "SplitShard",
      [
        "ShardToSplit": "shardId-000000000001",
        "NewStartingHashKey": "85070591730234615865843651857942052864",
      ])
    #expect(error?.code == "LimitExceededException")
    #expect(error?.message.contains("Current shard count for the account: 20000.") == true)
  }

  @Test func filtersTellTheShardsOfATime() throws {
    var lab = try Lab()
    lab.wait(100)
    let before = lab.cloud.world.now
    try lab.kinesis(
      "SplitShard",
      ["ShardToSplit": "shardId-000000000000", "NewStartingHashKey": .string(Self.half)])
    lab.wait(100)
    func shards(_ filter: JSON) throws -> [Int] {
      let shards = try lab.kinesis("ListShards", ["ShardFilter": filter])["Shards"]?.array ?? []
      return shards.compactMap { $0["ShardId"]?.string.flatMap { Int($0.suffix(12)) } }
    }
    let earlier = JSON.string(before.zulu)
    let now = JSON.string(lab.cloud.world.now.zulu)
    #expect(try shards(["Type": "AT_LATEST"]) == [1, 2])
    #expect(try shards(["Type": "AT_TRIM_HORIZON"]) == [0])
    #expect(try shards(["Type": "FROM_TRIM_HORIZON"]) == [0, 1, 2])
    #expect(try shards(["Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000000"]) == [1, 2])
    #expect(try shards(["Type": "AT_TIMESTAMP", "Timestamp": earlier]) == [0])
    #expect(try shards(["Type": "AT_TIMESTAMP", "Timestamp": now]) == [1, 2])
    #expect(try shards(["Type": "FROM_TIMESTAMP", "Timestamp": earlier]) == [0, 1, 2])
    #expect(try shards(["Type": "FROM_TIMESTAMP", "Timestamp": now]) == [1, 2])
    #expect(
      lab.refusalOfStream("ListShards", ["ShardFilter": ["Type": "AT_TIMESTAMP"]])?.code
        == "InvalidArgumentException")
    // A closed shard goes when its last record has aged out.
    lab.wait(24 * 3600)
    #expect(try shards(["Type": "FROM_TRIM_HORIZON"]) == [1, 2])
    #expect(
      lab.refusalOfStream(
        "GetShardIterator",
        ["ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"])?.code
        == "ResourceNotFoundException")
  }

  @Test func pagesOfShardsLastFiveMinutes() throws {
    var lab = try Lab(shards: 3)
    let first = try lab.kinesis("ListShards", ["MaxResults": 2])
    #expect(first["Shards"]?.array?.count == 2)
    let token = try #require(first["NextToken"])
    let second = try lab.call("admin", "kinesis", "ListShards", ["NextToken": token])
    #expect(second["Shards"]?.array?.count == 1)
    #expect(second["NextToken"] == nil)
    lab.wait(301)
    #expect(lab.refusal("ListShards", ["NextToken": token])?.code == "ExpiredNextTokenException")
  }

  @Test func childrenOfAnEncryptedShardEncrypt() throws {
    var lab = try Lab()
    try lab.kinesis(
      "UpdateShardCount", ["TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"])
    lab.wait(60)
    #expect(try lab.put("x", key: "a")["EncryptionType"] == "KMS")
    #expect(lab.stream.shards.map { $0.protection.encryptionType } == ["KMS", "KMS", "KMS"])
  }

  @Test func numbersOfOtherShardsAndStreamsAreRefused() throws {
    var lab = try Lab(shards: 2)
    let number = try #require(try lab.put("x", key: "a")["SequenceNumber"])
    func message(_ shard: String, _ number: JSON) -> String? {
      lab.refusalOfStream(
        "GetShardIterator",
        [
          "ShardId": .string(shard), "ShardIteratorType": "AT_SEQUENCE_NUMBER",
          "StartingSequenceNumber": number,
        ])?.message
    }
    #expect(
      message("shardId-000000000001", number)
        == "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a shard with shardId-000000000001"
    )
    let foreign = SequenceNumber(
      shardCreated: 1_700_000_000, index: 1, time: 1_700_000_000, shard: 0)
    #expect(
      message("shardId-000000000000", .string(foreign.description))?
        .hasSuffix("because it did not come from this stream.") == true)
    #expect(
      lab.refusalOfStream(
        "PutRecord",
        [
          "Data": "eA==", "PartitionKey": "a",
          "SequenceNumberForOrdering": .string(foreign.description),
        ])?.message
        == "ExclusiveMinimumSequenceNumber \(foreign) used in PutRecord on stream my-secure-stream under account 123456789012 is invalid."
    )
  }
}
