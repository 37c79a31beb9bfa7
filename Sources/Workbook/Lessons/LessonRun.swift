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
  /// Steps that the lab did for the learner.
  var skipped: Set<String> = []
  /// Steps before the one at which the learner began.
  var before: Set<String> = []
  /// Hints shown, by step, as their places.
  package internal(set) var hintsShown: [String: Set<Int>] = [:]
  /// Steps whose solution was looked at.
  var sawSolution: Set<String> = []
  /// Feedback and hints that come by themselves, each once.
  var remarksShown: Set<String> = []
  /// Detours that feedback or a hint named, of this step.
  var detours: [String] = []
  /// What was done in the step at hand.
  var work = StepWork()
  /// Steps that a detour interrupted, the last one last.
  var suspended: [(place: Int, work: StepWork)] = []
  /// How each step was done.
  var routes: [Route] = []
  var predictions: [CourseHistory.Prediction] = []
  var lessonStart = 0
  /// The step and how it stands, for the transcript.
  var lastVerdict: String?

  init(_ lesson: Lesson) { self.lesson = lesson }

  package var step: Lesson.Step { lesson.steps[place] }
  package var isMet: Bool { met.contains(step.id) || step.isReading }
  /// Whether `next` leads on: the step was done, here or by the lab.
  var isPassed: Bool { isMet || skipped.contains(step.id) || before.contains(step.id) }

  /// `3 of 8`: of the steps that were entered or that the lab did, and those that are still to come on
  /// the shortest way from here.
  var ordinal: String {
    guard lesson.mainSteps.contains(place) else { return "detour" }
    let passed = lesson.mainSteps.filter { step in
      step < place
        && (visited.contains(lesson.steps[step].id) || before.contains(lesson.steps[step].id))
    }
    return "\(passed.count + 1) of \(passed.count + 1 + lesson.shortestWay(from: place))"
  }

  /// Takes over what the learner has seen in the same lesson: taking a line back makes nobody forget.
  mutating func remember(_ later: LessonRun) {
    guard later.lesson.id == lesson.id, later.lessonStart == lessonStart else { return }
    hintsShown.merge(later.hintsShown) { $0.union($1) }
    sawSolution.formUnion(later.sawSolution)
    if later.predictions.count > predictions.count { predictions = later.predictions }
  }

  /// A detour is nobody's duty: one may leave it as one came.
  var isAllMet: Bool {
    lesson.steps.allSatisfy {
      $0.isDetour || met.contains($0.id) || $0.isReading || !visited.contains($0.id)
    }
  }

  /// Steps that were entered: a branch leaves others out.
  var visited: Set<String> = []
}

/// What was done in one step.
struct StepWork {
  /// Where in the journal the step began.
  var start = 0
  /// When it began, on the lab's clock.
  var started: Instant?
  /// How many loads there were before it.
  var loads = 0
  /// The desk as it was then, without the lesson.
  var entry: [Desk] = []
  /// Verbs that were used: `xray`, `xray orders`, `who-can`, and how long the journal was when each
  /// was used last.
  var seen: [String: Int] = [:]
  /// Questions that were answered rightly, by their place.
  var answered: Set<Int> = []
  /// Predictions that were made, by their place.
  var foretold: Set<Int> = []
  /// What the learner typed that called AWS, made a file or changed the lab, and the verbs that the
  /// step asks for.
  var lines: [String] = []
  /// Those of the lines that were refused, by their places.
  var refused: Set<Int> = []
  /// How many calls the learner made; those of a load are one.
  var calls = 0
  /// How many of them changed something.
  var changes = 0
  /// Lines of the solution that are still to be put at the prompt.
  var queue: [String] = []
  /// Whether the world was as the step wants it when it was entered.
  var wasMetAtEntry = false
  /// Whether the question that comes first was put.
  var hasAsked = false
}

