import Cloud
import Narration
import Values

/// The proof that drills are fair: each world is broken, says what broke it and nothing else, and can
/// be mended with what the drill itself holds.
package struct DrillCheck {
  package struct Problem: Hashable, Sendable {
    package let seed: UInt64
    package let drill: String
    package let text: String

    package var description: String { "drill \(drill) --seed \(seed): \(text)" }
  }

  /// How many drills were built.
  package private(set) var drills = 0
  /// How many of them had two faults.
  package private(set) var pairs = 0
  /// How many other diagnoses were ruled out.
  package private(set) var ruledOut = 0
  package private(set) var problems: [Problem] = []

  private let catalogue: [DrillFault]

  package init() { self.init(DrillFault.catalogue) }

  init(_ catalogue: [DrillFault]) { self.catalogue = catalogue }

  package static var kinds: [String] { DrillFault.catalogue.map(\.id) }

  /// One drill for each seed, the kinds in turn, every fourth with a second fault.
  package mutating func check(seeds: ClosedRange<UInt64>) {
    for seed in seeds { check(seed) }
  }

  /// The faults of a seed.
  private func faults(ofSeed seed: UInt64) -> [DrillFault] {
    let first = catalogue[Int((seed - 1) % UInt64(catalogue.count))]
    guard seed % 4 == 0 else { return [first] }
    var draw = DrillDraw(seed: seed)
    return Self.second(to: first, &draw).map { [first, $0] } ?? [first]
  }

  /// A fault that goes with another one: of another part of the world, and noticed by somebody else,
  /// so that neither hides the other. What changes every call, or takes the key out of the way of the
  /// stream, stands alone.
  static func second(to first: DrillFault, _ draw: inout DrillDraw) -> DrillFault? {
    guard !alone.contains(first.part) else { return nil }
    let others = DrillFault.catalogue.filter {
      !alone.contains($0.part) && $0.part != first.part && $0.complaint != first.complaint
    }
    return others.isEmpty ? nil : draw.one(of: others)
  }

  private static let alone: Set = [
    "environment", "stream-setting", "other-key", "programs", "shards",
  ]

  private mutating func check(_ seed: UInt64) {
    let faults = faults(ofSeed: seed)
    let name = faults.map(\.id).joined(separator: "+")
    drills += 1
    if faults.count > 1 { pairs += 1 }
    func problem(_ text: String) -> Problem { Problem(seed: seed, drill: name, text: text) }

    var workbook = Workbook(seed: seed)
    workbook.explain = .off
    let run = workbook.beginDrill(faults, seed: seed)
    let scene = run.scene
    if let text = healthyWorldProblem(faults, seed) { problems.append(problem(text)) }

    for fault in faults {
      let goals = fault.commands(in: scene).map(DrillGoal.works)
      let isSilent = !goals.isEmpty && goals.allSatisfy { $0.judge(workbook).holds }
      if isSilent { problems.append(problem("nothing of \(fault.id) is noticed")) }
    }
    if run.open(in: workbook, .first).isEmpty { problems.append(problem("the broken world works")) }

    let desk = DrillDesk(workbook: workbook, scene: scene)
    let ids = Set(faults.map(\.id))
    for kind in catalogue {
      let isPresent = kind.isPresent(desk)
      if ids.contains(kind.id), !isPresent {
        problems.append(problem("its own diagnosis \(kind.id) does not fit"))
      } else if !ids.contains(kind.id), isPresent {
        problems.append(problem("the diagnosis \(kind.id) fits as well"))
      } else if !isPresent {
        ruledOut += 1
      }
    }
    checkRepair(run, workbook, problem)
    for fault in faults { checkHints(fault, scene, problem) }
  }

  /// The world without its faults must satisfy what the drill asks for in the end.
  private func healthyWorldProblem(_ faults: [DrillFault], _ seed: UInt64) -> String? {
    var workbook = Workbook(seed: seed)
    workbook.explain = .off
    let harmless = faults.map { fault in
      DrillFault(
        id: fault.id, title: fault.title, complaint: fault.complaint, part: fault.part,
        prepare: fault.prepare, cause: { _ in [] }, symptom: fault.symptom, goals: fault.goals,
        isPresent: fault.isPresent, repair: fault.repair, hints: fault.hints, moral: fault.moral)
    }
    let run = workbook.beginDrill(harmless, seed: seed)
    guard let first = run.open(in: workbook, .first).first else { return nil }
    return "the healthy world does not do: \(first.goal.text): \(first.found)"
  }

  private mutating func checkRepair(
    _ run: DrillRun, _ broken: Workbook, _ problem: (String) -> Problem
  ) {
    let lines = run.repair.flatMap(\.lines)
    if let (goal, found) = opened(broken, lines, run) {
      problems.append(problem("its repair leaves: \(goal.text): \(found)"))
      return
    }
    for index in lines.indices {
      var fewer = lines
      fewer.remove(at: index)
      if opened(broken, fewer, run) == nil {
        problems.append(problem("its repair is as good without the line \(lines[index])"))
      }
    }
    var mended = broken
    for line in lines { mended.runQuietly(line) }
    let desk = DrillDesk(workbook: mended, scene: run.scene)
    for fault in run.faults where fault.isPresent(desk) {
      problems.append(problem("\(fault.id) is still there after its repair"))
    }
  }

  /// The first goal that lines leave open.
  private func opened(_ broken: Workbook, _ lines: [String], _ run: DrillRun) -> (
    goal: DrillGoal, found: String
  )? {
    var workbook = broken
    for line in lines { workbook.runQuietly(line) }
    return run.open(in: workbook, .first).first
  }

  /// Three rungs: where to look, what to see, what to do; none of them the repair itself.
  private mutating func checkHints(
    _ fault: DrillFault, _ scene: DrillScene, _ problem: (String) -> Problem
  ) {
    let hints = fault.hints(scene)
    if hints.count != 3 { problems.append(problem("it has \(hints.count) hints and not 3")) }
    if Set(hints).count != hints.count { problems.append(problem("a hint comes twice")) }
    let repair = fault.repair(scene)
    for hint in hints where repair.contains(where: { hint.contains($0) }) {
      problems.append(problem("a hint holds a line of the repair"))
    }
    if let first = hints.first {
      let told = [fault.id, fault.title].filter { first.contains($0) }
      if !told.isEmpty { problems.append(problem("the first hint gives the diagnosis away")) }
    }
  }
}
