import Cloud
import Narration
import Policies
import Values

/// The least that lets the last refused call through, found by trying it on a copy.
struct AccessFix {
  /// Changes of policies, in order; each of them is needed.
  private(set) var edits: [PolicyEdit] = []
  /// Who types the line of a place.
  private var hands: [PolicyPlace: String] = [:]
  /// Why there is no such fix.
  private(set) var obstacle: String?
  /// Answers that change, beyond nothing: the whole matrix before and after.
  private(set) var changes: [(cell: AccessMatrix.Cell, isAllowed: Bool, by: String)] = []
  /// Which answers were looked at.
  private(set) var scope = ""
  /// Answers that change only for requests that bring what this one brought, or something else there.
  private(set) var changesInRequests: [(cell: AccessMatrix.Cell, isAllowed: Bool, by: String)] = []
  /// Statements that would let the call through as they are, if the request were another one.
  private(set) var remarks: [String] = []
  let decision: Decision
  private let event: Event
  private let world: World
  /// All answers as they are now, and as they are after the edits so far, where they were looked at.
  private var first: AccessMatrix?
  private var latest: AccessMatrix?

  /// Places that a refusal may have to be mended in, each perhaps more than once.
  private static let most = 8
  /// Ways to narrow a Deny that are compared by what they would open.
  private static let mostCompared = 8

  /// Lines that an administrator would type, one for each policy that changes.
  var commands: [String] { commands(leavingOut: nil) }

  /// What each line changes.
  var reasons: [String] {
    places(of: edits).map { place in
      let reason = edits.filter { $0.place == place }.map(\.reason).joined(separator: ", and ")
      guard let hand = hands[place], let first = place.hands(in: world).first, hand != first else {
        return reason
      }
      return "\(reason); \(hand) may make that change, and \(first) may not"
    }
  }

  /// The lines without one of the edits.
  func commands(leavingOut index: Int?) -> [String] {
    var fewer = edits
    if let index { fewer.remove(at: index) }
    return places(of: fewer).compactMap { place in
      place.command(
        for: fewer.filter { $0.place == place }, in: world,
        by: hands[place] ?? place.hands(in: world).first ?? StartNames.admin)
    }
  }

  private func places(of edits: [PolicyEdit]) -> [PolicyPlace] {
    var seen: Set<PolicyPlace> = []
    return edits.map(\.place).filter { seen.insert($0).inserted }
  }

  /// Nothing when no call was refused for want of permission.
  init?(in workbook: Workbook) {
    let events = workbook.desk.cloud.journal.suffix(from: 0)
    guard let event = events.last(where: { Self.isRefusal($0) }),
      let decision = event.error?.error.decision
    else { return nil }
    self.decision = decision
    self.event = event
    world = workbook.desk.world
    remarks = Self.remarks(decision)
    var copy = workbook
    copy.explain = .off
    copy.desk.lesson = nil
    for _ in 0..<Self.most {
      let now = copy.desk.cloud.judgeAgain(decision, on: event.subject, event.call)
      if now.verdict == .allowed { break }
      guard let edit = edit(for: now, copy) else { return }
      guard let trial = trial(of: edit, on: copy) else {
        obstacle = "no policy would be left where there must be one"
        return
      }
      if let failure = trial.failure {
        obstacle = "whoever might have to change a policy is refused as well: " + failure
        return
      }
      copy = trial.workbook
      hands[edit.place] = trial.hand
      edits.append(edit)
    }
    let last = copy.desk.cloud.judgeAgain(decision, on: event.subject, event.call)
    guard last.verdict == .allowed else {
      obstacle = "the call stays refused by the \(last.refusedBy?.rawValue ?? "policies")"
      return
    }
    let after = latest ?? matrix(of: copy.desk.cloud)
    let before = first ?? matrix(of: workbook.desk.cloud)
    changes = after.changes(since: before)
    scope = after.scope(since: before)
    for supposed in supposals {
      let before = AccessMatrix(
        of: workbook.desk.cloud, about: event.subject, supposing: supposed,
        region: event.call.region)
      let after = AccessMatrix(
        of: copy.desk.cloud, about: event.subject, supposing: supposed, region: event.call.region)
      // What changes in any request was told above.
      let plain = Set(changes.map { "\($0.cell.principal) \($0.cell.action)" })
      changesInRequests += after.changes(since: before).filter {
        !plain.contains("\($0.cell.principal) \($0.cell.action)")
      }
    }
  }

