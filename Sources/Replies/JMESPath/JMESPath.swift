import Values

/// A query over JSON, as `--query` takes it.
/// Source: the JMESPath specification.
package struct JMESPath: Hashable, Sendable {
  package let expression: String
  let root: JMESPathNode

  package init(parsing expression: String) throws(JMESPathError) {
    self.expression = expression
    var parser = try JMESPathParser(expression)
    root = try parser.parse()
  }

  package func search(_ value: JSON) throws(JMESPathError) -> JSON {
    try JMESPathInterpreter().json(root, value)
  }
}

/// A value while a query runs: JSON, or an expression that a function will apply.
enum JMESPathValue {
  case json(JSON)
  case expression(JMESPathNode)

  var json: JSON {
    if case .json(let value) = self { value } else { .null }
  }
}

struct JMESPathInterpreter {
  func evaluate(_ node: JMESPathNode, _ value: JSON) throws(JMESPathError) -> JMESPathValue {
    if case .reference(let inner) = node { return .expression(inner) }
    return .json(try json(node, value))
  }

  func json(_ node: JMESPathNode, _ value: JSON) throws(JMESPathError) -> JSON {
    switch node {
    case .current: return value
    case .field(let name):
      return value.object?.members.first { $0.name.isSpelled(as: name) }?.value ?? .null
    case .index(let index):
      guard let elements = value.array else { return .null }
      let place = index < 0 ? elements.count + index : index
      return elements.indices.contains(place) ? elements[place] : .null
    case .slice(let start, let end, let step): return try slice(value, start, end, step)
    case .literal(let literal): return literal
    case .sub(let left, let right), .pipe(let left, let right):
      return try json(right, try json(left, value))
    case .project(let left, let right):
      guard let elements = try json(left, value).array else { return .null }
      return try project(elements, right)
    case .projectValues(let left, let right):
      guard let object = try json(left, value).object else { return .null }
      return try project(object.values, right)
    case .filter(let left, let right, let condition):
      guard let elements = try json(left, value).array else { return .null }
      var kept: [JSON] = []
      for element in elements where try isTruthy(condition, element) { kept.append(element) }
      return try project(kept, right)
    case .flatten(let inner):
      guard let elements = try json(inner, value).array else { return .null }
      return .array(elements.flatMap { $0.array ?? [$0] })
    case .or(let left, let right):
      let first = try json(left, value)
      return first.isTruthy ? first : try json(right, value)
    case .and(let left, let right):
      let first = try json(left, value)
      return first.isTruthy ? try json(right, value) : first
    case .not(let inner): return .bool(!(try isTruthy(inner, value)))
    case .compare(let kind, let left, let right):
      return try compare(kind, try json(left, value), try json(right, value))
    case .list(let nodes):
      if value == .null { return .null }
      var elements: [JSON] = []
      for node in nodes { elements.append(try json(node, value)) }
      return .array(elements)
    case .hash(let pairs):
      if value == .null { return .null }
      var members: [(String, JSON)] = []
      for pair in pairs { members.append((pair.name, try json(pair.value, value))) }
      return .object(JSONObject(members))
    case .call(let name, let arguments):
      var values: [JMESPathValue] = []
      for argument in arguments { values.append(try evaluate(argument, value)) }
      return try JMESPathFunction.call(name, values, self)
    case .reference:
      // Source: seen in AWS CLI: what only a function can use is no value that can be printed.
      throw JMESPathError(
        kind: .invalidValue, message: "Encountered unrecognized type in JSON encoder.")
    }
  }

  private func isTruthy(_ node: JMESPathNode, _ value: JSON) throws(JMESPathError) -> Bool {
    if case .reference = node { return true }
    return try json(node, value).isTruthy
  }

  private func project(_ elements: [JSON], _ right: JMESPathNode) throws(JMESPathError) -> JSON {
    var results: [JSON] = []
    for element in elements {
      let result = try json(right, element)
      if result != .null { results.append(result) }
    }
    return .array(results)
  }

