import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// A lesson with every kind of block, and a workbook that has it on its shelf.
enum Sample {
  static let text = """
    ---
    keyhole-lesson: 1
    id: sample
    title: A sample
    minutes: 8
    teaches: put-record, sampling
    names: stream=orders, writer=producer
    clock: 2026-01-05T09:00:00Z
    model: documented
    ---

    # A sample

    The stream {stream} is there.

    <!-- glossary: sampling
    Looking at a part. The rest is guessed. -->

    ```keyhole setup
    aws kinesis create-stream --stream-name orders --shard-count 1
    aws kinesis wait stream-exists --stream-name orders
    aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess --policy-document file://orders-producer.json
    ```

    ```keyhole summary
    You wrote into {my stream}; it has {stream orders records} records.
    ```

    <!-- step: put · teaches: put-record · golf: 1 -->
    ## Put a record

    `put-record` wants a stream, a key and data, which `who-can` tells you something about.

    ```keyhole predict
    aws kinesis put-record --stream-name {stream} --partition-key a --data aGk= --profile {writer}
    aws kinesis list-streams --profile {writer}
    ```

    ```keyhole check
    stream {stream} records = 1
    off-path elsewhere: stream my-existing-stream records >= 1
    ```

    <!-- feedback: elsewhere · detour: streams
    That went into {my stream}, as {my profile}. -->

    <!-- hint-when: called kinesis:PutRecord = AccessDeniedException since step
    {my profile} may not put into {my stream}. -->

    <details><summary>Hint: first</summary>

    The first hint.
    </details>

    <details><summary>Hint: second</summary>

    The second hint.
    </details>

    <details><summary>One solution</summary>

    ```keyhole solution
    aws kinesis put-record --stream-name {stream} --partition-key a --data aGk= --profile {writer}
    ```
    </details>

    ```keyhole wrong other-stream expects elsewhere
    aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=
    ```

    <!-- step: streams · detour -->
    ## Which streams are there?

    ```keyhole check
    trail has kinesis:ListStreams = ok since step
    ```

    `aws kinesis list-streams` lists them.

    <details><summary>One solution</summary>

    ```keyhole solution
    aws kinesis list-streams --no-paginate
    ```
    </details>

    <!-- step: ask -->
    ## A question

    ```keyhole quiz
    What did you call?
    - [ ] kms:Decrypt: Nothing was encrypted.
    - [x] kinesis:PutRecord: It puts a record.
    ```

    ```keyhole branch
    go many if stream {stream} records > 1
    go end
    ```

    <!-- step: many -->
    ## There are many

    Only who put twice comes here.

    <!-- step: end -->
    ## The end

    Take it along.

    """

  static let entry = LessonShelf.Entry(file: "sample.md", text: text)
  static let put =
    "aws kinesis put-record --stream-name orders --partition-key a --data aGk= --profile producer"

  static var workbook: Workbook {
    var workbook = Workbook()
    workbook.packed = [entry]
    return workbook
  }

  /// What came of the last of some lines, in the sample.
  static func feed(_ lines: [String], _ workbook: inout Workbook) -> Turn {
    var turn = Turn()
    for line in lines { turn = workbook.feed(line) }
    return turn
  }

  static func text(_ turn: Turn) -> String { turn.reply + turn.errors + turn.page.text }
}

@Suite struct LessonMachineTests {
  private func run(_ lines: String...) -> (Workbook, String) {
    var workbook = Sample.workbook
    let turn = Sample.feed(["lesson sample"] + lines, &workbook)
    return (workbook, Sample.text(turn))
  }

