import API
import Commands
import Values

/// A call that succeeded, kept while a script is written out of what was done.
struct PerformedCall: Sendable {
  var service: String
  var operation: String
  var input: JSON
  var reply: JSON?
  var region: String
  /// Whether it took options that only the described model has.
  var isExtended: Bool

  /// The command that made it: `kms create-key`, `s3 mb`.
  var command: String

  /// An id that the service chose, by which the thing is taken away: its path in the reply and what it
  /// is here.
  var chosen: (path: String, value: String)? {
    let path: String
    switch "\(service):\(operation)" {
    case "kms:CreateKey": path = "KeyMetadata.KeyId"
    case "iam:CreateAccessKey": path = "AccessKey.AccessKeyId"
    case "organizations:CreatePolicy": path = "Policy.PolicySummary.Id"
    default: return nil
    }
    var value = reply
    for name in path.split(separator: ".") { value = value?[String(name)] }
    return value?.string.map { (path, $0) }
  }

  /// The stream that it was about.
  var stream: String? {
    if let name = input["StreamName"]?.string { return name }
    guard let arn = input["StreamARN"]?.string, let mark = arn.firstRange(of: ":stream/") else {
      return nil
    }
    return String(arn[mark.upperBound...].prefix { $0 != "/" })
  }

  /// Names that it was about, as lines would have them.
  var names: [String] {
    (input.object?.members ?? []).compactMap { member in
      guard let value = member.value.string, value.utf8.count <= 128 else { return nil }
      return member.name == "UserName" ? "--user-name \(value)" : value
    }
  }

  /// A command that finds what the call would overwrite, where the service does so without a word: it
  /// fails where there is none, or its reply is empty.
  var overwritten: [String]? {
    func text(_ name: String) -> String { input[name]?.string ?? "" }
    switch "\(service):\(operation)" {
    // Whoever owns the bucket already is told that it was made.
    case "s3api:CreateBucket": return ["s3api", "head-bucket", "--bucket", text("Bucket")]
    case "cloudwatch:PutMetricAlarm":
      return [
        "cloudwatch", "describe-alarms", "--alarm-names", text("AlarmName"), "--query",
        "MetricAlarms[].AlarmName", "--output", "text",
      ]
    case "iam:CreateAccountAlias":
      return ["iam", "list-account-aliases", "--query", "AccountAliases[]", "--output", "text"]
    default: return nil
    }
  }

  /// Why no script does it: it is about the account or the organization as a whole.
  var reserved: String? {
    switch "\(service):\(operation)" {
    case "service-quotas:RequestServiceQuotaIncrease":
      "A request for a quota goes to AWS, and nothing takes it back: send it by hand."
    case "kinesis:UpdateAccountSettings":
      "This is a setting of the whole account, which nothing here would put back."
    case "organizations:EnablePolicyType", "organizations:DisablePolicyType":
      "This is a setting of the whole organization, which nothing here would put back."
    default: nil
    }
  }

  /// A policy of the organization that it attaches, detaches, changes or deletes.
  var policyOfOrganization: String? {
    service == "organizations"
      && ["AttachPolicy", "DetachPolicy", "UpdatePolicy", "DeletePolicy"].contains(operation)
      ? input["PolicyId"]?.string : nil
  }

