import Clients
import Cloud
import Commands
import EncryptionSDK
import Narration
import Values

/// One `aws-encryption-cli` command at work.
struct EncryptionCommandRun {
  /// What ends the command: the client's text on standard error, exit code 1.
  struct Stop: Error {
    var text: String
    var remarks: [String] = []

    init(_ text: String, remarks: [String] = []) {
      self.text = text
      self.remarks = remarks
    }

    /// As Python shows an exception that nobody expected.
    static func unexpected(
      _ name: String, _ arguments: [String], remarks: [String] = []
    ) -> Stop {
      Stop(
        "Encountered unexpected error: increase verbosity to see details.\n\(name)("
          + arguments.map { "\"\($0)\"" }.joined(separator: ", ") + ")", remarks: remarks)
    }
  }

  let line: EncryptionCommandLine
  /// The text of a heredoc.
  let typed: String?
  private var client = EncryptionClient(keys: [])
  private var metadataStarted = false
  private var done = 0

  init(_ line: EncryptionCommandLine, input: String?) {
    self.line = line
    typed = input
  }

  private var policy: CommitmentPolicy { CommitmentPolicy(rawValue: line.policy) ?? .requireBoth }

  mutating func run(_ desk: inout Desk, _ turn: inout Turn) {
    do throws(Stop) {
      try checkPlaces(desk)
      client = try makeClient(desk)
      for (source, target) in try operations(desk, &turn) {
        try process(source, target, &desk, &turn)
      }
    } catch {
      turn.complain(error.text + "\n", status: 1)
      desk.remarks += error.remarks
    }
    guard let cache = client.cache else { return }
    desk.commandCache = CommandCache(line: "aws-encryption-cli", cache: cache)
    if done > 1 {
      desk.remarks.append(
        "the cache: \(cache.hits) of \(done) files came without KMS; it ends with this command, and so "
          + "do the data keys in it")
    } else if done == 1 {
      desk.remarks.append(
        "the cache was no use: it lives as long as this command, which had one file; --input '*.json' "
          + "with a directory as --output takes several")
    }
  }

  // MARK: Places

  private func isDirectory(_ name: String, _ desk: Desk) -> Bool {
    if name == "." || name.hasSuffix("/") { return true }
    let folder = Self.folder(name)
    return desk.files.names.contains { $0.hasPrefix(folder) }
  }

  /// With what the names of the files in a directory begin: nothing for `.`, the one at the top.
  private static func folder(_ name: String) -> String {
    var name = name == "." ? "./" : name.hasSuffix("/") ? name : name + "/"
    while name.hasPrefix("./") { name.removeFirst(2) }
    return name
  }

  private func checkPlaces(_ desk: Desk) throws(Stop) {
    if let metadata = line.metadata {
      if metadata.isEmpty { throw Stop("Metadata output file name cannot be empty") }
      if metadata == "-", line.output == "-" {
        throw Stop("Metadata output cannot be stdout when output is stdout")
      }
      if metadata != "-", isDirectory(metadata, desk) {
        throw Stop("Metadata output cannot be a directory")
      }
      if metadata != "-", metadata == line.input || metadata == line.output {
        throw Stop("Metadata output file cannot be the input or output")
      }
    }
    if line.input != "-", line.input == line.output {
      throw Stop("Destination and source cannot be the same")
    }
    if line.input == "-", isDirectory(line.output, desk) {
      throw Stop("Destination may not be a directory when source is stdin")
    }
  }

