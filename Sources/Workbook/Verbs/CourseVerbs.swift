import Cloud
import Narration
import Values

extension Verb {
  static let courseVerbs: [Verb] = [
    Verb(
      "predict allow|deny|throttle|fail [SURENESS]", .learning,
      "say what a command will get before you run it, and how sure you are, in percent (75 unless "
        + "you say); fail: an error that refuses nobody",
      example: "predict deny 80"
    ) { workbook, call, turn in
      workbook.predict(call, &turn)
    },
    Verb("answer NUMBER", .learning, "answer the question of this step", example: "answer 2") {
      workbook, call, turn in
      workbook.answer(call, &turn)
    },
    Verb(
      "detour [STEP]", .learning, "leave the way for something that helps, and come back",
      example: "detour"
    ) { workbook, call, turn in
      workbook.detour(call, &turn)
    },
    Verb(
      "play", .learning, "try anything in the same world; return brings the lesson back as it was",
      example: "play"
    ) { workbook, call, turn in
      workbook.play(&turn)
    },
    Verb("return", .learning, "end free play; the lab is as it was before", example: "return") {
      workbook, call, turn in
      workbook.endPlay(&turn)
    },
    Verb(
      "compare [STEP]", .learning,
      "how your way through a step differs from the lesson's: calls, traces, rights",
      example: "compare"
    ) { workbook, call, turn in
      workbook.compare(call, &turn)
    },
    Verb(
      "summary", .learning, "the lesson on one page, in your own names", example: "summary"
    ) { workbook, _, turn in
      if let lessonRun = workbook.desk.lesson {
        turn.print(workbook.summary(of: lessonRun, hasEnded: false))
      } else if let page = workbook.lastSummary {
        turn.print(page)
      } else {
        turn.print("There is nothing to sum up yet: lesson ID begins a lesson.\n")
      }
    },
    Verb(
      "glossary [WORD]", .learning, "the words that lessons have taught you",
      example: "glossary envelope"
    ) { workbook, call, turn in
      workbook.glossary(call, &turn)
    },
    Verb(
      "again", .learning, "do once more what you skipped or looked up, longest ago first",
      example: "again"
    ) { workbook, _, turn in
      workbook.again(&turn)
    },
  ]
}

extension Workbook {
  /// How sure one is who does not say: between a coin and certainty.
  private static let usualSureness = 75

  fileprivate mutating func predict(_ call: VerbCall, _ turn: inout Turn) {
    guard place(call, &turn) != nil, let lessonRun = desk.lesson else { return }
    let commands = lessonRun.step.predictions
    guard let index = commands.indices.first(where: { !lessonRun.work.foretold.contains($0) })
    else {
      return turn.print(
        commands.isEmpty
          ? "This step asks for no prediction.\n" : "Nothing is left to foretell in this step.\n")
    }
    guard (1...2).contains(call.words.count),
      ["allow", "deny", "throttle", "fail"].contains(call.words[0])
    else { return turn.misuse(call, "The answer is allow, deny, throttle or fail") }
    var sureness = Self.usualSureness
    if call.words.count == 2 {
      let digits = call.words[1].hasSuffix("%") ? call.words[1].dropLast() : call.words[1][...]
      guard let number = Int(digits), (50...100).contains(number) else {
        return turn.misuse(call, "How sure you are is a number from 50 (a guess) to 100")
      }
      sureness = number
    }
    let command = commands[index]
    desk.lesson?.work.foretold.insert(index)
    let came = outcome(of: command)
    if lessonRun.work.lines.contains(command) || lessonRun.met.contains(lessonRun.step.id) {
      turn.page.add("You have run it already, so that is no prediction: it was \(came).", .note)
      return
    }
    let isRight = came == call.words[0]
    desk.lesson?.predictions.append(.init(sureness: sureness, isRight: isRight))
    learn("said:\(sureness):\(isRight ? "right" : "wrong")", &turn)
    if isRight {
      turn.page.add("Right: \(came).", .good)
    } else {
      turn.page.add("It will be: \(came).", .bad)
      if sureness >= 90 { turn.page.add("You were very sure: this one is worth a look.", .note) }
    }
    turn.page.add("Run it and read why: \(command)", .next)
    if !command.contains("\n") { turn.effects.append(.suggest(command)) }
  }

  /// What a command would get, tried on a copy.
  func outcome(of command: String) -> String {
    var copy = self
    copy.explain = .off
    copy.desk.lesson = nil
    let start = copy.desk.cloud.journal.count
    let turn = copy.feed(command)
    let errors = copy.desk.cloud.journal.suffix(from: start).compactMap { $0.error?.error.code }
    guard let code = errors.last else { return turn.status == 0 ? "allow" : "fail" }
    if code.contains("Throttl") || code.contains("ThroughputExceeded") { return "throttle" }
    return code.contains("AccessDenied") || code.contains("Unauthorized") ? "deny" : "fail"
  }

