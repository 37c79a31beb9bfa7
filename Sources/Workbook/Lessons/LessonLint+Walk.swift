import Cloud
import Narration
import Values

extension LessonLint {
  /// Takes every way through the lesson: untouched steps fail, solutions pass and none of their lines
  /// is superfluous, wrong attempts are told what they are.
  mutating func walk() {
    var workbook = Workbook()
    workbook.explain = .off
    workbook.packedFiles = sharedFiles
    var turn = Turn()
    workbook.begin(lesson, &turn)
    checkSetup()
    var arrived: [Int: Workbook] = [workbook.desk.lesson?.place ?? 0: workbook]
    for place in lesson.steps.indices {
      guard let start = arrived[place] else {
        // A way that no solution takes was never tried.
        if targetedByBranch(place) {
          complain(
            "no solution leads to the step \(lesson.steps[place].id)", at: lesson.steps[place].line,
            part: lesson.steps[place].id)
        }
        continue
      }
      let step = lesson.steps[place]
      tryProse(of: step, start)
      for after in check(step, start) {
        for detour in detours(of: place) where arrived[detour] == nil {
          // From where the feedback that offers it finds the learner.
          let astray = astray[lesson.steps[detour].id]
          arrived[detour] = entered(detour, astray ?? start)
        }
        if let next = after.following(), arrived[next] == nil, next > place {
          arrived[next] = entered(next, after)
        }
      }
    }
  }

  private func targetedByBranch(_ place: Int) -> Bool {
    lesson.steps.contains { step in
      step.branches.contains { $0.target == lesson.steps[place].id }
    }
  }

  private func entered(_ place: Int, _ workbook: Workbook) -> Workbook {
    var workbook = workbook
    var turn = Turn()
    workbook.enter(place, &turn)
    return workbook
  }

  private mutating func checkSetup() {
    var workbook = Workbook(model: lesson.model ?? .described)
    workbook.explain = .off
    workbook.packedFiles = sharedFiles
    var bare = lesson
    bare.setup = []
    var turn = Turn()
    workbook.begin(bare, &turn)
    workbook.desk.lesson = nil
    for command in lesson.setup {
      let turn = workbook.feed(command.text)
      guard turn.status != 0 else { continue }
      complain(
        "the setup fails: \(Self.squeezed(turn.errors))", at: command.line,
        part: Workbook.firstLine(command.text))
      return
    }
  }

  /// What the step shows, suggests and asks to foretell must be something that the lab takes.
  private mutating func tryProse(of step: Lesson.Step, _ start: Workbook) {
    for line in step.prose {
      let command: String
      switch line {
      case .text: continue
      case .show(let text), .attempt(let text), .predict(let text): command = text
      }
      var workbook = start
      let turn = workbook.feed(command)
      // What the services refuse may be the lesson; what the program does not understand is not.
      guard [2, 127, 252].contains(turn.status) else { continue }
      complain(
        "the step \(step.id) shows a line that is not understood: \(Self.squeezed(turn.errors))",
        at: step.line, part: String(Workbook.firstLine(command).prefix { $0 != "{" }))
    }
  }

  /// The workbooks after each solution that passes; of a step to read, the one at its begin.
  private mutating func check(_ step: Lesson.Step, _ start: Workbook) -> [Workbook] {
    if step.isReading { return [start] }
    if case .met = start.state(of: step) {
      complain(
        "the untouched step \(step.id) already passes its check", at: step.line, part: step.id)
    } else {
      report.counts.untouched += 1
    }
    checkLooking(at: step, start)
    checkSubjects(of: step, start)
    tryWrongs(of: step, start)
    var passed: [Workbook] = []
    var least: Int?
    for solution in step.solutions {
      guard let after = trySolution(solution, of: step, start) else { continue }
      let calls = after.desk.lesson?.work.calls ?? 0
      least = min(least ?? calls, calls)
      passed.append(after)
    }
    if let golf = step.golf, let least, golf != least {
      complain(
        "golf: \(golf), but the shortest solution of \(step.id) makes \(ShortNames.plural(least, "call"))",
        at: step.line, part: "golf: \(golf)")
    }
    if step.solutions.isEmpty { passed = [answered(step, start)] }
    return passed
  }

