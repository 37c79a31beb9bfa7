import API
import Policies
import Testing
import Values

@testable import Cloud

/// VPC endpoints: which calls come through them, what their policies refuse, and what is left in the
/// trail.
@Suite struct EndpointTests {
  private static let everything = Endpoints.defaultPolicy
  private static func policy(_ statements: String) -> String {
    "{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}"
  }
  private static func allow(_ action: String) -> String {
    "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"\(action)\", \"Resource\": \"*\"}"
  }
  private static func deny(_ action: String) -> String {
    "{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"\(action)\", \"Resource\": \"*\"}"
  }

  private static let encrypt: JSON = ["KeyId": .string(StartNames.keyID), "Plaintext": "aGVsbG8="]
  private static let put: JSON = [
    "StreamName": "my-secure-stream", "Data": "c2VjcmV0", "PartitionKey": "seven",
  ]

  private func open(
    _ lab: inout TrailLab, _ service: Endpoints.Service, _ text: String = everything
  ) throws {
    lab.cloud.setEndpoint(service, policy: try PolicyDocument(parsing: text, as: .endpoint))
  }

  private func decision(_ error: ServiceError?) throws -> Decision {
    try #require(error?.decision, "\(error?.code ?? "no refusal")")
  }

  @Test func theDefaultPolicyLetsThroughAndTheRecordNamesTheEndpoint() throws {
    var lab = TrailLab()
    try lab.call("kms Encrypt", Self.encrypt)
    #expect(try lab.record("Encrypt")["vpcEndpointId"] == nil)
    #expect(try lab.record("Encrypt")["sourceIPAddress"] == "203.0.113.12")
    try open(&lab, .kms)
    try lab.call("kms Encrypt", Self.encrypt)
    let record = try lab.record("Encrypt")
    let id = try #require(lab.cloud.world.endpoints[.kms]?.id)
    #expect(id.hasPrefix("vpce-0") && id.count == 22)
    #expect(record["vpcEndpointId"] == .string(id))
    #expect(record["vpcEndpointAccountId"] == "123456789012")
    #expect(record["sourceIPAddress"] == "10.0.1.12")
    let names = try #require(record.object?.names)
    #expect(names == TrailRecordTests.fields.filter { names.contains($0) })
    // Calls of another service and to another Region come another way.
    try lab.call("kinesis ListStreams")
    #expect(try lab.record("ListStreams")["vpcEndpointId"] == nil)
    try lab.call("kms ListKeys", in: .usEast1)
    #expect(try lab.record("ListKeys")["vpcEndpointId"] == .string(id))
    let ireland = try #require(Region("eu-west-1"))
    try lab.call("kms ListKeys", in: ireland)
    #expect(try lab.record("ListKeys")["vpcEndpointId"] == nil)
  }

  @Test func whatCameThroughAnEndpointSaysSoWhenItIsGone() throws {
    var lab = TrailLab()
    try open(&lab, .kms)
    let first = try #require(lab.cloud.world.endpoints[.kms]?.id)
    try lab.call("kms ListKeys")
    lab.cloud.removeEndpoint(.kms)
    try lab.call("kms ListAliases")
    try open(&lab, .kms)
    let second = try #require(lab.cloud.world.endpoints[.kms]?.id)
    try lab.call("kms GenerateRandom", ["NumberOfBytes": 8])
    #expect(try lab.record("ListKeys")["vpcEndpointId"] == .string(first))
    #expect(try lab.record("ListAliases")["vpcEndpointId"] == nil)
    #expect(try lab.record("GenerateRandom")["vpcEndpointId"] == .string(second))
    #expect(first != second)
  }

