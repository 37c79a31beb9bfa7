import Values

/// Puts the pages of a paginated operation together as the CLI does: result keys first, then the
/// keys that are the same on every page.
package struct PageMerger: Hashable, Sendable {
  package let resultKeys: [String]
  package let nonAggregateKeys: [String]

  package init(resultKeys: [String], nonAggregateKeys: [String]) {
    self.resultKeys = resultKeys
    self.nonAggregateKeys = nonAggregateKeys
  }

  package func merge(_ pages: [JSON]) -> JSON {
    var merged: JSON = .object(JSONObject())
    for key in resultKeys {
      let values = pages.map { Self.value(at: key, in: $0) }
      if values.contains(where: { $0?.array != nil }) {
        merged.set(.array(values.flatMap { $0?.array ?? [] }), at: key)
      } else if let first = values.first, let value = first {
        merged.set(value, at: key)
      }
    }
    for key in nonAggregateKeys {
      merged.set(pages.first.flatMap { Self.value(at: key, in: $0) } ?? .null, at: key)
    }
    return merged
  }

  /// The value at a dotted path; `[-1]` means the last element of a list.
  package static func value(at path: String, in page: JSON) -> JSON? {
    guard let query = try? JMESPath(parsing: path), let found = try? query.search(page),
      found != .null
    else { return nil }
    return found
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
