import Ciphers
import Values

extension KMS {
  /// Gives a public key to wrap key material with, and a token that brings the two together again.
  ///
  /// Simplified: the token holds the private key, sealed, so that KMS need not remember it.
  /// Assumed: the text for the algorithm that AWS no longer takes.
  struct GetParametersForImport: KeyOperation {
    static let id = OperationID.getParametersForImport
    var keyID: String
    var algorithm: String
    var spec: String

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      algorithm = input.text("WrappingAlgorithm")
      spec = input.text("WrappingKeySpec")
    }

    func validate() throws(ServiceError) {
      if algorithm == "SM2PKE" || spec == "SM2" {
        throw .notSimulated(service: "kms", operation: "GetParametersForImport with SM2")
      }
      guard WrappingAlgorithm(rawValue: algorithm) != nil else {
        throw .kms(.unsupported, "Wrapping algorithm \(algorithm) is not supported.")
      }
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("kms:WrappingAlgorithm", [algorithm]), ("kms:WrappingKeySpec", [spec])]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let key = cloud.world.keys[permit.key]
      try cloud.world.keys.checkImport(permit.key, Self.id)
      guard let algorithm = WrappingAlgorithm(rawValue: algorithm),
        let bits = Int(spec.drop { $0 != "_" }.dropFirst())
      else { throw .kms(.unsupported, "") }
      let wrapping = RSAKey(bits: bits, random: &cloud.world.random)
      let until = cloud.world.now + Limits.importToken
      let token = ImportToken(key: key.arn, algorithm: algorithm, until: until, wrapping: wrapping)
      let sealed = cloud.engine.seal(
        token.bytes, under: cloud.world.serviceKey, nonce: cloud.world.random.bytes(count: 12),
        boundTo: ImportToken.label)
      return [
        "KeyId": .string(key.arn.description), "ImportToken": .string(Base64.encode(sealed)),
        "PublicKey": .string(Base64.encode(wrapping.publicDER)),
        "ParametersValidTo": .string(until.iso8601),
      ]
    }
  }

  /// Puts the caller's own key material into a key of origin EXTERNAL.
  ///
  /// Source: AWS KMS API Reference, ImportKeyMaterial; AWS KMS Developer Guide, importing key
  /// material, step 4. Assumed: the texts of its refusals.
  struct ImportKeyMaterial: KeyOperation {
    static let id = OperationID.importKeyMaterial
    var keyID: String
    var token: [UInt8]
    var wrapped: [UInt8]
    var validTo: Instant?
    var expires: Bool
    var isNew: Bool
    var description: String?
    var materialID: String?

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      token = input.blob("ImportToken")
      wrapped = input.blob("EncryptedKeyMaterial")
      validTo = input.instant("ValidTo")
      expires = input.optionalText("ExpirationModel") != "KEY_MATERIAL_DOES_NOT_EXPIRE"
      isNew = input.optionalText("ImportType") == "NEW_KEY_MATERIAL"
      description = input.optionalText("KeyMaterialDescription")
      materialID = input.optionalText("KeyMaterialId")
    }

    func validate() throws(ServiceError) {
      if expires, validTo == nil {
        throw .invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
      }
      if !expires, validTo != nil {
        throw .invalid(
          "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
      }
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      let model = expires ? "KEY_MATERIAL_EXPIRES" : "KEY_MATERIAL_DOES_NOT_EXPIRE"
      return [("kms:ExpirationModel", [model])]
        + (validTo.map { [("kms:ValidTo", [$0.zulu])] } ?? [])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = permit.key
      let key = cloud.world.keys[slot]
      let now = cloud.world.now
      try cloud.world.keys.checkImport(slot, Self.id)
      if let validTo, validTo <= now || validTo > now + Limits.importExpiry {
        throw .invalid("The validTo date must be in the future, and at most 365 days from now.")
      }
      let secret = try unwrap(for: key, in: cloud)
      let id = Hex.text(MessageCode.hmac(.sha256, key: secret, of: key.idBytes))
      if let materialID, materialID != id {
        throw .kms(.incorrectKeyMaterial, "The key material is not that of KeyMaterialId.")
      }
      var material = Material(secret, id: id)
      material.description = description
      material.expires = validTo
      try cloud.world.importMaterial(material, into: slot, asNew: isNew)
      return ["KeyId": .string(key.arn.description), "KeyMaterialId": .string(id)]
    }

    private func unwrap(for key: Key, in cloud: Cloud) throws(ServiceError) -> SecretKey {
      guard
        let opened = cloud.engine.open(
          token, under: cloud.world.serviceKey, boundTo: ImportToken.label),
        let token = ImportToken(opened), token.key == key.arn.description
      else {
        throw .kms(
          .invalidImportToken, "The import token is invalid or belongs to another KMS key.")
      }
      guard cloud.world.now <= token.until else {
        throw .kms(.expiredImportToken, "The import token expired at \(token.until.zulu).")
      }
      guard let secret = token.algorithm.unwrap(wrapped, with: token.wrapping) else {
        throw .kms(.invalidCiphertext, "")
      }
      guard secret.count == Limits.importedBytes else {
        throw .kms(
          .incorrectKeyMaterial,
          "The key material has \(secret.count) bytes; a symmetric encryption key has "
            + "\(Limits.importedBytes).")
      }
      return secret
    }
  }

  /// Takes imported material away at once; importing the same again brings the key back.
  ///
  /// Source: AWS KMS API Reference, DeleteImportedKeyMaterial: without an id it is the current one.
  struct DeleteImportedKeyMaterial: KeyOperation {
    static let id = OperationID.deleteImportedKeyMaterial
    var keyID: String
    var materialID: String?

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      materialID = input.optionalText("KeyMaterialId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let key = cloud.world.keys[permit.key]
      try cloud.world.keys.checkImport(permit.key, Self.id)
      let material = materialID ?? key.current?.material.id
      if let materialID, !key.materials.contains(where: { $0.id == materialID }) {
        throw .kms(.notFound, "Key material \(materialID) does not belong to \(key.arn).")
      }
      var reply = JSONObject([("KeyId", .string(key.arn.description))])
      if let material {
        cloud.world.removeMaterial(material, of: permit.key, at: nil)
        reply["KeyMaterialId"] = .string(material)
      }
      return .object(reply)
    }
  }
}

