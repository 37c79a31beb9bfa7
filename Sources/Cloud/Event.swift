import API
import Policies
import Values

/// One call that ended, or one thing that the clock did: a fact for the narrator, the trail and the tests.
///
/// Small and of one size: 72 bytes, in an order that leaves no gap, because a journal holds one or two
/// of them for each record. What costs more to hold (the decision's findings, the request) is shared by
/// reference and was made anyway.
package struct Event: Sendable {
  package let at: Instant
  package var decision: DecisionRecord?
  private var aside: EventAside?
  package var subject = Subject.none
  package var effect = Effect.none
  package let operation: OperationID
  package var rows: ModelRows = []
  package let id: UInt32
  package let call: Call

  init(id: UInt32, operation: OperationID, call: Call, at instant: Instant, detail: CallDetail?) {
    self.id = id
    self.operation = operation
    self.call = call
    at = instant
    if let detail { aside = EventAside(error: nil, detail: detail) }
  }

  package var error: ErrorBox? {
    get { aside?.error }
    set { aside = EventAside(error: newValue, detail: aside?.detail) }
  }

  package var detail: CallDetail? { aside?.detail }

  /// Whether it went well and came without JSON, as most calls of programs do.
  var isPlain: Bool { aside == nil }
}

/// What only some events have: those that were typed, and those that were refused.
private final class EventAside: Sendable {
  let error: ErrorBox?
  let detail: CallDetail?

  init(error: ErrorBox?, detail: CallDetail?) {
    self.error = error
    self.detail = detail
  }
}

/// What a call did, in numbers; the bytes themselves lie in the world.
package enum Effect: Hashable, Sendable {
  case none
  /// A data key was made and wrapped under the key's material of that index.
  case wrapped(key: Int32, material: Int32, bytes: Int32)
  /// Wrapped data keys were opened: how many, under which key and its material of that index.
  case unwrapped(key: Int32, material: Int32, count: Int32)
  /// A key got a name, or lost one.
  case named(key: Int32)
  /// Records of one shard were stored, from this index on.
  case stored(stream: Int32, shard: Int32, record: Int32, count: Int32)
  /// Records of one shard of the call's stream were read, so many of them encrypted.
  case read(shard: Int32, record: Int32, count: Int32, encrypted: Int32)
}

/// A decision with its findings, shared by every call that it answered.
package final class DecisionRecord: Sendable {
  package let decision: Decision
  package let isAllowed: Bool
  package let rows: ModelRows

  init(_ decision: Decision) {
    self.decision = decision
    isAllowed = decision.verdict == .allowed
    rows = decision.rowsUsed.reduce(into: []) { rows, name in
      if let row = ModelRow(rawValue: name) { rows.formUnion(ModelRows(row)) }
    }
  }
}

package final class ErrorBox: Sendable {
  package let error: ServiceError
  init(_ error: ServiceError) { self.error = error }
}

/// The request of a call that came as API input, and what was answered: what the trail quotes.
///
/// Safe to share: the answer is set once, by the call itself, before anybody else sees its event.
package final class CallDetail: @unchecked Sendable {
  package let operation: API.Operation
  package let input: JSON
  /// Only of a call that changed something or gave out credentials; of others the trail keeps nothing.
  package private(set) var response: JSON?

  init(operation: API.Operation, input: JSON) {
    self.operation = operation
    self.input = input
  }

  func answer(_ output: JSON?) { response = output }

  /// Fails with the service's words when the input breaks a constraint of the model.
  func checkConstraints(optional: [String]) throws(ServiceError) {
    let violations = operation.constraintViolations(in: input, optional: optional)
    if !violations.isEmpty {
      throw .constraints(violations, service: operation.service)
    }
  }
}