  @Test func aSilentPolicyAndADenyRefuseWithTextsOfTheirOwnInBothAccounts() throws {
    var lab = TrailLab()
    try open(&lab, .kms, Self.policy(Self.allow("kms:List*")))
    try open(&lab, .kinesis, Self.policy(Self.allow("*") + ", " + Self.deny("kinesis:ListStreams")))
    for profile in ["admin", StartNames.partnerAdmin] {
      let silent = lab.refusal("kms CreateKey", as: profile)
      #expect(silent?.code == "AccessDeniedException")
      #expect(try decision(silent).refusedBy == .endpoint)
      #expect(
        silent?.message.hasSuffix(
          "is not authorized to perform: kms:CreateKey because no VPC endpoint policy allows the "
            + "kms:CreateKey action") == true, "\(silent?.message ?? "")")
      let forbidden = lab.refusal("kinesis ListStreams", as: profile)
      #expect(
        forbidden?.message.hasSuffix(" with an explicit deny in a VPC endpoint policy") == true,
        "\(forbidden?.message ?? "")")
      #expect(lab.refusal("kms ListKeys", as: profile) == nil)
    }
    #expect(
      lab.refusal("kms Encrypt", Self.encrypt)?.message
        == "User: arn:aws:iam::123456789012:user/admin is not authorized to perform: kms:Encrypt on "
        + "resource: arn:aws:kms:us-east-1:123456789012:key/\(StartNames.keyID) because no VPC "
        + "endpoint policy allows the kms:Encrypt action")
    let record = try lab.record("Encrypt")
    #expect(record["errorCode"] == "AccessDenied")
    #expect(record["vpcEndpointId"] != nil)
  }

  @Test(arguments: Model.allCases)
  func whatKinesisAsksKMSForDoesNotComeThroughTheCallersEndpoint(_ model: Model) throws {
    var lab = try TrailLab.used(model)
    try open(&lab, .kms, Self.policy(Self.deny("*")))
    lab.cloud.advance(by: .seconds(600))
    try lab.call("kinesis PutRecord", Self.put, as: "producer")
    #expect(lab.refusal("kms GenerateDataKey", Self.encrypt, as: "producer") != nil)
    let inner = try #require(
      lab.cloud.journal.suffix(from: 0).last {
        $0.operation == .generateDataKey && $0.call.via != nil
      })
    #expect(inner.error == nil)
    let context = try #require(inner.decision?.decision.question.context)
    #expect(context["aws:SourceVpce"] == nil)
    #expect(context["aws:ViaAWSService"] == ["true"])
    #expect(try lab.record("PutRecord")["vpcEndpointId"] == nil)
  }

  @Test func whatServicesForwardHasTheCallersPublicAddressAndNothingOfItsVPC() throws {
    func origins(_ lab: inout TrailLab) throws -> [[String: [String]]] {
      lab.cloud.advance(by: .seconds(600))
      try lab.call("kinesis PutRecord", Self.put, as: "producer")
      let events = Array(lab.cloud.journal.suffix(from: 0).suffix(2))
      #expect(events.map(\.operation) == [.generateDataKey, .putRecord])
      return events.map { event in
        let context = event.decision?.decision.question.context
        let keys = ["aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpc", "aws:SourceVpce"]
        return Dictionary(
          uniqueKeysWithValues: keys.compactMap { key in context?[key].map { (key, $0) } })
      }
    }
    var lab = try TrailLab.used(.documented)
    let overInternet = [
      ["aws:SourceIp": ["203.0.113.12"]], ["aws:SourceIp": ["203.0.113.12"]],
    ]
    #expect(try origins(&lab) == overInternet)
    try open(&lab, .kinesis)
    let endpoint = try #require(lab.cloud.world.endpoints[.kinesis]?.id)
    #expect(
      try origins(&lab) == [
        [:],
        [
          "aws:VpcSourceIp": ["10.0.1.12"], "aws:SourceVpc": [lab.cloud.world.endpoints.vpc],
          "aws:SourceVpce": [endpoint],
        ],
      ])
    lab.cloud.removeEndpoint(.kinesis)
    #expect(try origins(&lab) == overInternet)
  }

  /// A key policy that wants the endpoint shuts Kinesis out, unless it spares what services ask for.
  @Test func aKeyPolicyThatWantsTheEndpointHasToSpareServices() throws {
    var lab = try TrailLab.used(.documented)
    try open(&lab, .kms)
    let id = try #require(lab.cloud.world.endpoints[.kms]?.id)
    func set(_ more: String) throws {
      let now = try lab.call("kms GetKeyPolicy", ["KeyId": .string(StartNames.keyID)])
      var policy = try JSON(parsing: try #require(now["Policy"]?.string))
      let statement = try JSON(
        parsing:
          "{\"Sid\": \"OnlyFromThere\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": "
          + "[\"kms:GenerateDataKey\", \"kms:Encrypt\"], \"Resource\": \"*\", \"Condition\": "
          + "{\"StringNotEquals\": {\"aws:SourceVpce\": \"\(id)\"}\(more)}}")
      let others = (policy["Statement"]?.array ?? []).filter { $0["Sid"] != "OnlyFromThere" }
      var object = try #require(policy.object)
      object["Statement"] = .array(others + [statement])
      policy = .object(object)
      try lab.call(
        "kms PutKeyPolicy",
        [
          "KeyId": .string(StartNames.keyID), "PolicyName": "default",
          "Policy": .string(policy.line),
        ])
      lab.cloud.advance(by: .seconds(600))
    }
    try set("")
    #expect(lab.refusal("kms Encrypt", Self.encrypt) == nil)
    #expect(lab.refusal("kinesis PutRecord", Self.put, as: "producer") != nil)
    try set(", \"Bool\": {\"aws:ViaAWSService\": \"false\"}")
    #expect(lab.refusal("kms Encrypt", Self.encrypt) == nil)
    #expect(lab.refusal("kinesis PutRecord", Self.put, as: "producer") == nil)
    lab.cloud.removeEndpoint(.kms)
    #expect(lab.refusal("kms Encrypt", Self.encrypt) != nil)
  }

  @Test func anEndpointIsPartOfTheWorldAndOfItsDigest() throws {
    var lab = TrailLab()
    let before = lab.cloud
    try open(&lab, .kms)
    let first = lab.cloud.world.digest
    #expect(first != before.world.digest)
    try open(&lab, .kms, Self.policy(Self.deny("*")))
    #expect(lab.cloud.world.digest != first)
    #expect(lab.refusal("kms ListKeys") != nil)
    lab.cloud = before
    #expect(lab.refusal("kms ListKeys") == nil)
  }

  /// Source: IAM API Reference, SimulatePrincipalPolicy: it knows nothing of the way of a request.
  @Test func theSimulatorDoesNotAskTheEndpoint() throws {
    var lab = TrailLab()
    try open(&lab, .kms, Self.policy(Self.deny("*")))
    let reply = try lab.call(
      "iam SimulatePrincipalPolicy",
      [
        "PolicySourceArn": "arn:aws:iam::123456789012:user/admin", "ActionNames": ["kms:ListKeys"],
      ])
    #expect(reply["EvaluationResults"]?.array?.first?["EvalDecision"] == "allowed")
    #expect(lab.refusal("kms ListKeys") != nil)
  }

  @Test func aKeysPolicyIsCheckedForLockoutWithoutTheWayItsAuthorComes() throws {
    var lab = TrailLab()
    try open(&lab, .kms, Self.policy(Self.allow("kms:CreateKey")))
    #expect(lab.refusal("kms CreateKey") == nil)
  }
}
