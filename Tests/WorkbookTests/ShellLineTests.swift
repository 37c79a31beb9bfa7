import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// Lines of the little shell and of `aws configure`, run one after the other.
@Suite struct ShellLineTests {
  private func run(_ lines: String...) -> [Turn] {
    var workbook = Workbook()
    workbook.explain = .off
    return lines.map { workbook.feed($0) }
  }

  private func last(_ lines: String...) -> Turn {
    var workbook = Workbook()
    workbook.explain = .off
    var turn = Turn()
    for line in lines { turn = workbook.feed(line) }
    return turn
  }

  @Test(arguments: [
    ("A=1; echo $A-${A}-'$A'-\"$A\"", "1-1-$A-1\n"), ("echo ${NONE:-two words}", "two words\n"),
    ("A='x  y'; echo $A; echo \"$A\"", "x y\nx  y\n"), ("echo a # b", "a\n"),
    (#"B=${A:-"x  y" 'z'}; echo "$B""#, "x  y z\n"),
    ("cat <<EOF\n${NONE:-\"a b\"} ${NONE:-'c'}\nEOF", "a b 'c'\n"),
    ("echo x$(false)y && echo went on", "xy\nwent on\n"), ("export A=$(false) && echo ok", "ok\n"),
    ("cat > h <<E\n$(false)\nE\necho $?", "0\n"), ("A=$(false); echo $?", "1\n"),
    ("A=$(false) echo a && echo b", "a\nb\n"), ("echo a > f$(false) && echo b", "b\n"),
    ("false || echo no; true && echo yes", "no\nyes\n"), ("false && echo no; echo $?", "1\n"),
    ("A=$(echo $(echo deep)); echo \"<$A>\"", "<deep>\n"),
    ("A=5\ncat <<EOF\nA is $A \\$A\nEOF", "A is 5 $A\n"),
    ("A=5\ncat <<'EOF'\nA is $A\nEOF", "A is $A\n"),
    ("cat > f <<EOF\none\nEOF\necho two >> f; cat f; ls; rm f; ls", "one\ntwo\nf\n"),
    ("printf '%s=%d\\n' a 1 b 2", "a=1\nb=2\n"), ("echo -n a; echo b", "ab\n"),
    ("echo -e 'a\\tb'", "a\tb\n"), ("echo hi > /dev/null; ls", ""),
    ("export A=1 B='2 3'; echo $A$B", "12 3\n"), ("A=1; unset A; echo \"<$A>\"", "<>\n"),
    ("echo a \\\n  b", "a b\n"), ("A='{\"k\": \"v\"}'; echo \"$A\"", "{\"k\": \"v\"}\n"),
  ]) func aLineOfTheShellPrints(_ line: String, _ text: String) {
    #expect(last(line).reply == text)
  }

  @Test(arguments: ["a{b=1", "1x=2", "é=1", "=1", "a-b", "a b", "1x"])
  func whatIsNoNameIsNotExported(_ word: String) {
    var workbook = Workbook()
    let turn = workbook.feed("export 'GOOD=1' '\(word)'")
    #expect(
      turn.status == 2
        && turn.errors.contains(word == "=1" ? "no blanks" : "is no name for a variable"))
    #expect(workbook.feed("export").reply == "GOOD=1\n")
  }

  @Test(arguments: [
    ("aws kms list-keys | jq .", "no pipes here", "--query"),
    ("aws kms list-keys &", "background", "leave the & out"),
    ("for k in a b; do echo $k; done", "no loops", "one after the other"),
    ("if true; then echo a; fi", "no if", "&&"),
    ("aws kms list-keys 2>/dev/null", "only replies", "> FILE"),
    ("aws kms list-keys 2>&1", "only replies", "> FILE"), ("echo a &> f", "only replies", "> FILE"),
    ("cat <<< text", "<<<", "in quotes"), ("A=$((1+2))", "nothing is calculated", "number itself"),
    ("cat < f", "cannot read a file with <", "cat NAME"), ("A=`date`", "backquotes", "$(…)"),
    ("aws kms list-keys `", "backquotes", "goes on with \\"),
    ("aws kms list-keys `\n  --limit 1", "backquotes", "goes on with \\"),
    ("[ -f x ] && echo a", "no tests", "check"), ("(echo a)", "no subshells", "leave ( and )"),
    ("echo (a)", "parenthesis", "quote it"),
    ("${A%x}", "only ${NAME}", "another variable"),
    ("; echo a", "no command stands before this ';'", "bash refuses this"),
    ("echo a; ; echo b", "no command stands before this ';'", "two commands"),
    ("echo a;; echo b", "no command stands before this ';'", "two commands"),
    ("&& echo a", "no command stands before this '&&'", "two commands"),
    ("echo a && ; echo b", "no command stands before this ';'", "two commands"),
    ("echo a\n|| echo b", "no command stands before this '||'", "two commands"),
  ]) func whatTheShellLacksIsPointedAtWithWhatWorks(_ line: String, _ says: String, _ hint: String)
  {
    let turn = last(line)
    #expect(turn.status == 2)
    #expect(turn.errors.contains(says), "\(turn.errors)")
    #expect(turn.errors.contains(hint), "\(turn.errors)")
    #expect(turn.errors.contains("^"), "\(turn.errors)")
  }

