import Insights
import Policies
import Values

/// A filter pattern of CloudWatch Logs: words, or a condition over the fields of a JSON event.
///
/// Source: CloudWatch Logs User Guide, filter pattern syntax. Simplified: no regular expressions and no
/// space-delimited patterns.
struct FilterPattern: Sendable {
  indirect enum Condition: Sendable {
    case compare([String], String, Value)
    case isNull([String])
    case exists([String], Bool)
    case truth([String], Bool)
    case both(Condition, Condition)
    case either(Condition, Condition)
  }

  enum Value: Sendable {
    case number(Double)
    /// With `*` for any characters.
    case text(String)
  }

  enum Kind: Sendable {
    case all
    /// All of the first, one of the second if there are any, none of the third.
    case words(all: [String], any: [String], none: [String])
    case condition(Condition)
  }

  let source: String
  let kind: Kind

  init(_ text: String) throws(ServiceError) {
    source = text
    var parser = FilterParser(text)
    kind = try parser.parse()
  }

  /// The fields that it reads.
  var paths: [[String]] {
    guard case .condition(let condition) = kind else { return [] }
    return condition.paths
  }

  func takes(_ message: () -> String, _ field: ([String]) -> InsightsValue) -> Bool {
    switch kind {
    case .all: return true
    case .words(let all, let any, let none):
      let message = message()
      return all.allSatisfy { message.contains($0) }
        && (any.isEmpty || any.contains { message.contains($0) })
        && !none.contains { message.contains($0) }
    case .condition(let condition): return condition.holds(field)
    }
  }
}

extension FilterPattern.Condition {
  fileprivate var paths: [[String]] {
    switch self {
    case .compare(let path, _, _), .isNull(let path), .exists(let path, _), .truth(let path, _):
      [path]
    case .both(let left, let right), .either(let left, let right): left.paths + right.paths
    }
  }

  fileprivate func holds(_ field: ([String]) -> InsightsValue) -> Bool {
    switch self {
    case .both(let left, let right): return left.holds(field) && right.holds(field)
    case .either(let left, let right): return left.holds(field) || right.holds(field)
    case .isNull(let path), .exists(let path, false): return field(path).isMissing
    case .exists(let path, true): return !field(path).isMissing
    case .truth(let path, let wanted): return field(path) == .flag(wanted)
    case .compare(let path, let sign, let value):
      let found = field(path)
      guard let text = found.shown else { return false }
      switch value {
      case .text(let pattern):
        let fits = wildcard(pattern, covers: text)
        return sign == "=" ? fits : sign == "!=" ? !fits : false
      case .number(let wanted):
        guard case .number(let number) = found else { return false }
        switch sign {
        case "=": return number == wanted
        case "!=": return number != wanted
        case "<": return number < wanted
        case "<=": return number <= wanted
        case ">": return number > wanted
        default: return number >= wanted
        }
      }
    }
  }
}

/// Reads a filter pattern.
private struct FilterParser {
  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private func invalid(_ text: String) -> ServiceError {
    Logs.invalid("Invalid metric filter pattern: \(text) at character \(place + 1)")
  }

  private mutating func skip() { while place < bytes.count, bytes[place] <= 32 { place += 1 } }

  private mutating func take(_ text: String) -> Bool {
    skip()
    guard bytes[place...].starts(with: text.utf8) else { return false }
    place += text.utf8.count
    return true
  }

  mutating func parse() throws(ServiceError) -> FilterPattern.Kind {
    skip()
    if place == bytes.count { return .all }
    if take("{") {
      let condition = try disjunction()
      guard take("}") else { throw invalid("} expected") }
      skip()
      guard place == bytes.count else { throw invalid("nothing may follow }") }
      return .condition(condition)
    }
    if bytes[place] == UInt8(ascii: "[") {
      throw invalid("this lab has no patterns of fields in brackets")
    }
    if bytes[place] == UInt8(ascii: "%") {
      throw invalid("this lab has no regular expressions here")
    }
    return try words()
  }

  private mutating func words() throws(ServiceError) -> FilterPattern.Kind {
    var all: [String] = []
    var any: [String] = []
    var none: [String] = []
    while true {
      skip()
      guard place < bytes.count else { break }
      let isOptional = take("?")
      let isExcluded = !isOptional && take("-")
      let word = try word()
      if isOptional {
        any.append(word)
      } else if isExcluded {
        none.append(word)
      } else {
        all.append(word)
      }
    }
    return .words(all: all, any: any, none: none)
  }

