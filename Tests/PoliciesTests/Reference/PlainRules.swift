import Policies

/// Who may do what, as the documentation words it, statement by statement and step by step.
///
/// Source: IAM User Guide, policy evaluation logic, Principal, NotPrincipal, permissions boundaries;
/// AWS KMS Developer Guide, policy evaluation, grants.
struct PlainRules {
  var request: PlainRequest
  var policies: PlainPolicies
  let tally: PlainTally

  private let hasBoundary: Bool

  init(_ request: PlainRequest, _ policies: PlainPolicies, _ tally: PlainTally) {
    self.request = request
    self.policies = policies
    self.tally = tally
    hasBoundary = policies.boundary != nil
  }

  // MARK: One statement

  enum Naming { case nobody, account, name }

  /// What of a statement does not fit, and how it speaks of the caller.
  struct Reading {
    var missed: StatementParts
    var naming: Naming
    /// How many parts that is, each condition by itself.
    var count: Int
  }

  func read(_ statement: PlainStatement, of policy: PlainPolicy) -> Reading {
    let naming = naming(statement, of: policy, request.caller)
    var missed = missedBesidesPrincipal(statement, of: policy)
    if naming == .nobody {
      missed.parts.insert(.principal)
      missed.count += 1
    }
    if let principal = statement.principal, policy.kind != .grant {
      for construct in principal.constructs { tally.note(construct, naming != .nobody) }
      if principal.isNegated {
        tally.note(
          statement.isAllow ? "NotPrincipal in an Allow" : "NotPrincipal in a Deny",
          naming != .nobody)
      }
    }
    if missed.parts.isEmpty, statement.isAllow, naming == .account {
      tally.note("delegation to an account", true)
    }
    return Reading(missed: missed.parts, naming: naming, count: missed.count)
  }

  private func missedBesidesPrincipal(_ statement: PlainStatement, of policy: PlainPolicy)
    -> (parts: StatementParts, count: Int)
  {
    var missed = StatementParts()
    if !fitsAction(statement) { missed.insert(.action) }
    if !fitsResource(statement, of: policy) { missed.insert(.resource) }
    var count = missed.rawValue.nonzeroBitCount
    for condition in statement.conditions {
      let holds = condition.holds(
        request.context, hasVariables: policy.hasVariables, isOfKey: policy.kind == .key, tally)
      tally.note(condition.name, holds)
      if !holds {
        missed.insert(.condition)
        count += 1
      }
    }
    if let constraint = statement.constraint, !holds(constraint) {
      missed.insert(.constraint)
      count += 1
    }
    return (missed, count)
  }

  private func fitsAction(_ statement: PlainStatement) -> Bool {
    guard let list = statement.action else { return false }
    let asked = request.action.lowercased()
    let isListed = list.folded.contains { PlainText.covers($0.pieces, asked) }
    tally.note(list.isNegated ? "NotAction" : "Action", isListed != list.isNegated)
    return isListed != list.isNegated
  }

  private func fitsResource(_ statement: PlainStatement, of policy: PlainPolicy) -> Bool {
    // A trust policy and a grant speak of what they belong to.
    if policy.kind == .trust || policy.kind == .grant { return true }
    guard let list = statement.resource else { return false }
    let patterns: [PlainText.Pattern?] =
      policy.hasVariables
      ? PlainText.fill(list.patterns, request.context, tally) : list.patterns
    let asked = request.resource ?? "*"
    let isListed = patterns.contains { $0.map { PlainText.covers($0.pieces, asked) } ?? false }
    // "All but an unknown name" is not "all".
    let isUnknown = list.isNegated && patterns.contains { $0 == nil }
    let fits = isListed != list.isNegated && !isUnknown
    tally.note(list.isNegated ? "NotResource" : "Resource", fits)
    return fits
  }

  private func holds(_ constraint: PlainConstraint) -> Bool {
    let isExempt = ["kms:DescribeKey", "kms:RetireGrant"].contains(request.action)
    let given = request.encryptionContext
    let holds =
      isExempt
      || (constraint.isWhole
        ? given == constraint.pairs : constraint.pairs.allSatisfy { given[$0.key] == $0.value })
    let name = constraint.isWhole ? "EncryptionContextEquals" : "EncryptionContextSubset"
    tally.note(isExempt ? "\(name) for what has no context" : name, holds)
    return holds
  }

  // MARK: Whom a statement is about

