import Values

/// How two values compare in a filter.
enum Comparing {
  /// As numbers where both are, as times where one is a time, and else as texts.
  /// Assumed: a field that is not there is unequal to everything and neither less nor greater.
  static func holds(_ kind: Comparison, _ left: InsightsValue, _ right: InsightsValue) -> Bool {
    if left.isMissing || right.isMissing {
      switch kind {
      case .unequal: return left.isMissing != right.isMissing
      default: return false
      }
    }
    if case .text(let first) = left, case .text(let second) = right {
      if kind == .equal, first == second { return true }
      if let first = InsightsValue.number(in: first), let second = InsightsValue.number(in: second)
      {
        return ordered(kind, first, second)
      }
      return ordered(kind, first, second)
    }
    if let (first, second) = truths(left, right) { return ordered(kind, first, second) }
    if let (first, second) = times(left, right) { return ordered(kind, first, second) }
    if let first = left.number, let second = right.number { return ordered(kind, first, second) }
    return ordered(kind, left.text, right.text)
  }

  private static func ordered<Value: Comparable>(_ kind: Comparison, _ left: Value, _ right: Value)
    -> Bool
  {
    switch kind {
    case .equal: left == right
    case .unequal: left != right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    }
  }

  /// A truth value against a text that names one.
  private static func truths(_ left: InsightsValue, _ right: InsightsValue) -> (Int, Int)? {
    func truth(_ value: InsightsValue) -> Int? {
      switch value {
      case .flag(let flag): flag ? 1 : 0
      case .text("true"), .text("1"), .number(1): 1
      case .text("false"), .text("0"), .number(0): 0
      default: nil
      }
    }
    switch (left, right) {
    case (.flag, _), (_, .flag):
      guard let first = truth(left), let second = truth(right) else { return nil }
      return (first, second)
    default: return nil
    }
  }

  private static func times(_ left: InsightsValue, _ right: InsightsValue) -> (Int64, Int64)? {
    switch (left, right) {
    case (.time(let first), .text(let text)):
      Instant(parsing: text).map { (first.milliseconds, $0.milliseconds) }
    case (.text(let text), .time(let second)):
      Instant(parsing: text).map { ($0.milliseconds, second.milliseconds) }
    default: nil
    }
  }

  static func arithmetic(_ kind: Arithmetic, _ left: InsightsValue, _ right: InsightsValue)
    -> InsightsValue
  {
    guard let first = left.number, let second = right.number else { return .missing }
    let result: Double =
      switch kind {
      case .plus: first + second
      case .minus: first - second
      case .times: first * second
      case .over: first / second
      case .modulo: first.truncatingRemainder(dividingBy: second)
      case .power: Power.of(first, second)
      }
    return Double?.some(result).result
  }
}
