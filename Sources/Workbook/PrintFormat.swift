/// `printf` as bash has it: a format, used again as long as there are words for it.
struct PrintFormat {
  /// What it prints.
  private(set) var bytes: [UInt8] = []
  /// What it complains of.
  private(set) var problems: [String] = []
  private(set) var status: Int32 = 0
  private var words: ArraySlice<String>
  private var isAtEnd = false
  /// More is no width that anybody reads.
  private static let widest = 4096

  /// The words behind `printf`.
  init(_ arguments: [String]) {
    words = arguments[...]
    run()
  }

  private mutating func run() {
    if let option = words.first, option.hasPrefix("-"), option != "-" {
      guard option == "--" else {
        let advice =
          option == "-v" ? "NAME=$(printf …) sets a variable" : "-- goes in front of such a format"
        return refuse("\(option) does not work here: \(advice)", status: option == "-v" ? 1 : 2)
      }
      words.removeFirst()
    }
    guard let format = words.popFirst() else {
      return refuse("a format is wanted, such as '%s\\n'", status: 2)
    }
    let pieces = Array(format.utf8)
    repeat {
      let before = words.count
      write(pieces)
      if words.count == before { break }
    } while !words.isEmpty && !isAtEnd
  }

  private mutating func refuse(_ problem: String, status: Int32 = 1) {
    problems.append("printf: \(problem)")
    self.status = status
    isAtEnd = true
  }

  private mutating func complain(_ problem: String) {
    problems.append("printf: \(problem)")
    status = 1
  }

  // MARK: One time through

  private struct Field {
    var isLeft = false
    var isZero = false
    var isPlus = false
    var isBlank = false
    var isOther = false
    var width = 0
    var precision: Int?
    var conversion: Character = "s"
  }

  private mutating func write(_ format: [UInt8]) {
    var place = 0
    while place < format.count, !isAtEnd {
      switch format[place] {
      case UInt8(ascii: "\\"):
        guard let found = ShellEscapes.one(format, place, .format) else { return }
        bytes += found.bytes
        place = found.end
      case UInt8(ascii: "%"):
        if place + 1 < format.count, format[place + 1] == UInt8(ascii: "%") {
          bytes.append(UInt8(ascii: "%"))
          place += 2
        } else if let field = field(format, &place) {
          write(field)
        }
      default:
        bytes.append(format[place])
        place += 1
      }
    }
  }

  /// Flags, width, precision and conversion; `place` is behind them then.
  private mutating func field(_ format: [UInt8], _ place: inout Int) -> Field? {
    let start = place
    var field = Field()
    place += 1
    func character() -> Character? {
      place < format.count ? Character(Unicode.Scalar(format[place])) : nil
    }
    flags: while let flag = character() {
      switch flag {
      case "-": field.isLeft = true
      case "0": field.isZero = true
      case "+": field.isPlus = true
      case " ": field.isBlank = true
      case "#": field.isOther = true
      default: break flags
      }
      place += 1
    }
    guard let width = measure(format, &place) else { return nil }
    field.width = abs(width)
    if width < 0 { field.isLeft = true }
    if character() == "." {
      place += 1
      guard let precision = measure(format, &place) else { return nil }
      if precision >= 0 { field.precision = precision }
    }
    while let size = character(), "hlLjzt".contains(size) { place += 1 }
    let known = "scbqdiuoxXeEfFgG"
    guard let conversion = character(), known.contains(conversion) else {
      let text = String(decoding: format[start..<min(format.count, place + 1)], as: UTF8.self)
      refuse(
        "\(text) does not work here: %s %b %q %c %d %i %u %o %x %X %e %f %g do, and %% for a %")
      return nil
    }
    place += 1
    field.conversion = conversion
    return field
  }

