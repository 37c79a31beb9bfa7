/// How results are sorted: what is missing first, then what is no number, then numbers.
///
/// Of two texts, runs of digits are compared by length and then by value, all else by code point.
/// Source: CloudWatch Logs Insights, sort.
enum NaturalOrder {
  static func less(_ left: InsightsValue, _ right: InsightsValue) -> Bool {
    compare(left, right) < 0
  }

  /// Below zero when the left one comes first.
  static func compare(_ left: InsightsValue, _ right: InsightsValue) -> Int {
    if left.isMissing || right.isMissing {
      return left.isMissing == right.isMissing ? 0 : left.isMissing ? -1 : 1
    }
    switch (left.number, right.number) {
    case (let left?, let right?): return left < right ? -1 : left > right ? 1 : 0
    case (nil, _?): return -1
    case (_?, nil): return 1
    case (nil, nil): return texts(left.text, right.text)
    }
  }

  static func texts(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var (i, j) = (0, 0)
    while i < left.count, j < right.count {
      if isDigit(left[i]), isDigit(right[j]) {
        let first = left[i...].prefix(while: isDigit)
        let second = right[j...].prefix(while: isDigit)
        if first.count != second.count { return first.count < second.count ? -1 : 1 }
        for (a, b) in zip(first, second) where a != b { return a < b ? -1 : 1 }
        i += first.count
        j += second.count
      } else {
        if left[i] != right[j] { return left[i] < right[j] ? -1 : 1 }
        i += 1
        j += 1
      }
    }
    let (restLeft, restRight) = (left.count - i, right.count - j)
    return restLeft < restRight ? -1 : restLeft > restRight ? 1 : 0
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
