import Cloud
import Narration
import Testing
import Values

@testable import Workbook

@Suite struct TrailVerbTests {
  /// A producer that its key refuses, in the guide's words.
  private static func refused() -> Workbook {
    var workbook = Workbook()
    for line in [
      "aws kinesis start-stream-encryption --stream-name my-existing-stream --encryption-type KMS "
        + "--key-id 12345678-1234-1234-1234-123456789012",
      "wait 10s",
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess "
        + "--policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
        + "\"Action\":\"kinesis:*\",\"Resource\":\"*\"}]}'",
      "aws kinesis put-record --stream-name my-existing-stream --partition-key 7 --data aGk= "
        + "--profile producer",
    ] {
      _ = workbook.feed(line)
    }
    return workbook
  }

  private static func number(of operation: String, in workbook: Workbook) -> UInt32 {
    workbook.desk.cloud.journal.suffix(from: 0).last { $0.operation.operation == operation }?.id
      ?? 0
  }

  @Test func theTableShowsWhoWasRefusedAndNothingElse() {
    var workbook = Self.refused()
    let number = Self.number(of: "GenerateDataKey", in: workbook)
    let lines = workbook.feed("trail --by producer --denied").text.split(separator: "\n")
    #expect(lines.count >= 2)
    let row = lines.first { $0.hasPrefix("e\(number) ") } ?? ""
    for word in [
      "role/kinesis-producer-role", "kms:GenerateDataKey", "AccessDenied", "for e",
    ] {
      #expect(row.contains(word), "\(row)")
    }
    #expect(!lines.contains { $0.contains("PutRecord") })
    let all = workbook.feed("trail --data --since 1h").text
    #expect(all.contains("kinesis:PutRecord"))
    #expect(all.contains("iam:PutRolePolicy"))
  }

  @Test func fromAnEventOneComesToTheLineOfThePolicyAndBack() {
    var workbook = Self.refused()
    let inner = Self.number(of: "GenerateDataKey", in: workbook)
    let outer = Self.number(of: "PutRecord", in: workbook)
    let story = workbook.feed("why e\(outer)").text
    #expect(story.contains("why e\(inner)"))
    let why = workbook.feed("why e\(inner)").text
    #expect(why.contains("Not permitted: nothing allows kms:GenerateDataKey"))
    #expect(why.contains("^^^"))
    let id = workbook.desk.cloud.row(numbered: inner).map { workbook.desk.cloud.eventID(of: $0) }
    #expect(why.contains("eventID \(id ?? "?")"))
    #expect(workbook.feed("why \(id ?? "?")").text == why)
    let parts = why.split(separator: "'").map(String.init)
    guard let place = parts.firstIndex(where: { $0.hasSuffix("trail --statement ") }),
      parts.indices.contains(place + 1)
    else {
      Issue.record("no way back: \(why)")
      return
    }
    let back = workbook.feed("trail --statement '\(parts[place + 1])'").text
    #expect(back.contains("e\(inner) "), "\(back)")
  }

