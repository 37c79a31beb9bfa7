import Cloud
import Commands
import Narration
import Values

extension Workbook {
  /// Runs a text of the line language.
  mutating func run(_ text: String, _ turn: inout Turn) {
    let items: [ShellItem]
    do throws(ShellError) {
      items = try ShellParser.parse(text)
    } catch {
      report(error, in: text, &turn)
      return
    }
    run(items, &turn)
    note(smartPunctuationIn: text, turn)
    let backquotes = ShellParser.backquotes(in: text)
    if backquotes.quotes { remark(Self.backquoteRemark) }
    if backquotes.heredoc { remark(Self.heredocRemark) }
  }

  /// Runs commands one after the other, as far as their joints and an `exit` let them.
  private mutating func run(_ items: [ShellItem], _ turn: inout Turn) {
    for (place, item) in items.enumerated() {
      switch item.joint {
      case .always: break
      case .onSuccess: if desk.status != 0 { continue }
      case .onFailure: if desk.status == 0 { continue }
      }
      turn.status = 0
      run(item.command, &turn)
      desk.status = turn.status
      if turn.effects.contains(.leave) { return }
      // The file of an `import` comes when the line has run.
      if place + 1 < items.count, turn.status == 0, turn.effects.contains(where: \.isRead),
        items[place + 1].command.words.first?.parts != [.literal("import")]
      {
        turn.complain(
          "A file of your disk is there when its line has run: the rest of this line was not run; put it on "
            + "the next line.\n", status: 1)
        desk.status = 1
        return
      }
    }
  }

  private static let backquoteRemark =
    "between double quotes bash runs what stands in backquotes; the lab takes them as they are: "
    + "write \\` or put single quotes around the whole"

  private static let heredocRemark =
    "in a heredoc bash runs what stands in backquotes; the lab takes them as they are: write \\`, or put "
    + "single quotes around the word behind <<"

  private mutating func report(_ error: ShellError, in text: String, _ turn: inout Turn) {
    var page = Page()
    page.add("\(error.message): \(error.hint)")
    page.add(
      quoting: text, marking: Span(start: error.offset, end: error.offset + error.length),
      indented: 2)
    turn.complain(page, status: 2)
    desk.status = 2
  }

  private mutating func note(smartPunctuationIn text: String, _ turn: Turn) {
    guard turn.status != 0, let first = SmartPunctuation.find(in: text).first else { return }
    desk.remarks.append(
      "the line has \(first.character) where a command wants \(first.plain): "
        + "word processors do that to pasted text")
  }

  private mutating func run(_ command: ShellCommand, _ turn: inout Turn) {
    let words = words(of: command, &turn)
    var input: String?
    if let heredoc = command.heredoc { input = expand(heredoc, &turn) }
    guard let files = files(of: command, &turn) else { return }
    let before = desk.variables
    // Each sees those in front of it; in front of a command they are for that command alone.
    for assignment in command.assignments {
      let value = expand(assignment.value, &turn)
      desk.variables.set(assignment.name, value, exporting: !words.isEmpty)
    }
    defer {
      if !words.isEmpty {
        for assignment in command.assignments {
          desk.variables.restore(assignment.name, from: before)
        }
      }
    }
    guard let name = words.first else { return }
    // Only of assignments alone is it the exit code that a $(…) in them had.
    turn.status = 0
    let mark = turn.outputs.count
    run(name, words, input, &turn)
    if let last = files.last { redirect(from: mark, to: last, &turn) }
    noteMissing(in: command, before, turn)
  }

  private mutating func run(
    _ name: String, _ words: [String], _ input: String?, _ turn: inout Turn
  ) {
    let mark = turn.outputs.count
    if name == "aws" {
      runAWS(Array(words.dropFirst()), &turn)
      for place in turn.outputs.indices.dropFirst(mark) { turn.outputs[place].isVerbatim = true }
      commandLog?.append(RanCommand(Array(words.dropFirst()), turn, from: mark))
    } else if let verb = Verb.named(name) {
      verb.run(&self, VerbCall(name: name, words: Array(words.dropFirst()), input: input), &turn)
      turn.layOut(from: mark, replies: !verb.givesText)
      // An answer of no is an answer: only a misuse is no use.
      if turn.status <= 1 { noteUse([verb.name] + words.dropFirst()) }
    } else if let (text, status) = ShellBuiltins.run(words) {
      turn.print(text)
      turn.status = status
    } else {
      unknown(words, &turn)
      turn.layOut(from: mark, replies: true)
    }
  }

  /// The words that a command's become.
  private mutating func words(of command: ShellCommand, _ turn: inout Turn) -> [String] {
    let first = command.words.first
    if Self.takesFiles(first), command.words.contains(where: Self.mayBePattern) {
      return command.words.flatMap { expandNames($0, &turn) }
    }
    if case .literal("export") = first?.parts.first, first?.parts.count == 1 {
      // What is assigned there is not split, as in front of a command.
      return command.words.flatMap {
        Self.isAssignment($0) ? [expand($0, &turn)] : expand([$0], &turn)
      }
    }
    return expand(command.words, &turn)
  }

