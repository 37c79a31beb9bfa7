import Cloud
import Values

/// What becomes unreadable when a key is disabled or deleted: the verb `blast-radius`.
package enum BlastRadius {
  package static func page(_ slot: Int32, in world: World) -> Page {
    var page = Page()
    let key = world.keys[slot]
    let name = ShortNames.key(slot, in: world)
    // Related keys share an id, and a key of another Region than the usual one is easily mistaken.
    let isElsewhere = key.region != .usEast1 || world.keys.related(to: slot).count > 1
    page.add(
      "What depends on \(name)\(isElsewhere ? " in \(key.region)" : ""), which is \(key.state.inWords)",
      .heading)
    var uses: [Use] = []
    for stream in world.streams.everySlot(in: key.region) {
      guard let use = Use(of: slot, in: stream, world) else { continue }
      uses.append(use)
      page.add("")
      add(use, slot, world, &page)
    }
    let orphans = Orphan.all(of: slot, in: world)
    for orphan in orphans {
      page.add("")
      add(orphan, world, &page)
    }
    page.add("")
    guard !uses.isEmpty else {
      if !orphans.isEmpty {
        page.add("deleted: \(deleted(slot, orphans, world))", .bad)
        return page
      }
      page.add("No stream depends on it: no record under it is kept, and none is written.", .good)
      page.add(
        "What was encrypted with it outside of streams, nobody but its owner can count.", .note)
      return page
    }
    if key.manager == .aws {
      page.add(
        "AWS manages this key: nobody can disable or delete it, or change its policy.", .good)
    } else {
      page.add("disabled: \(disabled(slot, uses, world))", .bad)
      page.add("deleted: \(deleted(slot, uses, world))", .bad)
      if !orphans.isEmpty {
        page.add("deleted, for other Regions: \(deleted(slot, orphans, world))", .bad)
      }
    }
    let open = uses.first { $0.writing == .named && world.streams[$0.stream].status == .active }
    if let open {
      page.add(
        "aws kinesis start-stream-encryption --stream-name \(world.streams[open.stream].name) "
          + "--encryption-type KMS --key-id …   lets what comes lie under another key", .next)
    } else if uses.allSatisfy({ $0.end != nil }), let end = uses.compactMap(\.end).max() {
      let isCertain = uses.allSatisfy { $0.writing == .never }
      page.add(
        "The streams need it no more from \(end.zulu) on\(isCertain ? "" : " at the latest"), at "
          + "today's retention.", .good)
    }
    return page
  }

  /// What one stream has of the key.
  private struct Use {
    var stream: Int32
    var kept: Kinesis.Kept.Group?
    var writing: Kinesis.Writing
    /// When the stream needs the key no more; nothing while it writes under it.
    var end: Instant?

    init?(of key: Int32, in stream: Int32, _ world: World) {
      self.stream = stream
      kept = world.kept(in: stream).byKey.first { $0.key == key }
      writing = world.writing(in: stream, under: key)
      switch writing {
      case .named, .coming: end = nil
      case .never:
        guard let kept else { return nil }
        end = kept.end
      case .until(let last, _): end = last + world.streams[stream].retention
      }
    }
  }

  /// Records in another Region under a copy of the key that is deleted there: a copy that is left can be
  /// replicated to it again.
  private struct Orphan {
    var stream: Int32
    var kept: Kinesis.Kept.Group

    static func all(of slot: Int32, in world: World) -> [Orphan] {
      let key = world.keys[slot]
      guard key.isMultiRegion, key.state != .gone else { return [] }
      var found: [Orphan] = []
      for (place, other) in world.keys.keys.enumerated()
      where other.state == .gone && other.id == key.id {
        for stream in world.streams.everySlot(in: other.region) {
          guard let kept = world.kept(in: stream).byKey.first(where: { $0.key == Int32(place) })
          else { continue }
          found.append(Orphan(stream: stream, kept: kept))
        }
      }
      return found
    }
  }

  private static func add(_ orphan: Orphan, _ world: World, _ page: inout Page) {
    page.add(
      "\(ShortNames.stream(orphan.stream, in: world)) in \(world.streams[orphan.stream].region)",
      .heading)
    page.add(table: [
      [
        "  records",
        "\(Number.grouped(orphan.kept.count)) under its copy there, which is deleted; the last kept until "
          + orphan.kept.end.zulu,
      ],
      ["", RecordFate.wayBack(orphan.kept.key, in: world) ?? "nothing opens them"],
    ])
  }

  /// What becomes of records whose own copy is deleted when this one is too.
  private static func deleted(_ slot: Int32, _ orphans: [Orphan], _ world: World) -> String {
    let (due, when) = date(of: slot, in: world)
    if let other = RecordFate.copies(of: slot, in: world).first {
      return "\(when); the copy in \(world.keys[other].region) is left to replicate from"
    }
    let lost = orphans.reduce(0) { $0 + world.kept(in: $1.stream, under: $1.kept.key, at: due) }
    return lost == 0
      ? "\(when); by then none of those records is kept any more"
      : "\(when); it is the last copy, and \(ShortNames.plural(lost, "record")) that would still be kept "
        + "\(lost == 1 ? "is" : "are") lost for good"
  }

  private static func add(_ use: Use, _ key: Int32, _ world: World, _ page: inout Page) {
    let stream = world.streams[use.stream]
    page.add(ShortNames.stream(use.stream, in: world), .heading)
    var rows: [[String]] = []
    if let kept = use.kept {
      rows.append([
        "  records",
        "\(Number.grouped(kept.count)), arrived \(kept.first.zulu) to \(kept.last.zulu), the last kept until "
          + kept.end.zulu + (stream.status == .deleting ? ", when the stream is gone" : ""),
      ])
      for shard in stream.listed(at: world.now) {
        let group = world.kept(in: use.stream, shard: shard.index).byKey.first { $0.key == key }
        if let group {
          rows.append([
            "",
            "\(Number.grouped(group.count)) in \(shard.id)\(shard.closed == nil ? "" : ", closed")",
          ])
        }
      }
    } else {
      rows.append(["  records", "none yet"])
    }
    for (place, line) in newRecords(use, key, world).enumerated() {
      rows.append([place == 0 ? "  new records" : "", line])
    }
    let remembered = world.remembered(of: key, in: use.stream)
    if let last = [remembered.writing, remembered.reading].compactMap({ $0 }).max() {
      rows.append([
        "  remembered",
        "Kinesis still has data keys of it in the clear, and uses them until \(last.zulu) at most",
      ])
    }
    page.add(table: rows)
  }

  private static func newRecords(_ use: Use, _ key: Int32, _ world: World) -> [String] {
    let stream = world.streams[use.stream]
    if stream.status == .deleting { return ["none: the stream is being deleted"] }
    switch use.writing {
    case .never:
      // While a change is on its way the shards are ahead of the stream's own setting.
      let settings = stream.open.map { stream.shards[Int($0)].protection }
      let fates = (settings.isEmpty ? [stream.protection] : settings).map {
        RecordFate.text($0, of: use.stream, in: world)
      }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      return fates.map { ($0.hasPrefix("refused") ? "are " : "lie ") + $0 }
    case .until(let last, .dataKeys):
      return [
        "still written under it until \(last.zulu) at the latest, by callers whose data key Kinesis "
          + "remembers; then " + RecordFate.text(next(stream), of: use.stream, in: world)
      ]
    case .until(let last, .change):
      return [
        "are written under it until \(last.zulu), when the last shard takes the change; then "
          + RecordFate.text(next(stream), of: use.stream, in: world)
      ]
    case .coming(let first):
      return [
        "come under it from \(first.zulu) on, when the first shard takes the change; until then "
          + RecordFate.text(stream.protection, of: use.stream, in: world)
      ]
    case .named:
      var lines = [
        world.keys[key].state.isUsable
          ? "are written under it, and refused once it is disabled" : refusal(use, key, world)
      ]
      let over = stream.open.filter { shard in
        world.key(of: stream.shards[Int(shard)].protection, in: use.stream) == key
      }
      if !over.isEmpty, over.count < stream.open.count {
        lines[0] +=
          "; that is so in \(over.count) of \(ShortNames.plural(stream.open.count, "shard")), and the "
          + "others are about to take the change"
      }
      for other in world.remembered(in: use.stream) where other.key != key {
        lines.append(
          "callers whose data key Kinesis remembers write under \(ShortNames.key(other.key, in: world)) "
            + "until \(other.until.zulu) at the latest")
      }
      return lines
    }
  }

  /// The setting that a stream has, or is changing to.
  private static func next(_ stream: Kinesis.Stream) -> Kinesis.Protection {
    if case .encryption(let next) = stream.change { next } else { stream.protection }
  }

  /// What becomes of new records whose key cannot be used.
  private static func refusal(_ use: Use, _ key: Int32, _ world: World) -> String {
    let state = world.keys[key].state.inWords
    guard let last = world.remembered(of: key, in: use.stream).writing else {
      return "are to be written under it, and refused: the key is \(state)"
    }
    return
      "refused from \(last.zulu) on at the latest: the key is \(state), and until then only callers "
      + "whose data key Kinesis remembers still write"
  }

  /// Until when at the latest data keys of it that Kinesis remembers go on, in any stream.
  private static func remembered(_ slot: Int32, _ uses: [Use], _ world: World) -> Instant? {
    uses.flatMap { use in
      let remembered = world.remembered(of: slot, in: use.stream)
      return [remembered.writing, remembered.reading].compactMap { $0 }
    }.max()
  }

  private static func disabled(_ slot: Int32, _ uses: [Use], _ world: World) -> String {
    let kept = uses.compactMap(\.kept)
    let end =
      kept.map(\.end).max().map { "; what is kept goes at \($0.zulu) at the latest, read or not" }
      ?? ""
    switch world.keys[slot].state {
    case .enabled, .updating:
      let writes = uses.contains { $0.writing != .never }
      var lost: [String] = []
      if !kept.isEmpty { lost.append("those records cannot be read") }
      if writes {
        lost.append(
          kept.isEmpty ? "no new ones can be written under it" : "no new ones written under it")
      }
      return "\(lost.joined(separator: " and ")) until enable-key" + end
    case .gone: return "it is deleted already" + end
    case let state:
      let last = remembered(slot, uses, world).map {
        ", but for data keys that Kinesis remembers until \($0.zulu) at the latest"
      }
      return "it cannot be used as it is (\(state.rawValue))\(last ?? "")" + end
    }
  }

  /// A waiting period may be longer than the records live.
  private static func deleted(_ slot: Int32, _ uses: [Use], _ world: World) -> String {
    let key = world.keys[slot]
    if key.state == .gone {
      return RecordFate.wayBack(slot, in: world).map {
        "that has happened in \(key.region): what lies under it there cannot be opened until \($0)"
      } ?? "that has happened: what lies under it is lost for good"
    }
    let (due, when) = date(of: slot, in: world)
    let isScheduled = key.deletion != nil
    guard uses.contains(where: { $0.kept != nil }) else {
      return "\(when); no record lies under it yet, and none can be written under it "
        + (isScheduled ? "now" : "from the day on which the deletion is scheduled")
    }
    let lost = world.streams.everySlot(in: key.region).reduce(0) {
      $0 + world.kept(in: $1, under: slot, at: due)
    }
    // A primary key goes last of all: what a replica's deletion takes can be brought back.
    let wayBack = key.role == .replica ? RecordFate.wayBack(slot, in: world) : nil
    let loss =
      lost == 0
      ? "by then none of today's records is kept any more"
      : "\(ShortNames.plural(lost, "record")) that would still be kept "
        + (wayBack.map { "cannot be opened then until \($0)" }
          ?? "\(lost == 1 ? "is" : "are") lost for good")
    return "\(when); \(loss); " + unreadable(slot, uses, world)
  }

  /// From when on a deletion makes records unreadable, which is long before the key goes.
  private static func unreadable(_ slot: Int32, _ uses: [Use], _ world: World) -> String {
    guard world.keys[slot].deletion != nil else {
      return "what lies under it is unreadable from the day on which the deletion is scheduled"
    }
    let last = uses.compactMap { world.remembered(of: slot, in: $0.stream).reading }.max()
    return "what lies under it is unreadable "
      + (last.map { "from \($0.zulu) on at the latest" } ?? "since the deletion was scheduled")
  }

  /// When the key is deleted, or would be at the earliest.
  private static func date(of slot: Int32, in world: World) -> (due: Instant, text: String) {
    let key = world.keys[slot]
    if let due = key.deletion?.due { return (due, "at \(due.zulu)") }
    let hasReplicas = key.role == .primary && world.keys.related(to: slot).count > 1
    guard key.deletion != nil || hasReplicas else {
      let due = world.now + .seconds(7 * 86_400)
      return (due, "after the shortest waiting period, 7 days (\(due.zulu))")
    }
    let waiting = ReplicaWait(slot, key.deletion?.days ?? 7, in: world)
    return (waiting.earliest, waiting.text)
  }
}

/// A primary key whose deletion waits until its replicas are gone: its window has not begun.
struct ReplicaWait {
  /// No key is deleted before that.
  let earliest: Instant
  let text: String

  init(_ slot: Int32, _ days: Int, in world: World) {
    let others = world.keys.related(to: slot).filter { $0 != slot }
    let dates = others.map { world.keys[$0].deletion?.due }
    // A replica that nobody deletes has at least the shortest window before it.
    let last = dates.map { $0 ?? world.now + .seconds(7 * 86_400) }.max() ?? world.now
    earliest = last + .seconds(days * 86_400)
    let regions = others.map { world.keys[$0].region.description }.sorted()
    let when =
      "\(ShortNames.plural(days, "day")) after its last replica (\(regions.joined(separator: ", "))) is "
      + "gone"
    text =
      dates.contains { $0 == nil }
      ? "not before \(earliest.zulu): \(when), which nobody has scheduled yet"
      : "at \(earliest.zulu): \(when)"
  }
}
