import Ciphers
import Policies
import Values

extension ServiceQuotas {
  static let operations = [
    OperationRow(ListServices.self), OperationRow(ListServiceQuotas.self),
    OperationRow(GetServiceQuota.self), OperationRow(ListAWSDefaultServiceQuotas.self),
    OperationRow(GetAWSDefaultServiceQuota.self), OperationRow(RequestServiceQuotaIncrease.self),
    OperationRow(GetRequestedServiceQuotaChange.self),
    OperationRow(ListRequestedServiceQuotaChangeHistory.self),
    OperationRow(ListRequestedServiceQuotaChangeHistoryByQuota.self),
  ]

  fileprivate static func service(_ code: String) throws(ServiceError) -> QuotaService {
    guard let service = QuotaService(rawValue: code) else {
      throw .quotas(
        "NoSuchResourceException",
        "The request failed because the specified service does not exist.",
        near: NearNames.of(code, among: QuotaService.allCases.map(\.rawValue)))
    }
    return service
  }

  fileprivate static func quota(_ service: String, _ code: String) throws(ServiceError) -> Quota {
    let service = try Self.service(service)
    guard let quota = table.first(where: { $0.service == service && $0.code == code }) else {
      throw .quotas(
        "NoSuchResourceException",
        "The request failed because the specified quota does not exist.",
        near: NearNames.of(code, among: table.filter { $0.service == service }.map(\.code)))
    }
    return quota
  }

  /// Fails with the service's own code for a token that it did not give.
  fileprivate static func page(_ input: JSON) throws(ServiceError) -> Page {
    do throws(ServiceError) {
      return try Page(input, limit: "MaxResults", usual: 100, token: "NextToken")
    } catch {
      throw .quotas("InvalidPaginationTokenException", "Invalid NextToken.", near: [])
    }
  }

  /// Levels below the account have no quotas here.
  fileprivate static func isOfAccount(_ level: String?) -> Bool { level != "RESOURCE" }
}

extension Page {
  /// The next page's token first, as the service's description has it, then the list.
  fileprivate func quotaOutput(_ name: String, _ elements: [JSON]) -> JSON {
    var members: [(String, JSON)] = []
    if let token = next(of: elements.count) { members.append(("NextToken", .string(token))) }
    members.append((name, .array(Array(slice(elements)))))
    return .object(JSONObject(members))
  }
}

extension ServiceQuotas.Quota {
  fileprivate func arn(_ region: Region, _ account: String) -> String {
    "arn:aws:servicequotas:\(region):\(account):\(service.rawValue)/\(code)"
  }

  /// Members in the model's order. A default belongs to no account.
  fileprivate func json(_ value: Int, _ region: Region, _ account: String) -> JSON {
    var members: [(String, JSON)] = [
      ("ServiceCode", .string(service.rawValue)), ("ServiceName", .string(service.name)),
      ("QuotaArn", .string(arn(region, account))), ("QuotaCode", .string(code)),
      ("QuotaName", .string(name)), ("Value", .double(Double(value))), ("Unit", "None"),
      ("Adjustable", .bool(isAdjustable)), ("GlobalQuota", false),
    ]
    if let resource = usageResource {
      members.append(
        (
          "UsageMetric",
          [
            "MetricNamespace": "AWS/Usage", "MetricName": "CallCount",
            "MetricDimensions": [
              "Class": "None", "Resource": .string(resource), "Service": "KMS", "Type": "API",
            ],
            "MetricStatisticRecommendation": "Sum",
          ]
        ))
    }
    if isRate { members.append(("Period", ["PeriodValue": 1, "PeriodUnit": "SECOND"])) }
    if !account.isEmpty { members.append(("QuotaAppliedAtLevel", "ACCOUNT")) }
    return .object(JSONObject(members))
  }

  /// The dimension Resource of the metric that counts against it.
  private var usageResource: String? {
    switch measure {
    case .cryptographic: "CryptographicOperationsSymmetric"
    case .requests(let id): id.operation
    default: nil
    }
  }
}

