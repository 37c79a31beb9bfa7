import API
import Ciphers
import Policies
import Testing
import Values

@testable import Cloud

/// A lab with the guide's encrypted stream, and callers for it.
struct Lab {
  var cloud: Cloud

  init(_ model: Model = .described, shards: Int = 1) throws {
    cloud = Cloud.start(model: .described)
    try call(
      "admin", "kinesis", "CreateStream",
      [
        "StreamName": "my-secure-stream", "ShardCount": .integer(shards),
        "KeyId": .string(StartNames.keyID),
      ])
    cloud.advance(by: .seconds(20))
    cloud.setModel(model)
  }

  func session(_ profile: String) -> Call {
    Call(session: cloud.world.identities.session(ofProfile: profile) ?? 0, region: .usEast1)
  }

  @discardableResult
  mutating func call(_ profile: String, _ service: String, _ name: String, _ input: JSON) throws
    -> JSON
  {
    let operation = try #require(Service.named(service)?.operation(named: name))
    cloud.forgetControlPlane()
    return try cloud.call(operation, of: service, input, session(profile)) ?? .null
  }

  @discardableResult
  mutating func put(_ text: String, key: String = "k", as profile: String = "producer") throws
    -> JSON
  {
    try call(
      profile, "kinesis", "PutRecord",
      [
        "StreamName": "my-secure-stream", "PartitionKey": .string(key),
        "Data": .string(Base64.encode(Array(text.utf8))),
      ])
  }

  var slot: Int32 { cloud.world.streams.slot(named: "my-secure-stream", in: .usEast1) ?? 0 }

  mutating func read(as profile: String = "consumer") throws -> [String] {
    try cloud.readAll(of: slot, 0, session(profile)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The code of the refusal that a body throws.
  func code(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ServiceError)?.code
    }
  }
}

@Suite struct FrontDoorTests {
  @Test func aRefusedCallIsLoggedAndChangesNothing() throws {
    var lab = try Lab()
    let digest = lab.cloud.world.digest
    let events = lab.cloud.journal.count
    #expect(throws: ServiceError.self) { try lab.put("x", as: "auditor") }
    #expect(lab.cloud.world.digest == digest)
    #expect(lab.cloud.journal.count == events + 1)
    #expect(lab.cloud.journal.last?.error != nil)
  }

  @Test func anInnerCallCarriesParentCallerViaAndContext() throws {
    var lab = try Lab()
    try lab.put("x")
    let events = lab.cloud.journal.suffix(from: lab.cloud.journal.count - 2)
    #expect(events.map(\.operation) == [.generateDataKey, .putRecord])
    #expect(events[0].call.parent == events[1].id)
    #expect(events[0].call.session == events[1].call.session)
    let question = try #require(events[0].decision?.decision.question)
    #expect(question.context["kms:ViaService"] == ["kinesis.us-east-1.amazonaws.com"])
    #expect(
      question.context["kms:EncryptionContext:aws:kinesis:arn"]
        == ["arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream"])
  }

  @Test func everyOperationHasOneRow() {
    #expect(OperationRow.table.count == OperationID.allCases.count)
  }

  @Test func sameCallsMakeTheSameWorld() throws {
    var first = try Lab()
    var second = try Lab()
    for lab in 0..<2 {
      for index in 0..<20 {
        if lab == 0 { try first.put("r\(index)") } else { try second.put("r\(index)") }
      }
    }
    #expect(first.cloud.world.digest == second.cloud.world.digest)
    try second.put("one more")
    #expect(first.cloud.world.digest != second.cloud.world.digest)
  }

  @Test func aCopyIsAWorldOfItsOwn() throws {
    var lab = try Lab()
    try lab.put("shared")
    var copy = lab
    try copy.put("in the copy")
    try lab.put("in the original")
    #expect(try copy.read() == ["shared", "in the copy"])
    #expect(try lab.read() == ["shared", "in the original"])
  }

  @Test func whoYouAreNeedsNoPermission() throws {
    var lab = try Lab()
    let reply = try lab.call("producer", "sts", "GetCallerIdentity", [:])
    #expect(
      reply["Arn"] == "arn:aws:sts::123456789012:assumed-role/kinesis-producer-role/producer")
  }
}

