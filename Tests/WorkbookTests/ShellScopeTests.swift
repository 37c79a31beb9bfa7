import Narration
import Testing

@testable import Workbook

/// What stays of a line and what does not: variables, files, and whatever a refused line would have done.
@Suite struct ShellScopeTests {
  private func last(_ lines: String...) -> Turn {
    var workbook = Workbook()
    workbook.explain = .off
    var turn = Turn()
    for line in lines { turn = workbook.feed(line) }
    return turn
  }

  @Test(arguments: [
    // A $(…) is a shell of its own.
    ("A=1; X=$(A=2; echo $A); echo $X$A", "21\n"), ("A=1; X=$(unset A); echo $A", "1\n"),
    ("X=$(export AWS_PROFILE=consumer); export", ""),
    ("A=$(exit 2); echo went on $?", "went on 2\n"),
    ("X=$(cat <<'E'\ndon't (see)\nE\n); echo \"$X\"", "don't (see)\n"),
    ("OUT=$(false) RC=$?; echo $RC", "1\n"), ("true; echo \"$(false)$(echo $?)\"", "1\n"),
    ("false; A=$(true)$(echo $?); echo $A", "0\n"), ("false; echo $(true) $?", "0\n"),
    // What is exported before it has a value is handed on from when it has one.
    ("export A; export; A=1; export", "A=1\n"), ("export A; unset A; A=1; export", ""),
    // Assignments in front see one another, and are for the command alone.
    ("A=1 B=$A; echo $B", "1\n"), ("A=1 export B=2; echo \"[$A$B]\"", "[2]\n"),
    ("A=x $NONE; echo \"[$A]\"", "[x]\n"), ("A=o; A=1 echo $A", "o\n"),
    ("A=o; A=1 cat <<E\n$A\nE", "o\n"), ("A=1; X=2 unset A; echo \"[$A]\"", "[]\n"),
    ("A='x y'; export B=$A; export", "B=x y\n"),
    ("export P=$(echo '{\"a\": 1, \"b\": 2}'); echo \"$P\"", "{\"a\": 1, \"b\": 2}\n"),
    ("export $(printf 'A=%s B=%s' 1 2); echo $A$B", "12\n"),
    // Files are there before the command runs.
    ("cat > p <<E &&\nx\nE\necho y; cat p", "y\nx\n"), ("> f; ls", "f\n"),
    ("echo a > f > g; cat f; echo -; cat g", "-\na\n"), ("A=b > f; ls", "f\n"),
    ("ls > f; cat f", "f\n"), ("echo a 1> f; cat f", "a\n"), ("echo a > f; >> f; cat f", "a\n"),
    ("echo a > f; cat f > f; cat f", ""), ("A=$(printf 'x\\r\\n'); echo \"[$A]\"", "[x\r]\n"),
    ("echo a > f1; printf '%s\\n' f*", "f1\n"),
    // What ends a session ends the line.
    ("echo a; exit 3; echo b", "a\n"), ("echo a; quit; echo b", "a\n"),
  ]) func aLinePrints(_ line: String, _ text: String) {
    #expect(last(line).reply == text)
  }

  @Test(arguments: [
    ("exit 3", 3), ("false; exit", 1), ("aws kms describe-key --key-id alias/none || exit", 254),
    ("aws kms describe-key --key-id alias/none || exit 7", 7), ("exit 256", 0), ("exit -1", 255),
    ("exit x", 2), ("quit", 0), ("false; quit", 0),
  ]) func leavingHasAnExitCode(_ line: String, _ code: Int32) {
    let turn = last(line)
    #expect(turn.status == code)
    #expect(turn.effects == [.leave])
  }

  @Test(arguments: [
    "aws kms create-key --description \"a$(echo b$(echo c | cat))\"",
    "aws kms create-key; echo $(a | b)",
    "NOTE=$(cat <<E\nnotes (see below)\naws kms create-key\nE\n)",
    "cat > p <<E &&\naws kms create-key\nE\ntrue", "X=$(\naws kms create-key\n(b)\n)",
    "aws kms create-key > $NONE", "aws kms create-key > \"\"", "A='a b'; aws kms create-key > $A",
  ]) func whatIsNoCommandOfALineIsNotRun(_ line: String) {
    #expect(last(line, "aws kms list-keys --query 'length(Keys)'").reply == "1\n")
  }

