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
    case role, user, group

    /// `Role`, `User`, `Group`: how the API spells it in the names of members.
    var member: String {
      switch self {
      case .role: "Role"
      case .user: "User"
      case .group: "Group"
      }
    }
  }

  /// A role, a user or a group.
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
    /// Names of the groups that a user is in, sorted.
    package var groups: [String] = []
    /// Tags of a role or a user, in the order in which they were set.
    package var tags = Tags()

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

    package var account: Account { Account(id: arn.account) ?? .home }

    package var path: String {
      String(arn.resource.dropFirst(kind.rawValue.count).dropLast(name.count))
    }

    /// The same holder under another name or path; its id stays.
    func renamed(_ newName: String?, path newPath: String?) -> Holder {
      var copy = Holder(
        kind, name: newName ?? name, path: newPath ?? path, id: id, account: arn.account,
        created: created)
      copy.description = description
      copy.trust = trust
      copy.inline = inline
      copy.attached = attached
      copy.boundary = boundary
      copy.longestSession = longestSession
      copy.groups = groups
      copy.tags = tags
      return copy
    }
  }

  package struct ManagedPolicy: Sendable {
    package let name: String
    package let id: String
    package let arn: String
    package let created: Instant
    package let description: String
    package var tags = Tags()
    /// All versions that are kept, oldest first.
    package private(set) var versions: [PolicyVersion]
    /// The number of the version that speaks.
    package private(set) var current: Int

    init(
      name: String, id: String, arn: String, created: Instant, description: String,
      document: PolicyDocument, number: Int = 1
    ) {
      self.name = name
      self.id = id
      self.arn = arn
      self.created = created
      self.description = description
      versions = [PolicyVersion(number: number, document: document, created: created)]
      current = number
      numbered = number
    }

    package var isAWS: Bool { ARN(arn)?.account == "aws" }

    /// `/` or `/team/`, as its ARN has it.
    package var path: String {
      String((ARN(arn)?.resource ?? "").dropFirst("policy".count).dropLast(name.count))
    }

    package func version(_ number: Int) -> PolicyVersion? {
      versions.first { $0.number == number }
    }

    /// The version that speaks, as it is put to questions.
    package var policy: AttachedPolicy {
      let version = version(current) ?? versions[versions.count - 1]
      return AttachedPolicy(
        kind: .identity, label: "identity:\(name)", arn: arn, document: version.document)
    }

    mutating func add(_ document: PolicyDocument, at time: Instant, asDefault: Bool) {
      let number = numbered + 1
      numbered = number
      versions.append(PolicyVersion(number: number, document: document, created: time))
      if asDefault { current = number }
    }

    mutating func setCurrent(_ number: Int) { current = number }

    mutating func removeVersion(_ number: Int) { versions.removeAll { $0.number == number } }

    /// The highest number that was ever given: numbers are not given twice.
    private var numbered: Int
  }

  package struct PolicyVersion: Sendable {
    package let number: Int
    package let document: PolicyDocument
    package let created: Instant

    package var name: String { "v\(number)" }
  }

  /// Whether credentials serve.
  package enum KeyStatus: String, Hashable, Sendable {
    case active = "Active"
    case inactive = "Inactive"
    case deleted
  }

  /// One set of credentials: what a profile of the command line stands for.
  package struct Session: Sendable {
    package let profile: String
    package fileprivate(set) var principal: Principal
    package let accessKeyID: String
    package var secret = ""
    package var token = ""
    /// When temporary credentials end.
    package var expires: Instant?
    package var issued: Instant?
    package var status = KeyStatus.active
    /// Tags that came with the session, beside those of its role or user.
    package var tags = Tags()
    /// Those of the tags that go on to the sessions that this one begins.
    package var transitiveTags: [String] = []
    /// Who stands behind the session: set once, kept by the sessions that this one begins.
    package var sourceIdentity: String?
    /// The id of the user who asked for a federated user's credentials.
    package var issuerID: String?
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

  /// What one account has.
  private struct Directory: Sendable {
    var users: [String: Holder] = [:]
    var roles: [String: Holder] = [:]
    var groups: [String: Holder] = [:]
    var managed: [String: ManagedPolicy] = [:]
    var alias: String?
  }

  package struct State: Sendable {
    private var directories = [Directory](repeating: Directory(), count: Account.allCases.count)
    /// The account whose users, roles, groups and policies are seen.
    package internal(set) var active = Account.home
    package private(set) var sessions: [Session] = []
    /// The first session with each access key.
    private var keyPlaces: [String: Int] = [:]
    /// The account of each session.
    private var accounts: [Account] = []
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    private var directory: Directory {
      _read { yield directories[Int(active.rawValue)] }
      _modify { yield &directories[Int(active.rawValue)] }
    }

    package var users: [String: Holder] { directory.users }
    package var roles: [String: Holder] { directory.roles }
    package var groups: [String: Holder] { directory.groups }
    package var managed: [String: ManagedPolicy] { directory.managed }
    /// Another name of the account.
    package var alias: String? { directory.alias }

    package subscript(session: SessionID) -> Session { sessions[Int(session)] }

    @inline(__always)
    func account(of session: SessionID) -> Account { accounts[Int(session)] }

    /// The names that `--profile` takes, of the lab's own account; temporary credentials have none.
    package var profiles: [String] { profiles(of: .home) }
    package var partnerProfiles: [String] { profiles(of: .partner) }
    package var everyProfile: [String] { profiles + partnerProfiles }

    private func profiles(of account: Account) -> [String] {
      var seen: Set<String> = []
      return sessions.indices.filter { accounts[$0] == account }.map { sessions[$0].profile }
        .filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// The same users, roles and policies as another account's callers see them.
    package func seen(from account: Account) -> State {
      var copy = self
      copy.active = account
      return copy
    }

    /// As the account of an ARN has them; an unknown account has none.
    private func directory(of arn: ARN) -> Directory? {
      Account(id: arn.account).map { directories[Int($0.rawValue)] }
    }

    /// Whether an account of the lab has that user or role.
    func has(_ arn: ARN) -> Bool {
      guard let directory = directory(of: arn) else { return false }
      if arn.resource.hasPrefix("user/") { return directory.users[arn.resourceName] != nil }
      if arn.resource.hasPrefix("role/") { return directory.roles[arn.resourceName] != nil }
      let parts = arn.resource.split(separator: "/")
      return parts.count == 3 && parts[0] == "assumed-role"
        && directory.roles[String(parts[1])] != nil
    }

    /// A role by its ARN, of whichever account.
    package func role(withARN arn: String) -> Holder? {
      ARN(arn).flatMap { directory(of: $0) }?.roles.values.first { $0.arn.description == arn }
    }

    /// The tags of a role, a user or a managed policy.
    func tags(of arn: ARN) -> Tags {
      guard let directory = directory(of: arn) else { return Tags() }
      if arn.resource.hasPrefix("role/") {
        return directory.roles[arn.resourceName]?.tags ?? Tags()
      }
      if arn.resource.hasPrefix("policy/") {
        return directory.managed[arn.description]?.tags ?? Tags()
      }
      return directory.users[arn.resourceName]?.tags ?? Tags()
    }

    /// The newest one: a role that was made again gave its profile new credentials.
    package func session(ofProfile name: String) -> SessionID? {
      sessions.lastIndex { $0.profile == name && !name.isEmpty }.map(SessionID.init)
    }

    /// When a session's credentials end; nothing for those that do not.
    @inline(__always)
    func expiry(of session: SessionID) -> Instant? { sessions[Int(session)].expires }

    @inline(__always)
    func status(of session: SessionID) -> KeyStatus { sessions[Int(session)].status }

    /// Credentials by their access key; those that were deleted are unknown.
    package func session(ofAccessKey id: String) -> SessionID? {
      guard let place = keyPlaces[id] else { return nil }
      if sessions[place].status != .deleted { return SessionID(place) }
      return sessions.firstIndex { $0.accessKeyID == id && $0.status != .deleted }.map(
        SessionID.init)
    }

    private func all(_ kind: HolderKind) -> [String: Holder] {
      switch kind {
      case .role: roles
      case .user: users
      case .group: groups
      }
    }

    package func holders(_ kind: HolderKind) -> [Holder] {
      all(kind).values.sorted { $0.name < $1.name }
    }

    /// A role, a user or a group by its name; fails with `noSuchEntity`.
    package func holder(_ kind: HolderKind, named name: String) throws(ServiceError) -> Holder {
      let all = all(kind)
      guard let holder = all[name] else {
        throw .noSuchEntity(
          kind: kind.rawValue, name: name, near: NearNames.of(name, among: all.keys.sorted()))
      }
      return holder
    }

    /// Adds a holder, or puts it in place of the one with its name.
    mutating func put(_ holder: Holder, noting what: String) {
      set(holder, holder.kind, holder.name)
      changed("\(holder.arn) \(what)")
    }

    mutating func remove(_ kind: HolderKind, named name: String) {
      set(nil, kind, name)
      changed("\(kind.rawValue)/\(name) removed")
    }

    private mutating func set(_ holder: Holder?, _ kind: HolderKind, _ name: String) {
      switch kind {
      case .role: directory.roles[name] = holder
      case .user: directory.users[name] = holder
      case .group: directory.groups[name] = holder
      }
    }

    /// Switches the credentials with that access key.
    mutating func set(_ status: KeyStatus, of session: SessionID) {
      sessions[Int(session)].status = status
      changed("\(sessions[Int(session)].accessKeyID) \(status.rawValue)")
    }

    /// Credentials of a user or role that is gone open nothing any more.
    /// Source: IAM User Guide, deleting roles or instance profiles.
    mutating func endSessions(of holder: Holder) {
      for index in sessions.indices {
        let principal = sessions[index].principal
        guard
          holder.kind == .role
            ? principal.roleARN == holder.arn.description
            : principal.kind != .assumedRole && principal.userName == holder.name
        else { continue }
        if sessions[index].status == .active {
          sessions[index].status = sessions[index].profile.isEmpty ? .deleted : .inactive
        }
        sessions[index].principal = principal.gone
      }
      changed("sessions of \(holder.arn) end")
    }

    mutating func setAlias(_ alias: String?) {
      directory.alias = alias
      changed("alias \(alias ?? "none")")
    }

    /// Puts a renamed user or group in the old one's place: credentials and members go with it.
    mutating func rename(_ old: Holder, to new: Holder) {
      set(nil, old.kind, old.name)
      set(new, new.kind, new.name)
      switch old.kind {
      case .user:
        for index in sessions.indices
        where sessions[index].principal.kind == .user
          && sessions[index].principal.userName == old.name && accounts[index] == active
        {
          sessions[index].principal = Principal(
            kind: .user, account: new.arn.account, arn: new.arn.description, userName: new.name,
            uniqueID: new.id)
        }
      case .group:
        for (name, user) in users where user.groups.contains(old.name) {
          directory.users[name]?.groups = user.groups.map { $0 == old.name ? new.name : $0 }
            .sorted()
        }
      case .role: break
      }
      changed("\(old.arn) becomes \(new.arn)")
    }

    mutating func removeManaged(_ arn: String) {
      directory.managed[arn] = nil
      changed("\(arn) removed")
    }

    mutating func add(_ policy: ManagedPolicy) {
      directory.managed[policy.arn] = policy
      changed(
        "\(policy.arn) \(policy.current) of \(policy.versions.map(\.name)) "
          + policy.policy.document.text
          + (policy.tags.isEmpty
            ? "" : " tags \(policy.tags.pairs.map { "\($0.key)=\($0.value)" })"))
    }

    mutating func add(_ session: Session) {
      append(session)
      changed(session.profile + session.accessKeyID)
    }

    private mutating func append(_ session: Session) {
      if keyPlaces[session.accessKeyID] == nil {
        keyPlaces[session.accessKeyID] = sessions.count
      }
      sessions.append(session)
      accounts.append(Account(id: session.principal.account) ?? .home)
    }

    /// Adds what the partner's account has from the beginning. It tells no world from another.
    mutating func addPartner(
      _ holders: [Holder], _ policies: [ManagedPolicy], _ sessions: [Session]
    ) {
      let place = Int(Account.partner.rawValue)
      for policy in policies { directories[place].managed[policy.arn] = policy }
      for holder in holders {
        switch holder.kind {
        case .role: directories[place].roles[holder.name] = holder
        case .user: directories[place].users[holder.name] = holder
        case .group: directories[place].groups[holder.name] = holder
        }
      }
      for session in sessions { append(session) }
      stamp = PolicyStamp()
    }

    /// The role or user that a session speaks for.
    package func holder(of session: SessionID) -> Holder? {
      let principal = self[session].principal
      let directory = directories[Int(accounts[Int(session)].rawValue)]
      let (users, roles) = (directory.users, directory.roles)
      switch principal.kind {
      case .user, .federated: return users[principal.userName ?? ""]
      case .assumedRole:
        let name = principal.roleARN.flatMap { ARN($0) }?.resource.split(separator: "/").last
        return roles[name.map(String.init) ?? ""]
      default: return nil
      }
    }

    /// The identity policies that speak for a session.
    package func policies(of session: SessionID) -> [AttachedPolicy] {
      guard let holder = holder(of: session) else { return [] }
      return policies(of: holder)
    }

    /// A holder's own policies, then those of the groups that a user is in.
    package func policies(of holder: Holder) -> [AttachedPolicy] {
      let directory = directory(of: holder.arn) ?? directory
      let own =
        holder.inline.map(\.policy)
        + holder.attached.compactMap { directory.managed[$0]?.policy }
      return own
        + holder.groups.compactMap { directory.groups[$0] }.flatMap { group in
          policies(of: group).map { policy in
            let name = policy.label.split(separator: ":").last ?? ""
            return policy.attached(as: policy.kind, label: "group/\(group.name):\(name)")
          }
        }
    }

    /// The permissions boundary of a session's role or user.
    func boundary(of session: SessionID) -> AttachedPolicy? {
      let directory = directories[Int(accounts[Int(session)].rawValue)]
      guard let arn = holder(of: session)?.boundary, let policy = directory.managed[arn] else {
        return nil
      }
      return policy.policy.attached(as: .boundary, label: "boundary:\(policy.name)")
    }

    private mutating func changed(_ what: String) {
      digest.fold(what)
      stamp = PolicyStamp()
    }
  }
}
