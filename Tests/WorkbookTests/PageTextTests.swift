import Clients
import Cloud
import Testing
import Values

@testable import Narration
@testable import Workbook

/// How pages put what they say.
@Suite struct PageTextTests {
  private static let key = StartNames.keyID
  private static let stream = "my-existing-stream"
  private static let start =
    "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS --key-id \(key)"
  private static let put =
    "aws kinesis put-record --stream-name \(stream) --partition-key a --data "

  private func lab(_ model: Model = .documented, _ lines: String...) -> Workbook {
    var workbook = Workbook(model: model)
    for line in lines { _ = workbook.feed(line) }
    return workbook
  }

  // MARK: Sentences

  @Test(arguments: [
    ("the key is there", "The key is there."), ("a line:", "A line:"),
    ("Line 1, at n.", "Line 1, at n."), ("did you mean orders?", "Did you mean orders?"),
    ("aws kms list-keys shows it", "aws kms list-keys shows it."),
    ("cancel-key-deletion brings it back", "cancel-key-deletion brings it back."),
    ("explain KH-INPUT says more", "explain KH-INPUT says more."),
    ("shardId-000000000000 is full", "shardId-000000000000 is full."),
    ("allowed by identity:Writer#1", "Allowed by identity:Writer#1."), ("", "."),
  ]) func aSentenceLeavesNamesAndCommandsAsTheyAre(_ text: String, _ sentence: String) {
    #expect(Sentence.of(text) == sentence)
  }

  @Test(arguments: [
    ("  remedy   why   the last refusal", "Remedy: why, the last refusal."),
    ("  asked for: 3", "Asked for: 3."), ("The wall was KMS", "The wall was KMS."), ("", "."),
  ]) func whatStandsInColumnsIsASentence(_ text: String, _ sentence: String) {
    #expect(Sentence.of(columns: text) == sentence)
  }

  @Test func narratedStoriesSpellNamesAndCommandsAsTheyAreTyped() {
    var workbook = lab(.documented, "explain narrated")
    let alias = workbook.feed("aws kms describe-key --key-id alias/nothing").page.text
    #expect(alias.contains("aws kms list-aliases") && !alias.contains("Aws"), "\(alias)")
    let policy = workbook.feed("aws kms put-key-policy --key-id \(Self.key) --policy nope").page
      .text
    #expect(policy.contains("Line 1, at n.\n") && !policy.contains(".."), "\(policy)")
    _ = workbook.feed(Self.start)
    let busy = workbook.feed(Self.start).page.text
    #expect(busy.contains("The stream \(Self.stream) is UPDATING: try again later"), "\(busy)")
  }

  @Test func aLongListIsCountedInASentence() {
    let actions = (1...16).map { "\"kms:Action\($0)\"" }.joined(separator: ",\\n  ")
    var workbook = lab(
      .documented, "explain narrated",
      "printf '{\"Version\": \"2012-10-17\", \"Statement\": {\"Sid\": \"Long\", \"Effect\": \"Allow\", "
        + "\"Principal\": {\"AWS\": \"*\"}, \"Action\": [\(actions)], \"Resource\": \"*\"}}' > long.json",
      "aws kms put-key-policy --key-id \(Self.key) --policy file://long.json "
        + "--bypass-policy-lockout-safety-check",
      "aws kms disable-key --key-id \(Self.key)")
    let why = workbook.feed("why").reply
    #expect(why.contains("a list of 16 values, and the request has kms:DisableKey."), "\(why)")
    #expect(!why.contains("kms:Action9"))
  }

