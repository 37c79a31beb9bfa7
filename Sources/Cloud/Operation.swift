import Policies
import Values

/// One API operation: the fields of its request and the things only it knows.
package protocol Operation: Sendable {
  associatedtype Response: Sendable

  static var id: OperationID { get }

  /// False for the few calls that anybody with credentials may make.
  static var needsPermission: Bool { get }

  /// Members that a model lets a request leave out although the service's description wants them.
  static func optionalMembers(_ model: Model) -> [String]

  /// Reads the API input, which has already been checked against the service's model.
  init(_ input: JSON) throws(ServiceError)

  /// Checks the request alone, beyond what the model says. Reads no state.
  func validate() throws(ServiceError)

  /// Says what the call is about. Reads the world and changes nothing.
  func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject

  /// A second resource that policies must also admit; most operations have none.
  func second(_ call: Call, in world: World) throws(ServiceError) -> Subject?

  /// A third resource: only an alias that changes its key has one.
  func third(_ call: Call, in world: World) throws(ServiceError) -> Subject?

  /// Further resources of an operation that names several of a kind. Only asked of operations whose
  /// first resource goes by its name: those on one key or one stream pay nothing for it.
  func others(_ call: Call, in world: World) throws(ServiceError) -> [Subject]

  /// What is asked for one of the resources where it is not the operation's own action and
  /// conditions; most operations ask the same for all.
  func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion?

  /// Condition keys that this request sets beyond those of every request.
  /// Empty means that the decision depends on caller, action and resource alone and is kept.
  func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])]

  /// The alias by which the request names its key.
  var keyAlias: String? { get }

  /// Makes the change: checks first, changes last. Needs a permit, which only the door makes.
  func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> Response

  /// The API output, members in the model's order. Nothing where the operation has no output.
  static func output(_ response: Response, of cloud: Cloud) -> JSON?
}

extension Operation {
  package static var needsPermission: Bool { true }
  package static func optionalMembers(_ model: Model) -> [String] { [] }
  package func validate() throws(ServiceError) {}
  package func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? { nil }
  package func third(_ call: Call, in world: World) throws(ServiceError) -> Subject? { nil }
  package func others(_ call: Call, in world: World) throws(ServiceError) -> [Subject] { [] }
  package func ownQuestion(_ place: ResourcePlace, _ call: Call, in world: World) -> OwnQuestion? {
    nil
  }
  package func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] { [] }
  package var keyAlias: String? { nil }
}

/// Which resource of an operation is asked for.
package enum ResourcePlace: Hashable, Sendable { case first, second, third, other }

/// An action and conditions that one resource of an operation is asked for with.
package struct OwnQuestion: Sendable {
  package var action: ActionName
  package var conditions: [(key: String, values: [String])]
}

extension Operation where Response == Void {
  package static func output(_ response: Response, of cloud: Cloud) -> JSON? { nil }
}

extension Operation where Response == JSON {
  package static func output(_ response: Response, of cloud: Cloud) -> JSON? { response }
}

/// Proof that a decision allowed the call that is now being performed, and the slip on which
/// `perform` notes what it did.
package struct Permit: Sendable {
  package let call: Call
  package let subject: Subject
  /// The number of the event that this call will leave in the journal.
  package let event: UInt32
  package var effect = Effect.none
  package var rows: ModelRows = []

  fileprivate init(call: Call, subject: Subject, event: UInt32) {
    self.call = call
    self.subject = subject
    self.event = event
  }

  /// The call that a service makes for this one: same caller, this call as its parent.
  package func forwarded(for stream: Int32) -> Call {
    var inner = call
    inner.parent = event
    inner.via = ForwardedAccess(stream: stream)
    return inner
  }
}

