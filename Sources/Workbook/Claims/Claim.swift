import Cloud
import Commands
import Narration
import Values

/// One claim of the guide, with the experiments that show whether it is so.
struct Claim: Sendable {
  enum Verdict: String, Sendable { case supported, refuted, depends }

  /// The number of its row among the guide's claims.
  let number: Int
  /// What the guide says, in few words.
  let says: String
  let experiments: [Experiment]
  /// What comes of it as AWS is documented.
  let verdict: Verdict
  /// What comes of it in the guide's own world.
  let described: Verdict
  /// What is really so.
  let rule: String
  let source: String

  struct Experiment: Sendable {
    /// What is tried, where a claim has more than one part.
    var title = ""
    /// Lines that come before, which are not the point.
    var setup: [String] = []
    var lines: [String]
    /// The claim holds when all of these do.
    var holds: [ClaimTest]
  }

  static func named(_ number: Int) -> Claim? { catalogue.first { $0.number == number } }

  static let catalogue: [Claim] =
    (settingUp + permissions + keys + looking + scale + metrics).sorted { $0.number < $1.number }
}

/// What is looked at after an experiment.
enum ClaimTest: Hashable, Sendable {
  /// A check of the lab's language holds.
  case check(String)
  /// The experiment's last line ended well.
  case works
  /// The experiment's last line was refused; by that code, when one is given.
  case fails(String? = nil)
  /// What the last line printed holds that text.
  case prints(String)
  /// What the last line printed lacks that text.
  case printsNot(String)
  /// Two variables of the shell have the same value.
  case same(String, String)
  /// They have not.
  case differ(String, String)

  var isAboutPrint: Bool {
    switch self {
    case .prints, .printsNot: true
    default: false
    }
  }

  var text: String {
    switch self {
    case .check(let predicate): predicate
    case .works: "the last line succeeds"
    case .fails(let code): "the last line is refused" + (code.map { " with \($0)" } ?? "")
    case .prints(let text): "the last line prints \(JSON.quoted(text))"
    case .printsNot(let text): "the last line does not print \(JSON.quoted(text))"
    case .differ(let first, let second): "$\(first) and $\(second) differ"
    case .same(let first, let second): "$\(first) and $\(second) are the same"
    }
  }
}

/// What came of one experiment in one model.
struct ClaimOutcome: Sendable {
  let experiment: Claim.Experiment
  let holds: Bool
  /// The first test that failed, and what was found instead.
  let found: String
  /// The first lines of what the last command said.
  let last: [String]
  /// Whether it failed because something else was printed.
  let isAboutPrint: Bool

  /// More would hide the claim.
  static let mostLines = 8
}

/// Runs claims, each experiment in a world of its own.
struct ClaimRun: Sendable {
  let claim: Claim
  let documented: [ClaimOutcome]
  let described: [ClaimOutcome]

  init(_ claim: Claim, seed: UInt64) {
    self.claim = claim
    documented = claim.experiments.map { Self.run($0, .documented, seed) }
    described = claim.experiments.map { Self.run($0, .described, seed) }
  }

  /// Whether both verdicts are those that the catalogue has.
  var isAsKnown: Bool {
    Self.verdict(documented) == claim.verdict && Self.verdict(described) == claim.described
  }

  static func verdict(_ outcomes: [ClaimOutcome]) -> Claim.Verdict {
    if outcomes.allSatisfy(\.holds) { return .supported }
    return outcomes.contains(where: \.holds) ? .depends : .refuted
  }

  private static func run(_ experiment: Claim.Experiment, _ model: Model, _ seed: UInt64)
    -> ClaimOutcome
  {
    var workbook = Workbook(seed: seed, model: model)
    workbook.explain = .off
    for line in experiment.setup { workbook.runQuietly(line) }
    workbook.desk.remarks = []
    var turn = Turn()
    for line in experiment.lines {
      turn = Turn()
      workbook.run(line, &turn)
    }
    let said = (turn.errors.isEmpty ? turn.reply : turn.errors)
      .split(separator: "\n").filter { !$0.isEmpty }.prefix(ClaimOutcome.mostLines).map(String.init)
    for test in experiment.holds {
      let finding = judge(test, workbook, turn)
      guard finding.holds else {
        return ClaimOutcome(
          experiment: experiment, holds: false, found: finding.found, last: said,
          isAboutPrint: test.isAboutPrint)
      }
    }
    return ClaimOutcome(
      experiment: experiment, holds: true, found: "", last: said, isAboutPrint: false)
  }

  private static func judge(_ test: ClaimTest, _ workbook: Workbook, _ turn: Turn) -> Finding {
    switch test {
    case .check(let text):
      do throws(Predicate.Failure) {
        return PredicateJudge(workbook: workbook).judge(try Predicate(parsing: text))
      } catch {
        return Finding(holds: false, found: error.problem)
      }
    case .works:
      return Finding(holds: turn.status == 0, found: "it was refused")
    case .fails(let code):
      guard turn.status != 0 else { return Finding(holds: false, found: "it succeeded") }
      guard let code else { return Finding(holds: true, found: "") }
      return Finding(
        holds: turn.errors.contains("(\(code))"), found: "it was refused with another code")
    case .prints(let text):
      return Finding(holds: turn.reply.contains(text), found: "it printed something else")
    case .printsNot(let text):
      return Finding(holds: !turn.reply.contains(text), found: "it printed that")
    case .differ(let first, let second):
      let (left, right) = (workbook.desk.variables[first], workbook.desk.variables[second])
      return Finding(holds: left != right, found: "they are the same")
    case .same(let first, let second):
      let (left, right) = (workbook.desk.variables[first], workbook.desk.variables[second])
      return Finding(holds: left != nil && left == right, found: "they differ")
    }
  }
}
