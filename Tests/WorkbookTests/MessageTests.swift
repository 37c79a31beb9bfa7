import Cloud
import Narration
import Policies
import Testing
import Values

@testable import Workbook

/// A statement and what lint finds in it.
struct LintRow: CustomTestStringConvertible, Sendable {
  var statement: String
  var kind = DocumentKind.identity
  var names: [String]
  var testDescription: String { "\(names) \(statement)" }
}

@Suite struct MessageTests {
  @Test(arguments: MessagePage.table) func theExampleOfAMessageBringsItAbout(message: MessagePage) {
    var workbook = Workbook()
    var last = Turn()
    for line in message.example { last = workbook.feed(line) }
    // Only what a thief does on the disk has no command.
    #expect(message.example.isEmpty == (message.name == "KH-RECORD-DAMAGED"))
    #expect(
      message.example.isEmpty
        || (last.reply + last.page.text + last.errors).contains(message.name),
      "\(last.reply)\(last.errors)")
    #expect(workbook.feed("explain \(message.name)").reply.contains(message.text))
  }

  @Test func everyNameOfARefusalHasItsPage() {
    #expect(Set(MessageNames.all).subtracting(MessagePage.table.map(\.name)) == [])
  }

  @Test func namesAreEachThereOnce() {
    let names = MessagePage.table.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.hasPrefix("KH-") })
  }

  @Test func anUnknownNameIsAnsweredWithANearOne() {
    var workbook = Workbook()
    let turn = workbook.feed("explain KH-LINT-PAIRS")
    #expect(turn.status == 2)
    #expect(turn.errors.contains("did you mean KH-LINT-PAIR?"))
  }

  private static let streamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
  private static let keyARN = "arn:aws:kms:us-east-1:123456789012:key/k"
  private static func allow(_ action: String, _ resource: String) -> String {
    "{\"Effect\": \"Allow\", \"Action\": \"\(action)\", \"Resource\": \"\(resource)\"}"
  }

  static let rows: [LintRow] = [
    .init(statement: allow("kinesis:PutRecord", streamARN), names: []),
    .init(statement: allow("kinesis:PutRecord", "*"), names: []),
    .init(statement: allow("kms:Decrypt", keyARN), names: []),
    .init(statement: allow("kms:CreateAlias", "arn:aws:kms:*:*:alias/*"), names: []),
    .init(statement: allow("kinesis:ListStreams", "*"), names: []),
    .init(statement: allow("kinesis:List*", streamARN), names: []),
    .init(statement: allow("kinesis:PutRecord", "arn:aws:kinesis:*:*:*"), names: []),
    .init(statement: allow("kinesis:ListStreams", streamARN), names: ["KH-LINT-PAIR"]),
    .init(statement: allow("kinesis:PutRecord", keyARN), names: ["KH-LINT-PAIR"]),
    // S3 asks some actions of buckets, some of objects.
    .init(statement: allow("s3:ListBucket", "arn:aws:s3:::b/*"), names: ["KH-LINT-PAIR"]),
    .init(statement: allow("s3:GetObject", "arn:aws:s3:::b"), names: ["KH-LINT-PAIR"]),
    .init(statement: allow("s3:ListBucket", "arn:aws:s3:::b"), names: []),
    .init(statement: allow("s3:GetObject", "arn:aws:s3:::b/*"), names: []),
    .init(statement: allow("s3:GetObject", "arn:aws:s3:::*"), names: []),
    .init(
      statement: allow("s3:ListBucket", "arn:aws:s3:us-east-1:123456789012:accesspoint/a"),
      names: []),
    .init(statement: allow("s3:ListAllMyBuckets", "*"), names: []),
    .init(statement: allow("awskms:Decrypt", "*"), names: ["KH-LINT-SERVICE"]),
    .init(statement: allow("kinesis-streams:PutRecord", "*"), names: ["KH-LINT-SERVICE"]),
    .init(statement: allow("dynamo:GetItem", "*"), names: ["KH-LINT-SERVICE"]),
    .init(statement: allow("somethingnew:GetItem", "*"), names: []),
    // AWS takes these, and they match nothing.
    .init(statement: allow("kinesis:PutRecord", "arn:aws:kinesis"), names: ["KH-LINT-PAIR"]),
    .init(
      statement:
        "{\"Effect\": \"Allow\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\", \"Condition\": {\"Bool\": {\"Secure\": \"true\"}}}",
      names: ["KH-LINT-CONDITION"]),
    .init(statement: allow("kms:Decrypt", streamARN), names: ["KH-LINT-PAIR"]),
    .init(
      statement: allow("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:alias/a"),
      names: ["KH-LINT-PAIR"]),
    .init(statement: allow("kms:ListKeys", keyARN), names: ["KH-LINT-PAIR"]),
    .init(statement: allow("kinesis:Putt*", "*"), names: ["KH-LINT-ACTION"]),
    .init(statement: allow("kinesys:PutRecord", "*"), names: ["KH-LINT-SERVICE"]),
    .init(statement: allow("s3:GetObject", "*"), names: []),
    .init(statement: allow("sts:TagSession", "*"), names: []),
    .init(statement: allow("*", "*"), names: ["KH-LINT-STAR"]),
    .init(statement: allow("kinesis:*", "*"), names: ["KH-LINT-STAR"]),
    .init(statement: "{\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}", names: []),
    .init(
      statement: "{\"Effect\": \"Deny\", \"NotAction\": \"iam:*\", \"Resource\": \"*\"}", names: []),
    .init(
      statement:
        "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}",
      kind: .key, names: []),
    .init(
      statement:
        "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:CallerAccount\": \"123456789012\"}}}",
      kind: .key, names: ["KH-LINT-DELEGATION"]),
    .init(
      statement:
        "{\"Effect\": \"Allow\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\", \"Condition\": {\"ForAllValues:StringEquals\": {\"kms:EncryptionContextKeys\": \"a\"}, \"Null\": {\"kms:EncryptionContextKeys\": \"false\"}}}",
      names: []),
  ]

  private static let root =
    "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}"

  private static func named(_ action: String, _ who: String = "user/admin") -> String {
    "\(root), {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:\(who)\"}, \"Action\": \"\(action)\", \"Resource\": \"*\"}"
  }

  private static func when(_ condition: String) -> String {
    "{\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\(condition)}}"
  }

  static let moreRows: [LintRow] = [
    .init(statement: named("kms:CreateKey"), kind: .key, names: ["KH-LINT-PAIR"]),
    .init(statement: named("kinesis:PutRecord"), kind: .key, names: ["KH-LINT-PAIR"]),
    .init(statement: named("kms:CreateGrant"), kind: .key, names: []),
    .init(
      statement: root.replacing("kms:*", with: "kms:Describe*"), kind: .key,
      names: ["KH-LINT-DELEGATION"]),
    .init(
      statement: root.replacing("123456789012", with: "999999999999"), kind: .key,
      names: ["KH-LINT-DELEGATION"]),
    .init(statement: allow("comprehend:DetectSentiment", "*"), names: []),
    .init(statement: allow("brandnew:Thing", "*"), names: []),
    .init(
      statement:
        "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"123456789012\"}, \"Action\": \"sts:AssumeRole\"}",
      kind: .trust, names: []),
    .init(
      statement: when("\"StringEquals\": {\"kms:ViaServce\": \"a.b.amazonaws.com\"}"),
      names: ["KH-LINT-CONDITION"]),
    .init(
      statement: when(
        "\"ArnEquals\": {\"aws:PrincipalArm\": \"arn:aws:iam::123456789012:role/r\"}"),
      names: ["KH-LINT-CONDITION"]),
    .init(
      statement: when("\"StringEquals\": {\"aws:RequestTags/team\": \"a\"}"),
      names: ["KH-LINT-CONDITION"]),
    .init(
      statement: when(
        "\"StringEquals\": {\"AWS:principaltag/Team\": \"a\", \"kms:EncryptionContext:x\": \"y\", \"s3:prefix\": \"z\"}"
      ),
      names: []),
    .init(
      statement: when("\"StringEquals\": {\"kms:ViaService\": \"kinesis.amazonaws.com\"}"),
      names: ["KH-LINT-VALUE"]),
    .init(
      statement: when("\"StringEquals\": {\"kms:CallerAccount\": \"12345\"}"),
      names: ["KH-LINT-VALUE"]),
    .init(
      statement: when("\"StringEquals\": {\"kms:ViaService\": \"kinesis.*.amazonaws.com\"}"),
      names: ["KH-LINT-WILDCARD"]),
    .init(
      statement: when("\"StringLike\": {\"kms:ViaService\": \"kinesis.*.amazonaws.com\"}"),
      names: []),
    .init(
      statement: when("\"StringEquals\": {\"aws:CalledVia\": \"kinesis.amazonaws.com\"}"),
      names: ["KH-LINT-MULTI"]),
    .init(
      statement: when(
        "\"ForAnyValue:StringEquals\": {\"aws:CalledVia\": \"kinesis.amazonaws.com\"}"),
      names: []),
    .init(
      statement: root
        + ", {\"Effect\": \"Deny\", \"NotPrincipal\": {\"AWS\": \"arn:aws:iam::123456789012:role/r\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}",
      kind: .key, names: ["KH-LINT-NOTPRINCIPAL"]),
    .init(
      statement: root
        + ", {\"Effect\": \"Deny\", \"NotPrincipal\": {\"AWS\": [\"arn:aws:iam::123456789012:role/r\", \"123456789012\"]}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}",
      kind: .key, names: []),
    .init(
      statement: root
        + ", {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"123456789012\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"ForAnyValue:StringEquals\": {\"kms:ResourceAliases\": \"alias/a\"}}}",
      kind: .key, names: ["KH-LINT-KEY"]),
  ]

  @Test(arguments: moreRows) func lintKnowsWhereAPolicyHangsAndWhatRequestsHave(row: LintRow) throws
  {
    let document = try PolicyDocument(
      parsing: "{\"Version\": \"2012-10-17\", \"Statement\": [\(row.statement)]}", as: row.kind)
    #expect(PolicyLint.problems(in: document, of: "123456789012").map(\.name) == row.names)
  }

  @Test func aFindingAboutANameIsASentence() {
    var workbook = Workbook()
    for (action, says) in [
      ("kinesys:PutRecord", "it matches nothing: did you mean kinesis?"),
      ("kms:Decrpt", "has no action \"Decrpt\": it matches nothing; did you mean kms:Decrypt?"),
    ] {
      _ = workbook.feed(
        "cat > p.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [\(Self.allow(action, "*"))]}\nE"
      )
      let reply = workbook.feed("lint-policy p.json").reply
      #expect(reply.contains(says), "\(reply)")
      #expect(!reply.contains("?:"))
    }
  }

  @Test func aFileIsReadAsWhatItIs() {
    var workbook = Workbook()
    func write(_ statement: String) {
      _ = workbook.feed(
        "cat > p.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [\(statement)]}\nE")
    }
    let who = "\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}"
    write("{\(who), \"Action\": \"sts:AssumeRole\"}")
    #expect(workbook.feed("lint-policy p.json").status == 0)
    write(
      "{\(who), \"Action\": \"kinesis:PutRecord\", \"Resource\": \"arn:aws:kinesis:us-east-1:123456789012:stream/s\"}"
    )
    #expect(workbook.feed("lint-policy p.json").status == 0)
    write("{\(who), \"Action\": \"kms:*\"")
    let broken = workbook.feed("lint-policy p.json")
    #expect(broken.reply.components(of: "KH-POLICY-SYNTAX") == 1, "\(broken.reply)")
  }

  @Test func streamsBucketsAndTheOrganizationsPoliciesCanBeRead() {
    var workbook = Workbook()
    #expect(
      workbook.feed("lint-policy my-existing-stream").reply.contains("has no policy of its own"))
    for line in [
      "aws kinesis put-resource-policy --resource-arn arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream --policy '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"123456789012\"}, \"Action\": \"kinesis:PutRecord\", \"Resource\": \"arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream\"}]}'",
      "aws organizations create-policy --name Guard --description d --type SERVICE_CONTROL_POLICY --content '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"kms:Decrpt\", \"Resource\": \"*\"}]}'",
    ] {
      let turn = workbook.feed(line)
      #expect(turn.status == 0, "\(turn.errors)")
    }
    for (name, says) in [
      ("my-existing-stream", "1 document read"), (StartNames.trailBucket, "1 document read"),
      ("Guard", "KH-LINT-ACTION"),
    ] {
      let turn = workbook.feed("lint-policy \(name)")
      #expect(turn.reply.contains(says), "\(turn.reply)\(turn.errors)")
    }
    #expect(workbook.feed("lint-policy Gard").errors.contains("did you mean Guard?"))
  }

  @Test(arguments: rows) func lintFindsWhatNeverMatchesAndNothingElse(row: LintRow) throws {
    let document = try PolicyDocument(
      parsing: "{\"Version\": \"2012-10-17\", \"Statement\": [\(row.statement)]}", as: row.kind)
    #expect(PolicyLint.problems(in: document).map(\.name) == row.names)
  }

  @Test func aResourceThatIsNotTheKeyIsFound() {
    var workbook = Workbook()
    let root =
      "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}"
    func policy(_ resource: String) -> String {
      "{\"Version\": \"2012-10-17\", \"Statement\": [\(root), {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:role/kinesis-producer-role\"}, \"Action\": \"kms:Decrypt\", \"Resource\": \"\(resource)\"}]}"
    }
    let own = "arn:aws:kms:us-east-1:123456789012:key/"
    for (resource, isFound) in [
      ("*", false), ("\(own)\(StartNames.keyID)", false), ("\(own)*", false),
      ("\(own)other", true), ("arn:aws:kinesis:us-east-1:123456789012:stream/s", true),
    ] {
      _ = workbook.feed(
        "aws kms put-key-policy --key-id \(StartNames.keyID) --policy '\(policy(resource))'")
      let reply = workbook.feed("lint-policy \(StartNames.keyID)").reply
      #expect(reply.contains("is not the key whose policy this is") == isFound, "\(reply)")
    }
    // Of a file nobody knows which key it is for.
    for (resource, isFound) in [
      ("\(own)other", false), ("arn:aws:kinesis:us-east-1:123456789012:stream/s", true),
    ] {
      _ = workbook.feed("cat > k.json <<'E'\n\(policy(resource))\nE")
      let reply = workbook.feed("lint-policy k.json").reply
      #expect(reply.contains("is not the key whose policy this is") == isFound, "\(reply)")
    }
  }

  @Test func aRolesTrustPolicyIsReadAsWell() {
    var workbook = Workbook()
    let trust =
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": \"sts:AssumeRole\"}]}"
    _ = workbook.feed(
      "aws iam update-assume-role-policy --role-name kinesis-producer-role --policy-document '\(trust)'"
    )
    for name in ["kinesis-producer-role", "producer"] {
      let turn = workbook.feed("lint-policy \(name)")
      #expect(turn.status == 1)
      #expect(turn.reply.hasPrefix("trust: KH-LINT-EVERYBODY"), "\(turn.reply)")
      #expect(turn.reply.contains("2 documents read, 1 finding"))
    }
    #expect(workbook.feed("lint-policy admin").reply.contains("1 document read"))
  }

  @Test func theGuidesConsumerListsStreamsInVain() {
    var workbook = Workbook()
    let turn = workbook.feed("lint-policy kinesis-consumer-role")
    #expect(turn.reply.contains("KH-LINT-PAIR"))
    #expect(turn.reply.contains("kinesis:ListStreams has no resource"))
    #expect(workbook.feed("lint-policy kinesis-producer-role").status == 0)
    #expect(workbook.feed("lint-policy producer").reply.hasPrefix("2 documents read"))
    #expect(workbook.feed("lint-policy \(StartNames.keyID)").status == 0)
  }
}

extension String {
  /// How often a text stands in this one.
  func components(of text: String) -> Int { ranges(of: text).count }
}
