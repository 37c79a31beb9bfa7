import Clients
import Cloud
import EncryptionSDK
import Values

/// Two loads side by side.
package enum LoadComparison {
  package static func page(_ left: LoadReport, _ right: LoadReport, in world: World) -> Page {
    let pages = [LoadPage(left, in: world), LoadPage(right, in: world)]
    let reports = [left, right]
    func row(_ name: String, _ value: (LoadReport) -> String) -> [String] {
      [name] + reports.map(value)
    }
    func count(_ name: String, _ value: (LoadReport) -> Int) -> [String] {
      row(name) { Number.grouped(value($0)) }
    }
    func seconds(_ field: @escaping (LoadReport.Second) -> Int) -> (LoadReport) -> Int {
      { report in report.seconds.map { field($0) }.max() ?? 0 }
    }
    var rows = [row("") { "load \($0.number)" }]
    rows += [
      row("rate") { "\(Number.grouped($0.plan.rate))/s, \($0.plan.curve.rawValue)" },
      row("for") { LoadPage.time($0.stopped ?? $0.plan.duration) },
      row("record") { "\($0.plan.recordSize) bytes" },
      row("stream") {
        "\(world.streams[$0.plan.stream].name), \(ShortNames.plural($0.shards, "shard"))"
      },
      row("model") { $0.model.rawValue },
      row("retry") { $0.plan.retry.rawValue },
      row("encryption") { $0.plan.clientSide == nil ? "server" : "client" },
      row("data keys kept") { report in
        guard let cache = report.plan.cache, !report.cacheHadNothing else { return "no" }
        return LoadPage.time(cache.maxAge.milliseconds)
          + (cache.maxMessages < MaterialsCache.Limits.mostMessages
            ? ", \(Number.grouped(cache.maxMessages)) messages" : "")
      },
      row("credentials") { $0.plan.credentials == 0 ? "one" : Number.grouped($0.plan.credentials) },
      row("quota") { "\(Number.grouped($0.quota.rate))/s" },
    ]
    rows += [
      count("offered", \.offered), count("stored", \.stored), count("lost", \.lost),
      count("retried", \.retried), count("read", \.read), count("data keys", \.dataKeys),
      ["data keys a second"] + pages.map(\.keysPerSecond),
      count("records under one key") { $0.exposure?.records ?? 0 },
      count("decrypts", \.decrypts), count("throttled by KMS", \.throttled),
      count("refused by shards") { $0.refused(.shard) },
      count("most KMS requests in a second", seconds(\.kms.all)),
      count("p99 of the worst second, ms", seconds(\.slow)),
      row("wall") { $0.wall?.rawValue ?? "none" },
    ]
    let shown = rows.filter { row in
      row[0].isEmpty || Set(row.dropFirst()) != ["0"]
    }
    var page = Page()
    page.add(table: shown, hasHeader: true)
    return page
  }
}
