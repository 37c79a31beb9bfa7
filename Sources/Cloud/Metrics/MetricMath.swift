import Insights
import Values

/// What an expression over metrics comes to.
indirect enum MetricValue: Sendable {
  case number(Double)
  case series(TimeSeries)
  case list([TimeSeries])
}

/// An expression of metric math.
///
/// Source: CloudWatch User Guide, using math expressions with CloudWatch metrics. The lab has its
/// arithmetic, comparisons and the functions of `functions`.
struct MetricMath: Sendable {
  struct Problem: Error, Hashable, Sendable {
    var text: String
    var place: Int
  }

  indirect enum Node: Sendable {
    case number(Double)
    case name(String)
    case text(String)
    case list([Node])
    case negative(Node)
    case operation(String, Node, Node)
    case call(String, [Node])
  }

  static let functions = [
    "ABS", "AVG", "CEIL", "DATAPOINT_COUNT", "DIFF", "FILL", "FLOOR", "IF", "MAX", "METRICS", "MIN",
    "PERIOD", "RATE", "RUNNING_SUM", "SERVICE_QUOTA", "SUM",
  ]

  let node: Node

  init(_ text: String) throws(Problem) {
    var parser = MetricMathParser(text)
    node = try parser.parse()
  }

  /// The metrics and expressions that it names.
  var names: Set<String> { Self.names(node) }

  /// Whether it reads all metrics of the request.
  var readsAll: Bool { Self.calls(node, "METRICS") }

  private static func names(_ node: Node) -> Set<String> {
    switch node {
    case .number, .text: []
    case .name(let name): [name]
    case .list(let nodes), .call(_, let nodes): nodes.reduce(into: []) { $0.formUnion(names($1)) }
    case .negative(let inner): names(inner)
    case .operation(_, let left, let right): names(left).union(names(right))
    }
  }

  private static func calls(_ node: Node, _ name: String) -> Bool {
    switch node {
    case .call(let found, let nodes): found == name || nodes.contains { calls($0, name) }
    case .list(let nodes): nodes.contains { calls($0, name) }
    case .negative(let inner): calls(inner, name)
    case .operation(_, let left, let right): calls(left, name) || calls(right, name)
    default: false
    }
  }

  /// What the expression is reckoned from.
  struct Values {
    var series: [String: TimeSeries] = [:]
    /// What expressions came to that give several.
    var lists: [String: [TimeSeries]] = [:]
    /// The ids of plain metrics, in their order.
    var metrics: [String] = []
    var period = 60
    /// Beginnings of all periods in question.
    var times: [Instant] = []
    var quota: (String) -> Double? = { _ in nil }
  }

  func value(_ values: Values) throws(Problem) -> MetricValue { try Self.value(node, values) }

  private static func value(_ node: Node, _ values: Values) throws(Problem) -> MetricValue {
    switch node {
    case .number(let number): return .number(number)
    case .text: throw Problem(text: "a text is no value", place: 0)
    case .name(let name):
      if let list = values.lists[name] { return .list(list) }
      guard let series = values.series[name] else {
        throw Problem(text: "there is no metric with the id \(name)", place: 0)
      }
      return .series(series)
    case .list(let nodes):
      var list: [TimeSeries] = []
      for node in nodes {
        switch try value(node, values) {
        case .series(let series): list.append(series)
        case .list(let inner): list += inner
        case .number(let number): list.append(constant(number, values))
        }
      }
      return .list(list)
    case .negative(let inner):
      return try combine(.number(0), try value(inner, values)) { $0 - $1 }
    case .operation(let sign, let left, let right):
      let operation = try operation(sign)
      return try combine(try value(left, values), try value(right, values), operation)
    case .call(let name, let arguments): return try call(name, arguments, values)
    }
  }

  private static func operation(_ sign: String) throws(Problem)
    -> @Sendable (Double, Double) ->
    Double?
  {
    switch sign {
    case "+": { $0 + $1 }
    case "-": { $0 - $1 }
    case "*": { $0 * $1 }
    case "/": { $1 == 0 ? nil : $0 / $1 }
    case "^":
      { base, exponent in
        let power = Power.of(base, exponent)
        return power.isFinite ? power : nil
      }
    case "<": { $0 < $1 ? 1 : 0 }
    case "<=": { $0 <= $1 ? 1 : 0 }
    case ">": { $0 > $1 ? 1 : 0 }
    case ">=": { $0 >= $1 ? 1 : 0 }
    case "==": { $0 == $1 ? 1 : 0 }
    case "!=": { $0 != $1 ? 1 : 0 }
    case "&&", "AND": { $0 != 0 && $1 != 0 ? 1 : 0 }
    case "||", "OR": { $0 != 0 || $1 != 0 ? 1 : 0 }
    default: throw Problem(text: "there is no operator \(sign)", place: 0)
    }
  }

