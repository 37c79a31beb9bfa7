import Cloud
import Policies
import Values

/// Pages about what CloudTrail recorded: a readable table, one event, and where it is.
package enum TrailPage {
  /// How an event is called in the lab: `e12`, or `s3` for what a service did by itself.
  package static func name(_ row: TrailRow, in cloud: Cloud) -> String {
    cloud.call(of: row).map { "e\($0.id)" } ?? row.serviceNumber.map { "s\($0)" } ?? "-"
  }

  /// Rows in the order given, with the caller, the call and its answer.
  package static func table(_ rows: [TrailRow], in cloud: Cloud) -> Page {
    let regions = rows.map { cloud.region(of: $0) }
    // Where all are of one Region, and that is the usual one, nobody needs to read it.
    let showsRegion = regions.contains { $0 != .usEast1 }
    let region = showsRegion ? ["Region"] : []
    var lines = [["event", "time"] + region + ["caller", "call", "on", "answer", ""]]
    var day = ""
    for (row, region) in zip(rows, regions) {
      let time = cloud.time(of: row)
      let shown = time.date == day ? time.timeOfDay : "\(time.date) \(time.timeOfDay)"
      day = time.date
      lines.append(
        [name(row, in: cloud), shown] + (showsRegion ? [region.description] : [])
          + cells(row, in: cloud))
    }
    var page = Page()
    page.add(table: lines, hasHeader: true)
    return page
  }

  /// Rows that are alike counted together, in the order in which their kinds first come; with each the
  /// first row of its kind.
  package static func kinds(_ rows: [TrailRow], in cloud: Cloud) -> [(first: TrailRow, count: Int)]
  {
    var places: [[String]: Int] = [:]
    var kinds: [(first: TrailRow, count: Int)] = []
    for row in rows {
      let key = kind(row, in: cloud)
      if let place = places[key] {
        kinds[place].count += 1
      } else {
        places[key] = kinds.count
        kinds.append((row, 1))
      }
    }
    return kinds
  }

  package static func table(
    counting kinds: [(first: TrailRow, count: Int)], in cloud: Cloud
  ) -> Page {
    var page = Page()
    page.add(
      table: [["events", "caller", "call", "on", "answer", ""]]
        + kinds.map { ["\($0.count)"] + kind($0.first, in: cloud) }, hasHeader: true)
    return page
  }

  private static func kind(_ row: TrailRow, in cloud: Cloud) -> [String] {
    var cells = cells(row, in: cloud)
    if cells.count == 5, !cells[4].isEmpty { cells[4] = "by Kinesis" }
    return cells
  }

  private static func cells(_ row: TrailRow, in cloud: Cloud) -> [String] {
    guard let event = cloud.call(of: row) else {
      guard let service = cloud.service(of: row) else { return [] }
      let key = ShortNames.key(service.key, in: cloud.world)
      return ["AWS itself", "kms:\(service.name)", key, "ok", ""]
    }
    let subject =
      event.subject == .none ? "" : shortened(ShortNames.subject(event.subject, in: cloud.world))
    return [
      cloud.world.caller(event), callName(event.operation), subject,
      event.error?.error.trailCode ?? "ok",
      event.call.parent > 0 ? "for e\(event.call.parent)" : "",
    ]
  }

  /// `s3:ListObjects`: the service, and the name that the record has.
  package static func callName(_ operation: OperationID) -> String {
    "\(operation.service):\(operation.kind.name)"
  }

  /// The end of a long name, which tells keys of one bucket apart.
  private static func shortened(_ name: String) -> String {
    name.count > widest ? "…" + name.suffix(widest - 1) : name
  }

  private static let widest = 48

  // MARK: One event

  /// An event, the decision that it was answered by, and the lines of the policies that decided.
  /// `isWhole` shows where each statement misses that came near.
  package static func event(_ row: TrailRow, in cloud: Cloud, all isWhole: Bool = false) -> Page {
    var page = Page()
    guard let event = cloud.call(of: row) else {
      page.add("\(cells(row, in: cloud).joined(separator: "  "))", .heading)
      page.add("eventID \(cloud.eventID(of: row))")
      if case .rotateKey(_, _?)? = cloud.service(of: row) {
        page.add(
          "The service reports what rotate-key-on-demand had asked for, at "
            + "\(cloud.time(of: row).zulu).")
      } else {
        page.add(
          "Nobody called: the service did it when it was due, at \(cloud.time(of: row).zulu).")
      }
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
    if let remark = error.flatMap({ ErrorAdvice.remark(onDecisionOf: $0) }) {
      page.add("\(remark):", .bad)
    }
    if let decision {
      let command = "why \(name(row, in: cloud)) all"
      page.add(
        decisionPage(decision, isWhole ? Refusal.everyNearMiss : Refusal.mostNearMisses, command))
    }
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
      let data = event.operation.kind.isData ? " --data" : ""
      page.add("trail --statement '\(statement)'\(data)   what else it decided", .next)
    }
    return page
  }

  /// The decision, and of one that allowed the statements that did.
  private static func decisionPage(_ decision: Decision, _ nearMisses: Int, _ all: String) -> Page {
    var page = Refusal.page(decision, full: true, nearMisses: nearMisses, all: all)
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
      if let log = cloud.logWhereabouts(of: row, in: trail) {
        add(log, trail, to: &page)
      }
    }
    if trails.isEmpty { page.add("There is no trail.") }
    return page
  }

  private static func history(_ row: TrailRow, in cloud: Cloud) -> String {
    let region = cloud.region(of: row)
    if cloud.call(of: row)?.operation.kind.isData == true {
      return "no: it is a data event, and event history has management events alone"
    }
    if cloud.time(of: row) < cloud.world.now - CloudTrail.Limits.history {
      return "no more: it is older than 90 days"
    }
    let isPartners = !cloud.isRecorded(row, in: .home)
    return "yes, in \(region)\(isPartners ? " of account \(Account.partner.id)" : ""): "
      + "aws cloudtrail lookup-events\(isPartners ? " --profile \(StartNames.partnerAdmin)" : "")"
      + (region == .usEast1 ? "" : " --region \(region)")
      + " --lookup-attributes AttributeKey=EventId,AttributeValue=\(cloud.eventID(of: row))"
  }

  private static func isThere(_ found: CloudTrail.Whereabouts) -> Bool {
    if case .delivered = found { true } else { false }
  }

  private static func says(_ found: CloudTrail.Whereabouts, _ trail: CloudTrail.Trail) -> String {
    switch found {
    case .otherAccount(let account):
      "no: account \(account) did it with what is its own, and its own trail has it"
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
    case .fields(let misfits):
      misfits.count == 1
        ? "no: " + misfits.map { says($0) }.joined()
        : "no: it fits none of the trail's \(misfits.count) selectors for such events"
    case .waiting(let instant): "not yet: it will be delivered at \(instant.zulu)"
    case .several(let reasons):
      reasons.enumerated().map { place, reason in
        place == 0 ? says(reason, trail) : says(reason, trail).replacing("no: ", with: "")
      }.joined(separator: "; besides, ")
    case .failing(let error, let instant):
      "not yet: the bucket \(trail.settings.bucket) refused the delivery (\(error)); tried again at "
        + instant.zulu
    case .delivered(let instant, let bucket, let file):
      "yes, since \(instant.zulu): s3://\(bucket)/\(file.key)"
    }
  }

  private static func says(_ misfit: CloudTrail.Misfit) -> String {
    let field = misfit.field
    let conditions: [(String, [String])] = [
      ("to be", field.equals), ("to begin with", field.startsWith),
      ("to end with", field.endsWith), ("to be anything but", field.notEquals),
      ("not to begin with", field.notStartsWith), ("not to end with", field.notEndsWith),
    ]
    let wanted = conditions.filter { !$0.1.isEmpty }.map {
      "\($0.0) \($0.1.joined(separator: " or "))"
    }
    return "its \(field.field) is \(misfit.found.isEmpty ? "missing" : misfit.found), and "
      + "\(misfit.selector) wants \(field.field) \(wanted.joined(separator: " and "))"
  }

  private static func add(
    _ found: CloudTrail.LogWhereabouts, _ trail: CloudTrail.Trail, to page: inout Page
  ) {
    switch found {
    case .missed(let group):
      page.add(
        "\(trail.name), log group \(group): no: the trail did not write there yet when it was due")
    case .waiting(let group, let instant):
      page.add(
        "\(trail.name), log group \(group): not yet: it will be delivered at \(instant.zulu)")
    case .failing(let error, let group, let role, let instant):
      page.add(
        "\(trail.name), log group \(group): not yet: CloudTrail could not write there (\(error)); "
          + "tried again at \(instant.zulu)")
      page.add(
        error == "ResourceNotFoundException"
          ? "  the log group is gone: aws logs create-log-group --log-group-name \(group)"
          : "  \(role) must trust cloudtrail.amazonaws.com and allow logs:CreateLogStream and "
            + "logs:PutLogEvents on the group")
    case .delivered(let instant, let group, let stream):
      page.add(
        "\(trail.name), log group \(group): yes, since \(instant.zulu), in the stream \(stream)",
        .good)
    }
  }

  private static func advice(_ found: CloudTrail.Whereabouts, _ trail: CloudTrail.Trail)
    -> [String]
  {
    switch found {
    case .several(let reasons): reasons.flatMap { advice($0, trail) }
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
        "this would take those as well, from then on, and keeps what the trail takes now:",
        "aws cloudtrail put-event-selectors --trail-name \(trail.name) --advanced-event-selectors "
          + "'\(trail.selection.adding(dataType: type).compact)'",
      ]
    case .fields(let misfits) where misfits.count > 1: misfits.map { says($0) }
    case .excludedSource(let source):
      ["refused calls of \(source) are left out as well; event history still has them"]
    case .failing:
      ["the bucket's policy must let cloudtrail.amazonaws.com write under AWSLogs"]
    case .waiting: ["wait 5m"]
    default: []
    }
  }
}
