import Values

/// Patterns, variables and condition operators as the documentation words them, without a thought
/// for cost. Nothing of the room that is tested is used.
///
/// Source: IAM User Guide, condition operators, multi-value evaluation, policy variables.
enum PlainText {
  /// One part of a pattern: a character, or a wildcard.
  enum Piece: Equatable {
    case run, one
    case character(Unicode.Scalar)

    init(_ character: Unicode.Scalar) {
      self = character == "*" ? .run : character == "?" ? .one : .character(character)
    }
  }

  /// A text as a pattern, and as it is.
  struct Pattern {
    var text: String
    var pieces: [Piece]

    /// Without variables.
    init(_ text: String) {
      self.text = text
      pieces = text.unicodeScalars.map(Piece.init)
    }

    /// What comes out of a variable is itself and no wildcard. Nothing where one has no value.
    init?(filling text: String, _ context: [String: [String]], _ tally: PlainTally) {
      self.text = ""
      pieces = []
      var rest = Array(text.unicodeScalars)[...]
      while let first = rest.first {
        if rest.starts(with: "${".unicodeScalars), let end = rest.firstIndex(of: "}") {
          var name = ""
          name.unicodeScalars.append(contentsOf: rest[(rest.startIndex + 2)..<end])
          guard let value = PlainText.value(of: name, context, tally) else { return nil }
          pieces += value.unicodeScalars.map { .character($0) }
          self.text += value
          rest = rest[(end + 1)...]
        } else {
          pieces.append(Piece(first))
          self.text.unicodeScalars.append(first)
          rest = rest.dropFirst()
        }
      }
    }
  }

  /// The patterns with their variables filled in; nothing for one that has no value.
  static func fill(
    _ patterns: [Pattern], _ context: [String: [String]], _ tally: PlainTally
  ) -> [Pattern?] {
    patterns.map { pattern in
      pattern.text.unicodeScalars.contains("$")
        ? Pattern(filling: pattern.text, context, tally) : pattern
    }
  }

  /// `${key}`, `${key, 'otherwise'}`, and the three characters that mean something else bare.
  private static func value(
    of name: String, _ context: [String: [String]], _ tally: PlainTally
  ) -> String? {
    if ["*", "?", "$"].contains(name) {
      tally.note("variable for a character", true)
      return name
    }
    let parts = name.split(separator: ",", maxSplits: 1).map { $0.filter { $0 != " " } }
    let found = context[parts[0].lowercased()]
    if let found, found.count == 1 {
      tally.note(parts.count == 2 ? "variable with a default" : "variable", true)
      return found[0]
    }
    guard parts.count == 2 else {
      tally.note("variable", false)
      return nil
    }
    tally.note("variable with a default", false)
    return String(parts[1].dropFirst().dropLast())
  }

  static func covers(_ pattern: [Piece], _ text: String) -> Bool {
    covers(pattern[...], Array(text.unicodeScalars)[...])
  }

  private static func covers(_ pattern: ArraySlice<Piece>, _ text: ArraySlice<Unicode.Scalar>)
    -> Bool
  {
    var pattern = pattern
    var text = text
    while let first = pattern.first {
      switch first {
      case .run:
        let rest = pattern.dropFirst()
        if rest.isEmpty { return true }
        for start in text.startIndex...text.endIndex where covers(rest, text[start...]) {
          return true
        }
        return false
      case .one:
        if text.isEmpty { return false }
      case .character(let character):
        if text.first != character { return false }
      }
      pattern = pattern.dropFirst()
      text = text.dropFirst()
    }
    return text.isEmpty
  }
}

extension PlainCondition {
  /// Whether the line holds.
  func holds(_ context: [String: [String]], hasVariables: Bool, isOfKey: Bool, _ tally: PlainTally)
    -> Bool
  {
    // The names of a key's aliases count in IAM policies alone.
    let found = isOfKey && foldedKey == "kms:resourcealiases" ? [] : context[foldedKey] ?? []
    if comparison == "Null" { return values.contains { ($0 == "true") == found.isEmpty } }
    let fills =
      hasVariables
      && (comparison == "Bool" || comparison.hasPrefix("String") || comparison.hasPrefix("Arn"))
    let wanted =
      fills ? PlainText.fill(patterns, context, tally).compactMap { $0 } : patterns
    // A variable without a value is like nothing: no value of that line fits, and where none may fit
    // the statement does not hold.
    if wanted.count < values.count, isNegated || wanted.isEmpty { return false }
    if found.isEmpty {
      if ifExists { return true }
      switch quantifier {
      case .one: return isNegated
      case .any: return false
      case .all: return true
      }
    }
    func fits(_ value: String) -> Bool { wanted.contains { compares(value, $0) } }
    switch (quantifier, isNegated) {
    case (.one, false), (.any, false): return found.contains { fits($0) }
    case (.one, true), (.all, true): return !found.contains { fits($0) }
    case (.any, true): return found.contains { !fits($0) }
    case (.all, false): return !found.contains { !fits($0) }
    }
  }

  var isNegated: Bool { comparison.contains("Not") }

