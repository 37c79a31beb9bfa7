import Clients
import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// A workbook with an encrypted stream of so many shards.
private func scaled(_ shards: Int, model: Model = .described, region: String? = nil) -> Workbook {
  var workbook = Workbook(model: model)
  workbook.explain = .off
  let create = "aws kinesis create-stream --stream-name my-secure-stream --shard-count \(shards)"
  let lines =
    model == .described
    ? [
      "\(create) --key-id \(StartNames.keyID)",
      "aws kinesis wait stream-exists --stream-name my-secure-stream",
    ]
    : [
      create, "aws kinesis wait stream-exists --stream-name my-secure-stream",
      "aws kinesis start-stream-encryption --stream-name my-secure-stream --encryption-type KMS "
        + "--key-id \(StartNames.keyID)", "wait 1m",
    ]
  for line in lines { _ = workbook.feed(line) }
  return workbook
}

@Suite struct LoadTests {
  @Test func describedWallComesWhenTheBucketIsEmpty() throws {
    var workbook = scaled(20)
    let turn = workbook.feed(
      "load --stream-name my-secure-stream --rate 20000/s --record-size 64 --for 6s")
    let report = try #require(workbook.desk.loads.last)
    #expect(turn.status == 0)
    #expect(report.offered == 120_000)
    // 40,000 saved up and 10,000 more each second, against 20,000: the bucket is empty as the fourth
    // second ends.
    #expect(report.first(.kms) == 4)
    #expect(report.wall == .kms)
    #expect(report.stored == report.dataKeys)
    #expect(abs(report.stored - 100_000) < 20)
    #expect(report.lost == report.throttled)
    #expect(report.refusals.map(\.code) == ["ThrottlingException"])
    #expect(turn.reply.contains("wall             the KMS quota"))
  }

  /// Where the quota is used up, what is left of it falls to readers as well as to writers.
  @Test func readersGetTheirShareAtTheWall() throws {
    var workbook = scaled(4)
    _ = workbook.feed("meter limit 500")
    workbook.explain = .brief
    let turn = workbook.feed(
      "load --stream-name my-secure-stream --rate 1000/s --record-size 64 --for 8s --consumers 3")
    #expect(turn.page.text.contains("readers met it, too:"))
    let report = try #require(workbook.desk.loads.last)
    #expect(report.wall == .kms)
    let late = report.seconds[5..<8]
    #expect(late.contains { $0.kms.decrypts > 0 }, "\(late)")
    #expect(late.allSatisfy { $0.kms.dataKeys > 400 }, "\(late)")
  }

  /// A reader's client tries again as the writers' do.
  @Test func readersTryAgain() throws {
    func refusedReads(_ retry: String) throws -> (refused: Int, read: Int) {
      var workbook = scaled(4)
      _ = workbook.feed("meter limit 200")
      _ = workbook.feed(
        "load --stream-name my-secure-stream --rate 1000/s --record-size 64 --for 4s --consumers 2 "
          + "--retry \(retry)")
      let report = try #require(workbook.desk.loads.last)
      return (
        report.seconds.reduce(0) { $0 + ($1.readsRefused[.kms] ?? 0) },
        report.seconds.prefix(4).reduce(0) { $0 + $1.read }
      )
    }
    let (none, standard) = (try refusedReads("none"), try refusedReads("standard"))
    #expect(none.refused > 0)
    #expect(standard.refused != none.refused)
  }

  @Test func documentedWritersShareADataKeyAndMeetNoWall() throws {
    var workbook = scaled(20, model: .documented)
    _ = workbook.feed(
      "load --stream-name my-secure-stream --rate 20000/s --record-size 64 --for 2s --consumers 3")
    let report = try #require(workbook.desk.loads.last)
    #expect(report.stored == 40_000)
    #expect(report.wall == nil)
    #expect(report.dataKeys == 1)
    #expect(report.decrypts == 1)
    #expect(report.readBy == [40_000, 40_000, 40_000])
    #expect(report.damaged == 0)
  }

