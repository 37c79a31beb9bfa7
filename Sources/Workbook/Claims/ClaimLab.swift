/// Lines that several experiments share: the guide's stream, encrypted and in use.
enum ClaimLab {
  static let key = "12345678-1234-1234-1234-123456789012"
  static let stream = "my-secure-stream"
  static let account = "123456789012"

  /// The guide's stream under the guide's key, the way that both models know.
  static let encrypted = [
    "aws kinesis create-stream --stream-name \(stream) --shard-count 1",
    "aws kinesis wait stream-exists --stream-name \(stream)",
    start(under: key), "aws kinesis wait stream-exists --stream-name \(stream)", "wait 10s",
  ]

  static let plain = Array(encrypted.prefix(2)) + ["wait 10s"]

  static func start(under key: String, stream: String = stream) -> String {
    "aws kinesis start-stream-encryption --stream-name \(stream) --encryption-type KMS "
      + "--key-id \(key)"
  }

  static func put(as profile: String = "producer", data: String = "aGVsbG8=") -> String {
    "aws kinesis put-record --stream-name \(stream) --partition-key a --data \(data)"
      + " --profile \(profile)"
  }

  static let read =
    "aws kinesis get-records --profile consumer --shard-iterator $(aws kinesis get-shard-iterator "
    + "--stream-name \(stream) --shard-id shardId-000000000000 "
    + "--shard-iterator-type TRIM_HORIZON --query ShardIterator --output text --profile consumer)"

  static func keyPolicy(_ statements: String...) -> String {
    "aws kms put-key-policy --key-id \(key) --policy-name default --policy "
      + "'{\"Version\":\"2012-10-17\",\"Statement\":[\(statements.joined(separator: ","))]}'"
  }

  static let delegation =
    "{\"Sid\":\"Enable IAM User Permissions\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
    + "\"arn:aws:iam::\(account):root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}"

  /// The administrator by name, and nobody through the account.
  static let administrator =
    "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::\(account):user/admin\"},"
    + "\"Action\":\"kms:*\",\"Resource\":\"*\"}"

  static func allow(_ role: String, _ action: String) -> String {
    "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::\(account):role/\(role)\"},"
      + "\"Action\":\"\(action)\",\"Resource\":\"*\"}"
  }

  static let service =
    "{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"kinesis.amazonaws.com\"},"
    + "\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],\"Resource\":\"*\"}"
}
