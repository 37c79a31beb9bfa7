import API
import Ciphers
import Testing
import Values

@testable import Cloud

@Suite struct RateTests {
  /// A plain list of what was admitted, asked anew each time.
  private struct Reference {
    var admitted: [(second: Int64, bytes: Int)] = []

    func takes(_ bytes: Int, _ second: Int64) -> Bool {
      let now = admitted.filter { $0.second == second }
      return now.count < 1000 && now.reduce(0) { $0 + $1.bytes } + bytes <= 1_048_576
    }
  }

  @Test func theWindowAgreesWithItsReference() {
    var random = SeededGenerator(seed: 7)
    var window = Kinesis.RateWindow()
    var reference = Reference()
    var now = Instant(milliseconds: 1_700_000_000_000)
    for _ in 0..<20_000 {
      let draw = random.bytes(count: 4).reduce(0) { $0 << 8 | Int($1) }
      if draw % 97 == 0 { now = now + .milliseconds(draw % 700) }
      let size = draw % 5 == 0 ? draw % 60_000 + 1 : draw % 900 + 1
      let expected = reference.takes(size, now.seconds)
      #expect(window.admit(size, at: now, Kinesis.Limits.writing) == expected)
      if expected { reference.admitted.append((now.seconds, size)) }
      reference.admitted.removeAll { $0.second < now.seconds }
    }
  }

  @Test func aShardTakesAThousandRecordsASecond() throws {
    var lab = try Lab()
    for _ in 0..<1000 { try lab.put("x") }
    let digest = lab.cloud.world.digest
    do {
      try lab.put("one too many")
      Issue.record("record 1,001 was taken")
    } catch let error as ServiceError {
      #expect(error.code == "ProvisionedThroughputExceededException")
      #expect(
        error.message
          == "Rate exceeded for shard shardId-000000000000 in stream my-secure-stream under account 123456789012."
      )
    }
    #expect(lab.cloud.world.digest == digest)
    lab.cloud.advance(by: .seconds(1))
    try lab.put("the next second")
  }

  @Test func aShardTakesAMebibyteASecond() throws {
    var lab = try Lab()
    let text = String(repeating: "a", count: 524_287)
    try lab.put(text)
    try lab.put(text)
    #expect(lab.code { try lab.put("x") } == "ProvisionedThroughputExceededException")
    lab.cloud.advance(by: .seconds(1))
    #expect(lab.code { try lab.put("x") } == nil)
  }

  @Test func aPutRecordCountsInWholeKibibytes() throws {
    var lab = try Lab()
    // 512 records of 1,025 bytes are 2 KiB each: a mebibyte.
    let text = String(repeating: "a", count: 1024)
    for _ in 0..<512 { try lab.put(text) }
    #expect(lab.code { try lab.put(text) } == "ProvisionedThroughputExceededException")
  }

  @Test func onlyTheRecordsOfAFullShardFail() throws {
    var lab = try Lab(shards: 2)
    // With two shards, `a` falls into the first and `user-1` into the second.
    for _ in 0..<999 { try lab.put("x", key: "a") }
    func record(_ key: String) -> JSON {
      ["Data": "eA==", "PartitionKey": .string(key)]
    }
    let reply = try lab.call(
      "producer", "kinesis", "PutRecords",
      [
        "StreamName": "my-secure-stream",
        "Records": [record("a"), record("a"), record("user-1"), record("a")],
      ])
    #expect(reply["FailedRecordCount"] == 2)
    #expect(reply["EncryptionType"] == "KMS")
    let records = try #require(reply["Records"]?.array)
    #expect(records.map { $0["ShardId"]?.string?.last } == ["0", nil, "1", nil])
    #expect(records[1]["ErrorCode"] == "ProvisionedThroughputExceededException")
    #expect(
      records[1]["ErrorMessage"]
        == "Rate exceeded for shard shardId-000000000000 in stream my-secure-stream under account 123456789012."
    )
    #expect(lab.cloud.world.streams[lab.slot].shards.map(\.count) == [1000, 1])
  }

  @Test func whatKMSRefusedDoesNotUseTheShardsRate() throws {
    var lab = try Lab()
    for _ in 0..<999 { try lab.put("x") }
    try lab.call("admin", "kms", "DisableKey", ["KeyId": .string(StartNames.keyID)])
    #expect(lab.code { try lab.put("x") } == "KMSDisabledException")
    let two: JSON = [
      "StreamName": "my-secure-stream",
      "Records": [
        ["Data": "eA==", "PartitionKey": "a"], ["Data": "eA==", "PartitionKey": "a"],
      ],
    ]
    #expect(
      lab.code { try lab.call("producer", "kinesis", "PutRecords", two) } == "KMSDisabledException")
    try lab.call("admin", "kms", "EnableKey", ["KeyId": .string(StartNames.keyID)])
    #expect(lab.code { try lab.put("x") } == nil)
    #expect(lab.code { try lab.put("x") } == "ProvisionedThroughputExceededException")
  }

  @Test func aShardIsReadFiveTimesASecond() throws {
    var lab = try Lab()
    try lab.put("x")
    let iterator = try lab.call(
      "consumer", "kinesis", "GetShardIterator",
      [
        "StreamName": "my-secure-stream", "ShardId": "shardId-000000000000",
        "ShardIteratorType": "TRIM_HORIZON",
      ])["ShardIterator"]
    let input: JSON = ["ShardIterator": try #require(iterator)]
    for _ in 0..<5 { try lab.call("consumer", "kinesis", "GetRecords", input) }
    #expect(
      lab.code { try lab.call("consumer", "kinesis", "GetRecords", input) }
        == "ProvisionedThroughputExceededException")
    lab.cloud.advance(by: .seconds(1))
    try lab.call("consumer", "kinesis", "GetRecords", input)
  }

  @Test func aShardRestsAfterALargeReply() throws {
    var lab = try Lab()
    let text = String(repeating: "a", count: 1_048_575)
    for _ in 0..<4 {
      try lab.put(text)
      lab.cloud.advance(by: .seconds(1))
    }
    let iterator = try lab.call(
      "consumer", "kinesis", "GetShardIterator",
      [
        "StreamName": "my-secure-stream", "ShardId": "shardId-000000000000",
        "ShardIteratorType": "TRIM_HORIZON",
      ])["ShardIterator"]
    let input: JSON = ["ShardIterator": try #require(iterator)]
    // Four mebibytes at two a second.
    try lab.call("consumer", "kinesis", "GetRecords", input)
    #expect(
      lab.code { try lab.call("consumer", "kinesis", "GetRecords", input) }
        == "ProvisionedThroughputExceededException")
    lab.cloud.advance(by: .seconds(1))
    #expect(
      lab.code { try lab.call("consumer", "kinesis", "GetRecords", input) }
        == "ProvisionedThroughputExceededException")
    lab.cloud.advance(by: .seconds(1))
    #expect(lab.code { try lab.call("consumer", "kinesis", "GetRecords", input) } == nil)
  }
}
