import Values

extension Kinesis {
  /// How a stream's capacity is set.
  package enum Mode: String, Hashable, Sendable {
    case provisioned = "PROVISIONED"
    case onDemand = "ON_DEMAND"
  }

  /// What a stream that is UPDATING changes to.
  package enum Change: Hashable, Sendable {
    /// Shard by shard, each at its own time.
    case encryption(Protection)
    case split(shard: Int32, at: UInt128)
    case merge(Int32, Int32)
    /// In rounds of splits, then of merges.
    case shardCount(Int)
    case retention(hours: Int)
    case mode(Mode)
    case recordSize(kibibytes: Int)
    case warmThroughput(mebibytes: Int)

    fileprivate var isResharding: Bool {
      switch self {
      case .split, .merge, .shardCount: true
      default: false
      }
    }
  }
}

extension World {
  /// Begins a change that is complete when the clock says so.
  mutating func begin(_ change: Kinesis.Change, of slot: Int32) {
    streams[slot].status = .updating
    streams[slot].change = change
    streams.note("change \(slot) \(change)")
    timers.add(
      .streamChanged(slot, change),
      due: now + (change.isResharding ? Kinesis.Limits.resharding : Kinesis.Limits.setting))
  }

  /// Does what the clock says is due; false where nothing came of it.
  mutating func apply(stream transition: Timers.Transition) -> Bool {
    switch transition {
    case .streamChanged(let slot, let change):
      guard streams[slot].change == change else { return false }
      complete(change, of: slot)
    case .streamScaled(let slot):
      streams[slot].isScaling = false
      guard streams[slot].mode == .onDemand, streams[slot].status == .active else { return false }
      let target = streams[slot].wantedShards
      guard target > streams[slot].open.count else { return false }
      begin(.shardCount(target), of: slot)
    case .consumerChanged(let slot, let index):
      guard streams[slot].status != .gone else { return false }
      streams[slot].consumers[Int(index)].settle()
      streams.note("consumer \(slot) \(index)")
    case .streamDeleted(let slot): streams.remove(slot, isRecorded: trails.takePuts)
    default: streams.apply(transition, at: now)
    }
    return true
  }

  private mutating func complete(_ change: Kinesis.Change, of slot: Int32) {
    switch change {
    case .encryption: return
    case .split(let shard, let start): streams[slot].split(shard, at: start, now)
    case .merge(let first, let second): streams[slot].merge(first, second, now)
    case .shardCount(let target):
      if streams[slot].reshardOnce(towards: target, now), !streams[slot].hasEqualShards(target) {
        timers.add(.streamChanged(slot, change), due: now + Kinesis.Limits.resharding)
        streams.note("resharded \(slot)")
        return
      }
    case .retention(let hours):
      // What had aged out does not come back.
      streams[slot].floor = streams[slot].horizon(at: now)
      streams[slot].retentionHours = hours
    case .mode(let mode): streams[slot].mode = mode
    case .recordSize(let kibibytes): streams[slot].recordKibibytes = kibibytes
    case .warmThroughput(let mebibytes):
      streams[slot].warmMebibytes = mebibytes
      if mebibytes > streams[slot].open.count {
        streams[slot].change = nil
        return begin(.shardCount(mebibytes), of: slot)
      }
    }
    streams[slot].change = nil
    streams[slot].status = .active
    streams.note("changed \(slot)")
  }
}

extension World {
  /// Records that have aged out give their memory back, so that a stream that is written to for days
  /// takes no more than what it keeps. A trail that tells of puts still needs their partition keys.
  mutating func dropAgedRecords() {
    if trails.takePuts { return }
    for slot in streams.streams.indices {
      let horizon = streams.streams[slot].horizon(at: now)
      for shard in streams.streams[slot].shards.indices
      where streams.streams[slot].shards[shard].holdsBytes(arrivedBefore: horizon) {
        streams[Int32(slot)].shards[shard].dropBytes(arrivedBefore: horizon)
      }
    }
  }
}

extension Kinesis.Stream {
  /// When the oldest record that can still be read arrived, at the earliest.
  package func horizon(at now: Instant) -> Instant {
    max(floor, now - .seconds(retentionHours * 3600))
  }

  package var retention: Duration { .seconds(retentionHours * 3600) }

  /// Shards that can still be read: the open ones, and closed ones until their last record has aged out.
  package func listed(at now: Instant) -> [Kinesis.Shard] {
    let horizon = horizon(at: now)
    return shards.filter { shard in shard.closed.map { $0 >= horizon } ?? true }
  }

