import Ciphers
import Policies
import Values

extension IAM {
  struct CreateRole: Operation {
    static let id = OperationID.createRole
    var name: String
    var path: String
    var trust: String
    var description: String
    var longestSession: Int
    var boundary: String?
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("RoleName")
      path = input.optionalText("Path") ?? "/"
      trust = input.text("AssumeRolePolicyDocument")
      description = input.text("Description")
      longestSession = input.number("MaxSessionDuration") ?? Limits.sessions.lowerBound
      boundary = input.optionalText("PermissionsBoundary")
      tags = try Tags(folding: input["Tags"])
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(
        ARN(service: "iam", region: "", account: world.account, resource: "role\(path)\(name)"))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions + (boundary.map { [("iam:PermissionsBoundary", [$0])] } ?? [])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard !cloud.world.identities.isTaken(name, by: .role) else {
        throw .entityExists("Role with name \(name) already exists.")
      }
      let document = try PolicyDocument.trust(trust)
      try cloud.checkPrincipals(of: document)
      if let boundary { try cloud.world.identities.checkAttachable(boundary) }
      var role = Holder(
        .role, name: name, path: path,
        id: cloud.world.random.uniqueID(prefix: "AROA", length: 17), account: cloud.world.account,
        created: cloud.world.now)
      role.description = description
      role.trust = document
      role.longestSession = longestSession
      role.boundary = boundary
      role.tags = tags
      cloud.world.identities.put(role, noting: "created \(trust)")
      cloud.world.resumeSessions(of: role)
      return ["Role": role.json(withTags: true)]
    }
  }

  struct UpdateAssumeRolePolicy: HolderOperation {
    typealias Names = OfRole
    static let id = OperationID.updateAssumeRolePolicy
    var name: String
    var document: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("RoleName")
      document = input.text("PolicyDocument")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var role = try holder(in: cloud)
      let trust = try PolicyDocument.trust(document)
      try cloud.checkPrincipals(of: trust)
      role.trust = trust
      cloud.world.identities.put(role, noting: "trust \(document)")
    }
  }

  struct CreateUser: Operation {
    static let id = OperationID.createUser
    var name: String
    var path: String
    var boundary: String?
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("UserName")
      path = input.optionalText("Path") ?? "/"
      boundary = input.optionalText("PermissionsBoundary")
      tags = try Tags(folding: input["Tags"])
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(
        ARN(service: "iam", region: "", account: world.account, resource: "user\(path)\(name)"))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions + (boundary.map { [("iam:PermissionsBoundary", [$0])] } ?? [])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard !cloud.world.identities.isTaken(name, by: .user) else {
        throw .entityExists("User with name \(name) already exists.")
      }
      if let boundary { try cloud.world.identities.checkAttachable(boundary) }
      var user = Holder(
        .user, name: name, path: path,
        id: cloud.world.random.uniqueID(prefix: "AIDA", length: 17), account: cloud.world.account,
        created: cloud.world.now)
      user.boundary = boundary
      user.tags = tags
      cloud.world.identities.put(user, noting: "created")
      return ["User": user.json(withTags: true)]
    }
  }
}

// MARK: Managed policies

extension IAM.State {
  func managed(_ arn: String) throws(ServiceError) -> IAM.ManagedPolicy {
    guard let policy = managed[arn] else { throw .policyNotFound(arn, attachable: false) }
    return policy
  }

  /// Roles, users and groups that carry a managed policy, or are bounded by it.
  func uses(of arn: String) -> (attached: Int, bounding: Int) {
    let holders = Array(roles.values) + Array(users.values) + Array(groups.values)
    return (
      holders.count { $0.attached.contains(arn) }, holders.count { $0.boundary == arn }
    )
  }

  /// The `Policy` structure: members in the model's order. Only `get-policy` tells the description,
  /// and lists leave out the tags.
  func json(
    of policy: IAM.ManagedPolicy, withDescription: Bool = false, withTags: Bool = false
  ) -> JSON {
    let uses = uses(of: policy.arn)
    var object = JSONObject([
      ("PolicyName", .string(policy.name)), ("PolicyId", .string(policy.id)),
      ("Arn", .string(policy.arn)), ("Path", .string(policy.path)),
      ("DefaultVersionId", .string("v\(policy.current)")),
      ("AttachmentCount", .integer(uses.attached)),
      ("PermissionsBoundaryUsageCount", .integer(uses.bounding)), ("IsAttachable", true),
    ])
    if withDescription, !policy.description.isEmpty {
      object["Description"] = .string(policy.description)
    }
    object["CreateDate"] = .string(policy.created.iso8601)
    object["UpdateDate"] = .string((policy.versions.last?.created ?? policy.created).iso8601)
    if withTags, !policy.tags.isEmpty { object["Tags"] = policy.tags.json }
    return .object(object)
  }
}

