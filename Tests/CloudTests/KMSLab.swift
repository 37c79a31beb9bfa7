import API
import Ciphers
import Testing
import Values

@testable import Cloud

extension Cloud {
  /// Lets the next call come as if in a second of its own, whose instant is this one: tests that are not
  /// about the rates of the control plane call as often as they like.
  mutating func forgetControlPlane() { world.controlMeter = ControlMeter() }
}

/// A lab whose administrator looks after keys.
struct KMSLab {
  var cloud = Cloud.start()

  static let guideKey = StartNames.keyID

  @discardableResult
  mutating func call(
    _ name: String, _ input: JSON, as profile: String = "admin", in region: String = "us-east-1"
  ) throws -> JSON {
    let operation = try #require(Service.named("kms")?.operation(named: name))
    let session = cloud.world.identities.session(ofProfile: profile) ?? 0
    let call = Call(session: session, region: try #require(Region(region)))
    cloud.forgetControlPlane()
    return try cloud.call(operation, of: "kms", input, call) ?? .null
  }

  /// The refusal of a call, which then has changed nothing.
  mutating func refusal(
    _ name: String, _ input: JSON, as profile: String = "admin", in region: String = "us-east-1"
  ) -> ServiceError? {
    let digest = cloud.world.digest
    do {
      try call(name, input, as: profile, in: region)
      return nil
    } catch {
      #expect(cloud.world.digest == digest, "a refused \(name) changed the world")
      return error as? ServiceError
    }
  }

  mutating func makeKey(_ input: JSON = [:]) throws -> String {
    let id = try call("CreateKey", input)["KeyMetadata"]?["KeyId"]?.string
    return try #require(id)
  }

  mutating func metadata(_ key: String, in region: String = "us-east-1") throws -> JSON {
    let metadata = try call("DescribeKey", ["KeyId": .string(key)], in: region)["KeyMetadata"]
    return try #require(metadata)
  }

  mutating func state(_ key: String, in region: String = "us-east-1") throws -> String? {
    try metadata(key, in: region)["KeyState"]?.string
  }

  mutating func encrypt(_ key: String, in region: String = "us-east-1") throws -> JSON {
    let input: JSON = ["KeyId": .string(key), "Plaintext": "aGVsbG8="]
    let blob = try call("Encrypt", input, in: region)["CiphertextBlob"]
    return try #require(blob)
  }

  mutating func opens(_ blob: JSON, in region: String = "us-east-1") throws -> Bool {
    try call("Decrypt", ["CiphertextBlob": blob], in: region)["Plaintext"] == "aGVsbG8="
  }

  func slot(_ key: String, in region: String = "us-east-1") throws -> Int32 {
    let region = try #require(Region(region))
    return try #require(cloud.world.keys.slot(ofID: key, in: region))
  }

  mutating func days(_ count: Int) { cloud.advance(by: .seconds(count * 86_400)) }

  /// The request of an import, its material wrapped as the parameters want it.
  mutating func importing(
    _ material: [UInt8], into key: String, wrapping: String = "RSAES_OAEP_SHA_256",
    in region: String = "us-east-1"
  ) throws -> JSON {
    let parameters = try call(
      "GetParametersForImport",
      [
        "KeyId": .string(key), "WrappingAlgorithm": .string(wrapping),
        "WrappingKeySpec": "RSA_2048",
      ], in: region)
    let der = try #require(parameters["PublicKey"]?.string.flatMap { Base64.decode($0) })
    let hash = wrapping.hasSuffix("SHA_1") ? "sha1" : "sha256"
    let inner = SecretKey([UInt8](repeating: 9, count: 32))
    let isKeyWrap = wrapping.hasPrefix("RSA_AES")
    let first = cloud.ownWrapping(isKeyWrap ? inner.bytes : material, under: der, hash: hash)
    let wrapped =
      try #require(first) + (isKeyWrap ? KeyWrap.seal(material, under: inner) : [])
    let token = try #require(parameters["ImportToken"])
    return [
      "KeyId": .string(key), "ImportToken": token,
      "EncryptedKeyMaterial": .string(Base64.encode(wrapped)),
      "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    ]
  }
}

extension JSON {
  /// The same request with other members.
  func with(_ members: [(String, JSON?)]) -> JSON {
    var object = self.object ?? JSONObject()
    for (name, value) in members { object[name] = value }
    return .object(object)
  }
}
