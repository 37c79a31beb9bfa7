import Cloud
import Commands
import Narration
import Values

/// A drill at work: a world with faults, and what the learner found out.
struct DrillRun {
  let scene: DrillScene
  let faults: [DrillFault]
  /// The lab before anything was wrong: what everybody might do there is what he may do in the end.
  let sound: Cloud
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
  /// What was not well although the commands worked, as it was told last.
  var lastLeft: String?
  /// What somebody has too much, as it was told last.
  var lastTooMuch: String?
  /// How the drill stands, for the transcript.
  var lastVerdict: String?

  var id: String { faults.map(\.id).joined(separator: "+") }

  /// Takes over what the learner has seen in the same drill: taking a line back makes nobody forget.
  mutating func remember(_ later: DrillRun) {
    guard later.id == id, later.scene.seed == scene.seed else { return }
    hintsShown = max(hintsShown, later.hintsShown)
    sawSolution = sawSolution || later.sawSolution
    if later.wrongGuesses.count > wrongGuesses.count { wrongGuesses = later.wrongGuesses }
  }

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
    return goals + Self.guards(scene) + [.nobodyGains]
  }

  /// What a repair must leave alone, and what it must reach whatever was wrong: records go in under the
  /// stream's own key, and come out.
  private static func guards(_ scene: DrillScene) -> [DrillGoal] {
    [
      .holds("stream \(scene.stream) encryption = KMS"),
      .isUnder(scene.keyID, stream: scene.stream),
      .holds("key \(scene.keyID) state = Enabled"),
      .holds("can admin kms:PutKeyPolicy on \(scene.keyID) = allow"),
      .comesThrough(scene.write),
    ]
  }

  enum Look { case first, untilRights, all }

  /// Goals that are not reached, with what was found. What everybody may do is looked at only where all
  /// else is reached, or where all is asked for.
  func open(in workbook: Workbook, _ look: Look = .untilRights) -> [(
    goal: DrillGoal, found: String
  )] {
    var open: [(goal: DrillGoal, found: String)] = []
    for goal in goals {
      if goal == .nobodyGains {
        guard look == .all || open.isEmpty else { continue }
        let gained = gained(in: workbook)
        if !gained.isEmpty { open.append((goal, gained.sentence)) }
        continue
      }
      let finding = goal.judge(workbook)
      if !finding.holds { open.append((goal, finding.found)) }
      if look == .first, !open.isEmpty { return open }
    }
    return open
  }

  /// What somebody may do now and might not in the sound world.
  func gained(in workbook: Workbook) -> RightsGained {
    RightsGained(in: workbook.desk.cloud.asDocumented, over: sound.asDocumented)
  }
}

extension Cloud {
  /// A drill is about AWS as AWS documents it, whatever the learner compares it with meanwhile.
  fileprivate var asDocumented: Cloud {
    var copy = self
    copy.setModel(.documented)
    return copy
  }
}

/// One thing that must be so.
enum DrillGoal: Hashable, Sendable {
  /// A command succeeds, tried on a copy.
  case works(String)
  /// A check holds.
  case holds(String)
  /// A stream is set to a key, by whichever of its names.
  case isUnder(String, stream: String)
  /// What a put of the producer stores anew, under a new data key, the consumer reads; tried on a copy.
  case comesThrough(String)
  /// Nobody but the administrator may do what he might not in the sound world.
  case nobodyGains

  var isAboutRights: Bool { self == .nobodyGains }
  /// Whether it is about what somebody complained of.
  var isComplaint: Bool { if case .works = self { true } else { false } }

  var text: String {
    switch self {
    case .works(let command): "works again: \(command)"
    case .holds(let predicate): predicate
    case .isUnder(let key, let stream): "stream \(stream) is set to key/\(key)"
    case .comesThrough: "what the producer writes from now on, the consumer reads"
    case .nobodyGains: "nobody has more than before"
    }
  }

