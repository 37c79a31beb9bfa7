import Testing

@testable import Cloud

/// The list that copies share, against plain arrays.
@Suite struct AppendLogTests {
  /// Chunks that an older copy could not fill are short ones in the middle: every place is found all the
  /// same, by the log and by its pages.
  @Test(arguments: [16, 24, 64]) func everyPlaceIsFoundHoweverCopiesGrew(largest: Int) {
    var dice = Dice(state: UInt64(largest))
    var copies: [(log: AppendLog<Int>, plain: [Int])] = [
      (AppendLog(firstCapacity: 2, largestCapacity: largest), [])
    ]
    for _ in 0..<400 {
      let place = Int.random(in: copies.indices, using: &dice)
      if Int.random(in: 0..<8, using: &dice) == 0 { copies.append(copies[place]) }
      for _ in 0..<Int.random(in: 1...9, using: &dice) {
        let value = Int.random(in: 0..<1_000_000, using: &dice)
        copies[place].log.append(value)
        copies[place].plain.append(value)
      }
    }
    #expect(copies.count > 10)
    for (log, plain) in copies {
      #expect(log.count == plain.count)
      let pages = AppendLog.Pages(log)
      #expect(plain.indices.map { log[$0] } == plain)
      #expect(plain.indices.map { pages[$0].pointee } == plain)
      var scanned: [Int] = []
      log.scan(0..<log.count) { _, value in
        scanned.append(value.pointee)
        return true
      }
      #expect(scanned == plain)
    }
  }

  private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }
}
