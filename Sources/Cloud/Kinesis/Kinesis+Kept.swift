import Values

/// Records of a stream that are still there, and when they go.
extension Kinesis {
  package struct Kept: Sendable {
    /// Slots of KMS keys, sorted, with the number of records under each.
    package var byKey: [(key: Int32, count: Int)]
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
    let retention = stream.retention
    var counts: [Int32: Int] = [:]
    var kept = Kinesis.Kept(byKey: [], inTheClear: 0, count: 0)
    for shard in stream.shards {
      let first = shard.first(arrivedFrom: stream.horizon(at: now))
      guard first < shard.count else { continue }
      for record in first..<shard.count {
        let found = shard[record]
        if found.isEncrypted {
          counts[stream.dataKeys.envelopes[Int(found.envelope)].key, default: 0] += 1
        } else {
          kept.inTheClear += 1
        }
      }
      kept.count += shard.count - first
      let (oldest, newest) = (shard[first].arrived, shard[shard.count - 1].arrived)
      kept.firstEnd = min(kept.firstEnd ?? oldest + retention, oldest + retention)
      kept.lastEnd = max(kept.lastEnd ?? newest + retention, newest + retention)
    }
    kept.byKey = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return kept
  }
}
