import API
import Testing
import Values

@testable import Commands

struct ShorthandRow: CustomTestStringConvertible, Sendable {
  var text: String
  /// The value as JSON, or the text of the refusal.
  var gives: String
  var testDescription: String { text }
}

@Suite struct AWSShorthandTests {
  static let rows: [ShorthandRow] = [
    .init(text: "a=b", gives: #"{"a": "b"}"#),
    .init(text: "a = b , c = d ", gives: #"{"a": "b", "c": "d"}"#),
    .init(text: "a=", gives: #"{"a": ""}"#),
    .init(text: "a=b,,c=d", gives: #"{"a": "b", "c": "d"}"#),
    .init(text: "a=b=c", gives: #"{"a": "b=c"}"#),
    .init(text: "a=b,c,d=e", gives: #"{"a": ["b", "c"], "d": "e"}"#),
    .init(text: #"a=b,"c d",e=f"#, gives: #"{"a": ["b", "c d"], "e": "f"}"#),
    .init(text: #"a=x\,y"#, gives: #"{"a": "x,y"}"#),
    .init(text: #"a=x,y\,z"#, gives: #"{"a": ["x", "y,z"]}"#),
    .init(text: #"a=x,y\,"#, gives: #"{"a": ["x", "y,"]}"#),
    .init(text: #"a="x\"y",b='p\'q'"#, gives: #"{"a": "x\"y", "b": "p'q"}"#),
    .init(text: "a=[],b={}", gives: #"{"a": [], "b": {}}"#),
    .init(text: "a=[x,y,],b=[[p],{q=r}]", gives: #"{"a": ["x", "y"], "b": [["p"], {"q": "r"}]}"#),
    .init(text: "a={b={c=d},e=[f]}", gives: #"{"a": {"b": {"c": "d"}, "e": ["f"]}}"#),
    .init(text: "a@=file://hi", gives: #"{"a": "there"}"#),
    .init(text: "a=file://hi", gives: #"{"a": "file://hi"}"#),
    .init(text: "a:b/c#d.e_f-1=x", gives: #"{"a:b/c#d.e_f-1": "x"}"#),
    .init(text: "", gives: "Expected: '=', received: 'EOF' for input:\n\n^"),
    .init(text: "a", gives: "Expected: '=', received: 'EOF' for input:\na\n ^"),
    .init(text: "a b=c", gives: "Expected: '=', received: 'b' for input:\na b=c\n  ^"),
    .init(text: "a=b,", gives: "Expected: '<second>', received: '<none>' for input:\na=b,\n    ^"),
    .init(
      text: #"a="b"#,
      gives: "Expected: '<double quoted>', received: '<none>' for input:\na=\"b\n  ^"),
    .init(
      text: "a='b", gives: "Expected: '<singled quoted>', received: '<none>' for input:\na='b\n  ^"),
    .init(text: "a=[b", gives: "Expected: ',', received: 'EOF' for input:\na=[b\n    ^"),
    .init(text: "a={b=c}}", gives: "Expected: ',', received: '}' for input:\na={b=c}}\n       ^"),
    .init(text: "a=b,\nc==", gives: "Expected: ',', received: '=' for input:\na=b,\nc==\n  ^"),
    .init(
      text: "a=b,a=c",
      gives: "Second instance of key \"a\" encountered for input:\na=b,a=c\n    ^\n"
        + "This is often because there is a preceding \",\" instead of a space."),
  ]

  @Test(arguments: rows) func rowIsReadAsTheClientReadsIt(_ row: ShorthandRow) {
    do throws(AWSShorthand.Failure) {
      let value = try AWSShorthand.parse(row.text) { (name) throws(AWSUsageError) in
        name == "file://hi" ? "there" : name
      }
      #expect(value.line == row.gives)
    } catch {
      guard case .syntax(let text) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(text == row.gives)
    }
  }

  /// Four times as many pairs cost four times as much, and not sixteen.
  @Test func manyPairsCostWhatTheyAre() {
    func best(_ count: Int) -> Duration {
      let text = (0..<count).map { "k\($0)=v" }.joined(separator: ",")
      return (0..<3).map { _ in
        ContinuousClock().measure {
          let value = try? AWSShorthand.parse(text) { (name) throws(AWSUsageError) in name }
          #expect(value?.object?.count == count)
        }
      }.min() ?? .zero
    }
    #expect(best(4000) / best(1000) < 9)
  }

  @Test func deepNestingIsRefusedAndNotFollowed() {
    let text = "a=" + String(repeating: "[", count: 100_000)
    #expect(throws: AWSShorthand.Failure.self) {
      try AWSShorthand.parse(text) { (name) throws(AWSUsageError) in name }
    }
  }

  @Test(arguments: [
    ("list-key", ["list-keys"]), ("list", []), ("encript", ["encrypt"]), ("", []),
    ("generate-data-keys", ["generate-data-key", "generate-data-key-pair"]),
  ]) func misspeltNamesGetTheNamesThatTheClientOffers(_ word: String, _ names: [String]) throws {
    let kms = try #require(Service.named("kms"))
    #expect(AWSCloseMatches.of(word, among: kms.operations.map(\.cli)) == names)
  }
}
