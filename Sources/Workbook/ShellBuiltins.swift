/// The shell's own small commands, which are no verbs of the lab.
enum ShellBuiltins {
  /// What a builtin prints.
  struct Output {
    var bytes: [UInt8] = []
    /// What it complains of, a line each.
    var problems: [String] = []
  }

  /// What a builtin prints and ends with; nothing when the name is none.
  static func run(_ words: [String]) -> (output: Output, status: Int32)? {
    switch words.first {
    case ":", "true": return (Output(), 0)
    case "false": return (Output(), 1)
    case "printf":
      let format = PrintFormat(Array(words.dropFirst()))
      return (Output(bytes: format.bytes, problems: format.problems), format.status)
    default: return nil
    }
  }

  /// `echo`: `-n` leaves the line's end out, `-e` reads escapes, `-E` does not.
  static func echo(_ words: [String]) -> Output {
    var words = words[...]
    var isLine = true
    var isEscaped = false
    while let option = words.first, option.hasPrefix("-"), option.count > 1,
      option.dropFirst().allSatisfy({ "neE".contains($0) })
    {
      for letter in option.dropFirst() {
        switch letter {
        case "n": isLine = false
        case "e": isEscaped = true
        default: isEscaped = false
        }
      }
      words.removeFirst()
    }
    let text = words.joined(separator: " ")
    let end = isLine ? "\n" : ""
    guard isEscaped else { return Output(bytes: Array((text + end).utf8)) }
    let (bytes, ends) = ShellEscapes.read(text.utf8, .echo)
    return Output(bytes: ends ? bytes : bytes + Array(end.utf8))
  }
}

extension Turn {
  /// What a builtin of the shell has to say.
  mutating func print(_ output: ShellBuiltins.Output) {
    if !output.bytes.isEmpty { print(output.bytes) }
    guard !output.problems.isEmpty else { return }
    outputs.append(
      Output(text: output.problems.map { $0 + "\n" }.joined(), isError: true))
  }
}
