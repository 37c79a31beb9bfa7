import API
import Policies
import Testing
import Values

@testable import Cloud

/// A path of a record and what stands there.
private func at(_ path: String, _ record: JSON) -> JSON? {
  record.value(at: path.split(separator: ".").map(String.init))
}

@Suite struct TrailRecordTests {
  private static let key =
    "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
  private static let stream = "arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream"

  /// Source: CloudTrail User Guide, record contents, in the order of its examples.
  static let fields = [
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "requestParameters",
    "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "resources",
    "eventType", "managementEvent", "recipientAccountId", "sharedEventID", "serviceEventDetails",
    "vpcEndpointId", "vpcEndpointAccountId", "eventCategory", "tlsDetails",
  ]

  @Test func everyFieldIsAPublishedOneInItsPlace() throws {
    let identity: Set = [
      "type", "principalId", "arn", "accountId", "accessKeyId", "userName", "sessionContext",
      "invokedBy",
    ]
    for model in Model.allCases {
      let lab = try TrailLab.used(model)
      #expect(lab.records.count >= 10)
      for record in lab.records {
        let names = try #require(record.object?.names)
        #expect(names == Self.fields.filter { names.contains($0) }, "\(names)")
        let always = Set(Self.fields.prefix(8)).union([
          "requestParameters", "responseElements", "eventID", "readOnly", "eventType",
          "managementEvent", "recipientAccountId", "eventCategory",
        ])
        #expect(always.isSubset(of: names))
        let members = record["userIdentity"]?.object?.names ?? []
        #expect(identity.isSuperset(of: members), "\(members)")
      }
    }
  }

