import Clients
import Cloud
import Commands
import Narration
import Policies
import Values

/// One learner at work: takes lines, keeps the lab, the lesson and the way back.
///
/// A value without a terminal and a disk: the same lines make the same turns, in any process.
package struct Workbook {
  package let seed: UInt64
  /// When the clock of a world without a lesson begins.
  let clock: Instant
  package internal(set) var desk: Desk
  package var explain = ExplainLevel.brief
  /// How the course went, in this session and before.
  package internal(set) var course: CourseHistory
  /// Lessons that were taken to their end.
  package var finished: [String] { course.finished }
  /// The course as it was before the first line, for the transcript.
  private let courseBefore: [String]
  /// Lessons that were left before their end, as they were left.
  var kept: [String: Desk] = [:]
  /// Lessons and their files that came from outside of the program.
  var packed: [LessonShelf.Entry] = []
  var packedFiles: [(name: String, text: String)] = []
  /// The page of the lesson that was finished last.
  var lastSummary: Page?
  /// How drills went, in this session and before.
  package internal(set) var drillHistory: DrillHistory
  /// Whether turns carry the lines of a transcript.
  package var keepsRecord = true
  /// Calls that succeeded, while a script is written out of them.
  var callLog: [PerformedCall]?
  /// All `aws` commands with what came of them, kept at the same time.
  var commandLog: [RanCommand]?
  /// Files that came from the disk, as they were then.
  var imported: [String: [UInt8]] = [:]
  var undoable: [UndoStep] = []
  var redoable: [UndoStep] = []
  /// Asked now and then while a load runs, for a progress bar; saying no ends the load.
  package var watchLoad: ((LoadProgress) -> Bool)?
  /// Whether a file of the disk can be read; without it every file is taken for one that can, and what
  /// reads it says so if it cannot.
  package var canRead: ((String) -> Bool)?
  /// Whether the disk has a file with another content at a path; without it none is taken to be there.
  package var isOtherOnDisk: ((String, [UInt8]) -> Bool)?
  /// When a load that is run again was stopped, by its number.
  var plannedStop: (load: Int, time: Int64)?
  /// Lines for the transcript about loads that were stopped.
  var stops: [String] = []
  /// Whether the meter stands under each command.
  var showsMeter = false

  /// Whether this is the lab in which a script's lines are tried.
  var isExporting = false
  /// How many lines `undo` can take back.
  private static let memory = 200

  package init(
    seed: UInt64 = 1, clock: Instant = Cloud.firstInstant, model: Model = .described,
    course: CourseHistory = CourseHistory(), drillHistory: DrillHistory = DrillHistory()
  ) {
    self.drillHistory = drillHistory
    self.seed = seed
    self.course = course
    courseBefore = course.entries
    self.clock = clock
    desk = Desk(cloud: Cloud.start(seed: seed, at: clock, model: model))
  }

  /// The first lines of a transcript of this workbook, before any line was fed.
  package var header: [String] {
    [
      "keyhole-transcript 1",
      "seed \(seed)  clock \(desk.world.now.zulu)  model \(desk.world.model.rawValue)",
    ] + (courseBefore.isEmpty ? [] : ["course \(courseBefore.joined(separator: " "))"])
      + (drillHistory.isEmpty ? [] : ["history \(drillHistory.entries.joined(separator: " "))"])
  }

  /// Runs one command, which may span several lines.
  package mutating func feed(_ text: String) -> Turn {
    // Editors of Windows begin a file with a mark of their own.
    let text =
      text.utf8.starts(with: [0xEF, 0xBB, 0xBF]) ? String(text.unicodeScalars.dropFirst()) : text
    if Credentials.mayStand(in: text), let refusal = Credentials.refusal(of: text, in: desk) {
      desk.status = refusal.status
      return refusal
    }
    var turn = Turn()
    let before = desk
    let keptBefore = kept
    desk.remarks = []
    desk.marks = []
    let pasted = PastedText.problem(text, after: desk.lines.last)
    desk.lines.append(text)
    desk.bulk = []
    stops = []
    if let pasted {
      turn.complain(pasted, status: 127)
      turn.layOut(from: 0, replies: false)
      desk.status = turn.status
    } else {
      run(text, &turn)
      noteText(text, since: before, turn)
    }
    plannedStop = nil
    if desk.hasNewWorld || desk.hasNewStep { desk.setCheckpoint() }
    addStory(since: before, &turn)
    noteWork(text, since: before, &turn)
    judgeStep(&turn)
    judgeDrill(&turn)
    if explain == .narrated { turn.narrate() }
    if desk.isUndone {
      desk.isUndone = false
    } else {
      remember(text, before, keptBefore)
    }
    if keepsRecord { turn.record = record(text, turn, before) }
    return turn
  }

  /// Keeps the way back from a line that left a trace.
  private mutating func remember(_ text: String, _ before: Desk, _ keptBefore: [String: Desk]) {
    let isTrace =
      desk.world.digest != before.world.digest || desk.files != before.files
      || desk.config != before.config || desk.profile != before.profile
      || desk.variables != before.variables || desk.programs != before.programs
      || desk.lesson?.place != before.lesson?.place || desk.lesson?.met != before.lesson?.met
      || desk.isPlaying != before.isPlaying || desk.hasNewWorld
    guard isTrace else { return }
    undoable.append(
      UndoStep(desk: before, line: text, changes: desk.isChanged(since: before), kept: keptBefore))
    // Now and then many at once, so that a line costs the same however many there were.
    if undoable.count >= 2 * Self.memory { undoable.removeFirst(Self.memory) }
    redoable = []
  }

  /// A line was cancelled at the prompt: nothing ran.
  package static let interruptRecord = "! interrupt"

  // MARK: The story

  private func addStory(since before: Desk, _ turn: inout Turn) {
    guard explain != .off, !desk.isUndone, !desk.hasNewWorld, !desk.hasNewStep else { return }
    let cloud = desk.cloud
    guard cloud.journal.count >= before.cloud.journal.count else { return }
    let happenings = cloud.happenings.suffix(from: before.cloud.happenings.count)
    guard
      cloud.journal.count > before.cloud.journal.count || !happenings.isEmpty
        || !desk.remarks.isEmpty
    else { return }
    var page = Story.page(
      cloud, from: before.cloud.journal.count, level: explain, happenings: happenings,
      remarks: desk.remarks, without: desk.bulk.map(\.range))
    page.add(turn.page)
    if showsMeter, cloud.journal.count > before.cloud.journal.count {
      page.add(MeterPage.line(cloud, since: before.cloud.journal.count), .note)
    }
    turn.page = page
  }

  // MARK: The transcript

  /// Split at line feeds alone, whatever stands before them: no line of a reply looks like a command.
  private static func lines(of text: String) -> [String] {
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
      String(Substring($0))
    }
  }

  private func record(_ text: String, _ turn: Turn, _ before: Desk) -> [String] {
    var lines = stops
    for (index, line) in Self.lines(of: text).enumerated() {
      lines.append((index == 0 ? "> " : ". ") + line)
    }
    lines += desk.marks.map { "@ \($0)" }
    var shown = ""
    for output in turn.outputs { shown += output.text }
    shown += turn.page.text
    if !shown.isEmpty {
      if shown.hasSuffix("\n") { shown.removeLast() }
      lines += Self.lines(of: shown).map { $0.isEmpty ? "|" : "| \($0)" }
    }
    if !desk.hasNewWorld, desk.cloud.journal.count > before.cloud.journal.count {
      let events = Story.events(
        desk.cloud, from: before.cloud.journal.count, without: desk.bulk.map(\.range))
      for event in events {
        if let line = DecisionLine.text(event, in: desk.world) { lines.append("= \(line)") }
      }
      for (event, count) in desk.bulk.flatMap(\.decisions) {
        guard let line = DecisionLine.text(event, in: desk.world) else { continue }
        lines.append("= \(line)" + (count > 1 ? "  x \(count)" : ""))
      }
    }
    if desk.world.digest != before.world.digest { lines.append("~ \(desk.world.digest.short)") }
    if let verdict = desk.lesson?.lastVerdict ?? desk.drill?.lastVerdict {
      lines.append("? \(verdict)")
    }
    return lines
  }
}

