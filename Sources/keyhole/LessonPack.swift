import Values
import Workbook

/// Lessons of the learner's disk: one file, or a folder of them with the files that they share.
struct LessonPack {
  private(set) var lessons: [LessonShelf.Entry] = []
  private(set) var files: [(name: String, text: String)] = []
  let isFolder: Bool

  /// Whether a word names a file or a folder, and not a lesson of the program.
  static func isPath(_ word: String) -> Bool { word.contains("/") || word.hasSuffix(".md") }

  init(_ path: String) throws(Files.Failure) {
    isFolder = Files.isFolder(path)
    guard isFolder else {
      lessons = [
        LessonShelf.Entry(
          file: path.split(separator: "/").last.map(String.init) ?? path, text: try Self.text(path))
      ]
      // A lesson of a pack finds the pack's files.
      let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        .joined(separator: "/")
      try addFiles(in: path.contains("/") ? folder : ".")
      return
    }
    for name in try Files.names(in: path) where LessonShelf.isLesson(name) {
      lessons.append(LessonShelf.Entry(file: name, text: try Self.text("\(path)/\(name)")))
    }
    try addFiles(in: path)
  }

  private mutating func addFiles(in folder: String) throws(Files.Failure) {
    guard Files.isFolder("\(folder)/fixtures") else { return }
    for name in try Files.names(in: "\(folder)/fixtures")
    where !Files.isFolder("\(folder)/fixtures/\(name)") {
      files.append((name, try Self.text("\(folder)/fixtures/\(name)")))
    }
  }

  private static func text(_ path: String) throws(Files.Failure) -> String {
    String(decoding: try Files.read(path), as: UTF8.self)
  }

  /// Lines that put the pack on a session's shelf, with all its texts, so that the session can be
  /// replayed where the files are not.
  var shelving: [String] {
    files.map { LabText.command(shelving: "fixtures/\($0.name)", text: $0.text) }
      + lessons.map { LabText.command(shelving: $0.file, text: $0.text) }
  }
}
