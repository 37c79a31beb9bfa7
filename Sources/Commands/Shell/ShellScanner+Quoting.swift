import Values

extension ShellScanner {
  /// What stands in `$'…'`, where a backslash begins a character.
  /// Source: Bash Reference Manual, ANSI-C quoting.
  mutating func escapedText() throws(Stop) -> [UInt8] {
    var text: [UInt8] = []
    while let next = byte() {
      place += 1
      if next == UInt8(ascii: "'") { return text }
      guard next == UInt8(ascii: "\\"), let escaped = byte() else {
        text.append(next)
        continue
      }
      place += 1
      switch escaped {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "a"): text.append(0x07)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "v"): text.append(0x0B)
      case UInt8(ascii: "e"), UInt8(ascii: "E"): text.append(0x1B)
      case UInt8(ascii: "c") where byte().map { $0 > 0x20 && $0 < 0x7F } == true:
        text.append((byte() ?? 0) & 0x1F)
        place += 1
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"):
        text.append(escaped)
      case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
        let most = escaped == UInt8(ascii: "x") ? 2 : escaped == UInt8(ascii: "u") ? 4 : 8
        var digits = ""
        while digits.count < most, let digit = byte(), Hex.value(of: digit) != nil {
          digits.unicodeScalars.append(Unicode.Scalar(digit))
          place += 1
        }
        guard let number = UInt32(digits, radix: 16) else {
          text += [next, escaped]
          continue
        }
        if most == 2 {
          text.append(UInt8(truncatingIfNeeded: number))
        } else if let scalar = Unicode.Scalar(number) {
          text += Array(String(scalar).utf8)
        }
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        var number = Int(escaped - 48)
        var count = 1
        while count < 3, let digit = byte(), (48...55).contains(digit) {
          number = number * 8 + Int(digit - 48)
          count += 1
          place += 1
        }
        text.append(UInt8(truncatingIfNeeded: number))
      default: text += [next, escaped]
      }
    }
    throw .unfinished(.quote("'"))
  }
}
