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
  private var captures = ScriptCaptures(texts: [])
  /// Commands for the end that were noted, with the lab's own ids.
  private var undoing: Set<String> = []
  /// Who commands without `--profile` are.
  private var profile = "admin"
  private var profiles: Set<String> = []
  private var roles: Set<String> = []
  private let files: [(name: String, text: String)]
  private let imported: [String: [UInt8]]

  /// `files` lie in the lab from the start; `imported` came from the disk, by their names.
  init(
    seed: UInt64, clock: Instant, model: Model, files: [(name: String, text: String)] = [],
    imported: [String: [UInt8]] = [:]
  ) {
    lab = Workbook(seed: seed, clock: clock, model: model)
    lab.explain = .off
    lab.isExporting = true
    self.files = files
    self.imported = imported
    for file in files { lab.desk.files[file.name] = Array(file.text.utf8) }
  }

  /// The whole script.
  mutating func script(title: String, _ pieces: [Piece]) -> String {
    let start = lab
    let texts = pieces.map { piece in
      if case .line(let text) = piece {
        text.replacing("\r\n", with: "\n").trimmingBlankEnds
      } else {
        ""
      }
    }
    captures = ScriptCaptures(texts: texts)
    // First what later lines owe to earlier replies, then the lines with it.
    for (number, text) in texts.enumerated() where !text.isEmpty {
      let (_, calls) = run(text)
      captures.learn(text, number, calls)
    }
    lab = start
    for (number, piece) in pieces.enumerated() {
      switch piece {
      case .heading(let text): body += ["", "# \(text)"]
      case .line: add(texts[number], number)
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

  private mutating func run(_ text: String) -> (turn: Turn, calls: [PerformedCall]) {
    if let (_, name) = Self.importing(text), let bytes = imported[name] {
      lab.desk.files[name] = bytes
    }
    lab.callLog = []
    let turn = lab.feed(text)
    defer { lab.callLog = nil }
    return (turn, lab.callLog ?? [])
  }

  // MARK: Lines

  /// Path and name of a file that comes from the disk.
  private static func importing(_ text: String) -> (path: String, name: String)? {
    let words = text.split(separator: " ").map(String.init).filter { $0 != "--yes" }
    guard words.first == "import", (2...3).contains(words.count) else { return nil }
    return (
      words[1], words.count == 3 ? words[2] : String(words[1].split(separator: "/").last ?? "")
    )
  }

  private mutating func add(_ text: String, _ number: Int) {
    guard !text.isEmpty else { return }
    if text.hasPrefix("#") {
      body.append(text)
      return
    }
    let words = text.split(whereSeparator: { " \t\n".contains($0) }).map(String.init)
    let first = words.first ?? ""
    switch first {
    case "as":
      _ = run(text)
      profile = words.dropFirst().first ?? "admin"
      body.append("# From here on as \(profile).")
    case "wait", "sleep":
      _ = run(text)
      body.append(Self.sleep(words.dropFirst().first ?? ""))
    case "import":
      _ = run(text)
      bring(text)
    case _ where Verb.named(first) != nil && !Self.shellVerbs.contains(first):
      _ = run(text)
      body.append("# lab: \(text.replacing("\n", with: " "))")
    default:
      let before = lab.desk.variables
      let files = lab.desk.files
      let (turn, calls) = run(text)
      // What the lab's shell does not take, bash would: a loop, a pipe, a program of the computer.
      guard Self.isTaken(text), turn.status != 127 || !calls.isEmpty else {
        body.append("# The lab refused this:")
        body += text.split(separator: "\n").map { "#   \($0)" }
        return
      }
      if text.contains("/"), lab.desk.files != files { makeFolders(of: files) }
      write(text, number, calls, turn, before)
    }
  }

  private static func isTaken(_ text: String) -> Bool {
    do throws(ShellError) {
      _ = try ShellParser.parse(text)
      return true
    } catch {
      return false
    }
  }

  /// The lab's files have names with strokes in them; those of bash lie in folders.
  private mutating func makeFolders(of old: LabFiles) {
    let known = Set(old.names)
    let folders = lab.desk.files.names.filter { !known.contains($0) }.compactMap { name in
      name.lastIndex(of: "/").map { String(name[..<$0]) }
    }
    for folder in Set(folders).sorted() where !folder.isEmpty {
      body.append("mkdir -p \(ScriptText.quoted(folder))")
    }
  }

  /// Verbs of the lab that bash has as well.
  static let shellVerbs: Set<String> = ["cat", "echo", "export", "ls", "openssl", "rm", "unset"]

  private static func sleep(_ text: String) -> String {
    guard let duration = LabDuration.parse(text) else { return "# wait \(text)" }
    let seconds = duration.components.seconds
    return seconds <= 3600
      ? "sleep \(seconds)"
      : "# The lab's clock went on by \(text) here. Nobody sleeps that long: go on by hand later."
  }

  /// A file of the disk: as it was when it came, or from where the script is started.
  private mutating func bring(_ text: String) {
    guard let (path, name) = Self.importing(text) else {
      body.append("# lab: \(text)")
      return
    }
    let target = ScriptText.quoted(name)
    if let bytes = imported[name], let content = String(validating: bytes, as: UTF8.self) {
      body += ScriptPrelude.file(name, content)
    } else {
      let source = path.hasPrefix("/") ? path : "${keyhole_from}/\(path)"
      body.append("cp \"\(source)\" \(target)")
      body.append("localise \(target)")
    }
  }

  /// What the variables say about profiles, as they are now.
  private mutating func shellProfiles() -> ScriptText.ShellProfiles {
    let own = lab.desk.variables
    captures.follow(own)
    return .init(
      values: (StartNames.partnerProfiles + StartNames.profiles).filter {
        captures.variables.has($0)
      },
      choose: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID"].contains {
        own.exported($0) != nil
      })
  }

  private mutating func write(
    _ text: String, _ number: Int, _ calls: [PerformedCall], _ turn: Turn, _ before: ShellVariables
  ) {
    var text = text
    if let comment = ScriptScan(text).comment, comment > 0 {
      // Behind a remark nothing can be added.
      body.append(String(text.dropFirst(comment)))
      text = String(text.prefix(comment)).trimmingBlankEnds
    }
    for call in calls { if let name = call.input["RoleName"]?.string { roles.insert(name) } }
    let shellProfiles = self.shellProfiles()
    // The line itself names what was there before it.
    captures.follow(before)
    profiles.formUnion(ScriptText.profiles(in: text, shellProfiles))
    if profile != "admin" { profiles.insert(profile) }
    if let call = calls.first(where: \.isExtended) {
      write(extended: call, text, shellProfiles)
      for call in calls { note(call) }
      return
    }
    var line = ScriptText.withProfile(text, profile, shellProfiles)
    line = ScriptText.localised(line, captures.variables)
    let scan = ScriptScan(line)
    var later: [PerformedCall] = []
    var recalls = false
    if calls.count == 1, turn.status == 0, scan.isSimple,
      !text.contains("--query"), !text.contains("--output")
    {
      line = capturing(line, captures.wanted(number, 0))
      later = calls
    } else if let name = scan.assignedReply, calls.count == 1, let call = calls.first,
      let chosen = call.chosen, lab.desk.variables[name] == chosen.value
    {
      for (value, found) in captures.wanted(number, 0) where value == chosen.value && found.isNamed
      {
        line += "\n\(found.variable)=\"${\(name)}\""
        captures.write(value)
      }
      later = calls
    } else {
      (line, later, recalls) = keeping(line, scan, number, calls)
    }
    line = Self.withFiles(line)
    let isOne = scan.commands <= 1 && !scan.hasHeredoc && !line.contains("\n")
    if turn.status != 0 {
      line = (isOne ? line : "{ \(line)\n}") + " || refused \"\(Self.reason(turn))\""
    } else if !isOne, !scan.hasHeredoc, !turn.errors.isEmpty {
      line = "{ \(line)\n} || true"
    }
    if calls.contains(where: locksOut) {
      body += [
        "# Whoever runs this script could not have the key deleted afterwards, and perhaps nobody but AWS",
        "# Support could: it runs against a mock server alone.",
      ]
      line = "if [ -n \"${AWS_ENDPOINT_URL:-}\" ]; then\n\(line)\nfi"
    }
    body.append(line)
    if recalls { body.append("recall") }
    captures.follow(lab.desk.variables)
    for call in later { note(call) }
    settle(text, line)
  }

  /// Whether a call closed a key for good, so that not even the script's end can have it deleted.
  private func locksOut(_ call: PerformedCall) -> Bool {
    guard call.service == "kms", call.input["BypassPolicyLockoutSafetyCheck"] == true,
      let key = call.chosen?.value ?? call.input["KeyId"]?.string
    else { return false }
    var copy = lab
    let end = PerformedCall.ending(key).joined(separator: " ")
    return copy.feed("aws \(end) --region \(call.region) --profile admin").status != 0
  }

  /// What has to follow a line for what it names to be right outside of the lab.
  private mutating func settle(_ text: String, _ line: String) {
    let words = text.split(whereSeparator: { " \t\n".contains($0) }).map(String.init)
    if text.hasPrefix("cat >"), text.contains("<<"),
      let file = words.dropFirst().first(where: { !$0.allSatisfy { $0 == ">" } })
    {
      let name = file.drop { $0 == ">" }.prefix { $0 != "<" }
      // The account and the trail's bucket are put in place in every file.
      let named = captures.variables.all(in: line).filter {
        !ScriptText.account.contains($0.value) && $0.value != StartNames.trailBucket
      }
      body.append(
        (["localise \(name)"] + named.map { "\(ScriptText.single($0.value)) \"${\($0.name)}\"" })
          .joined(separator: " "))
    }
    // A profile of the learner's own has no region yet.
    if words.starts(with: ["aws", "configure", "set"]), words.count > 3, words[3] != "region",
      let place = words.firstIndex(of: "--profile"), words.indices.contains(place + 1),
      !StartNames.profiles.contains(words[place + 1])
    {
      body.append("aws configure set region us-east-1 --profile \(words[place + 1])")
    }
  }

  /// A text that `cat` would hand on: with this account and this key.
  private static func withFiles(_ line: String) -> String {
    guard line.contains("<<") else { return line }
    let scan = ScriptScan(line)
    var result = scan.characters
    let cat: [Character] = Array("cat <<")
    var index = result.count - cat.count
    while index >= 0 {
      if scan.places[index] == .code, result[index...].starts(with: cat) {
        result.replaceSubrange(index..<index + 3, with: "localised")
      }
      index -= 1
    }
    return String(result)
  }

  /// A line of one command, with what later lines need kept in variables.
  private mutating func capturing(
    _ line: String, _ wanted: [(value: String, found: ScriptCaptures.Found)]
  ) -> String {
    guard let first = wanted.first?.found else { return line }
    for (value, _) in wanted { captures.write(value) }
    if wanted.count == 1 {
      return "\(first.variable)=$(\(line) --query '\(first.path)' --output text)"
    }
    let names = wanted.map(\.found.variable).joined(separator: " ")
    let paths = wanted.map(\.found.path).joined(separator: ",")
    return "read -r \(names) < <(\(line) --query '[\(paths)]' --output text)"
  }

  /// A line of several commands, or of one with more around it: a command that makes something, or whose
  /// reply is needed, is run by `keep`. Gives what is left to be noted behind the line, and whether
  /// variables have to be read back.
  private mutating func keeping(
    _ line: String, _ scan: ScriptScan, _ number: Int, _ calls: [PerformedCall]
  ) -> (line: String, later: [PerformedCall], recalls: Bool) {
    var result = scan.characters
    var free = Set(scan.leaves.indices)
    var heads: [(place: Int, text: String)] = []
    var later: [PerformedCall] = []
    var recalls = false
    for (index, call) in calls.enumerated() {
      let wanted = captures.wanted(number, index)
      guard !wanted.isEmpty || !call.undoing.isEmpty else { continue }
      let fitting = free.filter { scan.command(of: scan.leaves[$0]) == call.command }.sorted()
      // Of two alike the one that names the thing.
      let words = call.undoing.first?.filter { !$0.hasPrefix("-") }.suffix(1) ?? []
      let place =
        fitting.first { leaf in words.allSatisfy { scan.text(of: scan.leaves[leaf]).contains($0) } }
        ?? fitting.first
      guard let place else {
        later.append(call)
        continue
      }
      let leaf = scan.leaves[place]
      let isAlone = leaf.depth == 0 && scan.commands == 1
      if wanted.isEmpty, isAlone {
        later.append(call)
        continue
      }
      free.remove(place)
      for (value, _) in wanted { captures.write(value) }
      let undo = call.undoing.compactMap { undo in
        isNew(undo, call) ? "later \(command(undo, call, isBehind: false))" : nil
      }
      recalls = recalls || (leaf.depth > 0 && !wanted.isEmpty)
      heads.append(
        (
          leaf.start,
          "keep '\(wanted.map(\.found.variable).joined(separator: " "))' "
            + "'\(wanted.map(\.found.path).joined(separator: ","))' "
            + "\(ScriptText.single(undo.joined(separator: "; "))) "
        ))
    }
    for (place, text) in heads.sorted(by: { $0.place > $1.place }) {
      result.insert(contentsOf: text, at: place)
    }
    return (String(result), later, recalls)
  }

  /// A line that AWS's client does not take: with the key behind the stream's making.
  private mutating func write(
    extended call: PerformedCall, _ text: String, _ shellProfiles: ScriptText.ShellProfiles
  ) {
    var line = text
    var key = "alias/aws/kinesis"
    for flag in ["--key-id", "--encryption-type"] {
      guard let (value, rest) = ScriptText.removing(flag, from: line) else { continue }
      if flag == "--key-id" { key = value }
      line = rest
    }
    let name = call.input["StreamName"]?.string ?? ""
    let region = call.region == "us-east-1" ? "" : " --region \(call.region)"
    let wait = "aws kinesis wait stream-exists --stream-name \(name)\(region)"
    let start =
      "aws kinesis start-stream-encryption --stream-name \(name) --encryption-type KMS "
      + "--key-id \(key)\(region)"
    let finished = [line, start].map {
      ScriptText.localised(
        ScriptText.withProfile($0, profile, shellProfiles), captures.variables)
    }
    if call.operation == "CreateStream" {
      body.append("# AWS takes no key here; encryption begins once the stream is there.")
      body.append(finished[0])
      note(call)
      body.append(wait)
    }
    body.append(finished[1])
    body.append(wait)
  }

  // MARK: Taking away

  private mutating func isNew(_ words: [String], _ call: PerformedCall) -> Bool {
    let isNew = undoing.insert("\(call.region) \(words.joined(separator: " "))").inserted
    // Each version that counts makes way before it is deleted, the last one made first.
    return isNew || words.contains("set-default-policy-version")
  }

  /// Notes how to take away what a call made, right behind it.
  private mutating func note(_ call: PerformedCall) {
    captures.follow(lab.desk.variables)
    // The last that was noted goes first.
    for words in call.undoing.reversed() where isNew(words, call) {
      body.append("later " + command(words, call, isBehind: true))
    }
  }

  /// Behind the line that made something its variables have what it gave.
  private func command(_ words: [String], _ call: PerformedCall, isBehind: Bool) -> String {
    var line = "aws"
    for (index, word) in words.enumerated() {
      let isValue = index > 0 && words[index - 1].hasPrefix("--")
      let own = isValue && isBehind ? captures.variables.holder(ofWhole: word) : nil
      line += " " + (own.map { "\"${\($0)}\"" } ?? ScriptText.quoted(word, captures.variables))
    }
    if call.region != "us-east-1", !words.contains("--region") {
      line += " --region \(call.region)"
    }
    return line
  }

  private static func reason(_ turn: Turn) -> String {
    let text = turn.errors
    guard let open = text.firstIndex(of: "("), let close = text[open...].firstIndex(of: ")") else {
      return "the lab refuses this"
    }
    return String(text[text.index(after: open)..<close])
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
