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

  @Test func aResourceControlPolicyHasDeniesForEverybodyOnly() throws {
    for statement in [
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
}
