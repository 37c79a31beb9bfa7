/// The lessons and the files that they share, as they lie in this folder.
package enum LessonLibrary {
  package static let files: [(name: String, text: String)] = EmbeddedFiles.all.map {
    ($0.name.description, $0.text.description)
  }
}
