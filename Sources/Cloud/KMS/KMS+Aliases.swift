import Values

extension KMS {
  struct CreateAlias: Operation {
    static let id = OperationID.createAlias
    var name: String
    var target: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("AliasName")
      target = input.text("TargetKeyId")
    }

    func validate() throws(ServiceError) { try Alias.check(name, target: target) }

    /// Both the alias and the key must be allowed.
    /// Source: AWS KMS API Reference, CreateAlias, required permissions.
    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(world.aliasARN(name, in: call.region))
    }

    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      .key(try world.key(target, call, for: Self.id))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let call = permit.call
      let now = cloud.world.now
      let slot = try cloud.world.key(target, call, for: Self.id)
      guard cloud.world.keys.alias(name, in: call.region, of: cloud.world.active) == nil else {
        throw .aliasExists(cloud.world.aliasARN(name, in: call.region))
      }
      try cloud.world.checkRoomForAlias(slot)
      cloud.world.keys.add(
        Alias(
          name: name, region: call.region, owner: cloud.world.active, created: now, updated: now,
          key: slot))
      permit.effect = .named(key: slot)
    }
  }

  /// Gives an alias to another key of the same kind.
  struct UpdateAlias: Operation {
    static let id = OperationID.updateAlias
    var name: String
    var target: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("AliasName")
      target = input.text("TargetKeyId")
    }

    func validate() throws(ServiceError) { try Alias.check(name, target: target) }

    /// The alias, the key that it is to have and the key that it leaves must all be allowed.
    /// Source: AWS KMS API Reference, UpdateAlias, required permissions.
    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(world.aliasARN(name, in: call.region))
    }

    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      .key(try world.key(target, call, for: Self.id))
    }

    func third(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      .key(try world.alias(name, call).key)
    }

    /// Assumed: the text for keys of different kinds; that there is such a rule is documented.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let call = permit.call
      let slot = try cloud.world.key(target, call, for: Self.id)
      let old = try cloud.world.alias(name, call).key
      let (from, to) = (cloud.world.keys[old].kind, cloud.world.keys[slot].kind)
      guard from.family == to.family, from.usage == to.usage else {
        throw .invalid(
          "Alias \(cloud.world.aliasARN(name, in: call.region)) cannot be changed from a "
            + "\(from.family) \(from.usage) key to a \(to.family) \(to.usage) key.")
      }
      if slot != old { try cloud.world.checkRoomForAlias(slot) }
      cloud.world.keys.retarget(
        name, in: call.region, of: cloud.world.active, to: slot, at: cloud.world.now)
      permit.effect = .named(key: slot)
    }
  }

  struct DeleteAlias: Operation {
    static let id = OperationID.deleteAlias
    var name: String

    init(_ input: JSON) throws(ServiceError) { name = input.text("AliasName") }

    func validate() throws(ServiceError) { try Alias.check(name, target: nil) }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(world.aliasARN(name, in: call.region))
    }

    func second(_ call: Call, in world: World) throws(ServiceError) -> Subject? {
      .key(try world.alias(name, call).key)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      let key = try cloud.world.alias(name, permit.call).key
      cloud.world.keys.removeAlias(name, in: permit.call.region, of: cloud.world.active)
      permit.effect = .named(key: key)
    }
  }

  struct ListAliases: Operation {
    static let id = OperationID.listAliases
    var keyID: String?
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      keyID = input.optionalText("KeyId")
      page = try Page(kms: input, usual: 50)
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let world = cloud.world
      let region = permit.call.region
      var aliases = world.keys.aliases.filter { $0.region == region && $0.owner == world.active }
      if let keyID {
        let slot = try world.key(keyID, permit.call, for: Self.id)
        aliases.removeAll { $0.key != slot }
      }
      return page.output("Aliases", aliases) { alias in
        [
          "AliasName": .string(alias.name),
          "AliasArn": .string(world.aliasARN(alias.name, in: region).description),
          "TargetKeyId": .string(world.keys[alias.key].id),
          "CreationDate": .string(alias.created.iso8601),
          "LastUpdatedDate": .string(alias.updated.iso8601),
        ]
      }
    }
  }
}

extension KMS.Alias {
  /// Refuses a name that no alias of a customer may have, and an alias in the place of a key.
  fileprivate static func check(_ name: String, target: String?) throws(ServiceError) {
    guard name.hasPrefix("alias/"), name != "alias/" else { throw .aliasWithoutPrefix(name) }
    guard !name.hasPrefix("alias/aws/") else { throw .aliasReserved(name) }
    guard let target else { return }
    let targetName = ARN(target)?.resource ?? target
    guard !targetName.hasPrefix("alias/") else { throw .aliasAsTarget(target) }
  }
}

extension World {
  fileprivate func checkRoomForAlias(_ slot: Int32) throws(ServiceError) {
    let most = limit(
      .aliasesPerKey, in: keys[slot].region, usual: KMS.Limits.aliasesPerKey)
    guard keys.aliases(of: slot).count < most else { throw .aliasLimit(keys[slot].arn) }
  }
}