  /// A number of the format, or for `*` the next word.
  private mutating func measure(_ format: [UInt8], _ place: inout Int) -> Int? {
    var number = 0
    if place < format.count, format[place] == UInt8(ascii: "*") {
      place += 1
      number = Int(clamping: integer(words.popFirst(), isSigned: true).signed)
    } else {
      while place < format.count, (48...57).contains(format[place]), number <= Self.widest {
        number = number * 10 + Int(format[place]) - 48
        place += 1
      }
    }
    guard (-Self.widest...Self.widest).contains(number) else {
      refuse("a field of \(number) characters does not work here: \(Self.widest) at most")
      return nil
    }
    return number
  }

  private mutating func write(_ field: Field) {
    let word = words.popFirst()
    switch field.conversion {
    case "c": pad((word ?? "").first.map { Array(String($0).utf8) } ?? [], field)
    case "s": pad(Self.first(field.precision, of: Array((word ?? "").utf8)), field)
    case "q": pad(Self.first(field.precision, of: Array(Self.quoted(word ?? "").utf8)), field)
    case "b":
      let (text, ends) = ShellEscapes.read((word ?? "").utf8, .word)
      pad(Self.first(field.precision, of: text), field)
      if ends { isAtEnd = true }
    case "d", "i":
      let number = integer(word, isSigned: true).signed
      whole(String(number.magnitude), isNegative: number < 0, sign: true, prefix: "", field)
    case "u":
      whole(String(integer(word).unsigned), isNegative: false, sign: false, prefix: "", field)
    case "o":
      var digits = String(integer(word).unsigned, radix: 8)
      if field.isOther, digits != "0" { digits = "0" + digits }
      whole(digits, isNegative: false, sign: false, prefix: "", field)
    case "x", "X":
      let number = integer(word).unsigned
      let isUpper = field.conversion == "X"
      whole(
        String(number, radix: 16, uppercase: isUpper), isNegative: false, sign: false,
        prefix: field.isOther && number != 0 ? (isUpper ? "0X" : "0x") : "", field)
    default: decimal(word, field)
    }
  }

  /// At most so many characters of a text.
  private static func first(_ most: Int?, of bytes: [UInt8]) -> [UInt8] {
    guard let most, bytes.count > most else { return bytes }
    return Array(String(decoding: bytes, as: UTF8.self).prefix(most).utf8)
  }

  private mutating func pad(_ text: [UInt8], _ field: Field) {
    // Bytes, as bash counts them.
    let blanks = [UInt8](repeating: UInt8(ascii: " "), count: max(0, field.width - text.count))
    bytes += field.isLeft ? text + blanks : blanks + text
  }

  // MARK: Numbers

  private mutating func whole(
    _ digits: String, isNegative: Bool, sign hasSign: Bool, prefix: String, _ field: Field
  ) {
    var digits = digits
    if let precision = field.precision {
      if precision == 0, digits == "0" { digits = "" }
      digits = String(repeating: "0", count: max(0, precision - digits.count)) + digits
    }
    number(
      digits, isNegative: isNegative, hasSign: hasSign, prefix: prefix,
      isZero: field.isZero && field.precision == nil, field)
  }

  private mutating func number(
    _ digits: String, isNegative: Bool, hasSign: Bool, prefix: String, isZero: Bool, _ field: Field
  ) {
    let sign = isNegative ? "-" : !hasSign ? "" : field.isPlus ? "+" : field.isBlank ? " " : ""
    let head = sign + prefix
    let rest = max(0, field.width - head.count - digits.count)
    let zeros = isZero && !field.isLeft ? String(repeating: "0", count: rest) : ""
    pad(Array((head + zeros + digits).utf8), field)
  }

