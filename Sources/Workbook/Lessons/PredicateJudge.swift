import Clients
import Cloud
import Narration
import Policies
import Values

/// What a predicate found.
package struct Finding: Hashable, Sendable {
  package var holds: Bool
  /// What was looked at, for a predicate that does not hold.
  package var found: String
}

/// Asks the world; changes nothing, runs what must be run on a copy.
struct PredicateJudge {
  let workbook: Workbook
  private let known = Known()

  /// What was found out about the state that is judged, for the next question about it.
  private final class Known {
    var gained: RightsGained?
  }

  init(workbook: Workbook) { self.workbook = workbook }

  private var desk: Desk { workbook.desk }
  private var world: World { desk.world }

  func judge(_ predicate: Predicate) -> Finding {
    switch predicate.form {
    case .all(let parts):
      for part in parts {
        let finding = judge(part)
        if !finding.holds { return finding }
      }
      return Finding(holds: true, found: "all of it holds")
    case .can(let principal, let action, let resource, let via, let wanted):
      return can(principal, action, resource, via, wanted)
    case .stream(let name, let field, let test):
      let found = StreamFacts.value(field, of: name, in: world)
      return Finding(
        holds: field == "key" ? isKey(found, test) : test.holds(found),
        found: "\(field) of stream \(name) is \(found)")
    case .key(let name, let field, let test):
      let found = KeyFacts.value(field, of: name, in: world)
      return Finding(holds: test.holds(found), found: "\(field) of \(name) is \(found)")
    case .lastCall(let wanted):
      let last = desk.cloud.journal.last
      let found = last.map { $0.error?.error.code ?? "ok" } ?? "none"
      return Finding(holds: found == wanted, found: "the last call ended with \(found)")
    case .trail(let has, let action, let principal, let outcome, let since):
      let matches = count(since) { event in
        event.operation.rawValue == action
          && (principal.map { isCaller($0, event) } ?? true)
          && (outcome.map { $0 == event.error?.error.code ?? "ok" } ?? true)
      }
      return Finding(
        holds: (matches > 0) == has,
        found: "\(action) was called \(ShortNames.plural(matches, "time")) like that")
    case .moreThanSolution(let somebody): return moreThanSolution(somebody)
    case .counter(let action, let principal, let outcome, let since, let test):
      let count = count(since) { event in
        event.operation.rawValue == action && (principal.map { isCaller($0, event) } ?? true)
          && (outcome.map { $0 == event.error?.error.code ?? "ok" } ?? true)
      }
      return Finding(
        holds: test.holds(String(count)),
        found: "\(action) was called \(ShortNames.plural(count, "time"))")
    case .readsBack(let text, let stream, let principal):
      return readsBack(text, stream, principal)
    case .output(let command, let test):
      var copy = workbook
      copy.explain = .off
      copy.desk.lesson = nil
      var found = copy.feed(command).reply
      while found.last == "\n" { found.removeLast() }
      return Finding(
        holds: test.holds(found),
        found: predicate.shown == predicate.text
          ? "\(command) printed \(found)" : "it printed \(found)")
    case .load(let field, let test): return load(field, test)
    case .alarm(let metric, let field, let since, let test):
      return alarm(metric, field, since, test)
    case .trailTakes(let name, let takes, let action):
      guard let trail = world.trails.all.map(\.trail).first(where: { $0.name == name }) else {
        return Finding(holds: false, found: "there is no trail \(name)")
      }
      let isTaken = trail.isLogging && trail.selection.takes(action)
      return Finding(
        holds: isTaken == takes,
        found: trail.isLogging
          ? "\(name) \(isTaken ? "takes" : "leaves out") \(action)" : "\(name) does not log")
    case .seen(let what):
      let seen = desk.lesson?.work.seen[what] != nil
      return Finding(holds: seen, found: seen ? "\(what) was used" : "\(what) was not used yet")
    case .seenAfter(let what, let action): return seen(what, after: action)
    case .identity(let principal, let has, let action, let resource):
      return identity(principal, has, action, resource)
    }
  }

  private func seen(_ what: String, after action: String) -> Finding {
    guard let work = desk.lesson?.work, let place = work.seen[what] else {
      return Finding(holds: false, found: "\(what) was not used yet")
    }
    var wasCalled = false
    desk.cloud.journal.scan(work.start..<max(work.start, place)) { _, event in
      wasCalled = event.pointee.operation.rawValue == action && event.pointee.error == nil
      return !wasCalled
    }
    return Finding(
      holds: wasCalled,
      found: wasCalled ? "\(what) was used" : "\(what) was used before \(action), not after it")
  }

  private func count(_ since: Predicate.Since, _ isMeant: (Event) -> Bool) -> Int {
    let start = since == .step ? desk.lesson?.work.start : desk.lesson?.lessonStart
    var count = 0
    desk.cloud.journal.scan((start ?? 0)..<desk.cloud.journal.count) { _, event in
      if isMeant(event.pointee) { count += 1 }
      return true
    }
    return count
  }

