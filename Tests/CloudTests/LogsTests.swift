import Insights
import Testing
import Values

@testable import Cloud

/// A lab whose trail writes to a log group.
private func deliveringLab() throws -> TrailLab {
  var lab = TrailLab()
  try lab.deliverToLogs()
  return lab
}

extension TrailLab {
  /// Starts a query over the trail's group and gives the reply.
  fileprivate mutating func query(_ text: String, group: String = "CloudTrail/logs") throws -> JSON
  {
    let id = try call(
      "logs StartQuery",
      [
        "logGroupName": .string(group), "startTime": 0, "endTime": 4_000_000_000,
        "queryString": .string(text),
      ])
    return try call("logs GetQueryResults", ["queryId": id["queryId"] ?? .null])
  }

  /// Rows as lists of `field=value`.
  fileprivate mutating func rows(_ text: String) throws -> [[String]] {
    (try query(text)["results"]?.array ?? []).map { row in
      (row.array ?? []).filter { $0["field"]?.string != "@ptr" }.map {
        "\($0["field"]?.string ?? "")=\($0["value"]?.string ?? "")"
      }
    }
  }
}

@Suite struct LogsTests {
  @Test func groupsAndStreamsAreMadeListedAndDeleted() throws {
    var lab = TrailLab()
    try lab.call("logs CreateLogGroup", ["logGroupName": "app", "tags": ["team": "a"]])
    #expect(
      lab.refusal("logs CreateLogGroup", ["logGroupName": "app"])?.code
        == "ResourceAlreadyExistsException")
    try lab.call("logs PutRetentionPolicy", ["logGroupName": "app", "retentionInDays": 30])
    #expect(
      lab.refusal("logs PutRetentionPolicy", ["logGroupName": "app", "retentionInDays": 31])?.code
        == "InvalidParameterException")
    let groups = try lab.call("logs DescribeLogGroups")
    #expect(
      groups["logGroups"]?.array?.first?.object?.names == [
        "logGroupName", "creationTime", "retentionInDays", "metricFilterCount", "arn",
        "storedBytes", "logGroupClass", "logGroupArn",
      ])
    #expect(
      groups["logGroups"]?.array?.first?["arn"]
        == "arn:aws:logs:us-east-1:123456789012:log-group:app:*")
    let arn: JSON = "arn:aws:logs:us-east-1:123456789012:log-group:app"
    #expect(
      try lab.call("logs ListTagsForResource", ["resourceArn": arn]) == ["tags": ["team": "a"]])
    try lab.call("logs CreateLogStream", ["logGroupName": "app", "logStreamName": "one"])
    let streams = try lab.call("logs DescribeLogStreams", ["logGroupName": "app"])
    #expect(streams["logStreams"]?.array?.map { $0["logStreamName"] } == ["one"])
    try lab.call("logs DeleteLogStream", ["logGroupName": "app", "logStreamName": "one"])
    try lab.call("logs DeleteLogGroup", ["logGroupName": "app"])
    guard
      case .logGroupNotFound("app", _)? = lab.refusal(
        "logs DeleteLogGroup", ["logGroupName": "app"])
    else { return #expect(Bool(false), "the group is still there") }
  }

  @Test func eventsThatWerePutAreReadFilteredAndQueried() throws {
    var lab = TrailLab()
    try lab.call("logs CreateLogGroup", ["logGroupName": "app"])
    try lab.call("logs CreateLogStream", ["logGroupName": "app", "logStreamName": "one"])
    let now = Int(lab.cloud.world.now.milliseconds)
    let events: [JSON] = [
      ["timestamp": .integer(now - 2000), "message": "GET /a 200"],
      ["timestamp": .integer(now - 1000), "message": #"{"level":"ERROR","ms":12}"#],
      ["timestamp": .integer(now), "message": #"{"level":"INFO","ms":3}"#],
    ]
    try lab.call(
      "logs PutLogEvents",
      ["logGroupName": "app", "logStreamName": "one", "logEvents": .array(events)])
    let read = try lab.call(
      "logs GetLogEvents", ["logGroupName": "app", "logStreamName": "one", "limit": 2])
    #expect(
      read["events"]?.array?.map { $0["timestamp"] } == [.integer(now - 1000), .integer(now)])
    let older = try lab.call(
      "logs GetLogEvents",
      [
        "logGroupName": "app", "logStreamName": "one", "limit": 2,
        "nextToken": read["nextBackwardToken"] ?? .null,
      ])
    #expect(older["events"]?.array?.map { $0["message"] } == ["GET /a 200"])
    func filtered(_ pattern: String) throws -> [JSON?]? {
      try lab.call(
        "logs FilterLogEvents", ["logGroupName": "app", "filterPattern": .string(pattern)])[
          "events"]?.array?.map { $0["timestamp"] }
    }
    #expect(try filtered("GET") == [.integer(now - 2000)])
    #expect(try filtered("{ $.level = \"ERR*\" }") == [.integer(now - 1000)])
    #expect(try filtered("{ ($.ms > 2) && ($.level != \"ERROR\") }") == [.integer(now)])
    #expect(try filtered("{ $.level NOT EXISTS }") == [.integer(now - 2000)])
    #expect(try filtered("?GET ?INFO") == [.integer(now - 2000), .integer(now)])
    #expect(try filtered("-ERROR -GET") == [.integer(now)])
    #expect(
      lab.refusal("logs FilterLogEvents", ["logGroupName": "app", "filterPattern": "{ $.a = }"])?
        .code
        == "InvalidParameterException")
    let result = try lab.query("stats sum(ms) as total by level | sort level", group: "app")
    #expect(
      result["results"] == [
        [],
        [
          ["field": "level", "value": "ERROR"], ["field": "total", "value": "12"],
        ], [["field": "level", "value": "INFO"], ["field": "total", "value": "3"]],
      ])
    #expect(result["status"] == "Complete")
    #expect(result["statistics"]?["recordsScanned"] == .double(3))
  }

  @Test func batchesOutOfOrderAreRefusedAndOldOnesRejected() throws {
    var lab = TrailLab()
    try lab.call("logs CreateLogGroup", ["logGroupName": "app"])
    try lab.call("logs CreateLogStream", ["logGroupName": "app", "logStreamName": "one"])
    let now = Int(lab.cloud.world.now.milliseconds)
    func put(_ times: [Int]) -> JSON {
      [
        "logGroupName": "app", "logStreamName": "one",
        "logEvents": .array(times.map { ["timestamp": .integer($0), "message": "x"] }),
      ]
    }
    #expect(
      lab.refusal("logs PutLogEvents", put([now, now - 1]))?.code == "InvalidParameterException")
    let day = 86_400_000
    let old = try lab.call("logs PutLogEvents", put([now - 15 * day]))
    #expect(old["rejectedLogEventsInfo"] == ["tooOldLogEventEndIndex": 1])
    let new = try lab.call("logs PutLogEvents", put([now, now + day / 2]))
    #expect(new["rejectedLogEventsInfo"] == ["tooNewLogEventStartIndex": 1])
    let read = try lab.call("logs GetLogEvents", ["logGroupName": "app", "logStreamName": "one"])
    #expect(read["events"]?.array?.count == 1)
  }

  @Test func whatATrailDeliversIsQueriedWithoutBeingStored() throws {
    var lab = try deliveringLab()
    _ = lab.refusal("kms Decrypt", ["CiphertextBlob": "YWJj"])
    let key: JSON = ["KeyId": .string(StartNames.keyID), "KeySpec": "AES_256"]
    try lab.call("kms GenerateDataKey", key)
    _ = lab.refusal("kms GenerateDataKey", key, as: "auditor")
    #expect(
      try lab.rows("filter eventSource = 'kms.amazonaws.com' | stats count(*)") == [["count(*)=0"]])
    lab.cloud.advance(by: .seconds(300))
    let guide = """
      fields @timestamp, userIdentity.principalId, eventName, errorCode
      | filter eventSource = "kms.amazonaws.com" and eventName = "GenerateDataKey"
      | stats count() as failures by errorCode
      """
    #expect(try lab.rows(guide) == [["failures=1"], ["errorCode=AccessDenied", "failures=1"]])
    #expect(
      try lab.rows(
        "filter errorCode = 'AccessDenied' | stats count(*) as n by userIdentity.userName, eventName"
      )
        == [["userIdentity.userName=auditor", "eventName=GenerateDataKey", "n=1"]])
    // A field of the whole text agrees with what is read without it.
    let rows = try lab.rows(
      "fields jsonParse(@message) as j | filter j.errorCode = errorCode | stats count(*) as n by eventName | sort eventName"
    )
    #expect(rows == [["eventName=Decrypt", "n=1"], ["eventName=GenerateDataKey", "n=1"]])
    let streams = try lab.call("logs DescribeLogStreams", ["logGroupName": "CloudTrail/logs"])
    #expect(
      streams["logStreams"]?.array?.map { $0["logStreamName"] }
        == ["123456789012_CloudTrail_us-east-1"])
    let events = try lab.call(
      "logs FilterLogEvents",
      ["logGroupName": "CloudTrail/logs", "filterPattern": "{ $.errorCode = \"AccessDenied\" }"])
    let texts = (events["events"]?.array ?? []).compactMap { $0["message"]?.string }
    #expect(texts.count == 1)
    #expect(try texts.map { try JSON(parsing: $0)["eventName"] } == ["GenerateDataKey"])
  }

  @Test func aMalformedQueryIsRefusedWithItsPlace() throws {
    var lab = TrailLab()
    try lab.call("logs CreateLogGroup", ["logGroupName": "app"])
    let error = lab.refusal(
      "logs StartQuery",
      ["logGroupName": "app", "startTime": 0, "endTime": 1, "queryString": "fields a\n| stat b"])
    #expect(error?.code == "MalformedQueryException")
    #expect(error?.message == #"there is no command "stat" at line 2 and position 2"#)
    #expect(
      lab.refusal(
        "logs StartQuery",
        ["logGroupName": "ap", "startTime": 0, "endTime": 1, "queryString": "limit 1"])?.code
        == "ResourceNotFoundException")
  }

  @Test func queriesAreListedAndCannotBeStoppedOnceTheyEnded() throws {
    var lab = TrailLab()
    try lab.call("logs CreateLogGroup", ["logGroupName": "app"])
    _ = try lab.query("stats count(*)", group: "app")
    let queries = try lab.call("logs DescribeQueries", ["logGroupName": "app"])
    let first = try #require(queries["queries"]?.array?.first)
    #expect(first["queryString"] == "stats count(*)")
    #expect(first["status"] == "Complete")
    #expect(
      lab.refusal("logs StopQuery", ["queryId": first["queryId"] ?? .null])?.code
        == "InvalidParameterException")
    #expect(
      lab.refusal("logs GetQueryResults", ["queryId": "nothing"])?.code
        == "ResourceNotFoundException")
  }

  @Test func aMetricFilterCountsWhatComesAfterIt() throws {
    var lab = try deliveringLab()
    _ = lab.refusal("kms ListKeys", as: "producer")
    lab.cloud.advance(by: .seconds(300))
    try lab.call(
      "logs PutMetricFilter",
      [
        "logGroupName": "CloudTrail/logs", "filterName": "denied",
        "filterPattern": "{ $.errorCode = \"AccessDenied*\" }",
        "metricTransformations": [
          [
            "metricName": "Denied", "metricNamespace": "Lab", "metricValue": "1",
            "dimensions": ["Event": "$.eventName"],
          ]
        ],
      ])
    _ = lab.refusal("kms ListKeys", as: "producer")
    _ = lab.refusal("kms ListKeys", as: "producer")
    try lab.call("kms ListKeys")
    lab.cloud.advance(by: .seconds(300))
    let filter = try #require(lab.cloud.world.logs.groups.first?.filters.first)
    let series = try #require(filter.series[[Metrics.Dimension(name: "Event", value: "ListKeys")]])
    #expect(series.minutes.map(\.sums.sum) == [2])
    let listed = try lab.call("logs DescribeMetricFilters", ["logGroupName": "CloudTrail/logs"])
    #expect(listed["metricFilters"]?.array?.first?["filterName"] == "denied")
    try lab.call(
      "logs DeleteMetricFilter", ["logGroupName": "CloudTrail/logs", "filterName": "denied"])
    #expect(
      lab.refusal(
        "logs DeleteMetricFilter", ["logGroupName": "CloudTrail/logs", "filterName": "denied"])?
        .code
        == "ResourceNotFoundException")
  }
}
