import EncryptionSDK
import Values

extension MessageError {
  /// What was wrong, in sentences.
  package var explanation: String {
    proofExplanation ?? keyExplanation ?? limitExplanation ?? formExplanation
  }

  private var formExplanation: String {
    switch self {
    case .truncated(let part, let offset, let needed, let found):
      "The message is cut off: at offset \(offset) \(part) should have "
        + "\(ShortNames.bytes(needed)), and \(found == 0 ? "none is" : "\(found) are") left."
    case .unknownVersion(let version):
      "This is no message of the AWS Encryption SDK: it would begin with 01 or 02, not "
        + "\(Hex.text([version]))."
    case .unknownType(let type):
      "This is no message of the AWS Encryption SDK: after 01 would come 80, not "
        + "\(Hex.text([type])). A CiphertextBlob of KMS is opened with aws kms decrypt."
    case .unknownSuite(let id):
      "There is no algorithm suite \(Hex.text([UInt8(id >> 8), UInt8(id & 255)]))."
    case .suiteOfOtherVersion(let suite, let version):
      "Suite \(suite.number) belongs to version \(suite.version) of the format, and the message says "
        + "that it is version \(version)."
    case .unknownContentType(let type): "There is no content type \(type): 1 is a block, 2 frames."
    case .reservedNotZero: "The four reserved bytes of the header are not zero."
    case .nonceLength(let length): "Nonces have 12 bytes, not \(length)."
    case .frameLength(let length, let isFramed):
      isFramed
        ? "The message has frames, and their length is \(length)."
        : "The message is a single block, and names a frame length of \(length)."
    case .malformedContext(let what): "The encryption context does not read: \(what)."
    case .repeatedContextKey(let key):
      "The encryption context has the key \(JSON.quoted(key)) twice."
    case .notUTF8(let part): "\(part.prefix(1).uppercased() + part.dropFirst()) is not UTF-8."
    case .noDataKeys: "The message has no encrypted data key."
    case .frameOutOfOrder(let expected, let found):
      "Frame \(expected) should come next, and frame \(found) does: frames were left out, doubled or "
        + "put in another order."
    case .finalFrameTooLong(let length, let frameLength):
      "The final frame has \(length) bytes, more than the \(frameLength) of a frame."
    case .trailingBytes(let count):
      "Behind the end of the message there \(count == 1 ? "is one more byte" : "are \(count) more bytes")."
    default: ""
    }
  }

  private var proofExplanation: String? {
    switch self {
    case .headerTag:
      "The header is not what was written, or the data key is another one: its tag does not fit."
    case .frameTag(let number):
      "Frame \(number) is not what was written: its tag does not fit. Nothing of the message was given "
        + "out."
    case .blockTag:
      "The body is not what was written: its tag does not fit. Nothing of the message was given out."
    case .commitment:
      "The message commits to another data key than the one that was unwrapped."
    case .signature:
      "The signature does not fit the message and the public key in its context: somebody altered the "
        + "message, or wrote it who had the data key and not the signing key."
    case .signatureKeyMissing:
      "The suite signs, and the encryption context holds no \(MessageContext.publicKeyName)."
    case .signatureKeyUnexpected:
      "The suite does not sign, and the encryption context holds \(MessageContext.publicKeyName): the "
        + "signature was taken off."
    case .signatureKeyInvalid(let text):
      "\(MessageContext.publicKeyName) is no point of the suite's curve: \(JSON.quoted(text))."
    default: nil
    }
  }

  private var keyExplanation: String? {
    switch self {
    case .noDataKeyOpened(let count):
      "None of the given keys opens "
        + (count == 1 ? "the encrypted data key" : "any of the \(count) encrypted data keys")
        + " of this message: key, namespace, name and encryption context must all be those of writing."
    case .dataKeyLength(let found, let needed):
      "The suite wants a data key of \(needed) bytes, and this one has \(found)."
    case .reservedNamespace(let name):
      "The namespace \(JSON.quoted(name)) is kept for KMS; a raw key needs another one."
    case .wrappingKeyLength(let count):
      "A wrapping key has 16, 24 or 32 bytes, and this file has \(count). "
        + "head -c 32 /dev/urandom > FILE makes one."
    case .nameTooLong(let text): "The name \(JSON.quoted(String(text.prefix(20))))… is too long."
    default: nil
    }
  }

  private var limitExplanation: String? {
    switch self {
    case .tooManyDataKeys(let found, let limit):
      "The message has \(found) encrypted data keys, and at most \(limit) "
        + "\(limit == 1 ? "is" : "are") accepted."
    case .bodyTooLong(let found, let limit, let isFramed):
      "\(isFramed ? "A frame" : "The single block") has \(found) bytes, and at most \(limit) are "
        + "accepted."
    case .contextTooLarge(let bytes):
      "The encryption context has \(bytes) bytes, and a message has room for "
        + "\(MessageLimits.contextBytes)."
    case .reservedContextKey(let key):
      "Keys of the encryption context that begin with \(MessageContext.reservedPrefix) are the SDK's "
        + "own: \(JSON.quoted(key))."
    case .tooManyFrames:
      "The message would have more frames than can be numbered; take longer ones."
    case .frameLengthOption(let length):
      "A frame has from 1 to \(MessageLimits.frameBytes) bytes, not \(length); 0 is a single block."
    case .commitmentPolicy(let policy, let suite, let isWriting):
      isWriting
        ? "Under the commitment policy \(policy.rawValue) no message of suite \(suite.number) is "
          + "written: it \(suite.isCommitting ? "commits" : "does not commit") to its data key."
        : "Under the commitment policy \(policy.rawValue) no message of suite \(suite.number) is read: "
          + "it does not commit to its data key. require-encrypt-allow-decrypt reads it."
    case .signedForbidden(let suite):
      "Only messages without a signature are read here, and suite \(suite.number) signs."
    default: nil
    }
  }
}
