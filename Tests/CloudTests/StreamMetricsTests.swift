import Testing
import Values

@testable import Cloud

@Suite struct StreamMetricsTests {
  private func lab(shards: Int) throws -> TrailLab {
    var lab = TrailLab()
    try lab.call(
      "kinesis CreateStream", ["StreamName": "s", "ShardCount": .integer(shards)])
    lab.cloud.advance(by: .seconds(60))
    return lab
  }

  /// Hash keys in the middle of the first and of the second half.
  private static let hashes = [
    "85070591730234615865843651857942052863", "255211775190703847597530955573826158592",
  ]

  /// Four records of 11 bytes, two for each shard.
  private func put(_ lab: inout TrailLab) throws {
    try lab.call(
      "kinesis PutRecords",
      [
        "StreamName": "s",
        "Records": .array(
          (0..<4).map {
            [
              "Data": "MDEyMzQ1Njc4OQ==", "PartitionKey": "k",
              "ExplicitHashKey": .string(Self.hashes[$0 % 2]),
            ]
          }),
      ])
  }

  private func sum(
    _ lab: inout TrailLab, _ metric: String, shard: String? = nil, _ statistic: String = "Sum"
  ) -> Double? {
    var dimensions = [Metrics.Dimension(name: "StreamName", value: "s")]
    if let shard { dimensions.append(Metrics.Dimension(name: "ShardId", value: shard)) }
    let series = lab.cloud.series(Metrics.Name("AWS/Kinesis", metric, dimensions), in: .usEast1)
    let sums = series?.sums(from: Instant(milliseconds: 0), to: lab.cloud.world.now + .seconds(60))
    return sums.flatMap { MetricStatistic(statistic)?.value(of: $0) }
  }

  @Test func bytesOfPutRecordsAreThoseOfAllShardsWheneverOneLooks() throws {
    var lab = try lab(shards: 2)
    try put(&lab)
    var early = lab
    #expect(sum(&early, "PutRecords.Bytes") == 44)
    try put(&lab)
    #expect(sum(&lab, "PutRecords.Bytes") == 88)
    #expect(sum(&lab, "IncomingBytes") == 88)
    try put(&early)
    #expect(sum(&early, "PutRecords.Bytes") == 88)
  }

  @Test func recordsOverTheRateAreThrottledAndNotFailed() throws {
    var lab = try lab(shards: 1)
    let big = Base64.encode([UInt8](repeating: 1, count: 700_000))
    try lab.call(
      "kinesis PutRecords",
      [
        "StreamName": "s",
        "Records": .array(
          (0..<3).map { _ in ["Data": .string(big), "PartitionKey": "k"] }),
      ])
    let throttled = sum(&lab, "PutRecords.ThrottledRecords")
    #expect(throttled == 2)
    #expect(sum(&lab, "PutRecords.FailedRecords") == 0)
    #expect(sum(&lab, "WriteProvisionedThroughputExceeded") == 2)
    #expect(sum(&lab, "PutRecords.Bytes") == 700_001)
  }

  @Test func shardsAreMeasuredWhileSomebodyAsksForIt() throws {
    var lab = try lab(shards: 2)
    let ids = ["shardId-000000000000", "shardId-000000000001"]
    try put(&lab)
    #expect(sum(&lab, "IncomingRecords", shard: ids[0]) == nil)
    lab.cloud.advance(by: .seconds(60))
    try lab.call(
      "kinesis EnableEnhancedMonitoring", ["StreamName": "s", "ShardLevelMetrics": ["ALL"]])
    lab.cloud.advance(by: .seconds(60))
    try put(&lab)
    for id in ids {
      #expect(sum(&lab, "IncomingRecords", shard: id) == 2)
      #expect(sum(&lab, "IncomingBytes", shard: id) == 22)
      #expect(sum(&lab, "WriteProvisionedThroughputExceeded", shard: id) == 0)
    }
    lab.cloud.advance(by: .seconds(60))
    let iterator = try lab.call(
      "kinesis GetShardIterator",
      ["StreamName": "s", "ShardId": .string(ids[1]), "ShardIteratorType": "TRIM_HORIZON"])
    try lab.call("kinesis GetRecords", ["ShardIterator": iterator["ShardIterator"] ?? .null])
    #expect(sum(&lab, "OutgoingRecords", shard: ids[1]) == 4)
    #expect(sum(&lab, "OutgoingBytes", shard: ids[1]) == 44)
    #expect(sum(&lab, "IteratorAgeMilliseconds", shard: ids[1], "Maximum") == 60_000)
    #expect(sum(&lab, "OutgoingRecords", shard: ids[0]) == nil)
    let listed = try lab.call(
      "cloudwatch ListMetrics",
      ["Namespace": "AWS/Kinesis", "Dimensions": [["Name": "ShardId", "Value": .string(ids[0])]]])
    #expect(
      listed["Metrics"]?.array?.compactMap { $0["MetricName"]?.string }
        == ["IncomingBytes", "IncomingRecords", "WriteProvisionedThroughputExceeded"])
    try lab.call(
      "kinesis DisableEnhancedMonitoring",
      ["StreamName": "s", "ShardLevelMetrics": ["IncomingRecords"]])
    lab.cloud.advance(by: .seconds(60))
    try put(&lab)
    #expect(sum(&lab, "IncomingRecords", shard: ids[0]) == 2)
    #expect(sum(&lab, "IncomingBytes", shard: ids[0]) == 44)
  }
}
