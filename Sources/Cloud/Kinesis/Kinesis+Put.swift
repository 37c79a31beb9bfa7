import Ciphers
import Values

extension Kinesis {
  /// One record as a producer sends it.
  package struct NewRecord: Sendable {
    package var data: [UInt8]
    package var partitionKey: String
    package var explicitHashKey: String?

    package init(data: [UInt8], partitionKey: String, explicitHashKey: String? = nil) {
      self.data = data
      self.partitionKey = partitionKey
      self.explicitHashKey = explicitHashKey
    }

    init(_ input: JSON) {
      data = input.blob("Data")
      partitionKey = input.text("PartitionKey")
      explicitHashKey = input.optionalText("ExplicitHashKey")
    }

    /// Source: Kinesis API Reference, PutRecord: MD5 of the partition key, or the hash key given.
    func hash(_ known: HashKeys, _ engine: CipherEngine) throws(ServiceError) -> UInt128 {
      guard let explicitHashKey else { return known.hash(of: partitionKey, engine) }
      guard let hash = UInt128(explicitHashKey) else {
        throw .hashKeyOutOfRange(explicitHashKey)
      }
      return hash
    }

    var size: Int { data.count + partitionKey.utf8.count }
  }

  /// Where a record came to lie.
  package struct Stored: Hashable, Sendable {
    package var stream: Int32
    package var shard: Int32
    package var record: Int
    package var isEncrypted: Bool
  }

  /// What became of one record of a PutRecords.
  package enum Outcome: Hashable, Sendable {
    case stored(Stored)
    /// Its shard is at its rate; the record may be sent again.
    case throttled(stream: Int32, shard: Int32)

    package var isStored: Bool { if case .stored = self { true } else { false } }
  }

  package struct PutRecord: StreamOperation {
    package static let id = OperationID.putRecord
    var stream: StreamReference
    var record: NewRecord
    /// The record's number has to be greater than this one.
    var least: String?

    package init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      record = NewRecord(input)
      least = input.optionalText("SequenceNumberForOrdering")
    }

    /// For a workload that knows its stream: the same call without the JSON around it.
    package init(stream: Int32, _ record: NewRecord) {
      self.stream = StreamReference(slot: stream)
      self.record = record
    }

    package func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError)
      -> Stored
    {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkWritable(slot)
      try cloud.checkSize(record.size, of: cloud.world.streams[slot].recordKibibytes * 1024)
      if let least { try cloud.world.check(least, slot) }
      let hash = try record.hash(cloud.hashKeys, cloud.engine)
      let shard = cloud.world.streams[slot].shard(for: hash)
      let size = record.size
      let units = (size + Limits.writeUnit - 1) / Limits.writeUnit * Limits.writeUnit
      try cloud.world.admit(units, to: slot, shard)
      if cloud.world.streams[slot].mode == .onDemand { cloud.world.load(units, on: slot) }
      let key: DataKey?
      do throws(ServiceError) {
        key = try cloud.dataKey(for: slot, shard, &permit)
      } catch {
        cloud.world.streams[slot].shards[shard].writes.takeBack(units)
        throw error
      }
      return cloud.store(record, in: slot, shard, under: key, &permit)
    }

    package static func output(_ stored: Stored, of cloud: Cloud) -> JSON? {
      let shard = cloud.world.streams[stored.stream].shards[Int(stored.shard)]
      return [
        "ShardId": .string(shard.id),
        "SequenceNumber": .string(shard.sequenceNumber(of: stored.record).description),
        "EncryptionType": stored.isEncrypted ? "KMS" : "NONE",
      ]
    }
  }

  package struct PutRecords: StreamOperation {
    package static let id = OperationID.putRecords
    var stream: StreamReference
    var records: [NewRecord]

    package init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      records = (input["Records"]?.array ?? []).map { NewRecord($0) }
    }

    package init(stream: Int32, _ records: [NewRecord]) {
      self.stream = StreamReference(slot: stream)
      self.records = records
    }

    /// All data keys first, then all records: a refusal by KMS fails the whole request, a shard that
    /// is at its rate only the records that fall into it.
    /// Source: Kinesis API Reference, PutRecords: no KMS code among those of a single record.
    package func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError)
      -> [Outcome]
    {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkWritable(slot)
      let largest = cloud.world.streams[slot].recordKibibytes * 1024
      for record in records { try cloud.checkSize(record.size, of: largest) }
      let size = records.reduce(0) { $0 + $1.size }
      guard size <= Limits.requestBytes else {
        throw .requestTooLarge(bytes: size, limit: Limits.requestBytes)
      }
      var shards: [Int] = []
      for record in records {
        let hash = try record.hash(cloud.hashKeys, cloud.engine)
        shards.append(cloud.world.streams[slot].shard(for: hash))
      }
      let now = cloud.world.now
      let isAdmitted = records.indices.map { index in
        cloud.world.streams[slot].shards[shards[index]].writes.admit(
          records[index].size, at: now, Limits.writing)
      }
      var keys: [DataKey?] = []
      do throws(ServiceError) {
        for (index, shard) in shards.enumerated() {
          keys.append(isAdmitted[index] ? try cloud.dataKey(for: slot, shard, &permit) : nil)
        }
      } catch {
        for (index, shard) in shards.enumerated() where isAdmitted[index] {
          cloud.world.streams[slot].shards[shard].writes.takeBack(records[index].size)
        }
        throw error
      }
      if cloud.world.streams[slot].mode == .onDemand {
        for (index, record) in records.enumerated() where isAdmitted[index] {
          cloud.world.load(record.size, on: slot)
        }
      }
      return records.indices.map { index in
        guard isAdmitted[index] else {
          return .throttled(stream: slot, shard: Int32(shards[index]))
        }
        return .stored(
          cloud.store(records[index], in: slot, shards[index], under: keys[index], &permit))
      }
    }

    package static func output(_ outcomes: [Outcome], of cloud: Cloud) -> JSON? {
      var failed = 0
      var isEncrypted = false
      let results = outcomes.map { outcome -> JSON in
        switch outcome {
        case .stored(let place):
          isEncrypted = isEncrypted || place.isEncrypted
          let shard = cloud.world.streams[place.stream].shards[Int(place.shard)]
          return [
            "SequenceNumber": .string(shard.sequenceNumber(of: place.record).description),
            "ShardId": .string(shard.id),
          ]
        case .throttled(let stream, let shard):
          failed += 1
          isEncrypted =
            isEncrypted
            || cloud.world.streams[stream].shards[Int(shard)].protection != .none
          let error = cloud.world.rateExceeded(stream, Int(shard))
          return ["ErrorCode": .string(error.code), "ErrorMessage": .string(error.message)]
        }
      }
      return [
        "FailedRecordCount": .integer(failed), "Records": .array(results),
        "EncryptionType": isEncrypted ? "KMS" : "NONE",
      ]
    }
  }

  /// A data key in use: in the clear, and where its wrapped form lies.
  struct DataKey: Sendable {
    var key: SecretKey
    var envelope: Int32
  }
}

