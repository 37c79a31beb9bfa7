/// One line that shows how far a load has come.
package enum LoadBar {
  private static let widest = 30
  private static let hint = "  Ctrl-C stops"

  /// At most one column less than there are, so that the line never goes on to the next: a shorter bar,
  /// then none, then fewer words.
  package static func line(_ share: Double, _ counts: String, columns: Int) -> String {
    let room = max(1, columns) - 1
    let text = counts + hint
    let width = min(widest, room - text.count - 1)
    guard width >= 4 else { return String((text.count <= room ? text : counts).prefix(room)) }
    let filled = Int(min(1, max(0, share)) * Double(width))
    return String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
      + " " + text
  }
}