@Suite struct EnvelopeTests {
  @Test func whatWasPutIsReadAndLiesSealedOnTheDisk() throws {
    var lab = try Lab()
    try lab.put("card 4929")
    #expect(try lab.read() == ["card 4929"])
    let body = lab.cloud.world.streams[lab.slot].shards[0].body(of: 0)
    #expect(body.count == 9 + 28)
    let text = String(decoding: body, as: UTF8.self)
    #expect(!text.contains("card"))
  }

  /// Every bit of the stored record, its wrapped key and its context.
  @Test func flippingAnyBitMakesTheReadFail() throws {
    var lab = try Lab()
    try lab.put("twelve bytes")
    let shard = lab.cloud.world.streams[lab.slot].shards[0]
    let body = shard.body(of: 0)
    for bit in 0..<body.count * 8 {
      var copy = lab
      var changed = body
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      copy.cloud.tamper(.body(changed), stream: lab.slot, shard: 0, record: 0)
      #expect(throws: ServiceError.self, "bit \(bit) of the record") { try copy.read() }
    }
    let envelope = try #require(lab.cloud.world.streams[lab.slot].dataKeys.envelopes.last)
    for bit in 0..<envelope.blob.count * 8 {
      var copy = lab
      var changed = envelope.blob
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      copy.cloud.tamper(.wrappedKey(changed), stream: lab.slot, shard: 0, record: 0)
      #expect(throws: ServiceError.self, "bit \(bit) of the wrapped key") { try copy.read() }
    }
    for bit in 0..<envelope.context.count * 8 {
      var copy = lab
      var changed = envelope.context
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      copy.cloud.tamper(.context(changed), stream: lab.slot, shard: 0, record: 0)
      #expect(throws: ServiceError.self, "bit \(bit) of the context") { try copy.read() }
    }
    var same = lab
    same.cloud.tamper(.body(body), stream: lab.slot, shard: 0, record: 0)
    #expect(try same.read() == ["twelve bytes"])
  }

  @Test func ciphertextOpensOnlyWithItsContext() throws {
    var lab = try Lab()
    let sealed = try lab.call(
      "admin", "kms", "Encrypt",
      ["KeyId": .string(StartNames.keyID), "Plaintext": "aGk=", "EncryptionContext": ["a": "b"]])
    let blob = try #require(sealed["CiphertextBlob"])
    func open(_ context: JSON?) -> String? {
      var copy = lab
      return copy.code {
        var input = JSONObject([("CiphertextBlob", blob)])
        input["EncryptionContext"] = context
        try copy.call("admin", "kms", "Decrypt", .object(input))
      }
    }
    #expect(open(["a": "b"]) == nil)
    for wrong in [nil, ["a": "B"], ["A": "b"], ["a": "b", "c": "d"]] as [JSON?] {
      #expect(open(wrong) == "InvalidCiphertextException")
    }
  }

