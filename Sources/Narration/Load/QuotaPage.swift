import Cloud
import Values

/// What the account may have and how often it may call, what it asked for, and what it uses: the verb
/// `quota`.
package enum QuotaPage {
  /// The rows that matter now: what the lab's lessons are about, what is used, raised or asked for; or
  /// all that Service Quotas lists.
  package static func page(_ cloud: Cloud, in region: Region, all: Bool) -> Page {
    let world = cloud.world
    let peaks = Peaks(cloud, in: region)
    var rows: [[String]] = []
    for quota in ServiceQuotas.table {
      let usual = quota.usual(in: region, world.model)
      let applied = world.applied(quota, in: region)
      let requests = world.quotas.requests.filter { $0.region == region && $0.quota == quota }
      let used = used(quota, world, region, peaks)
      let isShown =
        all || usual != applied || !requests.isEmpty || isAlwaysShown(quota.measure)
        || (quota.isRate && used > 0)
      guard isShown else { continue }
      rows.append([
        quota.service.rawValue, quota.name, quota.code, text(usual, quota, world),
        applies(applied, quota, world, region), text(used: used, quota.isRate),
        quota.isAdjustable ? told(requests, at: world.now) : "cannot be raised",
      ])
    }
    rows.append([
      "kinesis", "On-demand streams", "-", "50", "50", "\(world.onDemandStreams(in: region)) now",
      "by a support ticket, not here",
    ])
    for id in OperationID.allCases where ServiceQuotas.quota(.requests(id)) == nil {
      guard let rate = id.controlRate, all || peaks.most(id) > 0 else { continue }
      rows.append([
        id.service, "\(id.operation) request rate" + (rate.isOfStream ? ", of a stream" : ""), "-",
        "\(Number.grouped(rate.most))/s", "\(Number.grouped(rate.most))/s",
        text(used: peaks.most(id), true), "not in the lab's Service Quotas",
      ])
    }
    var page = Page()
    page.add(
      "Quotas of account \(world.account) in \(region), model \(world.model.rawValue)", .heading)
    let sorted = rows.enumerated().sorted {
      ($0.element[0], $0.offset) < ($1.element[0], $1.offset)
    }.map(\.element)
    page.add(
      table: [["service", "quota", "code", "default", "applied", "used", "request"]] + sorted)
    if !all { page.add("quota all shows every one that Service Quotas lists here") }
    page.add(
      "more: aws service-quotas request-service-quota-increase --service-code kms --quota-code "
        + "L-6E3AF000 --desired-value N; approval takes days of the lab's clock", .next)
    return page
  }

  private static func isAlwaysShown(_ measure: ServiceQuotas.Measure) -> Bool {
    switch measure {
    case .cryptographic, .shards, .customerKeys, .aliasesPerKey, .grantsPerKey: true
    case .requests, .rotationsPerKey, .nothing: false
    }
  }

  private static func text(_ value: Int, _ quota: ServiceQuotas.Quota, _ world: World) -> String {
    guard quota.isRate else { return Number.grouped(value) }
    var text = "\(Number.grouped(value))/s"
    if quota.measure == .cryptographic, world.model == .described {
      text += ", \(Number.grouped(value * 4)) saved up"
    }
    return text
  }

  /// What applies, and in its place the smaller quota of `meter limit` while there is one.
  private static func applies(
    _ value: Int, _ quota: ServiceQuotas.Quota, _ world: World, _ region: Region
  ) -> String {
    guard quota.measure == .cryptographic else { return text(value, quota, world) }
    let standing = world.cryptographicQuota(in: region)
    guard standing.rate != value else { return text(value, quota, world) }
    return text(standing.rate, quota, world) + " by meter limit"
  }

  private static func text(used: Int, _ isRate: Bool) -> String {
    isRate
      ? used == 0 ? "-" : "\(Number.grouped(used)) in the peak second"
      : "\(Number.grouped(used)) now"
  }

  private static func told(_ requests: [ServiceQuotas.Request], at now: Instant) -> String {
    guard let last = requests.last else { return "-" }
    let value = Number.grouped(last.desired)
    guard last.status.isOpen else { return "\(last.status.rawValue) \(value)" }
    return "\(last.status.rawValue) \(value), asked \(Timeline.span(now - last.created)) ago"
  }

  private static func used(
    _ quota: ServiceQuotas.Quota, _ world: World, _ region: Region, _ peaks: Peaks
  ) -> Int {
    let keys = world.keys.slots(in: region)
    switch quota.measure {
    case .cryptographic: return peaks.cryptographic
    case .requests(let id): return peaks.most(id)
    case .customerKeys: return world.customerKeys(in: region)
    case .aliasesPerKey: return keys.map { world.keys.aliases(of: $0).count }.max() ?? 0
    case .grantsPerKey:
      return keys.map { key in world.keys.grants.count { $0.key == key } }.max() ?? 0
    case .rotationsPerKey: return keys.map { world.keys[$0].onDemandRotations }.max() ?? 0
    case .shards: return world.provisionedShards(in: region)
    case .nothing: return 0
    }
  }

  /// The busiest second of each operation, from the journal.
  private struct Peaks {
    private var second: Int64 = .min
    private var counts = [Int](repeating: 0, count: OperationID.allCases.count)
    private var highest = [Int](repeating: 0, count: OperationID.allCases.count)
    private var together = 0
    private(set) var cryptographic = 0

    init(_ cloud: Cloud, in region: Region) {
      cloud.journal.scanBackward(0..<cloud.journal.count) { _, event in
        if event.pointee.call.region == region, event.pointee.error == nil {
          add(event.pointee.operation, at: event.pointee.at.seconds)
        }
        return true
      }
      close()
    }

    func most(_ id: OperationID) -> Int { highest[id.index] }

    private mutating func add(_ id: OperationID, at time: Int64) {
      if time != second {
        close()
        second = time
      }
      counts[id.index] += 1
      if KMS.Meter.counts(id) { together += 1 }
    }

    private mutating func close() {
      cryptographic = max(cryptographic, together)
      together = 0
      for index in counts.indices where counts[index] > 0 {
        highest[index] = max(highest[index], counts[index])
        counts[index] = 0
      }
    }
  }
}
