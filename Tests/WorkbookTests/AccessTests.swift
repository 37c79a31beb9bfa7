import Cloud
import Testing
import Values

@testable import Workbook

@Suite struct AccessTests {
  /// Commands that open or close something, tried one after the other.
  private static let commands = [
    "aws iam delete-role-policy --role-name kinesis-consumer-role --policy-name ConsumerAccess",
    "aws kms put-key-policy --key-id \(StartNames.keyID) --policy file://open.json",
    "aws kms create-key", "aws kinesis create-stream --stream-name extra --shard-count 1",
    "aws kms disable-key --key-id \(StartNames.keyID)", "model documented",
  ]

  private static let open = """
    cat > open.json <<'EOF'
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}
    EOF
    """

  @Test(arguments: commands) func whatIfSaysWhatApplyingWouldMeasure(_ command: String) {
    var workbook = Workbook()
    _ = workbook.feed(Self.open)
    let before = AccessMatrix(of: workbook.desk.cloud)
    let digest = workbook.desk.world.digest
    let told = workbook.feed("what-if \(command)")
    #expect(told.status == 0)
    #expect(workbook.desk.world.digest == digest)
    _ = workbook.feed(command)
    let changes = AccessMatrix(of: workbook.desk.cloud).changes(since: before)
    for change in changes {
      let row = told.reply.split(separator: "\n").first {
        $0.contains(change.isAllowed ? "gains" : "loses")
          && $0.contains(" \(change.cell.principal) ")
          && $0.contains("\(change.cell.action) ") && $0.contains(change.cell.resource)
      }
      #expect(row != nil, "\(change.cell)")
    }
    let rows = told.reply.split(separator: "\n").count {
      $0.hasPrefix("  gains") || $0.hasPrefix("  loses")
    }
    #expect(rows == changes.count)
  }

  @Test func takingAPolicyAwayTakesExactlyItsCells() {
    var workbook = Workbook(model: .documented)
    let before = AccessMatrix(of: workbook.desk.cloud)
    _ = workbook.feed(
      "aws kms put-key-policy --key-id \(StartNames.keyID) --policy \"$(aws kms get-key-policy --key-id \(StartNames.keyID) --query Policy --output text)\""
    )
    #expect(AccessMatrix(of: workbook.desk.cloud).changes(since: before).isEmpty)
    _ = workbook.feed(
      "aws iam delete-role-policy --role-name kinesis-producer-role --policy-name ProducerAccess")
    let changes = AccessMatrix(of: workbook.desk.cloud).changes(since: before)
    // The key's policy names the producer, so nothing changes there; the guide's stream is not made.
    #expect(changes.isEmpty)
  }

  @Test func whoCanTellsForbiddenFromNotPermitted() {
    var workbook = Workbook()
    _ = workbook.feed(
      "cat > d.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}\nE"
    )
    _ = workbook.feed(
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name D --policy-document file://d.json"
    )
    let reply = workbook.feed("who-can kms:Encrypt on \(StartNames.keyID)").reply
    #expect(reply.contains("producer  forbidden      identity:D#1"))
    #expect(reply.contains("consumer  not permitted"))
    #expect(reply.contains("admin     yes"))
  }

  @Test func changesCountFromTheLastMatrix() {
    var workbook = Workbook()
    #expect(workbook.feed("matrix changes").reply.contains("no matrix before"))
    #expect(workbook.feed("matrix changes").reply == "No answer changed.\n")
    _ = workbook.feed("model documented")
    #expect(workbook.feed("matrix changes").reply.contains("gains  admin  kms:Decrypt"))
    #expect(workbook.feed("matrix changes").reply == "No answer changed.\n")
  }

  @Test(arguments: [
    "who-can", "who-can x y z", "who-can kms:Decrypt on nothing", "what-can", "what-can nobody",
    "matrix x", "what-if",
  ])
  func wrongUseIsTold(_ line: String) {
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect(turn.status == 2)
    #expect(turn.errors.contains("usage:"))
  }
}
