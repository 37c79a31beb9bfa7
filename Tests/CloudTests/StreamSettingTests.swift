import API
import Ciphers
import Testing
import Values

@testable import Cloud

@Suite struct StreamSettingTests {
  @Test func recordsAreKeptAsLongAsTheRetentionSays() throws {
    var lab = try Lab()
    try lab.put("first")
    try lab.kinesis("IncreaseStreamRetentionPeriod", ["RetentionPeriodHours": 48])
    #expect(lab.stream.status == .updating)
    lab.wait(10)
    #expect(lab.stream.status == .active)
    lab.wait(30 * 3600)
    try lab.put("second")
    #expect(try lab.read() == ["first", "second"])
    try lab.kinesis("DecreaseStreamRetentionPeriod", ["RetentionPeriodHours": 24])
    lab.wait(10)
    #expect(try lab.read() == ["second"])
    // What is gone stays gone.
    try lab.kinesis("IncreaseStreamRetentionPeriod", ["RetentionPeriodHours": 8760])
    lab.wait(10)
    #expect(try lab.read() == ["second"])
    lab.wait(8759 * 3600)
    #expect(try lab.read() == ["second"])
    lab.wait(2 * 3600)
    #expect(try lab.read() == [])
  }

  @Test(arguments: [
    (
      "IncreaseStreamRetentionPeriod", 23,
      "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."
    ),
    (
      "IncreaseStreamRetentionPeriod", 8761,
      "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long."
    ),
    (
      "IncreaseStreamRetentionPeriod", 30,
      "Requested retention period (30 hours) for stream my-secure-stream can not be shorter than existing retention period (36 hours). Use DecreaseRetentionPeriod API."
    ),
    (
      "DecreaseStreamRetentionPeriod", 48,
      "Requested retention period (48 hours) for stream my-secure-stream can not be longer than existing retention period (36 hours). Use IncreaseRetentionPeriod API."
    ),
  ])
  func retentionHasLimits(name: String, hours: Int, text: String) throws {
    var lab = try Lab()
    try lab.kinesis("IncreaseStreamRetentionPeriod", ["RetentionPeriodHours": 36])
    lab.wait(10)
    let error = lab.refusalOfStream(name, ["RetentionPeriodHours": .integer(hours)])
    #expect(error?.code == "InvalidArgumentException")
    #expect(error?.message == text)
  }

