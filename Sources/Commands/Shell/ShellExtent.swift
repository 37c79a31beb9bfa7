/// Where a text ends that the little shell refuses: as far as bash would read it.
///
/// Without it the rest of a refused command would be run by itself: the lines of a loop's body, or of a
/// text in quotes.
struct ShellExtent {
  private enum Open: Equatable {
    /// `"`
    case quote
    /// `${`
    case brace
    /// `$(`
    case substitution
    /// `(`
    case parenthesis
    /// `if`, `for`, `case`, `{` and others, up to the word that ends it.
    case block(String)
  }

  private let bytes: [UInt8]
  private var place = 0
  private var open: [Open] = []
  private var heredocs: [(delimiter: [UInt8], stripsTabs: Bool)] = []
  /// Whether a command may begin here.
  private var isStart = true
  /// Whether the command goes on behind the last word.
  private var isJoined = false

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// What a text lacks to be whole; nothing for one that is.
  static func lack(of text: String) -> ShellInput.Reason? {
    var extent = ShellExtent(text)
    return extent.read()
  }

  private func byte(_ ahead: Int = 0) -> UInt8? {
    place + ahead < bytes.count ? bytes[place + ahead] : nil
  }

  private mutating func read() -> ShellInput.Reason? {
    while let next = byte() {
      let reason: ShellInput.Reason?
      switch open.last {
      case .quote, .brace: reason = readQuoted(next)
      default: reason = readCode(next)
      }
      if let reason { return reason }
    }
    switch open.last {
    case .quote: return .quote("\"")
    case .brace: return .brace
    case .substitution, .parenthesis: return .substitution
    case .block(let end): return .block(end)
    case nil: break
    }
    if let heredoc = heredocs.first { return Self.reason(heredoc.delimiter) }
    return isJoined ? .joint : nil
  }

  private static func reason(_ delimiter: [UInt8]) -> ShellInput.Reason {
    .heredoc(delimiter: String(decoding: delimiter, as: UTF8.self))
  }

  /// Between double quotes, and between the braces of a `${`.
  private mutating func readQuoted(_ next: UInt8) -> ShellInput.Reason? {
    let isBrace = open.last == .brace
    switch next {
    case UInt8(ascii: "\\"):
      place += 2
      return place > bytes.count ? .backslash : nil
    case UInt8(ascii: "\""):
      if isBrace { open.append(.quote) } else { open.removeLast() }
      place += 1
    case UInt8(ascii: "}") where isBrace:
      open.removeLast()
      place += 1
    case UInt8(ascii: "'") where isBrace && !open.contains(.quote):
      return readSingle(from: place + 1)
    case UInt8(ascii: "$"): return readDollar()
    default: place += 1
    }
    return nil
  }

  private mutating func readCode(_ next: UInt8) -> ShellInput.Reason? {
    switch next {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      place += 1
      return nil
    case UInt8(ascii: "\n"):
      place += 1
      isStart = true
      return readHeredocs()
    case UInt8(ascii: "#") where isWordStart:
      while let next = byte(), next != UInt8(ascii: "\n") { place += 1 }
      return nil
    case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
      isJoined = next == UInt8(ascii: "|") || (next == UInt8(ascii: "&") && byte(1) == next)
      place += isJoined && byte(1) == next ? 2 : 1
      isStart = true
      return nil
    default: break
    }
    isJoined = false
    switch next {
    case UInt8(ascii: "\\"):
      place += 2
      if place > bytes.count { return .backslash }
      if bytes[place - 1] != UInt8(ascii: "\n") { isStart = false }
    case UInt8(ascii: "'"):
      isStart = false
      return readSingle(from: place + 1)
    case UInt8(ascii: "\""):
      isStart = false
      open.append(.quote)
      place += 1
    case UInt8(ascii: "$"):
      isStart = false
      return readDollar()
    case UInt8(ascii: "<") where byte(1) == next && byte(2) == next: place += 3
    case UInt8(ascii: "<") where byte(1) == next: readDelimiter()
    case UInt8(ascii: "("):
      open.append(.parenthesis)
      isStart = true
      place += 1
    case UInt8(ascii: ")"):
      // Behind a pattern of `case` and the name of a function a command begins, behind $(…) none does.
      isStart = open.last != .substitution
      if open.last == .substitution || open.last == .parenthesis { open.removeLast() }
      place += 1
    default:
      if isStart, isWordStart { readWord() } else { place += 1 }
    }
    return nil
  }

