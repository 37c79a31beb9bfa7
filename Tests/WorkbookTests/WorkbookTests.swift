import Cloud
import Foundation
import Narration
import Testing
import Values

@testable import Workbook

/// The project's folder, from this file's place in it.
private let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

private func transcripts() throws -> [URL] {
  try FileManager.default.contentsOfDirectory(
    at: root.appending(path: "transcripts"), includingPropertiesForKeys: nil
  ).filter { $0.pathExtension == "transcript" }.sorted { $0.path() < $1.path() }
}

@Suite struct TranscriptTests {
  @Test func everyTranscriptReplaysToTheWord() throws {
    let files = try transcripts()
    #expect(files.count >= 5)
    for file in files {
      let transcript = try Transcript(parsing: String(contentsOf: file, encoding: .utf8))
      let difference = Replay(transcript, level: .words).run()
      #expect(difference == nil, "\(file.lastPathComponent)")
    }
  }

  @Test func everyLessonHasATranscript() throws {
    let texts = try transcripts().map { try String(contentsOf: $0, encoding: .utf8) }
    for entry in LessonShelf.entries {
      #expect(texts.contains { $0.contains("@ finished \(entry.id)\n") }, "\(entry.id)")
    }
  }

  @Test func oneChangedCharacterOfAnAnswerFailsAndShowsBothTexts() throws {
    let file = try #require(
      try transcripts().first { $0.lastPathComponent == "01-what-a-disk-thief-sees.transcript" })
    let text = try String(contentsOf: file, encoding: .utf8)
    for (old, new) in [
      ("\"EncryptionType\": \"NONE\"", "\"EncryptionType\": \"NOME\""),
      ("= allow kinesis:PutRecord", "= deny kinesis:PutRecord"),
    ] {
      let place = try #require(text.firstRange(of: old))
      let changed = text.replacingCharacters(in: place, with: new)
      let difference = try #require(
        Replay(try Transcript(parsing: changed), level: .words).run())
      #expect(difference.expected?.contains(new) == true)
      #expect(difference.came?.contains(old) == true)
      let page = difference.page(file: "x").text
      #expect(page.contains("keyhole resume x --at \(difference.line)"))
    }
  }

  @Test func theLevelStateLooksOnlyAtDecisionsAndDigests() throws {
    let text = """
      keyhole-transcript 1
      seed 1  clock 2026-01-05T09:00:00Z  model described
      > aws kms list-keys
      | what nobody says
      = allow kms:ListKeys user/admin *  by identity:AdministratorAccess#1  trail e1
      ~ [..]

      """
    let transcript = try Transcript(parsing: text)
    #expect(Replay(transcript, level: .state).run() == nil)
    #expect(Replay(transcript, level: .words).run() != nil)
  }

  @Test func updatingKeepsHolesAndNeverADecisionUnasked() throws {
    let text = """
      keyhole-transcript 1
      seed 1  clock 2026-01-05T09:00:00Z  model described
      # a remark
      > aws kms create-key --query KeyMetadata.KeyId
      | "[id]"
      = deny implicit kms:CreateKey user/admin *  near -
      ~ 00000000

      """
    let replay = Replay(try Transcript(parsing: text), level: .words)
    let (kept, refused) = replay.updated(decisions: false)
    #expect(refused.count == 1)
    #expect(kept.contains("| \"[id]\"\n"))
    #expect(kept.contains("# a remark\n"))
    #expect(kept.contains("= deny implicit kms:CreateKey"))
    #expect(!kept.contains("~ 00000000"))
    let (written, none) = replay.updated(decisions: true)
    #expect(none.isEmpty)
    #expect(written.contains("= allow kms:CreateKey"))
  }

  @Test func aTornLastLineIsDropped() throws {
    let transcript = try Transcript(parsing: "keyhole-transcript 1\n> ls\n> aws km")
    #expect(transcript.isTorn)
    #expect(transcript.entries.map(\.command) == ["ls"])
  }

  @Test(arguments: [
    ("", 1), ("nonsense\n", 1), ("keyhole-transcript 1\n| x\n", 2),
    ("keyhole-transcript 1\n> ls\n?x\n%\n", 4),
    ("keyhole-transcript 1\nseed x\n", 2), ("keyhole-transcript 1\nseed 1  model other\n", 2),
  ]) func whatIsNoTranscriptIsRefusedWithItsLine(_ text: String, _ line: Int) {
    let failure = #expect(throws: Transcript.Failure.self) { try Transcript(parsing: text) }
    #expect(failure?.line == line)
  }

  @Test(arguments: [
    ("a [..] c", "a b c", true), ("a [..]", "a ", true), ("[x]-[x]", "1-1", true),
    ("[x]-[x]", "1-2", false), ("[ 1 ]", "[ 1 ]", true), ("[..]b", "ac", false),
    ("\"Shards\": [", "\"Shards\": [", true),
    ("x=[..]c", "x=cc", true), ("[..]a[..]b", "aab and b", true), ("[..]a[..]b", "b and a", false),
    ("[n]-[..]-[n]!", "1-2-1-x-1!", true), ("[n], [n]", "a, b, a, b", true),
  ]) func holesMatch(_ expected: String, _ came: String, _ matches: Bool) {
    var matcher = TextMatcher()
    #expect(matcher.matches(expected, came) == matches)
  }
}

