extension Instant {
  /// Reads a time as people write it: ISO 8601 with or without marks between the digits, the form of
  /// mail and HTTP headers, and dates with a month's name. Nothing for anything else.
  ///
  /// A time without a zone is UTC: in the lab nobody is anywhere else. What is left out, such as the day
  /// of `2026-01` or the whole date of `09:00`, is that of `today`; without it nothing may be left out.
  package init?(readingAnyForm text: String, on today: Instant? = nil) {
    let isTooLong = text.utf8.count > 12 && text.utf8.allSatisfy { (48...57).contains($0) }
    if !isTooLong, let instant = Instant(parsing: text) {
      self = instant
      return
    }
    var parts = TimeParts()
    let words = text.split(whereSeparator: { " ,\t".contains($0) })
    for word in words {
      guard parts.take(word) else { return nil }
    }
    if let today, !words.isEmpty { parts.complete(on: CalendarTime(today)) }
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
  /// A number that is an hour if am or pm follows.
  private var hour: Int?
  private var zone = "Z"
  private var isAfternoon: Bool?
  /// Days from Monday.
  private var weekday: Int?

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  private static let weekdays = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]

  /// The place of a name, which may be cut to three letters.
  private static func place(of word: some StringProtocol, among names: [String]) -> Int? {
    if word == "sept" { return names.firstIndex(of: "september") }
    return names.firstIndex { word == $0 || (word.utf8.count == 3 && $0.hasPrefix(word)) }
  }

  mutating func take(_ word: Substring) -> Bool {
    let lower = word.lowercased()
    if lower.first?.isLetter == true {
      if let place = Self.place(of: lower, among: Self.months), month == nil {
        month = place + 1
        return true
      }
      if let place = Self.place(of: lower, among: Self.weekdays) {
        weekday = place
        return true
      }
      if lower == "am" || lower == "pm" {
        // The number in front was the hour.
        if clock == nil, let hour {
          clock = "\(hour):00"
          self.hour = nil
        } else if clock == nil, let hour = day {
          clock = "\(hour):00"
          day = nil
        }
        isAfternoon = lower == "pm"
        return clock != nil
      }
      // The client's library passes over the name of a zone that it does not know.
      let isZone =
        clock != nil && (3...5).contains(word.utf8.count) && word.allSatisfy(\.isUppercase)
      return isZone || ["z", "utc", "gmt"].contains(lower)
    }
    if lower.first == "+" || lower.first == "-" { return takeZone(lower) }
    if let mark = lower.firstIndex(of: "t"),
      lower[lower.index(after: mark)...].first?.isNumber == true
    {
      return takeDigits(String(lower[..<mark]))
        && takeClock(String(lower[lower.index(after: mark)...]))
    }
    if lower.contains(":") || Self.spelt(lower) != nil || lower.hasSuffix("am")
      || lower.hasSuffix("pm")
    {
      return takeClock(lower)
    }
    let fields = lower.split(separator: ".", omittingEmptySubsequences: false)
    let isDotted = fields.count == 3 && fields.contains { $0.utf8.count == 4 }
    if isDotted || lower.contains("/") || lower.contains("-") { return takeDate(lower) }
    guard let number = Int(lower) else { return takeOrdinal(lower) }
    if lower.utf8.count == 4, year == nil {
      year = number
    } else if lower.utf8.count <= 2, day == nil {
      day = number
    } else if lower.utf8.count <= 2, clock == nil, hour == nil {
      hour = number
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

  /// `20260105`, and `20260105090000` with the time of day.
  private mutating func takeDigits(_ word: String) -> Bool {
    guard [8, 14].contains(word.utf8.count), word.utf8.allSatisfy({ (48...57).contains($0) }),
      year == nil, let number = Int(word.prefix(8))
    else { return word.contains("-") && takeDate(word) }
    if word.utf8.count == 14, !takeClock(String(word.suffix(6))) { return false }
    (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
    return true
  }

  /// `2026/01/05`, `2026-1-5`, `2026.01.05`, `1/5/2026`, `15/1/2026`, `05-Jan-2026`; `2026-01` and `1/5`
  private mutating func takeDate(_ word: String) -> Bool {
    let parts = word.split(omittingEmptySubsequences: false) { "/-.".contains($0) }
    if parts.count == 2, let first = Int(parts[0]), let second = Int(parts[1]), year == nil,
      month == nil, day == nil
    {
      switch (parts[0].utf8.count, parts[1].utf8.count) {
      case (4, 1...2): (year, month) = (first, second)
      case (1...2, 4): (month, year) = (first, second)
      case (1...2, 1...2): (month, day) = (first, second)
      default: return false
      }
      return true
    }
    guard parts.count == 3, year == nil, month == nil || day == nil else { return false }
    if let place = Self.place(of: parts[1], among: Self.months) {
      guard let number = Int(parts[0]), let last = Int(parts[2]) else { return false }
      (year, month, day) = (last, place + 1, number)
      return true
    }
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == 3 else { return false }
    (year, month, day) =
      parts[0].utf8.count == 4
      ? (numbers[0], numbers[1], numbers[2]) : (numbers[2], numbers[0], numbers[1])
    // The month stands first where it can be one.
    if parts[0].utf8.count < 4, numbers[0] > 12 { (month, day) = (numbers[1], numbers[0]) }
    return true
  }

  /// `09:00`, `9:00:30.5`, `090000`, each with a zone behind it or not.
  private mutating func takeClock(_ word: String) -> Bool {
    guard clock == nil else { return false }
    let end = word.firstIndex { "z+-".contains($0) } ?? word.endIndex
    var time = String(word[..<end])
    if let spelt = Self.spelt(time) { time = spelt }
    if end < word.endIndex, word[end] != "z", !takeZone(String(word[end...])) { return false }
    for mark in ["am", "pm"] where time.hasSuffix(mark) {
      isAfternoon = mark == "pm"
      time.removeLast(2)
    }
    if !time.contains(":") {
      let digits = Array(time.prefix(6))
      guard [1, 2, 4, 6].contains(digits.count), digits.allSatisfy(\.isWholeNumber) else {
        return false
      }
      // An hour alone.
      if digits.count <= 2 {
        clock = "\(time):00"
        return true
      }
      time =
        stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<($0 + 2)]) }
        .joined(separator: ":") + time.dropFirst(6)
    }
    clock = time
    return true
  }

