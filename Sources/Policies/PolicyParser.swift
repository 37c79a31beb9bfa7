import Values

/// Reads a policy document and refuses what AWS refuses, with AWS's texts.
///
/// Source: IAM User Guide, policy grammar; the texts: facts §4.6.
struct PolicyParser {
  let text: String
  let kind: DocumentKind

  private static let syntax = "Syntax errors in policy."
  private static let legacy = "The policy failed legacy parsing"
  /// The version whose documents have variables.
  private static let version2012 = "2012-10-17"

  func parse() throws(PolicyError) -> (version: String, statements: [Statement]) {
    let tree: JSONTree
    do {
      tree = try JSONTree(parsing: text)
    } catch {
      throw PolicyError(
        message: "This policy contains invalid Json",
        span: Span(start: error.offset, end: min(error.offset + 1, text.utf8.count)), kind: kind,
        detail: error.description, text: text)
    }
    let members = try object(tree, "a policy")
    try checkNames(members, allowed: ["Version", "Id", "Statement"], of: "a policy")
    let version = try parseVersion(tree)
    if let id = tree.member("Id") {
      guard case .string = id.value.kind else {
        throw refusal(Self.syntax, id.value.span, "Id is a string")
      }
    }
    guard let statement = tree.member("Statement") else {
      throw refusal(Self.syntax, tree.span, "the policy has no Statement")
    }
    let trees: [JSONTree] =
      if case .array(let elements) = statement.value.kind { elements } else { [statement.value] }
    if trees.isEmpty { throw refusal(Self.syntax, statement.value.span, "Statement is empty") }
    var statements: [Statement] = []
    for tree in trees {
      statements.append(try parseStatement(tree, index: statements.count, version))
    }
    try check(statements, written: trees, tree)
    return (version, statements)
  }

  /// What is amiss in a document whose syntax is right, in the order in which AWS looks for it.
  private func check(
    _ statements: [Statement], written trees: [JSONTree], _ whole: JSONTree
  ) throws(PolicyError) {
    if kind == .identity { try checkVersion(whole) }
    for (statement, tree) in zip(statements, trees) {
      try checkEffect(tree)
      try checkValues(statement)
    }
    try checkOldForms(statements)
    try checkUniqueIDs(trees)
    for (statement, tree) in zip(statements, trees) { try checkHasActions(statement, tree) }
    for statement in statements { try checkResources(statement) }
    for statement in statements {
      if let actions = statement.actions { try checkActions(actions) }
    }
    for (statement, tree) in zip(statements, trees) { try checkRequired(statement, tree) }
  }

  private func parseVersion(_ tree: JSONTree) throws(PolicyError) -> String {
    guard let member = tree.member("Version") else { return "2008-10-17" }
    guard case .string(let version) = member.value.kind,
      version == Self.version2012 || version == "2008-10-17"
    else {
      throw refusal(Self.syntax, member.value.span, "Version is 2012-10-17 or 2008-10-17")
    }
    return version
  }

  /// Variables came with the newer version, and no identity policy is taken without it any more.
  private func checkVersion(_ tree: JSONTree) throws(PolicyError) {
    guard let member = tree.member("Version") else {
      throw refusal(
        "Policy document must be version 2012-10-17 or greater.", tree.span,
        "Version is missing; add \"Version\": \"2012-10-17\"")
    }
    if case .string("2008-10-17") = member.value.kind {
      throw refusal(
        "Policy document must be version 2012-10-17 or greater.", member.value.span,
        "an identity policy must be of version 2012-10-17")
    }
  }

  /// What can be read of a statement; what it lacks or says wrong is looked for when all are read.
  private func parseStatement(_ tree: JSONTree, index: Int, _ version: String)
    throws(PolicyError) -> Statement
  {
    let members = try object(tree, "a statement")
    try checkNames(
      members,
      allowed: [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
        "NotResource", "Condition",
      ], of: "a statement")
    let actions = try parseList(tree, "Action")
    let resources = try parseList(tree, "Resource")
    let principal = try parsePrincipal(tree)
    return Statement(
      index: index, sid: try parseID(tree), effect: try parseEffect(tree), span: tree.span,
      principal: principal, actions: actions, resources: resources,
      conditions: try parseConditions(tree, version),
      hasVariables: version == Self.version2012, meansItsResource: kind == .trust)
  }

  private func parseEffect(_ tree: JSONTree) throws(PolicyError) -> Effect {
    guard let member = tree.member("Effect") else {
      throw refusal(Self.syntax, tree.span, "the statement has no Effect")
    }
    guard case .string(let text) = member.value.kind,
      let effect = [Effect.allow, .deny].first(where: {
        $0.rawValue.lowercased() == text.lowercased()
      })
    else {
      throw refusal(Self.syntax, member.value.span, "Effect is Allow or Deny, spelt so")
    }
    return effect
  }

