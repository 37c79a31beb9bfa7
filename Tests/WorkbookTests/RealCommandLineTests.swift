import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// What the AWS CLI and bash do with lines that are a little beside the usual.
@Suite struct RealCommandLineTests {
  private func last(_ lines: String...) -> (turn: Turn, remarks: [String]) {
    var workbook = Workbook()
    workbook.explain = .off
    var turn = Turn()
    for line in lines { turn = workbook.feed(line) }
    return (turn, workbook.desk.remarks)
  }

  @Test(arguments: [
    (
      "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=y aws sts get-caller-identity",
      "(InvalidClientTokenId) when calling the GetCallerIdentity operation", 254
    ),
    (
      "aws kms list-keys --region 'us east'",
      "Provided region_name 'us east' doesn't match a supported format.", 255
    ),
    (
      "aws kms list-keys --endpoint-url nowhere",
      "Bad value for --endpoint-url \"nowhere\": scheme is missing",
      252
    ), ("aws kms list-keys --endpoint-url http://", "Invalid endpoint: http://", 255),
    (
      "aws configure get region --profile nope", "The config profile (nope) could not be found", 255
    ),
    ("aws kms wait x", "argument operation: Found invalid choice 'wait'", 252),
    (
      "aws iam wait instance-profile-exists --instance-profile-name a", "not simulated in this lab",
      252
    ),
    (
      "aws s3api wait object-exists --bucket b --key k",
      "Waiter ObjectExists failed: Max attempts exceeded", 255
    ),
    ("aws logs tail group", "logs tail is known to AWS but not simulated", 252),
    ("aws cloudtrail create-subscription", "known to AWS but not simulated", 252),
    ("aws ec2 describe-instances", "aws ec2 is known to AWS but not simulated in this lab", 252),
    ("aws dynamodb list-tables", "aws dynamodb is known to AWS", 252),
    ("aws sso login", "aws sso is known to AWS", 252),
    (
      "aws kinesis create-stream --stream-name a --shard-count 99999999999999999999",
      "(LimitExceededException) when calling the CreateStream operation", 254
    ),
    (
      "aws cloudwatch put-metric-alarm --alarm-name a --namespace b --metric-name c --statistic Sum "
        + "--comparison-operator GreaterThanThreshold --threshold 1 --period 60 "
        + "--evaluation-periods 9223372036854775807",
      "EvaluationPeriods * Period must be <= 86400", 254
    ),
    (
      "aws kinesis list-streams --limit 99999999999999999999",
      "(ValidationException) when calling the ListStreams operation", 254
    ),
    (
      "aws kinesis list-streams --limit -99999999999999999999",
      "Invalid value for parameter Limit, value: -9223372036854775808, valid min value: 1", 252
    ),
    ("aws kinesis list-streams --limit 1e3", "invalid literal for int() with base 10: '1e3'", 255),
    (
      "aws cloudtrail validate-logs --start-time 20160129T19:00:00Z --trail-arn "
        + "arn:aws:cloudtrail:us-east-1:123456789012:trail/other",
      "A trail could not be found for", 255
    ),
    (
      "aws configure export-credentials --format env",
      "aws configure export-credentials is known to AWS but not simulated", 252
    ),
    (
      "aws logs filter-log-events --log-group-name a --start-time 2026-01-05",
      "argument --start-time: invalid int value: '2026-01-05'\n\nusage: aws", 252
    ),
    (
      "aws s3api put-object --bucket b --key k --body none",
      "Error parsing parameter '--body': Blob values must be a path to a file.", 252
    ),
    (
      "aws kms list-keys --query \"Keys[?length(KeyId) < 'a']\"",
      "'<' not supported between instances of 'int' and 'str'", 255
    ),
    (
      "aws kms list-keys --query \"abs(Keys[0].{a: KeyId, b: `true`, c: `null`})\"",
      "invalid type for value: {'a': '12345678-1234-1234-1234-123456789012', 'b': True, 'c': None}",
      255
    ),
    ("aws s3 cp a s3://b/a --storage", "Unknown options: --storage", 252),
    ("aws s3 mb s3://some-bucket --tags a", "argument --tags: expected 2 arguments", 252),
    ("watch aws kms list-keys", "aws … wait", 127),
    ("/usr/local/bin/aws kms list-keys", "write aws alone", 127),
    ("$ aws kms list-keys", "leave the $ out", 127),
    ("time aws kms list-keys", "leave time out", 127),
    ("aws kms list-keys | base64 --decode > f", "openssl enc -d -base64 -in FILE", 2),
    (
      "echo > f; aws iam untag-user --user-name admin --tag-keys file://f",
      "[ERROR]: string index out of range", 255
    ),
  ]) func isRefusedInTheseWords(_ line: String, _ words: String, _ status: Int) {
    let turn = last(line).turn
    #expect(turn.errors.contains(words), "\(turn.errors)")
    #expect(turn.status == Int32(status))
  }

