import Narration
import Values

/// Markdown as a terminal shows it.
enum Markdown {
  /// A remark of one paragraph on one line, for the terminal to break; items stay apart.
  static func flowing(_ text: String) -> String {
    var lines: [String] = []
    for line in plain(text).split(separator: "\n", omittingEmptySubsequences: false) {
      if let last = lines.last, !last.isEmpty, !line.isEmpty, !line.hasPrefix("- ") {
        lines[lines.count - 1] = last + " " + line.drop { $0 == " " }
      } else {
        lines.append(String(line))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Without the marks for emphasis; code keeps its backquotes, and a star that stands for
  /// everything stays.
  static func plain(_ line: String) -> String {
    let line = line.replacing("**", with: "")
    guard line.contains("*"), !line.hasPrefix("    ") else { return line }
    var text = ""
    var isCode = false
    var open: String.Index?
    for index in line.indices {
      let character = line[index]
      if character == "`" { isCode.toggle() }
      guard character == "*", !isCode else {
        text.append(character)
        continue
      }
      let before = index > line.startIndex ? line[line.index(before: index)] : " "
      let next = line.index(after: index)
      let after = next < line.endIndex ? line[next] : " "
      if open == nil, before == " " || before == "(", after.isLetter,
        line[next...].contains("*")
      {
        open = index
      } else if open != nil, before != " ", !after.isLetter {
        open = nil
      } else {
        text.append(character)
      }
    }
    return text
  }

  /// Lines to read, and among them code and tables, which stay as they are.
  static func page(_ lines: [String], trimming: Bool = true) -> Page {
    var page = Page()
    for line in trimming ? lines.trimmingBlanks : lines {
      let isFixed = line.hasPrefix("    ") || line.hasPrefix("|") || line.hasPrefix("#")
      page.add(plain(line), isFixed ? .quote : .prose)
    }
    return page
  }
}

extension Array where Element == String {
  /// Without empty lines at either end.
  var trimmingBlanks: [String] {
    var rest = self[...]
    while rest.first?.isEmpty == true { rest.removeFirst() }
    while rest.last?.isEmpty == true { rest.removeLast() }
    return Array(rest)
  }
}

extension String {
  /// Without empty lines and line ends at either end.
  var trimmingBlankLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map(String.init).trimmingBlanks
      .joined(separator: "\n")
  }
}
