import Ciphers

/// Wraps data keys under an AES key that its owner keeps: no KMS, nobody to ask and nobody to tell.
///
/// Source: AWS Encryption SDK specification, raw AES keyring.
package struct RawAESKeyring: Sendable {
  package let namespace: String
  package let name: String
  private let key: SecretKey

  /// Lengths of an AES key, in bytes.
  package static let keyBytes = [16, 24, 32]

  /// Fails with `reservedNamespace`, `wrappingKeyLength` and `nameTooLong`.
  package init(namespace: String, name: String, key: [UInt8]) throws(MessageError) {
    guard !namespace.hasPrefix(EncryptedDataKey.kmsProvider) else {
      throw .reservedNamespace(namespace)
    }
    guard Self.keyBytes.contains(key.count) else { throw .wrappingKeyLength(key.count) }
    for text in [namespace, name] where text.utf8.count > 65_000 { throw .nameTooLong(text) }
    self.namespace = namespace
    self.name = name
    self.key = SecretKey(key)
  }

  /// The key's name, the tag's length in bits and the nonce's in bytes.
  private var prefix: [UInt8] {
    var bytes = Array(name.utf8)
    bytes.append(UInt32(CipherEngine.tagBytes * 8))
    bytes.append(UInt32(CipherEngine.nonceBytes))
    return bytes
  }

  package func wrap(
    _ dataKey: SecretKey, boundTo context: MessageContext, random: inout SeededGenerator,
    with gcm: DetachedGCM
  ) -> EncryptedDataKey {
    let nonce = random.bytes(count: CipherEngine.nonceBytes)
    let wrapped = dataKey.withBytes {
      gcm.seal(Array($0), under: key, nonce: nonce, boundTo: context.bytes)
    }
    return EncryptedDataKey(provider: namespace, info: prefix + nonce, ciphertext: wrapped)
  }

  /// Whether that data key says it was wrapped under this key.
  package func names(_ dataKey: EncryptedDataKey) -> Bool {
    dataKey.provider == namespace && dataKey.info.starts(with: prefix)
      && dataKey.info.count == prefix.count + CipherEngine.nonceBytes
  }

  /// The first data key that opens under this key.
  package func unwrap(
    _ dataKeys: [EncryptedDataKey], of suite: AlgorithmSuite, boundTo context: MessageContext,
    with gcm: DetachedGCM
  ) -> SecretKey? {
    for wrapped in dataKeys where names(wrapped) {
      let nonce = Array(wrapped.info.suffix(CipherEngine.nonceBytes))
      if let key = gcm.open(
        wrapped.ciphertext, under: key, nonce: nonce, boundTo: context.bytes),
        key.count == suite.keyBytes
      {
        return key
      }
    }
    return nil
  }

  /// Materials for one message, with a new data key.
  package func materials(
    _ suite: AlgorithmSuite, _ context: MessageContext, random: inout SeededGenerator,
    with gcm: DetachedGCM
  ) throws(MessageError) -> EncryptionMaterials {
    let draft = try EncryptionMaterials.Draft(suite, context, random: &random)
    let dataKey = random.secretKey(count: suite.keyBytes)
    let wrapped = wrap(dataKey, boundTo: draft.context, random: &random, with: gcm)
    return try EncryptionMaterials(draft, dataKey: dataKey, [wrapped])
  }
}
