import Cloud
import Commands
import Narration
import Values

/// Writes a bash script of plain `aws` commands out of lines of the lab.
///
/// The lines are run in a lab of their own, so that the script knows which of them are refused
/// there, which values later lines owe to earlier replies, and what has to be taken away at the end.
struct ScriptExport {
  /// What is to be written.
  enum Piece {
    case heading(String)
    case line(String)
  }

  private var lab: Workbook
  private var body: [String] = []
  private var captures = Captures()
  /// Commands for the end that were noted.
  private var undoing: Set<String> = []
  /// Who commands without `--profile` are.
  private var profile = "admin"
  private var profiles: Set<String> = []
  private var roles: Set<String> = []
  private let files: [(name: String, text: String)]

  /// `files` lie in the lab from the start.
  init(
    seed: UInt64, clock: Instant, model: Model, files: [(name: String, text: String)] = []
  ) {
    lab = Workbook(seed: seed, clock: clock, model: model)
    lab.explain = .off
    self.files = files
    for file in files { lab.desk.files[file.name] = Array(file.text.utf8) }
  }

  /// The whole script.
  mutating func script(title: String, _ pieces: [Piece]) -> String {
    let start = lab
    // First what later lines owe to earlier replies, then the lines with it.
    for piece in pieces { if case .line(let text) = piece { captures.learn(text, &lab) } }
    lab = start
    for piece in pieces {
      switch piece {
      case .heading(let text): body += ["", "# \(text)"]
      case .line(let text): add(text)
      }
    }
    var prelude = ScriptPrelude(lab: start, roles: roles, profiles: profiles)
    let used = body.joined(separator: "\n")
    let needed = files.filter { used.contains("://\($0.name)") || used.contains("cat \($0.name)") }
    let lines =
      prelude.lines(title: title, body: used, files: needed) + body
      + ["", "echo \"Done; taking it all away again.\""]
    return lines.map { $0 + "\n" }.joined()
  }

  // MARK: Lines

  private mutating func add(_ text: String) {
    let trimmed = text.trimmingBlankEnds
    guard !trimmed.isEmpty else { return }
    if trimmed.hasPrefix("#") {
      body.append(trimmed)
      return
    }
    let words = trimmed.split(whereSeparator: { " \t\n".contains($0) }).map(String.init)
    let first = words.first ?? ""
    switch first {
    case "as":
      _ = lab.feed(text)
      profile = words.dropFirst().first ?? "admin"
      body.append("# From here on as \(profile).")
      return
    case "wait", "sleep":
      _ = lab.feed(text)
      body.append(Self.sleep(words.dropFirst().first ?? ""))
      return
    case _ where Verb.named(first) != nil && !Self.shellVerbs.contains(first):
      _ = lab.feed(text)
      body.append("# lab: \(trimmed.replacing("\n", with: " "))")
      return
    default: break
    }
    let number = captures.next()
    lab.callLog = []
    let turn = lab.feed(text)
    let calls = lab.callLog ?? []
    lab.callLog = nil
    write(trimmed, number, calls, turn)
    note(calls, number)
  }

  /// Verbs of the lab that bash has as well.
  fileprivate static let shellVerbs: Set<String> = [
    "cat", "echo", "export", "ls", "openssl", "rm", "unset",
  ]

  private static func sleep(_ text: String) -> String {
    guard let duration = LabDuration.parse(text) else { return "# wait \(text)" }
    let seconds = duration.components.seconds
    return seconds <= 900
      ? "sleep \(seconds)"
      : "# The lab's clock went on by \(text) here. Nobody sleeps that long: go on by hand later."
  }

  private mutating func write(
    _ text: String, _ number: Int, _ calls: [PerformedCall], _ turn: Turn
  ) {
    guard !text.contains("<<") else {
      // A text between marks is taken as it is; what it names is set right in the file.
      body.append(text)
      let head = text.prefix { $0 != "\n" }
      if let mark = head.firstIndex(of: ">") {
        let file = head[head.index(after: mark)...].drop { " >".contains($0) }
          .prefix { !" <".contains($0) }
        if !file.isEmpty { body.append("localise \(file)") }
      }
      return
    }
    var line = text
    if let call = calls.first(where: \.isExtended) {
      write(extended: call, line, turn)
      return
    }
    line = ScriptText.withProfile(line, profile, &profiles)
    line = ScriptText.localised(line, captures.variables(before: number, lab.desk.variables))
    if turn.status != 0 {
      let reason = Self.reason(turn)
      body.append("\(line) || refused \"\(reason)\"")
    } else {
      body.append(captures.capturing(line, number))
    }
  }

  /// A line that AWS's client does not take: with the key behind the stream's making.
  private mutating func write(extended call: PerformedCall, _ text: String, _ turn: Turn) {
    var line = text
    var key = "alias/aws/kinesis"
    for flag in ["--key-id", "--encryption-type"] {
      guard let (value, rest) = ScriptText.removing(flag, from: line) else { continue }
      if flag == "--key-id" { key = value }
      line = rest
    }
    let variables = captures.variables(before: .max, lab.desk.variables)
    func finished(_ line: String) -> String {
      ScriptText.localised(ScriptText.withProfile(line, profile, &profiles), variables)
    }
    let name = call.input["StreamName"]?.string ?? ""
    let region = call.region == "us-east-1" ? "" : " --region \(call.region)"
    let wait = "aws kinesis wait stream-exists --stream-name \(name)\(region)"
    if call.operation == "CreateStream" {
      body.append("# AWS takes no key here; encryption begins once the stream is there.")
      body.append(finished(line))
      body.append(wait)
    }
    let start =
      "aws kinesis start-stream-encryption --stream-name \(name) --encryption-type KMS "
      + "--key-id \(key)\(region)"
    body.append(finished(start))
    body.append(wait)
  }

