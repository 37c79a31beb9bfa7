import Testing
import Values

@testable import Cloud

@Suite struct SimulatorTests {
  private static let policy = """
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": "*"
            },
            {
                "Effect": "Deny",
                "Action": "kms:*",
                "Resource": "arn:aws:kms:*:*:key/secret"
            }
        ]
    }
    """

  private func simulate(_ input: [(String, JSON)]) throws -> [JSON] {
    var lab = try Lab()
    let reply = try lab.call(
      "admin", "iam", "SimulateCustomPolicy",
      .object(JSONObject([("PolicyInputList", [.string(Self.policy)])] + input)))
    return reply["EvaluationResults"]?.array ?? []
  }

  @Test func theGuidesSimulationSaysAllowed() throws {
    var lab = try Lab()
    let reply = try lab.call(
      "admin", "iam", "SimulatePrincipalPolicy",
      [
        "PolicySourceArn": "arn:aws:iam::123456789012:role/my-producer-role",
        "ActionNames": ["kms:GenerateDataKey"],
        "ResourceArns": [
          "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
        ],
      ])
    let result = try #require(reply["EvaluationResults"]?.array?.first)
    #expect(result["EvalDecision"] == "allowed")
    #expect(
      result["MatchedStatements"]?.array?.first?["SourcePolicyId"]
        == "role_my-producer-role_ProducerAccess")
  }

  @Test func resultsComeActionByActionAndEachResource() throws {
    let secret: JSON = "arn:aws:kms:us-east-1:1:key/secret"
    let open: JSON = "arn:aws:kms:us-east-1:1:key/open"
    let results = try simulate([
      ("ActionNames", ["kms:Decrypt", "kms:Encrypt"]), ("ResourceArns", [secret, open]),
    ])
    #expect(
      results.map { $0["EvalActionName"] } == [
        "kms:Decrypt", "kms:Decrypt", "kms:Encrypt", "kms:Encrypt",
      ])
    #expect(
      results.map { $0["EvalDecision"] } == [
        "explicitDeny", "allowed", "explicitDeny", "implicitDeny",
      ])
    #expect(results.allSatisfy { $0["ResourceSpecificResults"] != nil })
  }

  /// Source: facts §4.9, the shape that AWS prints.
  @Test func positionsAreWhereAWSPutsThem() throws {
    let results = try simulate([
      ("ActionNames", ["kms:Decrypt"]), ("ResourceArns", ["arn:aws:kms:us-east-1:1:key/secret"]),
    ])
    let denied = try #require(results[0]["MatchedStatements"]?.array?.first)
    #expect(denied["StartPosition"] == ["Line": 8, "Column": 10])
    #expect(denied["EndPosition"] == ["Line": 13, "Column": 10])
    let allowed = try #require(
      try simulate([("ActionNames", ["kms:Decrypt"])])[0]["MatchedStatements"]?.array?.first)
    #expect(allowed["SourcePolicyId"] == "PolicyInputList.1")
    #expect(allowed["StartPosition"] == ["Line": 3, "Column": 19])
    #expect(allowed["EndPosition"] == ["Line": 8, "Column": 10])
  }

  @Test func aBoundaryIsToldApart() throws {
    let boundary =
      #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}}"#
    let results = try simulate([
      ("ActionNames", ["kms:Decrypt"]),
      ("PermissionsBoundaryPolicyInputList", [.string(boundary)]),
    ])
    #expect(results[0]["EvalDecision"] == "implicitDeny")
    #expect(
      results[0]["PermissionsBoundaryDecisionDetail"]?["AllowedByPermissionsBoundary"] == false)
  }

  @Test func whatConditionsMissIsNamed() throws {
    var lab = try Lab()
    let policy =
      #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "x"}}}}"#
    func run(_ entries: JSON) throws -> JSON? {
      try lab.call(
        "admin", "iam", "SimulateCustomPolicy",
        [
          "PolicyInputList": [.string(policy)], "ActionNames": ["kms:Decrypt"],
          "ContextEntries": entries,
        ])["EvaluationResults"]?.array?.first
    }
    #expect(try run([])?["MissingContextValues"] == ["kms:ViaService"])
    #expect(try run([])?["EvalDecision"] == "implicitDeny")
    let given = try run([
      ["ContextKeyName": "kms:viaservice", "ContextKeyValues": ["x"], "ContextKeyType": "string"]
    ])
    #expect(given?["MissingContextValues"] == [])
    #expect(given?["EvalDecision"] == "allowed")
  }

  private static func allow(_ action: String, _ more: String = "") -> String {
    "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"\(action)\", \"Resource\": \"*\"\(more)}}"
  }

  private func principal(_ lab: inout Lab, _ arn: String, _ input: [(String, JSON)]) throws -> JSON
  {
    let reply = try lab.call(
      "admin", "iam", "SimulatePrincipalPolicy",
      .object(
        JSONObject(
          [("PolicySourceArn", .string("arn:aws:iam::123456789012:\(arn)"))] + input)))
    return try #require(reply["EvaluationResults"]?.array?.first)
  }

  @Test func aUserIsSimulatedWithItsGroupsAndItsBoundary() throws {
    var lab = try Lab()
    try lab.call("admin", "iam", "CreateUser", ["UserName": "eve"])
    try lab.call("admin", "iam", "CreateGroup", ["GroupName": "g"])
    try lab.call("admin", "iam", "AddUserToGroup", ["GroupName": "g", "UserName": "eve"])
    try lab.call(
      "admin", "iam", "PutGroupPolicy",
      ["GroupName": "g", "PolicyName": "P", "PolicyDocument": .string(Self.allow("kms:*"))])
    let ask: [(String, JSON)] = [("ActionNames", ["kms:Decrypt"])]
    let first = try principal(&lab, "user/eve", ask)
    #expect(first["EvalDecision"] == "allowed")
    #expect(first["MatchedStatements"]?.array?.first?["SourcePolicyId"] == "group_g_P")
    #expect(first["PermissionsBoundaryDecisionDetail"] == nil)
    #expect(try principal(&lab, "group/g", ask)["EvalDecision"] == "allowed")

    try lab.call(
      "admin", "iam", "CreatePolicy",
      ["PolicyName": "Edge", "PolicyDocument": .string(Self.allow("kinesis:*"))])
    try lab.call(
      "admin", "iam", "PutUserPermissionsBoundary",
      ["UserName": "eve", "PermissionsBoundary": "arn:aws:iam::123456789012:policy/Edge"])
    let bounded = try principal(&lab, "user/eve", ask)
    #expect(bounded["EvalDecision"] == "implicitDeny")
    #expect(
      bounded["PermissionsBoundaryDecisionDetail"] == ["AllowedByPermissionsBoundary": false])
    // One that is passed takes the place of the one that is attached.
    let other = try principal(
      &lab, "user/eve",
      ask + [("PermissionsBoundaryPolicyInputList", [.string(Self.allow("kms:*"))])])
    #expect(other["EvalDecision"] == "allowed")
    #expect(
      lab.code {
        try lab.call(
          "admin", "iam", "SimulatePrincipalPolicy",
          ["PolicySourceArn": "arn:aws:iam::123456789012:user/nobody", "ActionNames": ["a:b"]])
      } == "NoSuchEntity")
  }

  @Test func theOrganizationsWordIsTold() throws {
    var lab = try Lab()
    let ask: [(String, JSON)] = [("ActionNames", ["kms:GenerateDataKey"])]
    let role = "role/kinesis-producer-role"
    let key: [(String, JSON)] = [
      ("ResourceArns", [.string("arn:aws:kms:us-east-1:123456789012:key/\(StartNames.keyID)")])
    ]
    let free = try principal(&lab, role, ask + key)
    #expect(free["OrganizationsDecisionDetail"] == ["AllowedByOrganizations": true])
    #expect(free["EvalDecision"] == "allowed")
    let made = try lab.call(
      "admin", "organizations", "CreatePolicy",
      [
        "Name": "N", "Description": "", "Type": "SERVICE_CONTROL_POLICY",
        "Content":
          #"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}}"#,
      ])
    try lab.call(
      "admin", "organizations", "AttachPolicy",
      [
        "PolicyId": try #require(made["Policy"]?["PolicySummary"]?["Id"]), "TargetId": "r-kh01",
      ])
    let denied = try principal(&lab, role, ask + key)
    #expect(denied["OrganizationsDecisionDetail"] == ["AllowedByOrganizations": false])
    #expect(denied["EvalDecision"] == "explicitDeny")
    #expect(denied["MatchedStatements"] == [])
  }

  @Test func aResourcePolicyIsHeldAgainstTheCaller() throws {
    let open =
      "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/bob\"}, \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}}"
    let ask: [(String, JSON)] = [
      ("ActionNames", ["kms:Encrypt"]), ("ResourcePolicy", .string(open)),
      ("ResourceArns", ["arn:aws:kms:us-east-1:123456789012:key/open"]),
    ]
    func caller(_ name: String) -> [(String, JSON)] {
      ask + [("CallerArn", .string("arn:aws:iam::123456789012:user/\(name)"))]
    }
    let bob = try simulate(caller("bob"))[0]
    #expect(bob["EvalDecision"] == "allowed")
    #expect(bob["MatchedStatements"]?.array?.first?["SourcePolicyId"] == "ResourcePolicy")
    #expect(bob["EvalDecisionDetails"] == nil)
    #expect(try simulate(caller("eve"))[0]["EvalDecision"] == "implicitDeny")
    var lab = try Lab()
    #expect(lab.code { _ = try simulate(ask) } == "InvalidInput")
    #expect(
      lab.code {
        _ = try simulate(
          ask + [("CallerArn", "arn:aws:iam::123456789012:role/kinesis-producer-role")])
      } == "InvalidInput")

    // Bob with the producer's policies, and the key of another account.
    let foreign: [(String, JSON)] = [
      ("ActionNames", ["kms:Encrypt"]), ("ResourcePolicy", .string(open)),
      ("ResourceArns", ["arn:aws:kms:us-east-1:999999999999:key/open"]),
      ("CallerArn", "arn:aws:iam::123456789012:user/bob"),
    ]
    let crossing = try principal(&lab, "role/kinesis-producer-role", foreign)
    #expect(crossing["EvalDecision"] == "implicitDeny")
    #expect(
      crossing["EvalDecisionDetails"]
        == ["IAM Policy": "implicitDeny", "Resource Policy": "allowed"])
  }

  /// Source: IAM API Reference, SimulatePrincipalPolicy, PolicySourceArn.
  @Test func onlyWhomTheARNNamesToTheLetterIsSimulated() throws {
    var lab = try Lab()
    try lab.call("admin", "iam", "CreateUser", ["UserName": "ann", "Path": "/team/"])
    func code(_ arn: String) -> String? {
      lab.code {
        try lab.call(
          "admin", "iam", "SimulatePrincipalPolicy",
          ["PolicySourceArn": .string(arn), "ActionNames": ["kms:Decrypt"]])
      }
    }
    #expect(code("arn:aws:iam::123456789012:user/team/ann") == nil)
    #expect(code("arn:aws:iam::123456789012:user/ann") == "NoSuchEntity")
    #expect(code("arn:aws:iam::444455556666:user/admin") == "AccessDenied")
    #expect(code("arn:aws:iam::123456789012:policy/LabReadOnly") == "InvalidInput")
  }

  @Test func anActionWithAWildcardIsRefused() throws {
    let lab = try Lab()
    for action in ["kms:*", "kms:De*", "kms:?ecrypt"] as [JSON] {
      #expect(lab.code { _ = try simulate([("ActionNames", [action])]) } == "InvalidInput")
    }
  }

  @Test func keysThatAreMissingStandByEachOfSeveralResources() throws {
    var lab = try Lab()
    func run(_ resources: JSON) throws -> JSON {
      let policy =
        "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", "
        + "\"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"aws:x\": \"y\"}}}}"
      let reply = try lab.call(
        "admin", "iam", "SimulateCustomPolicy",
        [
          "PolicyInputList": [.string(policy)], "ActionNames": ["kms:Decrypt"],
          "ResourceArns": resources,
        ])
      return try #require(reply["EvaluationResults"]?.array?.first)
    }
    let one: JSON = "arn:aws:kms:us-east-1:123456789012:key/x"
    #expect(try run([one])["MissingContextValues"] == ["aws:x"])
    let two = try run([one, "arn:aws:kms:us-east-1:123456789012:key/y"])
    #expect(two["MissingContextValues"] == [])
    #expect(
      two["ResourceSpecificResults"]?.array?.first?["MissingContextValues"] == ["aws:x"])
  }

  /// The partner's account is in no organization.
  @Test func thePartnersSimulationsKnowNoOrganization() throws {
    var lab = TrailLab()
    let reply = try lab.call(
      "organizations CreatePolicy",
      [
        "Name": "NoKMS", "Description": "", "Type": "SERVICE_CONTROL_POLICY",
        "Content":
          "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}",
      ])
    let id = try #require(reply["Policy"]?["PolicySummary"]?["Id"])
    try lab.call("organizations AttachPolicy", ["PolicyId": id, "TargetId": "123456789012"])
    let result = try lab.call(
      "iam SimulatePrincipalPolicy",
      [
        "PolicySourceArn": "arn:aws:iam::444455556666:role/partner-app-role",
        "ActionNames": ["kms:GenerateDataKey"],
      ], as: StartNames.partnerAdmin)["EvaluationResults"]?.array?.first
    #expect(result?["EvalDecision"] != "explicitDeny")
    #expect(result?["OrganizationsDecisionDetail"] == nil)
  }

  @Test func inputThatCannotBeMeantIsRefused() throws {
    let lab = try Lab()
    func code(_ input: [(String, JSON)]) -> String? {
      lab.code { _ = try simulate([("ActionNames", ["kms:Decrypt"])] + input) }
    }
    #expect(code([("ResourceArns", ["foo"])]) == "InvalidInput")
    #expect(code([("ResourceArns", ["*"])]) == nil)
    func entry(_ type: String, _ values: JSON) -> [(String, JSON)] {
      [
        (
          "ContextEntries",
          [
            [
              "ContextKeyName": "test:key", "ContextKeyValues": values,
              "ContextKeyType": .string(type),
            ]
          ]
        )
      ]
    }
    for (type, good, bad) in [
      ("numeric", "1.5", "x"), ("numericList", "2", "two"), ("boolean", "true", "yes"),
      ("ip", "10.0.0.0/8", "10.0.0"), ("date", "2026-01-05", "soon"), ("binary", "aGk=", "!"),
    ] {
      #expect(code(entry(type, [.string(good)])) == nil, "\(type) \(good)")
      #expect(code(entry(type, [.string(good), .string(bad)])) == "InvalidInput", "\(type) \(bad)")
    }
    #expect(code(entry("stringList", ["anything", "at all"])) == nil)
  }

  @Test func policiesOfAnyVersionAreTriedOutAndOnlyTheNewOneHasVariables() throws {
    var lab = try Lab()
    func run(_ version: String) throws -> JSON {
      let policy =
        "{\(version)\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", "
        + "\"Resource\": \"arn:aws:s3:::home/${aws:username}\"}}"
      let reply = try lab.call(
        "admin", "iam", "SimulateCustomPolicy",
        [
          "PolicyInputList": [.string(policy)], "ActionNames": ["s3:GetObject"],
          "ResourceArns": ["arn:aws:s3:::home/ann"],
          "ContextEntries": [
            [
              "ContextKeyName": "aws:username", "ContextKeyValues": ["ann"],
              "ContextKeyType": "string",
            ]
          ],
        ])
      return try #require(reply["EvaluationResults"]?.array?.first)
    }
    #expect(try run("\"Version\": \"2012-10-17\", ")["EvalDecision"] == "allowed")
    #expect(try run("\"Version\": \"2008-10-17\", ")["EvalDecision"] == "implicitDeny")
    #expect(try run("")["EvalDecision"] == "implicitDeny")
  }

  @Test func aKeyWithAVariableInItsNameIsNotAskedFor() throws {
    let policy = Self.allow(
      "kms:*",
      ", \"Condition\": {\"StringEquals\": {\"aws:PrincipalTag/${aws:username}\": "
        + "\"${aws:PrincipalTag/cost center, 'none'}\"}}")
    var lab = try Lab()
    let reply = try lab.call(
      "admin", "iam", "SimulateCustomPolicy",
      ["PolicyInputList": [.string(policy)], "ActionNames": ["kms:Decrypt"]])
    #expect(
      reply["EvaluationResults"]?.array?.first?["MissingContextValues"]
        == ["aws:PrincipalTag/cost center"])
  }

  @Test func oneBoundaryAtMost() throws {
    let lab = try Lab()
    let edge = JSON.string(Self.allow("kms:*"))
    #expect(
      lab.code {
        _ = try simulate([
          ("ActionNames", ["kms:Decrypt"]), ("PermissionsBoundaryPolicyInputList", [edge, edge]),
        ])
      } == "InvalidInput")
    #expect(lab.code { _ = try simulate([("ActionNames", ["Decrypt"])]) } == "ValidationError")
  }

  @Test func resultsComeInPages() throws {
    var lab = try Lab()
    func page(_ more: [(String, JSON)]) throws -> JSON {
      try lab.call(
        "admin", "iam", "SimulateCustomPolicy",
        .object(
          JSONObject(
            [
              ("PolicyInputList", [.string(Self.policy)]),
              ("ActionNames", ["kms:Decrypt", "kms:Encrypt", "kms:ListKeys"]), ("MaxItems", 2),
            ] + more)))
    }
    let first = try page([])
    #expect(first["EvaluationResults"]?.array?.count == 2)
    #expect(first["IsTruncated"] == true)
    let second = try page([("Marker", try #require(first["Marker"]))])
    #expect(second["EvaluationResults"]?.array?.map { $0["EvalActionName"] } == ["kms:ListKeys"])
    #expect(second["IsTruncated"] == false)
  }

  @Test func keysOfConditionsAndVariablesAreListed() throws {
    var lab = try Lab()
    let policy = Self.allow(
      "kms:*",
      ", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"${aws:PrincipalTag/team}\"}, \"Bool\": {\"aws:SecureTransport\": \"true\"}}"
    )
    let custom = try lab.call(
      "admin", "iam", "GetContextKeysForCustomPolicy", ["PolicyInputList": [.string(policy)]])
    let keys = ["kms:ViaService", "aws:PrincipalTag/team", "aws:SecureTransport"]
    #expect(Set(custom["ContextKeyNames"]?.array?.compactMap(\.string) ?? []) == Set(keys))
    try lab.call(
      "admin", "iam", "PutUserPolicy",
      ["UserName": "auditor", "PolicyName": "P", "PolicyDocument": .string(policy)])
    let own = try lab.call(
      "admin", "iam", "GetContextKeysForPrincipalPolicy",
      ["PolicySourceArn": "arn:aws:iam::123456789012:user/auditor"])
    #expect(own["ContextKeyNames"] == custom["ContextKeyNames"])
  }
}
