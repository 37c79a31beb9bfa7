import Values

extension KMS {
  /// Lets KMS make new material for a key every so many days, from now on.
  ///
  /// Source: AWS KMS Developer Guide, rotating keys: the date depends on the day on which rotation
  /// was most recently enabled.
  struct EnableKeyRotation: KeyOperation {
    static let id = OperationID.enableKeyRotation
    var keyID: String
    var days: Int?

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      days = input.number("RotationPeriodInDays")
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      days.map { [("kms:RotationPeriodInDays", ["\($0)"])] } ?? []
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      try cloud.world.keys.checkAutomaticRotation(permit.key)
      cloud.world.setSchedule(days: days ?? Limits.rotationDays, of: permit.key)
    }
  }

  struct DisableKeyRotation: KeyOperation {
    static let id = OperationID.disableKeyRotation
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      try cloud.world.keys.checkAutomaticRotation(permit.key)
      cloud.world.setSchedule(days: nil, of: permit.key)
    }
  }

  /// Source: AWS KMS API Reference, GetKeyRotationStatus: always false for keys that do not rotate
  /// automatically, and false while deletion is pending.
  struct GetKeyRotationStatus: KeyOperation {
    static let id = OperationID.getKeyRotationStatus
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let key = cloud.world.keys[permit.key]
      let schedule = key.deletion == nil ? key.schedule : nil
      var reply = JSONObject([
        ("KeyRotationEnabled", .bool(schedule != nil)), ("KeyId", .string(key.id)),
      ])
      reply["RotationPeriodInDays"] = schedule.map { .integer($0.days) }
      reply["NextRotationDate"] = schedule.map { .string($0.next.iso8601) }
      return .object(reply)
    }
  }

  /// Makes new material current now; what lies under older material still opens.
  ///
  /// Simplified: it is complete when the call returns. Assumed: the text for a key without imported
  /// material to rotate to; emulators of AWS print it.
  struct RotateKeyOnDemand: KeyOperation {
    static let id = OperationID.rotateKeyOnDemand
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = permit.key
      let key = cloud.world.keys[slot]
      try cloud.world.keys.checkRotation(slot)
      guard key.onDemandRotations < Limits.onDemandRotations else {
        throw .kms(
          .limit,
          "The on-demand rotations limit has been reached for the given keyId. No more on-demand "
            + "rotations can be performed for this key: \(key.arn)")
      }
      if key.origin == .external {
        let related = cloud.world.keys.related(to: slot)
        let isReady = related.allSatisfy {
          let last = cloud.world.keys[$0].materials.last
          return last?.isPending == true && last?.isPresent == true
        }
        guard isReady else {
          throw .kms(
            .invalidState,
            "No available key material pending rotation for the key: \(key.arn).")
        }
      }
      cloud.world.rotate(slot, .onDemand)
      // KMS reports the rotation itself too, after the call that asked for it.
      let material = Int32(cloud.world.keys[slot].materials.count - 1)
      cloud.happenings.append(
        Happening(
          at: cloud.world.now, transition: .key(.rotatedOnDemand(slot, material: material)),
          after: cloud.journal.count + 1))
      return ["KeyId": .string(key.id)]
    }
  }

  struct ListKeyRotations: KeyOperation {
    static let id = OperationID.listKeyRotations
    var keyID: String
    var listsAll: Bool
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      listsAll = input.optionalText("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
      page = try Page(kms: input, usual: 100)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let world = cloud.world
      let key = world.keys[permit.key]
      guard key.isSymmetric else { throw .kms(.unsupported, "") }
      let shown = key.materials.indices.filter { listsAll || key.materials[$0].rotated != nil }
      return page.output("Rotations", shown) { world.rotationEntry(permit.key, material: $0) }
    }
  }
}

