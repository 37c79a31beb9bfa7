import CLibEdit
import Glibc
import Narration
import Workbook

/// Where the program writes, and how.
struct Terminal {
  /// Neither colour nor drawing.
  let isPlain: Bool
  private let usesColour: Bool
  /// Whether replies may wait for `flush`.
  var isBuffered = false

  init(isPlain: Bool) {
    self.isPlain = isPlain
    let dumb = Self.environment("TERM") == "dumb" || Self.environment("TERM") == nil
    usesColour =
      !isPlain && isatty(1) == 1 && (Self.environment("NO_COLOR") ?? "").isEmpty && !dumb
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Columns of the terminal; without one, no line is too long.
  private var width: Int {
    var size = winsize()
    guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return .max
    }
    return Int(size.ws_col)
  }

  /// Columns of a paragraph that the eye still follows.
  private static let readable = 100

  static var isInteractive: Bool { isatty(0) == 1 && isatty(1) == 1 }

  func write(_ text: String) {
    Self.write(text, to: keyhole_stdout())
    if !isBuffered { flush() }
  }

  /// Everything that was written goes out now.
  func flush() { fflush(keyhole_stdout()) }

  /// Bytes as they are, on standard output.
  func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, keyhole_stdout()) }
    fflush(keyhole_stdout())
  }

  func complain(_ text: String) {
    // What came before stays before.
    flush()
    Self.write(text, to: keyhole_stderr())
    fflush(keyhole_stderr())
  }

  /// Prints a reply and, set off from it, its explanation.
  func show(_ turn: Turn) {
    for output in turn.outputs {
      if output.isError {
        complain(output.page.map { fitted($0) } ?? output.text)
      } else if let page = output.page {
        show(answer: page)
      } else {
        write(output.text)
      }
    }
    show(turn.page)
  }

  /// The text of a page, drawn for this terminal's width.
  private func fitted(_ page: Page) -> String {
    guard width < .max else { return page.text }
    return TableLayout.fitted(page, width: width).lines.map { line in
      rows(of: line, width: width).map { $0 + "\n" }.joined()
    }.joined()
  }

  private func rows(of line: Page.Line, width: Int) -> [String] {
    // What is quoted stands over its caret.
    switch line.style {
    case .quote:
      line.quoted.map { width < .max ? $0.rows(width: width) : [line.text] }
        ?? TextWrap.quote(line.text, width: width)
    case .command: TextWrap.command(line.text, width: width)
    case .chart: [isPlain ? Chart.plain(line.text) : line.text]
    case .legend: TextWrap.lines(of: isPlain ? Chart.plain(line.text) : line.text, width: width)
    case .prose:
      TextWrap.lines(
        of: line.text, width: min(width, Self.readable), hanging: TextWrap.mark(of: line.text))
    default: TextWrap.lines(of: line.text, width: width)
    }
  }

  /// A page that a verb of the lab was asked for: from the edge on, as wide as the terminal.
  func show(answer page: Page) {
    for (row, style) in rows(ofAnswer: page, width: width) {
      write("\(row.isEmpty ? "" : coloured(row, style))\n")
    }
  }

  /// The rows of such a page on so many columns.
  func rows(ofAnswer page: Page, width: Int) -> [(text: String, style: Page.Style)] {
    TextWrap.paragraphs(of: TableLayout.fitted(page, width: width)).flatMap { line in
      let parts =
        switch line.style {
        case .quote, .chart, .legend, .command, .prose: rows(of: line, width: width)
        default: TextWrap.columns(of: line.text, width: width)
        }
      return parts.map { ($0, line.style) }
    }
  }

  func show(_ page: Page) {
    guard !page.isEmpty else { return }
    let width = width < .max ? width - 2 : width
    for line in TextWrap.paragraphs(of: TableLayout.fitted(page, width: width)) {
      if line.text.isEmpty {
        write("\n")
        continue
      }
      let parts = rows(of: line, width: width)
      for part in parts { write("  \(coloured(part, line.style))\n") }
    }
  }

  func clear() { write("\u{1B}[H\u{1B}[2J") }

  private func coloured(_ text: String, _ style: Page.Style) -> String {
    guard usesColour else { return text }
    let code =
      switch style {
      case .plain, .prose, .chart, .legend: ""
      case .heading: "1"
      case .good: "32"
      case .bad: "31"
      case .quote, .command: "36"
      case .note: "2"
      case .next: "33"
      }
    return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  /// The prompt, its escapes marked for libedit.
  func prompt(_ text: String) -> String {
    usesColour ? "\u{1}\u{1B}[1m\u{1}\(text)\u{1}\u{1B}[0m\u{1}" : text
  }

  private static func write(_ text: String, to stream: UnsafeMutablePointer<FILE>?) {
    var text = text
    text.withUTF8 { _ = fwrite($0.baseAddress, 1, $0.count, stream) }
  }
}