@Suite struct LessonTests {
  @Test func everyLessonPassesItsGates() {
    var counts = LessonLint.Counts()
    for entry in LessonShelf.entries {
      let report = LessonLint.report(on: entry, among: LessonShelf.entries, mutating: true)
      #expect(report.problems.map(\.description) == [])
      counts = counts + report.counts
    }
    #expect(counts.lessons == LessonShelf.entries.count)
    #expect(counts.dropped > 0 && counts.wrongs > 0 && counts.extras >= counts.lessons)
  }

  @Test(arguments: [
    ("no header\n", 1, "begins with a header"), ("---\nid x\n---\n", 2, "key: value"),
    ("---\nkeyhole-lesson: 1\nid: a\ntitle: t\nminute: 1\n---\n", 5, "did you mean minutes"),
    ("---\nkeyhole-lesson: 1\nid: a\ntitle: t\nminutes: x\n---\n", 5, "whole number"),
    (
      "---\nkeyhole-lesson: 1\nid: a\ntitle: t\nminutes: 9223372036854775807\n---\n", 5,
      "from 1 to 600"
    ),
    (
      "---\nkeyhole-lesson: 1\nid: a\ntitle: t\nminutes: 8\n---\n<!-- step: s -->\n"
        + "<details><summary>Background</summary>\n\nWhy.\n</details>\n", 8,
      "its summary begins with Hint"
    ),
    ("---\nkeyhole-lesson: 1\nid: a\ntitle: t\nminutes: 1\n", 6, "not closed"),
    (
      "---\nkeyhole-lesson: 1\nid: a\ntitle: t\nminutes: 1\n---\n<!-- step: s -->\n```keyhole chek\n```\n",
      8, "did you mean check"
    ),
    (
      "---\nkeyhole-lesson: 1\nid: a\ntitle: t\nminutes: 1\n---\n<!-- step: s -->\n```keyhole check\ncan x\n```\n",
      9, "is missing"
    ),
  ]) func aBrokenLessonNamesItsLine(_ text: String, _ line: Int, _ says: String) {
    let error = #expect(throws: LessonError.self) {
      try LessonParser.parse(text, file: "x.md", fingerprint: "")
    }
    #expect(error?.line == line, "\(error?.text ?? "")")
    #expect(error?.problem.contains(says) == true, "\(error?.text ?? "")")
  }
}

@Suite struct LineTests {
  private func run(_ lines: String...) -> Turn {
    var workbook = Workbook()
    var turn = Turn()
    for line in lines { turn = workbook.feed(line) }
    return turn
  }

