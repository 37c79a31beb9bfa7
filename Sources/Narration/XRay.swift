import Cloud
import EncryptionSDK
import Values

/// What a person with the disk finds: the stored bytes, labelled, and what can be read without a key.
package enum XRay {
  /// Records of a shard that are shown when no sequence number is given.
  private static let shown = 5
  /// Records before them among which another kind is looked for.
  private static let searched = 1000

  /// How a record lies there.
  private enum Kind: CaseIterable {
    case clear, client, kms, kinesis
  }

  /// A record of the stream, or its newest ones.
  package static func page(_ slot: Int32, record: (shard: Int, record: Int)?, in world: World)
    -> Page
  {
    var page = Page()
    let stream = world.streams[slot]
    let hasNamesake = Region.all.contains {
      $0 != stream.region && world.streams.slot(named: stream.name, in: $0, of: stream.owner) != nil
    }
    page.add(
      "The disk under \(stream.name)\(hasNamesake ? " in \(stream.region)" : ""), as a thief finds it",
      .heading)
    if let record {
      add(slot, record.shard, record.record, world, &page)
      return page
    }
    guard stream.status != .creating else {
      page.add("It is CREATING: there is no shard yet, and no byte.", .note)
      return page
    }
    if stream.status != .active { page.add("The stream is \(stream.status.rawValue).", .note) }
    let horizon = stream.horizon(at: world.now)
    let shards = stream.listed(at: world.now)
    var total = 0
    for shard in shards {
      let kept = shard.count - shard.first(arrivedFrom: horizon)
      total += kept
      let state =
        shard.closed.map { "closed at \($0.zulu), takes no more" }
        ?? "writes with encryption \(shard.protection.encryptionType)"
      let parents = shard.parents.map { Kinesis.Shard.id(Int($0)) }
      page.add(
        "\(shard.id): \(ShortNames.plural(kept, "record")), \(state)"
          + (parents.isEmpty ? "" : "; child of \(parents.joined(separator: " and "))"))
    }
    if total == 0 {
      page.add(
        stream.shards.contains { $0.count > 0 }
          ? "Nothing is kept: what was stored has aged out after \(stream.retentionHours) hours."
          : "Nothing is stored yet: put a record first.", .note)
      return page
    }
    var hasOthers = false
    for shard in shards {
      let first = shard.first(arrivedFrom: horizon)
      let newest = max(first, shard.count - shown)..<max(first, shard.count)
      let others = others(shard, before: newest, from: first, stream.region, world)
      if !others.isEmpty { hasOthers = true }
      for record in others + newest { add(slot, shard.index, record, world, &page) }
    }
    if shards.contains(where: { $0.count - $0.first(arrivedFrom: horizon) > shown }) {
      page.add(
        "Only the newest \(shown) of each shard"
          + (hasOthers
            ? ", and beside them the newest of each other kind: in the clear, sealed by the client, a "
              + "ciphertext of KMS, sealed by Kinesis" : "")
          + "; name a sequence number for another.", .note)
    }
    return page
  }

  /// The newest record of each kind that is not among the newest of all.
  private static func others(
    _ shard: Kinesis.Shard, before newest: Range<Int>, from first: Int, _ region: Region,
    _ world: World
  ) -> [Int] {
    var kinds = Set(newest.map { kind(of: $0, shard, region, world) })
    var found: [Int] = []
    for record in (max(first, newest.lowerBound - searched)..<newest.lowerBound).reversed()
    where kinds.count < Kind.allCases.count {
      if kinds.insert(kind(of: record, shard, region, world)).inserted { found.append(record) }
    }
    return found.reversed()
  }

  private static func kind(
    of record: Int, _ shard: Kinesis.Shard, _ region: Region, _ world: World
  ) -> Kind {
    guard !shard[record].isEncrypted else { return .kinesis }
    let body = shard.body(of: record)
    if world.keys.slot(ofCiphertext: body, in: region) != nil { return .kms }
    return (try? MessageReader(body)) == nil ? .clear : .client
  }

  private static func add(
    _ slot: Int32, _ index: Int, _ record: Int, _ world: World, _ page: inout Page
  ) {
    let stream = world.streams[slot]
    let shard = stream.shards[index]
    let found = shard[record]
    page.add("")
    page.add("record \(record + 1) of \(shard.id), \(shard.sequenceNumber(of: record))", .heading)
    // What has aged out lies there no more, whether or not its memory was given back.
    guard found.arrived >= stream.horizon(at: world.now) else {
      page.add(
        "  arrived \(found.arrived.zulu) and has aged out after \(stream.retentionHours) hours: nothing "
          + "of it is left", .note)
      return
    }
    let body = shard.body(of: record)
    func row(_ name: String, _ text: String, _ style: Page.Style = .plain) {
      page.add("  " + name, is: text, style, at: 18)
    }
    row(
      "in the clear",
      "partition key \(JSON.quoted(shard.partitionKey(of: record))), arrived \(found.arrived.zulu)")
    guard found.isEncrypted else {
      let seal = seal(body, stream.region, world)
      row(
        seal == nil ? "in the clear" : "as it came", "data, " + ShortNames.bytes(body.count),
        seal == nil ? .bad : .plain)
      page.add(dump: body, indented: 6)
      guard let seal else {
        page.add("  readable without any key: everything", .bad)
        return
      }
      page.add("  sealed by the client before it came: \(seal)", .good)
      page.add("  readable without the key: partition key, time and size; not the data", .good)
      return
    }
    let envelope = stream.dataKeys.envelopes[Int(found.envelope)]
    row(
      "in the clear",
      "encryption context "
        + stream.context.pairs.map { "\($0.key) = \($0.value)" }.joined(separator: ", "))
    let material = world.keys.material(ofCiphertext: envelope.blob).map { " (material \($0 + 1))" }
    row(
      "wrapped key",
      "data key \(found.envelope + 1), sealed under "
        + "\(ShortNames.key(envelope.key, in: world))\(material ?? ""), \(envelope.blob.count) bytes"
    )
    page.add(dump: envelope.blob, indented: 6)
    row("nonce", "12 bytes")
    page.add(dump: Array(body.prefix(12)), indented: 6)
    row("ciphertext", "\(ShortNames.bytes(body.count - 28)), AES-256-GCM")
    page.add(dump: Array(body.dropFirst(12).dropLast(16)), indented: 6)
    row("tag", "16 bytes, over ciphertext and context")
    page.add(dump: Array(body.suffix(16)), indented: 6)
    row("to open it", opening(envelope.key, world))
    if !world.keys[envelope.key].state.isUsable,
      let last = world.remembered(of: envelope.key, in: slot).reading
    {
      row(
        "",
        "readers whose data key Kinesis remembers still get it, until \(last.zulu) at the "
          + "latest")
    }
    page.add(
      "  readable without the key: partition key, time, size and context; not the data", .good)
  }

  /// What seals data that Kinesis has not sealed: a message of the Encryption SDK, or what KMS gave
  /// for the text itself.
  private static func seal(_ body: [UInt8], _ region: Region, _ world: World) -> String? {
    if let key = world.keys.slot(ofCiphertext: body, in: region) {
      return "a ciphertext of KMS; to open it kms:Decrypt on \(ShortNames.key(key, in: world))"
    }
    guard let message = try? MessageReader(body) else { return nil }
    let keys = message.header.dataKeys.map { key in
      let name = String(decoding: key.info, as: UTF8.self)
      guard key.provider == EncryptedDataKey.kmsProvider else { return "the key \(name)" }
      return "kms:Decrypt on " + (ARN(name).map { "key/\($0.resourceName.prefix(8))…" } ?? name)
    }
    return "a message of the Encryption SDK; to open it \(keys.joined(separator: " or "))"
  }

  /// What the key's state means for what lies under it.
  private static func opening(_ slot: Int32, _ world: World) -> String {
    let key = world.keys[slot]
    let name = ShortNames.key(slot, in: world)
    switch key.state {
    case .enabled, .updating: return "kms:Decrypt on \(name), which is \(key.state.rawValue)"
    case .disabled: return "not now: \(name) is Disabled; enable-key brings it back"
    case .pendingDeletion, .pendingReplicaDeletion:
      return "not now: \(name) is \(key.state.rawValue)"
        + (key.deletion?.due.map { "; cancel-key-deletion brings it back until \($0.zulu)" } ?? "")
    case .pendingImport: return "not now: \(name) waits for its key material; import the same again"
    case .creating: return "not yet: \(name) is Creating"
    case .gone:
      return RecordFate.wayBack(slot, in: world).map {
        "not now: \(name) is deleted in \(key.region); \($0)"
      } ?? "never again: \(name) is deleted, and with it the only way in"
    }
  }
}
