import Cloud
import Narration
import Values

extension Verb {
  static let streamVerbs: [Verb] = [
    Verb(
      "streams", .looking, "every stream: state, shards, encryption, which key its records need",
      example: "streams"
    ) { workbook, call, turn in
      guard call.words.isEmpty else { return turn.misuse(call, "streams stands alone") }
      turn.print(StreamTable.page(workbook.desk.world))
    },
    Verb(
      "blast-radius KEY", .looking,
      "which records become unreadable, until when, if a key is disabled or deleted",
      example: "blast-radius \(StartNames.keyID)"
    ) { workbook, call, turn in
      workbook.blastRadius(call, &turn)
    },
    Verb(
      "flip STREAM [SEQUENCE] [data|nonce|tag|key] [BIT]", .looking,
      "flip a bit of a stored record or its wrapped key, and see which check notices",
      example: "flip my-existing-stream tag"
    ) { workbook, call, turn in
      workbook.flip(call, &turn)
    },
    Verb(
      "swap-key STREAM [SEQUENCE [SEQUENCE]]", .looking,
      "give a record another one's wrapped key, and see which check notices",
      example: "swap-key my-existing-stream"
    ) { workbook, call, turn in
      workbook.swapKey(call, &turn)
    },
    Verb(
      "replay-context STREAM FROM-STREAM", .looking,
      "put another stream's newest record, key and context in place of a stream's newest record",
      example: "replay-context my-existing-stream orders"
    ) { workbook, call, turn in
      workbook.replayContext(call, &turn)
    },
  ]
}

/// A stored record.
private struct RecordPlace: Equatable {
  var stream: Int32
  var shard: Int
  var record: Int
}

/// Why a verb cannot do what was asked.
private struct Misuse: Error {
  var text: String

  init(_ text: String) { self.text = text }
}

extension Workbook {
  fileprivate mutating func blastRadius(_ call: VerbCall, _ turn: inout Turn) {
    guard call.words.count == 1 else { return turn.misuse(call, "blast-radius wants one key") }
    let name = call.words[0]
    guard
      let slot = SubjectNames.key(name, in: desk.world, from: regionInUse, orMissed: true)
    else {
      let near = NearNames.of(name, among: SubjectNames.names(for: "kms:Decrypt", in: desk.world))
      return turn.misuse(
        call,
        "There is no key \(JSON.quoted(name))"
          + (near.isEmpty ? "; keys lists them" : "; did you mean \(near[0])?"))
    }
    turn.print(BlastRadius.page(slot, in: desk.world))
  }

  fileprivate mutating func flip(_ call: VerbCall, _ turn: inout Turn) {
    do throws(Misuse) {
      var words = call.words[...]
      let stream = try self.stream(words.popFirst())
      let place = try self.place(in: stream, &words)
      let part = words.first.flatMap { FlippedPart(rawValue: $0) }
      if part != nil { words.removeFirst() }
      let bit = words.popFirst()
      if let bit, Int(bit) == nil {
        throw Misuse(
          "flip knows no part \(JSON.quoted(bit)): it flips data, nonce, tag or key, and takes the "
            + "number of a bit after it")
      }
      guard words.isEmpty else { throw Misuse("flip takes no \(JSON.quoted(words.first ?? ""))") }
      try flip(place, part ?? .data, bit: bit, &turn)
    } catch {
      turn.misuse(call, error.text)
    }
  }

  private mutating func flip(
    _ place: RecordPlace, _ part: FlippedPart, bit: String?, _ turn: inout Turn
  ) throws(Misuse) {
    let stream = desk.world.streams[place.stream]
    let shard = stream.shards[place.shard]
    let isEncrypted = shard[place.record].isEncrypted
    guard isEncrypted || part == .data else {
      throw Misuse("That record lies in the clear: it has no \(part.rawValue), only data")
    }
    var bytes =
      part == .key
      ? stream.dataKeys.envelopes[Int(shard[place.record].envelope)].blob
      : shard.body(of: place.record)
    let range = part.range(in: bytes.count, isEncrypted: isEncrypted)
    guard !range.isEmpty else { throw Misuse("That record has no data to flip a bit of") }
    let middle = range.count * 4
    guard let number = bit == nil ? middle : bit.flatMap({ Int($0) }),
      (0..<range.count * 8).contains(number)
    else {
      throw Misuse(
        "\(JSON.quoted(bit ?? "")) is no bit of the \(part.rawValue): it has bits 0 to "
          + "\(range.count * 8 - 1)")
    }
    let before = read(place)
    let byte = range.lowerBound + number / 8
    let old = bytes[byte]
    bytes[byte] ^= 0x80 >> UInt8(number % 8)
    let done = [
      "Bit \(number) of the \(isEncrypted ? part.inWords : "data") of record \(place.record + 1) of \(shard.id) is flipped",
      "  byte \(byte - range.lowerBound) was \(Hex.text([old])) and is \(Hex.text([bytes[byte]]))",
    ]
    tamper(part == .key ? [.wrappedKey(bytes)] : [.body(bytes)], place)
    tell(done, place, before, &turn)
  }

