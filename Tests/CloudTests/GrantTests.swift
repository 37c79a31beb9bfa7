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
