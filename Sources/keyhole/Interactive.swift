import Commands
import Glibc
import Narration
import Values
import Workbook

/// The workbook at a terminal, or line by line from standard input.
struct Interactive {
  private let options: Options
  private let terminal: Terminal
  private let state: StateFolder?
  private var workbook: Workbook
  private var editor: LineEditor?
  private var suggestion = ""
  private var isLeaving = false
  private var status: Int32 = 0

  init(_ options: Options, _ terminal: Terminal) {
    self.options = options
    self.terminal = terminal
    state = StateFolder { terminal.complain($0) }
    workbook = Workbook(
      seed: options.seed, model: options.model, course: state?.course ?? CourseHistory(),
      drillHistory: state?.drills ?? DrillHistory())
    if Terminal.isInteractive { editor = LineEditor(historyFile: state?.history) }
  }

  // MARK: Beginning

  /// Goes on with the session that was kept, or begins a new one; then takes lines to the end.
  mutating func run(first line: String? = nil) -> Int32 {
    if options.isNew { state?.putSessionAside() }
    let isResumed = resumeKept()
    if !isResumed { begin() }
    if let level = options.explain { workbook.explain = level }
    if let line {
      feed(line)
    } else if !isResumed, editor != nil {
      greet()
    }
    return takeLines()
  }

  /// Takes lessons of the learner's disk: the first of them, or the one that is begun.
  mutating func run(pack path: String) -> Int32 {
    let pack: LessonPack
    do throws(Files.Failure) {
      pack = try LessonPack(path)
    } catch {
      terminal.complain(error.text)
      return 1
    }
    guard let first = pack.lessons.first else {
      terminal.complain("\(path) has no lesson: a pack is a folder with *.md in it\n")
      return 1
    }
    if options.isNew { state?.putSessionAside() }
    if !resumeKept() { begin() }
    if let level = options.explain { workbook.explain = level }
    for line in pack.shelving {
      feed(line)
      if status != 0 { return status }
    }
    let open = pack.lessons.first { !workbook.finished.contains($0.id) } ?? first
    feed("lesson \(open.id)")
    return takeLines()
  }

  /// Goes on by hand from a transcript, which becomes the session.
  mutating func resume(_ transcript: Transcript, upTo line: Int?) -> Int32 {
    state?.putSessionAside()
    workbook = transcript.workbook()
    begin()
    var last: Turn?
    for entry in transcript.entries {
      if let line, entry.line >= line || entry.expected.contains(where: { $0.line >= line }) {
        break
      }
      let turn = workbook.feed(entry)
      keep(entry.remarks + turn.record)
      last = turn
    }
    if let last { terminal.show(last) }
    terminal.write("Went through the transcript; now it is your turn.\n")
    return takeLines()
  }

  private func begin() {
    guard let state else { return }
    do throws(Files.Failure) {
      try Files.write(
        Array(workbook.header.map { $0 + "\n" }.joined().utf8), to: state.session)
    } catch {
      terminal.complain(error.text)
    }
  }

  /// Replays what was kept. A session that does not come out as it was is put aside, not lost.
  private mutating func resumeKept() -> Bool {
    guard let state, let bytes = try? Files.read(state.session), !bytes.isEmpty else {
      return false
    }
    let transcript: Transcript
    do throws(Transcript.Failure) {
      transcript = try Transcript(parsing: String(decoding: bytes, as: UTF8.self))
    } catch {
      state.putSessionAside()
      terminal.complain(
        "The kept session cannot be read (line \(error.line): \(error.problem)); "
          + "it is now \(state.path)/previous.transcript.\n")
      return false
    }
    guard !transcript.entries.isEmpty else { return false }
    var resumed = transcript.workbook()
    var record = resumed.header
    for entry in transcript.entries {
      let turn = resumed.feed(entry)
      record += entry.remarks + turn.record
      let wanted = entry.expected.filter { $0.text.hasPrefix("~") }.map(\.text)
      let came = turn.record.filter { $0.hasPrefix("~") }
      // The last entry may have been cut off while it was written.
      if wanted != came, entry.line != transcript.entries.last?.line {
        state.putSessionAside()
        terminal.complain(
          "The kept session does not come out as it did at line \(entry.line); it is now "
            + "\(state.path)/previous.transcript, and keyhole replay compares it.\n")
        return false
      }
    }
    workbook = resumed
    try? Files.write(Array(record.map { $0 + "\n" }.joined().utf8), to: state.session)
    terminal.show(workbook.welcomeBack)
    if options.choosesWorld {
      terminal.complain("The kept session has its own seed and model; --new begins another one.\n")
    }
    return true
  }

