import Testing
import Values

@Suite struct SharedMapTests {
  /// Many steps of a fixed chance, beside a dictionary that does the same.
  @Test func itHoldsWhatADictionaryHolds() {
    var map = SharedMap<Int>()
    var plain: [String: Int] = [:]
    var chance: UInt64 = 7
    func next(_ limit: UInt64) -> Int {
      chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((chance >> 33) % limit)
    }
    for step in 0..<4000 {
      let key = "k\(next(step < 2000 ? 600 : 60))"
      let value = next(3) == 0 ? nil : next(4)
      let (old, oldPlain) = (map, plain)
      map[key] = value
      plain[key] = value
      guard step.isMultiple(of: 7) else { continue }
      #expect(old[key] == oldPlain[key] && map[key] == value)
      #expect(map.count == plain.count && map.isEmpty == plain.isEmpty)
      #expect(map.changes(since: old) == (oldPlain[key] == value ? [] : [key]))
      #expect((map == old) == (plain == oldPlain))
    }
    #expect(map.keys.sorted() == plain.keys.sorted())
    #expect(map.values.sorted() == plain.values.sorted())
  }

  /// However a map came to what it holds.
  @Test func mapsOfTheSameEntriesAreEqual() {
    var forward = SharedMap<Int>()
    var backward = SharedMap<Int>()
    for number in 0..<300 { forward["\(number)"] = number }
    for number in (0..<900).reversed() { backward["\(number)"] = number }
    #expect(backward.changes(since: forward).count == 600)
    for number in 300..<900 { backward["\(number)"] = nil }
    #expect(forward == backward && backward.changes(since: forward) == [])
    for number in 3..<300 {
      forward["\(number)"] = nil
      backward["\(302 - number)"] = nil
    }
    #expect(forward == backward && forward.keys.sorted() == ["0", "1", "2"])
    backward["1"] = 2
    #expect(forward != backward)
  }

  @Test func mapsOfAnySizeBecomeEmptyAgain() {
    // One leaf, just no leaf any more, and more.
    for count in [1, 8, 9, 10, 17] {
      var map = SharedMap<Int>()
      for number in 0..<count { map["\(number)"] = number }
      #expect(map.count == count)
      for number in 0..<count { #expect(map["\(number)"] == number) }
      for number in 0..<count { map["\(number)"] = nil }
      #expect(map == SharedMap())
    }
  }
}
