/// Compression as RFC 1951 describes it: repeats become references back, and what is left gets
/// short codes for frequent symbols.
///
/// The same bytes give the same result on every machine.
package enum Deflate {
  /// Source: RFC 1951, 2 and 3.2.5.
  private static let window = 32_768
  private static let longest = 258
  private static let shortest = 3
  /// How many earlier places with the same beginning are tried.
  private static let tries = 32
  private static let blockTokens = 65_536
  private static let endOfBlock = 256

  package static func compress(_ input: [UInt8]) -> [UInt8] {
    var writer = BitWriter()
    var finder = MatchFinder(input)
    var isLast = false
    var start = 0
    repeat {
      let tokens = finder.tokens(most: blockTokens)
      isLast = finder.isAtEnd
      write(tokens, of: input[start..<finder.place], isLast: isLast, to: &writer)
      start = finder.place
    } while !isLast
    return writer.finished()
  }

  /// A literal, or a length and a distance above it.
  struct Token {
    var length: Int
    /// 0 for a literal, whose byte is then in `length`.
    var distance: Int
  }

  /// Finds repeats by their first three bytes.
  private struct MatchFinder {
    let input: [UInt8]
    var place = 0
    /// The newest place of each hash, and for each place in the window the one before it.
    private var newest = [Int32](repeating: -1, count: 1 << 15)
    private var before: [Int32]

    init(_ input: [UInt8]) {
      self.input = input
      before = [Int32](repeating: -1, count: min(input.count, Deflate.window))
    }

    var isAtEnd: Bool { place >= input.count }

    mutating func tokens(most: Int) -> [Token] {
      var tokens: [Token] = []
      while tokens.count < most, place < input.count {
        let match = longestMatch()
        guard match.length >= Deflate.shortest else {
          tokens.append(Token(length: Int(input[place]), distance: 0))
          advance(by: 1)
          continue
        }
        tokens.append(match)
        advance(by: match.length)
      }
      return tokens
    }

    private func hash(at index: Int) -> Int {
      let word =
        UInt32(input[index]) << 16 | UInt32(input[index + 1]) << 8 | UInt32(input[index + 2])
      return Int((word &* 0x9E37_79B1) >> 17)
    }

    private mutating func advance(by count: Int) {
      for index in place..<place + count where index + 2 < input.count {
        let hash = hash(at: index)
        before[index % before.count] = newest[hash]
        newest[hash] = Int32(index)
      }
      place += count
    }

    private func longestMatch() -> Token {
      var best = Token(length: 0, distance: 0)
      guard place + 2 < input.count else { return best }
      let most = min(Deflate.longest, input.count - place)
      var candidate = Int(newest[hash(at: place)])
      for _ in 0..<Deflate.tries {
        guard candidate >= 0, place - candidate <= before.count else { break }
        var length = 0
        while length < most, input[candidate + length] == input[place + length] { length += 1 }
        if length > best.length {
          best = Token(length: length, distance: place - candidate)
          if length == most { break }
        }
        let next = Int(before[candidate % before.count])
        guard next < candidate else { break }
        candidate = next
      }
      return best
    }
  }

  // MARK: Blocks

  private static func write(
    _ tokens: [Token], of bytes: ArraySlice<UInt8>, isLast: Bool, to writer: inout BitWriter
  ) {
    var literals = [Int](repeating: 0, count: 286)
    var distances = [Int](repeating: 0, count: 30)
    literals[endOfBlock] = 1
    for token in tokens {
      if token.distance == 0 {
        literals[token.length] += 1
      } else {
        literals[257 + Int(DeflateTables.symbolOfLength[token.length])] += 1
        distances[DeflateTables.symbol(ofDistance: token.distance)] += 1
      }
    }
    // A reader wants at least one distance, even where none is used.
    if distances.allSatisfy({ $0 == 0 }) { distances[0] = 1 }
    let literalCode = HuffmanCode(frequencies: literals, limit: 15)
    let distanceCode = HuffmanCode(frequencies: distances, limit: 15)
    let header = CodeHeader(literalCode, distanceCode)
    let dynamic = header.bits + cost(literals, distances, literalCode, distanceCode)
    let fixed = cost(
      literals, distances, DeflateTables.fixedLiterals, DeflateTables.fixedDistances)
    let stored = (bytes.count + 4 + bytes.count / 65_535 * 5) * 8 + 7
    if stored < min(dynamic, fixed) {
      store(bytes, isLast: isLast, to: &writer)
    } else if fixed <= dynamic {
      writer.write(isLast ? 1 : 0, bits: 1)
      writer.write(1, bits: 2)
      write(tokens, DeflateTables.fixedLiterals, DeflateTables.fixedDistances, to: &writer)
    } else {
      writer.write(isLast ? 1 : 0, bits: 1)
      writer.write(2, bits: 2)
      header.write(to: &writer)
      write(tokens, literalCode, distanceCode, to: &writer)
    }
  }

  private static func cost(
    _ literals: [Int], _ distances: [Int], _ literalCode: HuffmanCode, _ distanceCode: HuffmanCode
  ) -> Int {
    var bits = 0
    for (symbol, count) in literals.enumerated() where count > 0 {
      let extra = symbol > 256 ? DeflateTables.lengthExtra[symbol - 257] : 0
      bits += count * (Int(literalCode.lengths[symbol]) + extra)
    }
    for (symbol, count) in distances.enumerated() where count > 0 {
      bits += count * (Int(distanceCode.lengths[symbol]) + DeflateTables.distanceExtra[symbol])
    }
    return bits
  }

  private static func write(
    _ tokens: [Token], _ literals: HuffmanCode, _ distances: HuffmanCode, to writer: inout BitWriter
  ) {
    for token in tokens {
      guard token.distance > 0 else {
        writer.write(token.length, literals)
        continue
      }
      let length = Int(DeflateTables.symbolOfLength[token.length])
      writer.write(257 + length, literals)
      writer.write(
        token.length - DeflateTables.lengthBase[length], bits: DeflateTables.lengthExtra[length])
      let distance = DeflateTables.symbol(ofDistance: token.distance)
      writer.write(distance, distances)
      writer.write(
        token.distance - DeflateTables.distanceBase[distance],
        bits: DeflateTables.distanceExtra[distance])
    }
    writer.write(endOfBlock, literals)
  }

  private static func store(
    _ bytes: ArraySlice<UInt8>, isLast: Bool, to writer: inout BitWriter
  ) {
    var start = bytes.startIndex
    repeat {
      let end = min(start + 65_535, bytes.endIndex)
      writer.write(isLast && end == bytes.endIndex ? 1 : 0, bits: 1)
      writer.write(0, bits: 2)
      writer.align()
      writer.write(end - start, bits: 16)
      writer.write(0xFFFF - (end - start), bits: 16)
      writer.append(bytes[start..<end])
      start = end
    } while start < bytes.endIndex
  }

  /// The two codes of a block as the block announces them: their lengths, run by run, in a code of
  /// their own.
  private struct CodeHeader {
    private var symbols: [(symbol: Int, extra: Int, extraBits: Int)] = []
    private let code: HuffmanCode
    private let literalCount: Int
    private let distanceCount: Int
    private let lengthCount: Int
    let bits: Int

    init(_ literals: HuffmanCode, _ distances: HuffmanCode) {
      func used(_ lengths: [UInt8], least: Int) -> Int {
        max(least, (lengths.lastIndex { $0 > 0 } ?? 0) + 1)
      }
      literalCount = used(literals.lengths, least: 257)
      distanceCount = used(distances.lengths, least: 1)
      let lengths =
        literals.lengths.prefix(literalCount) + distances.lengths.prefix(distanceCount)
      var place = lengths.startIndex
      while place < lengths.endIndex {
        let length = lengths[place]
        let run = lengths[place...].prefix { $0 == length }.count
        if length == 0, run >= 3 {
          let count = min(run, 138)
          symbols.append(count <= 10 ? (17, count - 3, 3) : (18, count - 11, 7))
          place += count
        } else {
          symbols.append((Int(length), 0, 0))
          place += 1
          var rest = run - 1
          while length > 0, rest >= 3 {
            let count = min(rest, 6)
            symbols.append((16, count - 3, 2))
            place += count
            rest -= count
          }
        }
      }
      var frequencies = [Int](repeating: 0, count: 19)
      for entry in symbols { frequencies[entry.symbol] += 1 }
      // One symbol alone would be no whole code.
      if frequencies.count(where: { $0 > 0 }) == 1 { frequencies[frequencies[0] > 0 ? 1 : 0] = 1 }
      let code = HuffmanCode(frequencies: frequencies, limit: 7)
      self.code = code
      lengthCount = max(
        4, (DeflateTables.lengthOrder.lastIndex { code.lengths[$0] > 0 } ?? 0) + 1)
      bits = symbols.reduce(14 + 3 * lengthCount) {
        $0 + Int(code.lengths[$1.symbol]) + $1.extraBits
      }
    }

    func write(to writer: inout BitWriter) {
      writer.write(literalCount - 257, bits: 5)
      writer.write(distanceCount - 1, bits: 5)
      writer.write(lengthCount - 4, bits: 4)
      for symbol in DeflateTables.lengthOrder.prefix(lengthCount) {
        writer.write(Int(code.lengths[symbol]), bits: 3)
      }
      for entry in symbols {
        writer.write(entry.symbol, code)
        writer.write(entry.extra, bits: entry.extraBits)
      }
    }
  }
}

/// Bits behind bits, the lowest first.
private struct BitWriter {
  private var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var pendingBits = 0

  mutating func write(_ value: Int, bits: Int) {
    pending |= UInt64(value) << UInt64(pendingBits)
    pendingBits += bits
    while pendingBits >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      pendingBits -= 8
    }
  }

  mutating func write(_ symbol: Int, _ code: HuffmanCode) {
    write(Int(code.codes[symbol]), bits: Int(code.lengths[symbol]))
  }

  mutating func align() { if pendingBits > 0 { write(0, bits: 8 - pendingBits) } }

  mutating func append(_ more: ArraySlice<UInt8>) { bytes += more }

  mutating func finished() -> [UInt8] {
    align()
    return bytes
  }
}
