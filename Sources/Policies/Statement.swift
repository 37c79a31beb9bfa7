import Values

package enum Effect: String, Hashable, Sendable {
  case allow = "Allow"
  case deny = "Deny"
}

/// A value of a policy and its place in the text.
package struct PolicyValue: Hashable, Sendable {
  package let text: String
  package let span: Span
}

/// A list of values, or all but those: `Action` and `NotAction`, `Resource` and `NotResource`.
package struct ValueList: Hashable, Sendable {
  /// The element's name as written.
  package let element: String
  package let isNegated: Bool
  package let values: [PolicyValue]
  /// The element's value.
  package let span: Span

  /// What a caret points at when none of the values fits: the one that was meant perhaps, or the
  /// whole list.
  func span(nearest text: String) -> Span {
    if values.count == 1 { return values[0].span }
    let text = text.lowercased()
    var nearest: (span: Span, distance: Int)?
    for value in values {
      let distance = NearNames.editDistance(text, value.text.lowercased(), bound: Self.slips)
      if distance <= Self.slips, distance < nearest?.distance ?? .max {
        nearest = (value.span, distance)
      }
    }
    return nearest?.span ?? span
  }

  /// So many letters amiss are a slip of the pen.
  private static let slips = 2
}

/// Whom a statement is about.
package struct PrincipalElement: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case everyone = "*"
    case aws = "AWS"
    case service = "Service"
    case federated = "Federated"
    case canonicalUser = "CanonicalUser"
  }

  package struct Entry: Hashable, Sendable {
    package let kind: Kind
    package let text: String
    package let span: Span
  }

  package let isNegated: Bool
  package let entries: [Entry]
  package let span: Span

  package var element: String { isNegated ? "NotPrincipal" : "Principal" }
}

/// One line of a `Condition`: an operator, a key, and the values that it is compared with.
package struct Condition: Sendable {
  package enum Quantifier: Hashable, Sendable { case one, anyValue, allValues }

  package let name: PolicyValue
  let comparison: ConditionOperator
  package let quantifier: Quantifier
  /// Holds when the request lacks the key: `…IfExists`.
  package let ifExists: Bool
  package let key: PolicyValue
  /// The key's name as it is looked up.
  let foldedKey: String
  package let values: [PolicyValue]
  /// The values as written.
  package let span: Span
  /// The values without variables.
  let fixedValues: [ComparedValue]
  /// Those that must be filled in first.
  let variableValues: [String]

  init(
    name: PolicyValue, form: ConditionForm, key: PolicyValue, values: [PolicyValue], span: Span,
    hasVariables: Bool
  ) {
    self.name = name
    comparison = form.comparison
    quantifier = form.quantifier
    ifExists = form.ifExists
    self.key = key
    foldedKey = key.text.lowercased()
    self.values = values
    self.span = span
    let mayFill = hasVariables && form.comparison.takesVariables
    let texts = values.map(\.text)
    fixedValues = texts.filter { !mayFill || !PolicyVariables.stand(in: $0) }
      .map { ComparedValue($0) }
    variableValues = texts.filter { mayFill && PolicyVariables.stand(in: $0) }
  }
}

/// How an element stands in a statement.
enum ListForm: Hashable, Sendable {
  case missing, plain, negated

  init(_ isNegated: Bool?) {
    self = isNegated.map { $0 ? .negated : .plain } ?? .missing
  }

  @inline(__always)
  var isNegated: Bool { if case .negated = self { true } else { false } }
}

/// One statement of a policy. Shared by reference: a decision looks at many and keeps few.
package final class Statement: Sendable {
  /// Counts from 0.
  package let index: Int
  package let sid: String?
  package let effect: Effect
  package let span: Span
  package let principal: PrincipalElement?
  package let actions: ValueList?
  package let resources: ValueList?
  package let conditions: [Condition]
  /// Actions in lower case, as they are compared.
  let actionPatterns: [CompiledPattern]
  /// Whether it speaks of the resource that the policy is attached to: in a trust policy, which has
  /// no `Resource`.
  let meansItsResource: Bool
  /// Resources; nothing where one has a variable and must be filled in first.
  let resourcePatterns: [CompiledPattern?]
  /// Values of conditions, then resources, in which `${…}` is filled in; none but in documents of
  /// version 2012-10-17.
  let textsWithVariables: [String]
  /// Whether an answer of this statement may differ a moment later.
  let readsTime: Bool
  let actionForm: ListForm
  let resourceForm: ListForm
  let principalForm: ListForm
  /// What a grant demands of the encryption context.
  let constraint: GrantConstraint?

  init(
    index: Int, sid: String?, effect: Effect, span: Span, principal: PrincipalElement?,
    actions: ValueList?, resources: ValueList?, conditions: [Condition], hasVariables: Bool,
    meansItsResource: Bool, constraint: GrantConstraint? = nil
  ) {
    self.constraint = constraint
    actionForm = ListForm(actions?.isNegated)
    resourceForm = ListForm(resources?.isNegated)
    principalForm = ListForm(principal?.isNegated)
    self.index = index
    self.sid = sid
    self.effect = effect
    self.span = span
    self.principal = principal
    self.actions = actions
    self.resources = resources
    self.conditions = conditions
    self.meansItsResource = meansItsResource
    actionPatterns = (actions?.values ?? []).map { CompiledPattern(ActionName.fold($0.text)) }
    resourcePatterns = (resources?.values ?? []).map { value in
      hasVariables && PolicyVariables.stand(in: value.text) ? nil : CompiledPattern(value.text)
    }
    textsWithVariables =
      conditions.flatMap(\.variableValues)
      + (hasVariables ? (resources?.values ?? []).map(\.text) : []).filter(PolicyVariables.stand)
    let keys = conditions.map(\.key.text) + textsWithVariables.flatMap(PolicyVariables.names)
    readsTime = keys.contains {
      Self.clockKeys.contains($0.lowercased())
    }
  }

  private static let clockKeys = ["aws:currenttime", "aws:epochtime", "aws:tokenissuetime"]
}