  private func checkEffect(_ tree: JSONTree) throws(PolicyError) {
    guard let member = tree.member("Effect"), case .string(let text) = member.value.kind,
      Effect(rawValue: text) == nil
    else { return }
    throw refusal(Self.legacy, member.value.span, "Effect is Allow or Deny, spelt so")
  }

  private func parseID(_ tree: JSONTree) throws(PolicyError) -> String? {
    guard let member = tree.member("Sid") else { return nil }
    guard case .string(let text) = member.value.kind else {
      throw refusal(Self.syntax, member.value.span, "Sid is a string")
    }
    let plain = text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
    }
    if kind == .identity, !plain {
      throw refusal(
        Self.syntax, member.value.span, "a Sid of an identity policy has letters and digits only")
    }
    return text.isEmpty ? nil : text
  }

  private func checkUniqueIDs(_ trees: [JSONTree]) throws(PolicyError) {
    var seen: Set<String> = []
    for tree in trees {
      guard let member = tree.member("Sid"), case .string(let id) = member.value.kind,
        !id.isEmpty
      else { continue }
      if !seen.insert(id).inserted {
        throw refusal(
          "Statement IDs (SID) in a single policy must be unique.", member.value.span,
          "two statements are called \(JSON.quoted(id))")
      }
    }
  }

  /// A list with nothing in it counts as missing. A key policy's statement without actions or
  /// resources is accepted and has no effect (facts §3.6).
  private func checkHasActions(_ statement: Statement, _ tree: JSONTree) throws(PolicyError) {
    guard kind != .key else { return }
    let message = "Policy statement must contain actions."
    guard let actions = statement.actions else {
      throw refusal(message, tree.span, "the statement has neither Action nor NotAction")
    }
    if actions.values.isEmpty {
      throw refusal(message, actions.span, "\(actions.element) is an empty list")
    }
  }

  private func checkRequired(_ statement: Statement, _ tree: JSONTree) throws(PolicyError) {
    let (resources, principal) = (statement.resources, statement.principal)
    switch kind {
    case .trust:
      if let resources {
        throw refusal(
          "Has prohibited field Resource.", resources.span, "a trust policy names no Resource")
      }
    case .key: break
    default:
      let message = "Policy statement must contain resources."
      guard let resources else {
        throw refusal(message, tree.span, "the statement has neither Resource nor NotResource")
      }
      if resources.values.isEmpty {
        throw refusal(message, resources.span, "\(resources.element) is an empty list")
      }
    }
    if let principal, !kind.namesPrincipals {
      throw refusal(
        Self.syntax, principal.span,
        kind == .serviceControl
          ? "a service control policy names no \(principal.element): it speaks for the whole account"
          : "an identity policy names no \(principal.element): it speaks for whoever it is attached to"
      )
    }
    if principal == nil, kind.namesPrincipals {
      throw refusal(
        Self.syntax, tree.span, "the statement has no Principal, so it speaks of nobody")
    }
  }

  /// The values of an element or of its Not-form.
  private func parseList(_ tree: JSONTree, _ name: String) throws(PolicyError) -> ValueList? {
    let plain = tree.member(name)
    let negated = tree.member("Not\(name)")
    if plain != nil, let negated {
      throw refusal(
        Self.syntax, negated.nameSpan, "a statement has \(name) or Not\(name), not both")
    }
    guard let member = plain ?? negated else { return nil }
    return ValueList(
      element: member.name, isNegated: negated != nil, values: try strings(member.value),
      span: member.value.span)
  }

  private func checkTrustActions(_ list: ValueList) throws(PolicyError) {
    let known = [
      "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity",
      "sts:tagsession", "sts:setsourceidentity", "sts:setcontext",
    ]
    for value in list.values where !known.contains(value.text.lowercased()) {
      throw refusal(
        "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and "
          + "sts:AssumeRoleWithWebIdentity", value.span,
        "a trust policy says who may take the role, and nothing else")
    }
  }

  private func checkActions(_ list: ValueList) throws(PolicyError) {
    if kind == .trust { try checkTrustActions(list) }
    for value in list.values where value.text != "*" {
      let parts = value.text.split(separator: ":", omittingEmptySubsequences: false)
      if parts.count == 1 {
        throw refusal(
          "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", value.span,
          "an action is written service:Operation")
      }
      if parts.count > 2 {
        throw refusal(
          "Actions/Condition can contain only one colon.", value.span,
          "an action is written service:Operation")
      }
      let isName = parts[0].utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: ".")
      }
      if parts[0].isEmpty || !isName {
        throw refusal(
          "Vendor \(parts[0]) is not valid", value.span, "the part before the colon is a service")
      }
      try checkActionName(parts[1], of: value)
    }
  }

  /// Assumed: the text, and which characters a name may have.
  private func checkActionName(_ name: Substring, of action: PolicyValue) throws(PolicyError) {
    if name.isEmpty {
      throw refusal(
        Self.legacy, action.span,
        "after the colon stands the operation, or * for all of the service")
    }
    let strange = name.unicodeScalars.first {
      !($0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil))
        && !"*?-_.".unicodeScalars.contains($0)
    }
    guard let strange else { return }
    let what =
      strange == " " ? "a blank" : strange == "$" ? "$, and no variable" : JSON.quoted("\(strange)")
    throw refusal(
      Self.legacy, action.span,
      "the name of an operation has letters, digits, * and ?, and not \(what)")
  }

  /// Resources in a form that was never one. Those of statements behind one that is written wrong
  /// otherwise are not looked at.
  private func checkOldForms(_ statements: [Statement]) throws(PolicyError) {
    for statement in statements {
      for value in statement.resources?.values ?? [] where value.text != "*" {
        if ResourceName(value.text).fault != nil { return }
        let parts = value.text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count < 6 && value.text.contains("::") || parts.count > 2 && parts[2].isEmpty {
          throw refusal(
            Self.legacy, value.span,
            "a resource is written arn:partition:service:region:account:name, and the service is not "
              + "empty")
        }
      }
    }
  }

  private func checkResources(_ statement: Statement) throws(PolicyError) {
    for value in statement.resources?.values ?? [] where value.text != "*" {
      guard let fault = ResourceName(value.text).fault else { continue }
      throw refusal(fault.message, value.span, fault.detail)
    }
  }

  private func parsePrincipal(_ tree: JSONTree) throws(PolicyError) -> PrincipalElement? {
    let negated = tree.member("NotPrincipal")
    guard let member = tree.member("Principal") ?? negated else { return nil }
    if tree.member("Principal") != nil, let negated {
      throw refusal(
        Self.syntax, negated.nameSpan, "a statement has Principal or NotPrincipal, not both")
    }
    if kind == .trust, let negated {
      throw refusal(
        "Has prohibited field NotPrincipal.", negated.nameSpan,
        "a trust policy lists whom it trusts, as its Principal")
    }
    var entries: [PrincipalElement.Entry] = []
    switch member.value.kind {
    case .string("*"):
      entries.append(.init(kind: .everyone, text: "*", span: member.value.span))
    case .object(let groups):
      for group in groups {
        guard let kind = PrincipalElement.Kind(rawValue: group.name), kind != .everyone else {
          throw refusal(
            Self.syntax, group.nameSpan,
            "a Principal is \"*\", or names AWS, Service, Federated or CanonicalUser")
        }
        for value in try strings(group.value) {
          let isEveryone = kind == .aws && value.text == "*"
          entries.append(
            .init(kind: isEveryone ? .everyone : kind, text: value.text, span: value.span))
        }
      }
    default:
      throw refusal(
        Self.syntax, member.value.span, "a Principal is \"*\" or an object like {\"AWS\": \"ARN\"}")
    }
    if kind.namesPrincipals, entries.isEmpty {
      throw refusal(
        nobody, member.value.span, "the statement's \(member.name) names nobody")
    }
    if kind.namesPrincipals { try checkPrincipals(entries) }
    return PrincipalElement(isNegated: negated != nil, entries: entries, span: member.value.span)
  }

  /// AWS's text for a statement that is about nobody.
  private var nobody: String {
    switch kind {
    case .key: "Policy contains a statement with one or more invalid principals."
    case .trust:
      "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in "
        + "policy has a statement with no principals!"
    default: "Missing required field Principal cannot be empty!"
    }
  }

  private func checkPrincipals(_ entries: [PrincipalElement.Entry]) throws(PolicyError) {
    for entry in entries {
      switch entry.kind {
      case .aws:
        guard Self.isPrincipal(entry.text) else {
          throw refusal(
            kind.invalidPrincipal(entry.text), entry.span,
            "a principal is an account or the ARN of a user, a role or a session, without wildcards"
              + (entry.text.contains(":group/") ? "; a group is none" : ""))
        }
      case .service:
        guard Self.isService(entry.text) else {
          throw refusal(
            kind.invalidPrincipal(entry.text, of: "SERVICE"), entry.span,
            "a service is written like kinesis.amazonaws.com, without wildcards")
        }
      case .everyone, .federated, .canonicalUser: continue
      }
    }
  }

  /// An account, an id, or the ARN of what can call.
  /// Source: IAM User Guide, AWS JSON policy elements: Principal.
  private static func isPrincipal(_ text: String) -> Bool {
    let isAccount =
      text.utf8.count == 12
      && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isAccount || text.hasPrefix("AROA") || text.hasPrefix("AIDA") { return true }
    guard let arn = ARN(text), !text.contains("*"), !arn.account.isEmpty else { return false }
    let kinds = arn.service == "iam" ? ["user/", "role/"] : ["assumed-role/", "federated-user/"]
    guard ["iam", "sts"].contains(arn.service) else { return false }
    if arn.service == "iam", arn.resource == "root" { return true }
    return kinds.contains { arn.resource.hasPrefix($0) && arn.resource.count > $0.count }
  }

  private static func isService(_ text: String) -> Bool {
    let endings = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"]
    return !text.contains("*") && !text.contains("?")
      && endings.contains { text.hasSuffix($0) && text.utf8.count > $0.utf8.count }
  }

  private func parseConditions(_ tree: JSONTree, _ version: String) throws(PolicyError)
    -> [Condition]
  {
    guard let member = tree.member("Condition") else { return [] }
    var conditions: [Condition] = []
    for line in try object(member.value, "a Condition") {
      let name = PolicyValue(text: line.name, span: line.nameSpan)
      let keys = try object(line.value, "a condition operator")
      // What compares nothing is passed over, whatever it is called.
      guard let form = ConditionForm(name: line.name) else {
        if keys.isEmpty { continue }
        let near = NearNames.of(line.name, among: ConditionOperator.table.map(\.name))
        let hint = near.isEmpty ? "" : "; near: \(near.joined(separator: ", "))"
        throw refusal(
          Self.syntax, line.nameSpan, "\(JSON.quoted(line.name)) is no condition operator\(hint)")
      }
      for key in keys {
        let values = try scalars(key.value)
        conditions.append(
          Condition(
            name: name, form: form, key: PolicyValue(text: key.name, span: key.nameSpan),
            values: values, span: key.value.span,
            hasVariables: version == Self.version2012, kind: kind))
      }
    }
    return conditions
  }
}

