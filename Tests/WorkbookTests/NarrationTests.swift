import Cloud
import Testing
import Values

@testable import Narration
@testable import Workbook

@Suite struct ExcerptTests {
  @Test(arguments: [
    ("{\n  \"Action\": \"kms:*\"\n}", "\"kms:*\"", 2), ("ä \"x\"", "\"x\"", 1),
    ("{\"a\": \"\(String(repeating: "b", count: 300))\", \"c\": 1}", "1}", 1),
  ]) func theCaretCoversTheMarkedText(_ text: String, _ marked: String, _ number: Int) throws {
    let bytes = Array(text.utf8)
    let wanted = Array(marked.utf8)
    let start = try #require(
      (0...(bytes.count - wanted.count)).first {
        bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
      })
    let (line, caret) = try #require(
      SourceExcerpt.lines(of: text, marking: Span(start: start, end: start + wanted.count)).first)
    #expect(line.hasPrefix("line \(number)  "))
    let column = caret.prefix { $0 == " " }.count
    let covered = String(line.dropFirst(column).prefix(caret.count - column))
    #expect(covered == marked)
    #expect(line.count < 120)
  }
}

@Suite struct ExcerptWidthTests {
  private static let long =
    "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:role/a-role-with-a-long-name\"}, \"Action\": \"kms:Decrypt\"}"

  private func excerpt(_ part: String, in text: String, saying remark: String = "") throws
    -> SourceExcerpt
  {
    let range = try #require(text.firstRange(of: part))
    let start = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
    return try #require(
      SourceExcerpt.excerpts(
        of: text, marking: Span(start: start, end: start + part.utf8.count), saying: remark
      ).first)
  }

  @Test(arguments: [40, 60, 80, 120, 200]) func noRowIsWiderThanTheTerminalAndTheCaretCovers(
    _ width: Int
  ) throws {
    let part = "\"kms:Decrypt\""
    let rows = try excerpt(
      part, in: Self.long, saying: "the request has kms:Encrypt, which is another action"
    ).rows(width: width)
    for row in rows { #expect(row.count <= width, "\(row)") }
    let column = rows[1].prefix { $0 == " " }.count
    let marks = rows[1].dropFirst(column).prefix { $0 == "^" }.count
    #expect(String(rows[0].dropFirst(column).prefix(marks)) == part)
    #expect(
      rows.dropFirst().joined(separator: " ").split(separator: " ").joined(separator: " ")
        .hasSuffix(
          "the request has kms:Encrypt, which is another action"))
  }

  @Test func dotsStandOnlyWhereSomethingWasCut() throws {
    let end = try excerpt("\"kms:Decrypt\"", in: Self.long).rows(width: 60)[0]
    #expect(end.contains("…") && end.hasSuffix("\"kms:Decrypt\"}"), "\(end)")
    let start = try excerpt("\"Allow\"", in: Self.long).rows(width: 60)[0]
    #expect(start.hasPrefix("line 1  {\"Effect\"") && start.hasSuffix("…"), "\(start)")
    let whole = try excerpt("\"Allow\"", in: Self.long).rows(width: 200)[0]
    #expect(!whole.contains("…"))
  }

  @Test func aListOverSeveralLinesIsMarkedElementByElement() {
    let text =
      "{\n  \"Action\": [\n    \"kms:A\",\n    \"kms:B\",\n    \"kms:C\",\n    \"kms:D\"\n  ]\n}"
    let bytes = Array(text.utf8)
    let start = bytes.firstIndex(of: UInt8(ascii: "[")) ?? 0
    let end = (bytes.lastIndex(of: UInt8(ascii: "]")) ?? 0) + 1
    let rows = SourceExcerpt.lines(
      of: text, marking: Span(start: start, end: end), saying: "none fits")
    #expect(rows.map(\.line) == ["line 3  \"kms:A\",", "line 4  \"kms:B\",", "line 5  \"kms:C\","])
    #expect(rows[0].caret == "        ^^^^^^^^")
    #expect(rows[2].caret.hasSuffix("^ none fits (and 1 more line)"))
  }
}

@Suite struct TableTests {
  @Test func everyRowOfTheModelsHasItsTexts() {
    for row in ModelRow.allCases {
      #expect(
        !row.texts.described.isEmpty && !row.texts.documented.isEmpty && !row.texts.source.isEmpty)
      #expect(ModelTable.page(current: .described).text.contains(row.rawValue))
    }
  }

  @Test func fidelityTellsSimplifiedFromAssumed() {
    #expect(Fidelity.table.contains { $0.kind == .simplified })
    #expect(Fidelity.table.contains { $0.kind == .assumed })
  }

  /// For somebody to whom the page is read: no columns, each row a sentence with the columns' names.
  @Test func narratedTablesAreSentences() {
    var workbook = Workbook()
    _ = workbook.feed("explain narrated")
    _ = workbook.feed("aws kms list-keys")
    #expect(
      workbook.feed("trail").reply.contains(
        "event e1: time 2026-01-05 09:00:00, caller user/admin, call kms:ListKeys, answer ok.\n"))
    let matrix = workbook.feed("matrix").reply
    #expect(matrix.contains("producer: stream/my-existing-stream, write no, read no"))
    for line in ["trail", "matrix", "keys", "streams", "quota", "whoami", "lessons", "fidelity"] {
      let turn = workbook.feed(line)
      #expect(!turn.reply.isEmpty)
      let columns = turn.outputs.compactMap(\.page).flatMap(\.lines).filter {
        $0.style != .next && $0.text.drop { $0 == " " }.contains("  ")
      }.map(\.text)
      #expect(columns.isEmpty, "\(line): \(columns.first ?? "")")
    }
  }

  @Test func narratedExcerptsHaveNoCaret() {
    var workbook = Workbook()
    _ = workbook.feed("explain narrated")
    _ = workbook.feed(
      "cat > open.json <<'EOF'\n{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}}\nEOF"
    )
    let lint = workbook.feed("lint-policy open.json").reply
    #expect(lint.contains("Line 1, at \"*\"") && !lint.contains("^") && !lint.contains("[\""))
    let story = workbook.feed(
      "aws kms put-key-policy --key-id \(StartNames.keyID) --policy '{\"Version\":'")
    #expect(!story.page.text.contains("^") && story.page.text.contains("Line 1"))
    let insights = workbook.feed("insights 'stats cuont(*)'")
    #expect(!(insights.reply + insights.errors).contains("^"))
  }
}