/// How a step was done: from which desk to which, by which lines.
struct Route {
  var step: String
  var lines: [String]
  var refused: Set<Int>
  var calls: Int
  var before: [Desk]
  var after: [Desk]
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
    keepPlace()
    let model = lesson.model ?? desk.world.model
    desk = desk.renewed(
      Cloud.start(seed: seed, at: lesson.clock ?? Cloud.firstInstant, model: model))
    for file in fixtures { desk.files[file.name] = Array(file.text.utf8) }
    for file in lesson.files { desk.files[file.name] = Array(file.text.utf8) }
    kept[lesson.id] = nil
    var failed: String?
    for command in lesson.setup {
      var quiet = Turn()
      run(command.text, &quiet)
      if quiet.status != 0, failed == nil {
        failed = "line \(command.line): \(quiet.errors.trimmingBlankLines)"
      }
    }
    desk.remarks = []
    desk.status = 0
    desk.lastReply = nil
    desk.lastOperation = nil
    desk.lesson = LessonRun(lesson)
    let start = desk.cloud.journal.count
    desk.lesson?.lessonStart = start
    desk.marks.append("lesson \(lesson.id) text:\(lesson.fingerprint)")
    turn.page.add(lesson.title, .heading)
    turn.page.add(
      "\(lesson.minutes) minutes · \(lesson.length) · model \(model.rawValue)", .note
    )
    let open = lesson.needs.filter { !finished.contains($0) }
    let (begun, none) = (open.filter(hasSkipped), open.filter { !hasSkipped($0) })
    if !none.isEmpty {
      turn.page.add("It builds on \(none.joined(separator: ", ")), not done yet.", .note)
    }
    if !begun.isEmpty {
      turn.page.add(
        "It builds on \(begun.joined(separator: ", ")), of which some steps were skipped.", .note)
    }
    if let failed { turn.page.add("The setup failed: \(failed)", .bad) }
    turn.page.add(Markdown.page(lesson.intro.map(personal)))
    turn.page.add("")
    enter(lesson.mainSteps.first ?? 0, &turn)
  }

  private func hasSkipped(_ lesson: String) -> Bool {
    course.missed.contains { $0.hasPrefix("\(lesson)/") }
  }

  /// Goes to a step and shows it.
  mutating func enter(_ place: Int, _ turn: inout Turn) {
    guard let lesson = desk.lesson?.lesson, lesson.steps.indices.contains(place) else { return }
    var entry = desk
    entry.lesson = nil
    desk.lesson?.place = place
    let work = StepWork(
      start: entry.cloud.journal.count, started: entry.world.now, loads: entry.loads.count,
      entry: [entry])
    desk.lesson?.work = work
    desk.lesson?.detours = []
    desk.lesson?.lastVerdict = nil
    let step = lesson.steps[place]
    desk.lesson?.visited.insert(step.id)
    desk.marks.append("step \(step.id)")
    learn("at:\(lesson.id)/\(step.id)", &turn)
    show(step, demonstrating: true, &turn)
    noteStanding(step, &turn)
  }

  /// Says of a step that is met as one enters it, by what was done before, that it is.
  private mutating func noteStanding(_ step: Lesson.Step, _ turn: inout Turn) {
    guard !step.checks.isEmpty, areChecksMet(of: step), var lessonRun = desk.lesson else { return }
    if lessonRun.skipped.contains(step.id) {
      desk.lesson?.work.wasMetAtEntry = true
      turn.page.add("")
      turn.page.add(
        "This stands as the lab made it when you skipped the step. next goes on; again begins the "
          + "step anew.", .note)
      return
    }
    guard case .met = state(of: step) else { return }
    lessonRun.met.insert(step.id)
    lessonRun.lastVerdict = "\(step.id) met"
    desk.lesson = lessonRun
    turn.page.add("")
    turn.page.add("This stands already, by what you did before: next goes on.", .good)
  }

  /// Whether the world is as the step wants it, whatever was answered.
  private func areChecksMet(of step: Lesson.Step) -> Bool {
    let judge = PredicateJudge(workbook: self)
    return step.checks.allSatisfy { $0.offPath != nil || judge.judge($0.predicate).holds }
  }

  /// Goes back to the step that a detour interrupted, as it was.
  mutating func leaveDetour(_ turn: inout Turn) {
    guard let (place, work) = desk.lesson?.suspended.popLast() else { return }
    desk.lesson?.place = place
    desk.lesson?.work = work
    desk.lesson?.lastVerdict = nil
    guard let lessonRun = desk.lesson else { return }
    desk.marks.append("step \(lessonRun.step.id)")
    learn("at:\(lessonRun.lesson.id)/\(lessonRun.step.id)", &turn)
    turn.page.add("Back from the detour.", .note)
    show(lessonRun.step, demonstrating: false, &turn)
  }

  /// The step behind this one; nothing at the end of the lesson.
  func following() -> Int? {
    guard let lessonRun = desk.lesson else { return nil }
    let judge = PredicateJudge(workbook: self)
    for branch in lessonRun.step.branches {
      guard branch.predicate.map({ judge.judge($0).holds }) ?? true else { continue }
      return lessonRun.lesson.step(branch.target)
    }
    return lessonRun.lesson.mainStep(after: lessonRun.place)
  }

  /// Prints a step again, or for the first time with what it demonstrates.
  mutating func show(_ step: Lesson.Step, demonstrating: Bool, _ turn: inout Turn) {
    guard let lessonRun = desk.lesson else { return }
    let place = lessonRun.ordinal == "detour" ? "A detour" : "Step \(lessonRun.ordinal)"
    turn.page.add("\(place): \(step.title)", .heading)
    var paragraph: [String] = []
    var predictions = 0
    func read(_ turn: inout Turn) {
      turn.page.add(Markdown.page(paragraph, trimming: false))
      paragraph = []
    }
    for line in step.prose {
      if case .text(let text) = line {
        paragraph.append(personal(text))
        continue
      }
      read(&turn)
      switch line {
      case .text: continue
      case .show(let command):
        turn.page.add("  $ \(command)", .quote)
        if demonstrating { demonstrate(command, &turn) }
      case .attempt(let command):
        turn.page.add("  try: \(command)", .next)
        if !command.contains("\n") { turn.effects.append(.suggest(command)) }
      case .predict(let command):
        predictions += 1
        if lessonRun.work.foretold.contains(predictions - 1) {
          turn.page.add("  foretold, and now to be run: \(command)", .next)
          if !command.contains("\n") { turn.effects.append(.suggest(command)) }
          continue
        }
        turn.page.add("  before you run it, as things stand: \(command)", .next)
        turn.page.add(
          "  predict allow, deny, throttle or fail (an error that refuses nobody); "
            + "predict deny 80 says how sure you are, 75 percent unless you say", .next)
      }
    }
    read(&turn)
    if isForetold {
      askOpen(&turn)
      desk.lesson?.work.hasAsked = true
    } else if !step.quizzes.isEmpty {
      turn.page.add("A question follows when you have foretold it, or run it.", .note)
    }
    if let golf = step.golf {
      turn.page.add(
        "For whoever likes a stretch: \(ShortNames.plural(golf, "call")) can do it.", .note)
    }
    if step.isReading {
      let isLast = lessonRun.suspended.isEmpty && following() == nil
      turn.page.add(isLast ? "next   ends the lesson" : "next   goes on", .next)
    }
  }

  /// Whether everything that the step wants foretold was foretold or run, in these words or in others
  /// that came to the same. Until then it asks nothing: its questions may say how it comes out.
  var isForetold: Bool {
    guard let lessonRun = desk.lesson else { return true }
    let (step, work) = (lessonRun.step, lessonRun.work)
    let isSaid = step.predictions.enumerated().allSatisfy { place, command in
      work.foretold.contains(place) || work.lines.contains(command)
    }
    return isSaid || (!step.checks.isEmpty && areChecksMet(of: step))
  }

  /// Asks the first question that is open; the next one comes when it is answered.
  func askOpen(_ turn: inout Turn) {
    guard let lessonRun = desk.lesson,
      let place = lessonRun.step.quizzes.indices.first(where: {
        !lessonRun.work.answered.contains($0)
      })
    else { return }
    ask(lessonRun.step.quizzes[place], &turn)
  }

  func ask(_ quiz: Lesson.Quiz, _ turn: inout Turn) {
    // A paragraph of its own, whatever stands before it.
    if turn.page.lines.last.map({ !$0.text.isEmpty && $0.style == .prose }) ?? false {
      turn.page.add("")
    }
    turn.page.add(quiz.question, .prose)
    for (index, choice) in quiz.choices.enumerated() {
      turn.page.add("  \(index + 1)  \(choice.text)")
    }
    turn.page.add("  answer NUMBER", .next)
  }

  private mutating func demonstrate(_ command: String, _ turn: inout Turn) {
    perform(command, &turn)
    let start = desk.cloud.journal.count
    desk.lesson?.work.start = start
  }

  /// Runs a line of the lesson in the learner's lab, and shows what came. It can neither read nor
  /// write the learner's disk.
  mutating func perform(_ command: String, _ turn: inout Turn) {
    var inner = Turn()
    let start = desk.cloud.journal.count
    let happened = desk.cloud.happenings.count
    run(command, &inner)
    for output in inner.outputs {
      if let page = output.page {
        turn.page.add(page, indented: 4)
      } else {
        turn.page.add(indented(output.text), .quote)
      }
    }
    guard desk.cloud.journal.count >= start else { return }
    let story = Story.page(
      desk.cloud, from: start, level: explain == .off ? .brief : explain,
      happenings: desk.cloud.happenings.suffix(from: happened), without: desk.bulk.map(\.range))
    turn.page.add(story, indented: 4)
    turn.page.add(inner.page, indented: 4)
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
      if !finding.holds { failed.append("\(check.predicate.shown)\n    \(finding.found)") }
    }
    let unanswered = step.quizzes.indices.filter {
      !(desk.lesson?.work.answered.contains($0) ?? false)
    }
    if failed.isEmpty, unanswered.isEmpty { return .met }
    for check in step.checks {
      if let name = check.offPath, isOffPath(check.predicate, judge) { return .offPath(name) }
    }
    if !unanswered.isEmpty {
      failed.append(
        isForetold
          ? "the question is still open: answer NUMBER"
          : "a question follows when you have foretold the command, or run it")
    }
    return .notYet(failed)
  }

  /// A way off the path is what this step's commands led to. What was so already when the step began
  /// counts once a command has changed something; what is still under way does not count yet.
  private func isOffPath(_ predicate: Predicate, _ judge: PredicateJudge) -> Bool {
    guard judge.judge(predicate).holds else { return false }
    if case .stream(let name, let field, _) = predicate.form,
      ["encryption", "key"].contains(field),
      StreamFacts.value("status", of: name, in: desk.world) == "UPDATING"
    {
      return false
    }
    return (desk.lesson?.work.changes ?? 0) > 0 || !heldAtEntry(predicate)
  }

  /// Whether something was so when the step at hand began.
  private func heldAtEntry(_ predicate: Predicate) -> Bool {
    guard var lessonRun = desk.lesson, let entry = lessonRun.work.entry.first else { return false }
    lessonRun.work = StepWork(
      start: entry.cloud.journal.count, started: entry.world.now, loads: entry.loads.count,
      entry: [entry])
    var then = self
    then.desk = entry
    then.desk.lesson = lessonRun
    return PredicateJudge(workbook: then).judge(predicate).holds
  }

  /// What the learner typed, for the page at the end and for comparing. `before` is the desk as it
  /// was in front of the line.
  mutating func noteWork(_ text: String, since before: Desk, _ turn: inout Turn) {
    guard desk.lesson != nil, !desk.isUndone, !desk.hasNewWorld, !desk.isPlaying, !desk.hasNewStep
    else { return }
    let journal = desk.cloud.journal
    var calls = desk.bulk.count
    var changes = calls
    let loads = desk.bulk.map(\.range)
    var place = min(before.cloud.journal.count, journal.count)
    // What a load asked for is one call of the learner's.
    for load in loads + [journal.count..<journal.count] {
      journal.scan(place..<max(place, load.lowerBound)) { _, event in
        if event.pointee.call.parent == 0 {
          calls += 1
          if event.pointee.error == nil, !event.pointee.operation.kind.isReadOnly { changes += 1 }
        }
        return true
      }
      place = max(place, load.upperBound)
    }
    desk.lesson?.work.changes += changes
    let isAsked = desk.lesson?.step.checks.contains { check in
      guard let what = check.predicate.form.verb else { return false }
      return text.prefix { $0 != " " } == what.prefix { $0 != " " }
    }
    if calls > 0 || desk.files != before.files || desk.variables != before.variables
      || desk.world.digest != before.world.digest || isAsked == true
    {
      let place = desk.lesson?.work.lines.count ?? 0
      if turn.status > 1 { desk.lesson?.work.refused.insert(place) }
      desk.lesson?.work.lines.append(text)
      desk.lesson?.work.calls += calls
    }
    if desk.lesson?.work.queue.first == text {
      desk.lesson?.work.queue.removeFirst()
      if let next = desk.lesson?.work.queue.first { turn.effects.append(.suggest(next)) }
    }
  }

  /// After each line: is the step done, and is there something to say?
  mutating func judgeStep(_ turn: inout Turn) {
    guard var lessonRun = desk.lesson, !lessonRun.step.isReading, !desk.isUndone, !desk.isPlaying
    else { return }
    // A step that was just entered is not judged by the line that led to it.
    if desk.marks.contains(where: { $0.hasPrefix("step ") }) { return }
    let step = lessonRun.step
    let state = state(of: step)
    switch state {
    case .met:
      lessonRun.lastVerdict = "\(step.id) met"
      // What the lab did is not done once more by whatever was typed next.
      if lessonRun.work.wasMetAtEntry, lessonRun.skipped.contains(step.id) { break }
      if lessonRun.met.insert(step.id).inserted {
        lessonRun.skipped.remove(step.id)
        var after = desk
        after.lesson = nil
        lessonRun.routes.append(
          Route(
            step: step.id, lines: lessonRun.work.lines, refused: lessonRun.work.refused,
            calls: lessonRun.work.calls, before: lessonRun.work.entry, after: [after]))
        desk.lesson = lessonRun
        turn.page.add("")
        turn.page.add("Done: \(step.title)", .good)
        noteOutcome(of: step, lessonRun, &turn)
      }
    case .notYet:
      lessonRun.lastVerdict = "\(step.id) not-yet"
      remark(step, &lessonRun, &turn)
      if !step.quizzes.isEmpty, !lessonRun.work.hasAsked, isForetold {
        lessonRun.work.hasAsked = true
        turn.page.add("")
        askOpen(&turn)
      }
    case .offPath(let name):
      lessonRun.lastVerdict = "\(step.id) off-path \(name)"
      if wantedModel != nil {
        // The other model may be all that is wrong.
        if lessonRun.remarksShown.insert("\(step.id) model").inserted { noteModel(&turn) }
        break
      }
      if lessonRun.remarksShown.insert("\(step.id) \(name)").inserted {
        let feedback = step.feedback.first { $0.name == name }
        turn.page.add("")
        turn.page.add("Off the path: \(Markdown.flowing(personal(feedback?.text ?? name)))", .bad)
        offer(feedback?.detour, &lessonRun, &turn)
      }
      remark(step, &lessonRun, &turn)
    }
    desk.lesson = lessonRun
  }

  /// What there is to say about a step that was just done.
  private mutating func noteOutcome(
    of step: Lesson.Step, _ lessonRun: LessonRun, _ turn: inout Turn
  ) {
    if let golf = step.golf {
      let calls = lessonRun.work.calls
      let words = "\(ShortNames.plural(calls, "call")); \(golf) can do it"
      turn.page.add(calls <= golf ? "\(words), and you did it" : words, .note)
    }
    let id = "\(lessonRun.lesson.id)/\(step.id)"
    if lessonRun.sawSolution.contains(step.id) {
      learn("missed:\(id)", &turn)
    } else if course.missed.contains(id) {
      learn("again:\(id)", &turn)
      turn.page.add("This one you had not done by yourself before. Now you have.", .good)
    }
    for term in step.teaches where Glossary.entry(term, lessonRun.lesson) != nil {
      turn.page.add("new in the glossary: \(term)", .note)
    }
    let isLast = lessonRun.suspended.isEmpty && following() == nil
    turn.page.add(
      isLast
        ? "next   ends the lesson"
        : lessonRun.suspended.isEmpty
          ? "next   goes on" : "next   goes back to the step you came from",
      .next)
  }

  /// Notes something about the course, here and for other sessions.
  mutating func learn(_ entry: String, _ turn: inout Turn) {
    course.note(entry)
    turn.effects.append(.learned(entry))
  }

  /// Hints that the state of the world calls for, each once.
  private func remark(_ step: Lesson.Step, _ lessonRun: inout LessonRun, _ turn: inout Turn) {
    for (index, hint) in step.hintWhen.enumerated() {
      let name = "\(step.id) hint-when \(index)"
      guard !lessonRun.remarksShown.contains(name), isCalledFor(hint) else { continue }
      lessonRun.remarksShown.insert(name)
      turn.page.add("")
      turn.page.add("Hint: \(Markdown.flowing(personal(hint.text)))", .note)
      offer(hint.detour, &lessonRun, &turn)
    }
  }

  /// What was so already when the step began calls for a hint once something was tried.
  private func isCalledFor(_ hint: Lesson.StateHint) -> Bool {
    guard PredicateJudge(workbook: self).judge(hint.predicate).holds else { return false }
    return (desk.lesson?.work.calls ?? 0) > 0 || !heldAtEntry(hint.predicate)
  }

  /// Hints that the state calls for, as often as one asks how the step stands.
  mutating func remind(_ turn: inout Turn) {
    guard let step = desk.lesson?.step else { return }
    for (index, hint) in step.hintWhen.enumerated() where isCalledFor(hint) {
      desk.lesson?.remarksShown.insert("\(step.id) hint-when \(index)")
      turn.page.add("Hint: \(Markdown.flowing(personal(hint.text)))", .note)
    }
  }

  /// The model for which the step at hand was written, where another is in force.
  var wantedModel: Model? {
    guard let lessonRun = desk.lesson else { return nil }
    var wanted = lessonRun.lesson.model ?? .described
    let place = lessonRun.place
    for (index, step) in lessonRun.lesson.steps.prefix(place + 1).enumerated() {
      for command in step.solutions.first ?? [] where command.text.hasPrefix("model ") {
        // The step that changes it may be done from either side.
        if index == place { return nil }
        wanted = Model(rawValue: String(command.text.dropFirst(6))) ?? wanted
      }
    }
    return wanted == desk.world.model ? nil : wanted
  }

  /// Says that the model in force is not the one for which the step was written.
  func noteModel(_ turn: inout Turn) {
    guard let wanted = wantedModel else { return }
    let now = desk.world.model
    turn.page.add(
      "This step is written for the model \(wanted.rawValue), and you are in \(now.rawValue): "
        + "`model \(wanted.rawValue)` goes back.", .note)
  }

  private func offer(_ detour: String?, _ lessonRun: inout LessonRun, _ turn: inout Turn) {
    guard let detour, let place = lessonRun.lesson.step(detour) else { return }
    if !lessonRun.detours.contains(detour) { lessonRun.detours.append(detour) }
    turn.page.add("detour   leads there: \(lessonRun.lesson.steps[place].title)", .next)
  }
}
