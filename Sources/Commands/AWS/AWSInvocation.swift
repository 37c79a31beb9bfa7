import API
import Values

/// What a line that begins with `aws` may look at.
package struct AWSEnvironment {
  /// The bytes of a lab file; nothing when there is none.
  package var readFile: (String) -> [UInt8]?
  package var extensions: AWSExtensions
  /// The setting `cli_binary_format` of a profile, or of the one in use.
  package var binaryFormat: (String?) -> String?
  /// The time on the lab's clock, for times that leave the day out.
  package var now: Instant

  package init(
    extensions: AWSExtensions = [], now: Instant = Instant(milliseconds: 0),
    readFile: @escaping (String) -> [UInt8]? = { _ in nil },
    binaryFormat: @escaping (String?) -> String? = { _ in nil }
  ) {
    self.extensions = extensions
    self.now = now
    self.binaryFormat = binaryFormat
    self.readFile = readFile
  }
}

/// Options that the guide uses and the AWS CLI does not have; only the described model takes them.
package struct AWSExtensions: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// `create-stream --key-id` and `--encryption-type`: row `create-with-key`.
  package static let createStreamKey = AWSExtensions(rawValue: 1)
  /// `start-stream-encryption` without `--key-id`: row `start-default-key`.
  package static let startEncryptionDefaultKey = AWSExtensions(rawValue: 2)
}

/// A line for the AWS CLI, understood: what to call with which input, and how to print the answer.
package struct AWSInvocation: Sendable {
  package enum Kind: Sendable {
    case operation(API.Operation)
    case waiter(Waiter, API.Operation)
    /// `--generate-cli-skeleton`.
    case skeleton(AWSSkeleton.Form, API.Operation)
    case configure(AWSConfigure)
    /// `aws help`, `aws kms help`, `aws kms encrypt help`.
    case help(service: String?, operation: String?)
    case version
  }

  package var service = ""
  package var kind = Kind.version
  /// API input: blobs in base64, members as typed.
  package var input: JSON = .object(JSONObject())
  package var globals = AWSGlobals()
  /// Characters of a blob that are not of the base64 alphabet and were dropped.
  package var strayCharacters = 0
  /// The option whose file's text became a list of characters, as it is no list in JSON.
  package var takenApart: String?
  /// The lab file that takes what the answer streams: `get-object … FILE`.
  package var outfile: String?
  /// Options that only the described model knows.
  package var usedExtensions: AWSExtensions = []

  package init() {}
}

/// The options that every command takes.
package struct AWSGlobals: Hashable, Sendable {
  package var region: String?
  package var profile: String?
  package var output: String?
  package var query: String?
  package var binaryFormat: String?
  package var paginates = true
  package var maxItems: Int?
  package var pageSize: Int?
  package var startingToken: String?
  package var isDebug = false
  package var endpoint: String?
}

/// A line that the AWS CLI would not send to any service.
package struct AWSUsageError: Error, Sendable {
  /// What was wrong, for a note.
  package enum Fact: Hashable, Sendable {
    case noCommand
    case unknownService(String, near: [String])
    case unknownOperation(String, service: String, near: [String])
    /// AWS has it, the lab's models only know its name.
    case unmodelledOperation(String, service: String)
    /// AWS's client has it, the lab has not.
    case notInLab(String)
    case unknownOptions([String], operation: String, near: [String])
    case missingRequired([String])
    case missingValue(String)
    case badChoice(String, option: String, choices: [String])
    case badValue(option: String)
    /// The whole input is no JSON or YAML; the client does not say where.
    case badDocument(option: String, problem: String)
    case badBase64(String, option: String)
    case badParameters
    case missingFile(String)
  }

  /// Exactly what the CLI prints on standard error.
  package var text: String
  package var exitCode: Int32
  package var fact: Fact
  /// How far the client had come.
  package var stage = Stage.words

  /// What the client looks at in front of what was wrong. It says of the first wrong thing alone.
  package enum Stage: Sendable {
    /// Only the client's own options and the command's name.
    case words
    /// Also the query and the endpoint.
    case operation(AWSGlobals)
    /// Also the Region and the profile.
    case input(AWSGlobals)
  }

  /// The same error, found at that stage, unless it already is of a later one.
  func at(_ stage: Stage) -> AWSUsageError {
    guard case .words = self.stage else { return self }
    var error = self
    error.stage = stage
    return error
  }

  static let usage = """
    usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
    To see help text, you can run:

      aws help
      aws <command> help
      aws <command> <subcommand> help


    """

  /// Source: facts cli-v2.md, errors.
  static func parameters(_ message: String, _ fact: Fact, withUsage: Bool = false) -> AWSUsageError
  {
    let text = "\naws: [ERROR]: An error occurred (ParamValidation): \(message)\n"
    return AWSUsageError(
      text: withUsage ? "\(text)\n\(usage)" : text, exitCode: 252, fact: fact)
  }

  /// What the client runs into outside of its own checks, with exit code 255.
  static func client(_ message: String, _ fact: Fact) -> AWSUsageError {
    AWSUsageError(text: "\naws: [ERROR]: \(message)\n", exitCode: 255, fact: fact)
  }

  static func unknownOptions(_ words: [String], operation: String, near: [String]) -> AWSUsageError
  {
    AWSUsageError(
      text: "\n\(usage)aws: [ERROR]: Unknown options: \(words.joined(separator: ", "))\n",
      exitCode: 252, fact: .unknownOptions(words, operation: operation, near: near))
  }

  /// `choices` are the names that the text may offer instead.
  static func invalidChoice(
    _ word: String, argument: String, among choices: some Sequence<String>, _ fact: Fact
  ) -> AWSUsageError {
    var message = "argument \(argument): Found invalid choice '\(word)'\n"
    let near = AWSCloseMatches.of(word, among: choices)
    if !near.isEmpty {
      message += "\n\nMaybe you meant:\n\n" + near.map { "  * \($0)\n" }.joined()
    }
    return .parameters(message, fact, withUsage: true)
  }

  /// Source: seen in AWS CLI 2: a command of the client's own, without the word that should follow.
  static func tooFew(_ command: String) -> String {
    "usage: aws [options] \(command) <subcommand> [parameters]\naws: [ERROR]: too few arguments"
  }

  static func parsing(_ option: String, _ problem: String, _ fact: Fact) -> AWSUsageError {
    .parameters("Error parsing parameter '\(option)': \(problem)", fact)
  }
}
