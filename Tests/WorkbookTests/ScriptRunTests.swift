import Cloud
import Foundation
import Narration
import Testing

@testable import Workbook

/// Exported scripts, run by bash with an `aws` that writes down how it was called.
@Suite struct ScriptRunTests {
  /// Answers as far as a script needs it; `FAIL` in the environment makes commands with that in them fail,
  /// and `THERE` makes those find something.
  private static let aws = #"""
    #!/bin/bash
    echo "[${AWS_PROFILE:-}${AWS_ACCESS_KEY_ID:+key}] $*" >>"$LOG"
    if [ -n "$FAIL" ] && [[ "$*" == *$FAIL* ]]; then echo "An error occurred ($WHY)" >&2; exit 254; fi
    if [ -n "$THERE" ] && [[ "$*" == *$THERE* ]]; then echo there; exit; fi
    count() { echo x >>"$LOG.$1"; wc -l <"$LOG.$1" | tr -d ' '; }
    query= output=json
    words=("$@")
    for ((i = 0; i < ${#words[@]}; i++)); do
      case ${words[i]} in --query) query=${words[i + 1]} ;; --output) output=${words[i + 1]} ;; esac
    done
    case "$*" in
    *get-caller-identity*) echo 555566667777; exit ;;
    *assume-role*) printf 'AKIA\tsecret\ttoken\n'; exit ;;
    *get-role* | *get-user*) echo "An error occurred (NoSuchEntity)" >&2; exit 254 ;;
    *describe-stream-summary* | *'get-trail '*) echo "An error occurred (NotFound)" >&2; exit 254 ;;
    *head-bucket*) echo "An error occurred (404)" >&2; exit 254 ;;
    *create-key*) id=key-$(count key) ;;
    *create-access-key*) printf 'AKIA%s\tsecret\n' "$(count access)"; exit ;;
    *organizations*create-policy*) id=p-$(count policy) ;;
    *) exit ;;
    esac
    case "$query:$output" in
    '['*:text) printf '%s\tfirst\tsecond\n' "$id" ;;
    '['*) printf '[\n    "%s",\n    {\n        "Id": "%s"\n    }\n]\n' "$id" "$id" ;;
    *) echo "$id" ;;
    esac
    """#

  private struct Run {
    var log: [String]
    var output: String
    var errors: String
    var status: Int32
    /// Temporary folders that it left.
    var left: [String]

    /// The calls of the script's end, after a mark.
    func calls(after mark: String) -> [String] {
      guard let place = log.lastIndex(where: { $0.contains(mark) }) else { return [] }
      return Array(log[(place + 1)...])
    }
  }

  private func run(
    _ script: String, failing: String = "", why: String = "Denied",
    endpoint: String = "http://nowhere", there: String = ""
  ) throws -> Run {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "keyhole-script-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let aws = folder.appending(path: "aws")
    try Data(Self.aws.utf8).write(to: aws)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: aws.path)
    // Nobody waits here.
    let sleep = folder.appending(path: "sleep")
    try Data("#!/bin/sh\nexit 0\n".utf8).write(to: sleep)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sleep.path)
    let file = folder.appending(path: "script")
    try Data(script.utf8).write(to: file)
    try Data("from the disk 123456789012".utf8).write(to: folder.appending(path: "mine.txt"))
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [file.path]
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    let log = folder.appending(path: "log")
    process.environment = [
      "PATH": "\(folder.path):/usr/bin:/bin", "LOG": log.path, "FAIL": failing, "WHY": why,
      "AWS_ACCESS_KEY_ID": "AKIDOWN", "AWS_SECRET_ACCESS_KEY": "own",
      "AWS_ENDPOINT_URL": endpoint, "TMPDIR": folder.path, "THERE": there,
    ]
    let output = folder.appending(path: "out")
    let errors = folder.appending(path: "err")
    for url in [output, errors] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    func text(_ url: URL) -> String {
      (try? String(decoding: Data(contentsOf: url), as: UTF8.self)) ?? ""
    }
    return Run(
      log: text(log).split(separator: "\n").map(String.init), output: text(output),
      errors: text(errors), status: process.terminationStatus,
      left: try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
        $0.hasPrefix("tmp.")
      })
  }

  private func script(_ lines: String...) -> String {
    var workbook = Workbook()
    workbook.explain = .off
    for line in lines { _ = workbook.feed(line) }
    return workbook.feed("export-script").reply
  }

  private static let keyEnd = "kms schedule-key-deletion --key-id key-1 --pending-window-in-days 7"

  @Test(arguments: [
    "aws kms create-key", "aws kms create-key # mine", "aws kms create-key > made.json",
    "aws kms create-key && echo made", "aws kms create-key || echo not", "OLD=1 aws kms create-key",
    "aws kms create-key --output table", "aws kms create-key; aws kms list-keys",
    "ID=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
    "ID=$(aws kms create-key --query KeyMetadata.Arn --output text)",
    "echo $(aws kms create-key --query KeyMetadata.Arn --output text)",
    "export ID=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
    "KEY=mine; aws kms create-key",
  ]) func aKeyIsTakenAwayHoweverItWasMade(_ line: String) throws {
    let script = script(line)
    let run = try run(script)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.log.last == "[] \(Self.keyEnd)", "\(script.suffix(700))\n\(run.log)")
  }

  @Test func theReplyIsWhatTheCommandItselfPrints() throws {
    let run = try run(
      script(
        "aws kms create-key && echo made",
        "A=$(aws kms create-key --query '[KeyMetadata.Arn,KeyMetadata.Description]' --output text)",
        "echo \"<$A>\""))
    #expect(run.output.contains("{\n    \"Id\": \"key-1\"\n}\nmade\n"), "\(run.output)")
    #expect(run.output.contains("<first\tsecond>"), "\(run.output)")
  }

  @Test func aVariableThatIsSetTwiceLosesNeitherKey() throws {
    let make = "KEY=$(aws kms create-key --query KeyMetadata.KeyId --output text)"
    let run = try run(script(make, make))
    #expect(
      run.log.suffix(2) == [
        "[] kms schedule-key-deletion --key-id key-2 --pending-window-in-days 7",
        "[] \(Self.keyEnd)",
      ])
  }

  @Test func aVariableIsNotReplacedByItself() throws {
    let script = script(
      "KEY_ID=12345678-1234-1234-1234-123456789012", "STREAM=orders-of-monday-1",
      "aws kms describe-key --key-id $KEY_ID")
    #expect(script.contains("\nKEY_ID=${KEYHOLE_KEY}\nSTREAM=orders-of-monday-1\n"), "\(script)")
    let run = try run(script)
    #expect(run.log.contains("[] kms describe-key --key-id key-1"), "\(run.log)")
  }

  @Test func policiesOfTheOrganizationAreTakenOff() throws {
    for id in ["least-privilege", "final-incident"] {
      let lesson = try #require(LessonShelf.entry(id)).lesson()
      let script = Workbook.script(of: lesson, seed: 1)
      #expect(script.contains("# It changes policies of an organization"))
      let run = try run(script)
      let end = run.calls(after: "organizations attach-policy")
      let detach = end.lastIndex { $0.contains("detach-policy --policy-id p-1 --target-id 5555") }
      let delete = end.firstIndex { $0.contains("delete-policy --policy-id p-1") }
      #expect(try #require(detach) < #require(delete), "\(run.errors)\n\(end)")
      // What forbids deleting keys is gone before keys are.
      let key = try #require(end.lastIndex { $0.contains("schedule-key-deletion") })
      #expect(try #require(delete) < key)
    }
  }

  @Test func aReplicaGoesBeforeItsKey() throws {
    var workbook = Workbook()
    let made = workbook.feed("aws kms create-key --multi-region").reply
    let id = try #require(made.firstMatch(of: /"KeyId": "([^"]+)"/)).1
    let run = try run(
      script(
        "aws kms create-key --multi-region",
        "aws kms replicate-key --key-id \(id) --replica-region eu-west-1"))
    #expect(
      run.log.suffix(2) == ["[] \(Self.keyEnd) --region eu-west-1", "[] \(Self.keyEnd)"],
      "\(run.log)")
  }

  @Test func bucketsObjectsAndConsumersAreTakenAway() throws {
    let run = try run(
      script(
        "aws s3 mb s3://my-own-bucket", "echo hi > f", "aws s3 cp f s3://my-own-bucket/f",
        "aws s3api put-object --bucket my-own-bucket --key g --body f",
        "aws kinesis register-stream-consumer --consumer-name fast --stream-arn "
          + "arn:aws:kinesis:us-east-1:123456789012:stream/my-existing-stream"))
    let end = run.calls(after: "register-stream-consumer --consumer-name fast --stream-arn")
    #expect(
      end.prefix(4) == [
        "[] kinesis deregister-stream-consumer --stream-arn "
          + "arn:aws:kinesis:us-east-1:555566667777:stream/my-existing-stream --consumer-name fast",
        "[] s3api delete-object --bucket my-own-bucket --key g",
        "[] s3api delete-object --bucket my-own-bucket --key f",
        "[] s3 rb s3://my-own-bucket",
      ], "\(run.log)")
    #expect(end.contains { $0.contains("delete-stream") && $0.contains("--enforce-consumer-del") })
  }

  @Test func aProfileInAVariableIsThere() throws {
    let put = "aws kinesis list-streams"
    let script = script("AWS_PROFILE=producer \(put)", "export AWS_PROFILE=consumer", put)
    #expect(script.contains("\ntake_role producer kinesis-producer-role\n"))
    #expect(script.contains("\ntake_role consumer kinesis-consumer-role\n"))
    let run = try run(script)
    #expect(run.log.contains("[producer] kinesis list-streams"), "\(run.log)")
    #expect(run.log.contains("[consumer] kinesis list-streams"), "\(run.log)")
    // Whoever runs the script takes everything away.
    #expect(run.log.last?.hasPrefix("[] ") == true)
  }

  @Test func theRegionIsNoVariableThatOutranksAProfile() {
    let script = script("aws configure set region eu-west-1", "aws kinesis list-streams")
    #expect(script.contains("\naws configure set region eu-west-1\n"))
    let head = script.prefix { $0 != "~" }.components(separatedBy: "KEYHOLE_KEY=''")[0]
    #expect(!head.contains("export AWS_REGION") && !head.contains("AWS_DEFAULT_REGION="))
  }

  @Test func backquotesStayText() throws {
    let line = #"aws kms list-keys --query "Keys[?KeyId==`x`]""#
    #expect(script(line).contains(#"--query "Keys[?KeyId==\`x\`]""#))
    var workbook = Workbook()
    let turn = workbook.feed(line)
    #expect("\(turn.page)".contains("backquotes"), "\(turn.page)")
    #expect(
      !"\(workbook.feed("aws kms list-keys --query 'Keys[?KeyId==`x`]'").page)".contains(
        "backquotes"))
  }

  /// What stands in `$'…'` ends where bash ends it, so that the key behind it is known by its variable.
  @Test func aQuoteWithinAQuoteHidesNoKey() {
    let script = script("N=$'it\\'s'; aws kms create-key --description \"$N\"")
    #expect(script.contains("schedule-key-deletion"))
    for line in script.split(separator: "\n") where line.contains("schedule-key-deletion") {
      #expect(line.contains("${KEYID_1}"), "\(line)")
    }
  }

  @Test func filesOfTheDiskAreInTheScript() throws {
    var workbook = Workbook()
    workbook.explain = .off
    _ = workbook.feed("import mine.txt note.txt")
    workbook.receive(Array("for 123456789012\n".utf8), as: "note.txt")
    _ = workbook.feed("cat note.txt")
    #expect(try run(workbook.feed("export-script").reply).output.contains("for 555566667777\n"))
    // A transcript has the path alone.
    let transcript = try Transcript(
      parsing: "keyhole-transcript 1\nseed 1  clock 2026-01-05T09:00:00Z  model described\n"
        + "> import mine.txt\n> cat mine.txt\n")
    let ran = try run(Workbook.script(of: transcript, title: "t"))
    #expect(ran.output.contains("from the disk 555566667777"), "\(ran.errors)")
  }

  @Test func aTextInASubstitutionNamesTheAccount() throws {
    let script = script(
      "P=\"$(cat <<'EOF'\n{\"a\": \"123456789012\"}\nEOF\n)\"\necho \"$P\"")
    #expect(try run(script).output.contains("{\"a\": \"555566667777\"}"), "\(script.suffix(300))")
  }

  @Test func whatStaysIsNamedAndWhatWentBeforeIsNot() throws {
    let script = script(
      "aws kinesis create-stream --stream-name a --shard-count 1 && "
        + "aws kinesis create-stream --stream-name b --shard-count 1")
    let refused = try run(script, failing: "delete-stream --stream-name b")
    #expect(
      refused.errors.contains(
        "left behind, as this failed: aws kinesis delete-stream --stream-name b")
    )
    #expect(refused.errors.contains("(Denied)"))
    let gone = try run(script, failing: "delete-stream", why: "ResourceNotFoundException")
    #expect(!gone.errors.contains("left behind"))
    // The first is noted before the second is tried.
    let half = try run(script, failing: "create-stream --stream-name b")
    #expect(half.status != 0)
    #expect(half.log.last?.contains("delete-stream --stream-name a") == true, "\(half.log)")
  }

  @Test func whatAMockServerLacksIsNamedAndAnAccountEndsThere() throws {
    let script = script(
      "aws kms list-keys", "A=$(aws kms list-aliases --query 'Aliases[0].AliasName' --output text)",
      "wait 30m", "aws kinesis list-streams")
    #expect(script.contains("\nsleep 1800\n"))
    let mock = try run(script, failing: "kms list-aliases")
    #expect(mock.log.contains("[] kinesis list-streams"), "\(mock.log)")
    #expect(
      mock.errors.contains(
        "rests on:\n  A=$(aws kms list-aliases --query 'Aliases[0].AliasName' --output text)\n"),
      "\(mock.errors)")
    #expect(mock.status == 1)
    let account = try run(script, failing: "kms list-aliases", endpoint: "")
    #expect(account.log.last?.contains("list-aliases") == true, "\(account.log)")
    #expect(account.status == 254)
    #expect(try run(script, endpoint: "").status == 0)
  }

  @Test func noCredentialsStayWhenTheFirstCallFails() throws {
    let run = try run(script("aws kms list-keys"), failing: "get-caller-identity", endpoint: "")
    #expect(run.status == 254)
    #expect(run.log.count == 2, "\(run.log)")
    #expect(run.left == [])
  }

  @Test(arguments: [
    ("aws s3 mb s3://prod-data", "head-bucket"),
    ("aws iam create-account-alias --account-alias mycompany", "list-account-aliases"),
    (
      "aws cloudwatch put-metric-alarm --alarm-name a --metric-name m --namespace n --statistic Sum "
        + "--period 60 --threshold 1 --comparison-operator LessThanThreshold --evaluation-periods 1",
      "describe-alarms"
    ),
  ]) func whatIsThereAlreadyStopsTheScript(_ line: String, _ look: String) throws {
    let script = script(line)
    let command = String(line.dropFirst(4).prefix(12))
    let free = try run(script, endpoint: "")
    #expect(free.status == 0, "\(free.errors)")
    #expect(free.log.contains { $0.contains(command) })
    let taken = try run(script, endpoint: "", there: look)
    #expect(taken.status == 1)
    #expect(taken.errors.contains("there already: "), "\(taken.errors)")
    #expect(!taken.log.contains { $0.contains(command) }, "\(taken.log)")
    // What cannot be told is no reason to go on.
    let closed = try run(script, failing: look, endpoint: "")
    #expect(closed.status == 1 && closed.errors.contains("cannot tell whether"), "\(closed.errors)")
  }

  @Test func aRefusalIsComparedWithTheLabs() throws {
    let script = script("aws cloudtrail lookup-events --profile producer")
    #expect(script.contains("lookup-events --profile producer 2>.said"), "\(script.suffix(600))")
    let look = "cloudtrail lookup-events"
    let same = try run(script, failing: look, why: "AccessDeniedException", endpoint: "")
    #expect(
      same.errors.contains("refused, as in the lab: AccessDeniedException\n"), "\(same.errors)")
    let other = try run(script, failing: look, why: "KMSAccessDeniedException", endpoint: "")
    #expect(
      other.errors.contains(
        "refused, but not for the lab's reason: An error occurred (KMSAccessDeniedException)"),
      "\(other.errors)")
    let open = try run(script, endpoint: "")
    #expect(open.errors.contains("went through, though the lab refuses it: AccessDeniedException"))
    let mock = try run(script)
    #expect(mock.errors.contains("let through, as this server decides nothing"), "\(mock.errors)")
    #expect(!mock.errors.contains("though the lab refuses it"))
    #expect([same, other, open, mock].allSatisfy { $0.status == 0 })
  }

  @Test func aKeyIsNotClosedForGoodInAnAccount() throws {
    func put(_ action: String) -> String {
      let policy =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"#
        + "\"Action\":\"\(action)\",\"Resource\":\"*\"}]}"
      return "aws kms put-key-policy --key-id 12345678-1234-1234-1234-123456789012 "
        + "--policy '\(policy)' --bypass-policy-lockout-safety-check"
    }
    let closing = script(put("kms:Decrypt"))
    #expect(closing.contains("could not have the key deleted afterwards"))
    let account = try run(closing, endpoint: "")
    #expect(account.status == 0, "\(account.errors)")
    #expect(!account.log.contains { $0.contains("--bypass-policy") }, "\(account.log)")
    #expect(
      closing.contains("\nif [ -n \"${AWS_ENDPOINT_URL:-}\" ]; then\naws kms put-key-policy "))
    // One that leaves the key to whoever runs the script is as good as any other.
    let open = script(put("kms:*"))
    #expect(open.contains("--bypass-policy") && !open.contains("could not have the key deleted"))
  }

  @Test func theTrailOfTheLabIsMadeInABucketWhoseNameIsFree() throws {
    let script = script(
      "aws cloudtrail get-trail-status --name my-trail", "aws s3 ls s3://my-cloudtrail-bucket")
    let log = try run(script).log
    let calls = ["s3api create-bucket", "s3api put-bucket-policy", "s3 ls"].map { call in
      log.first { $0.hasPrefix("[] \(call)") } ?? "no \(call)"
    }
    #expect(calls[0] == "[] s3api create-bucket --bucket keyhole-trail-555566667777")
    #expect(
      calls[1]
        == "[] s3api put-bucket-policy --bucket keyhole-trail-555566667777 --policy "
        + "file://trail-bucket.json")
    #expect(calls[2] == "[] s3 ls s3://keyhole-trail-555566667777")
    #expect(
      log.suffix(3) == [
        "[] cloudtrail delete-trail --name my-trail",
        "[] s3 rm s3://keyhole-trail-555566667777/AWSLogs/555566667777/ --recursive",
        "[] s3 rb s3://keyhole-trail-555566667777",
      ], "\(log)")
    // A trail of another name is the session's own.
    #expect(!self.script("aws cloudtrail get-trail --name my-trail-2").contains("create-trail"))
  }

  /// What the lab's shell refuses is not run by bash either, and leaves the script whole.
  @Test(arguments: [
    "for s in $(aws kinesis list-streams --query 'StreamNames[]' --output text); do aws kinesis delete-stream --stream-name $s; done",
    "aws kms list-keys --query 'Keys[].KeyId' --output text | xargs -n1 aws kms schedule-key-deletion --key-id",
    "cleanup() {\n  aws kinesis delete-stream --stream-name s\n}\ncleanup",
    "select x in a b; do\n  aws kms schedule-key-deletion --key-id k\ndone",
    "aws kms list-keys &", "; aws kms list-keys", "&& aws kms list-keys", "done", "fi", "esac", "}",
    "echo a )", "echo a >", "time", "(rm x)", "[ -f x ] && rm -rf y", "jq .Keys f.json",
  ]) func whatTheLabRefusedIsARemark(_ line: String) throws {
    let run = try run(script(line, "aws kinesis list-streams"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(!run.log.contains { $0.contains("delete") || $0.contains("list-keys") }, "\(run.log)")
    #expect(run.log.contains("[] kinesis list-streams"), "\(run.log)")
  }

  /// The version that counts cannot be deleted: another is set before each.
  @Test func versionsOfAPolicyAreTakenAwayInOrder() throws {
    let one = "'{\"Version\":\"2012-10-17\",\"Statement\":[]}'".replacing(
      "[]", with: "[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]")
    let make =
      "aws iam create-policy-version --policy-arn arn:aws:iam::123456789012:policy/P --policy-document \(one) --set-as-default"
    let run = try run(
      script("aws iam create-policy --policy-name P --policy-document \(one)", make, make))
    let ends = run.log.filter { $0.contains("policy-version") && !$0.contains("create") }
      .map { $0.contains("set-default") ? "default" : String($0.suffix(2)) }
    #expect(ends == ["default", "v3", "default", "v2"], "\(run.log)")
  }

  /// A script is written of what came before it, wherever in the line the verb stands.
  @Test(arguments: [
    "echo a && export-script > s.sh", "X=$(export-script)", "echo a; export-script",
    "what-if export-script", "echo a &&\nexport-script", "export-script && export-script",
  ]) func aScriptOfItselfEnds(_ line: String) {
    var workbook = Workbook()
    _ = workbook.feed("aws kinesis create-stream --stream-name s1 --shard-count 1")
    _ = workbook.feed(line)
    #expect(workbook.feed("export-script").reply.contains("create-stream"))
  }

  @Test func filesInFoldersHaveTheirFolders() throws {
    let run = try run(script("echo hi > in/a/x.txt", "cat in/a/x.txt", "ls in"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("hi\n"))
  }

  @Test func aRefusalAmongSeveralCommandsDoesNotEndTheScript() throws {
    let script = script(
      "aws kinesis describe-stream --stream-name none; aws kinesis list-streams")
    let run = try run(script, failing: "describe-stream --stream-name none")
    #expect(run.log.last == "[] kinesis list-streams", "\(run.errors)")
  }

  /// Bash fills the name in before the file is put in order: it must not be taken for the lab's again. A
  /// bucket whose name only begins so is the learner's own.
  @Test func theTrailsBucketIsNamedOnceAndOthersStayAsTheyAre() throws {
    let script = script(
      "B=my-cloudtrail-bucket",
      "cat > p.txt <<EOF\narn:aws:s3:::$B/* arn:aws:s3:::my-cloudtrail-bucket/x my-cloudtrail-bucket-2\nEOF",
      "cat p.txt", "aws s3 mb s3://my-cloudtrail-bucket-2", "aws s3 ls s3://my-cloudtrail-bucket-2",
      "aws s3 ls s3://my-cloudtrail-bucket")
    let run = try run(script)
    #expect(run.log.contains { $0.hasSuffix("s3 ls s3://my-cloudtrail-bucket-2") }, "\(run.log)")
    #expect(run.log.contains { $0.hasSuffix("s3 ls s3://keyhole-trail-555566667777") })
    #expect(
      run.output.contains(
        "arn:aws:s3:::keyhole-trail-555566667777/* arn:aws:s3:::keyhole-trail-555566667777/x "
          + "my-cloudtrail-bucket-2"), "\(run.output)")
  }

  /// A line may change a user whose profile no line uses: nobody else's user of that name is touched.
  @Test func usersThatLinesChangeAreMadeFirst() throws {
    let script = script(
      "aws iam put-user-policy --user-name auditor --policy-name p --policy-document "
        + "'{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"kms:*\",\"Resource\":\"*\"}}'",
      "aws iam tag-user --user-name admin --tags Key=a,Value=b")
    let log = try run(script).log
    for name in ["auditor", "admin"] {
      let made = log.firstIndex { $0.contains("iam create-user --user-name \(name)") }
      let changed = log.firstIndex {
        $0.contains("put-user-policy --user-name \(name)")
          || $0.contains("tag-user --user-name \(name)")
      }
      #expect((made ?? .max) < (changed ?? .min), "\(name): \(log)")
      #expect(log.contains { $0.contains("iam get-user --user-name \(name)") })
      #expect(log.contains { $0.contains("iam delete-user --user-name \(name)") })
    }
  }
}