  /// What becomes what, in the order of the names.
  private func operations(_ desk: Desk, _ turn: inout Turn) throws(Stop)
    -> [(source: String, target: String)]
  {
    if line.input == "-" { return [("-", line.output)] }
    let toDirectory = isDirectory(line.output, desk)
    var sources: [String]
    // Below a directory its own folders stay: two files of one name are two.
    var root: String?
    if isDirectory(line.input, desk) {
      guard toDirectory else {
        throw Stop("If operating on a source directory, destination must be an existing directory")
      }
      guard line.isRecursive else {
        warn(
          "Skipping \(line.input) because it is a directory and -r/-R/--recursive is not set", desk,
          &turn)
        return []
      }
      let folder = Self.folder(line.input)
      root = folder
      sources = desk.files.names.filter { $0.hasPrefix(folder) }
    } else {
      sources = desk.files.names.filter { Glob.matches($0, line.input) }
      if desk.files[line.input] != nil { sources = [line.input] }
    }
    guard !sources.isEmpty else {
      let near = NearNames.of(line.input, among: desk.files.names)
      throw Stop(
        "Invalid source.  Must be a valid pathname pattern or stdin (-)",
        remarks: [
          "there is no lab file \(JSON.quoted(line.input))"
            + (near.isEmpty ? "; ls shows what there is" : "; did you mean \(near[0])?")
        ])
    }
    guard sources.count == 1 || toDirectory else {
      throw Stop(
        "If operating on multiple sources, destination must be an existing directory",
        remarks: ["a name that ends with / is a directory: --output sealed/"])
    }
    guard toDirectory else { return [(sources[0], line.output)] }
    let directory = Self.folder(line.output)
    return sources.map { source in
      let name =
        root.map { String(source.dropFirst($0.count)) }
        ?? source.split(separator: "/").last.map(String.init) ?? source
      return (source, directory + name + (line.suffix ?? line.action.suffix))
    }
  }

  // MARK: Keys

  private func makeClient(_ desk: Desk) throws(Stop) -> EncryptionClient {
    var keys: [EncryptionClient.WrappingKey] = []
    var discoveries: [EncryptionClient.Discovery] = []
    for wrapping in line.wrappingKeys {
      switch wrapping.provider {
      case EncryptionCommandLine.kmsProvider:
        let call = try call(for: wrapping, desk)
        for key in wrapping.keys {
          var call = call
          if let region = ARN(key).flatMap({ Region($0.region) }) { call.region = region }
          keys.append(.kms(key, call))
        }
        if wrapping.isDiscovery {
          discoveries.append(
            EncryptionClient.Discovery(
              accounts: wrapping.accounts, partition: wrapping.partition, call: call))
        }
      case Self.rawProvider: keys += try rawKeys(wrapping, desk).map { .raw($0) }
      default:
        throw Stop(
          "Requested master key provider not found: \"\(wrapping.provider)\"",
          remarks: ["the lab has the providers aws-kms and \(Self.rawProvider)"])
      }
    }
    if let problem = line.caching?.problem { throw Stop.unexpected("ValueError", [problem]) }
    if let most = line.maxDataKeys, most < 1 {
      throw Stop.unexpected("ValueError", ["max_encrypted_data_keys cannot be less than 1"])
    }
    if let most = line.maxDataKeys, line.action.isEncrypt, keys.count > most {
      throw Stop.unexpected(
        "MaxEncryptedDataKeysExceeded",
        [
          "Number of encrypted data keys found larger than configured value: \(keys.count) > \(most)"
        ])
    }
    return EncryptionClient(keys: keys, discoveries: discoveries, cache: cacheLimits)
  }

  static let rawProvider = "raw-aes"

  private var cacheLimits: MaterialsCache.Limits? {
    guard let caching = line.caching else { return nil }
    var limits = MaterialsCache.Limits(
      maxAge: .milliseconds(Int64(min(caching.maxAge, 1e9) * 1000)))
    limits.capacity = caching.capacity
    if let most = caching.maxMessages { limits.maxMessages = most }
    if let most = caching.maxBytes { limits.maxBytes = most }
    return limits
  }

