/// A regular expression, searched for within a text.
///
/// All ways through the expression are followed at once, the preferred first, so the cost is at most the
/// product of the text's and the expression's length, whatever the text.
final class Regex: Sendable {
  private enum Step: Sendable {
    case take(ScalarSet)
    case jump(Int)
    /// The first is preferred.
    case split(Int, Int)
    case anchor(RegexAnchor)
    case save(Int)
    case accept
  }

  /// Names of the groups; nothing for a group without one.
  let names: [String?]
  private let steps: [Step]
  /// The characters of an expression that is nothing but characters.
  private let literal: String?

  private static let mostSteps = 20_000

  init(_ pattern: String) throws(RegexProblem) {
    var parser = RegexParser(pattern)
    let node = try parser.parse()
    names = parser.names
    var steps: [Step] = []
    Self.compile(node, &steps)
    guard steps.count < Self.mostSteps else {
      throw RegexProblem(
        problem: "the repetitions multiply to too much", start: 0, end: pattern.utf8.count,
        advice: "smaller numbers in braces")
    }
    steps.append(.accept)
    self.steps = steps
    literal = Self.literal(node)
  }

  func isFound(in text: String) -> Bool {
    if let literal { return text.holds(literal) }
    var search = Search(self, text, remembersGroups: false)
    return search.run() != nil
  }

  /// The texts of the groups of the first place that fits; nothing where none does.
  func groups(in text: String) -> [String?]? {
    var search = Search(self, text, remembersGroups: true)
    guard let saved = search.run() else { return nil }
    return names.indices.map { group in
      let (start, end) = (saved[2 * group], saved[2 * group + 1])
      guard start >= 0, end >= start else { return nil }
      return String(String.UnicodeScalarView(search.scalars[start..<end]))
    }
  }

  // MARK: Compiling

  private static func compile(_ node: RegexNode, _ steps: inout [Step]) {
    guard steps.count < mostSteps else { return }
    switch node {
    case .empty: return
    case .set(let set): steps.append(.take(set))
    case .anchor(let anchor): steps.append(.anchor(anchor))
    case .sequence(let nodes): for node in nodes { compile(node, &steps) }
    case .group(let inner, let number):
      steps.append(.save(2 * number - 2))
      compile(inner, &steps)
      steps.append(.save(2 * number - 1))
    case .choice(let nodes):
      var ends: [Int] = []
      for (index, node) in nodes.enumerated() {
        guard index < nodes.count - 1 else {
          compile(node, &steps)
          break
        }
        let split = steps.count
        steps.append(.jump(0))
        compile(node, &steps)
        ends.append(steps.count)
        steps.append(.jump(0))
        steps[split] = .split(split + 1, steps.count)
      }
      for end in ends { steps[end] = .jump(steps.count) }
    case .repeated(let inner, let least, let most, let isLazy):
      for _ in 0..<least where steps.count < mostSteps { compile(inner, &steps) }
      func split(_ place: Int, _ inside: Int, _ after: Int) {
        steps[place] = isLazy ? .split(after, inside) : .split(inside, after)
      }
      guard let most else {
        let loop = steps.count
        steps.append(.jump(0))
        compile(inner, &steps)
        steps.append(.jump(loop))
        return split(loop, loop + 1, steps.count)
      }
      var splits: [Int] = []
      for _ in least..<max(least, most) where steps.count < mostSteps {
        splits.append(steps.count)
        steps.append(.jump(0))
        compile(inner, &steps)
      }
      for place in splits { split(place, place + 1, steps.count) }
    }
  }

  private static func literal(_ node: RegexNode) -> String? {
    switch node {
    case .empty: return ""
    case .set(let set):
      guard set.ranges.count == 1, set.ranges[0].count == 1, !set.isNegated,
        let scalar = Unicode.Scalar(set.ranges[0].lowerBound)
      else { return nil }
      return String(Character(scalar))
    case .sequence(let nodes):
      var text = ""
      for node in nodes {
        guard let part = literal(node) else { return nil }
        text.unicodeScalars += part.unicodeScalars
      }
      return text
    default: return nil
    }
  }

  // MARK: Searching

