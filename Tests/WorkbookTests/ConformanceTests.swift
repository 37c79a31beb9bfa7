import Foundation
import Narration
import Testing
import Values

@testable import Workbook

/// Command lines with what the AWS CLI prints for them, in `Tests/Conformance`.
///
/// The texts of formats and queries were written down from the client's own formatters and library
/// for queries; those of refusals from the client itself, in the frame that version 2 puts round them.
@Suite struct ConformanceTests {
  private struct Row {
    var line: String
    var text = ""
    var errors = ""
    var status: Int32 = 0
  }

  private static func rows(_ file: String) throws -> (setup: [String], rows: [Row]) {
    let place = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Conformance/\(file)")
    var setup: [String] = []
    var rows: [Row] = []
    let text = try String(contentsOf: place, encoding: .utf8)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let body = String(line.dropFirst(2))
      switch line.first {
      case "%": setup.append(body)
      case "$": rows.append(Row(line: body))
      case "!": rows[rows.count - 1].status = Int32(body) ?? -1
      case "|": rows[rows.count - 1].text += body + "\n"
      case "~": rows[rows.count - 1].errors += body + "\n"
      default: continue
      }
    }
    return (setup, rows)
  }

  @Test(arguments: [("formats.txt", 170), ("services.txt", 120)])
  func everyFormatPrintsWhatTheClientPrints(_ file: String, _ least: Int) throws {
    let (setup, rows) = try Self.rows(file)
    var workbook = Workbook()
    workbook.explain = .off
    for line in setup { #expect(workbook.feed(line).status == 0, "\(line)") }
    #expect(rows.count >= least)
    for row in rows {
      let turn = workbook.feed(row.line)
      #expect(turn.reply == row.text, "\(row.line)\n\(turn.errors)")
      #expect(turn.status == 0)
    }
  }

  @Test func whatIsPrintedBeforeAFailureStandsAndTheFailureReadsAsTheClients() throws {
    let (setup, rows) = try Self.rows("failures.txt")
    var workbook = Workbook()
    workbook.explain = .off
    for line in setup { #expect(workbook.feed(line).status == 0, "\(line)") }
    #expect(rows.count >= 60)
    for row in rows {
      let turn = workbook.feed(row.line)
      #expect(turn.reply == row.text, "\(row.line)")
      #expect(turn.errors == row.errors, "\(row.line)")
      #expect(turn.status == row.status, "\(row.line)")
    }
  }

  @Test func bucketsObjectsAndSettingsReadAsTheClientPrintsThem() throws {
    let (setup, rows) = try Self.rows("stores.txt")
    var workbook = Workbook()
    workbook.explain = .off
    for line in setup { #expect(workbook.feed(line).status == 0, "\(line)") }
    #expect(rows.count >= 56)
    for row in rows {
      let turn = workbook.feed(row.line)
      #expect((row.status == 0 ? turn.reply : turn.errors) == row.text, "\(row.line)")
      #expect(turn.status == row.status, "\(row.line)")
    }
  }

  @Test func everyRefusalOfTheClientReadsAsVersion2Prints() throws {
    let (_, rows) = try Self.rows("refusals.txt")
    #expect(rows.count >= 75)
    for row in rows {
      var workbook = Workbook()
      workbook.explain = .off
      let turn = workbook.feed(row.line)
      #expect(turn.errors == row.text, "\(row.line)")
      #expect(turn.status == row.status, "\(row.line)")
      #expect(turn.reply == "", "\(row.line)")
    }
  }
}
