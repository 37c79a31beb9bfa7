import Testing
import Values

@testable import Policies

@Suite struct NearestMissTests {
  /// The decision about a GenerateDataKey of the writer's session on a key with that policy.
  private func decide(
    key statements: [String], identity: String? = nil, _ context: [String: [String]] = [:],
    _ change: (inout DecisionRules) -> Void = { _ in }
  ) throws -> Decision {
    var policies = PolicySet()
    policies.resource = try Bench.attached(statements.joined(separator: ","), .key, "key")
    if let identity {
      policies.identity = [try Bench.attached(identity, .identity, "identity:Own")]
    }
    var rules = Bench.keyRules
    change(&rules)
    return Decision.make(
      Bench.question(Bench.session, "kms:GenerateDataKey", on: [Bench.key], context),
      policies: policies, rules: rules)
  }

  private func statement(
    _ sid: String, _ effect: String = "Allow", who: String = Bench.role,
    action: String = "kms:GenerateDataKey", resource: String = "*", condition: String = "{}"
  ) -> String {
    """
    {"Sid": "\(sid)", "Effect": "\(effect)", "Principal": {"AWS": "\(who)"},
     "Action": "\(action)", "Resource": "\(resource)", "Condition": \(condition)}
    """
  }

  private static let elsewhere = "arn:aws:kms:us-east-1:123456789012:key/other"