  @Test func aKeyIsNamedByIDArnAndAlias() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "kms", "CreateAlias",
      ["AliasName": "alias/orders", "TargetKeyId": .string(StartNames.keyID)])
    let arn = "arn:aws:kms:us-east-1:123456789012"
    for name in [
      StartNames.keyID, "\(arn):key/\(StartNames.keyID)", "alias/orders", "\(arn):alias/orders",
    ] {
      let reply = try lab.call("admin", "kms", "DescribeKey", ["KeyId": .string(name)])
      #expect(reply["KeyMetadata"]?["KeyId"] == .string(StartNames.keyID))
    }
    for (name, code) in [
      ("alias/none", "NotFoundException"), ("nonsense", "NotFoundException"),
      ("arn:aws:kms:us-west-2:123456789012:key/\(StartNames.keyID)", "NotFoundException"),
    ] {
      #expect(
        lab.code { try lab.call("admin", "kms", "DescribeKey", ["KeyId": .string(name)]) } == code)
    }
  }

  @Test func aDisabledKeyStopsTheStreamAndEnablingItHelps() throws {
    var lab = try Lab()
    try lab.put("before")
    try lab.call("admin", "kms", "DisableKey", ["KeyId": .string(StartNames.keyID)])
    #expect(lab.code { try lab.put("x") } == "KMSDisabledException")
    #expect(lab.code { _ = try lab.read() } == "KMSDisabledException")
    try lab.call("admin", "kms", "EnableKey", ["KeyId": .string(StartNames.keyID)])
    #expect(try lab.read() == ["before"])
  }

  /// Source: AWS KMS API Reference, Decrypt and ReEncrypt, DryRunModifiers.
  @Test func aDryRunWithoutCiphertextAsksForPermissionAlone() throws {
    var lab = KMSLab()
    let key: JSON = .string(StartNames.keyID)
    let ignoring: JSON = ["DryRunModifiers": ["IGNORE_CIPHERTEXT"]]
    let decrypt = ignoring.with([("KeyId", key), ("DryRun", true)])
    #expect(lab.refusal("Decrypt", decrypt)?.code == "DryRunOperationException")
    #expect(lab.refusal("Decrypt", decrypt, as: "auditor")?.code == "AccessDeniedException")
    #expect(
      lab.refusal("Decrypt", decrypt.with([("DryRun", nil)]))?.message
        == "DryRunModifiers can be specified only when DryRun is true.")
    #expect(lab.refusal("Decrypt", decrypt.with([("KeyId", nil)]))?.code == "ValidationException")
    let both = ignoring.with([
      ("SourceKeyId", key), ("DestinationKeyId", key), ("DryRun", true),
    ])
    #expect(lab.refusal("ReEncrypt", both)?.code == "DryRunOperationException")
    #expect(lab.refusal("ReEncrypt", both, as: "auditor")?.code == "AccessDeniedException")
    #expect(
      lab.refusal("ReEncrypt", both.with([("SourceKeyId", nil)]))?.code == "ValidationException")
  }

  @Test func aDryRunAsksEverythingAndMakesNothing() throws {
    var lab = try Lab()
    let digest = lab.cloud.world.digest
    func code(_ profile: String) -> String? {
      lab.code {
        try lab.call(
          profile, "kms", "GenerateDataKey",
          ["KeyId": .string(StartNames.keyID), "KeySpec": "AES_256", "DryRun": true])
      }
    }
    #expect(code("admin") == "DryRunOperationException")
    #expect(code("auditor") == "AccessDeniedException")
    #expect(lab.cloud.world.digest == digest)
  }

  @Test func theAuthorOfAPolicyIsNotLockedOut() throws {
    var lab = try Lab()
    let policy = """
      {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/kinesis-producer-role"},
        "Action": "kms:*", "Resource": "*"}}
      """
    let code = lab.code {
      try lab.call(
        "admin", "kms", "PutKeyPolicy",
        ["KeyId": .string(StartNames.keyID), "Policy": .string(policy)])
    }
    #expect(code == "MalformedPolicyDocumentException")
    try lab.call(
      "admin", "kms", "PutKeyPolicy",
      [
        "KeyId": .string(StartNames.keyID), "Policy": .string(policy),
        "BypassPolicyLockoutSafetyCheck": true,
      ])
    #expect(
      lab.code {
        try lab.call("admin", "kms", "GetKeyPolicy", ["KeyId": .string(StartNames.keyID)])
      } == "AccessDeniedException")
  }
}

@Suite struct ModelTests {
  @Test func describedTakesADataKeyForEachRecord() throws {
    var lab = try Lab()
    for index in 0..<5 { try lab.put("r\(index)") }
    #expect(lab.cloud.world.streams[lab.slot].dataKeys.envelopes.count == 5)
    _ = try lab.read()
    let decrypts = lab.cloud.journal.filter { $0.operation == .decrypt }
    #expect(decrypts.count == 1)
    #expect(decrypts[0].effect == .unwrapped(key: 0, material: 0, count: 5))
  }

