import API
import Policies
import Testing
import Values

@testable import Cloud

@Suite struct OrganizationTests {
  private static let account: JSON = "123456789012"

  private func attach(
    _ lab: inout Lab, _ name: String, _ type: String, _ statement: String, to target: JSON
  ) throws {
    let reply = try lab.call(
      "admin", "organizations", "CreatePolicy",
      [
        "Name": .string(name), "Description": "", "Type": .string(type),
        "Content": .string("{\"Version\": \"2012-10-17\", \"Statement\": [\(statement)]}"),
      ])
    let id = try #require(reply["Policy"]?["PolicySummary"]?["Id"])
    try lab.call(
      "admin", "organizations", "AttachPolicy", ["PolicyId": id, "TargetId": target])
  }

  private func encrypt(_ lab: inout Lab) -> String? {
    lab.code {
      try lab.call(
        "admin", "kms", "Encrypt",
        ["KeyId": .string(StartNames.keyID), "Plaintext": "aGVsbG8="])
    }
  }

  @Test func aServiceControlPolicyForbidsEvenTheAdministrator() throws {
    var lab = try Lab()
    #expect(encrypt(&lab) == nil)
    try attach(
      &lab, "NoKMS", "SERVICE_CONTROL_POLICY",
      #"{"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}"#, to: "r-kh01")
    #expect(encrypt(&lab) == "AccessDeniedException")
  }

  @Test func everyLevelMustAllow() throws {
    var lab = try Lab()
    try attach(
      &lab, "OnlyKinesis", "SERVICE_CONTROL_POLICY",
      #"{"Effect": "Allow", "Action": ["kinesis:*", "organizations:*"], "Resource": "*"}"#,
      to: Self.account)
    #expect(encrypt(&lab) == nil)
    try lab.call(
      "admin", "organizations", "DetachPolicy",
      ["PolicyId": "p-FullAWSAccess", "TargetId": Self.account])
    #expect(encrypt(&lab) == "AccessDeniedException")
    #expect(lab.code { try lab.call("admin", "kinesis", "ListStreams", [:]) } == nil)
  }

  @Test func aResourceControlPolicyCoversKMSAndNotKinesis() throws {
    var lab = try Lab()
    try attach(
      &lab, "Nobody", "RESOURCE_CONTROL_POLICY",
      #"{"Effect": "Deny", "Principal": "*", "Action": ["kms:*", "kinesis:*"], "Resource": "*"}"#,
      to: Self.account)
    #expect(encrypt(&lab) == "AccessDeniedException")
    #expect(lab.code { try lab.call("admin", "kinesis", "ListStreams", [:]) } == nil)
  }

  /// Source: AWS Organizations User Guide, services that support RCPs; AWS KMS Developer Guide.
  @Test func aResourceControlPolicyCoversBucketsAndLogGroupsAsWell() throws {
    var lab = try Lab()
    func code(_ service: String, _ name: String, _ input: JSON) -> String? {
      lab.code { try lab.call("admin", service, name, input) }
    }
    let bucket: JSON = ["Bucket": .string(StartNames.trailBucket)]
    #expect(code("s3api", "GetBucketPolicy", bucket) == nil)
    try lab.call("admin", "logs", "CreateLogGroup", ["logGroupName": "g"])
    #expect(lab.cloud.world.bucketProblem(of: lab.cloud.world.trails.trails[0]) == nil)
    try attach(
      &lab, "Nobody", "RESOURCE_CONTROL_POLICY",
      #"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#, to: Self.account)
    #expect(code("s3api", "GetBucketPolicy", bucket) == "AccessDenied")
    #expect(code("logs", "CreateLogGroup", ["logGroupName": "h"]) == "AccessDeniedException")
    #expect(code("kinesis", "ListStreams", [:]) == nil)
    // Services that write for themselves are not left out either.
    #expect(lab.cloud.world.bucketProblem(of: lab.cloud.world.trails.trails[0]) != nil)
  }

  @Test func aResourceControlPolicyLeavesAWSsKeysAndTheEndOfGrantsAlone() throws {
    var lab = try Lab(.documented)
    let key: JSON = .string(StartNames.keyID)
    try lab.call(
      "admin", "kinesis", "StartStreamEncryption",
      [
        "StreamName": "my-existing-stream", "EncryptionType": "KMS",
        "KeyId": "alias/aws/kinesis",
      ])
    lab.cloud.advance(by: .seconds(20))
    let grant = try lab.call(
      "admin", "kms", "CreateGrant",
      [
        "KeyId": key, "GranteePrincipal": "arn:aws:iam::123456789012:user/auditor",
        "RetiringPrincipal": "arn:aws:iam::123456789012:user/admin", "Operations": ["Decrypt"],
      ])
    try attach(
      &lab, "Nobody", "RESOURCE_CONTROL_POLICY",
      #"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}"#, to: Self.account
    )
    func put(_ stream: JSON) -> String? {
      lab.code {
        try lab.call(
          "admin", "kinesis", "PutRecord",
          ["StreamName": stream, "PartitionKey": "k", "Data": "aGk="])
      }
    }
    #expect(put("my-existing-stream") == nil)
    #expect(put("my-secure-stream") == "KMSAccessDeniedException")
    let token = try #require(grant["GrantToken"])
    #expect(
      lab.code { try lab.call("admin", "kms", "RetireGrant", ["GrantToken": token]) } == nil)
  }

  @Test func aPolicyOfTheOrganizationSaysItsVersion() throws {
    var lab = try Lab()
    for type in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
      let principal = type.hasPrefix("R") ? #""Principal": "*", "# : ""
      let statement =
        "\"Statement\": {\"Effect\": \"Deny\", \(principal)\"Action\": \"kms:*\", \"Resource\": \"*\"}"
      for (version, code) in [
        ("", "MalformedPolicyDocumentException"),
        ("\"Version\": \"2008-10-17\", ", "MalformedPolicyDocumentException"),
        ("\"Version\": \"2012-10-17\", ", nil),
      ] {
        #expect(
          lab.code {
            try lab.call(
              "admin", "organizations", "CreatePolicy",
              [
                "Name": .string("x\(type)"), "Description": "", "Type": .string(type),
                "Content": .string("{\(version)\(statement)}"),
              ])
          } == code)
      }
    }
  }

  @Test func aResourceControlPolicyHasDeniesForEverybodyOnly() throws {
    for statement in [
      #"{"Effect": "Deny", "Principal": "*", "NotAction": "kms:*", "Resource": "*"}"#,
      #"{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}"#,
      #"{"Effect": "Deny", "Principal": {"AWS": "123456789012"}, "Action": "kms:*", "Resource": "*"}"#,
    ] {
      var lab = try Lab()
      #expect(
        lab.code {
          try lab.call(
            "admin", "organizations", "CreatePolicy",
            [
              "Name": "x", "Description": "", "Type": "RESOURCE_CONTROL_POLICY",
              "Content": .string("{\"Version\": \"2012-10-17\", \"Statement\": [\(statement)]}"),
            ])
        } == "MalformedPolicyDocumentException")
    }
  }

  @Test func theLastPolicyOfATargetStays() throws {
    var lab = try Lab()
    #expect(
      lab.code {
        try lab.call(
          "admin", "organizations", "DetachPolicy",
          ["PolicyId": "p-FullAWSAccess", "TargetId": Self.account])
      } == "ConstraintViolationException")
    #expect(
      lab.code {
        try lab.call(
          "admin", "organizations", "AttachPolicy",
          ["PolicyId": "p-missing01", "TargetId": Self.account])
      } == "PolicyNotFoundException")
  }

  @Test func theTreeIsARootWithTwoAccounts() throws {
    var lab = try Lab()
    let root = try #require(
      try lab.call("admin", "organizations", "ListRoots", [:])["Roots"]?.array?.first)
    #expect(root["Id"] == "r-kh01")
    #expect(root["PolicyTypes"]?.array?.count == 2)
    let accounts = try lab.call("admin", "organizations", "ListAccounts", [:])
    #expect(accounts["Accounts"]?.array?.map { $0["Id"] } == ["111122223333", Self.account])
    #expect(
      try lab.call("admin", "organizations", "ListAccounts", ["MaxResults": 1])["NextToken"] != nil)
    #expect(
      try lab.call("admin", "organizations", "DescribeAccount", ["AccountId": Self.account])[
        "Account"]?["Name"] == "keyhole")
    #expect(
      try lab.call("admin", "organizations", "ListParents", ["ChildId": Self.account])["Parents"]
        == [["Id": "r-kh01", "Type": "ROOT"]])
    #expect(
      try lab.call(
        "admin", "organizations", "ListChildren", ["ParentId": "r-kh01", "ChildType": "ACCOUNT"])[
          "Children"]?.array?.count == 2)
    #expect(
      lab.code {
        try lab.call("admin", "organizations", "ListAccountsForParent", ["ParentId": "r-none"])
      } == "ParentNotFoundException")
    #expect(
      lab.code {
        try lab.call("admin", "organizations", "DescribeAccount", ["AccountId": "000000000000"])
      } == "AccountNotFoundException")
  }

  @Test func aTypeThatIsSwitchedOffForbidsNothingAndComesBackEmpty() throws {
    var lab = try Lab()
    let type: JSON = ["RootId": "r-kh01", "PolicyType": "SERVICE_CONTROL_POLICY"]
    try attach(
      &lab, "NoKMS", "SERVICE_CONTROL_POLICY",
      #"{"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}"#, to: "r-kh01")
    #expect(encrypt(&lab) == "AccessDeniedException")
    #expect(
      lab.code { try lab.call("admin", "organizations", "EnablePolicyType", type) }
        == "PolicyTypeAlreadyEnabledException")
    let off = try lab.call("admin", "organizations", "DisablePolicyType", type)
    #expect(
      off["Root"]?["PolicyTypes"] == [["Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"]])
    #expect(encrypt(&lab) == nil)
    #expect(
      lab.code {
        try lab.call(
          "admin", "organizations", "AttachPolicy",
          ["PolicyId": "p-FullAWSAccess", "TargetId": "r-kh01"])
      } == "PolicyTypeNotEnabledException")
    #expect(
      lab.code { try lab.call("admin", "organizations", "DisablePolicyType", type) }
        == "PolicyTypeNotEnabledException")
    try lab.call("admin", "organizations", "EnablePolicyType", type)
    #expect(encrypt(&lab) == nil)
    let attached = try lab.call(
      "admin", "organizations", "ListPoliciesForTarget",
      ["TargetId": Self.account, "Filter": "SERVICE_CONTROL_POLICY"])
    #expect(attached["Policies"]?.array?.map { $0["Name"] } == ["FullAWSAccess"])
    #expect(
      lab.code {
        try lab.call(
          "admin", "organizations", "EnablePolicyType",
          ["RootId": "r-kh01", "PolicyType": "TAG_POLICY"])
      } == "NotSimulated")
  }
}
