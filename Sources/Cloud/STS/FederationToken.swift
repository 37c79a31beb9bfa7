import Ciphers
import Policies
import Values

extension STS {
  enum Limits {
    /// Characters of a session policy.
    /// Source: AWS STS API Reference, AssumeRole and GetFederationToken, Policy.
    static let sessionPolicy = 2_048

    /// Managed policies of one session.
    /// Source: AWS STS API Reference, AssumeRole, PolicyArns.
    static let sessionPolicies = 10
  }

  /// Credentials for somebody outside, with no more than a user may do and the request leaves.
  ///
  /// Source: AWS STS API Reference, GetFederationToken.
  struct GetFederationToken: Operation {
    static let id = OperationID.getFederationToken
    var name: String
    var duration: Int
    var policy: String?
    var policyARNs: [String]
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("Name")
      duration = input.number("DurationSeconds") ?? 43_200
      policy = input.optionalText("Policy")
      policyARNs = (input["PolicyArns"]?.array ?? []).map { $0.text("arn") }
      tags = try Tags(folding: input["Tags"])
    }

    private func arn(_ world: World) -> ARN {
      ARN(service: "sts", region: "", account: world.account, resource: "federated-user/\(name)")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(arn(world))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let caller = cloud.world.identities[permit.call.session]
      guard caller.expires == nil, caller.principal.kind != .assumedRole else {
        throw .simulatorInput(
          "AccessDenied", "Cannot call GetFederationToken with session credentials")
      }
      guard let user = cloud.world.identities.holder(of: permit.call.session) else {
        throw .notSimulated(service: "sts", operation: "GetFederationToken by the root user")
      }
      var policies = try cloud.world.sessionPolicies(policy, policyARNs)
      let hasPolicies = !policies.isEmpty
      if !hasPolicies { policies = [Self.nothing] }
      let arn = arn(cloud.world).description
      let id = "\(cloud.world.account):\(name)"
      let credentials = cloud.world.credentials(
        for: Principal(
          kind: .federated, account: cloud.world.account, arn: arn, userName: user.name,
          uniqueID: id, issuer: user.arn.description),
        tags: tags, policies: policies, seconds: duration, issuerID: user.id)
      var reply = JSONObject([
        ("Credentials", credentials),
        ("FederatedUser", ["FederatedUserId": .string(id), "Arn": .string(arn)]),
      ])
      if hasPolicies || !tags.isEmpty {
        reply["PackedPolicySize"] = .integer(packedSize(hasPolicies ? policies : [], tags))
      }
      return .object(reply)
    }

    /// Without a session policy only resource policies that name the federated user say yes.
    private static let nothing: AttachedPolicy = {
      let text =
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"NoSessionPolicyWasPassed\", "
        + "\"Effect\": \"Allow\", \"NotAction\": \"*\", \"Resource\": \"*\"}]}"
      guard let document = try? PolicyDocument(parsing: text, as: .session) else {
        preconditionFailure("the empty session policy does not parse")
      }
      return AttachedPolicy(kind: .session, label: "session:none", arn: nil, document: document)
    }()
  }

  /// Per cent of what a session may bring along.
  /// Simplified: a share of 2,048 characters; AWS packs before it counts.
  static func packedSize(_ policies: [AttachedPolicy], _ tags: Tags) -> Int {
    let size =
      policies.reduce(0) { $0 + $1.document.text.utf8.count }
      + tags.pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    return min(100, max(1, size * 100 / Limits.sessionPolicy))
  }
}

extension World {
  /// The policies that whoever begins a session passes along.
  func sessionPolicies(_ text: String?, _ arns: [String]) throws(ServiceError) -> [AttachedPolicy] {
    var policies: [AttachedPolicy] = []
    if let text {
      let document = try PolicyDocument.checked(text, as: .session)
      guard text.utf8.count <= STS.Limits.sessionPolicy else {
        throw .constraints(
          [
            "Value at 'policy' failed to satisfy constraint: Member must have length less than or "
              + "equal to \(STS.Limits.sessionPolicy)"
          ], service: "sts")
      }
      policies.append(
        AttachedPolicy(kind: .session, label: "session:Policy", arn: nil, document: document))
    }
    guard arns.count <= STS.Limits.sessionPolicies else {
      throw .simulatorInput(
        "ValidationError",
        "The number of managed session policies exceeds \(STS.Limits.sessionPolicies)")
    }
    for arn in arns {
      let managed = try identities.managed(arn).policy
      policies.append(
        managed.attached(as: .session, label: "session:\(ARN(arn)?.resourceName ?? arn)"))
    }
    return policies
  }
}

extension IAM.State {
  /// Fails where temporary credentials that no role gave may not be used: the credentials of
  /// `get-session-token` and `get-federation-token` open no IAM.
  ///
  /// Source: IAM User Guide, comparing AWS STS credentials.
  func checkTemporary(_ session: SessionID, _ id: OperationID) throws(ServiceError) {
    guard self[session].principal.kind != .assumedRole else { return }
    switch id.service {
    case "iam":
      throw .simulatorInput(
        "InvalidClientTokenId", "The security token included in the request is invalid")
    case "sts" where id != .getCallerIdentity:
      guard self[session].principal.kind == .federated || id != .assumeRole else { return }
      throw .simulatorInput(
        "AccessDenied", "Cannot call \(id.operation) with session credentials")
    default: return
    }
  }
}
