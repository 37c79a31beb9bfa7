import Values

/// The built-in functions, one row each.
struct JMESPathFunction: Sendable {
  /// What an argument may be, in Python's words, which the messages use.
  enum Kind: String, Sendable {
    case any, number, string, boolean, array, object, null
    case arrayOfNumbers = "array-number"
    case arrayOfStrings = "array-string"
    case expression = "expref"
  }

  var name: String
  /// For each argument the kinds that it may have; none means any.
  var signature: [[Kind]]
  var isVariadic = false
  var apply:
    @Sendable (_ arguments: [JMESPathValue], _ interpreter: JMESPathInterpreter)
      throws(JMESPathError) -> JSON

  static func call(
    _ name: String, _ arguments: [JMESPathValue], _ interpreter: JMESPathInterpreter
  ) throws(JMESPathError) -> JSON {
    guard let function = table.first(where: { $0.name == name }) else {
      throw JMESPathError(kind: .unknownFunction, message: "Unknown function: \(name)()")
    }
    try function.check(arguments)
    return try function.apply(arguments, interpreter)
  }

  private func check(_ arguments: [JMESPathValue]) throws(JMESPathError) {
    let wanted = signature.count
    if isVariadic ? arguments.count < wanted : arguments.count != wanted {
      let least = isVariadic ? "at least " : ""
      throw JMESPathError(
        kind: .invalidArity,
        message:
          "Expected \(least)\(wanted) \(wanted == 1 ? "argument" : "arguments") for function "
          + "\(name)(), received \(arguments.count)")
    }
    // As in the client, what comes behind the named arguments nobody checks.
    for (argument, kinds) in zip(arguments, signature) {
      guard kinds.isEmpty || kinds.contains(where: { argument.fits($0) }) else {
        // Of a list it is an element that does not fit, and it goes by the name of its class.
        if let wrong = Self.misfit(in: argument.json.array ?? [], kinds) {
          throw Self.invalid(name, wrong.pythonText, kinds, wrong.pythonClass)
        }
        throw Self.invalid(name, argument.python, kinds, argument.kind)
      }
    }
  }

  private static func invalid(
    _ name: String, _ value: String, _ kinds: [Kind], _ received: String
  ) -> JMESPathError {
    JMESPathError(
      kind: .invalidType,
      message: "In function \(name)(), invalid type for value: \(value), expected one of: ["
        + kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        + "], received: \"\(received)\"")
  }

  /// The first element of a list that has not the type of the list's kind.
  private static func misfit(in elements: [JSON], _ kinds: [Kind]) -> JSON? {
    var takesNumbers = kinds.contains(.arrayOfNumbers)
    var takesStrings = kinds.contains(.arrayOfStrings)
    guard takesNumbers || takesStrings else { return nil }
    if takesNumbers, takesStrings, let first = elements.first {
      takesNumbers = first.number != nil
      takesStrings = first.string != nil
    }
    return elements.first { element in
      let fits = (element.number != nil && takesNumbers) || (element.string != nil && takesStrings)
      return !fits
    }
  }

