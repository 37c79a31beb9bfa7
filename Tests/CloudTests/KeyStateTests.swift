import API
import Testing
import Values

@testable import Cloud

/// One operation with what AWS answers for a key in each state: `ok`, or the number of the footnote
/// under AWS's table.
struct KeyStateRow: CustomTestStringConvertible, Sendable {
  var operation: String
  /// Enabled, Disabled, pending (replica) deletion, pending import, Creating, Updating.
  var outcomes: [String]
  /// What the operation answers beyond the state for the key of this test, where it is not success.
  var beyond: String?

  init(_ operation: String, _ outcomes: String, beyond: String? = nil) {
    self.operation = operation
    self.outcomes = outcomes.split(separator: " ").map(String.init)
    self.beyond = beyond
  }

  var testDescription: String { operation }

  static let states: [(state: KMS.KeyState, column: Int)] = [
    (.enabled, 0), (.disabled, 1), (.pendingDeletion, 2), (.pendingReplicaDeletion, 2),
    (.pendingImport, 3), (.creating, 4), (.updating, 5),
  ]

  /// Source: AWS KMS Developer Guide, key states of AWS KMS keys, footnotes; the wording of 3, 5, 14
  /// and 15 as it was observed. Of "2 or 3" this is 3.
  static let footnotes: [String: (code: String, text: String)] = [
    "1": ("DisabledException", "is disabled."),
    "3": ("KMSInvalidStateException", "deletion."),
    "4": ("KMSInvalidStateException", "is not pending deletion."),
    "5": ("KMSInvalidStateException", "is pending import."),
    "6": (
      "UnsupportedOperationException", "origin is EXTERNAL which is not valid for this operation."
    ),
    "14": ("KMSInvalidStateException", "is creating."),
    "15": ("KMSInvalidStateException", "is updating."),
  ]
}

@Suite struct KeyStateTests {
  /// Source: AWS KMS Developer Guide, key states of AWS KMS keys.
  ///
  /// Two cells are assumed, and `fidelity` says so: an older table has 6 for ListKeyRotations and
  /// RotateKeyOnDemand when the import is pending. Since imported keys rotate on demand, the answer of
  /// the one tells of material that is `PENDING_IMPORT`, and the other takes such keys, so neither can
  /// say that their origin is not valid for it.
  static let rows: [KeyStateRow] = [
    .init("CancelKeyDeletion", "4 4 ok 4 4 4"),
    .init("CreateAlias", "ok ok 3 ok ok ok"),
    .init("Decrypt", "ok 1 3 5 14 ok"),
    .init("DeleteAlias", "ok ok ok ok ok ok"),
    .init(
      "DeleteImportedKeyMaterial", "ok ok ok ok 14 15", beyond: "UnsupportedOperationException"),
    .init("DescribeKey", "ok ok ok ok ok ok"),
    .init("DisableKey", "ok ok 3 5 14 15"),
    .init("DisableKeyRotation", "ok 1 3 6 14 ok"),
    .init("EnableKey", "ok ok 3 5 14 15"),
    .init("EnableKeyRotation", "ok 1 3 6 14 ok"),
    .init("Encrypt", "ok 1 3 5 14 ok"),
    .init("GenerateDataKey", "ok 1 3 5 14 ok"),
    .init("GenerateDataKeyWithoutPlaintext", "ok 1 3 5 14 ok"),
    .init("GetKeyPolicy", "ok ok ok ok ok ok"),
    .init("GetKeyRotationStatus", "ok ok ok 6 ok ok"),
    .init("GetParametersForImport", "ok ok 3 ok 14 15", beyond: "UnsupportedOperationException"),
    .init("ImportKeyMaterial", "ok ok 3 ok 14 ok", beyond: "UnsupportedOperationException"),
    .init("ListAliases", "ok ok ok ok ok ok"),
    .init("ListKeyPolicies", "ok ok ok ok ok ok"),
    .init("ListKeyRotations", "ok ok 3 ok ok ok"),
    .init("ListResourceTags", "ok ok ok ok ok ok"),
    .init("PutKeyPolicy", "ok ok ok ok ok ok"),
    .init("ReEncrypt", "ok 1 3 5 14 ok"),
    .init("ReplicateKey", "ok 1 3 5 14 15"),
    .init("RotateKeyOnDemand", "ok 1 3 5 14 ok"),
    .init("ScheduleKeyDeletion", "ok ok 3 ok ok 15"),
    .init("TagResource", "ok ok 3 ok ok ok"),
    .init("UntagResource", "ok ok 3 ok ok ok"),
    .init("UpdateAlias", "ok ok 3 ok ok ok"),
    .init("UpdateKeyDescription", "ok ok 3 ok ok ok"),
    .init("UpdatePrimaryRegion", "ok 1 3 5 14 ok"),
    // Not in AWS's table: it only looks back.
    .init("GetKeyLastUsage", "ok ok ok ok ok ok"),
  ]

