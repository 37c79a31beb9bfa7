/// The parts of a calendar date and time of day, UTC, in the proleptic Gregorian calendar.
package struct CalendarTime: Hashable, Sendable {
  package var year: Int
  package var month: Int
  package var day: Int
  package var hour: Int
  package var minute: Int
  package var second: Int
  package var millisecond: Int

  package init(_ instant: Instant) {
    var days = Int(instant.seconds / 86_400)
    var rest = Int(instant.seconds % 86_400)
    if rest < 0 {
      rest += 86_400
      days -= 1
    }
    hour = rest / 3600
    minute = rest / 60 % 60
    second = rest % 60
    millisecond = Int(instant.milliseconds - instant.seconds * 1000)
    // Years that begin in March put the leap day last, so that months have a closed form.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days that a month has, in its year.
  static func length(ofMonth month: Int, year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Days since 1970-01-01 of a date.
  package static func days(year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

extension Instant {
  /// As AWS CLI version 2 prints a time: `2026-01-05T09:00:00+00:00`, with six digits of
  /// the second when it is not whole.
  package var iso8601: String {
    let time = CalendarTime(self)
    let fraction = time.millisecond == 0 ? "" : ".\(padded(time.millisecond, 3))000"
    return "\(date)T\(timeOfDay)\(fraction)+00:00"
  }

  /// As records of the trail and headers of lessons write a time: `2026-01-05T09:00:00Z`.
  package var zulu: String { "\(date)T\(timeOfDay)Z" }

  /// `2026-01-05`
  package var date: String {
    let time = CalendarTime(self)
    return "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))"
  }

  /// `09:00:00`
  package var timeOfDay: String {
    let time = CalendarTime(self)
    return "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
  }

  /// Reads `2026-01-05`, `2026-01-05T09:00`, `…:00`, `…:00.25` with `Z`, `+hh:mm`, `-hh:mm`
  /// or nothing (UTC) behind, and whole or decimal seconds since 1970. Nothing otherwise.
  package init?(parsing text: String) {
    // Swift takes hexadecimal numbers for numbers, too.
    if !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }), let seconds = Double(text),
      seconds.isFinite, abs(seconds) < 1e13
    {
      self.init(milliseconds: Int64((seconds * 1000).rounded()))
      return
    }
    var scanner = DigitScanner(text)
    guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2),
      scanner.take("-"), let day = scanner.number(2), (1...12).contains(month),
      (1...CalendarTime.length(ofMonth: month, year: year)).contains(day)
    else { return nil }
    var seconds = Int64(CalendarTime.days(year: year, month: month, day: day)) * 86_400
    var milliseconds: Int64 = 0
    if scanner.take("T") || scanner.take("t") || scanner.take(" ") {
      guard let hour = scanner.number(2), scanner.take(":"), let minute = scanner.number(2),
        hour < 24, minute < 60
      else { return nil }
      seconds += Int64(hour * 3600 + minute * 60)
      if scanner.take(":") {
        guard let second = scanner.number(2), second < 61 else { return nil }
        seconds += Int64(second)
        if scanner.take(".") {
          guard scanner.rest.first.map({ (48...57).contains($0) }) == true else { return nil }
          milliseconds = scanner.fraction()
        }
      }
      guard let offset = scanner.offset() else { return nil }
      seconds -= Int64(offset)
    }
    guard scanner.isAtEnd else { return nil }
    let instant = Instant(milliseconds: seconds * 1000 + milliseconds)
    guard CalendarTime(Instant(milliseconds: seconds * 1000)).year < 10_000 else { return nil }
    self = instant
  }
}

private func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private struct DigitScanner {
  var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Character) -> Bool {
    guard let byte = character.asciiValue, rest.first == byte else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(_ digits: Int) -> Int? {
    let head = rest.prefix(digits)
    guard head.count == digits, head.allSatisfy({ (48...57).contains($0) }) else { return nil }
    rest.removeFirst(digits)
    return head.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  /// Milliseconds of a decimal fraction of a second.
  mutating func fraction() -> Int64 {
    var value: Int64 = 0
    var scale: Int64 = 100
    while let digit = rest.first, (48...57).contains(digit) {
      value += Int64(digit - 48) * scale
      scale /= 10
      rest.removeFirst()
    }
    return value
  }

  /// Seconds east of UTC.
  mutating func offset() -> Int? {
    if isAtEnd || take("Z") || take("z") { return 0 }
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2) else { return nil }
    _ = take(":")
    guard let minutes = number(2), hours * 60 + minutes < 24 * 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