  @Test func theDecisionOnARefusedPolicyComesBehindWhatItIsAbout() throws {
    let policy =
      "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": "
      + "\"arn:aws:iam::123456789012:role/kinesis-producer-role\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}}"
    var workbook = lab()
    let put = workbook.feed("aws kms put-key-policy --key-id \(Self.key) --policy '\(policy)'")
    let call = try #require(workbook.desk.cloud.journal.suffix(from: 0).last).id
    for text in [
      put.page.text, workbook.feed("why").reply, workbook.feed("why e\(call)").reply,
      workbook.feed("explain \(call)").reply,
    ] {
      let remark = try #require(
        text.firstRange(
          of: "under the new policy its setter could not change it again (KH-LOCKOUT):"), "\(text)")
      let decision = try #require(text.firstRange(of: "Not permitted: nothing allows"))
      #expect(remark.upperBound < decision.lowerBound)
    }
  }

  @Test func adviceNamesAllThatTakesAnAlias() {
    var workbook = lab()
    let text = workbook.feed("aws kms get-key-policy --key-id alias/aws/kinesis").page.text
    #expect(
      text.contains("only in describe-key, get-public-key and the cryptographic operations"),
      "\(text)")
  }

  @Test func oneByteIsIt() {
    var workbook = lab(.documented, Self.start, "wait 10s")
    #expect(
      workbook.feed(Self.put + "aA==").page.text.contains("under the data key and bound it to"))
    #expect(workbook.feed(Self.put + "aGk=").page.text.contains("and bound them to"))
  }

  @Test func aLineOfTheClockHasItsDayWhereThatIsNotToday() {
    var workbook = lab(
      .documented, "aws kms schedule-key-deletion --key-id \(Self.key) --pending-window-in-days 7")
    let page = workbook.feed("wait 8d").page.text
    #expect(page.contains("clock 2026-01-12T09:00:"), "\(page)")
    _ = workbook.feed(Self.start.replacing(Self.key, with: "alias/aws/kinesis"))
    #expect(workbook.feed("wait 10s").page.text.contains("clock 09:00:"))
  }

  @Test func aPolicyOfTwoLevelsIsNamedOnce() {
    var workbook = lab(.documented, "lesson final-incident")
    let page = workbook.feed(
      "aws kinesis put-record --stream-name orders --partition-key 7 --data aA== --profile producer"
    ).page.text
    #expect(page.contains("yes, at each of 2 levels: scp:FullAWSAccess:#1\n"), "\(page)")
  }

  @Test func pagesGroupTheDigitsOfCounts() {
    var workbook = lab(
      .documented,
      "load --writer admin --stream-name \(Self.stream) --rate 600/s --record-size 8 --for 2s")
    #expect(workbook.feed("streams").reply.contains("1,200 in the clear"))
    #expect(workbook.feed("xray \(Self.stream)").reply.contains(": 1,200 records, "))
    #expect(ShortNames.plural(4001, "record") == "4,001 records")
  }

  @Test func eachMaterialOfAKeyIsASentence() {
    var workbook = lab(
      .documented, "aws kms rotate-key-on-demand --key-id \(Self.key)", "wait 1m",
      "explain narrated")
    let keys = workbook.feed("keys").reply
    #expect(keys.contains("material 1: ") && keys.contains("material 2: "), "\(keys)")
    #expect(keys.contains("on demand, current.\n"))
  }

  // MARK: Lines that a terminal breaks between words

  @Test func whatAVerbSaysIsAPageAndWhatItGivesIsNot() {
    var workbook = lab(.documented, "echo one two > file.txt")
    for line in [
      "glossary", "undo", "redo", "check stream \(Self.stream) encryption = KMS", "next",
      "plot nothing", "help predict", "nonsense", "wait 1s",
    ] {
      let turn = workbook.feed(line)
      #expect(!turn.outputs.isEmpty && turn.outputs.allSatisfy { $0.page != nil }, "\(line)")
      for output in turn.outputs { #expect(output.page?.text == output.text) }
    }
    for line in ["cat file.txt", "aws kms list-keys", "query Keys[0]", "aws kms nothing"] {
      let turn = workbook.feed(line)
      #expect(!turn.outputs.isEmpty && turn.outputs.allSatisfy { $0.page == nil }, "\(line)")
    }
  }

  @Test func linesOfAClaimCanBeTyped() {
    var workbook = lab()
    let lines = workbook.feed("claim 22").outputs.compactMap(\.page).flatMap(\.lines)
    let typed = lines.filter { $0.text.contains("$ aws") }
    #expect(typed.count > 4 && typed.allSatisfy { $0.style == .command })
  }

  @Test func anOptionOfTheTrailComesOnce() {
    var workbook = lab(.documented, "aws kms list-keys")
    let turn = workbook.feed("trail --event ListKeystrail --event ListKeys")
    #expect(turn.status == 2 && turn.errors.contains("--event came twice: \"ListKeys\""))
    #expect(workbook.feed("trail --event ListKeys --last 3").status == 0)
  }

  // MARK: Loads

  @Test func aCacheWithNothingToKeepIsToldSo() {
    var workbook = lab(.described)
    let line =
      "load --writer admin --stream-name \(Self.stream) --rate 100/s --record-size 8 --for 1s --cache max-age=60s"
    let turn = workbook.feed(line)
    #expect(!turn.reply.contains("keeping data keys"), "\(turn.reply)")
    #expect(turn.page.text.contains("--cache had no effect: nobody sealed"))
    #expect(!turn.page.text.contains("an age of 60 s alone"))
    #expect(workbook.feed("cache").reply.contains("kept no data key: nobody sealed"))
    let sealed = workbook.feed(line + " --encrypt client")
    #expect(sealed.reply.contains("keeping data keys 60 s"))
    #expect(!sealed.page.text.contains("had no effect"))
  }

  @Test(arguments: [
    ("--for 1s --cache max-age=60s", "data keys       1 in this second"),
    ("--for 10s --cache max-age=60s", "data keys       1 in 10 s"),
    ("--for 2s --cache max-age=60s,max-messages=10", "data keys       1 a second"),
    ("--for 1s", "data keys       10 a second"),
  ]) func aDataKeyThatOutlivesItsLoadIsNoRate(_ options: String, _ row: String) {
    var workbook = lab(.described)
    let reply = workbook.feed(
      "load --writer admin --stream-name \(Self.stream) --rate 10/s --record-size 8 --encrypt client \(options)"
    ).reply
    let rows = reply.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(rows.contains(row.split(separator: " ").joined(separator: " ")), "\(reply)")
  }

  @Test func aColumnOfSeveralSecondsShowsASingleRequest() {
    var entries = Array(repeating: Chart.Column(passed: 0, refused: 0), count: 61)
    entries[0].passed = 1
    entries[60].passed = 1
    let chart = Chart(entries, limit: 10_000)
    #expect(chart.columns.map(\.passed).filter { $0 > 0 }.count == 2)
    #expect(chart.lines.first?.filter { $0 == "█" }.count ?? 0 >= 2)
  }

  @Test func oneThatWasSavedUpWas() {
    var workbook = lab(.described, "meter limit 1")
    let line =
      "load --writer admin --stream-name \(Self.stream) --rate 9/s --record-size 8 --for 2s --encrypt client"
    for line in [line, "wait 1s"] { _ = workbook.feed(line) }
    let text = workbook.feed(line).page.text
    #expect(text.contains("can be saved up: 1 was, and used up in second 1"), "\(text)")
  }

  @Test func aLegendNamesAQuotaNotAShareOfIt() {
    var workbook = lab(.described)
    let legends = workbook.feed(
      "load --writer admin --stream-name \(Self.stream) --rate 1200/s --record-size 8 --for 1s"
    ).page.lines.filter { $0.style == .legend }.map(\.text)
    #expect(legends.contains { $0.contains("what the shards take, 1,000") }, "\(legends)")
    #expect(!legends.contains { $0.contains(" of 1,000") })
  }

  // MARK: The disk

  @Test func besideTheNewestRecordsLiesOneOfEachOtherKind() {
    var workbook = lab(
      .documented, Self.put + "cGxhaW4=",
      "SEALED=$(aws kms encrypt --key-id \(Self.key) --plaintext aGk= --query CiphertextBlob --output text)",
      Self.put + "$SEALED",
      "load --writer admin --stream-name \(Self.stream) --rate 1/s --record-size 8 --for 2s --encrypt client "
        + "--cache max-age=60s", Self.start, "wait 10s")
    for _ in 0..<6 { _ = workbook.feed(Self.put + "aGk=") }
    let page = workbook.feed("xray \(Self.stream)").reply
    let shown = page.split(separator: "\n").filter { $0.hasPrefix("record ") }.compactMap {
      $0.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
    // In the clear, of KMS, the newer of the client's two, and the newest five.
    #expect(shown == [1, 2, 4, 6, 7, 8, 9, 10], "\(page)")
    #expect(page.contains("beside them the newest of each other kind: in the clear, sealed by"))
    let one = workbook.feed("xray \(Self.stream) nonsense")
    #expect(one.status == 2)
  }

  /// A waiter that gives up asks forty times: the first is told, and how many were like it.
  @Test func manyCallsAlikeAreCounted() {
    var workbook = Workbook()
    workbook.explain = .brief
    let turn = workbook.feed("aws cloudwatch wait alarm-exists --alarm-names a")
    let story = turn.page.text
    #expect(turn.status == 255)
    #expect(story.contains("and 39 more like it: e2 to e40"), "\(story)")
    #expect(story.split(separator: "\n").count < 8)
    workbook.explain = .full
    let whole = workbook.feed("aws cloudwatch wait alarm-exists --alarm-names a").page.text
    #expect(whole.split(separator: "\n").count > 80)
  }
}