  static let table: [JMESPathFunction] = [
    .init(name: "abs", signature: [[.number]]) { arguments, _ in
      switch arguments[0].json {
      case .integer(Int.min): .double(-Double(Int.min))
      case .integer(let number): .integer(abs(number))
      case .double(let number): .double(abs(number))
      default: .null
      }
    },
    .init(name: "avg", signature: [[.arrayOfNumbers]]) { arguments, _ in
      let numbers = arguments[0].elements
      guard !numbers.isEmpty, let sum = JSON.sum(of: numbers).number else { return .null }
      return .double(sum / Double(numbers.count))
    },
    .init(name: "ceil", signature: [[.number]]) { arguments, _ in
      arguments[0].json.whole(.up)
    },
    .init(name: "contains", signature: [[.array, .string], []]) {
      (arguments, _) throws(JMESPathError) in
      if case .string(let text) = arguments[0].json {
        guard let part = arguments[1].json.string else {
          // Source: seen in AWS CLI, whose library leaves the question to Python.
          throw JMESPathError(
            kind: .invalidType,
            message: "'in <string>' requires string as left operand, not "
              + arguments[1].pythonClass)
        }
        return .bool(part.isEmpty || Array(text.utf8).firstRange(of: Array(part.utf8)) != nil)
      }
      return .bool(arguments[0].elements.contains { $0.isSame(as: arguments[1].json) })
    },
    .init(name: "ends_with", signature: [[.string], [.string]]) { arguments, _ in
      .bool(arguments[0].text.utf8.reversed().starts(with: arguments[1].text.utf8.reversed()))
    },
    .init(name: "floor", signature: [[.number]]) { arguments, _ in
      arguments[0].json.whole(.down)
    },
    .init(name: "join", signature: [[.string], [.arrayOfStrings]]) { arguments, _ in
      .string(arguments[1].elements.compactMap(\.string).joined(separator: arguments[0].text))
    },
    .init(name: "keys", signature: [[.object]]) { arguments, _ in
      .array((arguments[0].json.object?.names ?? []).map { .string($0) })
    },
    .init(name: "length", signature: [[.string, .array, .object]]) { arguments, _ in
      switch arguments[0].json {
      case .string(let text): .integer(text.unicodeScalars.count)
      case .object(let object): .integer(object.count)
      default: .integer(arguments[0].elements.count)
      }
    },
    .init(name: "map", signature: [[.expression], [.array]]) {
      (arguments, interpreter) throws(JMESPathError) in
      var results: [JSON] = []
      for element in arguments[1].elements {
        results.append(try arguments[0].apply(to: element, interpreter))
      }
      return .array(results)
    },
    .init(name: "max", signature: [[.arrayOfNumbers, .arrayOfStrings]]) { arguments, _ in
      arguments[0].elements.max { $0.precedes($1) } ?? .null
    },
    .init(name: "max_by", signature: [[.array], [.expression]]) {
      (arguments, interpreter) throws(JMESPathError) in
      try outermost(arguments, interpreter, "max_by", by: ">") { $1.precedes($0) }
    },
    .init(name: "merge", signature: [[.object]], isVariadic: true) {
      (arguments, _) throws(JMESPathError) in
      var merged = JSONObject()
      for argument in arguments { try argument.add(to: &merged) }
      return .object(merged)
    },
    .init(name: "min", signature: [[.arrayOfNumbers, .arrayOfStrings]]) { arguments, _ in
      arguments[0].elements.min { $0.precedes($1) } ?? .null
    },
    .init(name: "min_by", signature: [[.array], [.expression]]) {
      (arguments, interpreter) throws(JMESPathError) in
      try outermost(arguments, interpreter, "min_by", by: "<") { $0.precedes($1) }
    },
    .init(name: "not_null", signature: [[]], isVariadic: true) { arguments, _ in
      arguments.first { $0.json != .null }?.json ?? .null
    },
    .init(name: "reverse", signature: [[.array, .string]]) { arguments, _ in
      if case .string(let text) = arguments[0].json {
        return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
      }
      return .array(arguments[0].elements.reversed())
    },
    .init(name: "sort", signature: [[.arrayOfStrings, .arrayOfNumbers]]) { arguments, _ in
      .array(arguments[0].elements.stablySorted { $0 })
    },
    .init(name: "sort_by", signature: [[.array], [.expression]]) {
      (arguments, interpreter) throws(JMESPathError) in
      .array(try keyed(arguments, interpreter).stablySorted { $0.key }.map(\.value))
    },
    .init(name: "starts_with", signature: [[.string], [.string]]) { arguments, _ in
      .bool(arguments[0].text.utf8.starts(with: arguments[1].text.utf8))
    },
    .init(name: "sum", signature: [[.arrayOfNumbers]]) { arguments, _ in
      .sum(of: arguments[0].elements)
    },
    .init(name: "to_array", signature: [[]]) { arguments, _ in
      arguments[0].json.array == nil ? .array([arguments[0].json]) : arguments[0].json
    },
    .init(name: "to_number", signature: [[]]) { arguments, _ in
      switch arguments[0].json {
      case .string(let text): return number(text)
      case .integer, .double: return arguments[0].json
      default: return .null
      }
    },
    .init(name: "to_string", signature: [[]]) { arguments, _ in
      arguments[0].json.string == nil ? .string(arguments[0].json.inASCII) : arguments[0].json
    },
    .init(name: "type", signature: [[]]) { arguments, _ in .string(arguments[0].kind) },
    .init(name: "values", signature: [[.object]]) { arguments, _ in
      .array(arguments[0].json.object?.values ?? [])
    },
  ]

