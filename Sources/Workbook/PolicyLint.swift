import Policies
import Values

/// What is wrong with a policy that parses: parts that never match, and parts that open too much.
struct PolicyLint {
  struct Problem: Hashable, Sendable {
    /// The message's name, such as `KH-LINT-PAIR`.
    var name: String
    var span: Span
    var text: String
  }

  private let document: PolicyDocument
  private var problems: [Problem] = []

  /// In the order of the document.
  static func problems(in document: PolicyDocument) -> [Problem] {
    var lint = PolicyLint(document: document)
    for statement in document.statements { lint.look(at: statement) }
    lint.lookForDelegation()
    return lint.problems.sorted { ($0.span.start, $0.name) < ($1.span.start, $1.name) }
  }

  private init(document: PolicyDocument) { self.document = document }

  private mutating func note(_ name: String, _ span: Span, _ text: String) {
    problems.append(Problem(name: name, span: span, text: text))
  }

  private mutating func look(at statement: Statement) {
    for action in statement.actions?.values ?? [] { look(at: action, in: statement) }
    lookAtPairs(of: statement)
    if statement.effect == .allow {
      for list in [statement.actions, statement.resources].compactMap({ $0 }) where list.isNegated {
        note(
          "KH-LINT-NOT", list.span,
          "\(list.element) with Allow opens everything but these, also what comes to AWS tomorrow")
      }
    }
    lookAtPrincipal(of: statement)
    for condition in statement.conditions { look(at: condition, in: statement) }
    if document.kind == .key, statement.actions == nil || statement.resources == nil {
      note(
        "KH-LINT-EFFECTLESS", statement.span,
        "without \(statement.actions == nil ? "Action" : "Resource") the statement is accepted "
          + "and does nothing")
    }
  }

  // MARK: Actions

  private mutating func look(at action: PolicyValue, in statement: Statement) {
    let isAll = action.text == "*" || action.text.hasSuffix(":*")
    if isAll, statement.effect == .allow {
      let leavesIt = statement.principal?.entries.allSatisfy { $0.text.hasSuffix(":root") } ?? false
      if !leavesIt, statement.actions?.isNegated == false {
        note(
          "KH-LINT-STAR", action.span,
          "\(action.text) allows every operation, deletion and policies included: name the few "
            + "that are needed")
      }
      return
    }
    if action.text.contains("*") || action.text.contains("?") {
      let covered = ActionNames.all.contains {
        wildcard(action.text.lowercased(), covers: $0.lowercased())
      }
      if !covered, ActionNames.problem(prefixOnly(action.text)) == nil {
        note("KH-LINT-ACTION", action.span, "no action of AWS begins so: it matches nothing")
      }
      return
    }
    let service = action.text.prefix { $0 != ":" }.lowercased()
    guard !ActionNames.otherServices.contains(service),
      let problem = ActionNames.problem(action.text)
    else { return }
    let isService = problem.hasPrefix("the lab knows no service")
    note(
      isService ? "KH-LINT-SERVICE" : "KH-LINT-ACTION", action.span,
      "\(problem): it matches nothing")
  }

  /// `kms:*` of `kms:Gen*`: whether the service is known is all that counts.
  private func prefixOnly(_ action: String) -> String {
    action.prefix { $0 != ":" } + ":*"
  }

  // MARK: Pairs of action and resource

  /// An action of which no resource of the statement can be the resource.
  private mutating func lookAtPairs(of statement: Statement) {
    guard let actions = statement.actions, !actions.isNegated, let resources = statement.resources,
      !resources.isNegated, document.kind != .key
    else { return }
    for action in actions.values where ActionNames.problem(action.text) == nil {
      guard !action.text.contains("*"), !action.text.contains("?"),
        let types = ActionResources.types(of: action.text)
      else { continue }
      let fits = resources.values.contains { resource in
        resource.text == "*" || types.contains { ActionResources.may(resource.text, be: $0) }
      }
      if fits { continue }
      note(
        "KH-LINT-PAIR", action.span,
        types.isEmpty
          ? "\(action.text) has no resource, so only \"*\" covers it: here it never matches"
          : "\(action.text) is asked for \(types.joined(separator: " or ")), and no Resource here "
            + "is one: it never matches")
    }
  }

  // MARK: Principals

