import Cloud
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
    Verb("lesson ID", .learning, "begin a lesson, in a world of its own", example: "lesson 1") {
      workbook, call, turn in
      workbook.beginLesson(call, &turn)
    },
    Verb("next", .learning, "go on to the next step", example: "next") { workbook, call, turn in
      workbook.next(call, &turn, skipping: false)
    },
    Verb("back", .learning, "show the step before", example: "back") { workbook, call, turn in
      guard let place = workbook.place(call, &turn) else { return }
      if place == 0 {
        turn.print("This is the first step.\n")
      } else {
        workbook.enter(place - 1, &turn)
      }
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
    Verb("skip", .learning, "go on without having done the step", example: "skip") {
      workbook, call, turn in
      workbook.next(call, &turn, skipping: true)
    },
    Verb("reset", .learning, "begin the lesson, or the empty lab, anew", example: "reset") {
      workbook, _, turn in
      workbook.reset(&turn)
    },
    Verb("progress", .learning, "what is done", example: "progress") { workbook, _, turn in
      workbook.progress(&turn)
    },
    Verb(
      "predict allow|deny|throttle", .learning, "say what a command will get before you run it",
      example: "predict deny"
    ) { workbook, call, turn in
      workbook.predict(call, &turn)
    },
    Verb("answer NUMBER", .learning, "answer the question of this step", example: "answer 2") {
      workbook, call, turn in
      workbook.answer(call, &turn)
    },
  ]
}

extension Workbook {
  fileprivate func help(_ call: VerbCall, _ turn: inout Turn) {
    if let name = call.words.first {
      guard let verb = Verb.named(name) else {
        let near = NearNames.of(name, among: Verb.table.map(\.name))
        turn.complain(
          "There is no verb \(JSON.quoted(name))."
            + (near.isEmpty ? "" : " Did you mean \(near[0])?") + "\n", status: 2)
        return
      }
      turn.print("\(verb.synopsis)\n  \(verb.summary)\n  example: \(verb.example)\n")
      return
    }
    var page = Page()
    for group in Verb.Group.allCases {
      page.add(group.rawValue, .heading)
      page.add(
        table: Verb.table.filter { $0.group == group }.map { ["  " + $0.synopsis, $0.summary] })
    }
    page.add("AWS", .heading)
    page.add("  aws SERVICE OPERATION …   as you would type it; aws help lists what there is")
    turn.print(page)
  }

  fileprivate func listLessons(_ turn: inout Turn) {
    var rows: [[String]] = []
    for (index, entry) in LessonShelf.entries.enumerated() {
      do throws(LessonError) {
        let lesson = try entry.lesson()
        let isDone = finished.contains(lesson.id)
        rows.append([
          isDone ? "done" : "    ", String(index + 1), lesson.id, lesson.title,
          "\(lesson.minutes) min",
        ])
      } catch {
        rows.append(["!", String(index + 1), entry.id, error.text, ""])
      }
    }
    var page = Page()
    page.add(table: rows)
    page.add("lesson ID   begins one")
    turn.print(page)
  }

  fileprivate mutating func beginLesson(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count == 1 else {
      return turn.misuse(call, "lesson wants one name; lessons lists them")
    }
    let id = call.words[0]
    guard let entry = LessonShelf.entry(id) else {
      let near = NearNames.of(id, among: LessonShelf.entries.map(\.id))
      return turn.misuse(
        call,
        "There is no lesson \(JSON.quoted(id))."
          + (near.isEmpty ? " lessons lists them." : " Did you mean \(near[0])?"))
    }
    do throws(LessonError) {
      begin(try entry.lesson(), &turn)
    } catch {
      turn.complain("\(error.text)\n", status: 1)
    }
  }

  /// The place in the lesson; says so when there is none.
  fileprivate func place(_ call: VerbCall, _ turn: inout Turn) -> Int? {
    if desk.lesson == nil {
      turn.complain("You are in no lesson: lessons lists them, lesson ID begins one.\n", status: 1)
    }
    return desk.lesson?.place
  }

  fileprivate mutating func next(_ call: VerbCall, _ turn: inout Turn, skipping: Bool) {
    guard let place = place(call, &turn), let lessonRun = desk.lesson else { return }
    if !skipping, !lessonRun.isMet {
      turn.print("Not yet: \(lessonRun.step.title)\n")
      explainState(&turn)
      turn.page.add("hint, or skip to go on anyway", .next)
      return
    }
    if place + 1 < lessonRun.lesson.steps.count {
      enter(place + 1, &turn)
      return
    }
    let lesson = lessonRun.lesson
    desk.marks.append("finished \(lesson.id)")
    let all = lesson.steps.allSatisfy { lessonRun.met.contains($0.id) || $0.isReading }
    if all, !finished.contains(lesson.id) {
      finished.append(lesson.id)
      turn.effects.append(.finished(lesson: lesson.id))
    }
    desk.lesson = nil
    turn.page.add(
      all ? "You finished: \(lesson.title)" : "The end of \(lesson.title), with steps skipped",
      .good)
    turn.page.add("The lab stays as it is: go on trying things, or take the next lesson.")
    if let index = LessonShelf.entries.firstIndex(where: { $0.id == lesson.id }),
      index + 1 < LessonShelf.entries.count
    {
      turn.page.add("lesson \(LessonShelf.entries[index + 1].id)", .next)
    }
  }

