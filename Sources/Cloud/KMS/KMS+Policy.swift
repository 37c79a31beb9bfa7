import Policies
import Values

extension KMS {
  struct GetKeyPolicy: KeyOperation {
    static let id = OperationID.getKeyPolicy
    var keyID: String
    var policyName: String

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      policyName = input.optionalText("PolicyName") ?? "default"
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      guard policyName == "default" else { throw .unknownPolicyName(policyName) }
      return [
        "Policy": .string(cloud.world.keys[permit.key].policy.document.text),
        "PolicyName": "default",
      ]
    }
  }

  struct PutKeyPolicy: KeyOperation {
    static let id = OperationID.putKeyPolicy
    var keyID: String
    var policyName: String
    var policy: String
    /// Nothing where the request does not say.
    var bypassesLockoutCheck: Bool?

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      policyName = input.optionalText("PolicyName") ?? "default"
      policy = input.text("Policy")
      bypassesLockoutCheck = input["BypassPolicyLockoutSafetyCheck"]?.bool
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      KMS.lockoutConditions(bypassesLockoutCheck)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      guard policyName == "default" else { throw .unknownPolicyName(policyName) }
      guard policy.utf8.count <= Limits.policyBytes else {
        throw .keyPolicyTooLarge(limit: Limits.policyBytes)
      }
      let document = try PolicyDocument.checked(policy, as: .key)
      try cloud.checkPrincipals(of: document)
      if bypassesLockoutCheck != true { try cloud.checkLockout(document, permit.key, permit.call) }
      cloud.world.keys.setPolicy(document, of: permit.key)
    }
  }
}

extension KMS {
  /// Source: AWS KMS Developer Guide, `kms:BypassPolicyLockoutSafetyCheck`: not in a request that lacks
  /// the parameter.
  static func lockoutConditions(_ bypasses: Bool?) -> [(key: String, values: [String])] {
    bypasses.map { [("kms:BypassPolicyLockoutSafetyCheck", [$0 ? "true" : "false"])] } ?? []
  }

  struct ListKeyPolicies: KeyOperation {
    static let id = OperationID.listKeyPolicies
    var keyID: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      page = try Page(kms: input, usual: 100)
    }

    /// A key has one policy, and it is always called so.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.output("PolicyNames", ["default"]) { .string($0) }
    }
  }
}

extension Cloud {
  /// The policy of a key that is being made: the one asked for, once it is found to be in order, or
  /// the default one.
  func newKeyPolicy(_ text: String?, bypassingLockoutCheck: Bool, _ call: Call)
    throws(ServiceError) -> PolicyDocument
  {
    guard let text else {
      return try PolicyDocument.checked(KMS.defaultPolicy(account: world.account), as: .key)
    }
    guard text.utf8.count <= KMS.Limits.policyBytes else {
      throw .keyPolicyTooLarge(limit: KMS.Limits.policyBytes)
    }
    let document = try PolicyDocument.checked(text, as: .key)
    try checkPrincipals(of: document)
    if !bypassingLockoutCheck { try checkLockout(document, nil, call) }
    return document
  }

  /// Refuses a key policy under which its author could not change it again.
  /// Source: AWS KMS API Reference, PutKeyPolicy, BypassPolicyLockoutSafetyCheck.
  func checkLockout(_ document: PolicyDocument, _ slot: Int32?, _ call: Call) throws(ServiceError) {
    let subject = slot.map { Subject.key($0) } ?? .none
    var question = world.question(
      OperationID.putKeyPolicy.action, of: .putKeyPolicy, subject, call, [])
    if slot == nil {
      let arn = ARN(
        service: "kms", region: call.region.description, account: world.account,
        resource: "key/new")
      question.resources = [arn.description]
    }
    var policies = world.policies(for: subject, question.action, .putKeyPolicy, call)
    // What the key's policy says is looked at, not by which way its author comes.
    policies.endpoint = nil
    policies.resource = AttachedPolicy(kind: .key, label: "key", arn: nil, document: document)
    var rules = DecisionRules(resourceOwner: world.account)
    rules.resourceMustAllow = true
    let decision = Decision.make(question, policies: policies, rules: rules)
    guard decision.verdict == .allowed else { throw .lockout(decision) }
  }

  /// The same refusal as a service's.
  func checkPrincipals(of document: PolicyDocument) throws(ServiceError) {
    do {
      try world.checkPrincipals(of: document)
    } catch {
      throw .malformedPolicy(error)
    }
  }
}
