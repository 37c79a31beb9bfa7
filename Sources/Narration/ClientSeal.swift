import Cloud
import EncryptionSDK
import Values

/// What a client sealed before Kinesis got it, as far as its own bytes tell.
enum ClientSeal {
  /// For a sentence; nothing for bytes that nobody is seen to have sealed.
  static func name(of body: [UInt8]) -> String? {
    if KMS.isCiphertext(body) { return "what kms encrypt gave" }
    var limits = MessageReader.Limits()
    limits.policy = .requireEncrypt
    return (try? MessageReader(body, limits)).map { _ in "a message of the AWS Encryption SDK" }
  }
}
