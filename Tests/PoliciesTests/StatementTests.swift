import Testing
import Values

@testable import Policies

/// One statement, one question, and whether action, resource and conditions fit.
struct StatementRow: CustomTestStringConvertible, Sendable {
  var name: String
  var action = "\"Action\": \"kms:Decrypt\""
  var resource = "\"Resource\": \"*\""
  var condition = "{}"
  var version = "2012-10-17"
  var asked: ActionName = "kms:Decrypt"
  var on = [Bench.key]
  var context: [String: [String]] = [:]
  var fits: Bool
  var testDescription: String { name }

  func statement() throws -> Statement {
    let text = """
      {"Version": "\(version)", "Statement": {"Effect": "Allow", "Principal": "*",
        \(action), \(resource), "Condition": \(condition)}}
      """
    return try #require(try PolicyDocument(parsing: text, as: .key).statements.first)
  }
}

@Suite struct StatementTests {
  private static func resource(_ text: String) -> String { "\"Resource\": \"\(text)\"" }
  private static func line(_ name: String, _ value: String) -> String {
    "{\"\(name)\": {\"test:Key\": \(value)}}"
  }
  private static let mine = "arn:aws:kms:us-east-1:123456789012:alias/"

  static let rows: [StatementRow] = [
    .init(name: "case of an action does not count", asked: "KMS:decrypt", fits: true),
    .init(name: "a star in an action", action: "\"Action\": \"kms:De*\"", fits: true),
    .init(name: "a question mark in an action", action: "\"Action\": \"kms:Decryp?\"", fits: true),
    .init(name: "any of several actions", action: "\"Action\": [\"a:b\", \"*\"]", fits: true),
    .init(name: "no action of the list", action: "\"Action\": [\"a:b\", \"kms:E*\"]", fits: false),
    .init(name: "NotAction of another", action: "\"NotAction\": \"kms:Encrypt\"", fits: true),
    .init(name: "NotAction of this", action: "\"NotAction\": \"KMS:*\"", fits: false),
    .init(name: "a resource's own name", resource: resource(Bench.key), fits: true),
    .init(
      name: "case of a resource counts",
      resource: resource("arn:aws:kms:us-east-1:123456789012:key/K"),
      fits: false),
    .init(
      name: "NotResource of this", resource: "\"NotResource\": \"arn:aws:kms:*:*:key/*\"",
      fits: false),
    .init(
      name: "NotResource of another", resource: "\"NotResource\": \"arn:aws:kms:*:*:key/z\"",
      fits: true),
    .init(
      name: "every resource must be covered", resource: resource(Bench.key),
      on: [Bench.key, mine + "a"], fits: false),
    .init(name: "no resource is covered by a star", on: [], fits: true),
    .init(
      name: "no resource is not covered by a name", resource: resource(Bench.key), on: [],
      fits: false),
    .init(
      name: "a variable in a resource", resource: resource(mine + "${aws:username}"),
      on: [mine + "ann"], context: ["aws:username": ["ann"]], fits: true),
    .init(
      name: "a default where the request lacks the key",
      resource: resource(mine + "${aws:username, 'guest'}"), on: [mine + "guest"], fits: true),
    .init(
      name: "no variables in a document of 2008", resource: resource(mine + "${aws:username}"),
      version: "2008-10-17", on: [mine + "ann"], context: ["aws:username": ["ann"]], fits: false),
    .init(
      name: "in a document of 2008 they are plain text",
      resource: resource(mine + "${aws:username}"), version: "2008-10-17",
      on: [mine + "${aws:username}"], fits: true),
    .init(
      name: "an unknown variable fits nothing", resource: resource(mine + "${aws:username}*"),
      on: [mine + "ann"], fits: false),
    .init(
      name: "an unknown variable in NotResource fits nothing either",
      resource: "\"NotResource\": \"\(mine)${aws:username}\"", fits: false),
    .init(
      name: "an escaped star is a star", resource: resource(mine + "a${*}"), on: [mine + "a*"],
      fits: true),
    .init(
      name: "an escaped star covers nothing else", resource: resource(mine + "a${*}"),
      on: [mine + "abc"], fits: false),
    .init(
      name: "an escaped question mark covers nothing else", resource: resource(mine + "a${?}"),
      on: [mine + "ab"], fits: false),
    .init(
      name: "a star in a variable's value is no wildcard",
      resource: resource(mine + "${aws:username}"), on: [mine + "bob"],
      context: ["aws:username": ["*"]], fits: false),
    .init(
      name: "a wildcard beside a variable still is one",
      resource: resource(mine + "${aws:username}/*"), on: [mine + "ann/x"],
      context: ["aws:username": ["ann"]], fits: true),
    .init(
      name: "a star in a variable's value is no wildcard for StringLike",
      condition: line("StringLike", "\"${aws:username}\""),
      context: ["test:Key": ["bob"], "aws:username": ["*"]], fits: false),
    .init(
      name: "an escaped star in StringEquals is a star",
      condition: line("StringEquals", "\"a${*}\""), context: ["test:Key": ["a*"]], fits: true),
    .init(
      name: "an escaped dollar is a dollar", condition: line("StringEquals", "\"${$}{x}\""),
      context: ["test:Key": ["${x}"]], fits: true),
    .init(
      name: "an unknown variable in a negated condition fits nothing",
      condition: line("StringNotEquals", "\"${aws:username}\""), context: ["test:Key": ["x"]],
      fits: false),
    .init(
      name: "of several values one may be unknown",
      condition: line("StringEquals", "[\"${aws:username}\", \"x\"]"),
      context: ["test:Key": ["x"]], fits: true),
    .init(
      name: "a tag's name keeps its blanks",
      condition: line("StringEquals", "\"${aws:PrincipalTag/cost center }\""),
      context: ["test:Key": ["x"], "aws:PrincipalTag/cost center": ["x"]], fits: true),
    .init(
      name: "all lines of a condition must hold",
      condition:
        "{\"StringEquals\": {\"test:Key\": \"a\"}, \"Bool\": {\"test:Flag\": \"true\"}}",
      context: ["test:Key": ["a"], "test:flag": ["false"]], fits: false),
    .init(
      name: "all keys of an operator must hold",
      condition: "{\"StringEquals\": {\"test:Key\": \"a\", \"test:Flag\": \"b\"}}",
      context: ["test:Key": ["a"], "test:flag": ["b"]], fits: true),
    .init(
      name: "a flag may be written without quotes", condition: line("Bool", "true"),
      context: ["test:Key": ["true"]], fits: true),
    .init(
      name: "a number may be written without quotes", condition: line("NumericEquals", "7"),
      context: ["test:Key": ["7"]], fits: true),
    .init(
      name: "accents written in two ways are two texts",
      condition: line("StringEquals", "\"caf\\u00e9\""),
      context: ["test:Key": ["cafe\u{301}"]], fits: false),
    .init(
      name: "a statement without an action has no effect", action: "\"Sid\": \"x\"", fits: false),
    .init(
      name: "a statement without a resource has no effect", resource: "\"Sid\": \"x\"",
      fits: false),
  ]

