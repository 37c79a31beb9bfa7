import Cloud
import Commands
import Values

extension Workbook {
  /// What could complete a line: the candidates for its last word, and how many UTF-8 bytes that
  /// word has.
  package func completions(of line: String) -> (candidates: [String], replacing: Int) {
    // What is typed inside a `$(…)` is completed like a line.
    let inner = line.split(separator: "$(", omittingEmptySubsequences: false).last ?? ""
    let words = inner.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let current = words.last ?? ""
    let before = words.dropLast().filter { !$0.isEmpty }
    var found: [String]
    if before.isEmpty {
      found = Verb.table.map(\.name) + ["aws"]
    } else if before[0] == "aws" {
      found = AWSCompletion.candidates(
        after: Array(before.dropFirst()), current: current, environment.extensions
      ).flatMap { texts(of: $0, current) }
    } else {
      found = arguments(of: before[0])
    }
    found = found.filter { $0.hasPrefix(current) && $0 != current }
    return (Set(found).sorted(), current.utf8.count)
  }

  private func texts(of candidate: AWSCandidate, _ current: String) -> [String] {
    switch candidate {
    case .text(let text): [text]
    case .live(.stream): streams
    case .live(.key): desk.world.keys.slots(in: .usEast1).map { desk.world.keys[$0].id }
    case .live(.alias): desk.world.keys.aliases.map(\.name)
    case .live(.profile): desk.world.identities.everyProfile
    case .live(.role): desk.world.identities.roles.keys.sorted()
    case .live(.file):
      desk.files.names.map { (current.hasPrefix("fileb://") ? "fileb://" : "file://") + $0 }
    }
  }

  private var streams: [String] {
    desk.world.streams.slots(in: .usEast1).map { desk.world.streams[$0].name }
  }

  private func arguments(of verb: String) -> [String] {
    switch verb {
    case "help": Verb.table.map(\.name)
    case "lesson": shelf.map(\.id)
    case "as", "what-can", "can": desk.world.identities.everyProfile
    case "xray": streams
    case "vpc-endpoint": Endpoints.Service.allCases.map(\.rawValue) + ["off", "--policy"]
    case "model": ["described", "documented"]
    case "explain": ["off", "brief", "full", "json", "narrated"]
    case "cat", "ls", "rm", "export-file": desk.files.names
    case "export-script": LessonShelf.entries.map(\.id) + desk.files.names
    case "predict": ["allow", "deny", "throttle"]
    case "glossary": unlocked.map(\.term)
    case "compare": desk.lesson?.routes.map(\.step) ?? []
    case "detour": desk.lesson?.lesson.steps.filter(\.isDetour).map(\.id) ?? []
    default: []
    }
  }
}
