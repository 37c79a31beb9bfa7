import Commands
import Glibc
import Narration
import Values
import Workbook

/// Lines without a terminal: the reply alone, unless explanations are asked for.
struct Batch {
  private let options: Options
  private var terminal: Terminal
  private var workbook: Workbook

  init(_ options: Options, _ terminal: Terminal) {
    self.options = options
    self.terminal = terminal
    workbook = Workbook(seed: options.seed, model: options.model)
    workbook.explain = options.explain ?? .off
    workbook.keepsRecord = false
    workbook.canRead = Files.canRead
    workbook.isOtherOnDisk = Files.isOther
  }

  mutating func run(line: String) -> Int32 {
    let turn = feed(line)
    return turn.status
  }

  /// Each line is answered as it arrives. The exit code is that of the last command.
  mutating func run(file path: String) -> Int32 {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      terminal.complain(Files.Failure(path).text)
      return 1
    }
    if path != "-", Files.isFolder(path) {
      close(descriptor)
      terminal.complain(Files.Failure(path, EISDIR).text)
      return 1
    }
    var reader = PlainLineReader(descriptor: descriptor)
    terminal.isBuffered = true
    var open = OpenCommand()
    var status: Int32 = 0
    defer { terminal.flush() }
    while let (line, isRepaired) = reader.next() {
      if isRepaired { terminal.complain(PlainLines.repaired) }
      guard let command = open.add(line) else { continue }
      let turn = feed(command)
      // Whoever sends line by line waits for the answer; whoever sent more does not need it yet.
      if !reader.hasLine { terminal.flush() }
      if !Self.isRemark(command) { status = turn.status }
      if turn.effects.contains(.leave) || (options.stopsAtErrors && status != 0) { return status }
    }
    if !open.isEmpty {
      status = feed(open.take()).status
    }
    return status
  }

  /// Whether a line is blank or only a remark, which is no command.
  private static func isRemark(_ text: String) -> Bool {
    let bare = text.drop(while: \.isWhitespace)
    return bare.isEmpty || (bare.first == "#" && !text.contains("\n"))
  }

  private mutating func feed(_ text: String) -> Turn {
    if text.allSatisfy(\.isWhitespace) { return Turn() }
    var watch: LoadWatch?
    if Terminal.isInteractive, text.contains("load") {
      // Only while a line with a load runs does Ctrl-C mean that load, and not the program.
      Interrupts.catchThem()
      let found = LoadWatch(isPlain: terminal.isPlain)
      workbook.watchLoad = { found.see($0) }
      watch = found
    }
    var turn = workbook.feed(text)
    watch?.finish()
    if watch != nil { Interrupts.letThemThrough() }
    terminal.show(turn)
    for effect in turn.effects {
      do throws(Files.Failure) {
        try carryOut(effect)
      } catch {
        terminal.complain(error.text)
        turn.status = 1
      }
    }
    return turn
  }

  private mutating func carryOut(_ effect: Turn.Effect) throws(Files.Failure) {
    switch effect {
    case .read(let path, let name): workbook.receive(try Files.read(path), as: name)
    case .write(let path, let bytes):
      try Files.write(bytes, to: path, mode: 0o644)
      terminal.write(Files.wrote(bytes, to: path))
    case .leave, .suggest, .clearScreen, .learned, .drilled: return
    }
  }
}
