/// The wildcard matcher whose cost no pattern drives up.
///
/// A pattern is a row of runs between its stars. The first run stands at the text's start, the last
/// one at its end, and each of the others is looked for behind the one before it, as early as it
/// comes. Looking for a run costs its own length and that of the text that is passed over: at most
/// the sum of pattern and text for the whole pattern. Only a run with a `?` in it costs more, one
/// step for every 64 of its characters where another run takes one.
struct WildcardRuns {
  private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

  private static let star = UInt8(ascii: "*")
  private static let any = UInt8(ascii: "?")

  private let pattern: UnsafeBufferPointer<UInt8>
  private let text: UnsafeBufferPointer<UInt8>

  init(_ pattern: UnsafeBufferPointer<UInt8>, on text: UnsafeBufferPointer<UInt8>) {
    self.pattern = pattern
    self.text = text
  }

  func covers() -> Bool {
    guard let first = pattern.firstIndex(of: Self.star),
      let last = pattern.lastIndex(of: Self.star)
    else { return endOfRun(pattern[...]) == text.count }
    guard var position = endOfRun(pattern[..<first]),
      let end = startOfRun(pattern[(last + 1)...], notBefore: position)
    else { return false }
    for run in pattern[first..<last].split(separator: Self.star) {
      let next =
        run.contains(Self.any)
        ? find(characters: run, from: position, to: end) : find(run, from: position, to: end)
      guard let next else { return false }
      position = next
    }
    return true
  }

  /// Where a run ends that begins with the text.
  private func endOfRun(_ run: Bytes) -> Int? {
    var position = 0
    for byte in run {
      guard position < text.count else { return nil }
      if byte == Self.any {
        position = nextCharacter(after: position, in: text)
      } else {
        guard LiteralWildcard.plain(byte) == text[position] else { return nil }
        position += 1
      }
    }
    return position
  }

  /// Where a run begins that ends with the text.
  private func startOfRun(_ run: Bytes, notBefore start: Int) -> Int? {
    var position = text.count
    for byte in run.reversed() {
      guard position > start else { return nil }
      position -= 1
      if byte == Self.any {
        while position > start, text[position] & 0xC0 == 0x80 { position -= 1 }
      } else if LiteralWildcard.plain(byte) != text[position] {
        return nil
      }
    }
    return position
  }

  /// The end of the first place of a run without `?`: after a mismatch goes on with the longest
  /// beginning of the run that is known to stand there (Knuth, Morris and Pratt).
  private func find(_ run: Bytes, from start: Int, to end: Int) -> Int? {
    guard run.count <= end - start else { return nil }
    let wanted = run.map(LiteralWildcard.plain)
    var borders = [Int](repeating: 0, count: wanted.count)
    var length = 0
    for place in wanted.indices.dropFirst() {
      while length > 0, wanted[place] != wanted[length] { length = borders[length - 1] }
      if wanted[place] == wanted[length] { length += 1 }
      borders[place] = length
    }
    length = 0
    for position in start..<end {
      while length > 0, text[position] != wanted[length] { length = borders[length - 1] }
      if text[position] == wanted[length] { length += 1 }
      if length == wanted.count { return position + 1 }
    }
    return nil
  }

  /// The same for a run with `?`: keeps in one bit for each character of the run whether the run
  /// fits up to there (the shift-and method of Baeza-Yates and Gonnet).
  private func find(characters run: Bytes, from start: Int, to end: Int) -> Int? {
    let wanted = Self.characters(of: run.map { $0 == Self.any ? 0 : LiteralWildcard.plain($0) })
    guard wanted.count <= end - start else { return nil }
    let words = (wanted.count + 63) / 64
    // Row 0 serves all characters that the run does not have.
    var rowOf: [UInt32: Int] = [:]
    for character in wanted where character != 0 && rowOf[character] == nil {
      rowOf[character] = rowOf.count + 1
    }
    var fitting = [UInt64](repeating: 0, count: (rowOf.count + 1) * words)
    for (place, character) in wanted.enumerated() {
      let bit = UInt64(1) << UInt64(place % 64)
      if let row = rowOf[character] {
        fitting[row * words + place / 64] |= bit
      } else {
        for row in 0...rowOf.count { fitting[row * words + place / 64] |= bit }
      }
    }
    var state = [UInt64](repeating: 0, count: words)
    let last = UInt64(1) << UInt64((wanted.count - 1) % 64)
    var position = start
    while position < end {
      let next = min(nextCharacter(after: position, in: text), end)
      let character = text[position..<next].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      let row = (rowOf[character] ?? 0) * words
      var carry: UInt64 = 1
      for word in 0..<words {
        let shifted = state[word] << 1 | carry
        carry = state[word] >> 63
        state[word] = shifted & fitting[row + word]
      }
      if state[words - 1] & last != 0 { return next }
      position = next
    }
    return nil
  }

  /// Each character as a number made of its bytes.
  private static func characters(of bytes: [UInt8]) -> [UInt32] {
    var characters: [UInt32] = []
    for byte in bytes {
      if byte & 0xC0 == 0x80, let before = characters.last {
        characters[characters.count - 1] = before << 8 | UInt32(byte)
      } else {
        characters.append(UInt32(byte))
      }
    }
    return characters
  }
}

/// The start of the next UTF-8 character.
func nextCharacter(after position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
  var next = position + 1
  while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
  return next
}
