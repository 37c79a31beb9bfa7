import Cloud
import Narration
import Testing
import Values

@testable import Workbook

@Suite struct VisibilityTests {
  private static let key =
    "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"

  private static func columns(_ ways: [Visibility.Way], _ model: Model) -> [Visibility.Column] {
    Visibility(ways, in: Workbook(model: model)).columns
  }

  private static func text(_ column: Visibility.Column) -> [String] {
    Visibility.Secret.allCases.map { secret in
      Visibility.Place.allCases.map { column[$0, secret].name }.joined(separator: " ")
    }
  }

  /// client, TLS, Kinesis, KMS, disk; for the record, the data key and the KMS key.
  @Test(arguments: Model.allCases) func eachWayShowsItsSecretsToOthers(model: Model) throws {
    let columns = Self.columns(Visibility.ways(key: Self.key), model)
    try #require(columns.count == 4)
    for column in columns {
      #expect(column.refusal == nil, "\(String(describing: column.refusal))")
    }
    #expect(
      Self.text(columns[0]) == [
        "clear clear clear - clear", "- - - - -", "- - - - -",
      ])
    #expect(
      Self.text(columns[1]) == [
        "clear clear clear - sealed", "- - clear clear sealed", "- - - clear -",
      ])
    #expect(
      Self.text(columns[2]) == [
        "clear sealed sealed - sealed", "clear clear sealed clear sealed", "- - - clear -",
      ])
    #expect(
      Self.text(columns[3]) == [
        "clear clear sealed clear sealed", "- - - - -", "- - - clear -",
      ])
  }

  /// The matrix follows the calls: the same ways with one line less, or another one in its place.
  @Test func otherCallsGiveAnotherMatrix() throws {
    var ways = Visibility.ways(key: Self.key)
    ways[1].lines.removeAll { $0.contains("start-stream-encryption") }
    ways[2].lines = ways[2].lines.map {
      $0.replacing("fileb://visibility.sealed", with: "fileb://visibility-record.txt")
    }.filter { !$0.contains("--decrypt") }
    ways[3].lines = ways[3].lines.map {
      $0.replacing("--data $SEALED", with: "--data fileb://visibility-record.txt")
    }.filter { !$0.contains("kms decrypt") }
    let columns = Self.columns(ways, .described)
    #expect(Self.text(columns[1]) == Self.text(columns[0]))
    #expect(columns[2][.kinesis, .record] == .clear)
    #expect(columns[2][.disk, .record] == .clear)
    #expect(columns[2][.disk, .dataKey] == .absent)
    #expect(columns[3][.kms, .record] == .clear)
    #expect(columns[3][.disk, .record] == .clear)
  }

  @Test func itRunsOnACopyAndSaysWhereAWayEnded() {
    var workbook = Workbook()
    let digest = workbook.desk.world.digest
    let files = workbook.desk.files
    let turn = workbook.feed("visibility")
    #expect(turn.status == 0)
    #expect(turn.reply.contains("GenerateDataKey by Kinesis"))
    #expect(turn.reply.contains("KMS never saw the record"))
    #expect(workbook.desk.world.digest == digest)
    #expect(workbook.desk.files == files)
    #expect(workbook.desk.world.streams.slot(named: Visibility.stream, in: .usEast1) == nil)
    _ = workbook.feed("aws kms disable-key --key-id 12345678-1234-1234-1234-123456789012")
    let refused = workbook.feed("visibility")
    #expect(refused.reply.contains("client-side, envelope: from PutRecord") == false)
    #expect(refused.reply.contains("KMSDisabledException"))
    #expect(refused.reply.contains("it ended at: SEALED="))
    _ = workbook.feed("aws kinesis create-stream --stream-name my-secure-stream --shard-count 2")
    _ = workbook.feed("wait 15s")
    _ = workbook.feed("aws kms enable-key --key-id 12345678-1234-1234-1234-123456789012")
    #expect(!workbook.feed("visibility").reply.contains("it ended at"))
    workbook.explain = .narrated
    #expect(workbook.feed("visibility").reply.contains("With no encryption:"))
    #expect(workbook.feed("visibility --lines").reply.contains("aws-encryption-cli"))
    #expect(workbook.feed("visibility --key-id alias/none").status == 2)
    #expect(workbook.feed("visibility x").status == 2)
  }

  /// Roles that a lesson has narrowed to its own stream have what is needed on the copy.
  @Test(arguments: Model.allCases) func narrowedRolesDoNotEmptyTheMatrix(model: Model) {
    var workbook = Workbook(model: model)
    for (role, name) in [
      ("kinesis-producer-role", "ProducerAccess"), ("kinesis-consumer-role", "ConsumerAccess"),
    ] {
      _ = workbook.feed(
        "aws iam put-role-policy --role-name \(role) --policy-name \(name) --policy-document "
          + "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"kinesis:*\","
          + "\"Resource\":\"arn:aws:kinesis:us-east-1:123456789012:stream/orders\"}]}'")
    }
    let reply = workbook.feed("visibility").reply
    #expect(!reply.contains("it ended at"))
    #expect(reply.contains("With server-side encryption KMS never saw the record"))
  }

  /// What was refused is not drawn as if nobody saw anything.
  @Test func aRefusedWayIsNotDrawn() {
    var workbook = Workbook()
    _ = workbook.feed("aws kms disable-key --key-id 12345678-1234-1234-1234-123456789012")
    let page = workbook.feed("visibility").reply
    #expect(page.components(of: "not drawn: refused") == 3)
    #expect(!page.contains("KMS never saw the record"))
    workbook.explain = .narrated
    #expect(!workbook.feed("visibility").reply.contains("The KMS key is sealed"))
  }
}
