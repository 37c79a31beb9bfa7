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

  /// Source: kinesalite, validations/index.js: a list or map of plain values is told of once, as Java
  /// prints it, with all that its values must satisfy.
  @Test func listsAndMapsAreToldOfOnce() throws {
    let long = String(repeating: "x", count: 129)
    let lengths =
      "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1"
    let tags = try violations(
      "kinesis", "RemoveTagsFromStream", ["StreamName": "s", "TagKeys": ["a", .string(long), ""]])
    #expect(tags.count == 1)
    #expect(
      tags.first?.hasPrefix(
        "Value '[a, \(long), ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
          + lengths) == true, "\(tags)")
    let many = try violations(
      "kms", "Encrypt",
      ["KeyId": "k", "Plaintext": "aGk=", "GrantTokens": .array((1...11).map { .string("\($0)") })])
    #expect(
      many == [
        "Value '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10"
      ])
    let metrics = try violations(
      "kinesis", "EnableEnhancedMonitoring", ["StreamName": "s", "ShardLevelMetrics": ["Foo"]])
    #expect(
      metrics.first?.hasPrefix(
        "Value '[Foo]' at 'shardLevelMetrics' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: ["
      ) == true, "\(metrics)")
    let map = try violations(
      "kinesis", "AddTagsToStream",
      ["StreamName": "s", "Tags": .object(JSONObject([(long, "v"), ("b", "w")]))])
    #expect(
      map.first?.hasPrefix(
        "Value '{\(long)=v, b=w}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: "
          + lengths) == true, "\(map)")
    let value = String(repeating: "y", count: 257)
    let values = try violations(
      "kinesis", "AddTagsToStream", ["StreamName": "s", "Tags": ["k": .string(value)]])
    #expect(
      values.first?.contains(
        "'{k=\(value)}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256"
      ) == true, "\(values)")
  }

  @Test func aMemberOfAStructureInAListHasItsPath() throws {
    let record: JSON = ["Data": "aGk=", "PartitionKey": ""]
    #expect(
      try violations("kinesis", "PutRecords", ["StreamName": "s", "Records": [record]]) == [
        "Value '' at 'records.1.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1"
      ])
    let good: JSON = ["Data": "aGk=", "PartitionKey": "k"]
    #expect(
      try violations(
        "kinesis", "PutRecords",
        ["StreamName": "s", "Records": .array(Array(repeating: good, count: 501))]) == [
          "Value '[501 structures]' at 'records' failed to satisfy constraint: Member must have length less than or equal to 500"
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
    ("[0-9]{2,4}", "1", false), ("[0-9]{2,4}", "12", true), ("[0-9]{2,4}", "12345", false),
    ("[0-9]{2,}", "123456", true), ("^[ab]*$", "", true), ("[ab]+", "", false),
    ("[ab]?", "a", true),
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