  fileprivate mutating func answer(_ call: VerbCall, _ turn: inout Turn) {
    guard place(call, &turn) != nil, let lessonRun = desk.lesson else { return }
    let step = lessonRun.step
    let open = step.quizzes.indices.first { !lessonRun.work.answered.contains($0) }
    guard let open else {
      return turn.print(
        step.quizzes.isEmpty
          ? "This step asks no question.\n" : "You have answered what this step asks.\n")
    }
    guard isForetold else {
      turn.complain(
        "The question comes when you have foretold the command, or run it: predict first.\n",
        status: 1)
      return
    }
    let quiz = step.quizzes[open]
    guard call.words.count == 1, let number = Ordinal.parse(call.words[0]),
      number <= quiz.choices.count
    else { return turn.misuse(call, "The answer is a number from 1 to \(quiz.choices.count)") }
    let choice = quiz.choices[number - 1]
    turn.page.add(
      (choice.isRight ? "Right: " : "Not so: ") + Markdown.flowing(personal(choice.reason)),
      choice.isRight ? .good : .bad)
    guard choice.isRight else { return }
    desk.lesson?.work.answered.insert(open)
    if step.quizzes.indices.contains(open + 1) {
      turn.page.add("")
      ask(step.quizzes[open + 1], &turn)
    }
  }

  // MARK: Off the path and back

  fileprivate mutating func detour(_ call: VerbCall, _ turn: inout Turn) {
    guard let place = place(call, &turn), let lessonRun = desk.lesson else { return }
    let steps = lessonRun.lesson.steps
    let known = steps.filter(\.isDetour).map(\.id)
    guard let name = call.words.first ?? lessonRun.detours.last else {
      return turn.print(
        known.isEmpty
          ? "This lesson has no detours.\n"
          : "Nothing calls for a detour now. There are: \(known.joined(separator: ", "))\n")
    }
    guard call.words.count <= 1, let target = lessonRun.lesson.step(name), steps[target].isDetour
    else {
      let near = NearNames.of(name, among: known)
      return turn.misuse(
        call,
        "There is no detour \(JSON.quoted(name))"
          + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
    }
    guard target != place else { return turn.print("You are on it.\n") }
    desk.lesson?.suspended.append((place, lessonRun.work))
    enter(target, &turn)
  }

  fileprivate mutating func play(_ turn: inout Turn) {
    guard !desk.isPlaying else {
      return turn.print("You are playing already; return brings everything back.\n")
    }
    var base = desk
    base.marks = []
    desk.played = [base]
    turn.print(
      "Play: same world, nothing counts. return brings the lab back to this moment.\n")
  }

  fileprivate mutating func endPlay(_ turn: inout Turn) {
    guard var base = desk.played.first else {
      return turn.print("You are not playing; play begins.\n")
    }
    let calls = desk.cloud.journal.count - base.cloud.journal.count
    base.marks = desk.marks + ["return"]
    desk = base
    turn.print(
      "Back: the lab is as it was at \(desk.world.now.zulu). "
        + "\(ShortNames.plural(max(0, calls), "call")) of play forgotten.\n")
    if let lessonRun = desk.lesson {
      turn.page.add("Step \(lessonRun.ordinal): \(lessonRun.step.title)", .heading)
      turn.page.add("task   shows it again", .next)
    }
  }

  // MARK: Looking back

  fileprivate func compare(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count <= 1 else { return turn.misuse(call, "compare wants one step") }
    guard place(call, &turn) != nil, let lessonRun = desk.lesson else { return }
    let done = lessonRun.routes.map(\.step)
    let comparable = lessonRun.routes.last { route in
      lessonRun.lesson.steps.first { $0.id == route.step }.map {
        LessonComparison(route, $0, in: self) != nil
      } ?? false
    }
    let name = call.words.first ?? comparable?.step ?? done.last
    guard let name else { return turn.print("There is nothing to compare yet: do a step first.\n") }
    guard let route = lessonRun.routes.last(where: { $0.step == name }),
      let step = lessonRun.lesson.steps.first(where: { $0.id == name })
    else {
      let near = NearNames.of(name, among: done)
      return turn.misuse(
        call,
        "You have done no step \(JSON.quoted(name)): "
          + (near.isEmpty ? done.joined(separator: ", ") : "did you mean \(near[0])?"))
    }
    guard let comparison = LessonComparison(route, step, in: self) else {
      return turn.print(
        call.words.isEmpty
          ? "There is nothing to compare yet: questions were answered, and no step was done.\n"
          : "\(step.title): a question has nothing to compare.\n")
    }
    if call.words.isEmpty, name != lessonRun.step.id, !lessonRun.step.isReading {
      turn.print(
        lessonRun.isMet
          ? "The step at hand has nothing to compare; this is the last one that has:\n"
          : "The step at hand is still open; this is the last one that you did:\n")
    }
    turn.print(comparison.page())
  }

  fileprivate mutating func again(_ turn: inout Turn) {
    for entry in course.missed {
      let parts = entry.split(separator: "/").map(String.init)
      guard parts.count == 2, let lesson = try? lessonEntry(parts[0])?.lesson(),
        lesson.step(parts[1]) != nil
      else { continue }
      let line = VerbCall(name: "lesson", words: parts, input: nil)
      Verb.named("lesson")?.run(&self, line, &turn)
      return
    }
    turn.print("There is nothing to do again: no step was skipped or looked up.\n")
  }
}
