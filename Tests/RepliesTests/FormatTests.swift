import API
import Testing
import Values

@testable import Replies

@Suite struct FormatTests {
  @Test(arguments: FormatRow.all) func everyFormatIsTheClients(_ row: FormatRow) throws {
    let reply = Reply.single(try JSON(parsing: row.json))
    func printed(_ format: ReplyFormat) throws -> String {
      try format.render(reply, operation: row.title)
    }
    #expect(try printed(.text) == row.text)
    #expect(try printed(.table) == row.table)
    // A reply without members prints nothing at all.
    #expect(try printed(.yaml) == (row.json == "{}" ? "" : row.yaml))
    #expect(try printed(.json) == (row.json == "{}" ? "" : JSON(parsing: row.json).pretty + "\n"))
    #expect(try printed(.off) == "")
  }

  @Test(arguments: FormatRow.all) func whatIsPrintedAsYAMLReadsBack(_ row: FormatRow) throws {
    let value = try JSON(parsing: row.json)
    guard !value.isScalar else { return }
    #expect(try JSON(parsingYAML: row.yaml).isSame(as: value), "\(row.yaml)")
  }

  /// What the lab keeps in one place comes over the wire in two.
  @Test func onlyWhatAQueryTookTwiceIsAnAlias() throws {
    let list: JSON = [1]
    let reply = Reply.single(["a": list, "b": list])
    let twice = "a:\n- 1\nb:\n- 1\n"
    #expect(try ReplyFormat.yaml.render(reply, operation: "X") == twice)
    func asked(_ query: String) throws -> String {
      try ReplyFormat.yaml.render(reply, query: JMESPath(parsing: query), operation: "X")
    }
    #expect(try asked("@") == twice)
    #expect(try asked("{a: a, b: a}") == "a: &id001\n- 1\nb: *id001\n")
    #expect(try asked("[a, b, a[:]]") == "- - 1\n- - 1\n- - 1\n")
  }

  @Test func aTableOfRowsWithoutASharedShapeIsRefusedAsTheClientDoes() throws {
    let ragged = #expect(throws: ReplyFormat.Failure.self) {
      try ReplyFormat.table.render(.single([["a", "b"], ["c"]]), operation: "X")
    }
    #expect(ragged?.message == "Row should have 2 elements, instead it has 1")
    let mixed = #expect(throws: ReplyFormat.Failure.self) {
      try ReplyFormat.table.render(.single([["a": 1], 5]), operation: "X")
    }
    #expect(mixed?.message == "'int' object is not iterable")
    let wider = #expect(throws: ReplyFormat.Failure.self) {
      try ReplyFormat.table.render(
        .single([["Root", [["Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"]]]]),
        operation: "X")
    }
    #expect(wider?.message == "list index out of range")
  }
}

@Suite struct PagedReplyTests {
  private static let service: [JSON] = [
    ["Keys": [["KeyId": "a"], ["KeyId": "b"]], "NextMarker": "m1", "Truncated": true],
    ["Keys": [["KeyId": "c"]], "Truncated": false],
  ]

