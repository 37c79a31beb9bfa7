import API
import Policies
import Testing
import Values

@testable import Cloud

private let kmsExcluded: JSON = [
  [
    "ReadWriteType": "All", "IncludeManagementEvents": true,
    "ExcludeManagementEventSources": ["kms.amazonaws.com"],
  ]
]

private let kinesisData: JSON = [
  [
    "Name": "kinesis data",
    "FieldSelectors": [
      ["Field": "eventCategory", "Equals": ["Data"]],
      ["Field": "resources.type", "Equals": ["AWS::Kinesis::Stream"]],
      [
        "Field": "resources.ARN",
        "Equals": ["arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream"],
      ],
    ],
  ]
]

/// A request that CloudTrail refuses, and the code that it refuses with.
struct TrailRefusalRow: CustomTestStringConvertible, Sendable {
  var call: String
  var input: JSON
  var code: String
  var testDescription: String { "\(call) \(input.line) is \(code)" }

  init(_ call: String, _ input: JSON, _ code: String) {
    self.call = "cloudtrail \(call)"
    self.input = input
    self.code = code
  }
}

@Suite struct TrailOperationTests {
  private static let bucket: JSON = "my-cloudtrail-bucket"

  /// The guide's two commands, in its order.
  @Test func theGuidesCommandsWorkAsPrinted() throws {
    var lab = TrailLab()
    let selected = try lab.call(
      "cloudtrail PutEventSelectors",
      [
        "TrailName": "my-trail",
        "EventSelectors": [["ReadWriteType": "All", "IncludeManagementEvents": true]],
      ])
    #expect(
      selected == [
        "TrailARN": "arn:aws:cloudtrail:us-east-1:123456789012:trail/my-trail",
        "EventSelectors": [
          [
            "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
            "ExcludeManagementEventSources": [],
          ]
        ],
      ])
    let made = try lab.call(
      "cloudtrail CreateTrail", ["Name": "kms-audit-trail", "S3BucketName": Self.bucket])
    #expect(
      made == [
        "Name": "kms-audit-trail", "S3BucketName": Self.bucket,
        "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": false,
        "TrailARN": "arn:aws:cloudtrail:us-east-1:123456789012:trail/kms-audit-trail",
        "LogFileValidationEnabled": false, "IsOrganizationTrail": false,
      ])
    let status = try lab.call("cloudtrail GetTrailStatus", ["Name": "kms-audit-trail"])
    #expect(status["IsLogging"] == false)
    #expect(
      try lab.call("cloudtrail GetEventSelectors", ["TrailName": "kms-audit-trail"])[
        "EventSelectors"] == selected["EventSelectors"])
  }

  static let refusals: [TrailRefusalRow] = [
    TrailRefusalRow("GetTrail", ["Name": "my-trial"], "TrailNotFoundException"),
    TrailRefusalRow("StartLogging", ["Name": "no"], "InvalidTrailNameException"),
    TrailRefusalRow("StartLogging", ["Name": "-my-trail"], "InvalidTrailNameException"),
    TrailRefusalRow("StartLogging", ["Name": "my--trail"], "InvalidTrailNameException"),
    TrailRefusalRow("StartLogging", ["Name": "my trail"], "InvalidTrailNameException"),
    TrailRefusalRow(
      "GetTrail", ["Name": "arn:aws:s3:::my-trail"], "CloudTrailARNInvalidException"),
    TrailRefusalRow(
      "CreateTrail", ["Name": "my-trail", "S3BucketName": bucket], "TrailAlreadyExistsException"),
    TrailRefusalRow(
      "CreateTrail", ["Name": "other", "S3BucketName": "nowhere"], "S3BucketDoesNotExistException"),
    TrailRefusalRow(
      "CreateTrail", ["Name": "other", "S3BucketName": bucket, "S3KeyPrefix": "logs"],
      "InsufficientS3BucketPolicyException"),
    TrailRefusalRow(
      "CreateTrail",
      [
        "Name": "other", "S3BucketName": bucket, "IsMultiRegionTrail": true,
        "IncludeGlobalServiceEvents": false,
      ], "InvalidParameterCombinationException"),
    TrailRefusalRow(
      "CreateTrail", ["Name": "other", "S3BucketName": bucket, "SnsTopicName": "t"],
      "InsufficientSnsTopicPolicyException"),
    TrailRefusalRow(
      "UpdateTrail", ["Name": "my-trail", "KmsKeyId": "alias/none"], "KmsKeyNotFoundException"),
    TrailRefusalRow(
      "UpdateTrail", ["Name": "my-trail", "KmsKeyId": .string(StartNames.keyID)],
      "InsufficientEncryptionPolicyException"),
    TrailRefusalRow(
      "UpdateTrail",
      [
        "Name": "my-trail",
        "CloudWatchLogsLogGroupArn":
          "arn:aws:logs:us-east-1:123456789012:log-group:no-such-group:*",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/my-producer-role",
      ], "InvalidCloudWatchLogsLogGroupArnException"),
    TrailRefusalRow(
      "PutEventSelectors", ["TrailName": "my-trail"], "InvalidEventSelectorsException"),
    TrailRefusalRow(
      "PutEventSelectors",
      [
        "TrailName": "my-trail",
        "EventSelectors": [
          ["DataResources": [["Type": "AWS::Kinesis::Stream", "Values": ["arn:aws:kinesis"]]]]
        ],
      ], "InvalidEventSelectorsException"),
    TrailRefusalRow(
      "PutEventSelectors",
      [
        "TrailName": "my-trail",
        "EventSelectors": [["ExcludeManagementEventSources": ["kinesis.amazonaws.com"]]],
      ], "InvalidEventSelectorsException"),
    TrailRefusalRow(
      "PutEventSelectors",
      ["TrailName": "my-trail", "EventSelectors": [[:], [:], [:], [:], [:], [:]]],
      "InvalidEventSelectorsException"),
    TrailRefusalRow(
      "PutEventSelectors",
      [
        "TrailName": "my-trail",
        "AdvancedEventSelectors": [
          ["FieldSelectors": [["Field": "eventCategory", "Equals": ["Data"]]]]
        ],
      ], "InvalidEventSelectorsException"),
    TrailRefusalRow(
      "PutEventSelectors",
      [
        "TrailName": "my-trail",
        "AdvancedEventSelectors": [
          [
            "FieldSelectors": [
              ["Field": "eventCategory", "Equals": ["Management"]],
              ["Field": "eventSource", "Equals": ["kms.amazonaws.com"]],
            ]
          ]
        ],
      ], "InvalidEventSelectorsException"),
    TrailRefusalRow(
      "LookupEvents",
      [
        "LookupAttributes": [
          ["AttributeKey": "EventName", "AttributeValue": "a"],
          ["AttributeKey": "EventName", "AttributeValue": "b"],
        ]
      ], "InvalidLookupAttributesException"),
    TrailRefusalRow(
      "LookupEvents",
      ["StartTime": "2026-01-05T10:00:00Z", "EndTime": "2026-01-05T09:00:00Z"],
      "InvalidTimeRangeException"),
    TrailRefusalRow("LookupEvents", ["NextToken": "abc"], "InvalidNextTokenException"),
    TrailRefusalRow("LookupEvents", ["MaxResults": 51], "ValidationException"),
    TrailRefusalRow(
      "ListTags", ["ResourceIdList": ["my-trail"]], "CloudTrailARNInvalidException"),
  ]

  @Test(arguments: refusals) func aBadRequestIsRefused(row: TrailRefusalRow) throws {
    var lab = TrailLab()
    let before = lab.cloud.world.digest
    let refusal = lab.refusal(row.call, row.input)
    let error = try #require(refusal)
    #expect(error.code == row.code, "\(error.message)")
    #expect(!error.message.isEmpty)
    #expect(lab.cloud.world.digest == before)
    let record = try #require(lab.records.last)
    #expect(record["errorCode"] == .string(row.code))
  }

  @Test func aTrailLogsFromStartToStopAndBothAreInIt() throws {
    var lab = TrailLab()
    try lab.call("cloudtrail CreateTrail", ["Name": "own", "S3BucketName": Self.bucket])
    try lab.call("kms ListKeys")
    try lab.call("cloudtrail StartLogging", ["Name": "own"])
    try lab.call("kms ListAliases")
    try lab.call("cloudtrail StopLogging", ["Name": "own"])
    try lab.call("kms ListKeys")
    let trail = try #require(lab.cloud.world.trails.all.last?.trail)
    let taken = lab.rows.filter { lab.cloud.takes(trail, $0) }.map {
      lab.cloud.record(of: $0)["eventName"]?.string
    }
    #expect(taken == ["StartLogging", "ListAliases", "StopLogging"])
    let status = try lab.call("cloudtrail GetTrailStatus", ["Name": "own"])
    #expect(status["IsLogging"] == false)
    #expect(status["TimeLoggingStarted"] == "2026-01-05T09:00:00Z")
    #expect(status["StopLoggingTime"] == "2026-01-05T09:00:00+00:00")
  }

  @Test func anExcludedSourceIsLeftOutAndHistoryKeepsIt() throws {
    var lab = try TrailLab.used()
    try lab.call(
      "cloudtrail PutEventSelectors", ["TrailName": "my-trail", "EventSelectors": kmsExcluded])
    _ = lab.refusal(
      "kinesis PutRecord",
      ["StreamName": "my-secure-stream", "Data": "YQ==", "PartitionKey": "p"], as: "consumer")
    _ = lab.refusal("kms Decrypt", ["CiphertextBlob": "YWJj"])
    let row = try #require(lab.rows.last)
    let trail = try #require(lab.cloud.world.trails.all.first?.trail)
    #expect(!lab.cloud.takes(trail, row))
    guard case .excludedSource("kms.amazonaws.com") = lab.cloud.whereabouts(of: row, in: trail)
    else {
      Issue.record("\(lab.cloud.whereabouts(of: row, in: trail))")
      return
    }
    let found = try lab.call(
      "cloudtrail LookupEvents",
      ["LookupAttributes": [["AttributeKey": "EventName", "AttributeValue": "Decrypt"]]])
    #expect(
      found["Events"]?.array?.first?["EventId"]
        == .string(lab.cloud.eventID(of: row)))
  }

  @Test func advancedSelectorsTakeDataEventsOfOneStreamAndNothingElse() throws {
    var lab = try TrailLab.used()
    try lab.call(
      "cloudtrail PutEventSelectors",
      ["TrailName": "my-trail", "AdvancedEventSelectors": kinesisData])
    let trailARN = "arn:aws:cloudtrail:us-east-1:123456789012:trail/my-trail"
    #expect(
      try lab.call("cloudtrail GetEventSelectors", ["TrailName": .string(trailARN)])
        == ["TrailARN": .string(trailARN), "AdvancedEventSelectors": kinesisData])
    let callers: [(JSON, String)] = [
      ("my-secure-stream", "producer"), ("my-existing-stream", "admin"),
    ]
    for (stream, caller) in callers {
      try lab.call(
        "kinesis PutRecord", ["StreamName": stream, "Data": "YQ==", "PartitionKey": "p"],
        as: caller)
    }
    try lab.call("kms ListKeys")
    let trail = try #require(lab.cloud.world.trails.all.first?.trail)
    let last = lab.rows.suffix(4)
    let taken = last.map { lab.cloud.takes(trail, $0) }
    let names = last.compactMap { lab.cloud.record(of: $0)["eventName"]?.string }
    #expect(names == ["GenerateDataKey", "PutRecord", "PutRecord", "ListKeys"])
    #expect(taken == [false, true, false, false])
    guard case .otherResource = lab.cloud.whereabouts(of: last[last.startIndex + 2], in: trail),
      case .managementExcluded = lab.cloud.whereabouts(of: last[last.startIndex + 3], in: trail)
    else {
      Issue.record("other reasons")
      return
    }
    #expect(
      try lab.call("cloudtrail GetTrail", ["Name": "my-trail"])["Trail"]?["HasCustomEventSelectors"]
        == true)
  }

  @Test func aTrailOfAllRegionsIsSeenInEachAndChangedAtHome() throws {
    var lab = TrailLab()
    let west = try #require(Region("us-west-2"))
    #expect(
      try lab.call("cloudtrail DescribeTrails", in: west)["trailList"] == [])
    #expect(
      lab.refusal("cloudtrail GetTrail", ["Name": "my-trail"], in: west)?.message
        == "Unknown trail: arn:aws:cloudtrail:us-west-2:123456789012:trail/my-trail for the user: "
        + "123456789012")
    try lab.call("cloudtrail UpdateTrail", ["Name": "my-trail", "IsMultiRegionTrail": true])
    let described = try lab.call("cloudtrail DescribeTrails", in: west)["trailList"]?.array ?? []
    #expect(described.count == 1)
    #expect(described.first?["HomeRegion"] == "us-east-1")
    #expect(
      try lab.call("cloudtrail DescribeTrails", ["includeShadowTrails": false], in: west)[
        "trailList"] == [])
    #expect(
      lab.refusal("cloudtrail StopLogging", ["Name": "my-trail"], in: west)?.code
        == "InvalidHomeRegionException")
    try lab.call("kms ListKeys", in: west)
    let row = try #require(lab.rows.last)
    let trail = try #require(lab.cloud.world.trails.all.first?.trail)
    #expect(lab.cloud.takes(trail, row))
    #expect(
      try lab.call("cloudtrail ListTrails", in: west)["Trails"]?.array?.first?["Name"]
        == "my-trail")
  }

  @Test func fiveTrailsReachARegionAndNoMore() throws {
    var lab = TrailLab()
    for number in 1...4 {
      try lab.call(
        "cloudtrail CreateTrail", ["Name": .string("trail-\(number)"), "S3BucketName": Self.bucket])
    }
    #expect(
      lab.refusal("cloudtrail CreateTrail", ["Name": "trail-5", "S3BucketName": Self.bucket])?.code
        == "MaximumNumberOfTrailsExceededException")
    try lab.call("cloudtrail DeleteTrail", ["Name": "trail-4"])
    try lab.call("cloudtrail CreateTrail", ["Name": "trail-4", "S3BucketName": Self.bucket])
    #expect(
      try lab.call("cloudtrail DescribeTrails", ["trailNameList": ["trail-4", "gone"]])[
        "trailList"]?.array?.count == 1)
  }

  @Test func tagsComeAndGo() throws {
    var lab = TrailLab()
    let arn: JSON = "arn:aws:cloudtrail:us-east-1:123456789012:trail/my-trail"
    try lab.call(
      "cloudtrail AddTags",
      [
        "ResourceId": arn,
        "TagsList": [["Key": "team", "Value": "a"], ["Key": "cost", "Value": "1"]],
      ])
    try lab.call("cloudtrail RemoveTags", ["ResourceId": arn, "TagsList": [["Key": "cost"]]])
    #expect(
      try lab.call("cloudtrail ListTags", ["ResourceIdList": [arn]]) == [
        "ResourceTagList": [
          ["ResourceId": arn, "TagsList": [["Key": "team", "Value": "a"]]]
        ]
      ])
    let many = (0..<50).map { ["Key": .string("k\($0)"), "Value": "v"] as JSON }
    #expect(
      lab.refusal("cloudtrail AddTags", ["ResourceId": arn, "TagsList": .array(many)])?.code
        == "TagsLimitExceededException")
  }

  @Test func whoMayNotIsRefusedAndRecorded() throws {
    var lab = TrailLab()
    let refusal = lab.refusal("cloudtrail StopLogging", ["Name": "my-trail"], as: "producer")
    let error = try #require(refusal)
    #expect(error.code == "AccessDeniedException")
    let record = try #require(lab.records.last)
    #expect(record["errorCode"] == "AccessDenied")
    #expect(record["eventName"] == "StopLogging")
    #expect(lab.cloud.world.trails.all.first?.trail.isLogging == true)
  }
}

