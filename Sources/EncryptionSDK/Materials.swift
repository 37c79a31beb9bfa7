import Ciphers
import Values

/// What a message is written with.
package struct EncryptionMaterials: Sendable {
  package let suite: AlgorithmSuite
  /// With the public key, where the suite signs.
  package let context: MessageContext
  package let dataKey: SecretKey
  package internal(set) var dataKeys: [EncryptedDataKey]
  let signingKey: SigningKey?

  /// Draws a key pair where the suite signs, and puts its public half into the context, which is what
  /// data keys are then bound to: hence the order of the two steps.
  package struct Draft: Sendable {
    package let suite: AlgorithmSuite
    package let context: MessageContext
    let signingKey: SigningKey?

    package init(
      _ suite: AlgorithmSuite, _ context: MessageContext, random: inout SeededGenerator
    ) throws(MessageError) {
      try context.checkOwn()
      self.suite = suite
      guard let curve = suite.curve else {
        self.context = context
        signingKey = nil
        return
      }
      let key = SigningKey(curve, random: &random)
      self.context = try context.adding(
        MessageContext.publicKeyName, Base64.encode(key.publicPoint))
      signingKey = key
    }
  }

  package init(_ draft: Draft, dataKey: SecretKey, _ dataKeys: [EncryptedDataKey])
    throws(MessageError)
  {
    guard dataKey.count == draft.suite.keyBytes else {
      throw .dataKeyLength(found: dataKey.count, needed: draft.suite.keyBytes)
    }
    guard !dataKeys.isEmpty else { throw .noDataKeys }
    suite = draft.suite
    context = draft.context
    signingKey = draft.signingKey
    self.dataKey = dataKey
    self.dataKeys = dataKeys
  }
}

/// What a message is read with: its data key. The signature's key stands in the message.
package struct DecryptionMaterials: Sendable {
  package let dataKey: SecretKey

  package init(dataKey: SecretKey) { self.dataKey = dataKey }
}