  /// Point by point; a time that one of two series lacks is not in the result.
  private static func combine(
    _ left: MetricValue, _ right: MetricValue, _ body: (Double, Double) -> Double?
  ) throws(Problem) -> MetricValue {
    switch (left, right) {
    case (.number(let first), .number(let second)): return .number(body(first, second) ?? .nan)
    case (.series(let series), .number(let number)):
      return .series(series.map { body($0, number) })
    case (.number(let number), .series(let series)):
      return .series(series.map { body(number, $0) })
    case (.series(let first), .series(let second)):
      var result = TimeSeries()
      result.label = first.label
      for (at, value) in first.values {
        if let other = second.values[at], let found = body(value, other) {
          result.values[at] = found
        }
      }
      return .series(result)
    case (.list, .list):
      throw Problem(text: "two lists of metrics cannot be reckoned with each other", place: 0)
    case (.list(let list), let other):
      var result: [TimeSeries] = []
      for series in list {
        if case .series(let found) = try combine(.series(series), other, body) {
          result.append(found)
        }
      }
      return .list(result)
    case (let other, .list(let list)):
      var result: [TimeSeries] = []
      for series in list {
        if case .series(let found) = try combine(other, .series(series), body) {
          result.append(found)
        }
      }
      return .list(result)
    }
  }

  private static func constant(_ number: Double, _ values: Values) -> TimeSeries {
    var series = TimeSeries()
    for time in values.times { series.values[time] = number }
    return series
  }

  // MARK: Functions

  private static func call(_ name: String, _ arguments: [Node], _ values: Values) throws(Problem)
    -> MetricValue
  {
    func argument(_ place: Int) throws(Problem) -> MetricValue {
      guard arguments.indices.contains(place) else {
        throw Problem(text: "\(name) wants more arguments", place: 0)
      }
      return try value(arguments[place], values)
    }
    /// What is made of one metric, or of each of a list.
    func each(_ body: (TimeSeries) throws(Problem) -> TimeSeries) throws(Problem) -> MetricValue {
      switch try argument(0) {
      case .series(let series): return .series(try labelled(body(series), series))
      case .list(let list):
        var result: [TimeSeries] = []
        for series in list { result.append(try labelled(body(series), series)) }
        return .list(result)
      case .number: throw Problem(text: "\(name) wants a metric", place: 0)
      }
    }
    func labelled(_ series: TimeSeries, _ source: TimeSeries) -> TimeSeries {
      var series = series
      series.label = source.label
      return series
    }
    switch name {
    case "METRICS":
      var prefix = ""
      if case .text(let text)? = arguments.first { prefix = text }
      return .list(
        values.metrics.filter { prefix.isEmpty || $0.contains(prefix) }
          .compactMap { values.series[$0] })
    case "SUM", "AVG", "MIN", "MAX": return try fold(name, try argument(0))
    case "ABS": return try combine(try argument(0), .number(0)) { value, _ in abs(value) }
    case "CEIL": return try combine(try argument(0), .number(0)) { value, _ in value.rounded(.up) }
    case "FLOOR":
      return try combine(try argument(0), .number(0)) { value, _ in value.rounded(.down) }
    case "PERIOD": return .number(Double(values.period))
    case "DATAPOINT_COUNT":
      guard case .series(let series) = try argument(0) else {
        return try each { constant(Double($0.values.count), values) }
      }
      return .number(Double(series.values.count))
    case "RATE": return try each { changes($0) { $0 / $1 } }
    case "DIFF": return try each { changes($0) { difference, _ in difference } }
    case "RUNNING_SUM":
      return try each { series in
        var result = TimeSeries()
        var sum = 0.0
        for point in series.points {
          sum += point.value
          result.values[point.at] = sum
        }
        return result
      }
    case "FILL":
      return try each { series throws(Problem) in try fill(series, arguments, values) }
    case "SERVICE_QUOTA":
      guard case .name(let id)? = arguments.first, let quota = values.quota(id) else {
        throw Problem(text: "SERVICE_QUOTA wants a metric of AWS/Usage", place: 0)
      }
      return .number(quota)
    case "IF":
      let no: MetricValue? = arguments.count > 2 ? try argument(2) : nil
      return try choose(try argument(0), try argument(1), no, values)
    default: throw Problem(text: "there is no function \(name)", place: 0)
    }
  }

