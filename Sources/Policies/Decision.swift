import Values

/// The answer to one question, with everything that was read for it.
package struct Decision: Sendable {
  package enum Verdict: String, Hashable, Sendable { case allowed, denied }

  /// *Forbidden* and *not permitted* are different: a Deny that matched, or nothing that allows.
  package enum Cause: Hashable, Sendable {
    case allowed, explicitDeny, implicitDeny
  }

  let asked: Asked
  let ruling: Ruling
  /// The gates in the order in which they are asked.
  package let gates: [Gate]
  /// The statements that denied, or those that allowed.
  package let deciding: [Finding]
  let rules: DecisionRules

  package var question: AccessQuestion { asked.question }
  package var verdict: Verdict { ruling.verdict }
  package var cause: Cause { ruling.cause }
  /// The gate that refused.
  package var refusedBy: Gate.Kind? { ruling.refusedBy }
  /// Rows of the table of models whose rule makes the difference for this question.
  package var rowsUsed: [String] { ruling.rows.names }
  package var isTimeDependent: Bool { ruling.isTimeDependent }
  /// Whether only a row of the described model refused: AWS's documented rules would allow it.
  package var isRefusedByRow: Bool { ruling.isRefusedByRow }
}

/// One kind of policy that has a say.
package struct Gate: Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case resourceControl = "resource control policy"
    case serviceControl = "service control policy"
    case resource = "resource policy"
    case grant = "grants"
    case identity = "identity policies"
    case boundary = "permissions boundary"
    case session = "session policy"
    case endpoint = "VPC endpoint policy"

    /// The place of this kind among all.
    var place: Int {
      switch self {
      case .resourceControl: 0
      case .serviceControl: 1
      case .resource: 2
      case .grant: 3
      case .identity: 4
      case .boundary: 5
      case .session: 6
      case .endpoint: 7
      }
    }
  }

  package enum Outcome: Hashable, Sendable {
    case denies, allows, silent
    /// The resource's policy leaves it to the account's own policies.
    case delegates
    /// No policy of that kind is attached.
    case notPresent
  }

  package let kind: Kind
  package let outcome: Outcome
  package let findings: [Finding]
  /// For the organization's policies how many of the findings are of each level, from the root on.
  let levels: [Int]

  package var levelCount: Int { levels.count }

  /// The level whose first finding has that place; several levels may begin there, when some have none.
  package func level(beginningAt place: Int) -> Int? {
    var start = 0
    for (level, count) in levels.enumerated() {
      if start == place, count > 0 { return level }
      start += count
    }
    return nil
  }

  /// The first level on which no Allow fits, and how many there are.
  package var silentLevel: (index: Int, count: Int, findings: [Finding])? {
    var start = 0
    for (index, count) in levels.enumerated() {
      let own = Array(findings[start..<start + count])
      if !own.contains(where: { $0.effect == .allow && $0.outcome == .matched }) {
        return (index, levels.count, own)
      }
      start += count
    }
    return nil
  }
}

/// One statement that was read, and how it fared.
package struct Finding: Sendable {
  package enum Outcome: Hashable, Sendable {
    case matched
    /// Fits, and leaves the answer to the account's own policies.
    case delegated
    case missed(StatementParts)
  }

  package let policy: AttachedPolicy
  package let statement: Statement
  package let outcome: Outcome
  private let asked: Asked

  init(policy: AttachedPolicy, statement: Statement, outcome: Outcome, asked: Asked) {
    self.policy = policy
    self.statement = statement
    self.outcome = outcome
    self.asked = asked
  }

  /// What the statement was held against.
  package var question: AccessQuestion { asked.question }
  package var policyLabel: String { policy.label }
  package var statementName: String { policy.name(of: statement) }
  package var document: PolicyDocument { policy.document }
  package var documentText: String { document.text }
  package var sid: String? { statement.sid }
  package var effect: Effect { statement.effect }
  package var statementSpan: Span { statement.span }

  package var missed: StatementParts {
    if case .missed(let parts) = outcome { parts } else { [] }
  }

  /// The places of the parts that missed, and what the request has instead: looked up when it is
  /// told.
  package var mismatches: [Mismatch] {
    missed.isEmpty ? [] : statement.mismatches(missed, asked.question)
  }

  /// The places of the parts by which a statement that fits speaks of just this call.
  package var matches: [Match] { missed.isEmpty ? statement.matches(asked.question) : [] }

  /// How many parts missed, each condition by itself.
  var missCount: Int {
    let others = missed.subtracting(.condition).rawValue.nonzeroBitCount
    guard missed.contains(.condition) else { return others }
    return others + statement.conditions.count { !$0.holds(asked.question.context) }
  }
}

/// A question, shared by all findings about it.
final class Asked: Sendable {
  let question: AccessQuestion
  init(_ question: AccessQuestion) { self.question = question }
}

/// The rules of the resource that is asked for.
package struct DecisionRules: Sendable {
  /// The account that owns the resource.
  package var resourceOwner: String
  /// The resource's own policy must say yes, or leave it to the account: KMS keys, role trust.
  package var resourceMustAllow = false
  /// Row `both-must-allow`: leaving it to the account does not count as yes.
  package var keyPolicyMustName = false
  /// Row `service-statement`: the resource's policy must also admit this service principal.
  package var serviceStatement: Principal?
  /// Row `managed-key-iam`: the identity policies must say yes as well.
  package var identityMustAllow = false
  /// Whether the three rows above decide (*described*) or are only looked at (*documented*).
  package var rowsDecide = true

  package init(resourceOwner: String) { self.resourceOwner = resourceOwner }
}
