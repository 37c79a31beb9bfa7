import Clients
import Cloud
import Commands
import EncryptionSDK
import Narration
import Values

extension Verb {
  static let encryptionVerbs: [Verb] = [
    Verb(
      "aws-encryption-cli --encrypt|--decrypt …", .files,
      "seal and open lab files on the client, as AWS's Encryption CLI does; --help lists the options",
      example:
        "aws-encryption-cli --encrypt --input order.json --output order.bin --wrapping-keys "
        + "key=arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012 "
        + "--encryption-context purpose=orders --suppress-metadata"
    ) { workbook, call, turn in
      workbook.encryptionCLI(call, &turn)
    }
  ]
}

/// The cache of the last `aws-encryption-cli` that had one: it ended with its command.
struct CommandCache: Sendable {
  var line: String
  var cache: MaterialsCache
}

extension Workbook {
  fileprivate mutating func encryptionCLI(_ call: VerbCall, _ turn: inout Turn) {
    let wish: EncryptionCommandLine.Wish
    do throws(EncryptionCommandLine.Misuse) {
      wish = try EncryptionCommandLine.parse(
        call.words, algorithms: AlgorithmSuite.table.map(\.name))
    } catch {
      if let advice = error.advice { desk.remarks.append(advice) }
      if let exception = error.exception {
        let stop = EncryptionCommandRun.Stop.unexpected(exception, [error.message])
        return turn.complain(stop.text + "\n", status: 1)
      }
      return turn.complain(
        EncryptionCommandLine.usage + "aws-encryption-cli: error: \(error.message)\n", status: 2)
    }
    switch wish {
    case .help: turn.print(Self.encryptionHelp)
    case .version: turn.print("aws-encryption-sdk-cli/4 (imitated by Keyhole)\n")
    case .run(let line):
      defer { desk.cloud.advance(by: Self.commandTime) }
      var run = EncryptionCommandRun(line, input: call.input)
      run.run(&desk, &turn)
    }
  }

  private static var encryptionHelp: Page {
    var page = Page()
    page.add(EncryptionCommandLine.usage)
    page.add("Encrypt or decrypt lab files with the AWS Encryption SDK\n\noptions:")
    for option in EncryptionCommandLine.options {
      let names = option.names.joined(separator: ", ")
      page.add("  \(names)\(option.value.isEmpty ? "" : " \(option.value)")")
      page.add("      \(option.meaning)")
    }
    return page
  }
}
