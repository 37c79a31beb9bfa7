/// Why a text is not YAML as the lab reads it.
package struct YAMLError: Error, Hashable, Sendable {
  package var problem: String
  /// From 1.
  package var line: Int
}

extension JSON {
  /// Parses one YAML document: block and flow collections, plain, quoted, literal and folded
  /// scalars, comments, `!!binary`, `!!str` and the document marks.
  ///
  /// Aliases, merge keys and other tags are refused, and anchors of collections; names that are no text
  /// become text.
  /// Source: YAML 1.2, as far as inputs of commands use it.
  package init(parsingYAML text: String) throws(YAMLError) {
    var reader = YAMLReader(text)
    self = try reader.document()
  }
}

/// Reads line by line; what matters of a line is how far it is set in and what stands there.
private struct YAMLReader {
  private struct Line {
    var indent: Int
    /// From the first character that is no blank.
    var body: [Unicode.Scalar]
    var number: Int
    /// The whole line as it is, for block scalars.
    var raw: [Unicode.Scalar]
  }

  private var lines: [Line] = []
  private var place = 0
  private var depth = 0
  private static let deepest = 64

  init(_ text: String) {
    var number = 0
    // A mark of the byte order is no part of the text.
    let scalars = text.unicodeScalars.dropFirst(text.unicodeScalars.first == "\u{FEFF}" ? 1 : 0)
    for row in scalars.split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" })
    {
      number += 1
      var raw = Array(row)
      if raw.last == "\r" { raw.removeLast() }
      let indent = raw.prefix { $0 == " " }.count
      lines.append(Line(indent: indent, body: Array(raw[indent...]), number: number, raw: raw))
    }
  }

  private func failure(_ problem: String) -> YAMLError {
    let line = place < lines.count ? lines[place].number : lines.last?.number ?? 1
    return YAMLError(problem: problem, line: line)
  }

  mutating func document() throws(YAMLError) -> JSON {
    skipEmpty()
    var isDirected = false
    while let line = current, line.indent == 0, line.body.first == "%" {
      isDirected = true
      place += 1
      skipEmpty()
    }
    if let line = current, line.indent == 0, Self.text(line.body.prefix(3)) == "---" {
      let rest = Self.withoutComment(Array(line.body.dropFirst(3).drop { $0 == " " }))
      if rest.isEmpty {
        place += 1
      } else {
        lines[place].body = rest
        lines[place].indent = 4
      }
      skipEmpty()
    } else if isDirected {
      throw failure("--- is missing behind a line with %")
    }
    guard let line = current, !isEnd(line) else { return .null }
    let value = try block(least: 0, inMapping: false)
    skipEmpty()
    if let line = current {
      guard isEnd(line) else { throw failure("more stands behind the document's end") }
      guard line.body.first == "." else { throw failure("only one document can stand here") }
      place += 1
      skipEmpty()
      guard current == nil else { throw failure("more stands behind the document's end") }
    }
    return value
  }

  private func isEnd(_ line: Line) -> Bool {
    line.indent == 0 && ["...", "---"].contains(Self.text(line.body.prefix(3)))
  }

  private var current: Line? { place < lines.count ? lines[place] : nil }

  private mutating func skipEmpty() {
    while let line = current,
      line.body.isEmpty || line.body.first == "#"
        || line.body.allSatisfy({ $0 == "\t" })
    {
      place += 1
    }
  }

  private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  // MARK: Blocks

