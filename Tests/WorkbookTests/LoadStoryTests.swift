import Clients
import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// What a load says of itself: which wall, what helps, what a leak would cost.
@Suite struct LoadStoryTests {
  /// A workbook with an encrypted stream of so many shards, and lines after that.
  private func lab(_ shards: Int, _ model: Model = .described, _ lines: String...) -> Workbook {
    var workbook = Workbook(model: model)
    workbook.explain = .off
    let create = "aws kinesis create-stream --stream-name my-secure-stream --shard-count \(shards)"
    let encrypt =
      "aws kinesis start-stream-encryption --stream-name my-secure-stream --encryption-type KMS --key-id "
      + StartNames.keyID
    for line in [create, "wait 1m", encrypt, "wait 1m"] + lines { _ = workbook.feed(line) }
    workbook.explain = .brief
    return workbook
  }

  private static let load = "load --stream-name my-secure-stream "

  // MARK: Distinct credentials

  @Test func manyCredentialsAreMadeInOneGo() throws {
    var workbook = lab(1)
    let start = ContinuousClock.now
    _ = workbook.feed(Self.load + "--rate 10/s --for 1s --distinct-credentials 20000")
    #expect(workbook.desk.loads.last?.stored == 10)
    // A minute, when each credential is looked for among all that there are.
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func credentialsCanBeStoppedAndAreGoneThen() throws {
    var live = Workbook()
    var lines = live.header.map { $0 + "\n" }.joined()
    for line in [
      "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1", "wait 1m",
    ] {
      lines += live.feed(line).record.map { $0 + "\n" }.joined()
    }
    let before = live.desk.world.digest
    var most = 0
    live.watchLoad = { progress in
      guard let credentials = progress.credentials else { return true }
      most = credentials.made
      return credentials.made < 300
    }
    let turn = live.feed(Self.load + "--rate 10/s --for 1s --distinct-credentials 1000")
    #expect(most == 300)
    #expect(turn.status == 130)
    #expect(turn.reply.contains("before the first record"))
    #expect(live.desk.world.digest == before)
    #expect(live.desk.loads.last?.stopped == 0)
    lines += turn.record.map { $0 + "\n" }.joined()
    #expect(lines.contains("! stop load 1 after 0 ms"))
    let transcript = try Transcript(parsing: lines)
    #expect(Replay(transcript, level: .words).run() == nil)
  }

  // MARK: Walls

  @Test func theRemediesOfDocumentedHelp() {
    var workbook = lab(2, .documented, "meter limit 100")
    let line = Self.load + "--rate 500/s --for 2s --distinct-credentials 300 "
    let text = workbook.feed(line).page.text
    #expect(text.contains("The wall was the KMS quota"))
    #expect(text.contains("remedy   --retry standard --retry-also KMSThrottlingException: "))
    #expect(text.contains("remedy   fewer distinct credentials"))
    #expect(text.contains("a cache of a client is none: Kinesis itself asks"))
    #expect(!text.contains("--cache max-age"))
    #expect(text.contains("PutRecord.Success") && text.contains("row throttled-code"))
    // What the remedy says is so.
    _ = workbook.feed("wait 10m")
    _ = workbook.feed(line + "--retry standard --retry-also KMSThrottlingException")
    let loads = workbook.desk.loads
    #expect(loads[1].retried > 0 && loads[1].lost < loads[0].lost)
  }

  @Test(arguments: [0, 1]) func theSDKsOwnListIsNamedWhoeverReads(_ consumers: Int) {
    var workbook = lab(2, .documented, "meter limit 100")
    let text = workbook.feed(
      Self.load + "--rate 500/s --for 2s --distinct-credentials 300 --retry standard "
        + "--consumers \(consumers)"
    ).page.text
    #expect(text.contains("the SDK does not take KMSThrottlingException for throttling"))
    #expect(workbook.desk.loads.last?.retried == 0)
  }

  @Test func aClientsOwnRefusalsAreNoMetricOfKinesis() {
    var workbook = lab(1, .documented, "meter limit 100")
    let text = workbook.feed(Self.load + "--rate 300/s --for 2s --encrypt client").page.text
    #expect(text.contains("The wall was the KMS quota"))
    #expect(!text.contains("PutRecord.Success") && text.contains("metric   none of Kinesis"))
    #expect(!text.contains("row throttled-code"))
    #expect(text.contains("--cache max-age=60s,max-messages=1000"))
  }

  @Test func oneWallIsTheWallAndAHotShardIsNamed() throws {
    var workbook = lab(20, .described, "meter limit 500")
    let turn = workbook.feed(Self.load + "--rate 3000/s --for 2s --keys skewed")
    let text = turn.page.text
    #expect(count("The wall was", in: text) == 1)
    #expect(text.contains("Also met: the KMS quota"))
    let hot = try #require(workbook.desk.loads.last?.hotShard)
    #expect(hot.refused > 1000)
    #expect(text.contains("one shard of 20 is hot. \(hot.id) got "))
    #expect(text.contains("device-0 alone brings 2,400 records a second"))
    #expect(text.contains("nearly all refusals are \(hot.id)'s"))
    #expect(text.contains("remedy   partition keys that spread"))
    #expect(!text.contains("--shard-count"))
    #expect(turn.reply.hasPrefix("Four of five records have the partition key device-0: 2,400"))
    #expect(!turn.reply.contains("×") && turn.reply.contains(" x ThrottlingException"))
    let need = workbook.feed(Self.load + "--rate 3000/s --keys skewed --shards-needed").reply
    #expect(need.contains("no number of shards") && need.contains("needed: other partition keys"))
    #expect(
      workbook.feed(Self.load + "--rate 1000/s --keys skewed --shards-needed").reply.contains(
        "needed: 1 shard;"))
    // Where all shards refuse alike, none is hot.
    _ = workbook.feed("meter limit off")
    var even = lab(2)
    _ = even.feed(Self.load + "--rate 4000/s --for 1s")
    #expect(even.desk.loads.last?.wall == .shard && even.desk.loads.last?.hotShard == nil)
  }

