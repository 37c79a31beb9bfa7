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
