import Cloud
import Narration
import Values

extension Verb {
  static let scriptVerbs: [Verb] = [
    Verb(
      "export-script [LESSON|FILE]", .files,
      "a bash script of the plain aws commands, for a real account",
      example: "export-script enable-sse > run.sh"
    ) {
      workbook, call, turn in
      workbook.exportScript(call, &turn)
    }
  ]
}

extension Workbook {
  fileprivate func exportScript(_ call: VerbCall, _ turn: inout Turn) {
    // A script is written of what came before it, this verb among it.
    if isExporting { return }
    guard call.words.count < 2 else {
      return turn.misuse(
        call, "export-script wants a lesson, a transcript among the lab's files, or nothing")
    }
    guard let name = call.words.first else { return turn.print(sessionScript()) }
    if let entry = lessonEntry(name) {
      do throws(LessonError) {
        turn.print(Self.script(of: try entry.lesson(), seed: seed))
      } catch {
        turn.complain(error.text + "\n", status: 1)
      }
      return
    }
    guard let bytes = desk.files[name] else {
      let near = NearNames.of(name, among: shelf.map(\.id) + desk.files.names)
      return turn.complain(
        "There is neither a lesson nor a lab file \(JSON.quoted(name))"
          + (near.isEmpty ? ".\n" : "; did you mean \(near[0])?\n"), status: 1)
    }
    do throws(Transcript.Failure) {
      let transcript = try Transcript(parsing: String(decoding: bytes, as: UTF8.self))
      turn.print(Self.script(of: transcript, title: name))
    } catch {
      turn.complain("\(name):\(error.line): \(error.problem)\n", status: 1)
    }
  }

  /// The lines of this session.
  private func sessionScript() -> String {
    let all = desk.lines.suffix(from: 0).filter { !$0.hasPrefix("export-script") }
    let clock = desk.lesson?.lesson.clock ?? clock
    return Self.script(
      of: all, "A session in the lab", seed, clock, desk.world.model,
      imported)
  }

  /// A lesson: its setup, what it demonstrates, and a solution of each step.
  package static func script(of lesson: Lesson, seed: UInt64) -> String {
    var pieces: [ScriptExport.Piece] = []
    if !lesson.setup.isEmpty { pieces.append(.heading("Setting up")) }
    pieces += grouped(lesson.setup.map(\.text))
    for step in lesson.steps {
      pieces.append(.heading(step.title))
      var shown: [String] = []
      for line in step.prose { if case .show(let text) = line { shown.append(text) } }
      pieces += grouped(shown)
      if let solution = step.solutions.first { pieces += grouped(solution.map(\.text)) }
    }
    var export = ScriptExport(
      seed: seed, clock: lesson.clock ?? Cloud.firstInstant, model: lesson.model ?? .described,
      files: LessonShelf.fixtures + lesson.files)
    return export.script(title: "\(lesson.title) (lesson \(lesson.id))", pieces)
  }

  package static func script(of transcript: Transcript, title: String) -> String {
    // As in the session itself: what was taken back is no part of it.
    var workbook = transcript.workbook()
    workbook.explain = .off
    workbook.isExporting = true
    for entry in transcript.entries { _ = workbook.feed(entry.command) }
    let lines = Array(workbook.desk.lines.suffix(from: 0))
    return script(of: lines, title, transcript.seed, transcript.clock, transcript.model)
  }

  /// A lesson that is begun brings its files and its setup; another one begins again.
  private static func script(
    of lines: [String], _ title: String, _ seed: UInt64, _ clock: Instant, _ model: Model,
    _ imported: [String: [UInt8]] = [:]
  ) -> String {
    var pieces: [ScriptExport.Piece] = []
    var files: [(name: String, text: String)] = []
    var clock = clock
    var model = model
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      if words.first == "lesson", words.count == 2,
        let lesson = try? LessonShelf.entry(words[1])?.lesson()
      {
        pieces = [.heading(lesson.title)] + grouped(lesson.setup.map(\.text))
        files = LessonShelf.fixtures + lesson.files
        clock = lesson.clock ?? clock
        model = lesson.model ?? model
      } else if line == "reset" {
        pieces = []
      } else {
        pieces.append(.line(line))
      }
    }
    var export = ScriptExport(
      seed: seed, clock: clock, model: model, files: files, imported: imported)
    return export.script(title: title, pieces)
  }

  private static func grouped(_ lines: [String]) -> [ScriptExport.Piece] {
    LineGrouping.commands(lines).map { .line($0) }
  }
}
