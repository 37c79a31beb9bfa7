/// How the course went, in this session and in others: one word an entry, so that a transcript can
/// begin with it and a file can grow by it.
package struct CourseHistory: Hashable, Sendable {
  /// A prediction, and what came.
  package struct Prediction: Hashable, Sendable {
    /// In percent, 50 to 100.
    package var sureness: Int
    package var isRight: Bool
  }

  /// Lessons that were taken to their end with every step done.
  package private(set) var finished: [String] = []
  /// The step of a lesson where one was last.
  private(set) var places: [String: String] = [:]
  private(set) var predictions: [Prediction] = []
  /// `LESSON/STEP` of steps that were skipped, or done after a look at the solution; longest ago
  /// first.
  private(set) var missed: [String] = []
  /// How many predictions count: the last ones.
  private static let remembered = 200

  /// Fewer tell nothing.
  static let fewest = 5

  package init() {}

  /// What is no entry is left out.
  package init(_ entries: [String]) {
    for entry in entries { note(entry) }
  }

  /// What makes this history again.
  package var entries: [String] {
    finished.map { "done:\($0)" }
      + places.sorted { $0.key < $1.key }.map { "at:\($0.key)/\($0.value)" }
      + predictions.map { "said:\($0.sureness):\($0.isRight ? "right" : "wrong")" }
      + missed.map { "missed:\($0)" }
  }

  mutating func note(_ entry: String) {
    let parts = entry.split(separator: ":").map(String.init)
    guard parts.count >= 2 else { return }
    switch parts[0] {
    case "done":
      if !finished.contains(parts[1]) { finished.append(parts[1]) }
      places[parts[1]] = nil
    case "at":
      let place = parts[1].split(separator: "/").map(String.init)
      guard place.count == 2 else { return }
      places[place[0]] = place[1]
    case "said":
      guard parts.count == 3, let sureness = Int(parts[1]), (50...100).contains(sureness) else {
        return
      }
      predictions.append(Prediction(sureness: sureness, isRight: parts[2] == "right"))
      if predictions.count > Self.remembered { predictions.removeFirst() }
    case "missed":
      missed.removeAll { $0 == parts[1] }
      missed.append(parts[1])
    case "again": missed.removeAll { $0 == parts[1] }
    default: return
    }
  }

  /// How sure one was, and how often it came so.
  static func calibration(_ predictions: [Prediction]) -> String? {
    guard !predictions.isEmpty else { return nil }
    let count = predictions.count
    let right = predictions.count(where: \.isRight)
    let sureness = predictions.reduce(0) { $0 + $1.sureness } / count
    let share = right * 100 / count
    // The mean square of how far each was from what came: 0 is best, 25 is what a coin reaches.
    let penalty =
      predictions.reduce(0) { sum, prediction in
        let off = (prediction.isRight ? 100 : 0) - prediction.sureness
        return sum + off * off
      } / (count * 100)
    let verdict =
      count < fewest
      ? "too few to tell how well you know what you know"
      : sureness > share + 10
        ? "more sure than right"
        : sureness + 10 < share ? "better than you thought" : "well judged"
    return
      "Predictions: \(right) of \(count) right, \(sureness)% sure on average; score \(penalty) "
      + "(0 is best, 25 is guessing): \(verdict)"
  }
}
