import Cloud
import Commands
import Policies
import Values

/// One line of the language in which checks judge the world.
package struct Predicate: Sendable {
  package enum Form: Sendable {
    /// `can P ACTION on R [via S] = allow|deny|deny implicit|deny explicit`
    case can(principal: String, action: String, resource: String, via: String?, wanted: String)
    /// `nobody|somebody has more than solution`: more than the step's solution would have left him
    case moreThanSolution(somebody: Bool)
    /// `stream S FIELD = V`
    case stream(String, field: String, test: Test)
    /// `key K FIELD = V`
    case key(String, field: String, test: Test)
    /// `last call = ok|CODE`
    case lastCall(wanted: String)
    /// `PREDICATE and PREDICATE …`
    case all([Predicate])
    /// `trail has|lacks ACTION [by P] [= ok|CODE] since step|lesson`, of what the event history has;
    /// `called ACTION …` asks the same of any call
    case trail(has: Bool, action: String, principal: String?, outcome: String?, since: Since)
    /// `counter ACTION [by P] [ended ok|CODE] since step|lesson OP N`
    case counter(action: String, principal: String?, outcome: String?, since: Since, test: Test)
    /// `load FIELD OP V`, of the last load
    case load(field: String, test: Test)
    /// `reads back "TEXT" from S by P`
    case readsBack(text: String, stream: String, principal: String)
    /// `output of 'COMMAND' = V`
    case output(command: String, test: Test)
    /// `seen VERB [WORD]`
    case seen(String)
    /// `seen VERB [WORD] after ACTION`, which the step has called before
    case seenAfter(String, action: String)
    /// `alarm on METRIC FIELD OP V`, of any alarm that watches it; `alarm on METRIC rang since step`
    /// counts from there
    case alarm(metric: String, field: String, since: Since?, test: Test)
    /// `trail NAME takes|leaves ACTION`, as it is set now
    case trailTakes(trail: String, takes: Bool, action: String)
    /// `identity P has|lost ACTION on R`
    case identity(principal: String, has: Bool, action: String, resource: String)
  }

  package enum Since: String, Sendable { case step, lesson }

  package struct Test: Hashable, Sendable {
    package var relation: String
    package var wanted: String

    func holds(_ found: String) -> Bool {
      switch relation {
      case "=": return found == wanted
      case "!=": return found != wanted
      default:
        guard let left = Double(found), let right = Double(wanted) else { return false }
        switch relation {
        case "<": return left < right
        case "<=": return left <= right
        case ">": return left > right
        default: return left >= right
        }
      }
    }
  }

  package struct Failure: Error {
    package var problem: String
    /// The word that is wrong, where one is.
    package var word: String?
  }

  package let text: String
  package let form: Form

  /// Its text, with a long command cut short.
  var shown: String {
    guard case .output(let command, let test) = form, command.count > Self.longestCommand else {
      return text
    }
    return "output of \"\(command.prefix(Self.longestCommand))…\", tried on a copy of the lab, "
      + "\(test.relation) \(test.wanted)"
  }

  private static let longestCommand = 60

  package init(parsing text: String) throws(Failure) {
    self.text = text
    let parts = Self.parts(of: text)
    if parts.count > 1 {
      var all: [Predicate] = []
      for part in parts { all.append(try Predicate(parsing: part)) }
      form = .all(all)
      return
    }
    var reader = WordReader(text)
    form = try reader.form()
  }

  /// With what a predicate begins.
  fileprivate static let kinds = [
    "can", "stream", "key", "last", "trail", "called", "counter", "reads", "output", "seen",
    "identity", "load", "alarm", "nobody", "somebody",
  ]

  /// What ` and ` joins: in quotes, and before what begins no predicate, it is a word like others.
  private static func parts(of text: String) -> [String] {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    var parts: [[Substring]] = [[]]
    var quote: Character?
    for (place, word) in words.enumerated() {
      let isJoint =
        word == "and" && quote == nil && words.indices.contains(place + 1)
        && kinds.contains(String(words[place + 1]))
      if isJoint {
        parts.append([])
        continue
      }
      parts[parts.count - 1].append(word)
      for character in word where character == "\"" || character == "'" {
        if quote == nil { quote = character } else if quote == character { quote = nil }
      }
    }
    return parts.map { $0.joined(separator: " ") }
  }
}

/// Reads the words of a predicate; quotes keep a word together.
private struct WordReader {
  private let text: String
  private var words: [String]