  fileprivate mutating func swapKey(_ call: VerbCall, _ turn: inout Turn) {
    do throws(Misuse) {
      var words = call.words[...]
      let stream = try self.stream(words.popFirst())
      let place = try self.place(in: stream, &words)
      let other: RecordPlace
      if words.isEmpty {
        guard let found = neighbour(of: place) else {
          throw Misuse(noNeighbour(of: place))
        }
        other = found
      } else {
        other = try self.place(in: stream, &words)
      }
      guard words.isEmpty else { throw Misuse("swap-key takes two records at most") }
      let found = desk.world.streams[stream]
      let (mine, theirs) = (
        found.shards[place.shard][place.record], found.shards[other.shard][other.record]
      )
      guard mine.isEncrypted, theirs.isEncrypted else {
        throw Misuse("A record that lies in the clear has no wrapped key")
      }
      guard mine.envelope != theirs.envelope else {
        throw Misuse("Both records lie under one data key: put another after five minutes")
      }
      let before = read(place)
      tamper([.wrappedKey(found.dataKeys.envelopes[Int(theirs.envelope)].blob)], place)
      tell(
        [
          "Record \(place.record + 1) of \(found.shards[place.shard].id) has the wrapped key of record "
            + "\(other.record + 1) of \(found.shards[other.shard].id)",
          "  data key \(theirs.envelope + 1) in place of \(mine.envelope + 1)",
        ], place, before, &turn)
    } catch {
      turn.misuse(call, error.text)
    }
  }

  fileprivate mutating func replayContext(_ call: VerbCall, _ turn: inout Turn) {
    do throws(Misuse) {
      var words = call.words[...]
      let stream = try self.stream(words.popFirst())
      let source = try self.stream(words.popFirst())
      guard words.isEmpty else { throw Misuse("replay-context wants two streams") }
      guard stream != source else {
        throw Misuse("Inside one stream the context is the same: name another stream to take from")
      }
      var none: ArraySlice<String> = []
      let place = try self.place(in: stream, &none)
      let from = try self.place(in: source, &none)
      let (mine, theirs) = (desk.world.streams[stream], desk.world.streams[source])
      let record = theirs.shards[from.shard][from.record]
      guard mine.shards[place.shard][place.record].isEncrypted, record.isEncrypted else {
        throw Misuse("Both newest records must be encrypted: what lies in the clear has no context")
      }
      let envelope = theirs.dataKeys.envelopes[Int(record.envelope)]
      let before = read(place)
      tamper(
        [
          .wrappedKey(envelope.blob), .context(envelope.context),
          .body(theirs.shards[from.shard].body(of: from.record)),
        ], place)
      tell(
        [
          "The newest record of \(theirs.name) lies in place of the newest of \(mine.name)",
          "  bytes, wrapped key and context are whole and fit each other; their context names "
            + theirs.arn.description,
        ], place, before, &turn)
    } catch {
      turn.misuse(call, error.text)
    }
  }

  // MARK: Places

  private func stream(_ name: String?) throws(Misuse) -> Int32 {
    guard let name else { throw Misuse("Which stream?") }
    guard let slot = SubjectNames.stream(name, in: desk.world, from: regionInUse) else {
      let names = desk.world.streams.slots(in: regionInUse).map { desk.world.streams[$0].name }
      let near = NearNames.of(name, among: names)
      throw Misuse(
        "There is no stream \(JSON.quoted(name))"
          + (near.isEmpty ? "; streams lists them" : "; did you mean \(near[0])?"))
    }
    return slot
  }

