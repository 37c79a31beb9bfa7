/// `aws configure`, on the lab's own settings.
package enum AWSConfigure: Hashable, Sendable {
  case set(String, String)
  case get(String)
  case list
  case listProfiles
  /// Without a subcommand the client asks questions.
  case questions

  static let subcommands = ["get", "list", "list-profiles", "set"]
  /// What the client has besides.
  static let others = [
    "add-model", "export-credentials", "import", "mfa-login", "sso", "sso-session",
  ]
}

/// `aws s3`: the commands on buckets and objects that stand above the API.
package struct AWSS3Command: Hashable, Sendable {
  package enum Verb: String, CaseIterable, Sendable {
    case cp, ls, mb, rm
  }

  package enum Place: Hashable, Sendable {
    case object(bucket: String, key: String)
    case file(String)
    /// `-`: standard input or output.
    case stream
  }

  package var verb: Verb
  package var places: [Place] = []
  /// `--recursive`, `--quiet` and others without a value.
  package var switches: Set<String> = []
  /// Options with a value, by flag.
  package var values: [String: String] = [:]

  /// What the client has besides.
  static let others = ["mv", "presign", "rb", "sync", "website"]

  static func switches(of verb: Verb) -> [String] {
    switch verb {
    case .ls: ["--recursive", "--human-readable", "--summarize"]
    case .mb: []
    case .rm: ["--recursive", "--quiet", "--dryrun", "--only-show-errors"]
    case .cp:
      [
        "--recursive", "--quiet", "--dryrun", "--only-show-errors", "--no-progress",
        "--follow-symlinks", "--no-follow-symlinks", "--no-guess-mime-type",
      ]
    }
  }

  static func options(of verb: Verb) -> [String] {
    switch verb {
    case .ls: ["--page-size", "--request-payer"]
    case .mb: ["--tags"]
    case .rm: ["--exclude", "--include", "--page-size", "--request-payer"]
    case .cp:
      [
        "--acl", "--cache-control", "--content-type", "--exclude", "--include", "--metadata",
        "--sse", "--sse-kms-key-id", "--storage-class", "--expected-size", "--page-size",
      ]
    }
  }

  /// How many places a verb takes.
  static func places(of verb: Verb) -> ClosedRange<Int> {
    switch verb {
    case .ls: 0...1
    case .mb, .rm: 1...1
    case .cp: 2...2
    }
  }

  static func place(_ word: String) -> Place {
    if word == "-" { return .stream }
    guard word.hasPrefix("s3://") else { return .file(word) }
    let rest = word.dropFirst(5)
    let bucket = rest.prefix { $0 != "/" }
    return .object(bucket: String(bucket), key: String(rest.dropFirst(bucket.count + 1)))
  }
}

extension AWSParser {
  // MARK: configure

  mutating func parseConfigure() throws(AWSUsageError) -> AWSInvocation {
    let rest = try plainWords()
    guard let name = rest.first else {
      invocation.kind = .configure(.questions)
      return invocation
    }
    if name == "help" {
      invocation.kind = .help(service: "configure", operation: nil)
      return invocation
    }
    func want(_ names: String...) throws(AWSUsageError) {
      let missing = names.dropFirst(rest.count - 1)
      if !missing.isEmpty {
        throw .parameters(
          "the following arguments are required: \(missing.joined(separator: ", "))",
          .missingRequired(Array(missing)), withUsage: true)
      }
      let extra = Array(rest.dropFirst(1 + names.count))
      if !extra.isEmpty { throw .unknownOptions(extra, operation: "configure", near: []) }
    }
    switch name {
    case "set":
      try want("varname", "value")
      invocation.kind = .configure(.set(rest[1], rest[2]))
    case "get":
      try want("varname")
      invocation.kind = .configure(.get(rest[1]))
    case "list":
      try want()
      invocation.kind = .configure(.list)
    case "list-profiles":
      try want()
      invocation.kind = .configure(.listProfiles)
    case _ where AWSConfigure.others.contains(name): throw .notInLab("configure \(name)")
    default:
      throw .invalidChoice(
        name, argument: "subcommand", among: AWSConfigure.subcommands + AWSConfigure.others,
        .unknownOperation(name, service: "configure", near: []))
    }
    return invocation
  }

