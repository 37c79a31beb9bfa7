import API
import Values

/// The AWS CLI's own grammar, driven by the API models.
package enum AWSGrammar {
  /// Understands the words after `aws`.
  package static func parse(_ words: [String], in environment: AWSEnvironment)
    -> Result<AWSInvocation, AWSUsageError>
  {
    var parser = AWSParser(words: words, environment: environment)
    do throws(AWSUsageError) {
      return .success(try parser.parse())
    } catch {
      return .failure(error)
    }
  }

  /// The options of an operation on the command line, those of the described model included.
  package static func options(of operation: API.Operation, _ extensions: AWSExtensions)
    -> [Member]
  {
    var options = operation.options
    switch (operation.service, operation.name) {
    case ("kinesis", "CreateStream") where extensions.contains(.createStreamKey):
      let start = Service.named("kinesis")?.operation(named: "StartStreamEncryption")
      for member in start?.options ?? [] where ["EncryptionType", "KeyId"].contains(member.name) {
        options.append(
          Member(name: member.name, shape: member.shape, isRequired: false, flag: member.flag))
      }
    case ("kinesis", "StartStreamEncryption")
    where extensions.contains(.startEncryptionDefaultKey):
      options = options.map { member in
        ["EncryptionType", "KeyId"].contains(member.name)
          ? Member(name: member.name, shape: member.shape, isRequired: false, flag: member.flag)
          : member
      }
    default: break
    }
    return options
  }

  /// Whether a word stands where an option's name would: not a number, and not a text with blanks.
  static func looksLikeOption(_ word: String) -> Bool {
    word.hasPrefix("-") && word.utf8.count > 1 && Double(word) == nil && !word.contains(" ")
  }
}

/// An option that does not belong to one operation.
struct GlobalOption: Sendable {
  enum Arity: Sendable { case none, one }

  var flag: String
  var arity = Arity.one
  var choices: [String] = []

  static let table: [GlobalOption] = [
    .init(flag: "--region"), .init(flag: "--profile"),
    .init(flag: "--output", choices: ["json", "text", "table", "yaml", "yaml-stream", "off"]),
    .init(flag: "--query"), .init(flag: "--endpoint-url"),
    .init(flag: "--cli-binary-format", choices: ["base64", "raw-in-base64-out"]),
    .init(flag: "--color", choices: ["on", "off", "auto"]), .init(flag: "--ca-bundle"),
    .init(flag: "--cli-read-timeout"), .init(flag: "--cli-connect-timeout"),
    .init(flag: "--debug", arity: .none), .init(flag: "--no-verify-ssl", arity: .none),
    .init(flag: "--no-paginate", arity: .none), .init(flag: "--no-sign-request", arity: .none),
    .init(flag: "--no-cli-pager", arity: .none), .init(flag: "--version", arity: .none),
    .init(flag: "--cli-auto-prompt", arity: .none),
    .init(flag: "--no-cli-auto-prompt", arity: .none),
  ]

  static let paging = [
    GlobalOption(flag: "--starting-token"), GlobalOption(flag: "--page-size"),
    GlobalOption(flag: "--max-items"),
  ]

  static let input = [GlobalOption(flag: "--cli-input-json")]
}

private struct AWSParser {
  let words: [String]
  let environment: AWSEnvironment
  private var invocation = AWSInvocation()
  private var place = 0

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
    guard let service = Service.named(command) else {
      let near = NearNames.of(command, among: Service.allNames)
      throw .invalidChoice(
        command, argument: "command", near: near, .unknownService(command, near: near))
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
    if name == "wait" { return try parseWaiter(of: service) }
    guard let operation = service.operation(cli: name) else {
      if service.known.contains(where: { $0.cli == name }) {
        throw AWSUsageError(
          text: "\n\(command) \(name) is known to AWS but not simulated in this lab.\n",
          exitCode: 252, fact: .unmodelledOperation(name, service: command))
      }
      let near = NearNames.of(
        name, among: service.operations.map(\.cli) + service.known.map(\.cli))
      throw .invalidChoice(
        name, argument: "operation", near: near,
        .unknownOperation(name, service: command, near: near))
    }
    if place < words.count, words[place] == "help" {
      invocation.kind = .help(service: command, operation: name)
      return invocation
    }
    invocation.kind = .operation(operation)
    try parseOptions(of: operation)
    return invocation
  }

