import Testing

@testable import Commands

struct ShellRow: CustomTestStringConvertible, Sendable {
  var text: String
  var words: [String]
  var testDescription: String { text }
}

@Suite struct ShellTests {
  /// Each row is what `bash -c 'printf "%s\n" …'` prints, with A='x y', E=, F=f, T='t ', L=' l' and
  /// C=$'a\r\nb'.
  static let rows: [ShellRow] = [
    .init(text: "a b  c", words: ["a", "b", "c"]),
    .init(text: #"a\ b "c d" 'e f'"#, words: ["a b", "c d", "e f"]),
    .init(text: #""a\"b\\c\$d\e""#, words: [#"a"b\c$d\e"#]),
    .init(text: #"'a\b"c'"#, words: [#"a\b"c"#]),
    .init(text: "$A", words: ["x", "y"]),
    .init(text: "\"$A\"", words: ["x y"]),
    .init(text: "p$A-q", words: ["px", "y-q"]),
    .init(text: "\"\" '' $E", words: ["", ""]),
    .init(text: "${F}1 ${G:-def} ${E:-$F}", words: ["f1", "def", "f"]),
    .init(text: #"${G:-"q r"} ${G:-'q r'}"#, words: ["q r", "q r"]),
    .init(text: #"${G:-"a b" c} ${G:-a\ b} ${G:-""}"#, words: ["a b", "c", "a b", ""]),
    .init(text: #"${G:-a\}b} ${G:-'}'}x ${G:-"}"}x"#, words: ["a}b", "}x", "}x"]),
    .init(text: "pre${G:- a b }z", words: ["pre", "a", "b", "z"]),
    .init(text: #"${G:-x$A"$A"} ${G:-${H:-"1 2"}}"#, words: ["xx", "yx y", "1 2"]),
    .init(text: #"${G:-a|b;c} ${G:-$'a\tb c'}"#, words: ["a|b;c", "a\tb c"]),
    .init(text: #""${G:-"a b"}" "${G:-'x y'}" "${G:-a\"b}""#, words: ["a b", "'x y'", "a\"b"]),
    .init(text: #""${G:-"}"}" "${G:-a\}b}" "${G:-${H:-"1 2"}}""#, words: ["}", "a}b", "1 2"]),
    .init(text: #""${G:-"$A"}" "${G:-a\ b}""#, words: ["x y", #"a\ b"#]),
    .init(text: "a # b", words: ["a"]),
    .init(text: "a#b", words: ["a#b"]),
    .init(text: "a\\\nb c", words: ["ab", "c"]),
    .init(text: "$(inner one) \"$(inner two)\"", words: ["out", "one", "out two"]),
    .init(text: #"x$ \$1 "$""#, words: ["x$", "$1", "$"]),
    .init(text: #"x$T"$E" ""$L ''$L"#, words: ["xt", "", "", "l", "", "l"]),
    .init(text: #"$"a b" \é ${G:-\é}"#, words: ["a b", "é", "é"]),
    .init(text: "$C", words: ["a\r", "b"]),
    .init(text: "$?", words: ["7"]),
    .init(text: "$? $(inner x) $?$?", words: ["7", "out", "x", "33"]),
    .init(text: #"'it'"'"'s'"#, words: ["it's"]),
  ]

  @Test(arguments: rows) func aLineBecomesTheWordsOfAShell(_ row: ShellRow) throws {
    let items = try ShellParser.parse(row.text)
    var variables = ShellVariables()
    variables.set("A", "x y")
    variables.set("E", "")
    variables.set("F", "f")
    variables.set("T", "t ")
    variables.set("L", " l")
    variables.set("C", "a\r\nb")
    let words = try ShellExpander.words(items[0].command.words, variables, status: 7) {
      (inner: ShellSubstitution) throws(ShellError) in
      ("out \(inner.text.dropFirst("inner ".count))\n\n", 3)
    }
    #expect(words == row.words)
  }

  @Test(arguments: [
    ("aws x", ShellInput.Status.complete), ("aws \\", .needsMore(.backslash)),
    ("aws 'x", .needsMore(.quote("'"))), ("aws \"x", .needsMore(.quote("\""))),
    ("cat > f <<'EOF'", .needsMore(.heredoc(delimiter: "EOF"))),
    ("cat > f <<'EOF'\n{\nEOF", .complete), ("X=$(aws", .needsMore(.substitution)),
    ("echo ${A:-x", .needsMore(.brace)), ("echo \"${A:-x", .needsMore(.brace)),
    // What is refused is refused as far as bash would read it.
    ("if a; then\nb", .needsMore(.block("fi"))), ("if a; then\nb\nfi", .complete),
    ("x; for a in b c", .needsMore(.block("done"))), ("for a in b; do c; done", .complete),
    ("select a in b c; do\nx", .needsMore(.block("done"))), ("echo a >", .complete),
    ("while a\ndo if b; then c", .needsMore(.block("fi"))),
    ("case a in\nb) c;;", .needsMore(.block("esac"))), ("case a in b) c;; esac", .complete),
    ("f() {\na", .needsMore(.block("}"))), ("function f {\na\n}", .complete),
    ("f() { a; }", .complete), ("{ a; b", .needsMore(.block("}"))), ("echo ${A%x} {", .complete),
    ("{\"a\": ${A%x}", .complete), ("(a", .needsMore(.substitution)), ("(a)", .complete),
    ("a \"x ${A%y}", .needsMore(.quote("\""))), ("a | jq '.b |", .needsMore(.quote("'"))),
    ("a | jq '.b |\nc'", .complete), ("a |", .needsMore(.joint)), ("a | b", .complete),
    ("a | b <<E\nx", .needsMore(.heredoc(delimiter: "E"))), ("a | b <<E\nx\nE", .complete),
    ("a | b \\", .needsMore(.backslash)), ("a | b # it's", .complete),
    ("a $((1<<2)) 'b'", .complete),
    ("a &", .complete), ("a `", .complete), ("a | b \"$(c \")\" d", .needsMore(.substitution)),
    ("a |\nb ${C:-\"d", .needsMore(.quote("\""))), ("a | fi", .complete), ("[ -f a ]", .complete),
    ("a &&", .needsMore(.joint)), ("a && b", .complete), ("# a 'remark", .complete),
  ]) func theStatusSaysWhatIsMissing(_ text: String, _ status: ShellInput.Status) {
    #expect(ShellInput.status(of: text) == status)
  }

  @Test(arguments: [
    "cat <<'A' > f\na 'b\n\tA\n A\nA\r\nls", "cat <<-A; cat <<B\nx\n\tA\nA\n\tB\nB\necho",
    "a 'b\n\"c\\\nd'\ne", "a \"b\n\\\" '\\\\\nc\\\\\"\ne", "a $(b\nc 'x)'\n) d\ne",
    "a ${B:-x\ny\n} z",
    "a \\\n b \\\n # c \\\nd", "a \\\n b \\\n'c\\\nd'\ne", "a &&\n\n\nb ||\nc",
    "a \\\nb \\\n | c \\\nd",
    "a $'b\nc\\'\nd'\ne", "a \"$(b\n\"c\n\")\"\nd", "\n\na\n",
  ]) func linesThatAreAddedAreWholeWhenTheTextIs(_ text: String) {
    var open = OpenCommand()
    var begun: [String] = []
    for scalars in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = String(scalars)
      begun.append(line)
      let whole = begun.joined(separator: "\n")
      let command = open.add(line)
      if ShellInput.status(of: whole) == .complete {
        #expect(command == whole)
        begun = []
      } else {
        #expect(command == nil && open.text == whole)
      }
    }
  }

  @Test(arguments: [
    ("cat > f <<'EOF'", "it's \"$(", "EOF"), ("a '", "{\"b\": \"c\"}", "'"),
    ("a \"", "{\\\"b\\\": 'c'}", "\""), ("a $(b", "'c' d", ")"), ("a \\", "--b c \\", "d"),
  ]) func aLongCommandIsReadAFewTimesAndNotAtEachLine(
    _ first: String, _ line: String, _ last: String
  ) {
    var open = OpenCommand()
    #expect(open.add(first) == nil)
    for _ in 0..<2000 { #expect(open.add(line) == nil) }
    #expect(
      open.add(last)?.utf8.count == first.utf8.count + (line.utf8.count + 1) * 2000
        + last.utf8.count + 1)
    #expect(open.readings == 2)
  }

  @Test func jointsAssignmentsAndFilesAreRead() throws {
    let items = try ShellParser.parse("A=1 B='2 3'; echo $A && ls || rm x > out.txt")
    #expect(items.map(\.joint) == [.always, .always, .onSuccess, .onFailure])
    #expect(items[0].command.assignments.map(\.name) == ["A", "B"])
    #expect(items[3].command.outputs.map(\.appends) == [false])
  }

  @Test func aHeredocKeepsItsTextAndExpandsOnlyUnquoted() throws {
    let quoted = try ShellParser.parse("cat > f <<'E'\n{\"a\": \"$B\"}\nE\nls")
    #expect(quoted.count == 2)
    #expect(quoted[0].command.heredoc?.parts == [.literal("{\"a\": \"$B\"}\n")])
    let open = try ShellParser.parse("cat <<E\n$B\nE")
    #expect(
      open[0].command.heredoc?.parts
        == [.variable("B", fallback: nil, isQuoted: true), .literal("\n")])
  }

  @Test(arguments: ["a | b", "a &", "cat < f", "echo `ls`", "(a)", "${A%x}", "a() { b; }"])
  func whatIsNoPartOfTheLittleShellIsRefusedWithWhatWorks(_ text: String) {
    let error = #expect(throws: ShellError.self) { try ShellParser.parse(text) }
    #expect(error?.hint.isEmpty == false)
  }

  @Test func anErrorInAHeredocStandsWhereItIs() {
    let error = #expect(throws: ShellError.self) {
      try ShellParser.parse("cat > h <<E\none\ntwo ${A:0:3}\nE")
    }
    #expect(error?.offset == 20)
  }

  @Test func aLineOfTenMegabytesIsReadInOneGo() throws {
    let line = "echo '" + String(repeating: "a b ", count: 2_500_000) + "'"
    let items = try ShellParser.parse(line)
    #expect(items[0].command.words.count == 2)
  }

  @Test(arguments: [
    ("$(", ")"), ("${A:-", "}"), ("\"${A:-", "}\""), ("\"$(", ")\""), ("cat <<E\n${A:-", "}\nE"),
  ]) func whatIsTooDeepIsRefused(_ open: String, _ close: String) {
    let text =
      "echo " + String(repeating: open, count: 30_000) + "x"
      + String(repeating: close, count: 30_000)
    let error = #expect(throws: ShellError.self) { try ShellParser.parse(text) }
    #expect(error?.message.contains("inside each other") == true, "\(error?.message ?? "")")
  }

  @Test func variablesKeepTheirOrderAndSayWhatChanged() {
    var variables = ShellVariables()
    for name in ["B", "A", "C"] { variables.set(name, "1") }
    variables.export("A")
    let before = variables
    #expect(variables.all.map(\.name) == ["B", "A", "C"])
    #expect(variables.exported("A") == "1" && variables.exported("B") == nil)
    variables.set("A", "1")
    #expect(variables == before && variables.changes(since: before) == [])
    variables.set("B", "2")
    variables.remove("C")
    variables.set("D", "", exporting: true)
    #expect(variables != before && variables.changes(since: before).sorted() == ["B", "C", "D"])
    #expect(variables.all.map(\.name) == ["B", "A", "D"] && before["B"] == "1")
    variables.export("B")
    #expect(variables.exported("B") == "2")
  }

  @Test func curlyQuotesAreFound() {
    let found = SmartPunctuation.find(in: "aws kms list-keys –query “Keys”")
    #expect(found.map(\.plain) == ["-", "\"", "\""])
    #expect(SmartPunctuation.find(in: "plain") == [])
  }

  /// What is exported stays so when it is set anew, and is gone when it is removed.
  @Test func exportedVariablesAreThoseThatCommandsSee() {
    var variables = ShellVariables()
    variables.set("A", "1")
    #expect(variables.exported("A") == nil)
    variables.export("A")
    variables.export("A")
    variables.set("A", "2")
    variables.set("B", "3", exporting: true)
    #expect(variables.exported("A") == "2" && variables.exported("B") == "3")
    variables.remove("A")
    variables.remove("A")
    #expect(variables.exported("A") == nil && variables.exported("B") == "3")
    variables.remove("B")
    variables.set("A", "4")
    #expect(variables.exported("A") == nil && variables.exported("B") == nil)
    variables.export("A")
    #expect(variables.exported("A") == "4")
  }
}
