import Values

extension ShellScanner {
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
          // Empty quotes are a word, whatever stands beside them.
          if literal.isEmpty { word.parts.append(.literal("")) }
        }
      case UInt8(ascii: "$") where byte(1) == UInt8(ascii: "\""): place += 1
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
      if escaped == UInt8(ascii: "\n") { return nil }
      // What a letter beyond ASCII goes on with belongs to it.
      let start = place - 1
      while let next = byte(), next & 0xC0 == 0x80 { place += 1 }
      return Array(bytes[start..<place])
    case UInt8(ascii: "'"):
      let start = place + 1
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "'")) else {
        opening = base + place
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
    let start = place
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
        if word.parts.isEmpty, !isDefault { word.parts.append(.literal("")) }
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
    if mark != nil {
      if !isDefault { opening = base + start - 1 }
      throw .unfinished(isDefault ? .brace : .quote("\""))
    }
    flush()
    return word
  }

  /// The text of a heredoc, which is whole: what is open in it will not be closed by another line.
  mutating func heredocText() throws(Stop) -> ShellWord {
    do throws(Stop) {
      return try quotedText(until: nil)
    } catch {
      guard case .unfinished(let reason) = error else { throw error }
      throw .refused(
        ShellError(
          message: "in the text of a heredoc \(reason.opener) is not closed",
          offset: opening ?? base + place,
          hint: "close it, or put single quotes around the word behind << to take the text as it is"
        ))
    }
  }

  /// `$NAME`, `${NAME}`, `${NAME:-default}`, `$(…)`, `$?`, `$$`; nothing for a `$` that means itself.
  private mutating func expansion(isQuoted: Bool) throws(Stop) -> ShellWord.Part? {
    switch byte(1) {
    case UInt8(ascii: "?"):
      place += 2
      return .variable("?", fallback: nil, isQuoted: isQuoted)
    case UInt8(ascii: "$"):
      place += 2
      return .variable("$", fallback: nil, isQuoted: isQuoted)
    case .some(let next) where "123456789@*#!".utf8.contains(next):
      throw refusal(
        "there are no arguments here", length: 2,
        hint: "NAME=VALUE before sets a variable; single quotes, or \\$, keep a $ that means itself"
      )
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
      if let next = byte(2), "0123456789@*!".utf8.contains(next) {
        throw refusal(
          "there are no arguments here", length: 3,
          hint: "NAME=VALUE before sets a variable, ${NAME} takes its value")
      }
      if byte(2) == UInt8(ascii: "#") {
        throw refusal("nothing is counted here", length: 3, hint: "--query 'length(…)' counts")
      }
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
        "only ${NAME} and ${NAME:-default} work here",
        length: min(end - start + 2, bytes.count - start),
        hint: Self.braceHint(at: end, of: bytes))
    }
    place += 2
    guard depth < Self.deepest else {
      throw refusal("too many ${ inside each other", hint: "use variables in between")
    }
    depth += 1
    defer { depth -= 1 }
    do throws(Stop) {
      let fallback = isQuoted ? try quotedText(until: UInt8(ascii: "}")) : try openDefault()
      return .variable(name, fallback: fallback, isQuoted: isQuoted)
    } catch {
      if case .unfinished(.brace) = error { opening = base + start }
      throw error
    }
  }

  /// What works in place of an operator behind the name in `${NAME…}`.
  private static func braceHint(at place: Int, of bytes: [UInt8]) -> String {
    let rest = bytes[min(place, bytes.count)...].prefix(2)
    if rest.first == UInt8(ascii: "-") || rest.elementsEqual(":=".utf8)
      || rest.first == UInt8(ascii: "=")
    {
      return "write :- for a default"
    }
    if rest.first == UInt8(ascii: ":"), rest.count == 2, isName(bytes[place + 1], first: true) {
      return "single quotes around the text, or around the word behind <<, take it as it is"
    }
    return "set another variable first"
  }

  /// The commands up to the parenthesis that closes `$(`, which was just read.
  private mutating func substitution() throws(Stop) -> ShellSubstitution {
    guard depth < Self.deepest else {
      throw refusal("too many $( inside each other", hint: "use variables in between")
    }
    let (start, outer, wasInside) = (place, pending, isInside)
    depth += 1
    isInside = true
    pending = []
    let items = try items()
    guard byte() == UInt8(ascii: ")") else {
      opening = base + start - 2
      throw .unfinished(.substitution)
    }
    place += 1
    depth -= 1
    isInside = wasInside
    pending = outer
    return ShellSubstitution(items: items, text: text(start..<place - 1))
  }
}
