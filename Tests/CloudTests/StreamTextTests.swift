import API
import Testing
import Values

@testable import Cloud

/// What Kinesis says where a request comes close.
@Suite struct StreamTextTests {
  private func message(_ lab: inout Lab, _ name: String, _ input: JSON) -> String? {
    do {
      try lab.call("admin", "kinesis", name, input)
      return nil
    } catch {
      return (error as? ServiceError)?.message
    }
  }

  @Test func aShardIdThatIsNoneIsToldFromOneThatIsNotThere() throws {
    var lab = try Lab(.documented)
    func ask(_ shard: String) -> String? {
      message(
        &lab, "GetShardIterator",
        [
          "StreamName": "my-secure-stream", "ShardId": .string(shard),
          "ShardIteratorType": "LATEST",
        ])
    }
    #expect(
      ask("nonsense") == "Could not find shard nonsense in stream my-secure-stream under account "
        + "123456789012.")
    #expect(
      ask("shardId-x") == "Could not find shard shardId-x in stream my-secure-stream under account "
        + "123456789012.")
    #expect(
      ask("shardId-9")
        == "Shard shardId-000000000009 in stream my-secure-stream under account 123456789012 does "
        + "not exist")
    #expect(ask("99999999999999999999")?.hasPrefix("Could not find shard") == true)
    // Zeros in front, and what stands before the dash, may be missing.
    #expect(ask("shardId-0") == nil)
    #expect(ask("0") == nil)
  }

  @Test func aShardOfNoStreamIsNotThereEither() throws {
    var lab = try Lab(.documented)
    func ask(_ shard: String) -> String? {
      message(
        &lab, "GetShardIterator",
        ["StreamName": "nope", "ShardId": .string(shard), "ShardIteratorType": "LATEST"])
    }
    #expect(
      ask("shardId-000000000000")
        == "Shard shardId-000000000000 in stream nope under account 123456789012 does not exist")
    #expect(ask("x") == "Could not find shard x in stream nope under account 123456789012.")
  }

  /// Source: kinesalite, actions/addTagsToStream.js and removeTagsFromStream.js.
  @Test func tagsAreCheckedWhenTheyComeAndWhenTheyGo() throws {
    var lab = try Lab(.documented)
    let invalid =
      "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
      + "_ . / = + - % @ :."
    func illegal(_ what: String) -> String {
      "Failed to \(what) stream my-secure-stream under account 123456789012 because some tags contained "
        + "illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=',"
        + "'+','-','@',':'."
    }
    func add(_ key: String, _ value: String = "v") -> String? {
      message(
        &lab, "AddTagsToStream",
        [
          "StreamName": "my-secure-stream",
          "Tags": .object(JSONObject([(key, JSON.string(value))])),
        ])
    }
    func remove(_ key: String) -> String? {
      message(
        &lab, "RemoveTagsFromStream",
        ["StreamName": "my-secure-stream", "TagKeys": [.string(key)]])
    }
    #expect(add("a;b") == invalid)
    #expect(add("a", "b;c") == invalid)
    #expect(add("a%") == illegal("add tags to"))
    #expect(remove("a;b") == invalid)
    #expect(remove("a%") == illegal("remove tags from"))
    #expect(add("größe: 1/2 @home", "x=1+2-3_4.5") == nil)
    #expect(remove("größe: 1/2 @home") == nil)
    let reserved = add("aws:x")
    #expect(reserved?.contains("aws:x begins with aws:, which is reserved for AWS") == true)
  }

  @Test func aShardCountBeyondDoubleOrBelowHalfIsALimit() throws {
    for (shards, target, what) in [(1, 5, "up over double"), (4, 1, "down below half")] {
      var lab = try Lab(.documented, shards: shards)
      let error = lab.refusalOfStream(
        "UpdateShardCount",
        ["TargetShardCount": .integer(target), "ScalingType": "UNIFORM_SCALING"])
      #expect(error?.code == "LimitExceededException")
      #expect(
        error?.message
          == "UpdateShardCount cannot scale \(what) your current open shard count. Current open shard "
          + "count: \(shards) Target shard count: \(target)")
    }
  }

  @Test func aStreamThatIsGoingSaysSoBeforeItSpeaksOfItsConsumers() throws {
    var lab = try Lab(.documented)
    let arn: JSON = .string(lab.cloud.world.streams[lab.slot].arn.description)
    try lab.call(
      "admin", "kinesis", "RegisterStreamConsumer", ["StreamARN": arn, "ConsumerName": "c"])
    lab.cloud.advance(by: .seconds(15))
    #expect(
      message(&lab, "DeleteStream", ["StreamARN": arn])?.contains("registered consumers") == true)
    try lab.call(
      "admin", "kinesis", "DeleteStream", ["StreamARN": arn, "EnforceConsumerDeletion": true])
    #expect(
      message(&lab, "DeleteStream", ["StreamARN": arn])
        == "Stream my-secure-stream under account 123456789012 not ACTIVE, instead in state DELETING"
    )
  }
}
