import Commands

/// How bash reads the text of a line: what is quoted, what is a remark, where commands begin.
struct ScriptScan {
  enum Place: Hashable, Sendable {
    case code, double, single, comment
    /// The text between the lines of a `<<'EOF'`, and of a `<<EOF`.
    case heredoc, expandingHeredoc
  }

  /// An `aws` command.
  struct Leaf: Hashable, Sendable {
    /// Where `aws` begins and the command ends, in characters.
    var start: Int
    var end: Int
    /// How many `$(` it stands in.
    var depth: Int
  }

  let characters: [Character]
  private(set) var places: [Place]
  /// In the order of the text.
  private(set) var leaves: [Leaf] = []
  /// How many commands, assignments and redirections stand outside of every `$(`.
  private(set) var commands = 0
  private(set) var assignments: [String] = []
  private(set) var redirections = 0
  /// Where a remark at the end of the text begins.
  private(set) var comment: Int?

  private var place = 0
  private var pending: [(delimiter: String, expands: Bool, stripsTabs: Bool)] = []

  private static let deepest = 32

  init(_ text: String) {
    characters = Array(text)
    places = Array(repeating: .code, count: characters.count)
    code(0)
    while place < characters.count {
      // A parenthesis too many: the rest is read all the same.
      place += 1
      code(0)
    }
  }

  /// One `aws` command and nothing beside it, except what its words fill in.
  var isSimple: Bool {
    commands == 1 && assignments.isEmpty && redirections == 0 && leaves.first?.start == 0
      && leaves.first?.depth == 0 && !hasHeredoc
  }

  var hasHeredoc: Bool { places.contains { $0 == .heredoc || $0 == .expandingHeredoc } }

  /// `NAME` of `NAME=$(aws …)`, when that is all.
  var assignedReply: String? {
    guard commands == 0, redirections == 0, assignments.count == 1, let name = assignments.first,
      leaves.count == 1, let leaf = leaves.first, leaf.depth == 1
    else { return nil }
    let head = String(characters[..<leaf.start])
    let tail = String(characters[leaf.end...])
    return (head == "\(name)=$(" && tail == ")") || (head == "\(name)=\"$(" && tail == ")\"")
      ? name : nil
  }

  func text(of leaf: Leaf) -> String { String(characters[leaf.start..<leaf.end]) }

  /// `kms create-key`
  func command(of leaf: Leaf) -> String {
    let words = text(of: leaf).split(whereSeparator: { " \t\n\\".contains($0) })
    return Self.command(of: words.dropFirst().map(String.init))
  }

  /// `kms create-key` of the words behind `aws`.
  static func command(of words: [String]) -> String {
    var words = words[...]
    var found: [String] = []
    while found.count < 2, let word = words.popFirst() {
      if !word.hasPrefix("-") {
        found.append(word)
      } else if AWSGrammar.globalFlagsWithValue.contains(word) {
        words = words.dropFirst()
      }
    }
    return found.joined(separator: " ")
  }

  // MARK: Reading

  private func character(_ ahead: Int = 0) -> Character? {
    place + ahead < characters.count ? characters[place + ahead] : nil
  }

  private mutating func skip(_ count: Int = 1, as kind: Place = .code) {
    for _ in 0..<count where place < characters.count {
      places[place] = kind
      place += 1
    }
  }

  /// Up to the parenthesis that ends a substitution, or to the end of the text.
  private mutating func code(_ depth: Int) {
    var isStart = true
    var leaf: Int?
    func end(_ leaves: inout [Leaf], at place: Int) {
      if let leaf, leaves.indices.contains(leaf) { leaves[leaf].end = place }
    }
    while let next = character() {
      switch next {
      case ")":
        end(&leaves, at: place)
        if depth > 0 { skip() }
        return
      case "\n":
        end(&leaves, at: place)
        leaf = nil
        isStart = true
        skip()
        heredocs()
      case ";", "&", "|":
        end(&leaves, at: place)
        leaf = nil
        isStart = true
        skip()
      case " ", "\t": skip()
      case "#" where place == 0 || " \t\n;".contains(characters[place - 1]):
        let start = place
        end(&leaves, at: place)
        leaf = nil
        while let next = character(), next != "\n" { skip(as: .comment) }
        if depth == 0, place == characters.count { comment = start }
      case ">":
        if depth == 0 { redirections += 1 }
        skip(character(1) == ">" ? 2 : 1)
      case "<" where character(1) == "<": heredocMark()
      default:
        if isStart, let name = assignedName() {
          if depth == 0 { assignments.append(name) }
          skip(name.count + 1)
          word(depth)
          continue
        }
        let start = place
        word(depth)
        // A backslash before the line's end is a blank.
        guard isStart, !(next == "\\" && place == start + 2 && characters[start + 1] == "\n")
        else { continue }
        isStart = false
        if depth == 0 { commands += 1 }
        if characters[start..<place].elementsEqual("aws") {
          leaf = leaves.count
          leaves.append(Leaf(start: start, end: characters.count, depth: depth))
        }
      }
    }
    end(&leaves, at: place)
  }

  private func assignedName() -> String? {
    var end = place
    while end < characters.count, characters[end].isASCII,
      characters[end].isLetter || characters[end] == "_"
        || (end > place && characters[end].isNumber)
    {
      end += 1
    }
    guard end > place, end < characters.count, characters[end] == "=" else { return nil }
    return String(characters[place..<end])
  }

  /// A word, with what is quoted and substituted in it; at least one character.
  private mutating func word(_ depth: Int) {
    let start = place
    while let next = character() {
      switch next {
      case " ", "\t", "\n", ";", "&", "|", ")", ">": return
      case "<" where character(1) == "<": return
      case "'":
        skip()
        while let next = character(), next != "'" { skip(as: .single) }
        skip()
      case "\"": double(depth)
      case "$" where character(1) == "'":
        skip(2)
        while let next = character(), next != "'" { skip(next == "\\" ? 2 : 1, as: .single) }
        skip()
      case "$" where character(1) == "(" && depth < Self.deepest:
        skip(2)
        code(depth + 1)
      case "\\":
        let isBlank = character(1) == "\n"
        if isBlank, place > start { return }
        skip(2)
        if isBlank { return }
      default: skip()
      }
    }
  }

  private mutating func double(_ depth: Int) {
    skip()
    while let next = character() {
      switch next {
      case "\"":
        skip()
        return
      case "\\": skip(2, as: .double)
      case "$" where character(1) == "(" && depth < Self.deepest:
        skip(2)
        code(depth + 1)
      default: skip(as: .double)
      }
    }
  }

  private mutating func heredocMark() {
    skip(2)
    let stripsTabs = character() == "-"
    if stripsTabs { skip() }
    while character() == " " { skip() }
    var delimiter = ""
    var expands = true
    while let next = character(), !" \t\n;&|<>)".contains(next) {
      if "'\"\\".contains(next) { expands = false } else { delimiter.append(next) }
      skip()
    }
    pending.append((delimiter, expands, stripsTabs))
  }

  private mutating func heredocs() {
    while let (delimiter, expands, stripsTabs) = pending.first {
      pending.removeFirst()
      while place < characters.count {
        var line = characters[place...].prefix { $0 != "\n" }
        let length = line.count
        if stripsTabs { line = line.drop { $0 == "\t" } }
        if line.elementsEqual(delimiter) {
          skip(length)
          // A joint follows, or the end of the substitution.
          if character() == "\n" { skip() }
          break
        }
        skip(length + 1, as: expands ? .expandingHeredoc : .heredoc)
      }
    }
  }
}
