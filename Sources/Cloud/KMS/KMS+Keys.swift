import Ciphers
import Policies
import Values

extension KMS {
  static let operations = [
    OperationRow(CreateKey.self), OperationRow(DescribeKey.self), OperationRow(ListKeys.self),
    OperationRow(UpdateKeyDescription.self), OperationRow(GetKeyLastUsage.self),
    OperationRow(CreateAlias.self), OperationRow(UpdateAlias.self), OperationRow(DeleteAlias.self),
    OperationRow(ListAliases.self), OperationRow(GetKeyPolicy.self),
    OperationRow(PutKeyPolicy.self), OperationRow(ListKeyPolicies.self),
    OperationRow(TagResource.self), OperationRow(UntagResource.self),
    OperationRow(ListResourceTags.self), OperationRow(GenerateDataKey.self),
    OperationRow(GenerateDataKeyWithoutPlaintext.self), OperationRow(GenerateRandom.self),
    OperationRow(Encrypt.self), OperationRow(Decrypt.self), OperationRow(ReEncrypt.self),
    OperationRow(EnableKey.self), OperationRow(DisableKey.self),
    OperationRow(ScheduleKeyDeletion.self), OperationRow(CancelKeyDeletion.self),
    OperationRow(EnableKeyRotation.self), OperationRow(DisableKeyRotation.self),
    OperationRow(GetKeyRotationStatus.self), OperationRow(RotateKeyOnDemand.self),
    OperationRow(ListKeyRotations.self), OperationRow(GetParametersForImport.self),
    OperationRow(ImportKeyMaterial.self), OperationRow(DeleteImportedKeyMaterial.self),
    OperationRow(ReplicateKey.self), OperationRow(UpdatePrimaryRegion.self),
  ]
}

/// An operation on the key that `KeyId` names.
protocol KeyOperation: Operation {
  var keyID: String { get }
}

extension KeyOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    .key(try world.key(keyID, call, for: Self.id))
  }
}

extension Permit {
  /// The slot of the key that the call is about.
  var key: Int32 {
    guard case .key(let slot) = subject else { preconditionFailure("the call is about no key") }
    return slot
  }
}

extension World {
  /// The `KeyMetadata` structure: members in the model's order.
  func metadata(of slot: Int32) -> JSON {
    let key = keys[slot]
    var metadata = JSONObject([
      ("AWSAccountId", .string(key.owner.id)), ("KeyId", .string(key.id)),
      ("Arn", .string(key.arn.description)), ("CreationDate", .string(key.created.iso8601)),
      ("Enabled", .bool(key.state == .enabled)), ("Description", .string(key.description)),
      ("KeyUsage", .string(key.kind.usage)), ("KeyState", .string(key.state.rawValue)),
    ])
    metadata["DeletionDate"] = (key.deletion?.due).map { .string($0.iso8601) }
    let expiry = key.materials.filter(\.isPresent).compactMap(\.expires).min()
    metadata["ValidTo"] = expiry.map { .string($0.iso8601) }
    metadata["Origin"] = .string(key.origin.rawValue)
    if key.origin == .external, key.materials.contains(where: \.isPresent) {
      metadata["ExpirationModel"] =
        expiry == nil ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES"
    }
    metadata["KeyManager"] = .string(key.manager.rawValue)
    metadata["CustomerMasterKeySpec"] = .string(key.kind.spec)
    metadata["KeySpec"] = .string(key.kind.spec)
    let algorithms = JSON.array(key.kind.algorithms.map { .string($0) })
    let isMAC = key.kind.algorithmsMember == "MacAlgorithms"
    if !isMAC { metadata[key.kind.algorithmsMember] = algorithms }
    metadata["MultiRegion"] = .bool(key.isMultiRegion)
    metadata["MultiRegionConfiguration"] = multiRegionConfiguration(of: slot)
    if key.state == .pendingReplicaDeletion {
      metadata["PendingDeletionWindowInDays"] = (key.deletion?.days).map { .integer($0) }
    }
    if isMAC { metadata["MacAlgorithms"] = algorithms }
    metadata["CurrentKeyMaterialId"] = key.current.map { .string($0.material.id) }
    return .object(metadata)
  }

  /// Draws a new key: its id, its material and the material's id. Imported material comes later.
  mutating func makeKey(
    id: String? = nil, in region: Region, manager: KMS.Manager = .customer,
    kind: KMS.KeyKind = .symmetric, origin: KMS.Origin = .kms, isMultiRegion: Bool = false,
    description: String, policy: PolicyDocument, tags: [KMS.Tag] = []
  ) -> Int32 {
    let id = id ?? (isMultiRegion ? "mrk-" + random.uuid().filter { $0 != "-" } : random.uuid())
    var materials: [KMS.Material] = []
    if origin == .kms, kind == .symmetric {
      var material = drawMaterial()
      material.made = now
      materials.append(material)
    }
    var key = KMS.Key(
      id: id, region: region, account: active, created: now, manager: manager, kind: kind,
      origin: origin, description: description, policy: policy, materials: materials)
    key.tags = tags
    if isMultiRegion { key.role = .primary }
    if origin == .external { key.state = .pendingImport }
    return keys.add(key)
  }

  mutating func drawMaterial() -> KMS.Material {
    KMS.Material(random.secretKey(), id: Hex.text(random.bytes(count: 32)))
  }
}

