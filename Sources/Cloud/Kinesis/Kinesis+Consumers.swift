import Policies
import Values

extension Kinesis {
  static let consumerOperations = [
    OperationRow(RegisterStreamConsumer.self), OperationRow(DescribeStreamConsumer.self),
    OperationRow(ListStreamConsumers.self), OperationRow(DeregisterStreamConsumer.self),
    OperationRow(SubscribeToShard.self),
  ]

  /// A reader with a throughput of its own.
  package struct Consumer: Sendable {
    package let name: String
    package let arn: ARN
    package let created: Instant
    package internal(set) var status = Status.creating
    var tags: Tags
    /// The consumer's own policy, beside those of the account.
    package internal(set) var resourcePolicy: AttachedPolicy?

    init(name: String, stream: ARN, created: Instant, tags: Tags) {
      self.name = name
      arn = ARN(
        service: "kinesis", region: stream.region, account: stream.account,
        resource: "\(stream.resource)/consumer/\(name):\(created.seconds)")
      self.created = created
      self.tags = tags
    }

    /// Goes on to the next state, as the clock says.
    mutating func settle() { status = status == .creating ? .active : .gone }

    fileprivate var json: JSON {
      [
        "ConsumerName": .string(name), "ConsumerARN": .string(arn.description),
        "ConsumerStatus": .string(status.rawValue),
        "ConsumerCreationTimestamp": .string(created.iso8601),
      ]
    }
  }

