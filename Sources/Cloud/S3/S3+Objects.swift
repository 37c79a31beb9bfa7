import Ciphers
import Policies
import Values

extension S3 {
  /// An operation on an object of a bucket that is there.
  static func resolve(_ bucket: String, _ key: String, in world: World) throws(ServiceError)
    -> Subject
  {
    _ = try world.findBucket(bucket)
    guard key.utf8.count <= Limits.key else {
      throw .s3("KeyTooLongError", "Your key is too long")
    }
    return .named(S3.arn("\(bucket)/\(key)"))
  }

  /// Members of a PutObject request that do something here; encryption other than the usual is refused.
  package static let membersOfPut: Set<String> = [
    "Bucket", "Key", "Body", "ContentType", "ContentEncoding", "ACL", "IfNoneMatch", "Metadata",
    "ServerSideEncryption",
  ]

  struct PutObject: Operation {
    static let id = OperationID.putObject
    var bucket: String
    var key: String
    var body: [UInt8]
    var type: String?
    var encoding: String?
    var acl: String?
    var metadata: [Tags.Pair]
    var ifNoneMatch: String?

    init(_ input: JSON) throws(ServiceError) {
      // Better refused than encrypted otherwise than was asked.
      if let asked = input.optionalText("ServerSideEncryption"), asked != "AES256" {
        throw .notSimulated(service: "s3", operation: "PutObject encrypted with \(asked)")
      }
      guard input["SSECustomerAlgorithm"] == nil, input["SSECustomerKey"] == nil else {
        throw .notSimulated(service: "s3", operation: "PutObject with a key of the customer's own")
      }
      bucket = input.text("Bucket")
      key = input.text("Key")
      body = input.blob("Body")
      type = input.optionalText("ContentType")
      encoding = input.optionalText("ContentEncoding")
      acl = input.optionalText("ACL")
      ifNoneMatch = input.optionalText("IfNoneMatch")
      metadata = input.pairs("Metadata").map { Tags.Pair(key: $0.0.lowercased(), value: $0.1) }
    }

    func validate() throws(ServiceError) {
      guard body.count <= Limits.object else {
        throw .s3(
          "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      try S3.resolve(bucket, key, in: world)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      acl.map { [("s3:x-amz-acl", [$0])] } ?? []
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      if ifNoneMatch == "*", try cloud.bucket(bucket).objects[key] != nil {
        throw .s3(
          "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
      }
      var object = Object(key: key, modified: cloud.world.now, content: .bytes(body))
      if let type { object.type = type }
      object.encoding = encoding
      object.metadata = metadata
      cloud.world.buckets.put(object, into: bucket)
      return [
        "ETag": .string(Digests.tag(body)), "ServerSideEncryption": "AES256",
      ]
    }
  }

  struct GetObject: Operation {
    static let id = OperationID.getObject
    var bucket: String
    var key: String
    var range: String?

    init(_ input: JSON) throws(ServiceError) {
      bucket = input.text("Bucket")
      key = input.text("Key")
      range = input.optionalText("Range")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      try S3.resolve(bucket, key, in: world)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard let object = try cloud.bucket(bucket).objects[key] else {
        throw .s3("NoSuchKey", "The specified key does not exist.")
      }
      let whole = cloud.bytes(of: object)
      var bytes = whole[...]
      var reply = object.header(Digests.tag(whole), whole.count, in: cloud)
      if let range {
        guard let part = S3.part(range, of: whole.count) else {
          throw .s3("InvalidRange", "The requested range is not satisfiable")
        }
        bytes = whole[part]
        reply["ContentLength"] = .integer(bytes.count)
        reply["ContentRange"] =
          .string("bytes \(part.lowerBound)-\(part.upperBound - 1)/\(whole.count)")
      }
      var all = JSONObject([("Body", .string(Base64.encode(Array(bytes))))])
      for member in reply.members { all[member.name] = member.value }
      return .object(all)
    }
  }

  /// `bytes=0-99`, `bytes=100-`, `bytes=-100`.
  private static func part(_ text: String, of count: Int) -> Range<Int>? {
    guard text.hasPrefix("bytes="), count > 0 else { return nil }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    switch (Int(ends[0]), Int(ends[1])) {
    case (let first?, let last?) where first <= last && first < count:
      return first..<min(count, last == .max ? count : last + 1)
    case (let first?, nil) where ends[1].isEmpty && first < count: return first..<count
    case (nil, let last?) where ends[0].isEmpty && last > 0: return max(0, count - last)..<count
    default: return nil
    }
  }

  struct HeadObject: Operation {
    static let id = OperationID.headObject
    var bucket: String
    var key: String

    init(_ input: JSON) throws(ServiceError) {
      bucket = input.text("Bucket")
      key = input.text("Key")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      try S3.resolve(bucket, key, in: world)
    }

    func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
      OwnQuestion(action: "s3:GetObject", conditions: [])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard let object = try cloud.bucket(bucket).objects[key] else {
        throw .s3("NoSuchKey", "The specified key does not exist.")
      }
      let bytes = cloud.bytes(of: object)
      return .object(object.header(Digests.tag(bytes), bytes.count, in: cloud))
    }
  }

  /// Simplified: no versions, so a deleted object is gone.
  struct DeleteObject: Operation {
    static let id = OperationID.deleteObject
    var bucket: String
    var key: String

    init(_ input: JSON) throws(ServiceError) {
      bucket = input.text("Bucket")
      key = input.text("Key")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      try S3.resolve(bucket, key, in: world)
    }

    /// An object that is not there is deleted all the same.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.buckets.remove(key, from: bucket)
    }
  }

