import Testing
import Values

@testable import Cloud

@Suite struct ImportTests {
  private let material = [UInt8](1...32)
  private let other = [UInt8](2...33)

  private func emptyKey() throws -> (KMSLab, String) {
    var lab = KMSLab()
    let key = try lab.makeKey(["Origin": "EXTERNAL"])
    #expect(try lab.state(key) == "PendingImport")
    #expect(try lab.metadata(key)["CurrentKeyMaterialId"] == nil)
    return (lab, key)
  }

  @Test(arguments: KMS.WrappingAlgorithm.allCases)
  fileprivate
    func materialWrappedInAnyWayMakesTheKeyServe(_ wrapping: KMS.WrappingAlgorithm) throws
  {
    var (lab, key) = try emptyKey()
    let request = try lab.importing(material, into: key, wrapping: wrapping.rawValue)
    let reply = try lab.call("ImportKeyMaterial", request)
    #expect(reply["KeyId"]?.string?.hasPrefix("arn:aws:kms:") == true)
    #expect(reply["KeyMaterialId"]?.string?.count == 64)
    let metadata = try lab.metadata(key)
    #expect(metadata["KeyState"] == "Enabled")
    #expect(metadata["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE")
    #expect(metadata["CurrentKeyMaterialId"] == reply["KeyMaterialId"])
    #expect(try lab.opens(lab.encrypt(key)))
  }

