import Policies
import Values

/// The IAM policy simulator: policies and a context that are given, and nothing of the account's own
/// keys, grants or resources.
///
/// Source: IAM API Reference, SimulatePrincipalPolicy and SimulateCustomPolicy; facts §4.9.
struct PolicySimulator {
  /// One policy and what the reply calls it.
  struct Source {
    var id: String
    /// `IAM Policy`, `Permissions Boundary`, `Resource Policy`…
    var type: String
    var policy: AttachedPolicy
  }

  var sources: [Source] = []
  var boundaries: [Source] = []
  var resourcePolicy: Source?
  /// The organization's levels; nothing where the policies are nobody's.
  var serviceControl: [[AttachedPolicy]]?
  var principal: Principal
  /// The account of resources whose ARN names none.
  var owner: String
  var actions: [String]
  var resources: [String]
  var entries: [(name: String, values: [String])] = []

  /// The part of a request that both operations share; the policies are for the caller to add.
  /// `usual` speaks where the request names no `CallerArn`.
  init(_ input: JSON, usual: Principal) throws(ServiceError) {
    principal = usual
    if let caller = input.optionalText("CallerArn") {
      guard let arn = ARN(caller), arn.service == "iam", arn.resource.hasPrefix("user/") else {
        throw .simulatorInput(
          "InvalidInput", "Invalid Caller Arn: \(caller). Only the ARN of an IAM user will do.")
      }
      principal = Principal(
        kind: .user, account: arn.account, arn: caller, userName: arn.resourceName)
    } else if input.optionalText("ResourcePolicy") != nil, usual.kind != .user || usual.arn.isEmpty
    {
      throw .simulatorInput(
        "InvalidInput", "CallerArn is required when a ResourcePolicy is given.")
    }
    actions = Self.texts(input["ActionNames"])
    for action in actions where !action.contains(":") {
      throw .simulatorInput(
        "Invalid Entity Action", "\(action) lacks its service: write it like kms:\(action)")
    }
    // Source: IAM API Reference, SimulateCustomPolicy, ActionNames. Assumed: the text.
    for action in actions where action.contains("*") || action.contains("?") {
      throw .simulatorInput(
        "InvalidInput",
        "Invalid Action Name: \(action). Wildcards are not supported in an action name."
      )
    }
    let named = Self.texts(input["ResourceArns"])
    for resource in named where resource != "*" && ARN(resource) == nil {
      throw .simulatorInput(
        "InvalidInput",
        "Invalid Resource Arn: \(resource). A resource is an ARN like "
          + "arn:aws:kinesis:us-east-1:\(principal.account):stream/my-secure-stream, or *.")
    }
    resources = named.isEmpty ? ["*"] : named
    owner =
      input.optionalText("ResourceOwner").map { ARN($0)?.account ?? $0 } ?? principal.account
    for entry in input["ContextEntries"]?.array ?? [] {
      entries.append(try Self.entry(entry))
    }
    try add(Self.texts(input["PolicyInputList"]), "PolicyInputList", .identity, to: \.sources)
    try add(
      Self.texts(input["PermissionsBoundaryPolicyInputList"]), "PermissionsBoundaryPolicyInputList",
      .boundary, to: \.boundaries)
    guard boundaries.count < 2 else {
      throw .simulatorInput(
        "InvalidInput", "Only one permissions boundary can be given; there are \(boundaries.count)."
      )
    }
    if let text = input.optionalText("ResourcePolicy") {
      let document = try Self.document(text, .resource)
      resourcePolicy = Source(
        id: "ResourcePolicy", type: "Resource Policy",
        policy: AttachedPolicy(kind: .resource, label: "resource", arn: nil, document: document))
    }
  }

  /// One context entry, whose values are of the type that it says.
  /// Assumed: the text.
  private static func entry(_ entry: JSON) throws(ServiceError) -> (name: String, values: [String])
  {
    let name = entry.text("ContextKeyName")
    let values = texts(entry["ContextKeyValues"])
    guard let typeName = entry.optionalText("ContextKeyType"),
      let type = ConditionValueType(entry: typeName),
      let wrong = values.first(where: { !type.reads($0) })
    else { return (name, values) }
    throw .simulatorInput(
      "InvalidInput",
      "Invalid value for context key \(name): \(wrong) is not of type \(typeName), which takes "
        + "\(type.example).")
  }