  @Test func everyKindOfBlockIsRead() throws {
    let lesson = try Sample.entry.lesson()
    #expect(lesson.steps.map(\.id) == ["put", "streams", "ask", "many", "end"])
    #expect(lesson.mainSteps == [0, 2, 3, 4])
    #expect(lesson.steps[0].golf == 1)
    #expect(lesson.steps[0].predictions.count == 2)
    #expect(lesson.steps[0].wrongs.map(\.id) == ["other-stream"])
    #expect(lesson.steps[0].feedback.first?.detour == "streams")
    #expect(
      lesson.steps[2].quizzes.first?.choices.map(\.text) == ["kms:Decrypt", "kinesis:PutRecord"])
    #expect(lesson.steps[2].branches.map(\.target) == ["many", "end"])
    #expect(lesson.glossary.map(\.term) == ["sampling"])
  }

  @Test func predictionsAreScoredByHowSureOneWas() {
    var workbook = Sample.workbook
    let right = Sample.feed(["lesson sample", "predict allow 90"], &workbook)
    #expect(Sample.text(right).contains("Right: allow"))
    let wrong = Sample.feed(["predict allow 100%"], &workbook)
    #expect(Sample.text(wrong).contains("It will be: deny"))
    #expect(Sample.text(wrong).contains("very sure"))
    #expect(
      Sample.text(Sample.feed(["predict deny"], &workbook)).contains("Nothing is left to foretell"))
    // (0.1² + 1²) / 2
    #expect(
      Sample.text(Sample.feed(["progress"], &workbook)).contains(
        "Predictions: 1 of 2 right, 95% sure on average; score 50"))
    #expect(wrong.effects.contains(.learned("said:100:wrong")))
  }

  @Test(arguments: ["predict maybe", "predict deny 30", "predict deny much", "predict"])
  func aPredictionThatIsNoneIsNotTaken(_ line: String) {
    let (workbook, text) = run(line)
    #expect(text.contains("usage: predict"))
    #expect(workbook.desk.lesson?.predictions == [])
  }

  @Test func whatWasRunAlreadyIsNoPrediction() {
    let (workbook, text) = run(Sample.put, "predict allow")
    #expect(text.contains("already"))
    #expect(workbook.desk.lesson?.predictions == [])
  }

  @Test func aDetourThatIsLeftAsItWasEnteredKeepsNobodyFromTheEnd() {
    let (workbook, text) = run(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=",
      "detour", "back", Sample.put, "next", "answer 2", "next", "next")
    #expect(workbook.finished.contains("sample"), "\(text)")
  }

  @Test func aStepIsCountedOnTheWayThatOneIsOn() {
    #expect(run().1.contains("Step 1 of 3"))
    #expect(run().1.contains("8 minutes · 3 steps or more"))
    #expect(run(Sample.put, "next").1.contains("Step 2 of 3"))
    #expect(run(Sample.put, "next", "answer 2", "next").1.contains("Step 3 of 3"))
    // Who put twice comes through one more.
    #expect(run(Sample.put, Sample.put, "next", "answer 2", "next").1.contains("Step 3 of 4"))
    #expect(
      run(Sample.put, Sample.put, "next", "answer 2", "next", "next").1.contains("Step 4 of 4"))
  }

  @Test func aHintIsPassedOverWhereItsConditionDoesNotHold() throws {
    let text = Sample.text.replacing(
      "<summary>Hint: first</summary>",
      with: "<summary>Hint: first · if stream {stream} shards = 2</summary>")
    var workbook = Workbook()
    workbook.packed = [LessonShelf.Entry(file: "sample.md", text: text)]
    let shown = Sample.text(Sample.feed(["lesson sample", "hint"], &workbook))
    #expect(shown.contains("The second hint.") && !shown.contains("The first hint."))
    #expect(!shown.contains("if stream"))
    // It counts as not shown, and comes when its time comes.
    #expect(workbook.desk.lesson?.hintsShown["put"]?.count == 1)
    _ = workbook.feed(
      "aws kinesis update-shard-count --stream-name orders --target-shard-count 2 --scaling-type UNIFORM_SCALING"
    )
    _ = workbook.feed("wait 2m")
    #expect(Sample.text(workbook.feed("hint")).contains("The first hint."))
    #expect(Sample.text(workbook.feed("hint")).contains("That was the last hint"))
    var bad = workbook
    bad.packed = [
      LessonShelf.Entry(file: "sample.md", text: text.replacing("shards = 2", with: "shrads ~ 2"))
    ]
    #expect(throws: LessonError.self) { try bad.packed[0].lesson() }
  }

  @Test func theReferenceRunForetellsAndTheWrongWayTakesItsDetour() throws {
    let lesson = try Sample.entry.lesson()
    let shelving = ["shelve sample.md <<'E'\n\(Sample.text)E"]
    let reference = LessonRecorder.reference(of: lesson, shelving: shelving)
    #expect(reference.isFinished)
    #expect(
      reference.text.contains("> predict allow\n") && reference.text.contains("> predict deny\n"))
    let wrong = try #require(LessonRecorder.wrongWays(of: lesson, shelving: shelving))
    #expect(wrong.contains("> detour streams\n") && wrong.contains("> aws kinesis list-streams"))
  }

  @Test func fewPredictionsAreSummedUpWithThoseOfTheCourse() {
    var workbook = Sample.workbook
    for _ in 0..<6 { workbook.course.note("said:80:right") }
    let end = Sample.feed(
      ["lesson sample", "predict allow 90", Sample.put, "next", "answer 2", "next", "next"],
      &workbook)
    #expect(Sample.text(end).contains("In all lessons so far. Predictions: 7 of 7 right"))
  }

  @Test func theNameOfALabFileIsNotTakenForItsText() {
    let (_, text) = run(
      "aws kms put-key-policy --key-id 12345678-1234-1234-1234-123456789012 --policy "
        + "orders-producer.json")
    #expect(text.contains("file://orders-producer.json gives what is in it"))
  }

  @Test func everyChoiceOfAQuizHasItsReason() {
    #expect(run(Sample.put, "next", "answer 1").1.contains("Not so: Nothing was encrypted."))
    #expect(run(Sample.put, "next", "answer 2").1.contains("Right: It puts a record."))
    #expect(run(Sample.put, "next", "answer 3").1.contains("from 1 to 2"))
  }

  @Test func feedbackSpeaksInTheLearnersNamesAndOffersItsDetour() {
    let other =
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk="
    let (_, text) = run(other)
    #expect(text.contains("Off the path: That went into my-existing-stream, as admin."))
    #expect(text.contains("detour   leads there: Which streams are there?"))
    var workbook = Sample.workbook
    let there = Sample.text(Sample.feed(["lesson sample", other, "detour"], &workbook))
    #expect(there.contains("A detour: Which streams are there?"))
    #expect(workbook.prompt == "keyhole streams> ")
    let done = Sample.text(Sample.feed(["aws kinesis list-streams"], &workbook))
    #expect(done.contains("next   goes back to the step you came from"))
    let back = Sample.text(Sample.feed(["next"], &workbook))
    #expect(back.contains("Step 1 of 3: Put a record"))
    // What was done before the detour still counts since the step began.
    #expect(workbook.desk.lesson?.work.lines == [other])
  }

  @Test func aHintThatTheStateCallsForComesByItselfOnce() {
    let refused = Sample.put.replacing("orders", with: "my-existing-stream")
    #expect(run(refused).1.contains("Hint: producer may not put into my-existing-stream."))
    #expect(!run(refused, refused).1.contains("Hint: producer"))
  }

  @Test func aBranchGoesByTheStateOfTheWorld() {
    let (once, end) = run(Sample.put, "next", "answer 2", "next")
    #expect(once.desk.lesson?.step.id == "end")
    #expect(end.contains("Step 3 of 3: The end"))
    let (twice, _) = run(Sample.put, Sample.put, "next", "answer 2", "next")
    #expect(twice.desk.lesson?.step.id == "many")
  }

  @Test func golfCountsTheCallsOfTheStep() {
    #expect(
      run("aws kinesis list-streams", Sample.put).1.contains("2 calls; 1 call can do it") == false)
    #expect(run(Sample.put).1.contains("1 call; 1 can do it, and you did it"))
    #expect(run("aws kinesis list-streams", Sample.put).1.contains("2 calls; 1 can do it"))
  }

  @Test func theGlossaryIsUnlockedAsItIsTaught() {
    #expect(run("glossary").1.contains("empty as yet"))
    #expect(run("glossary put-record").1.contains("not taught yet"))
    #expect(run(Sample.put).1.contains("new in the glossary: put-record"))
    #expect(run(Sample.put, "glossary").1.contains("Writes one record into a stream."))
    #expect(run(Sample.put, "glossary sampling").1.contains("comes in the lesson sample"))
    #expect(
      run(Sample.put, "next", "answer 2", "next", "next", "glossary sampling").1.contains(
        "Looking at a part"))
    #expect(run("glossary smapling").1.contains("There is no word"))
  }

  @Test func everyWordOfTheGlossaryHasItsText() {
    #expect(Glossary.common.count > 50)
    let terms = Glossary.common.map(\.term)
    #expect(Set(terms).count == terms.count)
    for entry in Glossary.common {
      #expect(entry.text.count > 20 && [".", "?"].contains(entry.text.suffix(1)), "\(entry.term)")
    }
  }

  @Test func theLastPageIsInTheLearnersOwnNames() {
    let (workbook, text) = run(
      "predict allow", Sample.put, "next", "answer 2", "next", "next")
    #expect(text.contains("You finished: A sample"))
    #expect(text.contains("You wrote into orders; it has 1 records."))
    #expect(text.contains("What you did\n  Put a record\n    \(Sample.put)"))
    #expect(text.contains("sampling: Looking at a part."))
    #expect(text.contains("Predictions: 1 of 1 right"))
    #expect(workbook.finished == ["sample"])
    var after = workbook
    #expect(Sample.text(Sample.feed(["summary"], &after)).contains("On one page: A sample"))
  }

  @Test func playIsForgottenOnReturn() {
    let (workbook, text) = run("play", Sample.put, "next")
    #expect(text.contains("return goes back to it"))
    #expect(workbook.prompt == "keyhole play> ")
    #expect(workbook.desk.lesson?.met == [])
    var back = workbook
    let turn = Sample.feed(["return"], &back)
    #expect(
      Sample.text(turn).contains("2 calls of play forgotten")
        || Sample.text(turn).contains("1 call of play forgotten"))
    var fresh = Sample.workbook
    _ = Sample.feed(["lesson sample"], &fresh)
    #expect(back.desk.world.digest == fresh.desk.world.digest)
    #expect(Sample.text(Sample.feed([Sample.put], &back)).contains("Done: Put a record"))
    #expect(run("return").1.contains("not playing"))
    // Undo goes through play as through anything.
    _ = Sample.feed(["undo", "undo", "undo"], &back)
    #expect(back.desk.lesson?.met == [])
  }

  @Test func skippingDoesTheStepAndSaysWhatItDid() {
    let (workbook, text) = run("skip")
    #expect(text.contains("$ \(Sample.put)"))
    #expect(text.contains("\"ShardId\""))
    #expect(text.contains("yes  stream orders records = 1"))
    #expect(text.contains("Step 2 of 3: A question"))
    #expect(workbook.course.missed == ["sample/put"])
    #expect(run("skip", "skip").1.contains("2  kinesis:PutRecord: It puts a record."))
    let (end, last) = run("skip", "skip", "next")
    #expect(last.contains("with steps skipped"))
    #expect(end.finished == [])
  }

  @Test func whatWasSkippedComesAgainUntilItIsDone() {
    var workbook = Sample.workbook
    _ = Sample.feed(["lesson sample", "skip", "reset", "lesson disk-thief"], &workbook)
    let turn = Sample.feed(["again"], &workbook)
    #expect(Sample.text(turn).contains("Put a record"))
    #expect(Sample.text(Sample.feed([Sample.put], &workbook)).contains("Now you have"))
    #expect(workbook.course.missed == [])
    #expect(Sample.text(Sample.feed(["again"], &workbook)).contains("nothing to do again"))
  }

  @Test func solutionsArePutAtThePromptLineByLine() {
    var workbook = Workbook()
    let turn = Sample.feed(["lesson enable-sse", "skip", "solution"], &workbook)
    let lines = workbook.desk.lesson?.step.solutions.first?.map(\.text) ?? []
    #expect(lines.count > 1)
    #expect(turn.effects.contains(.suggest(lines[0])))
    #expect(workbook.feed(lines[0]).effects.contains(.suggest(lines[1])))
    let last = workbook.feed(lines[1])
    #expect(!last.effects.contains { if case .suggest = $0 { true } else { false } })
    #expect(last.effects.contains(.learned("missed:enable-sse/start")))
  }

  @Test func compareTellsCallsTracesAndRightsApart() {
    let wide = """
      cat > all.json <<'EOF'
      {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}]}
      EOF
      """
    let attach =
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name All --policy-document file://all.json"
    let (_, text) = run(
      "aws kinesis put-record --stream-name none --partition-key a --data aGk=", wide, attach,
      Sample.put, "compare")
    let squeezed = LessonLint.squeezed(text)
    #expect(squeezed.contains("of them refused 1 0"))
    #expect(squeezed.contains("iam:PutRolePolicy 1 0"))
    #expect(text.contains("more  producer kinesis:"))
    #expect(run(Sample.put, "compare").1.contains("nobody may do more or less"))
    #expect(run("compare").1.contains("nothing to compare"))
    #expect(run(Sample.put, "compare ask").1.contains("You have done no step \"ask\": put"))
  }

  @Test func aLessonThatWasLeftGoesOnWhereItWas() {
    var workbook = Sample.workbook
    _ = Sample.feed(["lesson sample", Sample.put, "next"], &workbook)
    let digest = workbook.desk.world.digest
    _ = Sample.feed(["lesson disk-thief", "drill --seed 3"], &workbook)
    let turn = Sample.feed(["lesson sample"], &workbook)
    #expect(Sample.text(turn).contains("Step 2 of 3: A question"))
    #expect(workbook.desk.world.digest == digest)
    #expect(workbook.desk.lesson?.met == ["put"])
    let anew = Sample.feed(["reset"], &workbook)
    #expect(Sample.text(anew).contains("Step 1 of 3"))
  }

  @Test func aStepIsReachedWithWhatIsBeforeItDone() {
    let (workbook, text) = run("lesson sample ask")
    #expect(text.contains("Step 2 of 3: A question"))
    #expect(workbook.desk.lesson?.place == 2)
    var other = workbook
    #expect(Sample.text(Sample.feed(["check stream orders records = 1"], &other)) == "yes\n")
    #expect(run("lesson sample putt").1.contains("did you mean put?"))
    #expect(run("lesson sample many").1.contains("do not lead to many"))
    var later = Workbook(course: CourseHistory(["at:sample/ask"]))
    later.packed = [Sample.entry]
    #expect(
      Sample.text(Sample.feed(["lesson sample"], &later)).contains("lesson sample ask   goes there")
    )
  }

  @Test func theCourseIsCarriedFromSessionToSession() throws {
    let words = [
      "done:disk-thief", "at:enable-sse/start", "said:80:right", "missed:enable-sse/start",
    ]
    let course = CourseHistory(words + ["nonsense", "said:5:right", "done"])
    #expect(course.entries == words)
    #expect(
      CourseHistory(course.entries + ["again:enable-sse/start", "done:enable-sse"]).entries
        == ["done:disk-thief", "done:enable-sse", "said:80:right"])
    let workbook = Workbook(course: course)
    let transcript = try Transcript(parsing: workbook.header.map { $0 + "\n" }.joined())
    #expect(transcript.workbook().course == course)
  }

  @Test func anAnswerOfNoCountsAsUse() {
    let (workbook, _) = run("can producer kms:Decrypt on \(StartNames.keyID)")
    #expect(workbook.desk.lesson?.work.seen.keys.contains("can producer") == true)
    let (misused, _) = run("can producer")
    #expect(misused.desk.lesson?.work.seen.keys.contains("can") == false)
    let (claim, _) = run("claim 9")
    #expect(claim.desk.lesson?.work.seen.keys.contains("claim 9") == true)
  }

  @Test func undoNamesTheLineAndTakesWhatOnlyAskedWithIt() {
    var workbook = Workbook()
    let start = workbook.desk.world.digest
    _ = Sample.feed(
      [
        "aws kms create-key", "aws kms list-keys", "aws kms list-keys --profile producer",
        "aws kms disable-key --key-id none",
      ], &workbook)
    let text = Sample.text(Sample.feed(["undo"], &workbook))
    #expect(
      text.contains("Took back: aws kms create-key, and 3 lines after it that changed nothing"))
    #expect(workbook.desk.world.digest == start)
    let redone = Sample.text(Sample.feed(["redo"], &workbook))
    #expect(redone.contains("aws kms disable-key"))
    #expect(workbook.desk.world.digest != start)
    #expect(Sample.text(Sample.feed(["undo", "undo"], &workbook)).contains("nothing to take back"))
  }

  @Test func aStepGoesByItsNameOrByItsPlace() {
    for step in ["write", "3"] {
      var workbook = Workbook()
      _ = workbook.feed("lesson enable-sse \(step)")
      #expect(workbook.desk.lesson?.step.id == "write")
    }
    var workbook = Workbook()
    #expect(workbook.feed("lesson enable-sse 7").errors.contains("has no step \"7\""))
  }

  @Test func aRemarkIsOneParagraphAndItsItemsStayApart() {
    #expect(Markdown.flowing("one\n**two**\n- a\n  b\n- c") == "one two\n- a b\n- c")
    #expect(Markdown.flowing("one\n\ntwo\nthree") == "one\n\ntwo three")
  }

  @Test func undoBringsBackProfilesAndVariables() {
    var workbook = Workbook()
    _ = Sample.feed(["as producer", "X=1"], &workbook)
    #expect(Sample.text(Sample.feed(["undo"], &workbook)).contains("Took back: X=1"))
    #expect(Sample.text(Sample.feed(["undo"], &workbook)).contains("Took back: as producer"))
    #expect(workbook.desk.profile == "admin")
  }

  @Test func aLessonCannotReachTheLearnersDisk() {
    for line in ["import /etc/passwd", "ls; export-file x", "X=$(import y)"] {
      let text = Sample.text.replacing("aws kinesis list-streams --no-paginate", with: line)
      let error = #expect(throws: LessonError.self) {
        try LessonShelf.Entry(file: "x.md", text: text).lesson()
      }
      #expect(error?.problem.contains("the learner's disk is not its own") == true)
      #expect(error?.excerpt.last?.contains("^^^^^^") == true)
    }
  }
}
