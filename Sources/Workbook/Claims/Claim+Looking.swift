/// What the guide says of finding out.
extension Claim {
  static let looking: [Claim] = [
    Claim(
      number: 34,
      says: "CloudTrail logs every KMS call, with who made it and whether it succeeded.",
      experiments: [
        Experiment(
          title: "a call that was allowed", setup: ClaimLab.encrypted, lines: [ClaimLab.put()],
          holds: [.check("trail has kms:GenerateDataKey by producer = ok since lesson")]),
        Experiment(
          title: "a call that was refused",
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(
              ClaimLab.delegation,
              "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:GenerateDataKey\",\"Resource\":\"*\"}"
            )
          ], lines: [ClaimLab.put()],
          holds: [
            .fails(),
            .check(
              "trail has kms:GenerateDataKey by producer = AccessDeniedException since lesson"),
          ]),
      ],
      verdict: .supported, described: .supported,
      rule: "All operations of KMS are management events, unless a trail excludes KMS.",
      source: "AWS KMS Developer Guide, logging with CloudTrail"),
    Claim(
      number: 47, says: "describe-stream shows EncryptionType NONE or KMS, and the KeyId.",
      experiments: [
        Experiment(
          title: "in the clear", setup: ClaimLab.plain,
          lines: ["aws kinesis describe-stream --stream-name my-secure-stream"],
          holds: [.prints("\"EncryptionType\": \"NONE\""), .prints("\"KeyId\": null")]),
        Experiment(
          title: "encrypted", setup: ClaimLab.encrypted,
          lines: ["aws kinesis describe-stream --stream-name my-secure-stream"],
          holds: [.prints("\"EncryptionType\": \"KMS\""), .prints(ClaimLab.key)]),
      ],
      verdict: .supported, described: .supported,
      rule:
        "KeyId is null in the clear, and otherwise what was given when encryption was turned on.",
      source: "Kinesis API Reference, DescribeStream"),
  ]
}
