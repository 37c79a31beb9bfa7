import Insights
import Policies
import Values

extension Logs {
  /// Puts events into a stream, in the order of their times.
  ///
  /// Source: CloudWatch Logs API Reference, PutLogEvents.
  struct PutLogEvents: GroupOperation {
    static let id = OperationID.putLogEvents
    var group: GroupReference
    var stream: String
    var events: [(at: Instant, message: String)]

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName")
      stream = input.text("logStreamName")
      events = (input["logEvents"]?.array ?? []).map {
        (Instant(milliseconds: Int64($0.number("timestamp") ?? 0)), $0.text("message"))
      }
    }

    func validate() throws(ServiceError) {
      for (before, after) in zip(events, events.dropFirst()) where after.at < before.at {
        throw Logs.invalid(
          "Log events in a single PutLogEvents request must be in chronological order.")
      }
      if let first = events.first, let last = events.last, last.at - first.at > Limits.batchSpan {
        throw Logs.invalid(
          "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
      }
      let bytes = events.reduce(0) { $0 + $1.message.utf8.count + Limits.eventOverhead }
      guard bytes <= Limits.batchBytes else {
        throw Logs.invalid(
          "Upload too large: \(bytes) bytes exceeds limit of \(Limits.batchBytes)")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      group.subject(call, in: world, stream: stream)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let index = try group.index(permit.call.region, in: cloud.world)
      guard let place = cloud.world.logs.groups[index].stream(named: stream) else {
        throw .logs("ResourceNotFoundException", "The specified log stream does not exist.")
      }
      let now = cloud.world.now
      let group = cloud.world.logs.groups[index]
      let tooOld = events.prefix { $0.at < now - Limits.oldest }.count
      let expired = events.prefix { $0.at < group.oldestKept(at: now) && group.retention != nil }
        .count
      let tooNew = events.firstIndex { $0.at > now + Limits.newest }
      let taken = events[max(tooOld, expired)..<max(max(tooOld, expired), tooNew ?? events.count)]
      let made = taken.map {
        LogEvent(at: $0.at, ingested: now, stream: stream, message: $0.message)
      }
      let noted = made.map { "\($0.at.milliseconds) \($0.message)" }.joined(separator: "\n")
      cloud.world.logs.change(index, noting: "put \(stream) \(noted)") {
        for event in made { $0.streams[place].events.append(event) }
      }
      cloud.countFilters(of: index, put: made)
      // Source: CloudWatch Logs API Reference: sequence tokens are ignored, and still given.
      var reply = JSONObject([
        ("nextSequenceToken", .string("49590302000000000000000000000000000000000000000000000000"))
      ])
      var rejected = JSONObject()
      rejected["tooNewLogEventStartIndex"] = tooNew.map { .integer($0) }
      if tooOld > 0 { rejected["tooOldLogEventEndIndex"] = .integer(tooOld) }
      if expired > tooOld { rejected["expiredLogEventEndIndex"] = .integer(expired) }
      if !rejected.isEmpty { reply["rejectedLogEventsInfo"] = .object(rejected) }
      return .object(reply)
    }
  }

  /// Source: CloudWatch Logs API Reference, GetLogEvents.
  struct GetLogEvents: GroupOperation {
    static let id = OperationID.getLogEvents
    var group: GroupReference
    var stream: String
    var start: Instant?
    var end: Instant?
    var limit: Int
    var fromHead: Bool
    var token: String?

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName", "logGroupIdentifier")
      stream = input.text("logStreamName")
      start = input.number("startTime").map { Instant(milliseconds: Int64($0)) }
      end = input.number("endTime").map { Instant(milliseconds: Int64($0)) }
      limit = input.number("limit") ?? Limits.events
      fromHead = input.flag("startFromHead")
      token = input.optionalText("nextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      group.subject(call, in: world, stream: stream)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let index = try group.index(permit.call.region, in: cloud.world)
      let group = cloud.world.logs.groups[index]
      guard cloud.streams(of: group).contains(where: { $0.name == stream }) else {
        throw .logs("ResourceNotFoundException", "The specified log stream does not exist.")
      }
      let rows = GroupRows(
        [group], in: cloud, from: start ?? Instant(milliseconds: 0),
        to: end.map { $0 - .milliseconds(1) } ?? cloud.world.now + Limits.newest)
      let places = (0..<rows.count).filter { rows.stream(of: $0) == stream }
      let range: Range<Int>
      if let token {
        let parts = token.split(separator: "/")
        guard parts.count == 2, let place = Int(parts[1]), (0...places.count).contains(place) else {
          throw Logs.invalid("The specified nextToken is invalid.")
        }
        switch parts[0] {
        case "f": range = place..<min(place + limit, places.count)
        case "b": range = max(0, place - limit)..<place
        default: throw Logs.invalid("The specified nextToken is invalid.")
        }
      } else if fromHead {
        range = 0..<min(limit, places.count)
      } else {
        range = max(0, places.count - limit)..<places.count
      }
      return [
        "events": .array(
          places[range].map { row in
            [
              "timestamp": .integer(Int(rows.time(of: row).milliseconds)),
              "message": .string(rows.message(of: row)),
              "ingestionTime": .integer(Int(rows.ingested(row).milliseconds)),
            ]
          }), "nextForwardToken": .string("f/\(range.upperBound)"),
        "nextBackwardToken": .string("b/\(range.lowerBound)"),
      ]
    }
  }

  /// Source: CloudWatch Logs API Reference, FilterLogEvents.
  struct FilterLogEvents: GroupOperation {
    static let id = OperationID.filterLogEvents
    var group: GroupReference
    var streams: [String]
    var prefix: String
    var start: Instant?
    var end: Instant?
    var pattern: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName", "logGroupIdentifier")
      streams = input.texts("logStreamNames")
      prefix = input.text("logStreamNamePrefix")
      start = input.number("startTime").map { Instant(milliseconds: Int64($0)) }
      end = input.number("endTime").map { Instant(milliseconds: Int64($0)) }
      pattern = input.text("filterPattern")
      page = try Page(input, limit: "limit", usual: Limits.events, token: "nextToken")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let filter = try FilterPattern(pattern)
      let index = try group.index(permit.call.region, in: cloud.world)
      let group = cloud.world.logs.groups[index]
      let known = cloud.streams(of: group).map(\.name)
      for stream in streams where !known.contains(stream) {
        throw .logs("ResourceNotFoundException", "The specified log stream does not exist.")
      }
      let rows = GroupRows(
        [group], in: cloud, from: start ?? Instant(milliseconds: 0),
        to: end ?? cloud.world.now + Limits.newest)
      let fields = FilterFields(filter, rows)
      let found = (0..<rows.count).filter { row in
        let stream = rows.stream(of: row)
        return (streams.isEmpty || streams.contains(stream)) && stream.hasPrefix(prefix)
          && fields.takes(row)
      }
      var reply = JSONObject([
        (
          "events",
          .array(
            page.slice(found).map { row in
              [
                "logStreamName": .string(rows.stream(of: row)),
                "timestamp": .integer(Int(rows.time(of: row).milliseconds)),
                "message": .string(rows.message(of: row)),
                "ingestionTime": .integer(Int(rows.ingested(row).milliseconds)),
                "eventId": .string(rows.pointer(of: row)),
              ]
            })
        ), ("searchedLogStreams", []),
      ])
      reply["nextToken"] = page.next(of: found.count).map { .string($0) }
      return .object(reply)
    }
  }
}