/// A decision as a transcript compares it, with the number of its event where the trail has it by itself.
enum DecisionLine {
  static func text(_ event: Event, in world: World) -> String? {
    guard let decision = event.decision?.decision else { return nil }
    var text =
      switch decision.cause {
      case .allowed: "allow"
      case .implicitDeny: "deny implicit"
      case .explicitDeny: "deny explicit"
      }
    text += " \(decision.question.action) \(ShortNames.principal(decision.question.principal))"
    text += " \(ShortNames.stable(event.subject, in: world))"
    if event.call.via != nil { text += " via kinesis" }
    if decision.cause == .implicitDeny {
      text += "  near \(decision.nearestMiss?.statementName ?? "-")"
    } else {
      let names = decision.deciding.map(\.statementName)
      text += "  by \(names.isEmpty ? "-" : names.joined(separator: ", "))"
    }
    return text + (event.operation.kind.isData ? "  trail -" : "  trail e\(event.id)")
  }
}

/// All that `undo` brings back.
package struct Desk {
  package internal(set) var cloud: Cloud {
    _read { yield sharedCloud.value }
    _modify { yield &sharedCloud.value }
  }
  /// What `matrix changes` compares with.
  var checkpoint: Cloud {
    _read { yield sharedCheckpoint.value }
    _modify { yield &sharedCheckpoint.value }
  }
  private var sharedCloud: Shared<Cloud>
  private var sharedCheckpoint: Shared<Cloud>
  package internal(set) var files = LabFiles()
  package internal(set) var variables = ShellVariables()
  /// The lines of this session, for a script.
  var lines = AppendLog<String>()
  /// What `aws configure` set.
  package internal(set) var config = LabConfig()
  /// The profile that commands use when they name none.
  package internal(set) var profile = Desk.firstProfile
  /// Whose credentials a lab begins with.
  static let firstProfile = "admin"
  package internal(set) var lesson: LessonRun?
  /// The desk as it was when free play began.
  var played: [Desk] = []
  /// The drill that is being done, when there is no lesson.
  var drill: DrillRun?
  /// The exit code of the last command.
  var status: Int32 = 0
  /// How often `$RANDOM` was taken.
  var draws = 0
  /// The last reply as JSON, for `query`.
  var lastReply: JSON?
  /// The command whose reply that is, or would be if it had one.
  var lastOperation: String?
  /// Notes for the story of this line.
  var remarks: [String] = []
  /// The access key of the last command, where nobody has it: such a call is in no journal. What came
  /// into the journal since is newer.
  var unknownKey: String? {
    get { refusedKey.flatMap { $0.after == cloud.lastEvent ? $0.key : nil } }
    set { refusedKey = newValue.map { ($0, cloud.lastEvent) } }
  }
  private var refusedKey: (key: String, after: UInt32)?
  /// Progress for the transcript of this line.
  var marks: [String] = []
  /// Loads that were run, by their numbers from 1.
  package internal(set) var loads: [LoadReport] = []
  /// The cache of the newest command that had one, when no load came after it.
  var commandCache: CommandCache?
  /// Programs that `programs run` lets run.
  var programs: [LabProgram] = []
  /// What loads of this line did.
  var bulk: [BulkCalls] = []
  /// Set while a line takes the desk back, so that it is no step of its own.
  var isUndone = false

  package var world: World { _read { yield sharedCloud.value.world } }

  /// The profile that commands use: AWS_PROFILE, or the one of the verb `as`.
  var profileInUse: String { profileVariable?.value ?? profile }

  /// The profile that a variable chooses, and which one does.
  /// Source: AWS CLI: of the two, AWS_PROFILE goes first.
  var profileVariable: (name: String, value: String)? {
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
      if let value = variables.exported(name) { return (name, value) }
    }
    return nil
  }

  /// How one comes by other credentials than those with an access key that nobody has.
  var wayBack: String {
    variables.exported("AWS_ACCESS_KEY_ID") == nil
      ? "aws configure list   shows where the access key comes from"
      : "unset AWS_ACCESS_KEY_ID   goes back to the profile"
  }

  /// That nobody's credentials are in use, and what to do.
  var noCredentials: String {
    if let key = variables.exported("AWS_ACCESS_KEY_ID") {
      return
        "There is no access key \(JSON.quoted(key)) in this lab; unset AWS_ACCESS_KEY_ID takes it back.\n"
    }
    return "There are no credentials \(JSON.quoted(profileInUse)) in this lab.\n"
  }

  /// Whose credentials are in use, and how they are called.
  var identity: (name: String, session: SessionID)? {
    if let key = variables.exported("AWS_ACCESS_KEY_ID") {
      return world.identities.session(ofAccessKey: key).map { (key, $0) }
    }
    return session(ofProfile: profileInUse).map { (profileInUse, $0) }
  }

  /// Whether this line put another world in place of the old one.
  var hasNewWorld: Bool {
    marks.contains {
      $0.hasPrefix("lesson ") || $0.hasPrefix("drill ") || $0 == "reset" || $0 == "return"
    }
  }

  /// Whether this line led to another step, which tells itself what it demonstrates.
  var hasNewStep: Bool { marks.contains { $0.hasPrefix("step ") || $0.hasPrefix("skipped ") } }

  /// Whether one tries things out beside the lesson.
  var isPlaying: Bool { !played.isEmpty }

  /// Whether a line did something that one may want to take back. A refused call and one that only
  /// reads left nothing but their entry in the journal and a moment on the clock.
  func isChanged(since before: Desk) -> Bool {
    if hasNewWorld || files != before.files || profile != before.profile
      || config != before.config || variables != before.variables
      || lesson?.place != before.lesson?.place
      || lesson?.met != before.lesson?.met || isPlaying != before.isPlaying
      || world.model != before.world.model || programs != before.programs
    {
      return true
    }
    guard cloud.journal.count > before.cloud.journal.count else {
      return world.digest != before.world.digest
    }
    var isChanged = false
    cloud.journal.scan(before.cloud.journal.count..<cloud.journal.count) { _, event in
      isChanged =
        event.pointee.call.parent == 0 && event.pointee.error == nil
        && !event.pointee.operation.kind.isReadOnly
      return !isChanged
    }
    return isChanged
  }

  init(cloud: Cloud) {
    sharedCloud = Shared(cloud)
    sharedCheckpoint = sharedCloud
  }

  /// The desk of a new lab: of the old one the lines that led here stay, and their marks.
  func renewed(_ cloud: Cloud) -> Desk {
    var desk = Desk(cloud: cloud)
    desk.lines = lines
    desk.marks = marks
    return desk
  }

  /// What `matrix changes` compares with from now on.
  mutating func setCheckpoint() { sharedCheckpoint = sharedCloud }
}

