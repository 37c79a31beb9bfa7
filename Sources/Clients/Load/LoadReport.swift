import Cloud
import EncryptionSDK
import Values

/// Which limit refused a call.
package enum Wall: String, CaseIterable, Sendable {
  /// The account's quota of cryptographic requests.
  case kms
  /// What one shard takes or gives in a second.
  case shard
  /// How often an operation of the control plane may be called.
  case control
  /// No limit: permissions, states, mistakes.
  case other

  init(_ error: ServiceError) {
    switch error.cause {
    case .kmsThrottled: self = .kms
    case .controlThrottled: self = .control
    default:
      switch error.code {
      case "ProvisionedThroughputExceededException": self = .shard
      case "LimitExceededException", "ThrottlingException", "TooManyRequestsException":
        self = .control
      default: self = .other
      }
    }
  }
}

/// What came of a load, second by second.
package struct LoadReport: Sendable {
  package struct Second: Sendable {
    /// Records that fell due.
    package var offered = 0
    package var stored = 0
    /// Records that consumers got, all of them together.
    package var read = 0
    package var retried = 0
    package var lost = 0
    package var writesRefused: [Wall: Int] = [:]
    package var readsRefused: [Wall: Int] = [:]
    /// DescribeStream calls that were answered.
    package var described = 0
    package var kms = KMSCount()
    /// Milliseconds from the moment a record was due to its acceptance: half of the records, 99 of 100,
    /// and the slowest.
    package var median = 0
    package var slow = 0
    package var slowest = 0
    /// Requests that were left of the quota at its end.
    package var left = 0

    package func refused(_ wall: Wall) -> Int {
      writesRefused[wall, default: 0] + readsRefused[wall, default: 0]
    }
  }

  /// Cryptographic requests to KMS.
  package struct KMSCount: Hashable, Sendable {
    /// Admitted ones of the writers and of the readers, whatever they asked for.
    package var dataKeys = 0
    package var decrypts = 0
    /// Refused for the quota.
    package var throttled = 0

    package var admitted: Int { dataKeys + decrypts }
    package var all: Int { admitted + throttled }
  }

  /// One code, how often it came, and the sentence of the first.
  package struct Refusals: Sendable {
    package var wall: Wall
    package var code: String
    package var count: Int
    package var message: String
    /// How many of them were writes, and whether the client tried one of those again.
    package var writes = 0
    package var wasRetried = false
  }

  /// The shard that refused nearly all of the writes that shards refused.
  package struct HotShard: Hashable, Sendable {
    package var id: String
    package var stored: Int
    package var refused: Int
  }

  /// Requests of KMS by operation and caller, in the order in which they first came.
  package struct Caller: Sendable {
    package var operation: OperationID
    package var session: SessionID
    package var isForwarded: Bool
    package var admitted: Int
    package var refused: Int
  }

  /// What one leaked data key would give away.
  package struct Exposure: Hashable, Sendable {
    /// Records and bytes under the data key that sealed most.
    package var records: Int
    package var bytes: Int
    /// The most that the settings let one data key seal, at this rate.
    package var mostRecords: Int
    package var mostBytes: Int
  }

  package let number: Int
  package let plan: LoadPlan
  package let model: Model
  package let start: Instant
  package let shards: Int
  package let quota: KMS.Meter.Standing
  package internal(set) var seconds: [Second] = []
  package internal(set) var refusals: [Refusals] = []
  package internal(set) var callers: [Caller] = []
  /// What distinguishes the decisions of the load: one event each, and how many were like it.
  package internal(set) var decisions: [(event: Event, count: Int)] = []
  /// Records that each consumer got whole, and records that were not what was put.
  package internal(set) var readBy: [Int] = []
  package internal(set) var damaged = 0
  package internal(set) var exposure: Exposure?
  /// Caches of the producers and of the consumers, as they were in the end.
  package internal(set) var writingCaches: [MaterialsCache] = []
  package internal(set) var readingCaches: [MaterialsCache] = []
  /// Milliseconds, when somebody stopped it.
  package internal(set) var stopped: Int64?
  /// Records that still waited for another attempt when it ended.
  package internal(set) var unfinished = 0
  package internal(set) var hotShard: HotShard?
  /// When the last data key was made.
  package internal(set) var lastDataKey: Instant?

  package func total(_ field: (Second) -> Int) -> Int { seconds.reduce(0) { $0 + field($1) } }

  package var offered: Int { total(\.offered) }
  package var stored: Int { total(\.stored) }
  package var read: Int { total(\.read) }
  package var lost: Int { total(\.lost) + unfinished }
  package var retried: Int { total(\.retried) }
  package var described: Int { total(\.described) }
  package var dataKeys: Int { total(\.kms.dataKeys) }
  /// Data keys that Kinesis asked for, and those that clients did for themselves.
  package var forwardedDataKeys: Int { dataKeys { $0.isForwarded } }
  package var clientDataKeys: Int { dataKeys { !$0.isForwarded } }

  private func dataKeys(_ isMeant: (Caller) -> Bool) -> Int {
    callers.reduce(0) {
      $0 + ($1.operation == .generateDataKey && isMeant($1) ? $1.admitted : 0)
    }
  }

  /// Whether there was no data key for its cache to keep: records came in, and nobody sealed one.
  package var cacheHadNothing: Bool {
    plan.cache != nil && plan.clientSide == nil && stored > 0 && dataKeys == 0
  }

  /// Whether KMS refused what Kinesis asked for, so that a call of Kinesis failed.
  package var refusedForwarded: Bool { callers.contains { $0.isForwarded && $0.refused > 0 } }

  /// Milliseconds in which data keys were made: those of the load, or until the last late record.
  package var keyTime: Int64 {
    let time = stopped ?? plan.duration
    guard let last = seconds.lastIndex(where: { $0.kms.dataKeys > 0 }), last * 1000 >= time else {
      return time
    }
    return Int64(last + 1) * 1000
  }

  package var decrypts: Int { total(\.kms.decrypts) }
  package var throttled: Int { total(\.kms.throttled) }
  package func refused(_ wall: Wall) -> Int { total { $0.refused(wall) } }

  /// The limit that refused most, where any did.
  package var wall: Wall? {
    let found = Wall.allCases.filter { refused($0) > 0 }
    return found.max { refused($0) < refused($1) }
  }

  /// The first second in which a wall refused something, from 1.
  package func first(_ wall: Wall) -> Int? {
    seconds.firstIndex { $0.refused(wall) > 0 }.map { $0 + 1 }
  }
}