  @Test func documentedDistinctCredentialsHaveAKeyEach() throws {
    var workbook = scaled(4, model: .documented)
    _ = workbook.feed(
      "load --stream-name my-secure-stream --rate 2000/s --record-size 64 --for 2s "
        + "--distinct-credentials 500")
    let report = try #require(workbook.desk.loads.last)
    #expect(report.stored == 4000)
    #expect(report.dataKeys == 500)
  }

  @Test func readersGetEveryRecordAsItWasPut() throws {
    for keys in ["uniform", "random", "skewed"] {
      var workbook = scaled(3)
      _ = workbook.feed(
        "load --stream-name my-secure-stream --rate 500/s --record-size 100 --for 2s --consumers 2 "
          + "--keys \(keys)")
      let report = try #require(workbook.desk.loads.last)
      #expect(report.readBy == [1000, 1000], "\(keys)")
      #expect(report.damaged == 0, "\(keys)")
    }
  }

  @Test func retriesTakeTheWallDown() throws {
    var lost: [String: Int] = [:]
    for mode in ["none", "standard"] {
      var workbook = scaled(60)
      // A peak of one second over what is saved up, with rest behind it.
      _ = workbook.feed(
        "load --stream-name my-secure-stream --rate 60000/s --record-size 16 --for 1s "
          + "--producers 200 --retry \(mode)")
      let report = try #require(workbook.desk.loads.last)
      lost[mode] = report.lost
      #expect((report.retried > 0) == (mode == "standard"))
    }
    #expect(try #require(lost["standard"]) < (try #require(lost["none"])) / 2)
  }

  @Test func theSameLinesMakeTheSameBytes() {
    let line =
      "load --stream-name my-secure-stream --rate 3000/s --for 3s --consumers 2 --keys random "
      + "--retry adaptive --curve burst --producers 3"
    var one = scaled(3)
    var two = scaled(3)
    let first = one.feed(line)
    let second = two.feed(line)
    #expect(first.record == second.record)
    #expect(first.record.contains { $0.hasPrefix("~") })
    var three = scaled(3)
    #expect(three.feed(line + " --seed 2").record.last != first.record.last)
  }

  @Test func aStoppedLoadReplaysToTheByte() throws {
    let line = "load --stream-name my-secure-stream --rate 1000/s --for 10s --consumers 1"
    var workbook = scaled(1)
    var lines = workbook.header.map { $0 + "\n" }.joined()
    lines = ""
    var live = Workbook()
    lines += live.header.map { $0 + "\n" }.joined()
    for text in [
      "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1 --key-id "
        + StartNames.keyID, "wait 20s",
    ] {
      lines += live.feed(text).record.map { $0 + "\n" }.joined()
    }
    live.watchLoad = { $0.time < 3456 }
    let turn = live.feed(line + " && whoami")
    #expect(turn.status == 130)
    #expect(live.desk.loads.last?.stopped == 3500)
    #expect(turn.record.first == "! stop load 1 after 3500 ms")
    #expect(!turn.reply.contains("principal"))
    lines += turn.record.map { $0 + "\n" }.joined()
    let transcript = try Transcript(parsing: lines)
    #expect(Replay(transcript, level: .words).run() == nil)
    let again = Replay(transcript, level: .words).updated(decisions: false)
    #expect(again.text == lines)
    workbook.explain = .off
  }

