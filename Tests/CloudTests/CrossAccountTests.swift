import API
import Policies
import Testing
import Values

@testable import Cloud

/// A stream of the lab's account, used by callers of the partner's.
@Suite struct CrossAccountTests {
  private static let partner = Account.partner.id
  private static let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream"
  private static let role = "arn:aws:iam::\(partner):role/\(StartNames.partnerRole)"
  private static let guideKeyARN = "arn:aws:kms:us-east-1:123456789012:key/\(StartNames.keyID)"

  private static func policy(
    _ actions: [String], for principal: String, on resource: String, condition: String = ""
  ) -> JSON {
    let list = actions.map { "\"\($0)\"" }.joined(separator: ", ")
    return .string(
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"Shared\", \"Effect\": \"Allow\", "
        + "\"Principal\": {\"AWS\": \"\(principal)\"}, \"Action\": [\(list)], "
        + "\"Resource\": \"\(resource)\"\(condition)}]}")
  }

  /// A key policy that leaves the key to its own account and lets a principal use it.
  private static func keyPolicy(
    owner: String, user: String, condition: String = "", service: Bool = false
  ) -> JSON {
    let statement =
      "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"\(user)\"}, \"Action\": "
      + "[\"kms:GenerateDataKey\", \"kms:Decrypt\", \"kms:DescribeKey\"], \"Resource\": \"*\"\(condition)}"
    let kinesis =
      ", {\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"kinesis.amazonaws.com\"}, \"Action\": "
      + "[\"kms:GenerateDataKey\", \"kms:Decrypt\"], \"Resource\": \"*\"}"
    return .string(
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": "
        + "\"arn:aws:iam::\(owner):root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}, \(statement)"
        + "\(service ? kinesis : "")]}")
  }

  private static let shared = [
    "kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord",
    "kinesis:PutRecords", "kinesis:GetShardIterator", "kinesis:GetRecords",
  ]

  private func share(_ lab: inout Lab, _ actions: [String] = shared, with principal: String? = nil)
    throws
  {
    try lab.call(
      "admin", "kinesis", "PutResourcePolicy",
      [
        "ResourceARN": .string(Self.arn),
        "Policy": Self.policy(actions, for: principal ?? Self.role, on: Self.arn),
      ])
  }

  private func openKey(_ lab: inout Lab, to user: String? = nil, condition: String = "") throws {
    try lab.call(
      "admin", "kms", "PutKeyPolicy",
      [
        "KeyId": .string(StartNames.keyID),
        "Policy": Self.keyPolicy(
          owner: "123456789012", user: user ?? Self.role, condition: condition, service: true),
      ])
  }

  private func error(_ body: () throws -> Void) -> ServiceError? {
    do {
      try body()
      return nil
    } catch {
      return error as? ServiceError
    }
  }

  private func put(_ lab: inout Lab, as profile: String = "partner", named: Bool = false)
    -> ServiceError?
  {
    error {
      try lab.call(
        profile, "kinesis", "PutRecord",
        [
          named ? "StreamName" : "StreamARN": .string(named ? "my-secure-stream" : Self.arn),
          "PartitionKey": "a", "Data": "aGVsbG8=",
        ])
    }
  }

  private func read(_ lab: inout Lab, as profile: String = "partner") throws -> [String] {
    let iterator = try lab.call(
      profile, "kinesis", "GetShardIterator",
      [
        "StreamARN": .string(Self.arn), "ShardId": "shardId-000000000000",
        "ShardIteratorType": "TRIM_HORIZON",
      ])
    let reply = try lab.call(
      profile, "kinesis", "GetRecords",
      [
        "StreamARN": .string(Self.arn), "ShardIterator": iterator["ShardIterator"] ?? .null,
      ])
    return (reply["Records"]?.array ?? []).compactMap { $0["Data"]?.string }
  }

  @Test(arguments: Model.allCases) func bothAccountsMustAllow(_ model: Model) throws {
    var lab = try Lab(model)
    // The partner's role may, as far as its own account goes; the stream's owner has said nothing.
    #expect(put(&lab)?.decision?.refusedBy == .resource)
    try openKey(&lab)
    try share(&lab)
    #expect(put(&lab) == nil)
    #expect(try read(&lab) == ["aGVsbG8="])
    try lab.call(
      StartNames.partnerAdmin, "iam", "DeleteRolePolicy",
      ["RoleName": .string(StartNames.partnerRole), "PolicyName": "SharedStreamAccess"])
    #expect(put(&lab)?.decision?.refusedBy == .identity)
  }

