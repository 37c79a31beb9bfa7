import Insights
import Values

/// The events of log groups in a span of time, as rows of a query.
///
/// What a trail brought is read field by field out of the journal: no text is made of an event that is
/// not shown.
final class GroupRows: InsightsRows {
  private let cloud: Cloud
  /// What trails brought, oldest first, and the place of each one's group.
  private let trail: [DeliveredRow]
  private let trailGroups: [Int32]
  /// What was put, oldest first.
  private let events: [LogEvent]
  private let eventGroups: [Int32]
  /// Places in `trail`, or complements of places in `events`, by time; nothing when there is only one
  /// of the two.
  private let order: [Int32]?
  private let logs: [String]
  private let put: LogEventRows

  init(_ groups: [Logs.Group], in cloud: Cloud, from start: Instant, to end: Instant) {
    self.cloud = cloud
    // A group that stands there twice has its events once.
    var seen: Set<ARN> = []
    let groups = groups.filter { seen.insert($0.arn).inserted }
    logs = groups.map { "\(cloud.world.account):\($0.name)" }
    var trail: [DeliveredRow] = []
    var trailGroups: [Int32] = []
    var events: [(event: LogEvent, group: Int32)] = []
    for (place, group) in groups.enumerated() {
      let oldest = max(start, group.oldestKept(at: cloud.world.now))
      // What came to another group of this name is gone with that.
      let first = max(oldest, group.created)
      cloud.eachDelivered(to: group.arn.description, from: first, to: end) {
        trail.append($0)
        return true
      }
      while trailGroups.count < trail.count { trailGroups.append(Int32(place)) }
      for stream in group.streams {
        for event in stream.events where event.at >= oldest && event.at <= end {
          events.append((event, Int32(place)))
        }
      }
    }
    if groups.count > 1 {
      let sorted = trail.indices.sorted { (trail[$0].at, $0) < (trail[$1].at, $1) }
      self.trail = sorted.map { trail[$0] }
      self.trailGroups = sorted.map { trailGroups[$0] }
    } else {
      self.trail = trail
      self.trailGroups = trailGroups
    }
    let sorted = events.indices.sorted { (events[$0].event.at, $0) < (events[$1].event.at, $1) }
    self.events = sorted.map { events[$0].event }
    eventGroups = sorted.map { events[$0].group }
    put = LogEventRows(self.events, log: "")
    order = Self.merged(self.trail, self.events)
  }

  /// What one delivery brought.
  init(_ delivered: [DeliveredRow], in cloud: Cloud) {
    self.cloud = cloud
    logs = [""]
    trail = delivered
    trailGroups = [Int32](repeating: 0, count: delivered.count)
    events = []
    eventGroups = []
    put = LogEventRows([], log: "")
    order = nil
  }

  private static func merged(_ trail: [DeliveredRow], _ events: [LogEvent]) -> [Int32]? {
    if trail.isEmpty || events.isEmpty { return nil }
    var order: [Int32] = []
    order.reserveCapacity(trail.count + events.count)
    var place = 0
    for (index, event) in events.enumerated() {
      while place < trail.count, trail[place].at <= event.at {
        order.append(Int32(place))
        place += 1
      }
      order.append(~Int32(index))
    }
    while place < trail.count {
      order.append(Int32(place))
      place += 1
    }
    return order
  }

  var count: Int { trail.count + events.count }

  /// Below zero: the complement of a place among the events that were put.
  private func place(_ row: Int) -> Int {
    if let order { return Int(order[row]) }
    return trail.isEmpty ? ~row : row
  }

  func time(of row: Int) -> Instant {
    let place = place(row)
    return place >= 0 ? trail[place].at : events[~place].at
  }

  func message(of row: Int) -> String {
    let place = place(row)
    return place >= 0 ? cloud.text(of: trail[place].row) : events[~place].message
  }

  func stream(of row: Int) -> String {
    let place = place(row)
    return place >= 0 ? cloud.trailLogStream(of: trail[place].region) : events[~place].stream
  }

  func ingested(_ row: Int) -> Instant {
    let place = place(row)
    return place >= 0 ? trail[place].at : events[~place].ingested
  }

  private func log(of row: Int) -> String {
    let place = place(row)
    return logs[Int(place >= 0 ? trailGroups[place] : eventGroups[~place])]
  }

  /// What identifies an event: the call's own identifier, or its place in its stream.
  func pointer(of row: Int) -> String {
    let place = place(row)
    let text =
      place >= 0
      ? cloud.eventID(of: trail[place].row)
      : "\(log(of: row)):\(stream(of: row)):\(time(of: row).milliseconds):\(~place)"
    return Base64.encode(Array(text.utf8))
  }

  func column(_ path: [String]) -> InsightsColumn {
    switch path {
    case ["@timestamp"]: return .values { [self] in .time(time(of: $0)) }
    case ["@ingestionTime"]: return .values { [self] in .time(ingested($0)) }
    case ["@message"]: return .values { [self] in .text(message(of: $0)) }
    case ["@logStream"]: return .values { [self] in .text(stream(of: $0)) }
    case ["@log"]: return .values { [self] in .text(log(of: $0)) }
    case ["@ptr"]: return .values { [self] in .text(pointer(of: $0)) }
    default: break
    }
    let putColumn = put.column(path)
    if trail.isEmpty { return putColumn }
    if path[0].hasPrefix("@") { return .missing }
    let column = TrailColumn(path, in: cloud)
    let cloud = cloud
    let trail = trail
    if order == nil, let (values, code) = column.coded(trail.lazy.map(\.row), in: cloud) {
      return .coded(values.map { InsightsValue($0) }, { code(trail[$0].row) })
    }
    return .values { [self] row in
      let place = place(row)
      guard place >= 0 else { return putColumn.value(of: ~place) }
      return InsightsValue(column.value(of: trail[place].row, in: cloud))
    }
  }

  /// How many bytes the rows are. Simplified: of a trail's events a sample is measured.
  var bytes: Double {
    Double(events.reduce(0) { $0 + $1.message.utf8.count } + trailBytes)
  }

  var trailBytes: Int {
    guard !trail.isEmpty else { return 0 }
    let step = max(1, trail.count / 32)
    let sample = stride(from: 0, to: trail.count, by: step)
    let sizes = sample.map { cloud.text(of: trail[$0].row).utf8.count }
    return sizes.reduce(0, +) * trail.count / max(1, sizes.count)
  }
}

extension Logs.Group {
  /// What is older is gone.
  /// Source: CloudWatch Logs User Guide, log retention.
  func oldestKept(at now: Instant) -> Instant {
    guard let retention else { return Instant(milliseconds: 0) }
    return now - .seconds(retention * 86_400)
  }
}
