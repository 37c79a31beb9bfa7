import API
import Ciphers
import Policies
import Values

extension KMS {
  /// A right to use one key that is given beside its policy. It allows and never forbids.
  ///
  /// Source: AWS KMS Developer Guide, grants in AWS KMS.
  package struct Grant: Sendable {
    package let id: String
    package let key: Int32
    package let keyARN: ARN
    package let name: String?
    package let created: Instant
    package let grantee: String
    package let retiring: String?
    package let issuer: String
    package let operations: [String]
    package let constraint: GrantConstraint?

    /// The `GrantListEntry` structure: members in the model's order.
    package var json: JSON {
      var object = JSONObject([
        ("KeyId", .string(keyARN.description)), ("GrantId", .string(id)),
      ])
      if let name { object["Name"] = .string(name) }
      object["CreationDate"] = .string(created.iso8601)
      object["GranteePrincipal"] = .string(grantee)
      if let retiring { object["RetiringPrincipal"] = .string(retiring) }
      object["IssuingAccount"] = .string("arn:aws:iam::\(issuer):root")
      object["Operations"] = .array(operations.map { .string($0) })
      if let constraint {
        let pairs = constraint.pairs.sorted { $0.key < $1.key }.map {
          ($0.key, JSON.string($0.value))
        }
        object["Constraints"] = .object(
          JSONObject([(constraint.kind.rawValue, .object(JSONObject(pairs)))]))
      }
      return .object(object)
    }

    /// What decisions read: the grant's own JSON, with places.
    let policy: AttachedPolicy?
    /// The right to retire it, which the retiring principal has from the grant itself.
    let retirement: AttachedPolicy?

    init(
      id: String, key: Int32, keyARN: ARN, name: String?, created: Instant, issuer: String,
      _ terms: GrantTerms
    ) {
      self.id = id
      self.key = key
      self.keyARN = keyARN
      self.name = name
      self.created = created
      self.issuer = issuer
      grantee = terms.grantee
      retiring = terms.retiring
      operations = terms.operations
      constraint = terms.constraint
      let label = "grant:\(name ?? String(id.prefix(8)))"
      func attached(_ document: PolicyDocument?) -> AttachedPolicy? {
        document.map {
          AttachedPolicy(kind: .grant, label: label, arn: keyARN.description, document: $0)
        }
      }
      policy = attached(PolicyDocument(grant: terms.json.pretty))
      retirement = attached(
        terms.retiring.flatMap {
          PolicyDocument(
            grant: GrantTerms(
              grantee: $0, retiring: nil, operations: ["RetireGrant"], constraint: nil
            ).json.pretty)
        })
    }

    /// Simplified: the token is the id in another dress; a grant serves at once, with or without.
    var token: String { Base64.encode(Array("keyhole-grant:\(id)".utf8)) }

    /// The grant's id; nothing for a text that no grant ever had as its token.
    static func id(ofToken text: String) -> String? {
      guard let bytes = Base64.decode(text) else { return nil }
      let plain = String(decoding: bytes, as: UTF8.self)
      let prefix = "keyhole-grant:"
      guard plain.hasPrefix(prefix) else { return nil }
      let id = plain.dropFirst(prefix.count)
      return id.utf8.count == 64 && id.allSatisfy(\.isHexDigit) ? String(id) : nil
    }
  }

  /// Who may do what with the key, and under which encryption context.
  struct GrantTerms: Hashable, Sendable {
    var grantee: String
    var retiring: String?
    var operations: [String]
    var constraint: GrantConstraint?

    var json: JSON {
      var object = JSONObject([("GranteePrincipal", .string(grantee))])
      if let retiring { object["RetiringPrincipal"] = .string(retiring) }
      object["Operations"] = .array(operations.map { .string($0) })
      if let constraint {
        let pairs = constraint.pairs.sorted { $0.key < $1.key }.map {
          ($0.key, JSON.string($0.value))
        }
        object["Constraints"] = .object(
          JSONObject([(constraint.kind.rawValue, .object(JSONObject(pairs)))]))
      }
      return .object(object)
    }
  }

  static let grantOperations = [
    OperationRow(CreateGrant.self), OperationRow(ListGrants.self),
    OperationRow(ListRetirableGrants.self), OperationRow(RevokeGrant.self),
    OperationRow(RetireGrant.self),
  ]

  /// Source: AWS KMS Developer Guide, `kms:GrantIsForAWSResource`: CreateGrant, ListGrants, RevokeGrant.
  fileprivate static func grantCondition(_ call: Call) -> (key: String, values: [String]) {
    ("kms:GrantIsForAWSResource", [call.via == nil ? "false" : "true"])
  }