  func judge(_ workbook: Workbook) -> Finding {
    var copy = workbook
    copy.desk.cloud = copy.desk.cloud.asDocumented
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
    case .isUnder(let id, let name):
      let world = copy.desk.world
      let slot = world.streams.slot(named: name, in: .usEast1)
      let setting = slot.flatMap { world.streams[$0].protection.keyID } ?? "no key"
      let key = SubjectNames.key(setting, in: world).map { world.keys[$0].id }
      return Finding(
        holds: key == id,
        found: "it is set to \(setting)" + (key.map { ", which is key/\($0)" } ?? ""))
    case .comesThrough(let put): return Self.comesThrough(put, &copy)
    case .nobodyGains: return Finding(holds: true, found: "")
    }
  }

  private static func comesThrough(_ put: String, _ copy: inout Workbook) -> Finding {
    // A data key in use would hide that no new one is to be had.
    copy.runQuietly("wait 6m")
    func run(_ line: String) -> (turn: Turn, error: String) {
      var turn = Turn()
      copy.run(line, &turn)
      return (turn, turn.errors.split(separator: "\n").first { !$0.isEmpty }.map(String.init) ?? "")
    }
    let written = run(put)
    let journal = copy.desk.cloud.journal
    guard written.turn.status == 0,
      let event = journal.suffix(from: max(0, journal.count - 4)).last(where: {
        if case .stored = $0.effect { true } else { false }
      }), case .stored(let stream, let shard, let first, _) = event.effect
    else { return Finding(holds: false, found: "the producer's put: \(written.error)") }
    let found = copy.desk.world.streams[stream]
    let data = Base64.encode(Array("hello".utf8))
    let sequence = found.shards[Int(shard)].sequenceNumber(of: Int(first))
    let read = run(
      "aws kinesis get-records --profile consumer --shard-iterator $(aws kinesis get-shard-iterator "
        + "--stream-name \(found.name) --shard-id \(found.shards[Int(shard)].id) "
        + "--shard-iterator-type AT_SEQUENCE_NUMBER --starting-sequence-number \(sequence) "
        + "--query ShardIterator --output text --profile consumer)")
    return Finding(
      holds: read.turn.status == 0 && read.turn.reply.contains(data),
      found: "the consumer's read of it: \(read.error)")
  }
}

extension Workbook {
  /// The faults of a drill and the world that they are in, as `drill` begins it.
  mutating func beginDrill(_ faults: [DrillFault], seed: UInt64) -> DrillRun {
    desk = desk.renewed(Cloud.start(seed: seed, model: .documented))
    var scene = DrillScene(seed: seed)
    scene.build(in: &self)
    for fault in faults { for line in fault.prepare(scene) { runQuietly(line) } }
    // A night passes, so that what is due by day is not due in the middle of the search.
    runQuietly("wait 10m")
    let run = DrillRun(scene: scene, faults: faults, sound: desk.cloud)
    // What stops other lines from working comes last: a key out of use takes no more grants.
    let (early, late) = (
      faults.filter { !DrillRun.lateParts.contains($0.part) },
      faults.filter { DrillRun.lateParts.contains($0.part) }
    )
    for fault in early + late { for line in fault.cause(scene) { runQuietly(line) } }
    desk.remarks = []
    desk.status = 0
    desk.lastReply = nil
    desk.lastOperation = nil
    desk.drill = run
    return run
  }

  /// After each line: does everything work again?
  mutating func judgeDrill(_ turn: inout Turn) {
    guard var run = desk.drill, !desk.isUndone, !run.isDone, !desk.isPlaying else { return }
    guard !desk.marks.contains(where: { $0.hasPrefix("drill ") }) else { return }
    let open = run.open(in: self)
    let works = open.isEmpty
    let isNamed = run.named.count == run.faults.count
    run.lastVerdict =
      "drill " + (works ? "mended" : "not-yet")
      + " named \(run.named.count) of \(run.faults.count)"
    if works, !run.isMended {
      run.isMended = true
      turn.page.add("")
      turn.page.add("Everything works again, and nobody has more than before.", .good)
      if let less = run.gained(in: self).lossesSentence { turn.page.add(less, .note) }
      if !isNamed {
        turn.page.add("diagnose KIND   says what it was; diagnose lists the kinds", .next)
      }
    }
    // What was complained of may work while something else does not.
    let worked = run.goals.contains { if case .works = $0 { true } else { false } }
    if let first = open.first, worked, !first.goal.isAboutRights, !first.goal.isComplaint {
      if first.found != run.lastLeft {
        turn.page.add("")
        turn.page.add("It works again, and yet not all is well: \(first.goal.text)", .bad)
        turn.page.add("  \(first.found)", .note)
        turn.page.add("check   says what else is open", .next)
      }
      run.lastLeft = first.found
    }
    let tooMuch = open.first { $0.goal == .nobodyGains }?.found
    if let tooMuch, tooMuch != run.lastTooMuch {
      turn.page.add("")
      turn.page.add("It works again, but somebody may do more than before:", .bad)
      turn.page.add(run.gained(in: self).page())
      turn.page.add("check   says what is open; undo   takes the last line back", .next)
    }
    run.lastTooMuch = tooMuch
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
