import Policies
import Values

/// Amazon S3, as far as a trail needs it: buckets with a policy, and objects in them.
package enum S3 {
  /// What an object holds.
  package enum Content: Sendable {
    case bytes([UInt8])
    /// A file that CloudTrail wrote: put together when somebody looks at it.
    case trail(CloudTrail.WrittenFile)
  }

  package struct Object: Sendable {
    package let key: String
    package let modified: Instant
    package let content: Content
    package var type = "binary/octet-stream"
    package var encoding: String?
    package var metadata: [Tags.Pair] = []
  }

  package struct Bucket: Sendable {
    package let name: String
    package let region: Region
    package let created: Instant
    package internal(set) var policy: AttachedPolicy?
    /// The default encryption as it was put; nothing for that which every bucket has.
    package internal(set) var encryption: JSON?
    package internal(set) var objects: [String: Object] = [:]

    package var arn: ARN { S3.arn(name) }
    package var keys: [String] { objects.keys.sorted() }
  }

  package static func arn(_ resource: String) -> ARN {
    ARN(service: "s3", region: "", account: "", resource: resource)
  }

  package struct State: Sendable {
    private var named: [String: Bucket] = [:]
    private(set) var stamp = PolicyStamp()
    private(set) var digest = Fingerprint()

    package subscript(name: String) -> Bucket? { named[name] }

    /// Sorted by name.
    package var all: [Bucket] { named.values.sorted { $0.name < $1.name } }

    mutating func add(_ bucket: Bucket) {
      named[bucket.name] = bucket
      note("\(bucket.name) \(bucket.region)")
      stamp = PolicyStamp()
    }

    mutating func remove(_ name: String) {
      named[name] = nil
      note("\(name) removed")
      stamp = PolicyStamp()
    }

    mutating func setPolicy(_ policy: AttachedPolicy?, of name: String) {
      named[name]?.policy = policy
      note("\(name) policy \(policy?.document.text ?? "none")")
      stamp = PolicyStamp()
    }

    mutating func setEncryption(_ encryption: JSON, of name: String) {
      named[name]?.encryption = encryption
      note("\(name) encryption \(encryption.line)")
    }

    mutating func put(_ object: Object, into name: String) {
      named[name]?.objects[object.key] = object
      // What CloudTrail writes follows from the journal and the clock.
      guard case .bytes(let bytes) = object.content else { return }
      note("\(name)/\(object.key)")
      digest.fold(bytes)
    }

    mutating func remove(_ key: String, from name: String) {
      guard named[name]?.objects.removeValue(forKey: key) != nil else { return }
      note("\(name)/\(key) removed")
    }

    /// The buckets of the start world tell no world from another.
    mutating func begin() { digest = Fingerprint() }

    private mutating func note(_ what: String) { digest.fold(what) }
  }
}

extension World {
  /// The bucket that an ARN of S3 speaks of, or in which its object lies.
  func bucket(of arn: ARN) -> S3.Bucket? {
    guard arn.service == "s3" else { return nil }
    return buckets[String(arn.resource.prefix { $0 != "/" })]
  }
}
