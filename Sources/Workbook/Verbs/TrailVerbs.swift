import Cloud
import Commands
import Narration
import Policies
import Values

extension Verb {
  static let trailVerbs: [Verb] = [
    Verb(
      "trail [--by P] [--denied|--failed] [--event NAME] [--since TIME] [--statement NAME] [--in TRAIL] [--data] [--last N]",
      .looking,
      "what CloudTrail recorded, as a table: event history, or what one trail took; --since 10m or a time",
      example: "trail --by producer --denied"
    ) { workbook, call, turn in
      workbook.trail(call, &turn)
    },
    Verb(
      "where-is EVENT [TRAIL]", .looking,
      "where an event is, or why a trail has it not; EVENT is e12, an eventID, or the name of a call",
      example: "where-is PutRecord my-trail"
    ) { workbook, call, turn in
      workbook.whereIs(call, &turn)
    },
    Verb(
      "predict-trail [--json] COMMAND", .looking,
      "what the trail would have of a command: it runs on a copy",
      example: "predict-trail aws kms disable-key --key-id \(StartNames.keyID)"
    ) { workbook, call, turn in
      workbook.predictTrail(call, &turn)
    },
  ]
}

extension Workbook {
  /// An event as a learner names it: `e12`, `12`, an eventID, `last`, or the newest call of a name.
  func row(named word: String) -> TrailRow? {
    let cloud = desk.cloud
    if word == "last" {
      let last = cloud.journal.suffix(from: 0).last { $0.call.parent == 0 }
      return last.flatMap { cloud.row(numbered: $0.id) }
    }
    let digits = word.hasPrefix("e") ? String(word.dropFirst()) : word
    if let number = UInt32(digits) { return cloud.row(numbered: number) }
    if let row = cloud.rowOfAnybody(withID: word) { return row }
    let event = cloud.journal.suffix(from: 0).last {
      $0.operation.rawValue == word || $0.operation.isCalled(word)
    }
    if let event { return cloud.row(numbered: event.id) }
    if word.hasPrefix("s"), let number = Int(word.dropFirst()) {
      return cloud.serviceRow(numbered: number)
    }
    return cloud.serviceRow(named: word.hasPrefix("kms:") ? String(word.dropFirst(4)) : word)
  }

  /// What to say of a word that names no event.
  func noEvent(_ word: String) -> String {
    let last = desk.cloud.lastEvent
    if last == 0 { return "There is no event yet: type an aws command first" }
    let names = eventNames
    let near = NearNames.of(word, among: names)
    return "There is no event \(JSON.quoted(word)): there are e1 to e\(last)"
      + (near.isEmpty ? "" : "; did you mean \(near[0])?")
  }

  /// Names of all events so far, sorted.
  private var eventNames: [String] {
    Set(desk.cloud.journal.suffix(from: 0).map(\.operation.kind.name))
      .union(desk.cloud.serviceEventNames).sorted()
  }

  /// The full story of one event of the trail, back to the line of the policy.
  func why(event word: String, all isWhole: Bool, _ call: VerbCall, _ turn: inout Turn) {
    guard let row = row(named: word) else { return turn.misuse(call, noEvent(word)) }
    var page = TrailPage.event(row, in: desk.cloud, all: isWhole)
    page.add("where-is \(TrailPage.name(row, in: desk.cloud))   which trail has it", .next)
    turn.print(page)
  }

  fileprivate func whereIs(_ call: VerbCall, _ turn: inout Turn) {
    guard (1...2).contains(call.words.count) else {
      return turn.misuse(call, "where-is wants an event")
    }
    guard let row = row(named: call.words[0]) else {
      return turn.misuse(call, noEvent(call.words[0]))
    }
    var trails = desk.world.trails.all.map(\.trail)
    if call.words.count == 2 {
      let name = call.words[1]
      guard let found = trails.first(where: { $0.name == name || $0.arn.description == name })
      else { return turn.misuse(call, noTrail(name)) }
      trails = [found]
    }
    turn.print(TrailPage.whereabouts(of: row, in: desk.cloud, trails: trails))
  }

  private func noTrail(_ name: String) -> String {
    let names = desk.world.trails.all.map(\.trail.name)
    if names.isEmpty {
      return "There is no trail \(JSON.quoted(name)): the account has none; "
        + "aws cloudtrail create-trail makes one"
    }
    let near = NearNames.of(name, among: names)
    return "There is no trail \(JSON.quoted(name))"
      + (near.isEmpty
        ? ": there are \(names.joined(separator: ", "))" : "; did you mean \(near[0])?")
  }

