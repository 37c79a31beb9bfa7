import EncryptionSDK
import Values

/// What stands in a message in the clear: anybody who has it can read this, without a key.
package enum SealedMessagePage {
  package static func page(_ message: MessageReader) -> Page {
    let header = message.header
    let suite = header.suite
    var page = Page()
    page.add("A message of the AWS Encryption SDK, version \(suite.version)", .heading)
    var rows = [
      ["  suite", "\(suite.number) \(suite.name)"],
      ["", means(suite)],
      ["  message id", Hex.text(header.messageID)],
    ]
    rows.append(["  context", header.context.pairs.isEmpty ? "none" : ""])
    for pair in header.context.pairs { rows.append(["    \(pair.key)", pair.value]) }
    for (place, key) in header.dataKeys.enumerated() {
      let count = header.dataKeys.count
      rows.append(["  data key\(count > 1 ? " \(place + 1)" : "")", "wrapped by \(name(key))"])
      rows.append([
        "", "\(ShortNames.bytes(key.ciphertext.count)): \(Hex.text(key.ciphertext.prefix(16)))…",
      ])
    }
    rows.append([
      "  body", header.isFramed ? "frames of \(header.frameLength) bytes" : "a single block",
    ])
    if suite.isCommitting { rows.append(["  commitment", Hex.text(header.commitment)]) }
    rows.append(["  header's tag", Hex.text(header.tag)])
    page.add(table: rows)
    page.add("")
    page.add(table: message.parts.map { ["  \($0.name)", ShortNames.bytes($0.count)] })
    page.add("Nothing of this is proved before the data key is there.", .note)
    return page
  }

  private static func means(_ suite: AlgorithmSuite) -> String {
    var parts = ["AES-\(suite.keyBytes * 8)-GCM"]
    parts.append(
      suite.derivation == nil
        ? "under the data key itself" : "under a key derived from the data key")
    parts.append(suite.isCommitting ? "commits to the data key" : "does not commit to the data key")
    parts.append(suite.isSigned ? "signed" : "not signed")
    return parts.joined(separator: ", ")
  }

  /// The same for a sentence.
  package static func owner(of key: EncryptedDataKey) -> String {
    guard key.provider == EncryptedDataKey.kmsProvider,
      let arn = ARN(String(decoding: key.info, as: UTF8.self))
    else { return name(key) }
    return short(arn)
  }

  /// `key/12345678…` of a key's ARN, for a sentence.
  package static func short(_ arn: ARN) -> String { "\(arn.resource.prefix(12))…" }

  /// Whose key, as far as it can be told.
  static func name(_ key: EncryptedDataKey) -> String {
    if key.provider == EncryptedDataKey.kmsProvider {
      return "KMS, \(String(decoding: key.info, as: UTF8.self))"
    }
    // A raw AES keyring writes two numbers and a nonce behind the name.
    let name = key.info.count > 20 ? key.info.dropLast(20) : key.info[...]
    return "\(key.provider), \(String(decoding: name, as: UTF8.self))"
  }
}
