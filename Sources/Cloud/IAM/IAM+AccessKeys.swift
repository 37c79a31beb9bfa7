import Ciphers
import Policies
import Values

extension IAM.State {
  /// The access keys of a user, in the order in which they were made.
  func accessKeys(of user: String) -> [SessionID] {
    sessions.indices.filter { index in
      let session = sessions[index]
      return session.principal.kind == .user && session.principal.userName == user
        && session.expires == nil && session.status != .deleted
    }.map(SessionID.init)
  }
}

/// An operation on the access keys of the user whom `UserName` names, or of the caller.
private protocol AccessKeyOperation: Operation {
  var name: String { get }
}

extension AccessKeyOperation {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
    let name = owner(call, world)
    return .named(
      world.identities.users[name]?.arn
        ?? ARN(service: "iam", region: "", account: world.account, resource: "user/\(name)"))
  }

  fileprivate func owner(_ call: Call, _ world: World) -> String {
    name.isEmpty ? world.identities[call.session].principal.userName ?? "" : name
  }

  fileprivate func user(_ permit: Permit, _ cloud: Cloud) throws(ServiceError) -> IAM.Holder {
    try cloud.world.identities.holder(.user, named: owner(permit.call, cloud.world))
  }

  /// The user's own access key of that id; fails with `noSuchEntity`.
  fileprivate func key(_ id: String, _ permit: Permit, _ cloud: Cloud) throws(ServiceError)
    -> SessionID
  {
    let user = try user(permit, cloud)
    let keys = cloud.world.identities.accessKeys(of: user.name)
    guard let key = keys.first(where: { cloud.world.identities[$0].accessKeyID == id }) else {
      throw .noSuchEntity(
        kind: "Access Key", name: id,
        near: NearNames.of(id, among: keys.map { cloud.world.identities[$0].accessKeyID }))
    }
    return key
  }
}

extension IAM {
  static let accessKeyOperations = [
    OperationRow(CreateAccessKey.self), OperationRow(ListAccessKeys.self),
    OperationRow(UpdateAccessKey.self), OperationRow(DeleteAccessKey.self),
    OperationRow(GetAccessKeyLastUsed.self),
  ]

  struct CreateAccessKey: AccessKeyOperation {
    static let id = OperationID.createAccessKey
    var name: String

    init(_ input: JSON) throws(ServiceError) { name = input.text("UserName") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let user = try user(permit, cloud)
      guard cloud.world.identities.accessKeys(of: user.name).count < Limits.accessKeys else {
        throw .limitExceeded("Cannot exceed quota for AccessKeysPerUser: \(Limits.accessKeys)")
      }
      var session = Session(
        profile: "",
        principal: Principal(
          kind: .user, account: cloud.world.account, arn: user.arn.description,
          userName: user.name, uniqueID: user.id),
        accessKeyID: cloud.world.random.uniqueID(prefix: "AKIA", length: 16))
      session.secret = Base64.encode(cloud.world.random.bytes(count: 30))
      session.issued = cloud.world.now
      cloud.world.identities.add(session)
      return [
        "AccessKey": [
          "UserName": .string(user.name), "AccessKeyId": .string(session.accessKeyID),
          "Status": .string(session.status.rawValue), "SecretAccessKey": .string(session.secret),
          "CreateDate": .string(cloud.world.now.iso8601),
        ]
      ]
    }
  }

  struct ListAccessKeys: AccessKeyOperation {
    static let id = OperationID.listAccessKeys
    var name: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("UserName")
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let user = try user(permit, cloud)
      let state = cloud.world.identities
      return page.iamOutput(
        "AccessKeyMetadata",
        state.accessKeys(of: user.name).map { key in
          [
            "UserName": .string(user.name), "AccessKeyId": .string(state[key].accessKeyID),
            "Status": .string(state[key].status.rawValue),
            "CreateDate": .string((state[key].issued ?? user.created).iso8601),
          ]
        })
    }
  }

  struct UpdateAccessKey: AccessKeyOperation {
    static let id = OperationID.updateAccessKey
    var name: String
    var accessKeyID: String
    var status: KeyStatus

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("UserName")
      accessKeyID = input.text("AccessKeyId")
      status = input.text("Status") == KeyStatus.inactive.rawValue ? .inactive : .active
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.identities.set(status, of: try key(accessKeyID, permit, cloud))
    }
  }

  struct DeleteAccessKey: AccessKeyOperation {
    static let id = OperationID.deleteAccessKey
    var name: String
    var accessKeyID: String

    init(_ input: JSON) throws(ServiceError) {
      name = input.text("UserName")
      accessKeyID = input.text("AccessKeyId")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      cloud.world.identities.set(.deleted, of: try key(accessKeyID, permit, cloud))
    }
  }
}

// MARK: Tags of roles and users

extension IAM {
  struct TagHolder<Names: BoundedHolderNames>: HolderOperation {
    static var id: OperationID { Names.tag }
    var name: String
    var tags: Tags

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      tags = try Tags(folding: input["Tags"])
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      tags.requestConditions
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      holder.tags.merge(folding: tags)
      guard holder.tags.count <= Limits.tags else {
        throw .limitExceeded("Cannot exceed quota for TagsPer\(Names.member): \(Limits.tags)")
      }
      cloud.world.identities.put(
        holder, noting: "tags \(holder.tags.pairs.map { "\($0.key)=\($0.value)" })")
    }
  }

  struct UntagHolder<Names: BoundedHolderNames>: HolderOperation {
    static var id: OperationID { Names.untag }
    var name: String
    var keys: [String]

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      keys = (input["TagKeys"]?.array ?? []).compactMap(\.string)
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("aws:TagKeys", keys)]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) {
      var holder = try holder(in: cloud)
      holder.tags.remove(keys)
      cloud.world.identities.put(holder, noting: "without tags \(keys)")
    }
  }

  struct ListHolderTags<Names: BoundedHolderNames>: HolderOperation {
    static var id: OperationID { Names.listTags }
    var name: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      name = input.name(Names.self)
      page = try Page(input, limit: "MaxItems", usual: 100, token: "Marker")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.iamOutput("Tags", try holder(in: cloud).tags.json.array ?? [])
    }
  }
}
