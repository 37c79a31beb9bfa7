/// Whether messages must commit to their data key, when they are written and when they are read.
///
/// Source: AWS Encryption SDK Developer Guide, setting your commitment policy.
package enum CommitmentPolicy: String, CaseIterable, Sendable {
  case forbidEncrypt = "forbid-encrypt-allow-decrypt"
  case requireEncrypt = "require-encrypt-allow-decrypt"
  case requireBoth = "require-encrypt-require-decrypt"

  /// What is written when no suite is named.
  package var usualSuite: AlgorithmSuite { self == .forbidEncrypt ? .signed : .committingSigned }

  package func checkWriting(_ suite: AlgorithmSuite) throws(MessageError) {
    guard suite.isCommitting == (self != .forbidEncrypt) else {
      throw .commitmentPolicy(self, suite, isWriting: true)
    }
  }

  package func checkReading(_ suite: AlgorithmSuite) throws(MessageError) {
    if self == .requireBoth, !suite.isCommitting {
      throw .commitmentPolicy(self, suite, isWriting: false)
    }
  }
}