  /// A whole number as C writes it, or the code of the character behind a quote.
  private mutating func integer(_ word: String?, isSigned: Bool = false)
    -> (signed: Int64, unsigned: UInt64)
  {
    guard let word, !word.isEmpty else { return (0, 0) }
    if word.hasPrefix("'") || word.hasPrefix("\"") {
      let code = word.unicodeScalars.dropFirst().first?.value ?? 0
      return (Int64(code), UInt64(code))
    }
    var text = word.drop { $0 == " " || $0 == "\t" || $0 == "\n" }
    let isNegative = text.first == "-"
    if isNegative || text.first == "+" { text.removeFirst() }
    var radix: UInt64 = 10
    if text.hasPrefix("0x") || text.hasPrefix("0X") {
      radix = 16
      text.removeFirst(2)
    } else if text.first == "0" {
      radix = 8
    }
    var value: UInt64 = 0
    var isTooLarge = false
    let digits = text.prefix { $0.isASCII && ($0.hexDigitValue ?? 16) < radix }
    for digit in digits {
      let (product, isOver) = value.multipliedReportingOverflow(by: radix)
      let (sum, isMore) = product.addingReportingOverflow(UInt64(digit.hexDigitValue ?? 0))
      isTooLarge = isTooLarge || isOver || isMore
      value = sum
    }
    if digits.isEmpty || digits.count < text.count { complain("\(word): invalid number") }
    let bound: UInt64 = isNegative ? 1 << 63 : UInt64(Int64.max)
    if isTooLarge || (isSigned && value > bound) {
      complain("\(word): Numerical result out of range")
    }
    let signed =
      isTooLarge || value > bound
      ? (isNegative ? Int64.min : Int64.max)
      : isNegative ? Int64(truncatingIfNeeded: 0 &- value) : Int64(value)
    return (signed, isTooLarge ? UInt64.max : isNegative ? 0 &- value : value)
  }

  /// `e`, `f` and `g`, on the digits as they were typed.
  private mutating func decimal(_ word: String?, _ field: Field) {
    let isUpper = field.conversion.isUppercase
    var word = word
    if let text = word, ["'", "\"", "0x", "0X"].contains(where: text.hasPrefix) {
      word = String(integer(text).signed)
    }
    guard let value = Decimal(word?.isEmpty == false ? word ?? "0" : "0") else {
      complain("\(word ?? ""): invalid number")
      return decimal("0", field)
    }
    if let name = value.name {
      return number(
        isUpper ? name.uppercased() : name, isNegative: value.isNegative, hasSign: true,
        prefix: "", isZero: false, field)
    }
    let precision = field.precision ?? 6
    var text: String
    switch field.conversion.lowercased() {
    case "f": text = value.plain(precision, point: field.isOther)
    case "e": text = value.scientific(precision, point: field.isOther)
    default:
      let figures = max(1, precision)
      var rounded = value
      rounded.round(figures: figures)
      let exponent = rounded.exponent
      let isPlain = exponent >= -4 && exponent < figures
      text =
        isPlain
        ? value.plain(figures - 1 - exponent, point: field.isOther)
        : value.scientific(figures - 1, point: field.isOther)
      if !field.isOther { text = Self.withoutZeros(text) }
    }

    number(
      isUpper ? text.uppercased() : text, isNegative: value.isNegative, hasSign: true, prefix: "",
      isZero: field.isZero, field)
  }

  /// Zeros behind the point go, and with the last of them the point.
  private static func withoutZeros(_ text: String) -> String {
    let mantissa = text.prefix { $0 != "e" }
    guard mantissa.contains(".") else { return text }
    var short = mantissa
    while short.last == "0" { short.removeLast() }
    if short.last == "." { short.removeLast() }
    return String(short) + text.dropFirst(mantissa.count)
  }

  /// A number in decimal digits, of which the first is not 0 and stands in front of the point.
  private struct Decimal {
    var digits: [UInt8] = []
    var exponent = 0
    var isNegative = false
    /// `inf` or `nan`.
    var name: String?
    /// What the widest floating-point number of a computer reaches.
    private static let largest = 4932

