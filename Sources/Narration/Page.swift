/// Lines of explanation under a reply. What they look like is the terminal's affair.
package struct Page: Hashable, Sendable {
  package enum Style: Hashable, Sendable {
    case plain, heading, good, bad, quote, note, next
    /// A line of a paragraph, which a terminal may break elsewhere.
    case prose
    /// Cells of a picture: neither wrapped nor, on a plain terminal, left as they are.
    case chart
  }

  package struct Line: Hashable, Sendable {
    package var style: Style
    package var text: String
  }

  package var lines: [Line] = []

  package init() {}

  package var isEmpty: Bool { lines.isEmpty }
  package var text: String { lines.map { $0.text + "\n" }.joined() }

  package mutating func add(_ text: String, _ style: Style = .plain) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      lines.append(Line(style: style, text: String(line)))
    }
  }

  package mutating func add(_ page: Page, indented by: Int = 0) {
    let blanks = String(repeating: " ", count: by)
    lines += page.lines.map { Line(style: $0.style, text: $0.text.isEmpty ? "" : blanks + $0.text) }
  }

  /// Rows in columns as wide as their widest entry; the last column is not padded.
  package mutating func add(table rows: [[String]], _ style: Style = .plain) {
    var widths: [Int] = []
    for row in rows {
      for (column, entry) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], entry.count)
      }
    }
    for row in rows {
      var text = ""
      for (column, entry) in row.enumerated() {
        text += entry
        if column < row.count - 1 {
          text += String(repeating: " ", count: widths[column] - entry.count + 2)
        }
      }
      while text.last == " " { text.removeLast() }
      add(text, style)
    }
  }
}

/// How much is explained after a reply.
package enum ExplainLevel: String, CaseIterable, Sendable {
  case off, brief, full, json
  /// Whole sentences, no drawing: for a screen reader.
  case narrated
}
