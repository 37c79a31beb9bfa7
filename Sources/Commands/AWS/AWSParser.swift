import API
import Values

/// Reads the words of one line: command, operation, options.
struct AWSParser {
  let environment: AWSEnvironment
  var words: [String]
  var place = 0
  var invocation = AWSInvocation()
  /// Options in front of the operation that the client does not know itself.
  private var early: [String] = []
  /// Which of the two options about questions at the prompt were given.
  private var prompts: Set<String> = []
  /// Texts of `--cli-read-timeout` and `--cli-connect-timeout`, looked at when the command is known.
  private var timeouts: [String] = []

  /// Whether `--version` was met, behind which nothing is read.
  private var isVersion = false
  /// The options that can stand where the parser reads: those of the operation, and the client's.
  var members: [Member] = []
  var others: [GlobalOption] = []

  init(words: [String], environment: AWSEnvironment) {
    self.words = words
    self.environment = environment
  }

  /// The client reads a line in three steps: its own options wherever they stand and the command's
  /// name, then the operation's name, then the operation's options.
  mutating func parse() throws(AWSUsageError) -> AWSInvocation {
    guard let command = try takeOwnOptions() else {
      if isVersion { return invocation }
      throw .parameters(
        "the following arguments are required: command", .noCommand, withUsage: true)
    }
    do throws(AWSUsageError) {
      for text in timeouts { _ = try AWSNumber.integer(text) }
      try parseCommand(command)
    } catch {
      // The query and the endpoint are looked at before anything of the operation.
      throw error.at(.operation(invocation.globals))
    }
    return invocation
  }

  /// The words of a line for a command of the client's own, without the options that every command
  /// takes, and these; nothing for a line that asks for the version.
  static func parts(of words: [String]) throws(AWSUsageError)
    -> (words: [String], globals: AWSGlobals)?
  {
    var parser = AWSParser(words: words, environment: AWSEnvironment())
    guard let command = try parser.takeOwnOptions() else { return nil }
    do throws(AWSUsageError) {
      for text in parser.timeouts { _ = try AWSNumber.integer(text) }
    } catch {
      throw error.at(.operation(parser.invocation.globals))
    }
    return ([command] + parser.words[parser.place...], parser.invocation.globals)
  }

  private mutating func parseCommand(_ command: String) throws(AWSUsageError) {
    if command == "help" {
      invocation.kind = .help(service: nil, operation: nil)
      return
    }
    if command == "configure" { return try parseConfigure() }
    guard let service = Service.named(command) else {
      guard KnownToAWS.hasService(command), words.last == "help" else {
        throw Self.unknownCommand(command)
      }
      invocation.kind = .help(service: command, operation: nil)
      return
    }
    invocation.service = command
    guard let name = try nextCommand() else {
      throw .parameters(
        "the following arguments are required: operation", .missingRequired(["operation"]),
        withUsage: true)
    }
    if name == "help" {
      invocation.kind = .help(service: command, operation: nil)
      return
    }
    if name == "wait", !service.waiters.isEmpty { return try parseWaiter(of: service) }
    guard let operation = service.operation(cli: name) else {
      if Self.isKnown(name, of: service), place < words.count, words[place] == "help" {
        invocation.kind = .help(service: command, operation: name)
        return
      }
      throw unknownOperation(name, of: service)
    }
    if place < words.count, words[place] == "help" {
      invocation.kind = .help(service: command, operation: name)
      return
    }
    invocation.kind = .operation(operation)
    takeBackEarlyOptions()
    try parseOptions(of: operation)
  }

  private func check(command: String) throws(AWSUsageError) {
    guard Service.named(command) == nil, !["help", "configure", "s3"].contains(command) else {
      return
    }
    // Of a service that the lab lacks there is a page all the same.
    if KnownToAWS.hasService(command), words.last == "help" { return }
    throw Self.unknownCommand(command)
  }

  private static func unknownCommand(_ command: String) -> AWSUsageError {
    if KnownToAWS.hasService(command) { return .notInLab(command) }
    let names = AWSGrammar.commands
    return .invalidChoice(
      command, argument: "command", among: KnownToAWS.services.union(names).union(["help"]),
      .unknownService(command, near: NearNames.of(command, among: names)))
  }

  /// Whether AWS has an operation of which the lab has the name alone.
  static func isKnown(_ name: String, of service: Service) -> Bool {
    service.known.contains { $0.cli == name } || KnownToAWS.hasCommand(name, of: service.name)
  }

