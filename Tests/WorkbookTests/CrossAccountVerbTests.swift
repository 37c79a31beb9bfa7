import Cloud
import Testing
import Values

@testable import Workbook

/// Sharing with the partner's account as a learner sees it.
@Suite struct CrossAccountVerbTests {
  private static let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream"
  private static let put =
    "aws kinesis put-record --stream-arn \(arn) --partition-key a --data aGk= --profile partner"
  private static let share =
    "aws kinesis put-resource-policy --resource-arn \(arn) --policy '{\"Version\":\"2012-10-17\","
    + "\"Statement\":[{\"Sid\":\"Shared\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
    + "\"444455556666\"},\"Action\":[\"kinesis:PutRecord\",\"kinesis:GetRecords\"],"
    + "\"Resource\":\"\(arn)\"}]}'"
  private static let start =
    "aws kinesis start-stream-encryption --stream-name my-existing-stream --encryption-type KMS "
    + "--key-id "

  /// The replies of lines, put together.
  private func replies(_ lines: [String], _ workbook: inout Workbook) -> String {
    lines.map { line in
      let turn = workbook.feed(line)
      return turn.reply + turn.errors
    }.joined()
  }

  @Test func whySaysThatTwoAccountsAreAskedAndWhatIsMissing() {
    var workbook = Workbook(model: .documented)
    let page = replies([Self.put, "why"], &workbook)
    #expect(page.contains("the caller's is 444455556666, the resource's 123456789012"))
    #expect(page.contains("aws kinesis put-resource-policy"))
    #expect(page.contains("444455556666:role/partner-app-role"))
    let other = replies(
      [
        Self.share,
        "aws kinesis delete-stream --stream-arn \(Self.arn) --profile partner-admin", "why",
      ], &workbook)
    #expect(other.contains("is not among the actions that a stream's policy can give"))
    #expect(replies(["fix"], &workbook).contains("cannot give kinesis:DeleteStream"))
  }

  @Test func underAManagedKeyThereIsNoFix() {
    var workbook = Workbook(model: .documented)
    let page = replies(
      [Self.share, Self.start + "alias/aws/kinesis", "wait 10s", Self.put, "why", "fix"],
      &workbook)
    #expect(page.contains("A stream that is shared needs a customer managed key"))
    #expect(page.contains("nobody can change the policy of a key that AWS manages"))
  }

  @Test func fixOpensTheKeyAndTheRoleEachAsItsOwnAdministrator() {
    var workbook = Workbook(model: .documented)
    _ = replies(
      [
        Self.share, Self.start + StartNames.keyID, "wait 10s",
        "aws iam delete-role-policy --role-name partner-app-role --policy-name SharedStreamAccess "
          + "--profile partner-admin",
      ], &workbook)
    #expect(workbook.feed(Self.put).status != 0)
    let stream = replies(["fix --apply"], &workbook)
    #expect(stream.contains("--profile partner-admin"), "\(stream)")
    #expect(workbook.feed(Self.put).errors.contains("kms:GenerateDataKey"))
    let key = replies(["fix --apply"], &workbook)
    #expect(key.contains("put-key-policy"), "\(key)")
    #expect(key.contains("--profile admin"))
    #expect(key.contains("--profile partner-admin"))
    #expect(workbook.feed(Self.put).status == 0)
  }

  @Test func thePartnerStandsInTablesOnceSomethingIsShared() {
    var workbook = Workbook(model: .documented)
    let question = "who-can kinesis:PutRecord on my-existing-stream"
    #expect(!replies([question], &workbook).contains("partner"))
    #expect(!replies(["matrix"], &workbook).contains("partner"))
    let page = replies([Self.share, question], &workbook)
    #expect(page.contains("partner"))
    #expect(replies(["matrix"], &workbook).contains("partner"))
    #expect(
      workbook.feed("can partner kinesis:PutRecord on my-existing-stream").status == 0)
    #expect(
      workbook.feed("can partner kms:Decrypt on \(StartNames.keyID) via my-existing-stream").status
        == 1)
  }

  @Test func aLearnerBecomesThePartnerAndSeesTheirAccount() {
    var workbook = Workbook(model: .documented)
    let page = replies(
      [
        "as partner-admin", "aws sts get-caller-identity --query Account --output text",
        "aws kms create-key --query KeyMetadata.Arn --output text", "aws s3api list-buckets",
        "as admin", "keys",
      ], &workbook)
    #expect(page.contains("arn:aws:iam::444455556666:user/partner-admin"))
    #expect(page.contains("arn:aws:kms:us-east-1:444455556666:key/"))
    #expect(page.contains("in the partner's account"))
    #expect(page.contains("account     444455556666") || page.contains("444455556666"))
  }

  @Test func theTrailOfTheLabHasNothingOfWhatThePartnerDoesAtHome() {
    var workbook = Workbook(model: .documented)
    _ = replies(
      ["aws kms create-key --profile partner-admin", "aws kms list-keys", Self.put], &workbook)
    let page = replies(["trail --data"], &workbook)
    #expect(page.contains("ListKeys"))
    #expect(page.contains("PutRecord"))
    #expect(!page.contains("CreateKey"), "\(page)")
  }

  @Test func whatThePartnerHasIsFoundByItsBareNameToo() {
    var workbook = Workbook(model: .documented)
    let page = replies(
      [
        "as partner-admin", "aws kinesis create-stream --stream-name theirs --shard-count 1",
        "wait 15s", "aws kinesis put-record --stream-name theirs --partition-key a --data aGk=",
        "xray theirs", "who-can kinesis:PutRecord on theirs", "trail", "where-is e1", "aws s3 ls",
      ], &workbook)
    #expect(page.contains("The disk under theirs"))
    #expect(page.contains("partner-admin     yes"))
    #expect(page.contains("kinesis:CreateStream"))
    #expect(page.contains("lookup-events --profile partner-admin"))
    #expect(page.contains("account 444455556666 did it with what is its own"))
    #expect(!page.contains("(NotSimulated)"))
    #expect(replies(["as admin", "trail"], &workbook).contains("There is no such event"))
  }

  @Test func anExportedScriptAsksForTheSecondAccountsCredentials() {
    var workbook = Workbook(model: .documented)
    _ = replies([Self.share, Self.put], &workbook)
    let script = replies(["export-script"], &workbook)
    #expect(
      script.contains(
        "keep_profile partner \"${PARTNER_KEY_ID:?}\" \"${PARTNER_SECRET:?}\" "
          + "\"${PARTNER_TOKEN:-}\""))
    #expect(!script.contains("keep_profile partner-admin"))
  }

  @Test func aStreamUnderADeletedKeySaysWhatHelps() {
    var workbook = Workbook(model: .documented)
    let page = replies(
      [
        Self.start + StartNames.keyID, "wait 10s",
        "aws kms schedule-key-deletion --key-id \(StartNames.keyID) --pending-window-in-days 7",
        "wait 8d", "streams",
      ], &workbook)
    #expect(page.contains("until start-stream-encryption names another"), "\(page)")
  }
}
