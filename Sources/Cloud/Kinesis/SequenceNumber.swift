import Values

/// A Kinesis sequence number: 47 hexadecimal digits, printed in decimal.
///
/// `2`, 9 digits shard creation second, 1 digit low nibble of the shard's index, 16 digits index of
/// the record in the shard, `00`, 9 digits second of arrival, 8 digits shard index, `2`.
/// Source: facts §2.5, checked against AWS's own example.
package struct SequenceNumber: Hashable, Sendable {
  package var shardCreated: Int64
  package var index: UInt64
  package var time: Int64
  package var shard: UInt32

  package init(shardCreated: Int64, index: UInt64, time: Int64, shard: UInt32) {
    self.shardCreated = shardCreated
    self.index = index
    self.time = time
    self.shard = shard
  }

  /// Nothing for a text that is no such number.
  package init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= 57,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    var limbs: [UInt64] = [0, 0, 0]
    for digit in text.utf8 {
      var carry = UInt64(digit - UInt8(ascii: "0"))
      for place in limbs.indices.reversed() {
        let product = limbs[place].multipliedFullWidth(by: 10)
        let (low, overflow) = product.low.addingReportingOverflow(carry)
        limbs[place] = low
        carry = product.high + (overflow ? 1 : 0)
      }
      guard carry == 0 else { return nil }
    }
    let digits = limbs.flatMap { limb in
      (0..<16).map { UInt8(truncatingIfNeeded: limb >> UInt64(60 - 4 * $0)) & 15 }
    }.dropFirst()
    guard digits.first == 2, digits.last == 2 else { return nil }
    var rest = Array(digits.dropFirst())
    func take(_ count: Int) -> UInt64 {
      defer { rest.removeFirst(count) }
      return rest.prefix(count).reduce(0) { $0 << 4 | UInt64($1) }
    }
    shardCreated = Int64(take(9))
    let nibble = take(1)
    index = take(16)
    let gap = take(2)
    time = Int64(take(9))
    shard = UInt32(take(8))
    guard gap == 0, nibble == UInt64(shard & 15) else { return nil }
  }
}

extension SequenceNumber: CustomStringConvertible {
  package var description: String {
    // The 188 bits, packed from the right into three words.
    var limbs: [UInt64] = [0, 0, 0]
    func push(_ value: UInt64, digits: Int) {
      for place in (0..<digits).reversed() {
        limbs[0] = limbs[0] << 4 | limbs[1] >> 60
        limbs[1] = limbs[1] << 4 | limbs[2] >> 60
        limbs[2] = limbs[2] << 4 | (value >> UInt64(4 * place)) & 15
      }
    }
    push(2, digits: 1)
    push(UInt64(bitPattern: shardCreated), digits: 9)
    push(UInt64(shard), digits: 1)
    push(index, digits: 16)
    push(0, digits: 2)
    push(UInt64(bitPattern: time), digits: 9)
    push(UInt64(shard), digits: 8)
    push(2, digits: 1)
    let billions: UInt64 = 1_000_000_000_000_000_000
    var groups: [UInt64] = []
    while limbs != [0, 0, 0] {
      var remainder: UInt64 = 0
      for place in limbs.indices {
        (limbs[place], remainder) = billions.dividingFullWidth((remainder, limbs[place]))
      }
      groups.append(remainder)
    }
    var text = String(groups.last ?? 0)
    for group in groups.dropLast().reversed() {
      let digits = String(group)
      text += String(repeating: "0", count: 18 - digits.count) + digits
    }
    return text
  }
}
