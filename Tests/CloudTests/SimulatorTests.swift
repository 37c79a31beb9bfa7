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
}
