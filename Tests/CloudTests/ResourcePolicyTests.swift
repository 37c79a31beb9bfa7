import API
import Policies
import Testing
import Values

@testable import Cloud

@Suite struct ResourcePolicyTests {
  private static let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream"
  private static let auditor = "arn:aws:iam::123456789012:user/auditor"

  private static func policy(
    _ effect: String, _ action: String = "kinesis:PutRecord",
    principal: String = "\"AWS\": \"\(auditor)\"",
    resource: String = arn
  ) -> JSON {
    .string(
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"\(effect)\", \"Principal\": {\(principal)}, \"Action\": \"\(action)\", \"Resource\": \"\(resource)\"}]}"
    )
  }

  private func put(_ lab: inout Lab, as profile: String) -> String? {
    lab.code {
      try lab.call(
        profile, "kinesis", "PutRecord",
        ["StreamName": "my-existing-stream", "Data": "aGk=", "PartitionKey": "a"])
    }
  }

  @Test func aStreamsOwnPolicyAllowsAndForbids() throws {
    var lab = try Lab()
    let stream: JSON = .string(Self.arn)
    #expect(put(&lab, as: "auditor") == "AccessDeniedException")
    try lab.call(
      "admin", "kinesis", "PutResourcePolicy",
      ["ResourceARN": stream, "Policy": Self.policy("Allow")])
    #expect(put(&lab, as: "auditor") == nil)
    #expect(put(&lab, as: "admin") == nil)
    try lab.call(
      "admin", "kinesis", "PutResourcePolicy",
      [
        "ResourceARN": stream,
        "Policy": Self.policy("Deny", principal: "\"AWS\": \"arn:aws:iam::123456789012:root\""),
      ])
    #expect(put(&lab, as: "admin") == "AccessDeniedException")
    let text = try lab.call("admin", "kinesis", "GetResourcePolicy", ["ResourceARN": stream])
    #expect(text["Policy"]?.string?.contains("Deny") == true)
    try lab.call("admin", "kinesis", "DeleteResourcePolicy", ["ResourceARN": stream])
    #expect(put(&lab, as: "admin") == nil)
    #expect(put(&lab, as: "auditor") == "AccessDeniedException")
    #expect(
      lab.code {
        try lab.call("admin", "kinesis", "DeleteResourcePolicy", ["ResourceARN": stream])
      } == "ResourceNotFoundException")
  }

  @Test func aConsumerHasAPolicyOfItsOwn() throws {
    var lab = try Lab()
    let made = try lab.call(
      "admin", "kinesis", "RegisterStreamConsumer",
      ["StreamARN": .string(Self.arn), "ConsumerName": "app"])
    let arn = try #require(made["Consumer"]?["ConsumerARN"]?.string)
    func describe() -> String? {
      lab.code {
        try lab.call(
          "producer", "kinesis", "DescribeStreamConsumer", ["ConsumerARN": .string(arn)])
      }
    }
    #expect(describe() == "AccessDeniedException")
    let policy = Self.policy(
      "Allow", "kinesis:DescribeStreamConsumer",
      principal: "\"AWS\": \"arn:aws:iam::123456789012:role/kinesis-producer-role\"", resource: arn)
    try lab.call(
      "admin", "kinesis", "PutResourcePolicy", ["ResourceARN": .string(arn), "Policy": policy])
    #expect(describe() == nil)
    let text = try lab.call("admin", "kinesis", "GetResourcePolicy", ["ResourceARN": .string(arn)])
    #expect(text["Policy"] == policy)
    try lab.call("admin", "kinesis", "DeleteResourcePolicy", ["ResourceARN": .string(arn)])
    #expect(describe() == "AccessDeniedException")
  }

  /// Source: Kinesis Data Streams Developer Guide, sharing access using resource-based policies.
  @Test func aStreamOfAnotherAccountIsRefusedBeforeItIsLookedFor() throws {
    var lab = try Lab()
    do {
      try lab.call(
        "admin", "kinesis", "PutRecord",
        [
          "StreamARN": "arn:aws:kinesis:us-east-1:999999999999:stream/theirs", "Data": "eA==",
          "PartitionKey": "a",
        ])
      Issue.record("a record went into another account")
    } catch let error as ServiceError {
      #expect(error.code == "AccessDeniedException")
      #expect(
        error.message.hasSuffix(
          "because no resource-based policy allows the kinesis:PutRecord action"),
        "\(error.message)")
    }
  }

  @Test(arguments: [
    policy("Allow", "kinesis:*"), policy("Allow", principal: "\"AWS\": \"*\""),
    policy("Allow", principal: "\"Service\": \"lambda.amazonaws.com\""),
    policy("Allow", resource: "*"), "no JSON",
  ])
  func whatAStreamsPolicyMayNotSayIsRefused(policy: JSON) throws {
    var lab = try Lab()
    #expect(
      lab.code {
        try lab.call(
          "admin", "kinesis", "PutResourcePolicy",
          ["ResourceARN": .string(Self.arn), "Policy": policy])
      } == "InvalidArgumentException")
  }
}
