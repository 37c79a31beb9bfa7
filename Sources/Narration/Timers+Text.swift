import Cloud
import Values

/// What the clock does, in words.
extension Timers.Transition {
  /// What has happened.
  func says(in world: World) -> String {
    switch self {
    case .streamCreated(let slot):
      let stream = world.streams[slot]
      return
        "stream \(stream.name) is ACTIVE with \(ShortNames.plural(stream.shards.count, "shard"))"
    case .streamDeleted(let slot): return "stream \(world.streams[slot].name) is gone"
    case .shardSwitched(let slot, let shard):
      let stream = world.streams[slot]
      let setting =
        stream.shards.indices.contains(Int(shard))
        ? stream.shards[Int(shard)].protection.encryptionType : "NONE"
      return
        "shard \(shard) of \(stream.name) writes with encryption \(setting) from now on; "
        + "what lies there stays as it is"
    case .encryptionChanged(let slot):
      return
        "stream \(world.streams[slot].name) is ACTIVE again, EncryptionType "
        + world.streams[slot].protection.encryptionType
    case .key(let transition): return transition.says(in: world)
    case .alarm(let change): return change.says(in: world)
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
    case .key(let transition): transition.announced(in: world)
    case .alarm: "an alarm looks"
    }
  }
}

extension KMS.Transition {
  fileprivate func says(in world: World) -> String {
    let key = world.keys[slot]
    let name = "key/\(key.id.prefix(8))…"
    switch self {
    case .deleted:
      return "\(name) is deleted: what lies under it can never be opened again"
    case .rotated:
      return "\(ShortNames.key(slot, in: world)) has new key material; older ciphertext still opens"
    case .expired:
      return
        "imported key material of \(ShortNames.key(slot, in: world)) is deleted: the key is "
        + "\(key.state.rawValue)"
    case .settled: return "\(ShortNames.key(slot, in: world)) is \(key.state.rawValue)"
    }
  }

  fileprivate func announced(in world: World) -> String {
    let name = ShortNames.key(slot, in: world)
    switch self {
    case .deleted: return "\(name) is deleted for good, with all that only it opens"
    case .rotated:
      let waits = world.keys[slot].state == .disabled ? ", or when it is enabled again" : ""
      return "\(name) gets new key material\(waits)"
    case .expired: return "imported key material of \(name) is deleted"
    case .settled: return "\(name) leaves the state \(world.keys[slot].state.rawValue)"
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
