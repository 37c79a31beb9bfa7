import Cloud
import Policies
import Values

/// Ways to take back of a Deny statement what forbids one call; each is one change in one place, but
/// for the last resort before the statement goes, which puts others in its place.
struct DenyEdits {
  struct Edit {
    /// The statement as it would be, or several in its place; nothing when it goes.
    var new: JSON?
    var reason: String
    var isAlwaysTried = false
  }

  private let statement: JSONObject
  private let question: AccessQuestion
  /// The statement is nobody's but the caller's.
  private let isOwn: Bool
  /// The policy is asked about the call's resource alone.
  private let isOfOneResource: Bool
  private(set) var edits: [Edit] = []

  /// From the narrowest idea to the whole statement.
  init(
    of statement: JSON, for question: AccessQuestion, isOwn: Bool, isOfOneResource: Bool
  ) {
    self.statement = statement.object ?? JSONObject()
    self.question = question
    self.isOwn = isOwn
    self.isOfOneResource = isOfOneResource
    addLists()
    addNegatedLists()
    addPrincipals()
    addConditions()
    addException()
    addHole()
    edits.append(Edit(new: nil, reason: "the statement goes", isAlwaysTried: true))
  }

  /// Wildcards are written out where they stand for no more actions than one can read.
  private static let mostWrittenOut = 12

  private static func list(_ value: JSON?) -> [JSON] { value?.array ?? value.map { [$0] } ?? [] }

  private mutating func add(_ member: String, _ value: JSON, _ reason: String) {
    var new = statement
    new[member] = value
    edits.append(Edit(new: .object(new), reason: reason))
  }

  private mutating func addLists() {
    for member in ["Action", "Resource"] {
      let elements = Self.list(statement[member])
      for (index, element) in elements.enumerated() {
        if elements.count > 1 {
          var fewer = elements
          fewer.remove(at: index)
          add(member, .array(fewer), "its \(member) loses \(element.line)")
        }
        if member == "Action", let rest = writtenOut(element) {
          var others = elements
          others.replaceSubrange(index...index, with: rest)
          add(
            member, .array(others),
            "its Action says what \(element.line) means, without \(question.action)")
        }
      }
    }
  }

  /// All that a wildcard covers, except the action of the call.
  private func writtenOut(_ element: JSON) -> [JSON]? {
    guard let text = element.string, text.contains("*") || text.contains("?") else { return nil }
    let pattern = text.lowercased()
    let action = question.action.description.lowercased()
    let covered = ActionNames.all.filter { wildcard(pattern, covers: $0.lowercased()) }
    guard (2...Self.mostWrittenOut).contains(covered.count),
      covered.contains(where: { $0.lowercased() == action })
    else { return nil }
    return covered.filter { $0.lowercased() != action }.map { .string($0) }
  }

  private mutating func addNegatedLists() {
    let values = [
      ("NotAction", question.action.description), ("NotResource", question.resources.first ?? "*"),
    ]
    for (member, value) in values where statement[member] != nil {
      add(
        member, .array(Self.list(statement[member]) + [.string(value)]),
        "its \(member) gets \(JSON.quoted(value))")
    }
  }

  /// The caller as policies name it: the role, not the session.
  private var caller: String { question.principal.roleARN ?? question.principal.arn }

  private mutating func addPrincipals() {
    if let principal = statement["Principal"]?.object {
      let named = Self.list(principal["AWS"])
      for (index, element) in named.enumerated() where named.count > 1 {
        var fewer = named
        fewer.remove(at: index)
        var new = principal
        new["AWS"] = .array(fewer)
        add("Principal", .object(new), "its Principal loses \(element.line)")
      }
    }
    if var excluded = statement["NotPrincipal"]?.object {
      // It spares only whom it lists by every name: account, role, session.
      let principal = question.principal
      let listed = Self.list(excluded["AWS"])
      let names = [principal.arn, caller, "arn:aws:iam::\(principal.account):root"]
      var missing: [JSON] = []
      for name in names.map({ JSON.string($0) })
      where !listed.contains(name) && !missing.contains(name) {
        missing.append(name)
      }
      excluded["AWS"] = .array(listed + missing)
      add("NotPrincipal", .object(excluded), "its NotPrincipal gets the caller")
    }
  }

  private mutating func addConditions() {
    guard let condition = statement["Condition"]?.object else { return }
    for (name, keys) in condition.members.map({ ($0.name, $0.value.object) }) {
      for (key, value) in (keys?.members ?? []).map({ ($0.name, $0.value) }) {
        var lists: [(values: [JSON], reason: String)] = []
        let values = Self.list(value)
        if name.contains("Not") {
          for asked in question.context[key] ?? [] {
            lists.append((values + [.string(asked)], "gets \(JSON.quoted(asked))"))
          }
        } else {
          for (index, element) in values.enumerated() where values.count > 1 {
            var fewer = values
            fewer.remove(at: index)
            lists.append((fewer, "loses \(element.line)"))
          }
        }
        for list in lists {
          var inner = keys ?? JSONObject()
          inner[key] = .array(list.values)
          var outer = condition
          outer[name] = .object(inner)
          add("Condition", .object(outer), "its \(name) of \(key) \(list.reason)")
        }
      }
    }
  }

