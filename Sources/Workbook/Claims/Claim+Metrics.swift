/// What the guide says of queries, metrics and alarms.
extension Claim {
  static let metrics: [Claim] = [
    Claim(
      number: 39, says: "CloudWatch Insights queries the CloudTrail logs.",
      experiments: [
        Experiment(
          title: "as the trail was made", setup: ClaimLab.encrypted + [ClaimLab.put(), "wait 15m"],
          lines: [startQuery], holds: [.works]),
        Experiment(
          title: "when the trail delivers to a log group",
          setup: toLogs + ClaimLab.encrypted + [ClaimLab.put(), "wait 15m"],
          lines: [
            "QUERY=$(\(startQuery) --query queryId --output text)",
            "aws logs get-query-results --query-id $QUERY --query results --output text",
          ], holds: [.prints("GenerateDataKey")]),
      ],
      verdict: .depends, described: .depends,
      rule:
        "It is called CloudWatch Logs Insights, and reads log groups: the trail must be told to "
        + "deliver to one, with a role that may write there.",
      source: "CloudTrail User Guide, sending events to CloudWatch Logs"),
    Claim(
      number: 40, says: "The query counts the GenerateDataKey calls that failed.",
      experiments: [
        Experiment(
          title: "as written: one call failed, and two went well", setup: oneOfThree,
          lines: ["insights '\(query) | stats count() as failures by errorCode'"],
          holds: [.prints("1 matched")]),
        Experiment(
          title: "with filter ispresent(errorCode) before it", setup: oneOfThree,
          lines: [
            "insights '\(query) | filter ispresent(errorCode) | stats count() as failures by errorCode'"
          ], holds: [.prints("AccessDenied"), .prints("1 matched")]),
      ],
      verdict: .depends, described: .depends,
      rule: "It counts all calls; those that went well are the row without an errorCode.",
      source: "CloudWatch Logs User Guide, query syntax"),
    Claim(
      number: 41,
      says: "With KMS detailed monitoring enabled, metrics show the number of requests.",
      experiments: [
        Experiment(
          title: "they show it", setup: ClaimLab.encrypted + [ClaimLab.put()],
          lines: ["aws cloudwatch list-metrics --namespace AWS/Usage --metric-name CallCount"],
          holds: [.prints("CryptographicOperationsSymmetric")]),
        Experiment(
          title: "only after a setting of KMS: nobody set any here, and they are missing",
          setup: ClaimLab.encrypted + [ClaimLab.put()],
          lines: ["aws cloudwatch list-metrics --namespace AWS/Usage --metric-name CallCount"],
          holds: [.printsNot("CryptographicOperationsSymmetric")]),
      ],
      verdict: .depends, described: .depends,
      rule:
        "KMS has no such setting: AWS/Usage CallCount and AWS/KMS SuccessfulRequest are there by "
        + "themselves.",
      source: "AWS KMS Developer Guide, monitoring with CloudWatch"),
    Claim(
      number: 42, says: "A key has the metrics UserErrorCount and ThrottledCount.",
      experiments: [
        Experiment(
          title: "UserErrorCount, after a refusal", setup: oneOfThree,
          lines: [points("UserErrorCount")], holds: [.prints("1")]),
        Experiment(
          title: "ThrottledCount, after the quota was used up",
          setup: ClaimLab.plain + [
            "meter limit 1",
            "load --stream-name \(ClaimLab.stream) --rate 10/s --for 1s --encrypt client",
          ], lines: [points("ThrottledCount")], holds: [.prints("1")]),
      ],
      verdict: .refuted, described: .supported,
      rule: "KMS measures neither. CloudWatch answers with no data points for a name that nobody "
        + "measures, as for any other.",
      source: "AWS KMS Developer Guide, monitoring with CloudWatch"),
    Claim(
      number: 43, says: "CloudWatch alarms on KMS error metrics tell you when something is wrong.",
      experiments: [
        Experiment(
          title: "an alarm on the key's UserErrorCount",
          setup: toLogs + ClaimLab.encrypted + [
            alarm(
              "--namespace AWS/KMS --metric-name UserErrorCount --dimensions Name=KeyId,Value=\(ClaimLab.key)"
            ), "wait 5m", denied,
          ],
          lines: [ClaimLab.put(), "wait 10m"], holds: [.check("alarm on UserErrorCount rang >= 1")]),
        Experiment(
          title: "an alarm on refusals that a metric filter counts in the trail's log group",
          setup: toLogs + ClaimLab.encrypted + [
            "aws logs put-metric-filter --log-group-name CloudTrail/logs --filter-name denied "
              + "--filter-pattern '{ ($.eventSource = \"kms.amazonaws.com\") && ($.errorCode = \"AccessDenied*\") }' "
              + "--metric-transformations metricName=KMSDenied,metricNamespace=Lab,metricValue=1,defaultValue=0",
            alarm("--namespace Lab --metric-name KMSDenied"), "wait 5m", denied,
          ],
          lines: [ClaimLab.put(), "wait 15m"], holds: [.check("alarm on KMSDenied rang >= 1")]),
        Experiment(
          title: "an alarm on the share of puts that succeed",
          setup: ClaimLab.encrypted + [
            "aws cloudwatch put-metric-alarm --alarm-name a --namespace AWS/Kinesis "
              + "--metric-name PutRecord.Success --dimensions Name=StreamName,Value=\(ClaimLab.stream) "
              + "--statistic Average --period 60 --evaluation-periods 1 --threshold 0.9 "
              + "--comparison-operator LessThanThreshold --treat-missing-data notBreaching",
            "wait 2m", denied,
          ],
          lines: [ClaimLab.put(), "wait 2m"],
          holds: [.check("alarm on PutRecord.Success rang >= 1")]),
      ],
      verdict: .depends, described: .supported,
      rule:
        "There is no such metric for ordinary keys. A metric filter on the trail's log group, or "
        + "PutRecord.Success and GetRecords.Success of the stream, tell it.",
      source: "Kinesis Data Streams Developer Guide, troubleshooting server-side encryption"),
  ]

