import Ciphers
import Policies
import Values

extension IAM {
  /// The policies that AWS keeps in every account, as far as they speak of the lab's services;
  /// AdministratorAccess is the start world's own.
  ///
  /// Source: AWS Managed Policy Reference Guide; names, paths, dates, numbers of the versions and
  /// documents are AWS's. Ids are the lab's own, and only the version that speaks is kept.
  static let awsManaged: [ManagedPolicy] = [
    aws(
      "PowerUserAccess", made: "2015-02-06T18:39:47Z", version: 12,
      text: """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "NotAction": ["iam:*", "organizations:*", "account:*"],
              "Resource": "*"
            },
            {
              "Effect": "Allow",
              "Action": [
                "account:GetAccountInformation", "account:GetGovCloudAccountInformation",
                "account:GetPrimaryEmail", "account:ListRegions", "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole", "iam:ListRoles",
                "organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization"
              ],
              "Resource": "*"
            }
          ]
        }
        """),
    // Of the thousands of actions of ReadOnlyAccess those of services that the lab has.
    aws(
      "ReadOnlyAccess", made: "2015-02-06T18:39:48Z", version: 182,
      allow: [
        "cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*",
        "cloudtrail:Describe*", "cloudtrail:Get*", "cloudtrail:List*", "cloudtrail:LookupEvents",
        "cloudwatch:Describe*", "cloudwatch:GenerateQuery", "cloudwatch:Get*", "cloudwatch:List*",
        "iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*", "kinesis:Describe*",
        "kinesis:Get*", "kinesis:List*", "kms:Describe*", "kms:Get*", "kms:List*", "logs:Describe*",
        "logs:FilterLogEvents", "logs:Get*", "logs:ListTagsForResource", "logs:ListTagsLogGroup",
        "logs:StartLiveTail", "logs:StartQuery", "logs:StopLiveTail", "logs:StopQuery",
        "logs:TestMetricFilter", "organizations:Describe*", "organizations:List*",
        "s3:DescribeJob", "s3:Get*", "s3:List*", "servicequotas:GetAWSDefaultServiceQuota",
        "servicequotas:GetRequestedServiceQuotaChange", "servicequotas:GetServiceQuota",
        "servicequotas:ListAWSDefaultServiceQuotas",
        "servicequotas:ListRequestedServiceQuotaChangeHistory",
        "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota",
        "servicequotas:ListServiceQuotas", "servicequotas:ListServices", "sts:GetAccessKeyInfo",
        "sts:GetCallerIdentity", "sts:GetSessionToken",
      ]),
    aws(
      "AmazonKinesisFullAccess", made: "2015-02-06T18:40:29Z", version: 1,
      allow: ["kinesis:*"]),
    aws(
      "AmazonKinesisReadOnlyAccess", made: "2015-02-06T18:40:30Z", version: 1,
      allow: ["kinesis:Get*", "kinesis:List*", "kinesis:Describe*"]),
    aws(
      "AWSLambdaKinesisExecutionRole", path: "service-role/", made: "2015-04-09T15:14:16Z",
      version: 2,
      allow: [
        "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
        "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListStreams",
        "kinesis:SubscribeToShard", "logs:CreateLogGroup", "logs:CreateLogStream",
        "logs:PutLogEvents",
      ]),
    aws(
      "AWSKeyManagementServicePowerUser", made: "2015-02-06T18:40:40Z", version: 2,
      allow: [
        "kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*",
        "kms:GenerateRandom", "kms:Get*", "kms:List*", "kms:TagResource", "kms:UntagResource",
        "iam:ListGroups", "iam:ListRoles", "iam:ListUsers",
      ]),
    aws(
      "AWSCloudTrail_ReadOnlyAccess", made: "2022-06-14T17:19:05Z", version: 1,
      allow: [
        "cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:List*", "cloudtrail:LookupEvents",
      ]),
    aws(
      "CloudWatchLogsFullAccess", made: "2015-02-06T18:40:02Z", version: 8,
      sid: "CloudWatchLogsFullAccess",
      allow: [
        "logs:*", "cloudwatch:GenerateQuery", "cloudwatch:GenerateQueryResultsSummary",
        "observabilityadmin:GetS3TableIntegration", "observabilityadmin:ListS3TableIntegrations",
        "observabilityadmin:ListTelemetryPipelines",
      ]),
    aws(
      "CloudWatchLogsReadOnlyAccess", made: "2015-02-06T18:40:03Z", version: 12,
      sid: "CloudWatchLogsReadOnlyAccess",
      allow: [
        "logs:Describe*", "logs:Get*", "logs:List*", "logs:StartQuery", "logs:StopQuery",
        "logs:TestMetricFilter", "logs:FilterLogEvents", "logs:StartLiveTail",
        "logs:StopLiveTail", "cloudwatch:GenerateQuery",
        "cloudwatch:GenerateQueryResultsSummary", "observabilityadmin:ListS3TableIntegrations",
        "observabilityadmin:GetS3TableIntegration", "observabilityadmin:ListTelemetryPipelines",
      ]),
    aws(
      "IAMFullAccess", made: "2015-02-06T18:40:38Z", version: 2,
      allow: [
        "iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization",
        "organizations:DescribeOrganizationalUnit", "organizations:DescribePolicy",
        "organizations:ListChildren", "organizations:ListParents",
        "organizations:ListPoliciesForTarget", "organizations:ListRoots",
        "organizations:ListPolicies", "organizations:ListTargetsForPolicy",
      ]),
    aws(
      "IAMReadOnlyAccess", made: "2015-02-06T18:40:39Z", version: 4,
      allow: [
        "iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:Get*",
        "iam:List*", "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy",
      ]),
    aws(
      "AmazonS3FullAccess", made: "2015-02-06T18:40:58Z", version: 2,
      allow: ["s3:*", "s3-object-lambda:*"]),
    aws(
      "AmazonS3ReadOnlyAccess", made: "2015-02-06T18:40:59Z", version: 3,
      allow: [
        "s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*",
      ]),
  ]

  /// A policy of one statement that allows some actions everywhere.
  private static func aws(
    _ name: String, path: String = "", made: String, version: Int, sid: String? = nil,
    allow actions: [String]
  ) -> ManagedPolicy {
    var statement = JSONObject([("Effect", "Allow")])
    if let sid { statement["Sid"] = .string(sid) }
    statement["Action"] =
      actions.count == 1 ? .string(actions[0]) : .array(actions.map(JSON.string))
    statement["Resource"] = "*"
    let document: JSON = ["Version": "2012-10-17", "Statement": [.object(statement)]]
    return aws(name, path: path, made: made, version: version, text: document.pretty)
  }

  private static func aws(
    _ name: String, path: String = "", made: String, version: Int, text: String
  ) -> ManagedPolicy {
    guard let created = Instant(parsing: made),
      let document = try? PolicyDocument(parsing: text, as: .identity)
    else { preconditionFailure("the text of \(name) does not parse") }
    // An id that is the same in every world, and no draw from the world's own generator.
    var letters = SeededGenerator(seed: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
    return ManagedPolicy(
      name: name, id: letters.uniqueID(prefix: "ANPA", length: 17),
      arn: "arn:aws:iam::aws:policy/\(path)\(name)", created: created, description: "",
      document: document, number: version)
  }
}