  @Test func documentedKeepsADataKeyForFiveMinutesAndACaller() throws {
    var lab = try Lab(.documented)
    for index in 0..<5 { try lab.put("r\(index)") }
    #expect(lab.cloud.world.streams[lab.slot].dataKeys.envelopes.count == 1)
    try lab.put("other caller", as: "admin")
    #expect(lab.cloud.world.streams[lab.slot].dataKeys.envelopes.count == 2)
    lab.cloud.advance(by: .seconds(300))
    try lab.put("later")
    #expect(lab.cloud.world.streams[lab.slot].dataKeys.envelopes.count == 3)
    #expect(try lab.read().count == 7)
  }

  @Test func theCodeOfARefusalByTheKeyFollowsTheModel() throws {
    for (model, code) in [
      (Model.described, "AccessDeniedException"), (.documented, "KMSAccessDeniedException"),
    ] {
      var lab = try Lab(model)
      try lab.call(
        "admin", "iam", "PutRolePolicy",
        [
          "RoleName": "kinesis-producer-role", "PolicyName": "ProducerAccess",
          "PolicyDocument":
            #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}, {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}]}"#,
        ])
      #expect(lab.code { try lab.put("x") } == code)
    }
  }

  @Test func theManagedKeyFollowsTheModel() throws {
    for (model, code) in [
      (Model.described, "AccessDeniedException" as String?), (.documented, nil),
    ] {
      var lab = try Lab(model)
      try lab.call(
        "admin", "kinesis", "StartStreamEncryption",
        ["StreamName": "my-secure-stream", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"])
      lab.cloud.advance(by: .seconds(20))
      #expect(lab.code { try lab.put("x") } == code)
    }
  }
}

@Suite struct StreamTests {
  @Test func shardsShareTheHashRangeAsAWSsExampleDoes() {
    let shards = Kinesis.Shard.initial(3, created: Instant(milliseconds: 0), .none)
    #expect(shards[0].range.upperBound.description == "113427455640312821154458202477256070484")
    #expect(shards[2].range.upperBound == UInt128.max)
    for count in [1, 2, 4, 7] {
      let shards = Kinesis.Shard.initial(count, created: Instant(milliseconds: 0), .none)
      #expect(shards[0].range.lowerBound == 0)
      for (left, right) in zip(shards, shards.dropFirst()) {
        #expect(left.range.upperBound &+ 1 == right.range.lowerBound)
      }
    }
  }

  /// Source: facts §2.5, vectors; the first decodes AWS's own example.
  @Test(arguments: [
    (
      "49600871682957036442365024926191073437251060580128653314", 1_572_297_165 as Int64,
      0 as UInt32
    ),
    ("49646437576038040647387406495032214948498308117829779458", 1_699_999_997, 0),
    ("49646437576060341392585937118173750666770956479335759890", 1_699_999_997, 1),
  ]) func sequenceNumbersAreAWSs(_ text: String, _ created: Int64, _ shard: UInt32) throws {
    let number = try #require(SequenceNumber(text))
    #expect(number.shardCreated == created)
    #expect(number.shard == shard)
    #expect(number.description == text)
  }

  @Test func textsThatAreNoSequenceNumbersAreNone() {
    for text in [
      "", "0", "x", String(repeating: "9", count: 56), String(repeating: "9", count: 500),
    ] {
      #expect(SequenceNumber(text) == nil)
    }
  }

  @Test func aStreamGoesThroughItsStates() throws {
    var lab = try Lab()
    func status() throws -> JSON? {
      try lab.call(
        "admin", "kinesis", "DescribeStreamSummary", ["StreamName": "s"])[
          "StreamDescriptionSummary"]?[
          "StreamStatus"]
    }
    try lab.call("admin", "kinesis", "CreateStream", ["StreamName": "s", "ShardCount": 2])
    #expect(try status() == "CREATING")
    lab.cloud.advance(by: .seconds(10))
    #expect(try status() == "ACTIVE")
    try lab.call(
      "admin", "kinesis", "StartStreamEncryption",
      ["StreamName": "s", "EncryptionType": "KMS", "KeyId": .string(StartNames.keyID)])
    #expect(try status() == "UPDATING")
    #expect(
      lab.code {
        try lab.call(
          "admin", "kinesis", "StopStreamEncryption",
          ["StreamName": "s", "EncryptionType": "KMS", "KeyId": .string(StartNames.keyID)])
      } == "ResourceInUseException")
    let slot = try #require(lab.cloud.world.streams.slot(named: "s", in: .usEast1))
    lab.cloud.advance(by: .seconds(2))
    #expect(
      lab.cloud.world.streams[slot].shards.map { $0.protection.encryptionType } == ["KMS", "NONE"])
    lab.cloud.advance(by: .seconds(2))
    #expect(try status() == "ACTIVE")
    try lab.call("admin", "kinesis", "DeleteStream", ["StreamName": "s"])
    #expect(try status() == "DELETING")
    lab.cloud.advance(by: .seconds(10))
    #expect(lab.code { _ = try status() } == "ResourceNotFoundException")
  }

