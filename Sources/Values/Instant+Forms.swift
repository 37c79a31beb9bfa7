extension Instant {
  /// Reads a time as people write it: ISO 8601 with or without marks between the digits, the form of
  /// mail and HTTP headers, and dates with a month's name. Nothing for anything else.
  ///
  /// A time without a zone is UTC: in the lab nobody is anywhere else.
  package init?(readingAnyForm text: String) {
    if let instant = Instant(parsing: text) {
      self = instant
      return
    }
    var parts = TimeParts()
    for word in text.split(whereSeparator: { " ,\t".contains($0) }) {
      guard parts.take(word) else { return nil }
    }
    guard let iso = parts.iso, let instant = Instant(parsing: iso) else { return nil }
    self = instant
  }
}

/// The words of a time, each taken for what it must be.
private struct TimeParts {
  private var year: Int?
  private var month: Int?
  private var day: Int?
  private var clock: String?
  private var zone = "Z"
  private var isAfternoon: Bool?

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  private static let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  mutating func take(_ word: Substring) -> Bool {
    let lower = word.lowercased()
    if lower.first?.isLetter == true {
      if let place = Self.months.firstIndex(where: { lower.hasPrefix($0) }), month == nil {
        month = place + 1
        return true
      }
      if Self.weekdays.contains(where: { lower.hasPrefix($0) }) { return true }
      if lower == "am" || lower == "pm", clock != nil {
        isAfternoon = lower == "pm"
        return true
      }
      return ["z", "utc", "gmt"].contains(lower)
    }
    if lower.first == "+" || lower.first == "-" { return takeZone(lower) }
    if lower.contains(":") { return takeClock(lower) }
    if let mark = lower.firstIndex(of: "t") {
      return takeDigits(String(lower[..<mark]))
        && takeClock(String(lower[lower.index(after: mark)...]))
    }
    if lower.contains("/") || lower.contains("-") { return takeDate(lower) }
    guard let number = Int(lower) else { return takeOrdinal(lower) }
    if lower.utf8.count == 4, year == nil {
      year = number
    } else if lower.utf8.count <= 2, day == nil {
      day = number
    } else {
      return takeDigits(lower)
    }
    return true
  }

  /// `1st`, `22nd`.
  private mutating func takeOrdinal(_ word: String) -> Bool {
    guard day == nil, ["st", "nd", "rd", "th"].contains(where: { word.hasSuffix($0) }),
      let number = Int(word.dropLast(2))
    else { return false }
    day = number
    return true
  }

  /// `20260105`
  private mutating func takeDigits(_ word: String) -> Bool {
    guard word.utf8.count == 8, word.utf8.allSatisfy({ (48...57).contains($0) }), year == nil,
      let number = Int(word)
    else { return word.contains("-") && takeDate(word) }
    (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
    return true
  }

  /// `2026/01/05`, `2026-1-5`, `1/5/2026`, `05-Jan-2026`
  private mutating func takeDate(_ word: String) -> Bool {
    let parts = word.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "-" }
    guard parts.count == 3, year == nil, month == nil || day == nil else { return false }
    if let place = Self.months.firstIndex(where: { parts[1].hasPrefix($0) }) {
      guard let number = Int(parts[0]), let last = Int(parts[2]) else { return false }
      (year, month, day) = (last, place + 1, number)
      return true
    }
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == 3 else { return false }
    (year, month, day) =
      parts[0].utf8.count == 4
      ? (numbers[0], numbers[1], numbers[2]) : (numbers[2], numbers[0], numbers[1])
    return true
  }

  /// `09:00`, `9:00:30.5`, `090000`, each with a zone behind it or not.
  private mutating func takeClock(_ word: String) -> Bool {
    guard clock == nil else { return false }
    let end = word.firstIndex { "z+-".contains($0) } ?? word.endIndex
    var time = String(word[..<end])
    if end < word.endIndex, word[end] != "z", !takeZone(String(word[end...])) { return false }
    for mark in ["am", "pm"] where time.hasSuffix(mark) {
      isAfternoon = mark == "pm"
      time.removeLast(2)
    }
    if !time.contains(":") {
      let digits = Array(time.prefix(6))
      guard digits.count == 4 || digits.count == 6, digits.allSatisfy(\.isWholeNumber) else {
        return false
      }
      time =
        stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<($0 + 2)]) }
        .joined(separator: ":") + time.dropFirst(6)
    }
    clock = time
    return true
  }

  /// `+0100`, `-05:00`, `+01`
  private mutating func takeZone(_ word: String) -> Bool {
    let digits = word.dropFirst().filter { $0 != ":" }
    guard digits.allSatisfy(\.isWholeNumber), digits.count == 2 || digits.count == 4 else {
      return false
    }
    zone = "\(word.prefix(1))\(digits.prefix(2)):\(digits.count == 4 ? digits.suffix(2) : "00")"
    return true
  }

  /// The whole in the one form that everything else reads.
  var iso: String? {
    guard let year, let month, let day else { return nil }
    var fields = (clock ?? "0:00").split(separator: ":", omittingEmptySubsequences: false)
      .map(String.init)
    guard (2...3).contains(fields.count), var hour = Int(fields[0]) else { return nil }
    if let isAfternoon {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    fields[0] = Self.padded(hour, 2)
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
      + fields.joined(separator: ":") + zone
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
