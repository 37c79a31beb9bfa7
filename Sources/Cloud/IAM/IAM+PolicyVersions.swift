import Policies
import Values

extension IAM.ManagedPolicy {
  /// The `PolicyVersion` structure: members in the model's order.
  func json(of version: IAM.PolicyVersion, withDocument: Bool) -> JSON {
    var object = JSONObject()
    if withDocument {
      object["Document"] = (try? JSON(parsing: version.document.text)) ?? .null
    }
    object["VersionId"] = .string(version.name)
    object["IsDefaultVersion"] = .bool(version.number == current)
    object["CreateDate"] = .string(version.created.iso8601)
    return .object(object)
  }

  /// A version by its name, such as `v2`; fails with `noSuchEntity`.
  func version(named name: String) throws(ServiceError) -> IAM.PolicyVersion {
    guard let version = versions.first(where: { $0.name == name }) else {
      throw .noSuchEntity(
        kind: "policy version", name: name,
        near: versions.count == 1
          ? ["v\(current)"] : NearNames.of(name, among: versions.map(\.name))
      )
    }
    return version
  }
}

extension IAM.State {
  /// A managed policy that the account may change; fails for those that are AWS's.
  func changeable(_ arn: String) throws(ServiceError) -> IAM.ManagedPolicy {
    let policy = try managed(arn)
    guard !policy.isAWS else {
      throw .simulatorInput("InvalidInput", "Policy \(arn) is AWS's and cannot be changed.")
    }
    return policy
  }
}

extension IAM {
  static let versionOperations = [
    OperationRow(GetPolicyVersion.self), OperationRow(ListPolicyVersions.self),
    OperationRow(CreatePolicyVersion.self), OperationRow(SetDefaultPolicyVersion.self),
    OperationRow(DeletePolicyVersion.self),
  ]

  struct GetPolicyVersion: ManagedPolicyOperation {
    static let id = OperationID.getPolicyVersion
    var arn: String
    var version: String

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      version = input.text("VersionId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let policy = try cloud.world.identities.managed(arn)
      let version = try policy.version(named: version)
      return ["PolicyVersion": policy.json(of: version, withDocument: true)]
    }
  }

  struct ListPolicyVersions: ManagedPolicyOperation {
    static let id = OperationID.listPolicyVersions
    var arn: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let policy = try cloud.world.identities.managed(arn)
      return page.iamOutput(
        "Versions", policy.versions.reversed().map { policy.json(of: $0, withDocument: false) })
    }
  }

  struct CreatePolicyVersion: ManagedPolicyOperation {
    static let id = OperationID.createPolicyVersion
    var arn: String
    var document: String
    var isDefault: Bool

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      document = input.text("PolicyDocument")
      isDefault = input.flag("SetAsDefault")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      var policy = try cloud.world.identities.changeable(arn)
      let parsed = try PolicyDocument.checked(document, as: .identity)
      guard PolicyDocument.size(document) <= Limits.managedPolicy else {
        throw .limitExceeded("Cannot exceed quota for PolicySize: \(Limits.managedPolicy)")
      }
      guard policy.versions.count < Limits.policyVersions else {
        throw .limitExceeded(
          "A managed policy can have up to \(Limits.policyVersions) versions. Before you create a "
            + "new version, you must delete an existing version.")
      }
      policy.add(parsed, at: cloud.world.now, asDefault: isDefault)
      cloud.world.identities.add(policy)
      let version = policy.versions[policy.versions.count - 1]
      return ["PolicyVersion": policy.json(of: version, withDocument: false)]
    }
  }

  struct SetDefaultPolicyVersion: ManagedPolicyOperation {
    static let id = OperationID.setDefaultPolicyVersion
    var arn: String
    var version: String

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      version = input.text("VersionId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var policy = try cloud.world.identities.changeable(arn)
      policy.setCurrent(try policy.version(named: version).number)
      cloud.world.identities.add(policy)
    }
  }

  struct DeletePolicyVersion: ManagedPolicyOperation {
    static let id = OperationID.deletePolicyVersion
    var arn: String
    var version: String

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("PolicyArn")
      version = input.text("VersionId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var policy = try cloud.world.identities.changeable(arn)
      let number = try policy.version(named: version).number
      guard number != policy.current else {
        throw .deleteConflict("Cannot delete the default version of a policy.")
      }
      policy.removeVersion(number)
      cloud.world.identities.add(policy)
    }
  }
}
