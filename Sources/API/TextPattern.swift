import Synchronization
import Values

/// A regular expression of the models, matched against a whole text.
///
/// All ways through the pattern are followed at once, so the cost is at most the product of the
/// text's and the pattern's length, whatever the text. Knows what the models use: classes, escapes,
/// groups, alternatives, `* + ? {m,n}`, what must not come next as one class, and the anchors, which
/// mean nothing for a whole match.
final class TextPattern: Sendable {
  indirect enum Node: Sendable {
    case empty
    case set(CharacterSet)
    case sequence([Node])
    case choice([Node])
    case repeated(Node, Int, Int?)
    /// `(?!…)`: none of these comes next.
    case unless(CharacterSet)
  }

  struct CharacterSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [Character] = []
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      let found =
        ranges.contains { $0.contains(scalar.value) }
        || categories.contains { Self.category($0, has: scalar) }
      return found != isNegated
    }

    private static func category(_ name: Character, has scalar: Unicode.Scalar) -> Bool {
      switch (name, scalar.properties.generalCategory) {
      case ("L", .uppercaseLetter), ("L", .lowercaseLetter), ("L", .titlecaseLetter),
        ("L", .modifierLetter), ("L", .otherLetter), ("N", .decimalNumber), ("N", .letterNumber),
        ("N", .otherNumber), ("Z", .spaceSeparator), ("Z", .lineSeparator),
        ("Z", .paragraphSeparator):
        true
      default: false
      }
    }
  }

  /// One state: what it takes, and where it leads.
  private enum Step: Sendable {
    case take(CharacterSet, Int)
    case split(Int, Int)
    /// Leads on where none of these comes next.
    case unless(CharacterSet, Int)
    case accept
  }

  /// A class and how often it may come.
  private struct Run: Sendable {
    var set: CharacterSet
    var least: Int
    var most: Int
  }

  private let steps: [Step]
  private let start: Int
  /// A pattern that is one class, as that of most names is: its texts are only walked along.
  private let run: Run?

  /// Every expression is read once.
  private static let known = Mutex<[String: TextPattern?]>([:])

  /// Nothing for an expression that it does not know.
  static func compiled(_ pattern: String) -> TextPattern? {
    known.withLock { known in
      if let found = known[pattern] { return found }
      var parser = PatternParser(pattern)
      let made = parser.parse().map { TextPattern($0) }
      known[pattern] = .some(made)
      return made
    }
  }

  private init(_ node: Node) {
    var steps: [Step] = [.accept]
    start = Self.compile(node, then: 0, &steps)
    self.steps = steps
    run = Self.run(node)
  }

  private static func run(_ node: Node) -> Run? {
    switch node {
    case .sequence(let nodes):
      let parts = nodes.filter { if case .empty = $0 { false } else { true } }
      return parts.count == 1 ? run(parts[0]) : nil
    case .repeated(.set(let set), let least, let most):
      return Run(set: set, least: least, most: most.map { max(least, $0) } ?? .max)
    case .empty, .set, .choice, .repeated, .unless: return nil
    }
  }

  func matches(_ text: String) -> Bool {
    if let run {
      var count = 0
      for scalar in text.unicodeScalars {
        guard run.set.contains(scalar) else { return false }
        count += 1
      }
      return count >= run.least && count <= run.most
    }
    var front = Front(count: steps.count)
    let scalars = text.unicodeScalars
    close(start, before: scalars.first, &front)
    for (place, scalar) in zip(scalars.indices, scalars) {
      let after = scalars.index(after: place)
      let next = after < scalars.endIndex ? scalars[after] : nil
      let current = front.turn()
      for state in current {
        if case .take(let set, let target) = steps[state], set.contains(scalar) {
          close(target, before: next, &front)
        }
      }
      if front.states.isEmpty { return false }
    }
    return front.states.contains(0)
  }

  /// The states that are reached, each once.
  private struct Front {
    var states: [Int] = []
    /// The round in which a state was reached last.
    private var rounds: [Int]
    private var round = 1

    init(count: Int) { rounds = Array(repeating: 0, count: count) }

    mutating func insert(_ state: Int) -> Bool {
      guard rounds[state] != round else { return false }
      rounds[state] = round
      states.append(state)
      return true
    }

    /// Gives the states and begins a new round.
    mutating func turn() -> [Int] {
      round += 1
      defer { states = [] }
      return states
    }
  }

  private func close(_ state: Int, before next: Unicode.Scalar?, _ front: inout Front) {
    guard front.insert(state) else { return }
    switch steps[state] {
    case .take, .accept: return
    case .split(let left, let right):
      close(left, before: next, &front)
      close(right, before: next, &front)
    case .unless(let set, let target):
      if let next, set.contains(next) { return }
      close(target, before: next, &front)
    }
  }

  private static func compile(_ node: Node, then next: Int, _ steps: inout [Step]) -> Int {
    func add(_ step: Step) -> Int {
      steps.append(step)
      return steps.count - 1
    }
    switch node {
    case .empty: return next
    case .set(let set): return add(.take(set, next))
    case .unless(let set): return add(.unless(set, next))
    case .sequence(let nodes):
      return nodes.reversed().reduce(next) { compile($1, then: $0, &steps) }
    case .choice(let nodes):
      let starts = nodes.map { compile($0, then: next, &steps) }
      return starts.dropLast().reversed().reduce(starts[starts.count - 1]) {
        add(.split($1, $0))
      }
    case .repeated(let inner, let least, let most):
      var target = next
      if let most {
        for _ in least..<max(least, most) {
          let body = compile(inner, then: target, &steps)
          target = add(.split(body, next))
        }
      } else {
        let loop = add(.split(next, next))
        let body = compile(inner, then: loop, &steps)
        steps[loop] = .split(body, next)
        target = loop
      }
      for _ in 0..<least { target = compile(inner, then: target, &steps) }
      return target
    }
  }
}

