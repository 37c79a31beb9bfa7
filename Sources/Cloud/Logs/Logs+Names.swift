import Policies
import Values

extension Logs {
  static let operations: [OperationRow] = [
    OperationRow(CreateLogGroup.self), OperationRow(DeleteLogGroup.self),
    OperationRow(DescribeLogGroups.self), OperationRow(CreateLogStream.self),
    OperationRow(DeleteLogStream.self), OperationRow(DescribeLogStreams.self),
    OperationRow(PutRetentionPolicy.self), OperationRow(DeleteRetentionPolicy.self),
    OperationRow(PutLogEvents.self), OperationRow(GetLogEvents.self),
    OperationRow(FilterLogEvents.self), OperationRow(PutMetricFilter.self),
    OperationRow(DescribeMetricFilters.self), OperationRow(DeleteMetricFilter.self),
    OperationRow(StartQuery.self), OperationRow(GetQueryResults.self),
    OperationRow(DescribeQueries.self), OperationRow(StopQuery.self),
    OperationRow(TagResource.self), OperationRow(UntagResource.self),
    OperationRow(ListTagsForResource.self),
  ]

  enum Limits {
    /// Source: CloudWatch Logs API Reference, PutRetentionPolicy.
    static let retentions = [
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
      3288, 3653,
    ]

    /// Source: CloudWatch Logs API Reference, PutLogEvents: bytes of a batch.
    static let batchBytes = 1_048_576

    /// What each event of a batch weighs beside its message.
    /// Source: CloudWatch Logs API Reference, PutLogEvents.
    static let eventOverhead = 26

    /// Source: CloudWatch Logs API Reference, PutLogEvents: how far back an event may lie.
    static let oldest = Duration.seconds(14 * 86_400)

    /// Source: CloudWatch Logs API Reference, PutLogEvents: how far ahead an event may lie.
    static let newest = Duration.seconds(2 * 3600)

    /// Source: CloudWatch Logs API Reference, PutLogEvents: the span of a batch.
    static let batchSpan = Duration.seconds(86_400)

    /// Source: CloudWatch Logs quotas: metric filters of a log group.
    static let filters = 100

    /// Source: CloudWatch Logs API Reference, StartQuery: log groups of a query.
    static let queryGroups = 50

    /// Source: CloudWatch Logs API Reference, GetLogEvents and FilterLogEvents.
    static let events = 10_000

    /// Source: CloudWatch Logs API Reference, DescribeLogGroups: how many of a page.
    static let page = 50
  }

  static func invalid(_ text: String) -> ServiceError {
    .logs("InvalidParameterException", text)
  }

  /// Source: CloudWatch Logs, ResourceNotFoundException of StartQuery.
  static func noQueriedGroup(_ name: String, in world: World, _ permit: Permit) -> ServiceError {
    let region = permit.call.region
    return .queriedGroupNotFound(
      name, account: world.account,
      request: world.eventNames.uuid(.request, UInt64(permit.event)),
      near: NearNames.of(name, among: world.logs.all(in: region).map(\.name)))
  }

  /// Source: CloudWatch Logs API Reference, errors of the describe operations.
  static func noGroup(_ name: String, in world: World, _ region: Region) -> ServiceError {
    .logGroupNotFound(
      name, near: NearNames.of(name, among: world.logs.all(in: region).map(\.name)))
  }
}

/// A log group as a request names it: by its name, or by its ARN.
struct GroupReference: Sendable {
  var text: String

  init(_ input: JSON, _ names: String...) {
    text = names.lazy.compactMap { input.optionalText($0) }.first ?? ""
  }

  init(text: String) { self.text = text }

  /// The name alone.
  var name: String {
    guard let arn = ARN(text), arn.service == "logs", arn.resource.hasPrefix("log-group:") else {
      return text
    }
    return String(arn.resource.dropFirst(10).prefix { $0 != ":" })
  }

  func index(_ region: Region, in world: World) throws(ServiceError) -> Int {
    if text.isEmpty { throw Logs.invalid("A log group name or identifier is required.") }
    guard let index = world.logs.index(named: name, in: region) else {
      throw Logs.noGroup(name, in: world, region)
    }
    return index
  }

  /// What policies are asked for. With a stream it is that stream, else the group.
  /// Source: Service Authorization Reference, resource types of CloudWatch Logs.
  func subject(_ call: Call, in world: World, stream: String = "") -> Subject {
    .named(
      ARN(
        service: "logs", region: call.region.description, account: world.account,
        resource: "log-group:\(name):log-stream:\(stream)"))
  }
}

/// An operation on one log group.
protocol GroupOperation: Operation {
  var group: GroupReference { get }
}

extension GroupOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    group.subject(call, in: world)
  }
}