  private struct Threads {
    var states: [Int] = []
    var saved: [[Int]] = []
    var seen: [Int]

    init(_ count: Int) { seen = [Int](repeating: -1, count: count) }
  }

  private struct Search {
    let regex: Regex
    let scalars: [Unicode.Scalar]
    let remembersGroups: Bool

    init(_ regex: Regex, _ text: String, remembersGroups: Bool) {
      self.regex = regex
      scalars = Array(text.unicodeScalars)
      self.remembersGroups = remembersGroups
    }

    /// What the groups saved at the first place that fits, the preferred way.
    mutating func run() -> [Int]? {
      let nothing = [Int](repeating: -1, count: remembersGroups ? regex.names.count * 2 : 0)
      var now = Threads(regex.steps.count)
      var later = Threads(regex.steps.count)
      var found: [Int]?
      for place in 0...scalars.count {
        // A new beginning comes after all that began earlier, and not after a find.
        if found == nil { follow(0, nothing, at: place, in: &now) }
        later.states.removeAll(keepingCapacity: true)
        later.saved.removeAll(keepingCapacity: true)
        threads: for (index, state) in now.states.enumerated() {
          switch regex.steps[state] {
          case .accept:
            found = remembersGroups ? now.saved[index] : nothing
            if !remembersGroups { return found }
            // What is less preferred is given up.
            break threads
          case .take(let set):
            if place < scalars.count, set.contains(scalars[place].value) {
              follow(
                state + 1, remembersGroups ? now.saved[index] : nothing, at: place + 1, in: &later)
            }
          default: break
          }
        }
        swap(&now, &later)
        if now.states.isEmpty, found != nil { break }
      }
      return found
    }

    /// Adds a state, and all that it leads to without a character.
    private func follow(_ start: Int, _ saved: [Int], at place: Int, in threads: inout Threads) {
      var waiting = [(start, saved)]
      while let (state, saved) = waiting.popLast() {
        if threads.seen[state] == place { continue }
        threads.seen[state] = place
        switch regex.steps[state] {
        case .jump(let target): waiting.append((target, saved))
        case .split(let first, let second):
          waiting.append((second, saved))
          waiting.append((first, saved))
        case .anchor(let anchor):
          if holds(anchor, at: place) { waiting.append((state + 1, saved)) }
        case .save(let slot):
          var saved = saved
          if remembersGroups { saved[slot] = place }
          waiting.append((state + 1, saved))
        case .take, .accept:
          threads.states.append(state)
          if remembersGroups { threads.saved.append(saved) }
        }
      }
    }

    private func holds(_ anchor: RegexAnchor, at place: Int) -> Bool {
      func isWord(_ place: Int) -> Bool {
        scalars.indices.contains(place)
          && ScalarSet.words.contains { $0.contains(scalars[place].value) }
      }
      switch anchor {
      case .textStart: return place == 0
      case .textEnd:
        return place == scalars.count || (place == scalars.count - 1 && scalars[place] == "\n")
      case .lineStart: return place == 0 || scalars[place - 1] == "\n"
      case .lineEnd: return place == scalars.count || scalars[place] == "\n"
      case .wordEdge: return isWord(place) != isWord(place - 1)
      case .notWordEdge: return isWord(place) == isWord(place - 1)
      }
    }
  }
}

extension String {
  /// Whether another text stands somewhere in this one.
  func holds(_ part: String) -> Bool { utf8Index(of: part, from: 0) != nil }

  /// Where another text begins, as an offset in UTF-8, from an offset on.
  func utf8Index(of part: String, from start: Int) -> Int? {
    var text = self
    var part = part
    return text.withUTF8 { bytes in
      part.withUTF8 { wanted in
        guard let first = wanted.first else { return start <= bytes.count ? start : nil }
        guard bytes.count >= wanted.count else { return nil }
        var place = start
        let last = bytes.count - wanted.count
        while place <= last {
          if bytes[place] == first {
            var length = 1
            while length < wanted.count, bytes[place + length] == wanted[length] { length += 1 }
            if length == wanted.count { return place }
          }
          place += 1
        }
        return nil
      }
    }
  }
}