  /// A series comes to a number, a list of them to a series.
  private static func fold(_ name: String, _ value: MetricValue) throws(Problem) -> MetricValue {
    func folded(_ numbers: [Double]) -> Double? {
      guard !numbers.isEmpty else { return nil }
      switch name {
      case "SUM": return numbers.reduce(0, +)
      case "AVG": return numbers.reduce(0, +) / Double(numbers.count)
      case "MIN": return numbers.min()
      default: return numbers.max()
      }
    }
    switch value {
    case .number: return value
    case .series(let series): return .number(folded(Array(series.values.values).sorted()) ?? .nan)
    case .list(let list):
      var numbers: [Instant: [Double]] = [:]
      for series in list {
        for (at, value) in series.values { numbers[at, default: []].append(value) }
      }
      var result = TimeSeries()
      for (at, values) in numbers { result.values[at] = folded(values) }
      return .series(result)
    }
  }

  /// What is made of the difference to the point before and of the seconds since.
  private static func changes(_ series: TimeSeries, _ body: (Double, Double) -> Double)
    -> TimeSeries
  {
    var result = TimeSeries()
    let points = series.points
    for (before, after) in zip(points, points.dropFirst()) {
      let seconds = Double((after.at - before.at).milliseconds) / 1000
      result.values[after.at] = body(after.value - before.value, seconds)
    }
    return result
  }

  private static func fill(_ series: TimeSeries, _ arguments: [Node], _ values: Values)
    throws(Problem) -> TimeSeries
  {
    guard arguments.count == 2 else {
      throw Problem(text: "FILL wants a metric and a value", place: 0)
    }
    var result = series
    if case .name("REPEAT") = arguments[1] {
      var last: Double?
      for time in values.times.sorted() {
        if let value = series.values[time] { last = value } else { result.values[time] = last }
      }
      return result
    }
    if case .name("LINEAR") = arguments[1] { return linear(series, values.times.sorted()) }
    guard case .number(let number) = try value(arguments[1], values) else {
      throw Problem(text: "FILL wants a number, REPEAT or LINEAR", place: 0)
    }
    for time in values.times where result.values[time] == nil { result.values[time] = number }
    return result
  }

  /// Gaps between two points filled as if the value went evenly from one to the other.
  private static func linear(_ series: TimeSeries, _ times: [Instant]) -> TimeSeries {
    var result = series
    let points = series.points
    for (before, after) in zip(points, points.dropFirst()) {
      let length = Double((after.at - before.at).milliseconds)
      for time in times where time > before.at && time < after.at {
        let part = Double((time - before.at).milliseconds) / length
        result.values[time] = before.value + (after.value - before.value) * part
      }
    }
    return result
  }

  private static func choose(
    _ condition: MetricValue, _ yes: MetricValue, _ no: MetricValue?, _ values: Values
  ) throws(Problem) -> MetricValue {
    func at(_ value: MetricValue?, _ time: Instant) -> Double? {
      switch value {
      case .number(let number)?: number
      case .series(let series)?: series.values[time]
      default: nil
      }
    }
    guard case .series(let conditions) = condition else {
      guard case .number(let number) = condition else {
        throw Problem(text: "IF wants one condition", place: 0)
      }
      return number != 0 ? yes : no ?? .series(TimeSeries())
    }
    var result = TimeSeries()
    for (time, value) in conditions.values {
      if let found = value != 0 ? at(yes, time) : at(no, time) { result.values[time] = found }
    }
    return .series(result)
  }
}

extension TimeSeries {
  func map(_ body: (Double) -> Double?) -> TimeSeries {
    var result = TimeSeries()
    result.label = label
    for (at, value) in values {
      if let found = body(value) { result.values[at] = found }
    }
    return result
  }
}

/// Reads an expression of metric math.
private struct MetricMathParser {
  private let text: [UInt8]
  private var place = 0
  private var depth = 0

  init(_ text: String) { self.text = Array(text.utf8) }

  private func problem(_ text: String) -> MetricMath.Problem {
    MetricMath.Problem(text: text, place: place)
  }

  private mutating func skip() { while place < text.count, text[place] <= 32 { place += 1 } }

  private mutating func take(_ sign: String) -> Bool {
    skip()
    guard text[place...].starts(with: sign.utf8) else { return false }
    place += sign.utf8.count
    return true
  }

