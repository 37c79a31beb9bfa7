import Values

extension Kinesis {
  /// What a person with the disk may put in place of what lies there.
  package enum Tampering: Hashable, Sendable {
    /// Nonce, ciphertext and tag; or the data of a record in the clear.
    case body([UInt8])
    case wrappedKey([UInt8])
    case context([UInt8])
  }
}

extension Cloud {
  /// Reads one record on a copy, as a consumer would; its data, or the refusal.
  package func readBack(stream: Int32, shard: Int, record: Int, _ call: Call)
    -> Result<[UInt8], ServiceError>
  {
    var copy = self
    let found = world.streams[stream]
    let number = found.shards[shard].sequenceNumber(of: record).description
    copy.world.streams[stream].shards[shard].iterators = Kinesis.RateWindow()
    copy.world.streams[stream].shards[shard].reads = Kinesis.RateWindow()
    do throws(ServiceError) {
      let reply = try copy.call(
        Kinesis.GetShardIterator([
          "StreamName": .string(found.name), "ShardId": .string(found.shards[shard].id),
          "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": .string(number),
        ]), call)
      let page = try copy.call(
        Kinesis.GetRecords(["ShardIterator": reply["ShardIterator"] ?? .null, "Limit": 1]), call)
      return .success(page.plaintexts.first ?? [])
    } catch {
      return .failure(error)
    }
  }

  /// Alters one record on the disk, past the front door.
  package mutating func tamper(
    _ tampering: Kinesis.Tampering, stream: Int32, shard: Int, record: Int
  ) {
    var body = world.streams[stream].shards[shard].body(of: record)
    var place = world.streams[stream].shards[shard][record].envelope
    if place >= 0 {
      var envelope = world.streams[stream].dataKeys.envelopes[Int(place)]
      switch tampering {
      case .body: break
      case .wrappedKey(let bytes): envelope.blob = bytes
      case .context(let bytes): envelope.context = bytes
      }
      place = Int32(world.streams[stream].dataKeys.envelopes.append(envelope))
    }
    if case .body(let bytes) = tampering { body = bytes }
    world.streams[stream].shards[shard].alter(record, body: body, envelope: place)
    world.streams.note("tampered \(stream) \(shard) \(record)")
    body.withUnsafeBytes { world.streams.fold($0) }
  }
}
