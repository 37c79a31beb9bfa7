/// What CloudTrail says about an operation, whoever calls it.
///
/// Source: CloudTrail User Guide, logging management events and logging data events; AWS KMS
/// Developer Guide, logging with CloudTrail; IAM User Guide, logging with CloudTrail.
package struct EventKind: Hashable, Sendable {
  /// `kms.amazonaws.com`
  package let source: String
  /// `GenerateDataKey`
  package let name: String
  /// Whether it is done with the data in a resource; such events need a selector that asks for them.
  package let isData: Bool
  package let isReadOnly: Bool
  /// Whether its answer holds credentials, of which the trail names all but the secret.
  package let givesCredentials: Bool
  /// Whether its service has no Region; then the event belongs to us-east-1.
  package let isGlobal: Bool
  /// `AWS::Kinesis::Stream`: what a selector for data events names. Empty for management events.
  package let dataType: String

  init(_ id: OperationID) {
    let service = id.service
    let name = id.operation
    self.name = Self.names[service]?[name] ?? name
    source = (Self.sources[service] ?? service) + ".amazonaws.com"
    isData = Self.dataEvents[service]?.contains(name) ?? false
    dataType = isData ? Self.dataTypes[name] ?? Self.dataTypes[service] ?? "" : ""
    isReadOnly =
      Self.reads[service]?.contains(name) ?? false
      || Self.readingVerbs.contains { name.hasPrefix($0) }
    givesCredentials =
      service == "sts" && (name.hasPrefix("AssumeRole") || Self.tokens.contains(name))
    isGlobal = ["iam", "sts", "organizations"].contains(service)
  }

  /// Operations that the trail calls otherwise.
  /// Source: a published record of `aws s3 ls`, of both versions of the list.
  private static let names = ["s3": ["ListObjectsV2": "ListObjects"]]

  /// Services whose name in the trail is not their name in policies.
  private static let sources = ["cloudwatch": "monitoring"]

  private static let dataEvents: [String: Set<String>] = [
    "kinesis": ["PutRecord", "PutRecords", "GetRecords", "GetShardIterator", "SubscribeToShard"],
    "s3": [
      "PutObject", "GetObject", "HeadObject", "DeleteObject", "DeleteObjects", "CopyObject",
      "ListObjectsV2", "HeadBucket",
    ],
    "logs": ["PutLogEvents"],
    "cloudwatch": ["PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics"],
  ]

  /// By operation where it stands out, or by service.
  private static let dataTypes = [
    "SubscribeToShard": "AWS::Kinesis::StreamConsumer",
    "kinesis": "AWS::Kinesis::Stream", "s3": "AWS::S3::Object",
    "cloudwatch": "AWS::CloudWatch::Metric",
  ]

  private static let tokens: Set<String> = ["GetSessionToken", "GetFederationToken"]

  private static let readingVerbs = [
    "Get", "List", "Describe", "Lookup", "Head", "Simulate", "Filter", "Decode",
  ]

  /// Operations that change nothing although their name does not say so.
  private static let reads: [String: Set<String>] = [
    "kms": [
      "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
      "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateRandom",
      "GenerateMac", "VerifyMac", "Sign", "Verify", "DeriveSharedSecret",
    ],
    "sts": ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"],
    "kinesis": ["SubscribeToShard"],
    "logs": ["StartQuery", "StopQuery", "TestMetricFilter"],
  ]
}

extension OperationID {
  private static let kinds = allCases.map { EventKind($0) }

  /// Its place in `allCases`: the number by which a case without a payload is stored.
  package var index: Int {
    withUnsafeBytes(of: self) {
      $0.count == 1 ? Int($0[0]) : Int($0.loadUnaligned(as: UInt16.self))
    }
  }

  package var kind: EventKind { Self.kinds[index] }
}
