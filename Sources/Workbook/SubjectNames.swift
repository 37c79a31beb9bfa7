import Cloud
import Narration
import Policies
import Values

/// Names of principals and resources as lessons and verbs write them.
enum SubjectNames {
  /// A profile, or the user or role behind one: `producer`, `role/kinesis-producer-role`,
  /// `kinesis-producer-role`, an ARN, the access key of some credentials.
  static func session(_ name: String, in world: World) -> SessionID? {
    if let session = world.identities.session(ofProfile: name) { return session }
    if !name.isEmpty, let session = world.identities.session(ofAccessKey: name) { return session }
    let sessions = world.identities.sessions
    let place =
      sessions.firstIndex {
        ShortNames.principal($0.principal) == name || $0.principal.roleARN == name
          || $0.principal.arn == name
      }
      ?? sessions.firstIndex {
        !$0.profile.isEmpty
          && ShortNames.principal($0.principal).split(separator: "/").last.map(String.init) == name
      }
    return place.map(SessionID.init)
  }

  /// Whoever bears that name, with or without credentials: a user, a role, the root user, a service.
  /// The cloud is a copy in which all of them have some.
  static func asker(_ name: String, in cloud: Cloud) -> (cloud: Cloud, session: SessionID)? {
    var everybody = cloud.withEverybody
    if let session = session(name, in: everybody.world) { return (everybody, session) }
    let account = cloud.world.account
    let root = "arn:aws:iam::\(account):root"
    var principal: Principal?
    if name == "root" || name == root {
      principal = Principal(kind: .root, account: account, arn: root, uniqueID: account)
    } else if name.hasSuffix(".amazonaws.com"), !name.contains(":") {
      principal = Principal(kind: .service, account: "", arn: name)
    }
    guard let principal else { return nil }
    let session = everybody.give(credentialsTo: principal, as: name)
    return (everybody, session)
  }

  /// That nobody bears a name, and who is meant perhaps.
  static func nobody(_ name: String, in world: World) -> String {
    let identities = world.identities
    let names =
      identities.everyProfile
      + (identities.holders(.role) + identities.holders(.user)).map(\.name).filter {
        !identities.profiles.contains($0)
      } + ["root"]
    let bare = ARN(name)?.resourceName ?? name.split(separator: "/").last.map(String.init) ?? name
    let near = NearNames.of(bare, among: names)
    if let arn = ARN(name), !arn.account.isEmpty, Account(id: arn.account) == nil {
      return "\(JSON.quoted(name)) is of account \(arn.account), which the lab does not have"
    }
    if name.hasPrefix("AKIA") || name.hasPrefix("ASIA") {
      return "Nobody has the access key \(JSON.quoted(name)); whoami shows the one in use"
    }
    return "There is nobody called \(JSON.quoted(name))"
      + (near.isEmpty ? "" : "; did you mean \(near[0])?")
  }

  /// What a name is without account and Region, and where it is sought: an ARN says it, a bare name is
  /// sought in the lab's own account first. With a Region in use it is sought there, then in all others.
  private static func places(_ name: String, _ service: String, _ inUse: Region?)
    -> (bare: String, regions: [Region], owners: [Account])
  {
    let regions =
      inUse.map { first in [first] + Region.all.filter { $0 != first } } ?? [.usEast1]
    guard let arn = ARN(name) else { return (name, regions, Account.allCases) }
    guard arn.service == service, let owner = Account(id: arn.account),
      let region = Region(arn.region)
    else { return (arn.resource, [], []) }
    return (arn.resource, [region], [owner])
  }

  /// With `orMissed` also one that is deleted while records still lie under it, by its id or its ARN: its
  /// aliases are gone.
  static func key(
    _ name: String, in world: World, from inUse: Region? = nil, orMissed: Bool = false
  ) -> Int32? {
    let (bare, regions, owners) = places(name, "kms", inUse)
    let id = bare.hasPrefix("key/") ? String(bare.dropFirst(4)) : bare
    return regions.firstNonNil { region in
      owners.firstNonNil { owner in
        if bare.hasPrefix("alias/") {
          return world.keys.alias(bare, in: region, of: owner)?.key
        }
        let missed = orMissed ? world.missedKeys(in: region, of: owner) : []
        return (world.keys.slots(in: region, of: owner) + missed).first { world.keys[$0].id == id }
      }
    }
  }

