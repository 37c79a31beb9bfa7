import Cloud
import Policies
import Values

/// The story of what one typed line did, as numbered hops.
package struct Story {
  private let events: [Event]
  /// The calls that services made for each call, by its number.
  private let inner: [UInt32: [Event]]
  private let cloud: Cloud
  private let level: ExplainLevel
  private var page = Page()
  private var hop = 0

  /// Events of the journal from a place on, and what the clock did since.
  package static func page(
    _ cloud: Cloud, from event: Int, level: ExplainLevel, happenings: [Happening] = [],
    remarks: [String] = [], without loads: [Range<Int>] = []
  ) -> Page {
    let events = events(cloud, from: event, without: loads)
    var story = Story(events: events, cloud: cloud, level: level)
    switch level {
    case .off: return Page()
    case .json: story.addJSON()
    case .brief, .full, .narrated: story.addAll(remarks)
    }
    if level != .json {
      for happening in happenings { story.add(happening) }
    }
    return story.page
  }

  /// Events of the journal from a place on, in the order in which they began, without those of loads.
  package static func events(_ cloud: Cloud, from start: Int, without loads: [Range<Int>])
    -> [Event]
  {
    var events: [Event] = []
    var place = start
    for range in loads + [cloud.journal.count..<cloud.journal.count] {
      while place < range.lowerBound {
        events.append(cloud.journal[place])
        place += 1
      }
      place = range.upperBound
    }
    return events.sorted { $0.id < $1.id }
  }

  private init(events: [Event], cloud: Cloud, level: ExplainLevel) {
    self.events = events
    inner = Dictionary(grouping: events) { $0.call.parent }
    self.cloud = cloud
    self.level = level
  }

  private var world: World { cloud.world }

  private mutating func addAll(_ remarks: [String]) {
    let roots = events.filter { $0.call.parent == 0 }
    var place = 0
    while place < roots.count {
      tell(roots[place])
      let alike = alike(after: place, among: roots)
      // A waiter asks the same for long: the first of many says it.
      if alike.count >= Self.many, let first = alike.first, let last = alike.last {
        hop += alike.count
        add("and \(Number.grouped(alike.count)) more like it: e\(first.id) to e\(last.id)", 0)
        place += alike.count
      }
      place += 1
    }
    for remark in remarks { page.add(remark, .note) }
    var rows: ModelRows = []
    for event in events { rows.formUnion(event.rows) }
    for row in rows.rows {
      page.add(
        "model \(world.model.rawValue), row \(row.rawValue): \(row.says(world.model))", .note)
    }
  }

  /// So many calls in a row that ended as the one before them are counted and not told one by one.
  private static let many = 4

  private func alike(after place: Int, among roots: [Event]) -> ArraySlice<Event> {
    let told = roots[place]
    guard level != .full, inner[told.id] == nil else { return [] }
    return roots[(place + 1)...].prefix { event in
      event.operation == told.operation && event.subject == told.subject
        && event.call.session == told.call.session && event.call.region == told.call.region
        && event.error?.error.code == told.error?.error.code
        && event.decision?.isAllowed == told.decision?.isAllowed && inner[event.id] == nil
    }
  }

  // MARK: Hops

  private mutating func tell(_ event: Event, depth: Int = 0) {
    hop += 1
    let number = hop
    let who = depth == 0 ? world.caller(event) : "Kinesis, as \(world.caller(event)),"
    let target = ShortNames.service(event.operation.service)
    // A call without a resource, or one whose resource was not found, has no name to show.
    let subject =
      event.subject == .none ? "" : " on " + ShortNames.subject(event.subject, in: world)
    let what = event.operation.operation + subject
    let indent = String(repeating: "  ", count: depth)
    if level == .narrated {
      page.add("\(number). \(who) asks \(target) for \(what), event e\(event.id).")
    } else {
      page.add("\(indent)\(number)  \(who) -> \(target): \(what)  e\(event.id)", .heading)
    }
    if let decision = event.decision?.decision, event.decision?.isAllowed == true {
      let by = Refusal.list(decision.deciding.map(\.statementName).removingRepeats())
      add("allowed by \(by)", depth, .good)
      if level == .full { add(Refusal.page(decision, full: true), depth) }
      for record in event.further { tell(further: record.decision, depth) }
    } else if event.decision == nil, event.error == nil {
      add("needs no permission", depth, .good)
    }
    if depth > 0, let via = event.call.via {
      add("via \(ForwardedAccess.viaService(in: event.call.region))", depth)
      // Of a stream that was not made, because its key was refused, there is no context.
      let isThere = world.streams.streams.indices.contains(Int(via.stream))
      // Only what seals or opens takes one: a DescribeKey has none.
      let takesContext = [.generateDataKey, .decrypt].contains(event.operation)
      for pair in isThere && takesContext ? world.streams[via.stream].context.pairs : [] {
        add("encryption context \(pair.key) = \(pair.value)", depth)
      }
    }
    if let endpoint = world.endpoint(of: event) {
      add("through the VPC endpoint \(endpoint)", depth)
    }
    tellInner(of: event, depth + 1)
    tellEffect(event, depth)
    tellError(event, depth)
  }

  /// The same call needed a second permission.
  private mutating func tell(further decision: Decision, _ depth: Int) {
    let by = Refusal.list(decision.deciding.map(\.statementName).removingRepeats())
    let resource = decision.question.resources.first ?? "*"
    let name = ARN(resource)?.resource ?? resource
    add("and \(decision.question.action) on \(name): allowed by \(by)", depth, .good)
    if level == .full { add(Refusal.page(decision, full: true), depth) }
  }

  /// The calls that a service made for this one; of those that went alike the first, and how many.
  private mutating func tellInner(of event: Event, _ depth: Int) {
    var alike: [UInt32] = []
    var last: Event?
    func isLike(_ inner: Event) -> Bool {
      guard let last, level != .full else { return false }
      return inner.operation == last.operation && inner.subject == last.subject
        && (inner.error == nil) == (last.error == nil)
    }
    for inner in inner[event.id] ?? [] {
      if isLike(inner) {
        alike.append(inner.id)
        continue
      }
      tellCount(alike, last, depth)
      alike = []
      tell(inner, depth: depth)
      last = inner
    }
    tellCount(alike, last, depth)
  }

  private mutating func tellCount(_ alike: [UInt32], _ event: Event?, _ depth: Int) {
    guard let first = alike.first, let last = alike.last, let event else { return }
    hop += alike.count
    let events = first == last ? "e\(first)" : "e\(first) to e\(last)"
    let what = ShortNames.plural(alike.count, "more \(event.operation.operation)")
    add("and \(what) like it: \(events)", depth)
  }

  private mutating func add(_ text: String, _ depth: Int, _ style: Page.Style = .plain) {
    if level == .narrated {
      page.add("   \(Sentence.of(text))", style)
    } else {
      page.add(String(repeating: "  ", count: depth) + "   \(text)", style)
    }
  }

  private mutating func add(_ inner: Page, _ depth: Int) {
    page.add(inner, indented: 3 + 2 * depth)
  }

  private mutating func tellEffect(_ event: Event, _ depth: Int) {
    if event.operation == .putRecords, event.error == nil { tellFailures(event, depth) }
    switch event.effect {
    case .none, .named: return
    case .wrapped(let key, let material, let bytes):
      let size = Int(bytes) + KMS.CiphertextBlob.overhead
      if event.operation == .generateDataKey {
        add(
          "a new \(Int(bytes) * 8)-bit data key, returned twice: in the clear, and wrapped under "
            + "\(ShortNames.key(key, in: world)) (material \(material + 1)) in \(size) bytes", depth
        )
      } else {
        add(
          "\(ShortNames.bytes(Int(bytes))) sealed under \(ShortNames.key(key, in: world)) "
            + "(material \(material + 1)) in \(size) bytes", depth)
      }
    case .unwrapped(let key, _, let count):
      if event.call.via != nil {
        add(
          "\(ShortNames.plural(Int(count), "wrapped data key")) opened under "
            + "\(ShortNames.key(key, in: world)); the key itself stays in KMS", depth)
      } else {
        add("opened under \(ShortNames.key(key, in: world)); the key itself stays in KMS", depth)
      }
    case .stored(let stream, let shard, let record, let count):
      tellStored(stream, shard, Int(record), Int(count), depth)
    case .read(let shard, _, let count, let encrypted):
      let id = Kinesis.Shard.id(Int(shard))
      if count == 0 {
        add("no record of \(id) from that place on", depth)
      } else {
        add(
          "\(ShortNames.plural(Int(count), "record")) of \(id), \(encrypted) of them encrypted: "
            + (encrypted == 0
              ? "no key is needed for what lies in the clear"
              : "each opened with its data key, tag and context checked"),
          depth)
      }
    }
  }

  /// Records of a PutRecords that were refused, while the call itself succeeded.
  private mutating func tellFailures(_ event: Event, _ depth: Int) {
    guard let all = event.detail?.input["Records"]?.array?.count else { return }
    var stored = 0
    if case .stored(_, _, _, let count) = event.effect { stored = Int(count) }
    guard stored < all else { return }
    add(
      "\(all - stored) of \(all) records failed, because their shards are at their rate, although the "
        + "call succeeded: look at FailedRecordCount and send those again", depth, .bad)
  }

  private mutating func tellStored(
    _ stream: Int32, _ shard: Int32, _ record: Int, _ count: Int, _ depth: Int
  ) {
    guard world.streams[stream].shards.indices.contains(Int(shard)) else { return }
    let found = world.streams[stream].shards[Int(shard)]
    if count > 1 {
      add("\(count) records stored; xray \(world.streams[stream].name) shows the bytes", depth)
      return
    }
    let size = found.body(of: record).count
    if found[record].isEncrypted {
      add(
        "Kinesis sealed the \(ShortNames.bytes(size - 28)) with AES-256-GCM under the data key and "
          + "bound \(size - 28 == 1 ? "it" : "them") to the stream's ARN", depth)
      add(
        "on the disk, record \(record + 1) of \(found.id): nonce 12 + ciphertext \(size - 28) + "
          + "tag 16 = \(size) bytes, beside the wrapped data key", depth)
    } else {
      let seal = ClientSeal.name(of: found.body(of: record))
      add(
        "on the disk, record \(record + 1) of \(found.id): \(ShortNames.bytes(size)) "
          + (seal.map { "as they came: \($0), sealed by the client and not by Kinesis" }
            ?? "in the clear"),
        depth)
    }
  }

  private mutating func tellError(_ event: Event, _ depth: Int) {
    guard let error = event.error?.error else { return }
    // Where an inner call was refused, it has told that already.
    if case .fromKMS = error {
      if !events.contains(where: { $0.call.parent == event.id && $0.error != nil }) {
        add(advice: error, depth)
      }
      add("so Kinesis answers \(error.code), and nothing was stored or read", depth, .bad)
      return
    }
    if let decision = error.decision {
      // The decision is about the policy that was refused, and would be read as one about today's.
      if let remark = ErrorAdvice.remark(onDecisionOf: error) { add("\(remark):", depth, .bad) }
      if level == .narrated {
        for sentence in Refusal.sentences(decision) { add(sentence, depth, .bad) }
      } else {
        add(
          Refusal.page(
            decision, full: level == .full, nearMisses: level == .full ? Refusal.everyNearMiss : 1),
          depth)
      }
      if let missing = ErrorAdvice.missingRole(event, in: world) { add(missing, depth, .bad) }
    } else {
      add(advice: error, depth)
    }
  }

  private mutating func add(advice error: ServiceError, _ depth: Int) {
    if level == .narrated {
      for line in ErrorAdvice.page(error).narrated.lines { add(line.text, depth, .bad) }
    } else {
      add(ErrorAdvice.page(error, .bad), depth)
    }
  }

  private mutating func add(_ happening: Happening) {
    let said = happening.transition.says(in: world)
    if case .key(.rotatedOnDemand) = happening.transition {
      page.add("\(said); KMS reports that as an event of its own, RotateKey", .note)
    } else {
      let isToday = happening.at.date == world.now.date
      page.add("clock \(isToday ? happening.at.timeOfDay : happening.at.zulu): \(said)", .note)
    }
  }

  // MARK: As data

  private mutating func addJSON() {
    for event in events {
      var object = JSONObject([
        ("event", .integer(Int(event.id))), ("operation", .string(event.operation.rawValue)),
        ("by", .string(world.caller(event))),
        ("on", .string(ShortNames.stable(event.subject, in: world))),
      ])
      if event.call.parent > 0 { object["for"] = .integer(Int(event.call.parent)) }
      if event.call.via != nil {
        object["via"] = .string(ForwardedAccess.viaService(in: event.call.region))
      }
      if let decision = event.decision?.decision {
        object["verdict"] = .string(decision.verdict.rawValue)
        object["by-statements"] = .array(decision.deciding.map { .string($0.statementName) })
        if let near = decision.nearestMiss { object["nearest"] = .string(near.statementName) }
      }
      if let error = event.error?.error { object["error"] = .string(error.code) }
      let rows = event.rows.rows.map { JSON.string($0.rawValue) }
      if !rows.isEmpty { object["rows"] = .array(rows) }
      page.add(JSON.object(object).line)
    }
  }
}

extension World {
  /// The one who called, as pages name it.
  package func caller(_ event: Event) -> String {
    ShortNames.principal(identities[event.call.session].principal)
  }
}
