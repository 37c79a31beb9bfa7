import Values

/// A line of a learner's own text with a caret under the part that is meant, drawn for a width.
package struct SourceExcerpt: Hashable, Sendable {
  private let number: Int
  /// The line without the blanks in front, which say nothing.
  private let text: [Character]
  /// Where the part begins, and how wide it is.
  private let column: Int
  private let length: Int
  private let remark: String

  /// The widest line that is quoted whole where no terminal says how wide it is.
  private static let widest = 96
  /// So much of the line is shown in front of the part where not all has room.
  private static let before = 20
  /// Lines of a part that are shown.
  private static let mostLines = 3

  private init(_ line: ArraySlice<UInt8>, from: Int, length: Int, number: Int, remark: String) {
    let whole = Array(String(decoding: line, as: UTF8.self))
    let start = String(decoding: line.prefix(from), as: UTF8.self).count
    let blanks = whole.prefix { $0 == " " || $0 == "\t" || $0 == "\r" }.count
    let cut = min(blanks, start)
    text = whole.dropFirst(cut).map { $0 == "\t" ? " " : $0 }
    column = start - cut
    self.length = max(
      1, String(decoding: line.dropFirst(from).prefix(length), as: UTF8.self).count)
    self.number = number
    self.remark = remark
  }

  /// The part, where it stands, and what is to be said of it, without a drawing.
  package var sentence: String {
    var part = text.dropFirst(column).prefix(length).drop { $0 == " " }
    while part.last == " " { part.removeLast() }
    let said = remark.isEmpty ? "" : ", \(remark)"
    return part.isEmpty
      ? "Line \(number) ends too early\(said)." : "Line \(number), at \(String(part))\(said)."
  }

  /// One excerpt for a part on one line; for a part over several those of its first lines, without
  /// lines that hold a bracket alone. The remark stands under the last.
  package static func excerpts(of text: String, marking span: Span, saying remark: String = "")
    -> [SourceExcerpt]
  {
    let bytes = Array(text.utf8)
    guard span.start <= bytes.count else { return [] }
    let end = min(max(span.end, span.start), bytes.count)
    var lines: [(line: ArraySlice<UInt8>, from: Int, length: Int, number: Int)] = []
    var start = 0
    var number = 1
    while start <= bytes.count {
      let stop = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if stop >= span.start, start < max(end, span.start + 1) {
        var from = max(span.start, start)
        let to = min(max(end, from), stop)
        // Blanks in front of what goes on are no part of it.
        if start > span.start { while from < to, bytes[from] <= 0x20 { from += 1 } }
        lines.append((bytes[start..<stop], from - start, to - from, number))
      }
      if start > end { break }
      start = stop + 1
      number += 1
    }
    if lines.count > 1 {
      let telling = lines.filter { line in
        line.line.dropFirst(line.from).prefix(line.length).contains {
          $0 > 0x20 && !"[]{},".utf8.contains($0)
        }
      }
      if !telling.isEmpty { lines = telling }
    }
    let more = lines.count - mostLines
    let rest = more > 0 ? " (and \(ShortNames.plural(more, "more line")))" : ""
    let shown = lines.prefix(mostLines)
    return shown.enumerated().map { index, line in
      SourceExcerpt(
        line.line, from: line.from, length: line.length, number: line.number,
        remark: index == shown.count - 1 ? remark + rest : "")
    }
  }

  /// The same as rows: each line with its carets, as wide as a file takes it.
  package static func lines(of text: String, marking span: Span, saying remark: String = "")
    -> [(line: String, caret: String)]
  {
    excerpts(of: text, marking: span, saying: remark).map { excerpt in
      let rows = excerpt.rows(width: nil)
      return (rows[0], rows[1])
    }
  }

  /// The line, its carets, and the remark: behind the carets where it has room, else below.
  package func rows(width: Int?) -> [String] {
    let head = "line \(number)  "
    let room = width.map { max(Self.before, $0 - head.count) } ?? Self.widest
    var shown = text[...]
    var caret = column
    if text.count > room {
      // All of the part if that can be, with something in front of it.
      let fits = column + length <= room - 1
      let first = fits ? 0 : max(0, min(column - min(Self.before, room / 4), text.count - room + 1))
      shown = text[first...].prefix(room - (first > 0 ? 1 : 0))
      let isCut = shown.endIndex < text.endIndex
      if isCut { shown = shown.dropLast() }
      caret = column - first + (first > 0 ? 1 : 0)
      let line = (first > 0 ? "…" : "") + String(shown) + (isCut ? "…" : "")
      return rows(head, line, caret, min(length, max(1, line.count - caret)), width)
    }
    return rows(head, String(shown), caret, length, width)
  }

  private func rows(_ head: String, _ line: String, _ caret: Int, _ length: Int, _ width: Int?)
    -> [String]
  {
    let blanks = String(repeating: " ", count: head.count + caret)
    var carets = blanks + String(repeating: "^", count: length)
    let remark = remark.first == " " ? String(remark.dropFirst()) : remark
    guard !remark.isEmpty else { return [head + line, carets] }
    guard let width, carets.count + 1 + remark.count > width else {
      carets += " " + remark
      return [head + line, carets]
    }
    return [head + line, carets]
      + Self.wrapped(remark, indent: head.count, width: max(width, head.count + Self.before))
  }

  private static func wrapped(_ text: String, indent: Int, width: Int) -> [String] {
    let blanks = String(repeating: " ", count: indent)
    var rows: [String] = []
    var row = ""
    for word in text.split(separator: " ") {
      if !row.isEmpty, indent + row.count + 1 + word.count > width {
        rows.append(blanks + row)
        row = ""
      }
      row += (row.isEmpty ? "" : " ") + word
    }
    return rows + [blanks + row]
  }
}
