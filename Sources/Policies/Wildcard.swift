/// Whether a pattern with `*` (any run of characters) and `?` (any one character) covers a whole text.
///
/// After a mismatch only the last `*` is tried again, one character further on, which for the patterns
/// of policies costs about the text's length. A pattern that makes it cost more than a few times
/// that is given to `WildcardRuns`, so that the whole stays linear in pattern and text.
package func wildcard(_ pattern: String, covers text: String) -> Bool {
  var pattern = pattern
  var text = text
  return pattern.withUTF8 { pattern in text.withUTF8 { wildcard(pattern, covers: $0) } }
}

/// Two bytes that no UTF-8 text holds. In a pattern they stand for a `*` and a `?` that are themselves
/// and no wildcards, because they came out of a variable.
enum LiteralWildcard {
  static let star: UInt8 = 0xFE
  static let any: UInt8 = 0xFF

  /// The byte of a text, for a pattern of which a wildcard must not come to life.
  static func quoted(_ byte: UInt8) -> UInt8 {
    byte == UInt8(ascii: "*") ? star : byte == UInt8(ascii: "?") ? any : byte
  }

  /// What a pattern's byte means in a text.
  @inline(__always)
  static func plain(_ byte: UInt8) -> UInt8 {
    byte < star ? byte : byte == star ? UInt8(ascii: "*") : UInt8(ascii: "?")
  }
}

/// A pattern that was looked at once, so that the usual ones cost a comparison.
struct CompiledPattern: Hashable, Sendable {
  enum Form: Hashable, Sendable {
    case everything
    /// No wildcard.
    case exact
    /// One `*`, at the end.
    case beginning
    case general
  }

  let form: Form
  let bytes: [UInt8]

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
    switch form {
    case .beginning: self.bytes = bytes.dropLast().map(LiteralWildcard.plain)
    case .everything, .exact: self.bytes = bytes.map(LiteralWildcard.plain)
    case .general: self.bytes = bytes
    }
  }

  func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    switch form {
    case .everything: return true
    case .exact: return text.count == bytes.count && begins(text)
    case .beginning: return text.count >= bytes.count && begins(text)
    case .general: return bytes.withUnsafeBufferPointer { wildcard($0, covers: text) }
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

/// The same for bytes.
func wildcard(
  _ pattern: UnsafeBufferPointer<UInt8>, covers text: UnsafeBufferPointer<UInt8>
) -> Bool {
  let star = UInt8(ascii: "*")
  let any = UInt8(ascii: "?")
  var place = 0
  var position = 0
  var retry: (place: Int, position: Int)?
  /// Bytes that were looked at in vain.
  var spent = 0
  let budget = 4 * text.count + 64
  while position < text.count {
    if place < pattern.count, pattern[place] == star {
      retry = (place + 1, position)
      place += 1
    } else if place < pattern.count, pattern[place] == any {
      place += 1
      position = nextCharacter(after: position, in: text)
    } else if place < pattern.count, LiteralWildcard.plain(pattern[place]) == text[position] {
      place += 1
      position += 1
    } else if let last = retry {
      spent &+= position &- last.position &+ 1
      if spent > budget { return WildcardRuns(pattern, on: text).covers() }
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

extension CompiledPattern {
  /// The same for ARNs, segment by segment, so that a `*` does not swallow a colon before the
  /// resource part.
  /// Source: IAM User Guide, ARN condition operators.
  func coversARN(_ text: String) -> Bool {
    if form == .everything { return true }
    let colon = UInt8(ascii: ":")
    let wanted = whole.split(separator: colon, maxSplits: 5, omittingEmptySubsequences: false)
    let found = Array(text.utf8).split(
      separator: colon, maxSplits: 5, omittingEmptySubsequences: false)
    if wanted.count == 1 { return matches(text) }
    guard wanted.count == 6, found.count == 6 else { return false }
    return zip(wanted, found).allSatisfy { CompiledPattern(Array($0)).matches(Array($1)) }
  }

  /// The pattern as it was before it was looked at.
  private var whole: [UInt8] {
    switch form {
    case .everything, .general: bytes
    case .exact: bytes.map(LiteralWildcard.quoted)
    case .beginning: bytes.map(LiteralWildcard.quoted) + [UInt8(ascii: "*")]
    }
  }
}
