import Ciphers
import Testing
import Values

@testable import EncryptionSDK

@Suite struct MaterialsCacheTests {
  private static let start = Instant(milliseconds: 1_767_603_600_000)

  private struct Lab {
    var random = SeededGenerator(seed: 7)
    let gcm = DetachedGCM()
    let keyring: RawAESKeyring
    var cache: MaterialsCache
    var made = 0

    init(_ limits: MaterialsCache.Limits) throws {
      keyring = try RawAESKeyring(
        namespace: "lab", name: "k", key: [UInt8](repeating: 3, count: 32))
      cache = MaterialsCache(limits)
    }

    /// As a caching manager does: the kept materials, or new ones.
    mutating func materials(
      bytes: Int, seconds: Double = 0, context: [(String, String)] = [("a", "b")],
      suite: AlgorithmSuite = .committing
    ) throws -> EncryptionMaterials {
      let now = MaterialsCacheTests.start + .milliseconds(Int64(seconds * 1000))
      let context = try MessageContext(context)
      if let kept = cache.encryption(suite, context, bytes: bytes, at: now) { return kept }
      made += 1
      let new = try keyring.materials(suite, context, random: &random, with: gcm)
      cache.keep(new, for: suite, context, bytes: bytes, at: now)
      return new
    }
  }

  private static func limits(
    age: Int64 = 60, messages: Int? = nil, bytes: Int? = nil, capacity: Int? = nil
  ) -> MaterialsCache.Limits {
    var limits = MaterialsCache.Limits(maxAge: .seconds(age))
    if let messages { limits.maxMessages = messages }
    if let bytes { limits.maxBytes = bytes }
    if let capacity { limits.capacity = capacity }
    return limits
  }

