import Cloud
import Policies

/// Every explanation of a refusal has a name, by which `explain` finds more about it.
package enum MessageNames {
  /// `KH-DENY`, `KH-NO-IDENTITY`, … ; nothing for a decision that allows.
  package static func name(of decision: Decision) -> String? {
    guard decision.verdict == .denied else { return nil }
    if decision.cause == .explicitDeny { return "KH-DENY" }
    if decision.isRefusedByRow {
      switch decision.rowsUsed.first {
      case "service-statement": return "KH-ROW-SERVICE"
      case "managed-key-iam": return "KH-ROW-MANAGED"
      default: return "KH-ROW-BOTH"
      }
    }
    switch decision.refusedBy {
    // AWS's own resource control policy allows and cannot be detached: such a refusal is a Deny.
    case .serviceControl, .resourceControl: return "KH-NO-SCP"
    case .resource:
      return decision.isTrust ? "KH-NO-TRUST" : "KH-NO-RESOURCE"
    case .boundary: return "KH-NO-BOUNDARY"
    case .session: return "KH-NO-SESSION"
    case .endpoint: return "KH-NO-ENDPOINT"
    case .identity, .grant, nil: return "KH-NO-IDENTITY"
    }
  }

  /// The name of what is said about an error that is no decision.
  package static func name(of error: ServiceError) -> String? {
    kind(of: error.cause).map { "KH-\($0.rawValue)" }
  }

  /// All names of decisions and errors, and of a key that nobody has, which never comes to a decision; the
  /// findings of lint-policy have theirs beside them.
  package static let all: [String] =
    [
      "DENY", "NO-IDENTITY", "NO-RESOURCE", "NO-TRUST", "NO-BOUNDARY", "NO-SESSION", "NO-SCP",
      "NO-ENDPOINT", "ROW-BOTH", "ROW-SERVICE", "ROW-MANAGED", "CREDENTIALS-UNKNOWN",
    ].map { "KH-\($0)" } + ErrorKind.allCases.map { "KH-\($0.rawValue)" }

  /// Sorts of errors that are told alike.
  private enum ErrorKind: String, CaseIterable {
    case streamMissing = "STREAM-MISSING"
    case streamMaking = "STREAM-MAKING"
    case streamBusy = "STREAM-BUSY"
    case shardMissing = "SHARD-MISSING"
    case entityMissing = "ENTITY-MISSING"
    case keyMissing = "KEY-MISSING"
    case keyRegion = "KEY-REGION"
    case keyForeign = "KEY-FOREIGN"
    case keyDisabled = "KEY-DISABLED"
    case keyState = "KEY-STATE"
    case keyOrigin = "KEY-ORIGIN"
    case keyUsage = "KEY-USAGE"
    case keyImport = "KEY-IMPORT"
    case aliasName = "ALIAS-NAME"
    case ciphertext = "CIPHERTEXT"
    case ciphertextKey = "CIPHERTEXT-KEY"
    case policySyntax = "POLICY-SYNTAX"
    case policyMissing = "POLICY-MISSING"
    case lockout = "LOCKOUT"
    case grant = "GRANT"
    case recordDamaged = "RECORD-DAMAGED"
    case recordSize = "RECORD-SIZE"
    case iterator = "ITERATOR"
    case iteratorInput = "ITERATOR-INPUT"
    case expired = "EXPIRED"
    case credentialsOff = "CREDENTIALS-OFF"
    case credentialsKind = "CREDENTIALS-KIND"
    case throttled = "THROTTLED"
    case limit = "LIMIT"
    case exists = "EXISTS"
    case inUse = "IN-USE"
    case token = "TOKEN"
    case organization = "ORGANIZATION"
    case dryRun = "DRY-RUN"
    case notSimulated = "NOT-SIMULATED"
    case input = "INPUT"
  }

  private static func kind(of error: ServiceError) -> ErrorKind? {
    switch error {
    case .accessDenied: nil
    case .streamNotFound: .streamMissing
    case .streamBeingMade: .streamMaking
    case .streamNotActive: .streamBusy
    case .shardNotFound: .shardMissing
    case .noSuchEntity, .policyNotFound: .entityMissing
    case .notAKeyID, .unknownKey, .unknownAlias, .kms(.notFound, _): .keyMissing
    case .keyOfOtherRegion: .keyRegion
    case .keyOfOtherAccount: .keyForeign
    case .keyDisabled: .keyDisabled
    case .keyInState, .keyNotPendingDeletion, .kms(.invalidState, _): .keyState
    case .keyOrigin, .kms(.unsupported, _): .keyOrigin
    case .keyUsage: .keyUsage
    case .kms(.incorrectKeyMaterial, _), .kms(.invalidImportToken, _),
      .kms(.expiredImportToken, _), .kms(.invalidCiphertext, _):
      .keyImport
    case .aliasWithoutPrefix, .aliasReserved, .aliasAsTarget: .aliasName
    case .ciphertextInvalid: .ciphertext
    case .ciphertextOfOtherKey, .ciphertextKeyUnknown: .ciphertextKey
    case .malformedPolicy, .streamPolicy: .policySyntax
    case .noResourcePolicy, .unknownPolicyName: .policyMissing
    case .lockout: .lockout
    case .unknownGrant, .unknownGrantee, .invalidGrantToken: .grant
    case .recordDamaged: .recordDamaged
    case .recordTooLarge, .requestTooLarge: .recordSize
    case .iteratorExpired: .iterator
    case .iteratorInvalid, .iteratorArguments, .sequenceNumberInvalid, .timestampMissing,
      .timestampInFuture:
      .iteratorInput
    case .credentialsExpired: .expired
    case .accessKeyInactive: .credentialsOff
    case .simulatorInput("InvalidClientTokenId", _), .simulatorInput("AccessDenied", _):
      .credentialsKind
    case .kmsThrottled, .controlThrottled, .rateExceeded: .throttled
    case .limitExceeded, .policyTooLarge, .keyPolicyTooLarge, .aliasLimit, .shardLimit,
      .tooManyEncryptionChanges, .kms(.limit, _):
      .limit
    case .aliasExists, .streamExists, .entityExists, .kms(.alreadyExists, _): .exists
    case .deleteConflict: .inUse
    case .invalidToken, .invalidMarker, .kms(.invalidMarker, _): .token
    case .organizations: .organization
    case .dryRun: .dryRun
    case .notSimulated: .notSimulated
    // What breaks the model's constraints, or a rule of one operation alone.
    default: .input
    }
  }
}
