import Policies
import Values

extension CloudTrail {
  static let operations: [OperationRow] = [
    OperationRow(CreateTrail.self), OperationRow(DescribeTrails.self), OperationRow(GetTrail.self),
    OperationRow(ListTrails.self), OperationRow(ListPublicKeys.self),
    OperationRow(UpdateTrail.self), OperationRow(DeleteTrail.self),
    OperationRow(StartLogging.self), OperationRow(StopLogging.self),
    OperationRow(GetTrailStatus.self), OperationRow(PutEventSelectors.self),
    OperationRow(GetEventSelectors.self), OperationRow(LookupEvents.self),
    OperationRow(AddTags.self), OperationRow(RemoveTags.self), OperationRow(ListTags.self),
  ]

  package enum Limits {
    /// Trails of one Region, those of other Regions that reach into it included.
    /// Source: CloudTrail User Guide, quotas.
    static let trails = 5

    /// Source: CloudTrail User Guide, naming requirements.
    static let nameLength = 3...128

    /// Source: CloudTrail API Reference, PutEventSelectors.
    static let selectors = 5

    /// Source: CloudTrail API Reference, DataResource.
    static let dataResources = 250

    /// Source: CloudTrail API Reference, PutEventSelectors: values of all conditions together.
    static let fieldValues = 500

    /// Source: CloudTrail User Guide, quotas.
    static let tags = 50

    /// Source: CloudTrail API Reference, ListTags.
    static let listedTrails = 20

    /// Source: CloudTrail API Reference, CreateTrail, S3KeyPrefix.
    static let prefixLength = 200

    /// Source: CloudTrail User Guide, event history.
    package static let history = Duration.seconds(90 * 86_400)

    /// Source: CloudTrail API Reference, LookupEvents.
    static let page = 50
  }
}

/// A trail as a request names it: by its name, which means one of the call's Region, or by its ARN.
struct TrailReference: Sendable {
  let text: String

  /// Checks the form of a name alone.
  ///
  /// Source: CloudTrail User Guide, naming requirements; the texts of adjacent marks are assumed.
  static func check(_ name: String) throws(ServiceError) {
    func refuse(_ text: String) -> ServiceError { .trail("InvalidTrailNameException", text) }
    let length = name.unicodeScalars.count
    guard length >= CloudTrail.Limits.nameLength.lowerBound else {
      throw refuse(
        "Trail name too short. Minimum allowed length: 3 characters. Specified name length: "
          + "\(length) characters.")
    }
    guard length <= CloudTrail.Limits.nameLength.upperBound else {
      throw refuse(
        "Trail name too long. Maximum allowed length: 128 characters. Specified name length: "
          + "\(length) characters.")
    }
    func isPlain(_ byte: UInt8?) -> Bool {
      guard let byte else { return false }
      return (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80
    }
    let bytes = Array(name.utf8)
    let marks = Array(".-_".utf8)
    guard isPlain(bytes.first) else {
      throw refuse("Trail name must starts with a letter or number.")
    }
    guard isPlain(bytes.last) else {
      throw refuse("Trail name must ends with a letter or number.")
    }
    guard bytes.allSatisfy({ isPlain($0) || marks.contains($0) }) else {
      throw refuse(
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods "
          + "(.), hyphens (-), and underscores (_).")
    }
    if zip(bytes, bytes.dropFirst()).contains(where: { marks.contains($0) && marks.contains($1) }) {
      throw refuse(
        "Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).")
    }
  }

  /// The name and the home Region that are meant.
  private func parts(_ region: Region) throws(ServiceError) -> (name: String, home: Region) {
    guard text.hasPrefix("arn:") else {
      try Self.check(text)
      return (text, region)
    }
    guard let arn = ARN(text), arn.service == "cloudtrail", arn.resource.hasPrefix("trail/"),
      let home = Region(arn.region)
    else {
      throw .trail(
        "CloudTrailARNInvalidException", "Invalid trail ARN: \(text)")
    }
    return (String(arn.resource.dropFirst(6)), home)
  }

  /// The slot of the trail. By its name a trail of all Regions is found in each of them.
  func slot(_ region: Region, in world: World) throws(ServiceError) -> Int32 {
    let (name, home) = try parts(region)
    if let slot = world.trails.slot(named: name, home: home) { return slot }
    if !text.hasPrefix("arn:"),
      let shadow = world.trails.all.first(where: {
        $0.trail.name == name && $0.trail.settings.isMultiRegion
      })
    {
      return shadow.slot
    }
    let arn =
      text.hasPrefix("arn:")
      ? text : "arn:aws:cloudtrail:\(region):\(world.account):trail/\(name)"
    throw .trailNotFound(
      arn, account: world.account,
      near: NearNames.of(name, among: world.trails.all.map(\.trail.name)))
  }
}

/// An operation on one trail that is there.
protocol TrailOperation: Operation {
  var trail: TrailReference { get }
  /// Whether only the trail's home Region takes the call.
  static var isAtHome: Bool { get }
}

extension TrailOperation {
  static var isAtHome: Bool { true }

  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    let slot = try trail.slot(call.region, in: world)
    guard let found = world.trails[slot] else { return .none }
    if Self.isAtHome, found.home != call.region {
      throw .trail(
        "InvalidHomeRegionException",
        "The trail \(found.arn) can only be changed in its home Region, \(found.home).")
    }
    return .named(found.arn)
  }
}

extension Permit {
  /// The trail of the call, which `resolve` has found.
  func trail(_ reference: TrailReference, in cloud: Cloud) throws(ServiceError) -> (
    slot: Int32, trail: CloudTrail.Trail
  ) {
    let slot = try reference.slot(call.region, in: cloud.world)
    guard let trail = cloud.world.trails[slot] else {
      throw .trailNotFound(reference.text, account: cloud.world.account, near: [])
    }
    return (slot, trail)
  }
}

extension Cloud {
  /// Begins a new segment of a trail that has ever logged. The call that changes it counts as before:
  /// the record of StopLogging still comes.
  mutating func beginSegment(of slot: Int32, includingThisCall isIncluded: Bool) {
    guard let trail = world.trails[slot], trail.isLogging || !trail.segments.isEmpty else { return }
    var start = trailEnd
    if !isIncluded { start.event += 1 }
    let segment = CloudTrail.Segment(
      from: start, at: world.now, isLogging: trail.isLogging, settings: trail.settings,
      selection: trail.selection)
    world.trails.deliver(slot) { $0.segments.append(segment) }
  }
}
