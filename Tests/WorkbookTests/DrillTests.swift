import Cloud
import Narration
import Testing
import Values

@testable import Workbook

@Suite struct DrillTests {
  /// Each kind twice, and pairs among them; `keyhole drill --check` does a thousand.
  @Test func everyDrillCanBeFoundAndMended() {
    var check = DrillCheck()
    check.check(seeds: 1...UInt64(2 * DrillCheck.kinds.count))
    #expect(check.problems.map(\.description) == [])
    #expect(check.drills == 2 * DrillCheck.kinds.count)
    #expect(check.pairs > 10)
    #expect(check.ruledOut > check.drills * (DrillCheck.kinds.count - 2))
  }

  @Test func thereAreAtLeastThirtyKindsWithNamesOfTheirOwn() {
    #expect(DrillCheck.kinds.count >= 30)
    #expect(Set(DrillCheck.kinds).count == DrillCheck.kinds.count)
  }

  // MARK: Unfair drills

  struct Unfair: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var change: @Sendable (inout Parts) -> Void
    var complaint: String
  }

  struct Parts {
    var cause: @Sendable (DrillScene) -> [String]
    var repair: @Sendable (DrillScene) -> [String]
    var hints: @Sendable (DrillScene) -> [String]
    var isPresent: @Sendable (DrillDesk) -> Bool
    var prepare: @Sendable (DrillScene) -> [String]
  }

  static let unfair: [Unfair] = [
    .init(
      testDescription: "a fault that nobody notices",
      change: { $0.cause = { _ in ["aws kms list-keys"] } }, complaint: "is noticed"),
    .init(
      testDescription: "a repair that does not mend",
      change: { $0.repair = { _ in ["aws kms list-keys"] } }, complaint: "its repair leaves"),
    .init(
      testDescription: "a repair with a superfluous line",
      change: { parts in
        let repair = parts.repair
        parts.repair = { repair($0) + ["aws kms list-keys"] }
      }, complaint: "as good without the line aws kms list-keys"),
    .init(
      testDescription: "a repair that gives too much",
      change: { parts in
        parts.repair = {
          [
            $0.put(
              role: DrillScene.writerRole, "ProducerAccess",
              DrillScene.policy([DrillScene.statement(actions: ["*"], resource: "*")]))
          ]
        }
      }, complaint: "nobody has more than before"),
    .init(
      testDescription: "a diagnosis that does not fit", change: { $0.isPresent = { _ in false } },
      complaint: "does not fit"),
    .init(
      testDescription: "two hints", change: { $0.hints = { _ in ["Look.", "Look there."] } },
      complaint: "it has 2 hints"),
    .init(
      testDescription: "a hint that is the repair",
      change: { parts in
        let repair = parts.repair
        parts.hints = { ["Look.", "Look there.", "Type \(repair($0)[0])"] }
      }, complaint: "a hint holds a line of the repair"),
    .init(
      testDescription: "a world that is broken before",
      change: { $0.prepare = { ["aws kms disable-key --key-id \($0.keyID)", "wait 6m"] } },
      complaint: "the healthy world does not do"),
  ]

  @Test(arguments: unfair) func anUnfairDrillIsRefused(_ row: Unfair) throws {
    let fair = try #require(DrillFault.named("wrong-resource-part"))
    var parts = Parts(
      cause: fair.cause, repair: fair.repair, hints: fair.hints, isPresent: fair.isPresent,
      prepare: fair.prepare)
    row.change(&parts)
    let fault = DrillFault(
      id: fair.id, title: fair.title, complaint: fair.complaint, part: fair.part,
      prepare: parts.prepare, cause: parts.cause, isPresent: parts.isPresent,
      repair: parts.repair, hints: parts.hints, moral: fair.moral)
    var check = DrillCheck([fault])
    check.check(seeds: 1...1)
    #expect(check.problems.contains { $0.text.contains(row.complaint) })
  }

  @Test func aDiagnosisThatFitsTwiceIsRefused() throws {
    let fair = try #require(DrillFault.named("wrong-resource-part"))
    let twin = DrillFault(
      id: "twin", title: "the same again", complaint: fair.complaint, part: fair.part,
      cause: fair.cause, isPresent: fair.isPresent, repair: fair.repair, hints: fair.hints,
      moral: fair.moral)
    var check = DrillCheck([fair, twin])
    check.check(seeds: 1...1)
    #expect(check.problems.map(\.text) == ["the diagnosis twin fits as well"])
  }

  // MARK: At the prompt

  private func broken(_ line: String) -> Workbook {
    var workbook = Workbook()
    _ = workbook.feed(line)
    return workbook
  }

  @Test func namesDifferBySeedAndNotByTurn() {
    let texts = (1...6).map { broken("drill alias-moved --seed \($0)").desk.drill?.scene.stream }
    #expect(Set(texts).count > 3)
    #expect(broken("drill alias-moved --seed 2").desk.drill?.scene.stream == texts[1])
  }

  @Test func theComplaintDoesNotGiveTheKindAway() {
    for kind in DrillFault.catalogue {
      var workbook = Workbook()
      let text = workbook.feed("drill --seed 5 \(kind.id)").page.text
      #expect(!text.contains(kind.id) && !text.contains(kind.title), "\(kind.id)")
    }
  }

  @Test func mendingAndNamingEndTheDrillInEitherOrder() throws {
    for mendsFirst in [true, false] {
      var workbook = broken("drill key-pending-deletion --seed 4")
      let run = try #require(workbook.desk.drill)
      let mend = run.faults[0].repair(run.scene)
      let name = "diagnose key-pending-deletion"
      var turn = Turn()
      for line in mendsFirst ? mend + [name] : [name] + mend { turn = workbook.feed(line) }
      #expect(turn.page.text.contains("Solved: the stream's key waits for its deletion"))
      #expect(turn.effects.contains(.drilled("key-pending-deletion:solved")))
      #expect(workbook.desk.drill?.isDone == true)
    }
  }

  @Test func halfARepairIsNotEnough() throws {
    var workbook = broken("drill key-pending-deletion --seed 4")
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed("diagnose key-pending-deletion")
    let turn = workbook.feed(run.faults[0].repair(run.scene)[0])
    #expect(workbook.desk.drill?.isDone == false)
    #expect(turn.record.contains("? drill not-yet named 1 of 1"))
  }

  @Test func aRepairThatOpensTooMuchIsNotEnough() throws {
    var workbook = broken("drill missing-data-key-action --seed 9")
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed(
      "aws iam attach-role-policy --role-name kinesis-producer-role "
        + "--policy-arn arn:aws:iam::aws:policy/AdministratorAccess")
    #expect(workbook.feed(run.scene.write).status == 0)
    let page = workbook.feed("check").page.text
    #expect(page.contains("not yet  nobody has more than before"))
    #expect(
      page.contains("take it back: aws iam detach-role-policy --role-name kinesis-producer-role"))
    #expect(workbook.desk.drill?.isMended == false)
  }

  // MARK: Who has more

  private static let muchMore = DrillScene.policy([
    DrillScene.statement(
      actions: ["iam:*", "kms:GenerateDataKey", "kinesis:*", "kms:PutKeyPolicy"], resource: "*")
  ])

  /// Every kind, mended, and then something given away: never mended, and it is said who has it.
  @Test(arguments: DrillFault.catalogue.map(\.id)) func whoeverGivesRightsAwayHasMendedNothing(
    _ id: String
  ) throws {
    var workbook = broken("drill \(id) --seed 6")
    let run = try #require(workbook.desk.drill)
    for line in run.faults[0].repair(run.scene) { _ = workbook.feed(line) }
    #expect(workbook.desk.drill?.isMended == true)
    _ = workbook.feed(run.scene.put(role: DrillScene.writerRole, "More", Self.muchMore))
    let gained = run.gained(in: workbook)
    #expect(run.open(in: workbook).map(\.goal) == [.nobodyGains])
    let principals = Set(gained.gains.map(\.cell.principal))
    #expect(principals == ["producer"])
    let services = Set(gained.gains.map { $0.cell.action.prefix { $0 != ":" } })
    #expect(services.isSuperset(of: ["iam", "kms", "kinesis"]))
  }

  @Test func whatWasGainedIsToldWithWhatTakesItBack() throws {
    var workbook = broken("drill wrong-service-prefix --seed 21")
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed("diagnose wrong-service-prefix")
    var page = workbook.feed(
      run.scene.put(role: DrillScene.writerRole, "More", Self.muchMore)
    ).page.text
    #expect(page.contains("It works again, but somebody may do more than before:"))
    #expect(page.contains("rights more, by identity:More#1"))
    #expect(page.contains("iam:PutRolePolicy on "))
    let back = "aws iam delete-role-policy --role-name kinesis-producer-role --policy-name More"
    #expect(page.contains("take it back: \(back)"))
    #expect(workbook.desk.drill?.isDone == false)
    // Told once, and again when it is another gain.
    #expect(!workbook.feed("aws kms list-keys").page.text.contains("It works again"))
    _ = workbook.feed(run.scene.put(role: DrillScene.writerRole, "ProducerAccess", Self.muchMore))
    page = workbook.feed(back).page.text
    #expect(page.contains("--policy-name ProducerAccess, with no more than before"))
    page = workbook.feed(run.faults[0].repair(run.scene)[0]).page.text
    #expect(page.contains("Everything works again, and nobody has more than before."))
    #expect(page.contains("Solved"))
  }

  struct Gift: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var lines: @Sendable (DrillScene) -> [String]
    var back: String
  }

  static let gifts: [Gift] = [
    Gift(
      testDescription: "a grant",
      lines: { scene in
        [
          "aws kms create-grant --key-id \(scene.keyID) --operations Decrypt --name peek "
            + "--grantee-principal arn:aws:iam::\(scene.account):user/auditor"
        ]
      }, back: "aws kms revoke-grant --key-id "),
    Gift(
      testDescription: "a key policy for everybody, the partner's account among them",
      lines: { scene in
        [
          scene.put(
            keyPolicy: scene.keyPolicy(more: [
              DrillScene.statement(
                sid: "All", actions: ["kms:Decrypt"], resource: "*", principal: "*")
            ]))
        ]
      }, back: "without the statement All"),
    Gift(
      testDescription: "a new user",
      lines: { _ in
        [
          "aws iam create-user --user-name helper",
          "aws iam attach-user-policy --user-name helper --policy-arn "
            + "arn:aws:iam::aws:policy/AdministratorAccess",
        ]
      }, back: "aws iam delete-user --user-name helper, which was not there before"),
    Gift(
      testDescription: "a role that anybody may take",
      lines: { scene in
        [
          "aws iam update-assume-role-policy --role-name \(DrillScene.readerRole) --policy-document "
            + "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
            + "{\"AWS\":\"arn:aws:iam::444455556666:root\"},\"Action\":\"sts:AssumeRole\"}]}'"
        ]
      }, back: "aws iam update-assume-role-policy"),
    Gift(
      testDescription: "the organization's policies",
      lines: { scene in
        [
          scene.put(
            role: DrillScene.readerRole, "Org",
            DrillScene.policy([
              DrillScene.statement(actions: ["organizations:DetachPolicy"], resource: "*")
            ]))
        ]
      }, back: "--policy-name Org"),
    Gift(
      testDescription: "an account that the lab does not have",
      lines: { scene in
        [
          "aws kinesis put-resource-policy --resource-arn \(scene.streamARN) --policy "
            + "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
            + "{\"AWS\":\"210987654321\"},\"Action\":\"kinesis:GetRecords\",\"Resource\":"
            + "\"\(scene.streamARN)\"}]}'"
        ]
      }, back: "aws kinesis put-resource-policy --resource-arn "),
  ]

  @Test(arguments: gifts) func whoeverIsGivenSomethingIsNoticed(_ gift: Gift) throws {
    var workbook = broken("drill misspelt-action --seed 3")
    let run = try #require(workbook.desk.drill)
    for line in gift.lines(run.scene) { #expect(workbook.feed(line).status == 0, "\(line)") }
    let page = workbook.feed(run.faults[0].repair(run.scene)[0]).page.text
    #expect(page.contains("somebody may do more than before"), "\(page)")
    #expect(page.contains(gift.back), "\(page)")
    #expect(workbook.desk.drill?.isMended == false)
  }

  /// `fix` adds the caller to a trust policy and leaves the stranger in.
  @Test func aTrustedStrangerIsMoreThanBefore() throws {
    var workbook = broken("drill trust-policy --seed 9")
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed(run.faults[0].commands(in: run.scene)[0])
    let page = workbook.feed("fix --apply").page.text
    #expect(page.contains("210987654321:root, whom the lab does not know, is let in"))
    #expect(workbook.desk.drill?.isMended == false)
    #expect(workbook.feed("undo").status == 0)
    for line in run.faults[0].repair(run.scene) { _ = workbook.feed(line) }
    #expect(workbook.desk.drill?.isMended == true)
  }

  @Test func anOpenDrillShowsInThePromptAndIsNotDroppedSilently() {
    var workbook = broken("drill alias-moved --seed 4")
    #expect(workbook.prompt == "keyhole drill> ")
    #expect(workbook.welcomeBack.text.contains("You are in a drill."))
    #expect(workbook.feed("drill key-disabled").page.text.contains("Drill 4 was still open"))
    _ = workbook.feed("undo")
    #expect(workbook.desk.drill?.id == "alias-moved")
  }

  /// What is new in the lab is no gain for whom its like was open anyway.
  @Test func aPolicyThatIsLeftOverIsNoGain() throws {
    var workbook = broken("drill boundary-too-narrow --seed 2")
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed("aws kinesis create-stream --stream-name scratch --shard-count 1")
    for line in run.faults[0].repair(run.scene) { _ = workbook.feed(line) }
    #expect(workbook.desk.drill?.isMended == true)
  }

  /// A key that AWS made for the account, on the way to the repair, is nobody's gift.
  @Test func theManagedKeyIsNoGain() throws {
    var workbook = broken("drill key-disabled --seed 3")
    let run = try #require(workbook.desk.drill)
    for line in [
      run.scene.encrypt(under: "alias/aws/kinesis"), "wait 1m",
      run.scene.encrypt(under: run.scene.alias), "wait 1m",
    ] + run.faults[0].repair(run.scene) + [run.scene.encrypt(under: run.scene.alias), "wait 1m"] {
      _ = workbook.feed(line)
    }
    #expect(workbook.desk.drill?.isMended == true)
  }

  @Test func rightsOnAnotherTeamsKeyDoNotMendAMovedAlias() throws {
    var workbook = broken("drill alias-moved --seed 4")
    let run = try #require(workbook.desk.drill)
    #expect(workbook.feed(run.scene.write).status != 0)
    let page = workbook.feed("fix --apply").page.text
    #expect(!page.contains("Everything works again"))
    #expect(
      page.contains("It works again, and yet not all is well: stream bookings-live is set to"))
    let check = workbook.feed("check").page.text
    #expect(check.contains("not yet  what the producer writes from now on, the consumer reads"))
    #expect(check.contains("not yet  nobody has more than before"))
    for line in run.faults[0].repair(run.scene) { _ = workbook.feed(line) }
    #expect(workbook.feed("check").page.text.contains("not yet  nobody has more than before"))
  }

  @Test func aStreamUnderAnotherKeyIsNotMended() throws {
    var workbook = broken("drill key-disabled --seed 3")
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed(run.scene.encrypt(under: "alias/aws/kinesis"))
    _ = workbook.feed("wait 1m")
    #expect(workbook.feed(run.scene.write).status == 0)
    #expect(workbook.desk.drill?.isMended == false)
    #expect(workbook.feed("check").page.text.contains("it is set to alias/aws/kinesis"))
  }

  /// The key by its id is the key, however the stream was set to it.
  @Test func aStreamSetToItsKeyByIdIsMended() throws {
    var workbook = broken("drill alias-deleted --seed 3")
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed(run.scene.encrypt(under: run.scene.keyID))
    _ = workbook.feed("wait 1m")
    #expect(workbook.desk.drill?.isMended == true)
  }

  @Test func whoeverHasLessIsMentioned() throws {
    var workbook = broken("drill wrong-service-prefix --seed 2")
    let run = try #require(workbook.desk.drill)
    let page = workbook.feed(
      run.scene.put(
        role: DrillScene.writerRole, "ProducerAccess",
        run.scene.writerPolicy(actions: ["kinesis:PutRecord"]))
    ).page.text
    #expect(page.contains("Everything works again"))
    #expect(
      page.contains("Less than before, if that is meant: producer kinesis:PutRecords on stream/"))
  }

  @Test func aWrongDiagnosisBringsTheKindBack() throws {
    var workbook = broken("drill alias-moved --seed 2")
    #expect(workbook.feed("diagnose alias-deleted").page.text.contains("No: it is not so"))
    let run = try #require(workbook.desk.drill)
    for line in run.faults[0].repair(run.scene) { _ = workbook.feed(line) }
    let turn = workbook.feed("diagnose alias-moved")
    #expect(turn.effects.contains(.drilled("alias-moved:missed")))
    #expect(workbook.drillHistory.next(among: DrillCheck.kinds, seed: 1) == "alias-moved")
    _ = workbook.feed("drill")
    #expect(workbook.desk.drill?.id == "alias-moved")
  }

  @Test func kindsThatWereNeverDoneComeBeforeThoseThatWereSolved() {
    let history = DrillHistory(["key-disabled:solved", "alias-moved:solved"])
    let kinds = ["key-disabled", "alias-moved", "wrong-case"]
    #expect(history.next(among: kinds, seed: 1) == "wrong-case")
    #expect(history.next(among: Array(kinds.dropLast()), seed: 1) == "key-disabled")
  }

  @Test func hintsComeInOrderAndEnd() {
    var workbook = broken("drill wrong-network --seed 3")
    var texts: [String] = []
    for _ in 0..<4 {
      let turn = workbook.feed("hint")
      texts.append(turn.page.text + turn.reply)
    }
    #expect(texts[0].hasPrefix("Hint 1 of 3"))
    #expect(texts[2].hasPrefix("Hint 3 of 3"))
    #expect(texts[3].contains("last hint"))
  }

  @Test func resetBringsTheFaultBackAndUndoTheRepair() throws {
    var workbook = broken("drill key-disabled --seed 3")
    let digest = workbook.desk.world.digest
    let run = try #require(workbook.desk.drill)
    _ = workbook.feed(run.faults[0].repair(run.scene)[0])
    #expect(workbook.desk.drill?.isMended == true)
    _ = workbook.feed("undo")
    #expect(workbook.desk.drill?.isMended == false)
    _ = workbook.feed("reset")
    #expect(workbook.desk.world.digest == digest)
  }

  @Test func aTranscriptOfADrillReplaysWithTheHistoryItWasMadeWith() throws {
    var workbook = Workbook(drillHistory: DrillHistory(["wrong-case:missed"]))
    var lines = workbook.header
    for line in ["drill", "hint", "diagnose wrong-case"] { lines += workbook.feed(line).record }
    #expect(lines.contains("@ drill wrong-case seed 2"))
    let text = lines.map { $0 + "\n" }.joined()
    #expect(Replay(try Transcript(parsing: text), level: .words).run() == nil)
  }

  @Test(arguments: [
    ("drill nosuch", "There is no kind of drill \"nosuch\""),
    ("drill alias-movd", "Did you mean alias-moved?"),
    ("drill --seed x", "--seed wants a number"), ("drill --faults 3", "--faults is 1 or 2"),
    ("drill a b", "one kind at most"), ("diagnose", "You are in no drill"),
  ]) func misuseIsToldPlainly(_ line: String, _ text: String) {
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect(turn.errors.contains(text))
    #expect(turn.status != 0)
  }
}
