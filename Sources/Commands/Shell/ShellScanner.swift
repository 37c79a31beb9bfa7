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

  let bytes: [UInt8]
  var place = 0
  var pending: [Heredoc] = []
  var depth = 0
  /// Where the text of a heredoc begins in the whole.
  var base = 0
  /// Backquotes between double quotes, and those in a heredoc, which bash would read as a command.
  var backquotes: [Int] = []
  private(set) var heredocBackquotes: [Int] = []

  /// Whether what is read stands in a `$(…)`, which a parenthesis ends.
  var isInside = false
  /// Where what is not closed begins.
  var opening: Int?

  static let deepest = 16

  struct Heredoc {
    var delimiter: String
    var expands: Bool
    var stripsTabs: Bool
    var item: Int
    /// Where its `<<` stands.
    var place: Int
  }

  init(_ text: String) { bytes = Array(text.utf8) }

  init(_ bytes: [UInt8], depth: Int, base: Int) {
    self.bytes = bytes
    self.depth = depth
    self.base = base
  }

  // MARK: Bytes

  func byte(_ ahead: Int = 0) -> UInt8? {
    place + ahead < bytes.count ? bytes[place + ahead] : nil
  }

  func stands(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { wanted in
      place + wanted.count <= bytes.count
        && bytes[place..<place + wanted.count].elementsEqual(wanted)
    }
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func refusal(_ message: String, length: Int = 1, hint: String) -> Stop {
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

  /// The commands up to the end of the text, or up to the parenthesis that closes the `$(` in which they
  /// stand.
  mutating func items() throws(Stop) -> [ShellItem] {
    var items: [ShellItem] = []
    var joint = ShellItem.Joint.always
    /// Whether a command stands in front, on the same line.
    var hasCommand = false
    loop: while true {
      try skipBlanks()
      guard let next = byte() else { break }
      switch next {
      case UInt8(ascii: ")") where isInside: break loop
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
        joint = try nextJoint(&items)
        hasCommand = true
      }
    }
    if joint != .always {
      guard byte() == nil else {
        throw refusal("a command is missing after && or ||", hint: "add one")
      }
      throw .unfinished(.joint)
    }
    if let open = pending.first {
      guard byte() == nil else {
        throw refusal(
          "the text for \(open.delimiter) has no place before this parenthesis",
          hint:
            "begin a line behind <<\(open.delimiter), and end the text with a line that is just "
            + open.delimiter)
      }
      opening = open.place
      throw .unfinished(.heredoc(delimiter: open.delimiter))
    }
    return items
  }

  private func nothingBefore(_ mark: String) -> Stop {
    refusal(
      "no command stands before this '\(mark)'", length: mark.utf8.count,
      hint: "it stands between two commands; bash refuses this, too")
  }

  private mutating func nextJoint(_ items: inout [ShellItem]) throws(Stop) -> ShellItem.Joint {
    try skipBlanks()
    if stands("&&") || stands("||") {
      let joint: ShellItem.Joint = stands("&&") ? .onSuccess : .onFailure
      place += 2
      // The command may stand on the next line.
      try skipBlanks()
      while byte() == UInt8(ascii: "\n") {
        place += 1
        try readHeredocs(into: &items)
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
    let rest = String(decoding: bytes[(place + 1)...].prefix(200), as: UTF8.self)
    let words = rest.prefix { !"\n;|".contains($0) }.split(whereSeparator: \.isWhitespace)
    let isBack = words.contains { ["-d", "-D", "--decode"].contains($0) }
    let isBase64 =
      words.first == "base64"
      || (words.first == "openssl" && words.contains { $0.hasSuffix("base64") })
    if isBase64 {
      return
        "put > FILE behind the command, then openssl enc \(isBack ? "-d " : "")-base64 -in FILE"
        + " -out OTHER"
    }
    switch words.first {
    case "gunzip", "zcat": return "put > FILE behind the command, then zcat FILE"
    case "jq", "yq", "python", "python3", "grep", "head", "tail", "sort", "wc", "awk", "sed", "cut",
      "uniq":
      return "use --query with the command, or query EXPRESSION behind it"
    case "tee": return "put > FILE behind the command, then cat FILE"
    case "aws":
      return "put > FILE behind the first command, then file://FILE in an option of the second"
    case "xargs", "while", "read":
      return "run the lines one after the other, or take VALUE=$(aws …) and $VALUE"
    default: return "use --query, query EXPRESSION, > FILE, or VALUE=$(aws …) and $VALUE"
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
  private mutating func refuseChannel() throws(Stop) {
    var end = place
    while end < bytes.count, (48...57).contains(bytes[end]) { end += 1 }
    guard end > place, end < bytes.count,
      bytes[end] == UInt8(ascii: ">") || bytes[end] == UInt8(ascii: "<")
    else { return }
    // The channel of replies is the one that > takes without a number.
    if bytes[end] == UInt8(ascii: ">"), bytes[place..<end].elementsEqual("1".utf8) {
      place = end
      return
    }
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
      case UInt8(ascii: ")") where isInside: return command
      case UInt8(ascii: "<"): try heredoc(of: item, into: &command)
      case UInt8(ascii: ">"): command.outputs.append(try output())
      case UInt8(ascii: "("), UInt8(ascii: ")"): throw strayParenthesis(behind: command)
      default:
        try refuseChannel()
        if byte() == UInt8(ascii: ">") { continue }
        if command.words.isEmpty, let name = assignedName() {
          place += name.utf8.count + 1
          if byte() == UInt8(ascii: "(") {
            throw refusal("there are no lists here", hint: "set one variable for each value")
          }
          command.assignments.append(.init(name: name, value: try assignedValue()))
        } else {
          command.words.append(try word())
        }
      }
    }
  }

  /// `> FILE`, `>> FILE`.
  private mutating func output() throws(Stop) -> ShellCommand.Output {
    if stands(">&") || stands(">|") {
      throw refusal(
        "only replies go into files here", length: 2,
        hint: "leave this out, or write > FILE for the reply")
    }
    place += 1
    let appends = byte() == UInt8(ascii: ">")
    if appends { place += 1 }
    try skipBlanks()
    guard let first = byte(), !"\n;&|<>()#".utf8.contains(first) else {
      throw refusal(
        "no file stands behind >", hint: "write > FILE: the reply goes into that lab file")
    }
    let start = place
    return ShellCommand.Output(file: try word(), text: text(start..<place), appends: appends)
  }

  private func strayParenthesis(behind command: ShellCommand) -> Stop {
    guard byte() == UInt8(ascii: "(") else {
      return refusal("no ( stands before this )", hint: "quote it, or leave it out")
    }
    if command.words.count == 1, byte(1) == UInt8(ascii: ")") {
      return refusal("there are no functions here", length: 2, hint: "paste the lines themselves")
    }
    if command.words.isEmpty, byte(1) == UInt8(ascii: "(") {
      return refusal("nothing is calculated here", length: 2, hint: "write the number itself")
    }
    if command.words.isEmpty {
      return refusal("there are no subshells here", hint: "leave ( and ) out")
    }
    return refusal(
      "a parenthesis cannot stand here", hint: "quote it, or write $(…) for a command's reply")
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
        hint: "NAME=VALUE sets a variable; an option takes a text in quotes")
    }
    guard byte(1) == UInt8(ascii: "<") else {
      if let length = blankToFill() {
        throw refusal(
          "\(text(place..<place + length)) is a place to fill in", length: length,
          hint: "put your own value there, without < and >")
      }
      if stands("<(") {
        throw refusal(
          "a command's reply cannot be read as a file here", length: 2,
          hint: "put > FILE behind that command, then file://FILE or fileb://FILE here")
      }
      throw refusal(
        "a command cannot read a file with < here",
        hint: "use file://NAME in an option, or cat NAME")
    }
    let mark = place
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
        delimiter: delimiter, expands: !isQuoted, stripsTabs: stripsTabs, item: item, place: mark))
  }

  /// How long `<key-id>` is, as manuals write a place to fill in, where it begins here.
  private func blankToFill() -> Int? {
    var end = place + 1
    while end < bytes.count,
      Self.isName(bytes[end], first: false) || bytes[end] == UInt8(ascii: "-")
    {
      end += 1
    }
    guard end > place + 1, end < bytes.count, bytes[end] == UInt8(ascii: ">") else { return nil }
    return end + 1 - place
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
      guard isClosed else {
        opening = heredoc.place
        throw .unfinished(.heredoc(delimiter: heredoc.delimiter))
      }
      pending.removeFirst()
      var word = ShellWord(
        parts: [.literal(String(decoding: body, as: UTF8.self))], isQuoted: true)
      if heredoc.expands {
        var inner = ShellScanner(body, depth: depth + 1, base: self.base + base)
        word = try inner.heredocText()
        heredocBackquotes += inner.backquotes
      }
      items[heredoc.item].command.heredoc = word
    }
  }
}
