import API
import Values

/// Turns the words of an option into a value of its type.
struct AWSValueReader {
  let environment: AWSEnvironment
  /// Blobs are typed as they are: `--cli-binary-format raw-in-base64-out`.
  let isRaw: Bool
  private(set) var strayCharacters = 0

  init(environment: AWSEnvironment, isRaw: Bool) {
    self.environment = environment
    self.isRaw = isRaw
  }

  mutating func value(_ words: [String], _ shape: Shape, option: String) throws(AWSUsageError)
    -> JSON
  {
    var words = words
    if words.count == 1 {
      if shape.kind == .blob { return try blob(words[0], option) }
      words[0] = try text(words[0], option)
    }
    switch shape.kind {
    case .list: return try list(words, shape, option)
    case .structure, .map: return try complex(words[0], shape, option)
    default: return try scalar(words[0], shape, option)
    }
  }

  /// A document given as text or `file://`.
  mutating func document(_ word: String, option: String) throws(AWSUsageError) -> JSON {
    try json(try text(word, option), option)
  }

  // MARK: Files

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
        "Unable to load paramfile \(word): [Errno 2] No such file or directory: '\(name)'",
        .missingFile(name))
    }
    return bytes
  }

  // MARK: Scalars

  private mutating func blob(_ word: String, _ option: String) throws(AWSUsageError) -> JSON {
    if word.hasPrefix("fileb://") { return .string(Base64.encode(try file(word, option))) }
    let text = try text(word, option)
    // The base64 text is decoded with all other blobs, when the input is whole.
    return .string(text)
  }

  private func scalar(_ word: String, _ shape: Shape, _ option: String) throws(AWSUsageError)
    -> JSON
  {
    switch shape.kind {
    case .integer, .long: return .integer(try AWSNumber.integer(word))
    case .double:
      guard let number = Double(word) else {
        throw AWSUsageError(
          text: "\naws: [ERROR]: could not convert string to float: '\(word)'\n", exitCode: 255,
          fact: .badValue(option: option))
      }
      return .double(number)
    case .boolean: return .bool(word.lowercased() == "true")
    default: return .string(word)
    }
  }

  // MARK: Lists, structures, maps

  private func list(_ words: [String], _ shape: Shape, _ option: String) throws(AWSUsageError)
    -> JSON
  {
    if words.count == 1, words[0].drop(while: \.isWhitespace).hasPrefix("[") {
      return try json(words[0], option)
    }
    guard let element = shape.element else { return .array(words.map { .string($0) }) }
    var values: [JSON] = []
    for word in words {
      switch element.kind {
      case .structure, .map, .list: values.append(try complex(word, element, option))
      default: values.append(try scalar(word, element, option))
      }
    }
    // One word of shorthand may spell a whole list: `[{…},{…}]` was JSON, `a,b` is a list.
    return .array(values)
  }

  private func complex(_ word: String, _ shape: Shape, _ option: String) throws(AWSUsageError)
    -> JSON
  {
    let start = word.drop(while: \.isWhitespace).first
    if start == "{" || start == "[" { return try json(word, option) }
    do {
      return try AWSShorthand.parse(word, as: shape) { name in environment.readFile(name) }
    } catch {
      throw .parsing(option, error.text, .badValue(option: option))
    }
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

  // MARK: Blobs

  /// The same input with every blob in clean base64.
  mutating func normalised(_ input: JSON, members: [Member]) throws(AWSUsageError) -> JSON {
    guard var object = input.object else { return input }
    for member in members {
      if let value = object[member.name] {
        object[member.name] = try normalised(value, member.shape)
      }
    }
    return .object(object)
  }

  private mutating func normalised(_ value: JSON, _ shape: Shape) throws(AWSUsageError) -> JSON {
    switch shape.kind {
    case .structure: return try normalised(value, members: shape.members)
    case .list:
      guard let element = shape.element, let elements = value.array else { return value }
      var result: [JSON] = []
      for value in elements { result.append(try normalised(value, element)) }
      return .array(result)
    case .blob:
      guard let text = value.string else { return value }
      if isRaw { return .string(Base64.encode(Array(text.utf8))) }
      guard let bytes = Base64.decode(text) else {
        throw AWSUsageError(
          text: "\naws: [ERROR]: Invalid base64: \"\(text)\"\n", exitCode: 255,
          fact: .badBase64(text))
      }
      strayCharacters += Base64.strayCharacters(in: text)
      return .string(Base64.encode(bytes))
    default: return value
    }
  }
}

/// Numbers as the CLI reads them.
enum AWSNumber {
  static func integer(_ text: String) throws(AWSUsageError) -> Int {
    guard let number = Int(text.trimmingBlanks.replacing("_", with: "")) else {
      throw AWSUsageError(
        text: "\naws: [ERROR]: invalid literal for int() with base 10: '\(text)'\n", exitCode: 255,
        fact: .badParameters)
    }
    return number
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var rest = Substring(self)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