  private mutating func parseWaiter(of service: Service) throws(AWSUsageError) -> AWSInvocation {
    guard let name = try nextCommand() else {
      throw .parameters(
        "the following arguments are required: subcommand", .missingRequired(["subcommand"]),
        withUsage: true)
    }
    guard let waiter = service.waiter(cli: name),
      let operation = service.operation(named: waiter.operation)
    else {
      let near = NearNames.of(name, among: service.waiters.map(\.cli))
      throw .invalidChoice(
        name, argument: "subcommand", near: near,
        .unknownOperation("wait \(name)", service: service.name, near: near))
    }
    invocation.kind = .waiter(waiter, operation)
    try parseOptions(of: operation)
    return invocation
  }

  /// The next word that is no global option.
  private mutating func nextCommand() throws(AWSUsageError) -> String? {
    while place < words.count {
      let word = words[place]
      guard AWSGrammar.looksLikeOption(word) else {
        place += 1
        return word
      }
      guard let (option, value) = try global(word, among: GlobalOption.table) else {
        throw .unknownOptions([word], operation: invocation.service, near: [])
      }
      place += 1
      try set(option, value == nil ? try valueIfAny(of: option) : value)
    }
    return nil
  }

  /// A global option by its name or an unambiguous beginning, with the value behind `=`.
  private func global(_ word: String, among table: [GlobalOption]) throws(AWSUsageError)
    -> (GlobalOption, String?)?
  {
    let (name, value) = Self.split(word)
    if let exact = table.first(where: { $0.flag == name }) { return (exact, value) }
    let begun = table.filter { $0.flag.hasPrefix(name) && name.utf8.count > 2 }
    return begun.count == 1 ? (begun[0], value) : nil
  }

