import Policies
import Values

extension KMS {
  /// Makes a key with the same id and material in another Region.
  ///
  /// Source: AWS KMS Developer Guide, multi-Region keys. Policy, tags, description and state are a
  /// replica's own. AWS KMS API Reference, ReplicateKey: where a replica was deleted, a new one has the
  /// shared properties of the old one. Assumed: the texts of its refusals.
  struct ReplicateKey: KeyOperation {
    static let id = OperationID.replicateKey
    var keyID: String
    var regionName: String
    var policy: String?
    var bypassesLockoutCheck: Bool
    var description: String
    var tags: [Tag]

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      regionName = input.text("ReplicaRegion")
      policy = input.optionalText("Policy")
      bypassesLockoutCheck = input.flag("BypassPolicyLockoutSafetyCheck")
      description = input.text("Description")
      tags = Tag.list(input)
    }

    func validate() throws(ServiceError) {
      _ = try Region.checked(regionName)
      try Tag.check(tags)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("kms:ReplicaRegion", [regionName])]
    }

    /// The replica is a new key of its Region.
    /// Source: AWS KMS API Reference, ReplicateKey, required permissions.
    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? { Subject.none }

    func third(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      tags.isEmpty ? nil : Subject.none
    }

    func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
      guard place != .first else { return nil }
      let id = place == .second ? OperationID.createKey : .tagKey
      return OwnQuestion(
        action: id.action,
        conditions: [
          ("aws:RequestedRegion", [regionName]), ("kms:MultiRegion", ["true"]),
          ("kms:MultiRegionKeyType", ["REPLICA"]),
        ] + Tag.conditions(tags))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let primary = cloud.world.keys[permit.key]
      let region = try Region.checked(regionName)
      guard primary.role == .primary else {
        throw .kms(.unsupported, "\(primary.arn) is not a multi-Region primary key.")
      }
      guard cloud.world.keys.slot(ofID: primary.id, in: region) == nil else {
        throw .kms(
          .alreadyExists,
          "A multi-Region key with the key ID \(primary.id) already exists in \(region).")
      }
      var call = permit.call
      call.region = region
      let document = try cloud.newKeyPolicy(
        policy, bypassingLockoutCheck: bypassesLockoutCheck, call)
      try cloud.world.checkRoomForKey(in: region)
      let slot = cloud.world.addReplica(
        of: permit.key, in: region, description: description, document, tags)
      var reply = JSONObject([
        ("ReplicaKeyMetadata", cloud.world.metadata(of: slot)),
        ("ReplicaPolicy", .string(document.text)),
      ])
      reply["ReplicaTags"] = .array(tags.map(\.json))
      return .object(reply)
    }
  }

  /// Makes a replica the primary key; the primary key becomes a replica.
  struct UpdatePrimaryRegion: KeyOperation {
    static let id = OperationID.updatePrimaryRegion
    var keyID: String
    var regionName: String

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      regionName = input.text("PrimaryRegion")
    }

    func validate() throws(ServiceError) { _ = try Region.checked(regionName) }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("kms:PrimaryRegion", [regionName])]
    }

    /// The permission is needed in both Regions, and both keys must be enabled.
    /// Source: AWS KMS API Reference, UpdatePrimaryRegion.
    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      let primary = world.keys[try world.key(keyID, call, for: Self.id)]
      let region = try Region.checked(regionName)
      guard primary.role == .primary, region != primary.region else {
        throw .kms(
          .unsupported,
          primary.role == .primary
            ? "\(primary.arn) is the primary key already."
            : "\(primary.arn) is not a multi-Region primary key.")
      }
      guard let replica = world.keys.slot(ofID: primary.id, in: region) else {
        throw .unknownKey(
          ARN(
            service: "kms", region: regionName, account: world.account,
            resource: "key/\(primary.id)"))
      }
      return .key(replica)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let old = permit.key
      guard case .key(let new) = try second(permit.call, in: cloud.world) else { return }
      let due = cloud.world.now + Limits.replication
      for (slot, role) in [(old, MultiRegionRole.replica), (new, .primary)] {
        cloud.world.keys.change(slot, noting: role.rawValue) {
          $0.role = role
          $0.state = .updating
        }
        cloud.world.timers.add(.key(.settled(slot)), due: due)
      }
      cloud.world.moveSchedule(to: new)
    }
  }
}

extension World {
  /// A replica with the key's material, or for imported material with places for it.
  fileprivate mutating func addReplica(
    of primary: Int32, in region: Region, description: String, _ policy: PolicyDocument,
    _ tags: [KMS.Tag]
  ) -> Int32 {
    let original = keys[primary]
    var materials = original.materials
    if original.origin == .external {
      for place in materials.indices {
        materials[place].key = nil
        materials[place].expires = nil
      }
    }
    var key = KMS.Key(
      id: original.id, region: region, account: original.owner, created: now, kind: original.kind,
      origin: original.origin, description: description, policy: policy, materials: materials)
    key.role = .replica
    key.state = .creating
    key.tags = tags
    key.schedule = original.schedule
    key.onDemandRotations = original.onDemandRotations
    let slot = keys.add(replica: key)
    timers.add(.key(.settled(slot)), due: now + KMS.Limits.replication)
    return slot
  }

  /// The `MultiRegionConfiguration` structure; replicas in the order of their Regions.
  func multiRegionConfiguration(of slot: Int32) -> JSON? {
    guard let role = keys[slot].role else { return nil }
    func json(_ slot: Int32) -> JSON {
      [
        "Arn": .string(keys[slot].arn.description),
        "Region": .string(keys[slot].region.description),
      ]
    }
    let related = keys.related(to: slot).sorted { keys[$0].region.index < keys[$1].region.index }
    var configuration = JSONObject([("MultiRegionKeyType", .string(role.rawValue))])
    configuration["PrimaryKey"] = related.first { keys[$0].role == .primary }.map(json)
    configuration["ReplicaKeys"] = .array(related.filter { keys[$0].role == .replica }.map(json))
    return .object(configuration)
  }
}

extension Region {
  /// Fails for a Region that the lab has not.
  fileprivate static func checked(_ name: String) throws(ServiceError) -> Region {
    guard let region = Region(name) else {
      throw .invalid("Region \(name) is not a Region of this account.")
    }
    return region
  }
}
