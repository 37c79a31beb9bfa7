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

    /// Lets one request through or fails with `kmsThrottled`. Only cryptographic operations count.
    mutating func admit(_ id: OperationID, _ region: Region, now: Instant, model: Model)
      throws(ServiceError)
    {
      guard id == .generateDataKey || id == .decrypt || id == .encrypt else { return }
      let place = Int(region.index)
      switch model {
      case .described:
        let full = Int64(Limits.describedBurst) * Self.scale
        let since = counts[place].refilled ?? now
        let elapsed = max(0, min(now.milliseconds - since.milliseconds, full))
        let refilled =
          counts[place].refilled == nil
          ? full : counts[place].tokens + elapsed * Int64(Limits.describedRate)
        counts[place].tokens = min(full, refilled)
        counts[place].refilled = now
        guard counts[place].tokens >= Self.scale else {
          throw .kmsThrottled(quota: Limits.describedRate)
        }
        counts[place].tokens -= Self.scale
      case .documented:
        if counts[place].second != now.seconds {
          counts[place].second = now.seconds
          counts[place].used = 0
        }
        let rate = Limits.documentedRate(in: region)
        guard counts[place].used < rate else { throw .kmsThrottled(quota: rate) }
        counts[place].used += 1
      }
      admitted += 1
    }
  }
}