extension World {
  /// Records go to a stream that is ACTIVE or UPDATING; before and after that there is none.
  /// Source: facts §2.6, PutRecord while CREATING or DELETING.
  func checkWritable(_ slot: Int32) throws(ServiceError) {
    switch streams[slot].status {
    case .active, .updating: return
    case .creating, .deleting, .gone: throw streamNotFound(streams[slot].arn)
    }
  }
}

extension World {
  /// Numbers only grow, so that any number which the stream has given out is small enough.
  fileprivate func check(_ least: String, _ slot: Int32) throws(ServiceError) {
    let stream = streams[slot]
    guard let number = SequenceNumber(least), number.time <= now.seconds,
      stream.shards.indices.contains(Int(number.shard)),
      stream.shards[Int(number.shard)].created.seconds == number.shardCreated
    else {
      throw .kinesisInput(
        "ExclusiveMinimumSequenceNumber \(least) used in PutRecord on stream \(stream.name) under "
          + "account \(stream.owner.id) is invalid.")
    }
  }

  /// Counts what is about to be written to a shard; fails when it is at its rate.
  @inline(__always)
  mutating func admit(_ bytes: Int, to slot: Int32, _ shard: Int) throws(ServiceError) {
    guard
      streams[slot].shards[shard].writes.admit(bytes, at: now, Kinesis.Limits.writing)
    else { throw rateExceeded(slot, shard) }
  }

  func rateExceeded(_ slot: Int32, _ shard: Int) -> ServiceError {
    .rateExceeded(
      shard: Kinesis.Shard.id(shard), stream: streams[slot].name, account: streams[slot].owner.id)
  }
}

extension Cloud {
  /// PutRecord for a workload that knows its stream.
  @discardableResult
  package mutating func put(_ record: Kinesis.NewRecord, into stream: Int32, _ call: Call)
    throws(ServiceError) -> Kinesis.Stored
  {
    try self.call(Kinesis.PutRecord(stream: stream, record), call)
  }

  func checkSize(_ bytes: Int, of limit: Int) throws(ServiceError) {
    guard bytes <= limit else { throw .recordTooLarge(bytes: bytes, limit: limit) }
  }

