import Values

/// What Kinesis measures of a stream.
///
/// Source: Kinesis Data Streams Developer Guide, monitoring with CloudWatch. Simplified: nothing takes
/// time in the lab, so there are no latencies.
package enum StreamMetric: String, CaseIterable, Sendable {
  case incomingBytes = "IncomingBytes"
  case incomingRecords = "IncomingRecords"
  case putRecordBytes = "PutRecord.Bytes"
  case putRecordSuccess = "PutRecord.Success"
  case putRecordsBytes = "PutRecords.Bytes"
  case putRecordsSuccess = "PutRecords.Success"
  case putRecordsTotal = "PutRecords.TotalRecords"
  case putRecordsSuccessful = "PutRecords.SuccessfulRecords"
  /// Records that failed inside of the service, which the lab's never do.
  case putRecordsFailed = "PutRecords.FailedRecords"
  case putRecordsThrottled = "PutRecords.ThrottledRecords"
  case getRecordsBytes = "GetRecords.Bytes"
  case getRecordsAge = "GetRecords.IteratorAgeMilliseconds"
  case getRecordsRecords = "GetRecords.Records"
  case getRecordsSuccess = "GetRecords.Success"
  case readExceeded = "ReadProvisionedThroughputExceeded"
  case writeExceeded = "WriteProvisionedThroughputExceeded"

  var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  var unit: String {
    switch self {
    case .incomingBytes, .putRecordBytes, .putRecordsBytes, .getRecordsBytes: "Bytes"
    case .getRecordsAge: "Milliseconds"
    default: "Count"
    }
  }
}

/// What Kinesis measures of each shard, where somebody asked for it.
///
/// Source: Kinesis Data Streams Developer Guide, enhanced shard-level metrics.
package enum ShardMetric: String, CaseIterable, Sendable {
  case incomingBytes = "IncomingBytes"
  case incomingRecords = "IncomingRecords"
  case outgoingBytes = "OutgoingBytes"
  case outgoingRecords = "OutgoingRecords"
  case writeExceeded = "WriteProvisionedThroughputExceeded"
  case readExceeded = "ReadProvisionedThroughputExceeded"
  case age = "IteratorAgeMilliseconds"

  var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  var unit: String {
    switch self {
    case .incomingBytes, .outgoingBytes: "Bytes"
    case .age: "Milliseconds"
    default: "Count"
    }
  }
}

/// Metrics of Kinesis and KMS: sums by minutes over the journal and over the records of the shards.
///
/// Nobody writes to them. They are brought up to date when somebody looks, each event and each record
/// being looked at once, so that a load costs nothing here until it is measured.
struct MetricViews: Sendable {
  private var event = 0
  /// How many records of each shard were looked at, by stream.
  private var records: [[Int]] = []
  /// By stream and metric.
  private(set) var streams: [[MinuteSeries]] = []
  /// From when until when a metric of a stream's shards was asked for.
  private struct Watch {
    let metric: ShardMetric
    let start: Instant
    var end: Instant?

    func covers(_ instant: Instant) -> Bool {
      instant >= start && (end.map { instant < $0 } ?? true)
    }
  }
  /// By stream.
  private var watches: [[Watch]] = []
  /// By stream and shard, and by metric.
  private(set) var shards: [Int: [MinuteSeries]] = [:]
  /// Calls of KMS, by Region and what they count as.
  private(set) var calls: [Int: MinuteSeries] = [:]
  /// Cryptographic calls that succeeded, by key and operation.
  private(set) var successes: [Int: MinuteSeries] = [:]
  private(set) var reEncryptions: [Int: MinuteSeries] = [:]
  /// What only the guide knows, by key.
  private(set) var throttled: [Int32: MinuteSeries] = [:]
  private(set) var userErrors: [Int32: MinuteSeries] = [:]

  /// Calls that share a quota, in place of an operation's index.
  static let cryptographic = OperationID.allCases.count

  static func key(_ first: Int, _ second: Int) -> Int { first << 20 | second }
  static func parts(_ key: Int) -> (Int, Int) { (key >> 20, key & 0xF_FFFF) }

  mutating func update(_ cloud: Cloud) {
    let world = cloud.world
    while streams.count < world.streams.streams.count {
      streams.append([MinuteSeries](repeating: MinuteSeries(), count: StreamMetric.allCases.count))
      records.append([])
      watches.append([])
    }
    cloud.journal.scan(event..<cloud.journal.count) { _, event in
      count(event.pointee, world)
      return true
    }
    event = cloud.journal.count
    countRecords(world)
  }

  // MARK: Records

