import Cloud
import Values

extension Kinesis.Stream {
  /// Records that lie under the same data key on the disk, where most do, of the data keys that a load
  /// used. What was put before it under the same key would leak with it.
  ///
  /// - Parameters:
  ///   - firstRecords: where each shard's records of the load begin.
  ///   - firstEnvelope: the first data key that the load had made.
  ///   - size: bytes of each of the load's records.
  func mostUnderOneKey(since firstRecords: [Int], firstEnvelope: Int, size: Int)
    -> (records: Int, bytes: Int)
  {
    // By the envelopes' own numbers: there may be one for each record.
    var counts = [Int32](repeating: 0, count: dataKeys.envelopes.count)
    for (shard, first) in zip(shards, firstRecords) where first < shard.count {
      for record in first..<shard.count where shard[record].isEncrypted {
        counts[Int(shard[record].envelope)] += 1
      }
    }
    var older: [Int: (records: Int, bytes: Int)] = [:]
    for envelope in 0..<min(firstEnvelope, counts.count) where counts[envelope] > 0 {
      let count = Int(counts[envelope])
      older[envelope] = (count, count * size)
    }
    for (shard, first) in zip(shards, firstRecords) where !older.isEmpty {
      for record in 0..<min(first, shard.count) where shard[record].isEncrypted {
        let envelope = Int(shard[record].envelope)
        guard var count = older[envelope] else { continue }
        count.records += 1
        count.bytes += shard.plaintextLength(of: record)
        older[envelope] = count
      }
    }
    let own = Int(counts.dropFirst(firstEnvelope).max() ?? 0)
    let oldest = older.values.max { $0.records < $1.records } ?? (0, 0)
    return oldest.records > own ? oldest : (own, own * size)
  }
}
