import Testing
import Values

@testable import Cloud

extension TrailLab {
  /// Sums of a metric by minutes, as `get-metric-statistics` gives them.
  fileprivate mutating func sums(
    _ namespace: String, _ metric: String, _ dimensions: [(String, String)],
    statistic: String = "Sum"
  ) throws -> [JSON?] {
    let reply = try call(
      "cloudwatch GetMetricStatistics",
      [
        "Namespace": .string(namespace), "MetricName": .string(metric),
        "Dimensions": .array(
          dimensions.map { ["Name": .string($0.0), "Value": .string($0.1)] }),
        "StartTime": "2026-01-05T09:00:00Z", "EndTime": "2026-01-05T12:00:00Z", "Period": 60,
        "Statistics": [.string(statistic)],
      ])
    return (reply["Datapoints"]?.array ?? []).map { $0[statistic] }
  }

  fileprivate mutating func alarm(_ name: String) throws -> JSON {
    let reply = try call("cloudwatch DescribeAlarms", ["AlarmNames": [.string(name)]])
    return try #require(reply["MetricAlarms"]?.array?.first)
  }
}

private let stream = [("StreamName", "my-existing-stream")]

@Suite struct MetricsTests {
  private func put(_ lab: inout TrailLab, _ keys: [String]) throws {
    for key in keys {
      try lab.call(
        "kinesis PutRecord",
        ["StreamName": "my-existing-stream", "Data": "YWJj", "PartitionKey": .string(key)])
    }
  }

  @Test func metricsOfAStreamFollowFromWhatWasDone() throws {
    var lab = TrailLab()
    try put(&lab, ["a", "bb"])
    _ = lab.refusal(
      "kinesis PutRecord",
      ["StreamName": "my-existing-stream", "Data": "YWJj", "PartitionKey": "a"], as: "auditor")
    lab.cloud.advance(by: .seconds(60))
    try lab.call(
      "kinesis PutRecords",
      [
        "StreamName": "my-existing-stream",
        "Records": [
          ["Data": "YWJj", "PartitionKey": "a"], ["Data": "YWJj", "PartitionKey": "b"],
        ],
      ])
    lab.cloud.advance(by: .seconds(60))
    let iterator = try lab.call(
      "kinesis GetShardIterator",
      [
        "StreamName": "my-existing-stream", "ShardId": "shardId-000000000000",
        "ShardIteratorType": "TRIM_HORIZON",
      ])
    try lab.call("kinesis GetRecords", ["ShardIterator": iterator["ShardIterator"] ?? .null])
    func sums(_ metric: String, _ statistic: String = "Sum") throws -> [JSON?] {
      try lab.sums("AWS/Kinesis", metric, stream, statistic: statistic)
    }
    #expect(try sums("IncomingRecords") == [.double(2), .double(2)])
    // Partition keys count with the data: 1 + 3 and 2 + 3, then twice 1 + 3.
    #expect(try sums("IncomingBytes") == [.double(9), .double(8)])
    #expect(try sums("PutRecord.Success", "Average") == [.double(2.0 / 3)])
    #expect(try sums("PutRecords.TotalRecords") == [.double(2)])
    #expect(try sums("PutRecords.SuccessfulRecords") == [.double(2)])
    #expect(try sums("PutRecords.FailedRecords") == [.double(0)])
    #expect(try sums("GetRecords.Records") == [.double(4)])
    #expect(try sums("GetRecords.IteratorAgeMilliseconds", "Maximum") == [.double(60_000)])
    #expect(try sums("GetRecords.Latency") == [])
  }

