import Ciphers
import Policies
import Values

extension Organizations {
  static let operations =
    [
      OperationRow(DescribeOrganization.self), OperationRow(CreatePolicy.self),
      OperationRow(DescribePolicy.self), OperationRow(UpdatePolicy.self),
      OperationRow(DeletePolicy.self), OperationRow(ListPolicies.self),
      OperationRow(AttachPolicy.self), OperationRow(DetachPolicy.self),
      OperationRow(ListPoliciesForTarget.self), OperationRow(ListTargetsForPolicy.self),
    ] + structureOperations

  /// A type of policy that the request names; fails for those that the lab's organization lacks.
  static func type(_ text: String) throws(ServiceError) -> PolicyType {
    guard let type = PolicyType(rawValue: text) else {
      throw .organizations(
        "PolicyTypeNotEnabledException", "The policy type \(text) is not enabled for this root.")
    }
    return type
  }

  /// A policy's text, checked; fails with AWS's refusal.
  static func document(_ text: String, _ type: PolicyType) throws(ServiceError) -> PolicyDocument {
    guard text.utf8.count <= Limits.policy else {
      throw .organizations(
        "ConstraintViolationException", "You have exceeded the maximum size of a policy.")
    }
    let document: PolicyDocument
    do {
      document = try PolicyDocument(parsing: text, as: type.kind)
    } catch {
      throw .malformedPolicy(error)
    }
    guard document.version == "2012-10-17" else {
      let whole = Span(start: 0, end: text.utf8.count)
      throw requirement(document, whole, "it must say \"Version\": \"2012-10-17\"")
    }
    if type == .resourceControl { try checkResourceControl(document) }
    return document
  }

  private static func requirement(_ document: PolicyDocument, _ span: Span, _ detail: String)
    -> ServiceError
  {
    .malformedPolicy(
      PolicyError(
        message: "The provided policy document does not meet the requirements of the "
          + "specified policy type.",
        span: span, kind: document.kind, detail: detail, text: document.text))
  }

  /// A resource control policy of one's own denies, to everybody, what its Action names.
  /// Source: AWS Organizations User Guide, RCP syntax.
  private static func checkResourceControl(_ document: PolicyDocument) throws(ServiceError) {
    for statement in document.statements {
      var problem: (Span, String)?
      if statement.effect == .allow {
        problem = (statement.span, "a resource control policy of your own has Deny statements only")
      } else if let principal = statement.principal,
        principal.isNegated || principal.entries.map(\.kind) != [.everyone]
      {
        problem = (principal.span, "its Principal is \"*\"; narrow it with Condition")
      } else if let actions = statement.actions, actions.isNegated {
        problem = (actions.span, "a resource control policy has no NotAction: list the actions")
      }
      if let (span, detail) = problem { throw requirement(document, span, detail) }
    }
  }

  struct DescribeOrganization: Operation {
    static let id = OperationID.describeOrganization

    init(_ input: JSON) throws(ServiceError) {}

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let master = State.managementAccount
      return [
        "Organization": [
          "Id": .string(State.id),
          "Arn": .string("arn:aws:organizations::\(master):organization/\(State.id)"),
          "FeatureSet": "ALL",
          "MasterAccountArn": .string(
            "arn:aws:organizations::\(master):account/\(State.id)/\(master)"),
          "MasterAccountId": .string(master), "MasterAccountEmail": "management@example.com",
          "AvailablePolicyTypes": .array(
            cloud.world.organization.enabled.map {
              ["Type": .string($0.rawValue), "Status": "ENABLED"]
            }),
        ]
      ]
    }
  }

  struct CreatePolicy: Operation {
    static let id = OperationID.createOrganizationsPolicy
    var name: String
    var description: String
    var type: String
    var content: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("Name")
      description = input.text("Description")
      type = input.text("Type")
      content = input.text("Content")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let type = try Organizations.type(type)
      guard !cloud.world.organization.policies.contains(where: { $0.name == name }) else {
        throw .organizations(
          "DuplicatePolicyException", "A policy with the same name already exists.")
      }
      let document = try Organizations.document(content, type)
      let id = "p-" + cloud.world.random.uniqueID(prefix: "", length: 8).lowercased()
      let policy = Policy(
        id: id,
        arn:
          "arn:aws:organizations::\(State.managementAccount):policy/\(State.id)/\(type.path)/\(id)",
        name: name, description: description, type: type, isAWS: false, document: document)
      cloud.world.organization.put(policy)
      return ["Policy": policy.json]
    }
  }
}

/// An operation on the policy that `PolicyId` names.
private protocol OrganizationsPolicyOperation: Operation {
  var policyID: String { get }
}

extension OrganizationsPolicyOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    ARN(try world.organization.policy(policyID).arn).map { .named($0) } ?? .none
  }

  /// A policy that is not AWS's own.
  fileprivate func changeable(_ cloud: Cloud) throws(ServiceError) -> Organizations.Policy {
    let policy = try cloud.world.organization.policy(policyID)
    guard !policy.isAWS else {
      throw .organizations(
        "InvalidInputException", "You can't modify a policy that is managed by AWS.")
    }
    return policy
  }
}

extension Organizations {
  struct DescribePolicy: OrganizationsPolicyOperation {
    static let id = OperationID.describeOrganizationsPolicy
    var policyID: String

