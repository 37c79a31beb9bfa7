import Cloud
import Foundation
import Testing
import Values

@testable import Workbook

/// Every parser of the line language with texts that were cut, doubled and garbled: each comes back with
/// a value or an error, and the workbook still answers.
@Suite struct HostileInputTests {
  private struct Chance {
    var state: UInt64

    mutating func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(1, bound)
    }

    mutating func garble(_ text: String) -> String {
      var bytes = Array(text.utf8)
      let marks = Array("{}[]\"'\\$()<>|&;`#=:,.*?@-\n\t \u{0}é".utf8)
      for _ in 0...draw(4) {
        let place = draw(bytes.count + 1)
        switch draw(4) {
        case 0: bytes.insert(marks[draw(marks.count)], at: place)
        case 1: if place < bytes.count { bytes.remove(at: place) }
        case 2: bytes.removeLast(min(bytes.count, draw(8)))
        default: bytes.insert(contentsOf: bytes.prefix(draw(20)), at: place)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  static let lines = [
    "aws kinesis put-records --stream-name s --records Data=YQ==,PartitionKey=a 'Data=Yg==,PartitionKey=\"b\"'",
    "aws kms encrypt --key-id alias/x --plaintext aGk= --encryption-context '{\"a\": \"b\"}' --query 'A[?b>`1`].c|[0]'",
    "aws kinesis get-shard-iterator --stream-name my-existing-stream --shard-id shardId-000000000000 --shard-iterator-type AT_SEQUENCE_NUMBER --starting-sequence-number 49600871682957036442365024926191073437251060580128653314",
    "aws kinesis get-records --shard-iterator AAAAAAAAAAEAAAABAAAAAAAAAAAAAAADAAABm41ixLjKV/2QsEnmHuR7woyAhprr",
    "X=$(aws kms list-keys --query \"Keys[0].{a: KeyId}\") && echo \"$X\" > f.txt; cat f.txt || ls",
    "cat > p.json <<'EOF'\n{\"Version\": \"2012-10-17\", \"Statement\": []}\nEOF",
    "can producer kms:GenerateDataKey on 12345678-1234-1234-1234-123456789012 via my-existing-stream",
    "check reads back \"x\" from my-existing-stream by admin", "xray my-existing-stream 4960087168",
    "wait 10s", "undo 3",
    "lesson break-a-key-policy", "next", "hint", "predict deny", "answer 1", "explain narrated",
    "why", "query Keys[",
  ]

  @Test func garbledLinesAreAnswered() {
    var chance = Chance(state: 11)
    var workbook = Workbook()
    for round in 0..<1500 {
      let line = chance.garble(Self.lines[chance.draw(Self.lines.count)])
      let turn = workbook.feed(line)
      #expect((0...255).contains(turn.status), "\(line)")
      // Small, so that thousands of rounds do not fill the way back.
      if round % 100 == 99 { workbook = Workbook(seed: UInt64(round)) }
    }
    #expect(workbook.feed("aws kms list-keys").status == 0)
  }

  @Test func garbledPoliciesAreTakenOrRefused() {
    var chance = Chance(state: 5)
    let policy = """
      {"Version": "2012-10-17", "Statement": [{"Sid": "A b", "Effect": "Deny", "Principal": {"AWS": ["*"]},
        "NotAction": ["kms:*"], "Resource": "*", "Condition": {"ForAnyValue:StringLikeIfExists":
        {"kms:ViaService": ["kinesis.*", "${aws:username, 'x'}"]}, "Null": {"a:b": "true"}}}]}
      """
    var workbook = Workbook()
    for _ in 0..<800 {
      let text = chance.garble(policy)
      _ = workbook.feed("cat > p.json <<'K'\n\(text)\nK")
      _ = workbook.feed(
        "aws kms put-key-policy --key-id 12345678-1234-1234-1234-123456789012 --policy file://p.json --bypass-policy-lockout-safety-check"
      )
      _ = workbook.feed(
        "aws kms describe-key --key-id 12345678-1234-1234-1234-123456789012 --profile auditor")
      workbook.undoable = []
    }
    #expect(workbook.feed("aws kms list-keys").status == 0)
  }

  @Test func garbledLessonsAndTranscriptsAreTakenOrRefused() throws {
    var chance = Chance(state: 9)
    let lesson = try #require(LessonShelf.entries.first?.text)
    let transcript =
      "keyhole-transcript 1\nseed 1  clock 2026-01-05T09:00:00Z  model described\n> echo [a]\n| [..]\n~ 12\n? x met\n@ y\n# z\n"
    for _ in 0..<400 {
      _ = try? LessonParser.parse(chance.garble(lesson), file: "x.md", fingerprint: "")
      if let parsed = try? Transcript(parsing: chance.garble(transcript)) {
        _ = Replay(parsed, level: .words).run()
        _ = Replay(parsed, level: .words).updated(decisions: true)
      }
    }
  }
}