  @Test func theTextOfAFileIsNoListOfOne() {
    let (turn, remarks) = last(
      "echo '{\"Version\":\"2012-10-17\",\"Statement\":[]}' > p.json",
      "aws iam get-context-keys-for-custom-policy --policy-input-list file://p.json")
    #expect(turn.status == 254)
    #expect(remarks.contains { $0.contains("put [ ] around what stands in the file") })
    #expect(last("aws iam untag-user --user-name admin --tag-keys a").remarks == [])
  }

  @Test(arguments: [
    ("echo $'a\\tb\\x41\\u00e9'", "a\tbAé\n"), ("A=1\ncat <<\\EOF\n$A\nEOF", "$A\n"),
    ("echo 1 > a.json; echo 2 > b.json; cat *.json", "1\n2\n"),
    ("echo 1 > a.json; echo '*.json' \\*.json", "*.json *.json\n"), ("echo *.none", "*.none\n"),
    ("echo a > f; ls -la", "       2  f\n"), ("echo a > f; cat -n f", "     1\ta\n"),
    ("\u{FEFF}echo a", "a\n"),
    ("aws configure set help > f; cat f > /dev/null; echo $?", "0\n"),
    (
      "aws kinesis list-streams --query \"StreamSummaries[?StreamCreationTimestamp>='2020-01-01'].StreamName | [0]\" --output text",
      "my-existing-stream\n"
    ),
    (
      "aws kinesis list-streams --query \"StreamSummaries[?StreamCreationTimestamp<'2020-01-01'].StreamName\" --output text",
      ""
    ),
    (
      "aws kinesis describe-stream-summary --stream-name my-existing-stream --stream-id abcdefghij0123456789-abc --query StreamDescriptionSummary.StreamName --output text",
      "my-existing-stream\n"
    ),
    ("export AWS_SECRET_ACCESS_KEY=y; echo $?", "0\n"),
    ("aws kms list-keys --max-items 0 --query Keys", "[]\n"),
    (
      "echo 1 > d/a.txt; echo 2 > d/b.log; aws s3 mb s3://own-bucket; aws s3 cp d s3://own-bucket/ --recursive --exclude '*' --include '*.log' --quiet; aws s3api list-objects-v2 --bucket own-bucket --query 'Contents[].Key' --output text",
      "make_bucket: own-bucket\nb.log\n"
    ),
    (
      "aws s3 mb s3://own-bucket; echo 1 > a.x; aws s3 cp a.x s3://own-bucket/ --content-type text/own --storage-class STANDARD_IA --quiet; aws s3api head-object --bucket own-bucket --key a.x --query ContentType --output text",
      "make_bucket: own-bucket\ntext/own\n"
    ),
    (
      "aws s3 mb s3://own-bucket --tags a b; aws s3 ls --bucket-name-prefix other --page-size 5",
      "make_bucket: own-bucket\n"
    ),
  ]) func printsThis(_ line: String, _ text: String) {
    let turn = last(line).turn
    #expect(turn.reply == text, "\(turn.errors)")
  }

  @Test(arguments: [
    (
      "wire", "aws kms describe-key --key-id 12345678-1234-1234-1234-123456789012",
      "KeyMetadata.CreationDate", "^[0-9]{10}[.][0-9]+$"
    ),
    (
      "wire", "aws iam get-role --role-name kinesis-producer-role", "Role.CreateDate",
      "^.[0-9-]{10}T[0-9:]{8}Z.$"
    ),
    (
      "iso8601", "aws iam get-role --role-name kinesis-producer-role", "Role.CreateDate",
      "^.[0-9-]{10}T[0-9:]{8}[+]00:00.$"
    ),
    ("odd", "aws kms list-keys", "Keys", "^$"),
  ]) func timesAreAsTheProfileWantsThem(
    _ format: String, _ line: String, _ query: String, _ wanted: String
  ) throws {
    let turn = last("aws configure set cli_timestamp_format \(format)", "\(line) --query \(query)")
      .turn
    let text = turn.reply.hasSuffix("\n") ? String(turn.reply.dropLast()) : turn.reply
    #expect(try Regex(wanted).wholeMatch(in: text) != nil, "\(turn.reply)")
    if format == "odd" { #expect(turn.errors.contains("valid values are \"wire\"")) }
  }

  @Test func aRefusedSecretLeavesItsStatus() {
    let line = "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzVerySecret"
    #expect(last(line, "echo $?").turn.reply == "2\n")
  }

  @Test func whatOnlyBashWouldDoIsSaid() {
    #expect(last("echo {a,b}").remarks.contains { $0.contains("several words of {a,b}") })
    #expect(last("cat ~/policy.json").remarks.contains { $0.contains("no home folder") })
    #expect(
      last("aws s3 mb s3://own-bucket", "echo 1 > a", "aws s3 cp a s3://own-bucket/ --acl private")
        .remarks == ["known to AWS, not simulated here: --acl"])
    let most = last("aws kms list-keys --max-items 0")
    #expect(most.turn.errors.hasPrefix("warning: Non-positive values for --max-items"))
  }
}
