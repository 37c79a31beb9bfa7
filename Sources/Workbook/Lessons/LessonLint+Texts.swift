import Narration
import Values

extension LessonLint {
  /// Hints, names, words and the time that reading takes.
  mutating func checkTexts() {
    checkHints()
    checkNames()
    checkActions()
    checkGlossary()
    checkTime()
  }

  /// A hint leads to the solution and does not contain it.
  private mutating func checkHints() {
    for step in lesson.steps {
      var texts: [(text: String, line: Int, what: String)] = step.hints.map {
        ($0.text.joined(separator: " "), $0.line, "hint")
      }
      texts += step.hintWhen.map { ($0.text, $0.line, "hint") }
      texts += step.feedback.map { ($0.text, $0.line, "feedback") }
      for (text, line, what) in texts {
        let said = Self.squeezed(text)
        for command in step.solutions.flatMap({ $0 }) {
          let wanted = Self.squeezed(command.text)
          // One word alone is a verb, which a hint may name.
          guard wanted.contains(" "), said.contains(wanted) else { continue }
          complain(
            "a \(what) of \(step.id) contains the solution's line "
              + JSON.quoted(Workbook.firstLine(command.text)), at: line,
            part: Workbook.firstLine(command.text))
        }
      }
    }
  }

  /// One blank wherever there are blanks or line ends.
  static func squeezed(_ text: String) -> String {
    text.split { $0 == " " || $0 == "\n" || $0 == "\t" }.joined(separator: " ")
  }

  /// What stands in braces is a name of the header, or something that the program fills in.
  private mutating func checkNames() {
    let names = lesson.names.map(\.name)
    for name in Set(names) where names.count(where: { $0 == name }) > 1 {
      complain("the name \(name) stands twice", at: headerLine("names"), part: "\(name)=")
    }
    var isFile = false
    for (index, line) in source.enumerated() {
      if line.hasPrefix("```") {
        let info = line.drop { $0 == "`" }.split(separator: " ")
        isFile = !isFile && !info.isEmpty && info.first != "keyhole"
        continue
      }
      if isFile { continue }
      var rest = Substring(line)
      while let open = rest.firstIndex(of: "{") {
        rest = rest[rest.index(after: open)...]
        let inside = String(rest.prefix { $0 != "}" })
        guard rest.dropFirst(inside.count).first == "}" else { break }
        let isWord =
          !inside.isEmpty
          && inside.allSatisfy {
            ($0.isLetter && $0.isLowercase) || $0 == "-" || $0 == " " || $0.isNumber
          }
        guard isWord, !names.contains(inside), PersonalName(parsing: inside) == nil,
          !line.contains("${\(inside)}"), !line.contains("@{")
        else { continue }
        let near = NearNames.of(inside, among: names)
        complain(
          "the header has no name \(JSON.quoted(inside))"
            + (near.isEmpty ? "" : "; did you mean {\(near[0])}?"), at: index + 1,
          part: "{\(inside)}")
      }
    }
  }

  /// Actions in checks are actions that AWS has.
  private mutating func checkActions() {
    for step in lesson.steps {
      let checks =
        step.checks.map { ($0.predicate, $0.line) } + step.hintWhen.map { ($0.predicate, $0.line) }
        + step.branches.compactMap { branch in branch.predicate.map { ($0, branch.line) } }
      for (predicate, line) in checks {
        if let action = predicate.form.action, let problem = ActionNames.problem(action) {
          complain(problem, at: line, part: action)
        }
        if let what = predicate.form.verb {
          let verb = String(what.prefix { $0 != " " })
          if Verb.named(verb)?.name != verb {
            let near = NearNames.of(verb, among: Verb.table.map(\.name))
            complain(
              "there is no verb \(JSON.quoted(verb))"
                + (near.isEmpty ? "" : "; did you mean \(near[0])?"), at: line, part: verb)
          }
        }
      }
    }
  }

  /// Every word that the lesson says it teaches has an entry.
  private mutating func checkGlossary() {
    for term in lesson.teaches where Glossary.entry(term, lesson) == nil {
      let near = NearNames.of(term, among: Glossary.common.map(\.term))
      complain(
        "teaches \(term), which the glossary does not have"
          + (near.isEmpty
            ? "; a comment glossary: \(term) with its text adds it" : "; did you mean \(near[0])?"),
        at: headerLine("teaches"), part: term)
    }
  }

  /// What the header promises must be near what reading and typing take.
  private mutating func checkTime() {
    let minutes = estimatedMinutes
    if !(8...20).contains(lesson.minutes) {
      complain(
        "minutes: \(lesson.minutes), where a lesson takes 8 to 20", at: headerLine("minutes"),
        part: String(lesson.minutes))
    } else if lesson.minutes * 13 < minutes * 10 {
      complain(
        "minutes: \(lesson.minutes), but reading and typing take about \(minutes)",
        at: headerLine("minutes"), part: String(lesson.minutes))
    } else if lesson.minutes > minutes * 4 + 4 {
      complain(
        "minutes: \(lesson.minutes), but there is work for about \(minutes)",
        at: headerLine("minutes"), part: String(lesson.minutes))
    }
  }

  /// 160 words a minute, a minute for each line of a solution, half a one for each question.
  var estimatedMinutes: Int {
    var words = lesson.intro.reduce(0) { $0 + $1.split(separator: " ").count }
    var halves = 0
    for step in lesson.steps {
      for line in step.prose {
        switch line {
        case .text(let text): words += text.split(separator: " ").count
        case .show, .attempt, .predict: halves += 1
        }
      }
      for quiz in step.quizzes {
        words += quiz.question.split(separator: " ").count
        for choice in quiz.choices {
          words += (choice.text + " " + choice.reason).split(separator: " ").count
        }
        halves += 1
      }
      halves += 2 * (step.solutions.first?.count ?? 0)
    }
    return max(1, words / 160 + halves / 2)
  }
}

extension Predicate.Form {
  /// The verb that must have been used, with its words.
  var verb: String? {
    switch self {
    case .all(let parts): parts.compactMap(\.form.verb).first
    case .seen(let what), .seenAfter(let what, _): what
    default: nil
    }
  }

  /// The action that is asked about.
  var action: String? {
    switch self {
    case .all(let parts): parts.compactMap(\.form.action).first { ActionNames.problem($0) != nil }
    case .can(_, let action, _, _, _): action
    case .trail(_, let action, _, _, _): action
    case .trailTakes(_, _, let action): action
    case .counter(let action, _, _, _, _): action
    case .identity(_, _, let action, _): action
    case .seenAfter(_, let action): action
    default: nil
    }
  }
}
