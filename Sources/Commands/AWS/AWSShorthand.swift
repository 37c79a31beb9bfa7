import API
import Values

/// The CLI's shorthand: `Key=a,Value=b`, `k1=v1,k2=v2`, nested `a={b=c}`, lists `a=[x,y]` and
/// `a=x,y`, and `a@=file://name` for a value out of a file.
///
/// The grammar is the client's, oddities included: a second comma in a row is passed over, a comma
/// at the end is not, and what stands in front of `=` decides where a list without brackets ends.
enum AWSShorthand {
  /// What could not be read; the texts stand behind `Error parsing parameter '…':`.
  enum Failure: Error {
    case syntax(String)
    case file(AWSUsageError)
  }

  /// `resolve` gives the text behind `file://` and `fileb://`, and any other text as it is.
  static func parse(
    _ text: String, resolve: (String) throws(AWSUsageError) -> String
  ) throws(Failure) -> JSON {
    try withoutActuallyEscaping(resolve) { (resolve) throws(Failure) -> JSON in
      var parser = ShorthandParser(text, resolve)
      do throws(ShorthandParser.Stop) {
        return try parser.parameter()
      } catch {
        switch error {
        case .expected(let wanted, let received, let place):
          throw .syntax(parser.problem(wanted, received, at: place))
        case .twice(let name, let place): throw .syntax(parser.problem(secondOf: name, at: place))
        case .file(let error): throw .file(error)
        }
      }
    }
  }

  /// Gives the strings of shorthand the types of the model.
  /// Fails when a number of the model is no number.
  static func shaped(_ value: JSON, _ shape: Shape) throws(AWSUsageError) -> JSON {
    switch (shape.kind, value) {
    case (.structure, .object(let object)):
      var result = JSONObject()
      for member in object.members {
        if let inner = shape.member(member.name)?.shape {
          result[member.name] = try shaped(member.value, inner)
        } else {
          result[member.name] = member.value
        }
      }
      return .object(result)
    case (.map, .object(let object)):
      guard let inner = shape.value else { return value }
      var members = object.members
      for place in members.indices {
        members[place].value = try shaped(members[place].value, inner)
      }
      return .object(JSONObject(distinct: members))
    case (.list, .array(let elements)):
      guard let inner = shape.element else { return value }
      var result: [JSON] = []
      for element in elements { result.append(try shaped(element, inner)) }
      return .array(result)
    case (.list, .string), (.list, .object):
      return .array([
        try shape.element.map { (inner) throws(AWSUsageError) in
          try shaped(value, inner)
        } ?? value
      ])
    case (.integer, .array), (.long, .array), (.integer, .object), (.long, .object):
      throw .client(
        "int() argument must be a string, a bytes-like object or a real number, not "
          + "'\(value.pythonType)'", .badParameters)
    case (.double, .array), (.double, .object):
      throw .client(
        "float() argument must be a string or a real number, not '\(value.pythonType)'",
        .badParameters)
    case (.integer, .string(let text)), (.long, .string(let text)):
      return .integer(try AWSNumber.integer(text))
    case (.double, .string(let text)): return .double(try AWSNumber.double(text))
    case (.boolean, .string(let text)):
      switch text.lowercased() {
      case "true": return true
      case "false": return false
      default: return value
      }
    default: return value
    }
  }
}

private struct ShorthandParser {
  /// What stopped the reading. Its text is made when it is said: most of them only end a list.
  enum Stop: Error {
    case expected(String, received: String, place: Int)
    case twice(String, place: Int)
    case file(AWSUsageError)
  }

  private let scalars: [Unicode.Scalar]
  private let resolve: (String) throws(AWSUsageError) -> String
  private var place = 0
  private var depth = 0
  /// Whether the value being read stands behind `@=`.
  private var isFromFile = false

  private static let deepest = 32

  init(_ text: String, _ resolve: @escaping (String) throws(AWSUsageError) -> String) {
    scalars = Array(text.unicodeScalars)
    self.resolve = resolve
  }

  private var current: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  /// `key=value,key=value`, the whole input.
  mutating func parameter() throws(Stop) -> JSON {
    let (name, value) = try pair()
    var members = [JSONObject.Member(name: name, value: value)]
    var names: Set<String> = [name]
    while current != nil {
      let comma = place
      try expect(",", skipsBlanks: true)
      let (name, value) = try pair()
      guard names.insert(name).inserted else { throw .twice(name, place: comma + 1) }
      members.append(JSONObject.Member(name: name, value: value))
    }
    return .object(JSONObject(distinct: members))
  }

  private mutating func pair() throws(Stop) -> (String, JSON) {
    let name = try assignedKey()
    switch current {
    case nil: return (name, "")
    case "[": return (name, try bracketed())
    case "{": return (name, try braced())
    default: return (name, try commaSeparated())
    }
  }

  /// A key with the `=` or `@=` behind it.
  private mutating func assignedKey() throws(Stop) -> String {
    let start = place
    while let scalar = current, Self.isOfKey(scalar) { place += 1 }
    let name = text(start..<place)
    skipBlanks()
    isFromFile = current == "@"
    if isFromFile { place += 1 }
    try expect("=", skipsBlanks: true)
    return name
  }

  /// One value, or a list without brackets, which ends in front of the next `key=`.
  private mutating func commaSeparated() throws(Stop) -> JSON {
    let first = JSON.string(try firstValue())
    var values = [first]
    skipBlanks()
    guard current == "," else { return first }
    try expect(",", skipsBlanks: true)
    while true {
      do throws(Stop) {
        let next = JSON.string(try secondValue())
        skipBlanks()
        guard current != nil else { return .array(values + [next]) }
        try expect(",", skipsBlanks: true)
        values.append(next)
      } catch {
        guard case .expected = error, current != nil else { throw error }
        while place > 0, scalars[place] != "," { place -= 1 }
        break
      }
    }
    return values.count == 1 ? first : .array(values)
  }

