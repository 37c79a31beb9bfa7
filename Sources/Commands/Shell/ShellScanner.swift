import Values

/// Reads the text of the little shell once, from left to right.
///
/// POSIX shell as far as the field's documentation uses it; what a learner may paste beyond that
/// is refused with what works instead.
struct ShellScanner {
  enum Stop: Error {
    case unfinished(ShellInput.Reason)
    case refused(ShellError)
  }

  private let bytes: [UInt8]
  var place = 0
  private var pending: [Heredoc] = []
  private var depth = 0
  /// Where the text of a heredoc begins in the whole.
  private var base = 0
  /// Backquotes between double quotes, and those in a heredoc, which bash would read as a command.
  private(set) var backquotes: [Int] = []
  private(set) var heredocBackquotes: [Int] = []

  private static let deepest = 16

  private struct Heredoc {
    var delimiter: String
    var expands: Bool
    var stripsTabs: Bool
    var item: Int
  }

  init(_ text: String) { bytes = Array(text.utf8) }

  private init(_ bytes: [UInt8], depth: Int, base: Int) {
    self.bytes = bytes
    self.depth = depth
    self.base = base
  }

  // MARK: Bytes

  func byte(_ ahead: Int = 0) -> UInt8? {
    place + ahead < bytes.count ? bytes[place + ahead] : nil
  }

