/// Whether a pattern with `*` (any run of characters) and `?` (any one character) covers a whole text.
///
/// After a mismatch only the last `*` is tried again, one character further on, so the cost is at
/// most the product of both lengths and for the patterns of policies about the text's length.
package func wildcard(_ pattern: String, covers text: String) -> Bool {
  var pattern = pattern
  var text = text
  return pattern.withUTF8 { pattern in text.withUTF8 { covers(pattern, $0) } }
}

/// A pattern that was looked at once, so that the usual ones cost a comparison.
struct CompiledPattern: Hashable, Sendable {
  private enum Form: Hashable {
    case everything
    /// No wildcard.
    case exact
    /// One `*`, at the end.
    case beginning
    case general
  }

  private let form: Form
  private let bytes: [UInt8]

  init(_ text: some StringProtocol) { self.init(Array(text.utf8)) }

  init(_ bytes: [UInt8]) {
    let star = UInt8(ascii: "*")
    let wild = bytes.indices.filter { bytes[$0] == star || bytes[$0] == UInt8(ascii: "?") }
    if bytes == [star] {
      form = .everything
    } else if wild.isEmpty {
      form = .exact
    } else if wild == [bytes.count - 1], bytes.last == star {
      form = .beginning
    } else {
      form = .general
    }
    self.bytes = form == .beginning ? Array(bytes.dropLast()) : bytes
  }

  func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    switch form {
    case .everything: return true
    case .exact: return text.count == bytes.count && begins(text)
    case .beginning: return text.count >= bytes.count && begins(text)
    case .general: return bytes.withUnsafeBufferPointer { covers($0, text) }
    }
  }

  func matches(_ text: [UInt8]) -> Bool { text.withUnsafeBufferPointer { matches($0) } }

  func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { matches($0) }
  }

  @inline(__always)
  private func begins(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    for index in bytes.indices where bytes[index] != text[index] { return false }
    return true
  }
}

private func covers(_ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>)
  -> Bool
{
  let star = UInt8(ascii: "*")
  let any = UInt8(ascii: "?")
  var place = 0
  var position = 0
  var retry: (place: Int, position: Int)?
  while position < text.count {
    if place < pattern.count, pattern[place] == star {
      retry = (place + 1, position)
      place += 1
    } else if place < pattern.count, pattern[place] == any {
      place += 1
      position = nextCharacter(after: position, in: text)
    } else if place < pattern.count, pattern[place] == text[position] {
      place += 1
      position += 1
    } else if let last = retry {
      position = nextCharacter(after: last.position, in: text)
      place = last.place
      retry = (last.place, position)
    } else {
      return false
    }
  }
  while place < pattern.count, pattern[place] == star { place += 1 }
  return place == pattern.count
}

/// The start of the next UTF-8 character.
private func nextCharacter(after position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
  var next = position + 1
  while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
  return next
}

/// The same for ARNs, segment by segment, so that a `*` does not swallow a colon before the
/// resource part.
/// Source: IAM User Guide, ARN condition operators.
func arnPattern(_ pattern: String, covers text: String) -> Bool {
  let wanted = pattern.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
  let found = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
  if wanted.count == 1 { return wildcard(pattern, covers: text) }
  guard wanted.count == 6, found.count == 6 else { return false }
  return zip(wanted, found).allSatisfy { wildcard(String($0), covers: String($1)) }
}
