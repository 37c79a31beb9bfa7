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
        Experiment(
          title: "in a trail that excludes KMS",
          setup: ClaimLab.encrypted + [
            "aws cloudtrail put-event-selectors --trail-name my-trail --event-selectors "
              + "'[{\"ExcludeManagementEventSources\":[\"kms.amazonaws.com\"]}]'"
          ],
          lines: [ClaimLab.put(), "wait 5m", "where-is GenerateDataKey my-trail"],
          holds: [.prints("my-trail: yes")]),
      ],
      verdict: .depends, described: .depends,
      rule:
        "All operations of KMS are management events, which event history always has; a trail has "
        + "them unless it excludes KMS.",
      source: "AWS KMS Developer Guide, logging with CloudTrail"),
    Claim(
      number: 35, says: "To log KMS calls, a trail must log data events.",
      experiments: [
        Experiment(
          title: "data events of KMS",
          lines: [
            "aws cloudtrail put-event-selectors --trail-name my-trail --advanced-event-selectors "
              + "'[{\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]},"
              + "{\"Field\":\"resources.type\",\"Equals\":[\"AWS::KMS::Key\"]}]}]'"
          ], holds: [.works]),
        Experiment(
          title: "a trail as it was made, which logs none", setup: ClaimLab.encrypted,
          lines: [ClaimLab.put(), "where-is GenerateDataKey my-trail"],
          holds: [.prints("my-trail: no:")]),
      ],
      verdict: .refuted, described: .refuted,
      rule:
        "Calls of KMS are management events, which a trail takes as it is made; KMS has no data "
        + "events. PutRecord and GetRecords of Kinesis are data events.",
      source: "CloudTrail User Guide, logging management events"),
    Claim(
      number: 36, says: "create-trail makes a trail that logs the calls of KMS.",
      experiments: [
        Experiment(
          lines: [
            "aws cloudtrail create-trail --name kms-audit-trail --s3-bucket-name "
              + "my-cloudtrail-bucket",
            "aws cloudtrail get-trail-status --name kms-audit-trail",
          ], holds: [.prints("\"IsLogging\": true")])
      ],
      verdict: .refuted, described: .refuted,
      rule:
        "It makes one of one Region that logs nothing before start-logging, and takes no selectors.",
      source: "CloudTrail User Guide, creating a trail with the AWS CLI"),
    Claim(
      number: 37, says: "A log entry has eventName, sourceIPAddress, userIdentity and errorCode.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted,
          lines: [
            ClaimLab.put(as: "admin"),
            "aws cloudtrail lookup-events --lookup-attributes "
              + "AttributeKey=EventSource,AttributeValue=kms.amazonaws.com --query "
              + "'Events[].CloudTrailEvent' --output text",
          ],
          holds: ["eventName", "sourceIPAddress", "userIdentity"].map { .prints("\"\($0)\":") })
      ],
      verdict: .supported, described: .supported,
      rule:
        "All four exist; errorCode is there only when the call failed, and a denial is AccessDenied.",
      source: "CloudTrail User Guide, record contents"),
    Claim(
      number: 38,
      says:
        "The trail shows the very GenerateDataKey call that failed, and the producer that made it.",
      experiments: [
        Experiment(
          setup: ClaimLab.encrypted + [
            ClaimLab.keyPolicy(
              ClaimLab.delegation,
              "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:GenerateDataKey\",\"Resource\":\"*\"}"
            )
          ],
          lines: [
            ClaimLab.put(),
            "aws cloudtrail lookup-events --lookup-attributes "
              + "AttributeKey=EventName,AttributeValue=GenerateDataKey --query "
              + "'Events[0].CloudTrailEvent' --output text",
          ],
          holds: [
            .prints("\"errorCode\":\"AccessDenied\""),
            .prints("assumed-role/kinesis-producer-role/producer"),
            .prints("\"invokedBy\":\"kinesis.amazonaws.com\""),
          ])
      ],
      verdict: .supported, described: .supported,
      rule:
        "Kinesis asks KMS with the producer's own credentials, so the record names the producer, "
        + "and Kinesis as the one that asked for it.",
      source: "CloudTrail User Guide, userIdentity element; IAM User Guide, forward access sessions"
    ),
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
