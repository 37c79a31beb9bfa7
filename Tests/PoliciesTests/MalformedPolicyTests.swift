import Testing
import Values

@testable import Policies

/// A document that is refused, AWS's text, and the words at which the refusal points.
struct MalformedRow: CustomTestStringConvertible, Sendable {
  var name: String
  var kind = DocumentKind.identity
  /// The whole document, or what stands in its only statement when `statement` is used.
  var text: String
  var message: String
  var marked: String
  var testDescription: String { "\(name) (\(kind.rawValue))" }

  init(
    _ name: String, _ kind: DocumentKind = .identity, text: String, _ message: String,
    at marked: String
  ) {
    self.name = name
    self.kind = kind
    self.text = text
    self.message = message
    self.marked = marked
  }

  init(
    _ name: String, _ kind: DocumentKind = .identity, statement: String, _ message: String,
    at marked: String
  ) {
    self.init(
      name, kind, text: "{\"Version\": \"2012-10-17\", \"Statement\": {\(statement)}}", message,
      at: marked)
  }
}

@Suite struct MalformedPolicyTests {
  private static let syntax = "Syntax errors in policy."
  private static let version = "Policy document must be version 2012-10-17 or greater."
  private static let vendor =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
  private static let able = "\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\""
  private static let full = able + ", \"Resource\": \"*\""

  static let rows: [MalformedRow] = [
    .init("no object", text: "[]", syntax, at: "[]"),
    .init("a bad word", text: "{\"Version\": nil}", "This policy contains invalid Json", at: "n"),
    .init(
      "no Statement", text: "{\"Version\": \"2012-10-17\"}", syntax,
      at: "{\"Version\": \"2012-10-17\"}"),
    .init(
      "empty Statement", text: "{\"Version\": \"2012-10-17\", \"Statement\": []}", syntax, at: "[]"),
    .init(
      "unknown element of the policy", text: "{\"Version\": \"2012-10-17\", \"Statment\": []}",
      syntax, at: "\"Statment\""),
    .init(
      "no Version", text: "{\"Statement\": {\(full)}}", version, at: "{\"Statement\": {\(full)}}"),
    .init(
      "old Version", text: "{\"Version\": \"2008-10-17\", \"Statement\": {\(full)}}", version,
      at: "\"2008-10-17\""),
    .init(
      "unknown Version", .key, text: "{\"Version\": \"2024-01-01\", \"Statement\": {\(full)}}",
      syntax, at: "\"2024-01-01\""),
    .init("a list for an Effect", statement: "\"Effect\": [\"Allow\"]", syntax, at: "[\"Allow\"]"),
    .init(
      "no Effect", statement: "\"Action\": \"a:b\", \"Resource\": \"*\"", syntax,
      at: "{\"Action\": \"a:b\", \"Resource\": \"*\"}"),
    .init("unknown element", statement: full + ", \"Actions\": \"*\"", syntax, at: "\"Actions\""),
    .init(
      "a number for an Action", statement: "\"Effect\": \"Deny\", \"Action\": 7", syntax, at: "7"),
    .init(
      "Action and NotAction", statement: full + ", \"NotAction\": \"kms:*\"", syntax,
      at: "\"NotAction\""),
    .init(
      "Resource and NotResource", statement: full + ", \"NotResource\": \"*\"", syntax,
      at: "\"NotResource\""),
    .init(
      "no Action", statement: "\"Effect\": \"Deny\", \"Resource\": \"*\"",
      "Policy statement must contain actions.", at: "{\"Effect\": \"Deny\", \"Resource\": \"*\"}"),
    .init(
      "no Resource", statement: able, "Policy statement must contain resources.", at: "{\(able)}"),
    .init(
      "an empty list of actions",
      statement: "\"Effect\": \"Deny\", \"Action\": [], \"Resource\": \"*\"",
      "Policy statement must contain actions.", at: "[]"),
    .init(
      "an empty list of resources", statement: able + ", \"Resource\": []",
      "Policy statement must contain resources.", at: "[]"),
    .init(
      "two colons in an action",
      statement: "\"Effect\": \"Deny\", \"Action\": [\"a:b\", \"a:b:c\"], \"Resource\": \"*\"",
      "Actions/Condition can contain only one colon.", at: "\"a:b:c\""),
    .init(
      "a star for a service",
      statement: "\"Effect\": \"Deny\", \"Action\": \"k*:b\", \"Resource\": \"*\"",
      "Vendor k* is not valid", at: "\"k*:b\""),
    .init(
      "a partition of elsewhere", statement: able + ", \"Resource\": \"arn:azure:kms:::x\"",
      "Partition \"azure\" is not valid for resource \"arn:azure:kms:::x\".",
      at: "\"arn:azure:kms:::x\""),
    .init(
      "a star for a resource's service", statement: able + ", \"Resource\": \"arn:aws:k*:::x\"",
      "Resource vendor must be fully qualified and cannot contain regexes.",
      at: "\"arn:aws:k*:::x\""),
    .init("Sid with a blank", statement: full + ", \"Sid\": \"a b\"", syntax, at: "\"a b\""),
    .init(
      "one Sid twice",
      text: "{\"Version\": \"2012-10-17\", \"Statement\": [{\(full), \"Sid\": \"S\"}, "
        + "{\(full), \"Sid\": \"S\"}]}",
      "Statement IDs (SID) in a single policy must be unique.", at: "\"S\""),
    .init(
      "NotPrincipal of one's own", statement: full + ", \"NotPrincipal\": \"*\"", syntax,
      at: "\"*\""),
    .init(
      "Principal in a service control policy", .serviceControl,
      statement: full + ", \"Principal\": {\"Service\": \"s\"}", syntax, at: "{\"Service\": \"s\"}"),
    .init("no Principal", .key, statement: full, syntax, at: "{\(full)}"),
    .init("no Principal", .resource, statement: full, syntax, at: "{\(full)}"),
    .init(
      "a kind of principal that is none", .key,
      statement: full + ", \"Principal\": {\"IAM\": \"x\"}",
      syntax, at: "\"IAM\""),
    .init(
      "text for a Principal", .key, statement: full + ", \"Principal\": \"ann\"", syntax,
      at: "\"ann\""),
    .init(
      "a star inside a principal", .key,
      statement: full + ", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:role/*\"}",
      "Policy contains a statement with one or more invalid principals.",
      at: "\"arn:aws:iam::123456789012:role/*\""),
    .init(
      "a name for a principal", .resource, statement: full + ", \"Principal\": {\"AWS\": \"ann\"}",
      "Invalid principal in policy: \"AWS\":\"ann\"", at: "\"ann\""),
    .init(
      "Principal and NotPrincipal", .key,
      statement: full + ", \"Principal\": \"*\", \"NotPrincipal\": \"*\"", syntax,
      at: "\"NotPrincipal\""),
    .init(
      "Resource in a trust policy", .trust,
      statement: "\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sts:AssumeRole\", "
        + "\"Resource\": \"arn:aws:iam::1:role/r\"",
      "Has prohibited field Resource.", at: "\"arn:aws:iam::1:role/r\""),
    .init(
      "another action in a trust policy", .trust,
      statement: "\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:Decrypt\"",
      "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and "
        + "sts:AssumeRoleWithWebIdentity", at: "\"kms:Decrypt\""),
    .init(
      "an operator that is none",
      statement: full + ", \"Condition\": {\"StringEqual\": {\"a:b\": \"c\"}}", syntax,
      at: "\"StringEqual\""),
    .init(
      "NullIfExists", statement: full + ", \"Condition\": {\"NullIfExists\": {\"a:b\": \"true\"}}",
      syntax, at: "\"NullIfExists\""),
    .init(
      "a condition key without a service",
      statement: full + ", \"Condition\": {\"Bool\": {\"Secure\": \"true\"}}", vendor,
      at: "\"Secure\""),
    .init(
      "a condition key twice",
      statement: full + ", \"Condition\": {\"Bool\": {\"a:b\": \"true\", \"a:b\": \"false\"}}",
      syntax, at: "\"a:b\""),
    .init(
      "an object for a condition's value",
      statement: full + ", \"Condition\": {\"Bool\": {\"a:b\": {}}}", syntax, at: "{}"),
    .init("a list for a Condition", statement: full + ", \"Condition\": []", syntax, at: "[]"),
  ]

