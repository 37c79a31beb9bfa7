/// A value of a policy as it is compared with the request: variables filled in, pattern compiled.
struct ComparedValue: Hashable, Sendable {
  /// For operators that take no wildcards.
  let text: String
  /// For those that do.
  let pattern: CompiledPattern

  init(_ text: String) {
    self.text = text
    pattern = CompiledPattern(text)
  }

  /// Takes bytes as `PolicyVariables.fill` makes them.
  init(filled bytes: [UInt8]) {
    text = String(decoding: bytes.map(LiteralWildcard.plain), as: UTF8.self)
    pattern = CompiledPattern(bytes)
  }
}
