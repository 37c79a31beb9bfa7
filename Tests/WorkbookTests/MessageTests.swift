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
      message.example.isEmpty || (last.reply + last.page.text).contains(message.name),
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

  @Test(arguments: rows) func lintFindsWhatNeverMatchesAndNothingElse(row: LintRow) throws {
    let document = try PolicyDocument(
      parsing: "{\"Version\": \"2012-10-17\", \"Statement\": [\(row.statement)]}", as: row.kind)
    #expect(PolicyLint.problems(in: document).map(\.name) == row.names)
  }

  @Test func theGuidesConsumerListsStreamsInVain() {
    var workbook = Workbook()
    let turn = workbook.feed("lint-policy kinesis-consumer-role")
    #expect(turn.reply.contains("KH-LINT-PAIR"))
    #expect(turn.reply.contains("kinesis:ListStreams has no resource"))
    #expect(workbook.feed("lint-policy kinesis-producer-role").status == 0)
    #expect(workbook.feed("lint-policy \(StartNames.keyID)").status == 0)
  }
}
