import Testing
import Values

@testable import Cloud

@Suite struct RotationTests {
  private func rotations(_ lab: inout KMSLab, _ key: String, all: Bool = false) throws -> [JSON] {
    let reply = try lab.call(
      "ListKeyRotations",
      [
        "KeyId": .string(key), "IncludeKeyMaterial": all ? "ALL_KEY_MATERIAL" : "ROTATIONS_ONLY",
      ])
    return try #require(reply["Rotations"]?.array)
  }

  @Test func newCiphertextLiesUnderNewMaterialAndOldStillOpens() throws {
    var lab = KMSLab()
    let key = try lab.makeKey()
    let before = try lab.metadata(key)["CurrentKeyMaterialId"]
    let old = try lab.encrypt(key)
    try lab.call("RotateKeyOnDemand", ["KeyId": .string(key)])
    let after = try lab.metadata(key)["CurrentKeyMaterialId"]
    #expect(before != after)
    let new = try lab.encrypt(key)
    #expect(try lab.call("Decrypt", ["CiphertextBlob": old])["KeyMaterialId"] == before)
    #expect(try lab.call("Decrypt", ["CiphertextBlob": new])["KeyMaterialId"] == after)
    #expect(try lab.opens(old))
    let history = try rotations(&lab, key, all: true)
    #expect(history.map { $0["KeyMaterialState"] } == ["NON_CURRENT", "CURRENT"])
    #expect(history.map { $0["RotationType"] } == [nil, "ON_DEMAND"])
    #expect(try rotations(&lab, key).count == 1)
  }

  @Test func automaticRotationFollowsTheClock() throws {
    var lab = KMSLab()
    let key = try lab.makeKey()
    let named: JSON = ["KeyId": .string(key)]
    #expect(try lab.call("GetKeyRotationStatus", named)["KeyRotationEnabled"] == false)
    try lab.call("EnableKeyRotation", named.with([("RotationPeriodInDays", 90)]))
    let status = try lab.call("GetKeyRotationStatus", named)
    #expect(status["KeyRotationEnabled"] == true)
    #expect(status["RotationPeriodInDays"] == 90)
    #expect(status["NextRotationDate"] == "2026-04-05T09:00:00+00:00")
    lab.days(89)
    #expect(try rotations(&lab, key).isEmpty)
    lab.days(92)
    let history = try rotations(&lab, key)
    #expect(
      history.map { $0["RotationDate"] } == [
        "2026-04-05T09:00:00+00:00", "2026-07-04T09:00:00+00:00",
      ])
    #expect(history.allSatisfy { $0["RotationType"] == "AUTOMATIC" })
    try lab.call("DisableKeyRotation", named)
    lab.days(200)
    #expect(try rotations(&lab, key).count == 2)
    #expect(!lab.cloud.world.timers.pending.contains { $0.transition == .key(.rotated(1)) })
  }

  @Test func aRotationThatADisabledKeyMissedIsMadeUpFor() throws {
    var lab = KMSLab()
    let named: JSON = ["KeyId": .string(try lab.makeKey())]
    let key = named.text("KeyId")
    try lab.call("EnableKeyRotation", named.with([("RotationPeriodInDays", 90)]))
    try lab.call("DisableKey", named)
    lab.days(100)
    #expect(try rotations(&lab, key).isEmpty)
    #expect(try lab.call("GetKeyRotationStatus", named)["KeyRotationEnabled"] == true)
    try lab.call("EnableKey", named)
    #expect(try rotations(&lab, key).count == 1)
    lab.days(90)
    #expect(try rotations(&lab, key).count == 2)
  }

  @Test func aKeyPendingDeletionDoesNotRotateAndSaysSo() throws {
    var lab = KMSLab()
    let named: JSON = ["KeyId": .string(try lab.makeKey())]
    try lab.call("EnableKeyRotation", named)
    try lab.call("ScheduleKeyDeletion", named)
    #expect(try lab.call("GetKeyRotationStatus", named)["KeyRotationEnabled"] == false)
    try lab.call("CancelKeyDeletion", named)
    #expect(try lab.call("GetKeyRotationStatus", named)["KeyRotationEnabled"] == true)
  }

  @Test func theTwentySixthRotationOnDemandIsRefused() throws {
    var lab = KMSLab()
    let named: JSON = ["KeyId": .string(try lab.makeKey())]
    for _ in 0..<25 { try lab.call("RotateKeyOnDemand", named) }
    let refusal = lab.refusal("RotateKeyOnDemand", named)
    #expect(refusal?.code == "LimitExceededException")
    #expect(
      refusal?.message.hasPrefix("The on-demand rotations limit has been reached for the given")
        == true)
  }

  @Test func keysThatAreNotSymmetricDoNotRotate() throws {
    var lab = KMSLab()
    let input: JSON = ["KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"]
    let named: JSON = ["KeyId": .string(try lab.makeKey(input))]
    for name in [
      "EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "ListKeyRotations",
    ] {
      let refusal = lab.refusal(name, named)
      #expect(refusal?.code == "UnsupportedOperationException", "\(name)")
      #expect(refusal?.message == "", "\(name)")
    }
    #expect(try lab.call("GetKeyRotationStatus", named)["KeyRotationEnabled"] == false)
  }
}