extension PolicyParser {
  /// A value that its operator cannot read would never compare.
  /// Assumed of numbers, addresses, bytes and booleans: that AWS refuses them as it refuses dates.
  private func checkValues(_ statement: Statement) throws(PolicyError) {
    for condition in statement.conditions {
      let comparison = condition.comparison
      // Those that are filled in first show only then what they are.
      let filled = Set(condition.variableValues)
      for value in condition.values
      where !comparison.valueType.accepts(value.text) && !filled.contains(value.text) {
        throw refusal(
          Self.legacy, value.span,
          "\(comparison.name) compares with \(comparison.valueType.example)")
      }
    }
  }
}

// MARK: Shapes

extension PolicyParser {
  private func refusal(_ message: String, _ span: Span, _ detail: String) -> PolicyError {
    PolicyError(message: message, span: span, kind: kind, detail: detail, text: text)
  }

  /// The members of an object; a repeated one is refused.
  private func object(_ tree: JSONTree, _ what: String) throws(PolicyError) -> [JSONTree.Member] {
    guard case .object(let members) = tree.kind else {
      throw refusal(Self.syntax, tree.span, "\(what) is an object in braces")
    }
    var seen: Set<String> = []
    for member in members where !seen.insert(member.name).inserted {
      throw refusal(Self.syntax, member.nameSpan, "\(JSON.quoted(member.name)) stands twice")
    }
    return members
  }

