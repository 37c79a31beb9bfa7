import Narration

/// Breaking long lines at blanks.
enum TextWrap {
  /// The text in lines of at most `width` characters; those after the first stand `hanging` columns
  /// further in than it does. A word that is longer than a line is left whole.
  ///
  /// `breaking` breaks such a word all the same, after a `:` or `/` where it has some, as an ARN has.
  static func lines(
    of text: String, width: Int, hanging columns: Int = 2, breaking breaks: Bool = false
  ) -> [String] {
    guard text.count > width, width > 20 else { return [text] }
    let indent = text.prefix { $0 == " " }
    let hanging = String(repeating: " ", count: indent.count + columns)
    var lines: [String] = []
    var line = String(indent)
    var isEmpty = true
    for word in text.dropFirst(indent.count).split(separator: " ", omittingEmptySubsequences: false)
    {
      // One that has to be broken anyway begins where it stands.
      let isBroken =
        breaks && word.count > width - hanging.count && word.contains { ":/".contains($0) }
      if !isEmpty, line.count + 1 + word.count > width, !isBroken {
        lines.append(line)
        line = String(hanging)
        isEmpty = true
        if word.isEmpty { continue }
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
      while breaks, line.count > width, let place = joint(of: line, before: width, after: hanging) {
        lines.append(String(line[..<place]))
        line = hanging + line[place...]
      }
    }
    lines.append(line)
    return lines
  }

  /// The place behind the last `:` or `/` of the last word that still fits, where the rest is a gain.
  private static func joint(of line: String, before width: Int, after hanging: String)
    -> String.Index?
  {
    let end = line.index(line.startIndex, offsetBy: width)
    let start = line.lastIndex(of: " ").map { line.index(after: $0) } ?? line.startIndex
    guard start < end, let joint = line[start..<end].lastIndex(where: { ":/".contains($0) }) else {
      return nil
    }
    let place = line.index(after: joint)
    let isGain = line.distance(from: line.startIndex, to: place) > hanging.count
    return isGain && place < line.endIndex ? place : nil
  }

  /// The same for a row of a table: what does not fit goes on under the beginning of its last column,
  /// where that leaves room.
  static func columns(of text: String, width: Int) -> [String] {
    guard text.count > width else { return [text] }
    var gap = 0
    var last = 0
    var isText = false
    for (column, character) in text.enumerated() {
      if character == " " {
        gap += 1
      } else {
        if gap >= 2, isText { last = column }
        gap = 0
        isText = true
      }
    }
    let indent = text.prefix { $0 == " " }.count
    return lines(
      of: text, width: width, hanging: last > 0 && last <= width / 2 ? last - indent : 2,
      breaking: true)
  }

  /// A line that can be typed goes on behind a backslash, as it could be typed, so that it can be
  /// copied. It breaks between its options and words alone: a quoted one may be longer than a line.
  static func command(_ text: String, width: Int) -> [String] {
    guard text.count > width, width > 20 else { return [text] }
    let indent = text.prefix { $0 == " " }
    let hanging = indent + "    "
    var lines: [String] = []
    var line = String(indent)
    var isEmpty = true
    for word in words(of: text.dropFirst(indent.count)) {
      if !isEmpty, line.count + 1 + word.count + 2 > width {
        lines.append(line + " \\")
        line = String(hanging)
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }

  /// What stands between blanks, where no quotation mark keeps it together.
  private static func words(of text: Substring) -> [Substring] {
    var words: [Substring] = []
    var start = text.startIndex
    var mark: Character?
    for index in text.indices {
      let character = text[index]
      if let open = mark {
        if character == open { mark = nil }
      } else if character == "'" || character == "\"" {
        mark = character
      } else if character == " " {
        words.append(text[start..<index])
        start = text.index(after: index)
      }
    }
    words.append(text[start...])
    // An option keeps its value beside it.
    return words.reduce(into: []) { joined, word in
      guard let last = joined.last, last.hasPrefix("--"), !last.contains(" "), !word.isEmpty,
        !word.hasPrefix("-")
      else { return joined.append(word) }
      joined[joined.count - 1] = last + " " + word
    }
  }

  /// A quoted line: as a command where it is one, else broken at blanks.
  static func quote(_ text: String, width: Int) -> [String] {
    let bare = text.drop { $0 == " " }
    let isCommand =
      bare.hasPrefix("$ ") || bare.hasPrefix("aws ") || bare.contains("  $ ")
      || bare.contains(": aws ")
    return isCommand ? command(text, width: width) : lines(of: text, width: width, hanging: 4)
  }

  /// The page with the lines of each paragraph put together: a text that was written for a page as
  /// wide as its file reads well on any. An item of a list is a paragraph of its own.
  static func paragraphs(of page: Page) -> [Page.Line] {
    var lines: [Page.Line] = []
    for line in page.lines {
      let bare = line.text.drop { $0 == " " }
      if line.style == .prose, let last = lines.last, last.style == .prose, !last.text.isEmpty,
        !bare.isEmpty, !isItem(bare)
      {
        lines[lines.count - 1].text += " " + bare
      } else {
        lines.append(line)
      }
    }
    return lines
  }

  private static func isItem(_ text: Substring) -> Bool { mark(of: text) > 0 }

  /// How wide the mark is with which an item of a list begins: `- `, `10. `; 0 for other text.
  static func mark(of text: some StringProtocol) -> Int {
    if text.hasPrefix("- ") { return 2 }
    let digits = text.prefix { $0.isASCII && $0.isNumber }.count
    return digits > 0 && text.dropFirst(digits).hasPrefix(". ") ? digits + 2 : 0
  }
}
