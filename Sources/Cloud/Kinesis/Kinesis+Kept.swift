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

  /// Whether new records of a stream come to lie under a key.
  package func writing(in slot: Int32, under key: Int32) -> Kinesis.Writing {
    if streams[slot].isProtected(by: key, in: self) { return .named }
    let until = remembered(in: slot).first { $0.key == key }?.until
    return until.map { .until($0) } ?? .never
  }

  /// Data keys that Kinesis remembers for the stream's present setting, by the KMS key that they lie under,
  /// and until when they may seal. An alias that has got another key since still leads to them.
  package func remembered(in slot: Int32) -> [(key: Int32, until: Instant)] {
    guard model == .documented, streams[slot].status != .deleting else { return [] }
    return streams[slot].dataKeys.sealing(
      for: streams[slot].protections.compactMap(\.keyID), at: now)
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
    /// The stream's setting leads to it, now or when the change is complete.
    case named
    /// The setting leads elsewhere, and a data key of it that Kinesis remembers may still seal until then.
    case until(Instant)
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
  /// What happens to new records, in this shard or that, now or when the change is complete.
  fileprivate var protections: [Kinesis.Protection] {
    var protections = [protection] + open.map { shards[Int($0)].protection }
    if case .encryption(let next) = change { protections.append(next) }
    return protections
  }

  /// Whether the setting leads to a key, now or when the change is complete.
  package func isProtected(by key: Int32, in world: World) -> Bool {
    guard status != .deleting else { return false }
    return protections.contains { protection in
      guard case .kms(let keyID, let slot) = protection else { return false }
      if let slot { return slot == key }
      let named = ARN(keyID).flatMap { Account(id: $0.account) }
      return world.keys.alias(
        ARN(keyID)?.resource ?? keyID, in: region, of: named ?? owner)?.key == key
    }
  }
}
