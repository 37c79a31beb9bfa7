import Policies
import Synchronization
import Values

/// Decisions kept for as long as no policy changes.
final class DecisionCache {
  struct Key: Hashable {
    var stamp: UInt64
    var session: SessionID
    var operation: OperationID
    var subject: Subject
    var region: Region
    var via: ForwardedAccess?
    var origin: Call.Origin
    var keyAlias: String?
    var model: Model
  }

  /// What tells two questions apart where the resource has a slot, but for an alias: only numbers, so
  /// that asking again for each record counts no references.
  struct Numbers: Equatable {
    var stamp: UInt64
    var session: SessionID
    var stream: Int32
    var slot: Int32
    var isKey: Bool
    var operation: OperationID
    var region: Region
    var origin: Call.Origin
    var model: Model
  }

  private var kept: [Key: DecisionRecord] = [:]
  /// The latest one typed or sent, and the latest one forwarded: a workload asks the same question
  /// again and again.
  private var latest: Latest?
  private var latestInner: Latest?

  private struct Latest {
    var numbers: Numbers
    var keyAlias: String?
    var record: DecisionRecord
  }

  /// The answer to the question that was asked last.
  @inline(__always)
  func latest(_ numbers: Numbers, _ keyAlias: String?) -> DecisionRecord? {
    if numbers.stream < 0 {
      if let latest, latest.numbers == numbers, latest.keyAlias == keyAlias {
        return latest.record
      }
    } else if let latestInner, latestInner.numbers == numbers, latestInner.keyAlias == keyAlias {
      return latestInner.record
    }
    return nil
  }

  func find(_ key: Key) -> DecisionRecord? {
    guard let record = kept[key] else { return nil }
    remember(key, record)
    return record
  }

  func keep(_ record: DecisionRecord, for key: Key) {
    // A new stamp means that no older entry will ever be asked for again.
    if let any = kept.first?.key, any.stamp != key.stamp { kept.removeAll() }
    kept[key] = record
    remember(key, record)
  }

  private func remember(_ key: Key, _ record: DecisionRecord) {
    guard let numbers = Numbers(key) else { return }
    let entry = Latest(numbers: numbers, keyAlias: key.keyAlias, record: record)
    if key.via == nil { latest = entry } else { latestInner = entry }
  }
}

extension DecisionCache.Numbers {
  fileprivate init?(_ key: DecisionCache.Key) {
    guard let slot = key.subject.slot else { return nil }
    self.init(
      stamp: key.stamp, session: key.session, stream: key.via?.stream ?? -1, slot: slot,
      isKey: key.subject.isKey, operation: key.operation, region: key.region, origin: key.origin,
      model: key.model)
  }
}

extension Subject {
  /// The number of a stream or of a key.
  @inline(__always)
  fileprivate var slot: Int32? {
    switch self {
    case .stream(let slot), .key(let slot): slot
    case .none, .named: nil
    }
  }
}

/// A number that no two states of the policies share, in this process, not even after an undo.
struct PolicyStamp: Hashable, Sendable {
  private static let counter = Atomic<UInt64>(0)
  let value: UInt64

  init() {
    value = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
  }
}

extension Cloud {
  func decide<O: Operation>(_ operation: O, _ subject: Subject, _ call: Call) -> DecisionRecord {
    let keyAlias = call.via == nil ? nil : operation.keyAlias
    if let slot = subject.slot,
      let record = decisions.latest(
        DecisionCache.Numbers(
          stamp: world.policyStamp, session: call.session, stream: call.via?.stream ?? -1,
          slot: slot, isKey: subject.isKey, operation: O.id, region: call.region,
          origin: call.origin,
          model: world.model), keyAlias),
      call.via != nil || operation.conditions(call, in: world).isEmpty
    {
      return record
    }
    // What a service forwards is told by the stream it works for, which is part of the key.
    var conditions = call.via == nil ? operation.conditions(call, in: world) : []
    guard conditions.isEmpty else {
      return DecisionRecord(
        Decision.make(
          world.question(O.id.action, of: O.id, subject, call, conditions),
          policies: world.policies(for: subject, O.id.action, O.id, call),
          rules: world.rules(O.id, subject, call)))
    }
    let key = DecisionCache.Key(
      stamp: world.policyStamp, session: call.session, operation: O.id, subject: subject,
      region: call.region, via: call.via, origin: call.origin,
      keyAlias: keyAlias, model: world.model)
    if let record = decisions.find(key) { return record }
    conditions = world.forwardedConditions(call, O.id, alias: key.keyAlias)
    let record = DecisionRecord(
      Decision.make(
        world.question(O.id.action, of: O.id, subject, call, conditions),
        policies: world.policies(for: subject, O.id.action, O.id, call),
        rules: world.rules(O.id, subject, call)))
    if !record.decision.isTimeDependent { decisions.keep(record, for: key) }
    return record
  }

