import Cloud
import EncryptionSDK
import Values

/// What a load is to do.
package struct LoadPlan: Sendable {
  /// How the rate goes over the time.
  package enum Curve: String, CaseIterable, Sendable {
    case step, ramp, burst, sine

    /// The share of the full rate at a moment, in thousandths.
    func share(at time: Int64, of duration: Int64) -> Int64 {
      guard duration > 0 else { return 1000 }
      switch self {
      case .step: return 1000
      case .ramp: return 1000 * (time + 1) / duration
      case .burst:
        // About five bursts: two fifths of each period at the full rate, the rest at a fifth of it, in
        // whole seconds, so that a table by the second shows them.
        let period = max(2000, (duration / 5 + 999) / 1000 * 1000)
        let high = max(1000, period * 2 / 5 / 1000 * 1000)
        return time % period < high ? 1000 : 200
      case .sine:
        // Up and down once, smoothly, between a tenth and all of it.
        let half = max(1, duration / 2)
        let place = min(half, time < half ? time : duration - time)
        let x = place * 1000 / half
        return 100 + 900 * (3 * x * x * 1000 - 2 * x * x * x) / 1_000_000_000
      }
    }
  }

  /// Which shard a record goes to.
  package enum Keys: String, CaseIterable, Sendable {
    /// One shard after the other, by explicit hash keys.
    case uniform
    /// Ten thousand partition keys, each equally likely.
    case random
    /// Four of five records have the same partition key, so that one shard is hot.
    case skewed
  }

  /// What client-side encryption seals with, before a record leaves its producer.
  package struct ClientSide: Sendable {
    /// Any identifier of a KMS key.
    package var key: String
    package var suite: AlgorithmSuite
    package var context: MessageContext

    package init(key: String, suite: AlgorithmSuite, context: MessageContext) {
      self.key = key
      self.suite = suite
      self.context = context
    }
  }

  /// The partition key of four of five records where keys are skewed.
  package static let hotKey = "device-0"

  package var stream: Int32
  package var region: Region
  /// Records a second at the height of the curve.
  package var rate: Int
  package var recordSize: Int
  /// Milliseconds.
  package var duration: Int64
  package var producers = 1
  package var consumers = 0
  /// Credentials that the writers take turns with; 0: those of the writers' profile.
  package var credentials = 0
  package var retry = RetryMode.none
  package var alsoRetried: Set<String> = []
  package var clientSide: ClientSide?
  /// How long producers and consumers keep data keys: the caching manager's limits of client-side
  /// encryption, or those of the guide's library.
  package var cache: MaterialsCache.Limits?
  package var curve = Curve.step
  package var keys = Keys.uniform
  package var seed: UInt64 = 1
  package var writer: SessionID
  package var reader: SessionID
  /// Who makes the distinct credentials.
  package var administrator: SessionID
  /// Milliseconds between two reads of a shard by one consumer that is not behind.
  package var poll: Int64 = 1000
  /// DescribeStream calls a second of somebody who watches the stream by asking again and again.
  package var describes = 0
  /// Milliseconds after which somebody stopped it.
  package var stop: Int64?

  package init(
    stream: Int32, region: Region, rate: Int, recordSize: Int, duration: Int64,
    writer: SessionID, reader: SessionID, administrator: SessionID
  ) {
    self.stream = stream
    self.region = region
    self.rate = rate
    self.recordSize = recordSize
    self.duration = duration
    self.writer = writer
    self.reader = reader
    self.administrator = administrator
  }

  /// Records of the whole load.
  package var records: Int {
    switch curve {
    case .ramp: rate * Int(duration) / 2000
    default: rate * Int(duration) / 1000
    }
  }

  /// Why a load needs so many shards.
  package struct Need: Hashable, Sendable {
    package var byRecords: Int
    package var byBytes: Int
    package var byReading: Int
    /// GetRecords a second that each shard is asked for; no number of shards changes that.
    package var reads: Int
    package var most: Int { max(byRecords, byBytes, byReading, 1) }
  }

  /// Records a second of the one key of skewed keys, where they are more than a shard takes: a key
  /// lies in one shard, however many there are.
  package var tooHot: Int? {
    guard keys == .skewed else { return nil }
    let hot = rate * 4 / 5
    let rounded = (recordSize + 1023) / 1024 * 1024
    return hot > 1000 || hot * rounded > 1 << 20 ? hot : nil
  }

  /// Open shards that take the full rate, and from which the readers keep up with it.
  ///
  /// Source: Kinesis Data Streams Developer Guide, quotas and limits: a shard takes 1,000 records and
  /// 1 MB a second, a record rounded up to the next KB, and gives 2 MB a second.
  package var shardsNeeded: Need {
    func share(_ amount: Int, _ limit: Int) -> Int { (amount + limit - 1) / limit }
    let rounded = share(recordSize, 1024) * 1024
    return Need(
      byRecords: share(rate, 1000), byBytes: share(rate * rounded, 1 << 20),
      byReading: share(rate * recordSize * consumers, 2 << 20),
      reads: share(consumers * 1000, Int(max(1, poll))))
  }

  /// GetRecords that a shard answers in a second, whoever asks.
  /// Source: Kinesis API Reference, GetRecords.
  package static let readsPerShard = 5
}

/// How far a load has come.
package struct LoadProgress: Sendable {
  /// Milliseconds of the lab's clock.
  package var time: Int64
  package var duration: Int64
  package var stored: Int
  package var refused: Int
  /// Before the first record: distinct credentials that were made, of all.
  package var credentials: (made: Int, all: Int)?
}
