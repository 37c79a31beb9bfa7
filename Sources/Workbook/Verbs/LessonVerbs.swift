import Cloud
import Commands
import Narration
import Values

extension Verb {
  static let lessonVerbs: [Verb] = [
    Verb("help [VERB]", .learning, "what there is to type", example: "help xray") {
      workbook, call, turn in
      workbook.help(call, &turn)
    },
    Verb("lessons", .learning, "the lessons, in order", example: "lessons") { workbook, _, turn in
      workbook.listLessons(&turn)
    },
    Verb(
      "lesson ID [STEP]", .learning,
      "begin a lesson in a world of its own, or go on with one; STEP: with what is before it done",
      example: "lesson 1"
    ) {
      workbook, call, turn in
      workbook.beginLesson(call, &turn)
    },
    Verb("next", .learning, "go on to the next step", example: "next") { workbook, call, turn in
      workbook.next(call, &turn)
    },
    Verb("back", .learning, "show the step before", example: "back") { workbook, call, turn in
      workbook.back(call, &turn)
    },
    Verb("task", .learning, "show this step again", example: "task") { workbook, call, turn in
      if workbook.answeredByDrill("task", &turn) { return }
      guard workbook.place(call, &turn) != nil, let step = workbook.desk.lesson?.step else {
        return
      }
      workbook.show(step, demonstrating: false, &turn)
    },
    Verb("hint", .learning, "the next rung of the hint ladder", example: "hint") {
      workbook, call, turn in
      workbook.hint(call, &turn)
    },
    Verb(
      "check [PREDICATE]", .learning, "how the step stands, or whether something is so",
      example: "check stream my-existing-stream encryption = KMS"
    ) { workbook, call, turn in
      workbook.check(call, &turn)
    },
    Verb("solution", .learning, "one way through this step", example: "solution") {
      workbook, call, turn in
      workbook.solution(call, &turn)
    },
    Verb("skip", .learning, "have the lab do this step, and say what it did", example: "skip") {
      workbook, call, turn in
      workbook.skip(call, &turn)
    },
    Verb("reset", .learning, "begin the lesson, or the empty lab, anew", example: "reset") {
      workbook, _, turn in
      workbook.reset(&turn)
    },
    Verb("progress", .learning, "what is done", example: "progress") { workbook, _, turn in
      workbook.progress(&turn)
    },
  ]
}

extension Workbook {
  fileprivate mutating func help(_ call: VerbCall, _ turn: inout Turn) {
    if let name = call.words.first {
      if name == "aws" {
        let words = call.words.dropFirst()
        return runAWS(Array(words) + (words.last == "help" ? [] : ["help"]), &turn)
      }
      guard let verb = Verb.named(name) else {
        if let line = AWSHelp.line(about: name) {
          return turn.print("\(JSON.quoted(name)) is AWS's: \(line) tells about it\n")
        }
        let near = NearNames.of(name, among: Verb.table.map(\.name))
        turn.complain(
          "There is no verb \(JSON.quoted(name))."
            + (near.isEmpty ? "" : " Did you mean \(near[0])?") + "\n", status: 2)
        return
      }
      turn.print("\(verb.synopsis)\n  \(verb.summary)\n  example: \(verb.example)\n")
      if name == "load" || name == "programs" {
        var page = Page()
        page.add("Options", .heading)
        page.add(
          table: LoadOptions.table.map {
            ["  " + $0.name + ($0.value.isEmpty ? "" : " " + $0.value), $0.meaning]
          })
        turn.print(page)
      }
      return
    }
    var page = Page()
    for group in Verb.Group.allCases {
      page.add(group.rawValue, .heading)
      for verb in Verb.table where verb.group == group {
        // A long synopsis has a line of its own, so that the others need not stand far from theirs.
        let isLong = verb.synopsis.count > 26
        if isLong { page.add("  " + verb.synopsis) }
        page.add("  " + (isLong ? "" : verb.synopsis).padded(to: 26) + "  " + verb.summary)
      }
    }
    page.add("AWS", .heading)
    page.add("  aws SERVICE OPERATION …   as you would type it; aws help lists what there is")
    turn.print(page)
  }

