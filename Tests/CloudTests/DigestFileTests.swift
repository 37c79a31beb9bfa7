import API
import Ciphers
import Testing
import Values

@testable import Cloud

/// The chain of digest files, with its hashes and signatures.
@Suite struct DigestFileTests {
  private static let bucket = "my-cloudtrail-bucket"

  /// A lab whose trail has two digest files of us-east-1, and their keys.
  private func lab() throws -> (TrailLab, [String]) {
    var lab = TrailLab()
    try lab.call("cloudtrail UpdateTrail", ["Name": "my-trail", "EnableLogFileValidation": true])
    for _ in 0..<2 {
      try lab.call("kms ListKeys")
      lab.cloud.advance(by: .seconds(3600))
    }
    let keys = try #require(lab.cloud.world.buckets[Self.bucket]).keys
    return (lab, keys.filter { $0.contains("/CloudTrail-Digest/us-east-1/2026/01/05/") })
  }

  private func contents(_ key: String, _ lab: TrailLab) throws -> [UInt8] {
    let object = try #require(lab.cloud.world.buckets[Self.bucket]?.objects[key])
    return try Gzip.decompress(lab.cloud.bytes(of: object))
  }

  private func digest(_ key: String, _ lab: TrailLab) throws -> JSON {
    try JSON(parsing: String(decoding: contents(key, lab), as: UTF8.self))
  }

