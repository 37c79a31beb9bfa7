import Cloud
import Narration
import Testing

@testable import Workbook

@Suite struct InsightsVerbTests {
  private func lab() -> Workbook {
    var workbook = Workbook()
    for line in [
      "aws kms generate-data-key --key-id \(StartNames.keyID) --key-spec AES_256 --profile admin",
      "aws kms generate-data-key --key-id \(StartNames.keyID) --key-spec AES_256 --profile auditor",
      "aws kms generate-data-key --key-id \(StartNames.keyID) --key-spec AES_256 --profile auditor",
    ] { _ = workbook.feed(line) }
    return workbook
  }

  @Test func theGuidesQueryShowsWhatItReallyCounts() {
    var workbook = lab()
    let turn = workbook.feed(
      "insights 'fields @timestamp, eventName | filter eventName = \"GenerateDataKey\" | stats count() as failures by errorCode'"
    )
    #expect(turn.status == 0)
    #expect(turn.reply.contains("errorCode     failures\n-             1\nAccessDenied  2\n"))
    #expect(turn.reply.contains("the calls that went well"))
    #expect(turn.reply.contains("over event history"))
  }

  @Test func countsByTimeAreDrawnWrittenPlainOrTold() {
    var workbook = lab()
    let query =
      "'filter eventName = \"GenerateDataKey\" | stats count(*) as calls by bin(5m), errorCode'"
    let drawn = workbook.feed("insights \(query)").reply
    #expect(
      drawn.contains("2026-01-05 09:00  AccessDenied  ████████████████████████████████████████ 2"))
    let plain = workbook.feed("insights --plain \(query)").reply
    #expect(plain.contains("2026-01-05 09:00  -             #################### 1"))
    _ = workbook.feed("explain narrated")
    let told = workbook.feed("insights \(query)").reply
    #expect(told.contains("2026-01-05 09:00, AccessDenied: 2."))
    #expect(!told.contains("█"))
  }

  /// Event history is that of one Region, as `lookup-events` has it.
  @Test func eventHistoryIsAskedOfTheRegionInUse() {
    var workbook = lab()
    _ = workbook.feed("aws kinesis list-streams --region eu-west-1")
    let query = "'stats count(*) as n by awsRegion'"
    let here = workbook.feed("insights \(query)").reply
    #expect(here.contains("over event history of us-east-1 alone"))
    #expect(here.contains("us-east-1  3\n"))
    #expect(!here.contains("eu-west-1"))
    let everywhere = workbook.feed("insights --all-regions \(query)").reply
    #expect(everywhere.contains("over event history of every Region"))
    #expect(everywhere.contains("us-east-1  3\n"))
    #expect(everywhere.contains("eu-west-1  1\n"))
    _ = workbook.feed("export AWS_REGION=eu-west-1")
    let there = workbook.feed("insights \(query)").reply
    #expect(there.contains("over event history of eu-west-1 alone"))
    #expect(there.contains("eu-west-1  1\n"))
    #expect(!there.contains("us-east-1  3"))
  }

  @Test func aGroupThatIsNotThereIsNamedWithThoseThatAre() {
    var workbook = lab()
    let query = "--group nope 'stats count(*)'"
    #expect(
      workbook.feed("insights \(query)").errors.contains("\"nope\" in us-east-1: there is none"))
    _ = workbook.feed("aws logs create-log-group --log-group-name app")
    #expect(
      workbook.feed("insights \(query)").errors.contains("\"nope\" in us-east-1; there are app"))
  }

  @Test func aFieldThatNoEventHasIsNamed() {
    var workbook = lab()
    for (query, advice) in [
      ("stats count(*) by eventNam", "no event has eventNam; did you mean eventName?"),
      ("filter eventSorce like 'kms'", "no event has eventSorce; did you mean eventSource?"),
      (
        "filter userIdentitty.type = 'Root'",
        "no event has userIdentitty.type; did you mean userIdentity.type?"
      ),
    ] { #expect(workbook.feed("insights \"\(query)\"").reply.contains(advice), "\(query)") }
    for query in [
      "stats count(*) by errorCode", "filter userIdentity.type = 'Nobody'",
      "fields eventName as eventNam | sort eventNam | limit 1",
    ] { #expect(!workbook.feed("insights \"\(query)\"").reply.contains("no event has")) }
  }

  @Test func anEmptyGroupOfSomethingElseChangesNothing() {
    var workbook = lab()
    _ = workbook.feed("aws logs create-log-group --log-group-name app")
    let query = "insights 'filter eventName = \"GenerateDataKey\" | stats count(*) as n'"
    let told = workbook.feed(query).reply
    #expect(told.contains("over event history"))
    #expect(told.contains("\n3\n"), "\(told)")
    #expect(workbook.feed("insights --group app 'stats count(*) as n'").reply.contains("over app"))
  }

  @Test func everyAggregateHasItsChartAndGapsAreSeen() {
    var workbook = lab()
    _ = workbook.feed("wait 10m")
    _ = workbook.feed("aws kms generate-data-key --key-id \(StartNames.keyID) --key-spec AES_256")
    let query =
      "insights --plain 'filter eventName = \"GenerateDataKey\" | stats count(*) as calls, "
      + "count(errorCode) as failed by bin(5m)'"
    let drawn = workbook.feed(query).reply
    #expect(
      drawn.contains(
        """
        calls by bin(5m)
        2026-01-05 09:00  ######################################## 3
        2026-01-05 09:05  -
        2026-01-05 09:10  ############# 1

        failed by bin(5m)
        2026-01-05 09:00  ######################################## 2
        2026-01-05 09:05  -
        2026-01-05 09:10  0

        """), "\(drawn)")
    _ = workbook.feed("explain narrated")
    #expect(workbook.feed(query).reply.contains("2026-01-05 09:05: nothing."))
  }

  @Test func aMistakeIsPointedAt() {
    var workbook = lab()
    let turn = workbook.feed("insights 'fields a | stat b'")
    #expect(turn.status == 2)
    #expect(turn.errors.contains("There is no command \"stat\""))
    #expect(turn.errors.contains("fields a | stat b\n"))
    #expect(turn.errors.contains("           ^^^^\n"))
    #expect(workbook.feed("insights").status == 2)
    #expect(workbook.feed("insights --group nowhere 'limit 1'").errors.contains("no log group"))
    #expect(workbook.feed("insights --since soon 'limit 1'").status == 2)
  }

  @Test func aRowOfEventsWithoutAFieldIsToldOfOnlyWhereItShows() {
    var workbook = lab()
    let told = workbook.feed("insights 'stats count(*) as n by errorCode as code | sort n desc'")
      .reply
    #expect(told.contains("events without errorCode are counted too"))
    for query in [
      "filter ispresent(errorCode) | stats count(*) as n by errorCode as code",
      "stats count(*) as n by errorCode | stats max(n)",
      "stats count(*) as n by errorCode | display n", "stats count(*) as n by eventName as name",
    ] {
      #expect(!workbook.feed("insights '\(query)'").reply.contains("are counted too"), "\(query)")
    }
  }

  @Test func aPeriodThatWasFilteredOutIsNotDrawnAsSilent() {
    var workbook = Workbook()
    for line in [
      "aws kms list-keys", "wait 1m", "aws kms list-keys", "aws kms list-keys", "wait 2m",
      "aws kms list-keys",
    ] { _ = workbook.feed(line) }
    let whole = workbook.feed("insights 'stats count(*) as n by bin(1m)'").reply
    #expect(whole.contains("2026-01-05 09:02  -\n"))
    for tail in ["filter n = 1", "sort n asc | limit 2"] {
      let chart = workbook.feed("insights 'stats count(*) as n by bin(1m) | \(tail)'").reply
      #expect(chart.contains("09:00") && chart.contains("09:03"))
      #expect(!chart.contains("09:01") && !chart.contains("-\n"), "\(tail): \(chart)")
    }
  }
}

