import Policies
import Values

extension CloudTrail {
  /// Makes a trail, which logs nothing before StartLogging.
  ///
  /// Source: CloudTrail API Reference, CreateTrail.
  struct CreateTrail: Operation {
    static let id = OperationID.createTrail
    var name: String
    var change: SettingsChange
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("Name")
      change = SettingsChange(input)
      tags = Tags(input["TagsList"])
    }

    func validate() throws(ServiceError) {
      try TrailReference.check(name)
      try change.validate()
      if tags.count > Limits.tags { throw .tooManyTrailTags }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(
        ARN(
          service: "cloudtrail", region: call.region.description, account: world.account,
          resource: "trail/\(name)"))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let world = cloud.world
      let region = permit.call.region
      if world.trails.slot(named: name, home: region) != nil {
        throw .trail(
          "TrailAlreadyExistsException",
          "Trail \(name) already exists for customer: \(world.account)")
      }
      let reaching = world.trails.all.count {
        $0.trail.home == region || $0.trail.settings.isMultiRegion
      }
      guard reaching < Limits.trails else {
        throw .trail(
          "MaximumNumberOfTrailsExceededException",
          "User: \(world.account) already has \(Limits.trails) trails in \(region).")
      }
      var trail = Trail(
        name: name, home: region, account: world.account,
        settings: Settings(bucket: change.bucket ?? ""), at: cloud.trailEnd)
      trail.settings = try change.applied(to: trail.settings, of: trail.arn, region, in: world)
      trail.tags = tags
      _ = cloud.world.trails.add(trail)
      return trail.json()
    }
  }

  struct UpdateTrail: TrailOperation {
    static let id = OperationID.updateTrail
    var trail: TrailReference
    var change: SettingsChange

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("Name"))
      change = SettingsChange(input)
    }

    func validate() throws(ServiceError) { try change.validate() }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let (slot, old) = try permit.trail(trail, in: cloud)
      let settings = try change.applied(
        to: old.settings, of: old.arn, permit.call.region, in: cloud.world)
      cloud.world.trails.change(slot, noting: "\(settings)") { $0.settings = settings }
      cloud.beginSegment(of: slot, includingThisCall: false)
      var changed = old
      changed.settings = settings
      return changed.json()
    }
  }

  struct DeleteTrail: TrailOperation {
    static let id = OperationID.deleteTrail
    var trail: TrailReference

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("Name"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let (slot, _) = try permit.trail(trail, in: cloud)
      cloud.world.trails.change(slot, noting: "deleted") {
        $0.isDeleted = true
        $0.isLogging = false
      }
      cloud.beginSegment(of: slot, includingThisCall: false)
    }
  }

  /// Source: CloudTrail API Reference, DescribeTrails; a name that no trail has is left out.
  struct DescribeTrails: Operation {
    static let id = OperationID.describeTrails
    var names: [TrailReference]
    var withShadows: Bool

    init(_ input: JSON) throws(ServiceError) {
      names = input.texts("trailNameList").map { TrailReference(text: $0) }
      withShadows = input["includeShadowTrails"]?.bool ?? true
    }

    func validate() throws(ServiceError) {
      for name in names where !name.text.hasPrefix("arn:") {
        try TrailReference.check(name.text)
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let region = permit.call.region
      var found = cloud.world.trails.all.map(\.trail).filter {
        $0.home == region || withShadows && $0.settings.isMultiRegion
      }
      if !names.isEmpty {
        var asked: [Int32] = []
        for name in names {
          do throws(ServiceError) {
            asked.append(try name.slot(region, in: cloud.world))
          } catch {
            guard case .trailNotFound = error else { throw error }
          }
        }
        found = asked.compactMap { cloud.world.trails[$0] }
      }
      return ["trailList": .array(found.map { $0.json(isFull: true) })]
    }
  }

  struct GetTrail: TrailOperation {
    static let id = OperationID.getTrail
    static let isAtHome = false
    var trail: TrailReference

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("Name"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      ["Trail": try permit.trail(trail, in: cloud).trail.json(isFull: true)]
    }
  }

  /// Trails of every Region.
  struct ListTrails: Operation {
    static let id = OperationID.listTrails

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      [
        "Trails": .array(
          cloud.world.trails.all.map { _, trail in
            [
              "TrailARN": .string(trail.arn.description), "Name": .string(trail.name),
              "HomeRegion": .string(trail.home.description),
            ]
          })
      ]
    }
  }

  /// What create-trail and update-trail may set.
  struct SettingsChange: Sendable {
    var bucket: String?
    var prefix: String?
    var topic: String?
    var includesGlobal: Bool?
    var isMultiRegion: Bool?
    var validatesFiles: Bool?
    var logGroup: String?
    var role: String?
    var key: String?
    var isOrganization: Bool

    init(_ input: JSON) {
      bucket = input.optionalText("S3BucketName")
      prefix = input.optionalText("S3KeyPrefix")
      topic = input.optionalText("SnsTopicName")
      includesGlobal = input["IncludeGlobalServiceEvents"]?.bool
      isMultiRegion = input["IsMultiRegionTrail"]?.bool
      validatesFiles = input["EnableLogFileValidation"]?.bool
      logGroup = input.optionalText("CloudWatchLogsLogGroupArn")
      role = input.optionalText("CloudWatchLogsRoleArn")
      key = input.optionalText("KmsKeyId")
      isOrganization = input.flag("IsOrganizationTrail")
    }

    /// The texts are assumed where the API reference gives only the code.
    func validate() throws(ServiceError) {
      if let prefix, prefix.utf8.count > Limits.prefixLength {
        throw .trail(
          "InvalidS3PrefixException",
          "The S3 key prefix is longer than \(Limits.prefixLength) characters.")
      }
      // The lab has no SNS, so no topic is there.
      if let topic, !topic.isEmpty {
        throw .trail(
          "InsufficientSnsTopicPolicyException",
          "SNS Topic does not exist or the topic policy is incorrect!")
      }
      if isOrganization {
        throw .trail(
          "NotOrganizationMasterAccountException",
          "An organization trail can only be made by the organization's management account.")
      }
    }

    /// The new settings; fails with what CloudTrail finds wrong about them.
    func applied(to old: Settings, of trail: ARN, _ region: Region, in world: World)
      throws(ServiceError) -> Settings
    {
      var new = old
      if let bucket { new.bucket = bucket }
      if let prefix { new.prefix = prefix.isEmpty ? nil : prefix }
      if let includesGlobal { new.includesGlobal = includesGlobal }
      if let isMultiRegion {
        new.isMultiRegion = isMultiRegion
        if isMultiRegion, includesGlobal == nil { new.includesGlobal = true }
      }
      if let validatesFiles { new.validatesFiles = validatesFiles }
      if let logGroup {
        new.logGroup =
          logGroup.isEmpty
          ? nil : logGroup.hasSuffix(":*") ? String(logGroup.dropLast(2)) : logGroup
      }
      if let role { new.role = role.isEmpty ? nil : role }
      if let key { new.key = key.isEmpty ? nil : try Self.key(key, trail, new, region, in: world) }
      if new.isMultiRegion, !new.includesGlobal {
        throw .trail(
          "InvalidParameterCombinationException",
          "Multi-Region trail must include global service events.")
      }
      switch world.bucketProblem(new.bucket, prefix: new.prefix, trail: trail) {
      case .missing:
        throw .trail("S3BucketDoesNotExistException", "S3 bucket \(new.bucket) does not exist!")
      case .refused(let decision):
        throw .trailBucketPolicy(bucket: new.bucket, decision)
      case nil: break
      }
      try Self.checkLogs(new, region, in: world)
      return new
    }

    /// The ARN of a key that CloudTrail may use.
    private static func key(
      _ text: String, _ trail: ARN, _ settings: Settings, _ region: Region, in world: World
    ) throws(ServiceError) -> String {
      let slot: Int32
      do throws(ServiceError) {
        slot = try world.keys.find(
          text, in: region, account: world.active, allowingAlias: true)
      } catch {
        throw .trail("KmsKeyNotFoundException", "The KMS key \(text) does not exist.")
      }
      let key = world.keys[slot]
      guard key.state == .enabled else {
        throw .trail("KmsKeyDisabledException", "The KMS key \(key.arn) is not enabled.")
      }
      let decision = world.serviceDecision(
        CloudTrail.principal, "kms:GenerateDataKey", on: key.arn, policy: key.policy,
        source: trail, [("kms:EncryptionContext:aws:cloudtrail:arn", trail.description)])
      guard decision.verdict == .allowed else {
        throw .trail(
          "InsufficientEncryptionPolicyException",
          "Insufficient permissions to access S3 bucket \(settings.bucket) or KMS key \(key.arn).")
      }
      return key.arn.description
    }

    private static func checkLogs(_ settings: Settings, _ region: Region, in world: World)
      throws(ServiceError)
    {
      if settings.logGroup == nil, settings.role == nil { return }
      guard let group = settings.logGroup, let role = settings.role else {
        throw .trail(
          "InvalidParameterCombinationException",
          "CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn are given together or not at all.")
      }
      switch world.logGroupProblem(group, role: role, region: region) {
      case .missing:
        throw .trail(
          "InvalidCloudWatchLogsLogGroupArnException",
          "CloudTrail cannot validate the specified log group ARN.")
      case .noRole, .refused:
        throw .trail(
          "InvalidCloudWatchLogsLogGroupArnException",
          "Access denied. Check the permissions for your role.")
      case nil: return
      }
    }
  }
}

