import Cloud
import Narration
import Values

extension Verb {
  static let drillVerbs: [Verb] = [
    Verb(
      "drill [KIND] [--seed N] [--faults N]", .learning,
      "a world with a fault in it, or with two: find it, mend it; --faults is 1 or 2",
      example: "drill --seed 7 --faults 2"
    ) { workbook, call, turn in
      workbook.drill(call, &turn)
    },
    Verb("drills", .learning, "the kinds of drills, and how they went", example: "drills") {
      workbook, _, turn in
      workbook.listDrills(&turn)
    },
    Verb(
      "diagnose [KIND]", .learning, "say what is wrong in this drill",
      example: "diagnose alias-moved"
    ) { workbook, call, turn in
      workbook.diagnose(call, &turn)
    },
  ]
}

extension Workbook {
  fileprivate mutating func drill(_ call: VerbCall, _ turn: inout Turn) {
    var kinds: [String] = []
    var seed: UInt64?
    var count = 1
    var words = call.words[...]
    while let word = words.popFirst() {
      switch word {
      case "--seed":
        guard let text = words.popFirst(), let number = UInt64(text) else {
          return turn.misuse(call, "--seed wants a number")
        }
        seed = number
      case "--faults":
        guard let text = words.popFirst(), let number = Int(text), (1...2).contains(number) else {
          return turn.misuse(call, "--faults is 1 or 2")
        }
        count = number
      default: kinds.append(word)
      }
    }
    guard kinds.count <= 1 else { return turn.misuse(call, "drill wants one kind at most") }
    let seeded = seed ?? UInt64(drillHistory.count + 1)
    let name = kinds.first ?? drillHistory.next(among: DrillCheck.kinds, seed: seeded)
    guard let first = DrillFault.named(name) else {
      let near = NearNames.of(name, among: DrillCheck.kinds)
      return turn.misuse(
        call,
        "There is no kind of drill \(JSON.quoted(name))."
          + (near.isEmpty ? " drills lists them." : " Did you mean \(near[0])?"))
    }
    var faults = [first]
    if count == 2 {
      var draw = DrillDraw(seed: seeded)
      if let second = DrillCheck.second(to: first, &draw) { faults.append(second) }
    }
    keepPlace()
    if desk.lesson == nil, let open = desk.drill, !open.isDone {
      turn.page.add(
        "Drill \(open.scene.seed) was still open; undo goes back to it.", .note)
    }
    let run = beginDrill(faults, seed: seeded)
    desk.marks.append("drill \(run.id) seed \(seeded)")
    show(run, wasNamed: !kinds.isEmpty, &turn)
  }

  /// Tells the complaint; not what is behind it.
  private func show(_ run: DrillRun, wasNamed: Bool, _ turn: inout Turn) {
    turn.page.add(
      "Drill \(run.scene.seed)" + (run.faults.count > 1 ? ", with two faults" : ""), .heading)
    turn.page.add("model documented · \(desk.world.now.zulu) in the lab", .note)
    turn.page.add("")
    for fault in run.faults { turn.page.add(fault.said(in: run.scene)) }
    turn.page.add("")
    turn.page.add(
      "The stream is \(run.scene.stream), its key \(run.scene.alias). You are the administrator; the "
        + "profiles producer, consumer and auditor are there to try things as.")
    turn.page.add(
      "Find out what is wrong, say so with diagnose, and mend it: no more than is needed.")
    for command in run.faults.flatMap({ $0.commands(in: run.scene) }) {
      turn.page.add("  must work again: \(command)", .quote)
    }
    turn.page.add("hint, check, task and solution are there as in a lesson", .next)
  }