  private func compares(_ found: String, _ wanted: PlainText.Pattern) -> Bool {
    let text = wanted.text
    switch comparison {
    case "StringEquals", "StringNotEquals": return found == text
    case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool":
      return found.uppercased() == text.uppercased()
    case "StringLike", "StringNotLike": return PlainText.covers(wanted.pieces, found)
    case "BinaryEquals": return found == text
    case "IpAddress", "NotIpAddress": return PlainAddress.isIn(found, range: text)
    case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
      return PlainCondition.coversARN(wanted.pieces, found)
    case let name where name.hasPrefix("Numeric"):
      return relation(PlainNumber.thousandths(found), PlainNumber.thousandths(text))
    default: return relation(PlainDate.seconds[found], PlainDate.seconds[text])
    }
  }

  private func relation(_ found: Int?, _ wanted: Int?) -> Bool {
    guard let found, let wanted else { return false }
    if comparison.hasSuffix("LessThan") { return found < wanted }
    if comparison.hasSuffix("LessThanEquals") { return found <= wanted }
    if comparison.hasSuffix("GreaterThan") { return found > wanted }
    if comparison.hasSuffix("GreaterThanEquals") { return found >= wanted }
    return found == wanted
  }

  /// Part by part; a `*` stays within its part, save that one alone means any ARN.
  private static func coversARN(_ wanted: [PlainText.Piece], _ found: String) -> Bool {
    if wanted == [.run] { return true }
    let patterns = wanted.split(
      separator: .character(":"), maxSplits: 5, omittingEmptySubsequences: false)
    let parts = found.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard patterns.count == 6, parts.count == 6 else { return false }
    return zip(patterns, parts).allSatisfy { PlainText.covers(Array($0), String($1)) }
  }
}

enum PlainNumber {
  /// `-2.5` as -2500.
  static func thousandths(_ text: String) -> Int? {
    let isNegative = text.hasPrefix("-")
    let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ".")
    guard let whole = parts.first.flatMap({ Int($0) }), parts.count <= 2 else { return nil }
    var fraction = parts.count == 2 ? String(parts[1]) : ""
    while fraction.count < 3 { fraction += "0" }
    guard fraction.count == 3, let rest = Int(fraction) else { return nil }
    return (whole * 1000 + rest) * (isNegative ? -1 : 1)
  }
}

/// Dates in the forms that policies and requests have them in, in seconds since 1970.
enum PlainDate {
  static let seconds: [String: Int] = [
    "0": 0, "1970-01-01T00:00:00Z": 0, "1767603600": 1_767_603_600,
    "2026-01-05T09:00:00Z": 1_767_603_600, "2026-01-05T10:00:00+01:00": 1_767_603_600,
    "2026-01-05T08:59:59Z": 1_767_603_599, "2026-01-05": 1_767_571_200, "2026": 1_767_225_600,
    "2026-02": 1_769_904_000, "2026-02-01T00:00:00Z": 1_769_904_000,
  ]
}

/// Addresses by their bits.
enum PlainAddress {
  private static let bits: [String: String] = [
    "203.0.113.12": v4(203, 0, 113, 12), "203.0.113.0": v4(203, 0, 113, 0),
    "203.0.112.255": v4(203, 0, 112, 255), "10.0.0.1": v4(10, 0, 0, 1), "10.0.0.0": v4(10, 0, 0, 0),
    "0.0.0.0": v4(0, 0, 0, 0),
    "2001:db8::1": v6([0x2001, 0xDB8, 0, 0, 0, 0, 0, 1]),
    "2001:db8:0:0:0:0:0:1": v6([0x2001, 0xDB8, 0, 0, 0, 0, 0, 1]),
    "2001:DB8::": v6([0x2001, 0xDB8, 0, 0, 0, 0, 0, 0]),
    "2001:db9::1": v6([0x2001, 0xDB9, 0, 0, 0, 0, 0, 1]),
    "::ffff:203.0.113.12": v6([0, 0, 0, 0, 0, 0xFFFF, 0xCB00, 0x710C]),
    "::ffff:cb00:7100": v6([0, 0, 0, 0, 0, 0xFFFF, 0xCB00, 0x7100]),
    "::": v6([0, 0, 0, 0, 0, 0, 0, 0]),
  ]

  private static func v4(_ bytes: Int...) -> String { bytes.map { digits($0, 8) }.joined() }
  private static func v6(_ words: [Int]) -> String { words.map { digits($0, 16) }.joined() }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number, radix: 2)
    return String(repeating: "0", count: count - text.count) + text
  }

  static func isIn(_ address: String, range: String) -> Bool {
    let parts = range.split(separator: "/")
    guard let found = bits[address], let wanted = bits[String(parts[0])],
      found.count == wanted.count
    else { return false }
    let length = parts.count == 2 ? Int(parts[1]) ?? 0 : wanted.count
    return found.prefix(length) == wanted.prefix(length)
  }
}

/// How often each construct fitted and how often it did not.
final class PlainTally {
  private(set) var counts: [String: (yes: Int, no: Int)] = [:]

  func note(_ construct: String, _ isSo: Bool) {
    if isSo {
      counts[construct, default: (0, 0)].yes += 1
    } else {
      counts[construct, default: (0, 0)].no += 1
    }
  }

  func yes(_ construct: String) -> Int { counts[construct]?.yes ?? 0 }
  func no(_ construct: String) -> Int { counts[construct]?.no ?? 0 }
}
