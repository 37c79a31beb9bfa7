import Foundation
import Testing

/// A folder with a key file, in which `keyhole esdk` is run.
private struct Bench {
  let folder: URL
  static let keyOptions = ["--key-namespace", "keyhole-tests", "--key-name", "wide"]

  init() throws {
    folder = Program.state()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The SHA-256 of "wide", as the vectors of the official SDK want it.
    try write(
      "key",
      Data(base64Encoded: "CrqkCxBDao+7pArTmguljaBveqD9EqSI8e41jtBPuUI=") ?? Data())
  }

  func path(_ name: String) -> String { folder.appending(path: name).path() }

  func write(_ name: String, _ data: Data) throws {
    try data.write(to: folder.appending(path: name))
  }

  func read(_ name: String) -> Data? { FileManager.default.contents(atPath: path(name)) }

  func run(
    _ action: String, _ input: String, _ output: String, _ options: [String] = [],
    key: [String] = keyOptions
  ) throws -> Program.Result {
    try Program.run(
      ["esdk", action, "--key-file", path("key"), "--input", path(input), "--output", path(output)]
        + key + options)
  }
}

@Suite struct MessageToolTests {
  /// Written by the official SDK for Python, as the vectors of EncryptionSDKTests were: suites 0578 and
  /// 0178, the text "a record of the stream" and "an old suite".
  static let official = [
    (
      "a record of the stream",
      "AgV4ekRpmKIAUHbodFM9UmYQqEHbmGTDz1Lvw2A7wbFLyKkAfgADABVhd3MtY3J5cHRvLXB1Ymxp"
        + "Yy1rZXkAREFqb1kxSk9Ya0JnRVFVenFWL3dtOHJsU0ZmUXZjRHd6ZlZkOEdHVnZWTjAzTnMycFVp"
        + "TjdQWDB6dFN6RENxampWUT09AAdwdXJwb3NlAAR0ZXN0AAZzdHJlYW0ABm9yZGVycwABAA1rZXlo"
        + "b2xlLXRlc3RzABh3aWRlAAAAgAAAAAwX94U6ENfFSBDQy4gAMMiZmwLufj3p8/+38b5ZsAIPSUPC"
        + "WBIroTE/Xp7hGz/HtY+cwIlPhoeNP4kcRVGdBAIAABAAa433/ySooSRNhdv5q3aV7yhxHI5cvXp9"
        + "LaIErV0oMzWlnM5SQFiCcllQSU2zoDBx/////wAAAAEAAAAAAAAAAAAAAAEAAAAW7K7PftAIjMkf"
        + "UYGNNigVWFGQftCOfWWMdAnZaR2OdtYBZ/d3xY4AZzBlAjAA0ZCI84mnVe+SxyVGxoAmf7TprVR/"
        + "ACFbPp/+FYI4feA6dsV7Q1YXNFtzdrsDynYCMQCd1ncj7iGcEDp0d0bgyzyufmRO0g4MNMsBTlAW"
        + "H2/oa47T0XIDTK1paG8QVywowuI="
    ),
    (
      "an old suite",
      "AYABeE1W0Rxz8O1jP+davwdUR2MACAABAAFrAAF2AAEADWtleWhvbGUtdGVzdHMAGHdpZGUAAACA"
        + "AAAADLLUQJmG2LLsVzJYdQAw6f65zE/8Pan/4oLEHtWzIsqJJZorCkaVuUWq5zQKUPHSKqaxpMRR"
        + "vObI58sqXVghAgAAAAAMAAAQAAAAAAAAAAAAAAAAADdvb+vBjSFPnTnAhlsYMSj/////AAAAAQAA"
        + "AAAAAAAAAAAAAQAAAAx29lBw+RXo4s+0+RG7QAZ+W8VszB4iXeB4GNjh"
    ),
  ]

