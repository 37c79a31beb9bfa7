import Cloud
import Narration
import Testing

@testable import Workbook

@Suite struct ClaimTests {
  @Test(arguments: Claim.catalogue.map(\.number)) func aVerdictIsTheOneThatIsKnown(_ number: Int)
    throws
  {
    let run = ClaimRun(try #require(Claim.named(number)), seed: 1)
    #expect(ClaimRun.verdict(run.documented) == run.claim.verdict)
    #expect(ClaimRun.verdict(run.described) == run.claim.described)
  }

  @Test(arguments: Claim.catalogue.map(\.number)) func everyExperimentIsTriedAndSourced(
    _ number: Int
  ) throws {
    let claim = try #require(Claim.named(number))
    #expect(!claim.rule.isEmpty && !claim.source.isEmpty)
    for experiment in claim.experiments {
      #expect(!experiment.lines.isEmpty && !experiment.holds.isEmpty)
      #expect(claim.experiments.count == 1 || experiment.title != "" || claim.number == 51)
    }
  }

  /// Set-up lines that fail would make an experiment about something else.
  @Test(arguments: Claim.catalogue.map(\.number)) func setUpsSucceed(_ number: Int) throws {
    let claim = try #require(Claim.named(number))
    for model in [Model.described, .documented] {
      for experiment in claim.experiments {
        var workbook = Workbook(model: model)
        workbook.explain = .off
        for line in experiment.setup {
          let succeeded = workbook.runQuietly(line)
          #expect(succeeded, "\(number), \(model): \(line)")
        }
      }
    }
  }

  @Test func numbersAreThoseOfTheGuidesClaimsAndEachIsThereOnce() {
    let numbers = Claim.catalogue.map(\.number)
    #expect(Set(numbers).count == numbers.count)
    #expect(numbers.allSatisfy { (1...57).contains($0) })
  }

  /// Every row of the guide's claims is tried, or says why it is not.
  @Test func everyClaimIsTriedOrSaysWhyNot() {
    let tried = Claim.catalogue.map(\.number)
    let untried = Claim.untried.map(\.number)
    #expect((tried + untried).sorted() == Array(1...57))
    var workbook = Workbook()
    for claim in Claim.untried {
      #expect(workbook.feed("claim \(claim.number)").reply.contains(claim.why))
    }
    #expect(workbook.feed("claims").reply.contains("Without an experiment:"))
  }

  @Test func namesThatTheGuideInventedAreToldSo() {
    var workbook = Workbook()
    #expect(workbook.feed("explain AWSKinesisClientProvider").reply.contains("Invented"))
    #expect(workbook.feed("explain unauthorizedoperation").reply.contains("A code of EC2"))
    #expect(workbook.feed("explain KMS detailed monitoring").reply.contains("claim 41"))
    #expect(workbook.feed("explain nothing").status == 2)
    for name in GuideName.table { #expect(Claim.named(name.claim) != nil, "\(name.name)") }
  }

  @Test func aVerdictThatChangesIsNoticed() throws {
    let known = try #require(Claim.named(6))
    let changed = Claim(
      number: 6, says: known.says, experiments: known.experiments, verdict: .supported,
      described: known.described, rule: known.rule, source: known.source)
    #expect(!ClaimRun(changed, seed: 1).isAsKnown)
    #expect(ClaimRun(known, seed: 1).isAsKnown)
  }

  @Test func partsThatDifferMakeAVerdictDepend() {
    func outcome(_ holds: Bool) -> ClaimOutcome {
      ClaimOutcome(
        experiment: .init(lines: [], holds: []), holds: holds, found: "", last: [],
        isAboutPrint: false)
    }
    #expect(ClaimRun.verdict([outcome(true), outcome(false)]) == .depends)
    #expect(ClaimRun.verdict([outcome(true), outcome(true)]) == .supported)
    #expect(ClaimRun.verdict([outcome(false)]) == .refuted)
  }

  @Test func aClaimIsShownInBothModelsAndLeavesTheWorldAlone() {
    var workbook = Workbook()
    let digest = workbook.desk.world.digest
    let page = workbook.feed("claim 22").reply
    #expect(page.contains("Verdict: depends"))
    #expect(page.contains("in the guide's own world (model described): supported"))
    #expect(workbook.desk.world.digest == digest)
    #expect(workbook.feed("claim 99").status == 2)
    #expect(workbook.feed("claims").reply.contains(" 22  depends    With a customer managed key"))
  }

  /// A key that is refused shows its own code in the documented model, as the rule says.
  @Test func aRefusedKeyShowsItsCode() {
    var workbook = Workbook()
    let page = workbook.feed("claim 8").reply
    #expect(page.contains("documented  does not hold: it was refused with another code"))
    #expect(page.contains("An error occurred (KMSAccessDeniedException)"))
    #expect(!page.contains("it succeeded"))
  }

  @Test func partsThatLookAlikeShowWhatWasSetUp() {
    var workbook = Workbook()
    let page = workbook.feed("claim 22").reply
    #expect(page.contains("before  my-secure-stream is encrypted under the guide's key"))
    #expect(page.contains("before  $ aws iam put-role-policy --role-name kinesis-producer-role"))
    for title in ["both allow", "neither", "beside these four"] { #expect(page.contains(title)) }
  }

  @Test func whatWasPrintedInsteadIsShown() {
    var workbook = Workbook()
    let page = workbook.feed("claim 36").reply
    #expect(page.contains("it printed something else"))
    #expect(page.contains("\"IsLogging\": false"))
  }
}
