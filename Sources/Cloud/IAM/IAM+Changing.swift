import Policies
import Values

extension IAM {
  static let changingOperations = [
    OperationRow(UpdateRole.self), OperationRow(UpdateRoleDescription.self),
    OperationRow(Rename<OfUser>.self), OperationRow(Rename<OfGroup>.self),
  ]

  /// Description and longest session of a role; what the request leaves out stays.
  struct UpdateRole: HolderOperation {
    typealias Names = OfRole
    static let id = OperationID.updateRole
    var name: String
    var description: String?
    var longestSession: Int?

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("RoleName")
      description = input.optionalText("Description")
      longestSession = input.number("MaxSessionDuration")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var role = try holder(in: cloud)
      role.description = description ?? role.description
      role.longestSession = longestSession ?? role.longestSession
      cloud.world.identities.put(role, noting: "\(role.longestSession) s \(role.description)")
    }
  }

  /// The older form, which answers with the role.
  struct UpdateRoleDescription: HolderOperation {
    typealias Names = OfRole
    static let id = OperationID.updateRoleDescription
    var name: String
    var description: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("RoleName")
      description = input.text("Description")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      var role = try holder(in: cloud)
      role.description = description
      cloud.world.identities.put(role, noting: description)
      return ["Role": role.json(withTags: true)]
    }
  }

  /// Another name or path for a user or a group. Ids, policies, access keys and members stay, and
  /// what names the user names it by its new ARN.
  struct Rename<Names: RenamedHolderNames>: HolderOperation {
    static var id: OperationID { Names.update }
    var name: String
    var newName: String?
    var newPath: String?

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      newName = input.optionalText("New\(Names.member)Name")
      newPath = input.optionalText("NewPath")
    }

    /// The caller needs the permission for what it becomes, too.
    /// Source: IAM API Reference, UpdateUser and UpdateGroup.
    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      guard let old = try? world.identities.holder(Names.kind, named: name) else { return nil }
      let new = old.renamed(newName, path: newPath)
      return new.arn == old.arn ? nil : .named(new.arn)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let old = try holder(in: cloud)
      let new = old.renamed(newName, path: newPath)
      let isTaken =
        new.name != old.name
        && (try? cloud.world.identities.holder(Names.kind, named: new.name)) != nil
      guard !isTaken else {
        throw .entityExists("\(Names.member) with name \(new.name) already exists.")
      }
      cloud.world.identities.rename(old, to: new)
      if Names.kind == .user {
        cloud.world.renamePrincipal(old.arn.description, to: new.arn.description)
      }
    }
  }
}

/// Users and groups have other names if one likes; a role keeps its own.
protocol RenamedHolderNames: HolderNames {
  static var update: OperationID { get }
}

extension OfUser: RenamedHolderNames {
  static let update = OperationID.updateUser
}

extension OfGroup: RenamedHolderNames {
  static let update = OperationID.updateGroup
}

// MARK: Tags and uses of managed policies

extension IAM {
  static let policyTagOperations = [
    OperationRow(TagPolicy.self), OperationRow(UntagPolicy.self), OperationRow(ListPolicyTags.self),
    OperationRow(ListEntitiesForPolicy.self),
  ]

  struct TagPolicy: ManagedPolicyOperation {
    static let id = OperationID.tagPolicy
    var arn: String
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      tags = try Tags(folding: input["Tags"])
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var policy = try cloud.world.identities.changeable(arn)
      policy.tags.merge(folding: tags)
      guard policy.tags.count <= Limits.tags else {
        throw .limitExceeded("Cannot exceed quota for TagsPerPolicy: \(Limits.tags)")
      }
      cloud.world.identities.add(policy)
    }
  }

  struct UntagPolicy: ManagedPolicyOperation {
    static let id = OperationID.untagPolicy
    var arn: String
    var keys: [String]

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      keys = (input["TagKeys"]?.array ?? []).compactMap(\.string)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("aws:TagKeys", keys)]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var policy = try cloud.world.identities.changeable(arn)
      policy.tags.remove(keys)
      cloud.world.identities.add(policy)
    }
  }

  struct ListPolicyTags: ManagedPolicyOperation {
    static let id = OperationID.listPolicyTags
    var arn: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.iamOutput("Tags", try cloud.world.identities.managed(arn).tags.json.array ?? [])
    }
  }

  /// Who carries a managed policy, or is bounded by it.
  struct ListEntitiesForPolicy: ManagedPolicyOperation {
    static let id = OperationID.listEntitiesForPolicy
    var arn: String
    var page: Page
    /// `User`, `Role` or `Group`; policies are no entities that carry one.
    var filter: String?
    var prefix: String
    var usage: String?

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
      filter = input.optionalText("EntityFilter")
      prefix = input.optionalText("PathPrefix") ?? "/"
      usage = input.optionalText("PolicyUsageFilter")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.identities
      _ = try state.managed(arn)
      func entities(_ kind: HolderKind) -> [JSON] {
        guard filter == nil || filter == kind.member else { return [] }
        return state.holders(kind).filter { $0.path.hasPrefix(prefix) && uses($0) }.map { holder in
          .object(
            JSONObject([
              ("\(kind.member)Name", .string(holder.name)),
              ("\(kind.member)Id", .string(holder.id)),
            ]))
        }
      }
      return page.iamOutput(lists: [
        ("PolicyGroups", entities(.group)), ("PolicyUsers", entities(.user)),
        ("PolicyRoles", entities(.role)),
      ])
    }

    private func uses(_ holder: Holder) -> Bool {
      switch usage {
      case "PermissionsPolicy": holder.attached.contains(arn)
      case "PermissionsBoundary": holder.boundary == arn
      default: holder.attached.contains(arn) || holder.boundary == arn
      }
    }
  }
}
