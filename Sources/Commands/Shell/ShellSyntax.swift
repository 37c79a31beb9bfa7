/// A command of the little shell, before anything is filled in.
package struct ShellCommand: Hashable, Sendable {
  /// `NAME=value` in front.
  package var assignments: [Assignment] = []
  package var words: [ShellWord] = []
  /// The text between the lines of a `<<EOF`.
  package var heredoc: ShellWord?
  /// In their order: each file is made, the last one takes the reply.
  package var outputs: [Output] = []

  package struct Assignment: Hashable, Sendable {
    package var name: String
    package var value: ShellWord
  }

  /// `> FILE` and `>> FILE`, in the lab.
  package struct Output: Hashable, Sendable {
    package var file: ShellWord
    /// The word as it was typed.
    package var text: String
    package var appends: Bool
  }
}

/// The commands of a `$(…)`.
package struct ShellSubstitution: Hashable, Sendable {
  package var items: [ShellItem]
  /// What stands between the parentheses.
  package var text: String
}

/// A command and what must have happened before it.
package struct ShellItem: Hashable, Sendable {
  package enum Joint: Hashable, Sendable {
    case always
    /// `&&`
    case onSuccess
    /// `||`
    case onFailure
  }

  package var joint: Joint
  package var command: ShellCommand
}

/// A word as written, in parts.
package struct ShellWord: Hashable, Sendable {
  package indirect enum Part: Hashable, Sendable {
    /// Text that stays as it is.
    case literal(String)
    /// Text of a default that stands in no quotes; split at blanks.
    case open(String)
    /// `$NAME`, `${NAME}`, `${NAME:-default}`; split at blanks unless quoted.
    case variable(String, fallback: ShellWord?, isQuoted: Bool)
    /// `$(…)`
    case substitution(ShellSubstitution, isQuoted: Bool)
  }

  package var parts: [Part] = []
  /// Whether any of it was quoted, so that an empty word stays a word.
  package var isQuoted = false

  package init(parts: [Part] = [], isQuoted: Bool = false) {
    self.parts = parts
    self.isQuoted = isQuoted
  }

  mutating func append(_ other: ShellWord) {
    parts += other.parts
    isQuoted = isQuoted || other.isQuoted
  }
}

/// A line that the little shell does not take.
package struct ShellError: Error, Hashable, Sendable {
  package var message: String
  /// UTF-8 offset in the text, and how many bytes are meant.
  package var offset: Int
  package var length: Int
  /// What works instead.
  package var hint: String

  package init(message: String, offset: Int, length: Int = 1, hint: String) {
    self.message = message
    self.offset = offset
    self.length = length
    self.hint = hint
  }
}

/// Whether what was typed so far is a whole command.
package enum ShellInput {
  package enum Status: Hashable, Sendable {
    case complete
    case needsMore(Reason)
  }

  package enum Reason: Hashable, Sendable {
    case quote(Character)
    case backslash
    case heredoc(delimiter: String)
    case substitution
    /// `${`
    case brace
    /// The body of a loop, a function and the like, up to the word that ends it.
    case block(String)
    case joint

    /// What was opened.
    var opener: String {
      switch self {
      case .quote(let mark): "the quote \(mark)"
      case .backslash: "\\"
      case .heredoc(let delimiter): "<<\(delimiter)"
      case .substitution: "$("
      case .brace: "${"
      case .block(let word): word
      case .joint: "&& or ||"
      }
    }
  }

  package static func status(of text: String) -> Status {
    // Without any of these, or a word of the shell's own, no line can stay open.
    var text = text
    let isPlain = text.withUTF8 { bytes in
      !bytes.contains { "'\"\\<$&|;({".utf8.contains($0) }
    }
    if isPlain, !ShellScanner.beginsReserved(text) { return .complete }
    var parser = ShellScanner(text)
    do throws(ShellScanner.Stop) {
      _ = try parser.items()
      return .complete
    } catch {
      switch error {
      case .unfinished(let reason): return .needsMore(reason)
      // What is refused is refused as a whole.
      case .refused: return ShellExtent.lack(of: text).map(Status.needsMore) ?? .complete
      }
    }
  }
}

package enum ShellParser {
  /// The commands of a whole text; fails with `ShellError` for what the little shell does not take.
  package static func parse(_ text: String) throws(ShellError) -> [ShellItem] {
    var scanner = ShellScanner(text)
    do throws(ShellScanner.Stop) {
      return try scanner.items()
    } catch {
      switch error {
      case .refused(let refusal): throw refusal
      case .unfinished(let reason): throw Self.unfinished(reason, in: text, from: scanner.opening)
      }
    }
  }

  /// Whether bash would run what stands between backquotes, where this shell takes them as they are:
  /// between double quotes, and in a heredoc.
  package static func backquotes(in text: String) -> (quotes: Bool, heredoc: Bool) {
    guard text.utf8.contains(UInt8(ascii: "`")) else { return (false, false) }
    var scanner = ShellScanner(text)
    _ = try? scanner.items()
    return (!scanner.backquotes.isEmpty, !scanner.heredocBackquotes.isEmpty)
  }

  private static func unfinished(
    _ reason: ShellInput.Reason, in text: String, from opening: Int?
  ) -> ShellError {
    let end = opening ?? text.utf8.count
    switch reason {
    case .quote(let mark):
      return ShellError(
        message: "the quote \(mark) that opens here is not closed", offset: end,
        hint: "close it with \(mark)")
    case .backslash:
      return ShellError(
        message: "the line ends in a backslash and nothing follows", offset: end,
        hint: "go on on the next line, or take the backslash away")
    case .heredoc(let delimiter):
      return ShellError(
        message: "the text for \(delimiter) does not end", offset: end, length: 2,
        hint: "end it with a line that is just \(delimiter)")
    case .substitution:
      return ShellError(
        message: "$( is not closed", offset: end, length: 2, hint: "close it with a parenthesis")
    case .block(let word):
      return ShellError(message: "\(word) is missing", offset: end, hint: "add it")
    case .brace:
      return ShellError(
        message: "${ is not closed", offset: end, length: 2, hint: "close it with }")
    case .joint:
      return ShellError(
        message: "a command is missing after && or ||", offset: end, hint: "add one")
    }
  }
}
