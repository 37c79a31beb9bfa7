import API
import Policies
import Testing
import Values

@testable import Cloud

/// A lab whose administrator asks for higher quotas.
private struct QuotaLab {
  var cloud: Cloud
  var region = Region.usEast1

  init(_ model: Model = .described) { cloud = Cloud.start(model: model) }

  mutating func call(
    _ name: String, _ input: JSON = [:], of service: String = "service-quotas",
    as profile: String = "admin", in region: String = "us-east-1"
  ) throws -> JSON {
    let operation = try #require(Service.named(service)?.operation(named: name))
    let session = cloud.world.identities.session(ofProfile: profile) ?? 0
    let call = Call(session: session, region: try #require(Region(region)))
    return try cloud.call(operation, of: service, input, call) ?? .null
  }

  mutating func refusal(
    _ name: String, _ input: JSON = [:], as profile: String = "admin"
  ) -> ServiceError? {
    let digest = cloud.world.digest
    do {
      _ = try call(name, input, as: profile)
      return nil
    } catch {
      #expect(cloud.world.digest == digest, "a refused \(name) changed the world")
      return error as? ServiceError
    }
  }

  mutating func ask(
    _ code: String, _ desired: Int, service: String = "kms", in region: String = "us-east-1"
  ) throws -> JSON {
    try call(
      "RequestServiceQuotaIncrease",
      [
        "ServiceCode": .string(service), "QuotaCode": .string(code),
        "DesiredValue": .double(Double(desired)),
      ], in: region)["RequestedQuota"] ?? .null
  }

  mutating func value(
    _ code: String, _ service: String = "kms", in region: String = "us-east-1",
    by name: String = "GetServiceQuota"
  ) throws -> JSON? {
    try call(
      name, ["ServiceCode": .string(service), "QuotaCode": .string(code)], in: region)["Quota"]?[
        "Value"]
  }
}

/// A quota with the default that a Region has.
struct DefaultRow: CustomTestStringConvertible, Sendable {
  var code: String
  var service = "kms"
  var region: String
  var model = Model.documented
  var value: Double
  var testDescription: String { "\(code) \(region) \(model) \(value)" }
}

@Suite struct ServiceQuotaTests {
  static let symmetric = "L-6E3AF000"
  static let shards = "L-0918CF54"

  static let rows: [DefaultRow] = [
    .init(code: symmetric, region: "us-east-1", value: 100_000),
    .init(code: symmetric, region: "eu-central-1", value: 20_000),
    .init(code: symmetric, region: "sa-east-1", value: 10_000),
    .init(code: symmetric, region: "us-east-1", model: .described, value: 10_000),
    .init(code: "L-32B67F4A", region: "us-east-1", value: 5),
    .init(code: "L-0428A42E", region: "us-east-1", value: 50),
    .init(code: "L-C2F1777E", region: "us-east-1", value: 100_000),
    .init(code: shards, service: "kinesis", region: "us-east-1", value: 20_000),
    .init(code: shards, service: "kinesis", region: "eu-central-1", value: 6_000),
    .init(code: shards, service: "kinesis", region: "sa-east-1", value: 1_000),
  ]

  @Test(arguments: rows) func aDefaultIsThatOfItsRegion(row: DefaultRow) throws {
    var lab = QuotaLab(row.model)
    for name in ["GetServiceQuota", "GetAWSDefaultServiceQuota"] {
      let value = try lab.value(row.code, row.service, in: row.region, by: name)
      #expect(value == .double(row.value))
    }
  }

