import Policies
import Values

extension CloudTrail {
  struct StartLogging: TrailOperation {
    static let id = OperationID.startLogging
    var trail: TrailReference

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("Name"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let (slot, trail) = try permit.trail(trail, in: cloud)
      if trail.isLogging { return }
      let now = cloud.world.now
      let start = cloud.trailEnd
      cloud.world.trails.change(slot, noting: "starts") {
        $0.isLogging = true
        $0.started = now
        // A trail that never logged has nothing behind it.
        if $0.segments.isEmpty {
          $0.files.cursor = start
          $0.logs.cursor = start
        }
      }
      cloud.beginSegment(of: slot, includingThisCall: true)
    }
  }

  struct StopLogging: TrailOperation {
    static let id = OperationID.stopLogging
    var trail: TrailReference

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("Name"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let (slot, trail) = try permit.trail(trail, in: cloud)
      guard trail.isLogging else { return }
      let now = cloud.world.now
      cloud.world.trails.change(slot, noting: "stops") {
        $0.isLogging = false
        $0.stopped = now
      }
      cloud.beginSegment(of: slot, includingThisCall: false)
    }
  }

  /// Source: CloudTrail API Reference, GetTrailStatus.
  struct GetTrailStatus: TrailOperation {
    static let id = OperationID.getTrailStatus
    static let isAtHome = false
    var trail: TrailReference

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("Name"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let trail = try permit.trail(trail, in: cloud).trail
      func time(_ instant: Instant?) -> JSON? { instant.map { .string($0.iso8601) } }
      func text(_ instant: Instant?) -> JSON { .string(instant?.zulu ?? "") }
      var object = JSONObject([("IsLogging", .bool(trail.isLogging))])
      object["LatestDeliveryError"] = trail.files.error.map { .string($0) }
      object["LatestDeliveryTime"] = time(trail.files.latest)
      object["StartLoggingTime"] = time(trail.started)
      object["StopLoggingTime"] = time(trail.stopped)
      object["LatestCloudWatchLogsDeliveryError"] = trail.logs.error.map { .string($0) }
      object["LatestCloudWatchLogsDeliveryTime"] = time(trail.logs.latest)
      object["LatestDigestDeliveryTime"] = time(trail.lastDigest)
      object["LatestDeliveryAttemptTime"] = text(trail.files.latest)
      object["LatestNotificationAttemptTime"] = ""
      object["LatestNotificationAttemptSucceeded"] = ""
      object["LatestDeliveryAttemptSucceeded"] = text(trail.files.latest)
      object["TimeLoggingStarted"] = text(trail.started)
      object["TimeLoggingStopped"] = text(trail.stopped)
      return .object(object)
    }
  }

  // MARK: Tags

  struct AddTags: TrailOperation {
    static let id = OperationID.addTrailTags
    var trail: TrailReference
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("ResourceId"))
      tags = Tags(input["TagsList"])
    }

    func validate() throws(ServiceError) { try trail.checkIsARN() }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let (slot, trail) = try permit.trail(trail, in: cloud)
      var all = trail.tags
      all.merge(tags)
      guard all.count <= Limits.tags else { throw .tooManyTrailTags }
      cloud.world.trails.change(slot, noting: "tags \(all.json.line)") { $0.tags = all }
    }
  }

  struct RemoveTags: TrailOperation {
    static let id = OperationID.removeTrailTags
    var trail: TrailReference
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      trail = TrailReference(text: input.text("ResourceId"))
      tags = Tags(input["TagsList"])
    }

    func validate() throws(ServiceError) { try trail.checkIsARN() }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let (slot, trail) = try permit.trail(trail, in: cloud)
      var all = trail.tags
      all.remove(tags.pairs.map(\.key))
      cloud.world.trails.change(slot, noting: "tags \(all.json.line)") { $0.tags = all }
    }
  }

  struct ListTags: Operation {
    static let id = OperationID.listTrailTags
    var trails: [TrailReference]

    init(_ input: JSON) throws(ServiceError) {
      trails = input.texts("ResourceIdList").map { TrailReference(text: $0) }
    }

    func validate() throws(ServiceError) {
      guard trails.count <= Limits.listedTrails else {
        throw .trail(
          "InvalidParameterException",
          "ResourceIdList takes at most \(Limits.listedTrails) trails.")
      }
      for trail in trails { try trail.checkIsARN() }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      try trails.first.map { trail throws(ServiceError) in
        try subject(trail, call, in: world)
      } ?? .none
    }

    func others(_ call: Call, in world: World) throws(ServiceError) -> [Subject] {
      var others: [Subject] = []
      for trail in trails.dropFirst() { others.append(try subject(trail, call, in: world)) }
      return others
    }

    private func subject(_ trail: TrailReference, _ call: Call, in world: World)
      throws(ServiceError) -> Subject
    {
      let slot = try trail.slot(call.region, in: world)
      return world.trails[slot].map { .named($0.arn) } ?? .none
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      var list: [JSON] = []
      for reference in trails {
        let trail = try permit.trail(reference, in: cloud).trail
        list.append(
          ["ResourceId": .string(trail.arn.description), "TagsList": trail.tags.json])
      }
      return ["ResourceTagList": .array(list)]
    }
  }
}

extension TrailReference {
  /// Tags are asked for by ARN alone.
  fileprivate func checkIsARN() throws(ServiceError) {
    guard text.hasPrefix("arn:") else {
      throw .trail("CloudTrailARNInvalidException", "Invalid trail ARN: \(text)")
    }
  }
}