  @Test func namingTheOtherAccountIsEnoughOnTheOwnersSide() throws {
    var lab = try Lab(.documented)
    try share(&lab, with: Self.partner)
    try openKey(&lab, to: "arn:aws:iam::\(Self.partner):root")
    #expect(put(&lab) == nil)
    #expect(put(&lab, as: StartNames.partnerAdmin) == nil)
    #expect(try read(&lab).count == 2)
  }

  @Test func aBareNameIsSoughtInTheCallersAccount() throws {
    var lab = try Lab(.documented)
    try share(&lab, with: Self.partner)
    let missing = put(&lab, as: StartNames.partnerAdmin, named: true)
    #expect(missing?.code == "ResourceNotFoundException")
    #expect(missing?.message == "Stream my-secure-stream under account \(Self.partner) not found.")
  }

  @Test func onlyWhatCanBeSharedIsShared() throws {
    var lab = try Lab(.documented)
    let owners = ["kinesis:DeleteStream", "kinesis:MergeShards", "kinesis:StartStreamEncryption"]
    try share(&lab, Self.shared + owners, with: Self.partner)
    let input: JSON = ["StreamARN": .string(Self.arn)]
    let admin = StartNames.partnerAdmin
    try lab.call(admin, "kinesis", "DescribeStreamSummary", input)
    try lab.call(admin, "kinesis", "ListShards", input)
    #expect(error { try lab.call(admin, "kinesis", "DescribeStream", input) } != nil)
    let refusal = error { try lab.call(admin, "kinesis", "DeleteStream", input) }
    #expect(refusal?.decision?.refusedBy == .resource)
    #expect(
      error {
        try lab.call(
          admin, "kinesis", "StartStreamEncryption",
          [
            "StreamARN": .string(Self.arn), "EncryptionType": "KMS",
            "KeyId": "alias/aws/kinesis",
          ])
      }?.code == "AccessDeniedException")
    #expect(lab.cloud.world.streams[lab.slot].status == .active)
  }

  @Test func aConsumerIsSharedByItsOwnPolicy() throws {
    var lab = try Lab(.documented)
    let made = try lab.call(
      "admin", "kinesis", "RegisterStreamConsumer",
      ["StreamARN": .string(Self.arn), "ConsumerName": "far"])
    let consumer = try #require(made["Consumer"]?["ConsumerARN"]?.string)
    let input: JSON = ["ConsumerARN": .string(consumer)]
    #expect(
      error { try lab.call("partner", "kinesis", "DescribeStreamConsumer", input) }?.code
        == "AccessDeniedException")
    try lab.call(
      "admin", "kinesis", "PutResourcePolicy",
      [
        "ResourceARN": .string(consumer),
        "Policy": Self.policy(
          ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"], for: Self.role,
          on: consumer),
      ])
    let shown = try lab.call("partner", "kinesis", "DescribeStreamConsumer", input)
    #expect(shown["ConsumerDescription"]?["StreamARN"]?.string == Self.arn)
  }

  @Test(arguments: Model.allCases) func theManagedKeyCannotBeShared(_ model: Model) throws {
    var lab = try Lab(model)
    try openKey(&lab)
    try share(&lab)
    _ = put(&lab)
    try lab.call(
      "admin", "kinesis", "StartStreamEncryption",
      ["StreamARN": .string(Self.arn), "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"])
    lab.cloud.advance(by: .seconds(20))
    try lab.call(
      StartNames.partnerAdmin, "iam", "PutRolePolicy",
      [
        "RoleName": .string(StartNames.partnerRole), "PolicyName": "AllKeys",
        "PolicyDocument":
          "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}",
      ])
    let refusal = try #require(put(&lab))
    #expect(
      refusal.code == (model == .described ? "AccessDeniedException" : "KMSAccessDeniedException"))
    #expect(refusal.decision?.refusedBy == .resource)
    try lab.call(
      "admin", "kinesis", "PutRecord",
      ["StreamARN": .string(Self.arn), "PartitionKey": "a", "Data": "aGk="])
    lab.cloud.advance(by: .seconds(600))
    #expect(error { _ = try read(&lab) } != nil)
    // Only records need the key.
    try lab.call("partner", "kinesis", "DescribeStreamSummary", ["StreamARN": .string(Self.arn)])
  }

  @Test func theKeyPolicySeesTheOtherAccountThroughKinesis() throws {
    var lab = try Lab(.documented)
    try share(&lab)
    let via =
      ", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"kinesis.us-east-1.amazonaws.com\", \"kms:CallerAccount\": "
    try openKey(&lab, condition: via + "\"123456789012\"}}")
    #expect(put(&lab)?.code == "KMSAccessDeniedException")
    try openKey(&lab, condition: via + "\"\(Self.partner)\"}}")
    #expect(put(&lab) == nil)
    let direct = error {
      try lab.call(
        "partner", "kms", "GenerateDataKey",
        ["KeyId": .string(Self.guideKeyARN), "KeySpec": "AES_256"])
    }
    #expect(direct?.decision?.refusedBy == .resource)
  }

  @Test func anAliasOfTheStreamIsOneOfItsOwner() throws {
    var lab = try Lab(.documented)
    try lab.call(
      "admin", "kms", "CreateAlias",
      ["AliasName": "alias/orders", "TargetKeyId": .string(StartNames.keyID)])
    let other = try lab.call(StartNames.partnerAdmin, "kms", "CreateKey", [:])
    try lab.call(
      StartNames.partnerAdmin, "kms", "CreateAlias",
      ["AliasName": "alias/orders", "TargetKeyId": other["KeyMetadata"]?["KeyId"] ?? .null])
    try lab.call(
      "admin", "kinesis", "StartStreamEncryption",
      ["StreamARN": .string(Self.arn), "EncryptionType": "KMS", "KeyId": "alias/orders"])
    lab.cloud.advance(by: .seconds(20))
    try share(&lab)
    try openKey(&lab)
    #expect(put(&lab) == nil)
    let kept = lab.cloud.world.kept(in: lab.slot).byKey
    #expect(kept.map { lab.cloud.world.keys[$0.key].arn.description } == [Self.guideKeyARN])
  }

  @Test(arguments: [false, true]) func aKeyOfTheOtherAccountCanProtectAStream(byAlias: Bool) throws
  {
    var lab = try Lab(.documented)
    let made = try lab.call(StartNames.partnerAdmin, "kms", "CreateKey", [:])
    let key = try #require(made["KeyMetadata"]?["Arn"]?.string)
    #expect(made["KeyMetadata"]?["AWSAccountId"]?.string == Self.partner)
    try lab.call(
      StartNames.partnerAdmin, "kms", "CreateAlias",
      ["AliasName": "alias/theirs", "TargetKeyId": .string(key)])
    let name = byAlias ? "arn:aws:kms:us-east-1:\(Self.partner):alias/theirs" : key
    let start: JSON = [
      "StreamARN": .string(Self.arn), "EncryptionType": "KMS", "KeyId": .string(name),
    ]
    let refusal = error { try lab.call("admin", "kinesis", "StartStreamEncryption", start) }
    #expect(refusal?.code == "KMSAccessDeniedException")
    try lab.call(
      StartNames.partnerAdmin, "kms", "PutKeyPolicy",
      [
        "KeyId": .string(key),
        "Policy": Self.keyPolicy(owner: Self.partner, user: "arn:aws:iam::123456789012:root"),
      ])
    try lab.call("admin", "kinesis", "StartStreamEncryption", start)
    lab.cloud.advance(by: .seconds(20))
    #expect(put(&lab, as: "admin") == nil)
    #expect(try read(&lab, as: "admin") == ["aGVsbG8="])
    try lab.call(StartNames.partnerAdmin, "kms", "DisableKey", ["KeyId": .string(key)])
    lab.cloud.advance(by: .seconds(301))
    #expect(put(&lab, as: "admin")?.code == "KMSDisabledException")
  }

  @Test func whetherAKeyIsThereIsNotTold() throws {
    var lab = try Lab(.documented)
    let made = try lab.call(StartNames.partnerAdmin, "kms", "CreateKey", [:])
    let there = try #require(made["KeyMetadata"]?["Arn"]?.string)
    let absent = "arn:aws:kms:us-east-1:\(Self.partner):key/00000000-0000-0000-0000-000000000000"
    func message(_ key: String) -> String? {
      error { try lab.call("admin", "kms", "DescribeKey", ["KeyId": .string(key)]) }?
        .message.replacing(key, with: "KEY")
    }
    #expect(message(there) == message(absent))
    #expect(message(there)?.contains("because the resource does not exist in this Region") == true)
    // Operations on keys that do not work across accounts, whatever a policy says.
    try lab.call(
      StartNames.partnerAdmin, "kms", "PutKeyPolicy",
      [
        "KeyId": .string(there),
        "Policy": Self.policy(
          ["kms:*"], for: "arn:aws:iam::123456789012:root", on: "*"),
        "BypassPolicyLockoutSafetyCheck": true,
      ])
    #expect(message(there) == nil)
    #expect(
      error { try lab.call("admin", "kms", "DisableKey", ["KeyId": .string(there)]) }?.code
        == "AccessDeniedException")
  }

  @Test func aGrantReachesIntoTheOtherAccount() throws {
    var lab = try Lab(.documented)
    let decrypt: JSON = ["KeyId": .string(Self.guideKeyARN), "KeySpec": "AES_256"]
    #expect(error { try lab.call("partner", "kms", "GenerateDataKey", decrypt) } != nil)
    try lab.call(
      "admin", "kms", "CreateGrant",
      [
        "KeyId": .string(StartNames.keyID), "GranteePrincipal": .string(Self.role),
        "Operations": ["GenerateDataKey", "Decrypt"],
      ])
    let made = try lab.call("partner", "kms", "GenerateDataKey", decrypt)
    let opened = try lab.call(
      "partner", "kms", "Decrypt", ["CiphertextBlob": made["CiphertextBlob"] ?? .null])
    #expect(opened["Plaintext"] == made["Plaintext"])
    #expect(
      error {
        try lab.call(
          "admin", "kms", "CreateGrant",
          [
            "KeyId": .string(StartNames.keyID),
            "GranteePrincipal": .string("arn:aws:iam::\(Self.partner):role/nobody"),
            "Operations": ["Decrypt"],
          ])
      }?.code == "InvalidArnException")
  }

  @Test func bothTrailsHaveTheCallEachWithWhatItMayKnow() throws {
    var lab = try Lab(.documented)
    try share(&lab)
    try openKey(&lab)
    try lab.call(StartNames.partnerAdmin, "kms", "CreateKey", ["Description": "theirs"])
    #expect(put(&lab) == nil)
    func records(_ profile: String, _ name: String) throws -> [JSON] {
      let reply = try lab.call(
        profile, "cloudtrail", "LookupEvents",
        ["LookupAttributes": [["AttributeKey": "EventName", "AttributeValue": .string(name)]]])
      return try (reply["Events"]?.array ?? []).compactMap {
        try $0["CloudTrailEvent"]?.string.map { try JSON(parsing: $0) }
      }
    }
    let ours = try records("admin", "GenerateDataKey")
    let theirs = try records(StartNames.partnerAdmin, "GenerateDataKey")
    try #require(ours.count == 1 && theirs.count == 1)
    #expect(ours[0]["recipientAccountId"]?.string == "123456789012")
    #expect(theirs[0]["recipientAccountId"]?.string == Self.partner)
    #expect(ours[0]["userIdentity"]?["type"]?.string == "AWSAccount")
    #expect(ours[0]["userIdentity"]?["accountId"]?.string == Self.partner)
    #expect(theirs[0]["userIdentity"]?["type"]?.string == "AssumedRole")
    #expect(ours[0]["sharedEventID"] == theirs[0]["sharedEventID"])
    #expect(ours[0]["sharedEventID"] != nil)
    #expect(ours[0]["resources"]?.array?.first?["accountId"]?.string == "123456789012")
    #expect(try records("admin", "CreateKey").isEmpty)
    #expect(try records(StartNames.partnerAdmin, "CreateKey").count == 1)
    #expect(try records(StartNames.partnerAdmin, "PutKeyPolicy").isEmpty)
  }

  @Test func eachAccountHasItsOwnIdentitiesKeysAndStreams() throws {
    var lab = try Lab(.documented)
    let admin = StartNames.partnerAdmin
    let digest = lab.cloud.world.digest
    let roles = try lab.call(admin, "iam", "ListRoles", [:])["Roles"]?.array ?? []
    #expect(roles.map { $0["RoleName"]?.string } == [StartNames.partnerRole])
    #expect(try lab.call(admin, "kms", "ListKeys", [:])["Keys"]?.array?.isEmpty == true)
    #expect(lab.cloud.world.digest == digest)
    try lab.call(
      admin, "kinesis", "CreateStream", ["StreamName": "my-secure-stream", "ShardCount": 1])
    lab.cloud.advance(by: .seconds(20))
    let theirs = try lab.call(admin, "kinesis", "ListStreams", [:])
    #expect(theirs["StreamNames"] == ["my-secure-stream"])
    let ours = try lab.call("admin", "kinesis", "ListStreams", [:])
    #expect(ours["StreamNames"] == ["my-existing-stream", "my-secure-stream"])
    try lab.call(
      admin, "kinesis", "StartStreamEncryption",
      ["StreamName": "my-secure-stream", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"])
    lab.cloud.advance(by: .seconds(20))
    try lab.call(
      admin, "kinesis", "PutRecord",
      ["StreamName": "my-secure-stream", "PartitionKey": "a", "Data": "aGk="])
    #expect(lab.cloud.world.keys.alias("alias/aws/kinesis", in: .usEast1) == nil)
    #expect(lab.cloud.world.account == "123456789012")
    #expect(lab.cloud.world.digest != digest)
    #expect(
      lab.code { try lab.call(admin, "s3api", "ListBuckets", [:]) } == "NotSimulated")
  }

  @Test func aRoleOfTheOtherAccountIsTakenWhenBothSidesAllow() throws {
    var lab = try Lab(.documented)
    let role = "arn:aws:iam::123456789012:role/kinesis-producer-role"
    let take: JSON = ["RoleArn": .string(role), "RoleSessionName": "guest"]
    let admin = StartNames.partnerAdmin
    #expect(lab.code { try lab.call(admin, "sts", "AssumeRole", take) } == "AccessDenied")
    let trust =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": "
      + "{\"AWS\": \"arn:aws:iam::\(Self.partner):root\"}, \"Action\": \"sts:AssumeRole\"}]}"
    try lab.call(
      "admin", "iam", "UpdateAssumeRolePolicy",
      ["RoleName": "kinesis-producer-role", "PolicyDocument": .string(trust)])
    let taken = try lab.call(admin, "sts", "AssumeRole", take)
    #expect(
      taken["AssumedRoleUser"]?["Arn"]?.string
        == "arn:aws:sts::123456789012:assumed-role/kinesis-producer-role/guest")
    // The partner's application role has no permission of its own to take it.
    #expect(lab.code { try lab.call("partner", "sts", "AssumeRole", take) } == "AccessDenied")
  }

  @Test func theCallersAccountPaysForRequestsToKMS() throws {
    var lab = try Lab(.documented)
    try share(&lab)
    try openKey(&lab)
    let before = lab.cloud.world.meter.admitted
    #expect(put(&lab) == nil)
    #expect(lab.cloud.world.meter.admitted == before)
    #expect(lab.cloud.world.otherMeter.admitted == 1)
  }

  @Test func theOrganizationDoesNotReachThePartner() throws {
    var lab = try Lab(.documented)
    try share(&lab)
    try openKey(&lab)
    let deny =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"kinesis:PutRecord\", \"Resource\": \"*\"}]}"
    let made = try lab.call(
      "admin", "organizations", "CreatePolicy",
      [
        "Name": "no-puts", "Description": "", "Type": "SERVICE_CONTROL_POLICY",
        "Content": .string(deny),
      ])
    let id = try #require(made["Policy"]?["PolicySummary"]?["Id"])
    try lab.call(
      "admin", "organizations", "AttachPolicy", ["PolicyId": id, "TargetId": "123456789012"])
    #expect(put(&lab, as: "admin")?.decision?.refusedBy == .serviceControl)
    #expect(put(&lab) == nil)
  }
}
