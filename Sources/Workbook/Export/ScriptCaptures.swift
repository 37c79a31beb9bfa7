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
    var variable = ""
    /// Whether a later line names it, and whether it is needed at all.
    var isNamed = false
    var isUsed = false
    /// Whether the script has set the variable.
    var isWritten = false
  }

  private var found: [String: Found] = [:]
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
    let named = index.values(in: text).compactMap { value in found[value].map { (value, $0) } }
      .sorted { ($0.1.line, $0.1.call, $0.1.path) < ($1.1.line, $1.1.call, $1.1.path) }
    for (value, _) in named {
      use(value)
      found[value]?.isNamed = true
    }
    for (index, call) in calls.enumerated() {
      collect(call.reply ?? .null, "", line, index, in: text)
      // What goes by an id that nobody chose has to be taken away by it.
      guard let (path, value) = call.chosen, !text.contains(value) else { continue }
      if found[value] == nil { find(value, Found(line: line, call: index, path: path)) }
      use(value)
    }
  }

  private mutating func find(_ value: String, _ entry: Found) {
    found[value] = entry
    index.insert(value)
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

  private mutating func collect(
    _ value: JSON, _ path: String, _ line: Int, _ call: Int, in text: String
  ) {
    switch value {
    case .object(let object):
      for member in object.members {
        collect(
          member.value, path.isEmpty ? member.name : "\(path).\(member.name)", line, call, in: text)
      }
    case .array(let elements):
      for (index, element) in elements.prefix(20).enumerated() {
        collect(element, "\(path)[\(index)]", line, call, in: text)
      }
    case .string(let string):
      // Names and words of the line itself are not owed to the reply.
      guard string.utf8.count >= 12, string.utf8.count <= 4096, !text.contains(string),
        string != ScriptText.account, string != StartNames.keyID,
        !string.contains(StartNames.keyID),
        string.contains(where: \.isNumber), !string.contains(where: \.isWhitespace),
        found[string] == nil
      else { return }
      find(string, Found(line: line, call: call, path: path))
    default: return
    }
  }

  /// What the reply of a call has to leave in variables.
  func wanted(_ line: Int, _ call: Int) -> [(value: String, found: Found)] {
    (used[line] ?? []).compactMap { value in found[value].map { (value, $0) } }
      .filter { $0.1.call == call }
  }

  /// The script has set a value's variable.
  mutating func write(_ value: String) {
    guard let entry = found[value], !entry.isWritten else { return }
    found[value]?.isWritten = true
    variables.hold(value, in: entry.variable)
  }

  /// Takes the session's variables as they are now.
  mutating func follow(_ own: ShellVariables) { variables.follow(own) }
}
