import Narration
import Values

/// The gates that every lesson must pass.
package struct LessonLint {
  package struct Problem: Hashable, Sendable {
    package var file: String
    /// From 1; 0 for the whole lesson.
    package var line: Int
    package var text: String

    package var description: String { line > 0 ? "\(file):\(line): \(text)" : "\(file): \(text)" }
  }

  /// A lesson that goes without the others, and where it stands.
  private let lesson: Lesson
  private let file: String
  private var problems: [Problem] = []

  /// Everything that is wrong with a lesson's text; `known` are the ids of all lessons.
  package static func problems(in text: String, file: String, known: [String]) -> [Problem] {
    let lesson: Lesson
    do throws(LessonError) {
      lesson = try LessonParser.parse(
        text, file: file, fingerprint: Fingerprint.text(of: text))
    } catch {
      return [Problem(file: error.file, line: error.line, text: error.problem)]
    }
    var lint = LessonLint(lesson: lesson, file: file)
    lint.checkLinks(known)
    lint.checkHints()
    lint.walk()
    return lint.problems
  }

  private init(lesson: Lesson, file: String) {
    self.lesson = lesson
    self.file = file
  }

  private mutating func report(_ text: String, _ step: Lesson.Step? = nil) {
    problems.append(Problem(file: file, line: step?.line ?? 0, text: text))
  }

  private mutating func checkLinks(_ known: [String]) {
    let own = known.firstIndex(of: lesson.id) ?? known.count
    for need in lesson.needs {
      if let place = known.firstIndex(of: need) {
        if place >= own { report("needs \(need), which does not come before it") }
      } else {
        report("needs \(need), which is no lesson")
      }
    }
    for step in lesson.steps {
      let names = step.feedback.map(\.name)
      for name in step.checks.compactMap(\.offPath) where !names.contains(name) {
        report("the way off the path \(name) has no feedback", step)
      }
      for wrong in step.wrongs where !step.checks.contains(where: { $0.offPath == wrong.expects }) {
        report("the wrong attempt \(wrong.id) expects \(wrong.expects), which no check names", step)
      }
      if !step.checks.isEmpty, step.solutions.isEmpty, step.quizzes.isEmpty {
        report("the step \(step.id) has a check and no solution", step)
      }
      if step.title.isEmpty { report("the step \(step.id) has no title (## …)", step) }
    }
  }

  /// A hint leads to the solution and does not contain it.
  private mutating func checkHints() {
    for step in lesson.steps {
      let hints = step.hints.map { $0.text.joined(separator: "\n") }.joined(separator: "\n")
      for line in step.solutions.flatMap({ $0 }).map(\.text) where hints.contains(line) {
        report("a hint of \(step.id) contains the solution's line \(JSON.quoted(line))", step)
      }
    }
  }

  // MARK: Walking through

  /// Takes the lesson from step to step: untouched steps fail, solutions pass, wrong attempts are
  /// told what they are.
  private mutating func walk() {
    var workbook = Workbook()
    workbook.explain = .off
    var turn = Turn()
    workbook.begin(lesson, &turn)
    if let failed = turn.page.lines.first(where: { $0.text.hasPrefix("The setup failed") }) {
      report(failed.text)
    }
    for (index, step) in lesson.steps.enumerated() {
      if index > 0 {
        var turn = Turn()
        workbook.enter(index, &turn)
      }
      if step.isReading { continue }
      if case .met = workbook.state(of: step) {
        report("the untouched step \(step.id) already passes its check", step)
      }
      tryWrongs(of: step, workbook)
      guard let after = trySolutions(of: step, workbook) else { continue }
      workbook = after
    }
  }

  private mutating func tryWrongs(of step: Lesson.Step, _ start: Workbook) {
    for wrong in step.wrongs {
      var workbook = start
      for line in wrong.commands { _ = workbook.feed(line.text) }
      if case .offPath(let name) = workbook.state(of: step), name == wrong.expects { continue }
      report("the wrong attempt \(wrong.id) does not raise \(wrong.expects)", step)
    }
  }

  /// The workbook after the first solution; nothing when it does not pass.
  private mutating func trySolutions(of step: Lesson.Step, _ start: Workbook) -> Workbook? {
    var first: Workbook?
    for solution in step.solutions.map({ $0.map(\.text) }) {
      let after = run(solution, from: start)
      guard case .met = after.state(of: step) else {
        let verdict = describe(after.state(of: step))
        report("a solution of \(step.id) does not pass: \(verdict)", step)
        continue
      }
      if first == nil { first = after }
      for index in solution.indices where solution.count > 1 {
        var shorter = solution
        shorter.remove(at: index)
        if case .met = run(shorter, from: start).state(of: step) {
          report(
            "the solution of \(step.id) passes without its line \(JSON.quoted(solution[index]))",
            step)
        }
      }
    }
    if step.solutions.isEmpty, !step.quizzes.isEmpty { return answer(step, start) }
    if var workbook = first {
      for (index, quiz) in step.quizzes.enumerated()
      where !(workbook.desk.lesson?.work.answered.contains(index) ?? false) {
        _ = workbook.feed("answer \(quiz.answer)")
      }
      return workbook
    }
    return nil
  }

  private func answer(_ step: Lesson.Step, _ start: Workbook) -> Workbook {
    var workbook = start
    for quiz in step.quizzes {
      let right = quiz.choices.firstIndex { $0.isRight } ?? 0
      _ = workbook.feed("answer \(right + 1)")
    }
    return workbook
  }

  private func run(_ lines: [String], from start: Workbook) -> Workbook {
    var workbook = start
    for line in lines { _ = workbook.feed(line) }
    return workbook
  }

  private func describe(_ state: StepState) -> String {
    switch state {
    case .met: "met"
    case .notYet(let failed): failed.joined(separator: "; ").replacing("\n", with: " ")
    case .offPath(let name): "off the path, \(name)"
    }
  }
}
