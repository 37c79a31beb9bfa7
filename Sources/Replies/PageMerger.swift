import Values

/// Puts the pages of a paginated operation together as the CLI does: result keys first, in the order in
/// which the pages have them, then the keys that are the same on every page.
package struct PageMerger: Hashable, Sendable {
  package let resultKeys: [String]
  package let nonAggregateKeys: [String]

  package init(resultKeys: [String], nonAggregateKeys: [String]) {
    self.resultKeys = resultKeys
    self.nonAggregateKeys = nonAggregateKeys
  }

  package func merge(_ pages: [JSON]) -> JSON {
    var merged: JSON = .object(JSONObject())
    for key in keys(of: pages) {
      let values = pages.compactMap { Self.value(at: key, in: $0) }
      if let first = values.first { merged.set(Self.joined(first, values), at: key) }
    }
    for key in nonAggregateKeys {
      merged.set(pages.first.flatMap { Self.value(at: key, in: $0) } ?? .null, at: key)
    }
    return merged
  }

  /// The result keys that a page has, as they first appear.
  private func keys(of pages: [JSON]) -> [String] {
    var keys: [String] = []
    for page in pages where keys.count < resultKeys.count {
      keys += resultKeys.filter { !keys.contains($0) && Self.value(at: $0, in: page) != nil }
    }
    return keys
  }

  /// Lists one behind the other, numbers added, texts put together; of anything else the first.
  private static func joined(_ first: JSON, _ values: [JSON]) -> JSON {
    guard values.count > 1 else { return first }
    switch first {
    case .array: return .array(values.flatMap { $0.array ?? [] })
    case .string: return .string(values.compactMap(\.string).joined())
    case .integer, .double: return .sum(of: values)
    case .null, .bool, .object: return first
    }
  }

  /// The value at a dotted path; `[-1]` means the last element of a list.
  package static func value(at path: String, in page: JSON) -> JSON? {
    guard path.utf8.allSatisfy(isPlain) else {
      guard let query = try? JMESPath(parsing: path), let found = try? query.search(page),
        found != .null
      else { return nil }
      return found
    }
    var value = page
    for name in path.split(separator: ".") {
      guard let inner = value[String(name)] else { return nil }
      value = inner
    }
    return value == .null ? nil : value
  }

  /// Whether a path is names and dots up to here: most are, and need no parser.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x2E, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
    default: false
    }
  }
}

extension JSON {
  /// Sets a value at a dotted path, making objects on the way.
  mutating func set(_ value: JSON, at path: String) {
    var object = self.object ?? JSONObject()
    guard let dot = path.firstIndex(of: ".") else {
      object[path] = value
      self = .object(object)
      return
    }
    let name = String(path[..<dot])
    var inner = object[name] ?? .object(JSONObject())
    inner.set(value, at: String(path[path.index(after: dot)...]))
    object[name] = inner
    self = .object(object)
  }
}
