import Values

/// AWS CloudTrail.
///
/// It stores no events: what it shows is a view over the journal, put into JSON when it is shown.
package enum CloudTrail {
  /// A place in the journal and among what the clock did.
  package struct Cursor: Hashable, Sendable {
    package var event: Int
    package var happening: Int

    /// Before everything.
    package static let start = Cursor(event: 0, happening: 0)
  }
}

/// One event of the trail: a call of the journal, or something that a service did by itself.
package struct TrailRow: Hashable, Sendable {
  /// The place in the journal. What a service did by itself stands below zero: the complement of its
  /// place among the happenings.
  let place: Int32

  static func call(at place: Int) -> TrailRow { TrailRow(place: Int32(place)) }
  static func service(at place: Int) -> TrailRow { TrailRow(place: ~Int32(place)) }

  /// Whether somebody called; its number is then that of the journal.
  package var isCall: Bool { place >= 0 }

  /// The number of what a service did by itself, the first being 1.
  package var serviceNumber: Int? { isCall ? nil : Int(~place) + 1 }
}

/// What a service does to a key without being asked, and the trail writes down.
///
/// Source: AWS KMS Developer Guide, log entries of DeleteKey, RotateKey, DeleteExpiredKeyMaterial and
/// SynchronizeMultiRegionKey.
package enum ServiceEvent: Hashable, Sendable {
  case deleteKey(Int32)
  /// With the index of its material where somebody asked for the rotation.
  case rotateKey(Int32, onDemand: Int32?)
  case deleteExpiredKeyMaterial(Int32, material: String)
  case synchronizeMultiRegionKey(Int32)

  /// Nothing for what no service reports.
  init?(_ transition: Timers.Transition) {
    guard case .key(let transition) = transition else { return nil }
    switch transition {
    case .deleted(let slot): self = .deleteKey(slot)
    case .rotated(let slot): self = .rotateKey(slot, onDemand: nil)
    case .rotatedOnDemand(let slot, let material): self = .rotateKey(slot, onDemand: material)
    case .expired(let slot, let material):
      self = .deleteExpiredKeyMaterial(slot, material: material)
    case .settled(let slot): self = .synchronizeMultiRegionKey(slot)
    }
  }

  package var name: String {
    switch self {
    case .deleteKey: "DeleteKey"
    case .rotateKey: "RotateKey"
    case .deleteExpiredKeyMaterial: "DeleteExpiredKeyMaterial"
    case .synchronizeMultiRegionKey: "SynchronizeMultiRegionKey"
    }
  }

  package var key: Int32 {
    switch self {
    case .deleteKey(let key), .rotateKey(let key, _), .deleteExpiredKeyMaterial(let key, _),
      .synchronizeMultiRegionKey(let key):
      key
    }
  }
}

extension Cloud {
  /// Where the next event will stand.
  package var trailEnd: CloudTrail.Cursor {
    CloudTrail.Cursor(event: journal.count, happening: happenings.count)
  }

  /// All rows of a part of the trail in their order, until `body` says false.
  ///
  /// Calls come in the order in which they ended, and what the clock did between them stands there.
  package func eachRow(
    from start: CloudTrail.Cursor, to end: CloudTrail.Cursor, _ body: (TrailRow) -> Bool
  ) {
    eachPlace(from: start, to: end, calls: { place, _ in body(.call(at: place)) }, services: body)
  }

  /// The same with the calls where they lie, for whoever looks at each.
  @inline(__always)
  func eachPlace(
    from start: CloudTrail.Cursor, to end: CloudTrail.Cursor,
    calls: (Int, UnsafePointer<Event>) -> Bool, services: (TrailRow) -> Bool
  ) {
    // The lists alone, not this cloud: a closure that takes all of it copies all of it.
    let happenings = self.happenings
    var event = start.event
    var goesOn = true
    func scan(upTo stop: Int) {
      guard goesOn, stop > event else { return }
      journal.scan(event..<stop) { place, found in
        goesOn = calls(place, found)
        return goesOn
      }
      event = stop
    }
    for place in start.happening..<max(start.happening, end.happening) {
      let happening = happenings[place]
      scan(upTo: min(happening.after, end.event))
      guard goesOn else { return }
      if ServiceEvent(happening.transition) == nil { continue }
      guard services(.service(at: place)) else { return }
    }
    scan(upTo: end.event)
  }