extension World {
  /// Members in the model's order.
  /// Source: AWS KMS API Reference, RotationsListEntry.
  fileprivate func rotationEntry(_ slot: Int32, material place: Int) -> JSON {
    let key = keys[slot]
    let material = key.materials[place]
    var entry = JSONObject([
      ("KeyId", .string(key.id)), ("KeyMaterialId", .string(material.id)),
    ])
    if key.origin == .external {
      entry["KeyMaterialDescription"] = material.description.map { .string($0) }
      entry["ImportState"] = material.isPresent ? "IMPORTED" : "PENDING_IMPORT"
    }
    let isEverywhere = keys.related(to: slot).allSatisfy {
      keys[$0].materials.indices.contains(place) && keys[$0].materials[place].isPresent
    }
    entry["KeyMaterialState"] =
      if material.isPending {
        isEverywhere ? "PENDING_ROTATION" : "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
      } else {
        key.current?.index == place ? "CURRENT" : "NON_CURRENT"
      }
    if key.origin == .external, material.isPresent {
      entry["ExpirationModel"] =
        material.expires == nil ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES"
      entry["ValidTo"] = material.expires.map { .string($0.iso8601) }
    }
    entry["RotationDate"] = material.rotated.map { .string($0.iso8601) }
    entry["RotationType"] = material.rotation.map { .string($0.rawValue) }
    return .object(entry)
  }

  /// Switches automatic rotation on or off for a key and its replicas.
  mutating func setSchedule(days: Int?, of slot: Int32) {
    let schedule = days.map { KMS.Schedule(days: $0, next: now + .days($0)) }
    setSchedule(schedule, of: slot)
  }

  private mutating func setSchedule(_ schedule: KMS.Schedule?, of slot: Int32) {
    for related in keys.related(to: slot) {
      timers.cancel { $0 == .key(.rotated(related)) }
      keys.change(related, noting: "rotation \(schedule?.days ?? 0)") { $0.schedule = schedule }
    }
    if let schedule { timers.add(.key(.rotated(slot)), due: schedule.next) }
  }

  /// Another key keeps the rotation of its relatives from now on.
  mutating func moveSchedule(to slot: Int32) { setSchedule(keys[slot].schedule, of: slot) }

  /// Rotates a key whose day has come, unless its state forbids it: then it is done when it is
  /// enabled again.
  mutating func rotateIfDue(_ slot: Int32) {
    let key = keys[slot]
    guard let schedule = key.schedule, schedule.next <= now, key.role != .replica,
      key.state == .enabled || key.state == .updating
    else { return }
    rotate(slot, .automatic)
    setSchedule(days: schedule.days, of: slot)
  }

  /// Gives a key and its replicas the same new material.
  mutating func rotate(_ slot: Int32, _ kind: KMS.RotationKind) {
    let fresh = keys[slot].origin == .kms ? drawMaterial() : nil
    let date = now
    for related in keys.related(to: slot) {
      keys.change(related, noting: "rotated \(kind.rawValue)") { key in
        if let fresh { key.materials.append(fresh) }
        let last = key.materials.count - 1
        key.materials[last].isPending = false
        key.materials[last].rotated = date
        key.materials[last].rotation = kind
        if kind == .onDemand { key.onDemandRotations += 1 }
      }
    }
  }
}

extension KMS.State {
  /// Fails for keys that KMS does not rotate: those that are not symmetric, and replicas, which
  /// follow their primary key.
  ///
  /// Assumed: the text for a replica; for other kinds of keys the service sends none.
  fileprivate func checkRotation(_ slot: Int32) throws(ServiceError) {
    guard self[slot].isSymmetric else { throw .kms(.unsupported, "") }
    guard self[slot].role != .replica else {
      throw .kms(.unsupported, "\(self[slot].arn) is a multi-Region replica key.")
    }
  }

  fileprivate func checkAutomaticRotation(_ slot: Int32) throws(ServiceError) {
    try checkRotation(slot)
    guard self[slot].origin == .kms else { throw .keyOrigin(self[slot].arn, self[slot].origin) }
  }
}
