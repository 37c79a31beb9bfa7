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

  /// Narrow columns of many rows stay a table, in parts one under the other. Others stay one but for a
  /// few long rows, or but for their last columns; the rest become a paragraph for each row. Nothing
  /// where breaking the last column is enough.
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
    if isNarrow, table.rows.count >= (table.hasHeader ? 2 : 3), let parts = parts(table, room) {
      return parts.map { ($0.isEmpty ? "" : blanks + $0) }
    }
    if lastStart <= room / 2 { return nil }
    let lines =
      withoutLongest(table, room) ?? withoutLast(table, room) ?? paragraphs(table, room)
    return lines.map { blanks + $0 }
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

  /// Rows of a table among which the longest are looked for.
  private static let mostRows = 60

  /// A table whose columns are as wide as most of its rows want them, where a few are longer: those go
  /// over and on under it. Nothing where that is no table of this width either.
  private static func withoutLongest(_ table: Page.Table, _ room: Int) -> [String]? {
    let first = table.hasHeader ? 1 : 0
    let count = table.rows.count - first
    guard count >= 4, count <= mostRows else { return nil }
    let lengths = table.rows.map { $0.map(\.count) }
    var left = Array(table.rows.indices)
    func widths(without row: Int?) -> [Int] {
      table.widths.indices.map { column in
        left.reduce(0) { most, place in
          guard place != row, lengths[place].indices.contains(column) else { return most }
          return max(most, lengths[place][column])
        }
      }
    }
    func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + 2 * (widths.count - 1) }
    while total(widths(without: nil)) > room {
      guard left.count > table.rows.count - max(1, count / 4) else { return nil }
      let longest = left.filter { $0 >= first }.min {
        total(widths(without: $0)) < total(widths(without: $1))
      }
      left.removeAll { $0 == longest }
    }
    let columns = widths(without: nil)
    return table.rows.flatMap { row in
      TextWrap.lines(of: line(of: row, columns), width: room, hanging: 4, breaking: true)
    }
  }

  /// A table of the columns in front, more than half of them, with what has no room in its own columns
  /// right behind its row, or on the line under it.
  private static func withoutLast(_ table: Page.Table, _ room: Int) -> [String]? {
    let widths = table.widths
    var used = -2
    let count = widths.prefix { width in
      used += width + 2
      return used <= room
    }.count
    guard count > widths.count / 2, count < widths.count else { return nil }
    let names = table.hasHeader ? table.rows[0] : []
    return table.rows.enumerated().flatMap { place, row -> [String] in
      let whole = line(of: row, widths)
      if whole.count <= room { return [whole] }
      let head = line(of: Array(row.prefix(count)), widths)
      if table.hasHeader, place == 0 { return [head] }
      let rest = row.indices.dropFirst(count).filter { !row[$0].isEmpty }.map { column in
        let name = names.indices.contains(column) ? names[column] : ""
        return name.isEmpty ? row[column] : "\(name) \(row[column])"
      }
      let together = head + "  " + rest.joined(separator: ", ")
      if together.count <= room { return [together] }
      return [head]
        + TextWrap.lines(
          of: "    " + rest.joined(separator: ", "), width: room, hanging: 0, breaking: true)
    }
  }

  /// A row with its columns at least so wide; the last is not padded.
  private static func line(of row: [String], _ widths: [Int]) -> String {
    var text = ""
    for (column, entry) in row.enumerated() {
      text += entry
      if column < row.count - 1 {
        text += String(repeating: " ", count: max(0, widths[column] - entry.count) + 2)
      }
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func paragraphs(_ table: Page.Table, _ room: Int) -> [String] {
    let names = table.hasHeader ? table.rows[0] : []
    return table.rows.dropFirst(table.hasHeader ? 1 : 0).flatMap { row -> [String] in
      var title = row.first ?? ""
      // A number alone does not say of what.
      if let name = names.first, !name.isEmpty, !title.contains(where: \.isLetter) {
        title = "\(name) \(title)"
      }
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
