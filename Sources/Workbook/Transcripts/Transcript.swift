import Cloud
import Values

/// A transcript: what was typed, and what came of it, one event a line.
package struct Transcript: Sendable {
  /// One typed command and all lines that belong to it.
  package struct Entry: Sendable {
    /// The number of its first line, from 1.
    package var line: Int
    package var command: String
    /// The lines that came of it, as they stand.
    package var expected: [(line: Int, text: String)] = []
    /// Remarks that stand in front of it.
    package var remarks: [String] = []
  }

  package struct Failure: Error, Hashable, Sendable {
    package var line: Int
    package var problem: String
  }

  package var seed: UInt64 = 1
  package var clock = Cloud.firstInstant
  package var model = Model.described
  /// How the course went before.
  package var course = CourseHistory()
  /// How drills went before.
  package var history = DrillHistory()
  package var entries: [Entry] = []
  /// Remarks after the last entry.
  package var trailing: [String] = []
  /// The last line was torn off and dropped.
  package var isTorn = false

  package static let firstLine = "keyhole-transcript 1"

  /// Fails for what is no transcript. A torn last line is dropped; what stands before it counts.
  package init(parsing text: String) throws(Failure) {
    var lines = TextLines.split(text)
    if lines.last == "" {
      lines.removeLast()
    } else if lines.count > 1 {
      lines.removeLast()
      isTorn = true
    }
    guard lines.first == Self.firstLine else {
      throw Failure(
        line: 1,
        problem: "a transcript begins with \(JSON.quoted(Self.firstLine)), not with "
          + JSON.quoted(String((lines.first ?? "").prefix(60))))
    }
    var remarks: [String] = []
    var isHeader = true
    for (index, line) in lines.enumerated().dropFirst() {
      let number = index + 1
      let body = line.count > 2 ? String(line.dropFirst(2)) : ""
      switch line.first {
      case "s" where isHeader: try readHeader(line, number)
      case "c" where isHeader && line.hasPrefix("course "):
        course = CourseHistory(line.split(separator: " ").dropFirst().map(String.init))
      case "h" where isHeader && line.hasPrefix("history "):
        history = DrillHistory(line.split(separator: " ").dropFirst().map(String.init))
      case ">":
        isHeader = false
        entries.append(Entry(line: number, command: body, remarks: remarks))
        remarks = []
      case ".":
        guard !entries.isEmpty else {
          throw Failure(line: number, problem: "a continuation line without a command")
        }
        entries[entries.count - 1].command += "\n" + body
      case "|", "=", "~", "?", "@":
        guard !entries.isEmpty else {
          throw Failure(line: number, problem: "an answer without a command")
        }
        entries[entries.count - 1].expected.append((number, line))
      case "#", nil: remarks.append(line)
      case "!" where line == Workbook.interruptRecord || line.hasPrefix("! stop load "):
        remarks.append(line)
      case "!":
        throw Failure(
          line: number,
          problem: "a line of ! is ! interrupt or ! stop load NUMBER after MILLISECONDS ms, not "
            + JSON.quoted(String(line.prefix(40))))
      default:
        throw Failure(
          line: number,
          problem: "a line begins with one of > . | = ~ ? @ ! #, not with "
            + JSON.quoted(String(line.prefix(20))))
      }
    }
    trailing = remarks
  }

  /// `seed 1  clock 2026-01-05T09:00:00Z  model described`
  private mutating func readHeader(_ line: String, _ number: Int) throws(Failure) {
    let words = line.split(separator: " ").map(String.init)
    var place = 0
    while place + 1 < words.count {
      let value = words[place + 1]
      switch words[place] {
      case "seed":
        guard let seed = UInt64(value) else {
          throw Failure(line: number, problem: "seed is a number, not \(JSON.quoted(value))")
        }
        self.seed = seed
      case "clock":
        guard let clock = Instant(parsing: value) else {
          throw Failure(line: number, problem: "clock is a time, not \(JSON.quoted(value))")
        }
        self.clock = clock
      case "model":
        guard let model = Model(rawValue: value) else {
          throw Failure(
            line: number, problem: "model is described or documented, not \(JSON.quoted(value))")
        }
        self.model = model
      default:
        throw Failure(
          line: number, problem: "the header has no \(JSON.quoted(words[place]))")
      }
      place += 2
    }
  }

  /// The workbook as it was before the first line.
  package func workbook() -> Workbook {
    Workbook(seed: seed, clock: clock, model: model, course: course, drillHistory: history)
  }
}