  /// Who only looks around has gone nowhere, and so not off the path.
  private mutating func checkLooking(at step: Lesson.Step, _ start: Workbook) {
    var workbook = start
    for verb in ["clock", "hint"] { _ = workbook.feed(verb) }
    for name in feedback(of: step, in: workbook) {
      complain(
        "the feedback \(name) comes to whoever types clock or hint, before anything was done",
        at: step.line, part: "off-path \(name)")
    }
  }

  /// The feedback about ways off the path that a learner was shown in a step.
  private func feedback(of step: Lesson.Step, in workbook: Workbook) -> [String] {
    let shown = workbook.desk.lesson?.remarksShown ?? []
    return step.checks.compactMap(\.offPath).filter { shown.contains("\(step.id) \($0)") }
  }

  private func answered(_ step: Lesson.Step, _ start: Workbook) -> Workbook {
    var workbook = start
    for (index, quiz) in step.quizzes.enumerated()
    where !(workbook.desk.lesson?.work.answered.contains(index) ?? false) {
      _ = workbook.feed("answer \(quiz.answer)")
    }
    return workbook
  }

  /// Principals and resources of checks that exist neither before nor after the solution are
  /// misspelt.
  private mutating func checkSubjects(of step: Lesson.Step, _ start: Workbook) {
    let after = step.solutions.first.map { run($0, from: start) } ?? start
    let (before, then) = (
      PredicateJudge(workbook: start), PredicateJudge(workbook: after)
    )
    for check in step.checks {
      guard let missing = before.missing(check.predicate), missing == then.missing(check.predicate)
      else { continue }
      complain("there is no \(missing.kind) \(missing.name)", at: check.line, part: missing.name)
    }
    for hint in step.hints {
      guard let predicate = hint.predicate, let missing = before.missing(predicate),
        missing == then.missing(predicate)
      else { continue }
      complain("there is no \(missing.kind) \(missing.name)", at: hint.line - 1, part: missing.name)
    }
  }

  private mutating func tryWrongs(of step: Lesson.Step, _ start: Workbook) {
    for wrong in step.wrongs {
      var workbook = start
      var verdicts: [String] = []
      for line in wrong.commands {
        _ = workbook.feed(line.text)
        guard case .offPath(let name) = workbook.state(of: step) else { continue }
        verdicts.append(name)
        if let detour = step.feedback.first(where: { $0.name == name })?.detour {
          astray[detour] = workbook
        }
      }
      if workbook.desk.lesson?.met.contains(step.id) ?? false {
        complain("the wrong attempt \(wrong.id) passes the step", at: wrong.line, part: wrong.id)
      } else if !verdicts.contains(wrong.expects) {
        complain(
          "the wrong attempt \(wrong.id) does not raise \(wrong.expects)"
            + (verdicts.last.map { ", it raises \($0)" } ?? ""), at: wrong.line, part: wrong.expects
        )
      } else {
        report.counts.wrongs += 1
      }
    }
  }

  /// The workbook after a solution, questions answered; nothing when it does not pass.
  private mutating func trySolution(
    _ solution: [Lesson.Command], of step: Lesson.Step, _ start: Workbook
  ) -> Workbook? {
    let done = run(solution, from: start)
    for name in feedback(of: step, in: done) {
      complain(
        "the feedback \(name) comes to whoever does \(step.id) as its solution does", at: step.line,
        part: "off-path \(name)")
    }
    let after = answered(step, done)
    guard case .met = after.state(of: step) else {
      if complainOfUnknown(solution, of: step, start) { return nil }
      complain(
        "a solution of \(step.id) does not pass: \(describe(after.state(of: step)))",
        at: solution.first?.line ?? step.line,
        part: solution.first.map { Workbook.firstLine($0.text) })
      return nil
    }
    report.counts.solutions += 1
    // What answers the step's question is no line that could be superfluous.
    for index in solution.indices
    where solution.count > 1 && !solution[index].text.hasPrefix("answer ") {
      var shorter = solution
      let dropped = shorter.remove(at: index)
      if passes(shorter, step, start) {
        complain(
          "the solution of \(step.id) passes without its line "
            + JSON.quoted(Workbook.firstLine(dropped.text)), at: dropped.line,
          part: Workbook.firstLine(dropped.text))
      } else {
        report.counts.dropped += 1
      }
    }
    if mutates {
      swap(solution, of: step, start)
      addHarmless(to: solution, of: step, start)
    }
    return after
  }

