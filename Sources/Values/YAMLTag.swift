/// What a YAML scalar without quotes stands for.
/// Source: YAML 1.2, core schema, with the underscores, times and marks that the client's library
/// knows besides.
package enum YAMLTag {
  /// Whether the text would read as something else than text.
  package static func isOther(_ text: String) -> Bool {
    switch text {
    case "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "<<",
      "=", "!", "&", "*":
      return true
    default: return isNumber(text) || isTime(text)
    }
  }

  /// The value of a scalar without quotes.
  package static func value(of text: String) -> JSON {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: break
    }
    guard isNumber(text) else { return .string(text) }
    let digits = text.replacing("_", with: "")
    let sign = digits.hasPrefix("-") ? "-" : ""
    let unsigned = digits.drop { "+-".contains($0) }
    for (mark, radix) in [("0b", 2), ("0o", 8), ("0x", 16)] where unsigned.hasPrefix(mark) {
      return Int(sign + unsigned.dropFirst(2), radix: radix).map { .integer($0) } ?? .string(text)
    }
    if let number = Int(sign + unsigned) { return .integer(number) }
    guard let number = Double(sign + unsigned), number.isFinite else { return .string(text) }
    return .double(number)
  }

  private static func isNumber(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    guard let head = rest.first, "+-.0123456789".utf8.contains(head) else { return false }
    if head == UInt8(ascii: "+") || head == UInt8(ascii: "-") { rest.removeFirst() }
    func only(_ allowed: String, _ part: ArraySlice<UInt8>) -> Bool {
      !part.isEmpty && part.allSatisfy { allowed.utf8.contains($0) }
    }
    if rest.starts(with: "0b".utf8) { return only("01_", rest.dropFirst(2)) }
    if rest.starts(with: "0x".utf8) { return only("0123456789abcdefABCDEF_", rest.dropFirst(2)) }
    if rest.starts(with: "0o".utf8) { return only("01234567_", rest.dropFirst(2)) }
    if only("0123456789_", rest) { return true }
    switch String(decoding: rest, as: UTF8.self) {
    case ".inf", ".Inf", ".INF": return true
    case ".nan", ".NaN", ".NAN": return head == UInt8(ascii: ".")
    default: return isDecimal(rest)
    }
  }

  /// `1.5`, `1.`, `.5`, `1e3`, each with an exponent or not; underscores between the digits.
  private static func isDecimal(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    func digits() -> Int {
      let run = rest.prefix { (48...57).contains($0) || $0 == UInt8(ascii: "_") }
      rest = rest.dropFirst(run.count)
      return run.count
    }
    let beginsWithDigit = rest.first.map { (48...57).contains($0) } ?? false
    let whole = beginsWithDigit ? digits() : 0
    var hasPoint = false
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      hasPoint = true
      if digits() == 0, whole == 0 { return false }
    }
    guard whole > 0 || hasPoint else { return false }
    if rest.isEmpty { return hasPoint }
    guard rest.removeFirst() | 0x20 == UInt8(ascii: "e") else { return false }
    if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      rest.removeFirst()
    } else if whole == 0 {
      return false
    }
    return !rest.isEmpty && rest.allSatisfy { (48...57).contains($0) }
  }

  /// A date, or a date and a time of day.
  private static func isTime(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    func digits(_ range: ClosedRange<Int>) -> Int? {
      let run = rest.prefix(range.upperBound).prefix { (48...57).contains($0) }
      guard range.contains(run.count) else { return nil }
      rest = rest.dropFirst(run.count)
      return run.count
    }
    func take(_ byte: UInt8) -> Bool {
      guard rest.first == byte else { return false }
      rest.removeFirst()
      return true
    }
    func blanks() -> Int {
      let run = rest.prefix { $0 == 0x20 || $0 == 0x09 }
      rest = rest.dropFirst(run.count)
      return run.count
    }
    guard digits(4...4) != nil, take(UInt8(ascii: "-")), let month = digits(1...2),
      take(UInt8(ascii: "-")), let day = digits(1...2)
    else { return false }
    if rest.isEmpty { return month == 2 && day == 2 }
    guard take(UInt8(ascii: "T")) || take(UInt8(ascii: "t")) || blanks() > 0 else { return false }
    guard digits(1...2) != nil, take(UInt8(ascii: ":")), digits(2...2) != nil,
      take(UInt8(ascii: ":")), digits(2...2) != nil
    else { return false }
    if take(UInt8(ascii: ".")) { _ = digits(0...Int.max) }
    if rest.isEmpty { return true }
    _ = blanks()
    if take(UInt8(ascii: "Z")) { return rest.isEmpty }
    guard take(UInt8(ascii: "+")) || take(UInt8(ascii: "-")), digits(1...2) != nil else {
      return false
    }
    if rest.isEmpty { return true }
    return take(UInt8(ascii: ":")) && digits(2...2) != nil && rest.isEmpty
  }
}
