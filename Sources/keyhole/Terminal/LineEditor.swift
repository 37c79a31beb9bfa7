import CLibEdit
import Glibc
import Values

/// Lines from a terminal, edited with libedit.
///
/// One editor for the life of the program: libedit's callbacks find it through a pointer.
final class LineEditor {
  enum Outcome {
    case line(String)
    case interrupted
    case endOfInput
  }

  /// Candidates for the last word of a line, and how many of its bytes they replace.
  var complete: (String) -> (candidates: [String], replacing: Int) = { _ in ([], 0) }

  private let editor: OpaquePointer
  private let historyFile: String?
  private var history: [String] = []
  private var searchPlace: Int?
  private var searchPrefix = ""
  private var shown: String?
  private var promptBytes: UnsafeMutablePointer<CChar>?

  private static let remembered = 2000

  init?(historyFile: String?) {
    self.historyFile = historyFile
    Self.setLocale()
    guard
      let editor = el_init("keyhole", keyhole_stdin(), keyhole_stdout(), keyhole_stderr())
    else { return nil }
    self.editor = editor
    keyhole_el_client(editor, Unmanaged.passUnretained(self).toOpaque())
    keyhole_el_prompt(editor) { LineEditor.of($0)?.promptBytes }
    keyhole_el_signal(editor, 0)
    keyhole_el_emacs(editor)
    bindKeys()
    loadHistory()
    Interrupts.catchThem()
  }

  deinit {
    el_end(editor)
    free(promptBytes)
  }

  private static func of(_ editor: OpaquePointer?) -> LineEditor? {
    guard let data = keyhole_el_get_client(editor) else { return nil }
    return Unmanaged<LineEditor>.fromOpaque(data).takeUnretainedValue()
  }

  /// libedit measures text by the locale: the user's where it is UTF-8, else plain UTF-8.
  private static func setLocale() {
    setlocale(LC_CTYPE, "")
    let codes = nl_langinfo(Int32(CODESET)).map { String(cString: $0) } ?? ""
    if codes != "UTF-8" { setlocale(LC_CTYPE, "C.UTF-8") }
  }

  // MARK: Reading

  /// Reads one line; `text` stands there already and can be changed.
  func readLine(prompt: String, text: String = "") -> Outcome {
    free(promptBytes)
    promptBytes = strdup(prompt)
    searchPlace = nil
    shown = nil
    write("\u{1B}[?2004h")
    defer { write("\u{1B}[?2004l") }
    if !text.isEmpty { el_push(editor, text) }
    var count: Int32 = 0
    errno = 0
    guard let line = el_gets(editor, &count), count > 0 else {
      if count < 0, errno == EINTR {
        write("^C\n")
        el_reset(editor)
        return .interrupted
      }
      write("\n")
      return .endOfInput
    }
    var result = String(cString: line)
    while result.last == "\n" { result.removeLast() }
    return .line(result)
  }

  private func write(_ text: String) {
    fputs(text, keyhole_stdout())
    fflush(keyhole_stdout())
  }

  // MARK: Keys

  private func bindKeys() {
    keyhole_el_add(editor, "keyhole-complete", "complete a word") { editor, _ in
      LineEditor.of(editor)?.completeWord() ?? UInt8(CC_ERROR)
    }
    keyhole_el_add(editor, "keyhole-up", "older line with this beginning") { editor, _ in
      LineEditor.of(editor)?.search(older: true) ?? UInt8(CC_ERROR)
    }
    keyhole_el_add(editor, "keyhole-down", "newer line with this beginning") { editor, _ in
      LineEditor.of(editor)?.search(older: false) ?? UInt8(CC_ERROR)
    }
    keyhole_el_add(editor, "keyhole-paste", "take a pasted text whole") { editor, _ in
      LineEditor.of(editor)?.paste() ?? UInt8(CC_ERROR)
    }
    for (key, command) in [
      ("\t", "keyhole-complete"), ("\u{1B}[A", "keyhole-up"), ("\u{1B}[B", "keyhole-down"),
      ("\u{1B}OA", "keyhole-up"), ("\u{1B}OB", "keyhole-down"), ("^P", "keyhole-up"),
      ("^N", "keyhole-down"), ("\u{1B}[200~", "keyhole-paste"), ("\u{1B}[1;5C", "em-next-word"),
      ("\u{1B}[1;5D", "ed-prev-word"), ("\u{1B}[H", "ed-move-to-beg"),
      ("\u{1B}[F", "ed-move-to-end"), ("\u{1B}[1~", "ed-move-to-beg"),
      ("\u{1B}[4~", "ed-move-to-end"), ("\u{1B}[3~", "ed-delete-next-char"),
      ("^W", "ed-delete-prev-word"), ("^U", "vi-kill-line-prev"),
    ] {
      keyhole_el_bind(editor, key, command)
    }
  }

