import Cloud
import Policies
import Values

/// Pages about what CloudTrail recorded: a readable table, one event, and where it is.
package enum TrailPage {
  /// How an event is called in the lab: `e12`, or a dash for what a service did by itself.
  package static func name(_ row: TrailRow, in cloud: Cloud) -> String {
    cloud.call(of: row).map { "e\($0.id)" } ?? "-"
  }

  /// Rows in the order given, with the caller, the call and its answer.
  package static func table(_ rows: [TrailRow], in cloud: Cloud) -> Page {
    var lines = [["event", "time", "caller", "call", "on", "answer", ""]]
    var day = ""
    for row in rows {
      let time = cloud.time(of: row)
      let shown = time.date == day ? time.timeOfDay : "\(time.date) \(time.timeOfDay)"
      day = time.date
      lines.append([name(row, in: cloud), shown] + cells(row, in: cloud))
    }
    var page = Page()
    page.add(table: lines)
    return page
  }

  private static func cells(_ row: TrailRow, in cloud: Cloud) -> [String] {
    guard let event = cloud.call(of: row) else {
      guard let service = cloud.service(of: row) else { return [] }
      let key = ShortNames.key(service.key, in: cloud.world)
      return ["AWS itself", "kms:\(service.name)", key, "ok", ""]
    }
    let subject =
      event.subject == .none ? "" : ShortNames.subject(event.subject, in: cloud.world)
    return [
      cloud.world.caller(event), event.operation.rawValue, subject,
      event.error?.error.trailCode ?? "ok",
      event.call.parent > 0 ? "by Kinesis for e\(event.call.parent)" : "",
    ]
  }

  // MARK: One event

  /// An event, the decision that it was answered by, and the lines of the policies that decided.
  package static func event(_ row: TrailRow, in cloud: Cloud) -> Page {
    var page = Page()
    guard let event = cloud.call(of: row) else {
      page.add("\(cells(row, in: cloud).joined(separator: "  "))", .heading)
      page.add("Nobody called: the service did it when it was due, at \(cloud.time(of: row).zulu).")
      return page
    }
    let world = cloud.world
    page.add(
      "e\(event.id), \(event.at.zulu): \(event.operation.rawValue) by \(world.caller(event))",
      .heading)
    page.add("eventID \(cloud.eventID(of: row))")
    if event.call.parent > 0, let parent = cloud.event(numbered: event.call.parent) {
      page.add(
        "Kinesis made this call with the caller's credentials, for e\(parent.id), "
          + parent.operation.rawValue)
    }
    let error = event.error?.error
    let decision = error?.decision ?? event.decision?.decision
    if let decision { page.add(decisionPage(decision)) }
    if let error {
      page.add("\(error.trailCode): \(error.message)", .bad)
      if error.decision == nil { page.add(ErrorAdvice.page(error), indented: 2) }
      if case .fromKMS = error {
        let inner = cloud.journal.suffix(from: 0).last {
          $0.call.parent == event.id && $0.error != nil
        }
        if let inner {
          page.add(
            "It was KMS that refused, in e\(inner.id): Kinesis asked for the caller.")
          page.add("why e\(inner.id)   the statement behind it", .next)
        }
      }
    } else if decision == nil {
      page.add("It needs no permission.")
    }
    if let decision, let statement = statement(of: decision) {
      page.add("trail --statement '\(statement)'   what else it decided", .next)
    }
    return page
  }

  /// The decision, and of one that allowed the statements that did.
  private static func decisionPage(_ decision: Decision) -> Page {
    var page = Refusal.page(decision, full: true)
    guard decision.verdict == .allowed else { return page }
    for finding in decision.deciding {
      page.add("  allowed by \(finding.statementName)")
      page.add(Refusal.matches(finding), indented: 4)
    }
    return page
  }

  /// The statement that a decision turned on: the one that decided, or the nearest miss.
  package static func statement(of decision: Decision) -> String? {
    decision.deciding.first?.statementName ?? decision.nearestMiss?.statementName
  }

  /// Whether a statement decided, or was the nearest miss.
  package static func turned(_ decision: Decision, on statement: String) -> Bool {
    decision.deciding.contains { $0.statementName == statement }
      || decision.nearestMiss?.statementName == statement
  }

  // MARK: Where it is

  /// Where an event is, in event history and in each of the trails.
  package static func whereabouts(
    of row: TrailRow, in cloud: Cloud, trails: [CloudTrail.Trail]
  ) -> Page {
    var page = Page()
    page.add(
      "\(name(row, in: cloud)): \(cells(row, in: cloud).filter { !$0.isEmpty }.joined(separator: "  "))",
      .heading)
    page.add("event history: \(history(row, in: cloud))")
    for trail in trails {
      let found = cloud.whereabouts(of: row, in: trail)
      page.add("\(trail.name): \(says(found, trail))", isThere(found) ? .good : .plain)
      for line in advice(found, trail) { page.add("  \(line)") }
    }
    if trails.isEmpty { page.add("There is no trail.") }
    return page
  }

  private static func history(_ row: TrailRow, in cloud: Cloud) -> String {
    let region = cloud.region(of: row)
    if cloud.call(of: row)?.operation.kind.isData == true {
      return "no: it is a data event, and event history has management events alone"
    }
    if cloud.time(of: row) < cloud.world.now - .seconds(90 * 86_400) {
      return "no more: it is older than 90 days"
    }
    return "yes, in \(region): aws cloudtrail lookup-events"
      + (region == .usEast1 ? "" : " --region \(region)")
      + " --lookup-attributes AttributeKey=EventId,AttributeValue=\(cloud.eventID(of: row))"
  }

  private static func isThere(_ found: CloudTrail.Whereabouts) -> Bool {
    if case .delivered = found { true } else { false }
  }

  private static func says(_ found: CloudTrail.Whereabouts, _ trail: CloudTrail.Trail) -> String {
    switch found {
    case .beforeLogging:
      trail.segments.isEmpty
        ? "no: the trail has never logged" : "no: the trail did not log yet when it happened"
    case .notLogging(let since):
      "no: the trail was stopped at \(since.zulu) and did not log when it happened"
    case .otherRegion(let region, let home):
      "no: it happened in \(region), and the trail takes events of \(home) alone"
    case .globalExcluded:
      "no: it is an event of a global service, and the trail leaves those out"
    case .dataEvent(let type):
      type.isEmpty
        ? "no: it is a data event that no selector can name"
        : "no: it is a data event of \(type), and no selector of the trail asks for those"
    case .otherResource(let arn):
      "no: its selectors for data events name other resources than \(arn)"
    case .excludedSource(let source): "no: the trail excludes management events of \(source)"
    case .readWrite(let wanted, let isReadOnly):
      "no: it is a \(isReadOnly ? "read" : "write"), and the trail takes \(wanted.rawValue)"
    case .managementExcluded:
      "no: it is a management event, and no selector of the trail asks for those"
    case .field(let field): "no: the selector's field \(field) does not fit"
    case .waiting(let instant): "not yet: it will be delivered at \(instant.zulu)"
    case .failing(let error, let instant):
      "not yet: the bucket \(trail.settings.bucket) refused the delivery (\(error)); tried again at "
        + instant.zulu
    case .delivered(let instant, let bucket, let file):
      "yes, since \(instant.zulu): s3://\(bucket)/\(file.key)"
    }
  }

  private static func advice(_ found: CloudTrail.Whereabouts, _ trail: CloudTrail.Trail)
    -> [String]
  {
    switch found {
    case .beforeLogging where trail.segments.isEmpty:
      [
        "create-trail does not start it: aws cloudtrail start-logging --name \(trail.name)"
      ]
    case .notLogging where !trail.isLogging:
      ["aws cloudtrail start-logging --name \(trail.name) takes what comes from then on"]
    case .otherRegion:
      ["aws cloudtrail update-trail --name \(trail.name) --is-multi-region-trail would take it"]
    case .dataEvent(let type) where !type.isEmpty:
      [
        "aws cloudtrail put-event-selectors --trail-name \(trail.name) --advanced-event-selectors "
          + "with eventCategory Data and resources.type \(type) would take it"
      ]
    case .excludedSource(let source):
      ["refused calls of \(source) are left out as well; event history still has them"]
    case .failing:
      ["the bucket's policy must let cloudtrail.amazonaws.com write under AWSLogs"]
    case .waiting: ["wait 5m"]
    default: []
    }
  }
}
