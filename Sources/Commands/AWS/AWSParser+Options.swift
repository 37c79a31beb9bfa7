import API
import Values

/// What was typed for an operation, before it has types.
private struct TypedOptions {
  /// Words by member.
  var values: [String: [String]] = [:]
  /// Booleans by member.
  var switches: [String: Bool] = [:]
  var unknown: [String] = []
  /// The values of `--cli-input-json` and `--cli-input-yaml`, by flag.
  var documents: [String: String] = [:]
  var skeleton: AWSSkeleton.Form?

  func has(_ member: Member) -> Bool { values[member.name] != nil || switches[member.name] != nil }
}

extension AWSParser {
  /// Reads all that stands behind the operation into the invocation.
  mutating func parseOptions(of operation: API.Operation) throws(AWSUsageError) {
    let all = AWSGrammar.options(of: operation, environment.extensions)
    let paging = Self.paging(of: operation)
    let options = all.filter { option in !paging.contains { $0.flag == option.flag } }
    let others = paging + GlobalOption.input
    var typed = try readOptions(options, others)
    let isSkeleton = typed.skeleton != nil && typed.skeleton != .output
    let isGiven = !typed.documents.isEmpty || isSkeleton
    var missing = isGiven ? [] : options.filter { $0.isRequired && !typed.has($0) }.map(\.flag)
    if operation.streamsAnswer, typed.skeleton == nil || !typed.unknown.isEmpty {
      if let first = typed.unknown.first, !AWSGrammar.looksLikeOption(first) {
        invocation.outfile = first
        typed.unknown.removeFirst()
      } else {
        missing.append("outfile")
      }
    }
    if !missing.isEmpty {
      throw .parameters(
        "the following arguments are required: \(missing.joined(separator: ", "))",
        .missingRequired(missing), withUsage: true)
    }
    if !typed.unknown.isEmpty {
      // The client keeps the first stray word for a `help` that might stand there, and lists it last.
      if let stray = typed.unknown.firstIndex(where: { !AWSGrammar.looksLikeOption($0) }) {
        if typed.unknown[stray] == "help" {
          let waiter: String? =
            if case .waiter(let waiter, _) = invocation.kind { waiter.cli } else { nil }
          invocation.kind = .help(
            service: invocation.service, operation: waiter.map { "wait \($0)" } ?? operation.cli)
          return
        }
        typed.unknown.append(typed.unknown.remove(at: stray))
      }
      let flags = options.map(\.flag) + (GlobalOption.table + others).map(\.flag)
      let near = typed.unknown.first { $0.hasPrefix("--") }.map { NearNames.of($0, among: flags) }
      throw .unknownOptions(typed.unknown, operation: operation.cli, near: near ?? [])
    }
    if let form = typed.skeleton {
      invocation.kind = .skeleton(form, operation)
      if isSkeleton { return }
    }
    try settlePaging(of: operation, all, &typed)
    try build(all, typed, operation)
  }

  /// The options by which a client asks for less than all pages.
  static func paging(of operation: API.Operation) -> [GlobalOption] {
    guard let pagination = operation.pagination else { return [] }
    return GlobalOption.paging.filter { $0.flag != "--page-size" || pagination.limitKey != nil }
  }

  private mutating func readOptions(_ options: [Member], _ others: [GlobalOption])
    throws(AWSUsageError) -> TypedOptions
  {
    var typed = TypedOptions()
    while place < words.count {
      let word = words[place]
      place += 1
      guard AWSGrammar.looksLikeOption(word) else {
        typed.unknown.append(word)
        continue
      }
      // Most words are the whole name of an option that takes a value.
      if let member = options.first(where: { $0.flag == word }), member.shape.kind != .boolean {
        typed.values[member.name] = try values(of: member, nil)
        continue
      }
      let (name, attached) = Self.split(word)
      let isExact = Self.named(options).contains { $0.flag == name }
      // The client's own options come first, even when they are cut short.
      if !isExact, let (option, value) = try global(word, among: GlobalOption.table) {
        try set(option, try self.value(of: option, value))
      } else if let found = try match(name, options, others) {
        switch found {
        case .member(let member, let isNegated) where member.shape.kind == .boolean:
          if let attached { throw Self.needless(attached, name) }
          typed.switches[member.name] = !isNegated
        case .member(let member, _): typed.values[member.name] = try values(of: member, attached)
        case .other(let option):
          let value = try self.value(of: option, attached)
          switch option.flag {
          case "--cli-input-json", "--cli-input-yaml": typed.documents[option.flag] = value
          case "--generate-cli-skeleton":
            try Self.check(value, of: option)
            typed.skeleton = value.flatMap(AWSSkeleton.Form.init) ?? .input
          default: try set(option, value)
          }
        }
      } else {
        typed.unknown.append(word)
        // What follows an option that nobody knows belongs to it.
        while place < words.count, !AWSGrammar.looksLikeOption(words[place]) {
          typed.unknown.append(words[place])
          place += 1
        }
      }
    }
    return typed
  }

  private enum Found {
    case member(Member, isNegated: Bool)
    case other(GlobalOption)
  }

  /// The flags of members; `--no-…` negates a boolean.
  private static func named(_ options: [Member]) -> [(flag: String, found: Found)] {
    var named: [(flag: String, found: Found)] = []
    for option in options {
      named.append((option.flag, .member(option, isNegated: false)))
      if option.shape.kind == .boolean {
        named.append(("--no-" + option.flag.dropFirst(2), .member(option, isNegated: true)))
      }
    }
    return named
  }

