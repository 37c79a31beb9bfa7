import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// How a step is judged: what counts as its own doing, which ways are the same, and what is said.
@Suite struct LessonJudgingTests {
  /// A step that begins in a world where its way off the path is so already.
  private static let text = """
    ---
    keyhole-lesson: 1
    id: judged
    title: Judged
    minutes: 8
    names: stream=orders, key=alias/orders, other=87654321-4321-4321-4321-210987654321
    clock: 2026-01-05T09:00:00Z
    model: documented
    ---

    # Judged

    ```keyhole setup
    aws kms create-alias --alias-name alias/orders --target-key-id 12345678-1234-1234-1234-123456789012
    aws kinesis create-stream --stream-name orders --shard-count 1
    aws kinesis wait stream-exists --stream-name orders
    ```

    <!-- step: loads -->
    ## Load it

    ```keyhole check
    load stored >= 50
    off-path little: load stored < 50
    ```

    <!-- feedback: little
    Too little was stored. -->

    ```keyhole solution
    load --stream-name {stream} --rate 100/s --for 1s --writer admin
    ```

    <!-- step: seal -->
    ## Seal it

    ```keyhole check
    stream {stream} key = {key}
    seen xray {stream} after kinesis:PutRecord
    off-path in-the-clear: stream {stream} encryption = NONE
    off-path little: load stored < 50
    ```

    <!-- feedback: in-the-clear
    It lies there in the clear. -->

    <!-- feedback: little
    Too little was stored. -->

    <!-- hint-when: stream {stream} shards = 1
    There is one shard. -->

    ```keyhole solution
    aws kinesis start-stream-encryption --stream-name {stream} --encryption-type KMS --key-id {key}
    wait 15s
    aws kinesis put-record --stream-name {stream} --partition-key 1 --data aGk=
    xray {stream}
    ```

    <!-- step: which -->
    ## Which?

    ```keyhole quiz
    Is a choice cut at its first colon?
    - [ ] No: it is not: So this is half of it.
    - [x] No: it ends where a sentence begins: `kms:Decrypt` has none.
    ```

    <!-- step: end -->
    ## The end

    Done.

    """

  private static let entry = LessonShelf.Entry(file: "02-judged.md", text: text)
  private static let start =
    "aws kinesis start-stream-encryption --stream-name orders --encryption-type KMS --key-id "
  private static let put =
    "aws kinesis put-record --stream-name orders --partition-key 1 --data aGk="

  private func run(_ lines: String...) -> (Workbook, String) {
    var workbook = Workbook()
    workbook.packed = [Self.entry]
    let turn = Sample.feed(["lesson judged"] + lines, &workbook)
    return (workbook, Sample.text(turn))
  }

  private static let loaded = "load --stream-name orders --rate 100/s --for 1s --writer admin"

  @Test func choicesEndWhereTheirReasonBegins() throws {
    let quiz = try #require(try Self.entry.lesson().steps[2].quizzes.first)
    #expect(quiz.choices.map(\.text) == ["No: it is not", "No: it ends where a sentence begins"])
    #expect(quiz.choices[0].reason == "So this is half of it.")
  }

