import Policies
import Values

extension IAM {
  static let operations: [OperationRow] =
    holderOperations(OfRole.self) + holderOperations(OfUser.self)
    + holderOperations(OfGroup.self) + boundedOperations(OfRole.self)
    + boundedOperations(OfUser.self) + groupOperations + accessKeyOperations + versionOperations
    + changingOperations + accountOperations + policyTagOperations
    + [
      OperationRow(CreateRole.self), OperationRow(UpdateAssumeRolePolicy.self),
      OperationRow(CreateUser.self), OperationRow(CreatePolicy.self), OperationRow(GetPolicy.self),
      OperationRow(ListPolicies.self),
      OperationRow(DeletePolicy.self),
    ]

  enum Limits {
    /// Characters of all inline policies of a role, a user or a group, white space not counted.
    /// Source: IAM User Guide, IAM and STS quotas.
    static func inlinePolicies(_ kind: HolderKind) -> Int {
      switch kind {
      case .role: 10_240
      case .user: 2_048
      case .group: 5_120
      }
    }

    /// Characters of a managed policy, white space not counted.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let managedPolicy = 6_144

    /// Characters of a role's trust policy, white space not counted.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let trustPolicy = 2_048

    /// Managed policies attached to one role, user or group.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let attachedPolicies = 10

    /// Versions of one managed policy.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let policyVersions = 5

    /// Access keys of one user.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let accessKeys = 2

    /// Groups that one user may be in.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let groups = 10

    /// Tags of one role or user.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let tags = 50

    /// Longest session of a role, in seconds.
    /// Source: IAM API Reference, CreateRole, MaxSessionDuration.
    static let sessions = 3600...43_200
  }
}

/// What differs between the operations on roles, on users and on groups: names alone.
protocol HolderNames: Sendable {
  static var kind: IAM.HolderKind { get }
  static var get: OperationID { get }
  static var list: OperationID { get }
  static var delete: OperationID { get }
  static var putPolicy: OperationID { get }
  static var getPolicy: OperationID { get }
  static var listPolicies: OperationID { get }
  static var deletePolicy: OperationID { get }
  static var attach: OperationID { get }
  static var detach: OperationID { get }
  static var listAttached: OperationID { get }
}

extension HolderNames {
  static var member: String { kind.member }
}

/// Those of roles and users alone: a group has neither boundary nor tags.
protocol BoundedHolderNames: HolderNames {
  static var putBoundary: OperationID { get }
  static var deleteBoundary: OperationID { get }
  static var tag: OperationID { get }
  static var untag: OperationID { get }
  static var listTags: OperationID { get }
}

enum OfRole: BoundedHolderNames {
  static let kind = IAM.HolderKind.role
  static let get = OperationID.getRole
  static let list = OperationID.listRoles
  static let delete = OperationID.deleteRole
  static let putPolicy = OperationID.putRolePolicy
  static let getPolicy = OperationID.getRolePolicy
  static let listPolicies = OperationID.listRolePolicies
  static let deletePolicy = OperationID.deleteRolePolicy
  static let attach = OperationID.attachRolePolicy
  static let detach = OperationID.detachRolePolicy
  static let listAttached = OperationID.listAttachedRolePolicies
  static let putBoundary = OperationID.putRolePermissionsBoundary
  static let deleteBoundary = OperationID.deleteRolePermissionsBoundary
  static let tag = OperationID.tagRole
  static let untag = OperationID.untagRole
  static let listTags = OperationID.listRoleTags
}

enum OfUser: BoundedHolderNames {
  static let kind = IAM.HolderKind.user
  static let get = OperationID.getUser
  static let list = OperationID.listUsers
  static let delete = OperationID.deleteUser
  static let putPolicy = OperationID.putUserPolicy
  static let getPolicy = OperationID.getUserPolicy
  static let listPolicies = OperationID.listUserPolicies
  static let deletePolicy = OperationID.deleteUserPolicy
  static let attach = OperationID.attachUserPolicy
  static let detach = OperationID.detachUserPolicy
  static let listAttached = OperationID.listAttachedUserPolicies
  static let putBoundary = OperationID.putUserPermissionsBoundary
  static let deleteBoundary = OperationID.deleteUserPermissionsBoundary
  static let tag = OperationID.tagUser
  static let untag = OperationID.untagUser
  static let listTags = OperationID.listUserTags
}