  fileprivate func listLessons(_ turn: inout Turn) {
    var rows: [[String]] = []
    var minutes = 0
    for (index, entry) in shelf.enumerated() {
      do throws(LessonError) {
        let lesson = try entry.lesson()
        let isDone = finished.contains(lesson.id)
        if !isDone { minutes += lesson.minutes }
        let isBegun = kept[lesson.id] != nil || course.places[lesson.id] != nil
        let open = lesson.needs.filter { !finished.contains($0) }
        rows.append([
          isDone ? "done" : isBegun ? "begun" : open.isEmpty ? "" : "later", String(index + 1),
          lesson.id, lesson.title, "\(lesson.minutes) min",
          open.isEmpty || isDone ? "" : "after \(open.joined(separator: ", "))",
        ])
      } catch {
        rows.append(["!", String(index + 1), entry.id, error.text, "", ""])
      }
    }
    var page = Page()
    page.add(table: rows)
    if minutes > 0 { page.add("About \(minutes) minutes to go", .note) }
    page.add("lesson ID   begins one, or goes on with it", .next)
    turn.print(page)
  }

  fileprivate mutating func beginLesson(_ call: VerbCall, _ turn: inout Turn) {
    guard (1...2).contains(call.words.count) else {
      return turn.misuse(call, "lesson wants one name; lessons lists them")
    }
    let id = call.words[0]
    guard let entry = lessonEntry(id) else {
      let near = NearNames.of(id, among: shelf.map(\.id))
      return turn.misuse(
        call,
        "There is no lesson \(JSON.quoted(id))."
          + (near.isEmpty ? " lessons lists them." : " Did you mean \(near[0])?"))
    }
    let lesson: Lesson
    do throws(LessonError) {
      lesson = try entry.lesson()
    } catch {
      return turn.complain("\(error.text)\n", status: 1)
    }
    if call.words.count == 2 {
      return begin(lesson, at: call.words[1], call, &turn)
    }
    let isIn = desk.lesson?.lesson.fingerprint == lesson.fingerprint
    if isIn || kept[lesson.id]?.lesson?.lesson.fingerprint == lesson.fingerprint {
      return goOn(lesson, &turn)
    }
    let place = course.places[lesson.id].flatMap { lesson.step($0) }
    begin(lesson, &turn)
    if let place, place != desk.lesson?.place {
      turn.page.add(
        "You were further once: lesson \(lesson.id) \(lesson.steps[place].id)   goes there", .next)
    }
  }

  /// Goes on with a lesson that was left, in the lab as it was.
  private mutating func goOn(_ lesson: Lesson, _ turn: inout Turn) {
    if desk.lesson?.lesson.id != lesson.id, let left = kept[lesson.id] {
      keepPlace()
      let marks = desk.marks
      desk = left
      desk.marks = marks + ["lesson \(lesson.id) text:\(lesson.fingerprint)"]
      kept[lesson.id] = nil
    }
    guard let lessonRun = desk.lesson else { return }
    desk.marks.append("step \(lessonRun.step.id)")
    turn.page.add("\(lesson.title): you are where you left. reset begins it anew.", .note)
    show(lessonRun.step, demonstrating: false, &turn)
  }

