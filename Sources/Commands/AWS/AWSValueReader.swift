import API
import Values

/// Turns the words of an option into a value of its type.
struct AWSValueReader {
  let environment: AWSEnvironment
  /// Blobs are typed as they are: `--cli-binary-format raw-in-base64-out`.
  let isRaw: Bool
  /// Characters of blobs that are not of the base64 alphabet and were dropped.
  private(set) var strayCharacters = 0
  /// The option whose blobs are being read.
  private var blobOption = ""
  /// The option whose file's text became a list of characters.
  private(set) var takenApart: String?
  /// What `fileb://` gave to an option that takes text, by the option.
  private(set) var bytes: [String: [UInt8]] = [:]
  /// Options whose blobs came as bytes and need no decoding.
  private var finished: Set<String> = []

  init(environment: AWSEnvironment, isRaw: Bool) {
    self.environment = environment
    self.isRaw = isRaw
  }

  /// Reads what was typed for one option. Fails as the client does.
  mutating func value(_ words: [String], _ shape: Shape, option: String) throws(AWSUsageError)
    -> JSON
  {
    if shape.kind == .list { return try list(words, shape, option) }
    let word = words.last ?? ""
    if shape.kind == .blob { return try blob(word, option) }
    // The client's parser has read these already.
    if shape.kind == .long { return .integer(AWSNumber.whole(word) ?? 0) }
    if shape.kind == .double { return .double(AWSNumber.decimal(word) ?? 0) }
    if shape.kind == .string || shape.kind == .timestamp, word.hasPrefix("fileb://") {
      bytes[option] = try file(word, option)
    }
    let text = try text(word, option)
    switch shape.kind {
    case .structure, .map: return try complex(text, shape, option, isJSON: Self.beginsJSON(text))
    default: return try scalar(text, shape)
    }
  }

  /// A whole input given as text or `file://`.
  func document(_ word: String, option: String) throws(AWSUsageError) -> JSONObject {
    let text = try text(word, "--\(option)")
    let isYAML = option.hasSuffix("yaml")
    guard let value = isYAML ? try? JSON(parsingYAML: text) : try? JSON(parsing: text) else {
      throw .parsing(
        option, "Invalid \(isYAML ? "YAML" : "JSON") received.",
        .badDocument(option: "--\(option)", problem: Self.problem(in: text, isYAML: isYAML)))
    }
    guard case .object(let object) = value else {
      throw .parsing(
        "--\(option)", "Invalid type: expecting map, received <class '\(value.pythonType)'>",
        .badValue(option: "--\(option)"))
    }
    return object
  }

  private static func problem(in text: String, isYAML: Bool) -> String {
    if isYAML {
      do throws(YAMLError) {
        _ = try JSON(parsingYAML: text)
      } catch {
        return "line \(error.line): \(error.problem)"
      }
    } else {
      do throws(JSONError) {
        _ = try JSON(parsing: text)
      } catch {
        return error.description
      }
    }
    return ""
  }

  // MARK: Files

  /// A lab file as the body of a request.
  /// Source: AWS CLI Command Reference, put-object: `--body` is a path.
  mutating func body(_ word: String, option: String) throws(AWSUsageError) -> JSON {
    finished.insert(option)
    let isURL = word.hasPrefix("file://") || word.hasPrefix("fileb://")
    guard
      let bytes = environment.readFile(isURL ? String(word.drop { $0 != "/" }.dropFirst(2)) : word)
    else {
      throw .parsing(option, "Blob values must be a path to a file.", .missingFile(word))
    }
    return .string(Base64.encode(bytes))
  }

  /// The text itself, or that of the lab file behind `file://`.
  private func text(_ word: String, _ option: String) throws(AWSUsageError) -> String {
    if word.hasPrefix("file://") || word.hasPrefix("fileb://") {
      return String(decoding: try file(word, option), as: UTF8.self)
    }
    return word
  }

  private func file(_ word: String, _ option: String) throws(AWSUsageError) -> [UInt8] {
    let name = String(word.drop { $0 != "/" }.dropFirst(2))
    guard let bytes = environment.readFile(name) else {
      throw .parsing(
        option,
        "Unable to load paramfile \(word): [Errno 2] No such file or directory: \(Python.text(name))",
        .missingFile(name))
    }
    return bytes
  }

  // MARK: Scalars

  private mutating func blob(_ word: String, _ option: String) throws(AWSUsageError) -> JSON {
    if word.hasPrefix("fileb://") {
      finished.insert(option)
      return .string(Base64.encode(try file(word, option)))
    }
    // The base64 text is decoded with all other blobs, when the input is whole.
    return .string(try text(word, option))
  }

  private func scalar(_ word: String, _ shape: Shape) throws(AWSUsageError) -> JSON {
    switch shape.kind {
    case .integer, .long: return .integer(try AWSNumber.integer(word))
    case .double: return .double(try AWSNumber.double(word))
    case .boolean: return .bool(word.lowercased() == "true")
    default: return .string(word)
    }
  }

