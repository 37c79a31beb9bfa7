/// An action as policies spell it, such as `kms:GenerateDataKey`.
package struct ActionName: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  package let description: String
  /// In lower case, as actions are compared.
  let folded: ComparedTexts

  package init(_ text: String) {
    description = text
    folded = ComparedTexts([Self.fold(text)])
  }

  static func fold(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  package init(stringLiteral value: String) { self.init(value) }

  /// `kms` of `kms:GenerateDataKey`.
  package var service: String { String(description.prefix { $0 != ":" }) }
}

/// Who asks.
package struct Principal: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case user, assumedRole, root, service, anonymous, federated
  }

  package let kind: Kind
  package let account: String
  /// The ARN in an error message; for an assumed role that of the session.
  package let arn: String
  /// Only for an assumed role: `arn:aws:iam::ACCOUNT:role/NAME`.
  package let roleARN: String?
  /// For a user, and for a federated user the one who asked for its credentials.
  package let userName: String?
  /// `AIDA…` for a user, `AROA…:SESSION` for an assumed role, `ACCOUNT:NAME` for a federated user.
  package let uniqueID: String
  /// Names that mean this principal itself: its ARN, that of its role, its id without the session.
  let own: ComparedTexts
  /// Names that mean its account: the number, and `arn:aws:iam::ACCOUNT:root`.
  let accounts: ComparedTexts
  let isService: Bool
  let isRoot: Bool
  let levels: PrincipalLevels

  /// `issuer` is the ARN of the user who asked for a federated user's credentials: a resource policy
  /// that names that user speaks of the federated one as well.
  /// Source: IAM User Guide, AWS JSON policy elements: Principal, federated user sessions.
  package init(
    kind: Kind, account: String, arn: String, roleARN: String? = nil, userName: String? = nil,
    uniqueID: String = "", issuer: String? = nil, isGone: Bool = false
  ) {
    self.kind = kind
    self.account = account
    self.arn = arn
    self.roleARN = roleARN
    self.userName = userName
    self.uniqueID = uniqueID
    isService = kind == .service
    isRoot = kind == .root
    levels =
      switch kind {
      case .user, .federated: [.account, .holder]
      case .assumedRole: roleARN == nil ? [.account, .holder] : [.account, .holder, .session]
      case .root: .account
      case .service, .anonymous: .holder
      }
    let id = kind == .federated || isGone ? nil : String(uniqueID.prefix { $0 != ":" })
    own = ComparedTexts([arn, roleARN, issuer, id].compactMap { $0 })
    accounts = ComparedTexts([account, "arn:aws:iam::\(account):root"])
  }
}

/// The names that stand for one who asks: the account, a user or role in it, a session of the role.
struct PrincipalLevels: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  static let account = PrincipalLevels(rawValue: 1)
  static let holder = PrincipalLevels(rawValue: 2)
  static let session = PrincipalLevels(rawValue: 4)
}

extension Principal {
  /// The same one once it was deleted: its id, which policies keep in its place, is nobody's.
  package var gone: Principal {
    Principal(
      kind: kind, account: account, arn: arn, roleARN: roleARN, userName: userName,
      uniqueID: uniqueID, isGone: true)
  }
}

/// The condition keys of one request. Their names are looked up without regard to case.
/// Source: IAM User Guide, condition keys.
package struct RequestContext: Hashable, Sendable {
  private var values: [String: [String]] = [:]
  /// The encryption context as it was given: a grant compares it with its capitals, which the names
  /// of condition keys do not keep.
  package private(set) var encryptionContext: [String: String] = [:]

  private static let contextPrefix = "kms:EncryptionContext:"

  package init() {}

  package subscript(key: String) -> [String]? {
    get { values[key.lowercased()] }
    set {
      values[key.lowercased()] = newValue
      if key.lowercased().hasPrefix(Self.contextPrefix.lowercased()) {
        encryptionContext[String(key.dropFirst(Self.contextPrefix.count))] = newValue?.first
      }
    }
  }

  /// The values of a key whose name is in lower case already.
  subscript(folded key: String) -> [String]? { values[key] }

  /// The names of the keys that the request has, in lower case, sorted.
  package var keys: [String] { values.keys.sorted() }
}

/// What must be answered with yes before a call is performed.
package struct AccessQuestion: Hashable, Sendable {
  package var principal: Principal
  package var action: ActionName
  /// ARNs; none for an action that has no resource, which only `*` covers.
  package var resources: [String] {
    didSet { compared = Self.compared(resources) }
  }
  package var context: RequestContext
  /// What every `Resource` is held against.
  private(set) var compared: ComparedTexts

  package init(
    principal: Principal, action: ActionName, resources: [String], context: RequestContext
  ) {
    self.principal = principal
    self.action = action
    self.resources = resources
    self.context = context
    compared = Self.compared(resources)
  }

  private static let none = ComparedTexts(["*"])

  private static func compared(_ resources: [String]) -> ComparedTexts {
    resources.isEmpty ? none : ComparedTexts(resources)
  }
}
