import CLibCrypto

/// Message digests of whole byte arrays.
package enum Digest {
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { digest("SHA2-256", bytes, size: 32) }
  package static func sha384(_ bytes: [UInt8]) -> [UInt8] { digest("SHA2-384", bytes, size: 48) }

  private static func digest(_ name: String, _ bytes: [UInt8], size: Int) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: size)
    var length = 0
    let done = EVP_Q_digest(nil, name, nil, bytes, bytes.count, &output, &length)
    precondition(done == 1 && length == size, "libcrypto lacks \(name)")
    return output
  }
}