  private func unknownOperation(_ name: String, of service: Service) -> AWSUsageError {
    if Self.isKnown(name, of: service) {
      return AWSUsageError(
        text: "\n\(service.name) \(name) is known to AWS but not simulated in this lab.\n",
        exitCode: 252, fact: .unmodelledOperation(name, service: service.name))
    }
    let names = service.commands.map(\.cli) + service.known.map(\.cli)
    let own = service.waiters.isEmpty ? ["help"] : ["wait", "help"]
    return .invalidChoice(
      name, argument: "operation", among: names + own,
      .unknownOperation(name, service: service.name, near: NearNames.of(name, among: names)))
  }

  private mutating func parseWaiter(of service: Service) throws(AWSUsageError) {
    guard let name = try nextCommand() else {
      if !early.isEmpty { throw .unknownOptions(early, operation: service.name, near: []) }
      throw .parameters(
        AWSUsageError.tooFew("\(service.name) wait"), .missingRequired(["subcommand"]))
    }
    if name == "help" {
      invocation.kind = .help(service: service.name, operation: "wait")
      return
    }
    guard let waiter = service.waiter(cli: name),
      let operation = service.operation(named: waiter.operation)
    else {
      if KnownToAWS.hasWaiter(name, of: service.name) {
        throw .notInLab("\(service.name) wait \(name)")
      }
      let names = service.waiters.map(\.cli)
      throw .invalidChoice(
        name, argument: "subcommand", among: names,
        .unknownOperation(
          "wait \(name)", service: service.name, near: NearNames.of(name, among: names)))
    }
    if place < words.count, words[place] == "help" {
      invocation.kind = .help(service: service.name, operation: "wait \(name)")
      return
    }
    invocation.kind = .waiter(waiter, operation)
    takeBackEarlyOptions()
    try parseOptions(of: operation)
  }

  /// The next word that is no option; options that are nobody's yet wait for the operation.
  mutating func nextCommand() throws(AWSUsageError) -> String? {
    while place < words.count {
      let word = words[place]
      place += 1
      if word == "--" {
        // Behind it everything is a name or a value, and it is gone itself.
        guard place < words.count else { return nil }
        place += 1
        return words[place - 1]
      }
      guard AWSGrammar.looksLikeOption(word) else {
        if place < words.count, words[place] == "--" { words.remove(at: place) }
        return word
      }
      early.append(word)
    }
    return nil
  }

  mutating func takeBackEarlyOptions() {
    words = early + words[place...]
    place = 0
  }

  // MARK: Global options

  /// Goes over all words, takes the client's own options out of them and gives the command's name;
  /// nothing when there is none, or when the version was asked for.
  private mutating func takeOwnOptions() throws(AWSUsageError) -> String? {
    // Most lines begin with their command and have no word that could be such an option.
    if let command = words.first, !command.hasPrefix("-"), words.allSatisfy(GlobalOption.isNone) {
      place = 1
      try check(command: command)
      return command
    }
    let end = words.firstIndex(of: "--") ?? words.count
    others = GlobalOption.table
    defer { others = [] }
    // A beginning of several names is seen before anything is done.
    for word in words[..<end] { _ = try global(word) }
    let behind = words[end...]
    words.removeSubrange(end...)
    var rest: [String] = []
    var command: String?
    var isLast = false
    while place < words.count {
      let word = words[place]
      place += 1
      if let (option, attached) = try global(word) {
        let value = try value(of: option, attached)
        if option.flag == "--version" {
          isVersion = true
          return nil
        }
        try set(option, value)
      } else if command == nil, !AWSGrammar.looksLikeOption(word) {
        try check(command: word)
        command = word
        isLast = place == words.count
      } else {
        rest.append(word)
      }
    }
    // `--` next to the command goes with it; another is left to who reads on.
    var left = behind
    if command == nil, left.count > 1 {
      command = left[left.startIndex + 1]
      left = left.dropFirst(2)
      if let command { try check(command: command) }
    } else if isLast {
      left = left.dropFirst()
    }
    words = rest + left
    place = 0
    return command
  }

  /// One of the client's own options by its name or an unambiguous beginning, with the value behind `=`.
  private func global(_ word: String) throws(AWSUsageError) -> (GlobalOption, String?)? {
    guard !GlobalOption.isNone(word) else { return nil }
    let (name, value) = Self.split(word)
    if let exact = GlobalOption.table.first(where: { $0.flag == name }) { return (exact, value) }
    let begun = GlobalOption.table.filter { $0.flag.hasPrefix(name) }
    guard begun.count < 2 else { throw Self.ambiguous(word, begun.map(\.flag)) }
    return begun.first.map { ($0, value) }
  }

