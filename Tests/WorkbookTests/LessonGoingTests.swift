import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// Going through lessons with detours of one's own: what is skipped, taken back, met ahead of time.
@Suite struct LessonGoingTests {
  private static let key = "12345678-1234-1234-1234-123456789012"
  private static let put =
    "aws kinesis put-record --stream-name orders --partition-key 7 --data aGk= --profile producer"

  private func run(_ lines: [String]) -> (workbook: Workbook, text: String) {
    var workbook = Workbook()
    let text = run(lines, &workbook)
    return (workbook, text)
  }

  private func run(_ lines: [String], _ workbook: inout Workbook) -> String {
    var text = ""
    for line in lines { text += Sample.text(workbook.feed(line)) }
    return text
  }

  /// Whoever has closed the lesson's way gets it open again, from where the step began.
  @Test func skipLeadsOnFromALabThatWentAnotherWay() {
    var (workbook, text) = run([
      "lesson break-a-key-policy", "skip",
      "aws iam delete-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess",
      "skip",
    ])
    #expect(text.contains("it goes back to where the step began"))
    #expect(text.contains("So it stands as the step wants it"))
    #expect(!text.contains("the step is still not met"))
    let next = Sample.text(workbook.feed(Self.put))
    #expect(next.contains("kms:GenerateDataKey"))
    // What is taken back so is in no script of the session.
    let script = workbook.feed("export-script").reply
    #expect(!script.contains("delete-role-policy --role-name \"${KEYHOLE_KINESIS"))
    #expect(Sample.text(workbook.feed("undo 2")).contains("Took back: skip"))
    #expect(workbook.desk.world.identities.roles["kinesis-producer-role"]?.inline.count == 0)
  }

  @Test func whatTheLabDidIsNotDoneByTheNextLine() {
    let (workbook, text) = run(["lesson managed-or-customer", "skip", "back", "aws kms list-keys"])
    #expect(text.contains("This stands as the lab made it when you skipped the step."))
    #expect(!text.contains("by yourself"))
    #expect(workbook.course.missed.count == 1)
  }

  @Test func aStepThatWasDoneAheadSaysSo() {
    var (workbook, text) = run([
      "lesson least-privilege key",
      "aws kms put-key-policy --key-id \(Self.key) --policy-name default --policy file://tight-key.json",
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess "
        + "--policy-document file://orders-producer.json",
      "next", "answer 2", "next",
    ])
    // Of the step between nothing was done yet.
    #expect(text.contains("Not yet: And you?"), "\(text)")
    let ahead = Sample.text(Sample.feed(["skip"], &workbook))
    #expect(ahead.contains("This stands already, by what you did before: next goes on."))
    #expect(workbook.desk.lesson?.isMet == true)
    #expect(!Sample.text(workbook.feed("next")).contains("Not yet"))
  }

  /// The questions of a step say how it comes out: they wait until it was foretold.
  @Test func aQuestionWaitsForThePrediction() {
    var (workbook, text) = run(["lesson client-or-server stranger"])
    let question = workbook.desk.lesson?.step.quizzes.first?.question ?? "?"
    #expect(text.contains("A question follows"))
    #expect(!text.contains(question))
    let early = workbook.feed("answer 2")
    #expect(early.status == 1)
    #expect(early.errors.contains("predict first"))
    #expect(Sample.text(workbook.feed("predict deny")).contains(question))
    #expect(Sample.text(workbook.feed("answer 2")).hasPrefix("Right"))
  }

  /// Whoever made the call in other words has run it.
  @Test func aQuestionComesToWhoeverRanItInOtherWords() {
    var (workbook, _) = run(["lesson least-privilege admin"])
    let question = workbook.desk.lesson?.step.quizzes.first?.question ?? "?"
    let asked = run(
      [
        "IT=$(aws kinesis get-shard-iterator --stream-name orders --shard-id shardId-000000000000 "
          + "--shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)",
        "aws kinesis get-records --shard-iterator $IT",
      ], &workbook)
    #expect(asked.contains(question), "\(asked)")
    #expect(asked.components(of: question) == 1)
    #expect(Sample.text(workbook.feed("answer 2")).hasPrefix("Right"))
  }

  /// Of several questions one is put at a time.
  @Test func oneQuestionAtATime() {
    let (workbook, text) = run(["lesson final-incident debrief"])
    let quizzes = workbook.desk.lesson?.step.quizzes ?? []
    #expect(quizzes.count > 1)
    #expect(text.contains(quizzes[0].question) && !text.contains(quizzes[1].question))
  }

