import Values

extension KMS {
  /// How many cryptographic requests an account may make in a Region.
  package struct Quota: Hashable, Sendable {
    /// Requests a second.
    package var rate: Int
    /// How many may be saved up: a bucket of tokens. Without one, what is over the rate is refused for
    /// the rest of the second.
    package var burst: Int?
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
    func check(_ id: OperationID, _ region: Region, _ quota: Quota, now: Instant)
      throws(ServiceError)
    {
      guard Self.counts(id) else { return }
      if let burst = quota.burst {
        guard tokens(region, quota.rate, burst, now) >= Self.scale else {
          throw .kmsThrottled(quota: quota.rate)
        }
      } else {
        guard used(region, now) < quota.rate else { throw .kmsThrottled(quota: quota.rate) }
      }
    }

    /// Counts a request that was performed.
    mutating func count(_ id: OperationID, _ region: Region, _ quota: Quota, now: Instant) {
      guard Self.counts(id) else { return }
      let place = Int(region.index)
      if let burst = quota.burst {
        counts[place].tokens = tokens(region, quota.rate, burst, now) - Self.scale
        counts[place].refilled = now
      } else {
        counts[place].used = used(region, now) + 1
        counts[place].second = now.seconds
      }
      admitted += 1
    }

    /// Begins with a full bucket and a second in which nothing was used.
    mutating func refill() {
      counts = [Count](repeating: Count(), count: Region.all.count)
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

    func standing(_ region: Region, _ quota: Quota, now: Instant) -> Standing {
      if let burst = quota.burst {
        let left = tokens(region, quota.rate, burst, now) / Self.scale
        return Standing(rate: quota.rate, burst: burst, left: Int(left))
      }
      return Standing(
        rate: quota.rate, burst: quota.rate, left: max(0, quota.rate - used(region, now)))
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
    private func tokens(_ region: Region, _ rate: Int, _ burst: Int, _ now: Instant) -> Int64 {
      let count = counts[Int(region.index)]
      let full = Int64(burst) * Self.scale
      guard let refilled = count.refilled else { return full }
      // A longer time fills the bucket anyway, and could not be multiplied.
      let elapsed = max(0, min(now.milliseconds - refilled.milliseconds, full))
      return min(full, count.tokens + elapsed * Int64(rate))
    }

    /// Requests in this second.
    private func used(_ region: Region, _ now: Instant) -> Int {
      let count = counts[Int(region.index)]
      return count.second == now.seconds ? count.used : 0
    }
  }
}

extension World {
  /// The quota of cryptographic requests in a Region: what was approved, or what the text that the
  /// lab follows gives every account.
  func kmsQuota(in region: Region) -> KMS.Quota {
    if let rate = smallQuota {
      // As much may be saved up as of the guide's figures: four seconds.
      return KMS.Quota(rate: rate, burst: model == .described ? 4 * rate : nil)
    }
    let raised = quotas.raised(.cryptographic, in: region)
    switch model {
    case .described:
      // Assumed: a higher rate lets four seconds' worth be saved up, as the guide's numbers do.
      let burst = raised.map { $0 * KMS.Limits.describedBurst / KMS.Limits.describedRate }
      return KMS.Quota(
        rate: raised ?? KMS.Limits.describedRate, burst: burst ?? KMS.Limits.describedBurst)
    case .documented:
      return KMS.Quota(rate: raised ?? KMS.Limits.documentedRate(in: region), burst: nil)
    }
  }
}
