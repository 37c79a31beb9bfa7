import Narration
import Testing

@testable import Workbook

@Suite struct TrailLookTests {
  @Test func anEventOfThePartnersIsFoundByItsID() {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed("aws kms list-keys --profile partner-admin")
    let id = workbook.feed(
      "aws cloudtrail lookup-events --profile partner-admin --query 'Events[0].EventId' --output text"
    ).reply.split(separator: "\n").first.map(String.init)
    #expect(id?.count == 36)
    let turn = workbook.feed("why \(id ?? "")")
    #expect(turn.reply.contains("ListKeys") || turn.page.text.contains("ListKeys"))
    #expect(!turn.errors.contains("no such event"))
  }

  @Test func aYearAloneIsNoTime() {
    var workbook = Workbook()
    _ = workbook.feed("aws kms list-keys")
    let turn = workbook.feed("trail --since 2027")
    #expect(turn.status != 0)
    #expect(turn.errors.contains("2027") || turn.page.text.contains("2027"))
    #expect(workbook.feed("trail --since 1h").status == 0)
  }
}
