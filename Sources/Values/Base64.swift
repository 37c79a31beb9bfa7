/// Base64 with the standard alphabet (RFC 4648 §4).
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let pad = UInt8(ascii: "=")

  package static func encode(_ bytes: some Collection<UInt8>) -> String {
    let source = Array(bytes)
    var text: [UInt8] = []
    text.reserveCapacity((source.count + 2) / 3 * 4)
    for start in stride(from: 0, to: source.count, by: 3) {
      let group = source[start..<min(start + 3, source.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        let filled = place <= group.count
        let sextet = Int(bits >> UInt32(18 - 6 * place)) & 63
        text.append(filled ? alphabet[sextet] : pad)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Decodes as Python's `b64decode` does, which the AWS CLI uses: characters outside the
  /// alphabet are dropped without a word, and only wrong padding is refused (with nothing).
  package static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 4 * 3)
    var bits: UInt32 = 0
    var sextets = 0
    var pads = 0
    for character in text.utf8 {
      if character == pad {
        if sextets >= 2 {
          pads += 1
          if sextets + pads == 4 { return bytes }
        }
        continue
      }
      guard let value = values[Int(character)] else { continue }
      pads = 0
      bits = bits << 6 | UInt32(value)
      sextets += 1
      if sextets > 1 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(8 - 2 * sextets))) }
      if sextets == 4 {
        bits = 0
        sextets = 0
      }
    }
    return sextets == 0 ? bytes : nil
  }

  /// How many characters `decode` would drop in silence.
  package static func strayCharacters(in text: String) -> Int {
    text.utf8.count { values[Int($0)] == nil && $0 != pad }
  }

  private static let values: [UInt8?] = {
    var table = [UInt8?](repeating: nil, count: 256)
    for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
    return table
  }()
}
