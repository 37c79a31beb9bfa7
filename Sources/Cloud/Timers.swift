import Values

/// What the clock will do, in the order in which it will do it.
package struct Timers: Sendable {
  package enum Transition: Hashable, Sendable {
    case streamCreated(Int32)
    case streamDeleted(Int32)
    /// One shard takes the setting that its stream is changing to.
    case shardSwitched(stream: Int32, shard: Int32)
    case encryptionChanged(Int32)
    /// A change of another kind is complete; of a new shard count, one round of it.
    case streamChanged(Int32, Kinesis.Change)
    /// An on-demand stream has seen a new peak.
    case streamScaled(Int32)
    case consumerChanged(stream: Int32, consumer: Int32)
    case key(KMS.Transition)
    /// An alarm looked and changed its state.
    case alarm(AlarmChange)
    /// A request for a higher quota goes on.
    case quota(ServiceQuotas.Step)
  }

  package struct Timer: Hashable, Sendable {
    package var due: Instant
    package var transition: Transition
  }

  package private(set) var pending: [Timer] = []

  mutating func add(_ transition: Transition, due: Instant) {
    let place = pending.firstIndex { $0.due > due } ?? pending.count
    pending.insert(Timer(due: due, transition: transition), at: place)
  }

  mutating func removeFirst(dueBy instant: Instant) -> Timer? {
    guard let first = pending.first, first.due <= instant else { return nil }
    return pending.removeFirst()
  }

  mutating func cancel(_ isMeant: (Transition) -> Bool) {
    pending.removeAll { isMeant($0.transition) }
  }

  func fold(into digest: inout Fingerprint) {
    digest.fold(pending.count)
    for timer in pending { digest.fold(timer.due) }
  }
}

extension Cloud {
  /// Moves the clock. What falls due on the way happens at its own time, in order.
  package mutating func advance(by duration: Duration) {
    let start = world.now
    let end = start + duration
    while let timer = world.timers.removeFirst(dueBy: end) {
      deliverTrails(until: timer.due)
      watchAlarms(until: timer.due)
      world.now = max(world.now, timer.due)
      if case .key(let transition) = timer.transition {
        guard world.apply(transition) else { continue }
      } else if case .quota(let step) = timer.transition {
        guard world.quotas.apply(step, at: world.now) else { continue }
      } else {
        guard world.apply(stream: timer.transition) else { continue }
      }
      happenings.append(
        Happening(at: world.now, transition: timer.transition, after: journal.count))
    }
    deliverTrails(until: end)
    watchAlarms(until: end)
    let hour = Int64(3_600_000)
    let isNewHour = start.milliseconds / hour != end.milliseconds / hour
    world.now = end
    if isNewHour { world.dropAgedRecords() }
  }
}

/// A change that the clock made.
package struct Happening: Hashable, Sendable {
  package var at: Instant
  package var transition: Timers.Transition
  /// How many events the journal had by then.
  package var after: Int
}
