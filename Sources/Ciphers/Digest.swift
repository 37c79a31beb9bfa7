import CLibCrypto

/// Message digests of whole byte arrays.
package enum Digest {
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { of(bytes, with: .sha256) }
  package static func sha384(_ bytes: [UInt8]) -> [UInt8] { of(bytes, with: .sha384) }

  package static func of(_ bytes: [UInt8], with hash: HashName) -> [UInt8] {
    bytes.withUnsafeBytes { of($0, with: hash) }
  }

  package static func of(_ bytes: UnsafeRawBufferPointer, with hash: HashName) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: hash.size)
    var length = 0
    let done = EVP_Q_digest(
      nil, hash.rawValue, nil, bytes.baseAddress, bytes.count, &output, &length)
    precondition(done == 1 && length == hash.size, "libcrypto lacks \(hash.rawValue)")
    return output
  }
}