  fileprivate func predictTrail(_ call: VerbCall, _ turn: inout Turn) {
    let isJSON = call.words.first == "--json"
    let words = call.words.dropFirst(isJSON ? 1 : 0)
    guard !words.isEmpty else { return turn.misuse(call, "predict-trail wants a command") }
    var copy = self
    copy.explain = .off
    copy.desk.lesson = nil
    copy.desk.drill = nil
    let quoted = words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
    let inner = copy.feed(quoted.joined(separator: " "))
    let cloud = copy.desk.cloud
    let count = desk.cloud.journal.count
    guard cloud.journal.count > count else {
      turn.print("Nothing: no call would be made.\n\(inner.errors)")
      return
    }
    let events = cloud.journal.suffix(from: count).sorted { $0.id < $1.id }
    var rows = events.compactMap { cloud.row(numbered: $0.id) }
    cloud.eachRow(from: desk.cloud.trailEnd, to: cloud.trailEnd) { row in
      if !row.isCall { rows.append(row) }
      return true
    }
    let isMany = rows.count > Self.mostPredicted
    let kinds =
      isMany ? TrailPage.kinds(rows, in: cloud) : rows.map { (first: $0, count: 1) }
    if isJSON {
      for kind in kinds { turn.print(cloud.record(of: kind.first).pretty + "\n") }
      if isMany {
        turn.print("The first of each kind, of \(rows.count) events.\n")
      }
      return
    }
    var page =
      isMany ? TrailPage.table(counting: kinds, in: cloud) : TrailPage.table(rows, in: cloud)
    for (row, _) in kinds {
      let takers = cloud.world.trails.all.map(\.trail).filter { cloud.takes($0, row) }.map(\.name)
      let operation = cloud.call(of: row)?.operation
      let isData = operation?.kind.isData ?? false
      let places = (isData ? [] : ["event history"]) + takers
      let name =
        isMany
        ? operation.map { TrailPage.callName($0) } ?? TrailPage.name(row, in: cloud)
        : TrailPage.name(row, in: cloud)
      let line =
        "\(name) is a \(isData ? "data" : "management") event: "
        + (places.isEmpty ? "no trail asks for it" : places.joined(separator: ", "))
      if !page.lines.contains(where: { $0.text == line }) { page.add(line) }
    }
    page.add(
      "Nothing was changed: it ran on a copy. predict-trail --json shows the records.", .note)
    turn.print(page)
  }

  /// More rows than these are counted by their kinds.
  private static let mostPredicted = 40

  // MARK: The table

  /// What the verb `trail` was asked for.
  private struct Wanted {
    /// Whose trail is looked at: the account of the profile in use.
    var account = Account.home
    var session: ((SessionID) -> Bool)?
    var onlyDenied = false
    var onlyFailed = false
    var name: String?
    var since: Instant?
    var statement: String?
    var trail: CloudTrail.Trail?
    var withData = false
    /// Older events are in event history no more.
    var oldest: Instant?
    var count = 25
  }

