import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// Lines that were copied with more than the command, and what the lab says beside the client's words.
@Suite struct PastedTextTests {
  private func turns(_ lines: [String]) -> (turns: [Turn], workbook: Workbook) {
    var workbook = Workbook()
    var turns: [Turn] = []
    for line in lines { turns.append(workbook.feed(line)) }
    return (turns, workbook)
  }

  @Test(arguments: [
    ("keyhole> aws kinesis list-streams", "keyhole>"), ("keyhole 3/8> whoami", "keyhole 3/8>"),
    ("keyhole producer> aws kms list-keys", "keyhole producer>"),
    ("> aws kinesis list-streams", ">"), ("% aws kms list-keys", "%"),
    ("PS C:\\> aws kms list-keys", "PS C:\\\\>"),
    ("C:\\> aws kms list-keys", "C:\\\\>"), ("user@host:~$ aws kms list-keys", "user@host:~$"),
    ("[ec2-user@ip-10-0-0-1 ~]$ aws kms list-keys", "[ec2-user@ip-10-0-0-1 ~]$"),
    ("bash-5.1$ aws kms list-keys", "bash-5.1$"),
  ]) func aPromptThatWasCopiedAlongIsNamed(_ line: String, _ prompt: String) {
    let (turns, workbook) = turns([line])
    #expect(turns[0].status == 127)
    #expect(
      turns[0].errors.hasPrefix("\"\(prompt)\" is the prompt of the text"), "\(turns[0].errors)")
    #expect(workbook.desk.files.names == [])
    #expect(workbook.desk.cloud.journal.isEmpty)
  }

  @Test(arguments: [
    ("echo a > aws", ["aws"]), ("echo x@y > aws", ["aws"]), ("echo a; echo b > f", ["f"]),
    ("A=1; echo $A > f", ["f"]),
  ]) func whatOnlyLooksLikeAPromptRuns(_ line: String, _ files: [String]) {
    let (turns, workbook) = turns([line])
    #expect(turns[0].status == 0, "\(turns[0].errors)")
    #expect(workbook.desk.files.names == files)
  }

  @Test func aReplyIsToldOnceAndPassedOver() {
    let reply = [
      "{", "    \"Keys\": [", "        {", "            \"KeyId\": \"a\",", "        },",
      "        \"a\"", "    ]", "}",
    ]
    let (turns, workbook) = turns(reply + ["echo yes"])
    #expect(turns[0].errors.contains("looks like a part of a reply"))
    #expect(turns[1...7].allSatisfy { $0.errors.isEmpty && $0.status == 127 })
    #expect(turns[8].reply == "yes\n")
    #expect(workbook.desk.cloud.journal.isEmpty)
    // A name in quotes and a group of commands are no reply.
    #expect(self.turns(["\"echo\" a"]).turns[0].reply == "a\n")
    for group in ["{ echo a; }", "{\n  echo a\n}"] {
      #expect(!self.turns([group]).turns[0].errors.contains("reply"))
    }
    #expect(self.turns(["{\n  \"Keys\": []\n}"]).turns[0].errors.contains("part of a reply"))
  }

  @Test func aServiceWithoutAwsIsLedBack() {
    let errors = turns(["kms list-keys"]).turns[0].errors
    #expect(errors.contains("aws kms list-keys   is the command"))
    #expect(turns(["aws kms list-keys"]).turns[0].status == 0)
  }

  @Test(arguments: [
    ("y", "Did you mean"), ("%", "Did you mean"), ("zzz", "Did you mean"),
  ]) func shortNamesHaveNoFarNeighbours(_ line: String, _ words: String) {
    #expect(!turns([line]).turns[0].errors.contains(words))
  }

  // MARK: What the client leaves unsaid

  @Test(arguments: [
    ("aws kinesis list-streams\u{A0}--query StreamNames", "no-break space (U+00A0)"),
    ("aws\u{200B} kinesis list-streams", "zero-width space (U+200B)"),
    ("aws kinesis describe-stream-summary \\ ", "a blank stands behind the last \\"),
    ("aws kms describe-key --key-id $KEY_ID", "KEY_ID is not set"),
    ("KEYID=; aws kms describe-key --key-id \"${KEYID}\"", "KEYID is empty"),
    ("KEY_IDS=a; aws kms describe-key --key-id $KEY_ID", "KEY_ID is nearly KEY_IDS"),
    ("aws kinesis list-streams --region us-est-1", "did you mean us-east-1?"),
    ("aws kinesis list-streams --region zz", "the lab's Regions: us-east-1, us-east-2"),
    ("aws kinesis list-streams --profile prodcer", "did you mean producer?"),
    ("aws kinesis list-streams --profile somebody-else", "aws configure list-profiles"),
    ("aws configure list --profile prodcer", "did you mean producer?"),
    ("aws kms describe-key --keyid X", "did you mean --key-id?"),
    ("aws kms describe-key --key_id X", "did you mean --key-id?"),
    ("aws kms describe-key --KeyId X", "did you mean --key-id?"),
    ("aws kms describe-key key-id X", "did you mean --key-id?"),
    ("aws kms describe-key 1234", "--key-id 1234"),
    (
      "aws kinesis put-record --partition-key 1 --data aGk= --stream-name my-existing-stream x y",
      "a value with blanks in it needs quotes"
    ),
    (
      "aws kinesis put-record -stream-name x --data aGk= --partition-key 1",
      "options begin with two dashes: --stream-name"
    ),
    (
      "aws --stream-name x kinesis put-record",
      "an option of an operation stands behind it: aws SERVICE OPERATION --stream-name x"
    ),
    (
      "aws kms list-keys --query Keys[?KeyId=='1234']",
      "put quotes around the whole, \"Keys[?KeyId=='1234']\""
    ),
    (
      "aws kms encrypt --key-id a --plaintext aGk= --encryption-context {\"a\":\"b\"}",
      "put quotes around the whole, '{\"a\":\"b\"}'"
    ),
    ("aws kms list-keys --endpoint-url http://localhost:1", "--endpoint-url changes nothing here"),
    ("aws kms list-keys --no-sign-request", "--no-sign-request changes nothing here"),
    (
      "export AWS_ENDPOINT_URL=http://localhost:1; aws kms list-keys",
      "AWS_ENDPOINT_URL changes nothing here"
    ),
    ("cat > ~/.aws/credentials <<'XX'\n[a]\nXX", "aws configure set NAME VALUE --profile PROFILE"),
    (
      "aws sts decode-authorization-message --encoded-message abc",
      "in this lab no service returns an encoded message"
    ),
  ]) func theLabAddsWhatTheClientLeavesUnsaid(_ line: String, _ words: String) {
    let turn = turns([line]).turns[0]
    #expect(turn.page.text.contains(words), "\(turn.page.text)")
    // The client's own text has none of it.
    #expect(!turn.errors.contains(words))
  }

  @Test(arguments: [
    "aws kms list-keys", "aws kms list-keys --query 'Keys[?KeyId==`a`]'",
    "aws kms describe-key --key-id '$KEY_ID'", "aws kms list-keys --query ${Q:-Keys}",
    "aws kms describe-key --key-id nope --region us-east-1",
    "for k in a b; do echo $k; done", "X=$(A=1; echo $A); aws kms nosuch $X",
    "aws kms nosuch # $FOO",
  ]) func nothingIsAddedWhereNothingIsMissing(_ line: String) {
    let text = turns([line]).turns[0].page.text
    for word in ["not set", "quotes", "cannot be seen", "Regions", "changes nothing"] {
      #expect(!text.contains(word), "\(text)")
    }
  }

  @Test(arguments: [
    ("aws kms describe-key --key-id orders", "alias/orders"),
    ("aws kms describe-key --key-id alias/order", "alias/orders"),
    (
      "aws kms describe-key --key-id 12345678-1234-1234-1234-12345678901",
      "12345678-1234-1234-1234-123456789012"
    ),
    (
      "aws kinesis start-stream-encryption --stream-name my-existing-stream --encryption-type KMS "
        + "--key-id orders", "alias/orders"
    ),
  ]) func aKeyThatIsNearlyThereIsOffered(_ line: String, _ near: String) {
    let made =
      "aws kms create-alias --alias-name alias/orders --target-key-id \(StartNames.keyID)"
    let all = turns([made, line]).turns
    #expect(all[0].status == 0)
    #expect(all[1].page.text.contains("did you mean \(near)?"), "\(all[1].page.text)")
  }

  @Test func aTemporaryKeyAloneIsBelievedAndTheRealAnswerIsSaid() {
    let role =
      "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/kinesis-producer-role "
      + "--role-session-name aa"
    let alone = turns([
      "export AWS_ACCESS_KEY_ID=$(\(role) --query Credentials.AccessKeyId --output text)",
      "aws sts get-caller-identity",
    ]).turns[1]
    #expect(alone.status == 0)
    #expect(
      alone.page.text.contains(
        "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"), "\(alone.page.text)")
    #expect(!alone.reply.contains("Partial"))
    let whole = turns([
      "export $(printf 'AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_SESSION_TOKEN=%s' $(\(role) "
        + "--query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text))",
      "aws sts get-caller-identity", "unset AWS_SESSION_TOKEN", "aws sts get-caller-identity",
    ]).turns
    #expect(whole[1].reply.contains("kinesis-producer-role/aa"))
    #expect(!whole[1].page.text.contains("believes"))
    #expect(whole[3].page.text.contains("without its AWS_SESSION_TOKEN"))
  }

  // MARK: Profiles

  @Test func bothVariablesNameAProfile() {
    let query = "aws sts get-caller-identity --query Arn --output text"
    let all = turns([
      "export AWS_DEFAULT_PROFILE=producer", query, "export AWS_PROFILE=consumer", query,
      "as auditor", "echo $AWS_PROFILE $AWS_DEFAULT_PROFILE", "unset AWS_PROFILE",
      "export AWS_DEFAULT_PROFILE=nosuch", query, "aws configure list",
    ]).turns
    #expect(all[1].reply.contains("kinesis-producer-role"))
    #expect(all[3].reply.contains("kinesis-consumer-role"))
    #expect(all[5].reply == "auditor producer\n")
    #expect(all[8].status == 255)
    // The row stands in front of the error.
    #expect(
      all[9].reply.contains("profile    : nosuch                   : env"), "\(all[9].reply)")
    #expect(!all[9].reply.contains("access_key"))
    #expect(all[9].errors.contains("The config profile (nosuch) could not be found"))
  }
}
