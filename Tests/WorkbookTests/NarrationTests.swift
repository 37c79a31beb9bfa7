import Cloud
import Narration
import Testing
import Values

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
}
