extension KMS {
  /// What a key is and what it may be used for.
  package struct KeyKind: Hashable, Sendable {
    /// `KeySpec`
    package let spec: String
    /// `KeyUsage`
    package let usage: String

    package static let symmetric = KeyKind(
      spec: "SYMMETRIC_DEFAULT", usage: "ENCRYPT_DECRYPT", algorithms: ["SYMMETRIC_DEFAULT"])

    /// The member of the metadata that lists the algorithms, and the list.
    var algorithms: [String]

    var algorithmsMember: String {
      switch usage {
      case "ENCRYPT_DECRYPT": "EncryptionAlgorithms"
      case "SIGN_VERIFY": "SigningAlgorithms"
      case "KEY_AGREEMENT": "KeyAgreementAlgorithms"
      default: "MacAlgorithms"
      }
    }

    /// Symmetric and asymmetric keys and HMAC keys cannot stand in for each other.
    var family: String {
      if spec == "SYMMETRIC_DEFAULT" { return "symmetric" }
      return spec.hasPrefix("HMAC") ? "HMAC" : "asymmetric"
    }

    /// Grants may give these on any key.
    private static let anyKey: Set = ["CreateGrant", "DescribeKey", "RetireGrant"]

    /// What a grant on such a key may give.
    /// Source: AWS KMS Developer Guide, grant operations.
    func admits(granting operation: String) -> Bool {
      if Self.anyKey.contains(operation) { return true }
      if family == "asymmetric", operation == "GetPublicKey" { return true }
      switch (usage, family) {
      case ("ENCRYPT_DECRYPT", "symmetric"):
        return operation.hasPrefix("GenerateDataKey") || Self.sealing.contains(operation)
      case ("ENCRYPT_DECRYPT", _): return Self.sealing.contains(operation)
      case ("SIGN_VERIFY", _): return ["Sign", "Verify"].contains(operation)
      case ("KEY_AGREEMENT", _): return operation == "DeriveSharedSecret"
      default: return ["GenerateMac", "VerifyMac"].contains(operation)
      }
    }

    private static let sealing: Set = ["Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"]

    private init(spec: String, usage: String, algorithms: [String]) {
      self.spec = spec
      self.usage = usage
      self.algorithms = algorithms
    }

    /// Nothing for a usage that the spec does not have.
    init?(spec: String, usage: String) {
      guard let row = Self.table.first(where: { $0.specs.contains(spec) && $0.usage == usage })
      else { return nil }
      self.init(spec: spec, usage: usage, algorithms: row.algorithms(spec))
    }

    /// The usages of a spec, in the order of the table; empty for one that the lab has not.
    static func usages(of spec: String) -> [String] {
      table.filter { $0.specs.contains(spec) }.map(\.usage)
    }

    private struct Row: Sendable {
      var usage: String
      var specs: [String]
      var algorithms: @Sendable (_ spec: String) -> [String]
    }

    private static let rsa = ["RSA_2048", "RSA_3072", "RSA_4096"]
    private static let nist = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"]

    /// Source: AWS KMS Developer Guide, key spec reference. Its keys for China (SM2), ML-DSA and
    /// Ed25519 are left out.
    private static let table = [
      Row(usage: "ENCRYPT_DECRYPT", specs: ["SYMMETRIC_DEFAULT"]) { _ in ["SYMMETRIC_DEFAULT"] },
      Row(usage: "ENCRYPT_DECRYPT", specs: rsa) { _ in
        ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
      },
      Row(usage: "SIGN_VERIFY", specs: rsa) { _ in
        ["RSASSA_PKCS1_V1_5_SHA_", "RSASSA_PSS_SHA_"].flatMap { name in
          [256, 384, 512].map { "\(name)\($0)" }
        }
      },
      Row(usage: "SIGN_VERIFY", specs: nist + ["ECC_SECG_P256K1"]) { spec in
        switch spec {
        case "ECC_NIST_P384": ["ECDSA_SHA_384"]
        case "ECC_NIST_P521": ["ECDSA_SHA_512"]
        default: ["ECDSA_SHA_256"]
        }
      },
      Row(usage: "KEY_AGREEMENT", specs: nist) { _ in ["ECDH"] },
      Row(
        usage: "GENERATE_VERIFY_MAC", specs: ["HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"]
      ) { spec in ["HMAC_SHA_" + spec.dropFirst(5)] },
    ]
  }
}
