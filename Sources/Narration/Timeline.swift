import Cloud
import Policies
import Values

/// What is due on the lab's clock: the verb `timeline`.
package enum Timeline {
  package static func page(_ world: World) -> Page {
    var entries: [(due: Instant, text: String)] = []
    for timer in world.timers.pending where !timer.transition.isIdle(in: world) {
      entries.append((timer.due, timer.transition.announced(in: world)))
    }
    for session in world.identities.sessions {
      guard let end = session.expires, end > world.now else { continue }
      entries.append(
        (end, "credentials \(session.accessKeyID) of \(session.principal.arn) expire"))
    }
    for region in Region.all {
      for slot in world.streams.everySlot(in: region) { entries += records(of: slot, in: world) }
    }
    var page = Page()
    page.add("\(world.now.zulu) in the lab", .heading)
    if entries.isEmpty, waiting(world).isEmpty { page.add("Nothing is due.") }
    // Where several fall due together, they stand in the order in which they were found.
    let sorted = entries.enumerated().sorted {
      ($0.element.due, $0.offset) < ($1.element.due, $1.offset)
    }
    page.add(
      table: sorted.map {
        [$0.element.due.zulu, "in \(span($0.element.due - world.now))", $0.element.text]
      })
    for text in waiting(world) { page.add(text) }
    return page
  }

  /// Deletions that have no date yet.
  private static func waiting(_ world: World) -> [String] {
    world.keys.keys.indices.compactMap { place in
      let key = world.keys.keys[place]
      guard key.state == .pendingReplicaDeletion, let days = key.deletion?.days else { return nil }
      let slot = Int32(place)
      return "no date yet: \(ShortNames.key(slot, in: world)) in \(key.region) is deleted "
        + ReplicaWait(slot, days, in: world).text
    }
  }

  private static func records(of slot: Int32, in world: World) -> [(due: Instant, text: String)] {
    let kept = world.kept(in: slot)
    let stream = world.streams[slot]
    // Its records go with it, and that it goes stands there already.
    if stream.status == .deleting { return [] }
    var entries: [(due: Instant, text: String)] = []
    for shard in stream.listed(at: world.now) {
      guard let closed = shard.closed else { continue }
      entries.append(
        (
          closed + stream.retention,
          "\(shard.id) of \(stream.name), which is closed, is listed no more"
        ))
    }
    for group in kept.byKey {
      let name = ShortNames.key(group.key, in: world)
      switch world.writing(in: slot, under: group.key) {
      case .named, .coming: continue
      case .never:
        let last =
          group.count == 1
          ? "the one record under it"
          : "the last of \(Number.grouped(group.count)) records under it"
        entries.append((group.end, "\(stream.name) needs \(name) no more: \(last) ages out"))
      case .until(let last, _):
        entries.append((last, "no record of \(stream.name) comes under \(name) any more"))
        entries.append(
          (
            last + stream.retention,
            "\(stream.name) needs \(name) no more, at the latest: what came under it until then ages out"
          ))
      }
    }
    entries += lastUses(of: slot, kept, in: world)
    guard let first = kept.firstEnd, let last = kept.lastEnd else { return entries }
    let records = "\(ShortNames.plural(kept.count, "record")) of \(stream.name)"
    if first == last {
      return entries + [(first, "\(records) \(kept.count == 1 ? "ages" : "age") out")]
    }
    return entries + [
      (first, "the oldest of \(records) ages out"), (last, "the last of \(records) ages out"),
    ]
  }

  /// When Kinesis needs KMS again for a key that cannot be used: until then it goes on with data keys that
  /// it remembers.
  private static func lastUses(of slot: Int32, _ kept: Kinesis.Kept, in world: World)
    -> [(due: Instant, text: String)]
  {
    let stream = world.streams[slot]
    let named = stream.present.compactMap { world.key(of: $0, in: slot) }
    var entries: [(due: Instant, text: String)] = []
    for key in Set(named + kept.byKey.map(\.key)).sorted() where !world.keys[key].state.isUsable {
      let name = ShortNames.key(key, in: world)
      let state = world.keys[key].state.inWords
      let remembered = world.remembered(of: key, in: slot)
      if let last = remembered.writing, named.contains(key) {
        entries.append(
          (
            last,
            "the last data key of \(name) to write to \(stream.name) with is over, and the key is \(state)"
          ))
      }
      if let last = remembered.reading {
        entries.append(
          (
            last,
            "the last data key of \(name) to read \(stream.name) with is over, and the key is \(state)"
          ))
      }
    }
    return entries
  }

  /// A duration in its largest whole unit: `40 s`, `5 min`, `23 h`, `12 d`.
  static func span(_ duration: Duration) -> String {
    let seconds = max(0, duration.milliseconds) / 1000
    switch seconds {
    case ..<120: return "\(seconds) s"
    case ..<7200: return "\(seconds / 60) min"
    case ..<172_800: return "\(seconds / 3600) h"
    default: return "\(seconds / 86_400) d"
    }
  }
}

extension Timers.Transition {
  /// Whether nothing will come of it: a key pending deletion does not rotate.
  fileprivate func isIdle(in world: World) -> Bool {
    switch self {
    case .key(.rotated(let slot)): world.keys[slot].deletion != nil
    case .streamChanged(let slot, let change): world.streams[slot].change != change
    case .consumerChanged(let slot, _), .streamScaled(let slot), .shardSwitched(let slot, _),
      .encryptionChanged(let slot):
      world.streams[slot].status == .deleting || world.streams[slot].status == .gone
    default: false
    }
  }
}
