import Values

extension KMS {
  enum Limits {
    /// Plaintext of Encrypt, in bytes.
    /// Source: AWS KMS API Reference, Encrypt.
    static let plaintextBytes = 1...4096

    /// Length of a key policy, in bytes.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let policyBytes = 32_768

    /// Aliases of one key.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let aliasesPerKey = 50

    /// Grants of one key.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let grantsPerKey = 50_000

    /// Tags of one key.
    /// Source: AWS KMS API Reference, Tag; resource quotas.
    static let tags = 50

    /// On-demand rotations of one key, over its life.
    /// Source: AWS KMS Developer Guide, resource quotas.
    static let onDemandRotations = 25

    /// Days between automatic rotations, and how many when none are named.
    /// Source: AWS KMS API Reference, EnableKeyRotation, RotationPeriodInDays.
    static let rotationDays = 365

    /// Days from ScheduleKeyDeletion to the deletion, and how many when none are named.
    /// Source: AWS KMS Developer Guide, deleting keys.
    static let deletionDays = 7...30
    static let usualDeletionDays = 30

    /// How long the parameters for an import serve.
    /// Source: AWS KMS API Reference, GetParametersForImport.
    static let importToken = Duration.seconds(24 * 3600)

    /// How far ahead imported key material may expire.
    /// Source: AWS KMS API Reference, ImportKeyMaterial, ValidTo.
    static let importExpiry = Duration.seconds(365 * 24 * 3600)

    /// Bytes of imported symmetric key material.
    /// Source: AWS KMS Developer Guide, importing key material, step 3.
    static let importedBytes = 32

    /// How long a replica is Creating, and two keys Updating when they change roles.
    /// Assumed: the documentation speaks of a few seconds.
    static let replication = Duration.seconds(5)

    /// Cryptographic operations a second and Region, as the guide describes them, and how many may
    /// be saved up.
    /// Source: the guide, "The Impact of KMS Request Quotas at High Throughput".
    static let describedRate = 10_000
    static let describedBurst = 40_000

    /// Cryptographic operations a second in a Region.
    /// Source: AWS KMS Developer Guide, request quotas.
    static func documentedRate(in region: Region) -> Int {
      switch region.description {
      case "us-east-1", "us-west-2", "eu-west-1": 100_000
      case "us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1",
        "eu-west-2":
        20_000
      default: 10_000
      }
    }
  }

  /// Counts cryptographic requests against the account's quota, Region by Region.
  package struct Meter: Sendable {
    private struct Count {
      var tokens: Int64 = 0
      var refilled: Instant?
      var second: Int64 = .min
      var used = 0
    }

    private var counts = [Count](repeating: Count(), count: Region.all.count)
    /// Requests admitted since the world began.
    private(set) var admitted: UInt64 = 0

    /// Thousandths of a token, so that a millisecond's refill is whole.
    private static let scale: Int64 = 1000

    /// Whether another request may come; fails with `kmsThrottled`. Only cryptographic operations
    /// count, and only those that were performed.
    func check(_ id: OperationID, _ region: Region, now: Instant, model: Model)
      throws(ServiceError)
    {
      guard Self.counts(id) else { return }
      switch model {
      case .described:
        guard tokens(region, now) >= Self.scale else {
          throw .kmsThrottled(quota: Limits.describedRate)
        }
      case .documented:
        let rate = Limits.documentedRate(in: region)
        guard used(region, now) < rate else { throw .kmsThrottled(quota: rate) }
      }
    }

    /// Counts a request that was performed.
    mutating func count(_ id: OperationID, _ region: Region, now: Instant, model: Model) {
      guard Self.counts(id) else { return }
      let place = Int(region.index)
      switch model {
      case .described:
        counts[place].tokens = tokens(region, now) - Self.scale
        counts[place].refilled = now
      case .documented:
        counts[place].used = used(region, now) + 1
        counts[place].second = now.seconds
      }
      admitted += 1
    }

    /// Where an account stands with its quota.
    package struct Standing: Hashable, Sendable {
      /// Requests a second.
      package var rate: Int
      /// Requests that can be saved up; without a bucket those of one second.
      package var burst: Int
      /// Requests that would be admitted at once.
      package var left: Int
    }

    func standing(_ region: Region, now: Instant, model: Model) -> Standing {
      switch model {
      case .described:
        return Standing(
          rate: Limits.describedRate, burst: Limits.describedBurst,
          left: Int(tokens(region, now) / Self.scale))
      case .documented:
        let rate = Limits.documentedRate(in: region)
        return Standing(rate: rate, burst: rate, left: max(0, rate - used(region, now)))
      }
    }

    /// Whether an operation uses up the quota of cryptographic requests.
    package static func counts(_ id: OperationID) -> Bool {
      switch id {
      case .generateDataKey, .decrypt, .encrypt, .reEncrypt, .generateRandom,
        .generateDataKeyWithoutPlaintext:
        true
      default: false
      }
    }

    /// Tokens in the bucket, in thousandths.
    private func tokens(_ region: Region, _ now: Instant) -> Int64 {
      let count = counts[Int(region.index)]
      let full = Int64(Limits.describedBurst) * Self.scale
      guard let refilled = count.refilled else { return full }
      // A longer time fills the bucket anyway, and could not be multiplied.
      let elapsed = max(0, min(now.milliseconds - refilled.milliseconds, full))
      return min(full, count.tokens + elapsed * Int64(Limits.describedRate))
    }

    /// Requests in this second.
    private func used(_ region: Region, _ now: Instant) -> Int {
      let count = counts[Int(region.index)]
      return count.second == now.seconds ? count.used : 0
    }
  }
}
