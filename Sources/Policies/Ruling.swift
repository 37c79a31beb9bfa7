import Values

/// The answer without its reasons: which gate refuses, and by what right. A plain value that costs
/// nothing to make; `Decision` adds every statement that was read.
package struct Ruling: Hashable, Sendable {
  /// The gate that refused; nothing when the call is allowed.
  package let refusedBy: Gate.Kind?
  /// The gate at which a Deny matched.
  let denying: Gate.Kind?
  /// Whether only a row of the described model refused.
  package let isRefusedByRow: Bool
  /// Whether the answer may differ a moment later.
  package let isTimeDependent: Bool
  /// Rows whose rule says no where AWS's documented rules say yes.
  let rows: RefusingRows
  private let outcomes: Outcomes

  package var verdict: Decision.Verdict { refusedBy == nil ? .allowed : .denied }
  package var isAllowed: Bool { refusedBy == nil }
  package var cause: Decision.Cause {
    isAllowed ? .allowed : denying == nil ? .implicitDeny : .explicitDeny
  }

  /// What a gate says.
  func outcome(_ kind: Gate.Kind) -> Gate.Outcome { outcomes[kind].outcome }

  /// Puts a question to policies. The same question, policies and rules give the same ruling.
  ///
  /// Source: IAM User Guide, policy evaluation logic; AWS KMS Developer Guide, policy evaluation.
  package init(
    _ question: borrowing AccessQuestion, _ policies: borrowing PolicySet,
    _ rules: borrowing DecisionRules
  ) {
    self = Self.judge(question, policies, rules, Outcomes(question, policies))
  }

  private static func judge(
    _ question: AccessQuestion, _ policies: PolicySet, _ rules: DecisionRules, _ said: Outcomes
  ) -> Ruling {
    let denying = said.denyingGate
    let documented = denying ?? said.documentedRefusal(question, policies, rules)
    let rows =
      documented == nil ? said.refusingRows(question, policies, rules) : RefusingRows()
    let refusedBy = documented ?? (rules.rowsDecide ? rows.gate : nil)
    return Ruling(
      refusedBy: refusedBy, denying: denying,
      isRefusedByRow: documented == nil && refusedBy != nil,
      isTimeDependent: said.readsTime, rows: rows, outcomes: said)
  }

  private init(
    refusedBy: Gate.Kind?, denying: Gate.Kind?, isRefusedByRow: Bool, isTimeDependent: Bool,
    rows: RefusingRows, outcomes: Outcomes
  ) {
    self.refusedBy = refusedBy
    self.denying = denying
    self.isRefusedByRow = isRefusedByRow
    self.isTimeDependent = isTimeDependent
    self.rows = rows
    self.outcomes = outcomes
  }
}

/// The rows of the described model that say no, in the order in which they are told.
struct RefusingRows: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  static let identityMustName = RefusingRows(rawValue: 1)
  static let keyPolicyMustName = RefusingRows(rawValue: 2)
  static let managedKeyIAM = RefusingRows(rawValue: 4)
  static let serviceStatement = RefusingRows(rawValue: 8)

  /// The rows' names in the table of models.
  var names: [String] {
    var names: [String] = []
    if contains(.identityMustName) || contains(.keyPolicyMustName) {
      names.append("both-must-allow")
    }
    if contains(.managedKeyIAM) { names.append("managed-key-iam") }
    if contains(.serviceStatement) { names.append("service-statement") }
    return names
  }

  /// Where the first of them looks.
  var gate: Gate.Kind? {
    if contains(.identityMustName) { return .identity }
    if contains(.keyPolicyMustName) { return .resource }
    if contains(.managedKeyIAM) { return .identity }
    return contains(.serviceStatement) ? .resource : nil
  }
}

/// What one kind of policy said.
struct Saying: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  static let isPresent = Saying(rawValue: 1)
  static let denies = Saying(rawValue: 2)
  static let allows = Saying(rawValue: 4)
  static let delegates = Saying(rawValue: 8)
  static let readsTime = Saying(rawValue: 16)

  var outcome: Gate.Outcome {
    if contains(.denies) { return .denies }
    if contains(.allows) { return .allows }
    if contains(.delegates) { return .delegates }
    return contains(.isPresent) ? .silent : .notPresent
  }
}

/// What every kind of policy said to one question, and what follows from it.
private struct Outcomes: Hashable, Sendable {
  private var resourceControl = Saying()
  private var serviceControl = Saying()
  private var resource = Saying()
  private var grant = Saying()
  private var identity = Saying()
  private var boundary = Saying()
  private var session = Saying()
  private var endpoint = Saying()

  /// Borrows, as all that is asked here does: an initializer usually takes its arguments for itself,
  /// and a copy of a question and of its policies costs more than reading them.
  init(_ question: borrowing AccessQuestion, _ policies: borrowing PolicySet) {
    let asking = Asking(question, bounded: policies.boundary != nil)
    if !policies.resourceControl.isEmpty {
      resourceControl = Self.read(levels: policies.resourceControl, asking, question)
    }
    if !policies.serviceControl.isEmpty {
      serviceControl = Self.read(levels: policies.serviceControl, asking, question)
    }
    policies.resource?.document.table.read(asking, question, into: &resource)
    for policy in policies.grants { policy.document.table.read(asking, question, into: &grant) }
    for policy in policies.identity {
      policy.document.table.read(asking, question, into: &identity)
    }
    policies.boundary?.document.table.read(asking, question, into: &boundary)
    for policy in policies.session {
      policy.document.table.read(asking, question, into: &session)
    }
    if let policy = policies.endpoint {
      policy.document.table.read(asking, question, into: &endpoint)
      // Naming an account lets all of it through: there is nobody whom that could be left to.
      if endpoint.contains(.delegates) { endpoint.insert(.allows) }
    }
  }

