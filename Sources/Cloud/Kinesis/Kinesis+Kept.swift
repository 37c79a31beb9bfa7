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
    return kept
  }

  /// The same for one shard.
  package func kept(in slot: Int32, shard: Int) -> Kinesis.Kept {
    let stream = streams[slot]
    var kept = Kinesis.Kept(byKey: [], inTheClear: 0, count: 0)
    kept.add(stream.shards[shard], of: stream, at: now)
    kept.byKey.sort { $0.key < $1.key }
    return kept
  }

  /// How many of a key's records in a stream are still kept at an instant to come.
  package func kept(in slot: Int32, under key: Int32, at instant: Instant) -> Int {
    let stream = streams[slot]
    let horizon = max(stream.horizon(at: now), instant - stream.retention)
    return stream.shards.reduce(0) { sum, shard in
      sum
        + (shard.first(arrivedFrom: horizon)..<shard.count).count {
          let place = shard[$0].envelope
          return place >= 0 && stream.dataKeys.envelopes[Int(place)].key == key
        }
    }
  }
}

extension Kinesis.Kept {
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
      let key = stream.dataKeys.envelopes[Int(found.envelope)].key
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
  /// Whether new records are written under a key, now or when the change is complete.
  package func isProtected(by key: Int32, in world: World) -> Bool {
    var protections = [protection] + open.map { shards[Int($0)].protection }
    if case .encryption(let next) = change { protections.append(next) }
    return protections.contains { protection in
      guard case .kms(let keyID, let slot) = protection else { return false }
      if let slot { return slot == key }
      let named = ARN(keyID).flatMap { Account(id: $0.account) }
      return world.keys.alias(
        ARN(keyID)?.resource ?? keyID, in: region, of: named ?? owner)?.key == key
    }
  }
}
