import API
import Ciphers
import Policies
import Values

/// The simulated account behind its one front door, and the journal of every call.
///
/// A value, so that a copy is a what-if. The engine and the kept decisions are shared by copies
/// and change no result; they are why a cloud stays on one thread.
package struct Cloud {
  package internal(set) var world: World
  package internal(set) var journal = AppendLog<Event>(firstCapacity: 64, largestCapacity: 65_536)
  package internal(set) var happenings = AppendLog<Happening>()
  /// The number of the newest event; the first is 1.
  package internal(set) var lastEvent: UInt32 = 0
  var metricViews = MetricViews()
  let engine = CipherEngine()
  let hashKeys = Kinesis.HashKeys()
  let decisions = DecisionCache()

  package init(world: World) { self.world = world }

  /// Runs one call that comes as API input, as the learner's do.
  /// Fails with `notSimulated` for an operation that AWS has and the lab lacks.
  package mutating func call(
    _ operation: API.Operation, of service: String, _ input: JSON, _ call: Call
  )
    throws(ServiceError) -> JSON?
  {
    guard let row = OperationRow.named(Self.name(operation.name, of: service)) else {
      throw .notSimulated(service: service, operation: operation.name)
    }
    return try row.run(CallDetail(operation: operation, input: input), call, &self)
  }

  /// Whether the policies are asked for that action at all.
  package static func needsPermission(_ action: ActionName) -> Bool {
    OperationRow.named(action.description)?.needsPermission ?? true
  }

  /// Whether the lab performs that operation.
  package static func simulates(_ operation: String, of service: String) -> Bool {
    OperationID(rawValue: name(operation, of: service)) != nil
  }

  /// As policies name it; the commands of two services have other names.
  private static func name(_ operation: String, of service: String) -> String {
    let prefix =
      switch service {
      case "s3api": "s3"
      case "service-quotas": "servicequotas"
      default: service
      }
    return "\(prefix):\(operation)"
  }
}

/// One operation as the door finds it by name.
struct OperationRow: Sendable {
  var id: OperationID
  /// False where whoever has credentials may make the call.
  var needsPermission: Bool
  var run: @Sendable (CallDetail, Call, inout Cloud) throws(ServiceError) -> JSON?

  init<O: Operation>(_ operation: O.Type) {
    id = O.id
    needsPermission = O.needsPermission
    let isQuoted = !O.id.kind.isReadOnly || O.id.kind.givesCredentials
    run = { (detail: CallDetail, call: Call, cloud: inout Cloud) throws(ServiceError) -> JSON? in
      let operation: O
      do throws(ServiceError) {
        operation = try O(detail.input)
      } catch {
        cloud.note(error, O.id, call, detail)
        throw error
      }
      let response = try cloud.call(operation, call, detail: detail)
      let output = O.output(response, of: cloud)
      if isQuoted { detail.answer(output) }
      return output
    }
  }

  static let table: [OperationID: OperationRow] = {
    let rows =
      KMS.operations + KMS.grantOperations + Kinesis.operations
      + Kinesis.resourcePolicyOperations + STS.operations
      + IAM.operations + IAM.simulatorOperations + Organizations.operations
      + CloudTrail.operations + S3.operations + Logs.operations + Metrics.operations
      + ServiceQuotas.operations
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
  }()

  static func named(_ name: String) -> OperationRow? {
    OperationID(rawValue: name).flatMap { table[$0] }
  }
}

extension Cloud {
  /// Makes the quota of KMS smaller than AWS's, or as it is.
  package mutating func setQuota(_ requestsPerSecond: Int?) {
    world.smallQuota = requestsPerSecond
    world.meter.refill()
  }

  /// Sends the calls of a service through an endpoint, or gives the one that is there another policy.
  package mutating func setEndpoint(_ service: Endpoints.Service, policy: PolicyDocument) {
    world.endpoints.set(service, policy: policy, after: lastEvent)
  }

  /// Sends the calls of a service over the public endpoint again.
  package mutating func removeEndpoint(_ service: Endpoints.Service) {
    world.endpoints.remove(service, after: lastEvent)
  }

  /// Follows another text from now on. What is stored stays; data keys that Kinesis remembered go,
  /// because only one of the two texts lets it remember any.
  package mutating func setModel(_ model: Model) {
    guard model != world.model else { return }
    world.model = model
    for slot in world.streams.streams.indices {
      world.streams[Int32(slot)].dataKeys.forget()
    }
  }
}
