import Policies
import Values

extension CloudTrail {
  /// Event history: management events of 90 days, one Region at a time, newest first.
  ///
  /// Source: CloudTrail API Reference, LookupEvents. Simplified: an event is there at once, and there
  /// is no limit of two requests a second. Assumed: the texts of its refusals.
  struct LookupEvents: Operation {
    static let id = OperationID.lookupEvents
    var attribute: (key: String, value: String)?
    var attributes: Int
    var start: Instant?
    var end: Instant?
    var limit: Int
    var token: String?
    var isInsight: Bool
    private var print: UInt64

    init(_ input: JSON) throws(ServiceError) {
      let list = input["LookupAttributes"]?.array ?? []
      attributes = list.count
      attribute = list.first.map { ($0.text("AttributeKey"), $0.text("AttributeValue")) }
      start = input.instant("StartTime")
      end = input.instant("EndTime")
      limit = input.number("MaxResults") ?? Limits.page
      token = input.optionalText("NextToken")
      isInsight = input.optionalText("EventCategory") == "insight"
      var print = Fingerprint()
      print.fold(attribute.map { "\($0.key)=\($0.value)" } ?? "")
      print.fold(start?.milliseconds.description ?? "")
      print.fold(end?.milliseconds.description ?? "")
      self.print = print.value
    }

    func validate() throws(ServiceError) {
      guard attributes <= 1 else {
        throw .trail(
          "InvalidLookupAttributesException",
          "You can specify at most one lookup attribute; \(attributes) were given.")
      }
      if attribute?.key == "ReadOnly", let value = attribute?.value,
        !["true", "false"].contains(value)
      {
        throw .trail(
          "InvalidLookupAttributesException", "ReadOnly is true or false, not \(value).")
      }
      if let start, let end, start > end {
        throw .trail(
          "InvalidTimeRangeException",
          "The start time \(start.zulu) is after the end time \(end.zulu).")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      if isInsight { return ["Events": []] }
      var cursor = cloud.trailEnd
      if let token { cursor = try place(token, in: cloud) }
      let oldest = cloud.world.now - Limits.history
      let filter = LookupFilter(
        attribute, region: permit.call.region, from: max(start ?? oldest, oldest), to: end,
        in: cloud)
      var rows: [TrailRow] = []
      var next: Cursor?
      cloud.eachRowBackward(from: cursor, matching: filter) { row, before in
        if rows.count == limit {
          next = before
          return false
        }
        rows.append(row)
        return true
      }
      var reply = JSONObject([("Events", .array(rows.map { cloud.historyEvent($0) }))])
      if let next {
        let text = "lookup:\(next.event):\(next.happening):\(print)"
        reply["NextToken"] = .string(Base64.encode(Array(text.utf8)))
      }
      return .object(reply)
    }

    /// A token is for the same request that gave it.
    private func place(_ token: String, in cloud: Cloud) throws(ServiceError) -> Cursor {
      let parts = (Base64.decode(token).map { String(decoding: $0, as: UTF8.self) } ?? "")
        .split(separator: ":")
      guard parts.count == 4, parts[0] == "lookup", let event = Int(parts[1]),
        let happening = Int(parts[2]), parts[3] == String(print),
        (0...cloud.journal.count).contains(event),
        (0...cloud.happenings.count).contains(happening)
      else { throw .trail("InvalidNextTokenException", "Invalid token.") }
      return Cursor(event: event, happening: happening)
    }
  }
}

extension Cloud {
  /// One event as `lookup-events` lists it.
  fileprivate func historyEvent(_ row: TrailRow) -> JSON {
    let record = record(of: row)
    let session = call(of: row).map { world.identities[$0.call.session] }
    var object = JSONObject([
      ("EventId", .string(eventID(of: row))), ("EventName", record["eventName"] ?? .null),
      ("ReadOnly", record["readOnly"] == .bool(true) ? "true" : "false"),
    ])
    if let key = session?.accessKeyID, !key.isEmpty { object["AccessKeyId"] = .string(key) }
    object["EventTime"] = .string(time(of: row).iso8601)
    object["EventSource"] = record["eventSource"]
    object["Username"] = session?.trailName.map { .string($0) }
    object["Resources"] = .array(
      historyResources(of: row).map {
        ["ResourceType": .string($0.type), "ResourceName": .string($0.name)]
      })
    object["CloudTrailEvent"] = .string(record.compact)
    return .object(object)
  }
}

/// What `lookup-events` asks for, prepared so that most rows cost one look.
struct LookupFilter: Sendable {
  private enum Attribute: Sendable {
    case none
    /// By the operation's index, and whether what services do by themselves fits.
    case operations([Bool], ofServices: [Bool])
    case sessions([Bool])
    case row(TrailRow?)
    /// By the slots of keys and streams, for calls that came without JSON.
    case resource(type: String?, name: String?, keys: [Bool], streams: [Bool])
  }

  private let attribute: Attribute
  private let isManagement: [Bool]
  private let isGlobal: [Bool]
  private let region: Region
  let start: Instant
  private let end: Instant?

