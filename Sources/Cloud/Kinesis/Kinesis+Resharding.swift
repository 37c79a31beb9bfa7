import Values

extension Kinesis {
  static let reshardingOperations = [
    OperationRow(SplitShard.self), OperationRow(MergeShards.self),
    OperationRow(UpdateShardCount.self),
  ]

  /// Closes a shard and opens two in its place.
  struct SplitShard: StreamOperation {
    static let id = OperationID.splitShard
    var stream: StreamReference
    var shardID: String
    var start: String

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      shardID = input.text("ShardToSplit")
      start = input.text("NewStartingHashKey")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkProvisioned(slot)
      try cloud.world.checkActive(slot)
      let index = try cloud.world.openShard(shardID, of: slot)
      let shard = cloud.world.streams[slot].shards[Int(index)]
      let (low, high) = (shard.range.lowerBound, shard.range.upperBound)
      guard let start = UInt128(start), start > low, start - low > 1, start < high else {
        throw .kinesisInput(
          "NewStartingHashKey \(start) used in SplitShard() on shard \(shard.id) in stream "
            + "\(cloud.world.streams[slot].name) under account \(cloud.world.account) is not both "
            + "greater than one plus the shard's StartingHashKey \(low) and less than the shard's "
            + "EndingHashKey \(high).")
      }
      try cloud.world.checkShardQuota(1, in: cloud.world.streams[slot].region)
      cloud.world.begin(.split(shard: index, at: start), of: slot)
    }
  }

  /// Closes two neighbours and opens one in their place.
  struct MergeShards: StreamOperation {
    static let id = OperationID.mergeShards
    var stream: StreamReference
    var first: String
    var second: String

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      first = input.text("ShardToMerge")
      second = input.text("AdjacentShardToMerge")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkProvisioned(slot)
      try cloud.world.checkActive(slot)
      let one = try cloud.world.openShard(first, of: slot)
      let two = try cloud.world.openShard(second, of: slot)
      let stream = cloud.world.streams[slot]
      let (left, right) = (stream.shards[Int(one)].range, stream.shards[Int(two)].range)
      let lower = left.lowerBound < right.lowerBound ? left : right
      let upper = left.lowerBound < right.lowerBound ? right : left
      guard one != two, lower.upperBound < .max, lower.upperBound + 1 == upper.lowerBound else {
        throw .kinesisInput(
          "Shards \(stream.shards[Int(one)].id) and \(stream.shards[Int(two)].id) in stream "
            + "\(stream.name) under account \(stream.owner.id) are not an adjacent pair of "
            + "shards eligible for merging")
      }
      cloud.world.begin(.merge(one, two), of: slot)
    }
  }

  /// Gives a stream so many equal shards.
  ///
  /// Source: Kinesis API Reference, UpdateShardCount: at most double, at least half, ten times a day.
  struct UpdateShardCount: StreamOperation {
    static let id = OperationID.updateShardCount
    var stream: StreamReference
    var target: Int

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      target = input.number("TargetShardCount") ?? 0
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkProvisioned(slot)
      try cloud.world.checkActive(slot)
      let stream = cloud.world.streams[slot]
      let current = stream.open.count
      guard target <= 2 * current else {
        throw .kinesis(
          .limit,
          "UpdateShardCount cannot scale up over double your current open shard count. Current "
            + "open shard count: \(current) Target shard count: \(target)")
      }
      guard 2 * target >= current else {
        throw .kinesis(
          .limit,
          "UpdateShardCount cannot scale down below half your current open shard count. Current "
            + "open shard count: \(current) Target shard count: \(target)")
      }
      guard target <= Limits.targetShards else {
        throw .kinesis(
          .limit, "TargetShardCount \(target) is more than \(Limits.targetShards) shards.")
      }
      let now = cloud.world.now
      let recent = stream.countChanges.filter { $0 > now - Limits.day }
      guard recent.count < Limits.countChanges else {
        throw .kinesis(
          .limit,
          "UpdateShardCount was called \(recent.count) times on stream \(stream.name) in the last "
            + "24 hours. Limit: \(Limits.countChanges).")
      }
      if target > current {
        try cloud.world.checkShardQuota(target - current, in: stream.region)
      }
      cloud.world.streams[slot].countChanges = recent + [now]
      cloud.world.begin(.shardCount(target), of: slot)
      return [
        "StreamName": .string(stream.name), "CurrentShardCount": .integer(current),
        "TargetShardCount": .integer(target), "StreamARN": .string(stream.arn.description),
      ]
    }
  }
}

extension World {
  /// Fails for a stream whose capacity is on demand.
  func checkProvisioned(_ slot: Int32) throws(ServiceError) {
    guard streams[slot].mode == .provisioned else {
      throw .kinesis(
        .validation,
        "Request is invalid. Stream \(streams[slot].name) under account \(account) is in "
          + "On-Demand mode.")
    }
  }

  /// The index of a shard by its id, which may have fewer digits.
  func shard(_ id: String, of slot: Int32) throws(ServiceError) -> Int32 {
    guard let index = Kinesis.Shard.number(ofID: id), index < streams[slot].shards.count else {
      throw .kinesis(
        .notFound,
        "Could not find shard \(id) in stream \(streams[slot].name) under account \(account).")
    }
    return Int32(index)
  }

  fileprivate func openShard(_ id: String, of slot: Int32) throws(ServiceError) -> Int32 {
    let index = try shard(id, of: slot)
    guard streams[slot].shards[Int(index)].closed == nil else {
      throw .kinesisInput(
        "Shard \(Kinesis.Shard.id(Int(index))) in stream \(streams[slot].name) under account "
          + "\(account) is closed and cannot be split or merged.")
    }
    return index
  }

  /// Open shards of provisioned streams in a Region, those of streams in creation included.
  package func provisionedShards(in region: Region) -> Int {
    streams.slots(in: region, of: active).reduce(0) { sum, slot in
      let stream = streams[slot]
      guard stream.mode == .provisioned else { return sum }
      return sum + (stream.status == .creating ? stream.shardCount : stream.open.count)
    }
  }

  /// Fails when the account may not have so many shards more.
  func checkShardQuota(_ more: Int, in region: Region) throws(ServiceError) {
    let current = provisionedShards(in: region)
    let limit = self.limit(.shards, in: region, usual: Kinesis.Limits.shards(in: region))
    guard more <= limit - current else {
      throw .shardLimit(
        asked: more, limit: limit, current: current, account: account, region: region)
    }
  }
}
