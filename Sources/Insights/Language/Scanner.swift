import Values

/// A word or sign of a query.
enum Token: Hashable, Sendable {
  case word(String)
  /// A name between backticks, or one that has a step in backticks or brackets.
  case name(FieldName)
  case string(String)
  case number(Double)
  /// A number with letters behind it, such as `5m`.
  case period(Int, String)
  case sign(String)
  case end
}

/// Cuts a query into tokens, one at a time: whether `/` divides or begins a regular expression is
/// known only by who asks.
struct Scanner: Sendable {
  let text: String
  private let bytes: [UInt8]
  private(set) var place = 0

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  func slice(_ span: Span) -> String {
    String(decoding: bytes[span.start..<span.end], as: UTF8.self)
  }

  private func byte(_ offset: Int = 0) -> UInt8? {
    place + offset < bytes.count ? bytes[place + offset] : nil
  }

  /// Passes over blanks and over comments, which go from `#` to the end of the line.
  mutating func skipBlanks() {
    while let byte = byte() {
      if byte == UInt8(ascii: "#") {
        while let byte = self.byte(), byte != UInt8(ascii: "\n") {
          _ = byte
          place += 1
        }
      } else if byte == 32 || (9...13).contains(byte) {
        place += 1
      } else {
        return
      }
    }
  }

  /// The next token and where it stands.
  mutating func next() throws(InsightsError) -> (token: Token, span: Span) {
    skipBlanks()
    let start = place
    guard let first = byte() else { return (.end, Span(start: start, end: start)) }
    let token: Token =
      switch first {
      case UInt8(ascii: "\""), UInt8(ascii: "'"): try string(first)
      case _ where Self.isDigit(first): try number()
      case _ where Self.beginsName(first): try name()
      default: try sign()
      }
    return (token, Span(start: start, end: place))
  }

  /// What stands between two slashes, without them, if the next thing is that.
  mutating func regex() throws(InsightsError) -> (source: String, span: Span)? {
    skipBlanks()
    guard byte() == UInt8(ascii: "/") else { return nil }
    let start = place
    place += 1
    var inClass = false
    while let byte = byte() {
      if byte == UInt8(ascii: "\\") {
        place = min(place + 2, bytes.count)
        continue
      }
      if byte == UInt8(ascii: "[") { inClass = true }
      if byte == UInt8(ascii: "]") { inClass = false }
      place += 1
      if byte == UInt8(ascii: "/"), !inClass {
        let span = Span(start: start + 1, end: place - 1)
        return (slice(span), span)
      }
    }
    place = bytes.count
    throw InsightsError(
      "this regular expression does not end", Span(start: start, end: start + 1),
      advice: "a / at its end")
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  private static func beginsName(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte) || byte >= 128
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "`")
  }

  private mutating func string(_ quote: UInt8) throws(InsightsError) -> Token {
    let start = place
    place += 1
    var result: [UInt8] = []
    while let byte = byte() {
      place += 1
      if byte == quote { return .string(String(decoding: result, as: UTF8.self)) }
      guard byte == UInt8(ascii: "\\"), let escaped = self.byte() else {
        result.append(byte)
        continue
      }
      place += 1
      switch escaped {
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "r"): result.append(13)
      case quote, UInt8(ascii: "\\"): result.append(escaped)
      default: result += [byte, escaped]
      }
    }
    throw InsightsError(
      "this text does not end", Span(start: start, end: start + 1),
      advice: "\(quote == UInt8(ascii: "'") ? "'" : "\"") at its end")
  }

  private mutating func number() throws(InsightsError) -> Token {
    let start = place
    while let byte = byte(), Self.isDigit(byte) {
      place += 1
      _ = byte
    }
    if byte() == UInt8(ascii: "."), let after = byte(1), Self.isDigit(after) {
      place += 1
      while let byte = byte(), Self.isDigit(byte) {
        place += 1
        _ = byte
      }
    }
    let digits = Span(start: start, end: place)
    let letters = place
    while let byte = byte(), (97...122).contains(byte | 32) {
      place += 1
      _ = byte
    }
    guard letters < place else {
      guard let value = Double(slice(digits)), value.isFinite else {
        throw InsightsError("\(slice(digits)) is too large a number", digits)
      }
      return .number(value)
    }
    guard let count = Int(slice(digits)), count > 0, count < 1_000_000 else {
      throw InsightsError(
        "a period is a whole number and a unit", Span(start: start, end: place), advice: "5m")
    }
    return .period(count, slice(Span(start: letters, end: place)))
  }

  /// A field's name: letters, digits, `@`, `.` and `_`; any other character only between backticks.
  private mutating func name() throws(InsightsError) -> Token {
    let start = place
    var steps: [String] = []
    var isPlain = true
    while let first = byte() {
      let stepStart = place
      if first == UInt8(ascii: "`") {
        isPlain = false
        place += 1
        while let byte = byte(), byte != UInt8(ascii: "`") {
          place += 1
          _ = byte
        }
        guard byte() != nil else {
          throw InsightsError(
            "this name does not end", Span(start: stepStart, end: stepStart + 1),
            advice: "` at its end")
        }
        let name = slice(Span(start: stepStart + 1, end: place))
        place += 1
        steps += name.split(separator: ".").map(String.init)
      } else {
        while let byte = byte(), Self.isDigit(byte) || (Self.beginsName(byte) && byte != 96) {
          place += 1
        }
        steps.append(slice(Span(start: stepStart, end: place)))
      }
      while let index = index() {
        isPlain = false
        steps.append(index)
      }
      guard byte() == UInt8(ascii: "."), let after = byte(1),
        Self.isDigit(after) || Self.beginsName(after)
      else { break }
      place += 1
    }
    if isPlain { return .word(slice(Span(start: start, end: place))) }
    return .name(FieldName(steps))
  }

  /// `[3]`, right behind a name.
  private mutating func index() -> String? {
    guard byte() == UInt8(ascii: "[") else { return nil }
    var end = place + 1
    while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
    guard end > place + 1, end < bytes.count, bytes[end] == UInt8(ascii: "]") else { return nil }
    defer { place = end + 1 }
    return slice(Span(start: place + 1, end: end))
  }

  private mutating func sign() throws(InsightsError) -> Token {
    for sign in ["!=", "<=", ">=", "=~"] where bytes[place...].starts(with: sign.utf8) {
      place += 2
      return .sign(sign)
    }
    let sign = String(UnicodeScalar(bytes[place]))
    guard "|,()[]=<>+-*/^%".contains(sign) else {
      let span = Span(start: place, end: place + 1)
      throw InsightsError(
        "unexpected symbol \(sign)", span,
        advice: sign == ":" ? "a name with a colon stands between backticks, `like:this`" : nil)
    }
    place += 1
    return .sign(sign)
  }
}
