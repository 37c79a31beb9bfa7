import Policies
import Values

/// A policy as it was drawn, before it is written down: the reference reads this and never the text,
/// so that a slip of the parser shows as well.
struct PlainPolicy {
  var kind: DocumentKind
  /// Nothing where the document does not say, which means 2008-10-17.
  var version: String?
  var statements: [PlainStatement]

  var hasVariables: Bool { version == "2012-10-17" }

  var text: String {
    if kind == .grant { return statements.first?.grantText ?? "{}" }
    let version = version.map { "\"Version\": \"\($0)\", " } ?? ""
    return "{\(version)\"Statement\": [\(statements.map(\.text).joined(separator: ", "))]}"
  }

  func compiled(_ label: String) throws -> AttachedPolicy {
    let document =
      kind == .grant ? PolicyDocument(grant: text) : try PolicyDocument(parsing: text, as: kind)
    guard let document else { throw PlainError.noGrant(text) }
    return AttachedPolicy(kind: kind, label: label, arn: nil, document: document)
  }
}

enum PlainError: Error { case noGrant(String) }

struct PlainStatement {
  var isAllow: Bool
  var principal: PlainPrincipal?
  /// Missing in some statements of key policies, which then have no effect.
  var action: PlainList?
  var resource: PlainList?
  var conditions: [PlainCondition] = []
  var constraint: PlainConstraint?

  var text: String {
    var members = ["\"Effect\": \"\(isAllow ? "Allow" : "Deny")\""]
    if let principal { members.append(principal.text) }
    if let action { members.append(action.text("Action")) }
    if let resource { members.append(resource.text("Resource")) }
    if !conditions.isEmpty {
      var lines: [(name: String, keys: [String])] = []
      for condition in conditions {
        if let place = lines.firstIndex(where: { $0.name == condition.name }) {
          lines[place].keys.append(condition.text)
        } else {
          lines.append((condition.name, [condition.text]))
        }
      }
      let texts = lines.map { "\"\($0.name)\": {\($0.keys.joined(separator: ", "))}" }
      members.append("\"Condition\": {\(texts.joined(separator: ", "))}")
    }
    return "{\(members.joined(separator: ", "))}"
  }

  fileprivate var grantText: String {
    let operations = (action?.values ?? []).map { "\"\($0.dropFirst("kms:".count))\"" }
    var text = "{\"GranteePrincipal\": \"\(principal?.entries.first?.name ?? "")\", "
    text += "\"Operations\": [\(operations.joined(separator: ", "))]"
    if let constraint {
      let pairs = constraint.pairs.map { "\"\($0.key)\": \"\($0.value)\"" }.sorted()
      let name = constraint.isWhole ? "EncryptionContextEquals" : "EncryptionContextSubset"
      text += ", \"Constraints\": {\"\(name)\": {\(pairs.joined(separator: ", "))}}"
    }
    return text + "}"
  }
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
struct PlainList {
  let isNegated: Bool
  let values: [String]
  /// As they are where nothing is filled in; actions in small letters.
  let patterns: [PlainText.Pattern]
  let folded: [PlainText.Pattern]

  init(isNegated: Bool = false, values: [String]) {
    self.isNegated = isNegated
    self.values = values
    patterns = values.map { PlainText.Pattern($0) }
    folded = values.map { PlainText.Pattern($0.lowercased()) }
  }

  func text(_ element: String) -> String {
    "\"\(isNegated ? "Not" : "")\(element)\": \(PlainList.text(of: values))"
  }

  static func text(of values: [String]) -> String {
    if values.count == 1 { return "\"\(values[0])\"" }
    return "[\(values.map { "\"\($0)\"" }.joined(separator: ", "))]"
  }
}

struct PlainPrincipal {
  struct Entry: Equatable {
    /// `*`, `AWS`, `Service`, `Federated` or `CanonicalUser`.
    var group: String
    var name: String
  }

  let isNegated: Bool
  let entries: [Entry]
  /// What is counted of it.
  let constructs: [String]

  init(isNegated: Bool = false, entries: [Entry]) {
    self.isNegated = isNegated
    self.entries = entries
    let element = isNegated ? "NotPrincipal" : "Principal"
    constructs = Set(entries.map(\.group)).sorted().map { "\(element) with \($0)" }
  }

