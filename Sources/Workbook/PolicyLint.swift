import Cloud
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

  fileprivate let document: PolicyDocument
  /// The account that owns the resource; nothing where any may.
  private let account: String?
  private let model: Model
  private var problems: [Problem] = []

  /// In the order of the document.
  /// `key` is the ARN of the key whose policy it is, where that is known.
  static func problems(
    in document: PolicyDocument, of account: String? = nil, key: String? = nil,
    model: Model = .described
  ) -> [Problem] {
    var lint = PolicyLint(document: document, account: account, model: model)
    if document.kind == .key {
      for statement in document.statements { lint.lookAtResources(of: statement, on: key) }
    }
    for statement in document.statements { lint.look(at: statement) }
    lint.lookForDelegation()
    return lint.problems.sorted { ($0.span.start, $0.name) < ($1.span.start, $1.name) }
  }

  private init(document: PolicyDocument, account: String?, model: Model) {
    self.document = document
    self.model = model
    self.account = account
  }

  fileprivate mutating func note(_ name: String, _ span: Span, _ text: String) {
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
      let problem = ActionNames.look(at: action.text)
    else { return }
    switch problem.kind {
    case .unknownService:
      // AWS has more services than the lab: only what looks like a slip is one.
      guard let near = problem.near ?? ActionNames.service(within: String(service)) else { return }
      note(
        "KH-LINT-SERVICE", action.span,
        "\(problem.what); if AWS has none of that name either, it matches nothing: did you mean "
          + "\(near)?")
    case .unknownAction, .noService:
      note(
        "KH-LINT-ACTION", action.span,
        "\(problem.what): it matches nothing"
          + (problem.near.map { "; did you mean \($0)?" } ?? ""))
    }
  }

  /// `kms:*` of `kms:Gen*`: whether the service is known is all that counts.
  private func prefixOnly(_ action: String) -> String {
    action.prefix { $0 != ":" } + ":*"
  }

  // MARK: Pairs of action and resource

  /// An action of which no resource of the statement can be the resource.
  private mutating func lookAtPairs(of statement: Statement) {
    lookAtPlace(of: statement)
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
          : "\(action.text) is asked for a "
            + types.map(ActionResources.inWords).joined(separator: " or a ")
            + ", and no Resource here is one: it never matches")
    }
  }

  /// A resource that is not the key whose policy it is.
  /// Source: AWS KMS Developer Guide, elements in a key policy: Resource is the key itself.
  private mutating func lookAtResources(of statement: Statement, on key: String?) {
    guard let resources = statement.resources, !resources.isNegated else { return }
    for resource in resources.values where resource.text != "*" {
      let mayBe =
        key.map { wildcard(resource.text, covers: $0) }
        ?? ActionResources.may(resource.text, be: "kms key")
      guard !mayBe, !resource.text.contains("${") else { continue }
      note(
        "KH-LINT-PAIR", resource.span,
        "that is not the key whose policy this is: it matches nothing; \"*\" means the key itself")
    }
  }

  /// An action that is never asked about what the policy hangs on.
  private mutating func lookAtPlace(of statement: Statement) {
    guard let actions = statement.actions, !actions.isNegated else { return }
    for action in actions.values where action.text != "*" && action.text.contains(":") {
      let service = action.text.prefix { $0 != ":" }.lowercased()
      switch document.kind {
      case .key where service != "kms":
        note(
          "KH-LINT-PAIR", action.span,
          "\(action.text) is never asked about a key: in a key's policy it matches nothing")
      case .key where ActionResources.types(of: action.text) == []:
        note(
          "KH-LINT-PAIR", action.span,
          "\(action.text) has no resource, so no key's policy is read for it: it belongs into an IAM "
            + "policy, with Resource \"*\"")
      default: continue
      }
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
    if principal.isNegated, statement.effect == .deny {
      let named = principal.entries.filter { $0.kind == .aws && $0.text.hasPrefix("arn:") }
      let accounts = Set(named.compactMap { ARN($0.text)?.account })
      let spared = Set(
        principal.entries.map(\.text).map { $0.hasSuffix(":root") ? ARN($0)?.account ?? $0 : $0 })
      if let missing = accounts.subtracting(spared).sorted().first {
        note(
          "KH-LINT-NOTPRINCIPAL", principal.span,
          "the Deny covers the account \(missing) itself, and so those who are named here, too: add "
            + "arn:aws:iam::\(missing):root, or write a Condition ArnNotEquals aws:PrincipalArn")
      }
    }
    for entry in principal.entries where !principal.isNegated {
      if entry.kind == .everyone, statement.effect == .allow, statement.conditions.isEmpty {
        note(
          "KH-LINT-EVERYBODY", entry.span,
          "everybody, of every account, and nothing narrows it: add a Condition, or name somebody")
      }
      // Source: IAM User Guide, forward access sessions; AWS KMS Developer Guide, kms:ViaService.
      if model == .documented, document.kind == .key, statement.effect == .allow,
        entry.kind == .service, entry.text == "kinesis.amazonaws.com"
      {
        note(
          "KH-LINT-FORWARDED", entry.span,
          "Kinesis asks KMS with the credentials of its caller, so that no request comes from "
            + "\(entry.text) itself: the statement never matches")
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
    let leaving = document.statements.filter { statement in
      statement.effect == .allow && statement.principal?.isNegated == false
        && (statement.principal?.entries ?? []).contains {
          $0.kind == .aws && isOwnAccount($0.text)
        }
    }
    if leaving.contains(where: { $0.conditions.isEmpty && covers($0, "kms:PutKeyPolicy") }) {
      return
    }
    guard let first = leaving.first ?? document.statements.first else { return }
    note(
      "KH-LINT-DELEGATION", first.span,
      leaving.isEmpty
        ? "no statement leaves the key to the account: when the principals named here are gone, "
          + "nobody can change it, and IAM policies do not count"
        : "what is left to the account does not include kms:PutKeyPolicy without a condition: when "
          + "the principals named here are gone, nobody can change the policy")
  }

  private func isOwnAccount(_ name: String) -> Bool {
    if let account { return name == account || name == "arn:aws:iam::\(account):root" }
    return name.hasSuffix(":root") || !name.contains(":")
  }

  private func covers(_ statement: Statement, _ action: String) -> Bool {
    guard let actions = statement.actions else { return false }
    let isListed = actions.values.contains {
      wildcard($0.text.lowercased(), covers: action.lowercased())
    }
    return isListed != actions.isNegated
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
    lookAtKey(condition)
    lookAtValues(condition)
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

extension PolicyLint {
  private mutating func lookAtKey(_ condition: Condition) {
    let key = condition.key.text
    if let meant = ConditionKeys.meant(by: key) {
      note(
        "KH-LINT-CONDITION", condition.key.span,
        "no request has a key \(key)"
          + (condition.isNegated || condition.ifExists
            ? ", so the line always holds" : ", so the line never holds")
          + ": did you mean \(meant)?")
    } else if !key.contains(":") {
      note(
        "KH-LINT-CONDITION", condition.key.span,
        "no request has a key \(key): a key is written service:Name, as kms:ViaService or "
          + "aws:SourceIp")
    }
    if document.kind == .key, key.lowercased() == "kms:resourcealiases" {
      note(
        "KH-LINT-KEY", condition.key.span,
        "\(key) counts in IAM policies alone: a key's policy knows kms:RequestAlias")
    }
    if ConditionKeys.hasSeveralValues(key), condition.quantifier == .one,
      !condition.asksForPresence
    {
      note(
        "KH-LINT-MULTI", condition.name.span,
        "\(key) has several values: say with ForAnyValue: or ForAllValues: how many of them count")
    }
  }

  private mutating func lookAtValues(_ condition: Condition) {
    for value in condition.impossibleValues {
      note(
        "KH-LINT-VALUE", value.span,
        "\(JSON.quoted(value.text)) is nothing that \(condition.name.text) can compare with")
    }
    if condition.comparesExactly {
      for value in condition.values {
        guard let rule = ConditionKeys.impossible(value.text, of: condition.key.text) else {
          continue
        }
        note("KH-LINT-VALUE", value.span, "no request has that value: \(rule)")
      }
    }
    for value in condition.plainStars {
      note(
        "KH-LINT-WILDCARD", value.span,
        "\(condition.name.text) takes the * as it stands: write "
          + condition.name.text.replacing("IgnoreCase", with: "").replacing("Equals", with: "Like"))
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
    case "s3" where !withoutResource.contains(action.lowercased()):
      if ofObjects.contains(where: { name.hasPrefix($0) }) { return ["s3 object"] }
      return ofBuckets.contains(where: { name.contains($0) }) ? ["s3 bucket"] : nil
    default: return withoutResource.contains(action.lowercased()) ? [] : nil
    }
  }

  /// How S3's actions on objects begin, and what stands in those on buckets; of others nothing is said.
  private static let ofObjects = [
    "getobject", "putobject", "deleteobject", "abortmultipartupload", "listmultipartuploadparts",
    "restoreobject",
  ]
  private static let ofBuckets = ["bucket", "encryptionconfiguration", "lifecycleconfiguration"]

  /// Actions of other services that are about the account as a whole.
  /// Source: Service Authorization Reference, AWS IAM, AWS STS, Amazon S3, AWS CloudTrail, Amazon
  /// CloudWatch.
  private static let withoutResource: Set = [
    "iam:listroles", "iam:listusers", "iam:listgroups", "iam:listpolicies",
    "iam:listaccountaliases", "iam:createaccountalias", "iam:deleteaccountalias",
    "iam:getaccountsummary", "iam:getaccountauthorizationdetails", "iam:simulatecustompolicy",
    "iam:getcontextkeysforcustompolicy", "sts:getcalleridentity", "sts:getsessiontoken",
    "sts:getaccesskeyinfo", "sts:decodeauthorizationmessage", "s3:listallmybuckets",
    "cloudtrail:lookupevents", "cloudtrail:describetrails", "cloudtrail:listtrails",
    "cloudwatch:getmetricdata", "cloudwatch:getmetricstatistics", "cloudwatch:listmetrics",
    "cloudwatch:putmetricdata",
  ]

  private static let withoutStream = [
    "liststreams", "describelimits", "describeaccountsettings", "updateaccountsettings",
  ]
  private static let withoutKey = [
    "createkey", "listkeys", "listaliases", "generaterandom", "listretirablegrants",
    "createcustomkeystore", "describecustomkeystores", "connectcustomkeystore",
    "disconnectcustomkeystore", "updatecustomkeystore", "deletecustomkeystore",
  ]

  /// Why an action of S3 is never asked of what was named: some are of buckets, some of objects.
  /// Source: Service Authorization Reference, Amazon S3.
  static func problem(of action: String, on subject: Subject) -> String? {
    guard action.hasPrefix("s3:"), case .named(let arn) = subject else { return nil }
    let name = action.lowercased()
    let isOfObjects = name.contains("object") && !name.contains("bucket")
    let isObject = arn.resource.contains("/")
    guard isOfObjects != isObject, !arn.resource.contains("*") else { return nil }
    return isOfObjects
      ? "\(action) is asked of an object, such as \(arn.resource)/KEY, and not of the bucket"
      : "\(action) is asked of a bucket, \(arn.resource.prefix { $0 != "/" }), and not of an object"
  }

  /// `KMS key`, `Kinesis stream`.
  static func inWords(_ type: String) -> String {
    (type.hasPrefix("kms") ? "KMS" : type.hasPrefix("s3") ? "S3" : "Kinesis")
      + type.drop { $0 != " " }
  }

  /// Whether a resource of a policy, wildcards and all, may be one of that kind.
  static func may(_ resource: String, be type: String) -> Bool {
    let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, let kind = type.split(separator: " ").last else {
      return resource.contains("*")
    }
    let service = type.prefix { $0 != " " }
    guard parts[2] == service else { return false }
    // The name of a bucket stands alone, and before the key of an object.
    if service == "s3" {
      guard parts[3].isEmpty else { return true }
      return parts[5].contains("/")
        ? kind == "object" : kind == "bucket" || parts[5].contains("*") || parts[5].contains("?")
    }
    let start = parts[5].prefix { $0 != "/" && $0 != "*" && $0 != "?" }
    if start.utf8.count < parts[5].utf8.count, !parts[5].hasPrefix("\(start)/") {
      return String(kind).hasPrefix(start) || kind == "consumer"
    }
    return start == kind || (kind == "consumer" && start == "stream")
  }
}
