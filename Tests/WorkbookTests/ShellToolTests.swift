import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// Small commands of a shell: printf, echo, cat, rm; the doors to the disk, and times to wait.
@Suite struct ShellToolTests {
  private func last(_ lines: String...) -> Turn {
    var workbook = Workbook()
    var turn = Turn()
    for line in lines { turn = workbook.feed(line) }
    return turn
  }

  /// Source: bash 5, printf and echo, run with these words.
  @Test(arguments: [
    ("printf '%s %s\\n' a b c", "a b\nc \n"), ("printf '{\"N\": %05d}' 7", "{\"N\": 00007}"),
    ("printf '%-5s|%5s|' x y", "x    |    y|"),
    ("printf '%x %X %#x %o' 255 255 255 8", "ff FF 0xff 10"),
    ("printf '%.2f %.0f %.0f' 3.14159 2.5 0.5", "3.14 2 0"), ("printf '%c' abc", "a"),
    ("printf '%e' 12345.678", "1.234568e+04"),
    ("printf '%g %g %g' 0.0001 0.00001 1234567", "0.0001 1e-05 1.23457e+06"),
    ("printf %q \"a b'c\"", "a\\ b\\'c"), ("printf '\\x41\\101\\t'", "AA\t"),
    ("printf -- 'a\\n'", "a\n"), ("printf %b 'a\\tb\\cd' e", "a\tb"),
    ("printf '%+d % d %5.3d|' 5 5 7", "+5  5   007|"), ("printf '%*d|%-4d|' 6 7 1", "     7|1   |"),
    ("printf '%d %d %d' 0x1f 010 \"'a\"", "31 8 97"), ("printf '%u' -1", "18446744073709551615"),
    ("printf '%s%%' 5", "5%"), ("printf '%.3s|' abcdef", "abc|"), ("printf plain x y", "plain"),
    ("echo -e '\\x41\\0101\\ta\\cb'", "AA\ta"), ("echo -nn a", "a"), ("echo -E 'a\\n'", "a\\n\n"),
    ("echo -neE 'a\\n'", "a\\n"), ("echo -x a", "-x a\n"), ("echo -e '\\101'", "\\101\n"),
  ]) func printsAsBashDoes(_ line: String, _ text: String) {
    let turn = last(line)
    #expect(turn.reply == text, "\(turn.errors)")
    #expect(turn.status == 0)
  }

  @Test(arguments: [
    ("printf '%d' abc", "0", "printf: abc: invalid number", 1),
    ("printf '%d' 12x", "12", "printf: 12x: invalid number", 1),
    ("printf 'a%yb' x", "a", "printf: %y does not work here", 1),
    ("printf 'a%'", "a", "printf: % does not work here", 1),
    ("printf -v X a", "", "NAME=$(printf …) sets a variable", 1),
    ("printf '%99999999999d' 1", "", "4096 at most", 1), ("printf", "", "a format is wanted", 2),
    ("printf '%d' 99999999999999999999", "9223372036854775807", "out of range", 1),
  ]) func whatPrintfCannotDoIsNamed(_ line: String, _ text: String, _ words: String, _ status: Int)
  {
    let turn = last(line)
    #expect(turn.reply == text)
    #expect(turn.errors.contains(words), "\(turn.errors)")
    #expect(turn.status == Int32(status))
  }

  @Test func bytesThatAreNoTextGoIntoAFileAsTheyAre() {
    var workbook = Workbook()
    _ = workbook.feed("printf '\\xff\\x00a' > f")
    #expect(workbook.desk.files["f"] == [255, 0, 97])
  }

  @Test(arguments: [
    ("rm -rf f nothing; ls", "g\n"), ("rm -- f; ls", "g\n"), ("rm -f; ls", "f\ng\n"),
    ("echo 1 > d/a; echo 2 > d/b; rm -r d; ls", "f\ng\n"), ("cat -- f", "1\n"),
    ("cat f /dev/null", "1\n"), ("cat - <<'E'\nx\nE", "x\n"), ("cat -n <<'E'\nx\nE", "     1\tx\n"),
  ]) func filesAreTakenAsInAShell(_ line: String, _ text: String) {
    let turn = last("echo 1 > f; echo 2 > g", line)
    #expect(turn.reply == text, "\(turn.errors)")
    #expect(turn.status == 0)
  }

  @Test(arguments: [
    ("rm f", "cannot remove 'f'"), ("rm -x f", "no option \"-x\""), ("rm", "rm wants a file"),
    ("echo 1 > d/a; rm d", "Is a directory"), ("cat -", "no standard input"),
  ]) func whatIsNoFileIsNamed(_ line: String, _ words: String) {
    let turn = last(line)
    #expect(turn.status != 0)
    #expect(turn.errors.contains(words), "\(turn.errors)")
  }

  // MARK: The doors to the disk

