/// Why a message cannot be written or read: facts, from which both the SDK's text and an explanation come.
package enum MessageError: Error, Hashable, Sendable {
  // The bytes
  /// The message ends inside `part`, which begins at `offset` and should be `needed` bytes long.
  case truncated(part: String, offset: Int, needed: Int, found: Int)
  case unknownVersion(UInt8)
  case unknownType(UInt8)
  case unknownSuite(UInt16)
  /// A suite of one version of the format in a message of another.
  case suiteOfOtherVersion(AlgorithmSuite, version: UInt8)
  case unknownContentType(UInt8)
  case reservedNotZero(UInt32)
  case nonceLength(UInt8)
  /// A single block has frame length 0, and frames have another.
  case frameLength(UInt32, isFramed: Bool)
  /// The context's parts do not fill the length that stands before them.
  case malformedContext(String)
  case repeatedContextKey(String)
  case notUTF8(part: String)
  case noDataKeys
  case frameOutOfOrder(expected: UInt32, found: UInt32)
  case finalFrameTooLong(UInt32, frameLength: UInt32)
  case trailingBytes(Int)

  // What is proved
  case headerTag
  case frameTag(UInt32)
  case blockTag
  /// The data key is not the one that the message was written with.
  case commitment
  case signature
  case signatureKeyMissing
  case signatureKeyUnexpected
  case signatureKeyInvalid(String)

  // Keys
  /// No encrypted data key could be opened; how many there were.
  case noDataKeyOpened(of: Int)
  case dataKeyLength(found: Int, needed: Int)

  // Limits and policies
  case tooManyDataKeys(found: Int, limit: Int)
  /// A frame, or the content of a single block, is longer than the reader wants.
  case bodyTooLong(found: UInt64, limit: Int, isFramed: Bool)
  case contextTooLarge(bytes: Int)
  case reservedContextKey(String)
  case tooManyFrames
  case frameLengthOption(Int)
  case commitmentPolicy(CommitmentPolicy, AlgorithmSuite, isWriting: Bool)
  case signedForbidden(AlgorithmSuite)

  // Keyrings
  case reservedNamespace(String)
  case wrappingKeyLength(Int)
  /// A name or a namespace that does not fit into two bytes of length.
  case nameTooLong(String)
}

/// Limits of the format.
package enum MessageLimits {
  /// Bytes of a serialised encryption context.
  /// Source: AWS Encryption SDK Developer Guide, message format: its length has two bytes.
  package static let contextBytes = 65_535

  /// Encrypted data keys of one message.
  /// Source: AWS Encryption SDK Developer Guide, message format: their count has two bytes.
  package static let dataKeys = 65_535

  /// Bytes of one frame.
  /// Source: AWS Encryption SDK Developer Guide, message format: the length has four bytes; the SDKs
  /// write at most 2^31 - 1.
  package static let frameBytes = 2_147_483_647

  /// Bytes of a frame when nobody says otherwise.
  /// Source: AWS Encryption SDK Developer Guide, frame length.
  package static let usualFrameBytes = 4096

  /// Frames of one message.
  /// Source: AWS Encryption SDK specification, message body: sequence numbers up to 2^32 - 1, of which
  /// the last one marks the final frame.
  package static let frames = 4_294_967_294

  /// Bytes of a single block.
  /// Source: AWS Encryption SDK specification, message body: 2^36 - 32.
  package static let blockBytes = 68_719_476_704
}
