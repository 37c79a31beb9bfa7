import Cloud
import Commands
import Values

/// Values that a reply gave and that the script needs, each with a variable: those that a later line
/// names, and ids by which something is taken away.
struct ScriptCaptures {
  struct Found {
    /// Which line's reply had it, and which of the line's calls.
    var line: Int
    var call: Int
    /// A path for `--query`.
    var path: String
    var value: String
    /// The stream that a shard's id belongs to: every stream has such a shard.
    var stream: String?
    var variable = ""
    /// Whether a later line names it, and whether it is needed at all.
    var isNamed = false
    var isUsed = false
    /// Whether the script has set the variable.
    var isWritten = false
  }

  /// By the value; a shard's id by its stream and the value.
  private var found: [String: Found] = [:]
  /// Streams whose replies gave a shard's id.
  private var streams: [String: [String]] = [:]
  /// Ids of what calls made, by which it is taken away.
  private var made: Set<String> = []
  /// Names that lines gave to what calls made.
  private var madeNames: Set<String> = ["my-existing-stream"]
  /// What belongs to an access key that a reply gave.
  private var secrets: [String: (secret: String, token: String?)] = [:]
  private var index = ValueIndex()
  /// Values that are needed, in the order in which they first were, by the line whose reply had them.
  private var used: [Int: [String]] = [:]
  private var usedCount = 0
  /// Names that no variable may get: those of the lines, and those that were given.
  private var taken: Set<String>
  /// What a line may name.
  private(set) var variables = ScriptVariables()

  /// Of the texts of all lines: no name that they have is taken.
  init(texts: [String]) {
    taken = []
    for text in texts { taken.formUnion(Self.identifiers(in: text)) }
  }

