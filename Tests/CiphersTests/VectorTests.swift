import Testing
import Values

@testable import Ciphers

private func bytes(_ hex: String) -> [UInt8] { Hex.bytes(hex) ?? [] }

struct WrappingRow: CustomTestStringConvertible, Sendable {
  var hash: HashName
  var seed: String?
  var primes: String
  var message: String
  var wrapped: String
  var testDescription: String { "\(hash) \(message.prefix(8))" }
}

struct DerivationRow: Sendable {
  var secret: String
  var salt: String
  var info: String
  var output: String
}

/// What others have published, through this room.
@Suite struct VectorTests {
  /// Source: PKCS #1 version 2.1's vectors of RSAES-OAEP, examples 1.1 and 1.2, which name their seed;
  /// and for SHA-256 the vectors of the Python package cryptography, checked there with Bouncy Castle.
  static let wrapping: [WrappingRow] = [
    .init(
      hash: .sha1, seed: "18b776ea21069d69776a33e96bad48e1dda0a5ef",
      primes:
        "d32737e7267ffe1341b2d5c0d150a81b586fb3132bed2f8d5262864a9cb9f30af38be448598d413a"
        + "172efb802c21acf1c11c520c2f26a471dcad212eac7ca39dcc8853d1d54da630fac004f471f281c7"
        + "b8982d8224a490edbeb33d3e3d5cc93c4765703d1dd791642f1f116a0dd852be2419b2af72bfe9a0"
        + "30e860b0288b5d77",
      message: "6628194e12073db03ba94cda9ef9532397d50dba79b987004afefe34",
      wrapped:
        "354fe67b4a126d5d35fe36c777791a3f7ba13def484e2d3908aff722fad468fb21696de95d0be911"
        + "c2d3174f8afcc201035f7b6d8e69402de5451618c21a535fa9d7bfc5b8dd9fc243f8cf927db31322"
        + "d6e881eaa91a996170e657a05a266426d98c88003f8477c1227094a0d9fa1e8c4024309ce1ecccb5"
        + "210035d47ac72e8a"),
    .init(
      hash: .sha1, seed: "0cc742ce4a9b7f32f951bcb251efd925fe4fe35f",
      primes:
        "d32737e7267ffe1341b2d5c0d150a81b586fb3132bed2f8d5262864a9cb9f30af38be448598d413a"
        + "172efb802c21acf1c11c520c2f26a471dcad212eac7ca39dcc8853d1d54da630fac004f471f281c7"
        + "b8982d8224a490edbeb33d3e3d5cc93c4765703d1dd791642f1f116a0dd852be2419b2af72bfe9a0"
        + "30e860b0288b5d77",
      message: "750c4047f547e8e41411856523298ac9bae245efaf1397fbe56f9dd5",
      wrapped:
        "640db1acc58e0568fe5407e5f9b701dff8c3c91e716c536fc7fcec6cb5b71c1165988d4a279e1577"
        + "d730fc7a29932e3f00c81515236d8d8e31017a7a09df4352d904cdeb79aa583adcc31ea698a4c052"
        + "83daba9089be5491f67c1a4ee48dc74bbbe6643aef846679b4cb395a352d5ed115912df696ffe070"
        + "2932946d71492b44"),
    .init(
      hash: .sha256, seed: nil,
      primes:
        "e7e2f373592c2b9919851f238f1b1b67e9c761bbf252b334d5a12a6ea66974a1cb5f57dfa0595298"
        + "f143ef958f7450571c31c682b91ea26a0349383088cbedd87e7edc6cb5287a56d7f73c31d02df6e3"
        + "c58b01c27efdac951e279a3318951520c44c3903e5dc793c3cdacc40ad06551bd219bd6ecfd1c3f4"
        + "f8ea513674ab286dcc2279fb888ba03c22c6613bb1466c9e2cd161d99bbec2f75af82cf7f0e43eb1"
        + "a8a8bc23c24fc2838bffb94e791811073da55c53e07e1fec63cefd066dc631e25e74dae715ab3cc1"
        + "8b5e56ff2a786ddee92d32dc5bd4df849cb8246e3f42c1279985c5cb6909b0630424dc8a82d56043"
        + "87e95fbb248720636b8e7208ca1f0639",
      message: "6628194e12073db03ba94cda9ef9532397d50dba79b987004afefe34",
      wrapped:
        "6afdbc76de74458198a9c890cc5abb52580af01c2096036dca104d67f96a05de682da5c26970a808"
        + "343527440aa80b9d043045d7983f442a3d376e5b039bcfb96c1b5fd0e46b5fff85646273293ced5e"
        + "7272993850017f24f6133591d5c9788781a9952873ebfc45ad4d34fff2b4e9ababf49d9f9a3d7726"
        + "bdce3eb2feb545db5cfef0b183bd55735a2d356b4278c5580ce0e4cfd21a0a3ad3b225de388fcfd6"
        + "88394710f97d5a3933e01d434fcff732542390f8915d5d291780ed63d425c0bea5bb0ad25aae3a70"
        + "355e3f45a443ea111b80515b743d5bd226d339dc7516ce6c41414a0aa978198bc6762f443e957c7b"
        + "e5edbd25fcdd226c5d967fa05d7c9079"),
  ]