  @Test func aFileOfTheDiskIsNotReplacedUnasked() {
    var workbook = Workbook()
    workbook.isOtherOnDisk = { path, bytes in path == "policy.json" && bytes != [49, 10] }
    _ = workbook.feed("echo 2 > policy.json; echo 1 > same")
    let refused = workbook.feed("export-file policy.json && echo yes")
    #expect(refused.status == 1 && refused.effects == [] && refused.reply == "")
    #expect(refused.errors.contains("export-file policy.json --over   replaces it"))
    let over = workbook.feed("export-file policy.json --over")
    #expect(over.effects == [.write(path: "policy.json", bytes: [50, 10])])
    #expect(
      workbook.feed("export-file same policy.json").effects
        == [.write(path: "policy.json", bytes: [49, 10])])
    // Nor is what the same line writes.
    let twice = workbook.feed("export-file same x; export-file policy.json x")
    #expect(twice.effects == [.write(path: "x", bytes: [49, 10])] && twice.status == 1)
    #expect(workbook.feed("export-file polcy.json").errors.contains("Did you mean policy.json?"))
  }

  @Test func aLessonAsksNoQuestionThatCannotBeAnswered() {
    for line in ["import f", "export-file f"] {
      let errors = last("lesson enable-sse", "echo a > f", line).errors
      #expect(!errors.contains("?"))
      #expect(errors.contains("\(line) --yes   does it"))
    }
  }

  @Test func queryWithoutAReplyGivesNoValue() {
    let turn = last("A=$(query -r Credentials.AccessKeyId)", "echo \"[$A]\"")
    #expect(turn.reply == "[]\n")
    #expect(last("query Keys").status == 1)
    #expect(last("query Keys").errors.hasPrefix("There was no reply yet"))
  }

  // MARK: Times and helps

  @Test(arguments: [
    ("15", 15), ("15s", 15), ("90m", 5400), ("1h30m", 5400), ("5minutes", 300), ("1w", 604_800),
    ("2d12h", 216_000), ("400d", 34_560_000),
  ]) func timesAreReadAsPeopleWriteThem(_ text: String, _ seconds: Int) {
    #expect(LabDuration.parse(text) == .seconds(Int64(seconds)))
  }

  @Test(arguments: ["", "h", "1x", "1h30", "401d", "-5m", "1 h", "9999999999s", "57w200d"])
  func whatIsNoTimeIsNone(_ text: String) {
    #expect(LabDuration.parse(text) == nil)
  }

  @Test func waitTakesTwoWords() {
    #expect(last("wait 5 minutes").reply.contains("09:05:00"))
    #expect(last("wait 1h 30m").reply.contains("10:30:00"))
    // The digits of two words are not one number.
    #expect(last("wait 1 5m").errors.contains("\"1 5m\" is no time"))
    #expect(last("wait soon").errors.contains("\"soon\" is no time"))
  }

  @Test(arguments: [
    ("help aws", "For every operation"), ("help aws kms", "aws kms OPERATION"),
    ("man aws kms encrypt", "--plaintext"), ("help kms", "aws kms help tells"),
    ("help put-record", "aws kinesis put-record help tells"),
    ("aws help", "--no-sign-request"), ("aws help", "list-profiles"),
    ("aws iam create-service-linked-role help", "does not perform it"),
    ("aws cloudformation deploy help", "does not perform it"), ("aws ec2 help", "known to AWS"),
    ("aws s3 sync help", "does not perform it"),
    ("aws kms create-key help", "RSA_4096|ECC_NIST_P256|…"),
    ("aws kms encrypt help", "Not simulated: an --encryption-algorithm other than"),
    ("aws s3api put-object help", "Taken, and without effect here:"),
  ]) func helpLeadsToAWSsOwn(_ line: String, _ words: String) {
    let turn = last(line)
    #expect(turn.status == 0, "\(turn.errors)")
    #expect(turn.reply.contains(words), "\(turn.reply)")
  }

  @Test func whatPagingTakesOverIsToldOnce() {
    let text = last("aws iam list-users help").reply
    #expect(text.split(separator: "\n").count { $0.contains("--max-items") } == 1)
    #expect(!text.contains("1 to 1000"))
    #expect(
      !last("aws kinesis put-records help").reply.contains("FailedRecordCount  a whole number, at"))
  }

  @Test func aPageOfHelpIsOneThatATerminalFolds() {
    let output = last("aws kms encrypt help").outputs.first
    #expect(output?.page != nil)
    #expect(last("aws kms list-keys").outputs.first?.page == nil)
    #expect(last("aws kms encrypt help > f", "cat f").reply == last("aws kms encrypt help").reply)
  }

  @Test func membersWithoutEffectAreNamedAsOptions() {
    let turn = last(
      "aws s3 mb s3://own-bucket", "echo 1 > f",
      "aws s3api put-object --bucket own-bucket --key k --body f --storage-class STANDARD_IA")
    #expect(turn.page.text.contains("not simulated here: --storage-class"), "\(turn.page.text)")
  }

  @Test func aWaiterOfWhatIsNotSimulatedSaysSo() {
    let turn = last("aws cloudformation wait stack-create-complete --stack-name x")
    #expect(turn.status == 252)
    #expect(
      turn.errors
        == "\ncloudformation wait stack-create-complete is known to AWS but not simulated in this lab.\n"
    )
  }

  @Test(arguments: [
    ("aws.exe kms list-keys", "write aws alone"), ("set -e", "keyhole run -e"),
    ("let i=1", "nothing is calculated"), ("timeout 5 aws kms list-keys", "leave timeout out"),
    ("nohup aws kms list-keys", "leave nohup out"),
    ("command aws kms list-keys", "leave command out"),
    ("which aws", "help lists"), ("type aws", "help lists"), ("uuidgen", "by chance"),
    ("mapfile -t A", "there are no lists"),
  ]) func commandsOfAComputerAreNamed(_ line: String, _ words: String) {
    let turn = last(line)
    #expect(turn.status == 127)
    #expect(turn.errors.contains(words), "\(turn.errors)")
  }
}
