import Cloud
import Insights
import Narration
import Values

extension Verb {
  static let insightsVerbs: [Verb] = [
    Verb(
      "insights [--group NAME] [--all-regions] [--since TIME] [--plain] 'QUERY'", .looking,
      "a query of CloudWatch Logs Insights as a table, or as a chart by time; without a log group over event history of the Region in use",
      example:
        "insights 'filter ispresent(errorCode) | stats count(*) as n by eventName, errorCode'"
    ) { workbook, call, turn in
      workbook.insights(call, &turn)
    }
  ]
}

extension Workbook {
  fileprivate func insights(_ call: VerbCall, _ turn: inout Turn) {
    var group: String?
    var since: Instant?
    var isPlain = false
    var isEverywhere = false
    var words: [String] = []
    var rest = call.words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--plain": isPlain = true
      case "--all-regions": isEverywhere = true
      case "--group", "--since":
        guard let value = rest.popFirst() else { return turn.misuse(call, "\(word) wants a value") }
        if word == "--group" {
          group = value
        } else {
          guard let instant = Self.instant(value, before: desk.world.now) else {
            return turn.misuse(
              call, "\(JSON.quoted(value)) is no time such as 10m, 2h or 2026-01-05T09:00:00Z")
          }
          since = instant
        }
      default: words.append(word)
      }
    }
    let text = call.input ?? words.joined(separator: " ")
    if text.isEmpty { return turn.misuse(call, "insights wants a query, in quotes") }
    let query: InsightsQuery
    do throws(InsightsError) {
      query = try InsightsQuery(text)
    } catch {
      turn.complain(InsightsPage.mistake(error, in: text), status: 2)
      return
    }
    let groups = desk.world.logs.all(in: regionInUse)
    // A group of something else knows nothing about the trail: it is asked when it is named.
    let delivered = Set(desk.cloud.deliveredLogGroups)
    let found =
      group.map { name in groups.filter { $0.name == name } }
      ?? groups.filter { delivered.contains($0.arn.description) }
    if let group, found.isEmpty {
      let near = NearNames.of(group, among: groups.map(\.name))
      return turn.misuse(
        call,
        "There is no log group \(JSON.quoted(group)) in \(regionInUse)"
          + (!near.isEmpty
            ? "; did you mean \(near[0])?"
            : groups.isEmpty
              ? ": there is none; without --group the query is asked of event history"
              : "; there are \(groups.map(\.name).joined(separator: ", "))"))
    }
    let start = since ?? Instant(milliseconds: 0)
    var page = Page()
    if found.isEmpty {
      let place =
        isEverywhere ? "every Region" : "\(regionInUse) alone (--all-regions asks every Region)"
      page.add(
        "over event history of \(place), because there is no log group that a trail has brought "
          + "events to",
        .note)
      let oldest = desk.world.now - CloudTrail.Limits.history
      if start < oldest,
        desk.cloud.journal.first(where: { _ in true }).map({ $0.at < oldest }) == true
      {
        page.add("what is older than 90 days is left out: event history has no more of it", .note)
      }
    } else {
      page.add("over \(found.map(\.name).joined(separator: ", "))", .note)
    }
    let result =
      found.isEmpty
      ? desk.cloud.runOverHistory(query, from: start, in: isEverywhere ? nil : regionInUse)
      : desk.cloud.run(query, over: found, from: start, to: desk.world.now).result
    let style: InsightsPage.Style =
      explain == .narrated ? .narrated : isPlain ? .plain : .drawn
    page.add(InsightsPage.page(result, style))
    for remark in InsightsPage.remarks(query, result) { page.add(remark, .note) }
    turn.print(page)
  }

  /// What the newest query does that its words do not say.
  var queryRemarks: [String] {
    guard let started = desk.world.logs.queries.last, let query = try? InsightsQuery(started.text)
    else { return [] }
    return InsightsPage.remarks(query, started.result)
  }
}
