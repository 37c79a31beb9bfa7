import Values

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
    /// For a row of an excerpt: how a terminal draws it anew for its own width.
    package fileprivate(set) var quoted: Quoted?

    init(style: Style, text: String) {
      self.style = style
      self.text = text
    }
  }

  /// A row of an excerpt.
  package struct Quoted: Hashable, Sendable {
    /// All rows of the excerpt come from its first; nothing for the others.
    private let excerpt: SourceExcerpt?
    private var indent: Int

    fileprivate init(_ excerpt: SourceExcerpt?, indent: Int) {
      self.excerpt = excerpt
      self.indent = indent
    }

    fileprivate func indented(by columns: Int) -> Quoted {
      Quoted(excerpt, indent: indent + columns)
    }

    /// The rows that stand in this one's place on a terminal.
    package func rows(width: Int) -> [String] {
      let blanks = String(repeating: " ", count: indent)
      return excerpt?.rows(width: width - indent).map { blanks + $0 } ?? []
    }
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
    lines += page.lines.map { line in
      var line = line
      if !line.text.isEmpty { line.text = blanks + line.text }
      line.quoted = line.quoted?.indented(by: by)
      return line
    }
  }

  /// A part of a text with carets under it.
  package mutating func add(
    quoting text: String, marking span: Span, saying remark: String = "", indented by: Int = 0
  ) {
    let blanks = String(repeating: " ", count: by)
    for excerpt in SourceExcerpt.excerpts(of: text, marking: span, saying: remark) {
      for (index, row) in excerpt.rows(width: nil).enumerated() {
        var line = Line(style: .quote, text: blanks + row)
        line.quoted = Quoted(index == 0 ? excerpt : nil, indent: by)
        lines.append(line)
      }
    }
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
