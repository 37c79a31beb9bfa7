import Ciphers
import Testing
import Values

@testable import EncryptionSDK

/// One suite, one way to cut the body, one length of the plaintext.
struct RoundRow: CustomTestStringConvertible, Sendable {
  var suite: AlgorithmSuite
  var frame: Int
  var length: Int
  var testDescription: String { "\(suite.number), frames of \(frame), \(length) bytes" }

  static let all: [RoundRow] = AlgorithmSuite.table.flatMap { suite in
    [(4096, 0), (4096, 1), (4096, 512), (16, 15), (16, 16), (16, 33), (1, 3), (0, 0), (0, 100)].map
    {
      RoundRow(suite: suite, frame: $0.0, length: $0.1)
    }
  }
}

/// A way to spoil a message, or a message that never was one, and the error that must come of it.
struct SpoiltRow: CustomTestStringConvertible, Sendable {
  var name: String
  var error: MessageError
  var spoil: @Sendable (inout [UInt8]) -> Void
  var testDescription: String { name }
}

@Suite struct MessageTests {
  let gcm = DetachedGCM()

  static func keyring(_ name: String = "wide", namespace: String = "keyhole-tests") throws
    -> RawAESKeyring
  {
    try RawAESKeyring(namespace: namespace, name: name, key: SDKVector.key(name))
  }

  static var anyPolicy: MessageReader.Limits {
    var limits = MessageReader.Limits()
    limits.policy = .forbidEncrypt
    return limits
  }

  static func pairs(_ context: [String: String]) -> [(String, String)] {
    context.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  func write(
    _ text: [UInt8], _ suite: AlgorithmSuite, frame: Int = 4096, _ context: [String: String] = [:],
    seed: UInt64 = 1, keyrings: [RawAESKeyring]? = nil
  ) throws -> SealedMessage {
    var random = SeededGenerator(seed: seed)
    let keyrings = try keyrings ?? [Self.keyring()]
    var materials = try keyrings[0].materials(
      suite, MessageContext(Self.pairs(context)), random: &random, with: gcm)
    for keyring in keyrings.dropFirst() {
      materials.dataKeys.append(
        keyring.wrap(materials.dataKey, boundTo: materials.context, random: &random, with: gcm))
    }
    return try MessageWriter.seal(
      text, materials, messageID: random.bytes(count: suite.messageIDBytes), frameLength: frame,
      with: gcm)
  }

  func read(
    _ message: [UInt8], _ keyring: RawAESKeyring, _ limits: MessageReader.Limits = Self.anyPolicy
  ) throws(MessageError) -> [UInt8] {
    let reader = try MessageReader(message, limits)
    guard
      let key = keyring.unwrap(
        reader.header.dataKeys, of: reader.header.suite, boundTo: reader.header.context, with: gcm)
    else { throw .noDataKeyOpened(of: reader.header.dataKeys.count) }
    return try reader.open(DecryptionMaterials(dataKey: key), with: gcm)
  }

  // MARK: The official SDK's messages

  @Test(arguments: SDKVector.all) func opensWhatTheOfficialSDKWrote(_ row: SDKVector) throws {
    for name in row.keys {
      let text = try read(row.bytes, Self.keyring(name))
      #expect(text == Array(row.text.utf8))
    }
    let header = try MessageReader(row.bytes, Self.anyPolicy).header
    #expect(header.suite.id == row.suite)
    #expect(header.frameLength == row.frame)
    #expect(
      header.context.own.map { [$0.key, $0.value] } == Self.pairs(row.context).map { [$0.0, $0.1] })
    #expect(header.dataKeys.count == row.keys.count)
  }

  /// Each bit of each byte would take long; one bit of each byte is enough to name the field.
  @Test(arguments: SDKVector.all.filter { $0.message.count < 400 || $0.suite == 0x0578 })
  func everyAlteredByteIsNoticed(_ row: SDKVector) throws {
    let keyring = try Self.keyring(row.keys[0])
    var bytes = row.bytes
    for place in bytes.indices {
      bytes[place] ^= UInt8(1 << (place % 8))
      #expect(throws: MessageError.self, "byte \(place)") { try read(bytes, keyring) }
      bytes[place] ^= UInt8(1 << (place % 8))
    }
    #expect(try read(bytes, keyring) == Array(row.text.utf8))
  }