  /// All words that are no global option.
  private mutating func plainWords() throws(AWSUsageError) -> [String] {
    var rest: [String] = []
    while place < words.count {
      let word = words[place]
      place += 1
      if AWSGrammar.looksLikeOption(word) {
        guard let (option, value) = try global(word, among: GlobalOption.table) else {
          throw .unknownOptions([word], operation: "configure", near: [])
        }
        try set(option, try self.value(of: option, value))
      } else {
        rest.append(word)
      }
    }
    return rest
  }

  // MARK: s3

  mutating func parseS3() throws(AWSUsageError) -> AWSInvocation {
    guard let name = try nextCommand() else {
      throw .parameters(
        "the following arguments are required: subcommand", .missingRequired(["subcommand"]),
        withUsage: true)
    }
    if name == "help" {
      invocation.kind = .help(service: "s3", operation: nil)
      return invocation
    }
    guard let verb = AWSS3Command.Verb(rawValue: name) else {
      if AWSS3Command.others.contains(name) { throw .notInLab("s3 \(name)") }
      let names = AWSS3Command.Verb.allCases.map(\.rawValue) + AWSS3Command.others
      throw .invalidChoice(
        name, argument: "subcommand", among: names,
        .unknownOperation(name, service: "s3", near: []))
    }
    takeBackEarlyOptions()
    var command = AWSS3Command(verb: verb)
    let switches = AWSS3Command.switches(of: verb).map { GlobalOption(flag: $0, arity: .none) }
    let options = AWSS3Command.options(of: verb).map { GlobalOption(flag: $0) }
    var unknown: [String] = []
    while place < words.count {
      let word = words[place]
      place += 1
      if word == "help", command.places.isEmpty {
        invocation.kind = .help(service: "s3", operation: name)
        return invocation
      }
      guard AWSGrammar.looksLikeOption(word) else {
        command.places.append(AWSS3Command.place(word))
        continue
      }
      if let (option, attached) = try global(word, among: switches + options) {
        if let value = try self.value(of: option, attached) {
          command.values[option.flag] = value
        } else {
          command.switches.insert(option.flag)
        }
      } else if let (option, attached) = try global(word, among: GlobalOption.table) {
        try set(option, try self.value(of: option, attached))
      } else {
        unknown.append(word)
      }
    }
    try check(command, unknown)
    invocation.kind = .s3(command)
    return invocation
  }

  private func check(_ command: AWSS3Command, _ unknown: [String]) throws(AWSUsageError) {
    if !unknown.isEmpty { throw .unknownOptions(unknown, operation: "s3", near: []) }
    let range = AWSS3Command.places(of: command.verb)
    if command.places.count < range.lowerBound {
      throw .parameters(
        "the following arguments are required: \(command.verb == .mb ? "path" : "paths")",
        .missingRequired(["paths"]), withUsage: true)
    }
    if command.places.count > range.upperBound {
      throw .unknownOptions(
        command.places.dropFirst(range.upperBound).map(\.text), operation: "s3", near: [])
    }
    let isRemote = command.places.map { if case .object = $0 { true } else { false } }
    switch command.verb {
    case .cp where !isRemote.contains(true):
      throw .usage("<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>", of: "s3 cp")
    case .mb where !isRemote.allSatisfy({ $0 }), .rm where !isRemote.allSatisfy({ $0 }):
      throw .usage("<S3Uri>", of: "s3 \(command.verb.rawValue)")
    default: return
    }
  }
}

extension AWSS3Command.Place {
  package var text: String {
    switch self {
    case .object(let bucket, let key): "s3://\(bucket)\(key.isEmpty ? "" : "/\(key)")"
    case .file(let name): name
    case .stream: "-"
    }
  }
}

extension AWSUsageError {
  /// AWS's client has it, this lab has not.
  static func notInLab(_ command: String) -> AWSUsageError {
    AWSUsageError(
      text: "\naws \(command) is known to AWS but not simulated in this lab.\n", exitCode: 252,
      fact: .notInLab(command))
  }

  fileprivate static func usage(_ synopsis: String, of command: String) -> AWSUsageError {
    AWSUsageError(
      text: "\n\(usage)\naws: [ERROR]: An error occurred (ParamValidation): usage: aws \(command) "
        + "\(synopsis)\nError: Invalid argument type\n", exitCode: 252, fact: .badParameters)
  }
}