  private var isWordStart: Bool {
    place == 0 || " \t\r\n;&|()".utf8.contains(bytes[place - 1])
  }

  /// The first word of a command, which may begin or end a block.
  private mutating func readWord() {
    let start = place
    while let next = byte(), !" \t\r\n;&|()<>\"'$\\".utf8.contains(next) { place += 1 }
    if place == start { place += 1 }
    isStart = false
    // What goes on in quotes is another word.
    if let next = byte(), "<>\"'$\\".utf8.contains(next) { return }
    switch String(decoding: bytes[start..<place], as: UTF8.self) {
    case "if": begin("fi")
    case "while", "until": begin("done")
    case "{": begin("}")
    case "for", "select": open.append(.block("done"))
    case "case": open.append(.block("esac"))
    case "then", "else", "elif", "do", "!", "time": isStart = true
    case "function":
      while let next = byte(), next == UInt8(ascii: " ") { place += 1 }
      while let next = byte(), !" \t\r\n;&|()".utf8.contains(next) { place += 1 }
      isStart = true
    // In JSON that was pasted without quotes a comma may follow.
    case "}," where open.last == .block("}"): open.removeLast()
    case let word where open.last == .block(word): open.removeLast()
    default: break
    }
  }

  private mutating func begin(_ end: String) {
    open.append(.block(end))
    isStart = true
  }

  private mutating func readSingle(from start: Int) -> ShellInput.Reason? {
    guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "'")) else { return .quote("'") }
    place = end + 1
    return nil
  }

  private mutating func readDollar() -> ShellInput.Reason? {
    switch byte(1) {
    case UInt8(ascii: "(") where byte(2) == UInt8(ascii: "("):
      place += 3
      while let next = byte() {
        place += 1
        if next == UInt8(ascii: ")"), byte() == next {
          place += 1
          return nil
        }
      }
      return .substitution
    case UInt8(ascii: "("):
      open.append(.substitution)
      isStart = true
      place += 2
    case UInt8(ascii: "{"):
      open.append(.brace)
      place += 2
    case UInt8(ascii: "'") where open.last != .quote:
      place += 2
      while let next = byte() {
        place += next == UInt8(ascii: "\\") ? 2 : 1
        if next == UInt8(ascii: "'") { return nil }
      }
      return .quote("'")
    default: place += 1
    }
    return nil
  }

  private mutating func readDelimiter() {
    place += 2
    let stripsTabs = byte() == UInt8(ascii: "-")
    if stripsTabs { place += 1 }
    while byte() == UInt8(ascii: " ") { place += 1 }
    var delimiter: [UInt8] = []
    var quote: UInt8?
    while let next = byte(), next != UInt8(ascii: "\n") {
      if next == quote {
        quote = nil
      } else if quote != nil {
        delimiter.append(next)
      } else if next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") {
        quote = next
      } else if " \t\r;&|<>()".utf8.contains(next) {
        break
      } else if next != UInt8(ascii: "\\") {
        delimiter.append(next)
      }
      place += 1
    }
    heredocs.append((delimiter, stripsTabs))
  }

  private mutating func readHeredocs() -> ShellInput.Reason? {
    while let (delimiter, stripsTabs) = heredocs.first {
      var isClosed = false
      while place < bytes.count, !isClosed {
        let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        var line = bytes[place..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if stripsTabs { line = line.drop { $0 == UInt8(ascii: "\t") } }
        place = min(end + 1, bytes.count)
        isClosed = line.elementsEqual(delimiter)
      }
      guard isClosed else { return Self.reason(delimiter) }
      heredocs.removeFirst()
    }
    return nil
  }
}
