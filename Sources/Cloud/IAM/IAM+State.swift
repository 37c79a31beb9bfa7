import Policies
import Values

/// Identities, their policies, and the credentials that the lab's profiles hold.
package enum IAM {
  package struct InlinePolicy: Sendable {
    package var name: String
    package var policy: AttachedPolicy
  }

  /// What carries policies.
  package enum HolderKind: String, Hashable, Sendable {
    case role, user
  }

  /// A role or a user.
  package struct Holder: Sendable {
    package let kind: HolderKind
    package let name: String
    package let id: String
    package let arn: ARN
    package let created: Instant
    package var description = ""
    /// Who may take the role; a user has none.
    package var trust: PolicyDocument?
    package var inline: [InlinePolicy] = []
    /// ARNs of attached managed policies, in the order in which they were attached.
    package var attached: [String] = []
    /// ARN of the managed policy that bounds it.
    package var boundary: String?
    /// Longest session of a role, in seconds.
    package var longestSession = 3600

    init(
      _ kind: HolderKind, name: String, path: String = "/", id: String, account: String,
      created: Instant
    ) {
      self.kind = kind
      self.name = name
      self.id = id
      self.created = created
      arn = ARN(
        service: "iam", region: "", account: account, resource: "\(kind.rawValue)\(path)\(name)")
    }

    package var path: String {
      String(arn.resource.dropFirst(kind.rawValue.count).dropLast(name.count))
    }
  }

  package struct ManagedPolicy: Sendable {
    package let name: String
    package let id: String
    package let arn: String
    package let created: Instant
    package let description: String
    package var policy: AttachedPolicy

    package var isAWS: Bool { ARN(arn)?.account == "aws" }
  }

  /// One set of credentials: what a profile of the command line stands for.
  package struct Session: Sendable {
    package let profile: String
    package let principal: Principal
    package let accessKeyID: String
    package var secret = ""
    package var token = ""
    /// When temporary credentials end.
    package var expires: Instant?
    /// What the one who took the role left of its permissions.
    package var policies: [AttachedPolicy] = []
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
    package private(set) var users: [String: Holder] = [:]
    package private(set) var roles: [String: Holder] = [:]
    package private(set) var managed: [String: ManagedPolicy] = [:]
    package private(set) var sessions: [Session] = []
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    package subscript(session: SessionID) -> Session { sessions[Int(session)] }

    /// The names that `--profile` takes; temporary credentials have none.
    package var profiles: [String] { sessions.map(\.profile).filter { !$0.isEmpty } }

    package func session(ofProfile name: String) -> SessionID? {
      sessions.firstIndex { $0.profile == name && !name.isEmpty }.map(SessionID.init)
    }

    /// When a session's credentials end; nothing for those that do not.
    @inline(__always)
    func expiry(of session: SessionID) -> Instant? { sessions[Int(session)].expires }

    package func session(ofAccessKey id: String) -> SessionID? {
      sessions.firstIndex { $0.accessKeyID == id }.map(SessionID.init)
    }

    package func holders(_ kind: HolderKind) -> [Holder] {
      (kind == .role ? roles : users).values.sorted { $0.name < $1.name }
    }

    /// A role or a user by its name; fails with `noSuchEntity`.
    package func holder(_ kind: HolderKind, named name: String) throws(ServiceError) -> Holder {
      let all = kind == .role ? roles : users
      guard let holder = all[name] else {
        throw .noSuchEntity(
          kind: kind.rawValue, name: name, near: NearNames.of(name, among: all.keys.sorted()))
      }
      return holder
    }

    /// Adds a holder, or puts it in place of the one with its name.
    mutating func put(_ holder: Holder, noting what: String) {
      if holder.kind == .role { roles[holder.name] = holder } else { users[holder.name] = holder }
      changed("\(holder.arn) \(what)")
    }

    mutating func remove(_ kind: HolderKind, named name: String) {
      if kind == .role { roles[name] = nil } else { users[name] = nil }
      changed("\(kind.rawValue)/\(name) removed")
    }

    mutating func removeManaged(_ arn: String) {
      managed[arn] = nil
      changed("\(arn) removed")
    }

    mutating func add(_ policy: ManagedPolicy) {
      managed[policy.arn] = policy
      changed(policy.arn + policy.policy.document.text)
    }

    mutating func add(_ session: Session) {
      sessions.append(session)
      changed(session.profile + session.accessKeyID)
    }

    /// The role or user that a session speaks for.
    package func holder(of session: SessionID) -> Holder? {
      let principal = self[session].principal
      switch principal.kind {
      case .user: return users[principal.userName ?? ""]
      case .assumedRole:
        let name = principal.roleARN.flatMap { ARN($0) }?.resource.split(separator: "/").last
        return roles[name.map(String.init) ?? ""]
      default: return nil
      }
    }

    /// The identity policies that speak for a session.
    package func policies(of session: SessionID) -> [AttachedPolicy] {
      guard let holder = holder(of: session) else { return [] }
      return holder.inline.map(\.policy) + holder.attached.compactMap { managed[$0]?.policy }
    }

    /// The permissions boundary of a session's role or user.
    func boundary(of session: SessionID) -> AttachedPolicy? {
      guard let arn = holder(of: session)?.boundary, var policy = managed[arn]?.policy else {
        return nil
      }
      policy.kind = .boundary
      policy.label = "boundary:\(managed[arn]?.name ?? "")"
      return policy
    }

    private mutating func changed(_ what: String) {
      digest.fold(what)
      stamp = PolicyStamp()
    }
  }
}
