import Narration

/// The page at the end of a lesson: what was done, in the learner's own names, and what it means.
extension Workbook {
  func summary(of lessonRun: LessonRun, hasEnded: Bool) -> Page {
    let lesson = lessonRun.lesson
    var page = Page()
    page.add("On one page: \(lesson.title)", .heading)
    if hasEnded {
      page.add(Markdown.page(lesson.summary.map(personal)))
    } else {
      page.add("What to take along comes when the lesson has ended.", .note)
    }
    if !lessonRun.routes.isEmpty {
      page.add("")
      page.add("What you did", .heading)
    }
    for route in lessonRun.routes {
      guard let step = lesson.steps.first(where: { $0.id == route.step }) else { continue }
      page.add("  \(step.title)")
      let shown = Self.telling(route, step)
      for (line, isRefused) in shown {
        page.add("    \(Self.firstLine(line))", .quote)
        if isRefused { page.add("      which was refused", .note) }
      }
      if route.lines.count > shown.count {
        let rest = ShortNames.plural(route.lines.count - shown.count, "line")
        page.add("    and \(rest) more", .note)
      }
      for quiz in step.quizzes { page.add("    \(quiz.choices[quiz.answer - 1].text)", .note) }
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
    let hints = lessonRun.hintsShown.values.reduce(0) { $0 + $1.count }
    var facts = [
      ShortNames.plural(lessonRun.routes.count, "step") + " done",
      ShortNames.plural(lessonRun.routes.reduce(0) { $0 + $1.calls }, "call"),
      ShortNames.plural(hints, "hint"),
    ]
    if !lessonRun.sawSolution.isEmpty {
      facts.append(ShortNames.plural(lessonRun.sawSolution.count, "solution") + " looked at")
    }
    page.add(facts.joined(separator: ", "), .note)
    // Of a few predictions nothing follows: those of the whole course say more.
    let ofCourse = course.predictions.count > lessonRun.predictions.count
    let tooFew = lessonRun.predictions.count < CourseHistory.fewest
    if let calibration = CourseHistory.calibration(
      tooFew && ofCourse ? course.predictions : lessonRun.predictions),
      !lessonRun.predictions.isEmpty
    {
      page.add((tooFew && ofCourse ? "In all lessons so far. " : "") + calibration, .note)
    }
    return page
  }

  /// The lines that did the step: what was refused belongs there only where the step is about that.
  private static func telling(_ route: Route, _ step: Lesson.Step)
    -> [(line: String, isRefused: Bool)]
  {
    let isAboutRefusal = step.checks.contains {
      $0.offPath == nil && $0.predicate.text.contains("Exception")
    }
    var lines: [(line: String, isRefused: Bool)] = []
    for (place, line) in route.lines.enumerated() {
      let isRefused = route.refused.contains(place)
      if isRefused, !isAboutRefusal { continue }
      lines.removeAll { $0.line == line && $0.isRefused == isRefused }
      lines.append((line, isRefused))
    }
    // A step that its refused line met has that to show.
    if lines.isEmpty, let last = route.lines.last { lines = [(last, true)] }
    // Where there are many, those that only looked go first.
    for place in lines.indices.reversed() where lines.count > mostLines {
      if isLook(lines[place].line) { lines.remove(at: place) }
    }
    return lines.suffix(mostLines)
  }

  /// Lines that are shown of one step.
  private static let mostLines = 8

  /// Whether a line reads and changes nothing, by its name.
  private static func isLook(_ line: String) -> Bool {
    let words = line.split(separator: " ").map(String.init)
    guard words.first == "aws" else { return Verb.named(words.first ?? "")?.group == .looking }
    guard words.count > 2 else { return true }
    return ["list-", "describe-", "get-", "lookup-"].contains { words[2].hasPrefix($0) }
      && words[2] != "get-records"
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