  /// The call of a row; nothing for what a service did by itself.
  package func call(of row: TrailRow) -> Event? { row.isCall ? journal[Int(row.place)] : nil }

  package func service(of row: TrailRow) -> ServiceEvent? {
    row.isCall ? nil : ServiceEvent(happenings[Int(~row.place)].transition)
  }

  package func time(of row: TrailRow) -> Instant {
    row.isCall
      ? journal.withElement(at: Int(row.place)) { $0.pointee.at }
      : happenings[Int(~row.place)].at
  }

  /// The Region in whose trail a row stands.
  package func region(of row: TrailRow) -> Region {
    guard row.isCall else {
      return service(of: row).map { world.keys[$0.key].region } ?? .usEast1
    }
    return journal.withElement(at: Int(row.place)) { $0.pointee.trailRegion }
  }

  /// Time and Region of a row in one look.
  func place(of row: TrailRow) -> (time: Instant, region: Region) {
    guard row.isCall else { return (time(of: row), region(of: row)) }
    return journal.withElement(at: Int(row.place)) { ($0.pointee.at, $0.pointee.trailRegion) }
  }

  /// Whether it is an event of the data plane, which event history does not have.
  func isData(_ row: TrailRow) -> Bool {
    row.isCall
      && journal.withElement(at: Int(row.place)) { $0.pointee.operation.kind.isData }
  }

  /// Whether an account's trail has a call: its own callers', and what others do with its keys and
  /// its streams' records.
  ///
  /// Source: AWS KMS Developer Guide, allowing users in other accounts to use a KMS key: both accounts
  /// log. Assumed: the same for Kinesis.
  @inline(__always)
  func isRecorded(_ event: UnsafePointer<Event>, in account: Account) -> Bool {
    if world.identities.account(of: event.pointee.call.session) == account { return true }
    switch event.pointee.subject {
    case .key(let slot): return world.keys[slot].owner == account
    case .stream(let slot): return world.streams[slot].owner == account
    // A role or a consumer of the account that somebody of another one asked for.
    case .named(let arn): return arn.account == account.id
    case .none: return false
    }
  }

  package func isRecorded(_ row: TrailRow, in account: Account) -> Bool {
    guard row.isCall else {
      return service(of: row).map { world.keys[$0.key].owner == account } ?? false
    }
    return journal.withElement(at: Int(row.place)) { isRecorded($0, in: account) }
  }

  /// The event with that number; nothing when there is none.
  ///
  /// Numbers are given at the start of a call and events written at its end, so one stands a few
  /// places behind its number.
  package func event(numbered number: UInt32) -> Event? {
    row(numbered: number).flatMap { call(of: $0) }
  }

  /// What a service did by itself, by its number.
  package func serviceRow(numbered number: Int) -> TrailRow? {
    guard number > 0, number <= happenings.count,
      ServiceEvent(happenings[number - 1].transition) != nil
    else { return nil }
    return .service(at: number - 1)
  }

  /// The newest thing of a name that a service did by itself.
  package func serviceRow(named name: String) -> TrailRow? {
    for place in stride(from: happenings.count - 1, through: 0, by: -1)
    where ServiceEvent(happenings[place].transition)?.name == name {
      return .service(at: place)
    }
    return nil
  }

  /// Names of what services did by themselves.
  package var serviceEventNames: Set<String> {
    Set(happenings.suffix(from: 0).compactMap { ServiceEvent($0.transition)?.name })
  }

  package func row(numbered number: UInt32) -> TrailRow? {
    guard number > 0, number <= lastEvent else { return nil }
    var found: TrailRow?
    let start = max(0, Int(number) - 4)
    func look(in range: Range<Int>) {
      journal.scan(range) { place, event in
        if event.pointee.id == number { found = .call(at: place) }
        return found == nil
      }
    }
    look(in: min(start, journal.count)..<journal.count)
    if found == nil { look(in: 0..<min(start, journal.count)) }
    return found
  }
}

extension Event {
  /// Calls of services without a Region are recorded in us-east-1.
  /// Source: CloudTrail User Guide, global service events.
  package var trailRegion: Region { operation.kind.isGlobal ? .usEast1 : call.region }
}