  /// Source: CloudTrail User Guide, digest file structure: the fields in the order of its example.
  @Test func digestFilesFormAChain() throws {
    let (lab, keys) = try lab()
    #expect(
      keys.map { $0.split(separator: "/").last.map(String.init) } == [
        "123456789012_CloudTrail-Digest_us-east-1_my-trail_us-east-1_20260105T100000Z.json.gz",
        "123456789012_CloudTrail-Digest_us-east-1_my-trail_us-east-1_20260105T110000Z.json.gz",
      ])
    let digests = try keys.map { try digest($0, lab) }
    for digest in digests {
      #expect(
        digest.object?.names == [
          "awsAccountId", "digestStartTime", "digestEndTime", "digestS3Bucket", "digestS3Object",
          "digestPublicKeyFingerprint", "digestSignatureAlgorithm", "newestEventTime",
          "oldestEventTime", "previousDigestS3Bucket", "previousDigestS3Object",
          "previousDigestHashValue", "previousDigestHashAlgorithm", "previousDigestSignature",
          "logFiles",
        ])
      let files = try #require(digest["logFiles"]?.array)
      #expect(files.count == 1)
      for file in files {
        #expect(
          file.object?.names == [
            "s3Bucket", "s3Object", "hashValue", "hashAlgorithm", "newestEventTime",
            "oldestEventTime",
          ])
        // The hash is that of what was in the file before it was compressed.
        let text = try contents(file["s3Object"]?.string ?? "", lab)
        #expect(file["hashValue"] == .string(Hex.text(Digest.sha256(text))))
      }
    }
    for name in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
      #expect(digests[0]["previousDigest\(name)"] == .null)
    }
    #expect(digests[1]["previousDigestS3Object"] == .string(keys[0]))
    #expect(
      digests[1]["previousDigestHashValue"]
        == .string(Hex.text(Digest.sha256(try contents(keys[0], lab)))))
  }

  @Test func aSignatureIsMetadataAndFitsThePublishedKey() throws {
    var (lab, keys) = try lab()
    let listed = try lab.call("cloudtrail ListPublicKeys")
    let key = try #require(listed["PublicKeyList"]?.array?.first)
    #expect(
      key.object?.names == ["Value", "ValidityStartTime", "ValidityEndTime", "Fingerprint"])
    let bytes = try #require(Base64.decode(key["Value"]?.string ?? ""))
    let publicKey = try #require(RSAPublicKey(pkcs1: bytes))
    #expect(publicKey.byteCount == 256)
    var before = "null"
    for name in keys {
      let digest = try digest(name, lab)
      #expect(digest["digestPublicKeyFingerprint"] == key["Fingerprint"])
      for operation in ["s3api GetObject", "s3api HeadObject"] {
        let object = try lab.call(
          operation, ["Bucket": .string(Self.bucket), "Key": .string(name)])
        #expect(object["Metadata"]?["signature-algorithm"] == "SHA256withRSA")
      }
      let object = try lab.call(
        "s3api GetObject", ["Bucket": .string(Self.bucket), "Key": .string(name)])
      let signature = try #require(object["Metadata"]?["signature"]?.string)
      let end = digest["digestEndTime"]?.string ?? ""
      let hash = Hex.text(Digest.sha256(try contents(name, lab)))
      let signed = "\(end)\n\(Self.bucket)/\(name)\n\(hash)\n\(before)"
      let signatureBytes = try #require(Hex.bytes(signature))
      #expect(publicKey.verifies(signatureBytes, of: Array(signed.utf8)))
      #expect(!publicKey.verifies(signatureBytes, of: Array("\(signed) ".utf8)))
      if before != "null" { #expect(digest["previousDigestSignature"] == .string(before)) }
      before = signature
    }
    // A log file has no signature of its own.
    let log = try digest(keys[0], lab)["logFiles"]?.array?.first?["s3Object"] ?? .null
    let object = try lab.call("s3api HeadObject", ["Bucket": .string(Self.bucket), "Key": log])
    #expect(object["Metadata"] == [:])
  }

  @Test func everyRegionHasAKeyThatIsAlwaysTheSame() throws {
    var first = TrailLab()
    var second = TrailLab()
    let here = try first.call("cloudtrail ListPublicKeys")
    #expect(try second.call("cloudtrail ListPublicKeys") == here)
    let ireland = try #require(Region("eu-west-1"))
    let there = try first.call("cloudtrail ListPublicKeys", in: ireland)
    #expect(there["PublicKeyList"]?.array?.count == 1)
    #expect(there != here)
    let early: JSON = ["StartTime": "2020-01-01T00:00:00Z", "EndTime": "2020-02-01T00:00:00Z"]
    #expect(try first.call("cloudtrail ListPublicKeys", early) == ["PublicKeyList": []])
    let wrong: JSON = ["StartTime": "2026-02-01T00:00:00Z", "EndTime": "2026-01-01T00:00:00Z"]
    #expect(
      first.refusal("cloudtrail ListPublicKeys", wrong)?.code == "InvalidTimeRangeException")
  }

  /// CloudTrail knows what it wrote, whatever became of it in the bucket.
  @Test func aDigestNamesALogFileThatWasReplacedBeforeIt() throws {
    var lab = TrailLab()
    try lab.call("cloudtrail UpdateTrail", ["Name": "my-trail", "EnableLogFileValidation": true])
    try lab.call("kms ListKeys")
    lab.cloud.advance(by: .seconds(600))
    let bucket = try #require(lab.cloud.world.buckets[Self.bucket])
    let log = try #require(bucket.keys.first { $0.contains("/CloudTrail/us-east-1/2026/01/05/") })
    let hash = Hex.text(Digest.sha256(try contents(log, lab)))
    try lab.call(
      "s3api PutObject",
      ["Bucket": .string(Self.bucket), "Key": .string(log), "Body": "YQ=="])
    lab.cloud.advance(by: .seconds(3600))
    let keys = try #require(lab.cloud.world.buckets[Self.bucket]).keys
    let key = try #require(keys.first { $0.contains("-Digest/us-east-1/2026/01/05/") })
    let files = try #require(try digest(key, lab)["logFiles"]?.array)
    #expect(files.first { $0["s3Object"]?.string == log }?["hashValue"] == .string(hash))
  }

  /// Data events of a program, in a trail that signs: what their records quote lies in the stream.
  private func recording() throws -> TrailLab {
    var lab = try TrailLab.used()
    try lab.call("cloudtrail UpdateTrail", ["Name": "my-trail", "EnableLogFileValidation": true])
    try lab.call(
      "cloudtrail PutEventSelectors",
      [
        "TrailName": "my-trail",
        "AdvancedEventSelectors": [
          [
            "FieldSelectors": [
              ["Field": "eventCategory", "Equals": ["Data"]],
              ["Field": "resources.type", "Equals": ["AWS::Kinesis::Stream"]],
            ]
          ]
        ],
      ])
    let call = Call(session: try lab.session("producer"), region: .usEast1)
    let slot = try #require(lab.cloud.world.streams.slot(named: "my-secure-stream", in: .usEast1))
    let record = Kinesis.NewRecord(data: [1, 2, 3], partitionKey: "from-a-program")
    try lab.cloud.call(Kinesis.PutRecord(stream: slot, record), call)
    return lab
  }

  @Test func aLogFileSaysTheSameWheneverItIsFirstRead() throws {
    func text(_ lab: TrailLab) throws -> String {
      let key = try #require(
        lab.cloud.world.buckets[Self.bucket]?.keys.last { $0.contains("/CloudTrail/us-east-1/") })
      return String(decoding: try contents(key, lab), as: UTF8.self)
    }
    var early = try recording()
    early.cloud.advance(by: .seconds(300))
    var late = early
    let atOnce = try text(early)
    #expect(atOnce.contains("from-a-program") && atOnce.contains("\"sequenceNumber\""))
    // Another world, in which nobody reads before the stream is gone.
    late = try recording()
    late.cloud.advance(by: .seconds(300))
    try late.call(
      "kinesis DeleteStream", ["StreamName": "my-secure-stream", "EnforceConsumerDeletion": true])
    late.cloud.advance(by: .seconds(60))
    let slot = try #require(
      late.cloud.world.streams.streams.firstIndex { $0.name == "my-secure-stream" })
    #expect(late.cloud.world.streams.streams[slot].status == .gone)
    #expect(try text(late) == atOnce)
  }

  @Test func aFederatedUsersRecordKeepsTheIdOfItsIssuer() throws {
    var lab = TrailLab()
    let user = try lab.call("iam CreateUser", ["UserName": "issuer"])
    let id = try #require(user["User"]?["UserId"]?.string)
    try lab.call(
      "iam PutUserPolicy",
      [
        "UserName": "issuer", "PolicyName": "all",
        "PolicyDocument":
          "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",
      ])
    let key = try lab.call("iam CreateAccessKey", ["UserName": "issuer"])
    let accessKey = try #require(key["AccessKey"]?["AccessKeyId"]?.string)
    func session(_ key: String) throws -> SessionID {
      SessionID(
        try #require(lab.cloud.world.identities.sessions.firstIndex { $0.accessKeyID == key }))
    }
    func send(_ name: String, _ operation: String, _ input: JSON, by session: SessionID) throws
      -> JSON
    {
      let operation = try #require(Service.named(name)?.operation(named: operation))
      return try lab.cloud.call(
        operation, of: operation.service, input, Call(session: session, region: .usEast1)) ?? .null
    }
    let policy: JSON =
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"
    let token = try send(
      "sts", "GetFederationToken", ["Name": "guest", "Policy": policy], by: try session(accessKey))
    let guest = try #require(token["Credentials"]?["AccessKeyId"]?.string)
    _ = try send("kms", "ListKeys", [:], by: try session(guest))
    func issuer() throws -> JSON? {
      try lab.record("ListKeys")["userIdentity"]?["sessionContext"]?["sessionIssuer"]?[
        "principalId"]
    }
    #expect(try issuer() == .string(id))
    try lab.call("iam DeleteUserPolicy", ["UserName": "issuer", "PolicyName": "all"])
    try lab.call("iam DeleteAccessKey", ["UserName": "issuer", "AccessKeyId": .string(accessKey)])
    try lab.call("iam DeleteUser", ["UserName": "issuer"])
    #expect(try issuer() == .string(id))
  }

  @Test func whatATrailDeliveredGoesWithItsWorld() throws {
    weak var log: CloudTrail.WrittenFile?
    weak var digest: CloudTrail.WrittenFile?
    do {
      let (lab, keys) = try lab()
      let bucket = try #require(lab.cloud.world.buckets[Self.bucket])
      for key in bucket.keys {
        if case .trail(let file)? = bucket.objects[key]?.content {
          _ = file.bytes(in: lab.cloud)
          if keys.contains(key) { digest = file } else { log = file }
        }
      }
      #expect(log != nil && digest != nil)
    }
    #expect(log == nil)
    #expect(digest == nil)
  }

  /// Letting go of years of hours that each have a digest file asks for no stack as deep as the chain is
  /// long; the last of two hundred is signed, and so are those before it.
  @Test func aLongChainIsLetGoAndItsLastFileIsSigned() throws {
    func file(_ before: CloudTrail.WrittenFile?, _ hour: Int) -> CloudTrail.WrittenFile {
      CloudTrail.WrittenFile(
        .digest(
          CloudTrail.DigestFile(
            account: "123456789012", region: .usEast1, bucket: Self.bucket, key: "\(hour)",
            start: Instant(milliseconds: 0), end: Instant(milliseconds: 3_600_000), files: [],
            previous: before.map {
              CloudTrail.WrittenDigest(bucket: Self.bucket, key: "\(hour - 1)", written: $0)
            })))
    }
    var newest = file(nil, 0)
    for hour in 1..<100_000 { newest = file(newest, hour) }
    newest = file(nil, 0)
    for hour in 1..<200 { newest = file(newest, hour) }
    let cloud = Cloud.start()
    #expect(newest.signature(in: cloud)?.count == 512)
  }

  @Test func datesFollowTheLabsOwnFirstDay() throws {
    let sunday = Instant(milliseconds: 1_767_544_200_000)
    var lab = TrailLab()
    lab.cloud = Cloud.start(at: sunday)
    try lab.call("sts GetCallerIdentity", as: "producer")
    let context = try lab.record("GetCallerIdentity")["userIdentity"]?["sessionContext"]?[
      "attributes"]
    #expect(context?["creationDate"] == .string(sunday.zulu))
    let keys = try lab.call(
      "cloudtrail ListPublicKeys",
      ["StartTime": .string(sunday.zulu), "EndTime": .string(sunday.zulu)])
    #expect(keys["PublicKeyList"]?.array?.count == 1)
    let accounts = try lab.call("organizations ListAccounts")
    #expect(
      accounts["Accounts"]?.array?.allSatisfy {
        $0["JoinedTimestamp"] == .string(sunday.iso8601)
      } == true)
  }
}