  fileprivate func trail(_ call: VerbCall, _ turn: inout Turn) {
    var wanted = Wanted()
    var words = call.words[...]
    var seen: Set<String> = []
    while let option = words.popFirst() {
      switch option {
      case "--denied": wanted.onlyDenied = true
      case "--failed": wanted.onlyFailed = true
      case "--data": wanted.withData = true
      case "--by", "--event", "--since", "--statement", "--in", "--last":
        guard let value = words.popFirst() else {
          return turn.misuse(call, "\(option) wants a value")
        }
        guard seen.insert(option).inserted else {
          return turn.misuse(
            call, "\(option) came twice: \(JSON.quoted(value)) is one value too many")
        }
        if let problem = set(option, value, &wanted) { return turn.misuse(call, problem) }
      default:
        let near = NearNames.of(
          option,
          among: [
            "--by", "--denied", "--failed", "--event", "--since", "--statement", "--in", "--data",
            "--last",
          ])
        return turn.misuse(
          call,
          "trail has no option \(JSON.quoted(option))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
    }
    show(wanted, &turn)
  }

  /// Takes one option; what is wrong with its value.
  private func set(_ option: String, _ value: String, _ wanted: inout Wanted) -> String? {
    switch option {
    case "--by":
      let sessions = desk.world.identities.sessions
      let fits = sessions.map { session in
        session.profile == value || session.trailName == value || session.accessKeyID == value
          || session.principal.arn == value || session.principal.roleARN == value
          || ShortNames.principal(session.principal) == value
          || session.principal.roleARN?.hasSuffix("/\(value)") == true
      }
      guard fits.contains(true) else {
        let known = desk.world.identities.everyProfile
        let near = NearNames.of(value, among: known)
        return "There is nobody called \(JSON.quoted(value))"
          + (near.isEmpty
            ? "; there are \(listed(known)), and the ARN of a user, role or session goes as well"
            : "; did you mean \(near[0])?")
      }
      wanted.session = { Int($0) < fits.count && fits[Int($0)] }
    case "--event": wanted.name = value.split(separator: ":").last.map(String.init) ?? value
    case "--since":
      guard let instant = Self.instant(value, before: desk.world.now) else {
        return "\(JSON.quoted(value)) is no time such as 10m, 2h or 2026-01-05T09:00:00Z"
      }
      wanted.since = instant
    case "--statement": wanted.statement = value
    case "--in":
      guard let found = desk.world.trails.all.first(where: { $0.trail.name == value }) else {
        return noTrail(value)
      }
      wanted.trail = found.trail
    default:
      guard let number = Int(value), (1...10_000).contains(number) else {
        return "--last wants a number from 1 to 10000, not \(JSON.quoted(value))"
      }
      wanted.count = number
    }
    return nil
  }

  /// A time, or so long before now.
  static func instant(_ text: String, before now: Instant) -> Instant? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    if let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
      (0...1_000_000).contains(count)
    {
      return now - .seconds(count * unit)
    }
    // A year alone would be so many seconds after 1970.
    if text.utf8.count <= 4, text.utf8.allSatisfy({ (48...57).contains($0) }) { return nil }
    return Instant(parsing: text)
  }

  private func show(_ wanted: Wanted, _ turn: inout Turn) {
    let cloud = desk.cloud
    var wanted = wanted
    wanted.account =
      desk.identity.flatMap {
        Account(id: cloud.world.identities[$0.session].principal.account)
      } ?? .home
    var rows: [TrailRow] = []
    cloud.eachRow(from: .start, to: cloud.trailEnd) { row in
      if covers(wanted, row, in: cloud) { rows.append(row) }
      return true
    }
    var older = 0
    if wanted.trail == nil {
      let oldest = cloud.world.now - CloudTrail.Limits.history
      // Data events were never there: --data shows what could be recorded.
      let kept = rows.filter { row in
        cloud.time(of: row) >= oldest || cloud.call(of: row)?.operation.kind.isData == true
      }
      (older, rows) = (rows.count - kept.count, kept)
      wanted.oldest = oldest
    }
    guard !rows.isEmpty else { return turn.print(nothing(wanted, older: older)) }
    var page = TrailPage.table(Array(rows.suffix(wanted.count)), in: cloud)
    if rows.count > wanted.count {
      page.add(
        "the last \(wanted.count) of \(rows.count); --last \(rows.count) shows all", .note)
    }
    if !wanted.withData, wanted.trail == nil {
      page.add("management events, as event history has them; --data adds data events", .note)
    }
    if older > 0 { page.add(Self.left(older), .note) }
    if let trail = wanted.trail {
      let waiting = rows.filter { !trail.hasDelivered($0) }
      if let first = waiting.first {
        page.add(
          waiting.count == 1
            ? "\(TrailPage.name(first, in: cloud)) it has not delivered yet"
            : "\(waiting.count) of them it has not delivered yet, "
              + "\(TrailPage.name(first, in: cloud)) the first",
          .note)
        page.add(
          "where-is \(TrailPage.name(first, in: cloud)) \(trail.name)   when, or why not", .next)
      }
    }
    if let refused = rows.last(where: { cloud.call(of: $0)?.error?.error.isAccessDenied == true })
      ?? rows.last(where: { cloud.call(of: $0)?.error != nil })
    {
      page.add("why \(TrailPage.name(refused, in: cloud))   the decision behind it", .next)
    }
    turn.print(page)
  }

  /// What to say where no row fits.
  private func nothing(_ wanted: Wanted, older: Int) -> Page {
    let cloud = desk.cloud
    var page = Page()
    if cloud.journal.isEmpty {
      page.add("Nothing has been called yet: type an aws command first.")
      return page
    }
    if let trail = wanted.trail {
      page.add("\(trail.name) has no such event. where-is says why one is missing.")
    } else if older > 0 {
      page.add("Event history has no such event any more.")
      page.add(Self.left(older), .note)
      return page
    } else {
      page.add("There is no such event.")
    }
    // Who looks for one that is named rightly is told where it is.
    var wider = wanted
    wider.withData = true
    wider.trail = nil
    var others: [TrailRow] = []
    cloud.eachRow(from: .start, to: cloud.trailEnd) { row in
      if covers(wider, row, in: cloud) { others.append(row) }
      return true
    }
    if let newest = others.last {
      let count = ShortNames.plural(others.count, wanted.trail == nil ? "data event" : "event")
      let name = TrailPage.name(newest, in: cloud)
      if wanted.trail == nil {
        page.add(
          "\(count) would fit, the newest \(name): event history has management events alone",
          .note)
        page.add("--data   shows data events as well", .next)
      } else {
        page.add("\(count) outside of the trail would fit, the newest \(name)", .note)
        page.add("where-is \(name)   why the trail has it not", .next)
      }
      return page
    }
    if let name = wanted.name, !eventNames.contains(name) {
      let near = NearNames.of(name, among: eventNames)
      page.add(
        near.isEmpty
          ? "nobody has called anything named \(JSON.quoted(name)) yet"
            + (eventNames.isEmpty ? "" : "; there are \(listed(eventNames))")
          : "did you mean \(near.prefix(2).joined(separator: " or "))?", .note)
    }
    if let statement = wanted.statement {
      let names = statementNames
      if !names.contains(statement) {
        let near = NearNames.of(statement, among: names)
        page.add(
          near.isEmpty
            ? "no decision turned on a statement named \(JSON.quoted(statement))"
              + (names.isEmpty ? "" : "; there are \(listed(names))")
            : "did you mean \(near.prefix(2).joined(separator: " or "))?", .note)
      }
    }
    return page
  }

  private static func left(_ count: Int) -> String {
    "\(ShortNames.plural(count, "event")) older than 90 days left out: event history keeps no more; "
      + "what a trail took stays in its bucket, also when the trail is gone (aws s3 ls)"
  }

  private func listed(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
  }

  /// Statements that decisions turned on, sorted.
  private var statementNames: [String] {
    Set(
      desk.cloud.journal.suffix(from: 0).compactMap { event in
        (event.error?.error.decision ?? event.decision?.decision).flatMap {
          TrailPage.statement(of: $0)
        }
      }
    ).sorted()
  }

  private func covers(_ wanted: Wanted, _ row: TrailRow, in cloud: Cloud) -> Bool {
    guard cloud.isRecorded(row, in: wanted.account) else { return false }
    if let since = wanted.since, cloud.time(of: row) < since { return false }
    if let oldest = wanted.oldest, cloud.time(of: row) < oldest,
      cloud.call(of: row)?.operation.kind.isData != true
    {
      return false
    }
    if let trail = wanted.trail, !cloud.takes(trail, row) { return false }
    guard let event = cloud.call(of: row) else {
      return wanted.session == nil && !wanted.onlyDenied && !wanted.onlyFailed
        && wanted.statement == nil
        && (wanted.name == nil || wanted.name == cloud.service(of: row)?.name)
    }
    if event.operation.kind.isData, !wanted.withData, wanted.trail == nil { return false }
    if let isMeant = wanted.session, !isMeant(event.call.session) { return false }
    if wanted.onlyDenied, event.error?.error.isAccessDenied != true { return false }
    if wanted.onlyFailed, event.error == nil { return false }
    if let name = wanted.name, !event.operation.isCalled(name) { return false }
    if let statement = wanted.statement {
      let decision = event.error?.error.decision ?? event.decision?.decision
      return decision.map { TrailPage.turned($0, on: statement) } ?? false
    }
    return true
  }
}

extension OperationID {
  /// Whether that is its name, or the one under which the trail has it.
  fileprivate func isCalled(_ name: String) -> Bool { operation == name || kind.name == name }
}

/// What a command of CloudTrail really did, where the guide or its name leads one to expect more.
enum TrailAdvice {
  static func lines(_ operation: String, _ input: JSON, in desk: Desk) -> [String] {
    let name = (input["Name"] ?? input["TrailName"])?.string ?? ""
    guard
      let trail = desk.world.trails.all.last(where: {
        $0.trail.name == name || $0.trail.arn.description == name
      })?.trail
    else { return [] }
    switch operation {
    case "CreateTrail":
      return [
        "the trail does not log yet: aws cloudtrail start-logging --name \(trail.name)",
        "create-trail has no option for selectors: it will take management events, reads and writes, "
          + (trail.settings.isMultiRegion ? "of every Region" : "of \(trail.home) alone"),
      ]
    case "PutEventSelectors": return selected(trail.selection)
    default: return []
    }
  }

  private static func selected(_ selection: CloudTrail.Selection) -> [String] {
    var lines: [String] = []
    if !selection.takesManagement {
      lines.append(
        "no management event comes into this trail any more, no call of KMS or IAM among them: advanced "
          + "selectors replace all that was selected before, so a selector with eventCategory "
          + "Management belongs beside the one for data")
    }
    if selection.isUsual {
      return [
        "this selects management events, reads and writes: what a new trail selects by itself",
        "calls of KMS are management events, GenerateDataKey and Decrypt included; KMS has no data "
          + "events. PutRecord and GetRecords of Kinesis are data events, and stay out",
      ]
    }
    if selection.takesManagement, !selection.takes("kms:GenerateDataKey") {
      lines.append(
        "no GenerateDataKey or Decrypt comes into this trail any more, refused ones included; event "
          + "history keeps them")
    }
    if selection.takes("kinesis:PutRecord") {
      let which =
        selection.namesResources(ofType: "AWS::Kinesis::Stream")
        ? "the streams named" : "every stream"
      lines.append("PutRecord and other data events of \(which) come in from now on")
    }
    return lines
  }
}