  /// Records are counted where they lie, whichever call brought them.
  private mutating func countRecords(_ world: World) {
    for slot in world.streams.streams.indices {
      let shards = world.streams[Int32(slot)].shards
      while records[slot].count < shards.count { records[slot].append(0) }
      for (place, shard) in shards.enumerated() where records[slot][place] < shard.count {
        var run = (minute: Int64.min, count: 0.0, at: Instant(milliseconds: 0))
        for record in records[slot][place]..<shard.count {
          let at = shard[record].arrived
          let minute = MinuteSeries.minute(of: at)
          if minute != run.minute {
            add(.incomingRecords, 1, times: run.count, to: slot, at: run.at)
            run = (minute, 0, at)
          }
          run.count += 1
          let size = Double(shard.size(of: record))
          add(.incomingBytes, size, to: slot, at: at)
          if !watches[slot].isEmpty {
            add(.incomingBytes, size, to: slot, shard: place, at: at)
            add(.incomingRecords, 1, to: slot, shard: place, at: at)
          }
        }
        add(.incomingRecords, 1, times: run.count, to: slot, at: run.at)
        records[slot][place] = shard.count
      }
    }
  }

  @inline(__always)
  private mutating func add(
    _ metric: StreamMetric, _ value: Double, times: Double = 1, to slot: Int, at instant: Instant
  ) {
    if times > 0 { streams[slot][metric.index].add(value, times: times, at: instant) }
  }

  private mutating func add(
    _ metric: ShardMetric, _ value: Double, to slot: Int, shard: Int, at instant: Instant
  ) {
    guard watches[slot].contains(where: { $0.metric == metric && $0.covers(instant) }) else {
      return
    }
    let none = [MinuteSeries](repeating: MinuteSeries(), count: ShardMetric.allCases.count)
    shards[Self.key(slot, shard), default: none][metric.index].add(value, at: instant)
  }

  /// Follows what `enable-enhanced-monitoring` and its counterpart asked for.
  private mutating func watch(_ event: Event, ofStream slot: Int) {
    guard event.error == nil, let named = event.detail?.input.texts("ShardLevelMetrics") else {
      return
    }
    for metric in ShardMetric.allCases
    where named.contains("ALL") || named.contains(metric.rawValue) {
      let open = watches[slot].firstIndex { $0.metric == metric && $0.end == nil }
      if event.operation == .disableEnhancedMonitoring {
        if let open { watches[slot][open].end = event.at }
      } else if open == nil {
        watches[slot].append(Watch(metric: metric, start: event.at, end: nil))
      }
    }
  }

  // MARK: Calls

  private mutating func count(_ event: Event, _ world: World) {
    switch event.operation {
    case .enableEnhancedMonitoring, .disableEnhancedMonitoring:
      guard case .stream(let slot) = event.subject, streams.indices.contains(Int(slot)) else {
        return
      }
      watch(event, ofStream: Int(slot))
    case .putRecord, .putRecords, .getRecords:
      guard case .stream(let slot) = event.subject, streams.indices.contains(Int(slot)) else {
        return
      }
      count(event, ofStream: Int(slot), world)
    default:
      if event.operation.isOfKMS { countKMS(event, world) }
    }
  }

  private mutating func count(_ event: Event, ofStream slot: Int, _ world: World) {
    let at = event.at
    let isGood = event.error == nil
    var isThrottled = false
    if case .rateExceeded(let id, _, _)? = event.error?.error {
      isThrottled = true
      if let shard = Self.shard(named: id) {
        let metric = event.operation == .getRecords ? ShardMetric.readExceeded : .writeExceeded
        add(metric, 1, to: slot, shard: shard, at: at)
      }
    }
    switch event.operation {
    case .getRecords:
      add(.getRecordsSuccess, isGood ? 1 : 0, to: slot, at: at)
      add(.readExceeded, isThrottled ? 1 : 0, to: slot, at: at)
      guard case .read(let shard, let first, let count, _) = event.effect else {
        return
      }
      let place = Int(shard)
      add(.readExceeded, 0, to: slot, shard: place, at: at)
      add(.getRecordsRecords, Double(count), to: slot, at: at)
      add(.outgoingRecords, Double(count), to: slot, shard: place, at: at)
      let shards = world.streams[Int32(slot)].shards
      guard count > 0, shards.indices.contains(Int(shard)) else {
        add(.getRecordsAge, 0, to: slot, at: at)
        add(.age, 0, to: slot, shard: place, at: at)
        return
      }
      let found = shards[Int(shard)]
      let range = Int(first)..<min(Int(first) + Int(count), found.count)
      guard let last = range.last else { return }
      let bytes = range.reduce(0) { $0 + found.size(of: $1) }
      add(.getRecordsBytes, Double(bytes), to: slot, at: at)
      add(.outgoingBytes, Double(bytes), to: slot, shard: place, at: at)
      let age = (at - found[last].arrived).milliseconds
      add(.getRecordsAge, Double(max(0, age)), to: slot, at: at)
      add(.age, Double(max(0, age)), to: slot, shard: place, at: at)
    case .putRecord:
      add(.putRecordSuccess, isGood ? 1 : 0, to: slot, at: at)
      add(.writeExceeded, isThrottled ? 1 : 0, to: slot, at: at)
      if case .stored(_, let shard, _, _) = event.effect {
        add(.writeExceeded, 0, to: slot, shard: Int(shard), at: at)
      }
      if let bytes = Self.bytes(event, world) { add(.putRecordBytes, bytes, to: slot, at: at) }
    default:
      var stored = 0
      if case .stored(_, _, _, let count) = event.effect { stored = Int(count) }
      let asked = event.detail?.input["Records"]?.array?.count ?? stored
      // Source: a call succeeded when at least one of its records did.
      add(.putRecordsSuccess, isGood && stored > 0 ? 1 : 0, to: slot, at: at)
      // Source: records that were rejected for the rate, not calls.
      add(.writeExceeded, isGood ? Double(max(0, asked - stored)) : 0, to: slot, at: at)
      guard isGood else { return }
      add(.putRecordsTotal, Double(max(asked, stored)), to: slot, at: at)
      add(.putRecordsSuccessful, Double(stored), to: slot, at: at)
      add(.putRecordsFailed, 0, to: slot, at: at)
      add(.putRecordsThrottled, Double(max(0, asked - stored)), to: slot, at: at)
      if let bytes = Self.bytes(ofRecords: event, world) {
        add(.putRecordsBytes, bytes, to: slot, at: at)
      }
      if !watches[slot].isEmpty { countOutcomes(of: event, ofStream: slot) }
    }
  }

