import Testing
import Values

@testable import Policies

/// One letter of a working policy changed: whatever turns the answer is pointed at.
@Suite struct MutationTests {
  private static let identity = """
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
    """

  private static let key = """
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
    """

  private static let context: [String: [String]] = [
    "kms:ViaService": ["kinesis.us-east-1.amazonaws.com"],
    "kms:CallerAccount": ["123456789012"],
    "kms:EncryptionContext:aws:kinesis:arn": [
      "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
    ],
  ]

  private struct Count {
    var refused = 0
    var turned = 0
    var same = 0
  }

  /// Changes every letter in turn, each into two others, and judges.
  private func mutate(
    _ text: String, _ kind: DocumentKind, _ decide: (PolicyDocument) -> Decision
  ) throws -> Count {
    #expect(decide(try PolicyDocument(parsing: text, as: kind)).verdict == .allowed)
    var count = Count()
    let bytes = Array(text.utf8)
    for place in bytes.indices {
      for letter in [UInt8(ascii: "x"), UInt8(ascii: "7")] where bytes[place] != letter {
        var changed = bytes
        changed[place] = letter
        let document: PolicyDocument
        do {
          document = try PolicyDocument(parsing: String(decoding: changed, as: UTF8.self), as: kind)
        } catch {
          count.refused += 1
          let span = try #require(error.span, "\(error.message) points nowhere")
          // A quote or brace that is gone shows only where the text stops making sense.
          let isSyntax = error.message == "This policy contains invalid Json"
          #expect(
            isSyntax ? span.start >= place - 1 : span.start <= place && place < span.end,
            "\(place): \(error.detail)")
          continue
        }
        let decision = decide(document)
        if decision.verdict == .allowed {
          count.same += 1
          continue
        }
        count.turned += 1
        let spans = decision.nearestMiss?.mismatches.map(\.span) ?? []
        #expect(
          spans.contains { $0.start <= place && place < $0.end },
          "\(String(decoding: changed[max(0, place - 12)..<min(changed.count, place + 12)], as: UTF8.self)): the caret is elsewhere"
        )
      }
    }
    return count
  }

  @Test func theCaretCoversTheLetterOfAnIdentityPolicyThatTurnedTheAnswer() throws {
    let delegating = try Bench.attached(
      Bench.named("Allow", "{\"AWS\": \"\(Bench.root.arn)\"}"), .key, "key")
    let count = try mutate(Self.identity, .identity) { document in
      var policies = PolicySet()
      policies.resource = delegating
      policies.identity = [
        AttachedPolicy(kind: .identity, label: "identity:P", arn: nil, document: document)
      ]
      return Decision.make(
        Bench.question(Bench.session, on: [Bench.key], Self.context), policies: policies,
        rules: Bench.keyRules)
    }
    print("identity policy: \(count.turned) turn the answer, \(count.refused) are refused")
    #expect(count.turned > 300)
  }

  @Test func theCaretCoversTheLetterOfAKeyPolicyThatTurnedTheAnswer() throws {
    let count = try mutate(Self.key, .key) { document in
      var policies = PolicySet()
      policies.resource = AttachedPolicy(
        kind: .key, label: "key", arn: nil, document: document)
      return Decision.make(
        Bench.question(Bench.session, on: [Bench.key], Self.context), policies: policies,
        rules: Bench.keyRules)
    }
    print("key policy: \(count.turned) turn the answer, \(count.refused) are refused")
    #expect(count.turned > 100)
  }
}