  static func stream(_ name: String, in world: World, from inUse: Region? = nil) -> Int32? {
    let (bare, regions, owners) = places(name, "kinesis", inUse)
    let plain = bare.hasPrefix("stream/") ? String(bare.dropFirst(7)) : bare
    return regions.firstNonNil { region in
      owners.firstNonNil { world.streams.slot(named: plain, in: region, of: $0) }
    }
  }

  /// What there is for an action, as `subject` takes it.
  static func names(for action: String, in world: World) -> [String] {
    switch ActionName(action).service {
    case "kms":
      world.keys.aliases.map(\.name) + world.keys.slots(in: .usEast1).map { world.keys[$0].id }
    case "kinesis": world.streams.slots(in: .usEast1).map { world.streams[$0].name }
    case "sts": world.identities.holders(.role).map(\.name)
    case "iam":
      holders(in: world).map(\.name) + world.identities.managed.values.map(\.name).sorted()
    case "s3": world.buckets.all.map(\.name)
    case "cloudtrail": world.trails.all.map(\.trail.name)
    case "logs": world.logs.all(in: .usEast1).map(\.name)
    default: []
    }
  }

  private static func holders(in world: World) -> [IAM.Holder] {
    [IAM.HolderKind.role, .user, .group].flatMap { world.identities.holders($0) }
  }

  static func subject(_ name: String, for action: String, in world: World) -> Subject? {
    if name == "*" { return Subject.none }
    switch ActionName(action).service {
    case "kms": return key(name, in: world).map { .key($0) }
    case "kinesis":
      if let arn = ARN(name), arn.service == "kinesis", arn.resource.contains("/consumer/") {
        return .named(arn)
      }
      return stream(name, in: world).map { .stream($0) }
    default:
      if let arn = ARN(name) { return isMissing(arn, for: action, in: world) ? nil : .named(arn) }
      return named(name, ActionName(action), in: world).map { .named($0) }
    }
  }

  /// Whether a role that is to be taken is not there.
  private static func isMissing(_ arn: ARN, for action: String, in world: World) -> Bool {
    ActionName(action).service == "sts" && arn.resource.hasPrefix("role/")
      && !world.identities.holders(.role).contains { $0.arn == arn }
  }

  /// A resource by its name alone, as `role/NAME` or `BUCKET/KEY` too.
  private static func named(_ name: String, _ action: ActionName, in world: World) -> ARN? {
    let isAmong: (IAM.Holder) -> Bool = {
      $0.name == name || $0.arn.resource == name
    }
    switch action.service {
    case "sts": return world.identities.holders(.role).first(where: isAmong)?.arn
    case "iam":
      let operation = action.description.lowercased()
      let found = holders(in: world).filter(isAmong)
      // A role and a user may share a name; the action says which of them is meant.
      return
        (found.first { operation.contains($0.kind.rawValue) } ?? found.first)?.arn
        ?? world.identities.managed.values.first { $0.name == name }.flatMap { ARN($0.arn) }
    case "s3":
      let bucket = String(name.prefix { $0 != "/" })
      return world.buckets[bucket].map { _ in S3.arn(name) }
    case "cloudtrail": return world.trails.all.first { $0.trail.name == name }?.trail.arn
    case "logs":
      return world.logs.all(in: .usEast1).contains { $0.name == name }
        ? ARN(
          service: "logs", region: Region.usEast1.description, account: world.account,
          resource: "log-group:\(name):log-stream:") : nil
    default: return nil
    }
  }

