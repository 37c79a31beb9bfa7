import Values

extension Decision {
  /// Puts a question to policies. The same question, policies and rules give the same decision.
  ///
  /// Source: IAM User Guide, policy evaluation logic; AWS KMS Developer Guide, policy evaluation.
  package static func make(
    _ question: AccessQuestion, policies: PolicySet, rules: DecisionRules, detail: Detail
  ) -> Decision {
    var evaluation = Evaluation(question: question, policies: policies, rules: rules)
    evaluation.read(detail)
    return evaluation.decision(detail)
  }
}

/// One question on its way through the gates.
private struct Evaluation {
  let question: AccessQuestion
  let policies: PolicySet
  let rules: DecisionRules

  /// What one gate said so far.
  private struct Reading {
    var isPresent = false
    var denies = false
    var allows = false
    var delegates = false
    var readsTime = false
    var findings: [Finding] = []

    var outcome: Gate.Outcome {
      if denies { return .denies }
      if allows { return .allows }
      if delegates { return .delegates }
      return isPresent ? .silent : .notPresent
    }
  }

  private var resourceControl = Reading()
  private var serviceControl = Reading()
  private var resource = Reading()
  private var grant = Reading()
  private var identity = Reading()
  private var boundary = Reading()
  private var session = Reading()

  init(question: AccessQuestion, policies: PolicySet, rules: DecisionRules) {
    self.question = question
    self.policies = policies
    self.rules = rules
  }

  mutating func read(_ detail: Decision.Detail) {
    resourceControl = read(levels: policies.resourceControl, detail)
    serviceControl = read(levels: policies.serviceControl, detail)
    if let policy = policies.resource { resource = read(policy, resource, detail) }
    for policy in policies.grants { grant = read(policy, grant, detail) }
    for policy in policies.identity { identity = read(policy, identity, detail) }
    if let policy = policies.boundary { boundary = read(policy, boundary, detail) }
    for policy in policies.session { session = read(policy, session, detail) }
  }

  /// The organization's policies: every level must allow, and a Deny at any level denies.
  private func read(levels: [[AttachedPolicy]], _ detail: Decision.Detail) -> Reading {
    var whole = Reading()
    for (number, level) in levels.enumerated() {
      var reading = Reading()
      for policy in level { reading = read(policy, reading, detail) }
      whole.isPresent = true
      whole.denies = whole.denies || reading.denies
      whole.allows = reading.allows && (number == 0 || whole.allows)
      whole.readsTime = whole.readsTime || reading.readsTime
      whole.findings += reading.findings
    }
    return whole
  }

  private func read(_ policy: AttachedPolicy, _ before: Reading, _ detail: Decision.Detail)
    -> Reading
  {
    var reading = before
    reading.isPresent = true
    for statement in policy.document.statements {
      read(statement, of: policy, into: &reading, detail)
    }
    return reading
  }

  private func read(
    _ statement: Statement, of policy: AttachedPolicy, into reading: inout Reading,
    _ detail: Decision.Detail
  ) {
    if statement.readsTime { reading.readsTime = true }
    var isMatched = false
    var isDelegated = false
    if statement.fits(question) {
      switch (statement.match(question.principal), statement.effect) {
      case (.direct, .deny), (.account, .deny):
        reading.denies = true
        isMatched = true
      case (.direct, .allow):
        reading.allows = true
        isMatched = true
      case (.account, .allow):
        reading.delegates = true
        isDelegated = true
      case (.no, _): break
      }
    }
    guard detail == .full else { return }
    let outcome: Finding.Outcome =
      isMatched ? .matched : isDelegated ? .delegated : .missed(statement.mismatches(question))
    reading.findings.append(
      Finding(
        policyLabel: policy.label, statementName: policy.name(of: statement),
        document: policy.document, statementIndex: statement.index, outcome: outcome))
  }

  // MARK: The rules

  private func reading(_ kind: Gate.Kind) -> Reading {
    switch kind {
    case .resourceControl: resourceControl
    case .serviceControl: serviceControl
    case .resource: resource
    case .grant: grant
    case .identity: identity
    case .boundary: boundary
    case .session: session
    }
  }

  private var isSameAccount: Bool { question.principal.account == rules.resourceOwner }
  private var identityAllows: Bool {
    switch question.principal.kind {
    // Nobody attaches an identity policy to them: the resource's word is enough.
    case .root, .service, .anonymous: true
    case .user, .assumedRole, .federated: identity.allows
    }
  }

  /// The gate that says no under the documented rules; nothing when the answer is yes.
  private var documentedRefusal: Gate.Kind? {
    if resourceControl.isPresent, !resourceControl.allows { return .resourceControl }
    if serviceControl.isPresent, !serviceControl.allows { return .serviceControl }
    let resourceSaysYes = resource.allows
    let leavesItToAccount = resource.delegates
    if rules.resourceMustAllow {
      // A grant is the key's own word for its grantee, like a key policy that names it.
      let namesCaller = resourceSaysYes || grant.allows
      if !namesCaller, !leavesItToAccount, !grant.delegates { return .resource }
      if !isSameAccount || !namesCaller, !identityAllows { return .identity }
    } else if isSameAccount {
      if !resourceSaysYes, !identityAllows { return .identity }
    } else {
      if !resourceSaysYes, !leavesItToAccount { return .resource }
      if !identityAllows { return .identity }
    }
    if boundary.isPresent, !boundary.allows, !isNamedAlone { return .boundary }
    if session.isPresent, !session.allows, !isNamedAlone { return .session }
    return nil
  }