    init(_ input: JSON) throws(ServiceError) { policyID = input.text("PolicyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      ["Policy": try cloud.world.organization.policy(policyID).json]
    }
  }

  struct UpdatePolicy: OrganizationsPolicyOperation {
    static let id = OperationID.updateOrganizationsPolicy
    var policyID: String
    var name: String?
    var description: String?
    var content: String?

    init(_ input: JSON) throws(ServiceError) {
      policyID = input.text("PolicyId")
      name = input.optionalText("Name")
      description = input.optionalText("Description")
      content = input.optionalText("Content")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      var policy = try changeable(cloud)
      if let content { policy.document = try Organizations.document(content, policy.type) }
      policy.name = name ?? policy.name
      policy.description = description ?? policy.description
      cloud.world.organization.put(policy)
      return ["Policy": policy.json]
    }
  }

  struct DeletePolicy: OrganizationsPolicyOperation {
    static let id = OperationID.deleteOrganizationsPolicy
    var policyID: String

    init(_ input: JSON) throws(ServiceError) { policyID = input.text("PolicyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let policy = try changeable(cloud)
      guard !cloud.world.organization.targets.contains(where: { $0.policies.contains(policy.id) })
      else {
        throw .organizations(
          "PolicyInUseException",
          "The policy is attached to one or more entities. You must detach it from all roots, "
            + "OUs, and accounts before performing this operation.")
      }
      cloud.world.organization.remove(policyID)
    }
  }

  struct ListPolicies: Operation {
    static let id = OperationID.listOrganizationsPolicies
    var filter: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      filter = input.text("Filter")
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let type = try Organizations.type(filter)
      return page.tokenOutput(
        "Policies", cloud.world.organization.policies.filter { $0.type == type }.map(\.summary))
    }
  }

  struct AttachPolicy: OrganizationsPolicyOperation {
    static let id = OperationID.attachOrganizationsPolicy
    var policyID: String
    var targetID: String

    init(_ input: JSON) throws(ServiceError) {
      policyID = input.text("PolicyId")
      targetID = input.text("TargetId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let state = cloud.world.organization
      let policy = try state.policy(policyID)
      let place = try state.target(targetID)
      guard state.enabled.contains(policy.type) else { throw .policyTypeNotEnabled }
      guard !state.targets[place].policies.contains(policyID) else {
        throw .organizations(
          "DuplicatePolicyAttachmentException",
          "The selected policy is already attached to the specified target.")
      }
      guard state.attached(policy.type, at: state.targets[place]).count < Limits.attachments else {
        throw .organizations(
          "ConstraintViolationException",
          "You have attached the maximum number of policies of this type to the target.")
      }
      cloud.world.organization.attach(policyID, to: place)
    }
  }

  struct DetachPolicy: OrganizationsPolicyOperation {
    static let id = OperationID.detachOrganizationsPolicy
    var policyID: String
    var targetID: String

    init(_ input: JSON) throws(ServiceError) {
      policyID = input.text("PolicyId")
      targetID = input.text("TargetId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let state = cloud.world.organization
      let policy = try state.policy(policyID)
      let place = try state.target(targetID)
      guard state.targets[place].policies.contains(policyID) else {
        throw .organizations(
          "PolicyNotAttachedException",
          "The policy isn't attached to the specified target in the specified root.")
      }
      if policy.type == .resourceControl, policy.isAWS {
        throw .organizations(
          "ConstraintViolationException", "RCPFullAWSAccess can't be detached.")
      }
      guard state.attached(policy.type, at: state.targets[place]).count > 1 else {
        throw .organizations(
          "ConstraintViolationException",
          "You can't remove the last policy of this type that is attached to the target.")
      }
      cloud.world.organization.detach(policyID, from: place)
    }
  }

  struct ListPoliciesForTarget: Operation {
    static let id = OperationID.listOrganizationsPoliciesForTarget
    var targetID: String
    var filter: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      targetID = input.text("TargetId")
      filter = input.text("Filter")
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      let state = world.organization
      return ARN(state.targets[try state.target(targetID)].arn).map { .named($0) } ?? .none
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.organization
      let type = try Organizations.type(filter)
      let target = state.targets[try state.target(targetID)]
      return page.tokenOutput("Policies", state.attached(type, at: target).map(\.summary))
    }
  }

  struct ListTargetsForPolicy: OrganizationsPolicyOperation {
    static let id = OperationID.listOrganizationsTargetsForPolicy
    var policyID: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      policyID = input.text("PolicyId")
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let targets = cloud.world.organization.targets.filter { $0.policies.contains(policyID) }
      return page.tokenOutput(
        "Targets",
        targets.map {
          [
            "TargetId": .string($0.id), "Arn": .string($0.arn), "Name": .string($0.name),
            "Type": .string($0.type),
          ]
        })
    }
  }
}

extension Page {
  /// The form of most services: the list, and the token of the next page when there is one.
  func tokenOutput(_ name: String, _ elements: [JSON]) -> JSON {
    var members: [(String, JSON)] = [(name, .array(Array(slice(elements))))]
    if let token = next(of: elements.count) { members.append(("NextToken", .string(token))) }
    return .object(JSONObject(members))
  }
}
