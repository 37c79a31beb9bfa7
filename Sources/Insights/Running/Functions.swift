import Glibc
import Values

/// One row of the table of functions.
struct InsightsFunction: Sendable {
  var name: String
  var arguments: ClosedRange<Int>
  var usage: String
  /// Of a function that rounds a time to a period, which is its second argument.
  var rounds: (@Sendable (Period, Instant) -> Instant)?
  var apply: @Sendable ([InsightsValue]) -> InsightsValue

  init(
    _ name: String, _ arguments: ClosedRange<Int>, _ usage: String,
    _ apply: @escaping @Sendable ([InsightsValue]) -> InsightsValue
  ) {
    self.name = name
    self.arguments = arguments
    self.usage = usage
    self.apply = apply
  }

  static func one(
    _ name: String, _ usage: String, _ apply: @escaping @Sendable (InsightsValue) -> InsightsValue
  ) -> InsightsFunction {
    InsightsFunction(name, 1...1, usage) { apply($0[0]) }
  }

  /// One number in, one out; nothing for what is no number.
  static func number(_ name: String, _ apply: @escaping @Sendable (Double) -> Double)
    -> InsightsFunction
  {
    one(name, "\(name)(number)") { value in value.number.map(apply).result }
  }

  static func text(_ name: String, _ apply: @escaping @Sendable (String) -> InsightsValue)
    -> InsightsFunction
  {
    one(name, "\(name)(text)") { value in value.isMissing ? .missing : apply(value.text) }
  }
}

extension Double? {
  /// A number that is one; nothing for a division by zero and the like.
  var result: InsightsValue {
    guard let self, self.isFinite else { return .missing }
    return .number(self)
  }
}

/// The functions of the language.
///
/// Source: CloudWatch Logs Insights, supported operations and functions.
enum Functions {
  static let table: [InsightsFunction] =
    numeric + general + json + strings + times + addresses