  @Test(arguments: official) func opensAMessageOfTheOfficialSDK(_ text: String, _ message: String)
    throws
  {
    let bench = try Bench()
    try bench.write("m", try #require(Data(base64Encoded: message)))
    let result = try bench.run("decrypt", "m", "text")
    #expect(result.status == 0)
    #expect(result.output + result.errors == "")
    #expect(bench.read("text") == Data(text.utf8))
    let shown = try Program.run(["esdk", "show", "--input", bench.path("m")])
    #expect(shown.output.contains("wrapped by keyhole-tests, wide"))
  }

  @Test(arguments: ["0478", "0578", "0x0578"], ["0", "1", "4096"])
  func whatWasEncryptedDecrypts(_ suite: String, _ frame: String) throws {
    let bench = try Bench()
    let text = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) })
    try bench.write("text", text)
    let context = ["--context", #"a=1,b=x\,y"#]
    #expect(
      try bench.run(
        "encrypt", "text", "m", ["--suite", suite, "--frame", frame] + context
      ).status == 0)
    #expect(try bench.run("decrypt", "m", "again", context).status == 0)
    #expect(bench.read("again") == text)
    #expect(bench.read("m")?.firstRange(of: Data("x,y".utf8)) != nil)
    let wrong = try bench.run("decrypt", "m", "other", ["--context", "a=2"])
    #expect(wrong.status == 1)
    #expect(wrong.errors.contains(#"must have a=2; it has "1" there"#))
    #expect(bench.read("other") == nil)
  }

  /// é as one code point and as two looks the same and is not.
  @Test func aContextThatOnlyLooksAsAskedForOpensNothing() throws {
    let bench = try Bench()
    try bench.write("text", Data("x".utf8))
    let context = ["--context", "who=caf\u{E9},cafe\u{301}=2,caf\u{E9}=1"]
    #expect(try bench.run("encrypt", "text", "m", context).status == 0)
    let wrong = try bench.run("decrypt", "m", "other", ["--context", "who=cafe\u{301}"])
    #expect(wrong.status == 1 && wrong.errors.contains("only looks the same"), "\(wrong.errors)")
    #expect(bench.read("other") == nil)
    #expect(try bench.run("decrypt", "m", "again", context).status == 0)
  }

  @Test func twoMessagesOfOneTextShareNoBytesBehindTheSuite() throws {
    let bench = try Bench()
    try bench.write("text", Data("the same".utf8))
    for name in ["m1", "m2"] { #expect(try bench.run("encrypt", "text", name).status == 0) }
    let (one, two) = (try #require(bench.read("m1")), try #require(bench.read("m2")))
    #expect(one.prefix(3) == two.prefix(3))
    #expect(one.dropFirst(3).prefix(32) != two.dropFirst(3).prefix(32))
    #expect(one.suffix(40) != two.suffix(40))
  }

  @Test func aSpoiltMessageWritesNothing() throws {
    let bench = try Bench()
    try bench.write("text", Data(repeating: 0x61, count: 300))
    #expect(try bench.run("encrypt", "text", "m", ["--frame", "100"]).status == 0)
    let message = try #require(bench.read("m"))
    var spoilt = message
    spoilt[spoilt.count - 1] ^= 1
    for (data, sentence) in [
      (spoilt, "signature does not fit"), (message.dropLast(150), "cut off"),
      (message + [0], "Behind the end"), (Data("hello".utf8), "This is no message"),
      (Data(), "cut off"),
    ] {
      try bench.write("bad", data)
      try bench.write("out", Data("before".utf8))
      let result = try bench.run("decrypt", "bad", "out")
      #expect(result.status == 1)
      #expect(result.errors.contains(sentence), "\(result.errors)")
      #expect(bench.read("out") == Data("before".utf8))
    }
    let other = try bench.run(
      "decrypt", "m", "out2", key: ["--key-namespace", "keyhole-tests", "--key-name", "narrow"])
    #expect(other.errors.contains("None of the given keys opens"))
    #expect(bench.read("out2") == nil)
  }

  @Test(arguments: [
    ([], "followed by encrypt, decrypt or show"), (["encrypt"], "wants --input"),
    (["encript"], #"not "encript""#),
    (["encrypt", "--input", "a", "--output", "b"], "wants --key-file"),
    (["encrypt", "--input", "a", "--output", "a"], "the same file"),
    (["encrypt", "--inptu", "a"], "did you mean --input?"),
    (["encrypt", "--input"], "--input wants a value"),
    (["encrypt", "--input", "a", "--output", "b", "--suite", "0378"], "no longer written"),
    (["encrypt", "--input", "a", "--output", "b", "--suite", "9"], #"not "9""#),
    (["encrypt", "--input", "a", "--output", "b", "--frame", "-1"], #"not "-1""#),
    (["encrypt", "--input", "a", "--output", "b", "--context", "ab"], #""ab" is no pair"#),
    (
      ["decrypt", "--input", "a", "--output", "b", "--suite", "0578"], "--suite is not for decrypt"
    ),
  ]) func misuseIsExplainedWithTheUsage(_ arguments: [String], _ problem: String) throws {
    let result = try Program.run(["esdk"] + arguments)
    #expect(result.status == 252)
    #expect(result.errors.contains(problem), "\(result.errors)")
    #expect(result.errors.contains("usage: keyhole esdk"))
  }

  @Test func keysOfOtherLengthsAndNamespacesAreRefused() throws {
    let bench = try Bench()
    try bench.write("text", Data("x".utf8))
    try bench.write("key", Data(repeating: 1, count: 31))
    #expect(try bench.run("encrypt", "text", "m").errors.contains("this file has 31"))
    try bench.write("key", Data(String(repeating: "0a", count: 32).utf8) + Data("\n".utf8))
    #expect(try bench.run("encrypt", "text", "m").status == 0)
    try bench.write("key", Data(repeating: 10, count: 32))
    #expect(try bench.run("decrypt", "m", "text2").status == 0)
    let kms = ["--key-namespace", "aws-kms", "--key-name", "k"]
    #expect(try bench.run("encrypt", "text", "m", key: kms).errors.contains("kept for KMS"))
  }

  @Test func standardInputAndOutputServe() throws {
    let bench = try Bench()
    try bench.write("text", Data("through the pipe".utf8))
    #expect(try bench.run("encrypt", "text", "m").status == 0)
    let result = try Program.run(
      ["esdk", "decrypt", "--key-file", bench.path("key"), "--input", "-", "--output", "-"]
        + Bench.keyOptions, input: try #require(bench.read("m")))
    #expect(result.output == "through the pipe")
  }
}