  private static func split(_ word: String) -> (String, String?) {
    guard word.hasPrefix("--"), let sign = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<sign]), String(word[word.index(after: sign)...]))
  }

  private mutating func valueIfAny(of option: GlobalOption) throws(AWSUsageError) -> String? {
    guard case .one = option.arity else { return nil }
    guard place < words.count, !AWSGrammar.looksLikeOption(words[place]) else {
      throw .parameters(
        "argument \(option.flag): expected one argument", .missingValue(option.flag),
        withUsage: true)
    }
    place += 1
    return words[place - 1]
  }

  private mutating func set(_ option: GlobalOption, _ value: String?) throws(AWSUsageError) {
    if let value, !option.choices.isEmpty, !option.choices.contains(value) {
      let near = NearNames.of(value, among: option.choices)
      throw .invalidChoice(
        value, argument: option.flag, near: near,
        .badChoice(value, option: option.flag, choices: option.choices))
    }
    switch option.flag {
    case "--region": invocation.globals.region = value
    case "--profile": invocation.globals.profile = value
    case "--output": invocation.globals.output = value
    case "--query": invocation.globals.query = value
    case "--cli-binary-format": invocation.globals.binaryFormat = value
    case "--no-paginate": invocation.globals.paginates = false
    case "--debug": invocation.globals.isDebug = true
    case "--max-items": invocation.globals.maxItems = try AWSNumber.integer(value ?? "")
    case "--page-size": invocation.globals.pageSize = try AWSNumber.integer(value ?? "")
    case "--starting-token": invocation.globals.startingToken = value
    default: break
    }
  }

  // MARK: The operation's own options

  private mutating func parseOptions(of operation: API.Operation) throws(AWSUsageError) {
    let options = AWSGrammar.options(of: operation, environment.extensions)
    var globals = GlobalOption.table + GlobalOption.input
    if operation.pagination != nil { globals += GlobalOption.paging }
    var typed: [String: [String]] = [:]
    var switches: [String: Bool] = [:]
    var order: [String] = []
    var unknown: [String] = []
    var inputJSON: String?
    while place < words.count {
      let word = words[place]
      place += 1
      guard AWSGrammar.looksLikeOption(word) else {
        unknown.append(word)
        continue
      }
      let (name, attached) = Self.split(word)
      if let found = try member(name, among: options, globals) {
        order.append(found.member.name)
        if found.member.shape.kind == .boolean {
          switches[found.member.name] = !found.isNegated
          continue
        }
        typed[found.member.name] = try values(of: found.member, attached)
      } else if let (option, value) = try global(word, among: globals) {
        let value = value == nil ? try valueIfAny(of: option) : value
        if option.flag == "--cli-input-json" { inputJSON = value } else { try set(option, value) }
      } else {
        unknown.append(word)
        // What follows an option that nobody knows belongs to it.
        while place < words.count, !AWSGrammar.looksLikeOption(words[place]) {
          unknown.append(words[place])
          place += 1
        }
      }
    }
    let missing = options.filter {
      $0.isRequired && typed[$0.name] == nil && switches[$0.name] == nil
    }
    if !missing.isEmpty, inputJSON == nil {
      throw .parameters(
        "the following arguments are required: \(missing.map(\.flag).joined(separator: ", "))",
        .missingRequired(missing.map(\.flag)), withUsage: true)
    }
    if !unknown.isEmpty {
      let flags = options.map(\.flag) + globals.map(\.flag)
      let near = unknown.first { $0.hasPrefix("--") }.map { NearNames.of($0, among: flags) } ?? []
      throw .unknownOptions(unknown, operation: operation.cli, near: near)
    }
    try build(options, typed, switches, order, inputJSON, operation)
  }

  /// One of the operation's options, by its name or an unambiguous beginning; `--no-…` negates a
  /// boolean.
  private func member(_ name: String, among options: [Member], _ globals: [GlobalOption])
    throws(AWSUsageError) -> (member: Member, isNegated: Bool)?
  {
    var named: [(flag: String, member: Member, isNegated: Bool)] = []
    for option in options {
      named.append((option.flag, option, false))
      if option.shape.kind == .boolean {
        named.append(("--no-" + option.flag.dropFirst(2), option, true))
      }
    }
    if let exact = named.first(where: { $0.flag == name }) {
      return (exact.member, exact.isNegated)
    }
    if globals.contains(where: { $0.flag == name }) { return nil }
    let begun = named.filter { $0.flag.hasPrefix(name) && name.utf8.count > 2 }
    if begun.count > 1 {
      throw .parameters(
        "ambiguous option: \(name) could match "
          + begun.map(\.flag).joined(separator: ", "), .badValue(option: name), withUsage: true)
    }
    return begun.first.map { ($0.member, $0.isNegated) }
  }

  /// The words of an option: one, or for a list all up to the next option.
  private mutating func values(of member: Member, _ attached: String?) throws(AWSUsageError)
    -> [String]
  {
    var values = attached.map { [$0] } ?? []
    if member.shape.kind == .list {
      while place < words.count, !AWSGrammar.looksLikeOption(words[place]) {
        values.append(words[place])
        place += 1
      }
      return values
    }
    if attached == nil {
      guard place < words.count, !AWSGrammar.looksLikeOption(words[place]) else {
        throw .parameters(
          "argument \(member.flag): expected one argument", .missingValue(member.flag),
          withUsage: true)
      }
      values.append(words[place])
      place += 1
    }
    return values
  }

  private mutating func build(
    _ options: [Member], _ typed: [String: [String]], _ switches: [String: Bool],
    _ order: [String], _ inputJSON: String?, _ operation: API.Operation
  ) throws(AWSUsageError) {
    var reader = AWSValueReader(
      environment: environment, isRaw: invocation.globals.binaryFormat == "raw-in-base64-out")
    var input = JSONObject()
    if let inputJSON {
      let value = try reader.document(inputJSON, option: "--cli-input-json")
      input = value.object ?? JSONObject()
    }
    for option in options {
      if let flag = switches[option.name] { input[option.name] = .bool(flag) }
      if let words = typed[option.name] {
        input[option.name] = try reader.value(words, option.shape, option: option.flag)
      }
    }
    let structure = Shape(name: operation.name, kind: .structure)
    let report = AWSValidation.report(.object(input), members: options, structure)
    if !report.isEmpty {
      throw .parameters(
        "Parameter validation failed:\n" + report.joined(separator: "\n"), .badParameters)
    }
    // Blobs inside lists and documents are base64 texts that still have to be decoded.
    invocation.input = try reader.normalised(.object(input), members: options)
    invocation.strayCharacters = reader.strayCharacters
    let extra = Set(input.names).subtracting(operation.options.map(\.name))
    if !extra.isEmpty { invocation.usedExtensions.insert(.createStreamKey) }
    if operation.name == "StartStreamEncryption",
      !Set(operation.options.filter(\.isRequired).map(\.name)).isSubset(of: input.names)
    {
      invocation.usedExtensions.insert(.startEncryptionDefaultKey)
    }
  }
}