  private func greet() {
    var page = Page()
    page.add("Keyhole: how Kinesis encryption with KMS really works, by trying it.", .heading)
    page.add("Nothing you type leaves this computer. Keys of this lab are for learning only.")
    page.add(
      "The lab begins as one published guide describes AWS. Where AWS's own documentation says "
        + "otherwise, the story tells; model documented follows AWS, models lists the points.")
    page.add("")
    page.add("lesson 1    begins with what a disk thief sees", .next)
    page.add("lessons     lists all      help   lists what there is      quit   leaves", .next)
    terminal.show(page)
  }

  // MARK: Lines

  private mutating func takeLines() -> Int32 {
    if editor == nil { return takePlainLines() }
    var open = OpenCommand()
    while !isLeaving {
      let prompt = open.isEmpty ? workbook.prompt : "... "
      editor?.complete = { [workbook] in workbook.completions(of: $0) }
      let outcome = editor?.readLine(prompt: terminal.prompt(prompt), text: suggestion)
      suggestion = ""
      switch outcome {
      case .line(let line):
        guard let command = open.add(line) else { continue }
        if command.allSatisfy(\.isWhitespace) { continue }
        feed(command)
        editor?.remember(command)
      case .interrupted:
        keep([Workbook.interruptRecord])
        open = OpenCommand()
      case .endOfInput where !open.isEmpty:
        // What was begun cannot be finished any more; the workbook stays.
        feed(open.take())
      case .endOfInput, nil:
        return 0
      }
    }
    return 0
  }

  private mutating func takePlainLines() -> Int32 {
    var reader = PlainLineReader(descriptor: 0)
    var open = OpenCommand()
    while !isLeaving, let (line, isRepaired) = reader.next() {
      if isRepaired { terminal.complain(PlainLines.repaired) }
      guard let command = open.add(line) else { continue }
      if !command.allSatisfy(\.isWhitespace) { feed(command) }
    }
    if !open.isEmpty { feed(open.take()) }
    return status
  }

  private mutating func feed(_ text: String) {
    workbook.canRead = Files.canRead
    workbook.isOtherOnDisk = Files.isOther
    let watch = editor == nil ? nil : LoadWatch(isPlain: terminal.isPlain)
    workbook.watchLoad = watch.map { watch in { watch.see($0) } }
    let turn = workbook.feed(text)
    watch?.finish()
    terminal.show(turn)
    if editor != nil, !turn.page.isEmpty { terminal.write("\n") }
    keep(turn.record)
    status = turn.status
    for effect in turn.effects { carryOut(effect) }
  }

  private mutating func carryOut(_ effect: Turn.Effect) {
    switch effect {
    case .leave: isLeaving = true
    case .suggest(let text): suggestion = text
    case .clearScreen: terminal.clear()
    case .learned(let entry): state?.keep(learned: entry)
    case .drilled(let entry): state?.keep(drill: entry)
    case .read(let path, let name):
      do throws(Files.Failure) {
        // Recorded as the text that it brought, so that a replay needs no disk.
        feed(LabText.command(making: name, from: try Files.read(path)))
      } catch {
        terminal.complain(error.text)
      }
    case .write(let path, let bytes):
      do throws(Files.Failure) {
        try Files.write(bytes, to: path, mode: 0o644)
        terminal.write(Files.wrote(bytes, to: path))
      } catch {
        terminal.complain(error.text)
        status = 1
      }
    }
  }

  private func keep(_ lines: [String]) {
    guard let state, !lines.isEmpty else { return }
    do throws(Files.Failure) {
      try Files.append(lines.map { $0 + "\n" }.joined(), to: state.session)
    } catch {
      terminal.complain("\(error.text)What you do from here on is not kept.\n")
    }
  }
}

/// Texts that the plain reader says.
enum PlainLines {
  static let repaired = "The line has bytes that are not UTF-8; they were replaced.\n"
}

/// A file of the disk as a line that makes the same file in the lab.
enum LabText {
  static func command(making name: String, from bytes: [UInt8]) -> String {
    heredoc("cat > \(quoted(name))", String(decoding: bytes, as: UTF8.self))
  }

  static func command(shelving name: String, text: String) -> String {
    heredoc("shelve \(quoted(name))", text)
  }

  private static func quoted(_ name: String) -> String {
    "'" + name.replacing("'", with: "'\\''") + "'"
  }

  private static func heredoc(_ command: String, _ text: String) -> String {
    var mark = "EOF"
    while text.split(separator: "\n").contains(where: { $0 == mark }) { mark += "_" }
    let end = text.hasSuffix("\n") || text.isEmpty ? "" : "\n"
    return "\(command) <<'\(mark)'\n\(text)\(end)\(mark)"
  }
}