  /// A number as Python reads it, `1_000` and blanks around it included; what is none in JSON, such as an
  /// infinity, is null.
  private static func number(_ text: String) -> JSON {
    var digits = Substring(text)
    while digits.first?.isWhitespace == true { digits.removeFirst() }
    while digits.last?.isWhitespace == true { digits.removeLast() }
    var plain = ""
    var before: Character?
    for (character, after) in zip(digits, digits.dropFirst().map { $0 as Character? } + [nil]) {
      if character == "_" {
        // It stands between two digits.
        guard isDigit(before), isDigit(after) else { return .null }
      } else {
        guard isDigit(character) || "+-.eE".contains(character) else { return .null }
        plain.append(character)
      }
      before = character
    }
    if let number = Int(plain) { return .integer(number) }
    guard let number = Double(plain), number.isFinite else { return .null }
    return .double(number)
  }

  private static func isDigit(_ character: Character?) -> Bool {
    guard let byte = character?.asciiValue else { return false }
    return (48...57).contains(byte)
  }

  /// The element with the greatest or the smallest value of an expression, the first of several.
  ///
  /// Number and string in one list fail as in Python, at the first comparison that meets both.
  private static func outermost(
    _ arguments: [JMESPathValue], _ interpreter: JMESPathInterpreter, _ name: String,
    by sign: String, _ goesFirst: (JSON, JSON) -> Bool
  ) throws(JMESPathError) -> JSON {
    let wanted: [Kind] = [.number, .string]
    var best: (key: JSON, value: JSON)?
    for element in arguments[0].elements {
      let key = try arguments[1].apply(to: element, interpreter)
      let value = JMESPathValue.json(key)
      guard wanted.contains(where: { value.fits($0) }) else {
        throw invalid(name, value.python, wanted, value.kind)
      }
      guard let found = best else {
        best = (key, element)
        continue
      }
      guard (key.string == nil) == (found.key.string == nil) else {
        throw JMESPathError(
          kind: .invalidType,
          message: "'\(sign)' not supported between instances of '\(key.pythonClass)' and "
            + "'\(found.key.pythonClass)'")
      }
      if goesFirst(key, found.key) { best = (key, element) }
    }
    return best?.value ?? .null
  }

  /// The elements with the value of an expression for each, which must be all numbers or all strings.
  private static func keyed(_ arguments: [JMESPathValue], _ interpreter: JMESPathInterpreter)
    throws(JMESPathError) -> [(key: JSON, value: JSON)]
  {
    var keyed: [(key: JSON, value: JSON)] = []
    var wanted: [Kind] = [.string, .number]
    for element in arguments[0].elements {
      let key = try arguments[1].apply(to: element, interpreter)
      let value = JMESPathValue.json(key)
      guard wanted.contains(where: { value.fits($0) }) else {
        // About the first element it complains as a whole.
        let shown = keyed.isEmpty ? JMESPathValue.json(element) : value
        throw invalid("sort_by", shown.python, wanted, value.kind)
      }
      wanted = key.string == nil ? [.number] : [.string]
      keyed.append((key, element))
    }
    return keyed
  }
}

extension JMESPathValue {
  fileprivate var elements: [JSON] { json.array ?? [] }
  fileprivate var text: String { json.string ?? "" }

  fileprivate func apply(to value: JSON, _ interpreter: JMESPathInterpreter) throws(JMESPathError)
    -> JSON
  {
    guard case .expression(let node) = self else { return .null }
    return try interpreter.json(node, value)
  }

  fileprivate var kind: String {
    guard case .json(let value) = self else { return "expref" }
    switch value {
    case .null: return "null"
    case .bool: return "boolean"
    case .integer, .double: return "number"
    case .string: return "string"
    case .array: return "array"
    case .object: return "object"
    }
  }

