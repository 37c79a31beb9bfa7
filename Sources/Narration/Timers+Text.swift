import Cloud
import Values

extension Kinesis.Stream {
  /// Its name, and its Region where that is not the usual one.
  fileprivate var placedName: String { region == .usEast1 ? name : "\(name) in \(region)" }
}

/// What the clock does, in words.
extension Timers.Transition {
  /// What has happened.
  func says(in world: World) -> String {
    switch self {
    case .streamCreated(let slot):
      let stream = world.streams[slot]
      return
        "stream \(stream.placedName) is ACTIVE with \(ShortNames.plural(stream.open.count, "shard"))"
    case .streamDeleted(let slot): return "stream \(world.streams[slot].placedName) is gone"
    case .shardSwitched(let slot, let shard):
      let stream = world.streams[slot]
      let setting =
        stream.shards.indices.contains(Int(shard))
        ? stream.shards[Int(shard)].protection.encryptionType : "NONE"
      return
        "shard \(shard) of \(stream.placedName) writes with encryption \(setting) from now on; "
        + "what lies there stays as it is"
    case .encryptionChanged(let slot):
      return
        "stream \(world.streams[slot].placedName) is ACTIVE again, EncryptionType "
        + world.streams[slot].protection.encryptionType
    case .streamChanged(let slot, let change): return change.says(world.streams[slot])
    case .streamScaled(let slot):
      return
        "on-demand stream \(world.streams[slot].name) has seen a new peak and gets room for twice as much"
    case .consumerChanged(let slot, let index):
      guard let consumer = world.streams[slot].consumer(index) else { return "a consumer is gone" }
      return "consumer \(consumer.name) of \(world.streams[slot].name) is "
        + (consumer.status == .gone ? "gone" : consumer.status.rawValue)
    case .key(let transition): return transition.says(in: world)
    case .alarm(let change): return change.says(in: world)
    case .quota(let step): return step.says(in: world)
    }
  }

  /// What is going to happen.
  package func announced(in world: World) -> String {
    switch self {
    case .streamCreated(let slot): "stream \(world.streams[slot].name) becomes ACTIVE"
    case .streamDeleted(let slot): "stream \(world.streams[slot].name) goes"
    case .shardSwitched(let slot, let shard):
      "shard \(shard) of \(world.streams[slot].name) takes the new setting"
    case .encryptionChanged(let slot): "stream \(world.streams[slot].name) becomes ACTIVE again"
    case .streamChanged(let slot, let change):
      "\(change.announced) of \(world.streams[slot].name) is complete"
    case .streamScaled(let slot):
      "on-demand stream \(world.streams[slot].name) grows for its new peak"
    case .consumerChanged(let slot, let index):
      if let consumer = world.streams[slot].consumer(index) {
        "consumer \(consumer.name) of \(world.streams[slot].name) "
          + (consumer.status == .creating ? "becomes ACTIVE" : "goes")
      } else {
        "a consumer goes"
      }
    case .key(let transition): transition.announced(in: world)
    case .alarm: "an alarm looks"
    case .quota(let step): step.announced(in: world)
    }
  }
}

extension Kinesis.Stream {
  fileprivate func consumer(_ index: Int32) -> Kinesis.Consumer? {
    consumers.indices.contains(Int(index)) ? consumers[Int(index)] : nil
  }
}

extension Kinesis.Change {
  fileprivate func says(_ stream: Kinesis.Stream) -> String {
    let name = stream.name
    switch self {
    case .encryption: return "stream \(name) has its new encryption"
    case .split(let shard, _):
      return
        "\(Kinesis.Shard.id(Int(shard))) of \(name) is closed, two children are open in its place; "
        + "what lies in it can be read on"
    case .merge(let first, let second):
      return
        "\(Kinesis.Shard.id(Int(first))) and \(Kinesis.Shard.id(Int(second))) of \(name) are closed, one "
        + "child is open in their place; what lies in them can be read on"
    case .shardCount(let target):
      return
        "stream \(name) reshards to \(ShortNames.plural(target, "shard")); "
        + "\(stream.open.count == 1 ? "1 is" : "\(stream.open.count) are") open now"
    case .retention(let hours): return "stream \(name) keeps records for \(hours) hours"
    case .mode(let mode): return "stream \(name) is \(mode.rawValue)"
    case .recordSize(let kibibytes): return "stream \(name) takes records of up to \(kibibytes) KiB"
    case .warmThroughput(let mebibytes):
      return "stream \(name) is kept ready for \(mebibytes) MiB/s"
    }
  }

