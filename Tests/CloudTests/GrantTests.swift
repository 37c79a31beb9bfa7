import API
import Policies
import Testing
import Values

@testable import Cloud

/// One grant to the auditor, whom neither the key's policy nor IAM lets use the key.
struct GrantRow: CustomTestStringConvertible, Sendable {
  var name: String
  var operations: [JSON] = ["Encrypt", "Decrypt"]
  var constraints: JSON?
  var context: JSON?
  var grantee = "arn:aws:iam::123456789012:user/auditor"
  var code: String?
  var testDescription: String { name }
}

@Suite struct GrantTests {
  private static let key: JSON = .string(StartNames.keyID)
  private static let subset: JSON = ["EncryptionContextSubset": ["Department": "IT"]]
  private static let equals: JSON = ["EncryptionContextEquals": ["Department": "IT"]]
  private static let denied = "AccessDeniedException"

  /// Source: AWS KMS Developer Guide, grants and grant constraints.
  static let rows: [GrantRow] = [
    .init(name: "a grant lets its grantee through"),
    .init(name: "for its operations alone", operations: ["Decrypt"], code: denied),
    .init(
      name: "for its grantee alone",
      grantee: "arn:aws:iam::123456789012:role/kinesis-producer-role", code: denied),
    .init(
      name: "a constraint that the context fills", constraints: subset,
      context: ["Department": "IT"]),
    .init(
      name: "a subset admits more pairs", constraints: subset,
      context: ["Department": "IT", "Purpose": "test"]),
    .init(
      name: "equals admits no others", constraints: equals,
      context: ["Department": "IT", "Purpose": "test"], code: denied),
    .init(name: "equals admits its own pairs", constraints: equals, context: ["Department": "IT"]),
    .init(name: "a missing pair", constraints: subset, code: denied),
    .init(
      name: "another value", constraints: subset, context: ["Department": "it"], code: denied),
    .init(
      name: "a name with other capitals", constraints: subset, context: ["department": "IT"],
      code: denied),
  ]

  @Test(arguments: rows) func aGrantAllowsWhatItNamesAndNoMore(row: GrantRow) throws {
    var lab = try Lab()
    var input = JSONObject([
      ("KeyId", Self.key), ("GranteePrincipal", .string(row.grantee)),
      ("Operations", .array(row.operations)),
    ])
    if let constraints = row.constraints { input["Constraints"] = constraints }
    try lab.call("admin", "kms", "CreateGrant", .object(input))
    var request = JSONObject([("KeyId", Self.key), ("Plaintext", "aGVsbG8=")])
    if let context = row.context { request["EncryptionContext"] = context }
    let encrypt = JSON.object(request)
    #expect(lab.code { try lab.call("auditor", "kms", "Encrypt", encrypt) } == row.code)
  }

  /// A grant that KMS refuses for the key's kind or for its size.
  struct RefusedGrant: CustomTestStringConvertible, Sendable {
    var key: JSON = [:]
    var operations: [JSON]
    var constraints: JSON?
    /// Nothing where it is given.
    var text: String?
    var testDescription: String { "\(operations) on \(key.line) \(constraints?.line ?? "")" }
  }

  private static let signing: JSON = ["KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"]
  private static let sealing: JSON = ["KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"]
  private static let mac: JSON = ["KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"]

  private static func pairs(_ count: Int, length: Int = 1) -> JSON {
    let value = JSON.string(String(repeating: "v", count: length))
    return [
      "EncryptionContextSubset": .object(JSONObject((0..<count).map { ("k\($0)", value) }))
    ]
  }

  /// Source: AWS KMS API Reference, CreateGrant; AWS KMS Developer Guide, grant operations.
  static let refused: [RefusedGrant] = [
    .init(operations: ["Sign"], text: "Operation Sign is not supported"),
    .init(
      operations: ["Decrypt", "GetPublicKey"], text: "Operation GetPublicKey is not supported"),
    .init(operations: ["GenerateDataKeyPairWithoutPlaintext", "ReEncryptTo", "DescribeKey"]),
    .init(
      key: signing, operations: ["GenerateDataKey"],
      text: "Operation GenerateDataKey is not supported"),
    .init(key: signing, operations: ["Sign", "Verify", "GetPublicKey", "RetireGrant"]),
    .init(key: sealing, operations: ["Encrypt", "Decrypt", "ReEncryptFrom"]),
    .init(key: sealing, operations: ["Sign"], text: "Operation Sign is not supported"),
    .init(
      key: sealing, operations: ["Decrypt"], constraints: subset, text: "have no encryption context"
    ),
    .init(key: mac, operations: ["GenerateMac", "VerifyMac"]),
    .init(key: mac, operations: ["GetPublicKey"], text: "Operation GetPublicKey is not supported"),
    .init(operations: ["Decrypt"], constraints: pairs(8, length: 384)),
    .init(
      operations: ["Decrypt"], constraints: pairs(9),
      text: "at most 8 encryption context pairs, not 9"),
    .init(
      operations: ["Decrypt"], constraints: pairs(1, length: 385),
      text: "at most 384 characters, not 385"),
    .init(operations: [], text: "at least one operation"),
  ]