  @Test(arguments: [
    ("No: it is not: So this", "No: It is not: So this", "more than one colon"),
    ("No: it ends where a sentence begins:", "No: it is not:", "two choices are the same"),
  ])
  func aChoiceThatCanBeReadInTwoWaysIsNoChoice(_ old: String, _ new: String, _ says: String) {
    let text = Self.text.replacing(old, with: new)
    #expect(text != Self.text)
    let error = #expect(throws: LessonError.self) {
      try LessonShelf.Entry(file: "x.md", text: text).lesson()
    }
    #expect(error?.problem.contains(says) == true)
    #expect(error?.excerpt.last?.contains("^") == true)
  }

  @Test(arguments: ["clock", "hint", "task", "streams"])
  func whatOnlyLooksIsNotOffThePath(_ line: String) {
    let (workbook, text) = run(Self.loaded, "next", line)
    #expect(!text.contains("Off the path") && !text.contains("There is one shard"))
    #expect(workbook.desk.lesson?.lastVerdict == "seal not-yet")
    // The mistake itself is still told after it.
    var after = workbook
    #expect(Sample.text(Sample.feed([Self.put], &after)).contains("Off the path: It lies there"))
  }

  @Test func aLoadOfAnotherStepSaysNothingAboutThisOne() {
    let few = "load --stream-name orders --rate 10/s --for 1s --writer admin"
    #expect(run(few).1.contains("Off the path: Too little"))
    #expect(!run(Self.loaded, few, "next", "clock").1.contains("Too little"))
    #expect(
      run(Self.loaded, "next", "check load stored '>=' 1").1.contains("no load in this step yet"))
  }

  @Test(arguments: [
    "alias/orders", "12345678-1234-1234-1234-123456789012",
    "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
    "arn:aws:kms:us-east-1:123456789012:alias/orders",
  ])
  func aKeyIsTheSameByWhateverName(_ name: String) {
    let (_, text) = run(
      Self.loaded, "next", Self.start + name, "wait 15s", Self.put, "xray orders")
    #expect(text.contains("Done: Seal it"))
    let (_, no) = run(
      Self.loaded, "next", Self.start + name, "wait 15s",
      "check stream orders key = alias/aws/kinesis")
    #expect(no.contains("no:"))
  }

  @Test func whatIsUnderWayIsNotOffThePathYet() {
    let (workbook, text) = run(Self.loaded, "next", Self.start + "alias/orders")
    #expect(workbook.desk.world.streams.streams.last?.status == .updating)
    #expect(!text.contains("Off the path"))
  }

  @Test func aLookBeforeTheDeedIsNoLookAfterIt() {
    let (workbook, text) = run(
      Self.loaded, "next", Self.start + "alias/orders", "wait 15s", "xray orders", Self.put, "check"
    )
    #expect(text.contains("xray orders was used before kinesis:PutRecord, not after it"))
    var after = workbook
    #expect(Sample.text(Sample.feed(["xray orders"], &after)).contains("Done: Seal it"))
  }

  @Test func anotherModelThanTheLessonsIsNamed() {
    #expect(
      run("model described", "check").1.contains(
        "written for the model documented, and you are in described"))
    #expect(!run("check").1.contains("written for"))
  }

  @Test func whatTheLabDidIsLeftAgainAtOnce() {
    let (workbook, _) = run("skip", "back", "next")
    #expect(workbook.desk.lesson?.step.id == "seal")
    let (jumped, _) = run("lesson judged which", "back", "next")
    #expect(jumped.desk.lesson?.step.id == "which")
  }

  @Test func aQuestionIsAnsweredOnRequestAndANumberAloneIsUnderstood() {
    let (_, text) = run("lesson judged which", "solution")
    #expect(text.contains("answer 2   No: it ends where a sentence begins"))
    let (workbook, number) = run("lesson judged which", "2")
    #expect(number.contains("answer 2   answers the question"))
    #expect(workbook.desk.lesson?.isMet == false)
  }

  @Test func beginningAtAStepPutsTheOwnRunAwayAndUndoBringsItBack() {
    let (workbook, text) = run(Self.loaded, "lesson judged which")
    #expect(text.contains("undo brings it back"))
    var own = workbook
    _ = own.feed("undo")
    #expect(own.desk.lesson?.met == ["loads"])
    // One that was left for another lesson comes back as well.
    let (_, again) = run(
      Self.loaded, "lesson disk-thief", "lesson judged which", "undo", "lesson judged")
    #expect(again.contains("you are where you left"))
  }

  @Test func aFailureThatRefusesNobodyIsForetoldAsOne() {
    var workbook = Workbook()
    _ = workbook.feed("lesson wrong-region-wrong-account")
    #expect(Sample.text(Sample.feed(["predict deny 50"], &workbook)).contains("It will be: fail"))
    #expect(Sample.text(Sample.feed(["task"], &workbook)).contains("foretold, and now to be run"))
  }

  @Test func theLastPageHasTheLinesThatDidIt() {
    let wrong = Self.put.replacing("orders", with: "none")
    let (_, text) = run(
      "meter limit 500", wrong, Self.loaded, "next", "skip", "answer 2", "next", "summary")
    let did = text.split(separator: "\n").map(String.init)
    #expect(did.contains("    meter limit 500") && did.contains("    \(Self.loaded)"))
    #expect(!text.contains("--stream-name none"))
    #expect(did.contains("    No: it ends where a sentence begins"))
  }

  @Test func aLessonIsFoundByItsFile() {
    var workbook = Workbook()
    #expect(!workbook.feed("lesson 11-a-cache-in-front").page.isEmpty)
    #expect(workbook.desk.lesson?.lesson.id == "a-cache-in-front")
  }

  @Test func emphasisIsNotShownAsStars() {
    #expect(
      Markdown.plain("the model *documented*: `kms:*` on *") == "the model documented: `kms:*` on *"
    )
    #expect(Markdown.plain("as in *Turn on encryption*.") == "as in Turn on encryption.")
    #expect(Markdown.plain("2 * 3 and \"*\"") == "2 * 3 and \"*\"")
  }

  /// The reference way of every lesson goes by without a word of being off it.
  @Test func noSolutionIsToldThatItIsOffThePath() throws {
    for entry in LessonShelf.entries {
      let (text, isFinished) = LessonRecorder.reference(of: try entry.lesson())
      #expect(isFinished, "\(entry.id)")
      let off = text.split(separator: "\n").filter {
        $0.hasPrefix("? ") && $0.contains(" off-path ")
      }
      #expect(off == [], "\(entry.id)")
    }
  }
}