/// An operation on one managed policy, named by `PolicyArn`.
protocol ManagedPolicyOperation: Operation {
  var arn: String { get }
}

extension ManagedPolicyOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    guard let named = ARN(arn) else {
      throw .simulatorInput("InvalidInput", "Invalid ARN:  Could not be parsed!")
    }
    return .named(named)
  }
}

extension IAM {
  struct CreatePolicy: Operation {
    static let id = OperationID.createPolicy
    var name: String
    var path: String
    var document: String
    var description: String
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("PolicyName")
      path = input.optionalText("Path") ?? "/"
      document = input.text("PolicyDocument")
      description = input.text("Description")
      tags = try Tags(folding: input["Tags"])
    }

    private func arn(_ world: World) -> ARN {
      ARN(service: "iam", region: "", account: world.account, resource: "policy\(path)\(name)")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(arn(world))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let arn = arn(cloud.world).description
      // A name is taken whatever its path.
      guard
        !cloud.world.identities.managed.values.contains(where: {
          !$0.isAWS && $0.name.lowercased() == name.lowercased()
        })
      else {
        throw .entityExists(
          "A policy called \(name) already exists. Duplicate names are not allowed.")
      }
      let parsed = try PolicyDocument.checked(document, as: .identity)
      guard PolicyDocument.size(document) <= Limits.managedPolicy else {
        throw .limitExceeded("Cannot exceed quota for PolicySize: \(Limits.managedPolicy)")
      }
      var policy = ManagedPolicy(
        name: name, id: cloud.world.random.uniqueID(prefix: "ANPA", length: 17), arn: arn,
        created: cloud.world.now, description: description,
        document: parsed)
      policy.tags = tags
      cloud.world.identities.add(policy)
      return ["Policy": cloud.world.identities.json(of: policy, withTags: true)]
    }
  }

  struct GetPolicy: ManagedPolicyOperation {
    static let id = OperationID.getPolicy
    var arn: String

    init(_ input: JSON) throws(ServiceError) { arn = input.text("PolicyArn") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let policy = try cloud.world.identities.managed(arn)
      return [
        "Policy": cloud.world.identities.json(of: policy, withDescription: true, withTags: true)
      ]
    }
  }

  struct ListPolicies: Operation {
    static let id = OperationID.listPolicies
    var page: Page
    var scope: String
    var prefix: String
    /// `PermissionsPolicy` or `PermissionsBoundary`: only those that are used so.
    var usage: String?
    var onlyAttached: Bool

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
      scope = input.optionalText("Scope") ?? "All"
      prefix = input.optionalText("PathPrefix") ?? "/"
      usage = input.optionalText("PolicyUsageFilter")
      onlyAttached = input.flag("OnlyAttached")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.identities
      let policies = state.managed.values.sorted { $0.arn < $1.arn }.filter { policy in
        (scope == "All" || policy.isAWS == (scope == "AWS"))
          && policy.path.hasPrefix(prefix) && isUsed(state.uses(of: policy.arn))
      }
      return page.iamOutput("Policies", policies.map { state.json(of: $0) })
    }

    private func isUsed(_ uses: (attached: Int, bounding: Int)) -> Bool {
      switch usage {
      case "PermissionsBoundary": uses.bounding > 0
      case "PermissionsPolicy": uses.attached > 0
      default: !onlyAttached || uses.attached > 0
      }
    }
  }

  struct DeletePolicy: ManagedPolicyOperation {
    static let id = OperationID.deletePolicy
    var arn: String

    init(_ input: JSON) throws(ServiceError) { arn = input.text("PolicyArn") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let policy = try cloud.world.identities.managed(arn)
      guard !policy.isAWS else {
        throw .simulatorInput("InvalidInput", "Policy \(arn) is AWS's and cannot be deleted.")
      }
      let uses = cloud.world.identities.uses(of: arn)
      guard uses.attached == 0, uses.bounding == 0 else {
        throw .deleteConflict("Cannot delete a policy attached to entities.")
      }
      guard policy.versions.count == 1 else {
        throw .deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
        )
      }
      cloud.world.identities.removeManaged(arn)
    }
  }
}

extension PolicyDocument {
  /// A role's trust policy, checked for its text and its size.
  static func trust(_ text: String) throws(ServiceError) -> PolicyDocument {
    let document = try checked(text, as: .trust)
    guard size(text) <= IAM.Limits.trustPolicy else {
      throw .limitExceeded("Cannot exceed quota for ACLSizePerRole: \(IAM.Limits.trustPolicy)")
    }
    return document
  }
}
