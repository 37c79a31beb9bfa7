/// A remark as a sentence, for somebody to whom a page is read.
enum Sentence {
  /// With a capital in front and a stop behind, where it has none. What begins with a name or a command
  /// keeps its letters: no stream is called `Orders`, and no command `Aws`.
  static func of(_ text: String) -> String {
    let first = text.prefix { $0 != " " }
    let isName = first.dropLast().contains { "-/:_.".contains($0) } || commands.contains(first)
    let begun = isName ? text : text.prefix(1).uppercased() + text.dropFirst()
    return begun + (".:?!".contains(begun.last ?? " ") ? "" : ".")
  }

  /// Commands whose names are words like any other.
  private static let commands: Set<Substring> = ["aws", "explain", "wait", "why"]
}
