import Ciphers

/// What stands at the beginning of a message, in the clear.
///
/// Source: AWS Encryption SDK Developer Guide, message format reference; specification, message header.
package struct MessageHeader: Hashable, Sendable {
  package let suite: AlgorithmSuite
  package let messageID: [UInt8]
  package let context: MessageContext
  package let dataKeys: [EncryptedDataKey]
  /// Bytes of a frame; 0 where the body is a single block.
  package let frameLength: UInt32
  /// What commits the message to its data key; empty in version 1.
  package let commitment: [UInt8]
  /// The nonce of the header's tag: zeros, unless a message of version 1 says otherwise.
  package internal(set) var nonce = [UInt8](repeating: 0, count: CipherEngine.nonceBytes)
  package internal(set) var tag: [UInt8] = []

  package var isFramed: Bool { frameLength > 0 }

  /// Of version 1: customer authenticated encrypted data.
  private static let type: UInt8 = 0x80
  private static let singleBlock: UInt8 = 1
  private static let framed: UInt8 = 2

  init(
    _ materials: EncryptionMaterials, messageID: [UInt8], frameLength: UInt32,
    commitment: SecretKey?
  ) {
    suite = materials.suite
    self.messageID = messageID
    context = materials.context
    dataKeys = materials.dataKeys
    self.frameLength = frameLength
    self.commitment = commitment?.bytes ?? []
  }

  /// Reads body and tag of a header. `limit` is how many encrypted data keys the reader wants to see.
  /// The bytes before the reader's place after it are what a signature covers; those before the tag are
  /// `bodyLength`.
  init(_ reader: inout ByteReader, dataKeyLimit limit: Int?, bodyLength: inout Int)
    throws(MessageError)
  {
    let version = try reader.byte("the version")
    guard version == 1 || version == 2 else { throw .unknownVersion(version) }
    if version == 1 {
      let type = try reader.byte("the type")
      guard type == Self.type else { throw .unknownType(type) }
    }
    let number = try reader.number16("the algorithm suite")
    guard let suite = AlgorithmSuite.numbered(number) else { throw .unknownSuite(number) }
    guard suite.version == version else { throw .suiteOfOtherVersion(suite, version: version) }
    self.suite = suite
    messageID = Array(try reader.take(suite.messageIDBytes, "the message id"))
    context = try MessageContext(parsing: Array(try reader.field("the encryption context")))
    dataKeys = try Self.dataKeys(&reader, limit)
    let content = try reader.byte("the content type")
    guard content == Self.framed || content == Self.singleBlock else {
      throw .unknownContentType(content)
    }
    if version == 1 {
      let reserved = try reader.number32("the reserved bytes")
      guard reserved == 0 else { throw .reservedNotZero(reserved) }
      let length = try reader.byte("the length of nonces")
      guard length == CipherEngine.nonceBytes else { throw .nonceLength(length) }
    }
    frameLength = try reader.number32("the frame length")
    guard (frameLength > 0) == (content == Self.framed) else {
      throw .frameLength(frameLength, isFramed: content == Self.framed)
    }
    commitment = suite.isCommitting ? Array(try reader.take(32, "the commitment")) : []
    bodyLength = reader.place
    if version == 1 { nonce = Array(try reader.take(nonce.count, "the nonce of the header")) }
    tag = Array(try reader.take(CipherEngine.tagBytes, "the tag of the header"))
  }

  private static func dataKeys(_ reader: inout ByteReader, _ limit: Int?) throws(MessageError)
    -> [EncryptedDataKey]
  {
    let count = Int(try reader.number16("the number of encrypted data keys"))
    if let limit, count > limit { throw .tooManyDataKeys(found: count, limit: limit) }
    guard count > 0 else { throw .noDataKeys }
    var keys: [EncryptedDataKey] = []
    for _ in 0..<count { keys.append(try EncryptedDataKey(&reader)) }
    return keys
  }

  /// All but nonce and tag: what the tag covers.
  var bodyBytes: [UInt8] {
    var bytes: [UInt8] = [suite.version]
    if suite.version == 1 { bytes.append(Self.type) }
    bytes += suite.idBytes + messageID
    bytes.append(field: context.bytes)
    bytes.append(UInt16(dataKeys.count))
    for key in dataKeys { bytes += key.bytes }
    bytes.append(isFramed ? Self.framed : Self.singleBlock)
    if suite.version == 1 {
      bytes.append(0 as UInt32)
      bytes.append(UInt8(nonce.count))
    }
    bytes.append(frameLength)
    return bytes + commitment
  }

  /// Nonce, where the version has one, and tag.
  var tagBytes: [UInt8] { (suite.version == 1 ? nonce : []) + tag }
}