  /// Lines as they come in a file, behind a file that must stay.
  @Test(arguments: [
    "echo \"a ${X%y}\nrm keep\n\"", "cleanup() {\n  rm keep\n}", "if false; then\n  rm keep\nfi",
    "function a {\nif b\nthen\nrm keep\nfi\n}", "ls | jq '.a |\nrm keep\n'",
    "for a in b; do\n  rm keep\ndone", "case a in\na) rm keep;;\n b)\nrm keep\n;;\nesac",
    "(\nrm keep\n)", "ls | cat <<E\nrm keep\nE", "{\nrm keep\n}", "ls |\n  rm keep",
  ]) func nothingOfARefusedTextIsRun(_ text: String) {
    var workbook = Workbook()
    workbook.explain = .off
    var statuses: [Int32] = []
    let lines = ("echo a > keep\n\(text)\nls").split(separator: "\n").map(String.init)
    for command in LineGrouping.commands(lines) { statuses.append(workbook.feed(command).status) }
    #expect(statuses == [0, 2, 0])
    #expect(workbook.feed("ls").reply == "keep\n")
  }

  @Test func aListOfManyPagesWaitsWhereItIsAskedForTooFast() {
    var workbook = Workbook()
    _ = workbook.feed("aws kinesis create-stream --stream-name big --shard-count 23; wait 1m")
    let before = workbook.desk.world.now
    let turn = workbook.feed(
      "aws kinesis describe-stream --stream-name big --page-size 1 "
        + "--query 'length(StreamDescription.Shards)'")
    #expect(turn.reply == "23\n" && turn.status == 0, "\(turn.errors)")
    #expect(workbook.desk.world.now == before + .seconds(3))
    #expect(turn.page.text.contains("it waited and asked again 2 times"), "\(turn.page.text)")
  }

  @Test func waitersForObjectsLookForThem() {
    let waiter = "aws s3api wait object-exists --bucket my-cloudtrail-bucket --key"
    let turns = run(
      "echo a > f", "aws s3api put-object --bucket my-cloudtrail-bucket --key k --body f",
      "\(waiter) k", "\(waiter) none",
      "aws s3api wait object-not-exists --bucket my-cloudtrail-bucket --key none")
    #expect(turns.map(\.status) == [0, 0, 0, 255, 0])
    #expect(turns[3].errors.contains("Waiter ObjectExists failed: Max attempts exceeded"))
  }

  @Test(arguments: [
    ("aws kms encrypt --key-id k --plaintext a.b", "--plaintext is base64", false),
    ("aws kms encrypt --key-id k --plaintext file://f", "fileb:// takes the bytes", true),
    (
      "aws kinesis put-records --stream-name s --records Data=a.b,PartitionKey=1",
      "--records is base64", false
    ),
  ]) func whatIsNoBase64IsTheOptionsOwn(_ line: String, _ says: String, _ isFile: Bool) {
    var workbook = Workbook()
    _ = workbook.feed("echo a.b > f")
    let turn = workbook.feed(line)
    #expect(turn.status == 255)
    #expect(turn.page.text.contains(says), "\(turn.page.text)")
    #expect(turn.page.text.contains("fileb://") == isFile)
  }

  @Test func backquotesInAHeredocAreToldOfAsThere() {
    var workbook = Workbook()
    let turn = workbook.feed("cat > h <<E\n`ls`\nE")
    #expect(turn.page.text.contains("in a heredoc bash runs"))
    #expect(!turn.page.text.contains("between double quotes"))
  }

  @Test func aLineBrokenAsInWindowsIsToldHowItGoesOn() {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed("aws kms encrypt ^")
    #expect(workbook.desk.remarks.contains { $0.contains("goes on with \\") })
    #expect(workbook.feed("--key-id x").errors.contains("behind a line that ends with \\"))
  }