  /// Why `subject` finds nothing.
  static func missing(_ name: String, for action: String, in world: World) -> String {
    if let arn = ARN(name), !arn.account.isEmpty, Account(id: arn.account) == nil {
      return "\(JSON.quoted(name)) belongs to account \(arn.account), whose policies the lab does "
        + "not know"
    }
    let service = ActionName(action).service
    if let arn = ARN(name), arn.service != service, !arn.service.isEmpty, service != "sts" {
      return "\(JSON.quoted(name)) is of \(arn.service), and \(action) is never asked about it"
    }
    if let arn = ARN(name), !arn.region.isEmpty, Region(arn.region) == nil {
      return "the lab has no Region \(JSON.quoted(arn.region))"
    }
    var elsewhere = ARN(name).map { $0.region.isEmpty ? "" : " in \($0.region)" } ?? ""
    if let arn = ARN(name), !arn.account.isEmpty, arn.account != world.account {
      elsewhere += " of account \(arn.account)"
    }
    let near = NearNames.of(
      ARN(name)?.resourceName ?? name, among: names(for: action, in: world))
    return "There is no \(JSON.quoted(name)) for \(action)\(elsewhere)"
      + (near.isEmpty ? "" : "; did you mean \(near[0])?")
  }
}

/// A question that cannot be put as it was written.
struct Misunderstood: Error {
  var text: String
}

/// What `can`, `who-can` and a lesson's checks ask, as AWS would ask it.
struct AskedAccess {
  let action: ActionName
  let subject: Subject
  /// Where the resource is.
  let region: Region
  let via: ForwardedAccess?
  /// What was asked otherwise than it was written.
  let note: String?

  init(
    action written: String, resource: String, via stream: String?, in world: World
  ) throws(Misunderstood) {
    if let problem = ActionNames.problem(ofOne: written) { throw Misunderstood(text: problem) }
    let name = ActionNames.spelled(written) ?? written
    action = ActionName(name)
    var region = Region.usEast1
    // What is said of everything at once is no answer where each resource has a policy of its own.
    if resource == "*", let kind = ActionResources.types(of: name)?.first {
      let verb = kind.hasPrefix("kms") ? "keys" : "streams"
      throw Misunderstood(
        text: "\(name) is asked of one \(ActionResources.inWords(kind)), not of \"*\": name it; "
          + "\(verb) lists them")
    }
    if resource != "*", ActionResources.types(of: name) == [] {
      subject = .none
      note =
        "\(name) has no resource: asked for \"*\", as AWS asks; a statement that names a resource "
        + "never covers it"
    } else if let found = SubjectNames.subject(resource, for: name, in: world) {
      if let problem = ActionResources.problem(of: name, on: found) {
        throw Misunderstood(text: problem)
      }
      subject = found
      region = world.arn(of: found).flatMap { Region($0.region) } ?? .usEast1
      note = nil
    } else {
      throw Misunderstood(text: SubjectNames.missing(resource, for: name, in: world))
    }
    self.region = region
    via = try stream.map { stream throws(Misunderstood) in
      guard let slot = SubjectNames.stream(stream, in: world) else {
        let near = NearNames.of(stream, among: SubjectNames.names(for: "kinesis:", in: world))
        throw Misunderstood(
          text: "There is no stream \(JSON.quoted(stream))"
            + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
      }
      guard world.streams[slot].arn.region == region.description else {
        throw Misunderstood(
          text: "stream \(world.streams[slot].name) is in \(world.streams[slot].arn.region), and "
            + "Kinesis asks only keys of its own Region")
      }
      return ForwardedAccess(stream: slot)
    }
  }

  func call(of session: SessionID) -> Call {
    var call = Call(session: session, region: region)
    call.via = via
    return call
  }

  /// The question with all that it is put to.
  func prepared(for session: SessionID, in cloud: Cloud) -> PreparedDecision {
    var asked = cloud.prepared(action, on: subject, call(of: session))
    // Source: AWS Organizations User Guide, SCPs do not affect service principals.
    if asked.question.principal.kind == .service { asked.policies.serviceControl = [] }
    return asked
  }

  /// What the key's state would say to a call that is permitted.
  func stateRefusal(in world: World) -> ServiceError? {
    guard case .key(let key) = subject,
      let id = OperationID(rawValue: action.description)
        ?? (action.description.hasPrefix("kms:ReEncrypt") ? .reEncrypt : nil)
    else { return nil }
    return world.stateRefusal(of: id, on: key)
  }
}
