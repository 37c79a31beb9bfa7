import Narration
import Testing
import Values

@testable import Workbook

/// What four times as much may cost: four times, and not sixteen.
@Suite(.serialized) struct CostTests {
  /// How many times longer the work takes when there is four times as much of it; the best of a few.
  private func growth(_ count: Int, _ work: (Int) -> Void) -> Double {
    let clock = ContinuousClock()
    func best(_ count: Int) -> Duration {
      (0..<2).map { _ in clock.measure { work(count) } }.min() ?? .zero
    }
    return best(4 * count) / best(count)
  }

  private func run(_ count: Int, _ line: (Int) -> String) -> Workbook {
    var workbook = Workbook()
    workbook.explain = .off
    workbook.keepsRecord = false
    for number in 0..<count { _ = workbook.feed(line(number)) }
    return workbook
  }

  @Test func linesThatAddVariables() {
    let found = growth(700) { count in _ = run(count) { "V\($0)=1" } }
    #expect(found < 9)
  }

  @Test func linesThatAddFiles() {
    let found = growth(700) { count in _ = run(count) { "echo a > f\($0)" } }
    #expect(found < 9)
  }

  @Test func linesThatAppendToAFile() {
    let text = String(repeating: "a", count: 500)
    let found = growth(500) { count in _ = run(count) { _ in "echo \(text) >> log" } }
    #expect(found < 9)
  }

  @Test func aRefusedLineWithManyVariables() {
    let found = growth(500) { count in
      _ = run(1) { _ in "aws kms nosuch " + (0..<count).map { "$V\($0)" }.joined(separator: " ") }
    }
    #expect(found < 9)
  }

  /// What a script owes to the replies of a long session.
  @Test func valuesOfManyReplies() {
    let found = growth(150) { count in
      var captures = ScriptCaptures(texts: [])
      for number in 0..<count {
        let text = "aws kms create-key --description d\(number)"
        let reply: JSON = ["KeyMetadata": ["KeyId": .string("0000-key-\(100_000 + number)")]]
        let call = PerformedCall(
          service: "kms", operation: "CreateKey", input: [:], reply: reply, region: "us-east-1",
          isExtended: false, command: "kms create-key")
        captures.learn(text, number, [call])
        for (value, _) in captures.wanted(number, 0) { captures.write(value) }
        _ = ScriptText.localised(text, captures.variables)
      }
      #expect(captures.variables.all(in: "0000-key-100000").map(\.name) == ["KEYID_1"])
    }
    #expect(found < 9)
  }
}

@Suite struct LabFileTests {
  @Test func whatIsAppendedLeavesCopiesAsTheyWere() {
    var files = LabFiles()
    files["log"] = Array("one\n".utf8)
    var copies = [files]
    for number in 0..<1000 {
      files.append(Array("\(number)\n".utf8), to: "./log")
      copies.append(files)
    }
    var text = "one\n"
    for (number, copy) in copies.enumerated() {
      if number > 0 { text += "\(number - 1)\n" }
      guard number.isMultiple(of: 100) else { continue }
      #expect(copy["log"] == Array(text.utf8))
    }
    // Two that went on from one copy know nothing of each other.
    var other = copies[500]
    other.append([1], to: "log")
    copies[500].append([2], to: "log")
    #expect(other["log"]?.last == 1 && copies[500]["log"]?.last == 2 && other != copies[500])
    #expect(copies[501]["log"]?.last == UInt8(ascii: "\n"))
    // However a file came to what it has.
    other["log"] = files["log"]
    #expect(other == files && files.names == ["log"])
    files.append([], to: "new")
    #expect(files["new"] == [] && files != other)
    files["new"] = nil
    #expect(files == other)
  }
}
