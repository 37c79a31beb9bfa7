import Cloud
import Narration
import Values

/// Solutions changed in ways that must not matter.
extension LessonLint {
  /// Lines that neither need each other nor touch the same thing may come in either order.
  mutating func swap(_ solution: [Lesson.Command], of step: Lesson.Step, _ start: Workbook) {
    for index in solution.indices.dropFirst() {
      let (first, second) = (solution[index - 1], solution[index])
      let before = run(Array(solution[..<(index - 1)]), from: start)
      guard let one = trace(first, then: second, from: before),
        let other = trace(second, then: first, from: before),
        one.first == other.second, one.second == other.first,
        one.first.changed.isDisjoint(with: one.second.changed)
      else { continue }
      var swapped = solution
      swapped.swapAt(index - 1, index)
      if !passes(swapped, step, start) {
        complain(
          "the solution of \(step.id) does not pass with two independent lines swapped: "
            + JSON.quoted(Workbook.firstLine(second.text)) + " and the one before it",
          at: second.line, part: Workbook.firstLine(second.text))
      } else {
        report.counts.swapped += 1
      }
    }
  }

  /// What a line did: how it ended, what was answered and decided, what it changed.
  private struct Trace: Equatable {
    var status: Int32
    var reply: String
    var decisions: [String]
    var changed: Set<Subject>
  }

  /// Nothing for lines that set the stage for others: variables, files, the clock, the lab.
  private func trace(
    _ first: Lesson.Command, then second: Lesson.Command, from start: Workbook
  ) -> (first: Trace, second: Trace)? {
    guard Self.standsAlone(first.text), Self.standsAlone(second.text) else { return nil }
    var workbook = start
    func trace(_ command: Lesson.Command, _ workbook: inout Workbook) -> Trace {
      let count = workbook.desk.cloud.journal.count
      let turn = workbook.feed(command.text)
      let events = workbook.desk.cloud.journal.suffix(from: count)
      return Trace(
        status: turn.status, reply: turn.reply,
        decisions: turn.record.filter { $0.hasPrefix("=") }.map { line in
          line.firstRange(of: "  trail ").map { String(line[..<$0.lowerBound]) } ?? line
        },
        changed: Set(
          events.filter { $0.error == nil && !$0.operation.kind.isReadOnly }.map(\.subject)))
    }
    return (trace(first, &workbook), trace(second, &workbook))
  }

  private static func standsAlone(_ text: String) -> Bool {
    text.hasPrefix("aws ") && !text.contains("$") && !text.contains(" > ")
      && !text.contains(" wait ")
  }

  /// Lines that a learner types in between without meaning anything by it.
  private static let harmless = [
    "aws kinesis list-streams", "aws kms list-keys", "aws sts get-caller-identity", "whoami",
    "aws kms list-aliasses", "xrya", "ls",
  ]

  mutating func addHarmless(
    to solution: [Lesson.Command], of step: Lesson.Step, _ start: Workbook
  ) {
    var longer: [Lesson.Command] = []
    for (index, command) in solution.enumerated() {
      for offset in 0..<2 {
        let text = Self.harmless[(2 * index + offset) % Self.harmless.count]
        longer.append(Lesson.Command(text: text, line: command.line))
      }
      longer.append(command)
    }
    longer += Self.harmless.map { Lesson.Command(text: $0, line: 0) }
    if !passes(longer, step, start) {
      complain(
        "the solution of \(step.id) does not pass with harmless commands in between",
        at: solution.first?.line ?? step.line)
    } else {
      report.counts.extras += 1
    }
  }
}
