import Clients
import Cloud
import Narration
import Testing
import Values

@testable import Workbook

@Suite struct QuotaVerbTests {
  private static func row(_ text: String, _ name: String) -> String? {
    text.split(separator: "\n").first { $0.contains(name) }.map(String.init)
  }

  @Test func theOverviewShowsDefaultsUseAndWhatWasAskedFor() throws {
    var workbook = Workbook(model: .documented)
    func overview(_ workbook: inout Workbook) -> String { workbook.feed("quota").reply }
    let name = "Cryptographic operations (symmetric) request rate"
    let before = try #require(Self.row(overview(&workbook), name))
    #expect(before.contains("L-6E3AF000") && before.contains("100,000/s"))
    _ = workbook.feed("aws kinesis create-stream --stream-name s --shard-count 3")
    _ = workbook.feed("aws kms generate-random --number-of-bytes 16")
    let ask = workbook.feed(
      "aws service-quotas request-service-quota-increase --service-code kms --quota-code L-6E3AF000"
        + " --desired-value 150000")
    #expect(ask.status == 0)
    #expect(ask.reply.contains("\"DesiredValue\": 150000.0"))
    let asked = try #require(Self.row(overview(&workbook), name))
    #expect(asked.contains("1 in the peak second"))
    #expect(asked.contains("PENDING 150,000"))
    #expect(try #require(Self.row(overview(&workbook), "Shards per Region")).contains("4 now"))
    #expect(workbook.feed("timeline").reply.contains("\(name) in us-east-1 becomes 150,000"))
    _ = workbook.feed("wait 2m")
    #expect(try #require(Self.row(overview(&workbook), name)).contains("CASE_OPENED 150,000"))
    let wait = workbook.feed("wait 3d")
    #expect((wait.reply + wait.page.text).contains("\(name) in us-east-1 is 150,000 from now on"))
    let after = try #require(Self.row(overview(&workbook), name))
    #expect(after.contains("150,000/s") && after.contains("APPROVED 150,000"))
    #expect(workbook.feed("meter").reply.contains("150,000 cryptographic requests/s"))
    #expect(workbook.feed("undo").status == 0)
    #expect(workbook.feed("quota all").reply.contains("Custom Key Stores"))
  }

  @Test func anotherRegionHasItsOwnAndAWrongWordIsPointedAt() {
    var workbook = Workbook(model: .documented)
    let other = workbook.feed("quota --region eu-central-1").reply
    #expect(other.contains("20,000/s") && other.contains("6,000"))
    let wrong = workbook.feed("quota --region eu-centrl-1")
    #expect(wrong.status == 2)
    #expect(wrong.errors.contains("did you mean eu-central-1?"))
    #expect(workbook.feed("quota kms").status == 2)
    #expect(workbook.feed("quota --region").status == 2)
  }

  @Test func aHigherQuotaTakesDownTheWallOfALoad() throws {
    var workbook = Workbook(model: .described)
    for line in [
      "aws kinesis create-stream --stream-name my-secure-stream --shard-count 60", "wait 15s",
      "aws kinesis start-stream-encryption --stream-name my-secure-stream --encryption-type KMS --key-id 12345678-1234-1234-1234-123456789012",
      "wait 2m",
    ] { #expect(workbook.feed(line).status == 0, "\(line)") }
    let load = "load --stream-name my-secure-stream --rate 45000/s --record-size 8 --for 2s"
    #expect(workbook.feed(load).reply.contains("the KMS quota"))
    _ = workbook.feed(
      "aws service-quotas request-service-quota-increase --service-code kms --quota-code L-6E3AF000"
        + " --desired-value 50000")
    _ = workbook.feed("wait 3d")
    _ = workbook.feed(load)
    let reports = workbook.desk.loads
    #expect(reports.count == 2)
    #expect(reports[0].wall == .kms)
    #expect(reports[1].throttled == 0)
    #expect(reports[1].quota.rate == 50_000)
  }

  @Test func whoWatchesAStreamTooOftenMeetsTheControlPlaneAndNeitherOfTheOtherWalls() throws {
    var workbook = Workbook(model: .described)
    for line in [
      "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1", "wait 15s",
    ] {
      _ = workbook.feed(line)
    }
    let turn = workbook.feed(
      "load --stream-name my-secure-stream --rate 50/s --for 2s --reader admin --describe 15/s")
    let report = try #require(workbook.desk.loads.last)
    #expect(report.wall == .control)
    #expect(report.described == 20)
    #expect(report.refused(.control) == 10)
    #expect(report.stored == 100)
    #expect(turn.reply.contains("LimitExceededException"))
    #expect(turn.page.text.contains("The wall was a control-plane rate"))
    #expect(turn.page.text.contains("DescribeStream 15 times a second; allowed: 10"))
    #expect(!turn.page.text.contains("The wall was the KMS quota"))
    #expect(
      workbook.feed("load --stream-name my-secure-stream --rate 1/s --describe x").status == 2)
  }

  @Test func aTypedRefusalSaysWhichWallItWas() {
    var workbook = Workbook()
    for number in 0..<7 {
      _ = workbook.feed("aws kinesis create-stream --stream-name s\(number) --shard-count 1")
      _ = workbook.feed("wait 12s")
    }
    let turn = workbook.feed("aws kinesis list-streams --page-size 1")
    // The client waits and asks again, as far as these are its own requests for pages.
    #expect(turn.status == 0, "\(turn.errors)")
    #expect(turn.page.text.contains("the wall is a control-plane rate: ListStreams"))
    #expect(turn.page.text.contains("it waited and asked again once"))
    #expect(workbook.feed("aws kinesis list-streams --page-size 2").status == 0)
  }

  @Test func theAxisOfAShortLoadCanBeRead() {
    let chart = Chart([.init(passed: 5, refused: 0)], limit: 10)
    #expect(chart.lines.last?.hasSuffix(" 0 1 s") == true)
    let long = Chart(Array(repeating: .init(passed: 5, refused: 0), count: 10), limit: 10)
    #expect(long.lines.last?.hasSuffix(" 10 s") == true)
  }
}
