import API
import Policies
import Testing
import Values

@testable import Cloud

/// What an administrator does with users, groups, roles and policies from day to day.
@Suite struct IdentityUpkeepTests {
  private static let all =
    #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}}"#

  private func arn(_ policy: String) -> JSON {
    .string("arn:aws:iam::123456789012:policy\(policy)")
  }

  private func names(_ json: JSON, _ list: String, _ member: String) -> [String] {
    (json[list]?.array ?? []).compactMap { $0[member]?.string }
  }

  /// A call with credentials that an operation of STS gave out.
  private func code(
    _ lab: inout Lab, _ reply: JSON, _ service: String, _ name: String, _ input: JSON
  ) throws -> String? {
    let key = try #require(reply["Credentials"]?["AccessKeyId"]?.string)
    let session = try #require(lab.cloud.world.identities.session(ofAccessKey: key))
    let operation = try #require(API.Service.named(service)?.operation(named: name))
    do throws(ServiceError) {
      _ = try lab.cloud.call(
        operation, of: service, input, Call(session: session, region: .usEast1))
      return nil
    } catch {
      return error.code
    }
  }

  @Test func namesThatDifferByCaseAloneAreOneName() throws {
    var lab = try Lab()
    let trust: JSON =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"123456789012\"}, \"Action\": \"sts:AssumeRole\"}]}"
    try lab.call("admin", "iam", "CreateUser", ["UserName": "u1"])
    try lab.call("admin", "iam", "CreateGroup", ["GroupName": "g"])
    try lab.call(
      "admin", "iam", "CreatePolicy", ["PolicyName": "p", "PolicyDocument": .string(Self.all)])
    for (name, input) in [
      ("CreateUser", ["UserName": "U1"]), ("CreateGroup", ["GroupName": "G"]),
      ("CreatePolicy", ["PolicyName": "P", "PolicyDocument": .string(Self.all)]),
      (
        "CreateRole",
        ["RoleName": "Kinesis-Producer-Role", "AssumeRolePolicyDocument": trust]
      ),
    ] as [(String, JSON)] {
      #expect(
        lab.code { try lab.call("admin", "iam", name, input) } == "EntityAlreadyExists", "\(name)")
    }
  }

  @Test func listsOfUsersAndRolesSayNothingOfBoundaries() throws {
    var lab = try Lab()
    let boundary: JSON = "arn:aws:iam::aws:policy/AdministratorAccess"
    try lab.call(
      "admin", "iam", "PutRolePermissionsBoundary",
      ["RoleName": "kinesis-consumer-role", "PermissionsBoundary": boundary])
    try lab.call(
      "admin", "iam", "CreateUser", ["UserName": "u1", "PermissionsBoundary": boundary])
    let lists =
      (try lab.call("admin", "iam", "ListRoles", [:])["Roles"]?.array ?? [])
      + (try lab.call("admin", "iam", "ListUsers", [:])["Users"]?.array ?? [])
    #expect(lists.count > 4)
    #expect(lists.allSatisfy { $0["PermissionsBoundary"] == nil })
    let role = try lab.call("admin", "iam", "GetRole", ["RoleName": "kinesis-consumer-role"])
    #expect(role["Role"]?["PermissionsBoundary"]?["PermissionsBoundaryArn"] == boundary)
  }

  @Test func tagKeysThatDifferByCaseAloneAreOneKey() throws {
    var lab = try Lab()
    func tag(_ tags: JSON) -> String? {
      lab.code {
        try lab.call(
          "admin", "iam", "TagRole", ["RoleName": "kinesis-producer-role", "Tags": tags])
      }
    }
    #expect(
      tag([["Key": "a", "Value": "b"], ["Key": "A", "Value": "c"]]) == "InvalidInput")
    #expect(tag([["Key": "team", "Value": "b"]]) == nil)
    #expect(tag([["Key": "Team", "Value": "c"]]) == nil)
    let reply = try lab.call(
      "admin", "iam", "ListRoleTags", ["RoleName": "kinesis-producer-role"])
    #expect(
      reply["Tags"]?.array?.filter { $0["Key"]?.string?.lowercased() == "team" }
        == [["Key": "Team", "Value": "c"]])
  }

  @Test func aRenamedUserKeepsIdKeysGroupsAndPermissions() throws {
    var lab = try Lab()
    try lab.call("admin", "iam", "CreateUser", ["UserName": "eve"])
    try lab.call("admin", "iam", "CreateUser", ["UserName": "adam"])
    try lab.call("admin", "iam", "CreateGroup", ["GroupName": "readers"])
    try lab.call(
      "admin", "iam", "AddUserToGroup", ["GroupName": "readers", "UserName": "eve"])
    try lab.call(
      "admin", "iam", "PutGroupPolicy",
      ["GroupName": "readers", "PolicyName": "P", "PolicyDocument": .string(Self.all)])
    let key = try lab.call("admin", "iam", "CreateAccessKey", ["UserName": "eve"])
    let id = try #require(key["AccessKey"]?["AccessKeyId"]?.string)
    let before = try lab.call("admin", "iam", "GetUser", ["UserName": "eve"])

    #expect(
      lab.code {
        try lab.call("admin", "iam", "UpdateUser", ["UserName": "eve", "NewUserName": "adam"])
      } == "EntityAlreadyExists")
    try lab.call(
      "admin", "iam", "UpdateUser",
      ["UserName": "eve", "NewUserName": "eva", "NewPath": "/team/"])
    try lab.call(
      "admin", "iam", "UpdateGroup", ["GroupName": "readers", "NewGroupName": "lookers"])
    #expect(
      lab.code { try lab.call("admin", "iam", "GetUser", ["UserName": "eve"]) } == "NoSuchEntity")
    let after = try lab.call("admin", "iam", "GetUser", ["UserName": "eva"])
    #expect(after["User"]?["UserId"] == before["User"]?["UserId"])
    #expect(after["User"]?["Arn"] == "arn:aws:iam::123456789012:user/team/eva")
    let session = try #require(lab.cloud.world.identities.session(ofAccessKey: id))
    let call = Call(session: session, region: .usEast1)
    let list = try #require(API.Service.named("kinesis")?.operation(named: "ListStreams"))
    _ = try lab.cloud.call(list, of: "kinesis", [:], call)
    let who = try #require(API.Service.named("sts")?.operation(named: "GetCallerIdentity"))
    #expect(
      try lab.cloud.call(who, of: "sts", [:], call)?["Arn"]
        == "arn:aws:iam::123456789012:user/team/eva")
    #expect(
      names(
        try lab.call("admin", "iam", "ListGroupsForUser", ["UserName": "eva"]), "Groups",
        "GroupName") == ["lookers"])
  }

  @Test func aRolesDescriptionAndLongestSessionChangeEachAlone() throws {
    var lab = try Lab()
    let role: JSON = "kinesis-producer-role"
    try lab.call(
      "admin", "iam", "UpdateRole", ["RoleName": role, "MaxSessionDuration": 7200])
    let first = try lab.call("admin", "iam", "GetRole", ["RoleName": role])
    #expect(first["Role"]?["MaxSessionDuration"] == 7200)
    #expect(first["Role"]?["Description"]?.string?.isEmpty == false)
    let reply = try lab.call(
      "admin", "iam", "UpdateRoleDescription", ["RoleName": role, "Description": "writes"])
    #expect(reply["Role"]?["Description"] == "writes")
    #expect(reply["Role"]?["MaxSessionDuration"] == 7200)
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "UpdateRole", ["RoleName": role, "MaxSessionDuration": 60])
      } == "ValidationError")
  }

  @Test func theLastUseOfAKeyAndOfARoleIsTold() throws {
    var lab = try Lab()
    let made = try lab.call("admin", "iam", "CreateAccessKey", ["UserName": "auditor"])
    let id = try #require(made["AccessKey"]?["AccessKeyId"])
    func used() throws -> JSON? {
      try lab.call("admin", "iam", "GetAccessKeyLastUsed", ["AccessKeyId": id])["AccessKeyLastUsed"]
    }
    #expect(try used() == ["ServiceName": "N/A", "Region": "N/A"])
    let session = try #require(lab.cloud.world.identities.session(ofAccessKey: id.string ?? ""))
    let list = try #require(API.Service.named("kms")?.operation(named: "ListKeys"))
    lab.cloud.advance(by: .seconds(60))
    // A refused call is a use, too.
    _ = try? lab.cloud.call(list, of: "kms", [:], Call(session: session, region: .usEast1))
    let now = lab.cloud.world.now.iso8601
    #expect(
      try used() == ["LastUsedDate": .string(now), "ServiceName": "kms", "Region": "us-east-1"])
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "GetAccessKeyLastUsed", ["AccessKeyId": "AKIA0000000000000000"])
      } == "NoSuchEntity")

    func role(_ name: String) throws -> JSON? {
      try lab.call("admin", "iam", "GetRole", ["RoleName": .string(name)])["Role"]?["RoleLastUsed"]
    }
    #expect(try role("my-producer-role") == [:])
    try lab.put("hello")
    #expect(
      try role("kinesis-producer-role") == ["LastUsedDate": .string(now), "Region": "us-east-1"])
  }

  @Test func policiesHavePathsTagsAndADescription() throws {
    var lab = try Lab()
    let made = try lab.call(
      "admin", "iam", "CreatePolicy",
      [
        "PolicyName": "P", "Path": "/team/", "PolicyDocument": .string(Self.all),
        "Description": "streams", "Tags": [["Key": "a", "Value": "1"]],
      ])
    #expect(made["Policy"]?["Arn"] == arn("/team/P"))
    #expect(made["Policy"]?["Path"] == "/team/")
    #expect(made["Policy"]?["Description"] == nil)
    try lab.call(
      "admin", "iam", "TagPolicy",
      ["PolicyArn": arn("/team/P"), "Tags": [["Key": "b", "Value": "2"]]])
    try lab.call(
      "admin", "iam", "UntagPolicy", ["PolicyArn": arn("/team/P"), "TagKeys": ["a"]])
    let got = try lab.call("admin", "iam", "GetPolicy", ["PolicyArn": arn("/team/P")])
    #expect(got["Policy"]?["Description"] == "streams")
    #expect(got["Policy"]?["Tags"] == [["Key": "b", "Value": "2"]])
    #expect(
      names(
        try lab.call("admin", "iam", "ListPolicyTags", ["PolicyArn": arn("/team/P")]), "Tags",
        "Key") == ["b"])
    #expect(
      names(
        try lab.call("admin", "iam", "ListPolicies", ["PathPrefix": "/team/"]), "Policies",
        "PolicyName") == ["P"])
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "CreatePolicy",
          ["PolicyName": "P", "PolicyDocument": .string(Self.all)])
      } == "EntityAlreadyExists")
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "TagPolicy",
          [
            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
            "Tags": [["Key": "b", "Value": "2"]],
          ])
      } == "InvalidInput")
  }

  @Test func aPolicysTagsDecideWhoMayChangeIt() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "iam", "CreatePolicy", ["PolicyName": "P", "PolicyDocument": .string(Self.all)])
    try lab.call(
      "admin", "iam", "PutUserPolicy",
      [
        "UserName": "auditor", "PolicyName": "Own",
        "PolicyDocument":
          #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:DeletePolicy", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}}"#,
      ])
    let delete = { (lab: inout Lab) in
      lab.code { try lab.call("auditor", "iam", "DeletePolicy", ["PolicyArn": arn("/P")]) }
    }
    #expect(delete(&lab) == "AccessDenied")
    try lab.call(
      "admin", "iam", "TagPolicy",
      ["PolicyArn": arn("/P"), "Tags": [["Key": "team", "Value": "a"]]])
    #expect(delete(&lab) == nil)
  }

  @Test func whoCarriesAPolicyIsListedInPages() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "iam", "CreatePolicy", ["PolicyName": "P", "PolicyDocument": .string(Self.all)])
    try lab.call("admin", "iam", "CreateGroup", ["GroupName": "g"])
    try lab.call("admin", "iam", "AttachGroupPolicy", ["GroupName": "g", "PolicyArn": arn("/P")])
    try lab.call(
      "admin", "iam", "AttachUserPolicy", ["UserName": "auditor", "PolicyArn": arn("/P")])
    try lab.call(
      "admin", "iam", "PutRolePermissionsBoundary",
      ["RoleName": "my-producer-role", "PermissionsBoundary": arn("/P")])
    func entities(_ more: [(String, JSON)]) throws -> JSON {
      try lab.call(
        "admin", "iam", "ListEntitiesForPolicy",
        .object(JSONObject([("PolicyArn", arn("/P"))] + more)))
    }
    let whole = try entities([])
    #expect(names(whole, "PolicyGroups", "GroupName") == ["g"])
    #expect(names(whole, "PolicyUsers", "UserName") == ["auditor"])
    #expect(names(whole, "PolicyRoles", "RoleName") == ["my-producer-role"])
    #expect(whole["IsTruncated"] == false)
    #expect(
      names(
        try entities([("PolicyUsageFilter", "PermissionsPolicy")]), "PolicyRoles", "RoleName"
      ).isEmpty)
    #expect(names(try entities([("EntityFilter", "Role")]), "PolicyUsers", "UserName").isEmpty)
    let first = try entities([("MaxItems", 2)])
    #expect(names(first, "PolicyUsers", "UserName") == ["auditor"])
    #expect(names(first, "PolicyRoles", "RoleName").isEmpty)
    #expect(first["IsTruncated"] == true)
    let second = try entities([("MaxItems", 2), ("Marker", try #require(first["Marker"]))])
    #expect(names(second, "PolicyGroups", "GroupName").isEmpty)
    #expect(names(second, "PolicyRoles", "RoleName") == ["my-producer-role"])
    #expect(second["IsTruncated"] == false)
  }

  @Test func allDetailsComeInPagesToo() throws {
    var lab = try Lab()
    var marker: JSON?
    var found: [String: Int] = [:]
    for _ in 0..<50 {
      var members: [(String, JSON)] = [("MaxItems", 2)]
      if let marker { members.append(("Marker", marker)) }
      let page = try lab.call(
        "admin", "iam", "GetAccountAuthorizationDetails", .object(JSONObject(members)))
      for list in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
        found[list, default: 0] += page[list]?.array?.count ?? 0
      }
      marker = page["Marker"]
      if marker == nil { break }
    }
    let state = lab.cloud.world.identities
    #expect(marker == nil)
    #expect(
      found == [
        "UserDetailList": state.users.count, "GroupDetailList": state.groups.count,
        "RoleDetailList": state.roles.count, "Policies": state.managed.count,
      ])
  }

  @Test func theAccountHasOneAliasAndASummary() throws {
    var lab = try Lab()
    func aliases() throws -> JSON? {
      try lab.call("admin", "iam", "ListAccountAliases", [:])["AccountAliases"]
    }
    #expect(try aliases() == [])
    try lab.call("admin", "iam", "CreateAccountAlias", ["AccountAlias": "one"])
    try lab.call("admin", "iam", "CreateAccountAlias", ["AccountAlias": "two"])
    #expect(try aliases() == ["two"])
    #expect(
      lab.code { try lab.call("admin", "iam", "DeleteAccountAlias", ["AccountAlias": "one"]) }
        == "NoSuchEntity")
    try lab.call("admin", "iam", "DeleteAccountAlias", ["AccountAlias": "two"])
    #expect(try aliases() == [])

    try lab.call(
      "admin", "iam", "CreatePolicy", ["PolicyName": "P", "PolicyDocument": .string(Self.all)])
    let users = lab.cloud.world.identities.users.count
    let summary = try lab.call("admin", "iam", "GetAccountSummary", [:])["SummaryMap"]
    #expect(summary?["Users"] == .integer(users))
    // LabReadOnly is the account's own, AdministratorAccess is AWS's.
    #expect(summary?["Policies"] == 2)
    #expect(summary?["VersionsPerPolicyQuota"] == 5)
    let known = try #require(
      API.Service.named("iam")?.operation(named: "GetAccountSummary")?.output?.members.first?
        .shape.key?.choices)
    #expect(summary?.object?.members.map(\.name).allSatisfy(known.contains) == true)
  }

  @Test func aTrustPolicyHasAnEnd() throws {
    var lab = try Lab()
    let long = (0..<60).map { "\"arn:aws:iam::123456789012:role/role-of-a-team-\($0)\"" }
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "UpdateAssumeRolePolicy",
          [
            "RoleName": "my-producer-role",
            "PolicyDocument": .string(
              "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": [\(long.joined(separator: ", "))]}, \"Action\": \"sts:AssumeRole\"}}"
            ),
          ])
      } == "LimitExceeded")
  }

  @Test func inlinePoliciesThatAreNotThereAreToldByTheirHolder() throws {
    var lab = try Lab()
    for (kind, name) in [("User", "auditor"), ("Role", "my-producer-role")] {
      let operation = try #require(
        API.Service.named("iam")?.operation(named: "Get\(kind)Policy"))
      do throws(ServiceError) {
        _ = try lab.cloud.call(
          operation, of: "iam",
          .object(JSONObject([("\(kind)Name", .string(name)), ("PolicyName", "None")])),
          lab.session("admin"))
        Issue.record("found a policy")
      } catch {
        #expect(
          error.message == "The \(kind.lowercased()) policy with name None cannot be found.")
      }
    }
  }

  // MARK: Temporary credentials

  @Test func aFederatedUserMayDoWhatTheUserMayAndThePolicyLeaves() throws {
    var lab = try Lab()
    let reply = try lab.call(
      "admin", "sts", "GetFederationToken", ["Name": "bob", "Policy": .string(Self.all)])
    #expect(
      reply["FederatedUser"] == [
        "FederatedUserId": "123456789012:bob",
        "Arn": "arn:aws:sts::123456789012:federated-user/bob",
      ])
    #expect(try code(&lab, reply, "kinesis", "ListStreams", [:]) == nil)
    #expect(try code(&lab, reply, "kms", "ListKeys", [:]) == "AccessDeniedException")
    #expect(try code(&lab, reply, "iam", "ListUsers", [:]) == "InvalidClientTokenId")
    #expect(try code(&lab, reply, "sts", "GetCallerIdentity", [:]) == nil)
    #expect(try code(&lab, reply, "sts", "GetFederationToken", ["Name": "eve"]) == "AccessDenied")
    lab.cloud.advance(by: .seconds(43_200))
    #expect(try code(&lab, reply, "kinesis", "ListStreams", [:]) == "ExpiredTokenException")
  }

  @Test func withoutASessionPolicyOnlyTheResourceCanSayYes() throws {
    var lab = try Lab(.documented)
    let reply = try lab.call("admin", "sts", "GetFederationToken", ["Name": "bob"])
    #expect(reply["PackedPolicySize"] == nil)
    #expect(try code(&lab, reply, "kinesis", "ListStreams", [:]) == "AccessDeniedException")
    let encrypt: JSON = ["KeyId": .string(StartNames.keyID), "Plaintext": "aGk="]
    #expect(try code(&lab, reply, "kms", "Encrypt", encrypt) == "AccessDeniedException")
    func policy(_ principal: String) -> JSON {
      [
        "KeyId": .string(StartNames.keyID), "PolicyName": "default",
        "Policy": .string(
          "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}, {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"\(principal)\"}, \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}]}"
        ),
      ]
    }
    // The user's own name lets the session policy still limit; that of the session does not.
    try lab.call(
      "admin", "kms", "PutKeyPolicy", policy("arn:aws:iam::123456789012:user/admin"))
    #expect(try code(&lab, reply, "kms", "Encrypt", encrypt) == "AccessDeniedException")
    try lab.call(
      "admin", "kms", "PutKeyPolicy", policy("arn:aws:sts::123456789012:federated-user/bob"))
    #expect(try code(&lab, reply, "kms", "Encrypt", encrypt) == nil)
  }

  @Test func aRoleMayNotAskForATokenOfAUser() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "iam", "PutRolePolicy",
      [
        "RoleName": "kinesis-producer-role", "PolicyName": "S",
        "PolicyDocument":
          #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}"#,
      ])
    #expect(
      lab.code { try lab.call("producer", "sts", "GetFederationToken", ["Name": "bob"]) }
        == "AccessDenied")
    #expect(lab.code { try lab.call("producer", "sts", "GetSessionToken", [:]) } == "AccessDenied")
  }

  private func assume(_ more: [(String, JSON)]) -> JSON {
    .object(
      JSONObject(
        [
          ("RoleArn", "arn:aws:iam::123456789012:role/my-producer-role"), ("RoleSessionName", "me"),
        ] + more))
  }

  private func trust(_ lab: inout Lab, _ actions: String) throws {
    try lab.call(
      "admin", "iam", "UpdateAssumeRolePolicy",
      [
        "RoleName": "my-producer-role",
        "PolicyDocument": .string(
          "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": \(actions)}}"
        ),
      ])
  }

  @Test func tagsAndASourceIdentityWantTheTrustPolicysLeave() throws {
    var lab = try Lab()
    let tagged = assume([("Tags", [["Key": "team", "Value": "a"]])])
    let named = assume([("SourceIdentity", "bob")])
    try trust(&lab, "\"sts:AssumeRole\"")
    #expect(lab.code { try lab.call("admin", "sts", "AssumeRole", tagged) } == "AccessDenied")
    #expect(lab.code { try lab.call("admin", "sts", "AssumeRole", named) } == "AccessDenied")
    try trust(&lab, "[\"sts:AssumeRole\", \"sts:TagSession\", \"sts:SetSourceIdentity\"]")
    #expect(lab.code { try lab.call("admin", "sts", "AssumeRole", tagged) } == nil)
    #expect(lab.code { try lab.call("admin", "sts", "AssumeRole", named) } == nil)
    let both = assume([("SourceIdentity", "bob"), ("Tags", [["Key": "team", "Value": "a"]])])
    #expect(try lab.call("admin", "sts", "AssumeRole", both)["SourceIdentity"] == "bob")
    #expect(
      lab.code {
        try lab.call("admin", "sts", "AssumeRole", assume([("TransitiveTagKeys", ["team"])]))
      } == "ValidationError")
    #expect(
      lab.code {
        try lab.call(
          "admin", "sts", "AssumeRole",
          assume([
            ("SerialNumber", "arn:aws:iam::123456789012:mfa/admin"), ("TokenCode", "123456"),
          ]))
      } == "AccessDenied")
  }

  @Test func transitiveTagsGoAlongAChainOfRoles() throws {
    var lab = try Lab()
    try trust(&lab, "[\"sts:AssumeRole\", \"sts:TagSession\"]")
    try lab.call(
      "admin", "iam", "PutRolePolicy",
      [
        "RoleName": "my-producer-role", "PolicyName": "S",
        "PolicyDocument":
          #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}"#,
      ])
    try lab.call(
      "admin", "iam", "PutRolePolicy",
      [
        "RoleName": "kinesis-consumer-role", "PolicyName": "T",
        "PolicyDocument":
          #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}}"#,
      ])
    for (keys, expected) in [(["team"], nil), ([], "AccessDeniedException")] as [([JSON], String?)]
    {
      let first = try lab.call(
        "admin", "sts", "AssumeRole",
        assume(
          [("Tags", [["Key": "team", "Value": "a"]])]
            + (keys.isEmpty ? [] : [("TransitiveTagKeys", .array(keys))])))
      let id = try #require(first["Credentials"]?["AccessKeyId"]?.string)
      let session = try #require(lab.cloud.world.identities.session(ofAccessKey: id))
      let operation = try #require(API.Service.named("sts")?.operation(named: "AssumeRole"))
      let input: JSON = [
        "RoleArn": "arn:aws:iam::123456789012:role/kinesis-consumer-role", "RoleSessionName": "xx",
      ]
      let second = try #require(
        try lab.cloud.call(operation, of: "sts", input, Call(session: session, region: .usEast1)))
      #expect(try code(&lab, second, "kms", "ListKeys", [:]) == expected)
    }
  }

  /// Keys that tell where caller and credentials come from.
  @Test(arguments: [
    ("Bool", "aws:MultiFactorAuthPresent", "false", true),
    ("Bool", "aws:MultiFactorAuthPresent", "true", false),
    ("Null", "aws:MultiFactorAuthAge", "true", true),
    ("Bool", "aws:PrincipalIsAWSService", "false", true),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-keyhole001/r-kh01/*", true),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-other/*", false),
    ("StringEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}", true),
  ])
  func aConditionReadsTheKey(_ name: String, _ key: String, _ value: String, _ holds: Bool) throws {
    var lab = try Lab()
    try lab.call(
      "admin", "iam", "PutRolePolicy",
      [
        "RoleName": "kinesis-consumer-role", "PolicyName": "P",
        "PolicyDocument": .string(
          "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kinesis:DeleteStream\", \"Resource\": \"*\", \"Condition\": {\"\(name)\": {\"\(key)\": \"\(value)\"}}}}"
        ),
      ])
    #expect(
      lab.code {
        try lab.call("consumer", "kinesis", "DeleteStream", ["StreamName": "my-existing-stream"])
      } == (holds ? nil : "AccessDeniedException"))
  }

  @Test func longTermKeysBringNoWordOfMFA() throws {
    var lab = try Lab()
    try lab.call(
      "admin", "iam", "PutUserPolicy",
      [
        "UserName": "auditor", "PolicyName": "P",
        "PolicyDocument":
          #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:DeleteStream", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}}"#,
      ])
    #expect(
      lab.code {
        try lab.call("auditor", "kinesis", "DeleteStream", ["StreamName": "my-existing-stream"])
      } == "AccessDeniedException")
  }
}
