import Values

extension Decision {
  /// Puts a question to policies. The same question, policies and rules give the same decision.
  package static func make(
    _ question: AccessQuestion, policies: PolicySet, rules: DecisionRules
  ) -> Decision {
    let ruling = Ruling(question, policies, rules)
    let asked = Asked(question)
    let gates = Reader(asked, policies).gates(policies, ruling)
    return Decision(
      asked: asked, ruling: ruling, gates: gates,
      deciding: deciding(
        gates, ruling, acrossAccounts: question.principal.account != rules.resourceOwner),
      rules: rules)
  }

  /// The statements that denied, or those that allowed.
  private static func deciding(
    _ gates: [Gate], _ ruling: Ruling, acrossAccounts: Bool
  ) -> [Finding] {
    var found: [Finding] = []
    func add(_ kind: Gate.Kind, _ effect: Effect, _ outcome: Finding.Outcome = .matched) {
      for finding in gates[kind.place].findings
      where finding.effect == effect && finding.outcome == outcome {
        found.append(finding)
      }
    }
    if ruling.denying != nil {
      for kind in Gate.Kind.allCases { add(kind, .deny) }
      return found
    }
    guard ruling.isAllowed else { return [] }
    add(.resource, .allow)
    if !found.isEmpty {
      add(.identity, .allow)
      return found
    }
    add(.grant, .allow)
    if !found.isEmpty {
      if acrossAccounts { add(.identity, .allow) }
      return found
    }
    add(.identity, .allow)
    add(.resource, .allow, .delegated)
    return found
  }
}

/// Reads every statement for what it says and what misses.
private struct Reader {
  private let asked: Asked
  private let asking: Asking

  init(_ asked: Asked, _ policies: PolicySet) {
    self.asked = asked
    asking = Asking(asked.question, bounded: policies.boundary != nil)
  }

  func gates(_ policies: PolicySet, _ ruling: Ruling) -> [Gate] {
    Gate.Kind.allCases.map { kind in
      Gate(
        kind: kind, outcome: ruling.outcome(kind), findings: findings(policies, kind),
        levels: levels(policies, kind).map { level in
          level.reduce(0) { $0 + $1.document.statements.count }
        })
    }
  }

  private func levels(_ policies: PolicySet, _ kind: Gate.Kind) -> [[AttachedPolicy]] {
    switch kind {
    case .resourceControl: policies.resourceControl
    case .serviceControl: policies.serviceControl
    default: []
    }
  }

  private func findings(_ policies: PolicySet, _ kind: Gate.Kind) -> [Finding] {
    switch kind {
    case .resourceControl: findings(policies.resourceControl)
    case .serviceControl: findings(policies.serviceControl)
    case .resource: policies.resource.map { findings(CollectionOfOne($0)) } ?? []
    case .grant: findings(policies.grants)
    case .identity: findings(policies.identity)
    case .boundary: policies.boundary.map { findings(CollectionOfOne($0)) } ?? []
    case .session: findings(policies.session)
    case .endpoint: policies.endpoint.map { findings(CollectionOfOne($0)) } ?? []
    }
  }

  private func findings(_ levels: [[AttachedPolicy]]) -> [Finding] {
    levels.isEmpty ? [] : findings(levels.flatMap(\.self))
  }

  private func findings(_ policies: some Collection<AttachedPolicy>) -> [Finding] {
    if policies.isEmpty { return [] }
    var findings: [Finding] = []
    findings.reserveCapacity(policies.reduce(0) { $0 + $1.document.statements.count })
    for policy in policies {
      let table = policy.document.table
      for statement in policy.document.statements {
        let (missed, match) = table.look(at: statement.index, asking, asked.question)
        let outcome: Finding.Outcome =
          !missed.isEmpty
          ? .missed(missed)
          : statement.effect == .allow && match == .account && policy.kind != .endpoint
            ? .delegated : .matched
        findings.append(
          Finding(policy: policy, statement: statement, outcome: outcome, asked: asked))
      }
    }
    return findings
  }
}