  @Test func aStreamTakesLargerRecordsWhenItIsToldTo() throws {
    var lab = try Lab()
    let large = String(repeating: "x", count: 3 << 20)
    #expect(lab.code { try lab.put(large) } == "InvalidArgumentException")
    try lab.kinesisByARN("UpdateMaxRecordSize", ["MaxRecordSizeInKiB": 4096])
    lab.wait(10)
    try lab.put(large)
    // The shard rests until three mebibytes and the partition key are paid for.
    for _ in 0..<3 {
      #expect(lab.code { try lab.put("x") } == "ProvisionedThroughputExceededException")
      lab.wait(1)
    }
    #expect(lab.code { try lab.put("x") } == "ProvisionedThroughputExceededException")
    lab.wait(1)
    try lab.put("x")
    #expect(
      lab.refusal(
        "UpdateMaxRecordSize",
        ["StreamARN": .string(Lab.streamARN), "MaxRecordSizeInKiB": 10_241])?.code
        == "ValidationException")
  }

  @Test func theModeChangesTwiceADay() throws {
    var lab = try Lab()
    func change(_ mode: String) throws {
      try lab.kinesisByARN("UpdateStreamMode", ["StreamModeDetails": ["StreamMode": .string(mode)]])
      lab.wait(10)
    }
    try change("ON_DEMAND")
    #expect(lab.stream.mode == .onDemand)
    let split: JSON = ["ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "5"]
    #expect(lab.refusalOfStream("SplitShard", split)?.code == "ValidationException")
    #expect(
      lab.refusalOfStream(
        "UpdateShardCount", ["TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"])?.message
        == "Request is invalid. Stream my-secure-stream under account 123456789012 is in On-Demand mode."
    )
    try change("PROVISIONED")
    #expect(lab.code { try change("ON_DEMAND") } == "LimitExceededException")
    lab.wait(86_400)
    try change("ON_DEMAND")
    let limits = try lab.call("admin", "kinesis", "DescribeLimits", [:])
    #expect(limits["OnDemandStreamCount"] == 1)
    #expect(limits["OpenShardCount"] == 1)
    #expect(limits["ShardLimit"] == 20_000)
    #expect(limits["OnDemandStreamCountLimit"] == 50)
  }

  @Test func anOnDemandStreamGrowsToTwiceItsPeak() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "kinesis", "CreateStream",
      ["StreamName": "busy", "StreamModeDetails": ["StreamMode": "ON_DEMAND"]])
    lab.wait(10)
    let slot = try #require(lab.cloud.world.streams.slot(named: "busy", in: .usEast1))
    #expect(lab.cloud.world.streams[slot].open.count == 4)
    func load(_ records: Int) throws {
      for index in 0..<records {
        try lab.call(
          "admin", "kinesis", "PutRecord",
          [
            "StreamName": "busy", "Data": "eA==", "PartitionKey": .string("key-\(index)"),
          ])
      }
      lab.wait(1)
    }
    try load(1500)
    lab.wait(3600)
    #expect(lab.cloud.world.streams[slot].open.count == 4)
    try load(2600)
    lab.wait(3600)
    #expect(lab.cloud.world.streams[slot].open.count == 6)
    #expect(lab.cloud.world.streams[slot].status == .active)
  }

  @Test func warmThroughputWantsACommitment() throws {
    var lab = try Lab()
    func status() throws -> JSON? {
      try lab.call("admin", "kinesis", "DescribeAccountSettings", [:])[
        "MinimumThroughputBillingCommitment"]?["Status"]
    }
    func set(_ status: JSON) throws {
      try lab.call(
        "admin", "kinesis", "UpdateAccountSettings",
        ["MinimumThroughputBillingCommitment": ["Status": status]])
    }
    let warm: JSON = ["StreamName": "warm", "WarmThroughputMiBps": 8]
    #expect(lab.refusal("CreateStream", warm)?.code == "ValidationException")
    #expect(try status() == "DISABLED")
    try set("ENABLED")
    #expect(try status() == "ENABLED")
    try lab.call("admin", "kinesis", "CreateStream", warm)
    lab.wait(10)
    try lab.call(
      "admin", "kinesis", "UpdateStreamWarmThroughput",
      ["StreamName": "warm", "WarmThroughputMiBps": 12])
    let changing = try lab.call(
      "admin", "kinesis", "DescribeStreamSummary", ["StreamName": "warm"])[
        "StreamDescriptionSummary"]
    #expect(changing?["StreamStatus"] == "UPDATING")
    #expect(changing?["WarmThroughput"] == ["TargetMiBps": 12, "CurrentMiBps": 8])
    lab.wait(60)
    let summary = try lab.call(
      "admin", "kinesis", "DescribeStreamSummary", ["StreamName": "warm"])[
        "StreamDescriptionSummary"]
    #expect(summary?["WarmThroughput"] == ["TargetMiBps": 12, "CurrentMiBps": 12])
    try set("DISABLED")
    #expect(try status() == "ENABLED_UNTIL_EARLIEST_ALLOWED_END")
    lab.wait(86_400)
    #expect(try status() == "DISABLED")
  }

  @Test func metricsOfShardsAreTurnedOnAndOff() throws {
    var lab = try Lab()
    let on = try lab.kinesis(
      "EnableEnhancedMonitoring", ["ShardLevelMetrics": ["OutgoingBytes", "IncomingBytes"]])
    #expect(on["CurrentShardLevelMetrics"] == [])
    #expect(on["DesiredShardLevelMetrics"] == ["IncomingBytes", "OutgoingBytes"])
    let off = try lab.kinesis("DisableEnhancedMonitoring", ["ShardLevelMetrics": ["ALL"]])
    #expect(off["CurrentShardLevelMetrics"]?.array?.count == 2)
    #expect(off["DesiredShardLevelMetrics"] == [])
    try lab.kinesis("EnableEnhancedMonitoring", ["ShardLevelMetrics": ["ALL"]])
    let described = try lab.kinesis("DescribeStream")["StreamDescription"]
    #expect(described?["EnhancedMonitoring"]?.array?.first?["ShardLevelMetrics"]?.array?.count == 7)
  }

  @Test func consumersComeAndGoOnTheClock() throws {
    var lab = try Lab()
    let made = try lab.kinesisByARN("RegisterStreamConsumer", ["ConsumerName": "app"])["Consumer"]
    #expect(made?["ConsumerStatus"] == "CREATING")
    let arn = try #require(made?["ConsumerARN"])
    #expect(arn.string?.hasPrefix(Lab.streamARN + "/consumer/app:") == true)
    func status() throws -> JSON? {
      try lab.call("admin", "kinesis", "DescribeStreamConsumer", ["ConsumerARN": arn])[
        "ConsumerDescription"]?["ConsumerStatus"]
    }
    lab.wait(10)
    #expect(try status() == "ACTIVE")
    #expect(
      lab.refusal(
        "RegisterStreamConsumer", ["StreamARN": .string(Lab.streamARN), "ConsumerName": "app"])?
        .code == "ResourceInUseException")
    #expect(
      lab.refusal("DeleteStream", ["StreamName": "my-secure-stream"])?.code
        == "ResourceInUseException")
    try lab.kinesisByARN("DeregisterStreamConsumer", ["ConsumerName": "app"])
    #expect(try status() == "DELETING")
    lab.wait(10)
    #expect(
      lab.refusal("DescribeStreamConsumer", ["ConsumerARN": arn])?.code
        == "ResourceNotFoundException")
    #expect(
      lab.refusal("DescribeStreamConsumer", ["ConsumerName": "app"])?.code
        == "InvalidArgumentException")
    try lab.kinesisByARN("RegisterStreamConsumer", ["ConsumerName": "app"])
    try lab.kinesis("DeleteStream", ["EnforceConsumerDeletion": true])
  }

  @Test func aStreamHasTwentyConsumersAndFiveInCreation() throws {
    var lab = try Lab()
    func register(_ index: Int) -> String? {
      lab.code {
        try lab.kinesisByARN("RegisterStreamConsumer", ["ConsumerName": .string("app-\(index)")])
      }
    }
    for index in 0..<5 { #expect(register(index) == nil) }
    #expect(register(5) == "LimitExceededException")
    for index in 5..<20 {
      lab.wait(10)
      #expect(register(index) == nil)
    }
    lab.wait(10)
    #expect(register(20) == "LimitExceededException")
    let page = try lab.kinesisByARN("ListStreamConsumers", ["MaxResults": 15])
    #expect(page["Consumers"]?.array?.count == 15)
    let rest = try lab.kinesisByARN(
      "ListStreamConsumers", ["NextToken": try #require(page["NextToken"])])
    #expect(rest["Consumers"]?.array?.count == 5)
  }

  @Test func tagsAreSetListedAndRemovedBothWays() throws {
    var lab = try Lab()
    try lab.kinesis("AddTagsToStream", ["Tags": ["team": "orders", "stage": "test"]])
    let arn: JSON = ["ResourceARN": .string(Lab.streamARN)]
    try lab.call(
      "admin", "kinesis", "TagResource", arn.with([("Tags", ["cost": "7"])]))
    let page = try lab.kinesis("ListTagsForStream", ["Limit": 2])
    #expect(page["Tags"]?.array?.map { $0["Key"] } == ["cost", "stage"])
    #expect(page["HasMoreTags"] == true)
    let rest = try lab.kinesis("ListTagsForStream", ["ExclusiveStartTagKey": "stage"])
    #expect(rest["Tags"] == [["Key": "team", "Value": "orders"]])
    #expect(rest["HasMoreTags"] == false)
    try lab.kinesis("RemoveTagsFromStream", ["TagKeys": ["team"]])
    try lab.call("admin", "kinesis", "UntagResource", arn.with([("TagKeys", ["cost"])]))
    let all = try lab.call("admin", "kinesis", "ListTagsForResource", arn)
    #expect(all["Tags"] == [["Key": "stage", "Value": "test"]])
    #expect(
      lab.refusalOfStream("AddTagsToStream", ["Tags": ["a?b": "c"]])?.message
        == "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :."
    )
    var many = JSONObject()
    for index in 0..<50 { many["k\(index)"] = "v" }
    #expect(
      lab.refusalOfStream("AddTagsToStream", ["Tags": .object(many)])?.message
        == "Failed to add tags to stream my-secure-stream under account 123456789012 because a given stream cannot have more than 50 tags associated with it."
    )
  }

  @Test func aPolicyCanAskForATagOfTheStream() throws {
    var lab = try Lab()
    let policy =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"kinesis:*\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"aws:ResourceTag/stage\": \"test\"}}}]}"
    try lab.call(
      "admin", "iam", "PutRolePolicy",
      [
        "RoleName": "kinesis-producer-role", "PolicyName": "NoTests",
        "PolicyDocument": .string(policy),
      ])
    #expect(lab.code { try lab.put("x") } == nil)
    try lab.kinesis("AddTagsToStream", ["Tags": ["stage": "test"]])
    #expect(lab.code { try lab.put("x") } == "AccessDeniedException")
    try lab.kinesis("RemoveTagsFromStream", ["TagKeys": ["stage"]])
    #expect(lab.code { try lab.put("x") } == nil)
  }

  @Test func fiveStreamsAreMadeAtOnce() throws {
    var lab = try Lab()
    for index in 0..<5 {
      try lab.call(
        "admin", "kinesis", "CreateStream",
        ["StreamName": .string("s\(index)"), "ShardCount": 1])
    }
    #expect(
      lab.refusal("CreateStream", ["StreamName": "s5", "ShardCount": 1])?.code
        == "LimitExceededException")
    lab.wait(10)
    try lab.call("admin", "kinesis", "CreateStream", ["StreamName": "s5", "ShardCount": 1])
  }

  @Test func aModeFitsItsShardCount() throws {
    var lab = try Lab()
    #expect(
      lab.refusal(
        "CreateStream",
        ["StreamName": "s", "ShardCount": 1, "StreamModeDetails": ["StreamMode": "ON_DEMAND"]])?
        .code == "ValidationException")
    #expect(
      lab.refusal(
        "CreateStream", ["StreamName": "s", "StreamModeDetails": ["StreamMode": "PROVISIONED"]])?
        .code == "ValidationException")
    try lab.call(
      "admin", "kinesis", "CreateStream",
      ["StreamName": "s", "ShardCount": 1, "MaxRecordSizeInKiB": 2048, "Tags": ["a": "b"]])
    lab.wait(10)
    let summary = try lab.call(
      "admin", "kinesis", "DescribeStreamSummary", ["StreamName": "s"])["StreamDescriptionSummary"]
    #expect(summary?["MaxRecordSizeInKiB"] == 2048)
    #expect(summary?["StreamModeDetails"]?["StreamMode"] == "PROVISIONED")
  }
}
