import Policies
import Values

extension IAM.Session {
  /// The name by which event history finds a caller: a user's, or that of a role's session.
  /// Source: CloudTrail User Guide, viewing events with the AWS CLI.
  package var trailName: String? {
    switch principal.kind {
    case .user: principal.userName
    case .assumedRole, .federated:
      principal.uniqueID.split(separator: ":").dropFirst().first.map(String.init)
    case .root: "root"
    case .service, .anonymous: nil
    }
  }
}

extension World {
  /// The `userIdentity` element of a call.
  ///
  /// Source: CloudTrail User Guide, userIdentity element.
  func userIdentity(of call: Call) -> JSON {
    let session = identities[call.session]
    var members = identity(of: session)
    if call.via != nil { members.append(("invokedBy", .string(ForwardedAccess.principal))) }
    return .object(JSONObject(members))
  }

  private func identity(of session: IAM.Session) -> [(String, JSON)] {
    let principal = session.principal
    if principal.kind == .service {
      return [("type", "AWSService"), ("invokedBy", .string(principal.arn))]
    }
    // Of another account's caller its own account knows more.
    if principal.account != account, principal.kind != .anonymous {
      return [
        ("type", "AWSAccount"), ("principalId", .string(principal.uniqueID)),
        ("accountId", .string(principal.account)),
      ]
    }
    var members: [(String, JSON)] = [
      ("type", .string(Self.type(of: principal.kind))),
      ("principalId", .string(principal.uniqueID)), ("arn", .string(principal.arn)),
      ("accountId", .string(principal.account)), ("accessKeyId", .string(session.accessKeyID)),
    ]
    if let name = principal.userName, principal.kind == .user {
      members.append(("userName", .string(name)))
    }
    if let context = sessionContext(of: session) { members.append(("sessionContext", context)) }
    return members
  }

  static func type(of kind: Principal.Kind) -> String {
    switch kind {
    case .user: "IAMUser"
    case .assumedRole: "AssumedRole"
    case .root: "Root"
    case .federated: "FederatedUser"
    case .service: "AWSService"
    case .anonymous: "Unknown"
    }
  }

  /// Who issued temporary credentials, and when. Source identity comes last where there is one.
  private func sessionContext(of session: IAM.Session) -> JSON? {
    let principal = session.principal
    guard principal.kind == .assumedRole || session.expires != nil else { return nil }
    var members: [(String, JSON)] = []
    if let issuer = issuer(of: session) { members.append(("sessionIssuer", issuer)) }
    if principal.kind == .assumedRole { members.append(("webIdFederationData", [:])) }
    members.append(
      (
        "attributes",
        ["creationDate": .string(created(session).zulu), "mfaAuthenticated": "false"]
      ))
    if let identity = session.sourceIdentity {
      members.append(("sourceIdentity", .string(identity)))
    }
    return .object(JSONObject(members))
  }

  private func issuer(of session: IAM.Session) -> JSON? {
    let principal = session.principal
    switch principal.kind {
    case .assumedRole:
      guard let arn = principal.roleARN else { return nil }
      return [
        "type": "Role", "principalId": .string(String(principal.uniqueID.prefix { $0 != ":" })),
        "arn": .string(arn),
        "accountId": .string(principal.account),
        "userName": .string(arn.split(separator: "/").last.map(String.init) ?? ""),
      ]
    case .federated:
      guard let name = principal.userName else { return nil }
      return [
        "type": "IAMUser",
        "principalId": .string(session.issuerID ?? ""),
        "arn": .string("arn:aws:iam::\(principal.account):user/\(name)"),
        "accountId": .string(principal.account), "userName": .string(name),
      ]
    default: return nil
    }
  }

  /// When temporary credentials were given out. Those that a profile holds from the beginning are as
  /// old as the lab.
  private func created(_ session: IAM.Session) -> Instant { session.issued ?? began }
}