  private func explainState(_ turn: inout Turn) {
    guard let step = desk.lesson?.step else { return }
    switch state(of: step) {
    case .met: turn.page.add("Met: \(step.title)", .good)
    case .notYet(let failed):
      for text in failed { turn.page.add("  not yet  \(text)") }
    case .offPath(let name):
      let text = step.feedback.first { $0.name == name }?.text ?? name
      turn.page.add("Off the path: \(text)", .bad)
    }
  }

  fileprivate mutating func hint(_ call: VerbCall, _ turn: inout Turn) {
    if answeredByDrill("hint", &turn) { return }
    guard place(call, &turn) != nil, let step = desk.lesson?.step else { return }
    let shown = desk.lesson?.hintsShown[step.id] ?? 0
    guard shown < step.hints.count else {
      turn.print(
        step.hints.isEmpty
          ? "This step has no hints.\n" : "That was the last hint; solution shows one way.\n")
      return
    }
    let hint = step.hints[shown]
    desk.lesson?.hintsShown[step.id] = shown + 1
    turn.page.add("\(hint.title) (\(shown + 1) of \(step.hints.count))", .heading)
    for line in hint.text { turn.page.add(Markdown.plain(line)) }
  }

  fileprivate mutating func check(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.isEmpty else {
      do throws(Predicate.Failure) {
        let text = call.words.map { $0.contains(" ") ? "\"\($0)\"" : $0 }.joined(separator: " ")
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
    guard let solution = step.solutions.first else {
      turn.print("This step has nothing to solve; next goes on.\n")
      return
    }
    turn.page.add("One solution:", .heading)
    for command in solution { turn.page.add(indentedCommand(command), .quote) }
    if let first = solution.first { turn.effects.append(.suggest(first)) }
  }

  private func indentedCommand(_ command: String) -> String {
    command.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
      .joined(separator: "\n")
  }

  fileprivate mutating func reset(_ turn: inout Turn) {
    if let lesson = desk.lesson?.lesson {
      begin(lesson, &turn)
      return
    }
    if let drill = desk.drill {
      _ = beginDrill(drill.faults, seed: drill.scene.seed)
      desk.marks.append("drill \(drill.id) seed \(drill.scene.seed)")
      turn.print("The drill is as it was at the start.\n")
      return
    }
    lastMatrix = nil
    desk = Desk(cloud: Cloud.start(seed: seed, at: clock, model: desk.world.model))
    desk.marks.append("reset")
    turn.print("The lab is as it was at the start.\n")
  }

  fileprivate func progress(_ turn: inout Turn) {
    var page = Page()
    if let lessonRun = desk.lesson {
      page.add("In the lesson \(lessonRun.lesson.title):", .heading)
      for (index, step) in lessonRun.lesson.steps.enumerated() {
        let mark =
          index == lessonRun.place
          ? "here"
          : lessonRun.met.contains(step.id) ? "done" : index < lessonRun.place ? "read" : ""
        page.add(table: [["  " + mark.padded(to: 4), step.title]])
      }
    }
    let total = LessonShelf.entries.count
    page.add("Lessons finished: \(finished.count) of \(total)")
    turn.print(page)
  }

  fileprivate mutating func predict(_ call: VerbCall, _ turn: inout Turn) {
    guard place(call, &turn) != nil, let step = desk.lesson?.step else { return }
    var command: String?
    for line in step.prose { if case .predict(let text) = line { command = command ?? text } }
    guard let command else {
      turn.print("This step asks for no prediction.\n")
      return
    }
    guard call.words.count == 1, ["allow", "deny", "throttle"].contains(call.words[0]) else {
      return turn.misuse(call, "The answer is allow, deny or throttle")
    }
    var copy = self
    copy.explain = .off
    copy.desk.lesson = nil
    _ = copy.feed(command)
    let code = copy.desk.cloud.journal.last?.error?.error.code ?? ""
    let came =
      code.isEmpty ? "allow" : code.contains("Throttl") ? "throttle" : "deny"
    desk.lesson?.seen.insert("predict")
    desk.lesson?.foretold = call.words[0]
    if came == call.words[0] {
      turn.page.add("Right: \(came).", .good)
    } else {
      turn.page.add("It will be: \(came).", .bad)
    }
    turn.page.add("Run it and read why: \(command)", .next)
    turn.effects.append(.suggest(command))
  }

  fileprivate mutating func answer(_ call: VerbCall, _ turn: inout Turn) {
    guard place(call, &turn) != nil, let step = desk.lesson?.step else { return }
    let open = step.quizzes.indices.first {
      !(desk.lesson?.seen.contains("answer \($0 + 1)") ?? false)
    }
    guard let open else {
      turn.print("This step asks no question that is still open.\n")
      return
    }
    let quiz = step.quizzes[open]
    guard call.words.count == 1, let number = Int(call.words[0]),
      quiz.choices.indices.contains(number - 1)
    else { return turn.misuse(call, "The answer is a number from 1 to \(quiz.choices.count)") }
    let choice = quiz.choices[number - 1]
    if choice.isRight { desk.lesson?.seen.insert("answer \(open + 1)") }
    turn.page.add(
      (choice.isRight ? "Right: " : "Not so: ") + choice.reason, choice.isRight ? .good : .bad)
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
