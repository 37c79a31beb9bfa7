import Testing
import Values

/// A file that another program packed, and what is in it.
struct PackedRow: CustomTestStringConvertible, Sendable {
  var name: String
  var file: String
  var text: [UInt8]
  var testDescription: String { name }
}

@Suite struct GzipTests {
  /// The records of a small log file, as Python's `json.dumps` writes them.
  private static var records: String {
    let records = (0..<12).map {
      "{\"eventVersion\": \"1.11\", \"eventName\": \"Decrypt\", \"n\": \($0), "
        + "\"source\": \"kms.amazonaws.com\"}"
    }
    return "{\"Records\": [\(records.joined(separator: ", "))]}"
  }

  static let rows: [PackedRow] = [
    .init(
      name: "dynamic codes, a name and a time",
      file:
        "H4sICJB9W2kC/3JlY29yZHMuanNvbgCrVgpKTc4vSilWslKIrlZKLUvNKwlLLSrOzM8DiigZ6hkaKukoQMT9EnNTQYIuqclFlQUlIHGQIgMgXZxfWpQMlszOLdZLzE2sys9LLC/WS87PVarVUSDPYENaGWxEK4ONaWWwCa0MNqWVwWa0MticVgZb0MpgS5plENplPYJ5L7YWAKE1EOU7BAAA",
      text: Array(records.utf8)),
    .init(
      name: "fixed codes", file: "H4sIAAAAAAACA0tMSk6EIYWM1JycfAgJADgvAFIYAAAA",
      text: Array("abcabcabcabc hello hello".utf8)),
    .init(
      name: "stored", file: "H4sIAAAAAAAEAwEMAPP/c3RvcmVkIGJ5dGVzeHemDwwAAAA=",
      text: Array("stored bytes".utf8)),
    .init(name: "nothing", file: "H4sIAAAAAAACAwMAAAAAAAAAAAA=", text: []),
    .init(
      name: "two members",
      file:
        "H4sIAAAAAAACA0vLLCouUQAA/HrxHAYAAAAfiwgAAAAAAAIDK05Nzs9LAQBpER+2BgAAAA==",
      text: Array("first second".utf8)),
    .init(
      name: "codes alone, no repeats",
      file:
        "H4sIAAAAAAACAwXBgQAAAAAAkFb/EwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACACRmXiSwBAAA=",
      text: [UInt8](repeating: 97, count: 300)),
    .init(
      name: "one long run", file: "H4sIAAAAAAACA+3BIQEAAAACoK36f4Q3DEAAAIB7HUd5X+S5CwAA",
      text: [UInt8](repeating: 97, count: 3000) + [98]),
  ]

  @Test(arguments: rows) func whatOthersPackedIsReadToTheByte(row: PackedRow) throws {
    let file = try #require(Base64.decode(row.file))
    #expect(try Gzip.decompress(file) == row.text)
    // What comes behind the text is its checksum and length: a changed one is found.
    for place in 1...8 {
      var broken = file
      broken[file.count - place] ^= 1
      #expect(throws: Gzip.Failure.damaged) { try Gzip.decompress(broken) }
    }
  }

  /// Texts of every kind that the writer has a form for.
  private static func texts() -> [[UInt8]] {
    var state: UInt64 = 7
    func chance() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33)
    }
    var texts: [[UInt8]] = [[], [0], [255, 255], Array(records.utf8)]
    for size in [3, 257, 258, 259, 1000, 40_000, 70_000] {
      texts.append([UInt8](repeating: 65, count: size))
      texts.append((0..<size).map { _ in UInt8(chance() % 256) })
      texts.append((0..<size).map { _ in UInt8(97 + chance() % 3) })
      // Repeats farther back than the window reaches.
      texts.append((0..<size).map { UInt8(truncatingIfNeeded: $0 % 33_000 * 7 + $0 % 251) })
    }
    var mixed: [UInt8] = []
    while mixed.count < 200_000 {
      mixed +=
        chance() % 2 == 0 ? Array(records.utf8.prefix(chance() % 900)) : [UInt8(chance() % 256)]
    }
    texts.append(mixed)
    // Frequencies like Fibonacci's: a Huffman code would be deeper than 15 bits.
    var (a, b) = (1, 1)
    var deep: [UInt8] = []
    for symbol in 0..<24 {
      deep += [UInt8](repeating: UInt8(symbol), count: a)
      (a, b) = (b, a + b)
    }
    for place in deep.indices.reversed() { deep.swapAt(place, chance() % (place + 1)) }
    texts.append(deep)
    return texts
  }

  @Test func whatIsPackedIsReadBack() throws {
    for text in Self.texts() {
      #expect(try Gzip.decompress(Gzip.compress(text)) == text, "\(text.count) bytes")
    }
  }

  @Test func repeatsMakeTheFileSmaller() {
    #expect(Gzip.compress(Array(Self.records.utf8)).count < Self.records.utf8.count / 6)
    let noise = Self.texts()[5]
    #expect(Gzip.compress(noise).count <= noise.count + 30)
  }

  @Test func everyPartOfAFileIsNeeded() {
    let file = Gzip.compress(Array(Self.records.utf8))
    for count in 0..<file.count {
      #expect(throws: Gzip.Failure.self, "\(count) of \(file.count) bytes") {
        try Gzip.decompress(Array(file.prefix(count)))
      }
    }
  }

  /// Any bit may be wrong: never a crash and never another text. Only the bits that fill up the
  /// last byte do not count.
  @Test func aBrokenFileIsRefused() {
    let text = Array(Self.records.utf8)
    let file = Gzip.compress(text)
    var accepted = 0
    for place in file.indices where place > 9 {
      for bit in 0..<8 {
        var broken = file
        broken[place] ^= 1 << UInt8(bit)
        guard let read = try? Gzip.decompress(broken) else { continue }
        accepted += 1
        #expect(read == text, "bit \(bit) of byte \(place)")
      }
    }
    #expect(accepted < 8)
  }

  @Test(arguments: [
    ([], Gzip.Failure.notGzip), ([0x50, 0x4B, 3, 4], .notGzip),
    ([0x1F, 0x8B], .inflate(.truncated)),
    ([0x1F, 0x8B, 7, 0, 0, 0, 0, 0, 0, 0], .notGzip),
    ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 7], .inflate(.malformed)),
    ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 9, 9], .inflate(.malformed)),
  ]) func whatIsNoFileIsNamed(_ bytes: [UInt8], _ failure: Gzip.Failure) {
    #expect(throws: failure) { try Gzip.decompress(bytes) }
  }

  @Test func aBombIsDefused() {
    let file = Gzip.compress([UInt8](repeating: 0, count: 100_000))
    #expect(throws: Gzip.Failure.inflate(.tooLarge(limit: 5000))) {
      try Gzip.decompress(file, limit: 5000)
    }
  }

  @Test func theChecksumIsTheStandardsOne() {
    #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
  }
}
