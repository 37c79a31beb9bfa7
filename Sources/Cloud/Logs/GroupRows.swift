import Insights
import Values

/// The events of log groups in a span of time, as rows of a query.
///
/// What a trail brought is read field by field out of the journal: no text is made of an event that is
/// not shown.
final class GroupRows: InsightsRows {
  private let cloud: Cloud
  /// What trails brought, oldest first.
  private let trail: TrailRows
  /// Where in `trail` each delivery begins, when it came and the place of its group; none where each
  /// row stands at the time of its call.
  private let runs: [Run]
  /// What was put, oldest first.
  private let events: [LogEvent]
  private let eventGroups: [Int32]
  /// Places in `trail`, or complements of places in `events`, by time; nothing when there is only one
  /// of the two.
  private let order: [Int32]?
  private let logs: [String]
  private let put: LogEventRows

  private struct Run {
    var first: Int
    var at: Instant
    var group: Int
  }

  init(_ groups: [Logs.Group], in cloud: Cloud, from start: Instant, to end: Instant) {
    self.cloud = cloud
    // A group that stands there twice has its events once.
    var seen: Set<ARN> = []
    let groups = groups.filter { seen.insert($0.arn).inserted }
    logs = groups.map { "\(cloud.world.account):\($0.name)" }
    typealias Delivered = (trail: CloudTrail.Trail, delivery: CloudTrail.Delivery, group: Int)
    var delivered: [Delivered] = []
    var events: [(event: LogEvent, group: Int32)] = []
    for (place, group) in groups.enumerated() {
      let oldest = max(start, group.oldestKept(at: cloud.world.now))
      // What came to another group of this name is gone with that.
      let first = max(oldest, group.created)
      delivered += cloud.deliveries(to: group.arn.description, from: first, to: end).map {
        ($0.trail, $0.delivery, place)
      }
      for stream in group.streams {
        for event in stream.events where event.at >= oldest && event.at <= end {
          events.append((event, Int32(place)))
        }
      }
    }
    var trail = TrailRows(of: cloud)
    trail.reserve(delivered.reduce(0) { $0 + $1.delivery.count })
    var runs: [Run] = []
    let byTime = delivered.indices.sorted {
      (delivered[$0].delivery.at, $0) < (delivered[$1].delivery.at, $1)
    }
    for place in byTime {
      let (source, delivery, group) = delivered[place]
      runs.append(Run(first: trail.count, at: delivery.at, group: group))
      cloud.eachRow(of: source, from: delivery.from, to: delivery.to) { row in
        trail.append(row)
        return true
      }
    }
    self.trail = trail
    self.runs = runs
    let sorted = events.indices.sorted { (events[$0].event.at, $0) < (events[$1].event.at, $1) }
    self.events = sorted.map { events[$0].event }
    eventGroups = sorted.map { events[$0].group }
    put = LogEventRows(self.events, log: "")
    order = Self.merged(trail, runs, self.events)
  }

  /// What one delivery brought.
  init(_ delivery: CloudTrail.Delivery, of source: CloudTrail.Trail, in cloud: Cloud) {
    var rows = TrailRows(of: cloud)
    rows.reserve(delivery.count)
    cloud.eachRow(of: source, from: delivery.from, to: delivery.to) { row in
      rows.append(row)
      return true
    }
    self.cloud = cloud
    logs = [""]
    trail = rows
    runs = [Run(first: 0, at: delivery.at, group: 0)]
    events = []
    eventGroups = []
    put = LogEventRows([], log: "")
    order = nil
  }

  /// Events at the times of their calls, in no log group.
  init(_ rows: TrailRows, in cloud: Cloud) {
    self.cloud = cloud
    logs = [""]
    trail = rows
    runs = []
    events = []
    eventGroups = []
    put = LogEventRows([], log: "")
    order = nil
  }

  private static func merged(_ trail: TrailRows, _ runs: [Run], _ events: [LogEvent]) -> [Int32]? {
    if trail.count == 0 || events.isEmpty { return nil }
    var order: [Int32] = []
    order.reserveCapacity(trail.count + events.count)
    var event = 0
    for (index, run) in runs.enumerated() {
      while event < events.count, events[event].at < run.at {
        order.append(~Int32(event))
        event += 1
      }
      let end = index + 1 < runs.count ? runs[index + 1].first : trail.count
      order += (run.first..<end).map { Int32($0) }
    }
    return order + (event..<events.count).map { ~Int32($0) }
  }

  var count: Int { trail.count + events.count }

  /// Below zero: the complement of a place among the events that were put.
  private func place(_ row: Int) -> Int {
    if let order { return Int(order[row]) }
    return trail.count == 0 ? ~row : row
  }

  /// The delivery that brought a row; nothing where rows stand at the times of their calls.
  private func run(of place: Int) -> Run? {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].first <= place { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? runs[low - 1] : nil
  }

  /// When a row of a trail came.
  private func arrival(of place: Int) -> Instant {
    run(of: place)?.at ?? cloud.time(of: trail[place])
  }

  func time(of row: Int) -> Instant {
    let place = place(row)
    return place >= 0 ? arrival(of: place) : events[~place].at
  }

  func message(of row: Int) -> String {
    let place = place(row)
    return place >= 0 ? cloud.text(of: trail[place]) : events[~place].message
  }

  func stream(of row: Int) -> String {
    let place = place(row)
    return place >= 0
      ? cloud.trailLogStream(of: cloud.region(of: trail[place])) : events[~place].stream
  }

  func ingested(_ row: Int) -> Instant {
    let place = place(row)
    return place >= 0 ? arrival(of: place) : events[~place].ingested
  }

  private func log(of row: Int) -> String {
    let place = place(row)
    return logs[place >= 0 ? run(of: place)?.group ?? 0 : Int(eventGroups[~place])]
  }

  /// What identifies an event: the call's own identifier, or its place in its stream.
  func pointer(of row: Int) -> String {
    let place = place(row)
    let text =
      place >= 0
      ? cloud.eventID(of: trail[place])
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
    if trail.count == 0 { return putColumn }
    if path[0].hasPrefix("@") { return .missing }
    let column = TrailColumn(path, in: cloud)
    if order == nil, let (values, code) = column.coded(trail, in: cloud) {
      return .coded(values.map { InsightsValue($0) }, code)
    }
    return .values { [self] row in
      let place = place(row)
      guard place >= 0 else { return putColumn.value(of: ~place) }
      return InsightsValue(column.value(of: trail[place], in: cloud))
    }
  }

  /// How many bytes the rows are. Simplified: of a trail's events a sample is measured.
  var bytes: Double {
    Double(events.reduce(0) { $0 + $1.message.utf8.count } + trailBytes)
  }

  var trailBytes: Int {
    guard trail.count > 0 else { return 0 }
    let step = max(1, trail.count / 32)
    let sample = stride(from: 0, to: trail.count, by: step)
    let sizes = sample.map { cloud.text(of: trail[$0]).utf8.count }
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
