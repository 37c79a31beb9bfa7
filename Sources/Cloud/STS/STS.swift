import Ciphers
import Policies
import Values

/// The Security Token Service.
enum STS {
  static let operations = [
    OperationRow(GetCallerIdentity.self), OperationRow(AssumeRole.self),
    OperationRow(GetSessionToken.self), OperationRow(GetFederationToken.self),
    OperationRow(GetAccessKeyInfo.self),
    OperationRow(DecodeAuthorizationMessage.self),
  ]

  /// Says who the credentials belong to. Needs no permission: an explicit deny does not stop it.
  /// Source: AWS STS API Reference, GetCallerIdentity.
  struct GetCallerIdentity: Operation {
    static let id = OperationID.getCallerIdentity
    static let needsPermission = false

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let principal = cloud.world.identities[permit.call.session].principal
      return [
        "UserId": .string(principal.uniqueID), "Account": .string(principal.account),
        "Arn": .string(principal.arn),
      ]
    }
  }
}

extension STS {
  /// Temporary credentials of the caller's own user.
  /// Source: AWS STS API Reference, GetSessionToken.
  struct GetSessionToken: Operation {
    static let id = OperationID.getSessionToken
    static let needsPermission = false
    var duration: Int

    init(_ input: JSON) throws(ServiceError) {
      duration = input.number("DurationSeconds") ?? 43_200
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let caller = cloud.world.identities[permit.call.session]
      guard caller.expires == nil, caller.principal.kind != .assumedRole else {
        throw .simulatorInput(
          "AccessDenied", "Cannot call GetSessionToken with session credentials")
      }
      return [
        "Credentials": cloud.world.credentials(
          for: caller.principal, tags: Tags(), policies: [], seconds: duration)
      ]
    }
  }

  struct GetAccessKeyInfo: Operation {
    static let id = OperationID.getAccessKeyInfo
    var accessKeyID: String

    init(_ input: JSON) throws(ServiceError) { accessKeyID = input.text("AccessKeyId") }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard let session = cloud.world.identities.session(ofAccessKey: accessKeyID) else {
        throw .simulatorInput("ValidationError", "Invalid AccessKeyId: \(accessKeyID)")
      }
      return ["Account": .string(cloud.world.identities[session].principal.account)]
    }
  }

  /// Neither KMS nor Kinesis returns an encoded message, so whatever comes is none of STS's.
  /// Source: AWS STS API Reference, DecodeAuthorizationMessage.
  struct DecodeAuthorizationMessage: Operation {
    static let id = OperationID.decodeAuthorizationMessage

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      throw .simulatorInput(
        "InvalidAuthorizationMessageException", "Message is not valid")
    }
  }
}

extension World {
  /// Draws credentials that last so many seconds, adds them to those that are known, and gives the
  /// `Credentials` structure.
  mutating func credentials(
    for principal: Principal, tags: Tags, policies: [AttachedPolicy], seconds: Int,
    transitiveTags: [String] = [], sourceIdentity: String? = nil, issuerID: String? = nil
  ) -> JSON {
    var session = IAM.Session(
      profile: "", principal: principal, accessKeyID: random.uniqueID(prefix: "ASIA", length: 16))
    session.secret = Base64.encode(random.bytes(count: 30))
    session.token = Base64.encode(random.bytes(count: 96))
    session.expires = now + .seconds(seconds)
    session.issued = now
    session.policies = policies
    session.tags = tags
    session.transitiveTags = transitiveTags
    session.sourceIdentity = sourceIdentity
    session.issuerID = issuerID
    identities.add(session)
    return [
      "AccessKeyId": .string(session.accessKeyID), "SecretAccessKey": .string(session.secret),
      "SessionToken": .string(session.token),
      "Expiration": .string((now + .seconds(seconds)).iso8601),
    ]
  }
}