  @Test func aLineOfWhichAPartCannotBeReadIsNotBegun() {
    let turn = last("echo begun $(echo a | base64) > f; cat f")
    #expect(turn.reply == "")
    #expect(turn.status == 2)
    #expect(turn.errors.contains("no pipes here"), "\(turn.errors)")
    #expect(!turn.errors.contains("No such file"), "\(turn.errors)")
  }

  @Test(arguments: [
    "jq .", "base64 -d", "vim f", "python3 x.py", "curl x", "date", "source x", "trap f EXIT",
  ])
  func aCommandOfTheComputerIsAnsweredWithTheLabsOwnWay(_ line: String) {
    let turn = last(line)
    #expect(turn.status == 127)
    #expect(turn.errors.contains("is a command of your computer"), "\(turn.errors)")
  }

  @Test func anAppendedVariableIsShownInFull() {
    let turn = last("NAME+=-2")
    #expect(turn.errors.contains("There is no += here"), "\(turn.errors)")
    #expect(turn.errors.contains("NAME=\"${NAME}-2\""), "\(turn.errors)")
  }

  @Test func settingsCountUntilAVariableOrAnOptionSaysOtherwise() {
    let turns = run(
      "aws configure set region eu-west-1", "aws configure get region",
      "aws kinesis list-streams --query StreamNames --output json",
      "AWS_REGION=us-east-1 aws kinesis list-streams --query StreamNames[0] --output text",
      "aws configure set output text",
      "aws kinesis list-streams --region us-east-1 --query StreamNames",
      "aws configure get output", "aws configure get nothing", "aws configure get producer.region",
      "aws configure set cli_binary_format raw-in-base64-out",
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data 'hi there' --region us-east-1"
    )
    #expect(turns[1].reply == "eu-west-1\n")
    #expect(turns[2].reply == "[]\n")
    #expect(turns[3].reply == "my-existing-stream\n")
    #expect(turns[5].reply == "my-existing-stream\n")
    #expect(turns[6].reply == "text\n")
    #expect(turns[7].reply == "" && turns[7].status == 1)
    #expect(turns[8].reply == "us-east-1\n")
    #expect(turns[10].status == 0, "\(turns[10].errors)")
  }