@Suite struct DeletionTests {
  @Test(arguments: [(nil, 30), (7, 7), (30, 30)] as [(Int?, Int)])
  func theKeyIsGoneWhenTheWaitingPeriodIsOver(_ asked: Int?, _ days: Int) throws {
    var lab = KMSLab()
    let key = try lab.makeKey()
    let blob = try lab.encrypt(key)
    try lab.call("CreateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(key)])
    let request: JSON = ["KeyId": .string(key)]
    let reply = try lab.call(
      "ScheduleKeyDeletion", request.with([("PendingWindowInDays", asked.map { .integer($0) })]))
    #expect(reply["KeyState"] == "PendingDeletion")
    #expect(reply["PendingWindowInDays"] == .integer(days))
    #expect(reply["KeyId"]?.string?.hasPrefix("arn:aws:kms:") == true)
    #expect(try lab.metadata(key)["DeletionDate"] == reply["DeletionDate"])
    lab.cloud.advance(by: .seconds(days * 86_400 - 1))
    #expect(try lab.state(key) == "PendingDeletion")
    lab.cloud.advance(by: .seconds(1))
    let refusal = lab.refusal("DescribeKey", request)
    #expect(refusal?.code == "NotFoundException")
    #expect(refusal?.message.hasSuffix("key/\(key)' does not exist") == true)
    #expect(lab.refusal("Decrypt", ["CiphertextBlob": blob])?.code == "AccessDeniedException")
    let alias = lab.refusal("DescribeKey", ["KeyId": "alias/mine"])
    #expect(alias?.message.contains("alias/mine is not found.") == true)
    let listed = try lab.call("ListKeys", [:])["Keys"]?.array ?? []
    #expect(!listed.contains { $0["KeyId"] == .string(key) })
    #expect(lab.cloud.world.keys.keys.last?.materials.allSatisfy { !$0.isPresent } == true)
  }

  @Test(arguments: [
    (6, "greater than or equal to 7"), (31, "less than or equal to 30"),
    (400, "less than or equal to 365"),
  ]) func aWaitingPeriodOutsideTheLimitsIsRefused(_ days: Int, _ rule: String) throws {
    var lab = KMSLab()
    let refusal = lab.refusal(
      "ScheduleKeyDeletion",
      ["KeyId": .string(KMSLab.guideKey), "PendingWindowInDays": .integer(days)])
    #expect(refusal?.code == "ValidationException")
    #expect(
      refusal?.message
        == "1 validation error detected: Value '\(days)' at 'pendingWindowInDays' failed to satisfy "
        + "constraint: Member must have value \(rule)")
  }

