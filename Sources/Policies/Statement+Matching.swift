import Values

/// The part of a statement that does not fit a question.
package struct Mismatch: Hashable, Sendable {
  /// The element's name as written: `Principal`, `NotAction`, `Condition`, …
  package var element: String
  /// The values in the learner's own text that did not fit.
  package var span: Span
  package var wanted: [String]
  /// What the request has there.
  package var found: String
  /// The condition's operator and key, where it was one.
  package var note: String?

  /// What stands in `found` for a condition key that the request lacks.
  package static let absent = "not in the request"
}

/// How a statement speaks of the one who asks.
enum PrincipalMatch {
  case no
  /// By its own name, or as everybody.
  case direct
  /// As the account, which lets the account's own policies decide.
  case account
}

extension Statement {
  /// Whether action, resource and conditions fit; the principal is asked for apart.
  func fits(_ question: AccessQuestion) -> Bool {
    guard fitsAction(question), fitsResource(question) else { return false }
    if !conditions.isEmpty, !conditions.allSatisfy({ $0.holds(question.context) }) { return false }
    return constraint == nil || constraint?.holds(question) == true
  }

  func fitsAction(_ question: AccessQuestion) -> Bool {
    if actionForm == .missing { return false }
    for pattern in actionPatterns where pattern.matches(question.action.folded) {
      return actionForm == .plain
    }
    return actionForm == .negated
  }

  /// Every resource must be covered; an action without one is covered by `*` alone. A statement
  /// without `Resource` has no effect.
  /// Source: AWS KMS API Reference, PutKeyPolicy.
  func fitsResource(_ question: AccessQuestion) -> Bool {
    if resourceForm == .missing { return meansItsResource }
    if question.resources.isEmpty { return fits("*", question.context) }
    for resource in question.resources where !fits(resource, question.context) { return false }
    return true
  }

  private func fits(_ resource: String, _ context: RequestContext) -> Bool {
    for index in resourcePatterns.indices {
      if let pattern = resourcePatterns[index] {
        if pattern.matches(resource) { return resourceForm == .plain }
      } else if let text = resources?.values[index].text,
        let filled = PolicyVariables.fill(text, from: context)
      {
        if CompiledPattern(filled).matches(resource) { return resourceForm == .plain }
      } else if resourceForm == .negated {
        // "All but an unknown name" must not become "all".
        return false
      }
    }
    return resourceForm == .negated
  }

  /// How the statement speaks of a principal. Identity policies name nobody and mean their holder.
  func match(_ asking: Principal) -> PrincipalMatch {
    if principalForm == .missing { return .direct }
    var best = PrincipalMatch.no
    for entry in named {
      switch Self.match(entry, asking) {
      case .direct: return principalForm == .negated ? .no : .direct
      case .account: best = .account
      case .no: continue
      }
    }
    guard principalForm == .negated else { return best }
    if case .no = best { return .direct }
    return .no
  }

  /// Source: IAM User Guide, Principal; AWS KMS Developer Guide, principals in key policies.
  private static func match(_ entry: NamedPrincipal, _ asking: Principal) -> PrincipalMatch {
    switch entry.kind {
    case .everyone: return .direct
    case .service: return asking.kind == .service && asking.arn == entry.text ? .direct : .no
    case .federated, .canonicalUser: return asking.arn == entry.text ? .direct : .no
    case .aws:
      if entry.text == asking.arn || entry.text == asking.roleARN || entry.text == asking.bareID {
        return .direct
      }
      guard entry.text == asking.account || entry.text == asking.accountARN else { return .no }
      return asking.kind == .root ? .direct : .account
    }
  }

  /// Every part that does not fit, in the order in which a statement is read.
  func mismatches(_ question: AccessQuestion) -> [Mismatch] {
    var found: [Mismatch] = []
    if let principal, case .no = match(question.principal) {
      found.append(
        Mismatch(
          element: principal.element,
          span: principal.entries.count == 1 ? principal.entries[0].span : principal.span,
          wanted: principal.entries.map(\.text),
          found: question.principal.roleARN ?? question.principal.arn))
    }
    if !fitsAction(question) {
      found.append(
        Mismatch(
          element: actions?.element ?? "Action", span: actions?.mainSpan ?? span,
          wanted: actions?.values.map(\.text) ?? [], found: question.action.description))
    }
    if !fitsResource(question) {
      found.append(
        Mismatch(
          element: resources?.element ?? "Resource", span: resources?.mainSpan ?? span,
          wanted: resources?.values.map(\.text) ?? [],
          found: question.resources.first ?? "*"))
    }
    for condition in conditions where !condition.holds(question.context) {
      let values = question.context[condition.key.text]
      found.append(
        Mismatch(
          element: "Condition", span: values == nil ? condition.key.span : condition.span,
          wanted: condition.values.map(\.text),
          found: values?.joined(separator: ", ") ?? Mismatch.absent,
          note: "\(condition.name.text) \(condition.key.text)"))
    }
    if let constraint, !constraint.holds(question) {
      found.append(constraint.mismatch(question))
    }
    return found
  }
}
