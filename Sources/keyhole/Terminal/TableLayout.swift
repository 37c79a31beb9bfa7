import Narration

/// A table that is wider than the terminal, in a form that fits.
enum TableLayout {
  /// The page with each table that is too wide for the terminal drawn anew.
  static func fitted(_ page: Page, width: Int) -> Page {
    guard width < .max, page.lines.contains(where: { $0.tabled != nil }) else { return page }
    var fitted = Page()
    var isRedrawn = false
    for line in page.lines {
      guard let tabled = line.tabled else {
        fitted.lines.append(line)
        continue
      }
      if tabled.table != nil {
        let rows = rows(of: tabled, width: width)
        isRedrawn = rows != nil
        for row in rows ?? [] { fitted.add(row, line.style) }
      }
      if !isRedrawn { fitted.lines.append(line) }
    }
    return fitted
  }

  /// Narrow columns of many rows stay a table, in parts one under the other; others become a
  /// paragraph for each row. Nothing where breaking the last column is enough.
  static func rows(of tabled: Page.Tabled, width: Int) -> [String]? {
    guard let table = tabled.table, width < .max, tabled.indent + tabled.width > width else {
      return nil
    }
    let room = width - tabled.indent
    let widths = table.widths
    guard widths.count > 1, room >= 24, table.rows.count > (table.hasHeader ? 1 : 0) else {
      return nil
    }
    let lastStart = widths.dropLast().reduce(0) { $0 + $1 + 2 }
    let isNarrow = widths.dropFirst().allSatisfy { $0 <= narrow }
    let blanks = String(repeating: " ", count: tabled.indent)
    if isNarrow, table.rows.count >= 3, let parts = parts(table, room) {
      return parts.map { ($0.isEmpty ? "" : blanks + $0) }
    }
    if lastStart <= room / 2 { return nil }
    return paragraphs(table, room).map { blanks + $0 }
  }

  /// Characters of a column of numbers or marks.
  private static let narrow = 14

  /// As many columns at a time as there is room for, the first with each; nothing where not even one
  /// stands beside it.
  private static func parts(_ table: Page.Table, _ room: Int) -> [String]? {
    let widths = table.widths
    var groups: [[Int]] = []
    var used = widths[0]
    for column in 1..<widths.count {
      guard widths[0] + 2 + widths[column] <= room else { return nil }
      if groups.isEmpty || used + 2 + widths[column] > room {
        groups.append([])
        used = widths[0]
      }
      groups[groups.count - 1].append(column)
      used += 2 + widths[column]
    }
    var lines: [String] = []
    for group in groups {
      if !lines.isEmpty { lines.append("") }
      lines += table.rows.map { table.line(of: $0, columns: [0] + group) }
    }
    return lines
  }

  private static func paragraphs(_ table: Page.Table, _ room: Int) -> [String] {
    let names = table.hasHeader ? table.rows[0] : []
    return table.rows.dropFirst(table.hasHeader ? 1 : 0).flatMap { row -> [String] in
      var title = row.first ?? ""
      var column = 1
      // What stands under no name belongs to the title, as far as it fits.
      while column < row.count,
        table.hasHeader ? names.indices.contains(column) && names[column].isEmpty : column < 2,
        title.count + 2 + row[column].count <= room
      {
        if !row[column].isEmpty { title += "  " + row[column] }
        column += 1
      }
      let rest = row.indices.dropFirst(column).filter { !row[$0].isEmpty }.map { place in
        let name = names.indices.contains(place) ? names[place] : ""
        return name.isEmpty ? row[place] : "\(name) \(row[place])"
      }
      let head = TextWrap.lines(of: title, width: room, hanging: 4, breaking: true)
      if rest.isEmpty { return head }
      return head
        + TextWrap.lines(
          of: "    " + rest.joined(separator: ", "), width: room, hanging: 0, breaking: true)
    }
  }
}