  /// Begins a lesson at a step: what comes before it is done by the lesson's own solutions.
  private mutating func begin(
    _ lesson: Lesson, at step: String, _ call: VerbCall, _ turn: inout Turn
  ) {
    // By its name, or by its place on the way, which the screen shows.
    guard let target = lesson.step(step) ?? lesson.mainSteps.element(called: step),
      !lesson.steps[target].isDetour
    else {
      let names = lesson.mainSteps.map { lesson.steps[$0].id }
      let near = NearNames.of(step, among: names)
      return turn.misuse(
        call,
        "\(lesson.id) has no step \(JSON.quoted(step)): "
          + (near.isEmpty ? names.joined(separator: ", ") : "did you mean \(near[0])?"))
    }
    // What was done in it by hand is out of sight now.
    let own = desk.lesson.flatMap { $0.lesson.id == lesson.id ? $0 : nil }
    let hasOwn = !(own?.met.isEmpty ?? true) || kept[lesson.id] != nil
    var copy = self
    var quiet = Turn()
    copy.begin(lesson, &quiet)
    var patience = lesson.steps.count
    while let place = copy.desk.lesson?.place, place != target, patience > 0 {
      copy.doStep(quietly: true, &quiet)
      if let step = copy.desk.lesson?.step.id { copy.desk.lesson?.before.insert(step) }
      guard let next = copy.following() else { break }
      copy.enter(next, &quiet)
      patience -= 1
    }
    guard copy.desk.lesson?.place == target else {
      return turn.misuse(call, "The solutions of \(lesson.id) do not lead to \(step)")
    }
    copy.desk.marks = ["lesson \(lesson.id) text:\(lesson.fingerprint)"]
    copy.course = course
    self = copy
    turn.page.add(lesson.title, .heading)
    if target != lesson.mainSteps.first {
      turn.page.add("The lab did the steps before this one, by the lesson's solutions.", .note)
    }
    if hasOwn {
      turn.page.add("Your own run of it was put away for this; undo brings it back.", .note)
    }
    enter(target, &turn)
  }

  /// Puts the lesson at hand aside, so that `lesson ID` goes on with it.
  mutating func keepPlace() {
    let left = desk.played.first ?? desk
    guard let id = left.lesson?.lesson.id else { return }
    kept[id] = left
    kept[id]?.marks = []
    kept[id]?.remarks = []
  }

  /// The place in the lesson; says so when there is none.
  func place(_ call: VerbCall, _ turn: inout Turn) -> Int? {
    if desk.lesson == nil {
      turn.complain("You are in no lesson: lessons lists them, lesson ID begins one.\n", status: 1)
      return nil
    }
    if desk.isPlaying, ["next", "skip", "back", "predict", "answer", "detour"].contains(call.name) {
      turn.complain("You are playing beside the lesson: return goes back to it.\n", status: 1)
      return nil
    }
    return desk.lesson?.place
  }

  fileprivate mutating func back(_ call: VerbCall, _ turn: inout Turn) {
    guard let place = place(call, &turn), let lessonRun = desk.lesson else { return }
    if !lessonRun.suspended.isEmpty { return leaveDetour(&turn) }
    guard let before = lessonRun.lesson.mainSteps.last(where: { $0 < place }) else {
      return turn.print("This is the first step.\n")
    }
    enter(before, &turn)
  }

  fileprivate mutating func next(_ call: VerbCall, _ turn: inout Turn) {
    guard place(call, &turn) != nil, let lessonRun = desk.lesson else { return }
    let step = lessonRun.step
    if !lessonRun.isPassed, case .met = state(of: step) { judgeStep(&turn) }
    guard desk.lesson?.isPassed ?? true else {
      turn.print("Not yet: \(step.title)\n")
      explainState(&turn)
      turn.page.add(
        step.checks.isEmpty
          ? "answer NUMBER, or skip to be told"
          : step.hints.isEmpty
            ? "solution, or skip to have the lab do it" : "hint, or skip to have the lab do it",
        .next)
      return
    }
    goOn(&turn)
  }

  /// The step behind this one, or the end.
  private mutating func goOn(_ turn: inout Turn) {
    if let next = following(), desk.lesson?.suspended.isEmpty ?? true || isDetour(next) {
      enter(next, &turn)
    } else if !(desk.lesson?.suspended.isEmpty ?? true) {
      leaveDetour(&turn)
    } else {
      finish(&turn)
    }
  }

  private func isDetour(_ place: Int) -> Bool {
    desk.lesson?.lesson.steps[place].isDetour ?? false
  }

