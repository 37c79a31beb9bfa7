import Cloud
import Values

/// Changes to the text of a command that keep its quoting in order.
enum ScriptText {
  static let account = "123456789012"
  /// Names that no learner gives to a variable.
  static let keyVariable = "KEYHOLE_KEY"
  static let accountVariable = "KEYHOLE_ACCOUNT"
  static let bucketVariable = "KEYHOLE_BUCKET"
  /// How the ids of all shards begin.
  static let shardMark = "shardId-"

  private static let own: [(value: [Character], name: String)] = [
    (Array(StartNames.keyID), keyVariable), (Array(account), accountVariable),
    (Array(StartNames.trailBucket), bucketVariable),
  ]

  /// The value that begins at a place: the longest of the variables, or else the lab's own.
  private static func value(
    at place: Int, of characters: [Character], _ mark: (count: Int, name: String)?
  ) -> (count: Int, name: String)? {
    if let mark {
      // In characters; a value that ends within one is none.
      var (end, bytes) = (place, 0)
      while bytes < mark.count, end < characters.count {
        bytes += characters[end].utf8.count
        end += 1
      }
      // The bucket's name begins those of other buckets, whichever variable holds it.
      let isBucket = characters[place..<end].elementsEqual(StartNames.trailBucket)
      if bytes == mark.count, !isBucket || isWhole(place, end - place, characters) {
        return (end - place, mark.name)
      }
    }
    let found = own.first { variable in
      characters[place...].starts(with: variable.value)
        && (variable.name != bucketVariable || isWhole(place, variable.value.count, characters))
    }
    return found.map { ($0.value.count, $0.name) }
  }

  /// The account, the lab's key and values of replies by their variables. Between single quotes the
  /// quotes are closed around a variable. A text between marks that bash does not read stays, and a
  /// backquote that the lab takes as it is bash takes so as well.
  static func localised(_ text: String, _ variables: ScriptVariables) -> String {
    let marks = variables.longest(in: text)
    let scan = ScriptScan(text)
    let braces = wordMakingBraces(scan)
    var result = ""
    var index = 0
    /// The same in bytes.
    var offset = 0
    var isEscaped = false
    while index < scan.characters.count {
      let place = scan.places[index]
      if place != .heredoc, place != .comment,
        let (count, name) = value(at: index, of: scan.characters, marks[offset])
      {
        result += place == .single ? "'\"${\(name)}\"'" : "${\(name)}"
        for _ in 0..<count {
          offset += scan.characters[index].utf8.count
          index += 1
        }
        isEscaped = false
        continue
      }
      let character = scan.characters[index]
      if character == "`", !isEscaped, place == .double || place == .expandingHeredoc {
        result.append("\\")
      }
      if braces.contains(index) { result.append("\\") }
      isEscaped = character == "\\" && !isEscaped
      result.append(character)
      offset += character.utf8.count
      index += 1
    }
    return result
  }

  /// Whether a name ends where it does: `my-cloudtrail-bucket-2` is another bucket.
  private static func isWhole(_ index: Int, _ count: Int, _ characters: [Character]) -> Bool {
    let (before, after) = (index - 1, index + count)
    return [before, after].allSatisfy { place in
      guard characters.indices.contains(place) else { return true }
      let next = characters[place]
      return !(next.isLetter || next.isNumber || next == "-" || next == "_")
    }
  }

  /// Whether a text names something, and not something longer.
  static func names(_ name: String, in text: String) -> Bool {
    text.ranges(of: name).contains { place in
      let before = text[..<place.lowerBound].last
      let after = text[place.upperBound...].first
      return ![before, after].contains { next in
        next.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" } ?? false
      }
    }
  }

  /// The braces that open what bash would make several words of, and the lab takes as it stands.
  private static func wordMakingBraces(_ scan: ScriptScan) -> Set<Int> {
    var found: Set<Int> = []
    for (index, character) in scan.characters.enumerated()
    where character == "{" && scan.places[index] == .code {
      if index > 0, "$\\".contains(scan.characters[index - 1]) { continue }
      let inner = scan.characters[(index + 1)...].prefix { !$0.isWhitespace && $0 != "}" }
      if inner.contains(",") || String(inner).contains("..") { found.insert(index) }
    }
    return found
  }

  /// A value as one word of bash.
  static func quoted(_ value: String, _ variables: ScriptVariables = ScriptVariables()) -> String {
    let marks = variables.longest(in: value)
    let characters = Array(value)
    var result = ""
    var (index, offset) = (0, 0)
    var isPlain = true
    while index < characters.count {
      if let (count, name) = self.value(at: index, of: characters, marks[offset]) {
        result += "${\(name)}"
        for _ in 0..<count {
          offset += characters[index].utf8.count
          index += 1
        }
        isPlain = false
        continue
      }
      let character = characters[index]
      offset += character.utf8.count
      index += 1
      if "\"\\$`".contains(character) { result.append("\\") }
      let isWord = character.isLetter || character.isNumber || "-_./:=+@,".contains(character)
      if !isWord { isPlain = false }
      result.append(character)
    }
    return isPlain && !result.isEmpty ? result : "\"\(result)\""
  }

  /// A text between single quotes.
  static func single(_ text: String) -> String {
    "'\(text.replacing("'", with: "'\\''"))'"
  }

  /// Profiles of the lab that a line names.
  static func profiles(in line: String, _ variables: ShellProfiles) -> Set<String> {
    var used: Set<String> = []
    // The longer names first: one of them begins like another.
    var named = line
    for name in StartNames.partnerProfiles + StartNames.profiles where name != "admin" {
      var isNamed = false
      for mark in ["--profile ", "--profile=", "AWS_PROFILE=", "AWS_DEFAULT_PROFILE="] {
        for quote in ["", "'", "\""] where named.contains("\(mark)\(quote)\(name)") {
          isNamed = true
          named = named.replacing("\(mark)\(quote)\(name)", with: "")
        }
      }
      if isNamed || variables.values.contains(name) { used.insert(name) }
    }
    return used
  }

  /// What the variables of a session say about profiles.
  struct ShellProfiles {
    /// Values of all variables.
    var values: [String] = []
    /// Whether they choose who commands are.
    var choose = false
  }

  /// The same line as somebody else: `as producer` becomes an option of each command that does not
  /// say for itself who it is.
  static func withProfile(_ line: String, _ profile: String, _ variables: ShellProfiles) -> String {
    guard profile != "admin", !variables.choose, !line.contains("AWS_PROFILE="),
      !line.contains("AWS_ACCESS_KEY_ID=")
    else { return line }
    let scan = ScriptScan(line)
    var result = scan.characters
    for leaf in scan.leaves.reversed() where !scan.text(of: leaf).contains("--profile") {
      result.insert(contentsOf: " --profile \(profile)", at: leaf.start + 3)
    }
    return String(result)
  }

  /// Takes an option and its value out of a line.
  static func removing(_ flag: String, from line: String) -> (value: String, rest: String)? {
    for mark in [" \(flag) ", " \(flag)="] {
      guard let place = line.firstRange(of: mark) else { continue }
      let tail = line[place.upperBound...]
      let value = tail.prefix { !" \n\\".contains($0) }
      return (String(value), String(line[..<place.lowerBound]) + String(tail[value.endIndex...]))
    }
    return nil
  }
}
