import Values

/// A field of a log event, or what was reckoned from fields.
package enum InsightsValue: Hashable, Sendable {
  /// The event has no such field.
  case missing
  case number(Double)
  case text(String)
  case flag(Bool)
  case time(Instant)
  /// A list or a map.
  case tree(JSON)

  /// A field of a JSON log event; null is as good as absent.
  package init(_ value: JSON?) {
    switch value {
    case nil, .null?: self = .missing
    case .bool(let flag)?: self = .flag(flag)
    case .integer(let number)?: self = .number(Double(number))
    case .double(let number)?: self = .number(number)
    case .string(let text)?: self = .text(text)
    case .array?, .object?: self = .tree(value ?? .null)
    }
  }

  package var isMissing: Bool { self == .missing }

  /// What a result shows. Nothing for a field that is not there.
  ///
  /// Assumed: a truth value shows as 1 or 0, and a number with at most four digits of a fraction.
  package var shown: String? {
    switch self {
    case .missing: nil
    case .number(let number): Self.digits(number)
    case .text(let text): text
    case .flag(let flag): flag ? "1" : "0"
    case .time(let instant): instant.insightsText
    case .tree(let tree): tree.compact
    }
  }

  /// The text that string functions work on.
  var text: String { shown ?? "" }

  /// The number that arithmetic works on: a text of digits is one, a time is its milliseconds.
  var number: Double? {
    switch self {
    case .number(let number): number
    case .text(let text): Self.number(in: text)
    case .flag(let flag): flag ? 1 : 0
    case .time(let instant): Double(instant.milliseconds)
    case .missing, .tree: nil
    }
  }

  /// Whether a filter takes it.
  var isTrue: Bool {
    switch self {
    case .flag(let flag): flag
    case .number(let number): number != 0
    case .missing: false
    case .text(let text): text == "true" || text == "1"
    case .time, .tree: true
    }
  }

  /// What stands at a path within a list or a map.
  func member(_ path: ArraySlice<String>) -> InsightsValue {
    guard !path.isEmpty else { return self }
    guard case .tree(let tree) = self else { return .missing }
    return InsightsValue(tree.insightsMember(path))
  }

  static func number(in text: String) -> Double? {
    guard let first = text.utf8.first, first < 58, text.utf8.count < 40,
      text.utf8.allSatisfy({
        (48...57).contains($0) || $0 == 46 || $0 == 45 || $0 == 43 || $0 | 32 == 101
      }), let number = Double(text), number.isFinite
    else { return nil }
    return number
  }

  private static func digits(_ number: Double) -> String {
    if number == number.rounded(), abs(number) < 1e15 { return String(Int(number)) }
    guard abs(number) < 1e11 else { return String(number) }
    let scaled = Int((number * 10_000).rounded())
    let (whole, rest) = abs(scaled).quotientAndRemainder(dividingBy: 10_000)
    guard scaled != 0 else { return String(number) }
    var fraction = String(rest + 10_000).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return (scaled < 0 ? "-" : "") + String(whole) + (fraction.isEmpty ? "" : ".\(fraction)")
  }
}

extension JSON {
  /// What stands at a path of names and of places in lists. A name may hold dots.
  package func insightsMember(_ path: ArraySlice<String>) -> JSON? {
    guard let first = path.first else { return self }
    if let elements = array {
      guard let place = Int(first), elements.indices.contains(place) else { return nil }
      return elements[place].insightsMember(path.dropFirst())
    }
    guard let object else { return nil }
    var name = first
    for end in path.indices {
      if end > path.startIndex { name += "." + path[end] }
      if let found = object[name]?.insightsMember(path[(end + 1)...]) { return found }
    }
    return nil
  }
}

extension Instant {
  /// `2026-01-05 09:00:00.000`, as results show a time.
  package var insightsText: String {
    let milliseconds = String(self.milliseconds - seconds * 1000 + 1000).dropFirst()
    return "\(date) \(timeOfDay).\(milliseconds)"
  }
}
