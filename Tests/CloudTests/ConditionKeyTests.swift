import API
import Policies
import Testing
import Values

@testable import Cloud

/// What the door puts into the context of a question: each key where AWS has it, and nowhere else.
@Suite struct ConditionKeyTests {
  private static let key: JSON = .string(StartNames.keyID)
  private static let role = "kinesis-producer-role"

  /// The context of the latest question, of the latest call with that action.
  private func context(_ lab: Lab, of action: String) throws -> RequestContext {
    let events = lab.cloud.journal.map { $0 }
    let event = try #require(events.last { $0.operation.rawValue == action })
    return try #require(event.decision?.decision.question.context)
  }

  private func seen(
    _ lab: inout Lab, _ key: String, _ action: String, _ input: JSON, as profile: String = "admin"
  ) throws -> [String]? {
    let parts = action.split(separator: ":").map(String.init)
    _ = try? lab.call(profile, parts[0], parts[1], input)
    return try context(lab, of: action)[key]
  }

  @Test func whetherTheLockoutCheckIsSkippedStandsInRequestsThatSaySo() throws {
    var lab = try Lab()
    let name = "kms:BypassPolicyLockoutSafetyCheck"
    let policy = try lab.call("admin", "kms", "GetKeyPolicy", ["KeyId": Self.key])["Policy"]
    func put(_ flag: JSON?) throws -> [String]? {
      try seen(
        &lab, name, "kms:PutKeyPolicy",
        JSON.object(JSONObject([("KeyId", Self.key)])).with([
          ("Policy", policy), ("BypassPolicyLockoutSafetyCheck", flag),
        ]))
    }
    #expect(try put(nil) == nil)
    #expect(try put(true) == ["true"])
    #expect(try put(false) == ["false"])
    #expect(try seen(&lab, name, "kms:CreateKey", [:]) == nil)
    #expect(
      try seen(&lab, name, "kms:CreateKey", ["BypassPolicyLockoutSafetyCheck": true]) == ["true"])
  }

  @Test func grantsSayWhetherAServiceAsks() throws {
    var lab = try Lab()
    let name = "kms:GrantIsForAWSResource"
    let grant: JSON = [
      "KeyId": Self.key, "GranteePrincipal": "arn:aws:iam::123456789012:user/auditor",
      "Operations": ["Decrypt"],
    ]
    #expect(try seen(&lab, name, "kms:CreateGrant", grant) == ["false"])
    #expect(try context(lab, of: "kms:CreateGrant")["kms:EncryptionAlgorithm"] == nil)
    #expect(try seen(&lab, name, "kms:ListGrants", ["KeyId": Self.key]) == ["false"])
    let id: JSON = .string(String(repeating: "a", count: 64))
    #expect(
      try seen(&lab, name, "kms:RevokeGrant", ["KeyId": Self.key, "GrantId": id]) == ["false"])
  }

  @Test func theUserAgentIsTheOneOfTheTrail() throws {
    var lab = try Lab()
    try lab.put("x")
    for action in ["kinesis:PutRecord", "kms:GenerateDataKey"] {
      let events = lab.cloud.journal.map { $0 }
      let event = try #require(events.last { $0.operation.rawValue == action })
      #expect(
        try context(lab, of: action)["aws:UserAgent"] == [lab.cloud.agent(of: event)])
    }
    #expect(
      try context(lab, of: "kms:GenerateDataKey")["aws:UserAgent"] == ["kinesis.amazonaws.com"])
    let agent = try #require(try context(lab, of: "kinesis:PutRecord")["aws:UserAgent"]?.first)
    #expect(agent.hasPrefix("aws-cli/2") && agent.hasSuffix(" md/command#kinesis.put-record"))
    // A program is no command line, and what was decided for the one does not serve the other.
    _ = try lab.read()
    let program = try #require(try context(lab, of: "kinesis:GetRecords")["aws:UserAgent"]?.first)
    #expect(program.hasPrefix("aws-sdk-java/"))
  }

  @Test func theUserAgentNamesTheCommandAsTheCommandLineSpellsIt() throws {
    for id in OperationID.allCases {
      let names = ["s3": "s3api", "servicequotas": "service-quotas"]
      let service = try #require(API.Service.named(names[id.service] ?? id.service))
      let name = id.rawValue.split(separator: ":").last.map(String.init) ?? ""
      guard let operation = service.operation(named: name) else { continue }
      let agent = EventAgents.commands[id]
      #expect(agent?.hasSuffix(" md/command#\(service.name).\(operation.cli)") == true, "\(id)")
    }
  }

  @Test func aProfileOfARoleHasTheTimeOfItsToken() throws {
    var lab = try Lab()
    try lab.put("x")
    let time = try #require(try context(lab, of: "kinesis:PutRecord")["aws:TokenIssueTime"]?.first)
    let record = lab.cloud.world.userIdentity(of: lab.session("producer"))
    #expect(record["sessionContext"]?["attributes"]?["creationDate"] == .string(time))
    #expect(
      try seen(&lab, "aws:TokenIssueTime", "kms:DescribeKey", ["KeyId": Self.key]) == nil)
  }

  @Test func aliasesOfTheKeyAreSeenByIdentityPoliciesAlone() throws {
    var lab = try Lab()
    let name = "kms:ResourceAliases"
    #expect(try seen(&lab, name, "kms:DescribeKey", ["KeyId": Self.key]) == nil)
    try lab.call(
      "admin", "kms", "CreateAlias", ["AliasName": "alias/orders", "TargetKeyId": Self.key])
    #expect(try seen(&lab, name, "kms:DescribeKey", ["KeyId": Self.key]) == ["alias/orders"])
    func statement(_ more: String) -> String {
      """
      {"Effect": "Allow", \(more)"Action": "kms:Encrypt", "Resource": "*",
       "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/orders"}}}
      """
    }
    func encrypt() -> String? {
      lab.code {
        try lab.call(
          "auditor", "kms", "Encrypt", ["KeyId": Self.key, "Plaintext": "aGVsbG8="])
      }
    }
    let root =
      #"{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*", "Resource": "*"}"#
    let named = statement(#""Principal": {"AWS": "arn:aws:iam::123456789012:user/auditor"}, "#)
    try lab.call(
      "admin", "kms", "PutKeyPolicy",
      [
        "KeyId": Self.key,
        "Policy": .string("{\"Version\": \"2012-10-17\", \"Statement\": [\(root), \(named)]}"),
      ])
    #expect(encrypt() == "AccessDeniedException")
    let refused = try #require(lab.cloud.journal.last?.decision?.decision)
    let missed = refused.gates.flatMap(\.findings).flatMap(\.mismatches)
    #expect(missed.contains { $0.note?.contains(name) == true && $0.found == Mismatch.absent })
    try lab.call(
      "admin", "iam", "PutUserPolicy",
      [
        "UserName": "auditor", "PolicyName": "P",
        "PolicyDocument": .string(
          "{\"Version\": \"2012-10-17\", \"Statement\": [\(statement(""))]}"),
      ])
    #expect(encrypt() == nil)
  }

  @Test func aStreamUnderAnAliasAsksKMSByIt() throws {
    var lab = try Lab(.documented)
    func request(_ action: String) throws -> [String]? {
      try context(lab, of: action)["kms:RequestAlias"]
    }
    try lab.put("by id")
    #expect(try request("kms:GenerateDataKey") == nil)
    for name in ["alias/orders", "alias/other"] {
      try lab.call(
        "admin", "kms", "CreateAlias", ["AliasName": .string(name), "TargetKeyId": Self.key])
      try lab.call(
        "admin", "kinesis", "StartStreamEncryption",
        [
          "StreamName": "my-secure-stream", "EncryptionType": "KMS", "KeyId": .string(name),
        ])
      #expect(try request("kms:DescribeKey") == [name])
      #expect(
        try context(lab, of: "kms:DescribeKey")["kms:EncryptionContext:aws:kinesis:arn"] == nil)
      lab.cloud.advance(by: .seconds(20))
      try lab.put("by alias")
      // The same key and caller as before: what was decided for another alias is not taken for it.
      #expect(try request("kms:GenerateDataKey") == [name])
      let asked = lab.cloud.prepared(
        "kms:GenerateDataKey",
        on: .key(
          try #require(
            lab.cloud.world.keys.slot(
              ofID: StartNames.keyID, in: .usEast1))), forwarded(lab))
      #expect(asked.question.context["kms:RequestAlias"] == [name])
    }
    _ = try lab.read()
    #expect(try request("kms:Decrypt") == nil)
  }

  private func forwarded(_ lab: Lab) -> Call {
    var call = lab.session("producer")
    call.via = ForwardedAccess(stream: lab.slot)
    return call
  }

  @Test func changesOfPoliciesTellTheBoundaryAndThePolicy() throws {
    var lab = try Lab()
    let boundary = "iam:PermissionsBoundary"
    let managed: JSON = "arn:aws:iam::123456789012:policy/LabReadOnly"
    let role: JSON = .string(Self.role)
    let attach: JSON = ["RoleName": role, "PolicyArn": managed]
    #expect(
      try seen(&lab, "iam:PolicyARN", "iam:AttachRolePolicy", attach) == managed.string.map { [$0] }
    )
    #expect(try context(lab, of: "iam:AttachRolePolicy")[boundary] == nil)
    #expect(
      try seen(
        &lab, boundary, "iam:PutRolePermissionsBoundary",
        ["RoleName": role, "PermissionsBoundary": managed]) == managed.string.map { [$0] })
    let document: JSON = .string(
      #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#
    )
    let inline: JSON = ["RoleName": role, "PolicyName": "P", "PolicyDocument": document]
    for (action, input) in [
      ("iam:PutRolePolicy", inline), ("iam:AttachRolePolicy", attach),
      ("iam:DetachRolePolicy", attach),
      ("iam:DeleteRolePolicy", ["RoleName": role, "PolicyName": "P"]),
      ("iam:DeleteRolePermissionsBoundary", ["RoleName": role]),
    ] as [(String, JSON)] {
      #expect(try seen(&lab, boundary, action, input) == managed.string.map { [$0] }, "\(action)")
    }
    #expect(try seen(&lab, boundary, "iam:PutRolePolicy", inline) == nil)
  }

  @Test func cloudTrailTakesItsRoleForItsTrail() throws {
    var lab = try Lab()
    func problem(_ account: String) throws -> Bool {
      try lab.call(
        "admin", "iam", "UpdateAssumeRolePolicy",
        [
          "RoleName": .string(Self.role),
          "PolicyDocument": .string(
            """
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
              "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole",
              "Condition": {"StringEquals": {"aws:SourceAccount": "\(account)"},
                "ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/my-trail"}}}}
            """),
        ])
      let role = "arn:aws:iam::123456789012:role/\(Self.role)"
      let group = "arn:aws:logs:us-east-1:123456789012:log-group:g"
      _ = try? lab.call("admin", "logs", "CreateLogGroup", ["logGroupName": "g"])
      let trail = ARN(
        service: "cloudtrail", region: "us-east-1", account: "123456789012",
        resource: "trail/my-trail")
      let problem = lab.cloud.world.logGroupProblem(
        group, role: role, trail: trail, region: .usEast1)
      guard case .refused(let decision) = problem else { return false }
      return decision.question.action.description == "sts:AssumeRole"
    }
    #expect(try problem("999988887777"))
    #expect(try !problem("123456789012"))
  }
}
