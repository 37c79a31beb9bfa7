import Narration
import Testing
import Values

@testable import Workbook

/// A lesson that passes every gate, and one change that makes it fail one of them.
struct PlantedFault: CustomTestStringConvertible, Sendable {
  var name: String
  var old: String
  var new: String
  /// The line of the changed text that the report must name, by what stands in it.
  var at: String?
  var says: String

  var testDescription: String { name }

  static let base = """
    ---
    keyhole-lesson: 1
    id: planted
    title: Planted
    minutes: 8
    teaches: put-record, encryption-at-rest
    needs: enable-sse
    names: stream=orders, key=12345678-1234-1234-1234-123456789012, writer=producer
    clock: 2026-01-05T09:00:00Z
    model: documented
    ---

    # Planted

    The stream {stream} is there. `lesson disk-thief` comes before; see [the web](https://example.org).

    ```keyhole setup
    aws kinesis create-stream --stream-name orders --shard-count 1
    aws kinesis wait stream-exists --stream-name orders
    aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess --policy-document file://orders-producer.json
    ```

    <!-- step: start · teaches: start-stream-encryption · golf: 2 -->
    ## Encrypt and rename

    Encrypt {stream} with {key}, with `start-stream-encryption`, and give the key the name alias/mine with
    `create-alias`.

    ```keyhole predict
    aws kinesis list-streams --profile {writer}
    ```

    ```keyhole check
    trail has kinesis:StartStreamEncryption = ok since step
    key alias/mine state = Enabled
    off-path stopped: trail has kinesis:StopStreamEncryption since step
    ```

    <!-- feedback: stopped · detour: keys
    That is the other way round for {my stream}. -->

    <details><summary>Hint: two commands</summary>

    One for the stream, one for the alias.
    </details>

    <details><summary>One solution</summary>

    ```keyhole solution
    aws kinesis start-stream-encryption --stream-name {stream} --encryption-type KMS --key-id {key}
    aws kms create-alias --alias-name alias/mine --target-key-id {key}
    ```
    </details>

    <!-- wrong: the-other-way · expects: stopped
    aws kinesis stop-stream-encryption --stream-name {stream} --encryption-type KMS --key-id {key} -->

    <!-- step: keys · detour -->
    ## Whose keys are there?

    `aws kms list-keys` says.

    ```keyhole check
    trail has kms:ListKeys = ok since step
    ```

    ```keyhole solution
    aws kms list-keys
    ```

    <!-- step: question · needs: start-stream-encryption -->
    ## What is so now?

    ```keyhole quiz
    Which key seals what comes now?
    - [x] The one that you named: New records go under it.
    - [ ] None: They did before.
    ```

    ```keyhole branch
    go end if stream {stream} encryption = KMS
    ```

    <!-- step: end -->
    ## What to take along

    Little.

    """

  private static let otherWay =
    "aws kinesis stop-stream-encryption --stream-name {stream} --encryption-type KMS --key-id {key} -->"

