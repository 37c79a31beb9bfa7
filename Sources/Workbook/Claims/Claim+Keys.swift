/// What the guide says of the two kinds of keys and of where they may be.
extension Claim {
  static let keys: [Claim] = [
    Claim(
      number: 4, says: "The data key is encrypted and stored beside the data.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted + [ClaimLab.put()], lines: ["xray my-secure-stream"],
          holds: [.prints("wrapped")])
      ],
      verdict: .supported, described: .supported,
      rule:
        "That is envelope encryption. Where Kinesis keeps the wrapped key is not documented; the "
        + "lab keeps it beside the records.",
      source: "AWS KMS Developer Guide, envelope encryption"),
    Claim(
      number: 13, says: "You cannot see or change the AWS managed key.",
      experiments: [
        Experiment(
          title: "its policy cannot be changed", setup: managed,
          lines: [
            "aws kms put-key-policy --policy-name default --key-id \(managedID) --policy "
              + "'{\"Version\":\"2012-10-17\",\"Statement\":[\(ClaimLab.delegation)]}'"
          ], holds: [.fails()]),
        Experiment(
          title: "it cannot be disabled", setup: managed,
          lines: ["aws kms disable-key --key-id \(managedID)"], holds: [.fails()]),
        Experiment(
          title: "its policy cannot be read", setup: managed,
          lines: ["aws kms get-key-policy --key-id \(managedID)"], holds: [.fails()]),
      ],
      verdict: .depends, described: .depends,
      rule: "It can be described, and its policy read; its use stands in the trail. It cannot be "
        + "changed, disabled or deleted.",
      source: "AWS KMS Developer Guide, AWS managed keys"),
    Claim(
      number: 15, says: "A customer managed key rotates automatically or by hand.",
      experiments: [
        Experiment(
          title: "automatically",
          lines: ["aws kms enable-key-rotation --key-id \(ClaimLab.key)"], holds: [.works]),
        Experiment(
          title: "by hand, and old records still open",
          setup: ClaimLab.encrypted + [ClaimLab.put()],
          lines: [
            "aws kms rotate-key-on-demand --key-id \(ClaimLab.key)", "wait 1m", ClaimLab.read,
          ], holds: [.works, .prints("aGVsbG8=")]),
      ],
      verdict: .supported, described: .supported,
      rule: "Rotation makes new material for what comes. Old material is kept, and nothing is "
        + "encrypted again.",
      source: "AWS KMS Developer Guide, rotating KMS keys"),
    Claim(
      number: 49, says: "get-key-policy --policy-name default prints a key's policy.",
      experiments: [
        Experiment(
          lines: [
            "aws kms get-key-policy --key-id \(ClaimLab.key) --policy-name default"
          ], holds: [.works, .prints("\"PolicyName\": \"default\"")])
      ],
      verdict: .supported, described: .supported,
      rule: "default is the only name there is, and may be left out.",
      source: "AWS KMS API Reference, GetKeyPolicy"),
    Claim(
      number: 51, says: "Kinesis uses KMS keys of its own Region only.",
      experiments: [
        Experiment(
          setup: ClaimLab.plain + [
            "THERE=$(aws kms create-key --region us-west-2 --query KeyMetadata.Arn --output text)"
          ], lines: [ClaimLab.start(under: "$THERE")], holds: [.fails()]),
        Experiment(
          title: "by an id that the other Region has",
          setup: ClaimLab.plain + [
            "THERE=$(aws kms create-key --region us-west-2 --query KeyMetadata.KeyId --output text)"
          ], lines: [ClaimLab.start(under: "$THERE")], holds: [.fails()]),
      ],
      verdict: .supported, described: .supported,
      rule:
        "KMS answers NotFoundException: the key is not here. A key of another account in the same "
        + "Region is possible, by its ARN.",
      source: "Kinesis Data Streams Developer Guide, using KMS keys"),
    Claim(
      number: 52, says: "Start with the AWS managed key and move to your own later.",
      experiments: [
        Experiment(
          title: "records of both keys are read",
          setup: ClaimLab.plain + [
            ClaimLab.keyPolicy(
              ClaimLab.delegation, ClaimLab.service,
              "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::\(ClaimLab.account):user/admin\"},\"Action\":[\"kms:GenerateDataKey\",\"kms:Decrypt\"],\"Resource\":\"*\"}"
            ),
            ClaimLab.start(under: "alias/aws/kinesis"),
            "aws kinesis wait stream-exists --stream-name my-secure-stream", "wait 10s",
            ClaimLab.put(as: "admin", data: "b2xk"), ClaimLab.start(under: ClaimLab.key),
            "aws kinesis wait stream-exists --stream-name my-secure-stream", "wait 10s",
            ClaimLab.put(as: "admin"),
          ],
          lines: [ClaimLab.read.replacing("--profile consumer", with: "--profile admin")],
          holds: [.works, .prints("b2xk"), .prints("aGVsbG8=")])
      ],
      verdict: .supported, described: .supported,
      rule: "Nothing is encrypted again: the old key is needed until its last record's retention "
        + "ends.",
      source: "Kinesis API Reference, StartStreamEncryption"),
  ]

  private static let managed =
    ClaimLab.plain + [
      ClaimLab.start(under: "alias/aws/kinesis"),
      "aws kinesis wait stream-exists --stream-name my-secure-stream",
    ]

  private static let managedID =
    "$(aws kms describe-key --key-id alias/aws/kinesis --query KeyMetadata.KeyId --output text)"
}
