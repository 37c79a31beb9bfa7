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
    "amplify", "appconfig", "appflow", "application-autoscaling", "appmesh", "apprunner", "aps",
    "artifact", "auditmanager", "aws-marketplace", "aws-portal", "backup-gateway", "billing",
    "braket", "cassandra", "chatbot", "chime", "cloud9", "cloudhsm", "cloudsearch", "codeartifact",
    "codeguru-profiler", "codeguru-reviewer", "codestar", "codestar-connections",
    "codestar-notifications", "cognito-identity", "cognito-sync", "comprehend", "comprehendmedical",
    "compute-optimizer", "connect", "cur", "databrew", "dataexchange", "datapipeline", "datasync",
    "datazone", "deepracer", "detective", "devicefarm", "devops-guru", "directconnect", "discovery",
    "dlm", "docdb-elastic", "drs", "ds", "ebs", "ec2-instance-connect", "ec2messages",
    "ecr-public", "elastic-inference", "elasticbeanstalk", "elastictranscoder", "emr-containers",
    "emr-serverless", "evidently", "finspace", "fis", "fms", "forecast", "frauddetector",
    "freetier", "gamelift", "geo", "globalaccelerator", "grafana", "greengrass", "groundstation",
    "healthlake", "identitystore", "imagebuilder", "importexport", "inspector", "internetmonitor",
    "invoicing", "iotanalytics", "iotevents", "iotfleetwise", "iotsitewise", "iotwireless", "ivs",
    "kafka-cluster", "kafkaconnect", "kendra", "lex", "license-manager", "lightsail",
    "lookoutequipment", "lookoutmetrics", "lookoutvision", "m2", "machinelearning",
    "managedblockchain", "mediaconnect", "mediaconvert", "medialive", "mediapackage", "mediastore",
    "memorydb", "mgh", "mgn", "mobiletargeting", "network-firewall", "networkmanager", "nimble",
    "oam", "omics", "opsworks", "osis", "outposts", "payments", "personalize", "pi", "pipes",
    "polly", "profile", "proton", "purchase-orders", "q", "qbusiness", "qldb", "ram", "rbin",
    "redshift-data", "redshift-serverless", "rekognition", "resiliencehub", "resource-explorer-2",
    "robomaker", "rolesanywhere", "route53-recovery-control-config", "route53domains",
    "route53resolver", "rum", "s3-object-lambda", "s3-outposts", "savingsplans", "sdb",
    "serverlessrepo", "servicediscovery", "sms", "sms-voice", "snowball", "social-messaging",
    "sqlworkbench", "ssm-contacts", "ssm-incidents", "ssmmessages", "sso-directory", "swf",
    "synthetics", "tax", "timestream-influxdb", "transcribe", "translate", "user-subscriptions",
    "verifiedpermissions", "voiceid", "vpc-lattice", "wellarchitected", "wisdom", "workdocs",
    "workmail", "workspaces-web",
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

  /// What is wrong with an action, and what was meant perhaps.
  struct Problem {
    enum Kind { case noService, unknownService, unknownAction }

    var kind: Kind
    var what: String
    var near: String?

    var text: String { what + (near.map { "; did you mean \($0)?" } ?? "") }
  }

  /// What is wrong with an action; nothing when AWS has it.
  static func problem(_ action: String) -> String? { look(at: action)?.text }

  static func look(at action: String) -> Problem? {
    let parts = action.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      let near = services.flatMap { service in
        service.names.filter { $0 == action }.map { "\(service.name):\($0)" }
      }
      return Problem(
        kind: .noService,
        what: "\(JSON.quoted(action)) lacks its service; an action is written service:Operation",
        near: near.first)
    }
    guard let service = services.first(where: { $0.name == parts[0].lowercased() }) else {
      return Problem(
        kind: .unknownService, what: "the lab knows no service \(JSON.quoted(parts[0]))",
        near: NearNames.of(parts[0], among: services.map(\.name)).first)
    }
    let isKnown =
      service.names.contains { $0.lowercased() == parts[1].lowercased() }
      || withoutOperation.contains { $0.lowercased() == action.lowercased() }
    guard !isKnown, !parts[1].contains("*") else { return nil }
    return Problem(
      kind: .unknownAction, what: "\(parts[0]) has no action \(JSON.quoted(parts[1]))",
      near: NearNames.of(parts[1], among: service.names).first.map { "\(service.name):\($0)" })
  }

  /// What is wrong with an action that is to be asked for: a question is about one.
  static func problem(ofOne action: String) -> String? {
    if action.contains("*") || action.contains("?") {
      let covered = all.filter { wildcard(action.lowercased(), covers: $0.lowercased()) }
      let example =
        covered.first { $0 == "kms:Decrypt" || $0 == "kinesis:PutRecord" } ?? covered.first
      return "\(JSON.quoted(action)) stands for "
        + (covered.isEmpty ? "no action" : "\(covered.count) actions")
        + "; ask for one"
        + (example.map { ", such as \($0)" } ?? "") + "; what-can shows all that a principal may do"
    }
    return problem(action)
  }

  /// An action as AWS spells it; nothing for one that is not known.
  static func spelled(_ action: String) -> String? { spellings[action.lowercased()] }

  private static let spellings = Dictionary(
    (all + withoutOperation).map { ($0.lowercased(), $0) }
  ) { first, _ in first }

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
