import Cloud
import Narration
import Testing

@testable import Workbook

/// What an exported script must not do in somebody's account.
@Suite struct ScriptSafetyTests {
  private static let key = StartNames.keyID

  private func script(_ lines: String...) -> String { script(lines) }

  private func script(_ lines: [String]) -> String {
    var workbook = Workbook()
    workbook.explain = .off
    for line in lines { _ = workbook.feed(line) }
    return workbook.feed("export-script").reply
  }

  @Test func aVerbOfTheLabBesideACommandRunsNowhere() {
    let script = script(
      "aws kms list-keys; as producer", "aws kinesis list-streams", "wait 1m; aws kms create-key",
      "wait 5 minutes", "aws kms list-aliases && why", "sleep 3; aws kms list-grants --key-id x")
    #expect(script.contains("#   aws kms list-keys; as producer\n"))
    #expect(script.contains("#   wait 1m; aws kms create-key\n"))
    #expect(script.contains("#   aws kms list-aliases && why\n"))
    // What came of it as the producer would come to something else here.
    #expect(script.contains("#   aws kinesis list-streams\n"))
    #expect(script.contains("\nsleep 300\n"))
  }

  @Test func whatTheLabLacksIsARemark() {
    let commands = [
      ("ec2 terminate-instances --instance-ids i-12345", "not simulated in this lab"),
      ("organizations leave-organization", "not simulated in this lab"),
      (
        "iam update-account-password-policy --minimum-password-length 6",
        "not simulated in this lab"
      ),
      ("cloudformation delete-stack --stack-name prod", "not simulated in this lab"),
      ("kinesis delete-stream --stream-name orders", "ResourceNotFoundException"),
      ("iam delete-user --user-name bob", "NoSuchEntity"),
      ("s3 rb s3://prod --force", "NoSuchBucket"),
      ("s3api head-object --bucket my-cloudtrail-bucket --key none", "404"),
      ("kms list-keys --bogus", "the client refuses it: Unknown options: --bogus"),
      ("iam delete-user --user-name admin --profile nobody", "could not be found"),
    ]
    let script = script(commands.flatMap { ["aws \($0.0)", "A=$(aws \($0.0))"] })
    let lines = script.split(separator: "\n")
    for (command, reason) in commands {
      let places = lines.indices.filter { lines[$0].contains("aws \(command)") }
      #expect(places.map { lines[$0] } == ["#   aws \(command)", "#   A=$(aws \(command))"])
      for place in places where place > 0 {
        let remark = lines[place - 1]
        #expect(remark.hasPrefix("# not in the lab: ") && remark.contains(reason), "\(remark)")
      }
    }
  }

