import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// Credentials that no profile stands for, and access keys that nobody has.
@Suite struct CredentialTests {
  private static let takeRole =
    "export AWS_ACCESS_KEY_ID=$(aws sts assume-role --role-arn arn:aws:iam::123456789012:role/my-producer-role --role-session-name me --query Credentials.AccessKeyId --output text)"

  @Test func anAccessKeyIsANameForWhoHasIt() throws {
    var workbook = Workbook()
    _ = workbook.feed(
      "aws iam put-role-policy --role-name my-producer-role --policy-name P --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kinesis:ListStreams\", \"Resource\": \"*\"}}'"
    )
    #expect(workbook.feed(Self.takeRole).status == 0)
    let key = try #require(workbook.desk.identity?.name)
    #expect(workbook.feed("can \(key) kinesis:ListStreams on *").status == 0)
    #expect(workbook.feed("can \(key) kms:ListKeys on *").status == 1)
    #expect(workbook.feed("what-can \(key)").reply.contains("kinesis: ListStreams"))
    #expect(
      workbook.feed("what-can arn:aws:sts::123456789012:assumed-role/my-producer-role/me").reply
        .contains("kinesis: ListStreams"))
    // Who asks is in the tables, though no profile is.
    let row = workbook.feed("who-can kinesis:ListStreams on *").reply.split(separator: "\n")
      .first { $0.hasPrefix(key) }
    #expect(row?.contains(" yes ") == true)
    #expect(workbook.feed("matrix").reply.contains("\n\(key)"))
    #expect(workbook.feed("matrix reasons").reply.contains("\n\(key)"))
    _ = workbook.feed("wait 2h")
    #expect(workbook.feed("can \(key) kinesis:ListStreams on *").reply.contains("expired"))
    _ = workbook.feed("unset AWS_ACCESS_KEY_ID")
    #expect(!workbook.feed("matrix").reply.contains(key))
    #expect(
      workbook.feed("can ASIAX kms:ListKeys on *").errors.contains(
        "Nobody has the access key \"ASIAX\""))
  }

  @Test(arguments: [
    ("aws kms list-keys", "UnrecognizedClientException"),
    ("aws iam list-users", "InvalidClientTokenId"), ("aws s3 ls", "InvalidAccessKeyId"),
  ]) func anAccessKeyThatNobodyHasIsExplained(_ line: String, _ code: String) {
    var workbook = Workbook()
    _ = workbook.feed("export AWS_ACCESS_KEY_ID=foo")
    let turn = workbook.feed(line)
    #expect(turn.errors.contains(code))
    #expect(turn.page.text.contains("\"foo\""))
    #expect(turn.page.text.contains("KH-CREDENTIALS-UNKNOWN"), "\(turn.page.text)")
    #expect(workbook.feed("why").reply.contains("KH-CREDENTIALS-UNKNOWN"))
    #expect(workbook.feed("why").reply.contains("unset AWS_ACCESS_KEY_ID"))
    #expect(workbook.feed("fix").reply.contains("no permission would help"))
    _ = workbook.feed("unset AWS_ACCESS_KEY_ID")
    #expect(workbook.feed("aws kms list-keys").status == 0)
    #expect(workbook.feed("why").reply == "Nothing was refused yet.\n")
    // A refusal that came since is what one asks about.
    _ = workbook.feed("export AWS_ACCESS_KEY_ID=foo")
    _ = workbook.feed(line)
    _ = workbook.feed("unset AWS_ACCESS_KEY_ID")
    _ = workbook.feed("aws s3 ls s3://my-cloudtrail-bucket --profile producer")
    let newer = workbook.feed("why").reply
    #expect(newer.contains("s3:ListBucket") && !newer.contains("foo"))
    // A profile may have a wrong key, too.
    _ = workbook.feed("aws configure set aws_access_key_id bar --profile producer")
    #expect(workbook.feed("\(line) --profile producer").page.text.contains("\"bar\""))
    #expect(workbook.feed("why").reply.contains("aws configure list"))
  }

  /// The one whom the key's policy names alone mends it for the administrator.
  @Test func whoMayChangeAPolicyTypesTheLineOfAFix() {
    var workbook = Workbook(model: .documented)
    let key = StartNames.keyID
    let policy =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/auditor\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}]}"
    _ = workbook.feed(
      "aws kms put-key-policy --bypass-policy-lockout-safety-check --key-id \(key) --policy '\(policy)'"
    )
    let attempt = "aws kms describe-key --key-id \(key)"
    #expect(workbook.feed(attempt).status == 254)
    let told = workbook.feed("fix").reply
    #expect(told.contains("auditor may make that change, and admin may not"), "\(told)")
    #expect(told.contains("--profile auditor"))
    #expect(workbook.feed("fix --apply").status == 0)
    #expect(workbook.feed(attempt).status == 0)
    // Where nobody may, that is said.
    let nobodys = policy.replacing("user/auditor", with: "user/nobody")
    _ = workbook.feed("aws iam create-user --user-name nobody")
    _ = workbook.feed(
      "aws kms put-key-policy --bypass-policy-lockout-safety-check --key-id \(key) --policy '\(nobodys)' --profile auditor"
    )
    #expect(workbook.feed(attempt).status == 254)
    let turn = workbook.feed("fix")
    #expect(turn.status == 1)
    #expect(turn.reply.contains("whoever might have to change a policy is refused as well"))
  }

  @Test func aProfileWithoutCredentialsIsThereAllTheSame() {
    var workbook = Workbook()
    _ = workbook.feed("aws configure set region eu-west-1 --profile foo")
    let turn = workbook.feed("aws sts get-caller-identity --profile foo")
    #expect(turn.status == 253 && turn.errors.contains("Unable to locate credentials."))
    #expect(workbook.feed("aws sts get-caller-identity --profile fo").status == 255)
  }
}