  /// A time as the client sends it; what it takes for none stays, for its check of types.
  private func time(_ word: String) throws(AWSUsageError) -> JSON {
    if let seconds = AWSNumber.real(word), !seconds.isNaN {
      if abs(seconds) < 1e12 { return .string(AWSNumber.plain(word) ?? word) }
      // Digits without marks may be a date and a time of day.
      if let time = Instant(readingAnyForm: word, on: environment.now) { return .string(time.zulu) }
      // Milliseconds in place of seconds, for one: more than any calendar holds.
      throw .client(
        "Unable to calculate correct timezone offset for \"\(word)\"", .badParameters)
    }
    if Instant(parsing: word) != nil { return .string(word) }
    guard let time = Instant(readingAnyForm: word, on: environment.now) else {
      return .string(word)
    }
    return .string(time.milliseconds % 1000 == 0 ? time.zulu : time.iso8601)
  }

  // MARK: Lists, structures, maps

  private mutating func list(_ words: [String], _ shape: Shape, _ option: String)
    throws(AWSUsageError) -> JSON
  {
    guard let element = shape.element else { return .array(words.map { .string($0) }) }
    let isComplex = [.structure, .map, .list].contains(element.kind)
    if words.count == 1 {
      let text = try text(words[0], option)
      if text.drop(while: \.isWhitespace).hasPrefix("[") { return try json(text, option) }
      if text != words[0], text.allSatisfy(\.isWhitespace) {
        throw .client("string index out of range", .badValue(option: option))
      }
      if isComplex, text != words[0] {
        // The client takes the text of a file apart, so that a structure alone is none of JSON's.
        guard Self.beginsJSON(text) else { return try shorthand(text, element, option) }
        return try json(String(text.prefix(1)), option)
      }
      if !isComplex {
        guard text != words[0] else { return .array([try scalar(text, element)]) }
        // Here, too, the client goes through the text of a file, character by character.
        takenApart = option
        var values: [JSON] = []
        for scalar in text.unicodeScalars {
          values.append(try self.scalar(String(scalar), element))
        }
        return .array(values)
      }
    }
    let isJSON = words.first.map(Self.beginsJSON) ?? false
    var values: [JSON] = []
    for word in words {
      values.append(
        isComplex
          ? try complex(word, element, option, isJSON: isJSON) : try scalar(word, element))
    }
    return .array(values)
  }

  /// Whether an option's first word is read as JSON, and not as shorthand.
  func isJSON(_ word: String, _ shape: Shape) -> Bool {
    guard [.structure, .map, .list].contains(shape.kind),
      let text = try? text(word, shape.name)
    else { return false }
    return Self.beginsJSON(text)
  }

  private static func beginsJSON(_ text: String) -> Bool {
    let first = text.first { !$0.isWhitespace }
    return first == "{" || first == "["
  }

  private func complex(_ word: String, _ shape: Shape, _ option: String, isJSON: Bool)
    throws(AWSUsageError) -> JSON
  {
    guard isJSON else { return try shorthand(word, shape, option) }
    guard word.first(where: { !$0.isWhitespace }) == (shape.kind == .list ? "[" : "{") else {
      throw .parsing(option, "Invalid JSON:\n\(word)", .badValue(option: option))
    }
    return try json(word, option)
  }

  private func shorthand(_ word: String, _ shape: Shape, _ option: String) throws(AWSUsageError)
    -> JSON
  {
    let value: JSON
    do throws(AWSShorthand.Failure) {
      value = try AWSShorthand.parse(word) { (name) throws(AWSUsageError) in
        guard name.hasPrefix("fileb://"), !isRaw else { return try text(name, option) }
        return Base64.encode(try file(name, option))
      }
    } catch {
      switch error {
      case .syntax(let text): throw .parsing(option, text, .badValue(option: option))
      case .file(let refusal): throw refusal
      }
    }
    return try AWSShorthand.shaped(value, shape)
  }

  private func json(_ text: String, _ option: String) throws(AWSUsageError) -> JSON {
    do {
      return try JSON(parsing: text)
    } catch {
      throw .parsing(
        option, "Invalid JSON: \(error.description)\nJSON received: \(text)",
        .badValue(option: option))
    }
  }

  // MARK: Times inside

  /// The same input with every time in words, inside lists, structures and documents too, as the client
  /// sends it.
  func timed(_ input: JSONObject, members: [Member]) throws(AWSUsageError) -> JSONObject {
    var object = input
    for member in members where member.shape.isParted || member.shape.kind == .timestamp {
      guard let value = object[member.name] else { continue }
      object[member.name] = try timed(value, member.shape)
    }
    return object
  }

  private func timed(_ value: JSON, _ shape: Shape) throws(AWSUsageError) -> JSON {
    switch (shape.kind, value) {
    case (.timestamp, .string(let text)): return try time(text)
    case (.structure, .object(let object)):
      return .object(try timed(object, members: shape.members))
    case (.list, .array(let elements)):
      guard let element = shape.element else { return value }
      var result: [JSON] = []
      for value in elements { result.append(try timed(value, element)) }
      return .array(result)
    default: return value
    }
  }

