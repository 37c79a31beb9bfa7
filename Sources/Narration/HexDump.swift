import Values

/// Bytes as hexadecimal digits and, beside them, as text.
package struct HexDump: Hashable, Sendable {
  /// The bytes that are shown.
  private let bytes: [UInt8]
  private let count: Int

  private static let most = 128

  package init(_ bytes: [UInt8]) {
    self.bytes = Array(bytes.prefix(Self.most))
    count = bytes.count
  }

  /// Sixteen bytes a line where they have room, eight or four on a narrower terminal.
  package func rows(width: Int?) -> [String] {
    let room = width ?? .max
    let each = [16, 8].first { 4 * $0 + 1 <= room } ?? 4
    var rows: [String] = []
    for start in stride(from: 0, to: bytes.count, by: each) {
      let line = bytes[start..<min(start + each, bytes.count)]
      var digits = ""
      for byte in line { digits += Hex.text([byte]) + " " }
      digits += String(repeating: " ", count: 3 * each - digits.count)
      rows.append(digits + " " + Self.text(line))
    }
    if count > bytes.count { rows.append("… \(count - bytes.count) bytes more") }
    return rows
  }

  /// How the bytes begin, for somebody to whom it is read.
  package var sentence: String? {
    if bytes.isEmpty { return nil }
    let isText = bytes.allSatisfy { (0x20..<0x7F).contains($0) }
    if isText {
      return "They read as text: \(Self.text(bytes[...]))\(count > bytes.count ? " …" : "")"
    }
    let digits = bytes.prefix(8).map { Hex.text([$0]) }.joined(separator: " ")
    return bytes.count > 8
      ? "They begin with \(digits), in hexadecimal." : "They are \(digits), in hexadecimal."
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(
      decoding: bytes.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
  }
}
