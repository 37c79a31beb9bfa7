import API
import Ciphers
import Testing
import Values

@testable import Cloud

/// What a stream's calls answer when its key is in a state, once no data key is remembered.
struct StreamKeyRow: CustomTestStringConvertible, Sendable {
  var state: String
  /// Put, get and start with that key, in this order; nothing where they succeed.
  var code: String?
  var text: String

  var testDescription: String { state }
}

@Suite struct StreamKeyTests {
  /// Source: Kinesis API Reference, errors of PutRecord; AWS KMS Developer Guide, key states.
  static let rows: [StreamKeyRow] = [
    .init(state: "Enabled", code: nil, text: ""),
    .init(state: "Disabled", code: "KMSDisabledException", text: "is disabled."),
    .init(state: "PendingDeletion", code: "KMSInvalidStateException", text: "is pending deletion."),
    .init(state: "PendingImport", code: "KMSInvalidStateException", text: "is pending import."),
    .init(state: "deleted", code: "KMSNotFoundException", text: ""),
  ]

  /// A stream with one record under a key of its own, kept for a month.
  private struct Fixture {
    var lab: Lab
    var key: String

    init(imported: Bool = false, _ model: Model = .documented) throws {
      lab = try Lab(model)
      let made = try lab.call("admin", "kms", "CreateKey", [:])
      key = try #require(made["KeyMetadata"]?["KeyId"]?.string)
      try lab.kinesis("IncreaseStreamRetentionPeriod", ["RetentionPeriodHours": 720])
      lab.wait(5)
      try start(key)
      try put("old")
    }

    mutating func start(_ key: String) throws {
      try lab.kinesis("StartStreamEncryption", ["EncryptionType": "KMS", "KeyId": .string(key)])
      lab.wait(10)
    }

    mutating func put(_ text: String) throws { try lab.put(text, as: "admin") }
    mutating func read() throws -> [String] { try lab.read(as: "admin") }

    mutating func bring(to state: String) throws {
      let named: JSON = ["KeyId": .string(key)]
      switch state {
      case "Disabled": try lab.call("admin", "kms", "DisableKey", named)
      case "PendingDeletion", "deleted":
        try lab.call(
          "admin", "kms", "ScheduleKeyDeletion", named.with([("PendingWindowInDays", 7)]))
        if state == "deleted" { lab.wait(7 * 86_400 + 1) }
      case "PendingImport":
        let slot = try #require(lab.cloud.world.keys.slot(ofID: key, in: .usEast1))
        lab.cloud.world.keys.set(.pendingImport, of: slot)
      default: break
      }
    }
  }

  @Test(arguments: rows) func everyKeyStateHasItsCode(_ row: StreamKeyRow) throws {
    var fixture = try Fixture()
    try fixture.bring(to: row.state)
    // What Kinesis remembers serves for five minutes more.
    if row.state != "deleted" {
      #expect(fixture.lab.code { try fixture.put("remembered") } == nil)
    }
    fixture.lab.wait(301)
    func refusal(_ body: () throws -> Void) -> ServiceError? {
      do {
        try body()
        return nil
      } catch { return error as? ServiceError }
    }
    let key = fixture.key
    for error in [
      refusal { try fixture.put("x") }, refusal { _ = try fixture.read() },
      refusal { try fixture.start(key) },
    ] {
      #expect(error?.code == row.code)
      #expect(error == nil || error?.message.hasSuffix(row.text) == true)
    }
  }

  @Test func aDeletedKeyTakesItsRecordsAlongAndNoOthers() throws {
    var fixture = try Fixture()
    try fixture.start(StartNames.keyID)
    try fixture.put("new")
    #expect(try fixture.read() == ["old", "new"])
    try fixture.bring(to: "deleted")
    #expect(fixture.lab.code { _ = try fixture.read() } == "KMSNotFoundException")
    let number = fixture.lab.stream.shards[0].sequenceNumber(of: 1).description
    let later = try fixture.lab.iterator(
      "shardId-000000000000",
      ["ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": .string(number)])
    #expect(try fixture.lab.records(later)["Records"]?.array?.first?["Data"] == "bmV3")
  }

  @Test func theOldKeyIsNeededUntilItsLastRecordAgesOut() throws {
    var fixture = try Fixture()
    let old = try #require(fixture.lab.cloud.world.keys.slot(ofID: fixture.key, in: .usEast1))
    try fixture.start(StartNames.keyID)
    fixture.lab.wait(3600)
    try fixture.put("new")
    let group = try #require(fixture.lab.cloud.world.kept(in: fixture.lab.slot).byKey.last)
    #expect(group.key == old)
    #expect(group.count == 1)
    #expect(fixture.lab.cloud.world.writing(in: fixture.lab.slot, under: old) == .never)
    // One second before that the record still needs the key; one after it the key can go.
    let left = group.end - fixture.lab.cloud.world.now
    fixture.lab.cloud.advance(by: left - .seconds(1))
    #expect(try fixture.read() == ["old", "new"])
    fixture.lab.wait(2)
    try fixture.lab.call("admin", "kms", "DisableKey", ["KeyId": .string(fixture.key)])
    fixture.lab.wait(301)
    #expect(try fixture.read() == ["new"])
    #expect(fixture.lab.cloud.world.kept(in: fixture.lab.slot).byKey.map(\.key) != [old])
  }