  struct CreateGrant: KeyOperation {
    static let id = OperationID.createGrant
    var keyID: String
    var name: String?
    var terms: GrantTerms
    /// Both kinds of constraint in one request.
    var hasBoth: Bool

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      name = input.optionalText("Name")
      let constraints = input["Constraints"]
      func constraint(_ kind: GrantConstraint.Kind) -> GrantConstraint? {
        let pairs = constraints?.pairs(kind.rawValue) ?? []
        return pairs.isEmpty
          ? nil : GrantConstraint(kind, Dictionary(pairs, uniquingKeysWith: { $1 }))
      }
      let equals = constraint(.equals)
      let subset = constraint(.subset)
      hasBoth = equals != nil && subset != nil
      terms = GrantTerms(
        grantee: input.text("GranteePrincipal"),
        retiring: input.optionalText("RetiringPrincipal"),
        operations: (input["Operations"]?.array ?? []).compactMap(\.string),
        constraint: equals ?? subset)
    }

    /// Assumed: the texts.
    func validate() throws(ServiceError) {
      if hasBoth {
        throw .invalid(
          "Only one of EncryptionContextEquals and EncryptionContextSubset may stand in a grant")
      }
      if terms.operations.isEmpty { throw .invalid("A grant must give at least one operation") }
      guard let constraint = terms.constraint else { return }
      guard constraint.pairs.count <= Limits.constraintPairs else {
        throw .invalid(
          "A grant constraint may have at most \(Limits.constraintPairs) encryption context pairs, not "
            + "\(constraint.pairs.count)")
      }
      for (key, value) in constraint.pairs.sorted(by: { $0.key < $1.key })
      where value.unicodeScalars.count > Limits.constraintCharacters {
        throw .invalid(
          "The encryption context value of \(key) in a grant constraint may have at most "
            + "\(Limits.constraintCharacters) characters, not \(value.unicodeScalars.count)")
      }
    }

    /// Fails with `invalid` for what a key of that kind never does.
    /// Source: AWS KMS API Reference, CreateGrant, Operations and Constraints. Assumed: the texts.
    private func check(_ key: Key) throws(ServiceError) {
      if let wrong = terms.operations.first(where: { !key.kind.admits(granting: $0) }) {
        throw .invalid(
          "Operation \(wrong) is not supported for a grant on \(key.arn), whose key spec is "
            + "\(key.kind.spec) and key usage \(key.kind.usage)")
      }
      guard let constraint = terms.constraint, key.kind.family != "symmetric" else { return }
      throw .invalid(
        "\(constraint.kind.rawValue) cannot constrain a grant on \(key.arn): operations with keys of "
          + "spec \(key.kind.spec) have no encryption context")
    }

