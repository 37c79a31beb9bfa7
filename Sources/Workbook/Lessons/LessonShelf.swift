import LessonLibrary
import Values

/// The lessons of the program, in order.
package enum LessonShelf {
  /// A lesson's file, and what came of reading it.
  package struct Entry: Sendable {
    package let file: String
    package let text: String

    /// The id in the header.
    package let id: String

    package init(file: String, text: String) {
      self.file = file
      self.text = text
      id = Self.id(in: text) ?? file
    }

    package func lesson() throws(LessonError) -> Lesson {
      try LessonParser.parse(
        text, file: file, fingerprint: Fingerprint.text(of: text))
    }

    /// Without reading what is behind the header.
    private static func id(in text: String) -> String? {
      for line in text.utf8.split(separator: 0x0A, maxSplits: 20).prefix(20) {
        let line = Substring(line)
        if line.hasPrefix("id:") { return LessonParser.trimmed(line.dropFirst(3)) }
      }
      return nil
    }
  }

  package static let entries: [Entry] = LessonLibrary.files
    .filter { isLesson($0.name) }
    .map { Entry(file: $0.name, text: $0.text) }

  /// The guide for authors lies beside the lessons and is none.
  package static func isLesson(_ name: String) -> Bool {
    name.hasSuffix(".md") && !name.contains("/") && !["AUTHORS.md", "README.md"].contains(name)
  }

  /// Files that lessons share.
  static let fixtures: [(name: String, text: String)] = LessonLibrary.files
    .filter { $0.name.hasPrefix("fixtures/") }
    .map { (String($0.name.dropFirst("fixtures/".count)), $0.text) }

  package static func entry(_ id: String) -> Entry? { entry(id, among: entries) }

  static func entry(_ id: String, among entries: [Entry]) -> Entry? {
    if let entry = entries.element(called: id) { return entry }
    return entries.first { $0.id == id } ?? entries.first { $0.file == "\(id).md" }
  }
}

extension Workbook {
  /// The program's lessons, and those that were brought along; of two with one id the latter counts.
  package var shelf: [LessonShelf.Entry] {
    let ids = Set(packed.map(\.id))
    return LessonShelf.entries.filter { !ids.contains($0.id) } + packed
  }

  func lessonEntry(_ id: String) -> LessonShelf.Entry? { LessonShelf.entry(id, among: shelf) }

  /// Files that lessons share.
  var fixtures: [(name: String, text: String)] { LessonShelf.fixtures + packedFiles }
}

extension Fingerprint {
  /// What tells two texts apart in a transcript: eight hexadecimal digits.
  static func text(of text: String) -> String {
    var fingerprint = Fingerprint()
    fingerprint.fold(text)
    return fingerprint.short
  }
}
