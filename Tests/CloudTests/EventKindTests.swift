import Testing

@testable import Cloud

struct EventKindRow: CustomTestStringConvertible, Sendable {
  var id: OperationID
  var source: String
  var isData = false
  var isReadOnly: Bool
  var testDescription: String { id.rawValue }
}

@Suite struct EventKindTests {
  @Test func anOperationFindsItsOwnKind() {
    for (index, id) in OperationID.allCases.enumerated() {
      #expect(id.index == index)
      #expect(id.kind == EventKind(id))
      #expect(id.kind.isData == !id.kind.dataType.isEmpty || id.service == "logs")
    }
  }

  static let rows: [EventKindRow] = [
    .init(id: .generateDataKey, source: "kms.amazonaws.com", isReadOnly: true),
    .init(id: .decrypt, source: "kms.amazonaws.com", isReadOnly: true),
    .init(id: .generateRandom, source: "kms.amazonaws.com", isReadOnly: true),
    .init(id: .reEncrypt, source: "kms.amazonaws.com", isReadOnly: true),
    .init(id: .describeKey, source: "kms.amazonaws.com", isReadOnly: true),
    .init(id: .createKey, source: "kms.amazonaws.com", isReadOnly: false),
    .init(id: .disableKey, source: "kms.amazonaws.com", isReadOnly: false),
    .init(id: .createGrant, source: "kms.amazonaws.com", isReadOnly: false),
    .init(id: .putKeyPolicy, source: "kms.amazonaws.com", isReadOnly: false),
    .init(id: .createStream, source: "kinesis.amazonaws.com", isReadOnly: false),
    .init(id: .describeStream, source: "kinesis.amazonaws.com", isReadOnly: true),
    .init(id: .putRecord, source: "kinesis.amazonaws.com", isData: true, isReadOnly: false),
    .init(id: .getRecords, source: "kinesis.amazonaws.com", isData: true, isReadOnly: true),
    .init(id: .getShardIterator, source: "kinesis.amazonaws.com", isData: true, isReadOnly: true),
    .init(id: .assumeRole, source: "sts.amazonaws.com", isReadOnly: true),
    .init(id: .simulatePrincipalPolicy, source: "iam.amazonaws.com", isReadOnly: true),
    .init(id: .createAccessKey, source: "iam.amazonaws.com", isReadOnly: false),
  ]

  @Test(arguments: rows) func aKindIsWhatIsDocumented(row: EventKindRow) {
    #expect(row.id.kind.source == row.source)
    #expect(row.id.kind.name == row.id.operation)
    #expect(row.id.kind.isData == row.isData)
    #expect(row.id.kind.isReadOnly == row.isReadOnly)
    #expect(row.id.kind.isGlobal == ["iam", "sts"].contains(row.id.service))
  }
}