  private func stands(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { wanted in
      place + wanted.count <= bytes.count
        && bytes[place..<place + wanted.count].elementsEqual(wanted)
    }
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private func refusal(_ message: String, length: Int = 1, hint: String) -> Stop {
    .refused(ShellError(message: message, offset: base + place, length: length, hint: hint))
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D
  }

  /// Blanks, and a backslash before the end of a line.
  private mutating func skipBlanks() throws(Stop) {
    while let next = byte() {
      if Self.isBlank(next) {
        place += 1
      } else if next == UInt8(ascii: "\\"), byte(1) == UInt8(ascii: "\n") {
        place += 2
      } else if next == UInt8(ascii: "\\"), byte(1) == UInt8(ascii: "\r"),
        byte(2) == UInt8(ascii: "\n")
      {
        place += 3
      } else if next == UInt8(ascii: "\\"), byte(1) == nil {
        throw .unfinished(.backslash)
      } else {
        return
      }
    }
  }

  // MARK: Commands

  mutating func items() throws(Stop) -> [ShellItem] {
    var items: [ShellItem] = []
    var joint = ShellItem.Joint.always
    /// Whether a command stands in front, on the same line.
    var hasCommand = false
    while true {
      try skipBlanks()
      guard let next = byte() else { break }
      switch next {
      case UInt8(ascii: "#"): while let next = byte(), next != UInt8(ascii: "\n") { place += 1 }
      case UInt8(ascii: "\n"):
        place += 1
        hasCommand = false
        try readHeredocs(into: &items)
      case UInt8(ascii: ";"):
        guard hasCommand, joint == .always else { throw nothingBefore(";") }
        place += 1
        hasCommand = false
      default:
        if stands("&&") || stands("||") { throw nothingBefore(stands("&&") ? "&&" : "||") }
        let command = try command(at: items.count)
        items.append(ShellItem(joint: joint, command: command))
        joint = try nextJoint()
        hasCommand = true
      }
    }
    if joint != .always { throw .unfinished(.joint) }
    if let open = pending.first { throw .unfinished(.heredoc(delimiter: open.delimiter)) }
    return items
  }

  private func nothingBefore(_ mark: String) -> Stop {
    refusal(
      "no command stands before this '\(mark)'", length: mark.utf8.count,
      hint: "it stands between two commands; bash refuses this, too")
  }

  private mutating func nextJoint() throws(Stop) -> ShellItem.Joint {
    try skipBlanks()
    if stands("&&") || stands("||") {
      let joint: ShellItem.Joint = stands("&&") ? .onSuccess : .onFailure
      place += 2
      // The command may stand on the next line.
      try skipBlanks()
      while byte() == UInt8(ascii: "\n") {
        place += 1
        try skipBlanks()
      }
      return joint
    }
    if byte() == UInt8(ascii: "|") {
      throw refusal("there are no pipes here", hint: pipeHint)
    }
    if stands("&>") {
      throw refusal(
        "only replies go into files here", length: 2,
        hint: "errors are shown; > FILE keeps the reply in the lab")
    }
    if byte() == UInt8(ascii: "&") {
      throw refusal("nothing runs in the background here", hint: "leave the & out")
    }
    return .always
  }

  /// What the program behind a pipe does, in the lab's way.
  private var pipeHint: String {
    let rest = String(decoding: bytes[(place + 1)...], as: UTF8.self)
    let program = rest.drop { $0 == " " }.prefix { !" \t\n;|".contains($0) }
    switch program {
    case "base64", "openssl":
      let isBack = ["-d", "-D", "--decode"].contains { rest.contains($0) }
      return
        "put > FILE behind the command, then openssl enc \(isBack ? "-d " : "")-base64 -in FILE"
        + " -out OTHER"
    case "gunzip", "zcat": return "put > FILE behind the command, then zcat FILE"
    default: return "use --query, or VALUE=$(aws …) and $VALUE"
    }
  }

  /// Words that begin what this shell has not, and what to do instead.
  private static let reserved: [(word: String, message: String, hint: String)] = [
    ("for", "there are no loops here", "run the lines one after the other, or use load"),
    ("while", "there are no loops here", "aws … wait asks until something is so"),
    ("until", "there are no loops here", "aws … wait asks until something is so"),
    ("select", "there are no menus here", "run the line that you want"),
    ("if", "there is no if here", "use COMMAND && OTHER and COMMAND || OTHER"),
    ("case", "there is no case here", "use COMMAND && OTHER and COMMAND || OTHER"),
    ("function", "there are no functions here", "paste the lines themselves"),
    ("[[", "there are no tests here", "use check, or --query and a variable"),
    ("[", "there are no tests here", "use check, or --query and a variable"),
    ("{", "commands cannot be grouped here", "run them one after the other"),
    ("!", "a result cannot be turned round here", "use COMMAND || OTHER"),
  ]

  /// Whether a text begins with a word of the shell's own language.
  static func beginsReserved(_ text: String) -> Bool {
    let first = text.utf8.drop(while: isBlank).prefix {
      !isBlank($0) && $0 != UInt8(ascii: "\n")
    }
    return reserved.contains { first.elementsEqual($0.word.utf8) }
  }

  /// Refuses a line that begins with a word of the shell's own language.
  private func refuseReserved() throws(Stop) {
    for (word, message, hint) in Self.reserved {
      let length = word.utf8.count
      guard place + length <= bytes.count,
        bytes[place..<place + length].elementsEqual(word.utf8),
        place + length == bytes.count || Self.isBlank(bytes[place + length])
          || bytes[place + length] == UInt8(ascii: "\n")
      else { continue }
      throw refusal(message, length: length, hint: hint)
    }
  }

  /// Refuses `2>`: a number in front of a redirection names a channel.
  private func refuseChannel() throws(Stop) {
    var end = place
    while end < bytes.count, (48...57).contains(bytes[end]) { end += 1 }
    guard end > place, end < bytes.count,
      bytes[end] == UInt8(ascii: ">") || bytes[end] == UInt8(ascii: "<")
    else { return }
    throw refusal(
      "only replies go into files here", length: end - place + 1,
      hint: "errors are shown; leave this out, or write > FILE for the reply")
  }

  private mutating func command(at item: Int) throws(Stop) -> ShellCommand {
    var command = ShellCommand()
    try refuseReserved()
    while true {
      try skipBlanks()
      guard let next = byte() else { return command }
      switch next {
      case UInt8(ascii: "\n"), UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
        return command
      case UInt8(ascii: "#"): return command
      case UInt8(ascii: "<"): try heredoc(of: item, into: &command)
      case UInt8(ascii: ">"):
        place += 1
        let appends = byte() == UInt8(ascii: ">")
        if appends { place += 1 }
        try skipBlanks()
        guard let first = byte(), !"\n;&|<>()#".utf8.contains(first) else {
          throw refusal(
            "no file stands behind >", hint: "write > FILE: the reply goes into that lab file")
        }
        command.output = .init(file: try word(), appends: appends)
      case UInt8(ascii: "("), UInt8(ascii: ")"):
        if command.words.count == 1, next == UInt8(ascii: "("), byte(1) == UInt8(ascii: ")") {
          throw refusal(
            "there are no functions here", length: 2, hint: "paste the lines themselves")
        }
        throw refusal(
          "a parenthesis cannot stand here", hint: "quote it, or write $(…) for a command's reply")
      default:
        try refuseChannel()
        if command.words.isEmpty, let name = assignedName() {
          place += name.utf8.count + 1
          command.assignments.append(.init(name: name, value: try assignedValue()))
        } else {
          command.words.append(try word())
        }
      }
    }
  }

  /// The name before `=` where one begins here.
  private func assignedName() -> String? {
    var end = place
    while end < bytes.count, Self.isName(bytes[end], first: end == place) { end += 1 }
    guard end > place, end < bytes.count, bytes[end] == UInt8(ascii: "=") else { return nil }
    return text(place..<end)
  }

  private mutating func assignedValue() throws(Stop) -> ShellWord {
    guard let next = byte(), !Self.isBlank(next), next != UInt8(ascii: "\n"),
      next != UInt8(ascii: ";")
    else { return ShellWord() }
    return try word()
  }

  static func isName(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "_"):
      true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): !first
    default: false
    }
  }

  // MARK: Heredocs

  private mutating func heredoc(of item: Int, into command: inout ShellCommand) throws(Stop) {
    if stands("<<<") {
      throw refusal(
        "a text cannot be handed to a command with <<< here", length: 3,
        hint: "put it in quotes behind the option that takes it")
    }
    guard byte(1) == UInt8(ascii: "<") else {
      throw refusal(
        "a command cannot read a file with < here",
        hint: "use file://NAME in an option, or cat NAME")
    }
    place += 2
    var stripsTabs = false
    if byte() == UInt8(ascii: "-") {
      stripsTabs = true
      place += 1
    }
    try skipBlanks()
    let start = place
    let word = try word()
    let isQuoted = bytes[start..<place].contains { "'\"\\".utf8.contains($0) }
    var delimiter = ""
    for part in word.parts { if case .literal(let text) = part { delimiter += text } }
    command.heredoc = ShellWord()
    pending.append(
      Heredoc(
        delimiter: delimiter, expands: !isQuoted, stripsTabs: stripsTabs, item: item))
  }

  /// The lines that belong to the heredocs of the line before.
  private mutating func readHeredocs(into items: inout [ShellItem]) throws(Stop) {
    while let heredoc = pending.first {
      var body: [UInt8] = []
      var isClosed = false
      let base = place
      while place < bytes.count {
        let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        var line = bytes[place..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if heredoc.stripsTabs { line = line.drop { $0 == UInt8(ascii: "\t") } }
        place = min(end + 1, bytes.count)
        if line.elementsEqual(heredoc.delimiter.utf8) {
          isClosed = true
          break
        }
        body += line
        body.append(UInt8(ascii: "\n"))
      }
      guard isClosed else { throw .unfinished(.heredoc(delimiter: heredoc.delimiter)) }
      pending.removeFirst()
      var word = ShellWord(
        parts: [.literal(String(decoding: body, as: UTF8.self))], isQuoted: true)
      if heredoc.expands {
        var inner = ShellScanner(body, depth: depth + 1, base: self.base + base)
        word = try inner.quotedText(until: nil)
        heredocBackquotes += inner.backquotes
      }
      items[heredoc.item].command.heredoc = word
    }
  }

  // MARK: Words

  mutating func word() throws(Stop) -> ShellWord {
    var word = ShellWord()
    var literal: [UInt8] = []
    func flush() {
      if !literal.isEmpty {
        word.parts.append(.literal(String(decoding: literal, as: UTF8.self)))
        literal = []
      }
    }
    loop: while let next = byte() {
      switch next {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"),
        UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "<"),
        UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"):
        break loop
      case UInt8(ascii: "\\"), UInt8(ascii: "'"),
        UInt8(ascii: "$") where byte(1) == UInt8(ascii: "'"):
        if let text = try literalText() {
          literal += text
          word.isQuoted = true
        }
      case UInt8(ascii: "\""), UInt8(ascii: "$"):
        if let more = try quotedOrExpanded() {
          flush()
          word.append(more)
        } else {
          literal.append(next)
          place += 1
        }
      case UInt8(ascii: "`"):
        let isLast = byte(1).map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? true
        throw refusal(
          "backquotes do not work here",
          hint: isLast && word.parts.isEmpty && literal.isEmpty
            ? "a line goes on with \\ at its end; ` is for PowerShell" : "write $(…) instead")
      default:
        literal.append(next)
        place += 1
      }
    }
    flush()
    return word
  }

  /// What begins here with a backslash, `'` or `$'`, as it is; nothing for a backslash before the end
  /// of a line.
  private mutating func literalText() throws(Stop) -> [UInt8]? {
    switch byte() {
    case UInt8(ascii: "\\"):
      guard let escaped = byte(1) else { throw .unfinished(.backslash) }
      place += 2
      return escaped == UInt8(ascii: "\n") ? nil : [escaped]
    case UInt8(ascii: "'"):
      let start = place + 1
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "'")) else {
        throw .unfinished(.quote("'"))
      }
      place = end + 1
      return Array(bytes[start..<end])
    default:
      place += 2
      return try escapedText()
    }
  }

  /// What begins here with `"`, or with a `$` that means something; nothing for one that does not.
  private mutating func quotedOrExpanded() throws(Stop) -> ShellWord? {
    if byte() == UInt8(ascii: "\"") {
      place += 1
      return try quotedText(until: UInt8(ascii: "\""))
    }
    return try expansion(isQuoted: false).map { ShellWord(parts: [$0]) }
  }

  /// The default of a `${NAME:-default}` that stands in no double quotes: read as words are, up to the
  /// brace.
  /// Source: Bash Reference Manual, shell parameter expansion.
  private mutating func openDefault() throws(Stop) -> ShellWord {
    var word = ShellWord()
    var plain: [UInt8] = []
    func flush() {
      if !plain.isEmpty { word.parts.append(.open(String(decoding: plain, as: UTF8.self))) }
      plain = []
    }
    while let next = byte() {
      switch next {
      case UInt8(ascii: "}"):
        place += 1
        flush()
        return word
      case UInt8(ascii: "\\"), UInt8(ascii: "'"),
        UInt8(ascii: "$") where byte(1) == UInt8(ascii: "'"):
        guard let text = try literalText() else { continue }
        flush()
        word.isQuoted = true
        word.parts.append(.literal(String(decoding: text, as: UTF8.self)))
      case UInt8(ascii: "\""), UInt8(ascii: "$"):
        if let more = try quotedOrExpanded() {
          flush()
          word.append(more)
        } else {
          plain.append(next)
          place += 1
        }
      case UInt8(ascii: "`"):
        throw refusal("backquotes do not work here", hint: "write $(…) instead")
      default:
        plain.append(next)
        place += 1
      }
    }
    throw .unfinished(.brace)
  }

  /// Text in which only `$`, and a backslash before `$`, `"`, `\`, a backquote or a line's end, mean
  /// something: between double quotes, or in a heredoc. Up to a brace, as a default there, double quotes
  /// are taken away as well.
  private mutating func quotedText(until mark: UInt8?) throws(Stop) -> ShellWord {
    let isDefault = mark == UInt8(ascii: "}")
    var word = ShellWord(isQuoted: true)
    var literal: [UInt8] = []
    func flush() {
      if !literal.isEmpty {
        word.parts.append(.literal(String(decoding: literal, as: UTF8.self)))
        literal = []
      }
    }
    while let next = byte() {
      if let mark, next == mark {
        place += 1
        flush()
        return word
      }
      switch next {
      case UInt8(ascii: "\\"):
        let escaped = byte(1)
        if escaped == UInt8(ascii: "\n") {
          place += 2
        } else if let escaped,
          "$`\\".utf8.contains(escaped) || escaped == mark
            || (isDefault && escaped == UInt8(ascii: "\""))
        {
          literal.append(escaped)
          place += 2
        } else {
          literal.append(next)
          place += 1
        }
      case UInt8(ascii: "$"):
        if let part = try expansion(isQuoted: true) {
          flush()
          word.parts.append(part)
        } else {
          literal.append(next)
          place += 1
        }
      case UInt8(ascii: "\"") where isDefault:
        place += 1
        flush()
        word.parts += try quotedText(until: next).parts
      case UInt8(ascii: "`"):
        backquotes.append(base + place)
        literal.append(next)
        place += 1
      default:
        literal.append(next)
        place += 1
      }
    }
    if mark != nil { throw .unfinished(isDefault ? .brace : .quote("\"")) }
    flush()
    return word
  }

  /// `$NAME`, `${NAME}`, `${NAME:-default}`, `$(…)`, `$?`; nothing for a `$` that means itself.
  private mutating func expansion(isQuoted: Bool) throws(Stop) -> ShellWord.Part? {
    switch byte(1) {
    case UInt8(ascii: "?"):
      place += 2
      return .variable("?", fallback: nil, isQuoted: isQuoted)
    case UInt8(ascii: "("):
      if stands("$((") {
        throw refusal("nothing is calculated here", length: 3, hint: "write the number itself")
      }
      place += 2
      return .substitution(try substitution(), isQuoted: isQuoted)
    case UInt8(ascii: "{"): return try braced(isQuoted: isQuoted)
    case .some(let next) where Self.isName(next, first: true):
      var end = place + 1
      while end < bytes.count, Self.isName(bytes[end], first: false) { end += 1 }
      defer { place = end }
      return .variable(text(place + 1..<end), fallback: nil, isQuoted: isQuoted)
    default: return nil
    }
  }

  private mutating func braced(isQuoted: Bool) throws(Stop) -> ShellWord.Part {
    let start = place
    var end = place + 2
    while end < bytes.count, Self.isName(bytes[end], first: end == place + 2) { end += 1 }
    let name = text(place + 2..<end)
    if name.isEmpty {
      throw refusal("${ must be followed by a name", length: 2, hint: "write ${NAME}")
    }
    place = end
    if byte() == UInt8(ascii: "}") {
      place += 1
      return .variable(name, fallback: nil, isQuoted: isQuoted)
    }
    guard stands(":-") else {
      place = start
      throw refusal(
        "only ${NAME} and ${NAME:-default} work here", length: end - start,
        hint: "set another variable first")
    }
    place += 2
    let fallback = isQuoted ? try quotedText(until: UInt8(ascii: "}")) : try openDefault()
    return .variable(name, fallback: fallback, isQuoted: isQuoted)
  }

  /// The text up to the parenthesis that closes `$(`, which was just read.
  private mutating func substitution() throws(Stop) -> String {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw refusal("too many $( inside each other", hint: "use variables in between")
    }
    let start = place
    while let next = byte() {
      switch next {
      case UInt8(ascii: ")"):
        place += 1
        return text(start..<place - 1)
      case UInt8(ascii: "\\"): place += min(2, bytes.count - place)
      case UInt8(ascii: "'"):
        guard let end = bytes[(place + 1)...].firstIndex(of: next) else {
          throw .unfinished(.quote("'"))
        }
        place = end + 1
      case UInt8(ascii: "\""):
        place += 1
        _ = try quotedText(until: next)
      case UInt8(ascii: "$") where byte(1) == UInt8(ascii: "("):
        place += 2
        _ = try substitution()
      case UInt8(ascii: "$") where byte(1) == UInt8(ascii: "'"):
        place += 2
        _ = try escapedText()
      default: place += 1
      }
    }
    throw .unfinished(.substitution)
  }
}
