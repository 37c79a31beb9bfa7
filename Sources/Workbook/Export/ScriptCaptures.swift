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
  /// In the order in which they were first needed.
  private var order: [String] = []
  /// The texts of all lines: no name that they have is taken.
  private let texts: String

  init(texts: String) { self.texts = texts }

  /// Remembers what the calls of a line gave, and what the line owes to earlier ones.
  mutating func learn(_ text: String, _ line: Int, _ calls: [PerformedCall]) {
    let named = found.filter { text.contains($0.key) }
      .sorted { ($0.value.line, $0.value.path) < ($1.value.line, $1.value.path) }
    for (value, _) in named {
      use(value)
      found[value]?.isNamed = true
    }
    for (index, call) in calls.enumerated() {
      collect(call.reply ?? .null, "", line, index, in: text)
      // What goes by an id that nobody chose has to be taken away by it.
      guard let (path, value) = call.chosen, !text.contains(value) else { continue }
      found[value] = found[value] ?? Found(line: line, call: index, path: path)
      use(value)
    }
  }

  private mutating func use(_ value: String) {
    guard let entry = found[value], !entry.isUsed else { return }
    let last = entry.path.split(separator: ".").last.map(String.init) ?? "VALUE"
    let name = last.filter(\.isLetter).uppercased()
    order.append(value)
    var number = order.count
    while texts.contains("\(name)_\(number)") { number += 100 }
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
      found[string] = Found(line: line, call: call, path: path)
    default: return
    }
  }

  /// What the reply of a call has to leave in variables.
  func wanted(_ line: Int, _ call: Int) -> [(value: String, found: Found)] {
    order.compactMap { value in found[value].map { (value, $0) } }
      .filter { $0.1.line == line && $0.1.call == call }
  }

  mutating func write(_ value: String) { found[value]?.isWritten = true }

  /// What a line may name: values of earlier replies, and those of the session's own variables.
  func variables(_ own: ShellVariables) -> ScriptText.Variables {
    var result: ScriptText.Variables = []
    for variable in own.all
    where variable.value.utf8.count >= 12 && !variable.value.contains(where: \.isWhitespace) {
      result.append((variable.value, variable.name))
    }
    for value in order {
      guard let entry = found[value], entry.isWritten else { continue }
      result.append((value, entry.variable))
    }
    // A longer value first: it may hold a shorter one.
    return result.sorted { ($0.value.utf8.count, $1.name) > ($1.value.utf8.count, $0.name) }
  }
}
