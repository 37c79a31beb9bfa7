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

  /// The command that takes it back; nothing for what leaves nothing behind.
  var undoing: [String]? {
    func text(_ name: String) -> String { input[name]?.string ?? "" }
    func command(_ words: String..., taking names: [String] = []) -> [String] {
      words
        + names.flatMap { name -> [String] in
          guard let value = input[name]?.string else { return [] }
          return [Self.flag(name), value]
        }
    }
    switch "\(service):\(operation)" {
    case "kinesis:CreateStream":
      return [
        "kinesis", "delete-stream", "--stream-name", text("StreamName"),
        "--enforce-consumer-deletion",
      ]
    case "kms:CreateKey":
      return [
        "kms", "schedule-key-deletion", "--key-id",
        reply?["KeyMetadata"]?["KeyId"]?.string ?? "", "--pending-window-in-days", "7",
      ]
    case "kms:CreateAlias": return command("kms", "delete-alias", taking: ["AliasName"])
    case "iam:CreateRole": return command("iam", "delete-role", taking: ["RoleName"])
    case "iam:CreateUser": return command("iam", "delete-user", taking: ["UserName"])
    case "iam:CreateGroup": return command("iam", "delete-group", taking: ["GroupName"])
    case "iam:CreatePolicy":
      return ["iam", "delete-policy", "--policy-arn", reply?["Policy"]?["Arn"]?.string ?? ""]
    case "iam:CreatePolicyVersion":
      return [
        "iam", "delete-policy-version", "--policy-arn", text("PolicyArn"), "--version-id",
        reply?["PolicyVersion"]?["VersionId"]?.string ?? "",
      ]
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
      return [
        "iam", "delete-access-key", "--user-name", text("UserName"), "--access-key-id",
        reply?["AccessKey"]?["AccessKeyId"]?.string ?? "",
      ]
    case "organizations:CreatePolicy":
      return [
        "organizations", "delete-policy", "--policy-id",
        reply?["Policy"]?["PolicySummary"]?["Id"]?.string ?? "",
      ]
    case "organizations:AttachPolicy":
      return command("organizations", "detach-policy", taking: ["PolicyId", "TargetId"])
    case "cloudtrail:CreateTrail": return command("cloudtrail", "delete-trail", taking: ["Name"])
    case "logs:CreateLogGroup":
      return ["logs", "delete-log-group", "--log-group-name", text("logGroupName")]
    case "cloudwatch:PutMetricAlarm":
      return ["cloudwatch", "delete-alarms", "--alarm-names", text("AlarmName")]
    case "s3api:CreateBucket": return command("s3api", "delete-bucket", taking: ["Bucket"])
    default: return nil
    }
  }

  /// `--role-name` of `RoleName`.
  private static func flag(_ name: String) -> String {
    var flag = "-"
    for character in name {
      flag += character.isUppercase ? "-\(character.lowercased())" : String(character)
    }
    return flag
  }
}
