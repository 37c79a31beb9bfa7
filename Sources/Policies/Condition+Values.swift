import Values

extension Condition {
  /// Values that no request can have under this operator, such as a number that is none: the line
  /// never holds by them, or always where the operator is negated.
  package var impossibleValues: [PolicyValue] {
    let isPossible: (String) -> Bool
    switch comparison.name {
    case "Bool", "Null": isPossible = { ["true", "false"].contains($0.lowercased()) }
    case let name where name.hasPrefix("Numeric"): isPossible = { Double($0) != nil }
    case let name where name.hasPrefix("Date"): isPossible = { ConditionValueType.date($0) != nil }
    case "BinaryEquals": isPossible = { Base64.decode($0) != nil }
    case "IpAddress", "NotIpAddress": isPossible = { AddressBlock($0) != nil }
    case let name where name.hasPrefix("Arn"):
      isPossible = { $0.contains("*") || $0.split(separator: ":").count >= 3 }
    default: isPossible = { _ in true }
    }
    return values.filter { !$0.text.contains("${") && !isPossible($0.text) }
  }

  /// Values with a `*` that the operator takes for a plain star.
  package var plainStars: [PolicyValue] {
    guard comparison.name.hasPrefix("String"), !comparison.name.contains("Like") else { return [] }
    return values.filter { $0.text.contains("*") && !$0.text.contains("${*}") }
  }

  package var isNegated: Bool { comparison.negated }
  /// Whether it only looks if the key is there.
  package var asksForPresence: Bool { comparison.name == "Null" }
  /// Whether values are compared letter by letter.
  package var comparesExactly: Bool {
    comparison.name.hasPrefix("String") && !comparison.name.contains("Like")
  }
}
