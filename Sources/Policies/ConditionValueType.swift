import Values

/// What an operator compares, and what the simulator's context entries are declared as.
///
/// Source: IAM User Guide, condition operators; IAM API Reference, ContextEntry.
package enum ConditionValueType: String, Hashable, Sendable, CaseIterable {
  case string, numeric, boolean, ip, binary, date

  /// By the name of a context entry's type: `numeric`, `numericList`.
  package init?(entry name: String) {
    let plain = name.hasSuffix("List") ? String(name.dropLast("List".count)) : name
    self.init(rawValue: plain)
  }

  /// By the name of an operator.
  init(operator name: String) {
    let types: [(String, ConditionValueType)] = [
      ("Numeric", .numeric), ("Date", .date), ("Bool", .boolean), ("Null", .boolean),
      ("Binary", .binary), ("IpAddress", .ip), ("NotIpAddress", .ip),
    ]
    self = types.first { name.hasPrefix($0.0) }?.1 ?? .string
  }

  /// Whether a text is a value of that type.
  package func reads(_ text: String) -> Bool {
    switch self {
    case .string: true
    case .numeric: Self.number(text) != nil
    case .boolean: ["true", "false"].contains(text.lowercased())
    case .ip: AddressBlock(text) != nil
    case .binary:
      text.utf8.count.isMultiple(of: 4) && Base64.decode(text).map { Base64.encode($0) } == text
    case .date: Self.date(text) != nil
    }
  }

  /// Whether AWS takes a text for a value of that type when a policy is stored. Of a date it does not
  /// look at all, so that some are taken that no request has.
  func accepts(_ text: String) -> Bool { self == .date ? Self.isLikeDate(text) : reads(text) }

  /// What would do, for the learner.
  package var example: String {
    switch self {
    case .string: "any text"
    case .numeric: "a number like 42 or 0.5"
    case .boolean: "true or false"
    case .ip: "an address like 203.0.113.12, or a range like 203.0.113.0/24 or 2001:db8::/32"
    case .binary: "base64"
    case .date: "a date like 2026-01-05T09:00:00Z, or seconds since 1970"
    }
  }

  /// A decimal number; what else `Double` reads (`inf`, `0x20`) is none.
  static func number(_ text: String) -> Double? {
    text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } ? Double(text) : nil
  }

  /// ISO 8601 as W3C has it, a year or a month alone as well, or seconds since 1970.
  /// Assumed: that four digits are a year.
  static func date(_ text: String) -> Instant? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    switch parts.map(\.utf8.count) {
    case [4] where isPlain: return Instant(parsing: "\(text)-01-01")
    case [4, 2] where isPlain: return Instant(parsing: "\(text)-01")
    default: return Instant(parsing: text)
    }
  }

  /// A text with a `T` or a dash is read as far as ISO 8601 goes, any other as seconds since 1970.
  /// Source: facts §4.6.
  private static func isLikeDate(_ text: String) -> Bool {
    let text = text.lowercased()
    guard text.contains("t") || text.contains("-") else { return isNumber(text, 0...Int64.max) }
    let halves = text.split(separator: "t", maxSplits: 1, omittingEmptySubsequences: false)
    let isBefore = halves[0].hasPrefix("-")
    let day = halves[0].drop { $0 == "-" }.split(separator: "-", omittingEmptySubsequences: false)
    guard day.count <= 3, isNumber(day[0], isBefore ? 0...292_275_054 : 0...292_278_993),
      day.count < 2 || isNumber(day[1], 1...12), day.count < 3 || isNumber(day[2], 1...31)
    else { return false }
    let time = halves.count < 2 ? [] : halves[1].split(separator: ":", maxSplits: 2)
    return time.isEmpty
      || isNumber(time[0], 0...23) && (time.count < 2 || isNumber(time[1], 0...59))
        && (time.count < 3 || areLikeSeconds(time[2]))
  }

  /// `09.593z`, `00.5+01:00`.
  private static func areLikeSeconds(_ text: Substring) -> Bool {
    let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    let seconds = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let isInZone = parts.count == 1 && text.hasSuffix("z")
    func plain(_ part: Substring) -> Substring { isInZone ? part.prefix { $0 != "z" } : part }
    guard isNumber(plain(seconds[0]), 0...59),
      seconds.count < 2 || isNumber(plain(seconds[1]), 0...999_999_999)
    else { return false }
    let zone = parts.count < 2 ? [] : parts[1].split(separator: ":", maxSplits: 1)
    return parts.count < 2
      || !zone.isEmpty && zone[0].count == 2 && isNumber(zone[0], 0...23)
        && (zone.count < 2 || zone[1].count == 2 && isNumber(zone[1], 0...59))
  }

  private static func isNumber(_ text: some StringProtocol, _ range: ClosedRange<Int64>) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      && Int64(text).map(range.contains) == true
  }
}
