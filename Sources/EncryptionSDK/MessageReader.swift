import Ciphers
import Values

/// A message whose header was read, and nothing more: no key was needed, and nothing is proved yet.
package struct MessageReader {
  /// What a reader accepts.
  package struct Limits: Sendable {
    package var policy = CommitmentPolicy.requireBoth
    package var dataKeys: Int?
    /// Bytes of a frame, or of the content of a single block.
    package var body: Int?
    /// Whether only messages without a signature are read.
    package var forbidsSignature = false

    package init() {}
  }

  package let header: MessageHeader
  private let bytes: [UInt8]
  private let limits: Limits
  /// Bytes that the header's tag covers.
  private let headerBody: Int
  /// The place behind the header.
  private let start: ByteReader

  /// Fails for bytes that are no message, and for a message that the limits refuse.
  package init(_ bytes: [UInt8], _ limits: Limits = Limits()) throws(MessageError) {
    var reader = ByteReader(bytes)
    var bodyLength = 0
    header = try MessageHeader(&reader, dataKeyLimit: limits.dataKeys, bodyLength: &bodyLength)
    self.bytes = bytes
    self.limits = limits
    headerBody = bodyLength
    start = reader
    try limits.policy.checkReading(header.suite)
    if limits.forbidsSignature, header.suite.isSigned { throw .signedForbidden(header.suite) }
    if let limit = limits.body, header.isFramed, header.frameLength > limit {
      throw .bodyTooLong(found: UInt64(header.frameLength), limit: limit, isFramed: true)
    }
  }

  /// The plaintext, once commitment, tags, order and signature of the whole message are proved; before
  /// that no byte of it leaves here.
  package func open(_ materials: DecryptionMaterials, with gcm: DetachedGCM) throws(MessageError)
    -> [UInt8]
  {
    let suite = header.suite
    guard materials.dataKey.count == suite.keyBytes else {
      throw .dataKeyLength(found: materials.dataKey.count, needed: suite.keyBytes)
    }
    let verification = try verificationKey()
    let keys = MessageKeys(suite, dataKey: materials.dataKey, messageID: header.messageID)
    if let commitment = keys.commitment, !commitment.matches(header.commitment) {
      throw .commitment
    }
    guard
      gcm.open(
        header.tag, under: keys.content, nonce: header.nonce, boundTo: Array(bytes[..<headerBody]))
        != nil
    else { throw .headerTag }
    var reader = start
    let plaintext =
      header.isFramed
      ? try frames(&reader, keys.content, gcm) : try block(&reader, keys.content, gcm)
    if let verification {
      let signed = reader.place
      let signature = Array(try reader.field("the signature"))
      let isGood = bytes.withUnsafeBytes {
        verification.verifies(signature, of: UnsafeRawBufferPointer(rebasing: $0[..<signed]))
      }
      guard isGood else { throw .signature }
    }
    guard reader.remaining == 0 else { throw .trailingBytes(reader.remaining) }
    return plaintext
  }

  /// The parts of the message by their lengths, as far as it says them: nothing is proved.
  package var parts: [(name: String, count: Int)] {
    var parts = [("header", headerBody), ("header's tag", start.place - headerBody)]
    var reader = start
    var count = 0
    while (try? skipPiece(&reader)) == true { count += 1 }
    let body = reader.place - start.place
    let frames = header.isFramed ? "body, \(count + 1) \(count == 0 ? "frame" : "frames")" : "body"
    parts.append((frames, body))
    if reader.remaining > 0 {
      parts.append((header.suite.isSigned ? "signature" : "more", reader.remaining))
    }
    return parts
  }

  /// Goes over one piece of the body; false at the last one.
  private func skipPiece(_ reader: inout ByteReader) throws(MessageError) -> Bool {
    guard header.isFramed else {
      _ = try reader.take(CipherEngine.nonceBytes, "the nonce of the block")
      let length = try reader.number64("the length of the block")
      let rest = UInt64(CipherEngine.tagBytes)
      _ = try reader.take(Int(min(length, UInt64(Int32.max)) + rest), "the block")
      return false
    }
    guard try reader.number32("a number") == MessageWriter.finalMark else {
      _ = try reader.take(
        Int(header.frameLength) + CipherEngine.nonceBytes + CipherEngine.tagBytes, "a frame")
      return true
    }
    _ = try reader.take(4 + CipherEngine.nonceBytes, "the final frame")
    let length = try reader.number32("a length")
    _ = try reader.take(Int(length) + CipherEngine.tagBytes, "the final frame")
    return false
  }

  private func verificationKey() throws(MessageError) -> VerificationKey? {
    let text = header.context[MessageContext.publicKeyName]
    guard let curve = header.suite.curve else {
      if text != nil { throw .signatureKeyUnexpected }
      return nil
    }
    guard let text else { throw .signatureKeyMissing }
    guard let point = Base64.decode(text), let key = VerificationKey(curve, point: point) else {
      throw .signatureKeyInvalid(text)
    }
    return key
  }

  private func block(_ reader: inout ByteReader, _ key: SecretKey, _ gcm: DetachedGCM)
    throws(MessageError) -> [UInt8]
  {
    let nonce = Array(try reader.take(CipherEngine.nonceBytes, "the nonce of the block"))
    let length = try reader.number64("the length of the block")
    if let limit = limits.body, length > limit {
      throw .bodyTooLong(found: length, limit: limit, isFramed: false)
    }
    guard length <= MessageLimits.blockBytes else {
      throw .bodyTooLong(found: length, limit: MessageLimits.blockBytes, isFramed: false)
    }
    let content = try reader.take(Int(length), "the block")
    let tag = try reader.take(CipherEngine.tagBytes, "the tag of the block")
    let additional = BodyParts.singleBlock.additional(header.messageID, 1, length: content.count)
    var isOpen = false
    let plaintext = [UInt8](unsafeUninitializedCapacity: content.count + 1) { output, count in
      guard let target = output.baseAddress else { return }
      isOpen = content.withUnsafeBytes {
        gcm.open(
          $0, tag: tag, under: key, nonce: nonce, boundTo: additional,
          into: UnsafeMutableRawPointer(target))
      }
      count = isOpen ? content.count : 0
    }
    guard isOpen else { throw .blockTag }
    return plaintext
  }

  private func frames(_ reader: inout ByteReader, _ key: SecretKey, _ gcm: DetachedGCM)
    throws(MessageError) -> [UInt8]
  {
    // The plaintext is shorter than what is left of the message.
    var plaintext: [UInt8] = []
    plaintext.reserveCapacity(reader.remaining)
    var expected: UInt32 = 1
    while true {
      var number = try reader.number32("the number of a frame")
      let isFinal = number == MessageWriter.finalMark
      if isFinal { number = try reader.number32("the number of the final frame") }
      guard number == expected else { throw .frameOutOfOrder(expected: expected, found: number) }
      let part = isFinal ? "the final frame" : "frame \(number)"
      let nonce = Array(try reader.take(CipherEngine.nonceBytes, part))
      var length = header.frameLength
      if isFinal {
        length = try reader.number32("the length of the final frame")
        guard length <= header.frameLength else {
          throw .finalFrameTooLong(length, frameLength: header.frameLength)
        }
      }
      let content = try reader.take(Int(length), part)
      let tag = try reader.take(CipherEngine.tagBytes, part)
      let kind = isFinal ? BodyParts.finalFrame : .frame
      let additional = kind.additional(header.messageID, number, length: content.count)
      var isOpen = false
      plaintext += [UInt8](unsafeUninitializedCapacity: content.count + 1) { output, count in
        guard let target = output.baseAddress else { return }
        isOpen = content.withUnsafeBytes {
          gcm.open(
            $0, tag: tag, under: key, nonce: nonce, boundTo: additional,
            into: UnsafeMutableRawPointer(target))
        }
        count = isOpen ? content.count : 0
      }
      guard isOpen else { throw .frameTag(number) }
      if isFinal { return plaintext }
      // Sequence numbers end before the mark of the final frame.
      guard expected < UInt32(MessageLimits.frames) else { throw .tooManyFrames }
      expected += 1
    }
  }
}
