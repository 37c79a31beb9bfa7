import Values

/// Calls of programs that know what they want: the same door as for a typed command, without a
/// command line and without JSON around a record.
extension Cloud {
  /// An iterator of a shard, of a type that needs no place: LATEST or TRIM_HORIZON.
  package mutating func iterator(
    _ type: String, of shard: Int, in stream: Int32, _ call: Call
  ) throws(ServiceError) -> String {
    let found = world.streams[stream]
    guard found.shards.indices.contains(shard) else {
      throw .shardNotFound(
        shard: Kinesis.Shard.id(shard), stream: found.name, account: world.account)
    }
    let reply = try self.call(
      Kinesis.GetShardIterator([
        "StreamName": .string(found.name), "ShardId": .string(found.shards[shard].id),
        "ShardIteratorType": .string(type),
      ]), call)
    return reply["ShardIterator"]?.string ?? ""
  }

  package mutating func records(from iterator: String, limit: Int, _ call: Call)
    throws(ServiceError) -> Kinesis.GetRecords.Response
  {
    try self.call(
      Kinesis.GetRecords(["ShardIterator": .string(iterator), "Limit": .integer(limit)]), call)
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

extension World {
  /// What is left of the quota of cryptographic requests of a Region now, and its size.
  package func cryptographicQuota(in region: Region) -> KMS.Meter.Standing {
    meter.standing(region, kmsQuota(in: region), now: now)
  }
}
