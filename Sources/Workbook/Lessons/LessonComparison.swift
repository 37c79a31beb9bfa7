import Cloud
import Narration
import Values

/// How a learner's way through a step differs from the lesson's: calls, what others see of them, and
/// who may do what afterwards.
struct LessonComparison {
  let route: Route
  let step: Lesson.Step
  private let mine: Cloud
  private let start: Cloud
  private let reference: Cloud
  private let referenceLines: [String]

  /// Nothing where the step has no solution to compare with.
  init?(_ route: Route, _ step: Lesson.Step, in workbook: Workbook) {
    guard let before = route.before.first, let after = route.after.first,
      let solution = step.solutions.first
    else { return nil }
    self.route = route
    self.step = step
    start = before.cloud
    mine = after.cloud
    var copy = workbook
    copy.explain = .off
    copy.desk = before
    for command in solution {
      var quiet = Turn()
      copy.run(command.text, &quiet)
    }
    reference = copy.desk.cloud
    referenceLines = solution.map(\.text)
  }

  private struct Count {
    var calls: [String: Int] = [:]
    var refused = 0
    var managed = 0
    var data = 0

    init(_ cloud: Cloud, from start: Int) {
      for event in cloud.journal.suffix(from: min(start, cloud.journal.count)) {
        if event.operation.kind.isData { data += 1 } else { managed += 1 }
        if event.error != nil, event.call.parent == 0 { refused += 1 }
        if event.call.parent == 0 { calls[event.operation.rawValue, default: 0] += 1 }
      }
    }

    var total: Int { calls.values.reduce(0, +) }
  }

  func page() -> Page {
    let left = Count(mine, from: start.journal.count)
    let right = Count(reference, from: start.journal.count)
    var page = Page()
    page.add("Your way and the lesson's: \(step.title)", .heading)
    page.add(
      table: [
        ["", "yours", "lesson's"],
        ["  lines", String(route.lines.count), String(referenceLines.count)],
        ["  calls", String(left.total), String(right.total)],
        ["  of them refused", String(left.refused), String(right.refused)],
        ["  management events, KMS among them", String(left.managed), String(right.managed)],
        ["  data events", String(left.data), String(right.data)],
      ], hasHeader: true)
    let names = Set(left.calls.keys).union(right.calls.keys).sorted()
    let other = names.filter { left.calls[$0] != right.calls[$0] }
    if !other.isEmpty {
      page.add("Calls", .heading)
      page.add(
        table: [["", "yours", "lesson's"]]
          + other.map { ["  \($0)", String(left.calls[$0] ?? 0), String(right.calls[$0] ?? 0)] },
        hasHeader: true)
    }
    page.add("Rights afterwards", .heading)
    let changes = AccessMatrix(of: mine).changes(since: AccessMatrix(of: reference))
    if changes.isEmpty {
      page.add("  The same: nobody may do more or less than after the lesson's way.", .good)
    }
    for change in changes.prefix(Self.most) {
      let cell = change.cell
      page.add(
        "  \(change.isAllowed ? "more" : "less")  \(cell.principal) \(cell.action) on "
          + "\(cell.resource)  (\(change.by))", change.isAllowed ? .bad : .note)
    }
    if changes.count > Self.most {
      page.add("  and \(changes.count - Self.most) more", .note)
    }
    page.add("The lesson's way", .heading)
    for line in referenceLines { page.add("  \(Workbook.firstLine(line))", .quote) }
    return page
  }

  /// How many rights are listed.
  private static let most = 12
}