  /// Of each shard how many records its rate kept out.
  private mutating func countOutcomes(of event: Event, ofStream slot: Int) {
    var rejected: [Int: Int] = [:]
    for outcome in event.detail?.response?["Records"]?.array ?? [] {
      if let shard = Self.shard(named: outcome.text("ShardId")) {
        rejected[shard, default: 0] += 0
      } else if let shard = outcome.text("ErrorMessage").split(separator: " ").lazy
        .compactMap({ Self.shard(named: String($0)) }).first
      {
        rejected[shard, default: 0] += 1
      }
    }
    for (shard, count) in rejected.sorted(by: { $0.key < $1.key }) {
      add(.writeExceeded, Double(count), to: slot, shard: shard, at: event.at)
    }
  }

  /// `shardId-000000000007` is 7.
  private static func shard(named id: String) -> Int? {
    id.hasPrefix("shardId-") ? Int(id.dropFirst(8)) : nil
  }

  /// What a call stored in all of its shards, in bytes: they are known from its request, because an
  /// event names the first shard alone.
  private static func bytes(ofRecords event: Event, _ world: World) -> Double? {
    guard let asked = event.detail?.input["Records"]?.array else { return bytes(event, world) }
    let outcomes = event.detail?.response?["Records"]?.array ?? []
    var bytes = 0
    for (place, record) in asked.enumerated()
    where !outcomes.indices.contains(place) || outcomes[place]["ErrorCode"] == nil {
      bytes += Kinesis.NewRecord(record).size
    }
    return Double(bytes)
  }

  /// What a call stored in one shard, in bytes.
  private static func bytes(_ event: Event, _ world: World) -> Double? {
    guard case .stored(let stream, let shard, let first, let count) = event.effect else {
      return nil
    }
    let shards = world.streams[stream].shards
    guard shards.indices.contains(Int(shard)) else { return nil }
    let found = shards[Int(shard)]
    let range = Int(first)..<min(Int(first) + Int(count), found.count)
    return Double(range.reduce(0) { $0 + found.size(of: $1) })
  }

  private mutating func countKMS(_ event: Event, _ world: World) {
    let isCryptographic = event.operation.isCryptographic
    let counted = isCryptographic ? Self.cryptographic : event.operation.index
    calls[Self.key(Int(event.call.region.index), counted), default: MinuteSeries()]
      .add(1, at: event.at)
    guard case .key(let slot) = event.subject else { return }
    if let error = event.error?.error {
      if case .kmsThrottled = error {
        throttled[slot, default: MinuteSeries()].add(1, at: event.at)
      } else {
        userErrors[slot, default: MinuteSeries()].add(1, at: event.at)
      }
      return
    }
    guard isCryptographic else { return }
    if event.operation == .reEncrypt {
      var target = slot
      if case .wrapped(let key, _, _) = event.effect { target = key }
      reEncryptions[Self.key(Int(slot), Int(target)), default: MinuteSeries()].add(1, at: event.at)
      return
    }
    successes[Self.key(Int(slot), event.operation.index), default: MinuteSeries()]
      .add(1, at: event.at)
  }
}

extension OperationID {
  private static let kmsFlags = allCases.map { $0.service == "kms" }
  private static let cryptographicFlags = allCases.map {
    [
      .encrypt, .decrypt, .reEncrypt, .generateDataKey, .generateDataKeyWithoutPlaintext,
      .generateRandom,
    ].contains($0)
  }

  var isOfKMS: Bool { Self.kmsFlags[index] }
  /// Source: AWS KMS Developer Guide, request quotas: operations that share one.
  var isCryptographic: Bool { Self.cryptographicFlags[index] }
}