/// Reads an expression.
private struct PatternParser {
  private var rest: Substring.UnicodeScalarView
  private var failed = false

  init(_ pattern: String) { rest = Substring(pattern).unicodeScalars }

  mutating func parse() -> TextPattern.Node? {
    let node = choice()
    return failed || !rest.isEmpty ? nil : node
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func choice() -> TextPattern.Node {
    var branches = [sequence()]
    while take("|") { branches.append(sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() -> TextPattern.Node {
    var nodes: [TextPattern.Node] = []
    while let next = rest.first, next != "|", next != ")", !failed {
      let node = atom()
      nodes.append(quantified(node))
    }
    return nodes.isEmpty ? .empty : .sequence(nodes)
  }

  private mutating func quantified(_ node: TextPattern.Node) -> TextPattern.Node {
    if take("*") { return .repeated(node, 0, nil) }
    if take("+") { return .repeated(node, 1, nil) }
    if take("?") { return .repeated(node, 0, 1) }
    guard take("{") else { return node }
    let least = number() ?? 0
    guard take(",") else {
      failed = failed || !take("}")
      return .repeated(node, least, least)
    }
    let most = number()
    failed = failed || !take("}")
    return .repeated(node, least, most)
  }

  private mutating func number() -> Int? {
    let digits = rest.prefix { $0.value >= 48 && $0.value <= 57 }
    rest = rest.dropFirst(digits.count)
    return Int(String(String.UnicodeScalarView(digits)))
  }

  private mutating func atom() -> TextPattern.Node {
    guard let scalar = rest.popFirst() else { return .empty }
    switch scalar {
    case "^", "$": return .empty
    case ".": return .set(.init(ranges: [0x0A...0x0A, 0x0D...0x0D], isNegated: true))
    case "(":
      let isAhead = rest.starts(with: "?!".unicodeScalars)
      if isAhead { rest = rest.dropFirst(2) }
      let node = choice()
      failed = failed || !take(")")
      guard isAhead else { return node }
      guard case .sequence(let nodes) = node, nodes.count == 1, case .set(let set) = nodes[0] else {
        failed = true
        return .empty
      }
      return .unless(set)
    case "[": return .set(set())
    case "\\": return .set(escape())
    default: return .set(.init(ranges: [scalar.value...scalar.value]))
    }
  }

  private mutating func set() -> TextPattern.CharacterSet {
    var result = TextPattern.CharacterSet()
    result.isNegated = take("^")
    while !take("]") {
      guard let scalar = rest.popFirst(), !failed else {
        failed = true
        break
      }
      var low = TextPattern.CharacterSet(ranges: [scalar.value...scalar.value])
      if scalar == "\\" { low = escape() }
      let single =
        low.ranges.count == 1 && low.ranges[0].count == 1 ? low.ranges[0].lowerBound : nil
      if let single, take("-") {
        var ahead = rest
        if let end = ahead.popFirst(), end != "]" {
          rest = ahead
          let high = end == "\\" ? escape().ranges.first?.lowerBound ?? single : end.value
          if high >= single {
            result.ranges.append(single...high)
            continue
          }
        }
        result.ranges.append(45...45)
      }
      result.ranges += low.ranges
      result.categories += low.categories
    }
    return result
  }

  private mutating func escape() -> TextPattern.CharacterSet {
    guard let scalar = rest.popFirst() else {
      failed = true
      return .init()
    }
    switch scalar {
    case "d": return .init(ranges: [48...57])
    case "w": return .init(ranges: [48...57, 65...90, 95...95, 97...122])
    case "s": return .init(ranges: [9...13, 32...32])
    case "S": return .init(ranges: [0...8, 14...31, 33...0x10FFFF])
    case "u":
      let digits = String(String.UnicodeScalarView(rest.prefix(4)))
      rest = rest.dropFirst(4)
      guard let value = UInt32(digits, radix: 16) else {
        failed = true
        return .init()
      }
      return .init(ranges: [value...value])
    case "p":
      guard take("{"), let name = rest.popFirst(), take("}") else {
        failed = true
        return .init()
      }
      return .init(categories: [Character(name)])
    default: return .init(ranges: [scalar.value...scalar.value])
    }
  }
}
