import Cloud
import Policies
import Values

/// How pages name things: short, but so that a command line would take them.
package enum ShortNames {
  /// `role/kinesis-producer-role`, `user/admin`.
  package static func principal(_ principal: Principal) -> String {
    let name = ARN(principal.roleARN ?? principal.arn)?.resource ?? principal.arn
    return principal.account == Account.partner.id ? "\(principal.account):\(name)" : name
  }

  /// `stream/orders`, `key/1234…`, or the alias of a key where it has one.
  package static func subject(_ subject: Subject, in world: World) -> String {
    if case .key(let slot) = subject { return key(slot, in: world) }
    guard let arn = world.arn(of: subject) else { return "*" }
    // What policies are asked for names the streams of a group too, even where all are meant.
    let ending = ":log-stream:"
    if arn.service == "logs", arn.resource.hasSuffix(ending) {
      return whose(arn.account) + arn.resource.dropLast(ending.count)
    }
    return whose(arn.account) + arn.resource
  }

  package static func key(_ slot: Int32, in world: World) -> String {
    let whose = whose(world.keys[slot].owner.id)
    if let alias = world.keys.aliases(of: slot).first { return whose + alias.name }
    return "\(whose)key/\(world.keys[slot].id.prefix(8))…"
  }

  package static func stream(_ slot: Int32, in world: World) -> String {
    whose(world.streams[slot].owner.id) + world.streams[slot].name
  }

  /// Before the name of what is the partner's: its account.
  private static func whose(_ account: String) -> String {
    account == Account.partner.id ? "\(account):" : ""
  }

  /// The same for a transcript, which must not depend on what is called how today.
  package static func stable(_ subject: Subject, in world: World) -> String {
    world.arn(of: subject).map { whose($0.account) + $0.resource } ?? "*"
  }

  package static func service(_ name: String) -> String {
    switch name {
    case "kms": "KMS"
    case "kinesis": "Kinesis"
    case "sts": "STS"
    case "logs": "CloudWatch Logs"
    case "cloudwatch": "CloudWatch"
    case "iam": "IAM"
    case "cloudtrail": "CloudTrail"
    case "s3": "S3"
    case "servicequotas": "Service Quotas"
    case "organizations": "AWS Organizations"
    default: name
    }
  }

  package static func bytes(_ count: Int) -> String {
    count == 1 ? "1 byte" : "\(Number.grouped(count)) bytes"
  }

  package static func plural(_ count: Int, _ noun: String) -> String {
    plural(count, noun, "\(noun)s")
  }

  /// `1 hit`, `1,996 hits`
  package static func count(_ count: Int, _ noun: String, _ many: String? = nil) -> String {
    "\(Number.grouped(count)) \(count == 1 ? noun : many ?? noun + "s")"
  }

  package static func plural(_ count: Int, _ noun: String, _ many: String) -> String {
    self.count(count, noun, many)
  }
}