  private mutating func finish(_ turn: inout Turn) {
    guard let lessonRun = desk.lesson else { return }
    let lesson = lessonRun.lesson
    desk.marks.append("finished \(lesson.id)")
    if lessonRun.isAllMet { learn("done:\(lesson.id)", &turn) }
    let page = summary(of: lessonRun, hasEnded: true)
    lastSummary = page
    desk.lesson = nil
    turn.page.add(
      lessonRun.isAllMet
        ? "You finished: \(lesson.title)" : "The end of \(lesson.title), with steps skipped", .good)
    turn.page.add("")
    turn.page.add(page)
    turn.page.add("")
    turn.page.add("The lab stays as it is: go on trying things, or take the next lesson.")
    if let next = nextLesson(after: lesson.id) { turn.page.add("lesson \(next)", .next) }
  }

  /// The first lesson behind this one that is open and not done, or else the first of all.
  private func nextLesson(after id: String) -> String? {
    let entries = shelf
    let place = entries.firstIndex { $0.id == id } ?? 0
    let order = entries[place...] + entries[..<place]
    return order.first { entry in
      guard entry.id != id, !finished.contains(entry.id), let lesson = try? entry.lesson() else {
        return false
      }
      return lesson.needs.allSatisfy { finished.contains($0) || $0 == id }
    }?.id
  }

  /// Does the step at hand by its first solution and right answers.
  fileprivate mutating func doStep(quietly: Bool, _ turn: inout Turn) {
    guard let step = desk.lesson?.step, !step.isReading else { return }
    // Its answers stand below, with their reasons.
    for command in step.solutions.first ?? [] where !command.text.hasPrefix("answer ") {
      if !quietly { turn.page.add("  $ \(command.text)", .quote) }
      var inner = Turn()
      perform(command.text, &inner)
      if !quietly { turn.page.add(inner.page, indented: 2) }
    }
    for (index, quiz) in step.quizzes.enumerated() {
      let choice = quiz.choices[quiz.answer - 1]
      if !quietly {
        turn.page.add("  \(quiz.question)")
        turn.page.add("  \(quiz.answer)  \(choice.text): \(choice.reason)", .good)
      }
      desk.lesson?.work.answered.insert(index)
    }
  }

  fileprivate mutating func skip(_ call: VerbCall, _ turn: inout Turn) {
    guard place(call, &turn) != nil, let lessonRun = desk.lesson else { return }
    let step = lessonRun.step
    if lessonRun.isMet { return goOn(&turn) }
    turn.page.add("The lab does this step for you: \(step.title)", .heading)
    if let wanted = wantedModel {
      turn.page.add(
        "It is written for the model \(wanted.rawValue): the lab goes over to it.", .note)
    }
    takeWantedModel()
    if !leadsHere(step), let entry = lessonRun.work.entry.first {
      // Where one's own way has closed the lesson's, the lab begins where the step began, or where the
      // lesson's own way comes to it.
      var anew = self
      anew.startAnew(from: entry)
      anew.takeWantedModel()
      var place = "back to where the step began"
      if !anew.leadsHere(step) {
        var quiet = Turn()
        anew = self
        anew.begin(lessonRun.lesson, at: step.id, call, &quiet)
        place = "to where the lesson's own way comes to this step"
      }
      if anew.desk.lesson?.step.id == step.id, anew.leadsHere(step) {
        turn.page.add(
          "From how your lab stands it cannot: it goes \(place). undo brings your own way back.",
          .note)
        self = anew
      }
    }
    doStep(quietly: false, &turn)
    if case .met = state(of: step) {
      if !step.checks.isEmpty { turn.page.add("So it stands as the step wants it:", .note) }
    } else {
      turn.page.add("Your lab has gone another way, and the step is still not met:", .note)
      noteModel(&turn)
    }
    let judge = PredicateJudge(workbook: self)
    for check in step.checks where check.offPath == nil {
      let finding = judge.judge(check.predicate)
      turn.page.add(
        "  \(finding.holds ? "yes" : "no ")  \(check.predicate.shown)",
        finding.holds ? .good : .bad)
    }
    turn.page.add("")
    desk.lesson?.skipped.insert(step.id)
    desk.marks.append("skipped \(step.id)")
    learn("missed:\(lessonRun.lesson.id)/\(step.id)", &turn)
    goOn(&turn)
  }

