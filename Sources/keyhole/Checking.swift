import Narration
import Values
import Workbook

/// `keyhole replay` and `keyhole lint`.
struct Checking {
  let options: Options
  let terminal: Terminal

  func replay(_ paths: [String]) -> Int32 {
    var failed = 0
    for path in paths where !replay(path) { failed += 1 }
    terminal.write("\(paths.count - failed) of \(paths.count) transcripts as they were\n")
    return failed == 0 ? 0 : 1
  }

  /// Reads a transcript; a fault is reported.
  func transcript(_ path: String) -> Transcript? {
    do throws(Files.Failure) {
      let bytes = try Files.read(path)
      return parse(bytes, path)
    } catch {
      terminal.complain(error.text)
      return nil
    }
  }

  /// Prints the script of a lesson, or of a transcript on the disk.
  func exportScript(_ name: String) -> Int32 {
    if let entry = LessonShelf.entry(name) {
      do throws(LessonError) {
        terminal.write(Workbook.script(of: try entry.lesson(), seed: options.seed))
        return 0
      } catch {
        terminal.complain(error.text + "\n")
        return 1
      }
    }
    guard let transcript = transcript(name) else { return 1 }
    let title = name.split(separator: "/").last.map { String($0) } ?? name
    terminal.write(Workbook.script(of: transcript, title: title))
    return 0
  }