extension ServiceQuotas.Request {
  fileprivate func json(account: String) -> JSON {
    var members: [(String, JSON)] = [("Id", .string(id))]
    if status != .pending { members.append(("CaseId", .string(caseID))) }
    members += [
      ("ServiceCode", .string(quota.service.rawValue)),
      ("ServiceName", .string(quota.service.name)), ("QuotaCode", .string(quota.code)),
      ("QuotaName", .string(quota.name)), ("DesiredValue", .double(Double(desired))),
      ("Status", .string(status.rawValue)), ("Created", .string(created.iso8601)),
    ]
    if let updated { members.append(("LastUpdated", .string(updated.iso8601))) }
    members += [
      ("Requester", .string(requester)), ("QuotaArn", .string(quota.arn(region, account))),
      ("GlobalQuota", false), ("Unit", "None"), ("QuotaRequestedAtLevel", "ACCOUNT"),
    ]
    return .object(JSONObject(members))
  }
}

/// An operation without a resource of its own.
private protocol ReadingQuotas: Operation {}

extension ReadingQuotas {
  package func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject { .none }
}

extension ServiceQuotas {
  struct ListServices: ReadingQuotas {
    static let id = OperationID.listQuotaServices
    var page: Page

    init(_ input: JSON) throws(ServiceError) { page = try ServiceQuotas.page(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      page.quotaOutput(
        "Services",
        QuotaService.allCases.map {
          ["ServiceCode": .string($0.rawValue), "ServiceName": .string($0.name)]
        })
    }
  }

  struct ListServiceQuotas: ReadingQuotas {
    static let id = OperationID.listServiceQuotas
    var service: String
    var code: String?
    var level: String?
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      service = input.text("ServiceCode")
      code = input.optionalText("QuotaCode")
      level = input.optionalText("QuotaAppliedAtLevel")
      page = try ServiceQuotas.page(input)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let service = try ServiceQuotas.service(service)
      if let code { _ = try ServiceQuotas.quota(service.rawValue, code) }
      let region = permit.call.region
      let found = ServiceQuotas.table.filter {
        $0.service == service && (code == nil || $0.code == code)
          && ServiceQuotas.isOfAccount(level)
      }
      return page.quotaOutput(
        "Quotas",
        found.map { $0.json(cloud.world.applied($0, in: region), region, cloud.world.account) })
    }
  }

  struct GetServiceQuota: ReadingQuotas {
    static let id = OperationID.getServiceQuota
    var service: String
    var code: String

    init(_ input: JSON) throws(ServiceError) {
      service = input.text("ServiceCode")
      code = input.text("QuotaCode")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let quota = try ServiceQuotas.quota(service, code)
      let region = permit.call.region
      let value = cloud.world.applied(quota, in: region)
      return ["Quota": quota.json(value, region, cloud.world.account)]
    }
  }

  struct ListAWSDefaultServiceQuotas: ReadingQuotas {
    static let id = OperationID.listDefaultQuotas
    var service: String
    var page: Page

    init(_ input: JSON) throws(ServiceError) {
      service = input.text("ServiceCode")
      page = try ServiceQuotas.page(input)
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let service = try ServiceQuotas.service(service)
      let region = permit.call.region
      let model = cloud.world.model
      return page.quotaOutput(
        "Quotas",
        ServiceQuotas.table.filter { $0.service == service }.map {
          $0.json($0.usual(in: region, model), region, "")
        })
    }
  }

  struct GetAWSDefaultServiceQuota: ReadingQuotas {
    static let id = OperationID.getDefaultQuota
    var service: String
    var code: String

    init(_ input: JSON) throws(ServiceError) {
      service = input.text("ServiceCode")
      code = input.text("QuotaCode")
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let quota = try ServiceQuotas.quota(service, code)
      let region = permit.call.region
      return ["Quota": quota.json(quota.usual(in: region, cloud.world.model), region, "")]
    }
  }

  /// Asks for more. Nothing changes until the request is approved.
  struct RequestServiceQuotaIncrease: Operation {
    static let id = OperationID.requestQuotaIncrease
    var service: String
    var code: String
    var desired: Double
    var allowsCase: Bool

    init(_ input: JSON) throws(ServiceError) {
      service = input.text("ServiceCode")
      code = input.text("QuotaCode")
      desired =
        switch input["DesiredValue"] {
        case .integer(let number)?: Double(number)
        case .double(let number)?: number
        default: 0
        }
      allowsCase = input["SupportCaseAllowed"]?.bool ?? true
    }

    /// The quota's ARN, whether or not there is such a quota: permission comes first.
    /// Source: Service Authorization Reference, Service Quotas.
    func resolve(_ call: Call, in world: World) throws(ServiceError) -> Subject {
      .named(
        ARN(
          service: "servicequotas", region: call.region.description, account: world.account,
          resource: "\(service)/\(code)"))
    }

