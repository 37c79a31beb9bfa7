import Values

/// Lines of explanation under a reply. What they look like is the terminal's affair.
package struct Page: Hashable, Sendable {
  package enum Style: Hashable, Sendable {
    case plain, heading, good, bad, quote, note, next
    /// A line of a paragraph, which a terminal may break elsewhere.
    case prose
    /// Cells of a picture: neither wrapped nor, on a plain terminal, left as they are.
    case chart
    /// What the cells of a picture mean.
    case legend
    /// A line as it can be typed: broken where a shell lets it go on, so that it can be copied.
    case command
  }

  package struct Line: Hashable, Sendable {
    package var style: Style
    package var text: String
    /// For a row of an excerpt: how a terminal draws it anew for its own width.
    package fileprivate(set) var quoted: Quoted?
    /// For a row of a table: how a terminal draws the table that is too wide for it.
    package fileprivate(set) var tabled: Tabled?

    init(style: Style, text: String) {
      self.style = style
      self.text = text
    }
  }

  /// A row of an excerpt.
  package struct Quoted: Hashable, Sendable {
    /// What is quoted.
    fileprivate enum Source: Hashable, Sendable {
      case text(SourceExcerpt)
      case bytes(HexDump)

      func rows(width: Int?) -> [String] {
        switch self {
        case .text(let excerpt): excerpt.rows(width: width)
        case .bytes(let dump): dump.rows(width: width)
        }
      }

      var sentence: String? {
        switch self {
        case .text(let excerpt): excerpt.sentence
        case .bytes(let dump): dump.sentence
        }
      }
    }

    /// All rows of the excerpt come from its first; nothing for the others.
    private let source: Source?
    private var indent: Int

    fileprivate init(_ source: Source?, indent: Int) {
      self.source = source
      self.indent = indent
    }

    fileprivate func indented(by columns: Int) -> Quoted {
      Quoted(source, indent: indent + columns)
    }

    /// The whole excerpt said in words; nothing for the rows behind its first.
    fileprivate var sentence: String? {
      source?.sentence.map { String(repeating: " ", count: indent) + $0 }
    }

    /// The rows that stand in this one's place on a terminal.
    package func rows(width: Int) -> [String] {
      let blanks = String(repeating: " ", count: indent)
      return source?.rows(width: width - indent).map { blanks + $0 } ?? []
    }
  }

  /// Cells in rows.
  package struct Table: Hashable, Sendable {
    package let rows: [[String]]
    /// Whether the first row names the columns.
    package let hasHeader: Bool
    /// How wide the widest entry of each column is.
    package let widths: [Int]

    init(_ rows: [[String]], hasHeader: Bool) {
      self.rows = rows
      self.hasHeader = hasHeader
      var widths: [Int] = []
      for row in rows {
        for (column, entry) in row.enumerated() {
          if column == widths.count { widths.append(0) }
          widths[column] = max(widths[column], entry.count)
        }
      }
      self.widths = widths
    }

    /// One row of some of the columns, each as wide as its widest entry; the last is not padded.
    package func line(of row: [String], columns: some Collection<Int>) -> String {
      var text = ""
      for (place, column) in columns.enumerated() {
        let entry = row.indices.contains(column) ? row[column] : ""
        text += entry
        if place < columns.count - 1 {
          text += String(repeating: " ", count: widths[column] - entry.count + 2)
        }
      }
      while text.last == " " { text.removeLast() }
      return text
    }
  }

  /// A row of a table.
  package struct Tabled: Hashable, Sendable {
    /// The whole table, of which all that stands in another form comes; nothing for the rows behind
    /// the first.
    package let table: Table?
    /// Columns before it.
    package fileprivate(set) var indent: Int
    /// Columns that the whole table takes.
    package let width: Int
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
      line.tabled?.indent += by
      return line
    }
  }

  /// A part of a text with carets under it.
  package mutating func add(
    quoting text: String, marking span: Span, saying remark: String = "", indented by: Int = 0
  ) {
    for excerpt in SourceExcerpt.excerpts(of: text, marking: span, saying: remark) {
      add(.text(excerpt), indented: by)
    }
  }

  /// Bytes, as digits and as text.
  package mutating func add(dump bytes: [UInt8], indented by: Int) {
    add(.bytes(HexDump(bytes)), indented: by)
  }

  private mutating func add(_ source: Quoted.Source, indented by: Int) {
    let blanks = String(repeating: " ", count: by)
    for (index, row) in source.rows(width: nil).enumerated() {
      var line = Line(style: .quote, text: blanks + row)
      line.quoted = Quoted(index == 0 ? source : nil, indent: by)
      lines.append(line)
    }
  }

  /// What a thing is, and what is to be said of it, of which the second hangs behind the first.
  package mutating func add(
    _ name: String, is text: String, _ style: Style = .plain, at column: Int
  ) {
    add(
      table: [[name + String(repeating: " ", count: max(0, column - 2 - name.count)), text]], style)
  }

  /// Rows in columns as wide as their widest entry; the last column is not padded. With a header the
  /// first row names the columns.
  package mutating func add(
    table rows: [[String]], _ style: Style = .plain, hasHeader: Bool = false
  ) {
    let table = Table(rows, hasHeader: hasHeader)
    let texts = rows.map { table.line(of: $0, columns: $0.indices) }
    let width = texts.map(\.count).max() ?? 0
    for (place, text) in texts.enumerated() {
      var line = Line(style: style, text: text)
      line.tabled = Tabled(table: place == 0 ? table : nil, indent: 0, width: width)
      lines.append(line)
    }
  }

  // MARK: In sentences

  /// The same page for somebody to whom it is read: what stands in columns, and over a caret, as
  /// sentences.
  package var narrated: Page {
    var page = Page()
    for line in lines {
      if let quoted = line.quoted {
        if let sentence = quoted.sentence { page.lines.append(Line(style: .prose, text: sentence)) }
        continue
      }
      guard let tabled = line.tabled else {
        page.lines.append(line)
        continue
      }
      for sentence in tabled.table?.sentences ?? [] {
        page.lines.append(
          Line(
            style: line.style, text: String(repeating: " ", count: tabled.indent) + sentence))
      }
    }
    return page
  }
}

