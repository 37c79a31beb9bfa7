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
  private var details: (summary: String, lines: [String])?

  package static func parse(_ text: String, file: String, fingerprint: String)
    throws(LessonError) -> Lesson
  {
    var parser = LessonParser(text, file: file)
    parser.lesson.fingerprint = fingerprint
    return try parser.parse()
  }

  private init(_ text: String, file: String) {
    self.file = file
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.last == "\r" ? String($0.dropLast()) : String($0)
    }
  }

  private func failure(_ problem: String, at line: Int? = nil) -> LessonError {
    LessonError(file: file, line: (line ?? place) + 1, problem: problem)
  }

  private mutating func parse() throws(LessonError) -> Lesson {
    try parseHeader()
    while place < lines.count { try parseLine() }
    if details != nil { throw failure("<details> is not closed with </details>") }
    finishStep()
    guard !lesson.steps.isEmpty else {
      throw failure("the lesson has no step: <!-- step: NAME --> begins one")
    }
    var seen: Set<String> = []
    for step in lesson.steps where !seen.insert(step.id).inserted {
      throw failure("two steps are called \(step.id)", at: step.line)
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
        throw failure("a header line is key: value, not \(JSON.quoted(line))")
      }
      let key = String(line[..<colon])
      let value = Self.trimmed(line[line.index(after: colon)...])
      if !seen.insert(key).inserted { throw failure("\(key) stands twice in the header") }
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
      guard value == "1" else { throw failure("this program reads keyhole-lesson: 1") }
    case "id":
      let isName = value.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
      guard isName, !value.isEmpty else {
        throw failure("an id has small letters, digits and dashes, not \(JSON.quoted(value))")
      }
      lesson.id = value
    case "title": lesson.title = value
    case "minutes":
      guard let minutes = Int(value), minutes > 0 else {
        throw failure("minutes is a whole number, not \(JSON.quoted(value))")
      }
      lesson.minutes = minutes
    case "teaches": lesson.teaches = Self.list(value)
    case "needs": lesson.needs = Self.list(value)
    case "names":
      for pair in Self.list(value) {
        let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
          throw failure("names are name=value, not \(JSON.quoted(pair))")
        }
        lesson.names.append((parts[0], parts[1]))
      }
    case "clock":
      guard let instant = Instant(parsing: value) else {
        throw failure("clock is a time like 2026-01-05T09:00:00Z, not \(JSON.quoted(value))")
      }
      lesson.clock = instant
    case "model":
      guard let model = Model(rawValue: value) else {
        throw failure("model is described or documented, not \(JSON.quoted(value))")
      }
      lesson.model = model
    default:
      let known = [
        "keyhole-lesson", "id", "title", "minutes", "teaches", "needs", "names", "clock", "model",
      ]
      let near = NearNames.of(key, among: known)
      let hint = near.isEmpty ? "" : "; did you mean \(near[0])?"
      throw failure("the header has no key \(JSON.quoted(key))\(hint)")
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
      details = (filled(String(bare[start.upperBound..<end.lowerBound])), [])
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
    if open.summary.hasPrefix("Hint") {
      step?.hints.append(
        Lesson.Hint(title: open.summary, text: Self.withoutBlankEnds(open.lines)))
    }
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
      guard let id = parts.first, !id.isEmpty else {
        throw failure("a step wants a name", at: line)
      }
      step = Lesson.Step(id: id, line: line)
      step?.teaches = Self.list(Self.field("teaches", parts) ?? "")
    case "feedback": try inStep(line) { $0.feedback.append((rest, body.joined(separator: "\n"))) }
    case "hint-when":
      let predicate = try predicate(rest, line)
      try inStep(line) { $0.hintWhen.append((predicate, body.joined(separator: "\n"))) }
    case "wrong":
      guard let id = parts.first, let expects = Self.field("expects", parts) else {
        throw failure("a wrong attempt is <!-- wrong: NAME · expects: FEEDBACK", at: line)
      }
      let lines = Self.commands(Array(text.dropFirst()).map { filled($0) })
      try inStep(line) { $0.wrongs.append(.init(id: id, expects: expects, lines: lines)) }
    default: break
    }
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
      throw failure(error.problem, at: line)
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
    if info.first == "keyhole", info.count > 1 {
      try add(info[1], body, start)
    } else if info.count == 2 {
      lesson.files.append((info[1], body.map { $0 + "\n" }.joined()))
    } else if details != nil {
      details?.lines += body.map { "    " + $0 }
    } else if step == nil {
      lesson.intro += body.map { "    " + $0 }
    } else {
      step?.prose += body.map { .text("    " + $0) }
    }
  }

  private mutating func add(_ kind: String, _ body: [String], _ line: Int) throws(LessonError) {
    let commands = Self.commands(body)
    switch kind {
    case "setup": lesson.setup += commands
    case "show": try inStep(line) { $0.prose += commands.map { .show($0) } }
    case "try": try inStep(line) { $0.prose += commands.map { .attempt($0) } }
    case "predict": try inStep(line) { $0.prose += commands.map { .predict($0) } }
    case "solution": try inStep(line) { $0.solutions.append(commands) }
    case "check":
      for (offset, text) in body.enumerated() where !Self.trimmed(text).isEmpty {
        let check = try checkLine(Self.trimmed(text), line + 1 + offset)
        try inStep(line) { $0.checks.append(check) }
      }
    case "quiz":
      let quiz = try quiz(body, line)
      try inStep(line) { $0.quizzes.append(quiz) }
    default:
      let known = ["setup", "show", "try", "predict", "check", "solution", "quiz"]
      let near = NearNames.of(kind, among: known)
      let hint = near.isEmpty ? "" : "; did you mean \(near[0])?"
      throw failure("there is no block keyhole \(kind)\(hint)", at: line)
    }
  }

  private func checkLine(_ text: String, _ line: Int) throws(LessonError) -> Lesson.CheckLine {
    guard text.hasPrefix("off-path "), let colon = text.firstIndex(of: ":") else {
      return Lesson.CheckLine(predicate: try predicate(text, line), offPath: nil)
    }
    let name = Self.trimmed(text[..<colon].dropFirst("off-path ".count))
    let rest = Self.trimmed(text[text.index(after: colon)...])
    return Lesson.CheckLine(predicate: try predicate(rest, line), offPath: name)
  }

  /// `question`, then `- [x] choice: reason` and `- [ ] choice: reason`.
  private func quiz(_ body: [String], _ line: Int) throws(LessonError) -> Lesson.Quiz {
    var quiz = Lesson.Quiz(question: "", choices: [])
    for (offset, text) in body.enumerated() {
      let bare = Self.trimmed(text)
      if bare.hasPrefix("- [") {
        let isRight = bare.hasPrefix("- [x]")
        let rest = bare.dropFirst(5)
        guard let colon = rest.firstIndex(of: ":") else {
          throw failure(
            "every choice of a quiz has its reason behind a colon", at: line + 1 + offset)
        }
        quiz.choices.append(
          .init(
            text: Self.trimmed(rest[..<colon]),
            reason: Self.trimmed(rest[rest.index(after: colon)...]), isRight: isRight))
      } else if !bare.isEmpty {
        quiz.question += (quiz.question.isEmpty ? "" : " ") + bare
      }
    }
    guard quiz.choices.count(where: \.isRight) == 1 else {
      throw failure("a quiz has one right choice, marked [x]", at: line)
    }
    return quiz
  }

  /// Lines put together to whole commands.
  private static func commands(_ lines: [String]) -> [String] {
    LineGrouping.commands(lines)
  }
}
