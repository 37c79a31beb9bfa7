import API
import Testing
import Values

@testable import Commands

struct UsageRow: CustomTestStringConvertible, Sendable {
  var line: String
  /// A part of the text, and the exit code.
  var says: String
  var exitCode: Int32
  var testDescription: String { line }
}

@Suite struct AWSGrammarTests {
  private func parse(_ line: String, _ extensions: AWSExtensions = []) throws -> Result<
    AWSInvocation, AWSUsageError
  > {
    let words = try ShellExpander.words(
      ShellParser.parse(line)[0].command.words, ShellVariables(), status: 0
    ) { (inner: ShellSubstitution) throws(ShellError) in (inner.text, 0) }
    return AWSGrammar.parse(
      words,
      in: AWSEnvironment(extensions: extensions) { $0 == "p.json" ? Array(#"{"a": 1}"#.utf8) : nil }
    )
  }

  private func input(_ line: String, _ extensions: AWSExtensions = []) throws -> JSON {
    try parse(line, extensions).get().input
  }

  @Test func theTextOfAFileIsAListOfItsCharacters() throws {
    #expect(
      try input(
        "kinesis untag-resource --resource-arn arn:aws:kinesis:us-east-1:123456789012:stream/x --tag-keys file://p.json"
      )["TagKeys"]
        == ["{", "\"", "a", "\"", ":", " ", "1", "}"])
  }

  @Test func oneMetricIsTakenWithoutAList() throws {
    #expect(
      try input(
        "cloudwatch put-metric-data --namespace N --metric-name A --value 5 --unit Count "
          + "--dimensions Service=a,Stage=b --timestamp 2026-01-05T09:00:00Z --storage-resolution 60"
      )
        == [
          "Namespace": "N",
          "MetricData": [
            [
              "MetricName": "A", "Timestamp": "2026-01-05T09:00:00Z", "Unit": "Count",
              "Value": .double(5), "StorageResolution": 60,
              "Dimensions": [
                ["Name": "Service", "Value": "a"], ["Name": "Stage", "Value": "b"],
              ],
            ]
          ],
        ])
    #expect(
      try input(
        "cloudwatch put-metric-data --namespace N --metric-name A "
          + "--statistic-values Sum=5,Minimum=1,Maximum=3,SampleCount=2")["MetricData"]?.array?
        .first?["StatisticValues"]
        == [
          "Sum": .double(5), "Minimum": .double(1), "Maximum": .double(3),
          "SampleCount": .double(2),
        ])
    for (line, says, code) in [
      (
        "--metric-name A --metric-data MetricName=A,Value=1",
        "The key \"metric_name\" cannot be specified when one of the following keys are also "
          + "specified: metric_data", 252
      ), ("--metric-name A --dimensions a", "not enough values to unpack (expected 2, got 1)", 255),
      ("--metric-name A --dimensions a=b=c", "too many values to unpack (expected 2)", 255),
      ("--metric-name A --dimensions a=b,", "not enough values to unpack (expected 2, got 1)", 255),
      (
        "--metric-name A --dimensions =b",
        "Invalid length for parameter MetricData[0].Dimensions[0].Name, value: 0", 252
      ),
      (
        "--metric-name A --statistic-values Sum=x", "[ERROR]: [<class 'decimal.ConversionSyntax'>]",
        255
      ),
      ("--metric-name A --value x", "[ERROR]: [<class 'decimal.ConversionSyntax'>]", 255),
    ] as [(String, String, Int32)] {
      guard case .failure(let error) = try parse("cloudwatch put-metric-data --namespace N \(line)")
      else {
        Issue.record("\(line) is taken")
        continue
      }
      #expect(error.text.contains(says), "\(error.text)")
      #expect(error.exitCode == code)
    }
  }

  /// Rows of the facts' table of errors of AWS CLI version 2.
  static let usage: [UsageRow] = [
    // Its answer is a stream of events, for which the CLI has no command.
    .init(
      line: "kinesis subscribe-to-shard", says: "Found invalid choice 'subscribe-to-shard'",
      exitCode: 252),
    .init(
      line: "kinesis create-stream --stream-name s --shard-count 1 --key-id alias/x",
      says: "aws: [ERROR]: Unknown options: --key-id, alias/x\n", exitCode: 252),
    .init(
      line: "kinesis put-record --stream-name s",
      says:
        "aws: [ERROR]: An error occurred (ParamValidation): the following arguments are required: --data, --partition-key\n\nusage: aws [options]",
      exitCode: 252),
    .init(
      line: "kinesis create-strem --stream-name s",
      says: "argument operation: Found invalid choice 'create-strem'", exitCode: 252),
    .init(line: "kinesis create-strem", says: "  * create-stream\n", exitCode: 252),
    .init(line: "kinesi list-streams", says: "  * kinesis\n", exitCode: 252),
    .init(
      line: "kinesis wait stream-exist --stream-name s",
      says: "argument subcommand: Found invalid choice 'stream-exist'", exitCode: 252),
    .init(
      line: "kinesis describe-stream --stream-name",
      says: "argument --stream-name: expected one argument", exitCode: 252),
    .init(
      line: "kms list-keys --output xml", says: "argument --output: Found invalid choice 'xml'",
      exitCode: 252),
    .init(
      line: "kms create-key --tags '[{TagKey:1}]'",
      says: "Error parsing parameter '--tags': Invalid JSON: Expecting property name",
      exitCode: 252),
    .init(
      line: "kms create-key --tags '[{TagKey:1}]'", says: "JSON received: [{TagKey:1}]",
      exitCode: 252),
    .init(
      line: "kms create-key --tags foo",
      says:
        "Error parsing parameter '--tags': Expected: '=', received: 'EOF' for input:\nfoo\n   ^",
      exitCode: 252),
    .init(
      line: "kms put-key-policy --key-id k --policy file://x.json",
      says:
        "Error parsing parameter '--policy': Unable to load paramfile file://x.json: [Errno 2] No such file or directory: 'x.json'",
      exitCode: 252),
    .init(
      line: "kinesis create-stream --stream-name s --shard-count 0",
      says:
        "Parameter validation failed:\nInvalid value for parameter ShardCount, value: 0, valid min value: 1",
      exitCode: 252),
    .init(
      line: "kinesis put-records --stream-name s --records PartitionKey=a",
      says: "Missing required parameter in Records[0]: \"Data\"", exitCode: 252),
    .init(
      line: #"kms encrypt --key-id k --plaintext aGk= --encryption-context '{"a": 1}'"#,
      says:
        "Invalid type for parameter EncryptionContext.a, value: 1, type: <class 'int'>, valid types: <class 'str'>",
      exitCode: 252),
    .init(
      line: "kinesis create-stream --stream-name s --shard-count one",
      says: "aws: [ERROR]: invalid literal for int() with base 10: 'one'\n", exitCode: 255),
    .init(
      line: "kinesis put-record --stream-name s --partition-key a --data testdata1",
      says: "aws: [ERROR]: Invalid base64: \"testdata1\"\n", exitCode: 255),
    .init(line: "", says: "the following arguments are required: command", exitCode: 252),
    .init(
      line: "kinesis", says: "the following arguments are required: operation", exitCode: 252),
    .init(line: "kms list-keys stray", says: "Unknown options: stray", exitCode: 252),
    // The first stray word is the last of the list.
    .init(line: "kms list-keys one two", says: "Unknown options: two, one\n", exitCode: 252),
    .init(
      line: "kms list-keys --foo x y --bar z", says: "Unknown options: --foo, y, --bar, z, x\n",
      exitCode: 252),
    .init(
      line: "iam simulate-custom-policy --action-names a:b --policy-input-list '[{\"a\":[{}]}]'",
      says: "value: OrderedDict({'a': [OrderedDict()]}), type: <class 'collections.OrderedDict'>",
      exitCode: 252),
    .init(
      line: "kinesis put-records --stream-name s --records Data=aaaa,PartitionKey={a=b}",
      says: "value: {'a': 'b'}, type: <class 'dict'>", exitCode: 252),
    .init(
      line: "cloudtrail lookup-events --start-time 1767603600000",
      says: "[ERROR]: Unable to calculate correct timezone offset for \"1767603600000\"\n",
      exitCode: 255),
    .init(
      line: "cloudtrail lookup-events --start-time maybe",
      says: "Invalid type for parameter StartTime, value: maybe", exitCode: 252),
  ]

  @Test(arguments: usage) func aWrongLineIsRefusedAsVersion2Does(_ row: UsageRow) throws {
    let words = row.line.isEmpty ? [] : try #require(split(row.line))
    let result = AWSGrammar.parse(words, in: AWSEnvironment())
    guard case .failure(let error) = result else {
      Issue.record("it was taken")
      return
    }
    #expect(error.text.contains(row.says), "\(error.text)")
    #expect(error.exitCode == row.exitCode)
    #expect(error.text.hasPrefix("\n"))
  }

  private func split(_ line: String) -> [String]? {
    guard let items = try? ShellParser.parse(line) else { return nil }
    return try? ShellExpander.words(items[0].command.words, ShellVariables(), status: 0) {
      (inner: ShellSubstitution) throws(ShellError) in (inner.text, 0)
    }
  }

  @Test func optionsMayBeCutShortAndTheLastOfARepeatedOneWins() throws {
    #expect(
      try input("kinesis describe-stream --stream-nam a --stream-name=b")
        == ["StreamName": "b"])
  }

  @Test func globalOptionsStandAnywhere() throws {
    let invocation = try parse(
      "--region eu-west-1 kms --profile p list-keys --output text --query 'Keys[0]'"
    ).get()
    #expect(invocation.globals.region == "eu-west-1")
    #expect(invocation.globals.profile == "p")
    #expect(invocation.globals.output == "text")
    #expect(invocation.globals.query == "Keys[0]")
  }

  @Test(arguments: [
    ("a=b,c=d", #"{"a": "b", "c": "d"}"#), ("a='b,c'", #"{"a": "b,c"}"#),
    (#"a="x=y""#, #"{"a": "x=y"}"#), ("a=b\\,c", #"{"a": "b,c"}"#),
  ]) func shorthandMapsAreRead(_ text: String, _ json: String) throws {
    let input = try #require(
      try? AWSGrammar.parse(
        ["kms", "encrypt", "--key-id", "k", "--plaintext", "aGk=", "--encryption-context", text],
        in: AWSEnvironment()
      ).get().input)
    #expect(input["EncryptionContext"]?.line == json)
  }

  @Test func listsOfStructuresAreReadFromWordsAndFromJSON() throws {
    let words = try input(
      "kinesis put-records --stream-name s --records Data=YQ==,PartitionKey=a Data=Yg==,PartitionKey=b"
    )
    let json = try input(
      #"kinesis put-records --stream-name s --records '[{"Data":"YQ==","PartitionKey":"a"},{"Data":"Yg==","PartitionKey":"b"}]'"#
    )
    #expect(words["Records"] == json["Records"])
    #expect(words["Records"]?.array?.count == 2)
  }

  @Test func blobsFollowTheBinaryFormat() throws {
    #expect(
      try input(
        "kinesis put-record --stream-name s --partition-key a --data hi --cli-binary-format raw-in-base64-out"
      )["Data"] == "aGk=")
    let stray = try parse(
      "kinesis put-record --stream-name s --partition-key a --data 'hello, kinesis='")
    #expect(try stray.get().strayCharacters > 0)
    #expect(
      try input("kms encrypt --key-id k --plaintext fileb://p.json")["Plaintext"]
        == .string(Base64.encode(Array(#"{"a": 1}"#.utf8))))
  }

  @Test func theGuidesOptionsBelongToTheDescribedModel() throws {
    let line = "kinesis create-stream --stream-name s --shard-count 1 --key-id alias/x"
    let invocation = try parse(line, .createStreamKey).get()
    #expect(invocation.input["KeyId"] == "alias/x")
    #expect(invocation.usedExtensions.contains(.createStreamKey))
    #expect(throws: AWSUsageError.self) { try input(line) }
    let start = "kinesis start-stream-encryption --stream-name s --encryption-type KMS"
    #expect(throws: AWSUsageError.self) { try input(start) }
    #expect(
      try parse(start, .startEncryptionDefaultKey).get().usedExtensions
        == .startEncryptionDefaultKey)
  }

  @Test func everyOperationOfEveryServiceTakesItsRequiredOptions() throws {
    for name in Service.allNames {
      for operation in try #require(Service.named(name)).commands {
        var words = [name, operation.cli]
        if operation.name == "GetObject" { words.append("out") }
        for option in operation.options where option.isRequired {
          words.append(option.shape.kind == .boolean ? option.flag : "\(option.flag)")
          if option.shape.kind != .boolean { words.append(sample(option.shape)) }
        }
        let result = AWSGrammar.parse(words, in: AWSEnvironment())
        if case .failure(let error) = result { Issue.record("\(words): \(error.text)") }
      }
    }
  }

  private func sample(_ shape: Shape, _ depth: Int = 0) -> String {
    json(shape, depth).string ?? json(shape, depth).line
  }

  private func json(_ shape: Shape, _ depth: Int) -> JSON {
    switch shape.kind {
    case .structure:
      return .object(
        JSONObject(
          shape.members.filter(\.isRequired).map {
            ($0.name, depth < 5 ? json($0.shape, depth + 1) : "x")
          }))
    case .list: return .array(shape.element.map { [json($0, depth + 1)] } ?? [])
    case .map: return ["a": shape.value.map { json($0, depth + 1) } ?? "x"]
    case .string where ["StreamARN", "ConsumerARN", "ResourceARN"].contains(shape.name):
      return "arn:aws:kinesis:us-east-1:123456789012:stream/a"
    case .string:
      return .string(
        shape.choices.first ?? String(repeating: "a", count: max(1, shape.minimum ?? 1)))
    case .integer, .long: return .integer(max(1, shape.minimum ?? 1))
    case .double: return .double(1.5)
    case .boolean: return true
    case .blob: return "aGk="
    case .timestamp: return "2026-01-05T09:00:00Z"
    }
  }
}

@Suite struct AWSCompletionTests {
  @Test(arguments: [
    ([String](), "kin", "kinesis"), (["kinesis"], "put", "put-records"),
    (["kinesis", "put-record"], "--par", "--partition-key"),
    (["kinesis", "wait"], "", "stream-exists"),
    (["kinesis", "start-stream-encryption", "--encryption-type"], "", "KMS"),
    (["kms", "list-keys", "--output"], "", "text"),
  ]) func candidatesComeFromTheModels(_ words: [String], _ current: String, _ wanted: String) {
    let found = AWSCompletion.candidates(after: words, current: current, [])
    #expect(found.contains(.text(wanted)))
  }

  @Test func liveNamesAreAskedFor() {
    let found = AWSCompletion.candidates(
      after: ["kinesis", "put-record", "--stream-name"], current: "", [])
    #expect(found == [.live(.stream)])
  }
}
