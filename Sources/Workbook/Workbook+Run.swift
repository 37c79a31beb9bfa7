import Cloud
import Commands
import Narration
import Values

/// A stop in the middle of a line, which has already been reported.
struct Stopped: Error {}

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
    for item in items {
      switch item.joint {
      case .always: break
      case .onSuccess: if desk.status != 0 { continue }
      case .onFailure: if desk.status == 0 { continue }
      }
      turn.status = 0
      do throws(Stopped) {
        try run(item.command, &turn)
      } catch {
        return
      }
      desk.status = turn.status
    }
    note(smartPunctuationIn: text, turn)
    let backquotes = ShellParser.backquotes(in: text)
    if backquotes.quotes { remark(Self.backquoteRemark) }
    if backquotes.heredoc { remark(Self.heredocRemark) }
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

  private mutating func run(_ command: ShellCommand, _ turn: inout Turn) throws(Stopped) {
    let before = desk.variables
    var assigned: [(name: String, value: String)] = []
    for assignment in command.assignments {
      assigned.append((assignment.name, try expand(assignment.value, &turn)))
      if command.words.isEmpty {
        desk.variables.set(assigned.last?.name ?? "", assigned.last?.value ?? "")
      }
    }
    var words: [String] = []
    if Self.takesFiles(command.words.first), command.words.contains(where: Self.mayBePattern) {
      for word in command.words { words += try expandNames(word, &turn) }
    } else {
      words = try expand(command.words, &turn)
    }
    guard let name = words.first else { return }
    // In front of a command an assignment is for that command alone.
    for (name, value) in assigned { desk.variables.set(name, value, exporting: true) }
    defer { if !assigned.isEmpty { desk.variables = before } }
    var input: String?
    if let heredoc = command.heredoc { input = try expand(heredoc, &turn) }
    // Only of assignments alone is it the exit code that a $(…) in them had.
    turn.status = 0
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
      unknown(name, &turn)
      turn.layOut(from: mark, replies: true)
    }
    if let output = command.output {
      let status = turn.status
      let file = try expand(output.file, &turn)
      turn.status = status
      redirect(from: mark, to: file, appending: output.appends, &turn)
    }
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
  private mutating func redirect(
    from mark: Int, to file: String, appending: Bool, _ turn: inout Turn
  ) {
    let bytes = turn.outputs[mark...].filter { !$0.isError }.flatMap {
      $0.bytes ?? Array($0.text.utf8)
    }
    turn.outputs = turn.outputs[..<mark] + turn.outputs[mark...].filter(\.isError)
    if file == "/dev/null" { return }
    if appending {
      desk.files.append(bytes, to: file)
    } else {
      desk.files[file] = bytes
    }
  }

  private mutating func unknown(_ name: String, _ turn: inout Turn) {
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
    if let appended = Self.appended(name) { message = appended }
    if name.hasPrefix("=") { message = "A variable is set without $: NAME=VALUE.\n" }
    if name.hasPrefix("--") {
      message +=
        "An option stands on the line of its command, or behind a line that ends with \\.\n"
    }
    message += "help lists what there is; AWS commands begin with aws.\n"
    turn.complain(message, status: 127)
  }

  /// `NAME+=VALUE` of bash, in the lab's own way.
  private static func appended(_ word: String) -> String? {
    guard let plus = word.firstIndex(of: "+"), word[plus...].hasPrefix("+=") else { return nil }
    let (name, value) = (String(word[..<plus]), word[plus...].dropFirst(2))
    guard ShellVariables.isName(name) else { return nil }
    return "There is no += here. Name what the variable holds: \(name)=\"${\(name)}\(value)\"\n"
  }

  // MARK: Filling in

  private mutating func expand(_ word: ShellWord, _ turn: inout Turn) throws(Stopped) -> String {
    let (variables, status) = (desk.variables, desk.status)
    return try ShellExpander.text(word, variables, status: status) {
      (text: String) throws(Stopped) in
      try substitute(text, &turn)
    }
  }

  /// Commands whose words a shell fills in; a verb of the lab may want its star for itself.
  private static func takesFiles(_ word: ShellWord?) -> Bool {
    guard case .literal(let name) = word?.parts.first else { return false }
    return ["aws", "cat", "echo", "gunzip", "ls", "openssl", "rm", "zcat"].contains(name)
  }

  private static func mayBePattern(_ word: ShellWord) -> Bool {
    guard !word.isQuoted, word.parts.count == 1, case .literal(let text) = word.parts[0] else {
      return false
    }
    return text.utf8.contains { "*?[{~".utf8.contains($0) }
  }

  /// The words that one becomes: a pattern those of the lab's files that fit, as in a shell.
  private mutating func expandNames(_ word: ShellWord, _ turn: inout Turn) throws(Stopped)
    -> [String]
  {
    let words = try expand([word], &turn)
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

  private mutating func expand(_ words: [ShellWord], _ turn: inout Turn) throws(Stopped)
    -> [String]
  {
    let (variables, status) = (desk.variables, desk.status)
    return try ShellExpander.words(words, variables, status: status) {
      (text: String) throws(Stopped) in
      try substitute(text, &turn)
    }
  }

  /// Runs the text of a `$(…)`. What goes wrong there is shown, and the line goes on as a shell's
  /// would.
  private mutating func substitute(_ text: String, _ turn: inout Turn) throws(Stopped) -> String {
    do throws(ShellError) {
      _ = try ShellParser.parse(text)
    } catch {
      // A line of which a part cannot be read is not begun.
      report(error, in: text, &turn)
      throw Stopped()
    }
    var inner = Turn()
    run(text, &inner)
    turn.outputs += inner.outputs.filter(\.isError)
    turn.page.add(inner.page)
    turn.status = inner.status
    turn.effects += inner.effects
    return inner.reply
  }
}
