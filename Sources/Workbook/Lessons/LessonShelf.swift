import LessonLibrary
import Values

/// The lessons of the program, in order.
package enum LessonShelf {
  /// A lesson's file, and what came of reading it.
  package struct Entry: Sendable {
    package let file: String
    package let text: String

    package func lesson() throws(LessonError) -> Lesson {
      try LessonParser.parse(
        text, file: file, fingerprint: Fingerprint.text(of: text))
    }

    /// The id in the header, without reading the rest.
    package var id: String {
      for line in text.split(separator: "\n").prefix(20) where line.hasPrefix("id:") {
        return LessonParser.trimmed(line.dropFirst(3))
      }
      return file
    }
  }

  package static let entries: [Entry] = LessonLibrary.files
    .filter { $0.name.hasSuffix(".md") && !$0.name.contains("/") }
    .map { Entry(file: $0.name, text: $0.text) }

  /// Files that lessons share.
  static let fixtures: [(name: String, text: String)] = LessonLibrary.files
    .filter { $0.name.hasPrefix("fixtures/") }
    .map { (String($0.name.dropFirst("fixtures/".count)), $0.text) }

  package static func entry(_ id: String) -> Entry? {
    if let number = Int(id), entries.indices.contains(number - 1) { return entries[number - 1] }
    return entries.first { $0.id == id }
  }
}

extension Fingerprint {
  /// What tells two texts apart in a transcript: eight hexadecimal digits.
  static func text(of text: String) -> String {
    var fingerprint = Fingerprint()
    fingerprint.fold(text)
    return fingerprint.short
  }
}
