import Cloud
import Narration
import Policies
import Values

extension AccessMatrix {
  /// One action on one resource, as a principal is asked for it.
  struct Question {
    let action: String
    let name: ActionName
    /// The operation that is named so.
    let id: OperationID?
    let subject: Subject
    /// As the cell names it.
    let resource: String
    let via: Int32?

    init(action: String, subject: Subject, resource: String) {
      self.action = action
      name = ActionName(action)
      id = nil
      self.subject = subject
      self.resource = resource
      via = nil
    }

    init(_ id: OperationID, _ subject: Subject, _ resource: String, via: Int32? = nil) {
      action = id.rawValue
      name = id.action
      self.id = id
      self.subject = subject
      self.resource = resource
      self.via = via
    }

    /// Whether the same policies and rules answer it as the one before, about the same resource: the
    /// action makes a difference only where a row of the models or a trust policy is looked at.
    func isAsked(like other: Question) -> Bool {
      guard other.subject == subject, via == nil, other.via == nil else { return false }
      switch (id, other.id) {
      case (.retireGrant, _), (_, .retireGrant), (.assumeRole, _), (_, .assumeRole): return false
      // KMS alone has resource control policies here; its actions without operation have none.
      default:
        let (isKMS, otherIsKMS) = (id?.service == "kms", other.id?.service == "kms")
        // The way that a call comes is that of its service.
        return isKMS == otherIsKMS && name.service == other.name.service
      }
    }

    fileprivate init(_ action: String, _ arn: ARN, _ resource: String) {
      self.init(action: action, subject: .named(arn), resource: resource)
    }
  }
}

extension AccessMatrix.Question {
  /// Everything that is asked about a Region and the account's services without one.
  static func all(_ world: World, _ region: Region) -> [Self] {
    ofStreams(world, region) + ofKeys(world, region) + ofRoles(world) + ofIAM(world)
      + ofBuckets(world) + ofTrails(world, region) + ofLogs(world, region) + withoutResource
  }

  /// The same, and every other operation of the lab on what it may be asked for: nothing that is given
  /// away goes unnoticed.
  static func everything(_ world: World, _ region: Region) -> [Self] {
    // The flows from end to end follow from the calls that they are made of. Keys that AWS makes and
    // manages are nobody's to give away.
    var questions = all(world, region).filter { question in
      if case .key(let key) = question.subject, world.keys[key].manager == .aws { return false }
      return DataFlow(rawValue: question.action) == nil
    }
    let asked = Set(questions.map(\.action))
    let holders = [IAM.HolderKind.role, .user, .group].flatMap { world.identities.holders($0) }
    let policies = ownPolicies(world)
    for id in OperationID.allCases where !asked.contains(id.rawValue) {
      if id.service == "kms", ActionResources.types(of: id.rawValue) != [] {
        questions += world.keys.slots(in: region).filter { world.keys[$0].manager != .aws }.map {
          Self(id, .key($0), "key/\(world.keys[$0].id)")
        }
      } else if id.service == "iam", ActionResources.types(of: id.rawValue) != [] {
        let kind = holderKind(of: id.operation)
        let arns = kind.map { kind in holders.filter { $0.kind == kind }.map(\.arn) } ?? policies
        questions += arns.map { Self(id, .named($0), $0.resource) }
      } else {
        questions.append(Self(id, .none, "*"))
      }
    }
    return questions
  }

  /// What an operation of IAM is about, by its name; nothing for one about a policy of its own.
  private static func holderKind(of operation: String) -> IAM.HolderKind? {
    if operation.contains("AccessKey") || operation.contains("LoginProfile") { return .user }
    if operation.contains("Group") { return .group }
    if operation.contains("Role") { return .role }
    return operation.contains("User") ? .user : nil
  }

  private static func ownPolicies(_ world: World) -> [ARN] {
    world.identities.managed.values.filter { !$0.isAWS }.sorted { $0.arn < $1.arn }
      .compactMap { ARN($0.arn) }
  }

  /// The same in words.
  static func scope(_ world: World, _ region: Region, ofOne: Bool, partners: Int) -> String {
    let identities = world.identities
    let people = identities.holders(.role).count + identities.holders(.user).count + partners
    func on(_ count: Int, _ noun: String, _ many: String? = nil) -> String {
      ShortNames.plural(count, noun, many ?? "\(noun)s")
    }
    let parts = [
      "Kinesis on \(on(world.streams.slots(in: region).count, "stream"))",
      "KMS on \(on(world.keys.slots(in: region).count, "key"))",
      "sts:AssumeRole on \(on(identities.holders(.role).count, "role"))",
      "what changes permissions in IAM",
      "S3 on \(on(world.buckets.all.count, "bucket"))",
      "CloudTrail on \(on(trails(world, region).count, "trail"))",
      "Logs on \(on(world.logs.all(in: region).count, "log group"))",
    ]
    let whose = ofOne ? "" : ", for each of \(on(people, "user and role", "users and roles")),"
    return "looked at\(whose) in \(region): "
      + parts.joined(separator: ", ")
      + "; not at \(ofOne || partners > 0 ? "" : "callers of other accounts, ")services, or encryption contexts other than a stream's"
  }

  private static func ofStreams(_ world: World, _ region: Region) -> [Self] {
    var questions: [Self] = []
    for slot in world.streams.slots(in: region) {
      let name = "stream/\(world.streams[slot].name)"
      for flow in DataFlow.allCases {
        questions.append(Self(action: flow.rawValue, subject: .stream(slot), resource: name))
      }
      questions += streamActions.map { Self($0, .stream(slot), name) }
      for consumer in world.streams[slot].consumers {
        questions += consumerActions.map { Self($0, .named(consumer.arn), consumer.arn.resource) }
      }
    }
    return questions
  }

