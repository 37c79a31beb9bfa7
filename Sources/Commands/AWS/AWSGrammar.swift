import API
import Values

/// The AWS CLI's own grammar, driven by the API models.
package enum AWSGrammar {
  /// All that can stand behind `aws`.
  package static let commands = (Service.allNames + ["configure", "s3"]).sorted()

  /// Understands the words after `aws`.
  package static func parse(_ words: [String], in environment: AWSEnvironment)
    -> Result<AWSInvocation, AWSUsageError>
  {
    var parser = AWSParser(words: words, environment: environment)
    do throws(AWSUsageError) {
      return .success(try parser.parse())
    } catch {
      return .failure(error)
    }
  }

  /// The options of an operation on the command line, those of the described model included.
  package static func options(of operation: API.Operation, _ extensions: AWSExtensions)
    -> [Member]
  {
    var options = operation.options
    switch (operation.service, operation.name) {
    case ("kinesis", "CreateStream") where extensions.contains(.createStreamKey):
      let start = Service.named("kinesis")?.operation(named: "StartStreamEncryption")
      for member in start?.options ?? [] where ["EncryptionType", "KeyId"].contains(member.name) {
        options.append(
          Member(name: member.name, shape: member.shape, isRequired: false, flag: member.flag))
      }
    case ("kinesis", "StartStreamEncryption")
    where extensions.contains(.startEncryptionDefaultKey):
      options = options.map { member in
        ["EncryptionType", "KeyId"].contains(member.name)
          ? Member(name: member.name, shape: member.shape, isRequired: false, flag: member.flag)
          : member
      }
    case ("cloudwatch", "PutMetricData"): options += AWSFlatMetric.options(of: operation)
    default: break
    }
    return options
  }

  /// Whether a word is an option that every command takes.
  package static func isGlobal(_ word: String) -> Bool {
    GlobalOption.table.contains { $0.flag == word }
  }

  /// Options that every command takes, with a value behind them.
  package static let globalFlagsWithValue = Set(
    GlobalOption.table.filter { $0.arity == .one }.map(\.flag))

  /// Whether a word would be taken for an option, whatever its name: not a number, and not a text with
  /// blanks.
  static func looksLikeOption(_ word: String) -> Bool {
    let bytes = word.utf8
    guard bytes.first == UInt8(ascii: "-"), bytes.count > 1, !isNumber(word) else { return false }
    return word != "--" && !bytes.contains(UInt8(ascii: " "))
  }

  /// `-5` and `-.5`, but not `-5e3`: what the client's parser takes for a number.
  private static func isNumber(_ word: String) -> Bool {
    var points = 0
    for byte in word.utf8.dropFirst() {
      if byte == UInt8(ascii: "."), points == 0 {
        points = 1
      } else if !(48...57).contains(byte) {
        return false
      }
    }
    return word.utf8.count > 1 && word.utf8.last != UInt8(ascii: ".")
  }
}