  /// The record that the next word names, or the newest one that is kept.
  private func place(in slot: Int32, _ words: inout ArraySlice<String>) throws(Misuse)
    -> RecordPlace
  {
    let stream = desk.world.streams[slot]
    let horizon = stream.horizon(at: desk.world.now)
    if let word = words.first, word.utf8.count > 20, word.allSatisfy(\.isNumber) {
      words.removeFirst()
      guard let number = SequenceNumber(word), number.index >= 1,
        stream.shards.indices.contains(Int(number.shard)),
        number.index <= UInt64(stream.shards[Int(number.shard)].count),
        stream.shards[Int(number.shard)][Int(number.index) - 1].arrived >= horizon
      else {
        throw Misuse(
          "\(JSON.quoted(word)) is no sequence number of a record that \(stream.name) keeps")
      }
      return RecordPlace(stream: slot, shard: Int(number.shard), record: Int(number.index) - 1)
    }
    let newest = stream.shards.filter { $0.count > 0 && $0[$0.count - 1].arrived >= horizon }
      .max { $0[$0.count - 1].arrived < $1[$1.count - 1].arrived }
    guard let newest else { throw Misuse("\(stream.name) keeps no record: put one first") }
    return RecordPlace(stream: slot, shard: newest.index, record: newest.count - 1)
  }

  /// A record under another data key, from the newest on.
  private func neighbour(of place: RecordPlace) -> RecordPlace? {
    let stream = desk.world.streams[place.stream]
    let own = stream.shards[place.shard][place.record].envelope
    for shard in stream.shards {
      for record in (0..<shard.count).reversed() {
        let envelope = shard[record].envelope
        if envelope >= 0, envelope != own {
          return RecordPlace(stream: place.stream, shard: shard.index, record: record)
        }
      }
    }
    return nil
  }

  /// Why no other record has a wrapped key to take.
  private func noNeighbour(of place: RecordPlace) -> String {
    let stream = desk.world.streams[place.stream]
    guard stream.shards[place.shard][place.record].isEncrypted else {
      return "The newest record of \(stream.name) lies in the clear: it has no wrapped key"
    }
    let count = desk.world.kept(in: place.stream).byKey.reduce(0) { $0 + $1.count }
    guard count > 1 else {
      return "There is no other encrypted record whose wrapped key could be taken: put another"
    }
    return
      "All \(count) encrypted records of \(stream.name) lie under one data key, so there is no other "
      + "wrapped key to take: put one more after five minutes, or with another --profile"
  }

  // MARK: Doing and reading

  private mutating func tamper(_ tamperings: [Kinesis.Tampering], _ place: RecordPlace) {
    for tampering in tamperings {
      desk.cloud.tamper(
        tampering, stream: place.stream, shard: place.shard, record: place.record)
    }
  }

  private var reader: (name: String, session: SessionID)? {
    desk.identity.map { ($0.0, $0.1) }
  }

  private func read(_ place: RecordPlace) -> [UInt8]? {
    guard let reader else { return nil }
    let region = desk.world.streams[place.stream].region
    return try? desk.cloud.readBack(
      stream: place.stream, shard: place.shard, record: place.record,
      Call(session: reader.session, region: region)
    ).get()
  }

  private func tell(
    _ done: [String], _ place: RecordPlace, _ before: [UInt8]?, _ turn: inout Turn
  ) {
    guard let reader else {
      return turn.complain(
        desk.noCredentials, status: 1)
    }
    let region = desk.world.streams[place.stream].region
    let result = desk.cloud.readBack(
      stream: place.stream, shard: place.shard, record: place.record,
      Call(session: reader.session, region: region))
    turn.print(
      TamperPage.page(
        TamperPage.Trial(done: done, reader: reader.name, before: before, result: result)))
  }
}

/// A part of what lies on the disk for a record.
private enum FlippedPart: String {
  case data, nonce, tag, key

  var inWords: String {
    switch self {
    case .data: "ciphertext"
    case .key: "wrapped key"
    default: rawValue
    }
  }

  /// Where it lies: nonce of 12 bytes, ciphertext, tag of 16. The wrapped key begins with a header that
  /// names its KMS key.
  func range(in count: Int, isEncrypted: Bool) -> Range<Int> {
    guard isEncrypted, self != .key else { return 0..<count }
    switch self {
    case .nonce: return 0..<12
    case .tag: return max(0, count - 16)..<count
    default: return min(12, count)..<max(12, count - 16)
    }
  }
}
