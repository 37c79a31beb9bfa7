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

    init(_ input: JSON) throws(ServiceError) {
      roleARN = input.text("RoleArn")
      sessionName = input.text("RoleSessionName")
      duration = input.number("DurationSeconds") ?? 3600
      policy = input.optionalText("Policy")
      policyARNs = (input["PolicyArns"]?.array ?? []).map { $0.text("arn") }
    }

    func validate() throws(ServiceError) {
      guard ARN(roleARN) != nil else {
        throw .simulatorInput("ValidationError", "\(roleARN) is invalid")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      ARN(roleARN).map { .named($0) } ?? .none
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
        var managed = try cloud.world.identities.managed(arn).policy
        managed.kind = .session
        managed.label = "session:\(ARN(arn)?.resourceName ?? arn)"
        policies.append(managed)
      }
      return cloud.world.issue(role, sessionName, policies, for: duration)
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
    _ role: IAM.Holder, _ name: String, _ policies: [AttachedPolicy], for seconds: Int
  ) -> JSON {
    let arn = ARN(
      service: "sts", region: "", account: account, resource: "assumed-role/\(role.name)/\(name)")
    let id = "\(role.id):\(name)"
    var session = IAM.Session(
      profile: "",
      principal: Principal(
        kind: .assumedRole, account: account, arn: arn.description,
        roleARN: role.arn.description, uniqueID: id),
      accessKeyID: random.uniqueID(prefix: "ASIA", length: 16))
    session.secret = Base64.encode(random.bytes(count: 30))
    session.token = Base64.encode(random.bytes(count: 96))
    session.expires = now + .seconds(seconds)
    session.policies = policies
    identities.add(session)
    var reply = JSONObject([
      (
        "Credentials",
        [
          "AccessKeyId": .string(session.accessKeyID), "SecretAccessKey": .string(session.secret),
          "SessionToken": .string(session.token),
          "Expiration": .string((now + .seconds(seconds)).iso8601),
        ]
      ),
      ("AssumedRoleUser", ["AssumedRoleId": .string(id), "Arn": .string(arn.description)]),
    ])
    if !policies.isEmpty {
      // Simplified: a share of 2,048 characters; AWS packs before it counts.
      let size = policies.reduce(0) { $0 + $1.document.text.utf8.count }
      reply["PackedPolicySize"] = .integer(min(100, size * 100 / 2048))
    }
    return .object(reply)
  }
}
