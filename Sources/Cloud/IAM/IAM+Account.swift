import Policies
import Values

extension IAM {
  static let accountOperations = [
    OperationRow(CreateAccountAlias.self), OperationRow(DeleteAccountAlias.self),
    OperationRow(ListAccountAliases.self), OperationRow(GetAccountSummary.self),
  ]

  /// Gives the account another name; an account has one at most, so an older one goes.
  struct CreateAccountAlias: Operation {
    static let id = OperationID.createAccountAlias
    var alias: String

    init(_ input: JSON) throws(ServiceError) { alias = input.text("AccountAlias") }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      guard cloud.world.identities.alias != alias else {
        throw .entityExists("The account alias \(alias) already exists.")
      }
      cloud.world.identities.setAlias(alias)
    }
  }

  struct DeleteAccountAlias: Operation {
    static let id = OperationID.deleteAccountAlias
    var alias: String

    init(_ input: JSON) throws(ServiceError) { alias = input.text("AccountAlias") }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let known = cloud.world.identities.alias
      guard known == alias else {
        throw .noSuchEntity(kind: "account alias", name: alias, near: known.map { [$0] } ?? [])
      }
      cloud.world.identities.setAlias(nil)
    }
  }

  struct ListAccountAliases: Operation {
    static let id = OperationID.listAccountAliases
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.iamOutput(
        "AccountAliases", cloud.world.identities.alias.map { [.string($0)] } ?? [])
    }
  }

  /// How many there are of everything, and how many there may be.
  struct GetAccountSummary: Operation {
    static let id = OperationID.getAccountSummary

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.identities
      let policies = state.managed.values.filter { !$0.isAWS }
      let rootKeys = state.sessions.contains {
        $0.principal.kind == .root && $0.status == .active && $0.expires == nil
          && $0.accessKeyID.hasPrefix("AKIA")
      }
      let rows: [(String, Int)] = [
        ("Users", state.users.count), ("UsersQuota", Limits.users),
        ("Groups", state.groups.count), ("GroupsQuota", Limits.accountGroups),
        ("ServerCertificates", 0), ("ServerCertificatesQuota", Limits.serverCertificates),
        ("UserPolicySizeQuota", Limits.inlinePolicies(.user)),
        ("GroupPolicySizeQuota", Limits.inlinePolicies(.group)),
        ("GroupsPerUserQuota", Limits.groups),
        ("SigningCertificatesPerUserQuota", Limits.signingCertificates),
        ("AccessKeysPerUserQuota", Limits.accessKeys), ("MFADevices", 0), ("MFADevicesInUse", 0),
        ("AccountMFAEnabled", 0), ("AccountAccessKeysPresent", rootKeys ? 1 : 0),
        ("AccountPasswordPresent", 1), ("AccountSigningCertificatesPresent", 0),
        ("AttachedPoliciesPerGroupQuota", Limits.attachedPolicies),
        ("AttachedPoliciesPerRoleQuota", Limits.attachedPolicies),
        ("AttachedPoliciesPerUserQuota", Limits.attachedPolicies), ("Policies", policies.count),
        ("PoliciesQuota", Limits.policies), ("PolicySizeQuota", Limits.managedPolicy),
        ("PolicyVersionsInUse", policies.reduce(0) { $0 + $1.versions.count }),
        ("PolicyVersionsInUseQuota", Limits.accountPolicyVersions),
        ("VersionsPerPolicyQuota", Limits.policyVersions), ("GlobalEndpointTokenVersion", 1),
        ("AssumeRolePolicySizeQuota", Limits.trustPolicy), ("InstanceProfiles", 0),
        ("InstanceProfilesQuota", Limits.instanceProfiles), ("Providers", 0),
        ("RolePolicySizeQuota", Limits.inlinePolicies(.role)), ("Roles", state.roles.count),
        ("RolesQuota", Limits.roles),
      ]
      return ["SummaryMap": .object(JSONObject(rows.map { ($0.0, .integer($0.1)) }))]
    }
  }
}