  private func naming(_ statement: PlainStatement, of policy: PlainPolicy, _ caller: Principal)
    -> Naming
  {
    // A policy without the element speaks for whoever has it.
    guard let principal = statement.principal else { return .name }
    let namings = principal.entries.map { naming($0, caller) }
    if !principal.isNegated {
      return namings.contains(.name) ? .name : namings.contains(.account) ? .account : .nobody
    }
    if statement.isAllow {
      return namings.allSatisfy { $0 == .nobody } ? .name : .nobody
    }
    return isSpared(by: principal.entries, caller) ? .nobody : .name
  }

  private func naming(_ entry: PlainPrincipal.Entry, _ caller: Principal) -> Naming {
    switch entry.group {
    case "*": return .name
    case "AWS":
      if entry.name == "*" || ownNames(caller).contains(entry.name) { return .name }
      if accountNames(caller).contains(entry.name) {
        return caller.kind == .root ? .name : .account
      }
      return .nobody
    case "Service": return caller.kind == .service && caller.arn == entry.name ? .name : .nobody
    // Providers of other identities and S3's own names of accounts: nobody here comes by them.
    default: return .nobody
    }
  }

  /// The ARN of a user or session, that of the session's role, their ids; for a federated user also
  /// the ARN of the user who asked for the credentials.
  private func ownNames(_ caller: Principal) -> [String] {
    switch caller.kind {
    case .user: [caller.arn, caller.uniqueID]
    case .assumedRole:
      [caller.arn, caller.roleARN ?? "", String(caller.uniqueID.prefix { $0 != ":" })]
    case .federated: [caller.arn, "arn:aws:iam::\(caller.account):user/\(caller.userName ?? "")"]
    case .root: [caller.arn]
    case .service, .anonymous: []
    }
  }

  private func accountNames(_ caller: Principal) -> [String] {
    caller.account.isEmpty ? [] : [caller.account, "arn:aws:iam::\(caller.account):root"]
  }

  /// A Deny with `NotPrincipal` spares whom its list has by every name: the account, the user or
  /// role, and the session. It never spares who has a permissions boundary.
  private func isSpared(by entries: [PlainPrincipal.Entry], _ caller: Principal) -> Bool {
    if hasBoundary { return false }
    if entries.contains(where: { $0.group == "*" || $0.group == "AWS" && $0.name == "*" }) {
      return true
    }
    let names = entries.filter { $0.group == "AWS" }.map(\.name)
    let hasAccount = accountNames(caller).contains(where: names.contains)
    switch caller.kind {
    case .service: return entries.contains(.init(group: "Service", name: caller.arn))
    case .anonymous: return false
    case .root: return hasAccount
    case .user, .federated: return hasAccount && ownNames(caller).contains(where: names.contains)
    case .assumedRole:
      return hasAccount && names.contains(caller.arn)
        && ownNames(caller).dropFirst().contains(where: names.contains)
    }
  }

  // MARK: One kind of policy

  struct Saying {
    var isPresent = false
    var denies = false
    var allows = false
    var delegates = false
    /// What was read of each statement, in order.
    var readings: [Reading] = []

    var outcome: Gate.Outcome {
      if denies { return .denies }
      if allows { return .allows }
      if delegates { return .delegates }
      return isPresent ? .silent : .notPresent
    }
  }

  private func say(_ list: [PlainPolicies.Both]) -> Saying {
    var saying = Saying(isPresent: !list.isEmpty)
    for (policy, _) in list {
      for statement in policy.statements {
        let reading = read(statement, of: policy)
        saying.readings.append(reading)
        guard reading.missed.isEmpty else { continue }
        if !statement.isAllow {
          saying.denies = true
        } else if reading.naming == .account, policy.kind != .endpoint {
          saying.delegates = true
        } else {
          saying.allows = true
        }
      }
    }
    return saying
  }

  /// Every level of an organization must allow.
  private func say(_ levels: [[PlainPolicies.Both]]) -> Saying {
    let sayings = levels.map { say($0) }
    return Saying(
      isPresent: !levels.isEmpty, denies: sayings.contains { $0.denies },
      allows: !levels.isEmpty && sayings.allSatisfy(\.allows),
      readings: sayings.flatMap(\.readings))
  }

  // MARK: The answer

  struct Answer {
    var cause: Decision.Cause
    var refusedBy: Gate.Kind?
    /// Whether only a row of the described model refuses.
    var isByRow = false
    var sayings: [Gate.Kind: Saying]
  }