  /// The lab does what it is asked to skip, in whichever model one is, and by the lesson's own way where
  /// no other leads there.
  @Test(arguments: LessonShelf.entries.map(\.id)) func everyStepCanBeSkipped(_ id: String) throws {
    for model in [Model.described, .documented] {
      var workbook = Workbook()
      workbook.explain = .off
      _ = workbook.feed("lesson \(id)")
      _ = workbook.feed("model \(model.rawValue)")
      var patience = 30
      while workbook.desk.lesson != nil, patience > 0 {
        let step = workbook.desk.lesson?.step.id ?? ""
        let text = Sample.text(workbook.feed(workbook.desk.lesson?.isMet == true ? "next" : "skip"))
        #expect(!text.contains("still not met"), "\(model) \(step)")
        #expect(!text.contains("predict first"), "\(model) \(step)")
        patience -= 1
      }
      #expect(workbook.desk.lesson == nil)
    }
  }

  @Test func anotherModelIsSaidBeforeAnythingElse() {
    let (_, text) = run([
      "lesson least-privilege key", "model described",
      "aws kms put-key-policy --key-id \(Self.key) --policy-name default --policy file://tight-key.json",
    ])
    #expect(text.contains("This step is written for the model documented"))
    #expect(!text.contains("Off the path"))
  }

  @Test func theLinesToTakeAlongComeAtTheEnd() {
    let (_, text) = run(["lesson final-incident", "summary"])
    #expect(text.contains("What to take along comes when the lesson has ended."))
    #expect(!text.contains("Five faults"))
  }

  @Test func aHintBeginsWithWhatTheStateCallsFor() {
    let (_, text) = run([
      "lesson enable-sse 2",
      "aws kinesis start-stream-encryption --stream-name orders --encryption-type KMS --key-id \(Self.key)",
      "hint",
    ])
    #expect(text.components(of: "Hint: ") > 1, "\(text)")
  }

  @Test func compareTakesTheLastStepThatHasSomething() {
    var workbook = Sample.workbook
    let text = Sample.text(
      Sample.feed(["lesson sample", Sample.put, "next", "answer 2", "compare"], &workbook))
    #expect(text.contains("Your way and the lesson's: Put a record"))
    #expect(!text.contains("nothing to compare.\n"))
  }

  @Test func compareIsReadAsSentences() {
    var workbook = Sample.workbook
    workbook.explain = .narrated
    let text = Sample.text(Sample.feed(["lesson sample", Sample.put, "compare"], &workbook))
    #expect(text.contains("lines: yours 1, lesson's 1."))
  }

  // MARK: Taking back