  /// The commands that take it back, in their order; none for what leaves nothing behind, or what goes
  /// with the thing that it belongs to.
  var undoing: [[String]] {
    func text(_ name: String) -> String { input[name]?.string ?? "" }
    func command(_ words: String..., taking names: [String] = []) -> [[String]] {
      [
        words
          + names.flatMap { name -> [String] in
            guard let value = input[name]?.string else { return [] }
            return [Self.flag(name), value]
          }
      ]
    }
    switch "\(service):\(operation)" {
    case "kinesis:CreateStream":
      return [
        [
          "kinesis", "delete-stream", "--stream-name", text("StreamName"),
          "--enforce-consumer-deletion",
        ]
      ]
    case "kinesis:RegisterStreamConsumer":
      return command(
        "kinesis", "deregister-stream-consumer", taking: ["StreamARN", "ConsumerName"])
    case "kms:CreateKey":
      return [Self.ending(chosen?.value ?? "")]
    case "kms:ReplicateKey":
      // A replica goes before its primary key can.
      let id = reply?["ReplicaKeyMetadata"]?["KeyId"]?.string ?? text("KeyId")
      return [Self.ending(id) + ["--region", text("ReplicaRegion")]]
    case "kms:CreateAlias": return command("kms", "delete-alias", taking: ["AliasName"])
    case "iam:CreateRole": return command("iam", "delete-role", taking: ["RoleName"])
    case "iam:CreateUser": return command("iam", "delete-user", taking: ["UserName"])
    case "iam:CreateGroup": return command("iam", "delete-group", taking: ["GroupName"])
    case "iam:CreateAccountAlias":
      return command("iam", "delete-account-alias", taking: ["AccountAlias"])
    case "iam:CreatePolicy":
      return [["iam", "delete-policy", "--policy-arn", reply?["Policy"]?["Arn"]?.string ?? ""]]
    case "iam:CreatePolicyVersion":
      let policy = ["--policy-arn", text("PolicyArn"), "--version-id"]
      let version = reply?["PolicyVersion"]
      let delete =
        ["iam", "delete-policy-version"] + policy + [version?["VersionId"]?.string ?? ""]
      // The version that counts cannot be deleted.
      return version?["IsDefaultVersion"] == true
        ? [["iam", "set-default-policy-version"] + policy + ["v1"], delete] : [delete]
    case "iam:PutRolePolicy":
      return command("iam", "delete-role-policy", taking: ["RoleName", "PolicyName"])
    case "iam:PutUserPolicy":
      return command("iam", "delete-user-policy", taking: ["UserName", "PolicyName"])
    case "iam:PutGroupPolicy":
      return command("iam", "delete-group-policy", taking: ["GroupName", "PolicyName"])
    case "iam:AttachRolePolicy":
      return command("iam", "detach-role-policy", taking: ["RoleName", "PolicyArn"])
    case "iam:AttachUserPolicy":
      return command("iam", "detach-user-policy", taking: ["UserName", "PolicyArn"])
    case "iam:AttachGroupPolicy":
      return command("iam", "detach-group-policy", taking: ["GroupName", "PolicyArn"])
    case "iam:PutRolePermissionsBoundary":
      return command("iam", "delete-role-permissions-boundary", taking: ["RoleName"])
    case "iam:PutUserPermissionsBoundary":
      return command("iam", "delete-user-permissions-boundary", taking: ["UserName"])
    case "iam:AddUserToGroup":
      return command("iam", "remove-user-from-group", taking: ["UserName", "GroupName"])
    case "iam:CreateAccessKey":
      return command("iam", "delete-access-key", taking: ["UserName"]).map {
        $0 + ["--access-key-id", chosen?.value ?? ""]
      }
    case "organizations:CreatePolicy":
      return [["organizations", "delete-policy", "--policy-id", chosen?.value ?? ""]]
    case "organizations:AttachPolicy":
      return command("organizations", "detach-policy", taking: ["PolicyId", "TargetId"])
    case "cloudtrail:CreateTrail":
      let prefix = text("S3KeyPrefix")
      return command("cloudtrail", "delete-trail", taking: ["Name"]) + [
        Self.delivered(text("S3BucketName"), prefix.isEmpty ? "" : "\(prefix)/")
      ]
    case "logs:CreateLogGroup":
      return [["logs", "delete-log-group", "--log-group-name", text("logGroupName")]]
    case "cloudwatch:PutMetricAlarm":
      return [["cloudwatch", "delete-alarms", "--alarm-names", text("AlarmName")]]
    // What the script put into it is taken away one by one; a bucket with more in it stays.
    case "s3api:CreateBucket": return [["s3", "rb", "s3://\(text("Bucket"))"]]
    case "s3api:PutObject": return command("s3api", "delete-object", taking: ["Bucket", "Key"])
    default: return []
    }
  }

  /// Takes away what a trail of this account delivered into a bucket.
  static func delivered(_ bucket: String, _ prefix: String = "") -> [String] {
    ["s3", "rm", "s3://\(bucket)/\(prefix)AWSLogs/\(ScriptText.account)/", "--recursive"]
  }

  static func ending(_ key: String) -> [String] {
    ["kms", "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7"]
  }

  /// `--role-name` of `RoleName`, `--stream-arn` of `StreamARN`.
  private static func flag(_ name: String) -> String {
    var flag = "--"
    var wasUpper = true
    for character in name {
      if character.isUppercase, !wasUpper { flag += "-" }
      flag += character.lowercased()
      wasUpper = character.isUppercase
    }
    return flag
  }
}