  static func ambiguous(_ name: String, _ flags: [String]) -> AWSUsageError {
    .parameters(
      "ambiguous option: \(name) could match \(flags.joined(separator: ", "))",
      .badValue(option: name), withUsage: true)
  }

  static func split(_ word: String) -> (String, String?) {
    guard word.hasPrefix("--"), let sign = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<sign]), String(word[word.index(after: sign)...]))
  }

  /// The value of an option: what stands behind its `=`, or the next word.
  mutating func value(of option: GlobalOption, _ attached: String?) throws(AWSUsageError)
    -> String?
  {
    switch option.arity {
    case .none:
      if let attached { throw Self.needless(attached, option.flag) }
      return nil
    case .one:
      if let attached { return attached }
      return try nextValue(of: option.flag)
    case .optional:
      if let attached { return attached }
      guard isValueNext else { return nil }
      place += 1
      return words[place - 1]
    }
  }

  static func needless(_ value: String, _ flag: String) -> AWSUsageError {
    .parameters(
      "argument \(flag): ignored explicit argument '\(value)'", .badValue(option: flag),
      withUsage: true)
  }

  /// Whether a word follows that is no option. `--` is none, and no value either.
  var isValueNext: Bool {
    guard place < words.count else { return false }
    let word = words[place]
    return !isOption(word) && word != "--"
  }

  /// Whether a word stands for an option here. Behind the `=` of a name that an option has, or begins
  /// with, blanks are as good as anything; behind another name they make the word a value.
  func isOption(_ word: String) -> Bool {
    guard word.utf8.first == UInt8(ascii: "-") else { return false }
    if AWSGrammar.looksLikeOption(word) { return true }
    let (name, attached) = Self.split(word)
    guard attached != nil else { return false }
    return others.contains { $0.flag.hasPrefix(name) }
      || Self.named(members).contains { $0.flag.hasPrefix(name) }
  }

  mutating func nextValue(of flag: String) throws(AWSUsageError) -> String {
    guard isValueNext else {
      throw .parameters(
        "argument \(flag): expected one argument", .missingValue(flag), withUsage: true)
    }
    place += 1
    return words[place - 1]
  }

  static func check(_ value: String?, of option: GlobalOption) throws(AWSUsageError) {
    guard let value, !option.choices.isEmpty, !option.choices.contains(value) else { return }
    throw .invalidChoice(
      value, argument: option.flag, among: option.choices,
      .badChoice(value, option: option.flag, choices: option.choices))
  }

  mutating func set(_ option: GlobalOption, _ value: String?) throws(AWSUsageError) {
    try Self.check(value, of: option)
    switch option.flag {
    case "--region": invocation.globals.region = value
    case "--profile": invocation.globals.profile = value
    case "--output": invocation.globals.output = value
    case "--query": invocation.globals.query = value
    case "--cli-binary-format": invocation.globals.binaryFormat = value
    case "--no-paginate": invocation.globals.paginates = false
    case "--endpoint-url": invocation.globals.endpoint = value
    case "--debug": invocation.globals.isDebug = true
    case "--max-items": invocation.globals.maxItems = try Self.pagingNumber(value, option.flag)
    case "--page-size": invocation.globals.pageSize = try Self.pagingNumber(value, option.flag)
    case "--starting-token": invocation.globals.startingToken = value
    case "--cli-auto-prompt", "--no-cli-auto-prompt":
      prompts.insert(option.flag)
      guard prompts.count < 2 else {
        throw .parameters(
          "Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time.",
          .badParameters)
      }
    case "--cli-read-timeout", "--cli-connect-timeout": timeouts.append(value ?? "")
    default: break
    }
  }

  /// These two are checked while the options are read, so a bad one gets the usage block.
  private static func pagingNumber(_ text: String?, _ flag: String) throws(AWSUsageError) -> Int {
    let text = text ?? ""
    guard let number = AWSNumber.whole(text) else { throw noNumber(text, "int", flag) }
    return number
  }

  static func noNumber(_ text: String, _ type: String, _ flag: String) -> AWSUsageError {
    .parameters(
      "argument \(flag): invalid \(type) value: '\(text)'", .badValue(option: flag),
      withUsage: true)
  }
}
