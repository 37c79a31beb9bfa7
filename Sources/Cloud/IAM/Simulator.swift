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
  var principal: Principal
  var owner: String
  var actions: [String]
  var resources: [String]
  var entries: [(name: String, values: [String])]

  /// The part of a request that both operations share; the policies are for the caller to add.
  init(_ input: JSON, principal: Principal, account: String) throws(ServiceError) {
    self.principal = principal
    actions = Self.texts(input["ActionNames"])
    for action in actions where !action.contains(":") {
      throw .simulatorInput(
        "Invalid Entity Action", "\(action) lacks its service: write it like kms:\(action)")
    }
    let named = Self.texts(input["ResourceArns"])
    resources = named.isEmpty ? ["*"] : named
    owner = input.optionalText("ResourceOwner").map { ARN($0)?.account ?? $0 } ?? account
    entries = (input["ContextEntries"]?.array ?? []).map { entry in
      (entry.text("ContextKeyName"), Self.texts(entry["ContextKeyValues"]))
    }
    try add(Self.texts(input["PolicyInputList"]), "PolicyInputList", .identity, to: \.sources)
    try add(
      Self.texts(input["PermissionsBoundaryPolicyInputList"]), "PermissionsBoundaryPolicyInputList",
      .boundary, to: \.boundaries)
    if let text = input.optionalText("ResourcePolicy") {
      let document = try Self.document(text, .resource)
      resourcePolicy = Source(
        id: "ResourcePolicy", type: "Resource Policy",
        policy: AttachedPolicy(kind: .resource, label: "resource", arn: nil, document: document))
    }
  }

  private static func texts(_ value: JSON?) -> [String] {
    value?.array?.compactMap(\.string) ?? []
  }

  private static func document(_ text: String, _ kind: DocumentKind) throws(ServiceError)
    -> PolicyDocument
  {
    do {
      return try PolicyDocument(parsing: text, as: kind)
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
    let matched = decision.deciding.map(statement)
    let missing = missingKeys.map { JSON.string($0) }
    var result = JSONObject([
      ("EvalActionName", .string(action)), ("EvalResourceName", .string(resource)),
      ("EvalDecision", .string(verdict)), ("MatchedStatements", .array(matched)),
      ("MissingContextValues", .array(missing)),
    ])
    if !boundaries.isEmpty {
      let outcome = decision.gates.first { $0.kind == .boundary }?.outcome
      result["PermissionsBoundaryDecisionDetail"] = [
        "AllowedByPermissionsBoundary": .bool(outcome == .allows)
      ]
    }
    if resources.count > 1 {
      result["ResourceSpecificResults"] = [
        [
          "EvalResourceName": .string(resource), "EvalResourceDecision": .string(verdict),
          "MatchedStatements": .array(matched), "MissingContextValues": .array(missing),
        ]
      ]
    }
    return .object(result)
  }

  private func decide(_ action: String, _ resource: String) -> Decision {
    var context = RequestContext()
    for entry in entries { context[entry.name] = entry.values }
    var policies = PolicySet()
    policies.identity = sources.map(\.policy)
    policies.boundary = boundaries.first?.policy
    policies.resource = resourcePolicy?.policy
    return Decision.make(
      AccessQuestion(
        principal: principal, action: ActionName(action),
        resources: resource == "*" ? [] : [resource], context: context),
      policies: policies, rules: DecisionRules(resourceOwner: owner))
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
    return all.flatMap { $0.policy.document.contextKeys }
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

extension IAM.State {
  /// Whom a policy source ARN means, and the policies that speak for it.
  func simulated(_ text: String, account: String) throws(ServiceError) -> (
    principal: Principal, sources: [PolicySimulator.Source]
  ) {
    let arn = ARN(text)
    let name = arn?.resourceName ?? text
    if arn?.resource.hasPrefix("role/") == true {
      let role = try holder(.role, named: name)
      let principal = Principal(
        kind: .assumedRole, account: account, arn: role.arn.description,
        roleARN: role.arn.description, uniqueID: role.id)
      return (principal, sources("role_\(name)", role.inline, role.attached))
    }
    if arn?.resource.hasPrefix("user/") == true {
      let user = try holder(.user, named: name)
      let principal = Principal(
        kind: .user, account: account, arn: user.arn.description, userName: name,
        uniqueID: user.id)
      return (principal, sources("user_\(name)", user.inline, user.attached))
    }
    throw .simulatorInput("InvalidInput", "Invalid Entity Arn: \(text)")
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
      let account = cloud.world.account
      let (principal, sources) = try cloud.world.identities.simulated(
        input.text("PolicySourceArn"), account: account)
      var simulator = try PolicySimulator(input, principal: principal, account: account)
      simulator.sources = sources + simulator.sources
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
      let account = cloud.world.account
      let arn = input.optionalText("CallerArn") ?? "arn:aws:iam::\(account):user/simulated"
      let owner = ARN(arn)?.account ?? account
      let principal = Principal(
        kind: .user, account: owner, arn: arn, userName: ARN(arn)?.resourceName)
      let simulator = try PolicySimulator(input, principal: principal, account: account)
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
      let account = cloud.world.account
      let (principal, sources) = try cloud.world.identities.simulated(
        input.text("PolicySourceArn"), account: account)
      var simulator = try PolicySimulator(input, principal: principal, account: account)
      simulator.sources = sources + simulator.sources
      return ["ContextKeyNames": simulator.names]
    }
  }

  struct GetContextKeysForCustomPolicy: Operation {
    static let id = OperationID.getContextKeysForCustomPolicy
    var input: JSON

    init(_ input: JSON) throws(ServiceError) { self.input = input }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let account = cloud.world.account
      let simulator = try PolicySimulator(
        input, principal: Principal(kind: .user, account: account, arn: ""), account: account)
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