  func passes(_ solution: [Lesson.Command], _ step: Lesson.Step, _ start: Workbook) -> Bool {
    let after = answered(step, run(solution, from: start))
    if case .met = after.state(of: step) { return true }
    return after.desk.lesson?.met.contains(step.id) ?? false
  }

  /// Says which line of a solution the program does not understand, where one is: that it does not
  /// pass is then no riddle.
  private mutating func complainOfUnknown(
    _ solution: [Lesson.Command], of step: Lesson.Step, _ start: Workbook
  ) -> Bool {
    var workbook = start
    for line in solution {
      let turn = workbook.feed(line.text)
      guard [2, 127, 252].contains(turn.status) else { continue }
      let words = Workbook.firstLine(line.text).split(separator: " ").map(String.init)
      let unknown = words.filter { $0.hasPrefix("-") && turn.errors.contains("options: \($0)") }
      complain(
        "a solution of \(step.id) has a line that is not understood: "
          + Self.squeezed(turn.errors), at: line.line,
        part: unknown.first ?? Workbook.firstLine(line.text))
      return true
    }
    return false
  }

  func run(_ lines: [Lesson.Command], from start: Workbook) -> Workbook {
    var workbook = start
    for line in lines { _ = workbook.feed(line.text) }
    return workbook
  }

  private func describe(_ state: StepState) -> String {
    switch state {
    case .met: "met"
    case .notYet(let failed): Self.squeezed(failed.joined(separator: "; "))
    case .offPath(let name): "off the path, \(name)"
    }
  }
}

extension PredicateJudge {
  struct Missing: Equatable {
    var kind: String
    var name: String
  }

  /// A principal, stream or key of a predicate that this world does not have.
  func missing(_ predicate: Predicate) -> Missing? {
    let world = workbook.desk.world
    func principal(_ name: String?) -> Missing? {
      guard let name, SubjectNames.session(name, in: world) == nil else { return nil }
      return Missing(kind: "principal", name: name)
    }
    func stream(_ name: String?) -> Missing? {
      guard let name, SubjectNames.stream(name, in: world) == nil else { return nil }
      return Missing(kind: "stream", name: name)
    }
    switch predicate.form {
    case .can(let who, let action, let resource, let via, _):
      if let missing = principal(who) ?? stream(via) { return missing }
      guard SubjectNames.subject(resource, for: action, in: world) == nil else { return nil }
      return Missing(kind: "resource", name: resource)
    case .all(let parts):
      for part in parts { if let missing = missing(part) { return missing } }
      return nil
    case .moreThanSolution: return nil
    case .stream(let name, let field, _): return field == "exists" ? nil : stream(name)
    case .key(let name, let field, _):
      guard field != "exists", SubjectNames.key(name, in: world) == nil else { return nil }
      return Missing(kind: "key", name: name)
    case .trail(_, _, let who, _, _): return principal(who)
    case .counter(_, let who, _, _, _): return principal(who)
    case .readsBack(_, let name, let who): return principal(who) ?? stream(name)
    case .identity(let who, _, _, _): return principal(who)
    case .trailTakes(let name, _, _):
      let isThere = world.trails.all.contains { $0.trail.name == name }
      return isThere ? nil : Missing(kind: "trail", name: name)
    case .lastCall, .output, .seen, .seenAfter, .load, .alarm: return nil
    }
  }
}