@Suite struct LookupTests {
  /// Each attribute finds what a walk through all records finds.
  @Test func everyAttributeFindsWhatARecordSays() throws {
    var lab = try TrailLab.used()
    try lab.call(
      "iam CreateRole",
      ["RoleName": "r", "AssumeRolePolicyDocument": .string(Self.trust)])
    try lab.call(
      "kms ScheduleKeyDeletion",
      ["KeyId": .string(StartNames.keyID), "PendingWindowInDays": 7])
    lab.cloud.advance(by: .seconds(8 * 86_400))
    try lab.call("kms ListKeys")
    let rows = lab.rows
    let cloud = lab.cloud
    let shown = rows.filter { cloud.record(of: $0)["managementEvent"] == true }
    let key =
      "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
    let admin = try #require(
      cloud.world.identities.sessions.first { $0.profile == "admin" }?.accessKeyID)
    let attributes: [(String, String, (TrailRow) -> Bool)] = [
      ("EventName", "Decrypt", { cloud.record(of: $0)["eventName"] == "Decrypt" }),
      ("EventName", "DeleteKey", { cloud.record(of: $0)["eventName"] == "DeleteKey" }),
      ("ReadOnly", "false", { cloud.record(of: $0)["readOnly"] == false }),
      (
        "EventSource", "kms.amazonaws.com",
        { cloud.record(of: $0)["eventSource"] == "kms.amazonaws.com" }
      ),
      (
        "AccessKeyId", admin,
        {
          cloud.record(of: $0).value(at: ["userIdentity", "accessKeyId"]) == .string(admin)
        }
      ),
      (
        "Username", "producer",
        {
          cloud.record(of: $0).value(at: ["userIdentity", "principalId"])?.string?
            .hasSuffix(":producer") == true
        }
      ),
      (
        "EventId", cloud.eventID(of: shown[2]), { $0 == shown[2] }
      ),
      (
        "ResourceName", key,
        { cloud.historyResources(of: $0).contains { $0.name == key } }
      ),
      (
        "ResourceName", "my-secure-stream",
        { cloud.historyResources(of: $0).contains { $0.name == "my-secure-stream" } }
      ),
      (
        "ResourceType", "AWS::KMS::Key",
        { cloud.historyResources(of: $0).contains { $0.type == "AWS::KMS::Key" } }
      ),
      (
        "ResourceType", "AWS::IAM::Role",
        { cloud.historyResources(of: $0).contains { $0.type == "AWS::IAM::Role" } }
      ),
    ]
    for (name, value, covers) in attributes {
      // Looking makes events of its own.
      var lab = lab
      let found = try lab.call(
        "cloudtrail LookupEvents",
        [
          "LookupAttributes": [
            ["AttributeKey": .string(name), "AttributeValue": .string(value)]
          ]
        ])
      let ids = found["Events"]?.array?.compactMap { $0["EventId"]?.string }
      let wanted = shown.filter(covers).reversed().map { cloud.eventID(of: $0) }
      #expect(ids == Array(wanted), "\(name) \(value)")
      #expect(!wanted.isEmpty, "\(name) \(value) tests nothing")
    }
  }

  private static let trust =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
    + "{\"Service\":\"kinesis.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"

  @Test func anEventIsShownAsTheCommandLineDoes() throws {
    var lab = try TrailLab.used()
    let found = try lab.call(
      "cloudtrail LookupEvents",
      ["LookupAttributes": [["AttributeKey": "EventName", "AttributeValue": "GenerateDataKey"]]])
    let event = try #require(found["Events"]?.array?.first)
    #expect(
      event.object?.names == [
        "EventId", "EventName", "ReadOnly", "AccessKeyId", "EventTime", "EventSource", "Username",
        "Resources", "CloudTrailEvent",
      ])
    #expect(event["ReadOnly"] == "true")
    #expect(event["EventTime"] == "2026-01-05T09:00:21+00:00")
    let text = try #require(event["CloudTrailEvent"]?.string)
    #expect(try JSON(parsing: text) == lab.record("GenerateDataKey"))
  }

  @Test func pagesGoOnWhereTheyEndedThoughTheHistoryGrows() throws {
    var lab = TrailLab()
    for _ in 0..<7 { try lab.call("kms ListKeys") }
    var ids: [String] = []
    var token: JSON?
    var pages = 0
    let attribute: JSON = [["AttributeKey": "EventName", "AttributeValue": "ListKeys"]]
    repeat {
      var input = JSONObject([("LookupAttributes", attribute), ("MaxResults", 3)])
      input["NextToken"] = token
      let page = try lab.call("cloudtrail LookupEvents", .object(input))
      ids += page["Events"]?.array?.compactMap { $0["EventId"]?.string } ?? []
      token = page["NextToken"]
      pages += 1
    } while token != nil && pages < 10
    #expect(pages == 3)
    #expect(ids.count == 7)
    #expect(Set(ids).count == 7)
    // A token is for the request that gave it.
    let page = try lab.call(
      "cloudtrail LookupEvents", ["LookupAttributes": attribute, "MaxResults": 3])
    let other = lab.refusal(
      "cloudtrail LookupEvents", ["NextToken": page["NextToken"] ?? .null])
    #expect(other?.code == "InvalidNextTokenException")
  }

  @Test func historyEndsAfterNinetyDaysAndKnowsItsRegion() throws {
    var lab = TrailLab()
    let west = try #require(Region("us-west-2"))
    try lab.call("kms ListKeys", in: west)
    try lab.call("iam ListRoles", in: west)
    func names(_ lab: inout TrailLab, in region: Region) throws -> [String] {
      let found = try lab.call("cloudtrail LookupEvents", in: region)
      return found["Events"]?.array?.compactMap { $0["EventName"]?.string } ?? []
    }
    #expect(try names(&lab, in: west) == ["ListKeys"])
    #expect(try names(&lab, in: .usEast1).contains("ListRoles"))
    lab.cloud.advance(by: .seconds(90 * 86_400))
    #expect(try names(&lab, in: west).contains("ListKeys"))
    lab.cloud.advance(by: .seconds(1))
    #expect(try !names(&lab, in: west).contains("ListKeys"))
  }
}
