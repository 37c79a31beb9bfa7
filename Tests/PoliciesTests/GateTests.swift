import Testing
import Values

@testable import Policies

/// One set of policies and the answer; a policy is written as its only statement.
struct GateRow: CustomTestStringConvertible, Sendable {
  var name: String
  var asking = Bench.session
  var key: String?
  var identity: String?
  var boundary: String?
  var session: String?
  var serviceControl: String?
  var resourceControl: String?
  var endpoint: String?
  var isKey = true
  /// The gate that refuses; nothing when the answer is yes.
  var refusedBy: Gate.Kind?
  var cause = Decision.Cause.allowed
  /// How AWS's sentence ends.
  var tail = ""
  var testDescription: String { name }

  func decide() throws -> Decision {
    func attach(_ text: String?, _ kind: DocumentKind, _ label: String) throws -> AttachedPolicy? {
      try text.map { try Bench.attached($0, kind, label) }
    }
    var policies = PolicySet()
    policies.resource = try attach(key, .key, "key")
    policies.boundary = try attach(boundary, .boundary, "boundary:Limit")
    if let policy = try attach(identity, .identity, "identity:Own") { policies.identity = [policy] }
    if let policy = try attach(session, .session, "session:Cut") { policies.session = [policy] }
    if let policy = try attach(serviceControl, .serviceControl, "scp:Guard") {
      policies.serviceControl = [[policy]]
    }
    if let policy = try attach(resourceControl, .resourceControl, "rcp:Guard") {
      policies.resourceControl = [[policy]]
    }
    policies.endpoint = try attach(endpoint, .endpoint, "endpoint:kms")
    let rules = isKey ? Bench.keyRules : DecisionRules(resourceOwner: Bench.account)
    return Decision.make(
      Bench.question(asking), policies: policies, rules: rules)
  }
}

@Suite struct GateTests {
  private static let byRole = Bench.named("Allow", "{\"AWS\": \"\(Bench.role)\"}")
  private static let bySession = Bench.named("Allow", "{\"AWS\": \"\(Bench.session.arn)\"}")
  private static let byAccount = Bench.named("Allow", "{\"AWS\": \"\(Bench.root.arn)\"}")
  private static let byStranger = Bench.named("Allow", "{\"AWS\": \"\(Bench.stranger.arn)\"}")
  private static let sparingUser =
    byAccount + ", "
    + Bench.named(
      "Deny", "{\"AWS\": [\"\(Bench.user.arn)\", \"\(Bench.root.arn)\"]}",
      element: "NotPrincipal")
  private static let byService = Bench.named("Allow", "{\"Service\": \"kinesis.amazonaws.com\"}")
  private static let allow = Bench.own("Allow")
  private static let deny = Bench.own("Deny")
  private static let elsewhere = Bench.own("Allow", "kms:Decrypt")

