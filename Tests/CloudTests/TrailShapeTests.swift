import API
import Policies
import Testing
import Values

@testable import Cloud

/// A record as CloudTrail writes one: what is the same in all of them is said once.
///
/// Source: CloudTrail User Guide, record contents; AWS KMS Developer Guide, log entries.
private struct Shape {
  var identity: JSON
  var source: String
  var name: String
  /// `kms.describe-key`, the command that a record of the command line names.
  var command: String?
  /// The service that asks, for itself or for somebody.
  var service: String?
  var error: (code: String, text: String)?
  var parameters: JSON = .null
  var elements: JSON = .null
  var additional: JSON?
  var readOnly = true
  var resources: JSON?
  var isData = false
  var isShared = false
  var host: String?
  var account = "123456789012"

  var json: JSON {
    var object = JSONObject([
      ("eventVersion", "1.11"), ("userIdentity", identity), ("eventTime", "<time>"),
      ("eventSource", .string(source)), ("eventName", .string(name)), ("awsRegion", "us-east-1"),
      ("sourceIPAddress", .string(service ?? "203.0.113.12")),
      ("userAgent", service.map { .string($0) } ?? .string("<agent \(command ?? "")>")),
    ])
    if let error {
      object["errorCode"] = .string(error.code)
      object["errorMessage"] = .string(error.text)
    }
    object["requestParameters"] = parameters
    object["responseElements"] = elements
    object["additionalEventData"] = additional
    object["requestID"] = "<uuid>"
    object["eventID"] = "<uuid>"
    object["readOnly"] = .bool(readOnly)
    object["resources"] = resources
    object["eventType"] = "AwsApiCall"
    object["managementEvent"] = .bool(!isData)
    object["recipientAccountId"] = .string(account)
    if isShared { object["sharedEventID"] = "<uuid>" }
    object["eventCategory"] = isData ? "Data" : "Management"
    if let host {
      object["tlsDetails"] = [
        "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": .string(host),
      ]
    }
    return .object(object)
  }

  /// Where a record differs, its members' order included.
  static func differences(_ found: JSON?, _ wanted: JSON, _ path: String = "") -> [String] {
    guard let found else { return ["\(path) is missing"] }
    if let wanted = wanted.object {
      guard let found = found.object else { return ["\(path) is no object but \(found)"] }
      guard found.names == wanted.names else {
        return ["\(path) has \(found.names), not \(wanted.names)"]
      }
      return wanted.members.flatMap {
        differences(found[$0.name], $0.value, path.isEmpty ? $0.name : "\(path).\($0.name)")
      }
    }
    if let wanted = wanted.array, let found = found.array, wanted.count == found.count {
      return wanted.indices.flatMap { differences(found[$0], wanted[$0], "\(path).\($0)") }
    }
    let text = found.string ?? ""
    let fits: Bool
    switch wanted.string {
    case "<uuid>"?: fits = text.wholeMatch(of: /[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/) != nil
    case "<hex64>"?: fits = text.wholeMatch(of: /[0-9a-f]{64}/) != nil
    case "<time>"?:
      fits = text.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil
    case "<java>"?:
      fits = text.wholeMatch(of: /[A-Z][a-z]{2} \d+, 20\d\d, \d+:\d\d:\d\d (AM|PM)/) != nil
    case "<any>"?: fits = !text.isEmpty
    case "<word>"?: fits = text.wholeMatch(of: /[A-Za-z0-9-]+/) != nil
    case let agent? where agent.hasPrefix("<agent "):
      fits =
        text.hasPrefix("aws-cli/2.")
        && text.hasSuffix(" md/command#\(agent.dropFirst(7).dropLast())")
    default: fits = found == wanted
    }
    return fits ? [] : ["\(path) is \(found.compact), not \(wanted.compact)"]
  }
}

/// A kind of record: what is done in a lab, and the record that must then be there.
private struct Kind: CustomTestStringConvertible, Sendable {
  var name: String
  var make: @Sendable (inout TrailLab) throws -> Shape
  var testDescription: String { name }

