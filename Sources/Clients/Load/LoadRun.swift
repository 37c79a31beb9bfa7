import Ciphers
import Cloud
import EncryptionSDK
import Policies
import Values

/// A load on the lab's clock: writers and readers that call the same front door as typed commands,
/// in bulk.
///
/// The clock goes on by the millisecond. In each of them first the retries that are due are sent, then
/// new records; shards are read before or after that. Every record is really sealed, and every one that is read is
/// compared with what was put.
package struct LoadRun {
  /// What a call takes. Assumed: the services print no such figure.
  private static let putTime = 8
  private static let keyTime = 4
  /// How long retries and readers may go on after the last record was due, in milliseconds.
  private static let longestDrain: Int64 = 60_000
  private static let readLimit = 10_000
  /// Consumers that are behind share the five reads a second that a shard gives.
  /// Source: Kinesis Data Streams Developer Guide, quotas and limits.
  private static let quickestRead: Int64 = 200
  private static let readsPerSecond = LoadPlan.readsPerShard

  /// One record on its way.
  private struct Attempt {
    var number: UInt64
    var due: Int64
    var producer: Int
    var attempt = 1
    /// The record as it was sealed by the producer; what is tried again is not sealed again.
    var message: [UInt8]?
  }

  private struct Cursor {
    var consumer: Int
    var shard: Int
    var iterator: String?
    /// Whether its shard has not given it an iterator yet, because others asked in the same second.
    var isWaiting = false
    /// Refusals in a row.
    var refusals = 0
    /// Which attempt of the same request comes next, from 1.
    var attempt = 1
    var next: Int64
    /// When it last found nothing more to read.
    var caughtUp: Int64 = -1
    /// Messages that were read and could not be opened yet, because KMS did not answer.
    var backlog: [[UInt8]] = []
  }

  private let plan: LoadPlan
  private var report: LoadReport
  private var second = LoadReport.Second()
  private var count: JournalCount
  private var clients: [RetryClient]
  /// One for each consumer.
  private var readingClients: [RetryClient]
  private var credentials: [SessionID]
  private var waiting: [Int64: [Attempt]] = [:]
  private var waitingCount = 0
  /// Of the adaptive mode: records that wait for the client's own limit.
  private var queues: [[Attempt]]
  private var queueStarts: [Int]
  private var cursors: [Cursor] = []
  private var chance: Chance
  private var latencies = LatencyCount()
  private var next: UInt64 = 0
  /// Millionths of a record that are due.
  private var credit: Int64 = 0
  private var lastStored: Int64 = 0
  private var refusalPlaces: [String: Int] = [:]
  private let shardKeys: [String]
  private let randomKeys: [String]
  private var record: Kinesis.NewRecord
  private let start: Instant
  private var storedSum: UInt64 = 0
  private var readSums: [UInt64]
  private var writers: [SealingClient] = []
  private var readers: [SealingClient] = []
  private let firstRecords: [Int]
  /// Data keys that lay on the disk before.
  private let firstEnvelope: Int
  /// Writes that each shard refused.
  private var shardRefusals: [String: Int] = [:]
  /// Whether it was stopped before its first record, and so has done nothing.
  private var isStopped = false

  /// Makes ready: distinct credentials and the readers' iterators are asked for at the door, too.
  /// `watch` is asked now and then while credentials are made; where it says no, those that were made
  /// are gone again.
  package init(
    _ plan: LoadPlan, number: Int, in cloud: inout Cloud,
    watch: (LoadProgress) -> Bool = { _ in true }
  ) throws(ServiceError) {
    self.plan = plan
    start = cloud.world.now
    let journal = cloud.journal.count
    let stream = cloud.world.streams[plan.stream]
    // A closed shard takes nothing and has nothing to come.
    let open = stream.open.map { stream.shards[Int($0)] }
    report = LoadReport(
      number: number, plan: plan, model: cloud.world.model, start: start, shards: open.count,
      quota: cloud.world.cryptographicQuota(in: plan.region))
    chance = Chance(seed: plan.seed)
    clients = Array(
      repeating: RetryClient(plan.retry, alsoRetrying: plan.alsoRetried), count: plan.producers)
    readingClients = Array(
      repeating: RetryClient(plan.retry, alsoRetrying: plan.alsoRetried), count: plan.consumers)
    queues = Array(repeating: [], count: plan.producers)
    queueStarts = Array(repeating: 0, count: plan.producers)
    readSums = Array(repeating: 0, count: plan.consumers)
    report.readBy = Array(repeating: 0, count: plan.consumers)
    shardKeys = open.map {
      String($0.range.lowerBound + ($0.range.upperBound - $0.range.lowerBound) / 2)
    }
    randomKeys = plan.keys == .uniform ? [] : (0..<10_000).map { "device-\($0)" }
    firstRecords = stream.shards.map(\.count)
    firstEnvelope = cloud.world.streams[plan.stream].dataKeys.envelopes.count
    record = Kinesis.NewRecord(
      data: [UInt8](repeating: 0x2E, count: plan.recordSize), partitionKey: "load")
    credentials = [plan.writer]
    isStopped = plan.stop == 0
    if plan.credentials > 0, !isStopped {
      let before = cloud
      let role = cloud.world.identities[plan.writer].principal.roleARN ?? ""
      credentials = []
      for number in 1...plan.credentials {
        credentials.append(
          try cloud.session(
            ofRole: role, named: "load-\(number)",
            Call(session: plan.administrator, region: plan.region)))
        var progress = LoadProgress(time: 0, duration: plan.duration, stored: 0, refused: 0)
        progress.credentials = (number, plan.credentials)
        if number % 100 == 0, plan.stop == nil, !watch(progress) {
          isStopped = true
          break
        }
      }
      if isStopped {
        cloud = before
        credentials = [plan.writer]
      }
    }
    count = JournalCount(from: journal, own: plan.credentials > 0 ? credentials.first : nil)
    if plan.clientSide != nil {
      writers = (0..<plan.producers).map { _ in SealingClient(plan.cache) }
      readers = (0..<plan.consumers).map { _ in SealingClient(plan.cache) }
    } else if let cache = plan.cache {
      cloud.setLibraryCache(
        Kinesis.LibraryCache(maxAge: cache.maxAge, maxMessages: cache.maxMessages),
        for: credentials + [plan.reader])
    }
    if isStopped { return }
    let reading = Call(session: plan.reader, region: plan.region)
    for consumer in 0..<plan.consumers {
      for (number, shard) in open.enumerated() {
        let place = Int64(number * plan.consumers + consumer)
        var cursor = Cursor(
          consumer: consumer, shard: shard.index, iterator: nil,
          next: plan.poll * place / Int64(open.count * plan.consumers))
        do throws(ServiceError) {
          cursor.iterator = try cloud.iterator("LATEST", of: shard.index, in: plan.stream, reading)
        } catch {
          guard Wall(error) == .shard else {
            // A load that does not begin leaves no cache behind.
            if plan.clientSide == nil, plan.cache != nil {
              cloud.setLibraryCache(nil, for: credentials + [plan.reader])
            }
            throw error
          }
          cursor.isWaiting = true
          refused(&cursor, error, 0)
        }
        cursors.append(cursor)
      }
    }
  }

  /// Runs to the end, or until `watch` says no. It is asked now and then, between milliseconds.
  package mutating func run(
    in cloud: inout Cloud, watch: (LoadProgress) -> Bool = { _ in true }
  ) -> LoadReport {
    var time: Int64 = 0
    var asked: (time: Int64, next: UInt64) = (0, 0)
    while !isStopped {
      if let stop = plan.stop, time >= stop { break }
      if time - asked.time >= 100 || next - asked.next >= 2000 {
        asked = (time, next)
        let progress = LoadProgress(
          time: time, duration: plan.duration, stored: report.stored + second.stored,
          refused: report.throttled + Wall.allCases.reduce(0) { $0 + second.refused($1) })
        if plan.stop == nil, !watch(progress) { break }
      }
      if isOver(time) { break }
      step(time, in: &cloud)
      time += 1
      cloud.advance(by: .milliseconds(1))
    }
    return finish(time, in: &cloud)
  }

  /// Runs several at the same time, as programs of one account do: each millisecond each of them, in
  /// turn.
  package static func run(_ runs: [LoadRun], in cloud: inout Cloud) -> [LoadReport] {
    var runs = runs
    var time: Int64 = 0
    while !runs.allSatisfy({ $0.isOver(time) }) {
      for place in runs.indices { runs[place].step(time, in: &cloud) }
      time += 1
      cloud.advance(by: .milliseconds(1))
    }
    return runs.indices.map { runs[$0].finish(time, in: &cloud) }
  }

  private func isOver(_ time: Int64) -> Bool {
    time >= plan.duration && (isDone || time >= plan.duration + Self.longestDrain)
  }

  /// What happens in one millisecond.
  private mutating func step(_ time: Int64, in cloud: inout Cloud) {
    if time > 0, time % 1000 == 0 { closeSecond(cloud) }
    // Nobody is always first in the millisecond: what is left of a quota falls to either side.
    let readsFirst = Self.mixed(UInt64(time)) & 1 << 40 == 0
    if readsFirst { read(time, in: &cloud) }
    sendRetries(time, in: &cloud)
    if time < plan.duration {
      credit += Int64(plan.rate) * plan.curve.share(at: time, of: plan.duration)
      while credit >= 1_000_000 {
        credit -= 1_000_000
        offer(time, in: &cloud)
      }
    }
    drainQueues(time, in: &cloud)
    if !readsFirst { read(time, in: &cloud) }
    if time < plan.duration { describe(time, in: &cloud) }
  }

  private mutating func finish(_ time: Int64, in cloud: inout Cloud) -> LoadReport {
    if time < plan.duration { report.stopped = time }
    let queued = zip(queues, queueStarts).reduce(0) { $0 + $1.0.count - $1.1 }
    report.unfinished = waitingCount + queued
    closeSecond(cloud)
    if plan.cache != nil, plan.clientSide == nil {
      cloud.setLibraryCache(nil, for: credentials + [plan.reader])
    }
    report.exposure = exposure(cloud)
    report.writingCaches = writers.compactMap(\.cache)
    report.readingCaches = readers.compactMap(\.cache)
    // The next command begins with a whole second, as typed ones do.
    let rest = cloud.world.now.milliseconds % 1000
    if rest > 0 { cloud.advance(by: .milliseconds(1000 - rest)) }
    report.callers = count.callers
    report.decisions = count.decisions
    report.lastDataKey = count.lastDataKey
    report.hotShard = hotShard(cloud)
    if plan.recordSize >= Self.numberBytes, isDone {
      for sum in readSums where sum != storedSum { report.damaged += 1 }
    }
    return report
  }

  /// Whether every record came to its end and every reader saw all of them.
  private var isDone: Bool {
    waitingCount == 0 && zip(queues, queueStarts).allSatisfy { $0.count == $1 }
      && cursors.allSatisfy {
        ($0.iterator == nil && !$0.isWaiting)
          || ($0.caughtUp >= lastStored && $0.backlog.isEmpty)
      }
  }

  private mutating func closeSecond(_ cloud: Cloud) {
    second.kms = count.take(cloud.journal)
    second.left = cloud.world.cryptographicQuota(in: plan.region).left
    (second.median, second.slow, second.slowest) = latencies.close()
    report.seconds.append(second)
    second = LoadReport.Second()
  }

  // MARK: Writing

  private mutating func offer(_ time: Int64, in cloud: inout Cloud) {
    let attempt = Attempt(
      number: next, due: time, producer: Int(next % UInt64(plan.producers)))
    next += 1
    second.offered += 1
    send(attempt, time, in: &cloud)
  }

  private mutating func sendRetries(_ time: Int64, in cloud: inout Cloud) {
    guard waitingCount > 0, let due = waiting.removeValue(forKey: time) else { return }
    waitingCount -= due.count
    for attempt in due {
      second.retried += 1
      send(attempt, time, in: &cloud)
    }
  }

  /// Records that the client's own limit held back.
  private mutating func drainQueues(_ time: Int64, in cloud: inout Cloud) {
    guard plan.retry == .adaptive else { return }
    let now = Double(time) / 1000
    for producer in queues.indices {
      while queueStarts[producer] < queues[producer].count,
        clients[producer].limiter.takesToken(at: now)
      {
        let attempt = queues[producer][queueStarts[producer]]
        queueStarts[producer] += 1
        put(attempt, time, in: &cloud)
      }
      if queueStarts[producer] == queues[producer].count {
        queues[producer].removeAll(keepingCapacity: true)
        queueStarts[producer] = 0
      }
    }
  }

  private mutating func send(_ attempt: Attempt, _ time: Int64, in cloud: inout Cloud) {
    if plan.retry == .adaptive {
      let producer = attempt.producer
      guard queues[producer].isEmpty,
        clients[producer].limiter.takesToken(at: Double(time) / 1000)
      else {
        queues[producer].append(attempt)
        return
      }
    }
    put(attempt, time, in: &cloud)
  }

  private mutating func put(_ attempt: Attempt, _ time: Int64, in cloud: inout Cloud) {
    var attempt = attempt
    let session = credentials[Int(attempt.number % UInt64(credentials.count))]
    do throws(ServiceError) {
      let before = cloud.lastEvent
      fill(attempt.number)
      if let side = plan.clientSide {
        if attempt.message == nil {
          attempt.message = try writers[attempt.producer].seal(
            record.data, side, Call(session: session, region: plan.region), in: &cloud)
        }
        record.data = attempt.message ?? []
      }
      _ = try cloud.put(
        record, into: plan.stream, Call(session: session, region: plan.region))
      let askedKMS = cloud.lastEvent > before + 1
      second.stored += 1
      lastStored = time
      storedSum &+= Self.mixed(attempt.number)
      latencies.add(Int(time - attempt.due) + Self.putTime + (askedKMS ? Self.keyTime : 0))
      clients[attempt.producer].succeeded(attempt: attempt.attempt)
      if plan.retry == .adaptive {
        clients[attempt.producer].limiter.answered(throttled: false, at: Double(time) / 1000)
      }
    } catch {
      refused(attempt, error, time)
    }
  }

  private mutating func refused(_ attempt: Attempt, _ error: ServiceError, _ time: Int64) {
    let code = error.code
    second.writesRefused[Wall(error), default: 0] += 1
    if plan.retry == .adaptive {
      clients[attempt.producer].limiter.answered(
        throttled: clients[attempt.producer].isThrottling(code), at: Double(time) / 1000)
    }
    if let wait = clients[attempt.producer].backoff(
      after: code, attempt: attempt.attempt, &chance)
    {
      var again = attempt
      again.attempt += 1
      waiting[time + wait, default: []].append(again)
      waitingCount += 1
      note(error, ofWrite: true, wasRetried: true)
    } else {
      second.lost += 1
      note(error, ofWrite: true)
    }
    if case .rateExceeded(let shard, _, _) = error.cause { shardRefusals[shard, default: 0] += 1 }
  }

  private mutating func note(_ error: ServiceError, ofWrite: Bool, wasRetried: Bool = false) {
    let code = error.code
    let place = refusalPlaces[code] ?? report.refusals.count
    if place == report.refusals.count {
      refusalPlaces[code] = place
      report.refusals.append(
        LoadReport.Refusals(wall: Wall(error), code: code, count: 0, message: error.message))
    }
    report.refusals[place].count += 1
    if ofWrite { report.refusals[place].writes += 1 }
    if wasRetried { report.refusals[place].wasRetried = true }
  }

  /// Where one of several shards refused nine of ten writes that were refused by shards.
  private func hotShard(_ cloud: Cloud) -> LoadReport.HotShard? {
    let all = shardRefusals.values.reduce(0, +)
    let shards = cloud.world.streams[plan.stream].shards
    guard all > 0, report.shards > 1, let most = shardRefusals.max(by: { $0.value < $1.value }),
      most.value * 10 >= all * 9,
      let place = shards.firstIndex(where: { $0.id == most.key })
    else { return nil }
    let first = firstRecords.indices.contains(place) ? firstRecords[place] : 0
    return LoadReport.HotShard(
      id: most.key, stored: shards[place].count - first, refused: most.value)
  }

  private static let numberBytes = 8

  /// A number that a record carries, so that a reader can tell it from any other.
  private static func mixed(_ number: UInt64) -> UInt64 {
    number &* 0x9E37_79B9_7F4A_7C15 ^ 0x6B65_7968_6F6C_6521
  }

  private mutating func fill(_ number: UInt64) {
    if plan.clientSide != nil {
      record.data = [UInt8](repeating: 0x2E, count: plan.recordSize)
    }
    if plan.recordSize >= Self.numberBytes {
      let word = Self.mixed(number)
      record.data.withUnsafeMutableBytes { $0.storeBytes(of: word.littleEndian, as: UInt64.self) }
    }
    switch plan.keys {
    case .uniform:
      record.explicitHashKey = shardKeys[Int(number % UInt64(shardKeys.count))]
    case .random: record.partitionKey = key(of: number)
    case .skewed:
      record.partitionKey = number % 5 == 4 ? key(of: number) : LoadPlan.hotKey
    }
  }

  /// The partition key of a record depends on its number alone, so that a retry has the same.
  private func key(of number: UInt64) -> String {
    var own = Chance(seed: plan.seed ^ Self.mixed(number))
    return randomKeys[Int(own.number(below: UInt64(randomKeys.count)))]
  }

  // MARK: Reading

  private mutating func read(_ time: Int64, in cloud: inout Cloud) {
    for place in cursors.indices where cursors[place].next <= time {
      guard cursors[place].iterator != nil || cursors[place].isWaiting else { continue }
      // Who has read all there will be leaves a crowded shard's few reads to the others.
      let isWhole = cursors[place].caughtUp >= lastStored && cursors[place].backlog.isEmpty
      if plan.consumers > Self.readsPerSecond, time >= plan.duration, isWhole { continue }
      do throws(ServiceError) {
        try begin(place, in: &cloud)
        guard let iterator = cursors[place].iterator else { continue }
        try openBacklog(place, in: &cloud)
        let response = try cloud.records(
          from: iterator, limit: Self.readLimit, Call(session: plan.reader, region: plan.region))
        let consumer = cursors[place].consumer
        cursors[place].iterator = response.next
        second.read += response.plaintexts.count
        if plan.clientSide == nil {
          for plaintext in response.plaintexts { check(plaintext, consumer) }
        } else {
          cursors[place].backlog = response.plaintexts.reversed()
          try openBacklog(place, in: &cloud)
        }
        cursors[place].refusals = 0
        readingClients[consumer].succeeded(attempt: cursors[place].attempt)
        cursors[place].attempt = 1
        let isBehind = response.behind > .zero
        if !isBehind { cursors[place].caughtUp = time }
        let quickest = Self.quickestRead * Int64(plan.consumers)
        cursors[place].next = time + (isBehind ? min(quickest, plan.poll) : plan.poll)
      } catch {
        var cursor = cursors[place]
        refused(&cursor, error, time)
        cursors[place] = cursor
      }
    }
  }

  /// A consumer that got no iterator at first begins where the load began: nothing escapes it.
  private mutating func begin(_ place: Int, in cloud: inout Cloud) throws(ServiceError) {
    guard cursors[place].isWaiting else { return }
    cursors[place].iterator = try cloud.iterator(
      "AT_TIMESTAMP", from: start, of: cursors[place].shard, in: plan.stream,
      Call(session: plan.reader, region: plan.region))
    cursors[place].isWaiting = false
  }

  /// What a consumer does that was refused: its client tries again as its mode has it, and after that
  /// it polls on. Where its shard had enough, it asks again soon, at a time of its own, so that not the
  /// same one is refused each second.
  private mutating func refused(_ cursor: inout Cursor, _ error: ServiceError, _ time: Int64) {
    second.readsRefused[Wall(error), default: 0] += 1
    note(error, ofWrite: false)
    if let wait = readingClients[cursor.consumer].backoff(
      after: error.code, attempt: cursor.attempt, &chance)
    {
      cursor.attempt += 1
      cursor.next = time + wait
      return
    }
    cursor.attempt = 1
    switch Wall(error) {
    case .shard where plan.consumers > Self.readsPerSecond:
      let longest = min(plan.poll, Self.quickestRead << min(cursor.refusals, 4))
      cursor.next = time + longest / 2 + Int64(chance.number(below: UInt64(longest / 2 + 1)))
      cursor.refusals += 1
    case .other:
      cursor.iterator = nil
      cursor.isWaiting = false
      fallthrough
    default: cursor.next = time + plan.poll
    }
  }

  /// Opens what was read, oldest first. What KMS does not answer for stays.
  private mutating func openBacklog(_ place: Int, in cloud: inout Cloud) throws(ServiceError) {
    guard let side = plan.clientSide else { return }
    let consumer = cursors[place].consumer
    let call = Call(session: plan.reader, region: plan.region)
    while let message = cursors[place].backlog.last {
      let plaintext = try readers[consumer].open(message, side, call, in: &cloud)
      cursors[place].backlog.removeLast()
      if let plaintext { check(plaintext, consumer) } else { report.damaged += 1 }
    }
  }

  /// Calls of the control plane beside the records, evenly over the second.
  private mutating func describe(_ time: Int64, in cloud: inout Cloud) {
    let rate = Int64(plan.describes)
    guard rate > 0 else { return }
    for _ in 0..<(time + 1) * rate / 1000 - time * rate / 1000 {
      do throws(ServiceError) {
        try cloud.describe(plan.stream, Call(session: plan.reader, region: plan.region))
        second.described += 1
      } catch {
        second.readsRefused[Wall(error), default: 0] += 1
        note(error, ofWrite: false)
      }
    }
  }

  // MARK: What a leak would cost

  private func exposure(_ cloud: Cloud) -> LoadReport.Exposure? {
    guard report.stored > 0 else { return nil }
    let most =
      plan.clientSide == nil
      ? cloud.world.streams[plan.stream].mostUnderOneKey(
        since: firstRecords, firstEnvelope: firstEnvelope, size: plan.recordSize)
      : (
        records: writers.map(\.mostMessages).max() ?? 0,
        bytes: (writers.map(\.mostMessages).max() ?? 0) * plan.recordSize
      )
    guard most.records > 0 else { return nil }
    // Each producer has data keys of its own, and so has each set of credentials.
    let sharers = plan.clientSide == nil ? plan.credentials : plan.producers
    let share = Double(plan.rate) / Double(max(1, sharers))
    func records(within life: Duration) -> Int {
      Int((share * Double(life.milliseconds) / 1000).rounded(.up))
    }
    var limit = 1
    if let cache = plan.cache {
      limit = min(cache.maxMessages, max(1, records(within: cache.maxAge)))
      // The limit of bytes is the Encryption SDK's; a data key's first message is exempt from it.
      if plan.clientSide != nil {
        limit = min(limit, max(1, cache.maxBytes / plan.recordSize))
      }
    } else if plan.clientSide == nil, report.model == .documented {
      limit = max(1, records(within: Kinesis.documentedDataKeyLife))
    }
    limit = max(limit, most.records)
    return LoadReport.Exposure(
      records: most.records, bytes: most.bytes, mostRecords: limit,
      mostBytes: max(most.bytes, limit * plan.recordSize))
  }

  private mutating func check(_ plaintext: [UInt8], _ consumer: Int) {
    guard plaintext.count == plan.recordSize else {
      report.damaged += 1
      return
    }
    report.readBy[consumer] += 1
    guard plaintext.count >= Self.numberBytes else { return }
    readSums[consumer] &+= plaintext.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
    }
  }
}