  @Test func aCancelledDeletionLeavesADisabledKeyAndNoTimer() throws {
    var lab = KMSLab()
    let key = try lab.makeKey()
    let timers = lab.cloud.world.timers.pending
    try lab.call("ScheduleKeyDeletion", ["KeyId": .string(key)])
    let reply = try lab.call("CancelKeyDeletion", ["KeyId": .string(key)])
    #expect(reply["KeyId"]?.string?.hasSuffix(key) == true)
    #expect(lab.cloud.world.timers.pending == timers)
    #expect(try lab.state(key) == "Disabled")
    #expect(try lab.metadata(key)["DeletionDate"] == nil)
    lab.days(40)
    #expect(try lab.state(key) == "Disabled")
  }

  @Test func recordsUnderADeletedKeyAreLost() throws {
    var lab = try Lab()
    try lab.put("kept")
    #expect(try lab.read() == ["kept"])
    try lab.call(
      "admin", "kms", "ScheduleKeyDeletion",
      ["KeyId": .string(StartNames.keyID), "PendingWindowInDays": 7])
    #expect(lab.code { try lab.put("x") } == "KMSInvalidStateException")
    #expect(lab.code { _ = try lab.read() } == "KMSInvalidStateException")
    lab.cloud.advance(by: .seconds(7 * 86_400))
    #expect(lab.code { try lab.put("x") } == "KMSNotFoundException")
  }
}

@Suite struct ReplicaTests {
  /// A primary key in us-east-1 with a replica in eu-west-1, both ready.
  private func pair() throws -> (KMSLab, String) {
    var lab = KMSLab()
    let key = try lab.makeKey(["MultiRegion": true])
    try lab.call("ReplicateKey", ["KeyId": .string(key), "ReplicaRegion": "eu-west-1"])
    #expect(try lab.state(key, in: "eu-west-1") == "Creating")
    lab.cloud.advance(by: .seconds(5))
    #expect(try lab.state(key, in: "eu-west-1") == "Enabled")
    return (lab, key)
  }

