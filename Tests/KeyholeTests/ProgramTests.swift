import Foundation
import Testing

/// The program as it was built beside these tests.
struct Program {
  static let path: String = {
    let folder = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?
      .deletingLastPathComponent()
    let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    for place in [folder, beside].compactMap({ $0 }) {
      let program = place.appending(path: "keyhole").path()
      if FileManager.default.isExecutableFile(atPath: program) { return program }
    }
    return "keyhole"
  }()

  struct Result {
    var output: String
    var errors: String
    var status: Int32
  }

  /// A folder of this test's own for what the program keeps.
  static func state() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "keyhole-tests-\(UUID().uuidString)")
  }

  static func process(_ arguments: [String], state: URL, environment: [String: String] = [:])
    -> Process
  {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    var values = ["XDG_STATE_HOME": state.path(), "PATH": "/usr/bin:/bin", "TERM": "dumb"]
    values.merge(environment) { $1 }
    process.environment = values
    return process
  }

  static func run(
    _ arguments: [String], input: Data = Data(), state: URL = state(),
    environment: [String: String] = [:], in workplace: URL? = nil
  ) throws -> Result {
    let process = process(arguments, state: state, environment: environment)
    if let workplace { process.currentDirectoryURL = workplace }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files, not pipes: nothing here can fill up and wait.
    let files = ["in", "out", "err"].map { folder.appending(path: $0) }
    try input.write(to: files[0])
    for file in files.dropFirst() { try Data().write(to: file) }
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    return Result(
      output: try String(contentsOf: files[1], encoding: .utf8),
      errors: try String(contentsOf: files[2], encoding: .utf8), status: process.terminationStatus)
  }
}

@Suite struct ProgramTests {
  @Test(arguments: [
    (["--version"], 0), (["--help"], 0), (["lessons"], 0), (["lint"], 0),
    (["-c", "aws kms list-keys"], 0), (["-c", "aws kms list-kys"], 252),
    (["-c", "aws kinesis describe-stream --stream-name x"], 254), (["nonsense"], 252),
    (["--seed", "x"], 252), (["-c", "aws kms list-keys", "--model", "documented"], 0),
    (["--model"], 252), (["run", "/nowhere/x"], 1), (["replay", "/nowhere/x"], 1),
  ]) func theExitCodeIsTheOneOfTheCommand(_ arguments: [String], _ status: Int) throws {
    #expect(try Program.run(arguments).status == Int32(status))
  }

