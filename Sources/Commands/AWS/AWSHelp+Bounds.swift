import API

extension AWSHelp {
  /// What the lab does not do of an operation that it performs, a sentence each. The members are for
  /// what is taken without effect.
  static func limits(
    of operation: Operation, unread: (Operation) -> [Member]
  ) -> [String] {
    var lines = known["\(operation.service) \(operation.cli)"] ?? []
    let flags = unread(operation).map(\.flag)
    if !flags.isEmpty {
      lines.append("Taken, and without effect here: \(flags.joined(separator: ", "))")
    }
    return lines
  }

  private static let algorithm =
    "Not simulated: an --encryption-algorithm other than SYMMETRIC_DEFAULT."
  private static let keyStore = "Not simulated: --custom-key-store-id."

  private static let known: [String: [String]] = [
    "kms encrypt": [algorithm], "kms decrypt": [algorithm],
    "kms re-encrypt": [
      "Not simulated: a --source- or --destination-encryption-algorithm other than SYMMETRIC_DEFAULT."
    ],
    "kms create-key": [
      "Not simulated: --custom-key-store-id, --xks-key-id, and an --origin of a key store."
    ],
    "kms generate-random": [keyStore],
    "kms get-parameters-for-import": ["Not simulated: the algorithm SM2PKE and the key spec SM2."],
    "kms import-key-material": ["Not simulated: material for asymmetric and HMAC keys."],
    "s3api put-object": [
      "Not simulated: a --server-side-encryption other than AES256, and keys of the customer's own."
    ],
    "s3api put-bucket-encryption": ["Not simulated: an SSEAlgorithm other than AES256."],
  ]

  // MARK: What the lab knows by its name alone

  /// `aws ec2 help`
  static func unknown(service: String) -> String {
    "aws \(service) is known to AWS; this lab performs nothing of it.\n"
      + "aws help lists what the lab has.\n"
  }

  /// `aws iam create-service-linked-role help`
  static func unknown(operation: String, of service: Service) -> String {
    "aws \(service.name) \(operation)\n\nKnown to AWS; this lab does not perform it, and has no list of "
      + "its options.\naws \(service.name) help lists what the lab has.\n"
  }

  /// The line whose help tells about a service or an operation; nothing for a name that is neither.
  package static func line(about name: String) -> String? {
    if AWSGrammar.commands.contains(name) { return "aws \(name) help" }
    for service in Service.allNames {
      guard let found = Service.named(service) else { continue }
      if found.operation(cli: name) != nil || found.known.contains(where: { $0.cli == name }) {
        return "aws \(service) \(name) help"
      }
    }
    return KnownToAWS.hasService(name) ? "aws \(name) help" : nil
  }
}