  private func read(most: Int?, startingToken: String? = nil) throws -> PagedReply {
    let operation = Service.named("kms")?.operation(named: "ListKeys")
    var reader = try PageReader(
      try #require(operation?.pagination), startingToken: startingToken, most: most)
    while true {
      let page = reader.input([:])["Marker"] == "m1" ? 1 : 0
      if !(try reader.take(Self.service[page])) { return reader.reply }
    }
  }

  @Test func allPagesAreOneReplyWithoutToken() throws {
    let reply = try read(most: nil)
    #expect(reply.merged.line == #"{"Keys": [{"KeyId": "a"}, {"KeyId": "b"}, {"KeyId": "c"}]}"#)
  }

  /// Each token as the client encodes it.
  @Test(arguments: [
    (1, "eyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ==", ["b", "c"]),
    (2, "eyJNYXJrZXIiOiAibTEifQ==", ["c"]),
  ]) func aTokenLeadsOnToTheRest(_ most: Int, _ token: String, _ rest: [String]) throws {
    #expect(try read(most: most).resumeToken == token)
    let names = try JMESPath(parsing: "Keys[].KeyId").search(
      try read(most: nil, startingToken: token).merged)
    #expect(names.array?.compactMap(\.string) == rest)
  }

  @Test func anyOtherTokenIsTheServicesOwn() throws {
    #expect(try read(most: nil, startingToken: "m1").merged.line == #"{"Keys": [{"KeyId": "c"}]}"#)
    let old = try PageToken(reading: "m1___3", inputs: ["Marker"])
    #expect(old.tokens["Marker"] == "m1")
    #expect(old.skip == 3)
  }

  @Test func countsBelowZeroGoFromTheEndHoweverLarge() throws {
    let cut = try read(most: -1)
    #expect(cut.merged["Keys"] == [["KeyId": "a"]])
    #expect(cut.resumeToken == "eyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAtMX0=")
    let rest = try read(most: nil, startingToken: cut.resumeToken)
    #expect(rest.pages.first?["Keys"] == [["KeyId": "b"]])
    for number in [Int.min, Int.min + 1, Int.max] {
      let token = PageToken(tokens: JSONObject([("Marker", .null)]), skip: number).text
      #expect(try PageToken(reading: token, inputs: ["Marker"]).skip == number)
      let keys = try read(most: Int.min, startingToken: token).merged["Keys"]
      #expect(keys == [], "\(number)")
      #expect(
        try read(most: nil, startingToken: token).pages.first?["Keys"]?.array?.count
          == (number < 0 ? 2 : 0))
    }
  }

  @Test func aTokenOfAnotherOperationIsNamed() throws {
    let operation = try #require(Service.named("kms")?.operation(named: "ListKeys"))
    let pagination = try #require(operation.pagination)
    let foreign = PageToken(tokens: JSONObject([("NextToken", "x"), ("Marker", 5)])).text
    let reader = try PageReader(pagination, startingToken: foreign, most: nil)
    #expect(
      reader.complaints(operation.options) == [
        "Unknown parameter in input: \"NextToken\", must be one of: Limit, Marker",
        "Invalid type for parameter Marker, value: 5, type: <class 'int'>, valid types: <class 'str'>",
      ])
    let own = try PageReader(pagination, startingToken: "m1", most: nil)
    #expect(own.complaints(operation.options) == [])
    let none = #expect(throws: PageToken.Failure.self) {
      try PageReader(pagination, startingToken: "a___1___2", most: nil)
    }
    #expect(none?.message == "Bad starting token: a___1___2")
  }

  @Test func whatWasPrintedBeforeAFailureIsKept() throws {
    let reply = Reply.pages(try read(most: nil))
    for (format, printed) in [(ReplyFormat.text, "1\n"), (.yamlStream, "- 1\n"), (.json, "")] {
      let failure = #expect(throws: ReplyFormat.Failure.self) {
        try format.render(
          reply, query: JMESPath(parsing: "abs(length(Keys) != `1` && Keys[2] == null && `1`)"),
          operation: "X")
      }
      #expect(failure?.printed == printed)
      #expect(failure?.message.hasPrefix("In function abs(), invalid type for value: ") == true)
    }
  }

  @Test func textAndTheStreamGoPageByPage() throws {
    let reply = Reply.pages(try read(most: 1))
    let stream = try ReplyFormat.yamlStream.render(
      .pages(try read(most: nil)), operation: "ListKeys")
    #expect(
      stream == """
        - Keys:
          - KeyId: a
          - KeyId: b
          NextMarker: m1
          Truncated: true
        - Keys:
          - KeyId: c
          Truncated: false

        """)
    let text = try ReplyFormat.text.render(reply, operation: "ListKeys")
    #expect(
      text == "KEYS\ta\n"
        + "NEXTTOKEN\teyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ==\n"
    )
  }
}
