import Values

/// `--output yaml` and `yaml-stream`: block style, names sorted, two spaces a level, lines folded
/// behind column 80.
///
/// Scalars are written as libyaml writes them, which the client uses: what would read as a number, a
/// time or null is quoted, and a text with line breaks or controls is quoted in the form that can
/// hold it. A reply that is a single scalar is printed as JSON instead.
/// Source: facts cli-v2.md, replies; YAML 1.2 core tags.
enum YAMLReply {
  /// `marksShared` gives a list or a map that is there twice, as a query can take it, an anchor, and an
  /// alias from then on.
  static func render(_ value: JSON, marksShared: Bool = false) -> String {
    if value.isScalar { return value.line + "\n" }
    var writer = YAMLWriter()
    if marksShared { writer.anchors = YAMLAnchors(value) }
    writer.write(value, isInMapping: false)
    writer.endLine()
    return writer.text
  }
}

private struct YAMLWriter {
  var text = ""
  var anchors = YAMLAnchors()
  private var column = 0
  private var indent = -1
  /// Whether a blank or the line's start stands in front.
  private var isBlank = true
  /// Whether only indentation and `-` stand in front.
  private var isIndented = true

  private static let width = 80

  mutating func endLine() { if column > 0 { breakLine() } }

  // MARK: Structure

  mutating func write(_ value: JSON, isInMapping: Bool) {
    if let mark = anchors.mark(of: value) {
      indicator(mark.text, keepsIndentation: false)
      if mark.isAlias { return }
    }
    let outer = indent
    defer { indent = outer }
    switch value {
    case .array(let elements) where !elements.isEmpty:
      // A list in a mapping begins below its name.
      if !(isInMapping && !isIndented) { indent = indent < 0 ? 0 : indent + 2 }
      for element in elements {
        startLine()
        indicator("-", keepsIndentation: true)
        write(element, isInMapping: false)
      }
    case .object(let object) where !object.isEmpty:
      indent = indent < 0 ? 0 : indent + 2
      for member in object.members.sorted(by: { $0.name < $1.name }) {
        startLine()
        let key = YAMLScalar(member.name)
        if key.isMultiline || member.name.utf8.count > 128 {
          indicator("?", keepsIndentation: true)
          write(scalar: .string(member.name), isKey: false)
          startLine()
          indicator(":", keepsIndentation: true)
        } else {
          write(scalar: .string(member.name), isKey: true)
          put(":")
          isBlank = false
          isIndented = false
        }
        write(member.value, isInMapping: true)
      }
    case .array: indicator("[]", keepsIndentation: false)
    case .object: indicator("{}", keepsIndentation: false)
    default: write(scalar: value, isKey: false)
    }
  }

  private mutating func startLine() {
    let wanted = max(indent, 0)
    if !isIndented || column > wanted || (column == wanted && !isBlank) { breakLine() }
    while column < wanted { put(" ") }
    isBlank = true
    isIndented = true
  }

  private mutating func indicator(_ mark: String, keepsIndentation: Bool) {
    if !isBlank { put(" ") }
    for scalar in mark.unicodeScalars { put(scalar) }
    isBlank = false
    isIndented = isIndented && keepsIndentation
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    text.unicodeScalars.append(scalar)
    column += 1
  }

  private mutating func breakLine(_ scalar: Unicode.Scalar = "\n") {
    text.unicodeScalars.append(scalar)
    column = 0
  }

  // MARK: Scalars

  private mutating func write(scalar value: JSON, isKey: Bool) {
    guard let string = value.string else {
      plain(Array((value == .null ? "null" : value.line).unicodeScalars), folds: false)
      isBlank = false
      return
    }
    let outer = indent
    indent = indent < 0 ? 2 : indent + 2
    defer { indent = outer }
    let facts = YAMLScalar(string)
    let scalars = Array(string.unicodeScalars)
    if facts.isPlain, !string.isEmpty {
      plain(scalars, folds: !isKey)
    } else if facts.canBeSingleQuoted, !(isKey && facts.isMultiline) {
      singleQuoted(scalars, folds: !isKey)
    } else {
      doubleQuoted(scalars, folds: !isKey)
    }
    isBlank = false
    isIndented = false
  }