extension Cloud {
  /// Runs one call: validate, resolve, authorise, perform, record. A refused call changes nothing
  /// and is recorded all the same.
  ///
  /// The journal is in the order in which calls end: inner ones before the call they served.
  @discardableResult
  package mutating func call<O: Operation>(_ operation: O, _ call: Call, detail: CallDetail? = nil)
    throws(ServiceError) -> O.Response
  {
    lastEvent += 1
    var call = call
    if detail == nil { call.origin = .program }
    var event = Event(id: lastEvent, operation: O.id, call: call, at: world.now, detail: detail)
    let before = world.active
    let account = world.identities.account(of: call.session)
    if account != before { world.enter(account) }
    defer { if account != before { world.enter(before) } }
    // Done or refused, a call ends in the journal at one place.
    let result: Result<O.Response, ServiceError>
    do throws(ServiceError) {
      guard account.has(O.id) else {
        throw .notSimulated(
          service: O.id.service, operation: "\(O.id.operation) in the partner's account")
      }
      try world.checkCredentials(call, O.id)
      if let detail {
        try detail.checkConstraints(optional: O.optionalMembers(world.model))
        try detail.checkGrantTokens()
      }
      try operation.validate()
      event.subject = try operation.resolve(call, in: world)
      try authorise(operation, .first, event.subject, call, noting: &event)
      let second = try operation.second(call, in: world)
      if let second {
        try authorise(operation, .second, second, call, noting: &event)
        if let third = try operation.third(call, in: world) {
          try authorise(operation, .third, third, call, noting: &event)
        }
      }
      if case .named = event.subject {
        for other in try operation.others(call, in: world) {
          try authorise(operation, .other, other, call, noting: &event)
        }
      }
      if case .key(let slot) = event.subject { try world.keys.check(O.id, on: slot) }
      if case .key(let slot) = second { try world.keys.check(O.id, on: slot) }
      let isMetered = event.subject.isKey || O.id == .generateRandom
      if isMetered {
        try world.meter.check(O.id, call.region, world.kmsQuota(in: call.region), now: world.now)
      }
      let rate = O.id.controlRate
      if let rate { try world.checkControlRate(rate, O.id, call, event.subject) }
      if let detail, detail.input.flag("DryRun") { throw .dryRun }
      var permit = Permit(call: call, subject: event.subject, event: event.id)
      let response = try operation.perform(&permit, in: &self)
      if isMetered {
        world.meter.count(O.id, call.region, world.kmsQuota(in: call.region), now: world.now)
      }
      if let rate {
        world.controlMeter.count(rate, O.id, call.region, event.subject, at: world.now)
      }
      event.effect = permit.effect
      event.rows.formUnion(permit.rows)
      result = .success(response)
    } catch {
      event.error = ErrorBox(error)
      event.rows.formUnion(error.rows)
      result = .failure(error)
    }
    journal.append(event)
    return try result.get()
  }

  /// Records a call whose input no operation could be made of: it is logged like any other.
  mutating func note(
    _ error: ServiceError, _ id: OperationID, _ call: Call, _ detail: CallDetail
  ) {
    lastEvent += 1
    var event = Event(id: lastEvent, operation: id, call: call, at: world.now, detail: detail)
    event.error = ErrorBox(error)
    journal.append(event)
  }

  private mutating func authorise<O: Operation>(
    _ operation: O, _ place: ResourcePlace, _ subject: Subject, _ call: Call,
    noting event: inout Event
  ) throws(ServiceError) {
    guard O.needsPermission else { return }
    let record =
      if let own = operation.ownQuestion(place, call, in: world) {
        decide(own, O.id, subject, call)
      } else {
        decide(operation, subject, call)
      }
    if event.decision == nil || !record.isAllowed {
      event.decision = record
    } else if place != .first, place != .other, call.isTyped {
      event.note(further: record)
    }
    event.rows.formUnion(record.rows)
    guard record.isAllowed else { throw .accessDenied(record) }
  }
}

extension Cloud {
  private func decide(_ own: OwnQuestion, _ id: OperationID, _ subject: Subject, _ call: Call)
    -> DecisionRecord
  {
    DecisionRecord(
      Decision.make(
        world.question(own.action, of: id, subject, call, own.conditions),
        policies: world.policies(for: subject, own.action, id, call),
        rules: world.rules(id, subject, call)))
  }
}

extension World {
  /// Fails with `credentialsExpired` when temporary credentials have come to their end, and with
  /// `accessKeyInactive` when an access key was switched off.
  @inline(__always)
  fileprivate func checkCredentials(_ call: Call, _ id: OperationID) throws(ServiceError) {
    if identities.status(of: call.session) != .active {
      throw .accessKeyInactive(service: id.service)
    }
    if let end = identities.expiry(of: call.session) {
      guard now < end else { throw .credentialsExpired(end, service: id.service) }
      try identities.checkTemporary(call.session, id)
    }
  }
}
