import Cloud
import Narration
import Policies
import Values

/// Who may do more in a world than in a sound one beside it, by what, and how that is taken back.
struct RightsGained {
  let gains: [AccessMatrix.Gain]
  /// Accounts and principals that the lab does not have and a policy lets in now: what they might do
  /// cannot be asked, and is more than before all the same.
  let strangers: [Stranger]
  private let matrix: AccessMatrix
  private let now: World
  private let sound: Cloud

  init(in now: Cloud, over sound: Cloud) {
    matrix = AccessMatrix(ofEverythingIn: now)
    gains = matrix.gains(over: sound)
    let known = Set(Self.strangers(in: sound.world))
    strangers = Self.strangers(in: now.world).filter { !known.contains($0) }
    self.now = now.world
    self.sound = sound
  }

  var isEmpty: Bool { gains.isEmpty && strangers.isEmpty }

  /// Somebody of an account that the lab does not have.
  struct Stranger: Hashable {
    let name: String
    /// `role/kinesis-producer-role`
    let resource: String
    /// How its policy is put again.
    let command: String

    var sentence: String {
      "\(name), whom the lab does not know, is let in by the policy of \(resource)"
    }
  }

  private static func strangers(in world: World) -> [Stranger] {
    var found: [Stranger] = []
    func look(_ document: PolicyDocument?, _ resource: String, _ command: String) {
      for statement in document?.statements ?? [] where statement.effect == .allow {
        for entry in statement.principal?.entries ?? [] {
          let account = ARN(entry.text)?.account ?? entry.text
          guard account.utf8.count == 12, account.allSatisfy(\.isNumber),
            Account(id: account) == nil
          else { continue }
          found.append(Stranger(name: entry.text, resource: resource, command: command))
        }
      }
    }
    for role in world.identities.holders(.role) {
      look(
        role.trust, "role/\(role.name)",
        "aws iam update-assume-role-policy --role-name \(role.name)")
    }
    for key in world.keys.keys where key.state != .gone {
      look(
        key.policy.document, "key/\(key.id)",
        "aws kms put-key-policy --key-id \(key.id) --policy-name default")
    }
    for stream in world.streams.streams where stream.status != .gone {
      let command = "aws kinesis put-resource-policy --resource-arn "
      look(
        stream.resourcePolicy?.document, "stream/\(stream.name)", command + stream.arn.description)
      for consumer in stream.consumers {
        look(
          consumer.resourcePolicy?.document, consumer.arn.resource,
          command + consumer.arn.description)
      }
    }
    for bucket in world.buckets.all {
      look(
        bucket.policy?.document, "bucket/\(bucket.name)",
        "aws s3api put-bucket-policy --bucket \(bucket.name)")
    }
    for grant in world.keys.grants {
      guard let account = ARN(grant.grantee)?.account, Account(id: account) == nil else { continue }
      found.append(
        Stranger(
          name: grant.grantee, resource: "key/\(grant.keyARN.resourceName)",
          command: "aws kms revoke-grant --grant-id \(grant.id)"))
    }
    return found
  }

  /// What one statement, or a few together, gave to one principal.
  private struct Group {
    let principal: String
    let by: String
    var gains: [AccessMatrix.Gain]
  }

  private var groups: [Group] {
    var groups: [Group] = []
    for gain in gains {
      let place = groups.firstIndex { $0.principal == gain.cell.principal && $0.by == gain.by }
      if let place {
        groups[place].gains.append(gain)
      } else {
        groups.append(Group(principal: gain.cell.principal, by: gain.by, gains: [gain]))
      }
    }
    return groups
  }

  /// On one line.
  var sentence: String {
    (groups.map { group in
      let examples = Self.examples(of: group).map { said($0.gain.cell) }.joined(separator: ", ")
      let rest = group.gains.count - Self.examples(of: group).count
      return "\(group.principal) may \(examples)" + (rest > 0 ? " and \(rest) more" : "")
        + ", by \(group.by)"
    } + strangers.map(\.sentence)).joined(separator: "; ")
  }

  /// What takes it back, on one line.
  var remedies: String {
    var lines: [String] = []
    for line in groups.flatMap({ remedy($0) }) + strangers.map({ "\($0.command), without it" })
    where !lines.contains(line) { lines.append(line) }
    return "take it back: " + lines.joined(separator: "; ")
  }

  /// Who gained what, and what takes it back.
  func page() -> Page {
    var page = Page()
    for group in groups.prefix(Self.most) {
      page.add(
        "  \(group.principal) has \(ShortNames.plural(group.gains.count, "right")) more, by "
          + "\(group.by)", .bad)
      for (gain, count) in Self.examples(of: group) {
        page.add("    \(said(gain.cell))" + (count > 1 ? " and \(count - 1) of the sort" : ""))
      }
      for line in remedy(group) { page.add("    take it back: \(line)", .next) }
    }
    for stranger in strangers.prefix(Self.most) {
      page.add("  \(stranger.sentence)", .bad)
      page.add("    take it back: \(stranger.command), without it", .next)
    }
    if groups.count > Self.most {
      page.add("  and \(ShortNames.plural(groups.count - Self.most, "principal")) more", .note)
    }
    return page
  }

  private static let most = 4

  /// What somebody may no longer do, where that may not have been meant.
  var lossesSentence: String? {
    let losses = matrix.losses(since: sound)
    guard !losses.isEmpty else { return nil }
    let shown = losses.prefix(3).map { "\($0.principal) \(said($0))" }.joined(separator: ", ")
    return "Less than before, if that is meant: \(shown)"
      + (losses.count > 3 ? " and \(losses.count - 3) more" : "") + "."
  }