  subscript(kind: Gate.Kind) -> Saying {
    switch kind {
    case .resourceControl: resourceControl
    case .serviceControl: serviceControl
    case .resource: resource
    case .grant: grant
    case .identity: identity
    case .boundary: boundary
    case .session: session
    case .endpoint: endpoint
    }
  }

  /// The organization's policies: every level must allow, and a Deny at any level denies.
  private static func read(
    levels: [[AttachedPolicy]], _ asking: Asking, _ question: AccessQuestion
  ) -> Saying {
    var whole: Saying = [.allows, .isPresent]
    for level in levels {
      var saying = Saying()
      for policy in level { policy.document.table.read(asking, question, into: &saying) }
      whole.formUnion(saying.intersection([.denies, .readsTime]))
      if !saying.contains(.allows) { whole.remove(.allows) }
    }
    return whole
  }

  var readsTime: Bool {
    resourceControl.union(serviceControl).union(resource).union(grant).union(identity)
      .union(boundary).union(session).union(endpoint).contains(.readsTime)
  }

  /// The first gate at which a Deny matched.
  var denyingGate: Gate.Kind? {
    if resourceControl.contains(.denies) { return .resourceControl }
    if serviceControl.contains(.denies) { return .serviceControl }
    if resource.contains(.denies) { return .resource }
    if identity.contains(.denies) { return .identity }
    if boundary.contains(.denies) { return .boundary }
    if session.contains(.denies) { return .session }
    return endpoint.contains(.denies) ? .endpoint : nil
  }

  private func identityAllows(_ question: AccessQuestion) -> Bool {
    switch question.principal.kind {
    // Nobody attaches an identity policy to them: the resource's word is enough.
    case .root, .service, .anonymous: true
    case .user, .assumedRole, .federated: identity.contains(.allows)
    }
  }

  /// The gate that says no under the documented rules; nothing when the answer is yes.
  ///
  /// Assumed: where an endpoint's policy is silent and another gate refuses as well, the other one is
  /// named.
  func documentedRefusal(
    _ question: AccessQuestion, _ policies: PolicySet, _ rules: DecisionRules
  ) -> Gate.Kind? {
    accountsRefusal(question, policies, rules) ?? (isSilent(endpoint) ? .endpoint : nil)
  }

  /// The same without the way that the call comes.
  private func accountsRefusal(
    _ question: AccessQuestion, _ policies: PolicySet, _ rules: DecisionRules
  ) -> Gate.Kind? {
    if isSilent(resourceControl) { return .resourceControl }
    if isSilent(serviceControl) { return .serviceControl }
    let resourceSaysYes = resource.contains(.allows)
    let leavesItToAccount = resource.contains(.delegates)
    let isSameAccount = question.principal.account == rules.resourceOwner
    let identityAllows = identityAllows(question)
    // A grant is the key's own word for its grantee, like a key policy that names it.
    let namesCaller = resourceSaysYes || grant.contains(.allows)
    if rules.resourceMustAllow {
      if !namesCaller, !leavesItToAccount, !grant.contains(.delegates) { return .resource }
      if !isSameAccount || !namesCaller, !identityAllows { return .identity }
    } else if isSameAccount {
      if !resourceSaysYes, !identityAllows { return .identity }
    } else {
      if !resourceSaysYes, !leavesItToAccount { return .resource }
      if !identityAllows { return .identity }
    }
    guard isSilent(boundary) || isSilent(session) else { return nil }
    if namesCaller, isSameAccount, Self.isNamedAlone(question, policies) { return nil }
    return isSilent(boundary) ? .boundary : .session
  }

  private func isSilent(_ saying: Saying) -> Bool {
    saying.contains(.isPresent) && !saying.contains(.allows)
  }

  /// A resource policy that names a user or a session is not cut down by what others do not say.
  /// Assumed: everybody (`*`) is the account's users and roles named one by one; a role that is named
  /// so is cut down as one that is named by its own ARN.
  private static func isNamedAlone(_ question: AccessQuestion, _ policies: PolicySet) -> Bool {
    let asking = Asking(question, bounded: policies.boundary != nil)
    let principal = question.principal
    func names(_ entry: PrincipalElement.Entry) -> Bool {
      switch entry.kind {
      case .everyone: principal.kind == .user
      case .aws:
        entry.text == principal.arn || principal.kind == .user && entry.text == principal.uniqueID
      case .service, .federated, .canonicalUser: false
      }
    }
    let documents = (policies.resource.map { [$0] } ?? []) + policies.grants
    return documents.map(\.document).contains { document in
      document.statements.contains { statement in
        statement.effect == .allow
          && (statement.principal?.entries ?? []).contains(where: names)
          && document.table.look(at: statement.index, asking, question).missed.isEmpty
      }
    }
  }

  func refusingRows(
    _ question: AccessQuestion, _ policies: PolicySet, _ rules: DecisionRules
  ) -> RefusingRows {
    var rows = RefusingRows()
    let identityAllows = identityAllows(question)
    // The guide knows no grants: one that lets the call through stands for both policies.
    if rules.keyPolicyMustName, !grant.contains(.allows) {
      if !identityAllows { rows.insert(.identityMustName) }
      if !resource.contains(.allows) { rows.insert(.keyPolicyMustName) }
    }
    if rules.identityMustAllow, !identityAllows { rows.insert(.managedKeyIAM) }
    if let service = rules.serviceStatement,
      policies.resource?.document.table.allowsDirectly(Asking(question, as: service), question)
        != true
    {
      rows.insert(.serviceStatement)
    }
    return rows
  }
}
