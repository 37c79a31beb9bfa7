import Commands

/// Puts lines together until each is a whole command.
package enum LineGrouping {
  /// Blank lines and lines of remarks between commands are left out.
  package static func commands(_ lines: [String]) -> [String] {
    var commands: [String] = []
    var open = ""
    for line in lines {
      if open.isEmpty {
        let bare = line.drop { $0 == " " || $0 == "\t" }
        if bare.isEmpty || bare.hasPrefix("#") { continue }
        open = line
      } else {
        open += "\n" + line
      }
      if case .complete = ShellInput.status(of: open) {
        commands.append(open)
        open = ""
      }
    }
    if !open.isEmpty { commands.append(open) }
    return commands
  }
}