  fileprivate func fits(_ wanted: JMESPathFunction.Kind) -> Bool {
    switch wanted {
    case .any: true
    case .arrayOfNumbers: json.array?.allSatisfy { $0.number != nil } ?? false
    case .arrayOfStrings: json.array?.allSatisfy { $0.string != nil } ?? false
    default: kind == wanted.rawValue
    }
  }

  /// As Python prints it.
  fileprivate var python: String {
    switch self {
    case .expression: "<expression>"
    case .json(let value): value.pythonText
    }
  }

  fileprivate var pythonClass: String {
    switch self {
    case .expression: "_Expression"
    case .json(let value): value.pythonClass
    }
  }

  /// Adds the members, as Python updates a map: from another one, or from a list of pairs.
  fileprivate func add(to merged: inout JSONObject) throws(JMESPathError) {
    func failure(_ message: String) -> JMESPathError {
      JMESPathError(kind: .invalidType, message: message)
    }
    func wrongLength(_ place: Int, _ length: Int) -> JMESPathError {
      failure(
        "dictionary update sequence element #\(place) has length \(length); 2 is required")
    }
    switch self {
    case .json(.object(let object)):
      for member in object.members { merged[member.name] = member.value }
    case .json(.array(let pairs)):
      for (place, pair) in pairs.enumerated() {
        let parts: [JSON]
        switch pair {
        case .array(let elements): parts = elements
        case .object(let object): parts = object.names.map { .string($0) }
        case .string(let text): parts = text.unicodeScalars.map { .string(String($0)) }
        default:
          throw failure("cannot convert dictionary update sequence element #\(place) to a sequence")
        }
        guard parts.count == 2 else { throw wrongLength(place, parts.count) }
        guard parts[0].isScalar else {
          throw failure("unhashable type: '\(parts[0].pythonClass)'")
        }
        merged[parts[0].string ?? parts[0].line] = parts[1]
      }
    case .json(.string(let text)):
      if !text.isEmpty { throw wrongLength(0, 1) }
    default: throw failure("'\(pythonClass)' object is not iterable")
    }
  }
}

extension JSON {
  /// As Python adds: integers stay integers until a fraction comes to them.
  static func sum(of numbers: [JSON]) -> JSON {
    var sum = JSON.integer(0)
    for number in numbers {
      if case .integer(let left) = sum, case .integer(let right) = number {
        let (whole, isTooLarge) = left.addingReportingOverflow(right)
        sum = isTooLarge ? .double(Double(left) + Double(right)) : .integer(whole)
      } else {
        sum = .double((sum.number ?? 0) + (number.number ?? 0))
      }
    }
    return sum
  }

  /// A number as an integer.
  fileprivate func whole(_ rule: FloatingPointRoundingRule) -> JSON {
    guard case .double(let number) = self else { return self }
    let rounded = number.rounded(rule)
    return Int(exactly: rounded).map { .integer($0) } ?? .double(rounded)
  }

  /// Numbers by value, strings by their code points.
  fileprivate func precedes(_ other: JSON) -> Bool {
    if number != nil, other.number != nil { return isLess(than: other) }
    return (string ?? "").unicodeScalars.lexicographicallyPrecedes(
      (other.string ?? "").unicodeScalars)
  }

  /// Without blanks and in ASCII, as `to_string` writes it.
  fileprivate var inASCII: String {
    var text = ""
    // What is not ASCII stands between quotes only.
    for scalar in compact.unicodeScalars {
      if scalar.isASCII, scalar != "\u{7F}" {
        text.unicodeScalars.append(scalar)
      } else {
        for unit in String(scalar).utf16 {
          text += "\\u" + Hex.text([UInt8(unit >> 8), UInt8(unit & 0xFF)])
        }
      }
    }
    return text
  }
}

extension Array {
  fileprivate func stablySorted(by key: (Element) -> JSON) -> [Element] {
    enumerated().sorted { left, right in
      let first = key(left.element)
      let second = key(right.element)
      if first.precedes(second) { return true }
      return !second.precedes(first) && left.offset < right.offset
    }.map(\.element)
  }
}
