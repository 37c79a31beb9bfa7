import Cloud
import Narration
import Testing
import Values

@testable import Workbook

@Suite struct ProgramVerbTests {
  private static let start = [
    "aws kinesis create-stream --stream-name orders --shard-count 1",
    "aws kinesis wait stream-exists --stream-name orders", "model documented",
    "aws iam put-role-policy --role-name kinesis-producer-role --policy-name P --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"kinesis:PutRecord\",\"kms:GenerateDataKey\"],\"Resource\":\"*\"}]}'",
    "meter limit 50",
    "programs set own --stream-name orders --rate 40/s --encrypt client --cache max-age=60s,max-messages=10",
    "programs set other --stream-name orders --rate 100/s --encrypt client --writer admin",
  ]

  private func lab(_ lines: [String] = []) -> (Workbook, Turn) {
    var workbook = Workbook()
    workbook.explain = .off
    var turn = Turn()
    for line in Self.start + lines { turn = workbook.feed(line) }
    return (workbook, turn)
  }

  @Test func aProgramThatAsksForEveryRecordTakesTheQuotaFromAnother() {
    let (_, together) = lab(["programs run 2s"])
    #expect(together.status == 1)
    #expect(together.reply.contains("own: "))
    #expect(together.reply.contains("ThrottlingException"))
    let (_, alone) = lab(["programs stop other", "programs run 2s own"])
    #expect(alone.status == 0, "\(alone.reply)")
    let (_, cached) = lab(["programs set other --cache max-age=60s", "programs run 2s own other"])
    #expect(cached.status == 0, "\(cached.reply)")
    let (_, again) = lab([
      "programs set other --cache max-age=60s", "programs set other --cache none",
      "programs run 2s",
    ])
    #expect(again.status == 1)
  }

  @Test func programsRunAtTheSameTime() {
    let (workbook, _) = lab(["programs set other --cache max-age=60s", "programs run 2s"])
    let callers = workbook.desk.cloud.journal.suffix(from: 0)
      .filter { $0.operation == .putRecord }.map(\.call.session)
    let first = callers.prefix(callers.count / 2)
    #expect(Set(first).count == 2, "one after the other")
  }

  @Test func aSmallQuotaIsMetAtOnceAndCanBeTakenBack() {
    let (workbook, turn) = lab(["meter"])
    #expect(turn.reply.contains("50 cryptographic requests/s"))
    #expect(workbook.desk.world.cryptographicQuota(in: .usEast1).rate == 50)
    let (other, _) = lab(["meter limit off"])
    #expect(other.desk.world.cryptographicQuota(in: .usEast1).rate == 100_000)
    #expect(other.desk.world.digest != workbook.desk.world.digest)
    let (undone, _) = lab(["meter limit 7", "undo"])
    #expect(undone.desk.world.cryptographicQuota(in: .usEast1).rate == 50)
  }

  static let misuses: [(line: String, says: String)] = [
    ("programs set own", "wants a name, then options"),
    ("programs set own --rate many", "--rate takes 1/s"),
    ("programs set x --stream-name ordres --rate 1/s", "did you mean orders?"),
    ("programs run", "wants a time"), ("programs run soon", "not \"soon\""),
    ("programs run 2s ohter", "did you mean other?"), ("programs stop x", "There is no program"),
    ("programs start", "takes set, stop or run"), ("meter limit 0", "1 to 100000"),
    ("meter limit many", "1 to 100000"), ("meter --region us-east-9", "no Region"),
  ]

  @Test(arguments: misuses.map(\.line)) func aMisuseSaysWhatWouldWork(_ line: String) {
    let (_, turn) = lab([line])
    let says = Self.misuses.first { $0.line == line }?.says ?? ""
    #expect(turn.status == 2)
    #expect(turn.errors.contains(says), "\(turn.errors)")
  }

  @Test func programsAreUndoneAndGoneInALesson() {
    let (workbook, turn) = lab(["programs stop own", "undo", "programs"])
    #expect(workbook.desk.programs.count == 2)
    #expect(turn.reply.contains("own  --stream-name orders --rate 40/s"))
    let (lesson, _) = lab(["load --stream-name orders --rate 10/s --for 1s", "lesson enable-sse"])
    #expect(lesson.desk.programs.isEmpty && lesson.desk.loads.isEmpty)
  }
}

@Suite struct AlarmPredicateTests {
  private static let lines = [
    "aws cloudwatch put-metric-alarm --alarm-name a --namespace AWS/Kinesis --metric-name PutRecord.Success --dimensions Name=StreamName,Value=my-existing-stream --statistic Average --period 60 --evaluation-periods 1 --threshold 0.9 --comparison-operator LessThanThreshold --treat-missing-data notBreaching",
    "wait 3m",
  ]

  private func judge(_ predicate: String, after lines: [String] = lines) throws -> Finding {
    var workbook = Workbook()
    workbook.explain = .off
    for line in lines { _ = workbook.feed(line) }
    return PredicateJudge(workbook: workbook).judge(try Predicate(parsing: predicate))
  }

  @Test(arguments: [
    "alarm on PutRecord.Success state = OK", "alarm on PutRecord.Success rang = 0",
    "alarm on PutRecord.Success statistic = Average",
    "alarm on PutRecord.Success comparison = LessThanThreshold",
    "alarm on PutRecord.Success missing = notBreaching",
    "alarm on PutRecord.Success dimensions = StreamName=my-existing-stream",
    "alarm on PutRecord.Success count = 1", "alarm on GetRecords.Success count = 0",
  ]) func anAlarmIsAsked(_ predicate: String) throws {
    let finding = try judge(predicate)
    #expect(finding.holds, "\(finding.found)")
  }

  @Test func whatIsMissingIsSaid() throws {
    #expect(try judge("alarm on X state = OK").found == "there is no alarm on X")
    #expect(throws: Predicate.Failure.self) { try Predicate(parsing: "alarm on X colour = red") }
  }

  @Test func aTrailIsAskedForWhatItTakesNow() throws {
    #expect(try judge("trail my-trail takes kms:GenerateDataKey").holds)
    #expect(try !judge("trail my-trail leaves kms:GenerateDataKey").holds)
    #expect(try judge("trail my-trail leaves kinesis:PutRecord").holds)
    let stopped = ["aws cloudtrail stop-logging --name my-trail"]
    let finding = try judge("trail my-trail takes kms:GenerateDataKey", after: stopped)
    #expect(!finding.holds && finding.found == "my-trail does not log")
    #expect(try judge("trail other takes kms:Decrypt").found == "there is no trail other")
  }
}
