import Testing
import Values

struct JSONRow: CustomTestStringConvertible, Sendable {
  var text: String
  var line: String
  var testDescription: String { text }
}

@Suite struct JSONTests {
  static let rows: [JSONRow] = [
    .init(text: #"{"b":1,"a":[true,null]}"#, line: #"{"b": 1, "a": [true, null]}"#),
    .init(text: #""\u00e9\n""#, line: #""é\n""#),
    .init(text: #""\ud83d\ude00""#, line: "\"😀\""),
    .init(text: "[]", line: "[]"),
    .init(text: "-0.5e1", line: "-5.0"),
    .init(text: "12345678901", line: "12345678901"),
  ]

  @Test(arguments: rows) func parsedTextPrintsAsPythonSpacesIt(_ row: JSONRow) throws {
    #expect(try JSON(parsing: row.text).line == row.line)
  }

  @Test(arguments: [
    (#"{"a" 1}"#, "Expecting ':' delimiter: line 1 column 6 (char 5)"),
    ("[1,]", "Expecting value: line 1 column 4 (char 3)"),
    ("{\n a}", "Expecting property name enclosed in double quotes: line 2 column 2 (char 3)"),
    ("1 2", "Extra data: line 1 column 3 (char 2)"),
  ]) func brokenTextIsRefusedInPythonsWords(_ text: String, _ words: String) {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
    #expect(error?.description == words)
  }

  @Test func deepNestingIsRefusedAndDoesNotCrash() {
    let text = String(repeating: "[", count: 200_000)
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test func prettyTextParsesToTheSameValue() throws {
    let value: JSON = ["a": [1, 2, ["b": "x\"y"]], "c": [:], "d": []]
    #expect(try JSON(parsing: value.pretty) == value)
  }
}

@Suite struct Base64Tests {
  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
  func decodingUndoesEncoding(_ text: String) {
    #expect(Base64.decode(Base64.encode(Array(text.utf8))) == Array(text.utf8))
  }

  @Test func knownVectorsComeOut() {
    #expect(Base64.encode(Array("foobar".utf8)) == "Zm9vYmFy")
    #expect(Base64.encode(Array("fooba".utf8)) == "Zm9vYmE=")
  }

  @Test func wrongPaddingIsRefusedAndStrayCharactersAreDropped() {
    #expect(Base64.decode("testdata1") == nil)
    #expect(Base64.decode("aG k=!") == Array("hi".utf8))
    #expect(Base64.strayCharacters(in: "aG k=!") == 2)
  }
}

@Suite struct InstantTests {
  @Test(arguments: [
    ("2026-01-05T09:00:00Z", 1_767_603_600_000 as Int64), ("1970-01-01T00:00:00Z", 0),
    ("2024-02-29T23:59:59Z", 1_709_251_199_000),
  ]) func textAndMillisecondsAgree(_ text: String, _ milliseconds: Int64) {
    #expect(Instant(parsing: text)?.milliseconds == milliseconds)
    #expect(Instant(milliseconds: milliseconds).zulu == text)
  }

  @Test func repliesPrintTheOffset() {
    #expect(Instant(milliseconds: 0).iso8601 == "1970-01-01T00:00:00+00:00")
  }

  @Test func nonsenseIsNoInstant() {
    #expect(Instant(parsing: "2026-13-01T00:00:00Z") == nil)
    #expect(Instant(parsing: "yesterday") == nil)
  }
}

@Suite struct NearNamesTests {
  @Test func nearestComesFirstAndFarNamesDoNotCome() {
    let names = ["put-record", "put-records", "get-records", "create-stream"]
    #expect(NearNames.of("put-recrod", among: names).first == "put-record")
    #expect(NearNames.of("xyzzy", among: names) == [])
  }
}

@Suite struct FingerprintTests {
  @Test func oneBitChangesIt() {
    var first = Fingerprint()
    var second = Fingerprint()
    first.fold("stream orders")
    second.fold("stream ordert")
    #expect(first.value != second.value)
  }
}
