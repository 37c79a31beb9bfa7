import Ciphers
import Policies
import Values

extension Kinesis {
  /// The AWS managed key that Kinesis makes for an account when it first needs it.
  static let managedKeyAlias = "alias/aws/kinesis"

  /// Turns encryption on, or changes the key, for records that arrive from then on.
  struct StartStreamEncryption: StreamOperation {
    static let id = OperationID.startStreamEncryption

    /// Row `start-default-key`.
    static func optionalMembers(_ model: Model) -> [String] {
      model == .described ? ["KeyId", "EncryptionType"] : []
    }

    var stream: StreamReference
    var encryptionType: String?
    var keyID: String?

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      encryptionType = input.optionalText("EncryptionType")
      keyID = input.optionalText("KeyId")
    }

    func validate() throws(ServiceError) {
      try stream.validate()
      if let encryptionType, encryptionType != "KMS" {
        throw .encryptionTypeNotKMS(encryptionType)
      }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkActive(slot)
      let now = cloud.world.now
      let recent = cloud.world.streams[slot].starts.filter {
        $0 > now - Limits.encryptionWindow
      }
      guard recent.count < Limits.encryptionChanges else {
        throw .tooManyEncryptionChanges(name: cloud.world.streams[slot].name, starting: true)
      }
      if keyID == nil { permit.rows.formUnion(ModelRows(.startDefaultKey)) }
      let keyID = keyID ?? Kinesis.managedKeyAlias
      let before = cloud.world
      let protection: Protection
      do throws(ServiceError) {
        protection = try cloud.checkKey(keyID, for: slot, &permit)
      } catch {
        cloud.world = before
        throw error
      }
      cloud.world.streams[slot].starts = recent + [now]
      cloud.world.change(slot, to: protection)
    }
  }

  /// Turns encryption off for records that arrive from then on; what is stored stays encrypted.
  struct StopStreamEncryption: StreamOperation {
    static let id = OperationID.stopStreamEncryption
    var stream: StreamReference
    var encryptionType: String

    init(_ input: JSON) throws(ServiceError) {
      stream = StreamReference(input)
      encryptionType = input.text("EncryptionType")
    }

    func validate() throws(ServiceError) {
      try stream.validate()
      guard encryptionType == "KMS" else { throw .encryptionTypeNotKMS(encryptionType) }
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let slot = try permit.stream(in: cloud.world)
      try cloud.world.checkActive(slot)
      let now = cloud.world.now
      let recent = cloud.world.streams[slot].stops.filter { $0 > now - Limits.encryptionWindow }
      guard recent.count < Limits.encryptionChanges else {
        throw .tooManyEncryptionChanges(name: cloud.world.streams[slot].name, starting: false)
      }
      cloud.world.streams[slot].stops = recent + [now]
      cloud.world.change(slot, to: .none)
    }
  }
}

extension World {
  /// Lets the shards take a new setting one by one, on the clock.
  mutating func change(_ slot: Int32, to protection: Kinesis.Protection) {
    streams[slot].status = .updating
    streams[slot].change = .encryption(protection)
    streams.note("change \(slot) \(protection.keyID ?? "none")")
    var due = now + Kinesis.Limits.firstSwitch
    for (place, shard) in streams[slot].open.enumerated() {
      if place > 0 { due = due + Kinesis.Limits.nextSwitch }
      timers.add(.shardSwitched(stream: slot, shard: shard), due: due)
    }
    timers.add(.encryptionChanged(slot), due: due + Kinesis.Limits.settling)
  }
}

extension Cloud {
  /// Asks KMS, for the caller, whether a key can protect a stream.
  ///
  /// Assumed: that Kinesis calls DescribeKey here; its errors say that it looks at the key, not how.
  mutating func checkKey(_ keyID: String, for stream: Int32, _ permit: inout Permit)
    throws(ServiceError) -> Kinesis.Protection
  {
    let call = permit.forwarded(for: stream)
    if (ARN(keyID)?.resource ?? keyID) == Kinesis.managedKeyAlias {
      makeManagedKey(in: call.region)
    }
    do throws(ServiceError) {
      let slot = try self.call(KMS.DescribeKey(keyID: keyID), call)
      // Kinesis takes symmetric keys that could be used right now.
      try world.keys.check(.generateDataKey, on: slot)
      let isAlias = (ARN(keyID)?.resource ?? keyID).hasPrefix("alias/")
      return .kms(keyID: keyID, slot: isAlias ? nil : slot)
    } catch {
      throw .fromKMS(error, world.model)
    }
  }

  /// Makes the AWS managed key of Kinesis on its first use in a Region.
  /// Source: AWS KMS API Reference, ListAliases.
  mutating func makeManagedKey(in region: Region) {
    guard world.keys.alias(Kinesis.managedKeyAlias, in: region, of: world.active) == nil else {
      return
    }
    let text = KMS.managedKeyPolicy(account: world.account, region: region)
    guard let policy = try? PolicyDocument(parsing: text, as: .key) else {
      preconditionFailure("the managed key's policy does not parse")
    }
    let slot = world.makeKey(
      in: region, manager: .aws,
      description: "Default key that protects my Kinesis data when no other key is defined",
      policy: policy)
    world.keys.add(
      KMS.Alias(
        name: Kinesis.managedKeyAlias, region: region, owner: world.active, created: world.now,
        updated: world.now, key: slot))
    // AWS rotates its own keys every year; nobody can change that.
    world.setSchedule(days: KMS.Limits.rotationDays, of: slot)
  }
}
