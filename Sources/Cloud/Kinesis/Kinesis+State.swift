import Ciphers
import Policies
import Values

/// Kinesis Data Streams.
package enum Kinesis {
  package enum Status: String, Hashable, Sendable {
    case creating = "CREATING"
    case active = "ACTIVE"
    case updating = "UPDATING"
    case deleting = "DELETING"
    /// Its name is free again; the slot is kept for the events that speak of it.
    case gone = "GONE"
  }

  /// What happens to a record on its way to the disk.
  package enum Protection: Hashable, Sendable {
    case none
    /// The KMS key as the request named it. An alias is looked up anew for each data key; any other
    /// name is a slot for good.
    case kms(keyID: String, slot: Int32?)

    package var encryptionType: String { self == .none ? "NONE" : "KMS" }

    package var keyID: String? {
      if case .kms(let keyID, _) = self { keyID } else { nil }
    }

    func fold(into digest: inout Fingerprint) { digest.fold(keyID ?? "") }
  }

  package struct Stream: Sendable {
    package let name: String
    package let arn: ARN
    package let owner: Account
    package let region: Region
    /// When `create-stream` was called; the shards' sequence numbers begin here.
    package let requested: Instant
    package let context: EncryptionContext
    package internal(set) var created: Instant
    package internal(set) var status = Status.creating
    /// Every shard that there ever was, by its number.
    package internal(set) var shards: [Shard] = []
    /// Those of a deleted stream, where a trail tells of what was put into them.
    var recordedShards: [Shard] = []
    var everyShard: [Shard] { shards.isEmpty ? recordedShards : shards }
    /// The open ones, in the order of their hash keys.
    package internal(set) var open: [Int32] = []
    package internal(set) var protection: Protection
    /// The setting that the stream is changing to.
    package internal(set) var change: Change?
    package internal(set) var mode: Mode
    package internal(set) var retentionHours = Limits.retentionHours.lowerBound
    /// What arrived before is gone, whatever the retention says now.
    var floor: Instant
    /// What a record may weigh, with its partition key.
    package internal(set) var recordKibibytes = Limits.recordKibibytes.lowerBound
    /// The throughput that an on-demand stream is kept ready for.
    package internal(set) var warmMebibytes: Int?
    package internal(set) var consumers: [Consumer] = []
    package internal(set) var tags = Tags()
    /// Metrics that are published for each shard.
    package internal(set) var monitoring: [String] = []
    var countChanges: [Instant] = []
    var modeChanges: [Instant] = []
    /// The busiest second of an on-demand stream, and the current one.
    package internal(set) var peakBytes = 0
    package internal(set) var peakRecords = 0
    var loadSecond: Int64 = .min
    var loadBytes = 0
    var loadRecords = 0
    var isScaling = false
    package internal(set) var dataKeys = DataKeys()
    /// The stream's own policy, beside those of the account.
    package internal(set) var resourcePolicy: AttachedPolicy?
    var starts: [Instant] = []
    var stops: [Instant] = []
    /// Shards that a stream in creation will have.
    let shardCount: Int

    init(
      name: String, region: Region, account: Account, requested: Instant, shardCount: Int,
      protection: Protection, mode: Mode = .provisioned
    ) {
      self.name = name
      owner = account
      arn = ARN(
        service: "kinesis", region: region.description, account: account.id,
        resource: "stream/\(name)")
      self.region = region
      self.requested = requested
      created = requested
      floor = requested
      self.mode = mode
      context = EncryptionContext(stream: arn)
      self.shardCount = shardCount
      self.protection = protection
    }

    /// The index of the open shard whose range holds the hash.
    func shard(for hash: UInt128) -> Int {
      var low = 0
      var high = open.count - 1
      while low < high {
        let middle = (low + high + 1) / 2
        if shards[Int(open[middle])].range.lowerBound <= hash {
          low = middle
        } else {
          high = middle - 1
        }
      }
      return Int(open[low])
    }
  }

  package struct State: Sendable {
    package private(set) var streams: [Stream] = []
    private var slotOfName: [Name: Int32] = [:]
    private(set) var stamp = PolicyStamp()
    /// Whose libraries keep data keys, under the described model.
    var libraryCaches: [SessionID: LibraryCache] = [:]
    package private(set) var digest = Fingerprint()
    var commitments: [Region: Commitment] = [:]

    private struct Name: Hashable, Sendable {
      var account: Account
      var region: Region
      var name: String
    }

    package subscript(slot: Int32) -> Stream {
      // Yields in place: a copy of a stream counts a dozen references up and down.
      _read { yield streams[Int(slot)] }
      _modify { yield &streams[Int(slot)] }
    }

    /// The data key of a stream that a caller may still write with, looked up where it lies.
    func writingKey(of slot: Int32, _ session: SessionID, _ keyID: String, at now: Instant)
      -> (key: SecretKey, envelope: Int32)?
    {
      streams[Int(slot)].dataKeys.writing(session, keyID, at: now)
    }

    package func slot(named name: String, in region: Region, of account: Account = .home) -> Int32?
    {
      slotOfName[Name(account: account, region: region, name: name)]
    }

    /// The stream of an ARN, or that of a consumer's ARN.
    func slot(of arn: ARN) -> Int32? {
      let parts = arn.resource.split(separator: "/")
      guard parts.count >= 2, let region = Region(arn.region),
        let account = Account(id: arn.account)
      else { return nil }
      return slot(named: String(parts[1]), in: region, of: account)
    }

    /// Streams of one Region, sorted by name as `list-streams` prints them.
    package func slots(in region: Region, of account: Account = .home) -> [Int32] {
      slotOfName.filter { $0.key.region == region && $0.key.account == account }
        .sorted { $0.key.name < $1.key.name }.map(\.value)
    }

    /// Those of both accounts, the lab's own first.
    package func everySlot(in region: Region) -> [Int32] {
      Account.allCases.flatMap { slots(in: region, of: $0) }
    }

    mutating func add(_ stream: Stream) -> Int32 {
      let slot = Int32(streams.count)
      streams.append(stream)
      slotOfName[Name(account: stream.owner, region: stream.region, name: stream.name)] = slot
      note("stream \(stream.arn) \(stream.shardCount)")
      stream.protection.fold(into: &digest)
      return slot
    }

    /// Frees the name and lets go of records and keys. Records whose puts a trail tells of stay:
    /// their partition keys and numbers lie nowhere else, and its files are made when they are read.
    mutating func remove(_ slot: Int32, isRecorded: Bool) {
      let stream = self[slot]
      slotOfName[Name(account: stream.owner, region: stream.region, name: stream.name)] = nil
      streams[Int(slot)].status = .gone
      if isRecorded { streams[Int(slot)].recordedShards = streams[Int(slot)].shards }
      streams[Int(slot)].shards = []
      streams[Int(slot)].open = []
      streams[Int(slot)].consumers = []
      streams[Int(slot)].dataKeys = DataKeys()
      note("gone \(stream.arn)")
    }

    /// The tags of a stream or one of its consumers.
    func tags(of arn: ARN) -> Tags {
      guard let slot = slot(of: arn) else { return Tags() }
      let isConsumer = arn.resource.split(separator: "/").count > 2
      return isConsumer ? consumer(arn)?.tags ?? Tags() : self[slot].tags
    }

    package func consumer(_ arn: ARN) -> Consumer? {
      place(ofConsumer: arn).map { self[$0.slot].consumers[$0.index] }
    }

    func place(ofConsumer arn: ARN) -> (slot: Int32, index: Int)? {
      guard arn.resource.split(separator: "/").count > 2, let slot = slot(of: arn),
        let index = self[slot].consumers.firstIndex(where: { $0.arn == arn && $0.status != .gone })
      else { return nil }
      return (slot, index)
    }

    mutating func setResourcePolicy(_ policy: AttachedPolicy?, ofConsumer arn: ARN) {
      guard let (slot, index) = place(ofConsumer: arn) else { return }
      streams[Int(slot)].consumers[index].resourcePolicy = policy
      stamp = PolicyStamp()
      note("policy of \(arn) \(policy?.document.text ?? "none")")
    }

    mutating func setResourcePolicy(_ policy: AttachedPolicy?, of slot: Int32) {
      streams[Int(slot)].resourcePolicy = policy
      stamp = PolicyStamp()
      note("policy of \(slot) \(policy?.document.text ?? "none")")
    }

    /// Tags are part of what policies are asked.
    mutating func setTags(of slot: Int32, _ change: (inout Tags) -> Void) {
      change(&streams[Int(slot)].tags)
      stamp = PolicyStamp()
      note("tags of \(slot) \(streams[Int(slot)].tags.pairs)")
    }

    /// Whose libraries keep data keys, and how: they end with the load that they serve, so what has none
    /// folds nothing.
    func foldLibraryCaches(into digest: inout Fingerprint) {
      for (session, cache) in libraryCaches.sorted(by: { $0.key < $1.key }) {
        digest.fold("library \(session) \(cache.maxAge.milliseconds) \(cache.maxMessages)")
      }
    }

    mutating func note(_ what: String) { digest.fold(what) }

    @inline(__always)
    mutating func fold(_ word: UInt64) { digest.fold(word) }

    mutating func fold(_ bytes: UnsafeRawBufferPointer) { digest.fold(bytes) }
  }
}

extension Kinesis.State {
  /// Does what the clock says is due.
  mutating func apply(_ transition: Timers.Transition, at now: Instant) {
    switch transition {
    case .streamCreated(let slot):
      guard self[slot].status == .creating else { return }
      self[slot].status = .active
      self[slot].created = now
      self[slot].shards = Kinesis.Shard.initial(
        self[slot].shardCount, created: self[slot].requested, self[slot].protection)
      self[slot].open = self[slot].shards.indices.map { Int32($0) }
      note("created \(slot)")
    case .streamDeleted: break
    case .shardSwitched(let slot, let shard):
      guard case .encryption(let change) = self[slot].change else { return }
      self[slot].shards[Int(shard)].protection = change
      note("switched \(slot) \(shard)")
    case .encryptionChanged(let slot):
      guard case .encryption(let change) = self[slot].change else { return }
      self[slot].protection = change
      self[slot].change = nil
      self[slot].status = .active
      note("changed \(slot)")
    case .streamChanged, .streamScaled, .consumerChanged, .key, .alarm, .quota: break
    }
  }
}