  @Test func aLoadIsOneStepForUndoAndOneLineForTheTranscript() throws {
    var workbook = scaled(1)
    let before = workbook.desk.world.digest
    let turn = workbook.feed("load --stream-name my-secure-stream --rate 500/s --for 1s")
    #expect(turn.record.filter { $0.hasPrefix(">") }.count == 1)
    #expect(turn.record.count < 60)
    #expect(
      turn.record.contains { $0.hasPrefix("= allow kinesis:PutRecord") && $0.hasSuffix("x 500") })
    #expect(turn.record.contains { $0.contains("kms:GenerateDataKey") && $0.hasSuffix("x 500") })
    _ = workbook.feed("undo")
    #expect(workbook.desk.world.digest == before)
    #expect(workbook.desk.loads.isEmpty)
  }

  @Test func everyCallStandsInTheJournal() {
    var workbook = scaled(2)
    let before = workbook.desk.cloud.journal.count
    _ = workbook.feed("load --stream-name my-secure-stream --rate 100/s --for 1s")
    // A put and the data key for it, a hundred times.
    #expect(workbook.desk.cloud.journal.count == before + 200)
  }

  @Test func checksSpeakOfTheLastLoad() {
    var workbook = scaled(1)
    _ = workbook.feed("load --stream-name my-secure-stream --rate 1000/s --for 1s")
    #expect(workbook.feed("check load data-keys = 1000").status == 0)
    #expect(workbook.feed("check load most-data-keys-per-second = 1000").status == 0)
    #expect(workbook.feed("check load wall = none").status == 0)
    #expect(workbook.feed("check load lost > 0").status != 0)
    #expect(
      workbook.feed("check counter kms:GenerateDataKey ended ok since lesson = 1000").status == 0)
    #expect(workbook.feed("check load colour = red").status != 0)
  }

  @Test func shardsAreSaidBefore() {
    var workbook = scaled(1)
    let line = "load --stream-name my-secure-stream --rate 20000/s --for 1s --consumers 3"
    let asked = workbook.feed(line + " --shards-needed")
    #expect(asked.reply.contains("needed: 20 shards; my-secure-stream has 1"))
    #expect(workbook.desk.loads.isEmpty)
    let turn = workbook.feed("load --stream-name my-secure-stream --rate 2000/s --for 1s")
    #expect(turn.reply.hasPrefix("This load needs at least 2 shards, my-secure-stream has 1"))
  }

  @Test func theStoryNamesErrorMetricAndRemedy() {
    var workbook = scaled(60)
    workbook.explain = .brief
    let line = "load --stream-name my-secure-stream --rate 60000/s --record-size 16 --for 1s"
    let text = workbook.feed(line).page.text
    #expect(text.contains("The wall was the KMS quota"))
    #expect(text.contains("error    ThrottlingException: "))
    #expect(text.contains("metric   ThrottledCount"))
    #expect(text.contains("remedy   --retry standard"))
    #expect(text.contains("row kms-quota"))
    #expect(text.contains("█") && text.contains("▒") && text.contains("─"))
    workbook.explain = .narrated
    let told = workbook.feed(line)
    #expect(told.reply.contains("In second 1 KMS was asked up to 60,000 times a second"))
    for character in "█▒─│└" {
      #expect(!told.page.text.contains(character) && !told.reply.contains(character))
    }
  }

  @Test func twoLoadsStandSideBySide() {
    var workbook = scaled(2)
    let line = "load --stream-name my-secure-stream --rate 500/s --for 1s"
    _ = workbook.feed(line)
    _ = workbook.feed("model documented")
    _ = workbook.feed(line)
    let text = workbook.feed("load --compare 1 2").reply
    #expect(text.contains("described") && text.contains("documented"))
    #expect(
      text.split(separator: "\n").contains { $0.hasPrefix("data keys ") && $0.contains("500") })
    #expect(workbook.feed("load --compare 1 3").status == 2)
  }

  @Test func theMeterShowsTypedCommands() {
    var workbook = scaled(1)
    _ = workbook.feed("meter on")
    workbook.explain = .brief
    let turn = workbook.feed(
      "aws kinesis put-record --stream-name my-secure-stream --partition-key a --data aGk= "
        + "--profile producer")
    #expect(
      turn.page.text.contains(
        "meter: this command made 1 data key; KMS quota us-east-1: 10,000 cryptographic requests/s")
    )
    let page = workbook.feed("meter").reply
    #expect(page.contains("data keys"))
  }

  // MARK: Caching

  private func keys(_ options: String, model: Model = .described, seconds: Int = 3) throws
    -> LoadReport
  {
    var workbook = scaled(1, model: model)
    _ = workbook.feed(
      "load --stream-name my-secure-stream --rate 1000/s --record-size 100 --for \(seconds)s "
        + "--consumers 1 \(options)")
    let report = try #require(workbook.desk.loads.last)
    #expect(report.stored == 1000 * seconds)
    #expect(report.readBy == [1000 * seconds])
    #expect(report.damaged == 0)
    return report
  }

  @Test func clientSideWithoutACacheTakesAKeyForEachRecord() throws {
    let report = try keys("--encrypt client", model: .documented)
    #expect(
      report.callers.first { $0.operation == .generateDataKey && !$0.isForwarded }?.admitted == 3000
    )
    #expect(report.callers.first { $0.operation == .decrypt && !$0.isForwarded }?.admitted == 3000)
    #expect(report.exposure?.records == 1)
  }

  @Test(arguments: [(1000, 3), (500, 6)])
  func theMessageCapGivesTheGuidesNumber(_ row: (cap: Int, keys: Int)) throws {
    let report = try keys(
      "--encrypt client --cache max-age=60s,max-messages=\(row.cap)", model: .documented)
    let direct = report.callers.first { $0.operation == .generateDataKey && !$0.isForwarded }
    #expect(direct?.admitted == row.keys)
    let opened = report.callers.first { $0.operation == .decrypt && !$0.isForwarded }
    #expect(opened?.admitted == row.keys)
    #expect(report.exposure?.records == row.cap)
    #expect(report.exposure?.mostRecords == row.cap)
  }

  @Test func sixtySecondsAloneGiveOneKeyAMinute() throws {
    let report = try keys("--encrypt client --cache max-age=60s", model: .documented, seconds: 5)
    let direct = report.callers.first { $0.operation == .generateDataKey && !$0.isForwarded }
    #expect(direct?.admitted == 1)
    #expect(report.exposure?.records == 5000)
    #expect(report.exposure?.mostRecords == 60_000)
  }

  @Test func theGuidesLibraryKeepsServerSideKeysUnderItsModel() throws {
    let plain = try keys("")
    #expect(plain.dataKeys == 3000)
    let library = try keys("--cache library")
    #expect(library.dataKeys == 1)
    #expect(library.decrypts == 1)
    let capped = try keys("--cache max-age=60s,max-messages=1000")
    #expect(capped.dataKeys == 3)
    #expect(capped.exposure?.records == 1000)
  }

  @Test func theLibraryForgetsAfterTheLoad() throws {
    var workbook = scaled(1)
    let line =
      "load --stream-name my-secure-stream --rate 100/s --for 1s "
    _ = workbook.feed(line + "--cache library")
    _ = workbook.feed(line)
    #expect(workbook.desk.loads.map(\.dataKeys) == [1, 100])
  }

  @Test func aLoadThatCannotBeginLeavesNoLibrary() throws {
    var workbook = scaled(1)
    let digest = workbook.desk.world.digest
    let line = "load --stream-name my-secure-stream --rate 100/s --for 1s "
    // The producer may not ask for an iterator.
    let turn = workbook.feed(line + "--consumers 1 --reader producer --cache library")
    #expect(turn.status == 254 && turn.errors.contains("could not begin"), "\(turn.errors)")
    #expect(workbook.desk.world.digest == digest)
    _ = workbook.feed(line)
    #expect(workbook.desk.loads.last?.dataKeys == 100)
  }

  @Test func aSignedSuiteWorksInALoadToo() throws {
    var workbook = scaled(1, model: .documented)
    _ = workbook.feed(
      "load --stream-name my-secure-stream --rate 20/s --for 1s --consumers 2 --encrypt client "
        + "--suite 0578 --cache max-age=60s")
    let report = try #require(workbook.desk.loads.last)
    #expect(report.readBy == [20, 20] && report.damaged == 0)
  }

  @Test func theCacheVerbShowsEntriesHitsAndExposure() throws {
    var workbook = scaled(1, model: .documented)
    _ = workbook.feed(
      "load --stream-name my-secure-stream --rate 1000/s --for 2s --consumers 1 --encrypt client "
        + "--cache max-age=60s,max-messages=500")
    let page = workbook.feed("cache").reply
    #expect(page.contains("producer 1: max age 60 s, 500 messages, capacity 1,000"))
    #expect(page.contains("1,996 hits, 4 misses (99.8 % served without KMS)"))
    #expect(page.contains("entries that ended: 3 by messages"))
    #expect(page.contains("stream=my-secure-stream"))
    #expect(page.contains("would expose 500 records (256,000 bytes) as of now, at most 500"))
  }

  /// A stream of one shard that was split.
  private func split() -> Workbook {
    var workbook = Workbook(model: .documented)
    for line in [
      "aws kinesis create-stream --stream-name s --shard-count 1", "wait 10s",
      "aws kinesis split-shard --stream-name s --shard-to-split shardId-000000000000 "
        + "--new-starting-hash-key 170141183460469231731687303715884105728", "wait 15s",
    ] {
      #expect(workbook.feed(line).status == 0, "\(line)")
    }
    return workbook
  }

  @Test func aLoadGoesIntoTheOpenShardsAlone() throws {
    var workbook = split()
    let turn = workbook.feed(
      "load --stream-name s --rate 1800/s --record-size 100 --for 2s --writer admin --reader admin "
        + "--consumers 1")
    let report = try #require(workbook.desk.loads.last)
    #expect(turn.reply.contains("into s (2 shards)"), "\(turn.reply)")
    #expect(report.stored == 3600)
    #expect(report.refused(.shard) == 0)
    #expect(report.readBy == [3600])
    let counts = workbook.desk.world.streams[report.plan.stream].shards.map(\.count)
    #expect(counts == [0, 1800, 1800])
  }

  @Test func closedShardsAreNotCountedAmongThoseALoadHas() {
    var workbook = split()
    for line in [
      "aws kinesis merge-shards --stream-name s --shard-to-merge shardId-000000000001 "
        + "--adjacent-shard-to-merge shardId-000000000002", "wait 15s",
    ] {
      #expect(workbook.feed(line).status == 0)
    }
    let turn = workbook.feed(
      "load --stream-name s --rate 3000/s --record-size 100 --for 1s --writer admin")
    #expect(turn.reply.contains("needs at least 3 shards, s has 1"), "\(turn.reply)")
    #expect(turn.page.text.contains("1 shard takes 1,000 records a second"), "\(turn.page.text)")
    let need = workbook.feed("load --stream-name s --rate 3000/s --shards-needed").reply
    #expect(need.contains("needed: 3 shards; s has 1"), "\(need)")
  }

  @Test(arguments: [6, 20]) func moreConsumersThanAShardAnswersMeetItsFiveReads(consumers: Int)
    throws
  {
    var workbook = Workbook(model: .documented)
    _ = workbook.feed("aws kinesis create-stream --stream-name s --shard-count 1")
    _ = workbook.feed("wait 10s")
    let turn = workbook.feed(
      "load --stream-name s --rate 100/s --record-size 100 --for 5s --consumers \(consumers) "
        + "--writer admin --reader admin")
    #expect(turn.status == 0, "\(turn.errors)")
    let report = try #require(workbook.desk.loads.last)
    // Nothing is lost: who was refused reads it later.
    #expect(report.stored == 500)
    #expect(report.readBy == Array(repeating: 500, count: consumers))
    #expect(report.damaged == 0)
    #expect(report.wall == .shard)
    #expect(report.total { $0.writesRefused[.shard, default: 0] } == 0)
    #expect(report.refused(.shard) > 0)
    #expect(report.refusals.map(\.code) == ["ProvisionedThroughputExceededException"])
    for text in [
      "\(consumers) times a second, and a shard answers 5", "ReadProvisionedThroughputExceeded",
      "enhanced fan-out", "fewer polls: --poll \(consumers == 6 ? 2 : 5)s",
    ] {
      #expect(turn.page.text.contains(text), "\(text) is not in\n\(turn.page.text)")
    }
    #expect(!turn.page.text.contains("WriteProvisionedThroughputExceeded"))
    // The remedy works.
    _ = workbook.feed(
      "load --stream-name s --rate 100/s --record-size 100 --for 5s --consumers \(consumers) "
        + "--poll \(consumers == 6 ? "2s" : "5s") --writer admin --reader admin")
    let calm = try #require(workbook.desk.loads.last)
    #expect(calm.readBy == Array(repeating: 500, count: consumers))
    #expect(calm.refused(.shard) < report.refused(.shard), "\(calm.refused(.shard))")
  }

  static let mistakes: [(line: String, says: String)] = [
    ("--stream-name my-secure-stream --rate 1/s --poll 1ms", "\"1ms\" is not between 200ms and 1m"),
    ("--rate 10/s", "--stream-name"), ("--stream-name my-secure-stream", "--rate"),
    ("--stream-name my-secure-strem --rate 1/s", "did you mean my-secure-stream"),
    ("--stream-name my-secure-stream --rate fast", "\"fast\""),
    ("--stream-name my-secure-stream --rate 1/s --for ever", "\"ever\""),
    ("--stream-name my-secure-stream --rate 1/s --record-size 0", "\"0\""),
    ("--stream-name my-secure-stream --rate 1/s --consumer 3", "did you mean --consumers"),
    ("--stream-name my-secure-stream --rate 1/s --retry lots", "none, standard, adaptive"),
    ("--stream-name my-secure-stream --rate 1/s --writer nobody", "\"nobody\""),
    ("--stream-name my-secure-stream --rate 1000000/s --for 48h", "GB of memory"),
    ("--stream-name my-secure-stream --rate 1/s --writer admin --distinct-credentials 3", "a role"),
    ("--stream-name my-secure-stream --rate 1/s --region mars-1", "\"mars-1\""),
    ("--stream-name my-secure-stream --rate", "--rate wants a value"),
    ("--stream-name my-secure-stream --rate 1/s --encrypt both", "\"both\""),
    ("--stream-name my-secure-stream --rate 1/s --cache max-messages=3", "wants max-age"),
    ("--stream-name my-secure-stream --rate 1/s --cache max-agee=3", "did you mean max-age"),
    ("--stream-name my-secure-stream --rate 1/s --cache max-age=0s", "\"0s\""),
    ("--stream-name my-secure-stream --rate 1/s --suite 0478", "belongs to --encrypt client"),
    (
      "--stream-name my-secure-stream --rate 1/s --cache max-age=60s,max-bytes=10",
      "max-bytes belongs to --encrypt client"
    ),
    (
      "--stream-name my-secure-stream --rate 1/s --retry-also KMSThrottlingException",
      "belongs to --retry standard or adaptive"
    ),
    ("--stream-name my-secure-stream --rate 1/s --for 1s --for 2s", "--for is given twice"),
    ("--stream-name my-secure-stream --rate 1/s --poll 0ms", "--poll takes a time"),
    (
      "--stream-name my-secure-stream --rate 1/s --cache max-age=1s,max-age=2s",
      "max-age is given twice"
    ),
    ("--stream-name my-secure-stream --rate 1/s --encrypt client --suite 9", "0478 or 0578"),
    (
      "--stream-name my-secure-stream --rate 1/s --encrypt client --encryption-context aws-crypto-x=1",
      "aws-crypto-"
    ),
  ]

  @Test(arguments: mistakes) func aMistakeIsQuoted(_ row: (line: String, says: String)) {
    var workbook = scaled(1)
    let turn = workbook.feed("load \(row.line)")
    #expect(turn.status == 2)
    #expect(turn.errors.contains(row.says), "\(turn.errors)")
  }
}