  @Test func aQuotaHasAWSsMembersInAWSsOrder() throws {
    var lab = QuotaLab(.documented)
    let quota = try lab.call(
      "GetServiceQuota", ["ServiceCode": "kms", "QuotaCode": .string(Self.symmetric)])["Quota"]
    #expect(
      quota == [
        "ServiceCode": "kms", "ServiceName": "AWS Key Management Service (AWS KMS)",
        "QuotaArn": "arn:aws:servicequotas:us-east-1:123456789012:kms/L-6E3AF000",
        "QuotaCode": "L-6E3AF000",
        "QuotaName": "Cryptographic operations (symmetric) request rate",
        "Value": .double(100_000), "Unit": "None", "Adjustable": true, "GlobalQuota": false,
        "UsageMetric": [
          "MetricNamespace": "AWS/Usage", "MetricName": "CallCount",
          "MetricDimensions": [
            "Class": "None", "Resource": "CryptographicOperationsSymmetric", "Service": "KMS",
            "Type": "API",
          ],
          "MetricStatisticRecommendation": "Sum",
        ],
        "Period": ["PeriodValue": 1, "PeriodUnit": "SECOND"], "QuotaAppliedAtLevel": "ACCOUNT",
      ])
    let usual = try lab.call(
      "GetAWSDefaultServiceQuota", ["ServiceCode": "kinesis", "QuotaCode": .string(Self.shards)])
    #expect(usual["Quota"]?["QuotaArn"] == "arn:aws:servicequotas:us-east-1::kinesis/L-0918CF54")
    #expect(usual["Quota"]?["QuotaAppliedAtLevel"] == nil)
  }