  private func parse(_ bytes: [UInt8], _ path: String) -> Transcript? {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      terminal.complain("\(path): the file is not UTF-8\n")
      return nil
    }
    do throws(Transcript.Failure) {
      let transcript = try Transcript(parsing: text)
      if transcript.isTorn {
        terminal.complain("\(path): the last line is torn and was dropped\n")
      }
      return transcript
    } catch {
      terminal.complain("\(path):\(error.line): \(error.problem)\n")
      return nil
    }
  }

  private func replay(_ path: String) -> Bool {
    guard let transcript = transcript(path) else { return false }
    let replay = Replay(transcript, level: options.level)
    if options.updates { return update(path, replay) }
    guard let difference = replay.run() else { return true }
    terminal.show(difference.page(file: path))
    return false
  }

  private func update(_ path: String, _ replay: Replay) -> Bool {
    let (text, refused) = replay.updated(decisions: options.updatesDecisions)
    do throws(Files.Failure) {
      try Files.write(Array(text.utf8), to: path, mode: 0o644)
    } catch {
      terminal.complain(error.text)
      return false
    }
    for difference in refused {
      terminal.show(difference.page(file: path))
      terminal.complain("A decision changed: it was not rewritten; --decisions does that.\n")
    }
    return refused.isEmpty
  }

  /// Builds drills and proves that they are fair.
  func checkDrills() -> Int32 {
    var check = DrillCheck()
    check.check(seeds: 1...options.seeds)
    for problem in check.problems { terminal.complain("\(problem.description)\n") }
    terminal.write(
      "\(check.drills) drills of \(DrillCheck.kinds.count) kinds, \(check.pairs) with two faults: "
        + "\(check.ruledOut) other diagnoses ruled out, "
        + "\(ShortNames.plural(check.problems.count, "problem"))\n")
    return check.problems.isEmpty ? 0 : 1
  }

  /// Tries the guide's claims, all of them.
  func checkClaims() -> Int32 {
    let (page, changed) = ClaimPages.check(seed: options.seed)
    terminal.show(page)
    return changed == 0 ? 0 : 1
  }

  /// Lessons of the program, or files and folders of lessons.
  func lint(_ paths: [String]) -> Int32 {
    var problems: [LessonLint.Problem] = []
    var counts = LessonLint.Counts()
    func add(_ report: LessonLint.Report) {
      problems += report.problems
      counts = counts + report.counts
    }
    if paths.isEmpty {
      for entry in LessonShelf.entries {
        add(
          LessonLint.report(
            on: entry, among: LessonShelf.entries, mutating: options.mutates))
      }
    }
    for path in paths {
      do throws(Files.Failure) {
        let pack = try LessonPack(path)
        // One file goes on the program's shelf, a folder is a shelf of its own.
        let ids = Set(pack.lessons.map(\.id))
        let shelf =
          pack.isFolder
          ? pack.lessons : LessonShelf.entries.filter { !ids.contains($0.id) } + pack.lessons
        for entry in pack.lessons {
          add(
            LessonLint.report(
              on: entry, among: shelf, files: pack.files, mutating: options.mutates))
        }
        if pack.isFolder { problems += try transcriptProblems(beside: path, shelf) }
      } catch {
        terminal.complain(error.text)
        return 1
      }
    }
    for problem in problems { terminal.complain("\(problem.description)\n") }
    if options.mutates { terminal.write("\(counts.text)\n") }
    terminal.write(
      "\(ShortNames.plural(counts.lessons, "lesson")), \(ShortNames.plural(counts.steps, "step")), "
        + "\(ShortNames.plural(problems.count, "problem"))\n")
    return problems.isEmpty ? 0 : 1
  }

  /// Of a folder `Lessons` with a folder `transcripts` beside it: both must fit.
  private func transcriptProblems(
    beside folder: String, _ shelf: [LessonShelf.Entry]
  ) throws(Files.Failure) -> [LessonLint.Problem] {
    let transcripts = Files.exists("\(folder)/../transcripts") ? "\(folder)/../transcripts" : nil
    guard let transcripts else { return [] }
    var texts: [(file: String, text: String)] = []
    for name in try Files.names(in: transcripts) where name.hasSuffix(".transcript") {
      let bytes = try Files.read("\(transcripts)/\(name)")
      texts.append(("transcripts/\(name)", String(decoding: bytes, as: UTF8.self)))
    }
    return LessonRecorder.problems(in: texts, shelf: shelf)
  }

  /// Writes the skeleton of a lesson.
  func newLesson(_ id: String) -> Int32 {
    let path = "\(id).md"
    do throws(LessonSkeleton.Failure) {
      let text = try LessonSkeleton.text(id: id)
      guard !Files.exists(path) else {
        terminal.complain("\(path) is there already; it was left as it is\n")
        return 1
      }
      do throws(Files.Failure) {
        try Files.write(Array(text.utf8), to: path, mode: 0o644)
      } catch {
        terminal.complain(error.text)
        return 1
      }
    } catch {
      terminal.complain("\(error.problem)\n")
      return 1
    }
    var page = Page()
    page.add(path)
    page.add(table: [
      ["  keyhole lint --mutate \(path)", "after each change"],
      ["  keyhole lesson ./\(path)", "takes it"],
    ])
    page.add("  Lessons/AUTHORS.md tells how a lesson is written")
    terminal.show(answer: page)
    return 0
  }

  /// Writes the reference run and the wrong ways of lessons to the folder `transcripts`.
  func recordLessons(_ ids: [String]) -> Int32 {
    guard Files.exists("transcripts") else {
      terminal.complain("There is no folder transcripts here: record where the lessons lie.\n")
      return 1
    }
    var status: Int32 = 0
    for id in ids.isEmpty ? LessonShelf.entries.map(\.id) : ids {
      guard let entry = LessonShelf.entry(id) else {
        let near = NearNames.of(id, among: LessonShelf.entries.map(\.id))
        terminal.complain(
          "There is no lesson \(JSON.quoted(id))"
            + (near.isEmpty ? "; keyhole lessons lists them\n" : "; did you mean \(near[0])?\n"))
        return 1
      }
      if !record(entry) { status = 1 }
    }
    return status
  }

  private func record(_ entry: LessonShelf.Entry) -> Bool {
    let lesson: Lesson
    do throws(LessonError) {
      lesson = try entry.lesson()
    } catch {
      terminal.complain("\(error.text)\n")
      return false
    }
    let (text, isFinished) = LessonRecorder.reference(of: lesson)
    if !isFinished {
      terminal.complain("The solutions of \(lesson.id) do not lead to its end: keyhole lint\n")
      return false
    }
    let name =
      "transcripts/\(entry.file.hasSuffix(".md") ? String(entry.file.dropLast(3)) : entry.file)"
    var written = [("\(name).transcript", text)]
    if let wrong = LessonRecorder.wrongWays(of: lesson) {
      written.append(("\(name)-wrong.transcript", wrong))
    }
    for (path, text) in written {
      do throws(Files.Failure) {
        try Files.write(Array(text.utf8), to: path, mode: 0o644)
      } catch {
        terminal.complain(error.text)
        return false
      }
      terminal.write("\(path)\n")
    }
    return true
  }
}
