import API
import Policies
import Testing
import Values

@testable import Cloud

@Suite struct IAMTests {
  private static let trustAdmin =
    #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/admin"}, "Action": "sts:AssumeRole"}}"#
  private static let streams =
    #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}}"#
  private static let lists =
    #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:List*", "Resource": "*"}}"#
  private static let policyARN: JSON = "arn:aws:iam::123456789012:policy/Streams"

  private func lab() throws -> Lab {
    var lab = try Lab()
    try lab.call(
      "admin", "iam", "CreateRole",
      ["RoleName": "reader", "AssumeRolePolicyDocument": .string(Self.trustAdmin)])
    try lab.call(
      "admin", "iam", "CreatePolicy",
      ["PolicyName": "Streams", "PolicyDocument": .string(Self.streams)])
    try lab.call(
      "admin", "iam", "AttachRolePolicy", ["RoleName": "reader", "PolicyArn": Self.policyARN])
    return lab
  }

  /// Takes the role; the call that its credentials make.
  private func assume(_ lab: inout Lab, _ more: [(String, JSON)] = []) throws -> Call {
    let reply = try lab.call(
      "admin", "sts", "AssumeRole",
      .object(
        JSONObject(
          [
            ("RoleArn", "arn:aws:iam::123456789012:role/reader"), ("RoleSessionName", "me"),
          ] + more)))
    let key = try #require(reply["Credentials"]?["AccessKeyId"]?.string)
    let session = try #require(lab.cloud.world.identities.session(ofAccessKey: key))
    return Call(session: session, region: .usEast1)
  }

  private func code(_ lab: inout Lab, _ call: Call, _ operation: String, _ input: JSON) throws
    -> String?
  {
    let found = try #require(API.Service.named("kinesis")?.operation(named: operation))
    do throws(ServiceError) {
      _ = try lab.cloud.call(found, of: "kinesis", input, call)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func aRoleIsTakenByWhomItTrustsAndByNobodyElse() throws {
    var lab = try lab()
    let call = try assume(&lab)
    #expect(try code(&lab, call, "ListStreams", [:]) == nil)
    #expect(
      lab.code {
        try lab.call(
          "auditor", "sts", "AssumeRole",
          ["RoleArn": "arn:aws:iam::123456789012:role/reader", "RoleSessionName": "me"])
      } == "AccessDenied")
    // The trust of the account leaves it to IAM, and the auditor's policy says nothing of STS.
    #expect(
      lab.code {
        try lab.call(
          "auditor", "sts", "AssumeRole",
          [
            "RoleArn": "arn:aws:iam::123456789012:role/kinesis-producer-role",
            "RoleSessionName": "me",
          ])
      } == "AccessDenied")
  }

  @Test func aSessionPolicyOnlyTakesAway() throws {
    var lab = try lab()
    let call = try assume(&lab, [("Policy", .string(Self.lists))])
    #expect(try code(&lab, call, "ListStreams", [:]) == nil)
    #expect(
      try code(&lab, call, "DescribeStreamSummary", ["StreamName": "my-existing-stream"])
        == "AccessDeniedException")
  }

  @Test func credentialsEndOnTheClock() throws {
    var lab = try lab()
    let call = try assume(&lab, [("DurationSeconds", 900)])
    lab.cloud.advance(by: .seconds(899))
    #expect(try code(&lab, call, "ListStreams", [:]) == nil)
    lab.cloud.advance(by: .seconds(1))
    #expect(try code(&lab, call, "ListStreams", [:]) == "ExpiredTokenException")
    #expect(lab.code { _ = try assume(&lab, [("DurationSeconds", 3601)]) } == "ValidationError")
  }

  @Test func aBoundaryLimitsWhatPoliciesAllow() throws {
    var lab = try lab()
    try lab.put("before")
    try lab.call(
      "admin", "iam", "PutRolePermissionsBoundary",
      ["RoleName": "kinesis-producer-role", "PermissionsBoundary": Self.policyARN])
    #expect(lab.code { try lab.put("x") } == "AccessDeniedException")
    let refused = try #require(lab.cloud.journal.last?.error?.error.decision)
    #expect(refused.accessDeniedMessage.contains("no permissions boundary allows"))
    try lab.call(
      "admin", "iam", "DeleteRolePermissionsBoundary", ["RoleName": "kinesis-producer-role"])
    try lab.put("after")
  }

  @Test func whatIsInUseIsNotDeleted() throws {
    var lab = try lab()
    #expect(
      lab.code { try lab.call("admin", "iam", "DeletePolicy", ["PolicyArn": Self.policyARN]) }
        == "DeleteConflict")
    #expect(
      lab.code { try lab.call("admin", "iam", "DeleteRole", ["RoleName": "reader"]) }
        == "DeleteConflict")
    try lab.call(
      "admin", "iam", "DetachRolePolicy", ["RoleName": "reader", "PolicyArn": Self.policyARN])
    try lab.call("admin", "iam", "DeleteRole", ["RoleName": "reader"])
    try lab.call("admin", "iam", "DeletePolicy", ["PolicyArn": Self.policyARN])
    #expect(
      lab.code { try lab.call("admin", "iam", "GetRole", ["RoleName": "reader"]) } == "NoSuchEntity"
    )
  }

  @Test(arguments: [
    ("CreateUser", "UserName", "admin", "EntityAlreadyExists"),
    ("GetUser", "UserName", "nobody", "NoSuchEntity"),
    ("ListAttachedUserPolicies", "UserName", "nobody", "NoSuchEntity"),
    ("GetPolicy", "PolicyArn", "arn:aws:iam::123456789012:policy/None", "NoSuchEntity"),
    ("DeletePolicy", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess", "InvalidInput"),
  ]) func mistakesHaveAWSsCodes(
    _ operation: String, _ member: String, _ value: String, _ code: String
  )
    throws
  {
    var lab = try lab()
    #expect(
      lab.code {
        try lab.call("admin", "iam", operation, .object(JSONObject([(member, .string(value))])))
      } == code)
  }

  @Test func inlinePoliciesOfAUserWorkLikeThoseOfARole() throws {
    var lab = try lab()
    try lab.call("admin", "iam", "CreateUser", ["UserName": "ann"])
    try lab.call(
      "admin", "iam", "PutUserPolicy",
      ["UserName": "ann", "PolicyName": "P", "PolicyDocument": .string(Self.lists)])
    #expect(
      try lab.call("admin", "iam", "ListUserPolicies", ["UserName": "ann"])["PolicyNames"] == ["P"])
    let big = Self.lists.replacing(
      "kinesis:List*", with: "kinesis:" + String(repeating: "a", count: 2100))
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "PutUserPolicy",
          ["UserName": "ann", "PolicyName": "Q", "PolicyDocument": .string(big)])
      } == "LimitExceeded")
    try lab.call("admin", "iam", "DeleteUserPolicy", ["UserName": "ann", "PolicyName": "P"])
    try lab.call("admin", "iam", "DeleteUser", ["UserName": "ann"])
  }
}
