import Clients
import Cloud
import Values

/// How many shards a load needs, before it runs.
package enum ShardNeedPage {
  package static func page(_ plan: LoadPlan, _ name: String, in world: World) -> Page {
    let need = plan.shardsNeeded
    var page = Page()
    page.add(table: [
      [
        "records", "\(Number.grouped(plan.rate))/s", "1,000/s a shard",
        ShortNames.plural(need.byRecords, "shard"),
      ],
      [
        "bytes", "\(Number.grouped(plan.rate * plan.recordSize))/s, each record rounded up to a KB",
        "1 MB/s a shard", ShortNames.plural(need.byBytes, "shard"),
      ],
      [
        "reading",
        "\(Number.grouped(plan.rate * plan.recordSize * plan.consumers))/s for "
          + ShortNames.plural(plan.consumers, "consumer"), "2 MB/s a shard",
        ShortNames.plural(need.byReading, "shard"),
      ],
    ])
    if let rate = plan.tooHot {
      page.add(table: [
        [
          "one key", "\(Number.grouped(rate))/s of the partition key \(LoadPlan.hotKey)",
          "1,000/s and 1 MB/s a shard", "no number of shards",
        ]
      ])
      page.add(
        "needed: other partition keys. A key lies in one shard, however many there are; without that, "
          + "\(ShortNames.plural(need.most, "shard")) would do", .bad)
      return page
    }
    let has = world.streams[plan.stream].open.count
    if need.reads > LoadPlan.readsPerShard {
      page.add(
        "reads: \(need.reads) a second from each shard, which answers \(LoadPlan.readsPerShard); more "
          + "shards change nothing there: --poll, fewer consumers, or enhanced fan-out", .bad)
    }
    page.add(
      "needed: \(ShortNames.plural(need.most, "shard")); \(name) has \(has)",
      has < need.most ? .bad : .good)
    return page
  }

  /// One line for a stream that is too narrow, so that nobody takes a shard's refusals for KMS's.
  package static func warning(_ plan: LoadPlan, in world: World) -> String? {
    let stream = world.streams[plan.stream]
    if let rate = plan.tooHot {
      return
        "Four of five records have the partition key \(LoadPlan.hotKey): \(Number.grouped(rate)) a "
        + "second go to one shard, more than it takes. Expect its refusals, however many shards there are."
    }
    let need = plan.shardsNeeded.most
    guard stream.open.count < need else { return nil }
    return "This load needs at least \(ShortNames.plural(need, "shard")), \(stream.name) has "
      + "\(stream.open.count): expect the shards' refusals before KMS's. "
      + "load --shards-needed shows the sum."
  }
}
