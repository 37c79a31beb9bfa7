/// What is wrong with compressed bytes.
package enum InflateError: Error, Hashable, Sendable {
  /// The bytes end before the text does.
  case truncated
  /// A block, a code or a reference that no writer makes.
  case malformed
  /// More comes out than the reader wants to hold.
  case tooLarge(limit: Int)
}

/// Reads what `Deflate`, or any other writer of RFC 1951, wrote.
package struct Inflate {
  private let input: ArraySlice<UInt8>
  /// The first byte that was not read.
  private var next: Int
  private var pending: UInt64 = 0
  private var pendingBits = 0
  private var output: [UInt8] = []
  private let limit: Int

  /// The text, and the place behind the last compressed byte.
  package static func decompress(_ input: ArraySlice<UInt8>, limit: Int = 1 << 30)
    throws(InflateError) -> (bytes: [UInt8], end: Int)
  {
    var reader = Inflate(input, limit: limit)
    while try !reader.readBlock() {}
    return (reader.output, reader.next - reader.pendingBits / 8)
  }

  private init(_ input: ArraySlice<UInt8>, limit: Int) {
    self.input = input
    self.limit = limit
    next = input.startIndex
  }

  // MARK: Bits

  private mutating func fill(_ bits: Int) throws(InflateError) {
    while pendingBits < bits {
      guard next < input.endIndex else { throw .truncated }
      pending |= UInt64(input[next]) << UInt64(pendingBits)
      next += 1
      pendingBits += 8
    }
  }

  private mutating func bits(_ count: Int) throws(InflateError) -> Int {
    guard count > 0 else { return 0 }
    try fill(count)
    let value = Int(pending & (1 << UInt64(count) - 1))
    pending >>= UInt64(count)
    pendingBits -= count
    return value
  }

  // MARK: Codes

  /// A code as a reader uses it: how many codes each length has, and the symbols in their order.
  private struct Decoder {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    /// Nothing where more codes are given than there is room for, or fewer than fill it; one code
    /// alone may leave room.
    init?(_ lengths: [UInt8]) {
      for length in lengths { counts[Int(length)] += 1 }
      let used = lengths.count - counts[0]
      counts[0] = 0
      var room = 1
      for length in 1..<16 {
        room = room << 1 - counts[length]
        if room < 0 { return nil }
      }
      guard room == 0 || used <= 1 else { return nil }
      symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted {
        (lengths[$0], $0) < (lengths[$1], $1)
      }
    }
  }

  private static let fixed = (
    Decoder(DeflateTables.fixedLiterals.lengths),
    Decoder([UInt8](repeating: 5, count: 32))
  )

  private mutating func symbol(_ decoder: Decoder) throws(InflateError) -> Int {
    var (code, first, index) = (0, 0, 0)
    for length in 1..<16 {
      code |= try bits(1)
      let count = decoder.counts[length]
      if code - count < first { return decoder.symbols[index + code - first] }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw .malformed
  }

  // MARK: Blocks

  /// Reads one block; true after the last.
  private mutating func readBlock() throws(InflateError) -> Bool {
    let isLast = try bits(1) == 1
    switch try bits(2) {
    case 0: try readStored()
    case 1:
      guard let literals = Self.fixed.0, let distances = Self.fixed.1 else { throw .malformed }
      try read(literals, distances)
    case 2:
      let (literals, distances) = try readCodes()
      try read(literals, distances)
    default: throw .malformed
    }
    return isLast
  }

  private mutating func readStored() throws(InflateError) {
    _ = try bits(pendingBits % 8)
    let count = try bits(16)
    guard try bits(16) == 0xFFFF - count else { throw .malformed }
    next -= pendingBits / 8
    pending = 0
    pendingBits = 0
    guard input.endIndex - next >= count else { throw .truncated }
    try checkRoom(count)
    output += input[next..<next + count]
    next += count
  }

  private mutating func readCodes() throws(InflateError) -> (Decoder, Decoder) {
    let literalCount = try bits(5) + 257
    let distanceCount = try bits(5) + 1
    let lengthCount = try bits(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw .malformed }
    var lengths = [UInt8](repeating: 0, count: 19)
    for place in DeflateTables.lengthOrder.prefix(lengthCount) {
      lengths[place] = UInt8(try bits(3))
    }
    guard let code = Decoder(lengths) else { throw .malformed }
    var all: [UInt8] = []
    while all.count < literalCount + distanceCount {
      let symbol = try symbol(code)
      switch symbol {
      case 0..<16: all.append(UInt8(symbol))
      case 16:
        guard let last = all.last else { throw .malformed }
        all += [UInt8](repeating: last, count: try bits(2) + 3)
      case 17: all += [UInt8](repeating: 0, count: try bits(3) + 3)
      default: all += [UInt8](repeating: 0, count: try bits(7) + 11)
      }
    }
    guard all.count == literalCount + distanceCount, all[256] > 0,
      let literals = Decoder(Array(all[..<literalCount])),
      let distances = Decoder(Array(all[literalCount...]))
    else { throw .malformed }
    return (literals, distances)
  }

  private mutating func read(_ literals: Decoder, _ distances: Decoder) throws(InflateError) {
    while true {
      let symbol = try symbol(literals)
      if symbol == 256 { return }
      if symbol < 256 {
        try checkRoom(1)
        output.append(UInt8(symbol))
        continue
      }
      guard symbol - 257 < DeflateTables.lengthBase.count else { throw .malformed }
      let length =
        try DeflateTables.lengthBase[symbol - 257] + bits(DeflateTables.lengthExtra[symbol - 257])
      let code = try self.symbol(distances)
      guard code < DeflateTables.distanceBase.count else { throw .malformed }
      let distance =
        try DeflateTables.distanceBase[code] + bits(DeflateTables.distanceExtra[code])
      guard distance <= output.count else { throw .malformed }
      try checkRoom(length)
      // A reference may reach into what it writes: byte by byte.
      let start = output.count - distance
      for index in 0..<length { output.append(output[start + index]) }
    }
  }

  private func checkRoom(_ count: Int) throws(InflateError) {
    guard output.count + count <= limit else { throw .tooLarge(limit: limit) }
  }
}
