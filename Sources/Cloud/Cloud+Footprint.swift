import Values

/// Bytes that the logs of a lab take.
package struct Footprint: Sendable {
  /// Partition keys and bodies, as they lie on the disk.
  package var bodies = 0
  /// Where each record lies.
  package var places = 0
  package var wrappedKeys = 0
  package var events = 0
  /// All chunks, what is not yet used of them included.
  package var taken = 0

  package var used: Int { bodies + places + wrappedKeys + events }
}

extension Cloud {
  /// Counted, not measured: what few events and records have beside their rows is not among it.
  package var footprint: Footprint {
    var sum = Footprint(events: journal.used, taken: journal.footprint)
    for stream in world.streams.streams {
      sum.wrappedKeys += stream.dataKeys.envelopes.used
      sum.taken += stream.dataKeys.envelopes.footprint
      for shard in stream.shards {
        let part = shard.footprint
        sum.bodies += part.bodies
        sum.places += part.places
        sum.taken += part.taken
      }
    }
    return sum
  }
}
