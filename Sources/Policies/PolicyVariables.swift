/// Filling in `${…}` of policies of version 2012-10-17.
///
/// Source: IAM User Guide, policy variables: `${key}`, `${key, 'default'}`, and the literals `${*}`,
/// `${?}`, `${$}`. A variable that the request lacks makes the value match nothing.
enum PolicyVariables {
  /// The text with its variables filled in, as a pattern in which what came out of a variable is
  /// itself and no wildcard; nothing when a variable has no value.
  static func fill(_ text: String, from context: RequestContext) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = Substring(text)
    while let start = rest.firstRange(of: "${") {
      result += rest[..<start.lowerBound].utf8
      let after = rest[start.upperBound...]
      guard let end = after.firstIndex(of: "}") else {
        return result + rest[start.lowerBound...].utf8
      }
      guard let value = value(of: after[..<end], from: context) else { return nil }
      result += value.utf8.map(LiteralWildcard.quoted)
      rest = after[after.index(after: end)...]
    }
    return result + rest.utf8
  }

  /// Whether a text may have variables.
  static func stand(in text: String) -> Bool { text.utf8.contains(UInt8(ascii: "$")) }

  /// The keys that a text asks for.
  static func names(in text: String) -> [String] {
    var names: [String] = []
    var rest = Substring(text)
    while let start = rest.firstRange(of: "${") {
      let after = rest[start.upperBound...]
      guard let end = after.firstIndex(of: "}") else { return names }
      let name = trimmed(after[..<end].prefix { $0 != "," })
      if name.contains(":"), !name.contains("$") { names.append(String(name)) }
      rest = after[after.index(after: end)...]
    }
    return names
  }

  /// Without the blanks around it; those within belong to a tag's name.
  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func value(of variable: Substring, from context: RequestContext) -> String? {
    if variable == "*" || variable == "?" || variable == "$" { return String(variable) }
    let parts = variable.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    if let values = context[String(trimmed(parts[0]))], values.count == 1 { return values[0] }
    guard parts.count == 2 else { return nil }
    let fallback = trimmed(parts[1])
    guard fallback.count >= 2, fallback.first == "'", fallback.last == "'" else { return nil }
    return String(fallback.dropFirst().dropLast())
  }
}
