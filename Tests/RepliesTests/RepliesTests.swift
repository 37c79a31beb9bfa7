import Foundation
import Testing
import Values

@testable import Replies

@Suite struct JMESPathTests {
  private static let document = #"""
    {"Shards": [{"ShardId": "s0", "n": 2, "tags": ["a"]}, {"ShardId": "s1", "n": 1, "tags": []}],
     "StreamDescription": {"StreamStatus": "ACTIVE", "KeyId": null}, "empty": [], "a-b": 1}
    """#

  @Test(arguments: [
    ("Shards[0].ShardId", #""s0""#), ("Shards[-1].n", "1"), ("Shards[*].n", "[2, 1]"),
    ("Shards[?n > `1`].ShardId", #"["s0"]"#), ("Shards[].tags[]", #"["a"]"#),
    ("StreamDescription.[StreamStatus, KeyId]", #"["ACTIVE", null]"#),
    ("StreamDescription.{s: StreamStatus}", #"{"s": "ACTIVE"}"#), ("length(Shards)", "2"),
    ("Shards[*].ShardId | [0]", #""s0""#), (#""a-b""#, "1"), ("missing.x", "null"),
    ("sort_by(Shards, &n)[0].ShardId", #""s1""#), ("Shards[::-1].n", "[1, 2]"),
    ("empty || 'x'", #""x""#), ("!empty && Shards[0].n == `2`", "true"),
    ("max_by(Shards, &n).ShardId", #""s0""#), ("join('-', Shards[*].ShardId)", #""s0-s1""#),
    ("to_string(Shards[0].tags)", #""[\"a\"]""#),
    ("keys(StreamDescription)", #"["StreamStatus", "KeyId"]"#),
    ("map(&ShardId, Shards)", #"["s0", "s1"]"#), ("@.StreamDescription.StreamStatus", #""ACTIVE""#),
  ]) func anExpressionFindsWhatTheSpecificationSays(_ expression: String, _ result: String) throws {
    let document = try JSON(parsing: Self.document)
    #expect(try JMESPath(parsing: expression).search(document).line == result)
  }

  @Test func theErrorsReadAsTheCommandLinePrintsThem() {
    let open = #expect(throws: JMESPathError.self) { try JMESPath(parsing: "StreamNames[") }
    #expect(
      open?.message
        == "Invalid jmespath expression: Incomplete expression:\n\"StreamNames[\"\n             ^")
    let unknown = #expect(throws: JMESPathError.self) {
      try JMESPath(parsing: "count(@)").search([])
    }
    #expect(unknown?.message == "Unknown function: count()")
    let type = #expect(throws: JMESPathError.self) {
      try JMESPath(parsing: "length(x)").search([:])
    }
    #expect(
      type?.message
        == "In function length(), invalid type for value: None, expected one of: ['string', 'array', 'object'], received: \"null\""
    )
  }

  /// The client's own library ends the projection behind one name, and gives null for the first.
  @Test(arguments: [
    ("a.*.b.c", "[1, 3]"), ("a.*.b.[c]", "[[1], [3]]"), ("a.*.b.length(@)", "[1, 1]"),
    ("values(a)[].b.c", "[1, 3]"), ("*.*.b.c", "[[1, 3]]"),
  ]) func aProjectionOfValuesGoesOnAsTheSpecificationSays(_ expression: String, _ result: String)
    throws
  {
    let document: JSON = ["a": ["x": ["b": ["c": 1]], "y": ["b": ["c": 3]]]]
    #expect(try JMESPath(parsing: expression).search(document).line == result)
  }

  @Test func deepNestingIsRefused() {
    let text = String(repeating: "(", count: 1_000)
    #expect(throws: JMESPathError.self) { try JMESPath(parsing: text) }
    let long = String(repeating: "a.", count: 100_000) + "a"
    #expect(throws: JMESPathError.self) { try JMESPath(parsing: long) }
  }

  /// The official suite, where it stands beside the project or where KEYHOLE_CONFORMANCE says.
  private static var suite: URL {
    let named = ProcessInfo.processInfo.environment["KEYHOLE_CONFORMANCE"]
    let beside = URL(filePath: #filePath).appending(path: "../../../../shared/conformance")
    return (named.map { URL(filePath: $0) } ?? beside.standardizedFileURL).appending(
      path: "jmespath")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: suite.path())))
  func theOfficialSuitePasses() throws {
    var cases = 0
    let files = try #require(
      FileManager.default.enumerator(at: Self.suite, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "json" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for group in try JSON(parsing: text).array ?? [] {
        for row in group["cases"]?.array ?? [] {
          guard let expression = row["expression"]?.string else { continue }
          cases += 1
          check(expression, row, group["given"] ?? .null, file.lastPathComponent)
        }
      }
    }
    #expect(cases > 500)
  }

  private func check(_ expression: String, _ row: JSON, _ given: JSON, _ file: String) {
    do throws(JMESPathError) {
      let found = try JMESPath(parsing: expression).search(given)
      if let error = row["error"]?.string {
        Issue.record("\(file): \(expression) should fail with \(error)")
      } else if let wanted = row["result"] {
        #expect(found.isSame(as: wanted), "\(file): \(expression) gave \(found.line)")
      }
    } catch {
      guard let wanted = row["error"]?.string else {
        Issue.record("\(file): \(expression) failed: \(error.message)")
        return
      }
      #expect(
        error.kind.rawValue == wanted || (wanted == "runtime" && error.kind != .syntax),
        "\(file): \(expression): \(error.kind.rawValue), not \(wanted)")
    }
  }
}

@Suite struct TextReplyTests {
  /// Each row as the CLI's own formatter prints it.
  @Test(arguments: [
    (#"{"StreamNames": ["a", "b"]}"#, "STREAMNAMES\ta\nSTREAMNAMES\tb\n"),
    (#"["ACTIVE", "NONE", null]"#, "ACTIVE\tNONE\tNone\n"), (#""x""#, "x\n"), ("true", "True\n"),
    (#"{"b": 1, "a": "x"}"#, "x\t1\n"),
    (
      #"{"Keys": [{"KeyId": "1", "KeyArn": "arn"}, {"KeyId": "2", "KeyArn": "arn2"}]}"#,
      "KEYS\tarn\t1\nKEYS\tarn2\t2\n"
    ), ("[]", ""), (#"[["a", "b"], ["c", "d"]]"#, "a\tb\nc\td\n"),
  ]) func rowHolds(_ json: String, _ text: String) throws {
    #expect(try ReplyFormat.text.render(.single(try JSON(parsing: json)), operation: "X") == text)
  }

  @Test func emptyRepliesAndOffPrintNothing() throws {
    #expect(try ReplyFormat.json.render(.single(nil), operation: "X") == "")
    #expect(try ReplyFormat.json.render(.single([:]), operation: "X") == "")
    #expect(try ReplyFormat.off.render(.single(["a": 1]), operation: "X") == "")
    #expect(try ReplyFormat.json.render(.single(.null), operation: "X") == "null\n")
  }
}

@Suite struct PageMergerTests {
  @Test func pagesAreJoinedAndWhatIsTheSameComesAfter() throws {
    let merger = PageMerger(resultKeys: ["D.Shards"], nonAggregateKeys: ["D.Name", "D.KeyId"])
    let merged = merger.merge([
      ["D": ["Name": "s", "Shards": [1], "More": true]],
      ["D": ["Name": "s", "Shards": [2], "More": false]],
    ])
    #expect(merged.line == #"{"D": {"Shards": [1, 2], "Name": "s", "KeyId": null}}"#)
  }

  @Test func aListThatOnlyALaterPageHasComesLast() {
    let merger = PageMerger(resultKeys: ["Contents", "Prefixes"], nonAggregateKeys: ["Name"])
    let merged = merger.merge([
      ["Prefixes": ["a/"], "Name": "n"], ["Contents": ["c"]], ["Contents": ["d"], "Prefixes": []],
    ])
    #expect(merged.line == #"{"Prefixes": ["a/"], "Contents": ["c", "d"], "Name": "n"}"#)
  }

  @Test func numbersOfPagesAreAddedAndTextsPutTogether() {
    let merger = PageMerger(resultKeys: ["Count", "Text", "Map"], nonAggregateKeys: [])
    let merged = merger.merge([
      ["Count": 1, "Text": "a", "Map": ["x": 1]], ["Count": 2, "Text": "b", "Map": ["y": 2]],
    ])
    #expect(merged.line == #"{"Count": 3, "Text": "ab", "Map": {"x": 1}}"#)
  }

  @Test func aPathIsReadTheSameWithAndWithoutAParser() {
    let page: JSON = ["D": ["Shards": [["Id": "s0"], ["Id": "s1"]], "None": .null]]
    #expect(PageMerger.value(at: "D.Shards", in: page)?.array?.count == 2)
    #expect(PageMerger.value(at: "D.Shards[-1].Id", in: page) == "s1")
    #expect(PageMerger.value(at: "D.None", in: page) == nil)
    #expect(PageMerger.value(at: "D.Shards.Id", in: page) == nil)
  }
}
