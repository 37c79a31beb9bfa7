import Commands

/// What a line of a script may name: values of earlier replies, and those of the session's own variables.
struct ScriptVariables {
  private struct Holder {
    var name: String
    /// When the session set it; nothing for a variable of the script.
    var number: Int?
    /// The stream whose lines alone may name it.
    var stream: String?
  }

  private var holders: [String: [Holder]] = [:]
  private var index = ValueIndex()
  /// The session's variables that are among the holders.
  private var session = ShellVariables()

  init() {}

  /// A variable of the script.
  mutating func hold(_ value: String, in name: String, of stream: String? = nil) {
    add(value, Holder(name: name, stream: stream))
  }

  /// Takes the session's variables as they are now. Costs what changed since the last time.
  mutating func follow(_ own: ShellVariables) {
    for name in own.changes(since: session) {
      if let old = session.variable(name) {
        holders[old.value]?.removeAll { $0.number == old.number }
        if holders[old.value]?.isEmpty == true {
          holders[old.value] = nil
          index.remove(old.value)
        }
      }
      if let new = own.variable(name) {
        add(new.value, Holder(name: name, number: new.number))
      }
    }
    session = own
  }

  private mutating func add(_ value: String, _ holder: Holder) {
    holders[value, default: []].append(holder)
    // What the script keeps is there to be named, however short it is.
    if holder.number == nil || Self.isFound(value) { index.insert(value) }
  }

  /// Whether a value is looked for within words: a short one would be found by chance.
  private static func isFound(_ value: String) -> Bool {
    // What one stream's reply gave is a literal in a line on another.
    value.utf8.count >= 12 && !value.contains(where: \.isWhitespace)
      && !value.hasPrefix(ScriptText.shardMark)
  }

  /// The session's variable that was set last of those with a value.
  func holder(ofWhole value: String) -> String? {
    guard value.utf8.count >= 6 else { return nil }
    return holders[value]?.filter { $0.number != nil }.max { ($0.number ?? 0) < ($1.number ?? 0) }?
      .name
  }

  /// Whether a variable of the session has a value.
  func has(_ value: String) -> Bool { holders[value]?.contains { $0.number != nil } == true }

  private func holders(of value: String, in text: String) -> [Holder] {
    (holders[value] ?? []).filter { holder in
      holder.stream.map { ScriptText.names($0, in: text) } ?? true
    }
  }

  /// Where in a text, in bytes, a value begins: the longest that does, with its length and a variable.
  func longest(in text: String) -> [Int: (count: Int, name: String)] {
    var found: [Int: (count: Int, name: String)] = [:]
    for match in index.matches(in: text) {
      let (start, count) = (match.range.lowerBound, match.range.count)
      guard count > found[start]?.count ?? 0,
        let name = holders(of: match.value, in: text).map(\.name).min()
      else { continue }
      found[start] = (count, name)
    }
    return found
  }

  /// The values that stand in a text, the longer first: it may hold a shorter one.
  func all(in text: String) -> [(value: String, name: String)] {
    index.values(in: text).flatMap { value in
      holders(of: value, in: text).map { (value: value, name: $0.name) }
    }
    .sorted { ($0.value.utf8.count, $1.name) > ($1.value.utf8.count, $0.name) }
  }
}