  /// Goes over to the model for which the step at hand was written.
  private mutating func takeWantedModel() {
    guard let wanted = wantedModel else { return }
    var quiet = Turn()
    run("model \(wanted.rawValue)", &quiet)
  }

  /// Whether the step's solution does it in the lab as it stands.
  private func leadsHere(_ step: Lesson.Step) -> Bool {
    var trial = self
    var quiet = Turn()
    trial.doStep(quietly: true, &quiet)
    if case .met = trial.state(of: step) { return true }
    return false
  }

  /// Puts the lab back to where the step at hand began; the course goes on.
  private mutating func startAnew(from entry: Desk) {
    var desk = entry
    desk.lesson = self.desk.lesson
    desk.marks = self.desk.marks
    // What is taken back is in no script either; the line at hand is.
    if let line = self.desk.lines.last { desk.lines.append(line) }
    desk.lesson?.work = StepWork(
      start: entry.cloud.journal.count, started: entry.world.now, loads: entry.loads.count,
      entry: [entry])
    self.desk = desk
  }

  mutating func explainState(_ turn: inout Turn) {
    guard let step = desk.lesson?.step else { return }
    switch state(of: step) {
    case .met: turn.page.add("Met: \(step.title)", .good)
    case .notYet(let failed):
      for text in failed { turn.page.add("  not yet  \(text)") }
      remind(&turn)
      noteModel(&turn)
    case .offPath(let name):
      let told = turn.page.lines.count
      noteModel(&turn)
      if turn.page.lines.count > told { return }
      let text = step.feedback.first { $0.name == name }?.text ?? name
      desk.lesson?.remarksShown.insert("\(step.id) \(name)")
      turn.page.add("Off the path: \(Markdown.flowing(personal(text)))", .bad)
    }
  }

  fileprivate mutating func hint(_ call: VerbCall, _ turn: inout Turn) {
    if answeredByDrill("hint", &turn) { return }
    guard place(call, &turn) != nil, let step = desk.lesson?.step else { return }
    // First what the state of the lab calls for.
    remind(&turn)
    let shown = desk.lesson?.hintsShown[step.id] ?? []
    let judge = PredicateJudge(workbook: self)
    // What the learner has mended already needs no hint, as long as it is so.
    let next = step.hints.indices.first { place in
      !shown.contains(place)
        && (step.hints[place].predicate.map { judge.judge($0).holds } ?? true)
    }
    guard let next else {
      turn.print(
        step.hints.isEmpty
          ? "This step has no hints.\n"
          : shown.isEmpty
            ? "No hint fits how things stand now; solution shows one way.\n"
            : "That was the last hint; solution shows one way.\n")
      return
    }
    let hint = step.hints[next]
    desk.lesson?.hintsShown[step.id, default: []].insert(next)
    turn.page.add("\(hint.title) (\(next + 1) of \(step.hints.count))", .heading)
    turn.page.add(Markdown.page(hint.text.map(personal)))
  }

  fileprivate mutating func check(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.isEmpty else {
      do throws(Predicate.Failure) {
        // A check between quotes is one: > and < would send the answer to a file.
        let text =
          call.words.count == 1
          ? call.words[0]
          : call.words.map { $0.contains(" ") ? "\"\($0)\"" : $0 }.joined(separator: " ")
        let finding = PredicateJudge(workbook: self).judge(try Predicate(parsing: text))
        turn.print(finding.holds ? "yes\n" : "no: \(finding.found)\n")
        turn.status = finding.holds ? 0 : 1
      } catch {
        turn.misuse(call, error.problem)
      }
      return
    }
    if answeredByDrill("check", &turn) { return }
    guard place(call, &turn) != nil else { return }
    explainState(&turn)
  }