  @Test(arguments: [
    ("xrya my-existing-stream", 127, "Did you mean xray"), ("xray orders", 2, "There is no stream"),
    ("aws kinesis lst-streams", 252, "list-streams"), ("lesson nothing", 2, "There is no lesson"),
    ("as nobody", 2, "There is no profile"), ("wait soon", 2, "wait wants a time"),
    ("model other", 2, "described and documented"), ("cat nothing", 1, "No such file"),
    ("aws kms list-keys --profile nobody", 255, "could not be found"),
    ("aws kms list-keys --region mars-1", 255, "Could not connect to the endpoint URL"),
    (
      "aws kinesis describe-stream --stream-name my-existing-strea", 254,
      "ResourceNotFoundException"
    ),
    ("aws kms list-keys --query 'Keys['", 252, "Incomplete expression"),
    ("aws kms list-keys --query 'foo(@)'", 255, "Unknown function: foo()"),
    (
      "aws kms create-custom-key-store --custom-key-store-name hsm", 252, "not simulated"
    ),
    ("aws ec2 describe-instances", 252, "aws ec2 is known to AWS but not simulated"),
    ("aws ec3 describe-instances", 252, "Found invalid choice 'ec3'"),
    ("aws kms list-keys | grep x", 2, "there are no pipes"),
    (
      "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzVerySecret", 2,
      "looks like a real access key"
    ),
    ("aws configure set aws_access_key_id AKIAIOSFODNN7REALKEY", 2, "looks like a real access key"),
  ]) func aWrongLineSaysWhatIsWrong(_ line: String, _ status: Int, _ says: String) {
    let turn = run(line)
    #expect(turn.status == Int32(status))
    #expect((turn.errors + turn.page.text).contains(says), "\(turn.errors)")
  }

  @Test func whatLooksLikeACredentialIsNotRecorded() {
    let secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYzVerySecret"
    #expect(run("export AWS_SECRET_ACCESS_KEY=\(secret)").record == [])
  }

