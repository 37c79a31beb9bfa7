import Clients
import Cloud
import Narration
import Values

extension Verb {
  static let loadVerbs: [Verb] = [
    Verb(
      "load --stream-name S --rate N/s [OPTION VALUE…]", .scale,
      "drive records through a stream, each sealed and opened; help load lists the options; load alone "
        + "shows the last one again, load --compare 1 2 two side by side (without numbers the last two)",
      example:
        "load --stream-name my-secure-stream --rate 20000/s --record-size 512 --for 10s --consumers 3"
    ) { workbook, call, turn in
      workbook.load(call, &turn)
    },
    Verb(
      "cache", .scale,
      "the data keys that the last load's clients keep, and what a leaked one would expose",
      example: "cache"
    ) { workbook, call, turn in
      guard call.words.isEmpty else { return turn.misuse(call, "cache takes nothing") }
      if let last = workbook.desk.commandCache {
        return turn.print(
          CachePage.page(last.cache, of: last.line, at: workbook.desk.world.now))
      }
      guard let last = workbook.desk.loads.last else {
        return turn.print("There was no load yet: load … --encrypt client --cache max-age=60s\n")
      }
      turn.print(CachePage.page(last, in: workbook.desk.world))
    },
    Verb(
      "meter [on|off|limit N|limit off|--region R]", .scale,
      "calls of the last seconds against their limits; on: a line under each command; limit 50: a quota of KMS that small loads meet",
      example: "meter on"
    ) { workbook, call, turn in
      workbook.meter(call, &turn)
    },
    Verb(
      "quota [all] [--region REGION]", .scale,
      "what the account may have and how often it may call: defaults, what applies, what is used, what "
        + "was asked for",
      example: "quota all"
    ) { workbook, call, turn in
      workbook.quota(call, &turn)
    },
  ]
}

/// A load that ran within a line: which piece of the journal is its, and what it decided.
struct BulkCalls: Sendable {
  var range: Range<Int>
  var decisions: [(event: Event, count: Int)]
}

extension Workbook {
  mutating func load(_ call: VerbCall, _ turn: inout Turn) {
    if call.words.isEmpty {
      guard let last = desk.loads.last else {
        return turn.misuse(call, "There was no load yet")
      }
      return show(last, &turn)
    }
    if call.words.first == "--compare" { return compare(call, &turn) }
    let options: LoadOptions
    do throws(LoadOptions.Misuse) {
      options = try LoadOptions(call.words, in: desk)
    } catch {
      return turn.misuse(call, error.problem)
    }
    if options.asksForShards {
      return turn.print(ShardNeedPage.page(options.plan, options.streamName, in: desk.world))
    }
    if let warning = ShardNeedPage.warning(options.plan, in: desk.world) {
      turn.print(warning + "\n")
    }
    run(options.plan, &turn)
  }

  private mutating func run(_ plan: LoadPlan, _ turn: inout Turn) {
    var plan = plan
    let number = desk.loads.count + 1
    let isReplayed = plannedStop?.load == number
    if let planned = plannedStop, planned.load == number { plan.stop = planned.time }
    let before = desk.cloud.journal.count
    let watch = watchLoad
    do throws(ServiceError) {
      var load = try LoadRun(plan, number: number, in: &desk.cloud) { watch?($0) ?? true }
      let report = load.run(in: &desk.cloud) { progress in watch?(progress) ?? true }
      desk.bulk.append(
        BulkCalls(range: before..<desk.cloud.journal.count, decisions: report.decisions))
      desk.loads.append(report)
      desk.commandCache = nil
      show(report, &turn)
      if let stopped = report.stopped {
        turn.status = 130
        if !isReplayed { stops.append("! stop load \(number) after \(stopped) ms") }
      }
    } catch {
      turn.complain(
        "The load could not begin: \(error.code): \(error.message)\n", status: 254)
    }
  }

  private func show(_ report: LoadReport, _ turn: inout Turn) {
    let page = LoadPage(report, in: desk.world)
    let story = LoadStory(report, in: desk.world)
    if explain == .narrated {
      turn.print(page.sentences)
      turn.page.add(story.page(narrated: true))
      return
    }
    turn.print(page.table)
    turn.page.add(page.picture)
    if explain != .off { turn.page.add(story.page()) }
  }

  private func compare(_ call: VerbCall, _ turn: inout Turn) {
    var numbers = call.words.dropFirst().map { Int($0) ?? 0 }
    if numbers.isEmpty, desk.loads.count >= 2 {
      numbers = [desk.loads.count - 1, desk.loads.count]
    }
    guard numbers.count == 2 else {
      return turn.misuse(
        call, "load --compare wants two loads by their numbers: there are \(desk.loads.count)")
    }
    for (number, word) in zip(numbers, call.words.dropFirst())
    where !(1...max(1, desk.loads.count)).contains(number) || desk.loads.isEmpty {
      return turn.misuse(
        call, "There is no load \(JSON.quoted(word)): there are \(desk.loads.count)")
    }
    turn.print(
      LoadComparison.page(
        desk.loads[numbers[0] - 1], desk.loads[numbers[1] - 1], in: desk.world))
  }

  fileprivate func quota(_ call: VerbCall, _ turn: inout Turn) {
    var words = call.words[...]
    var region = Region.usEast1
    var isWhole = false
    while let word = words.popFirst() {
      switch word {
      case "all": isWhole = true
      case "--region":
        guard let name = words.popFirst() else {
          return turn.misuse(call, "--region wants the name of a Region")
        }
        guard let found = Region(name) else {
          let near = NearNames.of(name, among: Region.all.map(\.description))
          return turn.misuse(
            call,
            "The lab has no Region \(JSON.quoted(name))"
              + (near.isEmpty ? "" : "; did you mean \(near[0])?"))
        }
        region = found
      default: return turn.misuse(call, "quota does not take \(JSON.quoted(word))")
      }
    }
    turn.print(QuotaPage.page(desk.cloud, in: region, all: isWhole))
  }

  fileprivate mutating func meter(_ call: VerbCall, _ turn: inout Turn) {
    switch call.words {
    case []: turn.print(MeterPage.page(desk.cloud))
    case ["on"], ["off"]:
      showsMeter = call.words == ["on"]
      turn.print(showsMeter ? "A line of the meter stands under each command.\n" : "meter off\n")
    case _ where call.words.first == "--region" && call.words.count == 2:
      guard let region = Region(call.words[1]) else {
        return turn.misuse(call, "The lab has no Region \(JSON.quoted(call.words[1]))")
      }
      turn.print(MeterPage.page(desk.cloud, region: region))
    case ["limit", "off"]:
      desk.cloud.setQuota(nil)
      turn.print("The quota of KMS is AWS's again.\n")
    case _ where call.words.first == "limit" && call.words.count == 2:
      guard let rate = Int(call.words[1]), (1...100_000).contains(rate) else {
        return turn.misuse(
          call, "meter limit takes 1 to 100000 requests a second, or off, not \(call.words[1])")
      }
      desk.cloud.setQuota(rate)
      turn.print(
        "KMS takes \(Number.grouped(rate)) cryptographic requests a second from now on. AWS takes more: this is for small loads.\n"
      )
    default: turn.misuse(call, "meter takes on, off, limit N, limit off, or nothing")
    }
  }
}