extension CloudTrail.Trail {
  /// The trail as create-trail prints it, or as describe-trails does: members in the model's order.
  func json(isFull: Bool = false) -> JSON {
    var object = JSONObject([
      ("Name", .string(name)), ("S3BucketName", .string(settings.bucket)),
    ])
    object["S3KeyPrefix"] = settings.prefix.map { .string($0) }
    object["IncludeGlobalServiceEvents"] = .bool(settings.includesGlobal)
    object["IsMultiRegionTrail"] = .bool(settings.isMultiRegion)
    if isFull { object["HomeRegion"] = .string(home.description) }
    object["TrailARN"] = .string(arn.description)
    object["LogFileValidationEnabled"] = .bool(settings.validatesFiles)
    object["CloudWatchLogsLogGroupArn"] = settings.logGroup.map { .string($0 + ":*") }
    object["CloudWatchLogsRoleArn"] = settings.role.map { .string($0) }
    object["KmsKeyId"] = settings.key.map { .string($0) }
    if isFull {
      object["HasCustomEventSelectors"] = .bool(hasCustomSelectors)
      object["HasInsightSelectors"] = false
    }
    object["IsOrganizationTrail"] = false
    return .object(object)
  }
}

extension ServiceError {
  static let tooManyTrailTags = ServiceError.trail(
    "TagsLimitExceededException",
    "The number of tags per trail has exceeded the permitted amount of \(CloudTrail.Limits.tags).")
}