  @Test func whereIsSaysWhyATrailHasItNot() {
    var workbook = Self.refused()
    let inner = Self.number(of: "GenerateDataKey", in: workbook)
    #expect(
      workbook.feed("where-is PutRecord").text.contains(
        "my-trail: no: it is a data event of AWS::Kinesis::Stream"))
    #expect(
      workbook.feed("where-is e\(inner)").text.contains(
        "my-trail: not yet: it will be delivered at 2026-01-05T09:05:00Z"))
    _ = workbook.feed("wait 5m")
    #expect(
      workbook.feed("where-is e\(inner) my-trail").text.contains(
        "my-trail: yes, since 2026-01-05T09:05:00Z: s3://my-cloudtrail-bucket/AWSLogs/123456789012/"
          + "CloudTrail/us-east-1/2026/01/05/123456789012_CloudTrail_us-east-1_20260105T0905Z_"))
    _ = workbook.feed("aws kms list-keys --region eu-west-1")
    #expect(
      workbook.feed("where-is last").text.contains(
        "my-trail: no: it happened in eu-west-1, and the trail takes events of us-east-1 alone"))
    let wrong = workbook.feed("where-is PutRecrod")
    #expect(wrong.status == 2)
    #expect(wrong.text.contains("did you mean PutRecord?"))
    #expect(workbook.feed("where-is last my-trial").text.contains("did you mean my-trail?"))
  }

  @Test func aPredictionIsWhatThenComesAndChangesNothing() {
    var workbook = Self.refused()
    let before = workbook.desk.world.digest
    let command = "aws kms disable-key --key-id 12345678-1234-1234-1234-123456789012"
    let told = workbook.feed("predict-trail \(command)").text
    #expect(workbook.desk.world.digest == before)
    #expect(told.contains("is a management event: event history, my-trail"))
    let predicted = workbook.feed("predict-trail --json \(command)").text
    _ = workbook.feed(command)
    let cloud = workbook.desk.cloud
    let row = cloud.row(numbered: cloud.lastEvent)
    #expect(predicted == row.map { cloud.record(of: $0).pretty + "\n" })
  }

  /// What the guide's commands really do is said under them.
  @Test func theGuidesSelectorsAreExplained() {
    var workbook = Workbook()
    let turn = workbook.feed(
      "aws cloudtrail put-event-selectors --trail-name my-trail --event-selectors "
        + "'[{\"ReadWriteType\": \"All\", \"IncludeManagementEvents\": true}]'")
    #expect(turn.status == 0)
    #expect(turn.text.contains("what a new trail selects by itself"))
    let made = workbook.feed(
      "aws cloudtrail create-trail --name kms-audit-trail --s3-bucket-name my-cloudtrail-bucket")
    #expect(made.text.contains("aws cloudtrail start-logging --name kms-audit-trail"))
  }

  @Test(arguments: [
    ("trail --by nobody", "There is nobody called"), ("trail --since soon", "is no time"),
    ("trail --last 0", "--last wants a number"), ("trail --dennied", "did you mean --denied?"),
    ("trail --in my-trial", "did you mean my-trail?"), ("trail --by", "--by wants a value"),
    ("why e9999", "There is no event"), ("why", "Nothing was refused yet"),
    ("predict-trail", "wants a command"), ("predict-trail whoami", "no call would be made"),
  ]) func badWordsAreQuotedAndAnswered(_ line: String, _ answer: String) {
    var workbook = Workbook()
    #expect(workbook.feed(line).text.contains(answer))
  }

  @Test func aRefusedDataEventIsPointedTo() {
    var workbook = Workbook()
    _ = workbook.feed(
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess "
        + "--policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
        + "\"Action\":\"kinesis:PutRecord\",\"Resource\":\"arn:aws:kinesis:*:*:stream/other\"}]}'")
    let put =
      "aws kinesis put-record --stream-name my-existing-stream --partition-key 7 --data aGk= "
      + "--profile producer"
    #expect(workbook.feed(put).status == 254)
    let number = Self.number(of: "PutRecord", in: workbook)
    let told = workbook.feed("trail --denied").text
    #expect(told.contains("There is no such event."))
    #expect(told.contains("1 data event would fit, the newest e\(number)"))
    #expect(told.contains("--data"))
    #expect(workbook.feed("trail --denied --data").text.contains("e\(number) "))
    // The way back from the decision finds it as well.
    let why = workbook.feed("why e\(number)").text
    #expect(why.contains("--data   what else it decided"), "\(why)")
    let inTrail = workbook.feed("trail --denied --in my-trail").text
    #expect(inTrail.contains("where-is e\(number)"), "\(inTrail)")
  }

  @Test func onlyDenialsAreDenied() {
    var workbook = Workbook()
    _ = workbook.feed("aws kms describe-key --key-id alias/nothing")
    _ = workbook.feed("aws kms list-keys --profile producer")
    let denied = workbook.feed("trail --denied").text
    #expect(denied.contains("kms:ListKeys"))
    #expect(!denied.contains("NotFoundException"))
    let failed = workbook.feed("trail --failed").text
    #expect(failed.contains("kms:ListKeys"))
    #expect(failed.contains("NotFoundException"))
  }

  @Test func regionsAreShownWhereThereAreSeveral() {
    var workbook = Workbook()
    _ = workbook.feed("aws kms list-keys")
    #expect(!workbook.feed("trail").text.contains("us-east-1"))
    _ = workbook.feed("aws kms list-keys --region eu-west-1")
    let lines = workbook.feed("trail").text.split(separator: "\n")
    #expect(lines.first?.contains("Region") == true)
    #expect(lines.contains { $0.contains("us-east-1") })
    #expect(lines.contains { $0.contains("eu-west-1") })
  }

  @Test func whatAServiceDidHasAName() {
    var workbook = Workbook()
    let key = "--key-id 12345678-1234-1234-1234-123456789012"
    _ = workbook.feed("aws kms schedule-key-deletion \(key) --pending-window-in-days 7")
    _ = workbook.feed("wait 8d")
    let table = workbook.feed("trail").text
    guard let row = table.split(separator: "\n").first(where: { $0.contains("kms:DeleteKey") })
    else {
      Issue.record("\(table)")
      return
    }
    let name = String(row.prefix { $0 != " " })
    #expect(name.hasPrefix("s"))
    for word in ["DeleteKey", "kms:DeleteKey", name] {
      #expect(workbook.feed("where-is \(word)").text.hasPrefix("\(name): AWS itself"), "\(word)")
      #expect(workbook.feed("why \(word)").text.contains("Nobody called"), "\(word)")
    }
    #expect(workbook.feed("where-is DeletKey").text.contains("did you mean DeleteKey?"))
  }

  @Test func theAdviceOfWhereIsCanBeRunAndLosesNothing() {
    var workbook = Workbook()
    let put =
      "aws kinesis put-record --stream-name my-existing-stream --partition-key 7 --data aGk="
    _ = workbook.feed(put)
    let advice = workbook.feed("where-is PutRecord").text.split(separator: "\n").first {
      $0.contains("put-event-selectors")
    }
    guard let advice else {
      Issue.record("no advice")
      return
    }
    let turn = workbook.feed(String(advice.drop { $0 == " " }))
    #expect(turn.status == 0, "\(turn.text)")
    #expect(turn.text.contains("data events of every stream come in"))
    #expect(!turn.text.contains("no management event"))
    _ = workbook.feed(put)
    _ = workbook.feed("aws kms list-keys")
    _ = workbook.feed("wait 5m")
    #expect(workbook.feed("where-is PutRecord my-trail").text.contains("my-trail: yes"))
    #expect(workbook.feed("where-is ListKeys my-trail").text.contains("my-trail: yes"))
  }

  @Test func selectorsForDataAloneAreWarnedOf() {
    var workbook = Workbook()
    func select(_ type: String) -> String {
      workbook.feed(
        "aws cloudtrail put-event-selectors --trail-name my-trail --advanced-event-selectors "
          + "'[{\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]},"
          + "{\"Field\":\"resources.type\",\"Equals\":[\"\(type)\"]}]}]'"
      ).text
    }
    let told = select("AWS::Kinesis::Stream")
    #expect(told.contains("no management event comes into this trail any more"))
    #expect(!told.contains("streams named"))
    let typo = select("AWS::Kinesis::Streem")
    #expect(typo.contains("did you mean AWS::Kinesis::Stream?"))
    #expect(!typo.contains("only with --advanced-event-selectors"))
  }

  @Test func aSelectorsFieldIsToldWithWhatItWants() {
    var workbook = Workbook()
    _ = workbook.feed(
      "aws cloudtrail put-event-selectors --trail-name my-trail --advanced-event-selectors "
        + "'[{\"Name\":\"lists\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]},"
        + "{\"Field\":\"eventName\",\"StartsWith\":[\"List\"]}]}]'")
    _ = workbook.feed("aws kms describe-key --key-id 12345678-1234-1234-1234-123456789012")
    #expect(
      workbook.feed("where-is last").text.contains(
        "my-trail: no: its eventName is DescribeKey, and lists wants eventName to begin with List"))
  }

  @Test func emptyFiltersHaveNearNames() {
    var workbook = Workbook()
    _ = workbook.feed("aws kms list-keys")
    _ = workbook.feed("aws kms list-keys --profile producer")
    #expect(workbook.feed("trail --event ListKey").text.contains("did you mean ListKeys?"))
    #expect(workbook.feed("trail --event Zebra").text.contains("nobody has called anything named"))
    #expect(
      workbook.feed("trail --statement identity:AdministratorAccess#2").text.contains(
        "did you mean identity:AdministratorAccess#1?"))
  }

  @Test func withoutATrailThatIsSaid() {
    var workbook = Workbook()
    _ = workbook.feed("aws cloudtrail delete-trail --name my-trail")
    #expect(
      workbook.feed("where-is last my-trail").text.contains(
        "There is no trail \"my-trail\": the account has none; aws cloudtrail create-trail makes one"
      ))
  }

  @Test func manyEventsArePredictedByTheirKinds() {
    var workbook = Workbook()
    let told = workbook.feed(
      "predict-trail load --stream-name my-existing-stream --rate 50/s --for 2s"
    ).text
    let lines = told.split(separator: "\n")
    #expect(lines.count < 15, "\(told)")
    #expect(
      lines.contains { $0.hasPrefix("100 ") && $0.contains("kinesis:PutRecord") }, "\(told)")
    #expect(told.contains("kinesis:PutRecord is a data event: no trail asks for it"))
  }

  @Test func aLogGroupIsCalledByItsName() {
    var workbook = Workbook()
    _ = workbook.feed("aws logs create-log-group --log-group-name g")
    let table = workbook.feed("trail").text
    #expect(table.contains("log-group:g "))
    #expect(!table.contains("log-stream"))
  }

  /// A stream whose key is refused is not made, and its story is told all the same.
  @Test func aStreamThatWasNotMadeHasAStory() {
    var workbook = Workbook()
    let turn = workbook.feed(
      "aws kinesis create-stream --stream-name s --shard-count 1 --key-id alias/none")
    #expect(turn.status == 254)
    #expect(turn.text.contains("DescribeKey"))
  }

  @Test func eventHistoryEndsAfterNinetyDaysEverywhere() {
    var workbook = Workbook()
    for line in ["aws kms list-keys", "wait 91d", "aws kms list-aliases"] {
      _ = workbook.feed(line)
    }
    let table = workbook.feed("trail").reply
    #expect(table.contains("kms:ListAliases") && !table.contains("kms:ListKeys"))
    #expect(table.contains("1 event older than 90 days left out"))
    let gone = workbook.feed("trail --event ListKeys").reply
    #expect(gone.contains("Event history has no such event any more."))
    let counted = workbook.feed("insights 'stats count(*) as n by eventName'").reply
    #expect(counted.contains("ListAliases  1") && !counted.contains("ListKeys"))
    #expect(counted.contains("what is older than 90 days is left out"))
    _ = workbook.feed("aws cloudtrail start-logging --name my-trail")
    #expect(workbook.feed("where-is ListKeys").reply.contains("older than 90 days"))
  }

  @Test func aLabWithoutCallsSaysThatThereIsNothingYet() {
    var workbook = Workbook()
    #expect(
      workbook.feed("trail").reply == "Nothing has been called yet: type an aws command first.\n")
  }

  @Test func aRoleIsFoundByItsBareName() {
    var workbook = Self.refused()
    #expect(workbook.feed("trail --by kinesis-producer-role").reply.contains("kms:GenerateDataKey"))
    let nobody = workbook.feed("trail --by zzzzzzzzzz")
    #expect(nobody.status == 2)
    #expect(nobody.errors.contains("admin, producer, consumer, auditor"))
  }

  @Test func whatATrailHasNotDeliveredIsCounted() {
    var workbook = Workbook()
    for line in [
      "aws s3api delete-bucket-policy --bucket my-cloudtrail-bucket", "aws kms list-keys",
      "wait 6m",
    ] { _ = workbook.feed(line) }
    let table = workbook.feed("trail --in my-trail").reply
    #expect(table.contains("2 of them it has not delivered yet, e1 the first"))
    #expect(table.contains("where-is e1 my-trail"))
    _ = workbook.feed(
      "aws s3api put-bucket-policy --bucket my-cloudtrail-bucket --policy "
        + "'{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":"
        + "{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:*\",\"Resource\":"
        + "[\"arn:aws:s3:::my-cloudtrail-bucket\",\"arn:aws:s3:::my-cloudtrail-bucket/*\"]}}'")
    _ = workbook.feed("wait 6m")
    #expect(!workbook.feed("trail --in my-trail").reply.contains("not delivered yet"))
  }

  @Test func whereIsNamesEachReason() {
    var workbook = Workbook()
    for line in [
      "aws cloudtrail put-event-selectors --trail-name my-trail --event-selectors "
        + "'[{\"ReadWriteType\":\"WriteOnly\",\"IncludeManagementEvents\":true,"
        + "\"ExcludeManagementEventSources\":[\"kms.amazonaws.com\"]}]'",
      "aws kms list-keys",
    ] { _ = workbook.feed(line) }
    let page = workbook.feed("where-is ListKeys my-trail").reply
    #expect(page.contains("it is a read, and the trail takes WriteOnly"))
    #expect(page.contains("besides, the trail excludes management events of kms.amazonaws.com"))
  }

  @Test func whatIsNoCiphertextIsNotBlamedOnATag() {
    var workbook = Workbook()
    _ = workbook.feed("aws kms decrypt --ciphertext-blob AAAA")
    let page = workbook.feed("why").reply
    #expect(page.contains("nothing that KMS gave out") && !page.contains("AES-GCM"))
    let text = workbook.feed(
      "aws kms encrypt --key-id \(StartNames.keyID) --plaintext aGk= --encryption-context a=b "
        + "--query CiphertextBlob --output text")
    _ = workbook.feed(
      "aws kms decrypt --ciphertext-blob \(text.reply.split(separator: "\n")[0]) --encryption-context a=c"
    )
    #expect(workbook.feed("why").reply.contains("AES-GCM"))
  }

  @Test func whatHasAgedOutIsNotShownAsBytes() {
    var workbook = Workbook()
    let put = workbook.feed(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk= "
        + "--query SequenceNumber --output text")
    let number = put.reply.split(separator: "\n").first.map(String.init) ?? ""
    #expect(
      workbook.feed("xray my-existing-stream \(number)").reply.contains("partition key \"a\""))
    _ = workbook.feed("wait 25h")
    let page = workbook.feed("xray my-existing-stream \(number)").reply
    #expect(page.contains("has aged out after 24 hours: nothing of it is left"))
    #expect(!page.contains("partition key"))
  }

  /// Source: AWS CLI, functional tests of the user agent; a published record of `aws s3 ls`.
  @Test func compositeCommandsAreRecordedAsTheyWereTyped() {
    let lines = [
      ("aws s3 ls", "ListBuckets", "s3.ls"),
      ("aws s3 mb s3://another-bucket", "CreateBucket", "s3.mb"),
      ("aws s3 rb s3://another-bucket", "DeleteBucket", "s3.rb"),
      (
        "aws cloudtrail validate-logs --trail-arn "
          + "arn:aws:cloudtrail:us-east-1:123456789012:trail/my-trail --start-time "
          + "2026-01-05T08:00:00Z", "DescribeTrails", "cloudtrail.validate-logs"
      ), ("aws s3api list-buckets", "ListBuckets", "s3api.list-buckets"),
    ]
    for (line, event, command) in lines {
      var workbook = Workbook()
      _ = workbook.feed("aws s3 mb s3://another-bucket")
      _ = workbook.feed(line)
      let records = workbook.desk.cloud.journal.suffix(from: 0).compactMap {
        workbook.desk.cloud.row(numbered: $0.id).map { workbook.desk.cloud.record(of: $0) }
      }
      let found = records.last { $0["eventName"] == .string(event) }
      #expect(
        found?["userAgent"]?.string?.hasSuffix(" md/command#\(command)") == true, "\(line)")
    }
    var workbook = Workbook()
    _ = workbook.feed("aws s3 ls s3://my-cloudtrail-bucket/AWSLogs/")
    #expect(workbook.feed("trail --data").reply.contains("s3:ListObjects "))
    let row = workbook.row(named: "ListObjects")
    let record = row.map { workbook.desk.cloud.record(of: $0) }
    #expect(record?["eventName"] == "ListObjects")
    #expect(
      record?["requestParameters"]?.object?.members.map(\.name) == [
        "list-type", "bucketName", "Host", "encoding-type", "prefix", "delimiter",
      ])
    #expect(record?["requestParameters"]?["list-type"] == "2")
  }
}

extension Turn {
  /// All that was shown.
  fileprivate var text: String { outputs.map(\.text).joined() + page.text }
}
