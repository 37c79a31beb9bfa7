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

  /// Lessons of the program, or files.
  func lint(_ paths: [String]) -> Int32 {
    var problems: [LessonLint.Problem] = []
    let known = LessonShelf.entries.map(\.id)
    if paths.isEmpty {
      for entry in LessonShelf.entries {
        problems += LessonLint.problems(in: entry.text, file: entry.file, known: known)
      }
    }
    for path in paths {
      do throws(Files.Failure) {
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        problems += LessonLint.problems(in: text, file: path, known: known)
      } catch {
        terminal.complain(error.text)
        return 1
      }
    }
    for problem in problems { terminal.complain("\(problem.description)\n") }
    let count = paths.isEmpty ? LessonShelf.entries.count : paths.count
    terminal.write(
      "\(ShortNames.plural(count, "lesson")), \(ShortNames.plural(problems.count, "problem"))\n")
    return problems.isEmpty ? 0 : 1
  }
}
