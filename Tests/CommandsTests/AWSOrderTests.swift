import API
import Testing
import Values

@testable import Commands

/// In which order the client reads a line, and what it therefore takes or says first.
@Suite struct AWSOrderTests {
  private static let files = ["policy.json": "it's\n", "bad.json": "{"]

  private func parse(_ words: [String]) -> Result<AWSInvocation, AWSUsageError> {
    AWSGrammar.parse(words, in: AWSEnvironment { Self.files[$0].map { Array($0.utf8) } })
  }

  private func parse(_ line: String) -> Result<AWSInvocation, AWSUsageError> {
    parse(line.split(separator: " ").map(String.init))
  }

  private func error(_ words: [String]) -> AWSUsageError? {
    if case .failure(let error) = parse(words) { error } else { nil }
  }

  @Test(arguments: [
    ("kms encrypt --key-id k --plaintext --region eu-west-1 aGk=", "--plaintext aGk="),
    ("kms encrypt --key-id k --plaintext --reg=eu-west-1 aGk=", "--plaintext aGk="),
    ("kms --region eu-west-1 encrypt --key-id k --plaintext aGk=", "--plaintext aGk="),
    ("--region eu-west-1 kms --plaintext=aGk= encrypt --key-id k", "--plaintext aGk="),
  ])
  func theClientsOwnOptionsAreTakenOutFirst(_ line: String, _ rest: String) throws {
    let invocation = try parse(line).get()
    #expect(invocation.globals.region == "eu-west-1")
    #expect(invocation.input == (try parse("kms encrypt --key-id k \(rest)").get().input))
    #expect(invocation.input == ["KeyId": "k", "Plaintext": "aGk="])
  }

  @Test(arguments: [
    "--version", "--version kms list-keys", "kms list-keys --version", "--ver iam get-user",
    "kms schedule-key-deletion --key-id k --version", "kms encryptt --version", "--version kmss",
    "--version s3 rm s3://b/k",
  ])
  func whoAsksForTheVersionGetsNothingElse(_ line: String) throws {
    guard case .version = try parse(line).get().kind else {
      Issue.record("something else")
      return
    }
  }

  @Test func theVersionOfALineForBucketsIsNotThatLine() {
    #expect(S3CommandLine.parse(["s3", "rm", "s3://b/k", "--version"]) == nil)
    #expect(S3CommandLine.parse(["s3", "rm", "s3://b/k"]) != nil)
    #expect(ValidateLogsLine.parse(["cloudtrail", "validate-logs", "--version"]) == nil)
  }

  @Test func linesForBucketsHaveTheClientsOwnOptionsWhereverTheyStand() throws {
    let line = try S3CommandLine.parse([
      "--reg", "eu-west-1", "s3", "cp", "a", "--output=text", "s3://b/k", "--acl", "--profile", "p",
      "private", "--no-progress",
    ])?.get()
    #expect(line?.globals.region == "eu-west-1")
    #expect(line?.globals.profile == "p")
    #expect(line?.globals.output == "text")
    #expect(line?.value("--acl") == "private")
    #expect(line?.paths.count == 2)
    let logs = try ValidateLogsLine.parse([
      "cloudtrail", "validate-logs", "--trail-arn", "--query", "a", "arn", "--start-time", "now",
    ])?.get()
    #expect(logs?.trail == "arn")
    #expect(logs?.globals.query == "a")
    guard case .failure(let error) = S3CommandLine.parse(["s3", "ls", "--output", "xml"]) else {
      Issue.record("it was taken")
      return
    }
    #expect(error.text.contains("argument --output: Found invalid choice 'xml'"))
  }

