import Cloud
import Policies
import Values

/// Where a policy is kept, so that a command can set it.
enum PolicyPlace: Hashable {
  case inline(IAM.HolderKind, holder: String, policy: String, of: Account = .home)
  /// A managed policy by its ARN.
  case managed(String)
  case key(Int32)
  case stream(Int32)
  /// The trust policy of a role, by the role's name.
  case trust(String)
  /// A policy of the organization by its id.
  case organization(String)
  /// The policy of a bucket, by the bucket's name.
  case bucket(String)
  /// The policy of a consumer of a stream.
  case consumer(ARN)
  /// The policy of the VPC endpoint of a service.
  case endpoint(Endpoints.Service)
}

/// One change of one policy: a statement that comes, goes or is put in another's place.
struct PolicyEdit {
  var place: PolicyPlace
  /// The statement that goes; nothing when one is only added.
  var old: JSON?
  /// The statement that comes, or a list of several; nothing when one only goes.
  var new: JSON?
  /// What it changes, in words.
  var reason: String

  /// Whether it takes something away from a Deny.
  var liftsDeny: Bool { old != nil }
}

extension PolicyPlace {
  /// Where a policy that was put to a question is kept. Nothing for one that nobody can change: it
  /// came with the credentials, or it is a grant.
  init?(of policy: AttachedPolicy, _ event: Event, in world: World) {
    switch policy.kind {
    case .key:
      guard case .key(let slot) = event.subject else { return nil }
      self = .key(slot)
    case .trust:
      guard
        let role = world.identities.holders(.role).first(where: { $0.arn.description == policy.arn }
        )
      else { return nil }
      self = .trust(role.name)
    case .serviceControl, .resourceControl:
      guard let found = world.organization.policies.first(where: { $0.arn == policy.arn }),
        !found.isAWS
      else { return nil }
      self = .organization(found.id)
    case .identity, .boundary:
      if let arn = policy.arn {
        guard let managed = Self.identities(of: arn, in: world).managed[arn], !managed.isAWS
        else { return nil }
        self = .managed(arn)
        return
      }
      for holder in PolicyPlace.carriers(of: event, in: world) {
        if let found = holder.inline.first(where: { $0.policy.document === policy.document }) {
          self = .inline(
            holder.kind, holder: holder.name, policy: found.name, of: holder.account)
          return
        }
      }
      return nil
    case .endpoint:
      guard let found = world.endpoints.all.first(where: { $0.policy.document === policy.document })
      else { return nil }
      self = .endpoint(found.service)
    default:
      switch event.subject {
      case .stream(let slot): self = .stream(slot)
      case .named(let arn) where arn.service == "s3":
        self = .bucket(String(arn.resource.prefix { $0 != "/" }))
      case .named(let arn) where world.streams.consumer(arn) != nil: self = .consumer(arn)
      default: return nil
      }
    }
  }

  /// The caller's role or user, and its groups.
  static func carriers(of event: Event, in world: World) -> [IAM.Holder] {
    guard let holder = world.identities.holder(of: event.call.session) else { return [] }
    let identities = world.identities.seen(from: holder.account)
    return [holder] + identities.holders(.group).filter { holder.groups.contains($0.name) }
  }

  /// The identities of the account that an ARN names.
  private static func identities(of arn: String, in world: World) -> IAM.State {
    world.identities.seen(from: ARN(arn).flatMap { Account(id: $0.account) } ?? .home)
  }

  /// Profiles that may type the line: the administrator of the account whose policy it is, and then
  /// the others there, for when he is refused.
  func hands(in world: World) -> [String] {
    // A verb of the lab asks nobody for permission.
    if case .endpoint = self { return [StartNames.admin] }
    let identities = world.identities
    let isHome = owner(in: world) == .home
    let first = isHome ? StartNames.admin : StartNames.partnerAdmin
    let all = isHome ? identities.profiles : identities.partnerProfiles
    return [first] + all.filter { $0 != first }
  }

  /// Whose it is: its administrator would type the line.
  private func owner(in world: World) -> Account {
    switch self {
    case .inline(_, _, _, let account): account
    case .managed(let arn): Self.identities(of: arn, in: world).active
    case .key(let slot): world.keys[slot].owner
    case .stream(let slot): world.streams[slot].owner
    case .consumer(let arn): Account(id: arn.account) ?? .home
    case .trust, .organization, .endpoint, .bucket: .home
    }
  }

  /// Whether the policy is read for nothing but the resource of the call.
  var isOfOneResource: Bool {
    switch self {
    case .key, .trust, .consumer: true
    default: false
    }
  }

  /// Whether the policy speaks of nobody but the caller's own role or user.
  var isOfOneHolder: Bool {
    if case .inline(let kind, _, _, _) = self { kind != .group } else { false }
  }

