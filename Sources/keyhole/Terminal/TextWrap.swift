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
}