  private mutating func note(_ calls: [PerformedCall], _ number: Int) {
    for call in calls {
      if let name = call.input["RoleName"]?.string { roles.insert(name) }
      guard let words = call.undoing else { continue }
      let variables = captures.variables(before: number + 1, lab.desk.variables)
      var line = "aws " + words.map { ScriptText.quoted($0, variables) }.joined(separator: " ")
      if call.region != "us-east-1" { line += " --region \(call.region)" }
      if undoing.insert(line).inserted { body.append(ScriptPrelude.later(line)) }
    }
  }

  private static func reason(_ turn: Turn) -> String {
    let text = turn.errors
    guard let open = text.firstIndex(of: "("), let close = text[open...].firstIndex(of: ")") else {
      return "the lab refuses this"
    }
    return String(text[text.index(after: open)..<close])
  }
}

/// Values that a reply gave and a later line names, each with a variable of the script.
private struct Captures {
  private struct Found {
    var line: Int
    /// A path for `--query`.
    var path: String
    var isUsed = false
    var variable = ""
  }

  private var found: [String: Found] = [:]
  /// In the order in which they were first needed.
  private var order: [String] = []
  private var learned = 0
  private var written = 0

  mutating func next() -> Int {
    written += 1
    return written
  }

  /// Runs a line and remembers what its reply gave.
  mutating func learn(_ text: String, _ lab: inout Workbook) {
    let first = text.prefix { !" \t\n".contains($0) }
    let isVerb =
      Verb.named(String(first)) != nil && !ScriptExport.shellVerbs.contains(String(first))
    let isCounted = !first.isEmpty && !first.hasPrefix("#") && !isVerb
    if isCounted { learned += 1 }
    let named = found.filter { !$0.value.isUsed && text.contains($0.key) }
    for (value, _) in named.sorted(by: {
      ($0.value.line, $0.value.path) < ($1.value.line, $1.value.path)
    }) { use(value) }
    lab.callLog = []
    let turn = lab.feed(text)
    let calls = lab.callLog ?? []
    lab.callLog = nil
    guard turn.status == 0, let call = calls.last, calls.count == 1, text.hasPrefix("aws "),
      !text.contains("--query"), !text.contains("--output"), !text.contains("<<")
    else { return }
    collect(call.reply ?? .null, "", in: text)
    // A key goes by an id that nobody chose, and has to be taken away by it.
    if call.operation == "CreateKey", let id = call.reply?["KeyMetadata"]?["KeyId"]?.string {
      use(id)
    }
    if call.operation == "CreateAccessKey",
      let id = call.reply?["AccessKey"]?["AccessKeyId"]?.string
    {
      use(id)
    }
  }

  private mutating func use(_ value: String) {
    guard let entry = found[value], !entry.isUsed else { return }
    let last = entry.path.split(separator: ".").last.map(String.init) ?? "VALUE"
    let name = last.filter(\.isLetter).uppercased()
    order.append(value)
    found[value]?.isUsed = true
    found[value]?.variable = "\(name)_\(order.count)"
  }

  private mutating func collect(_ value: JSON, _ path: String, in text: String) {
    switch value {
    case .object(let object):
      for member in object.members {
        collect(member.value, path.isEmpty ? member.name : "\(path).\(member.name)", in: text)
      }
    case .array(let elements):
      for (index, element) in elements.prefix(20).enumerated() {
        collect(element, "\(path)[\(index)]", in: text)
      }
    case .string(let string):
      // Names and words of the line itself are not owed to the reply.
      guard string.utf8.count >= 12, string.utf8.count <= 4096, !text.contains(string),
        string != ScriptText.account, string != StartNames.keyID,
        !string.contains(StartNames.keyID),
        string.contains(where: \.isNumber), !string.contains("\n"), found[string] == nil
      else { return }
      found[string] = Found(line: learned, path: path)
    default: return
    }
  }

  /// What a line may name: values of earlier replies, and those of the session's own variables.
  func variables(before line: Int, _ own: ShellVariables) -> [(value: String, name: String)] {
    var result: [(value: String, name: String)] = []
    for variable in own.all where variable.value.utf8.count >= 12 {
      result.append((variable.value, variable.name))
    }
    for value in order {
      guard let entry = found[value], entry.line < line else { continue }
      result.append((value, entry.variable))
    }
    // A longer value first: it may hold a shorter one.
    return result.sorted { ($0.value.utf8.count, $1.name) > ($1.value.utf8.count, $0.name) }
  }

  /// The line, with what later lines need kept in variables.
  func capturing(_ line: String, _ number: Int) -> String {
    let wanted = order.compactMap { found[$0] }.filter { $0.line == number }
    guard let first = wanted.first else { return line }
    if wanted.count == 1 {
      return "\(first.variable)=$(\(line) --query '\(first.path)' --output text)"
    }
    let names = wanted.map(\.variable).joined(separator: " ")
    let paths = wanted.map(\.path).joined(separator: ",")
    return "read -r \(names) < <(\(line) --query '[\(paths)]' --output text)"
  }
}

extension String {
  fileprivate var trimmingBlankEnds: String {
    var rest = Substring(self)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