  @Test func codesAreEachThereOnceAndListsAreCutIntoPages() throws {
    #expect(Set(ServiceQuotas.table.map(\.code)).count == ServiceQuotas.table.count)
    var lab = QuotaLab()
    var found: [String] = []
    var token: JSON?
    repeat {
      var input: JSON = ["ServiceCode": "kms", "MaxResults": 10]
      if let token { input = ["ServiceCode": "kms", "MaxResults": 10, "NextToken": token] }
      let page = try lab.call("ListServiceQuotas", input)
      let quotas = try #require(page["Quotas"]?.array)
      #expect(quotas.count <= 10)
      found += quotas.compactMap { $0["QuotaCode"]?.string }
      token = page["NextToken"]
    } while token != nil
    #expect(found.count > 20)
    #expect(found == ServiceQuotas.table.filter { $0.service == .kms }.map(\.code))
    let services = try lab.call("ListServices")["Services"]?.array?.map { $0["ServiceCode"] }
    #expect(services == ["kinesis", "kms"])
    #expect(
      lab.refusal("ListServiceQuotas", ["ServiceCode": "kms", "NextToken": "AAAA"])?.code
        == "InvalidPaginationTokenException")
  }

  @Test func aRequestGoesFromPendingOverACaseToApprovalInDays() throws {
    var lab = QuotaLab(.documented)
    let made = try lab.ask(Self.symmetric, 150_000)
    let id = try #require(made["Id"])
    #expect(made["Status"] == "PENDING")
    #expect(made["CaseId"] == nil && made["LastUpdated"] == nil)
    #expect(made["DesiredValue"] == .double(150_000))
    #expect(
      made["Requester"]
        == #"{"accountId":"123456789012","callerArn":"arn:aws:iam::123456789012:user/admin"}"#)
    func status(_ lab: inout QuotaLab) throws -> JSON? {
      try lab.call("GetRequestedServiceQuotaChange", ["RequestId": id])["RequestedQuota"]?["Status"]
    }
    lab.cloud.advance(by: .seconds(90))
    #expect(try status(&lab) == "CASE_OPENED")
    lab.cloud.advance(by: .seconds(24 * 3600))
    #expect(try status(&lab) == "CASE_OPENED")
    #expect(try lab.value(Self.symmetric) == .double(100_000))
    #expect(lab.cloud.world.kmsQuota(in: .usEast1).rate == 100_000)
    lab.cloud.advance(by: .seconds(24 * 3600))
    #expect(try status(&lab) == "APPROVED")
    #expect(try lab.value(Self.symmetric) == .double(150_000))
    #expect(try lab.value(Self.symmetric, by: "GetAWSDefaultServiceQuota") == .double(100_000))
    #expect(lab.cloud.world.kmsQuota(in: .usEast1) == KMS.Quota(rate: 150_000, burst: nil))
    let other = try #require(Region("us-west-2"))
    #expect(lab.cloud.world.kmsQuota(in: other).rate == 100_000)
    let history = try lab.call("ListRequestedServiceQuotaChangeHistory", ["ServiceCode": "kms"])
    #expect(history["RequestedQuotas"]?.array?.count == 1)
    #expect(history["RequestedQuotas"]?.array?.first?["CaseId"]?.string?.count == 10)
    let open = try lab.call(
      "ListRequestedServiceQuotaChangeHistoryByQuota",
      ["ServiceCode": "kms", "QuotaCode": .string(Self.symmetric), "Status": "PENDING"])
    #expect(open["RequestedQuotas"] == [])
  }

  @Test func theGuidesBurstGrowsWithItsRate() throws {
    var lab = QuotaLab(.described)
    _ = try lab.ask(Self.symmetric, 20_000)
    lab.cloud.advance(by: .seconds(3 * 24 * 3600))
    #expect(lab.cloud.world.kmsQuota(in: .usEast1) == KMS.Quota(rate: 20_000, burst: 80_000))
  }

  @Test func approvedShardsCanBeMadeAndNoMore() throws {
    var lab = QuotaLab()
    func make(_ name: String, _ shards: Int, _ lab: inout QuotaLab) throws {
      _ = try lab.call(
        "CreateStream", ["StreamName": .string(name), "ShardCount": .integer(shards)],
        of: "kinesis", in: "sa-east-1")
      lab.cloud.advance(by: .seconds(1))
    }
    try make("full", 1_000, &lab)
    #expect(throws: ServiceError.self) { try make("one-more", 1, &lab) }
    _ = try lab.ask(Self.shards, 1_001, service: "kinesis", in: "sa-east-1")
    #expect(throws: ServiceError.self) { try make("one-more", 1, &lab) }
    lab.cloud.advance(by: .seconds(3 * 24 * 3600))
    try make("one-more", 1, &lab)
    #expect(throws: ServiceError.self) { try make("two-more", 1, &lab) }
    let limits = try lab.call("DescribeLimits", of: "kinesis", in: "sa-east-1")
    #expect(limits["ShardLimit"] == 1_001)
  }

  @Test func anApprovedRateOfTheControlPlaneAdmitsMoreCalls() throws {
    var lab = QuotaLab()
    func keys(_ lab: inout QuotaLab) -> Int {
      (0..<20).count { _ in (try? lab.call("CreateKey", of: "kms")) != nil }
    }
    #expect(keys(&lab) == 5)
    _ = try lab.ask("L-32B67F4A", 12)
    lab.cloud.advance(by: .seconds(3 * 24 * 3600))
    #expect(keys(&lab) == 12)
  }

  @Test func whatMakesNoSenseIsRefusedAndChangesNothing() throws {
    var lab = QuotaLab()
    func code(_ input: JSON, _ lab: inout QuotaLab) -> String? {
      lab.refusal("RequestServiceQuotaIncrease", input)?.code
    }
    func input(_ service: String, _ code: String, _ value: JSON) -> JSON {
      ["ServiceCode": .string(service), "QuotaCode": .string(code), "DesiredValue": value]
    }
    #expect(code(input("kns", Self.symmetric, 1), &lab) == "NoSuchResourceException")
    #expect(code(input("kms", "L-6E3AF001", 20_000), &lab) == "NoSuchResourceException")
    #expect(code(input("kms", Self.symmetric, 10_000), &lab) == "IllegalArgumentException")
    #expect(code(input("kms", Self.symmetric, .double(1e300)), &lab) != nil)
    #expect(code(input("kms", "L-0E66C9C0", 50), &lab) == "IllegalArgumentException")
    _ = try lab.ask(Self.symmetric, 20_000)
    #expect(code(input("kms", Self.symmetric, 30_000), &lab) == "ResourceAlreadyExistsException")
    #expect(
      lab.refusal("GetRequestedServiceQuotaChange", ["RequestId": "abcdef"])?.code
        == "NoSuchResourceException")
    let near = lab.refusal("GetServiceQuota", ["ServiceCode": "kms", "QuotaCode": "L-6E3AF00O"])
    guard case .quotas(_, _, let names)? = near else {
      Issue.record("no such refusal")
      return
    }
    #expect(names.first == Self.symmetric)
  }

  @Test func itNeedsPermissionAndStandsInTheTrail() throws {
    var lab = QuotaLab()
    let refusal = lab.refusal(
      "RequestServiceQuotaIncrease",
      ["ServiceCode": "kms", "QuotaCode": .string(Self.symmetric), "DesiredValue": 20_000],
      as: "producer")
    let question = try #require(refusal?.decision?.question)
    #expect(question.action == "servicequotas:RequestServiceQuotaIncrease")
    #expect(
      question.resources == ["arn:aws:servicequotas:us-east-1:123456789012:kms/L-6E3AF000"])
    #expect(question.context["servicequotas:service"] == ["kms"])
    _ = try lab.ask(Self.symmetric, 20_000)
    let events = lab.cloud.journal.suffix(from: 0).filter {
      $0.operation == .requestQuotaIncrease
    }
    #expect(events.count == 2)
    #expect(events.first?.operation.kind.source == "servicequotas.amazonaws.com")
    #expect(events.first?.operation.kind.isReadOnly == false)
    #expect(OperationID.listServiceQuotas.kind.isReadOnly)
  }
}

