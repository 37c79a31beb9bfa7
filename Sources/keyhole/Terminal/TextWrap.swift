import Narration

/// Breaking long lines at blanks.
enum TextWrap {
  /// The text in lines of at most `width` characters; those after the first stand `hanging` columns
  /// further in than it does. A word that is longer than a line is left whole.
  static func lines(of text: String, width: Int, hanging columns: Int = 2) -> [String] {
    guard text.count > width, width > 20 else { return [text] }
    let indent = text.prefix { $0 == " " }
    let hanging = indent + String(repeating: " ", count: columns)
    var lines: [String] = []
    var line = String(indent)
    var isEmpty = true
    for word in text.dropFirst(indent.count).split(separator: " ", omittingEmptySubsequences: false)
    {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(hanging)
        isEmpty = true
        if word.isEmpty { continue }
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    lines.append(line)
    return lines
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
      of: text, width: width, hanging: last > 0 && last <= width / 2 ? last - indent : 2)
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
