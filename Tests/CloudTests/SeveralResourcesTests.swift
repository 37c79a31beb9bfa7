import Testing
import Values

@testable import Cloud

/// Calls that name several resources are asked for each of them.
@Suite struct SeveralResourcesTests {
  /// A lab whose auditor may do one thing with one resource.
  private static func lab(_ action: String, _ resource: String) throws -> TrailLab {
    var lab = TrailLab()
    try lab.call(
      "iam DetachUserPolicy",
      ["UserName": "auditor", "PolicyArn": "arn:aws:iam::123456789012:policy/LabReadOnly"])
    try lab.call(
      "iam PutUserPolicy",
      [
        "UserName": "auditor", "PolicyName": "Narrow",
        "PolicyDocument": .string(
          #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"\#(action)","Resource":"\#(resource)"}]}"#
        ),
      ])
    return lab
  }

  @Test func aQueryIsAskedForEachOfItsGroups() throws {
    var lab = try Self.lab("logs:StartQuery", "arn:aws:logs:us-east-1:123456789012:log-group:g:*")
    for group in ["g", "secret"] {
      try lab.call("logs CreateLogGroup", ["logGroupName": .string(group)])
    }
    func query(_ groups: JSON) -> JSON {
      ["logGroupNames": groups, "startTime": 0, "endTime": 1, "queryString": "limit 1"]
    }
    #expect(lab.refusal("logs StartQuery", query(["g"]), as: "auditor") == nil)
    for groups in [["g", "secret"], ["secret", "g"]] as [JSON] {
      let error = lab.refusal("logs StartQuery", query(groups), as: "auditor")
      #expect(error?.code == "AccessDeniedException")
      #expect(error?.message.contains("log-group:secret") == true)
    }
    #expect(lab.cloud.world.logs.queries.count == 1)
  }

  @Test func alarmsAreAskedForEach() throws {
    var lab = try Self.lab(
      "cloudwatch:*", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a")
    for alarm in ["a", "b"] {
      try lab.call(
        "cloudwatch PutMetricAlarm",
        [
          "AlarmName": .string(alarm), "Namespace": "Lab", "MetricName": "m", "Period": 60,
          "EvaluationPeriods": 1, "Statistic": "Sum", "Threshold": 1,
          "ComparisonOperator": "GreaterThanThreshold",
        ])
    }
    for call in ["DisableAlarmActions", "DeleteAlarms"] {
      let both = lab.refusal("cloudwatch \(call)", ["AlarmNames": ["a", "b"]], as: "auditor")
      #expect(both?.trailCode == "AccessDenied")
      #expect(lab.cloud.world.metrics.alarms(in: .usEast1).map(\.alarm.name) == ["a", "b"])
      #expect(lab.refusal("cloudwatch \(call)", ["AlarmNames": ["a"]], as: "auditor") == nil)
    }
    #expect(lab.cloud.world.metrics.alarms(in: .usEast1).map(\.alarm.name) == ["b"])
  }

  @Test func tagsOfTrailsAreAskedForEach() throws {
    let arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/"
    var lab = try Self.lab("cloudtrail:ListTags", "\(arn)my-trail")
    try lab.call(
      "cloudtrail CreateTrail", ["Name": "other", "S3BucketName": "my-cloudtrail-bucket"])
    let mine = JSON.string("\(arn)my-trail")
    #expect(lab.refusal("cloudtrail ListTags", ["ResourceIdList": [mine]], as: "auditor") == nil)
    let error = lab.refusal(
      "cloudtrail ListTags", ["ResourceIdList": [mine, .string("\(arn)other")]], as: "auditor")
    #expect(error?.trailCode == "AccessDenied")
    #expect(error?.message.contains("trail/other") == true)
  }
}
