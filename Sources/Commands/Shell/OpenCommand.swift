/// Puts lines together until they are a whole command.
///
/// The command is read again only when a line may have ended what was open, so that a heredoc costs the
/// same a line however long it is.
package struct OpenCommand: Sendable {
  /// The lines so far.
  package private(set) var text = ""
  private var lacks: ShellInput.Reason?
  /// How often the whole was read.
  private(set) var readings = 0

  package init() {}

  package var isEmpty: Bool { text.isEmpty }

  /// Adds a line and gives the command if that made it whole.
  package mutating func add(_ line: String) -> String? {
    if !text.isEmpty { text += "\n" }
    text += line
    if let lacks, Self.isStillOpen(lacks, behind: line) { return nil }
    readings += 1
    switch ShellInput.status(of: text) {
    case .complete: return take()
    case .needsMore(let reason):
      lacks = reason
      return nil
    }
  }

  /// What there is, whole or not, and begins anew.
  package mutating func take() -> String {
    defer {
      text = ""
      lacks = nil
    }
    return text
  }

  /// Whether a line cannot end what is open.
  private static func isStillOpen(_ reason: ShellInput.Reason, behind line: String) -> Bool {
    let bytes = line.utf8
    // Whoever splits by characters leaves what ends in \r\n together.
    if bytes.contains(UInt8(ascii: "\n")) { return false }
    switch reason {
    case .heredoc(let delimiter):
      // Tabs in front are no matter behind <<-.
      var line = bytes.drop { $0 == UInt8(ascii: "\t") }
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      return !line.elementsEqual(delimiter.utf8)
    case .quote("\""): return !hasUnescapedQuote(line)
    case .quote(let mark): return !bytes.contains { mark.utf8.contains($0) }
    case .substitution: return !bytes.contains(UInt8(ascii: ")"))
    case .brace: return !bytes.contains(UInt8(ascii: "}"))
    case .backslash:
      // Words alone, and the next line belongs to them too.
      return bytes.last == UInt8(ascii: "\\")
        && !bytes.dropLast().contains { "#'\"$`|&;<>()\\".utf8.contains($0) }
    case .block(let end): return line.utf8.count < end.utf8.count || !line.contains(end)
    case .joint: return false
    }
  }

  private static func hasUnescapedQuote(_ line: String) -> Bool {
    var isEscaped = false
    for byte in line.utf8 {
      if byte == UInt8(ascii: "\""), !isEscaped { return true }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
    return false
  }
}