/// The way back in front of one line.
struct UndoStep {
  var desk: Desk
  var line: String
  /// Whether the line did more than ask.
  var changes: Bool
  /// Lessons that were left before their end, as they were then.
  var kept: [String: Desk]
}

/// Keeps what looks like somebody's real credentials out of the lab and its transcripts.
enum Credentials {
  static func refusal(of text: String, in desk: Desk) -> Turn? {
    guard looksReal(text, in: desk) else { return nil }
    var turn = Turn()
    turn.complain(
      "This looks like a real access key. It was neither run nor written down.\n"
        + "The lab has its own profiles: admin, producer, consumer, auditor.\n", status: 2)
    return turn
  }

  /// Whether a text is worth a closer look: it has the beginning of a key or the name of a secret.
  static func mayStand(in text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      guard bytes.count >= 20 else { return false }
      for place in 0..<bytes.count - 3 {
        switch bytes[place] {
        case UInt8(ascii: "A"):
          // AKIA, ASIA
          if bytes[place + 2] == UInt8(ascii: "I"), bytes[place + 3] == UInt8(ascii: "A") {
            return true
          }
          fallthrough
        case UInt8(ascii: "a"):
          // aws_s…, in any case
          if bytes[place + 1] | 0x20 == UInt8(ascii: "w"),
            bytes[place + 2] | 0x20 == UInt8(ascii: "s"), bytes[place + 3] == UInt8(ascii: "_")
          {
            return true
          }
        default: break
        }
      }
      return false
    }
  }

  /// Keys of AWS's own documentation are nobody's.
  /// Source: IAM User Guide, managing access keys: AKIAIOSFODNN7EXAMPLE.
  private static let documented = "EXAMPLE"
  private static let documentedSecrets = ["examplekey", "example_secret", "exampletoken"]

  private static func looksReal(_ text: String, in desk: Desk) -> Bool {
    let lower = text.lowercased()
    let names = ["aws_secret_access_key", "aws_session_token"]
    for name in names.flatMap({ ["\($0)=", "set \($0) "] }) {
      guard let place = lower.firstRange(of: name) else { continue }
      let value = String(lower[place.upperBound...].drop { "\"' ".contains($0) })
      // What comes from a variable or a reply is the lab's own.
      let isOwn =
        value.hasPrefix("$")
        || documentedSecrets.contains {
          value.prefix { !" \n\"'".contains($0) }.hasSuffix($0)
        }
        || desk.world.identities.sessions.contains { session in
          !session.secret.isEmpty
            && (value.hasPrefix(session.secret.lowercased())
              || value.hasPrefix(session.token.lowercased()))
        }
      // A secret has 40 characters; what says that it is an example is one.
      let secret = value.prefix { $0.isLetter || $0.isNumber || "+/=".contains($0) }
      if !isOwn, secret.count >= 30, !secret.contains("example") { return true }
    }
    let known = Set(desk.world.identities.sessions.map(\.accessKeyID))
    var word: [UInt8] = []
    for byte in Array(text.utf8) + [0] {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        word.append(byte)
      default:
        let key = String(decoding: word, as: UTF8.self)
        word = []
        if key.hasSuffix(documented) { continue }
        if key.utf8.count == 20, key.hasPrefix("AKIA") || key.hasPrefix("ASIA"),
          !key.hasSuffix("EXAMPLE"), !known.contains(key)
        {
          return true
        }
      }
    }
    return false
  }
}