  init(_ name: String, _ make: @escaping @Sendable (inout TrailLab) throws -> Shape) {
    self.name = name
    self.make = make
  }
}

private let account = "123456789012"
private let keyID = StartNames.keyID
private let keyARN = "arn:aws:kms:us-east-1:\(account):key/\(StartNames.keyID)"
private let streamARN = "arn:aws:kinesis:us-east-1:\(account):stream/my-secure-stream"
private let partnerRole = "arn:aws:iam::444455556666:role/\(StartNames.partnerRole)"
private let kms = "kms.us-east-1.amazonaws.com"
private let kinesis = "kinesis.us-east-1.amazonaws.com"

private func resources(_ type: String, _ arns: String...) -> JSON {
  .array(
    arns.map { ["accountId": .string(account), "type": .string(type), "ARN": .string($0)] })
}

extension TrailLab {
  fileprivate func of(_ profile: String) throws -> IAM.Session {
    cloud.world.identities[try session(profile)]
  }

  fileprivate func user(_ profile: String = "admin") throws -> JSON {
    let session = try of(profile)
    return [
      "type": "IAMUser", "principalId": .string(session.principal.uniqueID),
      "arn": .string("arn:aws:iam::\(account):user/\(profile)"), "accountId": .string(account),
      "accessKeyId": .string(session.accessKeyID), "userName": .string(profile),
    ]
  }

  fileprivate func role(_ profile: String, by service: String? = nil) throws -> JSON {
    let session = try of(profile)
    let id = session.principal.uniqueID.prefix { $0 != ":" }
    let name = "kinesis-\(profile)-role"
    var object = JSONObject([
      ("type", "AssumedRole"), ("principalId", .string("\(id):\(profile)")),
      ("arn", .string("arn:aws:sts::\(account):assumed-role/\(name)/\(profile)")),
      ("accountId", .string(account)), ("accessKeyId", .string(session.accessKeyID)),
      (
        "sessionContext",
        [
          "sessionIssuer": [
            "type": "Role", "principalId": .string(String(id)),
            "arn": .string("arn:aws:iam::\(account):role/\(name)"), "accountId": .string(account),
            "userName": .string(name),
          ], "webIdFederationData": [:],
          "attributes": ["creationDate": "<time>", "mfaAuthenticated": "false"],
        ]
      ),
    ])
    if let service { object["invokedBy"] = .string(service) }
    return .object(object)
  }

  fileprivate mutating func add(_ principal: Principal, _ profile: String) {
    cloud.world.identities.add(
      IAM.Session(profile: profile, principal: principal, accessKeyID: "AKIA\(profile)"))
  }

