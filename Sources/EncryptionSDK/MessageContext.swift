import Values

/// The encryption context as a message carries it: in the clear, and authenticated. Its texts are what
/// their bytes are, however they look.
package struct MessageContext: Hashable, Sendable {
  package struct Pair: Hashable, Sendable {
    package let key: String
    package let value: String

    fileprivate var isReserved: Bool {
      key.utf8.starts(with: MessageContext.reservedPrefix.utf8)
    }
  }

  /// Sorted by the bytes of their keys.
  package let pairs: [Pair]
  /// How many pairs, then each key and value behind its length; empty for none.
  /// Source: AWS Encryption SDK specification, structures: encryption context.
  package let bytes: [UInt8]

  /// The pair that signing suites add: the public key of the signature.
  package static let publicKeyName = "aws-crypto-public-key"
  /// Keys that begin so are the SDK's own.
  package static let reservedPrefix = "aws-crypto-"
  package static let empty = MessageContext()

  private init() {
    pairs = []
    bytes = []
  }

  /// Fails with `repeatedContextKey` and `contextTooLarge`.
  package init(_ pairs: [(String, String)]) throws(MessageError) {
    let sorted = pairs.map { Pair(key: $0.0, value: $0.1) }.sorted {
      $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
    for (first, second) in zip(sorted, sorted.dropFirst())
    where first.key.isSpelled(as: second.key) {
      throw .repeatedContextKey(first.key)
    }
    let size = sorted.reduce(2) { $0 + 4 + $1.key.utf8.count + $1.value.utf8.count }
    guard size <= MessageLimits.contextBytes else { throw .contextTooLarge(bytes: size) }
    var bytes: [UInt8] = []
    if !sorted.isEmpty {
      bytes.append(UInt16(sorted.count))
      for pair in sorted {
        bytes.append(field: Array(pair.key.utf8))
        bytes.append(field: Array(pair.value.utf8))
      }
    }
    self.pairs = sorted
    self.bytes = bytes
  }

  /// Reads what `bytes` holds; fails unless the pairs fill it exactly.
  init(parsing bytes: [UInt8]) throws(MessageError) {
    guard !bytes.isEmpty else {
      self.init()
      return
    }
    var reader = ByteReader(bytes)
    var pairs: [(String, String)] = []
    do throws(MessageError) {
      let count = try reader.number16("the number of pairs")
      guard count > 0 else { throw .malformedContext("its length is not 0, and it has no pairs") }
      for _ in 0..<count {
        let key = try reader.text("a key of the encryption context")
        pairs.append((key, try reader.text("a value of the encryption context")))
      }
    } catch {
      guard case .truncated = error else { throw error }
      throw .malformedContext("its pairs are longer than the length before them says")
    }
    guard reader.remaining == 0 else {
      throw .malformedContext("its pairs are shorter than the length before them says")
    }
    try self.init(pairs)
  }

  package subscript(key: String) -> String? { pairs.first { $0.key.isSpelled(as: key) }?.value }

  /// Whether it has the pair.
  package func has(_ key: String, _ value: String) -> Bool {
    self[key]?.isSpelled(as: value) == true
  }

  /// Without what the SDK itself put there.
  package var own: [Pair] { pairs.filter { !$0.isReserved } }

  func adding(_ key: String, _ value: String) throws(MessageError) -> MessageContext {
    try MessageContext(pairs.map { ($0.key, $0.value) } + [(key, value)])
  }

  /// Fails with `reservedContextKey` for a name that only the SDK may use.
  /// Source: AWS Encryption SDK specification, encrypt: encryption context.
  package func checkOwn() throws(MessageError) {
    for pair in pairs where pair.isReserved {
      throw .reservedContextKey(pair.key)
    }
  }
}