  @Test(
    arguments: [
      (["kms", "list-keys", ""], [:]),
      (["kms", "describe-key", "--key-id", "k", ""], ["KeyId": "k"]),
      (["kms", "list-keys", "--"], [:]), (["--", "kms", "list-keys"], [:]),
      (["kms", "--", "describe-key", "--key-id", "k"], ["KeyId": "k"]),
      (["kms", "describe-key", "--", "--key-id", "k"], ["KeyId": "k"]),
      (["kms", "describe-key", "--key-id", "k", "--"], ["KeyId": "k"]),
      (["kms", "describe-key", "--key-id", "--x=a b"], ["KeyId": "--x=a b"]),
      (
        [
          "kms", "list-grants", "--cli-input-json", #"{"Limit": 1, "KeyId": "b"}"#, "--key-id", "a",
        ],
        ["KeyId": "a", "Limit": 1]
      ),
    ] as [([String], JSON)])
  func oddWordsArePassedOver(_ words: [String], _ input: JSON) throws {
    #expect(try parse(words).get().input.line == input.line)
  }

  @Test(arguments: [
    ("kms list-keys -- --region x", "Unknown options: --region, x\n"),
    ("kms describe-key --key-id -- k", "argument --key-id: expected one argument\n"),
    ("kms describe-key --key-id k --region --", "argument --region: expected one argument\n"),
    ("kms encrypt --cli-input-js {}", "arguments are required: --key-id, --plaintext\n"),
    (
      "kms encrypt --generate-cli-skeleton output",
      "arguments are required: --key-id, --plaintext\n"
    ),
    (
      "kms encrypt --cli-input-json file://bad.json --generate-cli-skeleton",
      "Invalid JSON received"
    ),
    ("--foo", "the following arguments are required: command\n"),
    ("kms --foo", "the following arguments are required: operation\n"),
    ("kinesis wait --foo", "Unknown options: --foo\n"),
    ("configure list --foo", "Unknown options: --foo\n"),
    (
      "kms put-key-policy --key-id k --policy fileb://policy.json",
      #"parameter Policy, value: b"it's\n", type: <class 'bytes'>, valid types: <class 'str'>"#
    ),
    (
      "cloudtrail lookup-events --start-time fileb://policy.json",
      "parameter StartTime, value: b\"it's\\n\", type: <class 'bytes'>, valid types: <class 'datet"
    ),
    (
      "kinesis describe-stream --stream-arn fileb://policy.json",
      "[ERROR]: Value (StreamARN) is the wrong type. Must be <class 'str'>.\n"
    ),
  ])
  func aWrongLineIsRefusedForWhatComesFirst(_ line: String, _ says: String) {
    let error = error(line.split(separator: " ").map(String.init))
    #expect(error?.text.contains(says) == true, "\(error?.text ?? "it was taken")")
  }

  @Test func anErrorTellsHowFarTheClientHadCome() {
    func stage(_ line: String) -> String {
      switch error(line.split(separator: " ").map(String.init))?.stage {
      case .words: "words"
      case .operation(let globals): "operation \(globals.query ?? "")"
      case .input(let globals): "input \(globals.query ?? "")"
      case nil: "taken"
      }
    }
    #expect(stage("kms list-keys --query a --output xml") == "words")
    #expect(stage("kmss --query a") == "words")
    #expect(stage("kms list-kes --query a") == "operation a")
    #expect(stage("kms list-keys --limit x --query a") == "operation a")
    #expect(stage("kms list-keys --cli-read-timeout x --query a") == "operation a")
    #expect(stage("kms list-keys --limit 0 --query a") == "input a")
    #expect(stage("kms encrypt --key-id k --plaintext a --query a") == "input a")
  }

  @Test func theBodyOfAnObjectIsTheFileInEveryBinaryFormat() throws {
    let line = "s3api put-object --bucket b --key k --body policy.json"
    let body = JSON.string(Base64.encode(Array("it's\n".utf8)))
    #expect(try parse(line).get().input["Body"] == body)
    #expect(
      try parse(line + " --cli-binary-format raw-in-base64-out").get().input["Body"] == body)
  }

  @Test(arguments: [
    ("it's", #""it's""#), (#"it's "x""#, #"'it\'s "x"'"#), ("a\\b", #"'a\\b'"#),
    ("a\n\r\t", #"'a\n\r\t'"#), ("\u{1}\u{A0}é", #"'\x01\xa0é'"#), ("\u{200B}", #"'\u200b'"#),
    ("\u{E0001}", #"'\U000e0001'"#),
  ])
  func textsArePrintedAsPythonDoes(_ text: String, _ printed: String) {
    #expect(Python.text(text) == printed)
  }
}
