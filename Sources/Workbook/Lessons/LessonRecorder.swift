import Narration
import Values

/// Writes the transcripts of a lesson: the way by its solutions, and its wrong ways.
package enum LessonRecorder {
  /// From the first step to the last by the first solutions. Nothing when it is not finished.
  package static func reference(
    of lesson: Lesson, shelving: [String] = []
  ) -> (text: String, isFinished: Bool) {
    var workbook = Workbook()
    var lines = workbook.header
    func feed(_ text: String) { lines += workbook.feed(text).record }
    for line in shelving { feed(line) }
    feed("lesson \(lesson.id)")
    var patience = 2 * lesson.steps.count
    while let lessonRun = workbook.desk.lesson, patience > 0 {
      patience -= 1
      for command in lessonRun.step.predictions {
        feed("predict \(workbook.outcome(of: command))")
      }
      for command in lessonRun.step.solutions.first ?? [] { feed(command.text) }
      for (index, quiz) in lessonRun.step.quizzes.enumerated()
      where !(workbook.desk.lesson?.work.answered.contains(index) ?? true) {
        feed("answer \(quiz.answer)")
      }
      feed("next")
    }
    return (lines.map { $0 + "\n" }.joined(), workbook.finished.contains(lesson.id))
  }

  /// Every wrong attempt, each from its own step. Nothing where the lesson has none.
  package static func wrongWays(of lesson: Lesson, shelving: [String] = []) -> String? {
    guard lesson.steps.contains(where: { !$0.wrongs.isEmpty }) else { return nil }
    var workbook = Workbook()
    var lines = workbook.header
    func feed(_ text: String) { lines += workbook.feed(text).record }
    for line in shelving { feed(line) }
    for step in lesson.steps {
      for wrong in step.wrongs {
        lines.append("# \(step.id): \(wrong.id) is told \(wrong.expects)")
        if step.isDetour {
          feed("lesson \(lesson.id) \(lesson.steps[lesson.mainSteps.first ?? 0].id)")
          feed("detour \(step.id)")
        } else {
          feed("lesson \(lesson.id) \(step.id)")
        }
        for command in wrong.commands { feed(command.text) }
        takeDetour(of: wrong, step, in: lesson, feed)
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The way that feedback offers, there and back.
  private static func takeDetour(
    of wrong: Lesson.Wrong, _ step: Lesson.Step, in lesson: Lesson, _ feed: (String) -> Void
  ) {
    guard let id = step.feedback.first(where: { $0.name == wrong.expects })?.detour,
      let detour = lesson.step(id).map({ lesson.steps[$0] })
    else { return }
    feed("detour \(id)")
    for command in detour.solutions.first ?? [] { feed(command.text) }
    for quiz in detour.quizzes { feed("answer \(quiz.answer)") }
    feed("next")
  }

  /// Lessons without their transcripts, and transcripts without their lesson.
  package static func problems(
    in transcripts: [(file: String, text: String)], shelf: [LessonShelf.Entry]
  ) -> [LessonLint.Problem] {
    var problems: [LessonLint.Problem] = []
    let lessons = shelf.compactMap { try? $0.lesson() }
    var finished: Set<String> = []
    var told: Set<String> = []
    for (file, text) in transcripts {
      var here: String?
      var brings = false
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        if line.hasPrefix("> shelve ") { brings = true }
        if line.hasPrefix("@ lesson ") {
          let words = line.split(separator: " ").map(String.init)
          let id = words.count > 2 ? words[2] : ""
          here = id
          let lesson = lessons.first { $0.id == id }
          if lesson == nil, !brings {
            problems.append(
              .init(file: file, line: index + 1, text: "there is no lesson \(id) any more"))
          } else if let lesson, let print = words.last, print.hasPrefix("text:"),
            print != "text:\(lesson.fingerprint)"
          {
            problems.append(
              .init(
                file: file, line: index + 1,
                text: "it is of another text of \(id): keyhole record-lesson \(id), or keyhole "
                  + "replay --update"))
          }
        } else if line.hasPrefix("@ finished ") {
          finished.insert(String(line.dropFirst(11)))
        } else if line.hasPrefix("? "), let here {
          told.insert("\(here) \(line.dropFirst(2))")
        }
      }
    }
    for lesson in lessons {
      let file = shelf.first { $0.id == lesson.id }?.file ?? lesson.id
      if !finished.contains(lesson.id) {
        problems.append(
          .init(
            file: file, line: 0,
            text: "no transcript takes \(lesson.id) to its end: keyhole record-lesson \(lesson.id)")
        )
      }
      for step in lesson.steps {
        for wrong in step.wrongs
        where !told.contains("\(lesson.id) \(step.id) off-path \(wrong.expects)") {
          problems.append(
            .init(
              file: file, line: wrong.line,
              text: "no transcript has the wrong attempt \(wrong.id): keyhole record-lesson "
                + lesson.id))
        }
      }
    }
    return problems
  }
}
