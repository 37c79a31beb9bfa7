import Testing

@testable import Ciphers

@Suite struct CipherTests {
  private let engine = CipherEngine()

  /// Source: the GCM specification, test case 14 (a 256-bit key of zeros, 16 zero bytes).
  @Test func aes256GCMMatchesThePublishedVector() {
    let key = SecretKey([UInt8](repeating: 0, count: 32))
    let sealed = engine.seal(
      [UInt8](repeating: 0, count: 16), under: key, nonce: [UInt8](repeating: 0, count: 12),
      boundTo: [])
    #expect(
      hex(Array(sealed.dropFirst(12)))
        == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
  }

  @Test func everyFlippedBitIsNoticed() {
    let key = SecretKey(Array(0..<32))
    let sealed = engine.seal(
      Array("secret".utf8), under: key, nonce: Array(0..<12), boundTo: [1, 2, 3])
    #expect(engine.open(sealed, under: key, boundTo: [1, 2, 3]) == Array("secret".utf8))
    for bit in 0..<sealed.count * 8 {
      var changed = sealed
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(engine.open(changed, under: key, boundTo: [1, 2, 3]) == nil, "bit \(bit)")
    }
    #expect(engine.open(sealed, under: key, boundTo: [1, 2, 2]) == nil)
    #expect(engine.open(sealed, under: SecretKey(Array(1..<33)), boundTo: [1, 2, 3]) == nil)
    #expect(engine.open([1, 2], under: key, boundTo: []) == nil)
  }

  /// Source: facts §2.5, test vectors of partition keys.
  @Test(arguments: [
    ("a", "16955237001963240173058271559858726497"),
    ("user-1", "285573413173782752570879317399258818820"),
    ("partitionKey", "193318062818912349798954611745638949166"),
  ]) func md5IsTheNumberThatPlacesAPartitionKey(_ key: String, _ number: String) {
    let hash = Array(key.utf8).withUnsafeBytes { engine.md5($0) }
    #expect(hash.description == number)
  }

  @Test func digestsMatchPublishedVectors() {
    #expect(
      hex(Digest.sha256(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}

@Suite struct SeededGeneratorTests {
  @Test func oneSeedGivesOneStream() {
    var first = SeededGenerator(seed: 7)
    var second = SeededGenerator(seed: 7)
    #expect(first.bytes(count: 10_000) == second.bytes(count: 10_000))
  }

  @Test func smallDrawsAreTheSameBytesAsOneLargeDraw() {
    var first = SeededGenerator(seed: 7)
    var second = SeededGenerator(seed: 7)
    let parts = (0..<1000).flatMap { _ in first.bytes(count: 13) }
    #expect(parts == second.bytes(count: 13_000))
  }

  @Test func aCopyGoesOnAlikeAndSeedsDiffer() {
    var first = SeededGenerator(seed: 7)
    _ = first.bytes(count: 5)
    var copy = first
    #expect(first.bytes(count: 50) == copy.bytes(count: 50))
    var other = SeededGenerator(seed: 8)
    #expect(first.bytes(count: 16) != other.bytes(count: 16))
  }

  @Test func namesHaveTheirForms() {
    var random = SeededGenerator(seed: 1)
    let id = random.uuid()
    #expect(id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    #expect(Array(id)[14] == "4")
    #expect(random.uniqueID(prefix: "AROA", length: 17).count == 21)
  }
}