  @Test func credentialsOfARoleAreUsedFromVariables() {
    let trust =
      "cat > t.json <<'E'\n{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:user/admin\"}, \"Action\": \"sts:AssumeRole\"}}\nE"
    let make = "aws iam create-role --role-name r --assume-role-policy-document file://t.json"
    let take =
      "K=$(aws sts assume-role --role-arn arn:aws:iam::123456789012:role/r --role-session-name me --query Credentials.AccessKeyId --output text)"
    let query = "aws sts get-caller-identity --query Arn --output text"
    #expect(
      run(trust, make, take, "export AWS_ACCESS_KEY_ID=$K AWS_SECRET_ACCESS_KEY=$S", query).reply
        == "arn:aws:sts::123456789012:assumed-role/r/me\n")
    #expect(
      run(trust, make, take, "export AWS_ACCESS_KEY_ID=$K", query + " --profile admin").reply
        .contains("user/admin"))
    #expect(run("export AWS_ACCESS_KEY_ID=none", query).errors.contains("InvalidClientTokenId"))
    for line in ["aws s3 ls", "aws s3api list-buckets"] {
      #expect(
        run("export AWS_ACCESS_KEY_ID=none", line).errors.contains(
          "An error occurred (InvalidAccessKeyId) when calling the ListBuckets operation: "
            + "The AWS Access Key Id you provided does not exist in our records."))
    }
  }

  @Test func undoBringsTheDigestBackAndRedoTheOther() {
    var workbook = Workbook()
    let start = workbook.desk.world.digest
    _ = workbook.feed("aws kms create-key")
    let after = workbook.desk.world.digest
    #expect(after != start)
    _ = workbook.feed("undo")
    #expect(workbook.desk.world.digest == start)
    _ = workbook.feed("redo")
    #expect(workbook.desk.world.digest == after)
    _ = workbook.feed("undo 5")
    #expect(workbook.desk.world.digest == start)
  }

  @Test func variablesFilesAndSubstitutionsWorkTogether() {
    let turn = run(
      "cat > p.json <<'EOF'\n{\"a\": 1}\nEOF",
      "X=$(aws kms list-keys --query 'Keys[0].KeyId' --output text)",
      "echo \"key $X\" > out.txt && cat out.txt p.json; ls")
    #expect(
      turn.reply
        == "key \(StartNames.keyID)\n{\"a\": 1}\nout.txt\np.json\n")
  }

  @Test func andAndOrFollowTheExitCode() {
    #expect(run("cat none || echo no").reply == "no\n")
    #expect(run("cat none && echo yes").reply == "")
    #expect(run("cat none; echo $?").reply == "1\n")
  }

  @Test func profilesComeFromOptionVariableAndVerb() {
    let query = "aws sts get-caller-identity --query Arn --output text"
    #expect(run("as consumer", query).reply.contains("kinesis-consumer-role"))
    #expect(run("export AWS_PROFILE=producer", query).reply.contains("kinesis-producer-role"))
    #expect(
      run("export AWS_PROFILE=producer", query + " --profile admin").reply.contains("user/admin"))
    #expect(run("export AWS_PROFILE=producer", "as auditor", query).reply.contains("user/auditor"))
    #expect(run("AWS_PROFILE=producer \(query)").reply.contains("kinesis-producer-role"))
    #expect(run("AWS_PROFILE=producer \(query)", query).reply.contains("user/admin"))
    #expect(run("AWS_PROFILE=producer", query).reply.contains("user/admin"))
  }

  @Test func forbiddenAndNotPermittedAreDifferentWords() {
    let policy = """
      cat > deny.json <<'EOF'
      {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kinesis:*", "Resource": "*"}]}
      EOF
      """
    let put =
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk= --profile producer"
    let missing = run(put).page.text
    #expect(missing.contains("Not permitted: nothing allows kinesis:PutRecord"))
    #expect(!missing.contains("Forbidden"))
    let denied = run(
      policy,
      "aws iam put-role-policy --role-name kinesis-producer-role --policy-name D --policy-document file://deny.json",
      put
    ).page.text
    #expect(denied.contains("Forbidden: a Deny statement covers kinesis:PutRecord"))
    #expect(!denied.contains("Not permitted"))
  }

  @Test func theCaretStandsUnderTheElementThatMisses() throws {
    let page = run(
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk= --profile producer"
    ).page
    let place = try #require(page.lines.firstIndex { $0.text.contains("^^^") })
    let line = page.lines[place - 1].text
    let caret = page.lines[place].text
    let start = try #require(caret.firstIndex(of: "^"))
    let column = caret.distance(from: caret.startIndex, to: start)
    let width = caret.filter { $0 == "^" }.count
    #expect(
      String(line.dropFirst(column).prefix(width))
        == "\"arn:aws:kinesis:us-east-1:123456789012:stream/my-secure-stream\"")
  }

  @Test func aMalformedPolicyIsShownWithItsFault() {
    let page = run(
      "cat > p.json <<'EOF'\n{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Efect\": \"Allow\"}]}\nEOF",
      "aws kms put-key-policy --key-id \(StartNames.keyID) --policy file://p.json"
    ).page.text
    #expect(page.contains("did you mean Effect?"))
    #expect(page.contains("line 2  \"Statement\": [{\"Efect\": \"Allow\"}]}"))
    #expect(page.contains("^^^^^^^"))
  }

  @Test func levelsOfExplanationDiffer() {
    let line = "aws kms list-keys"
    #expect(run("explain off", line).page.isEmpty)
    #expect(run("explain brief", line).page.text.contains("1  user/admin -> KMS: ListKeys"))
    #expect(run("explain full", line).page.text.contains("statement by statement"))
    #expect(run("explain narrated", line).page.text.contains("1. user/admin asks KMS for ListKeys"))
    let put =
      "aws kinesis put-record --stream-name my-existing-stream --partition-key a --data aGk= --profile producer"
    let spoken = run("explain narrated", put).page.text
    #expect(spoken.contains("Its Resource on line 10 is"))
    #expect(!spoken.contains("^"))
    let json = run("explain json", line).page.text.split(separator: "\n").first.map(String.init)
    #expect(json.flatMap { try? JSON(parsing: $0) }?["operation"] == "kms:ListKeys")
  }

  @Test func aCallThatNeedsTwoPermissionsShowsBoth() {
    let key = "key/\(StartNames.keyID)"
    let page = run(
      "K2=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
      "C=$(aws kms encrypt --key-id \(StartNames.keyID) --plaintext aGk= --query CiphertextBlob --output text)",
      "aws kms re-encrypt --ciphertext-blob $C --destination-key-id $K2 --query KeyId"
    ).page.text
    #expect(page.contains("and kms:ReEncryptTo on key/"), "\(page)")
    let alias = run(
      "aws kms create-alias --alias-name alias/orders --target-key-id \(StartNames.keyID)"
    ).page.text
    #expect(alias.contains("and kms:CreateAlias on \(key): allowed by "), "\(alias)")
    #expect(!run("aws kms list-keys").page.text.contains("and kms:"))
  }

  @Test func pagesAreMergedAndCutAsTheClientDoes() {
    var workbook = Workbook()
    for name in ["a", "b", "c"] {
      _ = workbook.feed("aws kinesis create-stream --stream-name \(name) --shard-count 3")
    }
    _ = workbook.feed("wait 1m")
    let all = workbook.feed("aws kinesis list-streams --page-size 1 --query 'length(StreamNames)'")
    #expect(all.reply == "4\n")
    let shards = workbook.feed("aws kinesis list-shards --stream-name a --max-items 2")
    let reply = try? JSON(parsing: shards.reply)
    #expect(reply?["Shards"]?.array?.count == 2)
    let token = reply?["NextToken"]?.string ?? ""
    let rest = workbook.feed(
      "aws kinesis list-shards --stream-name a --starting-token \(token) --query 'Shards[].ShardId' --output text"
    )
    #expect(rest.reply == "shardId-000000000002\n")
    let raw = workbook.feed("aws kinesis list-streams --no-paginate --query HasMoreStreams")
    #expect(raw.reply == "false\n")
  }

  @Test func completionKnowsVerbsOperationsOptionsAndLiveNames() {
    let workbook = Workbook()
    #expect(workbook.completions(of: "xr").candidates == ["xray"])
    #expect(
      workbook.completions(of: "aws kinesis describe-stream-").candidates == [
        "describe-stream-consumer", "describe-stream-summary",
      ])
    #expect(
      workbook.completions(of: "aws kinesis put-record --stream-name my").candidates == [
        "my-existing-stream"
      ])
    #expect(workbook.completions(of: "aws kms list-keys --profile c").candidates == ["consumer"])
    #expect(workbook.completions(of: "lesson en").candidates == ["enable-sse"])
    #expect(
      workbook.completions(of: "X=$(aws kms list-k").candidates == [
        "list-key-policies", "list-key-rotations", "list-keys",
      ])
  }
}