  /// ListObjectsV2: keys in order, those behind a delimiter put together under their beginning.
  struct ListObjects: BucketOperation {
    static let id = OperationID.listObjects
    static let ownAction: ActionName? = "s3:ListBucket"
    var bucket: String
    var prefix: String
    var delimiter: String
    var startAfter: String
    var page: Page
    var token: String?
    var withOwner: Bool

    init(_ input: JSON) throws(ServiceError) {
      bucket = input.text("Bucket")
      prefix = input.optionalText("Prefix") ?? ""
      delimiter = input.optionalText("Delimiter") ?? ""
      startAfter = input.optionalText("StartAfter") ?? ""
      page = try S3.page(input, limit: "MaxKeys", usual: Limits.page)
      token = input.optionalText("ContinuationToken")
      withOwner = input.flag("FetchOwner")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      var conditions: [(key: String, values: [String])] = [("s3:prefix", [prefix])]
      if !delimiter.isEmpty { conditions.append(("s3:delimiter", [delimiter])) }
      return conditions + [("s3:max-keys", [String(page.limit)])]
    }

    private enum Entry {
      case object(Object)
      case prefix(String)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let entries = entries(of: try cloud.bucket(bucket))
      var contents: [JSON] = []
      var prefixes: [JSON] = []
      for entry in page.slice(entries) {
        switch entry {
        case .object(let object):
          let bytes = cloud.bytes(of: object)
          var json = JSONObject([
            ("Key", .string(object.key)), ("LastModified", .string(object.modified.iso8601)),
            ("ETag", .string(Digests.tag(bytes))), ("Size", .integer(bytes.count)),
            ("StorageClass", "STANDARD"),
          ])
          if withOwner { json["Owner"] = ["ID": .string(Digests.owner(cloud.world.account))] }
          contents.append(.object(json))
        case .prefix(let prefix): prefixes.append(["Prefix": .string(prefix)])
        }
      }
      let next = page.limit > 0 ? page.next(of: entries.count) : nil
      var reply = JSONObject([("IsTruncated", .bool(next != nil))])
      if !contents.isEmpty { reply["Contents"] = .array(contents) }
      reply["Name"] = .string(bucket)
      reply["Prefix"] = .string(prefix)
      if !delimiter.isEmpty { reply["Delimiter"] = .string(delimiter) }
      reply["MaxKeys"] = .integer(page.limit)
      if !prefixes.isEmpty { reply["CommonPrefixes"] = .array(prefixes) }
      reply["KeyCount"] = .integer(contents.count + prefixes.count)
      reply["ContinuationToken"] = token.map { .string($0) }
      reply["NextContinuationToken"] = next.map { .string($0) }
      if !startAfter.isEmpty { reply["StartAfter"] = .string(startAfter) }
      return .object(reply)
    }

    private func entries(of bucket: Bucket) -> [Entry] {
      var entries: [Entry] = []
      var last: String?
      for key in bucket.keys where key.hasPrefix(prefix) && key > startAfter {
        let rest = key.dropFirst(prefix.count)
        if !delimiter.isEmpty, let end = rest.firstRange(of: delimiter)?.upperBound {
          let common = prefix + rest[..<end]
          if common != last { entries.append(.prefix(common)) }
          last = common
        } else if let object = bucket.objects[key] {
          entries.append(.object(object))
        }
      }
      return entries
    }
  }

  enum Digests {
    /// The ETag of an object that was put in one piece, in its quotation marks.
    /// Source: Amazon S3 API Reference, Object.
    static func tag(_ bytes: [UInt8]) -> String {
      "\"\(Hex.text(Digest.of(bytes, with: .md5)))\""
    }

    /// The canonical user id of an account: 64 hexadecimal digits that say nothing.
    static func owner(_ account: String) -> String {
      Hex.text(Digest.sha256(Array("owner \(account)".utf8)))
    }
  }
}

extension S3.Object {
  /// What GetObject and HeadObject say of it, in the model's order.
  fileprivate func header(_ tag: String, _ count: Int, in cloud: Cloud) -> JSONObject {
    var object = JSONObject([
      ("AcceptRanges", "bytes"), ("LastModified", .string(modified.iso8601)),
      ("ContentLength", .integer(count)), ("ETag", .string(tag)),
    ])
    object["ContentEncoding"] = encoding.map { .string($0) }
    object["ContentType"] = .string(type)
    object["ServerSideEncryption"] = "AES256"
    object["Metadata"] = .object(
      JSONObject(metadata(in: cloud).map { ($0.key, .string($0.value)) }))
    return object
  }
}

extension Cloud {
  package func bytes(of object: S3.Object) -> [UInt8] {
    switch object.content {
    case .bytes(let bytes): bytes
    case .trail(let file): file.bytes(in: self)
    }
  }
}