  private mutating func lookAtPrincipal(of statement: Statement) {
    guard let principal = statement.principal, document.kind != .resourceControl else { return }
    if principal.isNegated, statement.effect == .allow {
      note(
        "KH-LINT-NOT", principal.span,
        "NotPrincipal with Allow opens to everybody else, strangers included")
    }
    for entry in principal.entries where !principal.isNegated {
      if entry.kind == .everyone, statement.effect == .allow, statement.conditions.isEmpty {
        note(
          "KH-LINT-EVERYBODY", entry.span,
          "everybody, of every account, and nothing narrows it: add a Condition, or name somebody")
      }
      if entry.kind == .service, !Self.services.contains(entry.text) {
        let near = NearNames.of(entry.text, among: Self.services)
        note(
          "KH-LINT-PRINCIPAL", entry.span,
          "the lab knows no service principal \(entry.text)"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
    }
  }

  private static let services = [
    "kinesis", "kms", "cloudtrail", "logs", "lambda", "firehose", "s3", "ec2", "ecs-tasks",
    "cloudwatch", "events", "sns", "sqs", "dynamodb",
  ].map { "\($0).amazonaws.com" }

  /// A key whose policy does not leave things to the account depends on the principals that it names.
  private mutating func lookForDelegation() {
    guard document.kind == .key else { return }
    let delegates = document.statements.contains { statement in
      statement.effect == .allow
        && (statement.principal?.entries ?? []).contains {
          $0.kind == .aws && ($0.text.hasSuffix(":root") || !$0.text.contains(":"))
        }
    }
    if !delegates, let first = document.statements.first {
      note(
        "KH-LINT-DELEGATION", first.span,
        "no statement leaves the key to the account: when the principals named here are gone, "
          + "nobody can change it, and IAM policies do not count")
    }
  }

  // MARK: Conditions

  private mutating func look(at condition: Condition, in statement: Statement) {
    let key = condition.key.text
    if condition.quantifier == .allValues, statement.effect == .allow {
      let asksForPresence = statement.conditions.contains {
        $0.name.text == "Null" && $0.key.text.lowercased() == key.lowercased()
      }
      if !asksForPresence {
        note(
          "KH-LINT-FORALL", condition.name.span,
          "ForAllValues holds as well when the request has no \(key): add "
            + "\"Null\": {\"\(key)\": \"false\"}")
      }
    }
    if document.version == "2008-10-17",
      let value = condition.values.first(where: { $0.text.contains("${") })
    {
      note(
        "KH-LINT-VARIABLE", value.span,
        "in a policy of version 2008-10-17 this is plain text and no variable: write 2012-10-17")
    }
    let actions = statement.actions?.values ?? []
    if key.lowercased().hasPrefix("kms:"), !actions.isEmpty, statement.actions?.isNegated == false,
      actions.allSatisfy({ $0.text != "*" && !$0.text.lowercased().hasPrefix("kms:") })
    {
      note(
        "KH-LINT-KEY", condition.key.span,
        "\(key) is a key of KMS requests; the actions of this statement never have it")
    }
  }
}

/// What kinds of resource an action is asked for.
///
/// Source: Service Authorization Reference, Amazon Kinesis Data Streams and AWS KMS.
enum ActionResources {
  /// Kinds, as ARNs begin: `arn:aws:kms:…:key/…`. Empty for an action without resource; nothing
  /// where the lab does not know.
  static func types(of action: String) -> [String]? {
    let name = String(action.drop { $0 != ":" }.dropFirst()).lowercased()
    switch action.prefix(while: { $0 != ":" }).lowercased() {
    case "kinesis":
      if withoutStream.contains(name) { return [] }
      return name.contains("streamconsumer") && name != "registerstreamconsumer"
        ? ["kinesis stream", "kinesis consumer"] : ["kinesis stream"]
    case "kms":
      if withoutKey.contains(name) { return [] }
      return name.contains("alias") ? ["kms key", "kms alias"] : ["kms key"]
    default: return nil
    }
  }

  private static let withoutStream = [
    "liststreams", "describelimits", "describeaccountsettings", "updateaccountsettings",
  ]
  private static let withoutKey = [
    "createkey", "listkeys", "listaliases", "generaterandom", "listretirablegrants",
    "createcustomkeystore", "describecustomkeystores", "connectcustomkeystore",
    "disconnectcustomkeystore", "updatecustomkeystore", "deletecustomkeystore",
  ]

  /// Whether a resource of a policy, wildcards and all, may be one of that kind.
  static func may(_ resource: String, be type: String) -> Bool {
    let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, let kind = type.split(separator: " ").last else { return true }
    let service = type.prefix { $0 != " " }
    guard parts[2] == service else { return false }
    let start = parts[5].prefix { $0 != "/" && $0 != "*" && $0 != "?" }
    if start.utf8.count < parts[5].utf8.count, !parts[5].hasPrefix("\(start)/") {
      return String(kind).hasPrefix(start) || kind == "consumer"
    }
    return start == kind || (kind == "consumer" && start == "stream")
  }
}