  fileprivate var announced: String {
    switch self {
    case .encryption: "the change of encryption"
    case .split(let shard, _): "the split of \(Kinesis.Shard.id(Int(shard)))"
    case .merge: "the merge"
    case .shardCount: "the next round of resharding"
    case .retention: "the change of retention"
    case .mode: "the change of mode"
    case .recordSize: "the change of the record size"
    case .warmThroughput: "the change of warm throughput"
    }
  }
}

extension KMS.Transition {
  fileprivate func says(in world: World) -> String {
    let name = place(slot, in: world)
    switch self {
    case .deleted:
      let name = "key/\(world.keys[slot].id.prefix(8))…"
      guard let wayBack = RecordFate.wayBack(slot, in: world) else {
        return "\(name) is deleted: what lies under it can never be opened again"
      }
      return
        "\(name) is deleted in \(world.keys[slot].region): what lies under it there cannot be opened "
        + "until \(wayBack)"
    case .rotated, .rotatedOnDemand:
      return "\(name) has new key material; older ciphertext still opens"
    case .expired:
      return
        "imported key material of \(name) is deleted: the key is \(world.keys[slot].state.rawValue)"
    case .settled: return "\(name) is \(world.keys[slot].state.rawValue)"
    }
  }

  fileprivate func announced(in world: World) -> String {
    let name = place(slot, in: world)
    switch self {
    case .deleted:
      let copies = RecordFate.copies(of: slot, in: world).map { world.keys[$0].region.description }
      guard copies.isEmpty else {
        return "\(name) is deleted there; the key is left in \(copies.joined(separator: ", "))"
      }
      return "\(name) is deleted for good, with all that only it opens"
    case .rotated:
      let waits = world.keys[slot].state == .disabled ? ", or when it is enabled again" : ""
      return "\(name) gets new key material\(waits)"
    case .rotatedOnDemand: return "\(name) gets new key material"
    case .expired: return "imported key material of \(name) is deleted"
    case .settled: return "\(name) leaves the state \(world.keys[slot].state.rawValue)"
    }
  }

  /// The key's name, and its Region where related keys share the name.
  private func place(_ slot: Int32, in world: World) -> String {
    let key = world.keys[slot]
    return ShortNames.key(slot, in: world) + (key.isMultiRegion ? " in \(key.region)" : "")
  }
}

extension ServiceQuotas.Step {
  private func request(in world: World) -> ServiceQuotas.Request? {
    let requests = world.quotas.requests
    return requests.indices.contains(Int(request)) ? requests[Int(request)] : nil
  }

  fileprivate func says(in world: World) -> String {
    guard let request = request(in: world) else { return "a request for a quota goes on" }
    let what = "\(request.quota.name) in \(request.region)"
    switch self {
    case .opened:
      return "Service Quotas opened case \(request.caseID) for \(what): nothing is higher yet"
    case .approved: return "\(what) is \(Number.grouped(request.desired)) from now on: approved"
    }
  }

  fileprivate func announced(in world: World) -> String {
    guard let request = request(in: world) else { return "a request for a quota goes on" }
    let what = "\(request.quota.name) in \(request.region)"
    switch self {
    case .opened: return "a case is opened with AWS Support for \(what)"
    case .approved: return "\(what) becomes \(Number.grouped(request.desired))"
    }
  }
}

extension AlarmChange {
  fileprivate func says(in world: World) -> String {
    let alarms = world.metrics.alarms
    guard alarms.indices.contains(Int(slot)), let alarm = alarms[Int(slot)] else {
      return "an alarm went from \(from.rawValue) to \(to.rawValue)"
    }
    let actions = alarm.actionsEnabled ? alarm.actions(of: to) : []
    return "alarm \(alarm.name) goes from \(from.rawValue) to \(to.rawValue): \(alarm.subject)"
      + (actions.isEmpty ? "" : "; it would tell \(actions.joined(separator: ", "))")
  }
}