  private mutating func word() throws(ServiceError) -> String {
    if place < bytes.count, bytes[place] == UInt8(ascii: "\"") { return try quoted() }
    let start = place
    while place < bytes.count, bytes[place] > 32 {
      let byte = bytes[place]
      guard
        (48...57).contains(byte) || (65...90).contains(byte & 0xDF) || byte >= 128
          || byte == UInt8(ascii: "_")
      else {
        throw invalid("a word with other characters than letters and digits stands in quotes")
      }
      place += 1
    }
    guard place > start else { throw invalid("a word expected") }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func quoted() throws(ServiceError) -> String {
    place += 1
    let start = place
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += 1 }
    guard place < bytes.count else { throw invalid("a quote does not end") }
    place += 1
    return String(decoding: bytes[start..<(place - 1)], as: UTF8.self)
  }

  private mutating func disjunction() throws(ServiceError) -> FilterPattern.Condition {
    var left = try conjunction()
    while take("||") { left = .either(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(ServiceError) -> FilterPattern.Condition {
    var left = try term()
    while take("&&") { left = .both(left, try term()) }
    return left
  }

  private mutating func term() throws(ServiceError) -> FilterPattern.Condition {
    if take("(") {
      depth += 1
      defer { depth -= 1 }
      guard depth < 50 else { throw invalid("parentheses go too deep") }
      let inner = try disjunction()
      guard take(")") else { throw invalid(") expected") }
      return inner
    }
    guard take("$") else { throw invalid("a field such as $.errorCode expected") }
    let path = try path()
    if take("IS") {
      if take("NULL") { return .isNull(path) }
      if take("TRUE") { return .truth(path, true) }
      if take("FALSE") { return .truth(path, false) }
      throw invalid("NULL, TRUE or FALSE expected")
    }
    if take("NOT") {
      guard take("EXISTS") else { throw invalid("EXISTS expected") }
      return .exists(path, false)
    }
    if take("EXISTS") { return .exists(path, true) }
    for sign in ["!=", "<=", ">=", "=", "<", ">"] where take(sign) {
      return .compare(path, sign, try value(after: sign))
    }
    throw invalid("a comparison expected")
  }

  private mutating func path() throws(ServiceError) -> [String] {
    var steps: [String] = []
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: ".") {
        place += 1
        let start = place
        while place < bytes.count, Self.isName(bytes[place]) { place += 1 }
        guard place > start else { throw invalid("a name expected") }
        steps.append(String(decoding: bytes[start..<place], as: UTF8.self))
      } else if bytes[place] == UInt8(ascii: "[") {
        place += 1
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "]") { place += 1 }
        guard place < bytes.count else { throw invalid("] expected") }
        let step = String(decoding: bytes[start..<place], as: UTF8.self)
        steps.append(step.filter { $0 != "'" && $0 != "\"" })
        place += 1
      } else {
        break
      }
    }
    guard !steps.isEmpty else { throw invalid("a field such as $.errorCode expected") }
    return steps
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte & 0xDF) || byte >= 128
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":")
  }

  private mutating func value(after sign: String) throws(ServiceError) -> FilterPattern.Value {
    skip()
    let text: String
    let isQuoted = place < bytes.count && bytes[place] == UInt8(ascii: "\"")
    if isQuoted {
      text = try quoted()
    } else {
      let start = place
      while place < bytes.count, bytes[place] > 32, !"(){}&|".utf8.contains(bytes[place]) {
        place += 1
      }
      text = String(decoding: bytes[start..<place], as: UTF8.self)
    }
    guard isQuoted || !text.isEmpty else { throw invalid("a value expected") }
    if !isQuoted, let number = Double(text), number.isFinite { return .number(number) }
    guard sign == "=" || sign == "!=" else { throw invalid("\(sign) compares numbers only") }
    return .text(text)
  }
}

/// A pattern with the fields that it reads, for asking row after row.
struct FilterFields {
  private let pattern: FilterPattern
  private let columns: [[String]: InsightsColumn]
  private let rows: GroupRows

  init(_ pattern: FilterPattern, _ rows: GroupRows) {
    self.pattern = pattern
    self.rows = rows
    columns = Dictionary(
      pattern.paths.map { ($0, rows.column($0)) }, uniquingKeysWith: { first, _ in first })
  }

  func takes(_ row: Int) -> Bool {
    pattern.takes({ rows.message(of: row) }, { columns[$0]?.value(of: row) ?? .missing })
  }
}
