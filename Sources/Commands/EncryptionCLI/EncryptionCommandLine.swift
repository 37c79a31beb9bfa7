import Values

/// A command line of `aws-encryption-cli`, version 4, taken apart and checked as far as it can be
/// without files and keys.
///
/// Source: AWS Encryption CLI syntax and parameter reference.
package struct EncryptionCommandLine: Hashable, Sendable {
  package enum Action: String, Sendable {
    case encrypt, decrypt
    case decryptUnsigned = "decrypt-unsigned"

    package var isEncrypt: Bool { self == .encrypt }
    /// What an output file's name ends with when only its directory is named.
    package var suffix: String { isEncrypt ? ".encrypted" : ".decrypted" }
  }

  /// One `--wrapping-keys`: keys of one provider.
  package struct WrappingKeys: Hashable, Sendable {
    package var provider = EncryptionCommandLine.kmsProvider
    package var keys: [String] = []
    package var isDiscovery = false
    package var accounts: [String] = []
    package var partition: String?
    /// What else stands there, such as `profile=` and `region=`.
    package var attributes: [String: [String]] = [:]

    package var isKMS: Bool { provider == EncryptionCommandLine.kmsProvider }
  }

  package struct Caching: Hashable, Sendable {
    package var capacity: Int
    /// Seconds.
    package var maxAge: Double
    package var maxMessages: Int?
    package var maxBytes: Int?

    /// What the SDK says of a number that it does not take, in the order in which it looks.
    package var problem: String? {
      if capacity < 1 { return "LocalCryptoMaterialsCache capacity cannot be less than 1" }
      if let maxMessages, maxMessages < 1 {
        return "max_messages_encrypted cannot be less than 1"
      }
      if let maxBytes, maxBytes < 0 { return "max_bytes_encrypted cannot be less than 0" }
      if let maxMessages, maxMessages > 1 << 32 {
        return "max_messages_encrypted cannot exceed 4294967296"
      }
      return maxAge > 0 ? nil : "max_age cannot be less than or equal to 0"
    }
  }

  package internal(set) var action = Action.encrypt
  package internal(set) var input = ""
  package internal(set) var output = ""
  package internal(set) var wrappingKeys: [WrappingKeys] = []
  /// A pair of an encryption context.
  package struct Pair: Hashable, Sendable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Pairs that are written, or that a message must have to be opened.
  package internal(set) var context: [Pair] = []
  /// Keys of the context that a message must have.
  package internal(set) var requiredKeys: [String] = []
  package internal(set) var policy = Self.policies[2]
  package internal(set) var caching: Caching?
  /// The file for metadata; nothing where it is suppressed.
  package internal(set) var metadata: String?
  package internal(set) var overwritesMetadata = false
  package internal(set) var algorithm: String?
  package internal(set) var frameLength: Int?
  package internal(set) var maxLength: Int?
  package internal(set) var maxDataKeys: Int?
  package internal(set) var suffix: String?
  package internal(set) var encodes = false
  package internal(set) var decodes = false
  package internal(set) var keepsFiles = false
  package internal(set) var isRecursive = false
  package internal(set) var verbosity = 0
  package internal(set) var isQuiet = false

  package static let kmsProvider = "aws-kms"
  package static let policies = [
    "forbid-encrypt-allow-decrypt", "require-encrypt-allow-decrypt",
    "require-encrypt-require-decrypt",
  ]

  /// What a line asks for.
  package enum Wish: Hashable, Sendable {
    case run(EncryptionCommandLine)
    case help, version
  }

  /// Why a line is refused: the client's own text, without the usage above it, and what would work.
  package struct Misuse: Error, Hashable, Sendable {
    package var message: String
    package var advice: String?
    /// The exception of Python where the client expected none: then no usage stands above it.
    package var exception: String?

    package init(_ message: String, advice: String? = nil, exception: String? = nil) {
      self.message = message
      self.advice = advice
      self.exception = exception
    }
  }

  /// One option: its names, how many values it takes, and what it does.
  package struct Option: Sendable {
    package enum Values: Sendable { case none, one, some, perhaps }
    package var names: [String]
    package var values: Values
    /// `PAIR …`, as help shows it.
    package var value: String
    package var meaning: String
  }

  package static let options: [Option] = [
    .init(names: ["-h", "--help"], values: .none, value: "", meaning: "this text"),
    .init(names: ["--version"], values: .none, value: "", meaning: "which version is imitated"),
    .init(names: ["-e", "--encrypt"], values: .none, value: "", meaning: "write messages"),
    .init(names: ["-d", "--decrypt"], values: .none, value: "", meaning: "open messages"),
    .init(
      names: ["--decrypt-unsigned"], values: .none, value: "",
      meaning: "open messages, and only those that are not signed"),
    .init(
      names: ["-i", "--input"], values: .one, value: "FILE",
      meaning: "a lab file, a pattern such as '*.json', a directory with -r, or - for a heredoc"),
    .init(
      names: ["-o", "--output"], values: .one, value: "FILE|DIR|-",
      meaning: "where the result goes; into DIR/ under its own name; - shows it"),
    .init(
      names: ["-w", "--wrapping-keys"], values: .some, value: "key=KEY …",
      meaning:
        "whose keys wrap the data key: key=ARN (encrypt: also an alias), once more for a second "
        + "key; with it region=, profile=. decrypt: discovery=true takes any key that the message names, "
        + "discovery-account= with discovery-partition= narrows it. The lab's own provider for AES keys "
        + "in a file: provider=raw-aes namespace=NS key=NAME key-file=FILE"),
    .init(
      names: ["-c", "--encryption-context"], values: .some, value: "K=V …",
      meaning:
        "encrypt: pairs that lie in the message in the clear and are bound to it; decrypt: pairs, "
        + "or keys alone, that must be there"),
    .init(
      names: ["--commitment-policy"], values: .one, value: "POLICY",
      meaning: Self.policies.joined(separator: ", ") + "; the last one unless said"),
    .init(
      names: ["--caching"], values: .some, value: "capacity=N max_age=SECONDS …",
      meaning: "keep data keys for the files of this command; also max_messages_encrypted=N, "
        + "max_bytes_encrypted=N"),
    .init(
      names: ["--metadata-output"], values: .one, value: "FILE|-",
      meaning: "a line of JSON for each operation: header, context, data keys"),
    .init(
      names: ["--overwrite-metadata"], values: .none, value: "",
      meaning: "begin that file anew instead of adding to it"),
    .init(
      names: ["-S", "--suppress-metadata"], values: .none, value: "", meaning: "no metadata at all"),
    .init(
      names: ["--algorithm"], values: .one, value: "NAME",
      meaning: "encrypt: the algorithm suite; the policy's usual one unless said"),
    .init(
      names: ["--frame-length"], values: .one, value: "N",
      meaning: "encrypt: bytes of a frame, 4096 unless said; 0 writes a single block"),
    .init(
      names: ["--max-length"], values: .one, value: "N",
      meaning: "decrypt: open no frame, or single block, that is longer"),
    .init(
      names: ["--max-encrypted-data-keys"], values: .one, value: "N",
      meaning: "neither write nor open a message with more"),
    .init(
      names: ["--suffix"], values: .perhaps, value: "[TEXT]",
      meaning: "what names in an output directory end with; nothing without TEXT"),
    .init(
      names: ["--encode"], values: .none, value: "", meaning: "base64 over what is written"),
    .init(names: ["--decode"], values: .none, value: "", meaning: "base64 off what is read"),
    .init(
      names: ["--no-overwrite"], values: .none, value: "", meaning: "leave files that are there"),
    .init(
      names: ["--interactive"], values: .none, value: "",
      meaning: "ask before a file is overwritten; nobody answers in the lab, so it is left"),
    .init(
      names: ["-b", "--buffer"], values: .none, value: "",
      meaning: "release nothing before all is proved; the lab does so always"),
    .init(
      names: ["-r", "-R", "--recursive"], values: .none, value: "",
      meaning: "take a directory as input"),
    .init(names: ["-v"], values: .none, value: "", meaning: "say more; -vv more still"),
    .init(names: ["-q", "--quiet"], values: .none, value: "", meaning: "no warnings"),
  ]

  package static let usage = """
    usage: aws-encryption-cli (--encrypt | --decrypt | --decrypt-unsigned) --input FILE --output FILE
                              --wrapping-keys key=KEY [key=KEY …]
                              (--suppress-metadata | --metadata-output FILE) [options]

    """

  /// `algorithms` are the names of suites.
  package static func parse(_ words: [String], algorithms: [String]) throws(Misuse) -> Wish {
    var parser = EncryptionLineParser(algorithms: algorithms)
    return try parser.wish(words)
  }
}