extension IAM.Limits {
  /// Users of an account.
  /// Source: IAM User Guide, IAM and STS quotas.
  static let users = 5_000

  /// Groups of an account.
  /// Source: IAM User Guide, IAM and STS quotas.
  static let accountGroups = 300

  /// Roles of an account.
  /// Source: IAM User Guide, IAM and STS quotas.
  static let roles = 1_000

  /// Managed policies of one's own in an account.
  /// Source: IAM User Guide, IAM and STS quotas.
  static let policies = 1_500

  /// Versions of managed policies in an account.
  /// Source: IAM User Guide, GetAccountSummary.
  static let accountPolicyVersions = 10_000

  /// Instance profiles of an account; the lab has none.
  /// Source: IAM User Guide, IAM and STS quotas.
  static let instanceProfiles = 1_000

  /// Server certificates of an account; the lab has none.
  /// Source: IAM User Guide, IAM and STS quotas.
  static let serverCertificates = 20

  /// Signing certificates of a user; the lab has none.
  /// Source: IAM User Guide, IAM and STS quotas.
  static let signingCertificates = 2
}

// MARK: Last uses

extension Cloud {
  /// The last call, refused or not, of those that have such credentials.
  /// Simplified: AWS tells it some minutes later.
  private func lastUse(by isMeant: (SessionID) -> Bool) -> Event? {
    var found: Event?
    journal.scanBackward(0..<journal.count) { _, event in
      // What a service does for the caller is the service's call.
      guard event.pointee.call.via == nil, isMeant(event.pointee.call.session) else { return true }
      found = event.pointee
      return false
    }
    return found
  }

  /// The `RoleLastUsed` structure, empty for a role that nobody used.
  func lastUse(ofRole arn: ARN) -> JSON {
    let text = arn.description
    // Not those of a role that had the name before.
    let id = world.identities.role(withARN: text)?.id ?? ""
    let sessions = Set(
      world.identities.sessions.indices.filter {
        let principal = world.identities.sessions[$0].principal
        return principal.roleARN == text && principal.uniqueID.hasPrefix(id)
      }.map(SessionID.init))
    guard !sessions.isEmpty, let event = lastUse(by: sessions.contains) else { return [:] }
    return [
      "LastUsedDate": .string(event.at.iso8601), "Region": .string(event.call.region.description),
    ]
  }

  /// The `AccessKeyLastUsed` structure.
  func lastUse(ofKey key: SessionID) -> JSON {
    guard let event = lastUse(by: { $0 == key }) else {
      return ["ServiceName": "N/A", "Region": "N/A"]
    }
    return [
      "LastUsedDate": .string(event.at.iso8601), "ServiceName": .string(event.operation.service),
      "Region": .string(event.call.region.description),
    ]
  }
}

extension IAM {
  struct GetAccessKeyLastUsed: Operation {
    static let id = OperationID.getAccessKeyLastUsed
    var accessKeyID: String

    init(_ input: JSON) throws(ServiceError) { accessKeyID = input.text("AccessKeyId") }

    /// The key of a user; nothing for temporary credentials, and for those that are not there.
    private func key(_ world: World) -> SessionID? {
      guard let key = world.identities.session(ofAccessKey: accessKeyID),
        world.identities[key].principal.kind == .user, world.identities[key].expires == nil
      else { return nil }
      return key
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      let owner = key(world).flatMap { world.identities.holder(of: $0) }
      return .named(
        owner?.arn ?? ARN(service: "iam", region: "", account: world.account, resource: "user/*"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard let key = key(cloud.world), let owner = cloud.world.identities.holder(of: key) else {
        let known = cloud.world.identities.sessions.filter {
          $0.principal.kind == .user && $0.status != .deleted && $0.expires == nil
        }
        throw .noSuchEntity(
          kind: "Access Key", name: accessKeyID,
          near: NearNames.of(accessKeyID, among: known.map(\.accessKeyID)))
      }
      return [
        "UserName": .string(owner.name), "AccessKeyLastUsed": cloud.lastUse(ofKey: key),
      ]
    }
  }
}