  private func slice(_ value: JSON, _ start: Int?, _ end: Int?, _ step: Int?)
    throws(JMESPathError) -> JSON
  {
    guard let elements = value.array else { return .null }
    let step = step ?? 1
    if step == 0 {
      throw JMESPathError(kind: .invalidValue, message: "slice step cannot be zero")
    }
    let count = elements.count
    func clamp(_ index: Int) -> Int {
      let place = index < 0 ? count + index : index
      return step > 0 ? min(max(place, 0), count) : min(max(place, -1), count - 1)
    }
    let first = start.map(clamp) ?? (step > 0 ? 0 : count - 1)
    let last = end.map(clamp) ?? (step > 0 ? count : -1)
    return .array(stride(from: first, to: last, by: step).map { elements[$0] })
  }

  /// Numbers by value, and texts by their code points: the specification leaves those out, the client's
  /// library has them, because so many queries compare times.
  /// Source: jmespath.py, comparators; a number and a text fail as in Python.
  private func compare(_ kind: JMESPathNode.Comparison, _ left: JSON, _ right: JSON)
    throws(JMESPathError) -> JSON
  {
    switch kind {
    case .equal: return .bool(left.isSame(as: right))
    case .notEqual: return .bool(!left.isSame(as: right))
    default: break
    }
    if left.number != nil, right.number != nil {
      switch kind {
      case .less: return .bool(left.isLess(than: right))
      case .lessOrEqual: return .bool(!right.isLess(than: left))
      case .greater: return .bool(right.isLess(than: left))
      case .greaterOrEqual: return .bool(!left.isLess(than: right))
      case .equal, .notEqual: return .null
      }
    }
    guard left.number != nil || left.string != nil, right.number != nil || right.string != nil
    else { return .null }
    guard let first = left.string?.unicodeScalars, let second = right.string?.unicodeScalars else {
      throw JMESPathError(
        kind: .invalidType,
        message: "'\(kind.rawValue)' not supported between instances of '\(left.pythonClass)' and "
          + "'\(right.pythonClass)'")
    }
    switch kind {
    case .less: return .bool(first.lexicographicallyPrecedes(second))
    case .lessOrEqual: return .bool(!second.lexicographicallyPrecedes(first))
    case .greater: return .bool(second.lexicographicallyPrecedes(first))
    case .greaterOrEqual: return .bool(!first.lexicographicallyPrecedes(second))
    case .equal, .notEqual: return .null
    }
  }
}

extension JSON {
  var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  /// False, null, and what is empty are not true.
  var isTruthy: Bool {
    switch self {
    case .null: false
    case .bool(let flag): flag
    case .string(let text): !text.isEmpty
    case .array(let elements): !elements.isEmpty
    case .object(let object): !object.isEmpty
    case .integer, .double: true
    }
  }

  /// Of two numbers, which is smaller, to the last digit of integers: a `Double` has 53 bits of them.
  func isLess(than other: JSON) -> Bool {
    switch (self, other) {
    case (.integer(let left), .integer(let right)): return left < right
    case (.integer(let left), .double(let right)):
      // Rounding up to a whole number keeps what is below it below.
      guard let whole = Int(exactly: right.rounded(.up)) else { return right > 0 }
      return left < whole
    case (.double(let left), .integer(let right)):
      guard let whole = Int(exactly: left.rounded(.down)) else { return left < 0 }
      return whole < right
    default:
      guard let left = number, let right = other.number else { return false }
      return left < right
    }
  }

  /// Equal as JSON: numbers by value, texts by their code points, objects without regard to order.
  func isSame(as other: JSON) -> Bool {
    switch (self, other) {
    case (.integer(let left), .double(let right)), (.double(let right), .integer(let left)):
      return Int(exactly: right) == left
    case (.string(let left), .string(let right)): return left.isSpelled(as: right)
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    case (.object(let left), .object(let right)):
      return left.count == right.count
        && left.members.allSatisfy { member in
          right.members.contains {
            $0.name.isSpelled(as: member.name) && member.value.isSame(as: $0.value)
          }
        }
    default: return self == other
    }
  }
}