  /// Words that might be names of this script's variables: capitals, digits and low lines.
  private static func identifiers(in text: String) -> [String] {
    text.utf8.split { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        false
      default: true
      }
    }
    .filter { $0.contains(UInt8(ascii: "_")) }.map { String(Substring($0)) }
  }

  /// Remembers what the calls of a line gave, and what the line owes to earlier ones.
  mutating func learn(_ text: String, _ line: Int, _ calls: [PerformedCall]) {
    let named = index.values(in: text).flatMap { keys(of: $0, in: text) }
      .compactMap { key in found[key].map { (key, $0) } }
      .sorted { ($0.1.line, $0.1.call, $0.1.path) < ($1.1.line, $1.1.call, $1.1.path) }
    for (value, _) in named {
      use(value)
      found[value]?.isNamed = true
    }
    for (index, call) in calls.enumerated() {
      collect(
        call.reply ?? .null,
        Found(line: line, call: index, path: "", value: "", stream: call.stream), in: text)
      learnSecrets(line, index, call)
      if !call.undoing.isEmpty { madeNames.formUnion(call.names) }
      // What goes by an id that nobody chose has to be taken away by it.
      guard let (path, value) = call.chosen, !text.contains(value) else { continue }
      made.insert(value)
      find(Found(line: line, call: index, path: path, value: value))
      use(value)
    }
  }

  /// The keys under which a value that stands in a text may be found: a shard's id where the text names
  /// its stream.
  private func keys(of value: String, in text: String) -> [String] {
    guard let streams = streams[value] else { return [value] }
    return streams.filter { ScriptText.names($0, in: text) }.map { "\($0) \(value)" }
  }

  private mutating func find(_ entry: Found) {
    let isShard = entry.value.hasPrefix(ScriptText.shardMark)
    guard let stream = isShard ? entry.stream : "" else { return }
    var entry = entry
    if !isShard { entry.stream = nil }
    let key = isShard ? "\(stream) \(entry.value)" : entry.value
    guard found[key] == nil else { return }
    if isShard { streams[entry.value, default: []].append(stream) }
    found[key] = entry
    index.insert(entry.value)
  }

  /// Whether the script makes what has an id or a name, an id by an earlier line.
  func isMade(_ value: String, before line: Int) -> Bool {
    if value == StartNames.keyID || isMadeName(value) { return true }
    return made.contains(value) && (found[value]?.line ?? line) < line
  }

  private func isMadeName(_ value: String) -> Bool {
    madeNames.contains(value) && !made.contains(value) && found[value] == nil
      && value.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "-")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
      }
  }

  /// A later line is to name an id.
  mutating func name(_ value: String) {
    use(value)
    found[value]?.isNamed = true
  }

  /// How a line names what the script makes, once it has.
  func naming(_ value: String) -> String? {
    if value == StartNames.keyID { return "${\(ScriptText.keyVariable)}" }
    if isMadeName(value) { return value }
    return found[value].flatMap { $0.isWritten ? "${\($0.variable)}" : nil }
  }

  private mutating func learnSecrets(_ line: Int, _ place: Int, _ call: PerformedCall) {
    for head in ["Credentials", "AccessKey"] {
      guard let given = call.reply?[head], let key = given["AccessKeyId"]?.string,
        let secret = given["SecretAccessKey"]?.string
      else { continue }
      let token = given["SessionToken"]?.string
      find(Found(line: line, call: place, path: "\(head).SecretAccessKey", value: secret))
      if let token {
        find(Found(line: line, call: place, path: "\(head).SessionToken", value: token))
      }
      secrets[key] = (secret, token)
    }
  }

  /// A line has an access key alone, and what belongs to it came with the reply of an earlier one.
  mutating func needSecrets(of key: String, _ line: Int) {
    guard let (secret, token) = secrets[key], let entry = found[secret], entry.line < line else {
      return
    }
    use(secret)
    if let token { use(token) }
  }

  /// The variables with what belongs to an access key, where the script has set them.
  func secretVariables(of key: String) -> (secret: String, token: String?)? {
    guard let (secret, token) = secrets[key], let entry = found[secret], entry.isWritten else {
      return nil
    }
    return (entry.variable, token.flatMap { found[$0]?.variable })
  }

  /// Whether a reply of the line itself gave an access key.
  func gives(_ key: String, _ line: Int) -> Bool {
    secrets[key].flatMap { found[$0.secret]?.line } == line
  }

  private mutating func use(_ value: String) {
    guard let entry = found[value], !entry.isUsed else { return }
    let last = entry.path.split(separator: ".").last.map(String.init) ?? "VALUE"
    let name = last.filter(\.isLetter).uppercased()
    usedCount += 1
    used[entry.line, default: []].append(value)
    var number = usedCount
    while !taken.insert("\(name)_\(number)").inserted { number += 100 }
    found[value]?.isUsed = true
    found[value]?.variable = "\(name)_\(number)"
  }

  /// `place` says where the reply comes from, and the path so far.
  private mutating func collect(_ value: JSON, _ place: Found, in text: String) {
    var place = place
    let path = place.path
    switch value {
    case .object(let object):
      for member in object.members {
        place.path = path.isEmpty ? member.name : "\(path).\(member.name)"
        collect(member.value, place, in: text)
      }
    case .array(let elements):
      for (index, element) in elements.prefix(20).enumerated() {
        place.path = "\(path)[\(index)]"
        collect(element, place, in: text)
      }
    case .string(let string):
      // Names and words of the line itself are not owed to the reply.
      guard string.utf8.count >= 12, string.utf8.count <= 4096, !text.contains(string),
        string != ScriptText.account, string != StartNames.keyID,
        !string.contains(StartNames.keyID),
        string.contains(where: \.isNumber), !string.contains(where: \.isWhitespace)
      else { return }
      place.value = string
      find(place)
    default: return
    }
  }

  /// What the reply of a call has to leave in variables, by the keys of `write`.
  func wanted(_ line: Int, _ call: Int) -> [(value: String, found: Found)] {
    (used[line] ?? []).compactMap { value in found[value].map { (value, $0) } }
      .filter { $0.1.call == call }
  }

  /// The script has set a value's variable.
  mutating func write(_ value: String) {
    guard let entry = found[value], !entry.isWritten else { return }
    found[value]?.isWritten = true
    variables.hold(entry.value, in: entry.variable, of: entry.stream)
  }

  /// Takes the session's variables as they are now.
  mutating func follow(_ own: ShellVariables) { variables.follow(own) }
}
