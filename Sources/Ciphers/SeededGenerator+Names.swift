import Values

extension SeededGenerator {
  /// The twelve bytes of a GCM nonce, in the lower addresses of sixteen.
  @inline(__always)
  package mutating func nonce() -> (UInt64, UInt64) {
    var nonce: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &nonce) {
      fill(UnsafeMutableRawBufferPointer(rebasing: $0[..<CipherEngine.nonceBytes]))
    }
    return nonce
  }

  /// A random UUID (version 4), as key ids are.
  package mutating func uuid() -> String {
    var bytes = bytes(count: 16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return Hex.uuid(bytes)
  }

  /// `prefix` and then `length` of the letters and digits that IAM's unique ids use.
  package mutating func uniqueID(prefix: String, length: Int) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return prefix + String(bytes(count: length).map { letters[Int($0 & 31)] })
  }
}