  @Test func whatTheLabRefusesToChangeIsTriedOnMockServersAlone() {
    let script = script(
      "aws kms disable-key --key-id \(Self.key) --profile producer", "as producer",
      "aws iam create-user --user-name eve", "aws kms encrypt --key-id \(Self.key) --plaintext aGk="
    )
    #expect(
      script.contains(
        "\nif [ -n \"${AWS_ENDPOINT_URL:-}\" ]; then\n"
          + "aws kms disable-key --key-id ${KEYHOLE_KEY} --profile producer 2>.said "
          + "&& went_through \"AccessDeniedException\" || refused \"AccessDeniedException\"\nfi\n"),
      "\(script.suffix(900))")
    #expect(script.contains("then\naws --profile producer iam create-user --user-name eve 2>.said"))
    // What only looks or works with data is tried everywhere.
    #expect(script.contains("\naws --profile producer kms encrypt --key-id ${KEYHOLE_KEY} "))
    #expect(!script.contains("then\naws --profile producer kms encrypt"))
  }

  @Test func amongSeveralCommandsWhatWasNotDoneIsLeftOut() {
    let script = script(
      "aws kinesis delete-stream --stream-name none; aws kms list-keys",
      "aws kms list-aliases || aws kinesis delete-stream --stream-name prod",
      "aws kms list-keys; aws kms disable-key --key-id \(Self.key) --profile producer")
    #expect(
      script.contains(
        "{ left_out aws kinesis delete-stream --stream-name none; aws kms list-keys\n"))
    #expect(
      script.contains(
        "\naws kms list-aliases || left_out aws kinesis delete-stream --stream-name prod\n"))
    #expect(script.contains("; mock_only aws kms disable-key --key-id ${KEYHOLE_KEY} "))
  }

  @Test func whatWouldBeOverwrittenIsLookedForOnce() {
    let alarm =
      "aws cloudwatch put-metric-alarm --alarm-name prod-alarm --metric-name CPUUtilization "
      + "--namespace AWS/EC2 --statistic Average --period 300 --threshold 70 "
      + "--comparison-operator GreaterThanThreshold --evaluation-periods 2"
    let script = script(
      "aws s3 mb s3://prod-data", "aws s3 mb s3://prod-data", alarm, alarm,
      "aws iam create-account-alias --account-alias mycompany",
      "aws s3api create-bucket --bucket prod-more --region us-east-1")
    #expect(
      script.contains(
        "\nabsent s3api head-bucket --bucket prod-data\naws s3 mb s3://prod-data\n"
          + "later aws s3 rb s3://prod-data\n"), "\(script.suffix(1500))")
    #expect(
      script.contains(
        "\nabsent cloudwatch describe-alarms --alarm-names prod-alarm --query "
          + "\"MetricAlarms[].AlarmName\" --output text\n\(alarm)\n"))
    #expect(
      script.contains(
        "\nabsent iam list-account-aliases --query \"AccountAliases[]\" --output text\n"
          + "aws iam create-account-alias --account-alias mycompany\n"))
    #expect(
      script.contains("\nabsent s3api head-bucket --bucket prod-more\naws s3api create-bucket"))
    let looks = script.split(separator: "\n").filter { $0.hasPrefix("absent ") }
    #expect(looks.count == 4, "\(looks)")
    #expect(!script.contains("--force"))
  }

  /// The rest of the script is compared with a lab whose clock stands where it stood.
  @Test func whatRestsOnTheClockIsARemark() throws {
    func script(_ id: String) throws -> String {
      Workbook.script(of: try #require(LessonShelf.entry(id)).lesson(), seed: 1)
    }
    let deleted = try script("rotate-disable-delete")
    #expect(
      deleted.contains(
        "\n# This rests on the clock, which the lab set on by 8d, and was refused there: "
          + "AccessDeniedException. By hand, later:\n#   aws kms decrypt --ciphertext-blob $SEALED\n"
      ),
      "\(deleted.suffix(700))")
    let moved = try script("move-to-your-own-key")
    #expect(moved.contains("went on by 25h here"))
    #expect(
      moved.contains(
        "\naws kinesis put-record --stream-name orders --partition-key 7 --data dGhyZWU="))
    let incident = try script("final-incident")
    #expect(incident.contains("--alias-name alias/tests --target-key-id ${KEYID_1}\n"))
    let closed = try script("locked-out")
    #expect(
      closed.contains(
        "; then\naws kms get-key-policy --key-id ${KEYHOLE_KEY} --policy-name default 2>"))
    #expect(closed.contains("\nID=$(aws kms create-key --policy"))
  }

  @Test func theHeadNamesWhatIsMadeAndQuotasAreAskedForByHand() {
    let request =
      "aws service-quotas request-service-quota-increase --service-code kms "
      + "--quota-code L-C2F1777E --desired-value 1000000"
    let script = script(
      "aws iam create-user --user-name eve", "aws iam create-access-key --user-name eve",
      "aws s3 mb s3://eves-own", "R=$(\(request) --query RequestedQuota.Id --output text)",
      "aws service-quotas get-requested-service-quota-change --request-id $R")
    #expect(
      script.contains(
        "\n# It makes and removes IAM users, access keys and buckets, and costs accordingly.\n"),
      "\(script.prefix(600))")
    #expect(
      script.contains(
        "\n# A request for a quota goes to AWS, and nothing takes it back: send it by hand.\n"
          + "#   R=$(\(request) "), "\(script.suffix(700))")
    #expect(
      script.contains(
        "\n# This rests on what is left out here. By hand, later:\n"
          + "#   aws service-quotas get-requested-service-quota-change --request-id $R\n"))
    #expect(self.script("aws kms list-keys").contains("# It makes nothing that would have to be "))
  }

  /// The first key of an account's list may be anybody's.
  @Test func whatAListFindsOfTheScriptsOwnIsNamedByItsVariable() {
    let script = script(
      "aws kms create-key",
      "aws kms create-alias --alias-name alias/x --target-key-id $(aws kms list-keys --query "
        + "\"Keys[?KeyId!='\(Self.key)'].KeyId | [0]\" --output text)",
      "aws kms disable-key --key-id \"$(aws kms list-keys --query 'Keys[0].KeyId' --output text)\"",
      "aws kinesis delete-stream --stream-name $(aws kinesis list-streams --query "
        + "'StreamNames[0]' --output text)")
    #expect(
      script.contains("--alias-name alias/x --target-key-id ${KEYID_1}\n"), "\(script.suffix(600))")
    // So may the first stream; those of the lab are the script's too.
    #expect(
      ["KEYHOLE_KEY", "KEYID_1"].contains {
        script.contains("\naws kms disable-key --key-id \"${\($0)}\"\n")
      })
    #expect(script.contains("\naws kinesis delete-stream --stream-name my-existing-stream\n"))
    #expect(!script.contains("list-keys") && !script.contains("list-streams"))
  }

  @Test func aShardsIdComesFromItsOwnStreamAlone() {
    let iterator = "--shard-id shardId-000000000000 --shard-iterator-type TRIM_HORIZON"
    let script = script(
      "aws kinesis create-stream --stream-name orders-1 --shard-count 2", "wait 15s",
      "aws kinesis put-record --stream-name my-existing-stream --data aGk= --partition-key 1",
      "aws kinesis get-shard-iterator --stream-name orders-1 \(iterator)",
      "aws kinesis get-shard-iterator --stream-name my-existing-stream \(iterator)")
    #expect(script.contains("get-shard-iterator --stream-name orders-1 \(iterator)\n"))
    #expect(
      script.contains(
        "get-shard-iterator --stream-name my-existing-stream --shard-id ${SHARDID_1} "))
    #expect(
      script.contains("\nSHARDID_1=$(aws kinesis put-record --stream-name my-existing-stream "))
  }

  @Test func anAccessKeyHasItsSecretBesideIt() {
    let assume =
      "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/kinesis-producer-role "
      + "--role-session-name aa --query Credentials.AccessKeyId --output text"
    let bare = script(
      "C=$(\(assume)); export AWS_ACCESS_KEY_ID=$C", "aws sts get-caller-identity",
      "aws kms list-keys")
    #expect(
      bare.contains(
        "C=$(keep 'SECRETACCESSKEY_1 SESSIONTOKEN_2' "
          + "'Credentials.SecretAccessKey,Credentials.SessionToken' '' aws sts assume-role"),
      "\(bare.suffix(900))")
    let export =
      "\nexport AWS_SECRET_ACCESS_KEY=\"${SECRETACCESSKEY_1}\" AWS_SESSION_TOKEN=\"${SESSIONTOKEN_2}\"\n"
    #expect(bare.contains("\(export)aws sts get-caller-identity\n"))
    #expect(bare.ranges(of: export).count == 1)
    let own = script(
      "K=$(aws iam create-access-key --user-name admin --query AccessKey.AccessKeyId --output text)",
      "AWS_ACCESS_KEY_ID=$K aws sts get-caller-identity")
    #expect(
      own.contains("; unset AWS_SESSION_TOKEN\nAWS_ACCESS_KEY_ID=$K aws sts "), "\(own.suffix(900))"
    )
    // Whoever gives all of it is left alone.
    let whole = script(
      "export AWS_ACCESS_KEY_ID=AKIA AWS_SECRET_ACCESS_KEY=s", "aws kms list-keys")
    #expect(!whole.contains("The lab takes AWS_ACCESS_KEY_ID alone"))
  }
}
