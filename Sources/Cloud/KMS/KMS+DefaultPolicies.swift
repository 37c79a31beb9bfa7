import Values

extension KMS {
  /// The policy of a key that was created without one.
  /// Source: AWS KMS Developer Guide, default key policy.
  static func defaultPolicy(account: String) -> String {
    """
    {
      "Version" : "2012-10-17",
      "Id" : "key-default-1",
      "Statement" : [ {
        "Sid" : "Enable IAM User Permissions",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::\(account):root"
        },
        "Action" : "kms:*",
        "Resource" : "*"
      } ]
    }
    """
  }

  /// The policy of `alias/aws/kinesis`. Nobody can change it.
  /// Assumed: the shape is that of the managed keys whose text AWS prints (EBS).
  static func managedKeyPolicy(account: String, region: Region) -> String {
    """
    {
      "Version" : "2012-10-17",
      "Id" : "auto-kinesis-1",
      "Statement" : [ {
        "Sid" : "Allow access through Kinesis for all principals in the account that are authorized to use Kinesis",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "*"
        },
        "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
        "Resource" : "*",
        "Condition" : {
          "StringEquals" : {
            "kms:CallerAccount" : "\(account)",
            "kms:ViaService" : "kinesis.\(region).amazonaws.com"
          }
        }
      }, {
        "Sid" : "Allow direct access to key metadata to the account",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "arn:aws:iam::\(account):root"
        },
        "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
        "Resource" : "*"
      } ]
    }
    """
  }
}
