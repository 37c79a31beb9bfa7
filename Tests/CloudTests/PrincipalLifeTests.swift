import API
import Policies
import Testing
import Values

@testable import Cloud

/// Whom policies name, when they are stored and afterwards.
@Suite struct PrincipalLifeTests {
  private static let key: JSON = .string(StartNames.keyID)
  private static let account = "arn:aws:iam::123456789012"

  private static func trust(_ principal: String, action: String = "sts:AssumeRole") -> JSON {
    .string(
      """
      {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": \(principal),
        "Action": "\(action)"}}
      """)
  }

  private func deleteProducer(_ lab: inout Lab) throws {
    let role: JSON = "kinesis-producer-role"
    try lab.call(
      "admin", "iam", "DeleteRolePolicy", ["RoleName": role, "PolicyName": "ProducerAccess"])
    try lab.call("admin", "iam", "DeleteRole", ["RoleName": role])
  }

  private func dataKey(_ lab: inout Lab, as profile: String = "producer") -> String? {
    lab.code {
      try lab.call(
        profile, "kms", "GenerateDataKey", ["KeyId": Self.key, "KeySpec": "AES_256"])
    }
  }

  @Test func aRoleThatIsMadeAgainIsAnotherOne() throws {
    var lab = try Lab(.documented)
    #expect(dataKey(&lab) == nil)
    let id = try #require(lab.cloud.world.identities.roles["kinesis-producer-role"]?.id)
    try deleteProducer(&lab)
    let policy = try lab.call("admin", "kms", "GetKeyPolicy", ["KeyId": Self.key])["Policy"]?.string
    #expect(policy?.contains("\"AWS\": \"\(id)\"") == true)
    #expect(policy?.contains("kinesis-producer-role") == false)
    // Its credentials are none any more.
    #expect(dataKey(&lab) == "UnrecognizedClientException")
    #expect(
      lab.code { try lab.call("producer", "sts", "GetCallerIdentity", [:]) }
        == "InvalidClientTokenId")
    try lab.call(
      "admin", "iam", "CreateRole",
      [
        "RoleName": "kinesis-producer-role",
        "AssumeRolePolicyDocument": Self.trust("{\"AWS\": \"\(Self.account):root\"}"),
      ])
    let caller = try lab.call("producer", "sts", "GetCallerIdentity", [:])["UserId"]?.string
    #expect(caller?.hasPrefix("AROA") == true && caller?.hasPrefix(id) == false)
    #expect(dataKey(&lab) == "AccessDeniedException")
    // Naming it again is what helps.
    let again = policy?.replacing(id, with: "\(Self.account):role/kinesis-producer-role") ?? ""
    try lab.call(
      "admin", "kms", "PutKeyPolicy", ["KeyId": Self.key, "Policy": .string(again)])
    #expect(dataKey(&lab) == nil)
  }

  @Test func aGrantKeepsTheIDOfADeletedGrantee() throws {
    var lab = try Lab(.documented)
    try lab.call(
      "admin", "kms", "CreateGrant",
      [
        "KeyId": Self.key,
        "GranteePrincipal": .string("\(Self.account):role/kinesis-producer-role"),
        "Operations": ["Decrypt"],
      ])
    let id = try #require(lab.cloud.world.identities.roles["kinesis-producer-role"]?.id)
    try deleteProducer(&lab)
    let grants = try lab.call("admin", "kms", "ListGrants", ["KeyId": Self.key])["Grants"]
    #expect(grants?.array?.first?["GranteePrincipal"] == .string(id))
  }

  @Test func aRenamedUserIsNamedByItsNewName() throws {
    var lab = try Lab(.documented)
    let policy = try #require(
      try lab.call("admin", "kms", "GetKeyPolicy", ["KeyId": Self.key])["Policy"]?.string)
    try lab.call(
      "admin", "kms", "PutKeyPolicy",
      [
        "KeyId": Self.key,
        "Policy": .string(policy.replacing("role/kinesis-producer-role", with: "user/auditor")),
      ])
    #expect(dataKey(&lab, as: "auditor") == nil)
    try lab.call(
      "admin", "iam", "UpdateUser", ["UserName": "auditor", "NewUserName": "reviewer"])
    #expect(dataKey(&lab, as: "auditor") == nil)
    let text = try lab.call("admin", "kms", "GetKeyPolicy", ["KeyId": Self.key])["Policy"]?.string
    #expect(text?.contains("user/reviewer") == true)
  }

  @Test func everyKindOfPolicyNamesOnlyWhomThereIs() throws {
    var lab = try Lab()
    let nobody = "\(Self.account):role/nobody"
    func refusal(_ service: String, _ name: String, _ input: JSON) -> (String, String)? {
      do {
        try lab.call("admin", service, name, input)
        return nil
      } catch {
        return (error as? ServiceError).map { ($0.code, $0.message) }
      }
    }
    let trust = Self.trust("{\"AWS\": \"\(nobody)\"}")
    let text = "Invalid principal in policy: \"AWS\":\"\(nobody)\""
    for (name, input) in [
      ("CreateRole", ["RoleName": "r", "AssumeRolePolicyDocument": trust]),
      ("UpdateAssumeRolePolicy", ["RoleName": "my-producer-role", "PolicyDocument": trust]),
    ] as [(String, JSON)] {
      let refused = refusal("iam", name, input)
      #expect(refused?.0 == "MalformedPolicyDocument")
      #expect(refused?.1 == text)
    }
    let stream = lab.cloud.world.streams[lab.slot].arn.description
    #expect(
      refusal(
        "kinesis", "PutResourcePolicy",
        [
          "ResourceARN": .string(stream),
          "Policy": .string(
            """
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS":
            "\(nobody)"}, "Action": "kinesis:PutRecord", "Resource": "\(stream)"}}
            """),
        ])?.0 == "InvalidArgumentException")
    #expect(
      refusal(
        "s3api", "PutBucketPolicy",
        [
          "Bucket": .string(StartNames.trailBucket),
          "Policy": .string(
            """
            {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": {"AWS":
            "\(Self.account):user/nobody"}, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::\(StartNames.trailBucket)/*"}}
            """),
        ])?.0 == "MalformedPolicy")
    // A session is there when its role is; another account's principals are not known here.
    for (principal, isThere) in [
      ("arn:aws:sts::123456789012:assumed-role/nobody/s", false),
      ("arn:aws:sts::123456789012:assumed-role/my-producer-role/s", true),
      ("\(Self.account):role/path/my-producer-role", false),
      ("arn:aws:iam::999988887777:role/nobody", true),
    ] {
      let refused = refusal(
        "iam", "UpdateAssumeRolePolicy",
        [
          "RoleName": "my-producer-role",
          "PolicyDocument": Self.trust("{\"AWS\": \"\(principal)\"}"),
        ])
      #expect((refused == nil) == isThere, "\(principal)")
    }
  }
}