extension KMS {
  struct CreateKey: Operation {
    static let id = OperationID.createKey
    var description: String
    var policy: String?
    /// Nothing where the request does not say.
    var bypassesLockoutCheck: Bool?
    var spec: String
    var usage: String?
    var origin: String
    var isMultiRegion: Bool
    var tags: [Tag]
    /// Members that only keys in custom key stores have.
    var hasKeyStore: Bool

    init(_ input: JSON) throws(ServiceError) {
      description = input.text("Description")
      policy = input.optionalText("Policy")
      bypassesLockoutCheck = input["BypassPolicyLockoutSafetyCheck"]?.bool
      spec =
        input.optionalText("KeySpec") ?? input.optionalText("CustomerMasterKeySpec")
        ?? KeyKind.symmetric.spec
      usage = input.optionalText("KeyUsage")
      origin = input.optionalText("Origin") ?? Origin.kms.rawValue
      isMultiRegion = input.flag("MultiRegion")
      tags = Tag.list(input)
      hasKeyStore = input["CustomKeyStoreId"] != nil || input["XksKeyId"] != nil
    }

    func validate() throws(ServiceError) {
      if hasKeyStore || Origin(rawValue: origin) == nil {
        throw .notSimulated(service: "kms", operation: "CreateKey in a custom key store")
      }
      guard !KeyKind.usages(of: spec).isEmpty else {
        throw .notSimulated(service: "kms", operation: "CreateKey with KeySpec \(spec)")
      }
      _ = try kind()
      try Tag.check(tags)
    }

    /// Assumed: the text for a usage that the spec has not; emulators of AWS print it.
    private func kind() throws(ServiceError) -> KeyKind {
      guard let usage = usage ?? (spec == KeyKind.symmetric.spec ? KeyKind.symmetric.usage : nil)
      else {
        throw .invalid(
          "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
      }
      guard let kind = KeyKind(spec: spec, usage: usage) else {
        throw .invalid("KeyUsage \(usage) is not compatible with KeySpec \(spec)")
      }
      return kind
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    /// Tags want a permission of their own.
    /// Source: AWS KMS API Reference, CreateKey, required permissions.
    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      tags.isEmpty ? nil : Subject.none
    }

    func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
      guard place == .second else { return nil }
      return OwnQuestion(action: OperationID.tagKey.action, conditions: Tag.conditions(tags))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      var conditions: [(key: String, values: [String])] = [
        ("kms:KeySpec", [spec]), ("kms:KeyUsage", [usage ?? KeyKind.symmetric.usage]),
        ("kms:KeyOrigin", [origin]), ("kms:MultiRegion", [isMultiRegion ? "true" : "false"]),
      ]
      if isMultiRegion { conditions.append(("kms:MultiRegionKeyType", ["PRIMARY"])) }
      return conditions + KMS.lockoutConditions(bypassesLockoutCheck) + Tag.conditions(tags)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let document = try cloud.newKeyPolicy(
        policy, bypassingLockoutCheck: bypassesLockoutCheck == true, permit.call)
      try cloud.world.checkRoomForKey(in: permit.call.region)
      let slot = cloud.world.makeKey(
        in: permit.call.region, kind: try kind(), origin: Origin(rawValue: origin) ?? .kms,
        isMultiRegion: isMultiRegion, description: description, policy: document, tags: tags)
      return ["KeyMetadata": cloud.world.metadata(of: slot)]
    }
  }

  struct DescribeKey: KeyOperation {
    static let id = OperationID.describeKey
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    /// As a service asks, for its caller.
    init(keyID: String) { self.keyID = keyID }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      KeyReference.named(keyID).conditions
    }

    var keyAlias: String? { KeyReference.named(keyID).alias }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> Int32 {
      permit.key
    }

    static func output(_ response: Int32, of cloud: Cloud) -> JSON? {
      ["KeyMetadata": cloud.world.metadata(of: response)]
    }
  }

  struct ListKeys: Operation {
    static let id = OperationID.listKeys
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(kms: input, usual: 100)
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let keys = cloud.world.keys.slots(in: permit.call.region, of: cloud.world.active).map {
        cloud.world.keys[$0]
      }
      return page.output("Keys", keys.sorted { $0.id < $1.id }) { key in
        ["KeyId": .string(key.id), "KeyArn": .string(key.arn.description)]
      }
    }
  }

  struct UpdateKeyDescription: KeyOperation {
    static let id = OperationID.updateKeyDescription
    var keyID: String
    var description: String

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      description = input.text("Description")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.keys.change(permit.key, noting: description) { $0.description = description }
    }
  }

  struct EnableKey: KeyOperation {
    static let id = OperationID.enableKey
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      // An enabled key may be Updating; only a disabled one changes.
      guard cloud.world.keys[permit.key].state == .disabled else { return }
      cloud.world.keys.set(.enabled, of: permit.key)
      cloud.world.rotateIfDue(permit.key)
    }
  }

  struct DisableKey: KeyOperation {
    static let id = OperationID.disableKey
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.keys.set(.disabled, of: permit.key)
    }
  }
}

extension World {
  /// Keys that customers manage in a Region, in any state.
  package func customerKeys(in region: Region) -> Int {
    keys.slots(in: region).count { keys[$0].manager == .customer }
  }

  /// Fails when the account may not have one key more.
  func checkRoomForKey(in region: Region) throws(ServiceError) {
    let most = limit(.customerKeys, in: region, usual: KMS.Limits.customerKeys)
    // Fewer keys in the whole world than that: nothing to count.
    guard keys.keys.count >= most, customerKeys(in: region) >= most else { return }
    throw .kms(.limit, "You have reached the limit of \(most) KMS keys in this Region.")
  }
}
