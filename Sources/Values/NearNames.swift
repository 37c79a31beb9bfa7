/// Names that look like a mistyped one, nearest first.
package enum NearNames {
  /// At most three, each within a third of the name's length (at least two, of three letters one) in edits.
  package static func of(_ name: String, among candidates: some Sequence<String>) -> [String] {
    let typed = name.lowercased()
    // Two edits make any name of three letters of any other.
    let bound = typed.count <= 3 ? 1 : max(2, typed.count / 3)
    var found: [(distance: Int, name: String)] = []
    for candidate in candidates {
      let other = candidate.lowercased()
      let distance =
        !typed.isEmpty && other.hasPrefix(typed) ? 1 : editDistance(typed, other, bound: bound)
      if distance <= bound { found.append((distance, candidate)) }
    }
    found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return found.prefix(3).map(\.name)
  }

  /// Insertions, removals, changes and swaps of neighbours that turn one text into the other; one
  /// more than the bound where they are further apart.
  package static func editDistance(_ first: String, _ second: String, bound: Int) -> Int {
    let left = Array(first.unicodeScalars)
    let right = Array(second.unicodeScalars)
    guard abs(left.count - right.count) <= bound else { return bound + 1 }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, scalar) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var best = min(
          last[column + 1] + 1, current[column] + 1, last[column] + (scalar == other ? 0 : 1))
        if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
