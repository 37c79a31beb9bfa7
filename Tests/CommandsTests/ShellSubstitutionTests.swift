import Testing

@testable import Commands

/// Where a `$(…)` ends, and that what cannot be read in it is seen before anything runs.
@Suite struct ShellSubstitutionTests {
  @Test(arguments: [
    "X=$(cat <<'E'\ndon't (see\nE\n)", "X=$(\n  # don't page\n  b)",
    "echo \"$(cat <<'E'\n${aws:username} it's (a\nE\n)\"", "echo $(a $(b \"$(c ')')\") d)",
    "X=$(cat <<E && b\n)\nE\n)", "X=$(cat <<E &&\n)\nE\nb)", "echo $(a \\\n  b)",
    "X=$(a;\n\n b ; )",
  ]) func itEndsWhereBashEndsIt(_ text: String) throws {
    #expect(ShellInput.status(of: text) == .complete)
    let items = try ShellParser.parse(text + "\nls")
    #expect(items.count == 2)
    #expect(ShellInput.status(of: String(text.dropLast())) != .complete)
  }

  @Test func aHeredocInItIsTakenAsItIsWhereItsWordIsQuoted() throws {
    let items = try ShellParser.parse("P=$(cat <<'E'\n${aws:username} it's\nE\n)")
    guard case .substitution(let inner, _) = items[0].command.assignments[0].value.parts[0] else {
      Issue.record("no substitution")
      return
    }
    #expect(inner.items[0].command.heredoc?.parts == [.literal("${aws:username} it's\n")])
  }

  @Test(arguments: [
    ("rm f; echo $(echo a | cat)", 20), ("false && echo $(a | b)", 18),
    ("aws x --d \"a$(echo b$(c | d))\"", 24), ("X=$(for a in b; do c; done)", 4),
    ("X=$(case a in b) c;; esac)", 4), ("cat <<E\n$(a | b)\nE", 12),
  ]) func whatIsRefusedInItIsPointedAtInTheWholeText(_ text: String, _ offset: Int) {
    let error = #expect(throws: ShellError.self) { try ShellParser.parse(text) }
    #expect(error?.offset == offset)
  }

  @Test(arguments: [
    ("a 'b\nc\nd", 2), ("a \"b\nc", 2), ("x\na $(b\nc", 4), ("a ${B:-\nc", 2), ("a <<E\nb\n", 2),
    ("cat <<E\n${A:-\nE\nls", 8), ("cat <<E\nrun $(date\nE\nls", 12), ("a \"$(b 'c)\"", 7),
  ]) func whatIsNotClosedIsPointedAtWhereItOpens(_ text: String, _ offset: Int) {
    let error = #expect(throws: ShellError.self) { try ShellParser.parse(text) }
    #expect(error?.offset == offset, "\(error?.message ?? "")")
  }

  /// The lines behind such a text are commands of their own.
  @Test func aHeredocWithSomethingOpenIsWhole() {
    #expect(ShellInput.status(of: "cat <<E\ncost ${A:-\nE") == .complete)
    #expect(ShellInput.status(of: "cat <<E\nrun $(date\nE") == .complete)
    #expect(
      ShellInput.status(of: "for i in a; do cat <<\"E F\"\nx\nE F\ndone") == .complete)
  }

  @Test(arguments: [
    ("a <key-id>", "place to fill in", "without < and >"),
    ("echo $1", "no arguments", "NAME=VALUE"), ("echo ${1:-x}", "no arguments", "NAME=VALUE"),
    ("echo ${#A}", "nothing is counted", "length"), ("echo ${A:=b}", "only ${NAME}", ":-"),
    ("S=(a b)", "no lists", "one variable"), ("(a; b)", "no subshells", "leave"),
    ("((i++))", "nothing is calculated", "number itself"), ("a >&2", "only replies", "> FILE"),
    ("a --b fileb://<(c)", "cannot be read as a file", "fileb://FILE"),
    ("a <<E\n${aws:username}\nE", "only ${NAME}", "single quotes"),
    ("a | jq .b", "no pipes", "query EXPRESSION"), ("a | tee f", "no pipes", "> FILE"),
    ("a | aws b", "no pipes", "file://FILE"), ("a | openssl dgst -sha256", "no pipes", "--query"),
    ("a | openssl enc -d -base64", "no pipes", "enc -d -base64"),
  ]) func whatIsRefusedSaysWhatWorks(_ text: String, _ says: String, _ hint: String) {
    let error = #expect(throws: ShellError.self) { try ShellParser.parse(text) }
    #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    #expect(error?.hint.contains(hint) == true, "\(error?.hint ?? "")")
  }
}
