import Foundation
import Testing
import Values

@testable import Insights

struct PatternRow: CustomTestStringConvertible, Sendable {
  var pattern: String
  var text: String
  /// The groups; nothing where the pattern is not found.
  var groups: [String?]?
  var testDescription: String { "/\(pattern)/ in \(text)" }

  init(_ pattern: String, _ text: String, _ groups: [String?]?) {
    self.pattern = pattern
    self.text = text
    self.groups = groups
  }
}

@Suite struct PatternTests {
  static let rows: [PatternRow] = [
    .init("abc", "xabcx", []), .init("abc", "ab", nil), .init("^a(.)c$", "abc", ["b"]),
    .init("(a+?)(a*)", "aaa", ["a", "aa"]), .init("(a|ab)(c|bcd)", "abcd", ["a", "bcd"]),
    .init("(x)?y", "y", [nil]), .init("[^0-9]+([0-9]{2,3})", "ab1234", ["123"]),
    .init("(?i)straße", "STRAßE", []), .init(#"\bkey\b"#, "a key b", []),
    .init(#"\bkey\b"#, "monkey", nil), .init("(?m)^b$", "a\nb\nc", []), .init("a.b", "a\nb", nil),
    .init("(?s)a.b", "a\nb", []), .init(#"(?<n>\d+)-(?P<m>\w+)"#, "x12-ab", ["12", "ab"]),
    .init("[[:upper:]]+", "abC", []), .init(#"\x41\x{e9}"#, "Aé", []), .init("a{2}", "aba", nil),
    .init("a{,2}", "a{,2}", []), .init("[]a]+", "]", []), .init("(?:ab)+(c)", "ababc", ["c"]),
    .init("", "anything", []), .init("(?i:A)b", "ab", []), .init("(?i:A)b", "aB", nil),
  ]

  @Test(arguments: rows) func rowMatches(_ row: PatternRow) throws {
    let regex = try Regex(row.pattern)
    #expect(regex.groups(in: row.text) == row.groups)
    #expect(regex.isFound(in: row.text) == (row.groups != nil))
  }

  /// Against an engine of another kind, over random patterns and texts.
  @Test func randomPatternsMatchAsElsewhere() throws {
    var chance = Chance(7)
    var tried = 0
    for _ in 0..<3000 {
      let pattern = chance.pattern(depth: 3)
      let other = try NSRegularExpression(pattern: pattern)
      let regex = try Regex(pattern)
      for _ in 0..<3 {
        let text = String((0..<chance.below(8)).map { _ in "abc".randomCharacter(&chance) })
        let range = NSRange(text.startIndex..., in: text)
        let expected = other.firstMatch(in: text, range: range)
        #expect(regex.isFound(in: text) == (expected != nil), "/\(pattern)/ in \(text)")
        tried += 1
      }
    }
    #expect(tried == 9000)
  }

  @Test func theTimeGrowsWithTheTextAndNotFaster() throws {
    let regex = try Regex("(a*)*(a|a)*[ab]{0,50}c")
    let text = String(repeating: "a", count: 4000)
    #expect(!regex.isFound(in: text))
    #expect(regex.groups(in: text) == nil)
  }

  @Test func aGlobTakesAsLittleAsItCan() {
    #expect(Glob("a*c*").parts(of: "xabcdc") == ["b", "dc"])
    #expect(Glob("*,*").parts(of: "1,2,3") == ["1", "2,3"])
    #expect(Glob("a*c").parts(of: "ab") == nil)
    #expect(Glob("**").parts(of: "ab") == ["", "ab"])
  }
}

/// Numbers that are the same in every run.
struct Chance {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(max(1, bound)))
  }

  mutating func pattern(depth: Int) -> String {
    switch below(depth > 0 ? 9 : 3) {
    case 0, 1: return String("abc".randomCharacter(&self))
    case 2: return [".", "[ab]", "[^a]", "^", "$"][below(5)]
    case 3, 4: return pattern(depth: depth - 1) + pattern(depth: depth - 1)
    case 5: return "(\(pattern(depth: depth - 1))|\(pattern(depth: depth - 1)))"
    default:
      let inner = "(?:\(pattern(depth: depth - 1)))"
      return inner + ["*", "+", "?", "{1,2}", "*?", "+?"][below(6)]
    }
  }
}

extension String {
  fileprivate func randomCharacter(_ chance: inout Chance) -> Character {
    self[index(startIndex, offsetBy: chance.below(count))]
  }
}