  private static let streamActions = OperationID.allCases.filter { id in
    id.service == "kinesis" && ActionResources.types(of: id.rawValue) != []
      && !consumerActions.contains(id)
  }

  /// Those that are asked about a consumer and never about its stream.
  private static let consumerActions: [OperationID] = [
    .subscribeToShard, .describeStreamConsumer, .deregisterStreamConsumer,
  ]

  private static func ofKeys(_ world: World, _ region: Region) -> [Self] {
    var questions: [Self] = []
    for key in world.keys.slots(in: region) {
      let name = "key/\(world.keys[key].id)"
      questions += keyActions.map { Self($0, .key(key), name) }
      for action in ["kms:ReEncryptFrom", "kms:ReEncryptTo"] {
        questions.append(Self(action: action, subject: .key(key), resource: name))
      }
      for stream in world.streams.slots(in: region) {
        for id in [OperationID.generateDataKey, .decrypt] {
          questions.append(
            Self(id, .key(key), "\(name) via \(world.streams[stream].name)", via: stream))
        }
      }
    }
    return questions
  }

  private static let keyActions = OperationID.allCases.filter {
    $0.service == "kms" && takesKey($0)
  }

  /// Whether a key alone is what an operation asks for: those of aliases ask for the alias as well.
  private static func takesKey(_ id: OperationID) -> Bool {
    switch id {
    case .createAlias, .updateAlias, .deleteAlias, .reEncrypt: false
    default: ActionResources.types(of: id.rawValue) != []
    }
  }

  private static func ofRoles(_ world: World) -> [Self] {
    world.identities.holders(.role).map { role in
      Self(.assumeRole, .named(role.arn), role.arn.resource)
    }
  }

  /// What changes or hands out permissions, which is what a gain in IAM is about.
  private static let holderActions: [(kind: IAM.HolderKind, actions: [String])] = [
    (
      .role,
      [
        "iam:GetRole", "iam:PassRole", "iam:PutRolePolicy", "iam:AttachRolePolicy",
        "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:UpdateAssumeRolePolicy",
        "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRole",
      ]
    ),
    (
      .user,
      [
        "iam:GetUser", "iam:CreateAccessKey", "iam:PutUserPolicy", "iam:AttachUserPolicy",
        "iam:DeleteUserPolicy", "iam:DetachUserPolicy", "iam:PutUserPermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary", "iam:DeleteUser",
      ]
    ),
    (
      .group,
      ["iam:GetGroup", "iam:PutGroupPolicy", "iam:AttachGroupPolicy", "iam:AddUserToGroup"]
    ),
  ]

  private static func ofIAM(_ world: World) -> [Self] {
    var questions: [Self] = []
    for (kind, actions) in holderActions {
      for holder in world.identities.holders(kind) {
        questions += actions.map { Self($0, holder.arn, holder.arn.resource) }
      }
    }
    for arn in ownPolicies(world) {
      questions += ["iam:GetPolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy"].map {
        Self($0, arn, arn.resource)
      }
    }
    // Whether new ones may be made is asked for a name that nobody has.
    for (action, kind) in [
      ("iam:CreateUser", "user"), ("iam:CreateRole", "role"), ("iam:CreatePolicy", "policy"),
    ] {
      let arn = ARN(
        service: "iam", region: "", account: world.account, resource: "\(kind)/a-new-one")
      questions.append(Self(action, arn, arn.resource))
    }
    return questions
  }

  private static func ofBuckets(_ world: World) -> [Self] {
    world.buckets.all.flatMap { bucket in
      let object = "\(bucket.name)/\(bucket.keys.first ?? "an-object")"
      return [
        "s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy",
        "s3:PutEncryptionConfiguration", "s3:DeleteBucket",
      ].map { Self($0, bucket.arn, "bucket/\(bucket.name)") }
        + ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].map {
          Self($0, S3.arn(object), "bucket/\(object)")
        }
    }
  }

  private static func trails(_ world: World, _ region: Region) -> [CloudTrail.Trail] {
    world.trails.all.map(\.trail).filter { $0.home == region }
  }

  private static func ofTrails(_ world: World, _ region: Region) -> [Self] {
    let actions: [OperationID] = [
      .getTrail, .getTrailStatus, .getEventSelectors, .startLogging, .stopLogging, .updateTrail,
      .putEventSelectors, .deleteTrail,
    ]
    return trails(world, region).flatMap { trail in
      actions.map { Self($0, .named(trail.arn), trail.arn.resource) }
    }
  }

  private static func ofLogs(_ world: World, _ region: Region) -> [Self] {
    let actions: [OperationID] = [
      .filterLogEvents, .startQuery, .putRetentionPolicy, .putMetricFilter, .deleteLogGroup,
    ]
    return world.logs.all(in: region).flatMap { group in
      let arn = ARN(
        service: "logs", region: region.description, account: world.account,
        resource: "log-group:\(group.name):log-stream:")
      return actions.map { Self($0, .named(arn), "log-group/\(group.name)") }
    }
  }

  /// What is asked for the account as a whole; who one is may be asked by everybody.
  private static let withoutResource: [Self] =
    OperationID.allCases.filter {
      ["kms", "kinesis", "iam", "cloudtrail", "cloudwatch"].contains($0.service)
        && ActionResources.types(of: $0.rawValue) == []
    }.map { Self($0, .none, "*") }
    + [Self(action: "s3:ListAllMyBuckets", subject: .none, resource: "*")]
}
