import Glibc
import Workbook

do throws(Options.Misuse) {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  let terminal = Terminal(isPlain: options.isPlain)
  exit(start(options, terminal))
} catch {
  Terminal(isPlain: true).complain("keyhole: \(error.problem)\n\n\(error.usage)")
  exit(252)
}

/// Every command is one line of this table.
func start(_ options: Options, _ terminal: Terminal) -> Int32 {
  let checking = Checking(options: options, terminal: terminal)
  switch options.command {
  case .interactive:
    var session = Interactive(options, terminal)
    return session.run()
  case .lesson(let id):
    var session = Interactive(options, terminal)
    return LessonPack.isPath(id) ? session.run(pack: id) : session.run(first: "lesson \(id)")
  case .resume(let path):
    guard let transcript = checking.transcript(path) else { return 1 }
    var session = Interactive(options, terminal)
    return session.resume(transcript, upTo: options.line)
  case .lessons:
    var batch = Batch(options, terminal)
    return batch.run(line: "lessons")
  case .line(let line):
    var batch = Batch(options, terminal)
    return batch.run(line: line)
  case .run(let path):
    var batch = Batch(options, terminal)
    return batch.run(file: path)
  case .exportScript(let name): return checking.exportScript(name)
  case .replay(let paths): return checking.replay(paths)
  case .lint(let paths): return checking.lint(paths)
  case .newLesson(let id): return checking.newLesson(id)
  case .recordLessons(let ids): return checking.recordLessons(ids)
  case .checkClaims: return checking.checkClaims()
  case .checkDrills: return checking.checkDrills()
  case .message(let options): return MessageTool(options, terminal).run()
  case .messageHelp:
    terminal.write(MessageOptions.usage)
    return 0
  case .version:
    terminal.write("keyhole \(Workbook.version)\n")
    return 0
  case .help:
    terminal.write(Options.usage)
    return 0
  }
}
