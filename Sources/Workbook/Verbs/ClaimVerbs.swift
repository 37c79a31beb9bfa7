import Cloud
import Narration
import Values

extension Verb {
  static let claimVerbs: [Verb] = [
    Verb(
      "claims", .learning, "what the guide claims, and what is so", example: "claims"
    ) { workbook, _, turn in
      turn.print(ClaimPages.list(Claim.catalogue.map { ClaimRun($0, seed: workbook.seed) }))
    },
    Verb(
      "claim NUMBER", .learning, "try one claim of the guide, in both models", example: "claim 22"
    ) { workbook, call, turn in
      guard call.words.count == 1, let number = Int(call.words[0]) else {
        return turn.misuse(call, "claim wants the number of one; claims lists them")
      }
      if let untried = Claim.untried.first(where: { $0.number == number }) {
        return turn.print(ClaimPages.page(ofUntried: untried))
      }
      guard let claim = Claim.named(number) else {
        return turn.misuse(call, "There is no claim \(number) that can be run; claims lists them")
      }
      turn.print(ClaimPages.page(ClaimRun(claim, seed: workbook.seed)))
    },
  ]
}

/// Claims as they are read.
package enum ClaimPages {
  static func list(_ runs: [ClaimRun]) -> Page {
    var page = Page()
    page.add(
      table: runs.map {
        [
          String($0.claim.number).leftPadded(to: 3), ClaimRun.verdict($0.documented).rawValue,
          $0.claim.says,
        ]
      })
    page.add("Without an experiment:", .note)
    for untried in Claim.untried {
      page.add(
        "  \(String(untried.number).leftPadded(to: 3))  \(untried.says.dropLast()): \(untried.why)",
        .note)
    }
    page.add("claim NUMBER   shows the experiment, in both models", .next)
    return page
  }

  static func page(ofUntried claim: (number: Int, says: String, why: String)) -> Page {
    var page = Page()
    page.add("Claim \(claim.number): \(claim.says)", .heading)
    page.add("There is no experiment: \(claim.why).")
    return page
  }

  static func page(_ run: ClaimRun) -> Page {
    let claim = run.claim
    var page = Page()
    page.add("Claim \(claim.number): \(claim.says)", .heading)
    for (index, experiment) in claim.experiments.enumerated() {
      page.add("")
      if !experiment.title.isEmpty { page.add(experiment.title) }
      if experiment.setup.starts(with: ClaimLab.encrypted) {
        page.add("  before  \(ClaimLab.stream) is encrypted under the guide's key", .note)
      }
      for line in experiment.setup where !ClaimLab.encrypted.contains(line) {
        page.add("  before  $ \(line.split(separator: "\n").joined(separator: " "))", .command)
      }
      for line in experiment.lines {
        page.add("  $ \(line.split(separator: "\n").joined(separator: " "))", .command)
      }
      page.add("  holds if " + experiment.holds.map(\.text).joined(separator: ", and "), .note)
      page.add(outcome(run.documented[index], in: .documented))
      page.add(outcome(run.described[index], in: .described))
    }
    page.add("")
    let verdict = ClaimRun.verdict(run.documented)
    page.add("Verdict: \(verdict.rawValue)", verdict == .supported ? .good : .bad)
    let described = ClaimRun.verdict(run.described)
    if described != verdict {
      page.add("  in the guide's own world (model described): \(described.rawValue)", .note)
    }
    page.add("  \(claim.rule)")
    page.add("  \(claim.source)", .note)
    return page
  }

  private static func outcome(_ outcome: ClaimOutcome, in model: Model) -> Page {
    var page = Page()
    let name = model.rawValue.padded(to: 10)
    page.add(
      "  \(name)  \(outcome.holds ? "holds" : "does not hold: \(outcome.found)")",
      outcome.holds ? .good : .bad)
    if outcome.isAboutPrint {
      for line in outcome.last { page.add("    \(line)", .quote) }
    } else if let first = outcome.last.first, first.hasPrefix("aws: ") {
      page.add("    \(first)", .quote)
    }
    return page
  }

  /// All claims again: those whose verdict is not the known one, and how many there are.
  package static func check(seed: UInt64) -> (page: Page, changed: Int) {
    let runs = Claim.catalogue.map { ClaimRun($0, seed: seed) }
    var page = list(runs)
    page.lines.removeLast()
    let changed = runs.filter { !$0.isAsKnown }
    for run in changed {
      page.add(
        "claim \(run.claim.number): was \(run.claim.verdict.rawValue) and "
          + "\(run.claim.described.rawValue) in the guide's world, is now "
          + "\(ClaimRun.verdict(run.documented).rawValue) and "
          + ClaimRun.verdict(run.described).rawValue, .bad)
      page.add(Self.page(run), indented: 2)
    }
    let verdicts = runs.map { ClaimRun.verdict($0.documented) }
    func count(_ verdict: Claim.Verdict) -> Int { verdicts.count { $0 == verdict } }
    page.add(
      "\(ShortNames.plural(runs.count, "claim")): \(count(.supported)) supported, "
        + "\(count(.refuted)) refuted, \(count(.depends)) depend; \(changed.count) changed")
    return (page, changed.count)
  }
}

extension String {
  func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