  /// All answers, those for the caller among them, who may be of another account.
  private func matrix(of cloud: Cloud) -> AccessMatrix {
    AccessMatrix(of: cloud, besides: world.identities[event.call.session].profile)
  }

  private static func trimmed(_ text: String) -> String {
    text.split(separator: "\n").joined(separator: " ")
  }

  /// A copy on which an edit was made, and by whom; or why the first of those who might was refused.
  private struct Trial {
    var workbook: Workbook
    var hand: String
    var failure: String?
  }

  /// Lets everybody who might try to make an edit. Nothing when it cannot be made.
  private func trial(of edit: PolicyEdit, on workbook: Workbook) -> Trial? {
    var first: Trial?
    for hand in hands[edit.place].map({ [$0] }) ?? edit.place.hands(in: workbook.desk.world) {
      guard
        let command = edit.place.command(for: [edit], in: workbook.desk.world, by: hand)
      else { return nil }
      var copy = workbook
      let turn = copy.feed(command)
      if turn.status == 0 { return Trial(workbook: copy, hand: hand) }
      let refusal = Trial(workbook: workbook, hand: hand, failure: Self.trimmed(turn.errors))
      first = first ?? refusal
      // What is wrong with the policy is so for everybody.
      if copy.desk.lastFailure?.error?.error.decision == nil { break }
    }
    return first
  }

  /// Near statements of the caller that only a part of the request does not suit.
  private static func remarks(_ decision: Decision) -> [String] {
    decision.nearMisses.filter {
      $0.namesCaller && $0.finding.missed.isSubset(of: [.condition, .constraint])
    }.map { miss in
      let parts = miss.finding.mismatches.map { mismatch in
        "\(mismatch.note ?? mismatch.element) \(mismatch.wanted.joined(separator: " or "))"
      }
      return "\(miss.finding.statementName) would let it through as it is, if the request had what "
        + "its \(miss.elements.joined(separator: " and ")) wants (\(parts.joined(separator: ", "))): "
        + "perhaps the call is to be mended, and not a policy"
    }
  }

