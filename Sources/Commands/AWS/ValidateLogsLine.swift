import Values

/// A line of `aws cloudtrail validate-logs`, a command of the client's own that no operation stands for.
///
/// Source: AWS CLI Command Reference, cloudtrail validate-logs.
package struct ValidateLogsLine: Sendable {
  package static let name = "validate-logs"

  package var values: [String: String] = [:]
  package var isVerbose = false
  package var isHelp = false
  package var globals = AWSGlobals()

  package var trail: String { values["--trail-arn"] ?? "" }
  package var start: String { values["--start-time"] ?? "" }

  private static let options = [
    "--trail-arn", "--start-time", "--end-time", "--s3-bucket", "--s3-prefix", "--account-id",
  ]

  static let flags = (options + ["--verbose"]).sorted()

  /// Nothing for a line of another command.
  package static func parse(_ words: [String]) -> Result<ValidateLogsLine, AWSUsageError>? {
    var line = ValidateLogsLine()
    guard line.command(of: words) else { return nil }
    do throws(AWSUsageError) {
      guard let parts = try AWSParser.parts(of: words) else { return nil }
      line.globals = parts.globals
      try line.read(parts.words)
      return .success(line)
    } catch {
      return .failure(error.at(.operation(line.globals)))
    }
  }

  /// Whether the first two plain words are this command's.
  private func command(of words: [String]) -> Bool {
    var plain: [String] = []
    var place = 0
    while place < words.count, plain.count < 2 {
      let word = words[place]
      place += 1
      if !word.hasPrefix("--") {
        plain.append(word)
      } else if GlobalOption.table.first(where: { $0.flag.hasPrefix(word) })?.arity == .one {
        place += 1
      }
    }
    return plain == ["cloudtrail", Self.name]
  }

  private mutating func read(_ words: [String]) throws(AWSUsageError) {
    var rest = words[...]
    var plain: [String] = []
    var unknown: [String] = []
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        plain.append(word)
        continue
      }
      let (flag, attached) = AWSParser.split(word)
      if flag == "--verbose" {
        isVerbose = true
        continue
      }
      guard Self.options.contains(flag) else {
        unknown.append(flag)
        continue
      }
      guard let value = attached ?? rest.popFirst() else {
        throw .parameters(
          "argument \(flag): expected one argument", .missingValue(flag), withUsage: true)
      }
      values[flag] = value
    }
    isHelp = plain.dropFirst(2).first == "help"
    if isHelp { return }
    unknown += plain.dropFirst(2)
    if !unknown.isEmpty {
      throw .unknownOptions(
        unknown, operation: Self.name,
        near: NearNames.of(unknown[0], among: Self.flags))
    }
    let missing = ["--trail-arn", "--start-time"].filter { values[$0] == nil }
    if !missing.isEmpty {
      throw .parameters(
        "the following arguments are required: \(missing.joined(separator: ", "))",
        .missingRequired(missing), withUsage: true)
    }
  }

  package static let help =
    "aws cloudtrail validate-logs --trail-arn ARN --start-time TIME [--end-time TIME]\n"
    + "  [--s3-bucket NAME] [--s3-prefix PREFIX] [--account-id ID] [--verbose]\n\n"
    + "Checks the signatures of a trail's digest files and the hashes of the log files that they\n"
    + "name. Ends with 1 when something was changed or taken away.\n"
}