/// An operation of the control plane, and how often a second takes it.
struct ControlRow: CustomTestStringConvertible, Sendable {
  var operation: String
  var service = "kinesis"
  var input: JSON = [:]
  var most: Int
  var code = "LimitExceededException"
  var message: String
  var testDescription: String { "\(operation) \(most)" }
}

@Suite struct ControlRateTests {
  private static let kms =
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."

  static let rows: [ControlRow] = [
    .init(
      operation: "DescribeStream", input: ["StreamName": "s"], most: 10,
      message: "Rate exceeded for stream s under account 123456789012."),
    .init(
      operation: "DescribeStreamSummary", input: ["StreamName": "s"], most: 20,
      message: "Rate exceeded for stream s under account 123456789012."),
    .init(
      operation: "ListTagsForStream", input: ["StreamName": "s"], most: 5,
      message: "Rate exceeded for stream s under account 123456789012."),
    .init(
      operation: "ListStreams", most: 5,
      message: "Rate exceeded for ListStreams under account 123456789012."),
    .init(
      operation: "DescribeLimits", most: 1,
      message: "Rate exceeded for DescribeLimits under account 123456789012."),
    .init(
      operation: "CreateKey", service: "kms", most: 5, code: "ThrottlingException", message: kms),
    .init(
      operation: "ListGrants", service: "kms", input: ["KeyId": .string(StartNames.keyID)],
      most: 100, code: "ThrottlingException", message: kms),
  ]

  @Test(arguments: rows) func aSecondAdmitsSoManyCallsAndTheNextOneAgain(row: ControlRow) throws {
    var lab = QuotaLab()
    _ = try lab.call("CreateStream", ["StreamName": "s", "ShardCount": 1], of: "kinesis")
    lab.cloud.advance(by: .seconds(20))
    for _ in 0..<2 {
      for _ in 0..<row.most { _ = try lab.call(row.operation, row.input, of: row.service) }
      do {
        _ = try lab.call(row.operation, row.input, of: row.service)
        Issue.record("one call too many went through")
      } catch let error as ServiceError {
        #expect(error.code == row.code)
        #expect(error.message == row.message)
      }
      lab.cloud.advance(by: .seconds(1))
    }
  }

  @Test func aRegionHasRatesOfItsOwnAndSoHasAStreamWhereTheDocumentsSaySo() throws {
    var lab = QuotaLab()
    for name in ["a", "b"] {
      _ = try lab.call(
        "CreateStream", ["StreamName": .string(name), "ShardCount": 1], of: "kinesis")
    }
    lab.cloud.advance(by: .seconds(20))
    for name in ["a", "b"] {
      for _ in 0..<5 {
        _ = try lab.call("ListTagsForStream", ["StreamName": .string(name)], of: "kinesis")
      }
    }
    for _ in 0..<5 { _ = try lab.call("ListStreams", of: "kinesis") }
    #expect(throws: ServiceError.self) { try lab.call("ListStreams", of: "kinesis") }
    _ = try lab.call("ListStreams", of: "kinesis", in: "eu-west-1")
  }

  @Test func theDataPlaneAndCryptographyHaveNoSuchRate() {
    for id in [OperationID.putRecord, .putRecords, .getRecords, .generateDataKey, .decrypt] {
      #expect(id.controlRate == nil)
    }
  }
}
