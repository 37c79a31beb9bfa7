import Ciphers
import Values

/// Calls of programs that know what they want: the same door as for a typed command, without a
/// command line and without JSON around a record.
extension Cloud {
  /// An iterator of a shard, of a type that needs no number: LATEST, TRIM_HORIZON, or AT_TIMESTAMP with
  /// an instant.
  package mutating func iterator(
    _ type: String, from instant: Instant? = nil, of shard: Int, in stream: Int32, _ call: Call
  ) throws(ServiceError) -> String {
    let found = world.streams[stream]
    guard found.shards.indices.contains(shard) else {
      throw .shardNotFound(
        shard: Kinesis.Shard.id(shard), stream: found.name, account: world.account)
    }
    var input = JSONObject([
      ("StreamName", .string(found.name)), ("ShardId", .string(found.shards[shard].id)),
      ("ShardIteratorType", .string(type)),
    ])
    input["Timestamp"] = instant.map { .string($0.iso8601) }
    let reply = try self.call(Kinesis.GetShardIterator(.object(input)), call)
    return reply["ShardIterator"]?.string ?? ""
  }

  package mutating func records(from iterator: String, limit: Int, _ call: Call)
    throws(ServiceError) -> Kinesis.GetRecords.Response
  {
    try self.call(
      Kinesis.GetRecords(["ShardIterator": .string(iterator), "Limit": .integer(limit)]), call)
  }

  /// Asks what a stream is like, as programs do that watch one.
  package mutating func describe(_ stream: Int32, _ call: Call) throws(ServiceError) {
    _ = try self.call(
      Kinesis.DescribeStream(["StreamARN": .string(world.streams[stream].arn.description)]), call)
  }

  /// A new session of a role, by its ARN.
  package mutating func session(
    ofRole arn: String, named name: String, _ call: Call
  ) throws(ServiceError) -> SessionID {
    let reply = try self.call(
      STS.AssumeRole(["RoleArn": .string(arn), "RoleSessionName": .string(name)]), call)
    let key = reply["Credentials"]?["AccessKeyId"]?.string ?? ""
    guard let session = world.identities.session(ofAccessKey: key) else {
      throw .simulatorInput("ValidationError", "\(arn) is invalid")
    }
    return session
  }
}

/// KMS as an encrypting client uses it: asked directly, for itself.
extension Cloud {
  package struct WrappedKey: Sendable {
    package let plaintext: SecretKey
    package let blob: [UInt8]
    package let keyARN: String
  }

  package mutating func dataKey(
    under key: String, bytes: Int, _ context: [(String, String)], _ call: Call
  ) throws(ServiceError) -> WrappedKey {
    var request = KMS.GenerateDataKey(for: EncryptionContext(context), under: .named(key))
    request.numberOfBytes = bytes
    let made = try self.call(request, call)
    return WrappedKey(
      plaintext: made.plaintext, blob: made.blob, keyARN: world.keys[made.key].arn.description)
  }

  /// Seals a data key that exists under a further key.
  package mutating func wrapped(
    _ dataKey: SecretKey, under key: String, _ context: [(String, String)], _ call: Call
  ) throws(ServiceError) -> WrappedKey {
    let pairs = JSONObject(context.map { ($0.0, JSON.string($0.1)) })
    let reply = try self.call(
      KMS.Encrypt([
        "KeyId": .string(key), "Plaintext": .string(Base64.encode(dataKey.bytes)),
        "EncryptionContext": .object(pairs),
      ]), call)
    return WrappedKey(
      plaintext: dataKey, blob: Base64.decode(reply["CiphertextBlob"]?.string ?? "") ?? [],
      keyARN: reply["KeyId"]?.string ?? "")
  }

  package mutating func unwrapped(
    _ blob: [UInt8], under key: String, _ context: [(String, String)], _ call: Call
  ) throws(ServiceError) -> SecretKey {
    var request = KMS.Decrypt([], boundTo: EncryptionContext(context))
    request.blobs = [KMS.CiphertextBlob(blob)]
    request.named = .named(key)
    let opened = try self.call(request, call)
    return SecretKey(opened.plaintexts.first ?? [])
  }

  /// Draws from the world's generator.
  package mutating func draw<Result, Failure: Error>(
    _ body: (inout SeededGenerator) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(&world.random)
  }

  /// Lets the libraries of these callers keep data keys, as the guide has it; nothing ends that.
  /// Only the described model knows such libraries. One that begins has no key yet, so keys that are
  /// still remembered from calls before it are let go.
  package mutating func setLibraryCache(
    _ cache: Kinesis.LibraryCache?, for sessions: some Sequence<SessionID>
  ) {
    for session in sessions { world.streams.libraryCaches[session] = cache }
    guard cache != nil, world.model == .described else { return }
    for slot in world.streams.streams.indices {
      world.streams[Int32(slot)].dataKeys.forget()
    }
  }
}

extension World {
  /// What is left of the quota of cryptographic requests of a Region now, and its size.
  package func cryptographicQuota(in region: Region) -> KMS.Meter.Standing {
    meter.standing(region, kmsQuota(in: region), now: now)
  }
}

extension Kinesis.Shard {
  /// Bytes of a record that lies there sealed, as they were before.
  package func plaintextLength(of record: Int) -> Int {
    let found = self[record]
    return Int(found.place.count) - Int(found.keyLength) - CipherEngine.nonceBytes
      - CipherEngine.tagBytes
  }
}
