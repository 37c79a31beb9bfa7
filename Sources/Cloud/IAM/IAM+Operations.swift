import Policies
import Values

extension IAM {
  static let operations = [
    OperationRow(GetRole.self), OperationRow(ListRoles.self), OperationRow(ListRolePolicies.self),
    OperationRow(GetRolePolicy.self), OperationRow(PutRolePolicy.self),
    OperationRow(DeleteRolePolicy.self),
  ]

  enum Limits {
    /// Characters of all inline policies of a role together, white space not counted.
    /// Source: IAM User Guide, IAM and STS quotas.
    static let roleInlinePolicies = 10_240
  }
}

/// An operation on one role, named by `RoleName`.
protocol RoleOperation: Operation {
  var roleName: String { get }
}

extension RoleOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    .named(
      ARN(service: "iam", region: "", account: world.account, resource: "role/\(roleName)"))
  }
}

extension IAM.Role {
  /// The `Role` structure: members in the model's order.
  var json: JSON {
    [
      "Path": "/", "RoleName": .string(name), "RoleId": .string(id),
      "Arn": .string(arn.description), "CreateDate": .string(created.iso8601),
      "AssumeRolePolicyDocument": (try? JSON(parsing: trust.text)) ?? .null,
      "Description": .string(description), "MaxSessionDuration": 3600,
    ]
  }
}

extension IAM {
  struct GetRole: RoleOperation {
    static let id = OperationID.getRole
    var roleName: String

    init(_ input: JSON) throws(ServiceError) { roleName = input.text("RoleName") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      ["Role": try cloud.world.identities.role(named: roleName).json]
    }
  }

  struct ListRoles: Operation {
    static let id = OperationID.listRoles

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let roles = cloud.world.identities.roles.values.sorted { $0.name < $1.name }
      return ["Roles": .array(roles.map(\.json)), "IsTruncated": false]
    }
  }

  struct ListRolePolicies: RoleOperation {
    static let id = OperationID.listRolePolicies
    var roleName: String

    init(_ input: JSON) throws(ServiceError) { roleName = input.text("RoleName") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let role = try cloud.world.identities.role(named: roleName)
      return [
        "PolicyNames": .array(role.inline.map { .string($0.name) }), "IsTruncated": false,
      ]
    }
  }

  struct GetRolePolicy: RoleOperation {
    static let id = OperationID.getRolePolicy
    var roleName: String
    var policyName: String

    init(_ input: JSON) throws(ServiceError) {
      roleName = input.text("RoleName")
      policyName = input.text("PolicyName")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let role = try cloud.world.identities.role(named: roleName)
      let policy = try role.inline(named: policyName)
      return [
        "RoleName": .string(roleName), "PolicyName": .string(policyName),
        "PolicyDocument": (try? JSON(parsing: policy.policy.document.text)) ?? .null,
      ]
    }
  }

  struct PutRolePolicy: RoleOperation {
    static let id = OperationID.putRolePolicy
    var roleName: String
    var policyName: String
    var document: String

    init(_ input: JSON) throws(ServiceError) {
      roleName = input.text("RoleName")
      policyName = input.text("PolicyName")
      document = input.text("PolicyDocument")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let role = try cloud.world.identities.role(named: roleName)
      let policy = try PolicyDocument.checked(document, as: .identity)
      let others = role.inline.filter { $0.name != policyName }.map(\.policy.document.text)
      let size = (others + [document]).reduce(0) { $0 + $1.utf8.count { !isBlank($0) } }
      guard size <= Limits.roleInlinePolicies else {
        throw .policyTooLarge(limit: Limits.roleInlinePolicies, role: roleName)
      }
      cloud.world.identities.put(.init(role: roleName, name: policyName, policy), onRole: roleName)
    }
  }

  struct DeleteRolePolicy: RoleOperation {
    static let id = OperationID.deleteRolePolicy
    var roleName: String
    var policyName: String

    init(_ input: JSON) throws(ServiceError) {
      roleName = input.text("RoleName")
      policyName = input.text("PolicyName")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      _ = try cloud.world.identities.role(named: roleName).inline(named: policyName)
      cloud.world.identities.removeInline(policyName, fromRole: roleName)
    }
  }
}

extension IAM.Role {
  func inline(named name: String) throws(ServiceError) -> IAM.InlinePolicy {
    guard let policy = inline.first(where: { $0.name == name }) else {
      throw .noSuchEntity(
        kind: "policy", name: name, near: NearNames.of(name, among: inline.map(\.name)))
    }
    return policy
  }
}

extension IAM.InlinePolicy {
  init(role: String, name: String, _ document: PolicyDocument) {
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

private func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
