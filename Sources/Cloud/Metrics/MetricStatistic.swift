import Values

/// What is taken of a period's measurements.
package enum MetricStatistic: Hashable, Sendable {
  case sampleCount, average, sum, minimum, maximum
  case percentile(Double)

  /// `Average`, or `p95`; nothing for another text.
  package init?(_ text: String) {
    switch text {
    case "SampleCount": self = .sampleCount
    case "Average": self = .average
    case "Sum": self = .sum
    case "Minimum": self = .minimum
    case "Maximum": self = .maximum
    default:
      guard text.hasPrefix("p"), let percent = Double(text.dropFirst()), (0...100).contains(percent)
      else { return nil }
      self = .percentile(percent)
    }
  }

  package func value(of sums: MetricSums) -> Double {
    switch self {
    case .sampleCount: sums.count
    case .average: sums.average
    case .sum: sums.sum
    case .minimum: sums.least
    case .maximum: sums.most
    case .percentile(let percent): sums.percentile(percent)
    }
  }

  package static let names = ["SampleCount", "Average", "Sum", "Minimum", "Maximum", "p95"]
}

/// Values at the beginnings of periods.
package struct TimeSeries: Hashable, Sendable {
  /// In the order of time.
  package var points: [(at: Instant, value: Double)] {
    values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  var values: [Instant: Double] = [:]
  /// The metric that it comes from, where an expression gives several.
  var label = ""

  package init() {}
}

extension MinuteSeries {
  /// A statistic for each period from an instant until before another that has something in it. Periods
  /// begin at full multiples of their length.
  package func values(
    _ statistic: MetricStatistic, period: Int, from start: Instant, to end: Instant
  ) -> TimeSeries {
    var result = TimeSeries()
    let length = Int64(period) * 1000
    var sums: (start: Int64, sums: MetricSums)?
    func finish() {
      if let sums {
        result.values[Instant(milliseconds: sums.start)] = statistic.value(of: sums.sums)
      }
    }
    for minute in minutes {
      let at = minute.number * 60_000
      if at < start.milliseconds - start.milliseconds % 60_000 { continue }
      if at >= end.milliseconds { break }
      let begin = at - ((at % length) + length) % length
      if sums?.start != begin {
        finish()
        sums = (begin, MetricSums())
      }
      sums?.sums.merge(minute.sums)
    }
    finish()
    return result
  }
}
