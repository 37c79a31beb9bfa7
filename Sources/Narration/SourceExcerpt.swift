import Values

/// Lines of a learner's own text with a caret under the part that is meant.
package enum SourceExcerpt {
  /// The widest line that is quoted whole.
  private static let widest = 96

  package static func lines(of text: String, marking span: Span, saying remark: String = "")
    -> [(line: String, caret: String)]
  {
    let bytes = Array(text.utf8)
    guard span.start <= bytes.count else { return [] }
    let end = min(max(span.end, span.start), bytes.count)
    var start = 0
    var number = 1
    var result: [(String, String)] = []
    while start <= bytes.count {
      let stop = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if stop >= span.start, start < max(end, span.start + 1) {
        let from = max(span.start, start)
        let to = min(max(end, from), stop)
        result.append(
          excerpt(
            bytes[start..<stop], from: from - start, length: max(1, to - from), number))
      }
      if start > end { break }
      start = stop + 1
      number += 1
    }
    // A long value is marked on its first line, and the rest is counted.
    let extra = result.count - 1
    guard var first = result.first else { return [] }
    let more = extra > 0 ? " (and \(ShortNames.plural(extra, "more line")))" : ""
    first.1 += remark.isEmpty && more.isEmpty ? "" : " \(remark)\(more)"
    return [first]
  }

  private static func excerpt(_ line: ArraySlice<UInt8>, from: Int, length: Int, _ number: Int)
    -> (String, String)
  {
    var text = String(decoding: line, as: UTF8.self)
    var column = String(decoding: line.prefix(from), as: UTF8.self).count
    var width = max(
      1, String(decoding: line.dropFirst(from).prefix(length), as: UTF8.self).count)
    // Blanks in front say nothing.
    let blanks = text.prefix { $0 == " " || $0 == "\t" }.count
    let cut = min(blanks, column)
    text = String(text.dropFirst(cut))
    column -= cut
    if text.count > widest {
      let shift = max(0, min(column - 20, text.count - widest))
      text = (shift > 0 ? "…" : "") + text.dropFirst(shift).prefix(widest)
      column -= shift - (shift > 0 ? 1 : 0)
      width = min(width, max(1, text.count - column))
      text += "…"
    }
    let head = "line \(number)  "
    return (
      head + text,
      String(repeating: " ", count: head.count + column) + String(repeating: "^", count: width)
    )
  }
}
