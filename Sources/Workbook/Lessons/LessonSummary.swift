import Narration

/// The page at the end of a lesson: what was done, in the learner's own names, and what it means.
extension Workbook {
  func summary(of lessonRun: LessonRun) -> Page {
    let lesson = lessonRun.lesson
    var page = Page()
    page.add("On one page: \(lesson.title)", .heading)
    page.add(Markdown.page(lesson.summary.map(personal)))
    if !lessonRun.routes.isEmpty {
      page.add("")
      page.add("What you did", .heading)
    }
    for route in lessonRun.routes {
      guard let step = lesson.steps.first(where: { $0.id == route.step }) else { continue }
      page.add("  \(step.title)")
      for line in route.lines.suffix(3) { page.add("    \(Self.firstLine(line))", .quote) }
      if route.lines.count > 3 {
        page.add("    and \(ShortNames.plural(route.lines.count - 3, "line")) before", .note)
      }
    }
    let skipped = lesson.steps.filter { lessonRun.skipped.contains($0.id) }
    if !skipped.isEmpty {
      page.add("  skipped: \(skipped.map(\.title).joined(separator: "; "))", .note)
    }
    let terms = (lesson.teaches + lesson.steps.flatMap(\.teaches)).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }.compactMap { Glossary.entry($0, lesson) }
    if !terms.isEmpty {
      page.add("")
      page.add("Words", .heading)
      for entry in terms { page.add("  \(entry.term): \(Self.firstSentence(entry.text))") }
    }
    page.add("")
    let hints = lessonRun.hintsShown.values.reduce(0, +)
    var facts = [
      ShortNames.plural(lessonRun.routes.count, "step") + " done",
      ShortNames.plural(lessonRun.routes.reduce(0) { $0 + $1.calls }, "call"),
      ShortNames.plural(hints, "hint"),
    ]
    if !lessonRun.sawSolution.isEmpty {
      facts.append(ShortNames.plural(lessonRun.sawSolution.count, "solution") + " looked at")
    }
    page.add(facts.joined(separator: ", "), .note)
    if let calibration = CourseHistory.calibration(lessonRun.predictions) {
      page.add(calibration, .note)
    }
    return page
  }

  /// The first line of a command, and a mark when there is more.
  static func firstLine(_ command: String) -> String {
    let lines = command.split(separator: "\n", omittingEmptySubsequences: false)
    return (lines.first.map(String.init) ?? "") + (lines.count > 1 ? " …" : "")
  }

  static func firstSentence(_ text: String) -> String {
    guard let end = text.firstRange(of: ". ") else { return text }
    return String(text[..<end.lowerBound]) + "."
  }
}