  private static func texts(_ value: JSON?) -> [String] {
    value?.array?.compactMap(\.string) ?? []
  }

  private static func document(_ text: String, _ kind: DocumentKind) throws(ServiceError)
    -> PolicyDocument
  {
    do {
      // A policy that is only tried out may be of any version, as a session policy may.
      return try PolicyDocument(parsing: text, as: kind == .identity ? .session : kind)
    } catch {
      throw .simulatorInput("InvalidInput", error.message)
    }
  }

  private mutating func add(
    _ texts: [String], _ name: String, _ kind: DocumentKind,
    to list: WritableKeyPath<PolicySimulator, [Source]>
  ) throws(ServiceError) {
    for (index, text) in texts.enumerated() {
      let document = try Self.document(text, kind)
      self[keyPath: list].append(
        Source(
          id: "\(name).\(index + 1)", type: "IAM Policy",
          policy: AttachedPolicy(
            kind: kind, label: "\(name).\(index + 1)", arn: nil, document: document)))
    }
  }

  // MARK: Evaluation

  /// One `EvaluationResult` for each action and resource, actions first.
  func results() -> [JSON] {
    actions.flatMap { action in resources.map { result(action, $0) } }
  }

  private func result(_ action: String, _ resource: String) -> JSON {
    let decision = decide(action, resource)
    let verdict: String =
      switch decision.cause {
      case .allowed: "allowed"
      case .explicitDeny: "explicitDeny"
      case .implicitDeny: "implicitDeny"
      }
    // Of the organization's policies the reply says only whether they allow.
    let matched = decision.deciding.filter { $0.policy.kind != .serviceControl }.map(statement)
    let missing = missingKeys.map { JSON.string($0) }
    var result = JSONObject([
      ("EvalActionName", .string(action)), ("EvalResourceName", .string(resource)),
      ("EvalDecision", .string(verdict)), ("MatchedStatements", .array(matched)),
      // Source: IAM API Reference, EvaluationResult: with several resources it stands by each.
      ("MissingContextValues", .array(resources.count > 1 ? [] : missing)),
    ])
    if let serviceControl {
      let allows = serviceControl.isEmpty || Self.outcome(.serviceControl, decision) == .allows
      result["OrganizationsDecisionDetail"] = ["AllowedByOrganizations": .bool(allows)]
    }
    let boundary: JSON? =
      boundaries.isEmpty
      ? nil
      : ["AllowedByPermissionsBoundary": .bool(Self.outcome(.boundary, decision) == .allows)]
    result["PermissionsBoundaryDecisionDetail"] = boundary
    let details = details(decision, resource)
    result["EvalDecisionDetails"] = details
    if resources.count > 1 {
      var specific = JSONObject([
        ("EvalResourceName", .string(resource)), ("EvalResourceDecision", .string(verdict)),
        ("MatchedStatements", .array(matched)), ("MissingContextValues", .array(missing)),
      ])
      specific["EvalDecisionDetails"] = details
      specific["PermissionsBoundaryDecisionDetail"] = boundary
      result["ResourceSpecificResults"] = [.object(specific)]
    }
    return .object(result)
  }

  private static func outcome(_ kind: Gate.Kind, _ decision: Decision) -> Gate.Outcome? {
    decision.gates.first { $0.kind == kind }?.outcome
  }

  /// Whom a resource belongs to: its ARN says so, or else the request.
  private func owner(of resource: String) -> String {
    // Policies that are nobody's are asked within their own account.
    guard !principal.arn.isEmpty else { return principal.account }
    guard let account = ARN(resource)?.account, !account.isEmpty, account != "*" else {
      return owner
    }
    return account
  }

  /// What each kind of policy said, where caller and resource are of two accounts: both must allow.
  private func details(_ decision: Decision, _ resource: String) -> JSON? {
    guard owner(of: resource) != principal.account else { return nil }
    func word(_ kind: Gate.Kind) -> JSON {
      switch Self.outcome(kind, decision) {
      case .denies: "explicitDeny"
      case .allows, .delegates: "allowed"
      case .silent, .notPresent, nil: "implicitDeny"
      }
    }
    return ["IAM Policy": word(.identity), "Resource Policy": word(.resource)]
  }