  private static func isAssignment(_ word: ShellWord) -> Bool {
    guard case .literal(let text) = word.parts.first,
      let sign = text.utf8.firstIndex(of: UInt8(ascii: "="))
    else { return false }
    return ShellVariables.isName(String(text[..<sign]))
  }

  // MARK: Files

  private struct OutputFile {
    var name: String
    var appends: Bool
  }

  /// The files of `>`, which are there before the command is run; nothing when one has no name.
  private mutating func files(of command: ShellCommand, _ turn: inout Turn) -> [OutputFile]? {
    var files: [OutputFile] = []
    for output in command.outputs {
      let status = turn.status
      let words = expand([output.file], &turn)
      turn.status = status
      guard words.count == 1, let name = words.first, !name.isEmpty else {
        let problem = words.count > 1 ? "is \(words.count) words; quote it" : "is empty"
        turn.complain(
          "\(output.text): ambiguous redirect: what stands behind > \(problem), or write the file's name\n",
          status: 1)
        return nil
      }
      files.append(OutputFile(name: name, appends: output.appends))
      if name == "/dev/null" { continue }
      if !output.appends || !desk.files.has(name) { desk.files[name] = [] }
    }
    return files
  }

  /// A verb was used: `who-can`, `who-can kms:Decrypt` and so on count for the step.
  private mutating func noteUse(_ words: [String]) {
    guard desk.lesson != nil else { return }
    let place = desk.cloud.journal.count
    for count in 1...min(words.count, 6) {
      desk.lesson?.work.seen[words.prefix(count).joined(separator: " ")] = place
    }
  }

  /// Moves what was printed since a mark into a lab file.
  private mutating func redirect(from mark: Int, to file: OutputFile, _ turn: inout Turn) {
    let bytes = turn.outputs[mark...].filter { !$0.isError }.flatMap {
      $0.bytes ?? Array($0.text.utf8)
    }
    turn.outputs = turn.outputs[..<mark] + turn.outputs[mark...].filter(\.isError)
    if file.name == "/dev/null" { return }
    if file.appends {
      desk.files.append(bytes, to: file.name)
    } else {
      desk.files[file.name] = bytes
    }
  }

  private mutating func unknown(_ words: [String], _ turn: inout Turn) {
    let name = words[0]
    if let lessonRun = desk.lesson, Int(name) != nil,
      lessonRun.step.quizzes.indices.contains(where: { !lessonRun.work.answered.contains($0) })
    {
      return turn.complain("answer \(name)   answers the question of this step.\n", status: 127)
    }
    let near = NearNames.of(name, among: Verb.table.map(\.name) + ["aws"])
    var message = "There is no command \(JSON.quoted(name)) in this lab.\n"
    if !near.isEmpty { message += "Did you mean \(near.joined(separator: " or "))?\n" }
    if let advice = HostCommands.advice(for: name) {
      message = "\(name) is a command of your computer, and this is the lab: \(advice).\n"
    }
    if let slip = Self.assignmentSlip(words) { message = slip + "\n" }
    if name.hasPrefix("--") {
      message +=
        "An option stands on the line of its command, or behind a line that ends with \\.\n"
    }
    message += "help lists what there is; AWS commands begin with aws.\n"
    turn.complain(message, status: 127)
  }

  /// What is no assignment here, and was meant as one.
  private static func assignmentSlip(_ words: [String]) -> String? {
    let word = words[0]
    if word.hasPrefix("=") { return "A variable is set without $: NAME=VALUE." }
    if word.hasPrefix(":"), ShellVariables.isName(String(word.dropFirst())),
      words.dropFirst().first == "="
    {
      return "$env: is PowerShell's: export \(word.dropFirst())=VALUE."
    }
    if ShellVariables.isName(word), words.count > 1, words[1].hasPrefix("=") {
      return "No blanks stand around the = of a variable: \(word)=VALUE."
    }
    guard let plus = word.firstIndex(of: "+"), word[plus...].hasPrefix("+=") else { return nil }
    let (name, value) = (String(word[..<plus]), word[plus...].dropFirst(2))
    guard ShellVariables.isName(name) else { return nil }
    return "There is no += here. Name what the variable holds: \(name)=\"${\(name)}\(value)\""
  }

  // MARK: Filling in

  private mutating func expand(_ word: ShellWord, _ turn: inout Turn) -> String {
    let word = drawn(word)
    let (variables, status) = (desk.variables, desk.status)
    return ShellExpander.text(word, variables, status: status) { substitute($0, &turn) }
  }

  /// Commands whose words a shell fills in; a verb of the lab may want its star for itself.
  private static func takesFiles(_ word: ShellWord?) -> Bool {
    guard case .literal(let name) = word?.parts.first else { return false }
    return ["aws", "cat", "echo", "gunzip", "ls", "openssl", "printf", "rm", "zcat"].contains(name)
  }

