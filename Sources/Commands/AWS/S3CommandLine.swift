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

    /// Options that take a value, and options that AWS's client has besides.
    var others: Set<String> {
      switch self {
      case .ls: ["--page-size", "--request-payer", "--bucket-name-prefix", "--bucket-region"]
      case .rm: ["--exclude", "--include", "--request-payer", "--page-size"]
      case .mb: ["--tags"]
      case .rb: []
      case .cp, .mv:
        [
          "--exclude", "--include", "--acl", "--grants", "--expires", "--sse", "--sse-c",
          "--sse-c-key", "--sse-kms-key-id", "--sse-c-copy-source", "--sse-c-copy-source-key",
          "--storage-class", "--content-type", "--content-encoding", "--content-language",
          "--content-disposition", "--cache-control", "--metadata", "--metadata-directive",
          "--copy-props", "--website-redirect", "--source-region", "--page-size",
          "--expected-size", "--request-payer", "--checksum-mode", "--checksum-algorithm",
          "--no-guess-mime-type", "--follow-symlinks", "--no-follow-symlinks",
          "--ignore-glacier-warnings", "--force-glacier-transfer", "--progress-frequency",
          "--progress-multiline",
        ]
      }
    }

    /// Those that change what the lab does, or that change nothing anywhere but the traffic.
    static let simulated: Set<String> = [
      "--exclude", "--include", "--content-type", "--content-encoding", "--metadata",
      "--metadata-directive", "--page-size", "--bucket-name-prefix",
      "--expected-size", "--request-payer", "--progress-frequency", "--progress-multiline",
      "--follow-symlinks", "--no-follow-symlinks",
    ]

    /// What the client's usage line says of the paths.
    var usage: String {
      switch self {
      case .ls: "<S3Uri> or NONE"
      case .cp, .mv: "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>"
      case .rm, .mb, .rb: "<S3Uri>"
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
  /// Options with their values, in their order.
  package var values: [(flag: String, value: String)] = []
  package var globals = AWSGlobals()
  package var isHelp = false
  /// A command that AWS has and the lab has not, whose help is asked for.
  package var known: String?

  package func has(_ name: String) -> Bool { switches.contains(name) }

  package func value(_ flag: String) -> String? { values.last { $0.flag == flag }?.value }

  /// What `--metadata` says, as names with values; nothing without it.
  package func metadata(in environment: AWSEnvironment) throws(AWSUsageError) -> JSON? {
    let put = Service.named("s3api")?.operation(named: "PutObject")
    guard let text = value("--metadata"),
      let shape = put?.options.first(where: { $0.name == "Metadata" })?.shape
    else { return nil }
    var reader = AWSValueReader(environment: environment, isRaw: false)
    return try reader.value([text], shape, option: "--metadata")
  }

  /// Options that AWS has and that change nothing here.
  package var notSimulated: [String] {
    Set(switches).union(values.map(\.flag)).filter {
      command?.others.contains($0) == true && !Command.simulated.contains($0)
    }.sorted()
  }

  /// Whether `--exclude` and `--include` leave a name in, of which the last that fits decides.
  package func takes(_ name: String) -> Bool {
    var isTaken = true
    for (flag, pattern) in values where flag == "--exclude" || flag == "--include" {
      if NamePattern.matches(Array(name)[...], Array(pattern)[...]) {
        isTaken = flag == "--include"
      }
    }
    return isTaken
  }

  /// Nothing for a line of another service.
  package static func parse(_ words: [String]) -> Result<S3CommandLine, AWSUsageError>? {
    var reader = Reader(words: words)
    guard reader.isS3 else { return nil }
    do throws(AWSUsageError) {
      guard let parts = try AWSParser.parts(of: words) else { return nil }
      reader.words = parts.words
      reader.line.globals = parts.globals
      return .success(try reader.read())
    } catch {
      return .failure(error.at(.operation(reader.line.globals)))
    }
  }

  private struct Reader {
    var words: [String]
    var line = S3CommandLine()

    /// Options in front of the service, each with its value.
    var isS3: Bool {
      var place = 0
      while place < words.count, words[place].hasPrefix("--") {
        let option = GlobalOption.table.first { $0.flag.hasPrefix(words[place]) }
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
        options.append(flag)
        place += try take(flag, attached, Array(words[place...]))
      }
      try settle(Array(plain.dropFirst()), options)
      return line
    }

    /// The values of an option of the command; how many words they are.
    private mutating func take(_ flag: String, _ attached: String?, _ rest: [String])
      throws(AWSUsageError) -> Int
    {
      if let attached {
        line.values.append((flag, attached))
        return 0
      }
      let following = rest.prefix { !$0.hasPrefix("--") }
      switch flag {
      case "--sse", "--sse-c", "--sse-c-copy-source", "--request-payer":
        let choices = flag == "--request-payer" ? ["requester"] : ["AES256", "aws:kms"]
        guard let value = following.first, choices.contains(value) else { return 0 }
        line.values.append((flag, value))
        return 1
      case "--tags", "--grants":
        let count = flag == "--tags" ? min(2, following.count) : grants(following)
        guard count == 2 || (flag == "--grants" && count > 0) else {
          throw .parameters(
            "argument \(flag): expected \(flag == "--tags" ? "2 arguments" : "at least one argument")",
            .missingValue(flag), withUsage: true)
        }
        line.values.append((flag, following.prefix(count).joined(separator: " ")))
        return count
      case _ where Self.valueless.contains(flag): return 0
      case _ where Command.allCases.contains { $0.others.contains(flag) }:
        guard let value = following.first else {
          throw .parameters(
            "argument \(flag): expected one argument", .missingValue(flag), withUsage: true)
        }
        if let choices = Self.choices[flag], !choices.contains(value) {
          throw .invalidChoice(
            value, argument: flag, among: choices,
            .badChoice(value, option: flag, choices: choices))
        }
        line.values.append((flag, value))
        return 1
      default: return 0
      }
    }

    /// `read=uri=…`, as many as follow.
    private func grants(_ words: ArraySlice<String>) -> Int {
      words.prefix { word in
        ["read=", "readacl=", "writeacl=", "full="].contains { word.hasPrefix($0) }
      }.count
    }

    /// Source: AWS CLI Command Reference, s3 cp.
    private static let choices = [
      "--metadata-directive": ["COPY", "REPLACE"],
      "--copy-props": ["none", "metadata-directive", "default"],
      "--acl": [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read",
        "bucket-owner-read", "bucket-owner-full-control", "log-delivery-write",
      ],
      "--storage-class": [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
        "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR",
      ],
    ]

    private static let valueless: Set<String> = [
      "--no-guess-mime-type", "--follow-symlinks", "--no-follow-symlinks",
      "--ignore-glacier-warnings", "--force-glacier-transfer", "--progress-multiline",
    ]

    private mutating func settle(_ plain: [String], _ options: [String]) throws(AWSUsageError) {
      guard let name = plain.first else {
        throw .parameters(AWSUsageError.tooFew("s3"), .missingRequired(["subcommand"]))
      }
      if name == "help" {
        line.isHelp = true
        return
      }
      guard let command = Command(rawValue: name) else {
        let names = Command.allCases.map(\.rawValue)
        if ["sync", "presign", "website"].contains(name) {
          if plain.dropFirst().first == "help" {
            line.isHelp = true
            line.known = name
            return
          }
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
      let unknown = options.filter {
        !command.switches.contains($0) && !command.others.contains($0)
      }
      if !unknown.isEmpty {
        throw Self.unknown(
          unknown, of: name,
          near: NearNames.of(unknown[0], among: command.switches + command.others.sorted()))
      }
      line.switches = Set(options)
      line.paths = plain.dropFirst().map { Path($0) }
      guard command.paths.contains(line.paths.count) else {
        if line.paths.count < command.paths.lowerBound {
          let paths = command == .mb || command == .rb ? "path" : "paths"
          throw .parameters(
            "the following arguments are required: \(paths)", .missingRequired([paths]),
            withUsage: true)
        }
        throw Self.unknown(
          Array(plain.dropFirst(1 + command.paths.upperBound)), of: name, near: [])
      }
      try check(command, plain)
    }

    /// A command of the client's own tells of them in its own way.
    private static func unknown(_ words: [String], of command: String, near: [String])
      -> AWSUsageError
    {
      .parameters(
        "Unknown options: \(words.joined(separator: ","))",
        .unknownOptions(words, operation: command, near: near))
    }

    /// Source: AWS CLI, the messages of its s3 commands.
    private func check(_ command: Command, _ plain: [String]) throws(AWSUsageError) {
      let isRemote = line.paths.map { path in
        if case .remote = path { true } else { false }
      }
      func invalid() -> AWSUsageError {
        let isTransfer = command != .mb && command != .rb
        return .parameters(
          "\(isTransfer ? "usage: aws s3 \(command.rawValue) " : "")\(command.usage)\n"
            + "Error: Invalid argument type", .badParameters)
      }
      switch command {
      case .ls: return
      case .mb, .rb, .rm: if !isRemote[0] { throw invalid() }
      case .cp, .mv:
        guard isRemote.contains(true) else { throw invalid() }
        guard command == .cp || !line.paths.contains(.standard) else { throw invalid() }
        if line.has("--recursive"), line.paths.contains(.standard) {
          throw .parameters(
            "Streaming currently is only compatible with non-recursive cp commands",
            .badParameters)
        }
        let (from, to) = (plain[1], plain[2])
        let name = from.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if command == .mv, from == to || (to.hasSuffix("/") && from == to + name) {
          throw .parameters(
            "Cannot mv a file onto itself: '\(from)' - '\(to)'", .badParameters)
        }
      }
      if command == .rb, case .remote(let bucket, let key) = line.paths[0], !key.isEmpty {
        throw .parameters(
          "Please specify a valid bucket name only. E.g. s3://\(bucket)", .badParameters)
      }
      for case .remote(let bucket, _) in line.paths where bucket.isEmpty {
        let problem = AWSNamedResources.problem(ofBucket: bucket) ?? ""
        // The client finds it while it works, and says whose work it was.
        let work = [Command.mb: "make_bucket", .rb: "remove_bucket"][command]
        throw AWSUsageError(
          text: "\(work.map { "\($0) failed: s3:// " } ?? "\naws: [ERROR]: ")"
            + "Parameter validation failed:\n\(problem)\n",
          exitCode: work == nil ? 252 : 1, fact: .badParameters)
      }
    }
  }

  /// What `aws s3 COMMAND help` prints.
  package static func help(of command: Command) -> String {
    var text = "\(command.synopsis)\n"
    let told = (command.switches + command.others.sorted()).compactMap { flag in
      meanings[flag].map { (flag, $0) }
    }
    if !told.isEmpty {
      text += "\nOptions:\n"
      for (flag, meaning) in told {
        text += "  \(flag)\(String(repeating: " ", count: max(1, 24 - flag.count)))\(meaning)\n"
      }
    }
    let others = command.others.filter { meanings[$0] == nil }.sorted()
    if !others.isEmpty {
      text += "\nKnown to AWS, and without effect here:\n"
      for flag in others { text += "  \(flag)\n" }
    }
    return text + "\nFiles are those of the lab.\n"
  }

  private static let meanings = [
    "--recursive": "all below a prefix or a folder",
    "--human-readable": "sizes in KiB, MiB and so on",
    "--summarize": "how many objects, and their size together",
    "--quiet": "prints nothing", "--only-show-errors": "prints only what failed",
    "--no-progress": "needless: no progress is shown here",
    "--dryrun": "says what would be done, and does nothing",
    "--force": "removes the objects in the bucket first",
    "--exclude": "PATTERN: leaves such names out; * ? [abc] and [!abc], the last that fits counts",
    "--include": "PATTERN: takes such names all the same",
    "--content-type": "TYPE of the object, instead of a guess from its name",
    "--content-encoding": "ENCODING of the object, such as gzip",
    "--metadata": "NAME=VALUE,NAME=VALUE: what the object says of itself",
    "--metadata-directive": "COPY or REPLACE: whether an object's own metadata go along",
    "--page-size": "NUMBER of results of each call",
    "--bucket-name-prefix": "PREFIX of the buckets that are listed",
  ]

  /// What `aws s3 sync help` prints.
  package static func help(ofKnown name: String) -> String {
    "aws s3 \(name)\n\nKnown to AWS; this lab does not perform it, and has no list of its options.\n"
      + "aws s3 help lists what the lab has.\n"
  }

  /// What `aws s3 help` prints.
  package static var help: String {
    "aws s3 COMMAND\n\nPerformed by this lab:\n"
      + Command.allCases.map { "  \($0.synopsis)\n" }.joined()
      + "\nFiles are those of the lab. aws s3api help lists the operations of the API.\n"
  }
}

/// The patterns of `--exclude`: `*`, `?`, `[abc]` and `[!abc]`, over a whole name with its slashes.
/// Source: AWS CLI Command Reference, s3, use of exclude and include filters.
package enum NamePattern {
  package static func matches(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>)
    -> Bool
  {
    var name = name
    var pattern = pattern
    /// Where to go on when what follows the last star does not fit.
    var again: (name: ArraySlice<Character>, pattern: ArraySlice<Character>)?
    while true {
      if pattern.first == "*" {
        pattern = pattern.dropFirst()
        again = (name, pattern)
        continue
      }
      if let next = name.first, let rest = one(next, pattern) {
        name = name.dropFirst()
        pattern = rest
        continue
      }
      if name.isEmpty, pattern.isEmpty { return true }
      guard let last = again, !last.name.isEmpty else { return false }
      name = last.name.dropFirst()
      pattern = last.pattern
      again = (name, pattern)
    }
  }

  /// The pattern behind its first element, when that fits a character.
  private static func one(_ character: Character, _ pattern: ArraySlice<Character>)
    -> ArraySlice<Character>?
  {
    guard let first = pattern.first else { return nil }
    let rest = pattern.dropFirst()
    if first == "?" { return rest }
    if first == "[", let end = rest.dropFirst().firstIndex(of: "]") {
      var set = rest[..<end]
      let isNegated = set.first == "!"
      if isNegated { set = set.dropFirst() }
      var fits = false
      var index = set.startIndex
      while index < set.endIndex {
        if index + 2 < set.endIndex, set[index + 1] == "-" {
          fits = fits || (set[index] <= character && character <= set[index + 2])
          index += 3
        } else {
          fits = fits || set[index] == character
          index += 1
        }
      }
      return fits != isNegated ? pattern[(end + 1)...] : nil
    }
    return first == character ? rest : nil
  }
}
