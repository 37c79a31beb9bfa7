import Values

extension Decision {
  /// Puts a question to policies. The same question, policies and rules give the same decision.
  package static func make(
    _ question: AccessQuestion, policies: PolicySet, rules: DecisionRules
  ) -> Decision {
    let ruling = Ruling(question, policies, rules)
    let gates = Reader(question: question).gates(policies, ruling)
    return Decision(
      question: question, ruling: ruling, gates: gates,
      deciding: deciding(gates, ruling),
      nearestMiss: ruling.cause == .implicitDeny
        ? nearestMiss(gates, ruling, question, rules) : nil)
  }

  /// The statements that denied, or those that allowed.
  private static func deciding(_ gates: [Gate], _ ruling: Ruling) -> [Finding] {
    func matched(_ kind: Gate.Kind, _ effect: Effect = .allow) -> [Finding] {
      for gate in gates where gate.kind == kind {
        return gate.findings.filter { $0.effect == effect && $0.outcome == .matched }
      }
      return []
    }
    if ruling.denying != nil { return Gate.Kind.allCases.flatMap { matched($0, .deny) } }
    guard ruling.isAllowed else { return [] }
    let own = matched(.identity)
    let named = matched(.resource)
    if !named.isEmpty { return named + own }
    let granted = matched(.grant)
    if !granted.isEmpty { return granted }
    return own
      + gates.filter { $0.kind == .resource }.flatMap(\.findings).filter {
        $0.outcome == .delegated
      }
  }

  /// The Allow statement of the refusing gate with the fewest parts that miss; of several the one
  /// whose action fits, then the first.
  private static func nearestMiss(
    _ gates: [Gate], _ ruling: Ruling, _ question: AccessQuestion, _ rules: DecisionRules
  ) -> Finding? {
    let gate = ruling.refusedBy ?? .identity
    var candidates = gates.first { $0.kind == gate }?.findings.filter { $0.effect == .allow } ?? []
    if ruling.rows == .serviceStatement, let service = rules.serviceStatement {
      // The question as the service itself would ask it.
      var question = question
      question.principal = service
      candidates = candidates.map {
        Finding(
          policy: $0.policy, statement: $0.statement,
          outcome: .missed($0.statement.mismatches(question)))
      }
    }
    // What leaves it to the account speaks of everybody there and is nobody's near miss.
    return candidates.filter { !$0.mismatches.isEmpty }.enumerated().min { left, right in
      rank(left.element, left.offset) < rank(right.element, right.offset)
    }?.element
  }

  private static func rank(_ finding: Finding, _ order: Int) -> (Int, Int, Int) {
    let missesAction = finding.mismatches.contains { $0.element.hasSuffix("Action") }
    return (finding.mismatches.count, missesAction ? 1 : 0, order)
  }
}

/// Reads every statement for what it says and what misses.
private struct Reader {
  let question: AccessQuestion

  func gates(_ policies: PolicySet, _ ruling: Ruling) -> [Gate] {
    Gate.Kind.allCases.map { kind in
      Gate(kind: kind, outcome: ruling.outcome(kind), findings: findings(policies, kind))
    }
  }

  private func findings(_ policies: PolicySet, _ kind: Gate.Kind) -> [Finding] {
    switch kind {
    case .resourceControl: findings(policies.resourceControl.flatMap(\.self))
    case .serviceControl: findings(policies.serviceControl.flatMap(\.self))
    case .resource: policies.resource.map { findings([$0]) } ?? []
    case .grant: findings(policies.grants)
    case .identity: findings(policies.identity)
    case .boundary: policies.boundary.map { findings([$0]) } ?? []
    case .session: findings(policies.session)
    }
  }

  private func findings(_ policies: [AttachedPolicy]) -> [Finding] {
    var findings: [Finding] = []
    for policy in policies {
      findings.reserveCapacity(findings.count + policy.document.statements.count)
      for statement in policy.document.statements {
        findings.append(Finding(policy: policy, statement: statement, outcome: outcome(statement)))
      }
    }
    return findings
  }

  private func outcome(_ statement: Statement) -> Finding.Outcome {
    guard statement.fits(question) else { return .missed(statement.mismatches(question)) }
    switch (statement.match(question.principal), statement.effect) {
    case (.direct, _), (.account, .deny): return .matched
    case (.account, .allow): return .delegated
    case (.no, _): return .missed(statement.mismatches(question))
    }
  }
}
