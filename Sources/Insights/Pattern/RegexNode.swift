/// A part of a regular expression.
indirect enum RegexNode: Hashable, Sendable {
  case empty
  case set(ScalarSet)
  case anchor(RegexAnchor)
  case sequence([RegexNode])
  case choice([RegexNode])
  case repeated(RegexNode, least: Int, most: Int?, isLazy: Bool)
  /// A group that is remembered, by its number from 1.
  case group(RegexNode, Int)
}

enum RegexAnchor: Hashable, Sendable {
  case textStart, textEnd, lineStart, lineEnd, wordEdge, notWordEdge
}

/// What is wrong with a regular expression, and where within it (in UTF-8).
struct RegexProblem: Error, Hashable, Sendable {
  var problem: String
  var start: Int
  var end: Int
  var advice: String?
}

/// Reads a regular expression as Hyperscan spells it.
///
/// What would need more than one pass over the text (references back, looking around) neither Insights
/// nor this has. Source: CloudWatch Logs Insights, regular expressions; Hyperscan, pattern support.
struct RegexParser {
  private struct Flags {
    var ignoresCase = false
    var dotTakesNewline = false
    var anchorsTakeLines = false
  }

  private let scalars: [Unicode.Scalar]
  /// The UTF-8 offset of each scalar, and of the end.
  private let offsets: [Int]
  private var place = 0
  private var depth = 0
  private(set) var names: [String?] = []
  private var flags = Flags()

  init(_ pattern: String) {
    scalars = Array(pattern.unicodeScalars)
    var offset = 0
    offsets = scalars.reduce(into: [0]) { list, scalar in
      offset += UTF8.width(scalar)
      list.append(offset)
    }
  }

  mutating func parse() throws(RegexProblem) -> RegexNode {
    let node = try choice()
    if place < scalars.count { throw problem("this ) closes nothing", from: place) }
    return node
  }

