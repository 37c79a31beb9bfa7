import API
import Testing
import Values

@testable import Cloud

/// One operation with what it answers for a stream in each state: `ok`, `missing`
/// (ResourceNotFoundException) or `busy` (ResourceInUseException); `-` where it cannot be asked.
struct StreamStateRow: CustomTestStringConvertible, Sendable {
  var operation: String
  /// No such stream, CREATING, ACTIVE, UPDATING, DELETING.
  var outcomes: [String]
  /// The code beyond the state for the stream of this test, where it is not success.
  var beyond: String?

  init(_ operation: String, _ outcomes: String, beyond: String? = nil) {
    self.operation = operation
    self.outcomes = outcomes.split(separator: " ").map(String.init)
    self.beyond = beyond
  }

  var testDescription: String { operation }

  static let states = ["no stream", "CREATING", "ACTIVE", "UPDATING", "DELETING"]
  static let codes = ["missing": "ResourceNotFoundException", "busy": "ResourceInUseException"]
}

@Suite struct StreamStateTests {
  /// Source: Kinesis API Reference, each operation's text and errors; facts §2.3 and §2.6.
  static let rows: [StreamStateRow] = [
    // Reading about streams works in every state.
    .init("DescribeStream", "missing ok ok ok ok"),
    .init("DescribeStreamSummary", "missing ok ok ok ok"),
    .init("ListShards", "missing ok ok ok ok"),
    .init("ListStreams", "ok ok ok ok ok"),
    .init("ListStreamConsumers", "missing ok ok ok ok"),
    .init("DescribeLimits", "ok ok ok ok ok"),
    .init("DescribeAccountSettings", "ok ok ok ok ok"),
    .init("UpdateAccountSettings", "ok ok ok ok ok"),
    // A name is taken until the stream is gone.
    .init("CreateStream", "ok busy busy busy busy"),
    .init("DeleteStream", "missing busy ok ok busy"),
    // Data flows while a stream changes; before and after it there is none.
    .init("PutRecord", "missing missing ok ok missing"),
    .init("PutRecords", "missing missing ok ok missing"),
    .init("GetShardIterator", "missing missing ok ok ok"),
    .init("GetRecords", "missing - ok ok ok"),
    // One change at a time.
    .init("StartStreamEncryption", "missing busy ok busy busy"),
    .init("StopStreamEncryption", "missing busy ok busy busy"),
    .init("SplitShard", "missing busy ok busy busy"),
    .init("MergeShards", "missing busy ok busy busy"),
    .init("UpdateShardCount", "missing busy ok busy busy"),
    .init("IncreaseStreamRetentionPeriod", "missing busy ok busy busy"),
    .init("DecreaseStreamRetentionPeriod", "missing busy ok busy busy"),
    .init("UpdateStreamMode", "missing busy ok busy busy"),
    .init("UpdateMaxRecordSize", "missing busy ok busy busy"),
    .init("UpdateStreamWarmThroughput", "missing busy ok busy busy", beyond: "ValidationException"),
    .init("EnableEnhancedMonitoring", "missing busy ok busy busy"),
    .init("DisableEnhancedMonitoring", "missing busy ok busy busy"),
    // Consumers.
    .init("RegisterStreamConsumer", "missing busy ok ok busy"),
    .init("DescribeStreamConsumer", "missing missing ok ok ok"),
    .init("DeregisterStreamConsumer", "missing missing ok ok ok"),
    .init("SubscribeToShard", "missing missing ok ok ok", beyond: "NotSimulated"),
    // Tags and policies.
    .init("AddTagsToStream", "missing ok ok ok ok"),
    .init("RemoveTagsFromStream", "missing ok ok ok ok"),
    .init("ListTagsForStream", "missing ok ok ok ok"),
    .init("TagResource", "missing ok ok ok ok"),
    .init("UntagResource", "missing ok ok ok ok"),
    .init("ListTagsForResource", "missing ok ok ok ok"),
    .init("PutResourcePolicy", "missing ok ok ok ok"),
    .init("GetResourcePolicy", "missing ok ok ok ok"),
    .init("DeleteResourcePolicy", "missing ok ok ok ok"),
  ]

  /// A stream in each state, each with what the operations need.
  struct Fixture {
    var lab: Lab
    let name: String
    var iterator: JSON = .null
    var consumer: JSON

    static let policy: JSON =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/auditor\"}, \"Action\": \"kinesis:PutRecord\", \"Resource\": \"arn:aws:kinesis:us-east-1:123456789012:stream/fixture\"}]}"

    var arn: JSON { .string("arn:aws:kinesis:us-east-1:123456789012:stream/\(name)") }

    init(_ state: String) throws {
      lab = try Lab()
      name = "fixture"
      consumer = .string(
        "arn:aws:kinesis:us-east-1:123456789012:stream/fixture/consumer/app:1767603620")
      let named: JSON = ["StreamName": "fixture"]
      guard state != "no stream" else {
        // Its name was once another stream's, whose iterators are still about.
        try make()
        try lab.call(
          "admin", "kinesis", "DeleteStream", named.with([("EnforceConsumerDeletion", true)]))
        lab.wait(20)
        return
      }
      guard state != "CREATING" else {
        try lab.call("admin", "kinesis", "CreateStream", named.with([("ShardCount", 2)]))
        try lab.call(
          "admin", "kinesis", "PutResourcePolicy", ["ResourceARN": arn, "Policy": Self.policy])
        return
      }
      try make()
      if state == "UPDATING" {
        try lab.call(
          "admin", "kinesis", "UpdateMaxRecordSize", ["StreamARN": arn, "MaxRecordSizeInKiB": 2048])
      }
      if state == "DELETING" {
        try lab.call(
          "admin", "kinesis", "DeleteStream", named.with([("EnforceConsumerDeletion", true)]))
      }
    }

