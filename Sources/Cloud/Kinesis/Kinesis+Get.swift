import Ciphers
import Values

extension Kinesis {
  struct GetShardIterator: StreamOperation {
    static let id = OperationID.getShardIterator
    var stream: StreamReference
    var shardID: String
    var type: String
    var number: String?
    var timestamp: JSON?

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      shardID = input.text("ShardId")
      type = input.text("ShardIteratorType")
      number = input.optionalText("StartingSequenceNumber")
      timestamp = input["Timestamp"]
    }

    private var takesNumber: Bool { type.hasSuffix("_SEQUENCE_NUMBER") }

    func validate() throws(ServiceError) {
      try stream.validate()
      if type == "AT_TIMESTAMP" {
        if timestamp == nil { throw .timestampMissing }
      } else if takesNumber != (number != nil) {
        throw .iteratorArguments(type: type, hasNumber: number != nil)
      }
    }

    /// A shard is not there, whether its stream is or not: the service tells no difference.
    /// Source: kinesalite, actions/getShardIterator.js, whose texts are the service's.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let arn = cloud.world.arn(of: permit.subject)
      guard let number = Shard.number(ofID: shardID) else {
        throw .kinesis(
          .notFound,
          "Could not find shard \(shardID) in stream \(arn?.resourceName ?? "") under account "
            + "\(arn?.account ?? "").")
      }
      let slot: Int32
      do throws(ServiceError) {
        slot = try permit.stream(in: cloud.world)
      } catch {
        throw .shardOfNoStream(
          Shard.id(number), stream: arn?.resourceName ?? "", account: arn?.account ?? "", error)
      }
      let stream = cloud.world.streams[slot]
      let account = stream.owner.id
      guard
        let index = stream.listed(at: cloud.world.now).first(where: { $0.index == number })?.index
      else {
        throw .shardNotFound(shard: Shard.id(number), stream: stream.name, account: account)
      }
      let shard = stream.shards[index]
      let now = cloud.world.now
      var isCounted = shard.iterators
      guard isCounted.begin(at: now, Limits.iterating) else {
        throw cloud.world.rateExceeded(slot, index)
      }
      let record =
        switch type {
        case "LATEST": shard.count
        case "AT_TIMESTAMP": shard.first(arrivedFrom: try instant(now: now))
        case "TRIM_HORIZON": 0
        default: try place(in: shard, of: stream, account)
        }
      cloud.world.streams[slot].shards[index].iterators = isCounted
      let iterator = ShardIterator(
        stream: slot, shard: Int32(index), record: Int64(record), made: now)
      return [
        "ShardIterator": .string(
          iterator.text(sealedBy: cloud.engine, under: cloud.world.serviceKey))
      ]
    }

    private func instant(now: Instant) throws(ServiceError) -> Instant {
      let asked: Instant? =
        switch timestamp {
        // Beyond that no calendar reaches, and the product would not fit.
        case .integer(let seconds)
        where (-1_000_000_000_000...1_000_000_000_000).contains(seconds):
          Instant(milliseconds: Int64(seconds) * 1000)
        case .double(let seconds) where abs(seconds) < 1_000_000_000_000:
          Instant(milliseconds: Int64(seconds * 1000))
        case .string(let text): Instant(parsing: text)
        default: nil
        }
      guard let asked else { throw .timestampMissing }
      guard asked <= now else { throw .timestampInFuture(asked, now: now) }
      return asked
    }

    private func place(in shard: Shard, of stream: Stream, _ account: String)
      throws(ServiceError) -> Int
    {
      let text = self.number ?? ""
      guard let number = SequenceNumber(text) else {
        throw .sequenceNumberInvalid(text, shard: shardID, stream: stream.name, account: account)
      }
      guard number.shard == UInt32(shard.index) else {
        throw .kinesisInput(
          "Invalid StartingSequenceNumber. It encodes \(Shard.id(Int(number.shard))), while it was "
            + "used in a call to a shard with \(shard.id)")
      }
      guard number.shardCreated == shard.created.seconds else {
        throw .kinesisInput(
          "StartingSequenceNumber \(text) used in GetShardIterator on shard \(shard.id) in stream "
            + "\(stream.name) under account \(account) is invalid because it did not come from this "
            + "stream.")
      }
      if number.index == Shard.closingIndex, shard.closed != nil { return shard.count }
      guard number.index <= UInt64(shard.count) else {
        throw .sequenceNumberInvalid(text, shard: shardID, stream: stream.name, account: account)
      }
      // The shard's own first number stands before its first record.
      let record = Int(number.index) - 1
      return type == "AT_SEQUENCE_NUMBER" ? max(0, record) : record + 1
    }
  }

  /// Reads on from an iterator. Encrypted records are opened with data keys that KMS unwraps for
  /// the caller.
  package struct GetRecords: Operation {
    package static let id = OperationID.getRecords
    var text: String
    var limit: Int
    var streamARN: String?

    package struct Response: Sendable {
      package var stream: Int32
      package var shard: Int32
      package var first: Int
      package var plaintexts: [[UInt8]]
      /// Nothing at the end of a closed shard.
      package var next: String?
      package var behind: Duration
    }

    package init(_ input: JSON) throws(ServiceError) {
      text = input.text("ShardIterator")
      limit = input.number("Limit") ?? Limits.replyRecords
      streamARN = input.optionalText("StreamARN")
    }

    package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      guard let iterator = ShardIterator(reading: text), iterator.stream >= 0,
        Int(iterator.stream) < world.streams.streams.count
      else { throw .iteratorInvalid }
      let stream = world.streams[iterator.stream]
      guard stream.region == call.region else { throw .iteratorInvalid }
      if let streamARN, streamARN != stream.arn.description { throw .iteratorInvalid }
      return .stream(iterator.stream)
    }

    package func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError)
      -> Response
    {
      let slot = try permit.stream(in: cloud.world)
      let now = cloud.world.now
      guard let iterator = ShardIterator(reading: text),
        iterator.isGenuine(text, cloud.engine, under: cloud.world.serviceKey),
        Int(iterator.shard) < cloud.world.streams[slot].shards.count
      else { throw .iteratorInvalid }
      guard now <= iterator.made + Limits.iteratorLife else {
        throw .iteratorExpired(created: iterator.made, now: now)
      }
      let shard = cloud.world.streams[slot].shards[Int(iterator.shard)]
      var window = shard.reads
      guard window.begin(at: now, Limits.reading) else {
        throw cloud.world.rateExceeded(slot, Int(iterator.shard))
      }
      let kept = shard.first(arrivedFrom: cloud.world.streams[slot].horizon(at: now))
      let batch = Self.batch(of: shard, from: max(Int(iterator.record), kept), limit: limit)
      let keys = try cloud.readingKeys(for: slot, shard, batch.records, &permit)
      let plaintexts = try cloud.open(batch.records, of: shard, slot, with: keys)
      window.count(batch.bytes)
      cloud.world.streams[slot].shards[Int(iterator.shard)].reads = window
      permit.effect = .read(
        shard: iterator.shard, record: Int32(clamping: batch.records.lowerBound),
        count: Int32(batch.records.count), encrypted: Int32(batch.encrypted))
      let end = batch.records.upperBound
      let next = ShardIterator(
        stream: slot, shard: iterator.shard, record: Int64(end), made: now)
      return Response(
        stream: slot, shard: iterator.shard, first: batch.records.lowerBound,
        plaintexts: plaintexts,
        next: shard.closed != nil && end == shard.count
          ? nil : next.text(sealedBy: cloud.engine, under: cloud.world.serviceKey),
        behind: end < shard.count ? now - shard[end].arrived : .zero)
    }

    /// Records from a place on: at most `limit` of them, and no more data than one reply carries.
    private static func batch(of shard: Shard, from start: Int, limit: Int) -> Batch {
      var end = start
      var bytes = 0
      var encrypted = 0
      while end < shard.count, end - start < min(limit, Limits.replyRecords) {
        let record = shard[end]
        let size = shard.size(of: record)
        if bytes + size > Limits.replyBytes, end > start { break }
        bytes += size
        if record.isEncrypted { encrypted += 1 }
        end += 1
      }
      return Batch(records: start..<max(start, end), bytes: bytes, encrypted: encrypted)
    }

    /// Which records go into a reply, what they weigh, and how many of them are encrypted.
    private struct Batch {
      var records: Range<Int>
      var bytes: Int
      var encrypted: Int
    }

    package static func output(_ response: Response, of cloud: Cloud) -> JSON? {
      let stream = cloud.world.streams[response.stream]
      let shard = stream.shards[Int(response.shard)]
      let records = response.plaintexts.enumerated().map { offset, data -> JSON in
        let index = response.first + offset
        return [
          "SequenceNumber": .string(shard.sequenceNumber(of: index).description),
          "ApproximateArrivalTimestamp": .string(shard[index].arrived.iso8601),
          "Data": .string(Base64.encode(data)),
          "PartitionKey": .string(shard.partitionKey(of: index)),
          "EncryptionType": shard[index].isEncrypted ? "KMS" : "NONE",
        ]
      }
      var reply = JSONObject([("Records", .array(records))])
      if let next = response.next { reply["NextShardIterator"] = .string(next) }
      reply["MillisBehindLatest"] = .integer(Int(response.behind.milliseconds))
      if response.next == nil {
        reply["ChildShards"] = .array(
          stream.children(of: shard.index).map { child in
            [
              "ShardId": .string(child.id),
              "ParentShards": .array(child.parents.map { .string(Shard.id(Int($0))) }),
              "HashKeyRange": child.rangeJSON,
            ]
          })
      }
      return .object(reply)
    }
  }
}