    init?(_ text: String) {
      var text = text.drop { $0 == " " || $0 == "\t" || $0 == "\n" }
      isNegative = text.first == "-"
      if isNegative || text.first == "+" { text.removeFirst() }
      if ["inf", "infinity", "nan"].contains(text.lowercased()) {
        name = String(text.lowercased().prefix(3))
        return
      }
      let mantissa = text.prefix { $0 != "e" && $0 != "E" }
      let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
      let figures = parts.joined()
      guard parts.count <= 2, !figures.isEmpty, figures.allSatisfy({ $0.isASCII && $0.isNumber })
      else { return nil }
      var power = 0
      if mantissa.count < text.count {
        guard let number = Int(text.dropFirst(mantissa.count + 1)) else { return nil }
        power = max(-100_000, min(100_000, number))
      }
      digits = figures.utf8.map { $0 - 48 }
      exponent = (parts.first?.count ?? 0) - 1 + power
      let zeros = digits.prefix { $0 == 0 }.count
      digits.removeFirst(zeros)
      exponent -= zeros
      if digits.isEmpty { exponent = 0 }
      if exponent > Self.largest { name = "inf" }
      if exponent < -Self.largest {
        digits = []
        exponent = 0
      }
    }

    /// Leaves so many digits; a half goes to the even neighbour.
    mutating func round(figures: Int) {
      guard figures < digits.count else { return }
      guard figures >= 0 else {
        digits = []
        exponent = 0
        return
      }
      let rest = digits[figures...]
      let isHalf = rest.first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
      let isOdd = figures > 0 && digits[figures - 1] % 2 == 1
      let goesUp = isHalf ? isOdd : (rest.first ?? 0) >= 5
      digits.removeSubrange(figures...)
      guard goesUp else { return }
      var place = figures - 1
      while place >= 0 {
        if digits[place] < 9 {
          digits[place] += 1
          return
        }
        digits[place] = 0
        place -= 1
      }
      digits.insert(1, at: 0)
      exponent += 1
    }

    func plain(_ places: Int, point: Bool) -> String {
      var rounded = self
      rounded.round(figures: exponent + 1 + places)
      func digit(_ power: Int) -> String {
        let place = rounded.exponent - power
        return rounded.digits.indices.contains(place) ? String(rounded.digits[place]) : "0"
      }
      var text = ""
      for power in stride(
        from: max(0, rounded.digits.isEmpty ? 0 : rounded.exponent), through: 0, by: -1)
      {
        text += digit(power)
      }
      if places > 0 || point { text += "." }
      for place in stride(from: 1, through: places, by: 1) { text += digit(-place) }
      return text
    }

    func scientific(_ places: Int, point: Bool) -> String {
      var rounded = self
      rounded.round(figures: places + 1)
      let figures = rounded.digits + [UInt8](repeating: 0, count: places + 1)
      var text = String(figures[0])
      if places > 0 || point { text += "." }
      for figure in figures[1...].prefix(places) { text += String(figure) }
      let power = rounded.digits.isEmpty ? 0 : rounded.exponent
      let size = String(power.magnitude)
      return text + "e" + (power < 0 ? "-" : "+") + (size.count < 2 ? "0" : "") + size
    }
  }

  // MARK: Quotes

  /// The text as a shell reads it back.
  private static func quoted(_ text: String) -> String {
    if text.isEmpty { return "''" }
    if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      var quoted = "$'"
      for scalar in text.unicodeScalars {
        switch scalar.value {
        case 7: quoted += "\\a"
        case 8: quoted += "\\b"
        case 9: quoted += "\\t"
        case 10: quoted += "\\n"
        case 11: quoted += "\\v"
        case 12: quoted += "\\f"
        case 13: quoted += "\\r"
        case 27: quoted += "\\E"
        case 39, 92: quoted += "\\\(scalar)"
        case 0..<32, 127:
          let digits = String(scalar.value, radix: 8)
          quoted += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
      }
      return quoted + "'"
    }
    var quoted = ""
    for (place, character) in text.enumerated() {
      if " !\"$&'()*,;<>?[\\]^`{|}".contains(character)
        || (place == 0 && (character == "#" || character == "~"))
      {
        quoted += "\\"
      }
      quoted.append(character)
    }
    return quoted
  }
}