  private static func mayBePattern(_ word: ShellWord) -> Bool {
    guard !word.isQuoted, word.parts.count == 1, case .literal(let text) = word.parts[0] else {
      return false
    }
    return text.utf8.contains { "*?[{~".utf8.contains($0) }
  }

  /// The words that one becomes: a pattern those of the lab's files that fit, as in a shell.
  private mutating func expandNames(_ word: ShellWord, _ turn: inout Turn) -> [String] {
    let words = expand([word], &turn)
    guard Self.mayBePattern(word), case .literal(let text) = word.parts.first else {
      return words
    }
    if text.utf8.contains(where: { "*?[".utf8.contains($0) }) {
      let names = desk.files.names.filter {
        !$0.hasPrefix(".") && NamePattern.matches(Array($0)[...], Array(text)[...])
      }
      if !names.isEmpty { return names }
    } else if text == "~" || text.hasPrefix("~/") {
      remark("the lab has no home folder for ~: ls lists its files, which have no folder in front")
    } else if let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}"),
      text[open..<close].contains(",") || text[open..<close].contains("..")
    {
      remark(
        "bash makes several words of \(text), which is one word here: put it between quotes, or "
          + "write the words out")
    }
    return words
  }

  private mutating func remark(_ text: String) {
    if !desk.remarks.contains(text) { desk.remarks.append(text) }
  }

  private mutating func expand(_ words: [ShellWord], _ turn: inout Turn) -> [String] {
    let words = words.contains(where: Self.hasVariable) ? words.map { drawn($0) } : words
    let (variables, status) = (desk.variables, desk.status)
    return ShellExpander.words(words, variables, status: status) { substitute($0, &turn) }
  }

  private static func hasVariable(_ word: ShellWord) -> Bool {
    word.parts.contains { if case .variable = $0 { true } else { false } }
  }

  /// A word with the numbers that a shell makes up itself: `$RANDOM`, another each time, and `$$`. They
  /// come from the seed, so that a transcript has them again.
  private mutating func drawn(_ word: ShellWord) -> ShellWord {
    guard Self.hasVariable(word) else { return word }
    var word = word
    for (place, part) in word.parts.enumerated() {
      guard case .variable(let name, let fallback, let isQuoted) = part else { continue }
      if name == "$" || (name == "RANDOM" && desk.variables[name] == nil) {
        word.parts[place] = .literal(String(drawn(isProcess: name == "$")))
      } else if let fallback {
        word.parts[place] = .variable(name, fallback: drawn(fallback), isQuoted: isQuoted)
      }
    }
    return word
  }

  /// 0 to 32,767, as bash has it, or the number of a process.
  private mutating func drawn(isProcess: Bool) -> UInt64 {
    var print = Fingerprint()
    print.fold(seed)
    if isProcess { return 2 + print.value % 32_766 }
    print.fold(desk.draws)
    desk.draws += 1
    return print.value % 32_768
  }

  /// Variables of the computer that every shell has, and the lab has not.
  private static let hostVariables: Set<String> = [
    "HOME", "HOSTNAME", "LOGNAME", "OLDPWD", "PATH", "PWD", "SHELL", "TMPDIR", "UID", "USER",
  ]

  /// Says which variables were filled in as nothing: of a command that failed, and those that a learner
  /// takes for granted.
  private mutating func noteMissing(
    in command: ShellCommand, _ variables: ShellVariables, _ turn: Turn
  ) {
    var filled = command.words + command.assignments.map(\.value) + command.outputs.map(\.file)
    if let heredoc = command.heredoc { filled.append(heredoc) }
    guard filled.contains(where: Self.hasVariable) else { return }
    var told: Set<String> = []
    for case .variable(let name, fallback: nil, _) in filled.flatMap(\.parts) where told.count < 8 {
      guard (variables[name] ?? "").isEmpty, !["?", "$", "RANDOM"].contains(name),
        !command.assignments.contains(where: { $0.name == name }), told.insert(name).inserted
      else { continue }
      if variables[name] == nil, Self.hostVariables.contains(name) {
        remark(
          "\(name) is a variable of your computer; the lab has none of that name, so it is empty")
        continue
      }
      guard turn.status != 0, turn.status != 127 else { continue }
      if variables[name] != nil {
        remark("the variable \(name) is empty")
        continue
      }
      remark("the variable \(name) is not set, so it is empty")
      if let near = NearNames.of(name, among: desk.variables.all.map(\.name)).first {
        remark("\(name) is nearly \(near), which is set: did you mean that?")
      }
    }
  }

  /// Runs the commands of a `$(…)`. What goes wrong there is shown, and the line goes on as a shell's
  /// would; what they set is forgotten behind them.
  private mutating func substitute(_ commands: ShellSubstitution, _ turn: inout Turn)
    -> (text: String, status: Int32)
  {
    let variables = desk.variables
    var inner = Turn()
    run(commands.items, &inner)
    desk.variables = variables
    desk.status = inner.status
    turn.outputs += inner.outputs.filter(\.isError)
    turn.page.add(inner.page)
    turn.status = inner.status
    turn.effects += inner.effects.filter { $0 != .leave }
    return (inner.reply, inner.status)
  }
}