  @Test func fewerPartsAmissComeFirst() throws {
    let miss = try #require(
      try decide(key: [
        statement("Far", who: Bench.user.arn, action: "kms:Decrypt"),
        statement("Near", resource: Self.elsewhere),
      ]).nearestMiss)
    #expect(miss.statementName == "key:Near")
    #expect(miss.mismatches.map(\.element) == ["Resource"])
  }

  @Test func ofTwoTheOneWhoseActionFitsComesFirst() throws {
    let miss = try #require(
      try decide(key: [
        statement("WrongAction", action: "kms:Decrypt"),
        statement("WrongKey", resource: Self.elsewhere),
      ]).nearestMiss)
    #expect(miss.statementName == "key:WrongKey")
  }

  @Test func ofEqualsTheFirstCounts() throws {
    let miss = try #require(
      try decide(key: [
        statement("A", action: "kms:Decrypt"), statement("B", action: "kms:Encrypt"),
      ]).nearestMiss)
    #expect(miss.statementName == "key:A")
  }

  @Test func aDenyIsNoNearMiss() throws {
    let decision = try decide(key: [statement("No", "Deny", action: "kms:Decrypt")])
    #expect(decision.cause == .implicitDeny)
    #expect(decision.nearestMiss == nil)
  }

  @Test func everyPartAmissIsPointedAtInTheSource() throws {
    let condition = "{\"StringEquals\": {\"kms:ViaService\": [\"s3\", \"sns\"]}}"
    let miss = try #require(
      try decide(
        key: [
          statement(
            "All", who: Bench.user.arn, action: "kms:Decrypt", resource: Self.elsewhere,
            condition: condition)
        ], ["kms:ViaService": ["kinesis"]]
      ).nearestMiss)
    #expect(miss.mismatches.map(\.element) == ["Principal", "Action", "Resource", "Condition"])
    #expect(
      miss.mismatches.map { miss.document.text(of: $0.span) } == [
        "\"\(Bench.user.arn)\"", "\"kms:Decrypt\"", "\"\(Self.elsewhere)\"", "[\"s3\", \"sns\"]",
      ])
    #expect(
      miss.mismatches.map(\.found) == [
        Bench.role, "kms:GenerateDataKey", Bench.key, "kinesis",
      ])
    #expect(miss.mismatches.last?.note == "StringEquals kms:ViaService")
    #expect(miss.mismatches.last?.wanted == ["s3", "sns"])
  }

  @Test func aKeyThatTheRequestLacksIsCalledAbsent() throws {
    let condition = "{\"StringEquals\": {\"kms:ViaService\": \"s3\"}}"
    let miss = try #require(
      try decide(key: [statement("Via", condition: condition)]).nearestMiss)
    #expect(miss.mismatches.map(\.found) == [Mismatch.absent])
  }

  @Test func statementsAreNamedByKindAndPlace() throws {
    let decision = try decide(
      key: [statement("Named"), Bench.named("Allow", "\"*\"")],
      identity: Bench.own("Allow") + "," + Bench.own("Allow", "kms:Decrypt"))
    let names = decision.gates.flatMap(\.findings).map(\.statementName)
    #expect(names == ["key:Named", "key:#2", "identity:Own#1", "identity:Own#2"])
    #expect(decision.gates.map(\.kind) == Gate.Kind.allCases)
  }

  @Test func aGateTellsDelegatingSilentAndMissingApart() throws {
    let root = "arn:aws:iam::123456789012:root"
    let decision = try decide(
      key: [statement("Root", who: root)], identity: Bench.own("Allow", "kms:Decrypt"))
    let outcomes = Dictionary(uniqueKeysWithValues: decision.gates.map { ($0.kind, $0.outcome) })
    #expect(outcomes[.resource] == .delegates)
    #expect(outcomes[.identity] == .silent)
    #expect(outcomes[.boundary] == .notPresent)
  }

  /// Who is named where, each row of the described model, and what either model says.
  @Test(arguments: [
    // Key policy, identity policy, verdict documented, rows that say no.
    ("role", "allow", Decision.Verdict.allowed, ["service-statement"]),
    ("role", "none", .allowed, ["both-must-allow", "service-statement"]),
    ("root", "allow", .allowed, ["both-must-allow", "service-statement"]),
    ("root", "none", .denied, []),
    ("role+service", "allow", .allowed, []),
    ("root+service", "allow", .allowed, ["both-must-allow"]),
  ])
  func theRowsThatMakeTheDifferenceAreNamedUnderBothModels(
    _ named: String, _ own: String, _ documented: Decision.Verdict, _ rows: [String]
  ) throws {
    var key = [
      statement("Who", who: named.hasPrefix("role") ? Bench.role : Bench.root.arn)
    ]
    if named.hasSuffix("service") {
      key.append(Bench.named("Allow", "{\"Service\": \"kinesis.amazonaws.com\"}", "kms:*"))
    }
    for rowsDecide in [false, true] {
      let decision = try decide(key: key, identity: own == "allow" ? Bench.own("Allow") : nil) {
        $0.keyPolicyMustName = true
        $0.serviceStatement = Bench.service
        $0.rowsDecide = rowsDecide
      }
      #expect(decision.rowsUsed == rows)
      #expect(decision.verdict == (rowsDecide && !rows.isEmpty ? .denied : documented))
    }
  }

  @Test func aManagedKeyAsksForTheIdentityPolicyInTheDescribedModel() throws {
    let key = [statement("Everyone")]
    for (identity, rows) in [(nil, ["managed-key-iam"]), (Bench.own("Allow"), [])] {
      for rowsDecide in [false, true] {
        let decision = try decide(key: key, identity: identity) {
          $0.identityMustAllow = true
          $0.rowsDecide = rowsDecide
        }
        #expect(decision.rowsUsed == rows)
        #expect(decision.verdict == (rowsDecide && !rows.isEmpty ? .denied : .allowed))
      }
    }
  }

  @Test func anExplicitDenyNamesEveryDenyingStatementAndNoRow() throws {
    let decision = try decide(
      key: [statement("Yes"), statement("No", "Deny")], identity: Bench.own("Deny")
    ) { $0.keyPolicyMustName = true }
    #expect(decision.cause == .explicitDeny)
    #expect(decision.deciding.map(\.statementName) == ["key:No", "identity:Own#1"])
    #expect(decision.rowsUsed == [])
  }
}