  static let rows: [PlantedFault] = [
    .init(
      name: "a slip in the take-away", old: "<!-- step: start",
      new: "```keyhole summary\nUse `kms:GenerateDatKey` well.\n```\n\n<!-- step: start",
      at: "GenerateDatKey", says: "GenerateDatKey"),
    .init(
      name: "nothing done passes",
      old: "trail has kinesis:StartStreamEncryption = ok since step\nkey alias/mine",
      new: "stream {stream} shards = 1\nkey 12345678-1234-1234-1234-123456789012",
      at: "step: start", says: "the untouched step start already passes its check"),
    .init(
      name: "a solution does not pass", old: "--alias-name alias/mine",
      new: "--alias-name alias/min",
      at: "start-stream-encryption --stream-name {stream} --encryption-type KMS --key-id {key}",
      says: "a solution of start does not pass"),
    .init(
      name: "a line is superfluous",
      old: "aws kms create-alias --alias-name alias/mine --target-key-id {key}\n```",
      new:
        "aws kms create-alias --alias-name alias/mine --target-key-id {key}\naws kms list-keys\n```",
      at: nil, says: "passes without its line \"aws kms list-keys\""),
    .init(
      name: "a wrong attempt is not told", old: otherWay, new: "aws kms list-keys -->",
      at: "wrong: the-other-way", says: "the wrong attempt the-other-way does not raise stopped"),
    .init(
      name: "a wrong attempt passes", old: otherWay,
      new:
        "aws kinesis start-stream-encryption --stream-name {stream} --encryption-type KMS --key-id {key}\naws kms create-alias --alias-name alias/mine --target-key-id {key} -->",
      at: "wrong: the-other-way", says: "the wrong attempt the-other-way passes the step"),
    .init(
      name: "a wrong attempt expects nothing known", old: "expects: stopped",
      new: "expects: stoped",
      at: "wrong: the-other-way", says: "expects stoped, which no check names"),
    .init(
      name: "a way off the path without feedback", old: "off-path stopped:", new: "off-path other:",
      at: "off-path other", says: "the way off the path other has no feedback"),
    .init(
      name: "a harmless command is forbidden", old: "key alias/mine state = Enabled\n",
      new: "key alias/mine state = Enabled\ncounter kms:ListKeys since step = 0\n", at: nil,
      says: "harmless commands"),
    .init(
      name: "used before it is taught", old: "`create-alias`", new: "a command",
      at: "aws kms create-alias",
      says: "the solution of start uses create-alias, which nothing taught before"),
    .init(
      name: "needed before it is taught", old: "needs: start-stream-encryption -->",
      new: "needs: grant -->", at: "step: question", says: "needs grant, which is not taught"),
    .init(
      name: "a lesson that does not exist", old: "needs: enable-sse", new: "needs: enable-see",
      at: "needs: enable-see", says: "which is no lesson; did you mean enable-sse?"),
    .init(
      name: "a text names no lesson", old: "`lesson disk-thief`", new: "`lesson disk-theif`",
      at: "disk-theif", says: "there is no lesson disk-theif; did you mean disk-thief?"),
    .init(
      name: "a link leads nowhere", old: "https://example.org", new: "04-none.md", at: "04-none.md",
      says: "the link leads nowhere: 04-none.md"),
    .init(
      name: "a hint contains the solution", old: "One for the stream, one for the alias.",
      new: "aws kms create-alias --alias-name alias/mine --target-key-id {key}",
      at: "aws kms create-alias", says: "a hint of start contains the solution's line"),
    .init(
      name: "a name is misspelt", old: "Encrypt {stream} with", new: "Encrypt {steam} with",
      at: "{steam}", says: "the header has no name \"steam\"; did you mean {stream}?"),
    .init(
      name: "an action is misspelt", old: "kms:ListKeys", new: "kms:ListKey", at: "kms:ListKey",
      says: "kms has no action \"ListKey\""),
    .init(
      name: "a principal is misspelt",
      old: "off-path stopped: trail has kinesis:StopStreamEncryption since step",
      new:
        "off-path stopped: trail has kinesis:StopStreamEncryption since step\noff-path stopped: trail has kms:CreateKey by produser since step",
      at: "produser", says: "there is no principal produser"),
    .init(
      name: "a file is missing", old: "file://orders-producer.json",
      new: "file://order-producer.json",
      at: "order-producer",
      says: "there is no file order-producer.json; did you mean orders-producer.json?"),
    .init(
      name: "the setup fails", old: "create-stream --stream-name orders --shard-count 1",
      new: "create-stream --stream-name orders --shard-count 0", at: "shard-count 0",
      says: "the setup fails"),
    .init(
      name: "a shown line is no command", old: "aws kinesis list-streams --profile {writer}",
      new: "aws kinesis list-stream --profile {writer}", at: "aws kinesis list-stream --profile",
      says: "shows a line that is not understood"),
    .init(
      name: "a branch leads back", old: "go end if", new: "go start if", at: "go start",
      says: "a way that does not end"),
    .init(
      name: "a branch leads nowhere", old: "go end if", new: "go ended if", at: "go ended",
      says: "which is no step; did you mean end?"),
    .init(
      name: "a step is never come to", old: " · detour: keys", new: "", at: "step: keys",
      says: "the step keys is never come to: no feedback and no hint offers it"),
    .init(
      name: "golf that is too easy", old: "golf: 2", new: "golf: 3", at: "golf: 3",
      says: "the shortest solution of start makes 2 calls"),
    .init(
      name: "too few minutes", old: "minutes: 8", new: "minutes: 1", at: "minutes: 1",
      says: "minutes: 1, where a lesson takes 8 to 20"),
    .init(
      name: "more work than promised", old: "# Planted\n",
      new: "# Planted\n\n" + String(repeating: "word ", count: 2000), at: "minutes: 8",
      says: "reading and typing take about"),
    .init(
      name: "a solution that the client refuses", old: "```keyhole solution\naws kms list-keys\n",
      new: "```keyhole solution\naws kms list-keys --limits 3\n", at: "--limits",
      says: "Unknown options: --limits"),
    .init(
      name: "too many minutes", old: "minutes: 8", new: "minutes: 90", at: "minutes: 90",
      says: "minutes: 90, where"),
    .init(
      name: "a word without an entry", old: "teaches: put-record, encryption-at-rest",
      new: "teaches: put-record, encryption-at-rset", at: "encryption-at-rset",
      says: "did you mean encryption-at-rest?"),
    .init(
      name: "a check without a solution",
      old: "```keyhole solution\naws kms list-keys\n```\n", new: "", at: "step: keys",
      says: "the step keys has a check and no solution"),
    .init(
      name: "a choice without a reason", old: "None: They did before.", new: "None",
      at: "- [ ] None",
      says: "every choice of a quiz has its reason"),
    .init(
      name: "a block that is none", old: "```keyhole quiz", new: "```keyhole quizz",
      at: "keyhole quizz", says: "did you mean quiz?"),
    .init(
      name: "two steps of one name", old: "step: end", new: "step: question",
      at: "step: question -->",
      says: "two steps are called question"),
    .init(
      name: "feedback before anything was done",
      old: "off-path stopped: trail has kinesis:StopStreamEncryption since step",
      new: "off-path stopped: seen clock", at: "off-path stopped",
      says: "the feedback stopped comes to whoever types clock or hint"),
    .init(
      name: "feedback to the solution",
      old: "off-path stopped: trail has kinesis:StopStreamEncryption since step",
      new: "off-path stopped: stream {stream} status = UPDATING", at: "off-path stopped",
      says: "the feedback stopped comes to whoever does start as its solution does"),
    .init(
      name: "two choices alike", old: "- [ ] None: They did before.",
      new: "- [ ] The one that you named.: Not so.", at: "- [ ] The one that you named",
      says: "two choices of the question look alike"),
    .init(
      name: "an action in prose is misspelt", old: "`lesson disk-thief` comes before",
      new: "`lesson disk-thief` and `kms:GenerateDatKey` come before", at: "kms:GenerateDatKey",
      says: "kms has no action \"GenerateDatKey\"; did you mean kms:GenerateDataKey?"),
    .init(
      name: "a command in prose is misspelt", old: "`aws kms list-keys` says.",
      new: "`aws kms list-keys` says, `aws kms put-key-polcy --key-id x` does not.",
      at: "put-key-polcy", says: "aws kms has no put-key-polcy; did you mean put-key-policy?"),
    .init(
      name: "an operation in prose is misspelt", old: "`start-stream-encryption`",
      new: "`start-stream-encryption` or `start-stream-encrytion`", at: "start-stream-encrytion",
      says: "did you mean start-stream-encryption?"),
    .init(
      name: "a verb in prose is misspelt", old: "Little.", new: "Little, but `hnt` helps.",
      at: "hnt", says: "\"hnt\" is no command and no verb; did you mean hint?"),
    .init(
      name: "two right choices", old: "- [ ] None: They", new: "- [x] None: They",
      at: "keyhole quiz", says: "a quiz has one right choice"),
    .init(
      name: "a lesson that reaches for the disk", old: "aws kms list-keys\n```",
      new: "export-file x; aws kms list-keys\n```", at: "export-file",
      says: "the learner's disk is not its own"),
  ]
}

