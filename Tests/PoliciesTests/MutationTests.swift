import Testing
import Values

@testable import Policies

/// A policy by which a call works, and where it is attached.
struct WorkingPolicy: CustomTestStringConvertible, Sendable {
  var name: String
  var kind: DocumentKind
  var text: String
  var asking = Bench.session
  var action: ActionName = "kms:GenerateDataKey"
  var resource = Bench.key
  /// Whether an identity policy besides allows all.
  var allowsAll = false
  /// So many changes of a letter turn the answer at least, those that a Deny turned among them.
  var turns: Int
  var denies = 0
  var testDescription: String { name }

  func decide(_ document: PolicyDocument) throws -> Decision {
    let attached = AttachedPolicy(kind: kind, label: "\(kind):P", arn: nil, document: document)
    var policies = PolicySet()
    if allowsAll {
      policies.identity = [try Bench.attached(Bench.own("Allow", "*"), .identity, "identity:All")]
    }
    let isKey = resource == Bench.key
    if isKey {
      policies.resource = try Bench.attached(
        Bench.named("Allow", "{\"AWS\": \"\(Bench.root.arn)\"}", "*"), .key, "key")
    }
    switch kind {
    case .identity: policies.identity.append(attached)
    case .key, .resource, .trust: policies.resource = attached
    case .boundary: policies.boundary = attached
    case .session: policies.session = [attached]
    case .serviceControl: policies.serviceControl = [[attached]]
    case .resourceControl: policies.resourceControl = [[attached]]
    case .endpoint: policies.endpoint = attached
    case .grant: policies.grants = [attached]
    }
    var rules = DecisionRules(resourceOwner: Bench.account)
    rules.resourceMustAllow = isKey || kind == .trust
    return Decision.make(
      Bench.question(asking, action, on: [resource], Self.context), policies: policies,
      rules: rules)
  }

  private static let context: [String: [String]] = [
    "kms:ViaService": ["kinesis.us-east-1.amazonaws.com"],
    "kms:CallerAccount": ["123456789012"],
    "kms:EncryptionContext:aws:kinesis:arn": [
      "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
    ],
    "aws:PrincipalArn": [Bench.role], "aws:PrincipalTag/team": ["k"], "aws:TagKeys": ["a", "b"],
    "aws:SourceIp": ["203.0.113.12"], "aws:CurrentTime": ["2026-01-05T09:00:00Z"],
    "aws:MultiFactorAuthAge": ["17"], "aws:SecureTransport": ["true"], "sts:ExternalId": ["id7"],
  ]
}