  var text: String {
    let element = isNegated ? "NotPrincipal" : "Principal"
    if entries.first?.group == "*" { return "\"\(element)\": \"*\"" }
    var groups: [(name: String, values: [String])] = []
    for entry in entries {
      if let place = groups.firstIndex(where: { $0.name == entry.group }) {
        groups[place].values.append(entry.name)
      } else {
        groups.append((entry.group, [entry.name]))
      }
    }
    let texts = groups.map { "\"\($0.name)\": \(PlainList.text(of: $0.values))" }
    return "\"\(element)\": {\(texts.joined(separator: ", "))}"
  }
}

/// One line of a `Condition`.
struct PlainCondition {
  enum Quantifier: String, CaseIterable {
    case one = ""
    case any = "ForAnyValue:"
    case all = "ForAllValues:"
  }

  /// `StringEquals`, …
  let comparison: String
  let quantifier: Quantifier
  let ifExists: Bool
  let key: String
  let values: [String]
  /// `ForAnyValue:StringEqualsIfExists`
  let name: String
  let foldedKey: String
  let patterns: [PlainText.Pattern]

  init(
    comparison: String, quantifier: Quantifier, ifExists: Bool, key: String, values: [String]
  ) {
    self.comparison = comparison
    self.quantifier = quantifier
    self.ifExists = ifExists
    self.key = key
    self.values = values
    name = "\(quantifier.rawValue)\(comparison)\(ifExists ? "IfExists" : "")"
    foldedKey = key.lowercased()
    patterns = values.map { PlainText.Pattern($0) }
  }

  fileprivate var text: String { "\"\(key)\": \(PlainList.text(of: values))" }
}

/// What a grant demands of the encryption context: just these pairs, or these among others.
struct PlainConstraint {
  var isWhole: Bool
  var pairs: [String: String]
}

/// The policies that one request meets, each beside what it was compiled to.
struct PlainPolicies {
  typealias Both = (plain: PlainPolicy, compiled: AttachedPolicy)

  var identity: [Both] = []
  var resource: Both?
  var boundary: Both?
  var grants: [Both] = []
  var session: [Both] = []
  var serviceControl: [[Both]] = []
  var resourceControl: [[Both]] = []
  var endpoint: Both?

  var compiled: PolicySet {
    var set = PolicySet()
    set.identity = identity.map(\.compiled)
    set.resource = resource?.compiled
    set.boundary = boundary?.compiled
    set.grants = grants.map(\.compiled)
    set.session = session.map(\.compiled)
    set.serviceControl = serviceControl.map { $0.map(\.compiled) }
    set.resourceControl = resourceControl.map { $0.map(\.compiled) }
    set.endpoint = endpoint?.compiled
    return set
  }

  /// Everything as it was written, for a failure.
  var text: String {
    let kinds: [(String, [Both])] = [
      ("identity", identity), ("resource", resource.map { [$0] } ?? []),
      ("boundary", boundary.map { [$0] } ?? []), ("grant", grants), ("session", session),
      ("service control", serviceControl.flatMap(\.self)),
      ("resource control", resourceControl.flatMap(\.self)),
      ("endpoint", endpoint.map { [$0] } ?? []),
    ]
    return kinds.flatMap { kind in kind.1.map { "\(kind.0): \($0.plain.text)" } }
      .joined(separator: "\n")
  }
}

/// One request, as the reference sees it.
struct PlainRequest {
  var caller: Principal
  var action: String
  /// Nothing for an action without a resource.
  var resource: String?
  /// By the names in lower case.
  var context: [String: [String]]
  var encryptionContext: [String: String]
  /// The account that has the resource.
  var owner: String
  /// A key or a role that is taken: its own policy must say yes, or leave it to the account.
  var resourceMustAllow: Bool
  /// The rows of the described model.
  var keyPolicyMustName = false
  var identityMustAllow = false
  var service: Principal?
  var rowsDecide = true

  var question: AccessQuestion {
    var values = RequestContext()
    for (key, found) in context where !key.hasPrefix("kms:encryptioncontext:") {
      values[key] = found
    }
    for (key, value) in encryptionContext { values["kms:EncryptionContext:\(key)"] = [value] }
    return AccessQuestion(
      principal: caller, action: ActionName(action), resources: resource.map { [$0] } ?? [],
      context: values)
  }

  var rules: DecisionRules {
    var rules = DecisionRules(resourceOwner: owner)
    rules.resourceMustAllow = resourceMustAllow
    rules.keyPolicyMustName = keyPolicyMustName
    rules.identityMustAllow = identityMustAllow
    rules.serviceStatement = service
    rules.rowsDecide = rowsDecide
    return rules
  }
}
