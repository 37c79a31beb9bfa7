/// What becomes of the `aws` commands of a line outside of the lab, by what came of them in it.
struct ScriptFates {
  enum Fate: Hashable, Sendable {
    case run
    /// Not run at all: an account may have what the lab lacks.
    case left
    /// Run against a mock server alone: in an account it must not go through.
    case mockOnly
  }

  /// Of each `aws` command in the order of the text; nothing where it cannot be told which was which.
  let ofLeaves: [Fate]?

  init(_ scan: ScriptScan, _ commands: [RanCommand]) {
    let names = scan.leaves.map { scan.command(of: $0) }
    var fates = names.map { _ in Fate.run }
    // A command that no text names was filled in.
    var isTold = commands.allSatisfy {
      names.contains($0.command) || Self.fate(of: $0) == .run
    }
    for name in Set(names) {
      let places = names.indices.filter { names[$0] == name }
      let found = commands.filter { $0.command == name }.map(Self.fate)
      let depths = Set(places.map { scan.leaves[$0].depth })
      if found.isEmpty {
        // What the lab never came to is not tried out in an account.
        for place in places where RanCommand.changes(name) { fates[place] = .left }
      } else if found.count == places.count, depths.count == 1 {
        for (place, fate) in zip(places, found) { fates[place] = fate }
      } else if found.contains(where: { $0 != .run }) {
        isTold = false
      }
    }
    ofLeaves = isTold ? fates : nil
  }

  static func fate(of command: RanCommand) -> Fate {
    if command.status == 0 { return .run }
    if command.isMissing { return .left }
    return RanCommand.changes(command.command) ? .mockOnly : .run
  }

  /// The line with a word in front of each command that is not run everywhere; nothing where its commands
  /// are not those.
  func marked(_ line: String) -> String? {
    guard let ofLeaves else { return nil }
    if ofLeaves.allSatisfy({ $0 == .run }) { return line }
    let scan = ScriptScan(line)
    guard scan.leaves.count == ofLeaves.count else { return nil }
    var result = scan.characters
    for (leaf, fate) in zip(scan.leaves, ofLeaves).reversed() {
      switch fate {
      case .run: break
      case .left: result.insert(contentsOf: "left_out ", at: leaf.start)
      case .mockOnly: result.insert(contentsOf: "mock_only ", at: leaf.start)
      }
    }
    return String(result)
  }
}
