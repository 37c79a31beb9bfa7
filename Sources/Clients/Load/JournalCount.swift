import Cloud
import Values

/// Counts the calls of a piece of the journal as they are added, without a copy of any.
struct JournalCount {
  private struct Kind: Hashable {
    var operation: OperationID
    var subject: Subject
    var isAllowed: Bool
    var isForwarded: Bool
    var hasDecision: Bool
  }

  /// Distinct credentials of one role count as one caller.
  private struct CallerKind: Hashable {
    var operation: OperationID
    var session: SessionID
    var isForwarded: Bool
  }

  private var place: Int
  private var kinds: [Kind: Int] = [:]
  private var callerKinds: [CallerKind: Int] = [:]
  private(set) var decisions: [(event: Event, count: Int)] = []
  private(set) var callers: [LoadReport.Caller] = []
  private(set) var lastDataKey: Instant?
  private let own: SessionID?

  /// `own`: the first of the credentials that the load made; later ones count as it.
  init(from place: Int, own: SessionID?) {
    self.place = place
    self.own = own
  }

  /// Takes what the journal got since the last time.
  mutating func take(_ journal: AppendLog<Event>) -> LoadReport.KMSCount {
    var count = LoadReport.KMSCount()
    var last: (kind: Kind, index: Int)?
    journal.scan(place..<journal.count) { index, event in
      let event = event.pointee
      let kind = Kind(
        operation: event.operation, subject: event.subject,
        isAllowed: event.decision?.isAllowed ?? true, isForwarded: event.call.via != nil,
        hasDecision: event.decision != nil)
      if let last, last.kind == kind {
        decisions[last.index].count += 1
      } else if let known = kinds[kind] {
        decisions[known].count += 1
        last = (kind, known)
      } else {
        kinds[kind] = decisions.count
        last = (kind, decisions.count)
        decisions.append((event, 1))
      }
      guard KMS.Meter.counts(event.operation) else { return true }
      note(event, &count)
      return true
    }
    place = journal.count
    return count
  }

  private mutating func note(_ event: Event, _ count: inout LoadReport.KMSCount) {
    var isThrottled = false
    if let error = event.error?.error, case .kmsThrottled = error.cause { isThrottled = true }
    if isThrottled {
      count.throttled += 1
    } else if event.error == nil {
      if event.operation == .decrypt {
        count.decrypts += 1
      } else {
        count.dataKeys += 1
        lastDataKey = event.at
      }
    }
    var session = event.call.session
    if let own, session > own { session = own }
    let kind = CallerKind(
      operation: event.operation, session: session, isForwarded: event.call.via != nil)
    let place: Int
    if let known = callerKinds[kind] {
      place = known
    } else {
      place = callers.count
      callerKinds[kind] = place
      callers.append(
        LoadReport.Caller(
          operation: event.operation, session: session, isForwarded: kind.isForwarded, admitted: 0,
          refused: 0))
    }
    if event.error == nil { callers[place].admitted += 1 } else { callers[place].refused += 1 }
  }
}