  @Test(arguments: rows) func theRefusalHasAWSsTextAndPointsAtTheFault(_ row: MalformedRow) throws {
    let error = #expect(throws: PolicyError.self) {
      try PolicyDocument(parsing: row.text, as: row.kind)
    }
    let refusal = try #require(error)
    #expect(refusal.message == row.message)
    #expect(refusal.kind == row.kind)
    #expect(!refusal.detail.isEmpty)
    let span = try #require(refusal.span)
    let bytes = Array(row.text.utf8)
    try #require(0 <= span.start && span.start <= span.end && span.end <= bytes.count)
    #expect(String(decoding: bytes[span.start..<span.end], as: UTF8.self) == row.marked)
  }

  @Test(arguments: [
    (DocumentKind.key, "\"Effect\": \"Allow\", \"Principal\": \"*\""),
    (
      .key, "\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"*\", \"Sid\": \"Two words\""
    ),
    (.key, "\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"AIDAX\"}, \"Action\": \"kms:*\""),
    (.trust, "\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sts:AssumeRole\""),
    (.identity, "\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": [\"*\"], \"Sid\": \"\""),
  ]) func whatAWSAcceptsIsAccepted(_ kind: DocumentKind, _ statement: String) throws {
    let text = "{\"Version\": \"2012-10-17\", \"Id\": \"x\", \"Statement\": [{\(statement)}]}"
    #expect(try PolicyDocument(parsing: text, as: kind).text == text)
  }

  @Test func aPolicyCutOffAnywhereIsRefusedAndNothingWorse() throws {
    let text = """
      {"Version": "2012-10-17", "Statement": [{"Sid": "é", "Effect": "Deny", "Principal":
      {"AWS": ["123456789012"]}, "NotAction": ["kms:*"], "Resource": "arn:aws:kms:*:*:key/${a:b}",
      "Condition": {"ForAnyValue:StringLikeIfExists": {"a:b": ["x", 1, true]}}}]}
      """
    #expect(try PolicyDocument(parsing: text, as: .key).statements.count == 1)
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count {
      let part = String(decoding: bytes[..<length], as: UTF8.self)
      #expect(throws: PolicyError.self) { try PolicyDocument(parsing: part, as: .key) }
    }
  }

  @Test func depthAndSizeOfAHostileDocumentCostLittle() {
    let name = String(repeating: "x", count: 200_000)
    let list = Array(repeating: "\"kms:*\"", count: 20_000).joined(separator: ",")
    let texts = [
      String(repeating: "[", count: 200_000), String(repeating: "{\"Statement\":", count: 50_000),
      "{\"\(name)\": 1}", "{\"Version\": \"2012-10-17\", \"Statement\": {\"\(name)\": 1}}",
      "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": [\(list)]}}",
    ]
    for text in texts {
      #expect(throws: PolicyError.self) { try PolicyDocument(parsing: text, as: .identity) }
    }
  }
}