  private static let exception = (name: "ArnNotEquals", key: "aws:PrincipalArn")

  /// Everybody stays forbidden but the caller.
  private mutating func addException() {
    guard let condition = conditionSparingCaller else { return }
    add(
      "Condition", condition, "it leaves \(caller.split(separator: ":").last ?? "") alone")
  }

  /// Whether the statement is about nobody but the caller.
  private var isOfCallerAlone: Bool {
    isOwn
      || Self.list(statement["Principal"]?["AWS"]) == [.string(caller)]
        && statement["Principal"]?.object?.members.count == 1
  }

  /// The statement's condition, holding for everybody but the caller.
  private var conditionSparingCaller: JSON? {
    guard !isOfCallerAlone,
      [.user, .assumedRole, .federated].contains(question.principal.kind)
    else { return nil }
    var condition = statement["Condition"]?.object ?? JSONObject()
    var keys = condition[Self.exception.name]?.object ?? JSONObject()
    let values = Self.list(keys[Self.exception.key]) + [.string(caller)]
    keys[Self.exception.key] = values.count == 1 ? values[0] : .array(values)
    condition[Self.exception.name] = .object(keys)
    return .object(condition)
  }

  // MARK: A hole of just this call

  /// The statement for all other resources, for the other actions on this one, and for this action with
  /// everybody else: together they forbid all that it forbade, but for the call.
  private mutating func addHole() {
    guard let action = otherActions, let resource = otherResources else { return }
    let here = question.resources.first
    var parts: [JSONObject] = []
    if case .some(let member) = resource {
      var elsewhere = statement
      elsewhere["Resource"] = nil
      elsewhere["NotResource"] = nil
      elsewhere[member.name] = member.value
      parts.append(elsewhere)
    }
    func part() -> JSONObject {
      var part = statement
      if !parts.isEmpty { part["Sid"] = nil }
      if let here, !isOfOneResource {
        part["NotResource"] = nil
        part["Resource"] = .string(here)
      }
      part["Action"] = nil
      part["NotAction"] = nil
      return part
    }
    if case .some(let member) = action {
      var others = part()
      others[member.name] = member.value
      parts.append(others)
    }
    if let condition = conditionSparingCaller {
      var forOthers = part()
      forOthers["Action"] = .string(question.action.description)
      forOthers["Condition"] = condition
      parts.append(forOthers)
    }
    guard let first = parts.first else { return }
    edits.append(
      Edit(
        new: parts.count == 1 ? .object(first) : .array(parts.map { .object($0) }),
        reason: parts.count == 1
          ? "it forbids the same, except this call"
          : "\(parts.count) statements in its place forbid the same, except this call",
        isAlwaysTried: true))
  }

  private typealias Member = (name: String, value: JSON)

  /// What says "any resource of the statement but this": nothing inside when there is no other, nothing
  /// at all where it cannot be said.
  private var otherResources: Member?? {
    guard let here = question.resources.first, !isOfOneResource else { return .some(nil) }
    if statement["NotResource"] != nil {
      return ("NotResource", .array(Self.list(statement["NotResource"]) + [.string(here)]))
    }
    let all = Self.list(statement["Resource"])
    if all.isEmpty || all == [.string(here)] { return .some(nil) }
    if all.contains("*") { return ("NotResource", .string(here)) }
    let others = all.filter { $0 != .string(here) }
    let isCovered = others.contains { other in
      other.string.map { wildcard($0, covers: here) } ?? true
    }
    return isCovered ? nil : ("Resource", .array(others))
  }

  /// The same for the actions, on the resource of the call: of a whole service there all but this one
  /// is meant by NotAction, because no other service's actions are ever asked about it.
  private var otherActions: Member?? {
    let asked = question.action.description
    if statement["NotAction"] != nil {
      return ("NotAction", .array(Self.list(statement["NotAction"]) + [.string(asked)]))
    }
    let all = Self.list(statement["Action"])
    let covering = all.filter { element in
      element.string.map { wildcard($0.lowercased(), covers: asked.lowercased()) } ?? true
    }
    // A role is asked for by IAM and by STS.
    let isAlone = !["iam", "sts"].contains(question.action.service)
    let whole = ["*"] + (isAlone ? ["\(question.action.service):*".lowercased()] : [])
    if covering.contains(where: { whole.contains($0.string?.lowercased() ?? "") }) {
      return question.resources.isEmpty && all != ["*"] ? nil : ("NotAction", .string(asked))
    }
    var others: [JSON] = []
    for element in all {
      if !covering.contains(element) {
        others.append(element)
      } else if element.string?.lowercased() != asked.lowercased() {
        guard let rest = writtenOut(element) else { return nil }
        others += rest
      }
    }
    return others.isEmpty ? .some(nil) : ("Action", .array(others))
  }
}
