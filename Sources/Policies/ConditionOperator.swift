import Values

/// One row of the table of condition operators.
///
/// `matches` compares one value of the request with one value of the policy. A plain row needs one
/// match and fails when the request lacks the key; a negated row needs no match and holds when
/// the request lacks the key.
/// Source: IAM User Guide, condition operators and multi-value evaluation.
struct ConditionOperator: Sendable {
  var name: String
  var negated = false
  var matches: @Sendable (_ found: String, _ wanted: ComparedValue) -> Bool

  /// What its values must be.
  var valueType: ConditionValueType { ConditionValueType(operator: name) }

  /// Numbers, dates, bytes and addresses take `${…}` as plain text.
  /// Source: IAM User Guide, where policy variables can be used.
  var takesVariables: Bool {
    name == "Bool" || name.hasPrefix("String") || name.hasPrefix("Arn")
  }

  static let table: [ConditionOperator] = [
    .init(name: "StringEquals") { same($0, $1.text) },
    .init(name: "StringNotEquals", negated: true) { same($0, $1.text) },
    .init(name: "StringEqualsIgnoreCase") { sameFolded($0, $1.text) },
    .init(name: "StringNotEqualsIgnoreCase", negated: true) { sameFolded($0, $1.text) },
    .init(name: "StringLike") { $1.pattern.matches($0) },
    .init(name: "StringNotLike", negated: true) { $1.pattern.matches($0) },
    .init(name: "NumericEquals") { compare($0, $1, ==) },
    .init(name: "NumericNotEquals", negated: true) { compare($0, $1, ==) },
    .init(name: "NumericLessThan") { compare($0, $1, <) },
    .init(name: "NumericLessThanEquals") { compare($0, $1, <=) },
    .init(name: "NumericGreaterThan") { compare($0, $1, >) },
    .init(name: "NumericGreaterThanEquals") { compare($0, $1, >=) },
    .init(name: "DateEquals") { compareDates($0, $1, ==) },
    .init(name: "DateNotEquals", negated: true) { compareDates($0, $1, ==) },
    .init(name: "DateLessThan") { compareDates($0, $1, <) },
    .init(name: "DateLessThanEquals") { compareDates($0, $1, <=) },
    .init(name: "DateGreaterThan") { compareDates($0, $1, >) },
    .init(name: "DateGreaterThanEquals") { compareDates($0, $1, >=) },
    .init(name: "Bool") { sameFolded($0, $1.text) },
    .init(name: "BinaryEquals") { found, wanted in
      let bytes = Base64.decode(found)
      return bytes != nil && bytes == Base64.decode(wanted.text)
    },
    .init(name: "IpAddress") { AddressBlock($1.text)?.contains($0) ?? false },
    .init(name: "NotIpAddress", negated: true) { AddressBlock($1.text)?.contains($0) ?? false },
    .init(name: "ArnEquals") { $1.pattern.coversARN($0) },
    .init(name: "ArnLike") { $1.pattern.coversARN($0) },
    .init(name: "ArnNotEquals", negated: true) { $1.pattern.coversARN($0) },
    .init(name: "ArnNotLike", negated: true) { $1.pattern.coversARN($0) },
    // Only looks whether the key is there; see `Condition.holds`.
    .init(name: "Null") { _, _ in false },
  ]

  static func named(_ name: String) -> ConditionOperator? { table.first { $0.name == name } }

  /// Byte for byte: Swift's own equality takes two spellings of one accent for the same.
  private static func same(_ found: String, _ wanted: String) -> Bool {
    found.utf8.elementsEqual(wanted.utf8)
  }

  private static func sameFolded(_ found: String, _ wanted: String) -> Bool {
    same(found.lowercased(), wanted.lowercased())
  }

  private static func compare(
    _ found: String, _ wanted: ComparedValue, _ relation: (Double, Double) -> Bool
  ) -> Bool {
    guard let left = ConditionValueType.number(found),
      let right = ConditionValueType.number(wanted.text)
    else { return false }
    return relation(left, right)
  }

  /// Compares dates in ISO 8601 or in seconds since 1970, to the millisecond.
  private static func compareDates(
    _ found: String, _ wanted: ComparedValue, _ relation: (Int64, Int64) -> Bool
  ) -> Bool {
    guard let left = ConditionValueType.date(found),
      let right = ConditionValueType.date(wanted.text)
    else { return false }
    return relation(left.milliseconds, right.milliseconds)
  }
}

