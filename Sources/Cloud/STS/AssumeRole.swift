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
    var transitiveKeys: [String]
    var externalID: String?
    var sourceIdentity: String?
    var hasCode: Bool

    init(_ input: JSON) throws(ServiceError) {
      roleARN = input.text("RoleArn")
      sessionName = input.text("RoleSessionName")
      duration = input.number("DurationSeconds") ?? 3600
      policy = input.optionalText("Policy")
      policyARNs = (input["PolicyArns"]?.array ?? []).map { $0.text("arn") }
      tags = try Tags(folding: input["Tags"])
      transitiveKeys = (input["TransitiveTagKeys"]?.array ?? []).compactMap(\.string)
      hasCode = input.optionalText("TokenCode") != nil
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
      if !transitiveKeys.isEmpty { keys.append(("sts:TransitiveTagKeys", transitiveKeys)) }
      return keys + tags.requestConditions
    }

    /// What the role must be open for besides: tags and a source identity are permissions of their
    /// own, which the trust policy gives.
    /// Source: IAM User Guide, passing session tags; monitor actions of assumed roles.
    private var besides: [OperationAction] {
      (tags.isEmpty && transitiveKeys.isEmpty ? [] : [.tagSession])
        + (sourceIdentity == nil ? [] : [.setSourceIdentity])
    }

    private enum OperationAction: String {
      case tagSession = "sts:TagSession"
      case setSourceIdentity = "sts:SetSourceIdentity"
    }

    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      besides.isEmpty ? nil : try resolve(call, in: world)
    }

    func third(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      besides.count < 2 ? nil : try resolve(call, in: world)
    }

    func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
      let action: OperationAction? =
        switch place {
        case .first, .other: nil
        case .second: besides.first
        case .third: besides.dropFirst().first
        }
      return action.map {
        OwnQuestion(action: ActionName($0.rawValue), conditions: conditions(call, in: world))
      }
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
      guard !hasCode else {
        throw .simulatorInput(
          "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
      }
      let inherited = caller.transitiveTags
      if let conflict = tags.pairs.map(\.key).first(where: { inherited.contains($0) }) {
        throw .simulatorInput(
          "ValidationError",
          "The session tag \(conflict) cannot be set: it is a transitive tag of the calling session"
        )
      }
      if let unset = transitiveKeys.first(where: { tags[$0] == nil && !inherited.contains($0) }) {
        throw .simulatorInput(
          "ValidationError", "The transitive tag key \(unset) is none of the session's tags")
      }
      if let identity = caller.sourceIdentity, let asked = sourceIdentity, asked != identity {
        throw .simulatorInput(
          "AccessDenied",
          "The source identity is \(identity) since the first role; it cannot be changed")
      }
      let policies = try cloud.world.sessionPolicies(policy, policyARNs)
      return cloud.world.issue(role, self, policies, by: caller)
    }
  }
}

extension World {
  /// Draws credentials of a role, valid for so many seconds, and adds them to those that are known.
  fileprivate mutating func issue(
    _ role: IAM.Holder, _ request: STS.AssumeRole, _ policies: [AttachedPolicy],
    by caller: IAM.Session
  ) -> JSON {
    // Transitive tags and the source identity go along a chain of roles.
    var tags = Tags()
    for key in caller.transitiveTags { caller.tags[key].map { tags.set(key, to: $0) } }
    tags.merge(folding: request.tags)
    let identity = request.sourceIdentity ?? caller.sourceIdentity
    let name = request.sessionName
    let account = role.arn.account
    let arn = ARN(
      service: "sts", region: "", account: account, resource: "assumed-role/\(role.name)/\(name)")
    let id = "\(role.id):\(name)"
    let credentials = credentials(
      for: Principal(
        kind: .assumedRole, account: account, arn: arn.description,
        roleARN: role.arn.description, uniqueID: id),
      tags: tags, policies: policies, seconds: request.duration,
      transitiveTags: caller.transitiveTags
        + request.transitiveKeys.filter { !caller.transitiveTags.contains($0) },
      sourceIdentity: identity)
    var reply = JSONObject([
      ("Credentials", credentials),
      ("AssumedRoleUser", ["AssumedRoleId": .string(id), "Arn": .string(arn.description)]),
    ])
    if !policies.isEmpty || !request.tags.isEmpty {
      reply["PackedPolicySize"] = .integer(STS.packedSize(policies, request.tags))
    }
    if let identity { reply["SourceIdentity"] = .string(identity) }
    return .object(reply)
  }
}