enum OfGroup: HolderNames {
  static let kind = IAM.HolderKind.group
  static let get = OperationID.getGroup
  static let list = OperationID.listGroups
  static let delete = OperationID.deleteGroup
  static let putPolicy = OperationID.putGroupPolicy
  static let getPolicy = OperationID.getGroupPolicy
  static let listPolicies = OperationID.listGroupPolicies
  static let deletePolicy = OperationID.deleteGroupPolicy
  static let attach = OperationID.attachGroupPolicy
  static let detach = OperationID.detachGroupPolicy
  static let listAttached = OperationID.listAttachedGroupPolicies
}

extension IAM {
  static func holderOperations<Names: HolderNames>(_ names: Names.Type) -> [OperationRow] {
    [
      OperationRow(GetHolder<Names>.self), OperationRow(ListHolders<Names>.self),
      OperationRow(DeleteHolder<Names>.self), OperationRow(PutInline<Names>.self),
      OperationRow(GetInline<Names>.self), OperationRow(ListInline<Names>.self),
      OperationRow(DeleteInline<Names>.self), OperationRow(Attach<Names>.self),
      OperationRow(Detach<Names>.self), OperationRow(ListAttached<Names>.self),
    ]
  }

  static func boundedOperations<Names: BoundedHolderNames>(_ names: Names.Type) -> [OperationRow] {
    [
      OperationRow(PutBoundary<Names>.self), OperationRow(DeleteBoundary<Names>.self),
      OperationRow(TagHolder<Names>.self), OperationRow(UntagHolder<Names>.self),
      OperationRow(ListHolderTags<Names>.self),
    ]
  }
}

/// An operation on one role, user or group, named by `RoleName`, `UserName` or `GroupName`.
protocol HolderOperation: Operation {
  associatedtype Names: HolderNames
  var name: String { get }
}

extension HolderOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    if let holder = try? world.identities.holder(Names.kind, named: name) {
      return .named(holder.arn)
    }
    return .named(
      ARN(
        service: "iam", region: "", account: world.account,
        resource: "\(Names.kind.rawValue)/\(name)"))
  }

  func holder(in cloud: Cloud) throws(ServiceError) -> IAM.Holder {
    try cloud.world.identities.holder(Names.kind, named: name)
  }
}

extension JSON {
  func name<Names: HolderNames>(_ names: Names.Type) -> String {
    text("\(Names.member)Name")
  }
}

extension IAM.State {
  /// Whether somebody of that kind has a name, however it is written.
  /// Source: IAM API Reference, CreateUser: names are not distinguished by case.
  func isTaken(_ name: String, by kind: IAM.HolderKind) -> Bool {
    let folded = name.lowercased()
    return holders(kind).contains { $0.name.lowercased() == folded }
  }
}

extension IAM.Holder {
  /// The `Role`, `User` or `Group` structure: members in the model's order. Lists leave out the tags,
  /// and those of users and roles the boundary.
  /// Source: IAM API Reference, ListRoles and ListUsers.
  func json(withTags: Bool, inList: Bool = false) -> JSON {
    let member = kind.member
    var object = JSONObject([
      ("Path", .string(path)), ("\(member)Name", .string(name)), ("\(member)Id", .string(id)),
      ("Arn", .string(arn.description)), ("CreateDate", .string(created.iso8601)),
    ])
    if kind == .role {
      object["AssumeRolePolicyDocument"] = trust.flatMap { try? JSON(parsing: $0.text) } ?? .null
      if !description.isEmpty { object["Description"] = .string(description) }
      object["MaxSessionDuration"] = .integer(longestSession)
    }
    if let boundary, !inList {
      object["PermissionsBoundary"] = [
        "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": .string(boundary),
      ]
    }
    if withTags, !tags.isEmpty { object["Tags"] = tags.json }
    return .object(object)
  }

  func inline(named policyName: String) throws(ServiceError) -> IAM.InlinePolicy {
    guard let policy = inline.first(where: { $0.name == policyName }) else {
      throw .noSuchEntity(
        kind: "\(kind.rawValue) policy", name: policyName,
        near: NearNames.of(policyName, among: inline.map(\.name)))
    }
    return policy
  }
}

