import Policies
import Values

extension S3 {
  static let operations: [OperationRow] = [
    OperationRow(CreateBucket.self), OperationRow(DeleteBucket.self), OperationRow(HeadBucket.self),
    OperationRow(ListBuckets.self), OperationRow(GetBucketLocation.self),
    OperationRow(PutBucketPolicy.self), OperationRow(GetBucketPolicy.self),
    OperationRow(DeleteBucketPolicy.self), OperationRow(PutBucketEncryption.self),
    OperationRow(GetBucketEncryption.self), OperationRow(PutObject.self),
    OperationRow(GetObject.self), OperationRow(HeadObject.self), OperationRow(DeleteObject.self),
    OperationRow(ListObjects.self),
  ]

  enum Limits {
    /// Source: Amazon S3 User Guide, bucket naming rules.
    static let nameLength = 3...63

    /// Bytes of a bucket's policy.
    /// Source: Amazon S3 User Guide, bucket policies.
    static let policy = 20 * 1024

    /// Bytes of a key.
    /// Source: Amazon S3 User Guide, object key names.
    static let key = 1024

    /// Keys of one page.
    /// Source: Amazon S3 API Reference, ListObjectsV2.
    static let page = 1000

    /// Buckets of one page.
    /// Source: Amazon S3 API Reference, ListBuckets.
    static let bucketPage = 10_000

    /// Bytes of an object that is put in one piece. The lab has no other way, and takes less.
    /// Simplified: AWS takes 5 GiB.
    static let object = 64 << 20
  }

