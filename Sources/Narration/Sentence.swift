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

  /// The same of what stands in columns: the first cell, then what the others are.
  static func of(columns text: String) -> String {
    let cells = text.split(separator: "  ").map { $0.drop { $0 == " " } }
    guard let first = cells.first, cells.count > 1 else { return of(String(cells.first ?? "")) }
    return of("\(first): \(cells.dropFirst().joined(separator: ", "))")
  }

  /// Commands whose names are words like any other.
  private static let commands: Set<Substring> = ["aws", "explain", "wait", "why"]
}
