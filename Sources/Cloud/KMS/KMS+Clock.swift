import Values

extension KMS {
  /// What the clock does to a key.
  package enum Transition: Hashable, Sendable {
    case deleted(Int32)
    /// Automatic rotation is due.
    case rotated(Int32)
    /// Somebody asked for new material, which has that index. No timer does this.
    case rotatedOnDemand(Int32, material: Int32)
    /// Imported material came to its end, by its id.
    case expired(Int32, material: String)
    /// A replica was made, or a change of the primary Region is complete.
    case settled(Int32)

    package var slot: Int32 {
      switch self {
      case .deleted(let slot), .rotated(let slot), .rotatedOnDemand(let slot, _),
        .expired(let slot, _), .settled(let slot):
        slot
      }
    }
  }
}

extension World {
  /// Does what the clock says is due. False when nothing came of it.
  mutating func apply(_ transition: KMS.Transition) -> Bool {
    let before = keys.digest
    switch transition {
    case .deleted(let slot): deleteKey(slot)
    case .rotated(let slot): rotateIfDue(slot)
    case .rotatedOnDemand: break
    case .expired(let slot, let material): removeMaterial(material, of: slot, at: now)
    case .settled(let slot):
      let state = keys[slot].state
      guard state == .creating || state == .updating else { break }
      keys.set(
        keys[slot].origin == .external && !keys[slot].isComplete ? .pendingImport : .enabled,
        of: slot)
    }
    return keys.digest != before
  }
}