  @Test(arguments: rows) func rowHolds(_ row: StatementRow) throws {
    let question = Bench.question(Bench.session, row.asked, on: row.on, row.context)
    let statement = try row.statement()
    #expect(statement.fits(question) == row.fits)
    #expect(statement.mismatches(question).isEmpty == row.fits)
  }

  @Test(arguments: [
    ("{\"DateLessThan\": {\"aws:CurrentTime\": \"2030-01-01\"}}", true),
    ("{\"NumericLessThan\": {\"AWS:EpochTime\": \"9\"}}", true),
    ("{\"StringEquals\": {\"test:Key\": \"${aws:CurrentTime}\"}}", true),
    ("{\"StringEquals\": {\"test:Key\": \"now\"}}", false),
  ]) func anAnswerThatReadsTheClockSaysSo(_ condition: String, _ isTimeDependent: Bool) throws {
    let text = """
      {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": \(condition)}
      """
    var policies = PolicySet()
    policies.identity = [try Bench.attached(text, .identity, "identity:Clock")]
    let decision = Decision.make(
      Bench.question(), policies: policies, rules: DecisionRules(resourceOwner: Bench.account))
    #expect(decision.isTimeDependent == isTimeDependent)
  }

  @Test func aVariableInAResourceMayReadTheClockToo() throws {
    let text = """
      {"Effect": "Allow", "Action": "kms:*", "Resource": "arn:aws:kms:::${aws:EpochTime}"}
      """
    var policies = PolicySet()
    policies.identity = [try Bench.attached(text, .identity, "identity:Clock")]
    let decision = Decision.make(
      Bench.question(), policies: policies, rules: DecisionRules(resourceOwner: Bench.account))
    #expect(decision.isTimeDependent)
  }
}
