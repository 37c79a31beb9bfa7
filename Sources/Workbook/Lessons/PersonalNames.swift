import Cloud
import Narration

extension Workbook {
  /// A text of the lesson with the learner's own names: `{my stream}`, `{my key}`, `{my profile}`
  /// and `{my file}` are what the last call was about, `{stream NAME FIELD}` and `{key NAME FIELD}`
  /// what the world says at the moment.
  func personal(_ text: String) -> String {
    guard text.contains("{") else { return text }
    var result = ""
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "{") {
      result += rest[..<open]
      let inside = rest[rest.index(after: open)...]
      guard let close = inside.firstIndex(of: "}"),
        let value = PersonalName(parsing: String(inside[..<close])).map({ value(of: $0) })
      else {
        result.append("{")
        rest = inside
        continue
      }
      result += value
      rest = inside[inside.index(after: close)...]
    }
    return result + rest
  }

  private func value(of name: PersonalName) -> String {
    switch name {
    case .streamFact(let stream, let field):
      return StreamFacts.value(field, of: stream, in: desk.world)
    case .keyFact(let key, let field): return KeyFacts.value(field, of: key, in: desk.world)
    case .mine(let kind): return mine(kind) ?? given(kind) ?? "the \(kind.rawValue)"
    }
  }

  /// What the learner's last call of this step was about.
  private func mine(_ kind: PersonalName.Kind) -> String? {
    let events = desk.cloud.journal.suffix(from: desk.lesson?.work.start ?? 0)
    switch kind {
    case .stream:
      for event in events.reversed() {
        if case .stream(let slot) = event.subject { return desk.world.streams[slot].name }
      }
    case .key:
      for event in events.reversed() where event.call.parent == 0 {
        guard case .key(let slot) = event.subject else { continue }
        let names = desk.world.keys.aliases(of: slot).map(\.name).sorted()
        return names.last ?? desk.world.keys[slot].id
      }
    case .profile:
      guard let session = events.last(where: { $0.call.parent == 0 })?.call.session else {
        return nil
      }
      let identities = desk.world.identities
      return identities.everyProfile.first { identities.session(ofProfile: $0) == session }
        ?? ShortNames.principal(identities[session].principal)
    case .file:
      for line in (desk.lesson?.work.lines ?? []).reversed() {
        guard let mark = line.firstRange(of: "file://") else { continue }
        return String(line[mark.upperBound...].prefix { !" '\"\n)".contains($0) })
      }
    }
    return nil
  }

  /// What the lesson's header calls it.
  private func given(_ kind: PersonalName.Kind) -> String? {
    desk.lesson?.lesson.names.first { $0.name == kind.rawValue }?.value
  }
}

/// What may stand between braces in a lesson, besides the names of its header.
enum PersonalName {
  enum Kind: String, CaseIterable { case stream, key, profile, file }

  case mine(Kind)
  case streamFact(String, field: String)
  case keyFact(String, field: String)

  init?(parsing text: String) {
    let words = text.split(separator: " ").map(String.init)
    if words.count == 2, words[0] == "my", let kind = Kind(rawValue: words[1]) {
      self = .mine(kind)
    } else if words.count == 3, words[0] == "stream", StreamFacts.fields.contains(words[2]) {
      self = .streamFact(words[1], field: words[2])
    } else if words.count == 3, words[0] == "key", KeyFacts.fields.contains(words[2]) {
      self = .keyFact(words[1], field: words[2])
    } else {
      return nil
    }
  }
}
