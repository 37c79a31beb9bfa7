/// An `aws` command that was run while a script is written, and what came of it.
struct RanCommand: Sendable {
  /// `kms create-key`
  var command: String
  var status: Int32
  /// What it said on standard error.
  var said: String
  /// What it printed, without the line's end.
  var printed: String

  /// `words` behind `aws`; what it said stands in the turn behind a mark.
  init(_ words: [String], _ turn: Turn, from mark: Int) {
    command = ScriptScan.command(of: words)
    status = turn.status
    let outputs = turn.outputs.dropFirst(mark)
    said = outputs.filter(\.isError).map(\.text).joined()
    var printed = outputs.filter { !$0.isError }.map(\.text).joined()
    while printed.last?.isNewline == true { printed.removeLast() }
    self.printed = printed
  }

  /// `AccessDeniedException`, where a service refused it.
  var code: String? {
    guard let mark = said.firstRange(of: "An error occurred (") else { return nil }
    let code = said[mark.upperBound...].prefix { $0 != ")" }
    return code.isEmpty ? nil : String(code)
  }

  /// Whether an account may have what the lab lacks: what the lab does not know, what the client did not
  /// send, and names that nothing has.
  var isMissing: Bool {
    guard status != 0 else { return false }
    guard let code, ![252, 253, 255].contains(status) else { return true }
    return code.hasPrefix("NoSuch") || code.contains("NotFound") || code == "404"
      || code == "NotSimulated"
  }

  /// Why it was not done, in one line.
  var reason: String {
    if let code, ![252, 253].contains(status) { return code }
    let lines = said.split(whereSeparator: \.isNewline)
    let mark = "aws: [ERROR]: "
    guard let line = lines.first(where: { $0.hasPrefix(mark) }) ?? lines.first else {
      return "it ended with \(status)"
    }
    let text = line.hasPrefix(mark) ? line.dropFirst(mark.count) : line
    return said.contains(" not simulated in this lab")
      ? String(text) : "the client refuses it: \(text)"
  }

  /// What the script knows to be harmless, also where an account would do what the lab refuses: it looks,
  /// or it works on what the script has made itself. Everything else takes away, overwrites or leaves
  /// something.
  static func changes(_ command: String) -> Bool {
    if harmless.contains(command) { return false }
    guard let operation = command.split(separator: " ").dropFirst().first else { return false }
    return !looking.contains { operation.hasPrefix($0) }
  }

  private static let looking = [
    "get-", "list-", "describe-", "head-", "lookup-", "filter-", "simulate-", "decode-", "encrypt",
    "decrypt", "re-encrypt", "generate-", "wait", "help", "assume-role",
  ]

  private static let harmless: Set<String> = [
    "cloudwatch put-metric-data", "configure list", "configure set", "kinesis put-record",
    "kinesis put-records", "kinesis start-stream-encryption", "kms cancel-key-deletion",
    "kms enable-key", "kms put-key-policy", "logs start-query", "logs stop-query", "s3 ls",
  ]
}
