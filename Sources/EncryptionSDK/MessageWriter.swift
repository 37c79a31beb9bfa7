import Ciphers

/// A message, written.
package struct SealedMessage: Sendable {
  package let header: MessageHeader
  package let bytes: [UInt8]
  /// Bytes of the header with its tag, and of the signature with its length.
  package let headerBytes: Int
  package let footerBytes: Int
}

/// Writes messages of both versions of the format.
///
/// Source: AWS Encryption SDK Developer Guide, message format reference; specification, message body.
package enum MessageWriter {
  /// Nonce and tag of a frame, and its number.
  static let frameOverhead = 4 + CipherEngine.nonceBytes + CipherEngine.tagBytes
  static let finalMark: UInt32 = 0xFFFF_FFFF

  /// `frameLength` 0 writes a single block. `messageID` must be drawn anew for each message, as long as
  /// the suite says: what each message derives its own keys from.
  package static func seal(
    _ plaintext: [UInt8], _ materials: EncryptionMaterials, messageID: [UInt8],
    frameLength: Int = MessageLimits.usualFrameBytes, with gcm: DetachedGCM
  ) throws(MessageError) -> SealedMessage {
    let suite = materials.suite
    precondition(
      messageID.count == suite.messageIDBytes, "a message id is as long as its suite says")
    try check(plaintext.count, frameLength)
    let keys = MessageKeys(suite, dataKey: materials.dataKey, messageID: messageID)
    var header = MessageHeader(
      materials, messageID: messageID, frameLength: UInt32(frameLength), commitment: keys.commitment
    )
    var message = header.bodyBytes
    header.tag = gcm.seal([], under: keys.content, nonce: header.nonce, boundTo: message)
    message += header.tagBytes
    let headerBytes = message.count
    let bodyBytes = size(of: plaintext.count, frameLength)
    message.reserveCapacity(headerBytes + bodyBytes + 128)
    let body = [UInt8](unsafeUninitializedCapacity: bodyBytes) { output, count in
      count = bodyBytes
      guard let start = output.baseAddress else { return }
      plaintext.withUnsafeBytes {
        var body = Body(
          start: UnsafeMutableRawPointer(start), key: keys.content, messageID: messageID, gcm: gcm)
        frameLength > 0 ? body.write(frames: $0, of: frameLength) : body.write(block: $0)
      }
    }
    message += body
    let unsigned = message.count
    if let key = materials.signingKey {
      message.append(field: message.withUnsafeBytes { key.sign($0) })
    }
    return SealedMessage(
      header: header, bytes: message, headerBytes: headerBytes,
      footerBytes: message.count - unsigned)
  }

  private static func check(_ length: Int, _ frameLength: Int) throws(MessageError) {
    guard (0...MessageLimits.frameBytes).contains(frameLength) else {
      throw .frameLengthOption(frameLength)
    }
    if frameLength == 0 {
      guard length <= MessageLimits.blockBytes else {
        throw .bodyTooLong(found: UInt64(length), limit: MessageLimits.blockBytes, isFramed: false)
      }
    } else {
      guard length / frameLength < MessageLimits.frames else { throw .tooManyFrames }
    }
  }

  /// Bytes of the body. A last frame that is full is followed by an empty final one.
  private static func size(of length: Int, _ frameLength: Int) -> Int {
    guard frameLength > 0 else {
      return CipherEngine.nonceBytes + 8 + length + CipherEngine.tagBytes
    }
    return length + (length / frameLength + 1) * frameOverhead + 8
  }

  private struct Body {
    var start: UnsafeMutableRawPointer
    let key: SecretKey
    let messageID: [UInt8]
    let gcm: DetachedGCM

    mutating func write(block: UnsafeRawBufferPointer) {
      let nonce = BodyParts.nonce(1)
      put(nonce)
      var length: [UInt8] = []
      length.append(UInt64(block.count))
      put(length)
      seal(block, nonce, .singleBlock, 1)
    }

    mutating func write(frames plaintext: UnsafeRawBufferPointer, of frameLength: Int) {
      var number: UInt32 = 1
      var rest = plaintext
      while rest.count >= frameLength {
        let nonce = BodyParts.nonce(number)
        put(bytes(number) + nonce)
        seal(UnsafeRawBufferPointer(rebasing: rest[..<frameLength]), nonce, .frame, number)
        rest = UnsafeRawBufferPointer(rebasing: rest[frameLength...])
        number += 1
      }
      let nonce = BodyParts.nonce(number)
      put(bytes(finalMark) + bytes(number) + nonce + bytes(UInt32(rest.count)))
      seal(rest, nonce, .finalFrame, number)
    }

    private mutating func seal(
      _ plaintext: UnsafeRawBufferPointer, _ nonce: [UInt8], _ part: BodyParts, _ number: UInt32
    ) {
      gcm.seal(
        plaintext, under: key, nonce: nonce,
        boundTo: part.additional(messageID, number, length: plaintext.count), into: start)
      start += plaintext.count + CipherEngine.tagBytes
    }

    private mutating func put(_ bytes: [UInt8]) {
      bytes.withUnsafeBytes {
        if let from = $0.baseAddress { start.copyMemory(from: from, byteCount: $0.count) }
      }
      start += bytes.count
    }

    private func bytes(_ number: UInt32) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.append(number)
      return bytes
    }
  }
}

/// What the pieces of a body are bound to, so that none can stand for another.
///
/// Source: AWS Encryption SDK specification, message body AAD.
enum BodyParts: String {
  case frame = "AWSKMSEncryptionClient Frame"
  case finalFrame = "AWSKMSEncryptionClient Final Frame"
  case singleBlock = "AWSKMSEncryptionClient Single Block"

  func additional(_ messageID: [UInt8], _ number: UInt32, length: Int) -> [UInt8] {
    var bytes = messageID
    bytes.append(contentsOf: rawValue.utf8)
    bytes.append(number)
    bytes.append(UInt64(length))
    return bytes
  }

  /// The nonce of a piece: its number, behind zeros.
  static func nonce(_ number: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 8)
    bytes.append(number)
    return bytes
  }
}
