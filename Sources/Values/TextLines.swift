/// Lines of a file that came from whatever system.
package enum TextLines {
  /// Split at line feeds alone: a carriage return inside of a line is a part of it. Where each line
  /// ends in one, as files of Windows do, it belongs to the ends and not to the lines.
  package static func split(_ text: String) -> [String] {
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    let ended = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
    let isWindows = !ended.isEmpty && ended.allSatisfy { $0.last == 0x0D }
    return lines.map { String(Substring(isWindows && !$0.isEmpty ? $0.dropLast() : $0)) }
  }
}
