import Ciphers

/// Writes and reads messages under raw AES keys, with chance of its own: for files outside of the lab.
package struct RawKeyMessages {
  private let keyrings: [RawAESKeyring]
  private var random: SeededGenerator
  private let gcm = DetachedGCM()

  /// Bytes of entropy.
  package static let entropyBytes = SeededGenerator.seedBytes

  /// The first keyring makes data keys; the others wrap them too. `entropy` must be new for each
  /// process: two messages with the same chance would share their keys.
  package init(_ keyrings: [RawAESKeyring], entropy: [UInt8]) {
    precondition(!keyrings.isEmpty, "a message needs a wrapping key")
    self.keyrings = keyrings
    random = SeededGenerator(entropy: entropy)
  }

  package mutating func encrypt(
    _ plaintext: [UInt8], _ suite: AlgorithmSuite, _ context: MessageContext, frameLength: Int
  ) throws(MessageError) -> SealedMessage {
    var materials = try keyrings[0].materials(suite, context, random: &random, with: gcm)
    for keyring in keyrings.dropFirst() {
      materials.dataKeys.append(
        keyring.wrap(materials.dataKey, boundTo: materials.context, random: &random, with: gcm))
    }
    return try MessageWriter.seal(
      plaintext, materials, messageID: random.bytes(count: suite.messageIDBytes),
      frameLength: frameLength, with: gcm)
  }

  /// Fails with `noDataKeyOpened` when none of the keys fits.
  package func decrypt(_ message: MessageReader) throws(MessageError) -> [UInt8] {
    let header = message.header
    for keyring in keyrings {
      if let key = keyring.unwrap(
        header.dataKeys, of: header.suite, boundTo: header.context, with: gcm)
      {
        return try message.open(DecryptionMaterials(dataKey: key), with: gcm)
      }
    }
    throw .noDataKeyOpened(of: header.dataKeys.count)
  }
}
