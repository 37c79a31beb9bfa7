import Ciphers
import Policies
import Values

extension KMS {
  static let operations = [
    OperationRow(CreateKey.self), OperationRow(DescribeKey.self), OperationRow(ListKeys.self),
    OperationRow(CreateAlias.self), OperationRow(ListAliases.self),
    OperationRow(GetKeyPolicy.self), OperationRow(PutKeyPolicy.self),
    OperationRow(GenerateDataKey.self), OperationRow(Encrypt.self), OperationRow(Decrypt.self),
    OperationRow(EnableKey.self), OperationRow(DisableKey.self),
  ]
}

/// An operation on the key that `KeyId` names.
protocol KeyOperation: Operation {
  var keyID: String { get }
  static var allowsAlias: Bool { get }
}

extension KeyOperation {
  static var allowsAlias: Bool { false }

  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    .key(
      try world.keys.find(
        keyID, in: call.region, account: world.account, allowingAlias: Self.allowsAlias))
  }
}

extension Permit {
  /// The slot of the key that the call is about.
  var key: Int32 {
    guard case .key(let slot) = subject else { preconditionFailure("the call is about no key") }
    return slot
  }
}

extension KMS.Key {
  /// The `KeyMetadata` structure: members in the model's order.
  func metadata(account: String) -> JSON {
    [
      "AWSAccountId": .string(account), "KeyId": .string(id), "Arn": .string(arn.description),
      "CreationDate": .string(created.iso8601), "Enabled": .bool(state == .enabled),
      "Description": .string(description), "KeyUsage": "ENCRYPT_DECRYPT",
      "KeyState": .string(state.rawValue), "Origin": "AWS_KMS",
      "KeyManager": .string(manager.rawValue), "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
      "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
      "MultiRegion": false, "CurrentKeyMaterialId": .string(current.material.id),
    ]
  }
}

extension World {
  /// Draws a new symmetric key: its id, its material and the material's id.
  mutating func makeKey(
    id: String? = nil, in region: Region, manager: KMS.Manager = .customer, description: String,
    policy: PolicyDocument
  ) -> Int32 {
    let id = id ?? random.uuid()
    let material = KMS.Material(key: random.secretKey(), id: Hex.text(random.bytes(count: 32)))
    return keys.add(
      KMS.Key(
        id: id, region: region, account: account, created: now, manager: manager,
        description: description, policy: policy, material: material))
  }
}

extension KMS {
  struct CreateKey: Operation {
    static let id = OperationID.createKey
    var description: String
    var policy: String?
    var bypassesLockoutCheck: Bool
    /// What the request asks for that is no symmetric key of KMS's own making.
    var otherKind: String?

    init(_ input: JSON) throws(ServiceError) {
      description = input.text("Description")
      policy = input.optionalText("Policy")
      bypassesLockoutCheck = input.flag("BypassPolicyLockoutSafetyCheck")
      let usual: [(String, String)] = [
        ("KeySpec", "SYMMETRIC_DEFAULT"), ("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"),
        ("KeyUsage", "ENCRYPT_DECRYPT"), ("Origin", "AWS_KMS"),
      ]
      for (member, value) in usual where input.optionalText(member) ?? value != value {
        otherKind = "\(member) \(input.text(member))"
      }
      if input.flag("MultiRegion") { otherKind = "MultiRegion" }
    }

    func validate() throws(ServiceError) {
      if let otherKind {
        throw .notSimulated(service: "kms", operation: "CreateKey with \(otherKind)")
      }
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let account = cloud.world.account
      let document = try PolicyDocument.checked(
        policy ?? KMS.defaultPolicy(account: account), as: .key)
      if policy != nil {
        try cloud.checkPrincipals(of: document)
        if !bypassesLockoutCheck { try cloud.checkLockout(document, nil, permit.call) }
      }
      let slot = cloud.world.makeKey(
        in: permit.call.region, description: description, policy: document)
      return ["KeyMetadata": cloud.world.keys[slot].metadata(account: account)]
    }
  }

