import Policies
import Testing
import Values

@testable import Cloud

/// What a trail takes, and the reason that is given for what it does not.
@Suite struct WhereaboutsTests {
  private func select(_ lab: inout TrailLab, _ selectors: [[JSON]]) throws {
    try lab.call(
      "cloudtrail PutEventSelectors",
      [
        "TrailName": .string(StartNames.trail),
        "AdvancedEventSelectors": .array(
          selectors.map { fields in
            [
              "FieldSelectors": .array(
                [["Field": "eventCategory", "Equals": ["Management"]]] + fields)
            ]
          }),
      ])
  }

  private func newest(_ lab: TrailLab) throws -> (row: TrailRow, trail: CloudTrail.Trail) {
    (try #require(lab.rows.last), try #require(lab.cloud.world.trails.all.first?.trail))
  }

  @Test func theFieldThatDoesNotFitIsNamed() throws {
    var lab = TrailLab()
    let session = try lab.session("producer")
    let producer = lab.cloud.world.identities[session].principal.arn
    try select(
      &lab,
      [
        [
          ["Field": "eventName", "StartsWith": ["List"]],
          ["Field": "userIdentity.arn", "NotEquals": [.string(producer)]],
        ]
      ])
    _ = lab.refusal("kms ListKeys", as: "producer")
    let (row, trail) = try newest(lab)
    guard case .fields(let misfits) = lab.cloud.whereabouts(of: row, in: trail) else {
      Issue.record("\(lab.cloud.whereabouts(of: row, in: trail))")
      return
    }
    #expect(misfits.map(\.field.field) == ["userIdentity.arn"])
    #expect(misfits.map(\.found) == [producer])
  }

  @Test func ofSeveralSelectorsEachHasItsReason() throws {
    var lab = TrailLab()
    try select(
      &lab,
      [
        [["Field": "eventName", "Equals": ["ListKeys"]]],
        [["Field": "readOnly", "Equals": ["false"]]],
      ])
    try lab.call("kms ListAliases")
    let (row, trail) = try newest(lab)
    guard case .fields(let misfits) = lab.cloud.whereabouts(of: row, in: trail) else {
      Issue.record("\(lab.cloud.whereabouts(of: row, in: trail))")
      return
    }
    #expect(misfits.map(\.field.field) == ["eventName", "readOnly"])
    #expect(misfits.map(\.found) == ["ListAliases", "true"])
  }

  @Test func aSelectorMayNameWhatAServiceDoesByItself() throws {
    var lab = TrailLab()
    try select(&lab, [[["Field": "eventName", "Equals": ["RotateKey"]]]])
    try lab.call("kms RotateKeyOnDemand", ["KeyId": .string(StartNames.keyID)])
    let (row, trail) = try newest(lab)
    #expect(!row.isCall)
    #expect(lab.cloud.takes(trail, row))
    try select(&lab, [[["Field": "eventName", "Equals": ["DeleteKey"]]]])
    try lab.call("kms RotateKeyOnDemand", ["KeyId": .string(StartNames.keyID)])
    let (later, other) = try newest(lab)
    #expect(!lab.cloud.takes(other, later))
  }

  @Test func aTrailOfOneOtherRegionHasNoGlobalEvents() throws {
    var lab = TrailLab()
    let west = try #require(Region("us-west-2"))
    for name in ["western", "everywhere"] {
      try lab.call(
        "cloudtrail CreateTrail",
        [
          "Name": .string(name), "S3BucketName": "my-cloudtrail-bucket",
          "IsMultiRegionTrail": .bool(name == "everywhere"),
        ], in: west)
      try lab.call("cloudtrail StartLogging", ["Name": .string(name)], in: west)
    }
    try lab.call("iam ListRoles", in: west)
    let row = try #require(lab.rows.last)
    let takers = lab.cloud.world.trails.all.map(\.trail).filter { lab.cloud.takes($0, row) }
    #expect(takers.map(\.name) == [StartNames.trail, "everywhere"])
    let western = try #require(
      lab.cloud.world.trails.all.first { $0.trail.name == "western" }?.trail)
    guard case .otherRegion(.usEast1, home: west) = lab.cloud.whereabouts(of: row, in: western)
    else {
      Issue.record("\(lab.cloud.whereabouts(of: row, in: western))")
      return
    }
  }