  /// `20h28m20s` as `20:28:20`; nothing for other words.
  private static func spelt(_ time: String) -> String? {
    let parts = time.split(omittingEmptySubsequences: false) { "hms".contains($0) }
    let marks = time.filter { "hms".contains($0) }
    guard marks == "h" || marks == "hm" || marks == "hms", parts.last?.isEmpty == true,
      parts.dropLast().allSatisfy({ (1...2).contains($0.utf8.count) && Int($0) != nil })
    else { return nil }
    let fields = parts.dropLast().map { $0.utf8.count == 1 ? "0\($0)" : String($0) }
    return (fields.count == 1 ? fields + ["00"] : fields).joined(separator: ":")
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

  /// Takes from today what was left out; a weekday is the next of its name.
  /// Source: seen in AWS CLI 2, whose library for dates does so.
  mutating func complete(on today: CalendarTime) {
    let isDayLeftOut = self.day == nil
    let year = self.year ?? today.year
    let month = self.month ?? today.month
    guard (1...12).contains(month) else { return }
    let last = CalendarTime.length(ofMonth: month, year: year)
    let day = self.day ?? min(today.day, last)
    (self.year, self.month, self.day) = (year, month, day)
    guard isDayLeftOut, let place = self.weekday else { return }
    let days = CalendarTime.days(year: year, month: month, day: day)
    // The first of January 1970 was a Thursday.
    let ahead = (place - (days + 3) % 7 + 14) % 7
    let found = CalendarTime(Instant(milliseconds: Int64(days + ahead) * 86_400_000))
    (self.year, self.month, self.day) = (found.year, found.month, found.day)
  }

  /// The whole in the one form that everything else reads.
  var iso: String? {
    guard let year, let month, let day, hour == nil else { return nil }
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
