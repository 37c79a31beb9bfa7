extension Decision {
  /// AWS's sentence for a refusal.
  /// Source: IAM User Guide, troubleshooting access denied error messages.
  package var accessDeniedMessage: String {
    let action = question.action.description
    let isTaking = action == "sts:AssumeRole"
    let names = !(isTaking && refusedBy == .resource)
    var on = names ? question.resources.first.map { " on resource: \($0)" } ?? "" : ""
    if isHidden { on = " on this resource" }
    return "User: \(question.principal.arn) is not authorized to perform: \(action)\(on)\(reason)"
  }

  /// Whether the resource is a role that somebody wants to take.
  package var isTrust: Bool { Self.isTaking(question.action) }

  /// Whether an action is asked of a role's trust policy.
  package static func isTaking(_ action: ActionName) -> Bool {
    ofTrust.contains(action.description)
  }

  private static let ofTrust: Set = [
    "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity",
  ]

  /// Of a key of another account nobody learns whether it is there.
  private var isHidden: Bool {
    guard question.action.service == "kms", refusedBy == .resource,
      let owner = question.resources.first?.split(separator: ":", omittingEmptySubsequences: false),
      owner.count > 4
    else { return false }
    return owner[4] != question.principal.account
  }

  private var reason: String {
    if isHidden {
      return
        " because the resource does not exist in this Region, no resource-based policies allow "
        + "access, or a resource-based policy explicitly denies access"
    }
    let policy: String =
      switch refusedBy {
      case .resourceControl: "resource control policy"
      case .serviceControl: "service control policy"
      case .resource: isTrust ? "role trust policy" : "resource-based policy"
      case .boundary: "permissions boundary"
      case .session: "session policy"
      case .endpoint: "VPC endpoint policy"
      // Grants refuse nothing; that there is none is told as a policy that does not allow.
      case .identity, .grant, nil: "identity-based policy"
      }
    if cause == .explicitDeny {
      let article = policy.hasPrefix("i") ? "an" : isTrust && refusedBy == .resource ? "the" : "a"
      return " with an explicit deny in \(article) \(policy)"
    }
    return " because no \(policy) allows the \(question.action) action"
  }
}