  private mutating func plain(_ scalars: [Unicode.Scalar], folds: Bool) {
    if !isBlank { put(" ") }
    var isSpace = false
    for (place, scalar) in scalars.enumerated() {
      let next = place + 1 < scalars.count ? scalars[place + 1] : nil
      if scalar == " ", folds, !isSpace, column > Self.width, next != " " {
        startLine()
      } else {
        put(scalar)
        isIndented = false
      }
      isSpace = scalar == " "
    }
  }

  private mutating func singleQuoted(_ scalars: [Unicode.Scalar], folds: Bool) {
    indicator("'", keepsIndentation: false)
    var isSpace = false
    var isBreak = false
    for (place, scalar) in scalars.enumerated() {
      let next = place + 1 < scalars.count ? scalars[place + 1] : nil
      if scalar == " " {
        if folds, !isSpace, column > Self.width, place > 0, let next, next != " " {
          startLine()
        } else {
          put(scalar)
        }
        isSpace = true
      } else if YAMLScalar.isBreak(scalar) {
        if !isBreak, scalar == "\n" { breakLine() }
        breakLine(scalar)
        isIndented = true
        isBreak = true
      } else {
        if isBreak { startLine() }
        if scalar == "'" { put(scalar) }
        put(scalar)
        isIndented = false
        isSpace = false
        isBreak = false
      }
    }
    if isBreak { startLine() }
    put("'")
  }

  private mutating func doubleQuoted(_ scalars: [Unicode.Scalar], folds: Bool) {
    indicator("\"", keepsIndentation: false)
    var isSpace = false
    for (place, scalar) in scalars.enumerated() {
      if let escape = Self.escape(scalar) {
        for scalar in escape.unicodeScalars { put(scalar) }
        isSpace = false
      } else if scalar == " " {
        if folds, !isSpace, column > Self.width, place > 0, place + 1 < scalars.count {
          isIndented = false
          startLine()
          if scalars[place + 1] == " " { put("\\") }
        } else {
          put(scalar)
        }
        isSpace = true
      } else {
        put(scalar)
        isSpace = false
      }
    }
    put("\"")
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\0": return "\\0"
    case "\u{07}": return "\\a"
    case "\u{08}": return "\\b"
    case "\t": return "\\t"
    case "\n": return "\\n"
    case "\u{0B}": return "\\v"
    case "\u{0C}": return "\\f"
    case "\r": return "\\r"
    case "\u{1B}": return "\\e"
    case "\u{85}": return "\\N"
    case "\u{2028}": return "\\L"
    case "\u{2029}": return "\\P"
    default: break
    }
    if YAMLScalar.isPrintable(scalar) { return nil }
    let (mark, digits) =
      scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
    let hex = String(scalar.value, radix: 16, uppercase: true)
    return "\\" + mark + String(repeating: "0", count: max(0, digits - hex.utf8.count)) + hex
  }
}

/// What a text allows: whether it can stand without quotes, or within single ones.
private struct YAMLScalar {
  private(set) var isMultiline = false
  private(set) var isPlain = true
  private(set) var canBeSingleQuoted = true

  init(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first, let last = scalars.last else { return }
    func isBlank(_ place: Int) -> Bool {
      place >= scalars.count || " \t\0".unicodeScalars.contains(scalars[place])
        || Self.isBreak(scalars[place])
    }
    var isIndicator = text.hasPrefix("---") || text.hasPrefix("...")
    for (place, scalar) in scalars.enumerated() {
      switch scalar {
      case "#": if place == 0 || isBlank(place - 1) { isIndicator = true }
      case ":": if isBlank(place + 1) { isIndicator = true }
      case "?", "-": if place == 0, isBlank(1) { isIndicator = true }
      case ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`":
        if place == 0 { isIndicator = true }
      default: break
      }
      if !Self.isPrintable(scalar) {
        isPlain = false
        canBeSingleQuoted = false
      }
      if Self.isBreak(scalar) {
        isMultiline = true
        if place > 0, scalars[place - 1] == " " { canBeSingleQuoted = false }
        if place + 1 < scalars.count, scalars[place + 1] == " " { canBeSingleQuoted = false }
      }
    }
    if first == " " || last == " " || isMultiline || isIndicator { isPlain = false }
    if YAMLTag.isOther(text) { isPlain = false }
  }

  static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }

  /// What libyaml prints as it is: not beyond the basic plane.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
    default: false
    }
  }
}
