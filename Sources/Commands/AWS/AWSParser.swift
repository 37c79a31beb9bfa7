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

  init(words: [String], environment: AWSEnvironment) {
    self.words = words
    self.environment = environment
  }

  mutating func parse() throws(AWSUsageError) -> AWSInvocation {
    guard let command = try nextCommand() else {
      if case .version = invocation.kind, words.contains("--version") { return invocation }
      throw .parameters(
        "the following arguments are required: command", .noCommand, withUsage: true)
    }
    if command == "help" {
      invocation.kind = .help(service: nil, operation: nil)
      return invocation
    }
    if command == "configure" { return try parseConfigure() }
    guard let service = Service.named(command) else {
      if KnownToAWS.hasService(command) {
        guard words.last == "help" else { throw .notInLab(command) }
        invocation.kind = .help(service: command, operation: nil)
        return invocation
      }
      let names = AWSGrammar.commands
      throw .invalidChoice(
        command, argument: "command", among: names + ["help"],
        .unknownService(command, near: NearNames.of(command, among: names)))
    }
    invocation.service = command
    guard let name = try nextCommand() else {
      throw .parameters(
        "the following arguments are required: operation", .missingRequired(["operation"]),
        withUsage: true)
    }
    if name == "help" {
      invocation.kind = .help(service: command, operation: nil)
      return invocation
    }
    if name == "wait", !service.waiters.isEmpty { return try parseWaiter(of: service) }
    guard let operation = service.operation(cli: name) else {
      if Self.isKnown(name, of: service), place < words.count, words[place] == "help" {
        invocation.kind = .help(service: command, operation: name)
        return invocation
      }
      throw unknownOperation(name, of: service)
    }
    if place < words.count, words[place] == "help" {
      invocation.kind = .help(service: command, operation: name)
      return invocation
    }
    invocation.kind = .operation(operation)
    takeBackEarlyOptions()
    try parseOptions(of: operation)
    return invocation
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

  private mutating func parseWaiter(of service: Service) throws(AWSUsageError) -> AWSInvocation {
    guard let name = try nextCommand() else {
      throw .parameters(
        AWSUsageError.tooFew("\(service.name) wait"), .missingRequired(["subcommand"]))
    }
    if name == "help" {
      invocation.kind = .help(service: service.name, operation: "wait")
      return invocation
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
      return invocation
    }
    invocation.kind = .waiter(waiter, operation)
    takeBackEarlyOptions()
    try parseOptions(of: operation)
    return invocation
  }

  /// The next word that is no option; options that are nobody's yet wait for the operation.
  mutating func nextCommand() throws(AWSUsageError) -> String? {
    while place < words.count {
      let word = words[place]
      place += 1
      guard AWSGrammar.looksLikeOption(word) else { return word }
      if let (option, value) = try global(word, among: GlobalOption.table) {
        try set(option, try self.value(of: option, value))
      } else {
        early.append(word)
      }
    }
    if !early.isEmpty { throw .unknownOptions(early, operation: invocation.service, near: []) }
    return nil
  }

  mutating func takeBackEarlyOptions() {
    words = early + words[place...]
    place = 0
  }

  // MARK: Global options

  /// A global option by its name or an unambiguous beginning, with the value behind `=`.
  func global(_ word: String, among table: [GlobalOption]) throws(AWSUsageError)
    -> (GlobalOption, String?)?
  {
    let (name, value) = Self.split(word)
    if let exact = table.first(where: { $0.flag == name }) { return (exact, value) }
    guard name.utf8.count > 2 else { return nil }
    let begun = table.filter { $0.flag.hasPrefix(name) }
    guard begun.count < 2 else { throw Self.ambiguous(name, begun.map(\.flag)) }
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
      guard place < words.count, !AWSGrammar.looksLikeOption(words[place]) else { return nil }
      place += 1
      return words[place - 1]
    }
  }

  static func needless(_ value: String, _ flag: String) -> AWSUsageError {
    .parameters(
      "argument \(flag): ignored explicit argument '\(value)'", .badValue(option: flag),
      withUsage: true)
  }

  mutating func nextValue(of flag: String) throws(AWSUsageError) -> String {
    guard place < words.count, !AWSGrammar.looksLikeOption(words[place]) else {
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
    case "--cli-read-timeout", "--cli-connect-timeout": _ = try AWSNumber.integer(value ?? "")
    default: break
    }
  }

  /// These two are checked while the options are read, so a bad one gets the usage block.
  private static func pagingNumber(_ text: String?, _ flag: String) throws(AWSUsageError) -> Int {
    let text = text ?? ""
    guard let number = AWSNumber.whole(text) else {
      throw .parameters(
        "argument \(flag): invalid int value: '\(text)'", .badValue(option: flag),
        withUsage: true)
    }
    return number
  }
}
