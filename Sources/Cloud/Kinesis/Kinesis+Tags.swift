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
      try cloud.world.check(removing: names, of: slot)
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
        try cloud.world.check(tags, together: all, of: slot)
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
        try cloud.world.check(removing: names, of: slot)
        cloud.world.streams[slot].consumers[index].tags.remove(names)
        cloud.world.streams.note("untag \(names)")
      } else {
        let slot = try permit.stream(in: cloud.world)
        try cloud.world.check(removing: names, of: slot)
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
    try check(tags, together: all, of: slot)
    streams.setTags(of: slot) { $0 = all }
  }

  fileprivate func check(_ tags: Tags, together all: Tags, of slot: Int32) throws(ServiceError) {
    try tags.checkForStream(streams[slot].name, account: account, together: all)
  }

  fileprivate func check(removing names: [String], of slot: Int32) throws(ServiceError) {
    try Tags.checkCharacters(
      names, "remove tags from stream \(streams[slot].name) under account \(account)")
  }
}

extension Tags {
  /// The member `Tags` of Kinesis, a map.
  init(kinesis input: JSON) {
    self.init()
    for (key, value) in input.pairs("Tags") { set(key, to: value) }
  }

  var sorted: [Pair] { pairs.sorted { $0.key < $1.key } }

  /// Checks those that come, and how many there are then.
  /// Assumed: the text for a key that begins with `aws:`; that it is reserved is documented.
  func checkForStream(_ name: String, account: String, together all: Tags? = nil)
    throws(ServiceError)
  {
    let what = "add tags to stream \(name) under account \(account)"
    try Self.checkCharacters(pairs.flatMap { [$0.key, $0.value] }, what)
    if let reserved = pairs.first(where: { $0.key.lowercased().hasPrefix("aws:") }) {
      throw .kinesisInput(
        "Failed to \(what) because \(reserved.key) begins with aws:, which is reserved for AWS.")
    }
    guard (all ?? self).count <= Kinesis.Limits.tags else {
      throw .kinesisInput(
        "Failed to \(what) because a given stream cannot have more than \(Kinesis.Limits.tags) tags "
          + "associated with it.")
    }
  }

  /// Two rules, the looser one first: a percent sign passes it and fails at the second.
  /// Source: kinesalite, actions/addTagsToStream.js and removeTagsFromStream.js, whose texts are the
  /// service's.
  static func checkCharacters(_ texts: [String], _ what: String) throws(ServiceError) {
    func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0xC0...0x1FFF, 0x2C00...0xD7FF: true
      default: "_./=+-%@: ".unicodeScalars.contains(scalar)
      }
    }
    guard texts.allSatisfy({ $0.unicodeScalars.allSatisfy(isAllowed) }) else {
      throw .kinesisInput(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white "
          + "space, _ . / = + - % @ :.")
    }
    guard !texts.contains(where: { $0.contains("%") }) else {
      throw .kinesisInput(
        "Failed to \(what) because some tags contained illegal characters. The allowed characters are "
          + "Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'.")
    }
  }
}

extension Tags.Pair {
  fileprivate var json: JSON { ["Key": .string(key), "Value": .string(value)] }
}
