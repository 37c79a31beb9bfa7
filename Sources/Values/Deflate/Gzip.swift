/// The gzip file format around `Deflate`.
///
/// Source: RFC 1952.
package enum Gzip {
  package enum Failure: Error, Hashable, Sendable {
    /// The bytes do not begin as a gzip file does.
    case notGzip
    case inflate(InflateError)
    /// The text is not the one that was packed: its checksum or its length differs.
    case damaged
  }

  /// Name and time are left out, as services write such files: the same text is the same file.
  package static func compress(_ bytes: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0]
    file += Deflate.compress(bytes)
    for word in [CRC32.of(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
      for shift in [0, 8, 16, 24] as [UInt32] {
        file.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return file
  }

  package static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The text of a file, which may have several members one behind the other.
  package static func decompress(_ file: [UInt8], limit: Int = 1 << 30) throws(Failure) -> [UInt8] {
    var text: [UInt8] = []
    var rest = file[...]
    repeat {
      text += try member(&rest, limit: limit - text.count)
    } while !rest.isEmpty
    return text
  }

  private static func member(_ rest: inout ArraySlice<UInt8>, limit: Int) throws(Failure)
    -> [UInt8]
  {
    guard rest.count >= 2, rest.starts(with: [0x1F, 0x8B]) else { throw .notGzip }
    guard rest.count >= 10 else { throw .inflate(.truncated) }
    guard rest[rest.startIndex + 2] == 8 else { throw .notGzip }
    let flags = rest[rest.startIndex + 3]
    rest = rest.dropFirst(10)
    if flags & 4 != 0 {
      guard rest.count >= 2 else { throw .inflate(.truncated) }
      let length = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
      rest = rest.dropFirst(2 + length)
    }
    for flag in [8, 16] as [UInt8] where flags & flag != 0 {
      guard let end = rest.firstIndex(of: 0) else { throw .inflate(.truncated) }
      rest = rest[(end + 1)...]
    }
    if flags & 2 != 0 { rest = rest.dropFirst(2) }
    let (bytes, end): ([UInt8], Int)
    do throws(InflateError) {
      (bytes, end) = try Inflate.decompress(rest, limit: limit)
    } catch {
      throw .inflate(error)
    }
    rest = rest[end...]
    guard rest.count >= 8 else { throw .inflate(.truncated) }
    func word(_ offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(rest[rest.startIndex + offset + $1]) << UInt32(8 * $1) }
    }
    guard word(0) == CRC32.of(bytes), word(4) == UInt32(truncatingIfNeeded: bytes.count) else {
      throw .damaged
    }
    rest = rest.dropFirst(8)
    return bytes
  }
}

/// The checksum of gzip.
///
/// Source: RFC 1952, 8.
package enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
    (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
  }

  package static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}
