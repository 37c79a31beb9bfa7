import Testing
import Values

@testable import Cloud

/// The answers of CloudWatch, member by member.
@Suite struct MetricAnswerTests {
  private func put(_ lab: inout TrailLab, _ metric: String, _ values: [Int]) throws {
    for value in values {
      try lab.call(
        "cloudwatch PutMetricData",
        [
          "Namespace": "Lab",
          "MetricData": [["MetricName": .string(metric), "Value": .integer(value)]],
        ])
      lab.cloud.advance(by: .seconds(60))
    }
  }

  private func metric(_ id: String, _ name: String) -> JSON {
    [
      "Id": .string(id), "ReturnData": false,
      "MetricStat": [
        "Metric": ["Namespace": "Lab", "MetricName": .string(name)], "Period": 60, "Stat": "Sum",
      ],
    ]
  }

  private func values(_ lab: inout TrailLab, _ expression: String) throws -> [[JSON]] {
    let reply = try lab.call(
      "cloudwatch GetMetricData",
      [
        "MetricDataQueries": [
          metric("m1", "a"), metric("m2", "b"),
          ["Id": "e1", "Expression": .string(expression)],
        ], "StartTime": "2026-01-05T09:00:00Z", "EndTime": "2026-01-05T09:04:00Z",
        "ScanBy": "TimestampAscending",
      ])
    return (reply["MetricDataResults"]?.array ?? []).map { $0["Values"]?.array ?? [] }
  }

