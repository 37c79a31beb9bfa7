import Cloud
import Commands
import Narration
import Values

/// Where a learner is in a lesson.
package struct LessonRun {
  package let lesson: Lesson
  package internal(set) var place = 0
  /// Steps that were done.
  package internal(set) var met: Set<String> = []
  /// Hints shown, by step.
  package internal(set) var hintsShown: [String: Int] = [:]
  /// Feedback and hints that come by themselves, each once.
  var remarksShown: Set<String> = []
  /// Verbs of looking that were used in this step: `xray orders`, `why`.
  var seen: Set<String> = []
  /// What the learner foretold.
  var foretold: String?
  var lessonStart = 0
  var stepStart = 0
  /// The step and how it stands, for the transcript.
  var lastVerdict: String?

  init(_ lesson: Lesson) { self.lesson = lesson }

  package var step: Lesson.Step { lesson.steps[place] }
  package var isMet: Bool { met.contains(step.id) || step.isReading }
}

/// How a step stands.
enum StepState {
  case met
  case notYet([String])
  case offPath(String)
}

extension Workbook {
  // MARK: Beginning and going on

  /// Starts a lesson in a world of its own.
  mutating func begin(_ lesson: Lesson, _ turn: inout Turn) {
    let model = lesson.model ?? desk.world.model
    desk.cloud = Cloud.start(seed: seed, at: lesson.clock ?? Cloud.firstInstant, model: model)
    desk.files = LabFiles()
    desk.variables = .init()
    desk.profile = "admin"
    for file in LessonShelf.fixtures { desk.files[file.name] = Array(file.text.utf8) }
    for file in lesson.files { desk.files[file.name] = Array(file.text.utf8) }
    desk.lesson = nil
    desk.drill = nil
    var quiet = Turn()
    for line in lesson.setup { run(line, &quiet) }
    desk.remarks = []
    desk.lesson = LessonRun(lesson)
    desk.lesson?.lessonStart = desk.cloud.journal.count
    desk.marks.append("lesson \(lesson.id) text:\(lesson.fingerprint)")
    turn.page.add(lesson.title, .heading)
    turn.page.add("\(lesson.minutes) minutes · model \(model.rawValue)", .note)
    if quiet.status != 0 { turn.page.add("The setup failed: \(quiet.errors)", .bad) }
    for line in lesson.intro.trimmingBlanks { turn.page.add(Markdown.plain(line)) }
    turn.page.add("")
    enter(0, &turn)
  }

  /// Goes to a step and shows it.
  mutating func enter(_ place: Int, _ turn: inout Turn) {
    guard let lesson = desk.lesson?.lesson else { return }
    desk.lesson?.place = place
    desk.lesson?.stepStart = desk.cloud.journal.count
    desk.lesson?.seen = []
    desk.lesson?.foretold = nil
    desk.lesson?.lastVerdict = nil
    let step = lesson.steps[place]
    desk.marks.append("step \(step.id)")
    show(step, demonstrating: true, &turn)
  }

  /// Prints a step again, or for the first time with what it demonstrates.
  mutating func show(_ step: Lesson.Step, demonstrating: Bool, _ turn: inout Turn) {
    guard let lessonRun = desk.lesson else { return }
    turn.page.add(
      "Step \(lessonRun.place + 1) of \(lessonRun.lesson.steps.count): \(step.title)", .heading)
    for line in step.prose {
      switch line {
      case .text(let text): turn.page.add(Markdown.plain(text))
      case .show(let command):
        turn.page.add("  $ \(command)", .quote)
        if demonstrating { demonstrate(command, &turn) }
      case .attempt(let command):
        turn.page.add("  try: \(command)", .next)
        turn.effects.append(.suggest(command))
      case .predict(let command):
        turn.page.add("  before you run it: \(command)", .next)
        turn.page.add("  predict allow, predict deny or predict throttle", .next)
      }
    }
    for quiz in step.quizzes {
      turn.page.add(quiz.question)
      for (index, choice) in quiz.choices.enumerated() {
        turn.page.add("  \(index + 1)  \(choice.text)")
      }
      turn.page.add("  answer NUMBER", .next)
    }
    if step.isReading, lessonRun.place + 1 < lessonRun.lesson.steps.count {
      turn.page.add("next   goes on", .next)
    } else if step.isReading {
      turn.page.add("next   ends the lesson", .next)
    }
  }

