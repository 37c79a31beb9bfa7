import Cloud
import Values

/// Every stream with what there is to know about it: the verb `streams`.
package enum StreamTable {
  package static func page(_ world: World) -> Page {
    var page = Page()
    for account in Account.allCases {
      for region in Region.all {
        for slot in world.streams.slots(in: region, of: account) {
          if !page.isEmpty { page.add("") }
          add(slot, world, &page)
        }
      }
    }
    if page.isEmpty { page.add("There is no stream in this account.") }
    return page
  }

  private static func add(_ slot: Int32, _ world: World, _ page: inout Page) {
    let stream = world.streams[slot]
    page.add(stream.name, .heading)
    var rows = [["  state", state(stream)], ["  region", stream.region.description]]
    if stream.owner != .home { rows.append(["  account", stream.owner.id]) }
    rows.append(["  capacity", capacity(stream, world)])
    rows.append(["  keeps", "records for \(stream.retentionHours) hours"])
    rows.append(["  encryption", encryption(stream.protection, slot, world)])
    if case .encryption(let next) = stream.change {
      rows.append(["  becomes", encryption(next, slot, world)])
    }
    rows += records(slot, world)
    let consumers = stream.consumers.filter { $0.status != .gone }
    if !consumers.isEmpty {
      rows.append([
        "  consumers",
        consumers.map { "\($0.name) (\($0.status.rawValue))" }.joined(separator: ", "),
      ])
    }
    if stream.resourcePolicy != nil { rows.append(["  policy", "has one of its own"]) }
    if !stream.tags.isEmpty {
      rows.append([
        "  tags", stream.tags.pairs.map { "\($0.key)=\($0.value)" }.joined(separator: ", "),
      ])
    }
    page.add(table: rows)
    for group in world.kept(in: slot).byKey { addNeed(of: group, in: slot, world, &page) }
  }

  /// Until when the stream needs a key that it writes under no more, or soon no more.
  private static func addNeed(
    of group: Kinesis.Kept.Group, in slot: Int32, _ world: World, _ page: inout Page
  ) {
    let stream = world.streams[slot]
    let name = ShortNames.key(group.key, in: world)
    let key = world.keys[group.key]
    var needs = "  \(stream.name) needs \(name) until \(group.end.zulu), when "
    switch world.writing(in: slot, under: group.key) {
    case .named, .coming: return
    case .never:
      needs +=
        stream.status == .deleting
        ? "it is gone with its \(ShortNames.plural(group.count, "record"))"
        : group.count == 1
          ? "its one record ages out"
          : "the last of its \(Number.grouped(group.count)) records ages out"
    case .until(let last, let reason):
      let next = if case .encryption(let next) = stream.change { next } else { stream.protection }
      let fate = RecordFate.text(next, of: slot, in: world)
      page.add(
        "  records still come under \(name) until \(last.zulu)"
          + (reason == .change
            ? ", when the last shard takes the change; then \(fate)"
            : " at the latest, by callers whose data key Kinesis remembers; then \(fate)"),
        .note)
      needs =
        "  \(stream.name) needs \(name) until \((last + stream.retention).zulu) at the latest, when "
        + "those age out"
    }
    if key.state == .gone {
      let records = "  \(ShortNames.plural(group.count, "record")) of \(stream.name) under \(name) "
      let end = "the last of them ages out at \(group.end.zulu)"
      if let wayBack = RecordFate.wayBack(group.key, in: world) {
        page.add(
          "\(records)cannot be read: the key is deleted in \(key.region), and \(wayBack); \(end)",
          .bad)
      } else {
        page.add("\(records)cannot be read any more: the key is deleted; \(end)", .bad)
      }
    } else if let due = key.deletion?.due, due < group.end {
      page.add("\(needs), but the key is deleted at \(due.zulu), before that", .bad)
    } else if key.manager == .aws {
      page.add("\(needs); AWS manages the key, so nobody can disable or delete it", .note)
    } else {
      page.add("\(needs); \(upkeep(key.state))", .note)
    }
  }

  /// What to do about a key that is still needed.
  private static func upkeep(_ state: KMS.KeyState) -> String {
    switch state {
    case .disabled: "it is Disabled: enable-key lets them be read again"
    case .pendingImport: "it is PendingImport: importing its material again lets them be read"
    case .pendingDeletion, .pendingReplicaDeletion:
      "its deletion is scheduled: cancel-key-deletion and enable-key let them be read again"
    case .creating: "it is Creating: wait 5s"
    case .enabled, .updating, .gone: "disable or delete it only then"
    }
  }

  private static func state(_ stream: Kinesis.Stream) -> String {
    stream.status.rawValue + (stream.change.map { ", \($0.inWords)" } ?? "")
  }

  private static func capacity(_ stream: Kinesis.Stream, _ world: World) -> String {
    let closed = stream.listed(at: world.now).count { $0.closed != nil }
    var text = "\(ShortNames.plural(stream.open.count, "open shard"))"
    if closed > 0 { text += ", \(closed) closed and still readable" }
    text += ", \(stream.mode.rawValue)"
    if stream.mode == .onDemand, stream.peakBytes > 0 {
      text +=
        ", busiest second \(ShortNames.count(stream.peakRecords, "record")) and "
        + ShortNames.bytes(stream.peakBytes)
    }
    if let warm = stream.warmMebibytes { text += ", kept ready for \(warm) MiB/s" }
    return text
  }

  private static func encryption(
    _ protection: Kinesis.Protection, _ stream: Int32, _ world: World
  ) -> String {
    guard case .kms(let keyID, let known) = protection else { return "NONE" }
    guard let slot = world.key(of: protection, in: stream) else {
      return
        "KMS with \(keyID), which leads to no key now: records that need a new data key are refused"
    }
    let key = world.keys[slot]
    return "KMS with \(keyID)"
      + (known == nil ? ", which is key/\(key.id.prefix(8))… today" : "")
      + trouble(slot, world.remembered(of: slot, in: stream).writing, world)
  }

  /// Why records that come are refused, and from when on at the latest.
  private static func trouble(_ slot: Int32, _ last: Instant?, _ world: World) -> String {
    let key = world.keys[slot]
    switch key.state {
    case .enabled, .updating: return ""
    case .gone:
      return
        "; the key is deleted, and nothing can be written until start-stream-encryption names another"
        + (RecordFate.wayBack(slot, in: world).map { " or \($0)" } ?? "")
    case let state:
      let goesOn = last.map {
        ", and callers whose data key Kinesis remembers write until \($0.zulu) at the latest"
      }
      return "; the key is \(state.rawValue)" + (goesOn ?? "")
    }
  }

  /// Records by the key that opens them.
  private static func records(_ slot: Int32, _ world: World) -> [[String]] {
    let kept = world.kept(in: slot)
    guard kept.count > 0 else { return [["  records", "none"]] }
    var rows: [[String]] = []
    func add(_ text: String) { rows.append([rows.isEmpty ? "  records" : "", text]) }
    for group in kept.byKey {
      let key = world.keys[group.key]
      add(
        "\(Number.grouped(group.count)) under \(ShortNames.key(group.key, in: world))"
          + (key.state.isUsable
            ? ""
            : unreadable(key.state, world.remembered(of: group.key, in: slot).reading))
          + ", the last until \(group.end.zulu)")
    }
    if kept.inTheClear > 0 {
      add("\(Number.grouped(kept.inTheClear)) in the clear, readable without any key")
    }
    return rows
  }
}

extension StreamTable {
  private static func unreadable(_ state: KMS.KeyState, _ last: Instant?) -> String {
    guard let last else { return ", unreadable: the key is \(state.inWords)" }
    return
      ", unreadable from \(last.zulu) on at the latest: the key is \(state.inWords), and until then "
      + "only readers whose data key Kinesis remembers still read"
  }
}

extension Kinesis.Change {
  /// What an UPDATING stream is at.
  fileprivate var inWords: String {
    switch self {
    case .encryption(let next): "changing its encryption to \(next.encryptionType)"
    case .split(let shard, _): "splitting \(Kinesis.Shard.id(Int(shard)))"
    case .merge: "merging two shards"
    case .shardCount(let target): "resharding to \(target)"
    case .retention(let hours): "changing its retention to \(hours) hours"
    case .mode(let mode): "changing to \(mode.rawValue)"
    case .recordSize(let kibibytes): "changing its record size to \(kibibytes) KiB"
    case .warmThroughput(let mebibytes): "getting ready for \(mebibytes) MiB/s"
    }
  }
}
