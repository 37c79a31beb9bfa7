import Testing
import Values

@testable import API

@Suite struct ModelTests {
  @Test func everyServiceReadsAndEveryOperationHasItsParts() throws {
    #expect(
      Service.allNames == [
        "cloudformation", "cloudtrail", "cloudwatch", "iam", "kinesis", "kms", "logs",
        "organizations", "s3api", "service-quotas", "sts",
      ])
    for name in Service.allNames {
      let service = try #require(Service.named(name))
      #expect(!service.operations.isEmpty, "\(name)")
      for operation in service.operations {
        for option in operation.options {
          #expect(option.flag.hasPrefix("--"), "\(operation.name)")
        }
      }
    }
  }

  @Test func membersKeepTheModelsOrder() throws {
    let put = try #require(Service.named("kinesis")?.operation(cli: "put-record"))
    #expect(put.output?.members.map(\.name) == ["ShardId", "SequenceNumber", "EncryptionType"])
    #expect(put.options.filter(\.isRequired).map(\.flag) == ["--data", "--partition-key"])
  }

  @Test func waitersAndPagesAreThere() throws {
    let kinesis = try #require(Service.named("kinesis"))
    let waiter = try #require(kinesis.waiter(cli: "stream-exists"))
    #expect(waiter.delay == 10)
    #expect(waiter.maxAttempts == 18)
    #expect(waiter.acceptors.first?.expected == "ACTIVE")
    #expect(
      kinesis.operation(named: "DescribeStream")?.pagination?.resultKeys
        == ["StreamDescription.Shards"])
  }
}

@Suite struct ConstraintTests {
  private func violations(_ service: String, _ operation: String, _ input: JSON) throws -> [String]
  {
    try #require(Service.named(service)?.operation(named: operation))
      .constraintViolations(in: input)
  }

  @Test func eachConstraintIsToldInTheServicesWords() throws {
    let found = try violations(
      "kinesis", "CreateStream", ["StreamName": "a b", "ShardCount": 0])
    #expect(
      found == [
        "Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ])
    #expect(
      try violations("kms", "DescribeKey", [:])
        == ["Value null at 'keyId' failed to satisfy constraint: Member must not be null"])
    #expect(
      try violations(
        "kinesis", "StartStreamEncryption",
        ["StreamName": "s", "EncryptionType": "AES", "KeyId": "k"])
        == [
          "Value 'AES' at 'encryptionType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, KMS]"
        ])
  }

  @Test func lengthsOfNamesAreChecked() throws {
    let name = String(repeating: "a", count: 129)
    #expect(
      try violations("kinesis", "DescribeStream", ["StreamName": .string(name)])
        == [
          "Value '\(name)' at 'streamName' failed to satisfy constraint: Member must have length less than or equal to 128"
        ])
  }
}

@Suite struct TextPatternTests {
  @Test(arguments: [
    ("[a-zA-Z0-9_.-]+", "orders-1.eu_x", true), ("[a-zA-Z0-9_.-]+", "a b", false),
    (#"0|([1-9]\d{0,38})"#, "0", true), (#"0|([1-9]\d{0,38})"#, "01", false),
    (#"0|([1-9]\d{0,38})"#, "340282366920938463463374607431768211455", true),
    (
      #"arn:aws.*:kinesis:.*:\d{12}:stream/\S+"#, "arn:aws:kinesis:us-east-1:123456789012:stream/x",
      true
    ),
    (#"arn:aws.*:kinesis:.*:\d{12}:stream/\S+"#, "arn:aws:kinesis:us-east-1:12345:stream/x", false),
    ("^[a-zA-Z0-9:/_-]+$", "alias/a b", false), (#"[\u0020-\u00FF]*"#, "é~", true),
    (#"[\u0020-\u00FF]*"#, "€", false), (#"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"#, "Ä 1-@", true),
    (#"^([a-z]+-){2,3}\d+$"#, "us-east-1", true), (#"^([a-z]+-){2,3}\d+$"#, "us-1", false),
    ("[0-9]{12}", "123456789012", true), ("[0-9]{12}", "1234567890123", false),
    ("(Sum|Maximum)", "Maximum", true), (#"[\w|\d|\.|_]+"#, "a.b|c", true),
    ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "my-lab", true),
    ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "my--lab", false),
    ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "mylab", true),
    ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "my-lab-", false),
    ("a(?!b).", "ac", true), ("a(?!b).", "ab", false), ("a(?!b)", "a", true),
  ]) func rowHolds(_ pattern: String, _ text: String, _ matches: Bool) throws {
    let compiled = try #require(TextPattern.compiled(pattern))
    #expect(compiled.matches(text) == matches)
  }

  @Test func everyPatternOfTheModelsCompiles() throws {
    for name in Service.allNames {
      for operation in try #require(Service.named(name)).operations {
        for member in operation.options {
          if let pattern = member.shape.pattern {
            #expect(TextPattern.compiled(pattern) != nil, "\(pattern)")
          }
        }
      }
    }
  }

  @Test func aHostileTextTakesLinearTime() throws {
    let pattern = try #require(TextPattern.compiled("(a*)*b"))
    #expect(!pattern.matches(String(repeating: "a", count: 20_000)))
  }
}
