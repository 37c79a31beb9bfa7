/// Texts and bytes as Python prints them inside of other values, since the client is written in it.
enum Python {
  /// `'a'`, `"it's"`, `'x\\y'`
  static func text(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var printed = String(quote)
    for scalar in scalars {
      switch scalar {
      case quote, "\\": printed += "\\\(scalar)"
      case "\n": printed += "\\n"
      case "\r": printed += "\\r"
      case "\t": printed += "\\t"
      case _ where isPrinted(scalar): printed.unicodeScalars.append(scalar)
      default: printed += escape(scalar.value)
      }
    }
    return printed + String(quote)
  }

  /// `b'a\n'`
  static func bytes(_ bytes: [UInt8]) -> String {
    let quote: UInt8 =
      bytes.contains(UInt8(ascii: "'")) && !bytes.contains(UInt8(ascii: "\""))
      ? UInt8(ascii: "\"") : UInt8(ascii: "'")
    var printed = "b\(Unicode.Scalar(quote))"
    for byte in bytes {
      switch byte {
      case quote, UInt8(ascii: "\\"): printed += "\\\(Unicode.Scalar(byte))"
      case 0x0A: printed += "\\n"
      case 0x0D: printed += "\\r"
      case 0x09: printed += "\\t"
      case 0x20..<0x7F: printed += String(Unicode.Scalar(byte))
      default: printed += escape(UInt32(byte))
      }
    }
    return printed + String(Unicode.Scalar(quote))
  }

  private static func escape(_ number: UInt32) -> String {
    let (mark, width) = number < 0x100 ? ("x", 2) : number < 0x1_0000 ? ("u", 4) : ("U", 8)
    let digits = String(number, radix: 16)
    return "\\\(mark)" + String(repeating: "0", count: width - digits.utf8.count) + digits
  }

  private static func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }
}