  @Test func recordsFromBeforeAChangeStayAsTheyWere() throws {
    var lab = try Lab()
    try lab.put("sealed")
    try lab.call(
      "admin", "kinesis", "StopStreamEncryption",
      [
        "StreamName": "my-secure-stream", "EncryptionType": "KMS",
        "KeyId": .string(StartNames.keyID),
      ])
    lab.cloud.advance(by: .seconds(20))
    try lab.put("open")
    let shard = lab.cloud.world.streams[lab.slot].shards[0]
    #expect(shard[0].isEncrypted)
    #expect(!shard[1].isEncrypted)
    #expect(try lab.read() == ["sealed", "open"])
  }

  @Test func theTwentySixthChangeOfADayIsRefused() throws {
    var lab = try Lab()
    func start() throws {
      try lab.call(
        "admin", "kinesis", "StartStreamEncryption",
        [
          "StreamName": "my-secure-stream", "EncryptionType": "KMS",
          "KeyId": .string(StartNames.keyID),
        ])
      lab.cloud.advance(by: .seconds(60))
    }
    for _ in 0..<25 { try start() }
    #expect(lab.code { try start() } == "LimitExceededException")
    lab.cloud.advance(by: .seconds(24 * 3600))
    try start()
  }

  @Test func iteratorsBeginWhereTheyShouldAndExpire() throws {
    var lab = try Lab()
    for text in ["a", "b", "c"] {
      try lab.put(text)
      lab.cloud.advance(by: .seconds(10))
    }
    let shard = lab.cloud.world.streams[lab.slot].shards[0]
    func count(_ type: String, _ more: [(String, JSON)] = []) throws -> Int {
      let input = JSONObject(
        [
          ("StreamName", "my-secure-stream"), ("ShardId", "shardId-000000000000"),
          ("ShardIteratorType", .string(type)),
        ] + more)
      lab.cloud.advance(by: .seconds(1))
      let reply = try lab.call("consumer", "kinesis", "GetShardIterator", .object(input))
      let records = try lab.call(
        "consumer", "kinesis", "GetRecords", ["ShardIterator": try #require(reply["ShardIterator"])]
      )
      return records["Records"]?.array?.count ?? -1
    }
    let second = JSON.string(shard.sequenceNumber(of: 1).description)
    #expect(try count("TRIM_HORIZON") == 3)
    #expect(try count("LATEST") == 0)
    #expect(try count("AT_SEQUENCE_NUMBER", [("StartingSequenceNumber", second)]) == 2)
    #expect(try count("AFTER_SEQUENCE_NUMBER", [("StartingSequenceNumber", second)]) == 1)
    #expect(try count("AT_TIMESTAMP", [("Timestamp", .string(shard[2].arrived.zulu))]) == 1)
    #expect(
      lab.code { _ = try count("LATEST", [("StartingSequenceNumber", second)]) }
        == "InvalidArgumentException")
    let old = try #require(
      try lab.call(
        "consumer", "kinesis", "GetShardIterator",
        [
          "StreamName": "my-secure-stream", "ShardId": "shardId-000000000000",
          "ShardIteratorType": "LATEST",
        ])["ShardIterator"])
    lab.cloud.advance(by: .seconds(301))
    #expect(
      lab.code { try lab.call("consumer", "kinesis", "GetRecords", ["ShardIterator": old]) }
        == "ExpiredIteratorException")
    #expect(
      lab.code { try lab.call("consumer", "kinesis", "GetRecords", ["ShardIterator": "AAAA"]) }
        == "InvalidArgumentException")
  }

  @Test func aRecordOfOneByteTooManyIsRefused() throws {
    var lab = try Lab()
    try lab.put(String(repeating: "x", count: 1_048_576 - 1))
    #expect(
      lab.code { try lab.put(String(repeating: "x", count: 1_048_576)) }
        == "InvalidArgumentException")
    #expect(lab.cloud.world.streams[lab.slot].shards[0].count == 1)
  }

  @Test func recordsAgeOutAfterADay() throws {
    var lab = try Lab()
    try lab.put("old")
    lab.cloud.advance(by: .seconds(24 * 3600 + 1))
    try lab.put("new")
    #expect(try lab.read() == ["new"])
  }
}