  /// An option of the operation by its name or an unambiguous beginning.
  private func match(_ name: String, _ options: [Member], _ others: [GlobalOption])
    throws(AWSUsageError) -> Found?
  {
    let named = Self.named(options) + others.map { ($0.flag, .other($0)) }
    if let exact = named.first(where: { $0.flag == name }) { return exact.found }
    guard name.utf8.count > 2 else { return nil }
    let begun = named.filter { $0.flag.hasPrefix(name) }
    guard begun.count < 2 else { throw Self.ambiguous(name, begun.map(\.flag)) }
    return begun.first?.found
  }

  /// The words of an option: one, or for a list all up to the next option.
  private mutating func values(of member: Member, _ attached: String?) throws(AWSUsageError)
    -> [String]
  {
    if let attached { return [attached] }
    guard member.shape.kind == .list else { return [try nextValue(of: member.flag)] }
    let start = place
    while place < words.count, !AWSGrammar.looksLikeOption(words[place]) { place += 1 }
    return Array(words[start..<place])
  }

  /// Turns the merging of pages off when somebody pages by hand, with the operation's own options.
  /// Source: AWS CLI User Guide, pagination.
  private mutating func settlePaging(
    of operation: API.Operation, _ all: [Member], _ typed: inout TypedOptions
  ) throws(AWSUsageError) {
    guard let pagination = operation.pagination else { return }
    let manual = Set(pagination.inputTokens + [pagination.limitKey].compactMap { $0 })
    if typed.values.keys.contains(where: manual.contains) { invocation.globals.paginates = false }
    guard !invocation.globals.paginates else { return }
    let hidden = all.filter { option in GlobalOption.paging.contains { $0.flag == option.flag } }
    let globals = invocation.globals
    let used: [(flag: String, value: String?)] = [
      ("--starting-token", globals.startingToken),
      ("--page-size", globals.pageSize.map { String($0) }),
      ("--max-items", globals.maxItems.map { String($0) }),
    ]
    var refused: [String] = []
    for (flag, value) in used {
      guard let value else { continue }
      if let member = hidden.first(where: { $0.flag == flag }) {
        typed.values[member.name] = [value]
      } else {
        refused.append(flag)
      }
    }
    invocation.globals.startingToken = nil
    invocation.globals.pageSize = nil
    invocation.globals.maxItems = nil
    guard refused.isEmpty else {
      throw .parameters(
        "Cannot specify --no-paginate along with pagination arguments: "
          + refused.joined(separator: ", "), .badParameters)
    }
  }

  private mutating func build(
    _ all: [Member], _ typed: TypedOptions, _ operation: API.Operation
  ) throws(AWSUsageError) {
    let binaryFormat =
      invocation.globals.binaryFormat ?? environment.binaryFormat(invocation.globals.profile)
    var reader = AWSValueReader(
      environment: environment, isRaw: binaryFormat == "raw-in-base64-out")
    var input = JSONObject()
    guard typed.documents.count < 2 else {
      throw .parameters(
        "Only one --cli-input- parameter may be specified.", .badParameters)
    }
    if let (flag, document) = typed.documents.first {
      input = try reader.document(document, option: String(flag.dropFirst(2)))
      if let pagination = operation.pagination,
        (pagination.inputTokens + [pagination.limitKey].compactMap { $0 })
          .contains(where: { input[$0] != nil })
      {
        invocation.globals.paginates = false
      }
    }
    for option in all {
      if let flag = typed.switches[option.name] { input[option.name] = .bool(flag) }
      if let words = typed.values[option.name] {
        input[option.name] =
          operation.streamsQuestion && option.name == "Body"
          ? try reader.body(words.last ?? "", option: option.flag)
          : try reader.value(words, option.shape, option: option.flag)
      }
    }
    if (operation.service, operation.name) == ("cloudwatch", "PutMetricData") {
      try AWSFlatMetric.fold(&input)
    }
    input = try reader.timed(input, members: all)
    let structure = Shape(name: operation.name, kind: .structure)
    var whole = input
    if let size = invocation.globals.pageSize, let key = operation.pagination?.limitKey,
      all.contains(where: { $0.name == key && $0.shape.kind != .string })
    {
      whole[key] = .integer(size)
    }
    var report = AWSValidation.report(.object(whole), members: all, structure)
    if !report.isEmpty {
      // What came as JSON in an option keeps its order in the client, and goes by that class's name.
      let ordered = all.filter { option in
        (typed.values[option.name]?.first).map { reader.isJSON($0, option.shape) } ?? false
      }
      report = AWSValidation.report(
        .object(whole), members: all, structure, ordered: Set(ordered.map(\.name)))
      throw .parameters(
        "Parameter validation failed:\n" + report.joined(separator: "\n"), .badParameters)
    }
    try AWSNamedResources.check(input, of: operation)
    // Blobs inside lists and documents are base64 texts that still have to be decoded.
    invocation.input = try reader.normalised(.object(input), members: all)
    invocation.strayCharacters = reader.strayCharacters
    invocation.takenApart = reader.takenApart
    let known = operation.options
    if input.members.contains(where: { member in !known.contains { $0.name == member.name } }) {
      invocation.usedExtensions.insert(.createStreamKey)
    }
    if operation.name == "StartStreamEncryption",
      known.contains(where: { $0.isRequired && input[$0.name] == nil })
    {
      invocation.usedExtensions.insert(.startEncryptionDefaultKey)
    }
  }
}

extension API.Operation {
  /// Whether the answer has a part that goes into a file.
  var streamsAnswer: Bool { service == "s3api" && name == "GetObject" }
  /// Whether a part of the request comes from a file, which is named without `fileb://`.
  fileprivate var streamsQuestion: Bool { service == "s3api" && name == "PutObject" }
}
