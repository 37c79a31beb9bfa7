/// What the guide says of quotas, of caches, and of encryption on the client.
extension Claim {
  static let scale: [Claim] = [
    Claim(
      number: 11, says: "Kinesis decrypts the records with the master key.",
      experiments: [
        Experiment(
          title: "ten records are read, and KMS is asked to decrypt ten times",
          setup: ClaimLab.encrypted + [String](repeating: ClaimLab.put(), count: 10),
          lines: [ClaimLab.read], holds: [.check("counter kms:Decrypt since lesson >= 10")])
      ],
      verdict: .refuted, described: .refuted,
      rule: "The KMS key never leaves KMS and sees no record: KMS opens the data key, and Kinesis "
        + "opens the records with that.",
      source: "AWS KMS Developer Guide, envelope encryption"),
    Claim(
      number: 26,
      says: "KMS allows 10,000 requests per second in each Region, with a burst of up to 40,000.",
      experiments: [
        Experiment(
          title: "in the guide's Region, us-east-1", lines: ["meter"],
          holds: [.prints("us-east-1: 10,000 ")]),
        Experiment(
          title: "in Stockholm",
          lines: [
            "aws kms list-keys --region eu-north-1", "wait 1s", "meter --region eu-north-1",
          ],
          holds: [.prints("eu-north-1: 10,000 ")]),
        Experiment(
          title: "with a burst of four times as much, at a small quota of the same shape",
          setup: client + ["meter limit 50"],
          lines: ["load \(sealed) --rate 200/s --for 1s"],
          holds: [.check("load throttled = 0"), .check("load data-keys = 200")]),
      ],
      verdict: .depends, described: .supported,
      rule:
        "100,000, 20,000 or 10,000 a second by Region, shared by all callers of the account, and "
        + "nothing is saved up: what is over is refused for the rest of the second.",
      source: "AWS KMS Developer Guide, request quotas"),
    Claim(
      number: 27,
      says: "1,000 records a second make 1,000 requests to KMS; 20,000 exceed its quota.",
      experiments: [
        Experiment(
          title: "1,000 records within a second", setup: ClaimLab.encrypted,
          lines: ["load \(stream) --rate 1000/s --for 1s"],
          holds: [.check("load data-keys >= 1000")]),
        Experiment(
          title: "20,000 a second against 10,000, both at a hundredth: 200 against 100",
          setup: ClaimLab.encrypted + ["meter limit 100"],
          lines: ["load \(stream) --rate 200/s --for 6s"],
          holds: [.check("load throttled > 0")]),
      ],
      verdict: .refuted, described: .supported,
      rule: "Kinesis asks for a data key about every five minutes, for each stream and credential, "
        + "whatever the rate. 20,000 records a second need 20 shards, and hardly any KMS.",
      source: "Kinesis Data Streams Developer Guide, costs of server-side encryption"),
    Claim(
      number: 28, says: "When KMS throttles, Kinesis operations fail with ThrottlingException.",
      experiments: [
        Experiment(
          title: "put-record, when the quota is used up",
          setup: ClaimLab.encrypted + ["meter limit 1"] + usedUp,
          lines: ["load \(stream) --rate 10/s --for 500ms --distinct-credentials 10"],
          holds: [.prints("ThrottlingException"), .printsNot("KMSThrottlingException")]),
        Experiment(
          title: "a call of KMS itself", setup: client + ["meter limit 1"],
          lines: ["load \(sealed) --rate 10/s --for 1s"],
          holds: [.prints("ThrottlingException"), .printsNot("KMSThrottlingException")]),
      ],
      verdict: .depends, described: .supported,
      rule:
        "Kinesis says KMSThrottlingException; a direct call of KMS says ThrottlingException. What "
        + "Kinesis refuses for itself is ProvisionedThroughputExceededException.",
      source: "Kinesis API Reference, errors of PutRecord"),
    Claim(
      number: 30,
      says: "The client libraries cache data keys of server-side encryption by themselves.",
      experiments: [
        Experiment(
          title: "a library that caches", setup: ClaimLab.encrypted,
          lines: ["load \(stream) --rate 100/s --for 1s --cache library"],
          holds: [.works, .check("load data-keys = 1")])
      ],
      verdict: .refuted, described: .supported,
      rule:
        "No client of Kinesis does, and there is no AWSKinesisClientProvider. Kinesis itself uses "
        + "a data key for about five minutes, without a switch; caching is a feature of the AWS "
        + "Encryption SDK, for encryption on the client.",
      source: "AWS Encryption SDK Developer Guide, data key caching"),
    Claim(
      number: 31,
      says: "A cache has a default time to live of 60 seconds, and a maximum number of records.",
      experiments: [
        Experiment(
          title: "a cache without a time to live takes the default", setup: client,
          lines: ["load \(sealed) --rate 100/s --for 1s --cache max-messages=1000"],
          holds: [.works]),
        Experiment(
          title: "a cache that may serve ten records", setup: client,
          lines: ["load \(sealed) --rate 100/s --for 1s --cache max-age=60s,max-messages=10"],
          holds: [.check("load data-keys = 10"), .check("load exposed-records = 10")]),
      ],
      verdict: .depends, described: .depends,
      rule: "The maximum age has no default and must be given; 60 s is what samples show. Messages "
        + "and bytes have limits, so large that they bound nothing unless they are set.",
      source: "AWS Encryption SDK Developer Guide, setting cache security thresholds"),
    Claim(
      number: 32,
      says: "With the cache, 1,000 records a second need 1 or 2 data keys a second.",
      experiments: [
        Experiment(
          title: "with the 60 seconds alone, over 3 seconds", setup: client,
          lines: ["load \(sealed) --rate 1000/s --for 3s --cache max-age=60s"],
          holds: [.check("load data-keys >= 3")]),
        Experiment(
          title: "with at most 500 records for each data key", setup: client,
          lines: [
            "load \(sealed) --rate 1000/s --for 1s --cache max-age=60s,max-messages=500"
          ],
          holds: [.check("load data-keys = 2")]),
      ],
      verdict: .depends, described: .depends,
      rule:
        "60 seconds alone give one data key a minute. It is the limit of messages that makes 1 or "
        + "2 a second: 500 to 1,000 for each.",
      source: "AWS Encryption SDK Developer Guide, setting cache security thresholds"),
    Claim(
      number: 33,
      says: "A leaked cached key concerns many records, bounded by time and number.",
      experiments: [
        Experiment(
          title: "with 60 seconds, many", setup: client,
          lines: ["load \(sealed) --rate 200/s --for 1s --cache max-age=60s"],
          holds: [
            .check("load exposed-records = 200"), .check("load most-exposed-records = 12000"),
          ]
        ),
        Experiment(
          title: "with a limit of 50 records, no more than these", setup: client,
          lines: ["load \(sealed) --rate 200/s --for 1s --cache max-age=60s,max-messages=50"],
          holds: [.check("load most-exposed-records = 50")]),
      ],
      verdict: .supported, described: .supported,
      rule: "The guide says that it could encrypt them: the trouble is that it decrypts them, all "
        + "that were sealed with it.",
      source: "AWS Encryption SDK Developer Guide, data key caching"),
    Claim(
      number: 44,
      says: "KMS sees the plaintext with server-side encryption, and never on the client.",
      experiments: [
        Experiment(
          title: "server side: the record goes to KMS", setup: ClaimLab.encrypted,
          lines: [ClaimLab.put()], holds: [.check("trail has kms:Encrypt since lesson")]),
        Experiment(
          title: "on the client, with data keys: it does not", setup: client,
          lines: ["load \(sealed) --rate 10/s --for 1s"],
          holds: [
            .check("trail lacks kms:Encrypt since lesson"),
            .check("trail has kms:GenerateDataKey since lesson"),
          ]),
        Experiment(
          title: "on the client, with kms encrypt: it does not",
          lines: [
            "aws kms encrypt --key-id \(ClaimLab.key) --plaintext aGVsbG8= --query CiphertextBlob"
          ], holds: [.check("trail lacks kms:Encrypt since lesson")]),
      ],
      verdict: .depends, described: .depends,
      rule:
        "Server side, Kinesis sees the record and KMS sees data keys only. On the client KMS sees "
        + "data keys only as well, unless the text itself is sent to kms encrypt.",
      source: "AWS KMS API Reference, Encrypt and GenerateDataKey"),
    Claim(
      number: 45,
      says: "With encryption on the client, metrics give no insight into the data.",
      experiments: [
        Experiment(
          title: "sealed by the client: sizes and counts",
          setup: ClaimLab.plain, lines: [putSealed, names("SEALED"), "echo $SEALED"],
          holds: [.prints("IncomingBytes"), .printsNot("aGVsbG8")]),
        Experiment(
          title: "and in the clear they show more",
          setup: ClaimLab.plain + [
            ClaimLab.put(), names("CLEAR"),
            "aws kinesis delete-stream --stream-name my-secure-stream",
            "wait 1m",
          ] + ClaimLab.plain,
          lines: [putSealed, names("SEALED")], holds: [.differ("CLEAR", "SEALED")]),
      ],
      verdict: .depends, described: .depends,
      rule: "They never do, encrypted or not: Kinesis counts calls, records and bytes.",
      source: "Kinesis Data Streams Developer Guide, monitoring with CloudWatch"),
    Claim(
      number: 46,
      says: "Kinesis does not know that data was encrypted by the client: it stores bytes.",
      experiments: [
        Experiment(
          setup: ClaimLab.plain, lines: [putSealed],
          holds: [.works, .check("stream my-secure-stream plain = 1")])
      ],
      verdict: .supported, described: .supported,
      rule: "The stream says EncryptionType NONE and hands out what it got. The sealed record is "
        + "longer, and its length counts against the shard.",
      source: "Kinesis API Reference, PutRecord"),
    Claim(
      number: 50,
      says: "The key's policy must allow the principal, or the Kinesis service.",
      experiments: [
        Experiment(
          title: "the Kinesis service only",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(ClaimLab.administrator, ClaimLab.service)
          ], lines: [ClaimLab.put()], holds: [.works]),
        Experiment(
          title: "the principal",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(
              ClaimLab.administrator,
              ClaimLab.allow("kinesis-producer-role", "kms:GenerateDataKey"),
              ClaimLab.service)
          ], lines: [ClaimLab.put()], holds: [.works]),
      ],
      verdict: .depends, described: .depends,
      rule: "Only the principal counts, by name or through the account: Kinesis asks KMS with the "
        + "caller's credentials.",
      source: "IAM User Guide, forward access sessions"),
    Claim(
      number: 56,
      says: "Encryption, IAM, key policy, Region, quota: who checked these has found the cause.",
      experiments: [
        Experiment(
          title: "all five are right, and the key is disabled",
          setup: ClaimLab.encrypted + [
            "aws kms disable-key --key-id \(ClaimLab.key)",
            "check can producer kms:GenerateDataKey on \(ClaimLab.key) via \(ClaimLab.stream) = allow",
          ], lines: [ClaimLab.put()], holds: [.works])
      ],
      verdict: .refuted, described: .refuted,
      rule:
        "There are more: the key's state, an explicit Deny, conditions, boundaries, organization "
        + "policies, session policies, grants. drills has some fifty.",
      source:
        "AWS KMS Developer Guide, troubleshooting key access; IAM User Guide, evaluation logic"),
  ]

  /// Why some sentences of the guide have no experiment.
  static let untried: [(number: Int, says: String, why: String)] = [
    (
      1, "Data in flight is what server-side encryption protects.",
      "the lab has no network: in transit TLS protects; at rest it does, from the disk on"
    ),
    (
      29, "The quota of KMS is raised by a support case.",
      "people do that, and the lab has none: Service Quotas is the way that AWS documents"
    ),
    (
      54, "Encryption does not cost performance.",
      "the lab's calls take no time of AWS's: AWS documents less than 100 microseconds"
    ),
    (55, "Words run into the ARNs.", "a slip of the text's layout, no claim"),
    (57, "Master key, CMK.", "words: AWS says KMS key today, and some messages still say CMK"),
  ]

  private static let stream = "--stream-name \(ClaimLab.stream) --record-size 64"
  private static let sealed = stream + " --encrypt client"

  /// A stream in the clear, for a client that seals by itself.
  private static let client = [
    "aws kinesis create-stream --stream-name \(ClaimLab.stream) --shard-count 2",
    "aws kinesis wait stream-exists --stream-name \(ClaimLab.stream)", "wait 10s",
  ]

  /// Typed calls use up what is saved up.
  private static let usedUp = [String](
    repeating: "aws kms generate-random --number-of-bytes 1 --query Plaintext", count: 1)

  private static let putSealed =
    "aws kinesis put-record --stream-name \(ClaimLab.stream) --partition-key a --profile producer "
    + "--data $(aws kms encrypt --key-id \(ClaimLab.key) --plaintext aGVsbG8= "
    + "--query CiphertextBlob --output text)"

  private static func names(_ variable: String) -> String {
    "\(variable)=$(aws cloudwatch list-metrics --namespace AWS/Kinesis "
      + "--query 'Metrics[].MetricName' --output text)"
  }
}
