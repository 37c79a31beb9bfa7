import Ciphers
import Values

extension KMS {
  /// Makes a data key and returns it twice: in the clear and sealed by a KMS key.
  struct GenerateDataKey: Operation {
    static let id = OperationID.generateDataKey
    var key: KeyReference
    var numberOfBytes: Int
    var context: EncryptionContext
    /// Whether the request names exactly one of `NumberOfBytes` and `KeySpec`.
    var namesOneLength = true

    struct Response: Sendable {
      var plaintext: SecretKey
      var blob: [UInt8]
      var key: Int32
      var material: Int
    }

    init(_ input: JSON) throws(ServiceError) {
      key = .named(input.text("KeyId"))
      let spec = input.optionalText("KeySpec")
      let number = input.number("NumberOfBytes")
      namesOneLength = (spec == nil) != (number == nil)
      numberOfBytes = number ?? (spec == "AES_128" ? 16 : SecretKey.byteCount)
      context = EncryptionContext(input.pairs("EncryptionContext"))
    }

    /// As Kinesis asks for its caller: 256 bits, bound to the stream.
    init(for stream: EncryptionContext, under key: KeyReference) {
      self.key = key
      numberOfBytes = SecretKey.byteCount
      context = stream
    }

    /// Assumed: the text; emulators of AWS print it.
    func validate() throws(ServiceError) {
      if !namesOneLength { throw .invalid("Please specify either number of bytes or key spec.") }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .key(try key.resolve(call, in: world, for: Self.id))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      context.conditions + key.conditions
    }

    var keyAlias: String? { key.alias }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> Response {
      let material = try cloud.world.keys.sealingMaterial(of: permit.key)
      let plaintext = cloud.world.random.secretKey(count: numberOfBytes)
      let blob = plaintext.withBytes { cloud.seal($0, under: permit.key, material, context) }
      permit.effect = .wrapped(
        key: permit.key, material: Int32(material.index), bytes: Int32(numberOfBytes))
      return Response(
        plaintext: plaintext, blob: blob, key: permit.key, material: material.index)
    }

    static func output(_ response: Response, of cloud: Cloud) -> JSON? {
      let key = cloud.world.keys[response.key]
      return [
        "CiphertextBlob": .string(Base64.encode(response.blob)),
        "Plaintext": .string(Base64.encode(response.plaintext.bytes)),
        "KeyId": .string(key.arn.description),
        "KeyMaterialId": .string(key.materials[response.material].id),
      ]
    }
  }

  /// The same for one who will need the data key later, and has no use for it in the clear now.
  struct GenerateDataKeyWithoutPlaintext: Operation {
    static let id = OperationID.generateDataKeyWithoutPlaintext
    private var inner: GenerateDataKey

    init(_ input: JSON) throws(ServiceError) { inner = try GenerateDataKey(input) }

    func validate() throws(ServiceError) { try inner.validate() }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .key(try inner.key.resolve(call, in: world, for: Self.id))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      inner.conditions(call, in: world)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let made = try inner.perform(&permit, in: &cloud)
      let key = cloud.world.keys[made.key]
      return [
        "CiphertextBlob": .string(Base64.encode(made.blob)),
        "KeyId": .string(key.arn.description),
        "KeyMaterialId": .string(key.materials[made.material].id),
      ]
    }
  }

  /// Random bytes. Needs no key; only IAM can allow it.
  struct GenerateRandom: Operation {
    static let id = OperationID.generateRandom
    var count: Int?
    var hasKeyStore: Bool

    init(_ input: JSON) throws(ServiceError) {
      count = input.number("NumberOfBytes")
      hasKeyStore = input["CustomKeyStoreId"] != nil
    }

    func validate() throws(ServiceError) {
      if hasKeyStore {
        throw .notSimulated(service: "kms", operation: "GenerateRandom in a custom key store")
      }
      guard count != nil else { throw .invalid("NumberOfBytes is required.") }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let bytes = cloud.world.random.bytes(count: count ?? 0)
      return ["Plaintext": .string(Base64.encode(bytes))]
    }
  }
}

extension KMS.State {
  /// What new ciphertext of a key lies under.
  func sealingMaterial(of slot: Int32) throws(ServiceError) -> (index: Int, secret: SecretKey) {
    guard let (index, material) = self[slot].current, let secret = material.key else {
      throw .keyInState(self[slot].arn, .pendingImport)
    }
    return (index, secret)
  }
}

extension Cloud {
  mutating func seal(
    _ plaintext: UnsafeRawBufferPointer, under slot: Int32,
    _ material: (index: Int, secret: SecretKey), _ context: EncryptionContext
  ) -> [UInt8] {
    KMS.CiphertextBlob.seal(
      plaintext, under: material.secret, of: world.keys[slot].idBytes, material: material.index,
      boundTo: context, random: &world.random, with: engine)
  }
}
