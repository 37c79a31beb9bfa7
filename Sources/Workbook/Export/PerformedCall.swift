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
    case "cloudtrail:CreateTrail": return command("cloudtrail", "delete-trail", taking: ["Name"])
    case "logs:CreateLogGroup":
      return [["logs", "delete-log-group", "--log-group-name", text("logGroupName")]]
    case "cloudwatch:PutMetricAlarm":
      return [["cloudwatch", "delete-alarms", "--alarm-names", text("AlarmName")]]
    // With whatever a trail delivered into it.
    case "s3api:CreateBucket": return [["s3", "rb", "s3://\(text("Bucket"))", "--force"]]
    case "s3api:PutObject": return command("s3api", "delete-object", taking: ["Bucket", "Key"])
    default: return []
    }
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
