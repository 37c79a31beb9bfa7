import API
import Commands
import Values

/// What a command makes use of: an operation of AWS, or a verb of the lab.
struct LessonUse: Hashable {
  /// `put-key-policy`, `xray`
  var name: String
  /// `PutKeyPolicy` for an operation.
  var operation: String?

  /// In the order of the text; what a `$(…)` runs included.
  static func uses(in command: String) -> [LessonUse] {
    guard let items = try? ShellParser.parse(command) else { return [] }
    return uses(in: items)
  }

  private static func uses(in items: [ShellItem]) -> [LessonUse] {
    items.flatMap { item in
      let words = item.command.words.compactMap(\.plain)
      var uses: [LessonUse] = []
      if words.first == "aws", words.count > 2 {
        let found = API.Service.named(words[1])?.operation(cli: words[2])
        uses.append(LessonUse(name: words[2], operation: found?.name))
      } else if let first = words.first, let verb = Verb.named(first) {
        uses.append(LessonUse(name: verb.name, operation: nil))
        if first == "what-if", words.count > 3 { uses.append(LessonUse(name: words[3])) }
      }
      let inner = (item.command.words + item.command.assignments.map(\.value)).flatMap(\.parts)
      for part in inner {
        if case .substitution(let commands, _) = part { uses += Self.uses(in: commands.items) }
      }
      return uses
    }
  }

  /// Whether a text names it, so that a learner could have it from there.
  func isNamed(in text: String) -> Bool {
    var rest = Substring(text)
    while let found = rest.firstRange(of: name) {
      let before = rest[..<found.lowerBound].last
      let after = rest[found.upperBound...].first
      if !Self.isPart(before), !Self.isPart(after) { return true }
      rest = rest[found.upperBound...]
    }
    return operation.map { text.contains($0) } ?? false
  }

  private static func isPart(_ character: Character?) -> Bool {
    guard let character else { return false }
    return character.isLetter || character.isNumber || character == "-"
  }
}

extension ShellWord {
  /// The text of a word that nothing is filled into.
  var plain: String? {
    var text = ""
    for part in parts {
      guard case .literal(let piece) = part else { return text.isEmpty ? nil : text }
      text += piece
    }
    return text
  }
}

extension LessonLint {
  /// What is known at a place: every text that was read, every word that was taught, every command
  /// that was typed.
  private struct Known {
    var texts: [String] = []
    var terms: Set<String> = []
    var used: Set<String> = []

    mutating func learn(_ step: Lesson.Step) {
      texts += Self.texts(of: step)
      terms.formUnion(step.teaches)
      for command in step.solutions.first ?? [] {
        used.formUnion(LessonUse.uses(in: command.text).map(\.name))
      }
    }

    mutating func learn(_ lesson: Lesson) {
      texts += lesson.intro
      terms.formUnion(lesson.teaches)
      for step in lesson.steps { learn(step) }
    }

    static func texts(of step: Lesson.Step) -> [String] {
      var texts = [step.title]
      for line in step.prose {
        switch line {
        case .text(let text), .show(let text), .attempt(let text), .predict(let text):
          texts.append(text)
        }
      }
      texts += step.hints.flatMap { [$0.title] + $0.text }
      texts += step.feedback.map(\.text) + step.hintWhen.map(\.text)
      return texts
    }

    func covers(_ use: LessonUse) -> Bool {
      used.contains(use.name) || terms.contains(use.name)
        || texts.contains { use.isNamed(in: $0) }
    }

    func intersection(_ other: Known) -> Known {
      let others = Set(other.texts)
      return Known(
        texts: texts.filter { others.contains($0) }, terms: terms.intersection(other.terms),
        used: used.intersection(other.used))
    }
  }

  /// Words of the shell and of the lab's own frame, which `help` and the first screen explain.
  private static let given: Set<String> = Set(
    (Verb.lessonVerbs + Verb.courseVerbs + Verb.fileVerbs + Verb.labVerbs).map(\.name)
      + ["help", "wait", "undo"])

  /// Nothing is needed before it is taught, on every way: what comes before the lesson by its needs,
  /// and what every way to a step has passed.
  mutating func checkOrder() {
    var before = Known()
    for ancestor in ancestors() { before.learn(ancestor) }
    before.texts += lesson.intro
    var arriving: [Int: Known] = [:]
    for place in lesson.steps.indices {
      let step = lesson.steps[place]
      let isFirst = place == lesson.mainSteps.first
      guard let known = arriving[place] ?? (isFirst ? before : nil) else { continue }
      for need in step.needs where !known.terms.contains(need) {
        complain(
          "the step \(step.id) needs \(need), which is not taught before it on every way",
          at: step.line, part: need)
      }
      var here = known
      here.texts += Known.texts(of: step)
      here.terms.formUnion(step.teaches)
      for solution in step.solutions {
        for command in solution {
          for use in LessonUse.uses(in: command.text)
          where !Self.given.contains(use.name) && !here.covers(use) {
            complain(
              "the solution of \(step.id) uses \(use.name), which nothing taught before",
              at: command.line, part: use.name)
            here.used.insert(use.name)
          }
        }
      }
      var after = known
      after.learn(step)
      for next in targets(of: place) + detours(of: place) {
        arriving[next] = arriving[next].map { $0.intersection(after) } ?? after
      }
    }
  }

  /// The lessons that come before this one by its needs and theirs.
  private func ancestors() -> [Lesson] {
    var open = lesson.needs
    var seen: Set<String> = [lesson.id]
    var found: [Lesson] = []
    while let id = open.popLast() {
      guard seen.insert(id).inserted,
        let ancestor = try? LessonShelf.entry(id, among: shelf)?.lesson()
      else { continue }
      found.append(ancestor)
      open += ancestor.needs
    }
    return found
  }
}
