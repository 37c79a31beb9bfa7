/// The hash functions that the rooms above ask for by name.
package enum HashName: String, CaseIterable, Sendable {
  /// For tags that services show, and for nothing that must be safe.
  case md5 = "MD5"
  case sha1 = "SHA1"
  case sha256 = "SHA2-256"
  case sha384 = "SHA2-384"
  case sha512 = "SHA2-512"

  /// Bytes of a digest.
  package var size: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }
}