  @Test func whatOneRegionSealsAnotherOpens() throws {
    var (lab, key) = try pair()
    #expect(key.hasPrefix("mrk-") && key.count == 36)
    let here = try lab.encrypt(key)
    let there = try lab.encrypt(key, in: "eu-west-1")
    #expect(try lab.opens(here, in: "eu-west-1"))
    #expect(try lab.opens(there))
    #expect(
      lab.refusal("Decrypt", ["CiphertextBlob": here], in: "us-west-2")?.code
        == "AccessDeniedException")
    let metadata = try lab.metadata(key, in: "eu-west-1")["MultiRegionConfiguration"]
    #expect(metadata?["MultiRegionKeyType"] == "REPLICA")
    #expect(metadata?["PrimaryKey"]?["Region"] == "us-east-1")
    #expect(metadata?["ReplicaKeys"]?.array?.map { $0["Region"] } == ["eu-west-1"])
  }

  @Test func rotationReachesTheReplicasAndIsThePrimarysAffair() throws {
    var (lab, key) = try pair()
    let named: JSON = ["KeyId": .string(key)]
    let old = try lab.encrypt(key)
    try lab.call("RotateKeyOnDemand", named)
    let new = try lab.encrypt(key)
    #expect(try lab.opens(old, in: "eu-west-1"))
    #expect(try lab.opens(new, in: "eu-west-1"))
    #expect(
      try lab.metadata(key)["CurrentKeyMaterialId"]
        == lab.metadata(key, in: "eu-west-1")["CurrentKeyMaterialId"])
    for name in ["RotateKeyOnDemand", "EnableKeyRotation", "DisableKeyRotation"] {
      #expect(
        lab.refusal(name, named, in: "eu-west-1")?.code == "UnsupportedOperationException",
        "\(name)")
    }
    try lab.call("EnableKeyRotation", named)
    let status = try lab.call("GetKeyRotationStatus", named, in: "eu-west-1")
    #expect(status["KeyRotationEnabled"] == true)
  }

  @Test func thePrimaryRegionMovesAndRotationMovesWithIt() throws {
    var (lab, key) = try pair()
    let named: JSON = ["KeyId": .string(key)]
    try lab.call("EnableKeyRotation", named.with([("RotationPeriodInDays", 90)]))
    try lab.call("UpdatePrimaryRegion", named.with([("PrimaryRegion", "eu-west-1")]))
    #expect(try lab.state(key) == "Updating")
    #expect(try lab.opens(lab.encrypt(key)))
    #expect(lab.refusal("DisableKey", named)?.message.hasSuffix("is updating.") == true)
    lab.cloud.advance(by: .seconds(5))
    #expect(try lab.state(key) == "Enabled")
    let configuration = try lab.metadata(key)["MultiRegionConfiguration"]
    #expect(configuration?["MultiRegionKeyType"] == "REPLICA")
    #expect(configuration?["PrimaryKey"]?["Region"] == "eu-west-1")
    lab.days(90)
    for region in ["us-east-1", "eu-west-1"] {
      let reply = try lab.call("ListKeyRotations", named, in: region)
      #expect(reply["Rotations"]?.array?.count == 1, "\(region)")
    }
    try lab.call("DisableKeyRotation", named, in: "eu-west-1")
  }

  @Test func aPrimaryKeyWaitsForItsReplicasToGo() throws {
    var (lab, key) = try pair()
    let named: JSON = ["KeyId": .string(key), "PendingWindowInDays": 7]
    let reply = try lab.call("ScheduleKeyDeletion", named)
    #expect(reply["KeyState"] == "PendingReplicaDeletion")
    #expect(reply["DeletionDate"] == nil)
    #expect(try lab.metadata(key)["PendingDeletionWindowInDays"] == 7)
    lab.days(30)
    #expect(try lab.state(key) == "PendingReplicaDeletion")
    try lab.call("ScheduleKeyDeletion", named, in: "eu-west-1")
    lab.days(7)
    #expect(try lab.state(key) == "PendingDeletion")
    lab.days(7)
    #expect(lab.refusal("DescribeKey", ["KeyId": .string(key)])?.code == "NotFoundException")
  }

  /// The copy in us-east-1 is deleted, and replicated there again from eu-west-1.
  @Test func aCopyThatComesBackIsTheSameKey() throws {
    var (lab, key) = try pair()
    let named: JSON = ["KeyId": .string(key)]
    let slot = try lab.slot(key)
    let other = try lab.slot(key, in: "eu-west-1")
    let sealed = try lab.encrypt(key)
    try lab.call(
      "CreateGrant",
      named.with([
        ("GranteePrincipal", "kinesis.amazonaws.com"), ("Operations", ["Decrypt"]),
      ]))
    try lab.call("CreateAlias", ["AliasName": "alias/mine", "TargetKeyId": .string(key)])
    try lab.call("UpdatePrimaryRegion", named.with([("PrimaryRegion", "eu-west-1")]))
    lab.cloud.advance(by: .seconds(6))
    try lab.call("ScheduleKeyDeletion", named.with([("PendingWindowInDays", 7)]))
    let again = named.with([("ReplicaRegion", "us-east-1")])
    // As long as the old one waits, its place is taken.
    #expect(
      lab.refusal("ReplicateKey", again, in: "eu-west-1")?.code == "AlreadyExistsException")
    lab.days(7)
    #expect(lab.refusal("DescribeKey", named)?.code == "NotFoundException")
    try lab.call("RotateKeyOnDemand", named, in: "eu-west-1")
    let later = try lab.encrypt(key, in: "eu-west-1")
    let gone = lab
    try lab.call("ReplicateKey", again, in: "eu-west-1")
    lab.cloud.advance(by: .seconds(6))
    #expect(try lab.slot(key) == slot)
    #expect(lab.cloud.world.keys.related(to: slot) == [slot, other].sorted())
    #expect(try lab.opens(sealed))
    #expect(try lab.opens(later))
    #expect(try lab.metadata(key)["MultiRegionConfiguration"]?["MultiRegionKeyType"] == "REPLICA")
    // What was the old one's own does not come back: its grants, its aliases, its use.
    #expect(try lab.call("ListGrants", named)["Grants"]?.array?.isEmpty == true)
    #expect(lab.cloud.world.keys.alias("alias/mine", in: .usEast1) == nil)
    // A copy of the world from before is another one, and stays so.
    #expect(gone.cloud.world.digest != lab.cloud.world.digest)
    #expect(gone.cloud.world.keys[slot].state == .gone)
    // A key with another id never takes up the slot of one that is gone.
    var fresh = gone
    let new = try fresh.makeKey(["MultiRegion": true])
    #expect(try fresh.slot(new) == Int32(fresh.cloud.world.keys.keys.count - 1))
    #expect(fresh.cloud.world.keys[slot].state == .gone)
  }

  @Test func aCopyThatComesBackHasNotBeenUsedYet() throws {
    var (lab, key) = try pair()
    let named: JSON = ["KeyId": .string(key)]
    _ = try lab.encrypt(key, in: "eu-west-1")
    #expect(
      try lab.call("GetKeyLastUsage", named, in: "eu-west-1")["KeyLastUsage"]?["Operation"]
        == "Encrypt")
    try lab.call("ScheduleKeyDeletion", named.with([("PendingWindowInDays", 7)]), in: "eu-west-1")
    lab.days(7)
    try lab.call("ReplicateKey", named.with([("ReplicaRegion", "eu-west-1")]))
    lab.cloud.advance(by: .seconds(6))
    let usage = try lab.call("GetKeyLastUsage", named, in: "eu-west-1")
    #expect(usage["KeyLastUsage"] == nil)
    #expect(usage["KeyCreationDate"] == "2026-01-12T09:00:05+00:00")
  }

  /// Source: AWS KMS API Reference, ReplicateKey: quotas apply to each primary key and replica.
  @Test func aRegionFullOfKeysTakesNoReplicaEither() throws {
    var lab = KMSLab()
    let key = try lab.makeKey(["MultiRegion": true])
    let full = try lab.call("CreateKey", [:], in: "eu-west-1")["KeyMetadata"]?["KeyId"]?.string
    let one = lab.cloud.world.keys[try lab.slot(try #require(full), in: "eu-west-1")]
    while lab.cloud.world.customerKeys(in: one.region) < KMS.Limits.customerKeys {
      for _ in 0..<10_000 { lab.cloud.world.keys.add(one) }
    }
    let request: JSON = ["KeyId": .string(key), "ReplicaRegion": "eu-west-1"]
    #expect(lab.refusal("ReplicateKey", request)?.code == "LimitExceededException")
    #expect(lab.refusal("CreateKey", [:], in: "eu-west-1")?.code == "LimitExceededException")
    try lab.call("ReplicateKey", ["KeyId": .string(key), "ReplicaRegion": "us-west-2"])
  }

  @Test func replicatingIsRefusedWhereItMakesNoSense() throws {
    var (lab, key) = try pair()
    let single = try lab.makeKey()
    for (name, region, inRegion, code) in [
      (key, "eu-west-1", "us-east-1", "AlreadyExistsException"),
      (key, "us-west-2", "eu-west-1", "UnsupportedOperationException"),
      (single, "us-west-2", "us-east-1", "UnsupportedOperationException"),
      (key, "mars-north-1", "us-east-1", "ValidationException"),
    ] {
      let request: JSON = ["KeyId": .string(name), "ReplicaRegion": .string(region)]
      #expect(lab.refusal("ReplicateKey", request, in: inRegion)?.code == code, "\(name) \(region)")
    }
    let request: JSON = ["KeyId": .string(key), "PrimaryRegion": "us-west-2"]
    #expect(lab.refusal("UpdatePrimaryRegion", request)?.code == "NotFoundException")
  }
}
