/// What the guide says of who may, and of the refusals.
extension Claim {
  static let permissions: [Claim] = [
    Claim(
      number: 8,
      says: "Without the permissions there are AccessDenied errors or UnauthorizedOperation.",
      experiments: [
        Experiment(
          title: "the stream call is refused: AccessDeniedException", setup: ClaimLab.encrypted,
          lines: [ClaimLab.put(as: "consumer")], holds: [.fails("AccessDeniedException")]),
        Experiment(
          title: "the key call is refused: AccessDeniedException",
          setup: ClaimLab.encrypted + [denyingKey], lines: [ClaimLab.put()],
          holds: [.fails("AccessDeniedException")]),
        Experiment(
          title: "UnauthorizedOperation", setup: ClaimLab.encrypted + [denyingKey],
          lines: [ClaimLab.put()], holds: [.fails("UnauthorizedOperation")]),
      ],
      verdict: .depends, described: .depends,
      rule: "A refused key is KMSAccessDeniedException. UnauthorizedOperation is a code of EC2.",
      source: "Kinesis API Reference, errors of PutRecord"),
    Claim(
      number: 14, says: "With the AWS managed key the caller needs the KMS action in IAM.",
      experiments: [
        Experiment(
          setup: ClaimLab.plain + [
            ClaimLab.start(under: "alias/aws/kinesis"),
            "aws kinesis wait stream-exists --stream-name my-secure-stream", "wait 10s",
            withoutKeys,
          ], lines: [ClaimLab.put()], holds: [.fails()])
      ],
      verdict: .refuted, described: .supported,
      rule: "The managed key's own policy admits the account's callers when they come through "
        + "Kinesis. No KMS action in IAM is needed.",
      source: "Kinesis Data Streams Developer Guide, permissions to use KMS keys"),
    Claim(
      number: 20, says: "A producer needs PutRecord, PutRecords and kms:GenerateDataKey.",
      experiments: [
        Experiment(
          title: "with the three", setup: ClaimLab.encrypted, lines: [ClaimLab.put()],
          holds: [.works]),
        Experiment(
          title: "without the last", setup: ClaimLab.encrypted + [withoutKeys],
          lines: [ClaimLab.put()], holds: [.fails()]),
      ],
      verdict: .depends, described: .supported,
      rule:
        "They are enough. The last may come from the key's policy instead, as here, where it names "
        + "the role.",
      source: "Kinesis Data Streams Developer Guide, permissions to use KMS keys"),
    Claim(
      number: 21, says: "The consumer's policy lets it list streams.",
      experiments: [
        Experiment(
          title: "ListStreams on the stream's ARN",
          lines: ["aws kinesis list-streams --profile consumer"], holds: [.works]),
        Experiment(
          title: "the four other actions on it", setup: ClaimLab.encrypted + [ClaimLab.put()],
          lines: [
            "aws kinesis describe-stream --stream-name \(ClaimLab.stream) --profile consumer",
            "aws kinesis list-shards --stream-name \(ClaimLab.stream) --profile consumer",
            ClaimLab.read,
          ],
          holds: [.works]
            + ["DescribeStream", "ListShards", "GetShardIterator", "GetRecords"].map {
              .check("called kinesis:\($0) by consumer = ok since lesson")
            }),
      ],
      verdict: .depends, described: .depends,
      rule: "ListStreams has no resource, so that a stream's ARN never covers it: it needs \"*\".",
      source: "Service Authorization Reference, Amazon Kinesis Data Streams"),
    Claim(
      number: 22, says: "With a customer managed key, IAM and the key's policy must both allow.",
      experiments: [
        Experiment(
          title: "both allow: IAM, and the key's policy, which names the role",
          setup: ClaimLab.encrypted, lines: [ClaimLab.put()], holds: [.works]),
        Experiment(
          title: "IAM allows, the key's policy only delegates to the account",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(ClaimLab.delegation, ClaimLab.service)
          ], lines: [ClaimLab.put()], holds: [.fails()]),
        Experiment(
          title: "the key's policy names the role, IAM says nothing",
          setup: ClaimLab.encrypted + [withoutKeys], lines: [ClaimLab.put()], holds: [.fails()]),
        Experiment(
          title: "neither: IAM says nothing, the key's policy only delegates",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(ClaimLab.delegation, ClaimLab.service), withoutKeys,
          ], lines: [ClaimLab.put()], holds: [.fails()]),
        Experiment(
          title: "beside these four: IAM allows, the key's policy neither names nor delegates",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(
              "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::\(ClaimLab.account):user/admin\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}",
              ClaimLab.service)
          ], lines: [ClaimLab.put()], holds: [.fails()]),
      ],
      verdict: .depends, described: .supported,
      rule:
        "In one account one way is enough: the key's policy names the caller, or it delegates to "
        + "the account and IAM allows. Only without the delegation does IAM not count.",
      source: "AWS KMS Developer Guide, default key policy; IAM User Guide, evaluation logic"),
    Claim(
      number: 23, says: "The key's policy must also admit kinesis.amazonaws.com.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(
              ClaimLab.delegation, ClaimLab.allow("kinesis-producer-role", "kms:GenerateDataKey"))
          ], lines: [ClaimLab.put()], holds: [.fails()])
      ],
      verdict: .refuted, described: .supported,
      rule:
        "Kinesis calls KMS with the caller's own credentials. The statement matches no request.",
      source: "IAM User Guide, forward access sessions"),
    Claim(
      number: 24, says: "A key's policy of the two statements shown is fit for use.",
      experiments: [
        Experiment(
          lines: [
            ClaimLab.keyPolicy(
              ClaimLab.allow("kinesis-producer-role", "kms:GenerateDataKey"), ClaimLab.service)
          ], holds: [.works])
      ],
      verdict: .refuted, described: .refuted,
      rule: "Nobody could administer the key any more, so KMS refuses the policy.",
      source: "AWS KMS API Reference, PutKeyPolicy"),
    Claim(
      number: 25, says: "A misconfigured key policy can lock you out.",
      experiments: [
        Experiment(
          lines: [
            ClaimLab.keyPolicy(ClaimLab.allow("kinesis-producer-role", "kms:GenerateDataKey"))
              + " --bypass-policy-lockout-safety-check",
            ClaimLab.keyPolicy(ClaimLab.delegation),
          ], holds: [.fails("AccessDeniedException")])
      ],
      verdict: .supported, described: .supported,
      rule: "KMS guards against it unless it is told not to. Then only AWS Support can help.",
      source: "AWS KMS Developer Guide, default key policy"),
    Claim(
      number: 48,
      says:
        "The simulator shows allowed or implicitDeny, and implicitDeny means that IAM lacks it.",
      experiments: [
        Experiment(
          title: "a permission that IAM lacks", setup: [withoutSimulatedKeys],
          lines: [simulate], holds: [.prints("implicitDeny")]),
        Experiment(
          title: "a permission that IAM denies: implicitDeny too", setup: [denyingKeys],
          lines: [simulate], holds: [.prints("implicitDeny")]),
        Experiment(
          title: "allowed means that the call works",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(
              ClaimLab.delegation,
              "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:GenerateDataKey\",\"Resource\":\"*\"}"
            )
          ], lines: [simulate, ClaimLab.put()], holds: [.works]),
      ],
      verdict: .depends, described: .depends,
      rule: "There is explicitDeny as well, and the simulator reads no key policy and no grant: "
        + "allowed there may be refused here, and the other way round.",
      source: "IAM API Reference, SimulatePrincipalPolicy"),
    Claim(
      number: 53, says: "Avoid \"Principal\": \"*\".",
      experiments: [
        Experiment(
          title: "without a condition it lets in who was not meant",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(
              ClaimLab.delegation,
              "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}"
            )
          ],
          lines: ["can auditor kms:Decrypt on \(ClaimLab.key)"],
          holds: [.check("can auditor kms:Decrypt on \(ClaimLab.key) = allow")])
      ],
      verdict: .supported, described: .supported,
      rule: "With conditions it has its place: AWS's own managed keys use it, bound to an account "
        + "and a service.",
      source: "AWS KMS Developer Guide, AWS managed keys"),
  ]

  private static let withoutKeys =
    "aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess "
    + "--policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
    + "\"Action\":[\"kinesis:PutRecord\",\"kinesis:PutRecords\"],\"Resource\":\"*\"}]}'"

  /// Refused whatever IAM says, in both models.
  private static let denyingKey = ClaimLab.keyPolicy(
    ClaimLab.delegation,
    "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:GenerateDataKey\",\"Resource\":\"*\"}"
  )

  private static let withoutSimulatedKeys = withoutKeys.replacing(
    "kinesis-producer-role", with: "my-producer-role")

  private static let denyingKeys =
    "aws iam put-role-policy --role-name my-producer-role --policy-name NoKeys "
    + "--policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
    + "\"Action\":\"kms:*\",\"Resource\":\"*\"}]}'"

  private static let simulate =
    "aws iam simulate-principal-policy --policy-source-arn "
    + "arn:aws:iam::\(ClaimLab.account):role/my-producer-role --action-names kms:GenerateDataKey "
    + "--resource-arns arn:aws:kms:us-east-1:\(ClaimLab.account):key/\(ClaimLab.key) "
    + "--query 'EvaluationResults[].EvalDecision' --output text"
}
