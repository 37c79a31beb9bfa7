import EncryptionSDK
import Narration

extension MessageError {
  /// The exception of the SDK for Python, and its arguments.
  var inPython: (name: String, arguments: [String]) {
    let troubleshooting =
      "See: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/"
      + "troubleshooting-migration.html"
    switch self {
    case .truncated(let part, _, _, _) where part.contains("signature"):
      return ("SerializationError", ["No signature found in message"])
    case .truncated(_, _, let needed, _):
      return (
        "SerializationError",
        [
          "Unexpected deserialization error", "<class 'struct.error'>",
          "unpack requires a buffer of \(needed) bytes",
        ]
      )
    case .unknownVersion(let version):
      return (
        "NotSupportedError",
        ["Unsupported version \(version)", "\(version) is not a valid SerializationVersion"]
      )
    case .unknownType(let type):
      return (
        "NotSupportedError", ["Unsupported type \(type)", "\(type) is not a valid ObjectType"]
      )
    case .unknownSuite(let id):
      return ("UnknownIdentityError", ["Unknown algorithm \(id)", "\(id)"])
    case .malformedContext, .repeatedContextKey:
      return ("SerializationError", ["Bad format of serialized context."])
    case .commitment:
      return (
        "MasterKeyProviderError",
        [
          "Key commitment validation failed. Key identity does not match the identity asserted in the "
            + "message. Halting processing of this message."
        ]
      )
    case .headerTag: return ("SerializationError", ["Header authorization failed"])
    case .frameTag, .blockTag: return ("InvalidTag", [])
    case .signature: return ("InvalidSignature", [])
    case .signatureKeyMissing:
      return (
        "SerializationError",
        ["No signature verification key found in header for signed algorithm."]
      )
    case .signatureKeyUnexpected:
      return (
        "SerializationError",
        ["Signature verification key found in header for non-signed algorithm."]
      )
    case .noDataKeyOpened, .noDataKeys:
      return ("DecryptKeyError", ["Unable to decrypt any data key"])
    case .tooManyDataKeys(let found, let limit):
      return (
        "MaxEncryptedDataKeysExceeded",
        ["Number of encrypted data keys found larger than configured value: \(found) > \(limit)"]
      )
    case .bodyTooLong(let found, let limit, let isFramed):
      return (
        "CustomMaximumValueExceeded",
        [
          (isFramed
            ? "Frame Size in header found larger than custom value: "
            : "Non-framed message content length found larger than custom value: ")
            + "\(found) > \(limit)"
        ]
      )
    case .frameOutOfOrder:
      return ("SerializationError", ["Malformed message: frames out of order"])
    case .commitmentPolicy(let policy, let suite, let isWriting):
      let name = policy.rawValue.uppercased().replacing("-", with: "_")
      return (
        "ActionNotAllowedError",
        [
          "Configuration conflict. Cannot \(isWriting ? "encrypt" : "decrypt") due to "
            + "CommitmentPolicy.\(name) requiring only "
            + "\(policy == .forbidEncrypt ? "non-committed" : "committed") messages. Algorithm ID was "
            + "\(suite.id). \(troubleshooting)"
        ]
      )
    case .signedForbidden(let suite):
      return (
        "ActionNotAllowedError",
        [
          "Configuration conflict. Cannot decrypt signed message in decrypt-unsigned mode. Algorithm ID "
            + "was \(suite.id). "
        ]
      )
    default: return ("SerializationError", [explanation])
    }
  }
}
