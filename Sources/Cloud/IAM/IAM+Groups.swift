import Ciphers
import Policies
import Values

extension IAM {
  static let groupOperations = [
    OperationRow(CreateGroup.self), OperationRow(AddUserToGroup.self),
    OperationRow(RemoveUserFromGroup.self), OperationRow(ListGroupsForUser.self),
    OperationRow(GetAccountAuthorizationDetails.self),
  ]

  struct CreateGroup: Operation {
    static let id = OperationID.createGroup
    var name: String
    var path: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("GroupName")
      path = input.optionalText("Path") ?? "/"
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(
        ARN(service: "iam", region: "", account: world.account, resource: "group\(path)\(name)"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard !cloud.world.identities.isTaken(name, by: .group) else {
        throw .entityExists("Group with name \(name) already exists.")
      }
      let group = Holder(
        .group, name: name, path: path,
        id: cloud.world.random.uniqueID(prefix: "AGPA", length: 17), account: cloud.world.account,
        created: cloud.world.now)
      cloud.world.identities.put(group, noting: "created")
      return ["Group": group.json(withTags: false)]
    }
  }

  struct AddUserToGroup: HolderOperation {
    typealias Names = OfGroup
    static let id = OperationID.addUserToGroup
    var name: String
    var user: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("GroupName")
      user = input.text("UserName")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      _ = try holder(in: cloud)
      var member = try cloud.world.identities.holder(.user, named: user)
      guard !member.groups.contains(name) else { return }
      guard member.groups.count < Limits.groups else {
        throw .limitExceeded("Cannot exceed quota for GroupsPerUser: \(Limits.groups)")
      }
      member.groups.append(name)
      member.groups.sort()
      cloud.world.identities.put(member, noting: "joins \(name)")
    }
  }

  struct RemoveUserFromGroup: HolderOperation {
    typealias Names = OfGroup
    static let id = OperationID.removeUserFromGroup
    var name: String
    var user: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("GroupName")
      user = input.text("UserName")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      _ = try holder(in: cloud)
      var member = try cloud.world.identities.holder(.user, named: user)
      member.groups.removeAll { $0 == name }
      cloud.world.identities.put(member, noting: "leaves \(name)")
    }
  }

  struct ListGroupsForUser: HolderOperation {
    typealias Names = OfUser
    static let id = OperationID.listGroupsForUser
    var name: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("UserName")
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let groups = cloud.world.identities.groups
      return page.iamOutput(
        "Groups", try holder(in: cloud).groups.compactMap { groups[$0]?.json(withTags: false) })
    }
  }
}

// MARK: Everything at once

extension IAM {
  /// All identities and policies of the account.
  struct GetAccountAuthorizationDetails: Operation {
    static let id = OperationID.getAccountAuthorizationDetails
    var page: Page
    var filter: [String]

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
      filter = (input["Filter"]?.array ?? []).compactMap(\.string)
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    private func wants(_ name: String) -> Bool { filter.isEmpty || filter.contains(name) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.identities
      func details(_ kind: HolderKind) -> [JSON] {
        guard wants(kind.member) else { return [] }
        return state.holders(kind).map { holder in
          var object = state.detail(of: holder)
          if kind == .role { object["RoleLastUsed"] = cloud.lastUse(ofRole: holder.arn) }
          return .object(object)
        }
      }
      let policies = state.managed.values.sorted { $0.arn < $1.arn }.filter {
        wants($0.isAWS ? "AWSManagedPolicy" : "LocalManagedPolicy")
      }
      return page.iamOutput(lists: [
        ("UserDetailList", details(.user)), ("GroupDetailList", details(.group)),
        ("RoleDetailList", details(.role)),
        (
          "Policies",
          policies.map { policy in
            var object = state.json(of: policy).object ?? JSONObject()
            object["PolicyVersionList"] = .array(
              policy.versions.reversed().map { policy.json(of: $0, withDocument: true) })
            return .object(object)
          }
        ),
      ])
    }
  }
}

extension IAM.State {
  fileprivate func detail(of holder: IAM.Holder) -> JSONObject {
    let plain = holder.json(withTags: false).object ?? JSONObject()
    var object = JSONObject()
    for member in plain.members
    where !["Description", "MaxSessionDuration", "PermissionsBoundary"].contains(member.name) {
      object[member.name] = member.value
    }
    if holder.kind == .role { object["InstanceProfileList"] = [] }
    object["\(holder.kind.member)PolicyList"] = .array(
      holder.inline.map { policy in
        [
          "PolicyName": .string(policy.name),
          "PolicyDocument": (try? JSON(parsing: policy.policy.document.text)) ?? .null,
        ]
      })
    if holder.kind == .user { object["GroupList"] = .array(holder.groups.map { .string($0) }) }
    object["AttachedManagedPolicies"] = .array(
      holder.attached.map { arn in
        ["PolicyName": .string(managed[arn]?.name ?? ""), "PolicyArn": .string(arn)]
      })
    object["PermissionsBoundary"] = plain["PermissionsBoundary"]
    if holder.kind != .group { object["Tags"] = holder.tags.json }
    return object
  }
}
