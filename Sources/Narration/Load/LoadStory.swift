import Clients
import Cloud
import EncryptionSDK
import Values

/// Which wall a load met, with what error, where one sees it, and what takes it down.
package struct LoadStory {
  let report: LoadReport
  let world: World

  package init(_ report: LoadReport, in world: World) {
    self.report = report
    self.world = world
  }

  package func page(narrated: Bool = false) -> Page {
    var page = Page()
    for wall in Wall.allCases where report.refused(wall) > 0 { tell(wall, &page) }
    if report.wall == nil { tellNone(&page) }
    if narrated {
      page.lines = page.lines.map {
        Page.Line(style: $0.style, text: Sentence.of(columns: $0.text))
      }
    }
    if report.plan.clientSide != nil, report.plan.cache == nil, report.model == .described {
      page.add(
        "without --cache each record has a data key of its own; the guide's libraries keep theirs "
          + "for 60 s: --cache library", .note)
    }
    for row in rows {
      page.add(
        "model \(report.model.rawValue), row \(row.rawValue): \(row.says(report.model))"
          + (row == .kmsQuota ? ownQuota : ""), .note)
    }
    if report.model == .described, report.plan.clientSide == nil, report.plan.cache == nil,
      report.dataKeys > 0
    {
      page.add(
        "this load went without the library cache that the guide has on (row client-caching): "
          + "--cache library turns it on", .note)
    }
    return page
  }

  /// What is said behind the quota of the model, where another one held.
  private var ownQuota: String {
    let usual = ServiceQuotas.quota(.cryptographic)?.usual(in: report.plan.region, report.model)
    guard let usual, usual != report.quota.rate else { return "" }
    return "; in this load \(Number.grouped(report.quota.rate)) a second held (meter limit, or an "
      + "approved request)"
  }

  private var rows: [ModelRow] {
    var rows: [ModelRow] = []
    if report.callers.contains(where: \.isForwarded) { rows.append(.dataKeyPer) }
    if report.plan.cache != nil || report.plan.clientSide != nil { rows.append(.clientCaching) }
    if report.refused(.kms) > 0 {
      rows +=
        report.refusedForwarded
        ? [.kmsQuota, .throttledCode, .kmsMetrics] : [.kmsQuota, .kmsMetrics]
    }
    return rows
  }

  private func first(_ wall: Wall) -> String { "from second \(report.first(wall) ?? 1) on" }

  private func codes(_ wall: Wall) -> [LoadReport.Refusals] {
    report.refusals.filter { $0.wall == wall }
  }

  private func tell(_ wall: Wall, _ page: inout Page) {
    let count = Number.grouped(report.refused(wall))
    switch wall {
    case .kms:
      page.add(
        "\(report.wall == .kms ? "The wall was" : "Also met:") the KMS quota: \(first(wall)) KMS refused "
          + "\(count) requests", .bad)
      for line in quotaReasons { page.add("  \(line)") }
      let reads = report.total { $0.readsRefused[.kms, default: 0] }
      if reads > 0 {
        page.add(
          "  readers met it, too: \(Number.grouped(reads)) of these were theirs; what they did not get "
            + "is not lost, they read it later")
      }
    case .shard:
      page.add(
        "\(report.wall == .shard ? "The wall was" : "Also met:") the shards' own rates: "
          + "\(first(wall)) they refused \(count) calls", .bad)
      for line in shardReasons { page.add("  \(line)") }
    case .control:
      page.add(
        "\(report.wall == .control ? "The wall was" : "Also met:") a control-plane rate of the account: "
          + "\(first(wall)) \(count) calls were refused", .bad)
      for line in controlReasons { page.add("  \(line)") }
    case .other:
      page.add("\(count) calls were refused for another reason than a limit", .bad)
    }
    for refusal in codes(wall) {
      page.add("  error    \(refusal.code): \(refusal.message)")
      if let note = retryNote(refusal) { page.add("           \(note)") }
    }
    for line in metrics(wall) { page.add("  metric   \(line)") }
    for line in remedies(wall) { page.add("  remedy   \(line)", .next) }
  }

  private func retryNote(_ refusal: LoadReport.Refusals) -> String? {
    guard report.plan.retry != .none, refusal.writes > 0, !refusal.wasRetried else { return nil }
    return RetryMode.throttlingCodes.contains(refusal.code)
      ? nil
      : "the SDK does not take \(refusal.code) for throttling and gives it back at once: "
        + "--retry-also \(refusal.code) lets the application try again"
  }

  private var quotaReasons: [String] {
    let quota = report.quota
    var lines: [String] = []
    let perSecond = report.seconds.map(\.kms.all).max() ?? 0
    lines.append(
      "asked for: up to \(Number.grouped(perSecond)) a second; allowed: "
        + "\(Number.grouped(quota.rate)) a second for the account in this Region, data keys and "
        + "Decrypt together")
    if quota.burst > quota.rate {
      lines.append(
        "up to \(Number.grouped(quota.burst)) can be saved up: \(Number.grouped(quota.left)) "
          + "\(quota.left == 1 ? "was" : "were"), and used up in second "
          + "\(report.first(.kms) ?? 1)")
    } else {
      lines.append("nothing is saved up: the rest of each second is refused")
    }
    if report.stored > 0 {
      let keys = ownDataKeys
      if keys >= report.stored {
        lines.append("each record asked for a data key of its own")
      } else if let average = perDataKey(keys) {
        lines.append(average)
      }
    }
    if let line = twice { lines.append(line) }
    return lines
  }

  /// Data keys of the clients where those seal, and otherwise Kinesis's.
  private var ownDataKeys: Int {
    report.plan.clientSide == nil ? report.dataKeys : report.clientDataKeys
  }

  /// Who else asked, where records are sealed by the client and once more by Kinesis.
  private var twice: String? {
    guard report.plan.clientSide != nil, report.forwardedDataKeys > 0 else { return nil }
    let were = report.forwardedDataKeys == 1 ? "was" : "were"
    return
      "\(Number.grouped(report.forwardedDataKeys)) of the \(Number.grouped(report.dataKeys)) data "
      + "keys \(were) Kinesis's: the stream is encrypted, too, and a cache of the client saves nothing there"
  }

  /// How many records shared a data key; nothing where none did, or most lie in the clear.
  private func perDataKey(_ keys: Int) -> String? {
    guard keys > 0, report.stored > keys else { return nil }
    // Under a single key it is known how many it sealed: some may have come before the encryption.
    let sealed = keys == 1 ? report.exposure?.records ?? 0 : report.stored
    guard sealed > 0 else { return nil }
    // Few by few the fraction counts.
    let tenths = (20 * sealed + keys) / (2 * keys)
    let records =
      tenths < 100 && tenths % 10 != 0
      ? "\(tenths / 10).\(tenths % 10)" : Number.grouped(sealed / keys)
    return "a data key served \(records) records\(keys == 1 ? "" : " on average")"
  }

  private var shardReasons: [String] {
    if let hot = report.hotShard {
      let all = hot.stored + hot.refused
      let share = all * 100 / max(1, attempts)
      var lines = [
        "this is no lesson about KMS: one shard of \(report.shards) is hot. \(hot.id) got "
          + "\(Number.grouped(all)) of \(Number.grouped(attempts)) writes (\(share) %) and refused "
          + "\(Number.grouped(hot.refused)); a shard takes 1,000 records and 1 MB a second"
      ]
      if let rate = report.plan.tooHot {
        lines.append(
          "the partition key \(LoadPlan.hotKey) alone brings \(Number.grouped(rate)) records a second, "
            + "and a key lies in one shard, however many there are")
      }
      return lines
    }
    let need = report.plan.shardsNeeded
    var lines = readReasons
    if writesRefused == 0, need.byReading <= report.shards { return lines }
    lines += [
      "this is no lesson about KMS: \(ShortNames.plural(report.shards, "shard")) "
        + "\(report.shards == 1 ? "takes" : "take") \(Number.grouped(report.shards * 1000)) records a second, "
        + "1 MiB a second each, and \(report.shards == 1 ? "gives" : "give") 2 MiB a second each",
      "this load needs \(need.most): \(need.byRecords) for the records, \(need.byBytes) for the bytes"
        + (report.plan.consumers > 0 ? ", \(need.byReading) for the readers" : ""),
    ]
    return lines
  }

  private var writesRefused: Int { report.total { $0.writesRefused[.shard, default: 0] } }
  private var readsRefused: Int { report.total { $0.readsRefused[.shard, default: 0] } }

  /// Readers that share the five reads a second of a shard.
  private var readReasons: [String] {
    let plan = report.plan
    let reads = plan.shardsNeeded.reads
    guard readsRefused > 0, reads > LoadPlan.readsPerShard else { return [] }
    return [
      "\(plan.consumers) consumers that read each shard every \(LoadPage.time(plan.poll)) call GetRecords "
        + "\(reads) times a second, and a shard answers \(LoadPlan.readsPerShard), and as many "
        + "GetShardIterator, to all of them together: nothing is lost, but who is refused reads later"
    ]
  }

  /// Writes that reached a shard.
  private var attempts: Int {
    report.stored + report.seconds.reduce(0) { $0 + $1.writesRefused[.shard, default: 0] }
  }

  private var controlReasons: [String] {
    var lines: [String] = []
    if report.plan.describes > 0, let rate = OperationID.describeStream.controlRate {
      lines.append(
        "asked for: DescribeStream \(report.plan.describes) times a second; allowed: \(rate.most) a "
          + "second for the account in this Region, whoever asks and whatever the stream")
    }
    lines.append(
      "such operations are meant for set-up and have rates of a few calls a second; "
        + "\(Number.grouped(report.stored)) records went in beside them, which count against other limits"
    )
    return lines
  }

  private func metrics(_ wall: Wall) -> [String] {
    let stream = world.streams[report.plan.stream].name
    switch wall {
    case .kms:
      if report.model == .described { return ["ThrottledCount of the key, as the guide has it"] }
      return [
        "AWS/Usage CallCount, Resource CryptographicOperationsSymmetric, against the quota",
        report.refusedForwarded
          ? "AWS/Kinesis PutRecord.Success of \(stream), statistic Average: the share that came through"
          : "none of Kinesis: KMS refused the clients themselves, and what they could not seal was never "
            + "put",
      ]
    case .shard:
      var names: [String] = []
      if writesRefused > 0 { names.append("WriteProvisionedThroughputExceeded") }
      if readsRefused > 0 { names.append("ReadProvisionedThroughputExceeded") }
      return ["AWS/Kinesis \(names.joined(separator: " and ")) of \(stream)"]
    case .control: return ["none of Kinesis: the refused calls stand in the trail"]
    case .other: return []
    }
  }

  private func remedies(_ wall: Wall) -> [String] {
    switch wall {
    case .kms:
      var lines: [String] = []
      let codes = self.codes(.kms).filter { $0.writes > 0 }.map(\.code)
      let strange = codes.filter { !RetryMode.throttlingCodes.contains($0) }
      if report.plan.retry == .none, !codes.isEmpty {
        lines.append(
          "--retry standard" + strange.map { " --retry-also \($0)" }.joined()
            + ": a peak is spread over the seconds after it"
            + (strange.isEmpty
              ? ""
              : "; alone, the SDK does not take \(strange.joined(separator: ", ")) for throttling"))
      }
      if report.plan.credentials > 1, report.model == .documented, report.refusedForwarded {
        lines.append("fewer distinct credentials: each set has data keys of its own")
      }
      if report.plan.cache == nil {
        if report.plan.clientSide != nil {
          lines.append(
            "data key caching, a feature of the Encryption SDK: --cache max-age=60s,max-messages=1000"
          )
        } else if report.model == .described {
          lines.append(
            "the guide's library cache: --cache library, or --cache max-age=60s,max-messages=1000")
        } else {
          lines.append(
            "a cache of a client is none: Kinesis itself asks for these data keys, and --encrypt client would "
              + "ask for more beside them")
        }
      }
      lines.append(
        "a higher quota: AWS Service Quotas, \"Cryptographic operations (symmetric) request rate\", "
          + "L-6E3AF000; quota shows it")
      return lines
    case .shard where report.hotShard != nil:
      return [
        "partition keys that spread: more shards do not divide what has one key; --keys uniform shows the "
          + "same load spread"
      ]
    case .shard:
      var lines: [String] = []
      if !readReasons.isEmpty {
        lines = [
          "enhanced fan-out: a consumer of register-stream-consumer has 2 MB/s of each shard to itself "
            + "and is pushed its records, without GetRecords",
          "fewer polls: --poll \(enoughPoll)s, or fewer consumers that pass on what they read",
        ]
        if writesRefused == 0, report.plan.shardsNeeded.byReading <= report.shards { return lines }
      }
      return lines + [
        "more shards (--shard-count), or partition keys that spread over those there are",
        "load --shards-needed with the same options says how many",
      ]
    case .control:
      return [
        "ask once and remember the answer, or ask DescribeStreamSummary, which has 20 a second",
        "wait a second and try again; more shards and a higher KMS quota change nothing here",
      ]
    case .other: return ["why   the last refusal in full"]
    }
  }

  /// The shortest poll, in seconds, at which a shard has reads to spare for all consumers.
  private var enoughPoll: Int { report.plan.consumers / LoadPlan.readsPerShard + 1 }

  private func tellNone(_ page: inout Page) {
    let requests = report.seconds.map(\.kms.all).max() ?? 0
    let quota = report.quota
    let asked =
      "No wall: KMS was asked at most "
      + "\(requests == 1 ? "once" : "\(Number.grouped(requests)) times") a second"
    if requests == 0 {
      page.add("No wall: KMS was not asked at all", .good)
      if report.cacheHadNothing {
        page.add(
          "  --cache had no effect: nobody sealed. The stream is not encrypted, and --encrypt client has "
            + "the producers do it", .bad)
      }
    } else if requests <= quota.rate {
      page.add("\(asked), of \(Number.grouped(quota.rate)) allowed", .good)
    } else {
      let least = report.seconds.map(\.left).min() ?? 0
      page.add(
        "\(asked), more than the \(Number.grouped(quota.rate)) of the quota: the rest came out of what "
          + "was saved up, \(Number.grouped(quota.left)) at the start and "
          + "\(Number.grouped(least)) at the least", .good)
    }
    if let line = twice { page.add("  \(line)") }
    let keys = ownDataKeys
    if let average = perDataKey(keys) { page.add("  \(average)") }
    if let exposure = CachePage.exposure(report), keys < report.stored {
      page.add("  the price: one leaked data key exposes \(exposure)")
    }
    if let cache = report.plan.cache, !report.cacheHadNothing,
      cache.maxMessages == MaterialsCache.Limits.mostMessages, cache.maxBytes == Int.max
    {
      let seconds = cache.maxAge.milliseconds / 1000
      page.add("  an age of \(seconds) s alone means one data key in \(seconds) s")
    }
  }
}
