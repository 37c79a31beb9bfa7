import Clients
import Cloud
import EncryptionSDK
import Values

/// What a load did: a table, a picture, and which wall it met.
package struct LoadPage {
  let report: LoadReport
  let world: World

  package init(_ report: LoadReport, in world: World) {
    self.report = report
    self.world = world
  }

  private static let mostRows = 40

  // MARK: The table

  package var table: Page {
    var page = Page()
    page.add(headline)
    page.add(table: seconds, hasHeader: true)
    page.add("")
    page.add(table: totals)
    return page
  }

  package var headline: String {
    let plan = report.plan
    let stream = world.streams[plan.stream].name
    let producers = ShortNames.plural(plan.producers, "producer")
    let consumers =
      plan.consumers == 0 ? "nobody reading" : ShortNames.plural(plan.consumers, "consumer")
    return
      "load \(report.number): \(ShortNames.count(plan.rate, "record"))/s of \(plan.recordSize) bytes "
      + "for \(Self.time(plan.duration)) into \(stream) (\(ShortNames.plural(report.shards, "shard"))), "
      + "\(producers), \(consumers), \(encryption)retry \(plan.retry.rawValue), model \(report.model.rawValue)"
  }

  private var encryption: String {
    let plan = report.plan
    var text = plan.clientSide.map { "sealed by the client (suite \($0.suite.number)), " } ?? ""
    if let cache = plan.cache, !report.cacheHadNothing {
      text += "keeping data keys \(Self.time(cache.maxAge.milliseconds))"
      if cache.maxMessages < MaterialsCache.Limits.mostMessages {
        text += " or \(Number.grouped(cache.maxMessages)) messages"
      }
      text += ", "
    }
    return text
  }

  private static let header = [
    "second", "offered", "stored", "read", "data keys", "decrypts", "throttled", "shard", "retried",
    "lost", "p50 ms", "p99 ms",
  ]

  /// Columns that say nothing where nothing of their kind came about: read, decrypts, shard, retried.
  private static let optional: Set<Int> = [3, 5, 7, 8]

  private var seconds: [[String]] {
    let rows = rows
    let shown = Self.header.indices.filter { column in
      !Self.optional.contains(column) || rows.contains { $0[column] != "0" }
    }
    return ([Self.header] + rows).map { row in shown.map { row[$0] } }
  }

  /// A row a second; of a long load, a row for several.
  private var rows: [[String]] {
    let seconds = report.seconds
    let bin = max(1, (seconds.count + Self.mostRows - 1) / Self.mostRows)
    return stride(from: 0, to: seconds.count, by: bin).map { start in
      let part = seconds[start..<min(start + bin, seconds.count)]
      func sum(_ field: (LoadReport.Second) -> Int) -> String {
        Number.grouped(part.reduce(0) { $0 + field($1) })
      }
      let label = part.count == 1 ? "\(start + 1)" : "\(start + 1)-\(start + part.count)"
      return [
        label, sum(\.offered), sum(\.stored), sum(\.read), sum(\.kms.dataKeys),
        sum(\.kms.decrypts), sum(\.kms.throttled), sum { $0.refused(.shard) }, sum(\.retried),
        sum(\.lost), "\(part.map(\.median).max() ?? 0)", "\(part.map(\.slow).max() ?? 0)",
      ]
    }
  }

  private var totals: [[String]] {
    var rows = [
      [
        "records",
        "\(Number.grouped(report.offered)) offered, \(Number.grouped(report.stored)) stored, "
          + "\(Number.grouped(report.lost)) lost",
      ]
    ]
    if report.plan.consumers > 0 {
      let least = Number.grouped(report.readBy.min() ?? 0)
      let most = Number.grouped(report.readBy.max() ?? 0)
      let each = least == most ? least : "\(least) to \(most)"
      rows.append([
        "read back",
        "\(each) by each of \(ShortNames.plural(report.plan.consumers, "consumer")), "
          + (report.damaged == 0 ? "each as it was put" : "\(report.damaged) not as they were put"),
      ])
    }
    for caller in report.callers {
      let who = ShortNames.principal(world.identities[caller.session].principal)
      rows.append([
        caller.operation.operation,
        "\(Number.grouped(caller.admitted)) for \(who)"
          + (caller.isForwarded ? " through Kinesis" : "")
          + (caller.refused == 0 ? "" : ", \(Number.grouped(caller.refused)) refused"),
      ])
    }
    rows.append(["data keys", pace(report.dataKeys) + keysApart])
    if let exposure = CachePage.exposure(report) { rows.append(["one leaked key", exposure]) }
    for refusal in report.refusals {
      rows.append(["refused", "\(Number.grouped(refusal.count)) x \(refusal.code)"])
    }
    if report.plan.describes > 0 {
      rows.append([
        "describe-stream", "\(Number.grouped(report.described)) answered",
      ])
    }
    if report.plan.credentials > 0, report.stopped != 0 {
      rows.append(["credentials", "\(Number.grouped(report.plan.credentials)) for the writers"])
    }
    if let stopped = report.stopped {
      rows.append([
        "stopped",
        stopped == 0
          ? "before the first record; the credentials that were made by then are gone"
          : "after \(Self.time(stopped))",
      ])
    }
    if report.unfinished > 0 {
      rows.append([
        "unfinished", "\(Number.grouped(report.unfinished)) records waited for another try",
      ])
    }
    rows.append(["wall", report.wall.map(Self.name) ?? "none"])
    return rows
  }

  /// Data keys a second while records came.
  package var keysPerSecond: String {
    Number.rate(report.dataKeys, per: report.keyTime)
  }

  /// `1,000 a second`; of data keys that outlive the load, how many there were: a second says nothing
  /// of the next one.
  private func pace(_ count: Int) -> String {
    guard outlivesLoad else { return Number.rate(count, per: report.keyTime) + " a second" }
    return "\(Number.grouped(count)) " + span
  }

  /// `in this second`, `in 10 s`
  private var span: String {
    report.keyTime == 1000 ? "in this second" : "in \(Self.time(report.keyTime))"
  }

  /// Whether each data key could have served longer than records came, and nothing but its age ends it.
  private var outlivesLoad: Bool {
    let age: Duration
    if let cache = report.plan.cache {
      guard cache.maxMessages == MaterialsCache.Limits.mostMessages, cache.maxBytes == Int.max
      else { return false }
      age = cache.maxAge
    } else if report.plan.clientSide == nil, report.model == .documented {
      age = .seconds(300)
    } else {
      return false
    }
    return report.dataKeys > 0 && report.dataKeys <= 2 * report.plan.producers
      && report.keyTime <= age.milliseconds
  }

  /// Who asked for them, where clients and Kinesis did.
  private var keysApart: String {
    let (client, kinesis) = (report.clientDataKeys, report.forwardedDataKeys)
    guard report.plan.clientSide != nil, kinesis > 0 else { return "" }
    func share(_ count: Int) -> String {
      outlivesLoad ? Number.grouped(count) : Number.rate(count, per: report.keyTime)
    }
    return
      ": \(share(client)) by the clients, \(share(kinesis)) by Kinesis, for the stream is encrypted, too"
  }

  private static func name(_ wall: Wall) -> String {
    switch wall {
    case .kms: "the KMS quota"
    case .shard: "the shards' own rates"
    case .control: "the account's control-plane rates"
    case .other: "no limit: see the refusals"
    }
  }

  static func time(_ milliseconds: Int64) -> String {
    milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
  }

  // MARK: The picture

  package var picture: Page {
    var page = Page()
    let requests = report.seconds.map {
      Chart.Column(passed: $0.kms.admitted, refused: $0.kms.throttled)
    }
    add(
      Chart(requests, limit: report.quota.rate), "KMS requests a second", "admitted", "throttled",
      "the quota", &page)
    if report.seconds.contains(where: { $0.writesRefused[.shard, default: 0] > 0 }) {
      let writes = report.seconds.map {
        Chart.Column(passed: $0.stored, refused: $0.writesRefused[.shard, default: 0])
      }
      add(
        Chart(writes, limit: report.shards * 1000), "Records a second into the shards", "stored",
        "refused", "what the shards take", &page,
        far: report.hotShard.map { "; nearly all refusals are \($0.id)'s, which takes 1,000" })
    }
    return page
  }

  private func add(
    _ chart: Chart, _ title: String, _ passed: String, _ refused: String, _ limit: String,
    _ page: inout Page, far: String? = nil
  ) {
    let lines = chart.lines
    guard !lines.isEmpty else { return }
    var text = "\(title): █ \(passed), ▒ \(refused)"
    text +=
      chart.showsLimit
      ? ", ─ \(limit), \(Number.grouped(chart.limit))"
      : far ?? "; \(limit), \(Number.grouped(chart.limit)), lies far above"
    if chart.binned > 1 { text += "; a column is the mean of \(chart.binned) s, rounded up" }
    page.add(text, .legend)
    for line in lines { page.add(line, .chart) }
  }

  // MARK: In words

  /// The same for a screen reader: sentences, no drawing and no columns.
  package var sentences: Page {
    var page = Page()
    page.add(headline + ".")
    page.add(
      "\(Number.grouped(report.offered)) records were offered, \(Number.grouped(report.stored)) "
        + "stored, \(Number.grouped(report.lost)) lost; \(Number.grouped(report.retried)) attempts were "
        + "retries.")
    if report.plan.consumers > 0 {
      page.add("The consumers read \(Number.grouped(report.read)) records together.")
    }
    page.add(
      "KMS made \(ShortNames.count(report.dataKeys, "data key")), "
        + (outlivesLoad ? span : "\(keysPerSecond) a second") + ", and "
        + "answered \(Number.grouped(report.decrypts)) Decrypt requests; it throttled "
        + "\(Number.grouped(report.throttled)).")
    for part in phases {
      let seconds =
        part.count == 1
        ? "In second \(part.lowerBound + 1)"
        : "In seconds \(part.lowerBound + 1) to \(part.upperBound)"
      let rows = report.seconds[part]
      let most = rows.map(\.kms.all).max() ?? 0
      let refused = rows.reduce(0) { $0 + $1.kms.throttled }
      page.add(
        "\(seconds) KMS was asked up to \(Number.grouped(most)) times a second, and "
          + (refused == 0 ? "refused nothing." : "refused \(Number.grouped(refused)) requests."))
    }
    return page
  }

  /// Runs of seconds in which KMS refused something, or nothing.
  private var phases: [Range<Int>] {
    var phases: [Range<Int>] = []
    for index in report.seconds.indices {
      let refuses = report.seconds[index].kms.throttled > 0
      if let last = phases.last, (report.seconds[last.lowerBound].kms.throttled > 0) == refuses {
        phases[phases.count - 1] = last.lowerBound..<index + 1
      } else {
        phases.append(index..<index + 1)
      }
    }
    return phases
  }
}
