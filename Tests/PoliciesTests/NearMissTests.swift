import Testing
import Values

@testable import Policies

/// What might have let a refused call through: ranked, from all places that could have.
@Suite struct NearMissTests {
  private static let root = "arn:aws:iam::123456789012:root"
  private static let writer = Bench.role

  private static func statement(
    _ sid: String, who: String = writer, action: String = "kms:Encrypt", more: String = ""
  ) -> String {
    "{\"Sid\": \"\(sid)\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"\(who)\"}, \"Action\": \"\(action)\", \"Resource\": \"*\"\(more)}"
  }

  private static let condition =
    ", \"Condition\": {\"StringEquals\": {\"kms:EncryptionContext:dept\": \"it\"}}"

  private func decide(
    key statements: [String], identity: String? = nil, grants: [String] = [],
    _ context: [String: [String]] = [:]
  ) throws -> Decision {
    var policies = PolicySet()
    policies.resource = try Bench.attached(statements.joined(separator: ","), .key, "key")
    if let identity {
      policies.identity = [try Bench.attached(identity, .identity, "identity:Own")]
    }
    policies.grants = try grants.enumerated().map { index, text in
      AttachedPolicy(
        kind: .grant, label: "grant:\(index)", arn: nil,
        document: try #require(PolicyDocument(grant: text)))
    }
    return Decision.make(
      Bench.question(Bench.session, "kms:Encrypt", on: [Bench.key], context), policies: policies,
      rules: Bench.keyRules)
  }

  private func names(_ decision: Decision) -> [String] {
    decision.nearMisses.filter { $0.namesCaller && $0.speaksOfService }.map {
      "\($0.finding.statementName) \($0.elements.joined(separator: "+"))"
    }
  }

  @Test func somebodyElsesStatementIsFurtherThanAnyPartOfTheCallersOwn() throws {
    let decision = try decide(key: [
      Self.statement("a", who: "arn:aws:iam::123456789012:user/admin", action: "kms:*"),
      Self.statement("one", who: "arn:aws:iam::123456789012:role/other"),
      Self.statement("two", more: Self.condition), Self.statement("three", action: "kms:Encypt"),
    ])
    #expect(names(decision) == ["key:two Condition", "key:three Action"])
    #expect(decision.nearMisses.count == 4)
    #expect(decision.nearestMiss?.statementName == "key:two")
  }

  @Test func aSlipInTheCallersNameIsNear() throws {
    let decision = try decide(key: [
      Self.statement("other", who: "arn:aws:iam::123456789012:role/somebody"),
      Self.statement("slip", who: "arn:aws:iam::123456789012:role/wrtier"),
    ])
    #expect(names(decision) == ["key:slip Principal"])
  }

  @Test func theKeysWordForTheCallerCountsAlsoWhereTheAccountRefused() throws {
    let decision = try decide(
      key: [
        Self.statement("root", who: Self.root, action: "kms:*"),
        Self.statement("two", more: Self.condition),
      ],
      identity: Bench.own("Allow", "kms:Decrypt"))
    #expect(decision.refusedBy == .identity)
    #expect(names(decision) == ["key:two Condition", "identity:Own#1 Action"])
  }

  @Test func whatLeavesItToTheAccountIsNoNearMissOfAnAccountThatRefused() throws {
    let decision = try decide(
      key: [
        Self.statement("root", who: Self.root, action: "kms:*"),
        Self.statement("more", who: Self.root, more: Self.condition),
      ], identity: Bench.own("Allow", "kms:Decrypt"))
    #expect(names(decision) == ["identity:Own#1 Action"])
  }

  @Test func aGrantIsANearMissByItsConstraintAndByItsOperations() throws {
    let grant = """
      {"GranteePrincipal": "\(Self.writer)", "Operations": ["Encrypt"], "Constraints": {"EncryptionContextEquals": {"dept": "it"}}}
      """
    let other = """
      {"GranteePrincipal": "\(Self.writer)", "Operations": ["Decrypt", "DescribeKey"]}
      """
    let decision = try decide(
      key: [Self.statement("root", who: Self.root, action: "kms:*")], grants: [grant, other],
      ["kms:EncryptionContext:Dept": ["it"]])
    #expect(names(decision) == ["grant:0 Constraints", "grant:1 Operations"])
    let mismatch = try #require(decision.nearestMiss?.mismatches.first)
    #expect(decision.nearestMiss?.document.text(of: mismatch.span) == "\"dept\": \"it\"")
    #expect(mismatch.found == "Dept=it")
    #expect(mismatch.note == "capitals count")
  }

  @Test func theElementThatWasMeantIsMarkedAlone() throws {
    let decision = try decide(key: [
      "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"\(Self.writer)\"}, \"Action\": [\"kms:Decrypt\", \"kms:Encypt\", \"kms:DescribeKey\"], \"Resource\": \"*\"}"
    ])
    let mismatch = try #require(decision.nearestMiss?.mismatches.first)
    #expect(decision.nearestMiss?.document.text(of: mismatch.span) == "\"kms:Encypt\"")
  }

  @Test func aDenySaysByWhatItCovers() throws {
    let decision = try decide(key: [
      Self.statement("root", who: Self.root, action: "kms:*"),
      "{\"Effect\": \"Deny\", \"NotPrincipal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": [\"kms:Decrypt\", \"kms:Enc*\"], \"Resource\": \"*\", \"Condition\": {\"StringNotEquals\": {\"kms:EncryptionContext:dept\": \"it\"}}}",
    ])
    #expect(decision.cause == .explicitDeny)
    let finding = try #require(decision.deciding.first)
    #expect(finding.matches.map(\.element) == ["NotPrincipal", "Action", "Condition"])
    #expect(
      finding.matches.map { finding.document.text(of: $0.span) }.suffix(2) == [
        "\"kms:Enc*\"", "\"kms:EncryptionContext:dept\"",
      ])
    #expect(finding.matches[0].reason == .spares(Self.writer))
    #expect(finding.matches[2].reason == .lacks("StringNotEquals kms:EncryptionContext:dept"))
  }

  @Test func theLevelOfTheOrganizationWithoutAnAllowIsKnown() throws {
    var policies = PolicySet()
    let all = try Bench.attached(Bench.own("Allow", "*"), .serviceControl, "scp:All")
    let few = try Bench.attached(Bench.own("Allow", "kinesis:*"), .serviceControl, "scp:Few")
    policies.serviceControl = [[all], [few]]
    policies.identity = [try Bench.attached(Bench.own("Allow", "*"), .identity, "identity:Own")]
    let decision = Decision.make(
      Bench.question(), policies: policies, rules: DecisionRules(resourceOwner: Bench.account))
    let gate = try #require(decision.gates.first { $0.kind == .serviceControl })
    #expect(gate.outcome == .silent)
    #expect(gate.silentLevel?.index == 1)
    #expect(gate.silentLevel?.findings.map(\.statementName) == ["scp:Few:#1"])
  }

  @Test func anIdentityStatementIsCalledByItsSidWhereItHasOne() throws {
    let policy = try Bench.attached(
      "{\"Sid\": \"Keys\", \"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"},"
        + Bench.own("Allow"), .identity, "identity:Own")
    #expect(
      policy.document.statements.map(policy.name) == ["identity:Own#Keys", "identity:Own#2"])
  }
}
