import Narration
import Testing

@testable import keyhole

@Suite struct TextWrapTests {
  @Test func aShortLineStaysAsItIs() {
    #expect(TextWrap.lines(of: "  a  b", width: 40) == ["  a  b"])
  }

  @Test func aLongLineBreaksAtBlanksAndHangs() {
    let lines = TextWrap.lines(
      of: "   allowed by one statement and by another statement and by a third", width: 30)
    #expect(lines.allSatisfy { $0.count <= 30 })
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("     ") && !$0.hasPrefix("      ") })
    #expect(
      lines.map { String($0.drop { $0 == " " }) }.joined(separator: " ")
        == "allowed by one statement and by another statement and by a third")
  }

  @Test func aWordLongerThanALineIsLeftWhole() {
    let word = String(repeating: "x", count: 50)
    #expect(TextWrap.lines(of: "a \(word) b", width: 30).contains { $0.hasSuffix(word) })
  }

  @Test func aRowGoesOnUnderItsLastColumn() {
    let row = "  done  disk-thief  What a disk thief sees, and what he does not see at all"
    let lines = TextWrap.columns(of: row, width: 50)
    #expect(lines.count == 2 && lines.allSatisfy { $0.count <= 50 })
    #expect(lines[1].hasPrefix(String(repeating: " ", count: 20) + "what he "))
    // Without room there it hangs a little.
    let far = String(repeating: "x", count: 40) + "  and here comes the last column of it"
    #expect(TextWrap.columns(of: far, width: 50).dropFirst().allSatisfy { $0.hasPrefix("  ") })
    #expect(TextWrap.columns(of: row, width: .max) == [row])
  }

  @Test func anItemHangsBehindItsMark() {
    #expect(
      ["- a", "3. a", "10. a", "a", "1.5 s", "3"].map { TextWrap.mark(of: $0) } == [
        2, 3, 4, 0, 0, 0,
      ])
    let text = "10. Which gate did not open, and who could open it again if he wanted to?"
    let lines = TextWrap.lines(of: text, width: 40, hanging: TextWrap.mark(of: text))
    #expect(lines.count == 2 && lines[1].hasPrefix("    ") && !lines[1].hasPrefix("     "))
  }

  @Test func anARNOfARowBreaksBehindAColonOrASlash() {
    let arn =
      "arn:aws:kinesis:us-east-1:123456789012:stream/a-stream-with-a-rather-long-name/consumer/with-another"
    let row = "  on        \(arn)"
    let lines = TextWrap.columns(of: row, width: 60)
    #expect(lines.count == 3 && lines.allSatisfy { $0.count <= 60 })
    #expect(lines[0] == "  on        arn:aws:kinesis:us-east-1:123456789012:stream/")
    #expect(
      lines[1] == String(repeating: " ", count: 12) + "a-stream-with-a-rather-long-name/consumer/")
    #expect(
      lines.joined().filter { $0 != " " } == row.filter { $0 != " " })
    // One that fits on a line of its own is not broken, and neither is what has no such place.
    let whole = "  a longer first column  arn:aws:kms:us-east-1:123456789012:key/1"
    #expect(TextWrap.columns(of: whole, width: 45).contains { $0.hasSuffix("012:key/1") })
    let word = String(repeating: "x", count: 90)
    #expect(TextWrap.columns(of: "  on  \(word)", width: 60).contains { $0.hasSuffix(word) })
    #expect(TextWrap.lines(of: row, width: 60).contains { $0.hasSuffix(arn) })
  }

  @Test func aCommandGoesOnBehindABackslashAndCanBeCopied() {
    let policy = "'{\"Action\": \"kinesis: PutRecord\", \"Resource\": \"*\"}'"
    let text =
      "  before  $ aws iam put-role-policy --role-name kinesis-producer-role --policy-name own "
      + "--policy-document \(policy)"
    let lines = TextWrap.command(text, width: 60)
    #expect(
      lines.count > 2 && lines.dropLast().allSatisfy { $0.count <= 60 && $0.hasSuffix(" \\") })
    #expect(lines.contains { $0.contains(policy) })
    // As a shell puts them together again.
    let typed = lines.map { line in
      String((line.hasSuffix("\\") ? String(line.dropLast()) : line).drop { $0 == " " })
    }.joined()
    #expect(typed == text.drop { $0 == " " })
    #expect(TextWrap.command(text, width: .max) == [text])
    #expect(TextWrap.quote("    \(text)", width: 60) == TextWrap.command("    \(text)", width: 60))
  }

  @Test func whatIsQuotedAndNoCommandHangs() {
    let lines = TextWrap.quote(
      "    answer 2   a rather long choice of a question, with some words more", width: 40)
    #expect(lines.count == 2 && lines[1].hasPrefix("        ") && !lines[0].hasSuffix("\\"))
  }

  @Test func withoutATerminalNothingIsBroken() {
    let text = String(repeating: "word ", count: 100)
    #expect(TextWrap.lines(of: text, width: .max - 2) == [text])
  }

  @Test func linesOfAParagraphFlowTogetherAndItemsStayApart() {
    var page = Page()
    page.add(
      "One sentence that\ngoes on.\n\nAnother.\n- an item\n  of two lines\n- a second", .prose)
    page.add("a note\nof two", .note)
    #expect(
      TextWrap.paragraphs(of: page).map(\.text) == [
        "One sentence that goes on.", "", "Another.", "- an item of two lines", "- a second",
        "a note", "of two",
      ])
  }

  /// What a verb answers is laid out by what each line is.
  @Test func anAnswerFlowsAndItsCommandsAndLegendsBreakAsTheyMay() {
    var page = Page()
    page.add("One sentence that was written for\na page of its own width, and goes on.", .prose)
    page.add("  $ aws kms list-keys --region us-east-1 --query Keys", .command)
    page.add("Requests: █ admitted, ▒ throttled; the quota, 10,000, is far", .legend)
    page.add("10 │██████████████████████████████████████████████████████", .chart)
    #expect(
      Terminal(isPlain: true).rows(ofAnswer: page, width: 40).map(\.text) == [
        "One sentence that was written for a page", "of its own width, and goes on.",
        "  $ aws kms list-keys \\", "      --region us-east-1 --query Keys",
        "Requests: # admitted, : throttled; the", "  quota, 10,000, is far",
        "10 |######################################################",
      ])
  }
}