  private func decide(_ action: String, _ resource: String) -> Decision {
    var context = RequestContext()
    for entry in entries { context[entry.name] = entry.values }
    var policies = PolicySet()
    policies.identity = sources.map(\.policy)
    policies.boundary = boundaries.first?.policy
    policies.resource = resourcePolicy?.policy
    policies.serviceControl = serviceControl ?? []
    return Decision.make(
      AccessQuestion(
        principal: principal, action: ActionName(action),
        resources: resource == "*" ? [] : [resource], context: context),
      policies: policies, rules: DecisionRules(resourceOwner: owner(of: resource)))
  }

  /// Keys that conditions ask for and the request does not give, in the order of the policies.
  private var missingKeys: [String] {
    let given = Set(entries.map { $0.name.lowercased() })
    var seen: Set<String> = []
    return contextKeys.filter {
      !given.contains($0.lowercased()) && seen.insert($0.lowercased()).inserted
    }
  }

  /// Keys that conditions and variables of the policies ask for.
  var contextKeys: [String] {
    let all = sources + boundaries + (resourcePolicy.map { [$0] } ?? [])
    // A key's name takes no variable, and what looks like one is in no request.
    return all.flatMap { $0.policy.document.contextKeys }.filter { !$0.contains("$") }
  }

  // MARK: Places

  private func statement(_ finding: Finding) -> JSON {
    let all = sources + boundaries + (resourcePolicy.map { [$0] } ?? [])
    let source = all.first { $0.policy.document === finding.document }
    let document = finding.document
    return [
      "SourcePolicyId": .string(source?.id ?? finding.policyLabel),
      "SourcePolicyType": .string(source?.type ?? "IAM Policy"),
      "StartPosition": Self.position(
        document.startOfStatement(finding.statement.index), in: document.text),
      "EndPosition": Self.position(finding.statementSpan.end, in: document.text),
    ]
  }

  /// Line and column, both from 1.
  private static func position(_ offset: Int, in text: String) -> JSON {
    var line = 1
    var column = 1
    for byte in text.utf8.prefix(offset) where byte & 0xC0 != 0x80 {
      column += 1
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      }
    }
    return ["Line": .integer(line), "Column": .integer(column)]
  }
}

extension PolicyDocument {
  /// Where the simulator says that a statement begins: behind the bracket, or behind the statement
  /// before it; behind the brace of a statement that stands alone.
  fileprivate func startOfStatement(_ index: Int) -> Int {
    if index > 0 { return statements[index - 1].span.end }
    let bytes = Array(text.utf8)
    var place = statements[0].span.start - 1
    while place >= 0, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place -= 1 }
    return place >= 0 && bytes[place] == UInt8(ascii: "[")
      ? place + 1 : statements[0].span.start + 1
  }
}

/// A user, group or role whose policies are put to a simulation.
struct SimulatedEntity {
  var principal: Principal
  var sources: [PolicySimulator.Source] = []
  var boundary: PolicySimulator.Source?
}

extension IAM.State {
  /// Whom a policy source ARN means, and the policies that speak for it: its own, for a user those
  /// of the groups as well, and its boundary.
  func simulated(_ text: String, account: String) throws(ServiceError) -> SimulatedEntity {
    let arn = ARN(text)
    guard
      let kind = arn.flatMap({ arn in
        [IAM.HolderKind.role, .user, .group].first { arn.resource.hasPrefix("\($0.rawValue)/") }
      }), arn?.service == "iam"
    else { throw .simulatorInput("InvalidInput", "Invalid Entity Arn: \(text)") }
    let name = text.split(separator: "/").last.map(String.init) ?? text
    let holder = try holder(kind, named: name)
    // Its path is part of its name here, and so is the account.
    guard holder.arn.description == text else {
      throw .noSuchEntity(
        kind: kind.rawValue, name: text, near: [holder.arn.description])
    }
    var entity = SimulatedEntity(
      principal: Principal(
        kind: kind == .user ? .user : .assumedRole, account: account, arn: holder.arn.description,
        roleARN: kind == .role ? holder.arn.description : nil,
        userName: kind == .user ? holder.name : nil, uniqueID: holder.id))
    for carrier in [holder] + holder.groups.compactMap({ groups[$0] }) {
      entity.sources += sources(
        "\(carrier.kind.rawValue)_\(carrier.name)", carrier.inline, carrier.attached)
    }
    entity.boundary = holder.boundary.flatMap { managed[$0] }.map { policy in
      PolicySimulator.Source(
        id: policy.name, type: "IAM Policy",
        policy: policy.policy.attached(as: .boundary, label: "boundary:\(policy.name)"))
    }
    return entity
  }

