import API
import Testing
import Values

@testable import Commands

@Suite struct AWSOptionTests {
  private static let files = [
    "hi": "hi", "object": #"{"Data": "aGk=", "PartitionKey": "1"}"#,
    "time": "2024-01-01\n", "number": "5\n", "list": #" [{"Data": "aGk=", "PartitionKey": "1"}]"#,
    "base64": "aGk=\n",
  ]

  private func parse(_ words: [String]) -> Result<AWSInvocation, AWSUsageError> {
    AWSGrammar.parse(words, in: AWSEnvironment { Self.files[$0].map { Array($0.utf8) } })
  }

  private func parse(_ line: String) -> Result<AWSInvocation, AWSUsageError> {
    parse(line.split(separator: " ").map(String.init))
  }

  @Test(arguments: [
    (["kms", "create-key", "--description=two words"], #"{"Description": "two words"}"#),
    (["kms", "create-key", "--description", "-5"], #"{"Description": "-5"}"#),
    (["kms", "create-key", "--description", "-a b"], #"{"Description": "-a b"}"#),
    (["kms", "create-key", "--no-multi-region"], #"{"MultiRegion": false}"#),
    (["kms", "create-key", "--tags"], #"{"Tags": []}"#),
    (["kms", "--key-id=a", "describe-key"], #"{"KeyId": "a"}"#),
    (["kms", "list-keys", "--limit", " 1_0 "], #"{"Limit": 10}"#),
    (
      ["kinesis", "put-records", "--stream-name", "s", "--records", "file://list"],
      #"{"Records": [{"Data": "aGk=", "PartitionKey": "1"}], "StreamName": "s"}"#
    ),
    (
      ["cloudtrail", "lookup-events", "--cli-input-json", #"{"StartTime": "12 Jun 2013"}"#],
      #"{"StartTime": "2013-06-12T00:00:00Z"}"#
    ),
    (
      [
        "cloudwatch", "put-metric-data", "--namespace", "N", "--metric-data",
        #"[{"MetricName": "P", "Timestamp": "Wednesday, June 12, 2013 8:28:20 PM", "Value": 1}]"#,
      ],
      #"{"Namespace": "N", "MetricData": [{"MetricName": "P", "Timestamp": "2013-06-12T20:28:20Z", "Value": 1}]}"#
    ),
    (
      [
        "kms", "encrypt", "--key-id", "k", "--plaintext", "fileb://hi", "--cli-binary-format",
        "raw-in-base64-out",
      ], #"{"KeyId": "k", "Plaintext": "aGk="}"#
    ),
  ]) func wordsBecomeThisInput(_ words: [String], _ input: String) throws {
    #expect(try parse(words).get().input.line == input)
  }

  @Test(arguments: [
    ("kms create-key --c x", "ambiguous option: --c could match --color, --ca-bundle,"),
    ("kms create-key --key x", "ambiguous option: --key could match --key-usage, --key-spec\n"),
    ("kms create-key --multi-region=true", "--multi-region: ignored explicit argument 'true'\n"),
    ("kms list-keys --debug=1", "argument --debug: ignored explicit argument '1'\n"),
    ("kms list-keys --max-items x", "argument --max-items: invalid int value: 'x'\n"),
    ("kms list-keys --cli-read-timeout x", "invalid literal for int() with base 10: 'x'\n"),
    ("kms list-keys --cli-input-json x", "parameter 'cli-input-json': Invalid JSON received.\n"),
    ("kms list-keys --cli-input-json [1]", "expecting map, received <class 'list'>\n"),
    (
      "kms list-keys --no-paginate --max-items 3",
      "Cannot specify --no-paginate along with pagination arguments: --max-items\n"
    ),
    ("kms describe-key --key-id a --grant-tokens=x y", "Unknown options: y\n"),
    ("kms create-key --tags {} []", "Error parsing parameter '--tags': Invalid JSON:\n[]\n"),
    (
      "kinesis wait",
      "(ParamValidation): usage: aws [options] kinesis wait <subcommand> [parameters]"
    ),
    (
      "kms list-keys --cli-auto-prompt --no-cli-auto-prompt",
      "Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time.\n"
    ),
    ("kinesis create-stream --stream-name s --tags [1]", "'--tags': Invalid JSON:\n[1]\n"),
    (
      "kinesis put-records --stream-name s --records file://object",
      "Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"
        + "JSON received: {\n"
    ),
    (
      "kinesis add-tags-to-stream --stream-name s --tags {\"\":\"\"}",
      "Invalid length for parameter Tags (key: ), value: 0, valid min length: 1\n"
    ),
    (
      "kinesis get-shard-iterator --stream-name s --shard-id x --shard-iterator-type AT_TIMESTAMP "
        + "--timestamp never",
      "Invalid type for parameter Timestamp, value: never, type: <class 'str'>, valid types: "
        + "<class 'datetime.datetime'>, timestamp-string\n"
    ),
    (
      "s3api put-object --bucket b --key k --expires never",
      "Invalid type for parameter Expires, value: never, type: <class 'str'>, valid types: "
        + "<class 'datetime.datetime'>, timestamp-string\n"
    ),
    ("cloudwatch put-metric-data --namespace n --metric-data MetricName=m,Value=x", "float: 'x'\n"),
  ]) func aWrongLineIsRefusedInTheClientsWords(_ line: String, _ says: String) {
    guard case .failure(let error) = parse(line) else {
      Issue.record("it was taken")
      return
    }
    #expect(error.text.contains(says), "\(error.text)")
  }

  @Test func timesBeyondTheCalendarAreRefusedBeforeAnybodyComputesWithThem() {
    for time in ["9223372036854775807", "1e300", "-62135596801"] {
      let document =
        #"{"StreamName":"s","ShardId":"x","ShardIteratorType":"AT_TIMESTAMP","Timestamp":"#
      let words = ["kinesis", "get-shard-iterator", "--cli-input-json", document + time + "}"]
      guard case .failure(let error) = parse(words) else {
        Issue.record("\(time)")
        return
      }
      #expect(error.text.contains("Invalid type for parameter Timestamp"))
    }
  }

  @Test(arguments: [
    ("file://time", "2024-01-01T00:00:00Z"), ("file://number", "5"), (" 20240101", "20240101"),
    ("1_000", "1000"), (" -1", "-1"), ("\u{661}", "1"),
    ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
    ("12:00:00.5", "1970-01-01T12:00:00.500000+00:00"), ("24-01-01", "2001-01-24T00:00:00Z"),
    ("20260105090000", "2026-01-05T09:00:00Z"),
  ])
  func aTimeIsSentAsTheClientReadsIt(_ word: String, _ time: String) throws {
    let invocation = try parse(["cloudtrail", "lookup-events", "--start-time", word]).get()
    #expect(invocation.input["StartTime"]?.string == time)
  }

  @Test(arguments: ["inf", "Infinity", "1e400", "1767603600000"])
  func aNumberBeyondTheCalendarIsNoTime(_ word: String) {
    guard case .failure(let error) = parse(["cloudtrail", "lookup-events", "--start-time", word])
    else {
      Issue.record("it was taken")
      return
    }
    #expect(
      error.text
        == "\naws: [ERROR]: Unable to calculate correct timezone offset for \"\(word)\"\n")
    #expect(error.exitCode == 255)
  }

  @Test func numbersAreReadAsTheClientDoes() {
    #expect(AWSNumber.whole("\u{663}") == 3)
    #expect(AWSNumber.whole(" 1_0 ") == 10)
    #expect(AWSNumber.whole("99999999999999999999") == .max)
    for text in ["+_1", "_1", "1_", "1__0", "", "-", "1.0", "0x1", "\u{B2}"] {
      #expect(AWSNumber.whole(text) == nil, "\(text)")
    }
    #expect(AWSNumber.decimal("1_000.5") == 1000.5)
    #expect(AWSNumber.decimal("1e1_0") == 1e10)
    for text in ["nan", "inf", "0x1", "1e", "_1.0", "1_.0"] {
      #expect(AWSNumber.decimal(text) == nil, "\(text)")
    }
  }

  @Test(arguments: [
    ("kms list-keys --limit 1 help", "list-keys"),
    ("kms describe-key help --key-id x", "describe-key"),
    ("kinesis wait stream-exists --stream-name s help", "wait stream-exists"),
  ]) func helpMayStandBehindOptions(_ line: String, _ name: String) throws {
    guard case .help(_, let operation) = try parse(line).get().kind else {
      Issue.record("no help")
      return
    }
    #expect(operation == name)
  }

  @Test func pagingByHandTurnsTheMergingOfPagesOff() throws {
    #expect(try parse("kms list-keys --limit 1").get().globals.paginates == false)
    #expect(try parse("kms list-keys --page-size 1").get().globals.paginates)
    let json = try parse(["kms", "list-keys", "--cli-input-json", #"{"Marker": "m"}"#]).get()
    #expect(json.globals.paginates == false)
  }

  @Test func maxItemsCountsForTheClientUntilSomebodyPagesByHand() throws {
    let merged = try parse("iam list-users --max-items 1").get()
    #expect(merged.globals.maxItems == 1)
    #expect(merged.input == [:])
    let single = try parse("iam list-users --max-items 1 --no-paginate").get()
    #expect(single.globals.maxItems == nil)
    #expect(single.input == ["MaxItems": 1])
  }

  @Test func theEndOfAFilesLastLineIsNoStrayCharacter() throws {
    let line = "kms encrypt --key-id k --plaintext file://base64"
    #expect(try parse(line).get().strayCharacters == 0)
  }
}
