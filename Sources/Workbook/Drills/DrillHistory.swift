/// How drills went, by kind: the last time of each counts.
package struct DrillHistory: Hashable, Sendable {
  package enum Outcome: String, Sendable { case solved, missed }

  /// In the order in which the kinds were last done.
  private(set) var outcomes: [(kind: String, outcome: Outcome)] = []
  /// All drills that were done.
  private(set) var count = 0

  package init() {}

  /// Reads entries such as `alias-moved:missed`; what is none is left out.
  package init(_ entries: [String]) {
    for entry in entries {
      let parts = entry.split(separator: ":").map(String.init)
      guard parts.count == 2, let outcome = Outcome(rawValue: parts[1]) else { continue }
      note(parts[0], outcome)
    }
  }

  package var entries: [String] { outcomes.map { "\($0.kind):\($0.outcome.rawValue)" } }

  var isEmpty: Bool { outcomes.isEmpty }

  subscript(kind: String) -> Outcome? { outcomes.first { $0.kind == kind }?.outcome }

  mutating func note(_ kind: String, _ outcome: Outcome) {
    outcomes.removeAll { $0.kind == kind }
    outcomes.append((kind, outcome))
    count += 1
  }

  /// What to do next: what was missed, longest ago first; then what was never done, in an order that
  /// the seed mixes; then what was done longest ago.
  func next(among kinds: [String], seed: UInt64) -> String {
    if let missed = outcomes.first(where: { $0.outcome == .missed && kinds.contains($0.kind) }) {
      return missed.kind
    }
    let fresh = kinds.filter { self[$0] == nil }
    if !fresh.isEmpty {
      var draw = DrillDraw(seed: seed &+ UInt64(count))
      return draw.one(of: fresh)
    }
    return outcomes.first { kinds.contains($0.kind) }?.kind ?? kinds[0]
  }

  package static func == (left: DrillHistory, right: DrillHistory) -> Bool {
    left.entries == right.entries && left.count == right.count
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(entries) }
}
