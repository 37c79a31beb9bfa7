import Values

extension KMS {
  /// Begins the waiting period at whose end a key and all that lies under it are lost.
  ///
  /// Source: AWS KMS Developer Guide, deleting keys; a primary key waits for its replicas first.
  struct ScheduleKeyDeletion: KeyOperation {
    static let id = OperationID.scheduleKeyDeletion
    var keyID: String
    var days: Int

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      days = input.number("PendingWindowInDays") ?? Limits.usualDeletionDays
    }

    /// The model allows 1 to 365 days; the service refuses what its guide refuses.
    func validate() throws(ServiceError) {
      let range = Limits.deletionDays
      guard !range.contains(days) else { return }
      let bound =
        days < range.lowerBound
        ? "greater than or equal to \(range.lowerBound)"
        : "less than or equal to \(range.upperBound)"
      throw .constraints(
        [
          "Value '\(days)' at 'pendingWindowInDays' failed to satisfy constraint: Member must have "
            + "value \(bound)"
        ], service: "kms")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("kms:ScheduleKeyDeletionPendingWindowInDays", ["\(days)"])]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = permit.key
      let world = cloud.world
      let waitsForReplicas =
        world.keys[slot].role == .primary && world.keys.related(to: slot).count > 1
      let due = waitsForReplicas ? nil : world.now + .days(days)
      cloud.world.setDeletion(of: slot, Deletion(days: days, due: due))
      var reply = JSONObject([("KeyId", .string(world.keys[slot].arn.description))])
      reply["DeletionDate"] = due.map { .string($0.iso8601) }
      reply["KeyState"] = .string(cloud.world.keys[slot].state.rawValue)
      reply["PendingWindowInDays"] = .integer(days)
      return .object(reply)
    }
  }

  /// Ends the waiting period. The key is Disabled then, and must be enabled to serve again.
  ///
  /// Assumed: that a key whose imported material is missing is PendingImport instead.
  struct CancelKeyDeletion: KeyOperation {
    static let id = OperationID.cancelKeyDeletion
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = permit.key
      let key = cloud.world.keys[slot]
      let isMissingMaterial = key.origin == .external && key.isSymmetric && !key.isComplete
      cloud.world.timers.cancel { $0 == .key(.deleted(slot)) }
      cloud.world.keys.change(slot, noting: "deletion cancelled") {
        $0.deletion = nil
        $0.state = isMissingMaterial ? .pendingImport : .disabled
      }
      return ["KeyId": .string(key.arn.description)]
    }
  }
}

extension World {
  mutating func setDeletion(of slot: Int32, _ deletion: KMS.Deletion) {
    keys.change(slot, noting: "deletion \(deletion.days)") {
      $0.deletion = deletion
      $0.state = deletion.due == nil ? .pendingReplicaDeletion : .pendingDeletion
    }
    if let due = deletion.due { timers.add(.key(.deleted(slot)), due: due) }
  }

  /// A key's waiting period is over. The primary of the last replica begins its own.
  mutating func deleteKey(_ slot: Int32) {
    guard keys[slot].state == .pendingDeletion else { return }
    let related = keys.related(to: slot)
    keys.remove(slot)
    timers.cancel {
      if case .key(let transition) = $0 { transition.slot == slot } else { false }
    }
    let left = related.filter { $0 != slot }
    guard let primary = left.first, left.count == 1,
      keys[primary].state == .pendingReplicaDeletion, let days = keys[primary].deletion?.days
    else { return }
    setDeletion(of: primary, KMS.Deletion(days: days, due: now + .days(days)))
  }
}

extension Duration {
  static func days(_ count: Int) -> Duration { .seconds(count * 24 * 3600) }
}
