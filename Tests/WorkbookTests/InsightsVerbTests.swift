import Cloud
import Testing

@testable import Workbook

@Suite struct InsightsVerbTests {
  private func lab() -> Workbook {
    var workbook = Workbook()
    for line in [
      "aws kms generate-data-key --key-id \(StartNames.keyID) --key-spec AES_256 --profile admin",
      "aws kms generate-data-key --key-id \(StartNames.keyID) --key-spec AES_256 --profile auditor",
      "aws kms generate-data-key --key-id \(StartNames.keyID) --key-spec AES_256 --profile auditor",
    ] { _ = workbook.feed(line) }
    return workbook
  }

  @Test func theGuidesQueryShowsWhatItReallyCounts() {
    var workbook = lab()
    let turn = workbook.feed(
      "insights 'fields @timestamp, eventName | filter eventName = \"GenerateDataKey\" | stats count() as failures by errorCode'"
    )
    #expect(turn.status == 0)
    #expect(turn.reply.contains("errorCode     failures\n-             1\nAccessDenied  2\n"))
    #expect(turn.reply.contains("the calls that went well"))
    #expect(turn.reply.contains("over event history"))
  }

  @Test func countsByTimeAreDrawnWrittenPlainOrTold() {
    var workbook = lab()
    let query =
      "'filter eventName = \"GenerateDataKey\" | stats count(*) as calls by bin(5m), errorCode'"
    let drawn = workbook.feed("insights \(query)").reply
    #expect(
      drawn.contains("2026-01-05 09:00  AccessDenied  ████████████████████████████████████████ 2"))
    let plain = workbook.feed("insights --plain \(query)").reply
    #expect(plain.contains("2026-01-05 09:00  -             #################### 1"))
    _ = workbook.feed("explain narrated")
    let told = workbook.feed("insights \(query)").reply
    #expect(told.contains("2026-01-05 09:00, AccessDenied: 2."))
    #expect(!told.contains("█"))
  }

  @Test func aMistakeIsPointedAt() {
    var workbook = lab()
    let turn = workbook.feed("insights 'fields a | stat b'")
    #expect(turn.status == 2)
    #expect(turn.errors.contains("There is no command \"stat\""))
    #expect(turn.errors.contains("fields a | stat b\n"))
    #expect(turn.errors.contains("           ^^^^\n"))
    #expect(workbook.feed("insights").status == 2)
    #expect(workbook.feed("insights --group nowhere 'limit 1'").errors.contains("no log group"))
    #expect(workbook.feed("insights --since soon 'limit 1'").status == 2)
  }
}