  struct RegisterStreamConsumer: StreamOperation {
    static let id = OperationID.registerStreamConsumer
    var stream: StreamReference
    var name: String
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      name = input.text("ConsumerName")
      tags = Tags(kinesis: input)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try permit.stream(in: cloud.world)
      let stream = cloud.world.streams[slot]
      guard stream.status == .active || stream.status == .updating else {
        throw .streamNotActive(
          name: stream.name, account: stream.owner.id, status: stream.status)
      }
      let there = stream.consumers.filter { $0.status != .gone }
      if there.contains(where: { $0.name == name }) {
        throw .kinesis(
          .inUse,
          "Consumer \(name) under stream \(stream.arn) already exists for account "
            + "\(cloud.world.account).")
      }
      guard there.count < Limits.consumers else {
        throw .kinesis(
          .limit,
          "Stream \(stream.name) under account \(cloud.world.account) already has "
            + "\(Limits.consumers) registered consumers.")
      }
      guard there.count(where: { $0.status == .creating }) < Limits.consumersInCreation else {
        throw .kinesis(
          .limit,
          "Stream \(stream.name) under account \(cloud.world.account) already has "
            + "\(Limits.consumersInCreation) consumers in status CREATING.")
      }
      try tags.checkForStream(stream.name, account: cloud.world.account)
      let consumer = Consumer(
        name: name, stream: stream.arn, created: cloud.world.now, tags: tags)
      let index = Int32(stream.consumers.count)
      cloud.world.streams[slot].consumers.append(consumer)
      cloud.world.streams.note("consumer \(consumer.arn)")
      cloud.world.timers.add(
        .consumerChanged(stream: slot, consumer: index),
        due: cloud.world.now + Limits.consumerChange)
      return ["Consumer": consumer.json]
    }
  }

  struct DescribeStreamConsumer: ConsumerOperation {
    static let id = OperationID.describeStreamConsumer
    var reference: ConsumerReference

    init(_ input: JSON) throws(ServiceError) { reference = ConsumerReference(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let (slot, index) = try reference.find(in: cloud.world)
      let stream = cloud.world.streams[slot]
      var description = stream.consumers[index].json.object ?? JSONObject()
      description["StreamARN"] = .string(stream.arn.description)
      return ["ConsumerDescription": .object(description)]
    }
  }

  struct DeregisterStreamConsumer: ConsumerOperation {
    static let id = OperationID.deregisterStreamConsumer
    var reference: ConsumerReference

    init(_ input: JSON) throws(ServiceError) { reference = ConsumerReference(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let (slot, index) = try reference.find(in: cloud.world)
      let consumer = cloud.world.streams[slot].consumers[index]
      guard consumer.status == .active else {
        throw .kinesis(
          .inUse,
          "Consumer \(consumer.name) under stream \(cloud.world.streams[slot].arn) is not ACTIVE, "
            + "instead in state \(consumer.status.rawValue)")
      }
      cloud.world.streams[slot].consumers[index].status = .deleting
      cloud.world.streams.note("deregister \(consumer.arn)")
      cloud.world.timers.add(
        .consumerChanged(stream: slot, consumer: Int32(index)),
        due: cloud.world.now + Limits.consumerChange)
    }
  }

  struct ListStreamConsumers: StreamOperation {
    static let id = OperationID.listStreamConsumers
    var stream: StreamReference
    var limit: Int
    var token: NextToken?

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      limit = input.number("MaxResults") ?? 100
      token = try input.optionalText("NextToken").map { text throws(ServiceError) in
        try NextToken(text)
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try permit.stream(in: cloud.world)
      let stream = cloud.world.streams[slot]
      try token?.check(stream.arn, now: cloud.world.now)
      let all = stream.consumers.filter { $0.status != .gone }.sorted { $0.name < $1.name }
      let later = all.filter { $0.name > token?.last ?? "" }
      let shown = later.prefix(limit)
      var reply = JSONObject([("Consumers", .array(shown.map(\.json)))])
      if shown.count < later.count, let last = shown.last {
        reply["NextToken"] = .string(
          NextToken(arn: stream.arn.description, last: last.name, made: cloud.world.now).text)
      }
      return .object(reply)
    }
  }

  /// Events come over HTTP/2, which the AWS CLI has no command for; only a program can ask.
  struct SubscribeToShard: ConsumerOperation {
    static let id = OperationID.subscribeToShard
    var reference: ConsumerReference

    init(_ input: JSON) throws(ServiceError) { reference = ConsumerReference(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let (slot, index) = try reference.find(in: cloud.world)
      let consumer = cloud.world.streams[slot].consumers[index]
      guard consumer.status == .active else {
        throw .kinesis(
          .inUse,
          "Consumer \(consumer.arn) is not ACTIVE, instead in state \(consumer.status.rawValue)")
      }
      throw .notSimulated(service: "kinesis", operation: "SubscribeToShard")
    }
  }
}

/// Which consumer a request means: by its ARN, or by its stream's ARN and its name.
struct ConsumerReference: Sendable {
  var arn: String?
  var stream: String?
  var name: String?

  init(_ input: JSON) {
    arn = input.optionalText("ConsumerARN")
    stream = input.optionalText("StreamARN")
    name = input.optionalText("ConsumerName")
  }

  func validate() throws(ServiceError) {
    guard arn != nil || (stream != nil && name != nil) else {
      throw .kinesisInput(
        "Either ConsumerARN or both StreamARN and ConsumerName should be provided.")
    }
  }

  func find(in world: World) throws(ServiceError) -> (slot: Int32, index: Int) {
    guard let found = search(world) else {
      let said = arn ?? name ?? ""
      throw .kinesis(.notFound, "Consumer \(said), account \(world.account) not found.")
    }
    return found
  }

  private func search(_ world: World) -> (slot: Int32, index: Int)? {
    guard let named = ARN(arn ?? stream ?? ""), let slot = world.streams.slot(of: named),
      let index = world.streams[slot].consumers.firstIndex(where: { consumer in
        consumer.status != .gone
          && (arn == nil ? consumer.name == name : consumer.arn.description == arn)
      })
    else { return nil }
    return (slot, index)
  }

  /// The consumer's ARN, as far as it is known.
  func subject(in world: World) -> Subject {
    if let found = search(world) {
      return .named(world.streams[found.slot].consumers[found.index].arn)
    }
    if let named = ARN(arn ?? stream ?? "") { return .named(named) }
    return .none
  }
}

/// An operation on a consumer.
protocol ConsumerOperation: Operation {
  var reference: ConsumerReference { get }
}

extension ConsumerOperation {
  package func validate() throws(ServiceError) { try reference.validate() }

  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    reference.subject(in: world)
  }
}

/// Where the next page of a stream's list begins. It names the stream as well, and lasts five minutes.
struct NextToken: Sendable {
  var arn: String
  var last: String
  var made: Instant

  init(arn: String, last: String, made: Instant) {
    self.arn = arn
    self.last = last
    self.made = made
  }

  init(_ text: String) throws(ServiceError) {
    let parts = Base64.decode(text).map {
      String(decoding: $0, as: UTF8.self).split(separator: "|", omittingEmptySubsequences: false)
    }
    guard let parts, parts.count == 3, let made = Int64(parts[2]) else {
      throw .invalidToken(text)
    }
    arn = String(parts[0])
    last = String(parts[1])
    self.made = Instant(milliseconds: made)
  }

  var text: String { Base64.encode(Array("\(arn)|\(last)|\(made.milliseconds)".utf8)) }

  /// Source: Kinesis API Reference, ListShards: a token lasts 300 seconds.
  func check(_ stream: ARN, now: Instant) throws(ServiceError) {
    guard arn == stream.description else { throw .invalidToken(text) }
    guard now <= made + Kinesis.Limits.tokenLife else {
      throw .kinesis(
        .expiredNextToken,
        "NextToken expired. It was created at \(made.zulu), more than "
          + "\(Kinesis.Limits.tokenLife.milliseconds / 1000) seconds ago.")
    }
  }
}