  /// The data key for the next record of a shard: none where records are stored in the clear, one
  /// that is still good, or a new one from KMS, asked for as the caller.
  mutating func dataKey(for slot: Int32, _ shard: Int, _ permit: inout Permit)
    throws(ServiceError) -> Kinesis.DataKey?
  {
    guard case .kms(let keyID, let known) = world.streams[slot].shards[shard].protection else {
      return nil
    }
    let session = permit.call.session
    if world.model == .described, let library = world.streams.libraryCaches[session],
      let kept = world.streams[slot].dataKeys.reuse(session, keyID, library, at: world.now)
    {
      permit.rows.formUnion(ModelRows(.clientCaching))
      return Kinesis.DataKey(key: kept.key, envelope: kept.envelope)
    }
    if let kept = world.streams.writingKey(of: slot, session, keyID, at: world.now) {
      permit.rows.formUnion(.dataKeyPer)
      if world.model == .documented {
        return Kinesis.DataKey(key: kept.key, envelope: kept.envelope)
      }
    }
    let context = world.streams[slot].context
    let response: KMS.GenerateDataKey.Response
    do throws(ServiceError) {
      response = try call(
        KMS.GenerateDataKey(for: context, under: known.map { .slot($0) } ?? .named(keyID)),
        permit.forwarded(for: slot))
    } catch {
      throw .fromKMS(error, world.model)
    }
    let envelope = Int32(
      world.streams[slot].dataKeys.envelopes.append(
        Kinesis.Envelope(key: response.key, blob: response.blob, context: context.bytes)))
    world.streams[slot].dataKeys.remember(
      response.plaintext, envelope, for: session, keyID, at: world.now)
    return Kinesis.DataKey(key: response.plaintext, envelope: envelope)
  }

  /// Writes one record to the disk, sealed where there is a data key, and bound to the stream.
  mutating func store(
    _ record: Kinesis.NewRecord, in slot: Int32, _ shard: Int, under key: Kinesis.DataKey?,
    _ permit: inout Permit
  ) -> Kinesis.Stored {
    var name = record.partitionKey
    let keyLength = name.utf8.count
    let index: Int
    if let key {
      let nonce = world.random.nonce()
      let context = world.streams[slot].context.bytes
      var tag: (UInt64, UInt64) = (0, 0)
      let sealed = CipherEngine.nonceBytes + record.data.count + CipherEngine.tagBytes
      index = world.streams[slot].shards[shard].append(
        arrived: world.now, keyLength: keyLength, bodyLength: sealed, envelope: key.envelope
      ) { output in
        name.withUTF8 {
          output.copyMemory(
            from: UnsafeRawPointer(
              $0.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped), byteCount: $0.count
          )
        }
        let body = output + keyLength
        withUnsafeBytes(of: nonce) {
          body.copyMemory(
            from: $0.baseAddress.unsafelyUnwrapped, byteCount: CipherEngine.nonceBytes)
        }
        record.data.withUnsafeBytes { plaintext in
          context.withUnsafeBytes {
            engine.seal(plaintext, under: key.key, boundTo: $0, into: body)
          }
        }
        tag = (body + sealed - CipherEngine.tagBytes).loadUnaligned(as: (UInt64, UInt64).self)
      }
      // The tag stands for nonce, ciphertext and context.
      world.streams.fold(tag.0.littleEndian)
      world.streams.fold(tag.1.littleEndian)
    } else {
      index = world.streams[slot].shards[shard].append(
        arrived: world.now, keyLength: keyLength, bodyLength: record.data.count, envelope: -1
      ) { output in
        name.withUTF8 {
          if let start = $0.baseAddress { output.copyMemory(from: start, byteCount: $0.count) }
        }
        record.data.withUnsafeBytes {
          if let start = $0.baseAddress {
            (output + keyLength).copyMemory(from: start, byteCount: $0.count)
          }
        }
      }
      record.data.withUnsafeBytes { world.streams.fold($0) }
    }
    world.streams.fold(UInt64(UInt32(bitPattern: slot)) << 32 | UInt64(shard))
    name.withUTF8 { world.streams.fold(UnsafeRawBufferPointer($0)) }
    note(index, slot, shard, in: &permit)
    return Kinesis.Stored(
      stream: slot, shard: Int32(shard), record: index, isEncrypted: key != nil)
  }

  /// Notes what the call stored: the first record, and how many.
  private func note(_ record: Int, _ slot: Int32, _ shard: Int, in permit: inout Permit) {
    if case .stored(let stream, let first, let start, let count) = permit.effect {
      permit.effect = .stored(stream: stream, shard: first, record: start, count: count + 1)
    } else {
      permit.effect = .stored(
        stream: slot, shard: Int32(shard), record: Int32(clamping: record), count: 1)
    }
  }
}