  /// Who asks KMS, and where.
  private func call(for keys: EncryptionCommandLine.WrappingKeys, _ desk: Desk) throws(Stop)
    -> Call
  {
    let known = ["profile", "region"]
    if let stray = keys.attributes.keys.sorted().first(where: { !known.contains($0) }) {
      let near = NearNames.of(stray, among: known + ["key", "discovery", "provider"])
      throw Stop.unexpected(
        "TypeError",
        ["KMSMasterKeyProviderConfig.__init__() got an unexpected keyword argument '\(stray)'"],
        remarks: near.isEmpty ? [] : ["did you mean \(near[0])=?"])
    }
    let profile = keys.attributes["profile"]?.first
    let session = profile.map { desk.session(ofProfile: $0) } ?? desk.identity?.session
    guard let session else {
      throw Stop.unexpected(
        "ProfileNotFound",
        ["The config profile (\(profile ?? desk.profileInUse)) could not be found"])
    }
    let name =
      keys.attributes["region"]?.first ?? desk.variables.exported("AWS_REGION")
      ?? desk.variables.exported("AWS_DEFAULT_REGION") ?? desk.setting("region", of: profile)
      ?? Region.usEast1.description
    guard let region = Region(name) else {
      throw Stop.unexpected(
        "EndpointConnectionError",
        ["Could not connect to the endpoint URL: https://kms.\(name).amazonaws.com/"])
    }
    return Call(session: session, region: region)
  }

  /// AES keys in lab files: as many names as files, one namespace.
  private func rawKeys(_ keys: EncryptionCommandLine.WrappingKeys, _ desk: Desk) throws(Stop)
    -> [RawAESKeyring]
  {
    let namespace = keys.attributes["namespace"]?.first ?? ""
    let files = keys.attributes["key-file"] ?? []
    guard !namespace.isEmpty, files.count == keys.keys.count else {
      throw Stop(
        "provider=\(Self.rawProvider) wants namespace=NS and for each key=NAME a key-file=FILE")
    }
    var found: [RawAESKeyring] = []
    for (name, file) in zip(keys.keys, files) {
      guard let bytes = desk.files[file] else {
        throw Stop(
          "No such file in the lab: '\(file)'",
          remarks: ["openssl rand -out \(file) 32 makes an AES key"])
      }
      do throws(MessageError) {
        found.append(
          try RawAESKeyring(namespace: namespace, name: name, key: Self.keyBytes(bytes)))
      } catch {
        throw Stop(
          "\(file): \(error.explanation)",
          remarks: ["openssl rand -out \(file) 32 makes an AES key"])
      }
    }
    return found
  }

  /// The bytes of a key file, or those that 64 hexadecimal digits stand for.
  private static func keyBytes(_ bytes: [UInt8]) -> [UInt8] {
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    let digits = text.hasSuffix("\n") ? String(text.dropLast()) : text
    return digits.utf8.count == 64 ? Hex.bytes(digits) ?? bytes : bytes
  }

  // MARK: One file

  private mutating func process(
    _ source: String, _ target: String, _ desk: inout Desk, _ turn: inout Turn
  ) throws(Stop) {
    if source != "-", source == target {
      return warn(
        "Skipping because the source (\(source)) and destination (\(target)) are the same", desk,
        &turn)
    }
    if line.verbosity > 0 {
      note("INFO", "\(line.action.rawValue)ing file \(source) to \(target)", desk, &turn)
    }
    if target != "-", desk.files[target] != nil {
      if line.keepsFiles {
        return warn(
          "Skipping existing output file because of \"no overwrite\" option: \(target)", desk, &turn
        )
      }
      warn(
        "Overwriting existing output file because no action was specified otherwise: \(target)",
        desk,
        &turn)
    }
    var input = try read(source, desk)
    if line.decodes {
      let text = String(decoding: input.filter { $0 > 0x20 }, as: UTF8.self)
      guard let bytes = Base64.decode(text) else {
        throw Stop.unexpected(
          "Error", ["Incorrect padding"], remarks: ["\(source) is not base64: leave out --decode"])
      }
      input = bytes
    }
    var result: [UInt8]
    do throws(Stop) {
      guard
        let bytes = line.action.isEncrypt
          ? try encrypt(input, source, target, &desk, &turn)
          : try decrypt(input, source, target, &desk, &turn)
      else { return }
      result = bytes
    } catch {
      drop(target, &desk, &turn)
      throw error
    }
    if line.encodes { result = Array(Base64.encode(result).utf8) }
    done += 1
    if target == "-" {
      turn.print(result)
    } else {
      desk.files[target] = result
    }
  }