@Suite struct PlotTests {
  private func lab() -> Workbook {
    var workbook = Workbook()
    for line in [
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=",
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=",
      "wait 1m",
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=",
    ] { _ = workbook.feed(line) }
    return workbook
  }

  @Test func aMetricIsDrawnWrittenPlainOrTold() {
    var workbook = lab()
    let drawn = workbook.feed("plot IncomingRecords").reply
    #expect(
      drawn == """
        IncomingRecords of my-existing-stream (AWS/Kinesis): Sum of each minute
        2026-01-05 09:00  ████████████████████████████████████████ 2
        2026-01-05 09:01  ████████████████████ 1

        """)
    let plain = workbook.feed("plot putrecord.success --of existing --period 5m --plain").reply
    #expect(
      plain == """
        PutRecord.Success of my-existing-stream (AWS/Kinesis): Average of each 5 minutes
        2026-01-05 09:00  ######################################## 1

        """)
    _ = workbook.feed("explain narrated")
    #expect(workbook.feed("plot IncomingRecords").reply.contains("2026-01-05 09:00: 2."))
  }

  @Test func aStreamComesBeforeItsShards() {
    var workbook = lab()
    _ = workbook.feed(
      "aws kinesis enable-enhanced-monitoring --stream-name my-existing-stream "
        + "--shard-level-metrics ALL")
    _ = workbook.feed(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=")
    let headings = workbook.feed("plot IncomingRecords").reply.split(separator: "\n").filter {
      $0.hasPrefix("Incoming")
    }
    #expect(
      headings == [
        "IncomingRecords of my-existing-stream (AWS/Kinesis): Sum of each minute",
        "IncomingRecords of my-existing-stream, shardId-000000000000 (AWS/Kinesis): Sum of each minute",
      ])
  }

  @Test func gapsAreDrawn() {
    var workbook = lab()
    _ = workbook.feed("wait 2m")
    _ = workbook.feed(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=")
    #expect(
      workbook.feed("plot IncomingRecords --plain").reply.contains(
        """
        2026-01-05 09:01  #################### 1
        2026-01-05 09:02  -
        2026-01-05 09:03  #################### 1
        """))
    _ = workbook.feed("wait 2h")
    _ = workbook.feed(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=")
    let long = workbook.feed("plot IncomingRecords --plain").reply
    #expect(long.contains("2026-01-05 09:04  - until 2026-01-05 11:03\n"))
    #expect(long.split(separator: "\n").count == 7)
  }

  @Test func theRegionOfTheSessionIsLookedAt() {
    var workbook = Workbook()
    _ = workbook.feed("export AWS_REGION=us-west-2")
    _ = workbook.feed(
      "aws cloudwatch put-metric-data --namespace Lab --metric-name errors --value 5")
    _ = workbook.feed("aws logs create-log-group --log-group-name west")
    #expect(workbook.feed("plot errors --plain").reply.contains("5"))
    #expect(workbook.feed("insights --group west 'limit 1'").status == 0)
    _ = workbook.feed("export AWS_REGION=us-east-1")
    #expect(workbook.feed("plot errors").status == 2)
    #expect(
      workbook.feed("insights --group west 'limit 1'").errors.contains(
        "There is no log group \"west\" in us-east-1"))
  }

  @Test func whatCannotBePlottedIsSaid() {
    var workbook = lab()
    #expect(workbook.feed("plot IncomingRecord").errors.contains("did you mean IncomingRecords?"))
    #expect(
      workbook.feed("plot IncomingRecords --of nobody").errors.contains(
        "IncomingRecords was not measured of \"nobody\"; it was of my-existing-stream"))
    #expect(workbook.feed("plot IncomingRecords --period 90s").status == 2)
    #expect(workbook.feed("plot IncomingRecords --stat Median").errors.contains("p95"))
    #expect(workbook.feed("plot IncomingRecords --off x").errors.contains("did you mean --of?"))
    #expect(workbook.feed("plot").errors.contains("IncomingBytes"))
  }

  @Test func theStoryTellsWhenAnAlarmFires() {
    var workbook = Workbook()
    workbook.explain = .brief
    _ = workbook.feed(
      "aws cloudwatch put-metric-alarm --alarm-name bad --namespace Lab --metric-name errors "
        + "--statistic Sum --period 60 --evaluation-periods 1 --threshold 1 "
        + "--comparison-operator GreaterThanOrEqualToThreshold")
    _ = workbook.feed(
      "aws cloudwatch put-metric-data --namespace Lab --metric-data MetricName=errors,Value=3")
    let turn = workbook.feed("wait 1m")
    #expect(
      turn.page.text.contains(
        "clock 09:01:00: alarm bad goes from INSUFFICIENT_DATA to ALARM: errors"))
  }
}
