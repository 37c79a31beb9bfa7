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

  private func code(
    _ lab: inout Lab, _ call: Call, _ operation: String, _ input: JSON,
    of service: String = "kinesis"
  ) throws -> String? {
    let found = try #require(API.Service.named(service)?.operation(named: operation))
    do throws(ServiceError) {
      _ = try lab.cloud.call(found, of: service, input, call)
      return nil
    } catch {
      return error.code
    }
  }

  /// What AWS keeps in every account can be attached, read and not changed.
  @Test func policiesOfAWSAreThere() throws {
    var lab = try lab()
    let call = try assume(&lab)
    for policy in IAM.awsManaged {
      #expect(policy.policy.document.text.contains("Statement"), "\(policy.name)")
      try lab.call(
        "admin", "iam", "AttachRolePolicy",
        ["RoleName": "reader", "PolicyArn": .string(policy.arn)])
      try lab.call(
        "admin", "iam", "DetachRolePolicy",
        ["RoleName": "reader", "PolicyArn": .string(policy.arn)])
    }
    try lab.call(
      "admin", "iam", "DetachRolePolicy", ["RoleName": "reader", "PolicyArn": Self.policyARN])
    let readers: JSON = "arn:aws:iam::aws:policy/AmazonKinesisReadOnlyAccess"
    #expect(try code(&lab, call, "ListStreams", [:]) == "AccessDeniedException")
    try lab.call("admin", "iam", "AttachRolePolicy", ["RoleName": "reader", "PolicyArn": readers])
    #expect(try code(&lab, call, "ListStreams", [:]) == nil)
    #expect(
      try code(&lab, call, "CreateStream", ["StreamName": "s", "ShardCount": 1])
        == "AccessDeniedException")
    let version = try lab.call(
      "admin", "iam", "GetPolicyVersion",
      ["PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess", "VersionId": "v4"])
    #expect(version["PolicyVersion"]?["IsDefaultVersion"] == true)
    let seen = try lab.call(
      "admin", "iam", "GetPolicy",
      ["PolicyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole"])
    #expect(seen["Policy"]?["Path"] == "/service-role/")
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
    #expect(try code(&lab, call, "GetCallerIdentity", [:], of: "sts") == "ExpiredToken")
    #expect(try code(&lab, call, "ListBuckets", [:], of: "s3api") == "ExpiredToken")
    #expect(lab.code { _ = try assume(&lab, [("DurationSeconds", 3601)]) } == "ValidationError")
  }

  @Test func constraintsAreRefusedInEachServicesWords() throws {
    var lab = try Lab()
    for (service, name, input, code) in [
      ("iam", "CreateUser", ["UserName": ""], "ValidationError"),
      ("sts", "AssumeRole", ["RoleArn": "x", "RoleSessionName": "y"], "ValidationError"),
      ("kms", "DescribeKey", ["KeyId": ""], "ValidationException"),
      ("iam", "ListUsers", ["Marker": "foo"], "ValidationError"),
    ] as [(String, String, JSON, String)] {
      #expect(lab.code { try lab.call("admin", service, name, input) } == code, "\(name)")
    }
  }

  @Test func aRoleWithoutADescriptionShowsNone() throws {
    var lab = try lab()
    let role = try lab.call("admin", "iam", "GetRole", ["RoleName": "reader"])["Role"]
    #expect(role?["MaxSessionDuration"] == 3600)
    #expect(role?["Description"] == nil)
  }

  @Test func aSessionPolicyNeedsNoVersion() throws {
    var lab = try lab()
    let lists = Self.lists.replacing("\"Version\": \"2012-10-17\", ", with: "")
    let call = try assume(&lab, [("Policy", .string(lists))])
    #expect(try code(&lab, call, "ListStreams", [:]) == nil)
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

  @Test func aGroupSpeaksForItsMembersAndForNobodyElse() throws {
    var lab = try lab()
    try lab.call("admin", "iam", "CreateGroup", ["GroupName": "readers"])
    try lab.call(
      "admin", "iam", "PutGroupPolicy",
      ["GroupName": "readers", "PolicyName": "P", "PolicyDocument": .string(Self.streams)])
    func create(_ user: JSON) throws -> Call {
      try lab.call("admin", "iam", "CreateUser", ["UserName": user])
      let reply = try lab.call("admin", "iam", "CreateAccessKey", ["UserName": user])
      let key = try #require(reply["AccessKey"]?["AccessKeyId"]?.string)
      let session = try #require(lab.cloud.world.identities.session(ofAccessKey: key))
      return Call(session: session, region: .usEast1)
    }
    let (ann, bob) = (try create("ann"), try create("bob"))
    try lab.call(
      "admin", "iam", "AddUserToGroup", ["GroupName": "readers", "UserName": "ann"])
    #expect(try code(&lab, ann, "ListStreams", [:]) == nil)
    #expect(try code(&lab, bob, "ListStreams", [:]) == "AccessDeniedException")
    #expect(
      lab.code { try lab.call("admin", "iam", "DeleteGroup", ["GroupName": "readers"]) }
        == "DeleteConflict")
    try lab.call(
      "admin", "iam", "RemoveUserFromGroup", ["GroupName": "readers", "UserName": "ann"])
    #expect(try code(&lab, ann, "ListStreams", [:]) == "AccessDeniedException")
  }

  @Test func anAccessKeyThatIsSwitchedOffServesNobody() throws {
    var lab = try lab()
    try lab.call("admin", "iam", "CreateUser", ["UserName": "ann"])
    try lab.call(
      "admin", "iam", "AttachUserPolicy", ["UserName": "ann", "PolicyArn": Self.policyARN])
    let reply = try lab.call("admin", "iam", "CreateAccessKey", ["UserName": "ann"])
    let id = try #require(reply["AccessKey"]?["AccessKeyId"])
    let key = try #require(id.string)
    let call = Call(
      session: try #require(lab.cloud.world.identities.session(ofAccessKey: key)), region: .usEast1)
    #expect(try code(&lab, call, "ListStreams", [:]) == nil)
    try lab.call(
      "admin", "iam", "UpdateAccessKey",
      ["UserName": "ann", "AccessKeyId": id, "Status": "Inactive"])
    #expect(try code(&lab, call, "ListStreams", [:]) == "UnrecognizedClientException")
    let operation = try #require(Service.named("s3api")?.operation(named: "ListBuckets"))
    #expect {
      try lab.cloud.call(operation, of: "s3", [:], call)
    } throws: { error in
      (error as? ServiceError)?.code == "InvalidAccessKeyId"
        && (error as? ServiceError)?.message
          == "The AWS Access Key Id you provided does not exist in our records."
    }
    #expect(
      lab.code { try lab.call("admin", "iam", "DeleteUser", ["UserName": "ann"]) }
        == "DeleteConflict")
    try lab.call("admin", "iam", "DeleteAccessKey", ["UserName": "ann", "AccessKeyId": id])
    #expect(lab.cloud.world.identities.session(ofAccessKey: key) == nil)
  }

  @Test func theDefaultVersionOfAPolicySpeaks() throws {
    var lab = try lab()
    let call = try assume(&lab)
    #expect(try code(&lab, call, "DescribeLimits", [:]) != "AccessDeniedException")
    let deny =
      #"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "kinesis:*", "Resource": "*"}}"#
    try lab.call(
      "admin", "iam", "CreatePolicyVersion",
      ["PolicyArn": Self.policyARN, "PolicyDocument": .string(deny)])
    #expect(try code(&lab, call, "ListStreams", [:]) == nil)
    try lab.call(
      "admin", "iam", "SetDefaultPolicyVersion", ["PolicyArn": Self.policyARN, "VersionId": "v2"])
    #expect(try code(&lab, call, "ListStreams", [:]) == "AccessDeniedException")
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "DeletePolicyVersion", ["PolicyArn": Self.policyARN, "VersionId": "v2"])
      } == "DeleteConflict")
    try lab.call(
      "admin", "iam", "DeletePolicyVersion", ["PolicyArn": Self.policyARN, "VersionId": "v1"])
    for _ in 0..<4 {
      try lab.call(
        "admin", "iam", "CreatePolicyVersion",
        ["PolicyArn": Self.policyARN, "PolicyDocument": .string(deny)])
    }
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "CreatePolicyVersion",
          ["PolicyArn": Self.policyARN, "PolicyDocument": .string(deny)])
      } == "LimitExceeded")
  }

  @Test func tagsOfThePrincipalAndOfTheRequestAreConditionKeys() throws {
    var lab = try lab()
    try lab.call(
      "admin", "iam", "PutUserPolicy",
      [
        "UserName": "auditor", "PolicyName": "Tagged",
        "PolicyDocument":
          #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:TagUser", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}}]}"#,
      ])
    func tag(_ value: JSON) -> String? {
      lab.code {
        try lab.call(
          "auditor", "iam", "TagUser",
          ["UserName": "auditor", "Tags": [["Key": "team", "Value": value]]])
      }
    }
    #expect(tag("blue") == "AccessDenied")
    try lab.call(
      "admin", "iam", "TagUser",
      ["UserName": "auditor", "Tags": [["Key": "team", "Value": "blue"]]])
    #expect(tag("blue") == nil)
    #expect(tag("red") == "AccessDenied")
    let tags = try lab.call("admin", "iam", "ListUserTags", ["UserName": "auditor"])["Tags"]
    #expect(tags == [["Key": "team", "Value": "blue"]])
  }
}
