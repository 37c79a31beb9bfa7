import Testing
import Values

@Suite struct YAMLTests {
  @Test(arguments: [
    ("a: 1\nb: [x, 'y', \"z\"]", #"{"a": 1, "b": ["x", "y", "z"]}"#),
    ("- a\n- b: 1\n  c: 2\n-\n  - d", #"["a", {"b": 1, "c": 2}, ["d"]]"#),
    (
      "Tags:\n- Key: a\n  Value: b\n- Key: c\n  Value: ''",
      #"{"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": ""}]}"#
    ),
    ("a: !!binary aGk=\nb: !!str 5", #"{"a": "aGk=", "b": "5"}"#),
    (
      "a: |\n  one\n   two\n\n  three\nb: >-\n  one\n  two\n\n  three\n",
      #"{"a": "one\n two\n\nthree\n", "b": "one two\nthree"}"#
    ),
    ("a: one\n  two\n\n  three # no\n", #"{"a": "one two\nthree"}"#),
    ("---\n# remark\na: {b: [], c: {}}\n...\n", #"{"a": {"b": [], "c": {}}}"#),
    ("a: \"x\\ty\\u00e9\\\n  z\"", #"{"a": "x\tyéz"}"#),
    ("a:\nb: ~\nc: true\nd: yes", #"{"a": null, "b": null, "c": true, "d": "yes"}"#),
    ("a: {x: 1,\n  y: [2,\n  3]}\nb: 2", #"{"a": {"x": 1, "y": [2, 3]}, "b": 2}"#),
    (
      "u: http://x/y#z\nt: 2026-01-05 09:00:00",
      ##"{"u": "http://x/y#z", "t": "2026-01-05 09:00:00"}"##
    ),
    (#"{"a": [1, 2.5, null], "b": {"c": "d"}}"#, #"{"a": [1, 2.5, null], "b": {"c": "d"}}"#),
    ("a: &x hello", #"{"a": "hello"}"#), ("a: &x !!str 5", #"{"a": "5"}"#),
    ("a: &x [1]", #"{"a": [1]}"#), ("\u{FEFF}a: b", #"{"a": "b"}"#),
    ("%YAML 1.1\n---\na: b\n...\n# end\n", #"{"a": "b"}"#),
    ("- - 1\n  - 2\n- - 3", "[[1, 2], [3]]"), ("", "null"), ("0x10", "16"), ("'it''s'", #""it's""#),
  ]) func aDocumentReadsAsTheSpecificationSays(_ text: String, _ json: String) throws {
    #expect(try JSON(parsingYAML: text).line == json)
  }

  @Test(arguments: [
    ("a: [1, 2", 1), ("a: 1\na: 2", 2), ("a: *x", 1), ("a: &x", 1), ("a: & b", 1), ("a: &x - b", 1),
    ("a: ]b", 1),
    ("}", 1), (", a", 1), ("]: a", 1), ("%", 1), ("%YAML 1.1\na: b", 2), ("\ta: b", 1),
    ("a: b\n\tc: d", 2), ("a: b\n...\nc", 3), ("a: b\n---\nc: d", 2), ("a: 1\n   b: 2", 2),
    ("a: b: c", 1),
    ("x: !y z", 1),
    ("a: \"b", 1), ("- a\nb: 1", 2), ("a: 'x' y", 1),
  ]) func whatCannotBeReadIsRefusedWithItsLine(_ text: String, _ line: Int) {
    let error = #expect(throws: YAMLError.self) { try JSON(parsingYAML: text) }
    #expect(error?.line == line, "\(error?.problem ?? "")")
  }

  @Test func deepNestingIsRefused() {
    #expect(throws: YAMLError.self) {
      try JSON(parsingYAML: String(repeating: "[", count: 5_000))
    }
    #expect(throws: YAMLError.self) {
      try JSON(parsingYAML: String(repeating: "- ", count: 5_000) + "a")
    }
  }
}
