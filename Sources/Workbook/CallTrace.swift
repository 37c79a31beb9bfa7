import API
import Cloud
import Commands
import Policies
import Values

/// What `--debug` prints beside the reply: how the lab understood a line, whom it asked, and what
/// each decision rested on. It is the lab's own trace, not the client's log.
extension Workbook {
  /// What is known before the call.
  func traceBefore(_ invocation: AWSInvocation) -> [String] {
    var lines: [String] = []
    switch invocation.kind {
    case .operation(let operation), .skeleton(_, let operation), .waiter(_, let operation):
      lines.append("command   \(operation.service) \(operation.cli), API \(operation.name)")
      var input = invocation.input
      if let size = invocation.globals.pageSize, let key = operation.pagination?.limitKey {
        input = input.setting(key, .integer(size))
      }
      lines.append("input     \(input.line)")
    default: lines.append("command   without a call")
    }
    let region: String
    if let name = invocation.globals.region {
      region = "\(name), from --region"
    } else if let variable = ["AWS_REGION", "AWS_DEFAULT_REGION"].first(where: {
      desk.variables.exported($0) != nil
    }) {
      region = "\(desk.variables.exported(variable) ?? ""), from \(variable)"
    } else {
      region = "\(desk.setting("region", of: invocation.globals.profile) ?? ""), from the settings"
    }
    lines.append("region    \(region)")
    lines.append("identity  \(identity(of: invocation))")
    if let endpoint = invocation.globals.endpoint {
      lines.append("endpoint  \(endpoint) is not asked: all calls stay in the lab")
    }
    return lines.map { "lab: \($0)" }
  }

  private func identity(of invocation: AWSInvocation) -> String {
    let given = invocation.globals.profile
    if given == nil, desk.variables.exported("AWS_ACCESS_KEY_ID") != nil {
      return "the access key in AWS_ACCESS_KEY_ID"
    }
    let name = given ?? desk.profileInUse
    let origin =
      given != nil
      ? "from --profile"
      : desk.profileVariable.map { "from \($0.name)" }
        ?? (desk.profile == Desk.firstProfile ? "as nothing chose another" : "from as")
    guard let session = desk.session(ofProfile: name) else { return "\(name), which is unknown" }
    return "\(desk.world.identities[session].principal.arn), profile \(name) \(origin)"
  }

  /// The events that came since, the deepest call first, as the trail has them.
  func traceAfter(since count: Int) -> [String] {
    guard desk.cloud.journal.count >= count else { return [] }
    return desk.cloud.journal.suffix(from: count).map { event in
      let decision = DecisionLine.text(event, in: desk.world) ?? "no decision was needed"
      let end = event.error.map { "refused with \($0.error.code)" } ?? "done"
      return "lab: event e\(event.id)  \(event.operation.rawValue) \(end): \(decision)"
    }
  }
}
