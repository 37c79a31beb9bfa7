import Values

/// What came of a line.
struct ScriptOutcome {
  var turn: Turn
  var calls: [PerformedCall]
  var commands: [RanCommand]

  /// Runs a line; a file of the disk that it brings is there already.
  init(of text: String, in lab: inout Workbook, brought: (name: String, bytes: [UInt8])?) {
    if let brought { lab.desk.files[brought.name] = brought.bytes }
    lab.callLog = []
    lab.commandLog = []
    turn = lab.feed(text)
    calls = lab.callLog ?? []
    commands = lab.commandLog ?? []
    lab.callLog = nil
    lab.commandLog = nil
  }

  /// Whether it came to the same, as far as a script can tell.
  func agrees(with other: ScriptOutcome) -> Bool {
    turn.status == other.turn.status && commands.count == other.commands.count
      && zip(commands, other.commands).allSatisfy {
        $0.command == $1.command && $0.status == $1.status && $0.code == $1.code
      }
  }

  /// Why a line is no line of a script: nothing of it was done in the lab, or it cannot be told what was.
  func reasonToLeave(_ scan: ScriptScan, _ fates: ScriptFates) -> String? {
    let failed = commands.last { $0.status != 0 }
    guard let leaves = fates.ofLeaves else { return failed?.reason ?? "it cannot be told" }
    guard scan.commands <= 1 else { return nil }
    if leaves.isEmpty { return turn.status == 0 ? nil : "it ended with \(turn.status)" }
    return leaves.allSatisfy { $0 == .left } ? failed?.reason ?? "it was not run" : nil
  }

  /// The code with which an account should refuse a line that ended with a refusal here.
  func expectedCode(isRefused: Bool) -> String? {
    guard let failed = commands.last(where: { $0.status != 0 }), let code = failed.code,
      isRefused || ScriptFates.fate(of: failed) == .run
    else { return nil }
    return code
  }
}

/// The lab as the script leaves an account: without what it does not do there.
struct ScriptAccount {
  private(set) var lab: Workbook
  /// What is missing there; nothing where a mock server has it.
  var lacks: String?

  @discardableResult
  mutating func run(_ text: String, brought: (name: String, bytes: [UInt8])?) -> ScriptOutcome {
    ScriptOutcome(of: text, in: &lab, brought: brought)
  }
}
