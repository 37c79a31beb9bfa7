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
  private static let able = "\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\""
  private static let full = able + ", \"Resource\": \"*\""

  private static let legacy = "The policy failed legacy parsing"
  private static let nobody =
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in "
    + "policy has a statement with no principals!"

  private static func taking(_ principal: String) -> String {
    "\"Effect\": \"Allow\", \"Principal\": \(principal), \"Action\": \"sts:AssumeRole\""
  }

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
      "an action without a name",
      statement:
        "\"Effect\": \"Allow\", \"Action\": [\"kms:Decrypt\", \"kms:\"], \"Resource\": \"*\"",
      legacy, at: "\"kms:\""),
    .init(
      "an action with a blank in its name",
      statement: "\"Effect\": \"Allow\", \"NotAction\": \"kms: Decrypt\", \"Resource\": \"*\"",
      legacy, at: "\"kms: Decrypt\""),
    .init(
      "an action with a variable in its name",
      statement: "\"Effect\": \"Deny\", \"Action\": \"kms:${aws:username}\", \"Resource\": \"*\"",
      "Actions/Condition can contain only one colon.", at: "\"kms:${aws:username}\""),
    .init(
      "an action with a slash in its name",
      statement: "\"Effect\": \"Allow\", \"Action\": \"kms:key/Decrypt\", \"Resource\": \"*\"",
      legacy, at: "\"kms:key/Decrypt\""),
    .init(
      "an action without a service",
      statement: "\"Effect\": \"Allow\", \"Action\": \":Decrypt\", \"Resource\": \"*\"",
      "Vendor  is not valid", at: "\":Decrypt\""),
    .init(
      "an empty action",
      statement: "\"Effect\": \"Allow\", \"Action\": \"\", \"Resource\": \"*\"",
      "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", at: "\"\""),
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
      "NotPrincipal in a trust policy", .trust,
      statement: "\"Effect\": \"Deny\", \"NotPrincipal\": {\"AWS\": \"123456789012\"}, "
        + "\"Action\": \"sts:AssumeRole\"",
      "Has prohibited field NotPrincipal.", at: "\"NotPrincipal\""),
    .init(
      "a group in a trust policy", .trust,
      statement: taking("{\"AWS\": \"arn:aws:iam::123456789012:group/g\"}"),
      "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:group/g\"",
      at: "\"arn:aws:iam::123456789012:group/g\""),
    .init(
      "a group in a key policy", .key,
      statement: full + ", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:group/g\"}",
      "Policy contains a statement with one or more invalid principals.",
      at: "\"arn:aws:iam::123456789012:group/g\""),
    .init(
      "a stream for a principal", .resource,
      statement: full + ", \"Principal\": {\"AWS\": \"arn:aws:kinesis:us-east-1:1:stream/s\"}",
      "Invalid principal in policy: \"AWS\":\"arn:aws:kinesis:us-east-1:1:stream/s\"",
      at: "\"arn:aws:kinesis:us-east-1:1:stream/s\""),
    .init(
      "nonsense for a service", .trust, statement: taking("{\"Service\": \"nonsense\"}"),
      "Invalid principal in policy: \"SERVICE\":\"nonsense\"", at: "\"nonsense\""),
    .init(
      "any service", .trust, statement: taking("{\"Service\": \"*\"}"),
      "Invalid principal in policy: \"SERVICE\":\"*\"", at: "\"*\""),
    .init("no principals", .trust, statement: taking("{}"), nobody, at: "{}"),
    .init(
      "an empty list of principals", .trust, statement: taking("{\"AWS\": []}"), nobody,
      at: "{\"AWS\": []}"),
    .init(
      "a date that is none",
      statement: full + ", \"Condition\": {\"DateLessThan\": {\"a:b\": \"yesterday\"}}", legacy,
      at: "\"yesterday\""),
    .init(
      "a range of addresses that is none",
      statement: full + ", \"Condition\": {\"NotIpAddress\": {\"a:b\": \"300.1.1.1/40\"}}",
      legacy, at: "\"300.1.1.1/40\""),
    .init(
      "a number that is none",
      statement: full
        + ", \"Condition\": {\"ForAnyValue:NumericLessThanIfExists\": {\"a:b\": [1, \"many\"]}}",
      legacy, at: "\"many\""),
    .init(
      "neither absent nor present",
      statement: full + ", \"Condition\": {\"Null\": {\"a:b\": \"maybe\"}}", legacy,
      at: "\"maybe\""),
    .init(
      "neither true nor false",
      statement: full + ", \"Condition\": {\"Bool\": {\"a:b\": \"yes\"}}", legacy,
      at: "\"yes\""),
    .init(
      "a variable where none is filled in",
      statement: full + ", \"Condition\": {\"IpAddress\": {\"a:b\": \"${a:c}\"}}", legacy,
      at: "\"${a:c}\""),
    .init(
      "an ARN that lacks a part",
      statement: able + ", \"Resource\": \"arn:aws:s3::bucket\"", legacy,
      at: "\"arn:aws:s3::bucket\""),
    .init(
      "an ARN without a service",
      statement: able + ", \"Resource\": \"arn:aws::us-east-1:1:x\"", legacy,
      at: "\"arn:aws::us-east-1:1:x\""),
    .init(
      "an operator that is none",
      statement: full + ", \"Condition\": {\"StringEqual\": {\"a:b\": \"c\"}}", syntax,
      at: "\"StringEqual\""),
    .init(
      "NullIfExists", statement: full + ", \"Condition\": {\"NullIfExists\": {\"a:b\": \"true\"}}",
      syntax, at: "\"NullIfExists\""),
    .init(
      "an Effect in small letters",
      statement: "\"Effect\": \"allow\", \"Action\": \"a:b\", \"Resource\": \"*\"", legacy,
      at: "\"allow\""),
    .init(
      "an Effect that is none",
      statement: "\"Effect\": \"Permit\", \"Action\": \"a:b\", \"Resource\": \"*\"", syntax,
      at: "\"Permit\""),
    .init(
      "a Version of another year", text: "{\"Version\": \"2013-10-17\", \"Statement\": {\(full)}}",
      syntax, at: "\"2013-10-17\""),
    .init(
      "an Id that is no string",
      text: "{\"Version\": \"2012-10-17\", \"Id\": {}, \"Statement\": {\(full)}}", syntax,
      at: "{}"),
    .init(
      "one Sid twice, and no actions",
      text: "{\"Version\": \"2012-10-17\", \"Statement\": [{\(full), \"Sid\": \"sdf\"}, "
        + "{\"Sid\": \"sdf\", \"Effect\": \"Allow\"}]}",
      "Statement IDs (SID) in a single policy must be unique.", at: "\"sdf\""),
    .init(
      "two colons in an action, and a resource that is none",
      statement: "\"Effect\": \"Deny\", \"Action\": \"s:3:L\", \"Resource\": \"sdf\"",
      "Resource sdf must be in ARN format or \"*\".", at: "\"sdf\""),
    .init(
      "a bucket in a Region", statement: able + ", \"Resource\": \"arn:aws:s3:us-east-1::b\"",
      "Resource arn:aws:s3:us-east-1::b can not contain region information.",
      at: "\"arn:aws:s3:us-east-1::b\""),
    .init(
      "a role in a Region", statement: able + ", \"Resource\": \"arn:aws:iam:us-east-1::x\"",
      "IAM resource arn:aws:iam:us-east-1::x cannot contain region information.",
      at: "\"arn:aws:iam:us-east-1::x\""),
    .init(
      "a thing of IAM without its kind",
      statement: able + ", \"Resource\": \"arn:aws:iam:::example\"",
      "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, "
        + "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "
        + "oidc-provider/, report/, access-report/.", at: "\"arn:aws:iam:::example\""),
    .init(
      "an ARN that begins too late", statement: able + ", \"Resource\": \"aws:s3:::example\"",
      "Partition \"s3\" is not valid for resource \"arn:s3:::example:*\".",
      at: "\"aws:s3:::example\""),
    .init(
      "an ARN without its beginning",
      statement: able + ", \"Resource\": \"kinesis:us-east-1:123456789012:stream/x\"",
      "Partition \"us-east-1\" is not valid for resource "
        + "\"arn:us-east-1:123456789012:stream/x:*:*\".",
      at: "\"kinesis:us-east-1:123456789012:stream/x\""),
    .init(
      "an ARN that breaks off", statement: able + ", \"Resource\": \"arn:aws\"",
      "Resource vendor must be fully qualified and cannot contain regexes.", at: "\"arn:aws\""),
    .init(
      "a month that is none",
      statement: full + ", \"Condition\": {\"DateLessThan\": {\"a:b\": \"2026-13-01\"}}", legacy,
      at: "\"2026-13-01\""),
    .init(
      "an hour that is none",
      statement: full + ", \"Condition\": {\"DateEquals\": {\"a:b\": \"2026-01-01T24:00:00Z\"}}",
      legacy, at: "\"2026-01-01T24:00:00Z\""),
    .init(
      "a zone that is none",
      statement: full
        + ", \"Condition\": {\"DateEquals\": {\"a:b\": \"2026-01-01T09:00:00+1:00\"}}", legacy,
      at: "\"2026-01-01T09:00:00+1:00\""),
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

  static let accepted: [(DocumentKind, String)] = [
    (.key, #""Effect": "Allow", "Principal": "*""#),
    (.key, #""Effect": "Allow", "Principal": "*", "Action": "*", "Sid": "Two words""#),
    (.key, #""Effect": "Allow", "Principal": {"AWS": "AIDAX"}, "Action": "kms:*""#),
    (
      .key,
      #"""
      "Effect": "Allow", "Action": "kms:*", "Principal": {"AWS": ["123456789012",
        "arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:iam::123456789012:user/p/u",
        "arn:aws:sts::123456789012:federated-user/f"]}
      """#
    ),
    (.trust, #""Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole""#),
    (.trust, #""Effect": "Allow", "Principal": "*", "Action": "sts:SetContext""#),
    (
      .trust,
      #"""
      "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "sts:AssumeRole"
      """#
    ),
    (.identity, #""Effect": "Allow", "Action": "*", "Resource": ["*"], "Sid": """#),
    (
      .identity,
      #"""
      "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "Bool": {"a:b": "${a:c}"}, "DateLessThan": {"a:b": ["2026", "2026-01", "1767603600"]},
        "IpAddress": {"a:b": ["::ffff:203.0.113.12", "2001:db8::/32"]}}
      """#
    ),
    // What AWS takes although it never does anything.
    (
      .identity,
      #"""
      "Effect": "Allow", "Action": "s3.s:ListBucket", "Resource": ["arn:aws:fdsasf",
        "arn:aws:s3:us-east-1:1:accesspoint/a", "arn:aws:iam::123456789012:*"], "Condition": {
        "x": {}, "StringEqualsIfExists": {"a": "asf"}, "Bool": {"Secure": "true"},
        "DateLessThanEquals": {"a:b": "2016-12-13t2:00:00.593194+23"},
        "DateGreaterThan": {"a:b": ["01T", "-5-12", "2026-01-01T09:00:00.5+01:30"]}}
      """#
    ),
  ]

  @Test(arguments: accepted)
  func whatAWSAcceptsIsAccepted(_ kind: DocumentKind, _ statement: String) throws {
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