  private static let query =
    "fields @timestamp, userIdentity.principalId, eventName, errorCode | filter eventSource = "
    + "\"kms.amazonaws.com\" and eventName = \"GenerateDataKey\""

  private static let denied = ClaimLab.keyPolicy(
    ClaimLab.delegation,
    "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:GenerateDataKey\",\"Resource\":\"*\"}"
  )

  /// One put that KMS refuses, and two calls of GenerateDataKey that went well.
  private static let oneOfThree =
    ClaimLab.encrypted + [dataKey, dataKey, denied, "\(ClaimLab.put()) || echo refused"]

  private static let dataKey =
    "aws kms generate-data-key --key-id \(ClaimLab.key) --key-spec AES_256 --query KeyId"

  private static let toLogs = [
    "aws logs create-log-group --log-group-name CloudTrail/logs",
    "aws iam create-role --role-name trail-to-logs --assume-role-policy-document "
      + "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      + "\"cloudtrail.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}'",
    "aws iam put-role-policy --role-name trail-to-logs --policy-name write --policy-document "
      + "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
      + "[\"logs:CreateLogStream\",\"logs:PutLogEvents\"],\"Resource\":\"*\"}]}'",
    "aws cloudtrail update-trail --name my-trail --cloud-watch-logs-log-group-arn "
      + "'arn:aws:logs:us-east-1:\(ClaimLab.account):log-group:CloudTrail/logs:*' "
      + "--cloud-watch-logs-role-arn arn:aws:iam::\(ClaimLab.account):role/trail-to-logs",
  ]

  private static let startQuery =
    "aws logs start-query --log-group-name CloudTrail/logs --start-time 1767603600 "
    + "--end-time 1767610800 --query-string 'fields eventName'"

  private static func points(_ metric: String) -> String {
    "aws cloudwatch get-metric-statistics --namespace AWS/KMS --metric-name \(metric) --dimensions "
      + "Name=KeyId,Value=\(ClaimLab.key) --start-time 2026-01-05T09:00:00Z "
      + "--end-time 2026-01-05T10:00:00Z --period 3600 --statistics Sum --query 'length(Datapoints)'"
  }

  private static func alarm(_ metric: String) -> String {
    "aws cloudwatch put-metric-alarm --alarm-name a \(metric) --statistic Sum --period 300 "
      + "--evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold "
      + "--treat-missing-data notBreaching"
  }
}
