import API
import Ciphers
import Policies
import Testing
import Values

@testable import Cloud

/// Dice that always fall the same.
struct SessionDice: RandomNumberGenerator {
  private var print: Fingerprint
  init(_ seed: Int) {
    print = Fingerprint()
    print.fold(seed)
  }
  mutating func next() -> UInt64 {
    print.fold(1 as UInt64)
    return print.value
  }
}

@Suite struct TrailDeliveryTests {
  private static let bucket = "my-cloudtrail-bucket"

  /// The records of all log files of a bucket, file by file.
  private static func files(_ lab: TrailLab, under prefix: String = "") throws -> [(
    key: String, records: [JSON]
  )] {
    let found = try #require(lab.cloud.world.buckets[bucket])
    return try found.keys.filter { $0.hasPrefix(prefix) && $0.contains("/CloudTrail/") }.map {
      key in
      let object = try #require(found.objects[key])
      let text = String(
        decoding: try Gzip.decompress(lab.cloud.bytes(of: object)), as: UTF8.self)
      return (key, try #require(try JSON(parsing: text)["Records"]?.array))
    }
  }

  @Test func aLogFileHoldsTheRecordsInAWSsLayout() throws {
    var lab = try TrailLab.used()
    let before = lab.rows
    let trail = try #require(lab.cloud.world.trails.all.first?.trail)
    let taken = before.filter { lab.cloud.takes(trail, $0) }
    #expect(taken.count < before.count)
    #expect(try Self.files(lab).isEmpty)
    lab.cloud.advance(by: .seconds(300))
    let files = try Self.files(lab)
    #expect(files.count == 1)
    let file = try #require(files.first)
    let name = "123456789012_CloudTrail_us-east-1_20260105T0905Z_"
    let folder = "AWSLogs/123456789012/CloudTrail/us-east-1/2026/01/05/"
    #expect(file.key.hasPrefix(folder + name))
    #expect(file.key.hasSuffix(".json.gz"))
    let unique = file.key.dropFirst(folder.count + name.count).dropLast(8)
    #expect(unique.count == 16)
    #expect(unique.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x7A).contains($0) })
    #expect(file.records == taken.map { lab.cloud.record(of: $0) })
    let status = try lab.call("cloudtrail GetTrailStatus", ["Name": "my-trail"])
    #expect(status["LatestDeliveryTime"] == "2026-01-05T09:05:00+00:00")
  }

  /// What follows from the journal does not change the bytes, and undo takes the files back.
  @Test func aFileStaysWhatItIs() throws {
    var lab = try TrailLab.used()
    let old = lab
    lab.cloud.advance(by: .seconds(300))
    let later = lab
    try lab.call("kinesis DeleteStream", ["StreamName": "my-secure-stream"])
    lab.cloud.advance(by: .seconds(60))
    func bytes(_ lab: TrailLab) throws -> [[UInt8]] {
      let bucket = try #require(lab.cloud.world.buckets[Self.bucket])
      return bucket.keys.compactMap { bucket.objects[$0] }.map { lab.cloud.bytes(of: $0) }
    }
    let first = try bytes(lab)
    #expect(first == (try bytes(later)))
    var other = old
    other.cloud.advance(by: .seconds(300))
    #expect(first == (try bytes(other)))
    #expect(try bytes(old).isEmpty)
  }

  @Test func eachRegionHasItsOwnFile() throws {
    var lab = TrailLab()
    try lab.call("cloudtrail UpdateTrail", ["Name": "my-trail", "IsMultiRegionTrail": true])
    let west = try #require(Region("us-west-2"))
    try lab.call("kms ListKeys", in: west)
    try lab.call("iam ListRoles", in: west)
    lab.cloud.advance(by: .seconds(600))
    let files = try Self.files(lab)
    #expect(files.count == 2)
    #expect(
      files.map { $0.records.compactMap { $0["eventName"]?.string } }
        == [["UpdateTrail", "ListRoles"], ["ListKeys"]])
  }