  /// Whether a verb of learning is about a drill; then it has been answered.
  mutating func answeredByDrill(_ name: String, _ turn: inout Turn) -> Bool {
    guard desk.lesson == nil, var run = desk.drill else { return false }
    switch name {
    case "task": show(run, wasNamed: true, &turn)
    case "check": explain(run, &turn)
    case "hint":
      let hints = run.hints
      guard run.hintsShown < hints.count else {
        turn.print("That was the last hint; solution shows what mends it.\n")
        return true
      }
      turn.page.add("Hint \(run.hintsShown + 1) of \(hints.count)", .heading)
      turn.page.add(hints[run.hintsShown].text)
      run.hintsShown += 1
    case "solution":
      run.sawSolution = true
      for (fault, lines) in run.repair {
        turn.page.add("\(fault.id): \(fault.title)", .heading)
        for line in lines { turn.page.add(line, .quote) }
      }
    default: return false
    }
    desk.drill = run
    return true
  }

  private func explain(_ run: DrillRun, _ turn: inout Turn) {
    let open = run.open(in: self, .all)
    let isNamed = run.named.count == run.faults.count
    // What else is asked for names the fault: it is told once the diagnosis was made.
    let hidden = run.goals.filter { goal in
      switch goal {
      case .holds: !isNamed
      case .isUnder, .works, .comesThrough, .nobodyGains: false
      }
    }
    for goal in run.goals where !hidden.contains(goal) {
      if let found = open.first(where: { $0.goal == goal })?.found {
        turn.page.add("  not yet  \(goal.text)")
        if goal == .nobodyGains {
          turn.page.add(run.gained(in: self).page(), indented: 9)
        } else {
          turn.page.add("           \(found)", .note)
        }
      } else {
        turn.page.add("  yes      \(goal.text)", .good)
      }
    }
    if open.contains(where: { hidden.contains($0.goal) }) {
      turn.page.add("  not yet  what else the report asks for: the diagnosis tells what it is")
    }
    let count = run.faults.count
    turn.page.add(
      "Named: \(run.named.count) of \(ShortNames.plural(count, "fault"))"
        + (run.named.count < count ? "; diagnose lists the kinds" : ""))
  }

  fileprivate func listDrills(_ turn: inout Turn) {
    var page = Page()
    page.add(
      table: DrillFault.catalogue.map {
        [drillHistory[$0.id]?.rawValue ?? "", $0.id, $0.title]
      })
    page.add("drill         begins the one that is most worth doing", .next)
    page.add("drill KIND    begins one of that kind; --seed N gives it other names", .next)
    turn.print(page)
  }

  fileprivate mutating func diagnose(_ call: VerbCall, _ turn: inout Turn) {
    guard var run = desk.drill else {
      turn.complain("You are in no drill: drill begins one.\n", status: 1)
      return
    }
    guard call.words.count == 1, let kind = DrillFault.named(call.words[0]) else {
      if let word = call.words.first {
        let near = NearNames.of(word, among: DrillCheck.kinds)
        turn.complain(
          "There is no kind \(JSON.quoted(word))."
            + (near.isEmpty
              ? "" : " Did you mean \(near[0])? diagnose alone lists them.") + "\n", status: 2)
        if !near.isEmpty { return }
      }
      var page = Page()
      page.add("What could be wrong:", .heading)
      page.add(table: DrillFault.catalogue.map { ["  " + $0.id, $0.title] })
      page.add("diagnose KIND", .next)
      turn.print(page)
      return
    }
    if run.faults.contains(where: { $0.id == kind.id }) {
      if !run.named.contains(kind.id) { run.named.append(kind.id) }
      turn.page.add("Yes: \(kind.title).", .good)
      let rest = run.faults.count - run.named.count
      if rest > 0 { turn.page.add("That is one. Another fault is there.", .note) }
      if !run.open(in: self).isEmpty { turn.page.add("Now mend it.", .next) }
    } else {
      if !run.wrongGuesses.contains(kind.id) { run.wrongGuesses.append(kind.id) }
      turn.page.add("No: it is not so that \(kind.title).", .bad)
      turn.page.add("hint   says where to look", .next)
    }
    desk.drill = run
  }
}
