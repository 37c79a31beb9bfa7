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
}