/// Pages that tell of more than one gate, of rights that rest, and of bytes that the client sealed.
@Suite struct TellingTests {
  @Test func everyShutGateIsToldWithItsNearestStatement() {
    var workbook = Workbook()
    let text = Sample.text(
      Sample.feed(
        [
          "lesson five-questions gate",
          "aws kinesis put-record --stream-name orders --partition-key 7 --data aGk= --profile producer",
          "why",
        ], &workbook))
    #expect(text.contains("which is not enough here"))
    #expect(text.contains("key:Producers of the stream fits, except its Condition"))
    #expect(text.contains("boundary:"))
    workbook.explain = .narrated
    let said = Sample.text(Sample.feed(["why"], &workbook))
    #expect(!said.contains("^^^") && said.contains("Not permitted: nothing allows"))
  }

  @Test func aRightOnADisabledKeyIsGainedAllTheSame() {
    var workbook = Workbook()
    let text = Sample.text(
      Sample.feed(
        [
          "lesson five-questions forbidden", "checkpoint",
          "aws iam create-policy-version --policy-arn arn:aws:iam::123456789012:policy/StreamsOnly --policy-document file://streams-and-keys.json --set-as-default",
          "matrix changes",
        ], &workbook))
    #expect(text.contains("gains") && text.contains("producer") && text.contains("Disabled"))
  }

  @Test func whatTheClientSealedIsNotReadableByAnybody() {
    var workbook = Workbook()
    let text = Sample.text(
      Sample.feed(["lesson client-or-server server", "skip", "xray orders"], &workbook))
    #expect(text.contains("a ciphertext of KMS; to open it kms:Decrypt on"))
    #expect(text.contains("a message of the Encryption SDK; to open it kms:Decrypt on"))
    #expect(text.contains("wrapped key"))
    #expect(!text.contains("readable without any key: everything"))
  }

  @Test func onlyWhatSealsAndOpensHasAContextInItsStory() {
    var workbook = Workbook()
    let text = Sample.text(
      Sample.feed(
        [
          "aws kinesis create-stream --stream-name a --shard-count 1", "wait 15s",
          "aws kinesis start-stream-encryption --stream-name a --encryption-type KMS --key-id 12345678-1234-1234-1234-123456789012",
        ], &workbook))
    #expect(text.contains("DescribeKey") && !text.contains("encryption context"))
  }
}