  /// The template of a data key that Kinesis obtains for a producer.
  @Test func kinesisAsksForADataKeyAsTheProducer() throws {
    let record = try TrailLab.used().record("GenerateDataKey")
    let producer = try #require(TrailLab().cloud.world.identities.roles["kinesis-producer-role"])
    #expect(at("userIdentity.type", record) == "AssumedRole")
    #expect(at("userIdentity.principalId", record) == .string("\(producer.id):producer"))
    #expect(
      at("userIdentity.arn", record)
        == "arn:aws:sts::123456789012:assumed-role/kinesis-producer-role/producer")
    #expect(
      at("userIdentity.sessionContext.sessionIssuer", record) == [
        "type": "Role", "principalId": .string(producer.id),
        "arn": "arn:aws:iam::123456789012:role/kinesis-producer-role",
        "accountId": "123456789012", "userName": "kinesis-producer-role",
      ])
    #expect(at("userIdentity.sessionContext.webIdFederationData", record) == [:])
    #expect(
      at("userIdentity.sessionContext.attributes", record)
        == ["creationDate": "2026-01-05T09:00:00Z", "mfaAuthenticated": "false"])
    #expect(
      record["userIdentity"]?.object?.names
        == [
          "type", "principalId", "arn", "accountId", "accessKeyId", "sessionContext", "invokedBy",
        ])
    for path in ["userIdentity.invokedBy", "sourceIPAddress", "userAgent"] {
      #expect(at(path, record) == "kinesis.amazonaws.com")
    }
    #expect(record["eventTime"] == "2026-01-05T09:00:21Z")
    #expect(record["eventSource"] == "kms.amazonaws.com")
    #expect(
      record["requestParameters"] == [
        "encryptionContext": ["aws:kinesis:arn": .string(Self.stream)],
        "keyId": .string(Self.key), "keySpec": "AES_256",
      ])
    #expect(record["responseElements"] == .null)
    #expect(at("additionalEventData.keyMaterialId", record)?.string?.count == 64)
    #expect(record["readOnly"] == true)
    #expect(
      record["resources"] == [
        ["accountId": "123456789012", "type": "AWS::KMS::Key", "ARN": .string(Self.key)]
      ])
    #expect(record["eventType"] == "AwsApiCall")
    #expect(record["managementEvent"] == true)
    #expect(record["recipientAccountId"] == "123456789012")
    #expect(record["eventCategory"] == "Management")
    #expect(record["tlsDetails"] == nil)
  }

  @Test func kinesisDecryptsAsTheConsumer() throws {
    let lab = try TrailLab.used()
    let record = try #require(
      lab.records.last { $0["eventName"] == "Decrypt" && $0["errorCode"] == nil })
    #expect(
      record["requestParameters"] == [
        "encryptionContext": ["aws:kinesis:arn": .string(Self.stream)],
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
      ])
    #expect(
      at("userIdentity.sessionContext.sessionIssuer.userName", record) == "kinesis-consumer-role")
    #expect(at("additionalEventData.keyMaterialId", record)?.string?.count == 64)
  }

  @Test func aDataEventNamesTheStreamAndNoData() throws {
    let lab = try TrailLab.used()
    let record = try #require(
      lab.records.last { $0["eventName"] == "PutRecord" && $0["errorCode"] == nil })
    #expect(
      record["requestParameters"] == ["streamName": "my-secure-stream", "partitionKey": "seven"])
    #expect(
      record["responseElements"]?.object?.names == ["shardId", "sequenceNumber", "encryptionType"])
    #expect(record["readOnly"] == false)
    #expect(record["managementEvent"] == false)
    #expect(record["eventCategory"] == "Data")
    #expect(
      record["resources"] == [
        ["accountId": "123456789012", "type": "AWS::Kinesis::Stream", "ARN": .string(Self.stream)]
      ])
    #expect(
      record["tlsDetails"] == [
        "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": "kinesis.us-east-1.amazonaws.com",
      ])
  }

  @Test func aDenialHasACodeATextAndNothingOfTheRequest() throws {
    let lab = try TrailLab.used()
    let record = try #require(
      lab.records.last { $0["eventName"] == "PutRecord" && $0["errorCode"] != nil })
    #expect(record["errorCode"] == "AccessDenied")
    #expect(
      record["errorMessage"]?.string
        == "User: arn:aws:sts::123456789012:assumed-role/kinesis-consumer-role/consumer is not "
        + "authorized to perform: kinesis:PutRecord on resource: \(Self.stream) because no "
        + "identity-based policy allows the kinesis:PutRecord action")
    #expect(record["requestParameters"] == .null)
    #expect(record["responseElements"] == .null)
    #expect(record["additionalEventData"] == nil)
  }

  @Test func otherErrorsKeepTheirCodeAndTheRequest() throws {
    var lab = TrailLab()
    try lab.call("kms DisableKey", ["KeyId": .string(StartNames.keyID)])
    _ = lab.refusal(
      "kms Encrypt", ["KeyId": .string(StartNames.keyID), "Plaintext": "aGVsbG8gd29ybGQ="])
    let record = try lab.record("Encrypt")
    #expect(record["errorCode"] == "DisabledException")
    #expect(record["errorMessage"] == .string("\(Self.key) is disabled."))
    #expect(
      record["requestParameters"]
        == ["keyId": .string(StartNames.keyID), "encryptionAlgorithm": "SYMMETRIC_DEFAULT"])
    #expect(at("resources.0.ARN", record) == .string(Self.key))
    #expect(record["additionalEventData"] == nil)
    let disabled = try lab.record("DisableKey")
    #expect(disabled["responseElements"] == ["keyId": .string(Self.key)])
    #expect(disabled["readOnly"] == false)
  }

  @Test func aNewKeyIsAnsweredInJavasTimes() throws {
    var lab = TrailLab()
    try lab.call("kms CreateKey", ["Description": "x"])
    let record = try lab.record("CreateKey")
    #expect(
      record["requestParameters"]?.object?.names == [
        "description", "origin", "bypassPolicyLockoutSafetyCheck", "customerMasterKeySpec",
        "keySpec", "keyUsage", "multiRegion",
      ])
    #expect(at("responseElements.keyMetadata.creationDate", record) == "Jan 5, 2026, 9:00:00 AM")
    #expect(at("responseElements.keyMetadata.aWSAccountId", record) == "123456789012")
    #expect(
      at("resources.0.ARN", record) == at("responseElements.keyMetadata.arn", record))
    #expect(at("resources.0.ARN", record) != nil)
    try lab.call(
      "kms CreateAlias", ["AliasName": "alias/a", "TargetKeyId": .string(StartNames.keyID)])
    let alias = try lab.record("CreateAlias")
    #expect(alias["responseElements"] == ["keyId": .string(Self.key)])
    #expect(at("resources.1.ARN", alias) == "arn:aws:kms:us-east-1:123456789012:alias/a")
    try lab.call("kms DeleteAlias", ["AliasName": "alias/a"])
    let removed = try lab.record("DeleteAlias")
    #expect(removed["responseElements"] == ["keyId": .string(Self.key)])
    #expect(removed["resources"] == alias["resources"])
    try lab.call(
      "kms ScheduleKeyDeletion", ["KeyId": .string(StartNames.keyID), "PendingWindowInDays": 20])
    let scheduled = try lab.record("ScheduleKeyDeletion")
    #expect(
      scheduled["requestParameters"]
        == ["keyId": .string(StartNames.keyID), "pendingWindowInDays": 20])
    #expect(at("responseElements.deletionDate", scheduled) == "Jan 25, 2026, 9:00:00 AM")
    #expect(at("responseElements.keyState", scheduled) == "PendingDeletion")
  }

  @Test func aServiceReportsWhatItDoesByItself() throws {
    var lab = TrailLab()
    let key = JSON.string(StartNames.keyID)
    try lab.call("kms EnableKeyRotation", ["KeyId": key, "RotationPeriodInDays": 90])
    lab.cloud.advance(by: .seconds(91 * 86_400))
    let rotated = try lab.record("RotateKey")
    #expect(
      rotated["userIdentity"] == ["accountId": "123456789012", "invokedBy": "AWS Internal"])
    #expect(rotated["eventType"] == "AwsServiceEvent")
    #expect(rotated["requestID"] == nil)
    #expect(at("serviceEventDetails.rotationType", rotated) == "AUTOMATIC")
    let materials = lab.cloud.world.keys[0].materials.map(\.id)
    #expect(at("serviceEventDetails.previousKeyMaterialId", rotated)?.string == materials[0])
    #expect(at("serviceEventDetails.currentKeyMaterialId", rotated)?.string == materials[1])
    try lab.call("kms ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": 7])
    lab.cloud.advance(by: .seconds(8 * 86_400))
    let deleted = try lab.record("DeleteKey")
    #expect(
      deleted.object?.names == [
        "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
        "sourceIPAddress", "userAgent", "requestParameters", "responseElements", "eventID",
        "readOnly", "resources", "eventType", "managementEvent", "recipientAccountId",
        "eventCategory",
      ])
    #expect(deleted["eventTime"] == "2026-04-13T09:00:00Z")
    // It stands in the trail where it happened.
    try lab.call("kms ListKeys")
    let names = lab.records.compactMap { $0["eventName"]?.string }
    #expect(
      names == [
        "EnableKeyRotation", "RotateKey", "ScheduleKeyDeletion", "DeleteKey", "ListKeys",
      ])
  }

  @Test func secretsAreNotWritten() throws {
    var lab = TrailLab()
    let user = try lab.call("iam CreateAccessKey", ["UserName": "auditor"])
    let taken = try lab.call(
      "sts AssumeRole",
      [
        "RoleArn": "arn:aws:iam::123456789012:role/kinesis-producer-role",
        "RoleSessionName": "night",
      ])
    let made = try lab.call(
      "kms GenerateDataKey", ["KeyId": .string(StartNames.keyID), "KeySpec": "AES_256"])
    let opened = try lab.call(
      "kms Encrypt", ["KeyId": .string(StartNames.keyID), "Plaintext": "cGxhaW50ZXh0IDQ3MTE="])
    try lab.call("kms Decrypt", ["CiphertextBlob": opened["CiphertextBlob"] ?? .null])
    try lab.call("kms GenerateRandom", ["NumberOfBytes": 32])
    let text = lab.rows.map { lab.cloud.text(of: $0) }.joined(separator: "\n")
    let secrets = [
      at("AccessKey.SecretAccessKey", user), at("Credentials.SecretAccessKey", taken),
      at("Credentials.SessionToken", taken), made["Plaintext"], made["CiphertextBlob"],
      opened["CiphertextBlob"], "cGxhaW50ZXh0IDQ3MTE=",
    ]
    for secret in secrets { #expect(!text.contains(try #require(secret?.string))) }
    let record = try lab.record("AssumeRole")
    #expect(
      at("responseElements.credentials", record)?.object?.names == [
        "accessKeyId", "sessionToken", "expiration",
      ])
    #expect(at("responseElements.credentials.sessionToken", record) == EventParameters.hidden)
    #expect(record["readOnly"] == true)
    #expect(at("resources.0.type", record) == "AWS::IAM::Role")
    #expect(
      at("responseElements.accessKey", try lab.record("CreateAccessKey"))?["accessKeyId"] != nil)
  }

  /// Every kind of caller that CloudTrail tells apart.
  @Test func everyKindOfCallerHasItsIdentity() throws {
    var lab = TrailLab()
    func add(_ principal: Principal, _ profile: String, isTemporary: Bool = false) {
      var session = IAM.Session(
        profile: profile, principal: principal, accessKeyID: "AKIA\(profile)")
      if isTemporary {
        session.issued = lab.cloud.world.now
        session.expires = lab.cloud.world.now + .seconds(3600)
      }
      lab.cloud.world.identities.add(session)
    }
    add(
      Principal(
        kind: .root, account: "123456789012", arn: "arn:aws:iam::123456789012:root",
        uniqueID: "123456789012"), "root")
    add(
      Principal(
        kind: .user, account: "555566667777", arn: "arn:aws:iam::555566667777:user/eve",
        userName: "eve", uniqueID: "AIDAEVE"), "other")
    add(Principal(kind: .service, account: "", arn: "cloudtrail.amazonaws.com"), "service")
    add(
      Principal(
        kind: .federated, account: "123456789012",
        arn: "arn:aws:sts::123456789012:federated-user/guest", userName: "admin",
        uniqueID: "123456789012:guest"), "federated", isTemporary: true)
    add(
      Principal(
        kind: .user, account: "123456789012", arn: "arn:aws:iam::123456789012:user/admin",
        userName: "admin", uniqueID: "AIDA1"), "temporary", isTemporary: true)
    func identity(_ profile: String) throws -> JSON {
      _ = lab.refusal("sts GetCallerIdentity", as: profile)
      return try lab.record("GetCallerIdentity")
    }
    let root = try identity("root")
    #expect(
      root["userIdentity"] == [
        "type": "Root", "principalId": "123456789012", "arn": "arn:aws:iam::123456789012:root",
        "accountId": "123456789012", "accessKeyId": "AKIAroot",
      ])
    let user = try identity("admin")
    #expect(
      user["userIdentity"]?.object?.names == [
        "type", "principalId", "arn", "accountId", "accessKeyId", "userName",
      ])
    #expect(at("userIdentity.type", user) == "IAMUser")
    #expect(user["sharedEventID"] == nil)
    let other = try identity("other")
    #expect(
      other["userIdentity"]
        == ["type": "AWSAccount", "principalId": "AIDAEVE", "accountId": "555566667777"])
    #expect(other["sharedEventID"] != nil)
    #expect(other["sharedEventID"] != other["eventID"])
    let service = try identity("service")
    #expect(
      service["userIdentity"] == ["type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"])
    #expect(service["sourceIPAddress"] == "cloudtrail.amazonaws.com")
    #expect(service["tlsDetails"] == nil)
    let federated = try identity("federated")
    #expect(at("userIdentity.type", federated) == "FederatedUser")
    #expect(at("userIdentity.sessionContext.sessionIssuer.type", federated) == "IAMUser")
    let temporary = try identity("temporary")
    #expect(at("userIdentity.type", temporary) == "IAMUser")
    #expect(
      at("userIdentity.sessionContext.attributes.creationDate", temporary)
        == "2026-01-05T09:00:00Z")
  }

  @Test func identifiersAreTheirOwnAndAlwaysTheSame() throws {
    let (first, second) = (try TrailLab.used(), try TrailLab.used())
    #expect(first.records == second.records)
    let ids = first.records.compactMap { $0["eventID"]?.string }
    let requests = first.records.compactMap { $0["requestID"]?.string }
    #expect(Set(ids + requests).count == ids.count + requests.count)
    for row in first.rows {
      #expect(first.cloud.row(withID: first.cloud.eventID(of: row)) == row)
      if let event = first.cloud.call(of: row) {
        #expect(first.cloud.row(numbered: event.id) == row)
      }
    }
    #expect(first.cloud.row(withID: "00000000-0000-4000-8000-000000000000") == nil)
    #expect(first.cloud.row(numbered: 0) == nil)
    #expect(first.cloud.row(numbered: first.cloud.lastEvent + 1) == nil)
  }

  /// What a column reads is what stands in the record.
  @Test func aColumnIsAFieldOfTheRecord() throws {
    var lab = try TrailLab.used()
    try lab.call(
      "kms ScheduleKeyDeletion", ["KeyId": .string(StartNames.keyID), "PendingWindowInDays": 7])
    try lab.call(
      "sts AssumeRole",
      [
        "RoleArn": "arn:aws:iam::123456789012:role/kinesis-producer-role",
        "RoleSessionName": "night",
      ])
    lab.cloud.advance(by: .seconds(8 * 86_400))
    var paths: Set<[String]> = [["nothing"], ["resources", "7", "ARN"], ["userIdentity"]]
    func collect(_ value: JSON, _ path: [String]) {
      if let object = value.object {
        for member in object.members { collect(member.value, path + [member.name]) }
      } else if let list = value.array {
        for (index, element) in list.enumerated() { collect(element, path + [String(index)]) }
      } else {
        paths.insert(path)
      }
    }
    for record in lab.records { collect(record, []) }
    #expect(paths.count > 50)
    for path in paths {
      let column = TrailColumn(path, in: lab.cloud)
      for row in lab.rows {
        let expected = lab.cloud.record(of: row).value(at: path)
        #expect(
          column.value(of: row, in: lab.cloud) == (expected == .null ? nil : expected),
          "\(path.joined(separator: "."))")
      }
    }
  }

  @Test func aCallThatNoOperationCouldBeMadeOfIsRecorded() throws {
    var lab = TrailLab()
    #expect(lab.refusal("kms ListKeys", ["Marker": "nonsense"])?.code == "InvalidMarkerException")
    #expect(try lab.record("ListKeys")["errorCode"] == "InvalidMarkerException")
    #expect(lab.cloud.lastEvent == 1)
  }
}
