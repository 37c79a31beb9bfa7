/// What bash makes of a backslash and what follows it.
enum ShellEscapes {
  enum Style {
    /// `echo -e`: `\0nnn`, and `\c` ends it all.
    case echo
    /// A format of `printf`: `\nnn`.
    case format
    /// A word for `%b`: both ways of octal numbers, and `\c` ends it all.
    case word
  }

  /// The bytes that a text stands for, and whether a `\c` ended it.
  static func read(_ text: some Collection<UInt8>, _ style: Style) -> (bytes: [UInt8], ends: Bool) {
    let text = Array(text)
    var bytes: [UInt8] = []
    var place = 0
    while place < text.count {
      guard text[place] == UInt8(ascii: "\\") else {
        bytes.append(text[place])
        place += 1
        continue
      }
      guard let found = one(text, place, style) else { return (bytes, true) }
      bytes += found.bytes
      place = found.end
    }
    return (bytes, false)
  }

  /// One escape, whose backslash stands at `place`; nothing where it ends the text.
  static func one(_ text: [UInt8], _ place: Int, _ style: Style) -> (bytes: [UInt8], end: Int)? {
    let start = place + 1
    guard start < text.count else { return ([UInt8(ascii: "\\")], start) }
    switch text[start] {
    case UInt8(ascii: "a"): return ([7], start + 1)
    case UInt8(ascii: "b"): return ([8], start + 1)
    case UInt8(ascii: "e"), UInt8(ascii: "E"): return ([27], start + 1)
    case UInt8(ascii: "f"): return ([12], start + 1)
    case UInt8(ascii: "n"): return ([10], start + 1)
    case UInt8(ascii: "r"): return ([13], start + 1)
    case UInt8(ascii: "t"): return ([9], start + 1)
    case UInt8(ascii: "v"): return ([11], start + 1)
    case UInt8(ascii: "\\"): return ([UInt8(ascii: "\\")], start + 1)
    case UInt8(ascii: "c") where style != .format: return nil
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      let isZero = text[start] == UInt8(ascii: "0")
      if style == .echo, !isZero { break }
      let (value, end) = number(
        text, from: start, most: style != .format && isZero ? 4 : 3, radix: 8)
      return ([UInt8(truncatingIfNeeded: value)], end)
    case UInt8(ascii: "x"):
      let (value, end) = number(text, from: start + 1, most: 2, radix: 16)
      if end > start + 1 { return ([UInt8(truncatingIfNeeded: value)], end) }
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let most = text[start] == UInt8(ascii: "u") ? 4 : 8
      let (value, end) = number(text, from: start + 1, most: most, radix: 16)
      if end > start + 1, let scalar = Unicode.Scalar(value) {
        return (Array(String(Character(scalar)).utf8), end)
      }
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "?"):
      if style == .format { return ([text[start]], start + 1) }
    default: break
    }
    return ([UInt8(ascii: "\\"), text[start]], start + 1)
  }

  private static func number(_ text: [UInt8], from start: Int, most: Int, radix: UInt32) -> (
    UInt32, Int
  ) {
    var value: UInt32 = 0
    var place = start
    while place < text.count, place - start < most,
      let digit = Character(Unicode.Scalar(text[place])).hexDigitValue, digit < radix
    {
      value = value &* radix &+ UInt32(digit)
      place += 1
    }
    return (value, place)
  }
}