  /// Rows of AWS's table for operations that this lab does not perform, or whose keys it only keeps.
  static let others: [KeyStateRow] = [
    .init("CreateGrant", "ok 1 3 5 14 ok"),
    .init("DeriveSharedSecret", "ok 1 3 5 14 ok"),
    .init("GenerateDataKeyPair", "ok 1 3 5 14 ok"),
    .init("GenerateDataKeyPairWithoutPlaintext", "ok 1 3 5 14 ok"),
    .init("GenerateMac", "ok 1 3 5 14 ok"),
    .init("GetPublicKey", "ok ok 3 ok 14 ok"),
    .init("ListGrants", "ok ok ok ok ok ok"),
    .init("RetireGrant", "ok ok ok ok ok ok"),
    .init("RevokeGrant", "ok ok ok ok ok ok"),
    .init("Sign", "ok 1 3 5 14 ok"),
    .init("Verify", "ok 1 3 5 14 ok"),
    .init("VerifyMac", "ok 1 3 5 14 ok"),
  ]

  /// Operations that use no existing key.
  static let keyless: Set<String> = [
    "CreateKey", "ListKeys", "GenerateRandom", "ListRetirableGrants", "ConnectCustomKeyStore",
    "CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore", "UpdateCustomKeyStore",
  ]

  /// A multi-Region key with a replica, an alias and a ciphertext, so that every operation has what
  /// it needs; and the request of an operation on it.
  struct Fixture {
    var lab = KMSLab()
    var key = ""
    var other = ""
    var blob = JSON.null
    var slot: Int32 = 0

    init() throws {
      key = try lab.makeKey(["MultiRegion": true])
      other = try lab.makeKey()
      slot = try lab.slot(key)
      blob = try lab.encrypt(key)
      try lab.call("ReplicateKey", ["KeyId": .string(key), "ReplicaRegion": "eu-west-1"])
      for (name, target) in [("alias/mine", key), ("alias/other", other)] {
        try lab.call("CreateAlias", ["AliasName": .string(name), "TargetKeyId": .string(target)])
      }
      lab.cloud.advance(by: .seconds(10))
    }

    func request(_ operation: String) -> JSON {
      let named: JSON = ["KeyId": .string(key)]
      switch operation {
      case "CreateAlias": return ["AliasName": "alias/new", "TargetKeyId": .string(key)]
      case "UpdateAlias": return ["AliasName": "alias/other", "TargetKeyId": .string(key)]
      case "DeleteAlias": return ["AliasName": "alias/mine"]
      case "Decrypt": return ["CiphertextBlob": blob]
      case "ReEncrypt": return ["CiphertextBlob": blob, "DestinationKeyId": .string(other)]
      case "Encrypt": return named.with([("Plaintext", "aGVsbG8=")])
      case "GenerateDataKey", "GenerateDataKeyWithoutPlaintext":
        return named.with([("KeySpec", "AES_256")])
      case "PutKeyPolicy":
        return named.with([("Policy", .string(KMS.defaultPolicy(account: "123456789012")))])
      case "TagResource": return named.with([("Tags", [["TagKey": "a", "TagValue": "b"]])])
      case "UntagResource": return named.with([("TagKeys", ["a"])])
      case "UpdateKeyDescription": return named.with([("Description", "new")])
      case "ReplicateKey": return named.with([("ReplicaRegion", "us-west-2")])
      case "UpdatePrimaryRegion": return named.with([("PrimaryRegion", "eu-west-1")])
      case "GetParametersForImport":
        return named.with([
          ("WrappingAlgorithm", "RSAES_OAEP_SHA_256"), ("WrappingKeySpec", "RSA_2048"),
        ])
      case "ImportKeyMaterial":
        return named.with([
          ("ImportToken", "AAAA"), ("EncryptedKeyMaterial", "AAAA"),
          ("ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE"),
        ])
      default: return named
      }
    }
  }