  @Test(arguments: refused) func aGrantGivesOnlyWhatItsKeyCanDo(row: RefusedGrant) throws {
    var lab = KMSLab()
    let key = try lab.makeKey(row.key)
    let input: JSON = [
      "KeyId": .string(key), "GranteePrincipal": "arn:aws:iam::123456789012:user/auditor",
      "Operations": .array(row.operations),
    ]
    let error = lab.refusal("CreateGrant", input.with([("Constraints", row.constraints)]))
    #expect(error?.code == row.text.map { _ in "ValidationException" })
    #expect(error?.message.contains(row.text ?? "") ?? (row.text == nil), "\(error?.message ?? "")")
  }

  @Test func aTextThatKMSNeverGaveIsNoGrantToken() throws {
    var lab = KMSLab()
    let request: JSON = ["KeyId": Self.key, "Plaintext": "aGVsbG8="]
    for token in ["bogus", Base64.encode(Array("keyhole-grant:1".utf8))] {
      let error = lab.refusal("Encrypt", request.with([("GrantTokens", [.string(token)])]))
      #expect(error?.code == "InvalidGrantTokenException", "\(token)")
    }
    // DescribeKey's description names no such error.
    #expect(lab.refusal("DescribeKey", ["KeyId": Self.key, "GrantTokens": ["bogus"]]) == nil)
    let grant = try lab.call(
      "CreateGrant",
      [
        "KeyId": Self.key, "GranteePrincipal": "arn:aws:iam::123456789012:user/auditor",
        "Operations": ["Encrypt"],
      ])
    let token = try #require(grant["GrantToken"])
    #expect(lab.refusal("Encrypt", request.with([("GrantTokens", [token])]), as: "auditor") == nil)
    // One of a grant that is gone is none that KMS never gave; it only gives nothing.
    try lab.call("RetireGrant", ["GrantToken": token])
    let late = lab.refusal("Encrypt", request.with([("GrantTokens", [token])]), as: "auditor")
    #expect(late?.code == Self.denied)
  }

  @Test func aGrantDoesNotHelpAgainstADeny() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "kms", "CreateGrant",
      [
        "KeyId": Self.key, "GranteePrincipal": "arn:aws:iam::123456789012:user/auditor",
        "Operations": ["Encrypt"],
      ])
    try lab.call(
      "admin", "iam", "PutUserPolicy",
      [
        "UserName": "auditor", "PolicyName": "No",
        "PolicyDocument":
          #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}]}"#,
      ])
    #expect(
      lab.code {
        try lab.call("auditor", "kms", "Encrypt", ["KeyId": Self.key, "Plaintext": "aGVsbG8="])
      } == Self.denied)
  }

  @Test func theSameNameAndTermsAreTheSameGrant() throws {
    var lab = try Lab()
    func create(_ operation: JSON) throws -> JSON {
      try lab.call(
        "admin", "kms", "CreateGrant",
        [
          "KeyId": Self.key, "GranteePrincipal": "arn:aws:iam::123456789012:user/auditor",
          "Operations": [operation], "Name": "one",
        ])
    }
    let first = try create("Encrypt")
    #expect(try create("Encrypt")["GrantId"] == first["GrantId"])
    #expect(try create("Decrypt")["GrantId"] != first["GrantId"])
  }

  @Test func aGrantIsRetiredByWhomItNamesAndRevokedByAnAdministrator() throws {
    var lab = try Lab()
    func create(_ retiring: JSON) throws -> JSON {
      try lab.call(
        "admin", "kms", "CreateGrant",
        [
          "KeyId": Self.key,
          "GranteePrincipal": "arn:aws:iam::123456789012:role/kinesis-consumer-role",
          "RetiringPrincipal": retiring, "Operations": ["Encrypt"],
        ])
    }
    let mine = try create("arn:aws:iam::123456789012:user/auditor")
    #expect(
      lab.code {
        try lab.call("producer", "kms", "RetireGrant", ["GrantToken": mine["GrantToken"] ?? .null])
      } == Self.denied)
    try lab.call("auditor", "kms", "RetireGrant", ["GrantToken": mine["GrantToken"] ?? .null])
    #expect(lab.cloud.world.keys.grants.isEmpty)
    let other = try create("arn:aws:iam::123456789012:user/auditor")
    try lab.call(
      "admin", "kms", "RevokeGrant", ["KeyId": Self.key, "GrantId": other["GrantId"] ?? .null])
    #expect(lab.cloud.world.keys.grants.isEmpty)
    #expect(
      lab.code {
        try lab.call(
          "admin", "kms", "RevokeGrant", ["KeyId": Self.key, "GrantId": other["GrantId"] ?? .null])
      } == "NotFoundException")
  }

  @Test func whoMayGrantByAGrantGivesNoMoreThanThatGrant() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "kms", "CreateGrant",
      [
        "KeyId": Self.key, "GranteePrincipal": "arn:aws:iam::123456789012:user/auditor",
        "Operations": ["CreateGrant", "Decrypt"], "Constraints": Self.subset,
      ])
    func give(_ operation: JSON, _ constraints: JSON?) -> String? {
      var input = JSONObject([
        ("KeyId", Self.key),
        ("GranteePrincipal", "arn:aws:iam::123456789012:role/kinesis-producer-role"),
        ("Operations", [operation]),
      ])
      if let constraints { input["Constraints"] = constraints }
      let request = JSON.object(input)
      return lab.code { try lab.call("auditor", "kms", "CreateGrant", request) }
    }
    #expect(give("Decrypt", nil) == Self.denied)
    #expect(give("Encrypt", Self.subset) == Self.denied)
    #expect(give("Decrypt", Self.subset) == nil)
    #expect(give("Decrypt", Self.equals) == nil)
  }
}
