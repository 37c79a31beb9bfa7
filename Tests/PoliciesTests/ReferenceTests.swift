import Testing
import Values

@testable import Policies

/// Random policies and requests, decided twice: by the room, and by a plain reading of the rules.
@Suite struct ReferenceTests {
  private static let worlds: UInt64 = 2_400
  private static let requests = 42

  @Test func agreesWithAPlainReadingOfTheRulesOnAHundredThousandRandomRequests() throws {
    let tally = PlainTally()
    var answers: [Answer: Int] = [:]
    var things: [AskedThing: [Decision.Cause: Int]] = [:]
    var outcomes: [Gate.Kind: [Gate.Outcome: Int]] = [:]
    var failures = 0
    var decided = 0
    for seed in 1...Self.worlds where failures < 5 {
      var world = try RandomPolicies(seed: seed)
      for number in 1...Self.requests {
        let (name, request, policies) = world.request()
        let expected = PlainRules(request, policies, tally).answer()
        decided += 1
        tally.note(name, expected.cause == .allowed)
        things[world.thing, default: [:]][expected.cause, default: 0] += 1
        let isForeign = request.caller.account != request.owner
        tally.note(isForeign ? "across accounts" : "within an account", expected.cause == .allowed)
        for (kind, saying) in expected.sayings {
          outcomes[kind, default: [:]][saying.outcome, default: 0] += 1
        }
        answers[
          Answer(cause: expected.cause, by: expected.refusedBy, isRow: expected.isByRow),
          default: 0] += 1
        let differences = Self.differences(
          request, policies, expected, inDepth: number % 5 == 0)
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
    let told = answers.map { ($0.key.text, $0.value) }.sorted { $0 < $1 }
    for (answer, count) in told { print("  \(answer): \(count)") }
    // A comparison that only ever saw one side would say nothing.
    for construct in Self.constructs {
      let (yes, no) = (tally.yes(construct), tally.no(construct))
      #expect(yes >= 10 && no >= 10, "\(construct): \(yes) times so, \(no) times not")
    }
    // Everybody is always meant, or never.
    #expect(tally.yes("Principal with *") >= 40 && tally.no("NotPrincipal with *") >= 40)
    #expect(tally.yes("delegation to an account") >= 40)
    #expect(tally.yes("variable for a character") >= 40)
    for answer in Self.reached {
      #expect(answers[answer] ?? 0 >= 100, "\(answer.text): \(answers[answer] ?? 0)")
    }
    #expect(answers[Answer(cause: .allowed)] ?? 0 > 10_000)
    for thing in AskedThing.allCases {
      for cause in [Decision.Cause.allowed, .implicitDeny, .explicitDeny] {
        #expect(things[thing]?[cause] ?? 0 >= 100, "\(thing) \(cause)")
      }
    }
    for kind in Gate.Kind.allCases {
      // A grant never forbids, and what names nobody leaves nothing to an account.
      let isTold = [.resource, .grant].contains(kind)
      for outcome in [Gate.Outcome.denies, .allows, .delegates, .silent, .notPresent]
      where (isTold || outcome != .delegates) && (kind != .grant || outcome != .denies) {
        #expect(outcomes[kind]?[outcome] ?? 0 >= 100, "\(kind.rawValue) \(outcome)")
      }
    }
  }

  /// An answer and who gave it.
  private struct Answer: Hashable {
    var cause: Decision.Cause
    var by: Gate.Kind?
    var isRow = false

    var text: String {
      "\(cause)\(by.map { " by \($0.rawValue)" } ?? "")\(isRow ? ", a row" : "")"
    }
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
    + RandomPolicies.callers.map(\.name)

  /// Answers and who gave them.
  private static let reached: [Answer] =
    Gate.Kind.allCases.filter { $0 != .grant }.flatMap {
      [Answer(cause: .explicitDeny, by: $0), Answer(cause: .implicitDeny, by: $0)]
    }
    + [.identity, .resource].map { Answer(cause: .implicitDeny, by: $0, isRow: true) }

  /// In what the room's answer is another one.
  private static func differences(
    _ request: PlainRequest, _ policies: PlainPolicies, _ expected: PlainRules.Answer,
    inDepth isDeep: Bool
  ) -> [String] {
    var found: [String] = []
    func compare<Value: Equatable>(_ what: @autoclosure () -> String, _ own: Value, _ wanted: Value)
    {
      if own != wanted { found.append("\(what()) is \(own), should be \(wanted)") }
    }
    let (question, set, rules) = (request.question, policies.compiled, request.rules)
    let full = Decision.make(question, policies: set, rules: rules)
    compare("the answer", full.cause, expected.cause)
    compare("the gate", full.refusedBy, expected.refusedBy)
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
        guard isDeep else { continue }
        compare("the misses of \(finding.statementName)", finding.missCount, reading.count)
      }
    }
    guard isDeep else { return found }
    let bare = Ruling(question, set, rules)
    compare("the bare answer", bare.cause, expected.cause)
    compare("the bare gate", bare.refusedBy, expected.refusedBy)
    // Every part that misses has a place of its own.
    if full.cause == .implicitDeny, let near = full.nearestMiss {
      compare("the carets of \(near.statementName)", near.mismatches.count, near.missCount)
    }
    return found
  }
}
