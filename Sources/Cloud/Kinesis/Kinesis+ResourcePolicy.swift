import Policies
import Values

extension Kinesis {
  static let resourcePolicyOperations = [
    OperationRow(PutResourcePolicy.self), OperationRow(GetResourcePolicy.self),
    OperationRow(DeleteResourcePolicy.self),
  ]

  /// Gives a stream a policy of its own, in place of the one that it had.
  ///
  /// Source: Kinesis API Reference, PutResourcePolicy; Developer Guide, controlling access.
  struct PutResourcePolicy: ResourcePolicyOperation {
    static let id = OperationID.putResourcePolicy
    var arn: String
    var policy: String

    init(_ input: JSON) throws(ServiceError) {
      arn = input.text("ResourceARN")
      policy = input.text("Policy")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let owner = try permit.policyOwner(in: cloud.world)
      guard policy.utf8.count <= Limits.resourcePolicy else {
        throw .kinesisInput("Policy is longer than \(Limits.resourcePolicy) bytes")
      }
      let document: PolicyDocument
      do {
        document = try PolicyDocument(parsing: policy, as: .resource)
        try cloud.world.checkPrincipals(of: document)
      } catch {
        throw .streamPolicy(error)
      }
      try Self.check(document, owner.arn)
      cloud.world.streams.setResourcePolicy(
        AttachedPolicy(
          kind: .resource, label: owner.label, arn: owner.arn.description, document: document),
        of: owner)
    }

    /// No wildcard in actions or principals, no service principals, no other resource.
    private static func check(_ document: PolicyDocument, _ arn: ARN) throws(ServiceError) {
      for statement in document.statements {
        for action in statement.actions?.values ?? []
        where action.text.contains("*") || action.text.contains("?") {
          throw fault(document, action.span, "an action of a stream's policy takes no wildcard")
        }
        for entry in statement.principal?.entries ?? [] {
          if entry.kind == .everyone {
            throw fault(document, entry.span, "a principal of a stream's policy takes no wildcard")
          }
          if entry.kind == .service {
            throw fault(document, entry.span, "a stream's policy names no service")
          }
        }
        for resource in statement.resources?.values ?? []
        where resource.text != arn.description {
          throw fault(
            document, resource.span, "the Resource is what the policy is given to, \(arn)")
        }
      }
    }

    private static func fault(_ document: PolicyDocument, _ span: Span, _ detail: String)
      -> ServiceError
    {
      .streamPolicy(
        PolicyError(
          message: "The policy document is not valid.", span: span, kind: .resource,
          detail: detail, text: document.text))
    }
  }

  struct GetResourcePolicy: ResourcePolicyOperation {
    static let id = OperationID.getResourcePolicy
    var arn: String

    init(_ input: JSON) throws(ServiceError) { arn = input.text("ResourceARN") }

    /// A stream without a policy answers with an empty one.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let owner = try permit.policyOwner(in: cloud.world)
      return ["Policy": .string(owner.policy?.document.text ?? "{}")]
    }
  }

  struct DeleteResourcePolicy: ResourcePolicyOperation {
    static let id = OperationID.deleteResourcePolicy
    var arn: String

    init(_ input: JSON) throws(ServiceError) { arn = input.text("ResourceARN") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let owner = try permit.policyOwner(in: cloud.world)
      guard owner.policy != nil else { throw .noResourcePolicy(owner.arn) }
      cloud.world.streams.setResourcePolicy(nil, of: owner)
    }
  }
}

/// A stream or a consumer, and the policy that it has.
struct PolicyOwner: Sendable {
  var arn: ARN
  var policy: AttachedPolicy?
  /// Nothing for a consumer.
  var stream: Int32?

  var label: String { stream == nil ? "consumer" : "stream" }
}

extension Permit {
  fileprivate func policyOwner(in world: World) throws(ServiceError) -> PolicyOwner {
    if case .named(let arn) = subject, let consumer = world.streams.consumer(arn) {
      return PolicyOwner(arn: arn, policy: consumer.resourcePolicy)
    }
    let slot = try stream(in: world)
    return PolicyOwner(
      arn: world.streams[slot].arn, policy: world.streams[slot].resourcePolicy, stream: slot)
  }
}

extension Kinesis.State {
  fileprivate mutating func setResourcePolicy(_ policy: AttachedPolicy?, of owner: PolicyOwner) {
    if let slot = owner.stream {
      setResourcePolicy(policy, of: slot)
    } else {
      setResourcePolicy(policy, ofConsumer: owner.arn)
    }
  }
}

/// An operation on the policy of the stream or the consumer that `ResourceARN` names.
private protocol ResourcePolicyOperation: Operation {
  var arn: String { get }
}

extension ResourcePolicyOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    guard let named = ARN(arn), named.service == "kinesis" else {
      throw .kinesisInput("\(arn) is not the ARN of a stream")
    }
    if world.streams.consumer(named) != nil { return .named(named) }
    return StreamReference(["StreamARN": .string(arn)]).resolve(call, in: world)
  }
}