  @Test func readersRefusalsDrawNoWrites() throws {
    var workbook = lab(1, .documented)
    let text = workbook.feed(
      Self.load + "--rate 900/s --record-size 1000 --for 4s --consumers 5"
    ).page.text
    let report = try #require(workbook.desk.loads.last)
    #expect(report.refused(.shard) > 0)
    #expect(report.stored == report.offered)
    #expect(!text.contains("into the shards"))
  }

  @Test func whatWasSavedUpExplainsMoreThanTheRate() {
    var workbook = lab(1, .described, "meter limit 500")
    let text = workbook.feed(Self.load + "--rate 700/s --for 2s").page.text
    #expect(
      text.contains(
        "KMS was asked at most 700 times a second, more than the 500 of the quota: the rest came out of "
          + "what was saved up, 2,000 at the start"))
    _ = workbook.feed(
      "aws kinesis stop-stream-encryption --stream-name my-secure-stream --encryption-type KMS "
        + "--key-id \(StartNames.keyID)")
    _ = workbook.feed("wait 1m")
    #expect(
      workbook.feed(Self.load + "--rate 10/s --for 1s").page.text.contains(
        "No wall: KMS was not asked at all"))
  }

  @Test func theLimitOfTheLabIsTheQuotaThatIsShown() {
    var workbook = lab(1, .described, "meter limit 500")
    let text = workbook.feed(Self.load + "--rate 900/s --for 6s").page.text
    #expect(text.contains("in this load 500 a second held"))
    #expect(workbook.feed("quota").reply.contains("500/s, 2,000 saved up by meter limit"))
    _ = workbook.feed("meter limit off")
    #expect(!workbook.feed("quota").reply.contains("by meter limit"))
  }

  // MARK: Keys

  @Test func aLimitOfBytesBoundsTheLeak() throws {
    for (bytes, records, most) in [(10_000, 19, 9728), (100, 1, 512)] {
      var workbook = lab(1)
      _ = workbook.feed(
        Self.load
          + "--rate 500/s --for 1s --encrypt client --cache max-age=60s,max-bytes=\(bytes)")
      let exposure = try #require(workbook.desk.loads.last?.exposure)
      #expect(exposure.mostRecords == records && exposure.mostBytes == most)
      #expect(exposure.records == records && exposure.bytes == most)
    }
  }

  @Test func aLeakOpensWhatWasPutBeforeToo() throws {
    var workbook = lab(1, .documented)
    let line = Self.load + "--rate 500/s --for 2s"
    _ = workbook.feed(line)
    _ = workbook.feed(
      "aws kinesis put-record --stream-name my-secure-stream --partition-key a --data aGVsbG8= --profile producer"
    )
    _ = workbook.feed(line)
    let report = try #require(workbook.desk.loads.last)
    #expect(report.dataKeys == 0)
    #expect(report.exposure?.records == 2001)
    #expect(report.exposure?.bytes == 2000 * 512 + 5)
  }

  @Test func keysASecondAreNeverMoreThanTheTableShows() throws {
    var workbook = lab(1, .described, "meter limit 50")
    _ = workbook.feed(Self.load + "--rate 300/s --for 2s --retry adaptive")
    let report = try #require(workbook.desk.loads.last)
    #expect(report.seconds.count > 3)
    let shown = LoadPage(report, in: workbook.desk.world).keysPerSecond
    let rate = try #require(Double(shown))
    let most = report.seconds.map(\.kms.dataKeys).max() ?? 0
    #expect(rate > 0 && rate <= Double(most))
    #expect(rate * Double(report.seconds.count) <= Double(report.dataKeys) * 1.5)
  }

  @Test func theClientsKeysAndKinesissAreToldApart() {
    var workbook = lab(1)
    let turn = workbook.feed(
      Self.load
        + "--rate 1000/s --for 3s --encrypt client --cache max-age=60s,max-messages=1000")
    #expect(turn.reply.contains("1,001 a second: 1 by the clients, 1,000 by Kinesis"))
    let text = turn.page.text
    #expect(text.contains("row data-key-per") && text.contains("row client-caching"))
    #expect(text.contains("3,000 of the 3,003 data keys were Kinesis's"))
    #expect(text.contains("a data key served 1,000 records") && text.contains("the price: "))
  }

  @Test func aLibraryBeginsWithoutAKey() {
    var workbook = lab(1)
    let line = Self.load + "--rate 100/s --for 1s "
    let text = workbook.feed(line).page.text
    #expect(text.contains("--cache library turns it on"))
    #expect(!workbook.feed(line + "--cache library").page.text.contains("turns it on"))
    _ = workbook.feed(line + "--cache library")
    #expect(workbook.desk.loads.map(\.dataKeys) == [100, 1, 1])
    let page = workbook.feed("cache").reply
    #expect(page.contains("records of the writers: 99 hits, 1 miss (99.0 % served without KMS)"))
    #expect(page.contains(" old; the library ended with the load, and forgot it"))
  }

  @Test func anEntryThatIsTooOldIsMarked() {
    var workbook = lab(1)
    _ = workbook.feed(
      Self.load
        + "--rate 100/s --for 3s --producers 3 --encrypt client --cache max-age=1s,capacity=1")
    _ = workbook.feed("wait 1m")
    let page = workbook.feed("cache").reply
    #expect(page.contains(", over") && page.contains("bytes sealed"))
  }

  // MARK: Options and lines

  @Test func burstsAreSeenByTheSecond() throws {
    var workbook = lab(1)
    _ = workbook.feed(Self.load + "--rate 100/s --for 10s --curve burst")
    let report = try #require(workbook.desk.loads.last)
    #expect(
      report.seconds.prefix(10).map(\.offered) == [100, 20, 100, 20, 100, 20, 100, 20, 100, 20])
  }

  @Test func aRecordMayBeAMebibyteWithItsKey() {
    var workbook = lab(1)
    let refused = workbook.feed(Self.load + "--rate 1/s --for 1s --record-size 1MB")
    #expect(refused.status == 2 && refused.errors.contains("1048560"))
    #expect(refused.errors.contains("1 MiB together"))
    for keys in ["uniform", "random"] {
      _ = workbook.feed(Self.load + "--rate 1/s --for 1s --record-size 1048560 --keys \(keys)")
      #expect(workbook.desk.loads.last?.stored == 1)
    }
  }

  @Test func helpNamesTheComparison() {
    var workbook = Workbook()
    #expect(workbook.feed("help load").reply.contains("load --compare 1 2"))
  }

  @Test func theMeterSaysWhatTheCommandUsed() {
    var workbook = lab(1, .documented, "meter on", "meter limit 3")
    let put =
      "aws kinesis put-record --stream-name my-secure-stream --partition-key a --data aGk= --profile producer"
    #expect(
      workbook.feed(put).page.text.contains(
        "meter: this command made 1 data key; KMS quota us-east-1: 2 of 3 cryptographic requests"))
    #expect(
      workbook.feed("aws kms list-keys").page.text.contains(
        "this command made no cryptographic request"))
    #expect(
      workbook.feed("aws kms generate-random --number-of-bytes 8 --region eu-west-1").page.text
        .contains("1 other request; KMS quota eu-west-1: 2 of 3"))
  }

  @Test func theBarFitsTheTerminal() {
    let counts = "12 of 3600 s, 1,234,567 records, 1,234,567 refused"
    for columns in [1, 20, 40, 60, 66, 70, 80, 100, 200] {
      let line = LoadBar.line(0.5, counts, columns: columns)
      #expect(line.count < max(2, columns), "\(columns)")
    }
    #expect(LoadBar.line(0.5, counts, columns: 80).hasSuffix(counts + "  Ctrl-C stops"))
    #expect(LoadBar.line(0.5, "x", columns: 80).hasPrefix(String(repeating: "█", count: 15) + "·"))
    #expect(LoadBar.line(1, counts, columns: 60) == counts)
  }
}

private func count(_ part: String, in text: String) -> Int {
  var count = 0
  var rest = text[...]
  while let range = rest.firstRange(of: part) {
    count += 1
    rest = rest[range.upperBound...]
  }
  return count
}