  /// A question of the door with all that it is put to, for asking it again and again.
  package func prepared(_ action: ActionName, on subject: Subject, _ call: Call) -> PreparedDecision
  {
    let id = operation(asking: action)
    let stream = call.via.map { world.streams[$0.stream] }
    let alias = stream?.protection.keyID.flatMap { KeyReference.named($0).alias }
    return PreparedDecision(
      question: world.question(
        action, of: id, subject, call, world.forwardedConditions(call, id, alias: alias)),
      policies: world.policies(for: subject, action, id, call),
      rules: world.rules(id, subject, call))
  }

  /// The same caller and resource, asked about another action: what depends on the action alone is
  /// looked up anew. `last` is of the same subject and call, and of this very cloud.
  package func prepared(
    _ action: ActionName, like last: PreparedDecision, on subject: Subject, _ call: Call
  ) -> PreparedDecision {
    let id = operation(asking: action)
    let lastID = operation(asking: last.question.action)
    // What a service forwards differs between these.
    let areAlone: Set<OperationID?> =
      call.via == nil ? [.retireGrant, .assumeRole] : [.generateDataKey, .describeKey]
    guard action.service == last.question.action.service, (id == nil) == (lastID == nil),
      !areAlone.contains(id), !areAlone.contains(lastID)
    else { return prepared(action, on: subject, call) }
    var next = last
    next.question.action = action
    next.question.context["aws:UserAgent"] = [world.agent(of: call, id)]
    next.rules = world.rules(id, subject, call)
    // Across accounts it depends on the action which policies count.
    if world.isOfAnotherAccount(subject, call) {
      next.policies = world.policies(for: subject, action, id, call)
    }
    return next
  }

  /// The operation that an action is asked for.
  private func operation(asking action: ActionName) -> OperationID? {
    OperationID(rawValue: action.description)
      ?? (Decision.isTaking(action) ? .assumeRole : nil)
  }

  /// The same question, with the same context, put to today's policies.
  package func judgeAgain(_ decision: Decision, on subject: Subject, _ call: Call) -> Decision {
    preparedAgain(decision, on: subject, call).decision()
  }

  /// The same question, with the same context, and today's policies.
  package func preparedAgain(_ decision: Decision, on subject: Subject, _ call: Call)
    -> PreparedDecision
  {
    let action = decision.question.action.description
    // Some actions are asked for by an operation of another name.
    let id =
      operation(asking: decision.question.action)
      ?? (action.hasPrefix("kms:ReEncrypt") ? .reEncrypt : nil)
    return PreparedDecision(
      question: decision.question,
      policies: world.policies(for: subject, decision.question.action, id, call),
      rules: world.rules(id, subject, call))
  }

  /// What the door would answer, without making the call: for `can`, checks and predictions.
  package func judge(_ action: ActionName, on subject: Subject, _ call: Call) -> Decision {
    prepared(action, on: subject, call).decision()
  }
}

/// A question, and the policies and rules that answer it.
package struct PreparedDecision: Sendable {
  package var question: AccessQuestion
  package var policies: PolicySet
  package var rules: DecisionRules

  package init(question: AccessQuestion, policies: PolicySet, rules: DecisionRules) {
    self.question = question
    self.policies = policies
    self.rules = rules
  }

  /// Yes or no, without the reasons.
  package func ruling() -> Ruling { Ruling(question, policies, rules) }

  package func decision() -> Decision {
    Decision.make(question, policies: policies, rules: rules)
  }
}

extension World {
  var policyStamp: UInt64 {
    max(
      identities.stamp.value, keys.stamp.value, streams.stamp.value, organization.stamp.value,
      buckets.stamp.value, endpoints.stamp.value)
  }

  /// The ARN that policies see.
  package func arn(of subject: Subject) -> ARN? {
    switch subject {
    case .none: nil
    case .stream(let slot): streams[slot].arn
    case .key(let slot): keys[slot].arn
    case .named(let arn): arn
    }
  }

  /// Condition keys of a call that a service forwards.
  /// Source: Kinesis Data Streams Developer Guide, permissions to use user-generated KMS keys.
  func forwardedConditions(_ call: Call, _ id: OperationID?, alias: String?)
    -> [(key: String, values: [String])]
  {
    guard let via = call.via else { return [] }
    let named = alias.map { [(key: "kms:RequestAlias", values: [$0])] } ?? []
    switch id {
    case .describeKey: return named
    case .generateDataKey: return streams[via.stream].context.conditions + named
    default: return streams[via.stream].context.conditions
    }
  }

