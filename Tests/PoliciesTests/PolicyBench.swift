import Testing
import Values

@testable import Policies

/// Principals, questions and policies that the tables of these tests are written with.
enum Bench {
  static let account = "123456789012"
  static let other = "210987654321"
  static let key = "arn:aws:kms:us-east-1:\(account):key/k"
  static let role = "arn:aws:iam::\(account):role/writer"

  static let session = Principal(
    kind: .assumedRole, account: account, arn: "arn:aws:sts::\(account):assumed-role/writer/s",
    roleARN: role, uniqueID: "AROAX:s")
  static let user = Principal(
    kind: .user, account: account, arn: "arn:aws:iam::\(account):user/ann", userName: "ann",
    uniqueID: "AIDAX")
  static let root = Principal(
    kind: .root, account: account, arn: "arn:aws:iam::\(account):root", uniqueID: account)
  static let stranger = Principal(
    kind: .user, account: other, arn: "arn:aws:iam::\(other):user/bob", userName: "bob",
    uniqueID: "AIDAY")
  static let service = Principal(
    kind: .service, account: "", arn: "kinesis.amazonaws.com", uniqueID: "")

  static func question(
    _ principal: Principal = session, _ action: ActionName = "kms:GenerateDataKey",
    on resources: [String] = [key], _ context: [String: [String]] = [:]
  ) -> AccessQuestion {
    var values = RequestContext()
    for (key, value) in context { values[key] = value }
    return AccessQuestion(
      principal: principal, action: action, resources: resources, context: values)
  }

  static func document(_ statements: String, _ kind: DocumentKind = .identity) throws
    -> PolicyDocument
  {
    try PolicyDocument(
      parsing: "{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}", as: kind)
  }

  static func attached(_ statements: String, _ kind: DocumentKind, _ label: String) throws
    -> AttachedPolicy
  {
    AttachedPolicy(
      kind: kind, label: label, arn: nil, document: try document(statements, kind))
  }

  /// A statement about GenerateDataKey on everything, for a policy that names nobody.
  static func own(_ effect: String, _ action: String = "kms:GenerateDataKey") -> String {
    "{\"Effect\": \"\(effect)\", \"Action\": \"\(action)\", \"Resource\": \"*\"}"
  }

  /// The same for a policy that names someone: `principal` is the JSON behind `Principal`.
  static func named(
    _ effect: String, _ principal: String, _ action: String = "kms:GenerateDataKey",
    element: String = "Principal"
  ) -> String {
    """
    {"Effect": "\(effect)", "\(element)": \(principal), "Action": "\(action)", "Resource": "*"}
    """
  }

  static var keyRules: DecisionRules {
    var rules = DecisionRules(resourceOwner: account)
    rules.resourceMustAllow = true
    return rules
  }
}

extension Statement {
  /// Whether action, resource and conditions fit; whom it is about is asked apart.
  func fits(_ question: AccessQuestion) -> Bool {
    look(question).missed.subtracting(.principal).isEmpty
  }

  func match(_ asking: Principal) -> PrincipalMatch { look(Bench.question(asking)).match }

  func mismatches(_ question: AccessQuestion) -> [Mismatch] {
    mismatches(look(question).missed, question)
  }
}
