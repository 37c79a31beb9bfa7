import Narration
import Testing
import Values

@testable import Workbook

@Suite struct ClientCheckTests {
  private func workbook() -> Workbook {
    var workbook = Workbook()
    workbook.explain = .off
    return workbook
  }

  @Test func howLongABlobIsTheServiceSays() {
    var workbook = workbook()
    let turn = workbook.feed("aws kms encrypt --key-id alias/x --plaintext ''")
    #expect(turn.status == 254)
    #expect(turn.errors.contains("ValidationException"))
  }

  @Test func aWaiterTakesAWholeInput() {
    var workbook = workbook()
    let turn = workbook.feed(
      "aws kinesis wait stream-exists --cli-input-json '{\"StreamName\":\"my-existing-stream\"}'")
    #expect(turn.status == 0, "\(turn.errors)")
  }

  @Test func queryNamesTheCommandThatAnsweredNothing() {
    var workbook = workbook()
    #expect(workbook.feed("query @").errors.contains("There was no reply yet"))
    _ = workbook.feed("aws kinesis list-streams")
    #expect(workbook.feed("query StreamNames").status == 0)
    _ = workbook.feed("aws kinesis create-stream --stream-name zz --shard-count 1")
    #expect(
      workbook.feed("query @").errors
        == "aws kinesis create-stream answered nothing: there is no reply to ask.\n")
  }

  @Test func configureListShowsTheKeyThatWasSet() {
    var workbook = workbook()
    _ = workbook.feed("aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE")
    #expect(workbook.feed("aws configure list").reply.contains("****************MPLE"))
    _ = workbook.feed("undo")
    #expect(workbook.feed("aws iam list-users --query 'length(Users)'").status == 0)
  }

  @Test func anExportedScriptKeepsBracesTogether() {
    var workbook = workbook()
    _ = workbook.feed("NAME=orders")
    _ = workbook.feed(
      "aws kms create-grant --key-id 12345678-1234-1234-1234-123456789012 --grantee-principal "
        + "arn:aws:iam::123456789012:user/admin --operations Decrypt "
        + "--constraints EncryptionContextSubset={a=b,c=d} --name ${NAME}-grant")
    let script = workbook.feed("export-script").reply
    #expect(script.contains("EncryptionContextSubset=\\{a=b,c=d}"))
    #expect(script.contains("--name ${NAME}-grant"))
  }

  @Test func helpOfAnS3CommandExplainsItsOptions() {
    var workbook = workbook()
    let help = workbook.feed("aws s3 cp help").reply
    #expect(help.hasPrefix("aws s3 cp FROM TO"))
    #expect(help.contains("--dryrun"))
    #expect(workbook.feed("aws cloudformation help").reply.contains("wait ") == false)
  }
}
