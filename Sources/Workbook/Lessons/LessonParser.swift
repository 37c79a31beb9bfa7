import Cloud
import Values

/// Reads a lesson's Markdown.
package struct LessonParser {
  private let file: String
  private let lines: [String]
  private var place = 0
  private var lesson = Lesson()
  private var step: Lesson.Step?
  /// The `<details>` that is open: its summary and its lines.
  private var details: (summary: String, lines: [String], line: Int, holdsSolution: Bool)?

  package static func parse(_ text: String, file: String, fingerprint: String)
    throws(LessonError) -> Lesson
  {
    var parser = LessonParser(text, file: file)
    parser.lesson.fingerprint = fingerprint
    return try parser.parse()
  }

  private init(_ text: String, file: String) {
    self.file = file
    lines = TextLines.split(text)
  }

  /// A fault of a line, counted from 0; `part` is what the caret marks.
  private func failure(_ problem: String, at line: Int? = nil, part: String? = nil) -> LessonError {
    let index = line ?? place
    let source = lines.indices.contains(index) ? lines[index] : ""
    return LessonError(
      file: file, line: index + 1, problem: problem,
      excerpt: LessonExcerpt.lines(source, marking: part))
  }

  private mutating func parse() throws(LessonError) -> Lesson {
    try parseHeader()
    while place < lines.count { try parseLine() }
    if let open = details {
      throw failure("<details> is not closed with </details>", at: open.line)
    }
    finishStep()
    guard !lesson.steps.isEmpty else {
      throw failure("the lesson has no step: <!-- step: NAME --> begins one")
    }
    var seen: Set<String> = []
    for step in lesson.steps where !seen.insert(step.id).inserted {
      throw failure("two steps are called \(step.id)", at: step.line - 1, part: step.id)
    }
    guard lesson.steps.contains(where: { !$0.isDetour }) else {
      throw failure("all steps are detours: one at least must be on the way", at: 0)
    }
    return lesson
  }

  // MARK: Header

  private mutating func parseHeader() throws(LessonError) {
    guard lines.first == "---" else {
      throw failure("a lesson begins with a header between two lines of three dashes", at: 0)
    }
    place = 1
    var seen: Set<String> = []
    while place < lines.count, lines[place] != "---" {
      let line = lines[place]
      if line.isEmpty {
        place += 1
        continue
      }
      guard let colon = line.firstIndex(of: ":") else {
        throw failure("a header line is key: value, not \(JSON.quoted(line))", part: line)
      }
      let key = String(line[..<colon])
      let value = Self.trimmed(line[line.index(after: colon)...])
      if !seen.insert(key).inserted {
        throw failure("\(key) stands twice in the header", part: key)
      }
      try setHeader(key, value)
      place += 1
    }
    guard place < lines.count else {
      throw failure(
        "the header is not closed: a second line of three dashes is missing", at: lines.count - 1)
    }
    for key in ["keyhole-lesson", "id", "title", "minutes"] where !seen.contains(key) {
      throw failure("the header lacks \(key)")
    }
    place += 1
  }

  private mutating func setHeader(_ key: String, _ value: String) throws(LessonError) {
    switch key {
    case "keyhole-lesson":
      guard value == "1" else {
        throw failure("this program reads keyhole-lesson: 1", part: value)
      }
    case "id":
      let isName = value.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
      guard isName, !value.isEmpty else {
        throw failure(
          "an id has small letters, digits and dashes, not \(JSON.quoted(value))", part: value)
      }
      lesson.id = value
    case "title": lesson.title = value
    case "minutes":
      guard let minutes = Int(value), (1...600).contains(minutes) else {
        throw failure(
          "minutes is a whole number from 1 to 600, not \(JSON.quoted(value))", part: value)
      }
      lesson.minutes = minutes
    case "teaches": lesson.teaches = Self.list(value)
    case "needs": lesson.needs = Self.list(value)
    case "names":
      for pair in Self.list(value) {
        let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
          throw failure("names are name=value, not \(JSON.quoted(pair))", part: pair)
        }
        lesson.names.append((parts[0], parts[1]))
      }
    case "clock":
      guard let instant = Instant(parsing: value) else {
        throw failure(
          "clock is a time like 2026-01-05T09:00:00Z, not \(JSON.quoted(value))", part: value)
      }
      lesson.clock = instant
    case "model":
      guard let model = Model(rawValue: value) else {
        throw failure(
          "model is described or documented, not \(JSON.quoted(value))", part: value)
      }
      lesson.model = model
    default:
      let known = [
        "keyhole-lesson", "id", "title", "minutes", "teaches", "needs", "names", "clock", "model",
      ]
      let near = NearNames.of(key, among: known)
      let hint = near.isEmpty ? "" : "; did you mean \(near[0])?"
      throw failure("the header has no key \(JSON.quoted(key))\(hint)", part: key)
    }
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }

  private static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
  }

  /// `{stream}` and the like, filled in.
  private func filled(_ text: String) -> String {
    var text = text
    for (name, value) in lesson.names { text = text.replacing("{\(name)}", with: value) }
    return text
  }

  // MARK: Body

  private mutating func parseLine() throws(LessonError) {
    let line = lines[place]
    let bare = Self.trimmed(line)
    if bare.hasPrefix("<!--") { return try parseComment() }
    if bare.hasPrefix("```") { return try parseFence(bare) }
    if bare.hasPrefix("<details>") {
      guard let start = bare.firstRange(of: "<summary>"),
        let end = bare.firstRange(of: "</summary>")
      else { throw failure("<details> wants its <summary> on the same line") }
      if let open = details {
        throw failure("the <details> before it is not closed with </details>", at: open.line)
      }
      details = (filled(String(bare[start.upperBound..<end.lowerBound])), [], place, false)
      place += 1
      return
    }
    if bare == "</details>" {
      try closeDetails()
      place += 1
      return
    }
    place += 1
    let text = filled(line)
    if details != nil {
      details?.lines.append(text)
    } else if step == nil {
      if !text.hasPrefix("# ") { lesson.intro.append(text) }
    } else if text.hasPrefix("## ") {
      step?.title = String(text.dropFirst(3))
    } else {
      step?.prose.append(.text(text))
    }
  }

  private mutating func closeDetails() throws(LessonError) {
    guard let open = details else { throw failure("</details> without <details>") }
    details = nil
    guard step != nil else { throw failure("<details> stands before the first step") }
    guard open.summary.hasPrefix("Hint") else {
      // What holds a solution may be called as one likes; all else would be read by nobody.
      if open.holdsSolution { return }
      throw failure(
        "a <details> holds a solution, or its summary begins with Hint, not with "
          + JSON.quoted(open.summary), at: open.line, part: open.summary)
    }
    var hint = Lesson.Hint(
      title: open.summary, text: Self.withoutBlankEnds(open.lines), line: open.line + 1)
    if let mark = open.summary.firstRange(of: " · if ") {
      hint.title = String(open.summary[..<mark.lowerBound])
      hint.predicate = try predicate(String(open.summary[mark.upperBound...]), open.line)
    }
    step?.hints.append(hint)
  }

  private static func withoutBlankEnds(_ lines: [String]) -> [String] {
    var rest = lines[...]
    while rest.first?.isEmpty == true { rest.removeFirst() }
    while rest.last?.isEmpty == true { rest.removeLast() }
    return Array(rest)
  }

  private mutating func finishStep() {
    guard var done = step else { return }
    while case .text("")? = done.prose.last { done.prose.removeLast() }
    while case .text("")? = done.prose.first { done.prose.removeFirst() }
    lesson.steps.append(done)
    step = nil
  }

  // MARK: Comments

  /// The text of a comment that begins on this line, without its marks.
  private mutating func comment() throws(LessonError) -> (text: [String], line: Int) {
    let start = place
    var text: [String] = []
    while place < lines.count {
      var line = lines[place]
      place += 1
      if place - 1 == start, let mark = line.firstRange(of: "<!--") {
        line = String(line[mark.upperBound...])
      }
      if let end = line.firstRange(of: "-->") {
        text.append(String(line[..<end.lowerBound]))
        return (text, start)
      }
      text.append(line)
    }
    throw failure("the comment is not closed with -->", at: start)
  }

  private mutating func parseComment() throws(LessonError) {
    let (text, line) = try comment()
    let head = Self.trimmed(text[0])
    let body = Self.withoutBlankEnds(text.dropFirst().map { filled(Self.trimmed($0)) })
    guard let colon = head.firstIndex(of: ":") else { return }
    let kind = String(head[..<colon])
    let rest = filled(Self.trimmed(head[head.index(after: colon)...]))
    let parts = rest.split(separator: "·").map { Self.trimmed($0) }
    switch kind {
    case "step":
      finishStep()
      step = try newStep(parts, line)
    case "feedback":
      guard let name = parts.first, !body.isEmpty else {
        throw failure("feedback is <!-- feedback: NAME, and its text on the lines below", at: line)
      }
      let feedback = Lesson.Feedback(
        name: name, text: body.joined(separator: "\n"), detour: Self.field("detour", parts),
        line: line + 1)
      try inStep(line) { $0.feedback.append(feedback) }
    case "hint-when":
      guard let condition = parts.first, !body.isEmpty else {
        throw failure(
          "a hint by itself is <!-- hint-when: PREDICATE, and its text on the lines below", at: line
        )
      }
      let hint = Lesson.StateHint(
        predicate: try predicate(condition, line), text: body.joined(separator: "\n"),
        detour: Self.field("detour", parts), line: line + 1)
      try inStep(line) { $0.hintWhen.append(hint) }
    case "wrong":
      guard let id = parts.first, let expects = Self.field("expects", parts) else {
        throw failure("a wrong attempt is <!-- wrong: NAME · expects: FEEDBACK", at: line)
      }
      let lines = text.dropFirst().map { filled($0) }
      try addWrong(id, expects: expects, try commands(lines, below: line), line)
    case "glossary":
      guard let term = parts.first, !body.isEmpty else {
        throw failure(
          "a word is <!-- glossary: WORD, and what it means on the lines below", at: line)
      }
      lesson.glossary.append(GlossaryEntry(term: term, text: body.joined(separator: " ")))
    default:
      let known = ["step", "feedback", "hint-when", "wrong", "glossary"]
      // A remark of the author may have a colon; what is nearly one of these words may not.
      if let near = NearNames.of(kind, among: known).first {
        throw failure(
          "there is no comment \(JSON.quoted(kind)); did you mean \(near)?", at: line, part: kind)
      }
    }
  }

  /// `NAME · teaches: WORDS · needs: WORDS · golf: N · detour`
  private func newStep(_ parts: [String], _ line: Int) throws(LessonError) -> Lesson.Step {
    guard let id = parts.first, !id.isEmpty else {
      throw failure("a step wants a name: <!-- step: NAME -->", at: line)
    }
    guard !id.contains(" ") else {
      throw failure("a step's name is one word, not \(JSON.quoted(id))", at: line, part: id)
    }
    var step = Lesson.Step(id: id, line: line + 1)
    for part in parts.dropFirst() {
      let key = String(part.prefix { $0 != ":" })
      let value = Self.trimmed(part.dropFirst(key.count + 1))
      switch key {
      case "teaches": step.teaches = Self.list(value)
      case "needs": step.needs = Self.list(value)
      case "detour": step.isDetour = true
      case "golf":
        guard let golf = Int(value), golf > 0 else {
          throw failure(
            "golf is a number of calls, not \(JSON.quoted(value))", at: line, part: value)
        }
        step.golf = golf
      default:
        let near = NearNames.of(key, among: ["teaches", "needs", "detour", "golf"])
        throw failure(
          "a step has teaches, needs, golf and detour, not \(JSON.quoted(key))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"), at: line, part: key)
      }
    }
    return step
  }

  private mutating func addWrong(
    _ id: String, expects: String, _ commands: [Lesson.Command], _ line: Int
  ) throws(LessonError) {
    guard !commands.isEmpty else {
      throw failure("the wrong attempt \(id) has no command", at: line, part: id)
    }
    let wrong = Lesson.Wrong(id: id, expects: expects, commands: commands, line: line + 1)
    try inStep(line) { $0.wrongs.append(wrong) }
  }

  private static func field(_ name: String, _ parts: [String]) -> String? {
    parts.first { $0.hasPrefix("\(name):") }.map { trimmed($0.dropFirst(name.count + 1)) }
  }

  private mutating func inStep(_ line: Int, _ change: (inout Lesson.Step) -> Void)
    throws(LessonError)
  {
    guard var open = step else { throw failure("this stands before the first step", at: line) }
    change(&open)
    step = open
  }

  private func predicate(_ text: String, _ line: Int) throws(LessonError) -> Predicate {
    do {
      return try Predicate(parsing: text)
    } catch {
      throw failure(error.problem, at: line, part: error.word)
    }
  }

  // MARK: Fences

  private mutating func parseFence(_ opening: String) throws(LessonError) {
    let start = place
    let fence = opening.prefix { $0 == "`" }
    var body: [String] = []
    place += 1
    while place < lines.count, Self.trimmed(lines[place]) != fence {
      body.append(filled(lines[place]))
      place += 1
    }
    guard place < lines.count else {
      throw failure("the block is not closed with \(fence)", at: start)
    }
    place += 1
    let info = opening.dropFirst(fence.count).split(separator: " ").map(String.init)
    if info.first == "keyhole" {
      guard info.count > 1 else {
        throw failure("a block of the program says what it is: ```keyhole check", at: start)
      }
      try add(info, body, start)
    } else if info.count == 2 {
      if lesson.files.contains(where: { $0.name == info[1] }) {
        throw failure("two files are called \(info[1])", at: start, part: info[1])
      }
      lesson.files.append((info[1], body.map { $0 + "\n" }.joined()))
    } else if details != nil {
      details?.lines += body.map { "    " + $0 }
    } else if step == nil {
      lesson.intro += body.map { "    " + $0 }
    } else {
      step?.prose += body.map { .text("    " + $0) }
    }
  }

  private mutating func add(_ info: [String], _ body: [String], _ line: Int) throws(LessonError) {
    let kind = info[1]
    switch kind {
    case "setup": lesson.setup += try commands(body, below: line)
    case "show":
      let commands = try commands(body, below: line)
      try inStep(line) { $0.prose += commands.map { .show($0.text) } }
    case "try":
      let commands = try commands(body, below: line)
      try inStep(line) { $0.prose += commands.map { .attempt($0.text) } }
    case "predict":
      let commands = try commands(body, below: line)
      try inStep(line) { $0.prose += commands.map { .predict($0.text) } }
    case "solution":
      let commands = try commands(body, below: line)
      guard !commands.isEmpty else { throw failure("the solution is empty", at: line) }
      details?.holdsSolution = true
      try inStep(line) { $0.solutions.append(commands) }
    case "wrong":
      guard info.count == 5, info[3] == "expects" else {
        throw failure("a wrong attempt is ```keyhole wrong NAME expects FEEDBACK", at: line)
      }
      try addWrong(info[2], expects: info[4], try commands(body, below: line), line)
    case "check":
      for (offset, text) in body.enumerated() where !Self.trimmed(text).isEmpty {
        let check = try checkLine(Self.trimmed(text), line + 1 + offset)
        try inStep(line) { $0.checks.append(check) }
      }
    case "quiz":
      let quiz = try quiz(body, line)
      try inStep(line) { $0.quizzes.append(quiz) }
    case "branch":
      for (offset, text) in body.enumerated() where !Self.trimmed(text).isEmpty {
        let branch = try branch(Self.trimmed(text), line + 1 + offset)
        try inStep(line) { $0.branches.append(branch) }
      }
    case "summary": lesson.summary += body
    default:
      let known = [
        "setup", "show", "try", "predict", "check", "solution", "wrong", "quiz", "branch",
        "summary",
      ]
      let near = NearNames.of(kind, among: known)
      let hint = near.isEmpty ? "" : "; did you mean \(near[0])?"
      throw failure("there is no block keyhole \(kind)\(hint)", at: line, part: kind)
    }
  }

  /// `go STEP if PREDICATE`, or `go STEP`
  private func branch(_ text: String, _ line: Int) throws(LessonError) -> Lesson.Branch {
    let words = text.split(separator: " ", maxSplits: 3).map(String.init)
    guard words.first == "go", words.count == 2 || (words.count == 4 && words[2] == "if") else {
      throw failure("a branch is go STEP if PREDICATE, or go STEP", at: line, part: text)
    }
    let condition: Predicate? = words.count == 4 ? try predicate(words[3], line) : nil
    return Lesson.Branch(target: words[1], predicate: condition, line: line + 1)
  }

  private func checkLine(_ text: String, _ line: Int) throws(LessonError) -> Lesson.CheckLine {
    guard text.hasPrefix("off-path "), let colon = text.firstIndex(of: ":") else {
      return Lesson.CheckLine(predicate: try predicate(text, line), offPath: nil, line: line + 1)
    }
    let name = Self.trimmed(text[..<colon].dropFirst("off-path ".count))
    let rest = Self.trimmed(text[text.index(after: colon)...])
    return Lesson.CheckLine(predicate: try predicate(rest, line), offPath: name, line: line + 1)
  }

  /// `question`, then `- [x] choice: reason` and `- [ ] choice: reason`.
  private func quiz(_ body: [String], _ line: Int) throws(LessonError) -> Lesson.Quiz {
    var quiz = Lesson.Quiz(question: "", choices: [], line: line + 1)
    for (offset, text) in body.enumerated() {
      let bare = Self.trimmed(text)
      if bare.hasPrefix("- [") {
        let isRight = bare.hasPrefix("- [x]")
        guard isRight || bare.hasPrefix("- [ ]") else {
          throw failure(
            "a choice begins with - [ ], the right one with - [x]", at: line + 1 + offset,
            part: String(bare.prefix(5)))
        }
        let rest = bare.dropFirst(5)
        let colons = Self.reasons(in: rest)
        guard let colon = colons.first else {
          throw failure(
            "every choice of a quiz has its reason behind a colon", at: line + 1 + offset,
            part: Self.trimmed(rest))
        }
        guard colons.count == 1 else {
          throw failure(
            "the choice could end at more than one colon: let the reason alone begin like a sentence",
            at: line + 1 + offset, part: Self.trimmed(rest))
        }
        let choice = Self.trimmed(rest[..<colon.lowerBound])
        if quiz.choices.contains(where: { $0.text == choice }) {
          throw failure("two choices are the same", at: line + 1 + offset, part: choice)
        }
        quiz.choices.append(
          .init(
            text: choice, reason: Self.trimmed(rest[colon.upperBound...]), isRight: isRight))
      } else if !bare.isEmpty {
        quiz.question += (quiz.question.isEmpty ? "" : " ") + bare
      }
    }
    guard !quiz.question.isEmpty else { throw failure("the quiz asks nothing", at: line) }
    guard quiz.choices.count > 1 else {
      throw failure("a quiz has two choices at least", at: line)
    }
    guard quiz.choices.count(where: \.isRight) == 1 else {
      throw failure("a quiz has one right choice, marked [x]", at: line)
    }
    return quiz
  }

  /// The colons behind which a choice's reason can begin: those that a sentence follows, or a single
  /// one. One inside a word, as in kms:Decrypt, or inside of code ends no choice.
  private static func reasons(in text: Substring) -> [Range<String.Index>] {
    let colons = text.ranges(of: ": ").filter { colon in
      !trimmed(text[..<colon.lowerBound]).isEmpty && !trimmed(text[colon.upperBound...]).isEmpty
        && text[..<colon.lowerBound].count { $0 == "`" }.isMultiple(of: 2)
    }
    let sentences = colons.filter { colon in
      text[colon.upperBound...].first { $0 != " " }.map {
        $0.isUppercase || $0.isNumber || $0 == "`"
      } ?? false
    }
    return sentences.isEmpty ? colons : sentences
  }

  /// Lines put together to whole commands; `line` is the one above the first of them, from 0.
  private func commands(_ body: [String], below line: Int) throws(LessonError) -> [Lesson.Command] {
    var commands: [Lesson.Command] = []
    for (text, place) in LineGrouping.numbered(body) {
      if let verb = Self.door(in: text) {
        throw failure(
          "a lesson cannot use \(verb): the learner's disk is not its own", at: line + 1 + place,
          part: verb)
      }
      commands.append(Lesson.Command(text: text, line: line + 2 + place))
    }
    return commands
  }

  /// A verb at the begin of a command that would reach for the learner's disk.
  private static func door(in text: String) -> String? {
    let doors = ["import", "export-file"]
    var isBegin = true
    var word = ""
    for character in text + "\n" {
      switch character {
      case ";", "&", "|", "(", "\n", " ", "\t", ")", "`":
        if isBegin, doors.contains(word) { return word }
        if !word.isEmpty { isBegin = false }
        if character != " ", character != "\t" { isBegin = true }
        word = ""
      default: word.append(character)
      }
    }
    return nil
  }
}

/// A line of a lesson, with a caret under what is wrong in it.
enum LessonExcerpt {
  static func lines(_ source: String, marking part: String?) -> [String] {
    guard !source.isEmpty else { return [] }
    // Where no word of it is wrong alone, the whole line is.
    let whole = LessonParser.trimmed(source[...])
    let part = part.flatMap { $0.isEmpty || !source.contains($0) ? nil : $0 } ?? whole
    guard !part.isEmpty, let found = source.firstRange(of: part) else { return [source] }
    let blanks = source[..<found.lowerBound].map { $0 == "\t" ? "\t" : " " }.joined()
    return [source, blanks + String(repeating: "^", count: source[found].count)]
  }
}
