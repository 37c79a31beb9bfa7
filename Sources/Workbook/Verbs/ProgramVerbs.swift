import Clients
import Cloud
import Narration
import Values

/// A program of somebody's that writes into a stream: a load that runs beside others.
struct LabProgram: Hashable, Sendable {
  let name: String
  /// Options of `load`; the last of each counts.
  var words: [String]

  func value(of option: String) -> String? {
    words.lastIndex(of: option).flatMap { place in
      words.indices.contains(place + 1) ? words[place + 1] : nil
    }
  }
}

extension Verb {
  static let programVerbs: [Verb] = [
    Verb(
      "programs [set NAME OPTION VALUE…|stop NAME|run TIME [NAME…]]", .scale,
      "programs that write at the same time: which there are, with options as of load; run lets them",
      example: "programs run 2s"
    ) { workbook, call, turn in
      workbook.programs(call, &turn)
    }
  ]
}

extension Workbook {
  private static let longest: Int64 = 10 * 60 * 1000

  fileprivate mutating func programs(_ call: VerbCall, _ turn: inout Turn) {
    let words = call.words.dropFirst()
    switch call.words.first {
    case nil: turn.print(ProgramPage.list(desk.programs))
    case "set": setProgram(Array(words), call, &turn)
    case "stop":
      guard words.count == 1, let name = words.first else {
        return turn.misuse(call, "programs stop wants the name of one")
      }
      guard desk.programs.contains(where: { $0.name == name }) else {
        return turn.misuse(call, noProgram(name))
      }
      desk.programs.removeAll { $0.name == name }
      turn.print("\(name) does not run any more.\n")
    case "run": runPrograms(Array(words), call, &turn)
    case let word?: turn.misuse(call, "programs takes set, stop or run, not \(JSON.quoted(word))")
    }
  }

  private func noProgram(_ name: String) -> String {
    let names = desk.programs.map(\.name)
    let near = NearNames.of(name, among: names)
    return "There is no program \(JSON.quoted(name))"
      + (near.isEmpty
        ? names.isEmpty ? "" : ": there are \(names.joined(separator: ", "))"
        : "; did you mean \(near[0])?")
  }

  private mutating func setProgram(_ words: [String], _ call: VerbCall, _ turn: inout Turn) {
    guard let name = words.first, !name.hasPrefix("-"), words.count > 1 else {
      return turn.misuse(call, "programs set wants a name, then options of load")
    }
    let place = desk.programs.firstIndex { $0.name == name }
    let known = place.map { desk.programs[$0].words } ?? []
    let program = LabProgram(name: name, words: known + words.dropFirst())
    do throws(LoadOptions.Misuse) {
      _ = try LoadOptions(program.words, in: desk, lastCounts: true)
    } catch {
      return turn.misuse(call, error.problem)
    }
    if let place { desk.programs[place] = program } else { desk.programs.append(program) }
    turn.print(ProgramPage.list([program]))
  }

  private mutating func runPrograms(_ words: [String], _ call: VerbCall, _ turn: inout Turn) {
    guard let word = words.first, let time = LabDuration.parse(word)?.milliseconds,
      (1...Self.longest).contains(time)
    else {
      return turn.misuse(
        call,
        "programs run wants a time such as 2s, at most 10m"
          + (words.first.map { ", not \(JSON.quoted($0))" } ?? ""))
    }
    for name in words.dropFirst() where !desk.programs.contains(where: { $0.name == name }) {
      return turn.misuse(call, noProgram(name))
    }
    guard !desk.programs.isEmpty else {
      return turn.misuse(call, "There is no program: programs set NAME --stream-name S --rate N/s")
    }
    var plans: [LoadPlan] = []
    for program in desk.programs {
      do throws(LoadOptions.Misuse) {
        plans.append(
          try LoadOptions(program.words + ["--for", word], in: desk, lastCounts: true).plan)
      } catch {
        return turn.misuse(call, "\(program.name): \(error.problem)")
      }
    }
    let before = desk.cloud.journal.count
    do throws(ServiceError) {
      var runs: [LoadRun] = []
      for (index, plan) in plans.enumerated() {
        runs.append(try LoadRun(plan, number: index + 1, in: &desk.cloud))
      }
      let reports = LoadRun.run(runs, in: &desk.cloud)
      // The first has counted what all of them did.
      desk.bulk.append(
        BulkCalls(
          range: before..<desk.cloud.journal.count, decisions: reports.first?.decisions ?? []))
      turn.print(ProgramPage.outcome(desk.programs.map(\.name), reports, in: desk.world))
      let lost = reports.reduce(0) { $0 + $1.lost }
      if lost > 0 { turn.complain("\(ShortNames.plural(lost, "record")) lost\n", status: 1) }
    } catch {
      turn.complain(
        "The programs could not begin: \(error.code): \(error.message)\n", status: 254)
    }
  }
}

/// Programs as they are read.
enum ProgramPage {
  static func list(_ programs: [LabProgram]) -> Page {
    var page = Page()
    guard !programs.isEmpty else {
      page.add("No program runs. programs set NAME --stream-name S --rate N/s adds one.")
      return page
    }
    for program in programs { page.add("\(program.name)  \(settings(program))") }
    return page
  }

  /// Each option once, with the value that counts, in the order in which it first came.
  private static func settings(_ program: LabProgram) -> String {
    var shown: [String] = []
    var texts: [String] = []
    for word in program.words where word.hasPrefix("--") && !shown.contains(word) {
      shown.append(word)
      texts.append(word + (program.value(of: word).map { " \($0)" } ?? ""))
    }
    return texts.joined(separator: " ")
  }

  static func outcome(_ names: [String], _ reports: [LoadReport], in world: World) -> Page {
    var page = Page()
    var rows = [["program", "as", "offered", "stored", "lost", "data keys", "refused by KMS"]]
    for (name, report) in zip(names, reports) {
      let writer = report.plan.writer
      let asked = report.callers.filter { $0.session == writer && $0.operation != .decrypt }
      rows.append([
        name, ShortNames.principal(world.identities[writer].principal),
        Number.grouped(report.offered), Number.grouped(report.stored), Number.grouped(report.lost),
        Number.grouped(asked.reduce(0) { $0 + $1.admitted }),
        Number.grouped(asked.reduce(0) { $0 + $1.refused }),
      ])
    }
    page.add(table: rows, hasHeader: true)
    for (name, report) in zip(names, reports) {
      for refusal in report.refusals {
        page.add(
          "\(name): \(Number.grouped(refusal.count)) x \(refusal.code): \(refusal.message)", .bad)
      }
    }
    if let first = reports.first {
      page.add(
        "KMS takes \(Number.grouped(first.quota.rate)) cryptographic requests a second from all of "
          + "them together", .note)
    }
    return page
  }
}
