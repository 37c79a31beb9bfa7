import API
import Values

/// A line of `aws s3`, whose grammar is not that of the API.
///
/// Source: AWS CLI Command Reference, s3.
package struct S3CommandLine: Sendable {
  package enum Command: String, CaseIterable, Sendable {
    case ls, cp, mv, rm, mb, rb

    /// How many paths it takes.
    var paths: ClosedRange<Int> {
      switch self {
      case .ls: 0...1
      case .cp, .mv: 2...2
      case .rm, .mb, .rb: 1...1
      }
    }

    /// Its switches beside those that every command has.
    var switches: [String] {
      switch self {
      case .ls: ["--recursive", "--human-readable", "--summarize"]
      case .cp, .mv, .rm:
        ["--recursive", "--quiet", "--only-show-errors", "--no-progress", "--dryrun"]
      case .mb: []
      case .rb: ["--force"]
      }
    }

    var synopsis: String {
      switch self {
      case .ls: "aws s3 ls [s3://BUCKET[/PREFIX]] [--recursive] [--human-readable] [--summarize]"
      case .cp:
        "aws s3 cp FROM TO [--recursive] [--dryrun] [--quiet]; one of them s3://…, or - for the screen"
      case .mv: "aws s3 mv FROM TO [--recursive] [--dryrun] [--quiet]"
      case .rm: "aws s3 rm s3://BUCKET/KEY [--recursive] [--dryrun] [--quiet]"
      case .mb: "aws s3 mb s3://BUCKET"
      case .rb: "aws s3 rb s3://BUCKET [--force]"
      }
    }
  }

  /// Where something is: in a bucket, in a lab file, or on the screen.
  package enum Path: Hashable, Sendable {
    case remote(bucket: String, key: String)
    case file(String)
    case standard

    init(_ text: String) {
      if text == "-" {
        self = .standard
      } else if text.hasPrefix("s3://") {
        let rest = text.dropFirst(5)
        let bucket = rest.prefix { $0 != "/" }
        self = .remote(
          bucket: String(bucket), key: String(rest.dropFirst(bucket.count).dropFirst()))
      } else {
        self = .file(text)
      }
    }
  }

  package var command: Command?
  package var paths: [Path] = []
  package var switches: Set<String> = []
  package var globals = AWSGlobals()
  package var isHelp = false

  package func has(_ name: String) -> Bool { switches.contains(name) }

  /// Nothing for a line of another service.
  package static func parse(_ words: [String]) -> Result<S3CommandLine, AWSUsageError>? {
    var reader = Reader(words: words)
    guard reader.isS3 else { return nil }
    do throws(AWSUsageError) {
      return .success(try reader.read())
    } catch {
      return .failure(error)
    }
  }

  private struct Reader {
    var words: [String]
    var line = S3CommandLine()

    /// Options in front of the service, each with its value.
    var isS3: Bool {
      var place = 0
      while place < words.count, words[place].hasPrefix("--") {
        let option = GlobalOption.table.first { $0.flag == words[place] }
        place += option?.arity == .one ? 2 : 1
      }
      return place < words.count && words[place] == "s3"
    }

    mutating func read() throws(AWSUsageError) -> S3CommandLine {
      var plain: [String] = []
      var options: [String] = []
      var place = 0
      while place < words.count {
        let word = words[place]
        place += 1
        guard word.hasPrefix("--") else {
          plain.append(word)
          continue
        }
        let (flag, attached) = AWSParser.split(word)
        guard let option = GlobalOption.table.first(where: { $0.flag == flag }) else {
          options.append(word)
          continue
        }
        var value = attached
        if option.arity == .one, value == nil {
          guard place < words.count else {
            throw .parameters(
              "argument \(flag): expected one argument", .missingValue(flag), withUsage: true)
          }
          value = words[place]
          place += 1
        }
        switch flag {
        case "--region": line.globals.region = value
        case "--profile": line.globals.profile = value
        default: break
        }
      }
      try settle(Array(plain.dropFirst()), options)
      return line
    }

    private mutating func settle(_ plain: [String], _ options: [String]) throws(AWSUsageError) {
      guard let name = plain.first else {
        throw .parameters(
          "the following arguments are required: subcommand", .missingRequired(["operation"]),
          withUsage: true)
      }
      if name == "help" {
        line.isHelp = true
        return
      }
      guard let command = Command(rawValue: name) else {
        let names = Command.allCases.map(\.rawValue)
        if ["sync", "presign", "website"].contains(name) {
          throw AWSUsageError(
            text: "\ns3 \(name) is known to AWS but not simulated in this lab.\n", exitCode: 252,
            fact: .unmodelledOperation(name, service: "s3"))
        }
        throw .invalidChoice(
          name, argument: "subcommand", among: names,
          .unknownOperation(name, service: "s3", near: NearNames.of(name, among: names)))
      }
      line.command = command
      if plain.dropFirst().first == "help" {
        line.isHelp = true
        return
      }
      let unknown = options.filter { !command.switches.contains($0) }
      if !unknown.isEmpty {
        throw .unknownOptions(
          unknown, operation: name, near: NearNames.of(unknown[0], among: command.switches))
      }
      line.switches = Set(options)
      line.paths = plain.dropFirst().map { Path($0) }
      guard command.paths.contains(line.paths.count) else {
        if line.paths.count < command.paths.lowerBound {
          throw .parameters(
            "the following arguments are required: paths", .missingRequired(["paths"]),
            withUsage: true)
        }
        throw .unknownOptions(
          Array(plain.dropFirst(1 + command.paths.upperBound)), operation: name, near: [])
      }
      try check(command, plain)
    }

    /// Source: AWS CLI, the messages of its s3 commands.
    private func check(_ command: Command, _ plain: [String]) throws(AWSUsageError) {
      let isRemote = line.paths.map { path in
        if case .remote = path { true } else { false }
      }
      func invalid(_ kinds: String) -> AWSUsageError {
        AWSUsageError(
          text:
            "\nusage: \(command.synopsis)\naws: [ERROR]: Error: Invalid argument type\(kinds)\n",
          exitCode: 252, fact: .badParameters)
      }
      switch command {
      case .ls: return
      case .mb, .rb, .rm: if !isRemote[0] { throw invalid("") }
      case .cp, .mv:
        guard isRemote.contains(true) else { throw invalid("") }
        guard command == .cp || !line.paths.contains(.standard) else { throw invalid("") }
      }
      for case .remote(let bucket, _) in line.paths where bucket.isEmpty {
        throw .parameters(
          "Parameter validation failed:\nInvalid bucket name \"\": Bucket name must match the regex "
            + "\"^[a-zA-Z0-9.\\-_]{1,255}$\"", .badParameters)
      }
    }
  }

  /// What `aws s3 help` prints.
  package static var help: String {
    "aws s3 COMMAND\n\nPerformed by this lab:\n"
      + Command.allCases.map { "  \($0.synopsis)\n" }.joined()
      + "\nFiles are those of the lab. aws s3api help lists the operations of the API.\n"
  }
}