  @Test func aLineAloneGivesTheReplyAlone() throws {
    let result = try Program.run(
      ["-c", "aws sts get-caller-identity --query Account --output text"])
    #expect(result.output == "123456789012\n")
    #expect(result.errors == "")
    let refused = try Program.run(["-c", "aws kinesis describe-stream --stream-name x"])
    #expect(refused.output == "")
    #expect(
      refused.errors
        == "\naws: [ERROR]: An error occurred (ResourceNotFoundException) when calling the DescribeStream operation: Stream x under account 123456789012 not found.\n"
    )
    let told = try Program.run(["-c", "aws kms list-keys", "--explain", "brief"])
    #expect(told.output.contains("user/admin -> KMS: ListKeys"))
  }

  @Test func runGoesOnAfterAnErrorUnlessTold() throws {
    let lines = Data("cat none\necho after\n".utf8)
    #expect(try Program.run(["run", "-"], input: lines).output == "after\n")
    let stopped = try Program.run(["run", "-", "-e"], input: lines)
    #expect(stopped.output == "")
    #expect(stopped.status == 1)
    // Neither a blank line nor a remark is a command.
    #expect(try Program.run(["run", "-"], input: Data("false\n\n# remark\n".utf8)).status == 1)
    let none = try Program.run(["-c", "import nosuch.txt && echo yes"])
    #expect(
      none.output == "" && none.status == 1 && none.errors.contains("nosuch.txt: No such file"))
  }

  @Test func aFileOfTheDiskStaysUnlessItIsToBeReplaced() throws {
    let folder = Program.state()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "policy.json")
    try Data("mine\n".utf8).write(to: file)
    let lines =
      "echo lab > policy.json\nexport-file policy.json && echo yes\nexport-file policy.json --over\n"
      + "export-file policy.json\nexport-file policy.json /nowhere/x\n"
    let result = try Program.run(["run", "-"], input: Data(lines.utf8), in: folder)
    #expect(
      result.output == "wrote ./policy.json, 4 bytes\nwrote ./policy.json, 4 bytes\n",
      "\(result.output)")
    #expect(result.errors.contains("policy.json is on your disk already"))
    #expect(result.errors.hasSuffix("/nowhere/x: No such file or directory\n"))
    #expect(result.status == 1)
    #expect(try String(contentsOf: file, encoding: .utf8) == "lab\n")
  }

  @Test func aFolderIsNoFileOfLines() throws {
    let result = try Program.run(["run", "/tmp"])
    #expect(result.status == 1 && result.errors == "/tmp: Is a directory\n")
  }

  @Test func linesAreAnsweredAsTheyArrive() throws {
    let process = Program.process(["run", "-"], state: Program.state())
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    for word in ["first", "second"] {
      input.fileHandleForWriting.write(Data("echo \(word)\n".utf8))
      // Comes back before the next line is sent, or this waits for ever.
      #expect(
        String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "\(word)\n")
    }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func twoProcessesSayTheSameInAnyLocaleAndZone() throws {
    let lines = Data(
      """
      lesson break-a-key-policy
      aws kinesis put-record --stream-name orders --partition-key 7 --data aGk= --profile producer
      xray orders
      aws kms create-key
      """.utf8)
    let first = try Program.run(["run", "-", "--explain", "full"], input: lines)
    let second = try Program.run(
      ["run", "-", "--explain", "full"], input: lines,
      environment: ["LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "COLUMNS": "40"])
    #expect(first.output == second.output)
    #expect(first.output.contains("KeyMetadata"))
  }

  @Test func badBytesAndLongLinesAreTaken() throws {
    let bad = try Program.run(
      ["run", "-"], input: Data([0x65, 0xFF, 0xFE, 0x0A]) + Data("echo on\n".utf8))
    #expect(bad.errors.contains("not UTF-8"))
    #expect(bad.output == "on\n")
    let long =
      Data("echo '".utf8) + Data(repeating: 0x61, count: 10 << 20) + Data("'\necho on\n".utf8)
    let result = try Program.run(["run", "-"], input: long)
    #expect(result.output.utf8.count == (10 << 20) + 1 + 3)
  }

  @Test func aKilledSessionGoesOnFromTheSameStepWithTheSameDigest() throws {
    let state = Program.state()
    let process = Program.process([], state: state)
    let input = Pipe()
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    input.fileHandleForWriting.write(
      Data(
        "lesson disk-thief\naws kinesis put-record --stream-name my-secure-stream --partition-key 7 --data Y2FyZCA0OTI5LTExMTE= --profile producer\nnext\n"
          .utf8))
    let session = state.appending(path: "keyhole/session.transcript")
    let patience = Date(timeIntervalSinceNow: 20)
    var kept = ""
    while !kept.contains("@ step look"), Date() < patience {
      usleep(20_000)
      kept = (try? String(contentsOf: session, encoding: .utf8)) ?? ""
    }
    #expect(kill(process.processIdentifier, SIGKILL) == 0)
    process.waitUntilExit()
    let digest = try #require(kept.split(separator: "\n").last { $0.hasPrefix("~") })
    // What was being written when the power went is dropped.
    let file = try FileHandle(forWritingTo: session)
    try file.seekToEnd()
    file.write(Data("> aws kms cre".utf8))
    try file.close()
    let resumed = try Program.run([], input: Data("task\nclock\n".utf8), state: state)
    #expect(resumed.output.contains("step 2 of"))
    #expect(resumed.output.contains("Look at the disk"))
    let after = try String(contentsOf: session, encoding: .utf8)
    #expect(after.split(separator: "\n").last { $0.hasPrefix("~") } == digest)
    #expect(!after.contains("aws kms cre"))
    let attributes = try FileManager.default.attributesOfItem(
      atPath: state.appending(path: "keyhole").path())
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
  }

  @Test func aSessionKilledInTheMiddleOfALoadGoesOnFromBeforeIt() throws {
    let state = Program.state()
    let process = Program.process([], state: state)
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Two million records take longer than the test waits.
    input.fileHandleForWriting.write(
      Data(
        "aws kinesis create-stream --stream-name my-secure-stream --shard-count 20\nwait 20s\necho it begins\nload --stream-name my-secure-stream --rate 20000/s --record-size 64 --for 100s\n"
          .utf8))
    var shown = ""
    while !shown.contains("it begins\n") {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { break }
      shown += String(decoding: data, as: UTF8.self)
    }
    usleep(300_000)
    #expect(process.isRunning)
    #expect(kill(process.processIdentifier, SIGKILL) == 0)
    process.waitUntilExit()
    let session = state.appending(path: "keyhole/session.transcript")
    let kept = try String(contentsOf: session, encoding: .utf8)
    #expect(kept.contains("> echo it begins") && !kept.contains("> load"))
    let digest = try #require(kept.split(separator: "\n").last { $0.hasPrefix("~") })
    let resumed = try Program.run(
      [],
      input: Data(
        "load\naws kinesis list-shards --stream-name my-secure-stream --query 'length(Shards)'\n"
          .utf8),
      state: state)
    #expect(resumed.errors.contains("There was no load yet"))
    #expect(resumed.output.contains("20\n"))
    let after = try String(contentsOf: session, encoding: .utf8)
    #expect(after.contains("\(digest)\n"))
    #expect(after.hasPrefix(kept.split(separator: "> load")[0]))
  }

  @Test func aTornTranscriptAndABrokenLessonAreNamedWithTheirLines() throws {
    let folder = Program.state()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let torn = folder.appending(path: "t.transcript")
    try Data("keyhole-transcript 1\n> echo a\n| a\n> echo".utf8).write(to: torn)
    let replay = try Program.run(["replay", torn.path()])
    #expect(replay.errors.contains("torn"))
    #expect(replay.status == 0)
    let broken = folder.appending(path: "l.md")
    try Data("---\nid\n---\n".utf8).write(to: broken)
    let lint = try Program.run(["lint", broken.path()])
    #expect(lint.errors.contains("l.md:2:"))
    #expect(lint.status == 1)
    try Data([0x6B, 0xFF, 0x0A]).write(to: torn)
    #expect(try Program.run(["replay", torn.path()]).errors.contains("not UTF-8"))
  }

  @Test func aTranscriptIsResumedByHand() throws {
    let folder = Program.state()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "t.transcript")
    try Data("keyhole-transcript 1\n> X=1\n> X=2\n".utf8).write(to: file)
    let all = try Program.run(["resume", file.path()], input: Data("echo $X\n".utf8))
    #expect(all.output.hasSuffix("2\n"))
    let half = try Program.run(["resume", file.path(), "--at", "3"], input: Data("echo $X\n".utf8))
    #expect(half.output.hasSuffix("1\n"))
  }

  @Test func aNewLessonIsWrittenCheckedAndTakenFromTheDisk() throws {
    let folder = Program.state()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let made = try Program.run(["new-lesson", "my-own"], in: folder)
    #expect(made.status == 0 && made.output.hasPrefix("my-own.md\n"))
    // What helps stands in a column.
    let help = made.output.split(separator: "\n").dropFirst().prefix(2).map { Array($0) }
    let gaps = help.compactMap { line in
      line.indices.dropFirst(4).first {
        line[$0] != " " && line[$0 - 1] == " " && line[$0 - 2] == " "
      }
    }
    #expect(gaps.count == 2 && Set(gaps).count == 1, "\(made.output)")
    let again = try Program.run(["new-lesson", "my-own"], in: folder)
    #expect(again.status == 1 && again.errors.contains("is there already"))
    let lint = try Program.run(["lint", "--mutate", "my-own.md"], in: folder)
    #expect(lint.status == 0, "\(lint.errors)")
    #expect(lint.output.contains("1 wrong attempt recognised"))
    #expect(lint.output.contains("1 lesson, 2 steps, 0 problems"))
    let state = Program.state()
    let taken = try Program.run(
      ["lesson", "./my-own.md"],
      input: Data(
        "aws kinesis put-record --stream-name orders --partition-key a --data aGk= --profile producer\n"
          .utf8), state: state, in: folder)
    #expect(taken.output.contains("Step 1 of 2: Write a record"))
    #expect(taken.output.contains("Done: Write a record"))
    // The session goes on where the file is gone: it carries the lesson's text.
    try FileManager.default.removeItem(at: folder.appending(path: "my-own.md"))
    let resumed = try Program.run([], input: Data("next\n".utf8), state: state)
    #expect(resumed.output.contains("Step 2 of 2: What does it mean?"))
    #expect(try Program.run(["lesson", "./none.md"], in: folder).status == 1)
  }

  @Test func aFolderIsAPackWithItsFiles() throws {
    let folder = Program.state()
    let pack = folder.appending(path: "pack")
    try FileManager.default.createDirectory(
      at: pack.appending(path: "fixtures"), withIntermediateDirectories: true)
    for id in ["first-one", "second-one"] {
      _ = try Program.run(["new-lesson", id], in: pack)
    }
    let file = pack.appending(path: "second-one.md")
    var text = try String(contentsOf: file, encoding: .utf8)
    text = text.replacing("id: second-one", with: "id: second-one\nneeds: first-one")
      .replacing("file://orders-producer.json", with: "file://mine.json")
    try Data(text.utf8).write(to: file)
    let missing = try Program.run(["lint", pack.path()])
    #expect(missing.errors.contains("second-one.md:21: there is no file mine.json"))
    try Data(
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}]}"
        .utf8
    ).write(to: pack.appending(path: "fixtures/mine.json"))
    try Data("# How\n".utf8).write(to: pack.appending(path: "AUTHORS.md"))
    let lint = try Program.run(["lint", pack.path()])
    #expect(lint.errors == "" && lint.output.contains("2 lessons, 4 steps, 0 problems"))
    let taken = try Program.run(
      ["lesson", pack.path()], input: Data("lessons\nlesson second-one\nls\n".utf8))
    #expect(taken.output.contains("First one"))
    #expect(taken.output.contains("after first-one"))
    #expect(taken.output.contains("mine.json"))
  }

  @Test func theLessonsOfTheRepositoryAndTheirTranscriptsFit() throws {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    let lint = try Program.run(["lint", "--mutate", root.appending(path: "Lessons").path()])
    #expect(lint.errors == "" && lint.status == 0)
    #expect(lint.output.contains("0 problems"))
    // A lesson whose transcripts are missing fails.
    let copy = Program.state()
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: root.appending(path: "Lessons"), to: copy.appending(path: "Lessons"))
    try FileManager.default.createDirectory(
      at: copy.appending(path: "transcripts"), withIntermediateDirectories: true)
    try Data("keyhole-transcript 1\n> lesson gone\n@ lesson gone text:00000000\n".utf8).write(
      to: copy.appending(path: "transcripts/gone.transcript"))
    let bare = try Program.run(["lint", copy.appending(path: "Lessons").path()])
    #expect(bare.status == 1)
    #expect(bare.errors.contains("no transcript takes disk-thief to its end"))
    #expect(bare.errors.contains("gone.transcript:3: there is no lesson gone any more"))
  }
}