/// One letter of a working policy changed: whatever turns the answer is pointed at.
@Suite struct MutationTests {
  static let policies: [WorkingPolicy] = [
    WorkingPolicy(
      name: "an identity policy with conditions", kind: .identity,
      text: """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Action": ["kinesis:PutRecord", "kinesis:PutRecords"],
              "Resource": "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
            },
            {
              "Sid": "Keys",
              "Effect": "Allow",
              "Action": "kms:GenerateDataKey",
              "Resource": "arn:aws:kms:us-east-1:123456789012:key/k",
              "Condition": {
                "StringEquals": {"kms:ViaService": "kinesis.us-east-1.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:aws:kinesis:arn": "arn:aws:kinesis:*:stream/orders"}
              }
            }
          ]
        }
        """, turns: 1000),
    WorkingPolicy(
      name: "an identity policy with every kind of condition", kind: .identity,
      text: """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Generate*Key",
          "Resource": "arn:aws:kms:us-east-1:123456789012:key/${aws:PrincipalTag/team}",
          "Condition": {
            "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
            "ForAnyValue:StringLike": {"aws:TagKeys": "b*"},
            "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
            "DateLessThan": {"aws:CurrentTime": "2026-01-06T00:00:00Z"},
            "NumericLessThanEqualsIfExists": {"aws:MultiFactorAuthAge": "17"},
            "Bool": {"aws:SecureTransport": "true"},
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/w*"},
            "Null": {"kms:ViaService": "false"},
            "StringEqualsIgnoreCase": {"kms:CallerAccount": "${kms:CallerAccount}"},
            "StringLike": {"aws:PrincipalTag/team": "${aws:PrincipalTag/none, 'k'}"}
          }}}
        """, turns: 1000),
    WorkingPolicy(
      name: "an identity policy that forbids all but the call", kind: .identity,
      text: """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Deny", "NotAction": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"},
          {"Effect": "Deny", "Action": "kms:*", "NotResource": "arn:aws:kms:us-east-1:123456789012:key/k"},
          {"Effect": "Deny", "Action": "kms:GenerateDataKe", "Resource": "*"},
          {"Effect": "Deny", "Action": "kms:GenerateDataKeyx", "Resource": "*"},
          {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:kms:us-east-1:123456789012:key/j"},
          {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "StringNotEquals": {"kms:ViaService": "kinesis.us-east-1.amazonaws.com"}}},
          {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "ForAnyValue:StringEquals": {"aws:TagKeys": ["A", "bb"]}}},
          {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8"]}}},
          {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "*"}
        ]}
        """, turns: 800, denies: 700),
    WorkingPolicy(
      name: "a key policy that names the role", kind: .key,
      text: """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "Consumers",
              "Effect": "Allow",
              "Principal": {"AWS": "arn:aws:iam::123456789012:role/reader"},
              "Action": "kms:Decrypt",
              "Resource": "*"
            },
            {
              "Sid": "Producers",
              "Effect": "Allow",
              "Principal": {"AWS": ["arn:aws:iam::123456789012:role/writer"]},
              "Action": ["kms:GenerateDataKey", "kms:DescribeKey"],
              "Resource": "*",
              "Condition": {"StringEquals": {"kms:CallerAccount": "123456789012"}}
            }
          ]
        }
        """, turns: 400),
    WorkingPolicy(
      name: "a key policy that spares the caller by name", kind: .key,
      text: """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "kms:*", "Resource": "*"},
          {"Effect": "Deny", "NotPrincipal": {"AWS": ["123456789012",
            "arn:aws:iam::123456789012:role/writer",
            "arn:aws:sts::123456789012:assumed-role/writer/s"]}, "Action": "kms:*", "Resource": "*"},
          {"Effect": "Deny", "Principal": {"AWS": ["arn:aws:iam::123456789012:role/writerr",
            "AROAXX"]}, "Action": "kms:*", "Resource": "*"},
          {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/writer"}}}
        ]}
        """, allowsAll: true, turns: 500, denies: 400),
    WorkingPolicy(
      name: "a stream's policy for another account", kind: .resource,
      text: """
        {"Version": "2012-10-17", "Statement": [{"Sid": "Share", "Effect": "Allow",
          "Principal": {"AWS": "arn:aws:iam::210987654321:user/bob"},
          "Action": ["kinesis:GetRecords", "kinesis:GetShardIterator"],
          "Resource": "arn:aws:kinesis:us-east-1:123456789012:stream/orders"}]}
        """, asking: Bench.stranger, action: "kinesis:GetRecords",
      resource: "arn:aws:kinesis:us-east-1:123456789012:stream/orders", allowsAll: true, turns: 300),
    WorkingPolicy(
      name: "a role's trust policy", kind: .trust,
      text: """
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
          "Principal": {"AWS": ["arn:aws:iam::123456789012:user/ann", "AIDAZZ"]},
          "Action": ["sts:AssumeRole", "sts:TagSession"],
          "Condition": {"StringEquals": {"sts:ExternalId": "id7"}}}]}
        """, asking: Bench.user, action: "sts:AssumeRole",
      resource: "arn:aws:iam::123456789012:role/blue", turns: 100),
    WorkingPolicy(
      name: "a permissions boundary", kind: .boundary,
      text: """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Action": ["kms:Generate*", "kms:Decrypt"],
            "Resource": "arn:aws:kms:*:123456789012:key/*"},
          {"Effect": "Deny", "Action": "kms:*", "Resource": "arn:aws:kms:*:123456789012:key/kk"}]}
        """, allowsAll: true, turns: 100, denies: 3),
    WorkingPolicy(
      name: "a session policy", kind: .session,
      text: """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "iam:*",
          "Resource": "arn:aws:kms:us-east-1:123456789012:key/?",
          "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/writ?"}}}}
        """, allowsAll: true, turns: 150),
    WorkingPolicy(
      name: "a service control policy", kind: .serviceControl,
      text: """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
          {"Effect": "Deny", "NotAction": ["kms:Gen*", "iam:*"], "Resource": "*"},
          {"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"kms:CallerAccount": "123456789012"}}}]}
        """, allowsAll: true, turns: 100, denies: 60),
    WorkingPolicy(
      name: "a resource control policy", kind: .resourceControl,
      text: """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Principal": "*", "Action": "kms:G*", "Resource": "*"},
          {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}]}
        """, allowsAll: true, turns: 10, denies: 60),
    WorkingPolicy(
      name: "the policy of an endpoint", kind: .endpoint,
      text: """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*",
            "Resource": "arn:aws:kms:us-east-1:123456789012:key/*"}]}
        """, allowsAll: true, turns: 200),
    WorkingPolicy(
      name: "a grant", kind: .grant,
      text: """
        {"GranteePrincipal": "arn:aws:iam::123456789012:role/writer",
          "Operations": ["GenerateDataKey", "Decrypt"], "Constraints": {"EncryptionContextSubset":
          {"aws:kinesis:arn": "arn:aws:kinesis:us-east-1:123456789012:stream/orders"}}}
        """, turns: 500),
  ]

