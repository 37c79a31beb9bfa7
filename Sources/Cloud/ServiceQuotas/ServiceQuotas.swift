import Values

/// Service Quotas: what an account may have and how often it may call, and requests for more.
package enum ServiceQuotas {
  /// What a quota limits here.
  package enum Measure: Hashable, Sendable {
    /// Cryptographic requests a second under symmetric keys, of all operations together.
    case cryptographic
    /// Requests of one operation of the control plane in a second.
    case requests(OperationID)
    case customerKeys, aliasesPerKey, grantsPerKey, rotationsPerKey
    case shards
    /// Something that the lab has not, so that nothing is ever used of it.
    case nothing
  }

  /// One row of the table: what a quota is called and what it is when nobody asked for more.
  package struct Quota: Hashable, Sendable {
    package let service: QuotaService
    package let code: String
    package let name: String
    package let measure: Measure
    package let isAdjustable: Bool
    /// The default where Region and model do not change it.
    private let base: Int

    fileprivate init(
      _ service: QuotaService, _ code: String, _ name: String, _ measure: Measure, _ base: Int,
      isAdjustable: Bool = true
    ) {
      self.service = service
      self.code = code
      self.name = name
      self.measure = measure
      self.isAdjustable = isAdjustable
      self.base = base
    }

    /// What applies to an account that never asked for more.
    package func usual(in region: Region, _ model: Model) -> Int {
      switch measure {
      case .cryptographic:
        model == .described ? KMS.Limits.describedRate : KMS.Limits.documentedRate(in: region)
      case .shards: Kinesis.Limits.shards(in: region)
      default: base
      }
    }

    /// Whether it is a number of requests in a second.
    package var isRate: Bool { name.hasSuffix("request rate") }
  }

  /// Services whose quotas the lab has, sorted by code.
  package enum QuotaService: String, CaseIterable, Sendable {
    case kinesis, kms

    package var name: String {
      switch self {
      case .kinesis: "Amazon Kinesis Data Streams"
      case .kms: "AWS Key Management Service (AWS KMS)"
      }
    }
  }

  /// Quotas with the codes by which Service Quotas knows them, sorted by service and name.
  ///
  /// Simplified: those of KMS whose codes AWS shows in its console alone are not in it; the engine
  /// holds them all the same, at their defaults.
  /// Source: AWS KMS Developer Guide, request quotas and resource quotas; AWS General Reference,
  /// Amazon Kinesis Data Streams endpoints and quotas.
  package static let table: [Quota] = {
    let rates: [(code: String, name: String, OperationID?, Int)] = [
      ("L-635264CC", "CancelKeyDeletion", .cancelKeyDeletion, 5),
      ("L-705B9E79", "ConnectCustomKeyStore", nil, 5),
      ("L-F7504F73", "CreateAlias", .createAlias, 5),
      ("L-08932E37", "CreateCustomKeyStore", nil, 5),
      ("L-0428A42E", "CreateGrant", .createGrant, 50),
      ("L-32B67F4A", "CreateKey", .createKey, 5),
      ("L-DC14942D", "Cryptographic operations (ECC and SM2)", nil, 1000),
      ("L-2AC98190", "Cryptographic operations (RSA)", nil, 1000),
      ("L-1F75ADD1", "DeleteAlias", .deleteAlias, 15),
      ("L-E99520CB", "DeleteCustomKeyStore", nil, 5),
      ("L-1233BF9B", "DeleteImportedKeyMaterial", .deleteImportedKeyMaterial, 15),
      ("L-E20AA94C", "DescribeCustomKeyStores", nil, 5),
      ("L-FAE8F084", "DescribeKey", .describeKey, 2000),
      ("L-6B8C93BD", "DisableKey", .disableKey, 5),
      ("L-CE1DB614", "DisableKeyRotation", .disableKeyRotation, 5),
      ("L-9F1FCF6D", "DisconnectCustomKeyStore", nil, 5),
      ("L-BD96F100", "EnableKey", .enableKey, 5),
      ("L-BE799B67", "EnableKeyRotation", .enableKeyRotation, 15),
      ("L-D2EEB5E0", "GenerateDataKeyPair (ECC_NIST_P256)", nil, 100),
      ("L-16B46EF0", "GenerateDataKeyPair (ECC_NIST_P384)", nil, 100),
      ("L-1D966DA0", "GenerateDataKeyPair (ECC_NIST_P521)", nil, 100),
    ]
    let others: [Quota] = [
      Quota(
        .kms, "L-6E3AF000", "Cryptographic operations (symmetric) request rate", .cryptographic, 0),
      Quota(
        .kms, "L-C2F1777E", "Customer Master Keys (CMKs)", .customerKeys, KMS.Limits.customerKeys),
      Quota(.kms, "L-340F62FB", "Aliases per CMK", .aliasesPerKey, KMS.Limits.aliasesPerKey),
      Quota(.kms, "L-D594A657", "Grants per CMK", .grantsPerKey, KMS.Limits.grantsPerKey),
      Quota(.kms, "L-F33DCFEB", "Custom Key Stores", .nothing, 10),
      Quota(
        .kms, "L-0E66C9C0", "On-demand rotations per CMK", .rotationsPerKey,
        KMS.Limits.onDemandRotations, isAdjustable: false),
      Quota(.kinesis, "L-0918CF54", "Shards per Region", .shards, 0),
    ]
    let all =
      others
      + rates.map { row in
        Quota(
          .kms, row.code, "\(row.name) request rate", row.2.map { .requests($0) } ?? .nothing, row.3
        )
      }
    return all.sorted { ($0.service.rawValue, $0.name) < ($1.service.rawValue, $1.name) }
  }()

  package static func quota(_ measure: Measure) -> Quota? {
    measure == .nothing ? nil : byMeasure[measure]
  }

  private static let byMeasure = Dictionary(
    table.filter { $0.measure != .nothing }.map { ($0.measure, $0) }, uniquingKeysWith: { $1 })

  enum Limits {
    /// How long Service Quotas takes to open a case with AWS Support, and how long the case takes.
    /// Assumed: AWS names no time; the documentation speaks of review, approval and deployment.
    static let opening = Duration.seconds(60)
    static let approval = Duration.seconds(2 * 24 * 3600)
  }
}

