import LessonLibrary
import Narration
import Values

/// Words of the field. A word is unlocked by the lesson that teaches it.
enum Glossary {
  /// Words that lessons share, by the alphabet.
  static let common: [GlossaryEntry] = parse(
    LessonLibrary.files.first { $0.name == "glossary.txt" }?.text ?? "")

  /// `word: what it means`, one paragraph each; lines that begin with # are remarks.
  static func parse(_ text: String) -> [GlossaryEntry] {
    var entries: [GlossaryEntry] = []
    for paragraph in text.split(separator: "\n\n") {
      let lines = paragraph.split(separator: "\n").filter { !$0.hasPrefix("#") }
      let whole = lines.joined(separator: " ")
      guard let colon = whole.firstRange(of: ": ") else { continue }
      entries.append(
        GlossaryEntry(
          term: String(whole[..<colon.lowerBound]), text: String(whole[colon.upperBound...])))
    }
    return entries.sorted { $0.term < $1.term }
  }

  /// A lesson's own word goes before a shared one.
  static func entry(_ term: String, _ lesson: Lesson?) -> GlossaryEntry? {
    lesson?.glossary.first { $0.term == term } ?? common.first { $0.term == term }
  }
}

extension Workbook {
  /// Words that were taught so far, by the alphabet.
  var unlocked: [GlossaryEntry] {
    var found: [String: GlossaryEntry] = [:]
    func add(_ terms: [String], _ lesson: Lesson) {
      for term in terms where found[term] == nil { found[term] = Glossary.entry(term, lesson) }
    }
    for entry in shelf where finished.contains(entry.id) {
      guard let lesson = try? entry.lesson() else { continue }
      add(lesson.teaches + lesson.steps.flatMap(\.teaches), lesson)
    }
    if let lessonRun = desk.lesson {
      for step in lessonRun.lesson.steps where lessonRun.met.contains(step.id) {
        add(step.teaches, lessonRun.lesson)
      }
    }
    return found.values.sorted { $0.term < $1.term }
  }

  func glossary(_ call: VerbCall, _ turn: inout Turn) {
    let unlocked = unlocked
    guard let word = call.words.first else {
      guard !unlocked.isEmpty else {
        turn.print("The glossary is empty as yet: lessons fill it, word by word.\n")
        return
      }
      var page = Page()
      for entry in unlocked { page.add(wrapped(entry)) }
      page.add("glossary WORD   shows one", .next)
      return turn.print(page)
    }
    let name = call.words.joined(separator: "-").lowercased()
    if let entry = unlocked.first(where: { $0.term == name }) {
      return turn.print(wrapped(entry).text)
    }
    let teachers = shelf.filter { entry in
      guard let lesson = try? entry.lesson() else { return false }
      return (lesson.teaches + lesson.steps.flatMap(\.teaches)).contains(name)
    }
    if let teacher = teachers.first {
      turn.print("\(name) is not taught yet: it comes in the lesson \(teacher.id).\n")
      turn.status = 1
      return
    }
    let near = NearNames.of(name, among: unlocked.map(\.term))
    turn.misuse(
      call,
      "There is no word \(JSON.quoted(word))" + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
  }

  private func wrapped(_ entry: GlossaryEntry) -> Page {
    var page = Page()
    page.add(entry.term, .heading)
    page.add("  \(entry.text)")
    return page
  }
}