  func question(
    _ action: ActionName, of id: OperationID?, _ subject: Subject, _ call: Call,
    _ conditions: [(key: String, values: [String])]
  ) -> AccessQuestion {
    let session = identities[call.session]
    var context = RequestContext()
    func set(_ key: String, _ value: String) { context[key] = [value] }
    let principal = session.principal
    set("aws:PrincipalArn", principal.roleARN ?? principal.arn)
    set("aws:PrincipalAccount", principal.account)
    set("aws:PrincipalType", session.principalType)
    set("aws:userid", principal.uniqueID)
    if principal.kind == .user, let name = principal.userName { set("aws:username", name) }
    if let identity = session.sourceIdentity { set("aws:SourceIdentity", identity) }
    // The partner's account is in no organization.
    if identities.account(of: call.session) == .home {
      set("aws:PrincipalOrgID", Organizations.State.id)
      context["aws:PrincipalOrgPaths"] = [organization.path]
    }
    set("aws:PrincipalIsAWSService", principal.kind == .service ? "true" : "false")
    // Long-term access keys do not bring the key at all; no MFA device is behind the others here.
    if session.expires != nil || principal.kind == .assumedRole {
      set("aws:MultiFactorAuthPresent", "false")
    }
    if let issued = session.issued {
      set("aws:TokenIssueTime", issued.zulu)
    }
    var own = identities.holder(of: call.session)?.tags ?? Tags()
    own.merge(folding: session.tags)
    for tag in own.pairs { set("aws:PrincipalTag/\(tag.key)", tag.value) }
    setOrigin(of: action, call, &context)
    set("aws:UserAgent", agent(of: call, id))
    set("aws:SecureTransport", "true")
    set("aws:RequestedRegion", call.region.description)
    set("aws:CurrentTime", now.zulu)
    set("aws:EpochTime", String(now.seconds))
    set("aws:ViaAWSService", call.via == nil ? "false" : "true")
    if call.via != nil {
      context["aws:CalledVia"] = [ForwardedAccess.principal]
      set("aws:CalledViaFirst", ForwardedAccess.principal)
      set("aws:CalledViaLast", ForwardedAccess.principal)
    }
    if let arn = arn(of: subject) {
      // The ARN of a bucket says nothing of its account.
      let account = bucket(of: arn) == nil ? arn.account : Account.home.id
      set("aws:ResourceAccount", account)
      if account == Account.home.id {
        set("aws:ResourceOrgID", Organizations.State.id)
        context["aws:ResourceOrgPaths"] = [organization.path]
      }
      for tag in tags(of: arn).pairs { set("aws:ResourceTag/\(tag.key)", tag.value) }
    }
    if case .key(let slot) = subject {
      for (key, values) in keys.conditions(of: slot) { context[key] = values }
      set("kms:CallerAccount", principal.account)
      if call.via != nil { set("kms:ViaService", ForwardedAccess.viaService(in: call.region)) }
    }
    for (key, values) in conditions { context[key] = values }
    return AccessQuestion(
      principal: principal, action: action,
      resources: arn(of: subject).map { [$0.description] } ?? [], context: context)
  }

  /// From where a call comes: over the internet from a public address, or through a VPC endpoint. What
  /// Kinesis asks for somebody has the caller's public address, and nothing of the caller's VPC.
  /// Source: IAM User Guide, global condition keys: properties of the network; forward access sessions.
  private func setOrigin(of action: ActionName, _ call: Call, _ context: inout RequestContext) {
    guard !endpoints.all.isEmpty else {
      context["aws:SourceIp"] = [Endpoints.publicAddress]
      return
    }
    if let endpoint = endpoint(for: action.service, call) {
      context["aws:SourceVpce"] = [endpoint.id]
      context["aws:SourceVpc"] = [endpoints.vpc]
      context["aws:VpcSourceIp"] = [Endpoints.privateAddress]
    } else if call.via == nil || endpoint(for: "kinesis", call.before) == nil {
      context["aws:SourceIp"] = [Endpoints.publicAddress]
    }
  }

  /// The tags of a stream, a consumer, a role, a user or a managed policy that a call is about.
  private func tags(of arn: ARN) -> Tags {
    if arn.service == "kinesis" { return streams.tags(of: arn) }
    return arn.service == "iam" ? identities.tags(of: arn) : Tags()
  }