  static let rows: [GateRow] = [
    .init(name: "a key policy that names the role is enough", key: byRole),
    .init(name: "everybody in a key policy is enough", key: Bench.named("Allow", "\"*\"")),
    .init(name: "delegation and an identity policy are enough", key: byAccount, identity: allow),
    .init(
      name: "delegation alone is not enough", key: byAccount, refusedBy: .identity,
      cause: .implicitDeny,
      tail: " because no identity-based policy allows the kms:GenerateDataKey action"),
    .init(
      name: "an identity policy alone is not enough for a key", key: byStranger, identity: allow,
      refusedBy: .resource, cause: .implicitDeny,
      tail: " because no resource-based policy allows the kms:GenerateDataKey action"),
    .init(
      name: "an identity policy alone is enough for what has no policy", identity: allow,
      isKey: false),
    .init(
      name: "the root user needs no identity policy where the key names the account",
      asking: Bench.root, key: byAccount),
    .init(
      name: "the root user is refused where the key leaves the account out", asking: Bench.root,
      key: byService, refusedBy: .resource, cause: .implicitDeny,
      tail: " because no resource-based policy allows the kms:GenerateDataKey action"),
    .init(
      name: "a deny in the key policy beats all", key: Bench.named("Deny", "\"*\""),
      identity: allow, refusedBy: .resource, cause: .explicitDeny,
      tail: " with an explicit deny in a resource-based policy"),
    .init(
      name: "a deny of one's own beats the key policy", key: byRole, identity: deny,
      refusedBy: .identity, cause: .explicitDeny,
      tail: " with an explicit deny in an identity-based policy"),
    .init(
      name: "a boundary that allows lets through", key: byAccount, identity: allow,
      boundary: allow),
    .init(
      name: "a silent boundary refuses", key: byAccount, identity: allow, boundary: elsewhere,
      refusedBy: .boundary, cause: .implicitDeny,
      tail: " because no permissions boundary allows the kms:GenerateDataKey action"),
    .init(
      name: "a boundary limits a role that the key policy names", key: byRole,
      boundary: elsewhere, refusedBy: .boundary, cause: .implicitDeny,
      tail: " because no permissions boundary allows the kms:GenerateDataKey action"),
    .init(
      name: "a silent boundary does not limit a session that the key policy names",
      key: bySession, boundary: elsewhere),
    .init(
      name:
        "everybody in a key policy is a user named by itself, whom a silent boundary leaves alone",
      asking: Bench.user, key: Bench.named("Allow", "\"*\""), boundary: elsewhere),
    .init(
      name: "a silent boundary limits a role where the key policy is for everybody",
      key: Bench.named("Allow", "\"*\""), boundary: elsewhere, refusedBy: .boundary,
      cause: .implicitDeny,
      tail: " because no permissions boundary allows the kms:GenerateDataKey action"),
    .init(
      name: "a silent boundary does not limit a user whom the key policy names by its id",
      asking: Bench.user, key: Bench.named("Allow", "{\"AWS\": \"AIDAX\"}"),
      boundary: elsewhere),
    .init(
      name: "a deny for all but a user and its account spares the user", asking: Bench.user,
      key: sparingUser, identity: allow),
    .init(
      name: "a deny for all but a user and its account forbids everybody else there",
      key: sparingUser, identity: allow, refusedBy: .resource, cause: .explicitDeny,
      tail: " with an explicit deny in a resource-based policy"),
    .init(
      name: "a deny for all but a user forbids the user who has a boundary", asking: Bench.user,
      key: sparingUser, identity: allow, boundary: allow, refusedBy: .resource,
      cause: .explicitDeny, tail: " with an explicit deny in a resource-based policy"),
    .init(
      name: "a deny in the boundary limits even that session", key: bySession, boundary: deny,
      refusedBy: .boundary, cause: .explicitDeny,
      tail: " with an explicit deny in a permissions boundary"),
    .init(
      name: "a silent session policy refuses", key: byAccount, identity: allow,
      session: elsewhere, refusedBy: .session, cause: .implicitDeny,
      tail: " because no session policy allows the kms:GenerateDataKey action"),
    .init(
      name: "a deny in the session policy refuses", key: byRole, session: deny,
      refusedBy: .session, cause: .explicitDeny,
      tail: " with an explicit deny in a session policy"),
    .init(
      name: "a silent service control policy refuses", key: byRole, serviceControl: elsewhere,
      refusedBy: .serviceControl, cause: .implicitDeny,
      tail: " because no service control policy allows the kms:GenerateDataKey action"),
    .init(
      name: "a deny in a service control policy refuses", key: byRole, serviceControl: deny,
      refusedBy: .serviceControl, cause: .explicitDeny,
      tail: " with an explicit deny in a service control policy"),
    .init(
      name: "a silent resource control policy refuses", key: byRole,
      resourceControl: Bench.named("Allow", "\"*\"", "kms:Decrypt"),
      refusedBy: .resourceControl, cause: .implicitDeny,
      tail: " because no resource control policy allows the kms:GenerateDataKey action"),
    .init(
      name: "an endpoint's policy for everybody lets through", key: byRole,
      endpoint: Bench.named("Allow", "\"*\"")),
    .init(
      name: "an endpoint's policy for the account lets all of it through", key: byAccount,
      identity: allow, endpoint: byAccount),
    .init(
      name: "an endpoint's policy gives nothing", key: byAccount,
      endpoint: Bench.named("Allow", "\"*\""), refusedBy: .identity, cause: .implicitDeny,
      tail: " because no identity-based policy allows the kms:GenerateDataKey action"),
    .init(
      name: "a silent endpoint's policy refuses", key: byRole, identity: allow,
      endpoint: Bench.named("Allow", "\"*\"", "kms:Decrypt"),
      refusedBy: .endpoint, cause: .implicitDeny,
      tail: " because no VPC endpoint policy allows the kms:GenerateDataKey action"),
    .init(
      name: "a key policy that names the session does not help against the endpoint's",
      key: bySession, endpoint: byStranger, refusedBy: .endpoint, cause: .implicitDeny,
      tail: " because no VPC endpoint policy allows the kms:GenerateDataKey action"),
    .init(
      name: "the root user passes no endpoint whose policy is silent", asking: Bench.root,
      key: byAccount, endpoint: byRole, refusedBy: .endpoint, cause: .implicitDeny,
      tail: " because no VPC endpoint policy allows the kms:GenerateDataKey action"),
    .init(
      name: "another account passes an endpoint that names it", asking: Bench.stranger,
      key: byStranger, identity: allow,
      endpoint: Bench.named("Allow", "{\"AWS\": \"\(Bench.other)\"}")),
    .init(
      name: "a deny in an endpoint's policy refuses", key: byRole,
      endpoint: Bench.named("Allow", "\"*\"") + ", " + Bench.named("Deny", "\"*\""),
      refusedBy: .endpoint, cause: .explicitDeny,
      tail: " with an explicit deny in a VPC endpoint policy"),
    .init(
      name: "another account needs both sides", asking: Bench.stranger, key: byStranger,
      refusedBy: .identity, cause: .implicitDeny,
      tail: " because no identity-based policy allows the kms:GenerateDataKey action"),
    .init(
      name: "another account with both sides is let in", asking: Bench.stranger, key: byStranger,
      identity: allow),
    .init(
      name: "another account that the key does not name is refused", asking: Bench.stranger,
      key: byAccount, identity: allow, refusedBy: .resource, cause: .implicitDeny,
      tail: " because the resource does not exist in this Region, no resource-based policies allow "
        + "access, or a resource-based policy explicitly denies access"),
    .init(
      name: "a service has no identity policy and needs none", asking: Bench.service,
      key: byService),
  ]