  @Test(arguments: wrapping) func oaepOpensWhatOthersWrapped(_ row: WrappingRow) throws {
    let key = try #require(RSAKey(primes: bytes(row.primes)))
    #expect(key.open(bytes(row.wrapped), hash: row.hash) == bytes(row.message))
  }

  @Test(arguments: wrapping.filter { $0.seed != nil }) func oaepWrapsAsOthersDo(_ row: WrappingRow)
    throws
  {
    let key = try #require(RSAKey(primes: bytes(row.primes)))
    let publicKey = try #require(RSAPublicKey(der: key.publicDER))
    let wrapped = publicKey.seal(bytes(row.message), hash: row.hash, seed: bytes(row.seed ?? ""))
    #expect(wrapped == bytes(row.wrapped))
  }

  /// Source: RFC 5869, test cases 1 to 3.
  static let derivations: [DerivationRow] = [
    .init(
      secret: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", salt: "000102030405060708090a0b0c",
      info: "f0f1f2f3f4f5f6f7f8f9",
      output: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        + "34007208d5b887185865"),
    .init(
      secret: Hex.text(0x00...0x4F), salt: Hex.text(0x60...0xAF), info: Hex.text(0xB0...0xFF),
      output: "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        + "cc30c58179ec3e87c14c01d5c1f3434f1d87"),
    .init(
      secret: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", salt: "", info: "",
      output: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
        + "9d201395faa4b61a96c8"),
  ]

  @Test(arguments: derivations) func hkdfDerivesWhatTheRFCPrints(_ row: DerivationRow) {
    let output = bytes(row.output)
    let derived = KeyDerivation.hkdf(
      .sha256, secret: bytes(row.secret), salt: bytes(row.salt), info: bytes(row.info),
      count: output.count)
    #expect(derived == output)
  }

  /// Source: RFC 4231, test cases 1, 2 and 6.
  @Test(arguments: [
    (
      String(repeating: "0b", count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      "4a656665", "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      String(repeating: "aa", count: 131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ]) func hmacMatchesTheRFC(_ key: String, _ message: String, _ code: String) {
    let made = MessageCode.hmac(.sha256, key: SecretKey(bytes(key)), of: Array(message.utf8))
    #expect(made == bytes(code))
  }

  /// Source: NIST's GCM vectors, gcmEncryptExtIV256, 408 bits of text and 160 of additional data.
  @Test func gcmWithAdditionalDataMatchesNIST() {
    let engine = CipherEngine()
    let key = SecretKey(bytes("24501ad384e473963d476edcfe08205237acfd49b5b8f33857f8114e863fec7f"))
    let nonce = bytes("9ff18563b978ec281b3f2794")
    let text = bytes(
      "27f348f9cdc0c5bd5e66b1ccb63ad920ff2219d14e8d631b3872265cf117ee86757accb158bd9abb3868fdc0d0b0"
        + "74b5f01b2c")
    let additional = bytes("adb5ec720ccf9898500028bf34afccbcaca126ef")
    let sealed = bytes(
      "eb7cb754c824e8d96f7c6d9b76c7d26fb874ffbf1d65c6f64a698d839b0b06145dae82057ad55994cf59ad7f67c0"
        + "fa5e85fab8bc95c532fecc594c36d1550286a7a3f0")
    #expect(engine.seal(text, under: key, nonce: nonce, boundTo: additional) == nonce + sealed)
    #expect(engine.open(nonce + sealed, under: key, boundTo: additional) == text)
  }

  /// Source: NIST's key wrap vectors, KWP-AD with AES-256, 248 bits.
  @Test func paddedKeyWrapMatchesNIST() {
    let key = SecretKey(bytes("09ab4286a845c18bb481da91c39a58fd52ed78d54973fc41f25163a0c33f4727"))
    let text = bytes("4c1b6accb492c88b10a56a56eb9b6d6ed9797056a559fe3f0c7c0429a200af")
    let wrapped = bytes(
      "0a180a84b01fc1e44b9f9301cc89af95de758219015abc86c3e48e764e7379246ae7209aaa4f889d")
    #expect(KeyWrap.open(wrapped, under: key) == text)
    #expect(KeyWrap.seal(text, under: key) == wrapped)
    for bit in 0..<wrapped.count * 8 {
      var changed = wrapped
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(KeyWrap.open(changed, under: key) == nil, "bit \(bit)")
    }
  }
}

@Suite struct RSAKeyTests {
  @Test(arguments: [1024, 2048]) func oneSeedMakesOneKeyThatOpensWhatItWrapped(_ bits: Int) throws {
    var random = SeededGenerator(seed: 5)
    var again = SeededGenerator(seed: 5)
    let key = RSAKey(bits: bits, random: &random)
    #expect(key.byteCount == bits / 8)
    #expect(RSAKey(bits: bits, random: &again).publicDER == key.publicDER)
    let publicKey = try #require(RSAPublicKey(der: key.publicDER))
    #expect(publicKey.byteCount == bits / 8)
    for hash in [HashName.sha1, .sha256] {
      let seed = random.bytes(count: hash.size)
      let wrapped = try #require(publicKey.seal(Array(0..<32), hash: hash, seed: seed))
      #expect(key.open(wrapped, hash: hash) == Array(0..<32))
      #expect(key.open(wrapped, hash: hash == .sha1 ? .sha256 : .sha1) == nil)
      #expect(key.open(Array(wrapped.dropLast()), hash: hash) == nil)
    }
    #expect(
      publicKey.seal([UInt8](repeating: 0, count: bits / 8), hash: .sha256, seed: Array(0..<32))
        == nil)
  }

  @Test func aSignatureIsTheKeysAndTheMessagesAlone() throws {
    var random = SeededGenerator(seed: 5)
    let key = RSAKey(bits: 1024, random: &random)
    let other = RSAKey(bits: 1024, random: &random)
    let message = Array("digest".utf8)
    let signature = key.sign(message)
    #expect(signature.count == 128)
    #expect(key.sign(message) == signature)
    // PKCS #1 is what SubjectPublicKeyInfo wraps.
    #expect(Array(key.publicDER.suffix(key.publicPKCS1.count)) == key.publicPKCS1)
    let publicKey = try #require(RSAPublicKey(pkcs1: key.publicPKCS1))
    #expect(publicKey.verifies(signature, of: message))
    #expect(!publicKey.verifies(signature, of: message + [0]))
    for place in [0, 64, 127] {
      var changed = signature
      changed[place] ^= 1
      #expect(!publicKey.verifies(changed, of: message))
    }
    #expect(!publicKey.verifies([], of: message))
    let stranger = try #require(RSAPublicKey(pkcs1: other.publicPKCS1))
    #expect(!stranger.verifies(signature, of: message))
    #expect(RSAPublicKey(pkcs1: [1, 2, 3]) == nil)
    #expect(RSAPublicKey(pkcs1: []) == nil)
  }

  @Test func whatIsNoKeyMakesNone() {
    #expect(RSAPublicKey(der: [1, 2, 3]) == nil)
    #expect(RSAPublicKey(der: []) == nil)
    #expect(RSAKey(primes: [7]) == nil)
    #expect(RSAKey(primes: [UInt8](repeating: 0, count: 128)) == nil)
  }

  /// A positive integer in DER.
  private func integer(_ bytes: [UInt8]) -> [UInt8] {
    let short = Array(bytes.drop { $0 == 0 })
    let content = (short.first ?? 0) >= 0x80 ? [0] + short : short
    return [2, UInt8(content.count)] + content
  }

  /// Source: RFC 6979, A.2.5 and A.2.6: message "sample" and "test".
  @Test(arguments: [
    (
      Curve.p256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721", "sample",
      "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
      "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    ),
    (
      .p256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721", "test",
      "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
      "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"
    ),
    (
      .p384,
      "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
      "sample",
      "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
      "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"
    ),
    (
      .p384,
      "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
      "test",
      "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
      "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5"
    ),
  ]) func ecdsaSignsAsTheRFCPrints(
    _ curve: Curve, _ scalar: String, _ text: String, _ r: String, _ s: String
  ) throws {
    let key = try #require(SigningKey(curve, scalar: SecretKey(bytes(scalar.lowercased()))))
    let message = Array(text.utf8)
    let signature = message.withUnsafeBytes { key.sign($0) }
    let numbers = integer(bytes(r.lowercased())) + integer(bytes(s.lowercased()))
    #expect(signature == [0x30, UInt8(numbers.count)] + numbers)
    let check = try #require(VerificationKey(curve, point: key.publicPoint))
    #expect(message.withUnsafeBytes { check.verifies(signature, of: $0) })
    let other = Array("\(text).".utf8)
    #expect(!other.withUnsafeBytes { check.verifies(signature, of: $0) })
  }
}