  /// `kms:Decrypt on key/1234… via orders`
  private func said(_ cell: AccessMatrix.Cell) -> String {
    var parts = cell.resource.split(separator: " ", maxSplits: 1).map(String.init)
    if parts.first?.hasPrefix("key/") == true, let key = SubjectNames.key(parts[0], in: now) {
      parts[0] = ShortNames.key(key, in: now)
    }
    let resource = parts.joined(separator: " ")
    return resource == "*" ? cell.action : "\(cell.action) on \(resource)"
  }

  /// One of each service with how many there are, the weightiest first.
  private static func examples(of group: Group) -> [(gain: AccessMatrix.Gain, count: Int)] {
    var best: [String: AccessMatrix.Gain] = [:]
    var counts: [String: Int] = [:]
    for gain in group.gains {
      let service = String(gain.cell.action.prefix { $0 != ":" })
      counts[service, default: 0] += 1
      guard let other = best[service] else {
        best[service] = gain
        continue
      }
      if weight(gain) > weight(other) { best[service] = gain }
    }
    return best.sorted {
      (-weight($0.value), $0.key) < (-weight($1.value), $1.key)
    }.map { ($0.value, counts[$0.key] ?? 1) }
  }

  /// What does most harm comes first.
  private static let heavy = [
    "kinesis:PutRecord", "kinesis:GetRecords", "kinesis:DeleteStream", "kms:GenerateDataKey",
    "kms:Decrypt", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "sts:AssumeRole",
    "iam:CreateAccessKey", "iam:AttachRolePolicy", "iam:PutRolePolicy",
  ]

  private static func weight(_ gain: AccessMatrix.Gain) -> Int {
    (heavy.firstIndex(of: gain.cell.action) ?? -1) + 1
  }

  // MARK: Taking it back

  private func remedy(_ group: Group) -> [String] {
    if let denial = group.gains.first?.before, denial.hasPrefix("denied by ") {
      return ["\(denial.dropFirst(10)) used to deny it, and should again"]
    }
    let statements = group.by.split(separator: ",").map { $0.drop { $0 == " " } }
    var lines: [String] = []
    for statement in statements {
      guard let line = remedy(String(statement), group), !lines.contains(line) else { continue }
      lines.append(line)
    }
    return lines.isEmpty ? ["put back what kept it from that"] : lines
  }

  /// By the name of a statement, as decisions give it; nothing for what was there before, as it is.
  private func remedy(_ statement: String, _ group: Group) -> String? {
    let kind = statement.prefix { $0 != ":" }
    let rest = statement.dropFirst(kind.count + 1)
    let resource = group.gains.first?.cell.resource ?? ""
    switch kind {
    case "grant":
      let grant = now.keys.grants.first { ($0.name ?? String($0.id.prefix(8))) == rest }
      return grant.map {
        "aws kms revoke-grant --key-id \($0.keyARN.resourceName) --grant-id \($0.id)"
      } ?? "aws kms revoke-grant"
    case "key":
      let id = String(resource.prefix { $0 != " " }.dropFirst(4))
      let texts = [now, sound.world].map { world in
        SubjectNames.key(id, in: world).map { world.keys[$0].policy.document.text }
      }
      if texts[0] == texts[1] { return nil }
      return "aws kms put-key-policy --key-id \(id) --policy-name default, without the statement "
        + "\(rest)"
    case "trust":
      let name = String(resource.dropFirst(5))
      if now.identities.roles[name]?.trust?.text == sound.world.identities.roles[name]?.trust?.text
      {
        return nil
      }
      return "aws iam update-assume-role-policy --role-name \(name), without the statement \(rest)"
    case "identity": return identityRemedy(String(rest.prefix { $0 != "#" }), group.principal)
    case _ where kind.hasPrefix("group/"):
      let name = String(kind.dropFirst(6))
      let (before, after) = (holder(group.principal, sound.world), holder(group.principal, now))
      if let after, !(before?.groups.contains(name) ?? false) {
        return "aws iam remove-user-from-group --group-name \(name) --user-name \(after.name)"
      }
      return "aws iam put-group-policy --group-name \(name), with what the policy said before"
    default: return "take the statement \(statement) out of the policy of \(resource)"
    }
  }

  private func identityRemedy(_ policy: String, _ principal: String) -> String? {
    guard let after = holder(principal, now) else { return "take the policy \(policy) away" }
    let before = holder(principal, sound.world)
    if before == nil {
      return
        "aws iam delete-\(after.kind.rawValue) --\(after.kind.rawValue)-name \(after.name), which was "
        + "not there before"
    }
    let texts = [(after, now), (before ?? after, sound.world)].map { holder, world in
      world.identities.policies(of: holder).first { $0.label == "identity:\(policy)" }?.document
        .text
    }
    if texts[0] == texts[1] { return nil }
    let kind = after.kind.rawValue
    let whose = "--\(kind)-name \(after.name)"
    if after.inline.contains(where: { $0.name == policy }) {
      return before?.inline.contains { $0.name == policy } ?? false
        ? "aws iam put-\(kind)-policy \(whose) --policy-name \(policy), with no more than before"
        : "aws iam delete-\(kind)-policy \(whose) --policy-name \(policy)"
    }
    let arn = after.attached.first { ARN($0)?.resourceName.hasSuffix(policy) ?? false }
    if let arn, !(before?.attached.contains(arn) ?? false) {
      return "aws iam detach-\(kind)-policy \(whose) --policy-arn \(arn)"
    }
    return "the managed policy \(policy) says more than before: set-default-policy-version"
  }

  private func holder(_ principal: String, _ world: World) -> IAM.Holder? {
    world.identities.session(ofProfile: principal).flatMap { world.identities.holder(of: $0) }
      ?? [IAM.HolderKind.role, .user].flatMap { world.identities.holders($0) }.first {
        $0.name == principal
      }
  }
}
