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
    case .resourceControl: return "KH-NO-RCP"
    case .serviceControl: return "KH-NO-SCP"
    case .resource:
      return decision.isTrust ? "KH-NO-TRUST" : "KH-NO-RESOURCE"
    case .boundary: return "KH-NO-BOUNDARY"
    case .session: return "KH-NO-SESSION"
    case .identity, .grant, nil: return "KH-NO-IDENTITY"
    }
  }

  /// The name of what is said about an error that is no decision.
  package static func name(of error: ServiceError) -> String? {
    switch error.cause {
    case .streamNotFound: "KH-STREAM-MISSING"
    case .streamBeingMade: "KH-STREAM-MAKING"
    case .streamNotActive: "KH-STREAM-BUSY"
    case .noSuchEntity: "KH-ENTITY-MISSING"
    case .notAKeyID, .unknownKey, .unknownAlias: "KH-KEY-MISSING"
    case .keyOfOtherRegion: "KH-KEY-REGION"
    case .keyDisabled: "KH-KEY-DISABLED"
    case .keyInState: "KH-KEY-STATE"
    case .keyUsage: "KH-KEY-USAGE"
    case .ciphertextInvalid: "KH-CIPHERTEXT"
    case .malformedPolicy, .streamPolicy: "KH-POLICY-SYNTAX"
    case .lockout: "KH-LOCKOUT"
    case .recordDamaged: "KH-RECORD-DAMAGED"
    case .iteratorExpired: "KH-ITERATOR"
    case .credentialsExpired: "KH-EXPIRED"
    case .kmsThrottled: "KH-THROTTLED"
    default: nil
    }
  }
}
