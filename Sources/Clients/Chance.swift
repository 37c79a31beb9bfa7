/// Chance of a client, which is not the world's: the same seed gives the same load.
///
/// SplitMix64 (Steele, Lea and Flood, 2014).
package struct Chance: Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// A number below `bound`, which must be positive; so nearly equally likely that no load shows it.
  package mutating func number(below bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }
}