  /// A word that is an operator, in either case.
  private mutating func take(word: String) -> Bool {
    skip()
    let start = place
    guard let found = name(), found.uppercased() == word else {
      place = start
      return false
    }
    return true
  }

  private mutating func name() -> String? {
    let start = place
    while place < text.count,
      (97...122).contains(text[place] | 32) || text[place] == UInt8(ascii: "_")
        || (place > start && (48...57).contains(text[place]))
    {
      place += 1
    }
    return place > start ? String(decoding: text[start..<place], as: UTF8.self) : nil
  }

  mutating func parse() throws(MetricMath.Problem) -> MetricMath.Node {
    let node = try either()
    skip()
    guard place == text.count else { throw problem("an operator expected") }
    return node
  }

  private mutating func either() throws(MetricMath.Problem) -> MetricMath.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth < 50 else { throw problem("parentheses go too deep") }
    var left = try both()
    while take("||") || take(word: "OR") {
      let right = try both()
      left = .operation("||", left, right)
    }
    return left
  }

  private mutating func both() throws(MetricMath.Problem) -> MetricMath.Node {
    var left = try comparison()
    while take("&&") || take(word: "AND") {
      let right = try comparison()
      left = .operation("&&", left, right)
    }
    return left
  }

  private mutating func comparison() throws(MetricMath.Problem) -> MetricMath.Node {
    let left = try sum()
    for sign in ["<=", ">=", "==", "!=", "<", ">"] where take(sign) {
      return .operation(sign, left, try sum())
    }
    return left
  }

  private mutating func sum() throws(MetricMath.Problem) -> MetricMath.Node {
    var left = try product()
    while true {
      if take("+") {
        let right = try product()
        left = .operation("+", left, right)
      } else if take("-") {
        let right = try product()
        left = .operation("-", left, right)
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(MetricMath.Problem) -> MetricMath.Node {
    var left = try power()
    while true {
      if take("*") {
        let right = try power()
        left = .operation("*", left, right)
      } else if take("/") {
        let right = try power()
        left = .operation("/", left, right)
      } else {
        return left
      }
    }
  }

  /// `-2 ^ 2` is minus 4, and `2 ^ 3 ^ 2` is 2 to the ninth.
  private mutating func power() throws(MetricMath.Problem) -> MetricMath.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth < 50 else { throw problem("too many signs") }
    if take("-") { return .negative(try power()) }
    let left = try factor()
    return take("^") ? .operation("^", left, try power()) : left
  }

  private mutating func factor() throws(MetricMath.Problem) -> MetricMath.Node {
    if take("(") {
      let inner = try either()
      guard take(")") else { throw problem(") expected") }
      return inner
    }
    if take("[") { return .list(try list(until: "]")) }
    skip()
    guard place < text.count else { throw problem("the expression ends too early") }
    if text[place] == UInt8(ascii: "\"") || text[place] == UInt8(ascii: "'") { return try string() }
    if (48...57).contains(text[place]) || text[place] == UInt8(ascii: ".") {
      let start = place
      while place < text.count, (48...57).contains(text[place]) || text[place] == UInt8(ascii: ".")
      {
        place += 1
      }
      guard let number = Double(String(decoding: text[start..<place], as: UTF8.self)) else {
        throw problem("a number expected")
      }
      return .number(number)
    }
    guard let name = name() else { throw problem("a metric, a number or a function expected") }
    guard take("(") else { return .name(name) }
    let function = name.uppercased()
    guard MetricMath.functions.contains(function) else {
      let near = NearNames.of(function, among: MetricMath.functions)
      throw problem(
        "there is no function \(name)" + (near.isEmpty ? "" : ", did you mean \(near[0])?"))
    }
    return .call(function, try list(until: ")"))
  }

  private mutating func list(until end: String) throws(MetricMath.Problem) -> [MetricMath.Node] {
    if take(end) { return [] }
    var nodes = [try either()]
    while take(",") { nodes.append(try either()) }
    guard take(end) else { throw problem("\(end) expected") }
    return nodes
  }

  private mutating func string() throws(MetricMath.Problem) -> MetricMath.Node {
    let quote = text[place]
    place += 1
    let start = place
    while place < text.count, text[place] != quote { place += 1 }
    guard place < text.count else { throw problem("a text does not end") }
    place += 1
    return .text(String(decoding: text[start..<(place - 1)], as: UTF8.self))
  }
}
