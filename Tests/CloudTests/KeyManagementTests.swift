import Policies
import Testing
import Values

@testable import Cloud

@Suite struct KeyNamingTests {
  private static let arn = "arn:aws:kms:us-east-1:123456789012"

  /// Source: AWS KMS Developer Guide, key identifiers.
  @Test(arguments: [
    "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey", "ReEncrypt",
  ]) func whatUsesAKeyTakesAllFourForms(_ name: String) throws {
    var lab = KMSLab()
    try lab.call(
      "CreateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(KMSLab.guideKey)])
    let blob = try lab.encrypt(KMSLab.guideKey)
    for form in [
      KMSLab.guideKey, "\(Self.arn):key/\(KMSLab.guideKey)", "alias/mine", "\(Self.arn):alias/mine",
    ] {
      let member = name == "ReEncrypt" ? "DestinationKeyId" : "KeyId"
      var input = JSONObject([(member, .string(form))])
      if name == "Encrypt" { input["Plaintext"] = "AAAA" }
      if name.hasPrefix("Generate") { input["NumberOfBytes"] = 16 }
      if name == "ReEncrypt" { input["CiphertextBlob"] = blob }
      #expect(lab.refusal(name, .object(input)) == nil, "\(form)")
    }
  }

  @Test(arguments: ["DisableKey", "GetKeyPolicy", "EnableKeyRotation", "ScheduleKeyDeletion"])
  func whatManagesAKeyTakesNoAlias(_ name: String) throws {
    var lab = KMSLab()
    try lab.call(
      "CreateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(KMSLab.guideKey)])
    let refusal = lab.refusal(name, ["KeyId": "alias/mine"])
    #expect(refusal?.code == "NotFoundException")
    #expect(refusal?.message == "Invalid keyId 'alias/mine'")
    let arn: JSON = ["KeyId": .string("\(Self.arn):key/\(KMSLab.guideKey)")]
    #expect(lab.refusal(name, arn) == nil)
  }

  @Test func otherRegionsAndAccountsAnswerAsAWSDoes() throws {
    var lab = KMSLab()
    let id = KMSLab.guideKey
    for (name, region, code, text) in [
      (id, "us-west-2", "NotFoundException", "Key 'arn:aws:kms:us-west-2:123456789012:key/\(id)'"),
      ("\(Self.arn):key/\(id)", "us-west-2", "NotFoundException", "Invalid arn us-east-1"),
      (
        "arn:aws:kms:us-east-1:999999999999:key/\(id)", "us-east-1", "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/admin is not authorized to perform: kms:DescribeKey "
          + "on this resource because the resource does not exist in this Region"
      ),
      (
        "arn:aws:kms:us-east-1:999999999999:alias/x", "us-east-1", "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/admin"
      ),
      ("mrk-\(String(repeating: "0", count: 32))", "us-east-1", "NotFoundException", "Key 'arn:"),
      ("mrk-12", "us-east-1", "NotFoundException", "Invalid keyId 'mrk-12'"),
    ] {
      let refusal = lab.refusal("DescribeKey", ["KeyId": .string(name)], in: region)
      #expect(refusal?.code == code, "\(name)")
      #expect(refusal?.message.hasPrefix(text) == true, "\(refusal?.message ?? "")")
    }
  }

  @Test func aliasesChangeTheirKeyAndGo() throws {
    var lab = KMSLab()
    let keys = [try lab.makeKey(), try lab.makeKey()]
    try lab.call("CreateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(keys[0])])
    let blob = try lab.encrypt("alias/mine")
    lab.cloud.advance(by: .seconds(10))
    try lab.call("UpdateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(keys[1])])
    let listed = try lab.call("ListAliases", ["KeyId": .string(keys[1])])["Aliases"]?.array
    #expect(listed?.count == 1)
    #expect(listed?.first?["CreationDate"] == "2026-01-05T09:00:00+00:00")
    #expect(listed?.first?["LastUpdatedDate"] == "2026-01-05T09:00:10+00:00")
    #expect(try lab.opens(blob))
    try lab.call("DeleteAlias", ["AliasName": "alias/mine"])
    let refusal = lab.refusal("DeleteAlias", ["AliasName": "alias/mine"])
    #expect(refusal?.message == "Alias \(Self.arn):alias/mine is not found.")
    #expect(try lab.opens(blob))
  }

  @Test(
    arguments: [
      ("alias/aws/mine", nil, "NotAuthorizedException"), ("mine", nil, "ValidationException"),
      ("alias/a b", nil, "ValidationException"), ("alias/mine", nil, "AlreadyExistsException"),
      ("alias/new", "alias/mine", "ValidationException"),
      ("alias/new", "00000000-0000-0000-0000-000000000000", "NotFoundException"),
    ] as [(String, String?, String)]) func anAliasThatCannotBeIsRefused(
      _ name: String, _ target: String?, _ code: String
    ) throws
  {
    var lab = KMSLab()
    try lab.call(
      "CreateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(KMSLab.guideKey)])
    let request: JSON = [
      "AliasName": .string(name), "TargetKeyId": .string(target ?? KMSLab.guideKey),
    ]
    #expect(lab.refusal("CreateAlias", request)?.code == code)
  }

  @Test func anAliasStaysWithItsKindOfKey() throws {
    var lab = KMSLab()
    let mac = try lab.makeKey(["KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"])
    try lab.call(
      "CreateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(KMSLab.guideKey)])
    let request: JSON = ["AliasName": "alias/mine", "TargetKeyId": .string(mac)]
    #expect(lab.refusal("UpdateAlias", request)?.code == "ValidationException")
  }
}

@Suite struct KeyKindTests {
  /// Source: AWS KMS Developer Guide, key spec reference.
  @Test(arguments: [
    ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", "RSAES_OAEP_SHA_1"),
    ("RSA_4096", "SIGN_VERIFY", "SigningAlgorithms", "RSASSA_PKCS1_V1_5_SHA_256"),
    ("ECC_NIST_P384", "SIGN_VERIFY", "SigningAlgorithms", "ECDSA_SHA_384"),
    ("ECC_NIST_P521", "KEY_AGREEMENT", "KeyAgreementAlgorithms", "ECDH"),
    ("HMAC_512", "GENERATE_VERIFY_MAC", "MacAlgorithms", "HMAC_SHA_512"),
  ]) func otherKeysAreMadeAndRefuseWhatSymmetricOnesDo(
    _ spec: String, _ usage: String, _ member: String, _ algorithm: String
  ) throws {
    var lab = KMSLab()
    let key = try lab.makeKey(["KeySpec": .string(spec), "KeyUsage": .string(usage)])
    let metadata = try lab.metadata(key)
    #expect(metadata["KeySpec"] == .string(spec))
    #expect(metadata["CustomerMasterKeySpec"] == .string(spec))
    #expect(metadata[member]?.array?.first == .string(algorithm))
    #expect(metadata["CurrentKeyMaterialId"] == nil)
    let refusal = lab.refusal("GenerateDataKey", ["KeyId": .string(key), "KeySpec": "AES_256"])
    #expect(refusal?.code == "InvalidKeyUsageException")
    #expect(refusal?.message.hasSuffix("which is not valid for GenerateDataKey.") == true)
  }

  @Test(
    arguments: [
      ("RSA_2048", nil, "ValidationException"), ("HMAC_256", "SIGN_VERIFY", "ValidationException"),
      ("SYMMETRIC_DEFAULT", "SIGN_VERIFY", "ValidationException"),
      ("SM2", "SIGN_VERIFY", "NotSimulated"),
    ] as [(String, String?, String)]) func aKeyThatCannotBeIsNotMade(
      _ spec: String, _ usage: String?, _ code: String
    )
  {
    var lab = KMSLab()
    let request: JSON = ["KeySpec": .string(spec)]
    let refusal = lab.refusal("CreateKey", request.with([("KeyUsage", usage.map { .string($0) })]))
    #expect(refusal?.code == code)
    if usage == nil {
      #expect(
        refusal?.message
          == "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
      )
    }
  }

  @Test func customKeyStoresAreNotSimulated() {
    var lab = KMSLab()
    #expect(lab.refusal("CreateKey", ["Origin": "AWS_CLOUDHSM"])?.code == "NotSimulated")
    #expect(lab.refusal("CreateKey", ["CustomKeyStoreId": "cks-1"])?.code == "NotSimulated")
  }

  @Test func aStreamTakesNoKeyThatIsNotSymmetric() throws {
    var lab = try Lab()
    let made = try lab.call(
      "admin", "kms", "CreateKey", ["KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"])
    let key = try #require(made["KeyMetadata"]?["KeyId"])
    let code = lab.code {
      try lab.call(
        "admin", "kinesis", "StartStreamEncryption",
        ["StreamName": "my-existing-stream", "EncryptionType": "KMS", "KeyId": key])
    }
    #expect(code == "KMSInvalidStateException")
  }

  @Test func rsaEncryptionIsTheKeysOwnAndNotSimulated() {
    var lab = KMSLab()
    let request: JSON = [
      "KeyId": .string(KMSLab.guideKey), "Plaintext": "AAAA",
      "EncryptionAlgorithm": "RSAES_OAEP_SHA_256",
    ]
    #expect(lab.refusal("Encrypt", request)?.code == "NotSimulated")
  }
}

@Suite struct ManagedKeyTests {
  /// Source: AWS KMS Developer Guide, AWS managed keys: their policy admits looking, and use through
  /// the service.
  @Test func theManagedKeyIsLookedAtButNotManaged() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "kinesis", "StartStreamEncryption",
      ["StreamName": "my-existing-stream", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"])
    let key = try #require(lab.cloud.world.keys.alias("alias/aws/kinesis", in: .usEast1)?.key)
    let id = JSON.string(lab.cloud.world.keys[key].id)
    let named: JSON = ["KeyId": id]
    for (name, more) in [
      ("DisableKey", []), ("EnableKey", []), ("ScheduleKeyDeletion", []),
      ("EnableKeyRotation", []), ("DisableKeyRotation", []), ("RotateKeyOnDemand", []),
      ("UpdateKeyDescription", [("Description", "x")]),
      ("PutKeyPolicy", [("Policy", "{\"Version\":\"2012-10-17\",\"Statement\":[]}")]),
      ("TagResource", [("Tags", [["TagKey": "a", "TagValue": "b"]])]),
      ("Encrypt", [("Plaintext", "AAAA")]),
    ] as [(String, [(String, JSON?)])] {
      let code = lab.code { try lab.call("admin", "kms", name, named.with(more)) }
      #expect(code == "AccessDeniedException", "\(name)")
    }
    let alias: JSON = ["AliasName": "alias/mine", "TargetKeyId": id]
    #expect(
      lab.code { try lab.call("admin", "kms", "CreateAlias", alias) } == "AccessDeniedException")
    for name in ["DescribeKey", "GetKeyPolicy", "ListKeyPolicies", "ListResourceTags"] {
      try lab.call("admin", "kms", name, named)
    }
    let status = try lab.call("admin", "kms", "GetKeyRotationStatus", named)
    #expect(status["KeyRotationEnabled"] == true)
    lab.cloud.advance(by: .seconds(366 * 86_400))
    let rotations = try lab.call("admin", "kms", "ListKeyRotations", named)["Rotations"]?.array
    #expect(rotations?.count == 1)
  }
}

@Suite struct KeyUseTests {
  @Test func reEncryptAsksForTwoActions() throws {
    var lab = KMSLab()
    let other = try lab.makeKey()
    let blob = try lab.encrypt(KMSLab.guideKey)
    let reply = try lab.call(
      "ReEncrypt",
      [
        "CiphertextBlob": blob, "DestinationKeyId": .string(other),
        "DestinationEncryptionContext": ["a": "b"],
      ])
    #expect(reply["SourceKeyId"]?.string?.hasSuffix(KMSLab.guideKey) == true)
    #expect(reply["KeyId"]?.string?.hasSuffix(other) == true)
    #expect(reply["SourceKeyMaterialId"] != reply["DestinationKeyMaterialId"])
    let opened = try lab.call(
      "Decrypt",
      [
        "CiphertextBlob": try #require(reply["CiphertextBlob"]), "EncryptionContext": ["a": "b"],
      ])
    #expect(opened["Plaintext"] == "aGVsbG8=")
    // The consumer may decrypt with the guide's key, which is neither of the two actions.
    let refusal = lab.refusal(
      "ReEncrypt", ["CiphertextBlob": blob, "DestinationKeyId": .string(other)], as: "consumer")
    #expect(refusal?.decision?.question.action.description == "kms:ReEncryptFrom")
    try lab.call("PutKeyPolicy", ["KeyId": .string(KMSLab.guideKey), "Policy": .string(Self.from)])
    let second = lab.refusal(
      "ReEncrypt", ["CiphertextBlob": blob, "DestinationKeyId": .string(other)], as: "consumer")
    #expect(second?.decision?.question.action.description == "kms:ReEncryptTo")
    #expect(second?.decision?.question.context["kms:ReEncryptOnSameKey"] == ["false"])
  }

  private static let from = """
    {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*", "Resource": "*"},
      {"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/kinesis-consumer-role"},
        "Action": "kms:ReEncryptFrom", "Resource": "*"}]}
    """

  @Test func aDataKeyWithoutPlaintextOpensLater() throws {
    var lab = KMSLab()
    let reply = try lab.call(
      "GenerateDataKeyWithoutPlaintext",
      ["KeyId": .string(KMSLab.guideKey), "KeySpec": "AES_128"])
    #expect(reply.object?.members.map(\.name) == ["CiphertextBlob", "KeyId", "KeyMaterialId"])
    let opened = try lab.call(
      "Decrypt", ["CiphertextBlob": try #require(reply["CiphertextBlob"])])
    #expect(opened["Plaintext"]?.string.flatMap { Base64.decode($0) }?.count == 16)
  }

  @Test func randomBytesAreAsManyAsAsked() throws {
    var lab = KMSLab()
    let reply = try lab.call("GenerateRandom", ["NumberOfBytes": 7])
    #expect(reply["Plaintext"]?.string.flatMap { Base64.decode($0) }?.count == 7)
    #expect(lab.refusal("GenerateRandom", [:])?.message == "NumberOfBytes is required.")
    #expect(
      lab.refusal("GenerateRandom", ["NumberOfBytes": 1025])?.message
        == "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy "
        + "constraint: Member must have value less than or equal to 1024")
    #expect(
      lab.refusal("GenerateRandom", ["NumberOfBytes": 7], as: "producer")?.code
        == "AccessDeniedException")
  }

  @Test func aNamedKeyMustBeTheOneInTheCiphertext() throws {
    var lab = KMSLab()
    let other = try lab.makeKey()
    let blob = try lab.encrypt(KMSLab.guideKey)
    let wrong: JSON = ["CiphertextBlob": blob, "KeyId": .string(other)]
    #expect(lab.refusal("Decrypt", wrong)?.code == "IncorrectKeyException")
    let right: JSON = ["CiphertextBlob": blob, "KeyId": .string(KMSLab.guideKey)]
    #expect(lab.refusal("Decrypt", right) == nil)
    #expect(
      lab.refusal("Decrypt", ["CiphertextBlob": "AAAA"])?.code == "InvalidCiphertextException")
  }

  @Test func lastUsageLooksBackAtWhatSucceeded() throws {
    var lab = KMSLab()
    let key = try lab.makeKey()
    let named: JSON = ["KeyId": .string(key)]
    #expect(try lab.call("GetKeyLastUsage", named)["KeyLastUsage"] == nil)
    let blob = try lab.encrypt(key)
    lab.cloud.advance(by: .seconds(60))
    #expect(try lab.opens(blob))
    _ = lab.refusal("Decrypt", ["CiphertextBlob": blob], as: "producer")
    let usage = try lab.call("GetKeyLastUsage", named)["KeyLastUsage"]
    #expect(usage == ["Operation": "Decrypt", "Timestamp": "2026-01-05T09:01:00+00:00"])
  }
}

@Suite struct TagTests {
  @Test func tagsComeChangeAndGo() throws {
    var lab = KMSLab()
    let key = try lab.makeKey(["Tags": [["TagKey": "team", "TagValue": "blue"]]])
    let named: JSON = ["KeyId": .string(key)]
    try lab.call(
      "TagResource",
      named.with([
        (
          "Tags",
          [["TagKey": "team", "TagValue": "red"], ["TagKey": "cost", "TagValue": ""]]
        )
      ]))
    let tags = try lab.call("ListResourceTags", named)["Tags"]
    #expect(
      tags == [["TagKey": "team", "TagValue": "red"], ["TagKey": "cost", "TagValue": ""]])
    try lab.call("UntagResource", named.with([("TagKeys", ["team", "none"])]))
    #expect(try lab.call("ListResourceTags", named)["Tags"]?.array?.count == 1)
  }

  @Test func tagsThatCannotBeAreRefused() {
    var lab = KMSLab()
    let named: JSON = ["KeyId": .string(KMSLab.guideKey)]
    let many = (0...50).map { ["TagKey": .string("k\($0)"), "TagValue": ""] as JSON }
    for (tags, text) in [
      (
        [["TagKey": "a", "TagValue": "1"], ["TagKey": "a", "TagValue": "2"]],
        "Duplicate tag keys"
      ),
      ([["TagKey": "aws:a", "TagValue": "1"]], "Tags beginning with aws: are reserved"),
      (.array(many), "Too many tags"),
    ] as [(JSON, String)] {
      let refusal = lab.refusal("TagResource", named.with([("Tags", tags)]))
      #expect(refusal?.code == "TagException")
      #expect(refusal?.message == text)
      #expect(lab.refusal("CreateKey", ["Tags": tags])?.code == "TagException")
    }
  }

  @Test func aKeysTagsAndKindAreConditionKeys() throws {
    var lab = KMSLab()
    let key = try lab.makeKey([
      "MultiRegion": true, "Tags": [["TagKey": "team", "TagValue": "blue"]],
    ])
    let refusal = lab.refusal("DisableKey", ["KeyId": .string(key)], as: "producer")
    let context = try #require(refusal?.decision?.question.context)
    #expect(context["aws:ResourceTag/team"] == ["blue"])
    #expect(context["kms:MultiRegion"] == ["true"])
    #expect(context["kms:MultiRegionKeyType"] == ["PRIMARY"])
    let rsa = try lab.makeKey(["KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"])
    let second = lab.refusal("DisableKey", ["KeyId": .string(rsa)], as: "producer")
    #expect(second?.decision?.question.context["kms:KeySpec"] == ["RSA_2048"])
  }

  @Test func pagesOfTagsAndAMarkerOfNobodys() throws {
    var lab = KMSLab()
    let tags = (0..<5).map { ["TagKey": .string("k\($0)"), "TagValue": ""] as JSON }
    let named: JSON = ["KeyId": .string(try lab.makeKey(["Tags": .array(tags)]))]
    let first = try lab.call("ListResourceTags", named.with([("Limit", 3)]))
    #expect(first["Truncated"] == true)
    let rest = try lab.call("ListResourceTags", named.with([("Marker", first["NextMarker"])]))
    #expect(rest["Tags"]?.array?.count == 2)
    #expect(rest["Truncated"] == false)
    #expect(
      lab.refusal("ListResourceTags", named.with([("Marker", "mine")]))?.code
        == "InvalidMarkerException")
  }
}
