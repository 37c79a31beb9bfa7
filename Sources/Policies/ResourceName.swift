/// A value of `Resource`, looked at for what AWS does not take.
///
/// Source: the texts and what they are said of: facts §4.6.
struct ResourceName {
  private let text: String
  private let parts: [Substring]

  init(_ text: String) {
    self.text = text
    parts = text.split(separator: ":", omittingEmptySubsequences: false)
  }

  private static let partitions = ["aws", "aws-cn", "aws-us-gov", "*"]
  /// What IAM's own resources begin with.
  private static let identityPaths = [
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/",
    "server-certificate/", "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/",
    "access-report/",
  ]

  /// AWS's text, and what is wrong.
  var fault: (message: String, detail: String)? {
    let form = "a resource is written arn:partition:service:region:account:name"
    guard parts.count > 1 else {
      return ("Resource \(text) must be in ARN format or \"*\".", form)
    }
    let partition = parts[1]
    guard Self.partitions.contains(String(partition)) else {
      return (
        "Partition \"\(partition)\" is not valid for resource \"\(spelt)\".",
        parts[0] == "arn" ? "the partition of this lab is aws" : form
      )
    }
    guard parts.count > 2, !parts[2].contains(where: { $0 == "*" || $0 == "?" }) else {
      return (
        "Resource vendor must be fully qualified and cannot contain regexes.",
        "the service of an ARN is there and takes no wildcard"
      )
    }
    return serviceFault
  }

  /// S3 and IAM have no regions, and IAM names what kind of thing it is.
  private var serviceFault: (message: String, detail: String)? {
    let service = parts[2]
    let hasRegion = parts.count < 4 || !parts[3].isEmpty
    let name = parts.count > 5 ? parts[5...].joined(separator: ":") : ""
    switch service {
    case "s3" where hasRegion && !name.hasPrefix("accesspoint/"):
      return (
        "Resource \(text) can not contain region information.",
        "the name of a bucket is known in all Regions: arn:aws:s3:::BUCKET"
      )
    case "iam" where hasRegion:
      return (
        "IAM resource \(text) cannot contain region information.",
        "IAM is the same in all Regions: arn:aws:iam::ACCOUNT:role/NAME"
      )
    case "iam" where name != "*" && !Self.identityPaths.contains(where: name.hasPrefix):
      return (
        "IAM resource path must either be \"*\" or start with "
          + "\(Self.identityPaths.joined(separator: ", ")).",
        "\(name.isEmpty ? "a name" : name) does not say what kind of thing it is, as role/NAME does"
      )
    default: return nil
    }
  }

  /// The text as AWS quotes it: what stands behind the first colon taken for the partition, and
  /// filled up.
  private var spelt: String {
    var rest = parts.dropFirst(2).map(String.init)
    if rest == [""] { rest = ["*"] }
    while rest.count < 4 { rest.append("*") }
    let name = rest[3...].joined(separator: ":")
    return "arn:\(parts[1]):\(rest[0]):\(rest[1]):\(rest[2]):\(name)"
  }
}
