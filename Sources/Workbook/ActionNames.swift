import API
import Policies
import Values

/// Actions as a learner types them.
enum ActionNames {
  /// Actions that no operation is named after.
  /// Source: AWS KMS Developer Guide, ReEncrypt's permissions; Service Authorization Reference, AWS
  /// STS and IAM.
  private static let withoutOperation = [
    "kms:ReEncryptFrom", "kms:ReEncryptTo", "sts:TagSession", "sts:SetSourceIdentity",
    "sts:SetContext", "iam:PassRole",
    "s3:ListBucket", "s3:ListAllMyBuckets", "s3:GetBucketAcl", "s3:GetEncryptionConfiguration",
    "s3:PutEncryptionConfiguration",
  ]

  /// Services of AWS whose actions the lab does not know one by one.
  /// Source: Service Authorization Reference, service prefixes.
  static let otherServices: Set = [
    "access-analyzer", "account", "acm", "apigateway", "appsync", "athena", "autoscaling", "backup",
    "batch", "bedrock", "budgets", "ce", "cloudformation", "cloudfront", "codebuild", "codecommit",
    "codedeploy", "codepipeline", "cognito-idp", "config", "dax", "dms", "dynamodb", "ec2", "ecr",
    "ecs", "eks", "elasticache", "elasticfilesystem", "elasticloadbalancing", "elasticmapreduce",
    "es", "events", "execute-api", "firehose", "fsx", "glacier", "glue", "guardduty", "health",
    "inspector2", "iot", "kafka", "kinesisanalytics", "kinesisvideo", "lakeformation", "lambda",
    "macie2", "mq", "neptune-db", "pricing", "quicksight", "rds", "rds-db", "redshift",
    "resource-groups", "route53", "sagemaker", "scheduler", "schemas", "secretsmanager",
    "securityhub", "servicecatalog", "servicequotas", "ses", "shield", "signer", "sns", "sqs",
    "ssm",
    "sso", "states", "storagegateway", "support", "tag", "textract", "timestream", "transfer",
    "trustedadvisor", "waf", "wafv2", "workspaces", "xray",
  ]

  /// What is wrong with an action; nothing when AWS has it.
  static func problem(_ action: String) -> String? {
    let parts = action.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      let near = services.flatMap { service in
        service.names.filter { $0 == action }.map { "\(service.name):\($0)" }
      }
      return "\(JSON.quoted(action)) lacks its service"
        + (near.isEmpty ? "; an action is written service:Operation" : ": \(near[0])?")
    }
    guard let service = services.first(where: { $0.name == parts[0].lowercased() }) else {
      let near = NearNames.of(parts[0], among: services.map(\.name))
      return "the lab knows no service \(JSON.quoted(parts[0]))"
        + (near.isEmpty ? "" : "; did you mean \(near[0])?")
    }
    let isKnown =
      service.names.contains { $0.lowercased() == parts[1].lowercased() }
      || withoutOperation.contains { $0.lowercased() == action.lowercased() }
    guard !isKnown, !parts[1].contains("*") else { return nil }
    let near = NearNames.of(parts[1], among: service.names)
    return "\(parts[0]) has no action \(JSON.quoted(parts[1]))"
      + (near.isEmpty ? "" : "; did you mean \(service.name):\(near[0])?")
  }

  /// Every action of every service that the lab knows, as policies name them.
  static var all: [String] {
    services.flatMap { service in service.names.map { "\(service.name):\($0)" } }
  }

  private static let services: [(name: String, names: [String])] = [
    "kinesis", "kms", "iam", "sts", "organizations", "cloudtrail", "logs", "cloudwatch", "s3",
    "servicequotas",
  ].compactMap { name in
    API.Service.named(["s3": "s3api", "servicequotas": "service-quotas"][name] ?? name).map {
      (name, ($0.operations.map(\.name) + $0.known.map(\.name)).sorted())
    }
  }
}