  @Test(arguments: rows) func everyStateAnswersAsInTheTable(_ row: KeyStateRow) throws {
    #expect(row.outcomes.count == 6)
    let fixture = try Fixture()
    for (state, column) in KeyStateRow.states {
      var lab = fixture.lab
      lab.cloud.world.keys.set(state, of: fixture.slot)
      let refusal = lab.refusal(row.operation, fixture.request(row.operation))
      if let footnote = KeyStateRow.footnotes[row.outcomes[column]] {
        #expect(refusal?.code == footnote.code, "\(row.operation) when \(state)")
        #expect(refusal?.message.hasSuffix(footnote.text) == true, "\(row.operation) when \(state)")
      } else {
        #expect(refusal?.code == row.beyond, "\(row.operation) when \(state)")
      }
    }
  }

  @Test(arguments: rows + others) func theEnginesTableIsAWSs(_ row: KeyStateRow) throws {
    let own = try #require(KMS.stateTable.first { $0.operation == row.operation })
    let marks: [KMS.StateOutcome: String] = [
      .allowed: "ok", .disabled: "1", .deleting: "3", .notDeleting: "4", .importing: "5",
      .external: "6", .creating: "14", .updating: "15",
    ]
    for (state, column) in KeyStateRow.states {
      #expect(marks[own.outcome(state)] == row.outcomes[column], "\(row.operation) when \(state)")
    }
  }

  @Test func everyOperationOfTheModelIsInTheTable() throws {
    let model = try #require(Service.named("kms")).operations.map(\.name)
    let tested = (Self.rows + Self.others).map(\.operation)
    #expect(Set(tested).count == tested.count)
    #expect(Set(model) == Set(tested).union(Self.keyless))
    #expect(KMS.stateTable.map(\.operation).sorted() == tested.sorted())
  }

  @Test func whatTheLabPerformsIsTestedThroughTheDoor() {
    let tested = Set(Self.rows.map(\.operation)).union(Self.keyless)
    let others = Set(Self.others.map(\.operation))
    for id in OperationID.allCases where id.service == "kms" {
      #expect(tested.contains(id.operation) || others.contains(id.operation), "\(id)")
    }
  }

  @Test func whatOnlyOtherKeysDoIsKnownAndNotSimulated() {
    var lab = KMSLab()
    for name in [
      "Sign", "Verify", "GenerateMac", "VerifyMac", "GetPublicKey", "DeriveSharedSecret",
      "GenerateDataKeyPair", "CreateCustomKeyStore",
    ] {
      #expect(lab.refusal(name, [:])?.code == "NotSimulated", "\(name)")
    }
  }

  @Test func anAliasMayLeaveAKeyThatIsPendingDeletion() throws {
    var fixture = try Fixture()
    fixture.lab.cloud.world.keys.set(.pendingDeletion, of: try fixture.lab.slot(fixture.other))
    try fixture.lab.call("UpdateAlias", fixture.request("UpdateAlias"))
    let alias = fixture.lab.cloud.world.keys.alias("alias/other", in: .usEast1)
    #expect(alias?.key == fixture.slot)
  }

  @Test func reEncryptWantsBothKeysReady() throws {
    var fixture = try Fixture()
    fixture.lab.cloud.world.keys.set(.disabled, of: try fixture.lab.slot(fixture.other))
    let refusal = fixture.lab.refusal("ReEncrypt", fixture.request("ReEncrypt"))
    #expect(refusal?.code == "DisabledException")
    #expect(refusal?.message.contains(fixture.other) == true)
  }

  @Test func aDryRunFindsTheDisabledKey() throws {
    var lab = KMSLab()
    let key = try lab.makeKey()
    let request: JSON = ["KeyId": .string(key), "KeySpec": "AES_256", "DryRun": true]
    #expect(lab.refusal("GenerateDataKey", request)?.code == "DryRunOperationException")
    try lab.call("DisableKey", ["KeyId": .string(key)])
    #expect(lab.refusal("GenerateDataKey", request)?.code == "DisabledException")
  }
}
