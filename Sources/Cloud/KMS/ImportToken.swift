import Ciphers
import Values

extension KMS {
  /// How key material is wrapped on its way to KMS.
  /// Source: AWS KMS API Reference, GetParametersForImport, WrappingAlgorithm.
  enum WrappingAlgorithm: String, CaseIterable, Sendable {
    case oaepSHA1 = "RSAES_OAEP_SHA_1"
    case oaepSHA256 = "RSAES_OAEP_SHA_256"
    case aesSHA1 = "RSA_AES_KEY_WRAP_SHA_1"
    case aesSHA256 = "RSA_AES_KEY_WRAP_SHA_256"

    private var hash: HashName {
      self == .oaepSHA1 || self == .aesSHA1 ? .sha1 : .sha256
    }

    /// Nothing for bytes that were not wrapped so, with that key.
    func unwrap(_ wrapped: [UInt8], with key: RSAKey) -> SecretKey? {
      switch self {
      case .oaepSHA1, .oaepSHA256: return key.open(wrapped, hash: hash).map { SecretKey($0) }
      case .aesSHA1, .aesSHA256:
        // First the wrapped AES key, as long as the modulus; behind it what lies under that key.
        guard wrapped.count > key.byteCount,
          let inner = key.open(Array(wrapped[..<key.byteCount]), hash: hash),
          inner.count == SecretKey.byteCount
        else { return nil }
        return KeyWrap.open(Array(wrapped[key.byteCount...]), under: SecretKey(inner)).map {
          SecretKey($0)
        }
      }
    }
  }

  /// What KMS must know when the wrapped material comes back: it travels sealed.
  struct ImportToken {
    static let label = Array("import token".utf8)

    let key: String
    let algorithm: WrappingAlgorithm
    let until: Instant
    let wrapping: RSAKey

    init(key arn: ARN, algorithm: WrappingAlgorithm, until: Instant, wrapping: RSAKey) {
      key = arn.description
      self.algorithm = algorithm
      self.until = until
      self.wrapping = wrapping
    }

    /// One byte of algorithm, 8 of time (big-endian), 2 of the ARN's length, the ARN, the primes.
    var bytes: [UInt8] {
      var bytes = [UInt8(WrappingAlgorithm.allCases.firstIndex(of: algorithm) ?? 0)]
      let time = UInt64(bitPattern: until.milliseconds)
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: time >> UInt64(shift)))
      }
      let name = Array(key.utf8)
      bytes += [UInt8(truncatingIfNeeded: name.count >> 8), UInt8(truncatingIfNeeded: name.count)]
      return bytes + name + wrapping.primes
    }

    /// Nothing for bytes that are no token.
    init?(_ bytes: [UInt8]) {
      guard bytes.count > 11, Int(bytes[0]) < WrappingAlgorithm.allCases.count else { return nil }
      let length = Int(bytes[9]) << 8 | Int(bytes[10])
      guard bytes.count > 11 + length, let wrapping = RSAKey(primes: Array(bytes[(11 + length)...]))
      else { return nil }
      algorithm = WrappingAlgorithm.allCases[Int(bytes[0])]
      until = Instant(
        milliseconds: Int64(bitPattern: bytes[1..<9].reduce(0) { $0 << 8 | UInt64($1) }))
      key = String(decoding: bytes[11..<11 + length], as: UTF8.self)
      self.wrapping = wrapping
    }
  }
}
