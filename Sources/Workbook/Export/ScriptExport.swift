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

  var lab: Workbook
  var body: [String] = []
  var captures = ScriptCaptures(texts: [])
  /// The lab as the script leaves an account, since it does not do all that was done here.
  private var account: ScriptAccount?
  /// Commands for the end that were noted, with the lab's own ids.
  var undoing: Set<String> = []
  /// What was looked for before it was made.
  var lookedFor: Set<String> = []
  /// Policies of the organization that the script makes.
  private var ownPolicies: Set<String> = []
  /// Names that calls were about.
  private var touched: Set<String> = []
  /// The access key whose secret the script has in its variables.
  var handedOver: String?
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
      let before = lab.desk.variables
      let outcome = run(text)
      captures.learn(text, number, outcome.calls)
      if let key = bareKey(text, before, outcome) { captures.needSecrets(of: key, number) }
      for listing in listings(text, number, outcome) { captures.name(listing.value) }
    }
    lab = start
    for (number, piece) in pieces.enumerated() {
      switch piece {
      case .heading(let text): body += ["", "# \(text)"]
      case .line: add(texts[number], number)
      }
    }
    var prelude = ScriptPrelude(lab: start, roles: roles, profiles: profiles, touched: touched)
    let used = body.joined(separator: "\n")
    let needed = files.filter { used.contains("://\($0.name)") || used.contains("cat \($0.name)") }
    let lines =
      prelude.lines(title: title, body: used, files: needed) + body
      + ["", "echo \"Done; taking it all away again.\""]
    return lines.map { $0 + "\n" }.joined()
  }

  private mutating func run(_ text: String) -> ScriptOutcome {
    ScriptOutcome(of: text, in: &lab, brought: brought(by: text))
  }

  /// In the lab, and in what the script leaves of it.
  private mutating func runBoth(_ text: String) {
    _ = run(text)
    let file = brought(by: text)
    account?.run(text, brought: file)
  }

  /// The file that a line brings from the disk; of a transcript its name alone is known, and it is taken
  /// for empty.
  private func brought(by text: String) -> (name: String, bytes: [UInt8])? {
    Self.importing(text).map { _, name in (name, imported[name] ?? []) }
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
    let items = try? ShellParser.parse(text)
    if let items, Self.mixes(items) {
      let before = lab
      _ = run(text)
      profile = lab.desk.profile
      diverge(from: before, lacks: "what is left out here")
      captures.follow(lab.desk.variables)
      return leave(
        text, "Verbs of the lab stand beside other commands here. By hand, or a line for each:")
    }
    let words =
      items.flatMap(Self.alone)
      ?? text.split(whereSeparator: { " \t\n".contains($0) }).map(String.init)
    let first = words.first ?? ""
    switch first {
    case "as":
      runBoth(text)
      profile = lab.desk.profile
      body.append("# From here on as \(profile).")
    case "wait", "sleep":
      pause(text, words.dropFirst().joined())
    case "import":
      runBoth(text)
      bring(text)
    case _ where Verb.named(first) != nil && !Self.shellVerbs.contains(first):
      runBoth(text)
      body.append("# lab: \(text.replacing("\n", with: " "))")
    default:
      let before = lab
      let outcome = run(text)
      // What the lab's shell does not take, bash would: a loop, a pipe, a program of the computer.
      guard Self.isTaken(text), outcome.turn.status != 127 || !outcome.calls.isEmpty else {
        leave(text, "The lab refused this:")
        return
      }
      if let place = place(of: text, outcome, before) {
        if text.contains("/"), lab.desk.files != before.desk.files {
          makeFolders(of: before.desk.files)
        }
        write(text, number, outcome, place, before.desk.variables)
      }
      captures.follow(lab.desk.variables)
    }
  }

  /// The words of a line that is one command with nothing to fill in and nothing around it.
  private static func alone(_ items: [ShellItem]) -> [String]? {
    guard items.count == 1, let command = items.first?.command, command.assignments.isEmpty,
      command.outputs.isEmpty, command.heredoc == nil
    else { return nil }
    let words = command.words.compactMap(\.plain)
    return words.count == command.words.count ? words : nil
  }

  /// Whether a verb of the lab that bash lacks stands among several commands.
  private static func mixes(_ items: [ShellItem]) -> Bool {
    items.count > 1
      && items.contains { item in
        guard let name = item.command.words.first?.plain, let verb = Verb.named(name) else {
          return false
        }
        return verb.name != "quit" && name != "sleep" && !shellVerbs.contains(name)
      }
  }

  /// Where a line is run.
  private enum Place {
    case everywhere
    /// Against a mock server alone: what for.
    case mock(String)
  }

  /// A line that stays a remark, and why.
  private mutating func leave(_ text: String, _ reason: String) {
    body.append("# \(reason)")
    body += text.split(separator: "\n").map { "#   \($0)" }
  }

  /// Where a line is run; nothing for one that has become a remark.
  private mutating func place(of text: String, _ outcome: ScriptOutcome, _ before: Workbook)
    -> Place?
  {
    var reasons: [String] = []
    for call in outcome.calls { if let reason = reserved(call) { reasons.append(reason) } }
    if let reason = reasons.first {
      diverge(from: before, lacks: "what is left out here")
      leave(text, reason)
      return nil
    }
    if outcome.calls.contains(where: locksOut) {
      diverge(from: before, lacks: nil)
      return .mock(
        "Whoever runs this script could not have the key deleted afterwards, and perhaps nobody but AWS\n"
          + "# Support could: it runs against a mock server alone.")
    }
    guard let account, self.account?.run(text, brought: nil).agrees(with: outcome) == false else {
      return .everywhere
    }
    // Without what is missing there it would come to something else: it is not done there.
    self.account = account
    guard let lacks = account.lacks else {
      return .mock("It rests on what runs against a mock server alone.")
    }
    let code = outcome.commands.last { $0.status != 0 }?.code
    leave(
      text,
      "This rests on \(lacks)\(code.map { ", and was refused there: \($0)" } ?? ""). By hand, later:"
    )
    return nil
  }

  private mutating func diverge(from lab: Workbook, lacks: String?) {
    account = ScriptAccount(lab: account?.lab ?? lab, lacks: lacks ?? account?.lacks)
  }

  /// Why a call is not the script's to make.
  private mutating func reserved(_ call: PerformedCall) -> String? {
    if call.service == "organizations", call.operation == "CreatePolicy",
      let id = call.chosen?.value
    {
      ownPolicies.insert(id)
    }
    if let id = call.policyOfOrganization, !ownPolicies.contains(id) {
      return "This policy is the organization's own, which nothing here would put back."
    }
    return call.reserved
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

  private mutating func pause(_ text: String, _ length: String) {
    guard let seconds = LabDuration.parse(length)?.components.seconds else {
      runBoth(text)
      body.append("# \(text)")
      return
    }
    if seconds <= 3600 {
      runBoth(text)
      body.append("sleep \(seconds)")
      return
    }
    diverge(from: lab, lacks: "the clock, which the lab set on by \(length)")
    _ = run(text)
    body.append(
      "# The lab's clock went on by \(length) here. Nobody sleeps that long: what rests on it is a remark."
    )
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
    _ text: String, _ number: Int, _ outcome: ScriptOutcome, _ place: Place,
    _ before: ShellVariables
  ) {
    var text = text
    if let comment = ScriptScan(text).comment, comment > 0 {
      // Behind a remark nothing can be added.
      body.append(String(text.dropFirst(comment)))
      text = String(text.prefix(comment)).trimmingBlankEnds
    }
    text = withoutListings(text, number, outcome)
    let calls = outcome.calls
    for call in calls {
      if let name = call.input["RoleName"]?.string { roles.insert(name) }
      touched.formUnion(call.names)
    }
    let shellProfiles = self.shellProfiles()
    // The line itself names what was there before it.
    captures.follow(before)
    profiles.formUnion(ScriptText.profiles(in: text, shellProfiles))
    if profile != "admin" { profiles.insert(profile) }
    let scan = ScriptScan(text)
    let fates = ScriptFates(scan, outcome.commands)
    if let reason = outcome.reasonToLeave(scan, fates) {
      leave(text, "not in the lab: \(reason)")
      return
    }
    handOver(text, number, before, outcome)
    var place = place
    let isRefused = fates.ofLeaves == [.mockOnly] && scan.commands <= 1
    if isRefused, case .everywhere = place {
      place = .mock("The lab refuses this change: it is tried against a mock server alone.")
    }
    let mark = body.count
    if let call = calls.first(where: \.isExtended) {
      write(extended: call, text, shellProfiles)
      for call in calls { note(call) }
    } else {
      writeLine(text, number, outcome, isRefused ? nil : fates, shellProfiles)
    }
    if case .mock(let reason) = place {
      body.insert(
        contentsOf: ["# \(reason)", "if [ -n \"${AWS_ENDPOINT_URL:-}\" ]; then"], at: mark)
      body.append("fi")
    }
  }

  /// The line with what has to stand before and behind it. Without fates of its commands it is a single
  /// one that the lab refused.
  private mutating func writeLine(
    _ text: String, _ number: Int, _ outcome: ScriptOutcome, _ fates: ScriptFates?,
    _ shellProfiles: ScriptText.ShellProfiles
  ) {
    let (turn, calls) = (outcome.turn, outcome.calls)
    var line = ScriptText.withProfile(text, profile, shellProfiles)
    line = ScriptText.localised(line, captures.variables)
    if let fates {
      guard let marked = fates.marked(line) else {
        return leave(text, "not in the lab, or not all of it:")
      }
      line = marked
    }
    let scan = ScriptScan(line)
    var later: [PerformedCall] = []
    var recalls = false
    look(for: calls)
    if calls.count == 1, turn.status == 0, scan.isSimple,
      !text.contains("--query"), !text.contains("--output")
    {
      line = capturing(line, captures.wanted(number, 0))
      later = calls
    } else if let name = scan.assignedReply, calls.count == 1, let call = calls.first,
      let chosen = call.chosen, lab.desk.variables[name] == chosen.value,
      captures.wanted(number, 0).allSatisfy({ $0.value == chosen.value })
    {
      for (value, found) in captures.wanted(number, 0) where found.isNamed {
        line += "\n\(found.variable)=\"${\(name)}\""
        captures.write(value)
      }
      later = calls
    } else {
      (line, later, recalls) = keeping(line, scan, number, calls)
    }
    line = Self.withFiles(line)
    let isOne = scan.commands <= 1 && !scan.hasHeredoc && !line.contains("\n")
    if turn.status != 0, let code = outcome.expectedCode(isRefused: fates == nil) {
      let isAlone = scan.isSimple && scan.leaves.count == 1 && isOne
      line =
        (isAlone ? line : isOne ? "{ \(line); }" : "{ \(line)\n}")
        + " 2>.said && went_through \"\(code)\" || refused \"\(code)\""
    } else if turn.status != 0 || (!isOne && !scan.hasHeredoc && !turn.errors.isEmpty) {
      line = "{ \(line)\n} || true"
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
}

extension String {
  fileprivate var trimmingBlankEnds: String {
    var rest = Substring(self)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