@Suite struct GuideTests {
  private func run(_ model: Model, _ lines: [String]) -> [Turn] {
    var workbook = Workbook(model: model)
    return lines.map { workbook.feed($0) }
  }

  /// The guide's own commands, as printed there.
  private static let create = """
    aws kinesis create-stream \\
    --stream-name my-secure-stream \\
    --shard-count 1 \\
    --key-id arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012
    """
  private static let start = """
    aws kinesis start-stream-encryption \\
    --stream-name my-existing-stream \\
    --encryption-type KMS \\
    --key-id arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012
    """

  @Test func describedDoesWhatTheGuideSays() {
    let turns = run(
      .described,
      [
        Self.create, Self.start, "wait 30s",
        "aws kinesis describe-stream --stream-name my-secure-stream --query StreamDescription.EncryptionType --output text",
        "aws kinesis describe-stream --stream-name my-existing-stream --query StreamDescription.EncryptionType --output text",
        "aws kms get-key-policy --key-id 12345678-1234-1234-1234-123456789012 --policy-name default",
      ])
    #expect(turns.map(\.status) == [0, 0, 0, 0, 0, 0])
    #expect(turns[3].reply == "KMS\n")
    #expect(turns[4].reply == "KMS\n")
    #expect(turns[0].page.text.contains("row create-with-key"))
  }

  @Test func documentedAnswersAsAWSDoes() {
    let turns = run(.documented, [Self.create, Self.start])
    #expect(turns[0].status == 252)
    #expect(
      turns[0].errors.hasSuffix(
        "aws: [ERROR]: Unknown options: --key-id, arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012\n"
      ))
    #expect(turns[1].status == 0)
  }
}