  private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    place += 1
    return true
  }

  private mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[place...].starts(with: wanted) else { return false }
    place += wanted.count
    return true
  }

  private func problem(_ text: String, from start: Int, advice: String? = nil) -> RegexProblem {
    let end = min(max(start + 1, place), scalars.count)
    return RegexProblem(
      problem: text, start: offsets[min(start, scalars.count)], end: offsets[end], advice: advice)
  }

  private mutating func choice() throws(RegexProblem) -> RegexNode {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { throw problem("groups within groups go too deep", from: place) }
    let before = flags
    defer { flags = before }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(RegexProblem) -> RegexNode {
    var nodes: [RegexNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      let node = try atom()
      nodes.append(try quantified(node))
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  private mutating func quantified(_ node: RegexNode) throws(RegexProblem) -> RegexNode {
    var node = node
    while let bounds = try bounds() {
      let isLazy = take("?")
      if next == "+" {
        throw problem(
          "Insights has no possessive repetition", from: place, advice: "leave out the +")
      }
      node = .repeated(node, least: bounds.least, most: bounds.most, isLazy: isLazy)
    }
    return node
  }

  private mutating func bounds() throws(RegexProblem) -> (least: Int, most: Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    let start = place
    guard take("{") else { return nil }
    // A brace that begins no repetition stands for itself.
    guard let least = number() else {
      place = start
      return nil
    }
    var most: Int? = least
    if take(",") { most = number() }
    guard take("}") else {
      place = start
      return nil
    }
    if let most, most < least {
      throw problem("the larger number comes first", from: start, advice: "{\(most),\(least)}")
    }
    guard max(least, most ?? 0) <= 1000 else {
      throw problem("more than 1000 repetitions", from: start)
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let start = place
    while let scalar = next, scalar.value >= 48, scalar.value <= 57, place - start < 6 {
      place += 1
    }
    return Int(String(String.UnicodeScalarView(scalars[start..<place])))
  }

  private mutating func atom() throws(RegexProblem) -> RegexNode {
    let start = place
    guard let scalar = next else { return .empty }
    place += 1
    switch scalar {
    case ".": return .set(flags.dotTakesNewline ? .anything : .notNewline)
    case "^": return .anchor(flags.anchorsTakeLines ? .lineStart : .textStart)
    case "$": return .anchor(flags.anchorsTakeLines ? .lineEnd : .textEnd)
    case "(": return try group(from: start)
    case "[": return .set(try set(from: start))
    case "*", "+", "?":
      throw problem(
        "nothing stands before \(scalar) to be repeated", from: start, advice: "\\\(scalar)")
    case "\\": return try escape(from: start)
    default: return .set(ScalarSet(scalar, ignoringCase: flags.ignoresCase))
    }
  }

  // MARK: Groups

  private mutating func group(from start: Int) throws(RegexProblem) -> RegexNode {
    guard take("?") else {
      names.append(nil)
      return try closed(number: names.count, from: start)
    }
    if take(":") { return try closed(number: nil, from: start) }
    for (text, name) in [
      ("=", "look-ahead"), ("!", "look-ahead"), ("<=", "look-behind"), ("<!", "look-behind"),
      (">", "atomic group"),
    ] where take(text) {
      throw problem("Insights has no \(name)", from: start, advice: "two filters, or parse")
    }
    if take("P<") || take("<") {
      let nameStart = place
      while let scalar = next, scalar != ">", scalar != ")" {
        place += 1
        _ = scalar
      }
      let name = String(String.UnicodeScalarView(scalars[nameStart..<place]))
      guard take(">"), !name.isEmpty,
        name.unicodeScalars.allSatisfy({
          $0 == "_" || $0.properties.isAlphabetic || (48...57).contains($0.value)
        })
      else {
        throw problem(
          "a group's name is letters and digits, then >", from: start, advice: "(?<name>…)")
      }
      guard !names.contains(name) else {
        throw problem("two groups are called \(name)", from: start)
      }
      names.append(name)
      return try closed(number: names.count, from: start)
    }
    return try flagGroup(from: start)
  }

  private mutating func closed(number: Int?, from start: Int) throws(RegexProblem) -> RegexNode {
    let node = try choice()
    guard take(")") else {
      throw RegexProblem(
        problem: "this ( is not closed", start: offsets[start], end: offsets[start + 1], advice: nil
      )
    }
    return number.map { .group(node, $0) } ?? node
  }

  /// `(?i)`, which holds up to the end of its group, and `(?i:…)`.
  private mutating func flagGroup(from start: Int) throws(RegexProblem) -> RegexNode {
    var changed = flags
    var isOn = true
    while let scalar = next, scalar != ")", scalar != ":" {
      place += 1
      switch scalar {
      case "-": isOn = false
      case "i": changed.ignoresCase = isOn
      case "s": changed.dotTakesNewline = isOn
      case "m": changed.anchorsTakeLines = isOn
      default:
        throw problem("there is no flag \(scalar)", from: place - 1, advice: "i, s and m")
      }
    }
    if take(")") {
      flags = changed
      return .empty
    }
    guard take(":") else { throw problem("this ( is not closed", from: start) }
    let before = flags
    flags = changed
    defer { flags = before }
    return try closed(number: nil, from: start)
  }

  // MARK: Characters

  private static let classes: [Unicode.Scalar: [ClosedRange<UInt32>]] = [
    "d": ScalarSet.digits, "w": ScalarSet.words, "s": ScalarSet.blanks, "h": [9...9, 32...32],
    "D": ScalarSet.complement(ScalarSet.digits), "W": ScalarSet.complement(ScalarSet.words),
    "S": ScalarSet.complement(ScalarSet.blanks),
  ]

  private static let named: [String: [ClosedRange<UInt32>]] = [
    "alpha": [65...90, 97...122], "digit": [48...57], "alnum": [48...57, 65...90, 97...122],
    "upper": [65...90], "lower": [97...122], "space": ScalarSet.blanks, "word": ScalarSet.words,
    "punct": [33...47, 58...64, 91...96, 123...126], "xdigit": [48...57, 65...70, 97...102],
    "blank": [9...9, 32...32], "print": [32...126], "graph": [33...126],
    "cntrl": [0...31, 127...127],
  ]

  private static let anchors: [Unicode.Scalar: RegexAnchor] = [
    "b": .wordEdge, "B": .notWordEdge, "A": .textStart, "z": .textEnd, "Z": .textEnd,
  ]

  private mutating func escape(from start: Int) throws(RegexProblem) -> RegexNode {
    guard let scalar = next else { throw problem("a \\ at the end", from: start, advice: "\\\\") }
    if let ranges = Self.classes[scalar] {
      place += 1
      return .set(ScalarSet(ranges))
    }
    if let anchor = Self.anchors[scalar] {
      place += 1
      return .anchor(anchor)
    }
    if (49...57).contains(scalar.value) || scalar == "k" {
      place += 1
      throw problem("Insights has no references back to a group", from: start)
    }
    let value = try character(from: start)
    return .set(ScalarSet([value...value], ignoringCase: flags.ignoresCase))
  }

  /// The one character that an escape stands for.
  private mutating func character(from start: Int) throws(RegexProblem) -> UInt32 {
    guard let scalar = next else { throw problem("a \\ at the end", from: start) }
    place += 1
    switch scalar {
    case "t": return 9
    case "n": return 10
    case "r": return 13
    case "f": return 12
    case "v": return 11
    case "a": return 7
    case "e": return 27
    case "0": return 0
    case "x":
      let hasBraces = take("{")
      let digits = scalars[place...].prefix(hasBraces ? 6 : 2).prefix { Character($0).isHexDigit }
      place += digits.count
      guard let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
        value <= 0x10FFFF, !hasBraces || take("}")
      else {
        throw problem("\\x wants two hexadecimal digits", from: start, advice: "\\x41 or \\x{41}")
      }
      return value
    default:
      guard !scalar.properties.isAlphabetic else {
        throw problem("there is no \\\(scalar)", from: start, advice: "\(scalar), without the \\")
      }
      return scalar.value
    }
  }

  private mutating func set(from start: Int) throws(RegexProblem) -> ScalarSet {
    let isNegated = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    var isFirst = true
    while isFirst || next != "]" {
      guard let scalar = next else {
        throw RegexProblem(
          problem: "this [ is not closed", start: offsets[start], end: offsets[start + 1],
          advice: nil)
      }
      isFirst = false
      let itemStart = place
      if take("[:") {
        let nameStart = place
        while let scalar = next, scalar != ":", scalar != "]" {
          place += 1
          _ = scalar
        }
        let name = String(String.UnicodeScalarView(scalars[nameStart..<place]))
        guard take(":]"), let found = Self.named[name] else {
          throw problem(
            "there is no class [:\(name):]", from: itemStart,
            advice: InsightsError.near(name, among: Self.named.keys.sorted()) ?? "[:alpha:]")
        }
        ranges += found
        continue
      }
      place += 1
      if scalar == "\\", let escaped = next, let found = Self.classes[escaped] {
        place += 1
        ranges += found
        continue
      }
      let low = scalar == "\\" ? try setEscape(from: itemStart) : scalar.value
      guard next == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
        ranges.append(low...low)
        continue
      }
      place += 1
      let highStart = place
      let highScalar = scalars[place]
      place += 1
      let high = highScalar == "\\" ? try setEscape(from: highStart) : highScalar.value
      guard high >= low else {
        throw problem("the range runs backwards", from: itemStart)
      }
      ranges.append(low...high)
    }
    place += 1
    return ScalarSet(ranges, negated: isNegated, ignoringCase: flags.ignoresCase)
  }

  private mutating func setEscape(from start: Int) throws(RegexProblem) -> UInt32 {
    if take("b") { return 8 }
    return try character(from: start)
  }
}
