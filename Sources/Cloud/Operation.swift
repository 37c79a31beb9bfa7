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

  /// Condition keys that this request sets beyond those of every request.
  /// Empty means that the decision depends on caller, action and resource alone and is kept.
  func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])]

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
  package func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] { [] }
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
    var event = Event(id: lastEvent, operation: O.id, call: call, at: world.now, detail: detail)
    do throws(ServiceError) {
      try world.checkCredentials(call, O.id)
      if let detail { try detail.checkConstraints(optional: O.optionalMembers(world.model)) }
      try operation.validate()
      event.subject = try operation.resolve(call, in: world)
      try authorise(operation, event.subject, call, noting: &event)
      if let second = try operation.second(call, in: world) {
        try authorise(operation, second, call, noting: &event)
      }
      if case .key = event.subject {
        try world.meter.check(O.id, call.region, now: world.now, model: world.model)
      }
      if let detail, detail.input.flag("DryRun") { throw .dryRun }
      var permit = Permit(call: call, subject: event.subject, event: event.id)
      let response = try operation.perform(&permit, in: &self)
      if case .key = event.subject {
        world.meter.count(O.id, call.region, now: world.now, model: world.model)
      }
      event.effect = permit.effect
      event.rows.formUnion(permit.rows)
      journal.append(event)
      return response
    } catch {
      event.error = ErrorBox(error)
      event.rows.formUnion(error.rows)
      journal.append(event)
      throw error
    }
  }

  private mutating func authorise<O: Operation>(
    _ operation: O, _ subject: Subject, _ call: Call, noting event: inout Event
  ) throws(ServiceError) {
    guard O.needsPermission else { return }
    let record = decide(operation, subject, call)
    if event.decision == nil || !record.isAllowed { event.decision = record }
    event.rows.formUnion(record.rows)
    guard record.isAllowed else { throw .accessDenied(record) }
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
    if let end = identities.expiry(of: call.session), now >= end { throw .credentialsExpired(end) }
  }
}
