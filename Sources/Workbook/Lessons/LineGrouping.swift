import Commands

/// Puts lines together until each is a whole command.
package enum LineGrouping {
  /// Blank lines and lines of remarks between commands are left out.
  package static func commands(_ lines: [String]) -> [String] {
    numbered(lines).map(\.text)
  }

  /// Whole commands, each with the place of its first line.
  static func numbered(_ lines: [String]) -> [(text: String, place: Int)] {
    var commands: [(text: String, place: Int)] = []
    var open: (text: String, place: Int)?
    for (place, line) in lines.enumerated() {
      if let begun = open {
        open = (begun.text + "\n" + line, begun.place)
      } else {
        let bare = line.drop { $0 == " " || $0 == "\t" }
        if bare.isEmpty || bare.hasPrefix("#") { continue }
        open = (line, place)
      }
      if let whole = open, case .complete = ShellInput.status(of: whole.text) {
        commands.append(whole)
        open = nil
      }
    }
    if let open { commands.append(open) }
    return commands
  }
}
