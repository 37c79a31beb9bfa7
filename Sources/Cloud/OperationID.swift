import Policies

/// An operation that the lab performs, named `service:Operation` as policies name actions.
package enum OperationID: String, CaseIterable, Sendable {
  case createKey = "kms:CreateKey"
  case describeKey = "kms:DescribeKey"
  case listKeys = "kms:ListKeys"
  case createAlias = "kms:CreateAlias"
  case listAliases = "kms:ListAliases"
  case getKeyPolicy = "kms:GetKeyPolicy"
  case putKeyPolicy = "kms:PutKeyPolicy"
  case generateDataKey = "kms:GenerateDataKey"
  case encrypt = "kms:Encrypt"
  case decrypt = "kms:Decrypt"
  case enableKey = "kms:EnableKey"
  case disableKey = "kms:DisableKey"

  case createStream = "kinesis:CreateStream"
  case describeStream = "kinesis:DescribeStream"
  case describeStreamSummary = "kinesis:DescribeStreamSummary"
  case listStreams = "kinesis:ListStreams"
  case listShards = "kinesis:ListShards"
  case putRecord = "kinesis:PutRecord"
  case putRecords = "kinesis:PutRecords"
  case getShardIterator = "kinesis:GetShardIterator"
  case getRecords = "kinesis:GetRecords"
  case startStreamEncryption = "kinesis:StartStreamEncryption"
  case stopStreamEncryption = "kinesis:StopStreamEncryption"
  case deleteStream = "kinesis:DeleteStream"

  case getCallerIdentity = "sts:GetCallerIdentity"
  case assumeRole = "sts:AssumeRole"

  case getRole = "iam:GetRole"
  case listRoles = "iam:ListRoles"
  case listRolePolicies = "iam:ListRolePolicies"
  case getRolePolicy = "iam:GetRolePolicy"
  case putRolePolicy = "iam:PutRolePolicy"
  case deleteRolePolicy = "iam:DeleteRolePolicy"
  case deleteRole = "iam:DeleteRole"
  case createRole = "iam:CreateRole"
  case updateAssumeRolePolicy = "iam:UpdateAssumeRolePolicy"
  case attachRolePolicy = "iam:AttachRolePolicy"
  case detachRolePolicy = "iam:DetachRolePolicy"
  case listAttachedRolePolicies = "iam:ListAttachedRolePolicies"
  case putRolePermissionsBoundary = "iam:PutRolePermissionsBoundary"
  case deleteRolePermissionsBoundary = "iam:DeleteRolePermissionsBoundary"
  case createUser = "iam:CreateUser"
  case getUser = "iam:GetUser"
  case listUsers = "iam:ListUsers"
  case deleteUser = "iam:DeleteUser"
  case putUserPolicy = "iam:PutUserPolicy"
  case getUserPolicy = "iam:GetUserPolicy"
  case listUserPolicies = "iam:ListUserPolicies"
  case deleteUserPolicy = "iam:DeleteUserPolicy"
  case attachUserPolicy = "iam:AttachUserPolicy"
  case detachUserPolicy = "iam:DetachUserPolicy"
  case listAttachedUserPolicies = "iam:ListAttachedUserPolicies"
  case putUserPermissionsBoundary = "iam:PutUserPermissionsBoundary"
  case deleteUserPermissionsBoundary = "iam:DeleteUserPermissionsBoundary"
  case createPolicy = "iam:CreatePolicy"
  case getPolicy = "iam:GetPolicy"
  case getPolicyVersion = "iam:GetPolicyVersion"
  case listPolicies = "iam:ListPolicies"
  case deletePolicy = "iam:DeletePolicy"
  case simulatePrincipalPolicy = "iam:SimulatePrincipalPolicy"
  case simulateCustomPolicy = "iam:SimulateCustomPolicy"
  case getContextKeysForPrincipalPolicy = "iam:GetContextKeysForPrincipalPolicy"
  case getContextKeysForCustomPolicy = "iam:GetContextKeysForCustomPolicy"

  package var action: ActionName { ActionName(rawValue) }

  /// `kms` of `kms:CreateKey`.
  package var service: String { String(rawValue.prefix { $0 != ":" }) }

  /// `CreateKey` of `kms:CreateKey`.
  package var operation: String { String(rawValue.drop { $0 != ":" }.dropFirst()) }
}