  /// Worlds whose libraries keep other keys do other things next.
  @Test func librariesThatKeepDataKeysAreInTheDigest() {
    var cloud = Cloud.start()
    let none = cloud.world.digest
    let short = Kinesis.LibraryCache(maxAge: .seconds(60), maxMessages: 10)
    let long = Kinesis.LibraryCache(maxAge: .seconds(90), maxMessages: 10)
    var digests = [none]
    for (cache, session) in [(short, SessionID(1)), (short, 2), (long, 2)] {
      cloud.setLibraryCache(cache, for: [session])
      digests.append(cloud.world.digest)
    }
    #expect(Set(digests.map(\.value)).count == 4)
    cloud.setLibraryCache(nil, for: [1, 2])
    #expect(cloud.world.digest == none)
  }

  /// A forwarded call names its stream in two bytes.
  @Test func aStreamThatNoForwardedCallCouldNameIsNotMade() throws {
    var lab = try Lab(.documented)
    let now = lab.cloud.world.now
    while lab.cloud.world.streams.streams.count < ForwardedAccess.mostStreams - 1 {
      let slot = lab.cloud.world.streams.add(
        Kinesis.Stream(
          name: "old", region: .usEast1, account: .home, requested: now, shardCount: 1,
          protection: .none))
      lab.cloud.world.streams.remove(slot, isRecorded: false)
    }
    try lab.call("admin", "kinesis", "CreateStream", ["StreamName": "last", "ShardCount": 1])
    let last = try #require(lab.cloud.world.streams.slot(named: "last", in: .usEast1))
    var call = lab.session("producer")
    call.via = ForwardedAccess(stream: last)
    #expect(call.via?.stream == last)
    let code = lab.code {
      try lab.call("admin", "kinesis", "CreateStream", ["StreamName": "more", "ShardCount": 1])
    }
    #expect(code == "LimitExceededException")
  }

  @Test func aRepointedAliasServesFromTheNextDataKeyOn() throws {
    var fixture = try Fixture()
    try fixture.lab.call(
      "admin", "kms", "CreateAlias",
      ["AliasName": "alias/orders", "TargetKeyId": .string(fixture.key)])
    try fixture.start("alias/orders")
    try fixture.put("one")
    try fixture.lab.call(
      "admin", "kms", "UpdateAlias",
      ["AliasName": "alias/orders", "TargetKeyId": .string(StartNames.keyID)])
    try fixture.put("two")
    fixture.lab.wait(301)
    try fixture.put("three")
    let stream = fixture.lab.stream
    let keys = (1...3).map { stream.dataKeys.envelopes[Int(stream.shards[0][$0].envelope)].key }
    #expect(keys[0] == keys[1])
    #expect(keys[2] != keys[1])
    #expect(try fixture.read() == ["old", "one", "two", "three"])
  }

  @Test func migrationLosesNoRecord() throws {
    var lab = try Lab(.documented)
    try lab.kinesis(
      "StopStreamEncryption", ["EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"])
    lab.wait(10)
    try lab.put("clear", as: "admin")
    for key in ["alias/aws/kinesis", StartNames.keyID] {
      try lab.kinesis("StartStreamEncryption", ["EncryptionType": "KMS", "KeyId": .string(key)])
      try lab.put("while it becomes \(key)", as: "admin")
      lab.wait(10)
      try lab.put("under \(key)", as: "admin")
    }
    #expect(
      try lab.read(as: "admin") == [
        "clear", "while it becomes alias/aws/kinesis", "under alias/aws/kinesis",
        "while it becomes \(StartNames.keyID)", "under \(StartNames.keyID)",
      ])
    let kept = lab.cloud.world.kept(in: lab.slot)
    #expect(kept.inTheClear == 2)
    #expect(kept.byKey.map(\.count).sorted() == [1, 2])
  }

  @Test func aKeyOfAnotherRegionOrAccountProtectsNoStream() throws {
    var lab = try Lab()
    func message(_ key: String) -> String? {
      lab.refusalOfStream(
        "StartStreamEncryption", ["EncryptionType": "KMS", "KeyId": .string(key)]
      )
      .map { "\($0.code): \($0.message)" }
    }
    let id = StartNames.keyID
    #expect(
      message("arn:aws:kms:eu-west-1:123456789012:key/\(id)")
        == "KMSNotFoundException: Invalid arn eu-west-1")
    #expect(
      message("arn:aws:kms:us-east-1:999999999999:key/\(id)")?.hasPrefix("AccessDeniedException: ")
        == true)
    #expect(
      message("alias/nothing")
        == "KMSNotFoundException: Alias arn:aws:kms:us-east-1:123456789012:alias/nothing is not found."
    )
  }
}
