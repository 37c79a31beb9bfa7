import Insights
import Testing
import Values

@testable import Cloud

/// What queries and metric filters count.
@Suite struct LogCountTests {
  private func lab() throws -> TrailLab {
    var lab = TrailLab()
    try lab.call("logs CreateLogGroup", ["logGroupName": "app"])
    try lab.call("logs CreateLogStream", ["logGroupName": "app", "logStreamName": "one"])
    return lab
  }

  private func put(_ lab: inout TrailLab, _ messages: [String]) throws {
    let now = Int(lab.cloud.world.now.milliseconds)
    try lab.call(
      "logs PutLogEvents",
      [
        "logGroupName": "app", "logStreamName": "one",
        "logEvents": .array(
          messages.map { ["timestamp": .integer(now), "message": .string($0)] }),
      ])
  }

  @Test func aDefaultValueStandsForAMinuteInWhichNothingFitted() throws {
    var lab = try lab()
    try lab.call(
      "logs PutMetricFilter",
      [
        "logGroupName": "app", "filterName": "errors", "filterPattern": "ERROR",
        "metricTransformations": [
          [
            "metricName": "Errors", "metricNamespace": "Lab", "metricValue": "1",
            "defaultValue": 7,
          ]
        ],
      ])
    func sums() -> [Double] {
      let series = lab.cloud.series(Metrics.Name("Lab", "Errors", []), in: .usEast1)
      return series?.minutes.map(\.sums.sum) ?? []
    }
    try put(&lab, ["INFO a", "INFO b", "INFO c"])
    #expect(sums() == [7])
    // Something that fits comes later in the same minute.
    try put(&lab, ["INFO d", "ERROR e"])
    #expect(sums() == [1])
    try put(&lab, ["INFO f"])
    #expect(sums() == [1])
    lab.cloud.advance(by: .seconds(120))
    try put(&lab, ["INFO g"])
    #expect(sums() == [1, 7])
  }

  @Test func aGroupThatIsNamedTwiceIsReadOnce() throws {
    var lab = try lab()
    try put(&lab, ["a", "b"])
    let names: JSON = [
      "app", "app", "arn:aws:logs:us-east-1:123456789012:log-group:app",
    ]
    let id = try lab.call(
      "logs StartQuery",
      [
        "logGroupIdentifiers": names, "startTime": 0, "endTime": 4_000_000_000,
        "queryString": "stats count(*) as n",
      ])
    let reply = try lab.call("logs GetQueryResults", ["queryId": id["queryId"] ?? .null])
    #expect(reply["results"] == [[["field": "n", "value": "2"]]])
    #expect(reply["statistics"]?["logGroupsScanned"] == .double(1))
    #expect(reply["statistics"]?["recordsScanned"] == .double(2))
    // Rows of a list with a group twice are read once as well.
    let group = try #require(lab.cloud.world.logs.groups.first)
    let run = lab.cloud.run(
      try InsightsQuery("stats count(*) as n"), over: [group, group],
      from: Instant(milliseconds: 0), to: lab.cloud.world.now)
    #expect(run.result.scanned == 2)
  }

  @Test func aMissingGroupIsNamedWithAccountAndRequest() throws {
    var lab = try lab()
    let refusal = lab.refusal(
      "logs StartQuery",
      ["logGroupName": "ap", "startTime": 0, "endTime": 1, "queryString": "limit 1"])
    let error = try #require(refusal)
    let request = try lab.record("StartQuery")["requestID"]?.string ?? "?"
    #expect(error.code == "ResourceNotFoundException")
    #expect(
      error.message
        == "Log group 'ap' does not exist for account ID '123456789012' (Service: AWSLogs; Status "
        + "Code: 400; Error Code: ResourceNotFoundException; Request ID: \(request); Proxy: null)")
  }

  @Test func aKeyWithADotIsFoundInATrailsEvents() throws {
    var lab = TrailLab()
    try lab.call(
      "kms Encrypt",
      [
        "KeyId": .string(StartNames.keyID), "Plaintext": "aGk=",
        "EncryptionContext": ["a.b": "found"],
      ])
    for name in [
      "requestParameters.encryptionContext.`a.b`", "requestParameters.encryptionContext.a.b",
    ] {
      let query = try InsightsQuery("filter \(name) = 'found' | stats count(*) as n")
      let result = lab.cloud.runOverHistory(query, from: Instant(milliseconds: 0))
      #expect(result.rows == [[.number(1)]], "\(name)")
    }
  }
}