  /// The collection or scalar that begins on the current line.
  private mutating func block(least: Int, inMapping: Bool) throws(YAMLError) -> JSON {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw failure("too deeply nested") }
    guard let line = current, line.indent >= least, !isEnd(line) else { return .null }
    if Self.isItem(line.body) { return try sequence(at: line.indent) }
    if try name(in: line.body) != nil { return try mapping(at: line.indent) }
    return try scalar(parent: least - 1)
  }

  private static func isItem(_ body: [Unicode.Scalar]) -> Bool {
    body.first == "-" && (body.count == 1 || body[1] == " ")
  }

  private mutating func sequence(at indent: Int) throws(YAMLError) -> JSON {
    var elements: [JSON] = []
    while true {
      skipEmpty()
      guard let line = current, line.indent == indent, Self.isItem(line.body), !isEnd(line) else {
        break
      }
      elements.append(try rest(of: line, from: 1, parent: indent, inMapping: false))
    }
    if let line = current, line.indent > indent { throw failure("this is set in too far") }
    return .array(elements)
  }

  private mutating func mapping(at indent: Int) throws(YAMLError) -> JSON {
    var object = JSONObject()
    while true {
      skipEmpty()
      guard let line = current, line.indent == indent, !isEnd(line) else { break }
      if Self.isItem(line.body) { break }
      guard let (name, end) = try name(in: line.body) else { throw failure("a name: is missing") }
      guard object[name] == nil else { throw failure("\(JSON.quoted(name)) stands there twice") }
      object[name] = try rest(of: line, from: end, parent: indent, inMapping: true)
    }
    if let line = current, line.indent > indent { throw failure("this is set in too far") }
    return .object(object)
  }

  /// What follows `-` or `name:` on the same line and below it.
  private mutating func rest(of line: Line, from start: Int, parent: Int, inMapping: Bool)
    throws(YAMLError) -> JSON
  {
    let blanks = line.body[start...].prefix { $0 == " " || $0 == "\t" }.count
    let tail = Array(line.body[(start + blanks)...])
    if tail.isEmpty || tail.first == "#" {
      place += 1
      skipEmpty()
      guard let next = current, !isEnd(next) else { return .null }
      // A list may stand right below the name that it belongs to.
      if inMapping, next.indent == parent, Self.isItem(next.body) {
        return try sequence(at: parent)
      }
      return try block(least: parent + 1, inMapping: inMapping)
    }
    lines[place].body = tail
    lines[place].indent = line.indent + start + blanks
    if inMapping {
      guard !Self.isItem(tail) else { throw failure("a list cannot begin behind a name") }
      return try scalar(parent: parent)
    }
    return try block(least: parent + 1, inMapping: false)
  }

  /// The name of `name: …` at the line's beginning, and where its value begins.
  private func name(in body: [Unicode.Scalar]) throws(YAMLError) -> (String, Int)? {
    guard let first = body.first else { return nil }
    if first == "\t" { throw failure("a tab cannot set a line in") }
    if first == "\"" || first == "'" {
      var flow = YAMLFlow(body, at: 0)
      guard let text = try? flow.quoted() else { return nil }
      var end = flow.place
      while end < body.count, body[end] == " " { end += 1 }
      guard end < body.count, body[end] == ":", end + 1 == body.count || body[end + 1] == " " else {
        return nil
      }
      return (text, end + 1)
    }
    if "[]{},!|>%@`#&*".unicodeScalars.contains(first) { return nil }
    if first == "?", body.count == 1 || body[1] == " " {
      throw failure("names after ? are not read here")
    }
    for (end, scalar) in body.enumerated() {
      if scalar == "#", end > 0, body[end - 1] == " " { return nil }
      guard scalar == ":", end + 1 == body.count || body[end + 1] == " " || body[end + 1] == "\t"
      else { continue }
      var name = Self.text(body[..<end])
      while name.last == " " { name.removeLast() }
      return (name, end + 1)
    }
    return nil
  }

  private static func withoutComment(_ body: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var end = body.count
    for (place, scalar) in body.enumerated() where scalar == "#" {
      if place == 0 || body[place - 1] == " " || body[place - 1] == "\t" {
        end = place
        break
      }
    }
    while end > 0, body[end - 1] == " " || body[end - 1] == "\t" { end -= 1 }
    return Array(body[..<end])
  }

  // MARK: Scalars

  private enum Tag { case none, binary, string }

  private mutating func scalar(parent: Int) throws(YAMLError) -> JSON {
    guard var line = current else { return .null }
    var tag = Tag.none
    if line.body.first == "&" {
      // What no alias repeats is as if it had no name.
      let mark = line.body.prefix { $0 != " " }
      let tail = Array(line.body.dropFirst(mark.count).drop { $0 == " " })
      guard mark.count > 1, let first = tail.first, first != "#", !Self.isItem(tail) else {
        throw failure("an anchor has to stand in front of a value")
      }
      lines[place].body = tail
      line.body = tail
    }
    if line.body.first == "!" {
      let word = Self.text(line.body.prefix { $0 != " " })
      switch word {
      case "!!binary": tag = .binary
      case "!!str": tag = .string
      default: throw failure("the tag \(word) is not read here")
      }
      let tail = Array(line.body.drop { $0 != " " }.drop { $0 == " " })
      lines[place].body = tail
      if tail.isEmpty || tail.first == "#" {
        place += 1
        return tag == .none ? .null : ""
      }
    }
    switch lines[place].body.first {
    case "|", ">": return .string(try literal(parent: parent))
    case "\"", "'", "[", "{": return try flow(parent: parent)
    case "&", "*": throw failure("aliases are not read here")
    case "@", "`", "%", "]", "}", ",": throw failure("a text cannot begin like this without quotes")
    default: break
    }
    let text = try plain(parent: parent)
    return tag == .none ? YAMLTag.value(of: text) : .string(text)
  }

  private mutating func plain(parent: Int) throws(YAMLError) -> String {
    var parts: [String] = []
    var breaks = 0
    while let line = current, !isEnd(line) {
      if line.body.isEmpty {
        breaks += 1
        place += 1
        continue
      }
      guard parts.isEmpty || line.indent > parent, line.body.first != "#" || parts.isEmpty else {
        break
      }
      let body = Self.withoutComment(line.body)
      if Self.hasName(body) { throw failure("a name: cannot stand here") }
      if !parts.isEmpty {
        parts.append(breaks > 0 ? String(repeating: "\n", count: breaks) : " ")
      }
      breaks = 0
      parts.append(Self.text(body))
      place += 1
      if body.count < line.body.count { break }
    }
    return parts.joined()
  }

  private static func hasName(_ body: [Unicode.Scalar]) -> Bool {
    body.indices.contains { place in
      body[place] == ":" && (place + 1 == body.count || body[place + 1] == " ")
    }
  }

  /// `|` and `>` with the lines that are set in below.
  private mutating func literal(parent: Int) throws(YAMLError) -> String {
    guard let head = current else { return "" }
    let mark = Self.withoutComment(head.body)
    let isFolded = mark.first == ">"
    var keep: Character = " "
    var explicit: Int?
    for scalar in mark.dropFirst() {
      switch scalar {
      case "+", "-": keep = Character(scalar)
      case "1"..."9": explicit = Int(scalar.value) - 48
      default: throw failure("behind | and > only +, - and a digit can stand")
      }
    }
    place += 1
    var indent = explicit.map { max(parent, 0) + $0 }
    var rows: [[Unicode.Scalar]] = []
    while let line = current {
      if line.body.isEmpty {
        rows.append(indent.map { Array(line.raw.dropFirst($0)) } ?? [])
      } else {
        if indent == nil, line.indent > parent { indent = line.indent }
        guard let indent, line.indent >= indent else { break }
        rows.append(Array(line.raw.dropFirst(indent)))
      }
      place += 1
    }
    var trailing = 0
    while rows.last?.isEmpty == true {
      rows.removeLast()
      trailing += 1
    }
    var text = ""
    for (index, row) in rows.enumerated() {
      if index > 0 {
        let previous = rows[index - 1]
        let isText = isFolded && previous.first != " " && row.first != " "
        if !isText {
          text += "\n"
        } else if row.isEmpty || previous.isEmpty {
          if row.isEmpty { text += "\n" }
        } else {
          text += " "
        }
      }
      text += Self.text(row)
    }
    if rows.isEmpty { return keep == "+" ? String(repeating: "\n", count: trailing) : "" }
    switch keep {
    case "-": return text
    case "+": return text + String(repeating: "\n", count: trailing + 1)
    default: return text + "\n"
    }
  }

  /// A quoted scalar or a flow collection, over as many lines as it takes.
  private mutating func flow(parent: Int) throws(YAMLError) -> JSON {
    guard let first = current else { return .null }
    var text = first.body
    let start = place
    while true {
      var flow = YAMLFlow(text, at: 0)
      do throws(YAMLFlow.Stop) {
        let value = try flow.value(depth: depth)
        place += 1
        let rest = Self.withoutComment(Array(text[flow.place...]))
        guard rest.allSatisfy({ $0 == " " }) else {
          place -= 1
          throw .refused("this cannot stand behind the value")
        }
        return value
      } catch {
        switch error {
        case .refused(let problem): throw failure(problem)
        case .unfinished:
          place += 1
          guard let next = current, next.body.isEmpty || next.indent > parent || depth == 1,
            !isEnd(next)
          else {
            place = start
            throw failure("the quote or bracket is not closed")
          }
          text.append("\n")
          text += next.body
        }
      }
    }
  }
}