  /// Source: Amazon S3 User Guide, bucket naming rules.
  static func check(bucket name: String) throws(ServiceError) {
    let bytes = Array(name.utf8)
    func isPlain(_ byte: UInt8?) -> Bool {
      guard let byte else { return false }
      return (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }
    let isAddress =
      name.split(separator: ".").count == 4 && name.utf8.allSatisfy { $0 == 0x2E || $0 < 0x3A }
    guard Limits.nameLength.contains(bytes.count), isPlain(bytes.first), isPlain(bytes.last),
      bytes.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }),
      !name.contains(".."), !name.hasPrefix("xn--"), !isAddress
    else { throw .s3("InvalidBucketName", "The specified bucket is not valid.") }
  }

  struct CreateBucket: Operation {
    static let id = OperationID.createBucket
    var name: String
    var location: String?

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("Bucket")
      location = input["CreateBucketConfiguration"]?.optionalText("LocationConstraint")
    }

    func validate() throws(ServiceError) { try S3.check(bucket: name) }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(S3.arn(name))
    }

    /// Source: Amazon S3 API Reference, CreateBucket: in us-east-1 one may make one's own bucket again.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let region = permit.call.region
      guard location == (region == .usEast1 ? nil : region.description) else {
        throw .s3(
          "IllegalLocationConstraintException",
          "The \(location ?? "unspecified") location constraint is incompatible for the region "
            + "specific endpoint this request was sent to.")
      }
      if let old = cloud.world.buckets[name] {
        guard old.region == .usEast1, region == .usEast1 else {
          throw .s3(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.")
        }
      } else {
        cloud.world.buckets.add(Bucket(name: name, region: region, created: cloud.world.now))
      }
      return [
        "Location": .string(
          region == .usEast1 ? "/\(name)" : "http://\(name).s3.amazonaws.com/"),
        "BucketArn": .string(S3.arn(name).description),
      ]
    }
  }

  struct DeleteBucket: BucketOperation {
    static let id = OperationID.deleteBucket
    var bucket: String

    init(_ input: JSON) throws(ServiceError) { bucket = input.text("Bucket") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      guard try cloud.bucket(bucket).objects.isEmpty else {
        throw .s3("BucketNotEmpty", "The bucket you tried to delete is not empty")
      }
      cloud.world.buckets.remove(bucket)
    }
  }

  struct HeadBucket: BucketOperation {
    static let id = OperationID.headBucket
    static let ownAction: ActionName? = "s3:ListBucket"
    var bucket: String

    init(_ input: JSON) throws(ServiceError) { bucket = input.text("Bucket") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let found = try cloud.bucket(bucket)
      return [
        "BucketArn": .string(found.arn.description),
        "BucketRegion": .string(found.region.description), "AccessPointAlias": false,
      ]
    }
  }

  struct ListBuckets: Operation {
    static let id = OperationID.listBuckets
    var prefix: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      prefix = input.optionalText("Prefix") ?? ""
      page = try S3.page(input, limit: "MaxBuckets", usual: Limits.bucketPage)
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
      OwnQuestion(action: "s3:ListAllMyBuckets", conditions: [])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let buckets = cloud.world.buckets.all.filter { $0.name.hasPrefix(prefix) }
      var reply = JSONObject([
        (
          "Buckets",
          .array(
            page.slice(buckets).map {
              [
                "Name": .string($0.name), "CreationDate": .string($0.created.iso8601),
                "BucketArn": .string($0.arn.description),
              ]
            })
        ),
        ("Owner", ["ID": .string(Digests.owner(cloud.world.account))]),
      ])
      reply["ContinuationToken"] = page.next(of: buckets.count).map { .string($0) }
      if !prefix.isEmpty { reply["Prefix"] = .string(prefix) }
      return .object(reply)
    }
  }

  struct GetBucketLocation: BucketOperation {
    static let id = OperationID.getBucketLocation
    var bucket: String

    init(_ input: JSON) throws(ServiceError) { bucket = input.text("Bucket") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let region = try cloud.bucket(bucket).region
      return ["LocationConstraint": region == .usEast1 ? .null : .string(region.description)]
    }
  }

  // MARK: Policy and encryption

  /// Source: Amazon S3 API Reference, PutBucketPolicy; User Guide, blocking public access, which new
  /// buckets have on.
  struct PutBucketPolicy: BucketOperation {
    static let id = OperationID.putBucketPolicy
    var bucket: String
    var policy: String

    init(_ input: JSON) throws(ServiceError) {
      bucket = input.text("Bucket")
      policy = input.text("Policy")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let found = try cloud.bucket(bucket)
      guard policy.utf8.count <= Limits.policy else {
        throw .s3("MalformedPolicy", "Policy exceeds the maximum allowed document size.")
      }
      let document: PolicyDocument
      do {
        document = try PolicyDocument(parsing: policy, as: .resource)
        try cloud.world.checkPrincipals(of: document)
      } catch {
        throw .malformedPolicy(error)
      }
      try Self.check(document, found.arn)
      if document.isPublic {
        let caller = cloud.world.identities[permit.call.session].principal.arn
        throw .s3(
          "AccessDenied",
          "User: \(caller) is not authorized to perform: s3:PutBucketPolicy on resource: "
            + "\"\(found.arn)\" because public policies are prevented by the BlockPublicPolicy "
            + "setting in S3 Block Public Access.")
      }
      cloud.world.buckets.setPolicy(
        AttachedPolicy(
          kind: .resource, label: "bucket", arn: found.arn.description, document: document),
        of: bucket)
    }

    /// Actions of S3 on the bucket or on its objects, and nothing else.
    private static func check(_ document: PolicyDocument, _ arn: ARN) throws(ServiceError) {
      for statement in document.statements {
        for action in statement.actions?.values ?? []
        where action.text != "*" && !action.text.lowercased().hasPrefix("s3:") {
          throw fault(document, action.span, "Policy has invalid action", "it is no action of S3")
        }
        for resource in statement.resources?.values ?? [] {
          let name = resource.text
          guard name == "*" || name == arn.description || name.hasPrefix("\(arn)/") else {
            throw fault(
              document, resource.span, "Policy has invalid resource",
              "a bucket's policy speaks of \(arn) and of \(arn)/*")
          }
        }
      }
    }

    private static func fault(
      _ document: PolicyDocument, _ span: Span, _ message: String, _ detail: String
    ) -> ServiceError {
      .malformedPolicy(
        PolicyError(
          message: message, span: span, kind: .resource, detail: detail, text: document.text))
    }
  }

  struct GetBucketPolicy: BucketOperation {
    static let id = OperationID.getBucketPolicy
    var bucket: String

    init(_ input: JSON) throws(ServiceError) { bucket = input.text("Bucket") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard let policy = try cloud.bucket(bucket).policy else {
        throw .s3("NoSuchBucketPolicy", "The bucket policy does not exist")
      }
      return ["Policy": .string(policy.document.text)]
    }
  }

  struct DeleteBucketPolicy: BucketOperation {
    static let id = OperationID.deleteBucketPolicy
    var bucket: String

    init(_ input: JSON) throws(ServiceError) { bucket = input.text("Bucket") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.buckets.setPolicy(nil, of: bucket)
    }
  }

  struct PutBucketEncryption: BucketOperation {
    static let id = OperationID.putBucketEncryption
    static let ownAction: ActionName? = "s3:PutEncryptionConfiguration"
    var bucket: String
    var configuration: JSON

    init(_ input: JSON) throws(ServiceError) {
      bucket = input.text("Bucket")
      configuration = input["ServerSideEncryptionConfiguration"] ?? [:]
      for rule in configuration["Rules"]?.array ?? [] {
        let usual = rule["ApplyServerSideEncryptionByDefault"]?["SSEAlgorithm"]?.string
        if let usual, usual != "AES256" {
          throw .notSimulated(service: "s3", operation: "PutBucketEncryption with \(usual)")
        }
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.buckets.setEncryption(configuration, of: bucket)
    }
  }

  struct GetBucketEncryption: BucketOperation {
    static let id = OperationID.getBucketEncryption
    static let ownAction: ActionName? = "s3:GetEncryptionConfiguration"
    var bucket: String

    init(_ input: JSON) throws(ServiceError) { bucket = input.text("Bucket") }

    /// Source: Amazon S3 User Guide: every bucket encrypts with SSE-S3 unless it is told otherwise.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let usual: JSON = [
        "Rules": [
          [
            "ApplyServerSideEncryptionByDefault": ["SSEAlgorithm": "AES256"],
            "BucketKeyEnabled": false,
          ]
        ]
      ]
      return ["ServerSideEncryptionConfiguration": try cloud.bucket(bucket).encryption ?? usual]
    }
  }

  /// A page of a list; the token is in the member that S3 has for it.
  static func page(_ input: JSON, limit: String, usual: Int) throws(ServiceError) -> Page {
    do throws(ServiceError) {
      var page = try Page(input, limit: limit, usual: usual, token: "ContinuationToken")
      page.limit = min(max(page.limit, 0), usual)
      return page
    } catch {
      throw .s3("InvalidArgument", "The continuation token provided is incorrect")
    }
  }
}

/// An operation on a bucket that is there.
protocol BucketOperation: Operation {
  var bucket: String { get }
  /// The action, where it is not named like the operation.
  static var ownAction: ActionName? { get }
}

extension BucketOperation {
  static var ownAction: ActionName? { nil }

  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    .named(try world.findBucket(bucket).arn)
  }

  package func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
    Self.ownAction.map { OwnQuestion(action: $0, conditions: conditions(call, in: world)) }
  }
}

extension World {
  func findBucket(_ name: String) throws(ServiceError) -> S3.Bucket {
    guard let found = buckets[name] else {
      throw .bucketNotFound(name, near: NearNames.of(name, among: buckets.all.map(\.name)))
    }
    return found
  }
}

extension Cloud {
  func bucket(_ name: String) throws(ServiceError) -> S3.Bucket { try world.findBucket(name) }
}

extension PolicyDocument {
  /// Whether it lets everybody in without any condition.
  /// Source: Amazon S3 User Guide, the meaning of "public". Simplified: any condition counts as fixed.
  fileprivate var isPublic: Bool {
    statements.contains { statement in
      statement.effect == .allow && statement.conditions.isEmpty
        && (statement.principal?.entries ?? []).contains { $0.kind == .everyone }
    }
  }
}
