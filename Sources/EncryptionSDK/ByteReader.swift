/// Reads a message from its beginning, and never beyond its end.
struct ByteReader {
  let bytes: [UInt8]
  private(set) var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var remaining: Int { bytes.count - place }

  /// Fails with `truncated` when there are fewer bytes; `part` says what they would have been.
  mutating func take(_ count: Int, _ part: String) throws(MessageError) -> ArraySlice<UInt8> {
    guard count <= remaining else {
      throw .truncated(part: part, offset: place, needed: count, found: remaining)
    }
    defer { place += count }
    return bytes[place..<place + count]
  }

  mutating func byte(_ part: String) throws(MessageError) -> UInt8 {
    try take(1, part).first ?? 0
  }

  mutating func number16(_ part: String) throws(MessageError) -> UInt16 {
    try take(2, part).reduce(0) { $0 << 8 | UInt16($1) }
  }

  mutating func number32(_ part: String) throws(MessageError) -> UInt32 {
    try take(4, part).reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func number64(_ part: String) throws(MessageError) -> UInt64 {
    try take(8, part).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Bytes behind their length of two bytes.
  mutating func field(_ part: String) throws(MessageError) -> ArraySlice<UInt8> {
    let length = try number16("the length of \(part)")
    return try take(Int(length), part)
  }

  mutating func text(_ part: String) throws(MessageError) -> String {
    guard let text = String(validating: try field(part), as: UTF8.self) else {
      throw .notUTF8(part: part)
    }
    return text
  }
}

extension [UInt8] {
  mutating func append(_ number: UInt16) {
    append(UInt8(number >> 8))
    append(UInt8(number & 255))
  }

  mutating func append(_ number: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  mutating func append(_ number: UInt64) {
    append(UInt32(number >> 32))
    append(UInt32(truncatingIfNeeded: number))
  }

  /// Behind their length of two bytes, which they must fit.
  mutating func append(field: some Collection<UInt8>) {
    append(UInt16(field.count))
    append(contentsOf: field)
  }
}