extension Workbook {
  /// Runs an entry of a transcript again, and stops its loads where they were stopped.
  package mutating func feed(_ entry: Transcript.Entry) -> Turn {
    for remark in entry.remarks {
      let words = remark.split(separator: " ")
      // `! stop load 2 after 3412 ms`
      if words.count == 7, words.starts(with: ["!", "stop", "load"]), let load = Int(words[3]),
        let time = Int64(words[5])
      {
        plannedStop = (load, time)
      }
    }
    return feed(entry.command)
  }
}

/// Matching with holes: `[..]` is any text, `[name]` any text that must be the same each time.
package struct TextMatcher {
  private var captured: [String: String] = [:]

  package init() {}

  package mutating func matches(_ expected: String, _ came: String) -> Bool {
    if expected == came { return true }
    let pieces = Self.pieces(expected)
    guard pieces.count > 1 else { return false }
    var trial = captured
    guard Self.match(pieces[...], came[...], &trial) else { return false }
    captured = trial
    return true
  }

  private enum Piece {
    case text(String)
    case hole(String?)
  }

  private static func pieces(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Substring(text)
    var plain = ""
    while let open = rest.firstIndex(of: "[") {
      plain += rest[..<open]
      let inside = rest[rest.index(after: open)...].prefix { $0 != "]" && $0 != "[" }
      let end = inside.endIndex
      let isName =
        !inside.isEmpty && inside.allSatisfy { ($0.isLetter && $0.isLowercase) || $0 == "-" }
      if end < rest.endIndex, rest[end] == "]", inside == ".." || isName {
        pieces.append(.text(plain))
        pieces.append(.hole(inside == ".." ? nil : String(inside)))
        plain = ""
        rest = rest[rest.index(after: end)...]
      } else {
        plain.append("[")
        rest = rest[rest.index(after: open)...]
      }
    }
    pieces.append(.text(plain + rest))
    return pieces
  }

  /// Each hole takes as little as the rest of the line lets it; a name that is known must be what it was.
  private static func match(
    _ pieces: ArraySlice<Piece>, _ text: Substring, _ captured: inout [String: String]
  ) -> Bool {
    guard let first = pieces.first else { return text.isEmpty }
    let rest = pieces.dropFirst()
    switch first {
    case .text(let wanted):
      guard text.hasPrefix(wanted) else { return false }
      return match(rest, text.dropFirst(wanted.count), &captured)
    case .hole(let name):
      if let name, let known = captured[name] {
        guard text.hasPrefix(known) else { return false }
        return match(rest, text.dropFirst(known.count), &captured)
      }
      guard case .text(let next)? = rest.first else { return true }
      // The last text ends the line; any other may stand where it stands first, or later.
      if rest.count == 1 {
        guard text.hasSuffix(next) else { return false }
        if let name { captured[name] = String(text.dropLast(next.count)) }
        return true
      }
      var from = text.startIndex
      while let found = text[from...].firstRange(of: next) {
        var trial = captured
        if let name { trial[name] = String(text[..<found.lowerBound]) }
        if match(rest, text[found.lowerBound...], &trial) {
          captured = trial
          return true
        }
        if found.isEmpty { break }
        from = text.index(after: found.lowerBound)
      }
      return false
    }
  }
}