  func policies(for subject: Subject, _ action: ActionName, _ id: OperationID?, _ call: Call)
    -> PolicySet
  {
    var policies = PolicySet()
    policies.endpoint = endpoint(for: action.service, call)?.policy
    policies.identity = identities.policies(of: call.session)
    policies.boundary = identities.boundary(of: call.session)
    policies.session = identities[call.session].policies
    let caller = identities.account(of: call.session)
    if caller == .home { policies.serviceControl = organization.levels(.serviceControl) }
    if isUnderResourceControl(subject, id), owner(of: subject, call) == .home {
      policies.resourceControl = organization.levels(.resourceControl)
    }
    // Across accounts a stream's policy gives only what can be shared.
    let isShared =
      owner(of: subject, call) == caller || id.map(Kinesis.sharedActions.contains) == true
    if case .stream(let slot) = subject, isShared {
      policies.resource = streams[slot].resourcePolicy
    }
    if case .named(let arn) = subject, arn.service == "kinesis", isShared {
      policies.resource = streams.consumer(arn)?.resourcePolicy
    }
    // What does not work across accounts is in nobody's gift.
    let isOutOfReach =
      isOfAnotherAccount(subject, call) && id.map { !KMS.worksAcrossAccounts.contains($0) } == true
    if case .key(let slot) = subject, !isOutOfReach {
      policies.resource = keys[slot].policy
      policies.grants = keys.grants.filter { $0.key == slot }.compactMap {
        id == .retireGrant ? $0.retirement ?? $0.policy : $0.policy
      }
    }
    if case .named(let arn) = subject, let bucket = bucket(of: arn) {
      policies.resource = bucket.policy
    }
    if id == .assumeRole, case .named(let arn) = subject {
      policies.resource = identities.role(withARN: arn.description)?.trust.map {
        AttachedPolicy(kind: .trust, label: "trust", arn: arn.description, document: $0)
      }
    }
    return policies
  }

  /// Whose resource a call is about; where it has none, or one of no account of the lab, the caller's.
  func owner(of subject: Subject, _ call: Call) -> Account? {
    switch subject {
    case .stream(let slot): streams[slot].owner
    case .key(let slot): keys[slot].owner
    case .named(let arn) where bucket(of: arn) != nil: .home
    // AWS's own policies are everybody's.
    case .named(let arn) where !["", "aws"].contains(arn.account): Account(id: arn.account)
    case .none, .named: identities.account(of: call.session)
    }
  }

  /// Whether the resource and the one who asks are of two accounts: then it depends on the action which
  /// policies count.
  package func isOfAnotherAccount(_ subject: Subject, _ call: Call) -> Bool {
    owner(of: subject, call) != identities.account(of: call.session)
  }

  /// Whether the organization's resource control policies have a say: not for Kinesis, not for the
  /// keys that AWS manages, and not for giving up a grant.
  /// Source: AWS KMS Developer Guide, resource control policies in AWS KMS.
  private func isUnderResourceControl(_ subject: Subject, _ id: OperationID?) -> Bool {
    guard let service = id?.service ?? (subject.isKey ? "kms" : nil) else { return false }
    if case .key(let slot) = subject, keys[slot].manager == .aws { return false }
    return id != .retireGrant && Organizations.underResourceControl.contains(service)
  }

  /// The rules of the call's resource, and the switches of the described model.
  func rules(_ id: OperationID?, _ subject: Subject, _ call: Call) -> DecisionRules {
    var rules = DecisionRules(resourceOwner: (owner(of: subject, call) ?? .home).id)
    // Source: IAM User Guide, policy evaluation: a role's trust policy must contain the allow.
    rules.resourceMustAllow = id == .assumeRole
    // A stream of another account is open only to whom its own policy there admits, which is not known here.
    if case .named(let arn) = subject, arn.service == "kinesis", !arn.account.isEmpty {
      rules.resourceOwner = arn.account
    }
    // Neither are users, roles and policies of another account there for anybody here.
    if case .named(let arn) = subject, arn.service == "iam", !["", "aws"].contains(arn.account) {
      rules.resourceOwner = arn.account
    }
    guard case .key(let slot) = subject else { return rules }
    rules.resourceMustAllow = true
    guard call.via != nil, id == .generateDataKey || id == .decrypt else {
      return rules
    }
    rules.rowsDecide = model == .described
    switch keys[slot].manager {
    case .customer:
      // The guide speaks of one account. Across two, naming the other one is all that a key policy can do.
      rules.keyPolicyMustName = keys[slot].owner == identities.account(of: call.session)
      rules.serviceStatement = ForwardedAccess.service
    case .aws:
      rules.identityMustAllow = true
    }
    return rules
  }
}
