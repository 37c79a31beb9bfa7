import Ciphers
import Policies
import Values

/// Which key a cryptographic operation means.
enum KeyReference: Hashable, Sendable {
  /// By any of the four identifiers, as the caller wrote it.
  case named(String)
  /// A slot that is known already.
  case slot(Int32)

  func resolve(_ call: Call, in world: World, for id: OperationID) throws(ServiceError) -> Int32 {
    switch self {
    case .slot(let slot):
      guard world.keys[slot].state != .gone else { throw .unknownKey(world.keys[slot].arn) }
      return slot
    case .named(let text): return try world.key(text, call, for: id)
    }
  }

  /// Source: AWS KMS Developer Guide, `kms:RequestAlias`.
  var conditions: [(key: String, values: [String])] {
    alias.map { [("kms:RequestAlias", [$0])] } ?? []
  }

  /// The alias, where it is named by one.
  var alias: String? {
    guard case .named(let text) = self else { return nil }
    if text.hasPrefix("alias/") { return text }
    guard text.hasPrefix("arn:"), let name = ARN(text)?.resource, name.hasPrefix("alias/") else {
      return nil
    }
    return name
  }
}

extension KMS {
  struct Encrypt: Operation {
    static let id = OperationID.encrypt
    var key: KeyReference
    var plaintext: [UInt8]
    var context: EncryptionContext
    var algorithm: String?

    init(_ input: JSON) throws(ServiceError) {
      key = .named(input.text("KeyId"))
      plaintext = input.blob("Plaintext")
      context = EncryptionContext(input.pairs("EncryptionContext"))
      algorithm = input.optionalText("EncryptionAlgorithm")
    }

    func validate() throws(ServiceError) {
      try KMS.checkAlgorithm(algorithm, Self.id)
      guard plaintext.count >= Limits.plaintextBytes.lowerBound else {
        throw .constraints(
          [
            "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1"
          ], service: "kms")
      }
      guard plaintext.count <= Limits.plaintextBytes.upperBound else {
        throw .constraints(
          [
            "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"
          ], service: "kms")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .key(try key.resolve(call, in: world, for: Self.id))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      context.conditions + key.conditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let material = try cloud.world.keys.sealingMaterial(of: permit.key)
      let blob = plaintext.withUnsafeBytes { cloud.seal($0, under: permit.key, material, context) }
      permit.effect = .wrapped(
        key: permit.key, material: Int32(material.index), bytes: Int32(plaintext.count))
      return [
        "CiphertextBlob": .string(Base64.encode(blob)),
        "KeyId": .string(cloud.world.keys[permit.key].arn.description),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
      ]
    }
  }

  /// Opens ciphertext. The key is found in the blob; one that is named must be that one.
  struct Decrypt: Operation {
    static let id = OperationID.decrypt
    /// One, or for Kinesis all data keys of a batch that lie under one key.
    var blobs: [CiphertextBlob?]
    var named: KeyReference?
    var context: EncryptionContext
    var algorithm: String?
    var modifiers: DryRunModifiers?

    struct Response: Sendable {
      var plaintexts: [[UInt8]]
      var key: Int32
      var material: Int
    }

    init(_ input: JSON) throws(ServiceError) {
      blobs = [CiphertextBlob(input.blob("CiphertextBlob"))]
      named = input.optionalText("KeyId").map { .named($0) }
      context = EncryptionContext(input.pairs("EncryptionContext"))
      algorithm = input.optionalText("EncryptionAlgorithm")
      modifiers = DryRunModifiers(input)
    }

    func validate() throws(ServiceError) {
      try KMS.checkAlgorithm(algorithm, Self.id)
      try modifiers?.check(key: named, as: "KeyId")
    }

    /// As Kinesis asks for its caller.
    init(_ blobs: [CiphertextBlob], boundTo stream: EncryptionContext) {
      self.blobs = blobs
      context = stream
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      if modifiers != nil, let named {
        return .key(try named.resolve(call, in: world, for: Self.id))
      }
      return .key(
        try KMS.source(of: blobs.first ?? nil, named: named, call, in: world, for: Self.id))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      context.conditions + (named?.conditions ?? [])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> Response {
      let slot = permit.key
      var plaintexts: [[UInt8]] = []
      for blob in blobs {
        guard let blob, let plaintext = cloud.open(blob, under: slot, boundTo: context) else {
          throw .ciphertextInvalid(.tag)
        }
        plaintexts.append(plaintext)
      }
      let material = blobs.last??.material ?? 0
      permit.effect = .unwrapped(
        key: slot, material: Int32(material), count: Int32(plaintexts.count))
      return Response(plaintexts: plaintexts, key: slot, material: material)
    }

    static func output(_ response: Response, of cloud: Cloud) -> JSON? {
      let key = cloud.world.keys[response.key]
      return [
        "KeyId": .string(key.arn.description),
        "Plaintext": .string(Base64.encode(response.plaintexts.first ?? [])),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": .string(key.materials[response.material].id),
      ]
    }
  }

  /// Opens a ciphertext and seals what was in it under another key, or with another context; the
  /// plaintext does not leave KMS.
  struct ReEncrypt: Operation {
    static let id = OperationID.reEncrypt
    var blob: CiphertextBlob?
    var source: KeyReference?
    var sourceContext: EncryptionContext
    var destination: KeyReference
    var destinationContext: EncryptionContext
    var algorithms: [String?]
    var modifiers: DryRunModifiers?