  /// The policy's text; nothing for one that is not there yet.
  private func text(in world: World) -> String? {
    switch self {
    case .inline(let kind, let holder, let policy, let account):
      return world.identities.seen(from: account).holders(kind).first { $0.name == holder }?.inline
        .first { $0.name == policy }?.policy.document.text
    case .managed(let arn):
      return Self.identities(of: arn, in: world).managed[arn]?.policy.document.text
    case .key(let slot): return world.keys[slot].policy.document.text
    case .stream(let slot): return world.streams[slot].resourcePolicy?.document.text
    case .trust(let role):
      return world.identities.holders(.role).first { $0.name == role }?.trust?.text
    case .organization(let id):
      return world.organization.policies.first { $0.id == id }?.document.text
    case .bucket(let name): return world.buckets[name]?.policy?.document.text
    case .consumer(let arn): return world.streams.consumer(arn)?.resourcePolicy?.document.text
    case .endpoint(let service): return world.endpoints[service]?.policy.document.text
    }
  }

  /// The statements as they stand.
  func statements(in world: World) -> [JSON] {
    guard let text = text(in: world), let policy = try? JSON(parsing: text) else { return [] }
    return policy["Statement"]?.array ?? policy["Statement"].map { [$0] } ?? []
  }

  /// The whole policy after some edits; no statement may be left. Nothing when an edit does not fit.
  func edited(by edits: [PolicyEdit], in world: World) -> JSON? {
    var policy =
      text(in: world).flatMap { try? JSON(parsing: $0) }?.object
      ?? JSONObject([("Version", "2012-10-17")])
    var statements = statements(in: world)
    for edit in edits {
      if let old = edit.old {
        guard let index = statements.firstIndex(of: old) else { return nil }
        let new = edit.new.map { $0.array ?? [$0] } ?? []
        statements.replaceSubrange(index...index, with: new)
      } else if let new = edit.new {
        statements.append(new)
      }
    }
    policy["Statement"] = .array(statements)
    return .object(policy)
  }

  /// The line that an administrator would type, or whoever may. Nothing when no policy would be left
  /// where one must be.
  func command(for edits: [PolicyEdit], in world: World, by hand: String) -> String? {
    guard let policy = edited(by: edits, in: world) else { return nil }
    let isEmpty = policy["Statement"] == []
    let text = "'" + policy.line.replacing("'", with: "'\\''") + "'"
    let line: String?
    switch self {
    case .inline(let kind, let holder, let name, _):
      let which = "\(kind.rawValue)-policy --\(kind.rawValue)-name \(holder) --policy-name \(name)"
      line =
        isEmpty ? "aws iam delete-\(which)" : "aws iam put-\(which) --policy-document \(text)"
    case .managed(let arn):
      line =
        isEmpty
        ? nil
        : making(roomFor: arn, in: world, by: hand)
          + "aws iam create-policy-version --policy-arn \(arn) --policy-document \(text) "
          + "--set-as-default"
    case .key(let slot):
      line =
        isEmpty
        ? nil
        : "aws kms put-key-policy --key-id \(world.keys[slot].id) --policy-name default "
          + "--policy \(text)"
    case .stream(let slot):
      let arn = world.streams[slot].arn
      line =
        isEmpty
        ? "aws kinesis delete-resource-policy --resource-arn \(arn)"
        : "aws kinesis put-resource-policy --resource-arn \(arn) --policy \(text)"
    case .trust(let role):
      line =
        isEmpty
        ? nil
        : "aws iam update-assume-role-policy --role-name \(role) --policy-document \(text)"
    case .organization(let id):
      line =
        isEmpty
        ? detaching(id, in: world)
        : "aws organizations update-policy --policy-id \(id) --content \(text)"
    case .bucket(let name):
      line =
        isEmpty
        ? "aws s3api delete-bucket-policy --bucket \(name)"
        : "aws s3api put-bucket-policy --bucket \(name) --policy \(text)"
    case .consumer(let arn):
      line =
        isEmpty
        ? "aws kinesis delete-resource-policy --resource-arn \(arn)"
        : "aws kinesis put-resource-policy --resource-arn \(arn) --policy \(text)"
    case .endpoint(let service):
      // A verb of the lab, which nobody needs permission for.
      return isEmpty ? nil : "vpc-endpoint \(service.rawValue) --policy \(text)"
    }
    return line.map { "\($0) --profile \(hand)" }
  }

  /// Source: IAM User Guide, IAM quotas: versions of a managed policy.
  private static let mostVersions = 5

  /// The oldest version that does not speak, of a policy that can have no more versions.
  static func superfluousVersion(of policy: IAM.ManagedPolicy) -> Int? {
    policy.versions.count < mostVersions
      ? nil : policy.versions.map(\.number).filter { $0 != policy.current }.min()
  }

  /// Takes a version away first where there is no room for one more.
  private func making(roomFor arn: String, in world: World, by hand: String) -> String {
    guard let number = world.identities.managed[arn].flatMap(Self.superfluousVersion) else {
      return ""
    }
    return "aws iam delete-policy-version --policy-arn \(arn) --version-id v\(number) "
      + "--profile \(hand) && "
  }

  /// A policy without statements cannot be; one that hangs in one place alone is taken off there.
  private func detaching(_ id: String, in world: World) -> String? {
    let targets = world.organization.targets.filter { $0.policies.contains(id) }
    guard targets.count == 1 else { return nil }
    return "aws organizations detach-policy --policy-id \(id) --target-id \(targets[0].id)"
  }
}