extension Cloud {
  /// The data keys that a batch needs, by envelope: remembered ones under the documented model, the
  /// rest unwrapped by KMS for the caller.
  ///
  /// Simplified: under the described model one Decrypt opens all wrapped keys of the batch that lie
  /// under one KMS key, because the guide counts one call a batch.
  mutating func readingKeys(
    for slot: Int32, _ shard: Kinesis.Shard, _ batch: Range<Int>, _ permit: inout Permit
  ) throws(ServiceError) -> [Int32: SecretKey] {
    var keys: [Int32: SecretKey] = [:]
    var missing: [Int32] = []
    let session = permit.call.session
    let library = world.model == .described ? world.streams.libraryCaches[session] : nil
    var seen: Set<Int32> = []
    var last: Int32 = -1
    for record in batch {
      let envelope = shard[record].envelope
      // Below zero: stored in the clear. Neighbours mostly lie under the same key.
      guard envelope >= 0, envelope != last, seen.insert(envelope).inserted else { continue }
      last = envelope
      if let library {
        if let key = world.streams[slot].dataKeys.reading(
          session, envelope, at: world.now, within: library.maxAge)
        {
          permit.rows.formUnion(ModelRows(.clientCaching))
          keys[envelope] = key
          continue
        }
      } else if let key = world.streams[slot].dataKeys.reading(
        session, envelope, at: world.now)
      {
        permit.rows.formUnion(ModelRows(.dataKeyPer))
        if world.model == .documented {
          keys[envelope] = key
          continue
        }
      }
      missing.append(envelope)
    }
    for group in groups(of: missing, in: slot) {
      let opened = try unwrap(group, for: slot, permit)
      for (envelope, key) in zip(group, opened) {
        keys[envelope] = key
        world.streams[slot].dataKeys.remember(key, opened: envelope, for: session, at: world.now)
      }
    }
    if missing.count > 1 { permit.rows.formUnion(ModelRows(.dataKeyPer)) }
    return keys
  }

