import API
import Policies
import Values

/// One call that ended, or one thing that the clock did: a fact for the narrator, the trail and the tests.
///
/// Small and of one size: 56 bytes, in an order that leaves no gap, because a journal holds one or two
/// of them for each record. What costs more to hold (the decision's findings, the request) is shared by
/// reference and was made anyway.
package struct Event: Sendable {
  package let at: Instant
  private var attached = Attachment.none
  /// The slot of the stream or key that it is about.
  private var slot: Int32 = 0
  package let id: UInt32
  package let call: Call
  package let operation: OperationID
  package var rows: ModelRows = []
  private var did = PackedEffect()
  private var about = About.nothing

  /// What its slot is of.
  private enum About: UInt8 { case nothing, stream, key, named }

  /// One reference for what few events have, or all that most have.
  private enum Attachment: Sendable {
    case none
    case decision(DecisionRecord)
    case aside(EventAside)
  }

  init(id: UInt32, operation: OperationID, call: Call, at instant: Instant, detail: CallDetail?) {
    self.id = id
    self.operation = operation
    self.call = call
    at = instant
    if let detail { attached = .aside(EventAside(detail: detail)) }
  }

  package var decision: DecisionRecord? {
    get {
      switch attached {
      case .none: nil
      case .decision(let record): record
      case .aside(let aside): aside.content.decision
      }
    }
    set {
      if case .aside = attached { return change { $0.decision = newValue } }
      attached = newValue.map { .decision($0) } ?? .none
    }
  }

  package var error: ErrorBox? {
    get { aside?.content.error }
    set { change { $0.error = newValue } }
  }

  /// Whether it went well and came without JSON, as most calls of programs do.
  var isPlain: Bool { aside.map { $0.content.error == nil && $0.content.detail == nil } ?? true }

  package var detail: CallDetail? { aside?.content.detail }

  /// What allowed a typed call on its second and third resource, such as the key that ReEncrypt seals with.
  package var further: [DecisionRecord] { aside?.content.further ?? [] }

  mutating func note(further record: DecisionRecord) { change { $0.further.append(record) } }

  package var subject: Subject {
    get {
      switch about {
      case .nothing: .none
      case .stream: .stream(slot)
      case .key: .key(slot)
      case .named: aside?.content.named ?? .none
      }
    }
    set {
      switch newValue {
      case .none: about = .nothing
      case .stream(let stream): (about, slot) = (.stream, stream)
      case .key(let key): (about, slot) = (.key, key)
      case .named:
        about = .named
        change { $0.named = newValue }
      }
    }
  }

  package var effect: Effect {
    get { did.effect(on: slot) }
    set { did = PackedEffect(newValue) }
  }

  private var aside: EventAside? { if case .aside(let aside) = attached { aside } else { nil } }

  /// Puts a changed copy in the place of what only some events have: copies of the event share it.
  private mutating func change(_ body: (inout EventAside.Content) -> Void) {
    var content = aside?.content ?? EventAside.Content(decision: decision)
    body(&content)
    attached = .aside(EventAside(content))
  }
}

/// What only some events have: those that were typed, those that were refused, and those about something
/// that has no slot.
private final class EventAside: Sendable {
  struct Content: Sendable {
    var decision: DecisionRecord?
    var error: ErrorBox?
    var detail: CallDetail?
    var further: [DecisionRecord] = []
    var named = Subject.none
  }

  let content: Content

  init(_ content: Content) { self.content = content }
  init(detail: CallDetail) { content = Content(detail: detail) }
}

/// An effect in three words; which three says the kind.
private struct PackedEffect: Sendable {
  private enum Kind: UInt8 { case none, wrapped, unwrapped, named, stored, read }

  private var words: (Int32, Int32, Int32) = (0, 0, 0)
  private var kind = Kind.none

  init() {}

  init(_ effect: Effect) {
    switch effect {
    case .none: break
    case .wrapped(let key, let material, let bytes):
      (kind, words) = (.wrapped, (key, material, bytes))
    case .unwrapped(let key, let material, let count):
      (kind, words) = (.unwrapped, (key, material, count))
    case .named(let key): (kind, words) = (.named, (key, 0, 0))
    case .stored(_, let shard, let record, let count):
      (kind, words) = (.stored, (shard, record, count))
    case .read(let shard, let record, let count, let encrypted):
      // One reply has at most ten thousand records.
      (kind, words) = (.read, (shard, record, count << 16 | encrypted))
    }
  }

  /// Records are stored in the stream that the call is about.
  func effect(on stream: Int32) -> Effect {
    switch kind {
    case .none: .none
    case .wrapped: .wrapped(key: words.0, material: words.1, bytes: words.2)
    case .unwrapped: .unwrapped(key: words.0, material: words.1, count: words.2)
    case .named: .named(key: words.0)
    case .stored: .stored(stream: stream, shard: words.0, record: words.1, count: words.2)
    case .read:
      .read(
        shard: words.0, record: words.1, count: words.2 >> 16, encrypted: words.2 & 0xFFFF)
    }
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
