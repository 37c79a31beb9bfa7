import Cloud
import Narration
import Testing
import Values

@testable import Workbook

/// The verb `vpc-endpoint`, and what the questions about permissions make of it.
@Suite struct EndpointVerbTests {
  private static let key = StartNames.keyID
  private static let encrypt = "aws kms encrypt --key-id \(key) --plaintext aGk="

  private static func file(_ statements: String) -> String {
    "cat > e.json <<'E'\n{\n  \"Statement\": [\n    \(statements)\n  ]\n}\nE"
  }
  private static let onlyLists = file(
    "{\"Sid\": \"Lists\", \"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:List*\", \"Resource\": \"*\"}"
  )
  private static let notProducer = file(
    "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"*\", \"Resource\": \"*\"},\n"
      + "    {\"Sid\": \"NoCrypto\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}"
  )

  private func lab(_ lines: [String]) -> Workbook {
    var workbook = Workbook(model: .documented)
    for line in lines {
      let turn = workbook.feed(line)
      #expect(turn.status == 0, "\(line): \(turn.errors)")
    }
    return workbook
  }

  @Test func endpointsAreMadeListedAndEnded() throws {
    var workbook = lab([])
    #expect(workbook.feed("vpc-endpoint").reply.contains("There is no VPC endpoint"))
    let made = workbook.feed("vpc-endpoint kms").reply
    #expect(made.contains("com.amazonaws.us-east-1.kms"))
    #expect(made.contains("\"Principal\": \"*\""))
    _ = workbook.feed("vpc-endpoint com.amazonaws.us-east-1.kinesis-streams")
    let list = workbook.feed("vpc-endpoint").reply
    for endpoint in workbook.desk.world.endpoints.all { #expect(list.contains(endpoint.id)) }
    #expect(list.contains("kinesis") && list.contains("lets everything through"))
    // Asking for one that is there changes nothing.
    let digest = workbook.desk.world.digest
    #expect(workbook.feed("vpc-endpoint kms").reply == made)
    #expect(workbook.desk.world.digest == digest)
    #expect(workbook.feed("vpc-endpoint kms off").status == 0)
    #expect(workbook.desk.world.endpoints.all.map(\.service) == [.kinesis])
    _ = workbook.feed("vpc-endpoint off")
    #expect(workbook.desk.world.endpoints.all.isEmpty)
  }

  @Test(arguments: [
    ("vpc-endpoint kns", "did you mean kms?"), ("vpc-endpoint iam", "over the internet"),
    ("vpc-endpoint kms --policy", "--policy wants"), ("vpc-endpoint kms on", "not \"on\""),
    ("vpc-endpoint kms --policy e.json x", "not \"x\""), ("vpc-endpoint kms off", "has no VPC"),
    ("vpc-endpoint off kms", "no further word"),
    ("vpc-endpoint kms --policy f.json", "did you mean e.json?"),
    (
      "vpc-endpoint kms --policy '{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}'",
      "Principal"
    ),
    ("vpc-endpoint kms --policy '{'", "invalid Json"),
  ]) func aWrongLineSaysWhatWouldWork(_ line: String, _ says: String) {
    var workbook = lab([Self.onlyLists])
    let turn = workbook.feed(line)
    #expect(turn.status == 2, "\(turn.reply)")
    #expect(turn.errors.contains(says), "\(turn.errors)")
    #expect(workbook.desk.world.endpoints.all.isEmpty)
  }

  @Test func aPolicyThatIsTooLongIsRefused() {
    let long = String(repeating: " ", count: 20_480)
    var workbook = lab([Self.file(long)])
    #expect(workbook.feed("vpc-endpoint kms --policy e.json").errors.contains("at most 20,480"))
  }

  @Test func whyPointsAtTheElementOfTheEndpointsPolicy() {
    var workbook = lab([Self.onlyLists, "vpc-endpoint kms --policy e.json"])
    let refused = workbook.feed(Self.encrypt)
    #expect(refused.errors.contains("because no VPC endpoint policy allows the kms:Encrypt action"))
    #expect(refused.page.text.contains("through the VPC endpoint vpce-"))
    let why = workbook.feed("why").reply
    #expect(why.contains("KH-NO-ENDPOINT"))
    #expect(why.contains("nearest: endpoint:kms:Lists fits, except its Action"), "\(why)")
    let lines = why.split(separator: "\n").map(String.init)
    if let place = lines.firstIndex(where: { $0.contains("\"Action\": \"kms:List*\"") }),
      let start = lines[place].firstRange(of: "\"kms:List*\"")
    {
      let column = lines[place].distance(from: lines[place].startIndex, to: start.lowerBound)
      let caret = lines[place + 1].prefix { $0 == " " }.count
      #expect(caret == column, "\(why)")
      #expect(lines[place + 1].contains("^^^^"))
    } else {
      Issue.record("\(why)")
    }
  }

  @Test func canAndMatrixAskTheEndpointAndWhatIfTriesOne() {
    var workbook = lab([Self.onlyLists])
    let matrix = AccessMatrix(of: workbook.desk.cloud)
    let tried = workbook.feed("what-if vpc-endpoint kms --policy e.json").reply
    #expect(tried.contains("loses") && tried.contains("kms:Encrypt"), "\(tried)")
    // What Kinesis asks for is asked as before.
    #expect(!tried.contains(" via "), "\(tried)")
    #expect(workbook.desk.world.endpoints.all.isEmpty)
    _ = workbook.feed("checkpoint")
    _ = workbook.feed("vpc-endpoint kms --policy e.json")
    let can = workbook.feed("can admin kms:Encrypt on \(Self.key)")
    #expect(can.status == 1 && can.reply.contains("VPC endpoint policy"), "\(can.reply)")
    #expect(workbook.feed("can admin kms:ListKeys on *").status == 0)
    let lost = workbook.feed("matrix changes").reply
    #expect(lost.contains("nearest endpoint:kms:Lists"), "\(lost)")
    let changes = AccessMatrix(of: workbook.desk.cloud).changes(since: matrix)
    #expect(!changes.isEmpty && changes.allSatisfy { !$0.isAllowed })
    #expect(changes.allSatisfy { $0.cell.action.hasPrefix("kms:") })
  }

  @Test(arguments: [onlyLists, notProducer])
  func fixOpensTheEndpointForTheCallAndNothingElse(_ file: String) throws {
    var workbook = lab([file, "vpc-endpoint kms --policy e.json"])
    #expect(workbook.feed(Self.encrypt).status == 254)
    let before = AccessMatrix(of: workbook.desk.cloud)
    let told = workbook.feed("fix").reply
    #expect(told.contains("vpc-endpoint kms --policy '"), "\(told)")
    #expect(workbook.feed("fix --apply").status == 0)
    #expect(workbook.feed(Self.encrypt).status == 0)
    let changes = AccessMatrix(of: workbook.desk.cloud).changes(since: before)
    #expect(Set(changes.map(\.cell.principal)) == ["admin"], "\(changes)")
    #expect(Set(changes.map(\.cell.action)) == ["kms:Encrypt"])
  }

  @Test func undoAndATranscriptKeepEndpoints() throws {
    let lines = [
      Self.onlyLists, "vpc-endpoint kms --policy e.json", Self.encrypt, "vpc-endpoint kms off",
      Self.encrypt, "undo", Self.encrypt, "why", "vpc-endpoint",
    ]
    var workbook = Workbook(model: .documented)
    var record = workbook.header
    var statuses: [Int32] = []
    for line in lines {
      let turn = workbook.feed(line)
      record += turn.record
      statuses.append(turn.status)
    }
    #expect(statuses == [0, 0, 254, 0, 0, 0, 254, 0, 0])
    #expect(workbook.desk.world.endpoints[.kms] != nil)
    let transcript = try Transcript(parsing: record.joined(separator: "\n") + "\n")
    #expect(Replay(transcript, level: .words).run() == nil)
    #expect(record.contains { $0.hasPrefix("~ ") })
  }
}
