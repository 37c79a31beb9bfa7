import Cloud
import Policies
import Values

/// Ways to take back of a Deny statement what forbids one call; each is one change in one place.
struct DenyEdits {
  struct Edit {
    /// The statement as it would be; nothing when it goes.
    var new: JSON?
    var reason: String
  }

  private let statement: JSONObject
  private let question: AccessQuestion
  /// The statement is nobody's but the caller's.
  private let isOwn: Bool
  private(set) var edits: [Edit] = []

  /// From the narrowest idea to the whole statement.
  init(of statement: JSON, for question: AccessQuestion, isOwn: Bool) {
    self.statement = statement.object ?? JSONObject()
    self.question = question
    self.isOwn = isOwn
    addLists()
    addNegatedLists()
    addPrincipals()
    addConditions()
    addException()
    edits.append(Edit(new: nil, reason: "the statement goes"))
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
    guard !isOwn, [.user, .assumedRole, .federated].contains(question.principal.kind) else {
      return
    }
    var condition = statement["Condition"]?.object ?? JSONObject()
    var keys = condition[Self.exception.name]?.object ?? JSONObject()
    let values = Self.list(keys[Self.exception.key]) + [.string(caller)]
    keys[Self.exception.key] = values.count == 1 ? values[0] : .array(values)
    condition[Self.exception.name] = .object(keys)
    add(
      "Condition", .object(condition), "it leaves \(caller.split(separator: ":").last ?? "") alone")
  }
}
