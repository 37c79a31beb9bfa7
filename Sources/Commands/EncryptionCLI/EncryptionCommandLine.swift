import Values

/// A command line of `aws-encryption-cli`, version 4, taken apart and checked as far as it can be
/// without files and keys.
///
/// Source: AWS Encryption CLI syntax and parameter reference.
package struct EncryptionCommandLine: Hashable, Sendable {
  package enum Action: String, Sendable {
    case encrypt, decrypt
    case decryptUnsigned = "decrypt-unsigned"

    package var isEncrypt: Bool { self == .encrypt }
    /// What an output file's name ends with when only its directory is named.
    package var suffix: String { isEncrypt ? ".encrypted" : ".decrypted" }
  }

  /// One `--wrapping-keys`: keys of one provider.
  package struct WrappingKeys: Hashable, Sendable {
    package var provider = EncryptionCommandLine.kmsProvider
    package var keys: [String] = []
    package var isDiscovery = false
    package var accounts: [String] = []
    package var partition: String?
    /// What else stands there, such as `profile=` and `region=`.
    package var attributes: [String: [String]] = [:]

    package var isKMS: Bool { provider == EncryptionCommandLine.kmsProvider }
  }

  package struct Caching: Hashable, Sendable {
    package var capacity: Int
    /// Seconds.
    package var maxAge: Double
    package var maxMessages: Int?
    package var maxBytes: Int?

    /// What the SDK says of a number that it does not take, in the order in which it looks.
    package var problem: String? {
      if capacity < 1 { return "LocalCryptoMaterialsCache capacity cannot be less than 1" }
      if let maxMessages, maxMessages < 1 {
        return "max_messages_encrypted cannot be less than 1"
      }
      if let maxBytes, maxBytes < 0 { return "max_bytes_encrypted cannot be less than 0" }
      if let maxMessages, maxMessages > 1 << 32 {
        return "max_messages_encrypted cannot exceed 4294967296"
      }
      return maxAge > 0 ? nil : "max_age cannot be less than or equal to 0"
    }
  }

  package internal(set) var action = Action.encrypt
  package internal(set) var input = ""
  package internal(set) var output = ""
  package internal(set) var wrappingKeys: [WrappingKeys] = []
  /// A pair of an encryption context.
  package struct Pair: Hashable, Sendable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Pairs that are written, or that a message must have to be opened.
  package internal(set) var context: [Pair] = []
  /// Keys of the context that a message must have.
  package internal(set) var requiredKeys: [String] = []
  package internal(set) var policy = Self.policies[2]
  package internal(set) var caching: Caching?
  /// The file for metadata; nothing where it is suppressed.
  package internal(set) var metadata: String?
  package internal(set) var overwritesMetadata = false
  package internal(set) var algorithm: String?
  package internal(set) var frameLength: Int?
  package internal(set) var maxLength: Int?
  package internal(set) var maxDataKeys: Int?
  package internal(set) var suffix: String?
  package internal(set) var encodes = false
  package internal(set) var decodes = false
  package internal(set) var keepsFiles = false
  package internal(set) var isRecursive = false
  package internal(set) var verbosity = 0
  package internal(set) var isQuiet = false

  package static let kmsProvider = "aws-kms"
  package static let policies = [
    "forbid-encrypt-allow-decrypt", "require-encrypt-allow-decrypt",
    "require-encrypt-require-decrypt",
  ]

  /// What a line asks for.
  package enum Wish: Hashable, Sendable {
    case run(EncryptionCommandLine)
    case help, version
  }

  /// Why a line is refused: the client's own text, without the usage above it, and what would work.
  package struct Misuse: Error, Hashable, Sendable {
    package var message: String
    package var advice: String?
    /// The exception of Python where the client expected none: then no usage stands above it.
    package var exception: String?

    package init(_ message: String, advice: String? = nil, exception: String? = nil) {
      self.message = message
      self.advice = advice
      self.exception = exception
    }
  }

  /// One option: its names, how many values it takes, and what it does.
  package struct Option: Sendable {
    package enum Values: Sendable { case none, one, some, perhaps }
    package var names: [String]
    package var values: Values
    /// `PAIR …`, as help shows it.
    package var value: String
    package var meaning: String
  }

  package static let options: [Option] = [
    .init(names: ["-h", "--help"], values: .none, value: "", meaning: "this text"),
    .init(names: ["--version"], values: .none, value: "", meaning: "which version is imitated"),
    .init(names: ["-e", "--encrypt"], values: .none, value: "", meaning: "write messages"),
    .init(names: ["-d", "--decrypt"], values: .none, value: "", meaning: "open messages"),
    .init(
      names: ["--decrypt-unsigned"], values: .none, value: "",
      meaning: "open messages, and only those that are not signed"),
    .init(
      names: ["-i", "--input"], values: .one, value: "FILE",
      meaning: "a lab file, a pattern such as '*.json', a directory with -r, or - for a heredoc"),
    .init(
      names: ["-o", "--output"], values: .one, value: "FILE|DIR|-",
      meaning: "where the result goes; into DIR/ under its own name; - shows it"),
    .init(
      names: ["-w", "--wrapping-keys"], values: .some, value: "key=KEY …",
      meaning:
        "whose keys wrap the data key: key=ARN (encrypt: also an alias), once more for a second "
        + "key; with it region=, profile=. decrypt: discovery=true takes any key that the message names, "
        + "discovery-account= with discovery-partition= narrows it. The lab's own provider for AES keys "
        + "in a file: provider=raw-aes namespace=NS key=NAME key-file=FILE"),
    .init(
      names: ["-c", "--encryption-context"], values: .some, value: "K=V …",
      meaning:
        "encrypt: pairs that lie in the message in the clear and are bound to it; decrypt: pairs, "
        + "or keys alone, that must be there"),
    .init(
      names: ["--commitment-policy"], values: .one, value: "POLICY",
      meaning: Self.policies.joined(separator: ", ") + "; the last one unless said"),
    .init(
      names: ["--caching"], values: .some, value: "capacity=N max_age=SECONDS …",
      meaning: "keep data keys for the files of this command; also max_messages_encrypted=N, "
        + "max_bytes_encrypted=N"),
    .init(
      names: ["--metadata-output"], values: .one, value: "FILE|-",
      meaning: "a line of JSON for each operation: header, context, data keys"),
    .init(
      names: ["--overwrite-metadata"], values: .none, value: "",
      meaning: "begin that file anew instead of adding to it"),
    .init(
      names: ["-S", "--suppress-metadata"], values: .none, value: "", meaning: "no metadata at all"),
    .init(
      names: ["--algorithm"], values: .one, value: "NAME",
      meaning: "encrypt: the algorithm suite; the policy's usual one unless said"),
    .init(
      names: ["--frame-length"], values: .one, value: "N",
      meaning: "encrypt: bytes of a frame, 4096 unless said; 0 writes a single block"),
    .init(
      names: ["--max-length"], values: .one, value: "N",
      meaning: "decrypt: open no frame, or single block, that is longer"),
    .init(
      names: ["--max-encrypted-data-keys"], values: .one, value: "N",
      meaning: "neither write nor open a message with more"),
    .init(
      names: ["--suffix"], values: .perhaps, value: "[TEXT]",
      meaning: "what names in an output directory end with; nothing without TEXT"),
    .init(
      names: ["--encode"], values: .none, value: "", meaning: "base64 over what is written"),
    .init(names: ["--decode"], values: .none, value: "", meaning: "base64 off what is read"),
    .init(
      names: ["--no-overwrite"], values: .none, value: "", meaning: "leave files that are there"),
    .init(
      names: ["--interactive"], values: .none, value: "",
      meaning: "ask before a file is overwritten; nobody answers in the lab, so it is left"),
    .init(
      names: ["-b", "--buffer"], values: .none, value: "",
      meaning: "release nothing before all is proved; the lab does so always"),
    .init(
      names: ["-r", "-R", "--recursive"], values: .none, value: "",
      meaning: "take a directory as input"),
    .init(names: ["-v"], values: .none, value: "", meaning: "say more; -vv more still"),
    .init(names: ["-q", "--quiet"], values: .none, value: "", meaning: "no warnings"),
  ]

  package static let usage = """
    usage: aws-encryption-cli (--encrypt | --decrypt | --decrypt-unsigned) --input FILE --output FILE
                              --wrapping-keys key=KEY [key=KEY …]
                              (--suppress-metadata | --metadata-output FILE) [options]

    """

  /// `algorithms` are the names of suites.
  package static func parse(_ words: [String], algorithms: [String]) throws(Misuse) -> Wish {
    var parser = EncryptionLineParser(algorithms: algorithms)
    return try parser.wish(words)
  }
}

/// Reads the words of one line, as Python's argparse does.
private struct EncryptionLineParser {
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
