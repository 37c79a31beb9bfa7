/// A running 64-bit digest of what was folded into it, in order.
///
/// It finds an unintended difference between two runs; it is no protection against a
/// person who wants two worlds to look alike.
package struct Fingerprint: Hashable, Sendable {
  package private(set) var value: UInt64

  package init(seed: UInt64 = 0x9E37_79B9_7F4A_7C15) { value = seed }

  package mutating func fold(_ word: UInt64) {
    let (high, low) = (value ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    value = (high ^ low) &+ 0xE703_7ED1_A0B4_28DB
  }

  package mutating func fold(_ number: Int) { fold(UInt64(bitPattern: Int64(number))) }

  package mutating func fold(_ flag: Bool) { fold(flag ? 1 as UInt64 : 2) }

  package mutating func fold(_ instant: Instant) {
    fold(UInt64(bitPattern: instant.milliseconds))
  }

  package mutating func fold(_ bytes: UnsafeRawBufferPointer) {
    fold(UInt64(bytes.count))
    var offset = 0
    while offset + 8 <= bytes.count {
      fold(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian)
      offset += 8
    }
    var tail: UInt64 = 0
    while offset < bytes.count {
      tail = tail << 8 | UInt64(bytes[offset])
      offset += 1
    }
    fold(tail)
  }

  package mutating func fold(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { fold($0) }
  }

  package mutating func fold(_ text: String) {
    var copy = text
    copy.withUTF8 { fold(UnsafeRawBufferPointer($0)) }
  }

  /// Eight hexadecimal digits, enough for a transcript's line.
  package var short: String {
    let folded = UInt32(truncatingIfNeeded: value ^ value >> 32)
    return Hex.text((0..<4).map { UInt8(truncatingIfNeeded: folded >> UInt32(24 - 8 * $0)) })
  }
}
