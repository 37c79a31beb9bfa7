import Cloud
import Values

/// What becomes of records under a key or a setting, as the tables of streams and keys say it.
enum RecordFate {
  /// What a setting does with new records: `under alias/orders`, `in the clear`, or `refused: …`.
  static func text(_ protection: Kinesis.Protection, of stream: Int32, in world: World) -> String {
    guard case .kms(let keyID, let known) = protection else { return "in the clear" }
    guard let key = world.key(of: protection, in: stream) else {
      return "refused: \(keyID) leads to no key"
    }
    let state = world.keys[key].state
    let name =
      known == nil ? ARN(keyID)?.resource ?? keyID : ShortNames.key(key, in: world)
    return state.isUsable ? "under \(name)" : "refused: \(name) is \(state.inWords)"
  }

  /// How a deleted copy of a multi-Region key comes back; nothing where no related key is left.
  static func wayBack(_ key: Int32, in world: World) -> String? {
    guard let copy = copies(of: key, in: world).first else { return nil }
    let what =
      world.keys[key].origin == .external
      ? "replicate-key and an import of the same material bring" : "replicate-key brings"
    return
      "\(what) it back from its copy in \(world.keys[copy].region)\(condition(world.keys[copy].state))"
  }

  /// What a copy needs before it can be replicated.
  private static func condition(_ state: KMS.KeyState) -> String {
    switch state {
    case .enabled, .updating, .creating, .gone: ""
    case .disabled: ", once that one is enabled"
    case .pendingImport: ", once that one has its material again"
    case .pendingDeletion, .pendingReplicaDeletion:
      ", once the deletion of that one is cancelled and it is enabled"
    }
  }

  /// The other related multi-Region keys that are there, the primary key first.
  static func copies(of key: Int32, in world: World) -> [Int32] {
    let others = world.keys.related(to: key).filter { $0 != key }
    return others.filter { world.keys[$0].role == .primary }
      + others.filter { world.keys[$0].role != .primary }
  }
}

extension KMS.KeyState {
  var inWords: String { self == .gone ? "deleted" : rawValue }
}
