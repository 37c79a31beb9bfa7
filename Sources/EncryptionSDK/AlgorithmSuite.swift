import Ciphers

/// One row of the table of algorithm suites: how a message's keys are derived, and whether it commits
/// to its data key and carries a signature.
///
/// Source: AWS Encryption SDK Developer Guide, algorithm suites reference.
package struct AlgorithmSuite: Hashable, Sendable {
  package let id: UInt16
  package let name: String
  /// Bytes of the AES key, and of the data key.
  package let keyBytes: Int
  /// The hash of HKDF; nothing where the data key itself seals.
  package let derivation: HashName?
  /// Whether the message holds a value that only one data key gives.
  package let isCommitting: Bool
  /// The curve of the signature; nothing where there is none.
  package let curve: Curve?

  private init(
    _ id: UInt16, _ name: String, _ keyBytes: Int, _ derivation: HashName?, commits: Bool = false,
    _ curve: Curve? = nil
  ) {
    self.id = id
    self.name = name
    self.keyBytes = keyBytes
    self.derivation = derivation
    isCommitting = commits
    self.curve = curve
  }

  package static let committing = AlgorithmSuite(
    0x0478, "AES_256_GCM_HKDF_SHA512_COMMIT_KEY", 32, .sha512, commits: true)
  package static let committingSigned = AlgorithmSuite(
    0x0578, "AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384", 32, .sha512, commits: true, .p384)
  package static let signed = AlgorithmSuite(
    0x0378, "AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384", 32, .sha384, .p384)

  package static let table: [AlgorithmSuite] = [
    committingSigned, committing, signed,
    AlgorithmSuite(0x0346, "AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384", 24, .sha384, .p384),
    AlgorithmSuite(0x0214, "AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256", 16, .sha256, .p256),
    AlgorithmSuite(0x0178, "AES_256_GCM_IV12_TAG16_HKDF_SHA256", 32, .sha256),
    AlgorithmSuite(0x0146, "AES_192_GCM_IV12_TAG16_HKDF_SHA256", 24, .sha256),
    AlgorithmSuite(0x0114, "AES_128_GCM_IV12_TAG16_HKDF_SHA256", 16, .sha256),
    AlgorithmSuite(0x0078, "AES_256_GCM_IV12_TAG16", 32, nil),
    AlgorithmSuite(0x0046, "AES_192_GCM_IV12_TAG16", 24, nil),
    AlgorithmSuite(0x0014, "AES_128_GCM_IV12_TAG16", 16, nil),
  ]

  package static func named(_ name: String) -> AlgorithmSuite? { table.first { $0.name == name } }

  package static func numbered(_ id: UInt16) -> AlgorithmSuite? { table.first { $0.id == id } }

  /// Of the message format.
  package var version: UInt8 { isCommitting ? 2 : 1 }
  package var isSigned: Bool { curve != nil }
  package var messageIDBytes: Int { isCommitting ? 32 : 16 }

  /// Whether one data key may serve several messages: only where each message derives a key of its own.
  /// Source: AWS Encryption SDK Developer Guide, data key caching details.
  package var isCacheable: Bool { derivation != nil }

  package var idBytes: [UInt8] { [UInt8(id >> 8), UInt8(id & 255)] }

  /// `0x0578`
  package var number: String {
    let digits = String(id, radix: 16)
    return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}

/// The keys of one message.
struct MessageKeys {
  let content: SecretKey
  /// What the header of a committing suite must hold.
  let commitment: SecretKey?

  /// Source: AWS Encryption SDK specification, algorithm suites: extract-and-expand key derivation,
  /// and commitment key.
  init(_ suite: AlgorithmSuite, dataKey: SecretKey, messageID: [UInt8]) {
    guard let hash = suite.derivation else {
      content = dataKey
      commitment = nil
      return
    }
    let extracted = KeyDerivation.extract(
      hash, secret: dataKey, salt: suite.isCommitting ? messageID : [])
    let purpose = suite.isCommitting ? Array("DERIVEKEY".utf8) : messageID
    content = KeyDerivation.expand(
      hash, extracted, info: suite.idBytes + purpose, count: suite.keyBytes)
    commitment =
      suite.isCommitting
      ? KeyDerivation.expand(
        hash, extracted, info: Array("COMMITKEY".utf8), count: SecretKey.byteCount) : nil
  }
}
