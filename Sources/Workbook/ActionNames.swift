import API
import Narration
import Policies
import Values

/// Actions as a learner types them.
enum ActionNames {
  /// Actions that no operation is named after.
  /// Source: AWS KMS Developer Guide, ReEncrypt's permissions; Service Authorization Reference, AWS
  /// STS and IAM.
  private static let withoutOperation = [
    "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:SynchronizeMultiRegionKey", "sts:TagSession",
    "sts:SetSourceIdentity", "sts:SetContext", "sts:GetServiceBearerToken", "iam:PassRole",
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:Link", "logs:Unmask",
    "cloudwatch:Link",
  ]

  /// Operations that no action is named after.
  private static let withoutAction: Set = ["kms:ReEncrypt"]

  /// The actions of S3, whose operations mostly bear other names.
  /// Source: Service Authorization Reference, Amazon S3.
  private static let ofS3 = """
    AbortMultipartUpload AssociateAccessGrantsIdentityCenter BypassGovernanceRetention \
    CreateAccessGrant CreateAccessGrantsInstance CreateAccessGrantsLocation CreateAccessPoint \
    CreateAccessPointForObjectLambda CreateBucket CreateBucketMetadataTableConfiguration CreateJob \
    CreateMultiRegionAccessPoint CreateStorageLensGroup DeleteAccessGrant \
    DeleteAccessGrantsInstance DeleteAccessGrantsInstanceResourcePolicy \
    DeleteAccessGrantsLocation DeleteAccessPoint DeleteAccessPointForObjectLambda \
    DeleteAccessPointPolicy DeleteAccessPointPolicyForObjectLambda DeleteBucket \
    DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite \
    DeleteJobTagging DeleteMultiRegionAccessPoint DeleteObject DeleteObjectTagging \
    DeleteObjectVersion DeleteObjectVersionTagging DeleteStorageLensConfiguration \
    DeleteStorageLensConfigurationTagging DeleteStorageLensGroup DescribeJob \
    DescribeMultiRegionAccessPointOperation DissociateAccessGrantsIdentityCenter \
    GetAccelerateConfiguration GetAccessGrant GetAccessGrantsInstance \
    GetAccessGrantsInstanceForPrefix GetAccessGrantsInstanceResourcePolicy \
    GetAccessGrantsLocation GetAccessPoint GetAccessPointConfigurationForObjectLambda \
    GetAccessPointForObjectLambda GetAccessPointPolicy GetAccessPointPolicyForObjectLambda \
    GetAccessPointPolicyStatus GetAccessPointPolicyStatusForObjectLambda \
    GetAccountPublicAccessBlock GetAnalyticsConfiguration GetBucketAcl GetBucketCORS \
    GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification \
    GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy \
    GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging \
    GetBucketVersioning GetBucketWebsite GetDataAccess GetEncryptionConfiguration \
    GetIntelligentTieringConfiguration GetInventoryConfiguration GetJobTagging \
    GetLifecycleConfiguration GetMetricsConfiguration GetMultiRegionAccessPoint \
    GetMultiRegionAccessPointPolicy GetMultiRegionAccessPointPolicyStatus \
    GetMultiRegionAccessPointRoutes GetObject GetObjectAcl GetObjectAttributes \
    GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion \
    GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionForReplication \
    GetObjectVersionTagging GetObjectVersionTorrent GetReplicationConfiguration \
    GetStorageLensConfiguration GetStorageLensConfigurationTagging GetStorageLensDashboard \
    GetStorageLensGroup InitiateReplication ListAccessGrants ListAccessGrantsInstances \
    ListAccessGrantsLocations ListAccessPoints ListAccessPointsForObjectLambda ListAllMyBuckets \
    ListBucket ListBucketMultipartUploads ListBucketVersions ListCallerAccessGrants ListJobs \
    ListMultiRegionAccessPoints ListMultipartUploadParts ListStorageLensConfigurations \
    ListStorageLensGroups ListTagsForResource ObjectOwnerOverrideToBucketOwner \
    PauseReplication PutAccelerateConfiguration PutAccessGrantsInstanceResourcePolicy \
    PutAccessPointConfigurationForObjectLambda PutAccessPointPolicy \
    PutAccessPointPolicyForObjectLambda PutAccessPointPublicAccessBlock \
    PutAccountPublicAccessBlock PutAnalyticsConfiguration PutBucketAcl PutBucketCORS \
    PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration \
    PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock \
    PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite \
    PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration \
    PutJobTagging PutLifecycleConfiguration PutMetricsConfiguration \
    PutMultiRegionAccessPointPolicy PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention \
    PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging PutReplicationConfiguration \
    PutStorageLensConfiguration PutStorageLensConfigurationTagging ReplicateDelete \
    ReplicateObject ReplicateTags RestoreObject SubmitMultiRegionAccessPointRoutes TagResource \
    UntagResource UpdateAccessGrantsLocation UpdateJobPriority UpdateJobStatus \
    UpdateStorageLensGroup
    """.split(separator: " ").map(String.init)

  /// The service that somebody means who writes `awskms`, `kinesis-streams` or `dynamo`.
  static func service(within word: String) -> String? {
    let own = Set(all.map { String($0.prefix { $0 != ":" }) }).sorted()
    return own.first { ($0.count > 3 || $0 == "kms") && word.contains($0) }
      ?? own.first { word.count > 3 && $0.hasPrefix(word) }
      ?? otherServices.sorted().first { word.count > 3 && $0.hasPrefix(word) }
  }

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
        + (covered.isEmpty ? "no action" : ShortNames.plural(covered.count, "action"))
        + "; ask for one"
        + (example.map { ", such as \($0)" } ?? "") + "; what-can shows all that a principal may do"
    }
    return problem(action)
  }

  /// An action as AWS spells it; nothing for one that is not known.
  static func spelled(_ action: String) -> String? { spellings[action.lowercased()] }

  private static let spellings = Dictionary(
    all.map { ($0.lowercased(), $0) }
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
      (name, name == "s3" ? ofS3 : names(of: $0, called: name))
    }
  }

  private static func names(of service: API.Service, called name: String) -> [String] {
    let operations = service.operations.map(\.name) + service.known.map(\.name)
    let others = withoutOperation.filter { $0.hasPrefix("\(name):") }.map {
      String($0.dropFirst(name.utf8.count + 1))
    }
    return (operations.filter { !withoutAction.contains("\(name):\($0)") } + others).sorted()
  }
}
