import API
import Values

/// What the client itself checks before it sends: members, types and minima.
/// Source: facts cli-v2.md, value outside the model. Maxima, patterns and enums are the service's.
struct AWSValidation {
  private var lines: [String] = []
  /// Whether the member at hand came as JSON in an option, whose objects keep their order.
  private var isOrdered = false

  /// Options that take text and were given bytes, by their flags.
  private var bytes: [String: [UInt8]] = [:]

  /// `ordered` are the members that came as JSON in an option.
  static func report(
    _ value: JSON, members: [Member], _ shape: Shape, ordered: Set<String> = [],
    bytes: [String: [UInt8]] = [:]
  ) -> [String] {
    var validation = AWSValidation()
    validation.bytes = bytes
    validation.check(value, members, at: "", ordered)
    return validation.lines
  }

  private mutating func check(
    _ value: JSON, _ members: [Member], at path: String, _ ordered: Set<String> = []
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
      if path.isEmpty {
        isOrdered = ordered.contains(member.name)
        if !bytes.isEmpty, let bytes = bytes[found.flag] {
          lines.append(
            "Invalid type for parameter \(member.name), value: \(Python.bytes(bytes)), "
              + "type: <class 'bytes'>, valid types: \(found.shape.kind.pythonTypes)")
          continue
        }
      }
      check(
        member.value, found.shape, at: path.isEmpty ? member.name : "\(path).\(member.name)")
    }
  }

  private mutating func check(_ value: JSON, _ shape: Shape, at path: String) {
    switch (shape.kind, value) {
    case (.structure, .object): check(value, shape.members, at: path)
    case (.list, .array(let elements)):
      checkLength(elements.count, shape, at: path)
      guard let element = shape.element else { return }
      for (index, value) in elements.enumerated() {
        check(value, element, at: "\(path)[\(index)]")
      }
    case (.map, .object(let object)):
      for member in object.members {
        if let key = shape.key {
          check(.string(member.name), key, at: "\(path) (key: \(member.name))")
        }
        if let inner = shape.value {
          check(member.value, inner, at: "\(path).\(member.name)")
        }
      }
    case (.string, .string(let text)):
      checkLength(text.unicodeScalars.count, shape, at: path)
    // How long a blob is the client leaves to the service.
    case (.blob, .string): return
    case (.integer, .integer(let number)), (.long, .integer(let number)):
      if let minimum = shape.minimum, number < minimum {
        lines.append(
          "Invalid value for parameter \(path), value: \(number), valid min value: \(minimum)")
      }
    case (.double, .integer), (.double, .double), (.boolean, .bool): return
    case (.timestamp, _) where Self.isTime(value): return
    default:
      lines.append(
        "Invalid type for parameter \(path), value: \(value.python(isOrdered)), "
          + "type: <class '\(value.className(isOrdered))'>, "
          + "valid types: \(shape.kind.pythonTypes)")
    }
  }

  /// Whether the client reads a time: from the first second of the year 1 to the last of 9999.
  private static func isTime(_ value: JSON) -> Bool {
    let first = -62_135_596_800
    let last = 253_402_300_799
    switch value {
    case .integer(let seconds): return (first...last).contains(seconds)
    case .double(let seconds): return (Double(first)...Double(last)).contains(seconds)
    case .string(let text):
      guard let instant = Instant(parsing: text) else { return false }
      return (Int64(first)...Int64(last)).contains(instant.milliseconds / 1000)
    default: return false
    }
  }

  private mutating func checkLength(_ length: Int, _ shape: Shape, at path: String) {
    if let minimum = shape.minimum, length < minimum {
      lines.append(
        "Invalid length for parameter \(path), value: \(length), valid min length: \(minimum)")
    }
  }
}

extension JSON {
  /// The value as Python prints it, since the client is written in it; an object that keeps its order
  /// with the name of its class.
  fileprivate func python(_ isOrdered: Bool) -> String {
    if case .string(let text) = self { text } else { inner(isOrdered) }
  }

  private func inner(_ isOrdered: Bool) -> String {
    switch self {
    case .null: return "None"
    case .bool(let flag): return flag ? "True" : "False"
    case .integer, .double: return line
    case .string(let text): return Python.text(text)
    case .array(let elements):
      return "[\(elements.map { $0.inner(isOrdered) }.joined(separator: ", "))]"
    case .object(let object):
      let members = object.members.map { "\(Python.text($0.name)): \($0.value.inner(isOrdered))" }
      let text = "{\(members.joined(separator: ", "))}"
      return isOrdered ? "OrderedDict(\(object.isEmpty ? "" : text))" : text
    }
  }

  fileprivate func className(_ isOrdered: Bool) -> String {
    if case .object = self, isOrdered { "collections.OrderedDict" } else { pythonType }
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
