import Values

/// How often the operations of the control plane were called in the current second of the clock.
///
/// Only calls that were performed count. The rates are those of an account and a Region; some of
/// Kinesis's are those of a stream.
package struct ControlMeter: Sendable {
  private struct Place: Hashable {
    var operation: OperationID
    var region: Region
    /// The stream's slot where the rate is a stream's; −1 for the account's.
    var stream: Int32
  }

  private var second: Int64 = .min
  private var used: [Place: Int] = [:]

  private func place(_ rate: ControlRate, _ id: OperationID, _ region: Region, _ subject: Subject)
    -> Place
  {
    var place = Place(operation: id, region: region, stream: -1)
    if rate.isOfStream, case .stream(let slot) = subject { place.stream = slot }
    return place
  }

  /// How many more may come in this second.
  func used(
    _ rate: ControlRate, _ id: OperationID, _ region: Region, _ subject: Subject, at now: Instant
  ) -> Int {
    now.seconds == second ? used[place(rate, id, region, subject), default: 0] : 0
  }

  mutating func count(
    _ rate: ControlRate, _ id: OperationID, _ region: Region, _ subject: Subject, at now: Instant
  ) {
    if now.seconds != second {
      second = now.seconds
      used.removeAll(keepingCapacity: true)
    }
    used[place(rate, id, region, subject), default: 0] += 1
  }
}

/// Calls of one operation that are admitted in a second.
package struct ControlRate: Hashable, Sendable {
  package let most: Int
  /// Whether each stream has it for itself.
  package let isOfStream: Bool

  static func ofAccount(_ most: Int) -> ControlRate { ControlRate(most: most, isOfStream: false) }
  static func ofStream(_ most: Int) -> ControlRate { ControlRate(most: most, isOfStream: true) }
}

extension OperationID {
  /// Nothing for operations that are not metered by themselves: the data plane has the shards' rates,
  /// cryptographic requests have a quota together, and the other services none here.
  ///
  /// A switch, because the door asks this of each record: of one operation it is known beforehand.
  /// Source: AWS KMS Developer Guide, request quotas; Kinesis Data Streams Developer Guide, quotas and
  /// limits, and the API Reference of each operation.
  @inline(__always)
  package var controlRate: ControlRate? {
    switch self {
    case .describeLimits, .getParametersForImport: .ofAccount(1)
    case .createKey, .createAlias, .updateAlias, .cancelKeyDeletion, .enableKey, .disableKey,
      .disableKeyRotation, .untagKey, .updateKeyDescription, .replicateKey, .updatePrimaryRegion,
      .rotateKeyOnDemand, .getKeyLastUsage, .createStream, .deleteStream, .listStreams,
      .updateStreamMode:
      .ofAccount(5)
    case .tagKey, .describeStream: .ofAccount(10)
    case .deleteAlias, .enableKeyRotation, .putKeyPolicy, .scheduleKeyDeletion,
      .importKeyMaterial, .deleteImportedKeyMaterial:
      .ofAccount(15)
    case .describeStreamSummary: .ofAccount(20)
    case .createGrant, .retireGrant, .revokeGrant: .ofAccount(50)
    case .listGrants, .listKeyPolicies, .listRetirableGrants, .listKeyRotations: .ofAccount(100)
    case .listKeys, .listAliases: .ofAccount(500)
    case .getKeyPolicy, .getKeyRotationStatus: .ofAccount(1000)
    case .describeKey, .listKeyTags: .ofAccount(2000)
    case .splitShard, .mergeShards, .updateShardCount, .increaseStreamRetentionPeriod,
      .decreaseStreamRetentionPeriod, .enableEnhancedMonitoring, .disableEnhancedMonitoring,
      .registerStreamConsumer, .deregisterStreamConsumer, .listStreamConsumers, .addTagsToStream,
      .removeTagsFromStream, .listTagsForStream, .putResourcePolicy, .getResourcePolicy,
      .deleteResourcePolicy:
      .ofStream(5)
    case .describeStreamConsumer: .ofStream(20)
    case .listShards: .ofStream(1000)
    default: nil
    }
  }
}

extension World {
  /// Fails when an operation of the control plane has been called as often as a second allows.
  func checkControlRate(_ rate: ControlRate, _ id: OperationID, _ call: Call, _ subject: Subject)
    throws(ServiceError)
  {
    let most = limit(.requests(id), in: call.region, usual: rate.most)
    guard controlMeter.used(rate, id, call.region, subject, at: now) < most else {
      var stream: String?
      if case .stream(let slot) = subject { stream = streams[slot].name }
      throw .controlThrottled(id, most: most, stream: stream, account: account)
    }
  }
}