  /// The line up to the cursor, and the whole of it.
  private func current() -> (before: String, whole: String) {
    guard let info = el_line(editor)?.pointee, let start = info.buffer else { return ("", "") }
    func text(to end: UnsafePointer<CChar>?) -> String {
      let count = end.map { $0 - start } ?? 0
      return start.withMemoryRebound(to: UInt8.self, capacity: count) {
        String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
      }
    }
    return (text(to: info.cursor), text(to: info.lastchar))
  }

  private func replace(by text: String) {
    let (before, whole) = current()
    el_cursor(
      editor, Int32(whole.unicodeScalars.count - before.unicodeScalars.count))
    el_deletestr(editor, Int32(whole.unicodeScalars.count))
    el_insertstr(editor, text)
    shown = text
  }

  /// Walks through the lines that begin as this one did.
  private func search(older: Bool) -> UInt8 {
    let (before, whole) = current()
    if shown == nil || whole != shown {
      searchPrefix = before
      searchPlace = nil
    }
    var place = searchPlace ?? history.count
    while true {
      place += older ? -1 : 1
      guard history.indices.contains(place) else {
        if older { return UInt8(CC_REFRESH_BEEP) }
        replace(by: searchPrefix)
        searchPlace = nil
        return UInt8(CC_REFRESH)
      }
      if history[place].hasPrefix(searchPrefix), history[place] != whole {
        searchPlace = place
        replace(by: history[place])
        return UInt8(CC_REFRESH)
      }
    }
  }

  private func completeWord() -> UInt8 {
    let (candidates, replacing) = complete(current().before)
    guard let first = candidates.first else { return UInt8(CC_REFRESH_BEEP) }
    let typed = current().before.utf8.suffix(replacing)
    let common = candidates.dropFirst().reduce(first) { common, other in
      String(zip(common, other).prefix { $0 == $1 }.map(\.0))
    }
    let rest = String(decoding: common.utf8.dropFirst(typed.count), as: UTF8.self)
    if candidates.count == 1 {
      // A name that goes on, such as file://, is not finished with a blank.
      el_insertstr(editor, rest + (common.hasSuffix("/") ? "" : " "))
      return UInt8(CC_REFRESH)
    }
    if !rest.isEmpty {
      el_insertstr(editor, rest)
      return UInt8(CC_REFRESH)
    }
    list(candidates)
    return UInt8(CC_REDISPLAY)
  }

  private func list(_ candidates: [String]) {
    let width = (candidates.map(\.count).max() ?? 0) + 2
    let columns = max(1, Self.width / width)
    var text = "\n"
    for (index, candidate) in candidates.prefix(200).enumerated() {
      text += candidate + String(repeating: " ", count: width - candidate.count)
      if index % columns == columns - 1 { text += "\n" }
    }
    if !text.hasSuffix("\n") { text += "\n" }
    write(text)
  }

  private static var width: Int {
    var size = winsize()
    return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Takes the bytes up to the end of a bracketed paste, line ends and all.
  private func paste() -> UInt8 {
    var text: [UInt8] = []
    let end = Array("\u{1B}[201~".utf8)
    while true {
      var byte: CChar = 0
      guard el_getc(editor, &byte) == 1 else { break }
      text.append(UInt8(bitPattern: byte))
      if text.suffix(end.count).elementsEqual(end) {
        text.removeLast(end.count)
        break
      }
    }
    var lines = String(decoding: text, as: UTF8.self).replacing("\r\n", with: "\n")
      .replacing("\r", with: "\n")
    while lines.last == "\n" { lines.removeLast() }
    el_insertstr(editor, lines)
    return UInt8(CC_REFRESH)
  }

  // MARK: History

  /// Keeps a line; an earlier copy of it goes.
  func remember(_ line: String) {
    guard !line.isEmpty, history.last != line else { return }
    history.removeAll { $0 == line }
    history.append(line)
    if history.count > Self.remembered { history.removeFirst(history.count - Self.remembered) }
    guard let historyFile else { return }
    let text = history.map { $0.replacing("\\", with: "\\\\").replacing("\n", with: "\\n") + "\n" }
    // A history that cannot be kept is no reason to stop the lesson.
    try? Files.write(Array(text.joined().utf8), to: historyFile)
  }

  private func loadHistory() {
    guard let historyFile, let bytes = try? Files.read(historyFile) else { return }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      var text = ""
      var isEscaped = false
      for character in line {
        if isEscaped {
          text.append(character == "n" ? "\n" : character)
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else {
          text.append(character)
        }
      }
      history.append(text)
    }
  }
}
