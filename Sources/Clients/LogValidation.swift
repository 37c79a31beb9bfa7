import Ciphers
import Cloud
import Values

/// What the AWS CLI's `cloudtrail validate-logs` does: follows the chain of digest files back, checks
/// the signature of each and the hash of every log file that it names.
///
/// It knows nothing but what calls answer. Source: AWS CLI Command Reference, cloudtrail validate-logs;
/// CloudTrail User Guide, custom implementations of log file integrity validation.
package struct LogValidation: Sendable {
  package let trail: String
  package let start: Instant
  package let end: Instant
  /// That of the digest files, which is the one of the call.
  package let region: Region
  package var bucket: String?
  package var prefix: String?
  package var account: String?
  package var isVerbose = false

  package struct Line: Hashable, Sendable {
    package var text: String
    package var isError: Bool
  }

  package private(set) var lines: [Line] = []
  package var foundSomethingWrong: Bool { digests.invalid + logs.invalid > 0 }
  /// Log files that are not what their digest says.
  package var invalidLogs: Int { logs.invalid }
  package var invalidDigests: Int { digests.invalid }

  /// A call that was refused.
  package struct Refusal: Error {
    package var operation: String
    package var code: String
    package var message: String

    package init(operation: String, code: String, message: String) {
      self.operation = operation
      self.code = code
      self.message = message
    }
  }

  /// What ends the command.
  package enum Failure: Error {
    case refused(Refusal)
    case mistaken(String)
  }

  /// A call of an operation of `cloudtrail` or `s3api`.
  package typealias Send =
    (_ service: String, _ operation: String, _ input: JSON) throws(Refusal) -> JSON

  private var digests = (valid: 0, invalid: 0)
  private var logs = (valid: 0, invalid: 0)
  private var found: (start: Instant, end: Instant)?
  private var endsInBlank = true
  private var publicKeys: [String: String] = [:]

  package init(trail: String, from start: Instant, to end: Instant, in region: Region) {
    self.trail = trail
    self.start = start
    self.end = end
    self.region = region
  }

  package mutating func run(_ send: Send) throws(Failure) {
    let parts = trail.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, parts[2] == "cloudtrail",
      !parts[3].isEmpty, parts[4].count == 12, parts[4].allSatisfy(\.isNumber),
      parts[5].hasPrefix("trail/"), parts[5].count > 6
    else { throw .mistaken("Invalid trail ARN provided: \(trail)") }
    let home = String(parts[3])
    let name = trail.split(separator: "/").last.map(String.init) ?? ""
    let account = account ?? String(parts[4])
    if bucket == nil {
      let reply = try call(send, "cloudtrail", "DescribeTrails", [:])
      guard let known = reply["trailList"]?.array?.first(where: { $0["TrailARN"]?.string == trail })
      else { throw .mistaken("A trail could not be found for \(trail)") }
      bucket = known["S3BucketName"]?.string
      prefix = known["S3KeyPrefix"]?.string
    }
    write("Validating log files for trail \(trail) between \(start.zulu) and \(end.zulu)\n")
    let bucket = bucket ?? ""
    let chain = Chain(
      folder: (prefix.map { "\($0)/" } ?? "") + "AWSLogs/\(account)/CloudTrail-Digest/\(region)/",
      name: "\(account)_CloudTrail-Digest_\(region)_\(name)_\(home)_")
    let keys = try call(
      send, "cloudtrail", "ListPublicKeys",
      [
        "StartTime": .string(start.iso8601),
        "EndTime": .string((end + .seconds(2 * 3600)).iso8601),
      ])
    for key in keys["PublicKeyList"]?.array ?? [] {
      guard let print = key["Fingerprint"]?.string else { continue }
      publicKeys[print] = key["Value"]?.string
    }
    if publicKeys.isEmpty {
      throw .mistaken("No public keys found between \(start.zulu) and \(end.zulu)")
    }
    try follow(chain, in: bucket, send)
    summarize()
  }

  private func call(_ send: Send, _ service: String, _ operation: String, _ input: JSON)
    throws(Failure) -> JSON
  {
    do throws(Refusal) {
      return try send(service, operation, input)
    } catch { throw .refused(error) }
  }

  // MARK: The chain

  /// How the digest files of one trail and one Region are named.
  private struct Chain {
    var folder: String
    var name: String

    /// The end of its time, which its name ends with; nothing for the file of another trail.
    func end(of key: String) -> Instant? {
      let file = key.split(separator: "/").last.map(String.init) ?? ""
      guard key.hasPrefix(folder), file.hasPrefix(name), file.hasSuffix(".json.gz") else {
        return nil
      }
      let digits = file.dropFirst(name.count).dropLast(8).filter(\.isNumber)
      guard digits.count == 14 else { return nil }
      let text = Array(digits).map(String.init)
      func part(_ range: Range<Int>) -> String { text[range].joined() }
      return Instant(
        parsing:
          "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z"
      )
    }
  }

  private enum Loaded {
    case digest(JSON)
    case missing
    case invalid(String)
  }

  private mutating func follow(_ chain: Chain, in first: String, _ send: Send) throws(Failure) {
    var bucket = first
    var listed = try list(chain, in: bucket, send)
    var next = listed.popLast()
    var lastStart = end
    while let key = next, start <= lastStart {
      switch try load(bucket, key, send) {
      case .digest(let digest):
        lastStart = digest["digestStartTime"]?.string.flatMap { Instant(parsing: $0) } ?? lastStart
        try take(digest, send)
        guard let previous = digest["previousDigestS3Object"]?.string,
          let holder = digest["previousDigestS3Bucket"]?.string
        else {
          next = Self.before(key, &listed, chain)
          if let next, let ended = chain.end(of: next) {
            complain(
              "No log files were delivered by CloudTrail between \(ended.zulu) and "
                + lastStart.zulu)
          }
          continue
        }
        next = previous
        if holder != bucket {
          bucket = holder
          listed = try list(chain, in: bucket, send)
        }
      case .missing:
        digests.invalid += 1
        complain("Digest file\ts3://\(bucket)/\(key)\tINVALID: not found")
        next = Self.before(key, &listed, chain)
      case .invalid(let reason):
        digests.invalid += 1
        complain("Digest file\ts3://\(bucket)/\(key)\tINVALID: \(reason)")
        next = Self.before(key, &listed, chain)
      }
    }
  }

  /// The newest digest file that is older than one.
  private static func before(_ key: String, _ listed: inout [String], _ chain: Chain) -> String? {
    guard let time = chain.end(of: key) else { return nil }
    while let other = listed.popLast() {
      if let ended = chain.end(of: other), ended < time { return other }
    }
    return nil
  }

  /// The digest files of the time, oldest first.
  private func list(_ chain: Chain, in bucket: String, _ send: Send) throws(Failure) -> [String] {
    _ = try call(send, "s3api", "GetBucketLocation", ["Bucket": .string(bucket)])
    var found: [String] = []
    var token: JSON?
    repeat {
      var input = JSONObject([("Bucket", .string(bucket)), ("Prefix", .string(chain.folder))])
      input["ContinuationToken"] = token
      let page = try call(send, "s3api", "ListObjectsV2", .object(input))
      found += (page["Contents"]?.array ?? []).compactMap { $0["Key"]?.string }
      token = page["NextContinuationToken"]
    } while token != nil
    return found.filter { key in
      // The hour behind the end may speak of log files before it.
      chain.end(of: key).map { $0 >= start && $0 <= end + .seconds(3600) } ?? false
    }
  }

  private func object(_ bucket: String, _ key: String, _ send: Send) throws(Failure) -> JSON? {
    do throws(Refusal) {
      return try send("s3api", "GetObject", ["Bucket": .string(bucket), "Key": .string(key)])
    } catch {
      if error.code == "NoSuchKey" { return nil }
      throw .refused(error)
    }
  }

  private static let needed = [
    "digestPublicKeyFingerprint", "digestS3Bucket", "digestS3Object", "previousDigestSignature",
    "digestEndTime", "digestStartTime",
  ]

  private func load(_ bucket: String, _ key: String, _ send: Send) throws(Failure) -> Loaded {
    guard let object = try object(bucket, key, send) else { return .missing }
    guard let text = Self.contents(of: object),
      let digest = try? JSON(parsing: String(decoding: text, as: UTF8.self)), digest.object != nil
    else { return .invalid("invalid format") }
    guard let signature = object["Metadata"]?["signature"]?.string,
      object["Metadata"]?["signature-algorithm"] != nil
    else { return .invalid("signature verification failed") }
    guard Self.needed.allSatisfy({ digest[$0] != nil }) else { return .invalid("invalid format") }
    guard digest["digestS3Bucket"]?.string == bucket, digest["digestS3Object"]?.string == key else {
      return .invalid("has been moved from its original location")
    }
    let print = digest["digestPublicKeyFingerprint"]?.string ?? ""
    guard let encoded = publicKeys[print] else {
      return .invalid("public key not found in region \(region) for fingerprint \(print)")
    }
    guard let publicKey = Base64.decode(encoded).flatMap({ RSAPublicKey(pkcs1: $0) }) else {
      return .invalid("Unable to load PKCS #1 key with fingerprint \(print)")
    }
    let before = digest["previousDigestSignature"]?.string ?? "null"
    let signed =
      "\(digest["digestEndTime"]?.string ?? "")\n\(bucket)/\(key)\n"
      + "\(Hex.text(Digest.sha256(text)))\n\(before)"
    guard let bytes = Hex.bytes(signature), publicKey.verifies(bytes, of: Array(signed.utf8)) else {
      return .invalid("signature verification failed")
    }
    return .digest(digest)
  }

  private static func contents(of object: JSON) -> [UInt8]? {
    guard let body = object["Body"]?.string.flatMap({ Base64.decode($0) }) else { return nil }
    return try? Gzip.decompress(body)
  }

  // MARK: What it found

  /// A digest file that is as it was signed.
  private mutating func take(_ digest: JSON, _ send: Send) throws(Failure) {
    let times = ["digestStartTime", "digestEndTime"].compactMap {
      digest[$0]?.string.flatMap { Instant(parsing: $0) }
    }
    if times.count == 2 {
      let own = (start: max(times[0], start), end: min(times[1], end))
      found = (min(found?.start ?? own.start, own.start), max(found?.end ?? own.end, own.end))
    }
    digests.valid += 1
    let place = [digest["digestS3Bucket"], digest["digestS3Object"]].map { $0?.string ?? "" }
    tell("Digest file\ts3://\(place[0])/\(place[1])\tvalid")
    for log in digest["logFiles"]?.array ?? [] {
      let (bucket, key) = (log["s3Bucket"]?.string ?? "", log["s3Object"]?.string ?? "")
      let name = "Log file\ts3://\(bucket)/\(key)"
      var problem: String?
      if let object = try object(bucket, key, send) {
        if let text = Self.contents(of: object) {
          let fits = Hex.text(Digest.sha256(text)) == log["hashValue"]?.string
          problem = fits ? nil : "hash value doesn't match"
        } else {
          problem = "invalid format"
        }
      } else {
        problem = "not found"
      }
      if let problem {
        logs.invalid += 1
        complain("\(name)\tINVALID: \(problem)")
      } else {
        logs.valid += 1
        tell("\(name)\tvalid")
      }
    }
  }

  private mutating func write(_ text: String) {
    lines.append(Line(text: text + "\n", isError: false))
  }

  private mutating func tell(_ text: String) {
    guard isVerbose else { return }
    endsInBlank = false
    write(text)
  }

  private mutating func complain(_ text: String) {
    lines.append(Line(text: (endsInBlank ? "" : "\n") + text + "\n\n", isError: true))
    endsInBlank = true
  }

  private mutating func summarize() {
    var text = (endsInBlank ? "" : "\n") + "Results requested for \(start.zulu) to \(end.zulu)\n"
    defer { lines.append(Line(text: text, isError: false)) }
    guard digests.valid + digests.invalid > 0 else {
      text += "No digests found\n"
      return
    }
    text +=
      found.map { "Results found for \($0.start.zulu) to \($0.end.zulu):\n" }
      ?? "No valid digests found in range\n"
    for (count, name) in [(digests, "digest"), (logs, "log")] {
      let total = count.valid + count.invalid
      if total == 0 { continue }
      text += "\n\(count.valid)/\(total) \(name) files valid"
      if count.invalid > 0 { text += ", \(count.invalid)/\(total) \(name) files INVALID" }
    }
    text += "\n"
  }
}
