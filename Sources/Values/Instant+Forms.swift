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
    var parts = TimeParts(thisYear: today.map { CalendarTime($0).year } ?? 2026)
    let words = text.split(whereSeparator: { $0.isWhitespace || ",;'".contains($0) })
    for word in words {
      guard parts.take(word) else { return nil }
    }
    parts.settle()
    if let today, !parts.isEmpty { parts.complete(on: CalendarTime(today)) }
    guard let iso = parts.iso, let instant = Instant(parsing: iso) else { return nil }
    self = instant
  }
}

/// The words of a time, each taken for what it must be.
private struct TimeParts {
  /// A year of two digits is the nearest one of that end.
  let thisYear: Int
  private var year: Int?
  private var month: Int?
  private var day: Int?
  private var clock: String?
  /// A number that is an hour if am or pm follows.
  private var hour: Int?
  private var zone: String?
  /// Whether a zone was named, known or not.
  private var hasZoneName = false
  private var isAfternoon: Bool?
  /// Days from Monday.
  private var weekday: Int?

  init(thisYear: Int) { self.thisYear = thisYear }

  /// Whether nothing was read but words that say nothing.
  var isEmpty: Bool {
    year == nil && month == nil && day == nil && clock == nil && hour == nil && weekday == nil
  }

  /// Words that may stand between the others.
  private static let fillers: Set<String> = [
    "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd", "th",
  ]

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

  /// A year that was written with that many digits.
  private func full(_ number: Int, _ digits: Int) -> Int {
    guard digits <= 2 else { return number }
    let year = thisYear / 100 * 100 + number
    return year >= thisYear + 50 ? year - 100 : year < thisYear - 50 ? year + 100 : year
  }

  mutating func take(_ word: Substring) -> Bool {
    var lower = word.lowercased()
    if lower.first?.isLetter == true {
      if lower.last == "." { lower.removeLast() }
      let name = word.prefix { $0 != "+" && $0 != "-" }
      return takeName(lower, isCapital: name.allSatisfy { $0.isASCII && $0.isUppercase })
    }
    if lower.first == "+" || lower.first == "-" { return takeZone(lower) }
    // A mark for a time of day that does not follow.
    if lower.hasSuffix("t"), !lower.hasSuffix("st") { lower.removeLast() }
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
    let isDotted = fields.count == 3 && fields.allSatisfy { Int($0) != nil }
    if isDotted || lower.contains("/") || lower.contains("-") { return takeDate(lower) }
    guard let number = Int(lower) else { return takeOrdinal(lower) }
    if lower.utf8.count == 4, year == nil {
      year = number
    } else if lower.utf8.count <= 2, number > 31, year == nil {
      year = full(number, 2)
    } else if lower.utf8.count <= 2, day == nil {
      day = number
    } else if lower.utf8.count <= 2, clock == nil, hour == nil {
      hour = number
    } else {
      return takeDigits(lower)
    }
    return true
  }

  /// A word of letters, which may have more behind them.
  private mutating func takeName(_ lower: String, isCapital: Bool) -> Bool {
    if let place = Self.place(of: lower, among: Self.months), month == nil {
      month = place + 1
      return true
    }
    if let place = Self.place(of: lower, among: Self.weekdays) {
      weekday = place
      return true
    }
    if ["am", "pm", "a", "p"].contains(lower) {
      // The number in front was the hour.
      if clock == nil, let hour {
        clock = "\(hour):00"
        self.hour = nil
      } else if clock == nil, let hour = day {
        clock = "\(hour):00"
        day = nil
      }
      isAfternoon = lower.hasPrefix("p")
      return clock != nil
    }
    // `Jan-05-2024`, `Jan/5`
    if let mark = lower.firstIndex(where: { "-/".contains($0) }), month == nil,
      let place = Self.place(of: lower[..<mark], among: Self.months)
    {
      return takeDays(lower[mark...], ofMonth: place + 1)
    }
    // `GMT+3`: what its author adds to the time to come to GMT, and so the other way round.
    if let sign = lower.firstIndex(where: { "+-".contains($0) }) {
      let name = lower[..<sign]
      if clock != nil, zone == nil, !hasZoneName, name.utf8.count <= 5, isCapital {
        hasZoneName = true
        return takeZone((lower[sign] == "+" ? "-" : "+") + lower[sign...].dropFirst())
      }
    }
    if lower.first == "t", lower.dropFirst().first?.isNumber == true {
      return takeClock(String(lower.dropFirst()))
    }
    // The client's library passes over the name of a zone that it does not know.
    if clock != nil, zone == nil, !hasZoneName, lower.utf8.count <= 5, isCapital || lower == "z" {
      hasZoneName = true
      return true
    }
    return Self.fillers.contains(lower)
  }

