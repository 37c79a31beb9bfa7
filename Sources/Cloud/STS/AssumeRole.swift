import Ciphers
import Policies
import Values

extension STS {
  /// Gives temporary credentials of a role to a caller whom the role trusts.
  ///
  /// Source: AWS STS API Reference, AssumeRole; IAM User Guide, role chaining.
  struct AssumeRole: Operation {
    static let id = OperationID.assumeRole
    var roleARN: String
    var sessionName: String
    var duration: Int
    var policy: String?
    var policyARNs: [String]
    var tags: Tags
    var externalID: String?
    var sourceIdentity: String?

    init(_ input: JSON) throws(ServiceError) {
      roleARN = input.text("RoleArn")
      sessionName = input.text("RoleSessionName")
      duration = input.number("DurationSeconds") ?? 3600
      policy = input.optionalText("Policy")
      policyARNs = (input["PolicyArns"]?.array ?? []).map { $0.text("arn") }
      tags = Tags(input["Tags"])
      externalID = input.optionalText("ExternalId")
      sourceIdentity = input.optionalText("SourceIdentity")
    }

    func validate() throws(ServiceError) {
      guard ARN(roleARN) != nil else {
        throw .simulatorInput("ValidationError", "\(roleARN) is invalid")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      ARN(roleARN).map { .named($0) } ?? .none
    }

    /// Source: IAM User Guide, condition keys of AWS STS.
    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      var keys: [(key: String, values: [String])] = [("sts:RoleSessionName", [sessionName])]
      if let externalID { keys.append(("sts:ExternalId", [externalID])) }
      if let sourceIdentity { keys.append(("sts:SourceIdentity", [sourceIdentity])) }
      return keys + tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard let role = cloud.world.identities.role(withARN: roleARN) else {
        throw .simulatorInput("ValidationError", "\(roleARN) is invalid")
      }
      let caller = cloud.world.identities[permit.call.session]
      let longest = caller.principal.kind == .assumedRole ? 3600 : role.longestSession
      guard duration <= longest else {
        throw .simulatorInput(
          "ValidationError",
          caller.principal.kind == .assumedRole
            ? "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            : "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
      }
      var policies: [AttachedPolicy] = []
      if let policy {
        policies.append(
          AttachedPolicy(
            kind: .session, label: "session:Policy", arn: nil,
            document: try PolicyDocument.checked(policy, as: .session)))
      }
      for arn in policyARNs {
        let managed = try cloud.world.identities.managed(arn).policy
        policies.append(
          managed.attached(as: .session, label: "session:\(ARN(arn)?.resourceName ?? arn)"))
      }
      return cloud.world.issue(role, self, policies)
    }
  }
}

extension IAM.State {
  func role(withARN arn: String) -> IAM.Holder? {
    roles.values.first { $0.arn.description == arn }
  }
}

extension World {
  /// Draws credentials of a role, valid for so many seconds, and adds them to those that are known.
  fileprivate mutating func issue(
    _ role: IAM.Holder, _ request: STS.AssumeRole, _ policies: [AttachedPolicy]
  ) -> JSON {
    let name = request.sessionName
    let arn = ARN(
      service: "sts", region: "", account: account, resource: "assumed-role/\(role.name)/\(name)")
    let id = "\(role.id):\(name)"
    let credentials = credentials(
      for: Principal(
        kind: .assumedRole, account: account, arn: arn.description,
        roleARN: role.arn.description, uniqueID: id),
      tags: request.tags, policies: policies, seconds: request.duration)
    var reply = JSONObject([
      ("Credentials", credentials),
      ("AssumedRoleUser", ["AssumedRoleId": .string(id), "Arn": .string(arn.description)]),
    ])
    if !policies.isEmpty || !request.tags.isEmpty {
      // Simplified: a share of 2,048 characters; AWS packs before it counts.
      let size =
        policies.reduce(0) { $0 + $1.document.text.utf8.count }
        + request.tags.pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
      reply["PackedPolicySize"] = .integer(min(100, size * 100 / 2048))
    }
    if let identity = request.sourceIdentity { reply["SourceIdentity"] = .string(identity) }
    return .object(reply)
  }
}
