import Values

/// Records of a stream that are still there, and when they go.
extension Kinesis {
  package struct Kept: Sendable {
    /// Records under one KMS key.
    package struct Group: Hashable, Sendable {
      package var key: Int32
      package var count: Int
      /// When the oldest arrived, and the newest.
      package var first: Instant
      package var last: Instant
      /// When the last of them ages out: from then on the stream needs the key no more for them.
      package var end: Instant
    }

    /// By slot of the KMS key, sorted.
    package var byKey: [Group]
    package var inTheClear: Int
    package var count: Int
    /// When the oldest and the newest of them age out.
    package var firstEnd: Instant?
    package var lastEnd: Instant?
  }
}

extension World {
  /// Costs a look at every record that is kept.
  package func kept(in slot: Int32) -> Kinesis.Kept {
    let stream = streams[slot]
    var kept = Kinesis.Kept(byKey: [], inTheClear: 0, count: 0)
    for shard in stream.shards { kept.add(shard, of: stream, at: now) }
    kept.byKey.sort { $0.key < $1.key }
    if let deletion = deletion(of: slot) { kept.end(by: deletion) }
    return kept
  }

  /// When a stream that is being deleted goes, and with it all that it keeps.
  package func deletion(of slot: Int32) -> Instant? {
    guard streams[slot].status == .deleting else { return nil }
    return timers.pending.first { $0.transition == .streamDeleted(slot) }?.due ?? now
  }

  /// The key that a stream's setting leads to; nothing without encryption, or where an alias leads to none.
  package func key(of protection: Kinesis.Protection, in slot: Int32) -> Int32? {
    guard case .kms(let keyID, let known) = protection else { return nil }
    if let known { return known }
    let owner = ARN(keyID).flatMap { Account(id: $0.account) } ?? streams[slot].owner
    return keys.alias(
      ARN(keyID)?.resource ?? keyID, in: streams[slot].region, of: owner)?.key
  }

  /// Whether new records of a stream come to lie under a key.
  package func writing(in slot: Int32, under key: Int32) -> Kinesis.Writing {
    let stream = streams[slot]
    guard stream.status != .deleting, stream.status != .gone else { return .never }
    let isNamed = stream.present.contains { self.key(of: $0, in: slot) == key }
    if case .encryption(let next) = stream.change {
      let switches = switches(of: slot)
      if self.key(of: next, in: slot) == key {
        return isNamed ? .named : .coming(switches.first ?? now)
      }
      if isNamed {
        // Under a key that cannot be used nothing comes any more but what a remembered data key seals.
        if keys[key].state.isUsable {
          return .until(switches.last ?? now, because: .change)
        }
        let last = remembered(of: key, in: slot).writing
        return last.map { .until($0, because: .dataKeys) } ?? .never
      }
    } else if isNamed {
      return .named
    }
    let until = remembered(in: slot).first { $0.key == key }?.until
    return until.map { .until($0, because: .dataKeys) } ?? .never
  }

  /// When the shards of a stream take its new encryption, first to last.
  private func switches(of slot: Int32) -> [Instant] {
    timers.pending.compactMap { timer in
      guard case .shardSwitched(slot, _) = timer.transition else { return nil }
      return timer.due
    }.sorted()
  }

  /// Data keys that Kinesis remembers for an alias in the stream's setting which leads elsewhere since, or
  /// nowhere: the KMS key that they lie under, and until when they may seal.
  package func remembered(in slot: Int32) -> [(key: Int32, until: Instant)] {
    let stream = streams[slot]
    guard model == .documented, stream.status != .deleting else { return [] }
    var found: [Int32: Instant] = [:]
    for protection in Set(stream.protections) {
      guard case .kms(let keyID, nil) = protection else { continue }
      let key = key(of: protection, in: slot)
      for entry in stream.dataKeys.sealing(for: [keyID], at: now) where entry.key != key {
        let until = min(entry.until, end(of: protection, in: slot) ?? entry.until)
        found[entry.key] = max(found[entry.key] ?? until, until)
      }
    }
    return found.map { ($0.key, $0.value) }.sorted { $0.key < $1.key }
  }

  /// When the last shard leaves a setting that the stream is changing from.
  private func end(of protection: Kinesis.Protection, in slot: Int32) -> Instant? {
    guard case .encryption(let next) = streams[slot].change, next != protection else { return nil }
    return switches(of: slot).last
  }

  /// Until when Kinesis writes and reads with data keys of a KMS key that it remembers, whatever KMS would
  /// say by now. Nothing under the described model, which asks for each record.
  package func remembered(of key: Int32, in slot: Int32) -> (writing: Instant?, reading: Instant?) {
    let stream = streams[slot]
    guard model == .documented, stream.status != .deleting, stream.status != .gone else {
      return (nil, nil)
    }
    var writing: Instant?
    for protection in Set(stream.protections) {
      guard let keyID = protection.keyID else { continue }
      for entry in stream.dataKeys.sealing(for: [keyID], at: now) where entry.key == key {
        let until = min(entry.until, end(of: protection, in: slot) ?? entry.until)
        writing = max(writing ?? until, until)
      }
    }
    return (writing, stream.dataKeys.remembered(under: key, at: now).reading)
  }

