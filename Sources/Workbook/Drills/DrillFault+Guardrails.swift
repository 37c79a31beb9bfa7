import Cloud
import Policies
import Values

/// Faults around the producer's own policy: denials, boundaries and the organization.
extension DrillFault {
  static let guardrailFaults: [DrillFault] = [
    DrillFault(
      id: "denied-by-role", title: "a second policy of the writer's role denies it",
      complaint: .writing, part: "writer-second-policy",
      cause: { scene in
        [
          scene.put(
            role: DrillScene.writerRole, "Hardening",
            DrillScene.policy([
              DrillScene.statement(
                sid: "KinesisOnly", effect: "Deny", actions: ["kinesis:*"], element: "NotAction",
                resource: "*")
            ])), "wait 6m",
        ]
      },
      isPresent: { desk in
        desk.writer.contains { $0.denies && ($0.actions?.isNegated ?? false) }
      },
      repair: { _ in
        [
          "aws iam delete-role-policy --role-name \(DrillScene.writerRole) --policy-name Hardening"
        ]
      },
      hints: { scene in
        [
          "Run the put yourself as producer, then `why`: not permitted, or forbidden?",
          "A Deny with NotAction hits everything that it does not list. What else does a put into "
            + "an encrypted stream need?",
          "The policy Hardening of \(DrillScene.writerRole) has to go, or its list has to grow.",
        ]
      },
      moral: "NotAction with Deny forbids what its author did not think of."),
    DrillFault(
      id: "boundary-too-narrow", title: "the writer's permissions boundary leaves KMS out",
      complaint: .writing, part: "writer-boundary",
      cause: { scene in
        boundary(scene, [DrillScene.statement(actions: ["kinesis:*"], resource: "*")])
      },
      isPresent: { desk in
        boundaryStatements(desk).contains { $0.names(action: "kinesis:*") }
          && !boundaryStatements(desk).contains { $0.denies }
      },
      repair: { _ in removeBoundary },
      hints: { _ in boundaryHints("It allows, but not everything that a put needs.") },
      moral: "A boundary gives nothing: it is the most that the other policies may give."),
    DrillFault(
      id: "boundary-denies", title: "the writer's permissions boundary denies the use of keys",
      complaint: .writing, part: "writer-boundary",
      cause: { scene in
        boundary(
          scene,
          [
            DrillScene.statement(actions: ["*"], resource: "*"),
            DrillScene.statement(
              sid: "NoKeys", effect: "Deny", actions: ["kms:Generate*"], resource: "*"),
          ])
      },
      isPresent: { desk in boundaryStatements(desk).contains { $0.denies } },
      repair: { _ in removeBoundary },
      hints: { _ in boundaryHints("One of its statements is a Deny.") },
      moral: "A Deny counts wherever it stands, in a boundary too."),
    DrillFault(
      id: "service-control-policy", title: "a service control policy denies it",
      complaint: .writing, part: "organization",
      cause: { scene in
        guardrail(
          scene, "SERVICE_CONTROL_POLICY", "NoDataKeys",
          DrillScene.statement(
            sid: "NoDataKeys", effect: "Deny", actions: ["kms:GenerateDataKey*"], resource: "*"))
      },
      isPresent: { desk in hasGuardrail(desk, .serviceControl) },
      repair: { detach($0, "SERVICE_CONTROL_POLICY") },
      hints: { guardrailHints($0, "SERVICE_CONTROL_POLICY", "service control") },
      moral: "A service control policy stands above every policy of the account, and gives nothing."
    ),
    DrillFault(
      id: "resource-control-policy", title: "a resource control policy denies the use of the key",
      complaint: .writing, part: "organization",
      cause: { scene in
        guardrail(
          scene, "RESOURCE_CONTROL_POLICY", "KeysByAdminsOnly",
          DrillScene.statement(
            sid: "KeysByAdminsOnly", effect: "Deny", actions: ["kms:GenerateDataKey"],
            resource: "*", principal: "*",
            condition: """
              { "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/admin" } }
              """))
      },
      isPresent: { desk in hasGuardrail(desk, .resourceControl) },
      repair: { detach($0, "RESOURCE_CONTROL_POLICY") },
      hints: { guardrailHints($0, "RESOURCE_CONTROL_POLICY", "resource control") },
      moral: "A resource control policy is asked for the key, whoever comes."),
  ]

  // MARK: Boundaries

  private static let boundaryName = "ProducerBoundary"

  private static func boundary(_ scene: DrillScene, _ statements: [String]) -> [String] {
    [
      "aws iam create-policy --policy-name \(boundaryName) --policy-document "
        + "'\(DrillScene.policy(statements))'",
      "aws iam put-role-permissions-boundary --role-name \(DrillScene.writerRole) "
        + "--permissions-boundary arn:aws:iam::\(scene.account):policy/\(boundaryName)",
      "wait 6m",
    ]
  }

  private static var removeBoundary: [String] {
    ["aws iam delete-role-permissions-boundary --role-name \(DrillScene.writerRole)"]
  }

  private static func boundaryHints(_ look: String) -> [String] {
    [
      "Run the put yourself as producer, then `why`. The role's own policy says yes; which gate "
        + "does not?",
      "`aws iam get-role --role-name \(DrillScene.writerRole)` shows the role's permissions "
        + "boundary. \(look)",
      "Widen the boundary's policy to what a put needs, or take the boundary off the role.",
    ]
  }

  private static func boundaryStatements(_ desk: DrillDesk) -> [Statement] {
    let identities = desk.world.identities
    guard let arn = identities.roles[DrillScene.writerRole]?.boundary,
      let policy = identities.managed[arn]
    else { return [] }
    return policy.policy.document.statements
  }

  // MARK: The organization

  private static func guardrail(
    _ scene: DrillScene, _ type: String, _ name: String, _ statement: String
  ) -> [String] {
    [
      "aws organizations create-policy --name \(name) --type \(type) "
        + "--description \(name) --content '\(DrillScene.policy([statement]))'",
      "aws organizations attach-policy --target-id \(scene.account) --policy-id "
        + policyID(type, name), "wait 6m",
    ]
  }

  private static func policyID(_ type: String, _ name: String) -> String {
    "$(aws organizations list-policies --filter \(type) "
      + "--query \"Policies[?Name=='\(name)'].Id\" --output text)"
  }

  private static func detach(_ scene: DrillScene, _ type: String) -> [String] {
    let name = type == "SERVICE_CONTROL_POLICY" ? "NoDataKeys" : "KeysByAdminsOnly"
    return [
      "aws organizations detach-policy --target-id \(scene.account) --policy-id "
        + policyID(type, name)
    ]
  }

  private static func guardrailHints(_ scene: DrillScene, _ type: String, _ kind: String)
    -> [String]
  {
    [
      "Run the put yourself as producer, then `why`. Neither the role nor the key forbids it; who "
        + "does?",
      "`aws organizations list-policies-for-target --target-id \(scene.account) --filter \(type)` "
        + "lists the account's \(kind) policies.",
      "Detach the policy that denies from the account: `aws organizations detach-policy`.",
    ]
  }

  private static func hasGuardrail(_ desk: DrillDesk, _ type: Organizations.PolicyType) -> Bool {
    let organization = desk.world.organization
    let attached = Set(organization.targets.flatMap(\.policies))
    return organization.policies.contains {
      $0.type == type && !$0.isAWS && attached.contains($0.id)
    }
  }
}
