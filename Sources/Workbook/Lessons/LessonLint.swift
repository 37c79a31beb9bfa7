import Narration
import Values

/// The gates that every lesson must pass.
package struct LessonLint {
  package struct Problem: Hashable, Sendable {
    package var file: String
    /// From 1; 0 for the whole lesson.
    package var line: Int
    package var text: String
    /// The line of the file, with a caret under what is wrong.
    package var excerpt: [String] = []

    package var description: String {
      ([line > 0 ? "\(file):\(line): \(text)" : "\(file): \(text)"] + excerpt.map { "    \($0)" })
        .joined(separator: "\n")
    }
  }

  /// What was tried, and came out as it should.
  package struct Counts: Hashable, Sendable {
    package var lessons = 0
    package var steps = 0
    package var untouched = 0
    package var solutions = 0
    package var dropped = 0
    package var wrongs = 0
    package var swapped = 0
    package var extras = 0

    package init() {}

    private static func said(_ count: Int, _ noun: String, _ one: String, _ many: String) -> String
    {
      "\(ShortNames.plural(count, noun)) \(count == 1 ? one : many)"
    }

    package static func + (left: Counts, right: Counts) -> Counts {
      var sum = left
      sum.lessons += right.lessons
      sum.steps += right.steps
      sum.untouched += right.untouched
      sum.solutions += right.solutions
      sum.dropped += right.dropped
      sum.wrongs += right.wrongs
      sum.swapped += right.swapped
      sum.extras += right.extras
      return sum
    }

    package var text: String {
      "\(Self.said(untouched, "untouched step", "fails", "fail")), "
        + "\(Self.said(solutions, "solution", "passes", "pass")), "
        + "\(Self.said(dropped, "solution", "less a line fails", "less a line fail")), "
        + "\(ShortNames.plural(wrongs, "wrong attempt")) recognised, "
        + "\(ShortNames.plural(swapped, "pair")) of lines swapped, "
        + Self.said(
          extras, "solution", "with harmless commands passes", "with harmless commands pass")
    }
  }

  package struct Report: Hashable, Sendable {
    package var problems: [Problem] = []
    package var counts = Counts()
  }

  let lesson: Lesson
  let file: String
  /// The lines of the file.
  let source: [String]
  let shelf: [LessonShelf.Entry]
  /// Files that lessons share, besides those of the program.
  let sharedFiles: [(name: String, text: String)]
  let mutates: Bool
  var report = Report()
  /// By the detour that feedback offers: the lab as the wrong attempt left it.
  var astray: [String: Workbook] = [:]

  /// Everything that is wrong with a lesson; `shelf` are all lessons, in order, and may hold this one.
  package static func report(
    on entry: LessonShelf.Entry, among shelf: [LessonShelf.Entry],
    files: [(name: String, text: String)] = [], mutating: Bool = false
  ) -> Report {
    let lesson: Lesson
    do throws(LessonError) {
      lesson = try entry.lesson()
    } catch {
      var report = Report()
      report.counts.lessons = 1
      report.problems = [
        Problem(file: error.file, line: error.line, text: error.problem, excerpt: error.excerpt)
      ]
      return report
    }
    var lint = LessonLint(
      lesson: lesson, file: entry.file,
      source: TextLines.split(entry.text),
      shelf: shelf, sharedFiles: files, mutates: mutating)
    lint.report.counts.lessons = 1
    lint.report.counts.steps = lesson.steps.count
    lint.checkLinks()
    lint.checkWays()
    lint.checkTexts()
    lint.checkWords()
    lint.checkOrder()
    lint.walk()
    lint.report.problems.sort { ($0.line, $0.text) < ($1.line, $1.text) }
    return lint.report
  }

  /// Notes a fault of a line, from 1; `part` is what the caret marks.
  mutating func complain(_ text: String, at line: Int = 0, part: String? = nil) {
    // The first line from there on that has what is wrong: commands and texts span lines.
    var place = line - 1
    var marked = part
    if let part, source.indices.contains(place) {
      let near = source[place...].prefix(40)
      if let found = near.firstIndex(where: { $0.contains(part) }) {
        place = found
      } else if let found = near.firstIndex(where: { filled($0).contains(part) }) {
        // The names of the header stand there as they are written.
        place = found
        marked = nil
      }
    }
    let excerpt =
      source.indices.contains(place) && line > 0
      ? LessonExcerpt.lines(source[place], marking: marked) : []
    report.problems.append(
      Problem(file: file, line: line > 0 ? place + 1 : 0, text: text, excerpt: excerpt))
  }

  /// A line of the file with the names of the header filled in.
  private func filled(_ line: String) -> String {
    lesson.names.reduce(line) { $0.replacing("{\($1.name)}", with: $1.value) }
  }

  /// The line of a header's key.
  func headerLine(_ key: String) -> Int {
    (source.firstIndex { $0.hasPrefix("\(key):") } ?? -1) + 1
  }

  // MARK: Links

  private mutating func checkLinks() {
    let ids = shelf.map(\.id)
    let own = ids.firstIndex(of: lesson.id) ?? ids.count
    if ids.count(where: { $0 == lesson.id }) > 1 {
      complain("two lessons are called \(lesson.id)", at: headerLine("id"), part: lesson.id)
    }
    for need in lesson.needs {
      if let place = ids.firstIndex(of: need) {
        if place >= own {
          complain(
            "needs \(need), which does not come before it", at: headerLine("needs"), part: need)
        }
      } else {
        let near = NearNames.of(need, among: ids)
        complain(
          "needs \(need), which is no lesson"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"), at: headerLine("needs"),
          part: need)
      }
    }
    for step in lesson.steps {
      let names = step.feedback.map(\.name)
      for check in step.checks {
        guard let name = check.offPath else { continue }
        if !names.contains(name) {
          let near = NearNames.of(name, among: names)
          complain(
            "the way off the path \(name) has no feedback"
              + (near.isEmpty ? "" : "; did you mean \(near[0])?"), at: check.line, part: name)
        }
      }
      for feedback in step.feedback {
        if !step.checks.contains(where: { $0.offPath == feedback.name }) {
          complain(
            "no check of the step raises the feedback \(feedback.name)", at: feedback.line,
            part: feedback.name)
        }
        checkDetour(feedback.detour, feedback.line)
      }
      for hint in step.hintWhen { checkDetour(hint.detour, hint.line) }
      for name in Set(names) where names.count(where: { $0 == name }) > 1 {
        complain("two feedbacks are called \(name)", at: step.line)
      }
      for wrong in step.wrongs {
        if !step.checks.contains(where: { $0.offPath == wrong.expects }) {
          complain(
            "the wrong attempt \(wrong.id) expects \(wrong.expects), which no check names",
            at: wrong.line, part: wrong.expects)
        }
        if step.wrongs.count(where: { $0.id == wrong.id }) > 1 {
          complain("two wrong attempts are called \(wrong.id)", at: wrong.line, part: wrong.id)
        }
      }
      if !step.checks.isEmpty, step.solutions.isEmpty {
        complain("the step \(step.id) has a check and no solution", at: step.line, part: step.id)
      }
      if step.checks.isEmpty, !step.solutions.isEmpty {
        complain("the step \(step.id) has a solution and no check", at: step.line, part: step.id)
      }
      if step.title.isEmpty {
        complain("the step \(step.id) has no title (## …)", at: step.line, part: step.id)
      }
    }
    checkFiles()
    checkMentions()
  }

  private mutating func checkDetour(_ detour: String?, _ line: Int) {
    guard let detour else { return }
    if let place = lesson.step(detour) {
      if !lesson.steps[place].isDetour {
        complain("\(detour) is a step of the way, no detour", at: line, part: detour)
      }
      return
    }
    let near = NearNames.of(detour, among: lesson.steps.filter(\.isDetour).map(\.id))
    complain(
      "there is no detour \(detour)" + (near.isEmpty ? "" : "; did you mean \(near[0])?"),
      at: line, part: detour)
  }

  /// All commands of the lesson, with their lines.
  private var allCommands: [Lesson.Command] {
    lesson.setup
      + lesson.steps.flatMap { $0.solutions.flatMap { $0 } + $0.wrongs.flatMap(\.commands) }
  }

  /// What `file://` names must be there, and what is there must be named.
  private mutating func checkFiles() {
    let own = lesson.files.map(\.name)
    let shared = (LessonShelf.fixtures + sharedFiles).map(\.name)
    let made = source.flatMap { line in
      line.split(separator: ">").dropFirst().map {
        LessonParser.trimmed($0.prefix { $0 != "<" })
      }
    }
    for command in allCommands {
      for name in Self.files(in: command.text)
      where !own.contains(name) && !shared.contains(name) && !made.contains(name) {
        let near = NearNames.of(name, among: own + shared)
        complain(
          "there is no file \(name)" + (near.isEmpty ? "" : "; did you mean \(near[0])?"),
          at: command.line, part: name)
      }
    }
    for name in own where source.count(where: { $0.contains(name) }) < 2 {
      let line = (source.firstIndex { $0.hasPrefix("```") && $0.contains(name) } ?? -1) + 1
      complain("the file \(name) is never used", at: line, part: name)
    }
  }

  private static func files(in command: String) -> [String] {
    var names: [String] = []
    var rest = Substring(command)
    while let mark = rest.firstRange(of: "file://") {
      rest = rest[mark.upperBound...]
      let name = rest.prefix { !" '\"\n);&$".contains($0) }
      // What a variable names is known when it is run.
      if !name.isEmpty, rest.dropFirst(name.count).first != "$" { names.append(String(name)) }
    }
    return names
  }

  /// Lessons, claims, messages and pages that a text names must exist.
  private mutating func checkMentions() {
    let ids = shelf.map(\.id) + [lesson.id]
    for (index, line) in source.enumerated() {
      for code in Self.code(in: line) {
        let words = code.split(separator: " ").map(String.init)
        guard words.count == 2 else { continue }
        switch words[0] {
        case "lesson" where Int(words[1]) == nil && !ids.contains(words[1]) && words[1] != "ID":
          let near = NearNames.of(words[1], among: ids)
          complain(
            "there is no lesson \(words[1])" + (near.isEmpty ? "" : "; did you mean \(near[0])?"),
            at: index + 1, part: words[1])
        case "claim":
          if let number = Int(words[1]), Claim.named(number) == nil {
            complain("there is no claim \(number) that can be run", at: index + 1, part: words[1])
          }
        case "explain" where words[1].hasPrefix("KH-") && MessagePage.named(words[1]) == nil:
          complain("there is no message \(words[1])", at: index + 1, part: words[1])
        case "help" where Verb.named(words[1]) == nil && words[1] != "VERB":
          complain("there is no verb \(words[1])", at: index + 1, part: words[1])
        case "drill" where DrillFault.named(words[1]) == nil && words[1] != "KIND":
          complain("there is no kind of drill \(words[1])", at: index + 1, part: words[1])
        default: continue
        }
      }
      var rest = Substring(line)
      while let open = rest.firstRange(of: "](") {
        rest = rest[open.upperBound...]
        let target = String(rest.prefix { $0 != ")" })
        guard rest.dropFirst(target.count).first == ")", !target.contains(" ") else { continue }
        let isWeb = target.hasPrefix("https://") || target.hasPrefix("http://")
        let isPage = shelf.contains { $0.file == target } || target == "AUTHORS.md"
        let isAnchor = target.hasPrefix("#")
        let isFile =
          (LessonShelf.fixtures + sharedFiles).contains { "fixtures/\($0.name)" == target }
        if !isWeb, !isPage, !isAnchor, !isFile {
          complain("the link leads nowhere: \(target)", at: index + 1, part: target)
        }
      }
    }
  }

  /// What stands between backquotes in a line.
  static func code(in line: String) -> [String] {
    guard !line.hasPrefix("```") else { return [] }
    return line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }
}