/// An operator's name taken apart: `ForAnyValue:StringLikeIfExists`.
struct ConditionForm {
  var comparison: ConditionOperator
  var quantifier = Condition.Quantifier.one
  var ifExists = false

  init?(name: String) {
    var rest = name
    if rest.hasPrefix("ForAnyValue:") {
      quantifier = .anyValue
      rest.removeFirst("ForAnyValue:".count)
    } else if rest.hasPrefix("ForAllValues:") {
      quantifier = .allValues
      rest.removeFirst("ForAllValues:".count)
    }
    if rest.hasSuffix("IfExists"), rest != "NullIfExists" {
      ifExists = true
      rest.removeLast("IfExists".count)
    }
    guard let comparison = ConditionOperator.named(rest) else { return nil }
    self.comparison = comparison
  }
}

extension Condition {
  /// Whether the line holds for a request.
  ///
  /// A value with a variable that the request lacks fits nothing; where none may fit, the line does
  /// not hold, so that neither an Allow nor a Deny reaches further than it was written for.
  func holds(_ context: RequestContext) -> Bool {
    if variableValues.isEmpty { return holds(context, fixedValues) }
    var wanted = fixedValues
    for text in variableValues {
      if let filled = PolicyVariables.fill(text, from: context) {
        wanted.append(ComparedValue(filled: filled))
      } else if comparison.negated {
        return false
      }
    }
    return wanted.isEmpty ? false : holds(context, wanted)
  }

  private func holds(_ context: RequestContext, _ wanted: [ComparedValue]) -> Bool {
    let found = context[folded: foldedKey]
    if comparison.name == "Null" {
      let isMissing = found == nil || found == []
      return wanted.contains { ($0.text.lowercased() == "true") == isMissing }
    }
    guard let found, !found.isEmpty else {
      if ifExists || quantifier == .allValues { return true }
      return quantifier == .one && comparison.negated
    }
    func fits(_ value: String) -> Bool {
      wanted.contains { comparison.matches(value, $0) } != comparison.negated
    }
    switch quantifier {
    case .allValues: return found.allSatisfy(fits)
    case .anyValue: return found.contains(where: fits)
    case .one: return comparison.negated ? found.allSatisfy(fits) : found.contains(where: fits)
    }
  }
}

/// A range of addresses in CIDR notation, IPv4 or IPv6; without a prefix a single address.
struct AddressBlock {
  private var bits: [UInt8]
  private var prefix: Int

  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let bits = Self.address(String(parts[0])) else { return nil }
    let width = bits.count * 8
    let prefix = parts.count == 1 ? width : Self.isDigits(parts[1]) ? Int(parts[1]) : nil
    guard let prefix, (0...width).contains(prefix) else { return nil }
    self.bits = bits
    self.prefix = prefix
  }

  func contains(_ text: String) -> Bool {
    guard let other = Self.address(text), other.count == bits.count else { return false }
    let whole = prefix / 8
    guard bits[..<whole] == other[..<whole] else { return false }
    let rest = prefix % 8
    return rest == 0 || (bits[whole] ^ other[whole]) >> UInt8(8 - rest) == 0
  }

  private static func isDigits(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// Four or sixteen bytes.
  private static func address(_ text: String) -> [UInt8]? {
    if !text.contains(":") {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      let bytes = parts.compactMap { isDigits($0) ? UInt8($0) : nil }
      return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }
    func words(_ part: Substring) -> [UInt16]? {
      guard !part.isEmpty else { return [] }
      var words = part.split(separator: ":", omittingEmptySubsequences: false)
      var tail: [UInt16] = []
      // The last two words may be written as an IPv4 address.
      if let last = words.last, last.contains(".") {
        guard text.hasSuffix(last), let bytes = address(String(last)) else { return nil }
        tail = [UInt16(bytes[0]) << 8 | UInt16(bytes[1]), UInt16(bytes[2]) << 8 | UInt16(bytes[3])]
        words.removeLast()
      }
      let values = words.compactMap {
        $0.count <= 4 && $0.first != "+" ? UInt16($0, radix: 16) : nil
      }
      return values.count == words.count ? values + tail : nil
    }
    var all: [UInt16]
    if let gap = text.firstRange(of: "::") {
      guard let left = words(text[..<gap.lowerBound]), let right = words(text[gap.upperBound...]),
        left.count + right.count < 8
      else { return nil }
      all = left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right
    } else {
      guard let values = words(Substring(text)) else { return nil }
      all = values
    }
    return all.count == 8 ? all.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } : nil
  }
}