  /// `-05-2024`, `/5` behind a month's name.
  private mutating func takeDays(_ text: Substring, ofMonth month: Int) -> Bool {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == text.first }.dropFirst()
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count), day == nil, year == nil,
      let first = parts.first, let last = parts.last
    else { return false }
    self.month = month
    if numbers[0] > 31 {
      year = full(numbers[0], first.utf8.count)
      if numbers.count == 2 { day = numbers[1] }
    } else {
      day = numbers[0]
      if numbers.count == 2 { year = full(numbers[1], last.utf8.count) }
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
      case (2, 1...2) where first > 31: (year, month) = (full(first, 2), second)
      case (1...2, 2) where second > 31: (month, year) = (first, full(second, 2))
      case (1...2, 1...2): (month, day) = (first, second)
      default: return false
      }
      return true
    }
    if parts.count == 2, let place = Self.place(of: parts[1], among: Self.months) {
      guard let number = Int(parts[0]), month == nil, number > 31 ? year == nil : day == nil else {
        return false
      }
      month = place + 1
      if number > 31 { year = full(number, parts[0].utf8.count) } else { day = number }
      return true
    }
    guard parts.count == 3, year == nil, month == nil || day == nil else { return false }
    if let place = Self.place(of: parts[1], among: Self.months) {
      guard let number = Int(parts[0]), let last = Int(parts[2]) else { return false }
      (year, month, day) =
        number > 31
        ? (full(number, parts[0].utf8.count), place + 1, last)
        : (full(last, parts[2].utf8.count), place + 1, number)
      return true
    }
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == 3 else { return false }
    if numbers[0] > 31 || parts[0].utf8.count == 4 {
      (year, month, day) = (full(numbers[0], parts[0].utf8.count), numbers[1], numbers[2])
      return true
    }
    year = full(numbers[2], parts[2].utf8.count)
    // The month stands first where it can be one.
    (month, day) = numbers[0] > 12 ? (numbers[1], numbers[0]) : (numbers[0], numbers[1])
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
    let numbers = parts.dropLast()
    guard marks == "h" || marks == "hm" || marks == "hms", parts.last?.isEmpty == true else {
      return nil
    }
    for (place, number) in numbers.enumerated() {
      // Only seconds have fractions.
      let whole = place == 2 ? number.prefix { $0 != "." } : number
      guard (1...2).contains(whole.utf8.count), Int(whole) != nil,
        number.dropFirst(whole.count + 1).allSatisfy({ ("0"..."9").contains($0) })
      else { return nil }
    }
    return (numbers.count == 1 ? numbers + ["00"] : numbers).joined(separator: ":")
  }

  /// `+0100`, `-05:00`, `+01`, `+3`
  private mutating func takeZone(_ word: String) -> Bool {
    let fields = word.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard zone == nil, fields.allSatisfy({ $0.allSatisfy(\.isWholeNumber) }),
      let first = fields.first
    else { return false }
    let isWhole = fields.count == 1 && first.utf8.count == 4
    let hours = isWhole ? first.prefix(2) : first
    let minutes = isWhole ? first.suffix(2) : fields.count == 2 ? fields[1] : "00"
    guard fields.count <= 2, (1...2).contains(hours.utf8.count),
      (1...2).contains(minutes.utf8.count),
      let hour = Int(hours), let minute = Int(minutes)
    else { return false }
    zone = "\(word.prefix(1))\(Self.padded(hour, 2)):\(Self.padded(minute, 2))"
    return true
  }

  /// A second number behind a date with a name that is no hour is its year.
  mutating func settle() {
    guard let number = hour, year == nil, month != nil, day != nil else { return }
    year = full(number, 2)
    hour = nil
  }

  /// Takes from today what was left out; a weekday is the next of its name.
  /// Source: seen in AWS CLI 2, whose library for dates does so.
  mutating func complete(on today: CalendarTime) {
    let isDayLeftOut = self.day == nil
    let year = self.year ?? today.year
    let month = self.month ?? today.month
    // A year of any size was read; of one that no calendar here has, no day of the week is asked.
    guard (1...12).contains(month), (0...9999).contains(year) else { return }
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
      guard (0...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    fields[0] = Self.padded(hour, 2)
    for place in 1..<fields.count where fields[place].prefix(while: { $0 != "." }).utf8.count == 1 {
      fields[place] = "0" + fields[place]
    }
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
      + fields.joined(separator: ":") + (zone ?? "Z")
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
