import API
import Values

/// What the client itself checks before it sends: members, types and minima.
/// Source: facts cli-v2.md, value outside the model. Maxima, patterns and enums are the service's.
enum AWSValidation {
  static func report(_ value: JSON, members: [Member], _ shape: Shape) -> [String] {
    var lines: [String] = []
    check(value, members, at: "", &lines)
    return lines
  }

  private static func check(
    _ value: JSON, _ members: [Member], at path: String, _ lines: inout [String]
  ) {
    guard let object = value.object else { return }
    for member in members where member.isRequired && object[member.name] == nil {
      lines.append(
        "Missing required parameter in \(path.isEmpty ? "input" : path): \"\(member.name)\"")
    }
    for name in object.names where !members.contains(where: { $0.name == name }) {
      lines.append(
        "Unknown parameter in \(path.isEmpty ? "input" : path): \"\(name)\", must be one of: "
          + members.map(\.name).joined(separator: ", "))
    }
    for member in object.members {
      guard let found = members.first(where: { $0.name == member.name }) else { continue }
      check(
        member.value, found.shape, at: path.isEmpty ? member.name : "\(path).\(member.name)",
        &lines)
    }
  }

  private static func check(
    _ value: JSON, _ shape: Shape, at path: String, _ lines: inout [String]
  ) {
    switch (shape.kind, value) {
    case (.structure, .object): check(value, shape.members, at: path, &lines)
    case (.list, .array(let elements)):
      checkLength(elements.count, shape, at: path, &lines)
      guard let element = shape.element else { return }
      for (index, value) in elements.enumerated() {
        check(value, element, at: "\(path)[\(index)]", &lines)
      }
    case (.map, .object(let object)):
      for member in object.members {
        if let key = shape.key {
          check(.string(member.name), key, at: "\(path) (key: \(member.name))", &lines)
        }
        if let inner = shape.value {
          check(member.value, inner, at: "\(path).\(member.name)", &lines)
        }
      }
    case (.string, .string(let text)):
      checkLength(text.unicodeScalars.count, shape, at: path, &lines)
    // How long a blob is the client leaves to the service.
    case (.blob, .string): return
    case (.integer, .integer(let number)), (.long, .integer(let number)):
      if let minimum = shape.minimum, number < minimum {
        lines.append(
          "Invalid value for parameter \(path), value: \(number), valid min value: \(minimum)")
      }
    case (.double, .integer), (.double, .double), (.boolean, .bool): return
    case (.timestamp, _) where isTime(value): return
    default:
      lines.append(
        "Invalid type for parameter \(path), value: \(value.python), "
          + "type: <class '\(value.pythonType)'>, valid types: \(shape.kind.pythonTypes)")
    }
  }

  /// Whether the client reads a time: up to the last second of the year 9999.
  private static func isTime(_ value: JSON) -> Bool {
    let last = 253_402_300_799
    switch value {
    case .integer(let seconds): return (0...last).contains(seconds)
    case .double(let seconds): return (0...Double(last)).contains(seconds)
    case .string(let text):
      guard let instant = Instant(parsing: text) else { return false }
      return (0...Int64(last)).contains(instant.milliseconds / 1000)
    default: return false
    }
  }

  private static func checkLength(
    _ length: Int, _ shape: Shape, at path: String, _ lines: inout [String]
  ) {
    if let minimum = shape.minimum, length < minimum {
      lines.append(
        "Invalid length for parameter \(path), value: \(length), valid min length: \(minimum)")
    }
  }
}

extension JSON {
  /// The value as Python prints it, since the client is written in it.
  fileprivate var python: String {
    switch self {
    case .null: "None"
    case .bool(let flag): flag ? "True" : "False"
    case .string(let text): text
    default: inner
    }
  }

  private var inner: String {
    switch self {
    case .string(let text): "'\(text)'"
    case .array(let elements): "[\(elements.map(\.inner).joined(separator: ", "))]"
    case .object(let object):
      "{" + object.members.map { "'\($0.name)': \($0.value.inner)" }.joined(separator: ", ") + "}"
    case .null, .bool: python
    case .integer, .double: line
    }
  }

  /// The name of the value's class in Python.
  var pythonType: String {
    switch self {
    case .null: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .double: "float"
    case .string: "str"
    case .array: "list"
    case .object: "dict"
    }
  }
}

extension Shape.Kind {
  fileprivate var pythonTypes: String {
    switch self {
    case .structure, .map: "<class 'dict'>"
    case .list: "<class 'list'>, <class 'tuple'>"
    case .string: "<class 'str'>"
    case .integer, .long: "<class 'int'>"
    case .double: "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>"
    case .boolean: "<class 'bool'>"
    case .blob: "<class 'bytes'>, <class 'bytearray'>, file-like object"
    case .timestamp: "<class 'datetime.datetime'>, timestamp-string"
    }
  }
}