  /// Vectors made from the rules with another tool.
  @Test func idsAreThoseOfTheSpecification() throws {
    let context = try MessageContext([("stream", "s1"), ("purpose", "demo")])
    let dataKey = EncryptedDataKey(
      provider: "aws-kms", info: Array("k1".utf8), ciphertext: [0xAA, 0xBB])
    #expect(
      Hex.text(CacheID.encryption(nil, context, partition: "lab"))
        == "21d143bf0a40a1815fbab65723dc0c38d0111848bda746743505d24db5e6cbbe574702c64079b0cdbdd75f6585fa3565"
    )
    #expect(
      Hex.text(CacheID.encryption(.committing, context, partition: "lab"))
        == "62f1949e1a71c719d31de9948fd02210e97e16bf3f2c346deea9de5a78e1d57fb523cc76cda2808802057ff61f7017d9"
    )
    #expect(
      Hex.text(CacheID.decryption(.committing, [dataKey], context, partition: "lab"))
        == "7b737cd7759b45f73fe25e28a866ac8f780b42b51533e56fce8afa405a7ecedb0f7df6af47e92c082fa7fd5afaf24269"
    )
  }

  @Test func aDataKeyServesSoManyMessagesAndNoMore() throws {
    var lab = try Lab(Self.limits(messages: 10))
    for _ in 0..<100 { _ = try lab.materials(bytes: 100) }
    #expect(lab.made == 10)
    #expect(lab.cache.hits == 90)
    #expect(lab.cache.ends.byMessages == 9)
    #expect(lab.cache.mostMessages == 10)
    #expect(lab.cache.mostBytes == 1000)
  }

  @Test func theMessageInHandCountsAgainstTheBytes() throws {
    var lab = try Lab(Self.limits(bytes: 1000))
    for _ in 0..<3 { _ = try lab.materials(bytes: 400) }
    // 400 + 400 fit, 1,200 would not.
    #expect(lab.made == 2)
    #expect(lab.cache.ends.byBytes == 1)
    #expect(lab.cache.mostBytes == 800)
  }

  @Test func theFirstMessageOfAKeyIsExempt() throws {
    var lab = try Lab(Self.limits(bytes: 10))
    _ = try lab.materials(bytes: 5000)
    #expect(lab.made == 1)
    _ = try lab.materials(bytes: 0)
    #expect(lab.made == 2)
  }

  @Test func ageCountsFromTheMakingNotFromTheLastUse() throws {
    var lab = try Lab(Self.limits(age: 60))
    for second in 0..<60 { _ = try lab.materials(bytes: 1, seconds: Double(second)) }
    #expect(lab.made == 1)
    _ = try lab.materials(bytes: 1, seconds: 59.999)
    #expect(lab.made == 1)
    _ = try lab.materials(bytes: 1, seconds: 60)
    #expect(lab.made == 2)
    #expect(lab.cache.ends.byAge == 1)
  }

  @Test func contextAndSuiteHaveEntriesOfTheirOwn() throws {
    var lab = try Lab(Self.limits())
    let one = try lab.materials(bytes: 1)
    let two = try lab.materials(bytes: 1, context: [("a", "c")])
    let three = try lab.materials(bytes: 1, suite: .committingSigned)
    #expect(lab.made == 3)
    #expect(one.dataKey != two.dataKey && one.dataKey != three.dataKey)
    #expect(try lab.materials(bytes: 1).dataKey == one.dataKey)
  }

  @Test func whatWasUnusedLongestMakesRoom() throws {
    var lab = try Lab(Self.limits(capacity: 2))
    _ = try lab.materials(bytes: 1, context: [("n", "1")])
    _ = try lab.materials(bytes: 1, context: [("n", "2")])
    _ = try lab.materials(bytes: 1, context: [("n", "1")])
    _ = try lab.materials(bytes: 1, context: [("n", "3")])
    #expect(lab.cache.entries.compactMap { $0.context["n"] }.sorted() == ["1", "3"])
    #expect(lab.cache.ends.byCapacity == 1)
    for _ in 0..<1000 { _ = try lab.materials(bytes: 1, context: [("n", "3")]) }
    #expect(lab.made == 3)
  }

  @Test func aSuiteThatDerivesNoKeyIsNeverCached() throws {
    var lab = try Lab(Self.limits())
    let suite = try #require(AlgorithmSuite.numbered(0x0078))
    for _ in 0..<3 { _ = try lab.materials(bytes: 1, suite: suite) }
    #expect(lab.made == 3)
    #expect(lab.cache.bypassed == 3)
    #expect(lab.cache.entries.isEmpty)
  }

  @Test func messagesUnderOneDataKeyStillDifferAndOpenFromTheReadersCache() throws {
    var lab = try Lab(Self.limits())
    var reading = MaterialsCache(Self.limits(messages: 1))
    var opened = 0
    for number in 0..<5 {
      let text = Array("record \(number)".utf8)
      let message = try MessageWriter.seal(
        text, lab.materials(bytes: text.count), messageID: lab.random.bytes(count: 32),
        with: lab.gcm)
      let reader = try MessageReader(message.bytes)
      var found = reading.decryption(reader.header, bytes: text.count, at: Self.start)
      if found == nil {
        opened += 1
        let key = try #require(
          lab.keyring.unwrap(
            reader.header.dataKeys, of: reader.header.suite, boundTo: reader.header.context,
            with: lab.gcm))
        found = DecryptionMaterials(dataKey: key)
        reading.keep(
          DecryptionMaterials(dataKey: key), for: reader.header, bytes: text.count, at: Self.start)
      }
      #expect(try reader.open(#require(found), with: lab.gcm) == text)
    }
    // Only writing is limited in messages.
    #expect(opened == 1)
    #expect(reading.hits == 4)
  }

  /// Against a list of what each key sealed, over random requests.
  @Test func randomRequestsAgreeWithAReference() throws {
    struct Key {
      var id: Int
      var made: Double
      var messages: Int
      var bytes: Int
    }
    var state: UInt64 = 5
    func number(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for _ in 0..<40 {
      let limits = Self.limits(
        age: Int64(1 + number(below: 20)), messages: 1 + number(below: 8),
        bytes: 100 + number(below: 900))
      var lab = try Lab(limits)
      var known: Key?
      var made = 0
      var now = 0.0
      for _ in 0..<60 {
        now += Double(number(below: 3000)) / 1000
        let bytes = number(below: 300)
        let age = Double(limits.maxAge.components.seconds)
        if let key = known, (now - key.made) * 1000 < age * 1000 - 0.5,
          key.messages + 1 <= limits.maxMessages, key.bytes + bytes <= limits.maxBytes
        {
          known = Key(
            id: key.id, made: key.made, messages: key.messages + 1, bytes: key.bytes + bytes)
        } else {
          made += 1
          known = Key(id: made, made: now, messages: 1, bytes: bytes)
        }
        _ = try lab.materials(bytes: bytes, seconds: now)
        #expect(lab.made == made)
      }
    }
  }
}