  /// A refusing bucket gets everything once its policy is mended.
  @Test func whatABucketRefusesComesWhenItIsMended() throws {
    var lab = TrailLab()
    let policy = try lab.call("s3api GetBucketPolicy", ["Bucket": .string(Self.bucket)])
    try lab.call("s3api DeleteBucketPolicy", ["Bucket": .string(Self.bucket)])
    lab.cloud.advance(by: .seconds(300))
    #expect(try Self.files(lab).isEmpty)
    let status = try lab.call("cloudtrail GetTrailStatus", ["Name": "my-trail"])
    #expect(status["LatestDeliveryError"] == "AccessDenied")
    let row = try #require(lab.rows.first)
    let trail = try #require(lab.cloud.world.trails.all.first?.trail)
    guard case .failing("AccessDenied", _) = lab.cloud.whereabouts(of: row, in: trail) else {
      Issue.record("\(lab.cloud.whereabouts(of: row, in: trail))")
      return
    }
    try lab.call(
      "s3api PutBucketPolicy",
      ["Bucket": .string(Self.bucket), "Policy": policy["Policy"] ?? .null])
    lab.cloud.advance(by: .seconds(300))
    let records = try Self.files(lab).flatMap(\.records)
    #expect(
      records.compactMap { $0["eventName"]?.string } == [
        "GetBucketPolicy", "DeleteBucketPolicy", "GetTrailStatus", "PutBucketPolicy",
      ])
    #expect(
      try lab.call("cloudtrail GetTrailStatus", ["Name": "my-trail"])["LatestDeliveryError"]
        == nil)
  }

  // MARK: Random sessions

  private static func selectors(_ dice: inout SessionDice) -> JSON {
    let basic: [JSON] = [
      ["ReadWriteType": "All"], ["ReadWriteType": "ReadOnly"], ["ReadWriteType": "WriteOnly"],
      ["ExcludeManagementEventSources": ["kms.amazonaws.com"]],
      [
        "IncludeManagementEvents": false,
        "DataResources": [["Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]]],
      ],
    ]
    let management: JSON = ["Field": "eventCategory", "Equals": ["Management"]]
    let data: JSON = ["Field": "eventCategory", "Equals": ["Data"]]
    let kinesis: JSON = ["Field": "resources.type", "Equals": ["AWS::Kinesis::Stream"]]
    let one: JSON = [
      "Field": "resources.ARN",
      "Equals": ["arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream"],
    ]
    let advanced: [JSON] = [
      ["FieldSelectors": [management]],
      [
        "FieldSelectors": [
          management, ["Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]],
        ]
      ],
      ["FieldSelectors": [management, ["Field": "readOnly", "Equals": ["false"]]]],
      ["FieldSelectors": [data, kinesis]], ["FieldSelectors": [data, kinesis, one]],
      ["FieldSelectors": [data, kinesis, ["Field": "eventName", "StartsWith": ["Put"]]]],
    ]
    func some(_ list: [JSON]) -> JSON {
      .array(
        (0..<Int.random(in: 1...3, using: &dice)).compactMap { _ in
          list.randomElement(using: &dice)
        })
    }
    return Bool.random(using: &dice)
      ? ["EventSelectors": some(basic)] : ["AdvancedEventSelectors": some(advanced)]
  }

  /// What selectors say of a record, worked out from the record's own fields.
  private static func selects(_ selectors: JSON, _ record: JSON) -> Bool {
    let isManagement = record["managementEvent"] == true
    let isReadOnly = record["readOnly"] == true
    let source = record["eventSource"]?.string ?? ""
    let resource = record["resources"]?.array?.first
    for selector in selectors["EventSelectors"]?.array ?? [] {
      let kind = selector["ReadWriteType"]?.string ?? "All"
      guard kind == "All" || (kind == "ReadOnly") == isReadOnly else { continue }
      if isManagement {
        if selector["IncludeManagementEvents"] != false,
          !(selector["ExcludeManagementEventSources"]?.array ?? []).contains(.string(source))
        {
          return true
        }
      } else if selector["DataResources"] != nil, source == "s3.amazonaws.com" {
        return true
      }
    }
    for selector in selectors["AdvancedEventSelectors"]?.array ?? [] {
      let fits = (selector["FieldSelectors"]?.array ?? []).allSatisfy { field in
        let value: String =
          switch field["Field"]?.string {
          case "eventCategory": isManagement ? "Management" : "Data"
          case "eventSource": source
          case "readOnly": isReadOnly ? "true" : "false"
          case "eventName": record["eventName"]?.string ?? ""
          case "resources.type": resource?["type"]?.string ?? ""
          case "resources.ARN": resource?["ARN"]?.string ?? ""
          default: "?"
          }
        if let equals = field["Equals"]?.array { return equals.contains(.string(value)) }
        if let others = field["NotEquals"]?.array { return !others.contains(.string(value)) }
        return (field["StartsWith"]?.array ?? []).contains { value.hasPrefix($0.string ?? "?") }
      }
      if fits { return true }
    }
    return false
  }

  /// One call of a random session; whether it was refused is its own affair.
  private static func step(_ lab: inout TrailLab, _ dice: inout SessionDice) {
    let profile = ["admin", "producer", "consumer", "auditor"].randomElement(using: &dice) ?? ""
    let region = Int.random(in: 0..<6, using: &dice) == 0 ? Region("us-west-2") : nil
    let stream: JSON = Bool.random(using: &dice) ? "my-secure-stream" : "my-existing-stream"
    let calls: [(String, JSON)] = [
      ("kinesis PutRecord", ["StreamName": stream, "Data": "YQ==", "PartitionKey": "p"]),
      (
        "kinesis PutRecords",
        ["StreamName": stream, "Records": [["Data": "YQ==", "PartitionKey": "p"]]]
      ),
      (
        "kinesis GetShardIterator",
        [
          "StreamName": stream, "ShardId": "shardId-000000000000",
          "ShardIteratorType": "TRIM_HORIZON",
        ]
      ),
      ("kinesis DescribeStream", ["StreamName": stream]), ("kms ListKeys", [:]),
      ("kms GenerateDataKey", ["KeyId": .string(StartNames.keyID), "KeySpec": "AES_256"]),
      ("kms Decrypt", ["CiphertextBlob": "YWJj"]),
      ("kms DisableKey", ["KeyId": .string(StartNames.keyID)]),
      ("kms EnableKey", ["KeyId": .string(StartNames.keyID)]), ("iam ListRoles", [:]),
      ("sts GetCallerIdentity", [:]), ("cloudtrail DescribeTrails", [:]),
      ("kms CreateKey", ["Description": "d"]),
      ("s3api GetObject", ["Bucket": "my-cloudtrail-bucket", "Key": "none"]),
    ]
    guard let (name, input) = calls.randomElement(using: &dice) else { return }
    _ = lab.refusal(name, input, as: profile, in: region ?? .usEast1)
    if Int.random(in: 0..<5, using: &dice) == 0 {
      lab.cloud.advance(by: .seconds(Int64.random(in: 1...400, using: &dice)))
    }
  }

  /// The calls of a session are the rows of the trail and its files, less what selectors leave out.
  @Test(arguments: 0..<12) func aTrailHasEveryCallThatItSelectsAndNoOther(seed: Int) throws {
    var dice = SessionDice(seed)
    var lab = try TrailLab.used()
    let isMulti = Bool.random(using: &dice)
    try lab.call(
      "cloudtrail UpdateTrail", ["Name": "my-trail", "IsMultiRegionTrail": .bool(isMulti)])
    let selectors = Self.selectors(&dice)
    try lab.call("cloudtrail PutEventSelectors", selectors.with([("TrailName", "my-trail")]))
    let start = lab.cloud.journal.count
    for _ in 0..<60 { Self.step(&lab, &dice) }
    let calls = lab.cloud.journal.suffix(from: start)
    #expect(calls.count >= 60)
    // Every call is a row, every refused one with its code and its caller.
    let rows = lab.rows.filter { lab.cloud.call(of: $0).map { $0.id > UInt32(start) } ?? false }
    #expect(rows.count == calls.count)
    var refused = 0
    for (row, call) in zip(rows, calls) {
      let record = lab.cloud.record(of: row)
      #expect(record["eventName"] == .string(call.operation.kind.name))
      #expect((record["errorCode"] == nil) == (call.error == nil))
      refused += call.error == nil ? 0 : 1
      let session = lab.cloud.world.identities[call.call.session]
      #expect(
        record.value(at: ["userIdentity", "principalId"])
          == .string(session.principal.uniqueID))
      // Every decision has its event.
      if call.decision != nil { #expect(lab.cloud.row(withID: lab.cloud.eventID(of: row)) == row) }
    }
    #expect(refused > 0)
    let wanted = rows.map { lab.cloud.record(of: $0) }.filter { record in
      (isMulti || record["awsRegion"] == "us-east-1") && Self.selects(selectors, record)
    }.compactMap { $0["eventID"]?.string }
    lab.cloud.advance(by: .seconds(300))
    let since = Set(rows.map { lab.cloud.eventID(of: $0) })
    let delivered = try Self.files(lab).flatMap(\.records).compactMap { $0["eventID"]?.string }
      .filter { since.contains($0) }
    #expect(delivered.sorted() == wanted.sorted(), "\(selectors.line)")
    // Each of the others has a reason.
    let trail = try #require(lab.cloud.world.trails.all.first?.trail)
    for row in rows {
      let isThere =
        if case .delivered = lab.cloud.whereabouts(of: row, in: trail) { true } else { false }
      #expect(isThere == wanted.contains(lab.cloud.eventID(of: row)))
    }
  }
}