  @Test func aLogGroupHasItsOwnWhereabouts() throws {
    var lab = TrailLab()
    try lab.call("kms ListKeys")
    var (row, trail) = try newest(lab)
    #expect(lab.cloud.logWhereabouts(of: row, in: trail) == nil)
    lab.cloud.advance(by: .seconds(300))
    try lab.deliverToLogs()
    (_, trail) = try newest(lab)
    #expect(lab.cloud.logWhereabouts(of: row, in: trail) == .missed(group: "CloudTrail/logs"))
    try lab.call("kms ListKeys")
    (row, trail) = try newest(lab)
    #expect(
      lab.cloud.logWhereabouts(of: row, in: trail)
        == .waiting(group: "CloudTrail/logs", until: lab.cloud.nextDelivery))
    try lab.call("iam DeleteRolePolicy", ["RoleName": "ToLogs", "PolicyName": "Write"])
    lab.cloud.advance(by: .seconds(300))
    (_, trail) = try newest(lab)
    #expect(
      lab.cloud.logWhereabouts(of: row, in: trail)
        == .failing(
          "AccessDenied", group: "CloudTrail/logs",
          role: "arn:aws:iam::123456789012:role/ToLogs", until: lab.cloud.nextDelivery))
    try lab.allowDelivery()
    let due = lab.cloud.nextDelivery
    lab.cloud.advance(by: .seconds(300))
    (_, trail) = try newest(lab)
    #expect(
      lab.cloud.logWhereabouts(of: row, in: trail)
        == .delivered(
          at: due, group: "CloudTrail/logs", stream: "123456789012_CloudTrail_us-east-1"))
  }

  /// What is advised takes the data events and loses nothing.
  @Test(
    arguments: [
      [["ReadWriteType": "WriteOnly", "IncludeManagementEvents": true]],
      [["ExcludeManagementEventSources": ["kms.amazonaws.com"]]],
      [
        [
          "DataResources": [
            ["Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::my-cloudtrail-bucket/"]]
          ]
        ]
      ],
    ] as [JSON]) func dataEventsAreAddedToWhatIsSelected(_ basic: JSON) throws
  {
    var lab = TrailLab()
    let name: (String, JSON) = ("TrailName", .string(StartNames.trail))
    try lab.call(
      "cloudtrail PutEventSelectors", .object(JSONObject([name, ("EventSelectors", basic)])))
    let before = try #require(lab.cloud.world.trails.all.first?.trail.selection)
    let advised = before.adding(dataType: "AWS::Kinesis::Stream")
    try lab.call(
      "cloudtrail PutEventSelectors",
      .object(JSONObject([name, ("AdvancedEventSelectors", advised)])))
    let after = try #require(lab.cloud.world.trails.all.first?.trail.selection)
    for id in OperationID.allCases where id.kind.dataType != "AWS::Kinesis::Stream" {
      #expect(after.verdict(for: id) == before.verdict(for: id), "\(id)")
    }
    #expect(after.takes("kinesis:PutRecord"))
    #expect(after.takesManagement)
  }

  // MARK: Records

  @Test func aRotationOnDemandIsReportedByTheServiceToo() throws {
    var lab = TrailLab()
    for _ in 0..<2 {
      try lab.call("kms RotateKeyOnDemand", ["KeyId": .string(StartNames.keyID)])
    }
    let records = lab.records.suffix(4)
    #expect(
      records.compactMap { $0["eventName"]?.string }
        == ["RotateKeyOnDemand", "RotateKey", "RotateKeyOnDemand", "RotateKey"])
    let details = records.compactMap { $0["serviceEventDetails"] }
    #expect(details.compactMap { $0["rotationType"]?.string } == ["ON_DEMAND", "ON_DEMAND"])
    let key = try #require(lab.cloud.world.keys.keys.first { $0.id == StartNames.keyID })
    #expect(
      details.compactMap { $0["currentKeyMaterialId"]?.string }
        == key.materials.dropFirst().map(\.id)
    )
    #expect(records.last?["eventType"] == "AwsServiceEvent")
  }

  @Test func aSourceIdentityStandsInTheSessionsContext() throws {
    var lab = TrailLab()
    try lab.call(
      "iam UpdateAssumeRolePolicy",
      [
        "RoleName": "kinesis-producer-role",
        "PolicyDocument":
          #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}]}"#,
      ])
    let answer = try lab.call(
      "sts AssumeRole",
      [
        "RoleArn": "arn:aws:iam::123456789012:role/kinesis-producer-role",
        "RoleSessionName": "session", "SourceIdentity": "ann",
      ])
    let key = try #require(answer["Credentials"]?["AccessKeyId"]?.string)
    let session = try #require(lab.cloud.world.identities.session(ofAccessKey: key))
    let identity = lab.cloud.world.userIdentity(of: Call(session: session, region: .usEast1))
    #expect(
      identity["sessionContext"]?.object?.names
        == ["sessionIssuer", "webIdFederationData", "attributes", "sourceIdentity"])
    #expect(identity["sessionContext"]?["sourceIdentity"] == "ann")
  }

  @Test func theHostOfAGlobalServiceIsOfTheRecordsRegion() throws {
    var lab = TrailLab()
    let west = try #require(Region("us-west-2"))
    try lab.call("sts GetCallerIdentity", in: west)
    let record = try lab.record("GetCallerIdentity")
    #expect(record["awsRegion"] == "us-east-1")
    #expect(record["tlsDetails"]?["clientProvidedHostHeader"] == "sts.us-east-1.amazonaws.com")
    try lab.call("kms ListKeys", in: west)
    #expect(
      try lab.record("ListKeys")["tlsDetails"]?["clientProvidedHostHeader"]
        == "kms.us-west-2.amazonaws.com")
  }
}