/// Values on one line: quoted texts, `[a, b]` and `{a: b}`. A line's end inside is folded.
private struct YAMLFlow {
  enum Stop: Error {
    case unfinished
    case refused(String)
  }

  private let scalars: [Unicode.Scalar]
  private(set) var place: Int
  private static let deepest = 64

  init(_ scalars: [Unicode.Scalar], at place: Int) {
    self.scalars = scalars
    self.place = place
  }

  private var current: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private mutating func skipBlanks() {
    while let scalar = current {
      if scalar == " " || scalar == "\n" || scalar == "\t" {
        place += 1
      } else if scalar == "#", place > 0, " \n\t".unicodeScalars.contains(scalars[place - 1]) {
        while let scalar = current, scalar != "\n" { place += 1 }
      } else {
        return
      }
    }
  }

  mutating func value(depth: Int) throws(Stop) -> JSON {
    guard depth <= Self.deepest else { throw .refused("too deeply nested") }
    switch current {
    case "\"", "'": return .string(try quoted())
    case "[": return try list(depth: depth)
    case "{": return try object(depth: depth)
    default:
      let text = try plain()
      return YAMLTag.value(of: text)
    }
  }

  private mutating func list(depth: Int) throws(Stop) -> JSON {
    place += 1
    var elements: [JSON] = []
    while true {
      skipBlanks()
      guard let scalar = current else { throw .unfinished }
      if scalar == "]" {
        place += 1
        return .array(elements)
      }
      elements.append(try value(depth: depth + 1))
      try separate(before: "]")
    }
  }

