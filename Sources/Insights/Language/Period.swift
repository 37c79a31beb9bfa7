import Values

/// A span of time as `bin` takes it: `5m`.
package struct Period: Hashable, Sendable {
  package enum Unit: String, Hashable, Sendable, CaseIterable {
    case millisecond, second, minute, hour, day, week, month, quarter, year

    /// Source: CloudWatch Logs Insights, bin: time units and abbreviations.
    package var names: [String] {
      switch self {
      case .millisecond: ["ms", "msec", "millisecond"]
      case .second: ["s", "sec", "second"]
      case .minute: ["m", "min", "minute"]
      case .hour: ["h", "hr", "hour"]
      case .day: ["d", "day"]
      case .week: ["w", "week"]
      case .month: ["mo", "mon", "month"]
      case .quarter: ["q", "qtr", "quarter"]
      case .year: ["y", "yr", "year"]
      }
    }

    static func named(_ name: String) -> Unit? {
      allCases.first { unit in
        unit.names.contains(name) || unit.names.contains { name == $0 + "s" }
      }
    }

    /// More of a unit than make the next one count as that many.
    /// Source: CloudWatch Logs Insights, bin: values are capped at the next unit.
    var most: Int? {
      switch self {
      case .millisecond: 1000
      case .second, .minute: 60
      case .hour: 24
      default: nil
      }
    }

    var milliseconds: Int64? {
      switch self {
      case .millisecond: 1
      case .second: 1000
      case .minute: 60_000
      case .hour: 3_600_000
      case .day: 86_400_000
      case .week: 7 * 86_400_000
      case .month, .quarter, .year: nil
      }
    }
  }

  package var count: Int
  package var unit: Unit

  /// What it counts as.
  package var counted: Int { unit.most.map { min($0, count) } ?? count }
  package var isCapped: Bool { counted != count }

  package var text: String { "\(counted)\(unit.names[0])" }

  /// The beginning of the period in which an instant lies.
  package func floor(_ instant: Instant) -> Instant {
    if let unit = unit.milliseconds {
      let length = unit * Int64(counted)
      // Assumed: weeks begin on a Monday; 1970-01-01 was a Thursday.
      let offset: Int64 = self.unit == .week ? 4 * 86_400_000 : 0
      let shifted = instant.milliseconds - offset
      let rest = shifted % length
      return Instant(milliseconds: instant.milliseconds - (rest < 0 ? rest + length : rest))
    }
    return start(of: month(of: instant))
  }

  /// The first beginning of a period at or after an instant.
  package func ceiling(_ instant: Instant) -> Instant {
    let floor = floor(instant)
    return floor == instant ? instant : next(after: floor)
  }

  /// The beginning of the next period.
  package func next(after start: Instant) -> Instant {
    if let unit = unit.milliseconds {
      return Instant(milliseconds: start.milliseconds + unit * Int64(counted))
    }
    return self.start(of: month(of: start) + months)
  }

  private var months: Int {
    counted * (unit == .year ? 12 : unit == .quarter ? 3 : 1)
  }

  /// The first month of the period, counted from the year 0.
  private func month(of instant: Instant) -> Int {
    let time = CalendarTime(instant)
    let month = time.year * 12 + time.month - 1
    return month - month % months
  }

  private func start(of month: Int) -> Instant {
    let days = CalendarTime.days(year: month / 12, month: month % 12 + 1, day: 1)
    return Instant(milliseconds: Int64(days) * 86_400_000)
  }
}
