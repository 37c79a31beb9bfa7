import Cloud
import Values

/// What becomes unreadable when a key is disabled or deleted: the verb `blast-radius`.
package enum BlastRadius {
  package static func page(_ slot: Int32, in world: World) -> Page {
    var page = Page()
    let key = world.keys[slot]
    let name = ShortNames.key(slot, in: world)
    page.add("What depends on \(name), which is \(stateName(key))", .heading)
    var isNeeded = false
    var lastEnd: Instant?
    for stream in world.streams.everySlot(in: key.region) {
      let kept = world.kept(in: stream).byKey.first { $0.key == slot }
      let writes = world.streams[stream].isProtected(by: slot, in: world)
      guard kept != nil || writes else { continue }
      isNeeded = true
      if let kept { lastEnd = max(lastEnd ?? kept.end, kept.end) }
      page.add("")
      add(stream, slot, kept, writes, world, &page)
    }
    page.add("")
    guard isNeeded else {
      page.add("No stream depends on it: no record under it is kept, and none is written.", .good)
      page.add(
        "What was encrypted with it outside of streams, nobody but its owner can count.", .note)
      return page
    }
    if key.manager == .aws {
      page.add(
        "AWS manages this key: nobody can disable or delete it, or change its policy.", .good)
    } else {
      page.add("disabled: \(disabled(key, lastEnd))", .bad)
      page.add("deleted: \(deleted(slot, world))", .bad)
    }
    let writers = world.streams.everySlot(in: key.region).filter {
      world.streams[$0].isProtected(by: slot, in: world)
    }
    if let first = writers.first {
      page.add(
        "aws kinesis start-stream-encryption --stream-name \(world.streams[first].name) "
          + "--encryption-type KMS --key-id …   lets what comes lie under another key", .next)
    } else if let lastEnd {
      page.add("The streams need it no more from \(lastEnd.zulu) on, at today's retention.", .good)
    }
    return page
  }

  private static func stateName(_ key: KMS.Key) -> String {
    key.state == .gone ? "deleted" : key.state.rawValue
  }

  private static func add(
    _ slot: Int32, _ key: Int32, _ kept: Kinesis.Kept.Group?, _ writes: Bool, _ world: World,
    _ page: inout Page
  ) {
    let stream = world.streams[slot]
    page.add(ShortNames.stream(slot, in: world), .heading)
    var rows: [[String]] = []
    if let kept {
      rows.append([
        "  records",
        "\(kept.count), arrived \(kept.first.zulu) to \(kept.last.zulu), the last kept until "
          + kept.end.zulu,
      ])
      for shard in stream.listed(at: world.now) {
        let group = world.kept(in: slot, shard: shard.index).byKey.first { $0.key == key }
        if let group {
          rows.append(["", "\(group.count) in \(shard.id)\(shard.closed == nil ? "" : ", closed")"])
        }
      }
    } else {
      rows.append(["  records", "none yet"])
    }
    rows.append([
      "  new records",
      writes ? "are written under it, and would be refused" : "lie under another key",
    ])
    let remembered = stream.dataKeys.remembered(under: key, at: world.now)
    if world.model == .documented,
      let last = [remembered.writing, remembered.reading].compactMap({ $0 }).max()
    {
      rows.append([
        "  remembered",
        "Kinesis still has data keys of it in the clear, and uses them until \(last.zulu) at most",
      ])
    }
    page.add(table: rows)
  }

  private static func disabled(_ key: KMS.Key, _ end: Instant?) -> String {
    let end = end.map { "; what is kept goes at \($0.zulu) at the latest, read or not" } ?? ""
    switch key.state {
    case .enabled, .updating:
      return
        "those records cannot be read and no new ones written under it until enable-key" + end
    case .gone: return "it is deleted already" + end
    default: return "it cannot be used as it is (\(key.state.rawValue))" + end
    }
  }

  /// A waiting period may be longer than the records live.
  private static func deleted(_ slot: Int32, _ world: World) -> String {
    let key = world.keys[slot]
    if key.state == .gone {
      return "that has happened: what lies under it is lost for good"
    }
    let due = key.deletion?.due ?? world.now + .seconds(7 * 86_400)
    let lost = world.streams.everySlot(in: key.region).reduce(0) {
      $0 + world.kept(in: $1, under: slot, at: due)
    }
    let when =
      key.deletion?.due == nil
      ? "after the shortest waiting period, 7 days (\(due.zulu))" : "at \(due.zulu)"
    return "\(when), "
      + (lost == 0
        ? "none of today's records is kept any more; they are unreadable from the day on which the "
          + "deletion is scheduled, until they age out"
        : "\(ShortNames.plural(lost, "record")) that would still be kept "
          + (lost == 1 ? "is" : "are") + " lost for good, and unreadable from the day on which the "
          + "deletion is scheduled")
  }
}