  /// Observed: an inline policy is called by its holder and its own name.
  private func sources(_ holder: String, _ inline: [IAM.InlinePolicy], _ attached: [String])
    -> [PolicySimulator.Source]
  {
    inline.map {
      PolicySimulator.Source(id: "\(holder)_\($0.name)", type: "IAM Policy", policy: $0.policy)
    }
      + attached.compactMap { managed[$0] }.map {
        PolicySimulator.Source(id: $0.name, type: "IAM Policy", policy: $0.policy)
      }
  }
}

extension IAM {
  static let simulatorOperations = [
    OperationRow(SimulatePrincipalPolicy.self), OperationRow(SimulateCustomPolicy.self),
    OperationRow(GetContextKeysForPrincipalPolicy.self),
    OperationRow(GetContextKeysForCustomPolicy.self),
  ]

  struct SimulatePrincipalPolicy: Operation {
    static let id = OperationID.simulatePrincipalPolicy
    var input: JSON
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      self.input = input
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      guard let arn = ARN(input.text("PolicySourceArn")) else {
        throw .simulatorInput(
          "InvalidInput", "Invalid Entity Arn: \(input.text("PolicySourceArn"))")
      }
      return .named(arn)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let entity = try cloud.world.identities.simulated(
        input.text("PolicySourceArn"), account: cloud.world.account)
      var simulator = try PolicySimulator(input, usual: entity.principal)
      simulator.sources = entity.sources + simulator.sources
      if simulator.boundaries.isEmpty { simulator.boundaries = entity.boundary.map { [$0] } ?? [] }
      // The partner's account is in no organization.
      if cloud.world.active == .home {
        simulator.serviceControl = cloud.world.organization.levels(.serviceControl)
      }
      return page.iamOutput("EvaluationResults", simulator.results())
    }
  }

  struct SimulateCustomPolicy: Operation {
    static let id = OperationID.simulateCustomPolicy
    var input: JSON
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      self.input = input
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let simulator = try PolicySimulator(
        input, usual: Principal(kind: .user, account: cloud.world.account, arn: ""))
      return page.iamOutput("EvaluationResults", simulator.results())
    }
  }

  struct GetContextKeysForPrincipalPolicy: Operation {
    static let id = OperationID.getContextKeysForPrincipalPolicy
    var input: JSON

    init(_ input: JSON) throws(ServiceError) { self.input = input }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      ARN(input.text("PolicySourceArn")).map { .named($0) } ?? .none
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let entity = try cloud.world.identities.simulated(
        input.text("PolicySourceArn"), account: cloud.world.account)
      var simulator = try PolicySimulator(input, usual: entity.principal)
      simulator.sources = entity.sources + simulator.sources
      simulator.boundaries = entity.boundary.map { [$0] } ?? []
      return ["ContextKeyNames": simulator.names]
    }
  }

  struct GetContextKeysForCustomPolicy: Operation {
    static let id = OperationID.getContextKeysForCustomPolicy
    var input: JSON

    init(_ input: JSON) throws(ServiceError) { self.input = input }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let simulator = try PolicySimulator(
        input, usual: Principal(kind: .user, account: cloud.world.account, arn: ""))
      return ["ContextKeyNames": simulator.names]
    }
  }
}

extension PolicySimulator {
  /// Each key once, in the order of the policies.
  var names: JSON {
    var seen: Set<String> = []
    return .array(
      contextKeys.filter { seen.insert($0.lowercased()).inserted }.map { .string($0) })
  }
}
