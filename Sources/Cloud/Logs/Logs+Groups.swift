import Insights
import Policies
import Values

extension Logs {
  struct CreateLogGroup: GroupOperation {
    static let id = OperationID.createLogGroup
    var group: GroupReference
    var key: String?
    var tags = Tags()

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName")
      key = input.optionalText("kmsKeyId")
      for (name, value) in input.pairs("tags") { tags.set(name, to: value) }
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let region = permit.call.region
      if cloud.world.logs.index(named: group.name, in: region) != nil {
        throw .logs(
          "ResourceAlreadyExistsException", "The specified log group already exists")
      }
      var made = Group(
        name: group.name, region: region, created: cloud.world.now,
        arn: Logs.arn(group.name, region, cloud.world.account))
      made.key = key
      made.tags = tags
      cloud.world.logs.add(made)
    }
  }

  struct DeleteLogGroup: GroupOperation {
    static let id = OperationID.deleteLogGroup
    var group: GroupReference

    init(_ input: JSON) throws(ServiceError) { group = GroupReference(input, "logGroupName") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.logs.remove(try group.index(permit.call.region, in: cloud.world))
    }
  }

  struct DescribeLogGroups: Operation {
    static let id = OperationID.describeLogGroups
    var prefix: String
    var pattern: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      prefix = input.text("logGroupNamePrefix")
      pattern = input.text("logGroupNamePattern")
      page = try Page(input, limit: "limit", usual: Limits.page, token: "nextToken")
      if !prefix.isEmpty, !pattern.isEmpty {
        throw Logs.invalid(
          "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let groups = cloud.world.logs.all(in: permit.call.region).filter {
        $0.name.hasPrefix(prefix)
          && (pattern.isEmpty || $0.name.lowercased().contains(pattern.lowercased()))
      }
      return page.output(
        "logGroups", groups.map { $0.json(bytes: cloud.storedBytes(of: $0)) })
    }
  }

  struct CreateLogStream: GroupOperation {
    static let id = OperationID.createLogStream
    var group: GroupReference
    var stream: String

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName")
      stream = input.text("logStreamName")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      group.subject(call, in: world, stream: stream)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      if cloud.world.logs.groups[index].stream(named: stream) != nil {
        throw .logs(
          "ResourceAlreadyExistsException", "The specified log stream already exists")
      }
      let made = Stream(name: stream, created: cloud.world.now)
      cloud.world.logs.change(index, noting: "stream \(stream)") { $0.streams.append(made) }
    }
  }

  struct DeleteLogStream: GroupOperation {
    static let id = OperationID.deleteLogStream
    var group: GroupReference
    var stream: String

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName")
      stream = input.text("logStreamName")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      group.subject(call, in: world, stream: stream)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      guard let place = cloud.world.logs.groups[index].stream(named: stream) else {
        throw .logs("ResourceNotFoundException", "The specified log stream does not exist.")
      }
      cloud.world.logs.change(index, noting: "without \(stream)") { $0.streams.remove(at: place) }
    }
  }

  struct DescribeLogStreams: GroupOperation {
    static let id = OperationID.describeLogStreams
    var group: GroupReference
    var prefix: String
    var byTime: Bool
    var isDescending: Bool
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName", "logGroupIdentifier")
      prefix = input.text("logStreamNamePrefix")
      byTime = input.optionalText("orderBy") == "LastEventTime"
      isDescending = input.flag("descending")
      page = try Page(input, limit: "limit", usual: Limits.page, token: "nextToken")
      if byTime, !prefix.isEmpty {
        throw Logs.invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let index = try group.index(permit.call.region, in: cloud.world)
      let group = cloud.world.logs.groups[index]
      var found = cloud.streams(of: group).filter { $0.name.hasPrefix(prefix) }
      found.sort {
        byTime
          ? ($0.last?.milliseconds ?? 0, $0.name) < ($1.last?.milliseconds ?? 0, $1.name)
          : $0.name < $1.name
      }
      if isDescending { found.reverse() }
      return page.output("logStreams", found.map { $0.json(of: group) })
    }
  }

  struct PutRetentionPolicy: GroupOperation {
    static let id = OperationID.putRetentionPolicy
    var group: GroupReference
    var days: Int

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "logGroupName")
      days = input.number("retentionInDays") ?? 0
    }

    func validate() throws(ServiceError) {
      guard Limits.retentions.contains(days) else {
        throw .logs(
          "InvalidParameterException",
          "1 validation error detected: Value '\(days)' at 'retentionInDays' failed to satisfy "
            + "constraint: Member must satisfy enum value set: \(Limits.retentions)")
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      cloud.world.logs.change(index, noting: "retention \(days)") { $0.retention = days }
    }
  }

  struct DeleteRetentionPolicy: GroupOperation {
    static let id = OperationID.deleteRetentionPolicy
    var group: GroupReference

    init(_ input: JSON) throws(ServiceError) { group = GroupReference(input, "logGroupName") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      cloud.world.logs.change(index, noting: "retention none") { $0.retention = nil }
    }
  }

  // MARK: Tags

  struct TagResource: GroupOperation {
    static let id = OperationID.tagLogGroup
    var group: GroupReference
    var tags = Tags()

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "resourceArn")
      for (name, value) in input.pairs("tags") { tags.set(name, to: value) }
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      cloud.world.logs.change(index, noting: "tags \(tags.json.line)") { $0.tags.merge(tags) }
    }
  }

  struct UntagResource: GroupOperation {
    static let id = OperationID.untagLogGroup
    var group: GroupReference
    var names: [String]

    init(_ input: JSON) throws(ServiceError) {
      group = GroupReference(input, "resourceArn")
      names = input.texts("tagKeys")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let index = try group.index(permit.call.region, in: cloud.world)
      let noted = names.joined(separator: ",")
      cloud.world.logs.change(index, noting: "untag \(noted)") { $0.tags.remove(names) }
    }
  }

  struct ListTagsForResource: GroupOperation {
    static let id = OperationID.listLogGroupTags
    var group: GroupReference

    init(_ input: JSON) throws(ServiceError) { group = GroupReference(input, "resourceArn") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let index = try group.index(permit.call.region, in: cloud.world)
      return [
        "tags": .object(
          JSONObject(
            cloud.world.logs.groups[index].tags.pairs.map { ($0.key, .string($0.value)) }))
      ]
    }
  }
}

