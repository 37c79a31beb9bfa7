import Values

/// What was measured within one minute.
package struct MetricSums: Hashable, Sendable {
  package var count = 0.0
  package var sum = 0.0
  package var least = Double.infinity
  package var most = -Double.infinity
  /// How often each value was met, for percentiles; given up when there are too many different ones.
  private var values: [Double: Double]? = [:]

  private static let mostValues = 64

  package init() {}

  @inline(__always)
  mutating func add(_ value: Double, times: Double = 1) {
    count += times
    sum += value * times
    if value < least { least = value }
    if value > most { most = value }
    // The same value again and again, as of most counts, costs no look-up.
    if least == most { return }
    note(value, times)
  }

  private mutating func note(_ value: Double, _ times: Double) {
    guard values != nil else { return }
    if values?.isEmpty == true {
      // Until now there was one value only.
      let earlier = value == most ? least : most
      if count > times { values?[earlier] = count - times }
    }
    values?[value, default: 0] += times
    if let values, values.count > Self.mostValues { self.values = nil }
  }

  /// Sums that somebody else reckoned; of the values in between nothing is known.
  mutating func take(count: Double, sum: Double, least: Double, most: Double) {
    (self.count, self.sum, self.least, self.most) = (count, sum, least, most)
    values = nil
  }

  mutating func merge(_ other: MetricSums) {
    guard other.count > 0 else { return }
    if count == 0 {
      self = other
      return
    }
    let mine = distribution
    let theirs = other.distribution
    count += other.count
    sum += other.sum
    least = min(least, other.least)
    most = max(most, other.most)
    guard least != most else { return }
    guard let mine, let theirs else {
      values = nil
      return
    }
    let merged = mine.merging(theirs, uniquingKeysWith: +)
    values = merged.count > Self.mostValues ? nil : merged
  }

  private var distribution: [Double: Double]? {
    if least == most { return [least: count] }
    return values
  }

  package var average: Double { count > 0 ? sum / count : 0 }

  /// Simplified: where too many different values were met, as if they lay evenly.
  package func percentile(_ percent: Double) -> Double {
    guard let distribution else { return least + (most - least) * percent / 100 }
    let wanted = percent / 100 * count
    var seen = 0.0
    for (value, times) in distribution.sorted(by: { $0.key < $1.key }) {
      seen += times
      if seen >= wanted { return value }
    }
    return most
  }
}

/// Measurements by minutes; only minutes in which there was one.
package struct MinuteSeries: Hashable, Sendable {
  package struct Minute: Hashable, Sendable {
    /// Minutes since 1970.
    package let number: Int64
    package internal(set) var sums: MetricSums
  }

  /// In the order of time.
  package private(set) var minutes: [Minute] = []

  package init() {}

  static func minute(of instant: Instant) -> Int64 {
    let milliseconds = instant.milliseconds
    let (quotient, rest) = milliseconds.quotientAndRemainder(dividingBy: 60_000)
    return rest < 0 ? quotient - 1 : quotient
  }

  mutating func add(_ value: Double, times: Double = 1, at instant: Instant) {
    let number = Self.minute(of: instant)
    if let last = minutes.last, last.number == number {
      minutes[minutes.count - 1].sums.add(value, times: times)
      return
    }
    var sums = MetricSums()
    sums.add(value, times: times)
    if let last = minutes.last, last.number > number {
      let place = minutes.firstIndex { $0.number >= number } ?? minutes.count
      if minutes[place].number == number {
        minutes[place].sums.add(value, times: times)
      } else {
        minutes.insert(Minute(number: number, sums: sums), at: place)
      }
      return
    }
    minutes.append(Minute(number: number, sums: sums))
  }

  mutating func merge(_ sums: MetricSums, at number: Int64) {
    guard let place = minutes.firstIndex(where: { $0.number >= number }) else {
      minutes.append(Minute(number: number, sums: sums))
      return
    }
    if minutes[place].number == number {
      minutes[place].sums.merge(sums)
    } else {
      minutes.insert(Minute(number: number, sums: sums), at: place)
    }
  }

  /// Whether anything was measured since an instant.
  func hasAny(since instant: Instant) -> Bool {
    minutes.last.map { $0.number >= Self.minute(of: instant) } ?? false
  }

  /// All that was measured from an instant until before another.
  package func sums(from start: Instant, to end: Instant) -> MetricSums? {
    let first = Self.minute(of: start)
    let last = Self.minute(of: Instant(milliseconds: end.milliseconds - 1))
    var low = 0
    var high = minutes.count
    while low < high {
      let middle = (low + high) / 2
      if minutes[middle].number < first { low = middle + 1 } else { high = middle }
    }
    var total = MetricSums()
    while low < minutes.count, minutes[low].number <= last {
      total.merge(minutes[low].sums)
      low += 1
    }
    return total.count > 0 ? total : nil
  }
}