  @Test func anExpressionOverAListGivesOneResultEach() throws {
    var lab = TrailLab()
    try put(&lab, "a", [2, 4])
    try put(&lab, "b", [6, 8])
    #expect(
      try values(&lab, "METRICS()/2") == [[.double(1), .double(2)], [.double(3), .double(4)]])
    #expect(
      try values(&lab, "FILL(METRICS(), 0)") == [
        [.double(2), .double(4), .double(0), .double(0)],
        [.double(0), .double(0), .double(6), .double(8)],
      ])
    #expect(try values(&lab, "SUM(FILL(METRICS(), 0))").count == 1)
    #expect(try values(&lab, "m1 ^ 2") == [[.double(4), .double(16)]])
    #expect(try values(&lab, "2 ^ 3 ^ 2 * m1 / m1") == [[.double(512), .double(512)]])
    #expect(try values(&lab, "-2 ^ 2 + m1 - m1") == [[.double(-4), .double(-4)]])
    #expect(
      try values(&lab, "FILL(IF(m1 > 100, m1), 7)") == [
        [.double(7), .double(7), .double(7), .double(7)]
      ])
    let reply = try lab.call(
      "cloudwatch GetMetricData",
      [
        "MetricDataQueries": [
          metric("m1", "a"), metric("m2", "b"),
          ["Id": "e1", "Expression": "METRICS()*1", "Label": "all"],
        ], "StartTime": "2026-01-05T09:00:00Z", "EndTime": "2026-01-05T09:04:00Z",
      ])
    let results = reply["MetricDataResults"]?.array ?? []
    #expect(results.compactMap { $0["Id"]?.string } == ["e1", "e1"])
    #expect(results.compactMap { $0["Label"]?.string } == ["all a", "all b"])
  }

  @Test func anAlarmOverAListIsRefused() throws {
    var lab = TrailLab()
    let error = lab.refusal(
      "cloudwatch PutMetricAlarm",
      [
        "AlarmName": "x", "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": [
          metric("m1", "a"), metric("m2", "b"), ["Id": "e1", "Expression": "METRICS()/2"],
        ],
      ])
    #expect(error?.code == "ValidationError")
    #expect(error?.message.contains("one time series; it gives 2") == true)
  }

  @Test func datapointsComeInPages() throws {
    var lab = TrailLab()
    try put(&lab, "a", [1, 2, 3])
    var points: [JSON] = []
    var codes: [String] = []
    var token: JSON?
    for _ in 0..<5 {
      var input = JSONObject([
        (
          "MetricDataQueries",
          [
            [
              "Id": "m1",
              "MetricStat": [
                "Metric": ["Namespace": "Lab", "MetricName": "a"], "Period": 60, "Stat": "Sum",
              ],
            ]
          ]
        ), ("StartTime", "2026-01-05T09:00:00Z"), ("EndTime", "2026-01-05T10:00:00Z"),
        ("ScanBy", "TimestampAscending"), ("MaxDatapoints", 2),
      ])
      input["NextToken"] = token
      let reply = try lab.call("cloudwatch GetMetricData", .object(input))
      let result = reply["MetricDataResults"]?.array?.first
      points += result?["Values"]?.array ?? []
      codes.append(result?["StatusCode"]?.string ?? "")
      token = reply["NextToken"]
      if token == nil { break }
    }
    #expect(points == [.double(1), .double(2), .double(3)])
    #expect(codes == ["PartialData", "Complete"])
    #expect(
      lab.refusal(
        "cloudwatch GetMetricData",
        [
          "MetricDataQueries": [], "StartTime": "2026-01-05T09:00:00Z",
          "EndTime": "2026-01-05T10:00:00Z", "MaxDatapoints": 0,
        ])?.code == "ValidationError")
  }

  @Test func recentlyActiveMeansThreeHours() throws {
    var lab = TrailLab()
    try put(&lab, "old", [1])
    lab.cloud.advance(by: .seconds(4 * 3600))
    try put(&lab, "new", [1])
    func names(_ input: JSON) throws -> [String] {
      (try lab.call("cloudwatch ListMetrics", input)["Metrics"]?.array ?? []).compactMap {
        $0["MetricName"]?.string
      }
    }
    #expect(try names(["Namespace": "Lab"]) == ["new", "old"])
    #expect(try names(["Namespace": "Lab", "RecentlyActive": "PT3H"]) == ["new"])
  }

  // MARK: Alarms

  @Test func aReasonComesWithItsData() throws {
    var lab = TrailLab()
    try lab.call(
      "cloudwatch PutMetricAlarm",
      [
        "AlarmName": "x", "Namespace": "Lab", "MetricName": "a", "Period": 60,
        "EvaluationPeriods": 1, "Statistic": "Sum", "Threshold": 2,
        "ComparisonOperator": "GreaterThanThreshold",
      ])
    func alarm() throws -> JSON? {
      try lab.call("cloudwatch DescribeAlarms")["MetricAlarms"]?.array?.first
    }
    #expect(try alarm()?["StateReasonData"] == nil)
    try put(&lab, "a", [5])
    let found = try alarm()
    #expect(found?["StateValue"] == "ALARM")
    let names = found?.object?.names ?? []
    let place = names.firstIndex(of: "StateReason").map { names[$0 + 1] }
    #expect(place == "StateReasonData")
    let data = try JSON(parsing: found?["StateReasonData"]?.string ?? "")
    #expect(
      data == [
        "version": "1.0", "queryDate": "2026-01-05T09:01:00.000+0000",
        "startDate": "2026-01-05T09:00:00.000+0000", "statistic": "Sum", "period": 60,
        "recentDatapoints": [.double(5)], "threshold": .double(2),
        "evaluatedDatapoints": [
          ["timestamp": "2026-01-05T09:00:00.000+0000", "value": .double(5)]
        ],
      ])
    try lab.call(
      "cloudwatch SetAlarmState",
      [
        "AlarmName": "x", "StateValue": "OK", "StateReason": "r", "StateReasonData": "{\"a\":1}",
      ])
    #expect(try alarm()?["StateReasonData"] == "{\"a\":1}")
  }

  @Test func membersComeInTheModelsOrderHoweverTheyWereTyped() throws {
    var lab = TrailLab()
    try lab.call(
      "cloudwatch PutMetricAlarm",
      [
        "AlarmName": "x", "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": [
          [
            "ReturnData": false,
            "MetricStat": [
              "Stat": "Sum", "Period": 60,
              "Metric": [
                "MetricName": "a", "Dimensions": [["Value": "v", "Name": "n"]], "Namespace": "Lab",
              ],
            ], "Id": "m1",
          ], ["Label": "twice", "Expression": "m1*2", "Id": "e1"],
        ],
      ])
    let alarm = try lab.call("cloudwatch DescribeAlarms")["MetricAlarms"]?.array?.first
    #expect(
      alarm?["Metrics"]?.compact
        == #"[{"Id":"m1","MetricStat":{"Metric":{"Namespace":"Lab","MetricName":"a","Dimensions":[{"Name":"n","Value":"v"}]},"Period":60,"Stat":"Sum"},"ReturnData":false},{"Id":"e1","Expression":"m1*2","Label":"twice","ReturnData":true}]"#
    )
    #expect(lab.cloud.world.metrics.alarms[0]?.subject == "twice")
  }

  @Test func aMissingComparisonIsNamed() {
    var lab = TrailLab()
    let error = lab.refusal(
      "cloudwatch PutMetricAlarm",
      [
        "AlarmName": "x", "Namespace": "Lab", "MetricName": "a", "Period": 60,
        "EvaluationPeriods": 1, "Statistic": "Sum", "Threshold": 2,
      ])
    #expect(error?.message == "The parameter ComparisonOperator must be given.")
  }
}
