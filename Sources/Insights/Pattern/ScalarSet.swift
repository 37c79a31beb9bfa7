/// A set of characters, as a class of a regular expression names one.
struct ScalarSet: Hashable, Sendable {
  private(set) var ranges: [ClosedRange<UInt32>] = []
  private(set) var isNegated = false
  /// Members below 128, one bit each: what nearly all texts are made of.
  private var low: (UInt64, UInt64) = (0, 0)

  init(_ ranges: [ClosedRange<UInt32>], negated: Bool = false, ignoringCase: Bool = false) {
    self.ranges = ignoringCase ? Self.bothCases(ranges) : ranges
    isNegated = negated
    for scalar in UInt32(0)..<128 where self.ranges.contains(where: { $0.contains(scalar) }) {
      if scalar < 64 { low.0 |= 1 << UInt64(scalar) } else { low.1 |= 1 << UInt64(scalar - 64) }
    }
  }

  init(_ scalar: Unicode.Scalar, ignoringCase: Bool) {
    self.init([scalar.value...scalar.value], ignoringCase: ignoringCase)
  }

  static let digits: [ClosedRange<UInt32>] = [48...57]
  static let words: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]
  static let blanks: [ClosedRange<UInt32>] = [9...13, 32...32]
  static let notNewline = ScalarSet([10...10], negated: true)
  static let anything = ScalarSet([0...0x10FFFF])

  /// All that is not in the ranges.
  static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { result.append(next...0x10FFFF) }
    return result
  }

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 64 { return (low.0 >> UInt64(scalar)) & 1 == (isNegated ? 0 : 1) }
    if scalar < 128 { return (low.1 >> UInt64(scalar - 64)) & 1 == (isNegated ? 0 : 1) }
    return ranges.contains { $0.contains(scalar) } != isNegated
  }

  private static func bothCases(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result = ranges
    // Beyond so many characters a class names an alphabet, which has both cases anyway.
    for range in ranges where range.count <= 512 {
      for value in range {
        guard let scalar = Unicode.Scalar(value) else { continue }
        for other in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
          let scalars = other.unicodeScalars
          if scalars.count == 1, let first = scalars.first, first != scalar {
            result.append(first.value...first.value)
          }
        }
      }
    }
    return result
  }

  static func == (left: ScalarSet, right: ScalarSet) -> Bool {
    left.ranges == right.ranges && left.isNegated == right.isNegated
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(ranges)
    hasher.combine(isNegated)
  }
}
