import Cloud
import Foundation
import Narration
import Testing

@testable import Workbook

@Suite struct ScriptExportTests {
  /// What `bash -n` says about a script; nothing when it is well.
  private func complaint(about script: String) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-n"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardError = output
    try process.run()
    input.fileHandleForWriting.write(Data(script.utf8))
    try input.fileHandleForWriting.close()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? nil : String(decoding: said, as: UTF8.self)
  }

  @Test(arguments: LessonShelf.entries.map(\.id)) func theScriptOfALessonIsBash(_ id: String) throws
  {
    let lesson = try #require(LessonShelf.entry(id)).lesson()
    let script = Workbook.script(of: lesson, seed: 1)
    #expect(try complaint(about: script) == nil)
    // Neither the lab's account nor its key is left outside the files that are set right.
    var isFile = false
    for line in script.split(separator: "\n")
    where !line.hasPrefix("#") && !line.contains("words=(-e ") {
      if line.contains("<<'") { isFile = true }
      if !isFile {
        #expect(!line.contains("123456789012"), "\(line)")
        #expect(!line.contains(StartNames.keyID), "\(line)")
      }
      if line == "END_OF_FILE" || line == "EOF" { isFile = false }
    }
  }

  private func script(_ lines: String...) -> String {
    var workbook = Workbook()
    workbook.explain = .off
    for line in lines { _ = workbook.feed(line) }
    return workbook.feed("export-script").reply
  }

  @Test func whatALaterLineOwesToAReplyComesOutOfIt() throws {
    var workbook = Workbook()
    let key = workbook.feed("aws kms create-key").reply
    let id = try #require(key.firstMatch(of: /"KeyId": "([^"]+)"/)).1
    let script = script(
      "aws kms create-key", "aws kms create-alias --alias-name alias/mine --target-key-id \(id)")
    #expect(
      script.contains(
        "KEYID_1=$(aws kms create-key --query 'KeyMetadata.KeyId' --output text)\n"
          + "later aws kms schedule-key-deletion --key-id \"${KEYID_1}\" --pending-window-in-days 7\n"
      ), "\(script)")
    #expect(script.contains("--target-key-id ${KEYID_1}\n"))
    #expect(script.contains("later aws kms delete-alias --alias-name alias/mine\n"))
  }

  @Test func verbsBecomeWhatAnAccountCanDo() {
    let script = script(
      "as producer", "wait 10s", "wait 30d", "xray my-existing-stream",
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk=",
      "aws kinesis describe-stream --stream-name nothing --profile admin")
    #expect(script.contains("\nsleep 10\n"))
    #expect(script.contains("went on by 30d here"))
    #expect(script.contains("# lab: xray my-existing-stream"))
    #expect(script.contains("aws --profile producer kinesis put-record --stream-name"))
    #expect(script.contains("take_role producer kinesis-producer-role"))
    #expect(
      script.contains(
        "# not in the lab: ResourceNotFoundException\n"
          + "#   aws kinesis describe-stream --stream-name nothing --profile admin\n"))
  }

  @Test func aLineThatOnlyTheGuideKnowsIsTakenApart() {
    let script = script(
      "aws kinesis create-stream --stream-name s --shard-count 1 --key-id 12345678-1234-1234-1234-123456789012"
    )
    #expect(script.contains("aws kinesis create-stream --stream-name s --shard-count 1\n"))
    #expect(
      script.contains(
        "start-stream-encryption --stream-name s --encryption-type KMS --key-id ${KEYHOLE_KEY}\n"))
    #expect(script.contains("later aws kinesis delete-stream --stream-name s "))
  }

  @Test func aTranscriptAndAnUnknownNameAreTold() {
    var workbook = Workbook()
    let unknown = workbook.feed("export-script enable-ssx")
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("did you mean enable-sse"))
    _ = workbook.feed(
      "cat > t <<'EOF'\nkeyhole-transcript 1\nseed 1  clock 2026-01-05T09:00:00Z  model described\n> aws kms list-keys\nEOF"
    )
    #expect(workbook.feed("export-script t").reply.contains("\naws kms list-keys\n"))
  }

  /// What a plain search over all values finds, the longest first.
  @Test func valuesAreFoundWhereverTheyStand() {
    var workbook = Workbook()
    _ = workbook.feed(
      "ARN=arn:aws:kms:us-east-1:1:key/0123-4567 ID=key/0123-4567 AGAIN=$ID SHORT=key/0123 "
        + "BLANK='key with a blank'")
    var variables = ScriptVariables()
    variables.hold("p-12345678", in: "ID_1")
    variables.follow(workbook.desk.variables)
    let text = "é arn:aws:kms:us-east-1:1:key/0123-4567 xkey/0123-4567p-12345678 key with a blank"
    func shown() -> [String] {
      variables.longest(in: text).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.name)" }
    }
    #expect(shown() == ["3 ARN", "27 AGAIN", "42 AGAIN", "55 ID_1"])
    #expect(ScriptText.localised(text, variables).hasPrefix("é ${ARN} x${AGAIN}${ID_1} key"))
    #expect(ScriptText.quoted("ékey/0123-4567", variables) == "\"é${AGAIN}\"")
    #expect(variables.all(in: text).map(\.name) == ["ARN", "AGAIN", "ID", "ID_1"])
    #expect(variables.holder(ofWhole: "key/0123-4567") == "AGAIN")
    #expect(variables.has("key/0123") && !variables.has("p-12345678"))
    // As the session's variables change, what is found does.
    _ = workbook.feed("unset AGAIN; ARN='something else'")
    variables.follow(workbook.desk.variables)
    #expect(shown() == ["27 ID", "42 ID", "55 ID_1"])
  }

  @Test func valuesBetweenSingleQuotesAreTakenOutOfThem() {
    let text = ScriptText.localised(
      #"aws x --p '{"a": "arn:aws:iam::123456789012:root"}' --q "123456789012""#, ScriptVariables())
    #expect(
      text
        == #"aws x --p '{"a": "arn:aws:iam::'"${KEYHOLE_ACCOUNT}"':root"}' --q "${KEYHOLE_ACCOUNT}""#
    )
  }
}
