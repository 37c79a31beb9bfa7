import Values

/// The variables of a session, in the order in which they were set.
package struct ShellVariables: Hashable, Sendable {
  package struct Variable: Hashable, Sendable {
    package var name: String
    package var value: String
    package var isExported: Bool
  }

  package private(set) var all: [Variable] = []

  package init() {}

  package subscript(name: String) -> String? { all.first { $0.name == name }?.value }

  /// The value that commands see.
  package func exported(_ name: String) -> String? {
    all.first { $0.name == name && $0.isExported }?.value
  }

  package mutating func set(_ name: String, _ value: String, exporting: Bool = false) {
    if let place = all.firstIndex(where: { $0.name == name }) {
      all[place].value = value
      if exporting { all[place].isExported = true }
    } else {
      all.append(Variable(name: name, value: value, isExported: exporting))
    }
  }

  package mutating func export(_ name: String) {
    if let place = all.firstIndex(where: { $0.name == name }) {
      all[place].isExported = true
    } else {
      set(name, "", exporting: true)
    }
  }

  package mutating func remove(_ name: String) { all.removeAll { $0.name == name } }
}

/// Fills in variables and replies, and splits at blanks what was not quoted.
package enum ShellExpander {
  /// `substitute` runs the text of a `$(…)` and gives its output.
  package static func words<Failure: Error>(
    _ words: [ShellWord], _ variables: ShellVariables, status: Int32,
    substitute: (String) throws(Failure) -> String
  ) throws(Failure) -> [String] {
    var result: [String] = []
    for word in words {
      var current = ""
      var isWord = word.isQuoted
      for part in word.parts {
        let (value, isQuoted) = try self.value(of: part, variables, status, substitute)
        if isQuoted {
          current += value
          if !value.isEmpty { isWord = true }
          continue
        }
        let pieces = value.split(whereSeparator: { " \t\n".contains($0) })
        if value.first.map({ " \t\n".contains($0) }) == true, isWord, !current.isEmpty {
          result.append(current)
          current = ""
          isWord = false
        }
        for (index, piece) in pieces.enumerated() {
          if index > 0 {
            result.append(current)
            current = ""
          }
          current += piece
          isWord = true
        }
        if value.last.map({ " \t\n".contains($0) }) == true, !pieces.isEmpty {
          result.append(current)
          current = ""
          isWord = false
        }
      }
      if isWord { result.append(current) }
    }
    return result
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
