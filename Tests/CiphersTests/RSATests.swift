import Testing

@testable import Ciphers

@Suite struct RSATests {
  @Test func aKeyIsMade() {
    var random = SeededGenerator(seed: 1)
    let clock = ContinuousClock()
    for bits in [512, 1024, 2048, 4096] {
      let time = clock.measure { _ = RSAKey(bits: bits, random: &random) }
      print("bits", bits, time)
    }
  }
}
