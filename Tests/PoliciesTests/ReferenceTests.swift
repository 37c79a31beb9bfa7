import Testing
import Values

@testable import Policies

/// What the words of the documentation say, statement by statement, without a thought for cost.
private struct Reference {
  var principal: Principal
  var action: String
  var resource: String
  var context: [String: String]

  func covers(_ pattern: String, _ text: String) -> Bool {
    WildcardTests.reference(Substring(pattern), Substring(text))
  }

  func list(_ value: JSON?) -> [String] {
    value?.array?.compactMap(\.string) ?? value?.string.map { [$0] } ?? []
  }

  /// Action, resource and conditions; whom it is about is asked apart.
  func fits(_ statement: JSON) -> Bool {
    let action = self.action.lowercased()
    if statement["Action"] != nil {
      if !list(statement["Action"]).contains(where: { covers($0.lowercased(), action) }) {
        return false
      }
    } else if list(statement["NotAction"]).contains(where: { covers($0.lowercased(), action) }) {
      return false
    }
    if statement["Resource"] != nil {
      if !list(statement["Resource"]).contains(where: { covers($0, resource) }) { return false }
    } else if list(statement["NotResource"]).contains(where: { covers($0, resource) }) {
      return false
    }
    for line in statement["Condition"]?.object?.members ?? [] {
      for key in line.value.object?.members ?? [] {
        let found = context[key.name.lowercased()]
        let wanted = list(key.value)
        let holds: Bool
        switch line.name {
        case "StringEquals": holds = found.map { wanted.contains($0) } ?? false
        case "StringNotEquals": holds = found.map { !wanted.contains($0) } ?? true
        case "StringLike":
          holds = found.map { text in wanted.contains { covers($0, text) } } ?? false
        case "StringEqualsIfExists": holds = found.map { wanted.contains($0) } ?? true
        case "Null": holds = wanted.contains(found == nil ? "true" : "false")
        default: holds = false
        }
        if !holds { return false }
      }
    }
    return true
  }

  /// 0 not about the caller, 1 by the account, 2 by name.
  func speaks(_ statement: JSON) -> Int {
    func one(_ value: JSON) -> Int {
      if value.string == "*" { return 2 }
      let names = list(value["AWS"])
      if names.contains("*") || names.contains(principal.arn)
        || names.contains(principal.roleARN ?? "")
      {
        return 2
      }
      return names.contains("arn:aws:iam::\(principal.account):root") ? 1 : 0
    }
    if let value = statement["Principal"] { return one(value) }
    guard let value = statement["NotPrincipal"] else { return 2 }
    if statement["Effect"] == "Allow" { return one(value) == 0 ? 2 : 0 }
    // A Deny spares whom its list has as account, as role and as session.
    let names = list(value["AWS"])
    let isSpared =
      value.string == "*" || names.contains("*")
      || ["arn:aws:iam::\(principal.account):root", principal.roleARN ?? "", principal.arn]
        .allSatisfy(names.contains)
    return isSpared ? 0 : 2
  }

  /// The decision table of a KMS key in the caller's own account; `endpoint` is the policy of the way
  /// there, where it has one.
  func verdict(key: JSON, identity: JSON, endpoint: JSON?, mustName: Bool) -> Decision.Cause {
    let way = endpoint?["Statement"]?.array ?? []
    let keys = key["Statement"]?.array ?? []
    let own = identity["Statement"]?.array ?? []
    func isDenied(_ statements: [JSON]) -> Bool {
      statements.contains { $0["Effect"] == "Deny" && speaks($0) > 0 && fits($0) }
    }
    if isDenied(keys) || isDenied(own) || isDenied(way) { return .explicitDeny }
    if endpoint != nil,
      !way.contains(where: { $0["Effect"] == "Allow" && speaks($0) > 0 && fits($0) })
    {
      return .implicitDeny
    }
    let named = keys.contains { $0["Effect"] == "Allow" && speaks($0) == 2 && fits($0) }
    let delegated = keys.contains { $0["Effect"] == "Allow" && speaks($0) == 1 && fits($0) }
    let allowed = own.contains { $0["Effect"] == "Allow" && fits($0) }
    if mustName { return named && allowed ? .allowed : .implicitDeny }
    return named || (delegated && allowed) ? .allowed : .implicitDeny
  }
}

@Suite struct ReferenceTests {
  private struct Chance {
    var state: UInt64 = 2026

