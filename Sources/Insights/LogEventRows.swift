import Values

/// An event of a log group.
package struct LogEvent: Hashable, Sendable {
  package var at: Instant
  package var ingested: Instant
  package var stream: String
  package var message: String

  package init(at: Instant, ingested: Instant, stream: String, message: String) {
    self.at = at
    self.ingested = ingested
    self.stream = stream
    self.message = message
  }
}

/// Log events as rows of a query. A message that is JSON has its fields found.
///
/// Source: CloudWatch Logs Insights, supported logs and discovered fields.
package struct LogEventRows: InsightsRows {
  private let events: [LogEvent]
  private let log: String
  private let read: MessageReader

  /// Oldest first; `log` is the account and the name of the log group.
  package init(_ events: [LogEvent], log: String) {
    self.events = events
    self.log = log
    read = MessageReader(events)
  }

  package var count: Int { events.count }
  package func time(of row: Int) -> Instant { events[row].at }

  package func column(_ path: [String]) -> InsightsColumn {
    let events = events
    switch path {
    case ["@timestamp"]: return .values { .time(events[$0].at) }
    case ["@ingestionTime"]: return .values { .time(events[$0].ingested) }
    case ["@message"]: return .values { .text(events[$0].message) }
    case ["@logStream"]: return .values { .text(events[$0].stream) }
    case ["@log"]:
      let log = InsightsValue.text(log)
      return .coded([log], { _ in 0 })
    default:
      // Source: a JSON field that begins with @ is found with two of them.
      var path = path
      if path[0].hasPrefix("@@") {
        path[0].removeFirst()
      } else if path[0].hasPrefix("@") {
        return .missing
      }
      let read = read
      return .values { InsightsValue(read.tree(of: $0)?.insightsMember(path[...])) }
    }
  }
}

/// Parses the message of a row once, however many of its fields are asked for.
private final class MessageReader {
  /// Source: CloudWatch Logs Insights, supported logs and discovered fields: of an event so many.
  private static let mostFields = 200

  private let events: [LogEvent]
  private var place = -1
  private var tree: JSON?

  init(_ events: [LogEvent]) { self.events = events }

  func tree(of row: Int) -> JSON? {
    if row != place {
      place = row
      let message = events[row].message
      tree = message.utf8.first == UInt8(ascii: "{") ? try? JSON(parsing: message) : nil
      if let whole = tree {
        var left = Self.mostFields
        tree = Self.discovered(whole, &left)
      }
    }
    return tree
  }

  /// What is left of a value when no more than so many fields are found, in their order.
  private static func discovered(_ value: JSON, _ left: inout Int) -> JSON {
    switch value {
    case .object(let object):
      var members: [(String, JSON)] = []
      for member in object.members {
        if left == 0 { break }
        members.append((member.name, discovered(member.value, &left)))
      }
      return .object(JSONObject(members))
    case .array(let elements):
      var found: [JSON] = []
      for element in elements {
        if left == 0 { break }
        found.append(discovered(element, &left))
      }
      return .array(found)
    default:
      left -= 1
      return value
    }
  }
}
