import Values

/// Reads the words of one line, as Python's argparse does.
struct EncryptionLineParser {
  typealias Misuse = EncryptionCommandLine.Misuse

  let algorithms: [String]
  private var line = EncryptionCommandLine()
  private var action: (name: String, value: EncryptionCommandLine.Action)?
  private var metadata: String?
  private var given: Set<String> = []
  private var rawKeys: [[String]] = []
  private var rawContext: [String]?
  private var rawCaching: [String]?
  private var strays: [String] = []

  init(algorithms: [String]) { self.algorithms = algorithms }

  mutating func wish(_ words: [String]) throws(Misuse) -> EncryptionCommandLine.Wish {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word != "-" else {
        strays.append(word)
        continue
      }
      if let count = Self.verbosity(word) {
        line.verbosity += count
        continue
      }
      try Self.checkShort(word)
      let (name, joined) = Self.split(word)
      // A long name with one dash is no short option with the rest of the word behind it.
      let isLongName = EncryptionCommandLine.options.contains { $0.names.contains("-\(word)") }
      guard !isLongName, let option = try Self.option(name) else {
        strays.append(word)
        continue
      }
      switch option.names.last {
      case "--help": return .help
      case "--version": return .version
      default: break
      }
      let values = try Self.values(of: option, joined, &rest)
      try take(option, name, values)
    }
    try checkNames()
    try takeWrappingKeys()
    try takeContext()
    try takeCaching()
    return .run(line)
  }

  /// `-v`, `-vv`: how often.
  private static func verbosity(_ word: String) -> Int? {
    let letters = word.dropFirst()
    return !letters.isEmpty && letters.allSatisfy { $0 == "v" } ? letters.count : nil
  }

  /// The client knows each long name with one dash, too, so as to say what was meant: `-m` is the
  /// beginning of several.
  private static func checkShort(_ word: String) throws(Misuse) {
    let names = EncryptionCommandLine.options.flatMap(\.names)
    guard !word.hasPrefix("--"), !names.contains(word), !names.contains("-" + word) else { return }
    let short = String(word.prefix(2))
    let matches =
      names.filter { $0 == short }
      + names.filter { $0.hasPrefix("--") }.map { String($0.dropFirst()) }
      .filter { $0.hasPrefix(word) }
    guard matches.count > 1 else { return }
    let long = names.filter { $0.hasPrefix("-" + word) }
    throw Misuse(
      "ambiguous option: \(word) could match \(matches.joined(separator: ", "))",
      advice: long.isEmpty ? nil : "long names have two dashes: \(long.joined(separator: ", "))")
  }

  /// `--name=value`, and `-Ivalue` for a short option.
  private static func split(_ word: String) -> (String, String?) {
    if word.hasPrefix("--") {
      guard let sign = word.firstIndex(of: "=") else { return (word, nil) }
      return (String(word[..<sign]), String(word[word.index(after: sign)...]))
    }
    return word.count > 2 ? (String(word.prefix(2)), String(word.dropFirst(2))) : (word, nil)
  }

  /// By its whole name, or by a beginning that only one has.
  private static func option(_ name: String) throws(Misuse) -> EncryptionCommandLine.Option? {
    let all = EncryptionCommandLine.options
    if let found = all.first(where: { $0.names.contains(name) }) { return found }
    guard name.hasPrefix("--") else { return nil }
    let matches = all.flatMap(\.names).filter { $0.hasPrefix(name) }
    guard matches.count <= 1 else {
      throw Misuse(
        "ambiguous option: \(name) could match \(matches.joined(separator: ", "))")
    }
    return matches.first.flatMap { match in all.first { $0.names.contains(match) } }
  }

  /// `-3` is a value, for no option looks like that.
  private static func isNegativeNumber(_ word: String) -> Bool {
    let parts = word.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    func isDigits(_ text: Substring) -> Bool {
      text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard word.hasPrefix("-"), (1...2).contains(parts.count), let last = parts.last else {
      return false
    }
    return !last.isEmpty && parts.allSatisfy(isDigits)
  }

  private static func values(
    of option: EncryptionCommandLine.Option, _ joined: String?, _ rest: inout ArraySlice<String>
  ) throws(Misuse) -> [String] {
    let names = option.names.joined(separator: "/")
    func next() -> String? {
      guard let word = rest.first,
        !word.hasPrefix("-") || word == "-" || isNegativeNumber(word)
      else { return nil }
      return rest.removeFirst()
    }
    switch option.values {
    case .none:
      guard let joined else { return [] }
      throw Misuse("argument \(names): ignored explicit argument '\(joined)'")
    case .one:
      guard let value = joined ?? next() else {
        throw Misuse("argument \(names): expected one argument")
      }
      return [value]
    case .perhaps: return [joined ?? next() ?? ""]
    case .some:
      var values: [String] = joined.map { [$0] } ?? []
      while joined == nil, let value = next() { values.append(value) }
      guard !values.isEmpty else {
        throw Misuse(
          "argument \(names): expected at least one argument", advice: "such as \(option.value)")
      }
      return values
    }
  }

  private mutating func take(
    _ option: EncryptionCommandLine.Option, _ name: String, _ values: [String]
  ) throws(Misuse) {
    let value = values.first ?? ""
    let key = option.names.last ?? name
    func number() throws(Misuse) -> Int {
      guard let number = Int(value) else {
        throw Misuse("argument \(key): invalid int value: '\(value)'")
      }
      return number
    }
    switch key {
    case "--encrypt": try act(.encrypt, option)
    case "--decrypt": try act(.decrypt, option)
    case "--decrypt-unsigned": try act(.decryptUnsigned, option)
    case "--suppress-metadata", "--metadata-output":
      let names = option.names.joined(separator: "/")
      if let before = metadata, before != names {
        throw Misuse("argument \(names): not allowed with argument \(before)")
      }
      metadata = names
      if key == "--metadata-output" { line.metadata = value }
    case "--wrapping-keys": rawKeys.append(values)
    case "--commitment-policy":
      guard EncryptionCommandLine.policies.contains(value) else {
        throw Misuse(
          "argument --commitment-policy: invalid CommitmentPolicyArgs value: '\(value)'",
          advice: Self.meant(value, EncryptionCommandLine.policies))
      }
      line.policy = value
    case "--overwrite-metadata": line.overwritesMetadata = true
    case "--encode": line.encodes = true
    case "--decode": line.decodes = true
    case "--no-overwrite", "--interactive": line.keepsFiles = true
    case "--buffer": break
    case "--recursive": line.isRecursive = true
    case "--quiet": line.isQuiet = true
    default:
      guard given.insert(key).inserted else {
        throw Misuse("\(name) argument may not be specified more than once")
      }
      switch key {
      case "--input": line.input = value
      case "--output": line.output = value
      case "--encryption-context": rawContext = values
      case "--caching": rawCaching = values
      case "--algorithm":
        guard algorithms.contains(value) else {
          let all = algorithms.map { "'\($0)'" }.joined(separator: ", ")
          throw Misuse(
            "argument --algorithm: invalid choice: '\(value)' (choose from \(all))",
            advice: Self.meant(value, algorithms))
        }
        line.algorithm = value
      case "--frame-length": line.frameLength = try number()
      case "--max-length": line.maxLength = try number()
      case "--max-encrypted-data-keys": line.maxDataKeys = try number()
      case "--suffix": line.suffix = value
      default: break
      }
    }
  }

  private static func meant(_ word: String, _ all: [String]) -> String? {
    NearNames.of(word, among: all).first.map { "did you mean \($0)?" }
  }

  private mutating func act(
    _ value: EncryptionCommandLine.Action, _ option: EncryptionCommandLine.Option
  ) throws(Misuse) {
    let names = option.names.joined(separator: "/")
    if let action, action.value != value {
      throw Misuse("argument \(names): not allowed with argument \(action.name)")
    }
    action = (names, value)
    line.action = value
  }

  private func checkNames() throws(Misuse) {
    var missing: [String] = []
    if rawKeys.isEmpty { missing.append("-w/--wrapping-keys") }
    if !given.contains("--input") { missing.append("-i/--input") }
    if !given.contains("--output") { missing.append("-o/--output") }
    guard missing.isEmpty else {
      throw Misuse(
        "the following arguments are required: \(missing.joined(separator: ", "))", advice: advice)
    }
    guard action != nil else {
      throw Misuse(
        "one of the arguments --version -e/--encrypt -d/--decrypt --decrypt-unsigned is required",
        advice: advice)
    }
    guard metadata != nil else {
      throw Misuse(
        "one of the arguments -S/--suppress-metadata --metadata-output is required",
        advice: advice ?? "-S says that you want no metadata; --metadata-output - shows it")
    }
    guard strays.isEmpty else {
      throw Misuse("unrecognized arguments: \(strays.joined(separator: " "))", advice: advice)
    }
  }

  /// What a stray word was perhaps meant to be.
  private var advice: String? {
    let long = EncryptionCommandLine.options.compactMap(\.names.last)
    for stray in strays {
      if let near = NearNames.of(stray, among: long).first { return "did you mean \(near)?" }
    }
    return nil
  }

  // MARK: Pairs

  private static func pairs(_ words: [String]) throws(Misuse) -> [EncryptionCommandLine.Pair] {
    var pairs: [EncryptionCommandLine.Pair] = []
    for word in words {
      let bytes = word.utf8
      guard let sign = bytes.firstIndex(of: UInt8(ascii: "=")), sign > bytes.startIndex,
        bytes.index(after: sign) < bytes.endIndex
      else {
        throw Misuse(
          #"Argument parameter must follow the format "key=value""#,
          advice: "\(JSON.quoted(word)) is no such pair")
      }
      pairs.append(
        .init(key: String(word[..<sign]), value: String(word[bytes.index(after: sign)...])))
    }
    return pairs
  }

  /// Of a key that is there twice the first value counts.
  private static func collapsed(_ words: [String]) throws(Misuse) -> [String: String] {
    Dictionary(try pairs(words).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func takeContext() throws(Misuse) {
    guard let words = rawContext else { return }
    func isPair(_ word: String) -> Bool { word.utf8.contains(UInt8(ascii: "=")) }
    if !line.action.isEncrypt { line.requiredKeys = words.filter { !isPair($0) } }
    // Keys are what their bytes are, and of one that is there twice the first value counts.
    var seen: Set<[UInt8]> = []
    line.context = try Self.pairs(line.action.isEncrypt ? words : words.filter(isPair)).filter {
      seen.insert(Array($0.key.utf8)).inserted
    }
  }

  private mutating func takeCaching() throws(Misuse) {
    guard let words = rawCaching else { return }
    let values = try Self.collapsed(words)
    guard let capacity = values["capacity"], let age = values["max_age"] else {
      throw Misuse(#"If enabling caching, both "capacity" and "max_age" are required"#)
    }
    let known = ["capacity", "max_age", "max_messages_encrypted", "max_bytes_encrypted"]
    if let stray = values.keys.sorted().first(where: { !known.contains($0) }) {
      throw Misuse(
        "Invalid caching configuration key: \"\(stray)\"", advice: Self.meant(stray, known))
    }
    func number(_ name: String, _ text: String?) throws(Misuse) -> Int? {
      guard let text else { return nil }
      if let number = Int(text) { return number }
      guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        throw Misuse(
          "invalid literal for int() with base 10: '\(text)'",
          advice: "\(name) takes a whole number", exception: "ValueError")
      }
      return .max
    }
    guard let seconds = Double(age) else {
      throw Misuse(
        "could not convert string to float: '\(age)'",
        advice: "max_age takes a number of seconds, such as 60", exception: "ValueError")
    }
    line.caching = EncryptionCommandLine.Caching(
      capacity: try number("capacity", capacity) ?? 1, maxAge: seconds.isNaN ? .infinity : seconds,
      maxMessages: try number("max_messages_encrypted", values["max_messages_encrypted"]),
      maxBytes: try number("max_bytes_encrypted", values["max_bytes_encrypted"]))
  }

  // MARK: Wrapping keys

  private mutating func takeWrappingKeys() throws(Misuse) {
    for words in rawKeys {
      var keys = EncryptionCommandLine.WrappingKeys()
      for pair in try Self.pairs(words) {
        keys.attributes[pair.key, default: []].append(pair.value)
      }
      let providers = keys.attributes.removeValue(forKey: "provider") ?? []
      guard providers.count <= 1 else {
        throw Misuse(
          #"You must provide exactly one "provider" for each wrapping key provider configuration. "#
            + "\(providers.count) provided")
      }
      keys.provider = providers.first ?? keys.provider
      keys.keys = keys.attributes.removeValue(forKey: "key") ?? []
      if keys.isKMS {
        try checkKMS(&keys)
      } else {
        let hasDiscovery = keys.attributes.keys.contains { $0.hasPrefix("discovery") }
        guard !hasDiscovery else {
          throw Misuse("Discovery attributes are supported only for AWS KMS wrapping keys")
        }
        try checkHasKey(keys)
      }
      line.wrappingKeys.append(keys)
    }
  }

  private func checkHasKey(_ keys: EncryptionCommandLine.WrappingKeys) throws(Misuse) {
    guard !keys.keys.isEmpty else {
      throw Misuse(
        #"At least one "key" must be provided for each wrapping key provider configuration"#)
    }
  }

  private func checkKMS(_ keys: inout EncryptionCommandLine.WrappingKeys) throws(Misuse) {
    let discovery = keys.attributes.removeValue(forKey: "discovery")
    keys.accounts = keys.attributes.removeValue(forKey: "discovery-account") ?? []
    let partitions = keys.attributes.removeValue(forKey: "discovery-partition") ?? []
    keys.partition = partitions.first
    let isNarrowed = !keys.accounts.isEmpty || !partitions.isEmpty
    if line.action.isEncrypt {
      guard discovery == nil, !isNarrowed else {
        throw Misuse("Discovery attributes are supported only on decryption for AWS KMS keys")
      }
      return try checkHasKey(keys)
    }
    if let text = discovery?.first {
      switch text.lowercased() {
      case "true", "t", "1", "yes", "y": keys.isDiscovery = true
      case "false", "f", "0", "no", "n": keys.isDiscovery = false
      default: throw Misuse("Value \(text) could not be parsed as true or false")
      }
    }
    guard keys.isDiscovery || !isNarrowed else {
      throw Misuse(
        "Discovery-account and discovery-partition are valid only when the discovery attribute is "
          + "set to true")
    }
    if isNarrowed, partitions.isEmpty {
      throw Misuse("When specifying discovery-account, you must also specify discovery-partition")
    }
    if isNarrowed, keys.accounts.isEmpty {
      throw Misuse("When specifying discovery-partition, you must also specify discovery-account")
    }
    guard partitions.count <= 1 else {
      throw Misuse("You can only specify discovery-partition once")
    }
    if keys.isDiscovery, !keys.keys.isEmpty {
      throw Misuse("If discovery is true (enabled), you cannot specify wrapping keys")
    }
    if !keys.isDiscovery, keys.keys.isEmpty {
      throw Misuse(
        "When discovery is false (disabled), you must specify at least one wrapping key",
        advice:
          "key=ARN says which key may open it; discovery=true takes the one that the message names")
    }
  }
}
