import Cloud
import Policies
import Values

/// How pages name things: short, but so that a command line would take them.
package enum ShortNames {
  /// `role/kinesis-producer-role`, `user/admin`.
  package static func principal(_ principal: Principal) -> String {
    ARN(principal.roleARN ?? principal.arn)?.resource ?? principal.arn
  }

  /// `stream/orders`, `key/1234…`, or the alias of a key where it has one.
  package static func subject(_ subject: Subject, in world: World) -> String {
    if case .key(let slot) = subject { return key(slot, in: world) }
    return world.arn(of: subject)?.resource ?? "*"
  }

  package static func key(_ slot: Int32, in world: World) -> String {
    if let alias = world.keys.aliases(of: slot).first { return alias.name }
    return "key/\(world.keys[slot].id.prefix(8))…"
  }

  /// The same for a transcript, which must not depend on what is called how today.
  package static func stable(_ subject: Subject, in world: World) -> String {
    world.arn(of: subject)?.resource ?? "*"
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
    default: name
    }
  }

  package static func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }

  package static func plural(_ count: Int, _ noun: String) -> String {
    plural(count, noun, "\(noun)s")
  }

  package static func plural(_ count: Int, _ noun: String, _ many: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(many)"
  }
}
