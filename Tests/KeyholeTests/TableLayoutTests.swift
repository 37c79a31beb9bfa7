import Narration
import Testing

@testable import keyhole

/// Tables on terminals of several widths.
@Suite struct TableLayoutTests {
  private static var trail: Page {
    var page = Page()
    page.add(
      table: [
        ["event", "time", "caller", "call", "answer", ""],
        [
          "e12", "2026-01-05 09:00:00", "role/kinesis-producer-role", "kms:GenerateDataKey",
          "AccessDenied", "by Kinesis for e11",
        ],
      ], hasHeader: true)
    return page
  }

  private static var seconds: Page {
    var page = Page()
    page.add(
      table: [["second", "offered", "stored", "throttled", "retried", "lost"]]
        + (1...4).map { row in ["\(row)"] + (1...5).map { "\($0)\(row),00\($0)" } },
      hasHeader: true)
    return page
  }

  private func texts(_ page: Page, _ width: Int) -> [String] {
    TableLayout.fitted(page, width: width).lines.map(\.text)
  }

  @Test func aTableThatFitsStaysAsItIs() {
    for page in [Self.trail, Self.seconds] {
      #expect(TableLayout.fitted(page, width: 200) == page)
      #expect(TableLayout.fitted(page, width: .max) == page)
    }
  }

  @Test func wideRowsBecomeParagraphsWithTheNamesOfTheirColumns() {
    let lines = texts(Self.trail, 60)
    #expect(lines.first == "e12")
    let said = lines.map { $0.drop { $0 == " " } }.joined(separator: " ")
    for part in [
      "time 2026-01-05 09:00:00", "caller role/kinesis-producer-role",
      "call kms:GenerateDataKey", "answer AccessDenied", "by Kinesis for e11",
    ] {
      #expect(said.contains(part), "\(part)")
    }
  }

  @Test func narrowColumnsComeInPartsEachWithTheFirst() {
    let lines = texts(Self.seconds, 40)
    #expect(lines.filter { $0.hasPrefix("second") }.count == 2)
    #expect(lines.first == "second  offered  stored  throttled")
    #expect(lines.contains("4       44,004   54,005"))
  }

  @Test func nothingIsWiderThanTheTerminalAndNothingIsLost() {
    for page in [Self.trail, Self.seconds] {
      let cells = page.lines.compactMap(\.tabled?.table).flatMap {
        $0.rows.dropFirst().flatMap { $0 }
      }
      for width in 32...110 {
        let lines = texts(page, width)
        #expect(lines.allSatisfy { $0.count <= width }, "\(width)")
        // Words may be broken behind a slash: without blanks they are whole again.
        let said = lines.joined().filter { $0 != " " }
        for cell in cells {
          #expect(said.contains(cell.filter { $0 != " " }), "\(cell) at \(width)")
        }
      }
    }
  }

  @Test func aRowThatIsTooLongGoesOnUnderItAndTheOthersStayATable() {
    var page = Page()
    page.add(
      table: [
        ["event", "time", "caller", "call", "answer", ""],
        ["e1", "09:00:00", "user/admin", "kms:ListKeys", "ok", ""],
        [
          "e2", "09:00:01", "role/kinesis-producer-role", "kms:GenerateDataKey", "AccessDenied",
          "for e3",
        ],
      ], hasHeader: true)
    #expect(
      texts(page, 80) == [
        "event  time      caller                      call                 answer",
        "e1     09:00:00  user/admin                  kms:ListKeys         ok",
        "e2     09:00:01  role/kinesis-producer-role  kms:GenerateDataKey  AccessDenied",
        "    for e3",
      ])
  }

  @Test func oneLongRowDoesNotSpreadTheOthers() {
    var page = Page()
    let long = "what-the-guide-got-wrong-and-why"
    page.add(
      table: (1...7).map { ["later", "\($0)", "lesson-\($0)", "A title", "\($0) min"] }
        + [["later", "8", long, "A title that is longer than most", "12 min"]])
    let lines = texts(page, 60)
    #expect(lines.first == "later  1  lesson-1  A title  1 min")
    #expect(lines.contains { $0.contains(long) } && lines.allSatisfy { $0.count <= 60 })
  }

  @Test func aNumberAloneSaysOfWhat() {
    var page = Page()
    page.add(
      table: [
        ["second", "offered", "stored"],
        ["1", String(repeating: "1", count: 30), String(repeating: "2", count: 30)],
      ], hasHeader: true)
    #expect(texts(page, 34).first == "second 1")
  }

  @Test func aSingleRowOfNumbersStandsUnderItsNames() {
    var page = Page()
    page.add(
      table: [["second", "offered", "stored", "throttled"], ["1", "1,000", "1,000", "0"]],
      hasHeader: true)
    #expect(
      texts(page, 25) == [
        "second  offered  stored", "1       1,000    1,000", "", "second  throttled", "1       0",
      ])
  }

  @Test func aPageAroundATableKeepsItsLinesAndIndents() {
    var inner = Page()
    inner.add("before", .heading)
    inner.add(Self.trail)
    inner.add("after")
    var page = Page()
    page.add(inner, indented: 2)
    let lines = TableLayout.fitted(page, width: 60).lines
    #expect(lines.first?.text == "  before" && lines.last?.text == "  after")
    #expect(lines.allSatisfy { $0.text.hasPrefix("  ") && $0.text.count <= 60 })
  }
}
