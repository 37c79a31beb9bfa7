import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// Checks about everybody's rights.
@Suite struct RightsTests {
  private static let incident = "final-incident"

  private func incident() throws -> (Workbook, [String]) {
    var workbook = Workbook()
    _ = workbook.feed("lesson \(Self.incident)")
    let step = try #require(workbook.desk.lesson?.step)
    return (workbook, try #require(step.solutions.first).map(\.text))
  }

  @Test func theFinalIncidentIsDoneByItsSolution() throws {
    var (workbook, lines) = try incident()
    for line in lines { _ = workbook.feed(line) }
    #expect(workbook.desk.lesson?.met == ["incident"])
  }

  static let gifts = [
    "kms:ScheduleKeyDeletion", "kinesis:DeleteStream", "iam:*", "kinesis:PutRecord",
    "iam:PutRolePolicy", "kms:CreateGrant",
  ]

  @Test(arguments: gifts) func theFinalIncidentIsNotDoneByGivingMore(_ action: String) throws {
    var (workbook, lines) = try incident()
    let more =
      "aws iam put-role-policy --role-name kinesis-consumer-role --policy-name More "
      + "--policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
      + "\"Action\":\"\(action)\",\"Resource\":\"*\"}]}'"
    let last = lines.removeLast()
    for line in lines { _ = workbook.feed(line) }
    let turn = workbook.feed(more)
    #expect(turn.page.text.contains("somebody can do more now than the work needs"))
    _ = workbook.feed(last)
    #expect(workbook.desk.lesson?.met == [])
    let asked = workbook.feed("check nobody has more than solution")
    let check = asked.page.text + asked.reply
    #expect(check.contains("consumer may "))
    #expect(check.contains("by identity:More#1"))
    #expect(check.contains("aws iam delete-role-policy --role-name kinesis-consumer-role"))
    _ = workbook.feed(
      "aws iam delete-role-policy --role-name kinesis-consumer-role --policy-name More")
    #expect(workbook.desk.lesson?.met == ["incident"])
  }

  @Test func rightsAreComparedOnlyInAStep() {
    var workbook = Workbook()
    let turn = workbook.feed("check nobody has more than solution")
    #expect((turn.reply + turn.page.text + turn.errors).contains("no step with a solution is open"))
    #expect(workbook.feed("check nobody has more").errors.contains("than is missing"))
  }

  @Test func aServiceThatForwardsNeverComesByItself() throws {
    for (model, count) in [(Model.documented, 1), (.described, 0)] {
      var workbook = Workbook(model: model)
      let reply = workbook.feed("lint-policy \(StartNames.keyID)").reply
      #expect(reply.split(separator: "\n").count { $0.contains("KH-LINT-FORWARDED") } == count)
    }
  }
}