    mutating func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[draw(elements.count)] }
  }

  private static let role = "arn:aws:iam::123456789012:role/writer"
  private static let key = "arn:aws:kms:us-east-1:123456789012:key/k"

  private func statement(_ chance: inout Chance, isKey: Bool) -> JSON {
    var members: [(String, JSON)] = [("Effect", chance.draw(4) == 0 ? "Deny" : "Allow")]
    if isKey {
      let principals: [JSON] = [
        "*", ["AWS": "*"], ["AWS": .string(Self.role)],
        ["AWS": "arn:aws:iam::123456789012:root"], ["AWS": "arn:aws:iam::123456789012:role/other"],
        ["AWS": ["arn:aws:iam::123456789012:role/other", .string(Self.role)]],
        ["Service": "kinesis.amazonaws.com"],
        [
          "AWS": [
            "arn:aws:iam::123456789012:root", .string(Self.role),
            "arn:aws:sts::123456789012:assumed-role/writer/s",
          ]
        ],
        ["AWS": ["arn:aws:iam::123456789012:root", .string(Self.role)]],
      ]
      members.append(
        (chance.draw(8) == 0 ? "NotPrincipal" : "Principal", chance.one(of: principals)))
    }
    let actions: [JSON] = [
      "kms:*", "*", "kms:Decrypt", "KMS:generate*", "kms:?ecrypt",
      ["kms:Encrypt", "kms:Generate*Key"],
    ]
    members.append((chance.draw(5) == 0 ? "NotAction" : "Action", chance.one(of: actions)))
    let resources: [JSON] = [
      "*", .string(Self.key), "arn:aws:kms:*:*:key/*",
      "arn:aws:kms:us-east-1:123456789012:key/other",
    ]
    members.append((chance.draw(6) == 0 ? "NotResource" : "Resource", chance.one(of: resources)))
    if chance.draw(2) == 0 {
      let name = chance.one(of: [
        "StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists",
      ])
      let key = chance.one(of: [
        "kms:ViaService", "KMS:viaservice", "kms:CallerAccount", "kms:Missing",
      ])
      let value = chance.one(of: [
        "kinesis.us-east-1.amazonaws.com", "kinesis.*", "123456789012", "x",
      ])
      members.append(
        ("Condition", .object(JSONObject([(name, .object(JSONObject([(key, .string(value))])))]))))
    } else if chance.draw(6) == 0 {
      members.append(
        ("Condition", ["Null": ["kms:ViaService": .string(chance.one(of: ["true", "false"]))]]))
    }
    return .object(JSONObject(members))
  }

  @Test func agreesWithTheReferenceOnAHundredThousandRandomRequests() throws {
    var chance = Chance()
    var counts: [Decision.Cause: Int] = [:]
    for _ in 0..<10_000 {
      let key: JSON = [
        "Version": "2012-10-17",
        "Statement": .array((0...chance.draw(4)).map { _ in statement(&chance, isKey: true) }),
      ]
      let identity: JSON = [
        "Version": "2012-10-17",
        "Statement": .array((0...chance.draw(3)).map { _ in statement(&chance, isKey: false) }),
      ]
      var policies = PolicySet()
      policies.resource = AttachedPolicy(
        kind: .key, label: "key", arn: Self.key,
        document: try PolicyDocument(parsing: key.pretty, as: .key))
      policies.identity = [
        AttachedPolicy(
          kind: .identity, label: "identity:P", arn: nil,
          document: try PolicyDocument(parsing: identity.line, as: .identity))
      ]
      let endpoint: JSON? =
        chance.draw(5) > 0
        ? nil
        : [
          "Statement": .array((0...chance.draw(3)).map { _ in statement(&chance, isKey: true) })
        ]
      policies.endpoint = try endpoint.map {
        AttachedPolicy(
          kind: .endpoint, label: "endpoint:kms", arn: nil,
          document: try PolicyDocument(parsing: $0.pretty, as: .endpoint))
      }
      for _ in 0..<10 {
        let action = chance.one(of: [
          "kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey",
        ])
        let via = chance.draw(2) == 0
        let mustName = chance.draw(2) == 0
        let principal = Principal(
          kind: .assumedRole, account: "123456789012",
          arn: "arn:aws:sts::123456789012:assumed-role/writer/s", roleARN: Self.role,
          uniqueID: "AROAX:s")
        var context = RequestContext()
        context["kms:CallerAccount"] = ["123456789012"]
        var plain = ["kms:calleraccount": "123456789012"]
        if via {
          context["kms:ViaService"] = ["kinesis.us-east-1.amazonaws.com"]
          plain["kms:viaservice"] = "kinesis.us-east-1.amazonaws.com"
        }
        var rules = DecisionRules(resourceOwner: "123456789012")
        rules.resourceMustAllow = true
        rules.keyPolicyMustName = mustName
        let question = AccessQuestion(
          principal: principal, action: ActionName(action), resources: [Self.key], context: context)
        let full = Decision.make(question, policies: policies, rules: rules)
        let bare = Ruling(question, policies, rules)
        let expected = Reference(
          principal: principal, action: action, resource: Self.key, context: plain
        ).verdict(key: key, identity: identity, endpoint: endpoint, mustName: mustName)
        counts[expected, default: 0] += 1
        #expect(full.cause == expected, "\(action) \(key.line) \(identity.line) via \(via)")
        #expect(bare.cause == full.cause)
        #expect(bare.refusedBy == full.refusedBy)
        if expected == .implicitDeny, let near = full.nearestMiss {
          #expect(!near.mismatches.isEmpty)
        }
      }
    }
    // A comparison that only ever saw one answer would say nothing.
    for cause in [Decision.Cause.allowed, .implicitDeny, .explicitDeny] {
      #expect(counts[cause] ?? 0 > 10_000, "\(counts)")
    }
  }
}