  /// Requests that are looked at besides the plain ones: with what this one brought, and with
  /// something else in the same places.
  private var supposals: [AccessMatrix.Supposed] {
    let keys = Self.ownKeys(decision.question)
    guard event.call.via == nil, !keys.isEmpty else { return [] }
    func supposed(_ keys: [(key: String, value: String)]) -> AccessMatrix.Supposed {
      AccessMatrix.Supposed(
        keys: keys.map { ($0.key, [$0.value]) },
        label: "with " + keys.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))
    }
    return [supposed(keys), supposed(keys.map { ($0.key, "something-else") })]
  }

  /// The innermost call that a decision refused: the one by KMS, not the one that it stopped.
  private static func isRefusal(_ event: Event) -> Bool {
    if case .accessDenied? = event.error?.error { return true }
    return false
  }

  // MARK: One step

  private mutating func edit(for decision: Decision, _ workbook: Workbook) -> PolicyEdit? {
    let world = workbook.desk.world
    if decision.cause == .explicitDeny { return denyEdit(decision, workbook) }
    latest = nil
    switch decision.refusedBy {
    case .identity: return identityEdit(decision, world)
    case .resource: return resourceEdit(decision, world)
    case .boundary: return boundaryEdit(decision, world)
    case .serviceControl: return organizationEdit(decision, world)
    case .endpoint: return endpointEdit(decision, world)
    case .session:
      obstacle =
        "the session policy does not allow it, and came with the credentials: get new ones, with a "
        + "session policy that covers the call"
      return nil
    case .resourceControl, .grant, nil:
      obstacle = "the \(decision.refusedBy?.rawValue ?? "limit") does not allow it"
      return nil
    }
  }

  /// An inline policy with one statement for the caller's role or user.
  private mutating func identityEdit(_ decision: Decision, _ world: World) -> PolicyEdit? {
    guard let holder = world.identities.holder(of: event.call.session) else {
      obstacle = "the caller is neither a role nor a user"
      return nil
    }
    let question = decision.question
    let name = Self.name(question, besides: holder.inline.map(\.name))
    return PolicyEdit(
      place: .inline(holder.kind, holder: holder.name, policy: name, of: holder.account),
      old: nil,
      new: Self.allow(question, on: question.resources.first ?? "*"),
      reason:
        "\(holder.kind.rawValue) \(holder.name) gets one statement, for this action on this resource"
        + Self.asMade(question)
    )
  }

  private static func asMade(_ question: AccessQuestion) -> String {
    ownKeys(question).isEmpty ? "" : ", in requests that bring what this one brought"
  }

  private static func allow(_ question: AccessQuestion, on resource: String) -> JSON {
    var statement = JSONObject([
      ("Effect", "Allow"), ("Action", .string(question.action.description)),
      ("Resource", .string(resource)),
    ])
    statement["Condition"] = condition(question)
    return .object(statement)
  }

  /// The resource's own policy with one statement more: for the caller, or for the service where the
  /// guide wants that.
  private mutating func resourceEdit(_ decision: Decision, _ world: World) -> PolicyEdit? {
    let question = decision.question
    let caller: JSON = ["AWS": .string(question.principal.roleARN ?? question.principal.arn)]
    var statement = JSONObject([("Effect", "Allow"), ("Principal", caller)])
    statement["Action"] = .string(question.action.description)
    let place: PolicyPlace
    var whose = "the resource's policy"
    var whom = "the caller"
    switch event.subject {
    case .key(let slot) where world.keys[slot].manager == .aws:
      obstacle =
        "nobody can change the policy of a key that AWS manages; the stream needs a customer managed key"
      return nil
    case .key(let slot):
      place = .key(slot)
      whose = "the key's policy"
      statement["Resource"] = "*"
      if decision.rowsUsed.first == "service-statement" {
        statement["Principal"] = ["Service": .string(ForwardedAccess.principal)]
        whom = ForwardedAccess.principal
      }
    case .stream(let slot):
      if let id = OperationID(rawValue: question.action.description),
        question.principal.account != world.streams[slot].owner.id,
        !Kinesis.sharedActions.contains(id)
      {
        obstacle = "a stream's policy cannot give \(question.action) to another account"
        return nil
      }
      place = .stream(slot)
      statement["Resource"] = .string(world.streams[slot].arn.description)
    case .named(let arn) where decision.isTrust:
      guard let role = world.identities.holders(.role).first(where: { $0.arn == arn }) else {
        obstacle = "there is no role \(arn)"
        return nil
      }
      place = .trust(role.name)
      whose = "the trust policy of role \(role.name)"
    case .named(let arn) where world.streams.consumer(arn) != nil:
      if let id = OperationID(rawValue: question.action.description),
        question.principal.account != arn.account, !Kinesis.sharedActions.contains(id)
      {
        obstacle = "a consumer's policy cannot give \(question.action) to another account"
        return nil
      }
      place = .consumer(arn)
      whose = "the consumer's policy"
      statement["Resource"] = .string(arn.description)
    case .named, .none:
      obstacle = "the resource has no policy that a command could set"
      return nil
    }
    let names = place.statements(in: world).compactMap { $0["Sid"]?.string }
    var named = JSONObject([("Sid", .string(Self.name(question, besides: names)))])
    for member in statement.members { named[member.name] = member.value }
    named["Condition"] = Self.condition(question)
    return PolicyEdit(
      place: place, old: nil, new: .object(named),
      reason: "\(whose) gets one statement, for \(whom) and this action" + Self.asMade(question))
  }

  /// A limit that is widened by one action.
  private mutating func boundaryEdit(_ decision: Decision, _ world: World) -> PolicyEdit? {
    let question = decision.question
    guard let arn = world.identities.holder(of: event.call.session)?.boundary,
      let policy = world.identities.seen(
        from: ARN(arn).flatMap { Account(id: $0.account) } ?? .home
      ).managed[arn], !policy.isAWS
    else {
      obstacle =
        "the permissions boundary does not allow it; it is AWS's own policy and cannot be widened: "
        + "put another boundary in its place"
      return nil
    }
    return PolicyEdit(
      place: .managed(arn), old: nil,
      new: Self.allow(question, on: question.resources.first ?? "*"),
      reason: "the boundary \(policy.name) reaches this action on this resource, too"
        + (PolicyPlace.superfluousVersion(of: policy).map {
          "; it has as many versions as there may be, so the oldest, v\($0), goes"
        } ?? ""))
  }

  /// The first level of the organization that says nothing, with one statement more.
  private mutating func organizationEdit(_ decision: Decision, _ world: World) -> PolicyEdit? {
    let findings = decision.gates.first { $0.kind == .serviceControl }?.findings ?? []
    let allowing = findings.filter { $0.outcome == .matched && $0.effect == .allow }
    for target in world.organization.targets {
      let attached = world.organization.policies.filter {
        target.policies.contains($0.id) && $0.type == .serviceControl
      }
      if allowing.contains(where: { finding in attached.contains { $0.arn == finding.policy.arn } })
      {
        continue
      }
      guard let policy = attached.first(where: { !$0.isAWS }) else { continue }
      let action = decision.question.action.description
      return PolicyEdit(
        place: .organization(policy.id), old: nil,
        new: ["Effect": "Allow", "Action": .string(action), "Resource": "*"],
        reason: "\(policy.name), attached to \(target.name), lets this action through")
    }
    obstacle = "the organization's policies do not allow it, and none of them is the account's own"
    return nil
  }

  /// The policy of the endpoint that the call comes through, with one statement more for the caller.
  private mutating func endpointEdit(_ decision: Decision, _ world: World) -> PolicyEdit? {
    let question = decision.question
    guard let service = Endpoints.Service(rawValue: question.action.service),
      world.endpoints[service] != nil
    else {
      obstacle = "the endpoint is not there any more"
      return nil
    }
    let place = PolicyPlace.endpoint(service)
    let names = place.statements(in: world).compactMap { $0["Sid"]?.string }
    var statement = JSONObject([
      ("Sid", .string(Self.name(question, besides: names))), ("Effect", "Allow"),
      ("Principal", ["AWS": .string(question.principal.roleARN ?? question.principal.arn)]),
      ("Action", .string(question.action.description)),
      ("Resource", .string(question.resources.first ?? "*")),
    ])
    statement["Condition"] = Self.condition(question)
    return PolicyEdit(
      place: place, old: nil, new: .object(statement),
      reason:
        "the policy of the VPC endpoint of \(service.rawValue) gets one statement, for the caller, this "
        + "action and this resource" + Self.asMade(question))
  }

  // MARK: Narrowing a Deny

  /// Of all ways to take the Deny back for this call, the one that opens least besides.
  private mutating func denyEdit(_ decision: Decision, _ workbook: Workbook) -> PolicyEdit? {
    let world = workbook.desk.world
    guard let finding = decision.deciding.first else { return nil }
    let name = finding.statementName
    guard let place = PolicyPlace(of: finding.policy, event, in: world) else {
      obstacle =
        finding.policy.kind == .session
        ? "\(name) forbids it; that policy came with the credentials: get new ones without it"
        : "\(name) forbids it, and nobody in the account can change that policy"
      return nil
    }
    let statements = place.statements(in: world)
    guard finding.statement.index < statements.count else { return nil }
    let old = statements[finding.statement.index]
    let denials = Self.denials(decision)
    let asked = workbook.desk.cloud.preparedAgain(decision, on: event.subject, event.call)
    let before = latest ?? matrix(of: workbook.desk.cloud)
    if edits.isEmpty { first = before }
    let own = callers(in: workbook.desk.cloud)
    let requests = supposals
    let beforeIn = requests.map {
      AccessMatrix(
        of: workbook.desk.cloud, about: event.subject, supposing: $0, region: event.call.region)
    }
    var failure = ""
    var best: (edit: PolicyEdit, cost: (Int, Int), after: AccessMatrix)?
    var compared = 0
    let ideas = DenyEdits(
      of: old, for: decision.question, isOwn: place.isOfOneHolder,
      isOfOneResource: place.isOfOneResource)
    for idea in ideas.edits {
      let edit = PolicyEdit(
        place: place, old: old, new: idea.new,
        reason: "\(name) forbids it; \(idea.reason)")
      guard compared < Self.mostCompared || idea.isAlwaysTried,
        let whole = place.edited(by: [edit], in: world),
        let lifted = asked.replacing(finding.policy, with: whole),
        Self.denials(lifted.decision()) < denials, let trial = trial(of: edit, on: workbook)
      else { continue }
      if let refusal = trial.failure {
        failure = refusal
        continue
      }
      let copy = trial.workbook
      compared += 1
      let after = matrix(of: copy.desk.cloud)
      var changes = after.changes(since: before)
      for (supposed, before) in zip(requests, beforeIn) {
        changes += AccessMatrix(
          of: copy.desk.cloud, about: event.subject, supposing: supposed,
          region: event.call.region
        ).changes(since: before)
      }
      // What opens to others weighs more than whatever opens to the caller.
      let cost = (changes.count { !own.contains($0.cell.principal) }, changes.count)
      if let least = best?.cost, least <= cost { continue }
      best = (edit, cost, after)
    }
    if best == nil, !failure.isEmpty {
      obstacle =
        "\(name) forbids it, and whoever might have to change it is refused as well: " + failure
    } else if best == nil {
      obstacle =
        "\(name) forbids it, and no small change of that statement would leave the rest as it is; "
        + "no Allow helps against a Deny"
    }
    latest = best?.after
    return best?.edit
  }

  /// The profiles that stand for the caller's role or user.
  private func callers(in cloud: Cloud) -> Set<String> {
    let identities = cloud.withEverybody.world.identities
    let caller = decision.question.principal
    return Set(
      identities.sessions.filter {
        ($0.principal.roleARN ?? $0.principal.arn) == caller.roleARN ?? caller.arn
      }.map(\.profile))
  }

  private static func denials(_ decision: Decision) -> Int {
    decision.cause == .explicitDeny ? decision.deciding.count : 0
  }

  /// What the caller put into the request and a policy can ask for: the encryption context, and
  /// what one shows who takes a role.
  private static func ownKeys(_ question: AccessQuestion) -> [(key: String, value: String)] {
    var keys = question.context.encryptionContext.sorted { $0.key < $1.key }.map {
      (key: "kms:EncryptionContext:\($0.key)", value: $0.value)
    }
    for key in ["sts:ExternalId", "sts:SourceIdentity"] {
      if let value = question.context[key]?.first { keys.append((key, value)) }
    }
    return keys
  }

  /// A call is allowed as it was made: through Kinesis alone where it came through Kinesis, and with
  /// its own encryption context.
  private static func condition(_ question: AccessQuestion) -> JSON? {
    var keys = JSONObject()
    if let service = question.context["kms:ViaService"]?.first {
      keys["kms:ViaService"] = .string(service)
    }
    for (key, value) in ownKeys(question) { keys[key] = .string(value.literal) }
    return keys.isEmpty ? nil : ["StringEquals": .object(keys)]
  }

  /// `FixGenerateDataKey`, with a number where that is taken.
  private static func name(_ question: AccessQuestion, besides taken: [String]) -> String {
    let base = "Fix" + question.action.description.drop { $0 != ":" }.dropFirst()
    var name = base
    var number = 2
    while taken.contains(name) {
      name = "\(base)\(number)"
      number += 1
    }
    return name
  }
}