  private func checkNames(_ members: [JSONTree.Member], allowed: [String], of what: String)
    throws(PolicyError)
  {
    for member in members where !allowed.contains(member.name) {
      let near = NearNames.of(member.name, among: allowed)
      let hint = near.isEmpty ? "" : "; did you mean \(near[0])?"
      throw refusal(
        Self.syntax, member.nameSpan, "\(what) has no element \(JSON.quoted(member.name))\(hint)")
    }
  }

  private func strings(_ tree: JSONTree) throws(PolicyError) -> [PolicyValue] {
    let trees: [JSONTree] = if case .array(let elements) = tree.kind { elements } else { [tree] }
    var values: [PolicyValue] = []
    for tree in trees {
      guard case .string(let text) = tree.kind else {
        throw refusal(Self.syntax, tree.span, "here stands a string, or a list of strings")
      }
      values.append(PolicyValue(text: text, span: tree.span))
    }
    return values
  }

  /// Condition values may be numbers and booleans, too.
  private func scalars(_ tree: JSONTree) throws(PolicyError) -> [PolicyValue] {
    let trees: [JSONTree] = if case .array(let elements) = tree.kind { elements } else { [tree] }
    var values: [PolicyValue] = []
    for tree in trees {
      let text: String? =
        switch tree.kind {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .double(let number): number.description
        case .null, .array, .object: nil
        }
      guard let text else {
        throw refusal(Self.syntax, tree.span, "here stands a value, or a list of values")
      }
      values.append(PolicyValue(text: text, span: tree.span))
    }
    return values
  }
}
