import Ciphers
import Values

extension KMS.State {
  /// The key when cryptographic operations may use it; fails with `keyDisabled`.
  /// Source: AWS KMS Developer Guide, key states of AWS KMS keys.
  func usable(_ slot: Int32) throws(ServiceError) -> KMS.Key {
    let key = self[slot]
    guard key.state == .enabled else { throw .keyDisabled(key.arn) }
    return key
  }
}

/// Which key a cryptographic operation means.
enum KeyReference: Hashable, Sendable {
  /// By any of the four identifiers, as the caller wrote it.
  case named(String)
  /// A slot that is known already.
  case slot(Int32)

  func resolve(_ call: Call, in world: World) throws(ServiceError) -> Int32 {
    switch self {
    case .slot(let slot): slot
    case .named(let text):
      try world.keys.find(text, in: call.region, account: world.account, allowingAlias: true)
    }
  }

  /// Source: AWS KMS Developer Guide, `kms:RequestAlias`.
  var conditions: [(key: String, values: [String])] {
    guard case .named(let text) = self else { return [] }
    let name = ARN(text)?.resource ?? text
    return name.hasPrefix("alias/") ? [("kms:RequestAlias", [name])] : []
  }
}

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
    }

    init(_ input: JSON) throws(ServiceError) {
      key = .named(input.text("KeyId"))
      let spec = input.optionalText("KeySpec")
      let number = input.number("NumberOfBytes")
      namesOneLength = (spec == nil) != (number == nil)
      numberOfBytes = number ?? (spec == "AES_128" ? 16 : 32)
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
      .key(try key.resolve(call, in: world))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      context.conditions + key.conditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> Response {
      let slot = permit.key
      let key = try cloud.world.keys.usable(slot)
      let plaintext = cloud.world.random.secretKey(count: numberOfBytes)
      let blob = plaintext.withBytes {
        CiphertextBlob.seal(
          $0, under: key, boundTo: context, random: &cloud.world.random, with: cloud.engine)
      }
      permit.effect = .wrapped(
        key: slot, material: Int32(key.current.index), bytes: Int32(numberOfBytes))
      return Response(plaintext: plaintext, blob: blob, key: slot)
    }

    static func output(_ response: Response, of cloud: Cloud) -> JSON? {
      let key = cloud.world.keys[response.key]
      return [
        "CiphertextBlob": .string(Base64.encode(response.blob)),
        "Plaintext": .string(Base64.encode(response.plaintext.bytes)),
        "KeyId": .string(key.arn.description),
        "KeyMaterialId": .string(key.current.material.id),
      ]
    }
  }

  struct Encrypt: Operation {
    static let id = OperationID.encrypt
    var key: KeyReference
    var plaintext: [UInt8]
    var context: EncryptionContext

    init(_ input: JSON) throws(ServiceError) {
      key = .named(input.text("KeyId"))
      plaintext = input.blob("Plaintext")
      context = EncryptionContext(input.pairs("EncryptionContext"))
    }

    func validate() throws(ServiceError) {
      guard plaintext.count >= Limits.plaintextBytes.lowerBound else {
        throw .constraints([
          "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1"
        ])
      }
      guard plaintext.count <= Limits.plaintextBytes.upperBound else {
        throw .constraints([
          "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"
        ])
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .key(try key.resolve(call, in: world))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      context.conditions + key.conditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = permit.key
      let key = try cloud.world.keys.usable(slot)
      let blob = plaintext.withUnsafeBytes {
        CiphertextBlob.seal(
          $0, under: key, boundTo: context, random: &cloud.world.random, with: cloud.engine)
      }
      permit.effect = .wrapped(
        key: slot, material: Int32(key.current.index), bytes: Int32(plaintext.count))
      return [
        "CiphertextBlob": .string(Base64.encode(blob)), "KeyId": .string(key.arn.description),
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

    struct Response: Sendable {
      var plaintexts: [[UInt8]]
      var key: Int32
      var material: Int
    }

    init(_ input: JSON) throws(ServiceError) {
      blobs = [CiphertextBlob(input.blob("CiphertextBlob"))]
      named = input.optionalText("KeyId").map { .named($0) }
      context = EncryptionContext(input.pairs("EncryptionContext"))
    }

    /// As Kinesis asks for its caller.
    init(_ blobs: [CiphertextBlob], boundTo stream: EncryptionContext) {
      self.blobs = blobs
      context = stream
    }

    /// A blob that names no key of this Region is refused like any other broken one.
    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      guard let blob = blobs.first, let id = blob?.keyID, let slot = world.keys.slot(ofID: id),
        world.keys[slot].region == call.region
      else { throw .ciphertextInvalid }
      if let named, try named.resolve(call, in: world) != slot { throw .ciphertextOfOtherKey }
      return .key(slot)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      context.conditions + (named?.conditions ?? [])
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> Response {
      let slot = permit.key
      let key = try cloud.world.keys.usable(slot)
      var plaintexts: [[UInt8]] = []
      for blob in blobs {
        guard let blob, let plaintext = blob.open(with: key, boundTo: context, cloud.engine) else {
          throw .ciphertextInvalid
        }
        plaintexts.append(plaintext)
      }
      permit.effect = .unwrapped(key: slot, count: Int32(plaintexts.count))
      return Response(plaintexts: plaintexts, key: slot, material: blobs.last??.material ?? 0)
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
}
