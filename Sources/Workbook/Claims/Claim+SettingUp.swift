/// What the guide says of turning encryption on, and of what happens to records.
extension Claim {
  static let settingUp: [Claim] = [
    Claim(
      number: 2,
      says:
        "Once encryption is on, every record is encrypted when it lands in a shard, and stays so.",
      experiments: [
        Experiment(
          title: "a record put after the stream is ACTIVE again", setup: ClaimLab.encrypted,
          lines: [ClaimLab.put()],
          holds: [.works, .check("stream my-secure-stream encrypted = 1")]),
        Experiment(
          title: "a record that was there before", setup: ClaimLab.plain + [ClaimLab.put()],
          lines: [
            ClaimLab.start(under: ClaimLab.key),
            "aws kinesis wait stream-exists --stream-name my-secure-stream",
          ],
          holds: [.check("stream my-secure-stream plain = 0")]),
      ],
      verdict: .depends, described: .depends,
      rule: "Encryption begins with the records that arrive when the change is through. What was "
        + "stored before stays as it was until its retention ends.",
      source: "Kinesis Data Streams Developer Guide, getting started with server-side encryption"),
    Claim(
      number: 3, says: "The data key is derived from the master key.",
      experiments: [
        Experiment(
          lines: [
            "FIRST=$(aws kms generate-data-key --key-id \(ClaimLab.key) --key-spec AES_256 --query Plaintext --output text)",
            "SECOND=$(aws kms generate-data-key --key-id \(ClaimLab.key) --key-spec AES_256 --query Plaintext --output text)",
          ],
          holds: [.same("FIRST", "SECOND")])
      ],
      verdict: .refuted, described: .refuted,
      rule:
        "A data key is fresh random bytes. The KMS key only wraps it, so two data keys under one "
        + "key have nothing in common.",
      source: "AWS KMS API Reference, GenerateDataKey"),
    Claim(
      number: 5, says: "Consumers need not decrypt: Kinesis does it when they read.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted + [ClaimLab.put()], lines: [ClaimLab.read],
          holds: [.works, .prints("\"Data\": \"aGVsbG8=\"")])
      ],
      verdict: .supported, described: .supported,
      rule: "The consumer gets the plaintext. Kinesis had the data key opened with the consumer's "
        + "own credentials.",
      source: "Kinesis Data Streams Developer Guide, what is server-side encryption"),
    Claim(
      number: 6, says: "create-stream --key-id makes an encrypted stream.",
      experiments: [
        Experiment(
          lines: [
            "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1 --key-id \(ClaimLab.key)"
          ],
          holds: [.works])
      ],
      verdict: .refuted, described: .supported,
      rule:
        "CreateStream has no such member and the CLI no such option. A stream is made, and then "
        + "start-stream-encryption is asked for.",
      source: "Kinesis API Reference, CreateStream"),
    Claim(
      number: 7, says: "Without --key-id Kinesis takes the AWS managed key.",
      experiments: [
        Experiment(
          title: "when the stream is made",
          lines: [
            "aws kinesis create-stream --stream-name my-secure-stream --shard-count 1 --encryption-type KMS",
            "aws kinesis wait stream-exists --stream-name my-secure-stream",
          ],
          holds: [.works, .check("stream my-secure-stream key = alias/aws/kinesis")]),
        Experiment(
          title: "when encryption is turned on", setup: ClaimLab.plain,
          lines: [
            "aws kinesis start-stream-encryption --stream-name my-secure-stream --encryption-type KMS"
          ],
          holds: [.works]),
      ],
      verdict: .refuted, described: .supported,
      rule: "Without the option the stream is made in the clear, and start-stream-encryption "
        + "requires --key-id.",
      source: "Kinesis API Reference, StartStreamEncryption"),
    Claim(
      number: 9, says: "For each record put there is at least one GenerateDataKey call.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted, lines: Array(repeating: ClaimLab.put(), count: 10),
          holds: [.check("counter kms:GenerateDataKey by producer since lesson >= 10")])
      ],
      verdict: .refuted, described: .supported,
      rule: "Kinesis uses one data key for about five minutes, for each stream and each set of the "
        + "caller's credentials.",
      source: "Kinesis Data Streams Developer Guide, costs of server-side encryption"),
    Claim(
      number: 10, says: "For each batch read there is at least one Decrypt call.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted + [ClaimLab.put()],
          lines: [ClaimLab.read, ClaimLab.read, ClaimLab.read],
          holds: [.check("counter kms:Decrypt by consumer since lesson >= 3")])
      ],
      verdict: .refuted, described: .supported,
      rule: "An opened data key is used again for about five minutes by the same credentials.",
      source: "Kinesis Data Streams Developer Guide, costs of server-side encryption"),
    Claim(
      number: 12, says: "The AWS managed key goes by the alias aws/kinesis.",
      experiments: [
        Experiment(
          title: "as the guide spells it", setup: ClaimLab.plain,
          lines: [ClaimLab.start(under: "aws/kinesis")], holds: [.works]),
        Experiment(
          title: "with alias/ in front", setup: ClaimLab.plain,
          lines: [ClaimLab.start(under: "alias/aws/kinesis")], holds: [.works]),
      ],
      verdict: .depends, described: .depends,
      rule: "The alias is alias/aws/kinesis. Without the prefix it is taken for a key's id.",
      source: "AWS KMS API Reference, key identifiers"),
    Claim(
      number: 16, says: "The key may be given as its ARN, its id or an alias.",
      experiments: [
        Experiment(
          title: "the ARN", setup: ClaimLab.plain,
          lines: [
            ClaimLab.start(under: "arn:aws:kms:us-east-1:\(ClaimLab.account):key/\(ClaimLab.key)")
          ], holds: [.works]),
        Experiment(
          title: "the id", setup: ClaimLab.plain, lines: [ClaimLab.start(under: ClaimLab.key)],
          holds: [.works]),
        Experiment(
          title: "an alias",
          setup: ClaimLab.plain + [
            "aws kms create-alias --alias-name alias/guide --target-key-id \(ClaimLab.key)"
          ], lines: [ClaimLab.start(under: "alias/guide")], holds: [.works]),
        Experiment(
          title: "an alias's ARN",
          setup: ClaimLab.plain + [
            "aws kms create-alias --alias-name alias/guide --target-key-id \(ClaimLab.key)"
          ],
          lines: [
            ClaimLab.start(under: "arn:aws:kms:us-east-1:\(ClaimLab.account):alias/guide")
          ], holds: [.works]),
      ],
      verdict: .supported, described: .supported,
      rule: "All four forms are taken. A stream that is set to an alias follows it.",
      source: "Kinesis API Reference, StartStreamEncryption"),
    Claim(
      number: 17, says: "The encryption type is always KMS.",
      experiments: [
        Experiment(
          setup: ClaimLab.plain,
          lines: [
            "aws kinesis start-stream-encryption --stream-name my-secure-stream --encryption-type NONE --key-id \(ClaimLab.key)"
          ], holds: [.fails("InvalidArgumentException")])
      ],
      verdict: .supported, described: .supported,
      rule: "NONE is what replies say of a stream in the clear; nobody can ask for it.",
      source: "Kinesis API Reference, EncryptionType"),
    Claim(
      number: 18, says: "Turning encryption on may take a moment.",
      experiments: [
        Experiment(
          setup: ClaimLab.plain,
          lines: [
            ClaimLab.start(under: ClaimLab.key),
            "aws kinesis describe-stream-summary --stream-name my-secure-stream",
          ], holds: [.prints("\"StreamStatus\": \"UPDATING\"")])
      ],
      verdict: .supported, described: .supported,
      rule: "The stream is UPDATING and then ACTIVE; it is read and written all the while.",
      source: "Kinesis API Reference, StartStreamEncryption"),
    Claim(
      number: 19, says: "describe-stream shows StreamStatus and EncryptionType.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted,
          lines: ["aws kinesis describe-stream --stream-name my-secure-stream"],
          holds: [
            .prints("\"StreamStatus\": \"ACTIVE\""), .prints("\"EncryptionType\": \"KMS\""),
          ])
      ],
      verdict: .supported, described: .supported,
      rule: "So does describe-stream-summary, without the shards.",
      source: "Kinesis API Reference, DescribeStream"),
  ]
}