  struct DescribeKey: KeyOperation {
    static let id = OperationID.describeKey
    static let allowsAlias = true
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    /// As a service asks, for its caller.
    init(keyID: String) { self.keyID = keyID }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      KeyReference.named(keyID).conditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> Int32 {
      permit.key
    }

    static func output(_ response: Int32, of cloud: Cloud) -> JSON? {
      ["KeyMetadata": cloud.world.keys[response].metadata(account: cloud.world.account)]
    }
  }

  struct ListKeys: Operation {
    static let id = OperationID.listKeys
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(input, limit: "Limit", usual: 100, token: "Marker")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let keys = cloud.world.keys.slots(in: permit.call.region).map { cloud.world.keys[$0] }
      return page.output("Keys", keys.sorted { $0.id < $1.id }) { key in
        ["KeyId": .string(key.id), "KeyArn": .string(key.arn.description)]
      }
    }
  }

  struct CreateAlias: Operation {
    static let id = OperationID.createAlias
    var name: String
    var target: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("AliasName")
      target = input.text("TargetKeyId")
    }

    func validate() throws(ServiceError) {
      guard name.hasPrefix("alias/"), name != "alias/" else { throw .aliasWithoutPrefix(name) }
      guard !name.hasPrefix("alias/aws/") else { throw .aliasReserved(name) }
      let targetName = ARN(target)?.resource ?? target
      guard !targetName.hasPrefix("alias/") else { throw .aliasAsTarget(target) }
    }

    /// Both the alias and the key must be allowed.
    /// Source: AWS KMS API Reference, CreateAlias, required permissions.
    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(arn(call, world))
    }

    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      .key(
        try world.keys.find(
          target, in: call.region, account: world.account, allowingAlias: false))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let call = permit.call
      let slot = try cloud.world.keys.find(
        target, in: call.region, account: cloud.world.account, allowingAlias: false)
      guard cloud.world.keys.alias(name, in: call.region) == nil else {
        throw .aliasExists(arn(call, cloud.world))
      }
      guard cloud.world.keys.aliases(of: slot).count < Limits.aliasesPerKey else {
        throw .aliasLimit(cloud.world.keys[slot].arn)
      }
      cloud.world.keys.add(
        Alias(name: name, region: call.region, created: cloud.world.now, key: slot))
    }

    private func arn(_ call: Call, _ world: World) -> ARN {
      ARN(service: "kms", region: call.region.description, account: world.account, resource: name)
    }
  }

  struct ListAliases: Operation {
    static let id = OperationID.listAliases
    var keyID: String?
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.optionalText("KeyId")
      page = try Page(input, limit: "Limit", usual: 50, token: "Marker")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let world = cloud.world
      let region = permit.call.region
      var aliases = world.keys.aliases.filter { $0.region == region }
      if let keyID {
        let slot = try world.keys.find(
          keyID, in: region, account: world.account, allowingAlias: false)
        aliases.removeAll { $0.key != slot }
      }
      return page.output("Aliases", aliases) { alias in
        let arn = ARN(
          service: "kms", region: region.description, account: world.account, resource: alias.name)
        return [
          "AliasName": .string(alias.name), "AliasArn": .string(arn.description),
          "TargetKeyId": .string(world.keys[alias.key].id),
          "CreationDate": .string(alias.created.iso8601),
          "LastUpdatedDate": .string(alias.created.iso8601),
        ]
      }
    }
  }

  struct EnableKey: KeyOperation {
    static let id = OperationID.enableKey
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.keys.set(.enabled, of: permit.key)
    }
  }

  struct DisableKey: KeyOperation {
    static let id = OperationID.disableKey
    var keyID: String

    init(_ input: JSON) throws(ServiceError) { keyID = input.text("KeyId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.keys.set(.disabled, of: permit.key)
    }
  }
}
