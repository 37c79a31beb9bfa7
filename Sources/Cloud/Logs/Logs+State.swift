import Insights
import Values

/// Amazon CloudWatch Logs.
///
/// A log group holds what was put into it. What a trail brought it holds too, but as a view over the
/// journal: its text is made when it is shown.
package enum Logs {
  package struct Stream: Sendable {
    package let name: String
    package let created: Instant
    package internal(set) var events = AppendLog<LogEvent>()
  }

  package struct Group: Sendable {
    package let name: String
    package let region: Region
    package let created: Instant
    /// Without the `:*` behind it.
    package let arn: ARN
    package internal(set) var retention: Int?
    package internal(set) var key: String?
    package internal(set) var tags = Tags()
    package internal(set) var streams: [Stream] = []
    package internal(set) var filters: [MetricFilter] = []

    func stream(named name: String) -> Int? { streams.firstIndex { $0.name == name } }
  }

  /// A query that was started; it is complete at once.
  package struct Query: Sendable {
    package let id: String
    package let text: String
    package let group: String
    package let created: Instant
    package let caller: String
    let region: Region
    package let result: InsightsResult
    /// Identifiers of its rows, where they are events.
    package let pointers: [String]
    let bytes: Double
    let groups: Int
  }

  package struct State: Sendable {
    package private(set) var groups: [Group] = []
    package private(set) var queries: [Query] = []
    private(set) var digest = Fingerprint()

    package func index(named name: String, in region: Region) -> Int? {
      groups.firstIndex { $0.name == name && $0.region == region }
    }

    /// Groups of a Region, sorted by name.
    package func all(in region: Region) -> [Group] {
      groups.filter { $0.region == region }.sorted { $0.name < $1.name }
    }

    func query(_ id: String, in region: Region) -> Query? {
      queries.last { $0.id == id && $0.region == region }
    }

    mutating func add(_ group: Group) {
      groups.append(group)
      digest.fold("group \(group.arn)")
    }

    mutating func remove(_ index: Int) {
      digest.fold("gone \(groups[index].arn)")
      groups.remove(at: index)
    }

    /// Changes a group; `what` tells the world that has the change from the one that has not.
    mutating func change(_ index: Int, noting what: String, _ body: (inout Group) -> Void) {
      body(&groups[index])
      digest.fold("\(groups[index].arn) \(what)")
    }

    /// Source: CloudWatch Logs quotas: results are kept for 7 days.
    mutating func add(_ query: Query, now: Instant) {
      queries.removeAll { $0.created < now - .seconds(7 * 86_400) }
      queries.append(query)
      digest.fold("query \(query.id) \(query.text)")
    }

    /// What filters have counted so far; it follows from the events and tells no worlds apart.
    mutating func count(_ index: Int, _ body: (inout [MetricFilter]) -> Void) {
      body(&groups[index].filters)
    }
  }

  static func arn(_ name: String, _ region: Region, _ account: String) -> ARN {
    ARN(
      service: "logs", region: region.description, account: account,
      resource: "log-group:\(name)")
  }
}

extension World {
  /// Whether a log group is there, by its ARN without the `:*` behind it.
  func hasLogGroup(_ arn: String) -> Bool { logGroup(arn) != nil }

  func logGroup(_ arn: String) -> Int? {
    logs.groups.firstIndex { $0.arn.description == arn }
  }
}