extension Page.Table {
  /// The rows under the header; what goes on under an empty first cell belongs to the row above.
  private var joined: [[String]] {
    var joined: [[String]] = []
    for row in rows.dropFirst(hasHeader ? 1 : 0) {
      if !hasHeader, row.first?.isEmpty == true, !joined.isEmpty {
        joined[joined.count - 1] += row.dropFirst()
      } else {
        joined.append(row)
      }
    }
    return joined
  }

  /// A sentence for each row: the first cell, then what the others are.
  fileprivate var sentences: [String] {
    let names = hasHeader ? rows[0] : []
    return joined.map { row in
      let indent = String(row.first?.prefix { $0 == " " } ?? "")
      let parts = row.enumerated().compactMap { column, cell -> (name: String, text: String)? in
        var text = cell.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        if text.isEmpty { return nil }
        return (names.indices.contains(column) ? names[column] : "", String(text))
      }
      guard let first = parts.first else { return "" }
      let rest = parts.dropFirst().map { part in
        let text = part.text == "-" ? "none" : part.text.replacing("  ", with: ", ")
        return part.name.isEmpty ? text : "\(part.name) \(text)"
      }
      let subject =
        indent + ([first.name, first.text].filter { !$0.isEmpty }).joined(separator: " ")
      if rest.isEmpty { return subject.hasSuffix(".") ? subject : subject + "." }
      let said = rest.joined(separator: ", ")
      return "\(subject): \(said)" + (said.hasSuffix(".") ? "" : ".")
    }
  }
}

/// How much is explained after a reply.
package enum ExplainLevel: String, CaseIterable, Sendable {
  case off, brief, full, json
  /// Whole sentences, no drawing: for a screen reader.
  case narrated
}