    init(_ input: JSON) throws(ServiceError) {
      blob = CiphertextBlob(input.blob("CiphertextBlob"))
      source = input.optionalText("SourceKeyId").map { .named($0) }
      sourceContext = EncryptionContext(input.pairs("SourceEncryptionContext"))
      destination = .named(input.text("DestinationKeyId"))
      destinationContext = EncryptionContext(input.pairs("DestinationEncryptionContext"))
      algorithms = ["SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"].map {
        input.optionalText($0)
      }
      modifiers = DryRunModifiers(input)
    }

    func validate() throws(ServiceError) {
      for algorithm in algorithms { try KMS.checkAlgorithm(algorithm, Self.id) }
      try modifiers?.check(key: source, as: "SourceKeyId")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      if modifiers != nil, let source {
        return .key(try source.resolve(call, in: world, for: Self.id))
      }
      return .key(try KMS.source(of: blob, named: source, call, in: world, for: Self.id))
    }

    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      .key(try destination.resolve(call, in: world, for: Self.id))
    }

    /// Two actions: one on the key that opens, one on the key that seals.
    /// Source: AWS KMS API Reference, ReEncrypt, required permissions.
    func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
      let isSource = place == .first
      let same = try? resolve(call, in: world) == second(call, in: world)
      let side =
        isSource
        ? sourceContext.conditions + (source?.conditions ?? [])
        : destinationContext.conditions + destination.conditions
      return OwnQuestion(
        action: isSource ? "kms:ReEncryptFrom" : "kms:ReEncryptTo",
        conditions: side + [("kms:ReEncryptOnSameKey", [same == true ? "true" : "false"])])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let (from, call) = (permit.key, permit.call)
      let to = try destination.resolve(call, in: cloud.world, for: Self.id)
      guard let blob, let plaintext = cloud.open(blob, under: from, boundTo: sourceContext) else {
        throw .ciphertextInvalid(.tag)
      }
      let material = try cloud.world.keys.sealingMaterial(of: to)
      let sealed = plaintext.withUnsafeBytes {
        cloud.seal($0, under: to, material, destinationContext)
      }
      permit.effect = .wrapped(
        key: to, material: Int32(material.index), bytes: Int32(plaintext.count))
      let keys = cloud.world.keys
      return [
        "CiphertextBlob": .string(Base64.encode(sealed)),
        "SourceKeyId": .string(keys[from].arn.description),
        "KeyId": .string(keys[to].arn.description),
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": .string(keys[from].materials[blob.material].id),
        "DestinationKeyMaterialId": .string(keys[to].materials[material.index].id),
      ]
    }
  }

  /// The key that a ciphertext names. One that the caller names must be that one.
  ///
  /// Source: AWS KMS API Reference, Decrypt; the texts are observed ones.
  fileprivate static func source(
    of blob: CiphertextBlob?, named: KeyReference?, _ call: Call, in world: World,
    for id: OperationID
  ) throws(ServiceError) -> Int32 {
    guard let blob else { throw .ciphertextInvalid(.unreadable) }
    let slot = world.keys.slot(ofID: blob.keyID, in: call.region)
    if let named {
      guard try named.resolve(call, in: world, for: id) == slot else { throw .ciphertextOfOtherKey }
    }
    guard let slot else { throw .ciphertextKeyUnknown }
    return slot
  }

  /// The algorithms of RSA keys are those keys' own operations.
  fileprivate static func checkAlgorithm(_ name: String?, _ id: OperationID) throws(ServiceError) {
    guard let name, name != "SYMMETRIC_DEFAULT" else { return }
    throw .notSimulated(service: "kms", operation: "\(id.operation) with \(name)")
  }

  /// `IGNORE_CIPHERTEXT`, the only one: a dry run that asks for permission alone, without a ciphertext.
  ///
  /// Source: AWS KMS API Reference, Decrypt and ReEncrypt, DryRunModifiers. Assumed: the texts.
  struct DryRunModifiers: Sendable {
    private var isDryRun: Bool

    /// Nothing where the request has none.
    init?(_ input: JSON) {
      guard let modifiers = input["DryRunModifiers"]?.array, !modifiers.isEmpty else { return nil }
      isDryRun = input.flag("DryRun")
    }

    fileprivate func check(key: KeyReference?, as member: String) throws(ServiceError) {
      guard isDryRun else {
        throw .invalid("DryRunModifiers can be specified only when DryRun is true.")
      }
      guard key != nil else {
        throw .invalid("\(member) is required when DryRunModifiers is IGNORE_CIPHERTEXT.")
      }
    }
  }
}

extension Cloud {
  /// Nothing when a bit of blob or context is not what was sealed.
  fileprivate func open(
    _ blob: KMS.CiphertextBlob, under slot: Int32, boundTo context: EncryptionContext
  ) -> [UInt8]? {
    let materials = world.keys[slot].materials
    guard blob.material < materials.count, let key = materials[blob.material].key else {
      return nil
    }
    return engine.open(blob.sealed, under: key, boundTo: blob.header + context.bytes)
  }
}
