import Ciphers
import Foundation
import Testing
import Values

@testable import EncryptionSDK

/// The official messages of format 2, where a folder of them lies beside the project.
@Suite struct ConformanceTests {
  struct Official: Sendable, CustomTestStringConvertible {
    var name: String
    var suite: String
    var frame: Int
    var context: [String: String]
    var keyring: RawAESKeyring
    var message: [UInt8]
    /// Nothing for a message that must not open.
    var text: [UInt8]?
    var testDescription: String { name }
  }

  static let path = "../shared/conformance/esdk/official.json"
  static var isThere: Bool { FileManager.default.fileExists(atPath: path) }

  static let all: [Official] = {
    guard isThere, let data = FileManager.default.contents(atPath: path),
      let json = try? JSON(parsing: String(decoding: data, as: UTF8.self))
    else { return [] }
    return ["vectors", "must_fail"].flatMap { list in
      (json[list]?.array ?? []).compactMap { row in
        guard let key = row["key"], let bytes = Hex.bytes(key["key_hex"]?.string ?? ""),
          let keyring = try? RawAESKeyring(
            namespace: key["namespace"]?.string ?? "", name: key["name"]?.string ?? "", key: bytes),
          let message = Base64.decode(row["message_b64"]?.string ?? "")
        else { return nil }
        let context = row["context"]?.object?.members.map { ($0.name, $0.value.string ?? "") } ?? []
        return Official(
          name: row["name"]?.string ?? "?", suite: row["suite"]?.string ?? "",
          frame: row["frame_length"]?.integer ?? -1,
          context: Dictionary(uniqueKeysWithValues: context), keyring: keyring, message: message,
          text: list == "vectors" ? Base64.decode(row["plaintext_b64"]?.string ?? "") : nil)
      }
    }
  }()

  @Test(.enabled(if: isThere)) func theFolderHoldsWhatItsReadmeSays() {
    #expect(Self.all.filter { $0.text != nil }.count == 41)
    #expect(Self.all.filter { $0.text == nil }.count == 5)
  }

  @Test(.enabled(if: isThere), arguments: all) func officialMessageOpensOrIsRefused(_ row: Official)
    throws
  {
    let gcm = DetachedGCM()
    func open() throws(MessageError) -> [UInt8] {
      let reader = try MessageReader(row.message)
      #expect(reader.header.suite.number == "0x\(row.suite)")
      #expect(Int(reader.header.frameLength) == row.frame)
      guard
        let key = row.keyring.unwrap(
          reader.header.dataKeys, of: reader.header.suite, boundTo: reader.header.context, with: gcm
        )
      else { throw .noDataKeyOpened(of: reader.header.dataKeys.count) }
      return try reader.open(DecryptionMaterials(dataKey: key), with: gcm)
    }
    if let text = row.text {
      #expect(try open() == text)
    } else {
      #expect(throws: MessageError.commitment) { try open() }
    }
  }
}
