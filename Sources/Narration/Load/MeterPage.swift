import Cloud
import Values

/// Calls of the last seconds against their limits, from the journal.
package enum MeterPage {
  private static let rows = 12

  private struct Second {
    var at: Int64
    var calls = 0
    var dataKeys = 0
    var decrypts = 0
    var other = 0
    var throttled = 0
    var shard = 0
  }

  /// The seconds in which something was called, newest last.
  package static func page(_ cloud: Cloud, region: Region = .usEast1) -> Page {
    var page = Page()
    page.add(standing(cloud, region))
    let seconds = recent(cloud, region)
    guard !seconds.isEmpty else {
      page.add("No call yet.")
      return page
    }
    page.add(
      table: [["time", "calls", "data keys", "decrypts", "other KMS", "throttled", "shard"]]
        + seconds.map { second in
          [
            Instant(milliseconds: second.at * 1000).timeOfDay, Number.grouped(second.calls),
            Number.grouped(second.dataKeys), Number.grouped(second.decrypts),
            Number.grouped(second.other), Number.grouped(second.throttled),
            Number.grouped(second.shard),
          ]
        })
    return page
  }

  /// One line under a command: what its calls asked KMS for, and what is left after it.
  package static func line(_ cloud: Cloud, since place: Int) -> String {
    var region: Region?
    var at: Instant?
    var keys = 0
    var decrypts = 0
    var other = 0
    var throttled = 0
    cloud.journal.scan(min(place, cloud.journal.count)..<cloud.journal.count) { _, event in
      let event = event.pointee
      guard KMS.Meter.counts(event.operation) else { return true }
      if let error = event.error?.error {
        guard case .kmsThrottled = error.cause else { return true }
        throttled += 1
      } else {
        switch event.operation {
        case .generateDataKey, .generateDataKeyWithoutPlaintext: keys += 1
        case .decrypt: decrypts += 1
        default: other += 1
        }
      }
      region = event.call.region
      at = event.at
      return true
    }
    var parts: [String] = []
    if keys > 0 { parts.append(ShortNames.count(keys, "data key")) }
    if decrypts > 0 { parts.append(ShortNames.count(decrypts, "decrypt")) }
    if other > 0 { parts.append(ShortNames.count(other, "other request")) }
    if throttled > 0 { parts.append("\(Number.grouped(throttled)) throttled") }
    let used = parts.isEmpty ? "no cryptographic request" : parts.joined(separator: ", ")
    let start = "meter: this command made \(used)"
    guard let region, let at else { return "\(start); \(standing(cloud))" }
    let quota = cloud.world.cryptographicQuota(in: region)
    // Nothing is saved up: what counts is the second of the command, which is over by now.
    guard quota.burst <= quota.rate else { return "\(start); \(standing(cloud, region))" }
    let left = max(0, quota.rate - admitted(cloud, region, in: at.seconds))
    return "\(start); KMS quota \(region): \(Number.grouped(left)) of "
      + "\(Number.grouped(quota.rate)) cryptographic requests were left of its second"
  }

  /// Cryptographic requests that were performed in one of the last seconds.
  private static func admitted(_ cloud: Cloud, _ region: Region, in second: Int64) -> Int {
    var count = 0
    cloud.journal.scanBackward(0..<cloud.journal.count) { _, event in
      let event = event.pointee
      guard event.at.seconds >= second else { return false }
      if event.at.seconds == second, event.call.region == region, event.error == nil,
        KMS.Meter.counts(event.operation)
      {
        count += 1
      }
      return true
    }
    return count
  }

  /// One line: what is used and what is left.
  package static func standing(_ cloud: Cloud, _ region: Region = .usEast1) -> String {
    let quota = cloud.world.cryptographicQuota(in: region)
    let saved =
      quota.burst > quota.rate
      ? "\(Number.grouped(quota.left)) of \(Number.grouped(quota.burst)) saved up"
      : "\(Number.grouped(quota.left)) left of this second"
    return "KMS quota \(region): \(Number.grouped(quota.rate)) cryptographic requests/s, \(saved)"
  }

  private static func recent(_ cloud: Cloud, _ region: Region) -> [Second] {
    var seconds: [Second] = []
    cloud.journal.scanBackward(0..<cloud.journal.count) { _, event in
      let event = event.pointee
      guard event.call.region == region else { return true }
      let at = event.at.seconds
      if seconds.last?.at != at {
        if seconds.count == rows { return false }
        seconds.append(Second(at: at))
      }
      let place = seconds.count - 1
      seconds[place].calls += 1
      let error = event.error?.error
      if error?.code == "ProvisionedThroughputExceededException" { seconds[place].shard += 1 }
      guard KMS.Meter.counts(event.operation) else { return true }
      if let error {
        if case .kmsThrottled = error.cause { seconds[place].throttled += 1 }
        return true
      }
      switch event.operation {
      case .generateDataKey, .generateDataKeyWithoutPlaintext: seconds[place].dataKeys += 1
      case .decrypt: seconds[place].decrypts += 1
      default: seconds[place].other += 1
      }
      return true
    }
    return seconds.reversed()
  }
}
