/// Finds which of many values stand in a text, at a cost that goes with the text and not with how many
/// values there are: each is looked for by its last eight bytes.
struct ValueIndex {
  struct Match {
    /// Where it stands, in bytes.
    var range: Range<Int>
    var value: String
  }

  private var byEnd: [UInt64: [(bytes: [UInt8], value: String)]] = [:]

  /// Shorter values are not looked for.
  static let least = 8

  mutating func insert(_ value: String) {
    let bytes = Array(value.utf8)
    guard bytes.count >= Self.least else { return }
    let end = Self.end(of: bytes)
    if byEnd[end]?.contains(where: { $0.bytes == bytes }) == true { return }
    byEnd[end, default: []].append((bytes, value))
  }

  mutating func remove(_ value: String) {
    let bytes = Array(value.utf8)
    guard bytes.count >= Self.least else { return }
    byEnd[Self.end(of: bytes)]?.removeAll { $0.bytes == bytes }
  }

  /// Wherever a value stands in a text.
  func matches(in text: String) -> [Match] {
    guard !byEnd.isEmpty else { return [] }
    let bytes = Array(text.utf8)
    var found: [Match] = []
    var end: UInt64 = 0
    for (place, byte) in bytes.enumerated() {
      end = end << 8 | UInt64(byte)
      guard place + 1 >= Self.least, let candidates = byEnd[end] else { continue }
      for candidate in candidates {
        let start = place + 1 - candidate.bytes.count
        guard start >= 0, bytes[start...place].elementsEqual(candidate.bytes) else { continue }
        found.append(Match(range: start..<place + 1, value: candidate.value))
      }
    }
    return found
  }

  /// The values that stand in a text, each once.
  func values(in text: String) -> [String] {
    var seen: Set<String> = []
    return matches(in: text).map(\.value).filter { seen.insert($0).inserted }
  }

  private static func end(of bytes: [UInt8]) -> UInt64 {
    bytes.suffix(least).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