  /// A resource policy that names a user or a session is not cut down by what others do not say.
  private var isNamedAlone: Bool {
    guard resource.allows || grant.allows, isSameAccount else { return false }
    let documents = (policies.resource.map { [$0] } ?? []) + policies.grants
    return documents.flatMap(\.document.statements).contains { statement in
      statement.effect == .allow && statement.fits(question)
        && (statement.principal?.entries ?? []).contains {
          $0.kind == .aws && $0.text == question.principal.arn
        }
    }
  }

  /// The rows of the described model that say no, each with the gate where it looks.
  private var refusingRows: [(row: String, gate: Gate.Kind)] {
    var rows: [(String, Gate.Kind)] = []
    // The guide knows no grants: one that lets the call through stands for both policies.
    if rules.keyPolicyMustName, !grant.allows {
      if !identityAllows { rows.append(("both-must-allow", .identity)) }
      if !resource.allows { rows.append(("both-must-allow", .resource)) }
    }
    if rules.identityMustAllow, !identityAllows { rows.append(("managed-key-iam", .identity)) }
    if rules.serviceStatement != nil, !admitsService {
      rows.append(("service-statement", .resource))
    }
    return rows
  }

  /// The question as the service itself would ask it.
  private var serviceQuestion: AccessQuestion? {
    rules.serviceStatement.map { service in
      var question = question
      question.principal = Principal(kind: .service, account: "", arn: service)
      return question
    }
  }

  private var admitsService: Bool {
    guard let service = rules.serviceStatement else { return true }
    let principal = Principal(kind: .service, account: "", arn: service)
    for statement in policies.resource?.document.statements ?? []
    where statement.effect == .allow {
      if case .direct = statement.match(principal), statement.fits(question) { return true }
    }
    return false
  }

  /// The first gate at which a Deny matched.
  private var denyingGate: Gate.Kind? {
    if resourceControl.denies { return .resourceControl }
    if serviceControl.denies { return .serviceControl }
    if resource.denies { return .resource }
    if identity.denies { return .identity }
    if boundary.denies { return .boundary }
    return session.denies ? .session : nil
  }

  // MARK: The answer

  func decision(_ detail: Decision.Detail) -> Decision {
    let denying = denyingGate
    let documented = denying ?? documentedRefusal
    let rows = documented == nil ? refusingRows : []
    let refusedBy = documented ?? (rules.rowsDecide ? rows.first?.gate : nil)
    let gates =
      detail == .bare
      ? []
      : Gate.Kind.allCases.map {
        Gate(kind: $0, outcome: reading($0).outcome, findings: reading($0).findings)
      }
    var used: [String] = []
    for row in rows.map(\.row) where !used.contains(row) { used.append(row) }
    let verdict = refusedBy == nil ? Decision.Verdict.allowed : .denied
    return Decision(
      question: question, verdict: verdict,
      cause: verdict == .allowed ? .allowed : denying == nil ? .implicitDeny : .explicitDeny,
      refusedBy: refusedBy, gates: gates,
      deciding: detail == .bare ? [] : deciding(denying, verdict),
      nearestMiss: verdict == .denied && denying == nil && detail == .full
        ? nearestMiss(refusedBy ?? .identity, rows.first?.row) : nil,
      rowsUsed: used,
      isTimeDependent: resourceControl.readsTime || serviceControl.readsTime || resource.readsTime
        || identity.readsTime || boundary.readsTime || session.readsTime,
      isRefusedByRow: documented == nil && refusedBy != nil)
  }

  private func deciding(_ denying: Gate.Kind?, _ verdict: Decision.Verdict) -> [Finding] {
    if denying != nil {
      return Gate.Kind.allCases.flatMap { reading($0).findings }.filter {
        $0.effect == .deny && $0.outcome == .matched
      }
    }
    guard verdict == .allowed else { return [] }
    let own = reading(.identity).findings.filter { $0.effect == .allow && $0.outcome == .matched }
    let named = resource.findings.filter { $0.effect == .allow && $0.outcome == .matched }
    let delegating = resource.findings.filter { $0.outcome == .delegated }
    let granted = grant.findings.filter { $0.outcome == .matched }
    if named.isEmpty, !granted.isEmpty { return granted }
    return named.isEmpty ? own + delegating : named + own
  }

  /// The Allow statement of the refusing gate with the fewest parts that miss; of several the one
  /// whose action fits, then the first.
  private func nearestMiss(_ gate: Gate.Kind, _ row: String?) -> Finding? {
    var candidates = reading(gate).findings.filter { $0.effect == .allow }
    if gate == .resource, row == "service-statement", let serviceQuestion {
      candidates = candidates.map {
        Finding(
          policyLabel: $0.policyLabel, statementName: $0.statementName, document: $0.document,
          statementIndex: $0.statementIndex,
          outcome: .missed($0.statement.mismatches(serviceQuestion)))
      }
    }
    // What leaves it to the account speaks of everybody there and is nobody's near miss.
    return candidates.filter { !$0.mismatches.isEmpty }.enumerated().min { left, right in
      rank(left.element, left.offset) < rank(right.element, right.offset)
    }?.element
  }

  private func rank(_ finding: Finding, _ order: Int) -> (Int, Int, Int) {
    let missesAction = finding.mismatches.contains { $0.element.hasSuffix("Action") }
    return (finding.mismatches.count, missesAction ? 1 : 0, order)
  }
}