@Suite struct MeterTests {
  /// The bucket of the described quota, against what the words say, on random arrivals.
  @Test func theTokenBucketAgreesWithItsReference() {
    var meter = KMS.Meter()
    let quota = KMS.Quota(rate: 10_000, burst: 40_000)
    var tokens = 40_000.0
    var last = 0 as Int64
    var now = 0 as Int64
    var state: UInt64 = 3
    for _ in 0..<200_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if state >> 60 == 0 { now += Int64(state >> 33 & 3) }
      tokens = min(40_000, tokens + Double(now - last) * 10)
      last = now
      let admitted: Bool
      do throws(ServiceError) {
        try meter.check(.decrypt, .usEast1, quota, now: Instant(milliseconds: now))
        meter.count(.decrypt, .usEast1, quota, now: Instant(milliseconds: now))
        admitted = true
      } catch {
        admitted = false
      }
      #expect(admitted == (tokens >= 1))
      if admitted { tokens -= 1 }
    }
  }

  @Test func theDocumentedQuotaBeginsAnewEachSecondAndHasNoBurst() {
    var meter = KMS.Meter()
    let region = Region("eu-west-3") ?? .usEast1
    let quota = KMS.Quota(rate: KMS.Limits.documentedRate(in: region), burst: nil)
    func isAdmitted(at milliseconds: Int64) -> Bool {
      let now = Instant(milliseconds: milliseconds)
      guard (try? meter.check(.encrypt, region, quota, now: now)) != nil else { return false }
      meter.count(.encrypt, region, quota, now: now)
      return true
    }
    #expect((0..<10_050).count { _ in isAdmitted(at: 500) } == 10_000)
    #expect(isAdmitted(at: 1000))
  }

  @Test func whatWasRefusedIsNotCounted() throws {
    var lab = try Lab()
    try lab.put("x")
    try lab.call("admin", "kms", "DisableKey", ["KeyId": .string(StartNames.keyID)])
    let digest = lab.cloud.world.digest
    #expect(lab.code { try lab.put("y") } == "KMSDisabledException")
    #expect(lab.cloud.world.digest == digest)
  }
}

@Suite struct StorageTests {
  @Test func copiesOfALogDoNotSeeEachOther() {
    var log = AppendLog<Int>(firstCapacity: 4, largestCapacity: 8)
    for number in 0..<100 { log.append(number) }
    var copy = log
    copy.append(1000)
    log.append(2000)
    log.append(2001)
    #expect(Array(copy) == Array(0..<100) + [1000])
    #expect(Array(log) == Array(0..<100) + [2000, 2001])
    #expect(log.suffix(from: 99) == [99, 2000, 2001])
  }

  @Test func runsOfBytesStayWhole() {
    var log = ByteLog()
    let places = (0..<200).map { log.append([UInt8](repeating: UInt8($0), count: $0 * 37)) }
    for (index, place) in places.enumerated() {
      #expect(log.bytes(at: place) == [UInt8](repeating: UInt8(index), count: index * 37))
    }
  }
}