  /// Opens the guide's key to the partner's role.
  fileprivate mutating func openKey() throws {
    try call(
      "kms PutKeyPolicy",
      [
        "KeyId": .string(keyID),
        "Policy": .string(
          #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root","\#(partnerRole)"]},"Action":"kms:*","Resource":"*"}]}"#
        ),
      ])
  }
}

@Suite struct TrailShapeTests {
  private static let kinds: [Kind] = [
    Kind("a user reads") { lab in
      try lab.call("kms DescribeKey", ["KeyId": .string(keyID)])
      return Shape(
        identity: try lab.user(), source: "kms.amazonaws.com", name: "DescribeKey",
        command: "kms.describe-key", parameters: ["keyId": .string(keyID)],
        resources: resources("AWS::KMS::Key", keyARN), host: kms)
    },
    Kind("a role's session obtains a data key of its own") { lab in
      lab.cloud.setModel(.documented)
      try lab.call(
        "kms GenerateDataKey",
        [
          "KeyId": .string(keyID), "KeySpec": "AES_256",
          "EncryptionContext": ["aws:kinesis:arn": .string(streamARN)],
        ], as: "producer")
      return Shape(
        identity: try lab.role("producer"), source: "kms.amazonaws.com", name: "GenerateDataKey",
        command: "kms.generate-data-key",
        parameters: [
          "keyId": .string(keyID), "keySpec": "AES_256",
          "encryptionContext": ["aws:kinesis:arn": .string(streamARN)],
        ], additional: ["keyMaterialId": "<hex64>"],
        resources: resources("AWS::KMS::Key", keyARN), host: kms)
    },
    Kind("Kinesis obtains a data key for a producer") { lab in
      lab = try .used()
      return Shape(
        identity: try lab.role("producer", by: "kinesis.amazonaws.com"),
        source: "kms.amazonaws.com", name: "GenerateDataKey", service: "kinesis.amazonaws.com",
        parameters: [
          "encryptionContext": ["aws:kinesis:arn": .string(streamARN)],
          "keyId": .string(keyARN), "keySpec": "AES_256",
        ], additional: ["keyMaterialId": "<hex64>"], resources: resources("AWS::KMS::Key", keyARN))
    },
    Kind("Kinesis opens a data key for a consumer") { lab in
      lab = try .used()
      // Long enough for the consumer's data key to be asked for again.
      lab.cloud.advance(by: .seconds(600))
      let iterator = try lab.call(
        "kinesis GetShardIterator",
        [
          "StreamName": "my-secure-stream", "ShardId": "shardId-000000000000",
          "ShardIteratorType": "TRIM_HORIZON",
        ], as: "consumer")
      try lab.call(
        "kinesis GetRecords", ["ShardIterator": iterator["ShardIterator"] ?? .null],
        as: "consumer")
      return Shape(
        identity: try lab.role("consumer", by: "kinesis.amazonaws.com"),
        source: "kms.amazonaws.com", name: "Decrypt", service: "kinesis.amazonaws.com",
        parameters: [
          "encryptionContext": ["aws:kinesis:arn": .string(streamARN)],
          "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        ], additional: ["keyMaterialId": "<hex64>"], resources: resources("AWS::KMS::Key", keyARN))
    },
    Kind("Kinesis looks for a key that is not there") { lab in
      _ = lab.refusal(
        "kinesis StartStreamEncryption",
        [
          "StreamName": "my-existing-stream", "EncryptionType": "KMS", "KeyId": "alias/nothing",
        ])
      var identity = try #require(try lab.user().object)
      identity["invokedBy"] = "kinesis.amazonaws.com"
      return Shape(
        identity: .object(identity), source: "kms.amazonaws.com", name: "DescribeKey",
        service: "kinesis.amazonaws.com",
        error: (
          "NotFoundException",
          "Alias arn:aws:kms:us-east-1:123456789012:alias/nothing is not found."
        ), parameters: ["keyId": "alias/nothing"])
    },
    Kind("a call is refused") { lab in
      _ = lab.refusal(
        "kms GenerateDataKey", ["KeyId": .string(keyID), "KeySpec": "AES_256"], as: "consumer")
      return Shape(
        identity: try lab.role("consumer"), source: "kms.amazonaws.com", name: "GenerateDataKey",
        command: "kms.generate-data-key",
        error: (
          "AccessDenied",
          "User: arn:aws:sts::123456789012:assumed-role/kinesis-consumer-role/consumer is not "
            + "authorized to perform: kms:GenerateDataKey on resource: \(keyARN) because no "
            + "identity-based policy allows the kms:GenerateDataKey action"
        ), host: kms)
    },
    Kind("the key is disabled") { lab in
      try lab.call("kms DisableKey", ["KeyId": .string(keyID)])
      _ = lab.refusal(
        "kms Encrypt",
        ["KeyId": .string(keyID), "Plaintext": "aGk=", "EncryptionContext": ["a": "b"]])
      return Shape(
        identity: try lab.user(), source: "kms.amazonaws.com", name: "Encrypt",
        command: "kms.encrypt", error: ("DisabledException", "\(keyARN) is disabled."),
        parameters: [
          "keyId": .string(keyID), "encryptionContext": ["a": "b"],
          "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        ], resources: resources("AWS::KMS::Key", keyARN), host: kms)
    },
    Kind("the input breaks a rule") { lab in
      _ = lab.refusal("kinesis CreateStream", ["StreamName": "a b", "ShardCount": 1])
      return Shape(
        identity: try lab.user(), source: "kinesis.amazonaws.com", name: "CreateStream",
        command: "kinesis.create-stream",
        error: (
          "ValidationException",
          "1 validation error detected: Value 'a b' at 'streamName' failed to satisfy constraint: "
            + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        ), parameters: ["streamName": "a b", "shardCount": 1], readOnly: false, host: kinesis)
    },
    Kind("a ciphertext goes under another key") { lab in
      let other = try lab.call("kms CreateKey", [:])
      let sealed = try lab.call(
        "kms Encrypt", ["KeyId": .string(keyID), "Plaintext": "aGk="])
      let id = other["KeyMetadata"]?["KeyId"] ?? .null
      try lab.call(
        "kms ReEncrypt",
        [
          "CiphertextBlob": sealed["CiphertextBlob"] ?? .null, "DestinationKeyId": id,
          "DestinationEncryptionContext": ["to": "there"],
        ])
      return Shape(
        identity: try lab.user(), source: "kms.amazonaws.com", name: "ReEncrypt",
        command: "kms.re-encrypt",
        parameters: [
          "destinationKeyId": id, "destinationEncryptionContext": ["to": "there"],
          "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
          "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        ],
        additional: [
          "destinationKeyMaterialId": "<hex64>", "sourceKeyMaterialId": "<hex64>",
        ],
        resources: resources(
          "AWS::KMS::Key", keyARN, "arn:aws:kms:us-east-1:\(account):key/\(id.string ?? "")"),
        host: kms)
    },
    Kind("a key policy is written") { lab in
      try lab.openKey()
      let row = try #require(lab.rows.last)
      let written = try #require(lab.cloud.call(of: row)?.detail?.input["Policy"])
      return Shape(
        identity: try lab.user(), source: "kms.amazonaws.com", name: "PutKeyPolicy",
        command: "kms.put-key-policy",
        parameters: [
          "keyId": .string(keyID), "policy": written, "policyName": "default",
          "bypassPolicyLockoutSafetyCheck": false,
        ], readOnly: false, resources: resources("AWS::KMS::Key", keyARN), host: kms)
    },
    Kind("a key is going to be deleted") { lab in
      try lab.call(
        "kms ScheduleKeyDeletion", ["KeyId": .string(keyID), "PendingWindowInDays": 20])
      return Shape(
        identity: try lab.user(), source: "kms.amazonaws.com", name: "ScheduleKeyDeletion",
        command: "kms.schedule-key-deletion",
        parameters: ["keyId": .string(keyID), "pendingWindowInDays": 20],
        elements: [
          "keyId": .string(keyARN), "deletionDate": "<java>", "keyState": "PendingDeletion",
          "pendingWindowInDays": 20,
        ], readOnly: false, resources: resources("AWS::KMS::Key", keyARN), host: kms)
    },
    Kind("a stream is made") { lab in
      try lab.call("kinesis CreateStream", ["StreamName": "GoodStream", "ShardCount": 1])
      return Shape(
        identity: try lab.user(), source: "kinesis.amazonaws.com", name: "CreateStream",
        command: "kinesis.create-stream",
        parameters: ["streamName": "GoodStream", "shardCount": 1], readOnly: false, host: kinesis)
    },
    Kind("a record is put") { lab in
      lab = try .used()
      try lab.call(
        "kinesis PutRecord",
        [
          "StreamName": "my-secure-stream", "Data": "c2VjcmV0", "PartitionKey": "seven",
          "ExplicitHashKey": "0",
        ], as: "producer")
      return Shape(
        identity: try lab.role("producer"), source: "kinesis.amazonaws.com", name: "PutRecord",
        command: "kinesis.put-record",
        parameters: [
          "streamName": "my-secure-stream", "partitionKey": "seven", "explicitHashKey": "0",
        ],
        elements: [
          "shardId": "shardId-000000000000", "sequenceNumber": "<word>", "encryptionType": "KMS",
        ], readOnly: false, resources: resources("AWS::Kinesis::Stream", streamARN), isData: true,
        host: kinesis)
    },
    Kind("records are read") { lab in
      lab = try .used()
      let iterator = try #require(
        lab.records.last { $0["eventName"] == "GetRecords" && $0["errorCode"] == nil }?
          .value(at: ["requestParameters", "shardIterator"]))
      return Shape(
        identity: try lab.role("consumer"), source: "kinesis.amazonaws.com", name: "GetRecords",
        command: "kinesis.get-records", parameters: ["shardIterator": iterator],
        resources: resources("AWS::Kinesis::Stream", streamARN), isData: true, host: kinesis)
    },
    Kind("a role is assumed") { lab in
      let role = "arn:aws:iam::\(account):role/kinesis-producer-role"
      let answer = try lab.call(
        "sts AssumeRole", ["RoleArn": .string(role), "RoleSessionName": "night"])
      return Shape(
        identity: try lab.user(), source: "sts.amazonaws.com", name: "AssumeRole",
        command: "sts.assume-role",
        parameters: ["roleArn": .string(role), "roleSessionName": "night"],
        elements: [
          "credentials": [
            "accessKeyId": answer.value(at: ["Credentials", "AccessKeyId"]) ?? .null,
            "sessionToken": "HIDDEN_DUE_TO_SECURITY_REASONS", "expiration": "<java>",
          ],
          "assumedRoleUser": [
            "assumedRoleId": answer.value(at: ["AssumedRoleUser", "AssumedRoleId"]) ?? .null,
            "arn": .string("arn:aws:sts::\(account):assumed-role/kinesis-producer-role/night"),
          ],
        ], resources: resources("AWS::IAM::Role", role), host: "sts.us-east-1.amazonaws.com")
    },
    Kind("an access key is made") { lab in
      try lab.call("iam CreateAccessKey", ["UserName": "auditor"])
      return Shape(
        identity: try lab.user(), source: "iam.amazonaws.com", name: "CreateAccessKey",
        command: "iam.create-access-key", parameters: ["userName": "auditor"],
        elements: [
          "accessKey": [
            "userName": "auditor", "accessKeyId": "<word>", "status": "Active",
            "createDate": "<java>",
          ]
        ], readOnly: false, host: "iam.amazonaws.com")
    },
    Kind("a trail is stopped") { lab in
      try lab.call("cloudtrail StopLogging", ["Name": .string(StartNames.trail)])
      return Shape(
        identity: try lab.user(), source: "cloudtrail.amazonaws.com", name: "StopLogging",
        command: "cloudtrail.stop-logging", parameters: ["name": .string(StartNames.trail)],
        readOnly: false, host: "cloudtrail.us-east-1.amazonaws.com")
    },
    Kind("an alarm is set") { lab in
      try lab.call(
        "cloudwatch PutMetricAlarm",
        [
          "AlarmName": "late", "Namespace": "Lab", "MetricName": "Late", "Statistic": "Sum",
          "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
          "ComparisonOperator": "GreaterThanThreshold",
        ])
      try lab.call(
        "cloudwatch SetAlarmState",
        ["AlarmName": "late", "StateValue": "OK", "StateReason": "trying"])
      return Shape(
        identity: try lab.user(), source: "monitoring.amazonaws.com", name: "SetAlarmState",
        command: "cloudwatch.set-alarm-state",
        parameters: ["alarmName": "late", "stateValue": "OK", "stateReason": "trying"],
        readOnly: false, host: "monitoring.us-east-1.amazonaws.com")
    },
    Kind("root asks") { lab in
      lab.add(
        Principal(
          kind: .root, account: account, arn: "arn:aws:iam::\(account):root", uniqueID: account),
        "root")
      try lab.call("sts GetCallerIdentity", as: "root")
      return Shape(
        identity: [
          "type": "Root", "principalId": .string(account),
          "arn": .string("arn:aws:iam::\(account):root"), "accountId": .string(account),
          "accessKeyId": "AKIAroot",
        ], source: "sts.amazonaws.com", name: "GetCallerIdentity",
        command: "sts.get-caller-identity", host: "sts.us-east-1.amazonaws.com")
    },
    Kind("another account's role uses the key") { lab in
      lab.cloud.setModel(.documented)
      try lab.openKey()
      try lab.call(
        "kms GenerateDataKey", ["KeyId": .string(keyARN), "KeySpec": "AES_256"], as: "partner")
      return Shape(
        identity: [
          "type": "AWSAccount",
          "principalId": .string(try lab.of("partner").principal.uniqueID),
          "accountId": "444455556666",
        ], source: "kms.amazonaws.com", name: "GenerateDataKey", command: "kms.generate-data-key",
        parameters: ["keyId": .string(keyARN), "keySpec": "AES_256"],
        additional: ["keyMaterialId": "<hex64>"], resources: resources("AWS::KMS::Key", keyARN),
        isShared: true, host: kms)
    },
    Kind("a service asks for itself") { lab in
      lab.add(Principal(kind: .service, account: "", arn: "kinesis.amazonaws.com"), "service")
      _ = lab.refusal("kms ListKeys", as: "service")
      return Shape(
        identity: ["type": "AWSService", "invokedBy": "kinesis.amazonaws.com"],
        source: "kms.amazonaws.com", name: "ListKeys", service: "kinesis.amazonaws.com",
        error: ("AccessDenied", "<any>"))
    },
  ]

  @Test(arguments: kinds) private func aRecordOfEveryKindIsAsItShouldBe(_ kind: Kind) throws {
    var lab = TrailLab()
    let shape = try kind.make(&lab)
    let record = try lab.record(shape.name)
    #expect(Shape.differences(record, shape.json) == [])
    #expect(lab.records.flatMap(Self.unknown) == [])
  }

  /// The same call stands in the trails of both accounts, each with an identifier of its own.
  @Test func eachAccountHasItsOwnRecordOfASharedCall() throws {
    var lab = TrailLab()
    lab.cloud.setModel(.documented)
    try lab.openKey()
    try lab.call(
      "kms GenerateDataKey", ["KeyId": .string(keyARN), "KeySpec": "AES_256"], as: "partner")
    let home = try lab.record("GenerateDataKey")
    lab.cloud.world.active = .partner
    let partner = try lab.record("GenerateDataKey")
    #expect(partner["recipientAccountId"] == "444455556666")
    #expect(home["recipientAccountId"] == "123456789012")
    #expect(home["sharedEventID"] == partner["sharedEventID"])
    #expect(home["sharedEventID"] != nil)
    #expect(home["eventID"] != partner["eventID"])
    #expect(partner.value(at: ["userIdentity", "type"]) == "AssumedRole")
    #expect(
      partner.value(at: ["userIdentity", "sessionContext", "sessionIssuer", "arn"])
        == .string(partnerRole))
    #expect(partner.value(at: ["resources", "0", "accountId"]) == "123456789012")
  }

  /// What a service does by itself, one row for each of its events.
  @Test func whatAServiceDoesByItselfHasItsShape() throws {
    var lab = TrailLab()
    let key = try lab.call("kms CreateKey", ["MultiRegion": true])
    let id = key["KeyMetadata"]?["KeyId"] ?? .null
    let arn = key["KeyMetadata"]?["Arn"]?.string ?? ""
    try lab.call("kms ReplicateKey", ["KeyId": id, "ReplicaRegion": "eu-west-1"])
    lab.cloud.advance(by: .seconds(3600))
    try lab.call("kms RotateKeyOnDemand", ["KeyId": .string(keyID)])
    lab.cloud.advance(by: .seconds(3600))
    try lab.call("kms ScheduleKeyDeletion", ["KeyId": .string(keyID), "PendingWindowInDays": 7])
    lab.cloud.advance(by: .seconds(8 * 86_400))
    func wanted(_ name: String, _ region: String, _ arn: String, _ details: JSON?) -> JSON {
      var object = JSONObject([
        ("eventVersion", "1.11"),
        ("userIdentity", ["accountId": .string(account), "invokedBy": "AWS Internal"]),
        ("eventTime", "<time>"), ("eventSource", "kms.amazonaws.com"), ("eventName", .string(name)),
        ("awsRegion", .string(region)), ("sourceIPAddress", "AWS Internal"),
        ("userAgent", "AWS Internal"), ("requestParameters", .null), ("responseElements", .null),
        ("eventID", "<uuid>"), ("readOnly", false), ("resources", resources("AWS::KMS::Key", arn)),
        ("eventType", "AwsServiceEvent"), ("managementEvent", true),
        ("recipientAccountId", .string(account)),
      ])
      object["serviceEventDetails"] = details
      object["eventCategory"] = "Management"
      return .object(object)
    }
    let replica = arn.replacing("us-east-1", with: "eu-west-1")
    let rows: [(String, JSON)] = [
      ("DeleteKey", wanted("DeleteKey", "us-east-1", keyARN, nil)),
      (
        "RotateKey",
        wanted(
          "RotateKey", "us-east-1", keyARN,
          [
            "rotationType": "ON_DEMAND", "keyOrigin": "AWS_KMS",
            "previousKeyMaterialId": "<hex64>", "currentKeyMaterialId": "<hex64>",
            "keyId": .string(keyID),
          ])
      ),
      (
        "SynchronizeMultiRegionKey",
        wanted("SynchronizeMultiRegionKey", "eu-west-1", replica, nil)
      ),
    ]
    for (name, wanted) in rows {
      #expect(Shape.differences(try lab.record(name), wanted) == [], "\(name)")
    }
    #expect(lab.records.flatMap(Self.unknown) == [])
  }

  // MARK: The published fields

  /// Source: CloudTrail User Guide, record contents and userIdentity element: every field that a record
  /// may have, in both.
  private static let published: [String: Set<String>] = [
    "": [
      "eventTime", "eventVersion", "userIdentity", "eventSource", "eventName", "awsRegion",
      "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "requestParameters",
      "responseElements", "additionalEventData", "requestID", "eventID", "eventType", "apiVersion",
      "managementEvent", "readOnly", "resources", "recipientAccountId", "serviceEventDetails",
      "sharedEventID", "vpcEndpointId", "vpcEndpointAccountId", "eventCategory", "addendum",
      "sessionCredentialFromConsole", "eventContext", "edgeDeviceDetails", "tlsDetails",
    ],
    "userIdentity": [
      "type", "userName", "principalId", "arn", "accountId", "accessKeyId", "sessionContext",
      "invokedBy", "onBehalfOf", "inScopeOf", "credentialId", "invokedByDelegate",
      "identityProvider",
    ],
    "sessionContext": [
      "sessionIssuer", "webIdFederationData", "assumedRoot", "attributes", "sourceIdentity",
      "ec2RoleDelivery",
    ],
    "sessionIssuer": ["type", "principalId", "arn", "accountId", "userName"],
    "webIdFederationData": ["federatedProvider", "attributes"],
    "attributes": ["creationDate", "mfaAuthenticated"],
    "tlsDetails": ["tlsVersion", "cipherSuite", "clientProvidedHostHeader", "keyExchange"],
    "resources": ["accountId", "type", "ARN", "ARNPrefix"],
  ]

  /// Fields of a record that AWS does not name.
  private static func unknown(in record: JSON) -> [String] {
    func extra(_ value: JSON?, _ part: String) -> [String] {
      (value?.object?.names ?? []).filter { published[part]?.contains($0) != true }
        .map { part.isEmpty ? $0 : "\(part).\($0)" }
    }
    let identity = record["userIdentity"]
    let context = identity?["sessionContext"]
    return extra(record, "") + extra(identity, "userIdentity") + extra(context, "sessionContext")
      + ["sessionIssuer", "webIdFederationData", "attributes"].flatMap { extra(context?[$0], $0) }
      + extra(record["tlsDetails"], "tlsDetails")
      + (record["resources"]?.array ?? []).flatMap { extra($0, "resources") }
  }

  @Test func aFieldThatAWSDoesNotNameWouldBeSeen() {
    let record: JSON = [
      "eventTime": "x", "colour": "red", "userIdentity": ["type": "Root", "age": 7],
      "resources": [["ARN": "a", "arn": "b"]],
    ]
    #expect(Self.unknown(in: record) == ["colour", "userIdentity.age", "resources.arn"])
    #expect(
      Shape.differences(["a": 1, "b": 2], ["b": 2, "a": 1])
        == [#" has ["a", "b"], not ["b", "a"]"#])
  }
}