extension String {
  /// As a policy of version 2012-10-17 says it, where `${…}` would be a variable.
  fileprivate var literal: String { replacing("${", with: "${$}{") }
}

extension PreparedDecision {
  /// The same question, with another text in place of one of the policies, or with none when no
  /// statement is left. Nothing when the text is refused.
  fileprivate func replacing(_ policy: AttachedPolicy, with text: JSON) -> PreparedDecision? {
    var new: AttachedPolicy?
    if text["Statement"] != [] {
      guard let document = try? PolicyDocument(parsing: text.line, as: policy.kind) else {
        return nil
      }
      new = AttachedPolicy(
        kind: policy.kind, label: policy.label, arn: policy.arn, document: document)
    }
    func replaced(_ list: [AttachedPolicy]) -> [AttachedPolicy] {
      list.compactMap { $0.document === policy.document ? new : $0 }
    }
    var copy = self
    copy.policies.identity = replaced(policies.identity)
    copy.policies.resource = policies.resource.flatMap { replaced([$0]).first }
    copy.policies.boundary = policies.boundary.flatMap { replaced([$0]).first }
    copy.policies.endpoint = policies.endpoint.flatMap { replaced([$0]).first }
    copy.policies.serviceControl = policies.serviceControl.map(replaced)
    copy.policies.resourceControl = policies.resourceControl.map(replaced)
    return copy
  }
}