  init(_ text: String) {
    self.text = text
    words = []
    var word = ""
    var quote: Character?
    var isWord = false
    for character in text {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        isWord = true
      } else if character == " " {
        if isWord || !word.isEmpty { words.append(word) }
        word = ""
        isWord = false
      } else {
        word.append(character)
      }
    }
    if isWord || !word.isEmpty { words.append(word) }
  }

  private func failure(_ problem: String, _ word: String? = nil) -> Predicate.Failure {
    Predicate.Failure(problem: "\(problem) in \(JSON.quoted(text))", word: word ?? words.first)
  }

  private mutating func next(_ what: String) throws(Predicate.Failure) -> String {
    guard !words.isEmpty else { throw failure("\(what) is missing") }
    return words.removeFirst()
  }

  private mutating func expect(_ word: String) throws(Predicate.Failure) {
    guard words.first == word else {
      throw failure("\(word) is missing\(words.first.map { " before \($0)" } ?? "")")
    }
    words.removeFirst()
  }

  private mutating func take(_ word: String) -> Bool {
    guard words.first == word else { return false }
    words.removeFirst()
    return true
  }

  private mutating func test() throws(Predicate.Failure) -> Predicate.Test {
    let relation = try next("a comparison")
    guard ["=", "!=", "<", "<=", ">", ">="].contains(relation) else {
      throw failure("\(relation) is no comparison", relation)
    }
    let wanted = try rest("a value")
    return Predicate.Test(relation: relation, wanted: wanted)
  }

  private mutating func rest(_ what: String) throws(Predicate.Failure) -> String {
    guard !words.isEmpty else { throw failure("\(what) is missing") }
    defer { words = [] }
    return words.joined(separator: " ")
  }

  private mutating func since() throws(Predicate.Failure) -> Predicate.Since {
    guard take("since") else { return .step }
    let word = try next("step or lesson")
    guard let since = Predicate.Since(rawValue: word) else {
      throw failure("since step or since lesson, not \(word)", word)
    }
    return since
  }

  mutating func form() throws(Predicate.Failure) -> Predicate.Form {
    let kind = try next("a predicate")
    let form = try form(kind)
    guard words.isEmpty else { throw failure("\(words[0]) is too much") }
    return form
  }

  private mutating func form(_ kind: String) throws(Predicate.Failure) -> Predicate.Form {
    switch kind {
    case "can":
      let principal = try next("a principal")
      let action = try next("an action")
      try expect("on")
      let resource = try next("a resource")
      let via = take("via") ? try next("a stream") : nil
      try expect("=")
      let wanted = try rest("allow or deny")
      guard ["allow", "deny", "deny implicit", "deny explicit"].contains(wanted) else {
        throw failure("the answer is allow, deny, deny implicit or deny explicit", wanted)
      }
      return .can(
        principal: principal, action: action, resource: resource, via: via, wanted: wanted)
    case "nobody", "somebody":
      for word in ["has", "more", "than", "solution"] { try expect(word) }
      return .moreThanSolution(somebody: kind == "somebody")
    case "stream":
      let name = try next("a stream")
      let field = try next("a field")
      guard StreamFacts.fields.contains(field) else {
        throw failure(
          "a stream's fields are \(StreamFacts.fields.joined(separator: ", "))", field)
      }
      return .stream(name, field: field, test: try test())
    case "key":
      let name = try next("a key")
      let field = try next("a field")
      guard KeyFacts.fields.contains(field) else {
        throw failure("a key's fields are \(KeyFacts.fields.joined(separator: ", "))", field)
      }
      return .key(name, field: field, test: try test())
    case "last":
      try expect("call")
      try expect("=")
      return .lastCall(wanted: try next("ok or a code"))
    case "trail": return try trail()
    case "called": return try calls(has: true)
    case "counter":
      let action = try next("an action")
      let principal = take("by") ? try next("a principal") : nil
      let outcome = take("ended") ? try next("ok or a code") : nil
      let since = try since()
      return .counter(
        action: action, principal: principal, outcome: outcome, since: since, test: try test())
    case "load":
      let field = try next("a field")
      guard LoadFacts.fields.contains(field) else {
        throw failure("a load's fields are \(LoadFacts.fields.joined(separator: ", "))")
      }
      return .load(field: field, test: try test())
    case "alarm":
      try expect("on")
      let metric = try next("a metric")
      let field = try next("a field")
      guard AlarmFacts.fields.contains(field) else {
        throw failure("an alarm's fields are \(AlarmFacts.fields.joined(separator: ", "))", field)
      }
      let isCounted = field == "rang" && words.first == "since"
      let since: Predicate.Since? = isCounted ? try since() : nil
      return .alarm(metric: metric, field: field, since: since, test: try test())
    case "reads":
      try expect("back")
      let text = try next("a text")
      try expect("from")
      let stream = try next("a stream")
      let principal = take("by") ? try next("a principal") : "admin"
      return .readsBack(text: text, stream: stream, principal: principal)
    case "output":
      try expect("of")
      let command = try next("a command in quotes")
      return .output(command: command, test: try test())
    case "seen":
      guard let mark = words.firstIndex(of: "after") else { return .seen(try rest("a verb")) }
      let action = Array(words[(mark + 1)...])
      words.removeSubrange(mark...)
      let verb = try rest("a verb")
      guard action.count == 1 else { throw failure("after wants one action", "after") }
      return .seenAfter(verb, action: action[0])
    case "identity":
      let principal = try next("a principal")
      let verb = try next("has or lost")
      guard verb == "has" || verb == "lost" else { throw failure("has or lost, not \(verb)", verb) }
      let action = try next("an action")
      try expect("on")
      return .identity(
        principal: principal, has: verb == "has", action: action, resource: try next("a resource"))
    default:
      let known = Predicate.kinds
      let near = NearNames.of(kind, among: known)
      throw failure(
        "a check begins with \(known.joined(separator: ", "))"
          + (near.isEmpty ? "" : "; did you mean \(near[0])?"), kind)
    }
  }

  private mutating func trail() throws(Predicate.Failure) -> Predicate.Form {
    let verb = try next("has or lacks")
    if words.first == "takes" || words.first == "leaves" {
      let takes = words.removeFirst() == "takes"
      return .trailTakes(trail: verb, takes: takes, action: try next("an action"))
    }
    guard verb == "has" || verb == "lacks" else { throw failure("has or lacks, not \(verb)", verb) }
    // What the event history cannot have, no check asks it for.
    if let action = words.first, OperationID(rawValue: action)?.kind.isData == true {
      throw failure(
        "\(action) is a data event, which is not in the event history: called \(action) asks whether "
          + "it was called, trail NAME takes \(action) whether a trail would have it", action)
    }
    return try calls(has: verb == "has")
  }

  private mutating func calls(has: Bool) throws(Predicate.Failure) -> Predicate.Form {
    let action = try next("an action")
    let principal = take("by") ? try next("a principal") : nil
    let outcome = take("=") ? try next("ok or a code") : nil
    return .trail(
      has: has, action: action, principal: principal, outcome: outcome, since: try since())
  }
}