  @Test(arguments: SDKVector.all) func everyTruncationIsNoticed(_ row: SDKVector) throws {
    let keyring = try Self.keyring(row.keys[0])
    for length in 0..<row.bytes.count {
      #expect(throws: MessageError.self, "\(length) bytes") {
        try read(Array(row.bytes[..<length]), keyring)
      }
    }
    #expect(throws: MessageError.trailingBytes(1)) { try read(row.bytes + [0], keyring) }
  }

  // MARK: Our own messages

  @Test(arguments: RoundRow.all) func whatWasWrittenReads(_ row: RoundRow) throws {
    let text = (0..<row.length).map { UInt8(truncatingIfNeeded: $0) }
    let sealed = try write(text, row.suite, frame: row.frame, ["stream": "orders"])
    #expect(try read(sealed.bytes, Self.keyring()) == text)
    let again = try MessageReader(sealed.bytes, Self.anyPolicy).header
    #expect(again == sealed.header)
    #expect(again.isFramed == (row.frame > 0))
    #expect((sealed.footerBytes > 0) == row.suite.isSigned)
  }

  @Test func theSameChanceWritesTheSameBytes() throws {
    let one = try write([1, 2, 3], .committingSigned, ["a": "b"])
    #expect(try write([1, 2, 3], .committingSigned, ["a": "b"]).bytes == one.bytes)
    #expect(try write([1, 2, 3], .committingSigned, ["a": "b"], seed: 2).bytes != one.bytes)
  }

  @Test func anyOfSeveralWrappingKeysOpens() throws {
    let names = ["wide", "middle", "narrow"]
    let sealed = try write(
      Array("three".utf8), .committing, keyrings: try names.map { try Self.keyring($0) })
    #expect(sealed.header.dataKeys.count == 3)
    for name in names { #expect(try read(sealed.bytes, Self.keyring(name)) == Array("three".utf8)) }
    #expect(throws: MessageError.noDataKeyOpened(of: 3)) {
      try read(sealed.bytes, Self.keyring("wide", namespace: "somebody-else"))
    }
  }

  @Test func theContextLiesInTheClearSortedByItsBytes() throws {
    let sealed = try write([], .committing, ["b": "2", "a": "1", "ä": "3", "B": "4"])
    #expect(
      sealed.header.context.bytes == [
        0, 4, 0, 1, 66, 0, 1, 52, 0, 1, 97, 0, 1, 49, 0, 1, 98, 0, 1, 50, 0, 2, 0xC3, 0xA4, 0, 1,
        51,
      ])
    #expect(sealed.bytes.firstRange(of: sealed.header.context.bytes) != nil)
  }

  @Test func keysOfTheContextAreWhatTheirBytesAre() throws {
    let context = try MessageContext([("e\u{301}", "2"), ("\u{E9}", "1")])
    #expect(context["\u{E9}"] == "1" && context["e\u{301}"] == "2")
    #expect(context.has("\u{E9}", "1") && !context.has("e\u{301}", "1"))
    #expect(!(try MessageContext([("a", "\u{E9}")])).has("a", "e\u{301}"))
    #expect(try MessageContext(parsing: context.bytes) == context)
    #expect(throws: MessageError.repeatedContextKey("\u{E9}")) {
      try MessageContext([("\u{E9}", "1"), ("\u{E9}", "2")])
    }
  }

  @Test func aSuiteThatCommitsReadsUnderOneDataKeyOnly() throws {
    let sealed = try write([1, 2, 3], .committing)
    let reader = try MessageReader(sealed.bytes)
    let other = DecryptionMaterials(dataKey: SecretKey([UInt8](repeating: 7, count: 32)))
    #expect(throws: MessageError.commitment) { try reader.open(other, with: gcm) }
    let old = try write([1, 2, 3], .signed)
    #expect(throws: MessageError.headerTag) {
      try MessageReader(old.bytes, Self.anyPolicy).open(other, with: gcm)
    }
  }

  @Test func aDataKeyOfAnotherLengthIsRefused() throws {
    let sealed = try write([1], .committing)
    #expect(throws: MessageError.dataKeyLength(found: 16, needed: 32)) {
      try MessageReader(sealed.bytes).open(
        DecryptionMaterials(dataKey: SecretKey([UInt8](repeating: 7, count: 16))), with: gcm)
    }
  }

  // MARK: Policies and limits

  @Test(arguments: CommitmentPolicy.allCases, AlgorithmSuite.table)
  func thePolicyDecidesWhichSuitesPass(_ policy: CommitmentPolicy, _ suite: AlgorithmSuite) throws {
    let message = try write([1], suite).bytes
    var limits = MessageReader.Limits()
    limits.policy = policy
    if policy == .requireBoth, suite.version == 1 {
      #expect(throws: MessageError.commitmentPolicy(policy, suite, isWriting: false)) {
        try MessageReader(message, limits)
      }
    } else {
      #expect(try read(message, Self.keyring(), limits) == [1])
    }
    if (policy == .forbidEncrypt) == (suite.version == 1) {
      try policy.checkWriting(suite)
    } else {
      #expect(throws: MessageError.commitmentPolicy(policy, suite, isWriting: true)) {
        try policy.checkWriting(suite)
      }
    }
  }

  @Test func aReaderMayLimitDataKeysAndBody() throws {
    let message = try write(
      Array(repeating: 1, count: 100), .committing, frame: 64,
      keyrings: ["wide", "middle"].map { try Self.keyring($0) }
    ).bytes
    var limits = MessageReader.Limits()
    limits.dataKeys = 1
    #expect(throws: MessageError.tooManyDataKeys(found: 2, limit: 1)) {
      try MessageReader(message, limits)
    }
    limits.dataKeys = 2
    limits.body = 63
    #expect(throws: MessageError.bodyTooLong(found: 64, limit: 63, isFramed: true)) {
      try MessageReader(message, limits)
    }
    limits.body = 64
    #expect(try read(message, Self.keyring(), limits).count == 100)
    let block = try write(Array(repeating: 1, count: 100), .committing, frame: 0).bytes
    #expect(throws: MessageError.bodyTooLong(found: 100, limit: 64, isFramed: false)) {
      try read(block, Self.keyring(), limits)
    }
  }

  @Test func aReaderMayRefuseSignatures() throws {
    var limits = MessageReader.Limits()
    limits.forbidsSignature = true
    #expect(throws: MessageError.signedForbidden(.committingSigned)) {
      try MessageReader(write([1], .committingSigned).bytes, limits)
    }
    #expect(try read(write([1], .committing).bytes, Self.keyring(), limits) == [1])
  }

  @Test func writersRefuseWhatTheFormatHasNoRoomFor() throws {
    #expect(throws: MessageError.repeatedContextKey("a")) {
      try MessageContext([("a", "1"), ("a", "2")])
    }
    #expect(throws: MessageError.contextTooLarge(bytes: 65_536)) {
      try MessageContext([("k", String(repeating: "v", count: 65_529))])
    }
    _ = try MessageContext([("k", String(repeating: "v", count: 65_528))])
    #expect(throws: MessageError.reservedContextKey("aws-crypto-public-key")) {
      try write([], .committing, ["aws-crypto-public-key": "x"])
    }
    for frame in [-1, 2_147_483_648] {
      #expect(throws: MessageError.frameLengthOption(frame)) {
        try write([], .committing, frame: frame)
      }
    }
    #expect(throws: MessageError.reservedNamespace("aws-kms")) {
      try Self.keyring(namespace: "aws-kms")
    }
    #expect(throws: MessageError.wrappingKeyLength(31)) {
      try RawAESKeyring(namespace: "n", name: "k", key: [UInt8](repeating: 0, count: 31))
    }
  }

  // MARK: Bytes that are no message

  /// The layout of the message that they spoil: version 2, suite 0578 → places of its fields.
  static let spoilt: [SpoiltRow] = [
    .init(name: "nothing", error: .truncated(part: "the version", offset: 0, needed: 1, found: 0)) {
      $0 = []
    },
    .init(name: "a KMS ciphertext", error: .unknownType(2)) { $0 = [1, 2, 3, 0, 0x78] },
    .init(name: "text", error: .unknownVersion(0x68)) { $0 = Array("hello".utf8) },
    .init(name: "suite 0579", error: .unknownSuite(0x0579)) { $0[2] = 0x79 },
    .init(
      name: "a suite of version 1 in version 2", error: .suiteOfOtherVersion(.signed, version: 2)
    ) { $0[1] = 0x03 },
    .init(
      name: "the context is longer than said",
      error: .malformedContext("its pairs are longer than the length before them says")
    ) { $0[36] -= 1 },
    .init(name: "no encrypted data key", error: .noDataKeys) {
      $0[Self.dataKeyCount($0) + 1] = 0
    },
    .init(name: "content type 3", error: .unknownContentType(3)) { $0[Self.contentType($0)] = 3 },
    .init(name: "frames of nothing", error: .frameLength(0, isFramed: true)) {
      let place = Self.contentType($0)
      $0.replaceSubrange(place + 1...place + 4, with: [0, 0, 0, 0])
    },
    .init(name: "a single block in frames", error: .frameLength(16, isFramed: false)) {
      $0[Self.contentType($0)] = 1
    },
    .init(name: "the header's tag", error: .headerTag) { $0[Self.contentType($0) + 40] ^= 1 },
    .init(name: "another commitment", error: .commitment) { $0[Self.contentType($0) + 5] ^= 1 },
    .init(name: "frames change places", error: .frameOutOfOrder(expected: 1, found: 2)) {
      let start = Self.contentType($0) + 53
      let (first, second) = (Array($0[start..<start + 48]), Array($0[start + 48..<start + 96]))
      $0.replaceSubrange(start..<start + 96, with: second + first)
    },
    .init(name: "a frame is left out", error: .frameOutOfOrder(expected: 1, found: 2)) {
      let start = Self.contentType($0) + 53
      $0.removeSubrange(start..<start + 48)
    },
    .init(name: "a bit of a frame", error: .frameTag(2)) {
      $0[Self.contentType($0) + 53 + 48 + 20] ^= 1
    },
    .init(name: "the final frame is called a frame", error: .frameOutOfOrder(expected: 3, found: 0))
    {
      let start = Self.contentType($0) + 53 + 96
      $0.replaceSubrange(start..<start + 4, with: [0, 0, 0, 0])
    },
    .init(
      name: "a final frame longer than frames", error: .finalFrameTooLong(17, frameLength: 16)
    ) { $0[Self.contentType($0) + 53 + 96 + 8 + 12 + 3] = 17 },
    .init(name: "a bit of the signature", error: .signature) { $0[$0.count - 1] ^= 1 },
  ]

  private static func dataKeyCount(_ bytes: [UInt8]) -> Int {
    37 + Int(bytes[35]) * 256 + Int(bytes[36])
  }

  private static func contentType(_ bytes: [UInt8]) -> Int {
    var place = dataKeyCount(bytes) + 2
    for _ in 0..<3 { place += 2 + Int(bytes[place]) * 256 + Int(bytes[place + 1]) }
    return place
  }

  @Test(arguments: spoilt) func spoiltMessageIsRefusedByName(_ row: SpoiltRow) throws {
    let text = [UInt8](repeating: 0x61, count: 35)
    var bytes = try write(text, .committingSigned, frame: 16, ["k": "v"]).bytes
    #expect(try read(bytes, Self.keyring()) == text)
    row.spoil(&bytes)
    #expect(throws: row.error) { try openedAsWritten(bytes) }
  }

  /// With the right data key even where the header was spoilt, so that what is proved later is reached.
  private func openedAsWritten(_ bytes: [UInt8]) throws -> [UInt8] {
    var random = SeededGenerator(seed: 1)
    let materials = try Self.keyring().materials(
      .committingSigned, MessageContext([("k", "v")]), random: &random, with: gcm)
    return try MessageReader(bytes, Self.anyPolicy).open(
      DecryptionMaterials(dataKey: materials.dataKey), with: gcm)
  }

  @Test func aSignatureNeedsItsKeyAndOnlyThen() throws {
    let bytes = try write([1], .committing, ["k": "v"]).bytes
    var claims = bytes
    claims[1] = 0x05
    #expect(throws: MessageError.signatureKeyMissing) {
      try MessageReader(claims).open(
        DecryptionMaterials(dataKey: SecretKey([UInt8](repeating: 1, count: 32))), with: gcm)
    }
    var signed = try write([1], .committingSigned).bytes
    signed[1] = 0x04
    #expect(throws: MessageError.signatureKeyUnexpected) {
      try MessageReader(signed).open(
        DecryptionMaterials(dataKey: SecretKey([UInt8](repeating: 1, count: 32))), with: gcm)
    }
  }
}
