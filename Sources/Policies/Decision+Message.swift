extension Decision {
  /// AWS's sentence for a refusal.
  /// Source: IAM User Guide, troubleshooting access denied error messages.
  package var accessDeniedMessage: String {
    let action = question.action.description
    let on = question.resources.first.map { " on resource: \($0)" } ?? ""
    return "User: \(question.principal.arn) is not authorized to perform: \(action)\(on)\(reason)"
  }

  private var reason: String {
    let policy: String =
      switch refusedBy {
      case .resourceControl: "resource control policy"
      case .serviceControl: "service control policy"
      case .resource: "resource-based policy"
      case .boundary: "permissions boundary"
      case .session: "session policy"
      case .identity, nil: "identity-based policy"
      }
    if cause == .explicitDeny {
      let article = policy.hasPrefix("i") ? "an" : "a"
      return " with an explicit deny in \(article) \(policy)"
    }
    return " because no \(policy) allows the \(question.action) action"
  }
}