extension HolderOperation {
  /// The boundary that the holder has, and the managed policy that the call is about.
  /// Source: Service Authorization Reference, condition keys of AWS IAM.
  func holderConditions(_ world: World, policy: String? = nil)
    -> [(key: String, values: [String])]
  {
    let boundary = (try? world.identities.holder(Names.kind, named: name))?.boundary
    return (boundary.map { [("iam:PermissionsBoundary", [$0])] } ?? [])
      + (policy.map { [("iam:PolicyARN", [$0])] } ?? [])
  }
}

// MARK: The holder

extension IAM {
  struct GetHolder<Names: HolderNames>: Operation {
    static var id: OperationID { Names.get }
    var name: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    /// Without a name, `get-user` means the caller.
    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(
        (try? world.identities.holder(Names.kind, named: named(call, world)))?.arn
          ?? ARN(
            service: "iam", region: "", account: world.account,
            resource: "\(Names.kind.rawValue)/\(name)"))
    }

    private func named(_ call: Call, _ world: World) -> String {
      name.isEmpty ? world.identities[call.session].principal.userName ?? "" : name
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let holder = try cloud.world.identities.holder(
        Names.kind, named: named(permit.call, cloud.world))
      var object = holder.json(withTags: true).object ?? JSONObject()
      if Names.kind == .role { object["RoleLastUsed"] = cloud.lastUse(ofRole: holder.arn) }
      var reply = JSONObject([(Names.member, .object(object))])
      if Names.kind == .group {
        let members = cloud.world.identities.holders(.user).filter { $0.groups.contains(name) }
        let users = page.iamOutput("Users", members.map { $0.json(withTags: false) })
        for member in users.object?.members ?? [] { reply[member.name] = member.value }
      }
      return .object(reply)
    }
  }

  struct ListHolders<Names: HolderNames>: Operation {
    static var id: OperationID { Names.list }
    var page: Page
    var prefix: String

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
      prefix = input.optionalText("PathPrefix") ?? "/"
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let holders = cloud.world.identities.holders(Names.kind).filter { $0.path.hasPrefix(prefix) }
      return page.iamOutput(
        "\(Names.member)s", holders.map { $0.json(withTags: false, inList: true) })
    }
  }

  struct DeleteHolder<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.delete }
    var name: String

    init(_ input: JSON) throws(ServiceError) { name = input.name(Names.self) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let holder = try holder(in: cloud)
      guard holder.inline.isEmpty, holder.attached.isEmpty else {
        throw .deleteConflict(
          holder.inline.isEmpty
            ? "Cannot delete entity, must detach all policies first."
            : "Cannot delete entity, must delete policies first.")
      }
      let state = cloud.world.identities
      let hasMembers =
        Names.kind == .group
        ? state.holders(.user).contains { $0.groups.contains(name) } : !holder.groups.isEmpty
      let hasKeys = Names.kind == .user && !state.accessKeys(of: name).isEmpty
      guard !hasMembers, !hasKeys else {
        throw .deleteConflict(
          hasKeys
            ? "Cannot delete entity, must delete access keys first."
            : "Cannot delete entity, must remove users from group first.")
      }
      cloud.world.identities.remove(Names.kind, named: name)
      if Names.kind != .group {
        cloud.world.identities.endSessions(of: holder)
        cloud.world.renamePrincipal(holder.arn.description, to: holder.id)
      }
    }
  }
}

// MARK: Inline policies

extension IAM {
  struct PutInline<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.putPolicy }
    var name: String
    var policyName: String
    var document: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      policyName = input.text("PolicyName")
      document = input.text("PolicyDocument")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      holderConditions(world)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      let policy = try PolicyDocument.checked(document, as: .identity)
      let others = holder.inline.filter { $0.name != policyName }.map(\.policy.document.text)
      let size = (others + [document]).reduce(0) { $0 + PolicyDocument.size($1) }
      let limit = Limits.inlinePolicies(Names.kind)
      guard size <= limit else {
        throw .policyTooLarge(limit: limit, holder: "\(Names.kind.rawValue) \(name)")
      }
      holder.inline.removeAll { $0.name == policyName }
      holder.inline.append(InlinePolicy(name: policyName, policy))
      holder.inline.sort { $0.name < $1.name }
      cloud.world.identities.put(holder, noting: "\(policyName) \(document)")
    }
  }

  struct GetInline<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.getPolicy }
    var name: String
    var policyName: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      policyName = input.text("PolicyName")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let policy = try holder(in: cloud).inline(named: policyName)
      return .object(
        JSONObject([
          ("\(Names.member)Name", .string(name)), ("PolicyName", .string(policyName)),
          ("PolicyDocument", (try? JSON(parsing: policy.policy.document.text)) ?? .null),
        ]))
    }
  }

  struct ListInline<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.listPolicies }
    var name: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.iamOutput("PolicyNames", try holder(in: cloud).inline.map { .string($0.name) })
    }
  }

  struct DeleteInline<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.deletePolicy }
    var name: String
    var policyName: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      policyName = input.text("PolicyName")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      holderConditions(world)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      _ = try holder.inline(named: policyName)
      holder.inline.removeAll { $0.name == policyName }
      cloud.world.identities.put(holder, noting: "\(policyName) removed")
    }
  }
}