  mutating func split(_ shard: Int32, at start: UInt128, _ now: Instant) {
    let range = shards[Int(shard)].range
    close(shard, now)
    open(range.lowerBound...(start - 1), parent: shard, adjacent: nil, now)
    open(start...range.upperBound, parent: shard, adjacent: nil, now)
  }

  mutating func merge(_ first: Int32, _ second: Int32, _ now: Instant) {
    let (one, two) = (shards[Int(first)].range, shards[Int(second)].range)
    close(first, now)
    close(second, now)
    open(
      min(one.lowerBound, two.lowerBound)...max(one.upperBound, two.upperBound), parent: first,
      adjacent: second, now)
  }

  /// One round on the way to so many equal shards; false when they are there.
  ///
  /// Every open shard that lies across a boundary of the target is split at the middle one; when none
  /// does, neighbours within one target range are merged, pair by pair.
  /// Simplified: AWS says that temporary shards may come about, not which.
  mutating func reshardOnce(towards target: Int, _ now: Instant) -> Bool {
    let ranges = Kinesis.Shard.ranges(target)
    let starts = ranges.map(\.lowerBound)
    var didSplit = false
    for shard in open {
      let range = shards[Int(shard)].range
      let inner = starts.filter { $0 > range.lowerBound && $0 <= range.upperBound }
      guard !inner.isEmpty else { continue }
      split(shard, at: inner[inner.count / 2], now)
      didSplit = true
    }
    if didSplit { return true }
    var pairs: [(Int32, Int32)] = []
    var place = 0
    while place + 1 < open.count {
      let next = shards[Int(open[place + 1])].range.lowerBound
      if starts.contains(next) {
        place += 1
      } else {
        pairs.append((open[place], open[place + 1]))
        place += 2
      }
    }
    for (first, second) in pairs { merge(first, second, now) }
    return !pairs.isEmpty
  }

  fileprivate func hasEqualShards(_ count: Int) -> Bool {
    open.count == count && open.map { shards[Int($0)].range } == Kinesis.Shard.ranges(count)
  }

  private mutating func close(_ shard: Int32, _ now: Instant) {
    shards[Int(shard)].closed = now
    open.removeAll { $0 == shard }
  }

  /// Source: facts §2.5: a child's numbers begin one second after the change.
  private mutating func open(
    _ range: ClosedRange<UInt128>, parent: Int32, adjacent: Int32?, _ now: Instant
  ) {
    let index = Int32(shards.count)
    var shard = Kinesis.Shard(
      index: Int(index), range: range, created: now + .seconds(1),
      protection: shards[Int(parent)].protection)
    shard.parent = parent
    shard.adjacentParent = adjacent
    shards.append(shard)
    let place =
      open.firstIndex { shards[Int($0)].range.lowerBound > range.lowerBound } ?? open.count
    open.insert(index, at: place)
  }

  /// The shards that came out of a closed one.
  package func children(of shard: Int) -> [Kinesis.Shard] {
    shards.filter { $0.parent == Int32(shard) || $0.adjacentParent == Int32(shard) }
  }
}

// MARK: On demand

extension Kinesis.Stream {
  /// What an on-demand stream's busiest second asks for: twice as much, so that it can double.
  /// Source: Kinesis Data Streams Developer Guide, how on-demand streams scale.
  var wantedShards: Int {
    let byBytes = (2 * peakBytes + 1_048_575) / 1_048_576
    let byRecords = (2 * peakRecords + 999) / 1000
    return min(Kinesis.Limits.onDemandMebibytes, max(open.count, byBytes, byRecords))
  }

  /// Adds to the second's load; true when it is time to scale.
  mutating func load(_ bytes: Int, at now: Instant) -> Bool {
    if now.seconds != loadSecond {
      loadSecond = now.seconds
      loadBytes = 0
      loadRecords = 0
    }
    loadBytes += bytes
    loadRecords += 1
    guard loadBytes > peakBytes || loadRecords > peakRecords else { return false }
    peakBytes = max(peakBytes, loadBytes)
    peakRecords = max(peakRecords, loadRecords)
    return !isScaling && status == .active && wantedShards > open.count
  }
}

extension World {
  /// Notes what an on-demand stream was given.
  mutating func load(_ bytes: Int, on slot: Int32) {
    guard streams[slot].load(bytes, at: now) else { return }
    streams[slot].isScaling = true
    streams.note("scaling \(slot)")
    timers.add(.streamScaled(slot), due: now + Kinesis.Limits.scaling)
  }
}
