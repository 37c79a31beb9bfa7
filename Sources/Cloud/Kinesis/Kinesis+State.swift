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
    package let region: Region
    /// When `create-stream` was called; the shards' sequence numbers begin here.
    package let requested: Instant
    package let context: EncryptionContext
    package internal(set) var created: Instant
    package internal(set) var status = Status.creating
    package internal(set) var shards: [Shard] = []
    package internal(set) var protection: Protection
    /// The setting that the stream is changing to.
    package internal(set) var change: Protection?
    package internal(set) var dataKeys = DataKeys()
    /// The stream's own policy, beside those of the account.
    package internal(set) var resourcePolicy: AttachedPolicy?
    var starts: [Instant] = []
    var stops: [Instant] = []
    /// Shards that a stream in creation will have.
    let shardCount: Int

    init(
      name: String, region: Region, account: String, requested: Instant, shardCount: Int,
      protection: Protection
    ) {
      self.name = name
      arn = ARN(
        service: "kinesis", region: region.description, account: account,
        resource: "stream/\(name)")
      self.region = region
      self.requested = requested
      created = requested
      context = EncryptionContext(stream: arn)
      self.shardCount = shardCount
      self.protection = protection
    }

    /// The index of the shard whose range holds the hash.
    static func shard(for hash: UInt128, in shards: [Shard]) -> Int {
      var low = 0
      var high = shards.count - 1
      while low < high {
        let middle = (low + high + 1) / 2
        if shards[middle].range.lowerBound <= hash { low = middle } else { high = middle - 1 }
      }
      return low
    }
  }

  package struct State: Sendable {
    package private(set) var streams: [Stream] = []
    private var slotOfName: [Name: Int32] = [:]
    private(set) var stamp = PolicyStamp()
    package private(set) var digest = Fingerprint()

    private struct Name: Hashable, Sendable {
      var region: Region
      var name: String
    }

    package subscript(slot: Int32) -> Stream {
      // Yields in place: a copy of a stream counts a dozen references up and down.
      _read { yield streams[Int(slot)] }
      _modify { yield &streams[Int(slot)] }
    }

    package func slot(named name: String, in region: Region) -> Int32? {
      slotOfName[Name(region: region, name: name)]
    }

    /// Streams of one Region, sorted by name as `list-streams` prints them.
    package func slots(in region: Region) -> [Int32] {
      slotOfName.filter { $0.key.region == region }.sorted { $0.key.name < $1.key.name }
        .map(\.value)
    }

    mutating func add(_ stream: Stream) -> Int32 {
      let slot = Int32(streams.count)
      streams.append(stream)
      slotOfName[Name(region: stream.region, name: stream.name)] = slot
      note("stream \(stream.arn) \(stream.shardCount)")
      stream.protection.fold(into: &digest)
      return slot
    }

    /// Frees the name and lets go of records and keys.
    mutating func remove(_ slot: Int32) {
      let stream = self[slot]
      slotOfName[Name(region: stream.region, name: stream.name)] = nil
      streams[Int(slot)].status = .gone
      streams[Int(slot)].shards = []
      streams[Int(slot)].dataKeys = DataKeys()
      note("gone \(stream.arn)")
    }

    mutating func setResourcePolicy(_ policy: AttachedPolicy?, of slot: Int32) {
      streams[Int(slot)].resourcePolicy = policy
      stamp = PolicyStamp()
      note("policy of \(slot) \(policy?.document.text ?? "none")")
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
      note("created \(slot)")
    case .streamDeleted(let slot): remove(slot)
    case .shardSwitched(let slot, let shard):
      guard let change = self[slot].change else { return }
      self[slot].shards[Int(shard)].protection = change
      note("switched \(slot) \(shard)")
    case .encryptionChanged(let slot):
      guard let change = self[slot].change else { return }
      self[slot].protection = change
      self[slot].change = nil
      self[slot].status = .active
      note("changed \(slot)")
    case .key, .alarm: break
    }
  }
}
