import Policies
import Values

extension ServiceError {
  static var policyTypeNotEnabled: ServiceError {
    .organizations(
      "PolicyTypeNotEnabledException",
      "This operation can be performed only for enabled policy types.")
  }
}

extension Organizations {
  static let structureOperations = [
    OperationRow(ListRoots.self), OperationRow(ListAccounts.self),
    OperationRow(ListAccountsForParent.self), OperationRow(DescribeAccount.self),
    OperationRow(ListParents.self), OperationRow(ListChildren.self),
    OperationRow(SetPolicyType<Enabling>.self), OperationRow(SetPolicyType<Disabling>.self),
  ]
}

extension Organizations.State {
  /// The `Root` structure.
  fileprivate var rootJSON: JSON {
    let root = targets[0]
    return [
      "Id": .string(root.id), "Arn": .string(root.arn), "Name": .string(root.name),
      "PolicyTypes": .array(
        enabled.map { ["Type": .string($0.rawValue), "Status": "ENABLED"] }),
    ]
  }

  fileprivate struct Account {
    var id: String
    var name: String
    var email: String
    var isInvited: Bool
  }

  /// The management account, and the lab's own; both are children of the root.
  fileprivate var accounts: [Account] {
    [
      Account(
        id: Self.managementAccount, name: "management", email: "management@example.com",
        isInvited: true)
    ]
      + targets.filter { $0.type == "ACCOUNT" }.map {
        Account(id: $0.id, name: $0.name, email: "\($0.name)@example.com", isInvited: false)
      }
  }

  /// The `Account` structure: members in the model's order.
  fileprivate func json(of account: Account, began: Instant) -> JSON {
    [
      "Id": .string(account.id),
      "Arn": .string(
        "arn:aws:organizations::\(Self.managementAccount):account/\(Self.id)/\(account.id)"),
      "Email": .string(account.email), "Name": .string(account.name), "Status": "ACTIVE",
      "State": "ACTIVE", "JoinedMethod": account.isInvited ? "INVITED" : "CREATED",
      "JoinedTimestamp": .string(began.iso8601),
    ]
  }

  fileprivate func checkParent(_ id: String) throws(ServiceError) {
    guard id == targets[0].id else {
      throw .organizations(
        "ParentNotFoundException", "You specified parent that doesn't exist.")
    }
  }
}

extension Organizations {
  struct ListRoots: Operation {
    static let id = OperationID.listRoots
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.tokenOutput("Roots", [cloud.world.organization.rootJSON])
    }
  }

  struct ListAccounts: Operation {
    static let id = OperationID.listAccounts
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.organization
      return page.tokenOutput(
        "Accounts", state.accounts.map { state.json(of: $0, began: cloud.world.began) })
    }
  }

  struct ListAccountsForParent: Operation {
    static let id = OperationID.listAccountsForParent
    var parent: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      parent = input.text("ParentId")
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.organization
      try state.checkParent(parent)
      return page.tokenOutput(
        "Accounts", state.accounts.map { state.json(of: $0, began: cloud.world.began) })
    }
  }

  struct DescribeAccount: Operation {
    static let id = OperationID.describeAccount
    var accountID: String

    init(_ input: JSON) throws(ServiceError) { accountID = input.text("AccountId") }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(
        ARN(
          service: "organizations", region: "", account: State.managementAccount,
          resource: "account/\(State.id)/\(accountID)"))
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.organization
      guard let account = state.accounts.first(where: { $0.id == accountID }) else {
        throw .organizations(
          "AccountNotFoundException", "You specified an account that doesn't exist.")
      }
      return ["Account": state.json(of: account, began: cloud.world.began)]
    }
  }

  struct ListParents: Operation {
    static let id = OperationID.listParents
    var child: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      child = input.text("ChildId")
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.organization
      guard state.accounts.contains(where: { $0.id == child }) else {
        throw .organizations("ChildNotFoundException", "You specified a child that doesn't exist.")
      }
      return page.tokenOutput(
        "Parents", [["Id": .string(state.targets[0].id), "Type": "ROOT"]])
    }
  }

  struct ListChildren: Operation {
    static let id = OperationID.listChildren
    var parent: String
    var type: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      parent = input.text("ParentId")
      type = input.text("ChildType")
      page = try Page(input, limit: "MaxResults", usual: 20, token: "NextToken")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }

    /// The lab's organization has no organizational units.
    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.organization
      try state.checkParent(parent)
      return page.tokenOutput(
        "Children",
        type == "ACCOUNT"
          ? state.accounts.map { ["Id": .string($0.id), "Type": "ACCOUNT"] } : [])
    }
  }
}

// MARK: Types of policies

/// Switching a type of policies on and switching it off differ in name and direction alone.
protocol PolicyTypeSwitch: Sendable {
  static var id: OperationID { get }
  static var enables: Bool { get }
}

extension Organizations {
  enum Enabling: PolicyTypeSwitch {
    static let id = OperationID.enablePolicyType
    static let enables = true
  }

  enum Disabling: PolicyTypeSwitch {
    static let id = OperationID.disablePolicyType
    static let enables = false
  }

  struct SetPolicyType<Switch: PolicyTypeSwitch>: Operation {
    static var id: OperationID { Switch.id }
    var root: String
    var type: String

    init(_ input: JSON) throws(ServiceError) {
      root = input.text("RootId")
      type = input.text("PolicyType")
    }

    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      ARN(world.organization.targets[0].arn).map { .named($0) } ?? .none
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let state = cloud.world.organization
      guard root == state.targets[0].id else {
        throw .organizations("RootNotFoundException", "You specified a root that doesn't exist.")
      }
      guard let type = PolicyType(rawValue: type) else {
        throw .notSimulated(
          service: "organizations", operation: "\(Self.id.operation) of \(self.type)")
      }
      guard state.enabled.contains(type) != Switch.enables else {
        if !Switch.enables { throw .policyTypeNotEnabled }
        throw .organizations(
          "PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")
      }
      cloud.world.organization.set(type, enabled: Switch.enables)
      return ["Root": cloud.world.organization.rootJSON]
    }
  }
}