  // MARK: Blobs

  /// The same input with every blob in clean base64.
  mutating func normalised(_ input: JSONObject, members: [Member]) throws(AWSUsageError)
    -> JSONObject
  {
    var object = input
    for member in members where member.shape.isParted || member.shape.kind == .blob {
      if let value = object[member.name], !finished.contains(member.flag) {
        blobOption = member.flag
        object[member.name] = try normalised(value, member.shape)
      }
    }
    return object
  }

  private mutating func normalised(_ value: JSON, _ shape: Shape) throws(AWSUsageError) -> JSON {
    switch shape.kind {
    case .structure:
      guard var object = value.object else { return value }
      for member in shape.members {
        if let inner = object[member.name] {
          object[member.name] = try normalised(inner, member.shape)
        }
      }
      return .object(object)
    case .list:
      guard let element = shape.element, let elements = value.array else { return value }
      var result: [JSON] = []
      for value in elements { result.append(try normalised(value, element)) }
      return .array(result)
    case .blob:
      guard let text = value.string else { return value }
      if isRaw { return .string(Base64.encode(Array(text.utf8))) }
      guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
        throw AWSUsageError(
          text: "\naws: [ERROR]: string argument should contain only ASCII characters\n",
          exitCode: 255, fact: .badBase64(text, option: blobOption))
      }
      guard let bytes = Base64.decode(text) else {
        throw AWSUsageError(
          text: "\naws: [ERROR]: Invalid base64: \"\(text)\"\n", exitCode: 255,
          fact: .badBase64(text, option: blobOption))
      }
      // The end of a file's last line is nobody's mistake.
      let ends = text.utf8.reversed().prefix { $0 == 0x0A || $0 == 0x0D }.count
      strayCharacters += Base64.strayCharacters(in: text) - ends
      return .string(Base64.encode(bytes))
    default: return value
    }
  }
}

extension Shape {
  /// Whether something else may stand inside of it.
  fileprivate var isParted: Bool { kind == .structure || kind == .list || kind == .map }
}

/// Numbers as the CLI reads them.
enum AWSNumber {
  /// Fails where the client only sees it after all options are read.
  static func integer(_ text: String) throws(AWSUsageError) -> Int {
    guard let number = whole(text) else {
      throw AWSUsageError(
        text: "\naws: [ERROR]: invalid literal for int() with base 10: '\(text)'\n", exitCode: 255,
        fact: .badParameters)
    }
    return number
  }

  static func double(_ text: String) throws(AWSUsageError) -> Double {
    guard let number = decimal(text) else {
      throw AWSUsageError(
        text: "\naws: [ERROR]: could not convert string to float: '\(text)'\n", exitCode: 255,
        fact: .badParameters)
    }
    return number
  }

  /// `7`, `+7`, `1_000`, with blanks around; nothing for anything else. The client's numbers have no
  /// end: what no service holds becomes the last one here, so that the service is who refuses it.
  static func whole(_ text: String) -> Int? {
    if let number = Int(text) { return number }
    guard let plain = plain(text) else { return nil }
    if let number = Int(plain) { return number }
    let isNegative = plain.hasPrefix("-")
    let rest = isNegative || plain.hasPrefix("+") ? plain.dropFirst() : plain[...]
    guard !rest.isEmpty, rest.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return isNegative ? .min : .max
  }

  /// A finite decimal number; the services know neither `nan` nor infinities.
  static func decimal(_ text: String) -> Double? {
    guard let number = real(text), number.isFinite else { return nil }
    return number
  }

  /// A decimal number as the client reads it, `nan` and infinities included.
  static func real(_ text: String) -> Double? {
    // Swift takes hexadecimal numbers for numbers, too, and texts behind a `nan`.
    guard let plain = plain(text), !plain.utf8.contains(where: { "xXpP(".utf8.contains($0) }) else {
      return nil
    }
    return Double(plain)
  }

  /// The text of a number without blanks around it and without the marks `_` between digits, with the
  /// digits of every script as those of ours; nothing when a mark is not between digits.
  static func plain(_ text: String) -> String? {
    var plain = ""
    let scalars = Array(text.trimmingBlanks.unicodeScalars)
    for (place, scalar) in scalars.enumerated() {
      if scalar == "_" {
        guard place > 0, place + 1 < scalars.count, scalars[place - 1].isDigit,
          scalars[place + 1].isDigit
        else { return nil }
      } else if !scalar.isASCII, scalar.isDigit, let value = scalar.properties.numericValue {
        plain += String(Int(value))
      } else {
        plain.unicodeScalars.append(scalar)
      }
    }
    return plain
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { properties.generalCategory == .decimalNumber }
}

extension String {
  fileprivate var trimmingBlanks: String {
    guard let start = firstIndex(where: { !$0.isWhitespace }),
      let end = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[start...end])
  }
}
