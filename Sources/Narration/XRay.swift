import Cloud
import Values

/// What a person with the disk finds: the stored bytes, labelled, and what can be read without a key.
package enum XRay {
  /// Records shown when no sequence number is given.
  private static let shown = 5

  /// A record of the stream, or its newest ones.
  package static func page(_ slot: Int32, record: (shard: Int, record: Int)?, in world: World)
    -> Page
  {
    var page = Page()
    let stream = world.streams[slot]
    page.add("The disk under \(stream.name), as a thief finds it", .heading)
    if let record {
      add(stream, record.shard, record.record, world, &page)
      return page
    }
    var total = 0
    for shard in stream.shards {
      total += shard.count
      page.add(
        "\(shard.id): \(ShortNames.plural(shard.count, "record")), writes with encryption "
          + shard.protection.encryptionType)
    }
    if total == 0 {
      page.add("Nothing is stored yet: put a record first.", .note)
      return page
    }
    for (index, shard) in stream.shards.enumerated() {
      for record in max(0, shard.count - shown)..<shard.count {
        add(stream, index, record, world, &page)
      }
    }
    if stream.shards.contains(where: { $0.count > shown }) {
      page.add("Only the newest \(shown) of each shard; name a sequence number for another.", .note)
    }
    return page
  }

  private static func add(
    _ stream: Kinesis.Stream, _ index: Int, _ record: Int, _ world: World, _ page: inout Page
  ) {
    let shard = stream.shards[index]
    let found = shard[record]
    let body = shard.body(of: record)
    page.add("")
    page.add("record \(record + 1) of \(shard.id), \(shard.sequenceNumber(of: record))", .heading)
    page.add(
      "  in the clear    partition key \(JSON.quoted(shard.partitionKey(of: record))), arrived "
        + found.arrived.zulu)
    guard found.isEncrypted else {
      page.add("  in the clear    data, \(ShortNames.bytes(body.count))", .bad)
      dump(body, &page)
      page.add("  readable without any key: everything", .bad)
      return
    }
    let envelope = stream.dataKeys.envelopes[Int(found.envelope)]
    page.add(
      "  in the clear    encryption context "
        + stream.context.pairs.map { "\($0.key) = \($0.value)" }.joined(separator: ", "))
    page.add(
      "  wrapped key     data key \(found.envelope + 1), sealed under "
        + "\(ShortNames.key(envelope.key, in: world)), \(envelope.blob.count) bytes")
    dump(envelope.blob, &page)
    page.add("  nonce           12 bytes")
    dump(Array(body.prefix(12)), &page)
    page.add("  ciphertext      \(ShortNames.bytes(body.count - 28)), AES-256-GCM")
    dump(Array(body.dropFirst(12).dropLast(16)), &page)
    page.add("  tag             16 bytes, over ciphertext and context")
    dump(Array(body.suffix(16)), &page)
    page.add(
      "  readable without the key: partition key, time, size and context; not the data", .good)
  }

  /// Bytes as hexadecimal digits and, beside them, as text; at most eight lines.
  private static func dump(_ bytes: [UInt8], _ page: inout Page) {
    let most = 8 * 16
    for start in stride(from: 0, to: min(bytes.count, most), by: 16) {
      let line = bytes[start..<min(start + 16, bytes.count)]
      var digits = ""
      for byte in line { digits += Hex.text([byte]) + " " }
      let pad = String(repeating: " ", count: 48 - digits.count)
      let text = String(
        decoding: line.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
      page.add("      \(digits)\(pad) \(text)", .quote)
    }
    if bytes.count > most { page.add("      … \(bytes.count - most) bytes more", .quote) }
  }
}