  @Test func materialExpiresOnTheClockAndTheSameBringsTheKeyBack() throws {
    var (lab, key) = try emptyKey()
    let expiring: [(String, JSON?)] = [
      ("ExpirationModel", "KEY_MATERIAL_EXPIRES"), ("ValidTo", "2026-01-10T00:00:00Z"),
    ]
    try lab.call("ImportKeyMaterial", lab.importing(material, into: key).with(expiring))
    #expect(try lab.metadata(key)["ValidTo"] == "2026-01-10T00:00:00+00:00")
    let blob = try lab.encrypt(key)
    lab.cloud.advance(by: .seconds(4 * 86_400 + 15 * 3600 - 1))
    #expect(try lab.opens(blob))
    lab.cloud.advance(by: .seconds(1))
    #expect(try lab.state(key) == "PendingImport")
    #expect(
      lab.refusal("Decrypt", ["CiphertextBlob": blob])?.message.hasSuffix("is pending import.")
        == true)
    let wrong = try lab.importing(other, into: key)
    #expect(lab.refusal("ImportKeyMaterial", wrong)?.code == "IncorrectKeyMaterialException")
    try lab.call("ImportKeyMaterial", lab.importing(material, into: key))
    #expect(try lab.opens(blob))
    lab.days(300)
    #expect(try lab.opens(blob))
  }

  @Test func reimportingMovesTheExpiry() throws {
    var (lab, key) = try emptyKey()
    for date in ["2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z"] {
      try lab.call(
        "ImportKeyMaterial",
        lab.importing(material, into: key).with([
          ("ExpirationModel", nil), ("ValidTo", .string(date)),
        ]))
    }
    lab.days(20)
    #expect(try lab.state(key) == "Enabled")
    lab.days(20)
    #expect(try lab.state(key) == "PendingImport")
  }

  @Test func deletedMaterialComesBackOnlyByTheSameImport() throws {
    var (lab, key) = try emptyKey()
    let named: JSON = ["KeyId": .string(key)]
    let id = try lab.call("ImportKeyMaterial", lab.importing(material, into: key))["KeyMaterialId"]
    let blob = try lab.encrypt(key)
    #expect(try lab.call("DeleteImportedKeyMaterial", named)["KeyMaterialId"] == id)
    #expect(try lab.state(key) == "PendingImport")
    #expect(
      lab.refusal("Encrypt", named.with([("Plaintext", "AAAA")]))?.code
        == "KMSInvalidStateException")
    let again = try lab.call("ImportKeyMaterial", lab.importing(material, into: key))
    #expect(again["KeyMaterialId"] == id)
    #expect(try lab.opens(blob))
  }

  @Test func aKeyPendingDeletionStaysSoWhenItsMaterialGoes() throws {
    var (lab, key) = try emptyKey()
    let named: JSON = ["KeyId": .string(key)]
    try lab.call("ImportKeyMaterial", lab.importing(material, into: key))
    try lab.call("ScheduleKeyDeletion", named)
    try lab.call("DeleteImportedKeyMaterial", named)
    #expect(try lab.state(key) == "PendingDeletion")
    try lab.call("CancelKeyDeletion", named)
    #expect(try lab.state(key) == "PendingImport")
  }

  @Test func rotationGoesToImportedMaterialThatWaits() throws {
    var (lab, key) = try emptyKey()
    let named: JSON = ["KeyId": .string(key)]
    let isNew: [(String, JSON?)] = [
      ("ImportType", "NEW_KEY_MATERIAL"), ("KeyMaterialDescription", "of May"),
    ]
    try lab.call("ImportKeyMaterial", lab.importing(material, into: key))
    let old = try lab.encrypt(key)
    let refusal = lab.refusal("RotateKeyOnDemand", named)
    #expect(refusal?.code == "KMSInvalidStateException")
    #expect(refusal?.message.hasPrefix("No available key material pending rotation") == true)
    let known = try lab.importing(material, into: key).with(isNew)
    #expect(lab.refusal("ImportKeyMaterial", known)?.code == "IncorrectKeyMaterialException")
    let id = try lab.call(
      "ImportKeyMaterial", lab.importing(other, into: key).with(isNew))["KeyMaterialId"]
    #expect(try lab.metadata(key)["CurrentKeyMaterialId"] != id)
    let third = try lab.importing([UInt8](3...34), into: key).with(isNew)
    #expect(lab.refusal("ImportKeyMaterial", third)?.code == "KMSInvalidStateException")
    let all = named.with([("IncludeKeyMaterial", "ALL_KEY_MATERIAL")])
    let waiting = try lab.call("ListKeyRotations", all)["Rotations"]?.array?.last
    #expect(waiting?["KeyMaterialState"] == "PENDING_ROTATION")
    #expect(waiting?["KeyMaterialDescription"] == "of May")
    try lab.call("RotateKeyOnDemand", named)
    #expect(try lab.metadata(key)["CurrentKeyMaterialId"] == id)
    #expect(try lab.opens(old))
    #expect(try lab.opens(lab.encrypt(key)))
    // From now on the key needs both.
    try lab.call("DeleteImportedKeyMaterial", named)
    #expect(try lab.state(key) == "PendingImport")
  }

  @Test func materialThatWaitsMayGoWithoutHarm() throws {
    var (lab, key) = try emptyKey()
    try lab.call("ImportKeyMaterial", lab.importing(material, into: key))
    let id = try lab.call(
      "ImportKeyMaterial",
      lab.importing(other, into: key).with([("ImportType", "NEW_KEY_MATERIAL")]))["KeyMaterialId"]
    try lab.call(
      "DeleteImportedKeyMaterial", ["KeyId": .string(key), "KeyMaterialId": try #require(id)])
    #expect(try lab.state(key) == "Enabled")
    #expect(lab.cloud.world.keys.keys.last?.materials.count == 1)
  }

  @Test func replicasOfImportedKeysWantTheSameImport() throws {
    var lab = KMSLab()
    let key = try lab.makeKey(["Origin": "EXTERNAL", "MultiRegion": true])
    try lab.call("ImportKeyMaterial", lab.importing(material, into: key))
    let blob = try lab.encrypt(key)
    try lab.call("ReplicateKey", ["KeyId": .string(key), "ReplicaRegion": "eu-west-1"])
    lab.cloud.advance(by: .seconds(5))
    #expect(try lab.state(key, in: "eu-west-1") == "PendingImport")
    let wrong = try lab.importing(other, into: key, in: "eu-west-1")
    #expect(
      lab.refusal("ImportKeyMaterial", wrong, in: "eu-west-1")?.code
        == "IncorrectKeyMaterialException")
    let right = try lab.importing(material, into: key, in: "eu-west-1")
    try lab.call("ImportKeyMaterial", right, in: "eu-west-1")
    #expect(try lab.opens(blob, in: "eu-west-1"))
    // New material is everywhere before it may encrypt.
    let new: [(String, JSON?)] = [("ImportType", "NEW_KEY_MATERIAL")]
    try lab.call("ImportKeyMaterial", lab.importing(other, into: key).with(new))
    let named: JSON = ["KeyId": .string(key), "IncludeKeyMaterial": "ALL_KEY_MATERIAL"]
    #expect(
      try lab.call("ListKeyRotations", named)["Rotations"]?.array?.last?["KeyMaterialState"]
        == "PENDING_MULTI_REGION_IMPORT_AND_ROTATION")
    #expect(
      lab.refusal("RotateKeyOnDemand", ["KeyId": .string(key)])?.code == "KMSInvalidStateException")
    let same = try lab.importing(other, into: key, in: "eu-west-1")
    try lab.call("ImportKeyMaterial", same, in: "eu-west-1")
    try lab.call("RotateKeyOnDemand", ["KeyId": .string(key)])
    #expect(try lab.opens(lab.encrypt(key, in: "eu-west-1")))
  }

  @Test func aTokenServesItsKeyForADay() throws {
    var (lab, key) = try emptyKey()
    let second = try lab.makeKey(["Origin": "EXTERNAL"])
    let request = try lab.importing(material, into: key)
    #expect(
      lab.refusal("ImportKeyMaterial", request.with([("KeyId", .string(second))]))?.code
        == "InvalidImportTokenException")
    #expect(
      lab.refusal("ImportKeyMaterial", request.with([("ImportToken", "AAAA")]))?.code
        == "InvalidImportTokenException")
    #expect(
      lab.refusal("ImportKeyMaterial", request.with([("EncryptedKeyMaterial", "AAAA")]))?.code
        == "InvalidCiphertextException")
    var inTime = lab
    inTime.cloud.advance(by: .seconds(86_400))
    try inTime.call("ImportKeyMaterial", request)
    lab.cloud.advance(by: .seconds(86_401))
    #expect(lab.refusal("ImportKeyMaterial", request)?.code == "ExpiredImportTokenException")
  }

  @Test(
    arguments: [
      ("KEY_MATERIAL_EXPIRES", nil), ("KEY_MATERIAL_EXPIRES", "2026-01-01T00:00:00Z"),
      ("KEY_MATERIAL_EXPIRES", "2027-02-01T00:00:00Z"),
      ("KEY_MATERIAL_DOES_NOT_EXPIRE", "2026-02-01T00:00:00Z"),
    ] as [(String, String?)]) func anExpiryThatMakesNoSenseIsRefused(
      _ model: String, _ date: String?
    )
    throws
  {
    var (lab, key) = try emptyKey()
    let request = try lab.importing(material, into: key).with([
      ("ExpirationModel", .string(model)), ("ValidTo", date.map { .string($0) }),
    ])
    #expect(lab.refusal("ImportKeyMaterial", request)?.code == "ValidationException")
  }

  @Test func materialOfAnotherLengthIsNoKey() throws {
    var (lab, key) = try emptyKey()
    let short = try lab.importing([1, 2, 3], into: key)
    #expect(lab.refusal("ImportKeyMaterial", short)?.code == "IncorrectKeyMaterialException")
  }

  @Test func keysOfKMSsOwnMakingTakeNoImport() throws {
    var lab = KMSLab()
    let named: JSON = ["KeyId": .string(KMSLab.guideKey)]
    let refusal = lab.refusal("DeleteImportedKeyMaterial", named)
    #expect(refusal?.code == "UnsupportedOperationException")
    #expect(
      refusal?.message.hasSuffix("origin is AWS_KMS which is not valid for this operation.") == true
    )
    #expect(
      lab.refusal(
        "GetParametersForImport",
        named.with([
          ("WrappingAlgorithm", "RSAES_PKCS1_V1_5"), ("WrappingKeySpec", "RSA_2048"),
        ]))?.code == "UnsupportedOperationException")
  }
}
