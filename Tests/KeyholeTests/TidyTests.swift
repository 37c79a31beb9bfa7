import Foundation
import Narration
import Testing

/// The sources, read as text: what the house keeps to.
@Suite struct TidyTests {
  private static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

  private static func sources(_ folder: String = "Sources") -> [(name: String, text: String)] {
    let start = root.appending(path: folder)
    var found: [(String, String)] = []
    let entries = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)
    while let file = entries?.nextObject() as? URL {
      guard file.pathExtension == "swift", !file.path().contains("BuildHelpers"),
        let text = try? String(contentsOf: file, encoding: .utf8)
      else { continue }
      found.append((String(file.path().dropFirst(start.path().count)), text))
    }
    return found.sorted { $0.0 < $1.0 }
  }

  @Test func thereAreSourcesToRead() { #expect(Self.sources().count > 60) }

  @Test func noRoomImportsFoundation() {
    for (name, text) in Self.sources() { #expect(!text.contains("import Foundation"), "\(name)") }
  }

  @Test func onlyTheProgramKnowsTheComputersClockAndChance() {
    let words = [
      "clock_gettime", "gettimeofday", "ContinuousClock", "SystemRandomNumberGenerator",
      ".random(in",
      ".shuffled(", "randomElement", "getenv",
    ]
    for (name, text) in Self.sources() where !name.contains("keyhole") {
      for word in words { #expect(!text.contains(word), "\(word) in \(name)") }
    }
  }

  @Test func onlyCiphersKnowsLibcrypto() {
    for (name, text) in Self.sources() where !name.contains("Ciphers/") && !name.contains("-bench/")
    {
      #expect(!text.contains("import CLibCrypto"), "\(name)")
    }
  }

  @Test func everyLimitNamesItsSource() {
    for (name, text) in Self.sources() where name.hasSuffix("+Limits.swift") {
      // A block of rows with its remark, up to a blank line.
      let table =
        text.split(separator: "enum Limits {").last?.split(separator: "\n  }\n").first ?? ""
      let blocks = table.replacing("\n\n", with: "\u{0}").split(separator: "\u{0}")
      #expect(blocks.count > 3, "\(name)")
      for block in blocks where block.contains("static ") {
        #expect(block.contains("Source:") || block.contains("Assumed:"), "\(name): \(block)")
      }
    }
  }

  /// Something that the engine assumes: where a comment says so, with which words, and words of the row
  /// of `fidelity` that tells it.
  private struct Assumption {
    var file: String
    var words: String
    var row: String

    init(_ file: String, _ words: String, _ row: String) {
      self.file = file
      self.words = words
      self.row = row
    }
  }

  private static let assumptions: [Assumption] = [
    .init(
      "KMS/KMS+Aliases.swift", "keys of different kinds",
      "an alias that changes to another kind of key"),
    .init(
      "KMS/KMS+Import.swift", "algorithm that AWS no longer takes", "the texts of KMS for imports"),
    .init("KMS/KMS+Import.swift", "the texts of its refusals", "the texts of KMS for imports"),
    .init(
      "KMS/KMS+Meter.swift", "four seconds' worth", "a higher KMS quota lets four seconds' worth"),
    .init(
      "KMS/KMS+Identifiers.swift", "another account, whatever the operation",
      "with one and the same text, for a key of another account"),
    .init("KMS/KMS+Cryptography.swift", "the texts", "modifiers of a dry run"),
    .init("KMS/KMS+Keys.swift", "a usage that the spec has not", "a usage that a key spec has not"),
    .init(
      "KMS/KMS+KeyStates.swift", "imported keys are listed",
      "list-key-rotations tells the materials"),
    .init("KMS/KMS+Limits.swift", "a few seconds", "how long a replica is Creating"),
    .init("KMS/KMS+DataKeys.swift", "the text", "a data key's length"),
    .init("KMS/KMS+Grants.swift", "the text", "the texts of KMS for grants"),
    .init(
      "KMS/KMS+Replicas.swift", "the texts of its refusals",
      "the texts of KMS for imports, replicas"),
    .init(
      "KMS/KMS+DefaultPolicies.swift", "managed keys whose text AWS prints",
      "the policy text and description of alias/aws/kinesis"),
    .init(
      "KMS/KMS+Rotation.swift", "without imported material to rotate to", "replicas, rotations"),
    .init("KMS/KMS+Rotation.swift", "the text for a replica", "replicas, rotations"),
    .init(
      "KMS/KMS+Deletion.swift", "is PendingImport instead", "a cancelled deletion leaves a key"),
    .init("IAM/Simulator.swift", "the text.", "an action with a wildcard that is simulated"),
    .init("ServiceQuotas/ServiceQuotas.swift", "AWS names no time", "has a case after a minute"),
    .init(
      "ServiceError+Message.swift", "the second form",
      "a control-plane refusal of Kinesis that is about no stream"),
    .init(
      "ServiceError+Message.swift", "the service's wording", "most texts with which CloudWatch Logs"
    ),
    .init("CloudTrail/DigestFile.swift", "MD5 of the public key", "fingerprint"),
    .init(
      "CloudTrail/CloudTrail+Lookup.swift", "the texts of its refusals",
      "most texts with which CloudTrail refuses"),
    .init(
      "CloudTrail/CloudTrail+Names.swift", "adjacent marks",
      "most texts with which CloudTrail refuses"),
    .init(
      "CloudTrail/CloudTrail+Selectors.swift", "InvalidEventSelectorsException",
      "most texts with which CloudTrail refuses"),
    .init(
      "CloudTrail/CloudTrail+Trails.swift", "gives only the code",
      "most texts with which CloudTrail refuses"),
    .init(
      "CloudTrail/EventRecord.swift", "`invokedBy`, address and agent",
      "invokedBy, address and agent"),
    .init(
      "CloudTrail/TrailRow.swift", "the same for Kinesis",
      "that Kinesis calls across accounts stand in the trails of both"),
    .init(
      "Logs/Logs+Queries.swift", "a field that a row has not",
      "a field that a row has not is left out"),
    .init(
      "Kinesis/RateWindow.swift", "the seconds are the clock's",
      "counted in whole seconds of the clock"),
    .init("Kinesis/Kinesis+Encryption.swift", "DescribeKey", "looks at the key with DescribeKey"),
    .init("Kinesis/Kinesis+Get.swift", "InternalFailure", "InternalFailureException for a record"),
    .init("Kinesis/Kinesis+Tags.swift", "begins with `aws:`", "a tag that begins with aws:"),
    .init("Kinesis/Kinesis+Streams.swift", "without a mode", "neither mode nor shard count"),
    .init(
      "Kinesis/Shard.swift", "the part before the dash", "the part before the dash is not looked at"
    ),
    .init("Kinesis/Kinesis+Limits.swift", "how long a change takes", "how long changes take"),
  ]

  /// What the engine's comments call assumed, each to the end of its comment.
  private static func assumed() -> [(file: String, text: String)] {
    var found: [(file: String, text: String)] = []
    for (name, text) in sources("Sources/Cloud") where text.contains("ssumed") {
      var comment = ""
      for line in text.components(separatedBy: "\n") {
        let words = line.trimmingCharacters(in: .whitespaces)
        if words.hasPrefix("//") {
          comment += words.trimmingCharacters(in: CharacterSet(charactersIn: "/ ")) + " "
          continue
        }
        defer { comment = "" }
        guard comment.contains("ssumed") else { continue }
        let parts = comment.replacing(" are assumed", with: "Assumed:")
          .replacing(" is assumed", with: "Assumed:").components(separatedBy: "Assumed:")
        // What is called assumed at the end of a sentence stands before the word.
        for (place, part) in parts.enumerated().dropFirst() {
          found.append((name, part.hasPrefix(".") ? "\(parts[place - 1])" : part))
        }
      }
    }
    return found
  }

  @Test func whatTheEngineAssumesStandsInFidelity() {
    let found = Self.assumed()
    #expect(found.count >= 35)
    for (file, text) in found {
      let isListed = Self.assumptions.contains {
        file.hasSuffix($0.file) && text.contains($0.words)
      }
      #expect(isListed, "fidelity has perhaps no row for what \(file) assumes:\(text)")
    }
    for assumption in Self.assumptions {
      #expect(
        found.contains { $0.file.hasSuffix(assumption.file) && $0.text.contains(assumption.words) },
        "\(assumption.file) assumes no more: \(assumption.words)")
      #expect(
        Fidelity.table.contains { $0.rule.contains(assumption.row) },
        "fidelity does not tell: \(assumption.row)")
    }
  }

  @Test func filesStayReadable() {
    for (name, text) in Self.sources() {
      #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 600, "\(name)")
    }
  }

  @Test func theReadmesTestCommandIsWhatCIRuns() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("## Start\n") && readme.contains("## Test\n"))
    let script = try String(contentsOf: Self.root.appending(path: ".ci/run"), encoding: .utf8)
    #expect(script.contains("README.md"))
  }

  /// A release links neither Foundation nor what it brings along.
  @Test func theProgramDoesNotLinkFoundation() throws {
    let bytes = try Data(contentsOf: URL(filePath: Program.path))
    #expect(bytes.range(of: Data("libFoundation".utf8)) == nil)
    #expect(bytes.range(of: Data("libicu".utf8)) == nil)
  }
}
