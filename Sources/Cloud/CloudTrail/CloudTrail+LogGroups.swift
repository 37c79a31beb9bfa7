import Policies
import Values

// What CloudTrail needs of CloudWatch Logs: whether a log group is there, and whether a role may write
// into it.

extension World {
  /// Why CloudTrail cannot write into a log group with a role; nothing when it can.
  ///
  /// Source: CloudTrail User Guide, role policy document for CloudTrail to use CloudWatch Logs.
  func logGroupProblem(_ group: String, role: String, trail: ARN, region: Region)
    -> CloudTrail.LogProblem?
  {
    guard hasLogGroup(group) else { return .missing }
    guard let holder = identities.role(withARN: role) else { return .noRole }
    let trust = holder.trust.map {
      AttachedPolicy(kind: .trust, label: "trust", arn: role, document: $0)
    }
    let assumed = serviceDecision(
      CloudTrail.principal, "sts:AssumeRole", on: holder.arn, policy: trust, source: trail, [])
    guard assumed.verdict == .allowed else { return .refused(assumed) }
    let stream = "\(group):log-stream:\(account)_CloudTrail_\(region)"
    for action in ["logs:CreateLogStream", "logs:PutLogEvents"] as [ActionName] {
      var policies = PolicySet()
      policies.identity = identities.policies(of: holder)
      policies.boundary = nil
      policies.serviceControl = organization.levels(.serviceControl)
      let session = Principal(
        kind: .assumedRole, account: account,
        arn: "arn:aws:sts::\(account):assumed-role/\(holder.name)/CloudTrail", roleARN: role,
        uniqueID: "\(holder.id):CloudTrail")
      let decision = Decision.make(
        AccessQuestion(
          principal: session, action: action, resources: [stream], context: RequestContext()),
        policies: policies, rules: DecisionRules(resourceOwner: account))
      guard decision.verdict == .allowed else { return .refused(decision) }
    }
    return nil
  }
}

extension CloudTrail {
  package enum LogProblem: Sendable {
    case missing
    case noRole
    case refused(Decision)

    /// The error, as `get-trail-status` shows it.
    var code: String {
      switch self {
      case .missing: "ResourceNotFoundException"
      case .noRole, .refused: "AccessDenied"
      }
    }
  }
}

extension Cloud {
  mutating func deliverToLogs(
    of trail: CloudTrail.Trail, _ slot: Int32, to end: CloudTrail.Cursor, at instant: Instant
  ) {
    guard let group = trail.settings.logGroup, let role = trail.settings.role else { return }
    var count = 0
    eachRow(of: trail, from: trail.logs.cursor, to: end) { _ in
      count += 1
      return true
    }
    if count == 0 {
      world.trails.deliver(slot) { $0.logs.cursor = end }
      return
    }
    if let problem = world.logGroupProblem(
      group, role: role, trail: trail.arn, region: trail.home)
    {
      world.trails.deliver(slot) { $0.logs.error = problem.code }
      return
    }
    let delivery = CloudTrail.Delivery(
      at: instant, from: trail.logs.cursor, to: end, count: count, target: group, files: [])
    world.trails.deliver(slot) {
      $0.logs.cursor = end
      $0.logs.error = nil
      $0.logs.deliveries.append(delivery)
    }
    countFilters(of: group, delivered: delivery, by: slot)
  }
}
