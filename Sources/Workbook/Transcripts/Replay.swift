import Narration
import Values

/// Running a transcript again, and comparing.
package struct Replay {
  package enum Level: String, CaseIterable, Sendable {
    /// Decisions, digests, checks and progress.
    case state
    /// All of it, and every word that was shown.
    case words
  }

  /// The first line that is not as it was.
  package struct Difference: Hashable, Sendable {
    package var line: Int
    package var command: String
    package var expected: String?
    package var came: String?
  }

  package let transcript: Transcript
  package let level: Level

  package init(_ transcript: Transcript, level: Level) {
    self.transcript = transcript
    self.level = level
  }

  /// Nothing when every line came as it was written.
  package func run() -> Difference? {
    var workbook = transcript.workbook()
    var matcher = TextMatcher()
    for entry in transcript.entries {
      let turn = workbook.feed(entry)
      let came = turn.record.filter { isCompared($0) }
      let expected = entry.expected.filter { isCompared($0.text) }
      for index in 0..<max(came.count, expected.count) {
        let wanted = index < expected.count ? expected[index] : nil
        let found = index < came.count ? came[index] : nil
        if let wanted, let found, matcher.matches(wanted.text, found) { continue }
        return Difference(
          line: wanted?.line ?? expected.last.map { $0.line + 1 } ?? entry.line + 1,
          command: entry.command, expected: wanted?.text, came: found)
      }
    }
    return nil
  }

  private func isCompared(_ line: String) -> Bool {
    switch line.first {
    case ">", ".": false
    case "|": level == .words
    default: true
    }
  }

  /// The transcript with today's answers. Lines with holes that still match stay; a decision that
  /// changed is only rewritten when `decisions` says so, and is otherwise returned as a difference.
  package func updated(decisions: Bool) -> (text: String, refused: [Difference]) {
    var workbook = transcript.workbook()
    var matcher = TextMatcher()
    var lines = workbook.header
    var refused: [Difference] = []
    for entry in transcript.entries {
      lines += entry.remarks
      let turn = workbook.feed(entry)
      lines += turn.record.filter { $0.hasPrefix(">") || $0.hasPrefix(".") }
      let came = turn.record.filter { !$0.hasPrefix(">") && !$0.hasPrefix(".") }
      let oldDecisions = entry.expected.filter { $0.text.hasPrefix("=") }
      let newDecisions = came.filter { $0.hasPrefix("=") }
      let keeps = !decisions && oldDecisions.map(\.text) != newDecisions && !entry.expected.isEmpty
      if keeps {
        refused.append(
          Difference(
            line: entry.line, command: entry.command, expected: oldDecisions.first?.text,
            came: newDecisions.first))
      }
      var wroteDecisions = false
      var used: Set<Int> = []
      for line in came {
        if line.hasPrefix("="), keeps {
          if !wroteDecisions { lines += oldDecisions.map(\.text) }
          wroteDecisions = true
          continue
        }
        let kept = entry.expected.indices.first {
          !used.contains($0) && entry.expected[$0].text.contains("[")
            && entry.expected[$0].text.first == line.first
            && matcher.matches(entry.expected[$0].text, line)
        }
        if let kept { used.insert(kept) }
        lines.append(kept.map { entry.expected[$0].text } ?? line)
      }
      if keeps, !wroteDecisions { lines += oldDecisions.map(\.text) }
    }
    lines += transcript.trailing
    return (lines.map { $0 + "\n" }.joined(), refused)
  }
}

extension Replay.Difference {
  /// The report that a person reads.
  package func page(file: String) -> Page {
    var page = Page()
    page.add("\(file):\(line): not as it was", .bad)
    page.add("  command   \(command.split(separator: "\n").first ?? "")")
    page.add("  expected  \(expected ?? "nothing more")")
    page.add("  came      \(came ?? "nothing more")")
    page.add("  go on by hand: keyhole resume \(file) --at \(line)", .next)
    return page
  }
}