  /// A key has an id, an ARN and its aliases: whichever was given, it is the same key.
  private func isKey(_ found: String, _ test: Predicate.Test) -> Bool {
    guard let key = SubjectNames.key(found, in: world),
      let wanted = SubjectNames.key(test.wanted, in: world)
    else { return test.holds(found) }
    return test.relation == "!=" ? key != wanted : test.relation == "=" && key == wanted
  }

  /// The last load of the step: what was driven in another one says nothing about this.
  private func load(_ field: String, _ test: Predicate.Test) -> Finding {
    let before = desk.lesson?.work.loads ?? 0
    guard let report = desk.loads.dropFirst(before).last else {
      return Finding(holds: false, found: before > 0 ? "no load in this step yet" : "no load yet")
    }
    let found = LoadFacts.value(field, of: report)
    return Finding(holds: test.holds(found), found: "\(field) of load \(report.number) is \(found)")
  }

  /// Any alarm on the metric will do: what it is called is the learner's affair.
  private func alarm(
    _ metric: String, _ field: String, _ since: Predicate.Since?, _ test: Predicate.Test
  ) -> Finding {
    let alarms = world.metrics.alarms(in: .usEast1).map(\.alarm).filter { $0.metric == metric }
    if field == "count" {
      return Finding(
        holds: test.holds(String(alarms.count)),
        found: "\(ShortNames.plural(alarms.count, "alarm")) on \(metric)")
    }
    let start = since == .step ? desk.lesson?.work.started : nil
    let found = alarms.map { AlarmFacts.value(field, of: $0, since: start, in: world) }
    guard !found.isEmpty else {
      return Finding(holds: false, found: "there is no alarm on \(metric)")
    }
    return Finding(
      holds: found.contains { test.holds($0) },
      found: "\(field) of the alarm on \(metric) is \(found.joined(separator: " and "))")
  }

  private func isCaller(_ name: String, _ event: Event) -> Bool {
    SubjectNames.session(name, in: world) == event.call.session
  }

  private func decision(_ principal: String, _ action: String, _ resource: String, _ via: String?)
    -> (decision: Decision?, problem: String)
  {
    guard let session = SubjectNames.session(principal, in: world) else {
      return (nil, "there is no profile \(principal)")
    }
    let asked: AskedAccess
    do throws(Misunderstood) {
      asked = try AskedAccess(action: action, resource: resource, via: via, in: world)
    } catch {
      return (nil, error.text)
    }
    return (desk.cloud.judge(asked.action, on: asked.subject, asked.call(of: session)), "")
  }

  private func can(
    _ principal: String, _ action: String, _ resource: String, _ via: String?, _ wanted: String
  ) -> Finding {
    let (decision, problem) = decision(principal, action, resource, via)
    guard let decision else { return Finding(holds: false, found: problem) }
    let found =
      switch decision.cause {
      case .allowed: "allow"
      case .implicitDeny: "deny implicit"
      case .explicitDeny: "deny explicit"
      }
    let by =
      decision.verdict == .allowed
      ? decision.deciding.map(\.statementName).joined(separator: ", ")
      : decision.nearestMiss.map { "nearest \($0.statementName)" } ?? ""
    return Finding(
      holds: found == wanted || (wanted == "deny" && decision.verdict == .denied),
      found: "\(principal) \(action) on \(resource): \(found)" + (by.isEmpty ? "" : " (\(by))"))
  }

  private func identity(_ principal: String, _ has: Bool, _ action: String, _ resource: String)
    -> Finding
  {
    let (decision, problem) = decision(principal, action, resource, nil)
    guard let decision else { return Finding(holds: false, found: problem) }
    let outcome = decision.gates.first { $0.kind == .identity }?.outcome
    return Finding(
      holds: (outcome == .allows) == has,
      found: "the identity policies of \(principal) "
        + (outcome == .allows ? "allow" : "do not allow") + " \(action)")
  }

  /// Does the step as its solution does it, on a copy from where the step began, and compares what
  /// everybody may do.
  private func moreThanSolution(_ somebody: Bool) -> Finding {
    guard let lesson = desk.lesson, let entry = lesson.work.entry.first,
      let solution = lesson.step.solutions.first
    else { return Finding(holds: false, found: "no step with a solution is open") }
    // A check and a way off the path often ask the same of one state.
    let gained =
      known.gained
      ?? {
        var copy = workbook
        copy.explain = .off
        copy.desk = entry
        for command in solution { copy.runQuietly(command.text) }
        return RightsGained(in: desk.cloud, over: copy.desk.cloud)
      }()
    known.gained = gained
    return Finding(
      holds: gained.isEmpty != somebody,
      found: gained.isEmpty ? "nobody may do more" : gained.sentence + "; " + gained.remedies)
  }