@Suite struct LessonLintTests {
  private func report(_ text: String) -> LessonLint.Report {
    LessonLint.report(
      on: LessonShelf.Entry(file: "planted.md", text: text), among: LessonShelf.entries,
      mutating: true)
  }

  @Test func theLessonWithoutAFaultPasses() {
    let report = report(PlantedFault.base)
    #expect(report.problems.map(\.description) == [])
    let counts = report.counts
    #expect(counts.steps == 4 && counts.untouched == 3 && counts.solutions == 2)
    #expect(counts.dropped == 2 && counts.wrongs == 1 && counts.swapped == 1 && counts.extras == 2)
  }

  @Test(arguments: PlantedFault.rows) func aFaultIsFoundForItsOwnReason(_ fault: PlantedFault) {
    let text = PlantedFault.base.replacing(fault.old, with: fault.new)
    #expect(text != PlantedFault.base, "\(fault.old) is not in the lesson")
    let problems = report(text).problems
    let found = problems.first { $0.text.contains(fault.says) }
    #expect(found != nil, "\(problems.map(\.description))")
    guard let found, let at = fault.at else { return }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(found.line > 0 && found.line <= lines.count)
    guard lines.indices.contains(found.line - 1) else { return }
    #expect(lines[found.line - 1].contains(at), "\(found.description)")
    #expect(found.excerpt.first.map { $0 == lines[found.line - 1] } ?? false)
    // The reasons of others stay silent: most faults are one problem.
    #expect(problems.count <= 6, "\(problems.map(\.description))")
  }

