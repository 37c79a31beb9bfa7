import API
import Values

/// API input and output as the trail quotes them: member names begin in lower case, times are written
/// as Java writes them, and bytes and secrets are left out.
///
/// Source: CloudTrail User Guide, record contents; AWS KMS Developer Guide, log entries.
enum EventParameters {
  /// What CloudTrail writes in place of what nobody may read there.
  static let hidden: JSON = "HIDDEN_DUE_TO_SECURITY_REASONS"

  /// Members that are secret although their type does not say so.
  private static let secrets: Set<String> = [
    "SecretAccessKey", "GrantToken", "GrantTokens", "Plaintext", "PrivateKeyPlaintext",
    "SSECustomerKey",
  ]
  private static let masked: Set<String> = ["SessionToken"]

  /// Nothing for a value that the trail leaves out.
  static func quoted(_ value: JSON, _ shape: Shape?) -> JSON? {
    guard let shape else { return value }
    if shape.isSensitive { return nil }
    switch shape.kind {
    case .blob: return nil
    case .timestamp: return time(value)
    case .structure:
      guard let object = value.object else { return value }
      var members: [(String, JSON)] = []
      for member in object.members where !secrets.contains(member.name) {
        let inner =
          masked.contains(member.name)
          ? hidden : quoted(member.value, shape.member(member.name)?.shape)
        if let inner { members.append((name(of: member.name), inner)) }
      }
      return .object(JSONObject(members))
    case .list: return .array((value.array ?? []).compactMap { quoted($0, shape.element) })
    // The keys of a map are the caller's own.
    case .map, .string, .integer, .long, .double, .boolean: return value
    }
  }

  /// `keyId` of `KeyId`.
  static func name(of member: String) -> String {
    member.prefix(1).lowercased() + member.dropFirst()
  }

  private static func time(_ value: JSON) -> JSON {
    guard let instant = Instant(parsing: value.string ?? value.line) else { return value }
    return .string(instant.javaText)
  }
}

extension Instant {
  /// `Jan 5, 2026, 9:00:00 AM`
  package var javaText: String {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let time = CalendarTime(self)
    let hour = time.hour % 12 == 0 ? 12 : time.hour % 12
    let clock = timeOfDay.dropFirst(2)
    return "\(months[time.month - 1]) \(time.day), \(time.year), \(hour)\(clock) "
      + (time.hour < 12 ? "AM" : "PM")
  }
}

/// What the trail's records of one operation have beyond the rule.
struct EventExtras: Sendable {
  /// Parameters that are written even when the request leaves them to the service.
  var defaults: [(name: String, value: JSON)] = []
  /// Whether the answer is written as the key's ARN, which the operation itself does not return.
  var answersKey = false

  /// Source: AWS KMS Developer Guide, log entries of each operation.
  private static let table: [OperationID: EventExtras] = {
    let algorithm: (String, JSON) = ("encryptionAlgorithm", "SYMMETRIC_DEFAULT")
    let bypass: (String, JSON) = ("bypassPolicyLockoutSafetyCheck", false)
    var table: [OperationID: EventExtras] = [
      .encrypt: EventExtras(defaults: [algorithm]), .decrypt: EventExtras(defaults: [algorithm]),
      .reEncrypt: EventExtras(defaults: [
        ("sourceEncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
        ("destinationEncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
      ]),
      .createKey: EventExtras(defaults: [
        ("description", ""), ("origin", "AWS_KMS"), bypass,
        ("customerMasterKeySpec", "SYMMETRIC_DEFAULT"), ("keySpec", "SYMMETRIC_DEFAULT"),
        ("keyUsage", "ENCRYPT_DECRYPT"), ("multiRegion", false),
      ]),
      .replicateKey: EventExtras(defaults: [bypass, ("description", "")]),
      .putKeyPolicy: EventExtras(defaults: [("policyName", "default"), bypass]),
    ]
    let answering: [OperationID] = [
      .createAlias, .updateAlias, .deleteAlias, .enableKey, .disableKey, .enableKeyRotation,
      .disableKeyRotation, .createGrant, .retireGrant, .revokeGrant, .importKeyMaterial,
      .deleteImportedKeyMaterial,
    ]
    for id in answering { table[id] = EventExtras(answersKey: true) }
    return table
  }()

  static func of(_ id: OperationID) -> EventExtras { table[id] ?? EventExtras() }
}