  @Test func aFileWithoutANameIsRefused() {
    for (line, says) in [("echo a > $OUT", "is empty"), ("A='a b'; echo x > $A", "is 2 words")] {
      let turn = last(line)
      #expect(turn.status == 1)
      #expect(turn.errors.contains("ambiguous redirect") && turn.errors.contains(says))
      #expect(last(line, "ls").reply == "")
    }
  }

  @Test func credentialsOfASubstitutionAreGoneBehindIt() {
    let turn = last(
      "export AWS_PROFILE=producer",
      "T=$(export AWS_PROFILE=consumer; aws sts get-caller-identity --query Arn --output text)",
      "echo $T; aws sts get-caller-identity --query Arn --output text")
    let names = turn.reply.split(separator: "\n").map { $0.split(separator: "/").last }
    #expect(names == ["consumer", "producer"])
    #expect(
      last("P=consumer AWS_PROFILE=$P aws sts get-caller-identity --query Arn").reply
        .contains("/consumer"))
  }

  @Test func madeUpNumbersDifferAndComeAgainInAReplay() {
    let line = "echo $RANDOM $RANDOM $$ $$; RANDOM=5; echo $RANDOM"
    let turn = last(line)
    let numbers = turn.reply.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    #expect(numbers.count == 5)
    #expect(numbers[0] != numbers[1] && numbers[2] == numbers[3] && numbers[4] == 5)
    #expect(numbers.prefix(2).allSatisfy { (0..<32_768).contains($0) })
    #expect(last(line).reply == turn.reply)
  }

  @Test(arguments: [
    ("aws kms describe-key --key-id \"$KEY_ID\"", "the variable KEY_ID is not set"),
    ("echo $HOME", "HOME is a variable of your computer"),
  ]) func aVariableThatIsNotSetIsNamed(_ line: String, _ says: String) {
    var workbook = Workbook()
    _ = workbook.feed(line)
    #expect(workbook.desk.remarks.contains { $0.contains(says) }, "\(workbook.desk.remarks)")
    for line in ["echo $KEY_ID", "KEY_ID=1 HOME=2 aws kms nosuch", "echo ${HOME:-x}"] {
      _ = workbook.feed(line)
      #expect(!workbook.desk.remarks.contains { $0.contains("not set") || $0.contains("HOME") })
    }
  }

  @Test(arguments: [
    ("A = 5", "A=VALUE"), ("KEY = $(echo a)", "KEY=VALUE"), ("=5", "NAME=VALUE"),
    ("$env:AWS_PROFILE = \"producer\"", "export AWS_PROFILE=VALUE"), ("A+=b", "A=\"${A}b\""),
  ]) func anAssignmentThatIsNoneIsShownAsOne(_ line: String, _ says: String) {
    let turn = last(line)
    #expect(turn.status == 127)
    #expect(turn.errors.contains(says), "\(turn.errors)")
  }

  @Test func whatUsesAnImportedFileStandsOnTheNextLine() {
    let turn = last("import /x/p.json && cat p.json")
    #expect(turn.status == 1)
    #expect(turn.errors.contains("the rest of this line was not run"), "\(turn.errors)")
    #expect(turn.effects == [.read(path: "/x/p.json", name: "p.json")])
    #expect(!turn.errors.contains("No such file"))
    let both = last("import /x/a.json; import /x/b.json")
    #expect(both.status == 0 && both.effects.count == 2)
  }

  @Test func ofAnExportWithASlipNothingIsSet() {
    let turn = last("export AWS_PROFILE = producer")
    #expect(turn.status == 2)
    #expect(turn.errors.contains("no blanks stand around the ="), "\(turn.errors)")
    #expect(last("export AWS_PROFILE = producer", "export").reply == "")
    #expect(last("export AWS_PROFILE", "aws sts get-caller-identity").status == 0)
  }
}