    private mutating func make() throws {
      let named: JSON = ["StreamName": "fixture"]
      try lab.call("admin", "kinesis", "CreateStream", named.with([("ShardCount", 2)]))
      lab.wait(10)
      try lab.call(
        "admin", "kinesis", "PutResourcePolicy", ["ResourceARN": arn, "Policy": Self.policy])
      let made = try lab.call(
        "admin", "kinesis", "RegisterStreamConsumer", ["StreamARN": arn, "ConsumerName": "app"])
      consumer = made["Consumer"]?["ConsumerARN"] ?? .null
      lab.wait(10)
      iterator =
        try lab.call(
          "admin", "kinesis", "GetShardIterator",
          named.with([
            ("ShardId", "shardId-000000000000"), ("ShardIteratorType", "TRIM_HORIZON"),
          ]))["ShardIterator"] ?? .null
    }

    func request(_ operation: String) -> JSON {
      let named: JSON = ["StreamName": .string(name)]
      let byARN: JSON = ["StreamARN": arn]
      let resource: JSON = ["ResourceARN": arn]
      switch operation {
      case "CreateStream": return named.with([("ShardCount", 1)])
      case "DeleteStream": return named.with([("EnforceConsumerDeletion", true)])
      case "ListStreams", "DescribeLimits", "DescribeAccountSettings": return [:]
      case "UpdateAccountSettings":
        return ["MinimumThroughputBillingCommitment": ["Status": "DISABLED"]]
      case "PutRecord": return named.with([("Data", "eA=="), ("PartitionKey", "a")])
      case "PutRecords":
        return named.with([("Records", [["Data": "eA==", "PartitionKey": "a"]])])
      case "GetShardIterator":
        return named.with([
          ("ShardId", "shardId-000000000000"), ("ShardIteratorType", "LATEST"),
        ])
      case "GetRecords": return ["ShardIterator": iterator]
      case "StartStreamEncryption", "StopStreamEncryption":
        return named.with([
          ("EncryptionType", "KMS"), ("KeyId", .string(StartNames.keyID)),
        ])
      case "SplitShard":
        return named.with([
          ("ShardToSplit", "shardId-000000000000"), ("NewStartingHashKey", "1000"),
        ])
      case "MergeShards":
        return named.with([
          ("ShardToMerge", "shardId-000000000000"),
          ("AdjacentShardToMerge", "shardId-000000000001"),
        ])
      case "UpdateShardCount":
        return named.with([("TargetShardCount", 4), ("ScalingType", "UNIFORM_SCALING")])
      case "IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod":
        return named.with([("RetentionPeriodHours", 24)])
      case "UpdateStreamMode":
        return byARN.with([("StreamModeDetails", ["StreamMode": "ON_DEMAND"])])
      case "UpdateMaxRecordSize": return byARN.with([("MaxRecordSizeInKiB", 1024)])
      case "UpdateStreamWarmThroughput": return byARN.with([("WarmThroughputMiBps", 4)])
      case "EnableEnhancedMonitoring", "DisableEnhancedMonitoring":
        return named.with([("ShardLevelMetrics", ["ALL"])])
      case "RegisterStreamConsumer": return byARN.with([("ConsumerName", "other")])
      case "ListStreamConsumers": return byARN
      case "DescribeStreamConsumer", "DeregisterStreamConsumer": return ["ConsumerARN": consumer]
      case "SubscribeToShard":
        return [
          "ConsumerARN": consumer, "ShardId": "shardId-000000000000",
          "StartingPosition": ["Type": "LATEST"],
        ]
      case "AddTagsToStream": return named.with([("Tags", ["a": "b"])])
      case "RemoveTagsFromStream": return named.with([("TagKeys", ["a"])])
      case "TagResource": return resource.with([("Tags", ["a": "b"])])
      case "UntagResource": return resource.with([("TagKeys", ["a"])])
      case "PutResourcePolicy": return resource.with([("Policy", Self.policy)])
      case "ListTagsForResource", "GetResourcePolicy", "DeleteResourcePolicy": return resource
      default: return named
      }
    }
  }

  @Test func everyStateAnswersAsInTheTable() throws {
    for (column, state) in StreamStateRow.states.enumerated() {
      let fixture = try Fixture(state)
      for row in Self.rows {
        #expect(row.outcomes.count == StreamStateRow.states.count)
        guard row.outcomes[column] != "-" else { continue }
        var lab = fixture.lab
        let refusal = lab.refusal(row.operation, fixture.request(row.operation))
        let expected = StreamStateRow.codes[row.outcomes[column]] ?? row.beyond
        #expect(
          refusal?.code == expected, "\(row.operation) when \(state): \(refusal?.message ?? "ok")")
      }
    }
  }

  @Test func everyOperationOfTheModelIsInTheTableAndPerformed() throws {
    let model = try #require(Service.named("kinesis")).operations.map(\.name)
    #expect(Self.rows.map(\.operation).sorted() == model.sorted())
    #expect(
      OperationID.allCases.filter { $0.service == "kinesis" }.map(\.operation).sorted()
        == model.sorted())
  }

  @Test func aRefusalNamesTheState() throws {
    for (state, word) in [
      ("CREATING", "CREATING"), ("UPDATING", "UPDATING"), ("DELETING", "DELETING"),
    ] {
      var fixture = try Fixture(state)
      #expect(
        fixture.lab.refusal("SplitShard", fixture.request("SplitShard"))?.message
          == "Stream fixture under account 123456789012 not ACTIVE, instead in state \(word)")
    }
  }
}