// MARK: Attached policies and boundaries

extension IAM {
  struct Attach<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.attach }
    var name: String
    var policy: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      policy = input.text("PolicyArn")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      holderConditions(world, policy: policy)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      try cloud.world.identities.checkAttachable(policy)
      guard !holder.attached.contains(policy) else { return }
      guard holder.attached.count < Limits.attachedPolicies else {
        throw .limitExceeded(
          "Cannot exceed quota for PoliciesPer\(Names.member): \(Limits.attachedPolicies)")
      }
      holder.attached.append(policy)
      cloud.world.identities.put(holder, noting: "attached \(policy)")
    }
  }

  struct Detach<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.detach }
    var name: String
    var policy: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      policy = input.text("PolicyArn")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      holderConditions(world, policy: policy)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      guard holder.attached.contains(policy) else {
        throw .policyNotFound(policy, attachable: false)
      }
      holder.attached.removeAll { $0 == policy }
      cloud.world.identities.put(holder, noting: "detached \(policy)")
    }
  }

  struct ListAttached<Names: HolderNames>: HolderOperation {
    static var id: OperationID { Names.listAttached }
    var name: String
    var prefix: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      prefix = input.optionalText("PathPrefix") ?? "/"
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let managed = cloud.world.identities.managed
      return page.iamOutput(
        "AttachedPolicies",
        try holder(in: cloud).attached.filter { managed[$0]?.path.hasPrefix(prefix) ?? true }.map {
          ["PolicyName": .string(managed[$0]?.name ?? ""), "PolicyArn": .string($0)]
        })
    }
  }

  struct PutBoundary<Names: BoundedHolderNames>: HolderOperation {
    static var id: OperationID { Names.putBoundary }
    var name: String
    var policy: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      policy = input.text("PermissionsBoundary")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("iam:PermissionsBoundary", [policy])]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      try cloud.world.identities.checkAttachable(policy)
      holder.boundary = policy
      cloud.world.identities.put(holder, noting: "boundary \(policy)")
    }
  }

  struct DeleteBoundary<Names: BoundedHolderNames>: HolderOperation {
    static var id: OperationID { Names.deleteBoundary }
    var name: String

    init(_ input: JSON) throws(ServiceError) { name = input.name(Names.self) }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      holderConditions(world)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      guard holder.boundary != nil else {
        throw .noSuchEntity(
          kind: "permissions boundary of \(Names.kind.rawValue)", name: name, near: [])
      }
      holder.boundary = nil
      cloud.world.identities.put(holder, noting: "no boundary")
    }
  }
}

extension IAM.State {
  func checkAttachable(_ arn: String) throws(ServiceError) {
    guard managed[arn] != nil else { throw .policyNotFound(arn, attachable: true) }
  }
}

extension IAM.InlinePolicy {
  init(name: String, _ document: PolicyDocument) {
    self.name = name
    policy = AttachedPolicy(
      kind: .identity, label: "identity:\(name)", arn: nil, document: document)
  }
}

extension PolicyDocument {
  /// Parses a learner's policy; a fault becomes the service's refusal.
  static func checked(_ text: String, as kind: DocumentKind) throws(ServiceError) -> PolicyDocument
  {
    do {
      return try PolicyDocument(parsing: text, as: kind)
    } catch {
      throw .malformedPolicy(error)
    }
  }
}

extension PolicyDocument {
  /// Characters that count against a policy's size: white space does not.
  static func size(_ text: String) -> Int { text.utf8.count { !isBlank($0) } }
}

private func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
