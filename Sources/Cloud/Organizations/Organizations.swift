import Ciphers
import Policies
import Values

/// AWS Organizations, as far as it has a say in permissions: the policies of the root and of the
/// lab's one account.
///
/// Simplified: the lab's account is a member whose organization let it manage policies as delegated
/// administrator, because policies do not limit a management account.
package enum Organizations {
  package enum PolicyType: String, Hashable, Sendable, CaseIterable {
    case serviceControl = "SERVICE_CONTROL_POLICY"
    case resourceControl = "RESOURCE_CONTROL_POLICY"

    var kind: DocumentKind { self == .serviceControl ? .serviceControl : .resourceControl }
    /// How transcripts and refusals call such a policy: `scp:Guard`.
    var label: String { self == .serviceControl ? "scp" : "rcp" }
    /// In the ARN of a policy.
    var path: String { rawValue.lowercased() }
  }

  /// Services of the lab whose resources such policies cover.
  /// Source: AWS Organizations User Guide, services that support RCPs.
  static let underResourceControl: Set = ["kms", "sts", "s3", "logs"]

  package struct Policy: Sendable {
    package let id: String
    package let arn: String
    package var name: String
    package var description: String
    package let type: PolicyType
    package let isAWS: Bool
    package var document: PolicyDocument

    var attached: AttachedPolicy {
      AttachedPolicy(
        kind: type.kind, label: "\(type.label):\(name)", arn: arn, document: document)
    }

    /// The `PolicySummary` structure: members in the model's order.
    var summary: JSON {
      [
        "Id": .string(id), "Arn": .string(arn), "Name": .string(name),
        "Description": .string(description), "Type": .string(type.rawValue),
        "AwsManaged": .bool(isAWS),
      ]
    }

    var json: JSON { ["PolicySummary": summary, "Content": .string(document.text)] }
  }

  /// What policies are attached to, from the root down.
  package struct Target: Sendable {
    package let id: String
    package let arn: String
    package let name: String
    package let type: String
    /// Ids of policies, in the order in which they were attached.
    package var policies: [String]
  }

  enum Limits {
    /// Policies of one type attached to one target.
    /// Source: AWS Organizations User Guide, quotas.
    static let attachments = 5

    /// Characters of a service control policy or resource control policy.
    /// Source: AWS Organizations User Guide, quotas.
    static let policy = 5_120
  }

  package struct State: Sendable {
    static let id = "o-keyhole001"
    static let managementAccount = "111122223333"

    package private(set) var policies: [Policy]
    package private(set) var targets: [Target]
    /// Types of policies that count, in the order of `PolicyType`.
    package private(set) var enabled = PolicyType.allCases
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    init(account: String) {
      policies = PolicyType.allCases.map { Self.whole($0) }
      let all = policies.map(\.id)
      let base = "arn:aws:organizations::\(Self.managementAccount)"
      targets = [
        Target(
          id: "r-kh01", arn: "\(base):root/\(Self.id)/r-kh01", name: "Root", type: "ROOT",
          policies: all),
        Target(
          id: account, arn: "\(base):account/\(Self.id)/\(account)", name: "keyhole",
          type: "ACCOUNT", policies: all),
      ]
    }

    /// The policy of AWS's own that takes nothing away.
    /// Source: AWS Organizations User Guide, FullAWSAccess and RCPFullAWSAccess.
    private static func whole(_ type: PolicyType) -> Policy {
      let isService = type == .serviceControl
      let name = isService ? "FullAWSAccess" : "RCPFullAWSAccess"
      let principal = isService ? "" : "\"Principal\": \"*\", "
      let text =
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \(principal)"
        + "\"Action\": \"*\", \"Resource\": \"*\"}]}"
      guard let document = try? PolicyDocument(parsing: text, as: type.kind) else {
        preconditionFailure("\(name) does not parse")
      }
      return Policy(
        id: "p-\(name)", arn: "arn:aws:organizations::aws:policy/\(type.path)/p-\(name)",
        name: name,
        description: isService
          ? "Allows access to every operation" : "Allows access to all resources",
        type: type, isAWS: true, document: document)
    }

    /// The way from the organization to the lab's account, as condition keys tell it.
    var path: String { "\(Self.id)/\(targets[0].id)/" }

    func policy(_ id: String) throws(ServiceError) -> Policy {
      guard let policy = policies.first(where: { $0.id == id }) else {
        throw .organizations(
          "PolicyNotFoundException", "You specified a policy that doesn't exist.")
      }
      return policy
    }

    func target(_ id: String) throws(ServiceError) -> Int {
      guard let place = targets.firstIndex(where: { $0.id == id }) else {
        throw .organizations(
          "TargetNotFoundException", "You specified a target that doesn't exist.")
      }
      return place
    }

    mutating func put(_ policy: Policy) {
      if let place = policies.firstIndex(where: { $0.id == policy.id }) {
        policies[place] = policy
      } else {
        policies.append(policy)
      }
      changed("\(policy.id) \(policy.name) \(policy.document.text)")
    }

    mutating func remove(_ id: String) {
      policies.removeAll { $0.id == id }
      changed("\(id) removed")
    }

    mutating func attach(_ id: String, to place: Int) {
      targets[place].policies.append(id)
      changed("\(id) on \(targets[place].id)")
    }

    mutating func detach(_ id: String, from place: Int) {
      targets[place].policies.removeAll { $0 == id }
      changed("\(id) off \(targets[place].id)")
    }

    /// Policies of a type that is switched off are detached everywhere; AWS's own is attached
    /// everywhere when the type is switched on.
    /// Source: AWS Organizations User Guide, enabling and disabling policy types.
    mutating func set(_ type: PolicyType, enabled isEnabled: Bool) {
      enabled = PolicyType.allCases.filter { $0 == type ? isEnabled : enabled.contains($0) }
      let ids = policies.filter { $0.type == type }.map(\.id)
      for place in targets.indices {
        targets[place].policies.removeAll { ids.contains($0) }
        if isEnabled { targets[place].policies.append(Self.whole(type).id) }
      }
      changed("\(type.rawValue) \(isEnabled)")
    }

    private mutating func changed(_ what: String) {
      digest.fold(what)
      stamp = PolicyStamp()
    }

    func attached(_ type: PolicyType, at target: Target) -> [Policy] {
      target.policies.compactMap { id in policies.first { $0.id == id && $0.type == type } }
    }

    /// The levels that a question is put to. Nothing where only AWS's own policy is attached, which
    /// lets everything through.
    func levels(_ type: PolicyType) -> [[AttachedPolicy]] {
      guard enabled.contains(type) else { return [] }
      let levels = targets.map { attached(type, at: $0) }
      if levels.allSatisfy({ $0.count == 1 && $0[0].isAWS }) { return [] }
      return levels.map { $0.map(\.attached) }
    }
  }
}
