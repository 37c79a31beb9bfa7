import Ciphers
import Testing

@testable import Cloud

@Suite struct HashKeyTests {
  /// "é" as one character and as two: equal texts, two partition keys.
  @Test func aKeyIsKnownByItsBytes() {
    let known = Kinesis.HashKeys()
    let engine = CipherEngine()
    var different = 0
    for number in 0..<4096 {
      let (one, two) = ("\u{E9}\(number)", "e\u{301}\(number)")
      #expect(one == two)
      for key in [one, two, one, "plain-\(number % 7)"] {
        var text = key
        let md5 = text.withUTF8 { engine.md5(UnsafeRawBufferPointer($0)) }
        #expect(known.hash(of: key, engine) == md5)
      }
      different += known.hash(of: one, engine) == known.hash(of: two, engine) ? 0 : 1
    }
    #expect(different == 4096)
  }
}
