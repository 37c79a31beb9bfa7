/// Fills in variables and replies, and splits at blanks what was not quoted.
package enum ShellExpander {
  /// `substitute` runs the text of a `$(…)` and gives its output.
  package static func words<Failure: Error>(
    _ words: [ShellWord], _ variables: ShellVariables, status: Int32,
    substitute: (String) throws(Failure) -> String
  ) throws(Failure) -> [String] {
    var splitter = WordSplitter()
    for word in words {
      splitter.isWord = word.isQuoted
      for part in word.parts { try fill(part, variables, status, &splitter, substitute) }
      splitter.end()
    }
    return splitter.words
  }

  /// Words while they grow out of the parts of one.
  private struct WordSplitter {
    var words: [String] = []
    /// Whether there is a word even if no text comes to it.
    var isWord = false
    private var current = ""

    private static func isBlank(_ character: Character) -> Bool { " \t\n".contains(character) }

    mutating func add(_ value: String, isQuoted: Bool) {
      if isQuoted {
        current += value
        if !value.isEmpty { isWord = true }
        return
      }
      let pieces = value.split(whereSeparator: Self.isBlank)
      if value.first.map(Self.isBlank) == true, isWord, !current.isEmpty { end() }
      for (index, piece) in pieces.enumerated() {
        if index > 0 { end() }
        current += piece
        isWord = true
      }
      if value.last.map(Self.isBlank) == true, !pieces.isEmpty { end() }
    }

    mutating func end() {
      if isWord { words.append(current) }
      current = ""
      isWord = false
    }
  }

  private static func fill<Failure: Error>(
    _ part: ShellWord.Part, _ variables: ShellVariables, _ status: Int32,
    _ splitter: inout WordSplitter, _ substitute: (String) throws(Failure) -> String
  ) throws(Failure) {
    // Of a default each part is quoted or not by itself.
    if case .variable(let name, fallback: let fallback?, isQuoted: false) = part,
      (variables[name] ?? "").isEmpty
    {
      for part in fallback.parts { try fill(part, variables, status, &splitter, substitute) }
      if fallback.isQuoted { splitter.isWord = true }
      return
    }
    let (value, isQuoted) = try value(of: part, variables, status, substitute)
    splitter.add(value, isQuoted: isQuoted)
  }

  /// One text without splitting: for assignments, files and heredocs.
  package static func text<Failure: Error>(
    _ word: ShellWord, _ variables: ShellVariables, status: Int32,
    substitute: (String) throws(Failure) -> String
  ) throws(Failure) -> String {
    var text = ""
    for part in word.parts { text += try value(of: part, variables, status, substitute).0 }
    return text
  }

  private static func value<Failure: Error>(
    of part: ShellWord.Part, _ variables: ShellVariables, _ status: Int32,
    _ substitute: (String) throws(Failure) -> String
  ) throws(Failure) -> (String, isQuoted: Bool) {
    switch part {
    case .literal(let text): return (text, true)
    case .open(let text): return (text, false)
    case .variable("?", _, let isQuoted): return (String(status), isQuoted)
    case .variable(let name, let fallback, let isQuoted):
      let value = variables[name] ?? ""
      if value.isEmpty, let fallback {
        return (try text(fallback, variables, status: status, substitute: substitute), isQuoted)
      }
      return (value, isQuoted)
    case .substitution(let text, let isQuoted):
      var output = try substitute(text)
      while output.last == "\n" { output.removeLast() }
      return (output, isQuoted)
    }
  }
}
