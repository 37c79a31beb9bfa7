import Glibc
import Values
import Workbook

/// What the program keeps between runs: the session's transcript, the history, how the course goes.
struct StateFolder {
  let path: String
  private let lock: Int32

  /// Nothing where there is no home, where it cannot be written, or where another keyhole is at
  /// work; the reason goes to `complain`.
  init?(complain: (String) -> Void) {
    let home = Terminal.environment("HOME").map { "\($0)/.local/state" }
    let base = Terminal.environment("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let base = base ?? home else {
      complain("Neither XDG_STATE_HOME nor HOME is set: this session is not kept.\n")
      return nil
    }
    path = "\(base)/keyhole"
    do throws(Files.Failure) {
      try Files.makeFolder(path)
    } catch {
      complain("\(error.text)This session is not kept.\n")
      return nil
    }
    lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      complain("Another keyhole is open: this session is not kept.\n")
      return nil
    }
  }

  var session: String { "\(path)/session.transcript" }
  var history: String { "\(path)/history" }
  private var courseFile: String { "\(path)/course" }

  var course: CourseHistory {
    guard let bytes = try? Files.read(courseFile) else { return CourseHistory() }
    return CourseHistory(
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  func keep(learned entry: String) { try? Files.append("\(entry)\n", to: courseFile) }

  private var drillsFile: String { "\(path)/drills" }

  var drills: DrillHistory {
    guard let bytes = try? Files.read(drillsFile) else { return DrillHistory() }
    return DrillHistory(
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  func keep(drill entry: String) { try? Files.append("\(entry)\n", to: drillsFile) }

  /// Puts the session aside; the one put aside before goes.
  func putSessionAside() { Files.move(session, to: "\(path)/previous.transcript") }
}
