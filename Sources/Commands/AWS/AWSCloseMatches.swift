/// The names that the CLI offers for a misspelt one.
///
/// It takes them from Python's `difflib`, so they are measured alike: twice the number of matching
/// characters over the number of all, where the matching ones are the longest common run, and then
/// those to its left and to its right.
enum AWSCloseMatches {
  private static let least = 0.8
  private static let most = 3

  /// At most three names, nearest first.
  static func of(_ word: String, among names: some Sequence<String>) -> [String] {
    let typed = Array(word.utf8)
    var found: [(score: Double, name: String)] = []
    for name in names {
      let score = ratio(Array(name.utf8), typed)
      if score >= least { found.append((score, name)) }
    }
    found.sort { ($0.score, $0.name) > ($1.score, $1.name) }
    return found.prefix(most).map(\.name)
  }

  private static func ratio(_ name: [UInt8], _ typed: [UInt8]) -> Double {
    let all = Double(name.count + typed.count)
    // Lengths that differ too much need no look, however long the word is.
    guard all > 0, 2 * Double(min(name.count, typed.count)) / all >= least else { return 0 }
    var matching = 0
    var waiting = [(name[...], typed[...])]
    while let (left, right) = waiting.popLast() {
      let run = longestRun(left, right)
      guard run.count > 0 else { continue }
      matching += run.count
      waiting.append((left[..<run.left], right[..<run.right]))
      waiting.append((left[(run.left + run.count)...], right[(run.right + run.count)...]))
    }
    return 2 * Double(matching) / all
  }

  /// The longest common run; of several the first in the left text, then the first in the right.
  private static func longestRun(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>)
    -> (left: Int, right: Int, count: Int)
  {
    var best = (left: left.startIndex, right: right.startIndex, count: 0)
    var lengths = [Int](repeating: 0, count: right.count + 1)
    for row in left.indices {
      var diagonal = 0
      for (offset, column) in right.indices.enumerated() {
        let length = left[row] == right[column] ? diagonal + 1 : 0
        diagonal = lengths[offset + 1]
        lengths[offset + 1] = length
        if length > best.count {
          best = (row - length + 1, column - length + 1, length)
        }
      }
    }
    return best
  }
}