  private mutating func demonstrate(_ command: String, _ turn: inout Turn) {
    var inner = Turn()
    let start = desk.cloud.journal.count
    run(command, &inner)
    for output in inner.outputs { turn.page.add(indented(output.text), .quote) }
    let story = Story.page(desk.cloud, from: start, level: explain == .off ? .brief : explain)
    turn.page.add(story, indented: 4)
    turn.page.add(inner.page, indented: 4)
    desk.lesson?.stepStart = desk.cloud.journal.count
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }

  // MARK: Judging

  func state(of step: Lesson.Step) -> StepState {
    let judge = PredicateJudge(workbook: self)
    var failed: [String] = []
    for check in step.checks where check.offPath == nil {
      let finding = judge.judge(check.predicate)
      if !finding.holds { failed.append("\(check.predicate.text)\n    \(finding.found)") }
    }
    let unanswered = step.quizzes.indices.filter {
      !(desk.lesson?.seen.contains("answer \($0 + 1)") ?? false)
    }
    if failed.isEmpty, unanswered.isEmpty { return .met }
    for check in step.checks {
      if let name = check.offPath, judge.judge(check.predicate).holds { return .offPath(name) }
    }
    if !unanswered.isEmpty { failed.append("the question is still open: answer NUMBER") }
    return .notYet(failed)
  }

  /// After each line: is the step done, and is there something to say?
  mutating func judgeStep(_ turn: inout Turn) {
    guard var lessonRun = desk.lesson, !lessonRun.step.isReading, !desk.isUndone else { return }
    // A step that was just entered is not judged by the line that led to it.
    if desk.marks.contains(where: { $0.hasPrefix("step ") }) { return }
    let step = lessonRun.step
    let state = state(of: step)
    switch state {
    case .met:
      lessonRun.lastVerdict = "\(step.id) met"
      if lessonRun.met.insert(step.id).inserted {
        desk.lesson = lessonRun
        turn.page.add("")
        turn.page.add("Done: \(step.title)", .good)
        let isLast = lessonRun.place + 1 == lessonRun.lesson.steps.count
        turn.page.add(isLast ? "next   ends the lesson" : "next   goes on", .next)
      }
    case .notYet:
      lessonRun.lastVerdict = "\(step.id) not-yet"
      remark(step, &lessonRun, &turn)
    case .offPath(let name):
      lessonRun.lastVerdict = "\(step.id) off-path \(name)"
      if lessonRun.remarksShown.insert("\(step.id) \(name)").inserted {
        let text = step.feedback.first { $0.name == name }?.text
        turn.page.add("")
        turn.page.add("Off the path: \(text ?? name)", .bad)
      }
      remark(step, &lessonRun, &turn)
    }
    desk.lesson = lessonRun
  }

  /// Hints that the state of the world calls for, each once.
  private func remark(_ step: Lesson.Step, _ lessonRun: inout LessonRun, _ turn: inout Turn) {
    let judge = PredicateJudge(workbook: self)
    for (index, hint) in step.hintWhen.enumerated() {
      let name = "\(step.id) hint-when \(index)"
      guard !lessonRun.remarksShown.contains(name), judge.judge(hint.predicate).holds else {
        continue
      }
      lessonRun.remarksShown.insert(name)
      turn.page.add("")
      turn.page.add("Hint: \(hint.text)", .note)
    }
  }
}

/// Markdown as a terminal shows it.
enum Markdown {
  /// Without the marks for emphasis; code keeps its backquotes.
  static func plain(_ line: String) -> String { line.replacing("**", with: "") }
}

extension Array where Element == String {
  /// Without empty lines at either end.
  var trimmingBlanks: [String] {
    var rest = self[...]
    while rest.first?.isEmpty == true { rest.removeFirst() }
    while rest.last?.isEmpty == true { rest.removeLast() }
    return Array(rest)
  }
}
