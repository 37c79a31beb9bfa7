import Testing
import Values

@testable import Policies

/// Random policies and requests, decided twice: by the room, and by a plain reading of the rules.
@Suite struct ReferenceTests {
  private static let worlds: UInt64 = 10_000
  private static let requests = 11

  @Test func agreesWithAPlainReadingOfTheRulesOnAHundredThousandRandomRequests() throws {
    let tally = PlainTally()
    var answers: [String: Int] = [:]
    var failures = 0
    var decided = 0
    for seed in 1...Self.worlds where failures < 5 {
      var world = try RandomPolicies(seed: seed)
      for number in 1...Self.requests {
        let (name, request, policies) = world.request()
        let expected = PlainRules(request, policies, tally).answer()
        decided += 1
        tally.note("asked by: \(name)", expected.cause == .allowed)
        tally.note("asked for: \(world.thing)", expected.cause == .allowed)
        let isForeign = request.caller.account != request.owner
        tally.note(isForeign ? "across accounts" : "within an account", expected.cause == .allowed)
        for (kind, saying) in expected.sayings {
          for outcome in [Gate.Outcome.denies, .allows, .delegates, .silent, .notPresent] {
            tally.note("\(kind.rawValue) \(outcome)", saying.outcome == outcome)
          }
        }
        let by = expected.refusedBy.map { " by \($0.rawValue)" } ?? ""
        answers["\(expected.cause)\(by)\(expected.isByRow ? ", a row" : "")", default: 0] += 1
        let differences = Self.differences(request, policies, expected)
        if !differences.isEmpty {
          failures += 1
          Issue.record(
            """
            seed \(seed), request \(number): \(differences.joined(separator: "; "))
            \(name) asks \(request.action) on \(request.resource ?? "nothing")
            \(request.context.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
            \(request.encryptionContext), owner \(request.owner)
            \(policies.text)
            """)
          break
        }
      }
    }
    #expect(failures == 0)
    #expect(decided >= 100_000)
    print("\(decided) random requests under \(Self.worlds) sets of policies:")
    for (answer, count) in answers.sorted(by: { $0.key < $1.key }) {
      print("  \(answer): \(count)")
    }
    // A comparison that only ever saw one side would say nothing.
    for construct in Self.constructs {
      let (yes, no) = (tally.yes(construct), tally.no(construct))
      #expect(yes >= 40 && no >= 40, "\(construct): \(yes) times so, \(no) times not")
    }
    // Everybody is always meant, or never.
    #expect(tally.yes("Principal with *") >= 40 && tally.no("NotPrincipal with *") >= 40)
    #expect(tally.yes("delegation to an account") >= 40)
    #expect(tally.yes("variable for a character") >= 40)
    for answer in Self.reached {
      #expect(answers[answer] ?? 0 >= 100, "\(answer): \(answers[answer] ?? 0)")
    }
    #expect(answers["allowed"] ?? 0 > 10_000)
  }

  /// What both sides of must have been seen.
  private static let constructs: [String] =
    RandomPolicies.forms
    + [
      "Action", "NotAction", "Resource", "NotResource", "variable", "variable with a default",
      "Principal with AWS", "Principal with Service", "Principal with Federated",
      "Principal with CanonicalUser", "NotPrincipal with AWS", "NotPrincipal with Service",
      "NotPrincipal with Federated", "NotPrincipal with CanonicalUser", "NotPrincipal in an Allow",
      "NotPrincipal in a Deny", "EncryptionContextEquals", "EncryptionContextSubset",
      "within an account", "across accounts",
    ]
    + RandomPolicies.callers.map { "asked by: \($0.name)" }
    + AskedThing.allCases.map { "asked for: \($0)" }
    + Gate.Kind.allCases.flatMap { kind -> [String] in
      // A grant never forbids, and what names nobody leaves nothing to an account.
      let isTold = [.resource, .grant].contains(kind)
      return ["denies", "allows", "delegates", "silent", "notPresent"].filter {
        (isTold || $0 != "delegates") && (kind != .grant || $0 != "denies")
      }.map { "\(kind.rawValue) \($0)" }
    }

  /// Answers and who gave them.
  private static let reached: [String] =
    Gate.Kind.allCases.filter { $0 != .grant }.flatMap {
      ["explicitDeny by \($0.rawValue)", "implicitDeny by \($0.rawValue)"]
    } + ["implicitDeny by identity policies, a row", "implicitDeny by resource policy, a row"]

  /// In what the room's answer is another one.
  private static func differences(
    _ request: PlainRequest, _ policies: PlainPolicies, _ expected: PlainRules.Answer
  ) -> [String] {
    var found: [String] = []
    func compare<Value: Equatable>(_ what: String, _ own: Value, _ wanted: Value) {
      if own != wanted { found.append("\(what) is \(own), should be \(wanted)") }
    }
    let (question, set, rules) = (request.question, policies.compiled, request.rules)
    let bare = Ruling(question, set, rules)
    let full = Decision.make(question, policies: set, rules: rules)
    compare("the bare answer", bare.cause, expected.cause)
    compare("the answer", full.cause, expected.cause)
    compare("the gate", bare.refusedBy, expected.refusedBy)
    compare("the told gate", full.refusedBy, expected.refusedBy)
    compare("the row", full.isRefusedByRow, expected.isByRow)
    for gate in full.gates {
      guard let saying = expected.sayings[gate.kind] else { continue }
      compare("what the \(gate.kind.rawValue) says", gate.outcome, saying.outcome)
      compare(
        "the statements of the \(gate.kind.rawValue)", gate.findings.count, saying.readings.count)
      for (finding, reading) in zip(gate.findings, saying.readings) {
        compare(
          "what misses in \(finding.statementName)", finding.missed.rawValue,
          reading.missed.rawValue)
        compare("the misses of \(finding.statementName)", finding.missCount, reading.count)
      }
    }
    // Every part that misses has a place of its own.
    if full.cause == .implicitDeny, let near = full.nearestMiss {
      compare("the carets of \(near.statementName)", near.mismatches.count, near.missCount)
    }
    return found
  }
}
