/// A canonical prefix code: how many bits each symbol takes, and which.
///
/// Source: RFC 1951, 3.2.2.
struct HuffmanCode {
  /// Bits of each symbol; 0 for one that does not occur.
  let lengths: [UInt8]
  /// The code of each symbol with its first bit lowest, as it is written.
  let codes: [UInt16]

  init(lengths: [UInt8]) {
    self.lengths = lengths
    var counts = [Int](repeating: 0, count: 16)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    var next = [Int](repeating: 0, count: 16)
    for length in 1..<16 { next[length] = (next[length - 1] + counts[length - 1]) << 1 }
    var codes = [UInt16](repeating: 0, count: lengths.count)
    for (symbol, length) in lengths.enumerated() where length > 0 {
      codes[symbol] = Self.reversed(next[Int(length)], bits: Int(length))
      next[Int(length)] += 1
    }
    self.codes = codes
  }

  /// The code that is best for symbols that occur so often, with no code longer than `limit` bits.
  init(frequencies: [Int], limit: Int) {
    self.init(lengths: Self.lengths(for: frequencies, limit: limit))
  }

  private static func reversed(_ code: Int, bits: Int) -> UInt16 {
    var result = 0
    for bit in 0..<bits where code >> bit & 1 == 1 { result |= 1 << (bits - 1 - bit) }
    return UInt16(result)
  }

  private static func lengths(for frequencies: [Int], limit: Int) -> [UInt8] {
    var lengths = [UInt8](repeating: 0, count: frequencies.count)
    // Rare ones first; ties by symbol, so that the same text always gives the same code.
    let used = frequencies.indices.filter { frequencies[$0] > 0 }.sorted {
      (frequencies[$0], $0) < (frequencies[$1], $1)
    }
    guard used.count > 1 else {
      if let only = used.first { lengths[only] = 1 }
      return lengths
    }
    var counts = depths(of: used.map { frequencies[$0] })
    shorten(&counts, to: limit)
    var place = 0
    for length in stride(from: counts.count - 1, to: 0, by: -1) {
      for _ in 0..<counts[length] {
        lengths[used[place]] = UInt8(length)
        place += 1
      }
    }
    return lengths
  }

  /// How many leaves of a Huffman tree over ascending weights lie at each depth.
  private static func depths(of weights: [Int]) -> [Int] {
    let leaves = weights.count
    var weight = weights
    var parent = [Int](repeating: 0, count: 2 * leaves - 1)
    var (leaf, node) = (0, leaves)
    // Leaves and inner nodes both come in ascending order: the two lightest are in front.
    func lightest() -> Int {
      if node >= weight.count || (leaf < leaves && weight[leaf] <= weight[node]) {
        leaf += 1
        return leaf - 1
      }
      node += 1
      return node - 1
    }
    while weight.count < 2 * leaves - 1 {
      let (first, second) = (lightest(), lightest())
      parent[first] = weight.count
      parent[second] = weight.count
      weight.append(weight[first] + weight[second])
    }
    var depth = [Int](repeating: 0, count: weight.count)
    for index in stride(from: weight.count - 2, through: 0, by: -1) {
      depth[index] = depth[parent[index]] + 1
    }
    var counts = [Int](repeating: 0, count: max(16, (depth.max() ?? 0) + 1))
    for index in 0..<leaves { counts[depth[index]] += 1 }
    return counts
  }

  /// Lifts leaves that lie too deep, and pays for them by lowering others, until the code is whole.
  private static func shorten(_ counts: inout [Int], to limit: Int) {
    for length in counts.indices where length > limit {
      counts[limit] += counts[length]
      counts[length] = 0
    }
    var total = (1...limit).reduce(0) { $0 + counts[$1] << (limit - $1) }
    while total > 1 << limit {
      guard let length = (1..<limit).last(where: { counts[$0] > 0 }) else { break }
      counts[length] -= 1
      counts[length + 1] += 2
      counts[limit] -= 1
      total -= 1
    }
  }
}

/// The alphabets that deflate shares between writing and reading.
///
/// Source: RFC 1951, 3.2.5 to 3.2.7.
enum DeflateTables {
  static let lengthBase: [Int] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  static let lengthExtra: [Int] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  static let distanceBase: [Int] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]
  static let distanceExtra: [Int] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
  ]
  /// The order in which the lengths of the code of lengths are written.
  static let lengthOrder: [Int] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]

  static let fixedLiterals = HuffmanCode(
    lengths: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  static let fixedDistances = HuffmanCode(lengths: [UInt8](repeating: 5, count: 30))

  /// Symbol of a match length of 3 to 258, less 257.
  static let symbolOfLength: [UInt8] = {
    var symbols = [UInt8](repeating: 0, count: 259)
    for (symbol, base) in lengthBase.enumerated() {
      for length in base..<min(259, base + 1 << lengthExtra[symbol]) {
        symbols[length] = UInt8(symbol)
      }
    }
    return symbols
  }()

  static func symbol(ofDistance distance: Int) -> Int {
    var (low, high) = (0, distanceBase.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if distanceBase[middle] <= distance { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
