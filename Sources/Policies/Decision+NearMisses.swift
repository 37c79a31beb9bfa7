import Values

/// An Allow statement that would have let the call through, but for some of its parts.
package struct NearMiss: Sendable {
  package let finding: Finding
  /// Whose word it would be.
  package let gate: Gate.Kind
  /// Whether it speaks of the caller: by name, or because the policy is the caller's own.
  package let namesCaller: Bool
  /// Whether its actions are of the service that was asked, where they miss.
  package let speaksOfService: Bool
  fileprivate let distance: Int

  package var elements: [String] {
    var seen: Set<String> = []
    return finding.mismatches.map(\.element).filter { seen.insert($0).inserted }
  }
}

/// Looked for when they are told: a refusal that nobody reads costs nothing.
extension Decision {
  /// The statement that came nearest to allowing.
  package var nearestMiss: Finding? { nearMisses.first?.finding }

  /// The Allow statements that would turn the answer if the parts that miss were mended, nearest
  /// first; of equals the one whose action fits, then in the order in which they are read.
  package var nearMisses: [NearMiss] {
    guard ruling.cause == .implicitDeny else { return [] }
    // What leaves it to the account speaks of everybody there and is nobody's near miss.
    let found = helpfulGates.flatMap { kind in
      candidates(gates[kind.place]).filter { !$0.missed.isEmpty && isNear($0) }.compactMap {
        nearMiss($0, at: kind)
      }
    }
    return found.enumerated().sorted { left, right in
      let (first, second) = (left.element, right.element)
      return (first.distance, actionMisses(first), left.offset)
        < (second.distance, actionMisses(second), right.offset)
    }.map(\.element)
  }

  private func actionMisses(_ miss: NearMiss) -> Int {
    miss.finding.missed.contains(.action) ? 1 : 0
  }

  /// The gate that refused, and those whose yes would do as well: within an account the resource's
  /// own word for the caller is enough, and so is a grant.
  private var helpfulGates: [Gate.Kind] {
    let refusing = ruling.refusedBy ?? .identity
    if ruling.isRefusedByRow { return [refusing] }
    switch refusing {
    case .identity where asked.question.principal.account == rules.resourceOwner:
      return [.identity, .resource, .grant]
    case .resource, .grant: return [.resource, .grant]
    default: return isDelegationShort ? [refusing, .resource, .grant] : [refusing]
    }
  }

  /// Whether the resource's policy leaves it to the account where its own yes is wanted as well (row
  /// `both-must-allow`): a gate that stays shut, whichever of the others refused first.
  package var isDelegationShort: Bool {
    rules.rowsDecide && rules.keyPolicyMustName && ruling.cause == .implicitDeny
      && gates[Gate.Kind.resource.place].outcome == .delegates
      && gates[Gate.Kind.grant.place].outcome != .allows
  }

  private func candidates(_ gate: Gate) -> [Finding] {
    let allowing = gate.findings.filter { $0.effect == .allow }
    guard ruling.rows == .serviceStatement, let service = rules.serviceStatement else {
      return allowing
    }
    // The question as the service itself would ask it.
    var question = asked.question
    question.principal = service
    let asked = Asked(question)
    let asking = Asking(question)
    return allowing.map {
      let index = $0.statement.index
      let missed = $0.policy.document.table.look(at: index, asking, question).missed
      return Finding(
        policy: $0.policy, statement: $0.statement, outcome: .missed(missed), asked: asked)
    }
  }

  /// A statement about other actions of other services on other resources is not near at all.
  private func isNear(_ finding: Finding) -> Bool {
    !finding.missed.isSuperset(of: [.action, .resource]) || speaksOfService(finding)
  }

  private func speaksOfService(_ finding: Finding) -> Bool {
    guard finding.missed.contains(.action), let actions = finding.statement.actions else {
      return true
    }
    let service = asked.question.action.service.lowercased()
    return actions.isNegated
      || actions.values.contains { $0.text.prefix { $0 != ":" }.lowercased() == service }
  }

  /// Nothing for a statement of the resource that leaves it to an account which has refused.
  private func nearMiss(_ finding: Finding, at kind: Gate.Kind) -> NearMiss? {
    let match = finding.policy.document.table.look(
      at: finding.statement.index, Asking(finding.question), finding.question
    ).match
    if case .account = match, kind == .resource || kind == .grant, ruling.refusedBy == .identity {
      return nil
    }
    let speaks = speaksOfService(finding)
    var distance = finding.missCount
    // Somebody else's statement is further off than any one part of the caller's own; a slip of the
    // pen in the caller's name is not.
    let isOthers = finding.missed.contains(.principal) && !isMisspelt(finding)
    if isOthers { distance += 2 }
    if !speaks { distance += 2 }
    return NearMiss(
      finding: finding, gate: kind, namesCaller: !isOthers, speaksOfService: speaks,
      distance: distance)
  }

  private func isMisspelt(_ finding: Finding) -> Bool {
    let principal = finding.question.principal
    return (finding.statement.principal?.entries ?? []).contains { entry in
      [principal.arn, principal.roleARN].contains { name in
        name.map { NearNames.editDistance($0, entry.text, bound: 2) <= 2 } ?? false
      }
    }
  }
}
