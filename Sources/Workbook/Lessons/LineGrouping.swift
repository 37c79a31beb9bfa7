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
    var open = OpenCommand()
    var begin = 0
    for (place, line) in lines.enumerated() {
      if open.isEmpty {
        let bare = line.drop { $0 == " " || $0 == "\t" }
        if bare.isEmpty || bare.hasPrefix("#") { continue }
        begin = place
      }
      if let command = open.add(line) { commands.append((command, begin)) }
    }
    if !open.isEmpty { commands.append((open.take(), begin)) }
    return commands
  }
}
