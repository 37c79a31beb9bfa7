/// A data key under a wrapping key, as the header of a message carries it.
package struct EncryptedDataKey: Hashable, Sendable {
  /// Who can open it: `aws-kms`, or the namespace of a raw keyring.
  package let provider: String
  /// Which key of that provider: the key's ARN, or what the raw keyring wants to find there.
  package let info: [UInt8]
  package let ciphertext: [UInt8]

  package static let kmsProvider = "aws-kms"

  package init(provider: String, info: [UInt8], ciphertext: [UInt8]) {
    self.provider = provider
    self.info = info
    self.ciphertext = ciphertext
  }

  init(_ reader: inout ByteReader) throws(MessageError) {
    provider = try reader.text("the provider of an encrypted data key")
    info = Array(try reader.field("the key name of an encrypted data key"))
    ciphertext = Array(try reader.field("an encrypted data key"))
  }

  /// As in the header.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(field: Array(provider.utf8))
    bytes.append(field: info)
    bytes.append(field: ciphertext)
    return bytes
  }
}
