import API
import Testing
import Values

@testable import Cloud

/// A lab in which calls of any service are made and the trail is read.
struct TrailLab {
  var cloud = Cloud.start()

  func session(_ profile: String) throws -> SessionID {
    try #require(cloud.world.identities.session(ofProfile: profile))
  }

  /// `kms GenerateDataKey`; a call that fails throws.
  @discardableResult
  mutating func call(
    _ name: String, _ input: JSON = [:], as profile: String = "admin", in region: Region = .usEast1
  ) throws -> JSON {
    let parts = name.split(separator: " ").map(String.init)
    let operation = try #require(Service.named(parts[0])?.operation(named: parts[1]))
    let call = Call(session: try session(profile), region: region)
    cloud.forgetControlPlane()
    return try cloud.call(operation, of: operation.service, input, call) ?? .null
  }

  /// The refusal of a call.
  mutating func refusal(
    _ name: String, _ input: JSON = [:], as profile: String = "admin", in region: Region = .usEast1
  ) -> ServiceError? {
    do {
      try call(name, input, as: profile, in: region)
      return nil
    } catch {
      return error as? ServiceError
    }
  }

  /// All rows, oldest first.
  var rows: [TrailRow] {
    var rows: [TrailRow] = []
    cloud.eachRow(from: CloudTrail.Cursor(event: 0, happening: 0), to: cloud.trailEnd) {
      rows.append($0)
      return true
    }
    return rows
  }

  var records: [JSON] { rows.map { cloud.record(of: $0) } }

  /// The newest record of an event by its name.
  func record(_ name: String) throws -> JSON {
    try #require(records.last { $0["eventName"]?.string == name }, "no \(name)")
  }

  /// An encrypted stream that producer and consumer may use, and that both have used.
  static func used(_ model: Model = .described) throws -> TrailLab {
    var lab = TrailLab()
    lab.cloud.setModel(model)
    let stream: JSON = ["StreamName": "my-secure-stream"]
    try lab.call("kinesis CreateStream", ["StreamName": "my-secure-stream", "ShardCount": 1])
    lab.cloud.advance(by: .seconds(11))
    try lab.call(
      "kinesis StartStreamEncryption",
      [
        "StreamName": "my-secure-stream", "EncryptionType": "KMS",
        "KeyId": .string(StartNames.keyID),
      ])
    lab.cloud.advance(by: .seconds(10))
    try lab.call(
      "kinesis PutRecord",
      ["StreamName": "my-secure-stream", "Data": "c2VjcmV0", "PartitionKey": "seven"],
      as: "producer")
    let iterator = try lab.call(
      "kinesis GetShardIterator",
      [
        "StreamName": "my-secure-stream", "ShardId": "shardId-000000000000",
        "ShardIteratorType": "TRIM_HORIZON",
      ], as: "consumer")
    try lab.call(
      "kinesis GetRecords", ["ShardIterator": iterator["ShardIterator"] ?? .null], as: "consumer")
    _ = lab.refusal(
      "kinesis PutRecord", stream.with([("Data", "YQ=="), ("PartitionKey", "p")]), as: "consumer")
    _ = lab.refusal("kms Decrypt", ["CiphertextBlob": "YWJj"])
    return lab
  }

  // MARK: A log group

  private static let group = "CloudTrail/logs"

  /// Has the trail write to a log group too.
  mutating func deliverToLogs() throws {
    try call("logs CreateLogGroup", ["logGroupName": .string(Self.group)])
    try call(
      "iam CreateRole",
      [
        "RoleName": "ToLogs",
        "AssumeRolePolicyDocument":
          #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
      ])
    try allowDelivery()
    try call(
      "cloudtrail UpdateTrail",
      [
        "Name": .string(StartNames.trail),
        "CloudWatchLogsLogGroupArn":
          "arn:aws:logs:us-east-1:123456789012:log-group:CloudTrail/logs:*",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/ToLogs",
      ])
  }

  /// Lets the role of the delivery write.
  mutating func allowDelivery() throws {
    try call(
      "iam PutRolePolicy",
      [
        "RoleName": "ToLogs", "PolicyName": "Write",
        "PolicyDocument":
          #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:123456789012:log-group:CloudTrail/logs:*"}]}"#,
      ])
  }
}