  fileprivate mutating func solution(_ call: VerbCall, _ turn: inout Turn) {
    if answeredByDrill("solution", &turn) { return }
    guard place(call, &turn) != nil, let step = desk.lesson?.step else { return }
    guard let solution = step.solutions.first else { return answerQuestions(of: step, &turn) }
    desk.lesson?.sawSolution.insert(step.id)
    turn.page.add("One solution:", .heading)
    for command in solution { turn.page.add(indentedCommand(command.text), .quote) }
    if step.solutions.count > 1 {
      turn.page.add("There are \(step.solutions.count) in all; this is the first.", .note)
    }
    // Line by line to the prompt; what spans lines is to be pasted.
    let lines = solution.map(\.text).filter { !$0.contains("\n") }
    // What is done needs nothing at the prompt, where the next word would be typed behind it.
    if desk.lesson?.isMet == true { return }
    desk.lesson?.work.queue = lines
    if let first = lines.first { turn.effects.append(.suggest(first)) }
  }

  /// The right choices of the questions that are still open.
  private mutating func answerQuestions(of step: Lesson.Step, _ turn: inout Turn) {
    let answered = desk.lesson?.work.answered ?? []
    let open = step.quizzes.indices.filter { !answered.contains($0) }
    guard !open.isEmpty else {
      return turn.print("This step has nothing to solve; next goes on.\n")
    }
    desk.lesson?.sawSolution.insert(step.id)
    for index in open {
      let quiz = step.quizzes[index]
      turn.page.add(quiz.question, .prose)
      turn.page.add("  answer \(quiz.answer)   \(quiz.choices[quiz.answer - 1].text)", .quote)
    }
    let lines = open.map { "answer \(step.quizzes[$0].answer)" }
    desk.lesson?.work.queue = lines
    if let first = lines.first { turn.effects.append(.suggest(first)) }
  }

  private func indentedCommand(_ command: String) -> String {
    command.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
      .joined(separator: "\n")
  }

  fileprivate mutating func reset(_ turn: inout Turn) {
    if let lesson = desk.lesson?.lesson {
      begin(lesson, &turn)
      kept[lesson.id] = nil
      return
    }
    if let drill = desk.drill {
      _ = beginDrill(drill.faults, seed: drill.scene.seed)
      desk.marks.append("drill \(drill.id) seed \(drill.scene.seed)")
      turn.print("The drill is as it was at the start.\n")
      return
    }
    desk = Desk(cloud: Cloud.start(seed: seed, at: clock, model: desk.world.model))
    desk.marks.append("reset")
    turn.print("The lab is as it was at the start.\n")
  }

  fileprivate func progress(_ turn: inout Turn) {
    var page = Page()
    if let lessonRun = desk.lesson {
      page.add("In the lesson \(lessonRun.lesson.title):", .heading)
      if desk.isPlaying { page.add("  playing beside it; return goes back", .note) }
      for (index, step) in lessonRun.lesson.steps.enumerated() {
        let mark =
          index == lessonRun.place
          ? "here"
          : lessonRun.met.contains(step.id)
            ? "done"
            : lessonRun.skipped.contains(step.id) || lessonRun.before.contains(step.id)
              ? "lab" : lessonRun.visited.contains(step.id) ? "read" : ""
        if step.isDetour, mark.isEmpty { continue }
        page.add(table: [["  " + mark.padded(to: 4), step.title]])
      }
    }
    page.add("Lessons finished: \(finished.count) of \(shelf.count)")
    if let calibration = CourseHistory.calibration(course.predictions) { page.add(calibration) }
    if !course.missed.isEmpty {
      page.add("To do again: \(course.missed.joined(separator: ", "))")
      page.add("again   takes the one that is longest ago", .next)
    }
    turn.print(page)
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
