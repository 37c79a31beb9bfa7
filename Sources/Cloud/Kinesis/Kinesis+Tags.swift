import Values

extension Kinesis {
  static let tagOperations = [
    OperationRow(AddTagsToStream.self), OperationRow(RemoveTagsFromStream.self),
    OperationRow(ListTagsForStream.self), OperationRow(TagResource.self),
    OperationRow(UntagResource.self), OperationRow(ListTagsForResource.self),
  ]

  struct AddTagsToStream: StreamOperation {
    static let id = OperationID.addTagsToStream
    var stream: StreamReference
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      tags = Tags(kinesis: input)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.tag(slot, tags)
    }
  }

  struct RemoveTagsFromStream: StreamOperation {
    static let id = OperationID.removeTagsFromStream
    var stream: StreamReference
    var names: [String]

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      names = (input["TagKeys"]?.array ?? []).compactMap(\.string)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("aws:TagKeys", names)]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      cloud.world.streams.setTags(of: slot) { $0.remove(names) }
    }
  }

  struct ListTagsForStream: StreamOperation {
    static let id = OperationID.listTagsForStream
    var stream: StreamReference
    var after: String?
    var limit: Int

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      after = input.optionalText("ExclusiveStartTagKey")
      limit = input.number("Limit") ?? Limits.tags
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try permit.stream(in: cloud.world)
      let later = cloud.world.streams[slot].tags.sorted.filter { $0.key > after ?? "" }
      return [
        "Tags": .array(later.prefix(limit).map(\.json)),
        "HasMoreTags": .bool(later.count > limit),
      ]
    }
  }

  /// The newer operations, which take consumers as well.
  struct TagResource: TaggedOperation {
    static let id = OperationID.tagKinesisResource
    var resource: TaggedResource
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      resource = TaggedResource(input)
      tags = Tags(kinesis: input)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      if let consumer = resource.consumer {
        let (slot, index) = try consumer.find(in: cloud.world)
        var all = cloud.world.streams[slot].consumers[index].tags
        all.merge(tags)
        try all.checkForStream(cloud.world.streams[slot].name, account: cloud.world.account)
        cloud.world.streams[slot].consumers[index].tags = all
        cloud.world.streams.note("tags \(all.pairs)")
      } else {
        try cloud.world.tag(try permit.stream(in: cloud.world), tags)
      }
    }
  }

  struct UntagResource: TaggedOperation {
    static let id = OperationID.untagKinesisResource
    var resource: TaggedResource
    var names: [String]

    init(_ input: JSON) throws(ServiceError) {
      resource = TaggedResource(input)
      names = (input["TagKeys"]?.array ?? []).compactMap(\.string)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("aws:TagKeys", names)]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      if let consumer = resource.consumer {
        let (slot, index) = try consumer.find(in: cloud.world)
        cloud.world.streams[slot].consumers[index].tags.remove(names)
        cloud.world.streams.note("untag \(names)")
      } else {
        let slot = try permit.stream(in: cloud.world)
        cloud.world.streams.setTags(of: slot) { $0.remove(names) }
      }
    }
  }

  struct ListTagsForResource: TaggedOperation {
    static let id = OperationID.listKinesisTags
    var resource: TaggedResource

    init(_ input: JSON) throws(ServiceError) { resource = TaggedResource(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let tags: Tags
      if let consumer = resource.consumer {
        let (slot, index) = try consumer.find(in: cloud.world)
        tags = cloud.world.streams[slot].consumers[index].tags
      } else {
        tags = cloud.world.streams[try permit.stream(in: cloud.world)].tags
      }
      return ["Tags": .array(tags.sorted.map(\.json))]
    }
  }
}

/// What `ResourceARN` names: a stream, or one of its consumers.
struct TaggedResource: Sendable {
  var stream: StreamReference
  var consumer: ConsumerReference?
  private var text: String

  init(_ input: JSON) {
    text = input.text("ResourceARN")
    stream = StreamReference(["StreamARN": .string(text)])
    if text.contains("/consumer/") { consumer = ConsumerReference(["ConsumerARN": .string(text)]) }
  }

  func validate() throws(ServiceError) {
    guard let arn = ARN(text), arn.service == "kinesis" else {
      throw .kinesisInput("\(text) is not the ARN of a stream or of a consumer")
    }
  }
}

protocol TaggedOperation: Operation {
  var resource: TaggedResource { get }
}

extension TaggedOperation {
  package func validate() throws(ServiceError) { try resource.validate() }

  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    resource.consumer?.subject(in: world) ?? resource.stream.resolve(call, in: world)
  }
}

extension World {
  fileprivate mutating func tag(_ slot: Int32, _ tags: Tags) throws(ServiceError) {
    var all = streams[slot].tags
    all.merge(tags)
    try all.checkForStream(streams[slot].name, account: account)
    streams.setTags(of: slot) { $0 = all }
  }
}

extension Tags {
  /// The member `Tags` of Kinesis, a map.
  init(kinesis input: JSON) {
    self.init()
    for (key, value) in input.pairs("Tags") { set(key, to: value) }
  }

  var sorted: [Pair] { pairs.sorted { $0.key < $1.key } }

  /// Source: Kinesis API Reference, AddTagsToStream; Developer Guide, tag restrictions.
  func checkForStream(_ name: String, account: String) throws(ServiceError) {
    let failed = "Failed to add tags to stream \(name) under account \(account) because "
    func isAllowed(_ text: String) -> Bool {
      text.allSatisfy { $0.isLetter || $0.isNumber || $0.isWhitespace || "_,./=+-@:".contains($0) }
    }
    guard
      pairs.allSatisfy({
        isAllowed($0.key) && isAllowed($0.value) && !$0.key.lowercased().hasPrefix("aws:")
      })
    else {
      throw .kinesisInput(
        failed + "some tags contained illegal characters. The allowed characters are Unicode "
          + "letters, white-spaces, '_',',','/','=','+','-','@'.")
    }
    guard count <= Kinesis.Limits.tags else {
      throw .kinesisInput(
        failed + "a given stream cannot have more than \(Kinesis.Limits.tags) tags associated "
          + "with it.")
    }
  }
}

extension Tags.Pair {
  fileprivate var json: JSON { ["Key": .string(key), "Value": .string(value)] }
}
