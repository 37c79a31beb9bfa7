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

/// A part of a statement that fits a question, and why.
package struct Match: Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// A value covers what the request has.
    case covers(String)
    /// The element lists what is left out, and the request is not among that.
    case spares(String)
    /// A condition holds with what the request has.
    case holds(String, found: String)
    /// A condition holds because the request lacks the key.
    case lacks(String)
  }

  /// The element's name as written.
  package var element: String
  package var span: Span
  package var reason: Reason
}

/// Parts of a statement that a question is held against.
package struct StatementParts: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let principal = StatementParts(rawValue: 1)
  package static let action = StatementParts(rawValue: 2)
  package static let resource = StatementParts(rawValue: 4)
  package static let condition = StatementParts(rawValue: 8)
  package static let constraint = StatementParts(rawValue: 16)
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
  /// Whether `Resource` or `NotResource` fits where variables must be filled in first.
  func fitsResource(_ question: AccessQuestion) -> Bool {
    let asked = question.resources.isEmpty ? ["*"] : question.resources
    for resource in asked where !fits(resource, question.context) { return false }
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

  func meetsConditions(_ question: AccessQuestion) -> Bool {
    for condition in conditions where !condition.holds(question.context) { return false }
    return constraint?.holds(question) ?? true
  }

  /// Which of conditions and constraint do not hold.
  func missedConditions(_ question: AccessQuestion) -> StatementParts {
    var missed = StatementParts()
    for condition in conditions where !condition.holds(question.context) {
      missed = .condition
      break
    }
    if let constraint, !constraint.holds(question) { missed.insert(.constraint) }
    return missed
  }

  /// The places of the parts that missed, in the order in which a statement is read, and what the
  /// request has instead.
  func mismatches(_ missed: StatementParts, _ question: AccessQuestion) -> [Mismatch] {
    var found: [Mismatch] = []
    if missed.contains(.principal), let principal {
      found.append(
        Mismatch(
          element: principal.element,
          span: principal.entries.count == 1 ? principal.entries[0].span : principal.span,
          wanted: principal.entries.map(\.text),
          found: question.principal.roleARN ?? question.principal.arn))
    }
    if missed.contains(.action) {
      found.append(
        Mismatch(
          element: actions?.element ?? "Action",
          span: actions?.span(nearest: question.action.description) ?? span,
          wanted: actions?.values.map(\.text) ?? [], found: question.action.description))
    }
    if missed.contains(.resource) {
      found.append(
        Mismatch(
          element: resources?.element ?? "Resource",
          span: resources?.span(nearest: question.resources.first ?? "*") ?? span,
          wanted: resources?.values.map(\.text) ?? [],
          found: question.resources.first ?? "*"))
    }
    for condition in conditions where !condition.holds(question.context) {
      let values = question.context[folded: condition.foldedKey]
      found.append(
        Mismatch(
          element: "Condition", span: values == nil ? condition.key.span : condition.span,
          wanted: condition.values.map(\.text),
          found: values?.joined(separator: ", ") ?? Mismatch.absent,
          note: "\(condition.name.text) \(condition.key.text)"))
    }
    if missed.contains(.constraint), let constraint { found.append(constraint.mismatch(question)) }
    return found
  }

  /// The parts by which a statement that fits speaks of just this question: what names everybody or
  /// everything is left out.
  func matches(_ question: AccessQuestion) -> [Match] {
    var found: [Match] = []
    let caller = question.principal.roleARN ?? question.principal.arn
    if let principal {
      if principal.isNegated {
        found.append(
          Match(element: principal.element, span: principal.span, reason: .spares(caller)))
      } else if let entry = principal.entries.first(where: { covers($0, question) }) {
        found.append(
          Match(element: principal.element, span: entry.span, reason: .covers(caller)))
      }
    }
    if let actions {
      let action = question.action.description
      if actions.isNegated {
        found.append(Match(element: actions.element, span: actions.span, reason: .spares(action)))
      } else if let index = actionPatterns.firstIndex(where: {
        $0.matches(action.lowercased())
      }) {
        found.append(
          Match(
            element: actions.element, span: actions.values[index].span, reason: .covers(action)))
      }
    }
    let resource = question.resources.first ?? "*"
    if let resources {
      if resources.isNegated {
        found.append(
          Match(element: resources.element, span: resources.span, reason: .spares(resource)))
      } else if let value = resources.values.first(where: { value in
        value.text != "*"
          && PolicyVariables.fill(value.text, from: question.context).map {
            CompiledPattern($0).matches(resource)
          } ?? false
      }) {
        found.append(
          Match(element: resources.element, span: value.span, reason: .covers(resource)))
      }
    }
    for condition in conditions where condition.holds(question.context) {
      let name = "\(condition.name.text) \(condition.key.text)"
      let values = question.context[condition.key.text]
      found.append(
        Match(
          element: "Condition", span: values == nil ? condition.key.span : condition.span,
          reason: values.map { .holds(name, found: $0.joined(separator: ", ")) } ?? .lacks(name)))
    }
    return found
  }

  /// Whether an entry names the caller, its account or its service; one for everybody says nothing.
  private func covers(_ entry: PrincipalElement.Entry, _ question: AccessQuestion) -> Bool {
    let principal = question.principal
    switch entry.kind {
    case .service: return principal.isService && entry.text == principal.arn
    case .aws:
      let name = Array(entry.text.utf8)
      return (Array(principal.own.texts) + Array(principal.accounts.texts)).contains {
        $0.bytes.elementsEqual(name)
      }
    case .everyone, .federated, .canonicalUser: return false
    }
  }
}