  func answer() -> Answer {
    let sayings: [Gate.Kind: Saying] = [
      .resourceControl: say(policies.resourceControl),
      .serviceControl: say(policies.serviceControl),
      .resource: say(policies.resource.map { [$0] } ?? []),
      .grant: say(policies.grants), .identity: say(policies.identity),
      .boundary: say(policies.boundary.map { [$0] } ?? []), .session: say(policies.session),
      .endpoint: say(policies.endpoint.map { [$0] } ?? []),
    ]
    // A Deny anywhere ends it. Which of several kinds is named is not documented.
    let order: [Gate.Kind] = [
      .resourceControl, .serviceControl, .resource, .identity, .boundary, .session, .endpoint,
    ]
    if let kind = order.first(where: { sayings[$0]?.denies == true }) {
      return Answer(cause: .explicitDeny, refusedBy: kind, sayings: sayings)
    }
    if let kind = silence(sayings) {
      return Answer(cause: .implicitDeny, refusedBy: kind, sayings: sayings)
    }
    if request.rowsDecide, let kind = rowRefusal(sayings) {
      return Answer(cause: .implicitDeny, refusedBy: kind, isByRow: true, sayings: sayings)
    }
    return Answer(cause: .allowed, sayings: sayings)
  }

  /// The steps after the Denies.
  private func silence(_ sayings: [Gate.Kind: Saying]) -> Gate.Kind? {
    func isSilent(_ kind: Gate.Kind) -> Bool {
      sayings[kind].map { $0.isPresent && !$0.allows } ?? false
    }
    if isSilent(.resourceControl) { return .resourceControl }
    if isSilent(.serviceControl) { return .serviceControl }
    let resource = sayings[.resource] ?? Saying()
    let grants = sayings[.grant] ?? Saying()
    let isNamed = resource.allows || grants.allows
    let isLeft = resource.delegates || grants.delegates
    let isAtHome = request.caller.account == request.owner
    if request.resourceMustAllow, !isNamed, !isLeft { return .resource }
    if !request.resourceMustAllow, !isAtHome, !isNamed, !isLeft { return .resource }
    // Within the account the resource's word for the caller is enough.
    let isEnough = isNamed && isAtHome
    if !isEnough, !ownPoliciesAllow(sayings) { return .identity }
    let isAtOnce = isEnough && isNamedByItself()
    if !isAtOnce, isSilent(.boundary) { return .boundary }
    if !isAtOnce, isSilent(.session) { return .session }
    return isSilent(.endpoint) ? .endpoint : nil
  }

  /// Nobody attaches a policy to the root user, a service or a stranger without credentials.
  private func ownPoliciesAllow(_ sayings: [Gate.Kind: Saying]) -> Bool {
    switch request.caller.kind {
    case .user, .assumedRole, .federated: sayings[.identity]?.allows ?? false
    case .root, .service, .anonymous: true
    }
  }

  /// Whether the resource's own word names the user or the session, which nothing silent cuts down;
  /// everybody is the users and roles one by one.
  private func isNamedByItself() -> Bool {
    let caller = request.caller
    func isItself(_ entry: PlainPrincipal.Entry) -> Bool {
      if entry.group == "*" || entry.group == "AWS" && entry.name == "*" {
        return caller.kind == .user
      }
      if entry.group != "AWS" { return false }
      return entry.name == caller.arn || caller.kind == .user && entry.name == caller.uniqueID
    }
    let named = (policies.resource.map { [$0] } ?? []) + policies.grants
    return named.contains { policy, _ in
      policy.statements.contains { statement in
        statement.isAllow && statement.principal?.isNegated == false
          && statement.principal?.entries.contains(where: isItself) == true
          && missedBesidesPrincipal(statement, of: policy).parts.isEmpty
      }
    }
  }

  /// The rows of the described model, in the order in which they are told.
  private func rowRefusal(_ sayings: [Gate.Kind: Saying]) -> Gate.Kind? {
    let isAllowed = ownPoliciesAllow(sayings)
    if request.keyPolicyMustName, sayings[.grant]?.allows != true {
      if !isAllowed { return .identity }
      if sayings[.resource]?.allows != true { return .resource }
    }
    if request.identityMustAllow, !isAllowed { return .identity }
    guard let service = request.service else { return nil }
    let isAdmitted = policies.resource.map { policy, _ in
      policy.statements.contains { statement in
        statement.isAllow && naming(statement, of: policy, service) == .name
          && missedBesidesPrincipal(statement, of: policy).parts.isEmpty
      }
    }
    return isAdmitted == true ? nil : .resource
  }
}