    func conditions(_ call: Call, in world: World) -> [(key: String, values: [String])] {
      [("servicequotas:service", [service])]
    }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let quota = try ServiceQuotas.quota(service, code)
      let region = permit.call.region
      guard quota.isAdjustable else {
        throw .quotas(
          "IllegalArgumentException",
          "The quota \(code) of the service \(service) is not adjustable.", near: [])
      }
      let state = cloud.world.quotas
      guard
        !state.requests.contains(where: {
          $0.status.isOpen && $0.region == region && $0.quota == quota
        })
      else {
        throw .quotas(
          "ResourceAlreadyExistsException",
          "Only one open service quota increase request is allowed per quota.", near: [])
      }
      guard desired > Double(cloud.world.applied(quota, in: region)), desired < 1e10 else {
        throw .quotas(
          "IllegalArgumentException",
          "You must provide a quota value greater than the current quota value.", near: [])
      }
      let now = cloud.world.now
      let principal = cloud.world.identities[permit.call.session].principal
      let requester: JSON = [
        "accountId": .string(principal.account), "callerArn": .string(principal.arn),
      ]
      let number = cloud.world.random.bytes(count: 5).reduce(0) { $0 << 8 | UInt64($1) }
      let request = Request(
        id: Hex.text(cloud.world.random.bytes(count: 16))
          + cloud.world.random.uniqueID(prefix: "", length: 8),
        caseID: String(1_000_000_000 + number % 9_000_000_000), region: region, quota: quota,
        desired: Int(desired), created: now, requester: requester.compact)
      let place = cloud.world.quotas.add(request)
      if allowsCase {
        cloud.world.timers.add(.quota(.opened(place)), due: now + Limits.opening)
      }
      cloud.world.timers.add(.quota(.approved(place)), due: now + Limits.approval)
      return ["RequestedQuota": request.json(account: cloud.world.account)]
    }
  }

  struct GetRequestedServiceQuotaChange: ReadingQuotas {
    static let id = OperationID.getQuotaRequest
    var request: String

    init(_ input: JSON) throws(ServiceError) { request = input.text("RequestId") }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      let found = cloud.world.quotas.requests.first {
        $0.id == request && $0.region == permit.call.region
      }
      guard let found else {
        throw .quotas(
          "NoSuchResourceException",
          "The request failed because the specified quota request does not exist.", near: [])
      }
      return ["RequestedQuota": found.json(account: cloud.world.account)]
    }
  }

  struct ListRequestedServiceQuotaChangeHistory: ReadingQuotas {
    static let id = OperationID.listQuotaRequests
    var filter: RequestFilter

    init(_ input: JSON) throws(ServiceError) { filter = try RequestFilter(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      try filter.output(permit.call.region, cloud.world)
    }
  }

  struct ListRequestedServiceQuotaChangeHistoryByQuota: ReadingQuotas {
    static let id = OperationID.listQuotaRequestsByQuota
    var filter: RequestFilter

    init(_ input: JSON) throws(ServiceError) { filter = try RequestFilter(input) }

    func perform(_ permit: inout Permit, in cloud: inout Cloud) throws(ServiceError) -> JSON {
      try filter.output(permit.call.region, cloud.world)
    }
  }

  /// Which requests a history has: those of the Region, the newest first.
  struct RequestFilter: Sendable {
    private var service: String?
    private var code: String?
    private var status: String?
    private var level: String?
    private var page: Page

    init(_ input: JSON) throws(ServiceError) {
      service = input.optionalText("ServiceCode")
      code = input.optionalText("QuotaCode")
      status = input.optionalText("Status")
      level = input.optionalText("QuotaRequestedAtLevel")
      page = try ServiceQuotas.page(input)
    }

    func output(_ region: Region, _ world: World) throws(ServiceError) -> JSON {
      if let service { _ = try ServiceQuotas.service(service) }
      if let service, let code { _ = try ServiceQuotas.quota(service, code) }
      let found = world.quotas.requests.reversed().filter { request in
        request.region == region && ServiceQuotas.isOfAccount(level)
          && service.map { $0 == request.quota.service.rawValue } ?? true
          && code.map { $0 == request.quota.code } ?? true
          && status.map { $0 == request.status.rawValue } ?? true
      }
      return page.quotaOutput("RequestedQuotas", found.map { $0.json(account: world.account) })
    }
  }
}