  /// What failed leaves no file behind, not even one that was there before.
  private func drop(_ target: String, _ desk: inout Desk, _ turn: inout Turn) {
    guard target != "-" else { return }
    warn("Operation failed: deleting output file: \(target)", desk, &turn)
    desk.files[target] = nil
  }

  private func read(_ source: String, _ desk: Desk) throws(Stop) -> [UInt8] {
    guard source == "-" else { return desk.files[source] ?? [] }
    guard let typed else {
      throw Stop(
        "Nothing stands on standard input",
        remarks: ["give it a heredoc: aws-encryption-cli … --input - <<'EOF'"])
    }
    return Array(typed.utf8)
  }

  /// The SDK for Python wants frames to be multiples of the cipher's block, which it counts in bits.
  private static let frameUnit = 128

  private mutating func encrypt(
    _ input: [UInt8], _ source: String, _ target: String, _ desk: inout Desk, _ turn: inout Turn
  ) throws(Stop) -> [UInt8]? {
    let suite = line.algorithm.flatMap { AlgorithmSuite.named($0) } ?? policy.usualSuite
    let message: SealedMessage
    // The SDK looks at the length of a frame when it has its data key already.
    let frame = line.frameLength ?? MessageLimits.usualFrameBytes
    let isOdd = frame < 0 || frame % Self.frameUnit != 0
    do throws(EncryptionClient.Failure) {
      do throws(MessageError) {
        try policy.checkWriting(suite)
      } catch { throw .message(error) }
      let context: MessageContext
      do throws(MessageError) {
        context = try MessageContext(line.context.map { ($0.key, $0.value) })
      } catch { throw .message(error) }
      message = try client.seal(
        input, suite, context, frameLength: isOdd ? MessageLimits.usualFrameBytes : frame,
        in: &desk.cloud)
    } catch { throw stop(error, source) }
    guard !isOdd else {
      throw Stop.unexpected(
        "SerializationError",
        [
          "Frame size must be a non-negative multiple of the block size of the crypto algorithm: "
            + "\(Self.frameUnit)"
        ],
        remarks: [
          "--frame-length \(frame) is no multiple of \(Self.frameUnit); 0 writes a single block, "
            + "\(MessageLimits.usualFrameBytes) is usual"
        ])
    }
    tell(metadata(message.header, nil, source, target), &desk, &turn)
    let header = message.header
    let wrapping = header.dataKeys.map { SealedMessagePage.owner(of: $0) }
    desk.remarks.append(
      "\(source) (\(ShortNames.bytes(input.count))) became a message of \(message.bytes.count): suite "
        + "\(suite.number), \(suite.isCommitting ? "commits to its data key" : "does not commit"), "
        + "\(suite.isSigned ? "signed" : "not signed"); data key wrapped by "
        + wrapping.joined(separator: " and ")
        + (header.context.own.isEmpty
          ? "; no encryption context"
          : "; context in the clear: "
            + header.context.own.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")))
    return message.bytes
  }

  private mutating func decrypt(
    _ input: [UInt8], _ source: String, _ target: String, _ desk: inout Desk, _ turn: inout Turn
  ) throws(Stop) -> [UInt8]? {
    var limits = MessageReader.Limits()
    limits.policy = policy
    limits.dataKeys = line.maxDataKeys
    limits.body = line.maxLength
    limits.forbidsSignature = line.action == .decryptUnsigned
    let message: MessageReader
    let plaintext: [UInt8]
    do throws(EncryptionClient.Failure) {
      do throws(MessageError) {
        message = try MessageReader(input, limits)
      } catch { throw .message(error) }
    } catch { throw stop(error, source) }
    try checkAgainst(message.header)
    do throws(EncryptionClient.Failure) {
      plaintext = try client.open(message, bytes: input.count, in: &desk.cloud)
    } catch { throw stop(error, source) }
    let context = message.header.context
    let keys = line.requiredKeys.filter { context[$0] == nil }.sorted()
    let pairs = line.context.filter { !context.has($0.key, $0.value) }.sorted { $0.key < $1.key }
    guard keys.isEmpty, pairs.isEmpty else {
      warn(
        "Skipping decrypt because discovered encryption context did not match required elements.",
        desk, &turn)
      var extra: [(String, JSON)] = [
        ("missing_encryption_context_keys", .array(keys.map { .string($0) })),
        (
          "missing_encryption_context_pairs",
          .array(pairs.map { .array([.string($0.key), .string($0.value)]) })
        ), ("reason", "Missing encryption context key or value"), ("skipped", true),
      ]
      extra += metadata(message.header, message.header, source, target)
      tell(extra.sorted { $0.0 < $1.0 }, &desk, &turn)
      drop(target, &desk, &turn)
      desk.remarks.append(
        "the message opens, but its context is not what you asked for: nothing was written")
      return nil
    }
    tell(metadata(message.header, message.header, source, target), &desk, &turn)
    desk.remarks.append(
      "\(source) is whole: header, \(message.header.isFramed ? "every frame" : "body")"
        + (message.header.suite.isSigned ? ", signature" : "")
        + " proved, then \(ShortNames.bytes(plaintext.count)) given out")
    return plaintext
  }

  /// Wrapping keys that can open no message, or not this one, whatever KMS would say.
  private func checkAgainst(_ header: MessageHeader) throws(Stop) {
    let kms = line.wrappingKeys.filter(\.isKMS)
    if let key = kms.flatMap(\.keys).first(where: { ARN($0) == nil }) {
      throw Stop.unexpected(
        "MalformedArnError",
        [
          "Resource \(key) could not be parsed as an ARN"
            + (key.hasPrefix("arn:") ? "" : ": Missing 'arn' string")
        ],
        remarks: [
          "\(JSON.quoted(key)) is no ARN, and a message names its key by ARN: an alias or a key id never "
            + "fits; aws kms describe-key --key-id \(key) --query KeyMetadata.Arn shows it"
        ])
    }
    guard kms.count == line.wrappingKeys.count, kms.allSatisfy(\.isDiscovery),
      let first = header.dataKeys.first(where: { $0.provider == EncryptedDataKey.kmsProvider })
    else { return }
    let name = String(decoding: first.info, as: UTF8.self)
    guard let arn = ARN(name), !client.discovers(arn) else { return }
    throw Stop.unexpected(
      "MasterKeyProviderError", ["Key b'\(name)' not allowed by this Master Key Provider"],
      remarks: [
        "the message lies under a key of account \(arn.account) in partition \(arn.partition), which "
          + "discovery-account and discovery-partition leave out, so KMS was not even asked"
      ])
  }

  // MARK: Metadata and warnings

  private func metadata(
    _ header: MessageHeader, _ proof: MessageHeader?, _ source: String, _ target: String
  ) -> [(String, JSON)] {
    let dataKeys = header.dataKeys.sorted {
      (Array($0.provider.utf8) + $0.info).lexicographicallyPrecedes(
        Array($1.provider.utf8) + $1.info)
    }
    let isCommitting = header.suite.isCommitting
    var members: [(String, JSON)] = [
      (
        "header",
        [
          "algorithm": .string(header.suite.name),
          "commitment_key": isCommitting ? .string(Base64.encode(header.commitment)) : .null,
          "content_type": .integer(header.isFramed ? 2 : 1),
          "encrypted_data_keys": .array(
            dataKeys.map { key in
              [
                "encrypted_data_key": .string(Base64.encode(key.ciphertext)),
                "key_provider": [
                  "key_info": .string(Base64.encode(key.info)),
                  "provider_id": .string(Base64.encode(Array(key.provider.utf8))),
                ],
              ]
            }),
          "encryption_context": .object(
            JSONObject(header.context.pairs.map { ($0.key, JSON.string($0.value)) })),
          "frame_length": .integer(Int(header.frameLength)),
          "header_iv_length": isCommitting ? .null : 12,
          "message_id": .string(Base64.encode(header.messageID)),
          "type": isCommitting ? .null : 128, "version": isCommitting ? "2.0" : "1.0",
        ]
      )
    ]
    if let proof {
      members.append(
        (
          "header_auth",
          ["iv": .string(Base64.encode(proof.nonce)), "tag": .string(Base64.encode(proof.tag))]
        ))
    }
    members += [
      ("input", .string(source == "-" ? "<stdin>" : source)),
      ("mode", .string(line.action.rawValue)),
      ("output", .string(target == "-" ? "<stdout>" : target)),
    ]
    return members
  }

  private mutating func tell(
    _ members: [(String, JSON)], _ desk: inout Desk, _ turn: inout Turn
  ) {
    guard let file = line.metadata else { return }
    let text = JSON.object(JSONObject(members)).line + "\n"
    guard file != "-" else { return turn.print(text) }
    if line.overwritesMetadata, !metadataStarted { desk.files[file] = nil }
    metadataStarted = true
    desk.files.append(Array(text.utf8), to: file)
  }

  private func warn(_ text: String, _ desk: Desk, _ turn: inout Turn) {
    if !line.isQuiet { note("WARNING", text, desk, &turn) }
  }

  /// As Python's log shows a message, at the lab's time.
  private func note(_ level: String, _ text: String, _ desk: Desk, _ turn: inout Turn) {
    let now = desk.world.now
    let milliseconds = String(1000 + now.milliseconds % 1000).dropFirst()
    turn.outputs.append(
      Turn.Output(
        text: "\(now.zulu.prefix(10)) \(now.timeOfDay),\(milliseconds) - MainThread - "
          + "aws_encryption_sdk_cli - \(level) - \(text)\n", isError: true))
  }

  // MARK: What goes wrong

  private func stop(_ failure: EncryptionClient.Failure, _ source: String) -> Stop {
    switch failure {
    case .generate(let key, let refusal):
      return Stop.unexpected(
        "GenerateKeyError", ["Master Key \(key) unable to generate data key"],
        remarks: ["KMS refused to make a data key: \(refusal.code)"])
    case .wrap(let key, let refusal):
      return Stop.unexpected(
        "EncryptKeyError", ["Master Key \(key) unable to encrypt data key"],
        remarks: ["KMS refused to wrap the data key under \(key): \(refusal.code)"])
    case .open(let refusals):
      let remarks =
        refusals.isEmpty
        ? [
          "none of the wrapping keys that you named is one under which the data key of \(source) lies, "
            + "so KMS was not even asked"
        ]
        : refusals.map { refusal in
          let key = ARN(refusal.key).map { SealedMessagePage.short($0) } ?? refusal.key
          return "KMS refused to open the data key under \(key): \(refusal.1.code)"
        }
      return Stop.unexpected(
        "DecryptKeyError", ["Unable to decrypt any data key"], remarks: remarks)
    case .message(let error):
      let (name, arguments) = error.inPython
      return Stop.unexpected(
        name, arguments, remarks: ["\(error.explanation) Nothing was written."])
    }
  }
}