  /// Reads the whole stream on a copy, as that principal.
  private func readsBack(_ text: String, _ name: String, _ principal: String) -> Finding {
    guard let slot = world.streams.slot(named: name, in: .usEast1),
      let session = SubjectNames.session(principal, in: world)
    else { return Finding(holds: false, found: "there is no stream \(name)") }
    var copy = desk.cloud
    let call = Call(session: session, region: .usEast1)
    for shard in world.streams[slot].shards {
      do throws(ServiceError) {
        let records = try copy.readAll(of: slot, shard.index, call)
        if records.contains(where: { $0 == Array(text.utf8) }) {
          return Finding(holds: true, found: "")
        }
      } catch {
        return Finding(holds: false, found: "reading \(name) as \(principal) gives \(error.code)")
      }
    }
    return Finding(holds: false, found: "no record of \(name) reads \(JSON.quoted(text))")
  }
}

/// Fields of a stream that a check may ask for.
enum StreamFacts {
  static let fields = [
    "exists", "status", "encryption", "key", "shards", "records", "encrypted", "plain",
  ]

  static func value(_ field: String, of name: String, in world: World) -> String {
    guard let slot = SubjectNames.stream(name, in: world) else {
      return field == "exists" ? "false" : "none"
    }
    let stream = world.streams[slot]
    switch field {
    case "exists": return "true"
    case "status": return stream.status.rawValue
    case "encryption": return stream.protection.encryptionType
    case "key": return stream.protection.keyID ?? "none"
    case "shards": return String(stream.open.count)
    case "records": return String(world.kept(in: slot).count)
    case "encrypted": return String(world.kept(in: slot).byKey.reduce(0) { $0 + $1.count })
    default: return String(world.kept(in: slot).inTheClear)
    }
  }
}

/// Fields of an alarm that a check may ask for.
enum AlarmFacts {
  private static let members = [
    "statistic": "Statistic", "comparison": "ComparisonOperator", "missing": "TreatMissingData",
  ]

  static let fields =
    ["count", "state", "rang", "dimensions", "threshold"] + members.keys.sorted()

  static func value(
    _ field: String, of alarm: Alarm, since start: Instant? = nil, in world: World
  ) -> String {
    switch field {
    case "state": return alarm.state.rawValue
    case "threshold":
      let whole = Int(exactly: alarm.threshold)
      return whole.map { String($0) } ?? String(alarm.threshold)
    case "rang":
      // How often it went into ALARM.
      return String(
        world.metrics.history.count { item in
          item.alarm == alarm.name && item.kind == .state && item.summary.hasSuffix("to ALARM")
            && (start.map { item.at > $0 } ?? true)
        })
    case "dimensions":
      return alarm.dimensions.isEmpty ? "none" : alarm.dimensions.joined(separator: ",")
    default: return members[field].flatMap { alarm.setting($0) } ?? "none"
    }
  }
}

/// Fields of the last load that a check may ask for.
enum LoadFacts {
  private static let table: [(name: String, value: @Sendable (LoadReport) -> Int)] = [
    ("offered", { $0.offered }), ("stored", { $0.stored }), ("lost", { $0.lost }),
    ("read", { $0.read }), ("retried", { $0.retried }), ("data-keys", { $0.dataKeys }),
    ("decrypts", { $0.decrypts }), ("throttled", { $0.throttled }),
    ("shard-refusals", { $0.refused(.shard) }), ("control-refusals", { $0.refused(.control) }),
    ("damaged", { $0.damaged }),
    ("exposed-records", { $0.exposure?.records ?? 0 }),
    ("most-exposed-records", { $0.exposure?.mostRecords ?? 0 }),
    ("first-throttled-second", { $0.first(.kms) ?? 0 }),
    ("most-data-keys-per-second", { report in report.seconds.map(\.kms.dataKeys).max() ?? 0 }),
    ("most-kms-per-second", { report in report.seconds.map(\.kms.all).max() ?? 0 }),
  ]

  static let fields = table.map(\.name) + ["wall"]

  static func value(_ field: String, of report: LoadReport) -> String {
    if field == "wall" { return report.wall?.rawValue ?? "none" }
    return table.first { $0.name == field }.map { String($0.value(report)) } ?? "none"
  }
}

/// Fields of a key that a check may ask for.
enum KeyFacts {
  static let fields = ["exists", "state", "manager", "policy-statements"]

  static func value(_ field: String, of name: String, in world: World) -> String {
    guard let slot = SubjectNames.key(name, in: world) else {
      return field == "exists" ? "false" : "none"
    }
    switch field {
    case "exists": return "true"
    case "state": return world.keys[slot].state.rawValue
    case "manager": return world.keys[slot].manager.rawValue
    default: return String(world.keys[slot].policy.document.statements.count)
    }
  }
}

extension Array {
  /// What the first element gives that gives something.
  func firstNonNil<T>(_ look: (Element) -> T?) -> T? {
    for element in self {
      if let found = look(element) { return found }
    }
    return nil
  }
}