  private mutating func bracketed() throws(Stop) -> JSON {
    try descend("]")
    defer { depth -= 1 }
    try expect("[", skipsBlanks: true)
    var elements: [JSON] = []
    while current != "]" {
      elements.append(try inner())
      try separate(before: "]")
    }
    place += 1
    return .array(elements)
  }

  private mutating func braced() throws(Stop) -> JSON {
    try descend("}")
    defer { depth -= 1 }
    try expect("{", skipsBlanks: true)
    var object = JSONObject()
    while current != "}" {
      let name = try assignedKey()
      object[name] = try inner()
      try separate(before: "}")
    }
    place += 1
    return .object(object)
  }

  private mutating func inner() throws(Stop) -> JSON {
    switch current {
    case "[": try bracketed()
    case "{": try braced()
    default: .string(try firstValue())
    }
  }

  private mutating func separate(before end: Unicode.Scalar) throws(Stop) {
    skipBlanks()
    guard current != end else { return }
    try expect(",")
    skipBlanks()
  }

  private mutating func descend(_ end: Unicode.Scalar) throws(Stop) {
    depth += 1
    guard depth <= Self.deepest else { throw expected(String(end)) }
  }

  // MARK: Values

  private mutating func firstValue() throws(Stop) -> String {
    if current == "'" || current == "\"" { return try quoted() }
    return try resolved(plain(Self.follows) ?? "")
  }

  private mutating func secondValue() throws(Stop) -> String {
    if current == "'" || current == "\"" { return try quoted() }
    guard let value = plain(Self.followsInList) else {
      throw .expected("<second>", received: "<none>", place: place)
    }
    return try resolved(value)
  }

  /// An unquoted value without the blanks behind it; nothing when none begins here.
  private mutating func plain(_ follows: (Unicode.Scalar) -> Bool) -> String? {
    let start = place
    guard let head = current, Self.starts(head) else { return nil }
    var value = String.UnicodeScalarView()
    while let scalar = current {
      if scalar == "\\", place + 1 < scalars.count, scalars[place + 1] == "," {
        value.append(",")
        place += 2
      } else if place == start || follows(scalar) {
        value.append(scalar)
        place += 1
      } else {
        break
      }
    }
    while let last = value.last, last.properties.isWhitespace { value.removeLast() }
    return String(value)
  }

  /// A quoted value. A backslash keeps a quote from ending it, unless no other quote ends it.
  private mutating func quoted() throws(Stop) -> String {
    guard let quote = current else { return "" }
    var end: Int?
    var ahead = place + 1
    while ahead < scalars.count {
      if scalars[ahead] == quote {
        end = ahead
        if scalars[ahead - 1] != "\\" || ahead - 1 == place { break }
      }
      ahead += 1
    }
    guard let end else {
      throw .expected(
        quote == "'" ? "<singled quoted>" : "<double quoted>", received: "<none>", place: place)
    }
    let body = text(place + 1..<end)
    place = end + 1
    let value = body.replacing("\\\(quote)", with: String(quote)).replacing("\\\\", with: "\\")
    return try resolved(value)
  }

  private func resolved(_ value: String) throws(Stop) -> String {
    guard isFromFile else { return value }
    do {
      return try resolve(value)
    } catch {
      throw .file(error)
    }
  }

  // MARK: Characters

  private static func isOfKey(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "#", "/", ":": true
    default: false
    }
  }

  private static func isOfValue(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\"", "'", ",": false
    case "!"..."\u{FFFF}": true
    default: false
    }
  }

  private static func starts(_ scalar: Unicode.Scalar) -> Bool {
    isOfValue(scalar) && scalar != "=" && scalar != "[" && scalar != "{"
  }

  private static let follows: @Sendable (Unicode.Scalar) -> Bool = { scalar in
    scalar.properties.isWhitespace || isOfValue(scalar) && scalar != "]" && scalar != "}"
  }

  private static let followsInList: @Sendable (Unicode.Scalar) -> Bool = { scalar in
    scalar.properties.isWhitespace || isOfValue(scalar) && scalar != "="
  }

  private mutating func expect(_ scalar: Unicode.Scalar, skipsBlanks: Bool = false)
    throws(Stop)
  {
    if skipsBlanks { skipBlanks() }
    guard current == scalar else { throw expected(String(scalar)) }
    place += 1
    if skipsBlanks { skipBlanks() }
  }

  private mutating func skipBlanks() {
    while let scalar = current, scalar == " " || ("\t"..."\r").contains(scalar) { place += 1 }
  }

  private func text(_ range: Range<Int>) -> String {
    String(String.UnicodeScalarView(scalars[range]))
  }

  // MARK: Failures

  private func expected(_ wanted: String) -> Stop {
    .expected(wanted, received: current.map { String($0) } ?? "EOF", place: place)
  }

  func problem(_ wanted: String, _ received: String, at place: Int) -> String {
    "Expected: '\(wanted)', received: '\(received)' for input:\n\(location(place))"
  }

  func problem(secondOf name: String, at place: Int) -> String {
    "Second instance of key \"\(name)\" encountered for input:\n\(location(place))\n"
      + "This is often because there is a preceding \",\" instead of a space."
  }

  /// The input with a caret under one of its characters.
  private func location(_ place: Int) -> String {
    let start = scalars[..<place].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    let end = scalars[place...].firstIndex(of: "\n") ?? scalars.count
    return text(0..<end) + "\n" + String(repeating: " ", count: place - start) + "^"
      + text(end..<scalars.count)
  }
}