  @Test func theRowsAreManyAndTheirReasonsDiffer() {
    #expect(PlantedFault.rows.count >= 15)
    #expect(Set(PlantedFault.rows.map(\.says)).count == PlantedFault.rows.count)
  }

  @Test func theCaretStandsUnderTheFault() {
    let text = PlantedFault.base.replacing("Encrypt {stream} with", with: "Encrypt {steam} with")
    let problem = report(text).problems.first
    #expect(problem?.excerpt.count == 2)
    #expect(problem?.excerpt.last?.hasSuffix("        ^^^^^^^") == true)
    #expect(problem?.description.hasPrefix("planted.md:") == true)
  }

  /// Whatever is wrong with a line, something of it is marked.
  @Test(arguments: PlantedFault.rows.filter { $0.at != nil }) func everyFaultHasACaret(
    _ fault: PlantedFault
  ) {
    let text = PlantedFault.base.replacing(fault.old, with: fault.new)
    for problem in report(text).problems where problem.line > 0 {
      #expect(problem.excerpt.last?.contains("^") == true, "\(problem.description)")
    }
  }

  /// A slip that the lesson is about stands in its files too, and is none of its own.
  @Test func aSlipThatIsMeantIsLeftAlone() {
    let text = PlantedFault.base.replacing("Little.", with: "It had `kms:GenerateDatKey` in it.")
    let file = "\n```json bad.json\n{ \"Action\": \"kms:GenerateDatKey\" }\n```\n"
    #expect(report(text).problems.contains { $0.text.contains("GenerateDatKey") })
    #expect(!report(text + file).problems.contains { $0.text.contains("has no action") })
  }