  private static let byName = Dictionary(
    table.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })

  static let names = table.map(\.name)

  /// By its name, whatever the case of its letters.
  static func named(_ name: String) -> InsightsFunction? { byName[name.lowercased()] }

  private static let numeric: [InsightsFunction] = [
    .number("abs") { abs($0) }, .number("ceil") { $0.rounded(.up) },
    .number("floor") { $0.rounded(.down) }, .number("log") { log($0) },
    .number("sqrt") { $0.squareRoot() },
    InsightsFunction("round", 1...2, "round(number, digits)") { values in
      guard let number = values[0].number else { return .missing }
      let digits = values.count > 1 ? values[1].number ?? 0 : 0
      let scale = pow(10, digits)
      return Double?.some((number * scale).rounded() / scale).result
    },
    InsightsFunction("greatest", 1...50, "greatest(a, b, …)") { values in
      values.compactMap(\.number).max().result
    },
    InsightsFunction("least", 1...50, "least(a, b, …)") { values in
      values.compactMap(\.number).min().result
    },
  ]

  private static let general: [InsightsFunction] = [
    .one("ispresent", "ispresent(field)") { .flag(!$0.isMissing) },
    InsightsFunction("coalesce", 1...50, "coalesce(a, b, …)") { values in
      values.first { !$0.isMissing } ?? .missing
    },
  ]

  private static let json: [InsightsFunction] = [
    .one("jsonParse", "jsonParse(text)") { value in
      if case .tree = value { return value }
      guard !value.isMissing, let tree = try? JSON(parsing: value.text) else { return .missing }
      return InsightsValue(tree)
    },
    .one("jsonStringify", "jsonStringify(map or list)") { value in
      switch value {
      case .missing: .missing
      case .text(let text): .text(JSON.string(text).compact)
      case .flag(let flag): .text(flag ? "true" : "false")
      default: .text(value.text)
      }
    },
  ]

  private static let strings: [InsightsFunction] = [
    .one("isempty", "isempty(text)") { .flag($0.isMissing || $0.text.isEmpty) },
    .one("isblank", "isblank(text)") { value in
      .flag(value.isMissing || value.text.unicodeScalars.allSatisfy(\.properties.isWhitespace))
    },
    InsightsFunction("concat", 1...50, "concat(a, b, …)") { values in
      .text(values.map(\.text).joined())
    },
    trimming("ltrim", start: true, end: false), trimming("rtrim", start: false, end: true),
    trimming("trim", start: true, end: true),
    .text("strlen") { .number(Double($0.unicodeScalars.count)) },
    .text("toupper") { .text($0.uppercased()) }, .text("tolower") { .text($0.lowercased()) },
    InsightsFunction("substr", 2...3, "substr(text, start, length)") { values in
      guard !values[0].isMissing, let start = values[1].number, start >= 0, start < 1e9 else {
        return .missing
      }
      let rest = values[0].text.unicodeScalars.dropFirst(Int(start))
      guard values.count > 2 else { return .text(String(rest)) }
      guard let length = values[2].number, length >= 0 else { return .missing }
      return .text(String(rest.prefix(Int(min(length, 1e9)))))
    },
    InsightsFunction("replace", 3...3, "replace(text, wanted, other)") { values in
      guard !values[0].isMissing else { return .missing }
      return .text(replaced(values[0].text, values[1].text, by: values[2].text))
    },
    InsightsFunction("strcontains", 2...2, "strcontains(text, part)") { values in
      values[0].isMissing ? .missing : .number(values[0].text.holds(values[1].text) ? 1 : 0)
    },
  ]

  private static func replaced(_ text: String, _ wanted: String, by other: String) -> String {
    guard !wanted.isEmpty else { return text }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var place = 0
    while let found = text.utf8Index(of: wanted, from: place) {
      result += bytes[place..<found]
      result += Array(other.utf8)
      place = found + wanted.utf8.count
    }
    return String(decoding: result + bytes[place...], as: UTF8.self)
  }

  /// The second argument names the characters that go; without one, blanks do.
  private static func trimming(_ name: String, start: Bool, end: Bool) -> InsightsFunction {
    InsightsFunction(name, 1...2, "\(name)(text, characters)") { values in
      guard !values[0].isMissing else { return .missing }
      var rest = Substring(values[0].text).unicodeScalars
      let set = values.count > 1 ? Set(values[1].text.unicodeScalars) : nil
      func goes(_ scalar: Unicode.Scalar) -> Bool {
        set?.contains(scalar) ?? scalar.properties.isWhitespace
      }
      while start, let first = rest.first, goes(first) { rest.removeFirst() }
      while end, let last = rest.last, goes(last) { rest.removeLast() }
      return .text(String(rest))
    }
  }

  private static let times: [InsightsFunction] = [
    rounding("datefloor") { $0.floor($1) }, rounding("dateceil") { $0.ceiling($1) },
    .one("fromMillis", "fromMillis(milliseconds)") { value in
      guard let number = value.number, abs(number) < 1e14 else { return .missing }
      return .time(Instant(milliseconds: Int64(number)))
    },
    .one("toMillis", "toMillis(@timestamp)") { value in
      switch value {
      case .time(let instant): .number(Double(instant.milliseconds))
      case .text(let text):
        Instant(parsing: text).map { .number(Double($0.milliseconds)) } ?? .missing
      default: .missing
      }
    },
    // Known when the query begins: see `Compiler`.
    InsightsFunction("now", 0...0, "now()") { _ in .missing },
  ]

  private static func rounding(
    _ name: String, _ rounds: @escaping @Sendable (Period, Instant) -> Instant
  ) -> InsightsFunction {
    var function = InsightsFunction(name, 2...2, "\(name)(@timestamp, 1h)") { _ in .missing }
    function.rounds = rounds
    return function
  }

  private static let addresses: [InsightsFunction] = [
    .text("isValidIp") { .flag(IPAddress($0) != nil) },
    .text("isValidIpv4") { .flag(IPAddress($0)?.isLong == false) },
    .text("isValidIpv6") { .flag(IPAddress($0)?.isLong == true) },
    within("isIpInSubnet", long: nil), within("isIpv4InSubnet", long: false),
    within("isIpv6InSubnet", long: true),
  ]

  private static func within(_ name: String, long: Bool?) -> InsightsFunction {
    let example = long == true ? "2001:db8::/32" : "10.0.0.0/8"
    return InsightsFunction(name, 2...2, "\(name)(text, \"\(example)\")") { values in
      guard !values[0].isMissing else { return .missing }
      guard let address = IPAddress(values[0].text), let net = Subnet(values[1].text),
        long == nil || address.isLong == long
      else { return .flag(false) }
      return .flag(net.contains(address))
    }
  }
}