    /// Source: AWS KMS Developer Guide, condition keys: `kms:Grant…`.
    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      var keys: [(key: String, values: [String])] = [
        KMS.grantCondition(call), ("kms:GrantOperations", terms.operations),
        ("kms:GranteePrincipal", [terms.grantee]),
      ]
      if let retiring = terms.retiring { keys.append(("kms:RetiringPrincipal", [retiring])) }
      if let constraint = terms.constraint {
        keys.append(("kms:GrantConstraintType", [constraint.kind.rawValue]))
        keys +=
          EncryptionContext(constraint.pairs.sorted { $0.key < $1.key }.map { ($0, $1) })
          .pairConditions
      }
      return keys
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let slot = permit.key
      let key = cloud.world.keys[slot]
      try check(key)
      for principal in [terms.grantee, terms.retiring].compactMap({ $0 }) {
        guard cloud.world.mayBeGrantee(principal) else {
          throw .unknownGrantee(principal)
        }
      }
      try checkParent(permit, cloud, slot)
      let known = cloud.world.keys.grants.first { grant in
        grant.key == slot && name != nil && grant.name == name
          && grant.grantee == terms.grantee && grant.retiring == terms.retiring
          && grant.operations == terms.operations
          && grant.constraint?.kind == terms.constraint?.kind
          && grant.constraint?.pairs == terms.constraint?.pairs
      }
      if let known { return Self.reply(known) }
      let count = cloud.world.keys.grants.count { $0.key == slot }
      let most = cloud.world.limit(
        .grantsPerKey, in: permit.call.region, usual: Limits.grantsPerKey)
      guard count < most else {
        throw .limitExceeded("Grant limit exceeded for key \(key.arn)")
      }
      let grant = Grant(
        id: Hex.text(cloud.world.random.bytes(count: 32)), key: slot, keyARN: key.arn, name: name,
        created: cloud.world.now, issuer: cloud.world.account, terms)
      cloud.world.keys.add(grant)
      return Self.reply(grant)
    }

    private static func reply(_ grant: Grant) -> JSON {
      ["GrantToken": .string(grant.token), "GrantId": .string(grant.id)]
    }

    /// Who may create grants by a grant alone cannot give more than that grant gives.
    /// Source: AWS KMS Developer Guide, granting CreateGrant permission.
    private func checkParent(_ permit: Permit, _ cloud: Cloud, _ slot: Int32) throws(ServiceError) {
      let world = cloud.world
      let question = world.question(
        Self.id.action, of: Self.id, permit.subject, permit.call, conditions(permit.call, in: world)
      )
      var policies = world.policies(for: permit.subject, Self.id.action, Self.id, permit.call)
      let parents = policies.grants
      policies.grants = []
      let rules = world.rules(Self.id, permit.subject, permit.call)
      let without = Decision.make(question, policies: policies, rules: rules)
      if without.verdict == .allowed { return }
      let isCovered = world.keys.grants.contains { parent in
        parent.key == slot && parents.contains { $0.document === parent.policy?.document }
          && parent.operations.contains("CreateGrant")
          && terms.operations.allSatisfy { parent.operations.contains($0) }
          && (parent.constraint.map { limit in
            terms.constraint.map { $0.isAsStrict(as: limit) } ?? false
          } ?? true)
      }
      guard isCovered else { throw .accessDenied(DecisionRecord(without)) }
    }
  }

  struct ListGrants: KeyOperation {
    static let id = OperationID.listGrants
    var keyID: String
    var grantID: String?
    var grantee: String?
    var page: Page

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [KMS.grantCondition(call)]
    }

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      grantID = input.optionalText("GrantId")
      grantee = input.optionalText("GranteePrincipal")
      page = try Page(input, limit: "Limit", usual: 50, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let grants = cloud.world.keys.grants.filter {
        $0.key == permit.key && (grantID ?? $0.id) == $0.id && (grantee ?? $0.grantee) == $0.grantee
      }
      return page.output("Grants", grants) { $0.json }
    }
  }

  struct ListRetirableGrants: Operation {
    static let id = OperationID.listRetirableGrants
    var retiring: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      retiring = input.text("RetiringPrincipal")
      page = try Page(input, limit: "Limit", usual: 50, token: "Marker")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let region = permit.call.region.description
      let grants = cloud.world.keys.grants.filter {
        $0.retiring == retiring && $0.keyARN.region == region
      }
      return page.output("Grants", grants) { $0.json }
    }
  }

  struct RevokeGrant: KeyOperation {
    static let id = OperationID.revokeGrant
    var keyID: String
    var grantID: String

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [KMS.grantCondition(call)]
    }

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.text("KeyId")
      grantID = input.text("GrantId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let key = permit.key
      guard cloud.world.keys.grants.contains(where: { $0.id == grantID && $0.key == key }) else {
        throw .unknownGrant(grantID)
      }
      cloud.world.keys.removeGrant(grantID)
    }
  }

  /// Gives a grant up: by its token, or by its key and id. The grant itself lets its retiring
  /// principal do so, and its grantee when RetireGrant is among its operations.
  struct RetireGrant: Operation {
    static let id = OperationID.retireGrant
    var token: String?
    var keyID: String?
    var grantID: String?

    init(_ input: JSON) throws(ServiceError) {
      token = input.optionalText("GrantToken")
      keyID = input.optionalText("KeyId")
      grantID = input.optionalText("GrantId")
    }

    /// Assumed: the text.
    func validate() throws(ServiceError) {
      guard (token != nil) != (keyID != nil && grantID != nil) else {
        throw .invalid("A grant is named by its GrantToken, or by KeyId and GrantId together")
      }
    }

    private func grant(_ call: Call, in world: World) throws(ServiceError) -> Grant {
      if let token {
        guard let id = Grant.id(ofToken: token),
          let grant = world.keys.grants.first(where: { $0.id == id })
        else { throw .invalidGrantToken(token) }
        return grant
      }
      let slot = try world.key(keyID ?? "", call, for: RetireGrant.id)
      let id = grantID ?? ""
      guard let grant = world.keys.grants.first(where: { $0.id == id && $0.key == slot }) else {
        throw .unknownGrant(id)
      }
      return grant
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .key(try grant(call, in: world).key)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.keys.removeGrant(try grant(permit.call, in: cloud.world).id)
    }
  }
}

extension CallDetail {
  /// Fails with `invalidGrantToken` for a token that KMS did not give. One of a grant that is gone passes,
  /// and gives nothing. Only operations whose description names that error look at the tokens.
  func checkGrantTokens() throws(ServiceError) {
    guard operation.service == "kms", let tokens = input["GrantTokens"]?.array,
      operation.errors.contains("InvalidGrantTokenException")
    else { return }
    for token in tokens.compactMap(\.string) where KMS.Grant.id(ofToken: token) == nil {
      throw .invalidGrantToken(token)
    }
  }
}

extension World {
  /// A principal that a grant may name: it exists, and is no group.
  /// Source: AWS KMS Developer Guide, grant terminology.
  fileprivate func mayBeGrantee(_ text: String) -> Bool {
    if text.hasSuffix(".amazonaws.com") { return true }
    guard let arn = ARN(text) else { return false }
    guard Account(id: arn.account) != nil else { return ["iam", "sts"].contains(arn.service) }
    return arn.resource == "root" || identities.has(arn)
  }
}
