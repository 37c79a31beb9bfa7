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
      asked: asked, ruling: ruling, gates: gates, deciding: deciding(gates, ruling),
      nearestMiss: ruling.cause == .implicitDeny ? nearestMiss(gates, ruling, asked, rules) : nil)
  }

  /// The statements that denied, or those that allowed.
  private static func deciding(_ gates: [Gate], _ ruling: Ruling) -> [Finding] {
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
    if !found.isEmpty { return found }
    add(.identity, .allow)
    add(.resource, .allow, .delegated)
    return found
  }

  /// The Allow statement of the refusing gate with the fewest parts that miss; of several the one
  /// whose action fits, then the one that speaks of the same service, then the first.
  private static func nearestMiss(
    _ gates: [Gate], _ ruling: Ruling, _ asked: Asked, _ rules: DecisionRules
  ) -> Finding? {
    var candidates = gates[(ruling.refusedBy ?? .identity).place].findings.filter {
      $0.effect == .allow
    }
    if ruling.rows == .serviceStatement, let service = rules.serviceStatement {
      // The question as the service itself would ask it.
      var question = asked.question
      question.principal = service
      let asked = Asked(question)
      let asking = Asking(question)
      candidates = candidates.map {
        let index = $0.statement.index
        let missed = $0.policy.document.table.look(at: index, asking, question).missed
        return Finding(
          policy: $0.policy, statement: $0.statement, outcome: .missed(missed), asked: asked)
      }
    }
    // What leaves it to the account speaks of everybody there and is nobody's near miss.
    var nearest: (finding: Finding, rank: (Int, Int, Int))?
    for finding in candidates where !finding.missed.isEmpty && isNear(finding, asked) {
      let rank = (
        finding.missCount, finding.missed.contains(.action) ? 1 : 0,
        speaksOfService(finding, asked) ? 0 : 1
      )
      if let best = nearest?.rank, best <= rank { continue }
      nearest = (finding, rank)
    }
    return nearest?.finding
  }

  /// A statement about other actions of other services on other resources is not near at all.
  private static func isNear(_ finding: Finding, _ asked: Asked) -> Bool {
    !finding.missed.isSuperset(of: [.action, .resource]) || speaksOfService(finding, asked)
  }

  private static func speaksOfService(_ finding: Finding, _ asked: Asked) -> Bool {
    guard finding.missed.contains(.action), let actions = finding.statement.actions else {
      return true
    }
    let service = asked.question.action.service.lowercased()
    return actions.isNegated
      || actions.values.contains { $0.text.prefix { $0 != ":" }.lowercased() == service }
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
      Gate(kind: kind, outcome: ruling.outcome(kind), findings: findings(policies, kind))
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
          : statement.effect == .allow && match == .account ? .delegated : .matched
        findings.append(
          Finding(policy: policy, statement: statement, outcome: outcome, asked: asked))
      }
    }
    return findings
  }
}