  /// Which wrapped keys go into one Decrypt.
  private func groups(of envelopes: [Int32], in slot: Int32) -> [[Int32]] {
    guard world.model == .described else { return envelopes.map { [$0] } }
    var groups: [(key: Int32, envelopes: [Int32])] = []
    for envelope in envelopes {
      let key = world.streams[slot].dataKeys.envelopes.key(of: Int(envelope))
      if let place = groups.firstIndex(where: { $0.key == key }) {
        groups[place].envelopes.append(envelope)
      } else {
        groups.append((key, [envelope]))
      }
    }
    return groups.map(\.envelopes)
  }

  private mutating func unwrap(_ envelopes: [Int32], for slot: Int32, _ permit: Permit)
    throws(ServiceError) -> [SecretKey]
  {
    let stream = world.streams[slot]
    var blobs: [KMS.CiphertextBlob] = []
    for envelope in envelopes {
      let found = stream.dataKeys.envelopes[Int(envelope)]
      guard let blob = KMS.CiphertextBlob(found.blob) else {
        throw .recordDamaged(sequenceNumber: "")
      }
      blobs.append(blob)
    }
    do throws(ServiceError) {
      let opened = try call(
        KMS.Decrypt(blobs, boundTo: stream.context), permit.forwarded(for: slot))
      return opened.plaintexts.map { SecretKey($0) }
    } catch {
      throw .fromKMS(error, world.model)
    }
  }

  /// The data of records. Assumed: that Kinesis answers InternalFailure for a damaged one.
  fileprivate func open(
    _ batch: Range<Int>, of shard: Kinesis.Shard, _ slot: Int32, with keys: [Int32: SecretKey]
  ) throws(ServiceError) -> [[UInt8]] {
    var plaintexts: [[UInt8]] = []
    plaintexts.reserveCapacity(batch.count)
    // Neighbours mostly lie under the same key.
    var last: (envelope: Int32, key: SecretKey?, context: [UInt8]) = (-1, nil, [])
    for record in batch {
      let envelope = shard[record].envelope
      guard envelope >= 0 else {
        plaintexts.append(shard.body(of: record))
        continue
      }
      if envelope != last.envelope {
        let context = world.streams[slot].dataKeys.envelopes.context(of: Int(envelope))
        last = (envelope, keys[envelope], context)
      }
      let data: [UInt8]? = last.key.flatMap { key in
        shard.withBody(of: record) { sealed in
          last.context.withUnsafeBytes { engine.open(sealed, under: key, boundTo: $0) }
        }
      }
      guard let data else {
        throw .recordDamaged(sequenceNumber: shard.sequenceNumber(of: record).description)
      }
      plaintexts.append(data)
    }
    return plaintexts
  }
}