  init(
    _ asked: (key: String, value: String)?, region: Region, from start: Instant, to end: Instant?,
    in cloud: Cloud
  ) {
    self.region = region
    self.start = start
    self.end = end
    let kinds = OperationID.allCases.map(\.kind)
    isManagement = kinds.map { !$0.isData }
    isGlobal = kinds.map(\.isGlobal)
    let value = asked?.value ?? ""
    let sessions = cloud.world.identities.sessions
    let services = ServiceEvent.names
    switch asked?.key {
    case "EventName":
      attribute = .operations(
        kinds.map { $0.name == value }, ofServices: services.map { $0 == value })
    case "EventSource":
      attribute = .operations(
        kinds.map { $0.source == value },
        ofServices: services.map { _ in value == "kms.amazonaws.com" })
    case "ReadOnly":
      attribute = .operations(
        kinds.map { String($0.isReadOnly) == value },
        ofServices: services.map { _ in value == "false" })
    case "Username": attribute = .sessions(sessions.map { $0.trailName == value })
    case "AccessKeyId": attribute = .sessions(sessions.map { $0.accessKeyID == value })
    case "EventId": attribute = .row(cloud.row(withID: value))
    case "ResourceType":
      attribute = .resource(
        type: value, name: nil,
        keys: cloud.world.keys.keys.map { _ in value == "AWS::KMS::Key" },
        streams: cloud.world.streams.streams.map { _ in value == "AWS::Kinesis::Stream" })
    case "ResourceName":
      attribute = .resource(
        type: nil, name: value,
        keys: cloud.world.keys.keys.map { $0.arn.description == value },
        streams: cloud.world.streams.streams.map { $0.name == value })
    default: attribute = .none
    }
  }

  func isTooOld(_ time: Instant) -> Bool { time < start }

  func covers(_ event: UnsafePointer<Event>, at place: Int, in cloud: Cloud) -> Bool {
    let index = event.pointee.operation.index
    guard isManagement[index], cloud.isRecorded(event, in: cloud.world.active) else { return false }
    switch attribute {
    case .none: break
    case .operations(let fits, _): guard fits[index] else { return false }
    case .sessions(let fits): guard fits[Int(event.pointee.call.session)] else { return false }
    case .row(let row): guard row == .call(at: place) else { return false }
    case .resource(let type, let name, let keys, let streams):
      guard covers(event, at: place, type, name, keys, streams, in: cloud) else { return false }
    }
    if let end, event.pointee.at > end { return false }
    return (isGlobal[index] ? Region.usEast1 : event.pointee.call.region) == region
  }

  private func covers(
    _ event: UnsafePointer<Event>, at place: Int, _ type: String?, _ name: String?,
    _ keys: [Bool], _ streams: [Bool], in cloud: Cloud
  ) -> Bool {
    // Without a request there is nothing to name but the subject.
    if event.pointee.detail == nil, event.pointee.error == nil {
      switch event.pointee.subject {
      case .key(let slot):
        switch event.pointee.effect {
        case .none, .wrapped, .unwrapped: return keys[Int(slot)]
        case .named, .stored, .read: break
        }
      case .stream(let slot): return streams[Int(slot)]
      case .none, .named: break
      }
    }
    return cloud.historyResources(of: .call(at: place)).contains {
      (type ?? $0.type) == $0.type && (name ?? $0.name) == $0.name
    }
  }

  func covers(service row: TrailRow, _ event: ServiceEvent, at time: Instant, in cloud: Cloud)
    -> Bool
  {
    switch attribute {
    case .none: break
    case .operations(_, let fits):
      guard let place = ServiceEvent.names.firstIndex(of: event.name), fits[place] else {
        return false
      }
    case .sessions: return false
    case .row(let wanted): guard wanted == row else { return false }
    case .resource(let type, let name, _, _):
      guard
        cloud.historyResources(of: row).contains(where: {
          (type ?? $0.type) == $0.type && (name ?? $0.name) == $0.name
        })
      else { return false }
    }
    if let end, time > end { return false }
    return cloud.region(of: row) == region && cloud.isRecorded(row, in: cloud.world.active)
  }
}

extension Cloud {
  /// The rows before a place that a filter covers, newest first, until `body` says false. `body` also
  /// gets the place behind the row, from which a search goes on with it.
  func eachRowBackward(
    from end: CloudTrail.Cursor, matching filter: LookupFilter,
    _ body: (TrailRow, CloudTrail.Cursor) -> Bool
  ) {
    var place = end
    var goesOn = true
    func scan(downTo first: Int) {
      journal.scanBackward(first..<place.event) { index, event in
        if filter.isTooOld(event.pointee.at) {
          goesOn = false
        } else if filter.covers(event, at: index, in: self) {
          goesOn = body(
            .call(at: index),
            CloudTrail.Cursor(event: index + 1, happening: place.happening))
        }
        return goesOn
      }
      place.event = first
    }
    while place.happening > 0, goesOn {
      let happening = happenings[place.happening - 1]
      scan(downTo: min(happening.after, place.event))
      guard goesOn, !filter.isTooOld(happening.at) else { return }
      let row = TrailRow.service(at: place.happening - 1)
      if let event = ServiceEvent(happening.transition),
        filter.covers(service: row, event, at: happening.at, in: self)
      {
        goesOn = body(row, place)
      }
      place.happening -= 1
    }
    if goesOn { scan(downTo: 0) }
  }
}

extension ServiceEvent {
  static let names = [
    "DeleteKey", "RotateKey", "DeleteExpiredKeyMaterial", "SynchronizeMultiRegionKey",
  ]
}
