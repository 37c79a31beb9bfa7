import Foundation
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