  private struct Count {
    var tried = 0
    var refused = 0
    var turned = 0
    var byDeny = 0
  }

  /// What may come in a letter's place: others, wildcards, the other case, and nothing.
  private static func changes(_ letter: UInt8) -> [[UInt8]] {
    let isLetter = (0x41...0x5A).contains(letter) || (0x61...0x7A).contains(letter)
    var changes = "x7*?".utf8.filter { $0 != letter }.map { [$0] } + [[]]
    if isLetter { changes.append([letter ^ 0x20]) }
    // The next letter and twice the letter are the usual slips.
    changes.append([letter, letter])
    if letter < 0x7E { changes.append([letter + 1]) }
    return changes
  }

  /// Changes every character in turn, and judges.
  @Test(arguments: policies) func theCaretCoversTheLetterThatTurnedTheAnswer(policy: WorkingPolicy)
    throws
  {
    let whole =
      policy.kind == .grant
      ? try #require(PolicyDocument(grant: policy.text))
      : try PolicyDocument(parsing: policy.text, as: policy.kind)
    #expect(try policy.decide(whole).verdict == .allowed)
    var count = Count()
    let bytes = Array(policy.text.utf8)
    for place in bytes.indices {
      for change in Self.changes(bytes[place]) {
        var changed = bytes
        changed.replaceSubrange(place...place, with: change)
        count.tried += 1
        try judge(policy, String(decoding: changed, as: UTF8.self), place, &count)
      }
    }
    print(
      "\(policy.name): \(count.tried) changes of one letter, \(count.refused) are refused, "
        + "\(count.turned) turn the answer, \(count.byDeny) of them by a Deny")
    #expect(count.turned >= policy.turns)
    #expect(count.byDeny >= policy.denies)
  }

  /// Whether the string that begins there goes on to the place, where its last quote was.
  private func isOpen(_ text: String, from start: Int, to place: Int) -> Bool {
    let part = Array(text.utf8)[start..<place]
    return part.first == UInt8(ascii: "\"") && !part.dropFirst().contains(UInt8(ascii: "\""))
  }

  private func judge(_ policy: WorkingPolicy, _ text: String, _ place: Int, _ count: inout Count)
    throws
  {
    func around() -> String {
      let bytes = Array(text.utf8)
      let part = bytes[max(0, place - 14)..<min(bytes.count, place + 14)]
      return String(decoding: part, as: UTF8.self)
    }
    let document: PolicyDocument
    if policy.kind == .grant {
      guard let grant = PolicyDocument(grant: text) else {
        count.refused += 1
        return
      }
      document = grant
    } else {
      do {
        document = try PolicyDocument(parsing: text, as: policy.kind)
      } catch {
        count.refused += 1
        let span = try #require(error.span, "\(error.message) points nowhere")
        // A quote or brace that is gone shows only where the text stops making sense.
        let isSyntax = error.message == "This policy contains invalid Json"
        let isRight =
          isSyntax
          ? span.start >= place - 1 || isOpen(text, from: span.start, to: place)
          : span.start <= place && place <= span.end
        #expect(isRight, "\(around()): \(error.message) \(error.detail)")
        return
      }
    }
    let decision = try policy.decide(document)
    if decision.verdict == .allowed { return }
    count.turned += 1
    let spans: [Span]
    if decision.cause == .explicitDeny {
      count.byDeny += 1
      let finding = decision.deciding.first
      #expect(finding?.document === document, "\(around()): another policy is told")
      spans = finding?.matches.map(\.span) ?? []
    } else {
      let near = decision.nearestMiss
      #expect(near?.document === document, "\(around()): another policy is told")
      spans = near?.mismatches.map(\.span) ?? []
    }
    #expect(
      spans.contains { $0.start <= place && place <= $0.end }, "\(around()): the caret is elsewhere"
    )
  }
}