extension Page {
  /// The list under its name, and `nextToken` when there is more.
  func output(_ name: String, _ elements: [JSON]) -> JSON {
    var object = JSONObject([(name, .array(Array(slice(elements))))])
    object["nextToken"] = next(of: elements.count).map { .string($0) }
    return .object(object)
  }
}

extension Logs.Group {
  func json(bytes: Int) -> JSON {
    var object = JSONObject([
      ("logGroupName", .string(name)), ("creationTime", .integer(Int(created.milliseconds))),
    ])
    object["retentionInDays"] = retention.map { .integer($0) }
    object["metricFilterCount"] = .integer(filters.count)
    object["arn"] = .string("\(arn):*")
    object["storedBytes"] = .integer(bytes)
    object["kmsKeyId"] = key.map { .string($0) }
    object["logGroupClass"] = "STANDARD"
    object["logGroupArn"] = .string(arn.description)
    return .object(object)
  }
}

/// A stream as it is described: one that was put into, or one that a trail brought events to.
struct StreamSummary {
  var name: String
  var created: Instant
  var first: Instant?
  var last: Instant?
  var ingested: Instant?
  var bytes = 0

  func json(of group: Logs.Group) -> JSON {
    func time(_ instant: Instant?) -> JSON? { instant.map { .integer(Int($0.milliseconds)) } }
    var object = JSONObject([
      ("logStreamName", .string(name)), ("creationTime", .integer(Int(created.milliseconds))),
    ])
    object["firstEventTimestamp"] = time(first)
    object["lastEventTimestamp"] = time(last)
    object["lastIngestionTime"] = time(ingested)
    object["arn"] = .string("\(group.arn):log-stream:\(name)")
    object["storedBytes"] = 0
    return .object(object)
  }
}

extension Cloud {
  /// All streams of a group, those that a trail writes included.
  func streams(of group: Logs.Group) -> [StreamSummary] {
    var found = group.streams.map { stream in
      StreamSummary(
        name: stream.name, created: stream.created, first: stream.events.map(\.at).min(),
        last: stream.events.map(\.at).max(), ingested: stream.events.last?.ingested)
    }
    let delivered = deliveries(to: group.arn.description, from: group.created, to: world.now)
    for (trail, delivery) in delivered {
      eachRow(of: trail, from: delivery.from, to: delivery.to) { row in
        let name = trailLogStream(of: region(of: row))
        if let place = found.firstIndex(where: { $0.name == name }) {
          found[place].first = min(found[place].first ?? delivery.at, delivery.at)
          found[place].last = max(found[place].last ?? delivery.at, delivery.at)
          found[place].ingested = delivery.at
        } else {
          found.append(
            StreamSummary(
              name: name, created: delivery.at, first: delivery.at, last: delivery.at,
              ingested: delivery.at))
        }
        return true
      }
    }
    return found
  }

  /// Source: CloudWatch Logs API Reference, LogGroup: bytes stored. Simplified: of what a trail brought
  /// the size is taken from a sample.
  func storedBytes(of group: Logs.Group) -> Int {
    var bytes = 0
    for stream in group.streams {
      for event in stream.events { bytes += event.message.utf8.count + Logs.Limits.eventOverhead }
    }
    let rows = GroupRows([group], in: self, from: group.created, to: world.now)
    return bytes + rows.trailBytes
  }
}