  @Test func profilesAreListedAndTheirSettingsShown() {
    #expect(
      last("aws configure list-profiles").reply
        == "default\nadmin\nproducer\nconsumer\nauditor\npartner\npartner-admin\n")
    let list = last("export AWS_REGION=us-west-2", "aws configure list --profile producer").reply
      .split(separator: "\n")
    #expect(list[0] == "NAME       : VALUE                    : TYPE             : LOCATION")
    #expect(
      list[1].hasPrefix("profile    : producer                 : manual           : --profile"))
    #expect(list[2].contains(": ****************") && list[2].contains("shared-credentials-file"))
    #expect(list[4].contains("us-west-2") && list[4].contains("'AWS_REGION'"))
    let unknown = last("aws configure list --profile nobody")
    #expect(unknown.status == 255)
    #expect(unknown.errors.contains("The config profile (nobody) could not be found"))
  }

  @Test func anAccessKeyOfTheLabMakesAProfile() {
    let turns = run(
      "aws iam create-user --user-name bob",
      "K=$(aws iam create-access-key --user-name bob --query AccessKey.AccessKeyId --output text)",
      "aws configure set aws_access_key_id $K --profile bob",
      "aws sts get-caller-identity --profile bob --query Arn --output text",
      "aws configure list-profiles")
    #expect(turns[3].reply == "arn:aws:iam::123456789012:user/bob\n")
    #expect(turns[4].reply.hasSuffix("bob\n"))
  }

  /// AWS's documentation is full of them, and they are nobody's.
  @Test func theKeysOfAWSsDocumentationAreNoSecret() {
    let turns = run(
      "aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE --profile doc",
      "aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY --profile doc",
      "aws sts get-access-key-info --access-key-id AKIAIOSFODNN7EXAMPLE")
    for turn in turns { #expect(!turn.errors.contains("real access key"), "\(turn.errors)") }
  }

  @Test func aRealLookingSecretIsKeptOutOfTheSettings() {
    let turn = last(
      "aws configure set aws_secret_access_key \(String(repeating: "wJ4l/", count: 8))")
    #expect(turn.errors.contains("neither run nor written down"))
    #expect(last("aws configure get aws_secret_access_key").errors == "")
  }

  @Test func aWaiterMovesTheClockAndFailsInTheClientsWords() {
    let waited = run(
      "aws kinesis create-stream --stream-name s --shard-count 1",
      "aws kinesis wait stream-exists --stream-name s", "clock",
      "aws kinesis wait stream-exists --stream-name nothing",
      "aws kinesis wait stream-not-exists --stream-name s",
      "aws iam wait role-exists --role-name no")
    #expect(waited[1].status == 0)
    #expect(waited[2].reply.contains("09:00:1") || waited[2].reply.contains("09:00:2"))
    #expect(waited[3].status == 255)
    #expect(
      waited[3].errors.hasPrefix(
        "\naws: [ERROR]: Waiter StreamExists failed: An error occurred (ResourceNotFoundException): "
      ))
    #expect(
      waited[4].errors == "\naws: [ERROR]: Waiter StreamNotExists failed: Max attempts exceeded\n")
    #expect(
      waited[5].errors
        == "\naws: [ERROR]: Waiter RoleExists failed: Max attempts exceeded. Previously accepted "
        + "state: Matched expected service error code: NoSuchEntity\n")
  }

  @Test func debugShowsTheLabsOwnTraceBesideTheReply() {
    let line =
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk="
    let turn = last(line + " --debug")
    #expect(turn.reply == last(line).reply)
    #expect(turn.errors.contains("lab: command   kinesis put-record, API PutRecord"))
    #expect(turn.errors.contains("lab: region    us-east-1, from the settings"))
    #expect(turn.errors.contains("profile admin as nothing chose another"))
    #expect(turn.errors.contains("kinesis:PutRecord done: allow kinesis:PutRecord"))
  }

  @Test func theDoorsToTheDiskAskInALesson() {
    #expect(last("import f").effects == [.read(path: "f", name: "f")])
    let asked = last("lesson enable-sse", "import f")
    #expect(asked.effects == [])
    #expect(asked.errors.contains("import f --yes"))
    #expect(last("lesson enable-sse", "import f --yes").effects == [.read(path: "f", name: "f")])
    #expect(last("lesson enable-sse", "echo a > f", "export-file f").effects == [])
  }

  @Test func queryGoesOnWithTheLastReplyAndPointsAtMistakes() {
    #expect(last("aws kms list-keys", "query 'Keys[0].KeyId'").reply.contains("12345678-1234"))
    let wrong = last("aws kms list-keys", "query 'Keys[0'")
    #expect(wrong.status == 252)
    #expect(wrong.errors.contains("^"))
  }

  @Test(arguments: [
    ("aws help", "kinesis"), ("aws kms help", "encrypt"),
    ("aws kms help", "connect-custom-key-store"),
    ("aws kms encrypt help", "--encryption-context"), ("aws kms encrypt help", "1 to 4096 bytes"),
    ("aws kms encrypt help", "Performed by this lab"), ("aws kinesis wait help", "stream-exists"),
    ("aws kinesis wait stream-exists help", "StreamDescription.StreamStatus is ACTIVE"),
    ("aws cloudformation create-stack help", "does not perform it"),
    ("aws configure help", "list-profiles"),
    ("aws s3 help", "mb s3://BUCKET"), ("aws iam list-users help", "--starting-token"),
  ]) func helpSaysWhatThereIs(_ line: String, _ says: String) {
    let turn = last(line)
    #expect(turn.status == 0)
    #expect(turn.reply.contains(says), "\(turn.reply)")
  }

  @Test(arguments: [
    ("aws cloudformation list-stacks", "is known to AWS but not simulated"),
    ("aws cloudformation deploy --stack-name x", "is known to AWS but not simulated"),
    ("aws s3 presign s3://b/k", "s3 presign is known to AWS"),
    ("aws s3 sync a s3://b", "s3 sync is known to AWS"),
    ("aws s3 cp a b", "Error: Invalid argument type"),
    ("aws s3 website s3://a", "s3 website is known"),
    ("aws s3 xs", "Found invalid choice 'xs'"),
    ("aws configure set role_arn x --profile p", "configure set role_arn is known to AWS"),
    ("aws configure set profile.p.sso_start_url x", "configure set sso_start_url is known to AWS"),
    ("aws configure import", "configure import is known to AWS"),
    ("aws configure foo", "argument subcommand: Found invalid choice 'foo'"),
    ("aws configure set region", "the following arguments are required: value"),
  ]) func whatTheLabLacksIsNamed(_ line: String, _ says: String) {
    let turn = last(line)
    #expect(turn.status == 252)
    #expect(turn.errors.contains(says), "\(turn.errors)")
  }
}
