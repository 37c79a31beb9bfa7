import Narration
import Values

extension Verb {
  static let shelfVerbs: [Verb] = [
    Verb(
      "shelve FILE", .files,
      "put a lesson of your own, or a file for it, on this session's shelf: its text follows "
        + "as <<'EOF'",
      example: "shelve my-lesson.md <<'EOF'"
    ) { workbook, call, turn in
      workbook.shelve(call, &turn)
    }
  ]
}

extension Workbook {
  /// The text comes with the line, so that the session can be replayed without the file.
  fileprivate mutating func shelve(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count == 1, let text = call.input else {
      return turn.misuse(call, "shelve wants a file's name and its text, as <<'EOF' … EOF")
    }
    let name = call.words[0]
    guard LessonShelf.isLesson(name) else {
      let bare = String(name.split(separator: "/").last ?? "")
      packedFiles.removeAll { $0.name == bare }
      packedFiles.append((bare, text))
      return turn.print("\(bare) is there for lessons of this session.\n")
    }
    let entry = LessonShelf.Entry(file: name, text: text)
    do throws(LessonError) {
      let lesson = try entry.lesson()
      packed.removeAll { $0.file == name || $0.id == lesson.id }
      packed.append(entry)
      turn.print("\(name) is on the shelf: lesson \(lesson.id)\n")
    } catch {
      turn.complain("\(error.text)\n", status: 1)
      return
    }
    let report = LessonLint.report(on: entry, among: shelf, files: packedFiles)
    for problem in report.problems { turn.page.add(problem.description, .bad) }
    if !report.problems.isEmpty {
      turn.page.add(
        "\(ShortNames.plural(report.problems.count, "problem")); the lesson can be taken all the same.",
        .note)
    }
  }
}