  @Test(arguments: rows) func rowHolds(_ row: GateRow) throws {
    let decision = try row.decide()
    #expect(decision.cause == row.cause)
    #expect(decision.refusedBy == row.refusedBy)
    #expect(decision.verdict == (row.refusedBy == nil ? .allowed : .denied))
    if row.refusedBy != nil {
      let message = decision.accessDeniedMessage
      #expect(
        message == "User: \(row.asking.arn) is not authorized to perform: kms:GenerateDataKey"
          + (row.asking == Bench.stranger && row.refusedBy == .resource
            ? " on this resource" : " on resource: \(Bench.key)")
          + row.tail)
    }
  }

  @Test(arguments: rows) func everyGateSaysWhatItsFindingsSay(_ row: GateRow) throws {
    let decision = try row.decide()
    #expect(decision.gates.map(\.kind) == Gate.Kind.allCases)
    for gate in decision.gates {
      #expect((gate.outcome == .notPresent) == gate.findings.isEmpty)
      let matched = gate.findings.filter { $0.outcome == .matched }
      #expect((gate.outcome == .denies) == matched.contains { $0.effect == .deny })
      #expect(gate.outcome != .silent || matched.isEmpty)
    }
  }

  @Test func anActionWithoutAResourceSaysNothingOfOne() throws {
    let decision = Decision.make(
      Bench.question(on: []), policies: PolicySet(),
      rules: DecisionRules(resourceOwner: Bench.account))
    #expect(
      decision.accessDeniedMessage
        == "User: \(Bench.session.arn) is not authorized to perform: kms:GenerateDataKey"
        + " because no identity-based policy allows the kms:GenerateDataKey action")
  }

  @Test func aTrustPolicyIsCalledSo() throws {
    for (effect, tail) in [
      ("Allow", " because no role trust policy allows the sts:AssumeRole action"),
      ("Deny", " with an explicit deny in the role trust policy"),
    ] {
      let who = effect == "Allow" ? Bench.stranger : Bench.session
      let text = """
        {"Effect": "\(effect)", "Principal": {"AWS": "\(who.arn)"}, "Action": "sts:AssumeRole"}
        """
      var policies = PolicySet()
      policies.resource = try Bench.attached(text, .trust, "trust")
      let decision = Decision.make(
        Bench.question(Bench.session, "sts:AssumeRole", on: [Bench.role]), policies: policies,
        rules: Bench.keyRules)
      #expect(decision.accessDeniedMessage.hasSuffix(tail))
    }
  }
}