  private mutating func object(depth: Int) throws(Stop) -> JSON {
    place += 1
    var object = JSONObject()
    while true {
      skipBlanks()
      guard let scalar = current else { throw .unfinished }
      if scalar == "}" {
        place += 1
        return .object(object)
      }
      let isQuoted = scalar == "\"" || scalar == "'"
      let name = isQuoted ? try quoted() : try plain()
      guard object[name] == nil else { throw .refused("\(JSON.quoted(name)) stands there twice") }
      skipBlanks()
      if current == ":" {
        place += 1
        skipBlanks()
        if let next = current, next != ",", next != "}" {
          object[name] = try value(depth: depth + 1)
        } else {
          object[name] = .null
        }
      } else {
        object[name] = .null
      }
      try separate(before: "}")
    }
  }

  private mutating func separate(before end: Unicode.Scalar) throws(Stop) {
    skipBlanks()
    guard let scalar = current else { throw .unfinished }
    if scalar == "," {
      place += 1
    } else if scalar != end {
      throw .refused("a comma or \(end) is missing")
    }
  }

  private mutating func plain() throws(Stop) -> String {
    var view = String.UnicodeScalarView()
    while let scalar = current {
      if ",[]{}".unicodeScalars.contains(scalar) { break }
      if scalar == ":" {
        let next = place + 1 < scalars.count ? scalars[place + 1] : " "
        if " \n\t,[]{}".unicodeScalars.contains(next) { break }
      }
      if scalar == "#", let last = view.last, last == " " { break }
      view.append(scalar == "\n" ? " " : scalar)
      place += 1
    }
    while let last = view.last, last == " " || last == "\t" { view.removeLast() }
    guard let first = view.first else {
      if current == nil { throw .unfinished }
      throw .refused("a value is missing")
    }
    if "&*!|>%@`\"'".unicodeScalars.contains(first) {
      throw .refused("a text cannot begin with \(first) without quotes")
    }
    return String(view)
  }

  mutating func quoted() throws(Stop) -> String {
    guard let mark = current else { throw .unfinished }
    place += 1
    var view = String.UnicodeScalarView()
    while let scalar = current {
      place += 1
      switch scalar {
      case mark where mark == "'" && current == "'":
        view.append("'")
        place += 1
      case mark: return String(view)
      case "\n":
        while let last = view.last, last == " " || last == "\t" { view.removeLast() }
        var breaks = 0
        while let next = current, next == "\n" || next == " " || next == "\t" {
          if next == "\n" { breaks += 1 }
          place += 1
        }
        if breaks == 0 { view.append(" ") }
        for _ in 0..<breaks { view.append("\n") }
      case "\\" where mark == "\"": try escape(into: &view)
      default: view.append(scalar)
      }
    }
    throw .unfinished
  }

  private mutating func escape(into view: inout String.UnicodeScalarView) throws(Stop) {
    guard let scalar = current else { throw .unfinished }
    place += 1
    switch scalar {
    case "\n": while let next = current, next == " " || next == "\t" { place += 1 }
    case "0": view.append("\0")
    case "a": view.append("\u{07}")
    case "b": view.append("\u{08}")
    case "t", "\t": view.append("\t")
    case "n": view.append("\n")
    case "v": view.append("\u{0B}")
    case "f": view.append("\u{0C}")
    case "r": view.append("\r")
    case "e": view.append("\u{1B}")
    case " ", "\"", "/", "\\": view.append(scalar)
    case "N": view.append("\u{85}")
    case "_": view.append("\u{A0}")
    case "L": view.append("\u{2028}")
    case "P": view.append("\u{2029}")
    case "x": view.append(try hexadecimal(2))
    case "u": view.append(try hexadecimal(4))
    case "U": view.append(try hexadecimal(8))
    default: throw .refused("there is no \\\(scalar) in a quoted text")
    }
  }

  private mutating func hexadecimal(_ digits: Int) throws(Stop) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let scalar = current else { throw .unfinished }
      guard scalar.isASCII, let digit = Hex.value(of: UInt8(scalar.value)) else {
        throw .refused("\(scalar) is no hexadecimal digit")
      }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    guard let scalar = Unicode.Scalar(value) else { throw .refused("there is no such character") }
    return scalar
  }
}
