/// An address of the Internet, of either length.
struct IPAddress: Hashable, Sendable {
  var bytes: [UInt8]

  var isLong: Bool { bytes.count == 16 }

  /// Nothing for a text that is none.
  init?(_ text: String) {
    guard let bytes = text.contains(":") ? Self.long(text) : Self.short(text) else { return nil }
    self.bytes = bytes
  }

  private static func short(_ text: some StringProtocol) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
        part.utf8.count == 1 || part.first != "0", let byte = UInt8(part)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func long(_ text: String) -> [UInt8]? {
    guard let gap = text.utf8Index(of: "::", from: 0) else {
      return groups(Substring(text)).flatMap { $0.count == 16 ? $0 : nil }
    }
    let start = text.utf8.index(text.startIndex, offsetBy: gap)
    let end = text.utf8.index(start, offsetBy: 2)
    guard let first = groups(text[..<start]), let last = groups(text[end...]),
      first.count + last.count <= 14
    else { return nil }
    return first + [UInt8](repeating: 0, count: 16 - first.count - last.count) + last
  }

  private static func groups(_ text: Substring) -> [UInt8]? {
    if text.isEmpty { return [] }
    var bytes: [UInt8] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, part.contains(".") {
        guard let tail = short(part) else { return nil }
        bytes += tail
        continue
      }
      guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
        let group = UInt16(part, radix: 16)
      else { return nil }
      bytes += [UInt8(group >> 8), UInt8(group & 255)]
    }
    return bytes.count <= 16 ? bytes : nil
  }
}

/// Addresses that begin with the same bits: `10.0.0.0/8`.
struct Subnet: Hashable, Sendable {
  var address: IPAddress
  var bits: Int

  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])), let bits = Int(parts[1]),
      (0...address.bytes.count * 8).contains(bits)
    else { return nil }
    self.address = address
    self.bits = bits
  }

  func contains(_ other: IPAddress) -> Bool {
    guard other.isLong == address.isLong else { return false }
    for (index, pair) in zip(address.bytes, other.bytes).enumerated() {
      let rest = bits - index * 8
      if rest <= 0 { return true }
      let mask: UInt8 = rest >= 8 ? 255 : ~(255 >> UInt8(rest))
      if pair.0 & mask != pair.1 & mask { return false }
    }
    return true
  }
}