  @Test func metricsOfKMSCountCallsAndTheGuidesNamesOnlyInItsModel() throws {
    var lab = try TrailLab.used()
    let key = "arn:aws:kms:us-east-1:123456789012:key/\(StartNames.keyID)"
    let usage = [("Service", "KMS"), ("Type", "API"), ("Class", "None")]
    let calls = try lab.sums(
      "AWS/Usage", "CallCount", usage + [("Resource", "CryptographicOperationsSymmetric")])
    let expected = lab.cloud.journal.suffix(from: 0).filter(\.operation.isCryptographic).count
    #expect(expected >= 3)
    #expect(calls == [.double(Double(expected))])
    #expect(
      try lab.sums(
        "AWS/KMS", "SuccessfulRequest", [("KeyArn", key), ("Operation", "GenerateDataKey")])
        == [.double(1)])
    _ = lab.refusal(
      "kms GenerateDataKey", ["KeyId": .string(StartNames.keyID), "KeySpec": "AES_256"],
      as: "auditor")
    let errors = [("KeyId", StartNames.keyID)]
    #expect(try lab.sums("AWS/KMS", "UserErrorCount", errors) == [.double(1)])
    lab.cloud.setModel(.documented)
    #expect(try lab.sums("AWS/KMS", "UserErrorCount", errors) == [])
    let listed = try lab.call("cloudwatch ListMetrics", ["Namespace": "AWS/KMS"])
    #expect(listed["Metrics"]?.array?.contains { $0["MetricName"] == "UserErrorCount" } == false)
    let row = try #require(lab.cloud.journal.last)
    #expect(row.operation == .listMetrics)
  }

  @Test func aRequestWithoutDataIsRefused() throws {
    var lab = TrailLab()
    for input: JSON in [["Namespace": "Lab"], ["Namespace": "Lab", "MetricData": []]] {
      let refusal = lab.refusal("cloudwatch PutMetricData", input)
      #expect(refusal?.code == "MissingParameter")
      #expect(refusal?.message == "The parameter MetricData is required.")
    }
  }

  @Test func ownDataAreAddedUpAndStatisticsTaken() throws {
    var lab = TrailLab()
    for value in 1...10 {
      try lab.call(
        "cloudwatch PutMetricData",
        [
          "Namespace": "Lab",
          "MetricData": [["MetricName": "ms", "Value": .integer(value), "Unit": "Milliseconds"]],
        ])
    }
    #expect(try lab.sums("Lab", "ms", [], statistic: "SampleCount") == [.double(10)])
    #expect(try lab.sums("Lab", "ms", [], statistic: "Average") == [.double(5.5)])
    #expect(try lab.sums("Lab", "ms", [], statistic: "Maximum") == [.double(10)])
    let reply = try lab.call(
      "cloudwatch GetMetricStatistics",
      [
        "Namespace": "Lab", "MetricName": "ms", "StartTime": "2026-01-05T09:00:00Z",
        "EndTime": "2026-01-05T10:00:00Z", "Period": 300, "ExtendedStatistics": ["p50", "p90"],
      ])
    #expect(
      reply["Datapoints"] == [
        [
          "Timestamp": "2026-01-05T09:00:00+00:00", "Unit": "Milliseconds",
          "ExtendedStatistics": ["p50": .double(5), "p90": .double(9)],
        ]
      ])
    #expect(
      lab.refusal(
        "cloudwatch GetMetricStatistics",
        [
          "Namespace": "Lab", "MetricName": "ms", "StartTime": "2026-01-05T09:00:00Z",
          "EndTime": "2026-03-05T09:00:00Z", "Period": 60, "Statistics": ["Sum"],
        ])?.message
        == "You have requested up to 84960 datapoints, which exceeds the limit of 1440. You may reduce "
        + "the datapoints requested by increasing Period, or decreasing the time range.")
  }

  // MARK: Metric math

  private static let math: [(text: String, values: [Double?])] = [
    // m1 is 2, 4, -, 8; m2 is 1, 2, 3, 4 at four minutes.
    ("m1 + m2", [3, 6, nil, 12]), ("m1 / m2 * 100", [200, 200, nil, 200]),
    ("SUM([m1, m2])", [3, 6, 3, 12]), ("AVG(METRICS())", [1.5, 3, 3, 6]),
    ("MAX([m1, m2]) - MIN([m1, m2])", [1, 2, 0, 4]), ("SUM(m2)", [10, 10, 10, 10]),
    ("RATE(m2)", [nil, 1.0 / 60, 1.0 / 60, 1.0 / 60]), ("DIFF(m2)", [nil, 1, 1, 1]),
    ("IF(m2 > 2, 1, 0)", [0, 0, 1, 1]), ("IF(m2 >= 2 && m2 < 4, m2)", [nil, 2, 3, nil]),
    ("FILL(m1, 0)", [2, 4, 0, 8]), ("FILL(m1, REPEAT)", [2, 4, 4, 8]),
    ("RUNNING_SUM(m2)", [1, 3, 6, 10]), ("-m2", [-1, -2, -3, -4]), ("ABS(0 - m2)", [1, 2, 3, 4]),
    ("PERIOD(m1)", [60, 60, 60, 60]), ("DATAPOINT_COUNT(m1)", [3, 3, 3, 3]),
    ("CEIL(m2 / 2)", [1, 1, 2, 2]), ("FLOOR(m2 / 2)", [0, 1, 1, 2]),
    ("m2 == 2 OR m2 == 3", [0, 1, 1, 0]), ("(m2 + 1) * 2", [4, 6, 8, 10]),
  ]

  @Test func expressionsComeToWhatTheyShould() throws {
    var lab = TrailLab()
    for (minute, pair) in [(2, 1), (4, 2), (nil, 3), (8, 4)].enumerated() {
      let values: [(String, Int?)] = [("one", pair.0), ("two", pair.1)]
      for (name, value) in values {
        guard let value else { continue }
        try lab.call(
          "cloudwatch PutMetricData",
          [
            "Namespace": "Lab",
            "MetricData": [
              [
                "MetricName": .string(name), "Value": .integer(value),
                "Timestamp": .string("2026-01-05T08:0\(minute):00Z"),
              ]
            ],
          ])
      }
    }
    func query(_ id: String, _ name: String) -> JSON {
      [
        "Id": .string(id), "ReturnData": false,
        "MetricStat": [
          "Metric": ["Namespace": "Lab", "MetricName": .string(name)], "Period": 60, "Stat": "Sum",
        ],
      ]
    }
    for row in Self.math {
      let reply = try lab.call(
        "cloudwatch GetMetricData",
        [
          "StartTime": "2026-01-05T08:00:00Z", "EndTime": "2026-01-05T08:04:00Z",
          "ScanBy": "TimestampAscending",
          "MetricDataQueries": [
            query("m1", "one"), query("m2", "two"),
            ["Id": "e1", "Expression": .string(row.text)],
          ],
        ])
      let result = try #require(reply["MetricDataResults"]?.array?.first)
      let expected = row.values.enumerated().compactMap { minute, value in
        value.map { ("2026-01-05T08:0\(minute):00+00:00", $0) }
      }
      #expect(result["Timestamps"]?.array == expected.map { .string($0.0) }, "\(row.text)")
      #expect(result["Values"]?.array == expected.map { .double($0.1) }, "\(row.text)")
    }
    let used = Set(MetricMath.functions).filter { name in
      !Self.math.contains { $0.text.contains(name) }
    }
    #expect(used == ["SERVICE_QUOTA"])
    for wrong in ["m1 +", "SUMM(m1)", "nothing + 1", "(m1", "e1 + 1", "RATE(7)", "[m1, m2] + [m1]"]
    {
      #expect(
        lab.refusal(
          "cloudwatch GetMetricData",
          [
            "StartTime": "2026-01-05T08:00:00Z", "EndTime": "2026-01-05T08:04:00Z",
            "MetricDataQueries": [
              query("m1", "one"), query("m2", "two"), ["Id": "e1", "Expression": .string(wrong)],
            ],
          ])?.code == "ValidationError", "\(wrong)")
    }
  }

  @Test func aQuotaIsKnownToAnExpression() throws {
    var lab = TrailLab()
    try lab.call(
      "kms GenerateDataKey", ["KeyId": .string(StartNames.keyID), "KeySpec": "AES_256"])
    let dimensions: JSON = .array(
      [
        ("Service", "KMS"), ("Type", "API"), ("Class", "None"),
        ("Resource", "CryptographicOperationsSymmetric"),
      ].map { ["Name": .string($0.0), "Value": .string($0.1)] })
    let reply = try lab.call(
      "cloudwatch GetMetricData",
      [
        "StartTime": "2026-01-05T09:00:00Z", "EndTime": "2026-01-05T09:01:00Z",
        "MetricDataQueries": [
          [
            "Id": "m1",
            "MetricStat": [
              "Metric": [
                "Namespace": "AWS/Usage", "MetricName": "CallCount", "Dimensions": dimensions,
              ], "Period": 60, "Stat": "Sum",
            ],
          ], ["Id": "e1", "Expression": "m1 * 60 / PERIOD(m1) * 10000 / SERVICE_QUOTA(m1)"],
        ],
      ])
    #expect(
      reply["MetricDataResults"]?.array?.map { $0["Values"] } == [[.double(1)], [.double(1)]])
  }

  // MARK: Alarms

  private func alarm(
    _ name: String, missing: String? = nil, periods: Int = 1, needed: Int? = nil
  ) -> JSON {
    var object = JSONObject([
      ("AlarmName", .string(name)), ("Namespace", "Lab"), ("MetricName", "errors"),
      ("Statistic", "Sum"), ("Period", 60), ("EvaluationPeriods", .integer(periods)),
      ("Threshold", 1), ("ComparisonOperator", "GreaterThanOrEqualToThreshold"),
      ("AlarmActions", ["arn:aws:sns:us-east-1:123456789012:ops"]),
    ])
    object["TreatMissingData"] = missing.map { .string($0) }
    object["DatapointsToAlarm"] = needed.map { .integer($0) }
    return .object(object)
  }

  private func measure(_ lab: inout TrailLab, _ value: Int) throws {
    try lab.call(
      "cloudwatch PutMetricData",
      ["Namespace": "Lab", "MetricData": [["MetricName": "errors", "Value": .integer(value)]]])
  }

  @Test func anAlarmFiresAndClearsAsTheClockMoves() throws {
    var lab = TrailLab()
    try lab.call("cloudwatch PutMetricAlarm", alarm("errors", missing: "notBreaching"))
    let new = try lab.alarm("errors")
    #expect(new["StateValue"] == "INSUFFICIENT_DATA")
    #expect(new["StateReason"] == "Unchecked: Initial alarm creation")
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.alarm("errors")["StateValue"] == "OK")
    try measure(&lab, 2)
    lab.cloud.advance(by: .seconds(30))
    #expect(try lab.alarm("errors")["StateValue"] == "OK")
    lab.cloud.advance(by: .seconds(30))
    let fired = try lab.alarm("errors")
    #expect(fired["StateValue"] == "ALARM")
    #expect(
      fired["StateReason"]
        == .string(
          "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (05/01/26 09:01:00)] was greater "
            + "than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
        ))
    #expect(fired["StateUpdatedTimestamp"] == "2026-01-05T09:02:00+00:00")
    // A long wait: what followed happened at its own time.
    lab.cloud.advance(by: .seconds(7200))
    let cleared = try lab.alarm("errors")
    #expect(cleared["StateValue"] == "OK")
    #expect(cleared["StateUpdatedTimestamp"] == "2026-01-05T09:03:00+00:00")
    let changes = lab.cloud.happenings.suffix(from: 0).compactMap { happening -> AlarmState? in
      if case .alarm(let change) = happening.transition { change.to } else { nil }
    }
    #expect(changes == [.good, .alarm, .good])
    let history = try lab.call(
      "cloudwatch DescribeAlarmHistory",
      ["AlarmName": "errors", "HistoryItemType": "Action"])
    #expect(history["AlarmHistoryItems"]?.array?.count == 1)
  }

  @Test(arguments: [
    ("missing", "INSUFFICIENT_DATA"), ("breaching", "ALARM"), ("notBreaching", "OK"),
    ("ignore", "ALARM"),
  ]) func missingDataAreTreatedAsAsked(_ treatment: String, _ state: String) throws {
    var lab = TrailLab()
    try lab.call("cloudwatch PutMetricAlarm", alarm("errors", missing: treatment))
    try measure(&lab, 5)
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.alarm("errors")["StateValue"] == "ALARM")
    lab.cloud.advance(by: .seconds(180))
    #expect(try lab.alarm("errors")["StateValue"] == JSON.string(state))
  }

  @Test func soManyOutOfSoManyPeriodsAreNeeded() throws {
    var lab = TrailLab()
    try lab.call(
      "cloudwatch PutMetricAlarm", alarm("errors", missing: "notBreaching", periods: 3, needed: 2))
    try measure(&lab, 5)
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.alarm("errors")["StateValue"] == "OK")
    lab.cloud.advance(by: .seconds(60))
    try measure(&lab, 5)
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.alarm("errors")["StateValue"] == "ALARM")
  }

  @Test func anAlarmWatchesAnExpression() throws {
    var lab = TrailLab()
    try lab.call(
      "cloudwatch PutMetricAlarm",
      [
        "AlarmName": "share", "EvaluationPeriods": 1, "Threshold": .double(0.5),
        "ComparisonOperator": "LessThanThreshold", "TreatMissingData": "ignore",
        "Metrics": [
          [
            "Id": "good", "ReturnData": false,
            "MetricStat": [
              "Metric": [
                "Namespace": "AWS/Kinesis", "MetricName": "PutRecord.Success",
                "Dimensions": [["Name": "StreamName", "Value": "my-existing-stream"]],
              ], "Period": 60, "Stat": "Average",
            ],
          ], ["Id": "share", "Expression": "good * 1"],
        ],
      ])
    try put(&lab, ["a"])
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.alarm("share")["StateValue"] == "OK")
    _ = lab.refusal(
      "kinesis PutRecord",
      ["StreamName": "my-existing-stream", "Data": "YWJj", "PartitionKey": "a"], as: "auditor")
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.alarm("share")["StateValue"] == "ALARM")
  }

  @Test func alarmsAreSetSwitchedTaggedListedAndDeleted() throws {
    var lab = TrailLab()
    try lab.call("cloudwatch PutMetricAlarm", alarm("errors", missing: "notBreaching"))
    try lab.call(
      "cloudwatch SetAlarmState",
      ["AlarmName": "errors", "StateValue": "ALARM", "StateReason": "a test"])
    #expect(try lab.alarm("errors")["StateReason"] == "a test")
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.alarm("errors")["StateValue"] == "OK")
    try lab.call("cloudwatch DisableAlarmActions", ["AlarmNames": ["errors"]])
    #expect(try lab.alarm("errors")["ActionsEnabled"] == false)
    try lab.call("cloudwatch EnableAlarmActions", ["AlarmNames": ["errors"]])
    #expect(try lab.alarm("errors")["ActionsEnabled"] == true)
    let arn = try #require(try lab.alarm("errors")["AlarmArn"])
    try lab.call(
      "cloudwatch TagResource", ["ResourceARN": arn, "Tags": [["Key": "team", "Value": "a"]]])
    #expect(
      try lab.call("cloudwatch ListTagsForResource", ["ResourceARN": arn])
        == ["Tags": [["Key": "team", "Value": "a"]]])
    let found = try lab.call(
      "cloudwatch DescribeAlarmsForMetric", ["Namespace": "Lab", "MetricName": "errors"])
    #expect(found["MetricAlarms"]?.array?.count == 1)
    #expect(
      lab.refusal("cloudwatch DeleteAlarms", ["AlarmNames": ["other"]])?.code == "ResourceNotFound")
    try lab.call("cloudwatch DeleteAlarms", ["AlarmNames": ["errors"]])
    #expect(try lab.call("cloudwatch DescribeAlarms")["MetricAlarms"] == [])
  }

  @Test func anAlarmThatCannotBeIsRefused() {
    var lab = TrailLab()
    for (member, value, code) in [
      ("Period", 90, "InvalidParameterValue"), ("EvaluationPeriods", 2000, "ValidationError"),
      ("DatapointsToAlarm", 5, "ValidationError"), ("TreatMissingData", "maybe", "ValidationError"),
    ] as [(String, JSON, String)] {
      var object = alarm("errors").object ?? JSONObject()
      object[member] = value
      #expect(lab.refusal("cloudwatch PutMetricAlarm", .object(object))?.code == code, "\(member)")
    }
  }

  /// Sums by minutes against all values, for random values.
  @Test func sumsOfMinutesMergeToTheSumsOfAll() {
    var state: UInt64 = 5
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for _ in 0..<200 {
      var series = MinuteSeries()
      var values: [Double] = []
      for _ in 0..<(1 + next(40)) {
        let value = Double(next(6))
        values.append(value)
        series.add(value, at: Instant(milliseconds: Int64(next(300_000))))
      }
      values.sort()
      let sums = series.sums(from: Instant(milliseconds: 0), to: Instant(milliseconds: 300_000))
      #expect(sums?.count == Double(values.count))
      #expect(sums?.sum == values.reduce(0, +))
      #expect(sums?.least == values.first)
      #expect(sums?.most == values.last)
      for percent in [10.0, 50, 99] {
        let place = Int((percent / 100 * Double(values.count)).rounded(.up)) - 1
        #expect(sums?.percentile(percent) == values[max(0, place)])
      }
    }
  }
}
