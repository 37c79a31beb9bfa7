import Clients
import Cloud
import EncryptionSDK
import Values

/// The data keys that clients keep, and the price of one that leaks.
package enum CachePage {
  private static let mostRows = 8

  package static func page(_ report: LoadReport, in world: World) -> Page {
    var page = Page()
    if report.writingCaches.isEmpty, report.readingCaches.isEmpty {
      page.add(without(report))
      addLibrary(report, world.now, &page)
    }
    for (number, cache) in report.writingCaches.enumerated() {
      add(cache, "producer \(number + 1)", world.now, &page)
    }
    for (number, cache) in report.readingCaches.enumerated() {
      add(cache, "consumer \(number + 1)", world.now, &page)
    }
    if let line = exposure(report) {
      page.add("one leaked data key would expose \(line)", .bad)
    }
    return page
  }

  /// The cache of a typed command, which ended with it.
  package static func page(_ cache: MaterialsCache, of command: String, at now: Instant) -> Page {
    var page = Page()
    add(cache, "the last \(command), whose cache ended with it", now, &page)
    if cache.mostMessages > 0 {
      page.add(
        "one leaked data key would expose \(ShortNames.plural(cache.mostMessages, "message")) "
          + "(\(Number.grouped(cache.mostBytes)) bytes)", .bad)
    }
    return page
  }

  /// What the guide's library saved, counted from the calls that it did not make.
  private static func addLibrary(_ report: LoadReport, _ now: Instant, _ page: inout Page) {
    guard let limits = report.plan.cache, report.plan.clientSide == nil, report.stored > 0,
      !report.cacheHadNothing
    else {
      return
    }
    let misses = min(report.forwardedDataKeys, report.stored)
    add(hits: report.stored - misses, misses: misses, "records of the writers: ", &page)
    guard let made = report.lastDataKey else { return }
    let age = now - made
    page.add(
      "  the newest data key is \(LoadPage.time(age.milliseconds)) old"
        + (age >= limits.maxAge ? ", over its maximum age" : "")
        + "; the library ended with the load, and forgot it")
  }

  private static func add(hits: Int, misses: Int, _ what: String, _ page: inout Page) {
    let asked = hits + misses
    let share = asked == 0 ? 0 : hits * 1000 / asked
    page.add(
      "  \(what)\(ShortNames.count(hits, "hit")), \(ShortNames.count(misses, "miss", "misses")) "
        + "(\(share / 10).\(share % 10) % served without KMS)")
  }

  private static func without(_ report: LoadReport) -> String {
    let plan = report.plan
    switch (plan.clientSide != nil, plan.cache, report.model) {
    case _ where report.cacheHadNothing:
      return "load \(report.number) kept no data key: nobody sealed"
    case (true, _, _): return "load \(report.number) kept no data key: one for each record"
    case (false, let limits?, _):
      return "load \(report.number): the guide's library keeps a data key for "
        + "\(LoadPage.time(limits.maxAge.milliseconds))"
        + (limits.maxMessages < MaterialsCache.Limits.mostMessages
          ? " and \(Number.grouped(limits.maxMessages)) records" : "")
    case (false, nil, .described):
      return "load \(report.number) kept no data key: one for each record"
    case (false, nil, .documented):
      return "load \(report.number): no client keeps a data key; Kinesis itself uses one for about "
        + "five minutes, for each set of credentials"
    }
  }

  private static func add(
    _ cache: MaterialsCache, _ whose: String, _ now: Instant, _ page: inout Page
  ) {
    let limits = cache.limits
    var rules = ["max age \(LoadPage.time(limits.maxAge.milliseconds))"]
    if limits.maxMessages < MaterialsCache.Limits.mostMessages {
      rules.append("\(Number.grouped(limits.maxMessages)) messages")
    }
    if limits.maxBytes < Int.max { rules.append("\(Number.grouped(limits.maxBytes)) bytes") }
    rules.append("capacity \(Number.grouped(limits.capacity))")
    page.add("\(whose): \(rules.joined(separator: ", "))", .heading)
    add(hits: cache.hits, misses: cache.misses, "", &page)
    let ends = cache.ends
    let reasons = [
      (ends.byAge, "age"), (ends.byMessages, "messages"), (ends.byBytes, "bytes"),
      (ends.byCapacity, "capacity"),
    ].filter { $0.0 > 0 }.map { "\(Number.grouped($0.0)) by \($0.1)" }
    if !reasons.isEmpty { page.add("  entries that ended: \(reasons.joined(separator: ", "))") }
    let entries = cache.entries.suffix(mostRows)
    guard !entries.isEmpty else { return }
    let bytes = entries.contains(where: \.isForWriting) ? "bytes sealed" : "bytes of messages"
    page.add(
      table: [["  entry", "suite", "context", "age", "messages", bytes]]
        + entries.map { entry in
          let context = entry.context.pairs.map { "\($0.key)=\($0.value)" }
          return [
            "  " + Hex.text(entry.id.prefix(4)), entry.suite.number,
            context.joined(separator: ","), age(now - entry.made, limits.maxAge),
            Number.grouped(entry.messages), Number.grouped(entry.bytes),
          ]
        })
    let more = cache.entries.count - entries.count
    if more > 0 { page.add("  and \(Number.grouped(more)) more") }
  }

  /// An entry that is too old lies there until somebody wants it.
  private static func age(_ age: Duration, _ most: Duration) -> String {
    LoadPage.time(age.milliseconds) + (age >= most ? ", over" : "")
  }

  /// `1,000 records (512,000 bytes) now, at most …`
  package static func exposure(_ report: LoadReport) -> String? {
    guard let found = report.exposure else { return nil }
    return
      "\(Number.grouped(found.records)) record\(found.records == 1 ? "" : "s") "
      + "(\(Number.grouped(found.bytes)) bytes) as of now, "
      + "at most \(Number.grouped(found.mostRecords)) (\(Number.grouped(found.mostBytes)) bytes) "
      + "at this rate"
  }
}
