import Cloud
import Commands
import Narration
import Values

/// A drill at work: a world with faults, and what the learner found out.
struct DrillRun: Sendable {
  let scene: DrillScene
  let faults: [DrillFault]
  var hintsShown = 0
  /// Whether the solution was looked at.
  var sawSolution = false
  /// Diagnoses that were wrong.
  var wrongGuesses: [String] = []
  /// Faults that were named.
  var named: [String] = []
  /// Whether it was said that all works again.
  var isMended = false
  var isDone = false
  /// How the drill stands, for the transcript.
  var lastVerdict: String?

  var id: String { faults.map(\.id).joined(separator: "+") }

  /// What mends it. What stops other lines from working is mended first: a key out of use takes no grant.
  var repair: [(fault: DrillFault, lines: [String])] {
    let isLate = { (fault: DrillFault) in Self.lateParts.contains(fault.part) }
    return (faults.filter(isLate) + faults.filter { !isLate($0) }).map { ($0, $0.repair(scene)) }
  }

  /// Parts of the world whose faults stop other lines from working.
  fileprivate static let lateParts: Set = ["key-state", "trust"]

  /// All hints, fault by fault.
  var hints: [(fault: DrillFault, text: String)] {
    faults.flatMap { fault in fault.hints(scene).map { (fault, $0) } }
  }

  /// What must be so in the end.
  var goals: [DrillGoal] {
    var goals: [DrillGoal] = []
    for fault in faults {
      for goal in fault.commands(in: scene).map(DrillGoal.works)
        + fault.goals(scene).map(DrillGoal.holds) where !goals.contains(goal)
      {
        goals.append(goal)
      }
    }
    return goals + Self.guards(scene).map(DrillGoal.holds)
  }

  /// What a repair must leave alone: encryption, and that nobody got more than he needs.
  private static func guards(_ scene: DrillScene) -> [String] {
    [
      "stream \(scene.stream) encryption = KMS",
      "key \(scene.keyID) state = Enabled",
      "can admin kms:PutKeyPolicy on \(scene.keyID) = allow",
      "can producer kms:Decrypt on \(scene.keyID) via \(scene.stream) = deny",
      "can consumer kinesis:PutRecord on \(scene.stream) = deny",
      "can auditor kms:Decrypt on \(scene.keyID) via \(scene.stream) = deny",
      "can auditor kinesis:PutRecord on \(scene.stream) = deny",
    ]
  }

  /// Goals that are not reached, with what was found.
  func open(in workbook: Workbook) -> [(goal: DrillGoal, found: String)] {
    goals.compactMap { goal in
      let finding = goal.judge(workbook)
      return finding.holds ? nil : (goal, finding.found)
    }
  }
}

/// One thing that must be so.
enum DrillGoal: Hashable, Sendable {
  /// A command succeeds, tried on a copy.
  case works(String)
  /// A check holds.
  case holds(String)

  var text: String {
    switch self {
    case .works(let command): "works again: \(command)"
    case .holds(let predicate): predicate
    }
  }

  func judge(_ workbook: Workbook) -> Finding {
    var copy = workbook
    // A drill is about AWS as AWS documents it, whatever the learner compares it with meanwhile.
    copy.desk.cloud.setModel(.documented)
    copy.desk.lesson = nil
    copy.desk.drill = nil
    switch self {
    case .works(let command):
      var turn = Turn()
      copy.run(command, &turn)
      let error = turn.errors.split(separator: "\n").first { !$0.isEmpty }
      return Finding(holds: turn.status == 0, found: error.map(String.init) ?? "")
    case .holds(let text):
      guard let predicate = try? Predicate(parsing: text) else {
        return Finding(holds: false, found: "\(text) is no check")
      }
      return PredicateJudge(workbook: copy).judge(predicate)
    }
  }
}

extension Workbook {
  /// The faults of a drill and the world that they are in, as `drill` begins it.
  mutating func beginDrill(_ faults: [DrillFault], seed: UInt64) -> DrillRun {
    desk.cloud = Cloud.start(seed: seed, model: .documented)
    desk.files = LabFiles()
    desk.variables = .init()
    desk.profile = "admin"
    desk.lesson = nil
    desk.drill = nil
    desk.played = []
    desk.programs = []
    desk.loads = []
    desk.config = LabConfig()
    var scene = DrillScene(seed: seed)
    scene.build(in: &self)
    for fault in faults { for line in fault.prepare(scene) { runQuietly(line) } }
    let run = DrillRun(scene: scene, faults: faults)
    // A night passes, so that what is due by day is not due in the middle of the search.
    runQuietly("wait 10m")
    // What stops other lines from working comes last: a key out of use takes no more grants.
    let (early, late) = (
      faults.filter { !DrillRun.lateParts.contains($0.part) },
      faults.filter { DrillRun.lateParts.contains($0.part) }
    )
    for fault in early + late { for line in fault.cause(scene) { runQuietly(line) } }
    desk.remarks = []
    desk.status = 0
    desk.lastReply = nil
    desk.drill = run
    return run
  }

  /// After each line: does everything work again?
  mutating func judgeDrill(_ turn: inout Turn) {
    guard var run = desk.drill, !desk.isUndone, !run.isDone, !desk.isPlaying else { return }
    guard !desk.marks.contains(where: { $0.hasPrefix("drill ") }) else { return }
    let works = run.open(in: self).isEmpty
    let isNamed = run.named.count == run.faults.count
    run.lastVerdict =
      "drill " + (works ? "mended" : "not-yet")
      + " named \(run.named.count) of \(run.faults.count)"
    if works, !run.isMended {
      run.isMended = true
      turn.page.add("")
      turn.page.add("Everything works again, and nobody has more than before.", .good)
      if !isNamed {
        turn.page.add("diagnose KIND   says what it was; diagnose lists the kinds", .next)
      }
    }
    if works, isNamed {
      run.isDone = true
      finish(run, &turn)
    }
    desk.drill = run
  }

  private mutating func finish(_ run: DrillRun, _ turn: inout Turn) {
    let missed = run.sawSolution || !run.wrongGuesses.isEmpty
    turn.page.add("")
    turn.page.add("Solved: " + run.faults.map(\.title).joined(separator: "; "), .good)
    for fault in run.faults { turn.page.add("  \(fault.moral)") }
    var facts = [ShortNames.plural(run.hintsShown, "hint")]
    facts.append(ShortNames.plural(run.wrongGuesses.count, "wrong diagnosis", "wrong diagnoses"))
    if run.sawSolution { facts.append("with a look at the solution") }
    turn.page.add("  " + facts.joined(separator: ", "), .note)
    turn.page.add(missed ? "drill   (this kind will come again)" : "drill", .next)
    for fault in run.faults {
      drillHistory.note(fault.id, missed ? .missed : .solved)
      turn.effects.append(.drilled("\(fault.id):\(missed ? "missed" : "solved")"))
    }
  }
}
