/// Fills in variables and replies, and splits at blanks what was not quoted.
package enum ShellExpander {
  /// `substitute` runs the commands of a `$(…)` and gives its output and its exit code, which `$?` is
  /// behind it.
  package static func words<Failure: Error>(
    _ words: [ShellWord], _ variables: ShellVariables, status: Int32,
    substitute: (ShellSubstitution) throws(Failure) -> (text: String, status: Int32)
  ) throws(Failure) -> [String] {
    var splitter = WordSplitter()
    var status = status
    for word in words {
      for part in word.parts { try fill(part, variables, &status, &splitter, substitute) }
      splitter.end()
    }
    return splitter.words
  }

  /// Words while they grow out of the parts of one.
  private struct WordSplitter {
    var words: [String] = []
    /// Whether there is a word even if no text comes to it: what is quoted is one, however empty.
    private var isWord = false
    private var current = ""

    private static func isBlank(_ byte: UInt8) -> Bool {
      byte == 0x20 || byte == 0x09 || byte == 0x0A
    }

    mutating func add(_ value: String, isQuoted: Bool) {
      // By bytes: what ends in \r\n is one character.
      guard !isQuoted, value.utf8.contains(where: Self.isBlank) else {
        current += value
        if isQuoted || !value.isEmpty { isWord = true }
        return
      }
      if value.utf8.first.map(Self.isBlank) == true, isWord { end() }
      for (index, piece) in value.utf8.split(whereSeparator: Self.isBlank).enumerated() {
        if index > 0 { end() }
        current += String(Substring(piece))
        isWord = true
      }
      if value.utf8.last.map(Self.isBlank) == true { end() }
    }

    mutating func end() {
      if isWord { words.append(current) }
      current = ""
      isWord = false
    }
  }

  private static func fill<Failure: Error>(
    _ part: ShellWord.Part, _ variables: ShellVariables, _ status: inout Int32,
    _ splitter: inout WordSplitter,
    _ substitute: (ShellSubstitution) throws(Failure) -> (text: String, status: Int32)
  ) throws(Failure) {
    // Of a default each part is quoted or not by itself.
    if case .variable(let name, fallback: let fallback?, isQuoted: false) = part,
      (variables[name] ?? "").isEmpty
    {
      for part in fallback.parts { try fill(part, variables, &status, &splitter, substitute) }
      return
    }
    let (value, isQuoted) = try value(of: part, variables, &status, substitute)
    splitter.add(value, isQuoted: isQuoted)
  }

  /// One text without splitting: for assignments, files and heredocs.
  package static func text<Failure: Error>(
    _ word: ShellWord, _ variables: ShellVariables, status: Int32,
    substitute: (ShellSubstitution) throws(Failure) -> (text: String, status: Int32)
  ) throws(Failure) -> String {
    var status = status
    return try text(word, variables, &status, substitute)
  }

  private static func text<Failure: Error>(
    _ word: ShellWord, _ variables: ShellVariables, _ status: inout Int32,
    _ substitute: (ShellSubstitution) throws(Failure) -> (text: String, status: Int32)
  ) throws(Failure) -> String {
    var text = ""
    for part in word.parts { text += try value(of: part, variables, &status, substitute).0 }
    return text
  }

  private static func value<Failure: Error>(
    of part: ShellWord.Part, _ variables: ShellVariables, _ status: inout Int32,
    _ substitute: (ShellSubstitution) throws(Failure) -> (text: String, status: Int32)
  ) throws(Failure) -> (String, isQuoted: Bool) {
    switch part {
    case .literal(let text): return (text, true)
    case .open(let text): return (text, false)
    case .variable("?", _, let isQuoted): return (String(status), isQuoted)
    case .variable(let name, let fallback, let isQuoted):
      let value = variables[name] ?? ""
      if value.isEmpty, let fallback {
        return (try text(fallback, variables, &status, substitute), isQuoted)
      }
      return (value, isQuoted)
    case .substitution(let inner, let isQuoted):
      var output: String
      (output, status) = try substitute(inner)
      // By scalars: in \r\n only the second one is taken away.
      while output.unicodeScalars.last == "\n" { output.unicodeScalars.removeLast() }
      return (output, isQuoted)
    }
  }
}
