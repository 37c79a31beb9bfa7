import Policies
import Values

/// Identities, their policies, and the credentials that the lab's profiles hold.
package enum IAM {
  package struct InlinePolicy: Sendable {
    package var name: String
    package var policy: AttachedPolicy
  }

  package struct Role: Sendable {
    package let name: String
    package let id: String
    package let arn: ARN
    package let created: Instant
    package var description: String
    package var trust: PolicyDocument
    package var inline: [InlinePolicy] = []
    /// ARNs of attached managed policies.
    package var attached: [String] = []
  }

  package struct User: Sendable {
    package let name: String
    package let id: String
    package let arn: ARN
    package let created: Instant
    package var inline: [InlinePolicy] = []
    package var attached: [String] = []
  }

  package struct ManagedPolicy: Sendable {
    package let name: String
    package let arn: String
    package var policy: AttachedPolicy
  }

  /// One set of credentials: what a profile of the command line stands for.
  package struct Session: Sendable {
    package let profile: String
    package let principal: Principal
    package let accessKeyID: String
    /// The value of `aws:PrincipalType`.
    package var principalType: String {
      switch principal.kind {
      case .user: "User"
      case .assumedRole: "AssumedRole"
      case .root: "Account"
      case .federated: "FederatedUser"
      case .service, .anonymous: "Anonymous"
      }
    }
  }

  package struct State: Sendable {
    package private(set) var users: [String: User] = [:]
    package private(set) var roles: [String: Role] = [:]
    package private(set) var managed: [String: ManagedPolicy] = [:]
    package private(set) var sessions: [Session] = []
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    package subscript(session: SessionID) -> Session { sessions[Int(session)] }

    package var profiles: [String] { sessions.map(\.profile) }

    package func session(ofProfile name: String) -> SessionID? {
      sessions.firstIndex { $0.profile == name }.map(SessionID.init)
    }

    /// The role that a name or an ARN of a role or of one of its sessions means.
    package func role(named name: String) throws(ServiceError) -> Role {
      guard let role = roles[name] else {
        throw .noSuchEntity(
          kind: "role", name: name, near: NearNames.of(name, among: roles.keys.sorted()))
      }
      return role
    }

    mutating func add(_ user: User) {
      users[user.name] = user
      changed(user.arn.description)
    }

    mutating func add(_ role: Role) {
      roles[role.name] = role
      changed(role.arn.description)
    }

    mutating func add(_ policy: ManagedPolicy) {
      managed[policy.arn] = policy
      changed(policy.arn + policy.policy.document.text)
    }

    mutating func add(_ session: Session) {
      sessions.append(session)
      changed(session.profile)
    }

    /// Adds or replaces an inline policy of a role that exists.
    mutating func put(_ policy: InlinePolicy, onRole name: String) {
      guard var role = roles[name] else { return }
      role.inline.removeAll { $0.name == policy.name }
      role.inline.append(policy)
      role.inline.sort { $0.name < $1.name }
      roles[name] = role
      changed("\(name)/\(policy.name)/\(policy.policy.document.text)")
    }

    mutating func removeInline(_ policy: String, fromRole name: String) {
      roles[name]?.inline.removeAll { $0.name == policy }
      changed("\(name)/\(policy)/removed")
    }

    /// The identity policies that speak for a session.
    package func policies(of session: SessionID) -> [AttachedPolicy] {
      let principal = self[session].principal
      switch principal.kind {
      case .user:
        return policies(users[principal.userName ?? ""].map { ($0.inline, $0.attached) })
      case .assumedRole:
        let name = principal.roleARN.flatMap { ARN($0) }?.resourceName ?? ""
        return policies(roles[name].map { ($0.inline, $0.attached) })
      default: return []
      }
    }

    private func policies(_ holder: (inline: [InlinePolicy], attached: [String])?)
      -> [AttachedPolicy]
    {
      guard let holder else { return [] }
      return holder.inline.map(\.policy) + holder.attached.compactMap { managed[$0]?.policy }
    }

    private mutating func changed(_ what: String) {
      digest.fold(what)
      stamp = PolicyStamp()
    }
  }
}