  @Test func whatConfigureSetIsTakenBackAlone() {
    var (workbook, text) = run([
      "aws kinesis create-stream --stream-name s1 --shard-count 1",
      "aws configure set region eu-west-1 --profile producer", "undo",
    ])
    #expect(text.contains("Took back: aws configure set"))
    #expect(workbook.feed("aws kinesis describe-stream-summary --stream-name s1").status == 0)
    #expect(
      workbook.feed("aws configure get region --profile producer").reply != "eu-west-1\n")
  }

  /// Taking a line back makes nobody forget what was looked at.
  @Test func undoForgetsNothingThatWasSeen() {
    var (workbook, _) = run([
      "drill alias-moved --seed 1", "echo a > f", "solution", "diagnose key-disabled", "undo",
    ])
    #expect(workbook.desk.drill?.sawSolution == true)
    #expect(workbook.desk.drill?.wrongGuesses == ["key-disabled"])
    workbook = run(["lesson disk-thief", "echo a > f", "solution", "undo"]).workbook
    #expect(workbook.desk.lesson?.sawSolution.count == 1)
  }

  @Test func aNewLabKnowsNothingOfTheOld() {
    for begin in ["lesson disk-thief", "drill --seed 3"] {
      var (workbook, _) = run([
        "aws kms describe-key --key-id \(Self.key)", "cat > a <<'E'\nhello\nE",
        "aws-encryption-cli --encrypt --input a --output b --wrapping-keys key=arn:aws:kms:us-east-1:"
          + "123456789012:key/\(Self.key) --caching capacity=2 max_age=60 -S", begin,
      ])
      #expect(!workbook.feed("cache").reply.contains("expose"))
      #expect(workbook.feed("query KeyId").errors.hasPrefix("There was no reply yet"))
    }
  }

  @Test func redoTakesAsManyAsUndo() {
    var (workbook, _) = run(["X=1", "X=2", "X=3", "undo 3"])
    for line in ["redo foo", "redo 0", "redo -9223372036854775808", "redo 1 2"] {
      #expect(workbook.feed(line).status == 2, "\(line)")
    }
    _ = workbook.feed("redo 2")
    #expect(workbook.feed("echo $X").reply == "2\n")
    #expect(workbook.feed("redo 9223372036854775807").reply.contains("Done again"))
    #expect(workbook.feed("echo $X").reply == "3\n")
  }

  @Test func aFolderIsListed() {
    var (workbook, _) = run(["echo a > d/x", "echo b > d/y", "echo c > dx"])
    #expect(workbook.feed("ls d").reply == "d/x\nd/y\n")
    #expect(workbook.feed("ls ./d/").reply == "d/x\nd/y\n")
    #expect(workbook.feed("ls .").reply.contains("dx\n"))
    #expect(workbook.feed("ls e").status == 2)
  }

  // MARK: Numbers and lines

  @Test(arguments: [
    "lesson -9223372036854775808", "lesson 0", "lesson 1 -9223372036854775808", "lesson 1 0",
    "export-script -9223372036854775808", "lesson 9223372036854775807",
    "answer -9223372036854775808", "answer 9223372036854775807", "undo 9223372036854775807",
    "undo -9223372036854775808", "hint 9223372036854775807",
  ]) func numbersOutsideOfTheListAreMisuse(_ line: String) {
    var workbook = run(["lesson disk-thief conclude"]).workbook
    let turn = workbook.feed(line)
    #expect(turn.status != 0 || line.hasPrefix("undo 9") || line.hasPrefix("hint"), "\(turn)")
    #expect(workbook.feed("aws kms list-keys").status == 0)
  }

  @Test func filesOfWindowsAreRead() throws {
    let lesson = Sample.text.replacing("\n", with: "\r\n")
    func steps(_ text: String) throws -> [String] {
      try LessonParser.parse(text, file: "sample.md", fingerprint: "").steps.map(\.id)
    }
    #expect(try steps(lesson) == steps(Sample.text))
    let transcript = "keyhole-transcript 1\r\n> echo a\r\n| a\r\n"
    #expect(try Transcript(parsing: transcript).entries.map(\.command) == ["echo a"])
  }

  /// A line feed in a reply begins a line of the transcript, whatever stands before it.
  @Test func noReplyBecomesACommand() throws {
    var workbook = Workbook()
    workbook.keepsRecord = true
    let turn = workbook.feed("echo -e 'one\\r\\n> rm x\\r\\ntwo'")
    #expect(turn.record.filter { $0.hasPrefix(">") }.count == 1)
    let text = (workbook.header + turn.record).joined(separator: "\n") + "\n"
    #expect(try Transcript(parsing: text).entries.count == 1)
  }

  @Test func anUnknownRemarkOfATranscriptIsRefused() {
    let failure = #expect(throws: Transcript.Failure.self) {
      try Transcript(parsing: "keyhole-transcript 1\n> ls\n! undo\n")
    }
    #expect(failure?.line == 3)
  }

  @Test func aScriptOfATranscriptLeavesOutWhatWasTakenBack() throws {
    let transcript = try Transcript(
      parsing: """
        keyhole-transcript 1
        > aws kinesis create-stream --stream-name s1 --shard-count 1
        > aws kms create-key
        > undo
        > undo
        > aws kms list-keys

        """)
    let script = Workbook.script(of: transcript, title: "t")
    #expect(script.contains("aws kms list-keys"))
    #expect(!script.contains("create-stream") && !script.contains("create-key"))
  }

  // MARK: Checks

  @Test func checksAreJoinedWithAnd() {
    var workbook = Workbook()
    let key = "key \(Self.key) state = Enabled"
    #expect(
      workbook.feed("check \(key) and stream my-existing-stream encryption = NONE").reply == "yes\n"
    )
    let no = workbook.feed("check \(key) and stream my-existing-stream encryption = KMS").reply
    #expect(no == "no: encryption of stream my-existing-stream is NONE\n")
    // In quotes it is a word like others.
    let output = workbook.feed("check 'output of \"echo this and key that\" = this and that'")
    #expect(output.reply.hasPrefix("no: "))
    #expect(workbook.feed("check \(key) and stream").status == 2)
  }

  @Test func theTrailIsNotAskedForWhatItCannotHave() {
    var workbook = Workbook()
    _ = workbook.feed(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key 1 --data aGk=")
    #expect(workbook.feed("check called kinesis:PutRecord").reply == "yes\n")
    let turn = workbook.feed("check trail has kinesis:PutRecord")
    #expect(turn.status == 2)
    #expect(turn.errors.contains("data event"))
    #expect(workbook.feed("check trail lacks kms:GenerateDataKey").reply == "yes\n")
  }

  /// What else is asked for names the fault: a check tells it after the diagnosis.
  @Test func aDrillsCheckLeavesTheDiagnosisToTheLearner() {
    var workbook = run(["drill trail-stopped --seed 2"]).workbook
    let before = workbook.feed("check").page.text
    #expect(before.contains("the diagnosis tells what it is"))
    #expect(!before.contains("does not log"))
    _ = workbook.feed("diagnose trail-stopped")
    #expect(workbook.feed("check").page.text.contains("does not log"))
  }
}
