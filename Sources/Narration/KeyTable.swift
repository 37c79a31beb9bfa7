import Cloud
import Policies
import Values

/// Every key of the account with what there is to know about it: the verb `keys`.
package enum KeyTable {
  package static func page(_ cloud: Cloud) -> Page {
    let world = cloud.world
    var page = Page()
    for account in Account.allCases {
      for region in Region.all {
        for slot in world.keys.slots(in: region, of: account) {
          if !page.isEmpty { page.add("") }
          add(slot, of: cloud, &page)
        }
        for slot in world.missedKeys(in: region, of: account) {
          if !page.isEmpty { page.add("") }
          addMissed(slot, world, &page)
        }
      }
    }
    if page.isEmpty { page.add("There is no key in this account.") }
    return page
  }

  private static func add(_ slot: Int32, of cloud: Cloud, _ page: inout Page) {
    let world = cloud.world
    let key = world.keys[slot]
    let aliases = world.keys.aliases(of: slot).map(\.name)
    page.add(aliases.isEmpty ? "(no alias)" : aliases.joined(separator: ", "), .heading)
    var rows = [["  id", key.id], ["  state", state(key)], ["  manager", manager(key)]]
    if key.owner != .home { rows.append(["  account", key.owner.id]) }
    if !key.isSymmetric { rows.append(["  kind", "\(key.kind.spec), \(key.kind.usage)"]) }
    if let role = key.role { rows.append(["  regions", regions(slot, role, world)]) }
    // A replica has the material of the key that it was made of.
    let made = key.materials.first?.made ?? key.created
    for (place, material) in key.materials.enumerated() {
      rows.append(["  material \(place + 1)", self.material(material, place, of: key, made)])
    }
    if key.isSymmetric, key.materials.isEmpty { rows.append(["  material", "none yet"]) }
    if let schedule = key.schedule, key.deletion == nil {
      rows.append(["  rotates", "every \(schedule.days) days, next \(schedule.next.zulu)"])
    }
    rows.append(["  administer", list(may(["kms:PutKeyPolicy"], slot, cloud), none: "nobody")])
    let use = ["kms:GenerateDataKey", "kms:Decrypt"]
    rows.append(["  use", list(may(use, slot, cloud), none: "nobody")])
    let protected = protects(slot, world)
    for stream in protected.streams {
      rows.append([
        "  through",
        "\(ShortNames.stream(stream, in: world)): "
          + list(may(use, slot, cloud, via: stream), none: "nobody"),
      ])
    }
    rows.append(["  protects", protected.text])
    page.add(table: rows)
  }

  /// A key that is gone while records lie under it or a stream still names it.
  private static func addMissed(_ slot: Int32, _ world: World, _ page: inout Page) {
    let key = world.keys[slot]
    page.add("(deleted)", .heading)
    let state =
      RecordFate.wayBack(slot, in: world).map { "deleted here; \($0)" }
      ?? "deleted: what lies under it is lost for good"
    var rows = [["  id", key.id], ["  state", state], ["  manager", manager(key)]]
    if key.owner != .home { rows.append(["  account", key.owner.id]) }
    rows.append(["  protects", protects(slot, world).text])
    page.add(table: rows)
  }

  private static func state(_ key: KMS.Key) -> String {
    var text = key.state.rawValue
    if let due = key.deletion?.due { text += ", deleted at \(due.zulu)" }
    if key.state == .pendingReplicaDeletion { text += ", waits for its replicas to go" }
    return text
  }

  private static func manager(_ key: KMS.Key) -> String {
    (key.manager == .aws ? "AWS" : "customer") + ", in \(key.region)"
      + (key.origin == .external ? ", imported key material" : "")
  }

  private static func regions(_ slot: Int32, _ role: KMS.MultiRegionRole, _ world: World) -> String
  {
    let others = world.keys.related(to: slot).filter { $0 != slot }.map {
      "\(world.keys[$0].region) (\(world.keys[$0].role?.rawValue.lowercased() ?? ""))"
    }
    return "\(role.rawValue.lowercased()) here"
      + (others.isEmpty ? "" : "; also " + list(others, none: ""))
  }

  private static func material(
    _ material: KMS.Material, _ place: Int, of key: KMS.Key, _ made: Instant
  ) -> String {
    var parts = ["\(material.id.prefix(8))…"]
    if let date = material.rotated {
      parts.append(
        "since \(date.zulu)\(material.rotation == .onDemand ? ", on demand" : "")")
    } else if !material.isPending {
      parts.append("the first, of \(made.zulu)")
    }
    if material.isPending { parts.append("waits for a rotation") }
    if !material.isPresent { parts.append("not here: import it") }
    if let end = material.expires { parts.append("expires \(end.zulu)") }
    if key.current?.index == place { parts.append("current") }
    return parts.joined(separator: ", ")
  }

  /// Profiles that may do any of the actions, directly or through a stream, and which.
  private static func may(
    _ actions: [String], _ slot: Int32, _ cloud: Cloud, via stream: Int32? = nil
  ) -> [String] {
    let world = cloud.world
    var found: [String] = []
    let profiles =
      world.keys[slot].owner == .home
      ? world.concernedProfiles : world.identities.everyProfile
    for profile in profiles {
      guard let session = world.identities.session(ofProfile: profile) else { continue }
      var call = Call(session: session, region: world.keys[slot].region)
      call.via = stream.map { ForwardedAccess(stream: $0) }
      let allowed = actions.filter {
        cloud.judge(ActionName($0), on: .key(slot), call).verdict == .allowed
      }
      if allowed.isEmpty { continue }
      let names = allowed.map { String($0.drop { $0 != ":" }.dropFirst()) }
      found.append(
        allowed.count == actions.count ? profile : "\(profile) (\(names.joined(separator: ", ")))")
    }
    return found
  }

  private static func protects(_ slot: Int32, _ world: World) -> (text: String, streams: [Int32]) {
    var parts: [String] = []
    var streams: [Int32] = []
    for stream in world.streams.everySlot(in: world.keys[slot].region) {
      let kept = world.kept(in: stream).byKey.first { $0.key == slot }
      let count = kept?.count ?? 0
      let writing = world.writing(in: stream, under: slot)
      guard count > 0 || writing != .never else { continue }
      streams.append(stream)
      parts.append(
        "\(ShortNames.stream(stream, in: world)) (\(ShortNames.plural(count, "record"))"
          + comes(writing, kept))
    }
    return (list(parts, none: "no stream"), streams)
  }

  private static func comes(_ writing: Kinesis.Writing, _ kept: Kinesis.Kept.Group?) -> String {
    switch writing {
    case .named: ", and what comes)"
    case .coming(let first): ", and what comes from \(first.zulu) on)"
    case .until(let last, _): ", and what comes until \(last.zulu) at the latest)"
    case .never: ", of earlier, until \(kept?.end.zulu ?? "now"))"
    }
  }

  private static func list(_ parts: [String], none: String) -> String {
    parts.isEmpty ? none : parts.joined(separator: ", ")
  }
}