  @Test func whatDidNotComeOutIsNotCounted() {
    func counts(_ old: String, _ new: String) -> LessonLint.Counts {
      report(PlantedFault.base.replacing(old, with: new)).counts
    }
    let passes = counts(
      "trail has kinesis:StartStreamEncryption = ok since step\nkey alias/mine",
      "stream {stream} shards = 1\nkey 12345678-1234-1234-1234-123456789012")
    #expect(passes.untouched == 2)
    #expect(
      counts("stop-stream-encryption --stream-name", "describe-stream --stream-name").wrongs == 0)
    // The detour is not come to without it.
    #expect(counts("--alias-name alias/mine", "--alias-name alias/min").solutions == 0)
    #expect(
      report(PlantedFault.base).counts.text.hasPrefix(
        "3 untouched steps fail, 2 solutions pass, 2 solutions less a line fail, 1 wrong attempt "))
    var one = LessonLint.Counts()
    one.solutions = 1
    #expect(one.text.contains("1 solution passes"))
  }

  @Test func whatIsTaughtOnOneWayOnlyIsNotTaught() {
    // The question is come to past `extra` or through it.
    let text = PlantedFault.base
      .replacing(
        "<!-- step: keys · detour -->",
        with:
          "<!-- step: extra · teaches: grant -->\n## Extra\n\nRead this.\n\n<!-- step: keys · detour -->"
      )
      .replacing(
        "<!-- wrong: the-other-way",
        with:
          "```keyhole branch\ngo question if stream {stream} status = ACTIVE\n```\n\n<!-- wrong: the-other-way"
      )
      .replacing("needs: start-stream-encryption -->", with: "needs: grant -->")
    #expect(
      report(text).problems.contains {
        $0.text.contains("needs grant, which is not taught before it")
      })
  }

  @Test func aNewLessonPassesEveryGate() throws {
    let text = try LessonSkeleton.text(id: "my-own")
    let report = report(text)
    #expect(report.problems.map(\.description) == [])
    #expect(text.contains("title: My own"))
    for id in ["My own", "", "enable-sse"] {
      #expect(throws: LessonSkeleton.Failure.self) { try LessonSkeleton.text(id: id) }
    }
  }

  @Test func transcriptsAndLessonsBelongTogether() throws {
    let entry = Sample.entry
    let lesson = try entry.lesson()
    let shelving = ["shelve sample.md <<'E'\n\(entry.text)E"]
    let (text, isFinished) = LessonRecorder.reference(of: lesson, shelving: shelving)
    #expect(isFinished)
    let wrong = try #require(LessonRecorder.wrongWays(of: lesson, shelving: shelving))
    for recorded in [text, wrong] {
      #expect(Replay(try Transcript(parsing: recorded), level: .words).run() == nil)
    }
    #expect(wrong.contains("? put off-path elsewhere"))
    let both = [("a", text), ("b", wrong)]
    #expect(LessonRecorder.problems(in: both, shelf: [entry]).map(\.text) == [])
    #expect(
      LessonRecorder.problems(in: [both[1]], shelf: [entry]).map(\.text).first?.contains(
        "no transcript takes sample to its end") == true)
    #expect(
      LessonRecorder.problems(in: [both[0]], shelf: [entry]).map(\.text).first?.contains(
        "no transcript has the wrong attempt other-stream") == true)
    let orphan = [("c", "keyhole-transcript 1\n> lesson gone\n@ lesson gone text:1\n")]
    #expect(
      LessonRecorder.problems(in: both + orphan, shelf: [entry]).map(\.text)
        == ["there is no lesson gone any more"])
    let other = LessonShelf.Entry(file: "sample.md", text: entry.text + "\nMore.\n")
    #expect(
      LessonRecorder.problems(in: both, shelf: [other]).contains {
        $0.text.contains("another text")
      })
  }

  @Test func aLessonOfOnesOwnIsShelvedWithItsFiles() {
    var workbook = Workbook()
    let text = PlantedFault.base.replacing(
      "file://orders-producer.json", with: "file://own-producer.json")
    let turn = Sample.feed(
      [
        "shelve fixtures/own-producer.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}]}\nE",
        "shelve planted.md <<'E'\n\(text)E",
      ], &workbook)
    #expect(Sample.text(turn) == "planted.md is on the shelf: lesson planted\n")
    #expect(Sample.text(Sample.feed(["lessons"], &workbook)).contains("planted"))
    #expect(!Sample.text(Sample.feed(["lesson planted"], &workbook)).contains("setup failed"))
    let broken = Sample.feed(["shelve b.md <<'E'\n---\nid\n---\nE"], &workbook)
    #expect(broken.errors.contains("b.md:2: a header line is key: value"))
    let faulty = Sample.feed(
      ["shelve planted.md <<'E'\n\(text.replacing("golf: 2", with: "golf: 9"))E"], &workbook)
    #expect(Sample.text(faulty).contains("1 problem; the lesson can be taken all the same."))
  }
}
