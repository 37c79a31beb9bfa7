import Cloud
import Narration
import Testing
import Values

@testable import Workbook

@Suite struct StreamVerbTests {
  private static let stream = "my-existing-stream"
  private static let start =
    "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS --key-id "
  private static let put =
    "aws kinesis put-record --stream-name \(stream) --partition-key a --data aGVsbG8="

  private func fed(_ lines: [String], _ workbook: inout Workbook) -> String {
    var reply = ""
    for line in lines {
      let turn = workbook.feed(line)
      #expect(turn.status == 0, "\(line): \(turn.errors)")
      reply = turn.reply
    }
    return reply
  }

  /// A stream whose last two records lie under data keys of their own.
  private func encrypted(_ model: Model = .documented) -> Workbook {
    var workbook = Workbook(model: model)
    _ = fed(
      [Self.start + StartNames.keyID, "wait 10s", Self.put, "wait 6m", Self.put], &workbook)
    return workbook
  }

  @Test func streamsTellsWhatEachStreamIsAndNeeds() {
    var workbook = Workbook(model: .documented)
    let page = fed(
      [
        Self.put, Self.start + "alias/aws/kinesis", "wait 10s", Self.put,
        Self.start + StartNames.keyID, "wait 10s", Self.put, Self.put,
        "aws kinesis update-shard-count --stream-name \(Self.stream) --target-shard-count 2 "
          + "--scaling-type UNIFORM_SCALING", "wait 20s",
        "aws kinesis add-tags-to-stream --stream-name \(Self.stream) --tags team=orders", "streams",
      ], &workbook)
    for line in [
      "my-existing-stream", "2 open shards, 1 closed and still readable, PROVISIONED",
      "KMS with \(StartNames.keyID)",
      "1 under alias/aws/kinesis, the last until 2026-01-06T09:00:12Z",
      "2 under key/12345678…", "1 in the clear, readable without any key", "team=orders",
      "needs alias/aws/kinesis until 2026-01-06T09:00:12Z, when its one record ages out",
    ] {
      #expect(page.contains(line), "\(line) is not in\n\(page)")
    }
    #expect(
      fed(["timeline"], &workbook).contains("my-existing-stream needs alias/aws/kinesis no more"))
    let later = fed(["wait 1d", "streams"], &workbook)
    #expect(!later.contains("alias/aws/kinesis"), "\(later)")
  }

  @Test func theBlastRadiusNamesRecordsAndTheirEnd() {
    var workbook = encrypted()
    let page = fed(["blast-radius \(StartNames.keyID)"], &workbook)
    for line in [
      "which is Enabled", "2, arrived 2026-01-05T09:00:11Z to", "2 in shardId-000000000000",
      "are written under it, and refused once it is disabled", "uses them until",
      "disabled: those records cannot be read", "none of today's records is kept any more",
    ] {
      #expect(page.contains(line), "\(line) is not in\n\(page)")
    }
    let long = fed(
      [
        "aws kinesis increase-stream-retention-period --stream-name \(Self.stream) "
          + "--retention-period-hours 720", "wait 5s", "blast-radius \(StartNames.keyID)",
      ], &workbook)
    #expect(long.contains("2 records that would still be kept are lost for good"), "\(long)")
    let none = fed(
      [
        "K=$(aws kms create-key --query KeyMetadata.KeyId --output text)", "blast-radius $K",
      ], &workbook)
    #expect(none.contains("No stream depends on it"))
    #expect(workbook.feed("blast-radius nothing").status == 2)
  }

  /// An alias that protects the stream leads to another key, while data keys of the old one are remembered.
  @Test func aKeyThatKinesisRemembersIsWrittenUnderAfterItsAliasIsGivenAway() {
    var workbook = Workbook(model: .documented)
    let page = fed(
      [
        "K=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
        "K2=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
        "aws kms create-alias --alias-name alias/orders --target-key-id $K",
        Self.start + "alias/orders", "wait 5s", Self.put,
        "aws kms update-alias --alias-name alias/orders --target-key-id $K2", "blast-radius $K",
      ], &workbook)
    // The record came at 09:00:09, and its data key serves for five minutes.
    #expect(
      page.contains("still written under it until 2026-01-05T09:05:09Z at the latest"), "\(page)")
    #expect(page.contains("then under alias/orders"))
    #expect(page.contains("need it no more from 2026-01-06T09:05:09Z on at the latest"), "\(page)")
    let streams = fed(["streams"], &workbook)
    #expect(streams.contains("until 2026-01-06T09:05:09Z at the latest"), "\(streams)")
    #expect(streams.contains("records still come under key/"), "\(streams)")
    let timeline = fed(["timeline"], &workbook)
    #expect(timeline.contains("2026-01-05T09:05:09Z"), "\(timeline)")
    #expect(timeline.contains("2026-01-06T09:05:09Z"), "\(timeline)")
    let new = fed(["blast-radius $K2"], &workbook)
    #expect(new.contains("callers whose data key Kinesis remembers write under key/"), "\(new)")
    // And so it is: the next record comes under the old key, one after five minutes under the new.
    let world = fed([Self.put, "wait 5m", Self.put, "blast-radius $K"], &workbook)
    #expect(world.contains("2, arrived"), "\(world)")
    #expect(world.contains("lie under alias/orders"), "\(world)")
  }

  @Test func aStreamThatIsBeingDeletedNeedsItsKeyUntilItIsGone() {
    var workbook = encrypted()
    let page = fed(
      [
        "aws kinesis delete-stream --stream-name \(Self.stream)",
        "blast-radius \(StartNames.keyID)",
      ], &workbook)
    let due = workbook.desk.world.timers.pending[0].due.zulu
    #expect(page.contains("none: the stream is being deleted"), "\(page)")
    #expect(page.contains("the last kept until \(due), when the stream is gone"), "\(page)")
    #expect(page.contains("need it no more from \(due) on"), "\(page)")
    #expect(!page.contains("start-stream-encryption"), "\(page)")
    let streams = fed(["streams"], &workbook)
    #expect(streams.contains("until \(due), when it is gone with its 2 records"), "\(streams)")
    let timeline = fed(["timeline"], &workbook)
    #expect(timeline.contains("stream \(Self.stream) goes"), "\(timeline)")
    #expect(!timeline.contains("out"), "\(timeline)")
    #expect(
      fed(["wait 20s", "blast-radius \(StartNames.keyID)"], &workbook).contains("No stream depends")
    )
  }

  @Test func aPrimaryKeyThatWaitsForItsReplicasHasNoDateYet() {
    var workbook = Workbook(model: .documented)
    let page = fed(
      [
        "K=$(aws kms create-key --multi-region --query KeyMetadata.KeyId --output text)",
        "aws kms replicate-key --key-id $K --replica-region us-west-2 --query ReplicaKeyMetadata.KeyState",
        "wait 6s", Self.start + "$K", "wait 6s", Self.put,
        "aws kms schedule-key-deletion --key-id $K --pending-window-in-days 30", "blast-radius $K",
      ], &workbook)
    #expect(page.contains("30 days after its last replica (us-west-2) is gone"), "\(page)")
    #expect(page.contains("deleted: not before 2026-02-11"), "\(page)")
    #expect(page.contains("is gone, which nobody has scheduled yet; by then none"), "\(page)")
    // The record has not been read: no reader's data key is remembered.
    #expect(page.contains("unreadable since the deletion was scheduled"), "\(page)")
    #expect(!page.contains("shortest waiting period"), "\(page)")
    let timeline = fed(["timeline"], &workbook)
    #expect(timeline.contains("no date yet"), "\(timeline)")
    let later = fed(
      [
        "aws kms schedule-key-deletion --key-id $K --pending-window-in-days 7 --region us-west-2",
        "blast-radius $K",
      ], &workbook)
    #expect(later.contains("deleted: at 2026-02-11"), "\(later)")
    #expect(later.contains("(us-west-2) is gone; by then"), "\(later)")
    let remembered = fed(["timeline"], &workbook)
    #expect(
      remembered.contains(
        "key/mrk-dfad… in us-west-2 is deleted there; the key is left in us-east-1"))
  }

  /// A copy of a multi-Region key is deleted, and replicated to its Region again.
  @Test func aDeletedCopyIsNotLostWhileAnotherHasTheMaterial() {
    var workbook = Workbook(model: .documented)
    let due = fed(
      [
        "P=$(aws kms create-key --multi-region --query KeyMetadata.KeyId --output text)",
        "aws kms replicate-key --key-id $P --replica-region us-west-2 --query ReplicaKeyMetadata.KeyState",
        "wait 6s", Self.start + "$P", "wait 6s", Self.put,
        "aws kinesis increase-stream-retention-period --stream-name \(Self.stream) "
          + "--retention-period-hours 8760",
        "aws kms update-primary-region --key-id $P --primary-region us-west-2", "wait 6s",
        "aws kms schedule-key-deletion --key-id $P --pending-window-in-days 7 --query KeyState",
        "blast-radius $P",
      ], &workbook)
    #expect(
      due.contains(
        "1 record that would still be kept cannot be opened then until replicate-key brings it back from "
          + "its copy in us-west-2"), "\(due)")
    #expect(!due.contains("for good"), "\(due)")
    #expect(
      fed(["timeline"], &workbook).contains(
        "key/mrk-dfad… in us-east-1 is deleted there; the key is left in us-west-2"))
    let gone = workbook.feed("wait 7d").page.lines.map(\.text).joined(separator: "\n")
    #expect(gone.contains("cannot be opened until replicate-key brings it back"), "\(gone)")
    let back = "replicate-key brings it back from its copy in us-west-2"
    for line in ["xray \(Self.stream)", "streams", "keys", "blast-radius $P"] {
      let page = fed([line], &workbook)
      #expect(page.contains(back), "\(line): \(page)")
      #expect(!page.contains("never again") && !page.contains("for good"), "\(line): \(page)")
    }
    // The copy that is left is all that the record has.
    let west =
      "A=$(aws kms describe-key --key-id $P --region us-west-2 --query KeyMetadata.Arn --output text)"
    let last = fed([west, "blast-radius $A"], &workbook)
    #expect(last.contains("1 under its copy there, which is deleted"), "\(last)")
    #expect(
      last.contains("it is the last copy, and 1 record that would still be kept is lost for good"),
      "\(last)")
    let waiting = fed(
      [
        "aws kms schedule-key-deletion --key-id $P --region us-west-2 --query KeyState",
        "xray \(Self.stream)",
      ],
      &workbook)
    #expect(waiting.contains(back + ", once the deletion of that one is cancelled"), "\(waiting)")
    _ = fed(
      [
        "aws kms cancel-key-deletion --key-id $P --region us-west-2 --query KeyId",
        "aws kms enable-key --key-id $P --region us-west-2",
      ], &workbook)
    let read =
      "I=$(aws kinesis get-shard-iterator --stream-name \(Self.stream) --shard-id shardId-000000000000 "
      + "--shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)"
    let count = "aws kinesis get-records --shard-iterator $I --query 'length(Records)'"
    _ = fed([read], &workbook)
    #expect(workbook.feed(count).errors.contains("KMSNotFoundException"))
    let records = fed(
      [
        "aws kms replicate-key --key-id $P --replica-region us-east-1 --region us-west-2 --query "
          + "ReplicaKeyMetadata.KeyState", "wait 6s", Self.put, read, count,
      ], &workbook)
    #expect(records == "2\n")
    #expect(fed(["xray \(Self.stream)"], &workbook).contains("which is Enabled"))
    #expect(fed(["keys"], &workbook).contains("\(Self.stream) (2 records, and what comes)"))
    let first = "89f4f9b4…, the first, of 2026-01-05T09:00:00Z"
    #expect(fed(["keys"], &workbook).split(separator: first).count == 3)
    let radius = fed(["blast-radius $P"], &workbook)
    #expect(radius.contains("2, arrived 2026-01-05"), "\(radius)")
    #expect(radius.contains("are written under it"), "\(radius)")
    #expect(fed(["blast-radius $A"], &workbook).contains("No stream depends on it"))
  }

  /// Key states forbid nothing that needs no KMS: what was remembered goes on until it is over.
  @Test(arguments: ["disable-key", "schedule-key-deletion"])
  func aKeyThatCannotBeUsedServesOnUntilKinesisForgets(operation: String) {
    var workbook = Workbook(model: .documented)
    let key = StartNames.keyID
    let read = "aws kinesis get-records --shard-iterator $I --query 'length(Records)'"
    let page = fed(
      [
        Self.start + key, "wait 6s", Self.put,
        "I=$(aws kinesis get-shard-iterator --stream-name \(Self.stream) --shard-id shardId-000000000000 "
          + "--shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)", read,
        "aws kms \(operation) --key-id \(key)", "blast-radius \(key)",
      ], &workbook)
    // Put at 09:00:07 and read at 09:00:09.
    let (written, isRead) = ("2026-01-05T09:05:07Z", "2026-01-05T09:05:09Z")
    #expect(page.contains("refused from \(written) on at the latest: the key is "), "\(page)")
    #expect(
      page.contains("but for data keys that Kinesis remembers until \(isRead) at the latest"),
      "\(page)")
    if operation != "disable-key" {
      #expect(page.contains("unreadable from \(isRead) on at the latest"), "\(page)")
    }
    let disk = fed(["xray \(Self.stream)"], &workbook)
    #expect(
      disk.contains("readers whose data key Kinesis remembers still get it, until \(isRead)"),
      "\(disk)")
    let streams = fed(["streams"], &workbook)
    #expect(streams.contains(", unreadable from \(isRead) on at the latest"), "\(streams)")
    #expect(
      streams.contains("callers whose data key Kinesis remembers write until \(written)"),
      "\(streams)")
    let timeline = fed(["timeline"], &workbook)
    #expect(timeline.contains("\(written)  in 4 min  the last data key of key/12345678… to write"))
    #expect(timeline.contains("\(isRead)  in 4 min  the last data key of key/12345678… to read"))
    // And so it is.
    #expect(fed([Self.put, read], &workbook) == "2\n")
    let later = fed(["wait 6m", "blast-radius \(key)"], &workbook)
    if operation != "disable-key" {
      #expect(later.contains("unreadable since the deletion was scheduled"), "\(later)")
    }
    #expect(later.contains("are to be written under it, and refused: the key is "), "\(later)")
    #expect(!later.contains("remembers"), "\(later)")
    #expect(workbook.feed(Self.put).status != 0)
    #expect(!fed(["timeline"], &workbook).contains("the last data key"))
  }

  @Test func anAliasThatIsGoneLeadsNowhere() {
    var workbook = Workbook(model: .documented)
    let key = StartNames.keyID
    let streams = fed(
      [
        "aws kms create-alias --alias-name alias/o --target-key-id \(key)", Self.start + "alias/o",
        "wait 6s", Self.put, "aws kms delete-alias --alias-name alias/o", "streams",
      ], &workbook)
    let then = "Kinesis remembers; then refused: alias/o leads to no key"
    #expect(streams.contains(then), "\(streams)")
    #expect(streams.contains("to no key now: records that need a new data key are refused"))
    let page = fed(["blast-radius \(key)"], &workbook)
    #expect(page.contains(then), "\(page)")
    let later = fed(["wait 5m", "blast-radius \(key)"], &workbook)
    #expect(later.contains("new records  are refused: alias/o leads to no key"), "\(later)")
    let needs = fed(["aws kms disable-key --key-id \(key)", "streams"], &workbook)
    #expect(needs.contains("it is Disabled: enable-key lets them be read again"), "\(needs)")
    #expect(workbook.feed(Self.put).errors.contains("KMSNotFoundException"))
  }

  @Test func afterEncryptionIsStoppedRecordsLieInTheClear() {
    var workbook = Workbook(model: .documented)
    let key = StartNames.keyID
    let stopping = fed(
      [
        Self.start + key, "wait 6s", Self.put,
        "aws kinesis stop-stream-encryption --stream-name \(Self.stream) --encryption-type KMS --key-id "
          + key, "blast-radius \(key)",
      ], &workbook)
    #expect(
      stopping.contains(
        "are written under it until 2026-01-05T09:00:10Z, when the last shard takes the change; then in "
          + "the clear"), "\(stopping)")
    let page = fed(["wait 6s", "blast-radius \(key)"], &workbook)
    #expect(page.contains("new records  lie in the clear"), "\(page)")
  }

  @Test func aChangeOfKeyIsToldAsItWillHappen() {
    var workbook = Workbook(model: .documented)
    let new = fed(
      [
        "K2=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
        Self.start + StartNames.keyID, "wait 6s", Self.put, Self.start + "$K2", "blast-radius $K2",
      ], &workbook)
    #expect(
      new.contains(
        "come under it from 2026-01-05T09:00:11Z on, when the first shard takes the change; until then "
          + "under key/12345678…"), "\(new)")
    #expect(!new.contains("remembers"), "\(new)")
    #expect(!new.contains("start-stream-encryption"), "\(new)")
    #expect(!new.contains("no more"), "\(new)")
    let old = fed(["blast-radius \(StartNames.keyID)"], &workbook)
    #expect(
      old.contains(
        "are written under it until 2026-01-05T09:00:11Z, when the last shard takes the change; then "
          + "under key/dfada081…"), "\(old)")
    #expect(!old.contains("start-stream-encryption"), "\(old)")
    #expect(
      fed(["keys"], &workbook).contains("(0 records, and what comes from 2026-01-05T09:00:11Z on)"))
    let streams = fed(["wait 2s", Self.put, "streams"], &workbook)
    #expect(streams.contains("1 under key/dfada081…"), "\(streams)")
    let settled = fed(["wait 5s", "blast-radius $K2"], &workbook)
    #expect(settled.contains("are written under it, and refused once"), "\(settled)")
    #expect(settled.contains("start-stream-encryption"), "\(settled)")
  }

  @Test func aDeletedKeyIsFoundWhileRecordsLieUnderIt() {
    var workbook = encrypted()
    let key = StartNames.keyID
    let arn = "arn:aws:kms:us-east-1:123456789012:key/\(key)"
    _ = fed(
      [
        "aws kinesis increase-stream-retention-period --stream-name \(Self.stream) "
          + "--retention-period-hours 720", "wait 5s",
        "aws kms schedule-key-deletion --key-id \(key) --pending-window-in-days 7", "wait 7d",
      ], &workbook)
    for name in [key, "key/\(key)", arn] {
      let page = fed(["blast-radius \(name)"], &workbook)
      #expect(page.contains("which is deleted"), "\(page)")
      #expect(page.contains("deleted: that has happened: what lies under it is lost for good"))
      #expect(page.contains("2, arrived"), "\(page)")
    }
    let keys = fed(["keys"], &workbook)
    #expect(keys.contains("deleted: what lies under it is lost for good"), "\(keys)")
    // Another key for what comes, and time for what lies there to age out.
    _ = fed(
      [
        "K=$(aws kms create-key --query KeyMetadata.KeyId --output text)", Self.start + "$K",
        "wait 31d",
      ], &workbook)
    #expect(workbook.feed("blast-radius \(key)").status == 2)
    #expect(!fed(["keys"], &workbook).contains("deleted"))
  }

  @Test func timelineNamesWhoseRecordsAgeOut() {
    var workbook = encrypted()
    let page = fed(
      [
        "K=$(aws kms create-key --query KeyMetadata.KeyId --output text)", Self.start + "$K",
        "wait 6s",
        Self.put, "timeline",
      ], &workbook)
    #expect(page.contains("the oldest of 3 records of \(Self.stream) ages out"), "\(page)")
    #expect(page.contains("the last of 3 records of \(Self.stream) ages out"), "\(page)")
    #expect(page.contains("no more: the last of 2 records under it ages out"), "\(page)")
    let one = fed(["wait 86385s", "timeline"], &workbook)
    #expect(one.contains("no more: the one record under it ages out"), "\(one)")
  }

  /// A message that the client sealed with a multi-Region key is told by the key of the stream's Region.
  @Test func theDiskNamesTheKeyOfItsOwnRegion() {
    var workbook = Workbook(model: .documented)
    let page = fed(
      [
        "K=$(aws kms create-key --multi-region --query KeyMetadata.KeyId --output text)",
        "aws kms replicate-key --key-id $K --replica-region us-west-2 --query ReplicaKeyMetadata.KeyState",
        "aws kms create-alias --alias-name alias/east --target-key-id $K",
        "aws kms create-alias --alias-name alias/west --target-key-id $K --region us-west-2",
        "wait 6s",
        "aws kinesis create-stream --stream-name far --shard-count 1 --region us-west-2",
        "wait 10s",
        "C=$(aws kms encrypt --key-id $K --plaintext aGVsbG8= --region us-west-2 --query CiphertextBlob "
          + "--output text)",
        "aws kinesis put-record --stream-name far --partition-key a --data $C --region us-west-2",
        "xray far",
      ], &workbook)
    #expect(page.contains("kms:Decrypt on alias/west"), "\(page)")
  }

  @Test func withoutARecordNothingIsSaidOfRecords() {
    var workbook = Workbook(model: .documented)
    let page = fed(
      [Self.start + StartNames.keyID, "wait 10s", "blast-radius \(StartNames.keyID)"], &workbook)
    #expect(
      page.contains("disabled: no new ones can be written under it until enable-key"), "\(page)")
    #expect(page.contains("no record lies under it yet"), "\(page)")
    #expect(!page.contains("they are unreadable"), "\(page)")
  }

  @Test func aBareNameIsThatOfTheRegionInUse() {
    var workbook = Workbook(model: .documented)
    let page = fed(
      [
        "K=$(aws kms create-key --multi-region --query KeyMetadata.KeyId --output text)",
        "aws kms replicate-key --key-id $K --replica-region us-west-2 --query ReplicaKeyMetadata.KeyState",
        "export AWS_DEFAULT_REGION=us-west-2",
        "aws kinesis create-stream --stream-name \(Self.stream) --shard-count 1", "wait 10s",
        Self.start + "$K", "wait 10s", Self.put, "xray \(Self.stream)",
      ], &workbook)
    #expect(page.contains("The disk under \(Self.stream) in us-west-2"), "\(page)")
    #expect(page.contains("arn:aws:kinesis:us-west-2:"), "\(page)")
    let radius = fed(["blast-radius $K"], &workbook)
    #expect(radius.contains("in us-west-2, which is Enabled"), "\(radius)")
    #expect(radius.contains("1 in shardId-000000000000"), "\(radius)")
    let home = fed(["export AWS_DEFAULT_REGION=us-east-1", "blast-radius $K"], &workbook)
    #expect(home.contains("in us-east-1, which is Enabled"), "\(home)")
    #expect(home.contains("No stream depends on it"), "\(home)")
    // A name that is in another Region alone is found from anywhere.
    let elsewhere = fed(
      [
        "aws kinesis create-stream --stream-name far --shard-count 1 --region eu-west-1",
        "wait 10s",
        "xray far",
      ], &workbook)
    #expect(elsewhere.contains("The disk under far"), "\(elsewhere)")
  }

  @Test func swapKeyTellsWhyThereIsNoOtherWrappedKey() {
    var workbook = Workbook(model: .documented)
    _ = fed([Self.start + StartNames.keyID, "wait 10s", Self.put], &workbook)
    #expect(workbook.feed("swap-key \(Self.stream)").errors.contains("no other encrypted record"))
    _ = fed([Self.put], &workbook)
    let errors = workbook.feed("swap-key \(Self.stream)").errors
    #expect(
      errors.contains("All 2 encrypted records of \(Self.stream) lie under one data key"),
      "\(errors)")
  }

  @Test(arguments: [
    ("flip \(stream) data", "no: data key, nonce, ciphertext and context"),
    ("flip \(stream) nonce 5", "no: data key, nonce, ciphertext and context"),
    ("flip \(stream) tag", "no: data key, nonce, ciphertext and context"),
    ("flip \(stream) key", "no: its tag covers the wrapped bytes and the context"),
    ("swap-key \(stream)", "no: data key, nonce, ciphertext and context"),
  ]) func tamperingIsCaughtWhereItMust(line: String, check: String) {
    var workbook = encrypted()
    let digest = workbook.desk.world.digest
    let page = fed([line], &workbook)
    #expect(page.contains("InternalFailureException"), "\(page)")
    #expect(page.contains(check), "\(page)")
    #expect(page.contains("caught here"))
    // It stays altered until it is undone.
    #expect(workbook.desk.world.digest != digest)
    _ = fed(["undo"], &workbook)
    #expect(workbook.desk.world.digest == digest)
  }

  @Test func anotherStreamsRecordIsCaughtByTheContext() {
    var workbook = encrypted()
    let page = fed(
      [
        "aws kinesis create-stream --stream-name orders --shard-count 1",
        "aws kinesis wait stream-exists --stream-name orders",
        "aws kinesis start-stream-encryption --stream-name orders --encryption-type KMS --key-id "
          + StartNames.keyID, "wait 10s",
        "aws kinesis put-record --stream-name orders --partition-key a --data c3RvbGVu",
        "replay-context \(Self.stream) orders",
      ], &workbook)
    #expect(page.contains("no: its tag covers the wrapped bytes and the context"), "\(page)")
    #expect(page.contains("arn:aws:kinesis:us-east-1:123456789012:stream/orders"))
  }

  @Test func withoutEncryptionNothingNotices() {
    var workbook = Workbook(model: .documented)
    let page = fed([Self.put, "flip \(Self.stream)"], &workbook)
    #expect(page.contains("reads other data than were put, and nothing notices"), "\(page)")
  }

  @Test(arguments: [
    ("flip", "Which stream?"), ("flip nowhere", "There is no stream \"nowhere\""),
    ("flip \(stream) tag 128", "it has bits 0 to 127"),
    ("flip \(stream) lid", "knows no part \"lid\""),
    ("swap-key \(stream) 123456789012345678901234567890", "is no sequence number"),
    ("replay-context \(stream) \(stream)", "name another stream"), ("streams all", "stands alone"),
    ("blast-radius", "wants one key"),
  ]) func aMisuseSaysWhatWouldWork(line: String, problem: String) {
    var workbook = encrypted()
    let digest = workbook.desk.world.digest
    let turn = workbook.feed(line)
    #expect(turn.status == 2)
    #expect(turn.errors.contains(problem), "\(turn.errors)")
    #expect(workbook.desk.world.digest == digest)
  }

  @Test func theDiskTellsWhetherItsKeyCanOpenIt() {
    var workbook = encrypted()
    #expect(fed(["xray \(Self.stream)"], &workbook).contains("which is Enabled"))
    let disabled = fed(
      ["aws kms disable-key --key-id \(StartNames.keyID)", "xray \(Self.stream)"], &workbook)
    #expect(disabled.contains("is Disabled; enable-key brings it back"))
    let pending = fed(
      [
        "aws kinesis increase-stream-retention-period --stream-name \(Self.stream) "
          + "--retention-period-hours 720", "wait 5s",
        "aws kms schedule-key-deletion --key-id \(StartNames.keyID) --pending-window-in-days 7",
        "xray \(Self.stream)",
      ], &workbook)
    #expect(pending.contains("cancel-key-deletion brings it back until"))
    let gone = fed(["wait 8d", "xray \(Self.stream)"], &workbook)
    #expect(gone.contains("never again"), "\(gone)")
    let old = fed(["wait 30d", "xray \(Self.stream)"], &workbook)
    #expect(old.contains("has aged out after 720 hours"), "\(old)")
  }

  /// A put is refused all the while: nothing comes under a key that is switched off.
  @Test func aChangeAwayFromADisabledKeyPromisesNothingUnderIt() {
    var workbook = Workbook()
    for line in [
      "model documented", "K2=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
      "aws kinesis start-stream-encryption --stream-name my-existing-stream --encryption-type KMS "
        + "--key-id \(StartNames.keyID)", "wait 10s",
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data MQ==",
      "aws kms disable-key --key-id \(StartNames.keyID)", "wait 6m",
      "aws kinesis start-stream-encryption --stream-name my-existing-stream --encryption-type KMS "
        + "--key-id $K2",
    ] { _ = workbook.feed(line) }
    #expect(!workbook.feed("streams").reply.contains("still come under key/12345678"))
    let page = workbook.feed("blast-radius \(StartNames.keyID)").reply
    #expect(!page.contains("or written under it") && page.contains("are refused"))
    let put = workbook.feed(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data MQ==")
    #expect(put.errors.contains("KMSDisabledException"))
  }

  /// The material is the same, whatever became of the copy that was first.
  @Test func aReplicasMaterialKeepsItsDate() {
    var workbook = Workbook()
    for line in [
      "P=$(aws kms create-key --multi-region --query KeyMetadata.KeyId --output text)", "wait 1h",
      "aws kms replicate-key --key-id $P --replica-region us-west-2", "wait 6s",
      "aws kms update-primary-region --key-id $P --primary-region us-west-2", "wait 6s",
      "aws kms schedule-key-deletion --key-id $P --pending-window-in-days 7", "wait 8d",
      "aws kms replicate-key --key-id $P --replica-region us-east-1 --region us-west-2", "wait 6s",
    ] { _ = workbook.feed(line) }
    let rows = workbook.feed("keys").reply.split(separator: "\n").filter {
      $0.contains("the first, of")
    }
    #expect(rows.count >= 2)
    #expect(!rows.contains { $0.contains("of 2026-01-05T10") }, "\(rows)")
  }

}
