/// A half-open range of UTF-8 byte offsets into a text.
package struct Span: Hashable, Sendable {
  package var start: Int
  package var end: Int

  package init(start: Int, end: Int) {
    self.start = start
    self.end = end
  }

  package var length: Int { end - start }
}

/// A parsed JSON text in which every value knows where it was written.
///
/// Unlike `JSON`, it keeps repeated member names, because a policy with one is refused
/// and the refusal points at the second.
package struct JSONTree: Hashable, Sendable {
  package struct Member: Hashable, Sendable {
    package var name: String
    package var nameSpan: Span
    package var value: JSONTree
  }

  package indirect enum Kind: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
    case array([JSONTree])
    case object([Member])
  }

  package var kind: Kind
  package var span: Span

  package init(kind: Kind, span: Span) {
    self.kind = kind
    self.span = span
  }

  /// The same value without its places; of a repeated member the last one counts.
  package var plain: JSON {
    switch kind {
    case .null: .null
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .double(let number): .double(number)
    case .string(let text): .string(text)
    case .array(let elements): .array(elements.map(\.plain))
    case .object(let members): .object(JSONObject(members.map { ($0.name, $0.value.plain) }))
    }
  }

  /// The first member of that name.
  package func member(_ name: String) -> Member? {
    guard case .object(let members) = kind else { return nil }
    return members.first { $0.name == name }
  }
}
