/// Columns over time, with a line that they should not cross.
///
/// Drawn with block characters; where a terminal is plain, the same cells are ASCII.
package struct Chart: Sendable {
  package struct Column: Hashable, Sendable {
    /// What came through, and on top of it what was refused.
    package var passed: Int
    package var refused: Int

    package init(passed: Int, refused: Int) {
      self.passed = passed
      self.refused = refused
    }
  }

  package var columns: [Column]
  package var limit: Int
  /// How many of the entries one column stands for.
  package private(set) var binned = 1

  private static let height = 8
  private static let widest = 60

  /// More entries than there is room for are put together, each column then showing their mean, rounded
  /// up: where something was, something is seen.
  package init(_ entries: [Column], limit: Int) {
    self.limit = limit
    let bin = max(1, (entries.count + Self.widest - 1) / Self.widest)
    binned = bin
    columns = stride(from: 0, to: entries.count, by: bin).map { start in
      let part = entries[start..<min(start + bin, entries.count)]
      return Column(
        passed: (part.reduce(0) { $0 + $1.passed } + part.count - 1) / part.count,
        refused: (part.reduce(0) { $0 + $1.refused } + part.count - 1) / part.count)
    }
  }

  /// Whether the limit is near enough to be drawn.
  package var showsLimit: Bool {
    let most = columns.map { $0.passed + $0.refused }.max() ?? 0
    return limit > 0 && limit <= most * 3
  }

  package var lines: [String] {
    let most = columns.map { $0.passed + $0.refused }.max() ?? 0
    guard most > 0 else { return [] }
    let top = showsLimit ? max(most, limit) : most
    // A row for each, where there are few: higher would say that a bar is eight.
    let height = min(Self.height, top)
    let limitRow = showsLimit ? Self.row(of: limit, height, top) : 0
    let repeats = columns.count <= 20 ? 3 : columns.count <= 30 ? 2 : 1
    var labels: [Int: String] = [height: Number.grouped(top), 0: "0"]
    if showsLimit { labels[limitRow] = Number.grouped(limit) }
    let margin = labels.values.map(\.count).max() ?? 0
    var lines: [String] = []
    for row in (1...height).reversed() {
      let label = labels[row] ?? ""
      var line = String(repeating: " ", count: margin - label.count) + label + " │"
      for column in columns {
        let passed = Self.row(of: column.passed, height, top)
        let all = max(passed, Self.row(of: column.passed + column.refused, height, top))
        let cell = row <= passed ? "█" : row <= all ? "▒" : row == limitRow ? "─" : " "
        line += String(repeating: cell, count: repeats)
      }
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    let width = columns.count * repeats
    lines.append(
      String(repeating: " ", count: margin) + " └" + String(repeating: "─", count: width))
    let end = "\(columns.count * binned) s"
    let gap = String(repeating: " ", count: max(1, width - 1 - end.count))
    lines.append(String(repeating: " ", count: margin + 2) + "0" + gap + end)
    return lines
  }

  /// How high an amount reaches; what is there at all is seen.
  private static func row(of amount: Int, _ height: Int, _ top: Int) -> Int {
    guard amount > 0 else { return 0 }
    return max(1, (amount * height + top / 2) / top)
  }

  /// The same cells without block characters.
  package static func plain(_ text: String) -> String {
    String(
      text.map { character in
        switch character {
        case "█": "#"
        case "▒": ":"
        case "─": "-"
        case "│": "|"
        case "└": "+"
        default: character
        }
      })
  }
}

/// Numbers as pages print them.
package enum Number {
  /// `20,000`
  package static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// `0.016`, `1.5`, `1,000`: a rate with three digits that count.
  package static func rate(_ count: Int, per milliseconds: Int64) -> String {
    guard milliseconds > 0 else { return "0" }
    let thousandths = (count * 1_000_000 + Int(milliseconds) / 2) / Int(milliseconds)
    if thousandths >= 100_000 { return grouped((thousandths + 500) / 1000) }
    let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1000)
    var fraction = String(rest)
    fraction = String(repeating: "0", count: 3 - fraction.count) + fraction
    if whole >= 10 { fraction.removeLast() }
    while fraction.last == "0" { fraction.removeLast() }
    return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
  }
}
