/// Quotes and dashes that a word processor made of the plain ones a command needs.
package enum SmartPunctuation {
  package struct Found: Hashable, Sendable {
    /// UTF-8 offset in the text.
    package var offset: Int
    package var character: Character
    package var plain: String
  }

  private static let table: [Character: String] = [
    "“": "\"", "”": "\"", "„": "\"", "‘": "'", "’": "'", "–": "-", "—": "--", "\u{00A0}": " ",
    "\u{2212}": "-",
  ]

  /// Those that stand where a plain one would mean something.
  package static func find(in text: String) -> [Found] {
    guard text.utf8.contains(where: { $0 >= 0x80 }) else { return [] }
    var offset = 0
    var found: [Found] = []
    for character in text {
      if let plain = table[character] {
        found.append(Found(offset: offset, character: character, plain: plain))
      }
      offset += character.utf8.count
    }
    return found
  }
}