extension ServiceQuotas {
  package enum Status: String, Hashable, Sendable {
    case pending = "PENDING"
    case caseOpened = "CASE_OPENED"
    case approved = "APPROVED"

    package var isOpen: Bool { self != .approved }
  }

  /// A request for more.
  package struct Request: Hashable, Sendable {
    package let id: String
    /// The case with AWS Support, told once it is open.
    package let caseID: String
    package let region: Region
    package let quota: Quota
    package let desired: Int
    package let created: Instant
    package let requester: String
    package fileprivate(set) var status = Status.pending
    package fileprivate(set) var updated: Instant?
  }

  /// What the clock does to a request, by its place in the state.
  package enum Step: Hashable, Sendable {
    case opened(Int32)
    case approved(Int32)

    package var request: Int32 {
      switch self {
      case .opened(let request), .approved(let request): request
      }
    }
  }

  package struct State: Sendable {
    private struct Place: Hashable {
      var region: Region
      var measure: Measure
    }

    /// In the order in which they came.
    package private(set) var requests: [Request] = []
    private var raised: [Place: Int] = [:]
    private(set) var digest = Fingerprint()

    /// What was approved; nothing where the default applies.
    package func raised(_ measure: Measure, in region: Region) -> Int? {
      raised.isEmpty ? nil : raised[Place(region: region, measure: measure)]
    }

    mutating func add(_ request: Request) -> Int32 {
      digest.fold("\(request.id) \(request.region) \(request.quota.code) \(request.desired)")
      requests.append(request)
      return Int32(requests.count - 1)
    }

    mutating func apply(_ step: Step, at now: Instant) -> Bool {
      let place = Int(step.request)
      guard requests.indices.contains(place) else { return false }
      requests[place].updated = now
      switch step {
      case .opened: requests[place].status = .caseOpened
      case .approved:
        let request = requests[place]
        requests[place].status = .approved
        raised[Place(region: request.region, measure: request.quota.measure)] = request.desired
      }
      digest.fold("\(requests[place].id) \(requests[place].status.rawValue)")
      return true
    }
  }
}

extension World {
  /// What applies to the account today.
  package func applied(_ quota: ServiceQuotas.Quota, in region: Region) -> Int {
    quotas.raised(quota.measure, in: region) ?? quota.usual(in: region, model)
  }

  /// The same for what a quota limits, where the table has one for it.
  func limit(_ measure: ServiceQuotas.Measure, in region: Region, usual: Int) -> Int {
    quotas.raised(measure, in: region) ?? usual
  }
}