  /// Keys that are deleted while records under them are kept or a stream still names them, by slot.
  package func missedKeys(in region: Region, of account: Account) -> [Int32] {
    let gone = keys.keys.indices.filter {
      keys.keys[$0].state == .gone && keys.keys[$0].region == region
        && keys.keys[$0].owner == account
    }.map(Int32.init)
    guard !gone.isEmpty else { return [] }
    var missed: Set<Int32> = []
    for slot in streams.everySlot(in: region) {
      missed.formUnion(kept(in: slot).byKey.map(\.key))
      missed.formUnion(gone.filter { writing(in: slot, under: $0) != .never })
    }
    return gone.filter(missed.contains)
  }

  /// The same for one shard.
  package func kept(in slot: Int32, shard: Int) -> Kinesis.Kept {
    let stream = streams[slot]
    var kept = Kinesis.Kept(byKey: [], inTheClear: 0, count: 0)
    kept.add(stream.shards[shard], of: stream, at: now)
    kept.byKey.sort { $0.key < $1.key }
    if let deletion = deletion(of: slot) { kept.end(by: deletion) }
    return kept
  }

  /// How many of a key's records in a stream are still kept at an instant to come.
  package func kept(in slot: Int32, under key: Int32, at instant: Instant) -> Int {
    let stream = streams[slot]
    if let deletion = deletion(of: slot), deletion <= instant { return 0 }
    let horizon = max(stream.horizon(at: now), instant - stream.retention)
    return stream.shards.reduce(0) { sum, shard in
      sum
        + (shard.first(arrivedFrom: horizon)..<shard.count).count {
          let place = shard[$0].envelope
          return place >= 0 && stream.dataKeys.envelopes.key(of: Int(place)) == key
        }
    }
  }
}

extension Kinesis {
  /// Whether new records come to lie under a key.
  package enum Writing: Hashable, Sendable {
    case never
    /// The stream's setting leads to it.
    case named
    /// The stream is changing to it; the first shard takes it then.
    case coming(Instant)
    /// New records come under it until then at the latest.
    case until(Instant, because: Lingering)
  }

  /// Why records come under a key for a while yet.
  package enum Lingering: Hashable, Sendable {
    /// The stream is changing to another setting, shard by shard.
    case change
    /// The setting leads elsewhere, and Kinesis remembers data keys of it.
    case dataKeys
  }
}

extension Kinesis.Kept {
  /// Lets all of it end when its stream goes.
  fileprivate mutating func end(by deletion: Instant) {
    for place in byKey.indices { byKey[place].end = min(byKey[place].end, deletion) }
    firstEnd = firstEnd.map { min($0, deletion) }
    lastEnd = lastEnd.map { min($0, deletion) }
  }

  fileprivate mutating func add(_ shard: Kinesis.Shard, of stream: Kinesis.Stream, at now: Instant)
  {
    let retention = stream.retention
    let first = shard.first(arrivedFrom: stream.horizon(at: now))
    guard first < shard.count else { return }
    // Neighbours mostly lie under one key: the group of the record before is tried first.
    var place = 0
    for record in first..<shard.count {
      let found = shard[record]
      guard found.isEncrypted else {
        inTheClear += 1
        continue
      }
      let key = stream.dataKeys.envelopes.key(of: Int(found.envelope))
      if !byKey.indices.contains(place) || byKey[place].key != key {
        place = byKey.firstIndex { $0.key == key } ?? byKey.count
        if place == byKey.count {
          byKey.append(
            Group(
              key: key, count: 0, first: found.arrived, last: found.arrived,
              end: found.arrived + retention))
        }
      }
      byKey[place].count += 1
      byKey[place].first = min(byKey[place].first, found.arrived)
      byKey[place].last = max(byKey[place].last, found.arrived)
      byKey[place].end = max(byKey[place].end, found.arrived + retention)
    }
    count += shard.count - first
    let (oldest, newest) = (shard[first].arrived, shard[shard.count - 1].arrived)
    firstEnd = min(firstEnd ?? oldest + retention, oldest + retention)
    lastEnd = max(lastEnd ?? newest + retention, newest + retention)
  }
}

extension Kinesis.Stream {
  /// What happens to new records now, in this shard or that.
  package var present: [Kinesis.Protection] {
    open.isEmpty ? [protection] : open.map { shards[Int($0)].protection }
  }

  /// The same, and what happens to them when the change is complete.
  fileprivate var protections: [Kinesis.Protection] {
    guard case .encryption(let next) = change else { return present }
    return present + [next]
  }
}
