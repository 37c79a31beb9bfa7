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
    members = options
    self.others = others
    var typed: TypedOptions
    do throws(AWSUsageError) {
      typed = try readOptions()
    } catch {
      // A beginning of several names is seen before any value is taken.
      for word in words[..<(words.firstIndex(of: "--") ?? words.count)] where isOption(word) {
        _ = try match(word)
      }
      throw error
    }
    let isSkeleton = typed.skeleton != nil && typed.skeleton != .output
    var missing = options.filter { $0.isRequired && !typed.has($0) }.map(\.flag)
    if !missing.isEmpty, isInputGiven { missing = [] }
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
    // The client keeps the first stray word for a `help` that might stand there, and lists it last;
    // an empty one it passes over.
    if let stray = typed.unknown.firstIndex(where: { !AWSGrammar.looksLikeOption($0) }) {
      let word = typed.unknown.remove(at: stray)
      if word == "help" {
        let waiter: String? =
          if case .waiter(let waiter, _) = invocation.kind { waiter.cli } else { nil }
        invocation.kind = .help(
          service: invocation.service, operation: waiter.map { "wait \($0)" } ?? operation.cli)
        return
      }
      if !word.isEmpty { typed.unknown.append(word) }
    }
    if !typed.unknown.isEmpty {
      let flags = options.map(\.flag) + (GlobalOption.table + others).map(\.flag)
      let near = typed.unknown.first { $0.hasPrefix("--") }.map { NearNames.of($0, among: flags) }
      throw .unknownOptions(typed.unknown, operation: operation.cli, near: near ?? [])
    }
    if let form = typed.skeleton {
      invocation.kind = .skeleton(form, operation)
      if isSkeleton {
        _ = try document(typed, AWSValueReader(environment: environment, isRaw: false))
        return
      }
    }
    try settlePaging(of: operation, all, &typed)
    try build(all, typed, operation)
  }

  /// The options by which a client asks for less than all pages.
  static func paging(of operation: API.Operation) -> [GlobalOption] {
    guard let pagination = operation.pagination else { return [] }
    return GlobalOption.paging.filter { $0.flag != "--page-size" || pagination.limitKey != nil }
  }

  /// Whether the input may come from elsewhere, so that no option is required. The client looks for
  /// these words as they are: cut short, or with `=`, they do not count.
  private var isInputGiven: Bool {
    if words.contains("--cli-input-json") || words.contains("--cli-input-yaml") { return true }
    guard let place = words.firstIndex(of: "--generate-cli-skeleton") else { return false }
    return place + 1 == words.count || words[place + 1] != "output"
  }

  private mutating func readOptions() throws(AWSUsageError) -> TypedOptions {
    var typed = TypedOptions()
    while place < words.count {
      let word = words[place]
      place += 1
      // Most words are the whole name of an option that takes a value.
      if let member = members.first(where: { $0.flag == word }), member.shape.kind != .boolean {
        typed.values[member.name] = try values(of: member, nil)
        continue
      }
      if word == "--" {
        typed.unknown += words[place...]
        place = words.count
        return typed
      }
      guard isOption(word) else {
        typed.unknown.append(word)
        continue
      }
      guard let found = try match(word) else {
        typed.unknown.append(word)
        // What follows an option that nobody knows belongs to it.
        while isValueNext {
          typed.unknown.append(words[place])
          place += 1
        }
        continue
      }
      let (name, attached) = Self.split(word)
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
    }
    return typed
  }

  enum Found {
    case member(Member, isNegated: Bool)
    case other(GlobalOption)
  }

  /// The flags of members; `--no-…` negates a boolean.
  static func named(_ options: [Member]) -> [(flag: String, found: Found)] {
    var named: [(flag: String, found: Found)] = []
    for option in options {
      named.append((option.flag, .member(option, isNegated: false)))
      if option.shape.kind == .boolean {
        named.append(("--no-" + option.flag.dropFirst(2), .member(option, isNegated: true)))
      }
    }
    return named
  }

  /// The option that a word names in full, or whose unambiguous beginning it is.
  private func match(_ word: String) throws(AWSUsageError) -> Found? {
    let name = Self.split(word).0
    let named = Self.named(members) + others.map { ($0.flag, .other($0)) }
    if let exact = named.first(where: { $0.flag == name }) { return exact.found }
    let begun = named.filter { $0.flag.hasPrefix(name) }
    guard begun.count < 2 else { throw Self.ambiguous(word, begun.map(\.flag)) }
    return begun.first?.found
  }

  /// The words of an option: one, or for a list all up to the next option.
  private mutating func values(of member: Member, _ attached: String?) throws(AWSUsageError)
    -> [String]
  {
    guard member.shape.kind == .list else {
      let word = if let attached { attached } else { try nextValue(of: member.flag) }
      // Of these two kinds the client's parser itself reads the numbers, and looks into no files.
      switch member.shape.kind {
      case .long where AWSNumber.whole(word) == nil: throw Self.noNumber(word, "int", member.flag)
      case .double where AWSNumber.decimal(word) == nil:
        throw Self.noNumber(word, "float", member.flag)
      default: return [word]
      }
    }
    if let attached { return [attached] }
    let start = place
    while isValueNext { place += 1 }
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

  /// What `--cli-input-json` or `--cli-input-yaml` gives.
  private func document(_ typed: TypedOptions, _ reader: AWSValueReader) throws(AWSUsageError)
    -> JSONObject?
  {
    guard typed.documents.count < 2 else {
      throw .parameters(
        "Only one --cli-input- parameter may be specified.", .badParameters)
    }
    guard let (flag, document) = typed.documents.first else { return nil }
    return try reader.document(document, option: String(flag.dropFirst(2)))
  }

  private mutating func build(
    _ all: [Member], _ typed: TypedOptions, _ operation: API.Operation
  ) throws(AWSUsageError) {
    let binaryFormat =
      invocation.globals.binaryFormat ?? environment.binaryFormat(invocation.globals.profile)
    var reader = AWSValueReader(
      environment: environment, isRaw: binaryFormat == "raw-in-base64-out")
    var input = JSONObject()
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
    // What the options leave open comes from the document.
    if let document = try document(typed, reader) {
      if let pagination = operation.pagination,
        (pagination.inputTokens + [pagination.limitKey].compactMap { $0 })
          .contains(where: { document[$0] != nil })
      {
        invocation.globals.paginates = false
      }
      for member in document.members where input[member.name] == nil {
        input[member.name] = member.value
      }
    }
    do throws(AWSUsageError) {
      input = try check(input, all, typed, operation, &reader)
    } catch {
      // Here the client already has the Region and the profile.
      throw error.at(.input(invocation.globals))
    }
    invocation.input = .object(input)
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

  /// The input as it is sent, with blobs in clean base64, after the client's checks of it, in its order.
  private func check(
    _ input: JSONObject, _ all: [Member], _ typed: TypedOptions, _ operation: API.Operation,
    _ reader: inout AWSValueReader
  ) throws(AWSUsageError) -> JSONObject {
    let decoded = try reader.normalised(input, members: all)
    try AWSNamedResources.check(input, bytes: reader.bytes, of: operation)
    let sent = try reader.timed(decoded, members: all)
    let structure = Shape(name: operation.name, kind: .structure)
    var whole = sent
    if let size = invocation.globals.pageSize, let key = operation.pagination?.limitKey,
      all.contains(where: { $0.name == key && $0.shape.kind != .string })
    {
      whole[key] = .integer(size)
    }
    var report = AWSValidation.report(
      .object(whole), members: all, structure, bytes: reader.bytes)
    if !report.isEmpty {
      // What came as JSON in an option keeps its order in the client, and goes by that class's name.
      let ordered = all.filter { option in
        (typed.values[option.name]?.first).map { reader.isJSON($0, option.shape) } ?? false
      }
      report = AWSValidation.report(
        .object(whole), members: all, structure, ordered: Set(ordered.map(\.name)),
        bytes: reader.bytes)
      throw .parameters(
        "Parameter validation failed:\n" + report.joined(separator: "\n"), .badParameters)
    }
    return sent
  }
}

extension API.Operation {
  /// Whether the answer has a part that goes into a file.
  var streamsAnswer: Bool { service == "s3api" && name == "GetObject" }
  /// Whether a part of the request comes from a file, which is named without `fileb://`.
  fileprivate var streamsQuestion: Bool { service == "s3api" && name == "PutObject" }
}
