import Commands
import Narration
import Workbook

/// Ten thousand typed lines: read alone, and read, performed and answered.
enum LineWorkload {
  static let count = 10_000

  static let lines = [
    (
      "put-record",
      "aws kinesis put-record --stream-name my-existing-stream --partition-key 7 --data aGk="
    ),
    ("describe-key", "aws kms describe-key --key-id 12345678-1234-1234-1234-123456789012"),
    ("A=5", "A=5"),
  ]

  /// Seconds a line for splitting it into words and these into an input.
  static func parsing(_ line: String) -> Double {
    let environment = AWSEnvironment()
    return best(of: 3) {
      for _ in 0..<count {
        guard let command = try? ShellParser.parse(line).first?.command else { return }
        let words =
          try? ShellExpander.words(command.words, ShellVariables(), status: 0) {
            (inner: ShellSubstitution) throws(ShellError) in (inner.text, 0)
          }
        guard let words, words.first == "aws" else { continue }
        _ = AWSGrammar.parse(Array(words.dropFirst()), in: environment)
      }
    } / Double(count)
  }

  /// Seconds a line for the whole way to the reply, as `keyhole run` goes it.
  static func running(_ line: String) -> Double {
    best(of: 3) {
      var workbook = Workbook()
      workbook.explain = .off
      workbook.keepsRecord = false
      for _ in 0..<count { _ = workbook.feed(line) }
    } / Double(count)
  }

  static func printAll() {
    print("\nLines, \(count) of a kind")
    for (name, line) in lines {
      let parsed = parsing(line)
      let ran = running(line)
      row("\(name), parsed", "\(short(parsed * 1e6)) µs")
      row(
        "\(name), run", "\(short(ran * 1e6)) µs",
        "\(Int(1 / ran)) lines a second, \(short(ran / parsed)) × parsing alone")
    }
  }
}
