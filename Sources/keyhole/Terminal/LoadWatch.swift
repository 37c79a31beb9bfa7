import CLibEdit
import Clients
import Glibc
import Narration
import Synchronization

/// Ctrl-C, counted: whoever works for a long time looks whether it came.
enum Interrupts {
  private static let count = Atomic<Int>(0)

  static var seen: Int { count.load(ordering: .relaxed) }

  /// From now on Ctrl-C does not end the program. It ends the reading of a line, so the call must not
  /// be begun again.
  static func catchThem() {
    _ = seen
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      Interrupts.count.wrappingAdd(1, ordering: .relaxed)
    }
    action.sa_flags = 0
    sigaction(SIGINT, &action, nil)
  }

  /// Ctrl-C ends the program again.
  static func letThemThrough() { signal(SIGINT, SIG_DFL) }
}

/// A bar while a load runs, on standard error where that is a terminal. Ctrl-C stops the load.
final class LoadWatch {
  private let isPlain: Bool
  private let started = Interrupts.seen
  private var lastDrawn: Int64 = 0
  private var isDrawn = false

  init(isPlain: Bool) { self.isPlain = isPlain }

  /// False when the load is to stop.
  func see(_ progress: LoadProgress) -> Bool {
    if Interrupts.seen > started { return false }
    let now = Self.milliseconds
    if lastDrawn == 0 { lastDrawn = now }
    guard now - lastDrawn >= (isPlain ? 2000 : 100) else { return true }
    lastDrawn = now
    draw(progress)
    return true
  }

  private func draw(_ progress: LoadProgress) {
    let share = min(1, Double(progress.time) / Double(max(1, progress.duration)))
    if let credentials = progress.credentials {
      let share = Double(credentials.made) / Double(max(1, credentials.all))
      return draw(
        share,
        "\(Number.grouped(credentials.made)) of \(Number.grouped(credentials.all)) credentials")
    }
    let seconds = progress.time / 1000
    let counts =
      "\(seconds) of \(progress.duration / 1000) s, \(Number.grouped(progress.stored)) records, "
      + "\(Number.grouped(progress.refused)) refused"
    draw(share, counts)
  }

  private func draw(_ share: Double, _ counts: String) {
    if isPlain {
      write("load: \(counts); Ctrl-C stops\n")
      return
    }
    write("\r\u{1B}[K" + LoadBar.line(share, counts, columns: Self.columns))
    isDrawn = true
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Takes the bar away.
  func finish() {
    if isDrawn { write("\r\u{1B}[K") }
    isDrawn = false
  }

  private func write(_ text: String) {
    fputs(text, keyhole_stderr())
    fflush(keyhole_stderr())
  }

  private static var milliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
