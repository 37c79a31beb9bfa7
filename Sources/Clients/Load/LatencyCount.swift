/// How long records took, in milliseconds.
struct LatencyCount {
  private var counts = [Int32](repeating: 0, count: 65_536)
  private var all = 0
  private var most = 0

  mutating func add(_ milliseconds: Int) {
    let place = min(milliseconds, counts.count - 1)
    counts[place] += 1
    all += 1
    most = max(most, place)
  }

  /// Half of them, 99 of 100, all of them took no longer; then begins anew.
  mutating func close() -> (Int, Int, Int) {
    guard all > 0 else { return (0, 0, 0) }
    var seen = 0
    var median = -1
    var slow = -1
    for place in 0...most {
      seen += Int(counts[place])
      if median < 0, seen * 2 >= all { median = place }
      if slow < 0, seen * 100 >= all * 99 { slow = place }
      counts[place] = 0
    }
    let found = (median, slow, most)
    all = 0
    most = 0
    return found
  }
}
