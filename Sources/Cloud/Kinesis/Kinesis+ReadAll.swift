import Values

extension Cloud {
  /// The data of every record of a shard, read through the front door like any consumer's calls,
  /// except that it is a look and no load: the shard's rate does not stop it.
  package mutating func readAll(of stream: Int32, _ shard: Int, _ call: Call) throws(ServiceError)
    -> [[UInt8]]
  {
    let found = world.streams[stream]
    world.streams[stream].shards[shard].iterators = Kinesis.RateWindow()
    let reply = try self.call(
      Kinesis.GetShardIterator([
        "StreamName": .string(found.name), "ShardId": .string(found.shards[shard].id),
        "ShardIteratorType": "TRIM_HORIZON",
      ]), call)
    var iterator = reply["ShardIterator"]?.string ?? ""
    var data: [[UInt8]] = []
    while true {
      world.streams[stream].shards[shard].reads = Kinesis.RateWindow()
      let page = try self.call(Kinesis.GetRecords(["ShardIterator": .string(iterator)]), call)
      data += page.plaintexts
      if page.plaintexts.isEmpty || page.behind == .zero { return data }
      guard let next = page.next else { return data }
      iterator = next
    }
  }
}