extension KMS.State {
  /// Fails for a key whose material KMS made, and for kinds of key that the lab imports nothing into.
  fileprivate func checkImport(_ slot: Int32, _ id: OperationID) throws(ServiceError) {
    guard self[slot].origin == .external else {
      throw .keyOrigin(self[slot].arn, self[slot].origin)
    }
    guard self[slot].isSymmetric else {
      throw .notSimulated(
        service: "kms", operation: "\(id.operation) for KeySpec \(self[slot].kind.spec)")
    }
  }
}

extension World {
  fileprivate mutating func importMaterial(
    _ material: KMS.Material, into slot: Int32, asNew: Bool
  ) throws(ServiceError) {
    let key = keys[slot]
    let known = key.materials.firstIndex { $0.id == material.id }
    if asNew, !key.materials.isEmpty {
      try checkNew(material, for: key, isKnown: known != nil)
      for related in keys.related(to: slot) {
        // Replicas learn of it, and wait for an import of their own.
        var pending = related == slot ? material : KMS.Material(nil, id: material.id)
        pending.description = material.description
        pending.isPending = true
        keys.change(related, noting: "import \(material.id)") { $0.materials.append(pending) }
      }
    } else if let known {
      keys.change(slot, noting: "import \(material.id)") {
        $0.materials[known].key = material.key
        $0.materials[known].expires = material.expires
        $0.materials[known].description = material.description ?? $0.materials[known].description
      }
    } else if key.materials.isEmpty {
      keys.change(slot, noting: "import \(material.id)") { $0.materials = [material] }
    } else {
      throw .kms(
        .incorrectKeyMaterial, "The key material was not imported into \(key.arn) before.")
    }
    let timer = Timers.Transition.key(.expired(slot, material: material.id))
    timers.cancel { $0 == timer }
    if let expires = material.expires { timers.add(timer, due: expires) }
    if keys[slot].state == .pendingImport, keys[slot].isComplete { keys.set(.enabled, of: slot) }
  }

  private func checkNew(_ material: KMS.Material, for key: KMS.Key, isKnown: Bool)
    throws(ServiceError)
  {
    if key.role == .replica {
      throw .kms(.unsupported, "New key material goes to the multi-Region primary key first.")
    }
    if isKnown {
      throw .kms(.incorrectKeyMaterial, "The key material belongs to \(key.arn) already.")
    }
    if let waiting = key.materials.first(where: \.isPending) {
      throw .kms(
        .invalidState,
        "New key material (id: \(material.id)) cannot be imported into KMS key \(key.arn), "
          + "because another key material (id: \(waiting.id)) is pending rotation.")
    }
  }

  /// Takes material away; with a time, only when it has expired by then.
  ///
  /// Source: AWS KMS API Reference, DeleteImportedKeyMaterial: a key pending deletion stays so, any
  /// other becomes PendingImport; material that waits for a rotation may go without harm.
  mutating func removeMaterial(_ id: String, of slot: Int32, at instant: Instant?) {
    guard let place = keys[slot].materials.firstIndex(where: { $0.id == id }),
      keys[slot].materials[place].isPresent
    else { return }
    let material = keys[slot].materials[place]
    if let instant {
      guard let expires = material.expires, expires <= instant else { return }
    }
    let forgets = material.isPending && keys[slot].role != .replica
    for related in forgets ? keys.related(to: slot) : [slot] {
      timers.cancel { $0 == .key(.expired(related, material: id)) }
      keys.change(related, noting: "material \(id) gone") { key in
        if forgets {
          key.materials.removeAll { $0.id == id }
        } else {
          key.materials[place].key = nil
          key.materials[place].expires = nil
        }
        if !material.isPending, key.deletion == nil { key.state = .pendingImport }
      }
    }
  }
}
