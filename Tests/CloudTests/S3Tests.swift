import API
import Policies
import Testing
import Values

@testable import Cloud

@Suite struct S3Tests {
  private static let bucket: JSON = "my-own-bucket"

  private static func lab() throws -> TrailLab {
    var lab = TrailLab()
    try lab.call("s3api CreateBucket", ["Bucket": bucket])
    return lab
  }

  @Test func anObjectComesBackAsItWasPut() throws {
    var lab = try Self.lab()
    let put = try lab.call(
      "s3api PutObject",
      ["Bucket": Self.bucket, "Key": "a/b.txt", "Body": "aGVsbG8=", "ContentType": "text/plain"])
    // The MD5 of "hello".
    #expect(put["ETag"] == "\"5d41402abc4b2a76b9719d911017c592\"")
    let got = try lab.call("s3api GetObject", ["Bucket": Self.bucket, "Key": "a/b.txt"])
    #expect(got["Body"] == "aGVsbG8=")
    #expect(got["ContentLength"] == 5)
    #expect(got["ContentType"] == "text/plain")
    let part = try lab.call(
      "s3api GetObject", ["Bucket": Self.bucket, "Key": "a/b.txt", "Range": "bytes=1-2"])
    #expect(part["Body"] == "ZWw=")
    #expect(part["ContentRange"] == "bytes 1-2/5")
    try lab.call("s3api DeleteObject", ["Bucket": Self.bucket, "Key": "a/b.txt"])
    #expect(
      lab.refusal("s3api GetObject", ["Bucket": Self.bucket, "Key": "a/b.txt"])?.code
        == "NoSuchKey")
  }

  @Test func keysAreListedInOrderByPagesAndFolders() throws {
    var lab = try Self.lab()
    for key in ["b", "a/2", "a/1", "c/x/1", "a1"] as [JSON] {
      try lab.call("s3api PutObject", ["Bucket": Self.bucket, "Key": key, "Body": ""])
    }
    func keys(_ reply: JSON) -> [String] {
      reply["Contents"]?.array?.compactMap { $0["Key"]?.string } ?? []
    }
    let all = try lab.call("s3api ListObjectsV2", ["Bucket": Self.bucket])
    #expect(keys(all) == ["a/1", "a/2", "a1", "b", "c/x/1"])
    let folders = try lab.call("s3api ListObjectsV2", ["Bucket": Self.bucket, "Delimiter": "/"])
    #expect(keys(folders) == ["a1", "b"])
    #expect(folders["CommonPrefixes"] == [["Prefix": "a/"], ["Prefix": "c/"]])
    #expect(
      keys(try lab.call("s3api ListObjectsV2", ["Bucket": Self.bucket, "Prefix": "a/"]))
        == ["a/1", "a/2"])
    var found: [String] = []
    var token: JSON?
    repeat {
      var input = JSONObject([("Bucket", Self.bucket), ("MaxKeys", 2)])
      input["ContinuationToken"] = token
      let page = try lab.call("s3api ListObjectsV2", .object(input))
      found += keys(page)
      token = page["NextContinuationToken"]
    } while token != nil && found.count < 10
    #expect(found == keys(all))
  }

  static let refusals: [TrailRefusal] = [
    TrailRefusal("s3api CreateBucket", ["Bucket": "My-Bucket"], "InvalidBucketName"),
    TrailRefusal("s3api CreateBucket", ["Bucket": "10.0.0.1"], "InvalidBucketName"),
    TrailRefusal("s3api CreateBucket", ["Bucket": "a..b"], "InvalidBucketName"),
    TrailRefusal(
      "s3api CreateBucket",
      ["Bucket": "b-2", "CreateBucketConfiguration": ["LocationConstraint": "eu-west-1"]],
      "IllegalLocationConstraintException"),
    TrailRefusal("s3api HeadBucket", ["Bucket": "nowhere"], "NoSuchBucket"),
    TrailRefusal("s3api GetObject", ["Bucket": "nowhere", "Key": "k"], "NoSuchBucket"),
    TrailRefusal("s3api GetBucketPolicy", ["Bucket": bucket], "NoSuchBucketPolicy"),
    TrailRefusal("s3api PutBucketPolicy", ["Bucket": bucket, "Policy": "{"], "MalformedPolicy"),
    TrailRefusal(
      "s3api PutBucketPolicy",
      [
        "Bucket": bucket,
        "Policy": .string(policy("\"*\"", "s3:GetObject", "arn:aws:s3:::my-own-bucket/*")),
      ], "AccessDenied"),
    TrailRefusal(
      "s3api PutBucketPolicy",
      [
        "Bucket": bucket,
        "Policy": .string(
          policy("{\"AWS\":\"123456789012\"}", "s3:GetObject", "arn:aws:s3:::other/*")),
      ], "MalformedPolicy"),
    TrailRefusal(
      "s3api PutBucketPolicy",
      [
        "Bucket": bucket,
        "Policy": .string(
          policy("{\"AWS\":\"123456789012\"}", "kms:Decrypt", "arn:aws:s3:::my-own-bucket/*")),
      ], "MalformedPolicy"),
  ]

  private static func policy(_ principal: String, _ action: String, _ resource: String) -> String {
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\(principal),"
      + "\"Action\":\"\(action)\",\"Resource\":\"\(resource)\"}]}"
  }

  @Test(arguments: refusals) func whatCannotBeIsRefusedAndChangesNothing(row: TrailRefusal) throws {
    var lab = try Self.lab()
    let before = lab.cloud.world.digest
    let error = lab.refusal(row.call, row.input)
    #expect(error?.code == row.code, "\(error?.message ?? "nothing")")
    #expect(lab.cloud.world.digest == before)
  }

  @Test func aBucketWithObjectsStays() throws {
    var lab = try Self.lab()
    try lab.call("s3api PutObject", ["Bucket": Self.bucket, "Key": "k", "Body": ""])
    #expect(lab.refusal("s3api DeleteBucket", ["Bucket": Self.bucket])?.code == "BucketNotEmpty")
    try lab.call("s3api DeleteObject", ["Bucket": Self.bucket, "Key": "k"])
    try lab.call("s3api DeleteBucket", ["Bucket": Self.bucket])
    #expect(lab.refusal("s3api HeadBucket", ["Bucket": Self.bucket])?.code == "NoSuchBucket")
  }

  /// A bucket's own policy opens it to somebody whose own policies are silent, object by object.
  @Test func aBucketsPolicyAllows() throws {
    var lab = try Self.lab()
    try lab.call("s3api PutObject", ["Bucket": Self.bucket, "Key": "open/a", "Body": ""])
    let input: JSON = ["Bucket": Self.bucket, "Key": "open/a"]
    #expect(lab.refusal("s3api GetObject", input, as: "producer")?.code == "AccessDenied")
    let role = "{\"AWS\":\"arn:aws:iam::123456789012:role/kinesis-producer-role\"}"
    try lab.call(
      "s3api PutBucketPolicy",
      [
        "Bucket": Self.bucket,
        "Policy": .string(
          Self.policy(role, "s3:GetObject", "arn:aws:s3:::my-own-bucket/open/*")),
      ])
    try lab.call("s3api GetObject", input, as: "producer")
    #expect(
      lab.refusal("s3api GetObject", ["Bucket": Self.bucket, "Key": "shut"], as: "producer")?.code
        == "AccessDenied")
    #expect(
      lab.refusal("s3api ListObjectsV2", ["Bucket": Self.bucket], as: "producer")?.message
        .contains("s3:ListBucket") == true)
  }

  /// A trail of one's own in a bucket of one's own, from nothing.
  @Test func aTrailWantsABucketThatLetsItIn() throws {
    var lab = try Self.lab()
    let trail: JSON = ["Name": "own", "S3BucketName": Self.bucket, "S3KeyPrefix": "logs"]
    #expect(
      lab.refusal("cloudtrail CreateTrail", trail)?.code == "InsufficientS3BucketPolicyException")
    let text =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      + "\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:GetBucketAcl\",\"Resource\":"
      + "\"arn:aws:s3:::my-own-bucket\"},{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      + "\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:PutObject\",\"Resource\":"
      + "\"arn:aws:s3:::my-own-bucket/logs/AWSLogs/123456789012/*\",\"Condition\":{\"StringEquals\":"
      + "{\"s3:x-amz-acl\":\"bucket-owner-full-control\",\"aws:SourceArn\":"
      + "\"arn:aws:cloudtrail:us-east-1:123456789012:trail/own\"}}}]}"
    try lab.call("s3api PutBucketPolicy", ["Bucket": Self.bucket, "Policy": .string(text)])
    try lab.call("cloudtrail CreateTrail", trail)
    try lab.call("cloudtrail StartLogging", ["Name": "own"])
    lab.cloud.advance(by: .seconds(300))
    let keys = lab.cloud.world.buckets["my-own-bucket"]?.keys ?? []
    #expect(keys.count == 1)
    #expect(keys.first?.hasPrefix("logs/AWSLogs/123456789012/CloudTrail/us-east-1/2026/") == true)
    // Another trail is not let in by the same policy.
    #expect(
      lab.refusal(
        "cloudtrail CreateTrail",
        ["Name": "other", "S3BucketName": Self.bucket, "S3KeyPrefix": "logs"])?.code
        == "InsufficientS3BucketPolicyException")
  }
}

/// A request that is refused, and the code that it is refused with.
struct TrailRefusal: CustomTestStringConvertible, Sendable {
  var call: String
  var input: JSON
  var code: String
  var testDescription: String { "\(call) \(input.line) is \(code)" }

  init(_ call: String, _ input: JSON, _ code: String) {
    self.call = call
    self.input = input
    self.code = code
  }
}
